/*
 * Design rules: at the limit passes, one less fails exactly once at the right box; random unions against a raster; a clean array.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "tests/verify/lvs_array.h"
#include "verify/verify_layout.h"

typedef struct {
    Tech t;
    Db db;
    CellId c;
    DrcReport r;
} Draw;

static void draw_begin(Draw *d)
{
    small_tech(&d->t);
    small_db(&d->t, &d->db, 1);
    d->c = db_add_cell(&d->db, "drawing", CELL_BLOCK, NULL);
    db_cell(&d->db, d->c)->box = (Box){0, 0, 100000, 100000};
}

static void draw(Draw *d, const char *layer, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    db_add_shape(&d->db, d->c, db_find_layer(&d->db, layer), SHAPE_WIRE, (Box){x0, y0, x1, y1}, NET_NONE, 0);
}

static void draw_end(Draw *d)
{
    drc_free(&d->r);
    db_free(&d->db);
    small_tech_free(&d->t);
}

static void expect(Draw *d, DrcRule rule, Box b, int64_t value, int64_t limit)
{
    Status st = drc_run(&d->db, &d->t, d->c, &d->r);
    Buf text = {0};
    drc_print(&d->r, &d->db, 10, &text);
    cr_assert_eq(st, ST_VIOLATION, "%s", text.s);
    cr_assert_eq(d->r.v.n, 1, "one violation expected: %s", text.s);
    DrcViolation *v = d->r.v.v;
    cr_assert_eq(v->rule, rule, "%s", text.s);
    cr_assert(!memcmp(&v->box, &b, sizeof b), "wanted (%d %d %d %d): %s", b.x0, b.y0, b.x1, b.y1, text.s);
    cr_assert(v->value == value && v->limit == limit, "wanted %lld, %lld: %s", (long long)value, (long long)limit, text.s);
    cr_assert_eq(d->r.count[rule], 1);
    buf_free(&text);
}

static void expect_clean(Draw *d)
{
    Status st = drc_run(&d->db, &d->t, d->c, &d->r);
    Buf text = {0};
    drc_print(&d->r, &d->db, 10, &text);
    cr_assert_eq(st, ST_OK, "%s", text.s);
    buf_free(&text);
}

/* DRAW draws with the variable `e`: 0 at the limit, 1 one dbu on the wrong side. */
#define LIMIT(DRAW, RULE, BOX, VALUE, LIM)                                                         \
    do {                                                                                           \
        for (int32_t e = 0; e <= 1; e++) {                                                         \
            Draw d_ = {0}, *d = &d_;                                                               \
            draw_begin(d);                                                                         \
            DRAW;                                                                                  \
            if (e) expect(d, RULE, (Box)BOX, VALUE, LIM);                                          \
            else expect_clean(d);                                                                  \
            draw_end(d);                                                                           \
        }                                                                                          \
        cr_assert_eq(mem_live(), 0);                                                               \
    } while (0)
#define B(...) {__VA_ARGS__}

Test(drc, width)
{
    LIMIT(draw(d, "M1", 0, 0, 40 - e, 9000), DRC_WIDTH, B(0, 0, 39, 9000), 39, 40);
    LIMIT(draw(d, "M1", 100, 0, 9000, 40 - e), DRC_WIDTH, B(100, 0, 9000, 39), 39, 40);
    /* two thin boxes side by side are one wire; the narrow part of a wire of three pieces */
    LIMIT((draw(d, "M1", 0, 0, 9000, 20), draw(d, "M1", 0, 20, 9000, 40 - e)), DRC_WIDTH, B(0, 0, 9000, 39), 39, 40);
    LIMIT((draw(d, "M2", 0, 0, 500, 80), draw(d, "M2", 500, 10, 900, 50 - e), draw(d, "M2", 900, 0, 1500, 80)), DRC_WIDTH, B(500, 10, 900, 49), 39, 40);
    /* too small both ways is told once: then area fails as well, so here it is only counted */
    Draw d = {0};
    draw_begin(&d);
    draw(&d, "M1", 0, 0, 39, 39);
    drc_run(&d.db, &d.t, d.c, &d.r);
    cr_assert_eq(d.r.count[DRC_WIDTH], 1);
    cr_assert_eq(d.r.count[DRC_AREA], 1);
    draw_end(&d);
}

Test(drc, width_between_inner_corners)
{
    /* two wires that overlap at a corner by 24 × 32: the neck is 40 long; by 24 × 31 it is shorter */
    LIMIT((draw(d, "M1", 0, 0, 200, 100), draw(d, "M1", 176, 68 + e, 400, 300)), DRC_WIDTH, B(176, 69, 200, 100), 39, 40);
    LIMIT((draw(d, "M1", 0, 100, 200, 200), draw(d, "M1", 176, 0, 400, 132 - e)), DRC_WIDTH, B(176, 100, 200, 131), 39, 40);
    /* abutting with an offset: the common edge is the neck, a line */
    LIMIT((draw(d, "M1", 0, 0, 200, 100), draw(d, "M1", 200, 60 + e, 400, 300)), DRC_WIDTH, B(200, 61, 200, 100), 39, 40);
}

Test(drc, space)
{
    LIMIT((draw(d, "M1", 0, 0, 40, 9000), draw(d, "M1", 80 - e, 0, 120, 9000)), DRC_SPACE, B(40, 0, 79, 9000), 39, 40);
    LIMIT((draw(d, "M1", 0, 0, 9000, 40), draw(d, "M1", 500, 80 - e, 700, 120)), DRC_SPACE, B(500, 40, 700, 79), 39, 40);
    /* diagonal: 24, 32 */
    LIMIT((draw(d, "M1", 0, 0, 200, 100), draw(d, "M1", 224, 132 - e, 340, 250)), DRC_SPACE, B(200, 100, 224, 131), 39, 40);
    LIMIT((draw(d, "M1", 80, 132 - e, 200, 250), draw(d, "M1", 224, 0, 400, 100)), DRC_SPACE, B(200, 100, 224, 131), 39, 40);
    /* corner above corner: no common projection */
    LIMIT((draw(d, "M1", 0, 0, 200, 100), draw(d, "M1", 200, 140 - e, 320, 260)), DRC_SPACE, B(200, 100, 200, 139), 39, 40);
    /* wires in pieces: still one gap */
    LIMIT((draw(d, "M1", 0, 0, 40, 3000), draw(d, "M1", 0, 3000, 40, 9000), draw(d, "M1", 80 - e, 0, 120, 5000), draw(d, "M1", 80 - e, 5000, 120, 9000)),
          DRC_SPACE, B(40, 0, 79, 9000), 39, 40);
}

Test(drc, notch_and_hole)
{
    /* a U */
    LIMIT((draw(d, "M1", 0, 0, 40, 500), draw(d, "M1", 0, 0, 120, 40), draw(d, "M1", 80 - e, 0, 120, 500)), DRC_SPACE, B(40, 40, 79, 500), 39, 40);
    /* a square hole, told once */
    LIMIT((draw(d, "M1", 0, 0, 120, 40), draw(d, "M1", 0, 80 - e, 120, 120), draw(d, "M1", 0, 0, 40, 120), draw(d, "M1", 80 - e, 0, 120, 120)),
          DRC_SPACE, B(40, 40, 79, 79), 39, 40);
}

Test(drc, corner_contact_is_a_gap_of_nothing)
{
    Draw d = {0};
    draw_begin(&d);
    draw(&d, "M1", 0, 0, 100, 100);
    draw(&d, "M1", 100, 100, 200, 200);
    expect(&d, DRC_SPACE, (Box){100, 100, 100, 100}, 0, 40);
    draw_end(&d);
}

Test(drc, wide_space)
{
    LIMIT((draw(d, "M1", 0, 0, 121, 9000), draw(d, "M1", 171 - e, 0, 211, 9000)), DRC_SPACE_WIDE, B(121, 0, 170, 9000), 49, 50);
    LIMIT((draw(d, "M1", 0, 0, 241, 9000), draw(d, "M1", 301 - e, 0, 341, 9000)), DRC_SPACE_WIDE, B(241, 0, 300, 9000), 59, 60);
    /* exactly 120 is not wider than 120 */
    LIMIT((draw(d, "M1", 0, 0, 120, 9000), draw(d, "M1", 160 - e, 0, 200, 9000)), DRC_SPACE, B(120, 0, 159, 9000), 39, 40);
    /* wide only once merged; and wide in one direction only is not wide */
    LIMIT((draw(d, "M1", 0, 0, 60, 9000), draw(d, "M1", 60, 0, 121, 9000), draw(d, "M1", 171 - e, 0, 211, 9000)), DRC_SPACE_WIDE, B(121, 0, 170, 9000), 49, 50);
    LIMIT((draw(d, "M1", 0, 0, 9000, 120), draw(d, "M1", 9040 - e, 0, 9200, 120)), DRC_SPACE, B(9000, 0, 9039, 120), 39, 40);
    /* a narrow arm of wide metal: beside the arm the base rule, beside the body the wide one */
    LIMIT((draw(d, "M1", 0, 0, 300, 300), draw(d, "M1", 0, 300, 40, 900), draw(d, "M1", 80, 400, 120, 900), draw(d, "M1", 360 - e, 0, 400, 300)),
          DRC_SPACE_WIDE, B(300, 0, 359, 300), 59, 60);
}

Test(drc, area)
{
    LIMIT(draw(d, "M1", 0, 0, 40, 160 - e), DRC_AREA, B(0, 0, 40, 159), 6360, 6400);
    /* an L of 80 · 40 + 40 · 80, drawn with overlap */
    LIMIT((draw(d, "M1", 0, 0, 80, 40), draw(d, "M1", 0, 0, 40, 120 - e)), DRC_AREA, B(0, 0, 80, 119), 6360, 6400);
    /* many small boxes on top of each other are still small, side by side they are not */
    LIMIT(for (int k = 0; k < 100; k++) draw(d, "M1", 0, e ? 0 : 40 * k, 40, (e ? 0 : 40 * k) + 100), DRC_AREA, B(0, 0, 40, 100), 4000, 6400);
}

Test(drc, grid)
{
    for (int32_t e = 0; e <= 1; e++) {
        Draw d = {0};
        draw_begin(&d);
        d.db.grid = 5;
        draw(&d, "M1", -500, 0, 400 + e, 60);
        if (e) expect(&d, DRC_GRID, (Box){-500, 0, 401, 60}, 1, 5);
        else expect_clean(&d);
        draw_end(&d);
    }
}

static void pads(Draw *d, int32_t x, int32_t y)
{
    draw(d, "M1", x - 200, y - 200, x + 200, y + 200);
    draw(d, "M2", x - 200, y - 200, x + 200, y + 200);
}

Test(drc, cuts)
{
    LIMIT((pads(d, 0, 0), draw(d, "V1", 0, 0, 40 - e, 40)), DRC_CUT_SIZE, B(0, 0, 39, 40), 39, 40);
    LIMIT((pads(d, 0, 0), draw(d, "V1", 0, 0, 40, 40 + e)), DRC_CUT_SIZE, B(0, 0, 40, 41), 41, 40);
    LIMIT((pads(d, 0, 0), draw(d, "V1", 0, 0, 40, 40), draw(d, "V1", 100 - e, 10, 140 - e, 50)), DRC_CUT_SPACE, B(40, 10, 99, 40), 59, 60);
    LIMIT((pads(d, 0, 0), draw(d, "V1", 0, 0, 40, 40), draw(d, "V1", 76, 88 - e, 116, 128 - e)), DRC_CUT_SPACE, B(40, 40, 76, 87), 59, 60);
    Draw d = {0};
    draw_begin(&d);
    pads(&d, 0, 0);
    draw(&d, "V1", 0, 0, 40, 40);
    draw(&d, "V1", 0, 0, 40, 40); /* the same one twice */
    expect_clean(&d);
    draw_end(&d);
}

Test(drc, enclosure)
{
    LIMIT((draw(d, "M1", 0, 0, 500, 40), draw(d, "M2", 440, -100, 490, 500), draw(d, "V1", 440 + e, 0, 480 + e, 40)),
          DRC_ENC_BELOW, B(441, 0, 481, 40), 19, 20);
    LIMIT((draw(d, "M1", 0, 0, 500, 80), draw(d, "V1", 100, 20, 140, 60), draw(d, "M2", 100, 0 + e, 140, 500)), DRC_ENC_ABOVE, B(100, 20, 140, 60), 19, 20);
    /* one dbu of the cut is off the metal */
    LIMIT((draw(d, "M1", 0, 0, 500, 80), draw(d, "V1", 100, 40 + e, 140, 80 + e), draw(d, "M2", 100, 0, 140, 500)), DRC_ENC_BELOW, B(100, 41, 140, 81), -1, 20);
    /* long sides fine, but one dbu short on the others */
    LIMIT((d->t.layers.v[1].enc_below_side = 10, draw(d, "M1", 0, 0, 500, 90), draw(d, "V1", 100, 40 + e, 140, 80 + e), draw(d, "M2", 100, 0, 140, 500)),
          DRC_ENC_BELOW, B(100, 41, 140, 81), 9, 10);
    /* metal in two pieces encloses as one */
    LIMIT((draw(d, "M1", 0, 10, 120, 70), draw(d, "M1", 120, 10, 160 - e, 70), draw(d, "V1", 100, 20, 140, 60), draw(d, "M2", 100, 0, 140, 500)),
          DRC_ENC_BELOW, B(100, 20, 140, 60), 19, 20);
    Draw d = {0};
    draw_begin(&d);
    draw(&d, "M1", 0, 0, 500, 500);
    draw(&d, "V1", 100, 100, 140, 140); /* no metal above */
    expect(&d, DRC_ENC_ABOVE, (Box){100, 100, 140, 140}, -1, 20);
    draw_end(&d);
}

Test(drc, outlines)
{
    for (int32_t e = 0; e <= 1; e++) {
        Draw d = {0};
        draw_begin(&d);
        CellId leaf = db_add_cell(&d.db, "leaf", CELL_LEAF, NULL), soft = db_add_cell(&d.db, "soft", CELL_SOFT, NULL);
        db_cell(&d.db, leaf)->box = (Box){0, 0, 300, 100};
        db_cell(&d.db, soft)->box = (Box){0, 0, 1000, 500};
        d.c = db_add_cell(&d.db, "top", CELL_BLOCK, NULL);
        db_add_inst(&d.db, d.c, "s", soft, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
        db_add_inst(&d.db, d.c, "a", leaf, (Pt){1000 - e, 0}, ORI_W, 1, 2, 0, 300);
        if (e) {
            cr_assert_eq(drc_run(&d.db, &d.t, d.c, &d.r), ST_VIOLATION);
            cr_assert_eq(d.r.v.n, 2);
            Box b = {999, 0, 1000, 300};
            cr_assert(!memcmp(&d.r.v.v[0].box, &b, sizeof b));
        } else {
            expect_clean(&d);
        }
        draw_end(&d);
    }
}

/* An L: what stands in its notch is clean, one dbu into its leg is not; its bounding box does not count. */
Test(drc, outline_in_parts)
{
    for (int32_t e = 0; e <= 1; e++) {
        Draw d = {0};
        draw_begin(&d);
        CellId leaf = db_add_cell(&d.db, "leaf", CELL_LEAF, NULL), soft = db_add_cell(&d.db, "soft", CELL_SOFT, NULL);
        LayerId o = {UINT32_MAX};
        for (uint32_t k = 0; k < d.db.layers.n; k++)
            if (d.db.layers.v[k].kind == LAYER_OUTLINE) o.i = k;
        if (o.i == UINT32_MAX) o = db_add_layer(&d.db, "OUTLINE", LAYER_OUTLINE, 100, 0);
        db_cell(&d.db, leaf)->box = (Box){0, 0, 300, 100};
        db_cell(&d.db, soft)->box = (Box){0, 0, 1000, 500};
        db_add_shape(&d.db, soft, o, SHAPE_FILL, (Box){0, 0, 700, 500}, NET_NONE, 0);
        db_add_shape(&d.db, soft, o, SHAPE_FILL, (Box){700, 0, 1000, 400}, NET_NONE, 0);
        d.c = db_add_cell(&d.db, "top", CELL_BLOCK, NULL);
        db_add_inst(&d.db, d.c, "s", soft, (Pt){0, 0}, ORI_FN, 1, 1, 0, 0);
        db_add_inst(&d.db, d.c, "a", leaf, (Pt){0, 400 - e}, ORI_N, 1, 1, 0, 0);
        if (e) {
            cr_assert_eq(drc_run(&d.db, &d.t, d.c, &d.r), ST_VIOLATION);
            cr_assert_eq(d.r.v.n, 1);
            Box b = {0, 399, 300, 400};
            cr_assert_eq(d.r.v.v[0].rule, DRC_OUTLINE);
            cr_assert(!memcmp(&d.r.v.v[0].box, &b, sizeof b));
        } else {
            expect_clean(&d);
        }
        draw_end(&d);
    }
}

/* ---- random unions against a raster of dbu pixels ------------------------------------------------------------------ */

enum { SIDE = 160, EDGE = 20 };
typedef struct {
    uint8_t fill[SIDE][SIDE], wide[SIDE][SIDE], mark[2][SIDE][SIDE]; /* mark: narrow, gap */
    int points[2];
    int width, space, wide_over, wide_space;
} Raster;

static void mark_box(Raster *r, int which, int x0, int y0, int x1, int y1)
{
    if (x0 == x1 || y0 == y1) r->points[which]++;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) r->mark[which][y][x] = 1;
}

static int pixel(const Raster *r, int x, int y, bool turned) { return turned ? r->fill[x][y] : r->fill[y][x]; }

/* Every pixel of every filled square whose side is over the wide table's width. */
static void raster_wide(Raster *r)
{
    int w = r->wide_over + 1;
    for (int y = 0; y + w <= SIDE; y++)
        for (int x = 0; x + w <= SIDE; x++) {
            bool full = true;
            for (int v = y; v < y + w && full; v++)
                for (int u = x; u < x + w && full; u++) full = r->fill[v][u];
            for (int v = y; v < y + w && full; v++)
                for (int u = x; u < x + w; u++) r->wide[v][u] = 1;
        }
}

static int limit_of(const Raster *r, bool filled, bool wide)
{
    if (filled) return r->width;
    return wide && r->wide_space > r->space ? r->wide_space : r->space;
}

static bool wide_at(const Raster *r, int x, int y, bool turned) { return turned ? r->wide[x][y] : r->wide[y][x]; }

static void raster_runs(Raster *r, bool turned)
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0, e; x < SIDE; x = e) {
            int f = pixel(r, x, y, turned);
            for (e = x + 1; e < SIDE && pixel(r, e, y, turned) == f; e++) {}
            if (x == 0 || e == SIDE || e - x >= limit_of(r, f, wide_at(r, x - 1, y, turned) || wide_at(r, e, y, turned))) continue;
            if (turned) mark_box(r, !f, y, x, y + 1, e);
            else mark_box(r, !f, x, y, e, y + 1);
        }
}

static int quadrants(const Raster *r, int x, int y) { return r->fill[y - 1][x - 1] | r->fill[y - 1][x] << 1 | r->fill[y][x - 1] << 2 | r->fill[y][x] << 3; }

static bool wide_corner(const Raster *r, int x, int y) { return r->wide[y - 1][x - 1] || r->wide[y - 1][x] || r->wide[y][x - 1] || r->wide[y][x]; }

static void raster_corner_pair(Raster *r, int x, int y, int dx, int dy)
{
    int u = x + dx, v = y + dy;
    if ((!dx && !dy) || u < 1 || v < 1 || u >= SIDE || v >= SIDE) return;
    int f = quadrants(r, x, y), g = quadrants(r, u, v);
    for (int inv = 0; inv < 2; inv++) {
        int p = inv ? 15 - f : f, q = inv ? 15 - g : g, lim = limit_of(r, inv, wide_corner(r, x, y) || wide_corner(r, u, v));
        if (dx * dx + dy * dy >= lim * lim) continue;
        if ((p == 1 && q == 8 && dy >= 0) || (p == 4 && q == 2 && dy <= 0)) mark_box(r, !inv, x, dy < 0 ? v : y, u, dy < 0 ? y : v);
    }
}

static void raster_corners(Raster *r)
{
    int m = 16; /* more than any limit drawn below */
    for (int y = 1; y < SIDE; y++)
        for (int x = 1; x < SIDE; x++) {
            int f = quadrants(r, x, y);
            if (f == 0 || f == 15) continue;
            if (f == 9 || f == 6) r->points[1]++;
            for (int dy = -m; dy <= m; dy++)
                for (int dx = 0; dx <= m; dx++) raster_corner_pair(r, x, y, dx, dy);
        }
}

Test(drc, random_unions_match_a_raster, .timeout = 300)
{
    Rng rng = rng_make(7, 0);
    for (int round = 0; round < 400; round++) {
        Draw d = {0};
        draw_begin(&d);
        TechLayer *l = &d.t.layers.v[0];
        l->width = 3 + (int32_t)rng_below(&rng, 6);
        l->space = 3 + (int32_t)rng_below(&rng, 6);
        l->wide.n = 1;
        l->wide.v[0] = (SpaceRule){10 + (int32_t)rng_below(&rng, 8), 4 + (int32_t)rng_below(&rng, 8)};
        l->min_area = 0;
        Raster want = {.width = l->width, .space = l->space, .wide_over = l->wide.v[0].width, .wide_space = l->wide.v[0].space}, got = {0};
        uint32_t n = 5 + rng_below(&rng, 150);
        for (uint32_t k = 0; k < n; k++) {
            int32_t x = EDGE + (int32_t)rng_below(&rng, SIDE - 2 * EDGE - 20), y = EDGE + (int32_t)rng_below(&rng, SIDE - 2 * EDGE - 20);
            int32_t w = 1 + (int32_t)rng_below(&rng, 20), h = 1 + (int32_t)rng_below(&rng, 20);
            draw(&d, "M1", x, y, x + w, y + h);
            for (int v = y; v < y + h; v++)
                for (int u = x; u < x + w; u++) want.fill[v][u] = 1;
        }
        raster_wide(&want);
        raster_runs(&want, false);
        raster_runs(&want, true);
        raster_corners(&want);
        drc_run(&d.db, &d.t, d.c, &d.r);
        for (uint32_t k = 0; k < d.r.v.n; k++) {
            Box b = d.r.v.v[k].box;
            mark_box(&got, d.r.v.v[k].rule != DRC_WIDTH, b.x0, b.y0, b.x1, b.y1);
        }
        cr_assert(!memcmp(want.mark, got.mark, sizeof want.mark), "round %d", round);
        cr_assert(want.points[1] == got.points[1] && want.points[0] == got.points[0], "round %d: %d %d, %d %d", round, want.points[0], got.points[0],
                  want.points[1], got.points[1]);
        draw_end(&d);
    }
}

/* ---- an array, and its size ------------------------------------------------------------------------------------------- */

Test(drc, array_is_clean_and_a_shift_is_found)
{
    Tech t;
    Db db;
    DrcReport r;
    small_tech(&t);
    array_build(&t, &db, 32, 8);
    cr_assert_eq(db_check(&db), ST_OK);
    cr_assert_eq(drc_run(&db, &t, db.top, &r), ST_OK);
    cr_assert_eq(r.shapes, 32 * 8 * 27 + 9 * 32 + 4 * 8); /* leaves, the array's own pins */
    cr_assert_eq(r.cells, 32 * 8);
    drc_free(&r);
    db_cell(&db, db_find_cell(&db, "array"))->insts.v[0].dx -= 20; /* eight neighbours in every row: 4 | 4 */
    cr_assert_eq(drc_run(&db, &t, db.top, &r), ST_VIOLATION);
    cr_assert_eq(r.count[DRC_OUTLINE], 32);
    drc_free(&r);
    db_free(&db);
    small_tech_free(&t);
}

static void same_reports(const DrcReport *a, const DrcReport *b, int round)
{
    cr_assert_eq(a->v.n, b->v.n, "round %d: %u, flat %u", round, a->v.n, b->v.n);
    cr_assert_eq(a->shapes, b->shapes);
    for (uint32_t k = 0; k < a->v.n; k++) {
        const DrcViolation *x = &a->v.v[k], *y = &b->v.v[k];
        bool same = x->rule == y->rule && x->layer.i == y->layer.i && !memcmp(&x->box, &y->box, sizeof x->box) && x->value == y->value && x->limit == y->limit;
        cr_assert(same, "round %d: %s (%d %d %d %d) %lld, flat %s (%d %d %d %d) %lld", round, drc_rule_name[x->rule], x->box.x0, x->box.y0, x->box.x1, x->box.y1,
                  (long long)x->value, drc_rule_name[y->rule], y->box.x0, y->box.y0, y->box.x1, y->box.y1, (long long)y->value);
    }
}

/* Faults inside of the repeated cell, at its edges, and from wires that pass over: by tiles as in the flat drawing, place by place. */
Test(drc, tiles_find_what_the_flat_run_finds, .timeout = 300)
{
    uint64_t all = 0;
    for (int round = 0; round < 60; round++) {
        Rng rng = rng_make(17, (uint64_t)round);
        Tech t;
        Db db;
        DrcReport r, flat;
        small_tech(&t);
        array_build(&t, &db, 32, 8);
        CellId leaf = db_find_cell(&db, "synapse"), top = db.top;
        for (uint32_t k = 0; k < 1 + rng_below(&rng, 3); k++) {
            DbCell *c = db_cell(&db, leaf);
            uint32_t layer = rng_below(&rng, db.layers.n);
            int32_t x = 5 * (int32_t)rng_below(&rng, 330) - 50, y = 5 * (int32_t)rng_below(&rng, 300) - 50, w = 10 + 5 * (int32_t)rng_below(&rng, 30);
            if (rng_below(&rng, 3) == 0) c->shapes.v[rng_below(&rng, c->shapes.n)].box.x1 -= 5 * (int32_t)rng_below(&rng, 4);
            else db_add_shape(&db, leaf, (LayerId){layer}, SHAPE_WIRE, (Box){x, y, x + w, y + 10 + 5 * (int32_t)rng_below(&rng, 30)}, NET_NONE, 0);
        }
        for (uint32_t k = 0; k < rng_below(&rng, 6); k++) {
            int32_t x = (int32_t)rng_below(&rng, 8 * SYN_W), y = (int32_t)rng_below(&rng, 32 * SYN_H);
            bool tall = rng_below(&rng, 2);
            Box b = {x, y, x + (tall ? 40 : 5000), y + (tall ? 9000 : 40)};
            db_add_shape(&db, top, db_metal(&db, 1 + (int32_t)rng_below(&rng, 6)), SHAPE_WIRE, b, NET_NONE, 0);
        }
        drc_run_tiled(&db, &t, top, &r);
        drc_run_flat(&db, &t, top, &flat);
        cr_assert_lt(r.judged, 32u * 8 * 4);
        same_reports(&r, &flat, round);
        all += flat.v.n;
        drc_free(&r);
        drc_free(&flat);
        db_free(&db);
        small_tech_free(&t);
    }
    cr_assert_gt(all, 10000);
    cr_assert_eq(mem_live(), 0);
}

Test(drc, array_of_72960_synapses, .timeout = 300)
{
    Tech t;
    Db db;
    DrcReport r;
    small_tech(&t);
    array_build(&t, &db, 304, 240);
    double t0 = clock_seconds();
    cr_assert_eq(drc_run(&db, &t, db.top, &r), ST_OK);
    double s = clock_seconds() - t0;
    fprintf(stderr, "drc: %llu cells, %llu shapes: %llu neighbourhoods, %.2f s, %llu MB\n", (unsigned long long)r.cells, (unsigned long long)r.shapes, (unsigned long long)r.judged, s,
            (unsigned long long)(mem_peak_rss() >> 20));
    cr_assert_eq(r.shapes, 304u * 240 * 27 + 9 * 304 + 4 * 240);
    cr_assert_lt(s, 60.0);
    drc_free(&r);
    db_free(&db);
    small_tech_free(&t);
}
