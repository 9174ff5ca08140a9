#!/usr/bin/env bash
# SPICE, Verilog-AMS, VHDL, DEF, LEF and SPEF describe the same connectivity: read back by connect.py, which has readers of its
# own. Faults seeded into copies must be noticed.
. "$(dirname "$0")/lib.sh"
net=examples/gen1_28nm/gen1_28nm.onnx
check "run" "$APUGEN" run $net --arch adelia-gen1 --tech $tech -q -o "$tmp/o"
/usr/bin/python3 -B tests/program/connect.py "$tmp/o" --seed 10 || bad "connect.py ended early"
