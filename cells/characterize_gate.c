/*
 * The digital side in two figures: a NAND2 that switches, and a flip-flop whose clock runs. The periphery's energy is reckoned in them (gen/digital.h).
 */
#include "cells/characterize_int.h"

#include <math.h>

#include "cells/draw.h"

#define T_HALF 1e-9 /* half a period: every edge has settled long before */
#define T_EDGE 20e-12
#define T_LEAK 2e-6  /* until nothing is left of an edge */

static bool is_flop(const CharJob *j) { return str_eq(j->v->variant, "dff"); }

static void inst(CharDeck *d, const Db *db, CellId c, const char *name, const char *supply, const char *map)
{
    char m[160];
    snprintf(m, sizeof m, "VDD=%s %s", supply, map);
    deck_inst(d, db, c, name, m, "", NULL);
}

static void square(CharDeck *d, const char *node, bool first)
{
    double v = d->t->vdd;
    deck_put(d, "v%s %s 0 pulse(%.9g %.9g %.9g %.9g %.9g %.9g %.9g)\n", node, node, first ? v : 0, first ? 0 : v, T_HALF, T_EDGE, T_EDGE, T_HALF - T_EDGE, 2 * T_HALF);
}

/* At a level for good, after both levels once: the operating point may find a latch balanced, where it takes a hundred times its leakage. What the edges leave takes
 * some ten nanoseconds to go (SKY130), so that this has a deck of its own, in which nothing else moves. */
static void steady(CharDeck *d, const char *node, bool high)
{
    double v = d->t->vdd, now = high ? v : 0;
    deck_put(d, "v%s %s 0 pwl(0 %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g)\n", node, node, now, T_HALF, now, T_HALF + T_EDGE, v - now, 2 * T_HALF, v - now, 2 * T_HALF + T_EDGE, now);
}

/* Second period, so that what the operating point left is over. */
static void charge(CharDeck *d, const char *name, const char *source, double from, double periods)
{
    deck_put(d, ".meas tran %s integ i(%s) from=%.9g to=%.9g\n", name, source, from, from + periods * 2 * T_HALF);
}

/* Driven by another and driving the inputs of two; beside it one in every state. */
static void make_nand(CharJob *j, CharDeck *d, const Db *db, CellId c)
{
    deck_put(d, "vs vs 0 %.9g\nvl vl 0 %.9g\n", j->t->vdd, j->t->vdd);
    square(d, "in", false);
    inst(d, db, c, "drive", "vdd", "A=in B=vdd Y=a");
    inst(d, db, c, "dut", "vs", "A=a B=vdd Y=y");
    inst(d, db, c, "load1", "vdd", "A=y B=0");
    inst(d, db, c, "load2", "vdd", "A=0 B=y");
    static const char *const state[4] = {"A=0 B=0", "A=0 B=vdd", "A=vdd B=0", "A=vdd B=vdd"};
    for (int k = 0; k < 4; k++) {
        char name[8];
        snprintf(name, sizeof name, "l%d", k);
        inst(d, db, c, name, "vl", state[k]);
    }
    charge(d, "q", "vs", 1.5 * T_HALF + 2 * T_HALF, 1);
    charge(d, "qin", "vin", 2.5 * T_HALF, 0.5); /* the rising input of the driver */
    deck_put(d, ".meas tran ileak find i(vl) at=%.9g\n", 5.9 * T_HALF);
}

static void make_flop(CharJob *j, CharDeck *d, const Db *db, CellId c)
{
    deck_put(d, "vs vs 0 %.9g\n", j->t->vdd);
    square(d, "ck", false);
    square(d, "ckb", true);
    bool rst = db_find_net(db, c, "RST").i != NET_NONE.i;
    char map[120];
    snprintf(map, sizeof map, "D=0 CK=ck CKB=ckb RSTB=vdd%s Q=q0", rst ? " RST=0" : "");
    inst(d, db, c, "dut", "vs", map);
    charge(d, "q", "vs", 1.5 * T_HALF + 2 * T_HALF, 1);
    charge(d, "qck", "vck", 2.5 * T_HALF, 0.5);
    charge(d, "qckb", "vckb", 3.5 * T_HALF, 0.5);
}

/* One at each level of the clock. */
static void make_flop_leak(CharJob *j, CharDeck *d, const Db *db, CellId c)
{
    bool rst = db_find_net(db, c, "RST").i != NET_NONE.i;
    char map[120];
    deck_put(d, "vl vl 0 %.9g\n", j->t->vdd);
    for (int k = 0; k < 2; k++) {
        char name[8], at[2][8];
        for (int inv = 0; inv < 2; inv++) {
            snprintf(at[inv], sizeof at[inv], "c%d%s", k, inv ? "b" : "");
            steady(d, at[inv], k != inv);
        }
        snprintf(map, sizeof map, "D=0 CK=%s CKB=%s RSTB=vdd%s Q=ql%d", at[0], at[1], rst ? " RST=0" : "", k);
        snprintf(name, sizeof name, "l%d", k);
        inst(d, db, c, name, "vl", map);
    }
    deck_put(d, ".meas tran ileak find i(vl) at=%.9g\n", 0.99 * T_LEAK);
}

static CharDeck *begin(CharJob *j, Db *db, CellId *c, const char *what)
{
    CharDeck *d = job_deck(j);
    db_init(db, "char", j->t->name, j->t->dbu_m, j->t->grid);
    *c = draw_row_circuit(db, j->t, j->v->variant);
    char_add_wires_all(db, j->t, *c, j->v->wires);
    deck_begin(d, j->t, CHAR_LIMIT, "reltol=1e-4 chgtol=1e-18 abstol=1e-14", "gate %s%s", j->v->variant, what);
    cells_spice(db, j->t, *c, &d->text);
    return d;
}

void char_make_gate(CharJob *j)
{
    Db db;
    CellId c;
    CharDeck *d = begin(j, &db, &c, "");
    if (is_flop(j)) make_flop(j, d, &db, c);
    else make_nand(j, d, &db, c);
    deck_tran(d, T_EDGE, 6 * T_HALF);
    db_free(&db);
    if (!is_flop(j)) return;
    d = begin(j, &db, &c, " leakage");
    make_flop_leak(j, d, &db, c);
    deck_tran(d, T_HALF, T_LEAK);
    db_free(&db);
}

void char_read_gate(CharJob *j)
{
    const CharDeck *d = &j->decks[0];
    double v = j->t->vdd;
    if (is_flop(j)) {
        double pins = -(char_get(d, "qck") + char_get(d, "qckb"));
        j->data.c_in = pins / v;
        j->data.energy_j = v * (pins - char_get(d, "q"));
        j->data.leak_w = -char_get(d + 1, "ileak") * v / 2;
        buf_str(&j->how, "energy: charge that both clock pins take when they rise and that of the supply, over a period of the clock, data still; c-in: both clock pins; leak: mean of both levels of the clock");
    } else {
        j->data.c_in = -char_get(d, "qin") / v;
        j->data.energy_j = -v * char_get(d, "q") / 2;
        j->data.leak_w = -char_get(d, "ileak") * v / 4;
        buf_str(&j->how, "energy: half the supply's charge over both edges of the output, two inputs as load, no wire between cells; c-in: input A at its rising edge; leak: mean over the four states");
    }
}
