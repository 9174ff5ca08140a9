/*
 * Converters as drawn: what the wires over, under and beside the capacitor array make of its thresholds.
 *
 * The array's top is a node of some femtofarads per bit; every wire near it that moves with the code moves the threshold, by the whole supply
 * where a bottom plate moves by the reference only. What moves how is known from the converter's logic (cells/circuit_sar.c).
 */
#ifndef GEN_DRAWN_ADC_H
#define GEN_DRAWN_ADC_H

#include "cells/cells.h"
#include "gen/db/db.h"
#include "techs/techs.h"

enum { ARRAY_BITS = 12 };
#define ARRAY_OFF 0.05 /* of a unit that a bit may be off */

/* Couplings to the array's top, F. */
typedef struct {
    uint32_t bits;
    double plate[ARRAY_BITS];   /* bit's fingers alone */
    double bottom[ARRAY_BITS];  /* bit's bottom plate: fingers and wires; moves by the reference */
    double code[ARRAY_BITS];    /* nets that are high while the bit is set, less those that are low; these and the following move by the supply */
    double trial[ARRAY_BITS];   /* … while the bit is tried */
    double kept[ARRAY_BITS];    /* … while the bit is decided to be 1; follows the comparator while it is tried */
    double last;                /* the comparator's last decision */
    double held;                /* what does not move, or by the input alone */
    double other;               /* nets of the logic whose state at a decision is not modelled */
} ArrayWires;

typedef struct {
    double gain;                /* step of the thresholds over that of the array alone */
    double inl, dnl;            /* largest, LSB, against the line through the first and the last threshold */
    uint32_t missing;           /* codes that no input gives */
    double other;               /* LSB that `other` may move a threshold by, if all of it rises at once: an upper bound */
} ArrayFigures;

/* Couplings of a drawn converter's top, of metals from `lowest` upwards (1: of all). Time  extract_leaf's: 0.4 s for 6 bits, 1.7 for 10, a fraction of that for
 * the capacitors' metals and the one below. Source  as route/extract_leaf.h. */
void array_wires(const Db *db, const Tech *t, CellId converter, uint32_t bits, int32_t lowest, ArrayWires *out);

/*
 * Convert inputs of the whole range, SWEEP to an LSB, by those thresholds.
 *   supply  of the logic over the range of the reference
 * Time    O(2^bits · bits)
 */
void array_figures(const ArrayWires *w, double supply, ArrayFigures *out);

/*
 * `apugen characterize [VARIANT…] --extracted`: a converter's part of the table, one line per gain.
 *   head    print the table's head first
 * Errors  of cells_draw, told. ST_VIOLATION: a code is missing, or INL or DNL is above LIMIT at a gain that a plan may ask for.
 */
Status drawn_converter(const Tech *t, const CellLibrary *lib, const CellVariant *v, bool head);

#endif
