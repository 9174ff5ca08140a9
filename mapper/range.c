/*
 * Ranges of activations from sample inputs: one histogram of magnitudes per value; the scale is where clipping and rounding
 * errors together are least (Sung, Shin, Hwang 2015: L2-optimal clipping).
 */
#include "mapper/map.h"

#include <float.h>
#include <math.h>

#define BINS 1024
#define SAMPLES_MAX 64

typedef struct {
    float top, low;   /* largest magnitude, smallest value */
    bool endless;     /* a value is infinite or not a number */
    uint32_t *bin;    /* [BINS] of |x| / top, zeros not counted */
} Range;

struct Ranges {
    Range *v;         /* [values] */
    uint32_t n;
};

static void note_top(Range *r, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        float m = fabsf(x[i]);
        if (!(m <= FLT_MAX)) r->endless = true;
        if (m > r->top) r->top = m;
        if (x[i] < r->low) r->low = x[i];
    }
}

static void note_bins(Range *r, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n && r->top > 0; i++) {
        int32_t b = (int32_t)(fabsf(x[i]) / r->top * BINS);
        if (fabsf(x[i]) > 0) r->bin[b < BINS ? b : BINS - 1]++;
    }
}

static void each_value(const Graph *g, const Exec *e, Ranges *r, void (*note)(Range *, const float *, int64_t))
{
    for (uint32_t v = 0; v < g->values.n; v++)
        if (!g->values.v[v].f && exec_value(e, v)) note(&r->v[v], exec_value(e, v), g->values.v[v].count);
}

static Status check_finite(const Graph *g, const Ranges *r)
{
    for (uint32_t v = 0; v < r->n; v++)
        if (r->v[v].endless) return msg_error(ST_INPUT, "MAP-0025", graph_loc(g), "tensor '%s' is infinite or not a number for an input it was tried with", g->values.v[v].name);
    return ST_OK;
}

Status ranges_make(const Graph *g, const Npy *calib, Ranges **out)
{
    int64_t nx = g->values.v[g->input].count, runs = calib ? calib->count / nx : SAMPLES_MAX;
    *out = NULL;
    if (calib && (calib->count % nx || !runs)) return msg_error(ST_INPUT, "WKL-0001", graph_loc(g), "calibration inputs do not fit the network's input (%lld values)", (long long)nx);
    if (!calib) msg_warn("MAP-0002", graph_loc(g), "ranges of activations come from made-up inputs; give calibration inputs for a plan worth trusting");
    Ranges *r = mem_alloc(sizeof *r);
    r->n = g->values.n;
    r->v = mem_calloc(r->n, sizeof *r->v);
    Exec *e = exec_make(g, true);
    float *x = mem_calloc((size_t)nx, sizeof *x);
    int64_t used = runs < SAMPLES_MAX ? runs : SAMPLES_MAX;
    Status st = ST_OK;
    for (int32_t pass = 0; pass < 2 && st == ST_OK; pass++) {
        for (uint32_t v = 0; v < r->n && pass; v++)
            if (!g->values.v[v].f) r->v[v].bin = mem_calloc(BINS, sizeof(uint32_t));
        for (int64_t s = 0; s < used; s++) {
            Rng rng = rng_make(1, (uint64_t)s);
            int64_t from = s * runs / used; /* spread over the set, which may be sorted by class */
            for (int64_t i = 0; i < nx; i++) x[i] = calib ? (float)npy_get(calib, from * nx + i) : (float)rng_normal(&rng);
            exec_run(e, x);
            each_value(g, e, r, pass ? note_bins : note_top);
        }
        st = check_finite(g, r);
    }
    mem_free(x);
    exec_free(e);
    if (st == ST_OK) *out = r;
    else ranges_free(r);
    return st;
}

double ranges_scale(const Ranges *r, uint32_t value, int32_t levels, bool *negative)
{
    const Range *v = &r->v[value];
    double best = -1, best_err = 0;
    *negative = v->low < 0;
    if (!(v->top > 0)) return 1.0 / levels;
    for (int32_t cut = BINS / 8; cut <= BINS; cut += BINS / 64) {
        double clip = (double)cut / BINS, step = clip / levels, err = 0;
        for (int32_t b = 0; b < BINS; b++) {
            double x = (b + 0.5) / BINS, over = x - clip;
            err += v->bin[b] * (over > 0 ? over * over : step * step / 12);
        }
        if (best < 0 || err < best_err) best = clip, best_err = err;
    }
    return best * (double)v->top / levels;
}

void ranges_free(Ranges *r)
{
    if (!r) return;
    for (uint32_t v = 0; v < r->n; v++) mem_free(r->v[v].bin);
    mem_free(r->v);
    mem_free(r);
}
