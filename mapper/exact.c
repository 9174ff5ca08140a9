/*
 * Integer inference of the plan, bit-true: the reference that converted sums, VHDL and silicon are judged by.
 * Convolutions are 16-bit dot products over patches, contiguous in k, which compilers turn into multiply-add pairs; sums are
 * exact, so their order is free.
 */
#include "mapper/map.h"

#include <math.h>
#include <stdlib.h>

#define KPAD 16 /* patches are padded with zeros to whole vectors */

typedef struct {
    int16_t *w;      /* [oc][kp] */
    int64_t k, kp;
} Packed;

struct Exact {
    const Plan *p;
    Packed *packed;  /* [layers] */
    int32_t **q;     /* [tensors] */
    int16_t *xz, *patch;
    int32_t *acc;
};

/* acc [oc][pixels] = w [oc][kp] · patch [pixels][kp]; kp a multiple of 16. */
static inline __attribute__((always_inline)) void dots_body(const int16_t *restrict w, const int16_t *restrict patch, int64_t oc,
                                                            int64_t pixels, int64_t kp, int32_t *restrict acc)
{
    for (int64_t o = 0; o < oc; o++)
        for (int64_t p = 0; p < pixels; p++) {
            const int16_t *a = w + o * kp, *b = patch + p * kp;
            int32_t sum = 0;
            for (int64_t k = 0; k < (kp & -KPAD); k++) sum += (int32_t)a[k] * (int32_t)b[k]; /* the mask tells: no remainder */
            acc[o * pixels + p] = sum;
        }
}

typedef void DotsFn(const int16_t *, const int16_t *, int64_t, int64_t, int64_t, int32_t *);
VECTORISE static void dots_any(const int16_t *w, const int16_t *patch, int64_t oc, int64_t pixels, int64_t kp, int32_t *acc)
{
    dots_body(w, patch, oc, pixels, kp, acc);
}
#if defined(__x86_64__)
VECTORISE __attribute__((target("avx2"))) static void dots_avx2(const int16_t *w, const int16_t *patch, int64_t oc, int64_t pixels, int64_t kp, int32_t *acc)
{
    dots_body(w, patch, oc, pixels, kp, acc);
}
static DotsFn *dots_pick(void) { return __builtin_cpu_supports("avx2") ? dots_avx2 : dots_any; }
#else
static DotsFn *dots_pick(void) { return dots_any; }
#endif

static int64_t tensor_count(const PlanTensor *t) { return (int64_t)t->c * t->h * t->w; }

static void pack_weights(const PlanLayer *l, Packed *out)
{
    out->k = plan_rows(l);
    out->kp = (out->k + KPAD - 1) / KPAD * KPAD;
    out->w = mem_calloc((size_t)(out->kp * l->oc), sizeof *out->w);
    for (int64_t o = 0; o < l->oc; o++) memcpy(out->w + o * out->kp, l->w + o * out->k, (size_t)out->k * sizeof *out->w);
}

Exact *exact_make(const Plan *p)
{
    Exact *e = mem_alloc(sizeof *e);
    int64_t in = 1, patch = 1, acc = 1;
    e->p = p;
    e->packed = mem_calloc(p->layers.n, sizeof *e->packed);
    e->q = mem_calloc(p->tensors.n, sizeof *e->q);
    for (uint32_t i = 0; i < p->tensors.n; i++) e->q[i] = mem_calloc((size_t)tensor_count(&p->tensors.v[i]), sizeof **e->q);
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        int64_t nx = tensor_count(&p->tensors.v[l->in[0]]), ny = tensor_count(&p->tensors.v[l->out]);
        acc = ny > acc ? ny : acc;
        if (l->op != PLAN_CONV) continue;
        pack_weights(l, &e->packed[i]);
        in = nx > in ? nx : in;
        patch = ny / l->oc * e->packed[i].kp > patch ? ny / l->oc * e->packed[i].kp : patch;
    }
    e->xz = mem_calloc((size_t)in, sizeof *e->xz);
    e->patch = mem_calloc((size_t)patch, sizeof *e->patch);
    e->acc = mem_calloc((size_t)acc, sizeof *e->acc);
    return e;
}

void exact_free(Exact *e)
{
    for (uint32_t i = 0; i < e->p->layers.n; i++) mem_free(e->packed[i].w);
    for (uint32_t i = 0; i < e->p->tensors.n; i++) mem_free(e->q[i]);
    mem_free(e->packed);
    mem_free(e->q);
    mem_free(e->xz);
    mem_free(e->patch);
    mem_free(e->acc);
    mem_free(e);
}

const int32_t *exact_tensor(const Exact *e, uint32_t tensor) { return e->q[tensor]; }

/* Patches of one group: patch [pixels][kp], padding 0. x [icg][h][w] holds x − zp. */
static void make_patches(const PlanLayer *l, const PlanTensor *in, const PlanTensor *out, const int16_t *x, int64_t kp, int16_t *restrict patch)
{
    int64_t k = plan_rows(l), side = (int64_t)in->h * in->w;
    for (int32_t oy = 0; oy < out->h; oy++)
        for (int32_t ox = 0; ox < out->w; ox++, patch += kp) {
            int16_t *d = patch;
            for (int32_t c = 0; c < l->icg; c++)
                for (int32_t ky = 0; ky < l->kh; ky++) {
                    int32_t y = oy * l->sh - l->pt + ky * l->dh, x0 = ox * l->sw - l->pl;
                    const int16_t *row = x + c * side + (int64_t)y * in->w;
                    for (int32_t kx = 0; kx < l->kw; kx++) {
                        int32_t xx = x0 + kx * l->dw;
                        *d++ = y >= 0 && y < in->h && xx >= 0 && xx < in->w ? row[xx] : 0;
                    }
                }
            for (int64_t i = k; i < kp; i++) *d++ = 0;
        }
}

/* One channel per group: a tap at a time over whole rows. */
VECTORISE static void depthwise(const PlanLayer *l, const PlanTensor *in, const PlanTensor *out, const int16_t *x, const int16_t *w, int32_t *restrict acc)
{
    memset(acc, 0, (size_t)out->h * (size_t)out->w * sizeof *acc);
    for (int32_t ky = 0; ky < l->kh; ky++)
        for (int32_t kx = 0; kx < l->kw; kx++) {
            int32_t wv = w[ky * l->kw + kx], off = kx * l->dw - l->pl;
            int32_t lo = off < 0 ? (-off + l->sw - 1) / l->sw : 0, hi = in->w > off ? (in->w - 1 - off) / l->sw + 1 : 0;
            if (hi > out->w) hi = out->w;
            for (int32_t oy = 0; oy < out->h; oy++) {
                int32_t y = oy * l->sh - l->pt + ky * l->dh;
                if (y < 0 || y >= in->h) continue;
                const int16_t *src = x + (int64_t)y * in->w + off;
                int32_t *dst = acc + (int64_t)oy * out->w;
                if (l->sw == 1)
                    for (int32_t ox = lo; ox < hi; ox++) dst[ox] += wv * src[ox];
                else
                    for (int32_t ox = lo; ox < hi; ox++) dst[ox] += wv * src[ox * l->sw];
            }
        }
}

/* A tie goes to the even number: half is inside add, so nothing is left below the shift then. */
static int32_t requant(int64_t acc, int32_t mul, int64_t add, const PlanLayer *l, int32_t zp)
{
    int64_t t = acc * mul + add, v = t >> l->shift, below = ((int64_t)1 << l->shift) - 1;
    int64_t q = v - (below != 0 && (t & below) == 0 && (v & 1)) + zp;
    return q < l->lo ? l->lo : q > l->hi ? l->hi : (int32_t)q;
}

static void run_conv(Exact *e, const PlanLayer *l, const Packed *pk)
{
    const PlanTensor *in = &e->p->tensors.v[l->in[0]], *out = &e->p->tensors.v[l->out];
    int64_t nx = tensor_count(in), pixels = (int64_t)out->h * out->w;
    int32_t ocg = l->oc / l->groups;
    const int32_t *x = e->q[l->in[0]];
    for (int64_t i = 0; i < nx; i++) e->xz[i] = (int16_t)(x[i] - in->zp);
    for (int32_t g = 0; g < l->groups; g++) {
        const int16_t *src = e->xz + (int64_t)g * l->icg * in->h * in->w;
        int32_t *acc = e->acc + (int64_t)g * ocg * pixels;
        if (l->icg == 1 && ocg == 1) {
            depthwise(l, in, out, src, l->w + (int64_t)g * pk->k, acc);
            continue;
        }
        make_patches(l, in, out, src, pk->kp, e->patch);
        dots_pick()(pk->w + (int64_t)g * ocg * pk->kp, e->patch, ocg, pixels, pk->kp, acc);
    }
    const PlanLayer own = *l; /* a copy no store can change: keeps the loop's constants in registers */
    for (int32_t o = 0; o < own.oc; o++) {
        const int32_t mul = own.mul[o], *acc = e->acc + o * pixels, zp = out->zp;
        int32_t *restrict q = e->q[own.out] + o * pixels;
        int64_t add = own.add[o];
        for (int64_t i = 0; i < pixels; i++) q[i] = requant(acc[i], mul, add, &own, zp);
    }
}

static void run_pool(Exact *e, const PlanLayer *l)
{
    const PlanTensor *in = &e->p->tensors.v[l->in[0]], *out = &e->p->tensors.v[l->out];
    int32_t *dst = e->q[l->out];
    bool max = l->op == PLAN_MAXPOOL;
    for (int32_t c = 0; c < out->c; c++) {
        const int32_t *x = e->q[l->in[0]] + (int64_t)(l->c0 + c) * in->h * in->w;
        for (int32_t oy = 0; oy < out->h; oy++)
            for (int32_t ox = 0; ox < out->w; ox++) {
                int64_t v = max ? in->lo : 0;
                for (int32_t ky = 0; ky < l->kh; ky++)
                    for (int32_t kx = 0; kx < l->kw; kx++) {
                        int32_t y = oy * l->sh - l->pt + ky * l->dh, xx = ox * l->sw - l->pl + kx * l->dw;
                        if (y < 0 || y >= in->h || xx < 0 || xx >= in->w) continue;
                        int32_t t = x[(int64_t)y * in->w + xx];
                        v = !max ? v + t - in->zp : t > v ? t : v;
                    }
                *dst++ = max ? (int32_t)v : requant(v, l->mul[c], l->add[c], l, out->zp);
            }
    }
}

static void run_add(Exact *e, const PlanLayer *l)
{
    const PlanTensor *a = &e->p->tensors.v[l->in[0]], *b = &e->p->tensors.v[l->in[1]], *out = &e->p->tensors.v[l->out];
    int64_t n = tensor_count(out);
    for (int64_t i = 0; i < n; i++) {
        int64_t acc = (int64_t)(e->q[l->in[0]][i] - a->zp) * l->mul[0] + (int64_t)(e->q[l->in[1]][i] - b->zp) * l->mul[1];
        e->q[l->out][i] = requant(acc, 1, l->add[0], l, out->zp);
    }
}

static void run_concat(Exact *e, const PlanLayer *l)
{
    int64_t at = 0;
    for (int k = 0; k < 2; k++) {
        const PlanTensor *in = &e->p->tensors.v[l->in[k]];
        for (int64_t i = 0; i < tensor_count(in); i++, at++) e->q[l->out][at] = requant(e->q[l->in[k]][i] - in->zp, l->mul[k], l->add[0], l, e->p->tensors.v[l->out].zp);
    }
}

void exact_run(Exact *e, const int32_t *input)
{
    const Plan *p = e->p;
    memcpy(e->q[p->input], input, (size_t)tensor_count(&p->tensors.v[p->input]) * sizeof *input);
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        switch (l->op) {
        case PLAN_CONV: run_conv(e, l, &e->packed[i]); break;
        case PLAN_AVGPOOL:
        case PLAN_MAXPOOL: run_pool(e, l); break;
        case PLAN_ADD: run_add(e, l); break;
        case PLAN_CONCAT: run_concat(e, l); break;
        case PLAN_TABLE:
            for (int64_t k = 0; k < tensor_count(&p->tensors.v[l->out]); k++) e->q[l->out][k] = l->table[e->q[l->in[0]][k] - p->tensors.v[l->in[0]].lo];
            break;
        case PLAN_FLATTEN: memcpy(e->q[l->out], e->q[l->in[0]], (size_t)tensor_count(&p->tensors.v[l->out]) * sizeof **e->q); break;
        }
    }
}

void plan_quantise_input(const Plan *p, const Npy *x, int64_t sample, int32_t *q)
{
    const PlanTensor *t = &p->tensors.v[p->input];
    int64_t n = tensor_count(t);
    /* Divided in float, as QuantizeLinear does: a double would round other values at ties. */
    float scale = (float)t->scale;
    for (int64_t i = 0; i < n; i++) {
        float v = rintf((float)npy_get(x, sample * n + i) / scale) + (float)t->zp;
        q[i] = !(v > (float)t->lo) ? t->lo : v > (float)t->hi ? t->hi : (int32_t)v;
    }
}

typedef struct {
    const Plan *p;
    const Npy *x;
    float *y;
    int64_t samples;
    uint32_t shares;
} Job;

static Status exact_share(void *ctx, uint32_t i)
{
    const Job *j = ctx;
    const PlanTensor *in = &j->p->tensors.v[j->p->input], *out = &j->p->tensors.v[j->p->output];
    int64_t from = j->samples * i / j->shares, to = j->samples * (i + 1) / j->shares, ny = tensor_count(out);
    Exact *e = exact_make(j->p);
    int32_t *q = mem_calloc((size_t)tensor_count(in), sizeof *q);
    for (int64_t s = from; s < to; s++) {
        plan_quantise_input(j->p, j->x, s, q);
        exact_run(e, q);
        const int32_t *r = exact_tensor(e, j->p->output);
        for (int64_t k = 0; k < ny; k++) j->y[s * ny + k] = (float)(out->scale * (double)(r[k] - out->zp));
    }
    mem_free(q);
    exact_free(e);
    return ST_OK;
}

Status plan_infer_exact(const Plan *p, const Npy *x, uint32_t threads, float **y)
{
    int64_t nx = tensor_count(&p->tensors.v[p->input]), ny = tensor_count(&p->tensors.v[p->output]);
    *y = NULL;
    if (x->count % nx) return msg_error(ST_INPUT, "WKL-0001", (Loc){0}, "the workload's %lld values are not a multiple of the network's input (%lld)", (long long)x->count, (long long)nx);
    Job j = {p, x, NULL, x->count / nx, threads ? threads : 1};
    j.y = mem_calloc((size_t)(j.samples * ny), sizeof *j.y);
    Status st = par_for(j.shares, j.shares, exact_share, &j);
    if (st == ST_OK) *y = j.y;
    else mem_free(j.y);
    return st;
}

void plan_compare(const Graph *g, const Plan *p, const Npy *x, int64_t samples, int64_t *worst)
{
    int64_t nx = tensor_count(&p->tensors.v[p->input]);
    Exact *e = exact_make(p);
    Exec *f = exec_make(g, true);
    int32_t *q = mem_calloc((size_t)nx, sizeof *q);
    float *in = mem_calloc((size_t)nx, sizeof *in);
    for (uint32_t t = 0; t < p->tensors.n; t++) worst[t] = -1;
    for (int64_t s = 0; s < samples; s++) {
        plan_quantise_input(p, x, s, q);
        exact_run(e, q);
        for (int64_t i = 0; i < nx; i++) in[i] = (float)npy_get(x, s * nx + i);
        exec_run(f, in);
        for (uint32_t t = 0; t < p->tensors.n; t++) {
            const PlanTensor *pt = &p->tensors.v[t];
            NameId id = names_find(&g->names, pt->name);
            uint32_t v = id.i ? g->by_name.v[id.i - 1] : G_NONE;
            const float *y = v == G_NONE ? NULL : exec_value(f, v);
            if (!y || g->values.v[v].count != tensor_count(pt)) continue;
            for (int64_t i = 0; i < tensor_count(pt); i++) {
                double want = rint((double)y[i] / pt->scale) + pt->zp;
                want = want < pt->lo ? pt->lo : want > pt->hi ? pt->hi : want;
                int64_t d = llabs((int64_t)want - exact_tensor(e, t)[i]);
                worst[t] = d > worst[t] ? d : worst[t];
            }
        }
    }
    mem_free(in);
    mem_free(q);
    exec_free(f);
    exact_free(e);
}

double plan_requant_bound(const Plan *p, const PlanLayer *l)
{
    const PlanTensor *in = &p->tensors.v[l->in[0]];
    double reach = fmax(fabs((double)in->hi - in->zp), fabs((double)in->lo - in->zp)), acc = 0;
    if (l->op == PLAN_AVGPOOL) acc = reach * l->kh * l->kw;
    if (l->op == PLAN_CONCAT) acc = fmax(reach, fmax(fabs((double)p->tensors.v[l->in[1]].hi - p->tensors.v[l->in[1]].zp), fabs((double)p->tensors.v[l->in[1]].lo - p->tensors.v[l->in[1]].zp)));
    if (l->op == PLAN_ADD) {
        const PlanTensor *b = &p->tensors.v[l->in[1]];
        acc = reach + fmax(fabs((double)b->hi - b->zp), fabs((double)b->lo - b->zp));
    }
    for (int32_t o = 0; l->op == PLAN_CONV && o < l->oc; o++) {
        double sum = 0;
        for (int32_t k = 0; k < plan_rows(l); k++) sum += abs(l->w[(int64_t)o * plan_rows(l) + k]) * reach;
        acc = fmax(acc, sum);
    }
    return (acc + 1) * ldexp(1, -l->shift - 1);
}
