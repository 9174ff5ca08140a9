/*
 * Row cells: the gates of which the larger cells are made, each with ports of its own.
 */
#include "cells/circuit_int.h"
#include "cells/draw.h"

typedef struct {
    const char *name, *ports; /* inputs, then outputs, then both ways: "A B>Y<" */
    void (*circuit)(Ckt *k);
} RowCell;

static Node port(const Ckt *k, const char *name) { return ck_port(k, name, 0); }

static void make_inv(Ckt *k) { ck_inv(k, "i", port(k, "A"), port(k, "Y"), 1); }
static void make_inv4(Ckt *k) { ck_inv(k, "i", port(k, "A"), port(k, "Y"), 4); }
static void make_buf(Ckt *k)
{
    Node a = ck_net(k, "a");
    ck_inv(k, "i", port(k, "A"), a, 1);
    ck_inv(k, "o", a, port(k, "Y"), 2);
}
static void make_nand2(Ckt *k) { ck_nand(k, "g", (Node[]){port(k, "A"), port(k, "B")}, 2, port(k, "Y"), 1); }
static void make_nand3(Ckt *k) { ck_nand(k, "g", (Node[]){port(k, "A"), port(k, "B"), port(k, "C")}, 3, port(k, "Y"), 1); }
static void make_nor2(Ckt *k) { ck_nor(k, "g", port(k, "A"), port(k, "B"), port(k, "Y"), 1); }
static void make_tg(Ckt *k) { ck_tg(k, "t", k->sw, port(k, "A"), port(k, "Y"), port(k, "EN"), port(k, "ENB"), k->wu); }
static void make_sram(Ckt *k) { ck_sram(k, "b", port(k, "WL"), port(k, "BL"), port(k, "BLB"), port(k, "Q"), port(k, "QB")); }
static void make_latch(Ckt *k) { ck_latch(k, "l", port(k, "D"), port(k, "G"), port(k, "GB"), port(k, "RSTB"), port(k, "Q"), port(k, "QB")); }
static void make_dff(Ckt *k)
{
    ck_dff(k, "f", port(k, "D"), port(k, "CK"), port(k, "CKB"), port(k, "RST"), port(k, "RSTB"), false, port(k, "Q"));
}

static const RowCell rows[] = {
    {"inv", "A>Y", make_inv},
    {"inv4", "A>Y", make_inv4},
    {"buf", "A>Y", make_buf},
    {"nand2", "A B>Y", make_nand2},
    {"nand3", "A B C>Y", make_nand3},
    {"nor2", "A B>Y", make_nor2},
    {"tg", "EN ENB><A Y", make_tg},
    {"sram_bit", "WL><BL BLB Q QB", make_sram},
    {"latch", "D G GB RSTB>Q QB", make_latch},
    {"dff", "D CK CKB RST RSTB>Q", make_dff},
};

const char *const draw_row_cells[] = {"inv", "inv4", "buf", "nand2", "nand3", "nor2", "tg", "sram_bit", "latch", "dff", NULL};

static void add_ports(Db *db, CellId c, const char *p)
{
    PortDir dir = DIR_IN;
    char name[16];
    size_t n = 0;
    for (;; p++) {
        if (*p && *p != ' ' && *p != '>' && *p != '<') {
            assert(n + 1 < sizeof name);
            name[n++] = *p;
            continue;
        }
        name[n] = 0;
        if (n) db_add_port(db, c, name, 1, dir, USE_SIGNAL);
        n = 0;
        if (*p == '>') dir = DIR_OUT;
        if (*p == '<') dir = DIR_INOUT;
        if (!*p) break;
    }
    db_add_port(db, c, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, c, "VSS", 1, DIR_INOUT, USE_GROUND);
}

CellId draw_row_circuit(Db *db, const Tech *t, const char *name)
{
    const RowCell *r = NULL;
    for (size_t i = 0; i < COUNTOF(rows); i++)
        if (str_eq(rows[i].name, name)) r = &rows[i];
    assert(r);
    CellId c = db_add_cell(db, name, CELL_LEAF, name);
    add_ports(db, c, r->ports);
    Ckt k = ck_board(db, t, c, NULL);
    r->circuit(&k);
    return c;
}

Status draw_row_cell(Db *db, const Tech *t, const char *name, const DrawSpec *spec, CellId *out, DrawStats *stats)
{
    *out = draw_row_circuit(db, t, name);
    return cells_draw(db, t, *out, spec, stats);
}
