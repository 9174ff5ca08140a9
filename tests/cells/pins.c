/*
 * Outlines and pins: a small crossbar of two block rows and two tile columns, put together as cells.h says, has no short, no open, no
 * spacing, area or grid violation; every cell abuts its own mirror image; for both technologies, all variants, converters of 6 … 10 bit.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "cells/circuit.h"
#include "cells/draw_int.h"
#include "cells/draw.h"
#include "cells/physical.h"
#include "tests/cells/quilt.h"

static const char *const techs[] = {"n22", "n28"};

/* ---- choices ---------------------------------------------------------------------------------------- */

/* The drivers of a crossbar have four word lines. */
static bool fits(const CellVariant *v, const char *function) { return str_eq(v->function, function) && (!str_eq(function, "synapse") || v->param[2] == 3); }

static const CellVariant *nth(const CellLibrary *lib, const char *function, uint32_t n)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < lib->v.n; i++) count += fits(&lib->v.v[i], function);
    cr_assert_gt(count, 0, "no variant of %s", function);
    n %= count;
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (fits(&lib->v.v[i], function) && n-- == 0) return &lib->v.v[i];
    return NULL;
}

static CellChoice choice(const CellLibrary *lib, uint32_t n)
{
    return (CellChoice){nth(lib, "synapse", n), nth(lib, "row_driver", n), nth(lib, "block_switch", n),
                        nth(lib, "col_end", n), nth(lib, "sar_adc", n),    nth(lib, "ladder", n)};
}

/* ---- the crossbar ------------------------------------------------------------------------------------- */

/* k: row, column, block row of the cell; -1 where it has none. */
static const char *net_of(Quilt *q, const char *port, uint32_t bit, const int32_t k[3])
{
    static const char *const per_row[] = {"XP", "XN", "PP", "PN", "WL", "D", "SGN", "WLIN"}, *const per_col[] = {"BL", "BLB", "GCOL", "BLP", "BLN"};
    static const char *const per_block[] = {"EN", "ENB", "BSEL"}, *const end_col[] = {"AIN", "DIN", "AIP"};
    for (size_t i = 0; i < COUNTOF(per_row); i++)
        if (str_eq(port, per_row[i]) && k[0] >= 0) return arena_printf(&q->arena, "%s.%u of row %d", port, bit, k[0]);
    for (size_t i = 0; i < COUNTOF(per_col); i++)
        if (str_eq(port, per_col[i])) return arena_printf(&q->arena, "%s of column %d", port, k[1]);
    for (size_t i = 0; i < COUNTOF(per_block); i++)
        if (str_eq(port, per_block[i])) return arena_printf(&q->arena, "%s of block row %d", port, k[2]);
    /* The converter's bit 0 and 1 are its two columns. */
    for (size_t i = 0; i < COUNTOF(end_col); i++)
        if (str_eq(port, end_col[i])) return arena_printf(&q->arena, "%s of column %d", port, k[1] + (int32_t)bit);
    if (str_eq(port, "COL")) return arena_printf(&q->arena, "COL of column %d, block row %d", k[1], k[2]);
    if (str_eq(port, "D") || str_eq(port, "DONE")) return arena_printf(&q->arena, "%s.%u of converter %d", port, bit, k[1]);
    return arena_printf(&q->arena, "%s.%u", port, bit);
}

enum { TILE_ROWS = 2, TILE_COLS = 2, BLOCKS = 2, TILES = 2 };

/* One tile's worth of rows from x on: columns c0 …, then a tap; or one dummy column (c0 = TILES * TILE_COLS). */
static void place_tile(Quilt *q, const CellSet *s, Pt at, int32_t block, int32_t c0, bool edge)
{
    const CellPitch *p = &s->pitch;
    int32_t cols = edge ? 1 : TILE_COLS, x_tap = at.x + cols * p->px;
    for (int32_t c = 0; c < cols; c++) {
        int32_t x = at.x + c * p->px;
        if (!edge) quilt_place(q, s->block_switch, (Pt){x, at.y}, ORI_N, net_of, -1, c0 + c, block);
        for (int32_t r = 0; r < TILE_ROWS; r++) {
            Pt to = {x, at.y + p->switch_h + r * p->py};
            quilt_place(q, edge ? s->dummy : s->synapse, to, ORI_N, net_of, block * TILE_ROWS + r, edge ? 100 + block : c0 + c, block);
        }
    }
    if (edge) return;
    quilt_place(q, s->tap_switch, (Pt){x_tap, at.y}, ORI_N, net_of, -1, -1, block);
    for (int32_t r = 0; r < TILE_ROWS; r++)
        quilt_place(q, s->tap, (Pt){x_tap, at.y + p->switch_h + r * p->py}, ORI_N, net_of, block * TILE_ROWS + r, -1, block);
}

static void place_foot(Quilt *q, const CellSet *s, int32_t x, int32_t c0)
{
    const CellPitch *p = &s->pitch;
    for (int32_t c = 0; c < TILE_COLS; c++)
        quilt_place(q, c % 2 ? s->col_end_b : s->col_end_a, (Pt){x + c * p->px, p->adc_h}, ORI_N, net_of, -1, c0 + c, -1);
    quilt_place(q, s->sar_adc, (Pt){x, 0}, ORI_N, net_of, -1, c0, -1);
    quilt_place(q, s->tap_end, (Pt){x + TILE_COLS * p->px, p->adc_h}, ORI_N, net_of, -1, -1, -1);
    quilt_place(q, s->tap_adc, (Pt){x + TILE_COLS * p->px, 0}, ORI_N, net_of, -1, -1, -1);
}

static void place_crossbar(Quilt *q, Db *db, const CellSet *s)
{
    const CellPitch *p = &s->pitch;
    int32_t tile_w = TILE_COLS * p->px + p->tap_w, block_h = p->switch_h + TILE_ROWS * p->py;
    quilt_place(q, s->ladder, (Pt){0, 0}, ORI_N, net_of, -1, -1, -1);
    for (int32_t t = 0; t < TILES; t++) place_foot(q, s, p->driver_w + t * tile_w, t * TILE_COLS);
    for (int32_t b = 0; b < BLOCKS; b++) {
        int32_t y = p->adc_h + p->end_h + b * block_h;
        quilt_place(q, s->block_driver, (Pt){0, y}, ORI_N, net_of, -1, -1, b);
        for (int32_t r = 0; r < TILE_ROWS; r++)
            quilt_place(q, s->row_driver, (Pt){0, y + p->switch_h + r * p->py}, ORI_N, net_of, b * TILE_ROWS + r, -1, b);
        for (int32_t t = 0; t <= TILES; t++)
            place_tile(q, s, (Pt){p->driver_w + t * tile_w, y}, b, t * TILE_COLS, t == TILES);
    }
    /* Corners under the dummy column. */
    int32_t x = p->driver_w + TILES * tile_w;
    quilt_place(q, cells_filler(db, q->t, p->px, p->adc_h + p->end_h), (Pt){x, 0}, ORI_N, net_of, -1, -1, -1);
    for (int32_t b = 0; b < BLOCKS; b++) {
        Pt at = {x, p->adc_h + p->end_h + b * block_h};
        quilt_place(q, cells_filler(db, q->t, p->px, p->switch_h), at, ORI_N, net_of, -1, -1, -1);
    }
}

/* Of the current family: rows of synapses without switches, two columns and a tap, drivers over their base. */
static void place_current(Quilt *q, const CellSet *s)
{
    const CellPitch *p = &s->pitch;
    int32_t tile_w = TILE_COLS * p->px + p->tap_w, y0 = p->adc_h + p->end_h;
    quilt_place(q, s->ladder, (Pt){0, 0}, ORI_N, net_of, -1, -1, -1);
    for (int32_t t = 0; t < TILES; t++) place_foot(q, s, p->driver_w + t * tile_w, t * TILE_COLS);
    for (int32_t r = 0; r < TILE_ROWS; r++) {
        int32_t y = y0 + r * p->py;
        quilt_place(q, s->row_driver, (Pt){0, y}, ORI_N, net_of, r, -1, -1);
        for (int32_t c = 0; c < TILES * TILE_COLS; c++)
            quilt_place(q, s->synapse, (Pt){p->driver_w + c / TILE_COLS * tile_w + c % TILE_COLS * p->px, y}, ORI_N, net_of, r, c, -1);
        for (int32_t t = 0; t < TILES; t++) quilt_place(q, s->tap, (Pt){p->driver_w + (t + 1) * tile_w - p->tap_w, y}, ORI_N, net_of, r, -1, -1);
        quilt_place(q, s->dummy, (Pt){p->driver_w + TILES * tile_w, y}, ORI_N, net_of, r, 100, -1);
    }
}

static void check_quilt(const Quilt *q, const char *what)
{
    cr_expect_eq(quilt_short_or_close(q), 0, "%s: shorts or spacing", what);
    cr_expect_eq(quilt_off_grid(q), 0, "%s: off grid", what);
    cr_expect_eq(quilt_too_small(q), 0, "%s: too small", what);
    cr_expect_eq(quilt_open(q), 0, "%s: open", what);
}

/* ---- single cells ---------------------------------------------------------------------------------------- */

/* Signal pins lie on tracks counted from the cell's corner; the outline is whole tracks. The reference is a strap, as the supplies are. */
static void check_tracks(const Db *db, const Tech *t, CellId c)
{
    const DbCell *m = &db->cells.v[c.i];
    const char *name = db_name(db, m->name);
    cr_expect_eq(m->box.x1 % tech_metal(t, 4)->pitch, 0, "%s", name);
    cr_expect_eq(m->box.y1 % tech_metal(t, 3)->pitch, 0, "%s", name);
    for (uint32_t i = 0; i < m->shapes.n; i++) {
        const DbShape *s = &m->shapes.v[i];
        const TechLayer *l = tech_metal(t, db->layers.v[s->layer.i].level);
        cr_expect(s->box.x0 >= 0 && s->box.y0 >= 0 && s->box.x1 <= m->box.x1 && s->box.y1 <= m->box.y1, "%s: pin leaves the cell", name);
        NetUse use = m->nets.v[s->net.i].use;
        if (use == USE_POWER || use == USE_GROUND || str_eq(db_name(db, m->nets.v[s->net.i].name), "VREF")) continue;
        int32_t a = l->horizontal ? s->box.y0 : s->box.x0, b = l->horizontal ? s->box.y1 : s->box.x1;
        bool wide = str_starts(db_name(db, m->nets.v[s->net.i].name), "VREF"); /* whole tracks, or over several */
        if (wide && l->level > 3) continue;
        cr_expect(wide ? b - a > l->width && (b - a - l->width) % l->pitch == 0 : b - a == l->width, "%s", name);
        if (wide) b = a + l->width;
        cr_expect_eq((a + b - l->pitch) % (2 * l->pitch), 0, "%s: off track", name);
        double area = (double)box_area(s->box) * t->dbu_m * t->dbu_m;
        cr_expect_geq(area, l->min_area * (1 - 1e-9), "%s: pin of %g um2 alone", name, area * 1e12);
    }
}

/* Every port has a pin, with every bit. */
static void check_all_ports(const Db *db, CellId c)
{
    const DbCell *m = &db->cells.v[c.i];
    for (uint32_t n = 0; n < m->n_ports; n++)
        for (uint32_t bit = 0; bit < m->nets.v[n].width; bit++) {
            bool found = false;
            for (uint32_t i = 0; i < m->shapes.n; i++)
                found |= m->shapes.v[i].kind == SHAPE_PIN && m->shapes.v[i].net.i == n && m->shapes.v[i].bit == bit;
            cr_expect(found, "%s: %s[%u] has no pin", db_name(db, m->name), db_name(db, m->nets.v[n].name), bit);
        }
}

static const char *own_name(Quilt *q, const char *port, uint32_t bit, const int32_t k[3])
{
    (void)k;
    return arena_printf(&q->arena, "%s.%u", port, bit);
}

/* The cell, its mirror image on each of its four sides: what touches has one name, the rest keeps its distance. */
static void check_mirrored(const Db *db, const Tech *t, CellId c)
{
    const DbCell *m = &db->cells.v[c.i];
    int32_t w = m->box.x1, h = m->box.y1;
    const Pt at[] = {{-w, 0}, {w, 0}, {0, -h}, {0, h}};
    for (int k = 0; k < 4; k++) {
        Quilt q = {.db = db, .t = t};
        quilt_place(&q, c, (Pt){0, 0}, ORI_N, own_name, 0, 0, 0);
        quilt_place(&q, c, at[k], k < 2 ? ORI_FN : ORI_FS, own_name, 0, 0, 0);
        cr_expect_eq(quilt_short_or_close(&q), 0, "%s mirrored on side %d", db_name(db, m->name), k);
        quilt_free(&q);
    }
}

static void check_set(Db *db, const Tech *t, const CellSet *s)
{
    const CellId all[] = {s->synapse,   s->dummy,     s->tap,     s->row_driver, s->block_driver, s->block_switch, s->tap_switch,
                          s->col_end_a, s->col_end_b, s->tap_end, s->sar_adc,    s->tap_adc,      s->ladder};
    for (size_t i = 0; i < COUNTOF(all); i++) {
        if (all[i].i == CELL_NONE.i) continue;
        check_tracks(db, t, all[i]);
        check_all_ports(db, all[i]);
        check_mirrored(db, t, all[i]);
    }
    Quilt q = {.db = db, .t = t};
    if (cells_of_current(s)) place_current(&q, s);
    else place_crossbar(&q, db, s);
    cr_assert_gt(q.pins.n, 400);
    check_quilt(&q, t->name);
    quilt_free(&q);
    cr_expect_eq(db_check(db), ST_OK);
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

Test(pins, crossbar_of_every_variant)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        CellLibrary lib = {0};
        cells_variants(&t, &lib);
        for (uint32_t n = 0; n < 5; n++) {
            CellChoice c = choice(&lib, n);
            Db db;
            CellSet s;
            tech_db_init(&t, &db, "test");
            cr_assert_eq(cells_build(&db, &t, &c, &s), ST_OK);
            const CellPitch *p = &s.pitch;
            printf("%s %-10s %-8s b%-2d  px %d py %d = %.2f um2, switch %d, end %d, adc %d x %d, driver %d, tap %d\n", t.name,
                   c.synapse->variant, c.row_driver->variant, p->adc_bits, p->px, p->py, p->px * 1e-6 * p->py, p->switch_h, p->end_h,
                   2 * p->px, p->adc_h, p->driver_w, p->tap_w);
            check_set(&db, &t, &s);
            db_free(&db);
        }
        cells_library_free(&lib);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}

Test(pins, crossbar_of_the_current_family)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        CellLibrary lib = {0};
        cells_variants(&t, &lib);
        CellChoice c = {.synapse = nth(&lib, "synapse_i", 0), .row_driver = nth(&lib, "pulse_driver", 1), .pulse_gen = nth(&lib, "pulse_gen", 0),
                        .col_end = nth(&lib, "col_end_i", 0), .sar_adc = nth(&lib, "sar_adc_i", 1), .bias = nth(&lib, "bias_i", 0)};
        Db db;
        CellSet s;
        tech_db_init(&t, &db, "test");
        cr_assert_eq(cells_build(&db, &t, &c, &s), ST_OK);
        cr_expect(cells_of_current(&s));
        const DbCell *base = db_cell(&db, s.ladder);
        cr_expect_eq(base->box.y1, db_cell(&db, s.col_end_a)->box.y1 + db_cell(&db, s.sar_adc)->box.y1);
        cr_expect_eq(base->box.x1, db_cell(&db, s.row_driver)->box.x1);
        check_set(&db, &t, &s);
        db_free(&db);
        cells_library_free(&lib);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}

/* The checks above can fail: each kind of fault, put into one pin, is found. */
Test(pins, faults_are_found)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellLibrary lib = {0};
    cells_variants(&t, &lib);
    CellChoice c = choice(&lib, 0);
    Db db;
    CellSet s;
    tech_db_init(&t, &db, "test");
    cr_assert_eq(cells_build(&db, &t, &c, &s), ST_OK);
    static const struct {
        const char *port;
        Box by;
        uint32_t (*find)(const Quilt *);
    } fault[] = {
        {"XP", {0, 80, 0, 80}, quilt_open},              /* one track up in one cell: two rows of neighbours disagree */
        {"XP", {0, 480, 0, 480}, quilt_short_or_close},  /* on VCM's track */
        {"XP", {0, 0, -10, 0}, quilt_open},              /* ends 10 nm before the edge */
        {"COL", {0, 0, 0, 0}, quilt_off_grid},           /* asked for a grid of 7 */
        {"BL", {0, 0, -30, 0}, quilt_too_small},
    };
    for (size_t k = 0; k < COUNTOF(fault); k++) {
        DbCell *m = db_cell(&db, s.synapse);
        NetId n = db_find_net(&db, s.synapse, fault[k].port);
        uint32_t at = 0;
        while (m->shapes.v[at].net.i != n.i) at++;
        DbShape *hit = &m->shapes.v[at], kept = *hit;
        Box by = fault[k].by;
        hit->box = (Box){kept.box.x0 + by.x0, kept.box.y0 + by.y0, kept.box.x1 + by.x1, kept.box.y1 + by.y1};
        if (fault[k].find == quilt_off_grid) t.grid = 7;
        if (fault[k].find == quilt_too_small) hit->box.y0 = hit->box.y1 - 100;
        Quilt q = {.db = &db, .t = &t};
        place_crossbar(&q, &db, &s);
        cr_expect_gt(fault[k].find(&q), 0, "fault %zu in %s is not found", k, fault[k].port);
        quilt_free(&q);
        db_cell(&db, s.synapse)->shapes.v[at] = kept; /* the table of cells may have moved */
        t.grid = 1;
    }
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}

/* ---- pitch ---------------------------------------------------------------------------------------------------- */

Test(pitch, limits_are_told)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellLibrary lib = {0};
    cells_variants(&t, &lib);
    CellChoice c = choice(&lib, 0);
    CellPitch p;
    CellVariant v;
    static const char *const ids[] = {"CELL-0010", "CELL-0012", "CELL-0013"};
    for (size_t k = 0; k < COUNTOF(ids); k++) {
        CellChoice bad = c;
        int32_t tap = t.tap_distance;
        if (k == 0) v = *c.synapse, v.param[0] = 1e-9, bad.synapse = &v;
        if (k == 1) t.tap_distance = 1000; /* narrower than any synapse */
        if (k == 2) v = *c.sar_adc, v.param[0] = 17, bad.sar_adc = &v;
        msg_capture_begin();
        Status st = cells_pitch(&t, &bad, &p);
        const char *text = msg_capture_end();
        cr_expect_neq(st, ST_OK);
        cr_expect_not_null(strstr(text, ids[k]), "wanted %s, got %s", ids[k], text);
        t.tap_distance = tap;
    }
    cr_expect_eq(cells_pitch(&t, &c, &p), ST_OK);
    cells_library_free(&lib);
    tech_free(&t);
}

static bool caps_fit(const Tech *t, const CellChoice *c, int32_t w, int32_t h)
{
    Db db;
    tech_db_init(t, &db, "fit");
    CellId x = cells_abstract(&db, t, &(CellPitch){.px = w, .py = h}, "synapse", c->synapse, "x");
    Status st = draw_caps(&db, t, x, NULL, false);
    db_free(&db);
    return st == ST_OK;
}

/* The synapse holds its devices and its capacitors, and is not far above the larger of the two. */
Test(pitch, synapse_area)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        CellLibrary lib = {0};
        cells_variants(&t, &lib);
        CellChoice c = choice(&lib, 0);
        CellPitch p;
        cr_assert_eq(cells_pitch(&t, &c, &p), ST_OK);
        double area = p.px * 1e-3 * p.py * 1e-3, cap = 7 * c.synapse->param[0];
        double least = cap / (t.mom_density * (t.mom_hi - t.mom_lo + 1)) * 1e12;
        cr_expect_gt(area, least);
        cr_expect_leq(area, 8.0, "%s: %g um2", t.name, area);
        cr_expect(caps_fit(&t, &c, p.px, p.py), "%s: its capacitors can be drawn", t.name);
        cr_expect(!caps_fit(&t, &c, p.px - tech_metal(&t, 4)->pitch, p.py), "%s: one track narrower they cannot", t.name);
        cr_expect_float_eq(cells_area(&t, c.synapse) * 1e12, area, 1e-6);
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* ---- need: columns and strips by hand ---------------------------------------------------------------------------- */

typedef struct {
    Db db;
    CellId c;
    NetId net[8];
} Hand;

static void hand_begin(Hand *h, const Tech *t)
{
    tech_db_init(t, &h->db, "hand");
    h->c = db_add_cell(&h->db, "hand", CELL_LEAF, "hand");
    for (int i = 0; i < 8; i++) {
        char name[2] = {(char)('a' + i), 0};
        h->net[i] = db_add_net(&h->db, h->c, name, 1, USE_SIGNAL);
    }
}

static void hand_mos(Hand *h, const Tech *t, const char *word, int d, int s, int32_t w)
{
    const TechDevice *x = tech_device(t, word);
    char name[16];
    snprintf(name, sizeof name, "m%u", db_cell(&h->db, h->c)->devices.n);
    db_add_mos(&h->db, h->c, name, x->model, x->kind, h->net[d], h->net[7], h->net[s], h->net[7], w, x->l_min, 1);
}

Test(need, folding_and_strips)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    /* 160 nm fit an N row, 240 nm a P row (720 - 120 rail - 100 gap - 2 * 50 gate end = 400, shared 2 : 3). */
    static const struct {
        int n;
        struct { int d, s; int32_t w; } m[6];
        uint32_t columns, strips;
    } cases[] = {
        {1, {{0, 1, 80}}, 1, 1},
        {1, {{0, 1, 160}}, 1, 1},
        {1, {{0, 1, 165}}, 2, 1},
        {1, {{0, 1, 1000}}, 7, 1},
        {2, {{0, 1, 80}, {1, 2, 80}}, 2, 1},                                  /* series */
        {2, {{0, 1, 80}, {2, 3, 80}}, 2, 2},                                  /* apart */
        {3, {{0, 1, 80}, {0, 2, 80}, {0, 3, 80}}, 3, 2},                      /* star of three: 4 odd nodes */
        {4, {{0, 1, 80}, {0, 2, 80}, {0, 3, 80}, {0, 4, 80}}, 4, 2},
        {5, {{0, 1, 80}, {0, 2, 80}, {0, 3, 80}, {0, 4, 80}, {0, 5, 80}}, 5, 3},
        {3, {{0, 1, 320}, {0, 2, 320}, {0, 3, 320}}, 6, 1},                   /* even fingers: all end on the hub */
        {2, {{0, 0, 80}, {0, 1, 80}}, 2, 1},                                  /* a dummy with shorted ends */
    };
    for (size_t k = 0; k < COUNTOF(cases); k++) {
        Hand h;
        CellNeed need;
        hand_begin(&h, &t);
        for (int i = 0; i < cases[k].n; i++) hand_mos(&h, &t, "nmos_rvt", cases[k].m[i].d, cases[k].m[i].s, cases[k].m[i].w);
        cells_need(&h.db, &t, h.c, &need);
        cr_expect_eq(need.n_cols, cases[k].columns, "case %zu: %u columns", k, need.n_cols);
        cr_expect_eq(need.breaks, cases[k].strips, "case %zu: %u strips", k, need.breaks);
        cr_expect_eq(need.p_cols, 0);
        cr_expect_float_eq(need.row_len, 100.0 * (cases[k].columns + cases[k].strips) / 0.85, 1e-6);
        db_free(&h.db);
    }
    tech_free(&t);
}

/* The longer of the two polarities counts, a second flavour takes a well gap. */
Test(need, polarities_and_flavours)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    Hand h;
    CellNeed need;
    hand_begin(&h, &t);
    hand_mos(&h, &t, "nmos_rvt", 0, 1, 80);
    hand_mos(&h, &t, "pmos_rvt", 0, 1, 250);
    cells_need(&h.db, &t, h.c, &need);
    cr_expect_eq(need.p_cols, 2);
    cr_expect_float_eq(need.row_len, 300 / 0.85, 1e-6);
    hand_mos(&h, &t, "nmos_slvt", 0, 1, 80);
    hand_mos(&h, &t, "pmos_slvt", 0, 1, 80);
    cells_need(&h.db, &t, h.c, &need);
    cr_expect_eq(need.breaks, 4);
    cr_expect_float_eq(need.row_len, 500 / 0.85 + 240, 1e-6);
    db_free(&h.db);
    tech_free(&t);
    cr_assert_eq(mem_live(), 0);
}

/* A unit source is the smallest that is drawn on multiples of the shortest gate and matches as asked; two synapses stand between taps. */
Test(pitch, sources_match)
{
    static const char *const of[] = {"n22", "n28", "sky130"};
    static const int32_t side[] = {100, 150, 450};
    for (size_t k = 0; k < COUNTOF(of); k++) {
        Tech t;
        cr_assert_eq(tech_read(of[k], &t), ST_OK);
        CellLibrary lib = {0};
        cells_variants(&t, &lib);
        const TechDevice *n = tech_device(&t, "nmos_rvt");
        const CellVariant *v = nth(&lib, "synapse_i", 0);
        double u = v->param[2];
        cr_expect_float_eq(u / t.dbu_m, side[k], 1e-6);
        cr_expect(n->avt / sqrt(2) / u <= 11e-3);
        double less = u - n->l_min * t.dbu_m;
        cr_expect(less < n->w_min * t.dbu_m || n->avt / sqrt(2) / less > 11e-3, "%s: a smaller one would do", of[k]);
        for (uint32_t i = 0; i < 4; i++) {
            CellPitch p;
            cr_expect_eq(cells_synapse_pitch(&t, nth(&lib, "synapse_i", i), &p), ST_OK);
            cr_expect_leq(p.px, p.tap_reach);
        }
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* Where taps come first, pins of a block's columns and supplies stand behind them, over those of its first cell. */
Test(pitch, pins_of_a_block)
{
    Tech t;
    cr_assert_eq(tech_read("sky130", &t), ST_OK);
    CellLibrary lib = {0};
    cells_variants(&t, &lib);
    Db db;
    tech_db_init(&t, &db, "test");
    const CellVariant *v = nth(&lib, "synapse_i", 0);
    CellPitch p;
    cr_assert_eq(cells_synapse_pitch(&t, v, &p), ST_OK);
    CellId leaf = cells_abstract(&db, &t, &p, "synapse_i", v, "leaf"), tap = cells_abstract(&db, &t, &p, "tap_i", v, "tap");
    CellId block = draw_block(&db, &t, leaf, tap, 4, 4);
    static const char *const vertical[] = {"BLP", "VSS"};
    for (size_t k = 0; k < COUNTOF(vertical); k++) {
        Box b[2] = {{0}};
        for (int i = 0; i < 2; i++) {
            const DbCell *c = db_cell(&db, i ? block : leaf);
            NetId net = db_find_net(&db, i ? block : leaf, vertical[k]);
            for (uint32_t q = 0; q < c->shapes.n && b[i].x1 == 0; q++)
                if (c->shapes.v[q].net.i == net.i && c->shapes.v[q].bit == 0 && db.layers.v[c->shapes.v[q].layer.i].level == 4) b[i] = c->shapes.v[q].box;
        }
        cr_expect_gt(b[0].x1, 0);
        cr_expect_eq(b[1].x0, b[0].x0 + p.tap_w, "%s stands at %d", vertical[k], b[1].x0);
    }
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}
