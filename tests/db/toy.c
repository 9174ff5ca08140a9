#include "tests/db/toy.h"

static void leaf_build(Toy *t)
{
    Db *db = &t->db;
    t->leaf = db_add_cell(db, "leaf", CELL_LEAF, "inverter");
    CellId c = t->leaf;
    db_cell(db, c)->box = (Box){0, 0, 100, 60};
    NetId a = db_add_port(db, c, "A", 2, DIR_IN, USE_SIGNAL);
    NetId y = db_add_port(db, c, "Y", 1, DIR_OUT, USE_SIGNAL);
    NetId vdd = db_add_port(db, c, "VDD", 1, DIR_INOUT, USE_POWER);
    NetId vss = db_add_port(db, c, "VSS", 1, DIR_INOUT, USE_GROUND);
    NetId x = db_add_net(db, c, "x", 1, USE_SIGNAL);
    db_add_shape(db, c, t->m1, SHAPE_PIN, (Box){0, 10, 20, 15}, a, 0);
    db_add_shape(db, c, t->m1, SHAPE_PIN, (Box){0, 30, 20, 35}, a, 1);
    db_add_shape(db, c, t->m2, SHAPE_PIN, (Box){50, 40, 60, 60}, y, 0);
    db_add_shape(db, c, t->m1, SHAPE_PIN, (Box){0, 55, 100, 60}, vdd, 0);
    db_add_shape(db, c, t->m1, SHAPE_PIN, (Box){0, 0, 100, 5}, vss, 0);
    db_add_shape(db, c, t->v1, SHAPE_VIA, (Box){50, 45, 55, 50}, y, 0);
    db_add_mos(db, c, "mn", "n28n", DEV_NMOS, x, a, vss, vss, 100, 30, 1);
    db_add_mos(db, c, "mp", "n28p", DEV_PMOS, x, a, vdd, vdd, 150, 30, 2);
    db_cell(db, c)->devices.v[1].t[1].bit = 1;
    db_add_cap(db, c, "c1", x, y, 1e-15);
    db_add_res(db, c, "r1", x, y, 50);
}

void toy_build(Toy *t)
{
    Db *db = &t->db;
    db_init(db, "toy", "none", 1e-9, 5);
    t->m1 = db_add_layer(db, "m1", LAYER_METAL, 31, 0);
    t->v1 = db_add_layer(db, "v1", LAYER_CUT, 51, 0);
    t->m2 = db_add_layer(db, "m2", LAYER_METAL, 32, 0);
    db->layers.v[t->m1.i].level = db->layers.v[t->v1.i].level = 1;
    db->layers.v[t->m2.i].level = 2;
    for (uint32_t i = 0; i < db->layers.n; i++) {
        db->layers.v[i].gds_pin_type = 1;
        db->layers.v[i].gds_label_type = 2;
    }
    leaf_build(t);

    t->row = db_add_cell(db, "row", CELL_BLOCK, "row");
    db_cell(db, t->row)->box = (Box){0, 0, 400, 200};
    db_add_port(db, t->row, "A", 6, DIR_IN, USE_SIGNAL);
    NetId yo = db_add_port(db, t->row, "Y", 12, DIR_OUT, USE_SIGNAL);
    db_add_port(db, t->row, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, t->row, "VSS", 1, DIR_INOUT, USE_GROUND);
    InstId i = db_add_inst(db, t->row, "u", t->leaf, (Pt){0, 0}, ORI_N, 4, 3, 100, 70);
    db_connect_name(db, t->row, i, "A", "A", 0, 0, 2);
    db_connect_name(db, t->row, i, "Y", "Y", 0, 1, 4);
    db_connect_name(db, t->row, i, "VDD", "VDD", 0, 0, 0);
    db_connect_name(db, t->row, i, "VSS", "VSS", 0, 0, 0);
    db_add_shape(db, t->row, t->m1, SHAPE_PIN, (Box){350, 180, 400, 185}, yo, 11);

    t->top = db_add_cell(db, "top", CELL_BLOCK, NULL);
    db_cell(db, t->top)->box = (Box){0, 0, 4000, 500};
    NetId w = db_add_net(db, t->top, "w", 96, USE_SIGNAL);
    db_add_net(db, t->top, "VDD", 1, USE_POWER);
    db_add_net(db, t->top, "VSS", 1, USE_GROUND);
    db_add_net(db, t->top, "a", 6, USE_SIGNAL);
    for (int o = 0; o < 8; o++) {
        char name[16];
        snprintf(name, sizeof name, "r_%s", orient_name[o]);
        i = db_add_inst(db, t->top, name, t->row, (Pt){500 * o, 20}, (Orient)o, 1, 1, 0, 0);
        db_connect_name(db, t->top, i, "Y", "w", 12 * o, 0, 0);
        db_connect_name(db, t->top, i, "A", "a", 5, 0, 0);
        db_cell(db, t->top)->conns.v[db_cell(db, t->top)->insts.v[i.i].conn0].sk = -1;
        db_connect_name(db, t->top, i, "VDD", "VDD", 0, 0, 0);
        db_connect_name(db, t->top, i, "VSS", "VSS", 0, 0, 0);
    }
    db_add_shape(db, t->top, t->m2, SHAPE_WIRE, (Box){0, 0, 4000, 10}, w, 3);
    db->top = t->top;
}
