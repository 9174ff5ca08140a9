"""The training recipe of the examples: float, quantised fine-tuning, converter-aware fine-tuning, export, figures."""
import os

import numpy as np
import torch

from common import eval_onnx, training
from common.export import export_float, export_quantised
from common.hardware import print_adc_table
from common.models import FloatNet, QuantNet
from common.training import Style

REFERENCE_CLIPS = 200


def add_arguments(parser, epochs, fine_epochs, adc_epochs=0):
    parser.add_argument("--epochs", type=int, default=epochs, help="float training (default %(default)s)")
    parser.add_argument("--fine-epochs", type=int, default=fine_epochs, help="quantised (default %(default)s)")
    parser.add_argument("--adc-epochs", type=int, default=adc_epochs, help="through the ADC (default %(default)s)")
    parser.add_argument("--table", action="store_true", help="print accuracy over ADC bits, gain and rows (slow)")
    parser.add_argument("--seed", type=int, default=1)


def run(args, spec, folder, name, adc=None, style=Style()):
    """Train and write FOLDER/NAME.onnx, NAME_float.onnx and reference_output.npy; returns the quantised network."""
    training.setup(args.seed)
    train, tune, test = (training.load(split) for split in ("train", "tune", "test"))
    print(f"{name}: {spec.macs()} MAC, {spec.parameter_count()} parameters, {spec.weight_count()} weights")

    float_net = FloatNet(spec, style.dropout)
    training.fit(float_net, train, tune, args.epochs, style.float_rate, style, "float")
    print(f"float: test {training.accuracy(float_net, test):.2f} %")
    folded = float_net.fold()

    net = QuantNet(spec, folded)
    net.calibrate(train[0][:1000])
    print(f"quantised, not yet fine-tuned: test {training.accuracy(net, test):.2f} %")
    training.fit(net, train, tune, args.fine_epochs, style.fine_rate, style, "quantised")
    if args.adc_epochs:
        net.adc = adc
        training.fit(net, train, tune, args.adc_epochs, style.fine_rate / 2, style, str(adc))
        net.adc = None
    print(f"quantised: test {training.accuracy(net, test):.2f} %")

    path = os.path.join(folder, f"{name}.onnx")
    export_quantised(path, net, name, f"voice activity, {spec.weight_bits}-bit weights, {spec.activation_bits}-bit "
                                      "activations; input: log-mel bytes 0 ... 255")
    export_float(os.path.join(folder, f"{name}_float.onnx"), spec, folded, f"{name}_float",
                 "voice activity, float; input: log-mel bytes 0 ... 255")
    write_reference(path, net, test)
    if args.table:
        print_adc_table(net, lambda n: training.accuracy(n, test))
    return net


@torch.no_grad()
def write_reference(path, net, test):
    """Evaluate the written file without torch, compare with the trained network, keep the first outputs for tests."""
    logits = eval_onnx.infer(path, test[0].numpy())
    worst = np.abs(logits - net(test[0]).numpy()).max()
    print(f"{os.path.basename(path)}: {os.path.getsize(path)} bytes, test"
          f" {100 * np.mean(logits.argmax(1) == test[1].numpy()):.2f} %, largest difference from torch {worst:g}")
    np.save(os.path.join(os.path.dirname(path), "reference_output.npy"), logits[:REFERENCE_CLIPS])
