/* What the cell generator draws: own design rules, its row cells abutted with themselves and mirrored, and that faults are found. */
#include <criterion/criterion.h>

#include "cells/draw.h"
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
