#!/usr/bin/env bash
# What `check` says of a technology in the making: each thing that is taken away is named, and nothing else.
. "$(dirname "$0")/lib.sh"
t=$tmp/t
fresh() { rm -rf "$t" && cp -r techs/n22 "$t"; }
says() { # name pattern
    "$APUGEN" check "$t/tech.xml" >"$tmp/said" 2>&1
    if grep -Eq "$2" "$tmp/said"; then ok "technology: $1"; else bad "technology: $1"; cat "$tmp/said"; fi
}
fresh
says "the shipped one lacks nothing" "all [0-9]+ variants characterised"
sed -i 's/ role="nwell"//' "$t/tech.xml"
says "a layer's role that rules need" "tech.xml:[0-9]+: error: region nwell: no layer has a role that makes it"
fresh
sed -i '/kind="extend" a="poly" b="active"/d' "$t/tech.xml"
says "a rule of the front end" "draw +n22: no rule between poly and active"
fresh
rm "$t/cells.xml" "$t/corners.xml"
says "cells" "cells +none of [0-9]+ variants is characterised"
says "corners" "corners +not simulated"
rm "$t/models.sp"
says "models" "tech.xml:4: error: model file .*models.sp' cannot be read"
fresh
/usr/bin/python3 - "$t/cells.xml" <<'PY'
import re, sys
s = open(sys.argv[1]).read()
open(sys.argv[1], "w").write(re.sub(r'  <variant function="sar_adc" name="b10".*?</variant>\n', "", s, flags=re.S))
PY
says "a variant" "cells +[0-9]+ of [0-9]+ variants characterised; without figures: sar_adc b10$"
sed -i 's/<corner /<korner /' "$t/tech.xml"
"$APUGEN" check "$t/tech.xml" >"$tmp/said" 2>&1 && bad "technology: an unknown element is taken" || check "technology: an unknown element is refused with its line" grep -Eq "tech.xml:[0-9]+.*korner" "$tmp/said"

# The page, word for word.
if have ngspice; then
    mkdir -p "$tmp/page/bin"
    ln -s "$APUGEN" "$tmp/page/bin/apugen"
    /usr/bin/python3 tests/program/page.py docs/technology.md short >"$tmp/page/all.sh"
    [ "$(grep -c apugen "$tmp/page/all.sh")" -ge 5 ] || bad "technology: the page has lost its commands"
    check "technology: docs/technology.md, steps 1 to 4" env "PATH=$tmp/page/bin:$PATH" "APUGEN_SHARE=$PWD" bash -c "cd '$tmp/page' && bash -x all.sh"
    skip "technology: docs/technology.md, steps 5 and 6 are eight CPU minutes of simulation (tests/program/long/technology.sh)"
else
    skip "technology: ngspice is not installed"
fi
