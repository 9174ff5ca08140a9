#!/usr/bin/env bash
# Drawn converters and their parts, ladders, and cells of the current family, judged by our own DRC and LVS and by KLayout's with the generated decks.
. "$(dirname "$0")/lib.bash"

if ! have klayout; then
    skip "KLayout is not installed: drawn converters are not judged by it"
    exit 0
fi
for t in n22 n28; do
    d=$tmp/$t
    names="comparator_b6 sar_logic_b6 cap_array_b6 sar_adc_b6 ladder_r4k base_i_x16_1n sar_adc_i_b6 pulse_gen_x16_1n col_end_i_c250f bias_i_m8_i200 col_end_b_r2_slvt decap_x8"
    own=$("$APUGEN" draw $names --tech $t -o "$d" 2>&1 | grep '^checks')
    case $own in *"own DRC 0, own LVS 0 over "*) ok "$t: $own" ;; *) bad "$t: own DRC and LVS: $own" ;; esac
    for c in $names; do
        one=${c}_1x1
        [ -f "$d/$one.cir" ] || one=$c # taps inside
        klayout -b -r "$d/klayout.drc" -rd input="$d/cells.gds" -rd top_cell=$one -rd report="$tmp/r.lyrdb" >"$tmp/drc.log" 2>&1
        n=$(grep -c '<item>' "$tmp/r.lyrdb")
        [ "$n" = 0 ] && ok "$t $c: KLayout DRC" || bad "$t $c: KLayout DRC: $n violations"
        klayout -b -r "$d/klayout.lvs" -rd input="$d/cells.gds" -rd top_cell=$one -rd schematic="$d/$one.cir" -rd report="$tmp/r.lvsdb" >"$tmp/lvs.log" 2>&1
        grep -q '^Netlists match' "$tmp/lvs.log" && ok "$t $c: KLayout LVS" || bad "$t $c: KLayout LVS"
    done
done
