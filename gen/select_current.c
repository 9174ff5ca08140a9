/*
 * The current family's part of the selection. Its requirements couple the functions (a line's fall follows from source, step, capacitor
 * and the plan's weights together), and there are few variants: all combinations are judged one by one.
 *
 * A conversion as in cells/circuit_current.c: V = att · Σ w·x · u, u = I·T / C of a line. At the end of the converter's range, reached
 * with all inputs lowered by the gain, one source's mismatch of σ weighs σ / √(7 · rows) of that range.
 */
#include <math.h>
#include <stdlib.h>

#include "cells/timing.h"
#include "gen/model.h"
#include "gen/select_int.h"

enum { SYN, DRV, GEN, END, ADC, BIAS, N_FUNC };
static const char *const functions[N_FUNC] = {"synapse_i", "pulse_driver", "pulse_gen", "col_end_i", "sar_adc_i", "bias_i"};

typedef struct { const CellVariant *v[N_FUNC]; } Combo;

/* A conversion of one layer, as far as the family asks. */
typedef struct {
    double rows, bits, gain, repeats;
    double units;     /* largest sum of weight digits of a column over one chunk */
    double core_rows;
} Chunk;

typedef struct {
    double ratio, have, limit; /* ratio ≤ 1: met */
    const char *what;          /* with two %g: have, limit */
} Check;

typedef struct {
    Check worst;
    double sigma, area, energy;
} Verdict;

/* ---- plan ---------------------------------------------------------------------------------------------- */

static double column_units(const PlanLayer *l, const PlanTile *t, int32_t c, int32_t r0, int32_t r1)
{
    double sum = 0;
    int32_t k = plan_rows(l), per = l->oc / l->groups, o = t->col_o[c];
    for (int32_t r = r0; r < r1 && o >= 0; r++)
        if (t->row_k[r] >= 0 && t->row_k[r] / k == o / per) sum += abs(plan_digit(l->w[(int64_t)o * k + t->row_k[r] % k], t->col_s[c]));
    return sum;
}

/* One entry per layer with weights, in the arena. */
static uint32_t chunks_of(const Plan *p, Arena *a, Chunk **out)
{
    Chunk *ch = arena_array(a, Chunk, p->layers.n + 1);
    uint32_t *at = arena_array(a, uint32_t, p->layers.n + 1), n = 0;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (l->op != PLAN_CONV) continue;
        at[i] = n;
        ch[n++] = (Chunk){.rows = l->rows_per_conv, .bits = l->adc_bits, .gain = l->adc_gain, .repeats = plan_repeats(l)};
    }
    for (uint32_t i = 0; i < p->tiles.n; i++) {
        const PlanTile *t = &p->tiles.v[i];
        const PlanLayer *l = &p->layers.v[t->layer];
        Chunk *c = &ch[at[t->layer]];
        c->core_rows = fmax(c->core_rows, p->cores.v[t->core].rows);
        for (int32_t q = 0; q < t->cols; q++)
            for (int32_t r = 0; r < t->rows; r += l->rows_per_conv)
                c->units = fmax(c->units, column_units(l, t, q, r, r + l->rows_per_conv < t->rows ? r + l->rows_per_conv : t->rows));
    }
    *out = ch;
    return n;
}

/* ---- one combination ---------------------------------------------------------------------------------------- */

static void check(Verdict *v, double have, double limit, const char *what)
{
    double ratio = isnan(have) || isnan(limit) ? INFINITY : have / limit;
    if (ratio > v->worst.ratio) v->worst = (Check){ratio, have, limit, what};
}

static double step_of(const Combo *c) { return c->v[DRV]->param[1]; }

/* Range, noise and mismatch of one layer's conversions. */
static void judge_chunk(const Tech *t, const Combo *c, const Chunk *k, Verdict *v)
{
    const CellData *syn = &c->v[SYN]->data, *drv = &c->v[DRV]->data, *gen = &c->v[GEN]->data, *end = &c->v[END]->data, *adc = &c->v[ADC]->data;
    double T = step_of(c), line = end->c_in + k->core_rows * syn->c_out, u = syn->i_unit * T / line, att = line / (line + adc->c_in);
    double range = 49 * k->rows * u * att / k->gain, codes = ldexp(1, (int)k->bits - 1), lsb = range / codes;
    /* All of it on one line, each input a step longer than it counts, the bias three sigma high: the digital side takes its gain back, the line
     * falls all the same. */
    check(v, 8 * k->units * u * (1 + 3 * c->v[BIAS]->data.mismatch), syn->swing_v, "a line falls by %.3g V at the plan's largest sum of weights, its sources work down to %.3g V");
    check(v, 2 * range, 0.75 * t->vdd, "the converter's range becomes %.3g V, its reference reaches %.3g V");
    double q = syn->q_noise * sqrt(t->pulse_step / T), noise = sqrt(pow(adc->noise_v, 2) + pow(att * end->noise_v, 2) + 8 * k->units * pow(u * att * q, 2)) / sqrt(k->repeats);
    double mismatch = codes * sqrt(pow(syn->mismatch, 2) / (7 * k->rows) + pow(drv->mismatch * k->gain / 7, 2) / k->rows);
    double bent = codes * (syn->residual_v / (2 * CELLS_V_FALL * 49 / 56) + k->gain * (fabs(syn->startup_left_s) / T + gen->inl_lsb + drv->inl_lsb) / 7);
    double sigma = sqrt(pow(noise / lsb, 2) + mismatch * mismatch + bent * bent);
    v->sigma = fmax(v->sigma, sigma);
    double part = fmax(noise / lsb, fmax(mismatch, bent));
    check(v, sigma, SELECT_SIGMA,
          part == mismatch ? "mismatch and noise make %.3g LSB at the end of the range, mostly mismatch of the sources; limit %.3g LSB"
          : part == bent   ? "mismatch and noise make %.3g LSB at the end of the range, mostly nonlinearity of sources and pulses; limit %.3g LSB"
                           : "mismatch and noise make %.3g LSB at the end of the range, mostly noise; limit %.3g LSB");
    check(v, end->residual_v * att / lsb, 0.5, "the lines droop by %.3g LSB during a conversion, limit %.3g LSB");
    double c_take = line * adc->c_in / (line + adc->c_in);
    check(v, select_unsettled(end->r_ohm * c_take, CELLS_T_TAKE), 0.5 / codes, "the converter takes the lines' voltage with an error of %.3g, limit %.3g");
    check(v, select_unsettled(end->tau_s, CELLS_T_PRE), 0.5 / codes, "the precharge leaves %.3g of a line's fall, limit %.3g");
    /* Alike at all inputs but 0. */
    double clock = cells_t_clk((int)k->gain) - CELLS_T_CLK_LOW, decide = k->gain >= 4 ? adc->tau4_s : k->gain >= 2 ? adc->tau_s : 0;
    check(v, decide * 1e9, clock * 1e9, "the comparator takes %.3g ns to decide, its clock gives %.3g ns");
}

/* Time from one pair of conversions to the next: current family over charge family. */
static double slower(const Tech *t, const Need *n, const Combo *c)
{
    double convert = n->bits * cells_t_clk(n->gain_min), T = step_of(c);
    double current = CELLS_T_PRE + 9 * T + t->pulse_rest + 2 * (CELLS_T_START + CELLS_T_TAKE + convert);
    double charge = CELLS_T_SAMPLE + CELLS_T_GAP + CELLS_T_EVAL + 2 * (CELLS_T_START + CELLS_T_SELECT + convert);
    return current / charge;
}

static double known(double x) { return isnan(x) ? 0 : x; }

static void costs(const Tech *t, const Need *n, const Combo *c, Verdict *v)
{
    const double count[N_FUNC] = {(double)n->rows * n->cols, n->rows, 1, n->cols, (n->cols + 1) / 2, 1};
    /* As the other family counts: one firing per row of a chunk. */
    const double times[N_FUNC] = {n->macs, n->macs / n->cols, n->conversions / n->cols, n->conversions, n->conversions, 0};
    for (int f = 0; f < N_FUNC; f++) {
        const CellVariant *x = c->v[f];
        double energy = known(x->data.energy_j);
        if (f == SYN) energy *= step_of(c) / t->pulse_step; /* measured with the technology's step: lines are drawn for as long as pulses last */
        v->area += x->area * count[f];
        v->energy += energy * times[f] + known(x->data.leak_w) * count[f] * n->cores * n->latency_s;
    }
}

/* Do they belong together at all? */
static bool fits(const Plan *p, const Need *n, const Combo *c)
{
    const CellVariant *s = c->v[SYN], *b = c->v[BIAS];
    return lrint(s->param[3]) == p->arch.mag_bits && lrint(c->v[ADC]->param[0]) == n->bits && c->v[GEN]->param[1] == step_of(c) &&
           b->param[1] == s->param[1] && b->param[2] == s->param[2] && b->param[3] == s->param[0];
}

static Verdict judge(const Design *d, const Need *n, const Combo *c, const Chunk *ch, uint32_t n_ch)
{
    Verdict v = {.worst = {0, 0, 1, ""}};
    for (uint32_t i = 0; i < n_ch; i++) judge_chunk(&d->tech, c, &ch[i], &v);
    if (d->plan.arch.sample_rate_hz > 0)
        check(&v, n->latency_s * fmax(1, slower(&d->tech, n, c)) * 1e3, 1e3 / d->plan.arch.sample_rate_hz, "an inference takes %.3g ms, the plan has %.3g ms");
    costs(&d->tech, n, c, &v);
    return v;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

typedef struct {
    Design *d;
    const Need *n;
    const Chunk *ch;
    uint32_t n_ch;
    double area, energy;    /* units of cost */
    Combo best, other[N_FUNC];
    Verdict of_best, of_other[N_FUNC];
    bool any;
} Search;

/* Admissible before not, then cheap, or near to admissible. */
static bool better(const Search *s, const Verdict *a, const Verdict *b)
{
    bool oka = a->worst.ratio <= 1, okb = b->worst.ratio <= 1;
    if (oka != okb) return oka;
    if (!oka) return a->worst.ratio < b->worst.ratio;
    return a->area / s->area + a->energy / s->energy < b->area / s->area + b->energy / s->energy;
}

/* All combinations from function f on. pass 0: the best; pass 1: for each function the best that has another variant of it. */
static void walk(Search *s, Combo *c, int f, int pass)
{
    if (f < N_FUNC) {
        for (uint32_t i = 0; i < s->d->lib.v.n; i++) {
            c->v[f] = &s->d->lib.v.v[i];
            if (str_eq(c->v[f]->function, functions[f])) walk(s, c, f + 1, pass);
        }
        return;
    }
    if (!fits(&s->d->plan, s->n, c)) return;
    Verdict v = judge(s->d, s->n, c, s->ch, s->n_ch);
    if (pass == 0) {
        if (!s->any || better(s, &v, &s->of_best)) s->best = *c, s->of_best = v;
        s->any = true;
        return;
    }
    for (int k = 0; k < N_FUNC; k++)
        if (c->v[k] != s->best.v[k] && (!s->other[k].v[k] || better(s, &v, &s->of_other[k]))) s->other[k] = *c, s->of_other[k] = v;
}

static const char *said(Design *d, const Check *c)
{
    /* The formats are those of judge(). */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return c->ratio <= 1 ? NULL : arena_printf(&d->arena, c->what, c->have, c->limit);
#pragma GCC diagnostic pop
}

bool select_current(Design *d, const Need *n, double area, double energy, FamilyFigure *out, SelectRows *rows)
{
    Search s = {.d = d, .n = n, .area = area, .energy = energy};
    Arena a = {0};
    Chunk *ch;
    s.n_ch = chunks_of(&d->plan, &a, &ch);
    s.ch = ch;
    Combo c;
    walk(&s, &c, 0, 0);
    if (s.any) walk(&s, &c, 0, 1);
    arena_free(&a);
    if (!s.any) return false;
    out->judged = true;
    out->area = s.of_best.area;
    out->energy = s.of_best.energy;
    out->why = said(d, &s.of_best.worst);
    out->margin = 1 - s.of_best.worst.ratio;
    out->sigma_lsb = s.of_best.sigma;
    out->latency_s = n->latency_s * fmax(1, slower(&d->tech, n, &s.best));
    for (int f = 0; f < N_FUNC; f++) {
        d->current[f] = s.best.v[f];
        const CellVariant *v = s.best.v[f], *o = s.other[f].v[f];
        const Verdict *ov = &s.of_other[f];
        const char *why = o ? said(d, &ov->worst) : "no other variant";
        SelectFigure fig = {functions[f], v->variant, o ? o->variant : "", why ? why : "costs more area and energy", out->margin,
                            s.of_best.area / s.area + s.of_best.energy / s.energy, o ? ov->area / s.area + ov->energy / s.energy : 0, NULL, NULL, 0};
        arr_push(rows, fig);
    }
    return true;
}

/* Sum of weights of a column over rows r0 … r1 of a tile, and of weights times the synapses of line below them. */
static double line_moment(const PlanLayer *l, const PlanTile *t, int32_t c, int32_t r0, int32_t r1, int32_t first)
{
    double sum = 0;
    for (int32_t r = r0; r < r1; r++) sum += column_units(l, t, c, r, r + 1) * (first + r + 0.5);
    return sum;
}

Status lines_figure(const Design *d, LineFigure *out)
{
    BehaveModel m;
    TRY(model_of_current(d, &m));
    const CellData *syn = &d->choice.synapse->data, *end = &d->choice.col_end->data;
    double depth = 0, step = d->choice.row_driver->param[1], i = syn->i_unit, worst = 0;
    for (uint32_t k = 0; k < d->plan.cores.n; k++) depth = fmax(depth, d->plan.cores.v[k].rows);
    *out = (LineFigure){.wire_f = line_wire(d), .wire_ohm = d->extract.col_r, .without_f = end->c_in + depth * syn->c_out, .swing_v = syn->swing_v};
    out->line_f = out->without_f + depth * out->wire_f;
    double fall = 8 * i * step / out->line_f * (1 + 3 * d->choice.bias->data.mismatch);
    for (uint32_t k = 0; k < d->plan.tiles.n; k++) {
        const PlanTile *t = &d->plan.tiles.v[k];
        const PlanLayer *l = &d->plan.layers.v[t->layer];
        for (int32_t q = 0; q < t->cols; q++)
            for (int32_t r = 0, to; r < t->rows; r = to) {
                to = r + l->rows_per_conv < t->rows ? r + l->rows_per_conv : t->rows;
                double f = column_units(l, t, q, r, to) * fall, drop = line_moment(l, t, q, r, to, t->row0) * i * out->wire_ohm;
                if (f + drop > worst) worst = f + drop, out->fall_v = f, out->drop_v = drop;
            }
    }
    /* Slowest mode of a line that is open at its far end and held by the integrating capacitor at the other. */
    out->tau_s = 4 / (M_PI * M_PI) * depth * out->wire_ohm * depth * (syn->c_out + out->wire_f);
    out->rest = select_unsettled(out->tau_s, CELLS_T_TAKE);
    return ST_OK;
}
