/*
 * Outlines and pins: a small crossbar of two block rows and two tile columns, put together as cells.h says, has no short, no open, no
 * spacing, area or grid violation; every cell abuts its own mirror image; for both technologies, all variants, converters of 6 … 10 bit.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "cells/circuit.h"
#include "cells/physical.h"
#include "tests/cells/quilt.h"

static const char *const techs[] = {"n22", "n28"};

/* ---- choices ---------------------------------------------------------------------------------------- */

static const CellVariant *nth(const CellLibrary *lib, const char *function, uint32_t n)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < lib->v.n; i++) count += str_eq(lib->v.v[i].function, function);
    cr_assert_gt(count, 0, "no variant of %s", function);
    n %= count;
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, function) && n-- == 0) return &lib->v.v[i];
    return NULL;
}

static CellChoice choice(const CellLibrary *lib, uint32_t n)
{
    return (CellChoice){nth(lib, "synapse", n), nth(lib, "row_driver", n), nth(lib, "block_switch", n),
                        nth(lib, "col_end", n), nth(lib, "sar_adc", n),    nth(lib, "ladder", n)};
}

/* ---- the crossbar ------------------------------------------------------------------------------------- */

/* k: row, column, block row of the cell; -1 where it has none. */
static const char *net_of(Quilt *q, const char *port, uint32_t bit, const int32_t k[3])
{
    static const char *const per_row[] = {"XP", "XN", "WL", "D", "SGN", "WLIN"}, *const per_col[] = {"BL", "BLB", "GCOL"};
    static const char *const per_block[] = {"EN", "ENB", "BSEL"}, *const end_col[] = {"AIN", "DIN"};
    for (size_t i = 0; i < COUNTOF(per_row); i++)
        if (str_eq(port, per_row[i]) && k[0] >= 0) return arena_printf(&q->arena, "%s.%u of row %d", port, bit, k[0]);
    for (size_t i = 0; i < COUNTOF(per_col); i++)
        if (str_eq(port, per_col[i])) return arena_printf(&q->arena, "%s of column %d", port, k[1]);
    for (size_t i = 0; i < COUNTOF(per_block); i++)
        if (str_eq(port, per_block[i])) return arena_printf(&q->arena, "%s of block row %d", port, k[2]);
    /* The converter's bit 0 and 1 are its two columns. */
    for (size_t i = 0; i < COUNTOF(end_col); i++)
        if (str_eq(port, end_col[i])) return arena_printf(&q->arena, "%s of column %d", port, k[1] + (int32_t)bit);
    if (str_eq(port, "COL")) return arena_printf(&q->arena, "COL of column %d, block row %d", k[1], k[2]);
    if (str_eq(port, "D") || str_eq(port, "DONE")) return arena_printf(&q->arena, "%s.%u of converter %d", port, bit, k[1]);
    return arena_printf(&q->arena, "%s.%u", port, bit);
}

enum { TILE_ROWS = 2, TILE_COLS = 2, BLOCKS = 2, TILES = 2 };

/* One tile's worth of rows from x on: columns c0 …, then a tap; or one dummy column (c0 = TILES * TILE_COLS). */
static void place_tile(Quilt *q, const CellSet *s, Pt at, int32_t block, int32_t c0, bool edge)
{
    const CellPitch *p = &s->pitch;
    int32_t cols = edge ? 1 : TILE_COLS, x_tap = at.x + cols * p->px;
    for (int32_t c = 0; c < cols; c++) {
        int32_t x = at.x + c * p->px;
        if (!edge) quilt_place(q, s->block_switch, (Pt){x, at.y}, ORI_N, net_of, -1, c0 + c, block);
        for (int32_t r = 0; r < TILE_ROWS; r++) {
            Pt to = {x, at.y + p->switch_h + r * p->py};
            quilt_place(q, edge ? s->dummy : s->synapse, to, ORI_N, net_of, block * TILE_ROWS + r, edge ? 100 + block : c0 + c, block);
        }
    }
    if (edge) return;
    quilt_place(q, s->tap_switch, (Pt){x_tap, at.y}, ORI_N, net_of, -1, -1, block);
    for (int32_t r = 0; r < TILE_ROWS; r++)
        quilt_place(q, s->tap, (Pt){x_tap, at.y + p->switch_h + r * p->py}, ORI_N, net_of, block * TILE_ROWS + r, -1, block);
}

static void place_foot(Quilt *q, const CellSet *s, int32_t x, int32_t c0)
{
    const CellPitch *p = &s->pitch;
    for (int32_t c = 0; c < TILE_COLS; c++)
        quilt_place(q, c % 2 ? s->col_end_b : s->col_end_a, (Pt){x + c * p->px, p->adc_h}, ORI_N, net_of, -1, c0 + c, -1);
    quilt_place(q, s->sar_adc, (Pt){x, 0}, ORI_N, net_of, -1, c0, -1);
    quilt_place(q, s->tap_end, (Pt){x + TILE_COLS * p->px, p->adc_h}, ORI_N, net_of, -1, -1, -1);
    quilt_place(q, s->tap_adc, (Pt){x + TILE_COLS * p->px, 0}, ORI_N, net_of, -1, -1, -1);
}

static void place_crossbar(Quilt *q, const CellSet *s)
{
    const CellPitch *p = &s->pitch;
    int32_t tile_w = TILE_COLS * p->px + p->tap_w, block_h = p->switch_h + TILE_ROWS * p->py;
    quilt_place(q, s->ladder, (Pt){0, 0}, ORI_N, net_of, -1, -1, -1);
    for (int32_t t = 0; t < TILES; t++) place_foot(q, s, p->driver_w + t * tile_w, t * TILE_COLS);
    for (int32_t b = 0; b < BLOCKS; b++) {
        int32_t y = p->adc_h + p->end_h + b * block_h;
        quilt_place(q, s->block_driver, (Pt){0, y}, ORI_N, net_of, -1, -1, b);
        for (int32_t r = 0; r < TILE_ROWS; r++)
            quilt_place(q, s->row_driver, (Pt){0, y + p->switch_h + r * p->py}, ORI_N, net_of, b * TILE_ROWS + r, -1, b);
        for (int32_t t = 0; t <= TILES; t++)
            place_tile(q, s, (Pt){p->driver_w + t * tile_w, y}, b, t * TILE_COLS, t == TILES);
    }
    /* Corners under the dummy column. */
}

static void check_quilt(const Quilt *q, const char *what)
{
    cr_expect_eq(quilt_short_or_close(q), 0, "%s: shorts or spacing", what);
    cr_expect_eq(quilt_off_grid(q), 0, "%s: off grid", what);
    cr_expect_eq(quilt_too_small(q), 0, "%s: too small", what);
    cr_expect_eq(quilt_open(q), 0, "%s: open", what);
}

/* ---- single cells ---------------------------------------------------------------------------------------- */

/* Signal pins lie on tracks counted from the cell's corner; the outline is whole tracks. */
static void check_tracks(const Db *db, const Tech *t, CellId c)
{
    const DbCell *m = &db->cells.v[c.i];
    const char *name = db_name(db, m->name);
    cr_expect_eq(m->box.x1 % tech_metal(t, 4)->pitch, 0, "%s", name);
    cr_expect_eq(m->box.y1 % tech_metal(t, 3)->pitch, 0, "%s", name);
    for (uint32_t i = 0; i < m->shapes.n; i++) {
        const DbShape *s = &m->shapes.v[i];
        const TechLayer *l = tech_metal(t, db->layers.v[s->layer.i].level);
        cr_expect(s->box.x0 >= 0 && s->box.y0 >= 0 && s->box.x1 <= m->box.x1 && s->box.y1 <= m->box.y1, "%s: pin leaves the cell", name);
        NetUse use = m->nets.v[s->net.i].use;
        if (use == USE_POWER || use == USE_GROUND) continue;
        int32_t a = l->horizontal ? s->box.y0 : s->box.x0, b = l->horizontal ? s->box.y1 : s->box.x1;
        cr_expect_eq(b - a, l->width, "%s", name);
        cr_expect_eq((a + b - l->pitch) % (2 * l->pitch), 0, "%s: off track", name);
        double area = (double)box_area(s->box) * t->dbu_m * t->dbu_m;
        cr_expect_geq(area, l->min_area * (1 - 1e-9), "%s: pin of %g um2 alone", name, area * 1e12);
    }
}

/* Every port has a pin, with every bit. */
static void check_all_ports(const Db *db, CellId c)
{
    const DbCell *m = &db->cells.v[c.i];
    for (uint32_t n = 0; n < m->n_ports; n++)
        for (uint32_t bit = 0; bit < m->nets.v[n].width; bit++) {
            bool found = false;
            for (uint32_t i = 0; i < m->shapes.n; i++)
                found |= m->shapes.v[i].kind == SHAPE_PIN && m->shapes.v[i].net.i == n && m->shapes.v[i].bit == bit;
            cr_expect(found, "%s: %s[%u] has no pin", db_name(db, m->name), db_name(db, m->nets.v[n].name), bit);
        }
}

static const char *own_name(Quilt *q, const char *port, uint32_t bit, const int32_t k[3])
{
    (void)k;
    return arena_printf(&q->arena, "%s.%u", port, bit);
}

/* The cell, its mirror image on each of its four sides: what touches has one name, the rest keeps its distance. */
static void check_mirrored(const Db *db, const Tech *t, CellId c)
{
    const DbCell *m = &db->cells.v[c.i];
    int32_t w = m->box.x1, h = m->box.y1;
    if (str_eq(db_name(db, m->name), "sram6t")) h = 0; /* upper and lower rail differ: see its own test */
    const Pt at[] = {{-w, 0}, {w, 0}, {0, -h}, {0, h}};
    for (int k = 0; k < (h ? 4 : 2); k++) {
        Quilt q = {.db = db, .t = t};
        quilt_place(&q, c, (Pt){0, 0}, ORI_N, own_name, 0, 0, 0);
        quilt_place(&q, c, at[k], k < 2 ? ORI_FN : ORI_FS, own_name, 0, 0, 0);
        cr_expect_eq(quilt_short_or_close(&q), 0, "%s mirrored on side %d", db_name(db, m->name), k);
        quilt_free(&q);
    }
}

static void check_set(Db *db, const Tech *t, const CellSet *s)
{
    const CellId all[] = {s->sram6t,     s->synapse,   s->dummy,     s->tap,     s->row_driver, s->block_driver, s->block_switch,
                          s->tap_switch, s->col_end_a, s->col_end_b, s->tap_end, s->sar_adc,    s->tap_adc,      s->ladder};
    for (size_t i = 0; i < COUNTOF(all); i++) {
        check_tracks(db, t, all[i]);
        check_all_ports(db, all[i]);
        check_mirrored(db, t, all[i]);
    }
    Quilt q = {.db = db, .t = t};
    place_crossbar(&q, s);
    cr_assert_gt(q.pins.n, 500);
    check_quilt(&q, t->name);
    quilt_free(&q);
    cr_expect_eq(db_check(db), ST_OK);
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

Test(pins, crossbar_of_every_variant)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        CellLibrary lib = {0};
        cells_variants(&t, &lib);
        for (uint32_t n = 0; n < 5; n++) {
            CellChoice c = choice(&lib, n);
            Db db;
            CellSet s;
            tech_db_init(&t, &db, "test");
            cr_assert_eq(cells_build(&db, &t, &c, &s), ST_OK);
            const CellPitch *p = &s.pitch;
            printf("%s %-10s %-8s b%-2d  px %d py %d = %.2f um2, switch %d, end %d, adc %d x %d, driver %d, tap %d\n", t.name,
                   c.synapse->variant, c.row_driver->variant, p->adc_bits, p->px, p->py, p->px * 1e-6 * p->py, p->switch_h, p->end_h,
                   2 * p->px, p->adc_h, p->driver_w, p->tap_w);
            check_set(&db, &t, &s);
            db_free(&db);
        }
        cells_library_free(&lib);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}
