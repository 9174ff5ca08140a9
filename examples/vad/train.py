#!/usr/bin/python3
"""Train the voice activity network, quantise it, write vad_float.onnx, vad.onnx and reference_output.npy.

usage: train.py [--epochs N] [--fine-epochs N] [--adc-epochs N] [--table]

Three steps: float with batch norm; the same weights folded and fine-tuned with 7-bit weights and 6-bit activations; a few
epochs in which every product passes through the converter it will meet on the chip. The sizes give whole radix-8 digits
(two weight slices, two input digits), so that no converter range is wasted on digits that are never large.
"""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from common import recipe                             # noqa: E402
from common.hardware import Adc                       # noqa: E402
from common.spec import Conv, Dense, Spec             # noqa: E402

SPEC = Spec(layers=(Conv(4, 16, pool=2), Conv(3, 8), Conv(3, 32, pool=2), Conv(3, 32, pool=2), Conv(3, 32),
                    Dense(18), Dense(2)),
            weight_bits=7, activation_bits=6, power_of_two=True)
assert SPEC.macs() == 1_237_924 and SPEC.parameter_count() == 25_776


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    recipe.add_arguments(parser, epochs=14, fine_epochs=4, adc_epochs=1)
    recipe.run(parser.parse_args(), SPEC, HERE, "vad", adc=Adc(bits=9, gain=4, rows=64))


if __name__ == "__main__":
    main()
