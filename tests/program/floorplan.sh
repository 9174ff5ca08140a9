#!/usr/bin/env bash
# apugen floorplan on odd and hostile files: one message with its id and exit 3; edges that are legal; a result judged by another program.
. "$(dirname "$0")/lib.sh"

head='UCSC blocks 1.0'
cat >"$tmp/a.blocks" <<EOF
$head
NumSoftRectangularBlocks : 0
NumHardRectilinearBlocks : 2
NumTerminals : 1
a hardrectilinear 4 (0, 0) (0, 10) (30, 10) (30, 0)
b hardrectilinear 4 (0, 0) (0, 20) (10, 20) (10, 0)
p terminal
EOF
printf 'UCLA nets 1.0\nNumNets : 1\nNumPins : 2\nNetDegree : 2\na B : %%-50.0 %%50.0\np B\n' >"$tmp/a.nets"
printf 'UCLA pl 1.0\na 0 0\nb 0 0\np 5 7\n' >"$tmp/a.pl"
fp() { "$APUGEN" floorplan "$@" --effort 0 --format json -o "$tmp/out.pl" >"$tmp/j" 2>"$tmp/err"; }
refused() { # name message-id blocks nets pl
    fp "$3" --nets "$4" --pl "$5"
    local got=$?
    if [ $got = 3 ] && [ "$(grep -c 'error:' "$tmp/err")" = 1 ] && grep -q "\[$2\]" "$tmp/err"; then ok "$1"; else bad "$1: exit $got"; cat "$tmp/err"; fi
}
edit() { sed "$1" "$tmp/a.$2" >"$tmp/x.$2"; }
edit '/^b /d' blocks; refused "a block is missing" GSR-0004 "$tmp/x.blocks" "$tmp/a.nets" "$tmp/a.pl"
edit 's/(30, 10)/(-30, 10)/; s/(30, 0)/(-30, 0)/' blocks; refused "negative size" GSR-0001 "$tmp/x.blocks" "$tmp/a.nets" "$tmp/a.pl"
edit 's/(0, 10) (30, 10)/(0, 0) (30, 0)/' blocks; refused "size 0" GSR-0003 "$tmp/x.blocks" "$tmp/a.nets" "$tmp/a.pl"
edit 's/^b /a /' blocks; refused "a name twice" GSR-0001 "$tmp/x.blocks" "$tmp/a.nets" "$tmp/a.pl"
edit 's/hardrectilinear 4/softrectangular 4/' blocks; refused "soft block" GSR-0003 "$tmp/x.blocks" "$tmp/a.nets" "$tmp/a.pl"
edit 's/30/999999999999/' blocks; refused "huge size" GSR-0001 "$tmp/x.blocks" "$tmp/a.nets" "$tmp/a.pl"
edit 's/^a B/z B/' nets; refused "unknown pin" GSR-0002 "$tmp/a.blocks" "$tmp/x.nets" "$tmp/a.pl"
edit 's/NumNets : 1/NumNets : 2/' nets; refused "a net is missing" GSR-0004 "$tmp/a.blocks" "$tmp/x.nets" "$tmp/a.pl"
edit '/^p B/d' nets; refused "a pin is missing" GSR-0001 "$tmp/a.blocks" "$tmp/x.nets" "$tmp/a.pl"
edit 's/%50.0/%nan/' nets; refused "offset is no number" GSR-0001 "$tmp/a.blocks" "$tmp/x.nets" "$tmp/a.pl"
edit '/^p /d' pl; refused "terminal without a place" GSR-0002 "$tmp/a.blocks" "$tmp/a.nets" "$tmp/x.pl"
edit 's/^b /q /' pl; refused "place of nobody" GSR-0002 "$tmp/a.blocks" "$tmp/a.nets" "$tmp/x.pl"
: >"$tmp/empty"
refused "empty .blocks" GSR-0001 "$tmp/empty" "$tmp/a.nets" "$tmp/a.pl"
refused "empty .nets" GSR-0001 "$tmp/a.blocks" "$tmp/empty" "$tmp/a.pl"
printf 'a hard\0rectilinear' >"$tmp/zero"
refused "zero byte" GSR-0001 "$tmp/zero" "$tmp/a.nets" "$tmp/a.pl"

printf '%s\nNumHardRectilinearBlocks : 1\nUCSCore hardrectilinear 4 (0, 0) (0, 7) (5, 7) (5, 0)\n' "$head" >"$tmp/one.blocks"
fp "$tmp/one.blocks" --objective area && [ "$(json "$tmp/j" "(d['area'], d['gap'])")" = "(35, 0)" ] && ok "one block" || bad "one block"
printf 'UCLA nets 1.0\nNumNets : 0\nNumPins : 0\n' >"$tmp/none.nets"
fp "$tmp/a.blocks" --nets "$tmp/none.nets" && [ "$(json "$tmp/j" "d['hpwl']")" = 0 ] && ok "no nets" || bad "no nets"
"$APUGEN" floorplan "$tmp/a.blocks" --outline 5x500 2>"$tmp/err"
[ $? = 1 ] && grep -q '\[PLC-0004\]' "$tmp/err" && ok "outline too narrow" || bad "outline too narrow"
"$APUGEN" floorplan "$tmp/a.blocks" --outline 5by5 2>"$tmp/err"
[ $? = 2 ] && grep -q '\[CLI-0003\]' "$tmp/err" && ok "outline not understood" || bad "outline not understood"

# A public case, its .pl judged here from the definitions; the same bytes with any number of threads.
cat >"$tmp/judge.py" <<'EOF'
import json, re, sys
base, pl, j = sys.argv[1:]
size = {m[1]: (int(m[2]), int(m[3])) for m in re.finditer(r"^(\w+) hardrectilinear 4 \(0, 0\) \(0, \d+\) \((\d+), (\d+)\)", open(base + ".blocks").read(), re.M)}
at = {}
for line in open(pl):
    n, x, y, _, o = line.split()
    w, h = size[n] if o in ("N", "S", "FN", "FS") else size[n][::-1]
    at[n] = (int(x), int(y), w, h)
assert len(at) == len(size) == 10
v = list(at.values())
assert all(x >= 0 and y >= 0 for x, y, _, _ in v)
for i, (x, y, w, h) in enumerate(v):
    for a, b, c, d in v[:i]:
        assert x + w + 3 <= a or a + c + 3 <= x or y + h + 3 <= b or b + d + 3 <= y
area = max(x + w for x, y, w, h in v) * max(y + h for x, y, w, h in v)
pins = {n: (x + w / 2, y + h / 2) for n, (x, y, w, h) in at.items()}
for line in open(base + ".pl"):
    f = line.split()
    if len(f) == 3 and f[0][0] == "p":
        pins[f[0]] = (float(f[1]), float(f[2]))
hp, net = 0, []
def half():
    return sum(max(p[k] for p in net) - min(p[k] for p in net) for k in (0, 1)) if net else 0
for line in open(base + ".nets"):
    f = line.split()
    if f and f[0] == "NetDegree":
        hp += half()
        net = []
    elif len(f) >= 2 and f[1] == "B":
        net.append(pins[f[0]])
hp += half()
d = json.load(open(j))
assert (d["area"], d["hpwl"]) == (area, hp), (d, area, hp)
assert d["hpwl_bound"] <= hp and d["area_bound"] <= area
EOF
b=tests/place/n10
for objective in area wirelength both; do
    fp $b.blocks --nets $b.nets --pl $b.pl --objective $objective --spacing 3 -j 1 || bad "n10 $objective"
    cp "$tmp/out.pl" "$tmp/one.pl"
    fp $b.blocks --nets $b.nets --pl $b.pl --objective $objective --spacing 3 -j 3
    cmp -s "$tmp/out.pl" "$tmp/one.pl" && ok "n10 $objective: threads do not matter" || bad "n10 $objective: threads do not matter"
    check "n10 $objective: legal, area and wirelength as printed" /usr/bin/python3 "$tmp/judge.py" $b "$tmp/out.pl" "$tmp/j"
done

# Rules on a public case, judged here from the definitions.
cat >"$tmp/rules" <<'EOF'
# sb1 and sb3 made equal below
symmetry vertical
pair sb1 sb3
self sb0
align bottom sb4 sb5
abut row sb6 sb7
fixed sb9 40 60 FS
EOF
sed -E "$(sed -nE 's/^sb1 (hardrectilinear.*)/s|^sb3 .*|sb3 \1|/p' $b.blocks)" $b.blocks >"$tmp/n.blocks"
fp "$tmp/n.blocks" --nets $b.nets --pl $b.pl --objective both --constraints "$tmp/rules" || { bad "n10 with rules"; cat "$tmp/err"; }
cat >"$tmp/rules.py" <<'EOF'
import re, sys
size = {m[1]: (int(m[2]), int(m[3])) for m in re.finditer(r"^(\w+) hardrectilinear 4 \(0, 0\) \(0, \d+\) \((\d+), (\d+)\)", open(sys.argv[1]).read(), re.M)}
at = {}
for line in open(sys.argv[2]):
    n, x, y, _, o = line.split()
    w, h = size[n] if o in ("N", "S", "FN", "FS") else size[n][::-1]
    at[n] = (int(x), int(y), w, h, o)
x, y, w, h, o = ({n: v[k] for n, v in at.items()} for k in range(5))
assert 2 * x["sb0"] + w["sb0"] == x["sb1"] + x["sb3"] + w["sb3"] and y["sb1"] == y["sb3"]
assert {o["sb1"], o["sb3"]} in ({"N", "FN"}, {"S", "FS"}, {"W", "FW"}, {"E", "FE"})
assert y["sb4"] == y["sb5"]
assert x["sb7"] == x["sb6"] + w["sb6"] and y["sb6"] == y["sb7"]
assert (x["sb9"], y["sb9"], o["sb9"]) == (40, 60, "FS")
v = list(at.values())
for i, (a, b, c, d, _) in enumerate(v):
    for e, f, g, k, _ in v[:i]:
        assert a + c <= e or e + g <= a or b + d <= f or f + k <= b
EOF
check "n10 with rules: all are met, nothing overlaps" /usr/bin/python3 "$tmp/rules.py" "$tmp/n.blocks" "$tmp/out.pl"
printf '%s\n' 'symmetry point' 'pair a1 a2' 'pair b1 b2' >"$tmp/point"
{ printf '%s\nNumHardRectilinearBlocks : 5\n' "$head"; for n in a1 b1 b2 a2; do echo "$n hardrectilinear 4 (0, 0) (0, 6) (8, 6) (8, 0)"; done; echo "d hardrectilinear 4 (0, 0) (0, 12) (4, 12) (4, 0)"; } >"$tmp/cc.blocks"
fp "$tmp/cc.blocks" --constraints "$tmp/point" && [ "$(json "$tmp/j" "(d['area'], d['gap'])")" = "(240, 0)" ] && awk '{x[$1] = $2; y[$1] = $3} END {exit !(x["a1"] + x["a2"] == x["b1"] + x["b2"] && y["a1"] + y["a2"] == y["b1"] + y["b2"])}' "$tmp/out.pl" &&
    ok "common centroid: proven, legal" || { bad "common centroid"; cat "$tmp/j" "$tmp/out.pl" "$tmp/err"; }
rule() { # name message-id exit line…
    local name=$1 id=$2 want=$3
    shift 3
    printf '%s\n' "$@" >"$tmp/rule"
    "$APUGEN" floorplan $b.blocks --effort 0 --constraints "$tmp/rule" -q >/dev/null 2>"$tmp/err"
    local got=$?
    [ $got = "$want" ] && grep -q "\[$id\]" "$tmp/err" && ok "$name" || { bad "$name: exit $got"; cat "$tmp/err"; }
}
# Critical nets: the checker adds them up, --tech makes fF of them, and they get shorter at the same outline where they alone count.
printf 'critical 1\ncritical 2 4\ncritical 3\n' >"$tmp/crit"
for o in both parasitics; do
    fp $b.blocks --nets $b.nets --pl $b.pl --constraints "$tmp/crit" --outline 500x480 --objective $o --tech n22 || cat "$tmp/err"
    cp "$tmp/j" "$tmp/j.$o"
done
check "critical nets: fF of length, bound below, shorter when they alone count" /usr/bin/python3 - "$tmp/j.both" "$tmp/j.parasitics" <<'EOF'
import json, sys
before, after = (json.load(open(f)) for f in sys.argv[1:])
for d in before, after:
    assert d["critical_nets"] == 3 and 0 < d["critical_bound"] <= d["critical_length"]
    assert 0.05 < d["critical_fF"] / d["critical_length"] < 0.3 and 0.05 < d["critical_fF_error"] < 0.6
assert after["critical_fF"] < 0.8 * before["critical_fF"] and after["objective"] == "parasitics"
EOF
rule "net that is not there" GSR-0002 3 'critical 1'
rule "critical without a net" GSR-0001 3 'critical'
rule "unit without a length" GSR-0001 3 'unit 3'
rule "unknown block in a rule" GSR-0002 3 'align left sb0 nobody'
rule "unknown rule" GSR-0001 3 'near sb0 sb1'
rule "pair outside a group" GSR-0001 3 'pair sb0 sb1'
rule "pair of unequal blocks" PLC-0005 3 'symmetry vertical' 'pair sb0 sb1'
rule "fixed twice" PLC-0005 3 'fixed sb0 0 0' 'fixed sb0 5 0'
rule "fixed on each other" PLC-0004 1 'fixed sb0 0 0' 'fixed sb1 1 1'

# Killed and called again: finished runs are taken, the result is that of a whole run; what belongs to another call is not taken. Seven blocks:
# fewer are proven, and a proof does not care where it began.
{ printf '%s\nNumHardRectilinearBlocks : 7\n' "$head"; for i in 1 2 3 4 5 6 7; do echo "k$i hardrectilinear 4 (0, 0) (0, $((i + 2))) ($((11 - i)), $((i + 2))) ($((11 - i)), 0)"; done; } >"$tmp/k.blocks"
echo 'align bottom k1 k2' >"$tmp/rule"
args=("$tmp/k.blocks" --constraints "$tmp/rule" -j 1 -q)
"$APUGEN" floorplan "${args[@]}" -o "$tmp/whole.pl" 2>"$tmp/err" || cat "$tmp/err"
[ ! -e "$tmp/whole.pl.part" ] && ok "nothing is left beside the result" || bad "nothing is left beside the result"
"$APUGEN" floorplan "${args[@]}" -o "$tmp/k.pl" 2>"$tmp/err" &
pid=$!
until [ -e "$tmp/k.pl.part/run1" ] || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
if [ -e "$tmp/k.pl.part/run1" ] && [ ! -e "$tmp/k.pl" ]; then
    cp -r "$tmp/k.pl.part" "$tmp/kept"
    "$APUGEN" floorplan "${args[@]}" -o "$tmp/k.pl" 2>"$tmp/err" && cmp -s "$tmp/k.pl" "$tmp/whole.pl" && [ ! -e "$tmp/k.pl.part" ] && ok "a killed run resumes" || bad "a killed run resumes"
    # run0: a cost of -2 and all places shifted, so that it wins; run1: a cost of -3, and the key of another call
    rm -f "$tmp/k.pl"
    cp -r "$tmp/kept" "$tmp/k.pl.part"
    /usr/bin/python3 - "$tmp/k.pl.part" <<'EOF'
import struct, sys
b = bytearray(open(sys.argv[1] + "/run0", "rb").read())
b[96:104] = struct.pack("d", -2)
b[120:148] = struct.pack("7i", *(x + 7 for x in struct.unpack("7i", b[120:148])))
open(sys.argv[1] + "/run0", "wb").write(b)
b = bytearray(open(sys.argv[1] + "/run1", "rb").read())
b[96:104], b[3] = struct.pack("d", -3), b[3] ^ 1
open(sys.argv[1] + "/run1", "wb").write(b)
EOF
    "$APUGEN" floorplan "${args[@]}" -o "$tmp/k.pl" 2>"$tmp/err"
    awk '$2 < 7 {low = 1} END {exit low || NR != 7}' "$tmp/k.pl" && ok "finished runs are taken, those of another call are not" || { bad "finished runs are taken, those of another call are not"; cat "$tmp/k.pl" "$tmp/err"; }
else skip "the run was over before it could be killed"; fi
