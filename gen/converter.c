/* The flow's own converter with its wires. */
#include "gen/converter.h"

#include "gen/model.h"
#include "gen/sized.h"

#include <math.h>

#define LEAST_LIMIT 0.5 /* LSB */

/* What ranges and noise follow from: before all wires are in the model. */
static Status levels_of(const Design *d, BehaveModel *m)
{
    if (d->family[1].chosen) return model_of_current(d, m);
    double adc = d->choice.sar_adc->data.noise_v, end = d->choice.col_end->data.noise_v;
    *m = (BehaveModel){.step_v = d->tech.ladder_step, .adc_noise_v = isfinite(adc) ? adc : 0, .column_noise_v = isfinite(end) ? end : 0};
    return ST_OK;
}

static void add_setting(Design *d, const PlanLayer *l, const BehaveModel *m)
{
    ConverterFigure *c = &d->converter;
    double lsb = behave_lsb_v(l, m), step = ldexp(1, (int)c->wires.bits - l->adc_bits);
    ConverterSetting s = {.bits = l->adc_bits, .gain = l->adc_gain, .range_v = ldexp(lsb, l->adc_bits)};
    for (uint32_t i = 0; i < c->at.n; i++)
        if (c->at.v[i].bits == s.bits && c->at.v[i].range_v == s.range_v) return;
    array_figures(&c->wires, d->tech.vdd / s.range_v, &s.f);
    s.f.inl /= step, s.f.dnl /= step, s.f.other /= step; /* the array's LSB to the setting's, which drops its last bits */
    s.noise = hypot(m->adc_noise_v, m->column_noise_v) / (lsb * s.f.gain);
    s.limit = fmax(LEAST_LIMIT, s.noise);
    arr_push(&c->at, s);
    if (s.f.inl <= s.limit) return;
    c->over = true;
    msg_warn("DRAW-0008", (Loc){0}, "cell %s: its wires move thresholds by up to %.2f LSB at %d bit, gain %d (%u codes missing); %.2f LSB allowed: %s", c->cell, s.f.inl, s.bits, s.gain,
             s.f.missing, s.limit, s.noise > LEAST_LIMIT ? "the noise of a conversion" : "half of one");
}

Status converter_judge(Design *d)
{
    BehaveModel m;
    TRY(levels_of(d, &m));
    for (uint32_t i = 0; i < d->plan.layers.n; i++) {
        const PlanLayer *x = &d->plan.layers.v[i];
        if (x->op == PLAN_CONV && x->adc_bits > 1 && (uint32_t)x->adc_bits <= d->converter.wires.bits) add_setting(d, x, &m);
    }
    return ST_OK;
}

Status converter_measure(Design *d, const Leaves *l)
{
    ConverterFigure *c = &d->converter;
    CellId adc = l->cells.sar_adc;
    c->cell = arena_printf(&d->arena, "%s", db_name(&l->db, l->db.cells.v[adc.i].name));
    if (!leaves_drawn(l, adc)) return ST_OK;
    sized_wires(&l->db, &d->tech, adc, (uint32_t)lrint(d->choice.sar_adc->param[0]), &c->wires);
    return converter_judge(d);
}

json_t *converter_json(const Design *d)
{
    const ConverterFigure *c = &d->converter;
    json_t *list = json_array();
    for (uint32_t i = 0; i < c->at.n; i++) {
        const ConverterSetting *s = &c->at.v[i];
        json_array_append_new(list, json_pack("{s:i, s:i, s:f, s:f, s:f, s:f, s:i, s:f, s:f, s:f}", "bits", (int)s->bits, "gain", (int)s->gain, "range_mV", s->range_v * 1e3, "step", s->f.gain,
                                              "inl_lsb", s->f.inl, "dnl_lsb", s->f.dnl, "missing", (int)s->f.missing, "limit_lsb", s->limit, "noise_lsb", s->noise, "not_modelled_lsb", s->f.other));
    }
    return json_pack("{s:s, s:b, s:o}", "cell", c->cell, "drawn", c->wires.bits > 0, "settings", list);
}

void converter_page(const Design *d, Buf *b)
{
    const ConverterFigure *c = &d->converter;
    if (!c->cell) return;
    if (c->wires.bits == 0) buf_printf(b, "converter %s is not drawn: what wires make of its thresholds is in no accuracy below\n", c->cell);
    for (uint32_t i = 0; i < c->at.n; i++) {
        const ConverterSetting *s = &c->at.v[i];
        buf_printf(b, "%s its wires at %d bit, gain %d: INL %.2f LSB of %.2f, DNL %.2f, %u codes missing, steps %.3f of nominal; nets not modelled up to %.2f LSB\n", i ? "         " : "converter",
                   s->bits, s->gain, s->f.inl, s->limit, s->f.dnl, s->f.missing, s->f.gain, s->f.other);
    }
}
