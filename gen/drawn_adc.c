/* Converters as drawn: couplings to the top of the capacitor array, and what they make of its thresholds. */
#include "gen/drawn_adc.h"

#include "gen/sized.h"

#include "cells/draw.h"
#include "route/extract_leaf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SWEEP = 16 };   /* inputs to an LSB */
#define LIMIT 0.5      /* LSB */

static const char *name_of(const Db *db, const DbCell *c, LeafNode n) { return n.net.i == NET_NONE.i ? "" : db_name(db, c->nets.v[n.net.i].name); }

static bool is_top(const char *name) { return str_eq(name, "top") || str_eq(name, "topg"); }

/* The number behind a name's letters, if these are all that stands before it; -1: another name. */
static int32_t number_of(const char *name, const char *letters)
{
    if (!str_starts(name, letters)) return -1;
    const char *at = name + strlen(letters);
    char *end;
    if (*at < '0' || *at > '9') return -1;
    long k = strtol(at, &end, 10);
    return *end || k >= ARRAY_BITS ? -1 : (int32_t)k;
}

/* Nets that follow one bit each: names of cells/circuit_sar.c. */
static bool of_a_bit(const char *name, uint32_t bit, double farad, ArrayWires *w)
{
    const struct {
        const char *letters;
        double *to;
        double sign;
    } row[] = {{"bot", w->bottom, 1}, {"swt", w->code, 1}, {"swb", w->code, -1}, {"t", w->trial, 1}, {"tb", w->trial, -1}, {"k", w->kept, 1}, {"kb", w->kept, -1}};
    if (str_eq(name, "D")) {
        w->code[bit] += farad;
        return true;
    }
    for (size_t i = 0; i < COUNTOF(row); i++) {
        int32_t k = number_of(name, row[i].letters);
        if (k < 0) continue;
        row[i].to[k] += row[i].sign * farad;
        return true;
    }
    return false;
}

/* Supplies, references, inputs, and what is alike at every decision: the clock is high, the reset over, the comparator's inner nodes come from theirs. */
static bool stands_still(const Db *db, const DbCell *c, LeafNode n)
{
    static const char *const still[] = {"", "in", "startt", "startb", "START", "ck", "ckb", "CLK", "DIN", "AIN", "DONE", "doneq", "doneqb", "cmp_tail", "cmp_xp", "cmp_xn", "cmp_op", "cmp_on", "cmp_set", "cmp_clr"};
    if (n.net.i != NET_NONE.i && c->nets.v[n.net.i].use != USE_SIGNAL) return true;
    for (size_t i = 0; i < COUNTOF(still); i++)
        if (str_eq(name_of(db, c, n), still[i])) return true;
    return false;
}

void array_wires(const Db *db, const Tech *t, CellId converter, uint32_t bits, int32_t lowest, ArrayWires *out)
{
    const DbCell *c = &db->cells.v[converter.i];
    LeafCaps caps;
    *out = (ArrayWires){.bits = bits};
    extract_leaf_from(db, t, converter, lowest, &caps);
    for (uint32_t i = 0; i < caps.v.n; i++) {
        const LeafCap *x = &caps.v.v[i];
        bool a = is_top(name_of(db, c, x->a));
        if (a == is_top(name_of(db, c, x->b))) continue;
        LeafNode n = a ? x->b : x->a;
        const char *name = name_of(db, c, n);
        double farad = x->farad + x->plates;
        if (stands_still(db, c, n)) out->held += farad;
        else if (str_eq(name, "comp") || str_eq(name, "cmp_b")) out->last += farad;
        else if (str_eq(name, "cmp_a")) out->last -= farad;
        else if (!of_a_bit(name, n.bit, farad, out)) out->other += farad;
        int32_t plate = number_of(name, "bot");
        if (plate >= 0) out->plate[plate] += x->plates;
    }
    leaf_caps_free(&caps);
}

static double sum_of(const ArrayWires *w)
{
    double all = w->held + w->other + fabs(w->last);
    for (uint32_t k = 0; k < w->bits; k++) all += w->bottom[k] + fabs(w->code[k]) + fabs(w->trial[k]) + fabs(w->kept[k]);
    return all;
}

/* One conversion. The input counts in ranges of the reference from the middle, as the top's voltage does. */
static uint32_t convert(const ArrayWires *w, double all, double supply, double in)
{
    uint32_t code = 0, n = w->bits;
    bool last = false;
    for (uint32_t i = n; i-- > 0;) {
        uint32_t tried = code | 1u << i;
        double q = supply * (w->trial[i] - w->trial[n - 1]) + (last ? supply * (w->last + w->kept[i]) : 0);
        for (uint32_t k = 0; k < n; k++) {
            int32_t moved = (int32_t)(tried >> k & 1) - (k == n - 1); /* the middle code stands in the array at its reset */
            q += moved * (w->bottom[k] + supply * w->code[k]) + (k > i && code >> k & 1 ? supply * w->kept[k] : 0);
        }
        last = in > q / all;
        if (last) code = tried;
    }
    return code;
}

void array_figures(const ArrayWires *w, double supply, ArrayFigures *out)
{
    uint32_t n = 1u << w->bits;
    double all = sum_of(w), step = 1.0 / n / SWEEP, *at = mem_calloc(n, sizeof *at);
    *out = (ArrayFigures){.other = supply * w->other / all * n};
    uint32_t reached = 0;
    for (int64_t k = -(int64_t)n * SWEEP; k <= (int64_t)n * SWEEP; k++) {
        uint32_t code = convert(w, all, supply, (double)k * step);
        for (; reached < code; reached++) at[reached + 1] = (double)k * step;
    }
    assert(reached == n - 1); /* the sweep goes over both ends of the range */
    double lsb = (at[n - 1] - at[1]) / (n - 2);
    out->gain = lsb * n;
    for (uint32_t c = 1; c < n; c++) {
        out->inl = fmax(out->inl, fabs((at[c] - at[1]) / lsb - (c - 1)));
        if (c == 1) continue;
        out->dnl = fmax(out->dnl, fabs((at[c] - at[c - 1]) / lsb - 1));
        out->missing += at[c] <= at[c - 1];
    }
    mem_free(at);
}

Status drawn_converter(const Tech *t, const CellLibrary *lib, const CellVariant *v, bool head)
{
    if (head) printf("%-14s %4s %9s %8s %8s %8s %8s %8s %8s\n", "converter", "gain", "top fF", "other", "step", "INL", "DNL", "missing", "+-LSB");
    Db db;
    DrawStats stats;
    CellId cell, tap;
    tech_db_init(t, &db, "drawn");
    Status st = draw_variant(&db, t, lib, v, "sar_adc", &cell, &stats, &tap);
    if (st == ST_OK) {
        ArrayWires w;
        sized_cell(&db, t, cell);
        array_wires(&db, t, cell, (uint32_t)v->param[0], 1, &w);
        for (int gain = 1; gain <= 4; gain *= 2) {
            ArrayFigures f;
            array_figures(&w, t->vdd / (2 * 7 * t->ladder_step / gain), &f);
            printf("%-14s %4d %9.3f %8.3f %8.5f %8.3f %8.3f %8u %8.3f\n", v->variant, gain, sum_of(&w) * 1e15, w.other * 1e15, f.gain, f.inl, f.dnl, f.missing, f.other);
            if (f.inl > LIMIT || f.dnl > LIMIT || f.missing) st = ST_VIOLATION;
        }
    }
    db_free(&db);
    return st;
}
