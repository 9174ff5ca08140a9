/* Lines of the current family: the behavioural model against ngspice on columns, and against its own laws. */
#include <criterion/criterion.h>

#include <math.h>

#include "cells/characterize_int.h"
#include "cells/line.h"
#include "gen/wired.h"
#include "verify/lines.h"

enum { ROWS = 6, DEPTH = 24, COLS = 16, ROW0 = 8, VECTORS = 5 };
static const int8_t weights[ROWS] = {7, 7, -7, 5, 7, -6};
static const int8_t inputs[VECTORS][ROWS] = {{0}, {7, 7, 7, 7, 7, 7}, {7, 0, 0, 0, 0, 0}, {1, 2, 3, 4, 5, 6}, {-7, -7, 7, 0, -7, 7}};

/* Units by magnitude of the input, of all that these rows have, and what becomes of the bias. */
static double lifted(const LinesModel *m, const LinesKept *k, const int8_t *x, double lift[LINES_STEPS])
{
    double share[LINES_STEPS] = {0};
    for (int r = 0; r < ROWS; r++) share[abs(x[r])] += fabs((double)weights[r]) / (7.0 * ROWS);
    return lines_lift(m, k, share, lift);
}

static double sum_of(const LinesModel *m, const LinesKept *k, const int8_t *x, double at)
{
    float w[ROWS], v[ROWS];
    int32_t row[ROWS];
    double lift[LINES_STEPS], first = lifted(m, k, x, lift);
    for (int r = 0; r < ROWS; r++) w[r] = weights[r], v[r] = x[r], row[r] = r;
    return lines_sum(m, w, v, 1, row, ROWS, at, first, lift);
}

typedef struct {
    Tech t;
    CellLibrary lib;
    const CellVariant *syn, *end, *bias;
    LineJob job;
    LinesModel m;
    double unit;            /* V per unit and step at the converter */
    CellVariant wired[2];   /* synapse and end with the wires that they were characterised with */
    CellWires wires[2];
} Case;

static void begin(Case *c, double step, double ohm, double bias_ohm)
{
    double cap_f = 0.4e-15;
    cr_assert_eq(tech_read("n22", &c->t), ST_OK);
    cr_assert_eq(cells_library_read(&c->t, &c->lib), ST_OK);
    c->syn = char_variant(&c->lib, "synapse_i", "i200_b3"), c->end = char_variant(&c->lib, "col_end_i", "c250f"), c->bias = char_variant(&c->lib, "bias_i", "m32_i200");
    for (int k = 0; k < 2; k++) {
        c->wired[k] = k ? *c->end : *c->syn;
        cr_assert_eq(wired_cell(&c->t, &c->lib, &c->wired[k], &c->wires[k]), ST_OK);
        c->wired[k].wires = &c->wires[k];
    }
    const CellData *s = &c->syn->data;
    double load = 130e-15, line = c->end->data.c_in + DEPTH * (s->c_out + cap_f);
    c->job = (LineJob){.synapse = &c->wired[0], .end = &c->wired[1], .bias = c->bias, .step = step, .rest = c->t.pulse_rest, .depth = DEPTH, .row0 = ROW0, .rows = ROWS, .w = weights,
                       .x = inputs[0], .vectors = VECTORS, .wire_f = cap_f, .wire_ohm = ohm, .idle_f = s->c_out, .load_f = load, .bias_ohm = bias_ohm, .bias_f = s->c_bias, .columns = COLS};
    c->m = (LinesModel){.step_s = step, .rest_s = c->t.pulse_rest, .pull = bias_ohm > 0 ? s->gain * c->syn->param[0] / s->i_unit - 1 : 0, .bias_f = s->c_bias,
                        .bias_ohm = fmax(bias_ohm, 1), .foot_ohm = c->bias->data.r_ohm, .swing_v = {s->swing_v, s->swing10_v, s->swing50_v}, .unit_a = s->i_unit, .wire_ohm = ohm,
                        .fall_v = s->i_unit * step / line};
    c->unit = s->i_unit * step / (line + load);
}

static void end(Case *c)
{
    for (int k = 0; k < 2; k++) {
        arr_free(&c->wires[k].v);
        arena_free(&c->wires[k].arena);
    }
    cells_library_free(&c->lib);
    tech_free(&c->t);
}

/* Largest difference of ngspice from the model, and from the law Σ w·x alone, over the largest sum there is. */
static void compare(Case *c, const LinesKept *kept, const char *what, double *of_model, double *of_law)
{
    double got[VECTORS], *v[1] = {got}, most = 0, wrong = 0, law = 0;
    cr_assert_eq(cells_lines(&c->t, &c->job, 1, 1, v), ST_OK);
    for (int k = 1; k < VECTORS; k++) {
        double plain = 0, model = c->unit * sum_of(&c->m, kept, inputs[k], ROW0 + 0.5 * ROWS), have = got[k] - got[0];
        for (int r = 0; r < ROWS; r++) plain += weights[r] * inputs[k][r] * c->unit;
        most = fmax(most, fabs(plain)), wrong = fmax(wrong, fabs(have - model)), law = fmax(law, fabs(have - plain));
        fprintf(stderr, "%s %d: ngspice %.2f mV, model %.2f, without %.2f\n", what, k, have * 1e3, model * 1e3, plain * 1e3);
    }
    *of_model = wrong / most, *of_law = law / most;
}

/* Rows that fire together lift their bias, which leaks away along the rows. */
Test(lines, share_their_bias, .timeout = 300)
{
    Case c = {0};
    LinesKept kept;
    double model, law;
    begin(&c, 1e-9, 50, 60);
    lines_kept(&c.m, DEPTH, COLS, ROW0, ROWS, &kept);
    compare(&c, &kept, "bias", &model, &law);
    cr_expect(model < 0.003 && law > 2 * model, "of the largest sum the model is off by %.2f %%, without it %.2f %%", 100 * model, 100 * law);
    end(&c);
}

/* Lines that fall past the sources' range; their bias is held. */
Test(lines, leave_the_range, .timeout = 300)
{
    Case c = {0};
    LinesKept kept;
    double model, law;
    begin(&c, 6e-9, 200, 0);
    lines_kept(&c.m, DEPTH, COLS, ROW0, ROWS, &kept);
    compare(&c, &kept, "range", &model, &law);
    cr_expect(model < 0.015 && law > 3 * model, "of the largest sum the model is off by %.2f %%, without it %.2f %%", 100 * model, 100 * law);
    end(&c);
}

/* All rows of a crossbar at once: nothing leaks but through the foot; inputs count by the pull, and alike. One row of many: nearly nothing. */
Test(lines, laws)
{
    LinesModel m = {.step_s = 1e-9, .rest_s = 4e-9, .pull = 0.1, .bias_f = 10e-15, .bias_ohm = 50, .foot_ohm = 1e6, .swing_v = {0.6, 0.7, 0.75}, .unit_a = 200e-9, .wire_ohm = 50, .fall_v = 1e-3};
    LinesKept k;
    double lift[LINES_STEPS], share[LINES_STEPS] = {0}, first;
    float x[LINES_STEPS];
    lines_kept(&m, 64, 64, 0, 64, &k);
    share[5] = 1;
    first = lines_lift(&m, &k, share, lift);
    lines_inputs(first, lift, x);
    cr_expect_float_eq(first, 0.1, 1e-3);
    cr_expect_float_eq(x[5], 5.5, 0.01, "%g", x[5]);
    cr_expect_eq(x[0], 0);
    lines_kept(&m, 256, 64, 128, 1, &k);
    cr_expect(k.on[0] < 0.6 && k.on[8] < k.on[0] && k.on[8] > 1.0 / 256, "%g, %g", k.on[0], k.on[8]);
    cr_expect_eq(lines_part(&m, 0), 1);
    cr_expect_float_eq(lines_part(&m, 0.6), 0.99, 1e-9);
    cr_expect_float_eq(lines_part(&m, 0.65), 0.945, 1e-9);
    cr_expect_float_eq(lines_part(&m, 0.75), 0.5, 1e-9);
    cr_expect_eq(lines_part(&m, 5), 0);
    static const float w[2] = {7, -3}, in[2] = {3, 4};
    static const int32_t row[2] = {0, 1};
    static const double none[LINES_STEPS] = {0};
    cr_expect_float_eq(lines_sum(&m, w, in, 1, row, 2, 8, 0, none), 9, 0.1, "in range: the law within its first percent");
    cr_expect_not(lines_bend(&m, w, 2, 8) && m.fall_v * 80 < 0.05);
    m.fall_v = 0.1;
    cr_expect(lines_bend(&m, w, 2, 8));
}
