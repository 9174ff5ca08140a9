#!/usr/bin/env bash
# Sign drawn SKY130 cells off with the public tools and decks: scripts/signoff.sh DRAWN CELL…
#   DRAWN       folder that `apugen draw` wrote (cells.gds, CELL.cir)
#   APUGEN_PDK  folder with the PDK's parts; docs/manual.md says which and where they are to be got
# One line per cell and judgement: "CELL JUDGE ok", "… N violations", "… differs", "… failed (log)", or "skip" where tool or deck is missing.
# Exit 1 if anything is not ok. The judges' own exit codes say nothing (KLayout ends with 0 on violations): their answers are read.
set -u
[ $# -ge 2 ] || { sed -n '2,3p' "$0"; exit 2; }
pdk=${APUGEN_PDK:?names no PDK}
drawn=$(cd "$1" && pwd)
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
say() { echo "$1 $2 $3"; [ "$3" = ok ] || [ "$3" = skip ] || bad=1; }
ready() { # tool deck: both there
    command -v "$1" >/dev/null && [ -f "$pdk/$2" ]
}
# A count of violations in a report, if the tool wrote one.
count() { if [ ! -s "$2" ]; then say "$cell" "$1" "failed ($(tail -1 "$3" 2>/dev/null))"; elif n=$(grep -c '<item>' "$2"); then say "$cell" "$1" "$n violations"; else say "$cell" "$1" ok; fi; }

# The reference netlist of one cell without the cells in it: a cell has several pieces of one supply that only the taps beside it join.
# Resistors by the deck's devices and its W and L: as many strips side by side, of the size that is drawn, as their value in ohm asks within
# 1 %. strip: their sizes in um, "MODEL W L" each.
cat >"$tmp/flat.awk" <<'A'
BEGIN {
    sheet["sky130_fd_pr__res_generic_po"] = 48.2
    sheet["sky130_fd_pr__res_generic_m3"] = 0.047
    while ((getline s <strip) > 0) {
        split(s, f, " ")
        kind[++strips] = f[1]
        wide[strips] = f[2]
        long[strips] = f[3]
    }
}
$1 == ".subckt" { in_cell = $2; for (i = 3; i <= NF; i++) port[in_cell, i - 2] = $i; ports[in_cell] = NF - 2; next }
$1 == ".ends" { in_cell = ""; next }
in_cell != "" { line[in_cell, ++n[in_cell]] = $0 }
function net(name, path) { return ((path, name) in to) ? to[path, name] : path == "" ? name : path "." name }
function resistor(ohm,    i, k, best) {
    best = "no_strip_of_" ohm "_ohm"
    for (i = 1; i <= strips; i++) {
        k = int(sheet[kind[i]] * long[i] / wide[i] / ohm + 0.5)
        if (k >= 1 && k * wide[i] * ohm / (sheet[kind[i]] * long[i]) < 1.01 && k * wide[i] * ohm / (sheet[kind[i]] * long[i]) > 0.99) best = sprintf("%s w=%.6gu l=%.6gu", kind[i], k * wide[i], long[i])
    }
    return best
}
function expand(cell, path,    k, i, m, f, sub_path, pins) {
    for (k = 1; k <= n[cell]; k++) {
        m = split(line[cell, k], f, " ")
        sub_path = path == "" ? f[1] : path "." f[1]
        if (f[1] ~ /^X/) {
            for (i = 1; i <= ports[f[m]]; i++) to[sub_path, port[f[m], i]] = net(f[i + 1], path)
            expand(f[m], sub_path)
            continue
        }
        pins = f[1] ~ /^M/ ? 4 : 2
        printf "%s%s", f[1], path == "" ? "" : "_" path
        for (i = 2; i <= pins + 1; i++) printf " %s", net(f[i], path)
        if (f[1] ~ /^R/) printf " %s", resistor(f[4])
        else for (; i <= m; i++) printf " %s", f[i]
        print ""
    }
}
END {
    printf ".subckt %s", top
    for (i = 1; i <= ports[top]; i++) printf " %s", port[top, i]
    print ""
    expand(top, "")
    print ".ends"
}
A
# Sizes of what marks make resistors of, in the stream of one cell.
cat >"$tmp/strips.rb" <<'R'
ly = RBA::Layout::new
ly.read($input)
c = ly.top_cell
found = []
[["sky130_fd_pr__res_generic_po", 66, 20], ["sky130_fd_pr__res_generic_m3", 70, 20]].each do |model, layer, type|
  mark = RBA::Region::new(c.begin_shapes_rec(ly.layer(layer, 13)))
  marked = RBA::Region::new(c.begin_shapes_rec(ly.layer(layer, type))).interacting(mark)
  body = marked & mark
  conductor = (marked - body).edges
  body.merged.each do |p|
    ends = RBA::Region::new(p).edges & conductor
    w = ends.length / 2.0
    found << [model, w * ly.dbu, p.area / w * ly.dbu] if w > 0
  end
end
File.write($output, found.uniq.map { |f| f.join(" ") + "\n" }.join)
R
flat() { awk -v top="$cell" -v strip="$tmp/strips" -f "$tmp/flat.awk" "$drawn/$cell.cir" | sed '/^C/d'; }

klayout_drc() { # every group on: they are off by default
    klayout -b -r "$pdk/klayout/sky130A_mr.drc" -rd input="$tmp/only.gds" -rd top_cell="$cell" -rd report="$tmp/drc.lyrdb" -rd feol=true -rd beol=true \
        -rd offgrid=true -rd seal=false -rd floating_met=false >"$tmp/drc.log" 2>&1
    count klayout-drc "$tmp/drc.lyrdb" "$tmp/drc.log"
}
# The deck takes the stream's top cell. Fingers of plain metal are no device of the deck; that wires without devices are purged, with their
# pins, is left out.
klayout_lvs() {
    flat >"$tmp/plain.cir"
    [ -f "$tmp/one.gds" ] &&
        klayout -b -r "$pdk/klayout/sky130.lvs" -rd input="$tmp/one.gds" -rd schematic="$tmp/plain.cir" -rd report="$tmp/x.lvsdb" \
            -rd target_netlist="$tmp/x.cir" -rd top_lvl_pins=true -rd combine=true >"$tmp/lvs.log" 2>&1
    if grep -q 'Congratulations! Netlists match' "$tmp/lvs.log"; then say "$cell" klayout-lvs ok
    elif grep -q "Netlists don't match" "$tmp/lvs.log"; then say "$cell" klayout-lvs differs
    else say "$cell" klayout-lvs "failed ($(tail -1 "$tmp/lvs.log"))"; fi
}
magic_drc() {
    cat >"$tmp/run.tcl" <<T
gds read $tmp/only.gds
load $cell
select top cell
drc style drc(full)
drc euclidean on
drc on
drc catchup
puts "VIOLATIONS [drc list count total]"
puts "WHY [drc listall why]"
quit -noprompt
T
    (cd "$tmp" && magic -dnull -noconsole -T "$pdk/magic/sky130A.tech" run.tcl >magic.log 2>&1 </dev/null)
    n=$(sed -n 's/^VIOLATIONS //p' "$tmp/magic.log")
    if [ "$n" = 0 ]; then say "$cell" magic-drc ok
    elif [ -n "$n" ]; then say "$cell" magic-drc "$n violations: $(sed -n 's/^WHY //p' "$tmp/magic.log" | cut -c1-200)"
    else say "$cell" magic-drc "failed ($(tail -1 "$tmp/magic.log"))"; fi
}
# Fingers side by side as one transistor of their whole width: Netgen takes those within its tolerance for alike, and as often the first
# one's width for theirs (11 of 0.74 um and 2 of 0.73 become 9.49 um or 9.62, not 9.6).
cat >"$tmp/fingers.awk" <<'A'
function put(    d, s, key, w) {
    if (split(line, f, " ") < 8 || f[1] !~ /^X/ || f[6] !~ /fet/ || f[7] !~ /^w=[0-9.]+u$/) { other[++others] = line; return }
    d = f[2] < f[4] ? f[2] : f[4]
    s = f[2] < f[4] ? f[4] : f[2]
    key = d " " f[3] " " s " " f[5] " " f[6] " " f[8]
    w = substr(f[7], 3) + 0
    if (!(key in wide)) finger[++fingers] = key
    wide[key] += w
}
/^\+/ { line = line substr($0, 2); next }
NR > 1 { put() }
{ line = $0 }
END {
    put()
    for (i = 1; i <= others; i++) {
        if (other[i] ~ /^\.ends/)
            for (k = 1; k <= fingers; k++) {
                split(finger[k], f, " ")
                printf "X%d %s %s %s %s %s w=%.0fu %s\n", k, f[1], f[2], f[3], f[4], f[5], wide[finger[k]], f[6]
            }
        print other[i]
    }
}
A
# Magic writes devices as subcircuits with lengths in um, and no capacitor for plain metal.
netgen_lvs() {
    cat >"$tmp/run.tcl" <<T
gds read $tmp/one.gds
load $cell
select top cell
extract all
ext2spice lvs
ext2spice -o $cell.spice
quit -noprompt
T
    rm -f "$tmp"/*.ext "$tmp/$cell.spice" "$tmp/whole.spice"
    (cd "$tmp" && magic -dnull -noconsole -T "$pdk/magic/sky130A.tech" run.tcl >magic.log 2>&1 </dev/null)
    flat | sed -E 's/^M/X/; s/ ([wl])=([0-9.]+)u/ \1=\2/g; s/ m=1$//' >"$tmp/$cell.ref.spice"
    [ ! -s "$tmp/$cell.spice" ] || awk -f "$tmp/fingers.awk" "$tmp/$cell.spice" >"$tmp/whole.spice"
    (cd "$tmp" && netgen-lvs -batch lvs "whole.spice $cell" "$cell.ref.spice $cell" "$pdk/netgen/sky130_setup.tcl" comp.out >netgen.log 2>&1 </dev/null)
    if grep -q 'Property errors' "$tmp/comp.out"; then say "$cell" netgen-lvs "differs in parameters"
    elif grep -q 'Circuits match uniquely' "$tmp/comp.out" && ! grep -qi 'pin mismatch\|do not match' "$tmp/comp.out"; then say "$cell" netgen-lvs ok
    elif [ -s "$tmp/comp.out" ]; then say "$cell" netgen-lvs differs
    else say "$cell" netgen-lvs "failed ($(tail -1 "$tmp/netgen.log"))"; fi
}

# A cell with what is in it (Magic checks all that it has read), and alone and flat, with its own pins' names, not those of the cells in it.
cat >"$tmp/one.rb" <<'R'
ly = RBA::Layout::new
ly.read($input)
c = ly.cell($cell)
o = RBA::SaveLayoutOptions::new
o.add_cell(c.cell_index)
ly.write($only, o)
c.called_cells.each { |k| ly.layer_indexes.each { |l| ly.cell(k).shapes(l).tap { |s| s.each(RBA::Shapes::STexts).to_a.each { |t| s.erase(t) } } } }
c.flatten(true)
o.select_cell(c.cell_index)
ly.write($output, o)
R
for cell; do
    [ -f "$drawn/$cell.cir" ] || { say "$cell" drawn "failed (no $cell.cir in $drawn)"; continue; }
    rm -f "$tmp/one.gds"
    cp "$drawn/cells.gds" "$tmp/only.gds" # without KLayout: the whole stream
    ! command -v klayout >/dev/null || klayout -b -r "$tmp/one.rb" -rd input="$drawn/cells.gds" -rd cell="$cell" -rd only="$tmp/only.gds" -rd output="$tmp/one.gds" >"$tmp/lvs.log" 2>&1
    : >"$tmp/strips"
    [ ! -f "$tmp/one.gds" ] || klayout -b -r "$tmp/strips.rb" -rd input="$tmp/one.gds" -rd output="$tmp/strips" >"$tmp/lvs.log" 2>&1
    if ready klayout klayout/sky130A_mr.drc; then klayout_drc; else say "$cell" klayout-drc skip; fi
    if ready klayout klayout/sky130.lvs; then klayout_lvs; else say "$cell" klayout-lvs skip; fi
    if ready magic magic/sky130A.tech; then magic_drc; else say "$cell" magic-drc skip; fi
    if [ -f "$tmp/one.gds" ] && ready magic magic/sky130A.tech && ready netgen-lvs netgen/sky130_setup.tcl; then netgen_lvs; else say "$cell" netgen-lvs skip; fi
done
exit $bad
