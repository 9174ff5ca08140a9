#!/usr/bin/env bash
# Sign drawn cells off with tools and decks that are not ours: scripts/signoff.sh [-a] [-g] [-k 'BLOCK…'] [-v KEPT] DRAWN [CELL…]
#   DRAWN       folder that `apugen draw` wrote (cells.gds, CELL.cir)
#   APUGEN_PDK  folder with SKY130's parts; docs/manual.md says which and where they are to be got
#   -g          instead of the PDK's decks those that `apugen draw` made of tech.xml (DRAWN/klayout.drc and .lvs): technologies without a PDK
#   -a          all cells of DRAWN: those with a block of their own with taps (CELL_1x1) by that, taps and parts by what they are in
#   -k          KLayout's LVS compares these blocks once each, and the cell by their pins: names as in CELL.cir, * for any. Supplies of a block
#               must be one piece in it (taps or straps). BLOCK:PORT:BY: its PORT (PORT,PORT: each of them) is several pieces, one for each net that
#               the block's cells have at their port BY (and one for those without); the cell must join them
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
drawn=$(cd "$1" && pwd) && [ -f "$drawn/cells.gds" ] || { echo "signoff: $1 holds no cells.gds; apugen draw -o $1 writes it" >&2; exit 2; }
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
function piece(cell, at, f, m,    i, name) {
    for (i = 1; i <= ports[f[m]]; i++)
        if (port[f[m], i] == by[cell]) name = f[i + 1]
    gsub(/[][]/, "_", name)
    return at "_" name
}
function find_pieces(cell,    k, m, f, i, name, known) {
    for (k = 1; k <= n[cell]; k++) {
        m = split(line[cell, k], f, " ")
        for (i = 2; i < m; i++) {
            if (!((cell, f[i]) in parted) || (name = piece(cell, f[i], f, m)) in known) continue
            known[name] = 1
            piece_of[cell, f[i], ++pieces[cell, f[i]]] = name
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
                for (q = (f[m], port[f[m], i - 1]) in parted ? pieces[f[m], port[f[m], i - 1]] : 1; q > 0; q--) printf " %s", net(f[i], path)
            print " " f[m]
            continue
        }
        if (f[1] ~ /^X/) {
            for (i = 1; i <= ports[f[m]]; i++) to[sub_path, port[f[m], i]] = path == "" && (cell, f[i + 1]) in parted ? piece(cell, f[i + 1], f, m) : net(f[i + 1], path)
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
        if (!((cell, port[cell, i]) in parted)) printf " %s", port[cell, i]
        else for (q = 1; q <= pieces[cell, port[cell, i]]; q++) printf " %s", piece_of[cell, port[cell, i], q]
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
        for (k = split(part[2], parts, ","); k > 0; k--) parted[part[1], parts[k]]
        by[part[1]] = part[3]
        find_pieces(part[1])
        order[++blocks] = part[1]
    }
    for (b = 1; b <= blocks; b++) whole(order[b])
    whole(top)
}
A
flat() { awk -v top="$cell" -v keep="$1" -v strip="$at/strips" -f "$tmp/flat.awk" "$drawn/$cell.cir" | sed '/^C/d'; }
devices() { grep -q '^[MXR]' "$1"; } # netlist: has any

# KLayout's comparison looks for pairs of nets along single terminals, so rows of sources side by side, each on a piece of its own of the bias, are
# alike to it for long (16 x 4 of the current family: not done after 6 minutes of CPU), and of two nets that only whole transistors tell apart
# (gate high to one column, gate low to the other) it takes any. Where blocks are kept (-k) it is told beforehand which nets may be pairs. It compares
# all devices, pins and blocks by itself: a wrong pair makes it say that the netlists differ, never that they match.
# Nets are one by their pins' names, by the devices and blocks that hang on them, by the nets at those, until no more are told apart; of what is
# alike even then (one as good as the other) one is taken, and on.
cat >"$tmp/pairs.rb" <<'R'
class Pairs
  def initialize(circuits, inner) # of the layout and of the reference; of each: block => pin => what tells that pin from others
    @nets = circuits.map { |c| c.each_net.to_a }
    @class, @at, @part, @members = [[], []], [[], []], [[], []], []
    circuits.each_with_index { |c, side| take_in(c, side, inner[side]) }
    names = @nets.map { |l| l.select { |n| n.pin_count > 0 }.map { |n| n.name.upcase } }
    both = names[0] & names[1]
    first = {}
    @nets.each_with_index do |l, side|
      l.each_with_index { |n, i| put([side, i], first[n.pin_count > 0 && both.include?(n.name.upcase) ? n.name.upcase : ""] ||= first.size) }
    end
    split(@members.each_index.to_a)
    choose
  end
  def each_pair() @members.each { |m| yield(*m.map { |side, i| @nets[side][i] }) if pair?(m) } end
  def pins(side) @nets[side].each_with_index.flat_map { |n, i| n.each_pin.map { |p| [p.pin.id, @class[side][i].to_s] } }.to_h end

  private

  def id(net) [net.cluster_id, net.expanded_name] end # the first tells nets of a layout apart, the second those of a netlist
  def pair?(m) m.size == 2 && m[0][0] != m[1][0] end
  # Ends of a channel or of a strip are exchanged freely.
  def role(device_class, name) %w[S D].include?(name) || device_class.terminal_definitions.size == 2 ? "" : name end
  def take_in(circuit, side, inner)
    index = {}
    @nets[side].each_with_index { |n, i| index[id(n)] = i }
    @at[side] = @nets[side].map { [] }
    circuit.each_device { |d| hang(side, d.device_class.name.upcase, d.device_class.terminal_definitions.map { |t| [role(d.device_class, t.name), index, d.net_for_terminal(t.id)] }) }
    circuit.each_subcircuit do |x|
      block = x.circuit_ref.name.upcase
      hang(side, block, x.circuit_ref.each_pin.map { |p| [inner[block][p.id].to_s, index, x.net_for_pin(p.id)] })
    end
  end
  def hang(side, kind, ends)
    ends = ends.select(&:last).map { |r, index, n| [r, index[id(n)]] }
    @part[side] << [kind, ends]
    ends.map(&:last).uniq.each { |i| @at[side][i] << @part[side].size - 1 }
  end
  def put(net, c)
    (@members[c] ||= []) << net
    @class[net[0]][net[1]] = c
  end
  def seen(side, i) # what a net sees of the devices at it
    @at[side][i].map { |p| @part[side][p] }.map { |kind, ends| [kind, ends.map { |r, n| [r, n == i ? -1 : @class[side][n]] }.sort].hash }.sort.hash
  end
  def split(classes)
    until classes.empty?
      moved = []
      classes.each do |c|
        groups = @members[c].group_by { |side, i| seen(side, i) }.values.sort_by { |g| -g.size }
        @members[c] = groups.shift
        groups.each do |g|
          c = @members.size
          g.each { |net| put(net, c) }
          moved.concat(g)
        end
      end
      classes = beside(moved)
    end
  end
  def beside(nets) # classes of what is at the same devices, if there is anything left to tell apart
    nets.flat_map { |side, i| @at[side][i].flat_map { |p| @part[side][p][1].map { |_, n| @class[side][n] } } }.uniq.reject { |c| @members[c].size == 1 || pair?(@members[c]) }
  end
  def choose
    @nets[0].each_index.sort_by { |i| [-@at[0][i].size, i] }.each do |i|
      m = @members[@class[0][i]]
      next if pair?(m) || m.count { |side, _| side == 0 } * 2 != m.size
      one = [[0, i], m.find { |side, _| side == 1 }]
      @members[@class[0][i]] = m - one
      c = @members.size
      one.each { |net| put(net, c) }
      split(beside(one))
    end
  end
end
class RBA::LayoutVsSchematic
  alias plain_compare compare
  def compare(comparer)
    inner = Array.new(2) { Hash.new { {} } }
    netlist.each_circuit_bottom_up do |c|
      other = reference.each_circuit.find { |o| o.name.upcase == c.name.upcase } or next
      pairs = Pairs.new([c, other], inner)
      pairs.each_pair { |a, b| comparer.same_nets(c, other, a, b) }
      2.times { |side| inner[side][c.name.upcase] = pairs.pins(side) }
    end if $blocks
    plain_compare(comparer)
  end
end
R
# KLayout judges all cells of a list in one go: its start takes longer than most of them. Each line: folder, top cell, what to do (drc, lvs, whole;
# blocks: some are kept). Reports and logs go to the cell's folder. A deck may end the process: then what is left of the list is judged by the next one.
cat >"$tmp/klayout.rb" <<'R'
require $pairs
def judged(deck, log)
  old = STDOUT.dup, STDERR.dup
  STDOUT.reopen(log, "w")
  STDERR.reopen(STDOUT)
  STDOUT.sync = true
  RBA::Macro::new(deck).run
rescue StandardError => e
  puts e.message
ensure
  STDOUT.flush
  STDOUT.reopen(old[0])
  STDERR.reopen(old[1])
end
while (line = File.readlines($list).first)
  dir, $top_cell, *what = line.split
  File.write($list, File.readlines($list).drop(1).join)
  $whole = what.include?("whole") ? 1 : nil
  $blocks = what.include?("blocks")
  $input, $report = dir + "/only.gds", dir + "/drc.lyrdb"
  judged($drc, dir + "/drc.log") if what.include?("drc")
  $input, $report, $schematic, $target_netlist = dir + "/#{$lvs_stream}.gds", dir + "/x.lvsdb", dir + "/plain.cir", dir + "/x.cir"
  judged($lvs, dir + "/lvs.log") if what.include?("lvs")
end
R
# Public decks: every group of rules on, they are off by default. Fingers of plain metal are no device of the LVS deck; that wires without devices are
# purged, with their pins, is left out.
klayout_judges() { # the list is in $tmp/list
    local left=-1
    while [ -s "$tmp/list" ] && [ "$left" != "$(wc -l <"$tmp/list")" ]; do # what cannot even begin is not begun again
        left=$(wc -l <"$tmp/list")
        if [ -n "$deck" ]; then
            klayout -b -r "$tmp/klayout.rb" -rd list="$tmp/list" -rd pairs="$tmp/pairs.rb" -rd drc="$drawn/klayout.drc" -rd lvs="$drawn/klayout.lvs" -rd lvs_stream=only >"$tmp/klayout.log" 2>&1
        else
            klayout -b -r "$tmp/klayout.rb" -rd list="$tmp/list" -rd pairs="$tmp/pairs.rb" -rd drc="$pdk/klayout/sky130A_mr.drc" -rd lvs="$pdk/klayout/sky130.lvs" -rd lvs_stream=parts \
                -rd feol=true -rd beol=true -rd offgrid=true -rd seal=false -rd floating_met=false -rd top_lvl_pins=true -rd combine=true >"$tmp/klayout.log" 2>&1
        fi
    done
}
klayout_lvs() {
    [ -f "$at/plain.cir" ] || { say "$cell" klayout-lvs "no devices"; return; }
    if grep -q 'Congratulations! Netlists match' "$at/lvs.log"; then say "$cell" klayout-lvs ok
    elif grep -q "Netlists don't match" "$at/lvs.log"; then say "$cell" klayout-lvs differs
    else say "$cell" klayout-lvs "failed ($(tail -1 "$at/lvs.log" 2>/dev/null))"; fi
}
magic_drc() {
    cat >"$at/run.tcl" <<T
gds read $at/only.gds
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
    (cd "$at" && magic -dnull -noconsole -T "$pdk/magic/sky130A.tech" run.tcl >magic.log 2>&1 </dev/null)
    n=$(sed -n 's/^VIOLATIONS //p' "$at/magic.log")
    if [ "$n" = 0 ]; then say "$cell" magic-drc ok
    elif [ -n "$n" ]; then say "$cell" magic-drc "$n violations: $(sed -n 's/^WHY //p' "$at/magic.log" | cut -c1-200)"
    else say "$cell" magic-drc "failed ($(tail -1 "$at/magic.log"))"; fi
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
# Netgen tells ports apart at last: until then all columns and rows of a crossbar are alike, and it looks for pairs among them (64 x 16: not done after
# four minutes of CPU, 16 x 4 in three seconds). So each port gets a device of its own kind, named by the port, in both netlists.
cat >"$tmp/ports.awk" <<'A'
/^\.subckt/ {
    for (i = 3; i <= NF; i++) print ".subckt port_" plain($i) " at\n.ends"
    print
    for (i = 3; i <= NF; i++) print "Xport_" plain($i) " " $i " port_" plain($i)
    next
}
{ print }
function plain(name) { gsub(/[][]/, "_", name); return name }
A
# Magic writes devices as subcircuits with lengths in um, and no capacitor for plain metal. LVS wants no parasitics of it.
netgen_lvs() {
    cat >"$at/run.tcl" <<T
gds read $at/one.gds
load $cell
select top cell
extract no all
extract all
ext2spice lvs
ext2spice -o $cell.spice
quit -noprompt
T
    rm -f "$at"/*.ext "$at/$cell.spice" "$at/whole.spice" "$at/comp.out"
    flat "" >"$at/flat.cir"
    devices "$at/flat.cir" || { say "$cell" netgen-lvs "no devices"; return; }
    (cd "$at" && magic -dnull -noconsole -T "$pdk/magic/sky130A.tech" run.tcl >magic.log 2>&1 </dev/null)
    sed -E 's/^M/X/; s/ ([wl])=([0-9.]+)u/ \1=\2/g; s/ m=1$//' "$at/flat.cir" | awk -f "$tmp/ports.awk" >"$at/$cell.ref.spice"
    [ ! -s "$at/$cell.spice" ] || awk -f "$tmp/fingers.awk" "$at/$cell.spice" | awk -f "$tmp/ports.awk" >"$at/whole.spice"
    (cd "$at" && netgen-lvs -batch lvs "whole.spice $cell" "$cell.ref.spice $cell" "$pdk/netgen/sky130_setup.tcl" comp.out >netgen.log 2>&1 </dev/null)
    if grep -q 'Property errors' "$at/comp.out"; then say "$cell" netgen-lvs "differs in parameters"
    elif grep -q 'Circuits match uniquely' "$at/comp.out" && ! grep -qi 'pin mismatch\|do not match' "$at/comp.out"; then say "$cell" netgen-lvs ok
    elif grep -q '^LVS Done' "$at/netgen.log"; then say "$cell" netgen-lvs differs
    else say "$cell" netgen-lvs "failed ($(tail -1 "$at/netgen.log"))"; fi
}

# The decks made of tech.xml. Densities are those of chips.
deck_drc() {
    if [ ! -s "$at/drc.lyrdb" ]; then say "$cell" deck-drc "failed ($(tail -1 "$at/drc.log" 2>/dev/null))"; return; fi
    n=$(awk '/<item>/ {n++} /<category>.*\.density_m/ {d++} END {print n - d}' "$at/drc.lyrdb")
    [ "$n" = 0 ] && say "$cell" deck-drc ok || say "$cell" deck-drc "$n violations"
}
deck_lvs() {
    [ -f "$at/plain.cir" ] || { say "$cell" deck-lvs "no devices"; return; }
    if grep -q '^Netlists match' "$at/lvs.log"; then say "$cell" deck-lvs ok
    elif grep -q 'ERROR: netlists do not match' "$at/lvs.log"; then say "$cell" deck-lvs differs
    else say "$cell" deck-lvs "failed ($(tail -1 "$at/lvs.log" 2>/dev/null))"; fi
}

# Of each cell of a list (folder, cell, blocks to keep): the cell with what is in it (Magic checks all that it has read); alone and flat, with its own
# pins' names, not those of the cells in it; flat but for the blocks that are kept; and the sizes of what marks make resistors of, by the cells in it
# that have them. Without contacts it is an outline. The generated decks want no more than the cell with what is in it.
cat >"$tmp/split.rb" <<'R'
def names_off(ly, c) ly.layer_indexes.each { |l| c.shapes(l).tap { |s| s.each(RBA::Shapes::STexts).to_a.each { |t| s.erase(t) } } } end
def strips(ly)
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
  found.uniq.map { |f| f.join(" ") + "\n" }.join
end
o = RBA::SaveLayoutOptions::new
o.gds2_write_timestamps = false
whole = RBA::Layout::new
whole.read($input)
File.readlines($list).each do |line|
  dir, cell, *keep = line.split
  c = whole.cell(cell) or next
  o.clear_cells
  o.add_cell(c.cell_index)
  whole.write(dir + "/only.gds", o)
  File.write(dir + "/contacts", RBA::RecursiveShapeIterator::new(whole, c, whole.layer(*$cut.split("/").map(&:to_i))).at_end? ? "" : "1")
  next if $deck
  ly = RBA::Layout::new
  ly.read(dir + "/only.gds")
  File.write(dir + "/strips", strips(ly))
  c = ly.cell(cell)
  keep.map! { |k| k.split(":").first }
  kept = c.called_cells.map { |k| ly.cell(k) }.select { |k| keep.include?(k.name) }
  c.called_cells.each { |k| names_off(ly, ly.cell(k)) unless kept.include?(ly.cell(k)) }
  kept.each { |k| k.flatten(true) }
  until (inner = c.each_inst.reject { |i| kept.include?(i.cell) }).empty?
    inner.first.flatten
  end
  o.select_cell(c.cell_index)
  ly.write(dir + "/parts.gds", o)
  # Flat from the stream again: of blocks whose neighbours were flattened one by one flatten loses the shapes (KLayout 0.28.5)
  ly = RBA::Layout::new
  ly.read(dir + "/only.gds")
  c = ly.cell(cell)
  c.called_cells.each { |k| names_off(ly, ly.cell(k)) }
  c.flatten(true)
  o.select_cell(c.cell_index)
  ly.write(dir + "/one.gds", o)
end
R
# Cells of DRAWN to be judged: what stands in blocks with taps by these, taps and parts of blocks by what they are in.
every() {
    cat "$drawn"/*.cir | awk '$1 ~ /^X/ {print $NF}' | sort -u >"$tmp/inside"
    for f in "$drawn"/*.cir; do
        c=$(basename "$f" .cir)
        [ "${c#tap}" != "$c" ] || [ -f "$drawn/${c}_1x1.cir" ] || grep -qx "$c" "$tmp/inside" || echo "$c"
    done
}
blocks_of() { # cell: those of its blocks that -k names, with what it says of them
    local k
    set -f # patterns are of cells, not of files
    for k in $keep; do
        sed -n 's/^\.subckt \([^ ]*\) .*/\1/p' "$drawn/$1.cir" | while read -r c; do case $c in "$1") ;; ${k%%:*}) printf '%s ' "$c${k#"${k%%:*}"}" ;; esac; done
    done
    set +f
}
# The netlist that KLayout's LVS gets: none without devices.
reference() {
    if [ -n "$deck" ]; then ! grep -q '^[MRC]' "$drawn/$cell.cir" || cp "$drawn/$cell.cir" "$at/plain.cir"
    else flat "$(blocks_of "$cell")" >"$at/plain.cir" && { devices "$at/plain.cir" || rm "$at/plain.cir"; }; fi
}
judge() { # cells: the lines about them
    local cell at known what
    rm -rf "$tmp/c"
    mkdir -p "$tmp/c"
    for cell; do
        [ -f "$drawn/$cell.cir" ] || continue
        mkdir "$tmp/c/$cell"
        echo "$tmp/c/$cell $cell $(blocks_of "$cell")"
    done >"$tmp/list"
    if command -v klayout >/dev/null; then
        klayout -b -r "$tmp/split.rb" -rd input="$drawn/cells.gds" -rd list="$tmp/list" -rd cut="$cut" ${deck:+-rd deck=1} >"$tmp/split.log" 2>&1
    else # without KLayout: the whole stream
        for at in "$tmp/c"/*/; do ln -s "$drawn/cells.gds" "$at/only.gds"; done
    fi
    : >"$tmp/list"
    for cell; do
        at=$tmp/c/$cell
        [ -d "$at" ] && { [ ! -f "$at/contacts" ] || [ -s "$at/contacts" ]; } || continue
        known=$kept/$cell.$(cat "$at/only.gds" "$drawn/$cell.cir" "$self" ${deck:+"$drawn/klayout.drc" "$drawn/klayout.lvs"} | sha256sum | cut -c1-20).${deck:-0}
        echo "$known" >"$at/known"
        [ -z "$kept" ] || [ ! -s "$known" ] || continue
        [ -f "$at/strips" ] || : >"$at/strips"
        reference
        what=
        if [ -n "$deck" ]; then
            what=drc
            case $cell in *_[0-9]*x[0-9]*) what="drc whole" ;; esac # rules of whole designs (taps, antennas) are those of blocks
        else
            ! ready klayout klayout/sky130A_mr.drc || what=drc
        fi
        [ ! -f "$at/plain.cir" ] || { [ -z "$deck" ] && ! ready klayout klayout/sky130.lvs; } || what="$what lvs${keep:+ blocks}"
        echo "$at $cell $what" >>"$tmp/list"
    done
    ! command -v klayout >/dev/null || klayout_judges
    for cell; do
        at=$tmp/c/$cell
        [ -d "$at" ] || { say "$cell" drawn "failed (no $cell.cir in $drawn)"; continue; }
        [ -f "$at/known" ] || { say "$cell" drawn "not drawn"; continue; }
        known=$(cat "$at/known")
        if [ -z "$kept" ] || [ ! -s "$known" ]; then
            verdict >"$at/said"
            [ -z "$kept" ] || grep -q ' skip$\| failed (' "$at/said" || cp "$at/said" "$known"
        else
            cp "$known" "$at/said"
        fi
        while read -r c by what; do say "$c" "$by" "$what"; done <"$at/said"
    done
}
verdict() {
    if [ -n "$deck" ]; then
        if command -v klayout >/dev/null; then deck_drc && deck_lvs; else say "$cell" deck-drc skip && say "$cell" deck-lvs skip; fi
        return
    fi
    if ready klayout klayout/sky130A_mr.drc; then count klayout-drc "$at/drc.lyrdb" "$at/drc.log"; else say "$cell" klayout-drc skip; fi
    if ready klayout klayout/sky130.lvs; then klayout_lvs; else say "$cell" klayout-lvs skip; fi
    if ready magic magic/sky130A.tech; then magic_drc; else say "$cell" magic-drc skip; fi
    if [ -f "$at/one.gds" ] && ready magic magic/sky130A.tech && ready netgen-lvs netgen/sky130_setup.tcl; then netgen_lvs; else say "$cell" netgen-lvs skip; fi
}
# The cut to diffusion and gates of what is drawn tells a drawing from an outline.
cut=66/44
[ -z "$deck" ] || cut=$(sed -n 's|^'"$(sed -n 's/^co_poly = \([a-z0-9_]*\)\..*/\1/p' "$drawn/klayout.drc")"' = polygons(\([0-9]*\), *\([0-9]*\)).*|\1/\2|p' "$drawn/klayout.drc")
if [ -n "$all" ]; then
    set -- $(every)
fi
while [ $# -gt 0 ]; do # as many at a time as a run that was cut off may lose
    judge "${@:1:12}"
    shift $(($# < 12 ? $# : 12))
done
exit $bad
