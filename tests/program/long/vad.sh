#!/usr/bin/env bash
# The shipped chips at full size: accuracy on every level, layouts in KLayout, columns in ngspice, inferences in GHDL, and all views'
# connectivity read back.
. "$(dirname "$0")/lib.bash"
data="--workload examples/vad/test_x.npy --labels examples/vad/test_y.npy"

# ---- vad, programmable: 9 bit, gain 4 ----
o=$tmp/vad
have_sim=
have ngspice && have_sim="$have_sim --spice 8" || skip "vad: ngspice is not installed, no columns simulated"
have ghdl && have iverilog && have_sim="$have_sim --hdl 3" || skip "vad: ghdl or iverilog is not installed, no inference simulated"
timed "vad on adelia-gen2, n22 with everything" "$APUGEN" run examples/vad/vad.onnx --float examples/vad/vad_float.onnx --arch adelia-gen2 \
    --tech n22 --adc-bits 9 --gain 4 $data $have_sim -v -o "$o" && ok "vad: run" || bad "vad: run"
stages
if [ -e "$o/report.json" ]; then
    table "$o"
    quantised=$(right "$o" network)
    at_least "vad: float of 1500" "$(right "$o" float)" 1335
    at_least "vad: quantised" "$quantised" 1320
    at_least "vad: mapped" "$(right "$o" mapped)" 1320
    # Two points of 1500 are 30.
    for step in ADC parasitics mismatch; do at_least "vad: $step, 9 bit, gain 4" "$(right "$o" "$step")" $((${quantised:-99999} - 30)); done
    # A single chip with the characterised converter (noise 0.8 LSB at 9 bit, gain 4): 91.8 % was measured; four points, not two.
    at_least "vad: worst chip, 9 bit, gain 4" "$(right "$o" "worst chip")" $((${quantised:-99999} - 60))
    [ "$(json "$o/report.json" 'd["violations"]')" = 0 ] && ok "vad: no violations" || bad "vad: no violations"
    if have ngspice; then
        rms=$(json "$o/report.json" 'd["spice"]["rms_lsb"]')
        [ "$(json "$o/report.json" '0 <= d["spice"]["rms_lsb"] <= 1 and d["spice"]["columns"] == 8 and d["spice"]["vectors"] >= 16')" = True ] &&
            ok "vad: 8 columns, 16 vectors in ngspice: rms $rms LSB" || { bad "vad: 8 columns, 16 vectors in ngspice"; json "$o/report.json" 'd["spice"]' | head -c 600; }
    fi
    if have ghdl; then
        [ "$(json "$o/report.json" 'len(d["ghdl"]) == 2 and all(g["samples"] == g["equal"] == 3 for g in d["ghdl"])')" = True ] &&
            ok "vad: 3 inferences in GHDL bit-equal, ideal and nominal converter" || { bad "vad: 3 inferences in GHDL bit-equal"; json "$o/report.json" 'd["ghdl"]'; }
    fi
    klayout_reads "$o" vad
    timed "vad: views compared" /usr/bin/python3 -B tests/program/connect.py "$o" || bad "vad: connect.py ended early"
    cat "$tmp/run.out"
fi
rm -rf "$o"

# ---- gen1_22nm, dedicated ----
o=$tmp/g
timed "gen1_22nm on adelia-gen1, n22" "$APUGEN" run examples/gen1_22nm/gen1_22nm.onnx --float examples/gen1_22nm/gen1_22nm_float.onnx --arch adelia-gen1 \
    --tech n22 $data -v -o "$o" && ok "gen1_22nm: run" || bad "gen1_22nm: run"
if [ -e "$o/report.json" ]; then
    table "$o"
    [ "$(json "$o/report.json" 'd["layout"]["synapses"]')" = 72846 ] && ok "gen1_22nm: 72,846 synapses" || bad "gen1_22nm: 72,846 synapses"
    [ "$(json "$o/report.json" 'd["violations"]')" = 0 ] && ok "gen1_22nm: no violations" || bad "gen1_22nm: no violations"
    klayout_reads "$o" gen1_22nm
fi
