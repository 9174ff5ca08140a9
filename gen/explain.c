/* Message ids: what part of the program speaks and what to do; single ids where the message alone does not say enough. */
#include "gen/explain.h"

typedef struct {
    const char *id, *text;
} Row;

static const Row areas[] = {
    {"ARCH", "Architecture file (mapper/arch/*.xml): sizes, converters, memories. The message names attribute, value and range."},
    {"BLD", "Putting the chip together from plan and cells."},
    {"CELL", "Library of characterised cells (techs/T/cells.xml). `apugen characterize --tech T` makes it anew."},
    {"CHK", "`apugen check`: what kind of file it is could not be told."},
    {"CHR", "Characterisation by ngspice. The deck and log of the run are named; the earlier figures stay."},
    {"CLI", "Command line. `apugen help` lists commands and options."},
    {"COS", "Co-simulation of the emitted netlist or Verilog-AMS. Log and deck are named."},
    {"DB", "Invariant of the database: an internal error. Please report it with the command and its input."},
    {"DEF", "DEF file that was read back."},
    {"EMIT", "Writing a view: a name or geometry that a format cannot hold."},
    {"GDS", "GDSII file that was read."},
    {"GSR", "GSRC bookshelf file of `apugen floorplan`."},
    {"HDL", "GHDL running the emitted VHDL. The log named in the message holds GHDL's own words."},
    {"IO", "Reading, writing or locking files. Earlier outputs are never touched by a failed write."},
    {"LP", "GLPK could not solve a linear or integer programme."},
    {"LVS", "Layout against netlist."},
    {"MAP", "The mapper: fusion to integers, converter choice, packing. The node or layer is named."},
    {"MDL", "Behavioural model: a figure it needs has not been characterised or cannot be read."},
    {"NPY", "NumPy array file: versions 1 and 2, C order, little endian; u1 i1 i4 i8 f4 f8."},
    {"ONNX", "The network. Anything that cannot be computed exactly as ONNX says is refused by node, operator and reason."},
    {"PLAN", "plan.xml: a value out of shape or range, or an invariant of the plan that does not hold."},
    {"PLC", "Placement problem with sizes or pins out of range."},
    {"PRG", "Compiling the plan for the chip's controller."},
    {"PROC", "A program that apugen runs (ngspice, ghdl, iverilog) is missing or does not start."},
    {"RTE", "Channel routing and power mesh."},
    {"SCH", "Attribute of an XML file: missing, unknown, of the wrong type or unit, or out of range."},
    {"SEL", "Choice of cells: no combination meets what the plan asks for."},
    {"SPI", "SPICE netlist that was read back."},
    {"TECH", "Technology file (tech.xml): rules that contradict each other or the grid. Value and limit are in the message."},
    {"TPL", "Template (*.tpl): syntax, or a name that no view offers. File, line and column point at the tag."},
    {"VER", "Two levels of the design disagree."},
    {"VHD", "VHDL view."},
    {"WKL", "Workload: inputs and labels do not fit the network or each other."},
    {"XML", "XML document: not well-formed, with a DOCTYPE (never read), too large or nested too deep."},
};

static const Row ids[] = {
    {"BLD-0001", "A soft macro is narrower than its pins need. Internal sizing error: please report it."},
    {"BLD-0002", "The command bus addresses eight crossbars. A dedicated design has one per layer with weights: use adelia-gen2 for deeper networks."},
    {"CLI-0008", "The command is planned and not built yet; README, \"What is missing\"."},
    {"IO-0003", "The file is larger than this kind of file may be."},
    {"IO-0004", "Writing failed: disk full, no right, or a file stands where a folder is wanted. What was there before is untouched."},
    {"IO-0005", "Another run writes to this folder. Wait for it, or give another folder with -o."},
    {"MAP-0031", "The layer does not fit: more rows or columns than a crossbar may have, or more layers than crossbars."},
    {"PRG-0002", "Feature maps that live at the same time need more than the controller's 65,536 words."},
    {"SEL-0001", "With -v the reasons against each variant are listed. Fewer converter bits, a lower gain or another technology may help; or add a variant and characterise it."},
    {"VER-0001", "The behavioural simulator and the mapper's integer network are written apart and must agree bit by bit with ideal columns. An internal error."},
    {"VER-0002", "`verify` makes every view again and compares: the folder was edited or made by another version. Run the flow again."},
    {"VHD-0001", "The emitted crossbar has one converter setting; layers were mapped with different ones. Give --adc-bits and --gain."},
    {"WKL-0001", "Inputs and labels differ in number, or a sample has not as many elements as the network's input."},
    {"WKL-0002", "A label is not one of the network's classes (0 … outputs − 1)."},
    {"XML-0002", "Files with a DOCTYPE are refused: entity expansion is a known attack and none of the formats needs it."},
};

static const char *area_text(const char *id)
{
    for (size_t i = 0; i < COUNTOF(areas); i++) {
        size_t n = strlen(areas[i].id);
        if (!strncmp(areas[i].id, id, n) && (id[n] == '-' || id[n] == 0)) return areas[i].text;
    }
    return NULL;
}

void explain_list(void)
{
    for (size_t i = 0; i < COUNTOF(areas); i++) printf("%-5s %s\n", areas[i].id, areas[i].text);
}

Status explain_print(const char *id)
{
    const char *area = area_text(id);
    if (!area) return msg_error(ST_USAGE, "EXP-0001", (Loc){0}, "no message %s; `apugen explain` lists the areas", id);
    printf("%s: %s\n", id, area);
    for (size_t i = 0; i < COUNTOF(ids); i++)
        if (str_eq(ids[i].id, id)) printf("%s\n", ids[i].text);
    return ST_OK;
}
