# Shared by the long whole-program tests. Sourced, not run.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# A finished run's step of the accuracy table: right of how many samples. Prints nothing if the step is not there.
right() { # OUT step
    json "$1/report.json" "next((r['right'] for r in d['accuracy'] if r['step'] == '$2'), '')"
}
table() { # OUT: the accuracy table as comments of the test's output
    sed -n '/^accuracy/,/^$/p' "$1/report.txt" | sed 's/^/# /'
}
at_least() { # name value least
    if [ -n "$2" ] && [ "$2" -ge "$3" ]; then ok "$1: $2, at least $3"; else bad "$1: ${2:-not there}, at least $3"; fi
}
# Runs a command; what it says goes to $tmp/run.log; wall clock and memory (own and its children's largest) are printed. Returns its exit code.
timed() { # name command…
    local name=$1 code
    shift
    /usr/bin/python3 -c '
import resource, subprocess, sys, time
t = time.monotonic()
code = subprocess.call(sys.argv[3:], stdout=open(sys.argv[1], "w"), stderr=open(sys.argv[2], "w"))
print("%.1f s, %.0f MB" % (time.monotonic() - t, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))
sys.exit(code if code >= 0 else 128 - code)' "$tmp/run.out" "$tmp/run.log" "$@" >"$tmp/cost"
    code=$?
    echo "# $name: $(cat "$tmp/cost")"
    [ $code = 0 ] || grep -E "error|warning" "$tmp/run.log" | head -5
    return $code
}
stages() { grep -E "^[a-z]+ +[0-9.]+ s +[0-9]+ MB" "$tmp/run.log" | sed 's/^/# /'; } # of the run just timed
# KLayout reads both layouts; each must hold as many leaf cells as the database did.
klayout_reads() { # OUT name
    if ! have klayout; then skip "$2 in KLayout: not installed"; return; fi
    local want got
    want=$(json "$1/report.json" 'd["layout"]["leaf_cells"]')
    got=$(klayout -b -rd dir="$1" -r tests/program/long/leaf_cells.rb 2>"$tmp/klayout.log")
    if [ "$got" = "gds $want def $want" ]; then ok "$2: KLayout finds $want leaf cells in GDS and in DEF"
    else bad "$2: KLayout finds ${got:-nothing}, the database has $want"; tail -3 "$tmp/klayout.log"; fi
}
