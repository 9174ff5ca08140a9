/*
 * The analog crossbar of the current family.
 *
 *        x=0        driver_w                              right edge
 *        drivers    slice   slice … (+ narrower last)     dummies       one row of each per row
 *        base       (its foot)                                          column ends, converters
 *
 * Lines run through all rows, without switches: rows that a conversion does not use have input 0 and do not fire. A slice is all rows of the columns
 * between two columns of taps, with their column ends and converters.
 *
 * Invariant: every connection inside is made by pins that touch where cells abut; this file draws no wire. Row 0 is the lowest.
 */
#include "gen/xbar_int.h"

#include "cells/physical.h"
#include "gen/digital.h"

static const char *const end_wires[] = {"PREB", "SELA", "SELAB", "SELB", "SELBB", "WE", "WEB", NULL};
static const char *const adc_wires[] = {"VREFP", "VREFN", "CLK", "START", NULL};
static const char *const lines[] = {"BLP", "BLN", "BL", "BLB"};

static const struct {
    const char *name;
    uint32_t per_row; /* 0: one for all rows */
    NetUse use;
} row_wires[] = {{"PP", 1, USE_SIGNAL}, {"PN", 1, USE_SIGNAL}, {"VB", 0, USE_ANALOG}, {"VC", 0, USE_ANALOG}, {"WL", 4, USE_SIGNAL}};

/* As ports of a part, or as nets of the whole. */
static void row_nets(Db *db, CellId c, uint32_t rows, bool port)
{
    for (size_t k = 0; k < COUNTOF(row_wires); k++) {
        uint32_t w = row_wires[k].per_row ? row_wires[k].per_row * rows : 1;
        if (port) db_add_port(db, c, row_wires[k].name, w, DIR_INOUT, row_wires[k].use);
        else db_add_net(db, c, row_wires[k].name, w, row_wires[k].use);
    }
}

/* Each element is a row, or (whole) the instance has all of them. */
static void row_conns(Db *db, CellId c, InstId i, bool whole)
{
    for (size_t k = 0; k < COUNTOF(row_wires); k++) same(db, c, i, row_wires[k].name, 0, 0, whole ? 0 : (int32_t)row_wires[k].per_row);
    rails(db, c, i);
}

static void foot_nets(Db *db, CellId c, bool port)
{
    for (int q = 0; q < 2; q++)
        for (const char *const *w = q ? adc_wires : end_wires; *w; w++) {
            if (port) db_add_port(db, c, *w, 1, DIR_INOUT, q ? USE_ANALOG : USE_SIGNAL);
            else db_add_net(db, c, *w, 1, q ? USE_ANALOG : USE_SIGNAL);
        }
}

/* A column of taps beside rows and foot. */
static void put_taps(Db *db, const CellSet *s, CellId c, int32_t x, uint32_t rows)
{
    const CellPitch *p = &s->pitch;
    row_conns(db, c, db_add_inst(db, c, "tap", s->tap, (Pt){x, p->adc_h + p->end_h}, ORI_N, 1, rows, 0, p->py), false);
    InstId i = db_add_inst(db, c, "tapend", s->tap_end, (Pt){x, p->adc_h}, ORI_N, 1, 1, 0, 0);
    each_scalar(db, c, i, end_wires);
    rails(db, c, i);
    i = db_add_inst(db, c, "tapadc", s->tap_adc, (Pt){x, 0}, ORI_N, 1, 1, 0, 0);
    each_scalar(db, c, i, adc_wires);
    rails(db, c, i);
}

static void put_foot(Db *db, const CellSet *s, CellId c, uint32_t w, uint32_t bits)
{
    const CellPitch *p = &s->pitch;
    static const char *const per_col[] = {"BLP", "BLN", "BL", "BLB", "DIN", "AIP", "AIN"};
    for (int32_t k = 0; k < 2; k++) {
        InstId i = db_add_inst(db, c, k ? "endb" : "enda", k ? s->col_end_b : s->col_end_a, (Pt){k * p->px, p->adc_h}, ORI_N, w / 2, 1, 2 * p->px, 0);
        for (size_t q = 0; q < COUNTOF(per_col); q++) same(db, c, i, per_col[q], k, 2, 0);
        each_scalar(db, c, i, end_wires);
        rails(db, c, i);
    }
    InstId i = db_add_inst(db, c, "adc", s->sar_adc, (Pt){0, 0}, ORI_N, w / 2, 1, 2 * p->px, 0);
    static const char *const per_pair[] = {"AIP", "AIN", "DIN"};
    for (size_t q = 0; q < COUNTOF(per_pair); q++) same(db, c, i, per_pair[q], 0, 2, 0);
    same(db, c, i, "D", 0, (int32_t)bits, 0);
    same(db, c, i, "DONE", 0, 1, 0);
    each_scalar(db, c, i, adc_wires);
    rails(db, c, i);
}

/* cols columns of all rows, their foot, taps at the right; with an odd number a dummy column after them, so that two always share a converter. */
static CellId build_slice(Db *db, const CellSet *s, uint32_t rows, uint32_t cols, uint32_t bits)
{
    const CellPitch *p = &s->pitch;
    char name[64];
    snprintf(name, sizeof name, "slice_%ux%u", rows, cols);
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    uint32_t w = cols + (cols & 1);
    int32_t y0 = p->adc_h + p->end_h, x = (int32_t)w * p->px;
    c = db_add_cell(db, name, CELL_BLOCK, "slice");
    row_nets(db, c, rows, true);
    db_add_port(db, c, "DIN", w, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "D", w / 2 * bits, DIR_OUT, USE_SIGNAL);
    db_add_port(db, c, "DONE", w / 2, DIR_OUT, USE_SIGNAL);
    foot_nets(db, c, true);
    rail_ports(db, c);
    for (size_t k = 0; k < COUNTOF(lines); k++) db_add_net(db, c, lines[k], w, k < 2 ? USE_ANALOG : USE_SIGNAL);
    db_add_net(db, c, "AIP", w, USE_ANALOG);
    db_add_net(db, c, "AIN", w, USE_ANALOG);

    put_foot(db, s, c, w, bits);
    for (uint32_t pad = 0; pad <= (cols & 1); pad++) {
        InstId i = db_add_inst(db, c, pad ? "pad" : "syn", pad ? s->dummy : s->synapse, (Pt){pad ? (int32_t)cols * p->px : 0, y0}, ORI_N, pad ? 1 : cols, rows, p->px, p->py);
        row_conns(db, c, i, false);
        for (size_t k = 0; k < COUNTOF(lines); k++) same(db, c, i, lines[k], pad ? (int32_t)cols : 0, 1, 0);
    }
    put_taps(db, s, c, x, rows);
    db_cell(db, c)->box = (Box){0, 0, x + p->tap_w, y0 + (int32_t)rows * p->py};
    block_promote_pins(db, c);
    return c;
}

/* Taps between the drivers, whose own are too far away, and the first slice. */
static CellId build_first(Db *db, const CellSet *s, uint32_t rows)
{
    const CellPitch *p = &s->pitch;
    char name[64];
    snprintf(name, sizeof name, "taps_%u", rows);
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    c = db_add_cell(db, name, CELL_BLOCK, "taps");
    row_nets(db, c, rows, true);
    foot_nets(db, c, true);
    rail_ports(db, c);
    put_taps(db, s, c, 0, rows);
    db_cell(db, c)->box = (Box){0, 0, p->tap_w, p->adc_h + p->end_h + (int32_t)rows * p->py};
    block_promote_pins(db, c);
    return c;
}

static void xbar_nets(Db *db, CellId c, uint32_t rows, uint32_t cols, uint32_t bits)
{
    db_add_port(db, c, "D", 3 * rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "SGN", rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "WLIN", 4 * rows, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "AD", cols / 2 * bits, DIR_OUT, USE_SIGNAL);
    db_add_port(db, c, "DONE", cols / 2, DIR_OUT, USE_SIGNAL);
    db_add_port(db, c, "DIN", cols, DIR_IN, USE_SIGNAL);
    db_add_port(db, c, "PHASE", 9, DIR_IN, USE_SIGNAL); /* PCLK PRST MAIN PREBIN SELIN[2] WEIN CLKIN STARTIN */
    db_add_port(db, c, "IREF", 1, DIR_INOUT, USE_ANALOG);
    db_add_port(db, c, "VREF", 1, DIR_INOUT, USE_ANALOG);
    rail_ports(db, c);
    row_nets(db, c, rows, false);
    db_add_net(db, c, "WIN", 8, USE_SIGNAL);
    for (size_t k = 0; k < COUNTOF(lines); k++) {
        char edge[16];
        snprintf(edge, sizeof edge, "EDGE%s", lines[k]);
        db_add_net(db, c, edge, 1, k < 2 ? USE_ANALOG : USE_SIGNAL);
    }
    foot_nets(db, c, false);
}

static void put_drivers(Db *db, const CellSet *s, CellId c, uint32_t rows)
{
    const CellPitch *p = &s->pitch;
    InstId i = db_add_inst(db, c, "base", s->ladder, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
    static const char *const up[] = {"WIN", "VB", "VC", "IREF", "VREF", "VDD", "VSS", NULL};
    each_scalar(db, c, i, up);
    each_scalar(db, c, i, end_wires);
    each_scalar(db, c, i, adc_wires);
    static const char *const phase[] = {"PCLK", "PRST", "MAIN", "PREBIN", "SELIN", "WEIN", "CLKIN", "STARTIN"};
    static const int32_t bit[] = {0, 1, 2, 3, 4, 6, 7, 8};
    for (size_t k = 0; k < COUNTOF(phase); k++) db_connect_name(db, c, i, phase[k], "PHASE", bit[k], 0, 0);
    i = db_add_inst(db, c, "rdrv", s->row_driver, (Pt){0, p->adc_h + p->end_h}, ORI_N, 1, rows, 0, p->py);
    row_conns(db, c, i, false);
    same(db, c, i, "D", 0, 0, 3);
    same(db, c, i, "SGN", 0, 0, 1);
    same(db, c, i, "WLIN", 0, 0, 4);
    same(db, c, i, "WIN", 0, 0, 0);
}

static void put_slices(Db *db, CellId c, const char *name, CellId slice, int32_t x, uint32_t first, uint32_t n, uint32_t w, uint32_t bits)
{
    InstId i = db_add_inst(db, c, name, slice, (Pt){x, 0}, ORI_N, n, 1, db_cell(db, slice)->box.x1, 0);
    int32_t c0 = (int32_t)first, iw = (int32_t)w, pairs = iw / 2;
    row_conns(db, c, i, true);
    same(db, c, i, "DIN", c0, iw, 0);
    db_connect_name(db, c, i, "D", "AD", c0 / 2 * (int32_t)bits, pairs * (int32_t)bits, 0);
    same(db, c, i, "DONE", c0 / 2, pairs, 0);
    each_scalar(db, c, i, end_wires);
    each_scalar(db, c, i, adc_wires);
}

CellId xbar_build_current(Db *db, const CellSet *s, const PlanCore *core, uint32_t bits, const char *name)
{
    const CellPitch *p = &s->pitch;
    uint32_t rows = (uint32_t)core->rows, cols = (uint32_t)core->cols, bcols = (uint32_t)core->block_cols;
    uint32_t every = cells_tap_every(p, bcols), whole = cols / every, rest = cols % every;
    bool first = cells_tap_first(p, bcols);
    /* The masters first: children stand before their parents in the database. */
    CellId taps = first ? build_first(db, s, rows) : CELL_NONE;
    CellId slice = whole ? build_slice(db, s, rows, every, bits) : CELL_NONE, last = rest ? build_slice(db, s, rows, rest, bits) : CELL_NONE;

    CellId c = db_add_cell(db, name, CELL_BLOCK, "crossbar");
    xbar_nets(db, c, rows, core_phys_cols(core), bits);
    put_drivers(db, s, c, rows);
    int32_t x = p->driver_w, y0 = p->adc_h + p->end_h;
    if (first) {
        InstId i = db_add_inst(db, c, "first", taps, (Pt){x, 0}, ORI_N, 1, 1, 0, 0);
        row_conns(db, c, i, true);
        each_scalar(db, c, i, end_wires);
        each_scalar(db, c, i, adc_wires);
        x += p->tap_w;
    }
    if (whole) {
        put_slices(db, c, "s", slice, x, 0, whole, every + (every & 1), bits);
        x += (int32_t)whole * db_cell(db, slice)->box.x1;
    }
    if (rest) {
        put_slices(db, c, "r", last, x, whole * every, 1, rest + (rest & 1), bits);
        x += db_cell(db, last)->box.x1;
    }
    InstId i = db_add_inst(db, c, "edge", s->dummy, (Pt){x, y0}, ORI_N, 1, rows, 0, p->py);
    row_conns(db, c, i, false);
    for (size_t k = 0; k < COUNTOF(lines); k++) {
        char edge[16];
        snprintf(edge, sizeof edge, "EDGE%s", lines[k]);
        db_connect_name(db, c, i, lines[k], edge, 0, 0, 0);
    }
    db_cell(db, c)->box = (Box){0, 0, x + p->px, y0 + (int32_t)rows * p->py};
    block_promote_pins(db, c);
    return c;
}
