/*
 * Row cells: the gates of which the larger cells are made, each with ports of its own.
 */
#include "cells/circuit_int.h"
#include "cells/draw_int.h"
#include "cells/physical.h"

#include <math.h>

typedef struct {
    const char *name, *ports; /* inputs, then outputs, then both ways: "A B>Y<" */
    void (*circuit)(Ckt *k);
} RowCell;

static Node port(const Ckt *k, const char *name) { return ck_port(k, name, 0); }

static void make_inv(Ckt *k) { ck_inv(k, "i", port(k, "A"), port(k, "Y"), 1); }
static void make_inv4(Ckt *k) { ck_inv(k, "i", port(k, "A"), port(k, "Y"), 4); }
static void make_buf(Ckt *k)
{
    Node m = ck_net(k, "m"); /* not "a": SPICE knows no case */
    ck_inv(k, "i", port(k, "A"), m, 1);
    ck_inv(k, "o", m, port(k, "Y"), 2);
}
static void make_nand2(Ckt *k) { ck_nand(k, "g", (Node[]){port(k, "A"), port(k, "B")}, 2, port(k, "Y"), 1); }
static void make_nand3(Ckt *k) { ck_nand(k, "g", (Node[]){port(k, "A"), port(k, "B"), port(k, "C")}, 3, port(k, "Y"), 1); }
static void make_nor2(Ckt *k) { ck_nor(k, "g", port(k, "A"), port(k, "B"), port(k, "Y"), 1); }
static void make_tg(Ckt *k) { ck_tg(k, "t", k->sw, port(k, "A"), port(k, "Y"), port(k, "EN"), port(k, "ENB"), k->wu); }
static void make_sram(Ckt *k) { ck_sram(k, "b", port(k, "WL"), port(k, "BL"), port(k, "BLB"), port(k, "Q"), port(k, "QB")); }
static void make_latch(Ckt *k) { ck_latch(k, "l", port(k, "D"), port(k, "G"), port(k, "GB"), port(k, "RSTB"), port(k, "Q"), port(k, "QB")); }
static void make_dff(Ckt *k)
{
    ck_dff(k, "f", port(k, "D"), port(k, "CK"), port(k, "CKB"), port(k, "RST"), port(k, "RSTB"), false, port(k, "Q"));
}

static const RowCell row_cells[] = {
    {"inv", "A>Y", make_inv},
    {"inv4", "A>Y", make_inv4},
    {"buf", "A>Y", make_buf},
    {"nand2", "A B>Y", make_nand2},
    {"nand3", "A B C>Y", make_nand3},
    {"nor2", "A B>Y", make_nor2},
    {"tg", "EN ENB><A Y", make_tg},
    {"sram_bit", "WL><BL BLB Q QB", make_sram},
    {"latch", "D G GB RSTB>Q QB", make_latch},
    {"dff", "D CK CKB RST RSTB>Q", make_dff},
};

const char *const draw_row_cells[] = {"inv", "inv4", "buf", "nand2", "nand3", "nor2", "tg", "sram_bit", "latch", "dff", NULL};

/* d: bits of a port D */
static void add_ports(Db *db, CellId c, const char *p, uint32_t d)
{
    PortDir dir = DIR_IN;
    char name[16];
    size_t n = 0;
    for (;; p++) {
        if (*p && *p != ' ' && *p != '>' && *p != '<') {
            assert(n + 1 < sizeof name);
            name[n++] = *p;
            continue;
        }
        name[n] = 0;
        if (n) db_add_port(db, c, name, str_eq(name, "D") ? d : 1, dir, USE_SIGNAL);
        n = 0;
        if (*p == '>') dir = DIR_OUT;
        if (*p == '<') dir = DIR_INOUT;
        if (!*p) break;
    }
    db_add_port(db, c, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, c, "VSS", 1, DIR_INOUT, USE_GROUND);
}

CellId draw_row_circuit(Db *db, const Tech *t, const char *name)
{
    const RowCell *r = NULL;
    for (size_t i = 0; i < COUNTOF(row_cells); i++)
        if (str_eq(row_cells[i].name, name)) r = &row_cells[i];
    assert(r);
    CellId c = db_add_cell(db, name, CELL_LEAF, name);
    add_ports(db, c, r->ports, 1);
    Ckt k = ck_board(db, t, c, NULL);
    r->circuit(&k);
    return c;
}

Status draw_row_cell(Db *db, const Tech *t, const char *name, const DrawSpec *spec, CellId *out, DrawStats *stats)
{
    *out = draw_row_circuit(db, t, name);
    return cells_draw(db, t, *out, spec, stats);
}

/* ---- cells of the crossbar ------------------------------------------------------------------------------------ */

static const CellVariant *first_of(const CellLibrary *lib, const char *function)
{
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, function)) return &lib->v.v[i];
    assert(!"built-in variant");
    return NULL;
}

bool draw_can(const char *function)
{
    static const char *const drawn[] = {"synapse", "dummy", "tap", "tap_switch", "tap_end", "block_switch", "block_driver", "row_driver", "col_end", "col_end_a", "col_end_b",
                                        "synapse_i", "dummy_i", "tap_i", "sar_adc", "tap_adc", "ladder", "decap", "pulse_driver", "pulse_gen", "bias_i",
                                        "col_end_ia", "col_end_ib", "tap_end_i", "sar_adc_i", "tap_adc_i", "base_i"};
    for (size_t i = 0; i < COUNTOF(drawn); i++)
        if (str_eq(drawn[i], function)) return true;
    return false;
}

/* Cells with straps have taps of their own, which reach the straps. */
static bool has_taps(const char *function)
{
    static const char *const strapped[] = {"tap", "tap_i", "tap_end", "tap_adc", "tap_switch", "row_driver", "block_driver", "ladder", "filler", "decap",
                                          "tap_end_i", "tap_adc_i", "pulse_driver", "base_i"};
    for (size_t i = 0; i < COUNTOF(strapped); i++)
        if (str_eq(function, strapped[i])) return true;
    return false;
}

/* Row cells get the least outline; the capacitors of others stand above their wires. */
Status draw_cell(Db *db, const Tech *t, CellId c, DrawStats *stats)
{
    static const char *const high[] = {"sar_adc", "tap_adc", "tap_end_i", "tap_adc_i", "sar_adc_i", "col_end_ia", "col_end_ib", "base_i"};
    const DbCell *x = db_cell(db, c);
    bool taps = has_taps(db_name(db, x->function)), caps = false, stack = draw_has_strips(db, t, c);
    if (x->box.x1 == 0) return cells_draw(db, t, c, &(DrawSpec){.rows = 1, .taps = true, .levels = 4}, stats);
    for (size_t i = 0; i < COUNTOF(high); i++) stack |= str_eq(db_name(db, x->function), high[i]);
    if (stack) return draw_stack(db, t, c, taps, stats);
    for (uint32_t i = 0; i < x->devices.n; i++) caps |= x->devices.v[i].kind == DEV_CAP;
    return cells_draw(db, t, c, &(DrawSpec){.rows = x->box.y1 / t->cell_row, .taps = taps, .levels = caps ? t->mom_lo - 1 : t->mom_hi, .drives = str_eq(db_name(db, x->function), "pulse_driver"),
                                           .calm = str_eq(db_name(db, x->function), "synapse_i")}, stats);
}

/* Drawing reads the database and writes one cell's shapes. */
void draw_one_of(Db *db, const Tech *t, DrawJob *job)
{
    uint32_t n = db_cell(db, job->cell)->shapes.n;
    char key[65];
    bool keep = draw_kept_key(db, t, job->cell, key);
    job->status = ST_OK;
    if (keep && draw_kept_get(db, job->cell, key, &job->stats)) return;
    job->status = draw_cell(db, t, job->cell, &job->stats);
    if (keep && job->status == ST_OK) draw_kept_put(db, job->cell, key, n, &job->stats);
}

/* Wells go on through a tap, so the layers that mark flavours must, too: rows of the tap get what those of the cell beside it have. */
static void marks_beside(Db *db, const Tech *t, CellId tap, CellId cell)
{
    int32_t w = db_cell(db, cell)->box.x1, to = db_cell(db, tap)->box.x1;
    uint32_t n = db_cell(db, cell)->shapes.n;
    for (uint32_t i = 0; i < n; i++) {
        DbShape s = db_cell(db, cell)->shapes.v[i];
        const TechLayer *l = tech_layer(t, db_name(db, db->layers.v[s.layer.i].name));
        if (!l || l->role != ROLE_FLAVOUR || s.box.x0 > 0 || s.box.x1 < w) continue;
        db_add_shape(db, tap, s.layer, s.kind, (Box){s.box.x0, s.box.y0, to + s.box.x1 - w, s.box.y1}, NET_NONE, 0);
    }
}

/* The cell that a tap stands beside, by its function; NULL: it is no tap, or its neighbours are of no flavour. */
static const char *beside_tap(const char *function)
{
    return str_eq(function, "tap") ? "synapse" : str_eq(function, "tap_switch") ? "block_switch" : NULL;
}

void draw_taps_beside(Db *db, const Tech *t, const DrawJob *job, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const char *of = beside_tap(db_name(db, db_cell(db, job[i].cell)->function));
        for (uint32_t k = i; of && job[i].status == ST_OK && k-- > 0;) { /* the last one before it */
            if (!str_eq(db_name(db, db_cell(db, job[k].cell)->function), of)) continue;
            if (job[k].status == ST_OK) marks_beside(db, t, job[i].cell, job[k].cell);
            break;
        }
    }
}

/* Of one function and outline, with as many devices of the same models? */
static bool alike(const DbCell *a, const DbCell *b)
{
    bool same = a->function.i == b->function.i && a->box.x1 == b->box.x1 && a->box.y1 == b->box.y1 && a->devices.n == b->devices.n;
    for (uint32_t i = 0; same && i < a->devices.n; i++) same = a->devices.v[i].model.i == b->devices.v[i].model.i;
    return same;
}

void draw_order_cells(const Db *db, const DrawJob *job, uint32_t n, uint32_t *order, uint32_t *n_first)
{
    bool *later = mem_calloc((size_t)n + 1, 1);
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i && !later[i]; k++) later[i] = alike(&db->cells.v[job[i].cell.i], &db->cells.v[job[k].cell.i]);
    for (int last = 0; last < 2; last++) {
        uint32_t first = m;
        for (uint32_t i = 0; i < n; i++) {
            if (later[i] != last) continue;
            uint32_t p = m++;
            for (; p > first && db->cells.v[job[order[p - 1]].cell.i].devices.n < db->cells.v[job[i].cell.i].devices.n; p--) order[p] = order[p - 1];
            order[p] = i;
        }
        if (!last) *n_first = m;
    }
    mem_free(later);
}

typedef struct {
    Db *db;
    const Tech *t;
    DrawJob *job;
    uint32_t *order;
} Jobs;

static Status draw_job(void *ctx, uint32_t i)
{
    const Jobs *j = ctx;
    draw_one_of(j->db, j->t, &j->job[j->order[i]]);
    return ST_OK;
}

void draw_cells(Db *db, const Tech *t, DrawJob *job, uint32_t n, uint32_t threads)
{
    Jobs j = {db, t, job, mem_calloc((size_t)n + 1, sizeof *j.order)};
    uint32_t n_first;
    keep_open();
    draw_order_cells(db, job, n, j.order, &n_first);
    (void)par_for(n, threads, draw_job, &j);
    draw_taps_beside(db, t, job, n);
    mem_free(j.order);
}

/* A cell of the array beside a variant: same pitch, its own name. */
static void beside(Db *db, const Tech *t, const CellPitch *p, const char *function, const CellVariant *v, DrawSet *set)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%s", function, v->variant);
    set->cell[set->n++] = cells_abstract(db, t, p, function, v, name);
}

Status draw_make(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, const CellVariant *synapse, DrawSet *out)
{
    *out = (DrawSet){0};
    if (str_eq(v->function, "synapse_i")) {
        TRY(cells_synapse_pitch(t, v, &out->pitch));
        beside(db, t, &out->pitch, "synapse_i", v, out);
        beside(db, t, &out->pitch, "tap_i", v, out);
        beside(db, t, &out->pitch, "dummy_i", v, out);
        return ST_OK;
    }
    CellChoice c = {synapse ? synapse : first_of(lib, "synapse"), first_of(lib, "row_driver"), first_of(lib, "block_switch"),
                    first_of(lib, "col_end"), first_of(lib, "sar_adc"),    first_of(lib, "ladder")};
    if (str_eq(v->function, "synapse")) c.synapse = v;
    if (str_eq(v->function, "block_switch")) c.block_switch = v;
    TRY(cells_pitch(t, &c, &out->pitch));
    beside(db, t, &out->pitch, v->function, v, out);
    if (str_eq(v->function, "synapse")) beside(db, t, &out->pitch, "tap", v, out);
    if (str_eq(v->function, "synapse")) beside(db, t, &out->pitch, "dummy", v, out);
    if (str_eq(v->function, "block_switch")) beside(db, t, &out->pitch, "tap_switch", v, out);
    return ST_OK;
}

/* Cells that are drawn one by one: of which variants, the function whose outline and ports they have, the tap beside them (NULL: taps inside).
 * alone: without a place in an array. */
static const struct {
    const char *name, *of, *function, *tap;
    bool alone;
} singles[] = {
    {"synapse", "synapse", "synapse", "tap"},
    {"row_driver", "row_driver", "row_driver", NULL},
    {"block_switch", "block_switch", "block_switch", "tap_switch"},
    {"block_driver", "block_switch", "block_driver", NULL},
    {"col_end", "col_end", "col_end_a", "tap_end"},
    {"col_end_b", "col_end", "col_end_b", "tap_end"},
    {"sar_adc", "sar_adc", "sar_adc", "tap_adc"},
    {"ladder", "ladder", "ladder", NULL},
    {"decap", "decap", "decap", NULL},
    {"synapse_i", "synapse_i", "synapse_i", "tap_i", false},
    {"pulse_driver", "pulse_driver", "pulse_driver", "tap_i", false},
    {"pulse_gen", "pulse_gen", "pulse_gen", NULL, true},
    {"base_i", "pulse_gen", "base_i", NULL, false},
    {"col_end_i", "col_end_i", "col_end_ia", "tap_end_i", false},
    {"sar_adc_i", "sar_adc_i", "sar_adc_i", "tap_adc_i", false},
    {"bias_i", "bias_i", "bias_i", NULL, true},
};

const char *draw_single(const CellVariant *v, uint32_t k)
{
    for (size_t i = 0; i < COUNTOF(singles); i++)
        if (str_eq(singles[i].of, v->function) && k-- == 0) return singles[i].name;
    return NULL;
}

/* A cell that stands alone, with pins at its edges, so wide and in sections, as high as they need; a filler of width tap_w with taps beside it. */
static Status alone(Db *db, const Tech *t, CellId c, int32_t w, int32_t tap_w, DrawStats *stats, CellId *tap)
{
    int32_t rows = DRAW_FAR, reach = t->tap_distance - tap_w;
    if (w > 2 * reach)
        return msg_error(ST_LIMIT, "CELL-0012", (Loc){0}, "cell %s: the middle of %d dbu is farther than %d from well taps on both sides", db_name(db, db_cell(db, c)->name), w, reach);
    for (int last = 0; last < 2 && rows; last++) { /* in an outline that is too high, and in its own */
        db_cell(db, c)->shapes.n = 0;
        db_cell(db, c)->box = (Box){0, 0, w, rows * t->cell_row};
        cells_edge_pins(db, t, c);
        if (!last) rows = draw_stack_rows(db, t, c, 0, STACK_PLAIN);
    }
    if (!rows) return msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s cannot be drawn %d dbu wide", db_name(db, db_cell(db, c)->name), w);
    TRY(draw_stack(db, t, c, false, stats));
    DrawStats ignored;
    uint32_t known = db->cells.n;
    *tap = cells_filler(db, t, tap_w, rows * t->cell_row); /* its straps join the rails, it has taps */
    return tap->i < known ? ST_OK : draw_cell(db, t, *tap, &ignored);
}

/* Parts of base_i as cells that stand alone: as wide as two synapses. */
static Status draw_current(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, CellId *out, DrawStats *stats, CellId *tap)
{
    CellPitch p;
    char name[64];
    TRY(cells_synapse_pitch(t, first_of(lib, "synapse_i"), &p));
    snprintf(name, sizeof name, "%s_%s", v->function, v->variant);
    *out = db_add_cell(db, name, CELL_LEAF, v->function);
    cells_ports(db, *out, v->function, 0);
    cells_circuit(db, t, *out, v->function, v, 0);
    return alone(db, t, *out, 2 * p.px, p.tap_w, stats, tap);
}

/* The variant, and of all other functions of its family the first. */
static CellChoice choice_of(const CellLibrary *lib, const CellVariant *v)
{
    CellChoice c = {0};
    const struct {
        const char *function[2];       /* charge, current; NULL: that family has none */
        const CellVariant **slot;
    } of[] = {{{"synapse", "synapse_i"}, &c.synapse}, {{"row_driver", "pulse_driver"}, &c.row_driver}, {{"block_switch", NULL}, &c.block_switch},
              {{"col_end", "col_end_i"}, &c.col_end}, {{"sar_adc", "sar_adc_i"}, &c.sar_adc},          {{"ladder", NULL}, &c.ladder},
              {{NULL, "pulse_gen"}, &c.pulse_gen},    {{NULL, "bias_i"}, &c.bias}};
    bool current = false;
    for (size_t i = 0; i < COUNTOF(of); i++) current |= of[i].function[1] && str_eq(of[i].function[1], v->function);
    for (size_t i = 0; i < COUNTOF(of); i++) {
        const char *function = of[i].function[current];
        if (function) *of[i].slot = str_eq(function, v->function) ? v : first_of(lib, function);
    }
    return c;
}

/* Drivers have taps at their left; the array's first ones stand at their right only where a driver is wider than those reach (cells_tap_first). */
static bool wants_tap(const Tech *t, const CellPitch *p, const char *function)
{
    return !str_eq(function, "pulse_driver") || p->driver_w > t->tap_distance;
}

Status draw_variant(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, const char *cell, CellId *out, DrawStats *stats, CellId *tap)
{
    CellChoice c = choice_of(lib, v);
    size_t k = 0;
    while (k < COUNTOF(singles) && !(str_eq(singles[k].name, cell) && str_eq(singles[k].of, v->function))) k++;
    assert(k < COUNTOF(singles));
    CellPitch p;
    char name[64];
    *tap = CELL_NONE;
    if (singles[k].alone) return draw_current(db, t, lib, v, out, stats, tap);
    if (str_eq(v->function, "decap")) cells_decap_pitch(t, v, &p);
    else TRY(cells_pitch(t, &c, &p));
    snprintf(name, sizeof name, "%s_%s", cell, v->variant);
    CellVariant base = c.bias ? cells_base_variant(&c) : *v;
    *out = cells_abstract(db, t, &p, singles[k].function, str_eq(singles[k].function, "base_i") ? &base : v, name);
    TRY(draw_cell(db, t, *out, stats));
    DrawStats ignored;
    if (str_eq(cell, "base_i") && p.driver_w > t->tap_distance) { /* as wide as the drivers: the ends' and converters' taps are at its right */
        uint32_t known = db->cells.n;
        *tap = cells_filler(db, t, p.tap_w, db_cell(db, *out)->box.y1);
        return tap->i < known ? ST_OK : draw_cell(db, t, *tap, &ignored);
    }
    if (!singles[k].tap || !wants_tap(t, &p, singles[k].function)) return ST_OK;
    snprintf(name, sizeof name, "%s%s_%s", singles[k].tap, strcmp(cell, "col_end_b") ? "" : "_b", v->variant);
    *tap = cells_abstract(db, t, &p, singles[k].tap, str_eq(v->function, "pulse_driver") ? c.synapse : v, name);
    TRY(draw_cell(db, t, *tap, &ignored));
    marks_beside(db, t, *tap, *out);
    return ST_OK;
}

/* A circuit in a database of its own. */
static CellId circuit_of(const Tech *t, const char *function, const CellVariant *v, Db *db)
{
    tech_db_init(t, db, "circuit");
    CellId c = db_add_cell(db, function, CELL_LEAF, function);
    cells_ports(db, c, function, circuit_size(v));
    cells_circuit(db, t, c, function, v, circuit_size(v));
    return c;
}

/* Strips of poly need a resistor that is one beside its contacts; pieces of wire for a whole string would be hundreds of squares each. */
const char *draw_refuses(const Tech *t, const CellVariant *v)
{
    if (!str_eq(v->function, "ladder") || draw_ready(t, false) != ST_OK) return NULL;
    Db db;
    bool strips = draw_has_strips(&db, t, circuit_of(t, v->function, v, &db));
    db_free(&db);
    return strips ? NULL : "it cannot be drawn: none of its resistors is a tenth of a contact's resistance";
}

uint32_t draw_single_devices(const Tech *t, const CellVariant *v, const char *cell)
{
    const char *function = v->function;
    for (size_t k = 0; k < COUNTOF(singles); k++)
        if (str_eq(singles[k].name, cell) && str_eq(singles[k].of, v->function) && !str_eq(cell, "base_i")) function = singles[k].function; /* a base is its generator for the most part */
    Db db;
    uint32_t n = db_cell(&db, circuit_of(t, function, v, &db))->devices.n;
    db_free(&db);
    return n;
}

/* ---- parts of a converter, as cells of their own ------------------------------------------------------------------- */

static void make_comparator(Ckt *k, const CellVariant *v)
{
    circuit_comparator(k, port(k, "IP"), port(k, "IN"), port(k, "CLK"), port(k, "COMP"), v->param[2]);
}

static void make_logic(Ckt *k, const CellVariant *v)
{
    circuit_sar_logic(k, (int32_t)lrint(v->param[0]), port(k, "CK"), port(k, "CKB"), port(k, "RST"), port(k, "RSTB"), port(k, "COMP"));
}

static void make_array(Ckt *k, const CellVariant *v)
{
    Node d[16];
    int32_t bits = (int32_t)lrint(v->param[0]);
    for (int32_t i = 0; i < bits; i++) d[i] = ck_port(k, "D", (uint32_t)i);
    circuit_array(k, bits, v->param[1], port(k, "TOP"), d, port(k, "VREFP"), port(k, "VREFN"));
}

static const struct {
    const char *name, *ports; /* as of row cells; D has a bit per bit of the converter */
    void (*circuit)(Ckt *k, const CellVariant *v);
} converter_parts[] = {
    {"comparator", "IP IN CLK>COMP", make_comparator},
    {"sar_logic", "CK CKB RST RSTB COMP>D DONE", make_logic},
    {"cap_array", "D><TOP VREFP VREFN", make_array},
};

const char *const draw_converter_parts[] = {"comparator", "sar_logic", "cap_array", NULL};

Status draw_converter_part(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, const char *part, CellId *out, DrawStats *stats, CellId *tap)
{
    char name[64];
    size_t k = 0;
    while (k < COUNTOF(converter_parts) && !str_eq(converter_parts[k].name, part)) k++;
    assert(k < COUNTOF(converter_parts));
    CellPitch p;
    CellChoice c = {first_of(lib, "synapse"), first_of(lib, "row_driver"), first_of(lib, "block_switch"), first_of(lib, "col_end"), v, first_of(lib, "ladder")};
    TRY(cells_pitch(t, &c, &p));
    snprintf(name, sizeof name, "%s_%s", part, v->variant);
    *out = db_add_cell(db, name, CELL_LEAF, part);
    add_ports(db, *out, converter_parts[k].ports, (uint32_t)circuit_size(v));
    Ckt b = ck_board(db, t, *out, v);
    converter_parts[k].circuit(&b, v);
    return alone(db, t, *out, 2 * p.px, p.tap_w, stats, tap);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

typedef enum { ALL, PER_ROW, PER_COLUMN } Share;

/* A port of the array's cell: supplies are one net, what passes from left to right one per row, else one per column. */
static Share share_of(const DbCell *m, uint32_t port, Box *pin)
{
    NetUse use = m->nets.v[port].use;
    Share s = PER_COLUMN;
    for (uint32_t i = 0; i < m->shapes.n; i++) {
        const DbShape *x = &m->shapes.v[i];
        if (x->kind != SHAPE_PIN || x->net.i != port) continue;
        *pin = x->box;
        if (x->box.x0 == 0 && x->box.x1 == m->box.x1) s = PER_ROW;
    }
    return use == USE_POWER || use == USE_GROUND ? ALL : s;
}

/* col0: of the block, the first that the instance's elements are in. */
static void connect(Db *db, CellId block, InstId inst, CellId master, uint32_t rows, uint32_t col0)
{
    for (uint32_t i = 0; i < db_cell(db, master)->n_ports; i++) {
        Box pin;
        const DbCell *m = db_cell(db, master);
        Share s = share_of(m, i, &pin);
        int32_t w = (int32_t)m->nets.v[i].width;
        NetId net = db_find_net(db, block, db_name(db, m->nets.v[i].name));
        db_connect(db, block, inst, (NetId){i}, (NetRef){net, s == PER_COLUMN ? (int32_t)col0 * w : 0, s == PER_COLUMN ? w : 0, s == PER_ROW && rows > 1 ? w : 0, 1});
    }
}

/* Where columns of cells and of taps stand. */
typedef struct {
    uint32_t every;          /* cells between two columns of taps */
    int32_t x0, cell_w, tap_w;
} Columns;

static int32_t column_x(const Columns *c, uint32_t k) { return c->x0 + (int32_t)k * c->cell_w + (int32_t)(k / c->every) * c->tap_w; }

/* A pin of the block: that of its cell, as long as the block. */
static void block_pins(Db *db, CellId block, CellId leaf, uint32_t port, Share s, uint32_t n, const Columns *c)
{
    Box all = db_cell(db, block)->box, one = db_cell(db, leaf)->box;
    uint32_t width = db_cell(db, leaf)->nets.v[port].width, n_shapes = db_cell(db, leaf)->shapes.n;
    NetId net = db_find_net(db, block, db_name(db, db_cell(db, leaf)->nets.v[port].name));
    for (uint32_t i = 0; i < n_shapes; i++) {
        DbShape x = db_cell(db, leaf)->shapes.v[i];
        if (x.kind != SHAPE_PIN || x.net.i != port) continue;
        for (uint32_t k = 0; k < n; k++) {
            Box b = x.box;
            int32_t dx = s == PER_ROW ? 0 : column_x(c, k), dy = s == PER_ROW ? (int32_t)k * one.y1 : 0;
            bool across = x.box.x0 == 0 && x.box.x1 == one.x1, along = x.box.y0 == 0 && x.box.y1 == one.y1; /* others end inside */
            b = (Box){b.x0 + dx, b.y0 + dy, s == PER_ROW && across ? all.x1 : b.x1 + dx, s == PER_COLUMN && along ? all.y1 : b.y1 + dy};
            db_add_shape(db, block, x.layer, SHAPE_PIN, b, net, k * width + x.bit);
        }
        if (s == ALL) break;
    }
}

static void put_columns(Db *db, CellId block, const char *name, CellId master, int32_t x, uint32_t cols, uint32_t rows, uint32_t col0)
{
    Box b = db_cell(db, master)->box;
    char full[32];
    snprintf(full, sizeof full, "%s_%d", name, x);
    connect(db, block, db_add_inst(db, block, full, master, (Pt){x, 0}, ORI_N, cols, rows, b.x1, b.y1), master, rows, col0);
}

CellId draw_block(Db *db, const Tech *t, CellId leaf, CellId tap, uint32_t rows, uint32_t cols)
{
    char name[96];
    snprintf(name, sizeof name, "%s_%ux%u", db_name(db, db_cell(db, leaf)->name), rows, cols);
    CellId c = db_add_cell(db, name, CELL_BLOCK, NULL);
    Box b = db_cell(db, leaf)->box, tb = db_cell(db, tap)->box, pin;
    CellPitch p = {.px = b.x1, .tap_w = tb.x1, .tap_reach = t->tap_distance - tb.x1};
    uint32_t every = cells_tap_every(&p, cols);
    /* a cell that is wider than taps reach has them on both sides, or its own at the left */
    bool first = (!every || cells_tap_first(&p, cols)) && !has_taps(db_name(db, db_cell(db, leaf)->function));
    Columns at = {every ? every : 1, first ? tb.x1 : 0, b.x1, tb.x1};
    db_cell(db, c)->box = (Box){0, 0, column_x(&at, cols - 1) + b.x1 + tb.x1, (int32_t)rows * b.y1};
    uint32_t n_ports = db_cell(db, leaf)->n_ports;
    for (uint32_t i = 0; i < n_ports; i++) {
        DbNet n = db_cell(db, leaf)->nets.v[i];
        Share s = share_of(db_cell(db, leaf), i, &pin);
        char port[32];
        snprintf(port, sizeof port, "%s", db_name(db, n.name));
        db_add_port(db, c, port, n.width * (s == PER_ROW ? rows : s == PER_COLUMN ? cols : 1), n.dir, n.use);
    }
    if (at.x0) put_columns(db, c, "taps", tap, 0, 1, rows, 0);
    for (uint32_t k = 0; k < cols; k += at.every) {
        uint32_t n = cols - k < at.every ? cols - k : at.every;
        put_columns(db, c, "cells", leaf, column_x(&at, k), n, rows, k);
        put_columns(db, c, "taps", tap, column_x(&at, k) + (int32_t)n * b.x1, 1, rows, 0);
    }
    for (uint32_t i = 0; i < n_ports; i++) {
        Share s = share_of(db_cell(db, leaf), i, &pin);
        block_pins(db, c, leaf, i, s, s == PER_ROW ? rows : s == PER_COLUMN ? cols : 1, &at);
    }
    return c;
}
