/*
 * Measurements of the converter: a whole conversion, the array with mismatch, the input's load. The comparator's own
 * figures come from its own decks (characterize_comparator.c), once per size.
 */
#include "cells/characterize_int.h"

#include <math.h>

enum { ARRAYS = 3, MAX_BITS = 12 };
#define COLUMN 448e-15

/* Decks of a converter in their order. */
enum { DECK_LOAD, DECK_ARRAY, DECK_CONVERSION = DECK_ARRAY + ARRAYS + 1 };
/* Gain 4 has the smallest LSB: what the comparator does to its inputs shows most. */
#define GAIN 4
static const double level[] = {-0.8, 0, 0.8};

static int32_t bits_of(const CharJob *j)
{
    return (int32_t)j->v->param[0];
}

static void adc_inst(CharDeck *d, const Db *db, CellId c, const char *ain, int32_t bits)
{
    Buf m = {0};
    buf_printf(&m, "AIN[0]=%s DIN[0]=0 DIN[1]=0 VREFP=ref VREFN=0 CLK=ck START=st DONE=done", ain);
    for (int32_t i = 0; i < bits; i++) buf_printf(&m, " D[%d]=d%d", i, i);
    deck_inst(d, db, c, "a", m.s, "", NULL);
    buf_free(&m);
}

/*
 * A conversion with the real timing and a real column end: the column (64 rows) is moved to `at` of the range
 * after its reset, selected, converted. v: the variant, with its wires or bare.
 */
static void conversion_deck(CharJob *j, const CellVariant *v, double at)
{
    const Tech *t = j->t;
    int32_t bits = bits_of(j);
    CellLibrary lib = {0};
    cells_variants(t, &lib);
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "sar_adc", v, bits), e = char_cell(&db, t, "col_end_a", char_variant(&lib, "col_end", "r6_slvt"), 0);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4 vntol=1e-7", "sar_adc %s conversion%s at %g of the range", v->variant, j->v->wires && !v->wires ? " without wires" : "", at);
    cells_spice(&db, t, c, &d->text);
    cells_spice(&db, t, e, &d->text);
    adc_inst(d, &db, c, "ain", bits);
    deck_inst(d, &db, e, "e", "GCOL=col AIN=ain DIN=0 RST=rst RSTB=rstb SELA=sel SELAB=selb SELB=0 SELBB=vdd WE=0 WEB=vdd", "", NULL);
    double sel = 4e-9 + CELLS_T_START, clk = sel + CELLS_T_SELECT, period = cells_t_clk(GAIN), high = period - CELLS_T_CLK_LOW;
    double end = clk + bits * period;
    deck_step(d, "rst", t->vdd, 0, 2e-9, 0);
    deck_step(d, "rstb", 0, t->vdd, 2e-9, 0);
    deck_step(d, "st", t->vdd, 0, sel - 0.2e-9, 0);
    deck_step(d, "sel", 0, t->vdd, sel, 0);
    deck_step(d, "selb", t->vdd, 0, sel, 0);
    deck_step(d, "cp", 0, at * char_full(t) / GAIN, 3e-9, 0);
    deck_put(d, "ccol col cp %.6g\nvref ref 0 %.9g\n", COLUMN, 2 * char_full(t) / GAIN);
    deck_put(d, "vck ck 0 pulse(0 %.9g %.9g 50p 50p %.9g %.9g)\n", t->vdd, clk, high, period);
    deck_at(d, "vain", "ain", clk - 0.1e-9);
    /* What all the comparisons have left on the column. */
    deck_at(d, "vkick", "ain", end - 0.1e-9);
    deck_at(d, "done", "done", end + 0.9e-9);
    deck_at(d, "top", "xa.top", end + 0.9e-9); /* the threshold of the code that was found */
    for (int32_t i = 0; i < bits; i++) {
        char m[16], n[16];
        snprintf(m, sizeof m, "q%d", i);
        snprintf(n, sizeof n, "d%d", i);
        deck_at(d, m, n, end + 0.9e-9);
    }
    deck_put(d, ".meas tran qdd integ i(vvdd) from=%.9g to=%.9g\n.meas tran qref integ i(vref) from=%.9g to=%.9g\n", sel - 0.3e-9, end, sel - 0.3e-9, end);
    double clocks[MAX_BITS];
    for (int32_t i = 0; i < bits; i++) clocks[i] = clk + i * period;
    deck_fine(d, clocks, (uint32_t)bits, DECK_DECIDE);
    deck_tran(d, 0.2e-9, end + 1e-9);
    db_free(&db);
    cells_library_free(&lib);
}

/* Load at AIN while waiting for the clock: the charge of a fast ramp over the range. */
static void load_deck(CharJob *j, const CellVariant *v)
{
    const Tech *t = j->t;
    double fs = char_full(t);
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "sar_adc", v, bits_of(j));
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "sar_adc %s load%s", v->variant, j->v->wires && !v->wires ? " without wires" : "");
    cells_spice(&db, t, c, &d->text);
    adc_inst(d, &db, c, "ain", bits_of(j));
    deck_put(d, "vref ref 0 %.9g\nvck ck 0 0\n", 2 * fs);
    deck_step(d, "st", t->vdd, 0, 1e-9, 0);
    deck_put(d, "vain ain 0 pwl(0 %.9g 2n %.9g 2.1n %.9g 3n %.9g 3.2n %.9g)\n", t->vcm, t->vcm, t->vcm - fs, t->vcm - fs, t->vcm + fs);
    deck_put(d, ".meas tran q integ i(vain) from=2.9n to=3.3n\n.meas tran ileak find i(vvdd) at=0.5n\n");
    deck_tran(d, 50e-12, 3.5e-9);
    db_free(&db);
}

/* The array alone: after its reset one bit after the other is switched on and off; each step is that bit's weight. */
static void array_deck(CharJob *j, uint32_t seed)
{
    const Tech *t = j->t;
    int32_t bits = bits_of(j);
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_array(&db, t, j->v);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-5 vntol=1e-8", "sar_adc %s array %u", j->v->variant, seed);
    CircuitVary vary = {.rng = rng_make(30 + (uint64_t)bits, seed), .caps = true};
    circuit_spice(&db, t, c, seed ? &vary : NULL, &d->text);
    Buf m = {0};
    buf_printf(&m, "TOP=top VREFP=ref VREFN=0");
    for (int32_t i = 0; i < bits; i++) buf_printf(&m, " D[%d]=d%d", i, i);
    deck_inst(d, &db, c, "a", m.s, "", NULL);
    buf_free(&m);
    deck_put(d, "vref ref 0 %.9g\nvrst rst 0 pwl(0 1 1n 1 1.05n 0)\nsr top vcm rst 0 ideal\n.model ideal sw vt=0.5 vh=0.1 ron=100 roff=1e14\n", 2 * char_full(t));
    deck_at(d, "base", "top", 1.9e-9);
    for (int32_t i = 0; i < bits; i++) {
        char n[16], w[16];
        snprintf(n, sizeof n, "d%d", i);
        snprintf(w, sizeof w, "w%d", i);
        deck_step(d, n, 0, t->vdd, (2 + 3 * i) * 1e-9, (4 + 3 * i) * 1e-9);
        deck_at(d, w, "top", (3.9 + 3 * i) * 1e-9);
    }
    deck_tran(d, 0.1e-9, (3 + 3 * bits) * 1e-9);
    db_free(&db);
}

void char_make_arrays(CharJob *j)
{
    for (uint32_t s = 0; s <= ARRAYS; s++) array_deck(j, s);
}

void char_make_sar_adc(CharJob *j)
{
    CellVariant bare = *j->v;
    bare.wires = NULL;
    load_deck(j, j->v);
    char_make_arrays(j);
    for (size_t i = 0; i < COUNTOF(level); i++) conversion_deck(j, j->v, level[i]);
    for (size_t i = 0; i < COUNTOF(level) && j->v->wires; i++) conversion_deck(j, &bare, level[i]);
    if (j->v->wires) load_deck(j, &bare);
}

/* Thresholds of all codes from the weights (the array is linear), against the straight line through their ends. LSB. */
static void linearity(const double *w, int32_t bits, double *inl, double *dnl)
{
    int32_t n = 1 << bits;
    double full = 0;
    for (int32_t i = 0; i < bits; i++) full += w[i];
    double lsb = full / (n - 1), before = 0;
    *inl = *dnl = 0;
    for (int32_t code = 1; code < n; code++) {
        double v = 0;
        for (int32_t i = 0; i < bits; i++) v += code >> i & 1 ? w[i] : 0;
        *inl = fmax(*inl, fabs(v / lsb - code));
        *dnl = fmax(*dnl, fabs((v - before) / lsb - 1));
        before = v;
    }
}

void char_read_arrays(CharJob *j)
{
    int32_t bits = bits_of(j);
    double inl = 0, dnl = 0, inl0 = 0, dnl0 = 0;
    for (uint32_t s = 0; s <= ARRAYS; s++) {
        const CharDeck *d = &j->decks[DECK_ARRAY + s];
        double w[MAX_BITS], a, b, base = char_get(d, "base");
        for (int32_t i = 0; i < bits; i++) w[i] = char_getf(d, "w%d", i) - base;
        linearity(w, bits, s ? &a : &inl0, s ? &b : &dnl0);
        if (s == 0) {
            double full = 0;
            for (int32_t i = 0; i < bits; i++) full += w[i];
            buf_printf(&j->how, "array alone: codes per volt %.4f of nominal; ", 2 * char_full(j->t) * (1 - pow(2, -bits)) / full);
            continue;
        }
        inl += a / ARRAYS;
        dnl += b / ARRAYS;
    }
    j->data.inl_lsb = inl;
    j->data.dnl_lsb = dnl;
    buf_printf(&j->how, "inl, dnl: mean of the largest of %d arrays with capacitor mismatch (nominal %.3f, %.3f), weights from SPICE, codes by addition; ", ARRAYS, inl0, dnl0);
}

/* Error of a conversion in LSB for each gain: quantisation, noise, nonlinearity (its range taken as ±2.5 sigma, and
 * in volts the same at each gain of the reference only in LSB). Offset is not in it: it is calibrated away digitally. */
void char_read_errors(CharJob *j)
{
    int32_t bits = bits_of(j);
    buf_printf(&j->how, "error sigma without offset at gain 1, 2, 4:");
    for (int g = 1; g <= 4; g *= 2) {
        double lsb = 2 * char_full(j->t) / g / (1 << bits), nl = j->data.noise_v / lsb, il = j->data.inl_lsb / 2.5;
        double e = sqrt(1.0 / 12 + nl * nl + il * il);
        buf_printf(&j->how, " %.2f", e);
        if (g == 1) j->data.enob = bits - log2(e * sqrt(12));
    }
    buf_printf(&j->how, " LSB; enob at gain 1; ");
}

static int32_t code_of(const CharJob *j, const CharDeck *d)
{
    int32_t code = 0;
    for (int32_t i = 0; i < bits_of(j); i++) code |= (char_getf(d, "q%d", i) > j->t->vdd / 2) << i;
    return code;
}

/* Codes per volt over nominal: the comparator and the switches at the array's top make its steps smaller. Two thresholds of the
 * converter at work tell. */
static double gain_in_place(const CharJob *j, const CharDeck *a, const CharDeck *b)
{
    double nominal = (code_of(j, b) - code_of(j, a)) * 2 * char_full(j->t) / GAIN / (1 << bits_of(j));
    return nominal / (char_get(b, "top") - char_get(a, "top"));
}

/* Offset of a conversion [V]: its input lies in [threshold, threshold + LSB) of an ideal converter; the distance of the middle, to
 * half an LSB. NaN if it did not finish. */
static double conversion_offset(const CharJob *j, const CharDeck *d)
{
    int32_t bits = bits_of(j);
    if (!(char_get(d, "done") > 0.9 * j->t->vdd)) return NAN;
    double lsb = 2 * char_full(j->t) / GAIN / (1 << bits) / j->data.gain;
    return (code_of(j, d) - (1 << (bits - 1)) + 0.5) * lsb - (char_get(d, "vain") - j->t->vcm);
}

/* What the comparator's kick does to a real conversion shows as an offset; as far as it depends on the level, as gain or curvature. What wires make of gain and
 * offset depends on how each chip's converter is drawn, and is counted from that: here they are those of the bare circuit. */
static void read_conversions(CharJob *j)
{
    const CharDeck *with = &j->decks[DECK_CONVERSION], *mid = with + 1, *d = with + (j->v->wires ? COUNTOF(level) : 0);
    double sum = 0;
    j->data.gain = gain_in_place(j, d, d + COUNTOF(level) - 1);
    if (j->v->wires) buf_printf(&j->how, "but gain and offset, those of the bare circuit; with them %.4f, %.2f mV; ",
                                gain_in_place(j, with, with + COUNTOF(level) - 1), conversion_offset(j, mid) * 1e3);
    buf_printf(&j->how, "gain: codes per volt over nominal, from the thresholds of two conversions; conversions at gain %d:", GAIN);
    j->data.c_ref = 0;
    for (size_t i = 0; i < COUNTOF(level); i++) {
        double off = conversion_offset(j, &d[i]), c_ref = -char_get(&with[i], "qref") / (2 * char_full(j->t) / GAIN);
        sum += off;
        if (isnan(c_ref) || c_ref > j->data.c_ref) j->data.c_ref = c_ref; /* NaN stays */
        buf_printf(&j->how, "%s %.2f mV gives code %d, offset %.2f mV", i ? "," : "", (char_get(&d[i], "vain") - j->t->vcm) * 1e3, code_of(j, &d[i]), off * 1e3);
    }
    j->data.offset_v = sum / COUNTOF(level);
    j->data.residual_v = fabs(char_get(mid, "vkick") - char_get(mid, "vain"));
    buf_printf(&j->how, "; offset: their mean; residual: what the conversion at mid-range left on a %.0f fF column; ", COLUMN * 1e15);
    j->data.energy_j = -j->t->vdd * char_get(mid, "qdd") - 2 * char_full(j->t) / GAIN * char_get(mid, "qref");
}

double char_sar_noise(const Tech *t, const CellVariant *v, double comparator)
{
    double ktc = 1.380649e-23 * (273.15 + t->temp_c) / (v->param[1] * ldexp(1, (int)v->param[0]));
    return sqrt(comparator * comparator + ktc);
}

/* At AIN. */
static double load_of(const CharJob *j, size_t deck) { return -char_get(&j->decks[deck], "q") / (2 * char_full(j->t)); }

void char_read_sar_adc(CharJob *j)
{
    const Tech *t = j->t;
    char_read_arrays(j);
    read_conversions(j);
    j->data.leak_w = -char_get(&j->decks[DECK_LOAD], "ileak") * t->vdd;
    j->data.c_in = load_of(j, DECK_LOAD);
    if (j->v->wires) j->data.c_wires = j->data.c_in - load_of(j, DECK_CONVERSION + 2 * COUNTOF(level)); /* metal: they add up */
    j->data.mismatch = t->cap_mismatch / sqrt(j->v->param[1]);
    if (j->comparator) {
        const double *p = j->comparator->part;
        j->data.offset_sigma_v = p[0];
        j->data.noise_v = char_sar_noise(t, j->v, p[1]);
        j->data.tau4_s = p[2];
        j->data.tau_s = p[3];
        char_read_errors(j);
        buf_str(&j->how, j->comparator->how.s);
    }
    buf_str(&j->how, "noise: comparator and kT/C of the array; tau: decision with 0.1 mV at half of the range below VCM; energy: supply and reference at "
                     "gain 4; c-ref: the most of the conversions; leak: START high; c-in: AIN; mismatch: law of the technology at one unit");
    if (j->v->wires) buf_str(&j->how, "; c-wires: c-in less that of the bare circuit");
}
