/* Channels drawn and the power mesh: spacing by brute force over all pairs of shapes, connectivity by touching, drops by hand. */
#include "route/route.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- a chip of one-column cells above and below a channel ------------------------------------------------- */

typedef struct {
    Tech t;
    Db db;
    CellId top;
    ChanRules rules;
    ChanProblem p;
    ChanSolution s;
    int32_t height;
    uint32_t n, nets;
} Bench;

static CellId pin_cell(Bench *b, const char *name, bool pin_low)
{
    const TechLayer *m4 = tech_metal(&b->t, 4);
    CellId c = db_add_cell(&b->db, name, CELL_SOFT, "x");
    NetId p = db_add_port(&b->db, c, "P", 1, DIR_INOUT, USE_SIGNAL);
    int32_t x = (m4->pitch - m4->width) / 2, len = 4 * m4->width;
    db_cell(&b->db, c)->box = (Box){0, 0, m4->pitch, 2000};
    db_add_shape(&b->db, c, db_metal(&b->db, 4), SHAPE_PIN,
                 pin_low ? (Box){x, 0, x + m4->width, len} : (Box){x, 2000 - len, x + m4->width, 2000}, p, 0);
    return c;
}

static void bench_make(Bench *b, const char *tech, uint64_t seed, uint32_t n, uint32_t nets, uint32_t fill)
{
    memset(b, 0, sizeof *b);
    cr_assert_eq(tech_read(tech, &b->t), ST_OK);
    tech_db_init(&b->t, &b->db, "bench");
    Rng r = rng_make(seed, 0);
    int32_t p4 = tech_metal(&b->t, 4)->pitch;
    CellId kind[2] = {pin_cell(b, "lower", false), pin_cell(b, "upper", true)};
    b->top = db_add_cell(&b->db, "top", CELL_BLOCK, "chip");
    b->n = n;
    b->nets = nets;
    db_add_net(&b->db, b->top, "n", nets, USE_SIGNAL);
    InstId *upper = calloc(n, sizeof *upper);
    uint32_t n_upper = 0;
    for (uint32_t i = 0; i < 2 * n; i++) {
        if (rng_below(&r, 100) >= fill) continue;
        char name[16];
        snprintf(name, sizeof name, "i%u", i);
        InstId k = db_add_inst(&b->db, b->top, name, kind[i / n], (Pt){(int32_t)(i % n) * p4, i < n ? 0 : 2000}, ORI_N, 1, 1, 0, 0);
        db_connect_name(&b->db, b->top, k, "P", "n", (int32_t)rng_below(&r, nets), 0, 0);
        if (i >= n) upper[n_upper++] = k;
    }
    ChanOptions opt = {1, 0, UINT32_MAX};
    cr_assert_eq(route_channel(&b->db, &b->t, b->top, 0, (int32_t)n * p4, 2000, 2000, &opt, &b->rules, &b->p, &b->s, &b->height), ST_OK);
    for (uint32_t i = 0; i < n_upper; i++) db_cell(&b->db, b->top)->insts.v[upper[i].i].at.y += b->height;
    db_cell(&b->db, b->top)->box = (Box){0, 0, (int32_t)b->s.n_cols * p4, 4000 + b->height};
    route_channel_shapes(&b->db, b->top, (Pt){0, 2000}, &b->rules, &b->p, &b->s, b->height);
    free(upper);
}

static void bench_free(Bench *b)
{
    channel_solution_free(&b->s);
    route_channel_free(&b->p);
    db_free(&b->db);
    tech_free(&b->t);
}

/* All shapes of the chip, flat, with the net bit they belong to by the netlist. */
typedef struct { Box box; uint32_t layer, bit; bool pin; } Flat;
typedef struct { Flat *v; uint32_t n; } FlatList;

static FlatList flatten(const Bench *b)
{
    const DbCell *c = &b->db.cells.v[b->top.i];
    FlatList f = {calloc(c->shapes.n + c->insts.n + 1, sizeof(Flat)), 0};
    for (uint32_t i = 0; i < c->shapes.n; i++) f.v[f.n++] = (Flat){c->shapes.v[i].box, c->shapes.v[i].layer.i, c->shapes.v[i].bit, false};
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const DbShape *s = &b->db.cells.v[c->insts.v[i].master.i].shapes.v[0];
        Box o = inst_box(&b->db, &c->insts.v[i], 0, 0);
        Box p = {s->box.x0 + o.x0, s->box.y0 + o.y0, s->box.x1 + o.x0, s->box.y1 + o.y0};
        f.v[f.n++] = (Flat){p, s->layer.i, (uint32_t)db_conn(&b->db, b->top, (InstId){i}, 0).base, true};
    }
    return f;
}

static double gap(Box a, Box b)
{
    double dx = a.x0 > b.x1 ? a.x0 - b.x1 : b.x0 > a.x1 ? b.x0 - a.x1 : 0, dy = a.y0 > b.y1 ? a.y0 - b.y1 : b.y0 > a.y1 ? b.y0 - a.y1 : 0;
    return sqrt(dx * dx + dy * dy);
}

static uint32_t root(uint32_t *u, uint32_t i)
{
    while (u[i] != i) i = u[i] = u[u[i]];
    return i;
}

static void check_bench(const Bench *b)
{
    FlatList f = flatten(b);
    uint32_t *u = calloc(f.n + 1, sizeof *u), m4 = b->rules.v_layer.i, m5 = b->rules.h_layer.i, cut = b->rules.cut_layer.i;
    for (uint32_t i = 0; i < f.n; i++) u[i] = i;
    for (uint32_t i = 0; i < f.n; i++)
        for (uint32_t j = 0; j < i; j++) {
            Flat *p = &f.v[i], *q = &f.v[j];
            bool touch = box_touch(p->box, q->box);
            if (p->layer == q->layer) {
                const TechLayer *l = tech_layer(&b->t, db_name(&b->db, b->db.layers.v[p->layer].name));
                bool near = gap(p->box, q->box) < l->space;
                if (p->layer == cut) cr_expect_not(near, "two cuts at (%d,%d) and (%d,%d)", p->box.x0, p->box.y0, q->box.x0, q->box.y0);
                else if (p->bit != q->bit) cr_expect_not(near, "%s: nets %u and %u at (%d,%d)", l->name, p->bit, q->bit, p->box.x0, p->box.y0);
                else if (touch) u[root(u, i)] = root(u, j);
            } else if ((p->layer == cut || q->layer == cut) && touch) {
                u[root(u, i)] = root(u, j);
                cr_expect_eq(p->bit, q->bit, "a cut joins nets %u and %u", p->bit, q->bit);
            }
        }
    /* every net in one piece; every cut enclosed by both metals */
    uint32_t *first = calloc(b->nets + 1, sizeof *first);
    for (uint32_t i = 0; i < f.n; i++) {
        uint32_t r = root(u, i) + 1, *w = &first[f.v[i].bit];
        if (*w) cr_expect_eq(*w, r, "net %u is open at (%d,%d)", f.v[i].bit, f.v[i].box.x0, f.v[i].box.y0);
        *w = *w ? *w : r;
        if (f.v[i].layer != cut) continue;
        Box c = f.v[i].box, e4 = {c.x0, c.y0 - 1, c.x1, c.y1 + 1};
        int32_t end = b->rules.v_end - b->rules.cut / 2, hend = b->rules.h_end - b->rules.cut / 2;
        Box a = {c.x0, c.y0 - end, c.x1, c.y1 + end}, h = {c.x0 - hend, c.y0, c.x1 + hend, c.y1};
        bool in4 = false, in5 = false;
        (void)e4;
        for (uint32_t j = 0; j < f.n; j++) {
            Box o = f.v[j].box;
            in4 |= f.v[j].layer == m4 && o.x0 <= a.x0 && o.x1 >= a.x1 && o.y0 <= a.y0 && o.y1 >= a.y1;
            in5 |= f.v[j].layer == m5 && o.x0 <= h.x0 && o.x1 >= h.x1 && o.y0 <= h.y0 && o.y1 >= h.y1;
        }
        cr_expect(in4 && in5, "cut at (%d,%d) not enclosed", c.x0, c.y0);
    }
    free(first);
    free(u);
    free(f.v);
}

Test(shapes, random_channels_are_clean_and_whole)
{
    for (uint64_t k = 0; k < 24; k++) {
        Bench b;
        /* Pins of one-pin nets have no wire and no partner: few nets keep them rare, and they do not fail the check. */
        bench_make(&b, k & 1 ? "n28" : "n22", k, 12 + (uint32_t)k * 4, 4 + (uint32_t)k, 40 + (uint32_t)k * 2);
        check_bench(&b);
        bench_free(&b);
    }
    cr_assert_eq(mem_live(), 0);
}

Test(shapes, pins_in_wrong_places_are_told)
{
    Bench b;
    bench_make(&b, "n22", 3, 20, 5, 60);
    ChanProblem p;
    db_cell(&b.db, b.top)->insts.v[0].at.x += 7;
    db_cell(&b.db, b.top)->insts.v[0].at.y = 0;
    msg_capture_begin();
    cr_expect_eq(route_channel_collect(&b.db, b.top, &b.rules, 0, 20 * b.rules.col_pitch, 2000, 2000 + b.height, &p), ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "RTE-0011"));
    /* two nets on one spot */
    db_cell(&b.db, b.top)->insts.v[0].at = db_cell(&b.db, b.top)->insts.v[1].at;
    const DbCell *c = db_cell(&b.db, b.top);
    if (c->conns.v[c->insts.v[0].conn0].base != c->conns.v[c->insts.v[1].conn0].base) {
        msg_capture_begin();
        cr_expect_eq(route_channel_collect(&b.db, b.top, &b.rules, 0, 20 * b.rules.col_pitch, 2000, 2000 + b.height, &p), ST_INPUT);
        cr_expect(strstr(msg_capture_end(), "RTE-0012"));
    }
    bench_free(&b);
}

/* ---- power ----------------------------------------------------------------------------------------------- */

typedef struct { Tech t; Db db; CellId top; } Grid;

/* `n` VDD and VSS columns on metal 6 in a cell of the given size. */
static void grid_make(Grid *g, uint32_t n, int32_t w, int32_t h)
{
    cr_assert_eq(tech_read("n22", &g->t), ST_OK);
    tech_db_init(&g->t, &g->db, "grid");
    CellId leaf = db_add_cell(&g->db, "leaf", CELL_SOFT, "x");
    NetId v = db_add_port(&g->db, leaf, "VDD", 1, DIR_INOUT, USE_POWER), s = db_add_port(&g->db, leaf, "VSS", 1, DIR_INOUT, USE_GROUND);
    int32_t pitch = w / (int32_t)n;
    db_cell(&g->db, leaf)->box = (Box){0, 0, pitch, h};
    db_add_shape(&g->db, leaf, db_metal(&g->db, 6), SHAPE_PIN, (Box){pitch / 4, 0, pitch / 4 + 160, h}, v, 0);
    db_add_shape(&g->db, leaf, db_metal(&g->db, 6), SHAPE_PIN, (Box){3 * pitch / 4, 0, 3 * pitch / 4 + 160, h}, s, 0);
    g->top = db_add_cell(&g->db, "top", CELL_BLOCK, "chip");
    db_add_port(&g->db, g->top, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(&g->db, g->top, "VSS", 1, DIR_INOUT, USE_GROUND);
    db_cell(&g->db, g->top)->box = (Box){0, 0, w, h};
    InstId i = db_add_inst(&g->db, g->top, "a", leaf, (Pt){0, 0}, ORI_N, n, 1, pitch, 0);
    db_connect_name(&g->db, g->top, i, "VDD", "VDD", 0, 0, 0);
    db_connect_name(&g->db, g->top, i, "VSS", "VSS", 0, 0, 0);
}

static void grid_free(Grid *g)
{
    db_free(&g->db);
    tech_free(&g->t);
}

Test(power, every_column_is_reached_and_cuts_are_legal)
{
    Grid g;
    grid_make(&g, 10, 100000, 60000);
    PowerOptions opt = {.current_a = 2e-3};
    PowerReport r;
    msg_level(MSG_QUIET);
    cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
    cr_expect_eq(r.n_columns, 20);
    cr_expect_eq(r.unconnected, 0);
    cr_expect_gt(r.n_vias, 0);
    const DbCell *c = db_cell(&g.db, g.top);
    LayerId cut = db_cut(&g.db, 6), m7 = db_metal(&g.db, 7);
    const TechLayer *k = tech_cut(&g.t, 6), *m = tech_metal(&g.t, 7);
    uint32_t cuts = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->layer.i == m7.i) cr_expect_geq(s->box.y1 - s->box.y0, m->width);
        if (s->layer.i != cut.i) continue;
        cuts++;
        bool inside = false;
        for (uint32_t j = 0; j < c->shapes.n; j++) {
            const DbShape *q = &c->shapes.v[j];
            if (q->layer.i == cut.i && j != i) cr_expect_geq(gap(q->box, s->box), k->space);
            if (q->layer.i == m7.i)
                inside |= q->net.i == s->net.i && q->box.y0 + k->enc_above_side <= s->box.y0 && q->box.y1 >= s->box.y1 + k->enc_above_side &&
                          q->box.x0 + k->enc_above <= s->box.x0 && q->box.x1 >= s->box.x1 + k->enc_above;
        }
        cr_expect(inside);
    }
    cr_expect_eq(cuts, r.n_vias);
    power_report_free(&r);
    grid_free(&g);
    cr_assert_eq(mem_live(), 0);
}

/* With many columns the load on a strap is uniform: drop = I R / 8 per strap, and the columns add little. */
Test(power, drop_matches_the_uniform_strap)
{
    Grid g;
    grid_make(&g, 200, 400000, 8000);
    PowerOptions opt = {.current_a = 1e-4, .strap_pitch = 4000, .max_drop_v = 1};
    PowerReport r;
    msg_level(MSG_QUIET);
    cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
    uint32_t vdd = 0;
    const DbCell *c = db_cell(&g.db, g.top);
    for (uint32_t i = 0; i < c->shapes.n; i++) vdd += c->shapes.v[i].kind == SHAPE_WIRE && c->shapes.v[i].net.i == 0;
    const TechLayer *m = tech_metal(&g.t, 7);
    double strap = m->r_sheet * 400000 / r.strap_w, want = opt.current_a / vdd * strap / 8;
    cr_expect_gt(r.ir_drop_v, 0.98 * want);
    cr_expect_lt(r.ir_drop_v, 1.25 * want, "%g against %g", r.ir_drop_v, want);
    power_report_free(&r);
    grid_free(&g);
}

/* The same resistors in ngspice: straps, columns and cuts read back from the drawn shapes, VDD alone. */
Test(power, drop_is_that_of_ngspice)
{
    enum { COLS = 5, W = 100000, H = 40000, MAX_STRAPS = 64 };
    Grid g;
    grid_make(&g, COLS, W, H);
    PowerOptions opt = {.current_a = 2e-4, .strap_pitch = 8000, .max_drop_v = 1};
    PowerReport r;
    msg_level(MSG_QUIET);
    cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
    const DbCell *c = db_cell(&g.db, g.top);
    const TechLayer *m6 = tech_metal(&g.t, 6), *m7 = tech_metal(&g.t, 7), *cut = tech_cut(&g.t, 6);
    Box strap[MAX_STRAPS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (c->shapes.v[i].kind == SHAPE_WIRE && c->shapes.v[i].net.i == 0 && n < MAX_STRAPS) strap[n++] = c->shapes.v[i].box;
    cr_assert_gt(n, 2);
    Buf deck = {0};
    buf_printf(&deck, "mesh\n");
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < COLS; j++) {
            int32_t x0 = (int32_t)j * (W / COLS) + W / COLS / 4, x = x0 + 80, y = (strap[i].y0 + strap[i].y1) / 2, cuts = 0;
            double w7 = strap[i].y1 - strap[i].y0, left = j ? W / COLS : x, low = i ? y - (strap[i - 1].y0 + strap[i - 1].y1) / 2 : 0;
            for (uint32_t k = 0; k < c->shapes.n; k++) {
                const DbShape *s = &c->shapes.v[k];
                cuts += s->kind == SHAPE_VIA && s->net.i == 0 && s->box.x0 >= x0 && s->box.x1 <= x0 + 160 && s->box.y0 >= strap[i].y0 && s->box.y1 <= strap[i].y1;
            }
            cr_assert_gt(cuts, 0);
            if (j) buf_printf(&deck, "rs%u_%u s%u_%u s%u_%u %.12g\n", i, j, i, j - 1, i, j, m7->r_sheet * left / w7);
            else buf_printf(&deck, "rs%u_%u 0 s%u_%u %.12g\n", i, j, i, j, m7->r_sheet * left / w7);
            if (j + 1 == COLS) buf_printf(&deck, "re%u s%u_%u 0 %.12g\n", i, i, j, m7->r_sheet * (W - x) / w7);
            buf_printf(&deck, "rv%u_%u s%u_%u c%u_%u %.12g\n", i, j, i, j, i, j, cut->r_cut / cuts);
            if (i) buf_printf(&deck, "rc%u_%u c%u_%u c%u_%u %.12g\n", i, j, i - 1, j, i, j, m6->r_sheet * low / 160);
            double from = i ? y - low / 2 : 0, to = i + 1 < n ? (y + (strap[i + 1].y0 + strap[i + 1].y1) / 2) / 2.0 : H;
            buf_printf(&deck, "i%u_%u 0 c%u_%u %.15g\n", i, j, i, j, opt.current_a / COLS * (to - from) / H);
        }
    buf_printf(&deck, ".control\nset numdgt=9\nop\n");
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < COLS; j++) buf_printf(&deck, "print v(c%u_%u)\n", i, j);
    buf_printf(&deck, "quit\n.endc\n.end\n");
    char name[] = "/tmp/mesh-XXXXXX", line[256];
    int fd = mkstemp(name);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, deck.s, deck.n), (ssize_t)deck.n);
    close(fd);
    Buf cmd = {0};
    buf_printf(&cmd, "ngspice -b %s 2>/dev/null", name);
    FILE *out = popen(cmd.s, "r");
    cr_assert(out);
    double worst = 0;
    uint32_t seen = 0;
    while (fgets(line, sizeof line, out)) {
        const char *eq = strstr(line, ") = ");
        if (strncmp(line, "v(c", 3) != 0 || !eq) continue;
        double v = strtod(eq + 4, NULL);
        seen++;
        if (v > worst) worst = v;
    }
    pclose(out);
    remove(name);
    cr_assert_eq(seen, n * COLS, "ngspice printed %u nodes", seen);
    cr_expect_float_eq(r.ir_drop_v, worst, 1e-6 * worst, "%.9g V, ngspice %.9g V", r.ir_drop_v, worst);
    cr_expect_float_eq(r.worst[0].drop, worst, 1e-6 * worst);
    for (uint32_t i = 1; i < r.n_worst; i++) cr_expect_leq(r.worst[i].drop, r.worst[i - 1].drop);
    cr_expect_gt(r.wire.rel, 0);
    cr_expect_eq(r.nodes.n, n * COLS + r.n_straps / 2 * COLS);
    double most = 0;
    for (uint32_t i = 0; i < r.nodes.n; i++)
        if (r.nodes.v[i].drop > most) most = r.nodes.v[i].drop;
    cr_expect_eq(most, r.ir_drop_v);
    cr_expect(!r.over);
    power_report_free(&r);
    buf_free(&deck);
    buf_free(&cmd);
    grid_free(&g);
}

/* More current than any width of straps can carry is told, not hidden. */
Test(power, too_much_is_a_violation)
{
    Grid g;
    grid_make(&g, 4, 40000, 40000);
    PowerOptions opt = {.current_a = 5};
    PowerReport r;
    msg_capture_begin();
    cr_expect_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
    cr_expect(strstr(msg_capture_end(), "RTE-0023"));
    cr_expect(r.over);
    cr_expect(r.wire.rel > 1 || r.via.rel > 1 || r.ir_drop_rel > 0.05);
    power_report_free(&r);
    grid_free(&g);
}

Test(power, more_current_more_metal)
{
    PowerReport a, b;
    Grid g;
    msg_level(MSG_QUIET);
    grid_make(&g, 20, 200000, 100000);
    PowerOptions small = {.current_a = 1e-3}, large = {.current_a = 50e-3};
    cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &small, &a), ST_OK);
    grid_free(&g);
    grid_make(&g, 20, 200000, 100000);
    cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &large, &b), ST_OK);
    cr_expect_gt((double)b.strap_w / b.strap_pitch, (double)a.strap_w / a.strap_pitch);
    cr_expect_leq(b.wire.rel, 1.0);
    power_report_free(&a);
    power_report_free(&b);
    grid_free(&g);
}

/* The worst cut's and worst wire's limit just met keeps the mesh; a billionth less makes it another one. Which of the two says whose limit it is. */
Test(power, a_limit_is_met_exactly_or_the_mesh_grows)
{
    msg_level(MSG_QUIET);
    for (int cut = 0; cut < 2; cut++) {
        PowerReport r[3];
        double current = 0, width = 1;
        for (int k = 0; k < 3; k++) { /* as given, at the limit, below it */
            Grid g;
            grid_make(&g, 20, 200000, 100000);
            PowerOptions opt = {.current_a = 2e-3};
            for (uint32_t i = 0; i < g.t.layers.n; i++) {
                TechLayer *l = &g.t.layers.v[i];
                double *limit = cut ? &l->i_max : &l->j_max;
                l->em_temp = g.t.em_at; /* what is given is what holds */
                if (cut ? l->kind != LAYER_CUT || l->level != 6 : l->kind != LAYER_METAL || l->level != 7) *(l->kind == LAYER_CUT ? &l->i_max : &l->j_max) = 0;
                else *limit = k == 0 ? 1e9 : current / width * (k == 1 ? 1 + 1e-12 : 1 - 1e-9);
            }
            cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r[k]), ST_OK);
            const PowerLoad *l = cut ? &r[k].via : &r[k].wire;
            if (k == 0) current = l->current, width = cut ? 1 : r[k].strap_w * g.t.dbu_m;
            else cr_expect_float_eq(l->limit, l->nominal, 1e-15);
            cr_expect_str_eq(l->layer, cut ? "V6" : "M7");
            grid_free(&g);
        }
        cr_expect(!r[1].over && !r[2].over);
        cr_expect_eq(r[1].n_vias, r[0].n_vias);
        cr_expect_eq(r[1].strap_w, r[0].strap_w);
        cr_expect_eq(r[1].cuts, 2);
        if (cut) cr_expect_gt(r[2].cuts, 2);
        else cr_expect_gt((double)r[2].strap_w / r[2].strap_pitch, (double)r[1].strap_w / r[1].strap_pitch);
        cr_expect_gt(r[1].wire.rel + r[1].via.rel, 1 - 1e-9);
        cr_expect_lt(r[2].wire.rel + r[2].via.rel, 1);
        for (int k = 0; k < 3; k++) power_report_free(&r[k]);
    }
    cr_assert_eq(mem_live(), 0);
}

/* Limits nobody can meet: the message names wire and cut, where they are and what they carry. */
Test(power, worst_cut_over_its_limit_is_told)
{
    Grid g;
    PowerOptions opt = {.current_a = 1e-3};
    PowerReport r;
    grid_make(&g, 4, 40000, 40000);
    for (uint32_t i = 0; i < g.t.layers.n; i++)
        if (g.t.layers.v[i].kind == LAYER_CUT) g.t.layers.v[i].i_max = 1e-12;
    msg_capture_begin();
    cr_expect_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
    const char *said = msg_capture_end();
    cr_expect(strstr(said, "RTE-0023") && strstr(said, "a cut of V6"), "%s", said);
    cr_expect(r.over);
    cr_expect_gt(r.via.rel, 1);
    cr_expect_float_eq(r.via.rel, r.via.current / r.via.limit, 1e-12 * r.via.rel);
    power_report_free(&r);
    grid_free(&g);
}

/* Taps of a reference half way between supply columns; k of n pitches from the left. */
static PowerTap tap_make(Grid *g, int32_t k, int32_t n, int32_t y0, int32_t y1, double amp)
{
    int32_t x = db_cell(&g->db, g->top)->box.x1 / n * k;
    db_add_shape(&g->db, g->top, db_metal(&g->db, 6), SHAPE_WIRE, (Box){x, y0, x + 160, y1}, (NetId){2}, 0);
    return (PowerTap){{x, y0, x + 160, y1}, amp};
}

static void reference_make(Grid *g)
{
    grid_make(g, 20, 400000, 100000);
    cr_assert_eq(db_add_port(&g->db, g->top, "VREF", 1, DIR_INOUT, USE_ANALOG).i, 2);
}

/* One tap: each strap that crosses it is a resistor to both ends; column and cuts add what they carry. */
Test(power, reference_drops_as_its_straps_say)
{
    msg_level(MSG_QUIET);
    double width[2];
    for (int fine = 0; fine < 2; fine++) {
        Grid g;
        reference_make(&g);
        PowerTap tap = tap_make(&g, 10, 20, 30000, 90000, 20e-6);
        PowerOptions opt = {.current_a = 2e-3, .reference = {2}, .tap = &tap, .n_taps = 1, .max_reference_v = fine ? 0.5e-3 : 5e-3};
        PowerReport r;
        cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
        const TechLayer *m7 = tech_metal(&g.t, 7), *m6 = tech_metal(&g.t, 6), *cut = tech_cut(&g.t, 6);
        double strap = m7->r_sheet * 400000 / r.ref.strap_w / 4, ideal = tap.current_a * strap / r.ref.n_straps;
        double between = 10000 * m6->r_sheet / 160 * tap.current_a / r.ref.n_straps, cuts = tap.current_a * cut->r_cut / r.ref.n_vias;
        cr_expect_gt(r.ref.n_straps, 3);
        cr_expect_leq(r.ref.drop_v, opt.max_reference_v);
        cr_expect_geq(r.ref.drop_v, 0.99 * ideal);
        cr_expect_leq(r.ref.drop_v, ideal + between + 2 * cuts, "%g V, straps alone %g", r.ref.drop_v, ideal);
        cr_expect_eq(r.ref.drop[0], r.ref.drop_v);
        cr_expect(!r.over);
        width[fine] = r.ref.strap_w;
        /* Its metal keeps off the supplies', is on the grid, and its ends are pins at both edges. */
        const DbCell *c = db_cell(&g.db, g.top);
        uint32_t pins = 0, straps = 0;
        for (uint32_t i = 0; i < c->shapes.n; i++) {
            const DbShape *s = &c->shapes.v[i];
            if (s->layer.i != db_metal(&g.db, 7).i || s->net.i != 2) continue;
            cr_expect(s->box.y0 % g.t.grid == 0 && s->box.y1 % g.t.grid == 0);
            pins += s->kind == SHAPE_PIN && (s->box.x0 == 0 || s->box.x1 == 400000);
            straps += s->kind == SHAPE_WIRE;
            for (uint32_t j = 0; j < c->shapes.n; j++)
                if (c->shapes.v[j].layer.i == s->layer.i && c->shapes.v[j].net.i != 2) cr_expect_geq(gap(c->shapes.v[j].box, s->box), tech_space(m7, (int32_t)fmax(r.ref.strap_w, r.strap_w)));
        }
        cr_expect_eq(straps, r.ref.n_straps);
        cr_expect_eq(pins, 2 * straps);
        power_report_free(&r);
        grid_free(&g);
    }
    cr_expect_gt(width[1], width[0], "a tenth of the drop takes more metal: %g, %g", width[1], width[0]);
    cr_assert_eq(mem_live(), 0);
}

/* The tap that draws more, and stands farther from both ends, has the larger drop. */
Test(power, reference_is_judged_per_tap)
{
    Grid g;
    PowerReport r;
    msg_level(MSG_QUIET);
    reference_make(&g);
    PowerTap tap[] = {tap_make(&g, 2, 20, 10000, 50000, 10e-6), tap_make(&g, 11, 20, 10000, 50000, 30e-6), tap_make(&g, 18, 20, 10000, 50000, 10e-6)};
    PowerOptions opt = {.current_a = 2e-3, .reference = {2}, .tap = tap, .n_taps = 3, .max_reference_v = 2e-3};
    cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
    cr_expect_eq(r.ref.worst, 1);
    cr_expect_float_eq(r.ref.drop[0], r.ref.drop[2], 0.15 * r.ref.drop[0], "both 2 from an end: %g, %g", r.ref.drop[0], r.ref.drop[2]);
    cr_expect_lt(r.ref.drop[0], r.ref.drop[1]);
    cr_expect_gt(r.ref.drop[0], 0);
    power_report_free(&r);
    grid_free(&g);
}

/* A column across all straps joins those of taps that stand apart in y; it draws nothing, and asks for no straps of its own. */
Test(power, a_trunk_joins_the_references_straps)
{
    msg_level(MSG_QUIET);
    uint32_t straps[2], joined[2];
    for (int trunk = 0; trunk < 2; trunk++) {
        Grid g;
        PowerReport r;
        reference_make(&g);
        PowerTap tap[] = {tap_make(&g, 5, 20, 5000, 30000, 10e-6), tap_make(&g, 12, 20, 60000, 95000, 10e-6)};
        PowerOptions opt = {.current_a = 2e-3, .reference = {2}, .tap = tap, .n_taps = 2, .max_reference_v = 2e-3};
        if (trunk) opt.trunk = tap_make(&g, 18, 20, 5000, 95000, 0).column;
        cr_assert_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
        straps[trunk] = r.ref.n_straps;
        joined[trunk] = 0;
        const DbCell *c = db_cell(&g.db, g.top);
        for (uint32_t i = 0; i < c->shapes.n; i++) {
            const DbShape *s = &c->shapes.v[i];
            joined[trunk] += s->net.i == 2 && s->kind == SHAPE_VIA && s->box.x0 >= 400000 / 20 * 18 && s->box.x1 <= 400000 / 20 * 18 + 160;
        }
        cr_expect_leq(r.ref.drop_v, opt.max_reference_v);
        power_report_free(&r);
        grid_free(&g);
    }
    cr_expect_eq(straps[1], straps[0]);
    cr_expect_eq(joined[0], 0);
    cr_expect_geq(joined[1], 2 * straps[1], "every strap, by two cuts: %u of %u", joined[1], straps[1]);
    cr_assert_eq(mem_live(), 0);
}

Test(power, a_reference_that_cannot_be_is_told)
{
    Grid g;
    PowerReport r;
    reference_make(&g);
    PowerTap tap = tap_make(&g, 10, 20, 30000, 90000, 20e-3);
    PowerOptions opt = {.current_a = 2e-3, .reference = {2}, .tap = &tap, .n_taps = 1, .max_reference_v = 1e-6};
    msg_capture_begin();
    cr_expect_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_OK);
    cr_expect(strstr(msg_capture_end(), "RTE-0024"));
    cr_expect(r.over);
    cr_expect_gt(r.ref.drop_v, r.ref.wanted_v);
    power_report_free(&r);
    grid_free(&g);
    /* between two straps of the supplies' and no gap's middle */
    reference_make(&g);
    tap = tap_make(&g, 10, 20, 30000, 30400, 1e-6);
    msg_capture_begin();
    cr_expect_eq(route_power_mesh(&g.db, &g.t, g.top, &opt, &r), ST_VIOLATION);
    cr_expect(strstr(msg_capture_end(), "RTE-0021"));
    cr_expect_eq(r.unconnected, 1);
    power_report_free(&r);
    grid_free(&g);
    cr_assert_eq(mem_live(), 0);
}
