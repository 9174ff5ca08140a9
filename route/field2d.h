/*
 * Two-dimensional field solver: the reference of the closed forms in extract.h. Uniform dielectric, rectangular wires in a row between
 * ideal planes.
 */
#ifndef ROUTE_FIELD2D_H
#define ROUTE_FIELD2D_H

#include "route/extract.h"

/*
 * Capacitance of one wire of an endless row of equal wires (g->s_left, g->s_right alternate if they differ; INFINITY on both sides:
 * a single wire; on one side: a pair's left or right wire).
 *   cells   grid cells per width, spacing, thickness; 16 gives about 1 %
 * Time    O(cells²·iterations): about 0.1 s at 16
 * Source  finite volumes on a cosine-graded grid, conjugate gradients.
 */
WireCap field2d_wire(const WireSection *g, uint32_t cells);

#endif
