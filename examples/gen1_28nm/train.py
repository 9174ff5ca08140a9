#!/usr/bin/python3
"""Train the 2,480-synapse voice activity network of the dedicated 28 nm chip, write gen1_28nm.onnx.

usage: train.py [--epochs N] [--fine-epochs N]

Ten frames are averaged outside the crossbars, then 78 -> 31 -> 2 fully connected: 78*31 + 31*2 = 2,480 weights. Four-bit
weights are sign and one radix-8 digit, so that a weight is one synapse.
"""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from common import recipe                             # noqa: E402
from common.spec import AveragePool, Dense, Spec      # noqa: E402
from common.training import Style                     # noqa: E402

SPEC = Spec(layers=(AveragePool(10), Dense(31), Dense(2)), weight_bits=4, activation_bits=6, power_of_two=True)
# Too small to learn anything by heart: no dropout, no masks.
STYLE = Style(float_rate=1e-2, fine_rate=5e-4, batch=128, dropout=0.0, smoothing=0.0, masks=False)
assert SPEC.weight_count() == 2_480


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    recipe.add_arguments(parser, epochs=40, fine_epochs=40)
    recipe.run(parser.parse_args(), SPEC, HERE, "gen1_28nm", style=STYLE)


if __name__ == "__main__":
    main()
