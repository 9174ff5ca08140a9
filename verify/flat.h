/*
 * Flat geometry for the physical checkers: boxes in square bins, pairs of near boxes, disjoint sets, leaf placements.
 *
 * Invariant: every pair and every hit of a query is told exactly once, in an order that depends on the boxes alone.
 */
#ifndef VERIFY_FLAT_H
#define VERIFY_FLAT_H

#include "gen/db/db.h"

typedef struct { ARRAY(Box) b; } Boxes;
typedef struct { ARRAY(uint32_t) v; } Indices;

/* Boxes by the square bins that they cover; a box over many bins is listed in each. The boxes are the caller's. */
typedef struct {
    const Box *b;
    uint32_t n;
    int32_t x0, y0, size, reach;
    uint32_t nx, ny;
    uint32_t *start; /* [nx·ny + 1] into item */
    uint32_t *item;
} Bins;

/*
 * Sort boxes into bins.
 *   reach    pairs up to this distance [dbu] will be asked for
 *   min_size lower bound of the bin size [dbu], ≥ 1
 *   per_bin  wanted number of boxes per bin; the bin size follows from the mean density
 * Time and memory  O(n + entries).
 */
void bins_make(Bins *g, const Box *b, uint32_t n, int32_t reach, int32_t min_size, uint32_t per_bin);
void bins_free(Bins *g);

/* Every pair i < j whose boxes are at most `reach` apart in x and in y (touching: 0), once. */
typedef void (*PairFn)(void *ctx, uint32_t i, uint32_t j);
void bins_pairs(const Bins *g, PairFn fn, void *ctx);
/* Every pair of an item of a and an item of b that touch (area, edge or corner), once. */
void bins_join(const Bins *a, const Bins *b, PairFn fn, void *ctx);
/* Items that touch the window (area, edge or corner), appended in order of bins. */
void bins_query(const Bins *g, Box window, Indices *out);

/* Two boxes of one layer that make one polygon: common area, or a common piece of an edge; a corner alone does not join. */
static inline bool box_joined(Box a, Box b)
{
    int32_t w = (a.x1 < b.x1 ? a.x1 : b.x1) - (a.x0 > b.x0 ? a.x0 : b.x0);
    int32_t h = (a.y1 < b.y1 ? a.y1 : b.y1) - (a.y0 > b.y0 ? a.y0 : b.y0);
    return (w > 0 && h >= 0) || (w >= 0 && h > 0);
}

/* Disjoint sets (Tarjan 1975: path halving; the smaller index becomes the root, so roots do not depend on order). */
uint32_t *sets_make(uint32_t n);
static inline uint32_t sets_find(uint32_t *s, uint32_t i)
{
    while (s[i] != i) i = s[i] = s[s[i]];
    return i;
}
static inline void sets_join(uint32_t *s, uint32_t a, uint32_t b)
{
    a = sets_find(s, a);
    b = sets_find(s, b);
    if (a < b) s[b] = a;
    else if (b < a) s[a] = b;
}

/* Visit every leaf and soft cell placed below top, in the order of db_visit_shapes. */
typedef void (*LeafFn)(void *ctx, CellId cell, Xform t, uint64_t flat_inst);
void flat_leaves(const Db *db, CellId top, LeafFn fn, void *ctx);

/* Area of the union of a few boxes [dbu²]; O(n²·log n). */
int64_t boxes_area(const Box *b, uint32_t n);
/* Do the boxes cover all of w? O(n²·log n). */
bool boxes_cover(const Box *b, uint32_t n, Box w);

#endif
