/*
 * A high cell being drawn: its sections, combs of capacitors, and what is wired between them (draw_stack.c, draw_trunks.c).
 */
#ifndef CELLS_DRAW_STACK_H
#define CELLS_DRAW_STACK_H

#include "cells/draw_int.h"

/* Ways to leave common plates in peace (draw_trunks.c), the best first, and that up to which sections that cannot be wired get more rows. */
enum { STACK_GROWS = 1, STACK_LOOSEST = 7 };

typedef struct {
    uint32_t first, n;      /* devices */
    int32_t row, rows;      /* rows from the cell's lower edge */
    int32_t below;          /* rows from the cell's upper edge to the contacts of the bottom plates that its devices are on */
    Db db;
    CellId cell;
    DrawNets nets;          /* of the cell, in the order of the section's nets */
    uint32_t given;         /* shapes it got from the cell */
    uint32_t like;          /* the section that it is drawn as: itself, or one before, both without devices and with the same wires */
    DrawStats stats;
    Status status;
} Section;

typedef struct {
    Db *db;
    const Tech *t;
    CellId c;
    int32_t w, h, level;    /* of trunks: the metal below the capacitors */
    LayerId metal;          /* that one */
    int32_t top;            /* highest metal that sections use */
    bool taps;
    StackWay way;
    bool wait;              /* STACK_WAITS */
    uint32_t n_strips;      /* first sections: those of poly resistors */
    int32_t band;           /* rows of a band of strips */
    uint32_t feed0, feed1;  /* shapes of feeds (draw_feed.c) */
    ARRAY(Section) s;
    ARRAY(CapComb) comb;
    ARRAY(uint32_t) wire;   /* shapes on the trunks' metal (draw_trunks.c) */
    ARRAY(uint32_t) strap;  /* supplies' vertical wires above it */
    Boxes common;           /* x0, x1 of the fingers of common plates */
    DrawNets afloat;        /* common plates that nothing holds, and what switches that are always on join to them */
    DrawNets compared;      /* what is compared with them, and held by nothing either: nets that wires join to analog inputs */
    DrawNets nets;          /* what is wired: nets of gates, sources, drains, plates and pins; no supplies */
    int32_t *lo, *hi;       /* [net] sections it is needed in */
    int32_t near;           /* tracks that trunks keep from a common plate's wires, if they can; 0: they stand anywhere */
    bool wide;              /* trunks keep as far from what is compared with it */
    double moved;           /* how much the trunks move common plates (draw_stack_moves) */
    const int32_t *more;    /* [section with devices] rows beyond those that its devices ask; NULL: none */
    int32_t loose;          /* how far common plates are left in peace; STACK_LOOSEST: as if there were none */
    bool guard;             /* trunks that stand still are put beside those of what is compared with common plates */
    bool nearest, block;    /* a trunk that changes lines takes the nearest; wires in sections without devices keep off common plates, too */
} Stack;

/* Find the cell's combs from height `most` downwards, in the order of the circuit or, in STACK_BELOW, those first whose common plate nothing holds. A plate has one
 * comb, unless, in other ways than STACK_PLAIN, that makes the cell higher than its sections, whose rows are known, and several are less high. False: they do not fit above the lower edge.
 * Time: O(splits · heights · time of draw_caps). */
bool stack_combs(Stack *k, int32_t most);
/* Draw the combs: a plate's last, that of its smallest capacitors, first; its others leave in line with it, so that the plate's wire passes the largest alone. Errors
 * of draw_caps, told. */
Status stack_draw_combs(Stack *k);
/* Rows from the cell's upper edge to the end of the combs that sections stand below; 0 in other ways than STACK_BELOW. */
int32_t stack_rows_above(const Stack *k);

/* Find the nets that are to be left in peace; combs are known. */
void stack_find_afloat(Stack *k);
/* Is there a common plate that nothing holds? */
bool stack_floats(const Stack *k);

bool stack_supply(const DbCell *c, NetId n);
bool stack_wired(const Stack *k, const DbShape *s); /* is it metal that sections use, of a net? */
bool stack_in_the_way(const Stack *k, uint32_t shape); /* is a shape of the cell in the way of its sections' wires, joined to none of them? */
Box stack_box(const Stack *k, uint32_t section);    /* in the cell; dbu */

/* Draw the resistors that are pieces of wire. DRAW-0001; DRAW-0002, told only if `tell`. */
Status stack_resistors(Stack *k, bool tell);

/* Draw the trunks of all nets that several sections, or a section and a wire elsewhere, need; sections have their places, and what else stands on
 * the trunks' metal is drawn. DRAW-0005, told only if `tell`. Time: O(nets · tracks · sections · shapes). */
Status stack_trunks(Stack *k, bool tell);

/* Where a wire of a section without devices, on the trunks' metal, would move a common plate that nothing holds; not where a wire is. Nothing where trunks stand anywhere.
 *   out  room for a box per track and comb; dbu, in the cell */
uint32_t stack_loud(const Stack *k, uint32_t section, Box *out);

#endif
