/*
 * Gates, latches, switches: the parts from which the cells are drawn.
 * P devices are twice as wide as N devices (half the mobility), stacks keep the drive of one device.
 */
#include "cells/circuit_int.h"

void ck_inv(Ckt *k, const char *pfx, Node in, Node out, double size)
{
    char b[CK_NAME];
    ck_mos(k, ck_name(b, "%s_n", pfx), 'n', k->logic, out, in, k->vss, size * k->wu, 1);
    ck_mos(k, ck_name(b, "%s_p", pfx), 'p', k->logic, out, in, k->vdd, 2 * size * k->wu, 1);
}

void ck_diode(Ckt *k, const char *name, Node wire) { ck_mos(k, name, 'n', k->logic, wire, k->vss, k->vss, k->wu, 1); }

void ck_nand(Ckt *k, const char *pfx, const Node *in, uint32_t n, Node out, double size)
{
    char b[CK_NAME];
    Node below = k->vss;
    for (uint32_t i = 0; i < n; i++) {
        Node d = out;
        if (i + 1 < n) d = ck_net(k, "%s_s%u", pfx, i);
        ck_mos(k, ck_name(b, "%s_n%u", pfx, i), 'n', k->logic, d, in[i], below, n * size * k->wu, 1);
        ck_mos(k, ck_name(b, "%s_p%u", pfx, i), 'p', k->logic, out, in[i], k->vdd, 2 * size * k->wu, 1);
        below = d;
    }
}

void ck_nor(Ckt *k, const char *pfx, Node a, Node b, Node out, double size)
{
    char s[CK_NAME];
    Node mid = ck_net(k, "%s_s", pfx);
    ck_mos(k, ck_name(s, "%s_n0", pfx), 'n', k->logic, out, a, k->vss, size * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_n1", pfx), 'n', k->logic, out, b, k->vss, size * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_p0", pfx), 'p', k->logic, mid, a, k->vdd, 4 * size * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_p1", pfx), 'p', k->logic, out, b, mid, 4 * size * k->wu, 1);
}

void ck_tg(Ckt *k, const char *pfx, const char *flavour, Node a, Node b, Node g, Node gb, double w)
{
    char s[CK_NAME];
    ck_mos(k, ck_name(s, "%s_n", pfx), 'n', flavour, a, g, b, w, 1);
    ck_mos(k, ck_name(s, "%s_p", pfx), 'p', flavour, a, gb, b, w, 1);
}

/* Half the channel's charge leaves to each side: a dummy of half the width takes it up again. */
static void dummies(Ckt *k, const char *pfx, char side, const char *flavour, Node x, Node g, Node gb, double w)
{
    char s[CK_NAME];
    ck_mos(k, ck_name(s, "%s_d%cn", pfx, side), 'n', flavour, x, gb, x, w / 2, 1);
    ck_mos(k, ck_name(s, "%s_d%cp", pfx, side), 'p', flavour, x, g, x, w / 2, 1);
}

void ck_tg_dummy(Ckt *k, const char *pfx, const char *flavour, Node a, Node b, Node g, Node gb, double w, bool both)
{
    ck_tg(k, pfx, flavour, a, b, g, gb, w);
    dummies(k, pfx, 'a', flavour, a, g, gb, w);
    if (both) dummies(k, pfx, 'b', flavour, b, g, gb, w);
}

/* Pull-down : access : pull-up = 2 : 1.25 : 1; the access device wins a write, the pull-down a read. */
void ck_sram(Ckt *k, const char *pfx, Node wl, Node bl, Node blb, Node q, Node qb)
{
    char s[CK_NAME];
    const char *f = k->logic;
    ck_mos(k, ck_name(s, "%s_pu", pfx), 'p', f, q, qb, k->vdd, k->wu, 1);
    ck_mos(k, ck_name(s, "%s_pd", pfx), 'n', f, q, qb, k->vss, 2 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_pub", pfx), 'p', f, qb, q, k->vdd, k->wu, 1);
    ck_mos(k, ck_name(s, "%s_pdb", pfx), 'n', f, qb, q, k->vss, 2 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_pg", pfx), 'n', f, bl, wl, q, 1.25 * k->wu, 1);
    ck_mos(k, ck_name(s, "%s_pgb", pfx), 'n', f, blb, wl, qb, 1.25 * k->wu, 1);
}

/* Half of a flip-flop: node a is taken over when g is high, b = not a is kept when g is low.
 * force: 1 holds b high while rstb is low (NAND), 0 holds b low while rst is high (NOR). */
static void half(Ckt *k, const char *pfx, Node d, Node g, Node gb, Node rst, Node rstb, int force, Node b)
{
    char s[CK_NAME];
    Node a = ck_net(k, "%s_a", pfx), f = ck_net(k, "%s_f", pfx);
    ck_tg(k, ck_name(s, "%s_in", pfx), k->logic, d, a, g, gb, k->wu);
    if (force) ck_nand(k, ck_name(s, "%s_g", pfx), (Node[]){a, rstb}, 2, b, 1);
    else ck_nor(k, ck_name(s, "%s_g", pfx), a, rst, b, 1);
    ck_inv(k, ck_name(s, "%s_i", pfx), b, f, 1);
    ck_tg(k, ck_name(s, "%s_fb", pfx), k->logic, f, a, gb, g, k->wu);
}

void ck_latch(Ckt *k, const char *pfx, Node d, Node g, Node gb, Node rstb, Node q, Node qb)
{
    char s[CK_NAME];
    half(k, pfx, d, g, gb, rstb, rstb, 1, qb);
    ck_inv(k, ck_name(s, "%s_q", pfx), qb, q, 1);
}

void ck_dff(Ckt *k, const char *pfx, Node d, Node ck, Node ckb, Node rst, Node rstb, bool set, Node q)
{
    char s[CK_NAME];
    Node m = ck_net(k, "%s_m", pfx);
    half(k, ck_name(s, "%s_ma", pfx), d, ck, ckb, rst, rstb, !set, m);
    half(k, ck_name(s, "%s_sl", pfx), m, ckb, ck, rst, rstb, set, q);
}
