/* Message ids: which part of the program speaks (areas), and the search for single ids in the tables of explain_*.c. */
#include "gen/explain.h"

static const ExplainRow areas[] = {
    {"ARCH", "Architecture file (mapper/arch/*.xml): sizes, converters, memories. The message names attribute, value and range."},
    {"BLD", "Putting the chip together from plan and cells."},
    {"CELL", "Library of characterised cells (techs/T/cells.xml). `apugen characterize --tech T` makes it anew."},
    {"DRAW", "the cell generator"},
    {"CHK", "`apugen check`: what kind of file it is could not be told."},
    {"CHR", "Characterisation by ngspice. The deck and log of the run are named; the earlier figures stay."},
    {"CLI", "Command line. `apugen help` lists commands and options."},
    {"COS", "Co-simulation of the emitted netlist or Verilog-AMS. Log and deck are named."},
    {"DB", "Invariant of the database: an internal error. Please report it with the command and its input. DB-0020 and DB-0021 are limits of GDSII instead."},
    {"DEF", "DEF file that was read back."},
    {"EMIT", "Writing a view: a name or geometry that a format cannot hold."},
    {"EXP", "`apugen explain` itself."},
    {"GDS", "GDSII file that was read."},
    {"GSR", "GSRC bookshelf file of `apugen floorplan`."},
    {"HDL", "GHDL running the emitted VHDL. The log named in the message holds GHDL's own words."},
    {"IO", "Reading, writing or locking files. Earlier outputs are never touched by a failed write."},
    {"ISS", "instructions.bin as the instruction simulator reads it."},
    {"LP", "GLPK could not solve a linear or integer programme."},
    {"LVS", "Layout against netlist."},
    {"MAP", "The mapper: fusion to integers, converter choice, packing. The node or layer is named."},
    {"MDL", "Behavioural model: a figure it needs has not been characterised or cannot be read."},
    {"NPY", "NumPy array file: versions 1 to 3, C order, little endian; u1 i1 i4 i8 f4 f8."},
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

const ExplainTable *explain_table(size_t i)
{
    static const ExplainTable *const all[EXPLAIN_TABLES] = {&explain_program, &explain_network, &explain_design, &explain_views};
    assert(i < EXPLAIN_TABLES);
    return all[i];
}

const char *explain_find(const char *id)
{
    for (size_t k = 0; k < EXPLAIN_TABLES; k++)
        for (size_t i = 0; i < explain_table(k)->n; i++)
            if (str_eq(explain_table(k)->v[i].id, id)) return explain_table(k)->v[i].text;
    return NULL;
}

const char *explain_area(const char *id)
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

/* Every id of an area. */
static void print_area(const char *area)
{
    size_t n = strlen(area);
    for (size_t k = 0; k < EXPLAIN_TABLES; k++)
        for (size_t i = 0; i < explain_table(k)->n; i++) {
            const ExplainRow *r = &explain_table(k)->v[i];
            if (!strncmp(r->id, area, n) && r->id[n] == '-') printf("%s: %s\n", r->id, r->text);
        }
}

Status explain_print(const char *id)
{
    const char *area = explain_area(id), *text = explain_find(id);
    if (!area || (strchr(id, '-') && !text))
        return msg_error(ST_USAGE, "EXP-0001", (Loc){0}, "no message %s; `apugen explain` lists the areas, `apugen explain AREA` their messages", id);
    printf("%s: %s\n", id, area);
    if (text) printf("%s\n", text);
    else print_area(id);
    return ST_OK;
}
