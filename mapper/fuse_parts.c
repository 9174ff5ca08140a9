/*
 * Tensors put together and taken apart: no new arithmetic, only where integers stand. Concat along channels, Slice with positive steps, and zeros around a tensor
 * that no convolution takes in as its own padding.
 */
#include "mapper/map.h"

#include <math.h>

#define BAD(id, ...) return fuse_error(f, n, id, __VA_ARGS__)
#define PART_MAX (1 << 16) /* of an integer between two joins */

static const GValue *value(const Fuse *f, uint32_t v) { return &f->g->values.v[v]; }

/* A layer without factors: same integers, other places. */
static uint32_t emit(Fuse *f, PlanLayer *l, const char *name, int32_t c, int32_t h, int32_t w)
{
    const PlanTensor in = f->p->tensors.v[l->in[0]];
    l->lo = in.lo, l->hi = in.hi;
    l->out = fuse_tensor(f, name, c, h, w, in.scale, in.zp, in.lo, in.hi, f->p->layers.n);
    arr_push(&f->p->layers, *l);
    return l->out;
}

/* ---- Concat --------------------------------------------------------------------------------- */

static bool alike(const PlanTensor *a, const PlanTensor *b) { return a->zp == b->zp && !(a->scale < b->scale) && !(a->scale > b->scale); }

/* The first two of more than two: the finer scale, so that only what is coarser is rounded, and that not at all where scales are multiples. */
static Status join(Fuse *f, const GNode *n, Pending *d, uint32_t *t)
{
    const PlanTensor a = f->p->tensors.v[d->l.in[0]], b = f->p->tensors.v[d->l.in[1]];
    if (alike(&a, &b)) return fuse_finish(f, d, a.scale, a.zp, a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi, t);
    double scale = fmin(a.scale, b.scale), lo = fmin((a.lo - a.zp) * a.scale, (b.lo - b.zp) * b.scale) / scale, hi = fmax((a.hi - a.zp) * a.scale, (b.hi - b.zp) * b.scale) / scale;
    if (lo < -PART_MAX || hi > PART_MAX) BAD("MAP-0022", "joins scales too far apart (%g and %g)", a.scale, b.scale);
    return fuse_finish(f, d, scale, 0, (int32_t)floor(lo), (int32_t)ceil(hi), t);
}

Status fuse_concat(Fuse *f, const GNode *n)
{
    uint32_t t = 0;
    if (n->axis != 1 || value(f, n->out)->dim[0] != 1) BAD("MAP-0022", "joins along dimension %lld; the chip joins channels", (long long)n->axis);
    for (uint32_t i = 0; i < n->n_in; i++) {
        uint32_t part;
        if (value(f, n->in[i])->f) BAD("MAP-0022", "joins a constant to computed values");
        TRY(fuse_as_tensor(f, n, n->in[i], &part));
        if (i == 0) {
            t = part;
            continue;
        }
        Pending *d = fuse_pending(f, n, PLAN_CONCAT, t, 2);
        const PlanTensor a = f->p->tensors.v[t], b = f->p->tensors.v[part];
        d->l.in[1] = part;
        d->a[0] = a.scale, d->a[1] = b.scale;
        d->c = a.c + b.c, d->h = a.h, d->w = a.w;
        if (i + 1 < n->n_in) TRY(join(f, n, d, &t));
    }
    if (n->n_in == 1) f->q[n->out] = (QVal){Q_TENSOR, t};
    return ST_OK;
}

/* ---- Slice ---------------------------------------------------------------------------------- */

/* A maximum over one element, at another place: negative padding. */
Status fuse_slice(Fuse *f, const GNode *n)
{
    const GValue *x = value(f, n->in[0]), *y = value(f, n->out);
    QVal q = f->q[n->in[0]];
    uint32_t t = q.i;
    for (uint32_t i = 0; i < x->rank; i++)
        if (n->step[i] < 1 || (i < 2 && n->step[i] != 1)) BAD("MAP-0022", "takes dimension %u with step %lld; the chip's steps are positive, and 1 along channels", i, (long long)n->step[i]);
    if (x->rank < 2 || x->rank > 4 || x->dim[0] != 1) BAD("MAP-0022", "takes a part of something else than channels of pictures");
    if (q.kind != Q_CODES) TRY(fuse_as_tensor(f, n, n->in[0], &t));
    const PlanTensor in = f->p->tensors.v[t];
    Nchw s = value_nchw(y), whole = value_nchw(x);
    if (whole.c != in.c || whole.h != in.h || whole.w != in.w) BAD("MAP-0022", "takes a part of a tensor that was reshaped");
    uint32_t last = x->rank - 1;
    int64_t y0 = x->rank == 4 ? n->perm[2] : 0, x0 = x->rank >= 3 ? n->perm[last] : 0, sh = x->rank == 4 ? n->step[2] : 1, sw = x->rank >= 3 ? n->step[last] : 1;
    PlanLayer l = {.name = fuse_name(f, n->name), .op = PLAN_MAXPOOL, .in = {t}, .kh = 1, .kw = 1, .dh = 1, .dw = 1, .groups = 1, .c0 = (int32_t)n->perm[1]};
    l.sh = (int32_t)sh, l.sw = (int32_t)sw, l.pt = (int32_t)-y0, l.pl = (int32_t)-x0;
    l.pb = (int32_t)((s.h - 1) * sh + 1 + y0) - in.h, l.pr = (int32_t)((s.w - 1) * sw + 1 + x0) - in.w;
    t = emit(f, &l, y->name, (int32_t)s.c, (int32_t)s.h, (int32_t)s.w);
    f->q[n->out] = (QVal){q.kind == Q_CODES ? Q_CODES : Q_TENSOR, t};
    return ST_OK;
}

/* ---- Pad ------------------------------------------------------------------------------------ */

/* An average over one element: outside it is 0, so the zero point. */
Status fuse_settle_pad(Fuse *f, const GNode *n, uint32_t v)
{
    FusePad *p = &f->pad[v];
    QVal *q = &f->q[v];
    const PlanTensor in = f->p->tensors.v[q->i];
    if (q->kind != Q_TENSOR && q->kind != Q_CODES) BAD("MAP-0022", "reads a padded tensor that has no integers yet");
    if (in.zp < in.lo || in.zp > in.hi) BAD("MAP-0022", "reads a padded tensor whose integers %d…%d do not hold its zero, %d", in.lo, in.hi, in.zp);
    PlanLayer l = {.name = fuse_name(f, arena_printf(&f->p->arena, "%s.pad", n->name)), .op = PLAN_AVGPOOL, .in = {q->i}, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 1};
    l.pt = p->t, l.pl = p->l, l.pb = p->b, l.pr = p->r;
    int32_t *mul = arena_array(&f->p->arena, int32_t, (size_t)in.c);
    int64_t *add = arena_array(&f->p->arena, int64_t, (size_t)in.c);
    l.shift = 20; /* any: 2^shift is 1 exactly */
    for (int32_t c = 0; c < in.c; c++) mul[c] = 1 << l.shift, add[c] = (int64_t)1 << (l.shift - 1);
    l.mul = mul, l.add = add;
    q->i = emit(f, &l, value(f, v)->name, in.c, in.h + p->t + p->b, in.w + p->l + p->r);
    *p = (FusePad){0};
    return ST_OK;
}
