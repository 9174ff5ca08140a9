/*
 * Successive approximation converter: StrongARM comparator, binary capacitor array, transistor-level logic.
 *
 * The array makes the threshold VTOP = VCM + (code - 2^(N-1))/2^N · (VREFP - VREFN); the column only sees the gate of
 * the comparator, so converting does not disturb it. Protocol (cells/timing.h has the times):
 *   START high  VTOP and AIN are tied to VCM (the memory of the last conversion is gone), code = 100…0
 *   START low   with CLK low; the column is selected onto AIN
 *   CLK         N pulses; each rising edge compares, each falling edge keeps or drops the bit and tries the next
 *   DONE high   after the N-th falling edge; D[N-1..0] is the result: largest code whose threshold is below AIN
 */
#include "cells/circuit_int.h"

#define MAX_BITS 16
/*
 * F per m of input width on the comparator's inner nodes: the charge Q integrated there before the latch decides sets the
 * noise, σ² = 2q/(Q·(gm/I)²); the ratio to the width keeps the decision time. A weak tail brings the input pair near weak
 * inversion, where gm/I is largest. Found by simulation in n22, 8 µm, noise and decision with 0.1 mV at VCM:
 *   tail 0.5, 10 fF/µm  332 µV, 0.15 ns     tail 0.1, 10 fF/µm  238 µV, 0.33 ns     tail 0.05, 10 fF/µm  212 µV, 0.51 ns
 *   tail 0.2, 50 fF/µm  127 µV, 0.76 ns     tail 0.1, 50 fF/µm  109 µV, 1.15 ns     tail 0.05, 50 fF/µm   97 µV, 1.86 ns
 */
#define INTEGRATE 50e-9
#define TAIL 0.2
/* Width of the devices that return the comparator's kick, found by simulation on a column of 448 fF, 8 µm: 0.35 leaves
 * -5.0 mV while the clock is high, 0.7 leaves -1.4 mV. */
#define KICK_BACK 0.82

/*
 * StrongARM latch with a latch behind it that keeps the decision while CLK is low. comp = 1: ip above in.
 * Inputs reach from 0.1 V to VDD - 0.1 V, so they are low-Vt; twice the shortest gate for gain and matching.
 * When the latch fires, tail and drains of the input pair fall and draw about 1 fC per µm out of ip and in, which weighs
 * differently on column and array: the devices mkp and mkn, driven by the clock itself, give it back.
 */
void circuit_comparator(Ckt *k, Node ip, Node in, Node clk, Node comp, double w_in)
{
    const char *f = "slvt";
    Node tail = ck_net(k, "cmp_tail"), xp = ck_net(k, "cmp_xp"), xn = ck_net(k, "cmp_xn");
    Node op = ck_net(k, "cmp_op"), on = ck_net(k, "cmp_on"), a = ck_net(k, "cmp_a"), b = ck_net(k, "cmp_b");
    double wl = w_in / 2;
    ck_mos(k, "cmp_mt", 'n', f, tail, clk, k->vss, w_in * TAIL, 1);
    ck_mos(k, "cmp_mip", 'n', f, xp, ip, tail, w_in, 2);
    ck_mos(k, "cmp_min", 'n', f, xn, in, tail, w_in, 2);
    ck_match(k);
    ck_mos(k, "cmp_mkp", 'n', f, clk, ip, clk, w_in * KICK_BACK, 2);
    ck_mos(k, "cmp_mkn", 'n', f, clk, in, clk, w_in * KICK_BACK, 2);
    ck_match(k);
    ck_cap(k, "cmp_cp", xp, k->vss, w_in * INTEGRATE);
    ck_cap(k, "cmp_cn", xn, k->vss, w_in * INTEGRATE);
    ck_mos(k, "cmp_mln", 'n', f, on, op, xp, wl, 2);
    ck_mos(k, "cmp_mlp", 'n', f, op, on, xn, wl, 2);
    ck_match(k);
    ck_mos(k, "cmp_mpn", 'p', f, on, op, k->vdd, wl, 2);
    ck_mos(k, "cmp_mpp", 'p', f, op, on, k->vdd, wl, 2);
    ck_match(k);
    ck_mos(k, "cmp_r0", 'p', k->logic, on, clk, k->vdd, wl / 2, 1);
    ck_mos(k, "cmp_r1", 'p', k->logic, op, clk, k->vdd, wl / 2, 1);
    ck_match(k);
    ck_mos(k, "cmp_r2", 'p', k->logic, xp, clk, k->vdd, wl / 2, 1);
    ck_mos(k, "cmp_r3", 'p', k->logic, xn, clk, k->vdd, wl / 2, 1);
    ck_match(k);
    /* ip higher: xp and on fall first and set the latch; both high keep it. The inverters hide from the comparator
     * what the latch holds: its load must not depend on the last decision. */
    Node set = ck_net(k, "cmp_set"), clr = ck_net(k, "cmp_clr");
    ck_inv(k, "cmp_i0", on, set, 1);
    ck_inv(k, "cmp_i1", op, clr, 1);
    ck_nor(k, "cmp_na", set, b, a, 1);
    ck_nor(k, "cmp_nb", clr, a, b, 1);
    ck_inv(k, "cmp_i2", a, comp, 4);
}

/*
 * Bottom plate switches. Their resistance falls in proportion to the capacitor (equal time constants in all bits) down
 * to the smallest device; refp may lie anywhere up to 0.75 VDD, so it gets a transmission gate.
 */
static void array_switch(Ckt *k, int32_t i, double c, Node bot, Node d, Node refp, Node refn)
{
    char s[CK_NAME];
    /* 2 µm of a low-Vt switch at 22 nm is about 200 ohm: 256 fF settle with 50 ps. */
    double w = c / 256e-15 * 25 * k->wu;
    double size = w / (4 * k->wu) > 1 ? w / (4 * k->wu) : 1;
    Node db = ck_net(k, "swb%d", i), dt = ck_net(k, "swt%d", i);
    ck_tg(k, ck_name(s, "swp%d", i), "slvt", refp, bot, dt, db, w);
    ck_mos(k, ck_name(s, "swn%d", i), 'n', "slvt", bot, db, refn, w, 1);
    ck_inv(k, ck_name(s, "swi%d", i), d, db, size);
    ck_inv(k, ck_name(s, "swj%d", i), db, dt, size);
}

static void array_bit(Ckt *k, int32_t i, double cu, Node top, Node d, Node refp, Node refn)
{
    char s[CK_NAME];
    double c = cu * (double)(1 << i);
    Node bot = ck_net(k, "bot%d", i);
    ck_cap(k, ck_name(s, "cb%d", i), bot, top, c);
    array_switch(k, i, c, bot, d, refp, refn);
}

/* Makes the sum 2^bits units. */
static void array_end(Ckt *k, double cu, Node top, Node refn) { ck_cap(k, "cterm", refn, top, cu); }

void circuit_array(Ckt *k, int32_t bits, double cu, Node top, const Node *d, Node refp, Node refn)
{
    for (int32_t i = 0; i < bits; i++) array_bit(k, i, cu, top, d[i], refp, refn);
    array_end(k, cu, top, refn);
}

/*
 * One-hot sequencer t[N-1] … t[0], DONE; bit i of the code is "being tried or kept": D = t + kept. kept follows the
 * comparator while t[i] is high and keeps what it saw when t[i] falls, which is right after the falling edge of CLK.
 */
typedef struct {
    Node ck, ckb, rst, rstb, comp;
    int32_t bits;
    Node t[MAX_BITS];        /* the sequencer */
} Logic;

static Logic logic_of(Ckt *k, int32_t bits, Node ck, Node ckb, Node rst, Node rstb, Node comp)
{
    Logic l = {.ck = ck, .ckb = ckb, .rst = rst, .rstb = rstb, .comp = comp, .bits = bits};
    for (int32_t i = 0; i < bits; i++) l.t[i] = ck_net(k, "t%d", i);
    return l;
}

static void logic_bit(Ckt *k, const Logic *l, int32_t i)
{
    char s[CK_NAME];
    bool first = i + 1 == l->bits;
    Node t = l->t[i], tb = ck_net(k, "tb%d", i), kept = ck_net(k, "k%d", i), keptb = ck_net(k, "kb%d", i);
    ck_dff(k, ck_name(s, "seq%d", i), first ? k->vss : l->t[i + 1], l->ck, l->ckb, l->rst, l->rstb, first, t);
    ck_inv(k, ck_name(s, "tinv%d", i), t, tb, 1);
    ck_latch(k, ck_name(s, "keep%d", i), l->comp, t, tb, l->rstb, kept, keptb);
    ck_nand(k, ck_name(s, "or%d", i), (Node[]){tb, keptb}, 2, ck_port(k, "D", (uint32_t)i), 2);
}

/* DONE stays: it feeds itself. */
static void logic_end(Ckt *k, const Logic *l)
{
    Node done = ck_port(k, "DONE", 0), q = ck_net(k, "doneq"), nq = ck_net(k, "donen"), any = ck_net(k, "any");
    ck_nor(k, "done_nor", l->t[0], q, nq, 1);
    ck_inv(k, "done_or", nq, any, 1);
    ck_dff(k, "done_ff", any, l->ck, l->ckb, l->rst, l->rstb, false, q);
    Node qb = ck_net(k, "doneqb");
    ck_inv(k, "done_i0", q, qb, 1);
    ck_inv(k, "done_i1", qb, done, 4);
}

void circuit_sar_logic(Ckt *k, int32_t bits, Node ck, Node ckb, Node rst, Node rstb, Node comp)
{
    Logic l = logic_of(k, bits, ck, ckb, rst, rstb, comp);
    for (int32_t i = bits - 1; i >= 0; i--) logic_bit(k, &l, i);
    logic_end(k, &l);
}

static void buffers(Ckt *k, const Logic *l)
{
    ck_inv(k, "st_i0", ck_port(k, "START", 0), l->rstb, 4);
    ck_inv(k, "st_i1", l->rstb, l->rst, 8);
    ck_inv(k, "ck_i0", ck_port(k, "CLK", 0), l->ckb, 8);
    ck_inv(k, "ck_i1", l->ckb, l->ck, 12);
}

/* Array and logic by turns, a bit's switch beside its logic: the cell is drawn in the circuit's order, so that only what all bits share and the
 * results pass other bits; the buffers stand where START and CLK come in, half way down. The references come from below: what charges most stands nearest to
 * them, its share of their trunks' resistance is least. */
static void bits_by_turns(Ckt *k, double cu, Node top, Logic l)
{
    Node refp = ck_port(k, "VREFP", 0), refn = ck_port(k, "VREFN", 0);
    array_end(k, cu, top, refn);
    for (int32_t i = 0; i < l.bits; i++) {
        array_bit(k, i, cu, top, ck_port(k, "D", (uint32_t)i), refp, refn);
        logic_bit(k, &l, i);
        if (i + 1 == l.bits / 2) buffers(k, &l);
    }
    logic_end(k, &l);
}

/*
 * The column reaches the comparator through a select switch; beside it hang the other column's switch and the reset.
 * The array gets the like of all three, so that the comparator's kick meets the same resistance and the same local
 * capacitance on both inputs at any level, and cancels.
 */
static void array_side(Ckt *k, Node top, Node topg, Node vcm, Node rst, Node rstb, double w_select)
{
    ck_tg_dummy(k, "rep", "slvt", top, topg, k->vdd, k->vss, w_select, true);
    ck_tg_dummy(k, "repoff", "slvt", vcm, topg, k->vss, k->vdd, w_select, true);
    ck_tg_dummy(k, "reprst", "slvt", topg, vcm, rst, rstb, 4 * k->wu, false);
}

void circuit_sar_adc(Ckt *k, int32_t bits, double cu, double w_in, double w_select)
{
    assert(bits > 0 && bits <= MAX_BITS);
    Node vcm = ck_port(k, "VCM", 0), ain = ck_net(k, "in"), top = ck_net(k, "top"), topg = ck_net(k, "topg"), comp = ck_net(k, "comp");
    Node rstb = ck_net(k, "startb"), rst = ck_net(k, "startt"), ckb = ck_net(k, "ckb"), ck = ck_net(k, "ck");
    /* The two columns' wires meet here; each keeps its own net, so that both ends of the join can be checked. */
    ck_res(k, "r_a", ck_port(k, "AIN", 0), ain, 5);
    ck_res(k, "r_b", ck_port(k, "AIN", 1), ain, 5);
    /* The reset switches settle the array within 2 ns; the dummies take up their charge. */
    double w_top = 12 * k->wu;
    ck_tg_dummy(k, "rtop", "slvt", top, vcm, rst, rstb, w_top, false);
    ck_tg_dummy(k, "rain", "slvt", ain, vcm, rst, rstb, 4 * k->wu, false);
    array_side(k, top, topg, vcm, rst, rstb, w_select);
    circuit_comparator(k, ain, topg, ck, comp, w_in);
    bits_by_turns(k, cu, top, logic_of(k, bits, ck, ckb, rst, rstb, comp));
}

/*
 * The same converter behind two integrating lines. Both are sampled: the line that falls with a positive sum onto the array's top,
 * which holds it and adds the threshold, the other onto a capacitor of the same size. START precharges both to VDD; the
 * lines are selected while CLK rests and START is low, and taken off again before the first pulse.
 *   D = largest code with (code - 2^(N-1))/2^N · (VREFP - VREFN) below V(AIN) - V(AIP)
 */
void circuit_sar_adc_i(Ckt *k, int32_t bits, double cu, double w_in)
{
    char s[CK_NAME];
    assert(bits > 0 && bits <= MAX_BITS);
    Node side[2] = {ck_net(k, "hold"), ck_net(k, "top")};
    static const char *const port[] = {"AIN", "AIP"};
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t col = 0; col < 2; col++) ck_res(k, ck_name(s, "r_%u%u", i, col), ck_port(k, port[i], col), side[i], 5);
    Node rstb = ck_net(k, "startb"), rst = ck_net(k, "startt"), ckb = ck_net(k, "ckb"), ck = ck_net(k, "ck"), comp = ck_net(k, "comp");
    for (uint32_t i = 0; i < 2; i++) ck_mos(k, ck_name(s, "pre%u", i), 'p', "slvt", side[i], rstb, k->vdd, 12 * k->wu, 1);
    ck_mos(k, "pre_eq", 'p', "slvt", side[0], rstb, side[1], 12 * k->wu, 1);
    ck_cap(k, "c_hold", side[0], k->vss, cu * (double)(1 << bits));
    circuit_comparator(k, side[0], side[1], ck, comp, w_in);
    bits_by_turns(k, cu, side[1], logic_of(k, bits, ck, ckb, rst, rstb, comp));
}
