#!/usr/bin/env bash
# Sign drawn cells off with tools and decks that are not ours: scripts/signoff.sh [-a] [-g] [-k 'BLOCK…'] [-v KEPT] DRAWN [CELL…]
#   DRAWN       folder that `apugen draw` wrote (cells.gds, CELL.cir)
#   APUGEN_PDK  folder with SKY130's parts; docs/manual.md says which and where they are to be got
#   -g          instead of the PDK's decks those that `apugen draw` made of tech.xml (DRAWN/klayout.drc and .lvs): technologies without a PDK
#   -a          all cells of DRAWN: those with a block of their own with taps (CELL_1x1) by that, taps and parts by what they are in
#   -k          KLayout's LVS compares these blocks once each, and the cell by their pins: names as in CELL.cir, * for any. Supplies of a block
#               must be one piece in it (taps or straps). BLOCK:PORT:BY: its PORT is several pieces, one for each net that the block's cells have
#               at their port BY (and one for those without); the cell must join them
#   -v          folder of verdicts: a cell whose shapes, netlist and decks are those of a verdict there is not judged again
# One line per cell and judgement: "CELL JUDGE ok", "… N violations", "… differs", "… failed (log)", "skip" where tool or deck is missing,
# "no devices" where an LVS has nothing to compare, "not drawn" for an outline with pins.
# Exit 1 if anything is not ok. The judges' own exit codes say nothing (KLayout ends with 0 on violations): their answers are read.
set -u
all= deck= keep= kept=
while getopts agk:v: option; do
    case $option in a) all=1 ;; g) deck=1 ;; k) keep=$OPTARG ;; v) mkdir -p "$OPTARG" && kept=$(cd "$OPTARG" && pwd) ;; *) set -- ; break ;; esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || [ $# = 1 -a -n "$all" ] || { sed -n '2,16p' "$0"; exit 2; }
[ -n "$deck" ] || pdk=${APUGEN_PDK:?names no PDK}
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
drawn=$(cd "$1" && pwd)
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
say() { echo "$1 $2 $3"; case $3 in ok | skip | "no devices") ;; *) bad=1 ;; esac; }
ready() { # tool deck: both there
    command -v "$1" >/dev/null && [ -f "$pdk/$2" ]
}
# A count of violations in a report, if the tool wrote one.
count() { if [ ! -s "$2" ]; then say "$cell" "$1" "failed ($(tail -1 "$3" 2>/dev/null))"; elif n=$(grep -c '<item>' "$2"); then say "$cell" "$1" "$n violations"; else say "$cell" "$1" ok; fi; }

# The reference netlist of one cell without the cells in it, but those that are kept: a cell has several pieces of one supply that only the
# taps beside it join.
# Transistors side by side as one of their whole width: of the drawing KLayout makes that, too (a column of dummies ties its COL in each row).
# Resistors by the deck's devices and its W and L: as many strips side by side, of the size that is drawn, as their value in ohm asks within
# 1 %. strip: what each cell has of them, sizes in um, "CELL MODEL W L".
cat >"$tmp/flat.awk" <<'A'
BEGIN {
    sheet["sky130_fd_pr__res_generic_po"] = 48.2
    sheet["sky130_fd_pr__res_generic_m3"] = 0.047
    while ((getline s <strip) > 0) {
        split(s, f, " ")
        from[++strips] = f[1]
        kind[strips] = f[2]
        wide[strips] = f[3]
        long[strips] = f[4]
    }
}
$1 == ".subckt" { in_cell = $2; for (i = 3; i <= NF; i++) port[in_cell, i - 2] = $i; ports[in_cell] = NF - 2; next }
$1 == ".ends" { in_cell = ""; next }
in_cell != "" { line[in_cell, ++n[in_cell]] = $0 }
function net(name, path) { return ((path, name) in to) ? to[path, name] : path == "" ? name : path "." name }
function resistor(cell, ohm,    i, k, best) {
    best = "no_strip_of_" ohm "_ohm"
    for (i = 1; i <= strips; i++) {
        if (from[i] != cell) continue
        k = int(sheet[kind[i]] * long[i] / wide[i] / ohm + 0.5)
        if (k >= 1 && k * wide[i] * ohm / (sheet[kind[i]] * long[i]) < 1.01 && k * wide[i] * ohm / (sheet[kind[i]] * long[i]) > 0.99) best = sprintf("%s w=%.6gu l=%.6gu", kind[i], k * wide[i], long[i])
    }
    return best
}
function transistor(f, path, m,    i, d, s, w, l, n, key) {
    d = net(f[2], path)
    s = net(f[4], path)
    for (i = 7; i <= m; i++) {
        if (f[i] ~ /^w=/) w = substr(f[i], 3) + 0
        if (f[i] ~ /^l=/) l = f[i]
        if (f[i] ~ /^m=/) n = substr(f[i], 3) + 0
    }
    key = (d < s ? d " " net(f[3], path) " " s : s " " net(f[3], path) " " d) " " net(f[5], path) " " f[6]
    if (!((key, l) in sum)) {
        gates++
        named[gates] = f[1] (path == "" ? "" : "_" path)
        at[gates] = key
        length_[gates] = l
    }
    sum[key, l] += w * n
}
# Of a port in pieces the one that a cell in the block has: named by what it has at the port that tells them apart.
function piece(cell, f, m,    i, name) {
    for (i = 1; i <= ports[f[m]]; i++)
        if (port[f[m], i] == by[cell]) name = f[i + 1]
    gsub(/[][]/, "_", name)
    return parted[cell] "_" name
}
function find_pieces(cell,    k, m, f, i, name, known) {
    for (k = 1; k <= n[cell]; k++) {
        m = split(line[cell, k], f, " ")
        for (i = 2; i < m; i++) {
            if (f[i] != parted[cell] || (name = piece(cell, f, m)) in known) continue
            known[name] = 1
            piece_of[cell, ++pieces[cell]] = name
        }
    }
}
function expand(cell, path,    k, i, m, f, sub_path, pins, q) {
    for (k = 1; k <= n[cell]; k++) {
        m = split(line[cell, k], f, " ")
        sub_path = path == "" ? f[1] : path "." f[1]
        if (f[1] ~ /^X/ && f[m] in kept) {
            printf "X%s", sub_path
            for (i = 2; i < m; i++)
                for (q = port[f[m], i - 1] == parted[f[m]] ? pieces[f[m]] : 1; q > 0; q--) printf " %s", net(f[i], path)
            print " " f[m]
            continue
        }
        if (f[1] ~ /^X/) {
            for (i = 1; i <= ports[f[m]]; i++) to[sub_path, port[f[m], i]] = path == "" && f[i + 1] == parted[cell] ? piece(cell, f, m) : net(f[i + 1], path)
            expand(f[m], sub_path)
            continue
        }
        if (f[1] ~ /^M/) {
            transistor(f, path, m)
            continue
        }
        pins = 2
        printf "%s%s", f[1], path == "" ? "" : "_" path
        for (i = 2; i <= pins + 1; i++) printf " %s", net(f[i], path)
        if (f[1] ~ /^R/) printf " %s", resistor(cell, f[4])
        else printf " %s", f[4]
        print ""
    }
}
function whole(cell,    i, q) {
    split("", to)
    split("", sum)
    gates = 0
    printf ".subckt %s", cell
    for (i = 1; i <= ports[cell]; i++)
        if (port[cell, i] != parted[cell]) printf " %s", port[cell, i]
        else for (q = 1; q <= pieces[cell]; q++) printf " %s", piece_of[cell, q]
    print ""
    expand(cell, "")
    for (i = 1; i <= gates; i++) printf "%s %s w=%.6gu %s m=1\n", named[i], at[i], sum[at[i], length_[i]], length_[i]
    print ".ends"
}
END {
    m = split(keep, f, " ")
    for (i = 1; i <= m; i++) {
        split(f[i], part, ":")
        kept[part[1]] = 1
        parted[part[1]] = part[2]
        by[part[1]] = part[3]
        if (part[2] != "") find_pieces(part[1])
        order[++blocks] = part[1]
    }
    for (b = 1; b <= blocks; b++) whole(order[b])
    whole(top)
}
A
# Sizes of what marks make resistors of, in the stream of one cell, by the cells in it that have them.
cat >"$tmp/strips.rb" <<'R'
ly = RBA::Layout::new
ly.read($input)
found = []
ly.each_cell do |c|
  [["sky130_fd_pr__res_generic_po", 66, 20], ["sky130_fd_pr__res_generic_m3", 70, 20]].each do |model, layer, type|
    mark = RBA::Region::new(c.shapes(ly.layer(layer, 13)))
    marked = RBA::Region::new(c.shapes(ly.layer(layer, type))).interacting(mark)
    body = marked & mark
    conductor = (marked - body).edges
    body.merged.each do |p|
      ends = RBA::Region::new(p).edges & conductor
      w = ends.length / 2.0
      found << [c.name, model, w * ly.dbu, p.area / w * ly.dbu] if w > 0
    end
  end
end
File.write($output, found.uniq.map { |f| f.join(" ") + "\n" }.join)
R
flat() { awk -v top="$cell" -v keep="$1" -v strip="$tmp/strips" -f "$tmp/flat.awk" "$drawn/$cell.cir" | sed '/^C/d'; }
devices() { grep -q '^[MXR]' "$1"; } # netlist: has any

klayout_drc() { # every group on: they are off by default
    klayout -b -r "$pdk/klayout/sky130A_mr.drc" -rd input="$tmp/only.gds" -rd top_cell="$cell" -rd report="$tmp/drc.lyrdb" -rd feol=true -rd beol=true \
        -rd offgrid=true -rd seal=false -rd floating_met=false >"$tmp/drc.log" 2>&1
    count klayout-drc "$tmp/drc.lyrdb" "$tmp/drc.log"
}
# The deck takes the stream's top cell. Fingers of plain metal are no device of the deck; that wires without devices are purged, with their
# pins, is left out.
klayout_lvs() {
    flat "$blocks" >"$tmp/plain.cir"
    devices "$tmp/plain.cir" || { say "$cell" klayout-lvs "no devices"; return; }
    [ -f "$tmp/parts.gds" ] &&
        klayout -b -r "$pdk/klayout/sky130.lvs" -rd input="$tmp/parts.gds" -rd schematic="$tmp/plain.cir" -rd report="$tmp/x.lvsdb" \
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
    rm -f "$tmp"/*.ext "$tmp/$cell.spice" "$tmp/whole.spice" "$tmp/comp.out"
    flat "" >"$tmp/plain.cir"
    devices "$tmp/plain.cir" || { say "$cell" netgen-lvs "no devices"; return; }
    (cd "$tmp" && magic -dnull -noconsole -T "$pdk/magic/sky130A.tech" run.tcl >magic.log 2>&1 </dev/null)
    sed -E 's/^M/X/; s/ ([wl])=([0-9.]+)u/ \1=\2/g; s/ m=1$//' "$tmp/plain.cir" >"$tmp/$cell.ref.spice"
    [ ! -s "$tmp/$cell.spice" ] || awk -f "$tmp/fingers.awk" "$tmp/$cell.spice" >"$tmp/whole.spice"
    (cd "$tmp" && netgen-lvs -batch lvs "whole.spice $cell" "$cell.ref.spice $cell" "$pdk/netgen/sky130_setup.tcl" comp.out >netgen.log 2>&1 </dev/null)
    if grep -q 'Property errors' "$tmp/comp.out"; then say "$cell" netgen-lvs "differs in parameters"
    elif grep -q 'Circuits match uniquely' "$tmp/comp.out" && ! grep -qi 'pin mismatch\|do not match' "$tmp/comp.out"; then say "$cell" netgen-lvs ok
    elif [ -s "$tmp/comp.out" ]; then say "$cell" netgen-lvs differs
    else say "$cell" netgen-lvs "failed ($(tail -1 "$tmp/netgen.log"))"; fi
}

# The decks made of tech.xml. Rules of whole designs (taps, antennas) are those of blocks, densities those of chips.
deck_drc() {
    local whole
    case $cell in *_[0-9]*x[0-9]*) whole=1 ;; *) whole= ;; esac
    rm -f "$tmp/drc.lyrdb"
    klayout -b -r "$drawn/klayout.drc" -rd input="$drawn/cells.gds" -rd top_cell="$cell" -rd report="$tmp/drc.lyrdb" ${whole:+-rd whole=1} >"$tmp/drc.log" 2>&1
    if [ ! -s "$tmp/drc.lyrdb" ]; then say "$cell" deck-drc "failed ($(tail -1 "$tmp/drc.log"))"; return; fi
    n=$(awk '/<item>/ {n++} /<category>.*\.density_m/ {d++} END {print n - d}' "$tmp/drc.lyrdb")
    [ "$n" = 0 ] && say "$cell" deck-drc ok || say "$cell" deck-drc "$n violations"
}
deck_lvs() {
    grep -q '^[MRC]' "$drawn/$cell.cir" || { say "$cell" deck-lvs "no devices"; return; }
    klayout -b -r "$drawn/klayout.lvs" -rd input="$drawn/cells.gds" -rd top_cell="$cell" -rd schematic="$drawn/$cell.cir" -rd report="$tmp/x.lvsdb" >"$tmp/lvs.log" 2>&1
    if grep -q '^Netlists match' "$tmp/lvs.log"; then say "$cell" deck-lvs ok
    elif grep -q 'ERROR: netlists do not match' "$tmp/lvs.log"; then say "$cell" deck-lvs differs
    else say "$cell" deck-lvs "failed ($(tail -1 "$tmp/lvs.log"))"; fi
}

# A cell with what is in it (Magic checks all that it has read), alone and flat, with its own pins' names, not those of the cells in it, and
# flat but for the blocks that are kept. Without contacts it is an outline.
cat >"$tmp/one.rb" <<'R'
def names_off(ly, c) ly.layer_indexes.each { |l| c.shapes(l).tap { |s| s.each(RBA::Shapes::STexts).to_a.each { |t| s.erase(t) } } } end
ly = RBA::Layout::new
ly.read($input)
c = ly.cell($cell)
o = RBA::SaveLayoutOptions::new
o.gds2_write_timestamps = false
o.add_cell(c.cell_index)
ly.write($only, o)
File.write($contacts, RBA::RecursiveShapeIterator::new(ly, c, ly.layer(*$cut.split("/").map(&:to_i))).at_end? ? "" : "1")
keep = $keep.split(" ").map { |k| k.split(":").first }
kept = c.called_cells.map { |k| ly.cell(k) }.select { |k| keep.include?(k.name) }
c.called_cells.each { |k| names_off(ly, ly.cell(k)) unless kept.include?(ly.cell(k)) }
kept.each { |k| k.flatten(true) }
until (inner = c.each_inst.reject { |i| kept.include?(i.cell) }).empty?
  inner.first.flatten
end
o.select_cell(c.cell_index)
ly.write($parts, o)
# Flat from the stream again: of blocks whose neighbours were flattened one by one flatten loses the shapes (KLayout 0.28.5)
ly = RBA::Layout::new
ly.read($only)
c = ly.cell($cell)
c.called_cells.each { |k| names_off(ly, ly.cell(k)) }
c.flatten(true)
o.select_cell(c.cell_index)
ly.write($output, o)
R
# Cells of DRAWN to be judged: what stands in blocks with taps by these, taps and parts of blocks by what they are in.
every() {
    cat "$drawn"/*.cir | awk '$1 ~ /^X/ {print $NF}' | sort -u >"$tmp/inside"
    for f in "$drawn"/*.cir; do
        c=$(basename "$f" .cir)
        [ "${c#tap}" != "$c" ] || [ -f "$drawn/${c}_1x1.cir" ] || grep -qx "$c" "$tmp/inside" || echo "$c"
    done
}
judge() { # cell: the lines about it
    local cell=$1 blocks=
    [ -f "$drawn/$cell.cir" ] || { say "$cell" drawn "failed (no $cell.cir in $drawn)"; return; }
    set -f # patterns are of cells, not of files
    for k in $keep; do
        blocks="$blocks $(sed -n 's/^\.subckt \([^ ]*\) .*/\1/p' "$drawn/$cell.cir" | while read -r c; do case $c in "$cell") ;; ${k%%:*}) printf '%s ' "$c${k#"${k%%:*}"}" ;; esac; done)"
    done
    set +f
    rm -f "$tmp/one.gds" "$tmp/parts.gds" "$tmp/contacts"
    cp "$drawn/cells.gds" "$tmp/only.gds" # without KLayout: the whole stream
    ! command -v klayout >/dev/null || klayout -b -r "$tmp/one.rb" -rd input="$drawn/cells.gds" -rd cell="$cell" -rd keep="$blocks" -rd cut="$cut" -rd contacts="$tmp/contacts" \
        -rd only="$tmp/only.gds" -rd parts="$tmp/parts.gds" -rd output="$tmp/one.gds" >"$tmp/lvs.log" 2>&1
    [ ! -f "$tmp/contacts" ] || [ -s "$tmp/contacts" ] || { say "$cell" drawn "not drawn"; return; }
    local key
    key=$(cat "$tmp/only.gds" "$drawn/$cell.cir" "$self" ${deck:+"$drawn/klayout.drc" "$drawn/klayout.lvs"} | sha256sum | cut -c1-20).${deck:-0}
    if [ -n "$kept" ] && [ -s "$kept/$cell.$key" ]; then
        while read -r c by what; do say "$c" "$by" "$what"; done <"$kept/$cell.$key"
        return
    fi
    verdict "$cell" >"$tmp/said"
    while read -r c by what; do say "$c" "$by" "$what"; done <"$tmp/said"
    [ -z "$kept" ] || grep -q ' skip$\| failed (' "$tmp/said" || cp "$tmp/said" "$kept/$cell.$key"
}
verdict() {
    if [ -n "$deck" ]; then
        if command -v klayout >/dev/null; then deck_drc && deck_lvs; else say "$cell" deck-drc skip && say "$cell" deck-lvs skip; fi
        return
    fi
    : >"$tmp/strips"
    [ ! -f "$tmp/one.gds" ] || klayout -b -r "$tmp/strips.rb" -rd input="$tmp/only.gds" -rd output="$tmp/strips" >"$tmp/lvs.log" 2>&1
    if ready klayout klayout/sky130A_mr.drc; then klayout_drc; else say "$cell" klayout-drc skip; fi
    if ready klayout klayout/sky130.lvs; then klayout_lvs; else say "$cell" klayout-lvs skip; fi
    if ready magic magic/sky130A.tech; then magic_drc; else say "$cell" magic-drc skip; fi
    if [ -f "$tmp/one.gds" ] && ready magic magic/sky130A.tech && ready netgen-lvs netgen/sky130_setup.tcl; then netgen_lvs; else say "$cell" netgen-lvs skip; fi
}
# The cut to diffusion and gates of what is drawn tells a drawing from an outline.
cut=66/44
[ -z "$deck" ] || cut=$(sed -n 's|^'"$(sed -n 's/^co_poly = \([a-z0-9_]*\)\..*/\1/p' "$drawn/klayout.drc")"' = polygons(\([0-9]*\), *\([0-9]*\)).*|\1/\2|p' "$drawn/klayout.drc")
if [ -n "$all" ]; then
    set -- $(every)
fi
for cell; do judge "$cell"; done
exit $bad
