/*
 * Operators of the integer network. Each either opens a pending layer, folds itself into one, or passes its input on.
 * What has no exact integer form is refused with the node's name.
 */
#include "mapper/map.h"

#include <float.h>
#include <math.h>

#define WEIGHT_MAX 511   /* three slices */
#define WEIGHT_FLOAT 63  /* two full slices for weights that come without a scale */

#define BAD(id, ...) return fuse_error(f, n, id, __VA_ARGS__)

static const GValue *value(const Fuse *f, uint32_t v) { return &f->g->values.v[v]; }

/* ---- weights -------------------------------------------------------------------------------- */

/* Scale per index of dimension `axis` (−1: only one for all will do), if the constant comes from quantised codes. */
static bool known_scale(const Fuse *f, uint32_t v, int64_t axis, int64_t n_scales, double *scale)
{
    const GValue *x = value(f, v);
    if (x->producer == G_NONE) return false;
    const GNode *n = &f->g->nodes.v[x->producer];
    if (n->op == OP_TRANSPOSE) return known_scale(f, n->in[0], axis < 0 ? -1 : n->perm[axis], n_scales, scale);
    if (n->op == OP_IDENTITY || n->op == OP_DROPOUT) return known_scale(f, n->in[0], axis, n_scales, scale);
    if (op_is_view(n->op)) return known_scale(f, n->in[0], -1, n_scales, scale);
    if (n->op != OP_DEQUANTIZE && n->op != OP_QUANT && n->op != OP_INTQUANT && n->op != OP_BIPOLAR) return false;
    const GValue *s = value(f, n->in[1]);
    if (s->count != 1 && (s->count != n_scales || axis < 0)) return false;
    if (s->count != 1 && n->op == OP_DEQUANTIZE && n->axis != axis) return false;
    if (s->count != 1 && n->op != OP_DEQUANTIZE && (axis < x->rank - s->rank || s->dim[axis - (x->rank - s->rank)] != s->count)) return false;
    for (int64_t i = 0; i < n_scales; i++) scale[i] = (double)s->f[s->count == 1 ? 0 : i];
    return true;
}

/* Row o of the weights as [oc][k]: constants of a convolution lie so already, matrices may be transposed. */
static double weight_at(const GValue *v, uint32_t axis, int64_t oc, int64_t k, int64_t o, int64_t i)
{
    return (double)(axis == 0 ? v->f[o * k + i] : v->f[i * oc + o]);
}

Status fuse_weights(Fuse *f, const GNode *n, uint32_t v, uint32_t axis, int16_t *w, double *scale)
{
    const GValue *x = value(f, v);
    int64_t oc = x->dim[axis], k = x->count / oc;
    bool known = known_scale(f, v, axis, oc, scale);
    for (int64_t o = 0; o < oc; o++) {
        double top = 0;
        for (int64_t i = 0; i < k; i++) top = fmax(top, fabs(weight_at(x, axis, oc, k, o, i)));
        if (!known) scale[o] = top > 0 ? top / WEIGHT_FLOAT : 1.0;
        for (int64_t i = 0; i < k; i++) {
            double q = weight_at(x, axis, oc, k, o, i) / scale[o], r = rint(q);
            if (fabs(r) > WEIGHT_MAX) BAD("MAP-0012", "weight %lld of output %lld is %.0f, synapses hold −%d…%d", (long long)i, (long long)o, r, WEIGHT_MAX, WEIGHT_MAX);
            if (known && fabs(q - r) > 0.01) BAD("MAP-0012", "weight %lld of output %lld is not a multiple of its scale", (long long)i, (long long)o);
            w[o * k + i] = (int16_t)r;
        }
    }
    return ST_OK;
}

/* ---- pending layers ------------------------------------------------------------------------- */

Pending *fuse_pending(Fuse *f, const GNode *n, PlanOp op, uint32_t in, uint32_t channels)
{
    uint32_t n_b = channels ? channels : 1;
    Pending d = {.n = channels, .lo = -DBL_MAX, .hi = DBL_MAX, .value = n->out, .layer = G_NONE};
    d.l.name = fuse_name(f, n->name);
    d.l.op = op;
    d.l.in[0] = in;
    d.l.kh = d.l.kw = d.l.sh = d.l.sw = d.l.dh = d.l.dw = d.l.groups = 1;
    d.a = mem_calloc(n_b, sizeof *d.a);
    d.b = mem_calloc(n_b, sizeof *d.b);
    arr_push(&f->pending, d);
    f->q[n->out] = (QVal){Q_PENDING, f->pending.n - 1};
    return &f->pending.v[f->pending.n - 1];
}

/* Output side of a pending layer from the shape of the graph value. */
static void out_shape(Fuse *f, Pending *d, uint32_t v)
{
    Nchw s = value_nchw(value(f, v));
    d->c = (int32_t)s.c, d->h = (int32_t)s.h, d->w = (int32_t)s.w;
}

Pending *fuse_identity(Fuse *f, const GNode *n, uint32_t tensor)
{
    PlanTensor t = f->p->tensors.v[tensor];
    Pending *d = fuse_pending(f, n, PLAN_AVGPOOL, tensor, (uint32_t)t.c);
    for (uint32_t i = 0; i < d->n; i++) d->a[i] = t.scale;
    d->c = t.c, d->h = t.h, d->w = t.w;
    return d;
}

/* The pending layer that node n may fold itself into; it stands for n's output from now on. */
static Status take_pending(Fuse *f, const GNode *n, uint32_t in, bool whole, Pending **out)
{
    QVal q = f->q[in];
    uint32_t t;
    if (q.kind == Q_PENDING && value(f, in)->uses == 1 && whole && !f->pending.v[q.i].flat) {
        f->q[n->out] = q;
        *out = &f->pending.v[q.i];
        (*out)->value = n->out;
        return ST_OK;
    }
    TRY(fuse_as_tensor(f, n, in, &t));
    *out = fuse_identity(f, n, t);
    return ST_OK;
}

/* pad: zeros that stand around the tensor already. */
static void window_of(const GNode *n, const PlanTensor *in, FusePad pad, Pending *d)
{
    PlanLayer *l = &d->l;
    l->kh = (int32_t)n->kh, l->kw = (int32_t)n->kw, l->sh = (int32_t)n->sh, l->sw = (int32_t)n->sw;
    l->dh = (int32_t)n->dh, l->dw = (int32_t)n->dw, l->pt = (int32_t)n->pt + pad.t, l->pl = (int32_t)n->pl + pad.l;
    /* Bottom and right padding as the output needs it: ceil_mode may ask for more than the file says, floor for less. */
    int32_t pb = (d->h - 1) * l->sh + (l->kh - 1) * l->dh + 1 - in->h - l->pt, pr = (d->w - 1) * l->sw + (l->kw - 1) * l->dw + 1 - in->w - l->pl;
    l->pb = pb > 0 ? pb : 0;
    l->pr = pr > 0 ? pr : 0;
}

static Status fuse_conv(Fuse *f, const GNode *n)
{
    const GValue *w = value(f, n->in[1]);
    uint32_t t;
    if (!w->f || (n->in[2] != G_NONE && !value(f, n->in[2])->f)) BAD("MAP-0013", "its weights are not constants");
    TRY(fuse_as_tensor(f, n, n->in[0], &t));
    int64_t oc = w->dim[0];
    int16_t *codes = arena_array(&f->p->arena, int16_t, (size_t)w->count);
    Pending *d = fuse_pending(f, n, PLAN_CONV, t, (uint32_t)oc);
    TRY(fuse_weights(f, n, n->in[1], 0, codes, d->a));
    out_shape(f, d, n->out);
    window_of(n, &f->p->tensors.v[t], f->pad[n->in[0]], d);
    d->l.groups = (int32_t)n->groups;
    d->l.oc = (int32_t)oc;
    d->l.icg = (int32_t)w->dim[1];
    d->l.w = codes;
    for (int64_t o = 0; o < oc; o++) {
        d->a[o] *= f->p->tensors.v[t].scale;
        d->b[o] = n->in[2] == G_NONE ? 0 : (double)value(f, n->in[2])->f[o];
    }
    return ST_OK;
}

/* A constant's value for each of n channels, if it depends on nothing else. Channels are dimension 1 of y. */
static bool per_channel(const GValue *c, const GValue *y, uint32_t n, double *v)
{
    for (uint32_t j = 0; j < c->rank; j++)
        if (c->dim[j] != 1 && y->rank - c->rank + j != 1) return false;
    if (c->count != 1 && c->count != n) return false;
    for (uint32_t i = 0; i < n; i++) v[i] = (double)c->f[c->count == 1 ? 0 : i];
    return true;
}

static Status fuse_matrix(Fuse *f, const GNode *n)
{
    bool gemm = n->op == OP_GEMM;
    const GValue *x = value(f, n->in[0]), *w = value(f, n->in[1]), *c = gemm && n->in[2] != G_NONE ? value(f, n->in[2]) : NULL;
    uint32_t t, axis = gemm && n->trans_b ? 0 : 1;
    if (!w->f || (c && !c->f)) BAD("MAP-0013", "its weights are not constants");
    if (x->rank != 2 || w->rank != 2 || (gemm && n->trans_a) || x->dim[0] != 1) BAD("MAP-0013", "only one row times a constant matrix has an integer form");
    TRY(fuse_as_tensor(f, n, n->in[0], &t));
    t = fuse_flatten(f, t, arena_printf(&f->p->arena, "%s.flatten", n->name));
    int64_t oc = w->dim[axis];
    int16_t *codes = arena_array(&f->p->arena, int16_t, (size_t)w->count);
    Pending *d = fuse_pending(f, n, PLAN_CONV, t, (uint32_t)oc);
    TRY(fuse_weights(f, n, n->in[1], axis, codes, d->a));
    d->l.oc = d->c = (int32_t)oc;
    d->h = d->w = 1;
    d->l.icg = (int32_t)(w->count / oc);
    d->l.w = codes;
    if (c && !per_channel(c, value(f, n->out), d->n, d->b)) BAD("MAP-0013", "its third input is not one value per output");
    for (int64_t o = 0; o < oc; o++) {
        d->a[o] *= f->p->tensors.v[t].scale * (gemm ? (double)n->alpha : 1);
        d->b[o] *= gemm ? (double)n->beta : 1;
    }
    return ST_OK;
}

/* real = real · m[c] + k[c] on a pending layer; behind a clamp only if it moves the clamp as a whole. */
static Status affine(Fuse *f, const GNode *n, Pending *d, const double *m, const double *k)
{
    bool clamped = d->lo > -DBL_MAX || d->hi < DBL_MAX;
    for (uint32_t i = 1; i < d->n && clamped; i++)
        if (m[i] < m[0] || m[i] > m[0] || k[i] < k[0] || k[i] > k[0]) BAD("MAP-0014", "comes per channel behind Relu or Clip; quantise before it");
    if (clamped && !(m[0] > 0)) BAD("MAP-0014", "turns a clamped value around; quantise before it");
    if (d->lo > -DBL_MAX) d->lo = d->lo * m[0] + k[0];
    if (d->hi < DBL_MAX) d->hi = d->hi * m[0] + k[0];
    uint32_t n_b = plan_two_inputs(&d->l) ? 1 : d->n;
    for (uint32_t i = 0; i < d->n; i++) d->a[i] *= m[i];
    for (uint32_t i = 0; i < n_b; i++) d->b[i] = d->b[i] * m[i] + k[i];
    return ST_OK;
}

/* Per-channel folding needs an unclamped layer with one factor per channel; else its values are quantised first. */
static bool folds(const Fuse *f, uint32_t in)
{
    if (f->q[in].kind != Q_PENDING) return true;
    const Pending *d = &f->pending.v[f->q[in].i];
    return !plan_two_inputs(&d->l) && d->lo <= -DBL_MAX && d->hi >= DBL_MAX;
}

static Status fuse_scale(Fuse *f, const GNode *n)
{
    bool first = value(f, n->in[0])->f != NULL; /* constant on the left */
    const GValue *c = value(f, n->in[first ? 0 : 1]);
    uint32_t in = n->in[first ? 1 : 0];
    Pending *d;
    TRY(take_pending(f, n, in, folds(f, in) || c->count == 1, &d));
    double *m = arena_array(&f->p->arena, double, d->n), *k = arena_array(&f->p->arena, double, d->n);
    if (!per_channel(c, value(f, n->out), d->n, k)) BAD("MAP-0014", "its constant is not one value, or one per channel");
    for (uint32_t i = 0; i < d->n; i++) {
        double v = k[i];
        m[i] = n->op == OP_MUL ? v : n->op == OP_DIV ? 1 / v : n->op == OP_SUB && first ? -1 : 1;
        k[i] = n->op == OP_ADD || (n->op == OP_SUB && first) ? v : n->op == OP_SUB ? -v : 0;
        if (n->op == OP_DIV && (first || !(fabs(v) > 0))) BAD("MAP-0014", "divides by a value or by 0");
    }
    if (value(f, n->out)->count != value(f, in)->count) BAD("MAP-0014", "its constant is larger than its input");
    return affine(f, n, d, m, k);
}

static Status fuse_add(Fuse *f, const GNode *n)
{
    uint32_t t0, t1;
    if (value(f, n->in[0])->f || value(f, n->in[1])->f) return fuse_scale(f, n);
    if (n->op != OP_ADD) BAD("MAP-0015", "of two computed tensors; the chip adds them only");
    if (value(f, n->in[0])->count != value(f, n->out)->count || value(f, n->in[1])->count != value(f, n->out)->count) BAD("MAP-0015", "adds tensors of different shape");
    TRY(fuse_as_tensor(f, n, n->in[0], &t0));
    TRY(fuse_as_tensor(f, n, n->in[1], &t1));
    Pending *d = fuse_pending(f, n, PLAN_ADD, t0, 2);
    d->l.in[1] = t1;
    d->a[0] = f->p->tensors.v[t0].scale;
    d->a[1] = f->p->tensors.v[t1].scale;
    d->c = f->p->tensors.v[t0].c, d->h = f->p->tensors.v[t0].h, d->w = f->p->tensors.v[t0].w;
    return ST_OK;
}

static Status fuse_batchnorm(Fuse *f, const GNode *n)
{
    Pending *d;
    for (uint32_t k = 1; k < 5; k++)
        if (!value(f, n->in[k])->f) BAD("MAP-0013", "its parameters are not constants");
    TRY(take_pending(f, n, n->in[0], folds(f, n->in[0]), &d));
    if (value(f, n->in[1])->count != d->n) BAD("MAP-0014", "does not have one factor per channel");
    double *m = arena_array(&f->p->arena, double, d->n), *k = arena_array(&f->p->arena, double, d->n);
    for (uint32_t i = 0; i < d->n; i++) {
        m[i] = (double)value(f, n->in[1])->f[i] / sqrt((double)value(f, n->in[4])->f[i] + (double)n->eps);
        k[i] = (double)value(f, n->in[2])->f[i] - (double)value(f, n->in[3])->f[i] * m[i];
    }
    return affine(f, n, d, m, k);
}

static Status fuse_clamp(Fuse *f, const GNode *n)
{
    float lo, hi;
    clip_bounds(n, n->in[1] == G_NONE ? NULL : value(f, n->in[1])->f, n->in[2] == G_NONE ? NULL : value(f, n->in[2])->f, &lo, &hi);
    QVal q = f->q[n->in[0]];
    if (q.kind == Q_CODES) { /* QCDQ: the integers themselves are clipped */
        PlanTensor *t = &f->p->tensors.v[q.i];
        int32_t a = lo > -FLT_MAX ? (int32_t)ceilf(fmaxf(lo, -1e6f)) : t->lo, b = hi < FLT_MAX ? (int32_t)floorf(fminf(hi, 1e6f)) : t->hi;
        if (value(f, n->in[0])->uses != 1) BAD("MAP-0016", "its input is also used without the clip");
        t->lo = a > t->lo ? a : t->lo;
        t->hi = b < t->hi ? b : t->hi;
        if (t->lo > t->hi) BAD("MAP-0016", "leaves no value between %d and %d", a, b);
        if (f->maker.v[q.i] != G_NONE) {
            PlanLayer *l = &f->p->layers.v[f->maker.v[q.i]];
            l->lo = l->lo > t->hi ? t->hi : l->lo > t->lo ? l->lo : t->lo;
            l->hi = l->hi < t->lo ? t->lo : l->hi < t->hi ? l->hi : t->hi;
            if (l->op == PLAN_TABLE) fuse_table_clamp(f, l);
        }
        f->q[n->out] = q;
        return ST_OK;
    }
    Pending *d;
    TRY(take_pending(f, n, n->in[0], true, &d));
    double dlo = lo > -FLT_MAX ? (double)lo : -DBL_MAX, dhi = hi < FLT_MAX ? (double)hi : DBL_MAX;
    d->lo = fmin(fmax(d->lo, dlo), dhi);
    d->hi = fmax(fmin(d->hi, dhi), d->lo);
    return ST_OK;
}

/* Zeros around a picture wait for the convolution that reads them: its own padding is the same thing. */
static Status fuse_pad(Fuse *f, const GNode *n)
{
    const GValue *x = value(f, n->in[0]), *y = value(f, n->out);
    const GAttr *mode = node_attr(n, "mode"), *v = node_attr(n, "value");
    QVal q = f->q[n->in[0]];
    double fill = n->in[2] != G_NONE ? (double)value(f, n->in[2])->f[0] : v ? (double)v->f : 0, zero = q.kind == Q_CODES ? f->p->tensors.v[q.i].zp : 0;
    uint32_t t = q.i;
    if (mode && mode->s && !str_eq(mode->s, "constant")) BAD("MAP-0022", "pads by mode '%s'; the chip's padding is 0", mode->s);
    if (fill < zero || fill > zero) BAD("MAP-0022", "pads with %g; the chip's padding is 0", fill);
    if (x->rank < 3 || x->rank > 4) BAD("MAP-0022", "pads something else than a picture");
    for (uint32_t i = 0; i < x->rank; i++) {
        int64_t before = -n->perm[i], after = y->dim[i] - x->dim[i] - before;
        if (before < 0 || after < 0 || before > 255 || after > 255 || (i < 2 && (before || after))) BAD("MAP-0022", "cuts off, or pads more than rows and columns by up to 255");
    }
    for (uint32_t i = 0; i < f->g->nodes.n && q.kind == Q_NONE; i++)
        if (f->g->nodes.v[i].in[0] == n->out && (f->g->nodes.v[i].op == OP_QUANTIZE || f->g->nodes.v[i].op == OP_QUANT || f->g->nodes.v[i].op == OP_INTQUANT))
            BAD("MAP-0022", "pads the network's input before it is quantised; quantise it first");
    if (q.kind != Q_CODES) TRY(fuse_as_tensor(f, n, n->in[0], &t));
    uint32_t last = x->rank - 1;
    FusePad p = f->pad[n->in[0]];
    p.l += (int32_t)-n->perm[last], p.r += (int32_t)(y->dim[last] - x->dim[last] + n->perm[last]);
    if (last == 3) p.t += (int32_t)-n->perm[2], p.b += (int32_t)(y->dim[2] - x->dim[2] + n->perm[2]);
    f->q[n->out] = (QVal){q.kind == Q_CODES ? Q_CODES : Q_TENSOR, t};
    f->pad[n->out] = p;
    return ST_OK;
}

static Status fuse_pool(Fuse *f, const GNode *n)
{
    bool max = n->op == OP_MAXPOOL || n->op == OP_GLOBALMAX, codes = f->q[n->in[0]].kind == Q_CODES;
    uint32_t t = f->q[n->in[0]].i;
    if (value(f, n->in[0])->rank > 4) BAD("MAP-0022", "pools in three dimensions");
    if (!(max && codes)) TRY(fuse_as_tensor(f, n, n->in[0], &t));
    PlanTensor in = f->p->tensors.v[t];
    Pending *d = fuse_pending(f, n, max ? PLAN_MAXPOOL : PLAN_AVGPOOL, t, (uint32_t)in.c);
    out_shape(f, d, n->out);
    window_of(n, &in, (FusePad){0}, d);
    if (max) {
        PlanLayer l = d->l;
        l.lo = in.lo, l.hi = in.hi;
        l.out = fuse_tensor(f, value(f, n->out)->name, d->c, d->h, d->w, in.scale, in.zp, in.lo, in.hi, f->p->layers.n);
        arr_push(&f->p->layers, l);
        f->q[n->out] = (QVal){codes ? Q_CODES : Q_TENSOR, l.out};
        return ST_OK;
    }
    if ((d->l.pt || d->l.pl || d->l.pb || d->l.pr) && !n->include_pad) BAD("MAP-0017", "leaves the padding out of the average; windows of different size have no integer form");
    for (uint32_t i = 0; i < d->n; i++) d->a[i] = in.scale / ((double)d->l.kh * d->l.kw);
    return ST_OK;
}

/* ---- views ---------------------------------------------------------------------------------- */

/* Same order of all sizes but 1: a transposition that moves nothing. */
static bool moves_nothing(const GValue *x, const GNode *n)
{
    int64_t last = -1;
    for (uint32_t i = 0; i < x->rank; i++) {
        if (x->dim[n->perm[i]] == 1) continue;
        if (n->perm[i] < last) return false;
        last = n->perm[i];
    }
    return true;
}

static Status fuse_view(Fuse *f, const GNode *n)
{
    QVal q = f->q[n->in[0]];
    Nchw y = value_nchw(value(f, n->out));
    if (n->op == OP_TRANSPOSE && !moves_nothing(value(f, n->in[0]), n)) BAD("MAP-0019", "moves computed values; only constants can be transposed");
    if (q.kind == Q_NONE) { /* the network's input takes its scale from what follows: wait for that */
        if (n->in[0] != f->input || value(f, n->in[0])->uses != 1) BAD("MAP-0010", "its input has no integer form");
        f->input = n->out;
        return ST_OK;
    }
    if (y.n != 1 || y.d != 1) BAD("MAP-0019", "makes %lld samples of one", (long long)(y.n * y.d));
    if (q.kind == Q_TABLE) {
        const PlanTensor *t = &f->p->tensors.v[f->tables.v[q.i].tensor];
        bool same = y.c == t->c && y.h == t->h && y.w == t->w;
        if (same || (y.h == 1 && y.w == 1)) {
            fuse_function_view(f, n, !same);
            return ST_OK;
        }
        uint32_t as;
        TRY(fuse_as_tensor(f, n, n->in[0], &as));
        q = f->q[n->in[0]];
    }
    if (q.kind == Q_PENDING) {
        Pending *d = &f->pending.v[q.i];
        bool same = y.c == d->c && y.h == d->h && y.w == d->w;
        if (value(f, n->in[0])->uses == 1 && (same || (y.h == 1 && y.w == 1))) {
            d->flat = d->flat || !same;
            d->value = n->out;
            f->q[n->out] = q;
            return ST_OK;
        }
        uint32_t t;
        TRY(fuse_as_tensor(f, n, n->in[0], &t));
        q = f->q[n->in[0]];
    }
    PlanTensor *t = &f->p->tensors.v[q.i];
    if (y.c != t->c || y.h != t->h || y.w != t->w) {
        bool input = q.i == f->p->input && value(f, n->in[0])->uses == 1 && f->p->layers.n == 0;
        if (input) t->c = (int32_t)y.c, t->h = (int32_t)y.h, t->w = (int32_t)y.w; /* same integers in the same order */
        else if (y.h == 1 && y.w == 1) q.i = fuse_flatten(f, q.i, n->name);
        else BAD("MAP-0019", "reshapes computed values to %lld × %lld × %lld; only flattening has an integer form", (long long)y.c, (long long)y.h, (long long)y.w);
    }
    f->q[n->out] = q;
    return ST_OK;
}

static Status fuse_softmax(Fuse *f, const GNode *n)
{
    uint32_t t;
    const GValue *x = value(f, n->in[0]);
    if (n->out != f->g->output || x->dim[n->axis] != x->count) BAD("MAP-0020", "only at the end of the network, over all its outputs");
    TRY(fuse_as_tensor(f, n, n->in[0], &t));
    f->p->softmax = true;
    f->q[n->out] = (QVal){Q_TENSOR, t};
    return ST_OK;
}

Status fuse_node(Fuse *f, const GNode *n)
{
    bool takes_padding = n->op == OP_CONV || n->op == OP_PAD || n->op == OP_QUANTIZE || n->op == OP_DEQUANTIZE || n->op == OP_QUANT || n->op == OP_INTQUANT;
    for (uint32_t k = 0; k < n->n_in; k++)
        if (n->in[k] != G_NONE && fuse_is_padded(f, n->in[k]) && !takes_padding) TRY(fuse_settle_pad(f, n, n->in[k]));
    if (fuse_is_function(f, n)) return fuse_function(f, n);
    switch (n->op) {
    case OP_PAD: return fuse_pad(f, n);
    case OP_CONV: return fuse_conv(f, n);
    case OP_GEMM:
    case OP_MATMUL: return fuse_matrix(f, n);
    case OP_BATCHNORM: return fuse_batchnorm(f, n);
    case OP_RELU:
    case OP_CLIP: return fuse_clamp(f, n);
    case OP_ADD:
    case OP_SUB: return fuse_add(f, n);
    case OP_MUL:
    case OP_DIV:
        if (!value(f, n->in[0])->f && !value(f, n->in[1])->f) BAD("MAP-0015", "of two computed tensors; the chip's factors are constants");
        return fuse_scale(f, n);
    case OP_MAXPOOL:
    case OP_AVGPOOL:
    case OP_GLOBALMAX:
    case OP_GLOBALAVG: return fuse_pool(f, n);
    case OP_REDUCEMEAN: {
        const GValue *x = value(f, n->in[0]);
        if (x->rank < 3 || n->over != ((1u << x->rank) - 1) - 3) BAD("MAP-0022", "only a mean over all of the picture has an integer form");
        return fuse_pool(f, n);
    }
    case OP_QUANTIZE: return fuse_quantize(f, n);
    case OP_DEQUANTIZE: return fuse_dequantize(f, n);
    case OP_QUANT:
    case OP_INTQUANT: return fuse_quant(f, n);
    case OP_TRUNC: return fuse_trunc(f, n);
    case OP_BIPOLAR: return fuse_bipolar(f, n);
    case OP_SOFTMAX: return fuse_softmax(f, n);
    case OP_TRANSPOSE:
    case OP_FLATTEN:
    case OP_RESHAPE:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
    case OP_IDENTITY:
    case OP_DROPOUT: return fuse_view(f, n);
    case OP_CAST:
        if (value(f, n->in[0])->type == DT_FLOAT && value(f, n->out)->type == DT_FLOAT) return fuse_view(f, n);
        BAD("MAP-0022", "changes the type of computed values");
    case OP_CONCAT: return fuse_concat(f, n);
    case OP_SLICE: return fuse_slice(f, n);
    case OP_GATHER: BAD("MAP-0022", "picks computed values by index; the chip takes them by Slice");
    default: BAD("MAP-0022", "has no integer form on the chip");
    }
}
