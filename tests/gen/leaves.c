/* Drawn leaf cells of a crossbar: clean alone and in blocks, put into a design and taken out of it; faults are found. */
#include <criterion/criterion.h>

#include "cells/circuit.h"
#include "gen/leaves.h"

static const CellVariant *variant(const CellLibrary *l, const char *function, const char *name)
{
    for (uint32_t i = 0; i < l->v.n; i++)
        if (str_eq(l->v.v[i].function, function) && (!name || str_eq(l->v.v[i].variant, name))) return &l->v.v[i];
    cr_assert(false, "no %s %s", function, name ? name : "");
    return NULL;
}

static CellChoice choose(const CellLibrary *l, const char *synapse, const char *sw)
{
    return (CellChoice){variant(l, "synapse", synapse), variant(l, "row_driver", NULL), variant(l, "block_switch", sw),
                        variant(l, "col_end", NULL), variant(l, "sar_adc", "b8"), variant(l, "ladder", NULL)};
}

static const PlanCore small = {.rows = 4, .cols = 4, .block_rows = 2, .block_cols = 2, .cols_per_adc = 2};

static bool drawn(const json_t *table, const char *cell)
{
    for (size_t i = 0; i < json_array_size(table); i++)
        if (str_eq(json_string_value(json_object_get(json_array_get(table, i), "cell")), cell)) return json_is_true(json_object_get(json_array_get(table, i), "drawn"));
    return false;
}

/* What the stream gets is what was drawn, and nothing of it stays. */
static void put_and_take(Leaves *l, const Tech *t, const CellChoice *c)
{
    Db db;
    CellSet set;
    tech_db_init(t, &db, "design");
    cr_assert_eq(cells_build(&db, t, c, &set), ST_OK);
    uint32_t was = db_cell(&db, set.synapse)->shapes.n, driver = db_cell(&db, set.row_driver)->shapes.n;
    leaves_put(l, &db);
    cr_expect_eq(db_cell(&db, set.synapse)->shapes.n, db_cell(&l->db, l->cells.synapse)->shapes.n);
    cr_expect(db_cell(&db, set.synapse)->shapes.n > 10 * was, "polygons are there");
    cr_expect_eq(db_check(&db), ST_OK);
    leaves_take(l, &db);
    cr_expect_eq(db_cell(&db, set.synapse)->shapes.n, was);
    cr_expect_eq(db_cell(&db, set.row_driver)->shapes.n, driver);
    db_free(&db);
}

/* A via moved by half its size, and a piece of poly left out: both must be told. */
static void faults(Leaves *l, const Tech *t)
{
    static const LayerKind kind[] = {LAYER_CUT, LAYER_POLY};
    for (size_t k = 0; k < COUNTOF(kind); k++) {
        DbCell *c = db_cell(&l->db, l->cells.synapse);
        uint32_t at = 0;
        while (l->db.layers.v[c->shapes.v[at].layer.i].kind != kind[k]) at++;
        DbShape s = c->shapes.v[at];
        if (k == 0) c->shapes.v[at].box = (Box){s.box.x0 + 20, s.box.y0, s.box.x1 + 20, s.box.y1};
        else c->shapes.v[at] = c->shapes.v[0];
        Buf why = {0};
        json_t *table;
        cr_expect(leaves_check(l, t, 1, &table, &why) > 0, "fault %zu is found", k);
        json_decref(table);
        buf_free(&why);
        db_cell(&l->db, l->cells.synapse)->shapes.v[at] = s;
    }
}

Test(leaves, every_cell_of_the_array_is_drawn_and_clean, .timeout = 600)
{
    static const struct {
        const char *tech, *synapse, *sw;
    } of[] = {{"n22", "cu06f_slvt", "x1_slvt"}, {"n28", "cu1f_rvt", "x2_slvt"}};
    static const char *const cells[] = {"synapse", "dummy", "tap", "block_switch", "tap_switch", "row_driver", "block_driver", "col_end_a", "col_end_b", "tap_end",
                                        "sar_adc", "tap_adc", "ladder", "crossbar_4x4"};
    for (size_t k = 0; k < COUNTOF(of); k++) {
        Tech t;
        CellLibrary lib = {0};
        Leaves l;
        json_t *table;
        Buf why = {0};
        cr_assert_eq(tech_read(of[k].tech, &t), ST_OK);
        cells_variants(&t, &lib);
        CellChoice c = choose(&lib, of[k].synapse, of[k].sw);
        cr_assert_eq(leaves_draw(&t, &c, &small, 2, &l), ST_OK);
        cr_expect_eq(leaves_check(&l, &t, 2, &table, &why), 0, "%s %s: %s", of[k].tech, of[k].synapse, why.s);
        for (size_t i = 0; i < COUNTOF(cells); i++) cr_expect(drawn(table, cells[i]), "%s %s: %s", of[k].tech, of[k].synapse, cells[i]);
        if (k == 0) put_and_take(&l, &t, &c);
        if (k == 0) faults(&l, &t);
        json_decref(table);
        buf_free(&why);
        leaves_free(&l);
        cells_library_free(&lib);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}

Test(leaves, threads_make_no_difference, .timeout = 300)
{
    Tech t;
    CellLibrary lib = {0};
    Leaves l[2];
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cells_variants(&t, &lib);
    CellChoice c = choose(&lib, "cu1f_rvt", "x1_slvt");
    for (uint32_t k = 0; k < 2; k++) cr_assert_eq(leaves_draw(&t, &c, &small, 1 + 2 * k, &l[k]), ST_OK);
    cr_assert_eq(l[0].job.n, l[1].job.n);
    for (uint32_t i = 0; i < l[0].job.n; i++) {
        const DbCell *a = db_cell(&l[0].db, l[0].job.v[i].cell), *b = db_cell(&l[1].db, l[1].job.v[i].cell);
        cr_assert_eq(a->shapes.n, b->shapes.n);
        for (uint32_t q = 0; q < a->shapes.n; q++)
            cr_assert(a->shapes.v[q].layer.i == b->shapes.v[q].layer.i && memcmp(&a->shapes.v[q].box, &b->shapes.v[q].box, sizeof(Box)) == 0);
    }
    for (uint32_t k = 0; k < 2; k++) leaves_free(&l[k]);
    cells_library_free(&lib);
    tech_free(&t);
}
