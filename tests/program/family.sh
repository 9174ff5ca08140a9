#!/usr/bin/env bash
# Both families of cells judged by one plan: which is taken, why not the other, one asked for, and what cannot be built.
. "$(dirname "$0")/lib.sh"
net=examples/vad/vad.onnx
load="--workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --samples 100"
if ! grep -q 'function="sar_adc_i" name="b6"' techs/n22/cells.xml; then
    skip "n22 has no figures of the current family"
    exit 0
fi
"$APUGEN" map $net --arch adelia-gen2 --tech n22 --workload examples/vad/test_x.npy -o "$tmp/fine.xml" -q >/dev/null
"$APUGEN" map $net --arch adelia-gen2 --tech n22 --workload examples/vad/test_x.npy --rows 256 --adc-bits 6 --gain 2 -o "$tmp/coarse.xml" -q >/dev/null
build() { # plan out options…
    local p=$1 o=$2
    shift 2
    "$APUGEN" build "$tmp/$p.xml" --tech n22 -o "$tmp/$o" "$@"
}

# 10 bits on few rows: the sources do not match well enough; same choice of charge cells whether asked for or found.
check "both are judged" build fine auto --stop-after select
[ "$(json "$tmp/auto/report.json" '[f["chosen"] for f in d["families"]]')" = "[True, False]" ] && ok "charge is taken" || bad "charge is taken"
[ "$(json "$tmp/auto/report.json" '"LSB" in d["families"][1]["why_not"] and len(d["families"][1]["cells"]) == 6')" = True ] && ok "why not, with a figure and its cells" ||
    bad "why not"
check "charge is asked for" build fine charge --stop-after select --family charge
[ "$(json "$tmp/auto/report.json" 'd["select"]')" = "$(json "$tmp/charge/report.json" 'd["select"]')" ] && ok "the same charge cells" || bad "the same charge cells"
build fine no --stop-after select --family current >"$tmp/said" 2>&1
[ $? = 1 ] && grep -q SEL-0002 "$tmp/said" && ok "current is refused with its reason" || bad "current is refused with its reason"

# 6 bits on 256 rows: it does, in the workload too; and it can be built.
check "current is asked for" build coarse current --stop-after select --family current $load
[ "$(json "$tmp/current/report.json" 'd["families"][1]["chosen"] and d["select"][0]["function"] == "synapse_i" and d["families"][1]["sigma_lsb"] < 2')" = True ] &&
    ok "current cells within 2 LSB" || bad "current cells within 2 LSB"
[ "$(json "$tmp/current/report.json" '[r["step"] for r in d["accuracy"]]')" = "['mapped', 'ADC', 'mismatch', 'worst chip']" ] && ok "accuracy of the workload" ||
    bad "accuracy of the workload"
build coarse other --family voltage >"$tmp/said" 2>&1
[ $? = 2 ] && grep -q CLI-0003 "$tmp/said" && ok "an unknown family is refused" || bad "an unknown family is refused"

# A small chip of the current family: layout, own checks, views; what there is not is said.
small="examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n22 --rows 16 --adc-bits 6 --gain 4 --workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --samples 50"
"$APUGEN" run $small --family current --spice 1 -o "$tmp/chip" >"$tmp/said" 2>&1
s=$?
[ "$(json "$tmp/chip/report.json" 'd["checks"]["drc"] + d["checks"]["lvs_shorts"] + d["checks"]["lvs_opens"] + d["checks"]["lvs_unconnected"] + d["checks"]["leaves"]')" = 0 ] &&
    ok "its chip: own DRC and LVS" || bad "its chip: own DRC and LVS: $(tail -3 "$tmp/said")"
[ "$(json "$tmp/chip/report.json" '[x["cell"] for x in d["drawn"] if not x["drawn"]]')" = "[]" ] && ok "all its cells are drawn" || bad "all its cells are drawn"
want=$(json "$tmp/chip/report.json" 'int(d["lines"]["fall_V"] + d["lines"]["drop_mV"] / 1e3 > d["lines"]["sources_work_to_V"])')
[ $s = "$want" ] && ok "exit $s: lines that fall too far are a violation, others are not" || bad "exit $s, wanted $want: $(tail -3 "$tmp/said")"
[ "$(json "$tmp/chip/report.json" 'd["lines"]["line_fF"] > 1.01 * d["lines"]["without_wire_fF"]')" = True ] && ok "wires load its lines" || bad "wires load its lines"
[ "$(json "$tmp/chip/report.json" '[r["step"] for r in d["accuracy"]]')" = "['mapped', 'ADC', 'mismatch', 'worst chip']" ] && ok "its accuracy, with wires" || bad "its accuracy, with wires"
[ "$(json "$tmp/chip/report.json" 'd["lines_spice"]["vectors"] == 4 and 0 < d["lines_spice"]["rms_lsb"] < 0.5')" = True ] && ok "a pair of its lines in ngspice follows the model" ||
    bad "a pair of its lines in ngspice follows the model"
for v in netlist.sp netlist_rc.sp design.spef design.def cells.lef design.gds electrical.vams; do [ -s "$tmp/chip/$v" ] || bad "no $v"; done
grep -q "no controller" "$tmp/said" && [ ! -e "$tmp/chip/design.vhd" ] && [ ! -e "$tmp/chip/instructions.bin" ] && ok "no controller, and it says so" || bad "no controller, and it says so"
"$APUGEN" verify "$tmp/chip" >"$tmp/said" 2>&1
[ $? = 3 ] && grep -q SEL-0003 "$tmp/said" && ok "verify refuses by name" || bad "verify refuses by name"
