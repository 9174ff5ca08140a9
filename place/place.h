/*
 * Placement: one algorithm per file, all on the same small problem: rectangles with pins, nets between them.
 * Coordinates are dbu (or any integer unit); results are verified again in integers by place/verify.c before they are
 * returned (overlap, outline, order, objective), which shares no code with the algorithms.
 */
#ifndef PLACE_PLACE_H
#define PLACE_PLACE_H

#include "gen/db/db.h"

typedef struct {
    const char *name;         /* for reports; may be NULL */
    int32_t w, h;
    bool flip;                /* order, strips: may be mirrored left-right; floorplan: may be turned and mirrored */
    int8_t side;              /* strips: 0 free, +1 upper strip only, -1 lower strip only */
} PlaceBlock;

/* A pin: offset from the lower left corner of its block in orientation N, or a fixed point (block < 0). */
typedef struct { int32_t block, x, y; } PlacePin;
typedef struct { uint32_t pin0, n_pins; int32_t weight; } PlaceNet; /* weight >= 0 */

typedef struct {
    uint32_t n_blocks, n_nets, n_pins;
    const PlaceBlock *blocks;
    const PlaceNet *nets;
    const PlacePin *pins;
} PlaceProblem;

typedef struct { int32_t x, y; Orient orient; } PlaceAt; /* lower left corner of the placed outline */

typedef struct {
    PlaceAt *at;              /* [n_blocks], owned by the caller (place_result_free) */
    uint32_t *order;          /* [n_blocks]: order, strips: block ids from left to right, lower strip first; floorplan: NULL */
    uint32_t n_lower;         /* strips: the first n_lower of order are the lower strip */
    int32_t w, h;             /* outline */
    int64_t area, dead;       /* dead = area - sum of block areas (order, strips: - channel) */
    int64_t wirelength;       /* weighted sum of half perimeters (order: of horizontal spans) */
    int64_t objective;        /* what was minimised, in integers */
    double bound, gap;        /* proven lower bound of objective; gap = (objective - bound) / max(1, objective); 0: optimum */
    int64_t area_bound;       /* strips, floorplan: proven lower bound of area */
    int64_t wire_bound;       /* floorplan: proven lower bound of wirelength */
    const char *method;       /* "ilp", "subset dp", "windows", "exhaustive", "annealing"; static text */
    int64_t nodes;            /* states, nodes or moves examined */
} PlaceResult;

void place_result_free(PlaceResult *r);

/* ---- order (order.c, order_ilp.c) -------------------------------------------------------------- */

typedef enum { ORDER_AUTO, ORDER_ILP, ORDER_DP, ORDER_WINDOWS } OrderMethod;

typedef struct {
    OrderMethod method;       /* AUTO: subset DP (exact, and faster than the ILP) where about a second does, windows beyond */
    int32_t spacing;          /* between neighbours */
    int32_t x0;               /* left end of the row */
    int32_t width;            /* available; 0 or the sum of widths: packed; more: slack is spread for wirelength (see grid) */
    int32_t grid;             /* positions are x0 + multiples of it when slack is spread; 0 = 1 */
    int64_t node_limit;       /* of the ILP; 0 = 100,000 */
    uint64_t seed;
} OrderOptions;

/*
 * Order blocks in one row to minimise the weighted sum of net spans in x; blocks with flip may be mirrored (FN).
 *   p      in: y of pins is not used; fixed pins count in the span
 *   out    out: at[].x left to right, y 0; objective/bound/gap of the packed row; wirelength after slack is spread
 * Returns  ST_OK; ST_INPUT PLC-0001 sizes or pins out of range, PLC-0002 row wider than width; ST_LIMIT PLC-0003 ORDER_DP
 *          with more than 20 blocks.
 * Time     DP O(2^n · pins): 16 blocks 0.1 s; ILP: see the gate.
 * Source   linear ordering ILP: Grötschel, Jünger, Reinelt 1984; subset DP: Held, Karp 1962.
 */
Status place_order(const PlaceProblem *p, const OrderOptions *opt, PlaceResult *out);

/* ---- strips (strips.c) --------------------------------------------------------------------------- */

/*
 * A block of given area instead of given sides: a digital macro. It stands in the lower strip, from the channel to the lower edge, and may
 * also flow below the other blocks of that strip, which hang from the channel: its outline is then a comb lying on its back.
 */
typedef struct {
    uint32_t block;           /* its w and h in the problem are not read by place_strips_soft */
    int64_t area;
    int32_t min_w;            /* at the channel; a multiple of the grid */
    int32_t base;             /* least height of what flows below another block */
    int32_t grid_y;           /* of its height; 0 = 1 */
    int32_t w, h;             /* out: the part between channel and lower edge */
    bool around;              /* out: it flows below all others of the lower strip */
    uint64_t upper;           /* out: the assignment found, a bit per block */
} StripSoft;

#define STRIPS_MAX 63 /* blocks */

typedef struct {
    int32_t channel_h;        /* height of the channel between the strips */
    int32_t spacing;          /* between neighbours in a strip */
    int32_t grid;             /* x positions are multiples of it; 0 = 1. Widths should be multiples as well */
    uint64_t seed;
    const StripSoft *soft;    /* place_strips: as place_strips_soft left it: only assignments that leave it its area; NULL: none */
} StripOptions;

/*
 * Sides of a soft block for the least die area: over all assignments of the others (up to 20 blocks; beyond: local search), beside them or
 * around them. Nets are not looked at; place_strips then orders the blocks, with w and h as the soft block's sides.
 * Returns   ST_OK; ST_INPUT PLC-0001.     Time  O(2^n · n), 20 blocks about 0.1 s.
 */
Status place_strips_soft(const PlaceProblem *p, const StripOptions *opt, StripSoft *soft);

/*
 * Put blocks into two strips facing one horizontal channel: lower strip with its top edges on the channel (orientation N or
 * FN), upper strip with its bottom edges on the channel after mirroring (FS or S): a block's pins for the channel are on its
 * top edge in orientation N. Minimises die area, then wirelength (x spans).
 *   out    at, order, n_lower; y: lower strip top-aligned at the channel, die from (0,0) to (w,h); area_bound
 *          objective = wirelength of the packed strips; bound, gap likewise
 * Exact     area up to 20 blocks (all assignments); order up to 7 blocks (exhaustive); beyond: alternating exact DP per strip
 *           from several starts, with a bound that is printed.
 * Returns   ST_OK; ST_INPUT PLC-0001.
 */
Status place_strips(const PlaceProblem *p, const StripOptions *opt, PlaceResult *out);

/* ---- floorplan (floorplan.c, gsrc.c) --------------------------------------------------------------- */

typedef enum { FP_AREA, FP_WIRELENGTH, FP_BOTH } FpObjective;

typedef enum {
    FP_PAIR,                  /* a and b, of equal sides, are mirror images about the group's axis */
    FP_SELF,                  /* a is centred on the group's axis */
    FP_CENTRE,                /* common centroid: b, of equal sides, is a turned by half about the group's point; a == b: centred on it */
    FP_ALIGN,                 /* edges of a and b on one line */
    FP_ABUT,                  /* axis 0: b directly right of a, bottoms level; 1: b directly on a, left sides level */
    FP_FIXED,                 /* a stands at x, y in `orient` */
} FpRuleKind;

typedef struct {
    FpRuleKind kind;
    uint32_t a, b, group;     /* group: PAIR, SELF; 0 … */
    int8_t axis;              /* PAIR, SELF: 0 a vertical axis, 1 a horizontal one, the same in a group; ALIGN: 0 along x, 1 along y */
    int8_t edge;              /* ALIGN: 0 left or bottom, 1 centre, 2 right or top */
    int32_t x, y;
    Orient orient;
    bool turned;              /* private */
} FpRule;

typedef struct {
    FpObjective objective;
    uint64_t seed;
    uint32_t effort;          /* 0 quick (a second), 1 usual (half a minute for 50 blocks), 2 long (five times that) */
    uint32_t threads;         /* runs in parallel; the result does not depend on it. 0 = all */
    int32_t spacing;          /* halo: least distance between two blocks */
    int32_t width, height;    /* fixed outline; 0 = free */
    int32_t grid;             /* of places; sides, spacing and fixed places are multiples of it. 0 = 1 */
    const FpRule *rules;      /* [n_rules], in any order */
    uint32_t n_rules;
    const char *keep;         /* folder for finished runs, made if it is not there: a killed search that is called again takes them. NULL: none */
} FpOptions;

/*
 * Pack hard rectangles, free rotation, no overlap; terminals are fixed pins. x, y >= 0.
 *   out    at; w, h, area, dead; wirelength = half perimeters, pins exact; area_bound (sum of areas, or proven optimum), wire_bound
 *          objective: area, wirelength, or for both (area / area_bound + wirelength / wire_bound) / 2 in millionths; bound, gap
 * Area and both: nets are shortened inside the outline found. Wirelength: the outline is free.
 * Exact     up to 6 blocks: any objective, spacing, outline and rules, if it ends within its limit of work (usual effort: a minute); area of up
 *           to 10 where the search ends within its node limit.
 * Rules     are met exactly by what is returned; then sequence pairs are searched; beyond 6 blocks nets are not shortened afterwards but by
 *           mirroring, and nothing is proven.
 * Returns   ST_OK; ST_IO if `keep` cannot be written or another call holds it; ST_INPUT PLC-0001, PLC-0005 rules that contradict; ST_VIOLATION PLC-0004 no packing found inside the outline asked for or
 *           under the rules.
 * Source    see place/fp_int.h.
 */
Status place_floorplan(const PlaceProblem *p, const FpOptions *opt, PlaceResult *out);

/* Proven lower bound of the half-perimeter wirelength of any legal floorplan in x, y >= 0 (fp_bound.c). */
Status place_wire_bound(const PlaceProblem *p, int64_t *bound);

/* GSRC bookshelf: .blocks, .nets, optional .pl for the terminals. Coordinates are scaled by `scale` so that pin offsets given in
 * per cent are whole numbers. GSR-0001 syntax, GSR-0002 unknown name, GSR-0003 soft or not rectangular block,
 * GSR-0004 a count in the head is wrong, IO-*. */
typedef struct {
    PlaceProblem p;           /* everything lives in the arena */
    int32_t scale;            /* units per unit of the file, for pins; blocks' w and h are multiples of it */
    int32_t *critical;        /* [n_nets] weight of a net whose capacitance counts, else 0 (gsrc_read_rules) */
    double unit_m;            /* length of a unit of the file; likewise, 1 um if nothing is said */
    Arena arena;
} GsrcProblem;
Status gsrc_read(const char *blocks, const char *nets, const char *pl, GsrcProblem *out);
/* Rules of a floorplan, critical nets and the unit, for a problem that was read: docs/manual.md has the syntax. GSR-0001, GSR-0002, IO-*. Arrays live in the arena. */
Status gsrc_read_rules(const char *path, GsrcProblem *g, const FpRule **rules, uint32_t *n);
void gsrc_free(GsrcProblem *g);

/* ---- verification (verify.c) ------------------------------------------------------------------------ */

/* True if no two placed blocks share area, and all lie in (0,0)…(w,h). Names the first offence in `why` (may be NULL). O(n²). */
bool place_verify(const PlaceProblem *p, const PlaceAt *at, int32_t w, int32_t h, Buf *why);
/* Weighted half-perimeter sum of a placement; x only if `x_only`. Independent of the algorithms' own accounting. */
int64_t place_wirelength(const PlaceProblem *p, const PlaceAt *at, bool x_only);

#endif
