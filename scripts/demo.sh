#!/bin/sh
# The main job on the shipped example: network -> plan, netlist, layout, parasitics, all views, and the measured answer to
# "does the circuit still do the network's job?". Result in out/vad.
set -eu
cd "$(dirname "$0")/.."
sh scripts/deps.sh demo
apugen=${1:-build/apugen}
exec "$apugen" run examples/vad/vad.onnx --float examples/vad/vad_float.onnx --arch adelia-gen2 --tech n22 \
    --workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --spice 2 --hdl 1 -o out/vad
