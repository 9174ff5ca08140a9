#!/usr/bin/python3
"""connect.py OUT [--seed N] [--limit MB]: do SPICE, DEF, LEF, SPEF, VHDL and Verilog-AMS in OUT describe the same connectivity?

Prints `ok NAME`, `not ok NAME` with the first differences, `skip NAME: reason`. What is compared:
  def      netlist.sp flattened to leaf terminals  =  DEF components, pins, nets: masters and the partition of all terminals
  lef      leaf subcircuits' ports  =  LEF macros' pins, and their directions = VHDL's modes where there is an entity
  rc       netlist_rc.sp with its resistors as wires  =  netlist.sp, leaf terminals
  spef     what hangs on each net of SPEF  =  DEF's net of that name
  vhdl     chip and APUs: entities' bits = subcircuits' ports; instances, and the partition of their terminals, in each. Supplies
           are not in VHDL; below APUs' instances only ports are compared (those are behaviour)
  vams     crossbars of design.vams: ports; row drivers, tiles, converters and their chains of columns = the flattened subcircuit.
           The model has no level shifters and buffers: through them (row_driver WLIN-WL, block_driver BSEL-EN, ladder …IN-…,
           col_end GCOL-AIN and DIN-BL) SPICE's nets are joined first. Each net of the model must have one driver; the chain of
           capacitance must join the same tiles as the chain of charge; synapses of a tile = those of the tile's subcircuit
  elec     every module of electrical.vams: ports in order, every device by its nets, kind, value (transistors: w·m times one
           factor a model); bulks are not in that view
With --seed N each file is damaged N times in a copy, one small fault at a time; each must be noticed."""
import os
import random
import re
import sys

from connect_read import (Def, ReadError, Spice, Union, Vams, Vhdl, groups, modules_text, plain, read_lef, read_spef)

SUPPLY = ("VDD", "VSS")


def same_partition(a, b, an, bn):
    """Differences of two partitions; a terminal that one lacks is alone on its net there."""
    out, ab, ba = [], {}, {}
    ga, gb = groups(a), groups(b)
    for t in sorted(set(a) | set(b)):
        x, y = a.get(t, ("open", t)), b.get(t, ("open", t))
        if ab.setdefault(x, (y, t))[0] != y or ba.setdefault(y, (x, t))[0] != x:
            other = [u for u in ga.get(x, []) + gb.get(y, []) if u != t and (a.get(u) == x) != (b.get(u) == y)]
            out.append("%s is %s" % (t, "alone in both" if not other else "with %s in %s, not in %s" % (
                (other[0], an, bn) if a.get(other[0]) == x else (other[0], bn, an))))
            if len(out) >= 20:
                break
    return out


def same_sets(a, b, what, an, bn):
    a, b = set(a), set(b)
    return ["%s %s is in %s only" % (what, x, an) for x in sorted(a - b, key=str)[:5]] + \
           ["%s %s is in %s only" % (what, x, bn) for x in sorted(b - a, key=str)[:5]]


def same_dict(a, b, what, an, bn):
    return same_sets(a, b, what, an, bn) + \
           ["%s %s: %s in %s, %s in %s" % (what, k, a[k], an, b[k], bn) for k in sorted(set(a) & set(b)) if a[k] != b[k]][:5]


class Views:
    """The files as text, read when first asked for; with_text() gives a copy where one file differs."""

    READ = {"netlist.sp": Spice, "netlist_rc.sp": Spice, "design.def": Def, "cells.lef": read_lef, "design.spef": read_spef,
            "design.vhd": Vhdl, "design.vams": Vams, "electrical.vams": modules_text, "models.sp": str}

    def __init__(self, folder):
        self.folder, self.text, self.made = folder, {}, {}

    def read(self, name):
        if name not in self.text:
            with open(os.path.join(self.folder, name), encoding="utf-8") as f:
                self.text[name] = f.read()
        return self.text[name]

    def get(self, name):
        if name not in self.made:
            self.made[name] = self.READ[name](self.read(name))
        return self.made[name]

    def flat(self):
        if "flat" not in self.made:
            self.made["flat"] = self.get("netlist.sp").flatten("chip")
        return self.made["flat"]

    def with_text(self, name, text):
        v = Views(self.folder)
        v.text, v.made = dict(self.text, **{name: text}), {k: x for k, x in self.made.items() if k != name}
        if name == "netlist.sp":
            v.made.pop("flat", None)
        return v


# ---- DEF, LEF, parasitics ---------------------------------------------------------------------------------------

def check_def(v):
    part, leaves = v.flat()
    d = v.get("design.def")
    dpart, odd = d.partition(v.get("cells.lef"))
    v.note = "%d cells, %d terminals, %d nets" % (len(leaves), len(part), len(d.net))
    return odd + same_dict(leaves, d.comp, "instance", "SPICE", "DEF") + same_partition(part, dpart, "SPICE", "DEF")


MODE = {"in": "INPUT", "out": "OUTPUT", "inout": "INOUT"}


def check_lef(v):
    sp, lef, hdl, out = v.get("netlist.sp"), v.get("cells.lef"), v.get("design.vhd"), []
    out += same_sets(set(v.flat()[1].values()), lef, "cell", "SPICE", "LEF")
    v.note = "%d cells, %d pins" % (len(lef), sum(map(len, lef.values())))
    for name, pins in lef.items():
        if name in sp.sub:
            out += same_sets(sp.sub[name].ports, pins, name + ": pin", "SPICE", "LEF")
        if name in hdl.entity:
            modes = {b: MODE[m] for m, bs in hdl.entity[name].values() for b in bs}
            out += same_dict(modes, {p: x for p, x in pins.items() if p not in SUPPLY}, name + ": direction of", "VHDL", "LEF")
    chip = {b: MODE[m] for m, bs in hdl.entity["chip"].values() for b in bs}
    return out + same_dict(chip, {p: x for p, (_, x) in v.get("design.def").pins.items() if p not in SUPPLY}, "chip: direction of", "VHDL",
                           "DEF")


def check_rc(v):
    part, leaves = v.flat()
    rpart, rleaves = v.get("netlist_rc.sp").flatten("chip")
    v.note = "%d cells, %d terminals" % (len(rleaves), len(rpart))
    return same_dict(leaves, rleaves, "instance", "netlist.sp", "netlist_rc.sp") + \
        same_partition(part, rpart, "netlist.sp", "netlist_rc.sp")


def check_spef(v):
    d, spef, out = v.get("design.def"), v.get("design.spef"), []
    out += same_sets([n for n in d.net if n not in SUPPLY], [n for n in spef if n not in SUPPLY], "net", "DEF", "SPEF")
    v.note = "%d nets, %d terminals" % (len(spef), sum(map(len, spef.values())))
    for n, terms in spef.items():
        if n in d.net and n not in SUPPLY:
            out += same_sets(terms, d.net[n], n + ": terminal", "SPEF", "DEF")
    return out


# ---- VHDL -------------------------------------------------------------------------------------------------------

def check_vhdl(v):
    sp, hdl, out, todo, seen = v.get("netlist.sp"), v.get("design.vhd"), [], ["chip"], set()
    bits = 0
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in hdl.entity:
            out.append("VHDL has no entity %s" % name)
            continue
        s = sp.sub[name]
        out += same_sets([p for p in s.ports if p not in SUPPLY], [b for _, bs in hdl.entity[name].values() for b in bs], name + ": port",
                         "SPICE", "VHDL")
        if name not in hdl.block:
            if name == "chip" or s.function == "apu":
                out.append("VHDL has no architecture `structure` of %s" % name)
            continue
        part = {"PIN/" + p: p for p in s.ports if p not in SUPPLY}
        masters = {}
        for inst, master, nets, _ in s.insts:
            masters[inst] = master
            part.update(("%s/%s" % (inst, p), n) for p, n in zip(sp.sub[master].ports, nets) if p not in SUPPLY)
            todo.append(master)
        hpart, hmasters = hdl.partition(name)
        out += same_dict(masters, hmasters, name + ": instance", "SPICE", "VHDL")
        out += [name + ": " + x for x in same_partition(part, hpart, "SPICE", "VHDL")]
        bits += len(part)
    v.note = "%d entities, %d terminals" % (len(seen), bits)
    return out


# ---- Verilog-AMS ------------------------------------------------------------------------------------------------

THROUGH = {"row_driver": [("WLIN[%d]" % k, "WL[%d]" % k) for k in range(4)], "block_driver": [("BSEL", "EN")],
           "col_end_a": [("GCOL", "AIN"), ("DIN", "BL")], "col_end_b": [("GCOL", "AIN"), ("DIN", "BL")],
           "ladder": [("EVALIN", "EVAL"), ("RSTIN", "RST"), ("SELIN[0]", "SELA"), ("SELIN[1]", "SELB"), ("WEIN", "WE"), ("CLKIN", "CLK"),
                      ("STARTIN", "START"), ("VREF", "VREFP")]}


def tile_name(spice):
    """t_0[1][2] in SPICE is u_t_0_1_2 in Verilog-AMS; an element of no array is [0][0]."""
    return "u_" + (re.sub(r"\[(\d+)\]", r"_\1", spice) if "[" in spice else spice + "_0_0")


def crossbar_from_spice(sp, name):
    """-> (partition of charge and signals, partition of the capacitance chain), terminals named as the model names them."""
    tiles = {m for m, s in sp.sub.items() if s.function == "tile"}
    part, leaves = sp.flatten(name, tiles)
    u = Union()
    for leaf, master in leaves.items():
        for a, b in THROUGH.get(sp.sub[master].function, []):
            u.join(part[leaf + "/" + a], part[leaf + "/" + b])
    net = lambda t: u.find(part[t])
    at = {}  # crossbar's net -> port of the crossbar, before joining: finds what drives DONE[i], which row SGN[i] is
    for t, n in part.items():
        if t.startswith("PIN/"):
            at[n] = t[4:]
    end = {}
    for leaf, master in leaves.items():
        if sp.sub[master].function.startswith("col_end"):
            end[part[leaf + "/AIN"]] = leaf
    out, cap, joined = {}, {}, Union()
    out.update((t, net(t)) for t in part if t.startswith("PIN/") and t[4:] not in SUPPLY)
    for leaf, master in leaves.items():
        f, ports = sp.sub[master].function, sp.sub[master].ports
        row = re.fullmatch(r"SGN(?:\[(\d+)\])?", at.get(part.get(leaf + "/SGN"), "")) if f == "row_driver" else None
        if row:
            for p in ("D[0]", "D[1]", "D[2]", "SGN", "EVAL", "XP", "XN"):
                out["drv_%s/%s" % (row.group(1) or 0, p)] = net(leaf + "/" + p)
        elif f == "tile":
            columns = [p for p in ports if p.startswith("GCOL")]
            for p in ports:
                if re.match(r"XP|XN|WL|BL(\[|$)|EN$|GCOL", p):
                    out[tile_name(leaf) + "/" + p] = net(leaf + "/" + p)
            cap[tile_name(leaf) + "/C"] = part[leaf + "/" + columns[0]]
            for c in columns[1:]:
                joined.join(part[leaf + "/" + columns[0]], part[leaf + "/" + c])
        elif f == "sar_adc":
            k = re.fullmatch(r"DONE(?:\[(\d+)\])?", at.get(part[leaf + "/DONE"], ""))
            adc = "adc_%s" % ((k.group(1) or 0) if k else leaf)
            both = [end.get(part[leaf + "/AIN[%d]" % i]) for i in (0, 1)]
            for p in ports:
                if re.match(r"D(\[|$)|DONE|START|CLK", p):
                    out[adc + "/" + p] = net(leaf + "/" + p)
            out[adc + "/VREF"] = net(leaf + "/VREFP")
            for i, e in enumerate(both):
                if e:
                    out["%s/Q%s" % (adc, "AB"[i])] = net(e + "/GCOL")
                    out["%s/SEL%s" % (adc, "AB"[i])] = net(e + "/SEL" + "AB"[i])
                    out["%s/RST" % adc] = net(e + "/RST")
                    cap["%s/C%s" % (adc, "AB"[i])] = part[e + "/GCOL"]
                    out["%s/WE" % e] = net(e + "/WE")
    writes = {n for t, n in out.items() if t.endswith("/WE")}
    out = {t: n for t, n in out.items() if not t.endswith("/WE")}
    for t in [t for t in out if t.endswith("/EN")]:  # the write enable of the columns' ends is the model's tiles' own
        out[t[:-2] + "WE"] = min(writes) if len(writes) == 1 else "?"
    return out, {t: joined.find(n) for t, n in cap.items()}


def crossbar_from_vams(va, name):
    """-> (partitions as above, [complaints])"""
    mod, u, odd = va.module[name], Union(), []
    drivers = {}
    for p, d in mod.dir.items():
        if d == "input":
            for b in mod.bits(p):
                drivers.setdefault(b, []).append("port")
    for n in re.findall(r"assign (\w+) = 0\.0;", mod.body):
        drivers.setdefault(n, []).append("assign")
    part = {"PIN/" + b: b for p in mod.dir for b in mod.bits(p)}
    cap = {}
    for inst, master, conn in va.insts(name):
        m = va.module[master]
        missing = [p for p in m.dir if not any(f == p or f.startswith(p + "[") for f in conn)]
        odd += ["%s: %s has no connection" % (inst, p) for p in missing]
        for f, n in conn.items():
            if m.dir[f.split("[")[0]] == "output":
                drivers.setdefault(n, []).append(inst)
        if master == "rnm_row_driver" or master == "rnm_adc":
            for f, n in conn.items():
                (cap if f in ("CA", "CB") else part)["%s/%s" % (inst, f)] = n
        else:
            columns = m.width("BL")
            for f, n in conn.items():
                k = re.fullmatch(r"(XP|XN|QI)_(\d+)", f)
                wide = {"XP": sum(1 for p in m.dir if p.startswith("XP_")), "XN": 0, "QI": columns}
                wide["XN"] = wide["XP"]
                if k:
                    port = {"QI": "GCOL"}.get(k.group(1), k.group(1))
                    part["%s/%s" % (inst, port if wide[k.group(1)] == 1 else "%s[%s]" % (port, k.group(2)))] = n
                elif re.match(r"(WL|BL)|EN$|WE$", f):
                    part["%s/%s" % (inst, f)] = n
            for k in range(columns):
                u.join(conn["QI_%d" % k], conn["QO_%d" % k])
            u.join(conn["CI"], conn["CO"])
            cap[inst + "/C"] = conn["CI"]
    used = set(part.values()) | set(cap.values())
    odd += ["%s: %d drivers: %s" % (n, len(drivers.get(n, [])), drivers.get(n)) for n in sorted(used) if len(drivers.get(n, [])) != 1]
    return {t: u.find(n) for t, n in part.items()}, {t: u.find(n) for t, n in cap.items()}, odd


def tile_synapses(sp, name):
    """(row, column) of a tile's synapses in SPICE, found by what they hang on; a string for one that fits nowhere."""
    s, found = sp.sub[name], []
    width = {p: sum(1 for q in s.ports if q == p or q.startswith(p + "[")) for p in ("XP", "XN", "GCOL", "BL", "WL")}
    bit = lambda p, k: p if width[p] == 1 else "%s[%d]" % (p, k)
    for inst, master, nets, _ in s.insts:
        if sp.sub[master].function != "synapse":
            continue
        on = dict(zip(sp.sub[master].ports, nets))
        rows = [r for r in range(width["XP"]) if on["XP"] == bit("XP", r)]
        cols = [c for c in range(width["GCOL"]) if on["GCOL"] == bit("GCOL", c)]
        fits = len(rows) == len(cols) == 1 and on["XN"] == bit("XN", rows[0]) and on["BL"] == bit("BL", cols[0]) and \
            all(on["WL[%d]" % k] == bit("WL", 4 * rows[0] + k) for k in range(4))
        found.append((rows[0], cols[0]) if fits else inst)
    return found


def model_synapses(mod):
    found, row = [], None
    n = mod.width("BL")
    for line in mod.body.split("\n"):
        m = re.match(r" *p = XP_(\d+) - VCM;", line)
        row = int(m.group(1)) if m else row
        for what, want in ((r" *n = XN_(\d+) - VCM;", 1), (r" *r = (\d+)\*%d;" % n, 1)):
            m = re.match(what, line)
            if m and int(m.group(1)) != row:
                found.append(line.strip())
        m = re.match(r" *if \(w\[r\+(\d+)\]\[3\]\) q_(\d+) = q_(\d+) \+ w\[r\+(\d+)\]\[2:0\]\*p; else q_(\d+) = q_(\d+) \+ "
                     r"w\[r\+(\d+)\]\[2:0\]\*n;", line)
        if m:
            found.append((row, int(m.group(1))) if len(set(m.groups())) == 1 else line.strip())
    return found


def check_vams(v):
    sp, va, out = v.get("netlist.sp"), v.get("design.vams"), []
    xbars = [n for n, s in sp.sub.items() if s.function == "crossbar"]
    if not xbars:
        out.append("SPICE has no crossbar")
    terminals = synapses = 0
    for x in xbars:
        if x not in va.module:
            out.append("VAMS has no module %s" % x)
            continue
        part, cap = crossbar_from_spice(sp, x)
        vpart, vcap, odd = crossbar_from_vams(va, x)
        tiles = {tile_name(i): "rnm_" + m for i, m, _, _ in sp.sub[x].insts if sp.sub[m].function == "tile"}
        vtiles = {i: m for i, m, _ in va.insts(x) if m not in ("rnm_row_driver", "rnm_adc")}
        out += [x + ": " + o for o in odd + same_dict(tiles, vtiles, "tile", "SPICE", "VAMS") +
                same_sets(part, vpart, "terminal", "SPICE", "VAMS") + same_partition(part, vpart, "SPICE", "VAMS") +
                same_partition(cap, vcap, "SPICE's columns", "VAMS's capacitance")]
        terminals += len(part) + len(cap)
        for t in sorted({m[4:] for m in vtiles.values()} & set(sp.sub)):
            model = model_synapses(va.module["rnm_" + t])
            synapses += len(model) * list(vtiles.values()).count("rnm_" + t)
            out += same_sets(tile_synapses(sp, t), model, t + ": synapse", "SPICE", "VAMS")
    v.note = "%d crossbars, %d terminals, %d synapses" % (len(xbars), terminals, synapses)
    return out


def model_kinds(text):
    """{model or subcircuit of models.sp: nmos or pmos}"""
    kind = {m: k.lower() for m, k in re.findall(r"^\.model (\w+) (nmos|pmos)\b", text, re.M | re.I)}
    for name, body in re.findall(r"^\.subckt (\w+)(.*?)^\.ends", text, re.M | re.S | re.I):
        inner = [w for line in body.split("\n") if line[:1].lower() in ("m", "n") for w in line.split() if w in kind]
        if len(inner) == 1:
            kind[name] = kind[inner[0]]
    return kind


SCALE = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3}


def value(text):
    m = re.fullmatch(r"([-+.\deE]+?)([fpnumk]?)", text)
    return float(m.group(1)) * SCALE.get(m.group(2), 1)


def check_elec(v):
    sp, mods, kinds, out, scale = v.get("netlist.sp"), v.get("electrical.vams"), model_kinds(v.read("models.sp")), [], {}
    cells = [n for n in set(v.flat()[1].values()) if sp.sub[n].devices]
    out += same_sets(cells, mods, "cell", "SPICE", "VAMS")
    name = lambda n: re.sub(r"\[(\d+)\]", r"_\1", n)
    v.note = "%d cells, %d devices" % (len(mods), sum(len(x) for _, x in mods.values()))
    close = lambda a, b: abs(a - b) <= 2e-5 * max(abs(a), abs(b))
    for c in sorted(set(cells) & set(mods)):
        ports, lines = mods[c]
        s = sp.sub[c]
        if [name(p) for p in s.ports] != ports:
            out.append("%s: ports %s in SPICE, %s in VAMS" % (c, s.ports[:5], ports[:5]))
        if len(lines) != len(s.devices):
            out.append("%s: %d devices in SPICE, %d in VAMS" % (c, len(s.devices), len(lines)))
        for (kind, dev, arg), (a, b, rest) in zip(s.devices, lines):
            nets, good = [name(n) for n in arg[:3]], False
            if kind in "rc":
                good = nets[:2] == [a, b] and rest.count("V(%s, %s)" % (a, b)) == 1 and (
                    kind == "c" and "ddt" in rest and close(value(arg[2]), float(rest.split("*")[0])) or
                    kind == "r" and "ddt" not in rest and close(value(arg[2]), float(rest.split("/")[1])))
            else:
                d, g, src = nets
                low = "V(%s) - min(V(%s), V(%s))" % (g, d, src) if kinds.get(arg[4]) == "nmos" else "max(V(%s), V(%s)) - V(%s)" % (d, src, g)
                p = dict(w.split("=") for w in arg[5:])
                ratio = float(rest.split("*")[0]) / (value(p["w"]) * value(p.get("m", "1")))
                good = (a, b) == (d, src) and "V(%s, %s)*" % (d, src) in rest and low in rest and \
                    close(ratio, scale.setdefault(arg[4], ratio))
            if not good:
                out.append("%s: %s %s in SPICE, I(%s, %s) <+ %s in VAMS" % (c, dev, arg[:4], a, b, rest[:60]))
    return out


# ---- seeded faults ------------------------------------------------------------------------------------------------

def swap_in_line(rnd, text, pattern, wanted=lambda line: True):
    """Two different words that `pattern` finds in one line of the text change places."""
    lines = text.split("\n")
    for _ in range(10000):
        k = rnd.randrange(len(lines))
        if not wanted(lines[k]):
            continue
        m = list(re.finditer(pattern, lines[k]))
        if len(m) < 2:
            continue
        i, j = sorted(rnd.sample(range(len(m)), 2))
        a, b = m[i], m[j]
        if a.group(1) == b.group(1):
            continue
        s = lines[k]
        lines[k] = s[:a.start(1)] + b.group(1) + s[a.end(1):b.start(1)] + a.group(1) + s[b.end(1):]
        return "\n".join(lines), lines[k].strip()[:60]
    raise ReadError("no place for a fault")


def swap_lines(rnd, text, pattern):
    """Group 1 of two neighbouring matches that differ changes places."""
    m = list(re.finditer(pattern, text, re.M))
    while True:
        k = rnd.randrange(len(m) - 1)
        a, b = m[k], m[k + 1]
        if a.group(1) != b.group(1):
            return text[:a.start(1)] + b.group(1) + text[a.end(1):b.start(1)] + a.group(1) + text[b.end(1):], a.group(0).strip()[:60]


def fault_spice(rnd, text):
    text = text.replace("\n+", "")
    top = lambda l: l.startswith("X") and "=" not in l and ":" not in l.split()[-1]
    return swap_in_line(rnd, text, r"(?<= )([A-Z][\w\[\]]*)(?= )", top)


def fault_rc(rnd, text):
    text, what = fault_spice(rnd, text) if rnd.random() < 0.5 else (text.replace("\n+", ""), "")
    if what:
        return text, what
    m = rnd.choice([m for m in re.finditer(r"^Rp:([^:\n]*):0 .*\n", text, re.M) if m.group(1).split("[")[0] in ("XP", "GCOL", "BL", "AD")])
    return text[:m.start()] + text[m.end():], "without " + m.group(0).strip()[:50]


def fault_def(rnd, text):
    if rnd.random() < 0.3:
        return swap_lines(rnd, text, r"^- apu\S+ (\w+) \+ PLACED")
    at = text.index("\nNETS ")
    new, what = swap_lines(rnd, text[at:], r"^- .*\( (\S+ \S+) \)")
    return text[:at] + new, what


def fault_lef(rnd, text):
    if rnd.random() < 0.5:
        at = text.index("\nMACRO ctrl")
        new, what = swap_lines(rnd, text[at:], r"^  PIN (?!V)\S+\n    DIRECTION (\w+)")
        return text[:at] + new, what
    m = rnd.choice(list(re.finditer(r"^  PIN (\S+)\n.*?^  END \1$", text, re.M | re.S)))
    return text[:m.start()] + text[m.end() + 1:], "without " + m.group(0).split("\n")[0]


def fault_spef(rnd, text):
    m = list(re.finditer(r"^\*I (\S+) ", text, re.M))
    while True:
        a, b = (m[k] for k in sorted(rnd.sample(range(len(m)), 2)))
        if "*D_NET" in text[a.end():b.start()]:
            return text[:a.start(1)] + b.group(1) + text[a.end(1):b.start(1)] + a.group(1) + text[b.end(1):], a.group(1)


def fault_vhdl(rnd, text):
    at = text.index("architecture structure")
    new, what = swap_lines(rnd, text[at:], r"^ {12}\w+ => (\w+(?:\([^)]*\))?),?$")
    return text[:at] + new, what


def fault_vams(rnd, text):
    at = rnd.choice([m.start() for m in re.finditer(r"^module xbar", text, re.M)])
    if rnd.random() < 0.2:
        at = text.index("module ")
        new, what = swap_lines(rnd, text[at:], r"^    if \(w\[r\+\d+\]\[3\]\) (q_\d+)")
        return text[:at] + new, what
    new, what = swap_in_line(rnd, text[at:], r"(?:\.\w+\(|[{,] ?)(\w+(?:\[[\d:]+\])?)(?=[)},])")
    return text[:at] + new, what


def fault_elec(rnd, text):
    return swap_in_line(rnd, text, r"(?<=[( ])(\w+)(?=[,)])", lambda l: "<+" in l)


CHECKS = [  # name, check, what it is called, {file: fault}
    ("def", check_def, "SPICE and DEF: the same leaf cells on the same nets", {"netlist.sp": fault_spice, "design.def": fault_def}),
    ("lef", check_lef, "LEF pins are the leaf subcircuits' ports; directions as in VHDL and DEF", {"cells.lef": fault_lef}),
    ("rc", check_rc, "netlist_rc.sp joins the terminals that netlist.sp does", {"netlist_rc.sp": fault_rc}),
    ("spef", check_spef, "SPEF nets hold DEF's terminals", {"design.spef": fault_spef}),
    ("vhdl", check_vhdl, "VHDL and SPICE: chip and APUs agree bit by bit", {"design.vhd": fault_vhdl}),
    ("vams", check_vams, "Verilog-AMS and SPICE: the crossbars agree", {"design.vams": fault_vams}),
    ("elec", check_elec, "electrical.vams and SPICE: the leaf cells' devices agree", {"electrical.vams": fault_elec}),
]


def differences(check, v):
    try:
        return check(v)
    except ReadError as e:
        return ["cannot be read: %s" % e]


def main(folder, seeds, limit):
    v = Views(folder)
    for name, check, title, faults in CHECKS:
        big = [f for f in faults if os.path.getsize(os.path.join(folder, f)) > limit * 1e6]
        if big:
            print("skip %s: %s is larger than %d MB" % (title, big[0], limit), flush=True)
            continue
        v.note = ""
        diff = differences(check, v)
        print("%s %s (%s)" % ("not ok" if diff else "ok", title, v.note), flush=True)
        for d in diff[:10]:
            print("    " + d)
        for file, fault in faults.items() if seeds and not diff else ():
            rnd, missed = random.Random(1), []
            n = seeds if os.path.getsize(os.path.join(folder, file)) < 4e6 else max(1, seeds // 4)
            for _ in range(n):
                text, what = fault(rnd, v.read(file))
                if not differences(check, v.with_text(file, text)):
                    missed.append(what)
            print("%s %d of %d faults seeded into %s are noticed" % ("not ok" if missed else "ok", n - len(missed), n, file), flush=True)
            for m in missed[:5]:
                print("    missed: " + m)
        v.text.clear()  # the reports may be large; what was made of them is smaller
    return 0


if __name__ == "__main__":
    arg = sys.argv[1:]
    option = lambda name, default: int(arg[arg.index(name) + 1]) if name in arg else default
    sys.exit(main(arg[0], option("--seed", 0), option("--limit", 10 ** 6)))
