#!/usr/bin/env bash
# QONNX quantisers of 1 to 9 bits in all domains, and QCDQ, against numpy written from the operator pages (qonnx.py).
. "$(dirname "$0")/lib.sh"
py=tests/program/qonnx.py
if ! /usr/bin/python3 -c 'import onnx, numpy' 2>/dev/null; then skip "QONNX: python3-onnx is not installed"; exit 0; fi
/usr/bin/python3 $py make "$tmp/q" || bad "writing the networks"
for f in "$tmp"/q/*.onnx; do
    b=${f%.onnx} name=$(basename "$f" .onnx)
    "$APUGEN" infer "$f" --input "${b}_x.npy" -o "$b.npy" -q 2>"$tmp/err" || bad "$name: $(head -1 "$tmp/err")"
    case $name in exact_* | same_*) ;; *) continue ;; esac
    "$APUGEN" infer "$f" --exact --input "${b}_x.npy" -o "${b}_e.npy" -q 2>"$tmp/err" || bad "$name on the chip: $(head -1 "$tmp/err")"
done
read -r n m < <(/usr/bin/python3 $py compare "$tmp/q" 2>"$tmp/err")
while read -r line; do bad "$line"; done <"$tmp/err"
[ $n -ge 173 ] && ok "$n networks of QONNX operators and QCDQ compute what their pages say" || bad "only $n networks agree"
[ $m = 30 ] && ok "$m of them as integers of the chip: weights of 1 to 9 bits, QCDQ of 4, 6, 8 within one unit; Trunc and BipolarQuant the same" || bad "only $m of 30 on the chip"
