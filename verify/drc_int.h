/* Private to verify/drc*.c. */
#ifndef VERIFY_DRC_INT_H
#define VERIFY_DRC_INT_H

#include "verify/front.h"
#include "verify/verify_layout.h"

/* A violation while its pieces are being gathered: those of one gap or narrow place join along `along`, pieces of one area where they touch. */
typedef enum { JOIN_NOT, JOIN_Y, JOIN_X, JOIN_TOUCH } DrcJoin;
typedef struct {
    DrcViolation v;
    DrcJoin along;
} DrcPiece;

/* What is found belongs to `core`, half open: by its lower left corner, runs and areas cut to it. Drawings end at `window`: what
 * reaches its edge goes on. */
typedef struct {
    ARRAY(DrcPiece) v;
    Box core, window;
} DrcPieces;
#define DRC_EVERYWHERE ((Box){INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX})

/* v.box: as it was found, whole. */
void drc_push(DrcPieces *out, DrcViolation v, DrcJoin along);
/* A violation of a rule of one layer. */
static inline DrcViolation drc_at(DrcRule rule, LayerId layer, Box box, int64_t value, int64_t limit)
{
    return (DrcViolation){.rule = rule, .layer = layer, .box = box, .value = value, .limit = limit, .a = FE_N, .b = FE_N};
}

/* All rules on the shapes of a window but grid and outlines (drc.c); they look no farther than drc_reach. */
void drc_window(const Db *db, const Tech *t, const Boxes *layer, DrcPieces *out);
int32_t drc_reach(const Tech *t);
/* The same on everything below a block, each different neighbourhood once (drc_tile.c). Returns how many were judged. */
uint64_t drc_tiles(const Db *db, const Tech *t, CellId top, int32_t halo, DrcPieces *out);

/* Pieces joined, sorted, counted: into the report (drc.c). */
void drc_report(DrcPieces *p, DrcReport *out);

/* Polygons, and holes in them, of less area than the limit (drc_area.c). */
void drc_area(const Boxes *shapes, int64_t limit, LayerId layer, DrcPieces *out);
void drc_holes(const Boxes *shapes, int64_t limit, LayerId layer, DrcPieces *out);

/* Width and spacing of the union of one layer's boxes (drc_region.c). */
void drc_region(const Boxes *shapes, const TechLayer *l, LayerId layer, DrcPieces *out);
/* How far they look. */
int32_t drc_region_reach(const TechLayer *l);

/* Size, spacing and enclosure of the cuts of one layer; `layer` holds the shapes of all (drc_cut.c). */
void drc_cuts(const Db *db, const Tech *t, const Boxes *layer, uint32_t index, DrcPieces *out);
/* Every cut has around it of `metal`: enc on two opposite sides, side on the others. v: the violation's rule, layer, regions. */
void drc_enclosure(const Boxes *cuts, const Boxes *metal, int32_t enc, int32_t side, DrcViolation v, DrcPieces *out);

/* Rules between the regions of the front end, and what contacts and implants must have (drc_front.c). */
void drc_front(const Db *db, const Tech *t, const Boxes *layer, DrcPieces *out);
/* Width, its step, and length of every gate (drc_device.c). */
void drc_devices(const Db *db, const Tech *t, const Boxes *layer, const Front *f, DrcPieces *out);
int32_t drc_front_reach(const Tech *t);

#endif
