/* A plan small enough to check by hand: 1×4×4 input, conv 3×3 to 2 channels (9 rows, 2 slices), one 16×4 crossbar. */
#ifndef TESTS_VERIFY_TOY_PLAN_H
#define TESTS_VERIFY_TOY_PLAN_H

#include "gen/db/plan.h"

static inline void toy_plan(Plan *p)
{
    *p = (Plan){.network = "toy", .network_sha256 = "", .cycles = 1, .input = 0, .output = 1};
    p->arch = (PlanArch){.name = "toy", .apus = 1, .clock_hz = 100e6, .rows = 16, .cols = 4, .block_rows = 16, .block_cols = 4, .cols_per_adc = 2, .mag_bits = 3,
                         .adc_bits_min = 6, .adc_bits_max = 10, .gain_max = 4, .sum_bits = 30, .bias_bits = 8};
    arr_push(&p->tensors, ((PlanTensor){"x", 1, 4, 4, 0.5, 0, -63, 63}));
    arr_push(&p->tensors, ((PlanTensor){"y", 2, 2, 2, 1.0, 3, -100000, 100000}));
    int16_t *w = arena_array(&p->arena, int16_t, 18);
    for (int i = 0; i < 18; i++) w[i] = (int16_t)((i * 7 % 19 - 9) * 6); /* −54 … 54: both slices used */
    int32_t *mul = arena_array(&p->arena, int32_t, 2), *row_k = arena_array(&p->arena, int32_t, 9);
    int64_t *add = arena_array(&p->arena, int64_t, 2);
    mul[0] = mul[1] = 1;
    int32_t *o = arena_array(&p->arena, int32_t, 4), *s = arena_array(&p->arena, int32_t, 4), *bias = arena_array(&p->arena, int32_t, 2);
    for (int i = 0; i < 9; i++) row_k[i] = i;
    for (int i = 0; i < 4; i++) o[i] = i / 2, s[i] = i % 2;
    /* lsb = 2·49·16 / (4·1024): mul_adc in 2^−20 units */
    int32_t *mul_adc = arena_array(&p->arena, int32_t, 2);
    int64_t *add_adc = arena_array(&p->arena, int64_t, 2);
    for (int i = 0; i < 2; i++) mul_adc[i] = (int32_t)(2.0 * 49 * 16 / 4096 * (1 << 20) + 0.5), add_adc[i] = 1 << 19;
    PlanLayer l = {.name = "conv", .op = PLAN_CONV, .in = {0, 0}, .out = 1, .kh = 3, .kw = 3, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 1,
                   .oc = 2, .icg = 1, .w = w, .bias = bias, .mul = mul, .add = add, .mul_adc = mul_adc, .add_adc = add_adc, .shift = 0,
                   .shift_adc = 20, .lo = -100000, .hi = 100000, .slices = 2, .digits = 2, .rows_per_conv = 16, .adc_bits = 10, .adc_gain = 4};
    arr_push(&p->layers, l);
    arr_push(&p->tiles, ((PlanTile){0, 0, 0, 0, 0, 9, 4, row_k, o, s}));
    arr_push(&p->cores, ((PlanCore){"xb", 16, 4, 16, 4, 2}));
}

#endif
