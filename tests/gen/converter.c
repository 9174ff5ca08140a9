/* A flow's converter judged at the settings of its plan. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>

#include "gen/converter.h"

/* Three layers at two settings, a converter of 8 bits whose array is straight. */
static void make(Design *d, CellVariant of[2])
{
    static const struct { int32_t bits, gain; } layer[] = {{8, 1}, {8, 4}, {8, 1}};
    memset(d, 0, sizeof *d);
    of[0] = (CellVariant){.function = "sar_adc", .data.noise_v = 30e-6};
    of[1] = (CellVariant){.function = "col_end", .data.noise_v = 40e-6};
    d->tech = (Tech){.vdd = 0.8, .ladder_step = 0.04};
    d->choice.sar_adc = &of[0], d->choice.col_end = &of[1];
    for (size_t i = 0; i < COUNTOF(layer); i++) arr_push(&d->plan.layers, ((PlanLayer){.op = PLAN_CONV, .adc_bits = layer[i].bits, .adc_gain = layer[i].gain, .rows_per_conv = 16}));
    d->converter = (ConverterFigure){.cell = "sar_adc", .wires = {.bits = 8, .held = 1e-15}};
    for (uint32_t k = 0; k < 8; k++) d->converter.wires.bottom[k] = (1 << k) * 1e-15;
}

static void drop(Design *d)
{
    arr_free(&d->plan.layers);
    arr_free(&d->converter.at);
}

static char *page(const Design *d)
{
    Buf b = {0};
    converter_page(d, &b);
    return b.s;
}

Test(converter, a_straight_one_is_told_once_per_setting)
{
    Design d;
    CellVariant of[2];
    make(&d, of);
    msg_capture_begin();
    cr_assert_eq(converter_judge(&d), ST_OK);
    const char *said = msg_capture_end();
    cr_expect(!said || !strstr(said, "DRAW-0008"));
    cr_assert_eq(d.converter.at.n, 2u);
    cr_expect_not(d.converter.over);
    for (int i = 0; i < 2; i++) {
        const ConverterSetting *s = &d.converter.at.v[i];
        double lsb = 14 * 0.04 / (i ? 4 : 1) / 256;
        cr_expect_float_eq(s->range_v, 256 * lsb, 1e-12);
        cr_expect_float_eq(s->noise, 50e-6 / lsb, 1e-6); /* 30 and 40 uV: 50 */
        cr_expect_float_eq(s->limit, 0.5, 1e-12, "the noise is less");
        cr_expect_lt(s->f.inl, 1e-6);
    }
    char *text = page(&d);
    cr_expect(strstr(text, "8 bit, gain 1: INL 0.00 LSB of 0.50") && strstr(text, "8 bit, gain 4"), "%s", text);
    mem_free(text);
    drop(&d);
}

/* A net that follows bit 6 by 0.6 fF and the supply: 0.86 units at gain 1, 3.4 at gain 4; the noise is let to be 2 LSB at gain 4 and half at gain 1. */
Test(converter, wires_above_the_limit_are_a_violation)
{
    Design d;
    CellVariant of[2];
    make(&d, of);
    d.converter.wires.code[6] = 0.6e-15;
    of[0].data.noise_v = 2 * 14 * 0.04 / 4 / 256, of[1].data.noise_v = 0;
    msg_capture_begin();
    cr_assert_eq(converter_judge(&d), ST_OK);
    (void)msg_capture_end();
    const ConverterSetting *one = &d.converter.at.v[0], *four = &d.converter.at.v[1];
    cr_expect_float_eq(one->limit, 0.5, 0.01);
    cr_expect_float_eq(four->limit, 2, 0.03);
    cr_expect(one->f.inl > 0.4 && one->f.inl < 0.95, "%g", one->f.inl);
    cr_expect_float_eq(four->f.inl / one->f.inl, 4, 0.1);
    cr_expect_eq(d.converter.over, one->f.inl > one->limit || four->f.inl > four->limit);
    of[0].data.noise_v = 0;
    d.converter.at.n = 0;
    msg_capture_begin();
    cr_assert_eq(converter_judge(&d), ST_OK);
    const char *again = msg_capture_end();
    cr_expect(d.converter.over);
    cr_expect(again && strstr(again, "DRAW-0008") && strstr(again, "gain 4") && strstr(again, "half of one"), "%s", again ? again : "nothing");
    json_t *j = converter_json(&d);
    cr_expect_eq(json_array_size(json_object_get(j, "settings")), 2u);
    cr_expect(json_is_true(json_object_get(j, "drawn")));
    json_decref(j);
    drop(&d);
}

Test(converter, one_that_is_not_drawn_is_told)
{
    Design d;
    CellVariant of[2];
    make(&d, of);
    d.converter.wires.bits = 0;
    cr_assert_eq(converter_judge(&d), ST_OK);
    cr_expect_eq(d.converter.at.n, 0u);
    char *text = page(&d);
    cr_expect(strstr(text, "is not drawn") && strstr(text, "in no accuracy"), "%s", text);
    mem_free(text);
    json_t *j = converter_json(&d);
    cr_expect(json_is_false(json_object_get(j, "drawn")));
    json_decref(j);
    drop(&d);
}
