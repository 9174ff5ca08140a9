#!/usr/bin/env bash
# 64 x 16 synapses with taps, block switches and dummies, drawn to the ground: our own DRC and LVS, and KLayout's with the generated decks.
. "$(dirname "$0")/lib.bash"
for t in n22 n28; do
    for s in cu06f_slvt cu1f_rvt; do
        d=$tmp/$t.$s
        own=$("$APUGEN" draw synapse_$s array --tech $t -o "$d" 2>&1 | grep '^checks')
        case $own in *"own DRC 0, own LVS 0 over 10 cells"*) ok "$t $s: $own" ;; *) bad "$t $s: own DRC and LVS: $own" ;; esac
        if ! have klayout; then
            skip "KLayout is not installed: the array is not judged by it"
            continue
        fi
        n=
        klayout -b -r "$d/klayout.drc" -rd input="$d/cells.gds" -rd top_cell=array_64x16 -rd report="$tmp/r.lyrdb" >"$tmp/log" 2>&1 && n=$(grep -c '<item>' "$tmp/r.lyrdb")
        [ "${n:-failed}" = 0 ] && ok "$t $s: KLayout DRC" || bad "$t $s: KLayout DRC: ${n:-failed}"
        n=
        # The block of 16 x 4 that the short tests judge for one variant only
        "$APUGEN" draw synapse_$s --tech $t -o "$d.block" >"$tmp/log" 2>&1 &&
            klayout -b -r "$d/klayout.drc" -rd input="$d.block/cells.gds" -rd top_cell=synapse_${s}_16x4 -rd report="$tmp/b.lyrdb" >"$tmp/log" 2>&1 && n=$(grep -c '<item>' "$tmp/b.lyrdb")
        [ "${n:-failed}" = 0 ] && ok "$t $s 16 x 4: KLayout DRC" || bad "$t $s 16 x 4: KLayout DRC: ${n:-failed}"
        klayout -b -r "$d/klayout.lvs" -rd input="$d/cells.gds" -rd top_cell=array_64x16 -rd schematic="$d/array_64x16.cir" -rd report="$tmp/r.lvsdb" >"$tmp/log" 2>&1
        grep -q '^Netlists match' "$tmp/log" && ok "$t $s: KLayout LVS" || bad "$t $s: KLayout LVS"
    done
done
# A crossbar of 16 x 4 with drivers, column ends, converters and ladder or base, of either family (n22: cells.sh)
for t in "n22 charge" "n28 charge" "n22 current" "n28 current"; do
    have klayout || { skip "KLayout is not installed: the crossbar is not judged by it"; break; }
    d=$tmp/${t/ /.}.crossbar n=
    "$APUGEN" draw crossbar --tech ${t% *} --family ${t#* } -o "$d" >"$tmp/log" 2>&1 &&
        klayout -b -r "$d/klayout.drc" -rd input="$d/cells.gds" -rd top_cell=crossbar_16x4 -rd report="$tmp/r.lyrdb" >"$tmp/log" 2>&1 && n=$(grep -c '<item>' "$tmp/r.lyrdb")
    [ "${n:-failed}" = 0 ] && ok "$t crossbar 16 x 4: KLayout DRC" || bad "$t crossbar 16 x 4: KLayout DRC: ${n:-failed}"
    klayout -b -r "$d/klayout.lvs" -rd input="$d/cells.gds" -rd top_cell=crossbar_16x4 -rd schematic="$d/crossbar_16x4.cir" -rd report="$tmp/r.lvsdb" >"$tmp/log" 2>&1
    grep -q '^Netlists match' "$tmp/log" && ok "$t crossbar 16 x 4: KLayout LVS" || bad "$t crossbar 16 x 4: KLayout LVS"
    case $t in *charge) continue ;; esac
    # an input on another gate, and the answer comes as soon: within minutes, not after all of what might be alike
    sed '0,/ D\[0\] VSS VSS /s// D[1] VSS VSS /' "$d/crossbar_16x4.cir" >"$d/other.cir"
    cmp -s "$d/other.cir" "$d/crossbar_16x4.cir" && bad "$t crossbar 16 x 4: its netlist has no gate of D[0]"
    timeout -s KILL 300 klayout -b -r "$d/klayout.lvs" -rd input="$d/cells.gds" -rd top_cell=crossbar_16x4 -rd schematic="$d/other.cir" -rd report="$tmp/r.lvsdb" >"$tmp/log" 2>&1
    grep -q 'netlists do not match' "$tmp/log" && ok "$t crossbar 16 x 4: KLayout LVS finds another input" || bad "$t crossbar 16 x 4: KLayout LVS with another input"
done
# SKY130: a block of 16 x 4 by the public rules and LVS (cells and crossbars: signoff.sh)
if [ -d "${APUGEN_PDK:-/none}" ]; then
    "$APUGEN" draw synapse_cu1f_rvt --tech sky130 -q -o "$tmp/sky.block" >"$tmp/log" 2>&1
    scripts/signoff.sh "$tmp/sky.block" synapse_cu1f_rvt_16x4 >"$tmp/verdict" 2>&1
    while read -r cell by what; do
        case $what in ok) ok "sky130 $cell: public $by" ;; skip) skip "sky130 $cell: $by: tool or deck is missing" ;; *) bad "sky130 $cell: public $by: $what" ;; esac
    done <"$tmp/verdict"
else
    skip "sky130: APUGEN_PDK names no folder: the block is not judged by the public decks"
fi
# The current family's synapses: 16 x 4 of each
have klayout || exit 0
for t in n22 n28; do
    v=$(grep -o 'function="synapse_i" name="[a-z0-9_]*"' techs/$t/cells.xml | cut -d'"' -f4)
    d=$tmp/i.$t
    own=$("$APUGEN" draw $(printf 'synapse_i_%s ' $v) --tech $t -o "$d" 2>&1 | grep '^checks')
    case $own in *"own DRC 0, own LVS 0 over 24 cells"*) ok "$t: current family: $own" ;; *) bad "$t: current family: own DRC and LVS: $own" ;; esac
    for s in $v; do
        c=synapse_i_${s}_16x4 n=
        klayout -b -r "$d/klayout.drc" -rd input="$d/cells.gds" -rd top_cell=$c -rd report="$tmp/r.lyrdb" >"$tmp/log" 2>&1 && n=$(grep -c '<item>' "$tmp/r.lyrdb")
        [ "${n:-failed}" = 0 ] && ok "$t $c: KLayout DRC" || bad "$t $c: KLayout DRC: ${n:-failed}"
        klayout -b -r "$d/klayout.lvs" -rd input="$d/cells.gds" -rd top_cell=$c -rd schematic="$d/$c.cir" -rd report="$tmp/r.lvsdb" >"$tmp/log" 2>&1
        grep -q '^Netlists match' "$tmp/log" && ok "$t $c: KLayout LVS" || bad "$t $c: KLayout LVS"
    done
done
