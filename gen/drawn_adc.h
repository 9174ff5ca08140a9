/*
 * Converters as drawn: what the wires over, under and beside the capacitor array make of its thresholds (verify/sar.h has the law).
 */
#ifndef GEN_DRAWN_ADC_H
#define GEN_DRAWN_ADC_H

#include "cells/cells.h"
#include "gen/db/db.h"
#include "techs/techs.h"
#include "verify/sar.h"

#define ARRAY_OFF 0.05 /* of a unit that a bit may be off */

typedef struct {
    double gain;                /* step of the thresholds over that of the array alone */
    double inl, dnl;            /* largest, LSB, against the line through the first and the last threshold */
    uint32_t missing;           /* codes that no input gives */
    double other;               /* LSB that `other` of both nodes, if all of it rises at once, and the last decision of the conversion before may move a threshold by: an upper bound */
} ArrayFigures;

/* Couplings of a drawn converter's top and input, of metals from `lowest` upwards (1: of all). Time  extract_leaf's: 0.4 s for 6 bits, 1.7 for 10, a fraction of that for
 * the capacitors' metals and the one below. Source  as route/extract_leaf.h. */
void array_wires(const Db *db, const Tech *t, CellId converter, uint32_t bits, int32_t lowest, ArrayWires *out);

/* Of these only what each bit's bottom plate has to the top, F: fingers, and all; smallest first. Time  a fraction of the above. */
void array_bottoms(const Db *db, const Tech *t, CellId converter, int32_t lowest, double plate[ARRAY_BITS], double all[ARRAY_BITS]);

/*
 * Figures of its thresholds.
 *   load    on its input, F; INFINITY: an ideal source (sar_thresholds)
 *   supply  of the logic over the range of the reference
 * Time    O(2^bits · bits)
 */
void array_figures(const ArrayWires *w, double load, double supply, ArrayFigures *out);

/*
 * `apugen characterize [VARIANT…] --extracted`: a converter's part of the table, one line per gain. `column` is the INL on a column of 448 fF, which its input's wires move; it is
 * told, not judged (a flow does, on the plan's columns: gen/converter.h).
 *   head    print the table's head first
 * Errors  of cells_draw, told. ST_VIOLATION: a code is missing, or INL or DNL is above LIMIT at a gain that a plan may ask for.
 */
Status drawn_converter(const Tech *t, const CellLibrary *lib, const CellVariant *v, bool head);

#endif
