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

/* What hangs on the input in conversions of a layer: least where a crossbar has few rows. */
static double load_of(const Design *d, uint32_t layer)
{
    const CellChoice *c = &d->choice;
    const PlanLayer *l = &d->plan.layers.v[layer];
    BehaveModel m = {.unit_v = d->family[1].chosen, .array = d->converter.wires};
    double least = INFINITY;
    if (d->family[1].chosen) return behave_load(&m, l, NULL);
    if (!c->synapse || !c->block_switch || !d->types.n) return INFINITY;
    model_load(d, &m);
    for (uint32_t i = 0; i < d->plan.tiles.n; i++)
        if (d->plan.tiles.v[i].layer == layer) least = fmin(least, behave_load(&m, l, &d->plan.cores.v[d->plan.tiles.v[i].core])); /* NaN: not known */
    return least;
}

/* The array's LSB to the setting's, which drops its last bits. */
static ArrayFigures figures(const Design *d, double load, double range, double step)
{
    ArrayFigures f;
    array_figures(&d->converter.wires, load, d->tech.vdd / range, &f);
    f.inl /= step, f.dnl /= step, f.other /= step;
    return f;
}

static void add_setting(Design *d, const PlanLayer *l, const BehaveModel *m)
{
    ConverterFigure *c = &d->converter;
    double lsb = behave_lsb_v(l, m), step = ldexp(1, (int)c->wires.bits - l->adc_bits);
    ConverterSetting s = {.bits = l->adc_bits, .gain = l->adc_gain, .range_v = ldexp(lsb, l->adc_bits), .load_f = INFINITY};
    for (uint32_t i = 0; i < c->at.n; i++)
        if (c->at.v[i].bits == s.bits && c->at.v[i].range_v == s.range_v) return;
    for (uint32_t i = 0; i < d->plan.layers.n; i++) {
        const PlanLayer *x = &d->plan.layers.v[i];
        if (x->op == PLAN_CONV && x->adc_bits == s.bits && ldexp(behave_lsb_v(x, m), x->adc_bits) == s.range_v) s.load_f = fmin(s.load_f, load_of(d, i));
    }
    s.f = figures(d, INFINITY, s.range_v, step), s.on = figures(d, s.load_f, s.range_v, step);
    s.noise = hypot(m->adc_noise_v, m->column_noise_v) / (lsb * s.f.gain);
    s.limit = fmax(LEAST_LIMIT, s.noise);
    arr_push(&c->at, s);
    if (isfinite(s.load_f) && s.on.inl > s.limit)
        msg_warn("DRAW-0009", (Loc){0}, "cell %s: what moves beside its input's wire moves columns of %.0f fF: thresholds by up to %.2f LSB at %d bit, gain %d (%u codes missing), %.2f LSB are noise or half of one", c->cell,
                 s.load_f * 1e15, s.on.inl, s.bits, s.gain, s.on.missing, s.limit);
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
        json_t *o = json_pack("{s:i, s:i, s:f, s:f, s:f, s:f, s:i, s:f, s:f, s:f}", "bits", (int)s->bits, "gain", (int)s->gain, "range_mV", s->range_v * 1e3, "step", s->f.gain,
                                              "inl_lsb", s->f.inl, "dnl_lsb", s->f.dnl, "missing", (int)s->f.missing, "limit_lsb", s->limit, "noise_lsb", s->noise, "not_modelled_lsb", s->f.other);
        if (isfinite(s->load_f))
            json_object_update_new(o, json_pack("{s:f, s:f, s:f, s:i}", "column_fF", s->load_f * 1e15, "column_inl_lsb", s->on.inl, "column_dnl_lsb", s->on.dnl, "column_missing", (int)s->on.missing));
        json_array_append_new(list, o);
    }
    return json_pack("{s:s, s:b, s:f, s:o}", "cell", c->cell, "drawn", c->wires.bits > 0, "input_fF", sar_input(&c->wires) * 1e15, "settings", list);
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
        if (isfinite(s->load_f))
            buf_printf(b, "          its input's wires, %.1f fF, on columns from %.0f fF: INL up to %.2f LSB, DNL %.2f, %u codes missing\n", sar_input(&c->wires) * 1e15, s->load_f * 1e15, s->on.inl,
                       s->on.dnl, s->on.missing);
    }
}
