#!/usr/bin/env bash
# The digital macros of an emitted design through GHDL's synthesis, Verilator's lint and Yosys: no latch, memories stay memories.
. "$(dirname "$0")/lib.sh"
for t in ghdl verilator yosys; do
    have $t || { skip "synthesis of the digital macros: $t is not installed"; exit 0; }
done
if ! /usr/bin/python3 -c 'import onnx, numpy' 2>/dev/null; then skip "synthesis of the digital macros: python3-onnx is not installed"; exit 0; fi
check "networks made" /usr/bin/python3 -B tests/program/hdl.py make "$tmp"
sed 's/apus="3" rows="64" cols="16"/apus="2" rows="48" cols="24"/; s/weight-mem="512"/weight-mem="576"/' "$tmp/small.xml" >"$tmp/other.xml"
cp mapper/arch/adelia-gen1.xml "$tmp/dedicated.xml"
emitted() { # network arch: its design in $tmp/o_arch
    check "$1 on $2" "$APUGEN" run "$tmp/$1.onnx" --arch "$tmp/$2.xml" --tech n22 --workload "$tmp/$1_x.npy" --labels "$tmp/$1_y.npy" --adc-bits 9 --gain 4 -q --stop-after emit -o "$tmp/o_$2"
}
emitted tabled other
emitted pages dedicated
vhd=$tmp/o_other/design.vhd
[ -e "$vhd" ] && [ -e "$tmp/o_dedicated/design.vhd" ] || exit 1
bash scripts/synth.sh "$vhd" >"$tmp/figures"
# of a dedicated chip what is not the same: the smallest crossbar's
bash scripts/synth.sh "$tmp/o_dedicated/design.vhd" ctrl_apu_t0 rowbuf_apu_t0 wmem_apu_t0 >"$tmp/figures_dedicated"
n=0
while read -r macro gates ff latches bits why; do
    n=$((n + 1))
    if [ "$why" = ok ] && [ "$gates" -gt 0 ] && [ "$latches" = 0 ]; then ok "$macro: $gates gate equivalents, $ff flip-flops, $bits bits of memory"
    else bad "$macro: $why"; fi
done < <(cat "$tmp/figures" "$tmp/figures_dedicated")
[ $n = 8 ] && ok "$n macros" || bad "$n macros, ctrl, rowbuf, colproc, wmem, noc, and three of a dedicated chip expected"
# What areas and energies are reckoned with, from counts of other sizes (gen/digital.c): within 5 % of what is counted here.
/usr/bin/python3 - "$tmp/o_other/report.json" "$tmp/figures" <<'PY' >"$tmp/fit" 2>&1 && ok "$(cat "$tmp/fit")" || bad "the report's gates are off: $(tail -1 "$tmp/fit")"
import json, sys
counted = {w[0]: (int(w[1]), int(w[2])) for w in map(str.split, open(sys.argv[2]))}
said = {m["name"]: (m["gates"], m["flip_flops"]) for m in json.load(open(sys.argv[1]))["macros"]}
off = {f"{k} {what}": said[k][i] / counted[k][i] - 1 for k in counted for i, what in enumerate(("gates", "flip-flops"))}
worst = max(off, key=lambda k: abs(off[k]))
assert said.keys() == counted.keys() and len(said) == 5 and abs(off[worst]) <= 0.05, (worst, off)
print(f"a size that was not fitted: the report's gates and flip-flops of 5 macros within {100 * abs(off[worst]):.1f} % of Yosys' ({worst})")
PY
# a macro that keeps its output without a clock is refused
sed '/^entity noc is/,$d' "$vhd" >"$tmp/latch.vhd"
cat >>"$tmp/latch.vhd" <<'VHD'
entity noc is
    port (A, B : in std_logic; Q : out std_logic);
end entity;
architecture rtl of noc is
    signal k : std_logic;
begin
    Q <= k;
    process (A, B) begin if B = '1' then k <= A; end if; end process;
end architecture;
VHD
sed '/^entity noc is/,$d' "$vhd" >"$tmp/loop.vhd"
cat >>"$tmp/loop.vhd" <<'VHD'
entity noc is
    port (A, B : in std_logic; Q : out std_logic);
end entity;
architecture rtl of noc is
    signal k, m : std_logic;
begin
    k <= m nand A;
    m <= k nand B;
    Q <= k;
end architecture;
VHD
bash scripts/synth.sh "$tmp/loop.vhd" noc >"$tmp/loop" 2>&1 && bad "a combinational loop passes: $(cat "$tmp/loop")" || ok "a combinational loop is refused: $(cut -d' ' -f6- "$tmp/loop")"
if bash scripts/synth.sh "$tmp/latch.vhd" noc >"$tmp/latch" 2>&1; then bad "a latch passes: $(cat "$tmp/latch")"; else ok "a latch is refused: $(cut -d' ' -f6- "$tmp/latch")"; fi
