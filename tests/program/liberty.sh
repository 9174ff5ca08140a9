#!/usr/bin/env bash
# Liberty: read and mapped with by Yosys and ABC, what they make proven equal to its source; a ring of inverters in ngspice against the tables.
. "$(dirname "$0")/lib.sh"
if ! have ngspice; then skip "liberty: ngspice is not installed"; exit 0; fi
check "liberty: characterised" "$APUGEN" characterize inv buf nand2 nor2 latch --liberty "$tmp/n22.lib" --tech n22
[ -s "$tmp/n22.lib" ] || exit 1
"$APUGEN" characterize xor9 --liberty "$tmp/x.lib" --tech n22 2>"$tmp/err" && bad "liberty: an unknown cell is taken" || check "liberty: an unknown cell is refused" grep -q CHR-0006 "$tmp/err"

check "liberty: bare" "$APUGEN" characterize inv buf --bare --liberty "$tmp/bare.lib" --tech n22

cat >"$tmp/ring.py" <<'PY'
import bisect, re, subprocess, sys
lib, tmp, cells, models = sys.argv[1:]
s = open(lib).read()
inv = s[s.index("cell (inv)"):s.index("cell (buf)")]
axis = [[float(v) for v in re.search(r'index_%d \("([^"]*)"' % k, s).group(1).split(",")] for k in (1, 2)]
cap = float(re.search(r"capacitance : ([0-9.e-]+)", inv).group(1))
def table(name): return [[float(v) for v in row.split(",")] for row in re.findall(r'"([^"]*)"', re.search(name + r" \(timing\) \{\s*values \((.*?)\);", inv, re.S).group(1))]
def look(t, x, y):
    def at(a, v):
        i = min(max(bisect.bisect(a, v) - 1, 0), len(a) - 2)
        return i, (v - a[i]) / (a[i + 1] - a[i])
    (i, f), (j, g) = at(axis[0], x), at(axis[1], y)
    return (t[i][j] * (1 - f) + t[i + 1][j] * f) * (1 - g) + (t[i][j + 1] * (1 - f) + t[i + 1][j + 1] * f) * g
load = cap + 1.0
rise, fall = 20.0, 20.0
for _ in range(50): rise, fall = look(table("rise_transition"), fall, load), look(table("fall_transition"), rise, load)
want = 7 * (look(table("cell_rise"), fall, load) + look(table("cell_fall"), rise, load))
deck = "* ring\n.include models.sp\n.include cells.sp\n.option method=gear reltol=1e-4\nvdd vdd 0 0.8\nven en 0 pwl(0 0 50p 0 55p 0.8)\n"
deck += "".join(f"x{i} n{i} n{(i + 1) % 7} vdd 0 inv\nc{i} n{i} 0 1f\n" for i in range(7)) + ".ic v(n0)=0.8 v(n1)=0 v(n2)=0.8 v(n3)=0 v(n4)=0.8 v(n5)=0 v(n6)=0.8\n"
deck += ".meas tran p trig v(n0) val=0.4 rise=3 targ v(n0) val=0.4 rise=5\n.tran 1p 3n uic\n.end\n"
open(tmp + "/ring.sp", "w").write(deck)
for name, path in (("models.sp", models), ("cells.sp", cells)): open(tmp + "/" + name, "w").write(open(path).read())
log = subprocess.run(["ngspice", "-b", "ring.sp"], cwd=tmp, capture_output=True, text=True).stdout
got = float(re.search(r"^p\s*=\s*(\S+)", log, re.M).group(1)) / 2 * 1e12
print(f"ring of 7 with 1 fF each: {got:.1f} ps in ngspice, {want:.1f} ps from the tables ({100 * (want / got - 1):+.1f} %)")
assert abs(want / got - 1) < 0.08
PY
"$APUGEN" draw inv --tech n22 -o "$tmp/draw" -q || bad "liberty: draw"
/usr/bin/python3 "$tmp/ring.py" "$tmp/bare.lib" "$tmp" "$tmp/draw/cells.sp" techs/n22/models.sp >"$tmp/ring.txt" 2>&1 && ok "liberty: $(cat "$tmp/ring.txt")" || { bad "liberty: ring"; tail -3 "$tmp/ring.txt"; }

# With the wires inside the drawn cell every edge is later and every input heavier, by what they are beside the gates: some percent to a half.
cat >"$tmp/wires.py" <<'PY'
import re, sys
def cell(path, name):
    s = open(path).read()
    s = s[s.index("cell (%s)" % name):]
    s = s[:s.index("\n  cell (", 1)] if "\n  cell (" in s[1:] else s
    cap = float(re.search(r"capacitance : ([0-9.e-]+)", s).group(1))
    return cap, [float(v) for kind in ("cell_rise", "cell_fall") for row in re.findall(r'"([^"]*)"', re.search(kind + r" \(timing\) \{\s*values \((.*?)\);", s, re.S).group(1)) for v in row.split(",")]
tmp = sys.argv[1]
for name in ("inv", "buf"):
    (c, d), (c0, d0) = (cell("%s/%s.lib" % (tmp, f), name) for f in ("n22", "bare"))
    assert 1.02 < c / c0 < 1.5, (name, c, c0)
    assert len(d) == 50 and all(1 < a / b < 1.5 for a, b in zip(d, d0) if b > 0.5), (name, d, d0)
PY
check "liberty: wires inside cells make them slower and heavier" /usr/bin/python3 "$tmp/wires.py" "$tmp"

# At corners: a file each, the slow ones slower than typical at the largest load, the fast ones faster; the latch is cleared, the later the larger its load.
check "liberty: at corners" "$APUGEN" characterize inv --liberty "$tmp/c.lib" --corners sign-off --tech n22
cat >"$tmp/corners.py" <<'PY'
import re, sys
def tables(path, cell, kind):
    s = open(path).read()
    s = s[s.index("cell (%s)" % cell):]
    return [[float(v) for row in re.findall(r'"([^"]*)"', t) for v in row.split(",")] for t in re.findall(kind + r" \(timing\) \{\s*values \((.*?)\);", s, re.S)]
tmp = sys.argv[1]
typ = tables(tmp + "/n22.lib", "inv", "cell_rise")[0]
for point, slow in (("ss_m40c_0p72v", 1), ("ss_125c_0p72v", 1), ("ff_m40c_0p88v", 0), ("ff_125c_0p88v", 0)):
    path = "%s/c_%s.lib" % (tmp, point)
    text = open(path).read()
    assert "library (n22_%s)" % point in text and "nom_temperature : %s;" % point.split("_")[1][:-1].replace("m", "-") in text
    at = tables(path, "inv", "cell_rise")[0]
    assert all((a > t) if slow else (a < t) for a, t in zip(at[4::5], typ[4::5])), (point, at, typ)
s = open(tmp + "/n22.lib").read()
latch = s[s.index("cell (latch)"):]
clear = latch[latch.index("timing_type : clear;"):]
fall = [[float(v) for v in row.split(",")] for row in re.findall(r'"([^"]*)"', re.search(r"cell_fall \(timing\) \{\s*values \((.*?)\);", clear, re.S).group(1))]
assert len(fall) == 5 and all(0 < a < b for row in fall[:2] for a, b in zip(row, row[1:])), fall
PY
check "liberty: corners and resets are ordered" /usr/bin/python3 "$tmp/corners.py" "$tmp"

if ! have yosys || ! have berkeley-abc; then skip "liberty: yosys or abc is not installed"; exit 0; fi
cat >"$tmp/t.v" <<'V'
module t(input [3:0] a, b, input s, output [4:0] y, output p); assign y = s ? a - b : a + b; assign p = ^a; endmodule
V
cat >"$tmp/eq.ys" <<Y
read_verilog $tmp/t.v
synth -flatten -top t
abc -liberty $tmp/n22.lib
stat -liberty $tmp/n22.lib
select -assert-none t:\$_*
rename t mapped
setattr -mod -unset top mapped
read_liberty -ignore_miss_data_latch $tmp/n22.lib
read_verilog $tmp/t.v
proc
flatten
miter -equiv -flatten -make_outputs t mapped m
sat -verify -prove trigger 0 m
Y
check "liberty: Yosys reads a corner's" yosys -q -p "read_liberty -lib $tmp/c_ss_m40c_0p72v.lib"
if yosys "$tmp/eq.ys" >"$tmp/eq.log" 2>&1 && grep -q "SAT proof finished - no model found: SUCCESS" "$tmp/eq.log" && grep -q "Chip area for module" "$tmp/eq.log"
then ok "liberty: Yosys and ABC map with it, and the netlist of its cells is proven equal"
else bad "liberty: yosys"; tail -5 "$tmp/eq.log"; fi
