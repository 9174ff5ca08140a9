/*
 * Row cells: the gates of which the larger cells are made, each with ports of its own.
 */
#include "cells/circuit_int.h"
#include "cells/draw.h"
#include "cells/physical.h"

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

/* ---- cells of the crossbar ------------------------------------------------------------------------------------ */

static const CellVariant *first_of(const CellLibrary *lib, const char *function)
{
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, function)) return &lib->v.v[i];
    assert(!"built-in variant");
    return NULL;
}

bool draw_can(const char *function)
{
    static const char *const drawn[] = {"synapse"};
    for (size_t i = 0; i < COUNTOF(drawn); i++)
        if (str_eq(drawn[i], function)) return true;
    return false;
}

Status draw_variant(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, CellId *out, DrawStats *stats)
{
    CellChoice c = {first_of(lib, "synapse"), first_of(lib, "row_driver"), first_of(lib, "block_switch"),
                    first_of(lib, "col_end"), first_of(lib, "sar_adc"),    first_of(lib, "ladder")};
    if (str_eq(v->function, "synapse")) c.synapse = v;
    CellPitch p;
    char name[64];
    TRY(cells_pitch(t, &c, &p));
    snprintf(name, sizeof name, "%s_%s", v->function, v->variant);
    *out = cells_abstract(db, t, &p, v->function, v, name);
    return cells_draw(db, t, *out, &(DrawSpec){.rows = db_cell(db, *out)->box.y1 / t->cell_row, .levels = 4}, stats);
}
