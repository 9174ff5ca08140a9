/* Operators that move values, reductions over axes, conversions of type. */
#include "mapper/graph.h"

#include <math.h>

void eval_transpose(const Graph *g, const GNode *n, const float *x, float *out)
{
    const GValue *y = &g->values.v[n->out], *v = &g->values.v[n->in[0]];
    int64_t st[G_RANK], sp[G_RANK], none[G_RANK] = {0}, at[G_RANK] = {0}, a = 0, b = 0, step = 1;
    for (int64_t i = (int64_t)v->rank - 1; i >= 0; i--) st[i] = step, step *= v->dim[i];
    for (uint32_t i = 0; i < v->rank; i++) sp[i] = st[n->perm[i]];
    for (int64_t i = 0; i < y->count; i++) {
        out[i] = x[a];
        walk_step(y, at, sp, none, &a, &b);
    }
}

void eval_concat(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    int64_t before, after;
    around_axis(&g->values.v[n->out], n->axis, &before, &after);
    for (int64_t b = 0; b < before; b++)
        for (uint32_t k = 0; k < n->n_in; k++) {
            int64_t part = g->values.v[n->in[k]].dim[n->axis] * after;
            memcpy(out, in[k] + b * part, (size_t)part * sizeof *out);
            out += part;
        }
}

/* Index inside 0…size−1 that position i of a padded dimension shows, −1 for the padding value. */
static int64_t padded(int64_t i, int64_t size, char mode)
{
    if (i >= 0 && i < size) return i;
    if (mode == 'c') return -1;
    if (mode == 'e') return i < 0 ? 0 : size - 1;
    return i < 0 ? -i : 2 * (size - 1) - i;
}

void eval_pad(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *x = &g->values.v[n->in[0]], *y = &g->values.v[n->out];
    const GAttr *m = node_attr(n, "mode"), *v = node_attr(n, "value");
    char mode = m && m->s ? m->s[0] : 'c';
    float fill = in[2] ? in[2][0] : v ? v->f : 0.0f;
    int64_t at[G_RANK] = {0}, none[G_RANK] = {0}, a = 0, b = 0;
    for (int64_t i = 0; i < y->count; i++) {
        int64_t from = 0;
        for (uint32_t d = 0; d < y->rank && from >= 0; d++) {
            int64_t p = padded(at[d] + n->perm[d], x->dim[d], mode);
            from = p < 0 ? -1 : from * x->dim[d] + p;
        }
        out[i] = from < 0 ? fill : in[0][from];
        walk_step(y, at, none, none, &a, &b);
    }
}

void eval_slice(const Graph *g, const GNode *n, const float *x, float *out)
{
    const GValue *v = &g->values.v[n->in[0]], *y = &g->values.v[n->out];
    int64_t st[G_RANK], none[G_RANK] = {0}, at[G_RANK] = {0}, a = 0, b = 0, step = 1;
    for (int64_t i = (int64_t)v->rank - 1; i >= 0; i--) {
        st[i] = step * n->step[i];
        a += step * n->perm[i];
        step *= v->dim[i];
    }
    for (int64_t i = 0; i < y->count; i++) {
        out[i] = x[a];
        walk_step(y, at, st, none, &a, &b);
    }
}

void eval_gather(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *x = &g->values.v[n->in[0]], *ix = &g->values.v[n->in[1]];
    int64_t before, after, size = x->dim[n->axis];
    around_axis(x, n->axis, &before, &after);
    for (int64_t b = 0; b < before; b++)
        for (int64_t i = 0; i < ix->count; i++, out += after) {
            int64_t at = ix->i[i] < 0 ? ix->i[i] + size : ix->i[i];
            memcpy(out, in[0] + (b * size + at) * after, (size_t)after * sizeof *out);
        }
}

/* Nearest binary16 (IEEE 754), ties to even, overflow to infinity. */
static float to_half(float x)
{
    if (isnan(x) || isinf(x) || !(fabsf(x) > 0)) return x;
    int e;
    frexpf(x, &e);
    int32_t last = (e < -13 ? -13 : e) - 11; /* weight of the last bit: 11 bits, subnormal below 2^-14 */
    float q = ldexpf(rintf(ldexpf(x, -last)), last);
    return fabsf(q) > 65504.0f ? copysignf(INFINITY, x) : q;
}

static float to_bfloat(float x)
{
    uint32_t u;
    if (isnan(x)) return x;
    memcpy(&u, &x, 4);
    u = (u + 0x7fff + (u >> 16 & 1)) & 0xffff0000u;
    memcpy(&x, &u, 4);
    return x;
}

/* Towards zero, then the low bits, as C does it on every machine we know; what int64 cannot hold is its limit. */
static float to_int(float x, DataType t)
{
    int64_t v = isnan(x) ? 0 : x >= 9.2e18f ? INT64_MAX : x <= -9.2e18f ? INT64_MIN : (int64_t)x;
    switch (t) {
    case DT_UINT8: return (float)(uint8_t)v;
    case DT_INT8: return (float)(int8_t)(uint8_t)v;
    case DT_INT32: return (float)(int32_t)(uint32_t)v;
    case DT_BOOL: return fabsf(x) > 0 || isnan(x) ? 1.0f : 0.0f;
    default: return (float)v;
    }
}

void eval_cast(const Graph *g, const GNode *n, const float *x, float *out)
{
    const GValue *y = &g->values.v[n->out];
    for (int64_t i = 0; i < y->count; i++)
        switch (y->type) {
        case DT_FLOAT:
        case DT_DOUBLE: out[i] = x[i]; break;
        case DT_FLOAT16: out[i] = to_half(x[i]); break;
        case DT_BFLOAT16: out[i] = to_bfloat(x[i]); break;
        default: out[i] = to_int(x[i], y->type); break;
        }
}

void eval_mean(const Graph *g, const GNode *n, const float *x, float *out)
{
    const GValue *v = &g->values.v[n->in[0]], *y = &g->values.v[n->out];
    int64_t st[G_RANK] = {0}, none[G_RANK] = {0}, at[G_RANK] = {0}, a = 0, b = 0, step = 1;
    for (int64_t i = (int64_t)v->rank - 1; i >= 0; i--)
        if (!(n->over >> i & 1)) st[i] = step, step *= v->dim[i];
    for (int64_t i = 0; i < y->count; i++) out[i] = 0;
    for (int64_t i = 0; i < v->count; i++) {
        out[a] += x[i];
        walk_step(v, at, st, none, &a, &b);
    }
    for (int64_t i = 0; i < y->count; i++) out[i] /= (float)(v->count / y->count);
}

void eval_argmax(const Graph *g, const GNode *n, const float *x, float *out)
{
    const GValue *v = &g->values.v[n->in[0]];
    const GAttr *l = node_attr(n, "select_last_index");
    bool last = l && l->i;
    int64_t before, after, len = v->dim[n->axis];
    around_axis(v, n->axis, &before, &after);
    for (int64_t b = 0; b < before; b++)
        for (int64_t a = 0; a < after; a++) {
            const float *s = x + b * len * after + a;
            int64_t best = 0;
            for (int64_t i = 1; i < len; i++)
                if (s[i * after] > s[best * after] || (last && s[i * after] >= s[best * after])) best = i;
            *out++ = (float)best;
        }
}
