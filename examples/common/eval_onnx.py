#!/usr/bin/python3
"""Reference inference of the example networks in numpy, and their accuracy on a labelled test set.

usage: eval_onnx.py NET.onnx [--input X.npy] [--labels Y.npy] [--reference N OUT.npy]

Follows the ONNX operator specification: real values in float32, QuantizeLinear rounds half to even and saturates. Sums of
products are taken in float64 and rounded once to float32, so that the order of addition plays no part. Knows only the
operators of the examples. Needs numpy and onnx, not torch.
"""
import argparse
import os

import numpy as np
import onnx
from onnx import numpy_helper

VAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vad")
BATCH = 100


def along_axis(vector, ndim, axis):
    """Shape a scale or zero point for broadcasting along `axis`; a scalar stays one."""
    return vector if vector.ndim == 0 else vector.reshape([-1 if d == axis else 1 for d in range(ndim)])


def quantize_linear(x, scale, zero=np.uint8(0), axis=1):
    scale, zero = (along_axis(np.asarray(v), x.ndim, axis) for v in (scale, zero))
    limits = np.iinfo(zero.dtype)
    code = np.rint(x / scale) + zero.astype(np.float32)
    return np.clip(code, limits.min, limits.max).astype(zero.dtype)


def dequantize_linear(x, scale, zero=None, axis=1):
    scale = along_axis(np.asarray(scale), x.ndim, axis)
    if zero is not None:
        x = x.astype(np.int32) - along_axis(np.asarray(zero), x.ndim, axis).astype(np.int32)
    return x.astype(np.float32) * scale


def windows(x, kernel, strides):
    """All windows of the last two axes, [..., rows, columns, kernel rows, kernel columns]."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return view[:, :, ::strides[0], ::strides[1]]


def conv(x, w, b, kernel_shape, strides, pads):
    if any(pads):
        raise NotImplementedError("padded convolution")
    patches = windows(x, kernel_shape, strides).transpose(0, 2, 3, 1, 4, 5)
    n, h, v = patches.shape[:3]
    columns = patches.reshape(n * h * v, -1).astype(np.float64)
    out = columns @ w.reshape(len(w), -1).T.astype(np.float64) + b
    return out.reshape(n, h, v, -1).transpose(0, 3, 1, 2).astype(np.float32)


def gemm(x, w, b, transB=0):
    w = w.T if transB else w
    return (x.astype(np.float64) @ w.astype(np.float64) + b).astype(np.float32)


OPERATORS = {
    "QuantizeLinear": quantize_linear,
    "DequantizeLinear": dequantize_linear,
    "Clip": lambda x, low, high: np.clip(x, low, high),
    "Conv": conv,
    "Gemm": gemm,
    "Relu": lambda x: np.maximum(x, 0),
    "MaxPool": lambda x, kernel_shape, strides: windows(x, kernel_shape, strides).max((4, 5)),
    "AveragePool": lambda x, kernel_shape, strides: (windows(x, kernel_shape, strides).sum((4, 5), dtype=np.float64)
                                                     / np.prod(kernel_shape)).astype(np.float32),
    "Flatten": lambda x, axis=1: x.reshape(int(np.prod(x.shape[:axis])), -1),
}


def run(model, x):
    """Outputs of the model for one batch of float32 inputs."""
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    values[model.graph.input[0].name] = x
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type](*(values[i] for i in node.input), **attributes)
    return values[model.graph.output[0].name]


def infer(path, x):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return np.concatenate([run(model, x[i:i + BATCH].astype(np.float32)) for i in range(0, len(x), BATCH)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("net")
    parser.add_argument("--input", default=os.path.join(VAD, "test_x.npy"))
    parser.add_argument("--labels", default=os.path.join(VAD, "test_y.npy"))
    parser.add_argument("--reference", nargs=2, metavar=("N", "OUT"), help="store the outputs of the first N inputs")
    args = parser.parse_args()
    y = np.load(args.labels)
    logits = infer(args.net, np.load(args.input))
    print(f"{os.path.basename(args.net)}: accuracy {100 * np.mean(logits.argmax(1) == y):.2f} % of {len(y)}")
    if args.reference:
        np.save(args.reference[1], logits[:int(args.reference[0])])


if __name__ == "__main__":
    main()
