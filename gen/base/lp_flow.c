/*
 * Network problems of the LP gate: min-cost flow by GLPK's out-of-kilter algorithm, assignment by shortest
 * augmenting paths of our own.
 *
 * Invariant: a flow that is called optimal has been proven so here, in integers: balance, bounds, and the signs of
 * the reduced costs. glp_mincost_relax4 is never called: in GLPK 5.0 it aborts.
 */
#include "gen/base/lp_int.h"

#include <glpk.h>
#include <limits.h>
#include <math.h>

/* ---- min-cost flow ---------------------------------------------------------------------------- */

/* GLPK's algorithm works in int. A capacity above this stands for "no limit". */
enum { CAP_MAX = INT_MAX / 4 };

typedef struct {
    int n, m, rc;
    const int64_t *supply;
    const LpArc *arcs;
    glp_arc **arc; /* [m]; NULL: from a node to itself */
    int64_t *flow, *pi;
} Flow;

typedef struct { double rhs, pi; } VertexData;
typedef struct { double low, cap, cost, x; } ArcData;

static int64_t loop_flow(const LpArc *a) { return a->cost >= 0 ? a->low : a->cap < CAP_MAX ? a->cap : CAP_MAX; }

static void flow_run(void *ctx)
{
    Flow *f = ctx;
    glp_graph *g = glp_create_graph(sizeof(VertexData), sizeof(ArcData));
    if (f->n) glp_add_vertices(g, f->n);
    for (int i = 0; i < f->n; i++) ((VertexData *)g->v[i + 1]->data)->rhs = (double)f->supply[i];
    for (int i = 0; i < f->m; i++) {
        const LpArc *a = &f->arcs[i];
        if (a->from == a->to) continue; /* GLPK's algorithm does not take it, and it binds nothing */
        f->arc[i] = glp_add_arc(g, a->from + 1, a->to + 1);
        double cap = (double)(a->cap < CAP_MAX ? a->cap : CAP_MAX);
        *(ArcData *)f->arc[i]->data = (ArcData){(double)a->low, cap, (double)a->cost, 0};
    }
    double total;
    f->rc = glp_mincost_okalg(g, offsetof(VertexData, rhs), offsetof(ArcData, low), offsetof(ArcData, cap), offsetof(ArcData, cost),
                              &total, offsetof(ArcData, x), offsetof(VertexData, pi));
    if (f->rc == 0) {
        for (int i = 0; i < f->m; i++) f->flow[i] = f->arc[i] ? llrint(((ArcData *)f->arc[i]->data)->x) : loop_flow(&f->arcs[i]);
        for (int i = 0; i < f->n; i++) f->pi[i] = llrint(((VertexData *)g->v[i + 1]->data)->pi);
    }
    glp_delete_graph(g);
}

/* Everything fits the int of GLPK's algorithm. */
static bool in_range(const Flow *f)
{
    int64_t sum = 0;
    for (int i = 0; i < f->n; i++) {
        if (f->supply[i] > CAP_MAX || f->supply[i] < -CAP_MAX) return false;
        if (f->supply[i] > 0) sum += f->supply[i];
    }
    if (sum > CAP_MAX) return false;
    for (int i = 0; i < f->m; i++) {
        const LpArc *a = &f->arcs[i];
        assert(a->from >= 0 && a->from < f->n && a->to >= 0 && a->to < f->n);
        if (a->low < 0 || a->low > CAP_MAX || a->cost > CAP_MAX || a->cost < -CAP_MAX) return false;
    }
    return true;
}

/* Supplies that do not cancel, or a lower bound above its capacity: a plain answer that GLPK calls bad data. */
static bool plainly_infeasible(const Flow *f)
{
    int64_t sum = 0;
    for (int i = 0; i < f->n; i++) sum += f->supply[i];
    bool bad = sum != 0;
    for (int i = 0; i < f->m; i++) bad = bad || f->arcs[i].low > f->arcs[i].cap;
    return bad;
}

/* OPTIMAL only by proof: with rc = cost - (pi[from] - pi[to]), flow above its lower bound needs rc <= 0 and flow
 * below its capacity needs rc >= 0 (complementary slackness). */
static LpStatus flow_verdict(const Flow *f, int64_t *net)
{
    for (int i = 0; i < f->n; i++) net[i] = -f->supply[i];
    for (int i = 0; i < f->m; i++) {
        const LpArc *a = &f->arcs[i];
        int64_t x = f->flow[i], rc = a->cost - (f->pi[a->from] - f->pi[a->to]);
        if (x < a->low || x > a->cap) return LP_FAILED;
        if (a->cap > CAP_MAX && x == CAP_MAX) return LP_UNBOUNDED; /* a cycle of negative cost and no limit */
        if ((x > a->low && rc > 0) || (x < a->cap && rc < 0)) return LP_FAILED;
        net[a->from] += x;
        net[a->to] -= x;
    }
    for (int i = 0; i < f->n; i++)
        if (net[i] != 0) return LP_FAILED;
    return LP_OPTIMAL;
}

Status lp_mincost(int n_nodes, const int64_t *supply, int n_arcs, const LpArc *arcs, LpStatus *status, int64_t *flow, int64_t *pi)
{
    Flow f = {.n = n_nodes, .m = n_arcs, .supply = supply, .arcs = arcs, .flow = flow};
    *status = LP_FAILED;
    if (!in_range(&f))
        return msg_error(ST_LIMIT, "LP-0002", (Loc){0}, "a network flow problem has numbers above %d or a negative lower bound", CAP_MAX);
    if (plainly_infeasible(&f)) {
        *status = LP_INFEASIBLE;
        return ST_OK;
    }
    f.arc = mem_calloc((size_t)n_arcs + 1, sizeof(glp_arc *));
    f.pi = mem_calloc((size_t)n_nodes + 1, sizeof *f.pi);
    int64_t *net = mem_calloc((size_t)n_nodes + 1, sizeof *net);
    Status st = ST_OK;
    if (!lp_guarded(flow_run, &f)) st = lp_gave_up();
    else if (f.rc == GLP_ERANGE) st = msg_error(ST_LIMIT, "LP-0002", (Loc){0}, "a network flow problem overflows 32 bits");
    else if (f.rc == GLP_ENOPFS) *status = LP_INFEASIBLE;
    else if (f.rc == 0) *status = flow_verdict(&f, net);
    if (st == ST_OK && *status == LP_OPTIMAL && pi && n_nodes) memcpy(pi, f.pi, (size_t)n_nodes * sizeof *pi);
    mem_free(net);
    mem_free(f.pi);
    mem_free(f.arc);
    return st;
}

/* ---- assignment ------------------------------------------------------------------------------- */

typedef struct {
    int n;
    const int64_t *cost;
    int64_t *u, *v, *slack; /* potentials of rows and columns; columns from 1, column 0 is the row's own start */
    int *row_of, *from;     /* [n + 1]: row (from 1) matched to a column, column before it on the path */
    bool *seen;
} Assign;

/* Add row i to the matching along a shortest path in reduced costs. */
static void augment(Assign *a, int i)
{
    int col = 0, n = a->n;
    a->row_of[0] = i;
    for (int j = 0; j <= n; j++) {
        a->slack[j] = INT64_MAX;
        a->seen[j] = false;
    }
    do {
        a->seen[col] = true;
        int row = a->row_of[col], next = 0;
        int64_t delta = INT64_MAX;
        const int64_t *cost = a->cost + (size_t)(row - 1) * (size_t)n - 1;
        for (int j = 1; j <= n; j++) {
            if (a->seen[j]) continue;
            int64_t reduced = cost[j] - a->u[row] - a->v[j];
            if (reduced < a->slack[j]) {
                a->slack[j] = reduced;
                a->from[j] = col;
            }
            if (a->slack[j] < delta) {
                delta = a->slack[j];
                next = j;
            }
        }
        for (int j = 0; j <= n; j++) {
            if (a->seen[j]) {
                a->u[a->row_of[j]] += delta;
                a->v[j] -= delta;
            } else {
                a->slack[j] -= delta;
            }
        }
        col = next;
    } while (a->row_of[col] != 0);
    for (; col; col = a->from[col]) a->row_of[col] = a->row_of[a->from[col]];
}

/* Kuhn 1955, Munkres 1957 in the form of shortest augmenting paths (Jonker, Volgenant 1987): O(n^3), exact.
 * Measured at n = 600: 0.07 s; glp_asnprob_okalg, which takes costs as doubles, 3.6 s. */
Status lp_assign(int n, const int64_t *cost, int *to, int64_t *total)
{
    size_t k = (size_t)n + 1;
    /* Potentials stay below n times the largest cost: with this bound no sum can overflow. */
    int64_t limit = INT64_MAX / 8 / (int64_t)k;
    for (size_t i = 0; i < (size_t)n * (size_t)n; i++)
        if (cost[i] > limit || cost[i] < -limit) return msg_error(ST_LIMIT, "LP-0002", (Loc){0}, "a cost of an assignment is above %lld", (long long)limit);
    Assign a = {.n = n, .cost = cost};
    a.u = mem_calloc(3 * k, sizeof *a.u);
    a.v = a.u + k;
    a.slack = a.v + k;
    a.row_of = mem_calloc(2 * k, sizeof *a.row_of);
    a.from = a.row_of + k;
    a.seen = mem_calloc(k, sizeof *a.seen);
    for (int i = 1; i <= n; i++) augment(&a, i);
    *total = 0;
    for (int j = 1; j <= n; j++) {
        int i = a.row_of[j] - 1;
        to[i] = j - 1;
        *total += cost[(size_t)i * (size_t)n + (size_t)(j - 1)];
    }
    mem_free(a.u);
    mem_free(a.row_of);
    mem_free(a.seen);
    return ST_OK;
}
