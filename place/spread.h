/*
 * Slack in rows of fixed order: blocks move apart where that shortens nets. Shared by order and strips.
 */
#ifndef PLACE_SPREAD_H
#define PLACE_SPREAD_H

#include "place/place.h"

typedef struct {
    const uint32_t *order;   /* block ids from left to right */
    uint32_t n;
    int32_t x0, x1;          /* the row's room */
} SpreadRow;

/*
 * Move blocks in steps of `grid` to reduce the weighted sum of x spans, keeping order, spacing and room.
 *   at   in: legal positions; out: never worse ones
 * The cost is L-natural-convex in the positions, so a point that no subset of blocks moved by one step improves is optimal; all
 * subsets are tried up to 8 blocks, runs of neighbours beyond.
 * Source  Murota, Discrete Convex Analysis, 2003, ch. 10 (steepest descent with scaling).
 */
void place_spread(const PlaceProblem *p, const SpreadRow *rows, uint32_t n_rows, int32_t spacing, int32_t grid, PlaceAt *at);

#endif
