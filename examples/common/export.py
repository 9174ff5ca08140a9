"""Writes networks as ONNX: plain float, and quantised in the QCDQ form (QuantizeLinear, Clip, DequantizeLinear)."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from common.spec import AveragePool, Conv

OPSET = 13                                            # the first with per-channel DequantizeLinear
IR_VERSION = 8


class GraphBuilder:
    """Collects nodes and initializers; `value` is the name of the tensor the next node reads."""

    def __init__(self, spec):
        self.spec, self.value = spec, "input"
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, op, name, inputs=(), output=None, **attributes):
        """Append a node that reads the current value, then `inputs`."""
        output = output or f"{name}_out"
        self.nodes.append(helper.make_node(op, [self.value, *inputs], [output], name=name, **attributes))
        self.value = output

    def quantise(self, name, scale, limit=None, signed=False, output=None):
        """QuantizeLinear, Clip to 0 ... limit if the format has fewer than 8 bits, DequantizeLinear."""
        dtype = np.int8 if signed else np.uint8
        scale = self.constant(f"{name}_scale", np.float32(scale))
        zero = self.constant(f"{name}_zero", dtype(0))
        self.node("QuantizeLinear", f"{name}_quantize", [scale, zero])
        if limit is not None and limit < 255:
            bounds = [self.constant(f"{name}_min", dtype(0)), self.constant(f"{name}_max", dtype(limit))]
            self.node("Clip", f"{name}_clip", bounds)
        self.node("DequantizeLinear", f"{name}_dequantize", [scale, zero], output)

    def dequantised(self, name, codes, scale):
        """An integer initializer with one scale per output channel; returns the name of its real value."""
        inputs = [self.constant(f"{name}_codes", codes), self.constant(f"{name}_scale", scale.astype(np.float32))]
        if codes.dtype == np.int8:                    # int32 has no zero point other than the implied 0
            inputs.append(self.constant(f"{name}_zero", np.zeros(len(scale), np.int8)))
        self.nodes.append(helper.make_node("DequantizeLinear", inputs, [name], name=f"{name}_dequantize", axis=0))
        return name

    def weighted(self, layer, name, weight, bias, output=None):
        if isinstance(layer, Conv):
            self.node("Conv", name, [weight, bias], output, kernel_shape=[layer.kernel] * 2, strides=[1, 1],
                      pads=[0, 0, 0, 0])
        else:
            self.node("Gemm", name, [weight, bias], output, transB=1)

    def max_pool(self, layer, name):
        if isinstance(layer, Conv) and layer.pool > 1:
            self.node("MaxPool", name, kernel_shape=[1, layer.pool], strides=[1, layer.pool])

    def average_pool(self, layer):
        self.node("AveragePool", "average_pool", kernel_shape=[1, layer.width], strides=[1, layer.width])

    def flatten_before(self, layer, is_flat):
        if not isinstance(layer, Conv) and not is_flat:
            self.node("Flatten", "flatten", axis=1)

    def save(self, path, name, description):
        outputs = self.spec.weight_shapes()[-1][0]
        graph = helper.make_graph(
            self.nodes, name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *self.spec.input_shape])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", outputs])], self.constants)
        model = helper.make_model(graph, producer_name="apugen examples", doc_string=description,
                                  opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def layer_names(spec):
    """conv1, conv2, ..., fc1, fc2, ... in the order of the weighted layers."""
    convs = sum(isinstance(layer, Conv) for layer in spec.layers)
    return [f"conv{i + 1}" if i < convs else f"fc{i + 1 - convs}" for i in range(len(spec.weighted()))]


def export_float(path, spec, folded, name, description):
    """folded: [(weight, bias)] as torch tensors."""
    g = GraphBuilder(spec)
    names, i = layer_names(spec), 0
    for layer in spec.layers:
        if isinstance(layer, AveragePool):
            g.average_pool(layer)
            continue
        last = i == len(names) - 1
        g.flatten_before(layer, is_flat=i > 0 and names[i - 1].startswith("fc"))
        weight, bias = (t.detach().numpy().astype(np.float32) for t in folded[i])
        g.weighted(layer, names[i], g.constant(f"{names[i]}_weight", weight), g.constant(f"{names[i]}_bias", bias),
                   "output" if last else None)
        if not last:
            g.node("Relu", f"{names[i]}_relu")
        g.max_pool(layer, f"{names[i]}_pool")
        i += 1
    g.save(path, name, description)


def export_quantised(path, net, name, description):
    """net: a QuantNet. Sums of products, biases and activations are whole multiples of the scales in the file."""
    spec = net.spec
    g = GraphBuilder(spec)
    g.quantise("input", spec.input_scale, spec.activation_max)
    names, i = layer_names(spec), 0
    for layer in spec.layers:
        if isinstance(layer, AveragePool):            # a mean of codes is no code: round it back to the input's grid
            g.average_pool(layer)
            g.quantise("average", spec.input_scale, spec.activation_max)
            continue
        last = i == len(names) - 1
        g.flatten_before(layer, is_flat=i > 0 and names[i - 1].startswith("fc"))
        w, b, unit = (t.detach().numpy() for t in net.codes(i))
        weight = g.dequantised(f"{names[i]}_weight", np.rint(w).astype(np.int8), net.weight_scale(i).numpy())
        bias = g.dequantised(f"{names[i]}_bias", np.rint(b).astype(np.int32), unit)
        g.weighted(layer, names[i], weight, bias)
        scale = net.act_scale[i + 1].item()
        if last:
            g.quantise("logits", scale, signed=True, output="output")
        else:
            g.node("Relu", f"{names[i]}_relu")
            g.quantise(f"{names[i]}_act", scale, spec.activation_max)
            g.max_pool(layer, f"{names[i]}_pool")
        i += 1
    g.save(path, name, description)
