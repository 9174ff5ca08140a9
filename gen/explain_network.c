/* Messages between the ONNX file and the program of the chip: network, architecture, mapper, plan, compiler. */
#include "gen/explain.h"

static const ExplainRow rows[] = {
    {"ARCH-0001", "--arch is neither a built-in name nor a file that exists. Built in are adelia-gen2 (programmable) and adelia-gen1 (dedicated); "
                  "anything with a / or ending in .xml is taken as a path."},
    {"ARCH-0002", "The file is XML, but not an architecture: its root element must be <arch>. See mapper/arch/ for examples."},
    {"ARCH-0003", "Sizes of the architecture contradict each other: a programmable crossbar must be made of whole blocks, converters need "
                  "adc-bits-min ≤ adc-bits-max and a gain-max that is a power of 2."},
    {"ISS-0001", "instructions.bin is truncated, damaged, or of another version of the format (docs/isa.md). Build the design again."},
    {"ISS-0002", "A section of instructions.bin is missing, there twice, or does not have the size the others ask for. Build the design again."},
    {"ISS-0003", "An instruction or a table entry that it uses leads out of a memory of the chip. Build the design again; if it was not edited, report it."},
    {"ISS-0004", "A word of the program is no instruction, or sets a register that does not exist."},
    {"MAP-0001", "The network's first dimension is fixed to more than one sample; the chip computes one at a time. Export with the batch left open or 1."},
    {"MAP-0002", "A warning: the network is (partly) float and no calibration inputs were given, so ranges of activations come from made-up normal "
                 "inputs. Give --workload for a plan worth trusting."},
    {"MAP-0010", "The operator stands where only quantised values can come: its input has neither scale nor range (for instance codes without a "
                 "DequantizeLinear). Export the network in QDQ or QCDQ form with every activation quantised."},
    {"MAP-0011", "After constants are folded nothing remains that depends on the input and computes: no convolution, dense layer, pool or addition."},
    {"MAP-0012", "Three slices of three bits hold weights −511…511. A weight is larger, or it is not a multiple of the scale that its "
                 "DequantizeLinear states. Quantise weights to 10 bits or less and export again."},
    {"MAP-0013", "Only a constant matrix can be stored in a crossbar: weights, biases and batch-norm parameters must be constants, the "
                 "third input of Gemm one value per output, and Gemm's first input a single row without transA."},
    {"MAP-0014", "The addition or multiplication cannot be folded into the layer before it: its constant is not one value (or one per channel), it "
                 "divides by 0 or by a value, or it comes per channel behind a Relu or Clip. Quantise before it."},
    {"MAP-0015", "Two computed tensors are combined by something other than an addition of equal shapes. Residual additions run; products of "
                 "activations do not, unless both are functions of one tensor's values (x · sigmoid(x)): that is a table."},
    {"MAP-0016", "The Clip between QuantizeLinear and DequantizeLinear (QCDQ) leaves no code, or the unclipped codes are used elsewhere as well. "
                 "Clip every use alike."},
    {"MAP-0017", "AveragePool with padding and count_include_pad=0 divides by a different number at the edges, which has no single integer factor. "
                 "Use count_include_pad=1 or no padding."},
    {"MAP-0018", "Activations have one scale per tensor: a scale or zero point per channel, or a DequantizeLinear that disagrees with its "
                 "QuantizeLinear, has no integer form."},
    {"MAP-0019", "Computed values can be flattened, nothing else: a Transpose that moves them, a Reshape to another picture or to several samples is "
                 "refused. Put the layout into the weights or export NCHW."},
    {"MAP-0020", "Softmax is the host's task at the end of the network, over all outputs. One in the middle, or over an axis, cannot be mapped."},
    {"MAP-0021", "The network's input holds integer codes. Give it a real input followed by QuantizeLinear, so that the plan knows scale and zero point."},
    {"MAP-0022", "The operator is computed by `infer`, but has no integer form on the chip: the reason is in the message. Put it before or behind the part that is mapped, "
                 "or replace it."},
    {"MAP-0023", "A Quant, Trunc or BipolarQuant on computed values that the chip's requantisation cannot do: Quant rounds to nearest, Trunc by FLOOR, CEIL or ROUND, zero points are whole numbers, "
                 "a sign has none, and Trunc and BipolarQuant want sums or integers that nobody else reads unrounded."},
    {"MAP-0024", "Sigmoid, Tanh, LeakyRelu and other functions of one value run as tables, an entry for every integer that their argument can be: at most 1024, so 10 bits. "
                 "Quantise the argument to 10 bits or less (a value without a quantiser gets 10 bits by itself). The function must be a finite number for each of them."},
    {"MAP-0025", "While the inputs of the workload (or made-up ones) ran through the float network, a tensor left float's range, or an input did already: no scale would hold it. "
                 "Check the network's constants, and the inputs for values that are no numbers."},
    {"MAP-0030", "--adc-bits, --gain, --rows or --repeats asks for what the architecture does not have: its converters' bits, a gain that is a power of 2 up to "
                 "gain-max, whole blocks of rows up to the crossbar's."},
    {"MAP-0031", "The layer does not fit: more rows or columns than a crossbar may have, or more layers with weights than crossbars. Use a "
                 "smaller layer, another architecture, or adelia-gen2, which reloads weights."},
    {"ONNX-0001", "The bytes are not those of an ONNX model, or the file is truncated; the byte where reading stopped is given if known. Export or copy again."},
    {"ONNX-0002", "The message is built in a way no exporter uses (a field twice, nesting over 12, or unpacking over 48 MB more than its size): refused before "
                  "memory is taken for it."},
    {"ONNX-0003", "The model has no graph, or defines functions of its own (model-local functions). Inline them on export."},
    {"ONNX-0004", "Operator sets 1 to 25 of the standard domain are understood; the model imports another one, or none."},
    {"ONNX-0010", "The tensor's data lie in another file. Save the model with its data inside (onnx.save with save_as_external_data=False)."},
    {"ONNX-0011", "The tensor's type is not supported. Float, double, float16, bfloat16, int8, uint8, int32, int64 "
                  "and bool are; strings are not, nor are sparse initializers."},
    {"ONNX-0012", "A shape is out of range: too many dimensions, a dimension negative or absurdly large, an open dimension that is not the first, "
                  "constants over 512 MB or a value over 2^26 elements."},
    {"ONNX-0013", "Shape and data of a constant differ in number: the file is damaged or was edited. Export again."},
    {"ONNX-0014", "A constant is infinite or not a number. Check the training; the network would compute nothing with it."},
    {"ONNX-0015", "Two nodes or initializers make a tensor of the same name, or an initializer has no name. Names must be unique."},
    {"ONNX-0016", "The network must have exactly one input with a name and a tensor shape, and one output. Cut side inputs and outputs off."},
    {"ONNX-0017", "A node or the output refers to a tensor that nothing makes, or the output does not depend on the input."},
    {"ONNX-0018", "The graph is empty or has more than 20,000 nodes."},
    {"ONNX-0019", "Nodes wait for each other in a circle. Recurrent networks must be unrolled."},
    {"ONNX-0020", "An attribute, an output or a number of inputs that this operator is not understood with. Unknown attributes are refused, so that "
                  "nothing with a meaning is overlooked; export to a plainer opset, or remove it if it is a default."},
    {"ONNX-0021", "The operator is not supported (QONNX's FloatQuant among them: synapses hold integers). docs/manual.md lists those that are. "
                  "Replace it or move it to the host."},
    {"ONNX-0022", "The operator is supported, but not with these inputs or attribute values: the reason is in the message (shape, missing input, "
                  "rounding mode, bit width …)."},
    {"ONNX-0023", "A constant that the graph computes would take more than 2^28 multiplications. Fold constants on export."},
    {"ONNX-0024", "A constant that the graph computes is an integer beyond 2^24, which float32 does not hold exactly. Fold constants on export."},
    {"ONNX-0030", "Activations of the network, or all its results, need more memory than allowed (1 GB per thread). Use fewer samples or a smaller network."},
    {"PLAN-0001", "The file is not a plan (root element <plan>) or of another format version; this program reads and writes version 1. Map again."},
    {"PLAN-0002", "An element that must be there is missing or there too often: <arch> once, <row-k>, <col-o>, <col-s> of a tile, one <channel> per "
                  "output channel, one <table> in a table."},
    {"PLAN-0003", "A list of numbers does not hold as many as the sizes ask for, holds something else than whole numbers, weights beyond −511…511, "
                  "or tiles together over 1 GB."},
    {"PLAN-0004", "An attribute of <channel> is not a whole number in the range of its kind (mul 32 bits, add 62 bits)."},
    {"PLAN-0010", "Sizes of the architecture or of a crossbar in the plan are out of range or no whole number of blocks; 3 magnitude bits and "
                  "partial sums of 8 to 31 bits are supported."},
    {"PLAN-0011", "A tensor has an impossible size, scale or range, or the plan's input or output is not one of its tensors."},
    {"PLAN-0012", "A layer's numbers are out of range: operation, tensor numbers, kernel, stride, groups, shift 0…46, or a clamp outside of what its "
                  "output holds; or integers come through unchanged that its output does not hold."},
    {"PLAN-0013", "Shapes do not chain: kernel, stride and padding make another size than the output tensor has."},
    {"PLAN-0014", "Slices and digits are 1…3, repeats of a conversion 1…16, rows per conversion whole blocks within the crossbar, converter bits and gain within the architecture's."},
    {"PLAN-0015", "A weight or an input value needs more digits than the layer has slices or digits for."},
    {"PLAN-0016", "With the worst input a sum leaves the partial sums' bits (30 by default). Fewer weight bits, or a smaller layer."},
    {"PLAN-0017", "Layers must have unique names and run in order: each reads tensors that the input or an earlier layer made, none is made twice."},
    {"PLAN-0018", "A table has more than 1024 entries, or an entry outside its layer's range."},
    {"PLAN-0020", "A tile names a layer, crossbar or cycle that the plan does not have."},
    {"PLAN-0021", "A tile does not begin on a block or reaches beyond its crossbar."},
    {"PLAN-0022", "A row or column of a tile holds a weight that its layer does not have (patch element, output or slice out of range)."},
    {"PLAN-0023", "Two tiles cover the same block of a crossbar in one cycle."},
    {"PLAN-0024", "A weight digit stands on no tile, or on two: the layer would compute something else. Map again instead of editing tiles by hand."},
    {"PLAN-0025", "A grouped layer whose group fits into one conversion has rows of a group in two chunks: it would be converted twice for nothing. Groups "
                  "must lie within a chunk."},
    {"PLAN-0026", "Tiles cover more than 2^22 blocks together."},
    {"PLAN-0027", "A layer that is on the chip several times: the copies must all be of one weight load, have equally many tiles, at most one on a crossbar, "
                  "and stand on crossbars in the order of their numbers, because the controller walks the crossbars in their order and goes to the next output position behind each copy."},
    {"PRG-0001", "A value that the program sets does not fit the 18 bits of a SET instruction (−131,072…131,071), for example an address of parameters. The "
                 "network is too large for this controller."},
    {"PRG-0002", "Feature maps that live at the same time need more than the controller's 65,536 words. Pool earlier, or use fewer channels in the "
                 "layers with the largest pictures."},
    {"PRG-0003", "The controller's POOL has no dilation. Export the network without dilated pools."},
    {"PRG-0004", "A size of the layer or of its crossbar does not fit a field of the command bus or of the controller's tables; value and limit are in the "
                 "message. Use smaller layers, or a programmable architecture whose crossbars are smaller."},
    {"PRG-0005", "A CONV, the registers per APU that it sets, and the PAGE behind it must stand on one page of the instruction memory (`instr-mem` of the "
                 "architecture, 4 bytes a word). Give the architecture a larger one."},
};

const ExplainTable explain_network = {rows, COUNTOF(rows)};
