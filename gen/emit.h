/*
 * The textual views of a finished design: the database through templates. C prepares data, templates/NAME.tpl holds every
 * character of syntax and may be replaced one by one (option --templates).
 *
 * Names, once for all formats. Cells, nets, instances and devices are named [A-Za-z_][A-Za-z0-9_]* and differ by more than case
 * (SPICE and VHDL do not see case); anything else is refused. Out of them are made
 *     bit b of a bus            NET[b]                      all formats; `[ ]` is the bus bit character of LEF, DEF and SPEF
 *     element of an array       INST[ix][iy]                SPICE;  in DEF and SPEF the brackets are escaped: INST\[ix\]\[iy\]
 *     path in flat views        A/B/NET[b], A/INST\[2\]\[0\]  DEF, SPEF
 *     node k of a parasitic net NET[b]:k                    SPICE; *id:k+1 in SPEF. Where the net's port is, the node is NET[b]
 *     open port                 nc:INST[ix][iy]:PORT[b]     SPICE
 * In Verilog-AMS bits of analog buses are NET_b, elements of arrays INST_ix_iy (no name of the database ends like that next to
 * another that it would meet: checked).
 *
 * Parasitics (Db.para) attach like this. With ParaNet.node_at each terminal goes to the node nearest to its pin. Without, the nodes
 * lie along the wire: node 0 at the driver end (at the leaf terminal of direction OUT, else at the left or lower end), node j + 1 at the
 * j-th leaf terminal from there; with fewer nodes than terminals they are spread evenly. An instance of a block gets the node in
 * the middle of its own terminals. A port of the cell is at node 0, or, if it is an output, at the last node. A coupling capacitor that both
 * nets list is one capacitor; it ends at the nearest node of the other net, or without node_at at the node of equal number.
 *
 * Messages: EMIT-0001 name not allowed, EMIT-0002 names differ by case only, EMIT-0003 geometry that a format cannot say,
 * EMIT-0004 model file, EMIT-0005 database without a top cell; TPL-00nn for errors in templates.
 */
#ifndef GEN_EMIT_H
#define GEN_EMIT_H

#include "gen/db/db.h"
#include "gen/db/plan.h"
#include "route/route.h"
#include "techs/techs.h"

/* ---- report.html ------------------------------------------------------------------------------- */

typedef enum { REPORT_PLAIN, REPORT_GOOD, REPORT_WARN, REPORT_BAD } ReportMark;

/* One key figure: a large value with its name. note may be NULL. */
typedef struct {
    const char *name, *value, *note;
    ReportMark mark;
} ReportFigure;

/* A table. cells [n_rows · n_cols] row by row; marks [n_rows] or NULL; right-aligned columns: bit set in `numeric`. */
typedef struct {
    const char *title, *text; /* text: a sentence above the table, or NULL */
    uint32_t n_cols, n_rows;
    const char *const *head, *const *cells;
    const ReportMark *marks;
    uint32_t numeric;
} ReportTable;

typedef struct {
    const char *title, *subtitle; /* text only: HTML in it is escaped */
    const ReportFigure *figures;
    uint32_t n_figures;
    const ReportTable *tables;
    uint32_t n_tables;
} EmitReport;

/* ---- emission -------------------------------------------------------------------------------------- */

typedef enum {
    EMIT_MODELS,      /* models.sp: the technology's model file, what it includes put in place */
    EMIT_SPICE,       /* netlist.sp: subcircuits only, to be included by a deck */
    EMIT_SPICE_RC,    /* netlist_rc.sp: with Db.para */
    EMIT_SPEF,        /* design.spef */
    EMIT_TECH_LEF, EMIT_CELLS_LEF,
    EMIT_DEF,         /* design.def */
    EMIT_VAMS,        /* design.vams: real-number model of every crossbar, runs in iverilog -gverilog-ams */
    EMIT_VAMS_TB,     /* tb_design.vams: writes weights, applies inputs, compares every code with the integer sum */
    EMIT_ELECTRICAL,  /* electrical.vams: every leaf cell with conservative ports */
    EMIT_SVG,         /* layout.svg */
    EMIT_POWER,       /* power.svg: static drop of the supply mesh */
    EMIT_HTML,        /* report.html */
    EMIT_COUNT
} EmitView;

/* Coupling between two nets of one bit inside a leaf cell, for netlist_rc.sp. */
typedef struct {
    CellId cell;
    const char *a, *b;
    double farad;
} EmitWire;

typedef struct {
    const char *templates;    /* own folder of templates before the built-in one; NULL: none */
    const EmitReport *report; /* NULL: no report.html */
    const PowerReport *power; /* NULL or without nodes: no power.svg */
    const EmitWire *wires;    /* [n_wires] */
    uint32_t n_wires;
    uint32_t skip;            /* views not wanted: bit 1u << EMIT_… */
} EmitOptions;

typedef struct {
    const char *file;         /* name in the output folder; NULL: not written */
    uint64_t bytes;
    double seconds;
    char sha256[65];
} EmitFile;

typedef struct {
    EmitFile file[EMIT_COUNT];
} EmitResult;

extern const char *const emit_file_name[EMIT_COUNT];

/*
 * Write every view of the design below db->top into outdir (which exists).
 *   plan    may be NULL: then the header comments lack the network's name
 *   result  out: what was written; may be NULL
 * Returns   ST_OK; EMIT-00nn, TPL-00nn: nothing of that view is left behind, later views are not written.
 * Memory    records of the database plus the largest net; never the flat design.
 */
Status emit_views(const Db *db, const Tech *tech, const Plan *plan, const char *outdir, const EmitOptions *opt, EmitResult *result);

#endif
