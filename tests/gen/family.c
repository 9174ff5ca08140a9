/* Both families judged against plans: equal measure, figures, what is asked for, what cannot be built. */
#include <criterion/criterion.h>

#include <math.h>

#include "gen/design.h"
#include "gen/model.h"
#include "tests/verify/toy_plan.h"

/* The toy plan with its converter set, n22's measured cells. False, and said by name, without figures of the current family. */
static bool begin(Design *d, int32_t bits, int32_t gain, const char *family)
{
    *d = (Design){.seed = 1, .threads = 1, .family_wanted = family};
    toy_plan(&d->plan);
    d->plan.layers.v[0].adc_bits = bits;
    d->plan.layers.v[0].adc_gain = gain;
    cr_assert_eq(tech_read("n22", &d->tech), ST_OK);
    cr_assert_eq(cells_library_read(&d->tech, &d->lib), ST_OK);
    d->have_tech = d->have_plan = d->have_lib = true;
    bool all = true;
    static const char *const functions[] = {"synapse_i", "pulse_driver", "pulse_gen", "col_end_i", "sar_adc_i", "bias_i"};
    for (size_t f = 0; f < COUNTOF(functions); f++) {
        bool any = false;
        for (uint32_t i = 0; i < d->lib.v.n; i++) any |= str_eq(d->lib.v.v[i].function, functions[f]);
        if (!any) fprintf(stderr, "skipped: n22 has no figures of %s\n", functions[f]);
        all = all && any;
    }
    if (!all) design_free(d);
    return all;
}

/* 10 bits on 16 rows: a source's mismatch is far beyond two LSB, the capacitors' is not. */
Test(family, mismatch_decides)
{
    Design d;
    if (!begin(&d, 10, 4, NULL)) return;
    cr_assert_eq(stage_select(&d), ST_OK);
    const FamilyFigure *charge = &d.family[0], *current = &d.family[1];
    cr_expect(charge->chosen && !current->chosen && charge->judged && current->judged);
    cr_assert_not_null(current->why);
    cr_expect_not_null(strstr(current->why, "LSB"), "%s", current->why);
    cr_expect(current->margin < 0 && current->sigma_lsb > 2, "%g, %g LSB", current->margin, current->sigma_lsb);
    /* By hand: sigma / sqrt(7 rows) of half the codes, of the variant that was taken. */
    cr_assert_eq(d.rival.n, 6u);
    for (uint32_t i = 0; i < d.lib.v.n; i++)
        if (str_eq(d.lib.v.v[i].function, "synapse_i") && str_eq(d.lib.v.v[i].variant, d.rival.v[0].variant))
            cr_expect_geq(current->sigma_lsb, 512 * d.lib.v.v[i].data.mismatch / sqrt(7.0 * 16));
    cr_expect_gt(charge->margin, 0);
    design_free(&d);
}

/* Nothing that the charge family chooses may depend on the other's figures. */
Test(family, charge_is_as_without)
{
    Design a, b;
    if (!begin(&a, 10, 4, NULL) || !begin(&b, 10, 4, "charge")) return;
    uint32_t n = 0;
    for (uint32_t i = 0; i < b.lib.v.n; i++) {
        const char *f = b.lib.v.v[i].function;
        size_t len = strlen(f);
        if (str_starts(f, "pulse_") || (len > 2 && str_eq(f + len - 2, "_i"))) continue;
        b.lib.v.v[n++] = b.lib.v.v[i];
    }
    b.lib.v.n = n;
    cr_assert_eq(stage_select(&a), ST_OK);
    cr_assert_eq(stage_select(&b), ST_OK);
    cr_assert_eq(a.select.n, b.select.n);
    for (uint32_t i = 0; i < a.select.n; i++)
        cr_expect(str_eq(a.select.v[i].variant, b.select.v[i].variant) && a.select.v[i].cost == b.select.v[i].cost, "%s", a.select.v[i].function);
    cr_expect(!b.family[1].judged && b.family[1].why);
    design_free(&a);
    design_free(&b);
}

/* Asked for where it does not do: told with the reason. */
Test(family, wanted_and_refused)
{
    Design d;
    if (!begin(&d, 10, 4, "current")) return;
    msg_capture_begin();
    Status st = stage_select(&d);
    const char *told = msg_capture_end();
    cr_expect_eq(st, ST_VIOLATION);
    cr_expect_not_null(strstr(told, "SEL-0002"), "%s", told);
    design_free(&d);
}

/* A choice whose sources match perfectly is taken when asked for, and built; wires load its lines. */
Test(family, wanted_and_built)
{
    Design d;
    if (!begin(&d, 10, 4, "current")) return;
    for (uint32_t i = 0; i < d.lib.v.n; i++) {
        CellData *c = &d.lib.v.v[i].data;
        if (str_eq(d.lib.v.v[i].function, "synapse_i")) c->mismatch = c->residual_v = c->startup_left_s = c->q_noise = 0, c->swing_v = 0.6;
        if (str_starts(d.lib.v.v[i].function, "pulse_")) c->mismatch = c->inl_lsb = 0;
        if (str_eq(d.lib.v.v[i].function, "sar_adc_i") || str_eq(d.lib.v.v[i].function, "col_end_i")) c->noise_v = c->residual_v = 0;
    }
    cr_assert_eq(stage_select(&d), ST_OK);
    cr_expect(d.family[1].chosen && !d.family[0].chosen && d.family[0].why);
    cr_expect_str_eq(d.select.v[0].function, "synapse_i");
    /* Without mismatch, noise and gain error its columns are the ideal converter's: the full scale follows the rows. */
    static float x[80];
    for (int i = 0; i < 80; i++) x[i] = 0.5f * (float)(i * 37 % 127 - 63);
    Npy in = {.type = NPY_F32, .rank = 4, .shape = {5, 1, 4, 4}, .count = 80, .data = x};
    BehaveModel m, ideal = {.adc = true, .step_v = d.tech.ladder_step};
    BehaveResult got, want;
    cr_assert_eq(model_of_current(&d, &m), ST_OK);
    cr_expect(m.unit_v > 0 && m.cap_mismatch == 0);
    m.adc_gain_err = 0;
    m.mismatch = m.noise = false;
    cr_assert_eq(behave_run(&d.plan, &m, &in, 5, 1, 0, 1, &got), ST_OK);
    cr_assert_eq(behave_run(&d.plan, &ideal, &in, 5, 1, 0, 1, &want), ST_OK);
    for (int i = 0; i < 40; i++) cr_expect_eq(got.y[i], want.y[i], "output %d: %g, %g", i, got.y[i], want.y[i]);
    cr_expect_float_eq(behave_lsb_v(&d.plan.layers.v[0], &m), 2 * 49 * 16 * m.unit_v / 4096, 1e-12);
    behave_free(&got);
    behave_free(&want);
    /* Wires: the same charge on a larger capacitor, by hand. */
    const CellData *syn = &d.choice.synapse->data, *end = &d.choice.col_end->data;
    double depth = 0, bare = m.unit_v;
    for (uint32_t i = 0; i < d.plan.cores.n; i++) depth = fmax(depth, d.plan.cores.v[i].rows);
    d.extract.col_c = 0.5e-15, d.extract.col_r = 40;
    cr_assert_eq(model_of_current(&d, &m), ST_OK);
    double line = end->c_in + depth * syn->c_out, with = line + depth * 0.5e-15, adc = d.choice.sar_adc->data.c_in;
    cr_expect_float_eq(m.unit_v / bare, (line + adc) / (with + adc), 1e-9);
    LineFigure l;
    cr_assert_eq(lines_figure(&d, &l), ST_OK);
    cr_expect_float_eq(l.line_f, with, 1e-21);
    cr_expect_float_eq(l.without_f, line, 1e-21);
    double units = rint(l.fall_v * with / (8 * syn->i_unit * d.choice.row_driver->param[1] * (1 + 3 * d.choice.bias->data.mismatch)));
    cr_expect(units >= 1 && units <= 7 * 16, "%g units", units);
    cr_expect(l.drop_v > 0 && l.drop_v < units * syn->i_unit * depth * 40, "not farther than if all stood at the far end");
    cr_expect_float_eq(l.fall_v, 8 * units * syn->i_unit * d.choice.row_driver->param[1] / with * (1 + 3 * d.choice.bias->data.mismatch), 1e-9);
    cr_expect(l.tau_s > 0 && l.rest < 1e-6);
    d.synapse_wires = (SynapseWires){.drawn = true, .line = 0.25e-15}; /* the drawing knows better than its pins */
    cr_expect_eq(line_wire(&d), 0.25e-15);
    /* The crossbar and what stands beside it have the family's ports. */
    cr_assert_eq(stage_build(&d), ST_OK);
    CellId xb = d.types.v[0].xbar, ctrl = d.types.v[0].macro[MACRO_CTRL];
    cr_expect_eq(db_find_net(&d.db, xb, "BSEL").i, NET_NONE.i);
    cr_expect_eq(db_find_net(&d.db, d.types.v[0].macro[MACRO_ROWBUF], "BSEL").i, NET_NONE.i);
    cr_expect_eq(db_cell(&d.db, xb)->nets.v[db_find_net(&d.db, xb, "PHASE").i].width, 9u);
    cr_expect_eq(db_cell(&d.db, ctrl)->nets.v[db_find_net(&d.db, ctrl, "PHASE").i].width, 9u);
    cr_expect_neq(db_find_net(&d.db, ctrl, "IREF").i, NET_NONE.i);
    cr_expect_eq(db_check(&d.db), ST_OK);
    design_free(&d);
}
