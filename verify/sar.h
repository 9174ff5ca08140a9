/*
 * Thresholds of a successive approximation converter whose capacitor array has wires around it (cells/circuit_sar.c).
 *
 * The array's top is a node of some femtofarads per bit; every wire near it that moves with the code moves the threshold, by the whole supply
 * where a bottom plate moves by the reference only. What moves how is known from the converter's logic.
 */
#ifndef VERIFY_SAR_H
#define VERIFY_SAR_H

#include "gen/base/base.h"

enum { ARRAY_BITS = 16 };

/* Couplings to the converter's input, F. Nothing but its charge holds a column while it is converted, so that what moves beside the input moves the column. */
typedef struct {
    double bottom[ARRAY_BITS], code[ARRAY_BITS], trial[ARRAY_BITS], kept[ARRAY_BITS]; /* as below */
    double last, held, other;
    double top;                 /* the array's top */
} InputWires;

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
    InputWires in;
} ArrayWires;

/* All that hangs on the top, F; all wires that hang on the input. */
double sar_top(const ArrayWires *w);
double sar_input(const ArrayWires *w);

/*
 * The least input that gives code c or a larger one, for every code, in ranges of the reference from the middle.
 *   load    F of all that hangs on the input while it is converted, its wires and the column; the input is what the column has when it meets the converter, where the
 *           middle code stands in the array. INFINITY: an ideal source that stood there before the array's reset
 *   supply  of the logic over the range of the reference
 *   at      out: [2^bits], rising; at[0] = −∞. A code that no input gives has the threshold of the next one
 * The decisions are a tree, each with its own threshold, so that these are exact, and monotone whatever the wires do. Of the conversion before, the last decision is
 * taken to be 0; bits of `other` are left out. Time O(2^bits · bits).
 */
void sar_thresholds(const ArrayWires *w, double load, double supply, double *at);

/* Threshold of one decision: bit i is tried after the bits of `code` above it were decided, the last of them as `last` tells. In ranges of the reference. */
double sar_decision(const ArrayWires *w, double load, double supply, uint32_t code, uint32_t i, bool last);

/*
 * Of thresholds, against the line through the first and the last.
 *   lsb   out: step of that line, what `at` is in
 *   off   out: [2^bits], or NULL: how much later than on that line a code begins, LSB; off[0] = 0
 */
void sar_line(const double *at, uint32_t bits, double *lsb, double *off);

#endif
