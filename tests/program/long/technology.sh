#!/usr/bin/env bash
# docs/technology.md whole, simulations included.
. "$(dirname "$0")/lib.bash"
mkdir -p "$tmp/page/bin"
ln -s "$APUGEN" "$tmp/page/bin/apugen"
/usr/bin/python3 tests/program/page.py docs/technology.md long >"$tmp/page/all.sh"
share=$PWD
timed "technology: docs/technology.md" env "PATH=$tmp/page/bin:$PATH" "APUGEN_SHARE=$share" bash -c "cd '$tmp/page' && bash -x all.sh" &&
    ok "technology: every step of docs/technology.md" || { bad "technology: docs/technology.md"; tail -5 "$tmp/run.log"; }
