/*
 * Functions of one value: Sigmoid, LeakyRelu and whatever operators of one value and single constants make of a quantised tensor. They are computed for every
 * integer that the tensor can hold, with the operators' own code; a QuantizeLinear (or a reader that needs integers) makes a table of them.
 */
#include "mapper/map.h"

#include <math.h>

#define ARGUMENT_LEVELS 511 /* 10 bits, as the tables have entries for */
#define TABLES_MAX 4096 /* in one network: a table takes 4 KB, its node a few bytes of the file */

#define STEPS 8       /* of a branch */
#define NEAR 16       /* nodes from a branch to where it ends */

#define BAD(id, ...) return fuse_error(f, n, id, __VA_ARGS__)

static const GValue *value(const Fuse *f, uint32_t v) { return &f->g->values.v[v]; }

/* Without another form on the chip. */
static bool curved(OpKind op)
{
    return op == OP_LEAKYRELU || op == OP_SIGMOID || op == OP_TANH || op == OP_HARDSIGMOID || op == OP_HARDSWISH || op == OP_ELU;
}

static bool elementwise(OpKind op)
{
    return curved(op) || op == OP_RELU || op == OP_CLIP || op == OP_ADD || op == OP_SUB || op == OP_MUL || op == OP_DIV;
}

/* The tensor whose integers a value is a function of; G_NONE: none yet. */
static uint32_t root(const Fuse *f, uint32_t v)
{
    QVal q = f->q[v];
    return q.kind == Q_TENSOR ? q.i : q.kind == Q_TABLE ? f->tables.v[q.i].tensor : G_NONE;
}

/* How many computed inputs an operator of one value and single constants has; 0: it is none. in: the last of them */
static uint32_t computed(const Fuse *f, const GNode *n, uint32_t *in)
{
    uint32_t found = 0;
    for (uint32_t k = 0; k < n->n_in && elementwise(n->op); k++) {
        if (n->in[k] == G_NONE) continue;
        const GValue *x = value(f, n->in[k]);
        if (x->count != (x->f ? 1 : value(f, n->out)->count)) return 0;
        if (!x->f) *in = n->in[k], found++;
    }
    return found;
}

/* A value and those that it is a function of, one after the other. */
static uint32_t chain(const Fuse *f, uint32_t v, uint32_t of[STEPS])
{
    uint32_t n = 1;
    for (of[0] = v; n < STEPS; n++) {
        uint32_t p = value(f, of[n - 1])->producer;
        if (p == G_NONE || computed(f, &f->g->nodes.v[p], &of[n]) != 1) break;
    }
    return n;
}

/* Does m put two functions of one value together? by: must be one of them or stand in them, unless G_NONE. */
static bool joins(const Fuse *f, const GNode *m, uint32_t by)
{
    uint32_t last, a[STEPS], b[STEPS];
    if (computed(f, m, &last) != 2) return false;
    uint32_t n_a = chain(f, m->in[0], a), n_b = chain(f, m->in[1], b);
    bool there = by == G_NONE;
    for (uint32_t i = 0; i < n_a; there = there || a[i] == by, i++) {
        bool on_b = false;
        for (uint32_t k = 0; k < n_b; on_b = on_b || b[k] == by, k++)
            if (a[i] == b[k]) return there || on_b;
    }
    return false;
}

/* x · Clip(x + 3, 0, 6) / 6: the steps of one branch are no layers, they come together with the other soon. */
static bool branch(const Fuse *f, const GNode *n)
{
    const GNode *end = f->g->nodes.v + f->g->nodes.n;
    for (const GNode *m = n + 1; m < end && m <= n + NEAR; m++)
        if (m->op != OP_ADD && joins(f, m, n->out)) return true;
    return false;
}

bool fuse_is_function(const Fuse *f, const GNode *n)
{
    uint32_t in = 0, inputs = computed(f, n, &in);
    if (curved(n->op)) return true;
    if (inputs == 1) return f->q[in].kind == Q_TABLE || branch(f, n);
    if (inputs != 2 || root(f, n->in[0]) == G_NONE || root(f, n->in[0]) != root(f, n->in[1])) return false;
    return n->op != OP_ADD || f->q[n->in[0]].kind == Q_TABLE || f->q[n->in[1]].kind == Q_TABLE;
}

/* n is the first that reads it: it would have a scale otherwise. */
static bool only_functions(const Fuse *f, const GNode *n, uint32_t v)
{
    uint32_t found = 0, uses = value(f, v)->uses;
    for (const GNode *m = n, *end = f->g->nodes.v + f->g->nodes.n; m < end && found < uses; m++)
        for (uint32_t k = 0; k < m->n_in; k++) {
            if (m->in[k] != v) continue;
            if (!joins(f, m, G_NONE) && !fuse_is_function(f, m)) return false;
            found++;
        }
    return found == uses;
}

/* What n makes of every integer of tensor t, computed as `infer` does. */
static float *evaluate(Fuse *f, const GNode *n, const PlanTensor *t)
{
    int64_t size = plan_table(t);
    float *x = mem_calloc((size_t)size, sizeof *x), *y = arena_array(&f->p->arena, float, (size_t)size);
    const float *in[G_INPUTS] = {0};
    Graph g = {.opset = f->g->opset};
    GNode m = *n;
    Scratch scratch = {0};
    for (int32_t q = t->lo; q <= t->hi; q++) x[q - t->lo] = (float)(q - t->zp) * (float)t->scale;
    for (uint32_t k = 0; k < n->n_in; k++) {
        GValue v = {.type = DT_FLOAT, .count = 1};
        if (n->in[k] != G_NONE) {
            QVal q = f->q[n->in[k]];
            in[k] = value(f, n->in[k])->f ? value(f, n->in[k])->f : q.kind == Q_TABLE ? f->tables.v[q.i].y : x;
            if (!value(f, n->in[k])->f) v.rank = 1, v.dim[0] = v.count = size;
            m.in[k] = k;
        }
        arr_push(&g.values, v);
    }
    m.out = g.values.n;
    arr_push(&g.values, ((GValue){.type = DT_FLOAT, .rank = 1, .dim = {size}, .count = size}));
    op_eval(&g, &m, in, y, &scratch);
    mem_free(scratch.v);
    arr_free(&g.values);
    mem_free(x);
    return y;
}

Status fuse_function(Fuse *f, const GNode *n)
{
    uint32_t in = n->in[value(f, n->in[0])->f != NULL], t = root(f, in);
    if (t == G_NONE) TRY(fuse_as_levels(f, n, in, only_functions(f, n, in) ? ARGUMENT_LEVELS : FUSE_LEVELS, &t));
    const PlanTensor *x = &f->p->tensors.v[t];
    if (plan_table(x) > PLAN_TABLE_MAX)
        BAD("MAP-0024", "its argument has %d integers, %d…%d; the chip's tables have %d entries: quantise it to 10 bits or less", plan_table(x), x->lo, x->hi, PLAN_TABLE_MAX);
    if (f->tables.n == TABLES_MAX) BAD("MAP-0024", "is one of more than %d functions", TABLES_MAX);
    float *y = evaluate(f, n, x);
    for (int32_t k = 0; k < plan_table(x); k++)
        if (!isfinite(y[k])) BAD("MAP-0024", "is not a finite number at integer %d of its argument", x->lo + k);
    bool flat = f->q[in].kind == Q_TABLE && f->tables.v[f->q[in].i].flat;
    arr_push(&f->tables, ((FuseTable){.tensor = t, .y = y, .name = n->name, .flat = flat, .layer = G_NONE}));
    f->q[n->out] = (QVal){Q_TABLE, f->tables.n - 1};
    return ST_OK;
}

void fuse_function_view(Fuse *f, const GNode *n, bool flat)
{
    FuseTable d = f->tables.v[f->q[n->in[0]].i];
    d.flat = flat;
    arr_push(&f->tables, d);
    f->q[n->out] = (QVal){Q_TABLE, f->tables.n - 1};
}

double fuse_table_reach(const Fuse *f, uint32_t table)
{
    const FuseTable *d = &f->tables.v[table];
    double top = 0;
    for (int32_t k = 0; k < plan_table(&f->p->tensors.v[d->tensor]); k++) top = fmax(top, fabs((double)d->y[k]));
    return top > 0 ? top : 1;
}

uint32_t fuse_tabulate(Fuse *f, uint32_t table, const char *name, double scale, int32_t zp, int32_t lo, int32_t hi)
{
    FuseTable *d = &f->tables.v[table];
    const PlanTensor x = f->p->tensors.v[d->tensor];
    int32_t *e = arena_array(&f->p->arena, int32_t, (size_t)plan_table(&x)), least = hi, most = lo;
    for (int32_t k = 0; k < plan_table(&x); k++) {
        float v = rintf(d->y[k] / (float)scale) + (float)zp; /* as QuantizeLinear, in float */
        e[k] = v < (float)lo ? lo : v > (float)hi ? hi : (int32_t)v;
        if (e[k] < least) least = e[k];
        if (e[k] > most) most = e[k];
    }
    PlanLayer l = {.name = fuse_name(f, d->name), .op = PLAN_TABLE, .in = {d->tensor}, .lo = least, .hi = most, .table = e};
    l.out = fuse_tensor(f, name, x.c, x.h, x.w, scale, zp, least, most, f->p->layers.n);
    d->layer = f->p->layers.n;
    arr_push(&f->p->layers, l);
    return d->flat ? fuse_flatten(f, l.out, arena_printf(&f->p->arena, "%s.flatten", l.name)) : l.out;
}

void fuse_table_clamp(Fuse *f, PlanLayer *l)
{
    int32_t n = plan_table(&f->p->tensors.v[l->in[0]]), *e = arena_array(&f->p->arena, int32_t, (size_t)n);
    for (int32_t k = 0; k < n; k++) e[k] = l->table[k] < l->lo ? l->lo : l->table[k] > l->hi ? l->hi : l->table[k];
    l->table = e;
}
