/*
 * The analog crossbar of the charge family (structure: top comment of cells/cells.h).
 *
 *        x=0         driver_w                                       right edge
 *        drv tile    tile   tile   tile … (+ narrower last tile)    edge tile (dummy column)     one per block row
 *        ladder      end tile, end tile, …                                                       reset, ADCs
 *
 * Invariant: every connection inside is made by pins that touch where cells abut; this file draws no wire. Row 0 and
 * block row 0 are the lowest, next to the converters; column 0 is the leftmost.
 */
#include "gen/xbar_int.h"

#include "cells/physical.h"
#include "gen/digital.h"

static const Pt ORIGIN = {0, 0};

/* ---- the row wires that every tile passes on ------------------------------------------------ */

static void row_ports(Db *db, CellId c, uint32_t rows)
{
    db_add_port(db, c, "XP", rows, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "XN", rows, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "VCM", 1, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "WL", 4 * rows, DIR_INOUT, USE_SIGNAL);
}

/* Connect a row-wired cell whose element iy is row iy. */
static void row_conns(Db *db, CellId c, InstId i)
{
    same(db, c, i, "XP", 0, 0, 1);
    same(db, c, i, "XN", 0, 0, 1);
    same(db, c, i, "VCM", 0, 0, 0);
    same(db, c, i, "WL", 0, 0, 4);
    rails(db, c, i);
}

static void col_conns(Db *db, CellId c, InstId i, int32_t base)
{
    static const char *const wires[] = {"COL", "BL", "BLB", "GCOL"};
    for (size_t k = 0; k < COUNTOF(wires); k++) same(db, c, i, wires[k], base, 1, 0);
}

static const char *const switch_wires[] = {"EN", "ENB", "VCM", "VDD", "VSS", NULL};

/* A column of taps beside rows of synapses and the row of switches below them. */
static void put_taps(Db *db, const CellSet *s, CellId c, int32_t x, uint32_t rows)
{
    const CellPitch *p = &s->pitch;
    InstId i = db_add_inst(db, c, "tap", s->tap, (Pt){x, p->switch_h}, ORI_N, 1, rows, p->tap_w, p->py);
    row_conns(db, c, i);
    i = db_add_inst(db, c, "tapsw", s->tap_switch, (Pt){x, 0}, ORI_N, 1, 1, 0, 0);
    each_scalar(db, c, i, switch_wires);
}

/*
 * rows × cols synapses over one row of block switches, a column of taps at the right.
 *   pad   0 or 1: one dummy column after the synapses, so that two columns always share a converter
 */
static CellId build_tile(Db *db, const CellSet *s, uint32_t rows, uint32_t cols, uint32_t pad)
{
    const CellPitch *p = &s->pitch;
    char name[64];
    snprintf(name, sizeof name, "tile_%ux%u%s", rows, cols, pad ? "p" : "");
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    uint32_t w = cols + pad;
    c = db_add_cell(db, name, CELL_BLOCK, "tile");
    row_ports(db, c, rows);
    db_add_port(db, c, "EN", 1, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "ENB", 1, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "BL", w, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "BLB", w, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "GCOL", w, DIR_INOUT, USE_ANALOG);
    rail_ports(db, c);
    db_add_net(db, c, "COL", w, USE_ANALOG);

    InstId i = db_add_inst(db, c, "sw", s->block_switch, ORIGIN, ORI_N, w, 1, p->px, 0);
    each_scalar(db, c, i, switch_wires);
    col_conns(db, c, i, 0);

    Pt above = {0, p->switch_h};
    i = db_add_inst(db, c, "syn", s->synapse, above, ORI_N, cols, rows, p->px, p->py);
    row_conns(db, c, i);
    col_conns(db, c, i, 0);
    if (pad) {
        i = db_add_inst(db, c, "pad", s->dummy, (Pt){(int32_t)cols * p->px, p->switch_h}, ORI_N, 1, rows, p->px, p->py);
        row_conns(db, c, i);
        col_conns(db, c, i, (int32_t)cols);
    }
    int32_t x = (int32_t)w * p->px;
    put_taps(db, s, c, x, rows);
    db_cell(db, c)->box = (Box){0, 0, x + p->tap_w, p->switch_h + (int32_t)rows * p->py};
    block_promote_pins(db, c);
    return c;
}

/* The dummy column at the right end of the row wires: same load for the last column as for the others. */
static CellId build_edge(Db *db, const CellSet *s, uint32_t rows)
{
    const CellPitch *p = &s->pitch;
    char name[64];
    snprintf(name, sizeof name, "edge_%u", rows);
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    c = db_add_cell(db, name, CELL_BLOCK, "edge");
    row_ports(db, c, rows);
    rail_ports(db, c);
    static const char *const wires[] = {"COL", "BL", "BLB", "GCOL"};
    for (size_t k = 0; k < COUNTOF(wires); k++) db_add_net(db, c, wires[k], 1, USE_ANALOG);
    InstId i = db_add_inst(db, c, "dummy", s->dummy, (Pt){0, p->switch_h}, ORI_N, 1, rows, p->px, p->py);
    row_conns(db, c, i);
    for (size_t k = 0; k < COUNTOF(wires); k++) same(db, c, i, wires[k], 0, 0, 0);
    db_cell(db, c)->box = (Box){0, 0, p->px, p->switch_h + (int32_t)rows * p->py};
    block_promote_pins(db, c);
    return c;
}

/* One block row of drivers: the block-select driver below, row drivers above. */
static CellId build_drivers(Db *db, const CellSet *s, uint32_t rows)
{
    const CellPitch *p = &s->pitch;
    char name[64];
    snprintf(name, sizeof name, "drivers_%u", rows);
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    c = db_add_cell(db, name, CELL_BLOCK, "drivers");
    db_add_port(db, c, "D", 3 * rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "SGN", rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "WLIN", 4 * rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "BSEL", 1, DIR_IN, USE_SIGNAL);
    row_ports(db, c, rows);
    db_add_port(db, c, "EN", 1, DIR_OUT, USE_SIGNAL);
    db_add_port(db, c, "ENB", 1, DIR_OUT, USE_SIGNAL);
    db_add_port(db, c, "L", 15, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "EVAL", 1, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "EVALB", 1, DIR_IN, USE_SIGNAL);
    rail_ports(db, c);
    static const char *const through[] = {"L", "EVAL", "EVALB", "VCM", "VDD", "VSS", NULL};

    InstId i = db_add_inst(db, c, "bdrv", s->block_driver, ORIGIN, ORI_N, 1, 1, 0, 0);
    static const char *const block[] = {"BSEL", "EN", "ENB", NULL};
    each_scalar(db, c, i, block);
    each_scalar(db, c, i, through);
    i = db_add_inst(db, c, "rdrv", s->row_driver, (Pt){0, p->switch_h}, ORI_N, 1, rows, 0, p->py);
    row_conns(db, c, i);
    same(db, c, i, "D", 0, 0, 3);
    same(db, c, i, "SGN", 0, 0, 1);
    same(db, c, i, "WLIN", 0, 0, 4);
    each_scalar(db, c, i, through);
    db_cell(db, c)->box = (Box){0, 0, p->driver_w, p->switch_h + (int32_t)rows * p->py};
    block_promote_pins(db, c);
    return c;
}

static const char *const end_wires[] = {"RST",   "RSTB",  "SELA", "SELAB", "SELB", "SELBB", "WE",
                                        "WEB",   NULL};
static const char *const adc_wires[] = {"VREFP", "VREFN", "CLK", "START", NULL};

static void put_foot_taps(Db *db, const CellSet *s, CellId c, int32_t x)
{
    InstId i = db_add_inst(db, c, "tapend", s->tap_end, (Pt){x, s->pitch.adc_h}, ORI_N, 1, 1, 0, 0);
    each_scalar(db, c, i, end_wires);
    same(db, c, i, "VCM", 0, 0, 0);
    rails(db, c, i);
    i = db_add_inst(db, c, "tapadc", s->tap_adc, (Pt){x, 0}, ORI_N, 1, 1, 0, 0);
    each_scalar(db, c, i, adc_wires);
    same(db, c, i, "VCM", 0, 0, 0);
    rails(db, c, i);
}

/* The foot of one tile column: reset, multiplexer and bitline driver per column; a converter per two columns. */
static CellId build_end(Db *db, const CellSet *s, uint32_t w, uint32_t bits)
{
    const CellPitch *p = &s->pitch;
    char name[64];
    snprintf(name, sizeof name, "foot_%u", w);
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    uint32_t n = w / 2;
    c = db_add_cell(db, name, CELL_BLOCK, "foot");
    db_add_port(db, c, "GCOL", w, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "BL", w, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "BLB", w, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "DIN", w, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "D", n * bits, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "DONE", n, DIR_OUT, USE_SIGNAL);
    for (const char *const *q = end_wires; *q; q++) db_add_port(db, c, *q, 1, DIR_INOUT, USE_SIGNAL);
    for (const char *const *q = adc_wires; *q; q++) db_add_port(db, c, *q, 1, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "VCM", 1, DIR_INOUT, USE_ANALOG);
    rail_ports(db, c);
    db_add_net(db, c, "AIN", w, USE_ANALOG);

    for (int32_t k = 0; k < 2; k++) {
        CellId m = k ? s->col_end_b : s->col_end_a;
        InstId i = db_add_inst(db, c, k ? "endb" : "enda", m, (Pt){k * p->px, p->adc_h}, ORI_N, n, 1, 2 * p->px, 0);
        static const char *const per_col[] = {"GCOL", "BL", "BLB", "DIN", "AIN"};
        for (size_t q = 0; q < COUNTOF(per_col); q++) same(db, c, i, per_col[q], k, 2, 0);
        each_scalar(db, c, i, end_wires);
        same(db, c, i, "VCM", 0, 0, 0);
        rails(db, c, i);
    }
    InstId i = db_add_inst(db, c, "adc", s->sar_adc, ORIGIN, ORI_N, n, 1, 2 * p->px, 0);
    same(db, c, i, "AIN", 0, 2, 0);
    same(db, c, i, "DIN", 0, 2, 0);
    same(db, c, i, "D", 0, (int32_t)bits, 0);
    same(db, c, i, "DONE", 0, 1, 0);
    each_scalar(db, c, i, adc_wires);
    same(db, c, i, "VCM", 0, 0, 0);
    rails(db, c, i);

    int32_t x = (int32_t)w * p->px;
    put_foot_taps(db, s, c, x);
    db_cell(db, c)->box = (Box){0, 0, x + p->tap_w, p->adc_h + p->end_h};
    block_promote_pins(db, c);
    return c;
}

/* ---- the whole crossbar ---------------------------------------------------------------------- */

/* A run of equal pieces along one axis: `n` pieces of `size` synapses each, the first at synapse `first`. */
typedef struct {
    uint32_t n, size, first;
    int32_t at, pitch; /* dbu */
} Run;

/* Cut `total` synapses into whole blocks and a remainder. Returns the number of runs. */
static uint32_t cut_runs(uint32_t total, uint32_t block, int32_t at, int32_t unit, int32_t extra, Run runs[2])
{
    uint32_t n = 0, whole = total / block, rest = total % block;
    int32_t pitch = (int32_t)block * unit + extra;
    if (whole) runs[n++] = (Run){whole, block, 0, at, pitch};
    if (rest) runs[n++] = (Run){1, rest, whole * block, at + (int32_t)whole * pitch, 0};
    return n;
}

static void xbar_ports(Db *db, CellId c, uint32_t rows, uint32_t cols, uint32_t blocks, uint32_t bits)
{
    db_add_port(db, c, "D", 3 * rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "SGN", rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "WLIN", 4 * rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "BSEL", blocks, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "AD", cols / 2 * bits, DIR_OUT, USE_SIGNAL);
    db_add_port(db, c, "DONE", cols / 2, DIR_OUT, USE_SIGNAL);
    db_add_port(db, c, "DIN", cols, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "PHASE", 7, DIR_IN, USE_SIGNAL); /* EVALIN RSTIN SELIN[2] WEIN CLKIN STARTIN */
    db_add_port(db, c, "VREF", 1, DIR_INOUT, USE_ANALOG);
    rail_ports(db, c);
    db_add_net(db, c, "XP", rows, USE_ANALOG);
    db_add_net(db, c, "XN", rows, USE_ANALOG);
    db_add_net(db, c, "VCM", 1, USE_ANALOG);
    db_add_net(db, c, "WL", 4 * rows, USE_SIGNAL);
    db_add_net(db, c, "EN", blocks, USE_SIGNAL);
    db_add_net(db, c, "ENB", blocks, USE_SIGNAL);
    db_add_net(db, c, "L", 15, USE_ANALOG);
    db_add_net(db, c, "EVAL", 1, USE_SIGNAL);
    db_add_net(db, c, "EVALB", 1, USE_SIGNAL);
    db_add_net(db, c, "GCOL", cols, USE_ANALOG);
    db_add_net(db, c, "BL", cols, USE_SIGNAL);
    db_add_net(db, c, "BLB", cols, USE_SIGNAL);
    for (const char *const *q = end_wires; *q; q++) db_add_net(db, c, *q, 1, USE_SIGNAL);
    for (const char *const *q = adc_wires; *q; q++) db_add_net(db, c, *q, 1, USE_ANALOG);
}

static void tile_rows(Db *db, CellId c, InstId i, const Run *row)
{
    int32_t r0 = (int32_t)row->first, r = (int32_t)row->size;
    same(db, c, i, "XP", r0, 0, r);
    same(db, c, i, "XN", r0, 0, r);
    same(db, c, i, "WL", 4 * r0, 0, 4 * r);
    same(db, c, i, "VCM", 0, 0, 0);
    rails(db, c, i);
}

static void put_tiles(Db *db, const CellSet *s, CellId c, const Run *row, const Run *col, uint32_t block_rows)
{
    uint32_t pad = col->size & 1;
    CellId t = build_tile(db, s, row->size, col->size, pad);
    char name[32];
    snprintf(name, sizeof name, "t_%u_%u", row->first, col->first);
    InstId i = db_add_inst(db, c, name, t, (Pt){col->at, row->at}, ORI_N, col->n, row->n, col->pitch, row->pitch);
    int32_t b0 = (int32_t)(row->first / block_rows), c0 = (int32_t)col->first, w = (int32_t)col->size;
    tile_rows(db, c, i, row);
    same(db, c, i, "EN", b0, 0, 1);
    same(db, c, i, "ENB", b0, 0, 1);
    same(db, c, i, "BL", c0, w, 0);
    same(db, c, i, "BLB", c0, w, 0);
    same(db, c, i, "GCOL", c0, w, 0);
}

static void put_drivers(Db *db, const CellSet *s, CellId c, const Run *row, uint32_t block_rows)
{
    CellId m = build_drivers(db, s, row->size);
    char name[32];
    snprintf(name, sizeof name, "drv_%u", row->first);
    InstId i = db_add_inst(db, c, name, m, (Pt){0, row->at}, ORI_N, 1, row->n, 0, row->pitch);
    int32_t r0 = (int32_t)row->first, r = (int32_t)row->size, b0 = (int32_t)(row->first / block_rows);
    tile_rows(db, c, i, row);
    same(db, c, i, "D", 3 * r0, 0, 3 * r);
    same(db, c, i, "SGN", r0, 0, r);
    same(db, c, i, "WLIN", 4 * r0, 0, 4 * r);
    same(db, c, i, "BSEL", b0, 0, 1);
    same(db, c, i, "EN", b0, 0, 1);
    same(db, c, i, "ENB", b0, 0, 1);
    static const char *const through[] = {"L", "EVAL", "EVALB", NULL};
    each_scalar(db, c, i, through);
}

static void put_foot(Db *db, const CellSet *s, CellId c, const Run *col, uint32_t bits)
{
    uint32_t w = col->size + (col->size & 1);
    CellId m = build_end(db, s, w, bits);
    char name[32];
    snprintf(name, sizeof name, "foot_%u", col->first);
    InstId i = db_add_inst(db, c, name, m, (Pt){col->at, 0}, ORI_N, col->n, 1, col->pitch, 0);
    int32_t c0 = (int32_t)col->first, iw = (int32_t)w, n = (int32_t)w / 2;
    static const char *const per_col[] = {"GCOL", "BL", "BLB", "DIN"};
    for (size_t q = 0; q < COUNTOF(per_col); q++) same(db, c, i, per_col[q], c0, iw, 0);
    db_connect_name(db, c, i, "D", "AD", c0 / 2 * (int32_t)bits, n * (int32_t)bits, 0);
    same(db, c, i, "DONE", c0 / 2, n, 0);
    each_scalar(db, c, i, end_wires);
    each_scalar(db, c, i, adc_wires);
    same(db, c, i, "VCM", 0, 0, 0);
    rails(db, c, i);
}

/* Column of taps between the drivers, whose own are too far away, and the first tile. */
static CellId build_first(Db *db, const CellSet *s, uint32_t rows)
{
    const CellPitch *p = &s->pitch;
    char name[64];
    snprintf(name, sizeof name, "taps_%u", rows);
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    c = db_add_cell(db, name, CELL_BLOCK, "taps");
    row_ports(db, c, rows);
    db_add_port(db, c, "EN", 1, DIR_INOUT, USE_SIGNAL);
    db_add_port(db, c, "ENB", 1, DIR_INOUT, USE_SIGNAL);
    rail_ports(db, c);
    put_taps(db, s, c, 0, rows);
    db_cell(db, c)->box = (Box){0, 0, p->tap_w, p->switch_h + (int32_t)rows * p->py};
    block_promote_pins(db, c);
    return c;
}

static void put_first_taps(Db *db, const CellSet *s, CellId c, const Run *row, uint32_t block_rows)
{
    char name[32];
    snprintf(name, sizeof name, "first_%u", row->first);
    InstId i = db_add_inst(db, c, name, build_first(db, s, row->size), (Pt){s->pitch.driver_w, row->at}, ORI_N, 1, row->n, 0, row->pitch);
    tile_rows(db, c, i, row);
    same(db, c, i, "EN", (int32_t)(row->first / block_rows), 0, 1);
    same(db, c, i, "ENB", (int32_t)(row->first / block_rows), 0, 1);
}

static void put_ladder(Db *db, const CellSet *s, CellId c)
{
    InstId i = db_add_inst(db, c, "ladder", s->ladder, ORIGIN, ORI_N, 1, 1, 0, 0);
    static const char *const wires[] = {"L", "EVAL", "EVALB", "VCM", "VREF", "VDD", "VSS", NULL};
    each_scalar(db, c, i, wires);
    each_scalar(db, c, i, end_wires);
    each_scalar(db, c, i, adc_wires);
    static const char *const phase[] = {"EVALIN", "RSTIN", "SELIN", "WEIN", "CLKIN", "STARTIN"};
    static const int32_t bit[] = {0, 1, 2, 4, 5, 6};
    for (size_t k = 0; k < COUNTOF(phase); k++) db_connect_name(db, c, i, phase[k], "PHASE", bit[k], 0, 0);
}

CellId xbar_build(Db *db, const CellSet *s, const PlanCore *core, uint32_t bits, const char *name)
{
    if (cells_of_current(s)) return xbar_build_current(db, s, core, bits, name);
    const CellPitch *p = &s->pitch;
    uint32_t rows = (uint32_t)core->rows, cols = (uint32_t)core->cols;
    uint32_t brows = (uint32_t)core->block_rows, bcols = (uint32_t)core->block_cols;
    int32_t y0 = p->adc_h + p->end_h;
    bool first = cells_tap_first(p, bcols);
    Run row[2], col[2];
    uint32_t n_row = cut_runs(rows, brows, y0, p->py, p->switch_h, row);
    uint32_t n_col = cut_runs(cols, cells_tap_every(p, bcols), p->driver_w + (first ? p->tap_w : 0), p->px, p->tap_w, col);
    const Run *last_col = &col[n_col - 1], *last_row = &row[n_row - 1];
    int32_t x_edge = last_col->at + (int32_t)(last_col->n - 1) * last_col->pitch +
                     (int32_t)(last_col->size + (last_col->size & 1)) * p->px + p->tap_w;
    int32_t y_top = last_row->at + (int32_t)(last_row->n - 1) * last_row->pitch +
                    (int32_t)last_row->size * p->py + p->switch_h;

    /* The masters first: children stand before their parents in the database. */
    for (uint32_t r = 0; r < n_row; r++) {
        build_drivers(db, s, row[r].size);
        build_edge(db, s, row[r].size);
        if (first) build_first(db, s, row[r].size);
        for (uint32_t k = 0; k < n_col; k++) build_tile(db, s, row[r].size, col[k].size, col[k].size & 1);
    }
    for (uint32_t k = 0; k < n_col; k++) build_end(db, s, col[k].size + (col[k].size & 1), bits);

    CellId c = db_add_cell(db, name, CELL_BLOCK, "crossbar");
    xbar_ports(db, c, rows, core_phys_cols(core), core_block_rows(core), bits);
    put_ladder(db, s, c);
    if (first) put_foot_taps(db, s, c, p->driver_w);
    for (uint32_t k = 0; k < n_col; k++) put_foot(db, s, c, &col[k], bits);
    for (uint32_t r = 0; r < n_row; r++) {
        put_drivers(db, s, c, &row[r], brows);
        if (first) put_first_taps(db, s, c, &row[r], brows);
        for (uint32_t k = 0; k < n_col; k++) put_tiles(db, s, c, &row[r], &col[k], brows);
        char edge[32];
        snprintf(edge, sizeof edge, "edge_%u", row[r].first);
        InstId i = db_add_inst(db, c, edge, build_edge(db, s, row[r].size), (Pt){x_edge, row[r].at}, ORI_N, 1,
                               row[r].n, 0, row[r].pitch);
        tile_rows(db, c, i, &row[r]);
    }
    db_cell(db, c)->box = (Box){0, 0, x_edge + p->px, y_top};
    block_promote_pins(db, c);
    return c;
}

/* Row wires of a cell beside others whose element iy is row r0 + iy; VCM by rows, since only the drivers join it. */
static void array_rows(Db *db, CellId c, InstId i, int32_t r0)
{
    same(db, c, i, "XP", r0, 0, 1);
    same(db, c, i, "XN", r0, 0, 1);
    same(db, c, i, "WL", 4 * r0, 0, 4);
    same(db, c, i, "VCM", r0, 0, 1);
    rails(db, c, i);
}

static void array_cols(Db *db, CellId c, InstId i, int32_t col, int32_t c0)
{
    same(db, c, i, "COL", col, 1, 0);
    same(db, c, i, "BL", c0, 1, 0);
    same(db, c, i, "BLB", c0, 1, 0);
    same(db, c, i, "GCOL", c0, 1, 0);
}

/* Column wires of the dummies: they end where their block ends. */
static const char *const edge_wires[][2] = {{"COL", "EDGECOL"}, {"BL", "EDGEBL"}, {"BLB", "EDGEBLB"}, {"GCOL", "EDGEGCOL"}};

static void array_switch(Db *db, CellId c, InstId i, int32_t block, int32_t vcm)
{
    same(db, c, i, "EN", block, 0, 0);
    same(db, c, i, "ENB", block, 0, 0);
    same(db, c, i, "VCM", vcm, 0, 0);
    rails(db, c, i);
}

/* Width of the column of taps before the first tile, if it needs one. */
static int32_t array_first(const CellPitch *p, const PlanCore *k) { return cells_tap_first(p, (uint32_t)k->block_cols) ? p->tap_w : 0; }

static void array_taps(Db *db, const CellSet *s, CellId c, const PlanCore *k, int32_t b, int32_t x)
{
    const CellPitch *p = &s->pitch;
    int32_t y = b * (k->block_rows * p->py + p->switch_h);
    char name[32];
    snprintf(name, sizeof name, "tapsw_%d_%d", b, x);
    array_switch(db, c, db_add_inst(db, c, name, s->tap_switch, (Pt){x, y}, ORI_N, 1, 1, p->px, p->py), b, k->rows + b);
    snprintf(name, sizeof name, "tap_%d_%d", b, x);
    array_rows(db, c, db_add_inst(db, c, name, s->tap, (Pt){x, y + p->switch_h}, ORI_N, 1, (uint32_t)k->block_rows, p->px, p->py), b * k->block_rows);
}

/* One block row: tiles of synapses over switches, taps beside each, a dummy column at the end. */
static void array_block(Db *db, const CellSet *s, CellId c, const PlanCore *k, int32_t b)
{
    const CellPitch *p = &s->pitch;
    int32_t rows = k->rows, cols = k->cols, br = k->block_rows, bc = (int32_t)cells_tap_every(p, (uint32_t)k->block_cols), n = cols / bc;
    int32_t y = b * (br * p->py + p->switch_h), w = bc * p->px + p->tap_w, x0 = array_first(p, k);
    char name[32];
    if (x0) array_taps(db, s, c, k, b, 0);
    for (int32_t t = 0; t < n; t++) {
        const struct {
            const char *name;
            CellId master;
            Pt at;
            uint32_t ny;
        } part[] = {{"sw", s->block_switch, {x0 + t * w, y}, 1}, {"syn", s->synapse, {x0 + t * w, y + p->switch_h}, (uint32_t)br}};
        for (int q = 0; q < 2; q++) {
            snprintf(name, sizeof name, "%s_%d_%d", part[q].name, b, t);
            InstId i = db_add_inst(db, c, name, part[q].master, part[q].at, ORI_N, (uint32_t)bc, part[q].ny, p->px, p->py);
            if (q) array_rows(db, c, i, b * br);
            else array_switch(db, c, i, b, rows + b);
            array_cols(db, c, i, b * cols + t * bc, t * bc);
        }
        array_taps(db, s, c, k, b, x0 + t * w + bc * p->px);
    }
    snprintf(name, sizeof name, "dummy_%d", b);
    InstId i = db_add_inst(db, c, name, s->dummy, (Pt){x0 + n * w, y + p->switch_h}, ORI_N, 1, (uint32_t)br, p->px, p->py);
    array_rows(db, c, i, b * br);
    for (size_t q = 0; q < COUNTOF(edge_wires); q++) db_connect_name(db, c, i, edge_wires[q][0], edge_wires[q][1], b, 0, 0);
}

CellId xbar_array(Db *db, const CellSet *s, const PlanCore *k, const char *name)
{
    const CellPitch *p = &s->pitch;
    uint32_t rows = (uint32_t)k->rows, cols = (uint32_t)k->cols, blocks = rows / (uint32_t)k->block_rows, every = cells_tap_every(p, (uint32_t)k->block_cols);
    assert(rows % (uint32_t)k->block_rows == 0 && cols % every == 0);
    CellId c = db_add_cell(db, name, CELL_BLOCK, "array");
    const struct {
        const char *port;
        uint32_t width;
        NetUse use;
    } ports[] = {{"XP", rows, USE_ANALOG}, {"XN", rows, USE_ANALOG}, {"VCM", rows + blocks, USE_ANALOG}, {"WL", 4 * rows, USE_SIGNAL}, {"EN", blocks, USE_SIGNAL},
                 {"ENB", blocks, USE_SIGNAL}, {"BL", cols, USE_SIGNAL}, {"BLB", cols, USE_SIGNAL}, {"GCOL", cols, USE_ANALOG}};
    for (size_t i = 0; i < COUNTOF(ports); i++) db_add_port(db, c, ports[i].port, ports[i].width, DIR_INOUT, ports[i].use);
    rail_ports(db, c);
    db_add_net(db, c, "COL", cols * blocks, USE_ANALOG);
    for (size_t q = 0; q < COUNTOF(edge_wires); q++) db_add_net(db, c, edge_wires[q][1], blocks, USE_ANALOG);
    for (uint32_t b = 0; b < blocks; b++) array_block(db, s, c, k, (int32_t)b);
    db_cell(db, c)->box = (Box){0, 0, array_first(p, k) + (int32_t)(cols / every) * ((int32_t)every * p->px + p->tap_w) + p->px, (int32_t)blocks * (k->block_rows * p->py + p->switch_h)};
    block_promote_pins(db, c);
    return c;
}

void xbar_pin_reference(Db *db, CellId crossbar, CellId ladder)
{
    NetId of = db_find_net(db, ladder, "VREF"), to = db_find_net(db, crossbar, "VREF");
    for (uint32_t i = 0; i < db_cell(db, ladder)->shapes.n; i++) {
        DbShape s = db_cell(db, ladder)->shapes.v[i];
        if (s.kind == SHAPE_PIN && s.net.i == of.i) db_add_shape(db, crossbar, s.layer, SHAPE_PIN, s.box, to, s.bit);
    }
}

/* ---- pins of blocks ---------------------------------------------------------------------------- */

static bool on_edge(Box b, Box outline)
{
    return b.x0 == outline.x0 || b.y0 == outline.y0 || b.x1 == outline.x1 || b.y1 == outline.y1;
}

/* Only elements along the rim of an array can touch the outline. */
static void promote_element(Db *db, CellId c, InstId inst, uint32_t ix, uint32_t iy)
{
    const DbCell *cell = &db->cells.v[c.i];
    const DbInst *i = &cell->insts.v[inst.i];
    const DbCell *m = &db->cells.v[i->master.i];
    Pt at = {i->at.x + (int32_t)ix * i->dx, i->at.y + (int32_t)iy * i->dy};
    Box outline = cell->box;
    for (uint32_t k = 0; k < m->shapes.n; k++) {
        const DbShape *s = &m->shapes.v[k];
        if (s->kind != SHAPE_PIN || s->net.i >= m->n_ports) continue;
        NetRef r = db_conn(db, c, inst, s->net.i);
        if (r.net.i == NET_NONE.i || r.net.i >= db->cells.v[c.i].n_ports) continue;
        Box b = box_place(s->box, m->box.x1, m->box.y1, at, i->orient);
        if (on_edge(b, outline)) db_add_shape(db, c, s->layer, SHAPE_PIN, b, r.net, netref_bit(r, ix, iy, s->bit));
    }
}

void block_promote_pins(Db *db, CellId c)
{
    uint32_t n = db->cells.v[c.i].insts.n;
    for (uint32_t k = 0; k < n; k++) {
        InstId inst = {k};
        uint32_t nx = db->cells.v[c.i].insts.v[k].nx, ny = db->cells.v[c.i].insts.v[k].ny;
        for (uint32_t iy = 0; iy < ny; iy++)
            for (uint32_t ix = 0; ix < nx; ix++)
                if (ix == 0 || iy == 0 || ix + 1 == nx || iy + 1 == ny) promote_element(db, c, inst, ix, iy);
    }
}

void block_drop_pins(Db *db, CellId c)
{
    DbCell *cell = db_cell(db, c);
    uint32_t n = 0;
    for (uint32_t k = 0; k < cell->shapes.n; k++)
        if (cell->shapes.v[k].kind != SHAPE_PIN) cell->shapes.v[n++] = cell->shapes.v[k];
    cell->shapes.n = n;
}
