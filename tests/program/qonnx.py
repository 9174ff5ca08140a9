"""QONNX and QCDQ networks for qonnx.sh: qonnx.py make FOLDER writes NAME.onnx, NAME_x.npy, NAME_y.npy; compare FOLDER compares with NAME.npy and, of
what runs on the chip, NAME_e.npy, and counts those that agree.

Expected values are computed here in numpy from the operator pages of QONNX (docs/qonnx-custom-ops: intquant_v1, bipolarquant_v1,
trunc_v1, trunc_v2), step by step; nothing is taken from the program under test.
"""
import glob
import itertools
import os
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper

F = np.float32


def rounding(mode):
    """The page's table of modes. UP is away from zero, DOWN towards it, HALF_UP and HALF_DOWN decide ties so."""
    away = lambda v: np.sign(v) * np.ceil(np.abs(v))
    return {"ROUND": np.round, "CEIL": np.ceil, "FLOOR": np.floor, "UP": away, "DOWN": np.trunc,
            "HALF_UP": lambda v: np.sign(v) * np.floor(np.abs(v) + F(0.5)),
            "HALF_DOWN": lambda v: np.sign(v) * np.ceil(np.abs(v) - F(0.5))}[mode.upper()]


def limits(signed, narrow, bits):
    if signed:
        return -(2 ** (bits - 1)) + narrow, 2 ** (bits - 1) - 1
    return 0, 2**bits - 1 - narrow


def quant(x, scale, zp, bits, signed=1, narrow=0, mode="ROUND"):
    v = F(x / scale) + zp
    if bits == 1 and signed:
        v = np.where(v >= 0, F(1), F(-1))
    else:
        v = rounding(mode)(np.clip(v, *limits(signed, narrow, bits)))
    return F((v - zp) * scale)


def bipolar(x, scale):
    return F(np.where(x >= 0, F(1), F(-1)) * scale)


def trunc1(x, scale, zp, bits_in, bits_out, mode):
    v = rounding(mode)(np.round(x / scale + zp) / F(2.0 ** (bits_in - bits_out)))
    return F((v - zp) * scale)


def trunc2(x, scale, zp, scale_out, bits_out, signed, narrow, mode):
    step = F(2.0) ** np.round(np.log2(scale_out / scale))
    v = rounding(mode)(np.clip(np.round(x / scale + zp) / step, *limits(signed, narrow, bits_out)))
    return F((v - zp / step) * scale_out)


def check_table():
    """The rounding table of the page, so that the reference itself is judged."""
    rows = {"ROUND": [6, 2, 2, 1, 1, -1, -1, -2, -2, -6], "CEIL": [6, 3, 2, 2, 1, -1, -1, -1, -2, -5], "FLOOR": [5, 2, 1, 1, 1, -1, -2, -2, -3, -6],
            "UP": [6, 3, 2, 2, 1, -1, -2, -2, -3, -6], "DOWN": [5, 2, 1, 1, 1, -1, -1, -1, -2, -5], "HALF_UP": [6, 3, 2, 1, 1, -1, -1, -2, -3, -6],
            "HALF_DOWN": [5, 2, 2, 1, 1, -1, -1, -2, -2, -5]}
    for mode, row in rows.items():
        assert np.array_equal(rounding(mode)(F([5.5, 2.5, 1.6, 1.1, 1, -1, -1.1, -1.6, -2.5, -5.5])), row), mode


class Net:
    def __init__(self, x, domain="qonnx.custom_op.general", imported=True):
        self.nodes, self.init, self.x, self.domain, self.imported, self.k = [], [], F(x), domain, imported, 0

    def const(self, v):
        self.k += 1
        self.init.append(numpy_helper.from_array(np.asarray(v), f"c{self.k}"))
        return f"c{self.k}"

    def node(self, op, ins, out, custom=True, **attrs):
        ins = [i if isinstance(i, str) else self.const(i) for i in ins]
        self.nodes.append(helper.make_node(op, ins, [out], name=f"n_{out}", domain=self.domain if custom else "", **attrs))

    def save(self, folder, name, y):
        shape = ["N"] + list(self.x.shape[1:])
        g = helper.make_graph(self.nodes, name, [helper.make_tensor_value_info("x", 1, shape)], [helper.make_tensor_value_info("y", 1, None)], self.init)
        sets = [helper.make_opsetid("", 13)] + ([helper.make_opsetid(self.domain, 1)] if self.imported else [])
        onnx.save(helper.make_model(g, opset_imports=sets), os.path.join(folder, name + ".onnx"))
        np.save(os.path.join(folder, name + "_x.npy"), self.x)
        np.save(os.path.join(folder, name + "_y.npy"), F(y).reshape(len(self.x), -1))


DOMAINS = ["onnx.brevitas", "finn.custom_op.general", "qonnx.custom_op.general"]


def operators(folder, rng):
    x = F(np.concatenate([rng.normal(0, 3, (3, 4, 5, 2)), rng.integers(-20, 20, (1, 4, 5, 2)) / 4]))
    for bits, (signed, narrow) in itertools.product(range(1, 10), ((1, 0), (1, 1), (0, 0), (0, 1))):
        if bits == 1 and narrow:
            continue
        n, s = Net(x, DOMAINS[bits % 3], imported=bits % 2 == 0), F(0.11)
        n.node("Quant" if bits % 2 else "IntQuant", ["x", s, F(0), F(bits)], "y", signed=signed, narrow=narrow)
        n.save(folder, f"quant_{bits}_{signed}{narrow}", quant(x, s, F(0), bits, signed, narrow))
    for mode in ["ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN", "half_up", "floor"]:
        n = Net(x)
        n.node("IntQuant", ["x", F(0.25), F(3), F(5)], "y", rounding_mode=mode)
        n.save(folder, f"mode_{mode}", quant(x, F(0.25), F(3), 5, mode=mode))
    for i, shape in enumerate([(1, 4, 1, 1), (4, 1, 1), (1, 1, 1, 1), (1,), (), (1, 4, 5, 2), (5, 1)]):
        s, z = F(rng.uniform(0.03, 0.4, shape)), F(rng.integers(-3, 4, shape))
        n = Net(x)
        n.node("IntQuant", ["x", s, z, F(6)], "y")
        n.save(folder, f"scale_{i}", quant(x, s, z, 6))
        n = Net(x, DOMAINS[i % 3])
        n.node("BipolarQuant", ["x", s], "y")
        n.save(folder, f"bipolar_{i}", bipolar(x, s))
        n = Net(x, DOMAINS[i % 3])
        n.node("Trunc", ["x", s, z, F(8), F(5)], "y", rounding_mode="CEIL")
        n.save(folder, f"trunc1_shape_{i}", trunc1(x, s, z, 8, 5, "CEIL"))
        n = Net(x, DOMAINS[i % 3])
        n.node("Trunc", ["x", s, z, F(8), s * F(4), F(4)], "y", rounding_mode="ROUND")
        n.save(folder, f"trunc2_shape_{i}", trunc2(x, s, z, s * F(4), 4, 1, 0, "ROUND"))
    for i, (mode, bits, signed, narrow) in enumerate(itertools.product(["FLOOR", "CEIL", "ROUND"], (2, 4, 6), (0, 1), (0, 1))):
        n = Net(x)
        n.node("Trunc", ["x", F(0.0625), F(2), F(8), F(0.25), F(bits)], "y", rounding_mode=mode, signed=signed, narrow=narrow)
        n.save(folder, f"trunc2_{i}", trunc2(x, F(0.0625), F(2), F(0.25), bits, signed, narrow, mode))
        n = Net(x)
        n.node("Trunc", ["x", F(0.0625), F(0), F(8), F(bits)], "y", **({"rounding_mode": mode} if i % 3 else {}))
        n.save(folder, f"trunc1_{i}", trunc1(x, F(0.0625), F(0), 8, bits, mode if i % 3 else "FLOOR"))


def layers(folder, rng):
    """Whole layers, for --exact: quantised input, weights behind a Transpose, per-channel scales of the weight's rank."""
    x = F(rng.normal(0, 1, (6, 12)))
    for bits in range(1, 10):
        w, s = F(rng.normal(0, 0.5, (7, 12))), F(rng.uniform(0.01, 0.05, (7, 1)))
        n = Net(x, DOMAINS[bits % 3], imported=False)
        n.node("Quant", ["x", F(0.0371), F(0), F(8)], "xq")
        if bits == 1:
            n.node("BipolarQuant", [w, s], "wq")
            wq = bipolar(w, s)
        else:
            n.node("Quant", [w, s, F(0), F(bits)], "wq", narrow=1)
            wq = quant(w, s, F(0), bits, 1, 1)
        n.node("Transpose", ["wq"], "wt", custom=False, perm=[1, 0])
        n.node("MatMul", ["xq", "wt"], "m", custom=False)
        n.node("Relu", ["m"], "r", custom=False)
        n.node("IntQuant", ["r", F(0.021), F(0), F(6)], "y", signed=0)
        acc = quant(x, F(0.0371), F(0), 8).astype(np.float64) @ wq.T.astype(np.float64)
        n.save(folder, f"exact_{bits}", quant(np.maximum(F(acc), 0), F(0.021), F(0), 6, 0))
    w8, s = rng.integers(-127, 128, (7, 12)).astype(np.int8), F(rng.uniform(0.002, 0.01, 7))
    for narrow in (7, 31, 127):  # QCDQ: the clip makes 4, 6 and 8 bits of int8
        n = Net(x)
        n.node("QuantizeLinear", ["x", F(0.04), np.int8(0)], "q", custom=False)
        n.node("Clip", ["q", np.int8(-narrow), np.int8(narrow)], "qc", custom=False)
        n.node("DequantizeLinear", ["qc", F(0.04), np.int8(0)], "d", custom=False)
        n.node("DequantizeLinear", [w8, s, np.zeros(7, np.int8)], "w", custom=False, axis=0)
        n.node("Gemm", ["d", "w"], "g", custom=False, transB=1)
        n.node("QuantizeLinear", ["g", F(0.05), np.uint8(128)], "yq", custom=False)
        n.node("DequantizeLinear", ["yq", F(0.05), np.uint8(128)], "y", custom=False)
        d = np.clip(np.round(x / F(0.04)), -narrow, narrow) * np.float64(F(0.04))
        g = d @ (w8 * s[:, None].astype(np.float64)).T
        n.save(folder, f"exact_qcdq_{narrow}", (np.clip(np.round(g / F(0.05)) + 128, 0, 255) - 128) * F(0.05))


def rounded(folder, rng):
    """Trunc behind average pools, as integer average pooling is exported, and signs of sums, for --exact: the very same values."""
    x = F(rng.normal(0, 1.5, (16, 3, 6, 6)))
    for i, (mode, k, version) in enumerate(itertools.product(("FLOOR", "CEIL", "ROUND"), (2, 3), (1, 2))):
        s, zp = F(0.125), F(4 if version == 2 and k == 2 and mode == "FLOOR" else 0)
        n = Net(x, DOMAINS[i % 3], imported=i % 2 == 0)
        n.node("Quant", ["x", s, F(0), F(5)], "q", signed=int(i % 4 < 2))
        n.node("AveragePool", ["q"], "p", custom=False, kernel_shape=[k, k], strides=[k, k])
        n.node("Mul", ["p", F(k * k)], "m", custom=False)
        more = 2 if k == 2 else 4
        parameters = [s, zp, F(5 + more), F(5)] if version == 1 else [s, zp, F(5 + more), s * F(2.0**more), F(5)]
        n.node("Trunc", ["m", *parameters], "y", **({"rounding_mode": mode} if mode != "FLOOR" or version == 2 else {}))
        q = quant(x, s, F(0), 5, int(i % 4 < 2)).reshape(16, 3, 6 // k, k, 6 // k, k).sum((3, 5))
        y = trunc1(q, s, zp, 5 + more, 5, mode) if version == 1 else trunc2(q, s, zp, s * F(2.0**more), 5, 1, 0, mode)
        n.save(folder, f"same_trunc_{i}", y)
    n = Net(x)  # the average itself: rounded to the input's integers first
    n.node("Quant", ["x", F(0.125), F(0), F(6)], "q")
    n.node("AveragePool", ["q"], "p", custom=False, kernel_shape=[2, 2], strides=[2, 2])
    n.node("Trunc", ["p", F(0.125), F(0), F(6), F(4)], "y")
    p = quant(x, F(0.125), F(0), 6).reshape(16, 3, 3, 2, 3, 2).mean((3, 5))
    n.save(folder, "same_trunc_mean", trunc1(F(p), F(0.125), F(0), 6, 4, "FLOOR"))
    for i, form in enumerate(("plain", "normalised", "clipped", "sum", "one_bit")):
        w, w2 = F(rng.integers(-7, 8, (5, 12))), F(rng.integers(-1, 2, (4, 5)))
        x1 = F(rng.normal(0, 1, (24, 12)))
        n = Net(x1, DOMAINS[i % 3])
        n.node("Quant", ["x", F(0.25), F(0), F(5)], "q")
        n.node("Quant", [w, F(1), F(0), F(4)], "wq")
        n.node("Gemm", ["q", "wq"], "g", custom=False, transB=1)
        g = quant(x1, F(0.25), F(0), 5) @ w.T
        at = "g"
        if form == "normalised":  # a factor below zero turns a channel around; one of 0 leaves its constant
            f, c = F([0.5, -0.5, 2, 0, 0]), F([1.25, 3, -4, -0.5, 0.5])
            n.node("Mul", ["g", f], "gm", custom=False)
            n.node("Add", ["gm", c], "ga", custom=False)
            g, at = g * f + c, "ga"
        elif form == "clipped":
            n.node("Relu", ["g"], "gr", custom=False)
            g, at = np.maximum(g, 0), "gr"
        elif form == "sum":
            n.node("Quant", ["g", F(0.25), F(0), F(9)], "gq")
            n.node("Add", ["gq", "gq"], "gs", custom=False)
            g, at = 2 * quant(g, F(0.25), F(0), 9), "gs"
        if form == "one_bit":
            n.node("Quant", [at, F(0.5), F(0), F(1)], "b")
        else:
            n.node("BipolarQuant", [at, F(0.5)], "b")
        n.node("Quant", [w2, F(1), F(0), F(2)], "vq")
        n.node("Gemm", ["b", "vq"], "h", custom=False, transB=1)
        n.node("Quant", ["h", F(0.5), F(0), F(6)], "y")
        n.save(folder, f"same_sign_{form}", bipolar(g, F(0.5)) @ w2.T)


def main():
    check_table()
    if sys.argv[1] == "make":
        os.makedirs(sys.argv[2])
        rng = np.random.default_rng(5)
        operators(sys.argv[2], rng)
        layers(sys.argv[2], rng)
        rounded(sys.argv[2], rng)
        return
    n = m = 0
    for path in sorted(glob.glob(sys.argv[2] + "/*_y.npy")):
        name = os.path.basename(path)[:-6]
        n += agree(path, path[:-6] + ".npy", name, 0)
        if name.startswith(("exact_", "same_")):  # on the chip: within one unit of the output's scale; what rounds in its own way to the same value
            m += agree(path, path[:-6] + "_e.npy", name + " on the chip", 0 if name.startswith("same_") else 0.05 if "qcdq" in name else 0.021)
    print(n, m)


def agree(want, got, name, step):
    """step 0: equal but for float noise; else every value within that"""
    a, b = np.load(got) if os.path.exists(got) else np.zeros(0), np.load(want)
    worst = np.abs(a - b).max() if a.shape == b.shape else np.inf
    if worst <= step * 1.001 + 2e-5 * (1 + np.abs(b).max()):
        return 1
    print(f"{name}: {worst} {a.shape} {b.shape}", file=sys.stderr)
    return 0


main()
