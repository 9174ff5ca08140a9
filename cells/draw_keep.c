/*
 * Kept drawings: a cell's polygons depend on its circuit, its outline and pins, the technology and the generator alone; the key is all of
 * these, the generator by the sources that it was built from. What is kept is judged like what was drawn here.
 *
 * Within a run cells share more: of two that differ in their capacitors' lengths alone, transistors and wires are drawn once, and so is a gate that many
 * cells have as a part.
 */
#include "cells/draw_id.h"
#include "cells/draw_int.h"

#define DRAWING_LIMIT (64u << 20)
enum { SHAPE_WORDS = 8 };

bool draw_kept_key(const Db *db, const Tech *t, CellId id, char key[65])
{
    if (!t->sha256[0]) return false;
    Buf b = {0};
    buf_printf(&b, "%s\n%s\n", DRAW_ID, t->sha256);
    for (uint32_t i = 0; i < db->layers.n; i++) buf_printf(&b, "%s\n", db_name(db, db->layers.v[i].name));
    db_describe(db, id, false, &b);
    sha256_hex(b.s, b.n, key);
    buf_free(&b);
    return true;
}

/* Native words: the cache is this machine's. */
static bool unpack(Db *db, CellId id, const char *from, size_t n, DrawStats *stats)
{
    DbCell *c = db_cell(db, id);
    const size_t head = sizeof *stats + sizeof c->box;
    if (n < head || (n - head) % (SHAPE_WORDS * sizeof(int32_t)) != 0) return false;
    memcpy(stats, from, sizeof *stats);
    memcpy(&c->box, from + sizeof *stats, sizeof c->box);
    for (size_t at = head; at < n; at += SHAPE_WORDS * sizeof(int32_t)) {
        int32_t w[SHAPE_WORDS];
        memcpy(w, from + at, sizeof w);
        db_add_shape(db, id, (LayerId){(uint32_t)w[0]}, (ShapeKind)w[1], (Box){w[2], w[3], w[4], w[5]}, (NetId){(uint32_t)w[6]}, (uint32_t)w[7]);
    }
    return true;
}

static void put_words(Buf *b, const int32_t *w, size_t n) { buf_put(b, (const char *)w, n * sizeof *w); }

static void put_shape(Buf *b, const DbShape *s)
{
    put_words(b, (const int32_t[SHAPE_WORDS]){(int32_t)s->layer.i, (int32_t)s->kind, s->box.x0, s->box.y0, s->box.x1, s->box.y1, (int32_t)s->net.i, (int32_t)s->bit}, SHAPE_WORDS);
}

static void pack(const Db *db, CellId id, uint32_t n_before, const DrawStats *stats, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    buf_put(b, (const char *)stats, sizeof *stats);
    buf_put(b, (const char *)&c->box, sizeof c->box);
    for (uint32_t i = n_before; i < c->shapes.n; i++) put_shape(b, &c->shapes.v[i]);
}

bool draw_kept_get(Db *db, CellId id, const char *key, DrawStats *stats)
{
    Buf b = {0};
    bool found = keep_get(key, "cell", DRAWING_LIMIT, &b) && unpack(db, id, b.s, b.n, stats);
    buf_free(&b);
    return found;
}

void draw_kept_put(const Db *db, CellId id, const char *key, uint32_t n_before, const DrawStats *stats)
{
    Buf b = {0};
    pack(db, id, n_before, stats, &b);
    keep_put(key, "cell", b.s, b.n);
    buf_free(&b);
}

/* ---- of this run ------------------------------------------------------------------------------------------------- */

/* Of what stands in a cell before its transistors are drawn, these and the router see what is on their metals and below, and pins. */
static bool seen(const Db *db, const Tech *t, const DbShape *s, int32_t levels)
{
    const DbLayer *l = &db->layers.v[s->layer.i];
    const TechLayer *mom = tech_role(t, ROLE_MOM);
    if (mom && s->layer.i == db_find_layer(db, mom->name).i) return false;
    return s->kind == SHAPE_PIN || (l->kind != LAYER_METAL && l->kind != LAYER_CUT) || l->level <= levels;
}

bool draw_known_key(const Db *db, const Tech *t, CellId id, const DrawSpec *spec, bool parts, char key[65])
{
    const DbCell *c = &db->cells.v[id.i];
    if (!t->made || !t->sha256[0]) return false;
    Buf b = {0};
    put_words(&b, (const int32_t[]){spec->rows, spec->parts, spec->taps, spec->plain, spec->levels, spec->lift, (int32_t)spec->variant, spec->quiet, spec->drives, spec->calm, parts, c->box.x1, c->box.y1}, 13);
    put_words(&b, (const int32_t[]){(int32_t)db->layers.n, (int32_t)c->n_ports, (int32_t)c->nets.n, (int32_t)db_find_net(db, id, "VDD").i, (int32_t)db_find_net(db, id, "VSS").i}, 5);
    for (uint32_t i = 0; i < c->nets.n; i++) put_words(&b, (const int32_t[]){(int32_t)c->nets.v[i].width, (int32_t)c->nets.v[i].use}, 2);
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        buf_printf(&b, "|%s|%s|", db_name(db, d->model), parts ? db_name(db, d->name) : ""); /* what is one part the names tell */
        put_words(&b, (const int32_t[]){(int32_t)d->kind, d->w, d->l, d->m, (int32_t)d->pair}, 5);
        for (int k = 0; k < 4; k++) put_words(&b, (const int32_t[]){(int32_t)d->t[k].net.i, (int32_t)d->t[k].bit}, 2);
    }
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (seen(db, t, &c->shapes.v[i], spec->levels)) put_shape(&b, &c->shapes.v[i]);
    sha256_hex(b.s, b.n, key);
    buf_free(&b);
    return true;
}

bool draw_known_get(Db *db, const Tech *t, CellId id, const char *key, DrawStats *stats, Status *st)
{
    Buf b = {0};
    bool found = memo_get(t->made, key, &b);
    if (found) {
        memcpy(st, b.s, sizeof *st);
        DbCell *c = db_cell(db, id);
        Box was = c->box;
        unpack(db, id, b.s + sizeof *st, b.n - sizeof *st, stats);
        if (*st != ST_OK) c->box = was;
    }
    buf_free(&b);
    return found;
}

void draw_known_put(const Db *db, const Tech *t, CellId id, const char *key, uint32_t n_before, const DrawStats *stats, Status st)
{
    Buf b = {0};
    buf_put(&b, (const char *)&st, sizeof st);
    pack(db, id, st == ST_OK ? n_before : db->cells.v[id.i].shapes.n, stats, &b);
    memo_put(t->made, key, b.s, b.n);
    buf_free(&b);
}

int32_t draw_known_width(const Db *db, const Tech *t, CellId id, const RowGeom *g)
{
    char key[65];
    Buf b = {0};
    int32_t w = 0;
    bool held = draw_known_key(db, t, id, &(DrawSpec){.lift = -1}, false, key), there = held && memo_get(t->made, key, &b); /* no drawing has such a lift */
    if (there) {
        memcpy(&w, b.s, sizeof w);
    } else {
        DrawNets nets = {0};
        Placement p = {0};
        if (draw_order(db, id, g, 1, 0, 0, &nets, &p) == ST_OK) w = draw_x(g, p.width) + g->margin;
        arr_free(&p.finger), arr_free(&p.col), arr_free(&nets.v);
        map_free(&nets.index);
        if (held) memo_put(t->made, key, &w, sizeof w);
    }
    buf_free(&b);
    return w;
}
