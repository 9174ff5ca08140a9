/*
 * Rectilinear regions by scanline: Boolean operations, sizing, polygons.
 *
 * A region is the union of boxes, however they overlap. What the functions here make is canonical: disjoint boxes, each as wide as the
 * region there, merged upwards while both sides stay the same; in order of y0, then x0. Equal regions have equal boxes.
 */
#ifndef VERIFY_REGION_H
#define VERIFY_REGION_H

#include "verify/flat.h"

enum { SCAN_MAX = 4 };

/* A stretch of one slab; bit k of `in`: inside operand k. Stretches in none are left out, neighbours differ in `in` or lie apart. */
typedef struct {
    int32_t x0, x1;
    uint8_t in;
} Span;

/* Spans of one slab, in order of x. Slabs come in order of y and do not overlap; empty ones are not told. */
typedef void (*SlabFn)(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n);

/*
 * Sweep over the union of 1 … SCAN_MAX operands.
 * Time     O(sides · boxes cut by a horizontal line).
 * Source   Bentley, Ottmann 1979, for boxes.
 */
void region_scan(const Boxes *const *op, uint32_t n_op, SlabFn fn, void *ctx);

/* out = a and b, a or b, a without b. out must be neither a nor b; what it held is replaced. b may be NULL: nothing. */
void region_and(const Boxes *a, const Boxes *b, Boxes *out);
void region_or(const Boxes *a, const Boxes *b, Boxes *out);
void region_not(const Boxes *a, const Boxes *b, Boxes *out);
/* Grow every side by dx, dy ≥ 0, corners square. */
void region_grow(const Boxes *a, int32_t dx, int32_t dy, Boxes *out);
/* Points whose box of ±dx, ±dy lies in a: what is left when the outside grows. */
void region_shrink(const Boxes *a, int32_t dx, int32_t dy, Boxes *out);
void region_clip(const Boxes *a, Box w, Boxes *out);
/* x and y exchanged. */
void region_turn(const Boxes *a, Boxes *out);

/*
 * Polygons: boxes that share area or a piece of an edge are one.
 *   id  out: [a->b.n] number of each box's polygon, counted from 0 in order of first boxes
 * Returns  their number. A corner alone does not join.
 */
uint32_t region_polygons(const Boxes *a, uint32_t *id);
/* Boxes of a whose polygon shares area with b; `not`: whose polygon does not. a must be canonical or a set of whole polygons. */
void region_overlapping(const Boxes *a, const Boxes *b, bool not, Boxes *out);
Box region_box(const Boxes *a); /* {0} if empty */

/* Outer corners, sorted by x, then y. `filled`: the one quadrant around it that belongs to the region. */
typedef enum { QUAD_SW = 1, QUAD_SE = 2, QUAD_NW = 4, QUAD_NE = 8 } Quad;
typedef struct {
    Pt at;
    Quad filled;
} OuterCorner;
typedef struct { ARRAY(OuterCorner) v; } OuterCorners;
void region_corners(const Boxes *a, OuterCorners *out);

#endif
