/*
 * Inside of one-row ordering: the problem reduced to what decides spans, shared by the exact and the windowed method and by the strips.
 */
#ifndef PLACE_ORDER_INT_H
#define PLACE_ORDER_INT_H

#include "place/place.h"

/* What one block contributes to one net: outermost pins, from the block's left edge in orientation N. */
typedef struct { uint32_t net; int32_t lo, hi; } RowPin;

typedef struct {
    int32_t lo, hi;          /* outermost fixed pins; lo > hi: none */
    int32_t weight;
    uint32_t n_blocks;
} RowNet;

typedef struct {
    uint32_t n, n_nets;
    int32_t x0, spacing;
    const PlaceBlock *blocks;
    RowNet *nets;
    uint32_t *pin0;          /* [n + 1] */
    RowPin *pins;            /* sorted by block, then net */
} Row;

/* Reduce a problem; nets that cannot change the order are kept (they count in the objective). PLC-0001. */
Status row_make(const PlaceProblem *p, int32_t x0, int32_t spacing, Row *out);
void row_free(Row *r);

/* Objective of an order packed from x0; flip[i] by block. Exact, in integers. */
int64_t row_cost(const Row *r, const uint32_t *order, const bool *flip);
/* Best flips for an order do not interact: set them and return the objective. */
int64_t row_flips(const Row *r, const uint32_t *order, bool *flip);

/* Exact by dynamic programming over subsets; n <= ROW_DP_MAX. Returns the objective. */
#define ROW_DP_MAX 20
int64_t row_dp(const Row *r, uint32_t *order, bool *flip, int64_t *states);
/* Windows of exact DP over an order, until none improves. */
int64_t row_windows(const Row *r, uint32_t window, uint32_t *order, bool *flip, int64_t *states);
/* A start: nets pull blocks to their median, from several random orders. */
int64_t row_start(const Row *r, uint64_t seed, uint32_t *order, bool *flip);
/* Sum over nets of the least span each could have alone: a lower bound for any order. */
int64_t row_bound(const Row *r);
void row_net_bounds(const Row *r, int64_t *span); /* [n_nets], each alone, unweighted */
/* Integer linear programme (order_ilp.c); start: order and flips of an incumbent, replaced by the result. bound out. */
Status row_ilp(const Row *r, int64_t node_limit, uint32_t *order, bool *flip, int64_t *objective, double *bound, int64_t *nodes);

#endif
