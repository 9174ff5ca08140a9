#!/usr/bin/env bash
# Hostile and broken ONNX: exit 3 with one reason, within a second of processor time, memory at most twice the file + 64 MB.
. "$(dirname "$0")/lib.sh"
if ! /usr/bin/python3 -c 'import onnx, numpy' 2>/dev/null; then skip "hostile networks: python3-onnx is not installed"; exit 0; fi
if [ ! -x /usr/bin/time ]; then skip "hostile networks: /usr/bin/time is not installed"; exit 0; fi
/usr/bin/python3 tests/program/hostile.py "$tmp/bad" examples/gen1_28nm/gen1_28nm.onnx || bad "writing the files"
worst_s=0 worst_kb=0 n=0
for f in "$tmp"/bad/*.onnx; do
    name=$(basename "$f" .onnx)
    /usr/bin/time -f '%e %U %S %M' -o "$tmp/time" "$APUGEN" check "$f" >"$tmp/out" 2>"$tmp/err"
    code=$?
    read -r wall user sys kb < <(tail -1 "$tmp/time")
    size=$(stat -c %s "$f")
    n=$((n + 1))
    # Processor time, not wall time: the machine may be busy with something else.
    if ! verdict=$(awk -v c=$code -v u="$user" -v s="$sys" -v m="$kb" -v z="$size" 'BEGIN {
        if (c != 3) print "exit " c; else if (u + s > 1) print u + s " s"; else if (m > 2 * z / 1024 + 65536) print m " KB for a file of " z " bytes"; else exit 0; exit 1 }'); then
        bad "$name: $verdict: $(head -c 200 "$tmp/err")"
        continue
    fi
    lines=$(grep -c 'error:.*\[ONNX-' "$tmp/err")
    [ "$lines" = 1 ] || bad "$name: $lines messages with an id: $(head -c 200 "$tmp/err")"
    want=$(grep "^$name " "$tmp/bad/want" | cut -d' ' -f2)
    [ -z "$want" ] || grep -qE "\[($want)\]" "$tmp/err" || bad "$name: not $want: $(head -c 200 "$tmp/err")"
    read -r worst_s worst_kb < <(awk -v a="$worst_s" -v b="$worst_kb" -v t="$user" -v s="$sys" -v m="$kb" 'BEGIN { t += s; print (t > a ? t : a), (m > b ? m : b) }')
done
[ $n -ge 45 ] && ok "$n broken networks refused; slowest $worst_s s, most memory $worst_kb KB" || bad "only $n files were written"
