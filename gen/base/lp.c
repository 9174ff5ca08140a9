/*
 * GLPK gate: linear and integer programmes.
 *
 * Invariants: every call runs in an environment of its own, made and freed in lp_guarded, so threads do not meet
 * (GLPK 5 keeps it per thread) and an abort inside leaves nothing behind. No solution leaves before verify() has
 * seen it. Limits are nodes and iterations, never time.
 */
#include "gen/base/lp_int.h"

#include <glpk.h>
#include <math.h>
#include <setjmp.h>

enum {
    NODES_DEFAULT = 100000,
    ITERATIONS_MAX = 5000000, /* of one simplex run; 1600 blocks need some 10^5 */
    SAID_MAX = 2000
};

/* GLPK takes a value for integer within 1e-5 (tol_int); a bound is kept within 1e-7 relative (tol_bnd). */
static const double TOL_INTEGER = 2e-5, TOL_ROW = 1e-6, TOL_SUM = 1e-9;

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

/* ---- building --------------------------------------------------------------------------------- */

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
    assert(!isnan(lo) && !isnan(hi) && isfinite(cost));
    /* GLPK refuses integer columns with fractional bounds; the tolerance keeps 0.9999999 from losing 1. */
    if (integer && lo > -LP_INF) lo = ceil(lo - TOL_SUM * (1 + fabs(lo)));
    if (integer && hi < LP_INF) hi = floor(hi + TOL_SUM * (1 + fabs(hi)));
    Col c = {.lo = lo, .hi = hi, .cost = cost, .integer = integer};
    snprintf(c.name, sizeof c.name, "%s", name ? name : "");
    arr_push(&p->cols, c);
    return (int)p->cols.n - 1;
}

int lp_row(Lp *p, double lo, double hi, int n, const int *cols, const double *coefs)
{
    assert(!isnan(lo) && !isnan(hi) && n >= 0);
    Row r = {lo, hi, p->index.n, (uint32_t)n};
    for (int i = 0; i < n; i++) {
        assert(cols[i] >= 0 && (uint32_t)cols[i] < p->cols.n && isfinite(coefs[i]));
        arr_push(&p->index, cols[i]);
        arr_push(&p->coef, coefs[i]);
    }
    arr_push(&p->rows, r);
    return (int)p->rows.n - 1;
}

/* ---- the guard -------------------------------------------------------------------------------- */

static _Thread_local jmp_buf t_back;
static _Thread_local char t_said[SAID_MAX];
static _Thread_local size_t t_said_n;

/* Nothing reaches the terminal; the last words are kept for the message. */
static int on_print(void *info, const char *s)
{
    (void)info;
    size_t n = strlen(s);
    if (n >= SAID_MAX) s += n - SAID_MAX + 1, n = SAID_MAX - 1;
    if (t_said_n + n >= SAID_MAX) t_said_n = 0;
    memcpy(t_said + t_said_n, s, n + 1);
    t_said_n += n;
    return 1;
}

static void on_error(void *info)
{
    (void)info;
    longjmp(t_back, 1);
}

bool lp_guarded(void (*fn)(void *ctx), void *ctx)
{
    t_said_n = 0;
    t_said[0] = 0;
    if (glp_init_env() == 2) die(ST_LIMIT, "out of memory (GLPK)");
    if (setjmp(t_back)) {
        glp_free_env(); /* frees all that GLPK holds, whatever state it is in */
        return false;
    }
    glp_term_hook(on_print, NULL);
    glp_error_hook(on_error, NULL);
    fn(ctx);
    glp_free_env();
    return true;
}

Status lp_gave_up(void)
{
    for (char *p = t_said; *p; p++)
        if (*p == '\n') *p = ' ';
    while (t_said_n && t_said[t_said_n - 1] == ' ') t_said[--t_said_n] = 0;
    if (strstr(t_said, "no memory")) die(ST_LIMIT, "out of memory (GLPK: %s)", t_said);
    return msg_error(ST_INTERNAL, "LP-0001", (Loc){0}, "GLPK gave up: %s", t_said);
}

/* ---- verification ----------------------------------------------------------------------------- */

static double magnitude(double lo, double hi)
{
    double a = lo <= -LP_INF ? 0 : fabs(lo), b = hi >= LP_INF ? 0 : fabs(hi);
    return 1 + (a > b ? a : b);
}

/* Round integer columns, pull the others into their bounds; false if that moves a value by more than a tolerance. */
static bool clean(const Lp *p, double *x)
{
    for (uint32_t i = 0; i < p->cols.n; i++) {
        const Col *c = &p->cols.v[i];
        double v = c->integer ? nearbyint(x[i]) : x[i];
        if (v < c->lo) v = c->lo;
        if (v > c->hi) v = c->hi;
        double tol = c->integer ? TOL_INTEGER : TOL_ROW * magnitude(c->lo, c->hi);
        if (!(fabs(v - x[i]) <= tol)) {
            msg_verbose("LP: column %u %s is %.17g, not in %g to %g%s", i, c->name, x[i], c->lo, c->hi, c->integer ? ", integer" : "");
            return false;
        }
        x[i] = v + 0.0; /* no negative zero */
    }
    return true;
}

/* Where coefficients and values are whole numbers the sum is exact in a double (below 2^53), and so is the verdict. */
static bool verify(const Lp *p, double *x)
{
    if (!clean(p, x)) return false;
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
        double tol = whole && scale < 0x1p53 ? 0 : TOL_ROW * magnitude(r->lo, r->hi) + TOL_SUM * scale;
        if (sum < r->lo - tol || sum > r->hi + tol) {
            msg_verbose("LP: row %u is %.17g, not in %g to %g", i, sum, r->lo, r->hi);
            return false;
        }
    }
    return true;
}

static double objective(const Lp *p, const double *x)
{
    double v = 0;
    for (uint32_t i = 0; i < p->cols.n; i++) v += p->cols.v[i].cost * x[i];
    return v;
}

/* ---- solving ---------------------------------------------------------------------------------- */

typedef struct {
    const Lp *p;
    const LpOptions *opt;
    bool mip, gave_start, stopped;
    int64_t node_limit, nodes;
    int *index;    /* [longest row + 1], GLPK counts from 1 */
    double *coef;
    double *start; /* [n_cols + 1] from 1, or NULL */
    double *x;     /* [n_cols], verified if the status is OPTIMAL or FEASIBLE */
    double bound;
    LpStatus status;
} Run;

static int bound_kind(double lo, double hi)
{
    if (lo <= -LP_INF) return hi >= LP_INF ? GLP_FR : GLP_UP;
    if (hi >= LP_INF) return GLP_LO;
    return lo == hi ? GLP_FX : GLP_DB;
}

static glp_prob *load(const Run *r)
{
    const Lp *p = r->p;
    glp_prob *g = glp_create_prob();
    glp_set_obj_dir(g, GLP_MIN);
    if (p->cols.n) glp_add_cols(g, (int)p->cols.n);
    if (p->rows.n) glp_add_rows(g, (int)p->rows.n);
    for (uint32_t i = 0; i < p->cols.n; i++) {
        const Col *c = &p->cols.v[i];
        glp_set_col_bnds(g, (int)i + 1, bound_kind(c->lo, c->hi), c->lo, c->hi);
        glp_set_obj_coef(g, (int)i + 1, c->cost);
        if (c->integer) glp_set_col_kind(g, (int)i + 1, GLP_IV);
    }
    for (uint32_t i = 0; i < p->rows.n; i++) {
        const Row *row = &p->rows.v[i];
        glp_set_row_bnds(g, (int)i + 1, bound_kind(row->lo, row->hi), row->lo, row->hi);
        for (uint32_t k = 0; k < row->n; k++) {
            r->index[k + 1] = p->index.v[row->at + k] + 1;
            r->coef[k + 1] = p->coef.v[row->at + k];
        }
        glp_set_mat_row(g, (int)i + 1, (int)row->n, r->index, r->coef);
    }
    return g;
}

/* Linear relaxation; leaves an optimal basis in g if there is one. */
static LpStatus simplex(glp_prob *g)
{
    glp_smcp par;
    glp_init_smcp(&par);
    par.msg_lev = GLP_MSG_ERR;
    par.it_lim = ITERATIONS_MAX;
    par.presolve = GLP_ON;
    int rc = glp_simplex(g, &par);
    if (rc == GLP_ENOPFS) return LP_INFEASIBLE;
    if (rc != 0 && rc != GLP_EITLIM) { /* the presolver says only "no dual feasible solution", or got into trouble */
        glp_std_basis(g);
        par.presolve = GLP_OFF;
        rc = glp_simplex(g, &par);
    }
    if (rc == GLP_EITLIM) return LP_LIMIT;
    if (rc != 0) return LP_FAILED;
    switch (glp_get_status(g)) {
    case GLP_OPT: return LP_OPTIMAL;
    case GLP_NOFEAS: return LP_INFEASIBLE;
    case GLP_UNBND: return LP_UNBOUNDED;
    default: return LP_FAILED;
    }
}

static void take_lp(Run *r, glp_prob *g)
{
    for (uint32_t i = 0; i < r->p->cols.n; i++) r->x[i] = glp_get_col_prim(g, (int)i + 1);
}

static void on_tree(glp_tree *t, void *info)
{
    Run *r = info;
    int reason = glp_ios_reason(t), active, all, total;
    if (reason == GLP_IHEUR && r->start && !r->gave_start) {
        r->gave_start = true;
        glp_ios_heur_sol(t, r->start);
    }
    if (reason != GLP_ISELECT && reason != GLP_IBRANCH) return;
    glp_ios_tree_size(t, &active, &all, &total);
    r->nodes = total;
    int best = glp_ios_best_node(t);
    if (best && glp_ios_node_bound(t, best) > r->bound) r->bound = glp_ios_node_bound(t, best);
    if (total > r->node_limit) {
        r->stopped = true;
        glp_ios_terminate(t);
    }
}

/* GLPK's values are integer within a tolerance that a large coefficient magnifies: with the rounded integers fixed,
 * the others are computed anew. */
static bool polish(Run *r, glp_prob *g)
{
    for (uint32_t i = 0; i < r->p->cols.n; i++)
        if (r->p->cols.v[i].integer) {
            double v = nearbyint(glp_mip_col_val(g, (int)i + 1));
            glp_set_col_bnds(g, (int)i + 1, GLP_FX, v, v);
        }
    if (simplex(g) != LP_OPTIMAL) return false;
    take_lp(r, g);
    return verify(r->p, r->x);
}

static LpStatus branch_and_bound(Run *r, glp_prob *g)
{
    LpStatus root = simplex(g);
    if (root != LP_OPTIMAL) return root;
    r->bound = glp_get_obj_val(g);
    glp_iocp par;
    glp_init_iocp(&par);
    par.msg_lev = GLP_MSG_ERR;
    par.cb_func = on_tree;
    par.cb_info = r;
    par.mip_gap = r->opt->gap;
    if (r->opt->cuts) {
        /* An incumbent of the caller is in columns that the presolver would renumber. */
        par.presolve = par.fp_heur = r->start ? GLP_OFF : GLP_ON;
        par.gmi_cuts = par.mir_cuts = par.cov_cuts = par.clq_cuts = GLP_ON;
        par.br_tech = GLP_BR_PCH;
    }
    int rc = glp_intopt(g, &par), st = glp_mip_status(g);
    if (rc == GLP_ENOPFS || (rc == 0 && st == GLP_NOFEAS)) return LP_INFEASIBLE;
    if (st != GLP_OPT && st != GLP_FEAS) return r->stopped ? LP_LIMIT : LP_FAILED;
    for (uint32_t i = 0; i < r->p->cols.n; i++) r->x[i] = glp_mip_col_val(g, (int)i + 1);
    if (rc == 0 && st == GLP_OPT) r->bound = glp_mip_obj_val(g);
    if (!verify(r->p, r->x) && !polish(r, g)) return LP_FAILED;
    return rc == 0 && st == GLP_OPT ? LP_OPTIMAL : LP_FEASIBLE;
}

static void solve(void *ctx)
{
    Run *r = ctx;
    glp_prob *g = load(r);
    if (r->mip) {
        r->status = branch_and_bound(r, g);
    } else {
        r->status = simplex(g);
        if (r->status == LP_OPTIMAL) {
            take_lp(r, g);
            r->bound = glp_get_obj_val(g);
            if (!verify(r->p, r->x)) r->status = LP_FAILED;
        }
    }
    glp_delete_prob(g);
}

/* A bound turned round is a plain answer, but an error to GLPK. */
static bool crossed(const Lp *p)
{
    for (uint32_t i = 0; i < p->cols.n; i++)
        if (p->cols.v[i].lo > p->cols.v[i].hi) return true;
    for (uint32_t i = 0; i < p->rows.n; i++)
        if (p->rows.v[i].lo > p->rows.v[i].hi) return true;
    return false;
}

/* The caller's incumbent, if it keeps every row, as GLPK wants it. */
static void take_start(Run *r, const double *start)
{
    uint32_t n = r->p->cols.n;
    double *x = mem_calloc((size_t)n + 1, sizeof *x);
    memcpy(x + 1, start, n * sizeof *x);
    if (verify(r->p, x + 1)) r->start = x;
    else mem_free(x);
}

/* With an incumbent there is a solution whatever happened, and none worse than it is given back. */
static void fall_back(Run *r)
{
    bool have = r->status == LP_OPTIMAL || r->status == LP_FEASIBLE;
    if (!r->start || (have && objective(r->p, r->x) <= objective(r->p, r->start + 1))) return;
    memcpy(r->x, r->start + 1, r->p->cols.n * sizeof *r->x);
    if (!have) r->status = LP_FEASIBLE;
}

static void report(Run *r, LpResult *out)
{
    out->status = r->status;
    out->nodes = r->nodes;
    out->bound = r->bound;
    if (r->status != LP_OPTIMAL && r->status != LP_FEASIBLE) return;
    out->x = r->x;
    r->x = NULL;
    out->objective = objective(r->p, out->x);
    if (r->status == LP_OPTIMAL || out->bound > out->objective) out->bound = out->objective;
    out->gap = (out->objective - out->bound) / (fabs(out->objective) > 1 ? fabs(out->objective) : 1);
}

Status lp_solve(Lp *p, const LpOptions *opt, LpResult *out)
{
    static const LpOptions none;
    *out = (LpResult){.status = LP_FAILED, .bound = -LP_INF};
    if (crossed(p)) {
        out->status = LP_INFEASIBLE;
        return ST_OK;
    }
    Run r = {.p = p, .opt = opt ? opt : &none, .bound = -LP_INF, .status = LP_FAILED};
    r.node_limit = r.opt->node_limit ? r.opt->node_limit : NODES_DEFAULT;
    uint32_t longest = 0;
    for (uint32_t i = 0; i < p->rows.n; i++)
        if (p->rows.v[i].n > longest) longest = p->rows.v[i].n;
    for (uint32_t i = 0; i < p->cols.n; i++) r.mip = r.mip || p->cols.v[i].integer;
    r.index = mem_calloc((size_t)longest + 1, sizeof *r.index);
    r.coef = mem_calloc((size_t)longest + 1, sizeof *r.coef);
    r.x = mem_calloc((size_t)p->cols.n + 1, sizeof *r.x);
    if (r.mip && r.opt->start) take_start(&r, r.opt->start);
    bool done = lp_guarded(solve, &r);
    if (done) {
        fall_back(&r);
        report(&r, out);
    }
    mem_free(r.index);
    mem_free(r.coef);
    mem_free(r.start);
    mem_free(r.x);
    return done ? ST_OK : lp_gave_up();
}
