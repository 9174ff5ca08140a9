#!/usr/bin/env bash
# Types of arrays: an integer output is written as such, an integer input takes integers only.
. "$(dirname "$0")/lib.sh"
if ! /usr/bin/python3 -c 'import onnx, numpy' 2>/dev/null; then skip "types: python3-onnx is not installed"; exit 0; fi
/usr/bin/python3 - "$tmp" <<'PY'
import sys, numpy as np, onnx
from onnx import helper
t = sys.argv[1]
def save(name, node, kind):
    g = helper.make_graph([node], name, [helper.make_tensor_value_info("x", kind, ["N", 5])], [helper.make_tensor_value_info("y", 1, None)])
    onnx.save(helper.make_model(g, opset_imports=[helper.make_opsetid("", 13)]), f"{t}/{name}.onnx")
save("argmax", helper.make_node("ArgMax", ["x"], ["y"], axis=1), 1)
for name, to in (("u8", 2), ("i8", 3), ("i32", 6), ("i64", 7), ("f32", 1)): save(name, helper.make_node("Cast", ["x"], ["y"], to=to), 1)
save("ints", helper.make_node("Identity", ["x"], ["y"]), 6)
x = np.random.default_rng(1).uniform(0, 100, (7, 5)).astype(np.float32)
np.save(t + "/x.npy", x)
np.save(t + "/whole.npy", np.int32(x))
np.save(t + "/large.npy", np.full((1, 5), (1 << 24) + 1, np.int32))
PY
for n in argmax u8 i8 i32 i64 f32; do "$APUGEN" infer "$tmp/$n.onnx" --input "$tmp/x.npy" -o "$tmp/$n.npy" -q || bad "infer $n"; done
"$APUGEN" infer "$tmp/ints.onnx" --input "$tmp/whole.npy" -o "$tmp/ints.npy" -q || bad "infer ints"
/usr/bin/python3 - "$tmp" <<'PY' && ok "outputs are of the network's type and equal numpy's" || bad "outputs differ from numpy's"
import sys, numpy as np
t = sys.argv[1]
x = np.load(t + "/x.npy")
want = {"argmax": x.argmax(1)[:, None], "u8": np.uint8(x), "i8": np.int8(x), "i32": np.int32(x), "i64": np.int64(x), "f32": x, "ints": np.int32(x)}
for n, w in want.items():
    y = np.load(f"{t}/{n}.npy")
    assert y.dtype == w.dtype and np.array_equal(y, w), (n, y.dtype, w.dtype)
PY
for f in x large; do
    "$APUGEN" infer "$tmp/ints.onnx" --input "$tmp/$f.npy" -o "$tmp/no.npy" 2>"$tmp/err"
    [ $? = 3 ] && grep -q '\[WKL-0003\]' "$tmp/err" && ok "integer input refuses $f" || bad "integer input refuses $f: $(cat "$tmp/err")"
done
