/*
 * Kept drawings: a cell's polygons depend on its circuit, its outline and pins, the technology and the generator alone; the key is all of
 * these, the generator by the sources that it was built from. What is kept is judged like what was drawn here.
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
bool draw_kept_get(Db *db, CellId id, const char *key, DrawStats *stats)
{
    DbCell *c = db_cell(db, id);
    Buf b = {0};
    const size_t head = sizeof *stats + sizeof c->box;
    bool found = keep_get(key, "cell", DRAWING_LIMIT, &b) && b.n >= head && (b.n - head) % (SHAPE_WORDS * sizeof(int32_t)) == 0;
    if (found) {
        memcpy(stats, b.s, sizeof *stats);
        memcpy(&c->box, b.s + sizeof *stats, sizeof c->box);
        for (size_t at = head; at < b.n; at += SHAPE_WORDS * sizeof(int32_t)) {
            int32_t w[SHAPE_WORDS];
            memcpy(w, b.s + at, sizeof w);
            db_add_shape(db, id, (LayerId){(uint32_t)w[0]}, (ShapeKind)w[1], (Box){w[2], w[3], w[4], w[5]}, (NetId){(uint32_t)w[6]}, (uint32_t)w[7]);
        }
    }
    buf_free(&b);
    return found;
}

void draw_kept_put(const Db *db, CellId id, const char *key, uint32_t n_before, const DrawStats *stats)
{
    const DbCell *c = &db->cells.v[id.i];
    Buf b = {0};
    buf_put(&b, (const char *)stats, sizeof *stats);
    buf_put(&b, (const char *)&c->box, sizeof c->box);
    for (uint32_t i = n_before; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const int32_t w[SHAPE_WORDS] = {(int32_t)s->layer.i, (int32_t)s->kind, s->box.x0, s->box.y0, s->box.x1, s->box.y1, (int32_t)s->net.i, (int32_t)s->bit};
        buf_put(&b, (const char *)w, sizeof w);
    }
    keep_put(key, "cell", b.s, b.n);
    buf_free(&b);
}
