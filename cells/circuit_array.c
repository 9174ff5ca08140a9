/*
 * Circuits of the crossbar's array: weight bit, synapse, dummy, block switch.
 *
 * Weight = sign and magnitude: the lower bits of WL write the magnitude (two or three), the last the sign (1: negative). The column moves
 * against the bottom plates when these return to VCM, so a positive weight samples XN and a negative one XP:
 * V(column) = VCM + gain · Σ w·x·step·Cu / ΣC with a plus sign.
 */
#include "cells/circuit_int.h"

void circuit_dummy_bit(Ckt *k, const char *pfx, Node wl, Node bl, Node blb)
{
    char s[CK_NAME];
    ck_mos(k, ck_name(s, "%s_pg", pfx), 'n', k->logic, bl, wl, bl, 1.25 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_pgb", pfx), 'n', k->logic, blb, wl, blb, 1.25 * k->wu, 1);
}

/*
 * Sign multiplexer XP/XN -> XS, then per bit XS or VCM -> bottom plate. In the dummy the stored bits are the rails and
 * the column is held at VCM by a switch that is always on.
 */
void circuit_synapse(Ckt *k, double cu, double w, uint32_t bits, bool dummy)
{
    char s[CK_NAME];
    Node xp = ck_port(k, "XP", 0), xn = ck_port(k, "XN", 0), vcm = ck_port(k, "VCM", 0), col = ck_port(k, "COL", 0);
    Node bl = ck_port(k, "BL", 0), blb = ck_port(k, "BLB", 0), q[4], qb[4];
    assert(bits >= 1 && bits <= 3);
    for (uint32_t i = 0; i <= bits; i++) {
        Node wl = ck_port(k, "WL", i);
        if (dummy) {
            q[i] = k->vss;
            qb[i] = k->vdd;
            circuit_dummy_bit(k, ck_name(s, "bit%u", i), wl, bl, blb);
        } else {
            q[i] = ck_net(k, "q%u", i);
            qb[i] = ck_net(k, "qb%u", i);
            ck_sram(k, ck_name(s, "bit%u", i), wl, bl, blb, q[i], qb[i]);
        }
    }
    Node xs = ck_net(k, "xs");
    ck_tg(k, "neg", k->sw, xp, xs, q[bits], qb[bits], w);
    ck_tg(k, "pos", k->sw, xn, xs, qb[bits], q[bits], w);
    for (uint32_t i = 0; i < bits; i++) {
        Node bot = ck_net(k, "bot%u", i);
        ck_tg(k, ck_name(s, "on%u", i), k->sw, xs, bot, q[i], qb[i], w);
        ck_tg(k, ck_name(s, "off%u", i), k->sw, vcm, bot, qb[i], q[i], w);
        ck_cap(k, ck_name(s, "c%u", i), bot, col, cu * (1 << i));
    }
    if (dummy) ck_tg(k, "tie", k->sw, vcm, col, k->vdd, k->vss, w);
}

void circuit_block_switch(Ckt *k, double w)
{
    Node en = ck_port(k, "EN", 0), enb = ck_port(k, "ENB", 0);
    ck_tg_dummy(k, "join", k->sw, ck_port(k, "COL", 0), ck_port(k, "GCOL", 0), en, enb, w, true);
}

/* Two inverter stages per polarity drive the switch row of up to some hundred columns. Their flavour is that of the switches beside them: above
 * and below stand row drivers, whose uppermost row is of the switches' flavour, too, so that its layer is one area. */
void circuit_block_driver(Ckt *k)
{
    k->logic = k->sw;
    Node in = ck_port(k, "BSEL", 0), en = ck_port(k, "EN", 0), enb = ck_port(k, "ENB", 0);
    Node a = ck_net(k, "selb"), b = ck_net(k, "sel");
    ck_inv(k, "i0", in, a, 2);
    ck_inv(k, "i1", a, b, 4);
    ck_inv(k, "i2", b, enb, 12);
    ck_inv(k, "i3", a, en, 12);
}
