# Design rules of {{name}} ({{title}}) for KLayout, made of its tech.xml.
#   klayout -b -r klayout.drc -rd input=X.gds -rd top_cell=T -rd report=/absolute/X.lyrdb
# KLayout's exit code is 0 with violations, too: count the items of the report.
source($input, $top_cell)
report("{{name}}", $report)

# A layer moved over a square from (a, a) to (b, b), in database units: metal is wide where a square of that side and more fits
define_singleton_method(:swept) { |layer, a, b| DRC::DRCLayer::new(self, layer.data.minkowski_sum(RBA::Box::new(a, a, b, b)).merged) }

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
{{var}}.space({{space}}.um, euclidian).output("{{name}}.space", "{{name}}: spacing {{space}} um")
{{/space}}
{{#area}}
{{var}}.with_area(nil, {{area}}.um2).output("{{name}}.area", "{{name}}: area {{area}} um2")
{{/area}}
{{#wide}}
around = {{var}}.extents.sized({{over}}.um + 1.0).not({{var}})
wide_core = {{var}}.not(swept(around, -{{over_dbu}}, 0))
wide_edges = swept(wide_core, 0, {{over_dbu}}).edges.and({{var}}.edges)
(wide_edges.separation({{var}}.edges.not(wide_edges), {{wide_space}}.um, euclidian) + wide_edges.space({{wide_space}}.um, euclidian)).output("{{name}}.wide{{number}}", "{{name}}: spacing {{wide_space}} um beside wide metal")
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
