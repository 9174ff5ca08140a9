/*
 * Channel routing on a grid: two rows of pins facing each other, horizontal wires on one layer (tracks), vertical wires on
 * the other (columns), a via where they join. Knows nothing of dbu, layers or the database (that is route/route.h).
 *
 * Words: net ids are 1 …; 0 is "no pin". Columns count from 0 at the left, tracks from 1 at the top; 0 stands for the top
 * edge and tracks + 1 for the bottom edge. A wire that ends in column or track k occupies it wholly.
 */
#ifndef ROUTE_CHANNEL_H
#define ROUTE_CHANNEL_H

#include "gen/base/base.h"

/* What one net asks for beyond a wire. Two layers only; not among nets that constrain each other in a circle. */
typedef struct {
    uint32_t net;
    uint32_t width;         /* tracks of its wire, joined at each of its columns; 0: one */
    uint32_t space;         /* free tracks to every other net's wires */
    bool shield;            /* a wire of Channel.shield_net on the tracks beside it, as long as it */
    bool sensitive, aggressor;  /* coupled length: columns in which a sensitive net has an aggressor on the next track; kept small */
    uint32_t pair;          /* net on the adjacent tracks with the same columns; its own class need not repeat it. 0: none */
    uint32_t match;         /* nets of one number have equal wire length and equally many vias, 0: none; the shorter ones are lengthened
                               beyond their pins */
    uint32_t cross;         /* nets of one number cross other nets' wires, shields included, equally often, 0: none; where one has too few its
                               wire goes on beyond its pins, unless its length is matched */
} ChanClass;

typedef struct {
    uint32_t n_cols;
    const uint32_t *top, *bottom;   /* [n_cols] net id at the upper and lower edge, 0 = none */
    uint32_t n_left, n_right;
    const uint32_t *left, *right;   /* nets that leave at the left and right end, on any track; no net twice */
    /* Design rules in grid units; 0 means 1 of a gap, no shortest length. */
    uint32_t h_gap;                 /* ends of two nets on one track are at least so many columns apart (1: neighbours) */
    uint32_t v_gap;                 /* ends of two nets in one column are at least so many tracks apart */
    uint32_t min_len;               /* shortest horizontal wire in columns (c2 - c1); shorter ones are lengthened,
                                       also those that leave at an end */
    const char *layers;             /* from below, 'h' or 'v' in turn: "hv" (NULL), "hvh", "vhv", or pairs "hvhv", "hvhvhv", …;
                                       a pin is reached on any vertical layer. "p": one layer for both directions, no vias: only where
                                       channel_is_river() */
    uint32_t n_classes;
    const ChanClass *classes;       /* no net twice */
    uint32_t shield_net;            /* number of the shields' wires, no pin has it; the mesh above joins them. Needed if any net is shielded */
} Channel;

/* layer: index into Channel.layers; of a via the lower one. 0 everywhere with two layers. */
typedef struct { uint32_t net, track, c1, c2, layer; } ChanH;   /* c1 <= c2 */
typedef struct { uint32_t net, col, t1, t2, layer; } ChanV;     /* t1 <= t2; 0 = top edge, n_tracks + 1 = bottom edge */
typedef struct { uint32_t net, col, track, layer; } ChanX;

typedef struct {
    uint32_t n_cols;                /* >= that of the channel: columns may have been added at the right end */
    uint32_t n_tracks;
    uint32_t density;               /* most nets that cross one place between two columns or own a column */
    uint32_t bound;                 /* lower bound on the tracks, however many columns are added at the right end (nowhere else) */
    const char *bound_by;           /* static text: "density", over the number of horizontal layers, rounded up; "constraints", one above it, and
                                       "flux" on two layers (channel_bound.c); "classes", of wires laid whole; "river" */
    ARRAY(uint32_t) proof;          /* river: columns of the upper and the lower pin between which `bound` nets cross (channel_river.c); constraints: columns
                                       whose two pins order nets, each net above the next, in a run of columns of full density: more of them than
                                       the density has tracks for; flux: first and last of the columns that cannot be emptied often enough */
    const char *layers;             /* as asked; static or the channel's */
    ARRAY(ChanH) h;
    ARRAY(ChanV) v;
    ARRAY(ChanX) x;
    uint64_t coupled;               /* columns in which an aggressor is on the track next to a sensitive net */
    int64_t wirelength;             /* grid units: sum of c2 - c1 and t2 - t1 */
    const char *method;             /* "left-edge, merging", "sweep", "sat", …; static text */
} ChanSolution;

typedef enum {
    CHAN_AREA,             /* least columns · (tracks + 1), added columns counted; then vias and wirelength together (a via as 3 units) */
    CHAN_WIRELENGTH,       /* among the same tracks: shortest wires, then vias */
} ChanObjective;

typedef struct {
    uint64_t seed;
    uint32_t effort;       /* 0: one pass of each method; 1 (usual): search, seconds where the density is hard to reach; 2: minutes */
    uint32_t max_extra;    /* columns that may be added at the right end; UINT32_MAX: as many as needed */
    ChanObjective objective;
    uint32_t enough;       /* so many tracks are good enough; 0: the density */
} ChanOptions;

/*
 * Density: the largest number of nets whose column interval covers one column (pins on both sides of it or an end there); with h_gap
 * above 1 an interval reaches h_gap - 1 columns farther, with min_len one that leaves at an end at least so far inwards. A lower bound
 * on the tracks.
 * Nets that only run straight through (one column, both sides) and nets with a single pin need no track.
 * Time  O(n_cols + nets).
 */
uint32_t channel_density(const Channel *ch);

/*
 * Lower bound on the tracks of two layers, however many columns are added at the right end: the greatest of the density, constraints and flux (channel_bound.c).
 * Time  O(n_cols²), at most some 10^7 steps.
 */
uint32_t channel_bound(const Channel *ch);

/*
 * Route a channel. Two layers: the best of left-edge with doglegs, track merging with restarts, a sweep over the columns and, while the
 * density is not reached, SAT on fixed numbers of tracks; then nets are laid anew one by one for vias and length. Legal by construction and checked once more before it is returned.
 *   ch    in: pins; nets with one pin and no end are left alone
 *   opt   in: NULL = {seed 1, effort 1, max_extra UINT32_MAX}
 *   out   out: wires in order of track, column; owned by the caller (channel_solution_free)
 * Returns  ST_OK, or ST_VIOLATION RTE-0004 if cyclic constraints need more columns than max_extra;
 *          ST_INPUT RTE-0001 for ids, gaps or layers out of range.
 * Time     O(n_cols · tracks) per sweep.
 * Source   Hashimoto, Stevens 1971; Deutsch 1976; Yoshimura, Kuh 1982; Rivest, Fiduccia 1982; the files say more.
 */
Status channel_route(const Channel *ch, const ChanOptions *opt, ChanSolution *out);
void channel_solution_free(ChanSolution *s);

/*
 * Does one layer do? Each net with anything to connect has one pin on each side, both sides name the nets in one order, and there are no ends,
 * classes or gaps above 1. channel_route() with layers "p" then takes the fewest tracks possible, in O(n_cols + wires); otherwise it says RTE-0007.
 */
bool channel_is_river(const Channel *ch);

/* ---- files (channel_file.c): DESIGN §7 ------------------------------------------------------- */

typedef struct {
    Channel ch;               /* arrays live in the arena */
    Arena arena;
} ChannelFile;

/*
 * Read a .chan file: line 1 top pins, line 2 bottom pins, 0 = none, `#` comments; optionally `left N…`, `right N…`, `layers hvh`,
 * `gaps H V MIN-LENGTH`, and classes: `net N [width W] [space S] [shield]`, `pair N M`, `match N…`, `crossings N…`, `sensitive N…`, `aggressor N…`,
 * `shield N` (number of the shields' wires; without it the largest number plus one).
 * Errors: RTE-0002 not a number or no such word, RTE-0003 the two lines differ in length, IO-*.
 */
Status channel_read(const char *path, ChannelFile *out);
Status channel_parse(const char *name, const char *text, size_t n, ChannelFile *out);
void channel_file_free(ChannelFile *f);
/* Text of a solution as in DESIGN §7. */
void channel_print(const ChanSolution *s, Buf *out);

#endif
