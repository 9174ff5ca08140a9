/*
 * A converter's levels in the behavioural simulator: the thresholds of its capacitor array (verify/sar.h), with the wires of the drawn one and the mismatch of one
 * on the chip, and codes by them.
 */
#ifndef VERIFY_LEVELS_H
#define VERIFY_LEVELS_H

#include "verify/behave.h"

/*
 * The array of one converter.
 *   bits    of an array that is not drawn
 *   place   which converter it is: seeds its mismatch, with the chip's number
 * Returns false: an ideal one, nothing to be looked up.
 */
bool levels_array(const BehaveModel *m, int32_t bits, uint32_t chip, uint64_t place, ArrayWires *out);

/*
 * Its thresholds for a converter setting.
 *   load    as sar_thresholds
 *   bits    of the code: where the array has more, the last ones are dropped
 *   range   V of the reference
 *   at      out: [2^bits + 1] LSB of its own line, rising, from code -2^(bits-1): at[c] is where code c - 2^(bits-1) begins, nominally half an LSB before it; the last is ∞. NULL: not wanted
 *   zero    out: LSB by which the codes about 0 begin late, which the table has not. NULL: not wanted
 * Returns  codes per volt over those of the bare array. Time O(2^array's bits · array's bits).
 */
double levels_table(const ArrayWires *w, double load, double logic_v, double range, int32_t bits, float *at, double *zero);

/* Codes of n inputs in LSB, in place. at NULL: rounded, half to even. Returns how many lie outside of the range; these have the code at its end. */
uint32_t levels_convert(const float *at, int32_t bits, int64_t n, float *v);

#endif
