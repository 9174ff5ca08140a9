/* What a cell is, as text: for keys of results that are kept (gen/base/io.h). */
#include "gen/db/db.h"

static void put_nets(const Db *db, const DbCell *c, Buf *b)
{
    for (uint32_t i = 0; i < c->nets.n; i++) {
        const DbNet *n = &c->nets.v[i];
        buf_printf(b, "net %s %u %d %d\n", db_name(db, n->name), n->width, (int)n->dir, (int)n->use);
    }
}

static void put_devices(const Db *db, const DbCell *c, Buf *b)
{
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        buf_printf(b, "device %s %s %d %d %d %d %a %u", db_name(db, d->name), db_name(db, d->model), (int)d->kind, d->w, d->l, d->m, d->value, d->pair);
        for (int k = 0; k < 4; k++) buf_printf(b, " %u.%u", d->t[k].net.i, d->t[k].bit);
        buf_char(b, '\n');
    }
}

/* Shapes are many: their words as they lie in memory. */
static void put_shapes(const DbCell *c, Buf *b)
{
    buf_printf(b, "shapes %u\n", c->shapes.n);
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const int32_t w[] = {(int32_t)s->layer.i, (int32_t)s->kind, s->box.x0, s->box.y0, s->box.x1, s->box.y1, (int32_t)s->net.i, (int32_t)s->bit};
        buf_put(b, (const char *)w, sizeof w);
    }
}

static void put_insts(const Db *db, const DbCell *c, Buf *b)
{
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const DbInst *x = &c->insts.v[i];
        buf_printf(b, "inst %s %s %d %d %d %u %u %d %d", db_name(db, x->name), db_name(db, db->cells.v[x->master.i].name), x->at.x, x->at.y, (int)x->orient, x->nx, x->ny,
                   x->dx, x->dy);
        for (uint32_t k = 0; k < db->cells.v[x->master.i].n_ports; k++) {
            NetRef r = db_conn(db, (CellId){(uint32_t)(c - db->cells.v)}, (InstId){i}, k);
            buf_printf(b, " %u.%d.%d.%d.%d", r.net.i, r.base, r.sx, r.sy, r.sk);
        }
        buf_char(b, '\n');
    }
}

void db_describe(const Db *db, CellId id, bool name, Buf *out)
{
    const DbCell *c = &db->cells.v[id.i];
    buf_printf(out, "cell %s %d %s %u %d %d %d %d\n", name ? db_name(db, c->name) : "", (int)c->kind, db_name(db, c->function), c->n_ports, c->box.x0, c->box.y0, c->box.x1,
               c->box.y1);
    put_nets(db, c, out);
    put_devices(db, c, out);
    put_shapes(c, out);
    put_insts(db, c, out);
}

static void describe_below(const Db *db, CellId id, bool *seen, Buf *out)
{
    if (seen[id.i]) return;
    seen[id.i] = true;
    for (uint32_t i = 0; i < db->cells.v[id.i].insts.n; i++) describe_below(db, db->cells.v[id.i].insts.v[i].master, seen, out);
    db_describe(db, id, true, out);
}

void db_describe_all(const Db *db, CellId top, Buf *out)
{
    bool *seen = mem_calloc(db->cells.n + 1, sizeof *seen);
    for (uint32_t i = 0; i < db->layers.n; i++) buf_printf(out, "layer %s\n", db_name(db, db->layers.v[i].name));
    describe_below(db, top, seen, out);
    mem_free(seen);
}
