"""Small networks and the host of hdl.sh.

hdl.py make FOLDER              random float networks NAME.onnx with NAME_x.npy, NAME_y.npy, and small.xml, a chip of three small APUs
hdl.py host OUT N X.npy FOLDER  from OUT's instructions.bin and plan.xml, as docs/isa.md says: FOLDER/tb_host.txt for N inferences and want.txt, what they
                                give with the nominal converter. Shares nothing with the program's host or instruction simulator.
"""
import struct
import sys
import xml.etree.ElementTree as ET

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ARCH = """<?xml version="1.0" encoding="UTF-8"?>
<arch name="small" kind="programmable" apus="3" rows="64" cols="16" block-rows="16" block-cols="4" cols-per-adc="2"
      mag-bits="3" adc-bits-min="6" adc-bits-max="10" gain-max="4" weight-mem="512" instr-mem="%d"
      sum-bits="30" bias-bits="8" clock="100MHz" sample-rate="31.25Hz"/>
"""


class Net:
    def __init__(self, shape, seed):
        self.rng = np.random.default_rng(seed)
        self.shape, self.nodes, self.init, self.n = shape, [], [], 0

    def const(self, v):
        self.n += 1
        self.init.append(numpy_helper.from_array(v, "c%d" % self.n))
        return "c%d" % self.n

    def node(self, op, ins, **attributes):
        self.n += 1
        self.nodes.append(helper.make_node(op, ins, ["t%d" % self.n], **attributes))
        return "t%d" % self.n

    def weights(self, *shape):
        return self.const((self.rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32))

    def conv(self, x, o, i, k, relu=True, **attributes):
        group = attributes.get("group", 1)
        y = self.node("Conv", [x, self.weights(o, i // group, *k), self.const((self.rng.standard_normal(o) / 4).astype(np.float32))], kernel_shape=k, **attributes)
        return self.node("Relu", [y]) if relu else y

    def dense(self, x, o, i):
        return self.node("Gemm", [x, self.weights(o, i), self.const(np.zeros(o, np.float32))], transB=1)

    def save(self, folder, name, y, classes):
        graph = helper.make_graph(self.nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1] + self.shape)],
                                  [helper.make_tensor_value_info(y, TensorProto.FLOAT, [1, classes])], self.init)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, "%s/%s.onnx" % (folder, name))
        x = self.rng.standard_normal([8] + self.shape).astype(np.float32)
        np.save("%s/%s_x.npy" % (folder, name), x)
        np.save("%s/%s_y.npy" % (folder, name), self.rng.integers(0, classes, 8))


def residual(folder):
    n = Net([2, 6, 5], 1)
    a = n.conv("x", 6, 2, [3, 3], pads=[1, 1, 1, 1])
    b = n.conv(a, 6, 6, [3, 3], relu=False, pads=[1, 1, 1, 1])
    c = n.node("Relu", [n.node("Add", [a, b])])
    n.save(folder, "residual", n.dense(n.node("Flatten", [c]), 3, 180), 3)


def pooling(folder):
    n = Net([2, 13, 11], 2)
    a = n.conv("x", 6, 2, [3, 2], strides=[2, 1], pads=[0, 1, 1, 0])
    b = n.node("MaxPool", [a], kernel_shape=[3, 2], strides=[1, 2], pads=[1, 0, 1, 0])
    c = n.node("AveragePool", [b], kernel_shape=[2, 2], strides=[2, 1])
    d = n.node("GlobalAveragePool", [n.conv(c, 7, 6, [2, 2])])
    n.save(folder, "pooling", n.dense(n.node("Flatten", [d]), 4, 7), 4)


def depthwise(folder):
    n = Net([3, 8, 7], 3)
    a = n.conv("x", 8, 3, [3, 3], pads=[1, 1, 1, 1])
    b = n.conv(a, 8, 8, [3, 3], group=8, pads=[0, 1, 2, 1], strides=[2, 1])
    c = n.conv(b, 10, 8, [1, 1])
    d = n.conv(c, 10, 10, [2, 3], group=10, dilations=[1, 2])
    n.save(folder, "depthwise", n.dense(n.node("Flatten", [n.node("GlobalAveragePool", [d])]), 2, 10), 2)


def loads(folder):
    """Weights of several times all crossbars, layers over several cores and CONVs."""
    n = Net([1, 9, 8], 4)
    a = n.conv("x", 12, 1, [3, 3])
    b = n.conv(a, 14, 12, [3, 3])
    c = n.node("Relu", [n.dense(n.node("Flatten", [b]), 12, 14 * 5 * 4)])
    n.save(folder, "loads", n.dense(c, 5, 12), 5)


def pages(folder):
    """A program of several pages: many narrow layers, and instruction memories of 40 words."""
    n = Net([2, 5, 5], 5)
    y = "x"
    for i in range(6):
        y = n.conv(y, 3 + i % 3, 2 if i == 0 else 3 + (i - 1) % 3, [3, 3] if i % 2 else [1, 1], pads=[1, 1, 1, 1] if i % 2 else [0, 0, 0, 0])
    n.save(folder, "pages", n.dense(n.node("Flatten", [y]), 2, 125), 2)


def parts(folder):
    """Joined with other scales and with the same, taken apart, padded without a convolution behind."""
    n = Net([2, 7, 6], 8)
    a = n.conv("x", 3, 2, [3, 3], pads=[1, 1, 1, 1])
    b = n.node("Mul", [n.conv("x", 4, 2, [1, 1]), n.const(np.float32(3.7))])
    c = n.node("Slice", [a, n.const(np.array([1, 2, 1])), n.const(np.array([3, 7, 6])), n.const(np.array([1, 2, 3])), n.const(np.array([1, 2, 2]))])
    d = n.node("Concat", [a, b, a], axis=1)
    e = n.node("MaxPool", [n.node("Pad", [d, n.const(np.array([0, 0, 1, 0, 0, 0, 0, 1]))])], kernel_shape=[2, 3], strides=[2, 2])
    f = n.node("Concat", [n.node("Flatten", [e]), n.node("Flatten", [c])], axis=1)
    n.save(folder, "parts", n.dense(f, 3, 10 * 4 * 3 + 2 * 3 * 3), 3)


def tiny(folder):
    """For the serial port, where a word takes 500 clocks: loads and pages on one APU of 16 rows."""
    n = Net([1, 4, 4], 6)
    a = n.conv("x", 3, 1, [2, 2])
    b = n.node("Relu", [n.dense(n.node("Flatten", [a]), 6, 27)])
    n.save(folder, "tiny", n.dense(b, 3, 6), 3)


def functions(folder):
    """Functions behind a convolution and standing alone, of a float network: SiLU and Tanh of a sum, HardSwish of pictures, Elu between columns."""
    n = Net([2, 6, 5], 9)
    a = n.conv("x", 5, 2, [3, 3], relu=False, pads=[1, 1, 1, 1])
    b = n.node("Mul", [a, n.node("Sigmoid", [a])])
    c = n.node("HardSwish", [n.conv(b, 6, 5, [2, 2], relu=False)])
    d = n.node("Tanh", [n.node("Add", [c, n.conv(b, 6, 5, [2, 2])])])
    e = n.node("Elu", [n.node("MaxPool", [n.node("LeakyRelu", [d], alpha=0.3)], kernel_shape=[2, 2])], alpha=0.7)
    n.save(folder, "functions", n.dense(n.node("Flatten", [e]), 3, 6 * 4 * 3), 3)


def tabled(folder):
    """Quantised to 8 bits in and out of every function: Sigmoid, LeakyRelu, HardSigmoid behind a clamp, and a Sigmoid at the end."""
    n = Net([2, 5, 6], 10)

    def quantised(x, scale, zp=0, kind=np.int8):
        s, z = n.const(np.float32(scale)), n.const(kind(zp))
        return n.node("DequantizeLinear", [n.node("QuantizeLinear", [x, s, z]), s, z])

    def weights(*shape):
        return n.node("DequantizeLinear", [n.const(n.rng.integers(-60, 61, shape).astype(np.int8)), n.const(np.float32(0.01)), n.const(np.int8(0))])

    x = quantised("x", 0.03, 3)
    a = quantised(n.node("Conv", [x, weights(6, 2, 3, 3)], pads=[1, 1, 1, 1]), 0.05, -7)
    b = quantised(n.node("Sigmoid", [a]), 1 / 255, 0, np.uint8)
    c = quantised(n.node("LeakyRelu", [quantised(n.node("Conv", [b, weights(5, 6, 2, 2)]), 0.02, 12)], alpha=0.11), 0.02, -30)
    d = quantised(n.node("HardSigmoid", [n.node("Clip", [n.node("Mul", [c, n.const(np.float32(1.5))]), n.const(np.float32(-3)), n.const(np.float32(2))])], alpha=0.25), 1 / 127)
    y = n.node("Gemm", [n.node("Flatten", [d]), weights(4, 100)], transB=1)
    n.save(folder, "tabled", quantised(n.node("Sigmoid", [quantised(y, 0.04, 5)]), 1 / 256, -128), 4)


def deep(folder):
    """The 28 layers of a MobileNet, few channels: each on a crossbar of its own where the chip is dedicated."""
    n = Net([2, 6, 6], 7)
    c = 2
    y = n.conv("x", c, c, [3, 3], pads=[1, 1, 1, 1])
    for i in range(13):
        s = 2 if i in (3, 7) else 1
        y = n.conv(y, c, c, [3, 3], group=c, pads=[1, 1, 1, 1], strides=[s, s])
        y = n.conv(y, c + i % 2, c, [1, 1])
        c += i % 2
    n.save(folder, "deep", n.dense(n.node("Flatten", [n.node("GlobalAveragePool", [y])]), 2, c), 2)


# ---- the host -------------------------------------------------------------------------------------------------------

def sections(path):
    words = struct.unpack("<%dI" % (len(open(path, "rb").read()) // 4), open(path, "rb").read())
    out, at = [], 3
    for _ in range(words[2]):
        tag, a, b, n = words[at:at + 4]
        out.append((struct.pack("<I", tag).decode(), a, b, words[at + 4:at + 4 + n]))
        at += 4 + n
    return out


class Host:
    """One inference, docs/isa.md: page 0, the first LOAD's weights, the input, start; weights and pages as the program asks."""

    def __init__(self, path):
        self.parts = sections(path)
        one = {t: w for t, _, _, w in self.parts if t not in ("PROG", "IMEM", "WGHT")}
        self.chip, self.port = one["CHIP"], one["PORT"]
        self.one, self.lines = one, []
        self.apus = [self.chip[8 + 3 * k:11 + 3 * k] for k in range((len(self.chip) - 8) // 3)]
        self.page = {a: w for t, a, _, w in self.parts if t == "PROG"}
        self.imem = {(a, b): w for t, a, b, w in self.parts if t == "IMEM"}
        self.wght = {(a, b): w for t, a, b, w in self.parts if t == "WGHT"}
        # what the program asks for, in its order
        self.events, page, pc = [], 0, 0
        while True:
            w = self.page[page][pc]
            pc += 1
            if w >> 24 == 6:
                self.events.append(("load", w & 0x3ffff))
            elif w >> 24 == 7:
                page, pc = w & 0x3ffff, 0
                self.events.append(("page", page))
            elif w >> 24 == 0:
                break

    def w(self, region, offset, value):
        self.lines.append("W 000%x%04x %08x" % (region, offset, value & 0xffffffff))

    def tables(self):
        for region, tag in ((2, "MULT"), (3, "ADDL"), (4, "ADDH"), (5, "ROWT"), (6, "COLT"), (10, "TABL")):
            for i, v in enumerate(self.one[tag]):
                self.w(region, i, v)

    def put_page(self, page):
        for i, v in enumerate(self.page[page]):
            self.w(0, i, v)
        for k in range(len(self.apus)):
            words = self.imem[page, k]
            if words:
                self.w(8, 1, k << 14)
            for v in words:
                self.w(9, 0, v & 0xffff)
                self.w(9, 0, v >> 16)

    def put_weights(self, cycle):
        for k, (rows, cols, _) in enumerate(self.apus):
            words, per = self.wght[k, cycle], (cols + 15) // 16
            for rp in range(rows * 4):
                self.w(8, 1, k << 14 | rp)
                for i in range(per):
                    h = rp * per + i
                    self.w(7, 0, words[h // 2] >> 16 * (h % 2) & 0xffff)
        self.w(8, 3, 0)

    def infer(self, q, held):
        """held: cycle in the crossbars. Returns the one that stays."""
        for i, v in enumerate(q):
            self.w(1, self.port[0] + i, int(v))
        self.put_page(0)
        todo = []
        now = held
        for kind, v in self.events:
            if kind == "load" and v != now:
                todo.append(v)
                now = v
        if todo:
            self.put_weights(todo[0])
        self.lines.append("G")
        now, k = held, 0
        for kind, v in self.events:
            if kind == "page":
                self.lines.append("E")
                self.put_page(v)
                self.lines.append("G")
            elif v != now:
                now, k = v, k + 1
                if k < len(todo):
                    self.lines.append("F")
                    self.put_weights(todo[k])
        self.lines += ["E", "C", "D %d %d" % (self.port[2], self.port[3])]
        return now


# ---- what the stream computes, from docs/isa.md ------------------------------------------------------------------------

REG = ("IN IN_H IN_W IN_ZP OUT OUT_H OUT_W OUT_ZP SH SW PT PL OC SHIFT LO HI PARAM SHW CHW PLANE WIDE CORE ROW0 ROWS ROW_TABLE COLS COL_TABLE TILE "
       "KH KW MAX IN2 IN2_ZP COUNT FIRST STEP TABLE").split()


class Machine:
    def __init__(self, h):
        self.h, self.fm, self.psum = h, [0] * 65536, {}
        self.reg, self.slot, self.bar = dict.fromkeys(REG, 0), [dict() for _ in h.apus], [None] * len(h.apus)

    def load(self, cycle):
        for k, (rows, cols, _) in enumerate(self.h.apus):
            words, per = self.h.wght[k, cycle], (cols + 15) // 16
            half = [words[i // 2] >> 16 * (i % 2) & 0xffff for i in range(rows * 4 * per)]
            bit = np.array([[half[(r // 4 * 4 + r % 4) * per + c // 16] >> c % 16 & 1 for c in range(cols)] for r in range(rows * 4)]).reshape(rows, 4, cols)
            m = bit[:, 0] + 2 * bit[:, 1] + 4 * bit[:, 2]
            self.bar[k] = np.where(bit[:, 3] != (np.arange(rows) & 1)[:, None], -m, m)  # odd rows are stored and driven with the opposite sign

    def quantised(self, acc, entry):
        g, one = self.reg, self.h.one
        signed = lambda v, n: v - (v >> n - 1 << n)
        add = signed(one["ADDH"][entry] << 32 | one["ADDL"][entry], 64)
        return self.clamped(acc * signed(one["MULT"][entry], 32) + add)

    def clamped(self, t):
        """>> SHIFT to the nearest, ties to even: half a unit is in t already."""
        g = self.reg
        q = t >> g["SHIFT"]
        if g["SHIFT"] and t & (1 << g["SHIFT"]) - 1 == 0:
            q &= ~1
        return min(max(q + g["OUT_ZP"], g["LO"]), g["HI"])

    def code(self, s, rows):
        """Nearest, halves to even, of s / lsb, lsb = 2 · 49 · rows / (gain · 2^bits)."""
        bits, gain = self.h.chip[:2]
        num, den = int(s) * gain * 2 ** bits, 98 * rows
        q, r = divmod(num, den)
        q += 2 * r > den or (2 * r == den and q & 1)
        return min(max(q, -2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def window(self, oy, ox, dy, dx, at):
        """Word that a window's element is, less the zero point; 0 outside the picture."""
        g = self.reg
        y, x = oy * g["SH"] - g["PT"] + dy, ox * g["SW"] - g["PL"] + dx
        if not (0 <= y < g["IN_H"] and 0 <= x < g["IN_W"]):
            return None
        return self.fm[(g["IN"] + oy * g["SHW"] + ox * g["SW"] + at) & 0xffff]

    def conv(self, mask, page):
        g, one = self.reg, self.h.one
        step = (g["STEP"] & 0x3ffff) << g["FIRST"]
        copy, copies = 0, bin(step).count("1")
        for k in range(len(self.h.apus)):
            if not mask >> k & 1:
                continue
            mine, copy = copy, copy + (step >> k & 1)
            s = self.slot[k]
            mvm, read = self.h.imem[page, k][s["TILE"]:s["TILE"] + 2]
            digits, first, block = mvm >> 30, mvm >> 18 & 63, self.h.apus[k][2]
            chunk, rows, col0, cols = ((mvm >> 24 & 63) + 1) * block, (mvm & 0xfff) * block, read >> 16, read & 0xffff
            w = self.bar[k][first * block:first * block + rows, col0:col0 + cols]
            table = one["ROWT"][s["ROW_TABLE"]:s["ROW_TABLE"] + rows]
            for pos in range(mine, g["PLANE"], copies):
                oy, ox = divmod(pos, g["OUT_W"])
                x = [None if e & 255 == 255 else self.window(oy, ox, e >> 8 & 255, e & 255, e >> 16) for e in table]
                x = np.array([0 if v is None else v - g["IN_ZP"] for v in x])
                acc = [0] * cols
                for d in range(digits):
                    xd = np.sign(x) * (abs(x) >> 3 * d & 7)
                    for c in range(0, rows, chunk):
                        for q, v in enumerate(xd[c:c + chunk] @ w[c:c + chunk]):
                            acc[q] += self.code(v, chunk) * ((mvm >> 12 & 15) + 1) << 3 * d
                for q in range(cols):
                    e = one["COLT"][s["COL_TABLE"] + q]
                    if e == 0xffffffff:
                        continue
                    o = e >> 4
                    self.psum[o, pos] = (0 if e & 4 else self.psum[o, pos]) + (acc[q] << 3 * (e & 3))
                    if e & 8:
                        self.store(g["OUT"] + o * g["PLANE"] + pos, self.quantised(self.psum[o, pos], g["PARAM"] + o))

    def store(self, at, q):
        """Through the table of the instruction, if it says so."""
        g = self.reg
        if self.through:
            q = self.h.one["TABL"][g["TABLE"] + min(max(q, g["LO"]), g["HI"]) - g["LO"]]
            q -= q >> 31 << 32
        self.fm[at] = q

    def pool(self):
        g, out = self.reg, self.reg["OUT"]
        for c in range(g["OC"]):
            for pos in range(g["OUT_H"] * g["OUT_W"]):
                oy, ox = divmod(pos, g["OUT_W"])
                v = [self.window(oy, ox, y, x, c * g["CHW"] + y * g["IN_W"] + x) for y in range(g["KH"]) for x in range(g["KW"])]
                v = [u for u in v if u is not None]
                self.store(out, max(v) if g["MAX"] else self.quantised(sum(u - g["IN_ZP"] for u in v), g["PARAM"] + c))
                out += 1

    def add(self):
        g, one = self.reg, self.h.one
        signed = lambda v, n: v - (v >> n - 1 << n)
        p = g["PARAM"]
        m0, m1, a = signed(one["MULT"][p], 32), signed(one["MULT"][p + 1], 32), signed(one["ADDH"][p] << 32 | one["ADDL"][p], 64)
        for i in range(g["COUNT"]):
            t = (self.fm[g["IN"] + i] - g["IN_ZP"]) * m0 + (self.fm[g["IN2"] + i] - g["IN2_ZP"]) * m1 + a
            self.store(g["OUT"] + i, self.clamped(t))

    def infer(self, q):
        h, page, pc = self.h, 0, 0
        self.fm[h.port[0]:h.port[0] + h.port[1]] = [int(v) for v in q]
        while True:
            w = h.page[page][pc]
            pc, op, imm, self.through = pc + 1, w >> 24, w & 0x3ffff, w >> 18 & 1
            if op == 0:
                return self.fm[h.port[2]:h.port[2] + h.port[3]]
            elif op == 1:
                name = REG[w >> 18 & 63]
                if REG.index("ROW0") <= REG.index(name) <= REG.index("TILE"):
                    self.slot[self.reg["CORE"]][name] = imm & 0xffff
                else:
                    self.reg[name] = imm - (imm >> 17 << 18)
            elif op == 2:
                self.conv(imm << self.reg["FIRST"], page)
            elif op == 3:
                self.pool()
            elif op == 4:
                self.add()
            elif op == 5:
                for i in range(self.reg["COUNT"]):
                    self.store(self.reg["OUT"] + i, self.fm[self.reg["IN"] + i])
            elif op == 6:
                self.load(imm)
            elif op == 7:
                page, pc = imm, 0


def host(folder, n, x, out):
    """Script and what must come of it; the inputs are made integers as the plan's input tensor says."""
    root = ET.parse(folder + "/plan.xml").getroot()
    t = list(root.iter("tensor"))[int(root.get("input"))]
    lo, hi = int(t.get("lo")), int(t.get("hi"))
    x = np.load(x)[:n].reshape(n, -1).astype(np.float64)
    x = np.clip(np.rint(x / float(t.get("scale"))) + int(t.get("zp")), lo, hi).astype(int)
    h = Host(folder + "/instructions.bin")
    h.tables()
    m, held = Machine(h), None
    want = []
    for q in x:
        held = h.infer(q, held)
        want += m.infer(q)
    open(out + "/tb_host.txt", "w").write("\n".join(h.lines) + "\n")
    open(out + "/want.txt", "w").write("".join("%d\n" % v for v in want))


if sys.argv[1] == "make":
    open(sys.argv[2] + "/small.xml", "w").write(ARCH % 1024)
    open(sys.argv[2] + "/paged.xml", "w").write(ARCH % 160)
    open(sys.argv[2] + "/tiny.xml", "w").write((ARCH % 128).replace('apus="3" rows="64" cols="16"', 'apus="1" rows="16" cols="8"').replace('"512"', '"64"'))
    for make in (residual, pooling, depthwise, loads, pages, tiny, deep, parts, functions, tabled):
        make(sys.argv[2])
else:
    host(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
