/*
 * Measurements of the comparator alone: offset by Monte Carlo, noise from simulated charges, decision time.
 */
#include "cells/characterize_int.h"

#include <math.h>

enum { COPIES = 20, MC_DECKS = 2, SERVO = 36, FRONT_LEVELS = 1, FRONT_CYCLES = 14 };
#define SERVO_CLK 2e-9
#define NOISE_DV 1e-3
#define FRONT_CLK 8e-9

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
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "comparator %s offset %u", j->v->variant, k);
    deck_put(d, "vck ck 0 pulse(0 %.9g 0.5n 30p 30p %.6g %.6g)\n", t->vdd, SERVO_CLK / 2, SERVO_CLK);
    /* Charge per cycle on 1 pF: 40 mV, then 0.85 of it, … */
    /* It begins at 0: in the operating point nothing may drive the capacitors. */
    deck_put(d, "bs s 0 v=%.9g*exp(-time/%.9g)*(1-exp(-time/0.2n))\n", 0.04 * 1e-12 / SERVO_CLK * 1e6, SERVO_CLK / -log(0.85));
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

/* Decision time, CLK to the set signal of the latch, with 0.1 mV, at mid-range and at the lower end of the range. */
static void decision_deck(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_comparator(&db, t, j->v);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-5 vntol=1e-8", "comparator %s decision", j->v->variant);
    cells_spice(&db, t, c, &d->text);
    deck_put(d, "vck ck 0 pulse(0 %.9g 1n 30p 30p 20n 40n)\n", t->vdd);
    for (int i = 0; i < 3; i++) {
        double cm = t->vcm - (i == 0 ? 0 : i == 1 ? char_full(t) / 2 : char_full(t)), v = 0.1e-3;
        deck_put(d, "vip%d ip%d 0 %.9g\nvin%d in%d 0 %.9g\n", i, i, cm + v / 2, i, i, cm - v / 2);
        char map[96], inst[16];
        snprintf(inst, sizeof inst, "c%d", i);
        snprintf(map, sizeof map, "IP=ip%d IN=in%d CLK=ck COMP=co%d", i, i, i);
        deck_inst(d, &db, c, inst, map, "", NULL);
        deck_put(d, ".meas tran t%d when v(xc%d.cmp_set)=%.6g rise=1\n", i, i, t->vdd / 2);
    }
    deck_tran(d, 20e-12, 22e-9);
    db_free(&db);
}

/*
 * Offset of the comparator where it sits: behind select switch and column end on one side, array switch on the other, both
 * capacitors floating after their reset and moved to a level of the range. The servo moves the array's bottom plate until
 * the decisions alternate; the difference of column and array before the last clocks is the offset at that level, with
 * everything that the comparator's kick does.
 */
static void front_deck(CharJob *j, int level)
{
    const Tech *t = j->t;
    CellLibrary lib = {0};
    cells_variants(t, &lib);
    Db db;
    db_init(&db, "char", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "sar_adc", j->v, (int32_t)j->v->param[0]);
    const CellVariant *ev = char_variant(&lib, "col_end", "r6_slvt");
    CellId e = char_cell(&db, t, "col_end_a", ev, 0);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-3 vntol=1e-7", "comparator %s in place, level %d", j->v->variant, level);
    static const char *const ports[] = {"top", "comp", NULL};
    circuit_spice_view(&db, t, c, &(CircuitView){.name = "front", .skip = "seq tinv keep or done cb cterm sw", .ports = ports}, &d->text);
    cells_spice(&db, t, e, &d->text);
    deck_inst(d, &db, c, "a", "AIN[0]=a0 AIN[1]=a1 CLK=ck START=st VREFP=0 VREFN=0", "top comp", "front");
    const char *off = "DIN=0 SELB=0 SELBB=vdd WE=0 WEB=vdd RST=rst RSTB=rstb";
    char map[160];
    snprintf(map, sizeof map, "%s GCOL=g0 AIN=a0 SELA=sel SELAB=selb", off);
    deck_inst(d, &db, e, "e0", map, "", NULL);
    snprintf(map, sizeof map, "%s GCOL=g1 AIN=a1 SELA=0 SELAB=vdd", off);
    deck_inst(d, &db, e, "e1", map, "", NULL);
    double v = char_full(t) * level / 2;
    deck_step(d, "rst", t->vdd, 0, 1.5e-9, 0);
    deck_step(d, "rstb", 0, t->vdd, 1.5e-9, 0);
    deck_step(d, "st", t->vdd, 0, 2e-9, 0);
    deck_step(d, "sel", 0, t->vdd, 2.5e-9, 0);
    deck_step(d, "selb", t->vdd, 0, 2.5e-9, 0);
    deck_step(d, "b", 0, v, 3e-9, 0);
    deck_put(d, "cg0 g0 b 448f\ncg1 g1 0 448f\nbt bt 0 v=v(b)+v(o)\nct top bt %.6g\n", j->v->param[1] * (1 << (int32_t)j->v->param[0]));
    double t0 = 5e-9;
    deck_put(d, "vck ck 0 pulse(0 %.9g %.9g 30p 30p %.6g %.6g)\n", t->vdd, t0, 0.75 * FRONT_CLK, FRONT_CLK);
    deck_put(d, "co o 0 1p\nbs s 0 v=time<%.9g ? 0 : %.9g*exp(-(time-%.9g)/%.9g)\n", t0, 0.02 * 1e-12 / FRONT_CLK * 1e6, t0, FRONT_CLK / -log(0.65));
    deck_put(d, "bo 0 o i=v(s)*1e-6*(v(comp)*%.6g-1)\n", 2 / t->vdd);
    /* Corners of this source make the simulator step finely through each decision: where the latch is balanced, its
     * integration formula would otherwise decide. */
    deck_put(d, "vfine fine 0 pwl(0 0");
    for (int i = 0; i < FRONT_CYCLES; i++)
        for (int k = 0; k < 40; k++) deck_put(d, "%s%.6g %d", k % 10 ? " " : "\n+ ", t0 + i * FRONT_CLK + k * 10e-12, k & 1);
    deck_put(d, ")\n");
    for (int i = 0; i < 4; i++) {
        double at = t0 + (FRONT_CYCLES - 1 - i) * FRONT_CLK - 0.1e-9;
        deck_put(d, ".meas tran a%d find v(a0) at=%.9g\n.meas tran t%d find v(top) at=%.9g\n", i, at, i, at);
    }
    deck_tran(d, 0.2e-9, t0 + (FRONT_CYCLES - 1) * FRONT_CLK);
    db_free(&db);
    cells_library_free(&lib);
}

void char_make_comparator(CharJob *j)
{
    for (uint32_t k = 0; k < MC_DECKS; k++) servo_deck(j, k);
    noise_deck(j);
    decision_deck(j);
    for (int level = -FRONT_LEVELS; level <= FRONT_LEVELS; level++) front_deck(j, level);
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
    const CharDeck *d = &j->decks[MC_DECKS];
    double qp = char_get(d, "qp"), qn = char_get(d, "qn");
    j->part[1] = sqrt(1.602176634e-19 * (qp + qn)) / ((qp - qn) / NOISE_DV);
    buf_printf(&j->how, "noise %.0f uV from charges of %.2f and %.2f fC integrated in %.0f ps at 1 mV; ", j->part[1] * 1e6, qp * 1e15, qn * 1e15,
               (char_get(d, "tx") - 1e-9) * 1e12);
    j->part[2] = char_get(&j->decks[MC_DECKS + 1], "t0") - 1e-9;
    j->part[3] = char_get(&j->decks[MC_DECKS + 1], "t2") - 1e-9;
    buf_printf(&j->how, "decision with 0.1 mV: %.2f ns at VCM, %.2f ns at half range, %.2f ns at the lower end; ", j->part[2] * 1e9,
               (char_get(&j->decks[MC_DECKS + 1], "t1") - 1e-9) * 1e9, j->part[3] * 1e9);
}
