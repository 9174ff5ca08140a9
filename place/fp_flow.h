/*
 * A linear programme in differences of positions as a min-cost flow: shared by shortening and by the wirelength bound.
 * Node 0 is the ground at position 0, nodes 1 … n_blocks are the blocks, then two per net: its left and its right end.
 */
#ifndef PLACE_FP_FLOW_H
#define PLACE_FP_FLOW_H

#include "gen/base/lp.h"
#include "place/place.h"

/* Sizes up to which the flow is tried: time, and GLPK's arithmetic in int. */
enum { FP_FLOW_BLOCKS = 400, FP_FLOW_PINS = 6000, FP_FLOW_REACH = 1 << 28 };

typedef struct {
    uint32_t n_blocks;
    ARRAY(LpArc) arcs;
    ARRAY(int64_t) supply;    /* by node */
} FpFlow;

void fp_flow_begin(FpFlow *f, uint32_t n_blocks);
void fp_flow_free(FpFlow *f);
/* pos[u] - pos[v] >= least */
void fp_flow_apart(FpFlow *f, int u, int v, int64_t least);
/* A net whose weighted span right - left is to be small; its pins are added with fp_flow_apart. */
void fp_flow_net(FpFlow *f, int64_t weight, int *left, int *right);
/* Least weighted sum of spans; ok: proven optimal, pos [nodes] valid. Errors of the gate are passed on. */
Status fp_flow_solve(const FpFlow *f, bool *ok, int64_t *pos);
bool fp_flow_fits(const PlaceProblem *p);

#endif
