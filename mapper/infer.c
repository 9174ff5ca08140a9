/*
 * Float inference of the whole graph: nodes in order, buffers shared by values that are never alive together. Samples are
 * independent, so threads take contiguous shares of them and the result does not depend on their number.
 */
#include "mapper/graph.h"
#include "mapper/mapper.h"

#include <math.h>

#define ACTIVATIONS_MAX ((int64_t)1 << 28) /* floats held by one thread */

struct Exec {
    const Graph *g;
    const float **value;  /* [values] where each value stands */
    float **buffer;       /* [values] own buffers, NULL for constants and views */
    float **pool;         /* all buffers, to be freed */
    uint32_t n_pool;
    Scratch scratch;
};

typedef struct { float *v; int64_t n; bool busy; } Slot;

/* The value whose buffer v's content lies in: views are followed. */
static uint32_t value_root(const Graph *g, uint32_t v)
{
    while (g->values.v[v].producer != G_NONE && op_is_view(g->nodes.v[g->values.v[v].producer].op) && !g->values.v[v].f)
        v = g->nodes.v[g->values.v[v].producer].in[0];
    return v;
}

static float *take_slot(Slot *slots, uint32_t *n, int64_t count, bool fresh, uint32_t *which)
{
    uint32_t best = G_NONE;
    for (uint32_t i = 0; i < *n && !fresh; i++)
        if (!slots[i].busy && slots[i].n >= count && (best == G_NONE || slots[i].n < slots[best].n)) best = i;
    if (best == G_NONE) {
        best = (*n)++;
        slots[best].v = mem_calloc((size_t)count + 16, sizeof(float));
        slots[best].n = count;
    }
    slots[best].busy = true;
    *which = best;
    return slots[best].v;
}

Exec *exec_make(const Graph *g, bool keep_all)
{
    uint32_t nv = g->values.n;
    Exec *e = mem_alloc(sizeof *e);
    e->g = g;
    e->value = mem_calloc(nv, sizeof *e->value);
    e->buffer = mem_calloc(nv, sizeof *e->buffer);
    uint32_t *last = mem_calloc(nv, sizeof *last), *slot_of = mem_calloc(nv, sizeof *slot_of), n_slots = 0;
    Slot *slots = mem_calloc(nv + 1, sizeof *slots);
    for (uint32_t i = 0; i < g->nodes.n; i++)
        for (uint32_t k = 0; k < g->nodes.v[i].n_in; k++)
            if (g->nodes.v[i].in[k] != G_NONE) last[value_root(g, g->nodes.v[i].in[k])] = i;
    last[value_root(g, g->output)] = UINT32_MAX;
    for (uint32_t v = 0; v < nv; v++) e->value[v] = g->values.v[v].f;
    for (uint32_t i = 0; i < g->nodes.n; i++) {
        const GNode *n = &g->nodes.v[i];
        if (n->folded || op_is_view(n->op)) continue;
        e->buffer[n->out] = take_slot(slots, &n_slots, g->values.v[n->out].count, keep_all, &slot_of[n->out]);
        e->value[n->out] = e->buffer[n->out];
        if (keep_all) continue;
        for (uint32_t k = 0; k < n->n_in; k++) { /* what this node was the last to read is free again */
            uint32_t r = n->in[k] == G_NONE ? G_NONE : value_root(g, n->in[k]);
            if (r != G_NONE && e->buffer[r] && last[r] == i) slots[slot_of[r]].busy = false;
        }
        if (last[n->out] == 0) slots[slot_of[n->out]].busy = false; /* nobody reads it */
    }
    e->pool = mem_calloc(n_slots + 1, sizeof *e->pool);
    e->n_pool = n_slots;
    for (uint32_t i = 0; i < n_slots; i++) e->pool[i] = slots[i].v;
    mem_free(slots);
    mem_free(slot_of);
    mem_free(last);
    return e;
}

const float *exec_run(Exec *e, const float *input)
{
    const Graph *g = e->g;
    e->value[g->input] = input;
    for (uint32_t i = 0; i < g->nodes.n; i++) {
        const GNode *n = &g->nodes.v[i];
        const float *in[G_INPUTS];
        if (n->folded) continue;
        if (op_is_view(n->op)) {
            e->value[n->out] = e->value[n->in[0]];
            continue;
        }
        for (uint32_t k = 0; k < G_INPUTS; k++) in[k] = n->in[k] == G_NONE ? NULL : e->value[n->in[k]];
        op_eval(g, n, in, e->buffer[n->out], &e->scratch);
    }
    return e->value[g->output];
}

const float *exec_value(const Exec *e, uint32_t v) { return e->value[v]; }

void exec_free(Exec *e)
{
    if (!e) return;
    for (uint32_t i = 0; i < e->n_pool; i++) mem_free(e->pool[i]);
    mem_free(e->pool);
    mem_free(e->value);
    mem_free(e->buffer);
    mem_free(e->scratch.v);
    mem_free(e);
}

int64_t graph_input_count(const Graph *g) { return g->values.v[g->input].count / g->batch; }

int64_t graph_output_count(const Graph *g)
{
    const GValue *y = &g->values.v[g->output];
    return y->count % g->batch ? y->count : y->count / g->batch;
}

NpyType graph_output_type(const Graph *g)
{
    switch (g->values.v[g->output].type) {
    case DT_UINT8:
    case DT_BOOL: return NPY_U8;
    case DT_INT8: return NPY_I8;
    case DT_INT32: return NPY_I32;
    case DT_INT64: return NPY_I64;
    default: return NPY_F32;
    }
}

/* Values of an integer input must be such, and exact in float32. */
static Status check_integers(const Graph *g, const Npy *x)
{
    DataType t = g->values.v[g->input].type;
    if (t == DT_FLOAT || t == DT_DOUBLE || t == DT_FLOAT16 || t == DT_BFLOAT16) return ST_OK;
    double lo = t == DT_INT8 ? -128 : t == DT_UINT8 || t == DT_BOOL ? 0 : -16777216, hi = t == DT_INT8 ? 127 : t == DT_UINT8 ? 255 : t == DT_BOOL ? 1 : 16777216;
    for (int64_t i = 0; i < x->count; i++) {
        double v = npy_get(x, i);
        if (!(v >= lo && v <= hi) || v < rint(v) || v > rint(v))
            return msg_error(ST_INPUT, "WKL-0003", graph_loc(g), "workload value %lld is %g; the network's input holds whole numbers %.0f to %.0f", (long long)i, v, lo, hi);
    }
    return ST_OK;
}

typedef struct {
    const Graph *g;
    const Npy *x;
    float *y;
    int64_t runs;
    uint32_t shares;
} Job;

static Status infer_share(void *ctx, uint32_t i)
{
    const Job *j = ctx;
    int64_t from = j->runs * i / j->shares, to = j->runs * (i + 1) / j->shares;
    int64_t nx = j->g->values.v[j->g->input].count, ny = j->g->values.v[j->g->output].count;
    Exec *e = exec_make(j->g, false);
    float *x = mem_calloc((size_t)nx, sizeof *x);
    for (int64_t s = from; s < to; s++) {
        for (int64_t k = 0; k < nx; k++) x[k] = (float)npy_get(j->x, s * nx + k);
        memcpy(j->y + s * ny, exec_run(e, x), (size_t)ny * sizeof *x);
    }
    mem_free(x);
    exec_free(e);
    return ST_OK;
}

Status graph_infer(const Graph *g, const Npy *x, uint32_t threads, float **y)
{
    int64_t nx = g->values.v[g->input].count, ny = g->values.v[g->output].count, live = 0;
    *y = NULL;
    for (uint32_t i = 0; i < g->nodes.n; i++) live += g->nodes.v[i].folded ? 0 : g->values.v[g->nodes.v[i].out].count;
    if (live > ACTIVATIONS_MAX) return msg_error(ST_LIMIT, "ONNX-0030", graph_loc(g), "activations of the network take more than %lld MB", (long long)(ACTIVATIONS_MAX >> 18));
    if (x->count % nx) {
        return msg_error(ST_INPUT, "WKL-0001", graph_loc(g), "the workload's %lld values are not a multiple of the network's input (%lld)",
                         (long long)x->count, (long long)nx);
    }
    TRY(check_integers(g, x));
    Job j = {g, x, NULL, x->count / nx, threads ? threads : 1};
    if (j.runs > INT64_MAX / 8 / ny) return msg_error(ST_LIMIT, "ONNX-0030", graph_loc(g), "the result would be too large");
    j.y = mem_calloc((size_t)(j.runs * ny), sizeof *j.y);
    Status st = par_for(j.shares, j.shares, infer_share, &j);
    if (st == ST_OK) *y = j.y;
    else mem_free(j.y);
    return st;
}
