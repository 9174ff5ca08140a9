/* Private to verify/drc*.c. */
#ifndef VERIFY_DRC_INT_H
#define VERIFY_DRC_INT_H

#include "verify/flat.h"
#include "verify/verify_layout.h"

/* A violation while its pieces are being gathered: those of one gap or narrow place join along `along`. */
typedef enum { JOIN_NOT, JOIN_Y, JOIN_X } DrcJoin;
typedef struct {
    DrcViolation v;
    DrcJoin along;
} DrcPiece;
typedef struct { ARRAY(DrcPiece) v; } DrcPieces;

void drc_push(DrcPieces *out, DrcRule rule, LayerId layer, Box box, int64_t value, int64_t limit, DrcJoin along);

/* Width and spacing of the union of one layer's boxes (drc_region.c). */
void drc_region(const Boxes *shapes, const TechLayer *l, LayerId layer, DrcPieces *out);

/* Size, spacing and enclosure of the cuts of one layer; `layer` holds the shapes of all (drc_cut.c). */
void drc_cuts(const Db *db, const Tech *t, const Boxes *layer, uint32_t index, DrcPieces *out);

#endif
