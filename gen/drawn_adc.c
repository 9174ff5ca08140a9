/* Converters as drawn: couplings to the top of the capacitor array, and what they make of its thresholds. */
#include "gen/drawn_adc.h"

#include "gen/sized.h"

#include "cells/draw.h"
#include "route/extract_leaf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT 0.5      /* LSB */
#define COLUMN 448e-15 /* F, the column that conversions are characterised on (cells/characterize_sar.c) */

static const char *name_of(const Db *db, const DbCell *c, LeafNode n) { return n.net.i == NET_NONE.i ? "" : db_name(db, c->nets.v[n.net.i].name); }

static bool is_top(const char *name) { return str_eq(name, "top") || str_eq(name, "topg"); }
static bool is_input(const char *name) { return str_eq(name, "in") || str_eq(name, "hold") || str_eq(name, "AIN"); } /* hold: current family, which samples the other line there */

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

/* Where couplings of one node are added up. */
typedef struct { double *bottom, *code, *trial, *kept, *last, *held, *other; } Sums;

/* Nets that follow one bit each: names of cells/circuit_sar.c. */
static bool of_a_bit(const char *name, uint32_t bit, double farad, const Sums *w)
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
    static const char *const still[] = {"", "in", "hold", "startt", "startb", "START", "ck", "ckb", "CLK", "DIN", "AIN", "DONE", "doneq", "doneqb", "cmp_tail", "cmp_xp", "cmp_xn", "cmp_op", "cmp_on", "cmp_set", "cmp_clr"};
    if (n.net.i != NET_NONE.i && c->nets.v[n.net.i].use != USE_SIGNAL) return true;
    for (size_t i = 0; i < COUNTOF(still); i++)
        if (str_eq(name_of(db, c, n), still[i])) return true;
    return false;
}

static void add_coupling(const Db *db, const DbCell *c, LeafNode n, double farad, const Sums *to)
{
    const char *name = name_of(db, c, n);
    if (stands_still(db, c, n)) *to->held += farad;
    else if (str_eq(name, "comp") || str_eq(name, "cmp_b")) *to->last += farad;
    else if (str_eq(name, "cmp_a")) *to->last -= farad;
    else if (!of_a_bit(name, n.bit, farad, to)) *to->other += farad;
}

/* Of the input and its pins, one node but for some ohm. What pins have to what stands still, the wires that join the cells count. */
static void add_input(const Db *db, const DbCell *c, const LeafCap *x, InputWires *w)
{
    bool a = is_input(name_of(db, c, x->a));
    if (a == is_input(name_of(db, c, x->b))) return;
    LeafNode n = a ? x->b : x->a, own = a ? x->a : x->b;
    double farad = x->farad + x->plates;
    if (str_eq(name_of(db, c, own), "AIN") && stands_still(db, c, n)) return;
    if (is_top(name_of(db, c, n))) w->top += farad;
    else add_coupling(db, c, n, farad, &(Sums){w->bottom, w->code, w->trial, w->kept, &w->last, &w->held, &w->other});
}

void array_wires(const Db *db, const Tech *t, CellId converter, uint32_t bits, int32_t lowest, ArrayWires *out)
{
    const DbCell *c = &db->cells.v[converter.i];
    LeafCaps caps;
    *out = (ArrayWires){.bits = bits};
    extract_leaf_from(db, t, converter, lowest, &caps);
    for (uint32_t i = 0; i < caps.v.n; i++) {
        const LeafCap *x = &caps.v.v[i];
        add_input(db, c, x, &out->in);
        bool a = is_top(name_of(db, c, x->a));
        if (a == is_top(name_of(db, c, x->b))) continue;
        LeafNode n = a ? x->b : x->a;
        add_coupling(db, c, n, x->farad + x->plates, &(Sums){out->bottom, out->code, out->trial, out->kept, &out->last, &out->held, &out->other});
        int32_t plate = number_of(name_of(db, c, n), "bot");
        if (plate >= 0) out->plate[plate] += x->plates;
    }
    leaf_caps_free(&caps);
}

void array_bottoms(const Db *db, const Tech *t, CellId converter, int32_t lowest, double plate[ARRAY_BITS], double all[ARRAY_BITS])
{
    const DbCell *c = &db->cells.v[converter.i];
    ARRAY(LeafNode) top = {0}, bottom = {0};
    LeafCaps caps;
    for (uint32_t i = 0; i < c->nets.n; i++)
        for (uint32_t bit = 0; bit < c->nets.v[i].width; bit++) {
            LeafNode n = {{i}, bit};
            if (is_top(name_of(db, c, n))) arr_push(&top, n);
            else if (number_of(name_of(db, c, n), "bot") >= 0) arr_push(&bottom, n);
        }
    for (uint32_t k = 0; k < ARRAY_BITS; k++) plate[k] = all[k] = 0;
    extract_leaf_pairs(db, t, converter, lowest, (LeafPairs){top.v, bottom.v, top.n, bottom.n}, &caps);
    for (uint32_t i = 0; i < caps.v.n; i++) {
        const LeafCap *x = &caps.v.v[i];
        int32_t k = number_of(name_of(db, c, is_top(name_of(db, c, x->a)) ? x->b : x->a), "bot");
        plate[k] += x->plates;
        all[k] += x->farad + x->plates;
    }
    leaf_caps_free(&caps);
    arr_free(&top);
    arr_free(&bottom);
}

void array_figures(const ArrayWires *w, double load, double supply, ArrayFigures *out)
{
    uint32_t n = 1u << w->bits;
    double lsb, *at = mem_calloc(2 * n, sizeof *at), *off = at + n;
    sar_thresholds(w, load, supply, at);
    sar_line(at, w->bits, &lsb, off);
    double other = (w->other + fabs(w->last)) / sar_top(w) + (w->in.other + fabs(w->in.last)) / load;
    *out = (ArrayFigures){.other = supply * other * n, .gain = lsb * n};
    for (uint32_t c = 1; c < n; c++) {
        out->inl = fmax(out->inl, fabs(off[c]));
        if (c == 1) continue;
        out->dnl = fmax(out->dnl, fabs(off[c] - off[c - 1]));
        out->missing += at[c] <= at[c - 1];
    }
    mem_free(at);
}

/* Where the couplings are, with -v. */
static void tell_wires(const char *name, const ArrayWires *w)
{
    for (uint32_t k = 0; k < w->bits; k++)
        msg_verbose("%s bit %u: bottom %.4f fF, follows the bit %+.5f, its trial %+.5f, its decision %+.5f", name, k, w->bottom[k] * 1e15, w->code[k] * 1e15, w->trial[k] * 1e15,
                    w->kept[k] * 1e15);
    msg_verbose("%s: the last decision %+.5f fF, held %.3f, not modelled %.4f", name, w->last * 1e15, w->held * 1e15, w->other * 1e15);
    for (uint32_t k = 0; k < w->bits; k++)
        msg_verbose("%s input, bit %u: bottom %.4f fF, follows the bit %+.5f, its trial %+.5f, its decision %+.5f", name, k, w->in.bottom[k] * 1e15, w->in.code[k] * 1e15, w->in.trial[k] * 1e15,
                    w->in.kept[k] * 1e15);
    msg_verbose("%s input: the last decision %+.5f fF, held %.3f, top %.3f, not modelled %.4f", name, w->in.last * 1e15, w->in.held * 1e15, w->in.top * 1e15, w->in.other * 1e15);
}

Status drawn_converter(const Tech *t, const CellLibrary *lib, const CellVariant *v, bool head)
{
    if (head) printf("%-14s %4s %9s %8s %8s %8s %8s %8s %8s %9s %8s\n", "converter", "gain", "top fF", "other", "step", "INL", "DNL", "missing", "+-LSB", "input fF", "column");
    Db db;
    DrawStats stats;
    CellId cell, tap;
    tech_db_init(t, &db, "drawn");
    Status st = draw_variant(&db, t, lib, v, "sar_adc", &cell, &stats, &tap);
    if (st == ST_OK) {
        ArrayWires w;
        sized_cell(&db, t, cell);
        array_wires(&db, t, cell, (uint32_t)v->param[0], 1, &w);
        tell_wires(v->variant, &w);
        for (int gain = 1; gain <= 4; gain *= 2) {
            ArrayFigures f, on;
            double supply = t->vdd / (2 * 7 * t->ladder_step / gain);
            array_figures(&w, INFINITY, supply, &f);
            array_figures(&w, COLUMN + sar_input(&w), supply, &on);
            printf("%-14s %4d %9.3f %8.3f %8.5f %8.3f %8.3f %8u %8.3f %9.3f %8.3f\n", v->variant, gain, sar_top(&w) * 1e15, w.other * 1e15, f.gain, f.inl, f.dnl, f.missing, f.other,
                   sar_input(&w) * 1e15, on.inl);
            if (f.inl > LIMIT || f.dnl > LIMIT || f.missing) st = ST_VIOLATION;
        }
    }
    db_free(&db);
    return st;
}
