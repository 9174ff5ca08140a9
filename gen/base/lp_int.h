/* The guard around GLPK, shared by lp.c and lp_flow.c. */
#ifndef GEN_BASE_LP_INT_H
#define GEN_BASE_LP_INT_H

#include "gen/base/lp.h"

/*
 * Run fn inside a GLPK environment of its own.
 * Returns  false if GLPK gave up: then nothing that fn made with GLPK exists any more, and what fn allocated
 *          itself is lost, so it allocates nothing.
 */
bool lp_guarded(void (*fn)(void *ctx), void *ctx);

/* Tell why (LP-0001); after lp_guarded gave false. */
Status lp_gave_up(void);

#endif
