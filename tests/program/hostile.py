"""Broken networks for hostile.sh: hostile.py FOLDER GOOD.onnx. Writes FOLDER/*.onnx and FOLDER/want, the message some must give."""
import os
import random
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder, good = sys.argv[1:]
os.makedirs(folder)
want = open(os.path.join(folder, "want"), "w")


def write(name, data, message=""):
    with open(os.path.join(folder, name + ".onnx"), "wb") as f:
        f.write(data)
    if message:
        want.write(f"{name} {message}\n")


def net(nodes, init=(), inputs=None, outputs=None, opset=13):
    inputs = inputs if inputs is not None else [helper.make_tensor_value_info("x", 1, ["N", 4, 8, 8])]
    outputs = outputs if outputs is not None else [helper.make_tensor_value_info("y", 1, None)]
    return helper.make_model(helper.make_graph(nodes, "g", inputs, outputs, list(init)), opset_imports=[helper.make_opsetid("", opset)])


def save(name, model, message):
    write(name, model.SerializeToString(), message)


def tensor(name, dims, raw=b"", kind=1):
    t = TensorProto()
    t.name, t.data_type, t.raw_data = name, kind, raw
    t.dims.extend(dims)
    return t


relu = helper.make_node("Relu", ["x"], ["y"])
conv = helper.make_node("Conv", ["x", "w"], ["y"])
weights = numpy_helper.from_array(np.ones((2, 4, 3, 3), np.float32), "w")
whole = open(good, "rb").read()
for i in range(20):
    write(f"cut_{i:02}", whole[: len(whole) * i // 20])
for i in range(8):
    write(f"random_{i}", random.Random(i).randbytes(100000))
for i in range(4):  # a valid start, then noise
    write(f"tail_{i}", whole[: len(whole) // 2] + random.Random(i).randbytes(len(whole) // 2))
write("zeros", bytes(1 << 20))
write("text", b"this is no network\n" * 1000)
big = 1 << 40
save("huge_initializer", net([conv], [tensor("w", [big, big])]), "ONNX-0012")
save("huge_product", net([conv], [tensor("w", [1 << 20, 1 << 20, 1 << 20, 1])]), "ONNX-0012")
save("huge_input", net([relu], inputs=[helper.make_tensor_value_info("x", 1, [1, big])]), "ONNX-0012")
save("negative_initializer", net([conv], [tensor("w", [-2, 4, 3, 3], bytes(288))]), "ONNX-0012")
save("negative_input", net([relu], inputs=[helper.make_tensor_value_info("x", 1, [1, -4, 8])]), "ONNX-0012")
save("open_dimension", net([relu], inputs=[helper.make_tensor_value_info("x", 1, [1, "C", 8])]), "ONNX-0012")
save("too_little_data", net([conv], [tensor("w", [2, 4, 3, 3], bytes(100))]), "ONNX-0013")
save("nan_weights", net([conv], [numpy_helper.from_array(np.full((2, 4, 3, 3), np.nan, np.float32), "w")]), "ONNX-0014")
save("cycle", net([helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"]), helper.make_node("Relu", ["b"], ["y"])]), "ONNX-0019")
save("own_input", net([helper.make_node("Relu", ["y"], ["y"])]), "ONNX-0019")
save("same_output", net([relu, relu]), "ONNX-0015")
save("same_initializer", net([conv], [weights, weights]), "ONNX-0015")
external = tensor("w", [2, 4, 3, 3])
external.data_location = TensorProto.EXTERNAL
entry = external.external_data.add()
entry.key, entry.value = "location", "../../../../etc/passwd"
save("external", net([conv], [external]), "ONNX-0010")
save("string_weights", net([conv], [tensor("w", [2, 4, 3, 3], kind=8)]), "ONNX-0011")
save("unknown_type", net([conv], [tensor("w", [2, 4, 3, 3], bytes(288), kind=99)]), "ONNX-0011")
save("integer_weights", net([conv], [numpy_helper.from_array(np.ones((2, 4, 3, 3), np.int8), "w")]), "ONNX-0022")
save("string_input", net([relu], inputs=[helper.make_tensor_value_info("x", 8, [1, 4])]), "ONNX-0011")
save("no_output", net([relu], outputs=[]), "ONNX-0016")
save("no_input", net([relu], inputs=[]), "ONNX-0016")
save("no_nodes", net([]), "ONNX-0018")
save("missing_tensor", net([helper.make_node("Relu", ["z"], ["y"])]), "ONNX-0017")
save("unmade_output", net([helper.make_node("Relu", ["x"], ["z"])]), "ONNX-0017")
save("unknown_operator", net([helper.make_node("Einsum", ["x"], ["y"], equation="ij->ji")]), "ONNX-0021")
save("float_quant", net([helper.make_node("FloatQuant", ["x"] * 6, ["y"], domain="qonnx.custom_op.general")]), "ONNX-0021")
save("opset_99", net([relu], opset=99), "ONNX-0004")
save("group_0", net([helper.make_node("Conv", ["x", "w"], ["y"], group=0)], [weights]), "ONNX-0022")
save("stride_0", net([helper.make_node("Conv", ["x", "w"], ["y"], strides=[0, 0])], [weights]), "ONNX-0022")
save("huge_pads", net([helper.make_node("Conv", ["x", "w"], ["y"], pads=[1 << 50] * 4)], [weights]), "ONNX-0022")
save("huge_transpose", net([helper.make_node("Transpose", ["x"], ["y"], perm=[0, 1, 2, 9])]), "ONNX-0022")
save("huge_reshape", net([helper.make_node("Reshape", ["x", "s"], ["y"])], [numpy_helper.from_array(np.array([big, big, big]), "s")]), "ONNX-0022")
save("huge_pad", net([helper.make_node("Pad", ["x", "p"], ["y"])], [numpy_helper.from_array(np.full(8, 1 << 60), "p")]), "ONNX-0022")
save("huge_step", net([helper.make_node("Slice", ["x", "a", "b", "", "s"], ["y"])], [numpy_helper.from_array(np.array([v] * 4), n) for v, n in ((0, "a"), (1, "b"), (-(1 << 63), "s"))]), "ONNX-0022")
save("many_pads", net([helper.make_node("Pad", ["x", "p"], ["q"]), helper.make_node("Pad", ["q", "p"], ["y"])],
                      [numpy_helper.from_array(np.array([0, 0, 60000, 60000] * 2), "p")]), "ONNX-0012")
# A chain of broadcasts folded to a constant of a billion elements
ones = numpy_helper.from_array(np.ones((1 << 14, 1), np.float32), "a"), numpy_helper.from_array(np.ones((1, 1 << 14), np.float32), "b")
save("constant_bomb", net([helper.make_node("Mul", ["a", "b"], ["c"]), helper.make_node("Add", ["x", "c"], ["y"])], ones), "ONNX-0012")
# Files of some size that are broken at their end: nothing may have been made of the weights yet.
codes = numpy_helper.from_array(np.resize(np.arange(-9, 9, dtype=np.int8), (1024, 12 << 10)), "w")
scale = numpy_helper.from_array(np.float32(0.1), "s")
dense = [helper.make_node("DequantizeLinear", ["w", "s"], ["f"]), helper.make_node("Gemm", ["x", "f"], ["y"])]
save("heavy_shape", net(dense, [codes, scale], inputs=[helper.make_tensor_value_info("x", 1, ["N", 7])]), "ONNX-0022")
save("heavy_cycle", net([helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"]), helper.make_node("Relu", ["b"], ["y"])], [codes]), "ONNX-0019")
save("heavy_twice", net([relu], [codes, codes]), "ONNX-0015")
# 64 MB and then 64 MB more and more, from two vectors
long = [numpy_helper.from_array(np.ones(s, np.float32), n) for n, s in (("a", (4096, 1)), ("b", (1, 4096)))]
powers = [helper.make_node("Mul", ["a", "b"], ["c0"])] + [helper.make_node("Sigmoid", [f"c{i}"], [f"c{i + 1}"]) for i in range(6)]
save("folded_shape", net(powers + [helper.make_node("Add", ["x", "c6"], ["y"])], long), "ONNX-0022")
inner = helper.make_graph([relu], "g", [], [])
for _ in range(60):  # protobuf's own Python reader stops at a hundred levels
    inner = helper.make_graph([helper.make_node("If", ["x"], ["y"], then_branch=inner)], "g", [], [])
save("deep_nesting", helper.make_model(helper.make_graph(inner.node, "g", [helper.make_tensor_value_info("x", 1, [1, 4])], [helper.make_tensor_value_info("y", 1, None)])), "ONNX-0002")
for name, tag in ("nodes", b"\x0a"), ("tensors", b"\x2a"), ("infos", b"\x6a"):
    write("empty_" + name, b"\x3a\x80\x80\x80\x01" + (tag + b"\x00") * (1 << 20), "ONNX-0002")
# eight bytes of memory from one of the file: 8 MB of zeros as varints of int64
data = bytes(8 << 20)
for tag in b"\x3a\x2a\x3a":  # int64_data, initializer, graph
    n = len(data)
    data = bytes([tag, n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21]) + data
write("varints", data, "ONNX-0002")
want.close()
