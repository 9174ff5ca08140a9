/*
 * Left-edge and merging: wires between pins and the constraints among them, shared by channel_wires.c (made, cut) and channel_leg.c
 * (laid on tracks). Not for other files.
 */
#ifndef ROUTE_CHANNEL_LEG_H
#define ROUTE_CHANNEL_LEG_H

#include "route/channel_int.h"

typedef struct {
    uint32_t net, c1, c2;
    uint32_t b1, b2;        /* columns it blocks on its track: c1 … c2, more if shorter than min_len */
    uint32_t before;        /* wire of the same net that ends where this one begins, or NONE */
    bool last;              /* of its net */
} Seg;

#define NONE UINT32_MAX

typedef struct {
    const Chan *ch;
    ARRAY(Seg) s;
    /* below[below0[i] … below0[i+1]) must lie under i, likewise above. */
    uint32_t *below0, *below, *above0, *above;
    uint32_t *used;             /* [n_cols] net that is cut in a column without a pin of its own; 0: none. Others may leave the channel there */
    uint32_t next_free;     /* first added column that no dogleg has taken; n_cols: none */
    /* one run */
    uint32_t *track;        /* 0 = not yet laid */
    uint32_t *n_above, *n_below;  /* unlaid constraints */
    uint32_t *depth_dn, *depth_up; /* longest chain of unlaid wires under and over it, in tracks */
    uint32_t *topo;         /* order in which above comes before below */
    uint32_t *by_end;       /* wires by right end */
    uint32_t *cover;        /* [n_cols] unlaid nets over each column */
    double *weight_at;      /* [n_cols + 1] prefix sums */
    double *val, *pre;      /* chain values per wire; best per column */
    uint32_t *prev, *pre_seg;
    uint64_t work;
} Leg;

/* Which wires of long chains are cut: weights of the middle of the chain, of a short way to the right end, and of chance, to 1000. */
typedef struct { uint32_t goal, middle, way, chance; Rng rng; } LegCuts;

/* Up to two wires of a net have an end at a column; those found per (column, side). */
typedef struct { uint32_t s[2]; uint32_t n; } Ends;
void leg_end_add(Ends *e, uint32_t s);

/* Nets cut into wires at their pins. */
void leg_wires(Leg *g);
/* Constraints made and cycles cut; false if a cycle cannot be cut. Sizes the arrays of a run for the wires there are then. */
bool leg_break_cycles(Leg *g);
/* Cut the longest chains until none is longer than q.goal tracks, as far as there are columns for it. */
void leg_shorten_chains(Leg *g, LegCuts q);
/* Longest chains of unlaid wires under (down) or over each wire, in tracks. */
void leg_depths(Leg *g, bool down);
uint32_t leg_longest_chain(Leg *g);
/* All wires on T tracks by exchanges along Kempe chains (channel_kempe.c): g->track. False: not found within `work` steps. */
bool leg_kempe(Leg *g, uint32_t T, uint64_t seed, uint64_t work);
/* Legal g->track on T tracks: exchanges that shorten what aggressors run beside sensitive wires (ch->quiet, ch->loud). */
void leg_quiet(Leg *g, uint32_t T, uint64_t work);

#endif
