#!/usr/bin/env bash
# SKY130, judged by others: the public decks on drawn cells, the public models in our decks. With a PDK in APUGEN_PDK (docs/manual.md).
. "$(dirname "$0")/lib.sh"
cells="inv inv4 buf nand2 nand3 nor2 tg sram_bit latch"

# Without a PDK: what needs it says so, and nothing else fails.
env -u APUGEN_PDK "$APUGEN" check techs/sky130/tech.xml >"$tmp/said" 2>&1
check "sky130: check without a PDK names what is missing" grep -q "models .*TECH-0033" "$tmp/said"
if have ngspice; then
    env -u APUGEN_PDK "$APUGEN" characterize block_switch col_end --tech sky130 -v -o "$tmp/none.xml" >"$tmp/said" 2>&1
    check "sky130: characterize without a PDK is refused" grep -q "techs/sky130/models.sp:[0-9]*: error: .*TECH-0033" "$tmp/said"
    check "sky130: before anything is drawn" test "$(grep -c "draw: round" "$tmp/said")" = 0
fi
# Converters of all sizes find tracks for their wires, the larger ones over wider columns.
check "sky130: converters of 6 to 10 bits are drawn clean" "$APUGEN" draw sar_adc_b6 sar_adc_b7 sar_adc_b8 sar_adc_b9 sar_adc_b10 --tech sky130 -q -o "$tmp/adc"
# The whole flow needs no PDK: a plan of another technology's run, clean in this one, on its own few metals.
net=examples/gen1_28nm/gen1_28nm.onnx
work="--workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --samples 40"
"$APUGEN" run $net --arch adelia-gen1 --tech $tech $work -q -o "$tmp/a" >/dev/null
# Its converter of 10 bits is drawn, and judged by its thresholds: straight.
"$APUGEN" port "$tmp/a" --tech sky130 --corners typical $work -q -o "$tmp/b" >/dev/null 2>"$tmp/said"
[ $? = 0 ] && ! grep -q DRAW-0008 "$tmp/said" && ok "sky130: port ends clean, its converter is straight" || bad "sky130: port: $(tail -1 "$tmp/said")"
check "sky130: both technologies head the table" sh -c "head -1 '$tmp/b/port.txt' | grep -q '$tech .*sky130'"
[ "$(json "$tmp/b/report.json" "d['violations']")" = 0 ] && ok "sky130: no violation" || bad "sky130: violations: $(json "$tmp/b/report.json" "d['violations']")"
# Chosen over the sign-off's corners: cells that cost more and miss fewer of them; of the converter, which none helps, the clock that would.
"$APUGEN" run $net --arch adelia-gen1 --tech sky130 --stop-after draw -q -o "$tmp/corners" >/dev/null 2>&1
check "sky130: corners choose" /usr/bin/python3 - "$tmp/corners" "$tmp/b" <<'PY'
import json, sys
a, t = ([c for c in json.load(open(o + "/report.json"))["select"] if c["corners"]] for o in sys.argv[1:])
assert all(c["corners"] == 27 for c in a + t)
assert sum(c["corners_failed"] for c in a) < sum(c["corners_failed"] for c in t), (a, t)
assert sum(c["cost"] for c in a) > sum(c["cost"] for c in t)
adc = next(c for c in a if c["function"] == "sar_adc")
assert adc["corners_failed"] == 12 and "one of 24.8 ns, 2.48 times as long, would do at all points" in adc["worst_corner_why"], adc
drawn = {d["cell"] for d in json.load(open(sys.argv[1] + "/report.json"))["drawn"] if d["drawn"] and d["drc"] == d["lvs"] == 0}
assert {"synapse", "block_switch"} <= drawn, drawn
PY
# The synapse's bits are 1 : 2 : 4 with their wires, and the network keeps its accuracy. With bottom plates beside the column: 50 %.
ratio=$(json "$tmp/b/report.json" "max(abs(b) for b in d['synapse_wires']['bits_fF']) / (7e15 * d['model']['unit_cap_f'])")
/usr/bin/python3 -c "import sys; sys.exit(not $ratio <= 0.002)" && ok "sky130: bits are 1 : 2 : 4 within $ratio of all" || bad "sky130: bits are off by $ratio of all"
right=$(json "$tmp/b/report.json" "' '.join(str(x['right']) for x in d['accuracy'] if x['step'] in ('mapped', 'parasitics', 'worst chip'))")
read -r mapped wired chip <<<"$right"
[ "$wired" -ge $((mapped - 4)) ] && [ "$chip" -ge $((mapped - 6)) ] && ok "sky130: of 40 inputs right, with ideal columns, with wires, on the worst chip: $right" || bad "sky130: accuracy: $right of 40"
drawn=$(json "$tmp/b/report.json" "' '.join(x['cell'] for x in d['drawn'] if x['drawn'] and x['drc'] == x['lvs'] == 0)")
for c in synapse dummy tap block_switch tap_switch sar_adc ladder crossbar_8x4; do
    case " $drawn " in *" $c "*) ;; *) bad "sky130: $c is not drawn clean: $drawn" ;; esac
done
# The mesh is on the top metal, and its currents are judged against that metal's public limits.
em=$(json "$tmp/b/report.json" "sorted((x['what'], x['layer']) for x in d['power_mesh']['electromigration'] if 0 <= x['margin'] < 1)")
[ "$em" = "[('cut', 'VIA4'), ('wire', 'MET4')]" ] || [ "$em" = "[('cut', 'VIA4'), ('wire', 'MET5')]" ] && ok "sky130: currents of the mesh: $em" || bad "sky130: currents of the mesh: $em"

if [ ! -d "${APUGEN_PDK:-/none}" ]; then
    skip "sky130: APUGEN_PDK names no folder: drawn cells are not judged by the public decks, models not simulated"
    exit 0
fi

d=$tmp/d
check "sky130: row cells are drawn" "$APUGEN" draw $cells --tech sky130 -o "$d"
judge() { # verdict lines of scripts/signoff.sh
    scripts/signoff.sh "$@" >"$tmp/verdict" 2>&1
    while read -r cell by what; do
        case $what in
        ok) ok "sky130 $cell: public $by" ;;
        skip | "no devices") skip "sky130 $cell: $by: ${what/skip/tool or deck is missing}" ;;
        *) bad "sky130 $cell: public $by: $what" ;;
        esac
    done <"$tmp/verdict"
}
judge "$d" $cells

# The synapse, the dummy and a switch with the taps that join their supplies; a capacitor of plain metal is no device of the decks. Blocks, the
# crossbars and all other cells: program/long/signoff.sh.
check "sky130: a synapse, its tap and blocks of it are drawn" "$APUGEN" draw synapse_cu1f_rvt block_switch_x05_slvt --tech sky130 -q -o "$tmp/s"
judge -v "$tmp/kept" "$tmp/s" synapse_cu1f_rvt_1x1 dummy_cu1f_rvt_1x1 block_switch_x05_slvt_1x1
# A verdict is kept for the same shapes and netlist, not for others.
one=block_switch_x05_slvt_1x1
if grep -q "^$one netgen-lvs ok" "$tmp/verdict" && ! grep -q ' skip$' "$tmp/verdict"; then
    sed -i 's/netgen-lvs ok/netgen-lvs kept/' "$tmp/kept/$one".*
    scripts/signoff.sh -v "$tmp/kept" "$tmp/s" $one 2>&1 | grep -q "^$one netgen-lvs kept" && ok "sky130: a verdict is kept" || bad "sky130: a verdict is kept"
    sed -i -E '0,/w=[0-9.]+u/s//w=0.77u/' "$tmp/s/$one.cir"
    scripts/signoff.sh -v "$tmp/kept" "$tmp/s" $one 2>&1 | grep -q "^$one netgen-lvs differs" && ok "sky130: another netlist is judged anew" || bad "sky130: another netlist is judged anew"
fi

# What the default selection takes over corners: a synapse whose wires are found by patience alone, a switch whose long gates want four rows.
check "sky130: the corners' synapse and switch are drawn" "$APUGEN" draw synapse_cu2f_slvt block_switch_x2_slvt block_driver_x2_slvt --tech sky130 -q -o "$tmp/c"
judge "$tmp/c" synapse_cu2f_slvt_1x1 block_driver_x2_slvt

# Of the current family a driver and the base below it with the taps that their neighbours must have, the converter, and crossbars of all cells by our own rules.
check "sky130: a pulse driver, the base and the converter of the current family are drawn" "$APUGEN" draw pulse_driver_x4_2n base_i_x16_2n sar_adc_i_b6 --tech sky130 -q -o "$tmp/i"
judge "$tmp/i" pulse_driver_x4_2n_1x1 base_i_x16_2n_1x1 sar_adc_i_b6_1x1
check "sky130: crossbars of the current family are drawn" sh -c "\"$APUGEN\" draw crossbar --family current --tech sky130 -o \"$tmp/ix\" >\"$tmp/ix.out\" 2>&1"
grep -q "^sar_adc_i .* beam" "$tmp/ix.out" && ok "sky130: their converter is drawn" || bad "sky130: their converter is an abstract"
# It has currents and pulses of its own: a plan is met by its cells, its judgement has a figure.
"$APUGEN" map examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech sky130 --workload examples/vad/test_x.npy --rows 16 --adc-bits 6 --gain 4 -q -o "$tmp/ip.xml" >/dev/null
check "sky130: cells of the current family are chosen" "$APUGEN" build "$tmp/ip.xml" --tech sky130 --family current --stop-after select -q -o "$tmp/is"
[ "$(json "$tmp/is/report.json" 'd["families"][1]["chosen"] and d["select"][0]["function"] == "synapse_i" and 0 < d["families"][1]["sigma_lsb"] < 2')" = True ] &&
    ok "sky130: the current family within 2 LSB" || bad "sky130: the current family within 2 LSB"

# A driver, wider than taps at its ends reach (LU.3 of Magic's), with transistors of both flavours in its rows.
check "sky130: a row driver is drawn" "$APUGEN" draw row_driver_x05_slvt --tech sky130 -q -o "$tmp/r"
judge "$tmp/r" row_driver_x05_slvt

# The judges are awake: another width, a crossed net, a wire of 0.1 um off the grid.
f=$tmp/faults
mkdir -p "$f"
found() { # name judge: its verdict on inv is neither ok nor skip
    v=$(sed -n "s/^inv $2 //p" "$tmp/verdict")
    case $v in skip) skip "sky130: $1: no $2" ;; *violation* | differs*) ok "sky130: $1: $2 says: ${v:0:60}" ;; *) bad "sky130: $1: $2: $v" ;; esac
}
cp "$d/cells.gds" "$f/"
sed -E '0,/w=[0-9.]+u/s//w=0.77u/' "$d/inv.cir" >"$f/inv.cir"
scripts/signoff.sh "$f" inv >"$tmp/verdict" 2>&1
found "another width" klayout-lvs
found "another width" netgen-lvs
sed -E 's|^(M[^ ]+ )Y A VSS |\1A Y VSS |' "$d/inv.cir" >"$f/inv.cir"
scripts/signoff.sh "$f" inv >"$tmp/verdict" 2>&1
found "gate and drain crossed" klayout-lvs
found "gate and drain crossed" netgen-lvs
if have netgen-lvs && have klayout; then # the inputs' names: what stands at VSS and what at Y
    sed -E '1!{s/ A / Q /; s/ B / A /; s/ Q / B /}' "$d/nand2.cir" >"$f/nand2.cir"
    check "sky130: two inputs crossed: netgen-lvs" sh -c "scripts/signoff.sh '$f' nand2 2>&1 | grep -q '^nand2 netgen-lvs differs'"
fi
if have klayout; then
    cat >"$tmp/fault.rb" <<'R'
ly = RBA::Layout::new
ly.read($input)
ly.cell("inv").shapes(ly.layer(67, 20)).insert(RBA::Box::new(-1003, 0, -903, 2000))
ly.write($output)
R
    klayout -b -r "$tmp/fault.rb" -rd input="$d/cells.gds" -rd output="$f/cells.gds" >/dev/null 2>&1
    cp "$d/inv.cir" "$f/inv.cir"
    scripts/signoff.sh "$f" inv >"$tmp/verdict" 2>&1
    found "a narrow wire off the grid" klayout-drc
    found "a narrow wire off the grid" magic-drc
fi

# The models: a switch by our decks is what is committed, and what the PDK's own subcircuits give, in their unit.
if ! have ngspice || [ ! -d "$APUGEN_PDK/models/cells" ]; then
    skip "sky130: no ngspice, or no models in APUGEN_PDK"
    exit 0
fi
r_of() { /usr/bin/python3 -c 'import sys,xml.etree.ElementTree as e
print(next(v.find("data").get("r")[:-3] for v in e.parse(sys.argv[1]).getroot() if (v.get("function"),v.get("name"))==("block_switch","x1_slvt")))' "$1"; }
APUGEN_CACHE= "$APUGEN" characterize block_switch --tech sky130 --pdk "$APUGEN_PDK" -o "$tmp/cells.xml" >"$tmp/said" 2>&1
a=$(r_of "$tmp/cells.xml") b=$(r_of techs/sky130/cells.xml)
[ -n "$a" ] && [ "$a" = "$b" ] && ok "sky130: the block switch has the committed resistance, $a ohm" || bad "sky130: block switch: $a ohm, committed $b"
m=$APUGEN_PDK/models
w=$(sed -n 's/.*"block_switch" name="x1_slvt".* p0="\([0-9]*\)nm".*/\1/p' "$tmp/cells.xml")
{
    echo "* transmission gate, the PDK's own devices"
    echo ".option scale=1e-6 temp=27"
    echo ".include $m/models/parameters/lod.spice"
    for x in nfet_01v8_lvt pfet_01v8_lvt; do
        for k in mismatch tt; do echo ".include $m/cells/$x/sky130_fd_pr__${x}__$k.corner.spice"; done
    done
    echo "vdd vdd 0 1.8"
    for i in 0 1 2 3 4 5 6 7 8; do
        /usr/bin/python3 -c "i=$i; w=$w*1e-3; v=0.9+0.63*(i/4-1); print(f'''vc{i} c{i} 0 {v}
vg{i} g{i} 0 {v+1e-3}
xn{i} c{i} vdd g{i} 0 sky130_fd_pr__nfet_01v8_lvt w={w} l=0.15
xp{i} c{i} 0 g{i} vdd sky130_fd_pr__pfet_01v8_lvt w={w} l=0.35
.meas dc i{i} find i(vg{i}) at=1.8''')"
    done
    echo ".dc vdd 1.795 1.805 0.005"
    echo ".end"
} >"$tmp/own.sp"
ngspice -b "$tmp/own.sp" >"$tmp/own.log" 2>&1
c=$(/usr/bin/python3 -c 'import re,sys
i=[float(x) for x in re.findall(r"^i\d\s*=\s*(\S+)", open(sys.argv[1]).read(), re.M)]
print("%.1f" % max(-1e-3/x for x in i) if len(i)==9 else "failed")' "$tmp/own.log")
/usr/bin/python3 -c "import sys; sys.exit(not abs(float('$a')/float('$c')-1) < 1e-3)" 2>/dev/null && ok "sky130: the PDK's own subcircuits give $c ohm" || bad "sky130: the PDK's own subcircuits give $c ohm, we $a"
