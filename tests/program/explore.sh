#!/usr/bin/env bash
# explore: each point is what `run` gets with that converter.
. "$(dirname "$0")/lib.sh"
v=examples/vad
check "explore" "$APUGEN" explore $v/vad.onnx --arch adelia-gen2 --tech n22 --workload $v/test_x.npy --labels $v/test_y.npy --samples 40 --adc-bits 6:7 --gain 4 -o "$tmp/e" -q
check "explore: run at one point" "$APUGEN" run $v/vad.onnx --arch adelia-gen2 --tech n22 --workload $v/test_x.npy --labels $v/test_y.npy --samples 40 --adc-bits 7 --gain 4 -o "$tmp/r" -q
/usr/bin/python3 - "$tmp" <<'PY' && ok "explore: accuracy, conversions, time and energy are those of the run" || bad "explore differs from run"
import csv, json, sys
t = sys.argv[1]
rows = list(csv.DictReader(open(t + "/e/explore.csv")))
assert [(r["adc_bits"], r["gain"], r["of"]) for r in rows] == [("6", "4", "40"), ("7", "4", "40")]
run = json.load(open(t + "/r/report.json"))
point = rows[1]
adc = next(r for r in run["accuracy"] if r["step"] == "ADC")
assert int(point["right"]) == adc["right"], (point, adc)
assert int(point["conversions_per_inference"]) == run["conversions"]["per_inference"], run["conversions"]
assert abs(float(point["latency_ms"]) / (run["kpi"]["latency_s"] * 1e3) - 1) < 1e-3
assert abs(float(point["analog_uJ"]) / (run["kpi"]["analog_energy_J"] * 1e6) - 1) < 1e-3, (point, run["kpi"]["analog_energy_J"])
PY
