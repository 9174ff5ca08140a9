/*
 * Measurements of the array's cells: synapse and block switch.
 */
#include "cells/characterize_int.h"

#include <math.h>

enum { ROWS = 16, LINE = 8, RANDOM = 10, LEVELS = 9 };

/* ---- synapse ------------------------------------------------------------------------------------------ */

static const double cycle = CELLS_T_SAMPLE + CELLS_T_GAP + CELLS_T_EVAL;

static int32_t bits_of(const CellVariant *v) { return circuit_size(v) - 1; }
static int32_t heaviest(const CellVariant *v) { return (1 << bits_of(v)) - 1; }

/* Weights and inputs of the column decks. Deck 0: all weights the heaviest, inputs over the whole range. Deck 1: at random. */
static int32_t vectors(uint32_t deck, int32_t most, int32_t w[ROWS], int32_t x[LINE + RANDOM][ROWS])
{
    Rng r = rng_make(7, deck);
    int32_t n = deck ? RANDOM : LINE;
    for (int i = 0; i < ROWS; i++) w[i] = deck ? (int32_t)rng_below(&r, (uint32_t)(2 * most + 1)) - most : most;
    for (int v = 0; v < n; v++)
        for (int i = 0; i < ROWS; i++) x[v][i] = deck ? (int32_t)rng_below(&r, 15) - 7 : 2 * v - 7;
    return n;
}

/* Row wire as the driver makes it: level while sampling, VCM while evaluating, vector after vector. */
static void row_source(CharDeck *d, const char *node, int row, int32_t sign, int32_t n, int32_t x[][ROWS])
{
    const Tech *t = d->t;
    deck_put(d, "v%s%d %s%d 0 pwl(0 %.9g", node, row, node, row, t->vcm);
    for (int v = 0; v < n; v++) {
        double at = v * cycle, level = t->vcm + sign * x[v][row] * t->ladder_step;
        deck_put(d, "\n+ %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g", at + 0.2e-9, t->vcm, at + 0.3e-9, level,
                 at + CELLS_T_SAMPLE + CELLS_T_GAP, level, at + CELLS_T_SAMPLE + CELLS_T_GAP + 0.1e-9, t->vcm);
    }
    deck_put(d, ")\n");
}

void char_column_deck(CharDeck *d, const Tech *t, const CellVariant *v, uint32_t which, const char *wires)
{
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "synapse", v, circuit_size(v));
    int32_t w[ROWS], x[LINE + RANDOM][ROWS], bits = bits_of(v), n = vectors(which, heaviest(v), w, x);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-3", "synapse %s column %u%s", v->variant, which, wires ? " drawn" : "");
    char_levels(d, &db, c, wires);
    /* Drawn wires couple to what passes the cell: word lines low, bit lines high, the column joined to its global wire. */
    char passing[96] = "";
    for (int b = 0, at = 0; wires && b <= bits; b++) at += snprintf(passing + at, sizeof passing - (size_t)at, " WL[%d]=0%s", b, b < bits ? "" : " BL=vdd BLB=vdd GCOL=col");
    for (int i = 0; i < ROWS; i++) {
        char inst[16], map[192], q[96] = "";
        snprintf(inst, sizeof inst, "s%d", i);
        snprintf(map, sizeof map, "XP=xp%d XN=xn%d COL=col%s", i, i, passing);
        int32_t code = (w[i] < 0 ? 1 << bits : 0) | (w[i] < 0 ? -w[i] : w[i]);
        for (int b = 0, at = 0; b <= bits; b++) at += snprintf(q + at, sizeof q - (size_t)at, "%s", code >> b & 1 ? "vdd 0 " : "0 vdd ");
        deck_inst(d, &db, c, inst, map, q, NULL);
        row_source(d, "xp", i, 1, n, x);
        row_source(d, "xn", i, -1, n, x);
    }
    /* The reset is ideal here: the real one is measured by itself (col_end). */
    deck_put(d, "vrst rst 0 pulse(1 0 %.9g 50p 50p %.9g %.9g)\nsreset col vcm rst 0 ideal\n", CELLS_T_SAMPLE, cycle - CELLS_T_SAMPLE - 0.1e-9,
             cycle);
    deck_put(d, ".model ideal sw vt=0.5 vh=0.1 ron=100 roff=1e14\n");
    for (int i = 0; i < n; i++) {
        char m[16];
        snprintf(m, sizeof m, "v%d", i);
        deck_at(d, m, "col", (i + 1) * cycle - 0.1e-9);
    }
    deck_tran(d, 0.5e-9, n * cycle);
    db_free(&db);
}

/* One synapse, the heaviest negative weight (its row wire is XP), column held: settling, load and energy of the row wire. */
static void dynamic_deck(CharJob *j)
{
    const Tech *t = j->t;
    double fs = char_full(t), on = 1e-9, off = on + CELLS_T_SAMPLE, stop = off + 2 * CELLS_T_EVAL;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "synapse", j->v, circuit_size(j->v));
    int32_t top = bits_of(j->v) - 1;
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "synapse %s dynamic", j->v->variant);
    char_levels(d, &db, c, NULL);
    deck_inst(d, &db, c, "s", "XP=xp XN=vcm COL=col", top == 2 ? "vdd 0 vdd 0 vdd 0 vdd 0" : "vdd 0 vdd 0 vdd 0", NULL);
    deck_step(d, "xp", t->vcm, t->vcm + fs, on, off);
    deck_put(d, "vcol col 0 %.9g\n", t->vcm);
    deck_put(d, ".meas tran qin integ i(vxp) from=%.9g to=%.9g\n", on, off - 0.1e-9);
    deck_put(d, ".meas tran t10 when v(xs.bot%d)=%.9g fall=1\n", top, t->vcm + 0.1 * fs);
    deck_put(d, ".meas tran t01 when v(xs.bot%d)=%.9g fall=1\n", top, t->vcm + 0.01 * fs);
    deck_put(d, ".meas tran ex integ par('v(xp)*i(vxp)') from=%.9g to=%.9g\n", on, stop);
    deck_put(d, ".meas tran qv integ i(vvcm) from=%.9g to=%.9g\n.meas tran qc integ i(vcol) from=%.9g to=%.9g\n", on, stop, on, stop);
    deck_tran(d, 50e-12, stop + 0.1e-9);
    db_free(&db);
}

void char_make_memory(CharJob *j, const char *function, int32_t size, uint32_t n, const char *ports, const char *skip)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, function, j->v, size);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-3", "%s %s memory", function, skip ? "as any" : j->v->variant);
    circuit_spice_view(&db, t, c, &(CircuitView){.skip = skip}, &d->text);
    char map[192];
    int used = snprintf(map, sizeof map, "%s BL=bl BLB=blb", ports);
    for (uint32_t i = 0; i < n; i++) used += snprintf(map + used, sizeof map - (size_t)used, " WL[%u]=wl%u", i, i);
    deck_inst(d, &db, c, "s", map, "", NULL);
    Buf bl = {0}, blb = {0}, wl[4] = {{0}};
    for (int k = 0; k < 8; k++) {
        double at = 1e-9 + k * 2e-9 + (k >= 4 ? 6e-9 : 0), e = CELLS_T_EDGE;
        bool bit = ((k < 4 ? 13 : 2) >> (k % 4)) & 1;
        Buf *low = bit ? &blb : &bl;
        buf_printf(low, " %.9g %.9g %.9g 0 %.9g 0 %.9g %.9g", at, t->vdd, at + e, at + 1.5e-9, at + 1.5e-9 + e, t->vdd);
        buf_printf(&wl[k % 4], " %.9g 0 %.9g %.9g %.9g %.9g %.9g 0", at + 0.3e-9, at + 0.3e-9 + e, t->vdd, at + 1.2e-9, t->vdd, at + 1.2e-9 + e);
    }
    deck_put(d, "vbl bl 0 pwl(0 %.9g%s)\nvblb blb 0 pwl(0 %.9g%s)\n", t->vdd, bl.s, t->vdd, blb.s);
    for (int i = 0; i < 4; i++) {
        if ((uint32_t)i < n) {
            deck_put(d, "vwl%d wl%d 0 pwl(0 0%s)\n", i, i, wl[i].s);
            deck_put(d, ".meas tran a%d find v(xs.q%d) at=14n\n.meas tran b%d find v(xs.q%d) at=40n\n", i, i, i, i);
        }
        buf_free(&wl[i]);
    }
    buf_free(&bl);
    buf_free(&blb);
    deck_put(d, ".meas tran ileak avg i(vvdd) from=35n to=40n\n");
    deck_tran(d, 0.2e-9, 40.1e-9);
    db_free(&db);
}

void char_make_synapse(CharJob *j)
{
    char_column_deck(job_deck(j), j->t, j->v, 0, NULL);
    char_column_deck(job_deck(j), j->t, j->v, 1, NULL);
    dynamic_deck(j);
    char_make_memory(j, "synapse", circuit_size(j->v), (uint32_t)circuit_size(j->v), "XP=vcm XN=vcm COL=vcm", NULL);
}

/* At a corner: what depends on transistors. The memory is the same in all variants: only who asks for it runs it. */
void char_make_synapse_corner(CharJob *j)
{
    dynamic_deck(j);
    if (j->memory) char_make_memory(j, "synapse", circuit_size(j->v), (uint32_t)circuit_size(j->v), "XP=vcm XN=vcm COL=vcm", NULL);
}

void char_column_read(const CharDeck d[2], const Tech *t, const CellVariant *v, CellColumn *out)
{
    int32_t most = heaviest(v);
    double x[LINE + RANDOM], y[LINE + RANDOM], a;
    uint32_t n = 0;
    for (uint32_t k = 0; k < 2; k++) {
        int32_t w[ROWS], in[LINE + RANDOM][ROWS], m = vectors(k, most, w, in);
        for (int q = 0; q < m; q++, n++) {
            double sum = 0;
            for (int i = 0; i < ROWS; i++) sum += w[i] * in[q][i];
            x[n] = sum * t->ladder_step / ((double)most * ROWS);
            y[n] = char_getf(&d[k], "v%d", q) - t->vcm;
        }
    }
    *out = (CellColumn){.rows = ROWS, .vectors = n, .full = 2 * char_full(t)};
    char_line(x, y, n, &a, &out->gain, &out->rms, &out->gain_err);
    for (uint32_t i = 0; i < n; i++) out->worst = fmax(out->worst, fabs(y[i] - a - out->gain * x[i]));
}

static void read_columns(CharJob *j)
{
    CellColumn c;
    char_column_read(j->decks, j->t, j->v, &c);
    j->data.gain = c.gain;
    j->data.gain_err = c.gain_err;
    j->data.residual_v = c.rms;
    buf_printf(&j->how, "gain, residual: line through %u vectors of a %u-row column, bits as levels, ideal reset, no wire; ", c.vectors, c.rows);
}

static void read_dynamic(CharJob *j, const CharDeck *d)
{
    j->data.tau_s = (char_get(d, "t01") - char_get(d, "t10")) / log(10);
    j->data.c_in = -char_get(d, "qin") / char_full(j->t);
    j->data.energy_j = -char_get(d, "ex") - j->t->vcm * (char_get(d, "qv") + char_get(d, "qc"));
}

double char_read_memory(const CharJob *j, const CharDeck *m, uint32_t n)
{
    const Tech *t = j->t;
    bool held = true;
    for (uint32_t i = 0; i < n; i++) {
        double a = char_getf(m, "a%u", i), b = char_getf(m, "b%u", i);
        bool one = 13 >> i & 1, two = 2 >> i & 1;
        held = held && (one ? a > 0.9 * t->vdd : a < 0.1 * t->vdd) && (two ? b > 0.9 * t->vdd : b < 0.1 * t->vdd);
    }
    return held ? fmax(0, -char_get(m, "ileak") * t->vdd) : NAN; /* cold, some pA are less than what the transient's charges resolve: of either sign */
}

void char_read_synapse_corner(CharJob *j)
{
    read_dynamic(j, &j->decks[0]);
    if (j->memory) j->data.leak_w = char_read_memory(j, &j->decks[1], (uint32_t)circuit_size(j->v));
}

void char_read_synapse(CharJob *j)
{
    read_columns(j);
    read_dynamic(j, &j->decks[2]);
    j->data.leak_w = char_read_memory(j, &j->decks[3], (uint32_t)circuit_size(j->v));
    /* Not a simulation: the technology's mismatch law applied to Cu. */
    j->data.mismatch = j->t->cap_mismatch / sqrt(j->v->param[0]);
    buf_printf(&j->how, "tau: bottom plate of %d Cu back to VCM, 10 to 1 %%; c-in, energy: row wire at full input and weight, column held; "
               "leak: %d bits %s; mismatch: law of the technology at Cu", 1 << (bits_of(j->v) - 1), circuit_size(j->v),
               !isnan(j->data.leak_w) ? "written through word lines and held" : "DID NOT HOLD what was written");
}

/* ---- block switch ---------------------------------------------------------------------------------------- */

void char_make_block_switch(CharJob *j)
{
    const Tech *t = j->t;
    double fs = char_full(t);
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "block_switch", j->v, 0);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "block_switch %s", j->v->variant);
    cells_spice(&db, t, c, &d->text);
    for (int i = 0; i < LEVELS; i++) {
        char inst[16], map[80];
        double v = t->vcm + fs * (2.0 * i / (LEVELS - 1) - 1);
        snprintf(inst, sizeof inst, "r%d", i);
        snprintf(map, sizeof map, "EN=vdd ENB=0 COL=c%d GCOL=g%d", i, i);
        deck_inst(d, &db, c, inst, map, "", NULL);
        deck_put(d, "vc%d c%d 0 %.9g\nvg%d g%d 0 %.9g\n.meas tran i%d find i(vg%d) at=4n\n", i, i, v, i, i, v + 1e-3, i, i);
    }
    deck_inst(d, &db, c, "c", "EN=vdd ENB=0 COL=both GCOL=both", "", NULL);
    deck_put(d, "vboth both 0 pwl(0 %.9g 1n %.9g 2n %.9g)\n.meas tran q integ i(vboth) from=0.9n to=2.5n\n", t->vcm - fs, t->vcm - fs, t->vcm + fs);
    deck_inst(d, &db, c, "l", "EN=0 ENB=vdd COL=lc GCOL=lg", "", NULL);
    deck_put(d, "vlc lc 0 %.9g\nvlg lg 0 %.9g\n.meas tran ileak find i(vlc) at=4n\n", t->vcm + fs, t->vcm);
    deck_tran(d, 20e-12, 5e-9);
    char_make_hold(j, &db, c, "GCOL", "COL", "EN=0 ENB=vdd");
    db_free(&db);
}

void char_read_block_switch(CharJob *j)
{
    const CharDeck *d = &j->decks[0];
    double worst = 0;
    for (int i = 0; i < LEVELS; i++) {
        double r = -1e-3 / char_getf(d, "i%d", i);
        worst = isnan(r) || r > worst ? r : worst;
    }
    j->data.r_ohm = worst;
    j->data.c_out = -char_get(d, "q") / (2 * char_full(j->t)) / 2;
    j->data.leak_w = -char_get(d, "ileak") * j->t->vdd;
    char_read_hold(j, &j->decks[1], 1);
    buf_printf(&j->how, "r: largest of %d levels over the column's range; c-out: closed, per side; leak: open, full level against VCM, "
               "times VDD; i-hold: open, COL at the other end of the gain's range", LEVELS);
}
