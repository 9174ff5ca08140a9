/* Lines of the current family in ngspice: the law, what wires change, and what they do not. */
#include <criterion/criterion.h>
#include <math.h>

#include "cells/characterize_int.h"
#include "cells/line.h"

enum { ROWS = 2, VECTORS = 4, DEPTH = 64 };

/* V = Σ w·x · I·T / (line + converter): resistance moves nothing that is left when the lines are taken, capacitance counts as any other. */
Test(line, wires_load_but_do_not_bend, .timeout = 300)
{
    static const int8_t w[ROWS] = {7, -3}, x[VECTORS * ROWS] = {0, 0, 7, 0, 3, -5, -6, 7};
    Tech t;
    CellLibrary lib = {0};
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
    const CellVariant *syn = char_variant(&lib, "synapse_i", "i200_b3"), *end = char_variant(&lib, "col_end_i", "c250f");
    LineJob job[2] = {{.synapse = syn, .end = end, .bias = char_variant(&lib, "bias_i", "m8_i200"), .step = 1e-9, .rest = 4e-9, .depth = DEPTH, .row0 = 40, .rows = ROWS, .w = w, .x = x,
                       .vectors = VECTORS, .idle_f = syn->data.c_out, .load_f = 130e-15}};
    job[1] = job[0];
    job[1].wire_f = 0.5e-15, job[1].wire_ohm = 50;
    double got[2][VECTORS], *v[2] = {got[0], got[1]}, line = end->param[0] + 2e-15 /* its devices: here it has no wires */ + DEPTH * syn->data.c_out + 130e-15, with = line + DEPTH * 0.5e-15;
    cr_assert_eq(cells_lines(&t, job, 2, 1, v), ST_OK);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < VECTORS; i++) {
            double sum = 0;
            for (int r = 0; r < ROWS; r++) sum += w[r] * x[i * ROWS + r];
            double want = sum * syn->data.i_unit * 1e-9 / (k ? with : line), off = got[k][i] - got[k][0];
            cr_expect_float_eq(off, want, 0.02 * fabs(want) + 1e-5, "%s, sum %g: %g mV, by the law %g", k ? "wires" : "none", sum, off * 1e3, want * 1e3);
        }
    cr_expect_lt(fabs(got[0][0]), 0.2e-3, "no input: %g mV", got[0][0] * 1e3);
    for (int i = 1; i < VECTORS; i++)
        cr_expect_float_eq((got[1][i] - got[1][0]) / (got[0][i] - got[0][0]), line / with, 0.004, "vector %d: %g, capacitances %g", i, (got[1][i] - got[1][0]) / (got[0][i] - got[0][0]), line / with);
    cells_library_free(&lib);
    tech_free(&t);
}
