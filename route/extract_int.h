/*
 * Inside of the extraction: pieces of wire collected from a cell, their neighbourhood, their networks.
 */
#ifndef ROUTE_EXTRACT_INT_H
#define ROUTE_EXTRACT_INT_H

#include "route/extract.h"

#define NO_NET UINT32_MAX

typedef struct {
    Box box;
    int8_t level;            /* metal; cuts: metal below */
    bool cut, drawn, driver; /* drawn: a wire of a block, not a leaf's pin; driver: pin of a port that drives */
    bool abstract, mom;      /* of a leaf whose inner wiring is not drawn; of a leaf with capacitors over it */
    uint32_t net, bit;       /* of the cell being extracted; NO_NET: something else, counts as ground */
    uint32_t leaf;           /* number of the leaf placement it comes from; pins of one leaf, net and bit are joined inside */
} Piece;

typedef ARRAY(Piece) Pieces;

/* All metal and cut shapes that matter for the nets of `cell` (extract_gather.c). Blocks none of whose ports carries such a net are not
 * entered. want[net]: nets to be extracted; the others come along as neighbours. */
void extract_gather(const Db *db, CellId cell, const bool *want, Pieces *out);

/* Where pieces are: metals in square bins (extract_near.c). */
typedef struct Near Near;
Near *near_new(const Pieces *p, const Tech *t);
void near_free(Near *n);

typedef struct { uint32_t piece; double share; } Cross; /* share of the covered length on the neighbouring layer */
typedef struct {
    WireSection sec;
    uint32_t left, right;      /* pieces, or NO_NET */
    uint32_t n_below, n_above; /* crossing pieces */
    Cross below[64], above[64];
} Around;

/* What surrounds piece i between a and b along its axis (dbu). */
void near_look(Near *n, uint32_t i, int32_t a, int32_t b, Around *out);

/* How far beside a piece on this metal near_look sees others of it, dbu. */
int32_t near_reach(const Tech *t, int32_t level);

/* Does near_look tell the same of every part of piece i between a and b? True only if it does. */
bool near_even(Near *n, uint32_t i, int32_t a, int32_t b);

static inline bool piece_horizontal(const Piece *p) { return p->box.x1 - p->box.x0 >= p->box.y1 - p->box.y0; }

#endif
