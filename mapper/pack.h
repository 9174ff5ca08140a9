/*
 * Packing: from layers to tiles on crossbars and weight loads. sheet.c finds places, pack.c packs with one setting, strategy.c tries
 * the settings and says how good a plan can be. Private to mapper/.
 */
#ifndef MAPPER_PACK_H
#define MAPPER_PACK_H

#include "mapper/map.h"

/* ---- sheet.c: one crossbar during one weight load ---- */
typedef struct {
    int32_t rows, cols, br, bc; /* synapses; of a block */
    uint32_t words;             /* of 64 columns */
    uint64_t *busy;             /* [rows][words] */
    uint8_t *touched;           /* [block rows][block columns] holds a weight */
    uint64_t *mask;             /* [words] scratch */
    int64_t blocks;             /* touched ones */
} Sheet;

typedef struct {
    int32_t r, c, h, w, cost; /* cost: columns of blocks begun anew or lost */
} SheetSpot;

void sheet_init(Sheet *s, const PlanArch *a);
void sheet_free(Sheet *s);
void sheet_clear(Sheet *s);
void sheet_copy(Sheet *to, const Sheet *from);
void sheet_take(Sheet *s, int32_t r, int32_t c, int32_t h, int32_t w);
/*
 * Cheapest free place for h × w synapses.
 *   slack  rows by which it may stand lower than a block's first row (never a whole block)
 *   share  may begin inside of a block, and beside others in it
 * Time     O(rows · h).
 */
bool sheet_best(Sheet *s, int32_t h, int32_t w, int32_t slack, bool share, SheetSpot *best);
/* Largest part of a rows × cols piece that fits anywhere on whole blocks: cut along rows at multiples of unit, along columns at blocks. */
bool sheet_part(Sheet *s, int32_t rows, int32_t cols, int32_t unit, SheetSpot *best);

/* ---- fit.c ---- */
enum { PACK_FIT_MAX = 20 }; /* pieces, and crossbars */
/*
 * Put n pieces of these heights (in blocks) on `bins` crossbars of that capacity, by integer programming.
 *   bin  out: [n] crossbar of each
 * Returns  false if they do not fit, or no way was found within a fixed number of nodes.
 */
bool pack_fit(const int32_t *height, uint32_t n, uint32_t bins, int32_t capacity, uint32_t *bin);

/* ---- pack.c ---- */
typedef struct {
    bool share;     /* tiles share blocks; layers are cut so that their rests meet */
    int32_t cut;    /* a layer that does not fit whole: 0 the next load begins with it, 1 it is cut between conversions, 2 between blocks to fill the load */
    bool split;     /* along rows and columns as the clocks want it */
    int32_t spread; /* over crossbars: 0 no, 1 where it costs no block, 2 always */
} PackSetting;

/* Fill p->tiles, cycles and blocks_used anew. */
void pack_with(Plan *p, const PackSetting *s);
/* Most groups that a bundle of a grouped layer holds: one chunk's, if the crossbar is as wide. */
int32_t pack_bundle(const Plan *p, const PlanLayer *l);

/* ---- copies.c ---- */
/*
 * Where crossbars have room, layers that their converters hold up get copies, the one that gains most first; a copy takes whole blocks.
 * A layer is left as it is if it is in several weight loads or has two tiles on a crossbar.
 */
void pack_copies(Plan *p);
/* Tiles, rows, columns and chunks of the largest tile that a copy of the layer has; false: it cannot have copies. */
typedef struct {
    int64_t tiles, rows, cols, chunks;
    uint32_t cycle, copies;
} CopyShape;
bool pack_shape(const Plan *p, uint32_t layer, CopyShape *out);

/* ---- strategy.c ---- */
/* Clocks of one CONV per output position with these tiles at the same time, copies of them taking positions in turn (docs/isa.md, "How a CONV runs"). */
int64_t pack_position(const Plan *p, const PlanLayer *l, int64_t rows, int64_t tiles, int64_t chunks, int64_t cols, int64_t copies);
/* Clocks that the convolutions take; an estimate: the instruction simulator tells exactly. */
int64_t pack_clocks(const Plan *p);

/* Rows of a tile that the bus carries at every position: dummies stay in the row registers. */
static inline int64_t pack_sent(const PlanTile *t)
{
    int64_t n = 0;
    for (int32_t r = 0; r < t->rows; r++) n += t->row_k[r] >= 0;
    return n;
}

#endif
