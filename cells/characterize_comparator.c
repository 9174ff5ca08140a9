/*
 * Measurements of the comparator alone: offset by Monte Carlo, noise from simulated charges, decision time.
 */
#include "cells/characterize_int.h"

#include <math.h>

enum { COPIES = 16, MC_DECKS = 1, SERVO = 16 };
#define SERVO_CLK 4e-9
#define NOISE_DV 1e-3

/* The current family's converters have the same comparators at another common mode: their offset, which calibration takes off, is not
 * simulated again but follows from the input pair's law. */
static uint32_t mc_decks(const CharJob *j) { return str_eq(j->v->function, "sar_adc_i") ? 0 : MC_DECKS; }

/*
 * Offset: every copy has its own mismatch, and a servo in the deck shifts its differential input against its decisions,
 * with steps that shrink from 40 mV to 0.06 mV, until the decisions alternate: what it then holds is the offset.
 */
static void servo_deck(CharJob *j, uint32_t k)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "comparator %s offset %u", j->v->variant, k);
    deck_put(d, "vck ck 0 pulse(0 %.9g 0.5n 30p 30p %.6g %.6g)\n", t->vdd, 0.7 * SERVO_CLK, SERVO_CLK);
    /* Charge per cycle on 1 pF: 40 mV, then 0.65 of it, … */
    /* It begins at 0: in the operating point nothing may drive the capacitors. */
    deck_put(d, "bs s 0 v=%.9g*exp(-time/%.9g)*(1-exp(-time/0.2n))\n", 0.04 * 1e-12 / SERVO_CLK * 1e6, SERVO_CLK / -log(0.65));
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
        deck_put(d, "co%u o%u 0 1p\nbo%u 0 o%u i=v(s)*1e-6*(1-v(co%u)*%.6g)\n", i, i, i, i, i, 2 / t->vdd);
        char m[16], node[16];
        snprintf(m, sizeof m, "off%u", i);
        snprintf(node, sizeof node, "o%u", i);
        deck_at(d, m, node, (SERVO - 1) * SERVO_CLK);
    }
    double clocks[SERVO];
    for (int i = 0; i < SERVO; i++) clocks[i] = 0.5e-9 + i * SERVO_CLK;
    deck_fine(d, clocks, SERVO, DECK_DECIDE);
    deck_tran(d, 0.1e-9, SERVO * SERVO_CLK);
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
    deck_put(d, "vck ck 0 pulse(0 %.9g 1n 30p 30p 20n 40n)\n", t->vdd);
    deck_put(d, "vip ip 0 %.9g\nvin in 0 %.9g\n", t->vcm + NOISE_DV / 2, t->vcm - NOISE_DV / 2);
    deck_inst(d, &db, c, "c", "IP=ip IN=in CLK=ck COMP=co", "tail xp xn", NULL);
    static const char *const pair[][4] = {{"cmp_mip", "xp", "ip", "vp"}, {"cmp_min", "xn", "in", "vn"}};
    for (int i = 0; i < 2; i++) {
        const DbDevice *m = device(&db, c, pair[i][0]);
        deck_put(d, "x%s s%d %s tail 0 %s w=%dn l=%dn\n%s %s s%d 0\n", pair[i][3], i, pair[i][2], db_name(&db, m->model), m->w, m->l, pair[i][3],
                 pair[i][1], i);
    }
    deck_put(d, ".tran 1p 3n\n.control\nrun\nmeas tran tx when v(xp)=%.6g fall=1\n", t->vdd - tech_device(t, "nmos_slvt")->vt);
    deck_put(d, "meas tran qp integ i(vp) from=1n to=$&tx\nmeas tran qn integ i(vn) from=1n to=$&tx\n.endc\n.end\n");
    db_free(&db);
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
    deck_put(d, ".tran 10p %s 0 10p\n.end\n", mc_decks(j) ? "38n" : "6n");
    db_free(&db);
}

void char_make_comparator(CharJob *j)
{
    for (uint32_t k = 0; k < mc_decks(j); k++) servo_deck(j, k);
    noise_deck(j);
    decision_deck(j);
}

/* At a corner: does it still decide in time? */
void char_make_sar_corner(CharJob *j)
{
    decision_deck(j);
}

void char_read_sar_corner(CharJob *j)
{
    j->data.tau4_s = char_get(&j->decks[0], "t1") - 1e-9;
    j->data.tau_s = char_get(&j->decks[0], "t2") - 1e-9;
}

static void read_offset(CharJob *j)
{
    const TechDevice *in = tech_device(j->t, "nmos_slvt");
    if (mc_decks(j) == 0) {
        j->part[0] = in->avt / sqrt(j->v->param[2] * 2 * in->l_min * j->t->dbu_m);
        buf_str(&j->how, "offset sigma: threshold law of the input pair; ");
        return;
    }
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
}

void char_read_comparator(CharJob *j)
{
    read_offset(j);
    const CharDeck *d = &j->decks[mc_decks(j)];
    double qp = char_get(d, "qp"), qn = char_get(d, "qn");
    j->part[1] = sqrt(1.602176634e-19 * (qp + qn)) / ((qp - qn) / NOISE_DV);
    buf_printf(&j->how, "noise %.0f uV from charges of %.2f and %.2f fC integrated in %.0f ps at 1 mV; ", j->part[1] * 1e6, qp * 1e15, qn * 1e15,
               (char_get(d, "tx") - 1e-9) * 1e12);
    j->part[2] = char_get(d = &j->decks[mc_decks(j) + 1], "t1") - 1e-9;
    j->part[3] = char_get(d, "t2") - 1e-9;
    buf_printf(&j->how, "decision with 0.1 mV: %.2f ns at VCM, %.2f ns at -1/4, %.2f ns at -1/2, %.2f ns at -3/4 of the range; ",
               (char_get(d, "t0") - 1e-9) * 1e9, j->part[2] * 1e9, j->part[3] * 1e9, (char_get(d, "t3") - 1e-9) * 1e9);
}
