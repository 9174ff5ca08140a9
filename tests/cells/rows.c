/* Wires of rows in drawn cells. */
#include <criterion/criterion.h>

#include "cells/circuit.h"
#include "cells/draw.h"
#include "cells/library.h"

/* What drives a row's wire reaches it below the metals above its pin: its junction is there when the wire is etched, which passes many gates. */
Test(draw, rows_are_driven_from_below, .timeout = 120)
{
    Tech t;
    CellLibrary lib = {0};
    Db db;
    CellId c, tap;
    DrawStats stats;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cells_variants(&t, &lib);
    tech_db_init(&t, &db, "rows");
    const CellVariant *v = NULL;
    for (uint32_t i = 0; i < lib.v.n && !v; i++)
        if (str_eq(lib.v.v[i].function, "pulse_driver")) v = &lib.v.v[i];
    cr_assert_eq(draw_variant(&db, &t, &lib, v, "pulse_driver", &c, &stats, &tap), ST_OK);
    const DbCell *cell = db_cell(&db, c);
    uint32_t seen = 0;
    for (uint32_t i = 0; i < cell->shapes.n; i++) {
        const DbShape *s = &cell->shapes.v[i];
        if (s->net.i == NET_NONE.i || db.layers.v[s->layer.i].kind != LAYER_METAL) continue;
        const char *name = db_name(&db, cell->nets.v[s->net.i].name);
        if (!str_eq(name, "WL") && !str_eq(name, "PP") && !str_eq(name, "PN")) continue;
        seen += db.layers.v[s->layer.i].level == 3;
        cr_expect_leq(db.layers.v[s->layer.i].level, 3, "%s[%u]", name, s->bit);
    }
    cr_expect_geq(seen, 6u);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}
