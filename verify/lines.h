/*
 * The current family's lines in the behavioural simulator: what sources that fire together do to their common bias, and what they do themselves on a line
 * that falls out of their range. Written from the circuit's description (docs/manual.md, section 8); shares no code with cells/.
 *
 * Bias: a source that begins to fire lifts VB and VC, one that ends lowers them by as much. In a crossbar where all fire at once, currents are `pull`
 * higher; what less rows fire lift spreads along the wires that join the rows, as heat does, and leaks away through the bias at their foot. A row's own wire is
 * taken as short. Pulses: the first firing, one step, all rows with inputs other than 0; a rest; the second, |x| + 1 steps.
 * Range: a source's current against its line's fall is a line through 1, 10 and 50 % below; what the line's wire drops while its rows draw comes on top,
 * at the middle of them.
 */
#ifndef VERIFY_LINES_H
#define VERIFY_LINES_H

#include "gen/base/base.h"

enum { LINES_STEPS = 8 }; /* of the second firing */

typedef struct {
    double step_s, rest_s;
    double pull;             /* relative rise of the current while all synapses of the crossbar fire; 0: the bias stands still */
    double bias_f;           /* VB's load of a synapse */
    double bias_ohm;         /* VB from one row to the next */
    double foot_ohm;         /* the bias itself */
    double swing_v[3];       /* fall at which the current is 1, 10, 50 % low; 0: it never is */
    double unit_a, wire_ohm; /* a unit's current; a line's wire per synapse */
    double fall_v;           /* that a unit makes in a step */
} LinesModel;

/* How much of a lift that n rows from row0 on make together is left among them: after k + 1/2 steps; and of one that a step ended a rest before, k + 1/2 steps into the second firing. */
typedef struct {
    double on[LINES_STEPS + 1], old[LINES_STEPS + 1];
} LinesKept;

/* rows, cols: of the crossbar. Time O(rows · steps). */
void lines_kept(const LinesModel *m, int32_t rows, int32_t cols, int32_t row0, int32_t n, LinesKept *out);

/* What is fired at one position: units of the chunk's rows by magnitude of the input, over all of theirs (7 per synapse). share[0] is not looked at.
 *   lift   out: [LINES_STEPS] rise of the current in each step of the second firing; returns that of the first */
double lines_lift(const LinesModel *m, const LinesKept *k, const double share[LINES_STEPS], double lift[LINES_STEPS]);

/* Inputs 0 … 7 as they count then, in steps. */
void lines_inputs(double first, const double lift[LINES_STEPS], float out[LINES_STEPS]);

/* Part of its current that a source still has on a line that fell so far; 1 at 0. */
double lines_part(const LinesModel *m, double fall);

/*
 * Σ w·x of one column at one position, in units and steps, step by step along the falling lines.
 *   w, x   [n] weights and inputs −7 … 7, x [n] at a distance of `stride`
 *   at     synapses of line between the column end and the middle of the rows
 *   first, lift  of lines_lift
 */
double lines_sum(const LinesModel *m, const float *w, const float *x, int64_t stride, const int32_t *row_k, int32_t n, double at, double first, const double lift[LINES_STEPS]);

/* Can a column whose weights are w leave the range at all? */
bool lines_bend(const LinesModel *m, const float *w, int32_t n, double at);

#endif
