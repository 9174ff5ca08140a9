/* Capacitors and flavours of the cell generator: values measured on the shapes, what does not fit is refused and leaves nothing behind. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "cells/circuit.h"
#include "cells/draw_int.h"
#include "cells/physical.h"

typedef struct {
    Tech t;
    Db db;
    CellId c;
} Bench;

/* A cell with a column wire COL on metal 4 and, if wanted, one that passes on metal 6; capacitors from b0 … to COL. */
static void bench(Bench *b, int32_t w, int32_t h, const double *farad, uint32_t n, bool passing)
{
    cr_assert_eq(tech_read("n22", &b->t), ST_OK);
    tech_db_init(&b->t, &b->db, "caps");
    b->c = db_add_cell(&b->db, "caps", CELL_LEAF, "caps");
    NetId col = db_add_port(&b->db, b->c, "COL", 1, DIR_INOUT, USE_ANALOG), g = db_add_port(&b->db, b->c, "G", 1, DIR_INOUT, USE_ANALOG);
    db_cell(&b->db, b->c)->box = (Box){0, 0, w, h};
    const TechLayer *m = tech_metal(&b->t, 4);
    int32_t x = 3 * m->pitch + m->pitch / 2;
    db_add_shape(&b->db, b->c, db_metal(&b->db, 4), SHAPE_PIN, (Box){x - m->width / 2, 0, x + m->width / 2, h}, col, 0);
    x = w / 2 / m->pitch * m->pitch + m->pitch / 2;
    if (passing) db_add_shape(&b->db, b->c, db_metal(&b->db, 6), SHAPE_PIN, (Box){x - m->width / 2, 0, x + m->width / 2, h}, g, 0);
    for (uint32_t i = 0; i < n; i++) {
        char name[8];
        snprintf(name, sizeof name, "b%u", i);
        db_add_cap(&b->db, b->c, name, db_add_net(&b->db, b->c, name, 1, USE_SIGNAL), col, farad[i]);
    }
}

static void bench_free(Bench *b)
{
    db_free(&b->db);
    tech_free(&b->t);
}

/* Capacitance of a net by its shapes: facing lengths over the least gap, with the common plate, on both capacitor metals. */
static double facing(const Bench *b, uint32_t net)
{
    const DbCell *c = &b->db.cells.v[b->c.i];
    const TechLayer *m = tech_metal(&b->t, 5);
    double sum = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++)
        for (uint32_t k = 0; k < c->shapes.n; k++) {
            const DbShape *p = &c->shapes.v[i], *q = &c->shapes.v[k];
            int32_t l = b->db.layers.v[p->layer.i].level;
            if (p->layer.i != q->layer.i || b->db.layers.v[p->layer.i].kind != LAYER_METAL || l < 5 || p->net.i != net || q->net.i != 0) continue;
            int32_t y0 = p->box.y0 > q->box.y0 ? p->box.y0 : q->box.y0, y1 = p->box.y1 < q->box.y1 ? p->box.y1 : q->box.y1;
            bool beside = q->box.x0 == p->box.x1 + m->space || p->box.x0 == q->box.x1 + m->space;
            if (beside && y1 > y0) sum += y1 - y0;
        }
    return sum * b->t.mom_density * (m->width + m->space) * b->t.dbu_m * b->t.dbu_m;
}

Test(draw, capacitors_have_their_values)
{
    static const double farad[] = {1e-15, 2e-15, 4e-15};
    for (int passing = 0; passing < 2; passing++) {
        Bench b;
        bench(&b, 2320, 2880, farad, 3, passing);
        cr_assert_eq(draw_caps(&b.db, &b.t, b.c, NULL, true), ST_OK);
        for (uint32_t i = 0; i < 3; i++) cr_expect_float_eq(facing(&b, 2 + i) / farad[i], 1, 1e-3, "c%u with%s passing wire", i, passing ? "" : "out");
        bench_free(&b);
    }
}

/* Another length afterwards: one capacitor's faces follow, the others stay; not beyond the bar of the common plate, and never to nothing. */
Test(draw, a_capacitor_gets_another_length)
{
    static const double farad[] = {1e-15, 2e-15, 4e-15};
    Bench b;
    bench(&b, 2320, 2880, farad, 3, false);
    cr_assert_eq(draw_caps(&b.db, &b.t, b.c, NULL, true), ST_OK);
    DbDevice *d = b.db.cells.v[b.c.i].devices.v;
    cr_expect(!draw_cap_resize(&b.db, &b.t, b.c, 1, 2e-15), "nothing to do");
    cr_expect(draw_cap_resize(&b.db, &b.t, b.c, 1, 1.5e-15));
    cr_expect_float_eq(facing(&b, 3) / 1.5e-15, 1, 2e-3);
    cr_expect_float_eq(facing(&b, 3) / d[1].value, 1, 1e-3, "the device's value is that of the fingers drawn");
    cr_expect_float_eq(facing(&b, 2) / 1e-15, 1, 1e-3);
    cr_expect_float_eq(facing(&b, 4) / 4e-15, 1, 1e-3);
    cr_expect(draw_cap_resize(&b.db, &b.t, b.c, 0, 1e-12));
    cr_expect_lt(d[0].value, 1e-14);
    cr_expect_float_eq(facing(&b, 2) / d[0].value, 1, 1e-3);
    for (uint32_t i = 0; i < b.db.cells.v[b.c.i].shapes.n; i++) cr_expect_leq(b.db.cells.v[b.c.i].shapes.v[i].box.y1, 2880);
    cr_expect(draw_cap_resize(&b.db, &b.t, b.c, 0, 0));
    cr_expect_gt(facing(&b, 2), 0);
    bench_free(&b);
}

/* By hand: 7 fingers on 2 metals have 12 faces of at most 2,640 nm, 54.4 aF per um each. */
Test(draw, the_largest_capacitor_that_fits)
{
    double most = 12 * 2.640 * 54.4e-18, farad[] = {most * 0.999, most * 1.001};
    for (int i = 0; i < 2; i++) {
        Bench b;
        bench(&b, 560, 2880, &farad[i], 1, false);
        cr_expect_eq(draw_caps(&b.db, &b.t, b.c, NULL, false), i ? ST_VIOLATION : ST_OK, "%g F", farad[i]);
        if (i) cr_expect_eq(db_cell(&b.db, b.c)->shapes.n, 1, "nothing is left behind");
        bench_free(&b);
    }
}

Test(draw, capacitors_that_cannot_be_drawn_are_told)
{
    static const double farad[] = {1e-15, 1e-15};
    Bench b;
    bench(&b, 2320, 2880, farad, 2, false);
    db_cell(&b.db, b.c)->devices.v[1].t[1].net = (NetId){1};
    msg_capture_begin();
    cr_expect_eq(draw_caps(&b.db, &b.t, b.c, NULL, true), ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "DRAW-0002"), "two common plates");
    db_cell(&b.db, b.c)->devices.v[1].t[1].net = (NetId){0};
    db_cell(&b.db, b.c)->shapes.v[0].box.y1 = 1000; /* the column wire ends below */
    msg_capture_begin();
    cr_expect_eq(draw_caps(&b.db, &b.t, b.c, NULL, true), ST_VIOLATION);
    cr_expect(strstr(msg_capture_end(), "DRAW-0006"), "no column wire");
    cr_expect_eq(db_cell(&b.db, b.c)->shapes.n, 1);
    bench_free(&b);
}

/* Every gate of a low-threshold device lies under its layer, no other gate does. */
Test(draw, flavours_stand_in_rows_of_their_own, .timeout = 300)
{
    Tech t;
    Db db;
    CellLibrary lib = {0};
    DrawStats s;
    CellId c, tap;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    tech_db_init(&t, &db, "two");
    cells_variants(&t, &lib);
    const CellVariant *v = NULL;
    for (uint32_t i = 0; i < lib.v.n; i++)
        if (str_eq(lib.v.v[i].variant, "cu1f_slvt")) v = &lib.v.v[i];
    cr_assert_eq(draw_variant(&db, &t, &lib, v, v->function, &c, &s, &tap), ST_OK);
    const DbCell *x = db_cell(&db, c);
    uint32_t marked = 0, rows = (uint32_t)(x->box.y1 / t.cell_row);
    LayerId mark = db_find_layer(&db, tech_device(&t, "nmos_slvt")->mark);
    for (uint32_t i = 0; i < x->shapes.n; i++) {
        if (x->shapes.v[i].layer.i != mark.i) continue;
        marked++;
        cr_expect(x->shapes.v[i].box.x0 <= 0 && x->shapes.v[i].box.x1 >= x->box.x1 && x->shapes.v[i].box.y0 % t.cell_row == 0);
    }
    cr_expect(marked > 0 && marked < rows, "%u of %u rows are marked", marked, rows);
    cells_library_free(&lib);
    db_free(&db);
    tech_free(&t);
}

/* A column end, whose parts are drawn one by one. */
static Status column_end(Tech *t, Db *db, int32_t rows, CellId *c, DrawStats *st)
{
    CellLibrary lib = {0};
    cr_assert_eq(tech_read("n22", t), ST_OK);
    tech_db_init(t, db, "end");
    cells_variants(t, &lib);
    const CellVariant *v = NULL;
    for (uint32_t i = 0; i < lib.v.n; i++)
        if (str_eq(lib.v.v[i].function, "col_end") && !v) v = &lib.v.v[i];
    cr_assert_not_null(v);
    CellPitch p = {.px = 2320, .py = 2880, .end_h = rows * t->cell_row, .adc_bits = 8};
    *c = cells_abstract(db, t, &p, "col_end_a", v, "end");
    Status s = draw_cell(db, t, *c, st);
    cells_library_free(&lib);
    return s;
}

Test(draw, a_large_cell_is_drawn_part_by_part_into_its_outline)
{
    Tech t;
    Db db;
    CellId c;
    DrawStats st;
    cr_assert_eq(column_end(&t, &db, 8, &c, &st), ST_OK);
    const DbCell *x = &db.cells.v[c.i];
    int64_t gate[2] = {0, 0}, want[2] = {0, 0}; /* drawn widths of N, P: gates' area over their length */
    for (uint32_t i = 0; i < x->devices.n; i++) want[x->devices.v[i].kind == DEV_PMOS] += x->devices.v[i].w;
    uint32_t poly = db_find_layer(&db, tech_role(&t, ROLE_POLY)->name).i, act = db_find_layer(&db, tech_role(&t, ROLE_ACTIVE)->name).i;
    for (uint32_t i = 0; i < x->shapes.n; i++) {
        const DbShape *s = &x->shapes.v[i];
        if (db.layers.v[s->layer.i].kind == LAYER_METAL) cr_assert(s->box.x0 >= 0 && s->box.y0 >= 0 && s->box.x1 <= 2320 && s->box.y1 <= 8 * t.cell_row);
        if (s->layer.i != act) continue;
        for (uint32_t k = 0; k < x->shapes.n; k++) {
            const DbShape *q = &x->shapes.v[k];
            if (q->layer.i != poly || q->box.x1 - q->box.x0 != 20 || q->box.y0 >= s->box.y0 || q->box.y1 <= s->box.y1) continue;
            if (q->box.x0 < s->box.x0 || q->box.x1 > s->box.x1) continue;
            /* rows are mirrored in turn; the lower half of an even one holds N */
            int32_t row = s->box.y0 / t.cell_row, in = (s->box.y0 + s->box.y1) / 2 - row * t.cell_row;
            gate[(in > t.cell_row / 2) != (row % 2 == 1)] += s->box.y1 - s->box.y0;
        }
    }
    cr_assert_eq(gate[0], want[0], "N: %lld drawn, %lld wanted", (long long)gate[0], (long long)want[0]);
    cr_assert_eq(gate[1], want[1], "P: %lld drawn, %lld wanted", (long long)gate[1], (long long)want[1]);
    cr_assert_gt(st.contacts + st.vias, 0u);
    db_free(&db);
    tech_free(&t);
}

Test(draw, parts_that_do_not_fit_are_refused_and_leave_nothing)
{
    Tech t;
    Db db;
    CellId c;
    DrawStats st;
    msg_capture_begin();
    Status s = column_end(&t, &db, 2, &c, &st);
    const char *text = msg_capture_end();
    cr_assert_eq(s, ST_VIOLATION);
    cr_assert_not_null(strstr(text, "DRAW-0004"), "%s", text);
    for (uint32_t i = 0; i < db.cells.v[c.i].shapes.n; i++) cr_assert_eq(db.cells.v[c.i].shapes.v[i].kind, SHAPE_PIN);
    db_free(&db);
    tech_free(&t);
}

/* ---- converters ------------------------------------------------------------------------------------------------ */

static const CellVariant *converter(const Tech *t, CellLibrary *lib, uint32_t k)
{
    cells_variants(t, lib);
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, "sar_adc") && k-- == 0) return &lib->v.v[i];
    return NULL;
}

/* Faces of the plate of one net, from the marks of gaps and the plates beside them: F. */
static double plate(const Db *db, const Tech *t, const DbCell *c, const DbDevice *d)
{
    uint32_t mark = db_find_layer(db, tech_role(t, ROLE_MOM)->name).i;
    const TechLayer *lo = tech_metal(t, t->mom_lo);
    int64_t faces = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        Box g = c->shapes.v[i].box;
        if (c->shapes.v[i].layer.i != mark) continue;
        for (uint32_t k = 0; k < c->shapes.n; k++) {
            const DbShape *s = &c->shapes.v[k];
            const DbLayer *l = &db->layers.v[s->layer.i];
            if (l->kind != LAYER_METAL || l->level < t->mom_lo || l->level > t->mom_hi || s->net.i != d->t[0].net.i || s->bit != d->t[0].bit) continue;
            if ((s->box.x1 == g.x0 || s->box.x0 == g.x1) && s->box.y0 <= g.y0 && s->box.y1 >= g.y1) faces += g.y1 - g.y0;
        }
    }
    return (double)faces * t->mom_density * (lo->width + lo->space) * t->dbu_m * t->dbu_m;
}

/* Drawn capacitors: each within 0.1 % of the circuit's, ratios within a tenth of a unit's mismatch. */
Test(draw, the_array_of_a_converter_is_binary, .timeout = 300)
{
    static const char *const tech[] = {"n22", "n28"};
    for (size_t i = 0; i < COUNTOF(tech); i++) {
        Tech t;
        Db db;
        CellLibrary lib = {0};
        CellId c, tap;
        DrawStats st;
        cr_assert_eq(tech_read(tech[i], &t), ST_OK);
        tech_db_init(&t, &db, "array");
        const CellVariant *v = converter(&t, &lib, 0);
        cr_assert_eq(draw_converter_part(&db, &t, &lib, v, "cap_array", &c, &st, &tap), ST_OK);
        const DbCell *x = db_cell(&db, c);
        uint32_t n = 0;
        double limit = t.cap_mismatch / sqrt(v->param[1]) / 10;
        for (uint32_t k = 0; k < x->devices.n; k++) {
            const DbDevice *d = &x->devices.v[k];
            if (d->kind != DEV_CAP) continue;
            double f = plate(&db, &t, x, d);
            cr_expect_float_eq(f / d->value, 1, limit < 1e-3 ? limit : 1e-3, "%s %s: %g F, circuit %g F", tech[i], db_name(&db, d->name), f, d->value);
            n++;
        }
        cr_expect_eq(n, 7, "six bits and the last unit");
        cells_library_free(&lib);
        db_free(&db);
        tech_free(&t);
    }
}

/* Order of the columns of a pair: both devices have the same centre, whatever their number of fingers. */
Test(draw, matched_pairs_have_one_centre)
{
    Tech t;
    RowGeom g;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(draw_rows(&t, false, &g), ST_OK);
    for (int32_t w = 100; w <= 1300; w += 400)
        for (int paired = 0; paired < 2; paired++) {
            Db db;
            DrawNets nets = {0};
            Placement p = {0};
            tech_db_init(&t, &db, "pair");
            CellId c = db_add_cell(&db, "pair", CELL_LEAF, "pair");
            NetId vss = db_add_port(&db, c, "VSS", 1, DIR_INOUT, USE_GROUND), net[5];
            static const char *const name[] = {"ip", "in", "xp", "xn", "tail"};
            for (int k = 0; k < 5; k++) net[k] = db_add_port(&db, c, name[k], 1, DIR_INOUT, USE_SIGNAL);
            for (int k = 0; k < 2; k++) {
                DbDevice *d = arr_add(&db_cell(&db, c)->devices);
                *d = (DbDevice){.name = names_add(&db.names, name[k]), .model = names_add(&db.names, tech_device(&t, "nmos_slvt")->model), .kind = DEV_NMOS, .w = w, .l = 40, .m = 1};
                d->t[0].net = net[2 + k], d->t[1].net = net[k], d->t[2].net = net[4], d->t[3].net = vss;
                d->pair = (uint32_t)paired;
            }
            cr_assert_eq(draw_order(&db, c, &g, 1, 0, 0, &nets, &p), ST_OK);
            int64_t sum[2] = {0, 0}, n[2] = {0, 0};
            for (uint32_t k = 0; k < p.col.n; k++) {
                uint32_t dev = p.finger.v[p.col.v[k].f[0]].dev;
                sum[dev] += p.col.v[k].pos;
                n[dev]++;
            }
            cr_assert_eq(n[0], n[1]);
            bool halved = w >= 2 * tech_device(&t, "nmos_slvt")->w_min; /* no finger is narrower than the narrowest device */
            if (paired && !halved) cr_expect_eq(n[0], 1);
            if (paired && halved) cr_expect(n[0] % 2 == 0 && sum[0] == sum[1], "width %d: %lld fingers each, centres %lld and %lld", w, (long long)n[0], (long long)sum[0], (long long)sum[1]);
            arr_free(&p.finger);
            arr_free(&p.col);
            arr_free(&nets.v);
            map_free(&nets.index);
            db_free(&db);
        }
    tech_free(&t);
}

/* What cannot be drawn in sections is told and leaves nothing behind. */
Test(draw, converters_without_room_or_mark_are_refused)
{
    static const char *const id[] = {"DRAW-0004", "DRAW-0001"};
    for (int k = 0; k < 2; k++) {
        Tech t;
        Db db;
        CellLibrary lib = {0};
        DrawStats st;
        cr_assert_eq(tech_read("n22", &t), ST_OK);
        tech_db_init(&t, &db, "converter");
        const CellVariant *v = converter(&t, &lib, 0);
        for (uint32_t i = 0; i < t.layers.n && k; i++)
            if (t.layers.v[i].role == ROLE_RESISTOR) t.layers.v[i].body = NULL;
        CellId c = cells_abstract(&db, &t, &(CellPitch){.px = 2320, .adc_h = 40 * t.cell_row, .adc_bits = 6}, "sar_adc", v, "converter");
        uint32_t n = db_cell(&db, c)->shapes.n;
        msg_capture_begin();
        Status s = draw_cell(&db, &t, c, &st);
        const char *text = msg_capture_end();
        cr_expect(s != ST_OK && strstr(text, id[k]), "%s", text);
        cr_expect_eq(db_cell(&db, c)->shapes.n, n);
        cells_library_free(&lib);
        db_free(&db);
        tech_free(&t);
    }
}

/* ---- resistors of poly --------------------------------------------------------------------------------------------- */

/* The net of the bar over a point, as net and bit in one number; −1: none. */
static int64_t bar_at(const Db *db, const DbCell *c, int32_t x, int32_t y)
{
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &db->layers.v[s->layer.i];
        if (l->kind == LAYER_METAL && l->level == 1 && s->box.x0 <= x && x <= s->box.x1 && s->box.y0 <= y && y <= s->box.y1) return (int64_t)s->net.i << 32 | s->bit;
    }
    return -1;
}

/* A ladder's circuit without pins, drawn as strips alone. */
static int32_t strips(const char *tech, uint32_t variant, int32_t w, int32_t most, Tech *t, Db *db, CellId *c)
{
    CellLibrary lib = {0};
    int32_t band;
    cr_assert_eq(tech_read(tech, t), ST_OK);
    tech_db_init(t, db, "strips");
    cells_variants(t, &lib);
    const CellVariant *v = NULL;
    for (uint32_t i = 0; i < lib.v.n && !v; i++)
        if (str_eq(lib.v.v[i].function, "ladder") && variant-- == 0) v = &lib.v.v[i];
    cr_assert_not_null(v);
    *c = db_add_cell(db, "strips", CELL_LEAF, "ladder");
    cells_ports(db, *c, "ladder", 0);
    cells_circuit(db, t, *c, "ladder", v, 0);
    db_cell(db, *c)->box = (Box){0, 0, w, most * t->cell_row};
    int32_t rows = draw_strip_rows(db, t, *c, true, most, &band);
    cr_assert(rows % 2 == 0 && rows <= most && (rows == 0 || rows % band == 0));
    if (rows) draw_strips(db, t, *c, true, 0, band);
    cells_library_free(&lib);
    return rows;
}

/* By the shapes alone: each resistor's strips in parallel have its value, their centre is near that of all. */
Test(draw, strips_have_their_resistors_values_and_one_centre)
{
    static const struct {
        const char *tech;
        uint32_t variant;
        int32_t w;
    } of[] = {{"n22", 0, 13120}, {"n22", 4, 13120}, {"n22", 6, 9000}, {"n28", 1, 34560}, {"n28", 4, 34560}, {"sky130", 1, 65280}};
    for (size_t q = 0; q < COUNTOF(of); q++) {
        Tech t;
        Db db;
        CellId id;
        int32_t rows = strips(of[q].tech, of[q].variant, of[q].w, 60, &t, &db, &id);
        cr_assert_gt(rows, 0, "%s, ladder %u", of[q].tech, of[q].variant);
        const DbCell *c = db_cell(&db, id);
        LayerId poly = db_find_layer(&db, tech_role(&t, ROLE_POLY)->name), mark = db_find_layer(&db, tech_role(&t, ROLE_RESISTOR)->name);
        uint32_t dummies = 0, n_marks = 0;
        int32_t head = tech_rule(&t, RULE_ENCLOSE, FE_CO_POLY, FE_POLY)->ends + tech_cut(&t, 0)->cut_size / 2; /* middle of a contact from the strip's end */
        double middle = 0; /* of the bands */
        struct { double siemens, x, y, n; } *sum = mem_calloc(c->devices.n, sizeof *sum);
        for (uint32_t i = 0; i < c->shapes.n; i++) {
            Box b = c->shapes.v[i].box, m = {0};
            n_marks += c->shapes.v[i].layer.i == mark.i;
            if (c->shapes.v[i].layer.i == mark.i) middle = (b.x0 + b.x1) / 2.0;
            if (c->shapes.v[i].layer.i != poly.i) continue;
            for (uint32_t k = 0; k < c->shapes.n; k++)
                if (c->shapes.v[k].layer.i == mark.i && box_overlap(c->shapes.v[k].box, b)) m = c->shapes.v[k].box;
            if (m.x0 == m.x1) {
                dummies++;
                continue;
            }
            cr_assert(m.x0 < b.x0 && m.x1 > b.x1 && m.y0 > b.y0 && m.y1 < b.y1 && b.x0 >= 0 && b.x1 <= of[q].w);
            int64_t net[2] = {bar_at(&db, c, (b.x0 + b.x1) / 2, b.y0 + head), bar_at(&db, c, (b.x0 + b.x1) / 2, b.y1 - head)};
            uint32_t dev = UINT32_MAX;
            for (uint32_t k = 0; k < c->devices.n; k++) {
                const DbDevice *d = &c->devices.v[k];
                int64_t e[2] = {(int64_t)d->t[0].net.i << 32 | d->t[0].bit, (int64_t)d->t[1].net.i << 32 | d->t[1].bit};
                if (draw_is_strip(&db, &t, id, k) && ((e[0] == net[0] && e[1] == net[1]) || (e[0] == net[1] && e[1] == net[0]))) dev = k;
            }
            cr_assert_neq(dev, UINT32_MAX, "a strip at %d %d is nobody's", b.x0, b.y0);
            sum[dev].siemens += (b.x1 - b.x0) / (t.res_sheet * (m.y1 - m.y0));
            sum[dev].x += (b.x0 + b.x1) / 2.0;
            sum[dev].y += (b.y0 + b.y1) / 2.0;
            sum[dev].n++;
        }
        cr_expect_eq(dummies, 2 * n_marks, "one at either end of each band");
        double h = rows * t.cell_row;
        for (uint32_t k = 0; k < c->devices.n; k++) {
            if (!draw_is_strip(&db, &t, id, k)) continue;
            const char *name = db_name(&db, c->devices.v[k].name);
            cr_expect_float_eq(c->devices.v[k].value * sum[k].siemens, 1, 2e-3, "%s %s: %g of its value", of[q].tech, name, 1 / sum[k].siemens / c->devices.v[k].value);
            bool odd = lrint(sum[k].n) % 2; /* one strip is without another on the other side, and pushes others aside */
            cr_expect_float_eq(sum[k].y / sum[k].n, h / 2, odd ? h / 2 / sum[k].n : 1, "%s %s: y %g of %g", of[q].tech, name, sum[k].y / sum[k].n, h);
            cr_expect_float_eq(sum[k].x / sum[k].n, middle, of[q].w / fmin(64, odd ? 2 * sum[k].n : 64), "%s %s: x %g, middle %g", of[q].tech, name, sum[k].x / sum[k].n, middle);
        }
        mem_free(sum);
        db_free(&db);
        tech_free(&t);
    }
}

Test(draw, strips_without_room_are_not_drawn)
{
    Tech t;
    Db db;
    CellId c;
    for (int narrow = 0; narrow < 2; narrow++) {
        cr_expect_eq(strips("n22", 0, narrow ? 900 : 13120, narrow ? 60 : 4, &t, &db, &c), 0);
        cr_expect_eq(db_cell(&db, c)->shapes.n, 0);
        db_free(&db);
        tech_free(&t);
    }
}

/* Two wires of a net side by side near the cell's edge, whose neighbour keeps half the least spacing: wide metal keeps the rest of its own. */
static bool mends(const Tech *t, const RowGeom *g, Box b, bool fixed)
{
    Grid q;
    bool again[1] = {false};
    grid_make(&q, g, 50 * t->gate_pitch, t->cell_row, 4, 40, NULL, 0);
    arr_push(&q.net, ((Routed){0}));
    Box low = b, high = b;
    low.y1 = high.y0 = (b.y0 + b.y1) / 2;
    if (fixed) grid_fix(&q, 1, 0, b);
    for (int k = 0; k < 2 && !fixed; k++) arr_push(&q.net.v[0].wire, ((DrawBox){1, 0, k ? high : low}));
    bool good = grid_mend(&q, 1, again);
    cr_expect_neq(good, again[0]);
    grid_free(&q);
    return good;
}

Test(draw, wide_metal_keeps_its_spacing_to_the_neighbour)
{
    static const char *const in[] = {"n22", "n28"};
    for (size_t i = 0; i < COUNTOF(in); i++) {
        Tech t;
        RowGeom g;
        cr_assert_eq(tech_read(in[i], &t), ST_OK);
        cr_assert_eq(draw_rows(&t, false, &g), ST_OK);
        const TechLayer *m = tech_metal(&t, 1);
        int32_t over = m->wide.v[0].width, keep = m->wide.v[0].space - (m->space + 1) / 2, half = over / 2 + t.grid, w = 50 * t.gate_pitch, mid = t.cell_row / 2;
        Box wide = {keep, mid - half, keep + 2 * half, mid + half}, thin = {keep - t.grid, mid - over / 2, keep + 2 * half, mid + over / 2}, far = wide;
        cr_assert_gt(keep, (m->space + 1) / 2);
        cr_expect(mends(&t, &g, wide, false), "%s: at its distance", in[i]);
        wide.x0 -= t.grid;
        cr_expect_not(mends(&t, &g, wide, false), "%s: one step nearer", in[i]);
        cr_expect(mends(&t, &g, wide, true), "%s: what was there is not the router's", in[i]);
        cr_expect(mends(&t, &g, thin, false), "%s: not wide", in[i]);
        wide.x0 = 0;
        cr_expect(mends(&t, &g, wide, false), "%s: it goes on in the neighbour", in[i]);
        far.x1 = w - keep + t.grid;
        far.x0 = far.x1 - 2 * half;
        cr_expect_not(mends(&t, &g, far, false), "%s: one step nearer to the right edge", in[i]);
        tech_free(&t);
    }
}

/* A string whose resistors are nothing beside their contacts is refused as such; what lacks room beside the first cells gets it. */
Test(draw, ladders_are_drawn_or_refused_with_a_reason, .timeout = 300)
{
    static const struct {
        const char *tech, *variant;
        bool refused;
    } of[] = {{"sky130", "r60", true}, {"sky130", "r250", false}, {"n22", "r250", false}, {"n22", "r16k", false}};
    for (size_t i = 0; i < COUNTOF(of); i++) {
        Tech t;
        CellLibrary lib = {0};
        Db db;
        CellId c, tap;
        DrawStats st;
        cr_assert_eq(tech_read(of[i].tech, &t), ST_OK);
        tech_db_init(&t, &db, "ladder");
        cells_variants(&t, &lib);
        for (uint32_t k = 0; k < lib.v.n; k++) {
            if (!str_eq(lib.v.v[k].function, "ladder") || !str_eq(lib.v.v[k].variant, of[i].variant)) continue;
            const char *why = draw_refuses(&t, &lib.v.v[k]);
            cr_expect_eq(why != NULL, of[i].refused, "%s %s", of[i].tech, of[i].variant);
            if (!strcmp(of[i].tech, "n22")) cr_expect_eq(draw_variant(&db, &t, &lib, &lib.v.v[k], "ladder", &c, &st, &tap), ST_OK);
        }
        db_free(&db);
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* The height of a large cell is that which its drawn parts take: n28's narrowest reset beside the first synapse. */
Test(draw, a_column_end_has_the_rows_that_its_parts_take)
{
    Tech t;
    CellLibrary lib = {0};
    Db db;
    CellId c, tap;
    DrawStats st;
    cr_assert_eq(tech_read("n28", &t), ST_OK);
    tech_db_init(&t, &db, "end");
    cells_variants(&t, &lib);
    for (uint32_t k = 0; k < lib.v.n; k++)
        if (str_eq(lib.v.v[k].function, "col_end")) cr_expect_eq(draw_variant(&db, &t, &lib, &lib.v.v[k], "col_end", &c, &st, &tap), ST_OK, "%s", lib.v.v[k].variant);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}
