/*
 * netlist.sp and netlist_rc.sp: one subcircuit per cell, children first.
 *
 * Iterator slots of the lists: n[1] cell, n[2] instance or device or net, n[3] element or para net.
 */
#include "gen/emit_int.h"

enum { PER_LINE = 10 }; /* node names between two continuation lines */

/* Name of a node of a cell's net bit; node: of its parasitics. */
static const char *node_name(Emit *e, uint32_t cell, uint32_t net, uint32_t bit, uint32_t node)
{
    const ParaNet *p = e->rc ? para_find(e, cell, net, bit) : NULL;
    Buf *b = emit_text(e);
    db_bit_name(e->db, (CellId){cell}, (NetId){net}, bit, b);
    if (p && node != para_port_node(e, p)) emit_index_text(b, ":", node, "");
    return b->s;
}

static bool common(const View *v, const char *name, Value *out)
{
    return str_eq(name, "wrap") && val_bool(out, emit_at(v) && emit_at(v) % PER_LINE == 0);
}

/* The net that holds bit k of all bits of a cell, and the bit within it. */
static uint32_t net_of_bit(const Emit *e, uint32_t cell, uint32_t k, uint32_t *bit)
{
    const uint32_t *first = e->cell[cell].bit0;
    uint32_t lo = 0, hi = emit_cell(e, cell)->nets.n;
    while (hi - lo > 1) {
        uint32_t m = lo + (hi - lo) / 2;
        if (first[m] <= k) lo = m;
        else hi = m;
    }
    *bit = k - first[lo];
    return lo;
}

static bool port_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    uint32_t bit, net = net_of_bit(e, (uint32_t)v->n[1], (uint32_t)emit_at(v), &bit);
    if (str_eq(name, "node")) return val_text(out, emit_bit(e, (uint32_t)v->n[1], net, bit));
    return common(v, name, out);
}

/* ---- instances -------------------------------------------------------------------------------------- */

static void element_of(const DbInst *i, uint64_t k, uint32_t *ix, uint32_t *iy)
{
    *ix = (uint32_t)(k % i->nx);
    *iy = (uint32_t)(k / i->nx);
}

static void put_element(Emit *e, Buf *b, const DbInst *i, uint64_t k)
{
    uint32_t ix, iy;
    element_of(i, k, &ix, &iy);
    buf_str(b, emit_name(e, i->name));
    if (i->nx == 1 && i->ny == 1) return;
    emit_index_text(b, "[", ix, "]");
    emit_index_text(b, "[", iy, "]");
}

static bool term_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    if (!str_eq(name, "node")) return common(v, name, out);
    uint32_t cell = (uint32_t)v->n[1], bit, ix, iy;
    const DbCell *c = emit_cell(e, cell);
    const DbInst *i = &c->insts.v[v->n[2]];
    uint32_t port = net_of_bit(e, i->master.i, (uint32_t)emit_at(v), &bit);
    NetRef r = c->conns.v[i->conn0 + port];
    if (r.net.i == NET_NONE.i) {
        Buf *b = emit_text(e);
        buf_str(b, "nc:");
        put_element(e, b, i, v->n[3]);
        buf_char(b, ':');
        db_bit_name(e->db, i->master, (NetId){port}, bit, b);
        return val_text(out, b->s);
    }
    element_of(i, v->n[3], &ix, &iy);
    uint32_t node = 0;
    if (e->rc) {
        para_attach(e, cell);
        node = e->attach.node.v[e->attach.first[v->n[2]] + (uint32_t)(v->n[3] * e->cell[i->master.i].port_bits + emit_at(v))];
    }
    return val_text(out, node_name(e, cell, r.net.i, netref_bit(r, ix, iy, bit), node));
}

/* Elements of all instances: n[2] instance, n[3] element. */
static bool element_next(View *v)
{
    const DbCell *c = emit_cell(emit_of(v), (uint32_t)v->n[1]);
    if (v->n[0]++) v->n[3]++;
    while (v->n[2] < c->insts.n && v->n[3] >= (uint64_t)c->insts.v[v->n[2]].nx * c->insts.v[v->n[2]].ny) {
        v->n[2]++;
        v->n[3] = 0;
    }
    return v->n[2] < c->insts.n;
}

static bool element_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const DbInst *i = &emit_cell(e, (uint32_t)v->n[1])->insts.v[v->n[2]];
    if (str_eq(name, "master")) return val_text(out, emit_name(e, emit_cell(e, i->master.i)->name));
    if (str_eq(name, "terms"))
        return val_view(out, emit_list(e, term_get, e->cell[i->master.i].port_bits, v->n[1], v->n[2], v->n[3]));
    if (!str_eq(name, "name")) return false;
    Buf *b = emit_text(e);
    put_element(e, b, i, v->n[3]);
    return val_text(out, b->s);
}

/* ---- devices ---------------------------------------------------------------------------------------- */

static const TechDevice *device_model(const Emit *e, const DbDevice *d)
{
    const char *m = emit_name(e, d->model);
    for (uint32_t i = 0; i < e->tech->devices.n; i++)
        if (str_eq(e->tech->devices.v[i].model, m)) return &e->tech->devices.v[i];
    return NULL;
}

static const char *nano(Emit *e, double dbu)
{
    Buf *b = emit_text(e);
    buf_printf(b, "%.9gn", dbu * e->db->dbu_m * 1e9);
    return b->s;
}

/* Source and drain as of a folded transistor: one gate pitch less the gate on either side (techs.h: gate_pitch). */
static bool diffusion(Emit *e, const DbDevice *d, const char *name, Value *out)
{
    double w = d->w * e->db->dbu_m, ext = (e->tech->gate_pitch - d->l) * e->db->dbu_m;
    Buf *b = emit_text(e);
    if (str_eq(name, "area")) buf_printf(b, "%.6gp", w * ext * 1e12);
    else buf_printf(b, "%.6gu", (w + ext) * 2e6);
    return val_text(out, b->s);
}

static bool device_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    uint32_t cell = (uint32_t)v->n[1];
    const DbDevice *d = &emit_cell(e, cell)->devices.v[emit_at(v)];
    static const char *const pin[] = {"d", "g", "s", "b"};
    bool mos = d->kind == DEV_NMOS || d->kind == DEV_PMOS;
    if (str_eq(name, "name")) return val_text(out, emit_name(e, d->name));
    if (str_eq(name, "mos")) return val_bool(out, mos);
    if (str_eq(name, "cap")) return val_bool(out, d->kind == DEV_CAP);
    if (str_eq(name, "res")) return val_bool(out, d->kind == DEV_RES);
    for (uint32_t k = 0; k < 4; k++)
        if (str_eq(name, pin[k]) && (mos || k < 2)) {
            assert(d->t[k].net.i != NET_NONE.i);
            return val_text(out, emit_bit(e, cell, d->t[k].net.i, d->t[k].bit));
        }
    if (str_eq(name, "value")) return val_text(out, emit_real(e, d->value));
    if (!mos) return false;
    const TechDevice *t = device_model(e, d);
    if (str_eq(name, "model")) return val_text(out, emit_name(e, d->model));
    if (str_eq(name, "subckt")) return val_bool(out, t && t->subckt);
    if (str_eq(name, "w")) return val_text(out, nano(e, d->w));
    if (str_eq(name, "l")) return val_text(out, nano(e, d->l));
    if (str_eq(name, "m")) return val_int(out, d->m ? d->m : 1);
    if (str_eq(name, "area") || str_eq(name, "perimeter")) return diffusion(e, d, name, out);
    return false;
}

/* ---- parasitics ------------------------------------------------------------------------------------- */

/* n[1] cell, n[2] para net within the cell. */
static const ParaNet *para_of(const View *v)
{
    const Emit *e = v->data;
    return &e->db->para.v[e->para[e->cell[v->n[1]].para0 + v->n[2]]];
}

static bool para_node_text(View *v, const ParaNet *p, uint32_t node, Value *out)
{
    return val_text(out, node_name(emit_of(v), p->cell.i, p->net.i, p->bit, node));
}

static bool res_get(View *v, const char *name, Value *out)
{
    const ParaNet *p = para_of(v);
    const ParaRes *r = &emit_of(v)->db->para_res.v[p->res0 + emit_at(v)];
    if (str_eq(name, "i")) return val_int(out, (int64_t)emit_at(v));
    if (str_eq(name, "a")) return para_node_text(v, p, r->a, out);
    if (str_eq(name, "b")) return para_node_text(v, p, r->b, out);
    return str_eq(name, "ohm") && val_text(out, emit_real(emit_of(v), r->ohm));
}

/* Step over couplings that the other net writes: of two that list each other the first does. */
static bool cap_next(View *v)
{
    Emit *e = emit_of(v);
    const ParaNet *p = para_of(v);
    while (v->n[0]++ < p->n_cap) {
        const ParaCap *c = &e->db->para_cap.v[p->cap0 + emit_at(v)];
        const ParaNet *o = c->other.i == NET_NONE.i ? NULL : para_find(e, p->cell.i, c->other.i, c->other_bit);
        uint32_t x;
        if (!o || para_number(e, o) > para_number(e, p)) return true;
        if (!map_get(&e->attach.both, (uint64_t)para_number(e, o) << 32 | para_number(e, p), &x)) return true;
    }
    return false;
}

static bool cap_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const ParaNet *p = para_of(v);
    const ParaCap *c = &e->db->para_cap.v[p->cap0 + emit_at(v)];
    if (str_eq(name, "i")) return val_int(out, (int64_t)emit_at(v));
    if (str_eq(name, "a")) return para_node_text(v, p, c->node, out);
    if (str_eq(name, "farad")) return val_text(out, emit_real(e, c->farad));
    if (!str_eq(name, "b")) return false;
    if (c->other.i == NET_NONE.i) return val_text(out, "0");
    const ParaNet *o = para_find(e, p->cell.i, c->other.i, c->other_bit);
    return val_text(out, node_name(e, p->cell.i, c->other.i, c->other_bit, o ? para_far_node(e, p, c->node, o) : 0));
}

static bool para_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    View in = *v;
    in.n[2] = emit_at(v);
    const ParaNet *p = para_of(&in);
    if (str_eq(name, "net")) return val_text(out, emit_bit(e, p->cell.i, p->net.i, p->bit));
    if (str_eq(name, "res")) return val_view(out, emit_list(e, res_get, p->n_res, v->n[1], in.n[2], 0));
    if (!str_eq(name, "caps")) return false;
    View caps = emit_list(e, cap_get, p->n_cap, v->n[1], in.n[2], 0);
    caps.next = cap_next;
    return val_view(out, caps);
}

/* ---- wires inside leaf cells ------------------------------------------------------------------------ */

/* n[1] cell; n[0] runs over all, those of the cell are taken. */
static bool wire_next(View *v)
{
    Emit *e = emit_of(v);
    while (e->rc && v->n[0]++ < e->n_wires)
        if (e->wires[emit_at(v)].cell.i == v->n[1]) return true;
    return false;
}

static bool wire_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const EmitWire *w = &e->wires[emit_at(v)];
    const char *net = str_eq(name, "a") ? w->a : str_eq(name, "b") ? w->b : NULL;
    if (str_eq(name, "i")) return val_int(out, (int64_t)emit_at(v));
    if (str_eq(name, "farad")) return val_text(out, emit_real(e, w->farad));
    if (!net) return false;
    NetId n = db_find_net(e->db, w->cell, net); /* of the circuit, by its name */
    assert(n.i != NET_NONE.i);
    return val_text(out, emit_bit(e, w->cell.i, n.i, 0));
}

/* ---- cells -------------------------------------------------------------------------------------------- */

static bool cell_next(View *v)
{
    Emit *e = emit_of(v);
    while (v->n[0]++ < e->db->cells.n)
        if (e->cell[emit_at(v)].used) return true;
    return false;
}

static bool cell_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    uint32_t k = (uint32_t)emit_at(v);
    const DbCell *c = emit_cell(e, k);
    if (str_eq(name, "name")) return val_text(out, emit_name(e, c->name));
    if (str_eq(name, "function")) return val_text(out, emit_name(e, c->function));
    if (str_eq(name, "soft")) return val_bool(out, c->kind == CELL_SOFT);
    if (str_eq(name, "ports")) return val_view(out, emit_list(e, port_get, e->cell[k].port_bits, k, 0, 0));
    if (str_eq(name, "devices")) return val_view(out, emit_list(e, device_get, c->devices.n, k, 0, 0));
    if (str_eq(name, "elements")) {
        View l = emit_list(e, element_get, 0, k, 0, 0);
        l.next = element_next;
        return val_view(out, l);
    }
    if (str_eq(name, "wires")) {
        View l = emit_list(e, wire_get, 0, k, 0, 0);
        l.next = wire_next;
        return val_view(out, l);
    }
    if (!str_eq(name, "para")) return false;
    if (!e->rc) return val_none(out);
    para_attach(e, k);
    return val_view(out, emit_list(e, para_get, e->cell[k].n_para, k, 0, 0));
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    if (str_eq(name, "rc")) return val_bool(out, e->rc);
    if (str_eq(name, "models")) return val_text(out, "models.sp");
    if (!str_eq(name, "cells")) return emit_root_get(e, name, out);
    View l = emit_list(e, cell_get, 0, 0, 0, 0);
    l.next = cell_next;
    return val_view(out, l);
}

View spice_view(Emit *e) { return (View){.get = root_get, .data = e}; }
