#!/usr/bin/env bash
# Time, memory and ratios of the main stages; prints a table. Not a test: nothing here passes or fails.
set -u
cd "$(dirname "$0")/.."
apugen=${BUILD:-build}/apugen
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
one() { # name network arch tech
    /usr/bin/env bash -c "TIMEFORMAT='%R'; time $apugen run $2 --arch $3 --tech $4 -o $tmp/$1 -v >$tmp/$1.txt 2>$tmp/$1.err" 2>"$tmp/t"
    printf '%-12s %8s s  ' "$1" "$(tail -1 "$tmp/t")"
    awk '/^(map|select|build|place|route|extract|check|emit|verify) /{printf "%s %s  ", $1, $2} END{print ""}' "$tmp/$1.err"
}
echo "network to all views, without workload (stage seconds)"
one gen1_28nm examples/gen1_28nm/gen1_28nm.onnx adelia-gen1 n28
one vad_gen2 examples/vad/vad.onnx adelia-gen2 n22
one gen1_22nm examples/gen1_22nm/gen1_22nm.onnx adelia-gen1 n22
echo
echo "channels"
route() { # file options
    local f=$1 t
    shift
    t=$({ TIMEFORMAT=%U; time "$apugen" channel "$f" --format json -q "$@" >"$tmp/chan.json"; } 2>&1 | tail -1)
    printf '%-24s %7s s  %s\n' "$(basename "$f")" "$t" "$(cat "$tmp/chan.json")"
}
for f in tests/route/*.chan; do route "$f"; done
for k in random local dense sparse cyclic bus river ends mixed; do
    bench/channels.py $k 175 70 1 >"$tmp/$k-175.chan"
    route "$tmp/$k-175.chan"
done
echo "2,000 columns, one pass"
for k in random local dense sparse bus ends mixed; do
    bench/channels.py $k 2000 700 1 >"$tmp/$k-2000.chan"
    route "$tmp/$k-2000.chan" --effort 0
done
