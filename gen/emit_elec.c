/*
 * electrical.vams: every leaf cell that has devices, with conservative ports. Capacitors and resistors are exact, a transistor is a
 * conductance that its gate switches, from the technology's threshold and drive current: for connectivity and time constants, not
 * for accuracy (that is SPICE's).
 */
#include "gen/emit_int.h"

static const char *pin_name(Emit *e, uint32_t cell, uint32_t net, uint32_t bit)
{
    const DbNet *n = &emit_cell(e, cell)->nets.v[net];
    Buf *b = emit_text(e);
    buf_str(b, emit_name(e, n->name));
    if (n->width > 1) emit_index_text(b, "_", bit, "");
    return b->s;
}

/* Bits of ports (n[2] = 0) or of internal nets (n[2] = 1); n[1] cell. */
static bool bit_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const uint32_t *bit0 = e->cell[v->n[1]].bit0;
    uint32_t k = (uint32_t)emit_at(v) + (v->n[2] ? e->cell[v->n[1]].port_bits : 0), net = 0;
    if (str_eq(name, "first")) return val_bool(out, emit_at(v) == 0);
    if (!str_eq(name, "name")) return false;
    while (bit0[net + 1] <= k) net++;
    return val_text(out, pin_name(e, (uint32_t)v->n[1], net, k - bit0[net]));
}

static const TechDevice *model_of(const Emit *e, const DbDevice *d)
{
    for (uint32_t i = 0; i < e->tech->devices.n; i++)
        if (str_eq(e->tech->devices.v[i].model, emit_name(e, d->model))) return &e->tech->devices.v[i];
    return NULL;
}

static bool device_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    uint32_t cell = (uint32_t)v->n[1];
    const DbDevice *d = &emit_cell(e, cell)->devices.v[emit_at(v)];
    static const char *const pin[] = {"d", "g", "s", "b"};
    if (str_eq(name, "nmos")) return val_bool(out, d->kind == DEV_NMOS);
    if (str_eq(name, "pmos")) return val_bool(out, d->kind == DEV_PMOS);
    if (str_eq(name, "cap")) return val_bool(out, d->kind == DEV_CAP);
    if (str_eq(name, "res")) return val_bool(out, d->kind == DEV_RES);
    for (uint32_t k = 0; k < 4; k++)
        if (str_eq(name, pin[k]) && d->t[k].net.i != NET_NONE.i) return val_text(out, pin_name(e, cell, d->t[k].net.i, d->t[k].bit));
    if (str_eq(name, "value")) return val_text(out, emit_real(e, d->value));
    if (d->kind != DEV_NMOS && d->kind != DEV_PMOS) return false;
    const TechDevice *t = model_of(e, d);
    double w = d->w * e->db->dbu_m * (d->m ? d->m : 1);
    if (str_eq(name, "siemens")) return val_text(out, emit_real(e, t ? t->ion * w / e->tech->vdd : 0));
    return str_eq(name, "vt") && val_text(out, emit_real(e, t ? t->vt : e->tech->vdd / 2));
}

static bool cell_next(View *v)
{
    Emit *e = emit_of(v);
    while (v->n[0]++ < e->db->cells.n)
        if (e->cell[emit_at(v)].used && emit_cell(e, (uint32_t)emit_at(v))->devices.n) return true;
    return false;
}

static bool cell_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    uint32_t k = (uint32_t)emit_at(v);
    const DbCell *c = emit_cell(e, k);
    uint32_t inner = e->cell[k].bit0[c->nets.n] - e->cell[k].port_bits;
    if (str_eq(name, "name")) return val_text(out, emit_name(e, c->name));
    if (str_eq(name, "function")) return val_text(out, emit_name(e, c->function));
    if (str_eq(name, "ports")) return val_view(out, emit_list(e, bit_get, e->cell[k].port_bits, k, 0, 0));
    if (str_eq(name, "nets")) return val_view(out, emit_list(e, bit_get, inner, k, 1, 0));
    return str_eq(name, "devices") && val_view(out, emit_list(e, device_get, c->devices.n, k, 0, 0));
}

static bool root_get(View *v, const char *name, Value *out)
{
    if (!str_eq(name, "cells")) return emit_root_get(emit_of(v), name, out);
    View l = emit_list(emit_of(v), cell_get, 0, 0, 0, 0);
    l.next = cell_next;
    return val_view(out, l);
}

View electrical_view(Emit *e) { return (View){.get = root_get, .data = e}; }
