/* Capacitance inside drawn cells: known sections, merged wires, an array against the field solution, a drawn cell's sums. */
#include "cells/circuit.h"
#include "cells/draw.h"
#include "route/extract_leaf.h"
#include "route/field2d.h"

#include <criterion/criterion.h>
#include <math.h>

typedef struct {
    Tech t;
    Db db;
    CellId c;
} Bench;

static Bench begin(void)
{
    Bench b;
    cr_assert_eq(tech_read("n22", &b.t), ST_OK);
    tech_db_init(&b.t, &b.db, "leaf");
    b.c = db_add_cell(&b.db, "cell", CELL_LEAF, "cell");
    return b;
}

static void end(Bench *b)
{
    db_free(&b->db);
    tech_free(&b->t);
}

static NetId net(Bench *b, const char *name) { return db_add_net(&b->db, b->c, name, 1, USE_SIGNAL); }

static void wire(Bench *b, int32_t level, Box box, NetId n) { db_add_shape(&b->db, b->c, db_metal(&b->db, level), SHAPE_WIRE, box, n, 0); }

static double between(const LeafCaps *caps, NetId a, NetId b)
{
    for (uint32_t i = 0; i < caps->v.n; i++)
        if ((caps->v.v[i].a.net.i == a.i && caps->v.v[i].b.net.i == b.i) || (caps->v.v[i].a.net.i == b.i && caps->v.v[i].b.net.i == a.i))
            return caps->v.v[i].farad;
    return 0;
}

/* Five parallel wires at pitch over a plane that is itself a net: the middle one's neighbours and plane as the field solver has them. */
Test(leaf, an_array_agrees_with_the_field_solution)
{
    Bench b = begin();
    const TechLayer *m = tech_metal(&b.t, 4), *lo = tech_metal(&b.t, 3);
    int32_t len = 4000;
    NetId plane = net(&b, "plane"), n[5];
    wire(&b, 3, (Box){-1000, -500, 2000, len + 500}, plane);
    for (int i = 0; i < 5; i++) {
        char name[8];
        snprintf(name, sizeof name, "w%d", i);
        n[i] = net(&b, name);
        wire(&b, 4, (Box){i * m->pitch, 0, i * m->pitch + m->width, len}, n[i]);
    }
    LeafCaps caps;
    extract_leaf(&b.db, &b.t, b.c, &caps);
    double s = (m->pitch - m->width) * b.t.dbu_m, um = len * b.t.dbu_m;
    WireSection g = {m->width * b.t.dbu_m, m->thickness, s, s, m->height - lo->height - lo->thickness, INFINITY, b.t.eps_r};
    WireCap f = field2d_wire(&g, 20);
    cr_expect_float_eq(between(&caps, n[2], n[1]) / (f.left * um), 1, 0.05);
    cr_expect_float_eq(between(&caps, n[2], n[3]) / (f.right * um), 1, 0.05);
    cr_expect_float_eq(between(&caps, n[2], n[1]), between(&caps, n[2], n[3]), 1e-20);
    /* the plane does not see single wires above it as a plane of theirs: half of what the wire sees comes from its side */
    cr_expect_gt(between(&caps, n[2], plane), 0.4 * f.below * um);
    cr_expect_lt(between(&caps, n[2], plane), 1.2 * f.below * um);
    cr_expect_eq(between(&caps, n[0], n[2]), 0, "a wire in between screens");
    leaf_caps_free(&caps);
    end(&b);
}

/* The same wire in one piece, in overlapping pieces, and twice. */
Test(leaf, overlapping_pieces_count_once)
{
    double first = 0;
    for (int how = 0; how < 3; how++) {
        Bench b = begin();
        NetId a = net(&b, "a"), o = net(&b, "o");
        wire(&b, 4, (Box){0, 0, 40, 2000}, o);
        if (how == 1) {
            wire(&b, 4, (Box){80, 0, 120, 1100}, a);
            wire(&b, 4, (Box){80, 700, 120, 2000}, a);
        } else {
            for (int k = 0; k <= how / 2; k++) wire(&b, 4, (Box){80, 0, 120, 2000}, a);
        }
        LeafCaps caps;
        extract_leaf(&b.db, &b.t, b.c, &caps);
        double c = between(&caps, a, o);
        if (how == 0) first = c;
        cr_expect_float_eq(c / first, 1, 1e-12, "way %d: %g against %g", how, c, first);
        leaf_caps_free(&caps);
        end(&b);
    }
    cr_expect_gt(first, 0);
}

/* A wire that ends beside another counts as far as it reaches, to the dbu: from one length to the next the coupling grows by equal steps. */
Test(leaf, facing_lengths_count_to_the_dbu)
{
    double c[4];
    for (int k = 0; k < 4; k++) {
        Bench b = begin();
        NetId a = net(&b, "a"), o = net(&b, "o");
        wire(&b, 4, (Box){0, 0, 40, 2000}, o);
        wire(&b, 4, (Box){80, 0, 120, 1000 + 7 * k}, a);
        LeafCaps caps;
        extract_leaf(&b.db, &b.t, b.c, &caps);
        c[k] = between(&caps, a, o);
        leaf_caps_free(&caps);
        end(&b);
    }
    for (int k = 1; k < 4; k++) cr_expect_float_eq((c[k] - c[0]) / c[0], 7e-3 * k, 1e-6, "%d dbu more: %g", 7 * k, c[k] / c[0] - 1);
}

/* Fingers of a drawn synapse: 4 to 2 to 1, and nothing of a capacitor is left among the wires' own. */
Test(leaf, plates_of_a_drawn_synapse)
{
    Bench b = begin();
    CellLibrary lib = {0};
    cells_variants(&b.t, &lib);
    CellId c, tap;
    DrawStats stats;
    cr_assert_eq(draw_variant(&b.db, &b.t, &lib, &lib.v.v[0], "synapse", &c, &stats, &tap), ST_OK);
    LeafCaps caps;
    extract_leaf(&b.db, &b.t, c, &caps);
    double bit[3] = {0}, wires = 0;
    NetId col = db_find_net(&b.db, c, "COL");
    for (uint32_t i = 0; i < caps.v.n; i++) {
        const LeafCap *x = &caps.v.v[i];
        wires += x->farad;
        if (x->plates <= 0) continue;
        NetId other = x->a.net.i == col.i ? x->b.net : x->a.net;
        cr_assert(x->a.net.i == col.i || x->b.net.i == col.i);
        int k = db_name(&b.db, b.db.cells.v[c.i].nets.v[other.i].name)[3] - '0';
        cr_assert(k >= 0 && k < 3);
        bit[k] = x->plates;
    }
    cr_expect_float_eq(bit[2] / bit[0], 4, 0.25);
    cr_expect_float_eq(bit[1] / bit[0], 2, 0.12);
    cr_expect_gt(wires, 1e-15);
    cr_expect_lt(wires, 60e-15);
    leaf_caps_free(&caps);
    cells_library_free(&lib);
    end(&b);
}

/* A row wire beside the column's own moves the column whatever the weight is: XP and XN pass every synapse as equals. */
Test(leaf, row_wires_keep_off_the_column)
{
    static const char *const tech[] = {"n22", "n28"};
    uint32_t seen = 0;
    for (int k = 0; k < 2; k++) {
        Tech t;
        CellLibrary lib = {0};
        cr_assert_eq(tech_read(tech[k], &t), ST_OK);
        cells_variants(&t, &lib);
        for (uint32_t v = 0; v < lib.v.n; v++) {
            if (!str_eq(lib.v.v[v].function, "synapse")) continue;
            Db db;
            CellId c, tap;
            DrawStats stats;
            LeafCaps caps;
            double all = 0;
            tech_db_init(&t, &db, "row");
            cr_assert_eq(draw_variant(&db, &t, &lib, &lib.v.v[v], "synapse", &c, &stats, &tap), ST_OK);
            extract_leaf(&db, &t, c, &caps);
            for (uint32_t i = 0; i < db_cell(&db, c)->devices.n; i++)
                if (db_cell(&db, c)->devices.v[i].kind == DEV_CAP) all += db_cell(&db, c)->devices.v[i].value;
            NetId col = db_find_net(&db, c, "COL");
            double p = between(&caps, db_find_net(&db, c, "XP"), col), n = between(&caps, db_find_net(&db, c, "XN"), col);
            cr_expect_gt(fmin(p, n), 0);
            cr_expect_leq(fabs(p - n) / all, 0.013, "%s %s: %.3f and %.3f fF of %.3f", tech[k], lib.v.v[v].variant, p * 1e15, n * 1e15, all * 1e15);
            leaf_caps_free(&caps);
            db_free(&db);
            seen++;
        }
        cells_library_free(&lib);
        tech_free(&t);
    }
    cr_expect_geq(seen, 12);
}

/* What is asked for of pairs alone, against the same pairs of all: to the bit. */
static void same_pairs(const Bench *b, CellId c, int32_t lowest, LeafPairs of, uint32_t *n)
{
    LeafCaps all, some;
    uint32_t k = 0;
    extract_leaf_from(&b->db, &b->t, c, lowest, &all);
    extract_leaf_pairs(&b->db, &b->t, c, lowest, of, &some);
    for (uint32_t i = 0; i < all.v.n; i++) {
        const LeafCap *x = &all.v.v[i];
        bool is = false;
        for (uint32_t p = 0; p < of.n_a; p++)
            for (int side = 0; side < 2; side++) {
                LeafNode me = side ? x->b : x->a, other = side ? x->a : x->b;
                bool in_b = !of.b;
                for (uint32_t q = 0; q < of.n_b; q++) in_b |= other.net.i == of.b[q].net.i && other.bit == of.b[q].bit;
                is |= in_b && me.net.i == of.a[p].net.i && me.bit == of.a[p].bit;
            }
        if (!is) continue;
        cr_assert_lt(k, some.v.n);
        cr_assert_eq(memcmp(&some.v.v[k], x, sizeof *x), 0, "pair %u: %g and %g, %g and %g", k, some.v.v[k].farad, x->farad, some.v.v[k].plates, x->plates);
        k++;
    }
    cr_assert_eq(k, some.v.n);
    *n += k;
    leaf_caps_free(&all);
    leaf_caps_free(&some);
}

Test(leaf, pairs_have_the_values_of_all)
{
    Bench b = begin();
    CellLibrary lib = {0};
    cells_variants(&b.t, &lib);
    CellId c, tap;
    DrawStats stats;
    uint32_t n = 0;
    cr_assert_eq(draw_variant(&b.db, &b.t, &lib, &lib.v.v[0], "synapse", &c, &stats, &tap), ST_OK);
    LeafNode col = {db_find_net(&b.db, c, "COL"), 0}, row[2] = {{db_find_net(&b.db, c, "XP"), 0}, {db_find_net(&b.db, c, "XN"), 0}};
    same_pairs(&b, c, 1, (LeafPairs){.a = &col, .n_a = 1}, &n);
    same_pairs(&b, c, 1, (LeafPairs){&col, row, 1, 2}, &n);
    same_pairs(&b, c, b.t.mom_lo - 1, (LeafPairs){row, &col, 2, 1}, &n);
    /* nets in all corners of a cell much wider than anything sees */
    uint32_t seed = 1, wires = 400, nets = 12;
    for (uint32_t i = 0; i < nets; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%u", i);
        net(&b, name);
    }
    for (uint32_t i = 0; i < wires; i++) {
        uint32_t r[4];
        for (int k = 0; k < 4; k++) r[k] = (seed = seed * 1664525u + 1013904223u) >> 8;
        int32_t level = 1 + (int32_t)(r[0] % 6), w = tech_metal(&b.t, level)->width, len = 200 + (int32_t)(r[1] % 3000), x = (int32_t)(r[2] % 20000), y = (int32_t)(r[3] % 20000);
        NetId of = {(uint32_t)(x / 5000 + y / 7000 * 4) % nets};
        wire(&b, level, level % 2 ? (Box){x, y, x + len, y + w} : (Box){x, y, x + w, y + len}, of);
    }
    for (uint32_t i = 0; i < nets; i++) {
        LeafNode a = {{i}, 0}, o = {{(i + 1) % nets}, 0};
        same_pairs(&b, b.c, 1, (LeafPairs){.a = &a, .n_a = 1}, &n);
        same_pairs(&b, b.c, 1, (LeafPairs){&a, &o, 1, 1}, &n);
    }
    cr_expect_gt(n, 60);
    cells_library_free(&lib);
    end(&b);
}
