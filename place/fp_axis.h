/*
 * One axis of a floorplan whose order is partly decided: the least weighted sum of spans of nets over all positions, as a min-cost flow that
 * is kept from one decision to the next.
 *
 * Positions obey differences (blocks apart, ends of nets outside their pins), so the dual of the linear programme is an uncapacitated flow.
 * Decisions only add arcs or raise gains: the flow stays feasible, and the value of any feasible flow is a lower bound, in integers, at every
 * step of the simplex. Nothing is rounded and nothing has to be trusted.
 * A group with an axis of symmetry (x_a + x_b = const) is no difference. The whole graph is then there twice, once seen in the mirror, and the two
 * copies share the members' nodes, each member standing for its partner: half the value is the bound, the mean of both is the placement.
 * Source  network simplex: Dantzig 1963; doubling of sums of two variables: Hochbaum, Megiddo, Naor, Tamir 1993.
 */
#ifndef PLACE_FP_AXIS_H
#define PLACE_FP_AXIS_H

#include "gen/base/base.h"

enum { AXIS_MAX = 8 };        /* blocks */
#define AXIS_NEVER INT64_MAX  /* no positions at all */

/* Outermost pins of a net on a block, by option 2 · turned + mirrored along this axis; block < 0: a fixed point. */
typedef struct { uint32_t net; int32_t block; int64_t lo[4], hi[4]; } AxisPin;

typedef struct {
    uint32_t n, n_nets, n_pins, n_ties;
    int64_t size[AXIS_MAX][2];        /* along this axis, upright and turned */
    int64_t gap;                      /* between two blocks */
    const AxisPin *pins;              /* [n_pins] sorted by net; every net has one */
    const int64_t *weight;            /* [n_nets] */
    bool doubled;
    uint32_t partner[AXIS_MAX];       /* doubled: partner in the symmetric group, itself if centred on the axis, UINT32_MAX: not in it */
    const uint32_t (*tie)[2];         /* [n_ties] blocks of equations position b - position a = const, set by axis_tie */
    /* made by axis_make */
    uint32_t n_nodes, n_arcs, up0, end0, sep0, pin0, inner0, tie0; /* numbers of pairs of arcs: an arc and its image */
    int32_t *from, *to;
    int64_t work;                     /* arcs looked at, counted up */
} Axis;

typedef struct {
    int64_t *gain, *flow, *pos;
    int32_t *parent, *arc, *depth, *chain; /* tree: arc to the parent */
    bool *on;
    int64_t low[AXIS_MAX], up[AXIS_MAX], end; /* limits of left edges, and of right ones */
    uint8_t options[AXIS_MAX];        /* set of options that a block may still take */
    bool best;                        /* the last axis_solve went to its end */
} AxisState;

void axis_make(Axis *a);              /* fills what it says; the rest is given */
void axis_free(Axis *a);
/* Nothing decided but options; memory is the caller's: axis_state_free. */
void axis_state_new(const Axis *a, AxisState *s);
void axis_state_begin(const Axis *a, AxisState *s, const uint8_t *options);
void axis_state_copy(const Axis *a, AxisState *to, const AxisState *from);
void axis_state_free(AxisState *s);

/* Decisions. They only make a state tighter. */
void axis_options(const Axis *a, AxisState *s, uint32_t block, uint8_t options);
void axis_before(const Axis *a, AxisState *s, uint32_t i, uint32_t j);               /* i ends, gap, j begins; both turns are decided */
void axis_apart(const Axis *a, AxisState *s, uint32_t i, uint32_t j, int64_t least);  /* of the left edges; likewise */
void axis_tie(const Axis *a, AxisState *s, uint32_t tie, int64_t distance);          /* both blocks' turns are decided */
void axis_limit(const Axis *a, AxisState *s, uint32_t block, int64_t low, int64_t up); /* of the left edge */
void axis_end(const Axis *a, AxisState *s, int64_t end);                             /* of all right edges */

/* Lower bound of the weighted sum of spans: the optimum, or the first one that reaches `enough`; AXIS_NEVER: there are no positions. */
int64_t axis_solve(Axis *a, AxisState *s, int64_t enough);
/* Twice the left edge of a block after axis_solve found the optimum. */
int64_t axis_twice(const Axis *a, const AxisState *s, uint32_t block);

#endif
