/*
 * Measurements of the current family at the array's edge: pulse driver and its windows, column end, converter.
 */
#include "cells/characterize_int.h"

#include <math.h>

/* Row wire of 64 synapses with its metal; a window's wire past 256 rows. */
#define ROW_LOAD 40e-15
#define WINDOW_LOAD 200e-15
enum { COPIES = 12, WINDOWS = 8, MAX_BITS = 12 };

static CellId begin(CharJob *j, Db *db, CharDeck **d, const char *opt, const char *what)
{
    db_init(db, "char", j->t->name, j->t->dbu_m, j->t->grid);
    *d = job_deck(j);
    deck_begin(*d, j->t, CHAR_LIMIT, opt, "%s %s %s", j->v->function, j->v->variant, what);
    return char_cell(db, j->t, j->v->function, j->v, circuit_size(j->v));
}

static double larger(double a, double b) { return isnan(a) || isnan(b) ? NAN : a > b ? a : b; }

/* ---- pulse driver ------------------------------------------------------------------------------------------- */

static double step_of(const CharJob *j) { return j->v->param[1]; }
static double second_of(const CharJob *j) { return 2e-9 + step_of(j) + j->t->pulse_rest; }

static void windows(const CharJob *j, CharDeck *d)
{
    double t = step_of(j), on = second_of(j);
    deck_step(d, "w0", 0, j->t->vdd, 2e-9, 2e-9 + t);
    for (int k = 1; k < WINDOWS; k++) {
        char n[8];
        snprintf(n, sizeof n, "w%d", k);
        deck_step(d, n, 0, j->t->vdd, on, on + (k + 1) * t);
    }
}

/* A driver with its loads and the widths of its two pulses at half the supply. */
static void driver(CharJob *j, CharDeck *d, const Db *db, CellId c, const char *n, int code, bool negative, const char *sub)
{
    Buf m = {0};
    for (int b = 0; b < 3; b++) buf_printf(&m, "D[%d]=%s ", b, code >> b & 1 ? "vdd" : "0");
    for (int k = 0; k < WINDOWS; k++) buf_printf(&m, "WIN[%d]=w%d ", k, k);
    for (int k = 0; k < 4; k++) buf_printf(&m, "WLIN[%d]=0 ", k);
    buf_printf(&m, "SGN=%s PP=p%s PN=n%s VB=0 VC=0", negative ? "vdd" : "0", n, n);
    deck_inst(d, db, c, n, m.s, "", sub);
    buf_free(&m);
    double half = j->t->vdd / 2;
    deck_put(d, "cp%s p%s 0 %.6g\ncn%s n%s 0 %.6g\n", n, n, ROW_LOAD, n, n, ROW_LOAD);
    if (code == 0) {
        deck_put(d, ".meas tran max%s max par('v(p%s)+v(n%s)') from=1n to=%.9g\n", n, n, n, second_of(j) + 9 * step_of(j));
        return;
    }
    static const char side[] = {'p', 'n'};
    for (int i = 0; i < 2; i++)
        deck_put(d, ".meas tran %c%s trig v(%c%s) val=%.6g rise=1 targ v(%c%s) val=%.6g fall=1\n", side[i], n, side[i], n, half, side[i], n, half);
}

static const int inputs[] = {0, 1, 2, 4, 7};
enum { FIRING = COUNTOF(inputs) - 1, DRIVERS = COUNTOF(inputs) + 1 };

void char_make_pulse_driver(CharJob *j)
{
    double end = second_of(j) + 8 * step_of(j) + 2e-9, vdd = j->t->vdd;
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-3", "widths");
    circuit_spice_view(&db, j->t, c, &(CircuitView){.skip = "wl"}, &d->text);
    windows(j, d);
    for (size_t k = 0; k < COUNTOF(inputs); k++) {
        char n[8];
        snprintf(n, sizeof n, "%d", inputs[k]);
        driver(j, d, &db, c, n, inputs[k], false, NULL);
    }
    driver(j, d, &db, c, "s", 5, true, NULL);
    deck_put(d, ".meas tran q integ i(vvdd) from=1n to=%.9g\n.meas tran qw integ i(vw7) from=%.9g to=%.9g\n", end, second_of(j) - 0.1e-9,
             second_of(j) + 8 * step_of(j) - 0.1e-9);
    deck_put(d, ".meas tran r10 when v(p7)=%.6g rise=1\n.meas tran r01 when v(p7)=%.6g rise=1\n", 0.9 * vdd, 0.99 * vdd);
    deck_put(d, ".meas tran ileak find i(vvdd) at=1n\n");
    deck_tran(d, 0.2e-9, end);
    db_free(&db);

    c = begin(j, &db, &d, "reltol=1e-3", "mismatch");
    windows(j, d);
    for (uint32_t i = 0; i < COPIES; i++) {
        CircuitVary vary = {.rng = rng_make(60, i), .devices = true};
        char sub[16], n[8];
        snprintf(sub, sizeof sub, "copy%u", i);
        snprintf(n, sizeof n, "%u", i);
        circuit_spice_view(&db, j->t, c, &(CircuitView){.name = sub, .skip = "wl", .vary = &vary}, &d->text);
        driver(j, d, &db, c, n, 1, false, sub);
    }
    deck_tran(d, 0.2e-9, second_of(j) + 2 * step_of(j) + 1e-9);
    db_free(&db);
}

/* Own pulse less the other: what the lines' difference sees of an input. */
void char_read_pulse_driver(CharJob *j)
{
    const CharDeck *d = &j->decks[0], *m = &j->decks[1];
    double x[FIRING], y[FIRING], a, b, rms, err, t = step_of(j), sum = 0, sq = 0;
    for (int k = 0; k < FIRING; k++) {
        x[k] = inputs[k + 1];
        y[k] = (char_getf(d, "p%d", inputs[k + 1]) - char_getf(d, "n%d", inputs[k + 1])) / t;
    }
    char_line(x, y, FIRING, &a, &b, &rms, &err);
    double swapped = (char_get(d, "ns") - char_get(d, "ps")) / t, inl = fabs(swapped - 5);
    for (int k = 0; k < FIRING; k++) inl = larger(inl, fabs(y[k] - x[k]));
    /* An input of 0 must not fire at all. */
    j->data.inl_lsb = char_get(d, "max0") < 0.2 * j->t->vdd ? inl : NAN;
    j->data.gain = b;
    j->data.gain_err = err;
    for (uint32_t i = 0; i < COPIES; i++) sum += (char_getf(m, "p%u", i) - char_getf(m, "n%u", i)) / COPIES;
    for (uint32_t i = 0; i < COPIES; i++) sq += pow(char_getf(m, "p%u", i) - char_getf(m, "n%u", i) - sum, 2);
    j->data.mismatch = sqrt(sq / (COPIES - 1)) / t;
    j->data.tau_s = (char_get(d, "r01") - char_get(d, "r10")) / log(10);
    j->data.c_in = -char_get(d, "qw") / j->t->vdd / DRIVERS;
    j->data.energy_j = -char_get(d, "q") * j->t->vdd / DRIVERS;
    j->data.leak_w = -char_get(d, "ileak") * j->t->vdd / DRIVERS;
    buf_printf(&j->how, "row wires of %.0f fF; gain: own pulse less the other's per input, in steps; inl: its largest error at %d inputs and one of the other "
               "sign, in steps; mismatch: sigma of that width in steps, input 1, thresholds of %d copies; tau: row wire, last decade; c-in: a window's wire; "
               "energy, leak: mean of %d drivers, without word lines", ROW_LOAD * 1e15, FIRING, COPIES, DRIVERS);
}

/* ---- windows -------------------------------------------------------------------------------------------------- */

void char_make_pulse_gen(CharJob *j)
{
    const Tech *t = j->t;
    double T = step_of(j), rst = 2e-9, again = rst + 4 * T + 2e-9, main0 = again + 2e-9, end = main0 + 11 * T + 2e-9;
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-3", "windows");
    cells_spice(&db, t, c, &d->text);
    Buf m = {0};
    for (int k = 0; k < WINDOWS; k++) buf_printf(&m, "WIN[%d]=w%d ", k, k);
    buf_str(&m, "PCLK=ck PRST=rst MAIN=main");
    deck_inst(d, &db, c, "g", m.s, "", NULL);
    buf_free(&m);
    deck_put(d, "vck ck 0 pulse(0 %.9g 1n 30p 30p %.9g %.9g)\n", t->vdd, T / 2 - 30e-12, T);
    deck_put(d, "vrst rst 0 pwl(0 %.9g %.9g %.9g %.9g 0 %.9g 0 %.9g %.9g %.9g %.9g %.9g 0)\n", t->vdd, rst, t->vdd, rst + CELLS_T_EDGE, again - 1e-9,
             again - 1e-9 + CELLS_T_EDGE, t->vdd, main0, t->vdd, main0 + CELLS_T_EDGE);
    deck_step(d, "main", 0, t->vdd, again, 0);
    for (int k = 0; k < WINDOWS; k++) {
        double half = t->vdd / 2, from = k ? main0 : rst;
        deck_put(d, "cw%d w%d 0 %.6g\n", k, k, WINDOW_LOAD);
        deck_put(d, ".meas tran t%d trig v(w%d) val=%.6g td=%.9g rise=1 targ v(w%d) val=%.6g td=%.9g fall=1\n", k, k, half, from, k, half, from);
        /* Silent in the other firing. */
        deck_put(d, ".meas tran max%d max v(w%d) from=%.9g to=%.9g\n", k, k, k ? rst : main0, k ? again - 1e-9 : end);
    }
    deck_put(d, ".meas tran q integ i(vvdd) from=1n to=%.9g\n.meas tran ileak find i(vvdd) at=0.9n\n", end);
    deck_tran(d, 0.2e-9, end);
    db_free(&db);
}

void char_read_pulse_gen(CharJob *j)
{
    const CharDeck *d = &j->decks[0];
    double T = step_of(j), inl = 0;
    for (int k = 0; k < WINDOWS; k++) {
        inl = larger(inl, fabs((char_getf(d, "t%d", k) - char_get(d, "t0")) / T - k));
        if (!(char_getf(d, "max%d", k) < 0.2 * j->t->vdd)) inl = NAN;
    }
    j->data.inl_lsb = inl;
    j->data.energy_j = -char_get(d, "q") * j->t->vdd;
    j->data.leak_w = -char_get(d, "ileak") * j->t->vdd;
    buf_printf(&j->how, "windows into %.0f fF each, clock of %.0f ns; inl: largest error of a width less the first's, in steps (the first is %.3f); each silent while the other firing's are open; "
               "energy: both firings with the clock; leak: in reset", WINDOW_LOAD * 1e15, T * 1e9, char_get(d, "t0") / T);
}

/* ---- column end -------------------------------------------------------------------------------------------------- */

void char_make_col_end_i(CharJob *j)
{
    const Tech *t = j->t;
    double c0 = j->v->param[0], off = CELLS_T_PRE, move = 10e-9, at = off + 1e-9, hold = 40e-9, stop = at + move + hold;
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-4", "phases");
    circuit_spice_view(&db, t, c, &(CircuitView){.skip = "din bl"}, &d->text);
    deck_step(d, "preb", 0, t->vdd, off, stop + 1e-9);
    static const char *const inst[] = {"a", "b"};
    for (int i = 0; i < 2; i++) {
        char map[192];
        snprintf(map, sizeof map, "BLP=p%s BLN=n%s AIP=x%s AIN=y%s DIN=0 PREB=preb SELA=%s SELAB=%s SELB=0 SELBB=vdd WE=0 WEB=vdd", inst[i], inst[i], inst[i], inst[i],
                 i ? "sel" : "0", i ? "selb" : "vdd");
        deck_inst(d, &db, c, inst[i], map, "", NULL);
    }
    /* a: BLP falls by twice the usual, BLN stays: droop, then the precharge takes both back. b: selected onto 500 fF. */
    double q = c0 * 2 * CELLS_V_FALL;
    deck_put(d, "ia pa 0 pwl(0 0 %.9g 0 %.9g %.9g %.9g %.9g %.9g 0)\n", at, at + 10e-12, q / move, at + move, q / move, at + move + 10e-12);
    deck_put(d, "ib pb 0 pwl(0 0 %.9g 0 %.9g %.9g %.9g %.9g %.9g 0)\n", at, at + 10e-12, q / move / 2, at + move, q / move / 2, at + move + 10e-12);
    deck_step(d, "sel", 0, t->vdd, at + move + 1e-9, 0);
    deck_step(d, "selb", t->vdd, 0, at + move + 1e-9, 0);
    deck_put(d, "cx xb 0 500f\ncy yb 0 500f\n");
    deck_put(d, ".ic v(xb)=%.9g v(yb)=%.9g\n", t->vdd, t->vdd);
    deck_at(d, "p0", "pa", at);
    deck_at(d, "n0", "na", at);
    deck_at(d, "p1", "pa", at + move + 0.5e-9);
    deck_at(d, "n1", "na", at + move + 0.5e-9);
    deck_at(d, "p2", "pa", stop);
    deck_at(d, "n2", "na", stop);
    double f = 2 * CELLS_V_FALL;
    deck_put(d, ".meas tran t10 when v(pa)=%.9g rise=last\n.meas tran t01 when v(pa)=%.9g rise=last\n", t->vdd - 0.1 * f, t->vdd - 0.01 * f);
    deck_put(d, "esl sl 0 xb pb 1\n.meas tran s50 when v(sl)=%.9g fall=1\n.meas tran s5 when v(sl)=%.9g fall=1\n", CELLS_V_FALL / 5, CELLS_V_FALL / 50); /* where lines begin 0.08 V above VDD, too */
    deck_put(d, ".meas tran qpre integ i(vpreb) from=%.9g to=%.9g\n.meas tran qs integ i(vsel) from=%.9g to=%.9g\n", off - 0.1e-9, off + 0.5e-9,
             at + move + 0.9e-9, at + move + 2e-9);
    deck_put(d, ".meas tran qsb integ i(vselb) from=%.9g to=%.9g\n.meas tran ileak find i(vvdd) at=%.9g\n", at + move + 0.9e-9, at + move + 2e-9, stop);
    deck_tran(d, 1e-9, stop + 4 * CELLS_T_PRE);
    db_free(&db);
}

void char_read_col_end_i(CharJob *j)
{
    const Tech *t = j->t;
    const CharDeck *d = &j->decks[0];
    double c0 = j->v->param[0], q = c0 * 2 * CELLS_V_FALL, vdd = t->vdd;
    j->data.c_in = q / (char_get(d, "p0") - char_get(d, "p1"));
    j->data.offset_v = char_get(d, "n0") - char_get(d, "p0");
    j->data.residual_v = fabs((char_get(d, "n2") - char_get(d, "p2")) - (char_get(d, "n1") - char_get(d, "p1")));
    j->data.tau_s = (char_get(d, "t01") - char_get(d, "t10")) / log(10);
    double tau = (char_get(d, "s5") - char_get(d, "s50")) / log(10);
    j->data.r_ohm = tau / (j->data.c_in * 500e-15 / (j->data.c_in + 500e-15));
    j->data.noise_v = sqrt(2 * 1.380649e-23 * (273.15 + t->temp_c) / j->data.c_in);
    j->data.mismatch = t->cap_mismatch / sqrt(c0);
    j->data.energy_j = vdd * (fabs(char_get(d, "qpre")) / 2 + fabs(char_get(d, "qs")) + fabs(char_get(d, "qsb")));
    /* Precharge gates lift lines above VDD by what they couple: what flows back is no power. */
    double leak = -char_get(d, "ileak") * vdd / 2;
    j->data.leak_w = leak < 0 ? 0 : leak;
    buf_printf(&j->how, "c-in: a line, from the charge that moves it %.2f V; offset: between the lines after the precharge; residual: droop of their difference "
               "in 40 ns, one %.2f V down; tau: precharge; r: select switch, from a fifth to a fiftieth of %.2f V across it; noise: kT/C of both lines with measured c-in; mismatch: law of the "
               "technology at the capacitor; energy: gates of precharge and selection (the lines' own charge counts with the synapses); leak: one line down, held",
               2 * CELLS_V_FALL, 2 * CELLS_V_FALL, CELLS_V_FALL);
}

/* ---- converter --------------------------------------------------------------------------------------------------- */

#define GAIN 4
enum { DECK_LOAD, DECK_CONVERSION = 1 + CHAR_ARRAYS };
static const double level[] = {0.6};

static int32_t bits_of(const CharJob *j) { return (int32_t)lrint(j->v->param[0]); }
static double lsb_of(const CharJob *j) { return 2 * char_full(j->t) / GAIN / (1 << bits_of(j)); }

static void adc(CharJob *j, CharDeck *d, const Db *db, CellId c, const char *aip, const char *ain)
{
    Buf m = {0};
    buf_printf(&m, "AIP[0]=%s AIN[0]=%s DIN[0]=0 DIN[1]=0 VREFP=ref VREFN=0 CLK=ck START=st DONE=done", aip, ain);
    for (int32_t i = 0; i < bits_of(j); i++) buf_printf(&m, " D[%d]=d%d", i, i);
    deck_inst(d, db, c, "a", m.s, "", NULL);
    buf_free(&m);
}

static void load_deck(CharJob *j)
{
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-4", "load");
    double vdd = j->t->vdd;
    cells_spice(&db, j->t, c, &d->text);
    adc(j, d, &db, c, "aip", "ain");
    /* The decision kept from before: left to itself, the operating point may balance the latch. */
    deck_put(d, ".nodeset v(xa.cmp_a)=%.9g v(xa.cmp_b)=0\n", vdd);
    deck_put(d, "vref ref 0 %.9g\nvck ck 0 0\n", 2 * char_full(j->t) / GAIN);
    deck_step(d, "st", vdd, 0, 1e-9, 0);
    deck_put(d, "vaip aip 0 pwl(0 %.9g 3n %.9g 8n %.9g)\nvain ain 0 pwl(0 %.9g 3n %.9g 8n %.9g)\n", vdd, vdd, vdd - 2 * CELLS_V_FALL, vdd, vdd,
             vdd - 2 * CELLS_V_FALL);
    deck_put(d, ".meas tran qp integ i(vaip) from=2.9n to=10n\n.meas tran qn integ i(vain) from=2.9n to=10n\n.meas tran ileak find i(vvdd) at=0.5n\n");
    deck_tran(d, 0.5e-9, 10.5e-9);
    db_free(&db);
}

/* A whole conversion behind a real column end of 1 pF: lines drawn down by currents, taken by both sides, let go, converted. */
static void conversion_deck(CharJob *j, double at)
{
    const Tech *t = j->t;
    int32_t bits = bits_of(j);
    CellLibrary lib = {0};
    cells_variants(t, &lib);
    char what[48];
    snprintf(what, sizeof what, "conversion at %g of the range", at);
    Db db;
    CharDeck *d;
    CellId c = begin(j, &db, &d, "reltol=1e-4 vntol=1e-7", what), e = char_cell(&db, t, "col_end_i", char_variant(&lib, "col_end_i", "c1p"), 0);
    cells_spice(&db, t, c, &d->text);
    circuit_spice_view(&db, t, e, &(CircuitView){.skip = "din bl"}, &d->text);
    adc(j, d, &db, c, "aip", "ain");
    deck_inst(d, &db, e, "e", "BLP=blp BLN=bln AIP=aip AIN=ain DIN=0 PREB=preb SELA=sel SELAB=selb SELB=0 SELBB=vdd WE=0 WEB=vdd", "", NULL);
    double draw = 3e-9, sel = draw + 11e-9, let = sel + CELLS_T_TAKE, clk = let + 2e-9, period = cells_t_clk(GAIN), high = period - CELLS_T_CLK_LOW;
    double end = clk + bits * period, diff = at * char_full(t) / GAIN;
    deck_step(d, "preb", 0, t->vdd, 2e-9, 0);
    deck_step(d, "st", t->vdd, 0, sel - 1e-9, 0);
    deck_step(d, "sel", 0, t->vdd, sel, let);
    deck_step(d, "selb", t->vdd, 0, sel, let);
    for (int i = 0; i < 2; i++) {
        double amp = 1e-12 * (CELLS_V_FALL + (i ? -diff : diff) / 2) / 10e-9;
        deck_put(d, "i%d bl%c 0 pwl(0 0 %.9g 0 %.9g %.9g %.9g %.9g %.9g 0)\n", i, i ? 'n' : 'p', draw, draw + 10e-12, amp, draw + 10e-9, amp, draw + 10e-9 + 10e-12);
    }
    deck_put(d, "vref ref 0 %.9g\nvck ck 0 pulse(0 %.9g %.9g 50p 50p %.9g %.9g)\n", 2 * char_full(t) / GAIN, t->vdd, clk, high, period);
    deck_put(d, ".meas tran lines find par('v(bln)-v(blp)') at=%.9g\n.meas tran taken find par('v(xa.hold)-v(xa.top)') at=%.9g\n", sel - 0.5e-9, clk - 0.1e-9);
    deck_at(d, "hold0", "xa.hold", clk - 0.1e-9);
    deck_at(d, "hold1", "xa.hold", end - 0.1e-9);
    deck_at(d, "top0", "xa.top", clk - 0.1e-9);
    deck_at(d, "top1", "xa.top", end + 0.9e-9);
    deck_at(d, "done", "done", end + 0.9e-9);
    for (int32_t i = 0; i < bits; i++) {
        char m[16], n[16];
        snprintf(m, sizeof m, "q%d", i);
        snprintf(n, sizeof n, "d%d", i);
        deck_at(d, m, n, end + 0.9e-9);
    }
    deck_put(d, ".meas tran qdd integ i(vvdd) from=%.9g to=%.9g\n.meas tran qref integ i(vref) from=%.9g to=%.9g\n", let, end, let, end);
    double clocks[MAX_BITS];
    for (int32_t i = 0; i < bits; i++) clocks[i] = clk + i * period;
    deck_fine(d, clocks, (uint32_t)bits, DECK_DECIDE);
    deck_tran(d, 0.5e-9, end + 1e-9);
    db_free(&db);
    cells_library_free(&lib);
}

void char_make_sar_adc_i(CharJob *j)
{
    load_deck(j);
    char_make_arrays(j);
    for (size_t i = 0; i < COUNTOF(level); i++) conversion_deck(j, level[i]);
}

static int32_t code_of(const CharJob *j, const CharDeck *d)
{
    int32_t code = 0;
    for (int32_t i = 0; i < bits_of(j); i++) code |= (char_getf(d, "q%d", i) > j->t->vdd / 2) << i;
    return code;
}

static void read_conversions(CharJob *j)
{
    const CharDeck *d = &j->decks[DECK_CONVERSION];
    int32_t half = 1 << (bits_of(j) - 1);
    double move[COUNTOF(level)], sum = 0, lsb = lsb_of(j);
    for (size_t i = 0; i < COUNTOF(level); i++) move[i] = char_get(&d[i], "top1") - char_get(&d[i], "top0");
    j->data.gain = (code_of(j, d) - half) * lsb / move[0];
    buf_printf(&j->how, "gain: codes per volt over nominal, from how far a conversion moved the array's top; conversion at gain %d:", GAIN);
    for (size_t i = 0; i < COUNTOF(level); i++) {
        double taken = char_get(&d[i], "taken"), off = (code_of(j, &d[i]) - half + 0.5) * lsb / j->data.gain - taken;
        if (!(char_get(&d[i], "done") > 0.9 * j->t->vdd)) off = NAN;
        sum += off / COUNTOF(level);
        buf_printf(&j->how, "%s lines %.2f mV apart, %.2f taken, code %d, offset %.2f mV", i ? ";" : "", char_get(&d[i], "lines") * 1e3, taken * 1e3,
                   code_of(j, &d[i]), off * 1e3);
    }
    j->data.offset_v = sum;
    j->data.residual_v = fabs(char_get(d, "hold1") - char_get(d, "hold0"));
    j->data.energy_j = -j->t->vdd * char_get(d, "qdd") - 2 * char_full(j->t) / GAIN * char_get(d, "qref");
    buf_str(&j->how, "; offset: to half an LSB; residual: what the conversion did to the side that holds; ");
}

void char_read_sar_adc_i(CharJob *j)
{
    const Tech *t = j->t;
    const CharDeck *l = &j->decks[DECK_LOAD];
    char_read_arrays(j);
    read_conversions(j);
    j->data.leak_w = -char_get(l, "ileak") * t->vdd;
    j->data.c_in = (char_get(l, "qp") + char_get(l, "qn")) / 2 / (2 * CELLS_V_FALL);
    j->data.mismatch = t->cap_mismatch / sqrt(j->v->param[1]);
    if (j->comparator) {
        const double *p = j->comparator->part;
        double ktc = 1.380649e-23 * (273.15 + t->temp_c) / (j->v->param[1] * (1 << bits_of(j)));
        j->data.offset_sigma_v = p[0];
        j->data.noise_v = sqrt(p[1] * p[1] + 2 * ktc);
        j->data.tau4_s = p[2];
        j->data.tau_s = p[3];
        char_read_errors(j);
        buf_printf(&j->how, "comparator with its inputs %.2f V below VDD instead of VCM: %s", CELLS_V_FALL, j->comparator->how.s);
    }
    buf_str(&j->how, "noise: comparator and kT/C of both sides; tau: decision with 0.1 mV at half of the range lower; energy: supply and reference at "
                     "gain 4; leak: START high; c-in: one side; mismatch: law of the technology at one unit");
}
