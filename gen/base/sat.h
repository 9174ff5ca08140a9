/*
 * SAT gate: the only user of CaDiCaL. Is there an assignment that fulfils every clause?
 *
 * Invariants: no time limit, only a limit on conflicts, so the same clauses give the same answer on any run. What "yes" means
 * is for the caller to check in its own terms; the gate checks nothing. Calls may run in parallel threads, each with a Sat of its own.
 */
#ifndef GEN_BASE_SAT_H
#define GEN_BASE_SAT_H

#include "gen/base/base.h"

typedef struct Sat Sat;
typedef enum { SAT_YES, SAT_NO, SAT_LIMIT } SatStatus;

Sat *sat_new(void);
void sat_free(Sat *s);
int sat_var(Sat *s);                 /* a new variable, from 1; -v is its negation */
void sat_lit(Sat *s, int lit);       /* next literal of the clause at hand; 0 ends it */
#define sat_clause(s, ...)                                                                         \
    do {                                                                                           \
        const int sat_lits_[] = {__VA_ARGS__};                                                     \
        for (size_t sat_i_ = 0; sat_i_ < COUNTOF(sat_lits_); sat_i_++) sat_lit(s, sat_lits_[sat_i_]); \
        sat_lit(s, 0);                                                                             \
    } while (0)
/* SAT_LIMIT: more than `conflicts` conflicts were needed. Source: Biere, Fazekas, Fleury, Heisinger 2020 (CaDiCaL). */
SatStatus sat_solve(Sat *s, int32_t conflicts);
bool sat_true(Sat *s, int lit);      /* after SAT_YES */

#endif
