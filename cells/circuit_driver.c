/*
 * Circuits at the edge of the array: row driver, column end, ladder with the phase buffers.
 */
#include "cells/circuit_int.h"

/* One-hot of D[2..0], all off while EVAL; on[i] and its complement. */
static void decoder(Ckt *k, Node eval_b, Node *on, Node *onb)
{
    char s[CK_NAME];
    Node d[3], db[3];
    for (uint32_t i = 0; i < 3; i++) {
        d[i] = ck_port(k, "D", i);
        db[i] = ck_net(k, "db%u", i);
        ck_inv(k, ck_name(s, "dinv%u", i), d[i], db[i], 2);
    }
    for (uint32_t i = 0; i < 8; i++) {
        on[i] = ck_net(k, "on%u", i);
        onb[i] = ck_net(k, "onb%u", i);
        Node in[4] = {eval_b, i & 1 ? d[0] : db[0], i & 2 ? d[1] : db[1], i & 4 ? d[2] : db[2]};
        ck_nand(k, ck_name(s, "dec%u", i), in, 4, onb[i], 1);
        ck_inv(k, ck_name(s, "deci%u", i), onb[i], on[i], 2);
    }
}

/*
 * Two 8:1 multiplexers take level 7 + D and 7 - D from the ladder, four switches hand them to XP and XN in the order
 * of the sign, two wider ones return both to VCM in the evaluate phase (there the target is mid-supply, where a
 * transmission gate is weakest).
 */
void circuit_row_driver(Ckt *k, double w)
{
    char s[CK_NAME];
    Node xp = ck_port(k, "XP", 0), xn = ck_port(k, "XN", 0), vcm = ck_port(k, "VCM", 0);
    Node eval = ck_port(k, "EVAL", 0), evalb = ck_port(k, "EVALB", 0), sgn = ck_port(k, "SGN", 0);
    Node on[8], onb[8], mp = ck_net(k, "mp"), mn = ck_net(k, "mn");
    decoder(k, evalb, on, onb);
    for (uint32_t i = 0; i < 8; i++) {
        ck_tg(k, ck_name(s, "muxp%u", i), k->sw, ck_port(k, "L", 7 + i), mp, on[i], onb[i], w);
        ck_tg(k, ck_name(s, "muxn%u", i), k->sw, ck_port(k, "L", 7 - i), mn, on[i], onb[i], w);
    }
    Node sgb = ck_net(k, "sgnb"), sg = ck_net(k, "sgnt");
    ck_inv(k, "sgi0", sgn, sgb, 4);
    ck_inv(k, "sgi1", sgb, sg, 4);
    ck_tg(k, "pp", k->sw, mp, xp, sgb, sg, w);
    ck_tg(k, "nn", k->sw, mn, xn, sgb, sg, w);
    ck_tg(k, "pn", k->sw, mp, xn, sg, sgb, w);
    ck_tg(k, "np", k->sw, mn, xp, sg, sgb, w);
    ck_tg(k, "evp", k->sw, vcm, xp, eval, evalb, 2 * w);
    ck_tg(k, "evn", k->sw, vcm, xn, eval, evalb, 2 * w);
    circuit_word_lines(k);
}

void circuit_word_lines(Ckt *k)
{
    char s[CK_NAME];
    for (uint32_t i = 0; i < 4; i++) {
        Node b = ck_net(k, "wlb%u", i);
        ck_inv(k, ck_name(s, "wla%u", i), ck_port(k, "WLIN", i), b, 2);
        ck_inv(k, ck_name(s, "wlo%u", i), b, ck_port(k, "WL", i), 8);
    }
}

/* Bit line driver: clocked inverter while WE, held high otherwise. in -> out = not in. */
void circuit_write_driver(Ckt *k, const char *pfx, Node in, Node out, Node we, Node web)
{
    char s[CK_NAME];
    Node p = ck_net(k, "%s_sp", pfx), n = ck_net(k, "%s_sn", pfx);
    ck_mos(k, ck_name(s, "%s_p0", pfx), 'p', k->logic, p, in, k->vdd, 16 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_p1", pfx), 'p', k->logic, out, web, p, 16 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_n0", pfx), 'n', k->logic, n, in, k->vss, 16 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_n1", pfx), 'n', k->logic, out, we, n, 16 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_pre", pfx), 'p', k->logic, out, we, k->vdd, 2 * k->wu, 1);
}

/*
 * Reset of the column to VCM with half-size dummies (they take up the charge that the switch sheds), select switch to
 * the converter, bit line drivers. The odd column of a converter is selected by SELB.
 */
void circuit_col_end(Ckt *k, double w_reset, double w_select, bool odd)
{
    Node gcol = ck_port(k, "GCOL", 0), vcm = ck_port(k, "VCM", 0);
    ck_tg_dummy(k, "rst", k->sw, gcol, vcm, ck_port(k, "RST", 0), ck_port(k, "RSTB", 0), w_reset, false);
    ck_tg_dummy(k, "sel", k->sw, gcol, ck_port(k, "AIN", 0), ck_port(k, odd ? "SELB" : "SELA", 0),
                ck_port(k, odd ? "SELBB" : "SELAB", 0), w_select, true);
    Node din = ck_port(k, "DIN", 0), dinb = ck_net(k, "dinb"), dint = ck_net(k, "dint");
    Node we = ck_port(k, "WE", 0), web = ck_port(k, "WEB", 0);
    ck_diode(k, "din_d", din); /* the wire passes the converter below */
    ck_inv(k, "din0", din, dinb, 2);
    ck_inv(k, "din1", dinb, dint, 4);
    circuit_write_driver(k, "bl", dinb, ck_port(k, "BL", 0), we, web);
    circuit_write_driver(k, "blb", dint, ck_port(k, "BLB", 0), we, web);
}

/*
 * Decoupling: so many gates of N devices, l times the shortest, as high as a row allows, and as many of P devices. Each gate hangs on its
 * supply through the other channel, so that none is tied to a wire of the mesh. Plates of metal above.
 */
void circuit_decap(Ckt *k, int32_t gates, int32_t l, double plates)
{
    Node n = ck_net(k, "gate_n"), p = ck_net(k, "gate_p");
    double w = k->t->dbu_m * gates, least = k->wu / k->t->dbu_m;
    ck_mos(k, "dec_n", 'n', k->logic, p, n, k->vss, w * (k->most[0] ? k->most[0] : least), l);
    ck_mos(k, "dec_p", 'p', k->logic, n, p, k->vdd, w * (k->most[1] ? k->most[1] : least), l);
    if (plates > 0) ck_cap(k, "plates", k->vdd, k->vss, plates);
}

void circuit_phase(Ckt *k, const char *in, uint32_t bit, const char *out, const char *outb, double size)
{
    char s[CK_NAME];
    double first = size / 16 > 2 ? size / 16 : 2, middle = size / 4 > 4 ? size / 4 : 4;
    Node a = ck_net(k, "%s_1", out), c = ck_net(k, "%s_2", out), d = ck_net(k, "%s_3", out);
    ck_diode(k, ck_name(s, "%s_d", out), ck_port(k, in, bit)); /* inputs come from the other end of a high cell */
    ck_inv(k, ck_name(s, "%s_i0", out), ck_port(k, in, bit), a, first);
    ck_inv(k, ck_name(s, "%s_i1", out), a, c, first);
    ck_inv(k, ck_name(s, "%s_i2", out), c, d, middle);
    ck_inv(k, ck_name(s, "%s_i3", out), d, ck_port(k, out, 0), size);
    if (!outb) return;
    Node b = ck_net(k, "%s_4", out);
    ck_inv(k, ck_name(s, "%s_i4", out), a, b, middle);
    ck_inv(k, ck_name(s, "%s_i5", out), b, ck_port(k, outb, 0), size);
}

/*
 * One resistor string from VDD to VSS: 15 levels VCM ± k·step and VCM itself in the middle. No amplifier: the levels are
 * exact at rest and settle with (string resistance)/4 times what hangs on them; VCM has a divider of its own of a quarter
 * of the resistance beside it, because the whole array returns its charge there.
 * VREF (0.6 V / ADC gain, from outside) and VSS reach the converters through the resistance of their wiring.
 */
void circuit_ladder(Ckt *k, double r_total)
{
    char s[CK_NAME];
    const Tech *t = k->t;
    double per_volt = r_total / t->vdd;
    Node vcm = ck_port(k, "VCM", 0), below = k->vss;
    double v = 0;
    for (int32_t i = 0; i <= 15; i++) {
        Node here = i == 15 ? k->vdd : i == 7 ? vcm : ck_port(k, "L", (uint32_t)i);
        double at = i == 15 ? t->vdd : t->vcm + (i - 7) * t->ladder_step;
        assert(at > v);
        ck_res(k, ck_name(s, "r%d", i), below, here, (at - v) * per_volt);
        below = here;
        v = at;
    }
    ck_res(k, "r_l7", vcm, ck_port(k, "L", 7), r_total / 100);
    ck_res(k, "r_vcm_lo", k->vss, vcm, t->vcm * per_volt / 4);
    ck_res(k, "r_vcm_hi", vcm, k->vdd, (t->vdd - t->vcm) * per_volt / 4);
    ck_res(k, "r_refp", ck_port(k, "VREF", 0), ck_port(k, "VREFP", 0), 2);
    ck_res(k, "r_refn", k->vss, ck_port(k, "VREFN", 0), 2);
    circuit_phase(k, "EVALIN", 0, "EVAL", "EVALB", 256);
    circuit_phase(k, "RSTIN", 0, "RST", "RSTB", 128);
    circuit_phase(k, "SELIN", 0, "SELA", "SELAB", 32);
    circuit_phase(k, "SELIN", 1, "SELB", "SELBB", 32);
    circuit_phase(k, "WEIN", 0, "WE", "WEB", 64);
    circuit_phase(k, "CLKIN", 0, "CLK", NULL, 64);
    circuit_phase(k, "STARTIN", 0, "START", NULL, 64);
}
