/* Messages of the design itself: technology, cells, selection, building, placement, routing, database, layout against netlist. */
#include "gen/explain.h"

#define INTERNAL " An internal error: please report it with the command and its input."

static const ExplainRow rows[] = {
    {"BLD-0001", "A soft macro is narrower than its pins need. Internal sizing error: please report it."},
    {"BLD-0002", "The chip's floorplan has two strips of at most 63 blocks together, the controller among them. A dedicated design has a crossbar per "
                 "layer with weights: use adelia-gen2 for deeper networks."},
    {"CELL-0001", "The technology has no cells.xml yet, and no figure of a cell is ever invented. `apugen characterize --tech T` makes it with ngspice."},
    {"CELL-0002", "A <variant> names a function that has no variants (known: synapse row_driver block_switch col_end sar_adc ladder gate), a parameter that "
                  "its function does not have, or one with the wrong unit."},
    {"CELL-0003", "The cells were simulated with another technology's models. Characterise them again with this one."},
    {"CELL-0004", "The same function and variant stands twice in the library. Delete one."},
    {"CELL-0005", "A variant without <data> or without <provenance> cannot be trusted. Characterise its function again."},
    {"CELL-0006", "The root element is not <cells>: this is no library of cells."},
    {"CELL-0010", "Computed from devices and rules, a cell of the crossbar becomes larger than 2^28 dbu. A capacitor density, unit or device of the "
                  "technology is out of proportion."},
    {"CELL-0011", "A converter is two columns wide and its output pins stand on metal 4 tracks at its bottom; this resolution has more pins than "
                  "tracks. Choose fewer bits or a larger synapse."},
    {"CELL-0012", "A synapse is wider than tap-distance without a column of taps, so the farthest device of two between taps would be too far from them. Use a smaller unit "
                  "capacitor, or check tap-distance."},
    {"CELL-0013", "The converter variant's first parameter, its resolution, is not 1…16 bits: correct cells.xml."},
    {"CHR-0001", "ngspice did not finish this deck in its time limit (400 s): on a loaded machine try again with -j1. The variant's earlier entry stays."},
    {"CHR-0002", "ngspice did not converge. Usually a model card beyond its range: check the technology's models. The earlier entry stays."},
    {"CHR-0003", "ngspice rejects the deck: unknown model, missing parameter or an ngspice that is too old (39 is tested). The earlier entry stays."},
    {"CHR-0005", "A variant has no figures, neither old nor new, because its decks failed (see the messages above); it is left out of cells.xml and "
                 "the selection will not see it."},
    {"CHR-0006", "The message lists the functions that are characterised, of both families; the other cells are made of their parts. One variant is "
                 "called as its drawing is, function_variant: sar_adc_b10. With --liberty: inv, inv4, buf, nand2, nand3, nor2, latch, dff."},
    {"CHR-0007", "Corners need <corner> elements in tech.xml (docs/formats.md) and a model file that takes n_dvt, p_dvt, n_mu and p_mu."},
    {"CHR-0008", "A digital cell's simulation came to its end, but an edge or a charge that should be in it is not: the cell does not work at the slews and "
                 "loads of the Liberty file, or is not what its function says."},
    {"DB-0001", "A record has no name, or the database's top cell does not exist." INTERNAL},
    {"DB-0002", "Two records of one table have the same name." INTERNAL},
    {"DB-0003", "A box is empty (right or top edge not beyond left or bottom)." INTERNAL},
    {"DB-0004", "A box or an instance array leaves ±2^30 dbu, a metre at 1 nm." INTERNAL},
    {"DB-0005", "A box, instance or array pitch is off the manufacturing grid." INTERNAL},
    {"DB-0006", "A cell's outline does not begin at (0 0)." INTERNAL},
    {"DB-0007", "A cell's ports are inconsistent: more ports than nets, width 0, or ports not first." INTERNAL},
    {"DB-0008", "An instance connects a port to a net or to bits that do not exist." INTERNAL},
    {"DB-0009", "A master stands behind the cell that uses it: the hierarchy would have a circle." INTERNAL},
    {"DB-0010", "An instance has an unknown orientation or an empty array." INTERNAL},
    {"DB-0011", "Connections of a cell's instances do not add up to their masters' ports." INTERNAL},
    {"DB-0012", "The stored number of flat leaf cells is not the counted one." INTERNAL},
    {"DB-0013", "A shape lies on a layer, has a kind or carries a net that does not exist, or a pin is not of a port." INTERNAL},
    {"DB-0014", "A device has a terminal on no net, or sizes or values that are impossible." INTERNAL},
    {"DB-0015", "Extracted parasitics refer to a net, node or element that does not exist." INTERNAL},
    {"DB-0016", "Only the first 20 violations of the database's invariants are listed; this is the number of the others." INTERNAL},
    {"DB-0020", "GDSII cannot hold a name: structure names are A-Z a-z 0-9 _ ? $, structure and instance names up to 32,000 bytes, labels up to "
                "512. Not an internal error: nothing is cut or renamed, choose a shorter name."},
    {"DB-0021", "GDSII cannot hold a number: arrays go to 32,767 × 32,767 elements within 2^30 dbu, layer and data type numbers to 32,767. "
                "Not an internal error: correct the technology's GDS numbers, or make the crossbar smaller."},
    {"DRAW-0001", "The technology lacks a layer role or a front-end rule that drawing needs, or its row has no room for two diffusions and two gate "
                  "contacts: complete tech.xml (roles and <rule>), or make cell-row higher."},
    {"DRAW-0002", "The cell has devices that the generator cannot draw (resistors; capacitors without a common plate or a given outline), or too many gate columns."},
    {"DRAW-0004", "The gate columns of the cell, or the parts of a large one, do not fit the rows of the outline that was given: give more rows or width."},
    {"DRAW-0005", "The router found no wiring without conflicts, also with more room between the columns: allow more metals or rows."},
    {"DRAW-0006", "The capacitors of the cell do not fit over its outline, or cannot be contacted there: give a larger outline or a smaller unit."},
    {"DRAW-0007", "By extraction a bit of a synapse has less, or a bit of a converter's array less or more, than its capacitance: the cell is not high enough for its fingers, its wires alone "
                  "have more than it wants, or lengths did not settle. It weighs too little or too much (`characterize --extracted` says what comes of it). Take a variant with a smaller unit in the first case, with "
                  "a larger one in the second."},
    {"DRAW-0008", "Wires below and beside the drawn converter's capacitor array move its thresholds with the code, by more than half an LSB and more than the noise of a conversion at a setting "
                  "that the plan uses (INL; the report's converter has it with DNL and missing codes; the accuracy from parasitics on contains it). DRAW-0007, where it is told too, names a bit that cannot be sized. "
                  "Fewer bits, a lower gain, or a variant with a larger unit help; so may other columns, which give its trunks other lines."},
    {"DRAW-0009", "Nothing but its charge holds a column while it is converted. The wire from the converter's input to its comparator passes bottom plates of the capacitor array, and as bits are tried and "
                  "dropped it moves the column with them, the more the fewer rows a conversion joins: INL above half an LSB and above the noise of a conversion (the report's converter has it, from the least column of the plan, and the accuracy from "
                  "parasitics on contains it). More rows per conversion and fewer bits help (a lower gain does not: plates move by the reference, as the LSB does); so may other columns, which give its trunks other lines."},
    {"GSR-0001", "A line of the bookshelf file is not as the format says: `name hardrectilinear 4 (x, y) …` or `name terminal` in .blocks, `name x y` in "
                 ".pl, `NetDegree : n` followed by n pins in .nets, offsets −50…50 %, whole sides up to 500,000; or a line of the constraints is none of symmetry, pair, self, align, abut, fixed, critical, unit."},
    {"GSR-0002", "A net or a .pl line names something that .blocks does not define, or a terminal of a net has no place in the .pl file."},
    {"GSR-0003", "Only hard rectangles are placed: soft blocks (softrectangular) and polygons are refused."},
    {"GSR-0004", "The head of a bookshelf file (NumNets, NumPins, NumTerminals, ...) declares another number than the file holds: something is missing."},
    {"LVS-0001", "Layout-against-netlist needs a cell that contains others; a leaf cell has no netlist of cells to compare with."},
    {"PLC-0001", "A placement problem has blocks without size, too many blocks, pins outside of the coordinate range or weights below 0."},
    {"PLC-0002", "Blocks of one row are together wider than the width they must fit into, or than the coordinate range."},
    {"PLC-0003", "The exact order by dynamic programming goes to 20 blocks; the flow itself uses windows beyond."},
    {"PLC-0004", "No packing of the blocks was found inside the outline asked for, or under the constraints; that none exists is not proven. Enlarge it or raise --effort."},
    {"PLC-0005", "A rule of the floorplan contradicts itself or another: unequal blocks in a pair, a block mirrored or fixed twice, a group with two axes, blocks that shall touch with a spacing."},
    {"PLC-0009", "The placement that came out does not stand the independent check (overlap or outline)." INTERNAL},
    {"RTE-0001", "A channel problem is out of range: 1 to 2^24 columns, gaps up to 16, minimal length up to 64, end nets 1 … and each only once, layers hv, hvh, vhv or "
                 "up to eight pairs hvhv…."},
    {"RTE-0002", "A word in the .chan file is not a net number (0 to 4,294,967,294, 0 = no pin), or a line of a net class is not as the manual has it: `net N "
                 "[width W] [space S] [shield]`, `pair N M`, `match N…`, `sensitive N…`, `aggressor N…`, `shield N`, `gaps H V LENGTH`."},
    {"RTE-0003", "A channel has exactly two lines of pins, top and bottom, of equal length; besides `left …`, `right …`, `layers …`, `gaps …`, net "
                 "classes and # comments."},
    {"RTE-0004", "Pins of top and bottom constrain each other in a circle, and breaking it needs columns beside the channel: more than --max-extra "
                 "allows. Raise it, or move a pin."},
    {"RTE-0005", "The checker of channel solutions (verify/channel.c) rejects what the router made, or counts other figures." INTERNAL},
    {"RTE-0006", "The net classes of a channel cannot all be kept: wide, shielded, spaced, paired and matched nets are laid without doglegs, so no net of such "
                 "a channel may be on a circle of vertical constraints; nets of a pair may not face each other in one column where gaps ask for more; and a "
                 "matched net needs room beside it to be lengthened. Move a pin, or ask less of the net that is named."},
    {"RTE-0007", "One layer does not do for this channel: a river has nets of two pins, one on each side, in the same order on both, without ends, classes or "
                 "gaps. Route it on two layers (--router layers)."},
    {"RTE-0010", "The technology lacks the metals or the cut that a channel needs (vertical columns on metal 4, horizontal tracks on metal 5), or its "
                 "vias do not fit the column pitch."},
    {"RTE-0011", "A pin is not centred on a column of the channel, or the channel is no whole number of columns wide." INTERNAL},
    {"RTE-0012", "Two pins of different nets meet in one column on one side of a channel." INTERNAL},
    {"RTE-0020", "The supply mesh needs a horizontal metal above the capacitors' (mom hi), and a cut below it; the technology has them not. Make that "
                 "metal's direction horizontal, or let the capacitors use fewer metals."},
    {"RTE-0021", "Some supply columns are crossed by no strap of their net: they are too short or hidden. The first is given by place; the "
                 "design is not powered there."},
    {"RTE-0022", "The cell has no supply and ground ports, or nothing below it has supply pins on the metal below the mesh." INTERNAL},
    {"RTE-0023", "The finished supply mesh drops more than is wanted (5 % of VDD), or a strap, a column or a cut between them carries more current than "
                 "its electromigration limit allows at the temperature of <electromigration>: the message names the worst of each. power.svg shows where."},
    {"RTE-0024", "The reference's straps drop more than an LSB of the converter on the way to the worst crossbar, with all converters converting, or a piece of them carries "
                 "more than its electromigration limit. They stand between the supplies' straps and are as wide as these leave room. Less supply current leaves more."},
    {"RTE-0025", "All converters of a crossbar switch their arrays at once, and at the end of the wires along them VREFP and VREFN have not settled within half an LSB when the largest bits "
                 "are decided. The message names the wires' resistance before the first converter and along them. Fewer columns, fewer bits, or wider wires (REF_TAU in cells/pitch.c) help."},
    {"SEL-0001", "No variant of some function meets the plan: resolution as the plan's, settling within half an LSB in its phase, less than half "
                 "an LSB lost through the reset switch, and a ladder that settles under the worst load of the plan's weights. The reasons against each variant are listed above. Fewer converter bits, a lower gain or another technology may help; or add a variant and characterise it."},
    {"SEL-0002", "The current family was asked for (--family current), and no combination of its cells does what the plan needs, or the technology has no figures of "
                 "them (apugen characterize synapse_i pulse_driver pulse_gen col_end_i sar_adc_i bias_i). The message names the requirement that the nearest combination misses, with its figure: "
                 "mostly the mismatch of the sources, which more rows per conversion or fewer converter bits make smaller."},
    {"SEL-0003", "A design of the current family has no controller, no instructions and no digital views to be simulated again from its files; its accuracy is measured when it is "
                 "made (run or build with --workload and --labels). --family charge has all of them."},
    {"TECH-0001", "--tech is neither n22, n28 nor a file that exists. Anything with a / or ending in .xml is taken as a path."},
    {"TECH-0002", "The root element is not <tech>: this is no technology."},
    {"TECH-0003", "<rows>, <mom> and <resistor> must stand in the technology exactly once."},
    {"TECH-0004", "dbu, the database unit, is missing or not a length from 1pm to 1um. Every other length is counted in it, so nothing else was read."},
    {"TECH-0010", "Two layers or two devices have the same name; the first one's line is given."},
    {"TECH-0011", "Two layers share a GDS layer and data type, or a metal's pins share the data type of its drawing: shapes could not be told apart "
                  "when the GDS is read."},
    {"TECH-0012", "A routing track needs width plus space: the pitch is smaller than both together."},
    {"TECH-0013", "A value is no multiple of the manufacturing grid (or a width not of its step), or a wire centred in its track has edges off the grid."},
    {"TECH-0014", "A via's pad on one track leaves less than the minimal spacing to a wire on the next. Widen the pitch or reduce the enclosure."},
    {"TECH-0015", "A cut's side enclosure is larger than that of its ends, or a cut centred on a track is off the grid."},
    {"TECH-0016", "The metal stack has a gap or a level twice, a cut is missing or has no metal above, or there are fewer than the six metals that the "
                  "cells use."},
    {"TECH-0017", "Neighbouring metals must alternate between horizontal and vertical, up to the capacitors' highest."},
    {"TECH-0018", "A metal begins inside the one below it: check height and thickness."},
    {"TECH-0019", "min-area is below width squared, which no shape can violate: the unit is wrong (um2, nm2?)."},
    {"TECH-0020", "The cells need nmos_rvt, pmos_rvt, nmos_slvt and pmos_slvt; one is missing or of the wrong kind."},
    {"TECH-0021", "The model file named by `models` (relative to tech.xml) cannot be read."},
    {"TECH-0022", "The model file has no .subckt or .model of the name that the device states; attribute subckt says which of the two is looked for."},
    {"TECH-0023", "Inputs reach vcm ± 7 ladder steps, which must stay between the rails: reduce ladder-step or move vcm."},
    {"TECH-0024", "Entries of the wide-metal table must rise: each wider and with more space than the one before, the first more than the layer's own."},
    {"TECH-0025", "The capacitor's metals are outside of the stack, or below metal 5; metals 1 to 4 are the cells' wiring."},
    {"TECH-0026", "There must be a layer of kind outline, diff and poly."},
    {"TECH-0027", "Transistor rows do not fit their wires: cell-row is no multiple of metal 3's pitch, or the rail is odd, too narrow (two wires at "
                  "least) or wide metal."},
    {"TECH-0028", "A device does not fit a row: its smallest width with rails and N-to-P spacing, or its gate and a contact within the gate pitch."},
    {"TECH-0029", "Two layers have the same role; the cell generator needs one layer per role (only flavour marks may be several)."},
    {"TECH-0030", "A front-end rule or a device names a region or mark that no layer has the role for."},
    {"TECH-0031", "The same front-end rule stands twice."},
    {"TECH-0032", "Density or antenna rules of a metal contradict each other: window, step and density-max go together, the step divides the window, and limits rise."},
    {"TECH-0033", "The technology's device models are a PDK's, which apugen does not carry: name its folder by --pdk DIR or the environment variable "
                  "APUGEN_PDK. The manual says which files it must have and where they are to be got."},
    {"TECH-0034", "The model file's includes are nested over 8 deep, or it selects .lib sections, which cannot be taken over: name the files that "
                  "they include."},
    {"TECH-0035", "An electromigration limit (j-max of a metal, i-max of a cut) holds at a temperature, em-temp, and <electromigration> says by Black's law what "
                  "is left of it at another one: give all three, or none."},
    {"TECH-0036", "Models of a PDK come in files of their own for each process corner; the model file names them by $CORNER, which is tt, ss, ff as tech.xml's <corner> says."},
};

const ExplainTable explain_design = {rows, COUNTOF(rows)};
