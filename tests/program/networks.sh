#!/usr/bin/env bash
# Networks of the sizes people try first: they map within the counts of the literature, their integers agree with the float network, profile and pictures say
# what the plan says.
. "$(dirname "$0")/lib.sh"
if ! /usr/bin/python3 -c 'import onnx, numpy' 2>/dev/null; then skip "networks: python3-onnx is not installed"; exit 0; fi
py=/usr/bin/python3
mkdir -p "$tmp/w8" "$tmp/w4"
$py tests/program/networks.py "$tmp/w8" 8 || bad "writing the networks"
$py tests/program/networks.py "$tmp/w4" 4 || bad "writing the networks of one slice"

# Crossbars of 256 x 64, filled once each: naive counts at one slice column per synapse, bound by area (ResNet8 5, DS-CNN 2, MobileNet 13, autoencoder 17).
for row in resnet8:14 ds_cnn:18 mobilenet:79 autoencoder:31; do
    n=${row%:*} naive=${row#*:}
    if "$APUGEN" map "$tmp/w4/$n.onnx" --arch adelia-gen2 --workload "$tmp/w4/${n}_x.npy" -o "$tmp/plan.xml" --format json -q >"$tmp/j" 2>"$tmp/err"; then
        [ "$(json "$tmp/j" "d['crossbars'] <= $naive and d['cycles'] == d['cycles_bound']")" = True ] && ok "$n, one slice: $(json "$tmp/j" "d['crossbars']") crossbars of $naive, loads at their bound" ||
            bad "$n, one slice: $(cat "$tmp/j")"
    else bad "$n, one slice: $(head -1 "$tmp/err")"; fi
    b=$tmp/w8/$n
    TIMEFORMAT=%U
    if { time "$APUGEN" map "$b.onnx" --arch adelia-gen2 --workload "${b}_x.npy" -o "$tmp/$n.xml" --format json -q >"$tmp/j" 2>"$tmp/err"; } 2>"$tmp/seconds"; then
        [ "$(json "$tmp/j" "d['blocks'] <= 1.10 * d['bound'] and d['cycles'] == d['cycles_bound'] and d['clocks'] is not None")" = True ] &&
            ok "$n: $(json "$tmp/j" "'%d blocks (bound %d), %d loads, %d clocks' % (d['blocks'], d['bound'], d['cycles'], d['clocks'])"), mapped and compiled in $(cat "$tmp/seconds") s of processor time" || bad "$n: $(cat "$tmp/j")"
    else bad "$n: $(head -1 "$tmp/err")"; fi
done

# Integers against the float network: largest difference relative to the largest output.
for b in "$tmp"/w8/*.onnx; do
    b=${b%.onnx} n=$(basename "$b")
    "$APUGEN" infer "$b.onnx" --input "${b}_x.npy" -o "$tmp/f.npy" -q 2>"$tmp/err" && "$APUGEN" infer "$b.onnx" --input "${b}_x.npy" --exact -o "$tmp/e.npy" -q 2>>"$tmp/err" || { bad "$n: $(head -1 "$tmp/err")"; continue; }
    $py - "$tmp" "$n" <<'PY' >"$tmp/out" 2>&1 && ok "$n: $(cat "$tmp/out")" || bad "$n: $(tail -1 "$tmp/out")"
import sys, numpy as np
f, e = (np.load(f"{sys.argv[1]}/{k}.npy").reshape(len(np.load(f"{sys.argv[1]}/{k}.npy")), -1) for k in "fe")
d = np.abs(f - e).max() / np.abs(f).max()
print(f"integers within {100 * d:.2f} % of the largest output")
assert d <= (0 if sys.argv[2] == "ties" else 0.02) and np.array_equal(f.argmax(1), e.argmax(1)), d
PY
done

# The profile: numbers counted here from the shapes.
b=$tmp/w8/mobilenet
"$APUGEN" show "$b.onnx" --workload "${b}_x.npy" -q --format json -o "$tmp/profile.svg" >"$tmp/p.json" 2>"$tmp/err" || bad "profile: $(head -1 "$tmp/err")"
$py - "$tmp/p.json" "$b.onnx" <<'PY' >"$tmp/out" 2>&1 && ok "profile: $(cat "$tmp/out")" || bad "profile: $(tail -1 "$tmp/out")"
import json, sys, onnx
from onnx import shape_inference
d, m = json.load(open(sys.argv[1])), shape_inference.infer_shapes(onnx.load(sys.argv[2]))
inits = {t.name: t.dims for t in m.graph.initializer}
made = {n.output[0]: n for n in m.graph.node}
shape = {v.name: [x.dim_value or 1 for x in v.type.tensor_type.shape.dim] for v in list(m.graph.value_info) + list(m.graph.output)}
macs = params = 0
for n in m.graph.node:
    if n.op_type in ("Conv", "Gemm"):
        w = list(inits[made[n.input[1]].input[0]])
        size = 1
        for x in w: size *= x
        out = 1
        for x in shape[n.output[0]]: out *= x
        macs += out * size // w[0]
        params += size
assert (d["macs"], d["params"]) == (macs, params), (d["macs"], macs, d["params"], params)
layers = d["layers"]
assert sum(l["macs"] for l in layers) == macs and sum(l["op"].endswith("conv") for l in layers) == 28
assert sum(len(l["nodes"]) for l in layers) + sum(n["where"] != "layer" for n in d["node_list"]) == d["nodes"]
assert all(l["clocks"] > 0 and l["peak_bytes_per_second"] > 0 for l in layers)
print(f"{macs} multiplications, {params} parameters in 28 layers, every node somewhere")
PY
have xmllint && check "chart is XML" xmllint --noout "$tmp/profile.svg"

# Pictures: one frame per layer and load, and as many pixels of the last layer as it has digits (two pixels a synapse).
"$APUGEN" show "$tmp/resnet8.xml" -o "$tmp/pics" -q >"$tmp/heat" 2>"$tmp/err" || bad "pictures: $(head -1 "$tmp/err")"
$py - "$tmp/resnet8.xml" "$($py tests/program/gif.py "$tmp/pics/plan.gif")" "$tmp/pics" "$tmp/heat" <<'PY' >"$tmp/out" 2>&1 && ok "pictures: $(cat "$tmp/out")" || bad "pictures: $(tail -1 "$tmp/out")"
import glob, sys, xml.etree.ElementTree as X
plan = X.parse(sys.argv[1]).getroot()
tiles, layers = plan.findall("tile"), plan.findall("layer")
steps = {(t.get("cycle"), t.get("layer")) for t in tiles}
got = sys.argv[2].split()
assert int(got[0]) == len(steps), (got[0], len(steps))
colour = dict((int(k), int(v)) for k, v in (p.split(":") for p in got[3:]))
last = max(int(t.get("layer")) for t in tiles)
nth = sum(l.get("op") == "conv" for l in layers[:last]) % 12
l = layers[last]
digits = int(l.get("oc")) * int(l.get("icg")) * int(l.get("kh")) * int(l.get("kw")) * int(l.get("slices"))
assert colour[3 + nth] == 2 * digits, (colour, nth, digits)
svgs = glob.glob(sys.argv[3] + "/plan_*.svg")
assert len(svgs) == int(plan.get("cycles"))
n = sum(1 for s in svgs for r in X.parse(s).iter("{http://www.w3.org/2000/svg}rect") if r.get("class", "").startswith("tile") and r.find("{http://www.w3.org/2000/svg}title") is not None)
assert n == len(tiles), (n, len(tiles))
assert open(sys.argv[4]).read().count("weight load") == int(plan.get("cycles")) * len(plan.findall("core"))
print(f"{got[0]} frames of {got[1]} x {got[2]}, {len(svgs)} SVG with {n} tiles")
PY
cp "$tmp/pics/plan.gif" "$tmp/first.gif"
"$APUGEN" show "$tmp/resnet8.xml" -o "$tmp/pics" -q >/dev/null && check "the same bytes again" cmp "$tmp/first.gif" "$tmp/pics/plan.gif"
