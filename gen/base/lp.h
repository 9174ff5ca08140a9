/*
 * LP gate: the only user of GLPK. Linear and integer programmes, min-cost flow, assignment.
 *
 * Invariants: GLPK's abort becomes a Status (error hook, longjmp, environment freed); its terminal output is
 * swallowed; no time limit is ever set (it would break determinism), only node and iteration limits;
 * integer solutions are rounded and re-verified against every row in exact integer arithmetic where the
 * data are integral, and with a scaled tolerance otherwise: a solution that fails is LP_FAILED.
 * Calls may run in parallel threads, each with an Lp of its own; the same problem gives the same bits in any of them.
 */
#ifndef GEN_BASE_LP_H
#define GEN_BASE_LP_H

#include "gen/base/base.h"

typedef struct Lp Lp;
typedef enum { LP_OPTIMAL, LP_FEASIBLE, LP_INFEASIBLE, LP_UNBOUNDED, LP_LIMIT, LP_FAILED } LpStatus;

#define LP_INF 1e300

Lp *lp_new(void); /* minimise */
void lp_free(Lp *p);
int lp_col(Lp *p, const char *name, double lo, double hi, double cost, bool integer); /* index from 0 */
int lp_row(Lp *p, double lo, double hi, int n, const int *cols, const double *coefs); /* index from 0 */

typedef struct {
    int64_t node_limit;   /* branch and bound nodes; 0 = 100,000 */
    double gap;           /* relative gap at which to stop; 0 = proven optimum */
    bool cuts;            /* presolve and cuts: helps only near the size limit */
    const double *start;  /* [n_cols] own incumbent, or NULL; one that breaks a row is ignored, and nothing worse than
                             a good one is given back */
} LpOptions;

typedef struct {
    LpStatus status;
    double objective, bound, gap; /* gap = (objective - bound) / max(1, |objective|); 0 = proven */
    int64_t nodes;
    double *x; /* [n_cols], owned by the caller (mem_free); NULL if there is no solution */
} LpResult;

/* MIP if any column is integer, else LP. A column may stand only once in a row.
 * LP_OPTIMAL: bound == objective; LP_FEASIBLE: stopped at the gap or the node limit; LP_LIMIT: the same without a solution.
 * Errors     LP-0001 (ST_INTERNAL) if GLPK gave up with an error (told with its text) */
Status lp_solve(Lp *p, const LpOptions *opt, LpResult *out);

/* Min-cost flow (glp_mincost_okalg). arcs: from, to, low, cap, cost; supply [n_nodes] sums to 0.
 * flow [n_arcs] and dual potentials pi [n_nodes] (may be NULL). All integral, low >= 0, cap INT64_MAX = no limit.
 * With rc = cost - (pi[from] - pi[to]): flow > low implies rc <= 0, flow < cap implies rc >= 0; checked before LP_OPTIMAL is said.
 * LP_INFEASIBLE and LP_UNBOUNDED are possible. Errors LP-0001; LP-0002 (ST_LIMIT) beyond 2^29, GLPK computes in int. */
typedef struct { int from, to; int64_t low, cap, cost; } LpArc;
Status lp_mincost(int n_nodes, const int64_t *supply, int n_arcs, const LpArc *arcs,
                  LpStatus *status, int64_t *flow, int64_t *pi);

/* n x n assignment of minimal cost, cost[i*n+j]; to[i] = j. O(n^3), exact. LP-0002 if sums of costs could overflow. */
Status lp_assign(int n, const int64_t *cost, int *to, int64_t *total);

#endif
