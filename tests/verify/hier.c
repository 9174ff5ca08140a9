/*
 * Blocks of drawn cells compared cell by cell: the same verdict as all shapes at once, for seeded edits inside of a master, where
 * placements meet, and of the block's own wires; large arrays in little time and memory.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "cells/circuit.h"
#include "cells/draw.h"
#include "verify/verify_layout.h"

typedef struct {
    Tech t;
    Db db;
    CellLibrary lib;
    CellId leaf, tap, block;
} Bench;

static void bench_make(Bench *b, const char *tech, uint32_t rows, uint32_t cols)
{
    *b = (Bench){0};
    DrawStats s;
    cr_assert_eq(tech_read(tech, &b->t), ST_OK);
    cells_variants(&b->t, &b->lib);
    tech_db_init(&b->t, &b->db, "blocks");
    const CellVariant *v = NULL;
    for (uint32_t i = 0; i < b->lib.v.n && !v; i++)
        if (str_eq(b->lib.v.v[i].function, "synapse") && str_eq(b->lib.v.v[i].variant, "cu1f_rvt")) v = &b->lib.v.v[i];
    cr_assert_not_null(v);
    cr_assert_eq(draw_variant(&b->db, &b->t, &b->lib, v, v->function, &b->leaf, &s, &b->tap), ST_OK);
    b->block = draw_block(&b->db, &b->t, b->leaf, b->tap, rows, cols);
}

static void bench_free(Bench *b)
{
    db_free(&b->db);
    cells_library_free(&b->lib);
    tech_free(&b->t);
}

/* Verdicts of both: true if they find something. */
static bool finds(const Bench *b, bool flat, char *text, size_t n)
{
    LvsDevices d;
    Status st = (flat ? lvs_devices_flat : lvs_devices)(&b->db, b->block, &b->db, b->block, &b->t, &d);
    snprintf(text, n, "%s", d.text.s ? d.text.s : "");
    cr_assert_eq(st, d.n_diff ? ST_VIOLATION : ST_OK);
    lvs_devices_free(&d);
    return st != ST_OK;
}

/* ---- edits ---------------------------------------------------------------------------------------------------- */

typedef enum { IN_MASTER, AT_BOUNDARY, OF_WIRES, PLACES } Place;
static const char *const place_name[PLACES] = {"inside of a master", "where placements meet", "of the block's wires"};

static int32_t by(Rng *rng) { return (rng_below(rng, 2) ? 5 : -5) * (int32_t)(1 + rng_below(rng, 16)); }
static bool conducts(const Db *db, const DbShape *s)
{
    LayerKind k = db->layers.v[s->layer.i].kind;
    return s->kind != SHAPE_OBS && (k == LAYER_METAL || k == LAYER_CUT);
}

/* Removed, moved, a side moved, or a piece of metal or a cut put somewhere. */
static void edit_shapes(Db *db, CellId id, Rng *rng, bool wires)
{
    DbCell *c = db_cell(db, id);
    uint32_t k;
    do k = rng_below(rng, c->shapes.n);
    while (db->layers.v[c->shapes.v[k].layer.i].kind == LAYER_OUTLINE || (wires && !conducts(db, &c->shapes.v[k])));
    DbShape *s = &c->shapes.v[k];
    int32_t d = by(rng);
    switch (rng_below(rng, 4)) {
    case 0:
        memmove(s, s + 1, (c->shapes.n - k - 1) * sizeof *s);
        c->shapes.n--;
        break;
    case 1:
        if (rng_below(rng, 2)) s->box.x0 += d, s->box.x1 += d;
        else s->box.y0 += d, s->box.y1 += d;
        break;
    case 2:
        if (s->box.x1 + 4 * d > s->box.x0) s->box.x1 += 4 * d;
        break;
    default: {
        Box b = {5 * (int32_t)rng_below(rng, (uint32_t)c->box.x1 / 5), 5 * (int32_t)rng_below(rng, (uint32_t)c->box.y1 / 5), 0, 0};
        b.x1 = b.x0 + 20 + 5 * (int32_t)rng_below(rng, 60);
        b.y1 = b.y0 + 20 + 5 * (int32_t)rng_below(rng, 60);
        db_add_shape(db, id, s->layer, SHAPE_WIRE, b, NET_NONE, 0);
    }
    }
}

static void edit_places(Db *db, CellId block, Rng *rng)
{
    DbInst *i = &db_cell(db, block)->insts.v[rng_below(rng, db_cell(db, block)->insts.n)];
    int32_t d = by(rng);
    switch (rng_below(rng, 4)) {
    case 0: i->at.x += d; break;
    case 1: i->at.y += d; break;
    case 2: i->dx += d; break;
    default: i->dy += d;
    }
}

/* Only metals are changed inside of a master: what changes its devices is its own comparison's matter, which both make. */
Test(hier, agrees_with_all_shapes_at_once, .timeout = 600)
{
    enum { EDITS = 90 };
    static const char *const techs[] = {"n22", "n28"};
    uint32_t found[PLACES] = {0}, all[PLACES] = {0};
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Bench b;
        char hier[4000], flat[4000];
        bench_make(&b, techs[k], 2, 2);
        cr_expect(!finds(&b, false, hier, sizeof hier), "%s: cell by cell:\n%s", techs[k], hier);
        cr_expect(!finds(&b, true, flat, sizeof flat), "%s: flat:\n%s", techs[k], flat);
        for (uint32_t e = 0; e < EDITS; e++) {
            Rng rng = rng_make(61, e);
            Place p = (Place)(e % PLACES);
            CellId id = p == IN_MASTER ? rng_below(&rng, 4) ? b.leaf : b.tap : b.block;
            DbCell *c = db_cell(&b.db, id);
            uint32_t n = c->shapes.n;
            DbShape *was = mem_calloc(n + 1, sizeof *was);
            DbInst inst[2] = {db_cell(&b.db, b.block)->insts.v[0], db_cell(&b.db, b.block)->insts.v[1]};
            memcpy(was, c->shapes.v, n * sizeof *was);
            if (p == AT_BOUNDARY) edit_places(&b.db, id, &rng);
            else edit_shapes(&b.db, id, &rng, p == OF_WIRES);
            bool h = finds(&b, false, hier, sizeof hier), f = finds(&b, true, flat, sizeof flat);
            cr_expect_eq(h, f, "%s: edit %u %s: cell by cell %s:\n%s\nall at once %s:\n%s", techs[k], e, place_name[p], h ? "finds" : "finds nothing", hier, f ? "finds" : "finds nothing", flat);
            all[p]++;
            found[p] += h;
            c = db_cell(&b.db, id);
            memcpy(c->shapes.v, was, n * sizeof *was);
            c->shapes.n = n;
            db_cell(&b.db, b.block)->insts.v[0] = inst[0];
            db_cell(&b.db, b.block)->insts.v[1] = inst[1];
            mem_free(was);
        }
        bench_free(&b);
    }
    for (int p = 0; p < PLACES; p++) {
        fprintf(stderr, "hier: %s: %u edits, %u matter\n", place_name[p], all[p], found[p]);
        cr_expect(found[p] > 0 && found[p] < all[p], "%s: both kinds must occur", place_name[p]);
    }
    cr_assert_eq(mem_live(), 0);
}

/* An abstract above the block: what it says of its pins is believed, also that two of them are one inside. */
Test(hier, abstracts_count_by_their_pins)
{
    Bench b;
    char text[4000];
    bench_make(&b, "n22", 2, 2);
    LayerId m = db_metal(&b.db, 6);
    /* not children first, but nothing here asks for that */
    CellId pad = db_add_cell(&b.db, "pad", CELL_LEAF, NULL), top = db_add_cell(&b.db, "top", CELL_BLOCK, NULL);
    NetId p = db_add_port(&b.db, pad, "P", 1, DIR_INOUT, USE_ANALOG);
    db_add_shape(&b.db, pad, m, SHAPE_PIN, (Box){0, 0, 400, 100}, p, 0);
    db_add_shape(&b.db, pad, m, SHAPE_PIN, (Box){0, 900, 400, 1000}, p, 0);
    db_cell(&b.db, pad)->box = (Box){0, 0, 400, 1000};
    Box all = db_cell(&b.db, b.block)->box;
    db_cell(&b.db, top)->box = (Box){0, 0, all.x1, all.y1 + 5000};
    uint32_t n_ports = db_cell(&b.db, b.block)->n_ports;
    for (uint32_t i = 0; i < n_ports; i++) {
        DbNet n = db_cell(&b.db, b.block)->nets.v[i];
        char name[64];
        snprintf(name, sizeof name, "%s", db_name(&b.db, n.name));
        db_add_port(&b.db, top, name, n.width, n.dir, n.use);
    }
    InstId block = db_add_inst(&b.db, top, "block", b.block, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
    for (uint32_t i = 0; i < n_ports; i++) db_connect(&b.db, top, block, (NetId){i}, (NetRef){{i}, 0, 0, 0, 1});
    for (uint32_t k = 0; k < db_cell(&b.db, b.block)->shapes.n; k++) {
        DbShape s = db_cell(&b.db, b.block)->shapes.v[k];
        if (s.kind == SHAPE_PIN) db_add_shape(&b.db, top, s.layer, SHAPE_PIN, s.box, s.net, s.bit);
    }
    /* a column's pin that reaches the upper edge on metal 6: up to the pad's lower pin, and from its upper one to the next column */
    NetId net[2];
    uint32_t bit[2], n = 0;
    Box pin[2];
    for (uint32_t k = 0; k < db_cell(&b.db, top)->shapes.n && n < 2; k++) {
        DbShape s = db_cell(&b.db, top)->shapes.v[k];
        if (s.layer.i != m.i || s.box.y1 != all.y1) continue;
        net[n] = s.net, bit[n] = s.bit, pin[n++] = s.box;
    }
    cr_assert_eq(n, 2);
    InstId i = db_add_inst(&b.db, top, "pad", pad, (Pt){pin[0].x0, all.y1 + 1000}, ORI_N, 1, 1, 0, 0);
    db_add_shape(&b.db, top, m, SHAPE_WIRE, (Box){pin[0].x0, all.y1, pin[0].x1, all.y1 + 1050}, NET_NONE, 0);
    db_connect(&b.db, top, i, p, (NetRef){net[0], (int32_t)bit[0], 0, 0, 1});
    b.block = top;
    cr_expect(!finds(&b, false, text, sizeof text), "%s", text);
    db_connect(&b.db, top, i, p, (NetRef){net[1], (int32_t)bit[1], 0, 0, 1});
    cr_expect(finds(&b, false, text, sizeof text) && strstr(text, "short"), "the pad on the other column: %s", text);
    db_connect(&b.db, top, i, p, (NetRef){net[0], (int32_t)bit[0], 0, 0, 1});
    /* through the pad, from its upper pin to the other column */
    db_add_shape(&b.db, top, m, SHAPE_WIRE, (Box){pin[0].x0, all.y1 + 1950, pin[1].x1, all.y1 + 2100}, NET_NONE, 0);
    db_add_shape(&b.db, top, m, SHAPE_WIRE, (Box){pin[1].x0, all.y1, pin[1].x1, all.y1 + 2100}, NET_NONE, 0);
    cr_expect(finds(&b, false, text, sizeof text) && strstr(text, "short"), "a short through the pad: %s", text);
    bench_free(&b);
    cr_assert_eq(mem_live(), 0);
}

/* A 256 × 64 crossbar of drawn synapses: seconds, and less than 1 GB; one wire cut in it is found. */
Test(hier, crossbar_in_seconds, .timeout = 300)
{
    Bench b;
    char text[4000];
    struct timespec t0, t1;
    struct rusage u;
    bench_make(&b, "n22", 256, 64);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
    cr_expect(!finds(&b, false, text, sizeof text), "%s", text);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
    getrusage(RUSAGE_SELF, &u);
    fprintf(stderr, "hier: 256 x 64 synapses: %.1f s, %ld MB\n", (double)(t1.tv_sec - t0.tv_sec) + 1e-9 * (double)(t1.tv_nsec - t0.tv_nsec), u.ru_maxrss / 1024);
    cr_expect_lt(u.ru_maxrss / 1024, 1024);
    DbCell *c = db_cell(&b.db, b.block);
    LayerId m = c->shapes.v[0].layer;
    db_add_shape(&b.db, b.block, m, SHAPE_WIRE, (Box){0, 0, 400, c->box.y1}, NET_NONE, 0);
    cr_expect(finds(&b, false, text, sizeof text));
    bench_free(&b);
    cr_assert_eq(mem_live(), 0);
}
