/*
 * Measurements of the comparator alone: offset by Monte Carlo, noise in the time domain, decision time.
 */
#include "cells/characterize_int.h"

#include <math.h>

enum { COPIES = 20, MC_DECKS = 2, SERVO = 36, NOISE_CYCLES = 150, LEVELS = 3 };
#define SERVO_CLK 2e-9
#define NOISE_CLK 0.8e-9
#define NOISE_STEP 2e-12
/* Overdrives of the noise runs, V: around the expected 0.2 mV. */
static const double overdrive[LEVELS] = {0.15e-3, 0.3e-3, 0.6e-3};

/*
 * Offset: every copy has its own mismatch, and a servo in the deck shifts its differential input against its decisions,
 * with steps that shrink from 40 mV to 0.1 mV, until the decisions alternate: what it then holds is the offset.
 */
static void servo_deck(CharJob *j, uint32_t k)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, 150, "reltol=1e-4", "comparator %s offset %u", j->v->variant, k);
    deck_put(d, "vck ck 0 pulse(0 %.9g 0.5n 30p 30p %.6g %.6g)\n", t->vdd, SERVO_CLK / 2, SERVO_CLK);
    /* Charge per cycle on 1 pF: 40 mV, then 0.85 of it, … */
    deck_put(d, "bs s 0 v=%.9g*exp(-time/%.9g)\n", 0.04 * 1e-12 / SERVO_CLK * 1e6, SERVO_CLK / -log(0.85));
    for (uint32_t i = 0; i < COPIES; i++) {
        CircuitVary vary = {.rng = rng_make(20, k * COPIES + i), .devices = true};
        char name[24], map[96];
        snprintf(name, sizeof name, "comparator%u", i);
        circuit_spice_view(&db, t, c, &(CircuitView){.name = name, .vary = &vary}, &d->text);
        snprintf(map, sizeof map, "IP=ip%u IN=in%u CLK=ck COMP=co%u", i, i, i);
        char inst[16];
        snprintf(inst, sizeof inst, "c%u", i);
        deck_inst(d, &db, c, inst, map, "", name);
        deck_put(d, "bp%u ip%u 0 v=%.9g+v(o%u)/2\nbn%u in%u 0 v=%.9g-v(o%u)/2\n", i, i, t->vcm, i, i, i, t->vcm, i);
        deck_put(d, "co%u o%u 0 1p\nbo%u 0 o%u i=v(s)*1e-6*(v(co%u)>%.6g ? -1 : 1)\n", i, i, i, i, i, t->vdd / 2);
        char m[16], node[16];
        snprintf(m, sizeof m, "off%u", i);
        snprintf(node, sizeof node, "o%u", i);
        deck_at(d, m, node, (SERVO - 1) * SERVO_CLK);
    }
    deck_tran(d, 20e-12, SERVO * SERVO_CLK);
    db_free(&db);
}

static const DbDevice *device(const Db *db, CellId c, const char *name)
{
    const DbCell *cell = &db->cells.v[c.i];
    for (uint32_t i = 0; i < cell->devices.n; i++)
        if (str_eq(db_name(db, cell->devices.v[i].name), name)) return &cell->devices.v[i];
    assert(!"comparator without its devices");
    return NULL;
}

/* One transistor of copy i outside the subcircuit, its drain current sensed, with a noise current beside it. */
static void noisy_device(CharDeck *d, const Db *db, CellId c, const char *name, uint32_t i, const char *drain, const char *gate, const char *source)
{
    const DbDevice *m = device(db, c, name);
    const char *n = name + 4;
    deck_put(d, "x%s%u s%s%u %s %s 0 %s w=%dn l=%dn\n", n, i, n, i, gate, source, db_name(db, m->model), m->w, m->l);
    deck_put(d, "v%s%u %s s%s%u 0\n", n, i, drain, n, i);
    deck_put(d, "vr%s%u r%s%u 0 dc 0 trnoise(1 %.3g 0 0)\n", n, i, n, i, NOISE_STEP);
    /* Shot noise of the drain current, 2qI: equal to channel noise below threshold, above it in strong inversion. */
    deck_put(d, "b%s%u %s %s i=v(r%s%u)*sqrt(%.6g*abs(i(v%s%u)))\n", n, i, drain, source, n, i, 1.602176634e-19 / NOISE_STEP, n, i);
}

static void noise_deck(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    static const char *const ports[] = {"cmp_tail", "cmp_xp", "cmp_xn", "cmp_op", "cmp_on", NULL};
    CharDeck *d = job_deck(j);
    deck_begin(d, t, 200, "reltol=1e-5 vntol=1e-8", "comparator %s noise", j->v->variant);
    circuit_spice_view(&db, t, c, &(CircuitView){.skip = "cmp_mi cmp_ml", .ports = ports}, &d->text);
    deck_put(d, "vck ck 0 pulse(0 %.9g 0.2n 30p 30p %.6g %.6g)\n", t->vdd, NOISE_CLK / 2, NOISE_CLK);
    for (uint32_t i = 0; i < LEVELS; i++) {
        char map[96], extra[96], inst[16], n[5][16];
        static const char *const stem[] = {"tl", "xp", "xn", "op", "on"};
        for (int k = 0; k < 5; k++) snprintf(n[k], sizeof n[k], "%s%u", stem[k], i);
        char ip[16], in[16];
        snprintf(ip, sizeof ip, "ip%u", i);
        snprintf(in, sizeof in, "in%u", i);
        snprintf(inst, sizeof inst, "c%u", i);
        snprintf(map, sizeof map, "IP=%s IN=%s CLK=ck COMP=co%u", ip, in, i);
        snprintf(extra, sizeof extra, "%s %s %s %s %s", n[0], n[1], n[2], n[3], n[4]);
        deck_inst(d, &db, c, inst, map, extra, NULL);
        deck_put(d, "vip%u %s 0 %.9g\nvin%u %s 0 %.9g\n", i, ip, t->vcm + overdrive[i] / 2, i, in, t->vcm - overdrive[i] / 2);
        noisy_device(d, &db, c, "cmp_mip", i, n[1], ip, n[0]);
        noisy_device(d, &db, c, "cmp_min", i, n[2], in, n[0]);
        noisy_device(d, &db, c, "cmp_mln", i, n[4], n[3], n[1]);
        noisy_device(d, &db, c, "cmp_mlp", i, n[3], n[4], n[2]);
        deck_put(d, ".meas tran p%u avg v(co%u) from=%.9g to=%.9g\n", i, i, NOISE_CLK, (NOISE_CYCLES + 1) * NOISE_CLK);
    }
    deck_put(d, ".tran %.6g %.9g 0 %.6g\n.control\nsetseed 11\nrun\n.endc\n.end\n", NOISE_STEP, (NOISE_CYCLES + 1) * NOISE_CLK + 0.1e-9, NOISE_STEP);
    db_free(&db);
}

/* Decision time, CLK to output, with 0.1 mV and 1 mV of overdrive, at mid-range and at the lower end of the range. */
static void decision_deck(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, 60, "reltol=1e-5 vntol=1e-8", "comparator %s decision", j->v->variant);
    cells_spice(&db, t, c, &d->text);
    deck_put(d, "vck ck 0 pulse(0 %.9g 1n 30p 30p 20n 40n)\n", t->vdd);
    for (int i = 0; i < 3; i++) {
        double cm = t->vcm - (i == 0 ? 0 : i == 1 ? char_full(t) / 2 : char_full(t)), v = 0.1e-3;
        deck_put(d, "vip%d ip%d 0 %.9g\nvin%d in%d 0 %.9g\n", i, i, cm + v / 2, i, i, cm - v / 2);
        char map[96], inst[16];
        snprintf(inst, sizeof inst, "c%d", i);
        snprintf(map, sizeof map, "IP=ip%d IN=in%d CLK=ck COMP=co%d", i, i, i);
        deck_inst(d, &db, c, inst, map, "", NULL);
        deck_put(d, ".meas tran t%d when v(co%d)=%.6g rise=1\n", i, i, t->vdd / 2);
    }
    /* Energy of one comparison and its reset, of the first copy's class (all three share the supply). */
    deck_tran(d, 5e-12, 22e-9);
    db_free(&db);
}

void char_make_comparator(CharJob *j)
{
    for (uint32_t k = 0; k < MC_DECKS; k++) servo_deck(j, k);
    noise_deck(j);
    decision_deck(j);
}

/* x with Φ(x) = p, by bisection: a handful of values, no need for speed. */
static double probit(double p)
{
    double lo = -8, hi = 8;
    for (int i = 0; i < 60; i++) {
        double m = (lo + hi) / 2;
        if (0.5 * erfc(-m / sqrt(2)) < p) lo = m;
        else hi = m;
    }
    return (lo + hi) / 2;
}

void char_read_comparator(CharJob *j)
{
    double sum = 0, sq = 0;
    uint32_t n = 0;
    for (uint32_t k = 0; k < MC_DECKS; k++)
        for (uint32_t i = 0; i < COPIES; i++) {
            double o = char_getf(&j->decks[k], "off%u", i);
            sum += o;
            sq += o * o;
            n++;
        }
    double mean = sum / n;
    j->part[0] = sqrt((sq - n * mean * mean) / (n - 1));
    buf_printf(&j->how, "comparator: offset sigma of %u Monte Carlo copies, mean %.2f mV; ", n, mean * 1e3);
    /* Noise from the share of right decisions; runs that were all right or half wrong say little and are left out. */
    const CharDeck *d = &j->decks[MC_DECKS];
    double best = NAN, score = 0;
    for (uint32_t i = 0; i < LEVELS; i++) {
        double p = char_getf(d, "p%u", i) / j->t->vdd;
        buf_printf(&j->how, "%.0f%% right at %.2f mV, ", p * 100, overdrive[i] * 1e3);
        double use = p > 0.55 && p < 0.985 ? p * (1 - p) * probit(p) * probit(p) : 0;
        if (use > score) {
            score = use;
            best = overdrive[i] / probit(p);
        }
    }
    j->part[1] = best;
    buf_printf(&j->how, "transient noise 2qI of the four N devices, %d decisions each; ", NOISE_CYCLES);
    j->part[2] = char_get(&j->decks[MC_DECKS + 1], "t0") - 1e-9;
    j->part[3] = char_get(&j->decks[MC_DECKS + 1], "t2") - 1e-9;
    buf_printf(&j->how, "decision with 0.1 mV: %.2f ns at VCM, %.2f ns at half range, %.2f ns at the lower end; ", j->part[2] * 1e9,
               (char_get(&j->decks[MC_DECKS + 1], "t1") - 1e-9) * 1e9, j->part[3] * 1e9);
}
