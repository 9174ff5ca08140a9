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
    bool *quiet, *loud;           /* [n_nets + 1] sensitive, aggressor; NULL unless there are both */
    uint32_t h_gap, v_gap, min_len, density, shield_net;
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
    uint64_t area;        /* only solutions with less columns · (tracks + 1) than this are wanted */
    uint32_t max_extra;   /* columns that may be added */
    uint32_t known_tracks, known_cols; /* of the best solution so far; 0: none */
} ChanSearch;

/* Left-edge and merging (channel_leg.c): false if there is no solution, or none below `below`. */
bool chan_leg(const Chan *ch, const ChanSearch *opt, ChanSolution *out);
/* The same with cycles and long chains cut by way of columns added at the right end. */
bool chan_leg_wide(const Chan *ch, const ChanSearch *opt, ChanSolution *out);
/* Column by column with foresight (channel_sweep.c). */
bool chan_sweep(const Chan *ch, const ChanSearch *opt, ChanSolution *out);
/* SAT on a fixed number of tracks (channel_sat.c); for the channel as it is, no columns are added. */
bool chan_sat(const Chan *ch, const ChanSearch *opt, ChanSolution *out);

/* Negotiation on fixed numbers of tracks and added columns (channel_maze.c); false also where the channel is too large for the work. */
bool chan_maze(const Chan *ch, const ChanSearch *opt, ChanSolution *out);

/* ---- one track per net between any two columns (channel_lanes.c) -------------------------------------- */

typedef struct {
    uint32_t T;
    uint32_t *lo, *hi;    /* [n_nets + 1] a net's cuts lo … hi-1; cut c is at the left of column c; none: lo == hi */
    uint32_t *at;         /* [n_nets + 1] index of its first cut in track */
    uint32_t *track;      /* per net and cut, 1 … T */
} ChanLanes;

ChanLanes lanes_new(const Chan *ch, uint32_t T); /* tracks 0 */
void lanes_free(ChanLanes *w);
/* False if some net holds several tracks at a cut, or columns were added. */
bool lanes_of(const Chan *ch, const ChanSolution *s, ChanLanes *out);
void lanes_draw(const Chan *ch, const ChanLanes *w, ChanSolution *out);
/*
 * Lay one net after another anew on its cheapest path among the others, until none gains. Never more tracks.
 *   via, len  weights of a via and of a unit of vertical wire
 *   work      elementary steps that may be spent
 * Returns  true if anything changed.
 */
bool lanes_improve(const Chan *ch, ChanLanes *w, uint32_t via, uint32_t len, uint64_t work);

/* Nets with width, space, shield, pair or match (channel_class.c): whole blocks of tracks. RTE-0006 if they cannot be kept. */
Status chan_route_classes(const Channel *ch, const Chan *c, const ChanOptions *opt, ChanSolution *out);

/* s->bound, bound_by and proof on two layers (channel_bound.c). */
void chan_bound(const Chan *c, ChanSolution *s);

/* More than two layers (channel_layers.c): wires with the caller's ids, finished but not sorted. */
#define CHAN_PAIRS_MAX 8
bool chan_layers_known(const char *layers);
Status chan_route_layers(const Channel *ch, const Chan *c, const ChanOptions *opt, ChanSolution *out);

/* One layer (channel_river.c): wires with the caller's ids, tracks and their proof; RTE-0007 if the channel is no river. */
Status chan_route_river(const Channel *ch, ChanSolution *out);

/* The problem with dense numbers; free its arena. */
void chan_init(Chan *c, const Channel *ch);
/* Two layers, by all methods, with `work` steps; dense numbers. False: not within the columns that may be added. */
bool chan_route_whole(const Chan *c, const ChanOptions *opt, uint64_t work, ChanSolution *out);
/* The same in windows between which no net runs (channel_windows.c); columns are added behind the last one only. False: there is one window, or one fails or
 * takes `below` tracks. */
bool chan_windows(const Channel *ch, const Chan *c, const ChanOptions *opt, uint64_t work, uint32_t below, ChanSolution *out);

/* Lengthen horizontal wires shorter than min_len, on new tracks where there is no room (channel.c). False: channel too narrow. */
bool chan_lengthen(const Chan *ch, ChanSolution *s, uint32_t max_extra);
/* Legal and complete? The router's own last look (channel_check.c); tests have another one. Says why in `why` (may be NULL). */
bool chan_check(const Chan *ch, const ChanSolution *s, Buf *why);

#endif
