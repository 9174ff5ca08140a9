#!/usr/bin/env bash
# Drawn cells judged by another engine: KLayout with the decks generated from the same tech.xml.
. "$(dirname "$0")/lib.sh"
cells="inv inv4 nand2 nand3 nor2 tg sram_bit latch dff"

drc() { # deck folder cell: number of violations
    klayout -b -r "$1" -rd input="$2/cells.gds" -rd top_cell="$3" -rd report="$tmp/r.lyrdb" >"$tmp/drc.log" 2>&1 || { echo failed; return; }
    grep -c '<item>' "$tmp/r.lyrdb"
}
clean() { # technology folder cell...: no violation in any; one run for all, one for each where that found something
    local t=$1 d=$2
    shift 2
    mkdir -p "$tmp/all"
    klayout -b -r tests/program/gather.rb -rd input="$d/cells.gds" -rd cells="$(echo "$*" | tr ' ' ,)" -rd output="$tmp/all/cells.gds" >"$tmp/drc.log" 2>&1 ||
        { bad "$t: $*: not gathered: $(tail -1 "$tmp/drc.log")"; return; }
    [ "$(drc "$d/klayout.drc" "$tmp/all" all)" = 0 ] && { ok "$t: KLayout DRC: $*"; return; }
    for c in "$@"; do
        n=$(drc "$d/klayout.drc" "$d" "$c")
        [ "$n" = 0 ] || bad "$t $c: KLayout DRC: $n violations"
    done
    bad "$t: KLayout DRC of $* side by side"
}
lvs() { # folder cell netlist: match, differ, failed
    klayout -b -r "$1/klayout.lvs" -rd input="$1/cells.gds" -rd top_cell="$2" -rd schematic="$3" -rd report="$tmp/r.lvsdb" >"$tmp/lvs.log" 2>&1 || { echo failed; return; }
    if grep -q '^Netlists match' "$tmp/lvs.log"; then echo match; elif grep -q 'ERROR: netlists do not match' "$tmp/lvs.log"; then echo differ; else echo failed; fi
}

if ! have klayout; then
    skip "KLayout is not installed: drawn cells are not judged by it"
    exit 0
fi
for t in n22 n28; do
    d=$tmp/$t
    names=$cells
    check "$t: row cells are drawn" "$APUGEN" draw $names --tech $t -o "$d"
    own=$("$APUGEN" draw $names --tech $t -o "$d" 2>&1 | grep '^checks')
    case $own in *"own DRC 0, own LVS 0 over 9 cells"*) ok "$t: $own" ;; *) bad "$t: own DRC and LVS: $own" ;; esac
    check "$t: same bytes again" sh -c "'$APUGEN' draw $names --tech $t -o '$tmp/again' && diff -r '$d' '$tmp/again'"
    # The sign-off judges them all in one go, and each by its own shapes and netlist: one that is wrong stays the only one.
    sed -E '0,/w=[0-9.]+u/s//w=0.77u/' "$d/nand2.cir" >"$tmp/again/nand2.cir"
    scripts/signoff.sh -g "$tmp/again" inv nand2 nothing sram_bit >"$tmp/said" 2>&1
    printf '%s\n' "inv deck-drc ok" "inv deck-lvs ok" "nand2 deck-drc ok" "nand2 deck-lvs differs" "nothing drawn failed (no nothing.cir in $tmp/again)" "sram_bit deck-drc ok" "sram_bit deck-lvs ok" >"$tmp/want"
    check "$t: sign-off of several cells" diff "$tmp/want" "$tmp/said"
    # The whole set: every variant of both families, nothing undrawn, nothing violated.
    "$APUGEN" draw --tech $t -o "$tmp/set" >"$tmp/set.log" 2>&1 && ok "$t: the whole set is drawn" || bad "$t: the whole set: $(grep -a error "$tmp/set.log" | head -1)"
    said=$(grep -a '^set ' "$tmp/set.log")
    case $said in *": 58 of 58 variants of 13 functions"*) ok "$t: $said" ;; *) bad "$t: the whole set: $said" ;; esac
    own=$(grep -a '^checks' "$tmp/set.log")
    case $own in *"own DRC 0, own LVS 0 over "*) ok "$t: the whole set: $own" ;; *) bad "$t: the whole set: own DRC and LVS: $own" ;; esac
    rm -rf "$tmp/set"
    # Synapses alone, with a tap, and as 16 x 4 array that shares wells, rails and taps; dummies and block switches.
    case $t in n22) v="cu06f_slvt cu06f_rvt" ;; *) v="cu1f_slvt cu06f_slvt" ;; esac
    check "$t: synapses and block switches are drawn" "$APUGEN" draw $(printf 'synapse_%s ' cu1f_rvt $v) block_switch_x05_slvt block_switch_x1_slvt block_switch_x2_slvt synapse_i_i200_b2 synapse_cu1f_b2_rvt --tech $t -o "$tmp/syn"
    small=
    for s in cu1f_rvt $v; do
        small="$small synapse_$s tap_$s dummy_$s synapse_${s}_1x1"
        n=$(lvs "$tmp/syn" synapse_${s}_1x1 "$tmp/syn/synapse_${s}_1x1.cir")
        [ "$n" = match ] && ok "$t $s: KLayout LVS" || bad "$t $s: KLayout LVS: $n"
    done
    # Current family: long gates, two lines and a ground between them, capacitors of the bias.
    i=synapse_i_i200_b2
    n=$(lvs "$tmp/syn" ${i}_1x1 "$tmp/syn/${i}_1x1.cir")
    [ "$n" = match ] && ok "$t $i: KLayout LVS" || bad "$t $i: KLayout LVS: $n"
    sed -E '0,/^(Mu0_0_src .*) l=([0-9.]+)u/s//\1 l=0.07u/' "$tmp/syn/${i}_1x1.cir" >"$tmp/long.cir"
    [ "$(lvs "$tmp/syn" ${i}_1x1 "$tmp/long.cir")" = differ ] && ok "$t: another gate length of a source is found" || bad "$t: another gate length of a source is found"
    b=synapse_cu1f_b2_rvt
    n=$(lvs "$tmp/syn" ${b}_1x1 "$tmp/syn/${b}_1x1.cir")
    [ "$n" = match ] && ok "$t $b: KLayout LVS" || bad "$t $b: KLayout LVS: $n"
    clean $t "$tmp/syn" $small $b tap_cu1f_b2_rvt dummy_cu1f_b2_rvt ${b}_1x1 $i tap_i_i200_b2 dummy_i_i200_b2 ${i}_1x1 block_switch_x05_slvt block_switch_x1_slvt block_switch_x2_slvt tap_switch_x05_slvt
    # One block of 16 x 4 here, the other variants' in long/array.sh: they abut by the same rules.
    s=synapse_cu1f_rvt
    clean $t "$tmp/syn" ${s}_16x4
    n=$(lvs "$tmp/syn" ${s}_16x4 "$tmp/syn/${s}_16x4.cir")
    [ "$n" = match ] && ok "$t ${s}_16x4: KLayout LVS" || bad "$t ${s}_16x4: KLayout LVS: $n"
    # Cells drawn part by part: a column end beside its tap, one and four.
    e=col_end_r2_slvt
    own=$("$APUGEN" draw $e --tech $t -o "$tmp/end" 2>&1 | grep '^checks')
    case $own in *"own DRC 0, own LVS 0 over "*) ok "$t: $e: $own" ;; *) bad "$t: $e: own DRC and LVS: $own" ;; esac
    clean $t "$tmp/end" ${e}_1x1 ${e}_1x4
    for c in ${e}_1x1 ${e}_1x4; do
        n=$(lvs "$tmp/end" "$c" "$tmp/end/$c.cir")
        [ "$n" = match ] && ok "$t $c: KLayout LVS" || bad "$t $c: KLayout LVS: $n"
    done
    # Drivers and decoupling, with taps inside or a filler beside (the other cells drawn one by one: long/converter.sh).
    one="block_driver_x1_slvt decap_x32_plates"
    [ $t = n22 ] && p=pulse_driver_x4_1n w=$p || p=bias_i_m8_i200 w=bias_i_m8_i200_1x1
    own=$("$APUGEN" draw $one $p --tech $t -o "$tmp/one" 2>&1 | grep '^checks')
    case $own in *"own DRC 0, own LVS 0 over "*) ok "$t: $one: $own" ;; *) bad "$t: $one: own DRC and LVS: $own" ;; esac
    one="$one $w"
    clean $t "$tmp/one" $one
    for c in $one; do
        n=$(lvs "$tmp/one" $c "$tmp/one/$c.cir")
        [ "$n" = match ] && ok "$t $c: KLayout LVS" || bad "$t $c: KLayout LVS: $n"
    done
    # High column ends and wide rows of the current family are antennas' places: gates far from their pins, wires past many cells.
    if [ $t = n22 ]; then
        own=$("$APUGEN" draw col_end_i_c2p --tech $t -o "$tmp/high" 2>&1 | grep '^checks')
        case $own in *"own DRC 0, own LVS 0 over "*) ok "$t: col_end_i_c2p: $own" ;; *) bad "$t: col_end_i_c2p: own DRC and LVS: $own" ;; esac
        own=$("$APUGEN" draw crossbar --family current --tech $t -o "$tmp/wide" 2>&1 | grep '^checks')
        case $own in *"own DRC 0, own LVS 0 over "*) ok "$t: crossbars of the current family: $own" ;; *) bad "$t: crossbars of the current family: own DRC and LVS: $own" ;; esac
    fi
    # The ladder: strips of poly, phase buffers, and resistors of metal, on whose bodies no cut may stand.
    l=ladder_r1k
    own=$("$APUGEN" draw $l --tech $t -o "$tmp/lad" 2>&1 | grep '^checks')
    case $own in *"own DRC 0, own LVS 0 over 1 cells"*) ok "$t: $l: $own" ;; *) bad "$t: $l: own DRC and LVS: $own" ;; esac
    clean $t "$tmp/lad" $l
    n=$(lvs "$tmp/lad" $l "$tmp/lad/$l.cir")
    [ "$n" = match ] && ok "$t $l: KLayout LVS" || bad "$t $l: KLayout LVS: $n"
    # The comparator; in n22 the converter made of it (the others: long/converter.sh).
    a="comparator_b6"
    [ $t = n22 ] && a="$a sar_adc_b6"
    own=$("$APUGEN" draw $a --tech $t -o "$tmp/adc" 2>&1 | grep '^checks')
    case $own in *"own DRC 0, own LVS 0 over "*) ok "$t: $a: $own" ;; *) bad "$t: $a: own DRC and LVS: $own" ;; esac
    clean $t "$tmp/adc" $(printf '%s_1x1 ' $a)
    for c in $a; do
        n=$(lvs "$tmp/adc" ${c}_1x1 "$tmp/adc/${c}_1x1.cir")
        [ "$n" = match ] && ok "$t $c: KLayout LVS" || bad "$t $c: KLayout LVS: $n"
    done
    if [ $t = n22 ]; then
        sed -E 's/^(Rr_a .*) 5$/\1 5.2/' "$tmp/adc/sar_adc_b6_1x1.cir" >"$tmp/res.cir"
        [ "$(lvs "$tmp/adc" sar_adc_b6_1x1 "$tmp/res.cir")" = differ ] && ok "$t: another resistance is found" || bad "$t: another resistance is found"
    fi
    # A capacitor 2 % off, and one on the wrong weight bit.
    awk '$1 == "Cc1" {$NF = sprintf("%.6g", 1.02 * $NF)} 1' "$tmp/syn/${s}_1x1.cir" >"$tmp/cap.cir"
    [ "$(lvs "$tmp/syn" ${s}_1x1 "$tmp/cap.cir")" = differ ] && ok "$t: another capacitance is found" || bad "$t: another capacitance is found"
    sed -E 's/^Cc1 bot1 /Cc1 bot0 /' "$tmp/syn/${s}_1x1.cir" >"$tmp/cap.cir"
    [ "$(lvs "$tmp/syn" ${s}_1x1 "$tmp/cap.cir")" = differ ] && ok "$t: another plate is found" || bad "$t: another plate is found"
    clean $t "$d" $names
    for c in $names; do
        n=$(lvs "$d" "$c" "$d/$c.cir")
        [ "$n" = match ] && ok "$t $c: KLayout LVS" || bad "$t $c: KLayout LVS: $n"
    done
    # Faults that both must find: another width, crossed inputs of a stack, a rule one step stricter than what is drawn.
    sed -E '0,/w=[0-9.]+u/s//w=0.333u/' "$d/inv.cir" >"$tmp/wide.cir"
    [ "$(lvs "$d" inv "$tmp/wide.cir")" = differ ] && ok "$t: another width is found" || bad "$t: another width is found"
    sed -E 's/^(M[^ ]+ [^ ]+) WL/\1 Q/' "$d/sram_bit.cir" >"$tmp/wl.cir"
    [ "$(lvs "$d" sram_bit "$tmp/wl.cir")" = differ ] && ok "$t: another gate net is found" || bad "$t: another gate net is found"
    sed -E 's/^(l_co\.space\()[0-9]+(\.[0-9]+)?/\1 0.9/; s/^(l_poly\.width\()[0-9]+(\.[0-9]+)?/\10.2/' "$d/klayout.drc" >"$tmp/strict.drc"
    n=$(drc "$tmp/strict.drc" "$d" inv)
    [ "$n" -gt 0 ] 2>/dev/null && ok "$t: stricter rules are violated ($n)" || bad "$t: stricter rules are violated: $n"
done
# A crossbar of 16 x 4 with drivers, column ends, converters and ladder, block by block; its rules in KLayout take a minute: long/array.sh.
own=$("$APUGEN" draw crossbar --tech n22 -o "$tmp/crossbar" 2>&1 | grep '^checks')
case $own in *"own DRC 0, own LVS 0 over "*) ok "n22: crossbar: $own" ;; *) bad "n22: crossbar: own DRC and LVS: $own" ;; esac
n=$(lvs "$tmp/crossbar" crossbar_16x4 "$tmp/crossbar/crossbar_16x4.cir")
[ "$n" = match ] && ok "n22 crossbar_16x4: KLayout LVS" || bad "n22 crossbar_16x4: KLayout LVS: $n"
sed -E '0,/^(Rr3 .*) 12.5$/s//\1 13/' "$tmp/crossbar/crossbar_16x4.cir" >"$tmp/string.cir"
[ "$(lvs "$tmp/crossbar" crossbar_16x4 "$tmp/string.cir")" = differ ] && ok "n22: another resistance in a crossbar's ladder is found" || bad "n22: another resistance in a crossbar's ladder is found"
# A row driver, with taps inside: the smallest, which the flow takes.
r=row_driver_x05_slvt
own=$("$APUGEN" draw $r --tech n22 -o "$tmp/row" 2>&1 | grep '^checks')
case $own in *"own DRC 0, own LVS 0 over 1 cells"*"0 wells without a tap"*) ok "n22: $r: $own" ;; *) bad "n22: $r: own DRC and LVS: $own" ;; esac
clean n22 "$tmp/row" $r
n=$(lvs "$tmp/row" $r "$tmp/row/$r.cir")
[ "$n" = match ] && ok "n22 $r: KLayout LVS" || bad "n22 $r: KLayout LVS: $n"
sed -E 's/^(Mmuxp3_n [^ ]+) [^ ]+/\1 VCM/' "$tmp/row/$r.cir" >"$tmp/mux.cir"
[ "$(lvs "$tmp/row" $r "$tmp/mux.cir")" = differ ] && ok "n22: another gate of a multiplexer is found" || bad "n22: another gate of a multiplexer is found"
"$APUGEN" draw block_switch decap_x8 --tech n22 -q -o "$tmp/all" >/dev/null && check "a function's name draws all its variants" test "$(cd "$tmp/all" && echo block_switch_*_1x1.cir decap_*.cir)" = "block_switch_x05_slvt_1x1.cir block_switch_x1_slvt_1x1.cir block_switch_x2_slvt_1x1.cir decap_x8.cir"
check "unknown cell is refused, known ones are named" sh -c "'$APUGEN' draw b8 --tech n22 -o '$tmp/x' 2>&1 | grep -q 'known: inv .* sar_adc .*CLI-0009'"
check "unknown cell is refused" sh -c "'$APUGEN' draw nothing --tech n22 -o '$tmp/x' 2>&1 | grep -q CLI-0009"
