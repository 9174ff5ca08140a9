#!/usr/bin/env bash
# Seeded faults of the whole program: edited outputs, a held lock, a run that is killed, inputs that change under it.
. "$(dirname "$0")/lib.sh"
net=examples/gen1_28nm/gen1_28nm.onnx
home=${APUGEN_HOME:-.}
opts="--arch adelia-gen1 --tech $tech -j2"
a=$tmp/a

# Every output that the manifest lists is there with its hash; prints what is not.
valid() { # folder
    /usr/bin/python3 - "$1" <<'PY'
import hashlib, json, os, sys
d = sys.argv[1]
m = json.load(open(d + "/manifest.json"))
bad = []
for o in m["outputs"]:
    p = os.path.join(d, o["name"])
    if not os.path.exists(p) or hashlib.sha256(open(p, "rb").read()).hexdigest() != o["sha256"]:
        bad.append(o["name"])
names = {o["name"] for o in m["outputs"]} | {"manifest.json"}
bad += ["extra " + f for f in os.listdir(d) if f not in names and not f.startswith(".")]
print(" ".join(bad))
sys.exit(bool(bad) or len(m["outputs"]) < 15)
PY
}
up_to_date() { grep -q "up to date" "$1"; }

check "run" "$APUGEN" run $net $opts -q -o "$a"
check "manifest holds every output's hash" valid "$a"
check "verify finds nothing in what was made" "$APUGEN" verify "$a"

# ---- edited outputs: verify makes every view again and compares ----
# A digit of a number that stands in the middle of the file is another one; binary files have a byte turned.
damage() {
    /usr/bin/python3 - "$1" <<'PY'
import re, sys
p = sys.argv[1]
b = bytearray(open(p, "rb").read())
text = not p.endswith((".gds", ".bin"))
k = len(b) // 2
while text and not (48 <= b[k] <= 57 and 48 <= b[k - 1] <= 57):
    k += 1
    if k == len(b): k = 1
b[k] = 48 + (b[k] - 47) % 10 if text else b[k] ^ 1
open(p, "wb").write(b)
PY
}
missed=
for f in netlist.sp netlist_rc.sp models.sp design.spef design.vams electrical.vams design.vhd tb_design.vhd tb_design.vams design.def cells.lef tech.lef \
    design.gds layout.svg power.svg instructions.bin instructions.lst; do
    cp "$a/$f" "$tmp/keep"
    damage "$a/$f"
    cmp -s "$a/$f" "$tmp/keep" && bad "$f was not damaged"
    "$APUGEN" verify "$a" >"$tmp/out" 2>"$tmp/err"
    code=$?
    [ $code = 1 ] && grep "\[VER-0002\]" "$tmp/err" | grep -q "/$f" || missed="$missed $f($code)"
    cp "$tmp/keep" "$a/$f"
done
[ -z "$missed" ] && ok "verify: VER-0002 names each edited view" || bad "verify: not noticed as edited:$missed"
cp "$a/plan.xml" "$tmp/keep"
/usr/bin/python3 - "$a/plan.xml" <<'PY'
import re, sys
p = sys.argv[1]
s = open(p).read()
# One weight: the number before the last of the longest list in the plan.
lists = max(re.finditer(r"-?\d+(?: -?\d+){40,}", s), key=lambda m: len(m.group(0)))
w = lists.group(0).split(" ")
k = next(i for i in range(len(w) - 2, 0, -1) if abs(int(w[i])) in range(1, 60))
w[k] = str(-int(w[k]))
open(p, "w").write(s[:lists.start()] + " ".join(w) + s[lists.end():])
PY
cmp -s "$a/plan.xml" "$tmp/keep" && bad "a weight in the plan was changed"
"$APUGEN" verify "$a" >"$tmp/out" 2>"$tmp/err"
code=$?
[ $code = 1 ] && ok "verify: a weight changed in plan.xml is noticed" || { bad "verify: a weight changed in plan.xml is noticed (exit $code)"; tail -2 "$tmp/err"; }
cp "$tmp/keep" "$a/plan.xml"
rm "$a/netlist.sp"
"$APUGEN" verify "$a" >"$tmp/out" 2>"$tmp/err"
[ $? = 4 ] && grep -q "\[IO-0001\]" "$tmp/err" && ok "verify: a missing view" || { bad "verify: a missing view"; tail -2 "$tmp/err"; }
"$APUGEN" run $net $opts -q -o "$a" >"$tmp/out" 2>"$tmp/err"
[ -s "$a/netlist.sp" ] && valid "$a" >/dev/null && ok "run makes a missing output again" || bad "run makes a missing output again"
cp "$a/netlist.sp" "$tmp/keep"
damage "$a/netlist.sp"
"$APUGEN" run $net $opts -o "$a" >"$tmp/out" 2>"$tmp/err"
cmp -s "$a/netlist.sp" "$tmp/keep" && ok "run makes an edited output again" || bad "run makes an edited output again"

# ---- lock ----
before=$(sha256sum "$a/manifest.json")
for what in "run $net $opts --seed 2 -o $a" "verify $a"; do
    flock "$a/.lock" "$APUGEN" $what >"$tmp/out" 2>"$tmp/err"
    code=$?
    [ $code = 4 ] && grep -q "\[IO-0005\]" "$tmp/err" && ok "${what%% *}: folder locked by another process" ||
        { bad "${what%% *}: folder locked by another process (exit $code)"; tail -2 "$tmp/err"; }
done
[ "$before" = "$(sha256sum "$a/manifest.json")" ] && valid "$a" >/dev/null && ok "locked folder untouched" || bad "locked folder untouched"

# ---- killed at several points: earlier outputs stay, the next run completes ----
check "run with another seed, for comparison" "$APUGEN" run $net $opts --seed 2 -q -o "$tmp/fresh"
for at in plan.xml netlist.sp design.def design.gds report.json; do
    rm -rf "$a/.stage"
    for attempt in 1 2 3; do
        "$APUGEN" run $net $opts --seed 2 -q -o "$a" >/dev/null 2>&1 &
        pid=$!
        while [ ! -e "$a/.stage/$at" ] && kill -0 $pid 2>/dev/null; do :; done
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
        code=$?
        [ $code = 137 ] && break
        "$APUGEN" run $net $opts -q -o "$a" >/dev/null # it was faster: back to the first seed
    done
    if [ $code != 137 ]; then skip "killed at $at: the run was faster three times"; continue; fi
    if [ "$before" = "$(sha256sum "$a/manifest.json" 2>/dev/null)" ] && bad=$(valid "$a"); then ok "killed at $at: earlier outputs and manifest valid"
    elif [ $at = report.json ] && [ ! -e "$a/manifest.json" ]; then
        # Within the commit itself the folder says that it is not committed.
        "$APUGEN" run $net $opts -q -o "$a" >/dev/null && valid "$a" >/dev/null && ok "killed at $at: in the commit, no manifest; made again" ||
            bad "killed at $at: in the commit, no manifest; made again"
    else bad "killed at $at: earlier outputs and manifest valid: $bad"; fi
done
"$APUGEN" run $net $opts --seed 2 -o "$a" >"$tmp/out" 2>"$tmp/err"
code=$?
if [ $code = 0 ] && diff -rq --exclude=.lock "$a" "$tmp/fresh" >"$tmp/diff"; then ok "the run after the kills completes, same bytes as a fresh one"
else bad "the run after the kills completes, same bytes as a fresh one (exit $code)"; head -3 "$tmp/diff"; fi
if have ghdl; then
    "$APUGEN" run $net $opts --workload examples/vad/test_x.npy --samples 4 --hdl 2 -q -o "$tmp/h" >/dev/null 2>&1 &
    pid=$!
    children() { for p in /proc/[0-9]*; do case $(readlink "$p/cwd") in "$tmp"/h/.stage/*) echo "${p#/proc/}" ;; esac; done; }
    while [ -z "$(children)" ] && kill -0 $pid 2>/dev/null; do :; done
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ $? != 137 ]; then skip "killed in GHDL: the run was faster"
    else
        sleep 1
        left=$(children)
        [ -z "$left" ] && ok "killed in GHDL: no child is left" || { bad "killed in GHDL: processes left: $left"; kill -9 $left; }
    fi
else skip "killed in GHDL: GHDL is not installed"; fi

# ---- up to date: only if nothing that matters has changed ----
"$APUGEN" run $net $opts --seed 2 -o "$a" >"$tmp/out" 2>"$tmp/err"
code=$?
[ $code = 0 ] && up_to_date "$tmp/err" && diff -q "$tmp/out" "$a/report.txt" >/dev/null && ok "nothing to do: says so, prints the report" ||
    bad "nothing to do: says so, prints the report (exit $code)"
again() { # name command…
    local name=$1
    shift
    "$@" >"$tmp/out" 2>"$tmp/err"
    local code=$?
    if [ $code != 0 ]; then bad "$name (exit $code)"; tail -2 "$tmp/err"; return; fi
    if up_to_date "$tmp/err"; then bad "$name: taken for up to date"; else ok "$name"; fi
}
again "another seed is another run" "$APUGEN" run $net $opts --seed 3 -o "$a"
rm "$a/manifest.json"
again "without its manifest a folder is not finished" "$APUGEN" run $net $opts --seed 3 -o "$a"
cp -r "$home/techs/$tech" "$tmp/$tech"
own="$APUGEN run $net --arch adelia-gen1 --tech $tmp/$tech/tech.xml -o $tmp/t"
check "run with a technology of one's own" $own -q
echo "* edited" >>"$tmp/$tech/models.sp"
again "edited model file" $own
sed -i 's/<tech /<tech  /' "$tmp/$tech/tech.xml"
again "edited technology" $own
mkdir "$tmp/tpl"
cp templates/netlist.sp.tpl "$tmp/tpl/"
check "run with templates of one's own" $own -q --templates "$tmp/tpl"
sed -i '1s/^/* mine\n/' "$tmp/tpl/netlist.sp.tpl"
again "edited template" $own --templates "$tmp/tpl"
data="--workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --samples 20"
check "run with a workload" "$APUGEN" run $net $opts $data -q -o "$a"
again "with the float network there is one more row" "$APUGEN" run $net $opts $data --float examples/gen1_28nm/gen1_28nm_float.onnx -o "$a"
