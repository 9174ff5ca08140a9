/*
 * Graph to integer layers. Nodes are taken in order; a convolution, pool or addition opens a pending layer, what follows is
 * folded into its factors, and a QuantizeLinear (or a reader that needs integers) closes it with a scale. fuse_ops.c holds
 * the operators, this file the layers.
 */
#include "mapper/map.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define CODE_LIMIT (1 << 24)
#define OUT_LEVELS 32767 /* the output goes to the host: no reason to be coarse */

Status fuse_error(const Fuse *f, const GNode *n, const char *id, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return msg_error(ST_INPUT, id, graph_loc(f->g), "node '%s' (%s): %s", n->name, op_name(n->op), text);
}

const char *fuse_name(Fuse *f, const char *name)
{
    const char *s = arena_str(&f->p->arena, name);
    for (uint32_t k = f->names.text.n; names_find(&f->names, s).i; k++) s = arena_printf(&f->p->arena, "%s.%u", name, k);
    names_add(&f->names, s);
    return s;
}

uint32_t fuse_tensor(Fuse *f, const char *name, int32_t c, int32_t h, int32_t w, double scale, int32_t zp, int32_t lo, int32_t hi, uint32_t maker)
{
    PlanTensor t = {arena_str(&f->p->arena, name), c, h, w, scale, zp, lo, hi};
    arr_push(&f->p->tensors, t);
    arr_push(&f->maker, maker);
    return f->p->tensors.n - 1;
}

void fuse_requant(Arena *a, const double *mul, const double *add, uint32_t n_mul, uint32_t n_add, const int32_t **m, const int64_t **k, int32_t *shift)
{
    double top = 0, top_add = 0;
    for (uint32_t i = 0; i < n_mul; i++) top = fabs(mul[i]) > top ? fabs(mul[i]) : top;
    for (uint32_t i = 0; i < n_add; i++) top_add = fabs(add[i]) > top_add ? fabs(add[i]) : top_add;
    int32_t s = 46;
    while (s > 0 && (ldexp(top, s) > 2147483000.0 || ldexp(top_add, s) > 1e18)) s--;
    int32_t *mm = arena_array(a, int32_t, n_mul);
    int64_t *kk = arena_array(a, int64_t, n_add);
    for (uint32_t i = 0; i < n_mul; i++) {
        double v = rint(ldexp(mul[i], s));
        mm[i] = v > INT32_MAX ? INT32_MAX : v < -INT32_MAX ? -INT32_MAX : (int32_t)v;
    }
    for (uint32_t i = 0; i < n_add; i++) {
        double v = rint(ldexp(add[i], s));
        kk[i] = (v > 1e18 ? (int64_t)1e18 : v < -1e18 ? -(int64_t)1e18 : (int64_t)v) + (s > 0 ? (int64_t)1 << (s - 1) : 0);
    }
    *m = mm;
    *k = kk;
    *shift = s;
}

/* A real bound as a code, kept where an int is safe. */
static int32_t bound_code(double v, double scale, int32_t zp)
{
    double q = rint(v / scale) + zp;
    return q < -CODE_LIMIT ? -CODE_LIMIT : q > CODE_LIMIT ? CODE_LIMIT : (int32_t)q;
}

static uint32_t emit(Fuse *f, const PlanLayer *l)
{
    arr_push(&f->p->layers, *l);
    return f->p->layers.n - 1;
}

/* Flattened copy of tensor t, for what comes after; nothing to do for a column. */
static uint32_t flatten(Fuse *f, uint32_t t, const char *name)
{
    PlanTensor in = f->p->tensors.v[t];
    if (in.h == 1 && in.w == 1) return t;
    const char *unique = fuse_name(f, name);
    PlanLayer l = {.name = unique, .op = PLAN_FLATTEN, .in = {t}, .lo = in.lo, .hi = in.hi};
    l.out = fuse_tensor(f, unique, in.c * in.h * in.w, 1, 1, in.scale, in.zp, in.lo, in.hi, f->p->layers.n);
    emit(f, &l);
    return l.out;
}

uint32_t fuse_flatten(Fuse *f, uint32_t tensor, const char *name) { return flatten(f, tensor, name); }

/*
 * Weights of each output channel times the largest whole number that needs no more digits: the sums stay exact, their unit becomes as much
 * smaller, and so does what the converter's LSB and noise mean. The sums keep within half of what the partial sums hold.
 */
static void fill_exactly(Fuse *f, Pending *d)
{
    PlanLayer *l = &d->l;
    int32_t top = 0, slices = 1;
    int64_t n = (int64_t)l->oc * plan_rows(l);
    for (int64_t i = 0; i < n; i++) top = abs(l->w[i]) > top ? abs(l->w[i]) : top;
    while (top >> 3 * slices) slices++;
    int16_t *w = arena_array(&f->p->arena, int16_t, (size_t)n);
    double *factor = arena_array(&f->p->arena, double, d->n);
    fill_weights(&f->p->arch, l, slices, fill_reach(&f->p->tensors.v[l->in[0]]), false, w, factor);
    for (uint32_t o = 0; o < d->n; o++) d->a[o] /= factor[o];
    l->w = w;
}

const int32_t *fuse_bias(Arena *a, const double *mul, const double *add, uint32_t n)
{
    int32_t *bias = arena_array(a, int32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        double v = mul[i] < 0 || mul[i] > 0 ? rint(add[i] / mul[i]) : 0;
        bias[i] = v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
    }
    return bias;
}

Status fuse_finish(Fuse *f, Pending *d, double scale, int32_t zp, int32_t lo, int32_t hi, uint32_t *tensor)
{
    PlanLayer *l = &d->l;
    Arena *a = &f->p->arena;
    if (l->op == PLAN_CONV) fill_exactly(f, d);
    uint32_t n_add = plan_two_inputs(l) ? 1 : d->n;
    double *m = arena_array(&f->p->arena, double, d->n), *k = arena_array(&f->p->arena, double, n_add);
    for (uint32_t i = 0; i < d->n; i++) m[i] = d->a[i] / scale;
    for (uint32_t i = 0; i < n_add; i++) k[i] = d->b[i] / scale;
    fuse_requant(a, m, k, d->n, n_add, &l->mul, &l->add, &l->shift);
    if (l->op == PLAN_CONV) l->bias = fuse_bias(a, d->a, d->b, d->n);
    int32_t qlo = d->lo > -FLT_MAX ? bound_code(d->lo, scale, zp) : lo, qhi = d->hi < FLT_MAX ? bound_code(d->hi, scale, zp) : hi;
    l->lo = qlo > lo ? (qlo < hi ? qlo : hi) : lo;
    l->hi = qhi < hi ? (qhi > l->lo ? qhi : l->lo) : hi;
    l->out = fuse_tensor(f, f->g->values.v[d->value].name, d->c, d->h, d->w, scale, zp, l->lo, l->hi, f->p->layers.n);
    d->layer = emit(f, l);
    *tensor = d->flat ? flatten(f, l->out, arena_printf(a, "%s.flatten", l->name)) : l->out;
    return ST_OK;
}

/* The graph's output, or only seen through views and Softmax by it. */
static bool leads_out(const Graph *g, uint32_t value)
{
    uint32_t v = g->output;
    for (;;) {
        if (v == value) return true;
        const GValue *x = &g->values.v[v];
        if (x->producer == G_NONE) return false;
        const GNode *n = &g->nodes.v[x->producer];
        if (!op_is_view(n->op) && n->op != OP_SOFTMAX) return false;
        v = n->in[0];
    }
}

/* Largest |real| a pending layer can reach, from the range of its inputs. */
static double worst_real(const Fuse *f, const Pending *d)
{
    const PlanTensor *t = &f->p->tensors.v[d->l.in[0]];
    double xmax = fmax(fabs((double)t->hi - t->zp), fabs((double)t->lo - t->zp)), worst = 0;
    if (plan_two_inputs(&d->l)) return fabs(d->a[0]) * xmax + fabs(d->b[0]) + fabs(d->a[1]) * CODE_LIMIT / 1024;
    for (uint32_t o = 0; o < d->n; o++) {
        double sum = d->l.op == PLAN_CONV ? 0 : d->l.kh * d->l.kw;
        for (int32_t i = 0; d->l.op == PLAN_CONV && i < plan_rows(&d->l); i++) sum += fabs((double)d->l.w[(int64_t)o * (uint32_t)plan_rows(&d->l) + (uint32_t)i]);
        worst = fmax(worst, fabs(d->a[o]) * sum * xmax + fabs(d->b[o]));
    }
    return worst > 0 ? worst : 1;
}

static Status need_ranges(Fuse *f)
{
    return f->ranges ? ST_OK : ranges_make(f->g, f->opt->calib, &f->ranges);
}

Status fuse_as_levels(Fuse *f, const GNode *n, uint32_t value, int32_t levels, uint32_t *tensor)
{
    QVal *q = &f->q[value];
    bool negative = true;
    if (q->kind == Q_TENSOR) {
        *tensor = q->i;
        return ST_OK;
    }
    if (q->kind == Q_CODES) return fuse_error(f, n, "MAP-0010", "works on integers; a DequantizeLinear must stand before it");
    if (q->kind == Q_NONE && value != f->input) return fuse_error(f, n, "MAP-0010", "its input '%s' has no integer form", f->g->values.v[value].name);
    if (q->kind == Q_PENDING && leads_out(f->g, value)) {
        Pending *d = &f->pending.v[q->i];
        double scale = worst_real(f, d) / OUT_LEVELS;
        TRY(fuse_finish(f, d, scale, 0, -OUT_LEVELS - 1, OUT_LEVELS, tensor));
    } else if (q->kind == Q_TABLE && leads_out(f->g, value)) {
        *tensor = fuse_tabulate(f, q->i, f->g->values.v[value].name, fuse_table_reach(f, q->i) / OUT_LEVELS, 0, -OUT_LEVELS - 1, OUT_LEVELS);
    } else {
        TRY(need_ranges(f));
        double scale = ranges_scale(f->ranges, value, levels, &negative);
        if (q->kind == Q_NONE) {
            Nchw s = value_nchw(&f->g->values.v[value]);
            *tensor = fuse_tensor(f, f->g->values.v[f->g->input].name, (int32_t)s.c, (int32_t)s.h, (int32_t)s.w, scale, 0, negative ? -levels : 0, levels, G_NONE);
            f->p->input = *tensor;
        } else if (q->kind == Q_TABLE) {
            *tensor = fuse_tabulate(f, q->i, f->g->values.v[value].name, scale, 0, negative ? -levels : 0, levels);
        } else {
            TRY(fuse_finish(f, &f->pending.v[q->i], scale, 0, negative ? -levels : 0, levels, tensor));
        }
    }
    *q = (QVal){Q_TENSOR, *tensor};
    return ST_OK;
}

Status fuse_as_tensor(Fuse *f, const GNode *n, uint32_t value, uint32_t *tensor) { return fuse_as_levels(f, n, value, FUSE_LEVELS, tensor); }

Status fuse_graph(const Graph *g, const MapOptions *opt, Plan *p)
{
    Fuse f = {.g = g, .opt = opt, .p = p, .input = g->input};
    Status st = ST_OK;
    f.q = mem_calloc(g->values.n, sizeof *f.q);
    f.pad = mem_calloc(g->values.n, sizeof *f.pad);
    QVal *taken = mem_calloc(g->nodes.n, sizeof *taken);
    p->input = G_NONE;
    for (uint32_t i = 0; i < g->nodes.n && st == ST_OK; i++) {
        if (g->nodes.v[i].folded) continue;
        st = fuse_node(&f, &g->nodes.v[i]);
        if (st == ST_OK) taken[i] = f.q[g->nodes.v[i].out];
    }
    const GNode *last = &g->nodes.v[g->values.v[g->output].producer];
    FusePad rim = f.pad[g->output];
    if (st == ST_OK && (rim.t || rim.l || rim.b || rim.r)) st = fuse_error(&f, last, "MAP-0022", "pads the network's output; the chip's padding is a convolution's");
    if (st == ST_OK && f.q[g->output].kind == Q_CODES) f.q[g->output].kind = Q_TENSOR;
    if (st == ST_OK) st = fuse_as_tensor(&f, last, g->output, &p->output);
    if (st == ST_OK && (p->input == G_NONE || p->layers.n == 0)) st = msg_error(ST_INPUT, "MAP-0011", graph_loc(g), "the network has no layer that computes");
    if (opt->nodes) map_nodes(&f, taken, opt->nodes);
    mem_free(taken);
    ranges_free(f.ranges);
    names_free(&f.names);
    for (uint32_t i = 0; i < f.pending.n; i++) {
        mem_free(f.pending.v[i].a);
        mem_free(f.pending.v[i].b);
    }
    arr_free(&f.pending);
    arr_free(&f.tables);
    arr_free(&f.maker);
    mem_free(f.q);
    mem_free(f.pad);
    return st;
}
