#!/usr/bin/env bash
# Synthesis of the emitted digital macros: scripts/synth.sh DESIGN.vhd [MACRO…] (all macros without names).
# Prints a line per macro: name, gate equivalents, flip-flops, latches, memory bits, ok or what is wrong.
#
# GHDL writes multiplexers as non-blocking assignments in complete cases (COMBDLY) and loop bounds as comparisons (UNSIGNED, CMPCONST); that no latch comes of them, Yosys tells.
# GHDL turns a macro into Verilog, Verilator lints that, Yosys maps it to simple gates. Memories (entity ram) stay black boxes; their bits are in
# their names. A gate equivalent is a NAND2: transistors of a static CMOS cell / 4, with a flip-flop of 24 transistors, 8 more for
# an enable (multiplexer) and 4 for a synchronous reset. No wiring, clock tree or test logic is in it.
set -u
design=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- $(grep -oE '^entity (ctrl|rowbuf|colproc|wmem)_[A-Za-z0-9_]+ is|^entity noc is' "$design" | awk '{print $2}')
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 4
bad=0
for m in "$@"; do
    why=
    ghdl --synth --std=08 --out=verilog "$design" -e "$m" >"$m.v" 2>ghdl.log || why="GHDL: $(grep -m1 -iE 'error|raised' ghdl.log)"
    [ -n "$why" ] || verilator --lint-only -Wno-COMBDLY -Wno-UNSIGNED -Wno-CMPCONST --top-module "$m" "$m.v" >lint.log 2>&1 || why="Verilator: $(grep -m1 '^%' lint.log)"
    [ -n "$why" ] || yosys -q -p "read_verilog $m.v; blackbox ram_*; synth -flatten -top $m; tee -q -o loops check; tee -q -o stat stat" >yosys.log 2>&1 || why="Yosys: $(grep -m1 ERROR yosys.log)"
    [ -n "$why" ] || ! grep -q "found logic loop" loops || why="combinational loop: $(grep -m1 -A1 "found logic loop" loops | tr -s ' \n' ' ')"
    if [ -n "$why" ]; then
        echo "$m - - - - $why"
        bad=1
        continue
    fi
    awk -v m="$m" '
        BEGIN { t["NOT"] = 2; t["NAND"] = t["NOR"] = 4; t["AND"] = t["OR"] = t["ANDNOT"] = t["ORNOT"] = 6; t["XOR"] = t["XNOR"] = t["MUX"] = 10; t["NMUX"] = 8
                t["AOI3"] = t["OAI3"] = 6; t["AOI4"] = t["OAI4"] = 8 }
        $1 ~ /^\$_/ {
            n = $1; gsub(/^\$_|_$/, "", n); sub(/_[NP01]*$/, "", n)
            if (n in t) sum += t[n] * $2
            else if (n ~ /^S?DFF(C?E)?$/) { ff += $2; sum += (24 + (n ~ /E$/ ? 8 : 0) + (n ~ /^S/ ? 4 : 0)) * $2 }
            else if (n ~ /^DLATCH/) latch += $2
            else { bad = bad " " $1 }
        }
        $1 ~ /^ram_[0-9]+_[0-9]+_/ { split($1, p, "_"); bits += p[2] * p[3] * $2 }
        END { printf "%s %d %d %d %d %s\n", m, sum / 4, ff, latch, bits, bad ? "unknown cells:" bad : latch ? "latches" : sum + bits == 0 ? "nothing is left of it" : "ok"
              exit bad || latch || sum + bits == 0 }' stat || bad=1
done
exit $bad
