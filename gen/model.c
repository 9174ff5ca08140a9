/* The behavioural model from cells and extraction; one table lists its numbers for the report and for reading it back. */
#include "gen/model.h"

#include <jansson.h>
#include <math.h>

#include "cells/timing.h"
#include "route/extract.h"

typedef struct {
    const char *name;
    size_t at;
} Row;

#define AT(f) {#f, offsetof(BehaveModel, f)}
#define OF_ARRAY(f) {"array_" #f "_f", offsetof(BehaveModel, array.f)}
#define OF_INPUT(f) {"input_" #f "_f", offsetof(BehaveModel, array.in.f)}
static const Row rows[] = {AT(unit_cap_f), AT(par_local_f), AT(par_block_f), AT(par_row_f), AT(par_far_f),
                           AT(par_column_f), AT(par_xp_f), AT(par_xn_f), AT(par_xs_f), AT(par_bit0_f), AT(par_bit1_f), AT(par_bit2_f), AT(settle_near), AT(settle_far), AT(cap_mismatch), AT(adc_offset_sigma_v), AT(adc_noise_v),
                           AT(column_noise_v), AT(step_v), AT(adc_gain_err), AT(adc_cap_mismatch),
                           AT(end1_a), AT(end2_a), AT(end4_a), AT(block1_a), AT(block2_a), AT(block4_a),
                           OF_ARRAY(last), OF_ARRAY(held), OF_ARRAY(other), OF_INPUT(last), OF_INPUT(held), OF_INPUT(other), OF_INPUT(top), AT(logic_v)};

/* By crossbar; by bit. */
static const struct {
    Row row;
    size_t n;
} lists[] = {{AT(ref_drop), BEHAVE_REFS}, {AT(ref_near), BEHAVE_REFS}, {AT(ref_far), BEHAVE_REFS},
             {OF_ARRAY(bottom), ARRAY_BITS}, {OF_ARRAY(code), ARRAY_BITS}, {OF_ARRAY(trial), ARRAY_BITS}, {OF_ARRAY(kept), ARRAY_BITS},
             {OF_INPUT(bottom), ARRAY_BITS}, {OF_INPUT(code), ARRAY_BITS}, {OF_INPUT(trial), ARRAY_BITS}, {OF_INPUT(kept), ARRAY_BITS}};
#define ARRAY_BITS_KEY "array_bits" /* 0: the converter was not drawn */

struct json_t *model_json(const BehaveModel *m)
{
    json_t *j = json_object();
    for (size_t i = 0; i < COUNTOF(rows); i++)
        json_object_set_new(j, rows[i].name, json_real(*(const double *)((const char *)m + rows[i].at)));
    for (size_t k = 0; k < COUNTOF(lists); k++) {
        json_t *ref = json_array();
        for (size_t i = 0; i < lists[k].n; i++) json_array_append_new(ref, json_real(((const double *)((const char *)m + lists[k].row.at))[i]));
        json_object_set_new(j, lists[k].row.name, ref);
    }
    json_object_set_new(j, ARRAY_BITS_KEY, json_integer((json_int_t)m->array.bits));
    return j;
}

Status model_read(const char *path, BehaveModel *out)
{
    Buf b;
    TRY(io_read(path, (size_t)64 << 20, &b));
    json_error_t e;
    json_t *root = json_loadb(b.s, b.n, 0, &e);
    buf_free(&b);
    if (!root) return msg_error(ST_INPUT, "MDL-0002", (Loc){path, e.line, e.column}, "not JSON: %s", e.text);
    *out = (BehaveModel){.adc = true, .parasitics = true, .mismatch = true, .noise = true};
    const json_t *m = json_object_get(root, "model");
    Status st = ST_OK;
    for (size_t i = 0; i < COUNTOF(rows) && st == ST_OK; i++) {
        const json_t *v = json_object_get(m, rows[i].name);
        if (!json_is_number(v)) st = msg_error(ST_INPUT, "MDL-0002", (Loc){path, 0, 0}, "no number model.%s: not a report of a verified design", rows[i].name);
        else *(double *)((char *)out + rows[i].at) = json_number_value(v);
    }
    for (size_t k = 0; k < COUNTOF(lists) && st == ST_OK; k++)
        for (size_t i = 0; i < lists[k].n && st == ST_OK; i++) {
            const json_t *v = json_array_get(json_object_get(m, lists[k].row.name), i);
            if (!json_is_number(v)) st = msg_error(ST_INPUT, "MDL-0002", (Loc){path, 0, 0}, "no list of %zu numbers model.%s: not a report of a verified design", lists[k].n, lists[k].row.name);
            else ((double *)((char *)out + lists[k].row.at))[i] = json_number_value(v);
        }
    const json_t *bits = json_object_get(m, ARRAY_BITS_KEY);
    if (st == ST_OK && !(json_is_integer(bits) && json_integer_value(bits) >= 0 && json_integer_value(bits) <= ARRAY_BITS))
        st = msg_error(ST_INPUT, "MDL-0002", (Loc){path, 0, 0}, "no whole number model." ARRAY_BITS_KEY " from 0 to %d: not a report of a verified design", ARRAY_BITS);
    else if (st == ST_OK) out->array.bits = (uint32_t)json_integer_value(bits);
    json_decref(root);
    return st;
}

/* A figure that characterisation must have given. */
static Status need(const CellVariant *v, const char *what, double value, double *out)
{
    *out = value;
    if (isnan(value))
        return msg_error(ST_INPUT, "MDL-0001", (Loc){0}, "%s %s has no %s: run `apugen characterize %s`", v->function, v->variant, what,
                         v->function);
    return ST_OK;
}

bool model_noise(const Tech *t, double out[17])
{
    Arena a = {0};
    CellLibrary lib = {0};
    double column = 0;
    bool any = false;
    for (int b = 0; b <= 16; b++) out[b] = 0;
    bool have = io_exists(io_join(&a, t->dir, "cells.xml")) && cells_library_read(t, &lib) == ST_OK;
    arena_free(&a);
    for (uint32_t i = 0; i < lib.v.n; i++)
        if (str_eq(lib.v.v[i].function, "col_end") && lib.v.v[i].data.noise_v > column) column = lib.v.v[i].data.noise_v;
    for (uint32_t i = 0; i < lib.v.n; i++) {
        const CellVariant *v = &lib.v.v[i];
        if (!str_eq(v->function, "sar_adc") || !(v->data.noise_v >= 0)) continue;
        int32_t bits = (int32_t)lrint(v->param[0]);
        double n = sqrt(pow(v->data.noise_v, 2) + column * column) / (14.0 * t->ladder_step) * ldexp(1.0, bits);
        if (out[bits] == 0 || n < out[bits]) out[bits] = n;
        any = true;
    }
    if (have) cells_library_free(&lib);
    return any;
}

double model_column_wire(const Tech *t, double length)
{
    enum { METAL = 6 };
    const TechLayer *m = tech_metal(t, METAL), *lo = tech_metal(t, METAL - 1), *hi = tech_metal(t, METAL + 1);
    if (!m || !lo || m->thickness <= 0) return 0;
    WireSection g = {m->width * t->dbu_m, m->thickness, INFINITY, INFINITY, m->height - lo->height - lo->thickness, hi ? hi->height - m->height - m->thickness : INFINITY, t->eps_r};
    WireCap c = extract_wire_cap(&g);
    return length * (c.below + c.above + c.left + c.right);
}

static void largest(double *at, double v)
{
    if (v > *at) *at = v;
}

MapColumn model_column(const Tech *t)
{
    enum { BLOCK = 16 }; /* rows between two switches */
    Arena a = {0};
    CellLibrary lib = {0};
    MapColumn out = {0};
    double sw = 0, end = 0, mux = 0, adc = 0, unit = INFINITY;
    CellChoice choice = {0};
    CellPitch pitch = {0};
    bool have = io_exists(io_join(&a, t->dir, "cells.xml")) && cells_library_read(t, &lib) == ST_OK;
    arena_free(&a);
    for (uint32_t i = 0; i < lib.v.n; i++) {
        const CellVariant *v = &lib.v.v[i];
        const struct {
            const char *function;
            const CellVariant **slot;
        } slots[] = {{"synapse", &choice.synapse}, {"row_driver", &choice.row_driver}, {"block_switch", &choice.block_switch}, {"col_end", &choice.col_end}, {"sar_adc", &choice.sar_adc}, {"ladder", &choice.ladder}};
        for (size_t k = 0; k < COUNTOF(slots); k++)
            if (str_eq(v->function, slots[k].function) && !*slots[k].slot) *slots[k].slot = v;
        if (str_eq(v->function, "synapse")) unit = fmin(unit, v->param[0]);
        if (str_eq(v->function, "block_switch")) largest(&sw, v->data.c_out);
        if (str_eq(v->function, "col_end")) largest(&end, v->data.c_in), largest(&mux, v->data.c_out);
        if (str_eq(v->function, "sar_adc")) largest(&adc, v->data.c_in);
    }
    bool all = choice.synapse && choice.row_driver && choice.block_switch && choice.col_end && choice.sar_adc && choice.ladder;
    if (all && isfinite(unit) && unit > 0 && cells_pitch(t, &choice, &pitch) == ST_OK) {
        double wire = model_column_wire(t, pitch.py * t->dbu_m), row = 7 * unit;
        out = (MapColumn){.fixed = (end + mux + adc) / row, .per_row = (wire + sw / BLOCK) / row, .per_joined = (wire + sw / BLOCK) / row};
    }
    if (have) cells_library_free(&lib);
    return out;
}

static double or_none(double f) { return isnan(f) ? 0 : f; }

double model_input_wires(const Design *d) { return d->converter.wires.bits ? sar_input(&d->converter.wires) : or_none(d->choice.sar_adc->data.c_wires); }

double line_wire(const Design *d) { return d->synapse_wires.drawn ? d->synapse_wires.line : d->extract.col_c; }

double line_unit(const Design *d, double depth)
{
    double line = d->current[3]->data.c_in + depth * (d->current[0]->data.c_out + line_wire(d));
    return d->current[0]->data.i_unit * d->current[1]->param[1] / (line + d->current[4]->data.c_in);
}

/* What sources do to their bias and to lines that fall, once wires are known. */
static Status lines_of(const Design *d, double line, LinesModel *out)
{
    const CellVariant *syn = d->current[0], *bias = d->current[5];
    double gain;
    *out = (LinesModel){0};
    if (!(line_wire(d) > 0)) return ST_OK;
    TRY(need(syn, "gain", syn->data.gain, &gain));
    TRY(need(syn, "i-unit", syn->data.i_unit, &out->unit_a));
    TRY(need(syn, "c-bias", syn->data.c_bias, &out->bias_f));
    TRY(need(syn, "swing", syn->data.swing_v, &out->swing_v[0]));
    TRY(need(syn, "swing10", syn->data.swing10_v, &out->swing_v[1]));
    TRY(need(syn, "swing50", syn->data.swing50_v, &out->swing_v[2]));
    TRY(need(bias, "r", bias->data.r_ohm, &out->foot_ohm));
    /* The measured gain is of a column whose bias is left to itself, against the current as wanted. VB comes up the drivers on a wire of least width. */
    const TechLayer *m4 = tech_metal(&d->tech, 4);
    CellPitch pitch;
    TRY(cells_synapse_pitch(&d->tech, syn, &pitch));
    out->pull = gain * syn->param[0] / out->unit_a - 1;
    out->step_s = d->current[1]->param[1], out->rest_s = d->tech.pulse_rest;
    out->bias_ohm = m4->r_sheet * pitch.py / m4->width;
    out->wire_ohm = d->extract.col_r;
    out->fall_v = out->unit_a * out->step_s / line;
    return ST_OK;
}

Status model_of_current(const Design *d, BehaveModel *m)
{
    const CellVariant *syn = d->current[0], *drv = d->current[1], *end = d->current[3], *adc = d->current[4];
    double depth = 0, units = 0, i_unit, c_syn, c_end, c_adc, q, end_noise, gain;
    *m = (BehaveModel){.adc = true, .parasitics = true, .mismatch = true, .noise = true, .unit_cap_f = 1, .settle_near = 1, .settle_far = 1};
    TRY(need(syn, "i-unit", syn->data.i_unit, &i_unit));
    TRY(need(syn, "c_out", syn->data.c_out, &c_syn));
    TRY(need(syn, "mismatch", syn->data.mismatch, &m->cap_mismatch));
    TRY(need(syn, "q-noise", syn->data.q_noise, &q));
    TRY(need(end, "c_in", end->data.c_in, &c_end));
    TRY(need(end, "noise", end->data.noise_v, &end_noise));
    TRY(need(adc, "c_in", adc->data.c_in, &c_adc));
    TRY(need(adc, "noise", adc->data.noise_v, &m->adc_noise_v));
    TRY(need(adc, "offset sigma", adc->data.offset_sigma_v, &m->adc_offset_sigma_v));
    TRY(need(adc, "gain", adc->data.gain, &gain));
    TRY(need(adc, "mismatch", adc->data.mismatch, &m->adc_cap_mismatch));
    for (uint32_t i = 0; i < d->plan.cores.n; i++) depth = fmax(depth, d->plan.cores.v[i].rows);
    for (uint32_t i = 0; i < d->plan.layers.n; i++)
        if (d->plan.layers.v[i].op == PLAN_CONV) units = fmax(units, 7.0 * d->plan.layers.v[i].rows_per_conv);
    double line = c_end + depth * (c_syn + line_wire(d)), att = line / (line + c_adc), step = drv->param[1];
    m->unit_v = line_unit(d, depth);
    /* The sources' own noise: no more than all weights at their largest make. */
    m->column_noise_v = sqrt(pow(att * end_noise, 2) + 8 * units * pow(m->unit_v * q * sqrt(d->tech.pulse_step / step), 2));
    TRY(lines_of(d, line, &m->line));
    m->adc_gain_err = gain - 1;
    m->array = d->converter.wires;
    m->logic_v = d->tech.vdd;
    return ST_OK;
}

void model_load(const Design *d, BehaveModel *m)
{
    const CellChoice *c = &d->choice;
    const CellData *end = &c->col_end->data, *adc = &c->sar_adc->data;
    double sw_c = c->block_switch->data.c_out;
    /* Joined rows bring their local column wire, joined blocks the near side of their closed switch. Per column: the wire along all rows and switch
     * rows, the far side of every switch, reset and multiplexer, the open multiplexer of the column that shares the converter, and
     * the converter's input. */
    const CellPitch *pitch = &d->types.v[0].cells.pitch;
    m->unit_cap_f = c->synapse->param[0];
    m->par_block_f = sw_c;
    m->par_row_f = d->extract.gcol_c;
    m->par_far_f = sw_c + d->extract.gcol_c * pitch->switch_h / pitch->py;
    m->par_column_f = end->c_in + end->c_out + adc->c_in - or_none(adc->c_wires) + model_input_wires(d);
    /* The synapse as drawn. What its wires couple is a load as well; that the crossbar's extraction takes them for ground counts them twice,
     * which is 3 % of the column and trimmed. */
    const SynapseWires *w = &d->synapse_wires;
    m->par_xp_f = w->xp, m->par_xn_f = w->xn, m->par_xs_f = w->xs;
    m->par_bit0_f = w->bit[0], m->par_bit1_f = w->bit[1], m->par_bit2_f = w->bit[2];
    m->par_local_f = d->extract.col_c + w->xp + w->xn + w->xs + w->bit[0] + w->bit[1] + w->bit[2];
}

Status model_of(const Design *d, BehaveModel *m)
{
    const CellChoice *c = &d->choice;
    *m = (BehaveModel){.adc = true, .parasitics = true, .mismatch = true, .noise = true};
    double known, drv_tau, end_noise, syn_mis, syn_c, adc_gain;
    TRY(need(c->block_switch, "c_out", c->block_switch->data.c_out, &known));
    TRY(need(c->col_end, "c_in", c->col_end->data.c_in, &known));
    TRY(need(c->col_end, "c_out", c->col_end->data.c_out, &known));
    TRY(need(c->sar_adc, "c_in", c->sar_adc->data.c_in, &known));
    TRY(need(c->row_driver, "tau", c->row_driver->data.tau_s, &drv_tau));
    TRY(need(c->sar_adc, "noise", c->sar_adc->data.noise_v, &m->adc_noise_v));
    TRY(need(c->sar_adc, "offset sigma", c->sar_adc->data.offset_sigma_v, &m->adc_offset_sigma_v));
    TRY(need(c->sar_adc, "gain", c->sar_adc->data.gain, &adc_gain));
    TRY(need(c->sar_adc, "mismatch", c->sar_adc->data.mismatch, &m->adc_cap_mismatch));
    TRY(need(c->col_end, "noise", c->col_end->data.noise_v, &end_noise));
    TRY(need(c->synapse, "mismatch", c->synapse->data.mismatch, &syn_mis));
    TRY(need(c->synapse, "c_in", c->synapse->data.c_in, &syn_c));
    int32_t cols = 0;
    for (uint32_t i = 0; i < d->plan.cores.n; i++)
        if (d->plan.cores.v[i].cols > cols) cols = d->plan.cores.v[i].cols;
    m->adc_gain_err = adc_gain - 1.0;
    m->array = d->converter.wires;
    m->logic_v = d->tech.vdd;
    model_load(d, m);
    m->step_v = d->tech.ladder_step;
    m->cap_mismatch = syn_mis;
    m->column_noise_v = end_noise;
    /* The driver settles its row: nearest column by itself, the last one behind the wire's distributed RC (half of R·C, with
     * the synapses' inputs on it). Its time constant was measured with 64 synapses. */
    double wire = 0.5 * d->extract.row_r * cols * (d->extract.row_c + syn_c) * cols, near = drv_tau * cols / 64.0;
    m->settle_near = 1.0 - exp(-CELLS_T_SAMPLE / near);
    m->settle_far = 1.0 - exp(-CELLS_T_SAMPLE / (near + wire));
    const CellData *e = &c->col_end->data, *b = &c->block_switch->data;
    if (e->i_hold4 > 0 && b->i_hold4 > 0) {
        m->end1_a = e->i_hold1, m->end2_a = e->i_hold2, m->end4_a = e->i_hold4;
        m->block1_a = b->i_hold1, m->block2_a = b->i_hold2, m->block4_a = b->i_hold4;
    }
    /* What a threshold lacks at the worst bit as a loss of the whole range, half of which lies on either side of the middle. */
    for (uint32_t k = 0; d->vref_drop && d->ref_line && k < d->n_apus && k < BEHAVE_REFS; k++) {
        m->ref_drop[k] = d->vref_drop[k];
        m->ref_near[k] = 2 * d->ref_line[k].near;
        m->ref_far[k] = 2 * d->ref_line[k].far;
    }
    return ST_OK;
}

Status model_at(const Design *d, const CellCorner *c, BehaveModel *m)
{
    CellVariant v[6];
    Design there = *d;
    const CellVariant **of[] = {&there.choice.synapse, &there.choice.row_driver, &there.choice.block_switch, &there.choice.col_end, &there.choice.sar_adc, &there.choice.ladder};
    for (size_t i = 0; i < COUNTOF(of); i++) {
        v[i] = cells_at_corner(*of[i], c);
        *of[i] = &v[i];
    }
    there.tech.ladder_step *= c->vdd / d->tech.vdd;
    there.tech.vdd = c->vdd;
    TRY(model_of(&there, m));
    const CellData *adc = cells_corner_data(c, d->choice.sar_adc);
    if (!adc || isnan(adc->noise_v)) m->adc_noise_v *= sqrt((273.15 + c->temp_c) / (273.15 + d->tech.temp_c));
    return ST_OK;
}
