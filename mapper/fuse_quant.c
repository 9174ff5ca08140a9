/*
 * Quantisers of computed values: what gives a pending layer its scale, and QONNX's Trunc and BipolarQuant, whose rounding is that of the chip with another
 * addend.
 */
#include "mapper/map.h"

#include <float.h>
#include <math.h>

#define BAD(id, ...) return fuse_error(f, n, id, __VA_ARGS__)

static const GValue *value(const Fuse *f, uint32_t v) { return &f->g->values.v[v]; }

bool fuse_is_padded(const Fuse *f, uint32_t v) { return f->pad[v].t || f->pad[v].l || f->pad[v].b || f->pad[v].r; }

static Status quantise(Fuse *f, const GNode *n, double scale, int32_t zp, int32_t lo, int32_t hi, QKind kind)
{
    QVal *q = &f->q[n->in[0]];
    uint32_t t;
    if (q->kind == Q_NONE && n->in[0] == f->input) {
        Nchw s = value_nchw(value(f, n->in[0]));
        t = fuse_tensor(f, value(f, f->g->input)->name, (int32_t)s.c, (int32_t)s.h, (int32_t)s.w, scale, zp, lo, hi, G_NONE);
        f->p->input = t;
        *q = (QVal){Q_TENSOR, t};
    } else if (q->kind == Q_TENSOR) {
        PlanTensor in = f->p->tensors.v[q->i];
        t = q->i;
        bool same = fabs(in.scale - scale) < 1e-9 * scale && in.zp == zp && in.lo >= lo && in.hi <= hi;
        if (!same) {
            if (fuse_is_padded(f, n->in[0])) BAD("MAP-0022", "changes the scale of a padded tensor; quantise it alike before and behind the Pad");
            TRY(fuse_finish(f, fuse_identity(f, n, t), scale, zp, lo, hi, &t));
        }
    } else if (q->kind == Q_PENDING) {
        TRY(fuse_finish(f, &f->pending.v[q->i], scale, zp, lo, hi, &t));
        *q = (QVal){Q_TENSOR, t};
    } else if (q->kind == Q_TABLE) {
        t = fuse_tabulate(f, q->i, value(f, n->in[0])->name, scale, zp, lo, hi);
        *q = (QVal){Q_TENSOR, t};
    } else {
        BAD("MAP-0010", "its input has no integer form");
    }
    f->q[n->out] = (QVal){kind, t};
    f->pad[n->out] = f->pad[n->in[0]];
    return ST_OK;
}

Status fuse_quantize(Fuse *f, const GNode *n)
{
    const GValue *s = value(f, n->in[1]), *z = n->in[2] == G_NONE ? NULL : value(f, n->in[2]);
    bool u8 = !z || z->type == DT_UINT8;
    if (s->count != 1) BAD("MAP-0018", "activations with a scale per channel have no integer form");
    return quantise(f, n, (double)s->f[0], z ? (int32_t)z->f[0] : 0, u8 ? 0 : -128, u8 ? 255 : 127, Q_CODES);
}

Status fuse_dequantize(Fuse *f, const GNode *n)
{
    const GValue *s = value(f, n->in[1]), *z = n->in[2] == G_NONE ? NULL : value(f, n->in[2]);
    QVal q = f->q[n->in[0]];
    int32_t zp = z ? (int32_t)z->f[0] : 0;
    if (s->count != 1) BAD("MAP-0018", "activations with a scale per channel have no integer form");
    if (q.kind == Q_NONE && n->in[0] == f->input)
        BAD("MAP-0021", "the network takes integers; give it a real input with a QuantizeLinear behind it");
    if (q.kind != Q_CODES) {
        BAD("MAP-0010", "its input has no integer form");
    }
    const PlanTensor *t = &f->p->tensors.v[q.i];
    if (fabs(t->scale - (double)s->f[0]) > 1e-6 * t->scale || t->zp != zp) BAD("MAP-0018", "scale or zero point is not that of the QuantizeLinear before it");
    f->q[n->out] = (QVal){Q_TENSOR, q.i};
    f->pad[n->out] = f->pad[n->in[0]];
    return ST_OK;
}

Status fuse_quant(Fuse *f, const GNode *n)
{
    const GValue *s = value(f, n->in[1]), *z = value(f, n->in[2]);
    int32_t lo, hi, bits = (int32_t)value(f, n->in[3])->f[0];
    quant_range(n, bits, &lo, &hi);
    if (s->count != 1 || z->count != 1) BAD("MAP-0018", "activations with a scale per channel have no integer form");
    if (quant_rounding(n) != ROUND_EVEN) BAD("MAP-0023", "the chip rounds computed values to the nearest; other rounding modes are for constants");
    if (bits < 2 && lo < 0 && !(fabsf(z->f[0]) > 0)) return fuse_bipolar(f, n);
    if (bits < 2 && lo < 0) BAD("MAP-0023", "a sign has no zero point; this one's is %g", (double)z->f[0]);
    if (z->f[0] < rintf(z->f[0]) || z->f[0] > rintf(z->f[0])) BAD("MAP-0023", "zero point %g is not whole", (double)z->f[0]);
    return quantise(f, n, (double)s->f[0], (int32_t)z->f[0], lo, hi, Q_TENSOR);
}

/* ---- Trunc and BipolarQuant ------------------------------------------------------------------- */

/* The sums whose integers n rounds in its own way; they stand for its output from now on. */
static Status take_sums(Fuse *f, const GNode *n, Pending **out)
{
    QVal q = f->q[n->in[0]];
    if (q.kind == Q_TENSOR) {
        *out = fuse_identity(f, n, q.i);
        return ST_OK;
    }
    if (q.kind != Q_PENDING) BAD("MAP-0023", "rounds what has no integers yet; quantise it before");
    if (value(f, n->in[0])->uses != 1) BAD("MAP-0023", "its input is also used without it; quantise it before");
    f->q[n->out] = q;
    *out = &f->pending.v[q.i];
    (*out)->value = n->out;
    return ST_OK;
}

static uint32_t addends(const Pending *d) { return plan_two_inputs(&d->l) ? 1 : d->n; }

static bool whole(double v) { return fabs(v - rint(v)) <= 1e-6 * fmax(1, fabs(v)); }

/* Is every result of the layer a whole multiple of the scale? */
static bool multiples_of(const Pending *d, double scale)
{
    bool all = true;
    for (uint32_t i = 0; i < d->n; i++) all = all && whole(d->a[i] / scale);
    for (uint32_t i = 0; i < addends(d); i++) all = all && whole(d->b[i] / scale);
    return all;
}

static double round_to(double v, Rounding r) { return r == ROUND_FLOOR ? floor(v + 1e-9) : r == ROUND_CEIL ? ceil(v - 1e-9) : rint(v); }

/*
 * Integers v of the input's scale become round(v / step). v / step is a multiple of 1 / step, so the largest whole number below it is the nearest one to
 * v / step − 1/2 + 1 / (2 · step), never a tie: docs/arithmetic.md.
 */
Status fuse_trunc(Fuse *f, const GNode *n)
{
    bool v2 = n->n_in == 6;
    for (uint32_t k = 1; k < n->n_in; k++)
        if (value(f, n->in[k])->count != 1) BAD("MAP-0018", "activations with a scale per channel have no integer form");
    double p[6] = {0}, step;
    for (uint32_t k = 1; k < n->n_in; k++) p[k] = (double)value(f, n->in[k])->f[0];
    double scale = p[1], zp = p[2], out_scale = v2 ? p[4] : scale;
    int32_t bits_in = (int32_t)p[3], bits = (int32_t)p[v2 ? 5 : 4], lo = -(1 << (bits - 1)), hi = (1 << bits) - 1;
    if (v2) quant_range(n, bits, &lo, &hi);
    step = exp2(v2 ? rint(log2(out_scale / scale)) : bits_in - bits);
    double out_zp = v2 ? zp / step : zp;
    Rounding mode = quant_rounding(n);
    if (mode != ROUND_FLOOR && mode != ROUND_CEIL && mode != ROUND_EVEN) BAD("MAP-0023", "the chip truncates by FLOOR, CEIL or ROUND");
    if (!whole(zp) || !whole(out_zp)) BAD("MAP-0023", "zero point %g is not whole", whole(zp) ? out_zp : zp);
    Pending *d;
    TRY(take_sums(f, n, &d));
    if (!multiples_of(d, scale)) { /* rounded to the input's integers first, as the operator does it */
        uint32_t t;
        TRY(fuse_finish(f, d, scale, (int32_t)rint(zp), -(1 << (bits_in - 1)), (1 << bits_in) - 1, &t));
        d = fuse_identity(f, n, t);
    }
    double aside = step > 1 && mode != ROUND_EVEN ? (mode == ROUND_FLOOR ? -1 : 1) * (0.5 - 0.5 / step) : 0;
    for (uint32_t i = 0; i < d->n; i++) d->a[i] = rint(d->a[i] / scale) / step * out_scale;
    for (uint32_t i = 0; i < addends(d); i++) d->b[i] = ((rint(d->b[i] / scale) + zp) / step - out_zp + aside) * out_scale;
    if (d->lo > -DBL_MAX) d->lo = (round_to((d->lo / scale + zp) / step, mode) - out_zp) * out_scale;
    if (d->hi < DBL_MAX) d->hi = (round_to((d->hi / scale + zp) / step, mode) - out_zp) * out_scale;
    uint32_t t;
    TRY(fuse_finish(f, d, out_scale, (int32_t)rint(out_zp), lo, hi, &t));
    f->q[n->out] = (QVal){Q_TENSOR, t};
    return ST_OK;
}

/*
 * A sum acc · a + b is not negative from a whole number of acc on; half of one away from it the result is ±STEEP / 2 at least, which the clamp makes
 * −1 or 1.
 */
Status fuse_bipolar(Fuse *f, const GNode *n)
{
    enum { STEEP = 1024 };
    const GValue *s = value(f, n->in[1]);
    if (s->count != 1) BAD("MAP-0018", "activations with a scale per channel have no integer form");
    double scale = (double)s->f[0];
    Pending *d;
    TRY(take_sums(f, n, &d));
    if (plan_two_inputs(&d->l)) {
        if (fabs(d->a[0] - d->a[1]) > 1e-6 * fabs(d->a[0])) BAD("MAP-0023", "takes the sign of tensors joined at different scales; quantise the sum before");
        d->a[1] = d->a[0];
    }
    for (uint32_t i = 0; i < addends(d); i++) {
        double a = d->a[i], from = -d->b[i] / a, least = 1e-9 * (fabs(from) + 1), b = d->b[i] >= 0 ? 1 : -1;
        bool always = d->lo >= 0, never = !always && d->hi < 0;
        if (always || never || !(fabs(a) > 0)) a = 0, b = never ? -1 : always ? 1 : b;
        else if (a > 0) b = 0.5 - ceil(from - least);
        else b = 0.5 + floor(from + least);
        d->a[i] = (a > 0 ? 1 : a < 0 ? -1 : 0) * STEEP * scale;
        d->b[i] = b * STEEP * scale;
    }
    if (plan_two_inputs(&d->l)) d->a[1] = d->a[0];
    d->lo = -DBL_MAX, d->hi = DBL_MAX;
    uint32_t t;
    TRY(fuse_finish(f, d, scale, 0, -1, 1, &t));
    f->q[n->out] = (QVal){Q_TENSOR, t};
    return ST_OK;
}
