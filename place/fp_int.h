/*
 * Inside of the floorplanner: blocks reduced to what packing needs, and the searches over them.
 *
 * Lengths are in units of the greatest common divisor of all sides, so they stay small. No search looks at a clock: each is limited by a
 * number of moves, and draws from a random stream of its own, so results do not depend on threads or the machine.
 */
#ifndef PLACE_FP_INT_H
#define PLACE_FP_INT_H

#include "place/place.h"

#define FP_NONE INT64_MAX

typedef struct { int32_t dx[2], dy[2], block; } FpPin; /* from the lower left corner, upright and turned (E); fixed: block < 0 */

typedef struct {
    uint32_t n;
    int32_t unit;             /* dbu per unit */
    int32_t *w, *h;           /* [n], halo included */
    bool *turn;               /* [n] may be turned by a quarter */
    int64_t area;             /* sum, units² */
    int32_t out_w, out_h;     /* fixed outline; 0 = free */
    /* nets; n_nets 0 when only area counts. Lengths of pins are dbu. */
    uint32_t n_nets;
    const PlaceNet *nets;
    FpPin *pins;
    int64_t wire_bound;
    const FpRule *rules;      /* [n_rules] places in units */
    uint32_t n_rules;
    double area_weight, wire_weight; /* cost = area · area_weight + wire · wire_weight, area in units², wire in dbu */
} FpShapes;

typedef struct {
    double cost;              /* see FpShapes; > any real one if nothing was found */
    int32_t w, h;             /* outline, units */
    int32_t *x, *y;           /* [n] units */
    bool *turned;             /* [n] */
    int64_t moves;            /* examined */
    const char *method;
} FpPacking;

FpPacking fp_packing_new(uint32_t n);
void fp_packing_free(FpPacking *p);
void fp_packing_copy(FpPacking *to, const FpPacking *from, uint32_t n); /* not moves */
/* Half-perimeter wirelength of a packing [dbu], orientations N and E. */
int64_t fp_wire(const FpShapes *s, const int32_t *x, const int32_t *y, const bool *turned);

/*
 * Skyline search for area (fp_sky.c): for each of many widths a sequence of blocks is decoded by best fit into the lowest niche and
 * improved by random exchanges; better widths get more of the `evals`. Task k of n_tasks takes every n_tasks-th width.
 * Source  best fit: Burke, Kendall, Whitwell 2004; scores and random local search over widths: Wei et al. 2018.
 */
void fp_sky(const FpShapes *s, uint64_t seed, uint32_t task, uint32_t n_tasks, int64_t evals, FpPacking *best);

/* Annealing over B*-trees (fp_tree.c), one run of `moves`; area, wirelength or both. Source: Chang, Chang, Wu, Wu 2000. */
void fp_tree(const FpShapes *s, uint64_t seed, uint32_t run, int64_t moves, FpPacking *best);

/*
 * Annealing over sequence pairs under rules (fp_seq.c), one run of `moves`. best->cost stays at or above FP_SEQ_NOT if no placement that
 * satisfies them was met. Time: O(n² · rounds) a move. Source: Murata et al. 1996; Balasa, Lampaert 1999.
 */
#define FP_SEQ_NOT 1e6
/* A rule of a group with an axis or a centre, and the partner of its first block there: itself if it is centred. */
static inline bool fp_mirrors(const FpRule *r) { return r->kind == FP_PAIR || r->kind == FP_SELF || r->kind == FP_CENTRE; }
static inline uint32_t fp_partner(const FpRule *r) { return r->kind == FP_SELF ? r->a : r->b; }
void fp_seq(const FpShapes *s, uint64_t seed, uint32_t run, int64_t moves, FpPacking *best);
/* Orientations under rules: fixed ones, twins mirrored; then whatever mirroring shortens the nets. */
void fp_seq_orient(const PlaceProblem *p, const FpRule *rules, uint32_t n_rules, PlaceAt *at);

/*
 * All B*-trees, pruned by the best packing known (fp_exact.c): least area, proven if it ends within node_limit.
 *   best   in: a packing or cost of FP_NONE; out: a better one if there is one
 * Returns  whether it ended. Time: 6 blocks below a second; up to 10 when little space is dead.
 */
bool fp_exact(const FpShapes *s, int64_t node_limit, FpPacking *best);

/*
 * All orders of up to FP_PROVE blocks, pruned by the best placement known (fp_prove.c): any objective, spacing, outline, all rules.
 *   at, best   in: a placement and its objective; out: the best one
 *   proven     out: lower bound of the objective; it is below *best only where two groups lie along one axis
 * Returns  whether it ended within work_limit (arcs looked at, about 1e9 a second); if not, `proven` says nothing.
 */
enum { FP_PROVE = 6 };
bool fp_prove(const PlaceProblem *p, const FpOptions *opt, int64_t wire_bound, int64_t work_limit, PlaceAt *at, int64_t *best, int64_t *proven, int64_t *nodes);
/* What is minimised; both: the mean of the ratios to the two bounds, in millionths. */
int64_t fp_objective(FpObjective o, int64_t area, int64_t area_bound, int64_t wire, int64_t wire_bound);

/*
 * Runs that are finished, in files of a folder (fp_keep.c). The key hashes problem, options and `plan` (numbers of runs and moves).
 * load: false if there is no such run of this key. save: IO-0004. drop: removes the files of runs 0 … n_runs - 1 and the folder if it is empty.
 */
void fp_keep_key(const PlaceProblem *p, const FpOptions *opt, const int64_t *plan, uint32_t n_plan, char key[65]);
bool fp_keep_load(const char *dir, const char key[65], uint32_t run, uint32_t n, FpPacking *p);
Status fp_keep_save(const char *dir, const char key[65], uint32_t run, uint32_t n, const FpPacking *p);
void fp_keep_drop(const char *dir, uint32_t n_runs);

/*
 * Shorter nets for the same relative order (fp_flow.c): each pair of blocks keeps one separation, x and y are then each the dual of a
 * min-cost flow; repeated with separations taken anew and with mirrored blocks, until nothing improves.
 *   at       in: legal; out: legal, on the grid if sides are, wirelength never longer. w, h: outline to stay in [dbu], 0 = none
 * Returns ST_OK, also when the problem is too large for the flow and nothing was done.
 */
Status fp_shorten(const PlaceProblem *p, int32_t w, int32_t h, int32_t spacing, int32_t grid, PlaceAt *at);
/* Turn blocks over while that shortens nets and keeps their outlines. */
void fp_mirror(const PlaceProblem *p, PlaceAt *at);

#endif
