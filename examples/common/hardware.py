"""What the crossbar's converters do to a layer: digit slices, row chunks, rounding and clipping of every conversion.

Weights are sign and magnitude in radix-8 slices, inputs radix-8 digits. A conversion reads up to `rows` rows of one slice
under one digit. Full scale is what those rows could deliver (7 * 7 each, either sign), so
LSB = 2 * 49 * rows / (gain * 2^bits); partial sums are shifted and added digitally, without further loss.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as F

DIGIT_BITS = 3
RADIX = 2 ** DIGIT_BITS
DIGIT_MAX = RADIX - 1


@dataclass(frozen=True)
class Adc:
    bits: int
    gain: int
    rows: int


def digits(bits):
    return -(-bits // DIGIT_BITS)


def adc_product(adc, w, x, spec):
    """Weight codes w times input codes x, dense or convolution, as converted sums of products."""
    if w.dim() == 4:
        h, v = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
        product = _converted(adc, w.flatten(1), F.unfold(x, tuple(w.shape[2:])), spec)
        return product.view(x.shape[0], w.shape[0], h, v)
    return _converted(adc, w, x.unsqueeze(-1), spec).squeeze(-1)


def _converted(adc, w, x, spec):
    """w [out, k], x [batch, k, positions] -> [batch, out, positions]."""
    n_out, k = w.shape
    magnitude = torch.round(w.abs())
    slices = [torch.floor(magnitude / RADIX ** i) % RADIX * torch.sign(w) for i in range(digits(spec.weight_bits - 1))]
    stacked = torch.cat(slices)                       # all slices of a chunk in one product
    lsb = 2 * DIGIT_MAX ** 2 * min(adc.rows, k) / (adc.gain * 2 ** adc.bits)
    half = 2 ** (adc.bits - 1)
    total = 0
    for j in range(digits(spec.activation_bits)):
        digit = torch.floor(x / RADIX ** j) % RADIX
        for start in range(0, k, adc.rows):
            chunk = slice(start, start + adc.rows)
            code = torch.matmul(stacked[:, chunk] / lsb, digit[:, chunk]).round_().clamp_(-half, half - 1)
            for i in range(len(slices)):
                total = total + code[:, i * n_out:(i + 1) * n_out] * (lsb * RADIX ** (i + j))
    return total


def print_adc_table(net, accuracy, rows=(16, 64, 256), bits=(8, 9, 10), gains=(1, 2, 4)):
    """Accuracy over converter resolution, gain and rows per conversion; accuracy is a function of the network."""
    print("rows   " + "  ".join(f"{b:2d} bit G{g}" for b in bits for g in gains))
    previous = net.adc
    for r in rows:
        figures = []
        for b in bits:
            for g in gains:
                net.adc = Adc(b, g, r)
                figures.append(accuracy(net))
        print(f"{r:4d}   " + "  ".join(f"{a:9.2f}" for a in figures), flush=True)
    net.adc = previous
