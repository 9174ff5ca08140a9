#!/usr/bin/python3
"""Train the 72,846-synapse voice activity network of the dedicated 22 nm chip, write gen1_22nm.onnx.

usage: train.py [--epochs N] [--fine-epochs N]

The network of examples/vad with channel counts chosen so that the weights number 24,282. Eight-bit weights are sign and
seven bits of magnitude, three radix-8 digits, so that a weight is three synapses.
"""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from common import recipe                             # noqa: E402
from common.hardware import digits                    # noqa: E402
from common.spec import Conv, Dense, Spec             # noqa: E402

# Scales are not powers of two here, as most quantisers would leave them.
SPEC = Spec(layers=(Conv(4, 18, pool=2), Conv(3, 8), Conv(3, 32, pool=2), Conv(3, 30, pool=2), Conv(3, 31),
                    Dense(18), Dense(2)),
            weight_bits=8, activation_bits=8, power_of_two=False)
assert SPEC.weight_count() == 24_282 and SPEC.weight_count() * digits(SPEC.weight_bits - 1) == 72_846


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    recipe.add_arguments(parser, epochs=12, fine_epochs=3)
    net = recipe.run(parser.parse_args(), SPEC, HERE, "gen1_22nm")
    for i in range(len(net.weight)):                  # a layer without large weights would need fewer synapses
        largest = net.codes(i)[0].abs().max().item()
        assert largest > 63, f"layer {i}: largest weight {largest:.0f} leaves the third digit empty"


if __name__ == "__main__":
    main()
