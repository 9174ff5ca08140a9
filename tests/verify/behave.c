/* The behavioural simulator against arithmetic written out here, and its imperfections one at a time. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "tests/verify/toy_plan.h"
#include "verify/behave.h"

static Plan plan;
static float x[5 * 16];
static Npy in = {.type = NPY_F32, .rank = 4, .shape = {5, 1, 4, 4}, .count = 80, .data = x};

static void setup(void)
{
    toy_plan(&plan);
    for (int i = 0; i < 80; i++) x[i] = 0.5f * (float)(i * 37 % 127 - 63);
}
static void teardown(void) { plan_free(&plan); }
TestSuite(behave, .init = setup, .fini = teardown);

static int64_t direct(int sample, int o, int oy, int ox)
{
    int64_t acc = 0;
    for (int ky = 0; ky < 3; ky++)
        for (int kx = 0; kx < 3; kx++)
            acc += plan.layers.v[0].w[o * 9 + ky * 3 + kx] * (int64_t)lrintf(x[sample * 16 + (oy + ky) * 4 + ox + kx] / 0.5f);
    return acc;
}

static void run(const BehaveModel *m, uint32_t threads, BehaveResult *r)
{
    cr_assert_eq(behave_run(&plan, m, &in, 5, 1, 1, threads, r), ST_OK);
}

Test(behave, ideal_columns_are_exact)
{
    BehaveModel m = {.step_v = 0.04};
    BehaveResult r;
    run(&m, 2, &r);
    for (int s = 0; s < 5; s++)
        for (int o = 0; o < 2; o++)
            for (int p = 0; p < 4; p++)
                cr_assert_eq((int64_t)r.y[s * 8 + o * 4 + p], direct(s, o, p / 2, p % 2), "sample %d output %d position %d", s, o, p);
    cr_assert_eq(r.conversions, 5u * 2 * 4 * 4, "2 digits, 4 columns, 4 positions a sample");
    behave_free(&r);
}

/* Each of the four conversions behind an output rounds to its LSB: worst error is half an LSB times the digits' weights. */
Test(behave, converter_error_is_bounded_by_its_lsb)
{
    BehaveModel m = {.adc = true, .step_v = 0.04};
    BehaveResult r;
    run(&m, 1, &r);
    double lsb = 2.0 * 49 * 16 / 4096, worst = 0, bound = 0.5 * lsb * (1 + 8) * (1 + 8) + 1;
    for (int i = 0; i < 40; i++) worst = fmax(worst, fabs(r.y[i] - (double)direct(i / 8, i / 4 % 2, i % 4 / 2, i % 2)));
    cr_assert_gt(worst, 0.1 * lsb, "rounding must show");
    cr_assert_leq(worst, bound, "%g > %g", worst, bound);
    cr_assert_float_eq(r.lsb_v_max, 2 * 7 * 0.04 / 4096, 1e-12);
    behave_free(&r);
}

Test(behave, clipping_is_counted)
{
    plan.layers.v[0].adc_gain = 4;
    plan.layers.v[0].adc_bits = 10;
    for (int i = 0; i < 80; i++) x[i] = 0.5f * 63;
    int16_t *w = (int16_t *)plan.layers.v[0].w;
    for (int i = 0; i < 18; i++) w[i] = 63; /* sum 9·49 of a full scale of 16·49/4 */
    BehaveModel m = {.adc = true, .step_v = 0.04};
    BehaveResult r;
    run(&m, 1, &r);
    cr_assert_eq(r.clipped, r.conversions);
    behave_free(&r);
}

/* Rows at rest: the codes would be noise and offset, and are not added. One row is enough for them to come back. */
Test(behave, digits_that_are_all_zero_bring_no_noise)
{
    BehaveModel m = {.adc = true, .mismatch = true, .noise = true, .step_v = 0.04, .adc_noise_v = 0.05, .adc_offset_sigma_v = 0.05};
    BehaveResult r;
    memset(x, 0, sizeof x);
    run(&m, 1, &r);
    for (int i = 0; i < 40; i++) cr_assert_float_eq(r.y[i], 0, 1e-12, "output %d: %g", i, r.y[i]);
    behave_free(&r);
    for (int s = 0; s < 5; s++) x[s * 16] = 0.5f; /* a corner: only position 0 sees it, in the lower digit */
    double most = 0;
    run(&m, 1, &r);
    for (int i = 0; i < 40; i++) {
        if (i % 4 == 0) most = fmax(most, fabs(r.y[i]));
        else cr_assert_float_eq(r.y[i], 0, 1e-12, "output %d: %g", i, r.y[i]);
    }
    cr_assert_gt(most, 1, "noise must show where a row is driven");
    behave_free(&r);
}

/* The same numbers, from a second crossbar beside the first: positions 1 and 3 are its. */
static void two_copies(void)
{
    PlanTile t = plan.tiles.v[0];
    t.core = 1, t.copy = 1;
    arr_push(&plan.tiles, t);
    arr_push(&plan.cores, plan.cores.v[0]);
    plan.arch.apus = 2;
    cr_assert_eq(plan_check(&plan), ST_OK);
}

Test(behave, copies_compute_the_same_and_have_their_own_mismatch)
{
    BehaveModel m = {.adc = true, .step_v = 0.04}, real = {.adc = true, .mismatch = true, .step_v = 0.04, .cap_mismatch = 0.05};
    BehaveResult one, two;
    run(&m, 1, &one);
    two_copies();
    run(&m, 1, &two);
    for (int i = 0; i < 40; i++) cr_assert_eq(one.y[i], two.y[i]);
    cr_assert_eq(one.conversions, two.conversions);
    behave_free(&two);
    behave_free(&one);
    run(&real, 1, &two);
    plan.tiles.n = 1;
    run(&real, 1, &one);
    int same = 0, differ = 0;
    for (int i = 0; i < 40; i++) {
        if (i % 2 == 0) same += one.y[i] == two.y[i];
        else differ += one.y[i] != two.y[i];
    }
    cr_assert_eq(same, 20, "the first crossbar's positions are as they were");
    cr_assert_gt(differ, 15, "the second crossbar is another one");
    behave_free(&one);
    behave_free(&two);
}

/* A reference 20 % low makes every code of its crossbar a quarter larger, nobody else's; without the wires nothing is lost. */
Test(behave, a_crossbar_with_a_low_reference_converts_more)
{
    two_copies(); /* positions 1 and 3 are the second crossbar's */
    BehaveModel m = {.adc = true, .parasitics = true, .settle_near = 1, .settle_far = 1, .unit_cap_f = 1, .step_v = 0.04}, low = m, without;
    low.ref_drop[1] = 0.2;
    without = low;
    without.parasitics = false;
    plan.layers.v[0].adc_bits = 12; /* rounding does not hide it, and nothing clips */
    BehaveResult a, b, c;
    run(&m, 1, &a);
    run(&low, 1, &b);
    run(&without, 1, &c);
    double sum[2] = {0};
    for (int i = 0; i < 40; i++) {
        if (i % 2 == 0) cr_expect_eq(b.y[i], a.y[i], "output %d", i);
        else sum[0] += fabs(a.y[i]), sum[1] += fabs(b.y[i]);
        cr_expect_eq(c.y[i], a.y[i], "output %d", i);
    }
    cr_expect_gt(sum[0], 0);
    cr_expect_float_eq(sum[1] / sum[0], 1.25, 0.01, "%g", sum[1] / sum[0]);
    behave_free(&a);
    behave_free(&b);
    behave_free(&c);
}

/* A crossbar's first converter, which has the first output channel, lacks ref_near, its last, which has the second, ref_far. */
Test(behave, the_last_converter_lacks_more)
{
    BehaveModel m = {.adc = true, .parasitics = true, .settle_near = 1, .settle_far = 1, .unit_cap_f = 1, .step_v = 0.04}, late = m;
    late.ref_near[0] = 0.1, late.ref_far[0] = 0.2;
    plan.layers.v[0].adc_bits = 12;
    BehaveResult a, b;
    run(&m, 1, &a);
    run(&late, 1, &b);
    double was[2] = {0}, is[2] = {0};
    for (int i = 0; i < 40; i++) was[i / 4 % 2] += fabs(a.y[i]), is[i / 4 % 2] += fabs(b.y[i]);
    cr_expect_float_eq(is[0] / was[0], 1 / 0.9, 0.01, "%g", is[0] / was[0]);
    cr_expect_float_eq(is[1] / was[1], 1 / 0.8, 0.01, "%g", is[1] / was[1]);
    behave_free(&a);
    behave_free(&b);
}

/* Noise of n conversions added up falls with the root of n; the digital factor takes n out again. */
Test(behave, repeats_average_the_noise)
{
    BehaveModel m = {.adc = true, .noise = true, .step_v = 0.04, .adc_noise_v = 2e-3};
    double rms[2];
    int32_t *mul = (int32_t *)plan.layers.v[0].mul_adc;
    for (int k = 0; k < 2; k++) {
        plan.layers.v[0].repeats = k ? 16 : 0;
        for (int o = 0; o < 2; o++) mul[o] /= k ? 16 : 1;
        double sum = 0;
        uint64_t conversions = 0;
        for (uint64_t seed = 0; seed < 40; seed++) {
            BehaveResult r;
            cr_assert_eq(behave_run(&plan, &m, &in, 5, seed, 1, 1, &r), ST_OK);
            for (int i = 0; i < 40; i++) sum += pow(r.y[i] - (double)direct(i / 8, i / 4 % 2, i % 4 / 2, i % 2), 2);
            conversions = r.conversions;
            behave_free(&r);
        }
        rms[k] = sqrt(sum / 1600);
        cr_assert_eq(conversions, (k ? 16u : 1u) * 5 * 2 * 4 * 4);
    }
    cr_assert_gt(rms[0] / rms[1], 3.2, "%g against %g", rms[0], rms[1]);
    cr_assert_lt(rms[0] / rms[1], 4.8, "%g against %g", rms[0], rms[1]);
}

Test(behave, same_result_for_any_number_of_threads)
{
    BehaveModel m = {.adc = true, .mismatch = true, .noise = true, .step_v = 0.04, .cap_mismatch = 0.02, .adc_noise_v = 2e-4,
                     .adc_offset_sigma_v = 3e-3, .adc_cap_mismatch = 0.01};
    BehaveResult a, b;
    run(&m, 1, &a);
    run(&m, 3, &b);
    cr_assert_arr_eq(a.y, b.y, 40 * sizeof(double));
    behave_free(&a);
    behave_free(&b);
}

Test(behave, each_imperfection_changes_codes)
{
    BehaveModel ideal = {.adc = true, .step_v = 0.04}, m[4] = {ideal, ideal, ideal, ideal};
    m[0].mismatch = true, m[0].cap_mismatch = 0.05;
    m[1].mismatch = true, m[1].adc_offset_sigma_v = 5e-3;
    m[2].mismatch = true, m[2].adc_cap_mismatch = 0.1;
    m[3].noise = true, m[3].adc_noise_v = 3e-4;
    BehaveResult a, b;
    run(&ideal, 1, &a);
    for (int k = 0; k < 4; k++) {
        run(&m[k], 1, &b);
        cr_assert(memcmp(a.y, b.y, 40 * sizeof(double)) != 0, "imperfection %d has no effect", k);
        double diff = 0;
        for (int i = 0; i < 40; i++) diff = fmax(diff, fabs(a.y[i] - b.y[i]));
        cr_assert_lt(diff, 400, "imperfection %d: implausibly large (%g)", k, diff);
        behave_free(&b);
    }
    behave_free(&a);
}

/* Wires of the synapse: every code weighs (xn − xp ± xs) / Cu more, every set bit its own wires; written out here. */
Test(behave, wires_of_the_synapse_move_the_column_by_their_share)
{
    BehaveModel m = {.adc = true, .step_v = 0.04, .parasitics = true, .unit_cap_f = 1e-15, .settle_near = 1, .settle_far = 1};
    m.par_xp_f = 0.01e-15, m.par_xn_f = 0.09e-15, m.par_xs_f = 0.03e-15;
    m.par_bit0_f = 0.02e-15, m.par_bit1_f = 0.05e-15, m.par_bit2_f = 0.01e-15;
    double slope = (7 + 0.08 + 0.03) / 7, bound = 0.5 * 2.0 * 49 * 16 / 4096 * 81 + 2, plain = 0;
    BehaveResult r;
    run(&m, 1, &r);
    for (int i = 0; i < 40; i++) {
        double want = 0;
        for (int k = 0; k < 9; k++) {
            int32_t w = plan.layers.v[0].w[i / 4 % 2 * 9 + k], at = i / 8 * 16 + (i % 4 / 2 + k / 3) * 4 + i % 2 + k % 3;
            for (int s = 0; s < 2; s++) {
                int32_t d = plan_digit(w, s), mag = abs(d);
                double e = mag + 0.02 * (mag & 1) + 0.05 * (mag >> 1 & 1) + 0.01 * (mag >> 2) + 0.03, turn = k & 1 ? -1 : 1;
                /* stored and driven with the opposite sign in odd rows; 0 is stored as +0 */
                want += (1 << 3 * s) * ((turn * d < 0 ? -e : e) + 0.08) * turn * lrintf(x[at] / 0.5f);
            }
        }
        want /= slope;
        cr_expect_leq(fabs(r.y[i] - want), bound, "output %d: %g, by hand %g", i, r.y[i], want);
        plain = fmax(plain, fabs(r.y[i] - (double)direct(i / 8, i / 4 % 2, i % 4 / 2, i % 2)));
    }
    cr_expect_gt(plain, 3 * bound, "the wires must show: %g", plain);
    behave_free(&r);
}

Test(behave, labels_are_counted)
{
    double y[] = {0, 1, 3, 2, 5, 5};
    int64_t lab[] = {1, 0, 1};
    Npy l = {.type = NPY_I64, .rank = 1, .shape = {3}, .count = 3, .data = lab};
    cr_assert_eq(behave_correct(y, 3, 2, &l), 2u, "a tie goes to the first");
}

/* The trim by 1 / gain must not overflow the factor: a plan's factors use nearly all of 31 bits. */
Test(behave, gain_lost_to_wires_is_trimmed)
{
    int32_t *mul = (int32_t *)plan.layers.v[0].mul_adc;
    int64_t *add = (int64_t *)plan.layers.v[0].add_adc;
    for (int i = 0; i < 2; i++) mul[i] = 2000000000, add[i] = 0;
    plan.layers.v[0].shift_adc = 31;
    BehaveModel m = {.adc = true, .step_v = 0.04}, lossy = m;
    lossy.parasitics = true;
    lossy.unit_cap_f = 1e-15;
    lossy.par_column_f = 30e-15; /* gain 112 / 142 */
    lossy.settle_near = lossy.settle_far = 1;
    BehaveResult a, b;
    run(&m, 1, &a);
    run(&lossy, 1, &b);
    for (int i = 0; i < 40; i++) cr_assert_float_eq(a.y[i], b.y[i], 150, "output %d: %g without, %g with the loss", i, a.y[i], b.y[i]);
    behave_free(&a);
    behave_free(&b);
}

/* Currents that grow by e every 30 mV, on a column of 16 rows without wires, one block of which is not joined: what is lost, written out here. */
Test(behave, open_switches_take_from_a_waiting_column)
{
    BehaveModel m = {.adc = true, .parasitics = true, .settle_near = 1, .settle_far = 1, .unit_cap_f = 1e-15, .step_v = 0.04};
    PlanLayer *l = &plan.layers.v[0];
    const PlanCore core = {.rows = 32, .cols = 4, .block_rows = 16, .block_cols = 4};
    cr_assert_eq(behave_droop(&m, l, &core, 0.07), 0);
    m.end4_a = 1e-10, m.end2_a = m.end4_a * exp(0.07 / 0.03), m.end1_a = m.end4_a * exp(0.21 / 0.03);
    m.block4_a = 0.5e-10, m.block2_a = m.block4_a * exp(0.07 / 0.03), m.block1_a = m.block4_a * exp(0.21 / 0.03);
    static const double at[] = {0.07, 0.14, 0.28};
    for (int gain = 4; gain; gain /= 2) {
        double end = 0.28 / gain, time = 12e-9 + 2 * (7e-9 + 10 * (gain == 1 ? 40e-9 : 10e-9));
        l->adc_gain = gain;
        for (size_t i = 0; i < 3; i++) {
            double v = fmin(at[i], end), lost = 1.5e-10 * exp((v - 0.07) / 0.03) * time / (7 * 16e-15);
            cr_expect_float_eq(behave_droop(&m, l, &core, at[i]) / lost, 1, 1e-9, "gain %d, %g V", gain, at[i]);
            cr_expect_float_eq(behave_droop(&m, l, &core, -at[i]) / lost, 1, 1e-9);
        }
    }
    /* Codes go towards 0, none by more than is lost at the end of the range; a droop that does not matter changes none. */
    l->adc_gain = 4;
    BehaveModel none = m, little = m;
    none.end4_a = none.block4_a = 0;
    little.end4_a *= 1e-6, little.end2_a *= 1e-6, little.end1_a *= 1e-6;
    BehaveResult a, b, c;
    run(&none, 1, &a);
    run(&m, 1, &b);
    run(&little, 1, &c);
    double lsb = behave_lsb_v(l, &m), most = behave_droop(&m, l, &plan.cores.v[0], 0.07) / lsb, worst = 0;
    cr_assert_gt(most, 1);
    for (int i = 0; i < 40; i++) {
        worst = fmax(worst, fabs(b.y[i] - a.y[i]));
        cr_expect_eq(c.y[i], a.y[i]);
    }
    cr_expect_gt(worst, 0);
    cr_expect_leq(worst, (most + 1) * 2.0 * 49 * 16 / 4096 * (1 + 8) * (1 + 8) + 1, "%g", worst);
    behave_free(&a);
    behave_free(&b);
    behave_free(&c);
}
