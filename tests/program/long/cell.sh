#!/usr/bin/env bash
# docs/cell.md whole.
. "$(dirname "$0")/lib.bash"
/usr/bin/python3 tests/program/page.py docs/cell.md long >"$tmp/all.sh"
share=$PWD
timed "cell: docs/cell.md" env "APUGEN_SHARE=$share" bash -c "cd '$tmp' && bash -x all.sh" && ok "cell: every step of docs/cell.md" || { bad "cell: docs/cell.md"; tail -5 "$tmp/run.log"; }
