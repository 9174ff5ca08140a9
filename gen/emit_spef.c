/*
 * design.spef: every flat net that has parasitics, IEEE 1481 detailed form. Nets are mapped to numbers, in the order of walk_net().
 *
 * A net's nodes are *id:1 …; a terminal or a port hangs on its node by a resistor of ATTACH_OHM, since several may share one.
 */
#include "gen/emit_int.h"

#define ATTACH_OHM 0.001

typedef struct {
    Walk w;
    TermSet s;
    ARRAY(uint32_t) node;   /* of each terminal */
    const ParaNet *p;
    uint64_t id;            /* from 1 */
    bool port;              /* of the design */
    Buf name;
} Spef;

static Spef *spef_of(const View *v) { return (Spef *)(uintptr_t)v->n[1]; }

static void end(View *v)
{
    Spef *s = spef_of(v);
    walk_end(&s->w);
    terms_free(&s->s);
    arr_free(&s->node);
    buf_free(&s->name);
    mem_free(s);
}

static View spef_list(Emit *e, bool (*get)(View *, const char *, Value *), bool (*next)(View *))
{
    Spef *s = mem_alloc(sizeof *s);
    walk_begin(&s->w, e);
    s->s.no_shapes = true;
    return (View){.get = get, .next = next, .end = end, .data = e, .n = {0, (uint64_t)(uintptr_t)s}};
}

/* ---- name map ------------------------------------------------------------------------------------------- */

static bool name_next(View *v)
{
    Spef *s = spef_of(v);
    if (!walk_net(&s->w, false)) return false;
    s->id++;
    s->name.n = 0;
    buf_put(&s->name, s->w.path.s, s->w.path.n);
    db_bit_name(emit_of(v)->db, (CellId){walk_frame(&s->w)->cell}, (NetId){s->w.net}, s->w.bit, &s->name);
    return true;
}

static bool name_get(View *v, const char *name, Value *out)
{
    if (str_eq(name, "id")) return val_int(out, (int64_t)spef_of(v)->id);
    return str_eq(name, "name") && val_text(out, spef_of(v)->name.s);
}

/* ---- one net ----------------------------------------------------------------------------------------------- */

static bool net_next(View *v)
{
    Spef *s = spef_of(v);
    Emit *e = emit_of(v);
    do {
        if (!name_next(v)) return false;
        s->p = para_find(e, walk_frame(&s->w)->cell, s->w.net, s->w.bit);
    } while (!s->p);
    const Frame *f = walk_frame(&s->w);
    s->port = s->w.stack.n == 1 && s->w.net < emit_cell(e, f->cell)->n_ports;
    /* Places in the cell's own coordinates: that is where nodes are given. */
    terms_collect(e, &s->s, f->cell, s->w.net, s->w.bit, (Xform){ORI_N, 0, 0}, s->w.path.s, s->w.path.n);
    s->node.n = 0;
    while (s->node.n < s->s.terms.n) arr_push(&s->node, 0);
    para_nodes(e, s->p, &s->s, s->node.v);
    return true;
}

static const char *direction(PortDir d) { return d == DIR_IN ? "I" : d == DIR_OUT ? "O" : "B"; }

static const char *node_text(Emit *e, uint64_t id, uint32_t node)
{
    Buf *b = emit_text(e);
    buf_printf(b, "*%llu:%u", (unsigned long long)id, node + 1);
    return b->s;
}

static bool term_get(View *v, const char *name, Value *out)
{
    const Spef *s = spef_of(v);
    Emit *e = emit_of(v);
    const Term *t = &s->s.terms.v[emit_at(v)];
    const DbCell *c = emit_cell(e, t->cell);
    if (str_eq(name, "inst")) return val_text(out, s->s.names.s + t->path);
    if (str_eq(name, "pin")) return val_text(out, emit_bit(e, t->cell, t->port, t->bit));
    if (str_eq(name, "master")) return val_text(out, emit_name(e, c->name));
    if (str_eq(name, "direction")) return val_text(out, direction(c->nets.v[t->port].dir));
    if (str_eq(name, "node")) return val_text(out, node_text(e, s->id, s->node.v[emit_at(v)]));
    if (str_eq(name, "i")) return val_int(out, (int64_t)emit_at(v) + 1 + s->p->n_res);
    return str_eq(name, "ohm") && val_text(out, emit_real(e, ATTACH_OHM));
}

/* The flat net and node where a coupling capacitor ends: the other net may come in through ports from further up. */
static const char *far_node(Emit *e, const Spef *s, const ParaCap *c)
{
    uint32_t level = s->w.stack.n - 1, net = c->other.i, bit = c->other_bit, node = 0, ix, iy;
    const ParaNet *o = para_find(e, s->p->cell.i, net, bit);
    if (o) node = para_far_node(e, s->p, c->node, o);
    while (!walk_owns(&s->w, level, net)) {
        NetRef r = walk_parent_ref(&s->w, level, net, &ix, &iy);
        bit = netref_bit(r, ix, iy, bit);
        net = r.net.i;
        level--;
        node = 0;
    }
    return node_text(e, walk_net_number(&s->w, level, net, bit) + 1, node);
}

static bool cap_get(View *v, const char *name, Value *out)
{
    const Spef *s = spef_of(v);
    Emit *e = emit_of(v);
    const ParaCap *c = &e->db->para_cap.v[s->p->cap0 + emit_at(v)];
    if (str_eq(name, "i")) return val_int(out, (int64_t)emit_at(v) + 1);
    if (str_eq(name, "node")) return val_text(out, node_text(e, s->id, c->node));
    if (str_eq(name, "other")) return c->other.i == NET_NONE.i ? val_none(out) : val_text(out, far_node(e, s, c));
    return str_eq(name, "femto") && val_text(out, emit_real(e, c->farad * 1e15));
}

static bool res_get(View *v, const char *name, Value *out)
{
    const Spef *s = spef_of(v);
    Emit *e = emit_of(v);
    const ParaRes *r = &e->db->para_res.v[s->p->res0 + emit_at(v)];
    if (str_eq(name, "i")) return val_int(out, (int64_t)emit_at(v) + 1);
    if (str_eq(name, "a")) return val_text(out, node_text(e, s->id, r->a));
    if (str_eq(name, "b")) return val_text(out, node_text(e, s->id, r->b));
    return str_eq(name, "ohm") && val_text(out, emit_real(e, r->ohm));
}

static bool net_get(View *v, const char *name, Value *out)
{
    const Spef *s = spef_of(v);
    Emit *e = emit_of(v);
    if (str_eq(name, "total")) {
        double sum = 0;
        for (uint32_t k = 0; k < s->p->n_cap; k++) sum += e->db->para_cap.v[s->p->cap0 + k].farad;
        return val_text(out, emit_real(e, sum * 1e15));
    }
    if (str_eq(name, "port")) return s->port ? val_text(out, s->name.s) : val_none(out);
    if (str_eq(name, "port_direction"))
        return val_text(out, direction(emit_cell(e, walk_frame(&s->w)->cell)->nets.v[s->w.net].dir));
    if (str_eq(name, "port_node")) return val_text(out, node_text(e, s->id, para_port_node(e, s->p)));
    if (str_eq(name, "port_i")) return val_int(out, (int64_t)s->p->n_res + s->s.terms.n + 1);
    if (str_eq(name, "attach_ohm")) return val_text(out, emit_real(e, ATTACH_OHM));
    if (str_eq(name, "terms")) return val_view(out, emit_list(e, term_get, s->s.terms.n, v->n[1], 0, 0));
    if (str_eq(name, "caps")) return val_view(out, emit_list(e, cap_get, s->p->n_cap, v->n[1], 0, 0));
    if (str_eq(name, "res")) return val_view(out, emit_list(e, res_get, s->p->n_res, v->n[1], 0, 0));
    return name_get(v, name, out);
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

static bool port_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const DbCell *c = emit_cell(e, e->db->top.i);
    const uint32_t *bit0 = e->cell[e->db->top.i].bit0;
    uint32_t net = 0;
    while (bit0[net + 1] <= emit_at(v)) net++;
    if (str_eq(name, "name")) return val_text(out, emit_bit(e, e->db->top.i, net, (uint32_t)emit_at(v) - bit0[net]));
    return str_eq(name, "direction") && val_text(out, direction(c->nets.v[net].dir));
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    if (str_eq(name, "names")) return val_view(out, spef_list(e, name_get, name_next));
    if (str_eq(name, "nets")) return val_view(out, spef_list(e, net_get, net_next));
    if (str_eq(name, "ports")) return val_view(out, emit_list(e, port_get, e->cell[e->db->top.i].port_bits, 0, 0, 0));
    return emit_root_get(e, name, out);
}

View spef_view(Emit *e) { return (View){.get = root_get, .data = e}; }
