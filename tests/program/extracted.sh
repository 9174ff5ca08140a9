#!/usr/bin/env bash
# The drawn synapse's wires in ngspice: straight within 0.2 % of full scale, gain as the extracted capacitances say; the bare column has gain 1.
. "$(dirname "$0")/lib.sh"
have ngspice || { skip "extracted: no ngspice"; exit 0; }
"$APUGEN" characterize synapse_cu1f_rvt --extracted --tech n22 >"$tmp/table" 2>"$tmp/err" || { bad "extracted: exit $?"; cat "$tmp/err" "$tmp/table"; }
/usr/bin/python3 - "$tmp/table" <<'PY' && ok "extracted: $(tail -1 "$tmp/table" | tr -s ' ')" || bad "extracted: figures"
import sys
rows = [l.split() for l in open(sys.argv[1])]
assert len(rows) == 2, rows
name, c, plates, w0, w1, w2, ratio, held, row, bare, drawn, off, bare_max, worst, rms = rows[1]
pc = lambda s: float(s.rstrip("%"))
assert abs(float(c) - 7) < 1e-3, c                       # 1 + 2 + 4 fF
assert min(float(w0), float(w1), float(w2)) > 0
assert abs(float(plates) + float(w0) + float(w1) + float(w2) - 7) < 7e-3   # fingers and wires together are the circuit's
assert pc(ratio) <= 0.02                                 # and each bit is, of all; 0.6 with fingers by the density's formula
assert abs(float(bare) - 1) < 1e-3 and 0.8 < float(drawn) < float(bare)
assert pc(bare_max) < pc(rms) < pc(worst) <= 0.2         # wires cost linearity, little
assert abs(pc(off)) <= 2
# by hand: what stands still divides the charge
assert abs(float(drawn) / float(bare) * (1 + (float(held) + float(row)) / float(c)) - 1 - pc(off) / 100) < 2e-3
PY
"$APUGEN" characterize nosuch --extracted --tech n22 >"$tmp/table" 2>"$tmp/err"
[ $? = 2 ] && grep -q nosuch "$tmp/err" && ok "extracted: unknown variant" || bad "extracted: unknown variant"
# The emitted netlist holds the same couplings, and ngspice's column the weights that the model gives them.
"$APUGEN" run examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n22 --workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --samples 50 --spice 2 -q -o "$tmp/o" \
    || bad "extracted: run"
[ "$(grep -c '^Cw:[0-9]* [^ ]* COL ' "$tmp/o/netlist_rc.sp")" = 6 ] && ! grep -q '^Cw:' "$tmp/o/netlist.sp" && ok "extracted: six couplings in the synapse of netlist_rc.sp" || bad "extracted: couplings of netlist_rc.sp"
/usr/bin/python3 - "$tmp/o/report.json" <<'PY' && ok "extracted: ngspice on the drawn synapse's netlist agrees with the model" || bad "extracted: model against ngspice"
import json, sys
d = json.load(open(sys.argv[1]))
w, m, s = d["synapse_wires"], d["model"], d["spice"]
for k, j in (("par_xp_f", "xp_fF"), ("par_xn_f", "xn_fF"), ("par_xs_f", "xs_fF")):
    assert abs(m[k] * 1e15 - w[j]) < 1e-6 and w[j] > 0
unit = m["unit_cap_f"] * 1e15
assert all(abs(p + q - unit * 2**b) < 2e-3 * unit for b, (p, q) in enumerate(zip(w["plates_fF"], w["wires_fF"]))), w
assert [round(m[f"par_bit{b}_f"] * 1e15, 6) for b in range(3)] == [round(v, 6) for v in w["bits_fF"]]
print(s)
assert s["rms_lsb"] < 0.5 and s["rms_fit_lsb"] < 0.05, s   # LSB at 10 bit, gain 4; the wires are far more
PY
# The wires of the converter's input: once in the netlist, the same in the model; a column's charge is divided alike in both. What the cell of the library has is not counted again.
/usr/bin/python3 - "$tmp/o/report.json" "$tmp/o/netlist_rc.sp" techs/n22/cells.xml <<'PY' && ok "extracted: the wires of the converter's input, in netlist and model" || bad "extracted: wires of the converter's input"
import json, re, sys
d = json.load(open(sys.argv[1]))
m, cells = d["model"], open(sys.argv[3]).read()
caps = re.findall(r"^Cw:\d+ in VSS (\S+)$", open(sys.argv[2]).read(), re.M)
wires = sum(m[f"input_{k}_f"] for k in ("held", "other", "top")) + abs(m["input_last_f"]) + sum(abs(f) for k in ("bottom", "code", "trial", "kept") for f in m[f"input_{k}_f"])
assert len(caps) == 1 and abs(float(caps[0]) / wires - 1) < 1e-4 and wires > 5e-15, (caps, wires)
assert abs(d["converter"]["input_fF"] * 1e-15 / wires - 1) < 1e-6
def figure(function, what):
    name = next(s["variant"] for s in d["select"] if s["function"] == function)
    data = re.search(rf'function="{function}" name="{name}".*?<data ([^>]*)>', cells, re.S).group(1)
    return float(re.search(rf'(?<![a-z-]){what}="([\d.]+)fF"', data).group(1)) * 1e-15
bare = figure("col_end", "c-in") + figure("col_end", "c-out") + figure("sar_adc", "c-in") - figure("sar_adc", "c-wires")
assert abs(m["par_column_f"] - bare - wires) < 1e-20, (m["par_column_f"], bare, wires)
for c in d["spice"]["each"]:
    assert c["converged"] and abs(c["gain_spice"] / c["gain_model"] - 1) < 0.015, c  # looked at 2 ns after the select, VCM has not settled for 0.9 %; 10 ns later 0.1 to 0.4 are left
    assert wires / (7 * m["unit_cap_f"] * c["rows"] / c["gain_model"]) > 0.03, c  # without them on either side gains would differ by that
PY
# The flow's own converter: measured at the plan's setting, in the model, told.
/usr/bin/python3 - "$tmp/o/report.json" <<'PY' && grep -q "^converter its wires at 10 bit, gain 4: INL" "$tmp/o/report.txt" && grep -q "converter's thresholds" "$tmp/o/report.html" && ok "extracted: the flow's converter is measured" || bad "extracted: the flow's converter"
import json, sys
d = json.load(open(sys.argv[1]))
c, m = d["converter"], d["model"]
assert c["drawn"] and [(s["bits"], s["gain"]) for s in c["settings"]] == [(10, 4)], c
s = c["settings"][0]
assert 0 < s["inl_lsb"] < s["limit_lsb"] and s["limit_lsb"] == max(0.5, s["noise_lsb"]), s
assert m["array_bits"] == 10 and m["logic_v"] == 0.8
assert all(abs(f * 1e15 - 0.5 * 2**b) < 0.05 for b, f in enumerate(m["array_bottom_f"][:10])), m["array_bottom_f"]   # fF; the unit is 0.5
load = sum(m[k] for k in ("array_held_f", "array_other_f")) + sum(m["array_bottom_f"])
assert abs(s["step"] - 512e-15 / load) < 0.01                # what hangs on the top makes steps smaller
PY
# A drawn converter's thresholds: three gains, straight within half an LSB.
"$APUGEN" characterize sar_adc_b8 --extracted --tech n22 >"$tmp/table" 2>"$tmp/err" || { bad "extracted: converter: exit $?"; cat "$tmp/err" "$tmp/table"; }
/usr/bin/python3 - "$tmp/table" <<'PY' && ok "extracted: b8's INL and DNL with its wires: $(awk 'NR > 1 {printf "%s, %s; ", $6, $7}' "$tmp/table")" || bad "extracted: converter"
import sys
rows = [l.split() for l in open(sys.argv[1])][1:]
assert [r[1] for r in rows] == ["1", "2", "4"]
for name, gain, top, other, step, inl, dnl, missing, bound, wires, column in rows:
    assert 256 < float(top) < 330                # 256 units of 1 fF, and what holds it
    assert 0 < float(inl) < 0.5 and 0 < float(dnl) < 0.5 and missing == "0"
    assert 1 < float(wires) < 20 and 0 < float(column) < 0.5     # on 448 fF: 0.98 when its wire passed below bottom plates
PY
