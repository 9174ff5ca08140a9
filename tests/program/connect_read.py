"""Readers of the emitted views, written from the formats' definitions alone: nothing of apugen's code or templates is used.

SPICE   class Spice: subcircuits, flattened to terminals           DEF    class Def: components, pins, nets
VHDL    class Vhdl: entities with ports in bits, instances         VAMS   class Vams: modules, instances, continuous assignments
LEF     macros with pins and directions                            SPEF   nets with what hangs on them
A partition is a dict terminal -> net; only which terminals share a net matters, not how it is called.
"""
import re
from collections import defaultdict


class ReadError(Exception):
    """The text is not what the format allows."""


class Union:
    """Sets that grow together."""

    def __init__(self):
        self.up = {}

    def find(self, a):
        up = self.up
        while a in up:
            if up[a] in up:
                up[a] = up[up[a]]
            a = up[a]
        return a

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        if a != b:
            self.up[a] = b


# ---- SPICE ----------------------------------------------------------------------------------------------------

class Subckt:
    def __init__(self, name, ports, function):
        self.name, self.ports, self.function = name, ports, function
        self.insts, self.devices, self.shorts = [], [], []


class Spice:
    """netlist.sp and netlist_rc.sp. A resistor in a subcircuit that holds others is a wire: its ends are one net."""

    def __init__(self, text):
        self.sub, self.order = {}, []
        cur, function = None, ""
        for line in text.replace("\n+", "").split("\n"):
            word = line.split()
            if not word:
                continue
            head = word[0][0].lower()
            if word[0].lower() == ".subckt":
                if cur or word[1] in self.sub:
                    raise ReadError(".subckt %s inside or twice" % word[1])
                if len(set(word[2:])) != len(word[2:]):
                    raise ReadError(".subckt %s: a port twice" % word[1])
                cur = self.sub[word[1]] = Subckt(word[1], word[2:], function)
                self.order.append(word[1])
            elif word[0].lower() == ".ends":
                cur = None
            elif head == "*" and not cur:
                m = re.match(r"\* (\w+): (\w+)", line)
                function = m.group(2) if m else function
            elif cur and head == "x":
                term = [w for w in word[1:] if "=" not in w]
                cur.insts.append((word[0][1:], term[-1], term[:-1], [w for w in word if "=" in w]))
            elif cur and head in "mrc":
                cur.insts.append((word[0][1:], None, [head] + word[1:], []))
            elif head not in "*.":
                raise ReadError("SPICE: %r" % line[:60])
        for s in self.sub.values():
            for n, master, nets, par in s.insts:  # an X of no subcircuit here is a transistor of the model file
                if master is None:
                    s.devices.append((nets[0], n, nets[1:]))
                elif master not in self.sub:
                    s.devices.append(("x", n, nets + [master] + par))
            s.insts = [i for i in s.insts if i[1] in self.sub]
            for name, master, nets, _ in s.insts:
                if len(nets) != len(self.sub[master].ports):
                    raise ReadError("%s/%s: %d nets for %d ports of %s" % (s.name, name, len(nets), len(self.sub[master].ports), master))
            if s.insts:
                s.shorts = [d[2][:2] for d in s.devices if d[0] == "r"]
                if any(d[0] != "r" and d[0] != "c" for d in s.devices):
                    raise ReadError("%s has both transistors and instances" % s.name)

    def locals(self, s):
        """Function node -> net inside a subcircuit: wires' resistors joined."""
        if not s.shorts:
            return lambda n: n
        u = Union()
        for a, b in s.shorts:
            u.join(a, b)
        return u.find

    def flatten(self, top, stop=()):
        """-> ({terminal: net}, {instance: master}) of the leaves below `top`, which are those without instances or in `stop`.
        Terminals PATH/PORT; ports of the top are PIN/PORT. Nets are numbers."""
        part, leaves, state = {}, {}, {"n": 0}
        find = {n: self.locals(s) for n, s in self.sub.items()}

        def walk(s, path, outer):
            inner, f = {}, find[s.name]
            for port, net in zip(s.ports, outer):
                r = f(port)
                if r in inner and inner[r] != net:  # two ports shorted inside: same net from here on
                    state.setdefault("joins", []).append((inner[r], net))
                inner[r] = net
            for name, master, nets, _ in s.insts:
                ids = []
                for n in nets:
                    n = f(n)
                    if n not in inner:
                        inner[n] = state["n"]
                        state["n"] += 1
                    ids.append(inner[n])
                m = self.sub[master]
                if m.insts and master not in stop:
                    walk(m, path + name + "/", ids)
                else:
                    leaf = path + name
                    leaves[leaf] = master
                    for p, i in zip(m.ports, ids):
                        part[leaf + "/" + p] = i

        t = self.sub[top]
        ids = list(range(len(t.ports)))
        state["n"] = len(ids)
        walk(t, "", ids)
        part.update(("PIN/" + p, i) for p, i in zip(t.ports, ids))
        if "joins" in state:
            u = Union()
            for a, b in state["joins"]:
                u.join(a, b)
            part = {t: u.find(i) for t, i in part.items()}
        return part, leaves


# ---- DEF, LEF, SPEF ---------------------------------------------------------------------------------------------

def plain(name):
    """A name without the escapes of DEF and SPEF."""
    return name.replace("\\", "")


class Def:
    def __init__(self, text):
        section = {}
        for m in re.finditer(r"^(COMPONENTS|PINS|SPECIALNETS|NETS) (\d+) ;\n(.*?)^END \1$", text, re.M | re.S):
            entries = re.split(r"^- ", m.group(3), flags=re.M)[1:]
            if len(entries) != int(m.group(2)):
                raise ReadError("DEF: %s says %s, holds %d" % (m.group(1), m.group(2), len(entries)))
            section[m.group(1)] = entries
        if len(section) != 4:
            raise ReadError("DEF: sections %s" % sorted(section))
        self.comp, self.pins, self.net, self.wild = {}, {}, {}, []
        for e in section["COMPONENTS"]:
            w = e.split(None, 2)
            if plain(w[0]) in self.comp:
                raise ReadError("DEF: component %s twice" % w[0])
            self.comp[plain(w[0])] = w[1]
        for e in section["PINS"]:
            m = re.match(r"(\S+) \+ NET (\S+)(?: \+ SPECIAL)? \+ DIRECTION (\S+) ", e)
            if not m:
                raise ReadError("DEF: pin %r" % e[:60])
            self.pins[m.group(1)] = (plain(m.group(2)), m.group(3))
        for name in ("SPECIALNETS", "NETS"):
            for e in section[name]:
                head = e.split("+", 1)[0]
                net = plain(head.split(None, 1)[0])
                if net in self.net:
                    raise ReadError("DEF: net %s twice" % net)
                self.net[net] = terms = []
                for a, b in re.findall(r"\( (\S+) (\S+) \)", head):
                    if a == "*":
                        self.wild.append((b, net))
                    else:
                        terms.append(plain(a) + "/" + b)

    def partition(self, lef):
        """-> ({terminal: net}, [complaints]). A wildcard takes the pin of that name of every component that has it (LEF)."""
        part, odd = {}, []
        for net, terms in self.net.items():
            for t in terms:
                if part.setdefault(t, net) != net:
                    odd.append("DEF: %s is on %s and on %s" % (t, part[t], net))
                comp, pin = t.rsplit("/", 1)
                if comp == "PIN":
                    if pin not in self.pins:
                        odd.append("DEF: net %s ends at the unknown pin %s" % (net, pin))
                elif comp not in self.comp:
                    odd.append("DEF: net %s ends at the unknown component %s" % (net, comp))
                elif pin not in lef.get(self.comp[comp], {}):
                    odd.append("DEF: net %s ends at %s, no pin of %s in LEF" % (net, t, self.comp[comp]))
        for pin, net in self.wild:
            for c, master in self.comp.items():
                if pin in lef.get(master, {}) and part.setdefault(c + "/" + pin, net) != net:
                    odd.append("DEF: %s/%s is on %s and in the wildcard of %s" % (c, pin, part[c + "/" + pin], net))
        for p, (net, _) in self.pins.items():
            if part.get("PIN/" + p) != net:
                odd.append("DEF: PINS puts %s on %s, NETS on %s" % (p, net, part.get("PIN/" + p)))
        return part, odd


def read_lef(text):
    """-> {macro: {pin: direction}}, pins in the order of the file."""
    lef = {}
    for m in re.finditer(r"^MACRO (\S+)\n(.*?)^END \1$", text, re.M | re.S):
        lef[m.group(1)] = pins = {}
        for p in re.finditer(r"^  PIN (\S+)\n    DIRECTION (\S+) ;\n.*?^  END (\S+)$", m.group(2), re.M | re.S):
            if p.group(1) != p.group(3) or p.group(1) in pins:
                raise ReadError("LEF: pin %s of %s" % (p.group(1), m.group(1)))
            pins[p.group(1)] = p.group(2)
    return lef


def read_spef(text):
    """-> {net: [terminals]}"""
    names = dict(re.findall(r"^(\*\d+) (\S+)$", text.split("*D_NET", 1)[0], re.M))
    nets = {}
    for m in re.finditer(r"^\*D_NET (\S+) \S+\n\*CONN\n((?:\*[PI] .*\n)*)", text, re.M):
        nets[plain(names.get(m.group(1), m.group(1)))] = terms = []
        for kind, at in re.findall(r"^\*([PI]) (\S+)", m.group(2), re.M):
            at = plain(at)
            terms.append("PIN/" + at if kind == "P" else at.rsplit(":", 1)[0] + "/" + at.rsplit(":", 1)[1])
    return nets


# ---- VHDL -------------------------------------------------------------------------------------------------------

def number(expr):
    """Value of an integer expression of numbers, + - * and parentheses."""
    if not re.fullmatch(r"[\d+\-*() ]+", expr):
        raise ReadError("not a constant: %r" % expr)
    return eval(expr, {"__builtins__": {}})


def bits(name, width, vector):
    return [name] if width == 1 or not vector else ["%s[%d]" % (name, k) for k in range(width)]


class Vhdl:
    """entity[name]: {port: (mode, [bits])}; block[name]: (signals, [(instance, entity, {formal: actual})]) of architectures `structure`.
    A vector of one bit and a scalar are both one bit NAME."""

    TYPE = r"std_logic(?:_vector\s*\(([^;]*?)downto\s+0\s*\))?"

    def __init__(self, text):
        text = re.sub(r"--.*", "", text)
        self.entity, self.block = {}, {}
        for m in re.finditer(r"^entity (\w+) is(.*?)^end entity;", text, re.M | re.S):
            ports, at = {}, m.group(2).index("port (")
            sizes = re.findall(r"(\w+) : positive", m.group(2)[:at])
            if sizes and re.search(r"\(\s*(%s)\b" % "|".join(sizes), m.group(2)[at + 6:]):
                continue  # inside of a macro, as wide as where it is used: an instance in a structure would miss its entity
            for d in re.finditer(r"(\w+)\s*:\s*(in|out|inout)\s+%s\s*(?:;|\))" % self.TYPE, m.group(2)[at:]):
                width = number(d.group(3).strip().rstrip()) + 1 if d.group(3) else 1
                ports[d.group(1)] = (d.group(2), bits(d.group(1), width, d.group(3)))
            if m.group(2)[at:].count(":") != len(ports):
                raise ReadError("VHDL: ports of %s" % m.group(1))
            self.entity[m.group(1)] = ports
        for m in re.finditer(r"^architecture structure of (\w+) is(.*?)^begin(.*?)^end architecture;", text, re.M | re.S):
            signals = {}
            for d in re.finditer(r"signal (\w+)\s*:\s*%s\s*;" % self.TYPE, m.group(2)):
                signals[d.group(1)] = bits(d.group(1), number(d.group(2).strip()) + 1 if d.group(2) else 1, d.group(2))
            insts, body = [], m.group(3)
            for i in re.finditer(r"(\w+)\s*:\s*entity work\.(\w+)\s*(?:generic map \([^)]*\)\s*)?port map \((.*?)\)\s*;", body, re.S):
                maps = [a.split("=>") for a in i.group(3).split(",")]
                insts.append((i.group(1), i.group(2), {a[0].strip(): a[1].strip() for a in maps}))
                if len(insts[-1][2]) != len(maps):
                    raise ReadError("VHDL: a formal twice in %s" % i.group(1))
            if body.count("port map") != len(insts):
                raise ReadError("VHDL: instances of %s" % m.group(1))
            self.block[m.group(1)] = (signals, insts)

    def actual(self, block, text):
        """The bits an actual stands for, lowest first."""
        m = re.fullmatch(r"(\w+)(?:\((\d+)(?: downto (\d+))?\))?", text)
        have = dict(self.block[block][0])
        have.update((p, b) for p, (_, b) in self.entity[block].items())
        if not m or m.group(1) not in have:
            raise ReadError("VHDL: %s: actual %r" % (block, text))
        b = have[m.group(1)]
        if m.group(2) is None:
            return b
        hi = int(m.group(2))
        lo = hi if m.group(3) is None else int(m.group(3))
        if hi >= len(b) or lo > hi:
            raise ReadError("VHDL: %s: %r is outside the signal" % (block, text))
        return b[lo:hi + 1]

    def partition(self, block):
        """-> ({INST/BIT or PIN/BIT: net}, {instance: entity})"""
        part = {"PIN/" + b: b for _, p in self.entity[block].values() for b in p}
        masters = {}
        for inst, entity, maps in self.block[block][1]:
            name = inst[2:] if inst.startswith("i_") else inst
            masters[name] = entity
            if entity not in self.entity:
                raise ReadError("VHDL: no entity %s" % entity)
            for formal, act in maps.items():
                if formal not in self.entity[entity]:
                    raise ReadError("VHDL: %s has no port %s" % (entity, formal))
                f, a = self.entity[entity][formal][1], self.actual(block, act)
                if len(f) != len(a):
                    raise ReadError("VHDL: %s/%s: %s has %d bits, %s %d" % (block, inst, formal, len(f), act, len(a)))
                part.update(("%s/%s" % (name, fb), ab) for fb, ab in zip(f, a))
        return part, masters


# ---- Verilog-AMS --------------------------------------------------------------------------------------------------

class Module:
    def __init__(self, name, header, body):
        self.name, self.body = name, body
        self.order = [p.strip() for p in header.split(",") if p.strip()]
        self.param, self.dir, self.range, self.alias = {}, {}, {}, {}
        for p in re.finditer(r"parameter (?:integer|real) (\w+) = ([^;]+);", body):
            self.param[p.group(1)] = p.group(2).strip()
        for d in re.finditer(r"^ *(input|output|inout) (?:\[([^:\]]+):0\] )?([\w, ]+);", body, re.M):
            for n in d.group(3).split(","):
                self.dir[n.strip()] = d.group(1)
                if d.group(2):
                    self.range[n.strip()] = d.group(2)
        for d in re.finditer(r"^ *wire \[([^:\]]+):0\] (\w+) = (\w+);", body, re.M):
            self.alias[d.group(2)] = d.group(3)
            self.range[d.group(2)] = d.group(1)
        if set(self.order) != set(self.dir) or len(self.order) != len(self.dir):
            raise ReadError("VAMS: ports of %s: %s" % (name, sorted(set(self.order) ^ set(self.dir))[:4]))

    def width(self, net, param=()):
        if net not in self.range:
            return 1
        r = self.range[net]
        for k, v in list(dict(param).items()) + list(self.param.items()):
            r = re.sub(r"\b%s\b" % k, str(v), r)
        return number(r) + 1

    def bits(self, net, param=()):
        return bits(net, self.width(net, param), net in self.range)


class Vams:
    def __init__(self, text):
        text = re.sub(r"//.*", "", text)
        self.module = {}
        for m in re.finditer(r"^module (\w+)\((.*?)\);(.*?)^endmodule", text, re.M | re.S):
            self.module[m.group(1)] = Module(*m.groups())
        if len(self.module) != text.count("endmodule"):
            raise ReadError("VAMS: modules")

    def expr(self, mod, text):
        """Bits of a connection, lowest first."""
        text = text.strip()
        if text.startswith("{"):
            return [b for part in reversed(text[1:-1].split(",")) for b in self.expr(mod, part)]
        m = re.fullmatch(r"(\w+)(?:\[(\d+)(?::(\d+))?\])?", text)
        if not m:
            raise ReadError("VAMS: %r" % text)
        name = mod.alias.get(m.group(1), m.group(1))
        if name not in mod.dir and not re.search(r"\bwreal [^;]*\b%s\b" % name, mod.body):
            raise ReadError("VAMS: %s is not declared in %s" % (name, mod.name))
        b = mod.bits(name)
        if m.group(2) is None:
            return b
        hi, lo = int(m.group(2)), int(m.group(3) or m.group(2))
        if hi >= len(b) or lo > hi:
            raise ReadError("VAMS: %s is outside the net" % text)
        return b[lo:hi + 1]

    def insts(self, name):
        """-> [(instance, module, {formal bit: net bit})]"""
        mod, out = self.module[name], []
        for m in re.finditer(r"^  (\w+) (?:#\(\.(\w+)\((\d+)\)\) )?(\w+)\(\s*(\..*?)\);\s*$", mod.body, re.M | re.S):
            master = self.module.get(m.group(1))
            if not master:
                raise ReadError("VAMS: no module %s" % m.group(1))
            param = {m.group(2): int(m.group(3))} if m.group(2) else {}
            conn = {}
            for c in re.finditer(r"\.(\w+)\(((?:[^(){}]|\{[^}]*\})*)\)", m.group(5)):
                f = master.bits(c.group(1), param)
                a = self.expr(mod, c.group(2))
                if c.group(1) not in master.dir or len(f) != len(a) or f[0] in conn:
                    raise ReadError("VAMS: %s/%s: .%s(%s)" % (name, m.group(4), c.group(1), c.group(2)[:40]))
                conn.update(zip(f, a))
            out.append((m.group(4), m.group(1), conn))
        return out


def modules_text(text):
    """{module: (ports, [contributions])} of electrical.vams"""
    text, out = re.sub(r"//.*", "", text), {}
    for m in re.finditer(r"^module (\w+)\(([^)]*)\);(.*?)^endmodule", text, re.M | re.S):
        declared = set(re.findall(r"electrical (\w+);", m.group(3)))
        lines = re.findall(r"I\((\w+), (\w+)\) <\+ ([^;]+);", m.group(3))
        for a, b, rest in lines:
            for n in [a, b] + re.findall(r"V\((\w+)", rest) + re.findall(r"V\(\w+, (\w+)", rest):
                if n not in declared:
                    raise ReadError("VAMS: %s is not declared in %s" % (n, m.group(1)))
        out[m.group(1)] = ([p.strip() for p in m.group(2).split(",")], lines)
    return out


def groups(part):
    g = defaultdict(list)
    for t, n in part.items():
        g[n].append(t)
    return g
