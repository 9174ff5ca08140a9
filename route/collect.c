/*
 * From placed instances to a channel problem: which net stands in which column of which edge.
 */
#include "route/route.h"

typedef struct {
    const Db *db;
    const DbCell *parent;
    const ChanRules *r;
    int32_t x0, x1, y_bottom, y_top;
    uint32_t *top, *bottom, n_cols;
    Map ids;
    ChanProblem *out;
    Status st;
} Collect;

static uint32_t net_id(Collect *c, NetId net, uint32_t bit)
{
    uint64_t key = (uint64_t)net.i << 32 | bit;
    uint32_t id;
    if (map_get(&c->ids, key, &id)) return id;
    id = c->out->nets.n;
    arr_push(&c->out->nets, ((ChanNet){net, bit}));
    map_set(&c->ids, key, id);
    return id;
}

static bool is_supply(NetUse use) { return use == USE_POWER || use == USE_GROUND; }

static void note_pin(Collect *c, Box b, NetId net, uint32_t bit)
{
    const Db *db = c->db;
    bool low = b.y1 == c->y_bottom, high = b.y0 == c->y_top;
    if ((!low && !high) || b.x1 <= c->x0 || b.x0 >= c->x1) return;
    int64_t twice = (int64_t)b.x0 + b.x1 - 2 * (int64_t)c->x0 - c->r->col_pitch, step = 2 * (int64_t)c->r->col_pitch;
    const char *name = db_name(db, c->parent->nets.v[net.i].name);
    if (twice < 0 || twice % step || twice / step >= c->n_cols) {
        c->st = msg_error(ST_INPUT, "RTE-0011", (Loc){0}, "cell %s: pin of net %s[%u] at x %d is not on a column of the channel (first %d, pitch %d)",
                          db_name(db, c->parent->name), name, bit, (b.x0 + b.x1) / 2, c->x0 + c->r->col_pitch / 2, c->r->col_pitch);
        return;
    }
    uint32_t col = (uint32_t)(twice / step), id = net_id(c, net, bit);
    for (int side = 0; side < 2; side++) {
        if (!(side ? high : low)) continue;
        uint32_t *p = side ? &c->top[col] : &c->bottom[col];
        if (*p && *p != id) {
            ChanNet other = c->out->nets.v[*p];
            c->st = msg_error(ST_INPUT, "RTE-0012", (Loc){0}, "cell %s: nets %s[%u] and %s[%u] have pins in column %u of the channel's %s side",
                              db_name(db, c->parent->name), name, bit, db_name(db, c->parent->nets.v[other.net.i].name), other.bit, col,
                              side ? "upper" : "lower");
            return;
        }
        *p = id;
    }
}

static void note_instance(Collect *c, CellId parent, uint32_t k)
{
    const DbInst *i = &c->parent->insts.v[k];
    const DbCell *m = &c->db->cells.v[i->master.i];
    for (uint32_t iy = 0; iy < i->ny; iy++)
        for (uint32_t ix = 0; ix < i->nx; ix++) {
            Box o = inst_box(c->db, i, ix, iy);
            if (o.y1 < c->y_bottom || o.y0 > c->y_top) continue;
            for (uint32_t s = 0; s < m->shapes.n; s++) {
                const DbShape *p = &m->shapes.v[s];
                if (p->kind != SHAPE_PIN || p->layer.i != c->r->v_layer.i || p->net.i >= m->n_ports) continue;
                if (is_supply(m->nets.v[p->net.i].use)) continue;
                NetRef ref = db_conn(c->db, parent, (InstId){k}, p->net.i);
                if (ref.net.i == NET_NONE.i || is_supply(c->parent->nets.v[ref.net.i].use)) continue;
                Box b = box_place(p->box, m->box.x1, m->box.y1, (Pt){o.x0, o.y0}, i->orient);
                note_pin(c, b, ref.net, netref_bit(ref, ix, iy, p->bit));
            }
        }
}

Status route_channel_collect(const Db *db, CellId parent, const ChanRules *r, int32_t x0, int32_t x1,
                             int32_t y_bottom, int32_t y_top, ChanProblem *out)
{
    memset(out, 0, sizeof *out);
    if (x1 <= x0 || (x1 - x0) % r->col_pitch)
        return msg_error(ST_INPUT, "RTE-0011", (Loc){0}, "channel from x %d to %d is not a whole number of columns of %d", x0, x1, r->col_pitch);
    Collect c = {.db = db, .parent = &db->cells.v[parent.i], .r = r, .x0 = x0, .x1 = x1, .y_bottom = y_bottom, .y_top = y_top, .out = out};
    c.n_cols = (uint32_t)((x1 - x0) / r->col_pitch);
    c.top = arena_array(&out->arena, uint32_t, c.n_cols);
    c.bottom = arena_array(&out->arena, uint32_t, c.n_cols);
    arr_push(&out->nets, ((ChanNet){NET_NONE, 0}));
    for (uint32_t k = 0; k < c.parent->insts.n; k++) note_instance(&c, parent, k);
    for (uint32_t k = 0; k < c.parent->shapes.n; k++) {
        const DbShape *s = &c.parent->shapes.v[k];
        if (s->kind == SHAPE_PIN && s->layer.i == r->v_layer.i && s->net.i < c.parent->nets.n && !is_supply(c.parent->nets.v[s->net.i].use))
            note_pin(&c, s->box, s->net, s->bit);
    }
    map_free(&c.ids);
    out->x0 = x0;
    out->x1 = x1;
    out->ch = (Channel){.n_cols = c.n_cols, .top = c.top, .bottom = c.bottom, .h_gap = r->h_gap, .v_gap = r->v_gap, .min_len = r->min_len};
    if (c.st != ST_OK) route_channel_free(out);
    return c.st;
}

void route_channel_free(ChanProblem *p)
{
    arr_free(&p->nets);
    arena_free(&p->arena);
    memset(p, 0, sizeof *p);
}

Status route_channel(const Db *db, const Tech *t, CellId parent, int32_t x0, int32_t x1, int32_t y_bottom, int32_t y_top,
                     const ChanOptions *opt, ChanRules *r, ChanProblem *p, ChanSolution *sol, int32_t *height)
{
    memset(p, 0, sizeof *p);
    memset(sol, 0, sizeof *sol);
    TRY(route_channel_rules(db, t, 4, r));
    TRY(route_channel_collect(db, parent, r, x0, x1, y_bottom, y_top, p));
    Status st = channel_route(&p->ch, opt, sol);
    if (st != ST_OK) {
        route_channel_free(p);
        return st;
    }
    *height = route_channel_height(t, r, sol->n_tracks);
    return ST_OK;
}
