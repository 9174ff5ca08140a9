/* Digital operations of the behavioural simulator: requantisation, pooling, sums and joins of tensors. */
#include "verify/behave_ops.h"

#include <math.h>

/* t / 2^shift, rounded down; t holds half a unit, so a t without remainder was a tie, which goes to the even number. */
static int64_t shifted(int64_t t, int32_t shift)
{
    int64_t v = t >> shift;
    return shift > 0 && t == v * ((int64_t)1 << shift) && v % 2 != 0 ? v - 1 : v;
}

int32_t ops_requant(int64_t acc, int64_t mul, int64_t add, int32_t shift, int32_t zp, int32_t lo, int32_t hi)
{
    int64_t v = shifted(acc * mul + add, shift) + zp;
    return (int32_t)(v < lo ? lo : v > hi ? hi : v);
}

void ops_pool(const Plan *p, int32_t *const *tensor, const PlanLayer *l)
{
    const PlanTensor *ti = &p->tensors.v[l->in[0]], *to = &p->tensors.v[l->out];
    const int32_t *x = tensor[l->in[0]];
    int32_t *y = tensor[l->out];
    for (int32_t c = 0; c < to->c; c++)
        for (int32_t oy = 0; oy < to->h; oy++)
            for (int32_t ox = 0; ox < to->w; ox++) {
                int64_t sum = 0;
                int32_t max = INT32_MIN;
                for (int32_t ky = 0; ky < l->kh; ky++)
                    for (int32_t kx = 0; kx < l->kw; kx++) {
                        int32_t iy = oy * l->sh - l->pt + ky * l->dh, ix = ox * l->sw - l->pl + kx * l->dw;
                        if (iy < 0 || iy >= ti->h || ix < 0 || ix >= ti->w) continue;
                        int32_t v = x[((int64_t)(l->c0 + c) * ti->h + iy) * ti->w + ix];
                        sum += v - ti->zp;
                        if (v > max) max = v;
                    }
                y[((int64_t)c * to->h + oy) * to->w + ox] =
                    l->op == PLAN_MAXPOOL ? max : ops_requant(sum, l->mul[c], l->add[c], l->shift, to->zp, l->lo, l->hi);
            }
}

void ops_add(const Plan *p, int32_t *const *tensor, const PlanLayer *l)
{
    const PlanTensor *a = &p->tensors.v[l->in[0]], *b = &p->tensors.v[l->in[1]], *to = &p->tensors.v[l->out];
    int64_t n = (int64_t)to->c * to->h * to->w;
    for (int64_t i = 0; i < n; i++) {
        int64_t v = (int64_t)(tensor[l->in[0]][i] - a->zp) * l->mul[0] +
                    (int64_t)(tensor[l->in[1]][i] - b->zp) * l->mul[1] + l->add[0];
        v = shifted(v, l->shift) + to->zp;
        tensor[l->out][i] = (int32_t)(v < l->lo ? l->lo : v > l->hi ? l->hi : v);
    }
}

void ops_concat(const Plan *p, int32_t *const *tensor, const PlanLayer *l)
{
    const PlanTensor *to = &p->tensors.v[l->out];
    int32_t *y = tensor[l->out];
    for (int k = 0; k < 2; k++) {
        const PlanTensor *ti = &p->tensors.v[l->in[k]];
        for (int64_t i = 0; i < (int64_t)ti->c * ti->h * ti->w; i++) *y++ = ops_requant(tensor[l->in[k]][i] - ti->zp, l->mul[k], l->add[0], l->shift, to->zp, l->lo, l->hi);
    }
}

void ops_input(const Plan *p, const Npy *x, uint32_t sample, int32_t *q)
{
    const PlanTensor *t = &p->tensors.v[p->input];
    int64_t n = (int64_t)t->c * t->h * t->w;
    for (int64_t i = 0; i < n; i++) {
        /* float arithmetic, as the ONNX operator has it: x / scale rounds once in single precision */
        float v = rintf((float)npy_get(x, sample * n + i) / (float)t->scale) + (float)t->zp;
        q[i] = v < (float)t->lo ? t->lo : v > (float)t->hi ? t->hi : (int32_t)v;
    }
}
