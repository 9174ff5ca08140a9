/*
 * Sweep with foresight: the state of one, shared by channel_sweep.c (columns) and channel_sweep_search.c (which sweeps are made). Not for other
 * files.
 */
#ifndef ROUTE_CHANNEL_SWEEP_H
#define ROUTE_CHANNEL_SWEEP_H

#include "route/channel_int.h"

typedef struct {
    uint32_t reach;       /* columns after which a pin pulls half as much */
    uint32_t deep;        /* pins ahead that a net minds */
    int64_t far, wrong;   /* price of being on the other side of the channel; of being on the wrong side of the other pin's net */
    int64_t steady;       /* of the former, what does not fade with the distance of the pin, in 1/1024 */
    int64_t split;        /* of one more piece */
    int64_t spread;       /* of the distance between pieces, in quarters of the former for the whole channel */
    int64_t change;       /* of a change of track */
    int64_t block;        /* of a landing across what others wish to do, in 1/16 */
    uint32_t tries;       /* free tracks looked at in each direction */
    uint32_t rim;         /* so many outermost tracks are left for pins to come */
    uint32_t noise;       /* wishes are raised by up to so many 1/64 */
} SweepKnobs;

typedef struct { uint32_t net, id, start, free_from; } Lane; /* net 0: free; id: the track's name, whatever is put beside it */
typedef struct { uint32_t a, b, keep, net, next, prev; int64_t gain, val; } Span; /* a change or a join over positions a … b */
typedef struct { uint32_t ext, keep; bool all; int64_t cost; } Landing; /* a pin's wire over ext tracks; keep 0: the net ends */

typedef struct {
    const Chan *ch;
    SweepKnobs k;
    Rng rng;
    /* state before column col */
    ARRAY(Lane) lane;               /* by position 0 … T + 1; the edges' ids are 0 and 1 */
    uint32_t T, n_ids;
    uint32_t *held, *lo, *hi;       /* per net: tracks, outermost positions */
    uint32_t *next;                 /* per net: next pin; held, lo, hi and next lie behind each other */
    ChanSolution *out;
    /* fixed */
    uint32_t *pin0, *pins;          /* per net: column · 4 + sides (1 top, 2 bottom), sorted */
    uint32_t limit;                 /* give up above so many tracks */
    /* one column */
    uint32_t hole_lo, hole_hi;      /* outermost free positions; T + 1 and 0: none */
    uint32_t col, rows;             /* rows: size of the arrays below */
    int64_t *loss[2];               /* per side and extent: what a landing so far forbids others */
    Landing *land[2];
    int64_t *best;
    uint32_t *best_span, *by_end, *holes, n_holes;
    ARRAY(Span) span;
    uint64_t work;
} Sweep;

void sweep_new(Sweep *g, const Chan *ch, uint64_t seed);
void sweep_free(Sweep *g);
/* Before the first column, with T tracks. */
void sweep_start(Sweep *g, uint32_t T);
/* Column c; from ch->n_cols on there are no pins. False: more than g->limit tracks. */
bool sweep_column(Sweep *g, uint32_t c);
/* Is there a net with work left when no pins come any more? */
bool sweep_in_pieces(const Sweep *g);
/* Behind the last of `cols` columns: g->out is complete. False: wires cannot be as long as they must. */
bool sweep_finish(Sweep *g, uint32_t cols, uint32_t max_extra);
/* How good the state is by the prices of g->k: wishes, pieces. */
int64_t sweep_worth(Sweep *g);

#endif
