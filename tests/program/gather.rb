# klayout -b -r gather.rb -rd input=IN.gds -rd cells=A,B,C -rd output=OUT.gds: one cell "all" with the named cells side by side, 20 um
# apart, so that one run of the rules judges them all: most of a run of KLayout is its start.
layout = RBA::Layout.new
layout.read($input)
top = layout.create_cell("all")
x = 0
$cells.split(",").each do |name|
  cell = layout.cell(name) or abort("no cell #{name}")
  top.insert(RBA::CellInstArray.new(cell.cell_index, RBA::Trans.new(x - cell.bbox.left, 0)))
  x += cell.bbox.width + (20 / layout.dbu).round
end
layout.write($output)
