/* One net bit's network from its pieces. */
#ifndef ROUTE_EXTRACT_NET_H
#define ROUTE_EXTRACT_NET_H

#include "route/extract_int.h"

typedef struct {
    double c, r;             /* sums */
    uint32_t parts;          /* connected parts; more than 1: drawn open, or joined only by what is not drawn */
    Box extent;
} NetFigure;

/*
 * Append the ParaNet of one net bit.
 *   idx   [n] its pieces, sorted by x0, y0, level
 */
void extract_net(Db *db, const Tech *t, CellId cell, const Pieces *p, Near *near, const uint32_t *idx, uint32_t n, NetFigure *out);

#endif
