#!/usr/bin/env bash
# The big example: the same bytes with one thread and with two, simulations included.
. "$(dirname "$0")/lib.bash"
opts="--arch adelia-gen2 --tech n22 --workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --samples 100"
have ngspice && opts="$opts --spice 2"
have ghdl && have iverilog && opts="$opts --hdl 1"
for j in 1 2; do timed "vad -j$j" "$APUGEN" run examples/vad/vad.onnx $opts -j$j -o "$tmp/j$j" && ok "vad: run -j$j" || bad "vad: run -j$j"; done
n=$(json "$tmp/j1/manifest.json" 'len(d["outputs"])')
if [ "${n:-0}" -ge 20 ] && diff -rq --exclude=.lock "$tmp/j1" "$tmp/j2"; then ok "vad: $n outputs, the same bytes with -j1 and -j2"
else bad "vad: $n outputs, the same bytes with -j1 and -j2"; fi
