/* Building and looking up; orientations; the flat walk; db_check finds every seeded fault by its id. */
#include <criterion/criterion.h>

#include "tests/db/toy.h"

Test(db, look_up)
{
    Toy t;
    toy_build(&t);
    cr_assert_eq(db_find_cell(&t.db, "row").i, t.row.i);
    cr_assert_eq(db_find_cell(&t.db, "rows").i, CELL_NONE.i);
    cr_assert_eq(db_find_cell(&t.db, "A").i, CELL_NONE.i, "a net's name is not a cell");
    cr_assert_eq(db_find_net(&t.db, t.leaf, "VDD").i, 2);
    cr_assert_eq(db_find_net(&t.db, t.top, "VDD").i, 1);
    cr_assert_eq(db_find_net(&t.db, t.top, "Y").i, NET_NONE.i);
    cr_assert_eq(db_metal(&t.db, 2).i, t.m2.i);
    cr_assert_eq(db_cut(&t.db, 1).i, t.v1.i);
    cr_assert_not(db_has_layer(&t.db, "m3", NULL));
    cr_assert_eq(db_cell(&t.db, t.row)->n_flat, 12);
    cr_assert_eq(db_cell(&t.db, t.top)->n_flat, 96);
    NetRef r = db_conn(&t.db, t.row, (InstId){0}, 0);
    cr_assert_eq(netref_bit(r, 3, 2, 1), 5);
    Buf b = {0};
    db_bit_name(&t.db, t.top, (NetId){0}, 17, &b);
    db_bit_name(&t.db, t.top, (NetId){1}, 0, &b);
    cr_assert_str_eq(b.s, "w[17]VDD");
    buf_free(&b);
    cr_assert_eq(db_check(&t.db), ST_OK);
    db_free(&t.db);
    cr_assert_eq(mem_live(), 0);
}

static void described(const Db *db, CellId c, bool all, Buf *out)
{
    out->n = 0;
    if (all) db_describe_all(db, c, out);
    else db_describe(db, c, false, out);
}

/* A copy is described as what it was copied from; whatever is changed in a cell, or below a block, changes its description. */
Test(db, copies_and_descriptions)
{
    Toy t, u;
    Buf was = {0}, now = {0};
    toy_build(&t);
    toy_build(&u);
    db_add_mos(&t.db, t.leaf, "m0", "nfet", DEV_NMOS, (NetId){0}, (NetId){0}, (NetId){2}, (NetId){2}, 40, 20, 1);
    Db own;
    db_init(&own, "copy", "t", 1e-9, 1);
    for (uint32_t i = 0; i < t.db.layers.n; i++) db_add_layer(&own, db_name(&t.db, t.db.layers.v[i].name), t.db.layers.v[i].kind, t.db.layers.v[i].gds, t.db.layers.v[i].gds_type);
    db_add_cell(&own, "another", CELL_LEAF, NULL);
    CellId c = db_copy_leaf(&own, &t.db, t.leaf);
    cr_assert_str_eq(db_name(&own, db_cell(&own, c)->name), "leaf");
    cr_assert_eq(db_find_net(&own, c, "VDD").i, 2);
    described(&t.db, t.leaf, false, &was);
    described(&own, c, false, &now);
    cr_assert(was.n == now.n && memcmp(was.s, now.s, was.n) == 0);
    db_cell(&own, c)->shapes.v[0].box.x1++;
    described(&own, c, false, &now);
    cr_expect(was.n != now.n || memcmp(was.s, now.s, was.n) != 0, "a shape");
    db_cell(&own, c)->shapes.v[0].box.x1--;
    db_cell(&own, c)->devices.v[0].w++;
    described(&own, c, false, &now);
    cr_expect(was.n != now.n || memcmp(was.s, now.s, was.n) != 0, "a device");
    described(&u.db, u.top, true, &was);
    db_cell(&u.db, u.leaf)->box.x1++;
    described(&u.db, u.top, true, &now);
    cr_expect(was.n != now.n || memcmp(was.s, now.s, was.n) != 0, "a cell below");
    db_cell(&u.db, u.leaf)->box.x1--;
    db_cell(&u.db, u.row)->conns.v[0].base++;
    described(&u.db, u.top, true, &now);
    cr_expect(was.n != now.n || memcmp(was.s, now.s, was.n) != 0, "a connection");
    buf_free(&was);
    buf_free(&now);
    db_free(&own);
    db_free(&t.db);
    db_free(&u.db);
    cr_assert_eq(mem_live(), 0);
}

/* A marked corner of a 30 × 20 outline, by hand, for each orientation. */
Test(geom, orientations)
{
    Box mark = {0, 0, 4, 2}; /* lower left corner, wide */
    Box want[8] = {
        [ORI_N] = {0, 0, 4, 2},    [ORI_S] = {26, 18, 30, 20}, [ORI_W] = {18, 0, 20, 4}, [ORI_E] = {0, 26, 2, 30},
        [ORI_FN] = {26, 0, 30, 2}, [ORI_FS] = {0, 18, 4, 20},  [ORI_FW] = {0, 0, 2, 4},  [ORI_FE] = {18, 26, 20, 30},
    };
    for (int o = 0; o < 8; o++) {
        Box b = box_place(mark, 30, 20, (Pt){100, 1000}, (Orient)o);
        Box w = {want[o].x0 + 100, want[o].y0 + 1000, want[o].x1 + 100, want[o].y1 + 1000};
        cr_assert(!memcmp(&b, &w, sizeof b), "%s: (%d %d %d %d)", orient_name[o], b.x0, b.y0, b.x1, b.y1);
    }
}

Test(geom, composition_is_nested_placement)
{
    Box b = {3, 5, 11, 9};
    for (int o = 0; o < 8; o++)
        for (int p = 0; p < 8; p++) {
            Xform in = xform_place(30, 20, (Pt){7, -13}, (Orient)o), out = xform_place(90, 50, (Pt){-1000, 400}, (Orient)p);
            Box once = xform_box(xform_compose(out, in), b), twice = xform_box(out, xform_box(in, b));
            cr_assert(!memcmp(&once, &twice, sizeof once), "%s in %s", orient_name[o], orient_name[p]);
        }
}

typedef struct {
    uint32_t shapes, leaf_shapes;
    uint64_t last_flat;
    Box all;
    bool stop;
} Count;

static bool count_shape(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Count *c = ctx;
    (void)s;
    c->all = c->shapes ? box_union(c->all, placed) : placed;
    c->shapes++;
    if (flat != DB_FLAT_NONE) {
        c->leaf_shapes++;
        cr_assert(cell.i == 0);
        cr_assert(flat == c->last_flat || flat == c->last_flat + 1);
        c->last_flat = flat;
    }
    return !c->stop;
}

Test(geom, flat_walk)
{
    Toy t;
    toy_build(&t);
    Count c = {0};
    cr_assert(db_visit_shapes(&t.db, t.top, count_shape, &c));
    cr_assert_eq(c.leaf_shapes, 96 * 6);
    cr_assert_eq(c.shapes, 96 * 6 + 8 + 1);
    cr_assert_eq(c.last_flat, 95);
    cr_assert_eq(c.all.y1, 20 + 400, "a row turned by 90° is 400 high");
    c = (Count){.stop = true};
    cr_assert_not(db_visit_shapes(&t.db, t.top, count_shape, &c));
    cr_assert_eq(c.shapes, 1);
    db_free(&t.db);
}

/* ---- db_check ----------------------------------------------------------------------------------- */

#define FAULT(ID, EDIT)                                                                            \
    do {                                                                                           \
        Toy t;                                                                                     \
        toy_build(&t);                                                                             \
        Db *db = &t.db;                                                                            \
        DbCell *leaf = db_cell(db, t.leaf), *row = db_cell(db, t.row), *top = db_cell(db, t.top);  \
        (void)leaf, (void)row, (void)top;                                                          \
        EDIT;                                                                                      \
        msg_capture_begin();                                                                       \
        Status st = db_check(db);                                                                  \
        const char *text = msg_capture_end();                                                      \
        cr_assert_eq(st, ST_INTERNAL, "%s not found", #EDIT);                                      \
        cr_assert(strstr(text, ID), "%s: expected %s, got\n%s", #EDIT, ID, text);                  \
        db_free(db);                                                                               \
    } while (0)

Test(check, every_fault_has_its_id)
{
    FAULT("DB-0001", top->insts.v[2].name.i = 0);
    FAULT("DB-0001", db->top.i = 3);
    FAULT("DB-0002", top->insts.v[2].name = top->insts.v[1].name);
    FAULT("DB-0002", leaf->nets.v[1].name = leaf->nets.v[0].name);
    FAULT("DB-0002", leaf->devices.v[1].name = leaf->devices.v[0].name);
    FAULT("DB-0002", row->name = leaf->name);
    FAULT("DB-0003", leaf->shapes.v[0].box.x1 = leaf->shapes.v[0].box.x0);
    FAULT("DB-0004", top->shapes.v[0].box.x1 = 1 << 30);
    FAULT("DB-0004", (row->insts.v[0].nx = 1, row->insts.v[0].ny = 12, row->insts.v[0].dy = 1 << 29));
    FAULT("DB-0005", leaf->shapes.v[0].box.x1 = 21);
    FAULT("DB-0005", row->insts.v[0].dx = 101);
    FAULT("DB-0005", top->insts.v[1].at.x = 501);
    FAULT("DB-0006", row->box.x0 = 5);
    FAULT("DB-0007", leaf->nets.v[0].width = 0);
    FAULT("DB-0007", leaf->nets.v[1].dir = DIR_NONE);
    FAULT("DB-0007", leaf->nets.v[4].dir = DIR_IN);
    FAULT("DB-0008", row->conns.v[0].sy = 3);
    FAULT("DB-0008", row->conns.v[1].base = -1);
    FAULT("DB-0008", row->conns.v[1].net.i = 99);
    FAULT("DB-0009", row->insts.v[0].master = t.row);
    FAULT("DB-0009", row->insts.v[0].master.i = 77);
    FAULT("DB-0010", row->insts.v[0].nx = 0);
    FAULT("DB-0010", row->insts.v[0].orient = (Orient)8);
    FAULT("DB-0011", row->insts.v[0].conn0 = 1);
    FAULT("DB-0011", row->conns.n--);
    FAULT("DB-0012", row->n_flat++);
    FAULT("DB-0013", leaf->shapes.v[0].layer.i = 3);
    FAULT("DB-0013", leaf->shapes.v[0].bit = 2);
    FAULT("DB-0013", leaf->shapes.v[0].net = NET_NONE);
    FAULT("DB-0013", leaf->shapes.v[0].net.i = 4);
    FAULT("DB-0014", leaf->devices.v[0].t[2].net.i = 5);
    FAULT("DB-0014", leaf->devices.v[0].w = 0);
    FAULT("DB-0014", leaf->devices.v[2].value = -1);
    FAULT("DB-0015", arr_push(&db->para, ((ParaNet){.cell = {0}, .net = {0}, .bit = 2})));
    FAULT("DB-0015", arr_push(&db->para, ((ParaNet){.cell = {0}, .net = {0}, .n_res = 1})));
}

Test(check, open_port_and_unplaced_cell_are_fine)
{
    Toy t;
    toy_build(&t);
    db_connect(&t.db, t.row, (InstId){0}, (NetId){0}, (NetRef){.net = NET_NONE});
    db_add_cell(&t.db, "later", CELL_BLOCK, NULL);
    cr_assert_eq(db_check(&t.db), ST_OK);
    db_free(&t.db);
}

Test(check, tells_at_most_twenty)
{
    Toy t;
    toy_build(&t);
    DbCell *top = db_cell(&t.db, t.top);
    for (int i = 0; i < 40; i++) db_add_shape(&t.db, t.top, t.m1, SHAPE_WIRE, (Box){1, 0, 5, 5}, NET_NONE, 0);
    (void)top;
    msg_capture_begin();
    cr_assert_eq(db_check(&t.db), ST_INTERNAL);
    const char *text = msg_capture_end();
    uint32_t n = 0;
    for (const char *p = text; (p = strstr(p, "[DB-0005]")); p++) n++;
    cr_assert_eq(n, 20);
    cr_assert(strstr(text, "20 further"));
    db_free(&t.db);
}
