/*
 * Inside of the channel router: the problem with dense net numbers, shared by its methods. Not for other folders.
 */
#ifndef ROUTE_CHANNEL_INT_H
#define ROUTE_CHANNEL_INT_H

#include "route/channel.h"

/* Nets that need no track are taken out of top and bottom; those that run straight through one column are kept in `through`. */
typedef struct {
    uint32_t n_cols, n_nets;      /* nets are 1 … n_nets */
    uint32_t *top, *bot, *through; /* [n_cols] */
    uint32_t *first, *last;       /* [n_nets + 1] outermost columns, ends included */
    bool *left, *right;           /* [n_nets + 1] leaves at that end */
    uint32_t *orig;               /* [n_nets + 1] id given by the caller */
    uint32_t h_gap, v_gap, min_len, density;
    Arena arena;
} Chan;

/* Solutions of the methods use dense net numbers. */
void sol_h(ChanSolution *s, uint32_t net, uint32_t track, uint32_t c1, uint32_t c2);
void sol_v(ChanSolution *s, uint32_t net, uint32_t col, uint32_t t1, uint32_t t2);
void sol_x(ChanSolution *s, uint32_t net, uint32_t col, uint32_t track);

/* Search limits of one call. */
typedef struct {
    uint64_t seed;
    uint64_t work;        /* elementary steps that may be spent */
    uint32_t stop_at;     /* good enough: the density */
    uint32_t below;       /* only solutions with fewer tracks than this are wanted */
    uint32_t max_extra;   /* columns that may be added */
} ChanSearch;

/* Left-edge and merging (channel_leg.c): false if there is no solution, or none below `below`. */
bool chan_leg(const Chan *ch, const ChanSearch *opt, ChanSolution *out);
/* Greedy sweep (channel_greedy.c). */
bool chan_greedy(const Chan *ch, const ChanSearch *opt, ChanSolution *out);
/* Lengthen horizontal wires shorter than min_len, on new tracks where there is no room (channel.c). False: channel too narrow. */
bool chan_lengthen(const Chan *ch, ChanSolution *s, uint32_t max_extra);
/* Legal and complete? The router's own last look (channel_check.c); tests have another one. Says why in `why` (may be NULL). */
bool chan_check(const Chan *ch, const ChanSolution *s, Buf *why);

#endif
