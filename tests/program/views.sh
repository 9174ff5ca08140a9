#!/usr/bin/env bash
# The shipped dedicated example in every view, each read back by a program that is not ours; equal bytes whatever the
# threads, locale and folder.
. "$(dirname "$0")/lib.sh"
net=examples/gen1_28nm/gen1_28nm.onnx
n28_note
opts="--arch adelia-gen1 --tech $tech --workload examples/vad/test_x.npy --labels examples/vad/test_y.npy --samples 100 -q"
a=$tmp/a b=$tmp/other/folder/b
check "run -j1" "$APUGEN" run $net $opts -j1 -o "$a"
LC_ALL=C.UTF-8 LANG=de_DE.UTF-8 TZ=Asia/Tokyo check "run -j2, another locale and folder" "$APUGEN" run $net $opts -j2 -o "$b"
check "same bytes" diff -rq --exclude=.lock "$a" "$b"
[ -e "$a/.stage" ] && bad "no left-overs" || ok "no left-overs"
for f in plan.xml netlist.sp netlist_rc.sp design.spef design.vams design.vhd tb_design.vhd tb_design.vams tech.lef cells.lef design.def \
    design.gds layout.svg power.svg instructions.bin instructions.lst kpi.json report.json report.html manifest.json; do
    [ -s "$a/$f" ] || bad "$f is there"
done
ok "every file of DESIGN §6 looked for"
[ "$(json "$a/report.json" 'd["layout"]["synapses"]')" = 2480 ] && ok "2,480 synapses" || bad "2,480 synapses"
[ "$(json "$a/report.json" 'd["violations"]')" = 0 ] && ok "no violations" || { bad "no violations"; json "$a/report.json" 'd["checks"]'; }
before=$(sha256sum "$a/manifest.json")
check "second run has nothing to do" "$APUGEN" run $net $opts -j1 -o "$a"
[ "$before" = "$(sha256sum "$a/manifest.json")" ] && ok "manifest kept" || bad "manifest kept"
if have xmllint; then
    check "plan.xml is XML" xmllint --noout "$a/plan.xml"
    check "layout.svg is XML" xmllint --noout "$a/layout.svg"
    check "power.svg is XML" xmllint --noout "$a/power.svg"
else skip "xmllint is not installed"; fi
if have klayout; then
    cat >"$tmp/read.rb" <<'RB'
gds = RBA::Layout.new; gds.read($dir + "/design.gds")
def count(l, leaf)
  top = l.cell("chip")
  n = Hash.new(0)
  top.each_inst { |i| walk(i, n, 1, leaf) }
  n
end
def walk(inst, n, mult, leaf)
  m = mult * [inst.na, 1].max * [inst.nb, 1].max
  c = inst.cell
  if c.child_cells == 0 then n[c.name] += m else c.each_inst { |i| walk(i, n, m, leaf) } end
end
g = count(gds, true)
opt = RBA::LoadLayoutOptions.new
opt.lefdef_config.lef_files = [$dir + "/tech.lef", $dir + "/cells.lef"]
opt.lefdef_config.read_lef_with_def = false
d = RBA::Layout.new; d.read($dir + "/design.def", opt)
d.top_cells.each { |c| c.name = "chip" if c.child_cells > 0 }
e = count(d, true)
File.write($dir + "/../counts.txt", "gds #{g.values.sum} def #{e.reject { |k, v| k =~ /^VIA|via/i }.values.sum} cells #{gds.cells}\n")
RB
    check "KLayout reads GDS, LEF and DEF" klayout -b -rd dir="$a" -r "$tmp/read.rb"
    want=$(json "$a/report.json" 'd["layout"]["leaf_cells"]')
    g= e=
    read -r _ g _ e _ c <"$tmp/counts.txt"
    [ "$g" = "$want" ] && ok "GDS holds $want leaf cells" || bad "GDS holds $g leaf cells, the database $want"
    [ "$e" = "$want" ] && ok "DEF holds $want leaf cells" || bad "DEF holds $e leaf cells, the database $want"
else skip "KLayout is not installed: GDS, LEF, DEF not read back"; fi
if have ngspice; then
    printf '* parse\n.include %s/models.sp\n.include %s/netlist.sp\nv1 a 0 1\nr1 a 0 1\n.op\n.end\n' "$a" "$a" >"$tmp/p.cir"
    ngspice -b "$tmp/p.cir" >"$tmp/p.log" 2>&1
    grep -qiE "error|unknown" "$tmp/p.log" && { bad "ngspice reads netlist.sp"; grep -iE "error|unknown" "$tmp/p.log" | head -3; } || ok "ngspice reads netlist.sp"
else skip "ngspice is not installed: netlist.sp not read back"; fi
if have ghdl; then
    check "GHDL analyses design.vhd" ghdl -a --std=08 --workdir="$tmp" "$a/design.vhd"
    # A relative output folder, as make demo has: every simulator runs in a folder of its own.
    here=$PWD
    (cd "$tmp" && "$APUGEN" run "$here/$net" --arch adelia-gen1 --tech $tech --workload "$here/examples/vad/test_x.npy" --labels "$here/examples/vad/test_y.npy" \
        --samples 4 --hdl 1 --spice 1 -q -o relative/folder) >"$tmp/rel.log" 2>&1 && grep -q "GHDL, nominal converter: 1 of 1" "$tmp/rel.log" \
        && grep -q "ngspice on the emitted" "$tmp/rel.log" && ok "co-simulation in a relative folder" || { bad "co-simulation in a relative folder"; tail -3 "$tmp/rel.log"; }
else skip "GHDL is not installed: design.vhd not read back"; fi
if have iverilog; then
    check "Icarus compiles design.vams" iverilog -gverilog-ams -o "$tmp/vams" "$a/design.vams" "$a/tb_design.vams"
else skip "Icarus is not installed: design.vams not read back"; fi
