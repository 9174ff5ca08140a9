/*
 * Judge of placements: is it legal, and are its figures true? Written from the definitions; shares no code with what places.
 */
#ifndef VERIFY_PLACEMENT_H
#define VERIFY_PLACEMENT_H

#include "gen/db/db.h"

typedef enum {
    VPL_ORIENT,   /* an orientation that does not exist, or one the block may not take */
    VPL_GRID,     /* lower left corner off the grid */
    VPL_OUTLINE,  /* a block reaches out of the outline */
    VPL_OVERLAP,  /* two blocks share area, or are nearer than the spacing */
    VPL_SYMMETRY, /* a pair that is no image about its group's axis or point, or unequal sizes */
    VPL_ALIGN,    /* edges that are not on one line, blocks that do not touch as asked */
    VPL_FIXED,    /* a block that does not stand where it was told to */
    VPL_FIGURE,   /* outline, area or wirelength that was claimed is not what the places give */
    VPL_RULES
} VplRule;
extern const char *const vpl_rule_name[VPL_RULES];

typedef struct { int64_t w, h; bool may_turn; } VplBlock;          /* size as given, orientation N */
typedef struct { int64_t x, y; Orient orient; } VplPlace;          /* lower left corner of the placed block */
typedef struct { int32_t block; int64_t x, y; } VplPin;            /* from the lower left corner in N; block < 0: fixed point */
typedef struct { uint32_t first, n; int64_t weight; bool critical; } VplNet; /* pins */
/* Mirrored about the group's axis, vertical or horizontal, or turned by half about its point; a == b: centred there. */
typedef struct { uint32_t group, a, b; bool horizontal, point; } VplPair;
typedef struct { uint32_t a, b; const char *how; } VplTie;         /* "left" "hcenter" "right" "bottom" "vcenter" "top": on one line; "row", "column": b abuts */
typedef struct { uint32_t block; VplPlace place; } VplFixed;

typedef struct {
    uint32_t n_blocks, n_nets, n_pairs, n_ties, n_fixed;
    const VplBlock *blocks;
    const VplPlace *places;   /* [n_blocks] */
    const VplNet *nets;
    const VplPin *pins;
    const VplPair *pairs;     /* sorted by group */
    const VplTie *ties;
    const VplFixed *fixed;
    int64_t grid;             /* 0 = 1 */
    int64_t spacing;          /* least distance between two blocks, along x or along y */
    int64_t max_w, max_h;     /* outline that was asked for; 0 = free */
    int64_t w, h, area, wirelength; /* figures that are claimed: outline from (0, 0), its area, weighted half perimeters */
    int64_t critical;         /* likewise: half perimeters of the critical nets, without weights */
} VplCase;

typedef struct {
    uint64_t count[VPL_RULES], total;
    Buf first;                /* the first offence of each rule, one line each; owned: buf_free */
} VplReport;

/*
 * Check all rules.
 *   out    filled, also on success
 * Returns  ST_OK or ST_VIOLATION; prints nothing.
 * Time     O(blocks²) in the worst case (sorted by x, so usually far less), memory O(blocks).
 */
Status vpl_check(const VplCase *c, VplReport *out);

#endif
