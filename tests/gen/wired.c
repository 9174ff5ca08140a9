/* Wires inside drawn cells: what the characterisation gets of them. */
#include <criterion/criterion.h>

#include "cells/library.h"
#include "gen/wired.h"

static double of_net(const CellWires *w, const char *name)
{
    double f = 0;
    for (uint32_t i = 0; i < w->v.n; i++)
        if (str_eq(w->v.v[i].a, name) || str_eq(w->v.v[i].b, name)) f += w->v.v[i].farad;
    return f;
}

/* A column end's memory of its choice has wires of some tenths of a femtofarad, a bus is told by bit; what the flow counts itself has none. */
Test(wired, couplings_by_name)
{
    Tech t;
    CellLibrary lib;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
    uint32_t seen = 0;
    for (uint32_t i = 0; i < lib.v.n; i++) {
        const CellVariant *v = &lib.v.v[i];
        bool end = str_eq(v->function, "col_end") && str_eq(v->variant, "r2_slvt"), driver = str_eq(v->function, "row_driver") && str_eq(v->variant, "x05_slvt");
        bool none = str_eq(v->function, "synapse") || str_eq(v->function, "ladder");
        bool source = str_eq(v->function, "synapse_i") && str_eq(v->variant, "i200_b3"), windows = str_eq(v->function, "pulse_gen") && str_eq(v->variant, "x16_1n");
        if (!end && !driver && !none && !source && !windows) continue;
        CellWires w = {0};
        cr_assert_eq(wired_cell(&t, &lib, v, &w), ST_OK);
        seen += end + driver + source + windows;
        if (none) cr_expect_eq(w.v.n, 0u, "%s", v->function);
        for (uint32_t k = 0; k < w.v.n; k++) cr_expect_gt(w.v.v[k].farad, 0);
        if (end) cr_expect(of_net(&w, "dinb") > 0.05e-15 && of_net(&w, "dinb") < 5e-15, "dinb %g F", of_net(&w, "dinb"));
        if (driver) cr_expect(of_net(&w, "mp") > 0.05e-15 && of_net(&w, "D[1]") > 0.02e-15, "mp %g F, D[1] %g F", of_net(&w, "mp"), of_net(&w, "D[1]"));
        if (source) cr_expect(of_net(&w, "sum") > 0.1e-15 && of_net(&w, "VB") > 5e-15, "sum %g F, VB with its plates %g F", of_net(&w, "sum"), of_net(&w, "VB"));
        if (windows) cr_expect_gt(of_net(&w, "openb"), 0.5e-15);
        arr_free(&w.v);
        arena_free(&w.arena);
    }
    cr_expect_eq(seen, 4u);
    cells_library_free(&lib);
    tech_free(&t);
}
