#!/usr/bin/env bash
# A network that is not ours: keyword spotting (DS-CNN, int8 QDQ, 12 classes, 1000 inputs) that lies beside the repository.
. "$(dirname "$0")/lib.bash"
k=../shared/workloads/kws
net=$k/ds_cnn_int8_qdq.onnx
if [ ! -e $net ]; then skip "kws: $net is not there"; exit 0; fi

check "kws: infer" "$APUGEN" infer $net --input $k/inputs.npy -q -o "$tmp/float.npy"
check "kws: infer --exact" "$APUGEN" infer $net --input $k/inputs.npy --exact -q -o "$tmp/exact.npy"
o=$tmp/o
hdl=
have ghdl && have iverilog && hdl="--hdl 3" || skip "kws: ghdl or iverilog is not installed, no inference simulated"
timed "kws: flow, behavioural simulation and 3 inferences in GHDL" "$APUGEN" run $net --arch adelia-gen2 --tech n22 --workload $k/inputs.npy \
    --labels $k/labels.npy --adc-bits 10 --gain 4 $hdl -v -o "$o" && ok "kws: run" || bad "kws: run"
stages
[ -e "$o/report.json" ] || exit 1
# The network ends in a Softmax: outputs are probabilities, whose logarithms are logits less a constant of the sample. Both sides lie
# on the grid of the last tensor's scale; the constant is the median of the differences.
/usr/bin/python3 - $k "$tmp" "$o/plan.xml" <<'PY'
import sys, xml.etree.ElementTree as ET
import numpy as np
k, tmp, plan = sys.argv[1:]
root = ET.parse(plan).getroot()
out = list(root.iter("tensor"))[int(root.get("output"))]
lsb = float(out.get("scale"))
ref = np.load(k + "/reference_output.npy").astype(np.float64)
lab = np.load(k + "/labels.npy")
want = int((ref.argmax(1) == lab).sum())
for name, tol in (("float", 0), ("exact", 2)):
    y = np.load("%s/%s.npy" % (tmp, name)).astype(np.float64)
    right = int((y.argmax(1) == lab).sum())
    good = y.shape == ref.shape and abs(right - 902) <= tol and want == 902
    print("%s kws: infer%s: %d of 1000 (902 within %d)" % ("ok" if good else "not ok", " --exact" if name == "exact" else "", right, tol))
    if root.get("softmax") != "true" or not (y > 0).all():
        print("not ok kws: %s: outputs are not probabilities" % name)
        continue
    d = (np.log(y) - np.log(ref)) / lsb
    d -= np.median(d, axis=1, keepdims=True)
    off = np.abs(d)
    print("%s kws: infer%s: every logit within 1 LSB (%.6f) of the reference: worst %.3f LSB, %d of %d differ" % (
        "ok" if off.max() <= 1.001 else "not ok", " --exact" if name == "exact" else "", lsb, off.max(), (off > 0.5).sum(), off.size))
PY
table "$o"
at_least "kws: converter of 10 bit, gain 4, rows as mapped" "$(right "$o" ADC)" 895
at_least "kws: and the extracted wires" "$(right "$o" parasitics)" 882
[ "$(json "$o/report.json" 'd["violations"]')" = 0 ] && ok "kws: no violations" || bad "kws: no violations"
# instructions.bin: all inputs in the instruction simulator, equal to both models; 200 inferences/s on two cores are 100 per second of processor time
[ "$(json "$o/report.json" 'all(i["equal"] and i["samples"] == 1000 for i in d["instructions"]) and d["instructions"][0]["right"]')" = "$(right "$o" mapped)" ] &&
    ok "kws: 1000 inputs in the instruction simulator, exact and nominal: bit-equal" || bad "kws: instruction simulator"
rates=$(sed -nE 's/.*instruction simulator, ([a-z ]+): ([0-9]+) inferences, ([0-9.]+) s of processor time.*/\2 \3/p' "$tmp/run.log" | awk '{printf "%d ", $1 / $2}')
n=0
for r in $rates; do n=$((n + 1)); at_least "kws: inferences per second of processor time" "$r" 100; done
[ $n = 2 ] || bad "kws: rate of the instruction simulator not told"
if [ -n "$hdl" ]; then
    [ "$(json "$o/report.json" 'len(d["ghdl"]) == 2 and all(g["samples"] == g["equal"] == 3 and g["clocks"] == i["clocks"] for g, i in zip(d["ghdl"], d["instructions"]))')" = True ] &&
        ok "kws: 3 inferences in GHDL, exact and nominal: bit-equal, clocks as the instruction simulator's" || { bad "kws: GHDL"; json "$o/report.json" 'd["ghdl"]'; }
fi
before=$(right "$o" ADC)
timed "kws: 9 bit, gain 4, 256 rows" "$APUGEN" run $net --arch adelia-gen2 --tech n22 --workload $k/inputs.npy --labels $k/labels.npy --adc-bits 9 \
    --gain 4 --rows 256 -v -o "$o" && ok "kws: run with 9 bit, 256 rows" || bad "kws: run with 9 bit, 256 rows"
table "$o"
after=$(right "$o" ADC)
# Weights fill their digits since the mapper scales them: an LSB of 2 · 256/64 of the first run's costs little with an ideal converter.
at_least "kws: 9 bit, 256 rows, ideal converter (unscaled weights: 837)" "$after" 880
# A converter that is too coarse must be seen to be: 64 times the first run's LSB.
timed "kws: 6 bit, gain 4, 256 rows, 200 inputs" "$APUGEN" run $net --arch adelia-gen2 --tech n22 --workload $k/inputs.npy --labels $k/labels.npy \
    --adc-bits 6 --gain 4 --rows 256 --samples 200 -v -o "$o" && ok "kws: run with 6 bit, 256 rows" || bad "kws: run with 6 bit, 256 rows"
table "$o"
after=$(right "$o" ADC)
if [ -n "$after" ] && [ "$after" -lt 160 ]; then ok "kws: the drop is shown: $before of 1000 to $after of 200"
else bad "kws: the drop is shown: $before of 1000 to ${after:-nothing} of 200"; fi
