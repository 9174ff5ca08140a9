/*
 * Capacitors being laid over a cell (draw_caps.c, draw_fingers.c).
 */
#ifndef CELLS_DRAW_CAPS_H
#define CELLS_DRAW_CAPS_H

#include "cells/draw_int.h"

typedef struct {
    int32_t x, cap;          /* middle; capacitor it belongs to, −1: common plate, −2: left out */
    uint32_t levels;         /* bit l: drawn on metal l */
    int32_t gaps;            /* faces of a bottom plate: sides and metals */
} Finger1;

typedef struct {
    Db *db;
    const Tech *t;
    CellId c;
    int32_t w, h, lo, hi;
    const CapComb *comb;               /* where; NULL: over the whole cell */
    int32_t leave;                     /* finger by which the common plate of a comb leaves between runs, −1: none */
    int32_t width, space, bar, half;   /* finger, gap, height of a bar, what is left to the edge */
    int32_t yb, yt, face0, face1;      /* middles of the bars; faces lie between */
    bool tell;
    double per_gap;                    /* F per dbu of one facing pair on one metal */
    ARRAY(Finger1) f;
    ARRAY(uint32_t) cap;               /* devices, smallest value first */
    int32_t *len;                      /* [cap]: length of its faces */
    ARRAY(uint32_t) out;               /* fingers of a comb that are left out: no landing pad has room below them */
} Caps;

/* Sizes of fingers, bars and faces from the rules, in an outline of given height; of a comb where k->comb is set. */
void caps_dimensions(Caps *k);
/* Places of the fingers: in line with a wire that passes, an odd number. */
void caps_places(Caps *k);

#endif
