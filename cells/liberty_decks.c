/*
 * Decks of the digital cells. One deck has five copies of the cell, one per load, behind one input of one slew; a constraint's deck has
 * 32 copies whose data arrive at different times.
 */
#include "cells/liberty.h"

#include <math.h>

#include "cells/draw.h"

typedef struct {
    Db db;
    CellId c;
} Board;

static Board board(LibJob *j, CharDeck *d, const char *what, double slew)
{
    const Tech *t = j->g->t;
    Board b;
    db_init(&b.db, "lib", t->name, t->dbu_m, t->grid);
    b.c = draw_row_circuit(&b.db, t, j->c->name);
    char_add_wires_all(&b.db, t, b.c, j->wires);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4 chgtol=1e-18 abstol=1e-14", "%s %s %.3g ps", j->c->name, what, slew * 1e12);
    cells_spice(&b.db, t, b.c, &d->text);
    return b;
}

static bool has(const Board *b, const char *port) { return db_find_net(&b->db, b->c, port).i != NET_NONE.i; }

/* Corners of an edge that is at half of the supply at time `at`: 20 to 80 % take `slew`. */
static void corner(CharDeck *d, double at, double slew, double v0, double v1)
{
    double half = slew / 0.6 / 2;
    deck_put(d, " %.9g %.9g %.9g %.9g", at - half, v0, at + half, v1);
}

/* A source that toggles at the given times, beginning at v0 (0 or 1); and its complement on node+"b". */
static void toggles(CharDeck *d, const char *node, double slew, int v0, const double *at, uint32_t n, bool both)
{
    for (int inv = 0; inv <= both; inv++) {
        int v = v0 ^ inv;
        deck_put(d, "v%s%s %s%s 0 pwl(0 %.9g", node, inv ? "b" : "", node, inv ? "b" : "", v ? d->t->vdd : 0);
        for (uint32_t i = 0; i < n; i++, v ^= 1) corner(d, at[i], slew, v ? d->t->vdd : 0, v ? 0 : d->t->vdd);
        deck_put(d, ")\n");
    }
}

/* The last edge of the output: a latch begins where the operating point finds it. */
static void measure_edge(CharDeck *d, const char *in, int in_rise, int in_nth, int k, int out_rise)
{
    double v = d->t->vdd;
    const char *io = in_rise ? "rise" : "fall", *oo = out_rise ? "rise" : "fall";
    deck_put(d, ".meas tran d%d_%d trig v(%s) val=%.9g %s=%d targ v(y%d) val=%.9g %s=last\n", out_rise, k, in, v / 2, io, in_nth, k, v / 2, oo);
    double lo = out_rise ? 0.2 : 0.8;
    deck_put(d, ".meas tran s%d_%d trig v(y%d) val=%.9g %s=last targ v(y%d) val=%.9g %s=last\n", out_rise, k, k, lo * v, oo, k, (1 - lo) * v, oo);
}

/* Charge of the supply in windows around both output edges, its current when each has settled. */
static void measure_power(CharDeck *d, int k, double rise_at, double fall_at, double window)
{
    deck_put(d, ".meas tran e1_%d integ i(vs%d) from=%.9g to=%.9g\n", k, k, rise_at - window / 2, rise_at + window / 2);
    deck_put(d, ".meas tran e0_%d integ i(vs%d) from=%.9g to=%.9g\n", k, k, fall_at - window / 2, fall_at + window / 2);
    deck_put(d, ".meas tran l0_%d find i(vs%d) at=%.9g\n.meas tran l1_%d find i(vs%d) at=%.9g\n", k, k, fall_at + window / 2, k, k, rise_at + window / 2);
}

static void copy(CharDeck *d, const Board *b, int k, const char *map, double load)
{
    char m[256], inst[8];
    snprintf(m, sizeof m, "VDD=vs%d %s", k, map);
    snprintf(inst, sizeof inst, "c%d", k);
    deck_put(d, "vs%d vs%d 0 %.9g\n", k, k, d->t->vdd);
    deck_inst(d, &b->db, b->c, inst, m, "", NULL);
    if (load > 0) deck_put(d, "cy%d y%d 0 %.6g\n", k, k, load);
}

/* ---- gates -------------------------------------------------------------------------------------------------- */

/* The input rises, then falls. */
static void gate_deck(LibJob *j, uint32_t arc, uint32_t s)
{
    CharDeck *d = &j->decks[j->n_decks++];
    double slew = j->g->slew[s], w = j->g->window, at[2] = {w, 2 * w};
    int up = j->c->follows;
    Board b = board(j, d, j->c->inputs[arc], slew);
    toggles(d, "in", slew, 0, at, 2, false);
    for (int k = 0; k < LIB_N; k++) {
        char map[160];
        int n = snprintf(map, sizeof map, "Y=y%d", k);
        for (uint32_t i = 0; j->c->inputs[i]; i++)
            n += snprintf(map + n, sizeof map - (size_t)n, " %s=%s", j->c->inputs[i], i == arc ? "in" : j->c->rest ? "vdd" : "0");
        copy(d, &b, k, map, j->g->load[k]);
        measure_edge(d, "in", 1, 1, k, up);
        measure_edge(d, "in", 0, 1, k, !up);
        measure_power(d, k, at[!up], at[up], w);
    }
    deck_put(d, ".meas tran q integ i(vin) from=%.9g to=%.9g\n", w / 2, 1.5 * w);
    deck_tran(d, fmin(slew, w / 50), 2.6 * w);
    db_free(&b.db);
}

/* ---- latch, flip-flop ------------------------------------------------------------------------------------------ */

static const char *clock_pin(const LibJob *j) { return j->c->kind == LIB_LATCH ? "G" : "CK"; }

static void sequential_map(const LibJob *j, const Board *b, char *map, size_t n, const char *data, const char *ck, const char *ckb, int k)
{
    const char *c = clock_pin(j);
    int at = snprintf(map, n, "D=%s %s=%s %sB=%s RSTB=vdd Q=y%d", data, c, ck, c, ckb, k);
    if (has(b, "RST")) at += snprintf(map + at, n - (size_t)at, " RST=0");
    assert((size_t)at < n);
}

/*
 * Clock to output. Flip-flop: takes D at the falling edges 1, 3, 5: 0, then 1, then 0. Latch: D changes while G is low, the output follows at
 * the rising edge.
 */
static void clock_deck(LibJob *j, uint32_t s)
{
    CharDeck *d = &j->decks[j->n_decks++];
    double slew = j->g->slew[s], w = j->g->window;
    bool flop = j->c->kind == LIB_FLOP;
    Board b = board(j, d, "clock", slew);
    double ck[6] = {w, 2 * w, 3 * w, 4 * w, 5 * w, 6 * w}, data[2] = {2.5 * w, 4.5 * w};
    toggles(d, "ck", slew, flop, ck, 6, true);
    toggles(d, "dat", j->g->slew[1], 0, data, 2, false);
    for (int k = 0; k < LIB_N; k++) {
        char map[160];
        sequential_map(j, &b, map, sizeof map, "dat", "ck", "ckb", k);
        copy(d, &b, k, map, j->g->load[k]);
        /* Flop: falling edges at w, 3w, 5w; latch: rising ones there. Output rises at the second and falls at the third. */
        measure_edge(d, "ck", !flop, 2, k, 1);
        measure_edge(d, "ck", !flop, 3, k, 0);
        measure_power(d, k, 3 * w, 5 * w, w);
    }
    deck_put(d, ".meas tran q integ i(vck) from=%.9g to=%.9g\n.meas tran qb integ i(vckb) from=%.9g to=%.9g\n", 0.5 * w, 1.5 * w, 0.5 * w, 1.5 * w);
    deck_put(d, ".meas tran qd integ i(vdat) from=%.9g to=%.9g\n", 2.3 * w, 2.7 * w);
    deck_tran(d, fmin(slew, w / 50), 6 * w);
    db_free(&b.db);
}

/* Latch, D to output while G is high. */
static void through_deck(LibJob *j, uint32_t s)
{
    CharDeck *d = &j->decks[j->n_decks++];
    double slew = j->g->slew[s], w = j->g->window, at[2] = {w, 2 * w};
    Board b = board(j, d, "D", slew);
    toggles(d, "in", slew, 0, at, 2, false);
    for (int k = 0; k < LIB_N; k++) {
        char map[160];
        sequential_map(j, &b, map, sizeof map, "in", "vdd", "0", k);
        copy(d, &b, k, map, j->g->load[k]);
        measure_edge(d, "in", 1, 1, k, 1);
        measure_edge(d, "in", 0, 1, k, 0);
        measure_power(d, k, at[0], at[1], w);
    }
    deck_put(d, ".meas tran q integ i(vin) from=%.9g to=%.9g\n", w / 2, 1.5 * w);
    deck_tran(d, fmin(slew, w / 50), 2.6 * w);
    db_free(&b.db);
}

/* Offsets of data against the closing edge that are tried: from −8 to +23 steps, in s. */
static double offset_of(const LibJob *j, int k) { return (k - LIB_TRY / 4) * j->g->slew[1] / 2; }

/*
 * What closes: the falling edge of G or, in the flip-flop, of CK. Setup: data become `value` so long before it. Hold: they have it, and leave
 * so long after it. Copy k has offset k; it is read what the output is a window later.
 */
static void constraint_deck(LibJob *j, bool hold, int value)
{
    CharDeck *d = &j->decks[j->n_decks++];
    double w = j->g->window, edge = 4 * w, slew = j->g->slew[1];
    Board b = board(j, d, hold ? value ? "hold 1" : "hold 0" : value ? "setup 1" : "setup 0", slew);
    double ck[3] = {w, 2 * w, 3 * w};
    if (j->c->kind == LIB_FLOP) {
        /* high, capture the old value at w, high again, capture at 4w */
        ck[2] = edge;
        toggles(d, "ck", slew, 1, ck, 3, true);
    } else {
        /* low, open at w (old value), close at 2w, open at 3w, close at 4w */
        double all[4] = {w, 2 * w, 3 * w, edge};
        toggles(d, "ck", slew, 0, all, 4, true);
    }
    for (int k = 0; k < LIB_TRY; k++) {
        char node[16], map[160];
        snprintf(node, sizeof node, "d%d", k);
        double at[2] = {hold ? 2.5 * w : edge - offset_of(j, k), edge + offset_of(j, k)};
        toggles(d, node, slew, !value, at, hold ? 2 : 1, false);
        sequential_map(j, &b, map, sizeof map, node, "ck", "ckb", k);
        copy(d, &b, k, map, j->g->load[1]);
        deck_put(d, ".meas tran y%d find v(y%d) at=%.9g\n", k, k, edge + w);
    }
    deck_tran(d, w / 50, edge + 1.05 * w);
    db_free(&b.db);
}

/* The reset pins' charge: each toggles with the other at rest in its passive state, clock low. */
static void reset_deck(LibJob *j)
{
    CharDeck *d = &j->decks[j->n_decks++];
    double w = j->g->window, slew = j->g->slew[1], once[1] = {w}, twice[1] = {2 * w};
    Board b = board(j, d, "reset", slew);
    bool rst = has(&b, "RST");
    toggles(d, "rstb", slew, 1, once, 1, false);
    if (rst) toggles(d, "rst", slew, 0, twice, 1, false);
    char map[160];
    const char *c = clock_pin(j);
    snprintf(map, sizeof map, "D=0 %s=0 %sB=vdd RSTB=rstb%s Q=y0", c, c, rst ? " RST=rst" : "");
    copy(d, &b, 0, map, j->g->load[1]);
    deck_put(d, ".meas tran qrstb integ i(vrstb) from=%.9g to=%.9g\n", w / 2, 1.5 * w);
    if (rst) deck_put(d, ".meas tran qrst integ i(vrst) from=%.9g to=%.9g\n", 1.5 * w, 2.5 * w);
    deck_tran(d, w / 200, 2.6 * w);
    db_free(&b.db);
}

static const char *const reset_pins[2] = {"RSTB", "RST"};

static bool has_pin(const LibJob *j, const char *pin)
{
    bool any = false;
    for (uint32_t i = 0; j->c->inputs[i]; i++) any |= str_eq(j->c->inputs[i], pin);
    return any;
}

/* The output is 1, the clock rests low; then a reset pin clears it. */
static void clear_deck(LibJob *j, int pin, uint32_t s)
{
    CharDeck *d = &j->decks[j->n_decks++];
    double slew = j->g->slew[s], w = j->g->window, ck[2] = {w, 2 * w}, at[1] = {3 * w};
    bool flop = j->c->kind == LIB_FLOP;
    Board b = board(j, d, reset_pins[pin], slew);
    toggles(d, "ck", j->g->slew[1], flop, ck, flop ? 1 : 2, true);
    toggles(d, "r", slew, pin == 0, at, 1, false);
    for (int k = 0; k < LIB_N; k++) {
        char map[160];
        const char *c = clock_pin(j);
        snprintf(map, sizeof map, "D=vdd %s=ck %sB=ckb RSTB=%s%s Q=y%d", c, c, pin == 0 ? "r" : "vdd", !has(&b, "RST") ? "" : pin == 1 ? " RST=r" : " RST=0", k);
        copy(d, &b, k, map, j->g->load[k]);
        measure_edge(d, "r", pin == 1, 1, k, 0);
    }
    deck_tran(d, fmin(slew, w / 50), 4 * w);
    db_free(&b.db);
}

/* ---- all of a cell -------------------------------------------------------------------------------------------- */

void liberty_make(LibJob *j)
{
    for (uint32_t a = 0; a < j->c->n_arcs; a++)
        for (uint32_t s = 0; s < LIB_N; s++) {
            if (j->c->kind == LIB_GATE) gate_deck(j, a, s);
            else if (a == 0) clock_deck(j, s);
            else through_deck(j, s);
        }
    if (j->c->kind == LIB_GATE) return;
    for (int k = 0; k < 4; k++) constraint_deck(j, k & 2, k & 1);
    reset_deck(j);
    for (int p = 0; p < 2; p++)
        for (uint32_t s = 0; s < LIB_N && has_pin(j, reset_pins[p]); s++) clear_deck(j, p, s);
}

static Status missing(const LibJob *j, const CharDeck *d, const char *what)
{
    return msg_error(ST_VIOLATION, "CHR-0008", (Loc){d->name, 0, 0}, "%s: ngspice gave no %s", j->c->name, what);
}

static Status read_arc(LibJob *j, uint32_t a, uint32_t s, const CharDeck *d)
{
    LibArc *arc = &j->arc[a];
    double v = j->g->t->vdd;
    for (int k = 0; k < LIB_N; k++)
        for (int rise = 0; rise < 2; rise++) {
            double delay = char_getf(d, "d%d_%d", rise, k), slew = char_getf(d, "s%d_%d", rise, k), q = char_getf(d, "e%d_%d", rise, k);
            if (isnan(delay) || isnan(slew) || isnan(q)) return missing(j, d, "delay, slew or charge");
            arc->delay[rise][s][k] = delay;
            arc->slew[rise][s][k] = slew;
            arc->energy[rise][s][k] = -q * v - (rise ? j->g->load[k] * v * v : 0) - j->leak * j->g->window;
        }
    return ST_OK;
}

static Status read_clear(LibJob *j, int pin, uint32_t s, const CharDeck *d)
{
    for (int k = 0; k < LIB_N; k++) {
        double delay = char_getf(d, "d0_%d", k), slew = char_getf(d, "s0_%d", k);
        if (isnan(delay) || isnan(slew)) return missing(j, d, "delay of a reset");
        j->clear[pin].delay[0][s][k] = delay;
        j->clear[pin].slew[0][s][k] = slew;
    }
    return ST_OK;
}

/* The smallest offset from which on every larger one works. */
static Status read_constraint(const LibJob *j, const CharDeck *d, int value, double *out)
{
    double v = j->g->t->vdd;
    int k = LIB_TRY;
    for (; k > 0; k--) {
        double y = char_getf(d, "y%d", k - 1);
        if (isnan(y)) return missing(j, d, "output");
        if (value ? y < 0.9 * v : y > 0.1 * v) break;
    }
    if (k == LIB_TRY || k == 0) return missing(j, d, k ? "offset that works" : "offset that fails");
    *out = offset_of(j, k);
    return ST_OK;
}

static Status read_cap(LibJob *j, const char *pin, const CharDeck *d, const char *charge, double copies)
{
    for (uint32_t i = 0; j->c->inputs[i]; i++) {
        if (!str_eq(j->c->inputs[i], pin)) continue;
        double q = char_get(d, charge);
        if (isnan(q)) return missing(j, d, "charge of an input");
        j->cap[i] = fabs(q) / j->g->t->vdd / copies;
    }
    return ST_OK;
}

Status liberty_read(LibJob *j)
{
    double leak = (char_get(&j->decks[0], "l0_0") + char_get(&j->decks[0], "l1_0")) / 2;
    if (isnan(leak)) return missing(j, &j->decks[0], "leakage");
    j->leak = -leak * j->g->t->vdd;
    for (uint32_t a = 0; a < j->c->n_arcs; a++)
        for (uint32_t s = 0; s < LIB_N; s++) TRY(read_arc(j, a, s, &j->decks[a * LIB_N + s]));
    for (uint32_t a = 0; a < j->c->n_arcs && j->c->kind == LIB_GATE; a++) TRY(read_cap(j, j->c->inputs[a], &j->decks[a * LIB_N + 1], "q", LIB_N));
    if (j->c->kind == LIB_GATE) return ST_OK;
    const CharDeck *clock = &j->decks[1], *c = &j->decks[j->c->n_arcs * LIB_N];
    char bar[8];
    snprintf(bar, sizeof bar, "%sB", clock_pin(j));
    TRY(read_cap(j, clock_pin(j), clock, "q", LIB_N));
    TRY(read_cap(j, bar, clock, "qb", LIB_N));
    /* The latch's data pin is seen while it is open. */
    bool latch = j->c->kind == LIB_LATCH;
    TRY(read_cap(j, "D", latch ? &j->decks[LIB_N + 1] : clock, latch ? "q" : "qd", LIB_N));
    TRY(read_cap(j, "RST", &c[4], "qrst", 1));
    TRY(read_cap(j, "RSTB", &c[4], "qrstb", 1));
    for (int k = 0; k < 4; k++) TRY(read_constraint(j, &c[k], k & 1, k & 2 ? &j->hold[k & 1] : &j->setup[k & 1]));
    const CharDeck *clear = &c[5];
    for (int p = 0; p < 2; p++)
        for (uint32_t s = 0; s < LIB_N && has_pin(j, reset_pins[p]); s++) TRY(read_clear(j, p, s, clear++));
    return ST_OK;
}
