#!/usr/bin/env bash
# The drawn synapse's wires in ngspice: straight within 0.2 % of full scale, gain as the extracted capacitances say; the bare column has gain 1.
. "$(dirname "$0")/lib.sh"
have ngspice || { skip "extracted: no ngspice"; exit 0; }
"$APUGEN" characterize cu1f_rvt --extracted --tech n22 >"$tmp/table" 2>"$tmp/err" || { bad "extracted: exit $?"; cat "$tmp/err" "$tmp/table"; }
/usr/bin/python3 - "$tmp/table" <<'PY' && ok "extracted: $(tail -1 "$tmp/table" | tr -s ' ')" || bad "extracted: figures"
import sys
rows = [l.split() for l in open(sys.argv[1])]
assert len(rows) == 2, rows
name, c, plates, switched, held, row, bare, drawn, off, bare_max, worst, rms = rows[1]
pc = lambda s: float(s.rstrip("%"))
assert abs(float(c) - 7) < 1e-3, c                       # 1 + 2 + 4 fF
assert abs(float(bare) - 1) < 1e-3 and 0.8 < float(drawn) < float(bare)
assert pc(bare_max) < pc(rms) < pc(worst) <= 0.2         # wires cost linearity, little
assert abs(pc(off)) <= 2
# by hand: what stands still divides the charge
assert abs(float(drawn) / float(bare) * (1 + (float(held) + float(row)) / (float(c) + float(switched))) - 1 - pc(off) / 100) < 2e-3
PY
"$APUGEN" characterize nosuch --extracted --tech n22 >"$tmp/table" 2>"$tmp/err"
[ $? = 2 ] && grep -q nosuch "$tmp/err" && ok "extracted: unknown variant" || bad "extracted: unknown variant"
