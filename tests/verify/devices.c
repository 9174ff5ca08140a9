/* Transistors recognised in drawn cells and compared with their netlist: what is drawn matches, what is changed is found and named. */
#include <criterion/criterion.h>

#include "cells/draw.h"
#include "verify/verify_layout.h"

static const char *const techs[] = {"n22", "n28", "sky130"};

typedef struct {
    Tech t;
    Db db;
    CellId c;
} Cell;

static bool cell_make(Cell *x, const char *tech, const char *name, bool taps)
{
    *x = (Cell){0};
    DrawStats s;
    cr_assert_eq(tech_read(tech, &x->t), ST_OK);
    tech_db_init(&x->t, &x->db, "cells");
    return draw_row_cell(&x->db, &x->t, name, &(DrawSpec){.rows = 1, .taps = taps, .levels = 4}, &x->c, &s) == ST_OK;
}

static void cell_free(Cell *x)
{
    db_free(&x->db);
    tech_free(&x->t);
}

/* Number of differences; the text of the first is kept if wanted. */
static uint64_t differences(const Cell *x, char *text, size_t n)
{
    LvsDevices d;
    Status st = lvs_devices(&x->db, x->c, &x->db, x->c, &x->t, &d);
    cr_assert_eq(st, d.n_diff ? ST_VIOLATION : ST_OK);
    if (text) snprintf(text, n, "%s", d.text.s ? d.text.s : "");
    uint64_t diff = d.n_diff;
    lvs_devices_free(&d);
    return diff;
}

Test(devices, row_cells_match_their_netlists, .timeout = 300)
{
    for (size_t k = 0; k < COUNTOF(techs); k++)
        for (const char *const *name = draw_row_cells; *name; name++)
            for (int taps = 0; taps < 2; taps++) {
                Cell x;
                char text[1000];
                if (cell_make(&x, techs[k], *name, taps))
                    cr_expect_eq(differences(&x, text, sizeof text), 0, "%s %s:\n%s", techs[k], *name, text);
                cell_free(&x);
            }
    cr_assert_eq(mem_live(), 0);
}

/* The input of an inverter as an inner net on both sides: the same circuit, but its gates float. */
Test(devices, floating_gates_are_told)
{
    Cell x;
    Db n;
    LvsDevices d;
    cr_assert(cell_make(&x, "n22", "inv", true));
    DbCell *c = db_cell(&x.db, x.c);
    NetId in = db_find_net(&x.db, x.c, "A");
    cr_assert_neq(in.i, NET_NONE.i);
    tech_db_init(&x.t, &n, "netlist");
    CellId id = db_add_cell(&n, "inv", CELL_LEAF, NULL);
    uint32_t to[16];
    cr_assert_leq(c->nets.n, 16);
    for (int pass = 0; pass < 2; pass++) /* ports first */
        for (uint32_t i = 0; i < c->nets.n; i++) {
            bool port = i < c->n_ports && i != in.i;
            const DbNet *net = &c->nets.v[i];
            if (port != (pass == 0)) continue;
            to[i] = (port ? db_add_port(&n, id, db_name(&x.db, net->name), 1, net->dir, net->use) : db_add_net(&n, id, db_name(&x.db, net->name), 1, net->use)).i;
        }
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *v = &c->devices.v[i];
        db_add_mos(&n, id, db_name(&x.db, v->name), db_name(&x.db, v->model), v->kind, (NetId){to[v->t[0].net.i]}, (NetId){to[v->t[1].net.i]}, (NetId){to[v->t[2].net.i]},
                   (NetId){to[v->t[3].net.i]}, v->w, v->l, v->m);
    }
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (c->shapes.v[i].kind == SHAPE_PIN && c->shapes.v[i].net.i == in.i) c->shapes.v[i].kind = SHAPE_WIRE;
    cr_expect_eq(lvs_devices(&x.db, x.c, &n, id, &x.t, &d), ST_VIOLATION);
    cr_expect_eq(d.n_diff, d.drawn, "%s", d.text.s);
    cr_expect(d.text.s && strstr(d.text.s, "floating gate"), "%s", d.text.s);
    lvs_devices_free(&d);
    db_free(&n);
    cell_free(&x);
    cr_assert_eq(mem_live(), 0);
}

/* Three fingers, 40 wide and apart, two faces of 1 um on one metal: 2 · 0.68 fF/um2 · 80 nm · 1 um by the density of a comb. */
Test(devices, capacitor_of_fingers)
{
    Tech t = {0};
    Db db;
    LvsDevices d;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    if (!tech_role(&t, ROLE_MOM)) {
        TechLayer *mark = arr_add(&t.layers);
        *mark = (TechLayer){.name = "GAP", .kind = LAYER_OTHER, .role = ROLE_MOM, .gds = 200};
    }
    tech_db_init(&t, &db, "caps");
    CellId c = db_add_cell(&db, "cap", CELL_LEAF, NULL);
    NetId a = db_add_port(&db, c, "A", 1, DIR_INOUT, USE_ANALOG), b = db_add_port(&db, c, "B", 1, DIR_INOUT, USE_ANALOG);
    db_cell(&db, c)->box = (Box){0, 0, 200, 1140};
    LayerId m = db_metal(&db, t.mom_lo), gap = db_find_layer(&db, tech_role(&t, ROLE_MOM)->name);
    db_add_shape(&db, c, m, SHAPE_PIN, (Box){0, 0, 40, 1140}, a, 0);
    db_add_shape(&db, c, m, SHAPE_WIRE, (Box){160, 0, 200, 1140}, NET_NONE, 0);
    db_add_shape(&db, c, m, SHAPE_WIRE, (Box){0, 1100, 200, 1140}, NET_NONE, 0);
    db_add_shape(&db, c, m, SHAPE_PIN, (Box){80, 0, 120, 1000}, b, 0);
    db_add_shape(&db, c, gap, SHAPE_WIRE, (Box){40, 0, 80, 1000}, NET_NONE, 0);
    db_add_shape(&db, c, gap, SHAPE_WIRE, (Box){120, 0, 160, 1000}, NET_NONE, 0);
    db_add_cap(&db, c, "c", b, a, 2 * t.mom_density * 80e-9 * 1e-6);
    cr_assert_eq(lvs_devices(&db, c, &db, c, &t, &d), ST_OK, "%s", d.text.s);
    cr_assert_eq(d.drawn, 2); /* faces */
    lvs_devices_free(&d);
    db_cell(&db, c)->devices.v[0].value *= 1 + 2 * LVS_VALUE_TOLERANCE;
    cr_assert_eq(lvs_devices(&db, c, &db, c, &t, &d), ST_VIOLATION);
    cr_assert(d.n_diff == 1 && strstr(d.text.s, "capacitor c"), "%s", d.text.s);
    lvs_devices_free(&d);
    db_cell(&db, c)->shapes.v[4].box.x1 = 70; /* the gap no longer reaches the other plate */
    cr_assert_eq(lvs_devices(&db, c, &db, c, &t, &d), ST_VIOLATION);
    lvs_devices_free(&d);
    db_free(&db);
    tech_free(&t);
    cr_assert_eq(mem_live(), 0);
}
