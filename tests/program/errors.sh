#!/usr/bin/env bash
# Bad input: one clear message with its id, the exit code of its kind, earlier outputs untouched.
. "$(dirname "$0")/lib.sh"

expect() { # name exit-code message-id command…
    local name=$1 code=$2 id=$3
    shift 3
    "$@" >"$tmp/out" 2>"$tmp/err"
    local got=$?
    if [ $got != "$code" ]; then bad "$name: exit $got, want $code"; tail -3 "$tmp/err"; return; fi
    if ! grep -q "\[$id\]" "$tmp/err"; then bad "$name: no [$id] in the message"; tail -3 "$tmp/err"; return; fi
    ok "$name"
}
net=examples/gen1_28nm/gen1_28nm.onnx
expect "unknown command" 2 CLI-0006 "$APUGEN" fly
expect "unknown option" 2 CLI-0001 "$APUGEN" run $net --wings
expect "the last of 81 cells has no such name" 2 "CLI-0009" "$APUGEN" draw $(printf "inv %.0s" $(seq 80)) nosuch --tech n22 -o "$tmp/d81"
expect "an option of other commands" 2 CLI-0010 "$APUGEN" map $net --corners all
expect "an objective that channels do not have" 2 CLI-0003 "$APUGEN" channel x.chan --objective parasitics
expect "missing --tech" 2 CLI-0004 "$APUGEN" run $net --arch adelia-gen1 -o "$tmp/o"
expect "threads not a number" 2 CLI-0003 "$APUGEN" run $net -j many
expect "network is missing" 4 IO-0001 "$APUGEN" map "$tmp/none.onnx" --arch adelia-gen1 --tech n28 -o "$tmp/p.xml"
expect "network is a folder" 4 IO-0002 "$APUGEN" map "$tmp" --arch adelia-gen1 --tech n28 -o "$tmp/p.xml"
head -c 700 $net >"$tmp/cut.onnx"
"$APUGEN" map "$tmp/cut.onnx" --arch adelia-gen1 --tech n28 -o "$tmp/p.xml" 2>"$tmp/err"
[ $? = 3 ] && grep -q '\[ONNX-' "$tmp/err" && ok "truncated network" || bad "truncated network"
printf 'not xml' >"$tmp/t.xml"
expect "technology is not XML" 3 XML-0001 "$APUGEN" check "$tmp/t.xml"
printf '<!DOCTYPE a [<!ENTITY b "c">]><tech/>' >"$tmp/t.xml"
expect "DOCTYPE refused" 3 XML-0002 "$APUGEN" check "$tmp/t.xml"
cp -r techs/n28 "$tmp/n28"
sed -i '0,/width="[0-9]*nm"/s//width="45"/' "$tmp/n28/tech.xml"
expect "length without a unit" 3 SCH-0003 "$APUGEN" check "$tmp/n28/tech.xml"
printf '<odd/>' >"$tmp/o.xml"
expect "unknown document" 3 CHK-0001 "$APUGEN" check "$tmp/o.xml"
printf 'xx' >"$tmp/x.npy"
expect "array is not .npy" 3 NPY-0001 "$APUGEN" check "$tmp/x.npy"
/usr/bin/python3 - "$tmp" <<'PY'
import sys, numpy as np
t = sys.argv[1]
np.save(t + "/bad_labels.npy", np.full(1500, 7, dtype=np.int64))
np.save(t + "/bad_shape.npy", np.zeros((4, 5), dtype=np.float32))
PY
run="$APUGEN run $net --arch adelia-gen1 --tech n28"
expect "labels out of range" 3 WKL-0002 $run --workload examples/vad/test_x.npy --labels "$tmp/bad_labels.npy" -o "$tmp/o1"
"$APUGEN" infer $net --input "$tmp/bad_shape.npy" -o "$tmp/y.npy" 2>"$tmp/err"
[ $? = 3 ] && grep -q '\[WKL-' "$tmp/err" && ok "wrong shape" || bad "wrong shape"
expect "digits of a fourth kind" 2 CLI-0003 $run -o "$tmp/o2" --digits 4,2
expect "digits of weights alone" 2 CLI-0003 $run -o "$tmp/o2" --digits 2
expect "unknown stage" 2 CLI-0003 $run -o "$tmp/o2" --stop-after lunch
expect "no folder for the plan" 4 IO-0004 "$APUGEN" map examples/vad/vad.onnx --arch adelia-gen2 --tech n22 -o "$tmp/none/p.xml"
expect "no folder for the cells, told before simulating" 4 IO-0004 timeout 30 "$APUGEN" characterize --tech n22 -o "$tmp/none/cells.xml"
expect "output below a file" 4 IO-0004 $run -o "$tmp/x.npy/out"
# A full disk: a small file system of our own, where the machine lets us mount one.
if mkdir "$tmp/small" && mount -t tmpfs -o size=64k tmpfs "$tmp/small" 2>/dev/null; then
    "$APUGEN" infer $net --input examples/vad/test_x.npy -o "$tmp/small/a.npy" -q && before=$(sha256sum <"$tmp/small/a.npy")
    head -c 60k /dev/zero >"$tmp/small/fill" 2>/dev/null
    expect "full disk" 4 IO-0004 "$APUGEN" infer $net --input examples/vad/test_x.npy -o "$tmp/small/a.npy"
    [ "$before" = "$(sha256sum <"$tmp/small/a.npy")" ] && ok "earlier file untouched by the full disk" || bad "earlier file untouched by the full disk"
    umount "$tmp/small"
else
    skip "full disk: no right to mount a tmpfs here"
fi
# --dry-run says what would be done, and does nothing.
for call in "draw inv --tech n22 -o $tmp/dry" "characterize --sheets $tmp/dry --tech n22" "characterize gate_nand2 --tech n22 -o $tmp/dry" "run examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n22 -o $tmp/dry"; do
    said=$("$APUGEN" $call --dry-run 2>&1)
    [ $? = 0 ] && [ -n "$said" ] && [ ! -e "$tmp/dry" ] && ok "${call%% *} --dry-run writes nothing" || bad "${call%% *} --dry-run: $said"
done
