/* What others ask of the behavioural simulator beside its runs: a layer's LSB and charge gain, what rows see at a position, how many answers are right. */
#include "verify/behave.h"

#include <math.h>

#include "cells/timing.h"

double behave_lsb_v(const PlanLayer *l, const BehaveModel *m)
{
    double full = m->unit_v > 0 ? 49.0 * l->rows_per_conv * m->unit_v : 7.0 * m->step_v;
    return 2.0 * full / ((double)l->adc_gain * ldexp(1.0, l->adc_bits));
}

double behave_gain(const BehaveModel *m, const PlanLayer *l, const PlanCore *core)
{
    double c = 7.0 * m->unit_cap_f * l->rows_per_conv;
    int32_t b = core->block_rows, joined = (l->rows_per_conv + b - 1) / b, all = (core->rows + b - 1) / b;
    return c / (c + m->par_column_f + m->par_row_f * core->rows + m->par_far_f * all + m->par_block_f * joined +
                m->par_local_f * l->rows_per_conv);
}

double behave_load(const BehaveModel *m, const PlanLayer *l, const PlanCore *core)
{
    if (m->unit_v > 0) return m->array.bits ? sar_input(&m->array) : INFINITY;
    return core && m->unit_cap_f > 0 ? 7 * m->unit_cap_f * l->rows_per_conv / behave_gain(m, l, core) : INFINITY;
}

double behave_droop(const BehaveModel *m, const PlanLayer *l, const PlanCore *core, double v)
{
    double idle = fmax(0, floor((double)(core->rows - l->rows_per_conv) / core->block_rows)), full = 7 * m->step_v;
    double i1 = m->end1_a + idle * m->block1_a, i2 = m->end2_a + idle * m->block2_a, i4 = m->end4_a + idle * m->block4_a;
    if (!(i4 > 0) || !(i2 > i4) || !(i1 > i2)) return 0;
    bool one = l->adc_gain < 2;
    double per_volt = one ? log(i1 / i2) / (full / 2) : log(i2 / i4) / (full / 4), end = full / l->adc_gain, i = l->adc_gain >= 4 ? i4 : one ? i1 : i2;
    double time = CELLS_T_EVAL + 2 * (CELLS_T_START + CELLS_T_SELECT + l->adc_bits * cells_t_clk((int)l->adc_gain));
    double farad = 7 * m->unit_cap_f * l->rows_per_conv / behave_gain(m, l, core);
    return i * exp((fmin(fabs(v), end) - end) * per_volt) * time / farad;
}

void behave_patch(const Plan *p, const PlanLayer *l, const int32_t *x, int32_t oy, int32_t ox, int32_t *v)
{
    const PlanTensor *ti = &p->tensors.v[l->in[0]];
    int32_t patch = l->groups * plan_rows(l);
    for (int32_t k = 0; k < patch; k++) {
        int32_t kx = k % l->kw, ky = k / l->kw % l->kh, c = k / (l->kw * l->kh);
        int32_t iy = oy * l->sh - l->pt + ky * l->dh, ix = ox * l->sw - l->pl + kx * l->dw;
        bool inside = iy >= 0 && iy < ti->h && ix >= 0 && ix < ti->w;
        v[k] = inside ? x[((int64_t)c * ti->h + iy) * ti->w + ix] - ti->zp : 0;
    }
}

/* Quantile of the normal distribution by bisection on erfc: slow, exact enough for a float, and done once. */
static float normal_quantile(double p)
{
    double lo = -6, hi = 6;
    for (int i = 0; i < 40; i++) {
        double mid = 0.5 * (lo + hi);
        if (0.5 * erfc(-mid / sqrt(2)) < p) lo = mid;
        else hi = mid;
    }
    return (float)(0.5 * (lo + hi));
}

float *behave_quantiles(Arena *a)
{
    enum { N = 65536 };
    float *q = arena_array(a, float, N);
    for (int i = 0; i < N / 2; i++) {
        q[i] = normal_quantile((i + 0.5) / N);
        q[N - 1 - i] = -q[i];
    }
    return q;
}

void behave_free(BehaveResult *r)
{
    mem_free(r->y);
    memset(r, 0, sizeof *r);
}

uint32_t behave_correct(const double *y, uint32_t n, uint32_t classes, const Npy *labels)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t best = 0;
        for (uint32_t k = 1; k < classes; k++)
            if (y[(size_t)i * classes + k] > y[(size_t)i * classes + best]) best = k;
        right += (double)best == npy_get(labels, i);
    }
    return right;
}
