/*
 * GDS: what is written reads back equal, by our own reader and by KLayout; broken streams are refused, never crashed on.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/db/toy.h"
#include "tests/skip.h"

typedef struct {
    ARRAY(char *) v;
} Lines;

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_line(Lines *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void add_line(Lines *l, const char *fmt, ...)
{
    char *s;
    va_list ap;
    va_start(ap, fmt);
    cr_assert(vasprintf(&s, fmt, ap) >= 0);
    va_end(ap);
    arr_push(&l->v, s);
}

static void free_lines(Lines *l)
{
    for (uint32_t k = 0; k < l->v.n; k++) free(l->v.v[k]);
    arr_free(&l->v);
}

static void sort_lines(Lines *l) { qsort(l->v.v, l->v.n, sizeof *l->v.v, by_text); }

static void assert_same(Lines *a, Lines *b)
{
    sort_lines(a);
    sort_lines(b);
    for (uint32_t k = 0; k < a->v.n && k < b->v.n; k++) cr_assert_str_eq(a->v.v[k], b->v.v[k], "line %u: %s | %s", k, a->v.v[k], b->v.v[k]);
    cr_assert_eq(a->v.n, b->v.n, "%u lines, %u lines", a->v.n, b->v.n);
}

/* ---- own reader -------------------------------------------------------------------------------------- */

typedef struct {
    const Db *db;
    Lines *out;
} Flat;

static bool flat_line(void *ctx, const DbShape *s, Box b, CellId cell, uint64_t flat)
{
    Flat *f = ctx;
    Buf name = {0};
    if (s->kind == SHAPE_PIN) db_bit_name(f->db, cell, s->net, s->bit, &name);
    add_line(f->out, "%s %s %d %d %d %d %s %lld", db_name(f->db, f->db->cells.v[cell.i].name), db_name(f->db, f->db->layers.v[s->layer.i].name),
             b.x0, b.y0, b.x1, b.y1, s->kind == SHAPE_PIN ? name.s : "-", (long long)flat);
    buf_free(&name);
    return true;
}

static void layers_of(Db *to, const Db *from)
{
    db_init(to, "copy", from->tech, from->dbu_m, from->grid);
    for (uint32_t k = 0; k < from->layers.n; k++) {
        const DbLayer *l = &from->layers.v[k];
        LayerId id = db_add_layer(to, db_name(from, l->name), l->kind, l->gds, l->gds_type);
        to->layers.v[id.i].gds_pin_type = l->gds_pin_type;
        to->layers.v[id.i].gds_label_type = l->gds_label_type;
        to->layers.v[id.i].level = l->level;
    }
}

/* The toy, its top twice more in a 3 × 2 array turned by `o`. */
static void medium(Toy *t, Orient o)
{
    toy_build(t);
    Db *db = &t->db;
    db_add_layer(db, "outline", LAYER_OUTLINE, 235, 4);
    CellId big = db_add_cell(db, "big", CELL_BLOCK, NULL);
    db_cell(db, big)->box = (Box){0, 0, 20000, 20000};
    db_add_inst(db, big, "one", t->top, (Pt){15, 25}, ORI_N, 1, 1, 0, 0);
    db_add_inst(db, big, "many", t->top, (Pt){5, 600}, o, 3, 2, 4100, 4500);
    db_add_inst(db, big, "line", t->row, (Pt){19000, 19000}, o, 1, 3, 0, -500);
    db_add_inst(db, big, "row", t->row, (Pt){10000, 19500}, o, 4, 1, 500, 0);
    db->top = big;
}

static char *temp_path(Arena *a, const char *name)
{
    const char *dir = getenv("TMPDIR");
    return arena_printf(a, "%s/apugen-test-%ld-%s", dir ? dir : "/tmp", (long)getpid(), name);
}

Test(gds, reads_back_equal_in_every_orientation)
{
    for (int o = 0; o < 8; o++) {
        Toy t;
        Arena a = {0};
        medium(&t, (Orient)o);
        cr_assert_eq(db_check(&t.db), ST_OK);
        char *path = temp_path(&a, "round.gds");
        cr_assert_eq(gds_write(&t.db, path), ST_OK);
        Db back;
        layers_of(&back, &t.db);
        cr_assert_eq(gds_read(&back, path), ST_OK);
        cr_assert_eq(db_check(&back), ST_OK);
        cr_assert_eq(back.cells.n, t.db.cells.n);
        cr_assert_str_eq(db_name(&back, back.cells.v[back.top.i].name), "big");
        for (uint32_t c = 0; c < back.cells.n; c++) {
            const DbCell *p = &t.db.cells.v[c], *q = &back.cells.v[c];
            cr_assert_str_eq(db_name(&t.db, p->name), db_name(&back, q->name));
            cr_assert(!memcmp(&p->box, &q->box, sizeof p->box));
            cr_assert_eq(p->insts.n, q->insts.n, "arrays stay arrays");
            for (uint32_t k = 0; k < p->insts.n; k++) {
                const DbInst *i = &p->insts.v[k], *j = &q->insts.v[k];
                cr_assert_str_eq(db_name(&t.db, i->name), db_name(&back, j->name));
                cr_assert(i->nx == j->nx && i->ny == j->ny && i->orient == j->orient && i->at.x == j->at.x && i->at.y == j->at.y);
                cr_assert(i->dx == j->dx && i->dy == j->dy);
            }
        }
        Lines x = {0}, y = {0};
        db_visit_shapes(&t.db, t.db.top, flat_line, &(Flat){&t.db, &x});
        db_visit_shapes(&back, back.top, flat_line, &(Flat){&back, &y});
        assert_same(&x, &y);
        free_lines(&x);
        free_lines(&y);
        unlink(path);
        db_free(&back);
        db_free(&t.db);
        arena_free(&a);
    }
}

/* ---- KLayout --------------------------------------------------------------------------------------------- */

static bool drawn_line(void *ctx, const DbShape *s, Box b, CellId cell, uint64_t flat)
{
    Flat *f = ctx;
    (void)flat;
    const DbLayer *l = &f->db->layers.v[s->layer.i];
    add_line(f->out, "box %d/%d %d %d %d %d", l->gds, l->gds_type, b.x0, b.y0, b.x1, b.y1);
    if (s->kind != SHAPE_PIN) return true;
    add_line(f->out, "box %d/%d %d %d %d %d", l->gds, l->gds_pin_type, b.x0, b.y0, b.x1, b.y1);
    (void)cell;
    return true;
}

static void expect_cell(const Db *db, Lines *out, CellId c, Xform t, uint32_t *count)
{
    const DbCell *cell = &db->cells.v[c.i];
    Box b = xform_box(t, cell->box);
    count[c.i]++;
    add_line(out, "box 235/4 %d %d %d %d", b.x0, b.y0, b.x1, b.y1);
    for (uint32_t k = 0; k < cell->shapes.n; k++) {
        const DbShape *s = &cell->shapes.v[k];
        if (s->kind != SHAPE_PIN) continue;
        Buf name = {0};
        db_bit_name(db, c, s->net, s->bit, &name);
        Pt p = {(s->box.x0 + s->box.x1) / 2, (s->box.y0 + s->box.y1) / 2};
        Box q = xform_box(t, (Box){p.x, p.y, p.x, p.y});
        const DbLayer *l = &db->layers.v[s->layer.i];
        add_line(out, "text %d/%d %d %d %s", l->gds, l->gds_label_type, q.x0, q.y0, name.s);
        buf_free(&name);
    }
    for (uint32_t k = 0; k < cell->insts.n; k++)
        for (uint32_t iy = 0; iy < cell->insts.v[k].ny; iy++)
            for (uint32_t ix = 0; ix < cell->insts.v[k].nx; ix++)
                expect_cell(db, out, cell->insts.v[k].master, xform_compose(t, inst_xform(db, &cell->insts.v[k], ix, iy)), count);
}

static void read_lines(const char *path, Lines *out)
{
    Buf b = {0};
    cr_assert_eq(io_read(path, 1u << 30, &b), ST_OK);
    for (char *s = b.s, *e; s && (e = strchr(s, '\n')); s = e + 1) {
        *e = 0;
        add_line(out, "%s", s);
    }
    buf_free(&b);
}

Test(gds, klayout_reads_the_same, .timeout = 300)
{
    if (!proc_available("klayout")) {
        fprintf(stderr, "skipped: gds/klayout_reads_the_same: no klayout in PATH\n");
        skip_test("no klayout");
    }
    for (int o = 0; o < 8; o++) {
        Toy t;
        Arena a = {0};
        medium(&t, (Orient)o);
        char *path = temp_path(&a, "k.gds"), *dump = temp_path(&a, "k.txt"), *log = temp_path(&a, "k.log");
        cr_assert_eq(gds_write(&t.db, path), ST_OK);
        const char *argv[] = {"klayout", "-b", "-r", APUGEN_SRC "/tests/db/klayout_dump.py", "-rd", arena_printf(&a, "gds=%s", path),
                              "-rd", arena_printf(&a, "out=%s", dump), NULL};
        int code;
        cr_assert_eq(proc_run(argv, "/tmp", log, 60, &code), ST_OK);
        cr_assert_eq(code, 0, "see %s", log);
        Lines got = {0}, want = {0};
        read_lines(dump, &got);
        uint32_t count[8] = {0};
        db_visit_shapes(&t.db, t.db.top, drawn_line, &(Flat){&t.db, &want});
        expect_cell(&t.db, &want, t.db.top, (Xform){.orient = ORI_N}, count);
        for (uint32_t c = 0; c < t.db.cells.n; c++) add_line(&want, "cell %s %u", db_name(&t.db, t.db.cells.v[c].name), count[c]);
        assert_same(&want, &got);
        cr_assert_gt(want.v.n, 10000);
        free_lines(&got);
        free_lines(&want);
        unlink(path), unlink(dump), unlink(log);
        db_free(&t.db);
        arena_free(&a);
    }
}

/* ---- bytes, names, broken streams ------------------------------------------------------------------------------ */

/* An outline of two boxes is written as they are, without their bounding box, and reads back as two shapes and that box. */
Test(gds, outline_in_parts)
{
    Toy t;
    Arena a = {0};
    medium(&t, ORI_FN);
    CellId ell = db_add_cell(&t.db, "ell", CELL_SOFT, NULL);
    db_cell(&t.db, ell)->box = (Box){0, 0, 900, 500};
    const Box part[] = {{0, 0, 300, 500}, {300, 0, 900, 200}};
    for (size_t k = 0; k < COUNTOF(part); k++) db_add_shape(&t.db, ell, db_outline(&t.db), SHAPE_FILL, part[k], NET_NONE, 0);
    char *path = temp_path(&a, "ell.gds");
    cr_assert_eq(gds_write(&t.db, path), ST_OK);
    Db back;
    layers_of(&back, &t.db);
    cr_assert_eq(gds_read(&back, path), ST_OK);
    const DbCell *c = db_cell(&back, db_find_cell(&back, "ell"));
    cr_assert(!memcmp(&c->box, &(Box){0, 0, 900, 500}, sizeof c->box));
    cr_assert_eq(c->shapes.n, 2);
    for (size_t k = 0; k < COUNTOF(part); k++) {
        cr_expect(!memcmp(&c->shapes.v[k].box, &part[k], sizeof part[k]));
        cr_expect_eq(c->shapes.v[k].layer.i, db_outline(&back).i);
    }
    unlink(path);
    db_free(&back);
    db_free(&t.db);
    arena_free(&a);
}

Test(gds, same_bytes_every_time_and_no_padding)
{
    Arena a = {0};
    char hex[2][65];
    char *path = temp_path(&a, "b.gds");
    Buf f = {0};
    for (int k = 0; k < 2; k++) {
        Toy t;
        toy_build(&t);
        cr_assert_eq(gds_write(&t.db, path), ST_OK);
        cr_assert_eq(sha256_file(path, hex[k]), ST_OK);
        db_free(&t.db);
    }
    cr_assert_str_eq(hex[0], hex[1]);
    cr_assert_eq(io_read(path, 1u << 20, &f), ST_OK);
    cr_assert(!memcmp(f.s + f.n - 4, "\0\4\4\0", 4), "ENDLIB is the last record");
    cr_assert(!memcmp(f.s, "\0\6\0\2\2\x58", 6), "HEADER 600 is the first");
    buf_free(&f);
    unlink(path);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}

Test(gds, a_name_that_gds_cannot_hold_is_an_error)
{
    Arena a = {0};
    char *path = temp_path(&a, "n.gds");
    Toy t;
    toy_build(&t);
    db_add_cell(&t.db, "tile 16x16", CELL_BLOCK, NULL);
    msg_capture_begin();
    cr_assert_eq(gds_write(&t.db, path), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "DB-0020"));
    cr_assert_not(io_exists(path));
    db_free(&t.db);
    toy_build(&t);
    t.db.layers.v[1].gds = 40000;
    msg_capture_begin();
    cr_assert_eq(gds_write(&t.db, path), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "DB-0021"));
    db_free(&t.db);
    arena_free(&a);
}

static Status read_bytes(const char *path, const char *s, size_t n, const Db *like)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(s, 1, n, f) == n && fclose(f) == 0);
    Db back;
    layers_of(&back, like);
    msg_capture_begin();
    Status st = gds_read(&back, path);
    const char *text = msg_capture_end();
    if (st == ST_OK) cr_assert_eq(db_check(&back), ST_OK);
    else cr_assert(strstr(text, "[GDS-00"), "%s", text);
    db_free(&back);
    return st;
}

/* Every truncation and 4000 seeded byte changes: a status, never a crash, and nothing leaks. */
Test(gds, broken_streams, .timeout = 300)
{
    Arena a = {0};
    char *path = temp_path(&a, "x.gds");
    Toy t;
    Buf f = {0};
    toy_build(&t);
    cr_assert_eq(gds_write(&t.db, path), ST_OK);
    cr_assert_eq(io_read(path, 1u << 20, &f), ST_OK);
    int64_t live = mem_live();
    cr_assert_eq(read_bytes(path, f.s, f.n, &t.db), ST_OK);
    for (size_t n = 0; n < f.n; n += n < 200 ? 1 : 37) cr_assert_eq(read_bytes(path, f.s, n, &t.db), ST_INPUT, "cut at %zu", n);
    Rng r = rng_make(1, 0);
    for (int k = 0; k < 4000; k++) {
        size_t at = rng_below(&r, (uint32_t)f.n);
        char keep = f.s[at];
        f.s[at] = (char)rng_u64(&r);
        read_bytes(path, f.s, f.n, &t.db);
        f.s[at] = keep;
    }
    cr_assert_eq(mem_live(), live);
    unlink(path);
    buf_free(&f);
    db_free(&t.db);
    arena_free(&a);
}

/* ---- shapes of other programs: polygons and paths ----------------------------------------------------------------- */

typedef struct {
    unsigned char b[4096];
    size_t n;
} Raw;

static void raw(Raw *r, uint32_t type, const int32_t *v, uint32_t n, int size)
{
    uint32_t len = 4 + n * (uint32_t)size;
    unsigned char head[4] = {(unsigned char)(len >> 8), (unsigned char)len, (unsigned char)(type >> 8), (unsigned char)type};
    memcpy(r->b + r->n, head, 4);
    r->n += 4;
    for (uint32_t k = 0; k < n; k++)
        for (int q = size - 1; q >= 0; q--) r->b[r->n++] = (unsigned char)((uint32_t)v[k] >> 8 * q);
}

static void raw_text(Raw *r, uint32_t type, const char *s)
{
    raw(r, type, (const int32_t[]){s[0] << 8 | s[1]}, 1, 2); /* two letters */
}

/* A stream with one structure and one element: records between head and foot are the caller's. */
static void raw_head(Raw *r)
{
    r->n = 0;
    raw(r, 0x0002, (const int32_t[]){600}, 1, 2);
    raw(r, 0x0102, (const int32_t[12]){0}, 12, 2);
    raw_text(r, 0x0206, "LI");
    raw(r, 0x0305, (const int32_t[]){0x3E418937, 0x4BC6A7F0, 0x3944B82F, (int32_t)0xA09B5A51}, 4, 4); /* 1e-3, 1e-9 */
    raw(r, 0x0502, (const int32_t[12]){0}, 12, 2);
    raw_text(r, 0x0606, "C0");
}

static Status raw_read(Raw *r, Toy *t, Db *back)
{
    Arena a = {0};
    char *path = temp_path(&a, "r.gds");
    raw(r, 0x0700, NULL, 0, 2);
    raw(r, 0x0400, NULL, 0, 2);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(r->b, 1, r->n, f) == r->n && fclose(f) == 0);
    layers_of(back, &t->db);
    msg_capture_begin();
    Status st = gds_read(back, path);
    msg_capture_end();
    unlink(path);
    arena_free(&a);
    return st;
}

static Status read_element(uint32_t kind, int32_t path_type, int32_t width, const int32_t *xy, uint32_t n, Lines *out)
{
    Toy t;
    Raw r;
    Db back;
    toy_build(&t);
    raw_head(&r);
    raw(&r, kind, NULL, 0, 2);
    raw(&r, 0x0D02, (const int32_t[]){31}, 1, 2);
    raw(&r, 0x0E02, (const int32_t[]){0}, 1, 2);
    if (kind == 0x0900) {
        raw(&r, 0x2102, &path_type, 1, 2);
        raw(&r, 0x0F03, &width, 1, 4);
    }
    raw(&r, 0x1003, xy, n, 4);
    raw(&r, 0x1100, NULL, 0, 2);
    Status st = raw_read(&r, &t, &back);
    for (uint32_t k = 0; st == ST_OK && k < back.cells.v[0].shapes.n; k++) {
        Box b = back.cells.v[0].shapes.v[k].box;
        add_line(out, "%d %d %d %d", b.x0, b.y0, b.x1, b.y1);
    }
    db_free(&back);
    db_free(&t.db);
    return st;
}

static void expect_boxes(Lines *got, const char *const *want, uint32_t n)
{
    Lines w = {0};
    for (uint32_t k = 0; k < n; k++) add_line(&w, "%s", want[k]);
    assert_same(&w, got);
    free_lines(&w);
    free_lines(got);
}

Test(gds, polygons_become_boxes)
{
    Lines l = {0};
    const int32_t ell[] = {0, 0, 100, 0, 100, 30, 40, 30, 40, 80, 0, 80, 0, 0};
    cr_assert_eq(read_element(0x0800, 0, 0, ell, COUNTOF(ell), &l), ST_OK);
    expect_boxes(&l, (const char *const[]){"0 0 100 30", "0 30 40 80"}, 2);
    const int32_t u[] = {0, 0, 90, 0, 90, 50, 60, 50, 60, 20, 30, 20, 30, 50, 0, 50, 0, 0};
    cr_assert_eq(read_element(0x0800, 0, 0, u, COUNTOF(u), &l), ST_OK);
    expect_boxes(&l, (const char *const[]){"0 0 90 20", "0 20 30 50", "60 20 90 50"}, 3);
    const int32_t slanted[] = {0, 0, 100, 0, 50, 50, 0, 0}, slanted5[] = {0, 0, 100, 0, 90, 50, 0, 50, 0, 0};
    cr_assert_eq(read_element(0x0800, 0, 0, slanted, COUNTOF(slanted), &l), ST_INPUT);
    cr_assert_eq(read_element(0x0800, 0, 0, slanted5, COUNTOF(slanted5), &l), ST_INPUT);
    const int32_t eight[] = {0, 0, 50, 0, 50, 100, 100, 100, 100, 50, 0, 50, 0, 0}; /* crosses itself */
    cr_assert_eq(read_element(0x0800, 0, 0, eight, COUNTOF(eight), &l), ST_INPUT);
}

Test(gds, paths_become_boxes)
{
    Lines l = {0};
    const int32_t bend[] = {20, 20, 120, 20, 120, 200};
    cr_assert_eq(read_element(0x0900, 0, 40, bend, COUNTOF(bend), &l), ST_OK);
    expect_boxes(&l, (const char *const[]){"0 0 120 40", "80 0 120 200"}, 2);
    cr_assert_eq(read_element(0x0900, 2, 40, bend, COUNTOF(bend), &l), ST_OK);
    expect_boxes(&l, (const char *const[]){"0 0 140 40", "100 0 140 220"}, 2);
    cr_assert_eq(read_element(0x0900, 1, 40, bend, COUNTOF(bend), &l), ST_INPUT, "round ends");
    cr_assert_eq(read_element(0x0900, 0, 41, bend, COUNTOF(bend), &l), ST_INPUT, "half a dbu");
}
