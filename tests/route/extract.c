/* Parasitics: closed forms against the field solution; chains and trees from drawn shapes. */
#include "route/extract.h"
#include "route/field2d.h"
#include "route/route.h"

#include <criterion/criterion.h>
#include <math.h>

static double total(WireCap c) { return c.below + c.above + c.left + c.right; }

/* Known answers: plates, and a round trip of symmetry. */
Test(field2d, known_answers)
{
    /* a wide wire: plates, and Cohn's fringe, exact for four corners midway between two planes */
    WireSection g = {400e-9, 76e-9, INFINITY, INFINITY, 74e-9, 74e-9, 1};
    double x = 1 / (1 - 76.0 / 224), fringe = (2 * x * log(x + 1) - (x - 1) * log(x * x - 1)) / M_PI;
    double want = 8.8541878128e-12 * (2 * 400e-9 / 74e-9 + 4 * fringe);
    WireCap c = field2d_wire(&g, 32);
    cr_expect_float_eq(total(c) / want, 1, 0.006, "%g against %g", total(c), want);
    /* finer grids converge: the step from 16 to 24 is below 0.5 % */
    WireSection a = {40e-9, 76e-9, 40e-9, 40e-9, 74e-9, 74e-9, 2.7};
    WireCap c16 = field2d_wire(&a, 16), c24 = field2d_wire(&a, 24);
    cr_expect_float_eq(total(c16) / total(c24), 1, 0.005);
    cr_expect_float_eq(c16.left / c16.right, 1, 1e-6);
}

static void compare(const WireSection *g, const char *what, double tol_total, double tol_couple)
{
    WireCap f = field2d_wire(g, 20), c = extract_wire_cap(g);
    double dt = total(c) / total(f) - 1, dc = c.left / f.left - 1;
    printf("%-34s total %7.4f fF/um  %+6.2f %%   coupling %7.4f fF/um  %+6.2f %%\n", what, total(f) * 1e9, 100 * dt, f.left * 1e9, 100 * dc);
    cr_expect_lt(fabs(dt), tol_total, "%s: total off by %.2f %%", what, 100 * dt);
    cr_expect_lt(fabs(dc), tol_couple, "%s: coupling off by %.2f %%", what, 100 * dc);
}

/* Pitch arrays of both technologies, every metal, with full layers around, with the next layer empty, and over the substrate alone. */
static void technology(const char *name)
{
    Tech t;
    cr_assert_eq(tech_read(name, &t), ST_OK);
    for (int32_t k = 2; k <= tech_top_metal(&t); k++) {
        const TechLayer *m = tech_metal(&t, k), *lo = tech_metal(&t, k - 1), *hi = tech_metal(&t, k + 1), *hi2 = tech_metal(&t, k + 2);
        double h = m->height - lo->height - lo->thickness, s = (m->pitch - m->width) * t.dbu_m, top = m->height + m->thickness;
        char what[80];
        for (int wide = 1; wide <= 3; wide++) {
            WireSection g = {m->width * t.dbu_m, m->thickness, wide * s, wide * s, h, hi ? hi->height - top : INFINITY, t.eps_r};
            snprintf(what, sizeof what, "%s %s s=%dx%s", name, m->name, wide, hi ? " between layers" : " over a layer");
            compare(&g, what, 0.05, 0.10);
            if (!hi2) continue;
            g.h_above = hi2->height - top;
            snprintf(what, sizeof what, "%s %s s=%dx, layer above empty", name, m->name, wide);
            compare(&g, what, 0.05, 0.10);
        }
    }
    tech_free(&t);
}

/* The field solution of a wire in a full row between planes, and of one alone over a plane, is what the estimate's error spans. */
Test(extract, estimate_before_routing)
{
    static const char *const techs[] = {"n22", "n28"};
    for (size_t i = 0; i < COUNTOF(techs); i++) {
        Tech t = {0};
        cr_assert_eq(tech_read(techs[i], &t), ST_OK);
        WireEstimate e = extract_wire_estimate(&t, 4);
        double least = INFINITY, most = 0;
        for (int32_t level = 4; level <= 5; level++) {
            const TechLayer *m = tech_metal(&t, level), *lo = tech_metal(&t, level - 1), *hi = tech_metal(&t, level + 1);
            double s = (m->pitch - m->width) * t.dbu_m;
            WireSection g = {m->width * t.dbu_m, m->thickness, s, s, m->height - lo->height - lo->thickness, hi->height - m->height - m->thickness, t.eps_r};
            WireCap full = field2d_wire(&g, 12);
            g.s_left = g.s_right = g.h_above = INFINITY;
            WireCap lone = field2d_wire(&g, 12);
            most = fmax(most, total(full));
            least = fmin(least, total(lone));
        }
        cr_expect(e.farad_per_m * (1 + e.error) > most && e.farad_per_m * (1 - e.error) < least, "%s: %g +- %g, field %g to %g", techs[i], e.farad_per_m, e.error, least, most);
        cr_expect(e.farad_per_m < most && e.farad_per_m > least);
        tech_free(&t);
    }
}

Test(extract, closed_forms_n22) { technology("n22"); }
Test(extract, closed_forms_n28) { technology("n28"); }

/* A row of `n` leaf cells with one through pin each: a chain of n + 1 nodes whose R is that of the whole wire. */
Test(extract, abutting_pins_make_a_chain)
{
    enum { N = 10, W = 1600, H = 800 };
    Tech t;
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    tech_db_init(&t, &db, "x");
    CellId leaf = db_add_cell(&db, "synapse", CELL_LEAF, "synapse");
    NetId a = db_add_port(&db, leaf, "XP", 1, DIR_INOUT, USE_ANALOG), b = db_add_port(&db, leaf, "XN", 1, DIR_INOUT, USE_ANALOG);
    db_cell(&db, leaf)->box = (Box){0, 0, W, H};
    db_add_shape(&db, leaf, db_metal(&db, 3), SHAPE_PIN, (Box){0, 100, W, 140}, a, 0);
    db_add_shape(&db, leaf, db_metal(&db, 3), SHAPE_PIN, (Box){0, 180, W, 220}, b, 0);
    CellId top = db_add_cell(&db, "top", CELL_BLOCK, "crossbar");
    db_add_net(&db, top, "XP", 2, USE_ANALOG);
    db_add_net(&db, top, "XN", 2, USE_ANALOG);
    db_cell(&db, top)->box = (Box){0, 0, N * W, 2 * H};
    InstId i = db_add_inst(&db, top, "s", leaf, (Pt){0, 0}, ORI_N, N, 2, W, H);
    db_connect_name(&db, top, i, "XP", "XP", 0, 0, 1);
    db_connect_name(&db, top, i, "XN", "XN", 0, 0, 1);
    ExtractReport r;
    cr_assert_eq(extract_cell(&db, &t, top, &r), ST_OK);
    cr_assert_eq(r.nets, 4);
    cr_assert_eq(r.open, 0);
    double r_wire = extract_wire_res(&t, tech_metal(&t, 3), 40) * N * W * 1e-9;
    for (uint32_t k = 0; k < db.para.n; k++) {
        const ParaNet *p = &db.para.v[k];
        cr_assert_eq(p->n_nodes, N + 1);
        cr_assert_eq(p->n_res, N);
        double sum = 0, c = 0, couple = 0;
        for (uint32_t e = 0; e < p->n_res; e++) {
            const ParaRes *q = &db.para_res.v[p->res0 + e];
            cr_assert_eq(q->b, q->a + 1, "a chain in order");
            sum += q->ohm;
        }
        cr_expect_float_eq(sum / r_wire, 1, 1e-9);
        for (uint32_t e = 0; e < p->n_cap; e++) {
            const ParaCap *q = &db.para_cap.v[p->cap0 + e];
            c += q->farad;
            if (q->other.i != NET_NONE.i) couple += q->farad;
        }
        cr_expect_gt(couple, 0.2 * c, "neighbours at minimal spacing carry a good part");
        for (uint32_t n = 0; n <= N; n++) cr_expect_eq(p->node_at[n].x0, (int32_t)n * W);
    }
    cr_expect_float_eq(r.row_r, r_wire / N, 1e-6 * r_wire);
    db_free(&db);
    tech_free(&t);
}

/* Two tracks side by side: the coupling each reports is the same, and equals the closed form times the common length. */
Test(extract, coupling_is_mutual)
{
    Tech t;
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    tech_db_init(&t, &db, "x");
    CellId top = db_add_cell(&db, "top", CELL_BLOCK, "chip");
    NetId n[2] = {db_add_net(&db, top, "a", 1, USE_SIGNAL), db_add_net(&db, top, "b", 1, USE_SIGNAL)};
    db_cell(&db, top)->box = (Box){0, 0, 20000, 2000};
    for (int k = 0; k < 2; k++) db_add_shape(&db, top, db_metal(&db, 5), SHAPE_WIRE, (Box){0, 1000 + 100 * k, 20000, 1040 + 100 * k}, n[k], 0);
    ExtractReport r;
    cr_assert_eq(extract_cell(&db, &t, top, &r), ST_OK);
    double c[2] = {0, 0};
    for (uint32_t k = 0; k < db.para.n; k++)
        for (uint32_t e = 0; e < db.para.v[k].n_cap; e++) {
            const ParaCap *q = &db.para_cap.v[db.para.v[k].cap0 + e];
            if (q->other.i != NET_NONE.i) c[k] += q->farad;
        }
    cr_assert_gt(c[0], 0);
    cr_expect_float_eq(c[0] / c[1], 1, 1e-9);
    const TechLayer *m = tech_metal(&t, 5);
    WireSection g = {40e-9, m->thickness, 60e-9, INFINITY, m->height, INFINITY, t.eps_r};
    cr_expect_float_eq(c[0] / (extract_wire_cap(&g).left * 20e-6), 1, 1e-6);
    db_free(&db);
    tech_free(&t);
}
