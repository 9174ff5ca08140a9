/* A netlist's transistors, flat: every leaf's devices on the nets that lvs_flatten numbers, and on new ones inside of leaves. */
#include "verify/lvs_circuit.h"

void circuit_free(LvsCircuit *c)
{
    arr_free(&c->dev);
    arr_free(&c->port);
    arr_free(&c->name);
    arr_free(&c->at);
}

typedef struct {
    Lvs *v;
    Arena *a;
    LvsCircuit *c;
    NetUses *uses;
    const char **path;   /* [leaf]: name in front of what is inside */
} Expand;

static uint32_t new_net(Expand *e, const char *name, const char *port, NetUse use)
{
    arr_push(&e->c->name, name);
    arr_push(&e->c->port, port);
    arr_push(&e->c->at, ((Box){0, 0, 0, 0}));
    arr_push(&e->uses->v, use);
    return e->c->name.n - 1;
}

static const char *bit_name(Expand *e, const char *path, CellId c, uint32_t net, uint32_t bit)
{
    Buf b = {0};
    buf_str(&b, path);
    db_bit_name(e->v->db, c, (NetId){net}, bit, &b);
    const char *s = arena_str(e->a, b.s);
    buf_free(&b);
    return s;
}

static void add_device(Expand *e, const DbDevice *d, const char *path, const uint32_t *net, CellId cell)
{
    const Db *db = e->v->db;
    const uint32_t *bit0 = e->v->bit0[cell.i];
    LvsDevice x = {.kind = d->kind, .model = arena_str(e->a, db_name(db, d->model)), .value = d->value};
    x.name = arena_printf(e->a, "%s%s", path, db_name(db, d->name));
    bool mos = d->kind <= DEV_PMOS;
    for (int k = 0; k < (mos ? 4 : 2); k++) x.net[k] = net[bit0[d->t[k].net.i] + d->t[k].bit];
    if (mos) {
        x.w2 = 2 * (int64_t)d->w * d->m;
        x.wl2 = x.w2 * d->l;
    }
    arr_push(&e->c->dev, x);
}

static void add_leaf(void *ctx, CellId cell, Xform t, uint64_t flat)
{
    Expand *e = ctx;
    const DbCell *c = &e->v->db->cells.v[cell.i];
    const uint32_t *bit0 = e->v->bit0[cell.i];
    const char *path = e->path[flat];
    (void)t;
    if (c->devices.n == 0) return;
    uint32_t *net = mem_calloc((size_t)bit0[c->nets.n] + 1, sizeof *net), term0 = e->v->leaf_term0.v[flat];
    for (uint32_t n = 0; n < c->nets.n; n++)
        for (uint32_t b = 0; b < c->nets.v[n].width; b++)
            net[bit0[n] + b] = n < c->n_ports ? e->v->term_net.v[term0 + bit0[n] + b] : new_net(e, bit_name(e, path, cell, n, b), NULL, USE_SIGNAL);
    for (uint32_t k = 0; k < c->devices.n; k++) add_device(e, &c->devices.v[k], path, net, cell);
    mem_free(net);
}

/* The k-th placement of a leaf in the order of visiting has the first terminal leaf_term0[k]. */
static void leaf_paths(Expand *e)
{
    Lvs *v = e->v;
    uint32_t k = 0;
    e->path = mem_calloc((size_t)v->leaf_term0.n + 1, sizeof *e->path);
    for (uint32_t p = 0; p < v->path.n; p++) {
        if (v->db->cells.v[v->path.v[p].cell.i].kind == CELL_BLOCK) continue;
        const char *name = lvs_path_name(v, p);
        assert(k < v->leaf_term0.n);
        e->path[k++] = p == 0 || !*name ? "" : arena_printf(e->a, "%s/", name);
    }
}

void circuit_of_netlist(const Db *db, CellId top, Arena *a, LvsCircuit *out, NetUses *uses)
{
    LvsReport names = {0};
    Lvs v = {.db = db, .top = top, .out = &names};
    Expand e = {.v = &v, .a = a, .c = out, .uses = uses};
    const DbCell *c = &db->cells.v[top.i];
    lvs_flatten(&v);
    for (uint32_t n = 0; n < v.net.n; n++) new_net(&e, arena_str(a, lvs_net_name(&v, n)), NULL, USE_SIGNAL);
    for (uint32_t n = 0; n < c->n_ports; n++)
        for (uint32_t b = 0; b < c->nets.v[n].width; b++) {
            uint32_t net = v.term_net.v[v.bit0[top.i][n] + b];
            out->port.v[net] = bit_name(&e, "", top, n, b);
            uses->v.v[net] = c->nets.v[n].use;
        }
    leaf_paths(&e);
    flat_leaves(db, top, add_leaf, &e);
    mem_free(e.path);
    lvs_release(&v);
    arena_free(&names.arena);
}
