#!/usr/bin/python3
"""How often the gates of the digital macros switch: activity.py OUT X.npy FOLDER FROM CLOCKS [MACRO…].

OUT is a built design (`apugen run … -o OUT`), X.npy its workload. GHDL plays the first inference up to clock FROM + CLOCKS; what it puts on the ports of a macro
of the first APU, and of the NoC controller, is played again clock by clock into the macro's gates (GHDL --synth, Yosys) in Icarus. Switched gate
equivalents (a NAND2's output that changes; other gates by their transistors, a flip-flop's output as its 24) are counted per clock and laid by least squares on what
happened in that clock. Without delays there are no glitches in it. gen/digital.c has what this printed.
"""
import json
import os
import re
import subprocess
import sys

import numpy

AREA = {"NOT": 2, "NAND": 4, "NOR": 4, "AND": 6, "OR": 6, "ANDNOT": 6, "ORNOT": 6, "XOR": 10, "XNOR": 10, "MUX": 10, "NMUX": 8, "AOI3": 6, "OAI3": 6, "AOI4": 8, "OAI4": 8}
LOGIC = {"NOT": "~{A}", "NAND": "~({A}&{B})", "NOR": "~({A}|{B})", "AND": "{A}&{B}", "OR": "{A}|{B}", "ANDNOT": "{A}&~{B}", "ORNOT": "{A}|~{B}", "XOR": "{A}^{B}", "XNOR": "~({A}^{B})",
         "MUX": "{S}?{B}:{A}", "NMUX": "~({S}?{B}:{A})", "AOI3": "~(({A}&{B})|{C})", "OAI3": "~(({A}|{B})&{C})", "AOI4": "~(({A}&{B})|({C}&{D}))", "OAI4": "~(({A}|{B})&({C}|{D}))"}
# What is reckoned per macro: an indicator per clock from the ports' values before the edge (v) and the clock before (b).
RUNS = {
    "ctrl": [("clock of an MVM", lambda v, b: v["BEN"]), ("XW", lambda v, b: v["XWE"])],
    "rowbuf": [("XW", lambda v, b: v["XWE"]), ("sample", lambda v, b: v["BEN"] and not b["BEN"])],
    "colproc": [("addition to half of the columns", lambda v, b: v["ACMD"] >= 2), ("clear", lambda v, b: v["ACMD"] == 1), ("column read", lambda v, b: v["RADDR"] != b["RADDR"])],
    "wmem": [("word from the host", lambda v, b: v["CMD"] == 2)],
    "noc": [("XW", lambda v, b: v["CMD"] == 1), ("word from the ring", lambda v, b: v["QI"] >> 32 & 1), ("clock busy", lambda v, b: v["BUSY"])],
}
RAM = """module ram_box #(parameter D = 2, W = 1, A = 1) (input CLK, input WE, input [A-1:0] WA, input [W-1:0] DI, input RE, input [A-1:0] RA, output reg [W-1:0] Q);
  reg [W-1:0] m [0:D-1];
  always @(posedge CLK) begin if (RE) Q <= m[RA]; if (WE) m[WA] <= DI; end
endmodule
"""


def run(cmd, cwd, out=None):
    r = subprocess.run(cmd, cwd=cwd, stdout=out or subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if r.returncode:
        sys.exit("%s: %s" % (" ".join(cmd)[:200], r.stderr[-800:]))


def changes(path):
    """(time, identifier, value) of a VCD, and names by identifier."""
    names, scope = {}, []
    with open(path) as f:
        for line in f:
            w = line.split()
            if line.startswith("$scope"):
                scope.append(w[2])
            elif line.startswith("$upscope"):
                scope.pop()
            elif line.startswith("$var"):
                names.setdefault(w[3], []).append(("/".join(scope), w[4].split("[")[0], int(w[2])))
            elif line.startswith("$enddefinitions"):
                break

        def body():
            t = 0
            for line in f:
                c = line[0]
                if c == "#":
                    t = int(line[1:])
                elif c in "01xXzZuU-":
                    yield t, line[1:-1], line[0]
                elif c in "bB":
                    v, k = line[1:].split()
                    yield t, k, v
        yield names
        for x in body():
            yield x


def number(v):
    return int(re.sub("[^01]", "0", v), 2)


def recorded(folder, scopes):
    """Per scope the values of its ports before every rising edge of the clock."""
    g = changes(folder + "/run.vcd")
    names = next(g)
    of = {}
    for k, places in names.items():
        for scope, name, width in places:
            for s in scopes:
                if scope.endswith(s):
                    of.setdefault(k, []).append((s, name.upper()))
    clk = next(k for k, p in names.items() for s, n, w in p if n == "clk" and s.endswith("tb"))
    now = {s: {} for s in scopes}
    out = {s: [] for s in scopes}
    pending, time, rises, value = [], 0, False, "0"
    for t, k, v in g:
        if t != time:
            if rises:
                for s in scopes:
                    out[s].append(dict(now[s]))
            for s, name, x in pending:
                now[s][name] = number(x)
            pending, time, rises = [], t, False
        if k == clk:
            rises, value = value == "0" and v == "1", v
        pending += [(s, name, v) for s, name in of.get(k, [])]
    return out


def netlist(folder, design, entity):
    run(["ghdl", "--synth", "--std=08", "--out=verilog", design, "-e", entity], folder, open(folder + "/m.v", "w"))
    run(["yosys", "-q", "-p", "read_verilog m.v; blackbox ram_*; synth -flatten -top %s; dfflegalize -cell $_DFF_P_ 01 -cell $_DFF_N_ 01; opt_clean; write_json m.json" % entity], folder)
    return json.load(open(folder + "/m.json"))["modules"][entity]


def verilog(m, folder, vectors, first):
    """The gates as assignments of single bits, each net dumped under its number; a bench that plays the vectors."""
    net = lambda b: "1'b0" if b in ("0", "x") else "1'b1" if b == "1" else "n%d" % b
    size, body, used, ffs = {}, [], set(), 0
    for c in m["cells"].values():
        t, p = c["type"], c["connections"]
        for b in sum(p.values(), []):
            if isinstance(b, int):
                used.add(b)
        if t.startswith("ram_"):
            d, w, a = t.split("_")[1:4]
            wide = lambda n: "{%s}" % ",".join(net(b) for b in reversed(p[n.lower()]))
            body.append("ram_box #(.D(%s), .W(%s), .A(%s)) u%d (%s);" % (d, w, a, len(body), ", ".join(".%s(%s)" % (x, wide(y)) for x, y in
                        (("CLK", "CLK"), ("WE", "WE"), ("WA", "WA"), ("DI", "D"), ("RE", "RE"), ("RA", "RA"), ("Q", "Q")))))
            continue
        kind = t[2:-1]
        if kind.startswith("DFF_"):
            body.append("reg r%d; always @(%s %s) r%d <= %s; assign %s = r%d;" % (p["Q"][0], "posedge" if kind == "DFF_P" else "negedge", net(p["C"][0]), p["Q"][0], net(p["D"][0]), net(p["Q"][0]), p["Q"][0]))
            size[p["Q"][0]] = 24 / 4
            ffs += 1
        else:
            body.append("assign %s = %s;" % (net(p["Y"][0]), LOGIC[kind].format(**{k: net(v[0]) for k, v in p.items()})))
            size[p["Y"][0]] = AREA[kind] / 4
    clock = next(k for k in ("CLK", "clk", "HCLK", "hclk") if k in m["ports"] and m["ports"][k]["direction"] == "input")
    ins = [(k, p["bits"]) for k, p in sorted(m["ports"].items()) if p["direction"] == "input" and k != clock]
    for k, p in m["ports"].items():
        used |= set(b for b in p["bits"] if isinstance(b, int))
    width = sum(len(b) for _, b in ins)
    with open(folder + "/vectors.hex", "w") as f:
        for v in vectors:
            x = 0
            for k, b in ins:
                x = x << len(b) | v.get(k.upper(), 0) & (1 << len(b)) - 1
            f.write("%x\n" % x)
    with open(folder + "/gates.v", "w") as f:
        f.write(RAM + "module gates(input clk, input [%d:0] i);\n" % (width - 1))
        f.write("".join("wire n%d;\n" % b for b in sorted(used)))
        at = width
        for k, b in ins:
            for bit in reversed(b):
                at -= 1
                f.write("assign n%d = i[%d];\n" % (bit, at))
        f.write("assign n%d = clk;\n" % m["ports"][clock]["bits"][0])
        f.write("\n".join(body) + "\nendmodule\n")
        f.write("""module bench;
  reg clk = 0; reg [%d:0] v [0:%d]; reg [%d:0] i; integer k;
  gates g(clk, i);
  initial begin
    $readmemh("vectors.hex", v);
    $dumpfile("gates.vcd");
    for (k = 0; k < %d; k = k + 1) begin
      if (k == %d) $dumpvars(1, g);
      #4 i = v[k]; #1 clk = 1; #5 clk = 0;
    end
    $finish;
  end
endmodule
""" % (width - 1, len(vectors) - 1, width - 1, len(vectors), first))
    return size, ffs


def toggles(folder, size, n):
    g = changes(folder + "/gates.vcd")
    names = next(g)
    weight = {}
    for k, places in names.items():
        for _, name, _ in places:
            if re.match(r"n\d+$", name) and int(name[1:]) in size:
                weight[k] = size[int(name[1:])]
    last, out = {}, numpy.zeros(n + 2)
    t0 = None
    for t, k, v in g:
        if t0 is None:
            t0 = t
        w = weight.get(k)
        if w is None:
            continue
        was = last.get(k)
        last[k] = v
        if was in ("0", "1") and v in ("0", "1") and v != was:
            # what follows the edge at …5 belongs to that clock; inputs come at …4 of the same ten
            out[(t - t0) // 10] += w
    return out[:n]


def main():
    design, x, work = (os.path.abspath(a) for a in sys.argv[1:4])
    start, CLOCKS = int(sys.argv[4]), int(sys.argv[5])
    macros = sys.argv[6:] or list(RUNS)
    os.makedirs(work, exist_ok=True)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    scopes = {m: "/i_noc" if m == "noc" else "/i_apu0/i_" + m for m in macros}
    if not os.path.exists(work + "/run.vcd"):
        run([sys.executable, "-B", here + "/tests/program/hdl.py", "host", design, "1", x, work], work)
        open(work + "/waves", "w").write("$ version 1.1\n/tb/clk\n" + "".join("/tb/dut%s/%s\n" % (s, p.lower()) for m, s in scopes.items() for p in ports(design + "/design.vhd", m)))
        run(["ghdl", "-a", "--std=08", "-O2", design + "/design.vhd", design + "/tb_design.vhd"], work)
        before = sum(1 for l in open(work + "/tb_host.txt") if l[0] == "W")
        run(["ghdl", "--elab-run", "--std=08", "tb", "--ieee-asserts=disable", "--read-wave-opt=waves", "--vcd=run.vcd", "--vcd-nodate", "--stop-time=%dns" % (10 * (before + start + CLOCKS))], work)
    rec = recorded(work, list(scopes.values()))
    for m in macros:
        entity = "noc" if m == "noc" else m + "_" + re.search(r"entity ctrl_(\w+) is", open(design + "/design.vhd").read()).group(1)
        folder = work + "/" + m
        os.makedirs(folder, exist_ok=True)
        vectors = rec[scopes[m]]
        first = len(vectors) - CLOCKS
        size, ffs = verilog(netlist(folder, design + "/design.vhd", entity), folder, vectors, first)
        run(["iverilog", "-o", "gates", "gates.v"], folder)
        run(["vvp", "-n", "gates"], folder)
        n = CLOCKS - 1
        y = toggles(folder, size, n)
        v = vectors[first:]
        a = numpy.array([[1.0] + [float(f(v[t], v[max(t - 1, 0)])) for _, f in RUNS[m]] for t in range(n)])
        fit, *_ = numpy.linalg.lstsq(a[1:], y[1:], rcond=None)
        left = 1 - ((y[1:] - a[1:] @ fit) ** 2).sum() / ((y[1:] - y[1:].mean()) ** 2).sum()
        print("%s: %.0f gate equivalents, %d flip-flops; %.0f switch per clock (%.3f %% of them); explained %.0f %%" % (m, sum(size.values()), ffs, y[1:].mean(), 100 * y[1:].mean() / sum(size.values()), 100 * left))
        for (what, f), k, c in zip([("every clock", None)] + RUNS[m], fit, a[1:].sum(axis=0)):
            print("    %8.1f per %s (%d of them)" % (k, what, c))


def ports(vhd, macro):
    entity = "noc" if macro == "noc" else macro + r"_\w+"
    body = re.search(r"entity %s is(.*?)end entity" % entity, open(vhd).read(), re.S).group(1)
    body = re.sub(r"--[^\n]*", "", body[body.index("port ("):])[6:]
    return [n.strip() for names in re.findall(r"([\w, ]+?)\s*:\s*(?:in|out|inout)", body) for n in names.split(",")]


main()
