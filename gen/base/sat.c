/*
 * SAT gate: a thin layer over CaDiCaL's C interface, so that nothing else depends on which solver it is.
 */
#include "gen/base/sat.h"

#include <ccadical.h>

struct Sat {
    CCaDiCaL *solver;
    int n_vars;
};

Sat *sat_new(void)
{
    Sat *s = mem_alloc(sizeof *s);
    s->solver = ccadical_init();
    ccadical_set_option(s->solver, "quiet", 1);
    return s;
}

void sat_free(Sat *s)
{
    if (!s) return;
    ccadical_release(s->solver);
    mem_free(s);
}

int sat_var(Sat *s)
{
    assert(s->n_vars < INT32_MAX - 1);
    return ++s->n_vars;
}

void sat_lit(Sat *s, int lit) { ccadical_add(s->solver, lit); }

SatStatus sat_solve(Sat *s, int32_t conflicts)
{
    ccadical_limit(s->solver, "conflicts", conflicts);
    int r = ccadical_solve(s->solver);
    return r == 10 ? SAT_YES : r == 20 ? SAT_NO : SAT_LIMIT;
}

bool sat_true(Sat *s, int lit) { return ccadical_val(s->solver, lit) > 0; }
