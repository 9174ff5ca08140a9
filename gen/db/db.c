/*
 * The database: build and look up. Contract and invariants in gen/db/db.h.
 *
 * Cells, nets and layers are found through maps from name id to index; everything that adds one of them goes through
 * this file, so the maps are always complete. Order is order of creation; the maps are never walked.
 */
#include "gen/db/db.h"

const char *const orient_name[8] = {"N", "S", "W", "E", "FN", "FS", "FW", "FE"};

static uint64_t net_key(CellId c, NameId n) { return (uint64_t)c.i << 32 | n.i; }

static NameId add_name(Db *db, const char *name)
{
    assert(name && *name);
    return names_add(&db->names, name);
}

void db_init(Db *db, const char *design, const char *tech, double dbu_m, int32_t grid)
{
    assert(grid > 0 && dbu_m > 0);
    *db = (Db){.dbu_m = dbu_m, .grid = grid, .top = CELL_NONE};
    db->design = arena_str(&db->arena, design);
    db->tech = arena_str(&db->arena, tech);
}

void db_free(Db *db)
{
    for (uint32_t i = 0; i < db->cells.n; i++) {
        DbCell *c = &db->cells.v[i];
        arr_free(&c->nets);
        arr_free(&c->insts);
        arr_free(&c->conns);
        arr_free(&c->shapes);
        arr_free(&c->devices);
    }
    arr_free(&db->layers);
    arr_free(&db->cells);
    arr_free(&db->para);
    arr_free(&db->para_res);
    arr_free(&db->para_cap);
    map_free(&db->layer_index);
    map_free(&db->cell_index);
    map_free(&db->net_index);
    names_free(&db->names);
    arena_free(&db->arena);
    *db = (Db){.top = CELL_NONE};
}

/* ---- build ------------------------------------------------------------------------------------ */

LayerId db_add_layer(Db *db, const char *name, LayerKind kind, int32_t gds, int32_t gds_type)
{
    NameId n = add_name(db, name);
    assert(!map_get(&db->layer_index, n.i, &(uint32_t){0}));
    LayerId id = {db->layers.n};
    DbLayer *l = arr_add(&db->layers);
    *l = (DbLayer){.name = n, .kind = kind, .gds = gds, .gds_type = gds_type,
                   .gds_pin_type = gds_type, .gds_label_type = gds_type};
    map_set(&db->layer_index, n.i, id.i);
    return id;
}

CellId db_add_cell(Db *db, const char *name, CellKind kind, const char *function)
{
    NameId n = add_name(db, name);
    assert(!map_get(&db->cell_index, n.i, &(uint32_t){0}));
    CellId id = {db->cells.n};
    NameId f = function && *function ? names_add(&db->names, function) : (NameId){0};
    DbCell *c = arr_add(&db->cells);
    c->name = n;
    c->kind = kind;
    c->function = f;
    map_set(&db->cell_index, n.i, id.i);
    return id;
}

static NetId push_net(Db *db, CellId c, const char *name, uint32_t width, PortDir dir, NetUse use)
{
    assert(c.i < db->cells.n && width >= 1);
    NameId n = add_name(db, name);
    assert(!map_get(&db->net_index, net_key(c, n), &(uint32_t){0}));
    DbCell *cell = &db->cells.v[c.i];
    NetId id = {cell->nets.n};
    DbNet net = {.name = n, .width = width, .dir = dir, .use = use};
    arr_push(&cell->nets, net);
    map_set(&db->net_index, net_key(c, n), id.i);
    return id;
}

NetId db_add_port(Db *db, CellId c, const char *name, uint32_t width, PortDir dir, NetUse use)
{
    assert(dir != DIR_NONE);
    assert(db->cells.v[c.i].nets.n == db->cells.v[c.i].n_ports); /* ports come first */
    NetId id = push_net(db, c, name, width, dir, use);
    db->cells.v[c.i].n_ports++;
    return id;
}

NetId db_add_net(Db *db, CellId c, const char *name, uint32_t width, NetUse use)
{
    return push_net(db, c, name, width, DIR_NONE, use);
}

static NameId copy_name(Db *db, const Db *from, NameId n) { return n.i ? names_add(&db->names, db_name(from, n)) : n; }

CellId db_copy_leaf(Db *db, const Db *from, CellId c)
{
    const DbCell *x = &from->cells.v[c.i];
    assert(x->insts.n == 0 && db->layers.n == from->layers.n);
    CellId id = db_add_cell(db, db_name(from, x->name), x->kind, db_name(from, x->function));
    for (uint32_t i = 0; i < x->nets.n; i++) {
        const DbNet *n = &x->nets.v[i];
        push_net(db, id, db_name(from, n->name), n->width, n->dir, n->use);
    }
    DbCell *to = db_cell(db, id);
    to->box = x->box;
    to->n_ports = x->n_ports;
    for (uint32_t i = 0; i < x->shapes.n; i++) arr_push(&to->shapes, x->shapes.v[i]);
    for (uint32_t i = 0; i < x->devices.n; i++) {
        DbDevice d = x->devices.v[i];
        d.name = copy_name(db, from, d.name);
        d.model = copy_name(db, from, d.model);
        arr_push(&to->devices, d);
    }
    return id;
}

uint64_t db_flat_leaves(const Db *db, CellId c)
{
    const DbCell *cell = &db->cells.v[c.i];
    return cell->kind == CELL_BLOCK ? cell->n_flat : 1;
}

InstId db_add_inst(Db *db, CellId parent, const char *name, CellId master, Pt at, Orient o,
                   uint32_t nx, uint32_t ny, int32_t dx, int32_t dy)
{
    assert(parent.i < db->cells.n && master.i < db->cells.n && parent.i != master.i);
    assert(nx >= 1 && ny >= 1);
    NameId n = add_name(db, name);
    DbCell *p = &db->cells.v[parent.i];
    InstId id = {p->insts.n};
    DbInst inst = {.name = n, .master = master, .at = at, .orient = o, .nx = nx, .ny = ny,
                   .dx = dx, .dy = dy, .conn0 = p->conns.n};
    arr_push(&p->insts, inst);
    uint32_t ports = db->cells.v[master.i].n_ports;
    for (uint32_t k = 0; k < ports; k++) {
        NetRef open = {.net = NET_NONE, .sk = 1};
        arr_push(&p->conns, open);
    }
    p->n_flat += (uint64_t)nx * ny * db_flat_leaves(db, master);
    return id;
}

void db_connect(Db *db, CellId parent, InstId inst, NetId port_of_master, NetRef ref)
{
    DbCell *p = &db->cells.v[parent.i];
    assert(inst.i < p->insts.n);
    const DbInst *i = &p->insts.v[inst.i];
    assert(port_of_master.i < db->cells.v[i->master.i].n_ports);
    assert(ref.net.i == NET_NONE.i || ref.net.i < p->nets.n);
    p->conns.v[i->conn0 + port_of_master.i] = ref;
}

void db_connect_name(Db *db, CellId parent, InstId inst, const char *port, const char *net, int32_t base, int32_t sx, int32_t sy)
{
    NetId p = db_find_net(db, db->cells.v[parent.i].insts.v[inst.i].master, port);
    NetId n = db_find_net(db, parent, net);
    assert(p.i != NET_NONE.i && n.i != NET_NONE.i);
    db_connect(db, parent, inst, p, (NetRef){.net = n, .base = base, .sx = sx, .sy = sy, .sk = 1});
}

void db_add_shape(Db *db, CellId c, LayerId layer, ShapeKind kind, Box b, NetId net, uint32_t bit)
{
    assert(layer.i < db->layers.n && b.x0 < b.x1 && b.y0 < b.y1);
    assert(net.i == NET_NONE.i || net.i < db->cells.v[c.i].nets.n);
    DbShape s = {.layer = layer, .kind = kind, .box = b, .net = net, .bit = bit};
    arr_push(&db->cells.v[c.i].shapes, s);
}

void db_add_mos(Db *db, CellId c, const char *name, const char *model, DevKind kind,
                NetId d, NetId g, NetId s, NetId b, int32_t w, int32_t l, int32_t m)
{
    assert(kind == DEV_NMOS || kind == DEV_PMOS);
    DbDevice dev = {.name = add_name(db, name), .model = add_name(db, model), .kind = kind, .w = w, .l = l, .m = m};
    dev.t[0].net = d;
    dev.t[1].net = g;
    dev.t[2].net = s;
    dev.t[3].net = b;
    arr_push(&db->cells.v[c.i].devices, dev);
}

static void push_two_terminal(Db *db, CellId c, const char *name, DevKind kind, NetId a, NetId b, double value)
{
    DbDevice dev = {.name = add_name(db, name), .kind = kind, .m = 1, .value = value};
    dev.t[0].net = a;
    dev.t[1].net = b;
    dev.t[2].net = dev.t[3].net = NET_NONE;
    arr_push(&db->cells.v[c.i].devices, dev);
}

void db_add_cap(Db *db, CellId c, const char *name, NetId a, NetId b, double farad)
{
    push_two_terminal(db, c, name, DEV_CAP, a, b, farad);
}

void db_add_res(Db *db, CellId c, const char *name, NetId a, NetId b, double ohm)
{
    push_two_terminal(db, c, name, DEV_RES, a, b, ohm);
}

/* ---- look --------------------------------------------------------------------------------------- */

CellId db_find_cell(const Db *db, const char *name)
{
    NameId n = names_find(&db->names, name);
    uint32_t v;
    if (n.i == 0 || !map_get(&db->cell_index, n.i, &v)) return CELL_NONE;
    return (CellId){v};
}

NetId db_find_net(const Db *db, CellId c, const char *name)
{
    NameId n = names_find(&db->names, name);
    uint32_t v;
    if (n.i == 0 || !map_get(&db->net_index, net_key(c, n), &v)) return NET_NONE;
    return (NetId){v};
}

bool db_has_layer(const Db *db, const char *name, LayerId *out)
{
    NameId n = names_find(&db->names, name);
    uint32_t v;
    if (n.i == 0 || !map_get(&db->layer_index, n.i, &v)) return false;
    if (out) *out = (LayerId){v};
    return true;
}

LayerId db_find_layer(const Db *db, const char *name)
{
    LayerId l = {UINT32_MAX};
    bool found = db_has_layer(db, name, &l);
    assert(found);
    (void)found;
    return l;
}

static LayerId layer_of(const Db *db, LayerKind kind, int32_t level)
{
    for (uint32_t i = 0; i < db->layers.n; i++)
        if (db->layers.v[i].kind == kind && db->layers.v[i].level == level) return (LayerId){i};
    assert(!"the technology has this layer");
    return (LayerId){UINT32_MAX};
}

LayerId db_metal(const Db *db, int32_t level) { return layer_of(db, LAYER_METAL, level); }
LayerId db_outline(const Db *db) { return layer_of(db, LAYER_OUTLINE, 0); }
LayerId db_cut(const Db *db, int32_t level) { return layer_of(db, LAYER_CUT, level); }

void db_bit_name(const Db *db, CellId c, NetId net, uint32_t bit, Buf *out)
{
    const DbNet *n = &db->cells.v[c.i].nets.v[net.i];
    buf_str(out, db_name(db, n->name));
    if (n->width > 1) buf_printf(out, "[%u]", bit);
}
