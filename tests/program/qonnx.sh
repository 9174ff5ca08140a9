#!/usr/bin/env bash
# QONNX quantisers of 1 to 9 bits in all domains, and QCDQ, against numpy written from the operator pages (qonnx.py).
. "$(dirname "$0")/lib.sh"
py=tests/program/qonnx.py
if ! /usr/bin/python3 -c 'import onnx, numpy' 2>/dev/null; then skip "QONNX: python3-onnx is not installed"; exit 0; fi
/usr/bin/python3 $py make "$tmp/q" || bad "writing the networks"
n=0 m=0
for f in "$tmp"/q/*.onnx; do
    b=${f%.onnx} name=$(basename "$f" .onnx)
    if ! "$APUGEN" infer "$f" --input "${b}_x.npy" -o "$b.npy" -q 2>"$tmp/err"; then bad "$name: $(head -1 "$tmp/err")"; continue; fi
    if /usr/bin/python3 $py compare "$b.npy" "${b}_y.npy" 0 >"$tmp/out"; then n=$((n + 1)); else bad "$name: $(cat "$tmp/out")"; fi
    case $name in exact_*) ;; *) continue ;; esac
    # On the chip: within one unit of the output's scale.
    step=0.021
    case $name in *qcdq*) step=0.05 ;; esac
    if ! "$APUGEN" infer "$f" --exact --input "${b}_x.npy" -o "$b.npy" -q 2>"$tmp/err"; then bad "$name on the chip: $(head -1 "$tmp/err")"; continue; fi
    if /usr/bin/python3 $py compare "$b.npy" "${b}_y.npy" $step >"$tmp/out"; then m=$((m + 1)); else bad "$name on the chip: $(cat "$tmp/out")"; fi
done
[ $n -ge 150 ] && ok "$n networks of QONNX operators and QCDQ compute what their pages say" || bad "only $n networks agree"
[ $m = 12 ] && ok "$m of them as integers of the chip, within one unit: weights of 1 to 9 bits, QCDQ of 4, 6, 8" || bad "only $m of 12 on the chip"
