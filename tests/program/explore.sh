#!/usr/bin/env bash
# explore: each point is what `run` gets with that converter.
. "$(dirname "$0")/lib.sh"
v=examples/vad
check "explore" "$APUGEN" explore $v/vad.onnx --arch adelia-gen2 --tech n22 --workload $v/test_x.npy --labels $v/test_y.npy --samples 40 --adc-bits 6:7 --gain 4 -o "$tmp/e" -q
"$APUGEN" run $v/vad.onnx --arch adelia-gen2 --tech n22 --workload $v/test_x.npy --labels $v/test_y.npy --samples 40 --adc-bits 7 --gain 4 -o "$tmp/r" -q 2>"$tmp/said" >/dev/null
[ $? = 0 ] && [ "$(json "$tmp/r/report.json" "d['violations']")" = 0 ] && ok "explore: run at one point" || bad "explore: run at one point: $(tail -1 "$tmp/said")"
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
check "explore: more axes" "$APUGEN" explore $v/vad.onnx --arch adelia-gen2 --tech n22 --workload $v/test_x.npy --labels $v/test_y.npy --samples 10 --adc-bits 9 --gain 4 --rows 64 --repeats 1,4 --strategy utilisation,latency -o "$tmp/a" -q
/usr/bin/python3 - "$tmp" <<'PY' && ok "explore: rows, repeats and strategies; mismatch, energy and area" || bad "explore: axes"
import csv, sys
r = list(csv.DictReader(open(sys.argv[1] + "/a/explore.csv")))
assert [(x["rows"], x["repeats"], x["strategy"]) for x in r] == [("64", "1", "utilisation"), ("64", "1", "latency"), ("64", "4", "utilisation"), ("64", "4", "latency")]
f = lambda k, name: float(r[k][name])
assert f(2, "conversions_per_inference") == 4 * f(0, "conversions_per_inference"), "four times each"
assert f(1, "latency_ms") < f(0, "latency_ms") and f(3, "latency_ms") < 0.6 * f(2, "latency_ms"), "copies: more the longer the converters take"
assert all(f(k, "energy_uJ") > f(k, "analog_uJ") > 0 and 0.5 < f(k, "cells_mm2") < 3 and 0 <= f(k, "right_with_mismatch") <= 10 for k in range(4))
PY
fails() { # what options…
    local what=$1
    shift
    "$APUGEN" explore $v/vad.onnx --arch adelia-gen2 --tech n22 --workload $v/test_x.npy --labels $v/test_y.npy -o "$tmp/x" "$@" >"$tmp/log" 2>&1
    [ $? = 2 ] && grep -q CLI-0003 "$tmp/log" && [ ! -e "$tmp/x" ] && ok "explore refuses $what" || bad "explore refuses $what"
}
fails "an empty member" --rows 16,,64
fails "a range that falls" --adc-bits 9:8
fails "a gain of 3" --gain 3
fails "17 repeats" --repeats 17
fails "an unknown strategy" --strategy latency,speed
