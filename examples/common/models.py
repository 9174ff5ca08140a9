"""The float network (with batch norm, for training) and its quantised form (integer codes, straight-through gradients)."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from common.hardware import adc_product
from common.spec import AveragePool, Conv

INPUT_RANGE = 255.0                                   # the float network trains on x / 255; fold() hides that


class FloatNet(nn.Module):
    """Convolutions and dense layers, each with batch norm and ReLU; the last layer plain."""

    def __init__(self, spec, dropout=0.0):
        super().__init__()
        self.spec, self.dropout = spec, dropout
        shapes = spec.weight_shapes()
        self.linear = nn.ModuleList(
            nn.Conv2d(s[1], s[0], s[2]) if len(s) == 4 else nn.Linear(s[1], s[0]) for s in shapes)
        self.norm = nn.ModuleList(nn.BatchNorm2d(s[0]) if len(s) == 4 else nn.BatchNorm1d(s[0]) for s in shapes[:-1])

    def forward(self, x):
        x, i = x.float() / INPUT_RANGE, 0
        for layer in self.spec.layers:
            if isinstance(layer, AveragePool):
                x = F.avg_pool2d(x, (1, layer.width))
                continue
            if not isinstance(layer, Conv):
                x = F.dropout(x.flatten(1), self.dropout, self.training)
            x = self.linear[i](x)
            if i < len(self.norm):
                x = F.relu(self.norm[i](x))
            if isinstance(layer, Conv) and layer.pool > 1:
                x = F.max_pool2d(x, (1, layer.pool))
            i += 1
        return x

    @torch.no_grad()
    def fold(self):
        """[(weight, bias)] without batch norm, for inputs 0 ... 255."""
        folded = []
        for i, linear in enumerate(self.linear):
            weight, bias = linear.weight.clone(), linear.bias.clone()
            if i < len(self.norm):
                norm = self.norm[i]
                gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
                weight *= gain.view(-1, *[1] * (weight.dim() - 1))
                bias = (bias - norm.running_mean) * gain + norm.bias
            if i == 0:
                weight /= INPUT_RANGE
            folded.append((weight, bias))
        return folded


def straight_through(x, quantised):
    """Forward the quantised value, pass the gradient to x."""
    return x + (quantised - x).detach()


def per_channel(vector, weight):
    return vector.view(-1, *[1] * (weight.dim() - 1))


class QuantNet(nn.Module):
    """The folded network in integer codes, as the exported ONNX file and the chip compute it.

    Every tensor between layers holds codes 0 ... activation_max; real value = code * act_scale. Sums are integers below
    2^24, hence exact in float32 in any order. Weight scales follow the weights, per output channel; activation scales are
    fixed by calibrate().
    """

    def __init__(self, spec, folded):
        super().__init__()
        self.spec = spec
        # The optimiser's steps have a fixed size, while folding leaves weights between 0.001 and 1: train them relative
        # to the largest of their channel.
        self.reach = [w.abs().flatten(1).amax(1).clamp(min=1e-9) for w, _ in folded]
        self.weight = nn.ParameterList(nn.Parameter(w / per_channel(r, w)) for (w, _), r in zip(folded, self.reach))
        self.bias = nn.ParameterList(nn.Parameter(b.clone()) for _, b in folded)
        # act_scale[i] belongs to the input of weighted layer i; the last entry is the output's, int8.
        self.register_buffer("act_scale", torch.full((len(folded) + 1,), spec.input_scale))
        self.adc = None                               # an hardware.Adc makes the forward pass go through it

    @torch.no_grad()
    def calibrate(self, x, coverage=0.9995):
        """Set activation scales one layer after the other so that `coverage` of the positive values fit."""
        for i in range(len(self.weight)):
            last = i == len(self.weight) - 1
            z = self(x, stop_at=i)
            top = z.abs().max().item() * 1.05 if last else quantile(z[z > 0], coverage)
            self.act_scale[i + 1] = self.nice(top / (127 if last else self.spec.activation_max), math.ceil)

    def nice(self, scale, rounding=round):
        return 2.0 ** rounding(math.log2(scale)) if self.spec.power_of_two else scale

    def weight_scale(self, i):
        """Largest weight of each channel -> largest code; with powers of two the nearest one, clipping what is beyond."""
        largest = self.weight[i].detach().abs().flatten(1).amax(1).clamp(min=1e-9)
        scale = largest * self.reach[i] / self.spec.weight_max
        return 2.0 ** torch.round(torch.log2(scale)) if self.spec.power_of_two else scale

    def codes(self, i):
        """Integer weights and biases of layer i, and the real value of one unit of their sum of products, per channel."""
        scale, top = self.weight_scale(i), self.spec.weight_max
        w = self.weight[i] * per_channel(self.reach[i] / scale, self.weight[i])
        w = straight_through(w, torch.round(w)).clamp(-top, top)
        unit = scale * self.act_scale[i]
        b = self.bias[i] / unit
        return w, straight_through(b, torch.round(b)), unit

    def forward(self, x, stop_at=None):
        """Real-valued logits (quantised to int8); with stop_at=i the real value in front of the quantiser of layer i."""
        top, i = self.spec.activation_max, 0
        x = torch.round(x.float() / self.spec.input_scale).clamp(0, top)
        for layer in self.spec.layers:
            if isinstance(layer, AveragePool):
                x = torch.round(F.avg_pool2d(x, (1, layer.width)))
                continue
            if not isinstance(layer, Conv):
                x = x.flatten(1)
            w, b, unit = self.codes(i)
            z = F.conv2d(x, w) if isinstance(layer, Conv) else F.linear(x, w)
            if self.adc is not None:
                with torch.no_grad():
                    converted = adc_product(self.adc, w, x, self.spec)
                z = straight_through(z, converted)
            z = z + b.view(-1, *[1] * (z.dim() - 2))
            real = z * unit.view(-1, *[1] * (z.dim() - 2))
            if stop_at == i:
                return real
            scale = self.act_scale[i + 1]
            if i == len(self.weight) - 1:
                code = real / scale
                return straight_through(code, torch.round(code)).clamp(-128, 127) * scale
            code = (real / scale).clamp(0, top)       # the clamp is the ReLU
            x = straight_through(code, torch.round(code))
            if isinstance(layer, Conv) and layer.pool > 1:
                x = F.max_pool2d(x, (1, layer.pool))
            i += 1


def quantile(values, q):
    values = values.flatten()
    if values.numel() > 1_000_000:                    # torch.quantile has a size limit
        values = values[:: values.numel() // 1_000_000 + 1]
    return torch.quantile(values, q).item()
