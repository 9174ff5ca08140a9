/* What others ask of the behavioural simulator beside its runs: a layer's LSB and charge gain, what rows see at a position, how many answers are right. */
#include "verify/behave.h"

#include <math.h>

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
