/*
 * The flat netlist: every leaf's port bit gets the number of its net. Bits of a port take their parent's numbers, bits of an
 * inner net get new ones; nothing is named until a report asks.
 */
#include "verify/lvs_int.h"

static void count_bits(Lvs *v)
{
    const Db *db = v->db;
    v->bit0 = mem_calloc(db->cells.n, sizeof *v->bit0);
    for (uint32_t c = 0; c <= v->top.i; c++) {
        const DbCell *cell = &db->cells.v[c];
        v->bit0[c] = mem_calloc((size_t)cell->nets.n + 1, sizeof **v->bit0);
        for (uint32_t n = 0; n < cell->nets.n; n++) v->bit0[c][n + 1] = v->bit0[c][n] + cell->nets.v[n].width;
    }
}

static uint32_t new_net(Lvs *v, uint32_t path, uint32_t net, uint32_t bit)
{
    LvsNet n = {path, net, bit};
    arr_push(&v->net, n);
    return v->net.n - 1;
}

/* Numbers of the cell's own nets; with `ports`, of its ports as well (top). env is indexed by bit0. */
static void number_nets(Lvs *v, CellId c, uint32_t path, uint32_t *env, bool ports)
{
    const DbCell *cell = &v->db->cells.v[c.i];
    for (uint32_t n = ports ? 0 : cell->n_ports; n < cell->nets.n; n++)
        for (uint32_t b = 0; b < cell->nets.v[n].width; b++) env[v->bit0[c.i][n] + b] = new_net(v, path, n, b);
}

/* Numbers of the port bits of one element of an instance, from its parent's. */
static void number_ports(Lvs *v, CellId parent, uint32_t inst, uint32_t ix, uint32_t iy, uint32_t path, const uint32_t *env, uint32_t *child)
{
    const DbInst *i = &v->db->cells.v[parent.i].insts.v[inst];
    const DbCell *m = &v->db->cells.v[i->master.i];
    for (uint32_t p = 0; p < m->n_ports; p++) {
        NetRef r = db_conn(v->db, parent, (InstId){inst}, p);
        for (uint32_t b = 0; b < m->nets.v[p].width; b++) {
            uint32_t *to = &child[v->bit0[i->master.i][p] + b];
            *to = r.net.i == NET_NONE.i ? new_net(v, path, p, b) : env[v->bit0[parent.i][r.net.i] + netref_bit(r, ix, iy, b)];
        }
    }
}

static void flatten(Lvs *v, CellId c, uint32_t path, uint32_t *env)
{
    const DbCell *cell = &v->db->cells.v[c.i];
    if (cell->kind != CELL_BLOCK) {
        arr_push(&v->leaf_term0, v->term_net.n);
        for (uint32_t b = 0; b < v->bit0[c.i][cell->n_ports]; b++) arr_push(&v->term_net, env[b]);
        return;
    }
    for (uint32_t k = 0; k < cell->insts.n; k++) {
        const DbInst *i = &cell->insts.v[k];
        const DbCell *m = &v->db->cells.v[i->master.i];
        uint32_t *child = mem_calloc((size_t)v->bit0[i->master.i][m->nets.n] + 1, sizeof *child);
        for (uint32_t iy = 0; iy < i->ny; iy++)
            for (uint32_t ix = 0; ix < i->nx; ix++) {
                LvsPath p = {path, k, ix, iy, i->master, v->term_net.n};
                arr_push(&v->path, p);
                uint32_t here = v->path.n - 1;
                number_ports(v, c, k, ix, iy, here, env, child);
                if (m->kind == CELL_BLOCK) number_nets(v, i->master, here, child, false);
                flatten(v, i->master, here, child);
            }
        mem_free(child);
    }
}

void lvs_flatten(Lvs *v)
{
    count_bits(v);
    const DbCell *top = &v->db->cells.v[v->top.i];
    uint32_t *env = mem_calloc((size_t)v->bit0[v->top.i][top->nets.n] + 1, sizeof *env);
    LvsPath root = {.parent = LVS_NONE, .cell = v->top};
    arr_push(&v->path, root);
    number_nets(v, v->top, 0, env, true);
    for (uint32_t b = 0; b < v->bit0[v->top.i][top->n_ports]; b++) arr_push(&v->term_net, env[b]);
    flatten(v, v->top, 0, env);
    mem_free(env);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static void put_path(const Lvs *v, uint32_t path, Buf *out)
{
    const LvsPath *p = &v->path.v[path];
    if (p->parent == LVS_NONE) return;
    put_path(v, p->parent, out);
    const DbInst *i = &v->db->cells.v[v->path.v[p->parent].cell.i].insts.v[p->inst];
    buf_str(out, db_name(v->db, i->name));
    if (i->nx > 1 || i->ny > 1) buf_printf(out, "[%u][%u]", p->ix, p->iy);
    buf_char(out, '/');
}

static const char *name_at(Lvs *v, uint32_t path, uint32_t net, uint32_t bit)
{
    Buf b = {0};
    put_path(v, path, &b);
    db_bit_name(v->db, v->path.v[path].cell, (NetId){net}, bit, &b);
    const char *s = arena_str(&v->out->arena, b.s);
    buf_free(&b);
    return s;
}

const char *lvs_path_name(Lvs *v, uint32_t path)
{
    Buf b = {0};
    put_path(v, path, &b);
    if (b.n) b.s[b.n - 1] = 0;
    const char *s = arena_str(&v->out->arena, b.n ? b.s : "");
    buf_free(&b);
    return s;
}

const char *lvs_net_name(Lvs *v, uint32_t net)
{
    LvsNet n = v->net.v[net];
    return name_at(v, n.path, n.net, n.bit);
}

const char *lvs_term_name(Lvs *v, uint32_t term)
{
    /* the last placement that starts at or before it */
    uint32_t lo = 0, hi = v->path.n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (v->path.v[mid].term0 <= term) lo = mid;
        else hi = mid;
    }
    /* top's own terminals are the first; placements of blocks before the first leaf start behind them */
    CellId c = v->path.v[lo].cell;
    uint32_t bit = term - v->path.v[lo].term0, net = 0;
    while (v->bit0[c.i][net + 1] <= bit) net++;
    return name_at(v, lo, net, bit - v->bit0[c.i][net]);
}
