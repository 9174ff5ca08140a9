/*
 * Digits filled: weights and inputs of convolutions in whole digits of their own instead of the network's codes. An 8-bit code uses 0…3 of its top
 * digit's 0…7, so half of what the crossbar could tell apart is lost to the converter's LSB and noise; in a digit less, filled, it is rounded once
 * more, and a third of the conversions is saved. The changed scales go into the multipliers before and behind.
 */
#include "mapper/map.h"

#include <math.h>
#include <stdlib.h>

#define CUT_LEAST 0.6  /* of a channel's largest weight: what is above saturates */
#define CUT_STEP 0.05

void fill_roots(const Plan *p, uint32_t *root)
{
    for (uint32_t t = 0; t < p->tensors.n; t++) root[t] = t;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (l->op == PLAN_MAXPOOL || l->op == PLAN_FLATTEN) root[l->out] = root[l->in[0]];
    }
}

bool fill_fixed(const Plan *p, const uint32_t *root, uint32_t tensor)
{
    bool fixed = root[p->output] == tensor;
    for (uint32_t i = 0; i < p->layers.n; i++) fixed |= p->layers.v[i].op == PLAN_TABLE && root[p->layers.v[i].in[0]] == tensor;
    return fixed;
}

double fill_reach(const PlanTensor *t) { return fmax(fabs((double)t->hi - t->zp), fabs((double)t->lo - t->zp)); }

static int32_t fitted(double v, double factor, int32_t full)
{
    double q = rint(v * factor);
    return q > full ? full : q < -full ? -full : (int32_t)q;
}

/* Factor for weights that do not fit: the largest need not, where the others gain more (least squares). */
static double rounding_factor(const int16_t *w, int32_t n, int32_t most, double limit, int32_t full)
{
    double best = 0, least = 0;
    for (int32_t i = 0; 1 - i * CUT_STEP >= CUT_LEAST - 1e-9; i++) {
        double k = fmin(full / ((1 - i * CUT_STEP) * most), limit), err = 0;
        for (int32_t j = 0; j < n; j++) {
            double e = fitted(w[j], k, full) / k - w[j];
            err += e * e;
        }
        if (!(best > 0) || err < least) best = k, least = err;
    }
    return best;
}

void fill_weights(const PlanArch *a, const PlanLayer *l, int32_t slices, double reach, bool round, int16_t *w, double *factor)
{
    int32_t rows = plan_rows(l), full = (1 << 3 * slices) - 1;
    for (int32_t o = 0; o < l->oc; o++) {
        const int16_t *from = l->w + (int64_t)o * rows;
        int32_t most = 1;
        double sum = 1;
        for (int32_t i = 0; i < rows; i++) {
            most = abs(from[i]) > most ? abs(from[i]) : most;
            sum += abs(from[i]) * reach;
        }
        double limit = ldexp(1, a->sum_bits - 2) / sum, k = fmin(floor((double)full / most), floor(limit));
        if (k < 1) k = round ? rounding_factor(from, rows, most, limit, full) : 1;
        for (int32_t i = 0; i < rows; i++) w[(int64_t)o * rows + i] = (int16_t)fitted(from[i], k, full);
        factor[o] = k;
    }
}

void fill_patch(const int32_t *x, int64_t n, double unit, int32_t levels, int32_t *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = fitted(x[i], 1 / unit, levels);
}

/* ---- the plan in its new integers ------------------------------------------------------------- */

static int32_t new_code(const PlanTensor *t, const FillTensor *f, int32_t code) { return fitted(code - t->zp, 1 / f->unit, f->levels); }

/* A table whose output has other units; its input has the old ones (fill_fixed). */
static void retabulate(Plan *p, PlanLayer *l, const FillTensor *f)
{
    const PlanTensor *out = &p->tensors.v[l->out];
    int32_t n = plan_table(&p->tensors.v[l->in[0]]), *e = arena_array(&p->arena, int32_t, (size_t)n);
    for (int32_t k = 0; k < n; k++) e[k] = new_code(out, f, l->table[k]);
    l->table = e;
}

/* Factors, addends and clamp of a layer whose input, output or weights have other units. factor: of the weights, or NULL. */
static void rescale(Plan *p, PlanLayer *l, const FillTensor *f, const double *factor)
{
    const FillTensor *in[2] = {&f[l->in[0]], plan_two_inputs(l) ? &f[l->in[1]] : &f[l->in[0]]}, *out = &f[l->out];
    uint32_t n = l->op == PLAN_CONV ? (uint32_t)l->oc : l->op == PLAN_AVGPOOL ? (uint32_t)p->tensors.v[l->in[0]].c : plan_two_inputs(l) ? 2 : 0, n_add = plan_two_inputs(l) ? 1 : n;
    if (!factor && !in[0]->levels && !in[1]->levels && !out->levels) return;
    assert(l->op != PLAN_TABLE || !in[0]->levels);
    double of = out->levels ? out->unit : 1, *m = arena_array(&p->arena, double, n), *k = arena_array(&p->arena, double, n_add);
    for (uint32_t i = 0; i < n; i++) {
        const FillTensor *x = in[plan_two_inputs(l) ? i : 0];
        m[i] = ldexp(l->mul[i], -l->shift) * (x->levels ? x->unit : 1) / (factor ? factor[i] : 1) / of;
    }
    int64_t half = l->shift > 0 ? (int64_t)1 << (l->shift - 1) : 0;
    for (uint32_t i = 0; i < n_add; i++) k[i] = ldexp((double)(l->add[i] - half), -l->shift) / of;
    if (n) fuse_requant(&p->arena, m, k, n, n_add, &l->mul, &l->add, &l->shift);
    if (l->op == PLAN_TABLE && out->levels) retabulate(p, l, out);
    if (l->op == PLAN_CONV) l->bias = fuse_bias(&p->arena, m, k, n);
    if (!out->levels) return;
    const PlanTensor *t = &p->tensors.v[l->out];
    l->lo = new_code(t, out, l->lo);
    l->hi = new_code(t, out, l->hi);
}

void fill_apply(Plan *p, const int32_t *slices, const FillTensor *f)
{
    for (uint32_t i = 0; i < p->layers.n; i++) {
        PlanLayer *l = &p->layers.v[i];
        double *factor = NULL;
        if (l->op == PLAN_CONV && slices[i]) {
            const FillTensor *x = &f[l->in[0]];
            int16_t *w = arena_array(&p->arena, int16_t, (size_t)l->oc * (size_t)plan_rows(l));
            factor = arena_array(&p->arena, double, (size_t)l->oc);
            fill_weights(&p->arch, l, slices[i], x->levels ? x->levels : fill_reach(&p->tensors.v[l->in[0]]), true, w, factor);
            l->w = w;
        }
        rescale(p, l, f, factor);
    }
    for (uint32_t i = 0; i < p->tensors.n; i++) {
        PlanTensor *t = &p->tensors.v[i];
        if (!f[i].levels) continue;
        int32_t lo = new_code(t, &f[i], t->lo), hi = new_code(t, &f[i], t->hi);
        t->network_scale = t->scale;
        t->lo = lo, t->hi = hi, t->zp = 0;
        t->scale *= f[i].unit;
    }
}
