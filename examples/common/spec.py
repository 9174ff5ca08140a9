"""What a network is made of, independent of torch and ONNX: a list of layers and the sizes that follow from it."""
from dataclasses import dataclass


@dataclass(frozen=True)
class AveragePool:
    """Mean over 1 x width frames, stride width."""
    width: int


@dataclass(frozen=True)
class Conv:
    """Square convolution without padding, ReLU, then max pooling 1 x pool."""
    kernel: int
    channels: int
    pool: int = 1


@dataclass(frozen=True)
class Dense:
    """Fully connected; ReLU unless it is the last layer. The first one flattens in ONNX order (channel, row, column)."""
    features: int


@dataclass(frozen=True)
class Spec:
    """A network and the number formats of its quantised form."""
    layers: tuple
    weight_bits: int                                  # signed, symmetric: -(2^(b-1) - 1) ... 2^(b-1) - 1
    activation_bits: int                              # unsigned, zero point 0; the input has the same format
    power_of_two: bool                                # all scales are powers of two
    input_shape: tuple = (1, 13, 64)

    @property
    def weight_max(self):
        return 2 ** (self.weight_bits - 1) - 1

    @property
    def activation_max(self):
        return 2 ** self.activation_bits - 1

    @property
    def input_scale(self):
        """Sensor bytes per input code."""
        return 2.0 ** (8 - self.activation_bits)

    def weighted(self):
        return [layer for layer in self.layers if not isinstance(layer, AveragePool)]

    def shapes(self):
        """Per layer: (input shape, weight shape or None, output shape after pooling, MACs)."""
        rows, shape = [], self.input_shape
        for layer in self.layers:
            c, h, w = shape if len(shape) == 3 else (shape[0], 1, 1)
            if isinstance(layer, AveragePool):
                weight, out, macs = None, (c, h, w // layer.width), 0
            elif isinstance(layer, Conv):
                k = layer.kernel
                ho, wo = h - k + 1, w - k + 1
                weight, out = (layer.channels, c, k, k), (layer.channels, ho, wo // layer.pool)
                macs = layer.channels * c * k * k * ho * wo
            else:
                weight, out = (layer.features, c * h * w), (layer.features,)
                macs = layer.features * c * h * w
            rows.append((shape, weight, out, macs))
            shape = out
        return rows

    def weight_shapes(self):
        return [weight for _, weight, _, _ in self.shapes() if weight]

    def macs(self):
        return sum(macs for *_, macs in self.shapes())

    def weight_count(self):
        return sum(out * _product(rest) for out, *rest in self.weight_shapes())

    def parameter_count(self):
        return self.weight_count() + sum(out for out, *_ in self.weight_shapes())


def _product(values):
    result = 1
    for v in values:
        result *= v
    return result
