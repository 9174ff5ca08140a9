/* How extracted parasitics attach to terminals: the rule of gen/emit.h, used by netlist_rc.sp and design.spef alike. */
#include <stdlib.h>

#include "gen/emit_int.h"

const ParaNet *para_find(const Emit *e, uint32_t cell, uint32_t net, uint32_t bit)
{
    uint32_t k;
    bool is = map_get(&e->para_of, (uint64_t)cell << 32 | (e->cell[cell].bit0[net] + bit), &k);
    return is ? &e->db->para.v[k] : NULL;
}

static int64_t gap(Box a, Box b)
{
    int64_t dx = a.x0 > b.x1 ? (int64_t)a.x0 - b.x1 : b.x0 > a.x1 ? (int64_t)b.x0 - a.x1 : 0;
    int64_t dy = a.y0 > b.y1 ? (int64_t)a.y0 - b.y1 : b.y0 > a.y1 ? (int64_t)b.y0 - a.y1 : 0;
    return dx + dy;
}

/* ---- nodes by place ---------------------------------------------------------------------------------- */

typedef struct { int32_t at; uint32_t node; } NodeKey;

static int by_at(const void *pa, const void *pb)
{
    const NodeKey *a = pa, *b = pb;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

static void index_nodes(Emit *e, const ParaNet *p, ParaIndex *x)
{
    Box all = p->node_at[0];
    for (uint32_t k = 1; k < p->n_nodes; k++) all = box_union(all, p->node_at[k]);
    x->vertical = (int64_t)all.y1 - all.y0 > (int64_t)all.x1 - all.x0;
    NodeKey *key = mem_calloc(p->n_nodes, sizeof *key);
    for (uint32_t k = 0; k < p->n_nodes; k++) {
        Box b = p->node_at[k];
        int32_t length = x->vertical ? b.y1 - b.y0 : b.x1 - b.x0;
        key[k] = (NodeKey){x->vertical ? b.y0 : b.x0, k};
        if (length > x->longest) x->longest = length;
    }
    qsort(key, p->n_nodes, sizeof *key, by_at);
    x->order = arena_array(&e->arena, uint32_t, p->n_nodes);
    for (uint32_t k = 0; k < p->n_nodes; k++) x->order[k] = key[k].node;
    mem_free(key);
}

/* The nearest node, of equals the first: from the box's place outwards, as long as the axis alone does not say "farther". */
static uint32_t nearest(const Emit *e, const ParaNet *p, Box b)
{
    const ParaIndex *x = &e->para_index[para_number(e, p)];
    int64_t lo = x->vertical ? b.y0 : b.x0, hi = x->vertical ? b.y1 : b.x1, best_gap = INT64_MAX;
    uint32_t from = 0, to = p->n_nodes, best = 0;
#define AT(k) (x->vertical ? p->node_at[x->order[k]].y0 : p->node_at[x->order[k]].x0)
    while (from < to) {
        uint32_t m = from + (to - from) / 2;
        if (AT(m) < lo) from = m + 1;
        else to = m;
    }
    for (uint32_t up = 0; up < 2; up++)
        for (uint32_t k = from; up ? k < p->n_nodes : k > 0; k += up) {
            if (!up) k--;
            int64_t bound = up ? AT(k) - hi : lo - AT(k) - x->longest;
            if (bound > best_gap) break;
            uint32_t node = x->order[k];
            int64_t g = gap(p->node_at[node], b);
            if (g > best_gap || (g == best_gap && node > best)) continue;
            best_gap = g;
            best = node;
        }
#undef AT
    return best;
}

void para_index_all(Emit *e)
{
    e->para_index = arena_array(&e->arena, ParaIndex, e->db->para.n + 1);
    for (uint32_t i = 0; i < e->db->para.n; i++) {
        const ParaNet *p = &e->db->para.v[i];
        const DbCell *c = emit_cell(e, p->cell.i);
        ParaIndex *x = &e->para_index[i];
        assert(p->n_nodes > 0);
        if (p->node_at) index_nodes(e, p, x);
        if (p->net.i >= c->n_ports) continue;
        if (p->node_at) x->port_node = nearest(e, p, emit_pin_box(e, p->cell.i, p->net.i, p->bit));
        else if (c->nets.v[p->net.i].dir == DIR_OUT) x->port_node = p->n_nodes - 1;
    }
}

/* ---- terminals ----------------------------------------------------------------------------------------- */

typedef struct {
    int64_t at; /* along the wire */
    uint32_t term;
} Along;

static int by_place(const void *pa, const void *pb)
{
    const Along *a = pa, *b = pb;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->term < b->term ? -1 : a->term > b->term;
}

/* Twice the middle of a terminal's pin, along the axis. */
static int64_t middle(const Emit *e, const Term *t, bool vertical)
{
    Box b = xform_box(t->at, emit_pin_box(e, t->cell, t->port, t->bit));
    return vertical ? (int64_t)b.y0 + b.y1 : (int64_t)b.x0 + b.x1;
}

static bool drives(const Emit *e, const Term *t) { return emit_cell(e, t->cell)->nets.v[t->port].dir == DIR_OUT; }

/* Without places: order along the axis in which the terminals are spread most. */
static void chain_nodes(const Emit *e, const ParaNet *p, const TermSet *s, uint32_t *node)
{
    uint32_t n = s->terms.n;
    int64_t lo[2] = {INT64_MAX, INT64_MAX}, hi[2] = {INT64_MIN, INT64_MIN};
    for (uint32_t i = 0; i < n; i++)
        for (int v = 0; v < 2; v++) {
            int64_t m = middle(e, &s->terms.v[i], v);
            if (m < lo[v]) lo[v] = m;
            if (m > hi[v]) hi[v] = m;
        }
    bool vertical = hi[1] - lo[1] > hi[0] - lo[0];
    Along *a = mem_calloc(n, sizeof *a);
    bool back = false, driven = false;
    for (uint32_t i = 0; i < n; i++) {
        a[i] = (Along){middle(e, &s->terms.v[i], vertical), i};
        if (driven || !drives(e, &s->terms.v[i])) continue;
        driven = true;
        back = 2 * a[i].at > lo[vertical] + hi[vertical];
    }
    if (back)
        for (uint32_t i = 0; i < n; i++) a[i].at = -a[i].at;
    qsort(a, n, sizeof *a, by_place);
    uint32_t last = p->n_nodes - 1, m = 0; /* m: places that are not a driver's */
    for (int pass = 0; pass < 2; pass++) {
        uint32_t j = 0;
        int64_t before = INT64_MIN;
        for (uint32_t i = 0; i < n; i++) {
            if (drives(e, &s->terms.v[a[i].term])) {
                node[a[i].term] = 0;
                continue;
            }
            if (a[i].at != before) j++;
            before = a[i].at;
            /* j counts from 1 */
            if (pass == 1) node[a[i].term] = last >= m ? j : (uint32_t)(1 + (uint64_t)(j - 1) * last / m);
            if (pass == 1 && node[a[i].term] > last) node[a[i].term] = last;
        }
        m = j;
    }
    mem_free(a);
}

void para_nodes(const Emit *e, const ParaNet *p, const TermSet *s, uint32_t *node)
{
    if (!p->node_at) {
        chain_nodes(e, p, s, node);
        return;
    }
    for (uint32_t i = 0; i < s->terms.n; i++) {
        const Term *t = &s->terms.v[i];
        node[i] = nearest(e, p, xform_box(t->at, emit_pin_box(e, t->cell, t->port, t->bit)));
    }
}

uint32_t para_port_node(const Emit *e, const ParaNet *p) { return e->para_index[para_number(e, p)].port_node; }

uint32_t para_far_node(const Emit *e, const ParaNet *p, uint32_t node, const ParaNet *other)
{
    if (p->node_at && other->node_at) return nearest(e, other, p->node_at[node]);
    return node < other->n_nodes ? node : other->n_nodes - 1;
}

/* ---- connections of one cell ------------------------------------------------------------------------ */

typedef struct { uint32_t slot, node; } SlotNode;

static int by_slot(const void *pa, const void *pb)
{
    const SlotNode *a = pa, *b = pb;
    if (a->slot != b->slot) return a->slot < b->slot ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

/* Leaf terminals of one element's port bit: it gets the middle one's node. */
static void attach_net(Emit *e, uint32_t cell, const ParaNet *p, TermSet *s)
{
    Attach *t = &e->attach;
    terms_collect(e, s, cell, p->net.i, p->bit, (Xform){ORI_N, 0, 0}, "", 0);
    uint32_t n = s->terms.n;
    uint32_t *node = mem_calloc(n, sizeof *node);
    SlotNode *sn = mem_calloc(n, sizeof *sn);
    para_nodes(e, p, s, node);
    for (uint32_t i = 0; i < n; i++) {
        const Term *x = &s->terms.v[i];
        const DbInst *in = &emit_cell(e, cell)->insts.v[x->inst];
        const EmitCell *m = &e->cell[in->master.i];
        uint32_t slot = t->first[x->inst] + (x->iy * in->nx + x->ix) * m->port_bits + m->bit0[x->child_port] + x->child_bit;
        sn[i] = (SlotNode){slot, node[i]};
    }
    qsort(sn, n, sizeof *sn, by_slot);
    for (uint32_t i = 0, k; i < n; i = k) {
        for (k = i; k < n && sn[k].slot == sn[i].slot;) k++;
        t->node.v[sn[i].slot] = sn[i + (k - i - 1) / 2].node;
    }
    mem_free(node);
    mem_free(sn);
}

void para_attach(Emit *e, uint32_t cell)
{
    Attach *t = &e->attach;
    if (t->cell == cell) return;
    const DbCell *c = emit_cell(e, cell);
    const EmitCell *x = &e->cell[cell];
    map_free(&t->both);
    t->cell = cell;
    t->node.n = 0;
    t->first = arena_array(&e->arena, uint32_t, c->insts.n + 1);
    uint32_t slots = 0;
    for (uint32_t i = 0; i < c->insts.n; i++) {
        t->first[i] = slots;
        slots += c->insts.v[i].nx * c->insts.v[i].ny * e->cell[c->insts.v[i].master.i].port_bits;
    }
    while (t->node.n < slots) arr_push(&t->node, 0);
    TermSet s = {.no_names = true, .no_shapes = true};
    for (uint32_t k = 0; k < x->n_para; k++) {
        const ParaNet *p = &e->db->para.v[e->para[x->para0 + k]];
        for (uint32_t q = p->cap0; q < p->cap0 + p->n_cap; q++) {
            const ParaCap *cap = &e->db->para_cap.v[q];
            const ParaNet *o = cap->other.i == NET_NONE.i ? NULL : para_find(e, cell, cap->other.i, cap->other_bit);
            if (o) map_set(&t->both, (uint64_t)para_number(e, p) << 32 | para_number(e, o), 1);
        }
        attach_net(e, cell, p, &s);
    }
    terms_free(&s);
}
