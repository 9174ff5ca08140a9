#!/usr/bin/env bash
# Drawings and verdicts that are kept by content: the same bytes with, without and after them, new ones for another rule, damaged ones are none.
. "$(dirname "$0")/lib.sh"
export APUGEN_CACHE=$tmp/kept
draw() { "$APUGEN" draw row_driver_x05_slvt inv --tech "$1" -q -o "$2" >"$tmp/said" 2>&1 || bad "draw: $(tail -1 "$tmp/said")"; }
kept() { find "$APUGEN_CACHE" -name "*.$1" 2>/dev/null | wc -l; }

draw n28 "$tmp/a"
n=$(kept cell)
[ "$n" -ge 1 ] && ok "kept: $n drawings" || bad "kept: nothing is kept"
draw n28 "$tmp/b"
APUGEN_CACHE='' draw n28 "$tmp/c"
diff -rq "$tmp/a" "$tmp/b" && diff -rq "$tmp/a" "$tmp/c" && ok "kept: the same bytes with, without and from kept drawings" || bad "kept: other bytes"
[ "$(kept cell)" = "$n" ] && ok "kept: nothing was drawn twice" || bad "kept: $(kept cell) drawings instead of $n"

# What was drawn comes from there: a shape moved in a kept drawing, its sum put right, is seen in the result; with a wrong sum it is not.
forge() { # right|wrong
    /usr/bin/python3 - "$1" "$APUGEN_CACHE" <<'PY'
import glob, hashlib, sys
for f in glob.glob(sys.argv[2] + "/*.cell"):
    b = bytearray(open(f, "rb").read())
    b[-12] ^= 4
    if sys.argv[1] == "right":
        b[:64] = hashlib.sha256(bytes(b[65:])).hexdigest().encode()
    open(f, "wb").write(b)
PY
}
forge wrong
draw n28 "$tmp/d"
diff -rq "$tmp/a" "$tmp/d" >/dev/null && ok "kept: a damaged drawing is drawn again" || bad "kept: a damaged drawing was used"
forge right
"$APUGEN" draw row_driver_x05_slvt inv --tech n28 -q -o "$tmp/e" >"$tmp/said" 2>&1
diff -rq "$tmp/a" "$tmp/e" >/dev/null && bad "kept: drawings are not taken from there" || ok "kept: drawings are taken from there, and judged as ever"
rm -r "$APUGEN_CACHE"

# Another technology is another drawing, even if one rule alone differs.
mkdir -p "$tmp/t"
cp techs/n28/* "$tmp/t/"
draw n28 "$tmp/a"
n=$(kept cell)
echo '<!-- another file -->' >>"$tmp/t/tech.xml"
draw "$tmp/t/tech.xml" "$tmp/f"
[ "$(kept cell)" = $((2 * n)) ] && ok "kept: another tech.xml has drawings of its own" || bad "kept: $(kept cell) drawings of two technologies, $n of one"

# A flow keeps verdicts without a fault, and says the same from them.
run() { "$APUGEN" run examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n28 --stop-after emit -q -o "$1" >"$tmp/said" 2>&1 || bad "run: $(tail -1 "$tmp/said")"; }
run "$tmp/g"
[ "$(kept drc)" -ge 5 ] && [ "$(kept drc)" = "$(kept lvs)" ] && ok "kept: $(kept drc) verdicts" || bad "kept: $(kept drc) and $(kept lvs) verdicts"
run "$tmp/h"
APUGEN_CACHE='' run "$tmp/i"
diff -rq "$tmp/g" "$tmp/h" && diff -rq "$tmp/g" "$tmp/i" && ok "kept: a flow gives the same bytes from kept verdicts and without" || bad "kept: other bytes of a flow"
