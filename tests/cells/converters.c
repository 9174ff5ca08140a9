/* Converters in a narrow array: combs that hang and stand, the pitch they ask for, the way in which nothing moves their array's top, poly beside longer gates. */
#include <criterion/criterion.h>
#include <math.h>

#include "cells/circuit.h"
#include "cells/draw_int.h"
#include "cells/physical.h"

static const CellVariant *variant(const CellLibrary *lib, const char *function, const char *name)
{
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, function) && (!name || str_eq(lib->v.v[i].variant, name))) return &lib->v.v[i];
    cr_assert_fail("no %s %s", function, name ? name : "");
    return NULL;
}

/* ---- combs --------------------------------------------------------------------------------------------------------------- */

typedef struct {
    int32_t y0, y1;
} Ends;

/* Metal of a net on the capacitors' metals, within heights. */
static Ends ends(const Db *db, const Tech *t, CellId id, NetId net, int32_t lo, int32_t hi)
{
    const DbCell *c = &db->cells.v[id.i];
    Ends e = {INT32_MAX, INT32_MIN};
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &db->layers.v[s->layer.i];
        if (l->kind != LAYER_METAL || l->level < t->mom_lo || s->net.i != net.i || s->box.y0 < lo || s->box.y1 > hi) continue;
        if (s->box.y0 < e.y0) e.y0 = s->box.y0;
        if (s->box.y1 > e.y1) e.y1 = s->box.y1;
    }
    return e;
}

/* The pad of a net on the metal below the capacitors. */
static Box pad(const Db *db, const Tech *t, CellId id, NetId net)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (c->shapes.v[i].layer.i == db_metal(db, t->mom_lo - 1).i && c->shapes.v[i].net.i == net.i) return c->shapes.v[i].box;
    return (Box){0};
}

/* Length of a net's gaps' marks, over all. */
static int64_t faces(const Db *db, const Tech *t, CellId id, Ends in)
{
    const DbCell *c = &db->cells.v[id.i];
    int64_t sum = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        Box b = c->shapes.v[i].box;
        if (c->shapes.v[i].layer.i == db_find_layer(db, tech_role(t, ROLE_MOM)->name).i && b.y0 >= in.y0 && b.y1 <= in.y1) sum += b.y1 - b.y0;
    }
    return sum;
}

/* Two combs of one plate, one value in the upper: contacts at the end where the comb hangs or stands; a capacitor's length follows its value, its contacts stay. */
Test(converters, combs_hang_and_stand)
{
    static const char *const in[] = {"n22", "n28", "sky130"};
    for (size_t i = 0; i < 2 * COUNTOF(in); i++) {
        bool stands = i % 2;
        Tech t;
        Db db;
        cr_assert_eq(tech_read(in[i / 2], &t), ST_OK);
        tech_db_init(&t, &db, "combs");
        CellId c = db_add_cell(&db, "combs", CELL_LEAF, "combs");
        NetId top = db_add_port(&db, c, "top", 1, DIR_INOUT, USE_SIGNAL), bit[3];
        int32_t h = 40 * t.cell_row, w = 26 * tech_metal(&t, 4)->pitch, half = h / 2 / t.cell_row * t.cell_row;
        double unit = cells_mom(&t, w, half, false) / 16;
        db_cell(&db, c)->box = (Box){0, 0, w, h};
        for (uint32_t k = 0; k < 3; k++) {
            char name[8];
            snprintf(name, sizeof name, "b%u", k);
            bit[k] = db_add_net(&db, c, name, 1, USE_SIGNAL);
            db_add_cap(&db, c, name, bit[k], top, unit * (1 << k));
        }
        CapComb upper = {{top, 0}, half, h, stands, 3 * unit, INFINITY}, lower = {{top, 0}, 0, half, stands, 0, 3 * unit};
        cr_expect(draw_in_comb(&upper, &db_cell(&db, c)->devices.v[2]) && !draw_in_comb(&upper, &db_cell(&db, c)->devices.v[1]));
        cr_assert_eq(draw_caps(&db, &t, c, &upper, true), ST_OK);
        cr_assert_eq(draw_caps(&db, &t, c, &lower, true), ST_OK);
        for (uint32_t k = 0; k < 3; k++) {
            int32_t lo = k == 2 ? half : 0, hi = k == 2 ? h : half;
            Ends was = ends(&db, &t, c, bit[k], lo, hi), now;
            Box p = pad(&db, &t, c, bit[k]);
            cr_expect(was.y0 >= lo && was.y1 <= hi && was.y0 < was.y1, "%s bit %u", t.name, k);
            cr_expect(stands ? p.y0 < lo + 2 * t.cell_row && p.y0 > lo : p.y1 > hi - 2 * t.cell_row && p.y1 < hi, "%s bit %u: contact at %d … %d of %d … %d", t.name, k, p.y0, p.y1, lo, hi);
            int64_t all = faces(&db, &t, c, (Ends){lo, hi}), other;
            cr_expect(draw_cap_resize(&db, &t, c, k, unit * (1 << k) / 2), "%s bit %u", t.name, k);
            now = ends(&db, &t, c, bit[k], lo, hi);
            cr_expect(stands ? now.y0 == was.y0 && now.y1 < was.y1 : now.y1 == was.y1 && now.y0 > was.y0, "%s bit %u: %d … %d, then %d … %d", t.name, k, was.y0, was.y1, now.y0, now.y1);
            other = faces(&db, &t, c, (Ends){lo, hi});
            if (k == 2) cr_expect_float_eq((double)other / (double)all, 0.5, 0.01, "%s: alone in its comb", t.name);
            cr_expect_lt(other, all);
        }
        db_free(&db);
        tech_free(&t);
    }
}

/* ---- what was cut off at the edge ---------------------------------------------------------------------------------------- */

/* A sliver of given metal between others' leaves no room to grow: at the edge it goes on beyond, inside it is too small. */
Test(converters, metal_cut_off_at_the_edge_is_no_small_piece)
{
    for (int inside = 0; inside < 2; inside++) {
        Tech t;
        RowGeom g;
        Grid q;
        bool again[2] = {false, false};
        cr_assert_eq(tech_read("sky130", &t), ST_OK);
        cr_assert_eq(draw_rows(&t, false, &g), ST_OK);
        const TechLayer *m = tech_metal(&t, 4);
        grid_make(&q, &g, 50 * t.gate_pitch, t.cell_row, 4, 40, NULL, 0);
        for (int k = 0; k < 2; k++) arr_push(&q.net, ((Routed){0}));
        int32_t x = 20 * t.gate_pitch, h = t.cell_row, len = m->width, y1 = inside ? h - m->space - m->width : h;
        grid_fix(&q, 4, 0, (Box){x, y1 - len, x + m->width, y1});
        grid_fix(&q, 4, 1, (Box){x - m->space - m->width, 0, x - m->space, h});
        grid_fix(&q, 4, 1, (Box){x + m->width + m->space, 0, x + 2 * m->width + m->space, h});
        grid_fix(&q, 4, 1, (Box){x - m->space - m->width, 0, x + 2 * m->width + m->space, y1 - len - m->space});
        if (inside) grid_fix(&q, 4, 1, (Box){x - m->space - m->width, y1 + m->space, x + 2 * m->width + m->space, h});
        cr_expect_eq(grid_mend(&q, 2, again), !inside);
        cr_expect_eq(again[0], inside);
        grid_free(&q);
        tech_free(&t);
    }
}

/* ---- pitch --------------------------------------------------------------------------------------------------------------------- */

/* Where two columns have too few tracks, they get as many as leave wires at ease, and the synapse another shape, not a larger area; elsewhere nothing moves. */
Test(converters, the_array_takes_the_pitch_they_need, .timeout = 300)
{
    static const char *const in[] = {"n22", "sky130"};
    for (size_t i = 0; i < COUNTOF(in); i++) {
        Tech t;
        CellLibrary lib = {0};
        CellPitch own, p;
        cr_assert_eq(tech_read(in[i], &t), ST_OK);
        cells_variants(&t, &lib);
        CellChoice c = {variant(&lib, "synapse", i ? "cu2f_rvt" : NULL), variant(&lib, "row_driver", NULL), variant(&lib, "block_switch", NULL), variant(&lib, "col_end", NULL), NULL, variant(&lib, "ladder", NULL)};
        cr_assert_eq(cells_synapse_pitch(&t, c.synapse, &own), ST_OK);
        for (int bits = 6; bits <= 10; bits += i ? 1 : 4) {
            char name[8];
            snprintf(name, sizeof name, "b%d", bits);
            c.sar_adc = variant(&lib, "sar_adc", name);
            cr_assert_eq(cells_pitch(&t, &c, &p), ST_OK);
            int32_t tracks = 2 * p.px / tech_metal(&t, 4)->pitch;
            cr_expect_geq(tracks, 1.15 * (bits + PIN_TRACKS_PASS), "%s %s", t.name, name);
            if (p.px == own.px) continue;
            cr_expect_geq(tracks, 1.35 * (bits + PIN_TRACKS_PASS), "%s %s", t.name, name);
            cr_expect_leq((double)p.px * p.py, 1.0 * own.px * own.py, "%s %s: %d x %d instead of %d x %d", t.name, name, p.px, p.py, own.px, own.py);
        }
        if (i) cr_expect_gt(p.px, own.px, "ten bits need more than two of %d", own.px);
        else cr_expect_eq(p.px, own.px);
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* ---- poly beside a longer gate ------------------------------------------------------------------------------------------- */

/* A switch whose P gates are longer than its N gates, in the width of such an array: poly of different nets keeps its spacing. */
Test(converters, contacts_keep_off_longer_gates)
{
    Tech t;
    Db db;
    CellLibrary lib = {0};
    DrawStats st;
    cr_assert_eq(tech_read("sky130", &t), ST_OK);
    cells_variants(&t, &lib);
    tech_db_init(&t, &db, "switch");
    CellId id = cells_abstract(&db, &t, &(CellPitch){.px = 16 * tech_metal(&t, 4)->pitch, .py = 4 * t.cell_row, .switch_h = 2 * t.cell_row}, "block_switch", variant(&lib, "block_switch", "x2_slvt"), "switch");
    cr_assert_eq(draw_cell(&db, &t, id, &st), ST_OK);
    const DbCell *c = db_cell(&db, id);
    const TechLayer *poly = tech_role(&t, ROLE_POLY);
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++)
        for (uint32_t k = 0; k < i; k++) {
            const DbShape *a = &c->shapes.v[i], *b = &c->shapes.v[k];
            if (a->layer.i != db_find_layer(&db, poly->name).i || b->layer.i != a->layer.i || (a->net.i == b->net.i && a->bit == b->bit)) continue;
            double dx = fmax(fmax(a->box.x0 - b->box.x1, b->box.x0 - a->box.x1), 0), dy = fmax(fmax(a->box.y0 - b->box.y1, b->box.y0 - a->box.y1), 0);
            cr_expect(hypot(dx, dy) >= poly->space, "%d %d and %d %d", a->box.x0, a->box.y0, b->box.x0, b->box.y0);
            n++;
        }
    cr_expect_gt(n, 50);
    cells_library_free(&lib);
    db_free(&db);
    tech_free(&t);
}
