#!/usr/bin/env python3
"""Networks of the sizes people try first, with made-up weights (fixed seeds): networks.py FOLDER [BITS].

MobileNetV1 0.25 (96 x 96 x 3, 28 layers with weights), ResNet8 (32 x 32 x 3), DS-CNN (49 x 10), the MLPerf Tiny autoencoder (640) as QDQ with weights of BITS bits per
channel and 8-bit activations; small QONNX networks of 2 to 9 bits; one whose results are ties between integers.
Activations are scaled so that they fill their range: every layer's scale is measured on the layer's own output for the first inputs.
"""
import sys
import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper as nh


class Net:
    """QDQ graph: every tensor that a layer makes is uint8 (zero point 0: Relu) or int8 with one scale."""

    def __init__(self, name, shape, bits=8, samples=4):
        self.name, self.nodes, self.inits, self.n, self.bits = name, [], [], 0, bits
        self.rng = np.random.default_rng(sum(map(ord, name)))
        self.shape = shape
        self.x = self.rng.uniform(0, 1, (samples,) + shape).astype(np.float32)
        self.at = self.quant("x", self.x, signed=False)

    def new(self, what):
        self.n += 1
        return f"{what}{self.n}"

    def const(self, name, a):
        self.inits.append(nh.from_array(a, name))
        return name

    def node(self, op, ins, **attr):
        out = self.new(op.lower())
        self.nodes.append(h.make_node(op, ins, [out], name=out, **attr))
        return out

    def quant(self, name, v, signed):
        """QuantizeLinear, DequantizeLinear behind a float tensor; returns (name, values as they come out)."""
        n, top = self.new("q"), float(np.abs(v).max()) or 1.0
        scale = np.float32(top / (127 if signed else 255))
        zp = np.int8(0) if signed else np.uint8(0)
        s, z = self.const(n + "_s", np.array(scale)), self.const(n + "_z", np.array(zp))
        q = self.node("QuantizeLinear", [name, s, z])
        d = self.node("DequantizeLinear", [q, s, z])
        return d, np.clip(np.rint(v / scale), -128 if signed else 0, 127 if signed else 255).astype(np.float32) * scale

    def weights(self, shape):
        """Weights of self.bits bits with a scale per output channel; returns (name, real values)."""
        top = 2 ** (self.bits - 1) - 1
        w = self.rng.normal(0, 1, shape)
        scale = (np.abs(w).reshape(shape[0], -1).max(1) / top).astype(np.float32)
        view = (-1,) + (1,) * (len(shape) - 1)
        q = np.clip(np.rint(w / scale.reshape(view)), -top, top).astype(np.int8)
        n = self.new("w")
        d = self.node("DequantizeLinear", [self.const(n, q), self.const(n + "_s", scale), self.const(n + "_z", np.zeros(shape[0], np.int8))], axis=0)
        return d, q.astype(np.float32) * scale.reshape(view)

    def conv(self, oc, k, stride=1, pad=None, groups=1, relu=True, add=None):
        name, v = self.at
        kh, kw = (k, k) if isinstance(k, int) else k
        pad = [kh // 2, kw // 2, kh // 2, kw // 2] if pad is None else pad
        w, wv = self.weights((oc, v.shape[1] // groups, kh, kw))
        y = self.node("Conv", [name, w], kernel_shape=[kh, kw], strides=[stride, stride], pads=pad, group=groups)
        yv = conv_numpy(v, wv, stride, pad, groups)
        if add is not None:
            y, yv = self.quant(y, yv, True)
            y, yv = self.node("Add", [y, add[0]]), yv + add[1]
        if relu:
            y, yv = self.node("Relu", [y]), np.maximum(yv, 0)
        self.at = self.quant(y, yv, not relu)
        return self.at

    def dense(self, oc, relu=True):
        name, v = self.at
        w, wv = self.weights((oc, v.shape[1]))
        y, yv = self.node("Gemm", [name, w], transB=1), v @ wv.T
        if relu:
            y, yv = self.node("Relu", [y]), np.maximum(yv, 0)
        self.at = self.quant(y, yv, not relu)

    def pool(self):
        name, v = self.at
        self.at = self.quant(self.node("GlobalAveragePool", [name]), v.mean((2, 3), keepdims=True), False)
        self.at = self.node("Flatten", [self.at[0]]), self.at[1].reshape(len(v), -1)

    def save(self, folder, softmax=False):
        name = self.at[0]
        if softmax:
            name = self.node("Softmax", [name], axis=1)
        self.nodes[-1].output[0] = "y"
        g = h.make_graph(self.nodes, self.name, [h.make_tensor_value_info("x", T.FLOAT, ["N", *self.shape])],
                         [h.make_tensor_value_info("y", T.FLOAT, ["N", self.at[1].shape[1]])], self.inits)
        m = h.make_model(g, opset_imports=[h.make_opsetid("", 13)])
        m.ir_version = 8
        onnx.checker.check_model(m)
        onnx.save(m, f"{folder}/{self.name}.onnx")
        np.save(f"{folder}/{self.name}_x.npy", self.x)


def conv_numpy(x, w, stride, pad, groups):
    x = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[2]), (pad[1], pad[3])))
    win = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (2, 3))[:, :, ::stride, ::stride]
    icg, ocg = w.shape[1], w.shape[0] // groups
    return np.concatenate([np.einsum("nchwij,ocij->nohw", win[:, g * icg:(g + 1) * icg], w[g * ocg:(g + 1) * ocg], optimize=True) for g in range(groups)], 1)


def mobilenet(bits):
    n = Net("mobilenet", (3, 96, 96), bits, 2)
    c = 8
    n.conv(c, 3, 2, [0, 0, 1, 1])
    for oc, s in [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)] + [(128, 1)] * 5 + [(256, 2), (256, 1)]:
        n.conv(c, 3, s, [0, 0, 1, 1] if s == 2 else None, groups=c)
        n.conv(oc, 1)
        c = oc
    n.pool()
    n.dense(2, False)
    return n


def resnet8(bits):
    n = Net("resnet8", (3, 32, 32), bits)
    n.conv(16, 3)
    for oc, s in (16, 1), (32, 2), (64, 2):
        skip, start = n.at, n.at
        if s == 2:
            skip = n.conv(oc, 1, 2, relu=False)
            n.at = start
        n.conv(oc, 3, s, None if s == 1 else [0, 0, 1, 1])
        n.conv(oc, 3, add=skip)
    n.pool()
    n.dense(10, False)
    return n


def ds_cnn(bits):
    n = Net("ds_cnn", (1, 49, 10), bits)
    n.conv(64, (10, 4), 2, [4, 1, 5, 1])
    for _ in range(4):
        n.conv(64, 3, groups=64)
        n.conv(64, 1)
    n.pool()
    n.dense(12, False)
    return n


def autoencoder(bits):
    n = Net("autoencoder", (640,), bits)
    for oc in [128] * 4 + [8] + [128] * 4:
        n.dense(oc)
    n.dense(640, False)
    return n


def qonnx(folder, w_bits, a_bits):
    """Quant nodes on weights and activations, BatchNormalization apart, as Brevitas writes it."""
    name, rng = f"qonnx_w{w_bits}a{a_bits}", np.random.default_rng(w_bits * 10 + a_bits)
    nodes, inits = [], []

    def const(n, a):
        inits.append(nh.from_array(np.asarray(a, np.float32), n))
        return n

    def quant(x, out, scale, bits, signed):
        nodes.append(h.make_node("Quant", [x, const(out + "_s", scale), const(out + "_z", 0.0), const(out + "_b", float(bits))], [out], name=out, domain="qonnx.custom_op.general", signed=int(signed),
                                 narrow=int(signed), rounding_mode="ROUND"))
        return out

    at, c = quant("x", "qx", 2.0 / (2 ** (a_bits - 1) - 1), a_bits, True), 1
    for i, (oc, k) in enumerate(((8, 3), (16, 3), (16, 1))):
        w = rng.normal(0, 1, (oc, c, k, k))
        s = np.abs(w).reshape(oc, -1).max(1).reshape(oc, 1, 1, 1) / (2 ** (w_bits - 1) - 1)
        nodes.append(h.make_node("Conv", [at, quant(const(f"w{i}", w), f"qw{i}", s, w_bits, True)], [f"c{i}"], name=f"conv{i}"))
        bn = [const(f"g{i}", rng.uniform(0.5, 1.5, oc)), const(f"be{i}", rng.normal(0, 0.3, oc)), const(f"m{i}", rng.normal(0, 0.3, oc)), const(f"v{i}", rng.uniform(2, 8, oc))]
        nodes.append(h.make_node("BatchNormalization", [f"c{i}", *bn], [f"n{i}"], name=f"bn{i}"))
        nodes.append(h.make_node("Relu", [f"n{i}"], [f"r{i}"], name=f"relu{i}"))
        at, c = quant(f"r{i}", f"qa{i}", 4.0 / (2 ** a_bits - 1), a_bits, False), oc
    nodes += [h.make_node("GlobalAveragePool", [at], ["p"], name="gap"), h.make_node("Flatten", ["p"], ["f"], name="flat")]
    w = rng.normal(0, 1, (16, 5))
    nodes.append(h.make_node("MatMul", [quant("f", "qf", 4.0 / 255, 8, False), quant(const("wd", w), "qwd", np.abs(w).max() / (2 ** (w_bits - 1) - 1), w_bits, True)], ["y"], name="dense"))
    g = h.make_graph(nodes, name, [h.make_tensor_value_info("x", T.FLOAT, ["N", 1, 9, 9])], [h.make_tensor_value_info("y", T.FLOAT, None)], inits)
    m = h.make_model(g, opset_imports=[h.make_opsetid("", 13), h.make_opsetid("qonnx.custom_op.general", 1)])
    m.ir_version = 8
    onnx.save(m, f"{folder}/{name}.onnx")
    np.save(f"{folder}/{name}_x.npy", rng.uniform(-2, 2, (6, 1, 9, 9)).astype(np.float32))


def ties(folder):
    """Scales that are powers of two: every other result of a layer is a tie between two integers. Sums and averages too."""
    rng, nodes, inits = np.random.default_rng(3), [], []

    def const(n, a):
        inits.append(nh.from_array(a, n))
        return n

    def quant(x, out, scale):
        s, z = const(out + "_s", np.array(np.float32(scale))), const(out + "_z", np.array(np.int8(0)))
        nodes.append(h.make_node("QuantizeLinear", [x, s, z], [out + "_q"], name=out + "_q"))
        nodes.append(h.make_node("DequantizeLinear", [out + "_q", s, z], [out], name=out))
        return out

    def conv(x, i, oc, ic, k, scale):
        w = [const(f"w{i}_q", rng.integers(-7, 8, (oc, ic, k, k)).astype(np.int8)), const(f"w{i}_s", np.array(np.float32(0.25))), const(f"w{i}_z", np.array(np.int8(0)))]
        nodes.append(h.make_node("DequantizeLinear", w, [f"w{i}"], name=f"w{i}"))
        nodes.append(h.make_node("Conv", [x, f"w{i}"], [f"c{i}"], name=f"conv{i}"))
        return quant(f"c{i}", f"a{i}", scale)

    first = conv(quant("x", "x0", 0.25), 0, 4, 1, 3, 1.0)
    nodes.append(h.make_node("Add", [conv(first, 1, 4, 4, 1, 4.0), conv(first, 2, 4, 4, 1, 4.0)], ["sum"], name="sum"))
    nodes.append(h.make_node("AveragePool", [quant("sum", "s", 8.0)], ["p"], name="pool", kernel_shape=[2, 2], strides=[2, 2]))
    quant("p", "y", 8.0)
    g = h.make_graph(nodes, "ties", [h.make_tensor_value_info("x", T.FLOAT, ["N", 1, 6, 6])], [h.make_tensor_value_info("y", T.FLOAT, ["N", 4, 2, 2])], inits)
    m = h.make_model(g, opset_imports=[h.make_opsetid("", 13)])
    m.ir_version = 8
    onnx.save(m, f"{folder}/ties.onnx")
    np.save(f"{folder}/ties_x.npy", rng.integers(-100, 100, (40, 1, 6, 6)).astype(np.float32) * np.float32(0.25))


def main(folder, bits=8):
    ties(folder)
    for make in mobilenet, resnet8, ds_cnn, autoencoder:
        n = make(bits)
        n.save(folder, softmax=n.name == "ds_cnn")
    for w, a in (2, 2), (3, 3), (4, 4), (4, 2), (9, 6):
        qonnx(folder, w, a)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8)
