/*
 * A thousand seeded single edits of drawn cells: shapes removed, moved, resized, cut, added, pins swapped. Which of them matter is found
 * by an independent reading of the drawing, a raster flooded cell by cell; our own LVS must find exactly those. KLayout's LVS judges a
 * sample.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "cells/draw.h"
#include "gen/base/io.h"
#include "gen/deck.h"
#include "tests/gen/raster.h"
#include "verify/verify_layout.h"

/* ---- edits --------------------------------------------------------------------------------------------------------- */

typedef enum { E_REMOVE, E_CUT_OFF, E_SHIFT, E_RESIZE, E_GATE, E_ADD, E_CUT, E_SWAP, E_N } Edit;
static const char *const edit_name[E_N] = {"remove", "remove a cut", "shift", "resize", "resize poly or diffusion", "add", "cut a wire", "swap pins"};

static uint32_t pick(const Db *db, const DbCell *c, Rng *rng, bool (*want)(const Db *, const DbShape *))
{
    for (;;) {
        uint32_t k = rng_below(rng, c->shapes.n);
        if (want(db, &c->shapes.v[k])) return k;
    }
}

static LayerKind kind_of(const Db *db, const DbShape *s) { return db->layers.v[s->layer.i].kind; }
static bool any(const Db *db, const DbShape *s) { return kind_of(db, s) != LAYER_OUTLINE; }
static bool is_cut(const Db *db, const DbShape *s) { return kind_of(db, s) == LAYER_CUT; }
static bool is_pin(const Db *db, const DbShape *s) { return (void)db, s->kind == SHAPE_PIN; }
static bool is_front(const Db *db, const DbShape *s) { return kind_of(db, s) == LAYER_POLY || kind_of(db, s) == LAYER_DIFF; }
static bool is_wire(const Db *db, const DbShape *s) { return kind_of(db, s) == LAYER_METAL || is_front(db, s); }

static int32_t by(Rng *rng) { return (rng_below(rng, 2) ? 5 : -5) * (int32_t)(1 + rng_below(rng, 16)); }

static void remove_shape(DbCell *c, uint32_t k)
{
    memmove(&c->shapes.v[k], &c->shapes.v[k + 1], (c->shapes.n - k - 1) * sizeof *c->shapes.v);
    c->shapes.n--;
}

static void move_side(Box *b, Rng *rng)
{
    int32_t d = by(rng), *side[4] = {&b->x0, &b->y0, &b->x1, &b->y1};
    Box was = *b;
    *side[rng_below(rng, 4)] += d;
    if (b->x0 >= b->x1 || b->y0 >= b->y1) *b = was;
}

/* A gap of 10 across the longer direction. */
static void cut_wire(Db *db, CellId id, Rng *rng)
{
    DbCell *c = db_cell(db, id);
    uint32_t k = pick(db, c, rng, is_wire);
    DbShape s = c->shapes.v[k];
    bool along_x = s.box.x1 - s.box.x0 > s.box.y1 - s.box.y0;
    int32_t len = along_x ? s.box.x1 - s.box.x0 : s.box.y1 - s.box.y0, x = 5 + (int32_t)rng_below(rng, (uint32_t)(len - 15) / 5 + 1) * 5;
    if (len < 20) return;
    Box rest = s.box;
    if (along_x) c->shapes.v[k].box.x1 = s.box.x0 + x, rest.x0 = s.box.x0 + x + 10;
    else c->shapes.v[k].box.y1 = s.box.y0 + x, rest.y0 = s.box.y0 + x + 10;
    if (rest.x0 < rest.x1 && rest.y0 < rest.y1) db_add_shape(db, id, s.layer, SHAPE_WIRE, rest, s.net, s.bit);
}

static void add_box(Db *db, CellId id, Rng *rng)
{
    DbCell *c = db_cell(db, id);
    uint32_t k = pick(db, c, rng, any);
    int32_t w = 20 + 5 * (int32_t)rng_below(rng, 40), h = 20 + 5 * (int32_t)rng_below(rng, 40);
    int32_t x = 5 * (int32_t)rng_below(rng, (uint32_t)c->box.x1 / 5), y = 5 * (int32_t)rng_below(rng, (uint32_t)c->box.y1 / 5);
    db_add_shape(db, id, c->shapes.v[k].layer, SHAPE_WIRE, (Box){x, y, x + w, y + h}, NET_NONE, 0);
}

static void swap_pins(DbCell *c, const Db *db, Rng *rng)
{
    uint32_t a = pick(db, c, rng, is_pin), b = pick(db, c, rng, is_pin);
    NetId n = c->shapes.v[a].net;
    c->shapes.v[a].net = c->shapes.v[b].net;
    c->shapes.v[b].net = n;
}

static void edit(Db *db, CellId id, Edit e, Rng *rng)
{
    DbCell *c = db_cell(db, id);
    Box *b;
    int32_t d = by(rng);
    switch (e) {
    case E_REMOVE: remove_shape(c, pick(db, c, rng, any)); break;
    case E_CUT_OFF: remove_shape(c, pick(db, c, rng, is_cut)); break;
    case E_SHIFT:
        b = &c->shapes.v[pick(db, c, rng, any)].box;
        if (rng_below(rng, 2)) b->x0 += d, b->x1 += d;
        else b->y0 += d, b->y1 += d;
        break;
    case E_RESIZE: move_side(&c->shapes.v[pick(db, c, rng, any)].box, rng); break;
    case E_GATE: move_side(&c->shapes.v[pick(db, c, rng, is_front)].box, rng); break;
    case E_ADD: add_box(db, id, rng); break;
    case E_CUT: cut_wire(db, id, rng); break;
    case E_SWAP: swap_pins(c, db, rng); break;
    case E_N: break;
    }
}

/* ---- the test --------------------------------------------------------------------------------------------------------- */

static const char *const techs[] = {"n22", "n28"};
static const char *const names[] = {"inv4", "nand2", "nand3", "nor2", "tg", "sram_bit", "latch"};
enum { EDITS = 1000, SAMPLE = 24 };

typedef struct {
    Tech t[COUNTOF(techs)];
    Db db[COUNTOF(techs)];
    CellId c[COUNTOF(techs)][COUNTOF(names)];
    Raster *want[COUNTOF(techs)][COUNTOF(names)];
} Bench;

static void bench_make(Bench *b)
{
    *b = (Bench){0};
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        cr_assert_eq(tech_read(techs[k], &b->t[k]), ST_OK);
        tech_db_init(&b->t[k], &b->db[k], "cells");
        for (size_t q = 0; q < COUNTOF(names); q++) {
            DrawStats s;
            cr_assert_eq(draw_row_cell(&b->db[k], &b->t[k], names[q], &(DrawSpec){.rows = 1, .taps = true, .levels = 4}, &b->c[k][q], &s), ST_OK);
            b->want[k][q] = mem_alloc(sizeof(Raster));
            raster_read(b->want[k][q], &b->db[k], &b->t[k], b->c[k][q]);
        }
    }
}

static void bench_free(Bench *b)
{
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        for (size_t q = 0; q < COUNTOF(names); q++) mem_free(b->want[k][q]);
        db_free(&b->db[k]);
        tech_free(&b->t[k]);
    }
}

/* Edit number i of its cell; `was` takes the cell's shapes, to be put back. */
typedef struct {
    size_t tech, cell;
    Edit kind;
    DbShape *was;
    uint32_t n;
} Edited;

static Edited edit_number(Bench *b, uint32_t i)
{
    Rng rng = rng_make(20261, i);
    Edited e = {.tech = i % COUNTOF(techs), .cell = rng_below(&rng, COUNTOF(names)), .kind = (Edit)(i / 2 % E_N)};
    DbCell *c = db_cell(&b->db[e.tech], b->c[e.tech][e.cell]);
    e.n = c->shapes.n;
    e.was = mem_calloc(e.n, sizeof *e.was);
    memcpy(e.was, c->shapes.v, e.n * sizeof *e.was);
    edit(&b->db[e.tech], b->c[e.tech][e.cell], e.kind, &rng);
    return e;
}

static void put_back(Bench *b, Edited *e)
{
    DbCell *c = db_cell(&b->db[e->tech], b->c[e->tech][e->cell]);
    memcpy(c->shapes.v, e->was, e->n * sizeof *e->was);
    c->shapes.n = e->n;
    mem_free(e->was);
}

/* A well that lost its tap is no difference, the neighbour's may serve it, but it is told. */
static bool own_finds(Bench *b, const Edited *e, char *text, size_t n)
{
    LvsDevices d;
    const Db *db = &b->db[e->tech];
    CellId c = b->c[e->tech][e->cell];
    bool found = lvs_devices(db, c, db, c, &b->t[e->tech], &d) != ST_OK || d.untied > 0;
    snprintf(text, n, "%s", d.text.s ? d.text.s : "");
    lvs_devices_free(&d);
    return found;
}

Test(edits, those_that_matter_are_found_and_no_others, .timeout = 600)
{
    Bench b;
    Raster *r = mem_alloc(sizeof *r);
    uint32_t matter[E_N] = {0}, all[E_N] = {0};
    bench_make(&b);
    for (uint32_t i = 0; i < EDITS; i++) {
        Edited e = edit_number(&b, i);
        char text[2000];
        const Raster *w = b.want[e.tech][e.cell];
        raster_read(r, &b.db[e.tech], &b.t[e.tech], b.c[e.tech][e.cell]);
        bool differs = !raster_split_alike(w, r) && !raster_split_alike(r, w);
        bool found = own_finds(&b, &e, text, sizeof text);
        cr_expect_eq(found, differs, "edit %u, %s on %s %s: the raster says it %s; LVS:\n%s", i, edit_name[e.kind], techs[e.tech], names[e.cell],
                     differs ? "matters" : "does not matter", text);
        all[e.kind]++;
        matter[e.kind] += differs;
        put_back(&b, &e);
    }
    for (int k = 0; k < E_N; k++) {
        fprintf(stderr, "edits: %s: %u, %u matter\n", edit_name[k], all[k], matter[k]);
        cr_expect(matter[k] > 0 && (matter[k] < all[k] || k == E_CUT_OFF), "%s: both kinds must occur", edit_name[k]);
    }
    mem_free(r);
    bench_free(&b);
    cr_assert_eq(mem_live(), 0);
}

/* ---- KLayout's word on a sample -------------------------------------------------------------------------------------------- */

static void write_netlist(const Db *db, CellId id, const char *path)
{
    const DbCell *c = &db->cells.v[id.i];
    FILE *f = fopen(path, "w");
    cr_assert(f);
    fprintf(f, ".subckt %s", db_name(db, c->name));
    for (uint32_t i = 0; i < c->n_ports; i++) fprintf(f, " %s", db_name(db, c->nets.v[i].name));
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        fprintf(f, "\nM%s", db_name(db, d->name));
        for (int k = 0; k < 4; k++) fprintf(f, " %s", db_name(db, c->nets.v[d->t[k].net.i].name));
        fprintf(f, " %s w=%.3fu l=%.3fu m=%d", db_name(db, d->model), d->w * 1e-3, d->l * 1e-3, d->m);
    }
    fprintf(f, "\n.ends\n");
    cr_assert_eq(fclose(f), 0);
}

/* What KLayout is asked: all in one process, whose start takes longer than a comparison. */
typedef struct {
    uint32_t edit;
    bool own;         /* our verdict */
    Edited e;         /* of it: kind, technology, cell */
    char text[2000];
} Job;
typedef struct { ARRAY(Job) v; } Jobs;

static void write_job(const Bench *b, const Job *j, const char *dir, Arena *a)
{
    cr_assert_eq(gds_write(&b->db[j->e.tech], io_join(a, dir, arena_printf(a, "%u.gds", j->edit))), ST_OK);
    write_netlist(&b->db[j->e.tech], b->c[j->e.tech][j->e.cell], io_join(a, dir, arena_printf(a, "%u.cir", j->edit)));
}

/* Runs the generated decks as macros, one after the other; the log then has "job N" and the verdict. */
static void run_jobs(const Jobs *jobs, const char *dir, Arena *a, Buf *log)
{
    FILE *f = fopen(io_join(a, dir, "all.rb"), "w");
    cr_assert(f);
    fprintf(f, "$stdout.sync = true\n");
    for (uint32_t i = 0; i < jobs->v.n; i++) {
        const Job *j = &jobs->v.v[i];
        fprintf(f, "puts 'job %u'\n$input = '%s/%u.gds'\n$top_cell = '%s'\n$schematic = '%s/%u.cir'\n$report = '%s/r.lvsdb'\nRBA::Macro::new('%s/%s.lvs').run\n", j->edit, dir,
                j->edit, names[j->e.cell], dir, j->edit, dir, dir, techs[j->e.tech]);
    }
    cr_assert_eq(fclose(f), 0);
    cr_assert_eq(system(arena_printf(a, "cd %s && klayout -b -r all.rb >log 2>&1", dir)), 0, "KLayout does not run the generated decks");
    cr_assert_eq(io_read(io_join(a, dir, "log"), 4u << 20, log), ST_OK);
}

/* KLayout's verdict: true if it finds a difference. */
static bool verdict(const Jobs *jobs, uint32_t i, const Buf *log, Arena *a)
{
    const char *from = strstr(log->s, arena_printf(a, "job %u\n", jobs->v.v[i].edit));
    const char *to = from && i + 1 < jobs->v.n ? strstr(from, arena_printf(a, "job %u\n", jobs->v.v[i + 1].edit)) : NULL;
    cr_assert(from && (to || i + 1 == jobs->v.n), "%s", log->s);
    const char *yes = strstr(from, "Netlists match"), *no = strstr(from, "netlists do not match");
    if (to && yes > to) yes = NULL;
    if (to && no > to) no = NULL;
    cr_assert_neq(!yes, !no, "edit %u: no verdict:\n%s", jobs->v.v[i].edit, from);
    return no != NULL;
}

Test(edits, klayout_agrees_on_a_sample, .timeout = 600)
{
    if (system("klayout -v >/dev/null 2>&1") != 0) {
        fprintf(stderr, "skipped: KLayout is not installed, it does not judge the edits\n");
        return;
    }
    Bench b;
    Arena a = {0};
    Jobs jobs = {0};
    Buf log = {0};
    char dir[] = "/tmp/apugen_edits_XXXXXX";
    uint32_t found = 0;
    Raster *r = mem_alloc(sizeof *r);
    bench_make(&b);
    cr_assert(mkdtemp(dir));
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        cr_assert_eq(deck_write(&b.t[k], NULL, dir), ST_OK);
        cr_assert_eq(rename(io_join(&a, dir, "klayout.lvs"), io_join(&a, dir, arena_printf(&a, "%s.lvs", techs[k]))), 0);
    }
    for (uint32_t i = 0; i < EDITS && jobs.v.n < SAMPLE; i += 37) {
        Job j = {.edit = i, .e = edit_number(&b, i)};
        const Raster *w = b.want[j.e.tech][j.e.cell];
        raster_read(r, &b.db[j.e.tech], &b.t[j.e.tech], b.c[j.e.tech][j.e.cell]);
        bool equal = r->n_log == w->n_log && !memcmp(r->log, w->log, w->n_log * sizeof *w->log);
        j.own = own_finds(&b, &j.e, j.text, sizeof j.text);
        /* KLayout does not reduce stacks: a split of equal potential is a difference to it */
        if (equal || j.own) {
            write_job(&b, &j, dir, &a);
            arr_push(&jobs.v, j);
        }
        put_back(&b, &j.e);
    }
    run_jobs(&jobs, dir, &a, &log);
    for (uint32_t i = 0; i < jobs.v.n; i++) {
        const Job *j = &jobs.v.v[i];
        bool other = verdict(&jobs, i, &log, &a);
        cr_expect_eq(j->own, other, "edit %u, %s on %s %s: KLayout %s; our own:\n%s", j->edit, edit_name[j->e.kind], techs[j->e.tech], names[j->e.cell],
                     other ? "finds it" : "says they match", j->text);
        found += other;
    }
    fprintf(stderr, "edits: KLayout judged %u, %u matter\n", jobs.v.n, found);
    cr_expect(jobs.v.n >= SAMPLE - 2 && found > 4 && found + 4 < jobs.v.n);
    cr_assert_eq(system(arena_printf(&a, "rm -r %s", dir)), 0);
    arr_free(&jobs.v);
    buf_free(&log);
    mem_free(r);
    arena_free(&a);
    bench_free(&b);
    cr_assert_eq(mem_live(), 0);
}
