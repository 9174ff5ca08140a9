/* Messages about views: writing them, reading them back, simulating them. */
#include "gen/explain.h"

static const ExplainRow rows[] = {
    {"COS-0001", "The netlist that was read back has no cell of the crossbar's name: it is not the view of this plan, or was edited."},
    {"COS-0002", "The cell has no nets GCOL, XP and EN and so is no crossbar of this program."},
    {"COS-0003", "ngspice did not finish the column in its limit (120 s and half a second per row and vector). The deck named is kept; the column "
                 "is counted out. Use fewer --spice columns or a faster machine."},
    {"COS-0004", "ngspice did not converge to the column's last vector with either set of tolerances. The deck is kept; the column is counted out."},
    {"COS-0005", "ngspice rejects the column's deck; DECK.log says why. An ngspice older than 39, or models that were edited."},
    {"COS-0006", "Followed through the netlist, the column's wire does not end in a col_end: the netlist was edited, or an internal error."},
    {"COS-0007", "The netlist joins rows with the column that the plan does not, or lacks one that it has: netlist and plan are of different designs."},
    {"COS-0008", "Nothing to co-simulate: the plan has no layer with weights and a converter, or the workload no sample."},
    {"COS-0009", "The netlist's crossbar holds no ladder cell: the rows' levels cannot be simulated under load."},
    {"COS-0020", "design.vams has no module of the crossbar's name: it is not the view of this design."},
    {"COS-0021", "Icarus (iverilog -gverilog-ams) does not compile the view; the log named has its words. Version 11 or newer is needed; own "
                 "templates (--templates) are the usual cause."},
    {"COS-0022", "The Verilog-AMS simulation did not reach its end in time, or conversions never said DONE."},
    {"DEF-0001", "A word of the DEF file is missing or not the one that must stand there; file and line are given. Version 5.8 as this program writes it is read."},
    {"DEF-0002", "A coordinate or UNITS is not a number that the database can hold: off its unit, or beyond ±2^30 dbu."},
    {"DEF-0003", "Two components, or two cells in the database, have the same name."},
    {"DEF-0004", "A pin has no NET, shares its net with another pin, or a net is named like the pin of another one."},
    {"DEF-0005", "A net names a component that COMPONENTS does not list."},
    {"DEF-0006", "A net uses a pin that its component's cell does not have, or a pin that is a bus: masters must have scalar ports."},
    {"DEF-0007", "One pin of a component is on two nets: the file shorts them by connection."},
    {"EMIT-0001", "Names are letters, digits and '_', begin with no digit, and are not gnd (SPICE's node 0), so that they mean the same in every "
                  "format. The name comes from the plan or the technology: rename it there."},
    {"EMIT-0002", "Two names differ by case only, or a net is called like a bus's bit in Verilog-AMS (NET_3): SPICE and VHDL could not tell them apart."},
    {"EMIT-0003", "LEF and DEF know 100, 200, 400, 800, 1000, 2000, 4000, 8000, 10000 and 20000 units per micrometre; the technology's dbu gives "
                  "another number."},
    {"EMIT-0005", "The database has no top cell. An internal error: please report it."},
    {"GDS-0001", "A record of the stream is broken: wrong length, the file ends early, or it is no GDSII stream at all."},
    {"GDS-0002", "A coordinate, width or array reaches beyond ±2^30 dbu."},
    {"GDS-0003", "Magnification, and angles that are no multiples of 90°, are not supported."},
    {"GDS-0004", "A record type that is not supported stands in a structure or element. Nothing is skipped silently."},
    {"GDS-0005", "Structures are missing, named twice, without a name, nested over 1000 deep or contain themselves."},
    {"GDS-0006", "A reference, array or text lacks its place or string, or an array is slanted or its pitch no whole number."},
    {"GDS-0007", "A warning: shapes or texts on a layer and data type that the technology does not have were skipped. Once per layer."},
    {"GDS-0008", "A polygon or path is slanted, open, crosses itself, has path type 1 or 4 or an odd width: only what can be cut into boxes exactly is read."},
    {"GDS-0009", "The file's database unit is no multiple of the technology's dbu, or UNITS is missing."},
    {"GDS-0010", "A structure is off the technology's manufacturing grid."},
    {"GDS-0011", "Two references in one structure carry the same instance name (property 1)."},
    {"HDL-0001", "GHDL refused the emitted VHDL or the run failed; the log named has GHDL's words. With own templates look there first, else please "
                 "report it."},
    {"HDL-0002", "GHDL was not done in its time limit (600 s and 1 ms per clock to be simulated). Fewer --hdl inferences, or a smaller network."},
    {"SPI-0001", ".include without a file name, or includes nested deeper than 8."},
    {"SPI-0002", "A continuation line (+) continues nothing, or the file holds a 0 byte and is no text."},
    {"SPI-0003", ".model needs a name and a type, .subckt a name."},
    {"SPI-0004", "Two subcircuits, devices, instances or ports of one cell have the same name, or the cell is in the database already."},
    {"SPI-0005", "An element stands outside of every subcircuit. netlist.sp holds subcircuits only; a deck includes it."},
    {"SPI-0006", ".subckt and .ends do not pair: nested, missing or too many."},
    {"SPI-0007", "Only X, M, C and R elements, .subckt, .model, .include and the harmless .option, .param, .temp, .title and .end are read; another one changes the circuit and is refused."},
    {"SPI-0008", "A transistor's model is defined neither in the netlist nor in its includes, so its polarity is unknown."},
    {"SPI-0009", "A parameter is no number, or one that is not understood here, or a cell that takes none is given one."},
    {"SPI-0010", "A transistor lacks w or l, or w, l or m is out of range or no whole number of database units."},
    {"SPI-0011", "A transistor line needs name, drain, gate, source, bulk and model."},
    {"SPI-0012", "A resistor or capacitor needs two nodes and a value of 0 or more."},
    {"SPI-0013", "An instance has more or fewer nodes than its cell has ports."},
    {"SPI-0014", "An instance names a subcircuit that does not exist, contains itself, or lies in a hierarchy deeper than 200."},
    {"TPL-0001", "The template is in none of the template folders (own ones by --templates, then the installed one). The folders are listed."},
    {"TPL-0002", "A tag is opened and never closed with its delimiter."},
    {"TPL-0003", "A section {{#name}} has no {{/name}}."},
    {"TPL-0004", "{{/name}} closes a section that is not open, or not the innermost one."},
    {"TPL-0005", "A tag's name is empty, has white space or an empty part between dots, or a delimiter change is malformed."},
    {"TPL-0006", "Sections or partials are nested too deeply; usually a partial that includes itself."},
    {"TPL-0007", "The view offers nothing of that name here. Misspelt, or used outside of its section: the shipped template shows what there is."},
    {"VER-0001", "The behavioural simulator and the mapper's integer network are written apart and must agree bit by bit with ideal columns. An "
                 "internal error: please report it with the command and its input."},
    {"VER-0002", "`verify` makes every view again from OUT/plan.xml and compares: the file was edited, made by another version or from other cells. "
                 "Run the flow again."},
    {"VER-0003", "The instruction simulator ran instructions.bin and got other integers than the integer network (ideal columns) or the behavioural simulator "
                 "(nominal converter). An internal error: please report it with the command and its input."},
    {"VER-0004", "Emitted VHDL and instruction simulator count different clocks, bus commands or ring words for an inference. An internal error: please report it."},
    {"VHD-0001", "The emitted crossbar has one converter setting; layers were mapped with different ones. Give --adc-bits and --gain, so that all "
                 "layers use the same."},
};

const ExplainTable explain_views = {rows, COUNTOF(rows)};
