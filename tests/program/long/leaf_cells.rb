# klayout -b -rd dir=OUT -r leaf_cells.rb: counts placed cells without cells of their own in design.gds and design.def.
def leaves(cell, seen = {})
  seen[cell.cell_index] ||= begin
    n = 0
    cell.each_inst do |i|
      times = [i.na, 1].max * [i.nb, 1].max
      n += times * (i.cell.child_cells == 0 ? 1 : leaves(i.cell, seen))
    end
    n
  end
end
gds = RBA::Layout.new
gds.read($dir + "/design.gds")
opt = RBA::LoadLayoutOptions.new
opt.lefdef_config.lef_files = [$dir + "/tech.lef", $dir + "/cells.lef"]
opt.lefdef_config.read_lef_with_def = false
def_ = RBA::Layout.new
def_.read($dir + "/design.def", opt)
top = def_.top_cells.max_by { |c| c.child_cells }
n = 0
top.each_inst { |i| n += [i.na, 1].max * [i.nb, 1].max unless i.cell.name =~ /\Avia/i }
puts "gds #{leaves(gds.cell("chip"))} def #{n}"
