/* Thresholds of a converter's array against conversions decided one by one, and codes by them. */
#include "verify/levels.h"
#include "verify/sar.h"

#include <criterion/criterion.h>
#include <math.h>

/* Couplings as a drawn array may have them, and worse: some bits are off by units. */
static ArrayWires some(Rng *r, uint32_t bits, double rough)
{
    ArrayWires w = {.bits = bits, .held = 1 + rng_double(r), .other = 0.1 * rng_double(r), .last = rough * rng_normal(r)};
    for (uint32_t k = 0; k < bits; k++) {
        w.bottom[k] = (1 << k) + rough * rng_normal(r);
        if (w.bottom[k] < 0.1) w.bottom[k] = 0.1;
        w.code[k] = rough * rng_normal(r), w.trial[k] = rough * rng_normal(r), w.kept[k] = rough * rng_normal(r);
    }
    return w;
}

/* Wires at its input, some of which see the top. */
static void add_input(Rng *r, double rough, ArrayWires *w)
{
    w->in = (InputWires){.held = rng_double(r), .other = 0.1 * rng_double(r), .last = rough * rng_normal(r), .top = rng_double(r)};
    w->held += w->in.top;
    for (uint32_t k = 0; k < w->bits; k++) {
        w->in.bottom[k] = rng_double(r);
        w->in.code[k] = rough * rng_normal(r), w->in.trial[k] = rough * rng_normal(r), w->in.kept[k] = rough * rng_normal(r);
    }
}

/* One conversion, net by net, in units of the reference: each net has a level at reset and one at the decision; top and input have the charge that they began with. */
static uint32_t converted(const ArrayWires *w, double load, double supply, double in)
{
    const InputWires *x = &w->in;
    bool source = !(load < INFINITY);
    double all = w->held + w->other + fabs(w->last), b = source ? 0 : x->top;
    uint32_t code = 0, msb = w->bits - 1;
    for (uint32_t k = 0; k <= msb; k++) all += w->bottom[k] + fabs(w->code[k]) + fabs(w->trial[k]) + fabs(w->kept[k]);
    double meets = b * in / all, column = load * in - b * meets; /* where the top goes when the column meets the input; charge of the input with all its couplings then */
    int last = 0;
    for (int i = (int)msb; i >= 0; i--) {
        double q = last * supply * w->last, p = last * supply * x->last;
        for (uint32_t k = 0; k <= msb; k++) {
            int set = (int)k == i || (code >> k & 1), set0 = k == msb;   /* 100…0 stands at reset */
            int tried = (int)k == i, tried0 = k == msb;
            int kept = (int)k > i ? (int)(code >> k & 1) : (int)k == i ? last : 0;
            q += (set - set0) * (w->bottom[k] + supply * w->code[k]) + (tried - tried0) * supply * w->trial[k] + kept * supply * w->kept[k];
            p += (set - set0) * (x->bottom[k] + supply * x->code[k]) + (tried - tried0) * supply * x->trial[k] + kept * supply * x->kept[k];
        }
        /* all·top - b·input = q, load·input - b·top = column + p */
        double det = source ? 0 : all * load - b * b;
        double top = source ? q / all : (q * load + b * (column + p)) / det, at = source ? in : (all * (column + p) + b * q) / det;
        last = at > top;
        code |= (uint32_t)last << i;
    }
    return code;
}

Test(sar, thresholds_are_where_conversions_change)
{
    Rng r = rng_make(7, 1);
    static const double rough[] = {0, 0.02, 0.3, 2};
    for (size_t q = 0; q < 4; q++)
        for (uint32_t bits = 2; bits <= 13; bits++) { /* from 8 on: 2 to 7 once more, on columns whose charge is all that holds them */
            bool column = bits > 7;
            ArrayWires w = some(&r, column ? bits - 6 : bits, rough[q]);
            double supply = 1 + 5 * rng_double(&r), load = INFINITY, at[128];
            uint32_t n = 1u << w.bits;
            if (column) add_input(&r, rough[q], &w), load = sar_input(&w) + 100 * rng_double(&r);
            sar_thresholds(&w, load, supply, at);
            for (uint32_t c = 2; c < n; c++) cr_assert_geq(at[c], at[c - 1]);
            for (int i = 0; i < 4000; i++) {
                double in = 4 * rng_double(&r) - 2;
                uint32_t c = 0;
                while (c + 1 < n && in > at[c + 1]) c++;
                cr_assert_eq(c, converted(&w, load, supply, in), "%u bits, rough %g, load %g: input %g", w.bits, rough[q], load, in);
            }
        }
}

/* A decision by itself is the threshold of its code, where no other decision is in between. */
Test(sar, first_decision_is_the_middle)
{
    Rng r = rng_make(7, 2);
    ArrayWires w = some(&r, 6, 0.05);
    double at[64];
    sar_thresholds(&w, INFINITY, 3, at);
    cr_expect_eq(at[32], sar_decision(&w, INFINITY, 3, 0, 5, false));
    cr_expect_eq(at[32], 0, "the middle code stands in the array at its reset");
    cr_expect_eq(at[48], sar_decision(&w, INFINITY, 3, 32, 4, true));
}

/* A bottom plate's wire beside the input: what is above the middle keeps it as it was, what is below has lost the bit's share of the column. A coupling that
 * goes as the code is a gain. */
Test(sar, what_moves_the_input_moves_thresholds)
{
    ArrayWires w = {.bits = 6, .held = 1, .in = {.held = 3}};
    double at[64], off[64], lsb, straight;
    for (uint32_t k = 0; k < 6; k++) w.bottom[k] = 1 << k;
    w.in.bottom[5] = 2;
    cr_expect_float_eq(sar_input(&w), 5, 1e-12);
    sar_thresholds(&w, 1000, 4, at);
    cr_expect_float_eq(at[32], 0, 1e-12);
    cr_expect_float_eq(at[33], 1 / 64.0, 1e-12, "the largest bit stays");
    cr_expect_float_eq(at[31], -1 / 64.0 + 0.002, 1e-12, "it has fallen, and the input with it");
    sar_thresholds(&w, 100, 4, at);
    cr_expect_eq(at[31], at[32], "by more than an LSB: no input gives code 31");
    for (uint32_t k = 0; k < 6; k++) w.in.bottom[k] = (1 << k) / 16.0;
    sar_thresholds(&w, 100, 4, at);
    sar_line(at, 6, &straight, off);
    for (int c = 0; c < 64; c++) cr_expect_float_eq(off[c], 0, 1e-9);
    sar_thresholds(&w, INFINITY, 4, at);
    sar_line(at, 6, &lsb, NULL);
    cr_expect_float_eq(straight / lsb, 1 - 4 / 100.0, 1e-9);
}

/* An array of the given bits whose largest is heavier by a unit: codes of the upper half begin a unit later, by the line through both ends. */
Test(sar, codes_by_a_table)
{
    BehaveModel m = {.parasitics = true, .array = {.bits = 6, .held = 1}};
    ArrayWires w;
    float at[65];
    double zero;
    for (uint32_t k = 0; k < 6; k++) m.array.bottom[k] = 1 << k;
    cr_assert(levels_array(&m, 6, 0, 0, &w));
    double gain = levels_table(&w, INFINITY, 0.8, 0.2, 6, at, &zero);
    cr_expect_float_eq(gain, 1, 1e-9);
    cr_expect_float_eq(zero, 0, 1e-6);
    for (int c = 1; c < 64; c++) cr_expect_float_eq(at[c], c - 32.5, 1e-4); /* where rounding has them */
    w.bottom[5] += 1;
    levels_table(&w, INFINITY, 0.8, 0.2, 6, at, &zero);
    cr_expect_float_eq(at[32] - at[31], 2, 0.05, "the step in the middle is two wide");
    float v[4] = {at[32] - 0.01f, at[32] + 0.01f, -100, 100};
    cr_expect_eq(levels_convert(at, 6, 4, v), 2, "two lie outside");
    cr_expect(v[0] == -1 && v[1] == 0 && v[2] == -32 && v[3] == 31, "%g %g %g %g", v[0], v[1], v[2], v[3]);
    /* a layer of fewer bits drops the last ones: its thresholds are those of every second code */
    float five[33];
    levels_table(&m.array, INFINITY, 0.8, 0.2, 5, five, &zero);
    for (int c = 1; c < 32; c++) cr_expect_float_eq(five[c], c - 16.5, 0.05);
    /* nothing to look up: not drawn, no mismatch; parasitics off */
    m.parasitics = false;
    cr_expect_not(levels_array(&m, 6, 0, 0, &w));
    m.mismatch = true, m.adc_cap_mismatch = 0.01;
    cr_expect(levels_array(&m, 6, 0, 0, &w) && w.bottom[5] != 32);
}

/* From any guess the right code is found, also where the wires leave codes out: against counting. */
Test(sar, tables_are_searched_exactly)
{
    Rng r = rng_make(7, 3);
    for (int q = 0; q < 40; q++) {
        ArrayWires w = some(&r, 8, q < 20 ? 0.3 : 4);
        float at[257], v[500], want[500];
        double zero;
        levels_table(&w, INFINITY, 0.8, 0.14, 8, at, &zero);
        for (int i = 0; i < 500; i++) {
            int c = 0;
            v[i] = (float)(300 * rng_double(&r) - 150);
            while (c < 255 && v[i] >= at[c + 1]) c++;
            want[i] = (float)(c - 128);
        }
        levels_convert(at, 8, 500, v);
        for (int i = 0; i < 500; i++) cr_assert_eq(v[i], want[i]);
    }
}
