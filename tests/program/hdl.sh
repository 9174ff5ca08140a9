#!/usr/bin/env bash
# Small networks of every kind in GHDL and in the instruction simulator: the same values, clocks, bus commands and ring words. Then the whole
# host protocol, written anew in hdl.py, over the parallel port and over SPI alone.
. "$(dirname "$0")/lib.sh"
have ghdl || { skip "ghdl is not installed: nothing simulated"; exit 0; }
have iverilog || { skip "iverilog is not installed: --hdl wants both"; exit 0; }
py="/usr/bin/python3 -B tests/program/hdl.py"
check "networks made" $py make "$tmp"
run() { # name arch options…
    local name=$1 arch=$2
    shift 2
    "$APUGEN" run "$tmp/${name%%-*}.onnx" --arch "$tmp/$arch.xml" --tech n22 --workload "$tmp/${name%%-*}_x.npy" --labels "$tmp/${name%%-*}_y.npy" --adc-bits 8 --gain 4 --hdl 2 -q "$@" \
        -o "$tmp/o_$name" >"$tmp/run.log" 2>&1 || { bad "$name: run"; tail -5 "$tmp/run.log"; return; }
    [ "$(json "$tmp/o_$name/report.json" 'd["violations"] == 0 and len(d["ghdl"]) == 2 and all(g["samples"] == g["equal"] == 2 and g["clocks"] == i["clocks"]
        and g["bus"] == i["bus"] > 0 and g["ring"] == i["ring"] > 0 and i["equal"] for g, i in zip(d["ghdl"], d["instructions"]))')" = True ] &&
        ok "$name: 2 inferences, exact and nominal: values, $(json "$tmp/o_$name/report.json" 'd["ghdl"][1]["clocks"]') clocks, bus and ring as the instruction simulator's" ||
        { bad "$name: GHDL and instruction simulator differ"; json "$tmp/o_$name/report.json" '(d["violations"], d["ghdl"])'; }
}
for n in residual pooling depthwise loads parts functions tabled; do run $n small; done
run pages paged
run tiny tiny
cp mapper/arch/adelia-gen1.xml "$tmp/dedicated.xml"
run deep dedicated
# layers that are there several times, and conversions made several times
run pooling-copies small --strategy latency
run residual-repeats small --strategy latency --repeats 3
# integers that fill digits instead of the network's
run parts-digits small --digits 1,2
# what the networks are there for
has() { # name what expression
    [ "$(json "$tmp/o_$1/report.json" "($3)")" = True ] && ok "$1: $2" || bad "$1: $2"
}
has loads "weights are loaded several times in an inference" 'd["instructions"][1]["loads"] > 1'
has loads "the host's weights and the controller contend for the bus" 'd["instructions"][1]["wait_bus"] > 0'
has pages "the program takes pages" 'd["instructions"][1]["pages"] > 1'
has pages "no page is larger than the instruction memories, and they are used" 'd["program"]["pages"] > 1 and 20 < d["program"]["fullest_page"] <= 40 and 0 < d["program"]["fullest_apu"] <= 40'
grep -q "^program   .* of the NoC controller's 40 words" "$tmp/o_pages/report.txt" && ok "pages: report.txt tells the memories' fill" || bad "pages: report.txt tells the memories' fill"
has deep "28 crossbars in two strips, none on another" 'len(d["instructions"][1]["apu_converting"]) == 28 and min(d["instructions"][1]["apu_converting"]) > 0
    and d["checks"]["drc"] == d["checks"]["lvs_shorts"] == d["checks"]["lvs_opens"] == d["checks"]["lvs_unconnected"] == 0'
has pooling-copies "a layer is there several times, and that is faster" 'd["instructions"][1]["clocks"] < '"$(json "$tmp/o_pooling/report.json" 'd["instructions"][1]["clocks"]')"
[ "$(grep -c ' copy="[1-9]' "$tmp/o_pooling-copies/plan.xml")" -gt 0 ] && ok "pooling-copies: copies in the plan" || bad "pooling-copies: no copies in the plan"
has residual-repeats "conversions take three times as long, and the program for exact sums does not repeat" '2.9 < sum(d["instructions"][1]["apu_converting"]) / sum(d["instructions"][0]["apu_converting"]) < 3.1'
[ "$(grep -c ' slices="1" digits="2" network-slices="2" network-digits="2"' "$tmp/o_parts-digits/plan.xml")" -gt 0 ] && ok "parts-digits: the plan says what was rescaled" || bad "parts-digits: the plan says nothing of digits"
has parts-digits "so does the accuracy" 'any(r["step"] == "mapped" and "not the network" in r["how"] for r in d["accuracy"])'
grep -q "^digits    weights and inputs rescaled" "$tmp/o_parts-digits/report.txt" && ok "parts-digits: and report.txt" || bad "parts-digits: report.txt says nothing"
has depthwise "several APUs work side by side" 'sum(c > 0 for c in d["instructions"][1]["apu_converting"]) > 1'

# ---- a host that is not ours: script and expected values from instructions.bin and docs/isa.md ----
ports() { # name inferences port…
    local d=$tmp/h_$1 n=$1 many=$2 p serial
    shift 2
    mkdir -p "$d"
    check "$n: script of the other host" $py host "$tmp/o_$n" $many "$tmp/${n%%-*}_x.npy" "$d"
    (cd "$d" && ghdl -a --std=08 "$tmp/o_$n/design.vhd" "$tmp/o_$n/tb_design.vhd") >"$d/log" 2>&1 || bad "$n: GHDL analyses"
    for p in "$@"; do
        serial=false
        [ $p = SPI ] && serial=true
        (cd "$d" && ghdl --elab-run --std=08 tb -gSERIAL=$serial --ieee-asserts=disable) >"$d/log" 2>&1
        if [ -s "$d/want.txt" ] && grep -E '^-?[0-9]+$' "$d/tb_out.txt" | cmp -s - "$d/want.txt"; then
            ok "$n: $many inferences over the $p port: $(wc -l <"$d/want.txt") values as computed by hand"
        else bad "$n: $p port"; tail -3 "$d/log"; diff "$d/tb_out.txt" "$d/want.txt" | head -5; fi
    done
}
ports residual 2 parallel
ports pooling 2 parallel
ports parts 2 parallel
ports functions 1 parallel
ports tabled 2 parallel
ports pooling-copies 2 parallel
ports residual-repeats 1 parallel
ports loads 1 parallel
ports tiny 2 parallel SPI
