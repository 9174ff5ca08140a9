/* What the cell generator draws: own design rules, its row cells abutted with themselves and mirrored, and that faults are found. */
#include <criterion/criterion.h>

#include "cells/draw.h"
#include "cells/library.h"
#include "verify/verify_layout.h"

static const char *const techs[] = {"n22", "n28"};

static void clean(const Db *db, const Tech *t, CellId c, const char *what)
{
    DrcReport r;
    Buf text = {0};
    Status st = drc_run(db, t, c, &r);
    drc_print(&r, db, 5, &text);
    cr_expect_eq(st, ST_OK, "%s %s: %s", t->name, what, text.s);
    buf_free(&text);
    drc_free(&r);
}

/* A pair of rows: the cell beside itself, mirrored in x, and both mirrored in y above. */
static CellId quilt(Db *db, CellId leaf, const char *name)
{
    Box b = db_cell(db, leaf)->box;
    char text[48];
    snprintf(text, sizeof text, "%s_quilt", name);
    CellId q = db_add_cell(db, text, CELL_BLOCK, NULL);
    db_cell(db, q)->box = (Box){0, 0, 4 * b.x1, 2 * b.y1};
    static const Orient o[2][4] = {{ORI_N, ORI_N, ORI_FN, ORI_N}, {ORI_FS, ORI_S, ORI_FS, ORI_S}};
    for (int32_t y = 0; y < 2; y++)
        for (int32_t x = 0; x < 4; x++) {
            snprintf(text, sizeof text, "i%d", 4 * y + x);
            db_add_inst(db, q, text, leaf, (Pt){x * b.x1, y * b.y1}, o[y][x], 1, 1, 0, 0);
        }
    return q;
}

/* Taps stand in columns of their own, so only cells without them abut mirrored. */
static void row_cells(const Tech *t, bool taps)
{
    Db db;
    tech_db_init(t, &db, "cells");
    for (const char *const *name = draw_row_cells; *name; name++) {
        CellId c;
        DrawStats s;
        cr_assert_eq(draw_row_cell(&db, t, *name, &(DrawSpec){.rows = 1, .taps = taps, .levels = 4}, &c, &s), ST_OK, "%s %s", t->name, *name);
        cr_assert(s.exact || s.columns > 12, "%s: up to 12 columns are ordered exactly", *name);
        cr_assert_eq(db_cell(&db, c)->box.y1, t->cell_row);
        clean(&db, t, c, *name);
        if (!taps) clean(&db, t, quilt(&db, c, *name), *name);
    }
    db_free(&db);
}

Test(drawn, row_cells_are_clean_alone_and_abutted, .timeout = 300)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t = {0};
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        row_cells(&t, true);
        row_cells(&t, false);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}

/* Worked by hand: an inverter is one column without a break; a two-input gate with P devices of two fingers shares all diffusion. */
Test(drawn, columns_and_breaks)
{
    Tech t = {0};
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    tech_db_init(&t, &db, "cells");
    static const struct {
        const char *name;
        uint32_t fingers, columns, breaks;
    } want[] = {{"inv", 2, 1, 0}, {"nand2", 4, 2, 0}, {"tg", 2, 1, 0}, {"sram_bit", 6, 4, 0}};
    for (size_t i = 0; i < COUNTOF(want); i++) {
        CellId c;
        DrawStats s;
        cr_assert_eq(draw_row_cell(&db, &t, want[i].name, &(DrawSpec){.rows = 1, .levels = 3}, &c, &s), ST_OK);
        cr_expect(s.fingers == want[i].fingers && s.columns == want[i].columns && s.breaks == want[i].breaks, "%s: %u fingers, %u columns, %u breaks",
                  want[i].name, s.fingers, s.columns, s.breaks);
    }
    db_free(&db);
    tech_free(&t);
}

/* Cuts moved by 25 nm leave their enclosure or near another cut; a few stand on metal wide enough to bear it. */
Test(drawn, a_moved_wire_is_found)
{
    Tech t = {0};
    Db db;
    CellId c;
    DrawStats s;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    tech_db_init(&t, &db, "cells");
    cr_assert_eq(draw_row_cell(&db, &t, "nand2", &(DrawSpec){.rows = 1, .levels = 3}, &c, &s), ST_OK);
    uint32_t cuts = 0, found = 0;
    for (uint32_t i = 0; i < db_cell(&db, c)->shapes.n; i++) {
        DbShape *x = &db_cell(&db, c)->shapes.v[i];
        if (x->kind != SHAPE_VIA) continue;
        Box was = x->box;
        x->box = (Box){was.x0 + 25, was.y0, was.x1 + 25, was.y1};
        DrcReport r;
        cuts++;
        found += drc_run(&db, &t, c, &r) == ST_VIOLATION;
        drc_free(&r);
        db_cell(&db, c)->shapes.v[i].box = was;
    }
    cr_assert(cuts > 5 && 10 * found >= 8 * cuts, "%u of %u moved cuts found", found, cuts);
    db_free(&db);
    tech_free(&t);
}

Test(drawn, what_is_missing_is_told)
{
    Tech t = {0};
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(draw_ready(&t, true), ST_OK);
    t.rules.n = 0;
    msg_capture_begin();
    cr_assert_eq(draw_ready(&t, true), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "DRAW-0001"));
    tech_free(&t);
}

/* A transistor too narrow in every cell, and a hole that only two neighbours enclose: told at every place, as in the flat drawing. */
Test(drawn, holes_and_devices_in_arrays)
{
    enum { N = 3, SIDE = 4000 };
    Tech t = {0};
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    tech_db_init(&t, &db, "cells");
    CellId c = db_add_cell(&db, "leaf", CELL_LEAF, NULL), top = db_add_cell(&db, "top", CELL_BLOCK, NULL);
    const TechDevice *d = &t.devices.v[0];
    LayerId diff = db_find_layer(&db, tech_role(&t, ROLE_ACTIVE)->name), nimp = db_find_layer(&db, tech_role(&t, ROLE_NIMP)->name);
    LayerId poly = db_find_layer(&db, tech_role(&t, ROLE_POLY)->name), m1 = db_metal(&db, 1);
    int32_t w = d->w_min - d->w_grid;
    Box bars[] = {{SIDE - 100, 960, SIDE, 1000}, {SIDE - 100, 1040, SIDE, 1080}, {SIDE - 100, 960, SIDE - 60, 1080}, {0, 960, 80, 1000}, {0, 1040, 80, 1080}, {40, 960, 80, 1080}};
    db_add_shape(&db, c, diff, SHAPE_WIRE, (Box){1000, 2000, 2000, 2000 + w}, NET_NONE, 0);
    db_add_shape(&db, c, nimp, SHAPE_WIRE, (Box){800, 1800, 2200, 2200 + w}, NET_NONE, 0);
    db_add_shape(&db, c, poly, SHAPE_WIRE, (Box){1500, 1900, 1520, 2100 + w}, NET_NONE, 0);
    for (size_t i = 0; i < COUNTOF(bars); i++) db_add_shape(&db, c, m1, SHAPE_WIRE, bars[i], NET_NONE, 0);
    db_cell(&db, c)->box = (Box){0, 0, SIDE, SIDE};
    db_cell(&db, top)->box = (Box){0, 0, N * SIDE, N * SIDE};
    db_add_inst(&db, top, "a", c, (Pt){0, 0}, ORI_N, N, N, SIDE, SIDE);
    DrcReport tiles, flat;
    cr_assert_eq(drc_run_tiled(&db, &t, top, &tiles), ST_VIOLATION);
    cr_assert_eq(drc_run_flat(&db, &t, top, &flat), ST_VIOLATION);
    cr_expect_eq(tiles.count[DRC_HOLE], (N - 1) * N, "%llu", (unsigned long long)tiles.count[DRC_HOLE]);
    cr_expect_eq(tiles.count[DRC_DEVICE_WIDTH], N * N, "%llu", (unsigned long long)tiles.count[DRC_DEVICE_WIDTH]);
    cr_assert_eq(tiles.v.n, flat.v.n);
    for (uint32_t i = 0; i < flat.v.n; i++)
        cr_expect(tiles.v.v[i].rule == flat.v.v[i].rule && !memcmp(&tiles.v.v[i].box, &flat.v.v[i].box, sizeof(Box)), "%s", drc_rule_name[flat.v.v[i].rule]);
    drc_free(&tiles);
    drc_free(&flat);
    db_free(&db);
    tech_free(&t);
    cr_assert_eq(mem_live(), 0);
}

static uint32_t far_from_taps(const Db *db, const Tech *t, CellId c)
{
    DrcReport r;
    uint32_t n = 0;
    drc_whole(db, t, c, &r);
    for (uint32_t i = 0; i < r.v.n; i++) n += r.v.v[i].rule == DRC_TAP;
    drc_free(&r);
    return n;
}

/* Shapes of a layer that lie partly in a box of another. */
static uint32_t across(const DbCell *c, LayerId layer, LayerId of)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++)
        for (uint32_t k = 0; k < c->shapes.n && c->shapes.v[i].layer.i == layer.i; k++) {
            Box a = c->shapes.v[i].box, b = c->shapes.v[k].box;
            if (c->shapes.v[k].layer.i != of.i || a.x0 >= b.x1 || b.x0 >= a.x1 || a.y0 >= b.y1 || b.y0 >= a.y1) continue;
            n += a.x0 < b.x0 || a.y0 < b.y0 || a.x1 > b.x1 || a.y1 > b.y1;
        }
    return n;
}

/* A cell alone, wider than taps at its ends reach, has taps inside; without those in the middle some diffusion is too far from taps. Where a
 * flavour's layer has room beside wells, it crosses no edge of one (SKY130's public rules want it so). */
Test(drawn, wide_cells_have_taps_inside, .timeout = 120)
{
    static const char *const wide[][2] = {{"sky130", "x05_slvt"}, {"n28", "x2_slvt"}};
    for (size_t k = 0; k < COUNTOF(wide); k++) {
        Tech t;
        CellLibrary lib;
        Db db;
        CellId c = {0}, tap;
        DrawStats s;
        cr_assert_eq(tech_read(wide[k][0], &t), ST_OK);
        cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
        tech_db_init(&t, &db, "wide");
        for (uint32_t i = 0; i < lib.v.n; i++)
            if (str_eq(lib.v.v[i].function, "row_driver") && str_eq(lib.v.v[i].variant, wide[k][1]))
                cr_assert_eq(draw_variant(&db, &t, &lib, &lib.v.v[i], "row_driver", &c, &s, &tap), ST_OK, "%s", t.name);
        int32_t w = db_cell(&db, c)->box.x1;
        cr_assert_gt(w, 2 * t.tap_distance);
        clean(&db, &t, c, wide[k][1]);
        cr_expect_eq(far_from_taps(&db, &t, c), 0, "%s", t.name);
        if (k == 0) cr_expect_eq(across(db_cell(&db, c), db_find_layer(&db, "LVTN"), db_find_layer(&db, tech_role(&t, ROLE_NWELL)->name)), 0);
        const TechLayer *l = tech_role(&t, ROLE_TAP) ? tech_role(&t, ROLE_TAP) : tech_role(&t, ROLE_NIMP); /* no layer of its own: what implants make of it */
        for (uint32_t i = 0; i < db_cell(&db, c)->shapes.n; i++) {
            DbShape *x = &db_cell(&db, c)->shapes.v[i];
            if (x->layer.i == db_find_layer(&db, l->name).i && x->box.x0 > w / 8 && x->box.x1 < w - w / 8) x->box = (Box){0};
        }
        cr_expect_gt(far_from_taps(&db, &t, c), 0, "%s", t.name);
        db_free(&db);
        cells_library_free(&lib);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}
