/*
 * Pieces of wire of one cell: a walk down the hierarchy that carries, for every port of the cell it enters, the net of the
 * extracted cell behind it.
 */
#include "route/extract_int.h"

typedef struct { uint32_t net; int32_t base, step; } PortMap; /* bit k of the port is bit base + step · k of net */

typedef struct {
    const Db *db;
    const bool *want;
    Pieces *out;
    uint32_t leaves;
} Gather;

/* Placement of a cell in the extracted one: orientation and where the corner of its box stands. Kept as the images of two points. */
typedef struct { int8_t xx, xy, yx, yy; int32_t x, y; } Place; /* X = xx·px + xy·py + x */

static Box place_box(const Place *p, Box b)
{
    int32_t xa = p->xx * b.x0 + p->xy * b.y0 + p->x, ya = p->yx * b.x0 + p->yy * b.y0 + p->y;
    int32_t xb = p->xx * b.x1 + p->xy * b.y1 + p->x, yb = p->yx * b.x1 + p->yy * b.y1 + p->y;
    return (Box){xa < xb ? xa : xb, ya < yb ? ya : yb, xa < xb ? xb : xa, ya < yb ? yb : ya};
}

/* Linear parts of the orientations. */
static const int8_t lin[8][4] = {[ORI_N] = {1, 0, 0, 1},  [ORI_S] = {-1, 0, 0, -1}, [ORI_W] = {0, -1, 1, 0}, [ORI_E] = {0, 1, -1, 0},
                                 [ORI_FN] = {-1, 0, 0, 1}, [ORI_FS] = {1, 0, 0, -1}, [ORI_FW] = {0, 1, 1, 0}, [ORI_FE] = {0, -1, -1, 0}};

static Place place_inst(const Place *p, const DbCell *m, const DbInst *i, uint32_t ix, uint32_t iy)
{
    const int8_t *l = lin[i->orient];
    Place q = {l[0], l[1], l[2], l[3], 0, 0};
    Box b = place_box(&q, m->box); /* where the turned outline lies; shift its corner to the instance's place */
    int32_t dx = i->at.x + (int32_t)ix * i->dx - b.x0, dy = i->at.y + (int32_t)iy * i->dy - b.y0;
    return (Place){(int8_t)(p->xx * l[0] + p->xy * l[2]), (int8_t)(p->xx * l[1] + p->xy * l[3]),
                   (int8_t)(p->yx * l[0] + p->yy * l[2]), (int8_t)(p->yx * l[1] + p->yy * l[3]),
                   p->xx * dx + p->xy * dy + p->x, p->yx * dx + p->yy * dy + p->y};
}

/* A leaf that draws nothing on metal but its pins is an abstract. */
static bool is_abstract(const Db *db, const DbCell *c)
{
    for (uint32_t k = 0; k < c->shapes.n; k++)
        if (c->shapes.v[k].kind == SHAPE_WIRE && db->layers.v[c->shapes.v[k].layer.i].kind == LAYER_METAL) return false;
    return c->kind != CELL_BLOCK;
}

static bool has_caps(const DbCell *c)
{
    for (uint32_t k = 0; k < c->devices.n; k++)
        if (c->devices.v[k].kind == DEV_CAP) return true;
    return false;
}

static void take_shapes(Gather *g, const DbCell *c, const Place *p, const PortMap *map, uint32_t n_map, uint32_t leaf)
{
    bool abstract = is_abstract(g->db, c), mom = abstract && has_caps(c);
    for (uint32_t k = 0; k < c->shapes.n; k++) {
        const DbShape *s = &c->shapes.v[k];
        const DbLayer *l = &g->db->layers.v[s->layer.i];
        bool cut = l->kind == LAYER_CUT, block = c->kind == CELL_BLOCK;
        if ((l->kind != LAYER_METAL && !cut) || s->kind == SHAPE_OBS || s->kind == SHAPE_FILL || (cut && l->level < 1)) continue;
        if (block && s->kind == SHAPE_PIN) continue; /* a block's pins are its instances' pins seen again */
        Piece q = {.box = place_box(p, s->box), .level = (int8_t)l->level, .cut = cut, .drawn = block, .abstract = abstract, .mom = mom, .net = NO_NET, .leaf = leaf};
        if (s->net.i < n_map && map[s->net.i].net != NO_NET) {
            q.net = map[s->net.i].net;
            q.bit = (uint32_t)(map[s->net.i].base + map[s->net.i].step * (int32_t)s->bit);
            q.driver = !block && s->net.i < c->n_ports && c->nets.v[s->net.i].dir == DIR_OUT;
        }
        arr_push(g->out, q);
    }
}

static void walk(Gather *g, CellId id, const Place *p, const PortMap *map, uint32_t n_map);

static void walk_inst(Gather *g, CellId parent, uint32_t k, const Place *p, const PortMap *map, uint32_t n_map)
{
    const DbCell *c = &g->db->cells.v[parent.i];
    const DbInst *i = &c->insts.v[k];
    const DbCell *m = &g->db->cells.v[i->master.i];
    bool any = false;
    for (uint32_t q = 0; q < m->n_ports && !any; q++) {
        NetRef r = db_conn(g->db, parent, (InstId){k}, q);
        any = r.net.i < n_map && map[r.net.i].net != NO_NET && g->want[map[r.net.i].net];
    }
    if (!any) return;
    PortMap *sub = mem_calloc((size_t)m->n_ports + 1, sizeof *sub);
    for (uint32_t iy = 0; iy < i->ny; iy++)
        for (uint32_t ix = 0; ix < i->nx; ix++) {
            for (uint32_t q = 0; q < m->n_ports; q++) {
                NetRef r = db_conn(g->db, parent, (InstId){k}, q);
                sub[q] = (PortMap){NO_NET, 0, 0};
                if (r.net.i >= n_map || map[r.net.i].net == NO_NET) continue;
                const PortMap *up = &map[r.net.i];
                sub[q] = (PortMap){up->net, up->base + up->step * (int32_t)netref_bit(r, ix, iy, 0), up->step * r.sk};
            }
            Place at = place_inst(p, m, i, ix, iy);
            walk(g, i->master, &at, sub, m->n_ports);
        }
    mem_free(sub);
}

static void walk(Gather *g, CellId id, const Place *p, const PortMap *map, uint32_t n_map)
{
    const DbCell *c = &g->db->cells.v[id.i];
    take_shapes(g, c, p, map, n_map, c->kind == CELL_BLOCK ? NO_NET : g->leaves++);
    for (uint32_t k = 0; k < c->insts.n; k++) walk_inst(g, id, k, p, map, n_map);
}

void extract_gather(const Db *db, CellId cell, const bool *want, Pieces *out)
{
    const DbCell *c = &db->cells.v[cell.i];
    Gather g = {db, want, out, 0};
    PortMap *map = mem_calloc((size_t)c->nets.n + 1, sizeof *map);
    for (uint32_t i = 0; i < c->nets.n; i++) {
        bool supply = c->nets.v[i].use == USE_POWER || c->nets.v[i].use == USE_GROUND;
        map[i] = (PortMap){supply ? NO_NET : i, 0, 1};
    }
    Place p = {1, 0, 0, 1, 0, 0};
    walk(&g, cell, &p, map, c->nets.n);
    mem_free(map);
}
