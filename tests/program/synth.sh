#!/usr/bin/env bash
# The digital macros of an emitted design through GHDL's synthesis, Verilator's lint and Yosys: no latch, memories stay memories.
. "$(dirname "$0")/lib.sh"
for t in ghdl verilator yosys; do
    have $t || { skip "synthesis of the digital macros: $t is not installed"; exit 0; }
done
o=$tmp/o
check "small example" "$APUGEN" run examples/gen1_28nm/gen1_28nm.onnx --arch adelia-gen1 --tech n22 -q --stop-after emit -o "$o"
vhd=$o/design.vhd
[ -e "$vhd" ] || exit 1
bash scripts/synth.sh "$vhd" >"$tmp/figures"
n=0
while read -r macro gates ff latches bits why; do
    n=$((n + 1))
    if [ "$why" = ok ] && [ "$gates" -gt 0 ] && [ "$latches" = 0 ]; then ok "$macro: $gates gate equivalents, $ff flip-flops, $bits bits of memory"
    else bad "$macro: $why"; fi
done <"$tmp/figures"
[ $n -ge 5 ] && ok "$n macros" || bad "$n macros, ctrl, rowbuf, colproc, wmem and noc expected"
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
