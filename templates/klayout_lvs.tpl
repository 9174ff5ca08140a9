# Layout against netlist for {{name}} ({{title}}) in KLayout, made of its tech.xml.
#   klayout -b -r klayout.lvs -rd input=X.gds -rd top_cell=T -rd schematic=T.cir -rd report=/absolute/T.lvsdb
# KLayout's exit code is 0 with differences, too: look for "Netlists match".
source($input, $top_cell)
report_lvs($report)
schematic($schematic)
deep

nothing = polygons(65535, 65535)
{{#layers}}
{{var}} = polygons({{gds}}, {{type}})
{{/layers}}

nwell = {{roles.nwell}}
substrate = extent.sized(1.0).not(nwell)
poly = {{roles.poly}}
active = {{roles.active}}.or({{roles.tap}})
nplus = active.and({{roles.nimp}})
pplus = active.and({{roles.pimp}})
ngate = poly.and(nplus).not(nwell)
pgate = poly.and(pplus).and(nwell)
nsd = nplus.not(nwell).not(poly)
psd = pplus.and(nwell).not(poly)
ntap = nplus.and(nwell)
ptap = pplus.not(nwell)
marks = nothing{{#marks}}.or({{.}}){{/marks}}

# Resistors: what their marks cut out of poly or of a metal
{{#resistors}}
body = {{body}}.and({{mark}})
{{body}} = {{body}}.not({{mark}})
extract_devices(resistor("RES", {{sheet}}), { "R" => body, "C" => {{body}} })
{{/resistors}}

{{#devices}}
{{#n}}
extract_devices(mos4("{{model}}"), { "SD" => nsd, "G" => ngate{{#mark}}.and({{mark}}){{/mark}}{{^mark}}.not(marks){{/mark}}, "W" => substrate, "tS" => nsd, "tD" => nsd, "tG" => poly })
{{/n}}
{{^n}}
extract_devices(mos4("{{model}}"), { "SD" => psd, "G" => pgate{{#mark}}.and({{mark}}){{/mark}}{{^mark}}.not(marks){{/mark}}, "W" => nwell, "tS" => psd, "tD" => psd, "tG" => poly })
{{/n}}
{{/devices}}

# Capacitors: the marked gaps moved to either side touch one plate each
mom_l = {{roles.mom}}.moved(-{{grid}}, 0.0)
mom_r = {{roles.mom}}.moved({{grid}}, 0.0)
{{#mom}}
mom_l{{level}} = mom_l.interacting({{metal}})
mom_r{{level}} = mom_r.interacting({{metal}})
extract_devices(capacitor("CAP", {{farad}}), { "P1" => mom_l{{level}}, "P2" => mom_r{{level}}, "tA" => mom_l{{level}}, "tB" => mom_r{{level}} })
connect(mom_l{{level}}, {{metal}})
connect(mom_r{{level}}, {{metal}})
{{/mom}}

connect(ptap, substrate)
connect(ntap, nwell)
connect(nsd, {{contact}})
connect(psd, {{contact}})
connect(ntap, {{contact}})
connect(ptap, {{contact}})
connect(poly, {{contact}})
connect({{contact}}, {{metal1}})
{{#layers}}
{{#via}}
{{#below}}
connect({{below}}, {{var}})
{{/below}}
{{#above}}
connect({{var}}, {{above}})
{{/above}}
{{/via}}
{{#metal}}
connect({{var}}, labels({{gds}}, {{label_type}}))
{{/metal}}
{{/layers}}

netlist.flatten
schematic.flatten
netlist.make_top_level_pins
netlist.combine_devices
netlist.purge_nets
schematic.combine_devices
tolerance("CAP", "C", :relative => 0.01)
tolerance("RES", "R", :relative => 0.01)
# Where many nets are alike the comparison tries them out against each other without an end. So each net gets a colour, a port its name; round by round
# it becomes that of the devices on the net and of their other nets. Nets that alone have theirs on both sides are told to the comparison, which judges them.
def colours(circuit)
  colour = {}
  circuit.each_net { |n| colour[n.expanded_name] = n.pin_count > 0 ? n.name.upcase : "" }
  devices = []
  circuit.each_device do |d|
    kind = d.device_class
    gate = kind.terminal_definitions.size > 2
    size = kind.parameter_definitions.select { |p| gate && ["W", "L"].include?(p.name) }.map { |p| (d.parameter(p.id) * 1000).round }
    ends = kind.terminal_definitions.map { |t| [gate && ["G", "B"].include?(t.name) ? t.name : "", d.net_for_terminal(t.id)] }
    devices << ["#{kind.name.upcase} #{size.join(" ")}", ends.select { |e| e[1] }.map { |role, n| [role, n.expanded_name] }]
  end
  [colour, devices]
end
def next_colours(side)
  colour, devices = side
  found = colour.transform_values { [] }
  devices.each do |kind, ends|
    seen = ends.map { |role, n| [role, colour[n]] }.sort
    ends.each { |role, n| found[n] << [kind, role, seen].hash }
  end
  side[0] = colour.map { |n, c| [n, [c, found[n].uniq.sort].hash] }.to_h
end
sides = [netlist, schematic].map { |n| n.circuit_by_name($top_cell) || n.circuit_by_name($top_cell.upcase) }
if sides.all?
  painted = sides.map { |c| colours(c) }
  kinds = 0
  while (now = painted.map { |s| next_colours(s).values.uniq.size }.min) > kinds
    kinds = now
  end
  max_depth(1) if painted[0][0].values.tally != painted[1][0].values.tally # they differ: little is to be tried out
  alone = painted.map { |s| s[0].group_by { |n, c| c }.select { |c, n| n.size == 1 }.transform_values { |n| n[0][0] } }
  name = sides.map { |c| h = {}; c.each_net { |n| h[n.expanded_name] = n }; h }
  (alone[0].keys & alone[1].keys).each { |c| same_nets($top_cell, name[0][alone[0][c]], name[1][alone[1][c]]) }
end
same = compare
# The comparison goes by structure alone: a port on the net of another port would pass
lvs_data.xref.each_circuit_pair do |pair|
  next unless pair.first && pair.second && pair.second.name.upcase == $top_cell.upcase
  lvs_data.xref.each_net_pair(pair) do |nets|
    next unless nets.first && nets.second && nets.second.pin_count > 0
    same = false unless nets.first.name.upcase == nets.second.name.upcase
  end
end
if same
  puts "Netlists match"
else
  puts "ERROR: netlists do not match"
end
