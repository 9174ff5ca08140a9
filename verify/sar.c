/* Thresholds of a converter's array with its wires. */
#include "verify/sar.h"

#include <math.h>

double sar_top(const ArrayWires *w)
{
    double all = w->held + w->other + fabs(w->last);
    for (uint32_t k = 0; k < w->bits; k++) all += w->bottom[k] + fabs(w->code[k]) + fabs(w->trial[k]) + fabs(w->kept[k]);
    return all;
}

/* Charge that the top got since its reset, where the middle code stands in the array. */
static double moved(const ArrayWires *w, double supply, uint32_t code, uint32_t i, bool last)
{
    uint32_t tried = code | 1u << i, n = w->bits;
    double q = supply * (w->trial[i] - w->trial[n - 1]) + (last ? supply * (w->last + w->kept[i]) : 0);
    for (uint32_t k = 0; k < n; k++) {
        int32_t steps = (int32_t)(tried >> k & 1) - (k == n - 1);
        q += steps * (w->bottom[k] + supply * w->code[k]) + (k > i && code >> k & 1 ? supply * w->kept[k] : 0);
    }
    return q;
}

double sar_decision(const ArrayWires *w, double supply, uint32_t code, uint32_t i, bool last) { return moved(w, supply, code, i, last) / sar_top(w); }

typedef struct {
    const ArrayWires *w;
    double supply, all, *at;
} Tree;

/* Inputs from lo to hi come to this decision: only there can it part them. */
static void decide(const Tree *t, uint32_t code, uint32_t i, bool last, double lo, double hi)
{
    double v = fmin(fmax(moved(t->w, t->supply, code, i, last) / t->all, lo), hi);
    t->at[code | 1u << i] = v;
    if (i == 0) return;
    decide(t, code, i - 1, false, lo, v);
    decide(t, code | 1u << i, i - 1, true, v, hi);
}

void sar_thresholds(const ArrayWires *w, double supply, double *at)
{
    const Tree t = {w, supply, sar_top(w), at};
    at[0] = -INFINITY;
    decide(&t, 0, w->bits - 1, false, -INFINITY, INFINITY);
}

void sar_line(const double *at, uint32_t bits, double *lsb, double *off)
{
    uint32_t n = 1u << bits;
    *lsb = n > 2 ? (at[n - 1] - at[1]) / (n - 2) : 0;
    if (!off) return;
    off[0] = 0;
    for (uint32_t c = 1; c < n; c++) off[c] = (at[c] - at[1]) / *lsb - (c - 1);
}
