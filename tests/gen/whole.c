/*
 * Rules of whole designs, drawn from each tech.xml: taps, antennas, density. At the limit nothing is found, a step beyond it is found
 * once, at the right box; KLayout finds the same by the generated deck.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "gen/base/io.h"
#include "gen/deck.h"
#include "verify/verify_layout.h"

enum { PITCH = 80000, AT = 30000, PAD = 1000, GATE_L = 200, GATE_W = 250, RULES_SUM = 700 };

typedef struct {
    char category[64];
    DrcRule rule;
    Box want;
    int64_t value, limit; /* 0, 0: not compared */
} Expect;

typedef struct {
    Tech t;
    Db db;
    CellId c;
    ARRAY(Expect) bad;
    int32_t e;
    Pt o;
} Sheet;

static const char *const techs[] = {"n22", "n28", "sky130"};

static void draw(Sheet *s, const TechLayer *l, Box b)
{
    if (!l) return;
    db_add_shape(&s->db, s->c, db_find_layer(&s->db, l->name), SHAPE_WIRE, (Box){s->o.x + b.x0, s->o.y + b.y0, s->o.x + b.x1, s->o.y + b.y1}, NET_NONE, 0);
}

static void role(Sheet *s, LayerRole r, Box b) { draw(s, tech_role(&s->t, r), b); }
static Box grown(Box b, int32_t d) { return (Box){b.x0 - d, b.y0 - d, b.x1 + d, b.y1 + d}; }
static void active(Sheet *s, bool n, bool tap, Box b)
{
    role(s, tap && tech_role(&s->t, ROLE_TAP) ? ROLE_TAP : ROLE_ACTIVE, b);
    role(s, n ? ROLE_NIMP : ROLE_PIMP, grown(b, 200));
}

typedef Expect (*Pattern)(Sheet *s, int32_t level);

static void add(Sheet *s, Pattern p, int32_t level, const char *category)
{
    for (s->e = 0; s->e <= 1; s->e++) {
        s->o = (Pt){s->e * PITCH + AT, (int32_t)s->bad.n * PITCH + AT};
        Expect x = p(s, level);
        if (!s->e) continue;
        x.want = (Box){s->o.x + x.want.x0, s->o.y + x.want.y0, s->o.x + x.want.x1, s->o.y + x.want.y1};
        snprintf(x.category, sizeof x.category, "%s", category);
        arr_push(&s->bad, x);
    }
}

/* ---- taps ------------------------------------------------------------------------------------------------- */

static Expect tap_n(Sheet *s, int32_t level)
{
    int32_t d = s->t.tap_distance;
    (void)level;
    active(s, false, true, (Box){-1000, 0, 0, 1000});
    active(s, true, false, (Box){d - 900, 0, d + s->e, 1000});
    return (Expect){.rule = DRC_TAP, .want = {d, 0, d + 1, 1000}, .value = d + 1, .limit = d};
}

/* Above it, in a well with the tap. */
static Expect tap_p(Sheet *s, int32_t level)
{
    int32_t d = s->t.tap_distance;
    (void)level;
    role(s, ROLE_NWELL, (Box){-1000, -2000, 3000, d + 3000});
    active(s, true, true, (Box){0, -1000, 1000, 0});
    active(s, false, false, (Box){0, d - 900, 1000, d + s->e});
    return (Expect){.rule = DRC_TAP, .want = {0, d, 1000, d + 1}, .value = d + 1, .limit = d};
}

/* A tap near by that is in another well does not help. */
static Expect tap_of_other_well(Sheet *s, int32_t level)
{
    (void)level;
    role(s, ROLE_NWELL, (Box){-3000, -2000, 0, 3000});
    role(s, ROLE_NWELL, (Box){3000, -2000, 6000, 3000});
    if (!s->e) role(s, ROLE_NWELL, (Box){0, 0, 3000, 1000});
    active(s, true, true, (Box){-2000, 0, -1000, 1000});
    active(s, false, false, (Box){4000, 0, 5000, 1000});
    return (Expect){.rule = DRC_TAP, .want = {4000, 0, 5000, 1000}, .value = -1, .limit = s->t.tap_distance};
}

/* ---- antennas ------------------------------------------------------------------------------------------------- */

/* A gate of GATE_L × GATE_W with a pad of poly, and pads of all metals below the level on it, joined. */
static void gate_and_stack(Sheet *s, int32_t level)
{
    active(s, false, true, (Box){-6000, 0, -5000, 1000});
    active(s, true, false, (Box){-2000, 0, -2000 + GATE_W, 2000});
    role(s, ROLE_POLY, (Box){-2500, 500, PAD, 500 + GATE_L});
    role(s, ROLE_POLY, (Box){0, 0, PAD, PAD});
    for (int32_t l = 0; l < level; l++) {
        int32_t c = tech_cut(&s->t, l)->cut_size;
        draw(s, tech_cut(&s->t, l), (Box){100, 100, 100 + c, 100 + c});
        if (l > 0) draw(s, tech_metal(&s->t, l), (Box){0, 0, PAD, PAD});
    }
}

/* Metal of the level with the measure, as near to it as whole boxes come, and `more` beyond it. Returns its box. */
static Box metal_of(Sheet *s, int32_t level, int64_t measure, bool more)
{
    const TechLayer *l = tech_metal(&s->t, level);
    if (l->antenna_side) {
        int32_t half = (int32_t)((double)measure / (l->thickness / s->t.dbu_m) / 2), h = half / 2;
        Box b = {0, 0, half - h + more, h};
        draw(s, l, b);
        return b;
    }
    Box b = {0, 0, (int32_t)(measure / 4000), 4000}, jog = {b.x1, 0, b.x1 + 1, 1};
    draw(s, l, b);
    if (!more) return b;
    draw(s, l, jog);
    return box_union(b, jog);
}

static Expect antenna(Sheet *s, int32_t level)
{
    const TechLayer *l = tech_metal(&s->t, level);
    int64_t limit = (int64_t)(l->antenna * GATE_L * GATE_W);
    gate_and_stack(s, level);
    return (Expect){.rule = DRC_ANTENNA, .want = metal_of(s, level, limit, s->e)};
}

/* Pads count with the levels below; half of the sum is on the level before. */
static Expect antenna_sum(Sheet *s, int32_t level)
{
    int64_t gate = GATE_L * GATE_W, pads = (int64_t)(level - 2) * PAD * PAD, before = RULES_SUM / 2 * gate;
    gate_and_stack(s, level);
    metal_of(s, level - 1, before, false);
    return (Expect){.rule = DRC_ANTENNA_SUM, .want = metal_of(s, level, RULES_SUM * gate - before - pads, s->e), .value = RULES_SUM * gate + 1, .limit = RULES_SUM * gate};
}

/* Twice what is allowed; with a junction on it nothing is said. */
static Expect antenna_diode(Sheet *s, int32_t level)
{
    const TechLayer *l = tech_metal(&s->t, level);
    gate_and_stack(s, level);
    if (!s->e) {
        int32_t c = tech_cut(&s->t, 0)->cut_size;
        active(s, true, false, (Box){0, 4000, 2000, 6000});
        draw(s, tech_cut(&s->t, 0), (Box){100, 4100, 100 + c, 4100 + c});
        draw(s, tech_metal(&s->t, 1), (Box){0, 0, PAD, 5000});
    }
    return (Expect){.rule = DRC_ANTENNA, .want = metal_of(s, level, (int64_t)(2 * l->antenna * GATE_L * GATE_W), false)};
}

static void sheet_make(Sheet *s, const char *tech)
{
    char c[64];
    *s = (Sheet){0};
    cr_assert_eq(tech_read(tech, &s->t), ST_OK);
    tech_db_init(&s->t, &s->db, "whole");
    s->c = db_add_cell(&s->db, "whole", CELL_LEAF, NULL);
    add(s, tap_n, 0, "tap.ndiff");
    add(s, tap_p, 0, "tap.pdiff");
    add(s, tap_of_other_well, 0, "tap.pdiff");
    for (uint32_t k = 0; k < s->t.layers.n; k++) {
        TechLayer *l = &s->t.layers.v[k];
        l->density_max = 0; /* has its own drawing */
        if (l->antenna_sum > 0) l->antenna_sum = RULES_SUM;
    }
    for (int32_t level = 1; level <= tech_top_metal(&s->t); level++) {
        const TechLayer *l = tech_metal(&s->t, level);
        cr_assert(l->antenna > 0);
        snprintf(c, sizeof c, "%s.antenna", l->name);
        add(s, antenna, level, c);
        if (level > 1) add(s, antenna_diode, level, c);
        snprintf(c, sizeof c, "%s.antenna_sum", l->name);
        if (level > 1 && l->antenna_sum > 0) add(s, antenna_sum, level, c);
    }
    db_cell(&s->db, s->c)->box = (Box){0, 0, 2 * PITCH, (int32_t)s->bad.n * PITCH};
}

/* Diodes break the sum, too, where there is one. */
static bool expected(const Sheet *s, uint32_t p, const char *category)
{
    const char *want = s->bad.v[p].category;
    size_t n = strlen(want);
    return str_eq(category, want) || (str_ends(want, ".antenna") && !strncmp(category, want, n) && str_eq(category + n, "_sum"));
}

static void sheet_free(Sheet *s)
{
    arr_free(&s->bad);
    db_free(&s->db);
    tech_free(&s->t);
}

Test(whole, limit_passes_and_one_more_fails_once, .timeout = 300)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Sheet s;
        DrcReport r;
        sheet_make(&s, techs[k]);
        cr_assert_eq(drc_whole(&s.db, &s.t, s.c, &r), ST_VIOLATION);
        uint32_t *n = mem_calloc(s.bad.n, sizeof *n);
        for (uint32_t i = 0; i < r.v.n; i++) {
            const DrcViolation *v = &r.v.v[i];
            uint32_t p = (uint32_t)(v->box.y0 / PITCH);
            const Expect *x = &s.bad.v[p];
            if (v->rule == DRC_ANTENNA_SUM && x->rule == DRC_ANTENNA && v->box.x0 >= PITCH) continue;
            cr_expect_geq(v->box.x0, PITCH, "%s %s: found at the limit: %s %lld, limit %lld", techs[k], x->category, drc_rule_name[v->rule], (long long)v->value,
                          (long long)v->limit);
            if (v->box.x0 < PITCH) continue;
            cr_expect_eq(++n[p], 1, "%s %s: found again as %s", techs[k], x->category, drc_rule_name[v->rule]);
            cr_expect_eq(v->rule, x->rule);
            if (x->limit) cr_expect(v->value == x->value && v->limit == x->limit, "%s %s: %lld, limit %lld", techs[k], x->category, (long long)v->value, (long long)v->limit);
            else cr_expect_gt(v->value, v->limit);
            cr_expect(!memcmp(&v->box, &x->want, sizeof v->box), "%s %s: at (%d %d %d %d), wanted (%d %d %d %d)", techs[k], x->category, v->box.x0, v->box.y0, v->box.x1,
                      v->box.y1, x->want.x0, x->want.y0, x->want.x1, x->want.y1);
        }
        for (uint32_t i = 0; i < s.bad.n; i++) cr_expect_eq(n[i], 1, "%s %s: not found", techs[k], s.bad.v[i].category);
        fprintf(stderr, "whole: %s: %u patterns\n", techs[k], s.bad.n);
        mem_free(n);
        drc_free(&r);
        sheet_free(&s);
    }
    cr_assert_eq(mem_live(), 0);
}

/* ---- density ------------------------------------------------------------------------------------------------------ */

/* Bars once per step over an outline whose last windows are cut: exactly the limit everywhere, and one dbu² off in the first square. */
static CellId density_cell(Db *db, const Tech *t, bool most, bool off)
{
    const char *name = most ? off ? "max_off" : "max" : off ? "min_off" : "min";
    CellId c = db_add_cell(db, name, CELL_LEAF, NULL);
    Box all = {0, 0, 0, 0};
    for (int32_t level = 1; level <= tech_top_metal(t); level++) {
        const TechLayer *l = tech_metal(t, level);
        if (l->density_max <= 0 || (!most && l->density_min <= 0)) continue;
        int32_t step = l->density_step, bar = (int32_t)llround((most ? l->density_max : l->density_min) * step);
        all = (Box){0, 0, l->density_window + 2 * step + step / 2, l->density_window + step};
        LayerId id = db_find_layer(db, l->name);
        for (int32_t y = 0; y < all.y1; y += step) db_add_shape(db, c, id, SHAPE_WIRE, (Box){y == 0 && off && !most, y, all.x1, y + bar}, NET_NONE, 0);
        if (off && most) db_add_shape(db, c, id, SHAPE_WIRE, (Box){0, bar, 1, bar + 1}, NET_NONE, 0);
        /* the rest of the first column, so that only one dbu² is missing */
        if (off && !most) db_add_shape(db, c, id, SHAPE_WIRE, (Box){0, 1, 1, bar}, NET_NONE, 0);
    }
    db_cell(db, c)->box = all;
    return c;
}

Test(whole, density_in_windows, .timeout = 300)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        Db db;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        tech_db_init(&t, &db, "density");
        uint32_t metals = 0, with_min = 0;
        for (uint32_t i = 0; i < t.layers.n; i++) metals += t.layers.v[i].density_max > 0, with_min += t.layers.v[i].density_min > 0;
        cr_assert_gt(metals, 0);
        for (int q = 0; q < 4; q++) {
            bool most = q & 1, off = q & 2;
            DrcDensities d;
            DrcReport r;
            if (!most && !with_min) continue;
            Status st = drc_density(&db, &t, density_cell(&db, &t, most, off), &d, &r);
            cr_expect_eq(st, off ? ST_VIOLATION : ST_OK, "%s", techs[k]);
            cr_expect_eq(r.v.n, off ? metals : 0, "%s: %u", techs[k], r.v.n);
            for (uint32_t i = 0; i < r.v.n; i++) {
                const DrcViolation *v = &r.v.v[i];
                cr_expect_eq(v->rule, most ? DRC_DENSITY_MAX : DRC_DENSITY_MIN);
                cr_expect_eq(v->value - v->limit, most ? 1 : -1);
                cr_expect(v->box.x0 == 0 && v->box.y0 == 0 && v->box.x1 == d.v.v[0].least_at.x1 - d.v.v[0].least_at.x0);
            }
            cr_expect_eq(d.v.n, metals);
            for (uint32_t i = 0; i < d.v.n; i++) cr_expect_eq(d.v.v[i].windows, 8, "%s: %llu windows", techs[k], (unsigned long long)d.v.v[i].windows);
            arr_free(&d.v);
            drc_free(&r);
        }
        db_free(&db);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}

/* ---- KLayout's ------------------------------------------------------------------------------------------------------- */

/* Category, and the first coordinate in um, of each item of a report. */
typedef struct {
    const char *p;
    char category[80];
    double x, y;
} Items;

static bool next_item(Items *i)
{
    i->p = strstr(i->p, "<item>");
    if (!i->p) return false;
    const char *c = strstr(i->p, "<category>"), *v = strstr(i->p, "<value>");
    v = v ? strchr(v, '(') : NULL;
    cr_assert(c && v && sscanf(c, "<category>%79[^<]", i->category) == 1 && sscanf(v, "(%lf,%lf", &i->x, &i->y) == 2);
    if (i->category[0] == '\'') {
        memmove(i->category, i->category + 1, strlen(i->category));
        i->category[strcspn(i->category, "'")] = 0;
    }
    i->p += 6;
    return true;
}

static void run_deck(Arena *a, const char *dir, const Db *db, const Tech *t, const char *top, Buf *out)
{
    cr_assert_eq(gds_write(db, io_join(a, dir, "x.gds")), ST_OK);
    cr_assert_eq(deck_write(t, NULL, dir), ST_OK);
    const char *cmd = arena_printf(a, "cd %s && klayout -b -r klayout.drc -rd input=%s/x.gds -rd top_cell=%s -rd report=%s/r.lyrdb -rd whole=1 >log 2>&1", dir, dir, top, dir);
    cr_assert_eq(system(cmd), 0, "%s: KLayout does not run the generated deck", t->name);
    cr_assert_eq(io_read(io_join(a, dir, "r.lyrdb"), 64u << 20, out), ST_OK);
}

static bool is_whole(const char *category)
{
    return str_starts(category, "tap.") || strstr(category, ".antenna") || strstr(category, ".density");
}

Test(whole, klayout_finds_the_same, .timeout = 600)
{
    if (system("klayout -v >/dev/null 2>&1") != 0) {
        fprintf(stderr, "skipped: KLayout is not installed, it does not judge whole designs\n");
        return;
    }
    Arena a = {0};
    char dir[] = "/tmp/apugen_whole_XXXXXX";
    cr_assert(mkdtemp(dir));
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Sheet s;
        Buf text = {0};
        sheet_make(&s, techs[k]);
        run_deck(&a, dir, &s.db, &s.t, "whole", &text);
        uint32_t *n = mem_calloc(s.bad.n, sizeof *n);
        for (Items i = {.p = text.s}; next_item(&i);) {
            if (!is_whole(i.category)) continue;
            uint32_t p = (uint32_t)(i.y * 1000 / PITCH);
            bool right = p < s.bad.n && i.x * 1000 >= PITCH && expected(&s, p, i.category);
            cr_expect(right, "%s: KLayout finds %s at %.3f %.3f, where %s is drawn", techs[k], i.category, i.x, i.y, p < s.bad.n ? s.bad.v[p].category : "nothing");
            if (right) n[p]++;
        }
        for (uint32_t i = 0; i < s.bad.n; i++) cr_expect_geq(n[i], 1, "%s %s: KLayout does not find it", techs[k], s.bad.v[i].category);
        mem_free(n);
        buf_free(&text);
        sheet_free(&s);
    }
    cr_assert_eq(system(arena_printf(&a, "rm -r %s", dir)), 0);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}

Test(whole, klayout_finds_the_same_densities, .timeout = 600)
{
    if (system("klayout -v >/dev/null 2>&1") != 0) {
        fprintf(stderr, "skipped: KLayout is not installed, it does not judge densities\n");
        return;
    }
    Arena a = {0};
    char dir[] = "/tmp/apugen_density_XXXXXX";
    cr_assert(mkdtemp(dir));
    for (size_t k = 0; k < 4; k++) { /* n22 at and beyond both limits: the template is the same for all */
        bool most = k & 1, off = k & 2;
        Tech t;
        Db db;
        Buf text = {0};
        uint32_t n = 0, metals = 0;
        cr_assert_eq(tech_read("n22", &t), ST_OK);
        tech_db_init(&t, &db, "density");
        CellId c = density_cell(&db, &t, most, off);
        run_deck(&a, dir, &db, &t, db_name(&db, db.cells.v[c.i].name), &text);
        for (uint32_t i = 0; i < t.layers.n; i++) metals += t.layers.v[i].density_max > 0;
        for (Items i = {.p = text.s}; next_item(&i);) {
            if (!strstr(i.category, ".density")) continue;
            cr_expect(str_ends(i.category, most ? ".density_max" : ".density_min") && i.x == 0 && i.y == 0, "%s at %.3f %.3f", i.category, i.x, i.y);
            n++;
        }
        cr_expect_eq(n, off ? metals : 0, "%u windows, %s limit, off %d", n, most ? "upper" : "lower", off);
        buf_free(&text);
        db_free(&db);
        tech_free(&t);
    }
    cr_assert_eq(system(arena_printf(&a, "rm -r %s", dir)), 0);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}
