/*
 * Measurements of the comparator alone: offset sigma from what each pair's mismatch makes, noise from simulated charges, decision time.
 */
#include "cells/characterize_int.h"

#include <math.h>

#define NOISE_DV 1e-3

/* One edge of the clock, at 1 ns, and how it is looked at: long enough for slow corners, finely enough for a fast latch. */
#define EDGE "vck ck 0 pulse(0 %.9g 1n 30p 30p 20n 40n)\n"
#define EDGE_TRAN ".tran 10p 20n 0 10p\n.control\nrun\n"

/* Of the input pair. */
static double threshold(const Tech *t) { return tech_device(t, "nmos_slvt")->vt + (t->corner ? t->corner->n_dvt : 0); }

static const DbDevice *device(const Db *db, CellId c, const char *name)
{
    const DbCell *cell = &db->cells.v[c.i];
    for (uint32_t i = 0; i < cell->devices.n; i++)
        if (str_eq(db_name(db, cell->devices.v[i].name), name)) return &cell->devices.v[i];
    assert(!"comparator without its devices");
    return NULL;
}

/*
 * Noise from simulated charges. Until the latch's cross-coupled pair conducts (xp or xn has fallen by a threshold) the input
 * devices integrate their currents on xp and xn. By then each has passed a charge Q with the variance q·Q of shot noise
 * (equal to channel noise below threshold, above it in strong inversion), and 1 mV at the input has made a difference D:
 * σ = √(2·q·Q) / (D / 1 mV). What comes later is amplified already and weighs less; it is left out, as is the reset's noise.
 */
static void noise_deck(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    static const char *const ports[] = {"cmp_tail", "cmp_xp", "cmp_xn", NULL};
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-5 vntol=1e-8", "comparator %s noise", j->v->variant);
    circuit_spice_view(&db, t, c, &(CircuitView){.skip = "cmp_mi", .ports = ports}, &d->text);
    deck_put(d, EDGE, t->vdd);
    deck_put(d, "vip ip 0 %.9g\nvin in 0 %.9g\n", t->vcm + NOISE_DV / 2, t->vcm - NOISE_DV / 2);
    deck_inst(d, &db, c, "c", "IP=ip IN=in CLK=ck COMP=co", "tail xp xn", NULL);
    static const char *const pair[][4] = {{"cmp_mip", "xp", "ip", "vp"}, {"cmp_min", "xn", "in", "vn"}};
    for (int i = 0; i < 2; i++) {
        const DbDevice *m = device(&db, c, pair[i][0]);
        deck_put(d, "x%s s%d %s tail 0 %s w=%dn l=%dn\n%s %s s%d 0\n", pair[i][3], i, pair[i][2], db_name(&db, m->model), m->w, m->l, pair[i][3],
                 pair[i][1], i);
    }
    deck_put(d, EDGE_TRAN "meas tran tx when v(xp)=%.6g fall=1\n", t->vdd - threshold(t));
    deck_put(d, "meas tran qp integ i(vp) from=1n to=$&tx\nmeas tran qn integ i(vn) from=1n to=$&tx\n.endc\n.end\n");
    db_free(&db);
}

/* Matched pairs that count at inputs of no resistance: the input pair and the latch's two. Of the resets' mismatch less than 5 % comes to the input. */
static const char *const paired[][2] = {{"cmp_mip", "cmp_min"}, {"cmp_mln", "cmp_mlp"}, {"cmp_mpn", "cmp_mpp"}};
#define SHIFT 1e-3
#define LATCHED 0.1 /* V between the latch's sides: a hundred times the input, and still small */

/*
 * Offset, in one edge of the clock: copies with 1 mV between the thresholds of one pair, beside one with 1 mV between its inputs, half of it on either
 * side, so that all are equally quick. All is small, so when the latch has made 0.1 V of that input, what it made of a pair's difference, over that, is
 * how much of it counts at the input. Deviations of all devices are independent: σ² = Σ over pairs 2·(sensitivity·σ)². Sixteen Monte Carlo copies,
 * whose σ is uncertain by 18 %, agreed within that (n22: 3.1 mV, here 2.8 mV).
 */
static void sensitivity_deck(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    static const char *const ports[] = {"cmp_op", "cmp_on", NULL};
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-5 vntol=1e-8", "comparator %s sensitivity", j->v->variant);
    deck_put(d, EDGE "vip ip 0 %.9g\nvim im 0 %.9g\n", t->vdd, t->vcm + SHIFT / 2, t->vcm - SHIFT / 2);
    for (size_t i = 0; i <= COUNTOF(paired); i++) {
        CircuitVary vary = {.pair = i ? paired[i - 1] : NULL, .shift = SHIFT};
        char name[24], inst[16], map[96], extra[32];
        snprintf(name, sizeof name, "comparator%zu", i);
        circuit_spice_view(&db, t, c, &(CircuitView){.name = name, .ports = ports, .vary = &vary}, &d->text);
        snprintf(inst, sizeof inst, "c%zu", i);
        snprintf(map, sizeof map, "IP=%s IN=%s CLK=ck COMP=co%zu", i ? "vcm" : "ip", i ? "vcm" : "im", i);
        snprintf(extra, sizeof extra, "op%zu on%zu", i, i);
        deck_inst(d, &db, c, inst, map, extra, name);
    }
    deck_put(d, EDGE_TRAN "let d0=v(op0)-v(on0)\nmeas tran tx when d0=%.6g rise=1\n", LATCHED);
    for (size_t i = 1; i <= COUNTOF(paired); i++)
        deck_put(d, "meas tran p%zu find v(op%zu) at=$&tx\nmeas tran n%zu find v(on%zu) at=$&tx\n", i, i, i, i);
    deck_put(d, ".endc\n.end\n");
    db_free(&db);
}

/* NaN if the input made no 0.1 V. */
static double read_sensitivity(const CharJob *j, const CharDeck *d)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    double var = 0;
    for (size_t i = 1; i <= COUNTOF(paired); i++) {
        double share = (char_getf(d, "p%zu", i) - char_getf(d, "n%zu", i)) / LATCHED;
        var += 2 * pow(share * circuit_threshold_sigma(&db, t, device(&db, c, paired[i - 1][0])), 2);
    }
    db_free(&db);
    return sqrt(var);
}

/* Decision time, CLK to the set signal of the latch, with 0.1 mV, at mid-range and at 1/4, 1/2, 3/4 of the range below it. */
static void decision_deck(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-5 vntol=1e-8", "comparator %s decision", j->v->variant);
    cells_spice(&db, t, c, &d->text);
    deck_put(d, "vck ck 0 pulse(0 %.9g 1n 30p 30p 37n 80n)\n", t->vdd);
    for (int i = 0; i < 4; i++) {
        double cm = t->vcm - i * char_full(t) / 4, v = 0.1e-3;
        deck_put(d, "vip%d ip%d 0 %.9g\nvin%d in%d 0 %.9g\n", i, i, cm + v / 2, i, i, cm - v / 2);
        char map[96], inst[16];
        snprintf(inst, sizeof inst, "c%d", i);
        snprintf(map, sizeof map, "IP=ip%d IN=in%d CLK=ck COMP=co%d", i, i, i);
        deck_inst(d, &db, c, inst, map, "", NULL);
        deck_put(d, ".meas tran t%d when v(xc%d.cmp_set)=%.6g rise=1\n", i, i, t->vdd / 2);
    }
    /* Steps as fine as the latch is fast: see deck_fine. */
    deck_put(d, ".tran 10p %s 0 10p\n.end\n", str_eq(j->v->function, "sar_adc_i") ? "6n" : "38n");
    db_free(&db);
}

/* In this order. */
enum { DECISION, NOISE, SENSITIVITY };

void char_make_comparator(CharJob *j)
{
    decision_deck(j);
    noise_deck(j);
    sensitivity_deck(j);
}

/* Input-referred noise [V] of the charges that noise_deck integrates. */
static double noise_of(const CharDeck *d)
{
    double qp = char_get(d, "qp"), qn = char_get(d, "qn");
    return sqrt(1.602176634e-19 * (qp + qn)) / ((qp - qn) / NOISE_DV);
}

/* At a corner, of the comparator's own job: does it still decide in time, and how well? */
void char_read_sar_corner(CharJob *j)
{
    j->data.tau4_s = char_get(&j->decks[DECISION], "t1") - 1e-9;
    j->data.tau_s = char_get(&j->decks[DECISION], "t2") - 1e-9;
    j->part[1] = noise_of(&j->decks[NOISE]);
    j->data.offset_sigma_v = read_sensitivity(j, &j->decks[SENSITIVITY]);
}

void char_read_comparator(CharJob *j)
{
    const CharDeck *d = &j->decks[NOISE];
    j->part[0] = read_sensitivity(j, &j->decks[SENSITIVITY]);
    buf_printf(&j->how, "comparator: offset sigma %.2f mV from the sensitivities of its pairs to their mismatch; ", j->part[0] * 1e3);
    j->part[1] = noise_of(d);
    buf_printf(&j->how, "noise %.0f uV from charges of %.2f and %.2f fC integrated in %.0f ps at 1 mV; ", j->part[1] * 1e6, char_get(d, "qp") * 1e15,
               char_get(d, "qn") * 1e15, (char_get(d, "tx") - 1e-9) * 1e12);
    j->part[2] = char_get(d = &j->decks[DECISION], "t1") - 1e-9;
    j->part[3] = char_get(d, "t2") - 1e-9;
    buf_printf(&j->how, "decision with 0.1 mV: %.2f ns at VCM, %.2f ns at -1/4, %.2f ns at -1/2, %.2f ns at -3/4 of the range; ",
               (char_get(d, "t0") - 1e-9) * 1e9, j->part[2] * 1e9, j->part[3] * 1e9, (char_get(d, "t3") - 1e-9) * 1e9);
}
