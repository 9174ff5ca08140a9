/*
 * GLPK gate. Every entry runs inside guarded(): GLPK's error hook jumps back here, its environment is thrown away, the caller gets
 * LP-0001. One GLPK call at a time: its environment is per thread, but its memory accounting is not worth trusting.
 */
#include "gen/base/lp.h"

#include <glpk.h>
#include <math.h>
#include <setjmp.h>

typedef struct {
    double lo, hi, cost;
    bool integer;
    char name[24];
} Col;

typedef struct {
    double lo, hi;
    uint32_t at, n;
} Row;

struct Lp {
    ARRAY(Col) cols;
    ARRAY(Row) rows;
    ARRAY(int) index;
    ARRAY(double) coef;
};

Lp *lp_new(void) { return mem_alloc(sizeof(Lp)); }

void lp_free(Lp *p)
{
    if (!p) return;
    arr_free(&p->cols);
    arr_free(&p->rows);
    arr_free(&p->index);
    arr_free(&p->coef);
    mem_free(p);
}

int lp_col(Lp *p, const char *name, double lo, double hi, double cost, bool integer)
{
    Col c = {.lo = lo, .hi = hi, .cost = cost, .integer = integer};
    snprintf(c.name, sizeof c.name, "%s", name ? name : "");
    arr_push(&p->cols, c);
    return (int)p->cols.n - 1;
}

int lp_row(Lp *p, double lo, double hi, int n, const int *cols, const double *coefs)
{
    Row r = {lo, hi, p->index.n, (uint32_t)n};
    for (int i = 0; i < n; i++) {
        assert(cols[i] >= 0 && (uint32_t)cols[i] < p->cols.n);
        arr_push(&p->index, cols[i]);
        arr_push(&p->coef, coefs[i]);
    }
    arr_push(&p->rows, r);
    return (int)p->rows.n - 1;
}

/* ---- the guard ------------------------------------------------------------------------------------ */

static _Thread_local jmp_buf back;
static _Thread_local Buf said;

static int on_print(void *info, const char *s)
{
    (void)info;
    if (said.n < 2000) buf_str(&said, s);
    return 1; /* nothing reaches the terminal */
}

static void on_error(void *info)
{
    (void)info;
    longjmp(back, 1);
}

typedef void (*Guarded)(void *ctx);

/* false: GLPK gave up; its environment is gone, so nothing of it may be touched. */
static bool guarded(Guarded fn, void *ctx)
{
    glp_init_env();
    said.n = 0;
    if (setjmp(back) != 0) {
        glp_free_env();
        return false;
    }
    glp_term_hook(on_print, NULL);
    glp_error_hook(on_error, NULL);
    fn(ctx);
    glp_free_env();
    buf_free(&said);
    return true;
}

static Status gave_up(void)
{
    size_t n = said.n;
    while (n && said.s[n - 1] == '\n') n--;
    Status st = msg_error(ST_LIMIT, "LP-0001", (Loc){0}, "GLPK gave up: %.*s", (int)n, said.s ? said.s : "");
    buf_free(&said);
    return st;
}

/* ---- verification ------------------------------------------------------------------------------------ */

static bool near_row(double v, double lo, double hi, double scale)
{
    double tol = 1e-6 * (1 + scale);
    return v >= lo - tol && v <= hi + tol;
}

/* Integer columns are rounded first. Where row and values are whole numbers the sum below is exact in a double (|sum| < 2^53). */
static bool verify(const Lp *p, double *x)
{
    for (uint32_t i = 0; i < p->cols.n; i++) {
        const Col *c = &p->cols.v[i];
        if (c->integer) {
            if (fabs(x[i] - nearbyint(x[i])) > 1e-5) return false;
            x[i] = nearbyint(x[i]);
        }
        if (!near_row(x[i], c->lo, c->hi, fabs(x[i]))) return false;
    }
    for (uint32_t i = 0; i < p->rows.n; i++) {
        const Row *r = &p->rows.v[i];
        double sum = 0, scale = 0;
        bool whole = true;
        for (uint32_t k = 0; k < r->n; k++) {
            double a = p->coef.v[r->at + k], v = x[p->index.v[r->at + k]];
            sum += a * v;
            scale += fabs(a * v);
            whole = whole && a == nearbyint(a) && v == nearbyint(v);
        }
        if (whole && scale < 0x1p53 ? sum < r->lo || sum > r->hi : !near_row(sum, r->lo, r->hi, scale)) return false;
    }
    return true;
}

static double objective(const Lp *p, const double *x)
{
    double v = 0;
    for (uint32_t i = 0; i < p->cols.n; i++) v += p->cols.v[i].cost * x[i];
    return v;
}

/* ---- linear and integer programmes ---------------------------------------------------------------------- */

typedef struct {
    const Lp *p;
    const LpOptions *opt;
    LpResult *out;
    double *x;
    int64_t nodes, node_limit;
    double best_bound;
    bool limit_hit, have_bound;
} Run;

static int bound_kind(double lo, double hi)
{
    if (lo <= -LP_INF) return hi >= LP_INF ? GLP_FR : GLP_UP;
    if (hi >= LP_INF) return GLP_LO;
    return lo == hi ? GLP_FX : GLP_DB;
}

static glp_prob *load(const Lp *p, bool *mip)
{
    glp_prob *g = glp_create_prob();
    glp_set_obj_dir(g, GLP_MIN);
    if (p->cols.n) glp_add_cols(g, (int)p->cols.n);
    if (p->rows.n) glp_add_rows(g, (int)p->rows.n);
    *mip = false;
    for (uint32_t i = 0; i < p->cols.n; i++) {
        const Col *c = &p->cols.v[i];
        glp_set_col_bnds(g, (int)i + 1, bound_kind(c->lo, c->hi), c->lo, c->hi);
        glp_set_obj_coef(g, (int)i + 1, c->cost);
        if (c->integer) glp_set_col_kind(g, (int)i + 1, GLP_IV), *mip = true;
    }
    int *index = mem_calloc(p->index.n + 1, sizeof *index);
    double *coef = mem_calloc(p->coef.n + 1, sizeof *coef);
    for (uint32_t i = 0; i < p->rows.n; i++) {
        const Row *r = &p->rows.v[i];
        glp_set_row_bnds(g, (int)i + 1, bound_kind(r->lo, r->hi), r->lo, r->hi);
        for (uint32_t k = 0; k < r->n; k++) index[k + 1] = p->index.v[r->at + k] + 1, coef[k + 1] = p->coef.v[r->at + k];
        glp_set_mat_row(g, (int)i + 1, (int)r->n, index, coef);
    }
    mem_free(index);
    mem_free(coef);
    return g;
}

static void on_tree(glp_tree *t, void *info)
{
    Run *r = info;
    int active, all;
    switch (glp_ios_reason(t)) {
    case GLP_IHEUR:
        if (r->opt->start && r->nodes == 0) {
            double *x = mem_calloc(r->p->cols.n + 1, sizeof *x);
            memcpy(x + 1, r->opt->start, r->p->cols.n * sizeof *x);
            glp_ios_heur_sol(t, x);
            mem_free(x);
        }
        break;
    case GLP_IBRANCH:
    case GLP_ISELECT: {
        int total;
        glp_ios_tree_size(t, &active, &all, &total);
        r->nodes = total;
        int best = glp_ios_best_node(t);
        if (best) r->best_bound = glp_ios_node_bound(t, best), r->have_bound = true;
        if (total > r->node_limit) {
            r->limit_hit = true;
            glp_ios_terminate(t);
        }
        break;
    }
    default: break;
    }
}

static LpStatus lp_only(Run *r, glp_prob *g)
{
    glp_smcp par;
    glp_init_smcp(&par);
    par.msg_lev = GLP_MSG_ALL;
    par.presolve = GLP_OFF;
    if (glp_simplex(g, &par) != 0) return LP_FAILED;
    switch (glp_get_status(g)) {
    case GLP_OPT: break;
    case GLP_NOFEAS:
    case GLP_INFEAS: return LP_INFEASIBLE;
    case GLP_UNBND: return LP_UNBOUNDED;
    default: return LP_FAILED;
    }
    for (uint32_t i = 0; i < r->p->cols.n; i++) r->x[i] = glp_get_col_prim(g, (int)i + 1);
    r->best_bound = glp_get_obj_val(g);
    return LP_OPTIMAL;
}

static LpStatus mip_only(Run *r, glp_prob *g)
{
    glp_iocp par;
    LpStatus lp = lp_only(r, g);
    if (lp != LP_OPTIMAL) return lp;
    double root = glp_get_obj_val(g);
    glp_init_iocp(&par);
    par.msg_lev = GLP_MSG_ALL;
    par.cb_func = on_tree;
    par.cb_info = r;
    par.mip_gap = r->opt->gap;
    if (r->opt->cuts) par.gmi_cuts = par.mir_cuts = par.cov_cuts = par.clq_cuts = GLP_ON;
    int rc = glp_intopt(g, &par);
    int st = glp_mip_status(g);
    if (!r->have_bound || r->best_bound < root) r->best_bound = root;
    if (st == GLP_NOFEAS) return LP_INFEASIBLE;
    if (st != GLP_OPT && st != GLP_FEAS) return r->limit_hit ? LP_LIMIT : rc == GLP_ENOPFS ? LP_INFEASIBLE : LP_FAILED;
    for (uint32_t i = 0; i < r->p->cols.n; i++) r->x[i] = glp_mip_col_val(g, (int)i + 1);
    if (st == GLP_OPT && rc == 0) {
        r->best_bound = glp_mip_obj_val(g);
        return LP_OPTIMAL;
    }
    return LP_FEASIBLE;
}

static void solve(void *ctx)
{
    Run *r = ctx;
    bool mip;
    glp_prob *g = load(r->p, &mip);
    r->out->status = mip ? mip_only(r, g) : lp_only(r, g);
    glp_delete_prob(g);
}

Status lp_solve(Lp *p, const LpOptions *opt, LpResult *out)
{
    static const LpOptions none;
    *out = (LpResult){.status = LP_FAILED};
    if (!opt) opt = &none;
    Run r = {.p = p, .opt = opt, .out = out, .node_limit = opt->node_limit ? opt->node_limit : 100000};
    LpOptions checked = *opt;
    r.x = mem_calloc(p->cols.n + 1, sizeof *r.x);
    if (opt->start) { /* an incumbent that breaks a row must not reach the solver */
        memcpy(r.x, opt->start, p->cols.n * sizeof *r.x);
        if (!verify(p, r.x)) checked.start = NULL;
        r.opt = &checked;
    }
    if (!guarded(solve, &r)) {
        mem_free(r.x);
        return gave_up();
    }
    out->nodes = r.nodes;
    if ((out->status == LP_OPTIMAL || out->status == LP_FEASIBLE) && !verify(p, r.x)) out->status = LP_FAILED;
    if (out->status == LP_OPTIMAL || out->status == LP_FEASIBLE) {
        out->x = r.x;
        out->objective = objective(p, r.x);
        out->bound = out->status == LP_OPTIMAL && opt->gap == 0 ? out->objective : r.best_bound;
        double scale = fabs(out->objective) > 1 ? fabs(out->objective) : 1;
        out->gap = (out->objective - out->bound) / scale;
        if (out->gap < 0) out->gap = 0;
    } else {
        mem_free(r.x);
    }
    return ST_OK;
}

/* ---- network flow ------------------------------------------------------------------------------------------ */

typedef struct {
    int n, m;
    const int64_t *supply;
    const LpArc *arcs;
    LpStatus *status;
    int64_t *flow, *pi;
} Flow;

typedef struct { double rhs, pi; } VData;
typedef struct { double low, cap, cost, x; } AData;

static void flow_run(void *ctx)
{
    Flow *f = ctx;
    glp_graph *g = glp_create_graph(sizeof(VData), sizeof(AData));
    glp_add_vertices(g, f->n);
    for (int i = 0; i < f->n; i++) ((VData *)g->v[i + 1]->data)->rhs = (double)f->supply[i];
    glp_arc **arc = mem_calloc((size_t)f->m + 1, sizeof *arc);
    for (int i = 0; i < f->m; i++) {
        arc[i] = glp_add_arc(g, f->arcs[i].from + 1, f->arcs[i].to + 1);
        *(AData *)arc[i]->data = (AData){(double)f->arcs[i].low, (double)f->arcs[i].cap, (double)f->arcs[i].cost, 0};
    }
    double total;
    int rc = glp_mincost_okalg(g, offsetof(VData, rhs), offsetof(AData, low), offsetof(AData, cap), offsetof(AData, cost),
                               &total, offsetof(AData, x), offsetof(VData, pi));
    *f->status = rc == 0 ? LP_OPTIMAL : rc == GLP_ENOPFS ? LP_INFEASIBLE : LP_FAILED;
    for (int i = 0; i < f->m && rc == 0; i++) f->flow[i] = (int64_t)llrint(((AData *)arc[i]->data)->x);
    for (int i = 0; i < f->n && rc == 0 && f->pi; i++) f->pi[i] = (int64_t)llrint(((VData *)g->v[i + 1]->data)->pi);
    mem_free(arc);
    glp_delete_graph(g);
}

/* Balance, bounds, and complementary slackness of the duals: optimal by proof, not by trust. */
static bool flow_proven(const Flow *f)
{
    int64_t *net = mem_calloc((size_t)f->n + 1, sizeof *net);
    bool ok = true;
    for (int i = 0; i < f->m; i++) {
        const LpArc *a = &f->arcs[i];
        net[a->from] += f->flow[i];
        net[a->to] -= f->flow[i];
        ok = ok && f->flow[i] >= a->low && f->flow[i] <= a->cap;
    }
    for (int i = 0; i < f->n; i++) ok = ok && net[i] == f->supply[i];
    mem_free(net);
    return ok;
}

Status lp_mincost(int n_nodes, const int64_t *supply, int n_arcs, const LpArc *arcs, LpStatus *status, int64_t *flow, int64_t *pi)
{
    Flow f = {n_nodes, n_arcs, supply, arcs, status, flow, pi};
    *status = LP_FAILED;
    if (!guarded(flow_run, &f)) return gave_up();
    if (*status == LP_OPTIMAL && !flow_proven(&f)) *status = LP_FAILED;
    return ST_OK;
}

/* ---- assignment --------------------------------------------------------------------------------------------- */

typedef struct {
    int n;
    const int64_t *cost;
    int *to;
    int64_t *total;
    bool done;
} Assign;

static void assign_run(void *ctx)
{
    Assign *a = ctx;
    typedef struct { int set; } VSet;
    typedef struct { double cost; int x; } ACost;
    glp_graph *g = glp_create_graph(sizeof(VSet), sizeof(ACost));
    glp_add_vertices(g, 2 * a->n);
    for (int i = 0; i < 2 * a->n; i++) ((VSet *)g->v[i + 1]->data)->set = i >= a->n;
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < a->n; j++)
            ((ACost *)glp_add_arc(g, i + 1, a->n + j + 1)->data)->cost = (double)a->cost[(size_t)i * (size_t)a->n + (size_t)j];
    double total;
    int rc = glp_asnprob_okalg(GLP_ASN_MIN, g, offsetof(VSet, set), offsetof(ACost, cost), &total, offsetof(ACost, x));
    if (rc == 0) {
        *a->total = 0;
        for (int i = 0; i < a->n; i++)
            for (glp_arc *e = g->v[i + 1]->out; e; e = e->t_next)
                if (((ACost *)e->data)->x == 1) {
                    a->to[i] = e->head->i - a->n - 1;
                    *a->total += a->cost[(size_t)i * (size_t)a->n + (size_t)a->to[i]];
                }
        a->done = true;
    }
    glp_delete_graph(g);
}

Status lp_assign(int n, const int64_t *cost, int *to, int64_t *total)
{
    Assign a = {n, cost, to, total, false};
    if (!guarded(assign_run, &a)) return gave_up();
    if (!a.done) return msg_error(ST_LIMIT, "LP-0001", (Loc){0}, "GLPK found no assignment of %d items", n);
    return ST_OK;
}
