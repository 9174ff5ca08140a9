# Shared by the whole-program tests. APUGEN is the program, tmp a folder that goes away. Sourced, not run.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
APUGEN=${APUGEN:-$PWD/build/apugen}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
ok() { echo "ok $*"; }
bad() { echo "not ok $*"; }
skip() { echo "skip $*"; }
check() { # name command…
    local name=$1
    shift
    if "$@" >"$tmp/check.log" 2>&1; then ok "$name"; else bad "$name"; tail -5 "$tmp/check.log"; fi
}
have() { command -v "$1" >/dev/null; }
json() { # file python-expression over d
    /usr/bin/python3 -c "import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))" "$1" "$2"
}
# The small example's technology; n22 as long as the converter of n28 is not characterised.
tech=n28
if ! grep -q sar_adc techs/n28/cells.xml 2>/dev/null; then tech=n22; fi
n28_note() { [ $tech = n28 ] || skip "n28: its converter is not characterised yet (techs/n28/cells.xml); the same network in n22 instead"; }
