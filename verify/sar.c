/* Thresholds of a converter's array with its wires. */
#include "verify/sar.h"

#include <math.h>

double sar_top(const ArrayWires *w)
{
    double all = w->held + w->other + fabs(w->last);
    for (uint32_t k = 0; k < w->bits; k++) all += w->bottom[k] + fabs(w->code[k]) + fabs(w->trial[k]) + fabs(w->kept[k]);
    return all;
}

double sar_input(const ArrayWires *w)
{
    const InputWires *x = &w->in;
    double all = x->held + x->other + fabs(x->last) + x->top;
    for (uint32_t k = 0; k < w->bits; k++) all += x->bottom[k] + fabs(x->code[k]) + fabs(x->trial[k]) + fabs(x->kept[k]);
    return all;
}

/* What moves one node. */
typedef struct {
    const double *bottom, *code, *trial, *kept;
    double last;
} Moves;

/* Charge that the node got since the array's reset, where the middle code stands in it. */
static double moved(const Moves *w, uint32_t n, double supply, uint32_t code, uint32_t i, bool last)
{
    uint32_t tried = code | 1u << i;
    double q = supply * (w->trial[i] - w->trial[n - 1]) + (last ? supply * (w->last + w->kept[i]) : 0);
    for (uint32_t k = 0; k < n; k++) {
        int32_t steps = (int32_t)(tried >> k & 1) - (k == n - 1);
        q += steps * (w->bottom[k] + supply * w->code[k]) + (k > i && code >> k & 1 ? supply * w->kept[k] : 0);
    }
    return q;
}

typedef struct {
    Moves top, in;
    uint32_t bits;
    double supply, all, load, both, *at; /* both: between top and input */
} Tree;

static Tree tree_of(const ArrayWires *w, double load, double supply, double *at)
{
    const InputWires *x = &w->in;
    return (Tree){{w->bottom, w->code, w->trial, w->kept, w->last}, {x->bottom, x->code, x->trial, x->kept, x->last}, w->bits, supply, sar_top(w), load, x->top, at};
}

/* With T and L what hangs on the top and on the input, b between them, q and p the charges that they got: the top is at (q + b·in) / T, the input at
 * v + (p + b·(top - b·v / T)) / L; here they are alike. */
static double decision(const Tree *t, uint32_t code, uint32_t i, bool last)
{
    double q = moved(&t->top, t->bits, t->supply, code, i, last);
    if (!(t->load < INFINITY)) return q / t->all;
    double p = moved(&t->in, t->bits, t->supply, code, i, last), top = q / (t->all - t->both);
    return (top * (1 - t->both / t->load) - p / t->load) / (1 - t->both * t->both / (t->all * t->load));
}

double sar_decision(const ArrayWires *w, double load, double supply, uint32_t code, uint32_t i, bool last)
{
    Tree t = tree_of(w, load, supply, NULL);
    return decision(&t, code, i, last);
}

/* Inputs from lo to hi come to this decision: only there can it part them. */
static void decide(const Tree *t, uint32_t code, uint32_t i, bool last, double lo, double hi)
{
    double v = fmin(fmax(decision(t, code, i, last), lo), hi);
    t->at[code | 1u << i] = v;
    if (i == 0) return;
    decide(t, code, i - 1, false, lo, v);
    decide(t, code | 1u << i, i - 1, true, v, hi);
}

void sar_thresholds(const ArrayWires *w, double load, double supply, double *at)
{
    const Tree t = tree_of(w, load, supply, at);
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
