# Design rules of {{name}} ({{title}}) for KLayout, made of its tech.xml.
#   klayout -b -r klayout.drc -rd input=X.gds -rd top_cell=T -rd report=/absolute/X.lyrdb [-rd whole=1]
# whole=1: rules of whole designs, too (taps, antennas, density).
# KLayout's exit code is 0 with violations, too: count the items of the report.
# Only what is below the top cell: netlists need a layout with one top
stream = RBA::Layout::new
stream.read($input)
stream.top_cells.each { |c| stream.prune_cell(c.cell_index, -1) unless c.name == $top_cell || c.called_cells.include?(stream.cell($top_cell).cell_index) }
source(stream, $top_cell)
report("{{name}}", $report)

# A layer moved over a square from (a, a) to (b, b), in database units: metal is wide where a square of that side and more fits
define_singleton_method(:swept) { |layer, a, b| DRC::DRCLayer::new(self, layer.data.minkowski_sum(RBA::Box::new(a, a, b, b)).merged) }

# Of polygons each is measured against all edges of one that spans a block. Edges alone are quick and miss nothing, but find steps of one polygon with its
# metal between them, too: where they find any, polygons around it are asked.
define_singleton_method(:spacing) do |layer, d|
  near = layer.edges.space(d, euclidian)
  suspects = near.polygons(1).data
  found = RBA::EdgePairs::new # not what lies between two of the windows
  layer.and(near.polygons(1).extents.sized(4 * d)).space(d, euclidian).data.each { |p| found.insert(p) unless (RBA::Region::new(p.polygon(1)) & suspects).is_empty? } unless near.is_empty?
  DRC::DRCLayer::new(self, found)
end

nothing = polygons(65535, 65535)
{{#layers}}
{{var}} = polygons({{gds}}, {{type}})
{{/layers}}

# Regions of the front end
nwell = {{roles.nwell}}
pwell = {{roles.pwell}}
nimp = {{roles.nimp}}
pimp = {{roles.pimp}}
poly = {{roles.poly}}
active = {{roles.active}}.or({{roles.tap}})
gate = poly.and(active)
nplus = active.and(nimp)
pplus = active.and(pimp)
ndiff = nplus.not(nwell)
ntap = nplus.and(nwell)
pdiff = pplus.and(nwell)
ptap = pplus.not(nwell)
co_poly = {{contact}}.overlapping(poly)
co_active = {{contact}}.not_overlapping(poly).overlapping(active)
co_mark = {{roles.poly_contact}}

{{#layers}}
{{^outline}}
{{var}}.ongrid({{grid}}.um).output("{{name}}.grid", "{{name}}: off the grid of {{grid}} um")
{{/outline}}
{{#width}}
{{var}}.width({{width}}.um, euclidian).output("{{name}}.width", "{{name}}: width {{width}} um")
{{/width}}
{{#space}}
spacing({{var}}, {{space}}.um).output("{{name}}.space", "{{name}}: spacing {{space}} um")
{{/space}}
{{#area}}
{{var}}.with_area(nil, {{area}}.um2).output("{{name}}.area", "{{name}}: area {{area}} um2")
{{/area}}
{{#hole}}
{{var}}.holes.with_area(nil, {{hole}}.um2).output("{{name}}.hole", "{{name}}: hole of {{hole}} um2")
{{/hole}}
{{#wide}}
# Only polygons that are left when half of that width is taken off all around can be wide
broad = {{var}}.interacting({{var}}.sized(-({{over_dbu}} / 2)))
unless broad.is_empty?
  around = broad.extents.sized({{over}}.um + 1.0).not(broad)
  wide_core = broad.not(swept(around, -{{over_dbu}}, 0))
  wide_edges = swept(wide_core, 0, {{over_dbu}}).edges.and(broad.edges)
  (wide_edges.separation({{var}}.edges.not(wide_edges), {{wide_space}}.um, euclidian) + wide_edges.space({{wide_space}}.um, euclidian)).output("{{name}}.wide{{number}}", "{{name}}: spacing {{wide_space}} um beside wide metal")
end
{{/wide}}
{{#cut}}
{{var}}.edges.without_length({{size}}.um).output("{{name}}.size", "{{name}}: not {{size}} um square")
{{#below}}
{{var}}.not_inside({{below}}.sized(-{{enc_below}}.um, -{{enc_below_side}}.um)).and({{var}}.not_inside({{below}}.sized(-{{enc_below_side}}.um, -{{enc_below}}.um))).output("{{name}}.below", "{{name}}: enclosure below {{enc_below}} / {{enc_below_side}} um")
{{/below}}
{{#above}}
{{var}}.not_inside({{above}}.sized(-{{enc_above}}.um, -{{enc_above_side}}.um)).and({{var}}.not_inside({{above}}.sized(-{{enc_above_side}}.um, -{{enc_above}}.um))).output("{{name}}.above", "{{name}}: enclosure above {{enc_above}} / {{enc_above_side}} um")
{{/above}}
{{/cut}}
{{/layers}}

{{contact}}.not(poly.or(active)).output("contact.on", "contact on neither poly nor diffusion")
co_poly.and(active).output("contact.gate", "contact to poly over diffusion")
active.and(nimp).and(pimp).output("implants", "both implants on one diffusion")
active.not(nimp.or(pimp)).output("implant.missing", "diffusion without implant")
{{#rules}}
{{#is_space}}
{{a}}.separation({{b}}, {{value}}.um, euclidian).output("{{a}}.{{b}}.space", "{{a}} to {{b}}: spacing {{value}} um")
{{a}}.and({{b}}).output("{{a}}.{{b}}.overlap", "{{a}} on {{b}}")
{{/is_space}}
{{#is_enclose}}
{{a}}.not_inside({{b}}.sized(-{{ends}}.um, -{{value}}.um)).and({{a}}.not_inside({{b}}.sized(-{{value}}.um, -{{ends}}.um))).output("{{a}}.{{b}}.enclose", "{{a}} in {{b}}: enclosure {{value}} um, ends {{ends}} um")
{{/is_enclose}}
{{#is_extend}}
{{a}}.and({{b}}).edges.and({{b}}.edges).extended_out({{value}}.um).not({{a}}).output("{{a}}.{{b}}.extend", "{{a}} beyond {{b}}: {{value}} um")
{{/is_extend}}
{{/rules}}

# Smallest devices: gates end at the edge of diffusion, and have source and drain at the others
marks = nothing{{#marks}}.or({{.}}){{/marks}}
{{#devices}}
gates = poly.and({{#n}}ndiff{{/n}}{{^n}}pdiff{{/n}}){{#mark}}.and({{mark}}){{/mark}}{{^mark}}.not(marks){{/mark}}
ends = gates.edges.and(active.edges)
sides = gates.edges.not(active.edges)
sides.width({{l_min}}.um).output("{{device}}.length", "{{device}}: gate shorter than {{l_min}} um")
ends.width({{w_min}}.um).output("{{device}}.width", "{{device}}: narrower than {{w_min}} um")
off_step = RBA::Edges::new
crossing = gates.interacting(ends, 2) # poly that ends on diffusion makes no transistor
crossing.edges.not(active.edges).with_length({{w_min}}.um, nil).data.each { |e| off_step.insert(e) unless e.length % {{w_grid_dbu}} == 0 }
DRC::DRCLayer::new(self, off_step).output("{{device}}.step", "{{device}}: width is no multiple of {{w_grid}} um")
{{/devices}}

if $whole
  # Every source and drain near a tap of its well, or of the substrate
  ndiff.not(ptap.sized({{tap_distance}}.um)).output("tap.ndiff", "ndiff farther than {{tap_distance}} um from a tap of the substrate")
  far = nothing
  nwell.data.merged.each do |w|
    well = DRC::DRCLayer::new(self, RBA::Region::new(w))
    far = far.or(pdiff.and(well).not(ntap.and(well).sized({{tap_distance}}.um)))
  end
  far.output("tap.pdiff", "pdiff farther than {{tap_distance}} um from a tap of its well")

  # Antennas, level by level: a net with diffusion on it is none. The sum over levels goes gate by gate.
  diffusion = active.not(poly)
  sums = Hash.new(0.0)
  total = lambda do |metal, ratio, side|
    nets = l2n_data
    bad = RBA::Region::new
    nets.netlist.each_circuit do |circuit|
      circuit.each_net do |net|
        on = nets.shapes_of_net(net, gate.data, true).merged
        next if on.is_empty? || !nets.shapes_of_net(net, diffusion.data, true).is_empty?
        of = nets.shapes_of_net(net, metal.data, true).merged
        on.each { |g| sums[g.to_s] += (side ? of.perimeter * side / layout.dbu : of.area.to_f) / on.area }
        bad += of if on.each.any? { |g| sums[g.to_s] > ratio * (1 + 1e-12) }
      end
    end
    DRC::DRCLayer::new(self, bad)
  end
  connect(gate, poly)
  connect(poly, {{contact}})
  connect(diffusion, {{contact}})
  # What is joined is found anew at each level, over all levels below: not where there is no metal
  {{#metals}}
  unless {{var}}.is_empty?
    {{#below}}
    connect({{below}}, {{cut}})
    {{/below}}
    connect({{cut}}, {{var}})
    {{#antenna}}
    antenna_check(gate, {{#side}}perimeter_only({{var}}, {{side}}){{/side}}{{^side}}{{var}}{{/side}}, {{antenna}}, diffusion).output("{{name}}.antenna", "{{name}}: more than {{antenna}} times the gates")
    {{/antenna}}
    {{#sum}}
    total.call({{var}}, {{antenna_sum}}, {{#side}}{{side}}{{/side}}{{^side}}nil{{/side}}).output("{{name}}.antenna_sum", "metals up to {{name}}: more than {{antenna_sum}} times a gate")
    {{/sum}}
  end
  {{/metals}}

  # Density in windows from the lower left corner; what lies beyond the outline does not count. KLayout centres a window on its step.
  frame = {{outline}}.extents.merged
  box = frame.bbox
  windows = lambda { |len, window, step| len <= window ? 1 : ((len - window) / step - 1e-9).ceil + 1 }
  {{#metals}}
  {{#density}}
  places = [ tile_size({{window}}.um), tile_step({{step}}.um), tile_origin(box.left + ({{window}} - {{step}}) / 2, box.bottom + ({{window}} - {{step}}) / 2), tile_boundary(frame), padding_ignore,
             tile_count(windows.call(box.width, {{window}}, {{step}}), windows.call(box.height, {{window}}, {{step}})) ]
  {{#density_min}}
  {{var}}.without_density({{density_min}}, 2.0, *places).output("{{name}}.density_min", "{{name}}: density below {{density_min}}")
  {{/density_min}}
  {{var}}.without_density(0.0, {{density_max}}, *places).output("{{name}}.density_max", "{{name}}: density above {{density_max}}")
  {{/density}}
  {{/metals}}
end
