/*
 * Circuits of the current family: synapse, pulse driver and its windows, column end, bias. The converter is in circuit_sar.c.
 *
 * A column is a pair of lines, precharged to VDD. A weight bit b is 2^b unit sources (source device on VB, cascode on VC) behind a
 * switch; while a row's pulse is high they draw from one line:
 *   V(BLN) - V(BLP) = Σ w·x · I·T / C        I unit current, T pulse of one step, C capacitance of a line
 * Row wires: PP is high for a positive input's time, PN for a negative one's; the stored sign decides which line that is.
 *
 * What a pulse draws to fill the nodes that the sources have emptied since the last one is the same for all pulses of a synapse. So
 * every row whose input is not 0 fires twice: first its other wire for one step, then its own for |x| + 1 steps, and
 * the difference of the lines is w·x without that charge. Simulated in n22, 200 nA, 7 units: 81 ps of a pulse without, 1 ps with.
 */
#include "cells/circuit_int.h"

#include <math.h>

/* Gate area of a source, in squares of the shortest gate, per unit capacitor of decoupling on VB (half of that on VC) in its synapse:
 * sources that switch shift VB through their own gates. With this, the current is 8 % high (n22) while all synapses of a bias fire at
 * once, and high by as much less as fewer do. */
#define DECOUPLED 25
/* Where gates hold it (<pulses decoupling="gates">): area of theirs on VB over that of the sources, half of that on VC (SKY130, 1 uA: 16 % high), and their
 * length at most, in shortest gates: a channel of that length fills within a fifth of a nanosecond. */
#define GATES_DECOUPLED 5
#define GATES_LONG 20

double circuit_gate(const Tech *t) { return tech_device(t, "nmos_rvt")->l_min * t->dbu_m; }

/* A unit source: current by vb, cascode by vc, from the node above. */
static void unit(Ckt *k, const char *pfx, Node above, Node vb, Node vc, double w, double l)
{
    char s[CK_NAME];
    Node mid = ck_net(k, "%s_m", pfx);
    ck_mos(k, ck_name(s, "%s_src", pfx), 'n', "rvt", mid, vb, k->vss, w, (int32_t)lround(l / circuit_gate(k->t)));
    ck_mos(k, ck_name(s, "%s_cas", pfx), 'n', "rvt", above, vc, mid, w, 2);
}

/* Gates of that area in all, each over its own grounded channel: as high as a row holds, alike, and no longer than they may be. */
static void gates(Ckt *k, const char *pfx, Node on, double area)
{
    char s[CK_NAME];
    double g = circuit_gate(k->t), w = k->most[0] > 0 ? k->most[0] * k->t->dbu_m : k->wu, all = area / (w * g);
    int32_t n = (int32_t)ceil(all / GATES_LONG - 1e-9), l = (int32_t)ceil(all / n - 1e-9);
    for (int32_t i = 0; i < n; i++) ck_mos(k, ck_name(s, "%s%d", pfx, i), 'n', "rvt", k->vss, on, k->vss, w, l);
}

/* What holds VB and VC beside all the units' sources. */
static void decouple(Ckt *k, Node vb, Node vc, uint32_t units, double w, double l)
{
    double g = circuit_gate(k->t), c = k->t->cunit * units * w * l / (DECOUPLED * g * g);
    if (k->t->gates_decouple) {
        gates(k, "cvb", vb, GATES_DECOUPLED * units * w * l);
        gates(k, "cvc", vc, GATES_DECOUPLED * units * w * l / 2);
    } else {
        ck_cap(k, "cvb", vb, k->vss, c);
        ck_cap(k, "cvc", vc, k->vss, c / 2);
    }
}

/*
 * The input devices stop the leakage of the whole synapse, those of the bits that of sources which are switched off, so they are regular
 * ones; those of the sign, above them, are the variant's.
 * In the dummy all bits are 0 by construction: what the rows' edges couple into a column without a weight.
 */
static void synapse(Ckt *k, const CellVariant *v, bool dummy)
{
    char s[CK_NAME];
    double w = v->param[1], l = v->param[2];
    uint32_t bits = (uint32_t)lrint(v->param[3]);
    Node vb = ck_port(k, "VB", 0), vc = ck_port(k, "VC", 0), sum = ck_net(k, "sum"), q[4], qb[4];
    Node line[2] = {ck_port(k, "BLP", 0), ck_port(k, "BLN", 0)}, in[2] = {ck_port(k, "PP", 0), ck_port(k, "PN", 0)};
    assert(bits >= 1 && bits <= 3);
    for (uint32_t i = 0; i <= bits; i++) {
        Node wl = ck_port(k, "WL", i), bl = ck_port(k, "BL", 0), blb = ck_port(k, "BLB", 0);
        q[i] = dummy ? k->vss : ck_net(k, "q%u", i);
        qb[i] = dummy ? k->vdd : ck_net(k, "qb%u", i);
        if (dummy) circuit_dummy_bit(k, ck_name(s, "bit%u", i), wl, bl, blb);
        else ck_sram(k, ck_name(s, "bit%u", i), wl, bl, blb, q[i], qb[i]);
    }
    for (uint32_t i = 0; i < bits; i++) {
        Node on = ck_net(k, "on%u", i);
        ck_mos(k, ck_name(s, "sw%u", i), 'n', "rvt", sum, q[i], on, k->wu * (i > 1 ? 2 : 1), 1);
        for (uint32_t n = 0; n < 1u << i; n++) unit(k, ck_name(s, "u%u_%u", i, n), on, vb, vc, w, l);
    }
    /* Sign bit 1: negative weight. */
    for (uint32_t i = 0; i < 2; i++) {
        Node a = ck_net(k, "in%u", i);
        ck_mos(k, ck_name(s, "in%u", i), 'n', "rvt", a, in[i], sum, 2 * k->wu, 1);
        ck_mos(k, ck_name(s, "pos%u", i), 'n', k->sw, line[i], qb[bits], a, 2 * k->wu, 1);
        ck_mos(k, ck_name(s, "neg%u", i), 'n', k->sw, line[1 - i], q[bits], a, 2 * k->wu, 1);
    }
    decouple(k, vb, vc, (1u << bits) - 1, w, l);
}

/* 8 to 1 by three levels of transmission gates: first and last edge of a window pass the same way. */
static Node choose(Ckt *k, const Node *leaf, const Node *d, const Node *db)
{
    char s[CK_NAME];
    Node at[8];
    memcpy(at, leaf, sizeof at);
    for (uint32_t level = 0, n = 4; level < 3; level++, n /= 2)
        for (uint32_t i = 0; i < n; i++) {
            Node out = ck_net(k, "mux%u_%u", level, i);
            ck_tg(k, ck_name(s, "mux%u_%ua", level, i), k->sw, at[2 * i], out, db[level], d[level], k->wu);
            ck_tg(k, ck_name(s, "mux%u_%ub", level, i), k->sw, at[2 * i + 1], out, d[level], db[level], k->wu);
            at[i] = out;
        }
    return at[0];
}

/*
 * WIN[0] is the window of the first firing, one step; WIN[k] that of input k in the second, k + 1 steps. The row passes the
 * one of its input to the wire of its sign and the first to the other; input 0 fires neither.
 */
static void pulse_driver(Ckt *k, double drive)
{
    char s[CK_NAME];
    Node d[3], db[3], leaf[8] = {k->vss};
    for (uint32_t i = 0; i < 3; i++) {
        db[i] = ck_net(k, "db%u", i);
        d[i] = ck_net(k, "dt%u", i);
        ck_inv(k, ck_name(s, "dinv%u", i), ck_port(k, "D", i), db[i], 2);
        ck_inv(k, ck_name(s, "dbuf%u", i), db[i], d[i], 2);
    }
    for (uint32_t i = 1; i < 8; i++) leaf[i] = ck_port(k, "WIN", i);
    Node own = choose(k, leaf, d, db), ownb = ck_net(k, "ownb"), ownt = ck_net(k, "ownt");
    Node any = ck_net(k, "any"), otherb = ck_net(k, "otherb"), othert = ck_net(k, "othert");
    ck_inv(k, "own0", own, ownb, 1);
    ck_inv(k, "own1", ownb, ownt, 2);
    ck_nand(k, "any", db, 3, any, 1);
    ck_nand(k, "other0", (Node[]){ck_port(k, "WIN", 0), any}, 2, otherb, 1);
    ck_inv(k, "other1", otherb, othert, 2);
    Node sgb = ck_net(k, "sgnb"), sg = ck_net(k, "sgnt");
    ck_inv(k, "sgi0", ck_port(k, "SGN", 0), sgb, 2);
    ck_inv(k, "sgi1", sgb, sg, 2);
    static const char *const wire[] = {"PP", "PN"};
    for (uint32_t i = 0; i < 2; i++) {
        Node pick = ck_net(k, "pick%u", i), low = ck_net(k, "low%u", i);
        ck_tg(k, ck_name(s, "own_%u", i), k->sw, ownt, pick, i ? sg : sgb, i ? sgb : sg, 2 * k->wu);
        ck_tg(k, ck_name(s, "other_%u", i), k->sw, othert, pick, i ? sgb : sg, i ? sg : sgb, 2 * k->wu);
        ck_inv(k, ck_name(s, "out%u_0", i), pick, low, drive / 3);
        ck_inv(k, ck_name(s, "out%u_1", i), low, ck_port(k, wire[i], 0), drive);
    }
    circuit_word_lines(k);
}

/*
 * The shared windows. After PRST falls, the first falling edge of PCLK opens them all, each further one closes the next; MAIN low
 * lets the first out alone, MAIN high the others.
 */
static void pulse_gen(Ckt *k, double drive)
{
    char s[CK_NAME];
    Node rstb = ck_net(k, "rstb"), rst = ck_net(k, "rst"), ckb = ck_net(k, "ckb"), ck = ck_net(k, "ck");
    ck_inv(k, "rst0", ck_port(k, "PRST", 0), rstb, 4);
    ck_inv(k, "rst1", rstb, rst, 8);
    ck_inv(k, "ck0", ck_port(k, "PCLK", 0), ckb, 8);
    ck_inv(k, "ck1", ckb, ck, 12);
    Node mainb = ck_net(k, "mainb"), maint = ck_net(k, "maint");
    ck_inv(k, "main0", ck_port(k, "MAIN", 0), mainb, 2);
    ck_inv(k, "main1", mainb, maint, 4);
    Node g = ck_net(k, "open"), before = ck_net(k, "openb"), gd = ck_net(k, "opent");
    ck_dff(k, "go", k->vdd, ck, ckb, rst, rstb, false, g);
    ck_inv(k, "go0", g, before, 4);
    ck_inv(k, "go1", before, gd, 8);
    for (uint32_t i = 0; i < 8; i++) {
        Node t = ck_net(k, "t%u", i), td = ck_net(k, "td%u", i), tb = ck_net(k, "tdb%u", i), out[4];
        ck_dff(k, ck_name(s, "ff%u", i), before, ck, ckb, rst, rstb, true, t);
        /* As many stages behind a closing flip-flop as behind the opening one. */
        ck_inv(k, ck_name(s, "ff%u_0", i), t, tb, 1);
        ck_inv(k, ck_name(s, "ff%u_1", i), tb, td, 2);
        for (uint32_t n = 0; n < 3; n++) out[n] = ck_net(k, "w%u_%u", i, n);
        ck_nand(k, ck_name(s, "w%u", i), (Node[]){gd, td, i ? maint : mainb}, 3, out[0], 1);
        ck_inv(k, ck_name(s, "w%u_i0", i), out[0], out[1], 2);
        ck_inv(k, ck_name(s, "w%u_i1", i), out[1], out[2], drive / 3);
        ck_inv(k, ck_name(s, "w%u_i2", i), out[2], ck_port(k, "WIN", i), drive);
        before = t;
    }
}

/* Precharge with an equaliser, integrating capacitors, select switches to the converter, bit line drivers. The odd column of a converter is
 * selected by SELB. */
#define HIGH_LINE 1.5e-12 /* F: with more, wires of controls through the cell are antennas of its gates, and end on junctions */

static void col_end(Ckt *k, double c, double w_pre, double w_select, bool odd)
{
    char s[CK_NAME];
    Node line[2] = {ck_port(k, "BLP", 0), ck_port(k, "BLN", 0)}, preb = ck_port(k, "PREB", 0);
    static const char *const to[] = {"AIP", "AIN"};
    for (uint32_t i = 0; i < 2; i++) {
        ck_mos(k, ck_name(s, "pre%u", i), 'p', k->sw, line[i], preb, k->vdd, w_pre, 1);
        ck_cap(k, ck_name(s, "cint%u", i), line[i], k->vss, c);
        ck_tg_dummy(k, ck_name(s, "sel%u", i), k->sw, line[i], ck_port(k, to[i], 0), ck_port(k, odd ? "SELB" : "SELA", 0),
                    ck_port(k, odd ? "SELBB" : "SELAB", 0), w_select, true);
    }
    ck_mos(k, "pre_eq", 'p', k->sw, line[0], preb, line[1], w_pre, 1);
    Node din = ck_port(k, "DIN", 0), dinb = ck_net(k, "dinb"), dint = ck_net(k, "dint"), we = ck_port(k, "WE", 0), web = ck_port(k, "WEB", 0);
    ck_diode(k, "din_d", din); /* the wire passes the converter below */
    for (uint32_t i = 0; i < 2 && c > HIGH_LINE; i++) {
        ck_diode(k, ck_name(s, "we%u_d", i), i ? web : we);
        ck_diode(k, ck_name(s, "sel%u_d", i), ck_port(k, i ? odd ? "SELBB" : "SELAB" : odd ? "SELB" : "SELA", 0));
    }
    ck_inv(k, "din0", din, dinb, 2);
    ck_inv(k, "din1", dinb, dint, 4);
    circuit_write_driver(k, "bl", dinb, ck_port(k, "BL", 0), we, web);
    circuit_write_driver(k, "blb", dint, ck_port(k, "BLB", 0), we, web);
    /* A high cell's gates stand far from the pins. */
    const Node in[] = {preb, we, web, ck_port(k, odd ? "SELB" : "SELA", 0), ck_port(k, odd ? "SELBB" : "SELAB", 0)};
    for (uint32_t i = 0; i < COUNTOF(in); i++) ck_diode(k, ck_name(s, "in_d%u", i), in[i]);
}

/*
 * Replica bias. A current of m units drawn out of IREF is mirrored twice: into m units whose source gates hang on their own cascodes'
 * drain, which makes VB, and into m diodes of eight times the source's length, whose gate voltage leaves a source some
 * 0.12 V below its cascode: VC.
 */
static void bias(Ckt *k, int32_t m, double w, double l)
{
    char s[CK_NAME];
    Node iref = ck_port(k, "IREF", 0), vb = ck_port(k, "VB", 0), vc = ck_port(k, "VC", 0);
    int32_t gates = (int32_t)lround(l / circuit_gate(k->t));
    ck_mos(k, "mir_in", 'p', "rvt", iref, iref, k->vdd, 2 * m * w, 2 * gates);
    ck_mos(k, "mir_b", 'p', "rvt", vb, iref, k->vdd, 2 * m * w, 2 * gates);
    ck_mos(k, "mir_c", 'p', "rvt", vc, iref, k->vdd, 2 * m * w, 2 * gates);
    for (int32_t i = 0; i < m; i++) {
        unit(k, ck_name(s, "rep%d", i), vb, vb, vc, w, l);
        ck_mos(k, ck_name(s, "dio%d", i), 'n', "rvt", vc, vc, k->vss, w, 8 * gates);
    }
}

/*
 * The foot of the driver column: windows, bias, and the phases of column ends and converters (true and complement). VREF (from outside) and
 * VSS reach the converters through the resistance of their wiring.
 */
static void base(Ckt *k, const CellVariant *v)
{
    static const char *const in[] = {"PCLK", "PRST", "MAIN"};
    char s[CK_NAME];
    pulse_gen(k, v->param[0]);
    for (size_t i = 0; i < COUNTOF(in); i++) ck_diode(k, ck_name(s, "%s_d", in[i]), ck_port(k, in[i], 0)); /* windows stand high above the pins */
    bias(k, (int32_t)lrint(v->param[1]), v->param[2], v->param[3]);
    ck_res(k, "r_refp", ck_port(k, "VREF", 0), ck_port(k, "VREFP", 0), 2);
    ck_res(k, "r_refn", k->vss, ck_port(k, "VREFN", 0), 2);
    circuit_phase(k, "PREBIN", 0, "PREB", NULL, 128);
    circuit_phase(k, "SELIN", 0, "SELA", "SELAB", 32);
    circuit_phase(k, "SELIN", 1, "SELB", "SELBB", 32);
    circuit_phase(k, "WEIN", 0, "WE", "WEB", 64);
    circuit_phase(k, "CLKIN", 0, "CLK", NULL, 64);
    circuit_phase(k, "STARTIN", 0, "START", NULL, 64);
}

bool circuit_current(Ckt *k, const char *function, const CellVariant *v, int32_t n)
{
    if (str_eq(function, "synapse_i") || str_eq(function, "dummy_i")) synapse(k, v, str_eq(function, "dummy_i"));
    else if (str_eq(function, "pulse_driver")) pulse_driver(k, v->param[0]);
    else if (str_eq(function, "pulse_gen")) pulse_gen(k, v->param[0]);
    else if (str_starts(function, "col_end_i")) col_end(k, v->param[0], v->param[1], v->param[2], str_eq(function, "col_end_ib"));
    else if (str_eq(function, "sar_adc_i")) circuit_sar_adc_i(k, n > 0 ? n : (int32_t)v->param[0], v->param[1], v->param[2]);
    else if (str_eq(function, "base_i")) base(k, v);
    else if (str_eq(function, "bias_i")) bias(k, (int32_t)lrint(v->param[0]), v->param[1], v->param[2]);
    else return false;
    return true;
}
