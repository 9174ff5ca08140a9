/*
 * QONNX's quantisers in float, as its operator pages define them: IntQuant v1, BipolarQuant v1, Trunc v1 and v2
 * (github.com/fastmachinelearning/qonnx, docs/qonnx-custom-ops). Clamping comes before rounding there, which only matters for
 * bounds that are not whole; ours are.
 */
#include "mapper/graph.h"

#include <math.h>

static float round_as(float x, Rounding r)
{
    float whole = truncf(x), rest = fabsf(x - whole), away = x < 0 ? whole - 1 : whole + 1;
    switch (r) {
    case ROUND_CEIL: return ceilf(x);
    case ROUND_FLOOR: return floorf(x);
    case ROUND_UP: return rest > 0 ? away : whole;
    case ROUND_DOWN: return whole;
    case ROUND_HALF_UP: return rest >= 0.5f ? away : whole;
    case ROUND_HALF_DOWN: return rest > 0.5f ? away : whole;
    default: return rintf(x);
    }
}

static float clamp(float v, float lo, float hi) { return v < lo ? lo : v > hi ? hi : v; }

void eval_quant(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *y = &g->values.v[n->out];
    int64_t ss[G_RANK], sz[G_RANK], at[G_RANK] = {0}, a = 0, b = 0;
    const GAttr *sg = node_attr(n, "signed");
    Rounding r = quant_rounding(n);
    int32_t lo, hi;
    quant_range(n, (int32_t)in[3][0], &lo, &hi);
    bool sign_only = in[3][0] < 2 && (!sg || sg->i); /* one signed bit is a sign */
    walk_strides(&g->values.v[n->in[1]], y->rank, ss);
    walk_strides(&g->values.v[n->in[2]], y->rank, sz);
    for (int64_t i = 0; i < y->count; i++) {
        float v = in[0][i] / in[1][a] + in[2][b];
        v = sign_only ? (v >= 0 ? 1.0f : -1.0f) : round_as(clamp(v, (float)lo, (float)hi), r);
        out[i] = (v - in[2][b]) * in[1][a];
        walk_step(y, at, ss, sz, &a, &b);
    }
}

void eval_bipolar(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *y = &g->values.v[n->out];
    int64_t ss[G_RANK], none[G_RANK] = {0}, at[G_RANK] = {0}, a = 0, b = 0;
    walk_strides(&g->values.v[n->in[1]], y->rank, ss);
    for (int64_t i = 0; i < y->count; i++) {
        out[i] = in[0][i] >= 0 ? in[1][a] : -in[1][a];
        walk_step(y, at, ss, none, &a, &b);
    }
}

void eval_trunc(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *y = &g->values.v[n->out];
    bool v2 = n->n_in == 6;
    int64_t ss[G_RANK], sz[G_RANK], so[G_RANK] = {0}, none[G_RANK] = {0}, at[G_RANK] = {0}, at_o[G_RANK] = {0}, a = 0, b = 0, o = 0, unused = 0;
    Rounding r = quant_rounding(n);
    int32_t lo = 0, hi = 0;
    if (v2) quant_range(n, (int32_t)in[5][0], &lo, &hi);
    walk_strides(&g->values.v[n->in[1]], y->rank, ss);
    walk_strides(&g->values.v[n->in[2]], y->rank, sz);
    if (v2) walk_strides(&g->values.v[n->in[4]], y->rank, so);
    for (int64_t i = 0; i < y->count; i++) {
        float scale = in[1][a], zp = in[2][b], out_scale = v2 ? in[4][o] : scale, v = rintf(in[0][i] / scale + zp);
        float step = v2 ? exp2f(rintf(log2f(out_scale / scale))) : exp2f(in[3][0] - in[4][0]);
        v = v / step;
        if (v2) v = round_as(clamp(v, (float)lo, (float)hi), r) - zp / step;
        else v = round_as(v, r) - zp;
        out[i] = v * out_scale;
        walk_step(y, at, ss, sz, &a, &b);
        walk_step(y, at_o, so, none, &o, &unused);
    }
}
