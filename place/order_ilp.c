/*
 * One row of blocks as an integer linear programme in linear-ordering form.
 *
 * Columns: o(i,j), i < j: 1 if i stands before j; f(i): mirrored; l, r: ends of each net. Rows: every triple without a 3-cycle, ends of
 * nets outside all their pins, where x(i) = x0 + sum of widths of the blocks before i.
 * Source: Grötschel, Jünger, Reinelt 1984; the form was the fastest of those measured (reference: place_route.md §4 a2).
 */
#include "gen/base/lp.h"
#include "place/order_int.h"

#include <math.h>

typedef struct {
    const Row *r;
    Lp *lp;
    int *o;          /* [n·n] column of (i, j), i < j */
    int *f;          /* [n] or -1 */
    int *l, *rr;     /* [n_nets] or -1 */
    int n_cols;
    double span;     /* of the whole row */
} Model;

static void columns(Model *m, double lo, double hi)
{
    const Row *r = m->r;
    for (uint32_t i = 0; i < r->n; i++)
        for (uint32_t j = i + 1; j < r->n; j++) m->o[i * r->n + j] = lp_col(m->lp, NULL, 0, 1, 0, true);
    for (uint32_t i = 0; i < r->n; i++) m->f[i] = r->blocks[i].flip ? lp_col(m->lp, NULL, 0, 1, 0, true) : -1;
    for (uint32_t k = 0; k < r->n_nets; k++) {
        const RowNet *n = &r->nets[k];
        m->l[k] = m->rr[k] = -1;
        if (!n->n_blocks || !n->weight) continue;
        bool fixed = n->lo <= n->hi;
        m->l[k] = lp_col(m->lp, NULL, fixed && n->lo < lo ? n->lo : lo, fixed ? n->lo : hi, -n->weight, false);
        m->rr[k] = lp_col(m->lp, NULL, fixed ? n->hi : lo, fixed && n->hi > hi ? n->hi : hi, n->weight, false);
        m->n_cols = m->rr[k] + 1;
    }
}

static void triples(Model *m)
{
    uint32_t n = m->r->n;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++)
            for (uint32_t k = j + 1; k < n; k++) {
                int c[3] = {m->o[i * n + j], m->o[j * n + k], m->o[i * n + k]};
                double v[3] = {1, 1, -1};
                lp_row(m->lp, 0, 1, 3, c, v);
            }
}

/* x(b) + offset (mirrored: + f·delta) - end >= 0 for the left end, <= 0 for the right one. */
static void end_row(Model *m, uint32_t b, double offset, double delta, int end, bool left, int *c, double *v)
{
    const Row *r = m->r;
    int k = 0;
    double x = r->x0 + offset;
    for (uint32_t j = 0; j < r->n; j++) {
        if (j == b) continue;
        double w = r->blocks[j].w + r->spacing;
        c[k] = j < b ? m->o[j * r->n + b] : m->o[b * r->n + j];
        v[k++] = j < b ? w : -w; /* o(b,j) = 1 says j is behind */
        if (j > b) x += w;
    }
    if (m->f[b] >= 0 && delta != 0) c[k] = m->f[b], v[k++] = delta;
    c[k] = end;
    v[k++] = -1;
    lp_row(m->lp, left ? -x : -LP_INF, left ? LP_INF : -x, k, c, v);
}

static void net_rows(Model *m)
{
    const Row *r = m->r;
    int *c = mem_calloc((size_t)r->n + 2, sizeof *c);
    double *v = mem_calloc((size_t)r->n + 2, sizeof *v);
    for (uint32_t b = 0; b < r->n; b++)
        for (uint32_t i = r->pin0[b]; i < r->pin0[b + 1]; i++) {
            const RowPin *q = &r->pins[i];
            if (m->l[q->net] < 0) continue;
            double delta = (double)r->blocks[b].w - q->hi - q->lo; /* mirrored: lo becomes w - hi, hi becomes w - lo */
            end_row(m, b, q->lo, delta, m->l[q->net], true, c, v);
            end_row(m, b, q->hi, delta, m->rr[q->net], false, c, v);
        }
    mem_free(c);
    mem_free(v);
}

/* Values of all columns for an order: the incumbent. */
static void incumbent(const Model *m, const uint32_t *order, const bool *flip, double *x)
{
    const Row *r = m->r;
    uint32_t *pos = mem_calloc((size_t)r->n + 1, sizeof *pos);
    double *at = mem_calloc((size_t)r->n + 1, sizeof *at);
    double px = r->x0;
    for (uint32_t i = 0; i < r->n; i++) {
        pos[order[i]] = i;
        at[order[i]] = px;
        px += r->blocks[order[i]].w + r->spacing;
    }
    for (uint32_t k = 0; k < r->n_nets; k++) {
        if (m->l[k] < 0) continue;
        x[m->l[k]] = r->nets[k].lo <= r->nets[k].hi ? r->nets[k].lo : 1e18;
        x[m->rr[k]] = r->nets[k].lo <= r->nets[k].hi ? r->nets[k].hi : -1e18;
    }
    for (uint32_t b = 0; b < r->n; b++) {
        for (uint32_t j = b + 1; j < r->n; j++) x[m->o[b * r->n + j]] = pos[b] < pos[j];
        if (m->f[b] >= 0) x[m->f[b]] = flip[b];
        for (uint32_t i = r->pin0[b]; i < r->pin0[b + 1]; i++) {
            const RowPin *q = &r->pins[i];
            if (m->l[q->net] < 0) continue;
            double w = r->blocks[b].w, lo = at[b] + (flip[b] ? w - q->hi : q->lo), hi = at[b] + (flip[b] ? w - q->lo : q->hi);
            if (lo < x[m->l[q->net]]) x[m->l[q->net]] = lo;
            if (hi > x[m->rr[q->net]]) x[m->rr[q->net]] = hi;
        }
    }
    mem_free(pos);
    mem_free(at);
}

/* Rank of each block = number of blocks before it; a legal solution gives a permutation. */
static bool decode(const Model *m, const double *x, uint32_t *order, bool *flip)
{
    const Row *r = m->r;
    bool ok = true;
    for (uint32_t i = 0; i < r->n; i++) order[i] = UINT32_MAX;
    for (uint32_t b = 0; b < r->n; b++) {
        uint32_t rank = 0;
        for (uint32_t j = 0; j < r->n; j++)
            if (j != b) rank += j < b ? x[m->o[j * r->n + b]] > 0.5 : x[m->o[b * r->n + j]] < 0.5;
        if (order[rank] != UINT32_MAX) ok = false;
        order[rank] = b;
        flip[b] = m->f[b] >= 0 && x[m->f[b]] > 0.5;
    }
    return ok;
}

Status row_ilp(const Row *r, int64_t node_limit, uint32_t *order, bool *flip, int64_t *objective, double *bound, int64_t *nodes)
{
    Model m = {.r = r, .lp = lp_new()};
    m.o = mem_calloc((size_t)r->n * r->n + 1, sizeof *m.o);
    m.f = mem_calloc((size_t)r->n + 1, sizeof *m.f);
    m.l = mem_calloc((size_t)r->n_nets + 1, sizeof *m.l);
    m.rr = mem_calloc((size_t)r->n_nets + 1, sizeof *m.rr);
    double hi = r->x0;
    for (uint32_t i = 0; i < r->n; i++) hi += r->blocks[i].w + r->spacing;
    m.n_cols = (int)(r->n * (r->n - 1) / 2);
    columns(&m, r->x0, hi);
    triples(&m);
    net_rows(&m);
    double *start = mem_calloc((size_t)m.n_cols + r->n + 1, sizeof *start);
    incumbent(&m, order, flip, start);
    LpOptions opt = {.node_limit = node_limit, .cuts = r->n >= 9, .start = start};
    LpResult res = {0};
    Status st = lp_solve(m.lp, &opt, &res);
    int64_t constant = 0;
    for (uint32_t k = 0; k < r->n_nets; k++)
        if (m.l[k] < 0 && r->nets[k].lo < r->nets[k].hi) constant += r->nets[k].weight * ((int64_t)r->nets[k].hi - r->nets[k].lo);
    if (st == ST_OK && (res.status == LP_OPTIMAL || res.status == LP_FEASIBLE) && res.x) {
        uint32_t *o = mem_calloc((size_t)r->n + 1, sizeof *o);
        bool *f = mem_calloc((size_t)r->n + 1, sizeof *f);
        if (decode(&m, res.x, o, f) && row_cost(r, o, f) <= *objective) {
            memcpy(order, o, r->n * sizeof *o);
            memcpy(flip, f, r->n * sizeof *f);
            *objective = row_cost(r, o, f);
        }
        mem_free(o);
        mem_free(f);
    }
    if (st == ST_OK) {
        /* Data are integral: an optimum between two integers is the upper one. */
        double b = ceil(res.bound + (double)constant - 1e-6 * fabs(res.bound) - 1e-6);
        *bound = res.status == LP_INFEASIBLE || res.status == LP_FAILED ? 0 : b < (double)*objective ? b : (double)*objective;
        *nodes = res.nodes;
    }
    mem_free(res.x);
    mem_free(start);
    mem_free(m.o);
    mem_free(m.f);
    mem_free(m.l);
    mem_free(m.rr);
    lp_free(m.lp);
    return st;
}
