/*
 * Measurements of the current family's array: synapse and bias.
 */
#include "cells/characterize_int.h"

#include <math.h>

enum { ROWS = 4, LINE = 8, RANDOM = 10, SWING = 20, COPIES = 96, BIASES = 24 };
/* Fall of a line at the largest sum. */
#define FALL (2 * CELLS_V_FALL)
/* Where a line is held when currents and charges are measured. */
#define HELD 0.1

static double step_of(const CharJob *j) { return j->t->pulse_step; }
static int32_t largest(const CharJob *j) { return (1 << lrint(j->v->param[3])) - 1; }
static double swing_at(const CharJob *j, int k) { return k * j->t->vdd / SWING; }
static double current(const CharJob *j) { return j->v->param[0]; }

/* ---- sources and instances ------------------------------------------------------------------------------ */

/*
 * The bias of the synapse's own sources, as .subckt and instance: VB, VC on nodes b and c. r: resistance to the synapses, for which
 * the bias is too weak to hold its wires within a pulse (256 × 64 synapses on one replica of 32: some 2 µs).
 */
static void put_bias(CharJob *j, Db *db, CharDeck *d, double r)
{
    const double *p = j->v->param;
    CellVariant v = {.function = "bias_i", .flavour = "rvt", .param = {1, p[1], p[2], p[0]}};
    CellId c = char_cell(db, j->t, "bias_i", &v, 0);
    cells_spice(db, j->t, c, &d->text);
    deck_inst(d, db, c, "bias", "IREF=iref VB=b0 VC=c0", "", NULL);
    deck_put(d, "iref iref 0 %.9g\nrb b0 b %.6g\nrc c0 c %.6g\n", p[0], r, r);
}

static CellId begin(CharJob *j, Db *db, CharDeck **d, const char *opt, const char *what)
{
    db_init(db, "char", j->t->name, j->t->dbu_m, j->t->grid);
    *d = job_deck(j);
    deck_begin(*d, j->t, CHAR_LIMIT, opt, "synapse_i %s %s", j->v->variant, what);
    return char_cell(db, j->t, "synapse_i", j->v, circuit_size(j->v));
}

/* Bits as levels, low bit first, then the sign. */
static void word(const CharJob *j, int32_t w, char out[96])
{
    int32_t bits = (int32_t)lrint(j->v->param[3]), code = (w < 0 ? 1 << bits : 0) | (w < 0 ? -w : w);
    for (int32_t i = 0, at = 0; i <= bits; i++) at += snprintf(out + at, 96 - (size_t)at, "%s", code >> i & 1 ? "vdd 0 " : "0 vdd ");
}

/* Subcircuit with bits as ports instead of the memory; name, further devices left out, and mismatch for a Monte Carlo copy. */
static void levels(CharDeck *d, const Db *db, CellId c, int32_t bits, const char *name, const char *skip, CircuitVary *vary)
{
    static const char *const q[] = {"q0", "qb0", "q1", "qb1", "q2", "qb2", "q3", "qb3"};
    const char *ports[9] = {NULL};
    for (int32_t i = 0; i < 2 * (bits + 1); i++) ports[i] = q[i];
    circuit_spice_view(db, d->t, c, &(CircuitView){.name = name, .skip = skip, .ports = ports, .vary = vary}, &d->text);
}

/* wires: those of the drawn cell as well; where nothing moves they only cost time. */
static void put_levels(const CharJob *j, CharDeck *d, const Db *db, CellId c, bool wires)
{
    levels(d, db, c, (int32_t)lrint(j->v->param[3]), NULL, wires ? "bit" : "bit wire", NULL);
}

static void inst(const CharJob *j, CharDeck *d, const Db *db, CellId c, const char *name, int32_t w, const char *pp, const char *pn, const char *blp,
                 const char *bln, const char *sub)
{
    char q[96], map[160];
    word(j, w, q);
    snprintf(map, sizeof map, "PP=%s PN=%s VB=b VC=c BLP=%s BLN=%s BL=vdd BLB=vdd", pp, pn, blp, bln);
    deck_inst(d, db, c, name, map, q, sub);
}

/* ---- column: gain, linearity ------------------------------------------------------------------------------ */

/* One cycle: precharge, first firing, rest, second firing, time to read. */
static const double first = 4e-9;

static double second_of(const Tech *t) { return first + t->pulse_step + t->pulse_rest; }
static double cycle_of(const Tech *t) { return second_of(t) + 8 * t->pulse_step + 3e-9; }

/* Deck 0: all weights the largest, inputs over the whole range. Deck 1: at random. */
static int32_t vectors(const CharJob *j, uint32_t deck, int32_t w[ROWS], int32_t x[LINE + RANDOM][ROWS])
{
    Rng r = rng_make(17, deck);
    int32_t n = deck ? RANDOM : LINE, top = largest(j);
    for (int i = 0; i < ROWS; i++) w[i] = deck ? (int32_t)rng_below(&r, (uint32_t)(2 * top + 1)) - top : top;
    for (int v = 0; v < n; v++)
        for (int i = 0; i < ROWS; i++) x[v][i] = deck ? (int32_t)rng_below(&r, 15) - 7 : 2 * v - 7;
    return n;
}

/* Row wire as the driver makes it: its own firing |x| + 1 steps, the other's one. */
static void row_source(CharDeck *d, const char *node, int row, int32_t sign, int32_t n, int32_t x[][ROWS])
{
    double v = d->t->vdd, e = CELLS_T_EDGE;
    deck_put(d, "v%s%d %s%d 0 pwl(0 0", node, row, node, row);
    for (int k = 0; k < n; k++) {
        int32_t in = sign * x[k][row];
        if (in == 0) continue;
        double on = k * cycle_of(d->t) + (in > 0 ? second_of(d->t) : first), off = on + (in > 0 ? in + 1 : 1) * d->t->pulse_step;
        deck_put(d, "\n+ %.9g 0 %.9g %.9g %.9g %.9g %.9g 0", on, on + e, v, off, v, off + e);
    }
    deck_put(d, ")\n");
}

/* In deck 0 all rows are alike: one stands for all, with its share of the lines. */
static int rows_of(uint32_t deck) { return deck ? ROWS : 1; }

static double line_cap(const CharJob *j) { return ROWS * largest(j) * 8 * current(j) * step_of(j) / FALL; }

static void column_deck(CharJob *j, uint32_t which)
{
    Db db;
    CharDeck *d;
    char what[16];
    snprintf(what, sizeof what, "column %u", which);
    CellId c = begin(j, &db, &d, "reltol=1e-3", what);
    int32_t w[ROWS], x[LINE + RANDOM][ROWS], n = vectors(j, which, w, x);
    int rows = rows_of(which);
    double cap = line_cap(j) * rows / ROWS, cycle = cycle_of(j->t);
    put_bias(j, &db, d, 100e6 / rows);
    put_levels(j, d, &db, c, true);
    for (int i = 0; i < rows; i++) {
        char name[16], pp[16], pn[16];
        snprintf(name, sizeof name, "s%d", i);
        snprintf(pp, sizeof pp, "pp%d", i);
        snprintf(pn, sizeof pn, "pn%d", i);
        inst(j, d, &db, c, name, w[i], pp, pn, "blp", "bln", NULL);
        row_source(d, "pp", i, 1, n, x);
        row_source(d, "pn", i, -1, n, x);
    }
    /* Precharge and capacitors are ideal here: the real ones are measured by themselves (col_end_i). */
    deck_put(d, "cp blp 0 %.9g\ncn bln 0 %.9g\n", cap, cap);
    deck_put(d, "vpre pre 0 pulse(1 0 %.9g 50p 50p %.9g %.9g)\nsp blp vdd pre 0 ideal\nsn bln vdd pre 0 ideal\n", first - 0.5e-9, cycle - first, cycle);
    deck_put(d, ".model ideal sw vt=0.5 vh=0.1 ron=100 roff=1e14\n");
    for (int v = 0; v < n; v++) deck_put(d, ".meas tran v%d find par('v(bln)-v(blp)') at=%.9g\n", v, (v + 1) * cycle - 0.8e-9);
    deck_tran(d, 0.4e-9, n * cycle);
    db_free(&db);
}

static void read_columns(CharJob *j)
{
    double x[LINE + RANDOM], y[LINE + RANDOM], a, b, rms, err;
    uint32_t n = 0;
    for (uint32_t k = 0; k < 2; k++) {
        int32_t w[ROWS], in[LINE + RANDOM][ROWS], m = vectors(j, k, w, in);
        for (int v = 0; v < m; v++, n++) {
            double sum = 0;
            for (int i = 0; i < ROWS; i++) sum += w[i] * in[v][i];
            x[n] = sum * current(j) * step_of(j) / line_cap(j);
            y[n] = char_getf(&j->decks[k], "v%d", v);
        }
    }
    char_line(x, y, n, &a, &b, &rms, &err);
    j->data.gain = b;
    j->data.gain_err = err;
    j->data.residual_v = rms;
    buf_printf(&j->how, "gain, residual: line through %u vectors of a %d-row column on %.0f fF per line (lines fall by up to %.2f V, all synapses of a "
               "bias fire alike), bits as levels, ideal precharge, pulses of %.0f ns; ", n, ROWS, line_cap(j) * 1e15, FALL, step_of(j) * 1e9);
}

/* ---- static: unit current, ratios, swing, leakage ------------------------------------------------------------- */

static void static_deck(CharJob *j)
{
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-5", "static");
    double vdd = j->t->vdd;
    put_bias(j, &db, d, 1);
    put_levels(j, d, &db, c, false);
    for (int b = 0; 1 << b <= largest(j); b++) {
        char name[16], line[16];
        snprintf(name, sizeof name, "r%d", b);
        snprintf(line, sizeof line, "l%d", b);
        inst(j, d, &db, c, name, 1 << b, "vdd", "0", line, "vdd", NULL);
        deck_put(d, "v%s %s 0 %.9g\n.meas tran i%d find i(v%s) at=1n\n", line, line, vdd - HELD, b, line);
    }
    for (int k = 0; k < SWING; k++) {
        char name[16], line[16];
        snprintf(name, sizeof name, "s%d", k);
        snprintf(line, sizeof line, "m%d", k);
        inst(j, d, &db, c, name, largest(j), "vdd", "0", line, "vdd", NULL);
        deck_put(d, "v%s %s 0 %.9g\n.meas tran f%d find i(v%s) at=1n\n", line, line, vdd - swing_at(j, k), k, line);
    }
    inst(j, d, &db, c, "off", largest(j), "0", "0", "lo", "vdd", NULL);
    deck_put(d, "vlo lo 0 %.9g\n.meas tran ioff find i(vlo) at=1n\n", vdd - HELD);
    deck_tran(d, 0.5e-9, 1.2e-9);
    db_free(&db);
}

/* Fall of a line at which the current is that part of what it is at VDD; if it never is, the lowest line looked at. */
static double swing(const CharJob *j, const CharDeck *d, double part)
{
    double full = -char_get(d, "f0"), before = full;
    for (int k = 1; k < SWING; k++) {
        double now = -char_getf(d, "f%d", k);
        if (!(now >= part * full)) return swing_at(j, k - 1) + swing_at(j, 1) * (before - part * full) / (before - now);
        before = now;
    }
    return swing_at(j, SWING - 1);
}

static void read_static(CharJob *j, const CharDeck *d)
{
    double unit = -char_get(d, "i0");
    j->data.i_unit = unit;
    j->data.ratio2 = -char_get(d, "i1") / unit;
    j->data.ratio4 = -char_get(d, "i2") / unit; /* NaN without that bit */
    j->data.swing_v = swing(j, d, 0.99);
    j->data.swing10_v = swing(j, d, 0.9);
    j->data.swing50_v = swing(j, d, 0.5);
    buf_printf(&j->how, "i-unit, ratios: lines held %.1f V below VDD; swing: of the largest weight's current; a synapse at rest takes %.2f pA from its line; ",
               HELD, -char_get(d, "ioff") * 1e12);
}

/* ---- pulses: what starts them, load, energy -------------------------------------------------------------------- */

typedef struct {
    const char *name;
    int32_t w;         /* in units of the largest weight, else 1 */
    bool both;
    int32_t x;
} PulseCase;
static const PulseCase cases[] = {{"a", 1, false, 3}, {"b", 1, false, 7}, {"e", 1, true, 3}, {"f", 1, true, 7}, {"g", 0, true, 3}, {"h", 0, true, 7}};

/* Lines are held, their charge is integrated. Weights: 1 = the largest, 0 = one unit. z: the dummy, without any. */
static void pulse_deck(CharJob *j)
{
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-4", "pulses");
    double on0 = 2e-9, on1 = on0 + step_of(j) + j->t->pulse_rest, stop = on1 + 8 * step_of(j) + 1.5 * j->t->pulse_rest;
    put_bias(j, &db, d, 1);
    put_levels(j, d, &db, c, true);
    /* What the sources do to their bias is in the column decks; here it stands still. */
    deck_put(d, "cb b 0 1u\ncc c 0 1u\n");
    CellId z = char_cell(&db, j->t, "dummy_i", j->v, circuit_size(j->v));
    cells_spice(&db, j->t, z, &d->text);
    static const int32_t widths[] = {3, 4, 7, 8};
    for (size_t i = 0; i < COUNTOF(widths); i++) {
        char n[16];
        snprintf(n, sizeof n, "w%d", widths[i]);
        deck_step(d, n, 0, j->t->vdd, on1, on1 + widths[i] * step_of(j));
    }
    deck_step(d, "other", 0, j->t->vdd, on0, on0 + step_of(j));
    for (size_t i = 0; i <= COUNTOF(cases); i++) {
        bool dummy = i == COUNTOF(cases);
        PulseCase k = dummy ? (PulseCase){"z", 0, true, 7} : cases[i];
        char p[16], n[16], w[16];
        snprintf(p, sizeof p, "p%s", k.name);
        snprintf(n, sizeof n, "n%s", k.name);
        snprintf(w, sizeof w, "w%d", k.x + k.both);
        if (dummy) deck_inst(d, &db, z, "z", "PP=w8 PN=other VB=b VC=c BLP=pz BLN=nz BL=vdd BLB=vdd", "", NULL);
        else inst(j, d, &db, c, k.name, k.w ? largest(j) : 1, w, k.both ? "other" : "0", p, n, NULL);
        deck_put(d, "v%s %s 0 %.9g\nv%s %s 0 %.9g\n", p, p, j->t->vdd - HELD, n, n, j->t->vdd - HELD);
        deck_put(d, ".meas tran q%s integ i(v%s) from=1n to=%.9g\n.meas tran q%s integ i(v%s) from=1n to=%.9g\n", p, p, stop, n, n, stop);
    }
    double off = on1 + 8 * step_of(j);
    /* Load of a row wire: one wire drives one synapse (f). */
    inst(j, d, &db, c, "l", largest(j), "lw", "0", "vdd", "vdd", NULL);
    deck_step(d, "lw", 0, j->t->vdd, on1, off);
    deck_put(d, ".meas tran qin integ i(vlw) from=%.9g to=%.9g\n", on1 - 0.1e-9, off - 0.1e-9);
    deck_put(d, ".meas tran s0 find v(xh.sum) at=%.9g\n.meas tran ts when v(xh.sum)=0.02 fall=last\n", off - 0.1e-9);
    deck_tran(d, 0.2e-9, stop + 0.1e-9);
    db_free(&db);
}

static void read_pulses(CharJob *j, const CharDeck *d)
{
    double a = -char_get(d, "qpa"), b = -char_get(d, "qpb"), T = step_of(j), slope = (b - a) / (4 * T);
    double e = char_get(d, "qne") - char_get(d, "qpe"), f = char_get(d, "qnf") - char_get(d, "qpf");
    double g = char_get(d, "qng") - char_get(d, "qpg"), h = char_get(d, "qnh") - char_get(d, "qph");
    double off = 2e-9 + T + j->t->pulse_rest + 8 * T, vdd = j->t->vdd;
    j->data.startup_s = a / slope - 3 * T;
    j->data.startup_left_s = e / ((f - e) / (4 * T)) - 3 * T;
    double unit_left = g / ((h - g) / (4 * T)) - 3 * T;
    j->data.tau_s = char_get(d, "ts") - off;
    j->data.c_in = -char_get(d, "qin") / vdd;
    j->data.energy_j = vdd * (-char_get(d, "qpf") - char_get(d, "qnf")) + 2 * j->data.c_in * vdd * vdd;
    buf_printf(&j->how, "startup: line through pulses of 3 and 7 steps, largest weight (unit weight after the first firing %.1f ps); a column of zero weights: "
               "%.4f fC between its lines; tau: unit weight's node back to 20 mV after a pulse; c-in: one row wire; energy: lines and both row wires, "
               "largest weight, input 7; ", unit_left * 1e12, (char_get(d, "qnz") - char_get(d, "qpz")) * 1e15);
}

/* ---- mismatch, noise --------------------------------------------------------------------------------------------- */

static void mismatch_deck(CharJob *j)
{
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-5", "mismatch");
    put_bias(j, &db, d, 1);
    for (uint32_t i = 0; i < COPIES; i++) {
        CircuitVary vary = {.rng = rng_make(40, i), .devices = true};
        char sub[24], name[16], line[16];
        snprintf(sub, sizeof sub, "copy%u", i);
        snprintf(name, sizeof name, "m%u", i);
        snprintf(line, sizeof line, "l%u", i);
        /* Only what carries the unit's current. */
        levels(d, &db, c, (int32_t)lrint(j->v->param[3]), sub, "bit u1 u2 sw1 sw2 in1 pos1 neg cv wire", &vary);
        inst(j, d, &db, c, name, 1, "vdd", "0", line, "vdd", sub);
        deck_put(d, "v%s %s 0 %.9g\n.meas tran i%u find i(v%s) at=1n\n", line, line, j->t->vdd - HELD, i, line);
    }
    deck_tran(d, 0.5e-9, 1.2e-9);
    db_free(&db);
}

/* Standard deviation of i0 … i<n-1>; the mean by the way. */
static double spread(const CharDeck *d, const char *name, uint32_t n, double *mean)
{
    double sum = 0, sq = 0;
    for (uint32_t i = 0; i < n; i++) sum += char_getf(d, "%s%u", name, i) / n;
    for (uint32_t i = 0; i < n; i++) sq += pow(char_getf(d, "%s%u", name, i) - sum, 2);
    *mean = sum;
    return sqrt(sq / (n - 1));
}

/* Pelgrom's law for the source alone, for comparison: gm/I from the static deck's neighbour at another bias is not needed, the
 * ratio of what was found to the threshold's sigma is it. */
static void read_mismatch(CharJob *j, const CharDeck *d)
{
    double mean, s = spread(d, "i", COPIES, &mean);
    const TechDevice *n = tech_device(j->t, "nmos_rvt");
    double vt = n->avt / sqrt(2 * j->v->param[1] * j->v->param[2]);
    j->data.mismatch = -s / mean;
    buf_printf(&j->how, "mismatch: one unit, thresholds of %d copies (source's sigma %.2f mV: %.1f /V); ", COPIES, vt * 1e3, -s / mean / vt);
}

/*
 * Thermal and flicker noise of the largest weight's current at 30 MHz, without the bias's: as voltage over a resistor without noise of its own. (Read as the
 * current of a source, it came out 240 times too small in ngspice 39 for some cells, by the order of its equations.)
 */
#define READ 1e3
#define CHARGE 1.602176634e-19
#define SHOT_LEAST 0.2
static void noise_deck(CharJob *j)
{
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-5", "noise");
    put_bias(j, &db, d, 1);
    put_levels(j, d, &db, c, false);
    inst(j, d, &db, c, "s", largest(j), "vdd", "0", "l", "vdd", NULL);
    deck_put(d, "cb b 0 1u\ncc c 0 1u\nvl lx 0 dc %.9g ac 1\nrl lx l %.9g noisy=0\n.control\nnoise v(l) vl lin 1 30meg 30meg\n"
             "setplot noise1\nprint onoise_spectrum\n.endc\n.end\n", j->t->vdd - HELD, READ);
    db_free(&db);
}

static void read_noise(CharJob *j, const CharDeck *d)
{
    double s = pow(char_get(d, "onoise_spectrum") / READ, 2) / largest(j), T = step_of(j), q = j->data.i_unit * T;
    /* A source's noise is near the shot noise of its current, and above it when far from weak inversion. */
    if (!(s > SHOT_LEAST * 2 * CHARGE * j->data.i_unit)) s = NAN;
    /* White over the pulse: the variance of the charge is half the one-sided density times its length. */
    j->data.q_noise = sqrt(s * T / 2) / q;
    buf_printf(&j->how, "q-noise: from %.3g A/rtHz of one unit at 30 MHz (%.2f of 2qI), integrated over %.0f ns; ", sqrt(s),
               s / (2 * CHARGE * j->data.i_unit), T * 1e9);
}

/* What a synapse at rest adds to its lines, and to VB for steps of 10 mV about its level. */
#define VB_STEP 10e-3
static void line_deck(CharJob *j)
{
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-5", "line load");
    double vdd = j->t->vdd;
    put_bias(j, &db, d, 1);
    put_levels(j, d, &db, c, true);
    inst(j, d, &db, c, "s", largest(j), "0", "0", "l", "m", NULL);
    deck_put(d, "vl l 0 pwl(0 %.9g 1n %.9g 2n %.9g)\nvm m 0 pwl(0 %.9g 1n %.9g 2n %.9g)\n", vdd, vdd, vdd - FALL, vdd, vdd, vdd - FALL);
    char q[96];
    word(j, largest(j), q);
    deck_inst(d, &db, c, "t", "PP=0 PN=0 VB=bx VC=c BLP=vdd BLN=vdd BL=vdd BLB=vdd", q, NULL);
    deck_put(d, "cb b 0 1u\ncc c 0 1u\nebx by 0 b 0 1\nvbx bx by pwl(0 0 1n 0 2n %.9g)\n.meas tran qb integ i(vbx) from=0.9n to=2.5n\n", VB_STEP);
    deck_put(d, ".meas tran ql integ i(vl) from=0.9n to=2.5n\n.meas tran qm integ i(vm) from=0.9n to=2.5n\n");
    deck_tran(d, 50e-12, 2.6e-9);
    db_free(&db);
}

/* ---- synapse -------------------------------------------------------------------------------------------------------- */

void char_make_synapse_i(CharJob *j)
{
    column_deck(j, 0);
    column_deck(j, 1);
    static_deck(j);
    pulse_deck(j);
    mismatch_deck(j);
    noise_deck(j);
    char_make_memory(j, "synapse_i", circuit_size(j->v), (uint32_t)circuit_size(j->v), "PP=0 PN=0 VB=0 VC=0 BLP=vdd BLN=vdd", "u sw in pos neg cv wire");
    line_deck(j);
}

void char_read_synapse_i(CharJob *j)
{
    read_columns(j);
    read_static(j, &j->decks[2]);
    read_pulses(j, &j->decks[3]);
    read_mismatch(j, &j->decks[4]);
    read_noise(j, &j->decks[5]);
    j->data.leak_w = char_read_memory(j, &j->decks[6], (uint32_t)circuit_size(j->v));
    j->data.c_out = (char_get(&j->decks[7], "ql") + char_get(&j->decks[7], "qm")) / 2 / FALL;
    j->data.c_bias = -char_get(&j->decks[7], "qb") / VB_STEP;
    buf_printf(&j->how, "c-out: a line, mean of both; c-bias: VB by %.0f mV; leak: bits %s", VB_STEP * 1e3, isnan(j->data.leak_w) ? "DID NOT HOLD what was written" : "written through word lines and held");
}

/* ---- bias --------------------------------------------------------------------------------------------------------------- */

/* A unit synapse on its bias: the current that the bias really makes. */
static void biased(CharJob *j, CharDeck *d, const Db *db, CellId bias, CellId syn, const char *n, const char *vdd, const char *sub)
{
    double m = j->v->param[0];
    deck_put(d, "iref%s i%s 0 %.9g\n", n, n, m * j->v->param[3]);
    char map[96];
    snprintf(map, sizeof map, "IREF=i%s VB=b%s VC=c%s VDD=%s", n, n, n, vdd);
    char name[24];
    snprintf(name, sizeof name, "b%s", n);
    deck_inst(d, db, bias, name, map, "", sub);
    snprintf(map, sizeof map, "PP=%s PN=0 VB=b%s VC=c%s BLP=l%s BLN=%s VDD=%s", vdd, n, n, n, vdd, vdd);
    snprintf(name, sizeof name, "s%s", n);
    char q[64];
    snprintf(q, sizeof q, "%s 0 0 %s 0 %s 0 %s", vdd, vdd, vdd, vdd);
    deck_inst(d, db, syn, name, map, q, NULL);
    deck_put(d, "vl%s %s l%s %.9g\n.meas tran i%s find i(vl%s) at=1n\n", n, vdd, n, HELD, n, n);
}

void char_make_bias_i(CharJob *j)
{
    const Tech *t = j->t;
    const double *p = j->v->param;
    CellVariant sv = {.function = "synapse_i", .flavour = "slvt", .param = {p[3], p[1], p[2], 3}};
    for (uint32_t mc = 0; mc < 2; mc++) {
        Db db;
        db_init(&db, "char", t->name, t->dbu_m, t->grid);
        CellId c = char_cell(&db, t, "bias_i", j->v, 0), s = char_cell(&db, t, "synapse_i", &sv, circuit_size(&sv));
        CharDeck *d = job_deck(j);
        deck_begin(d, t, CHAR_LIMIT, "reltol=1e-5", "bias_i %s %s", j->v->variant, mc ? "mismatch" : "supply");
        levels(d, &db, s, 3, NULL, "bit wire", NULL);
        if (!mc) cells_spice(&db, t, c, &d->text);
        for (uint32_t i = 0; mc && i < BIASES; i++) {
            CircuitVary vary = {.rng = rng_make(50, i), .devices = true};
            char sub[16], n[16];
            snprintf(sub, sizeof sub, "copy%u", i);
            snprintf(n, sizeof n, "m%u", i);
            circuit_spice_view(&db, t, c, &(CircuitView){.name = sub, .vary = &vary}, &d->text);
            biased(j, d, &db, c, s, n, "vdd", sub);
        }
        if (!mc) {
            deck_put(d, "vlow low 0 %.9g\nvhigh high 0 %.9g\nvtyp typ 0 %.9g\n", t->vdd * (1 - t->vdd_tol), t->vdd * (1 + t->vdd_tol), t->vdd);
            biased(j, d, &db, c, s, "lo", "low", NULL);
            biased(j, d, &db, c, s, "hi", "high", NULL);
            biased(j, d, &db, c, s, "ty", "typ", NULL);
            biased(j, d, &db, c, s, "st", "vdd", NULL);
            /* A tenth of the bias's own current into VB: what holds it. */
            double ib = p[0] * p[3] / 10;
            deck_put(d, "istep 0 bst pwl(0 0 1.5n 0 1.6n %.9g)\n.meas tran v0 find v(bst) at=1.4n\n.meas tran v1 find v(bst) at=99n\n", ib);
            deck_put(d, ".meas tran vb find v(bty) at=1n\n.meas tran vc find v(cty) at=1n\n.meas tran is find i(vtyp) at=1n\n");
        }
        deck_tran(d, mc ? 0.5e-9 : 2e-9, mc ? 1.2e-9 : 100e-9);
        db_free(&db);
    }
}

void char_read_bias_i(CharJob *j)
{
    const CharDeck *d = &j->decks[0];
    double ty = char_get(d, "ity"), m = j->v->param[0], i = j->v->param[3], mean;
    j->data.i_unit = ty;
    j->data.gain = ty / i;
    j->data.gain_err = fmax(fabs(char_get(d, "ilo") / ty - 1), fabs(char_get(d, "ihi") / ty - 1));
    j->data.r_ohm = (char_get(d, "v1") - char_get(d, "v0")) / (m * i / 10);
    j->data.leak_w = -char_get(d, "is") * j->t->vdd;
    j->data.mismatch = fabs(spread(&j->decks[1], "im", BIASES, &mean) / mean);
    buf_printf(&j->how, "VB %.3f V, VC %.3f V; gain: current of a unit synapse over the reference's; gain-err: largest change with VDD +-%.0f %%; r: VB; "
               "leak: static power with its reference; mismatch: of that current, thresholds of %d copies of the bias", char_get(d, "vb"), char_get(d, "vc"),
               j->t->vdd_tol * 100, BIASES);
}
