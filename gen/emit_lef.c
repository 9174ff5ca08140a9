/*
 * tech.lef and cells.lef: the technology's layers, default vias and one macro per leaf or soft cell below the top.
 *
 * Lengths are micrometres, written exactly. A macro's obstructions are all its shapes on LEF layers that are no pins.
 */
#include "gen/emit_int.h"

static const TechLayer *lef_layer(const Emit *e, uint64_t k) { return &e->tech->layers.v[e->lef_layer[k]]; }

static bool in_lef(const Emit *e, LayerId l)
{
    const TechLayer *t = emit_tech_layer(e, l);
    return t && (t->kind == LAYER_POLY || t->kind == LAYER_METAL || t->kind == LAYER_CUT);
}

/* ---- layers ------------------------------------------------------------------------------------------ */

static bool wide_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const SpaceRule *r = &lef_layer(e, v->n[1])->wide.v[emit_at(v)];
    if (str_eq(name, "width")) return val_text(out, emit_um(e, r->width));
    return str_eq(name, "space") && val_text(out, emit_um(e, r->space));
}

static bool positive(Emit *e, Value *out, double v)
{
    return v > 0 ? val_text(out, emit_real(e, v)) : val_none(out);
}

static bool layer_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const TechLayer *l = lef_layer(e, emit_at(v));
    if (str_eq(name, "name")) return val_text(out, l->name);
    if (str_eq(name, "master")) return val_bool(out, l->kind == LAYER_POLY);
    if (str_eq(name, "metal")) return val_bool(out, l->kind == LAYER_METAL);
    if (str_eq(name, "cut")) return val_bool(out, l->kind == LAYER_CUT);
    if (str_eq(name, "horizontal")) return val_bool(out, l->horizontal);
    if (str_eq(name, "width")) return val_text(out, emit_um(e, l->kind == LAYER_CUT ? l->cut_size : l->width));
    if (str_eq(name, "space")) return val_text(out, emit_um(e, l->space));
    if (str_eq(name, "pitch")) return val_text(out, emit_um(e, l->pitch ? l->pitch : l->width + l->space));
    if (str_eq(name, "wide")) return val_view(out, emit_list(e, wide_get, l->wide.n, emit_at(v), 0, 0));
    if (str_eq(name, "has_wide")) return val_bool(out, l->wide.n > 0);
    if (str_eq(name, "area")) return positive(e, out, l->min_area * 1e12);
    if (str_eq(name, "thickness")) return positive(e, out, l->thickness * 1e6);
    if (str_eq(name, "height")) return positive(e, out, l->height * 1e6);
    if (str_eq(name, "r_sheet")) return positive(e, out, l->r_sheet);
    if (str_eq(name, "r_cut")) return positive(e, out, l->r_cut);
    if (str_eq(name, "j_max")) return positive(e, out, l->j_max * 1e-3); /* A/m = 1e-3 mA/um */
    if (str_eq(name, "enc_below")) return val_text(out, emit_um(e, l->enc_below));
    if (str_eq(name, "enc_below_side")) return val_text(out, emit_um(e, l->enc_below_side));
    if (str_eq(name, "enc_above")) return val_text(out, emit_um(e, l->enc_above));
    return str_eq(name, "enc_above_side") && val_text(out, emit_um(e, l->enc_above_side));
}

/* ---- vias: cuts that have a metal on both sides --------------------------------------------------------- */

static bool via_next(View *v)
{
    Emit *e = emit_of(v);
    while (v->n[0]++ < e->n_lef_layer) {
        const TechLayer *l = lef_layer(e, emit_at(v));
        if (l->kind == LAYER_CUT && l->cut_size > 0 && tech_metal(e->tech, l->level) && tech_metal(e->tech, l->level + 1)) return true;
    }
    return false;
}

/* Lower left corner of a cut whose middle is at the origin, on the manufacturing grid. */
static int32_t cut_origin(const Emit *e, int32_t size) { return -(size / 2 / e->db->grid * e->db->grid); }

/* n[1]: 0 metal below, 1 cut, 2 metal above; n[2]: the cut's place in the list of layers. */
static bool via_rect_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const TechLayer *c = lef_layer(e, v->n[2]);
    const TechLayer *l = emit_at(v) == 1 ? c : tech_metal(e->tech, c->level + (emit_at(v) == 2));
    int32_t along = 0, across = 0, o = cut_origin(e, c->cut_size);
    if (emit_at(v) == 0) along = c->enc_below, across = c->enc_below_side;
    if (emit_at(v) == 2) along = c->enc_above, across = c->enc_above_side;
    int32_t ex = l->horizontal ? along : across, ey = l->horizontal ? across : along;
    if (str_eq(name, "layer")) return val_text(out, l->name);
    if (str_eq(name, "x0")) return val_text(out, emit_um(e, o - ex));
    if (str_eq(name, "y0")) return val_text(out, emit_um(e, o - ey));
    if (str_eq(name, "x1")) return val_text(out, emit_um(e, o + c->cut_size + ex));
    return str_eq(name, "y1") && val_text(out, emit_um(e, o + c->cut_size + ey));
}

static bool via_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const TechLayer *c = lef_layer(e, emit_at(v));
    if (str_eq(name, "cut")) return val_text(out, c->name);
    if (str_eq(name, "rects")) return val_view(out, emit_list(e, via_rect_get, 3, 0, emit_at(v), 0));
    return str_eq(name, "r_cut") && positive(e, out, c->r_cut);
}

/* ---- macros ---------------------------------------------------------------------------------------------- */

static bool rect_text(Emit *e, const DbShape *s, const char *name, Value *out)
{
    if (str_eq(name, "layer")) return val_text(out, emit_name(e, e->db->layers.v[s->layer.i].name));
    if (str_eq(name, "x0")) return val_text(out, emit_um(e, s->box.x0));
    if (str_eq(name, "y0")) return val_text(out, emit_um(e, s->box.y0));
    if (str_eq(name, "x1")) return val_text(out, emit_um(e, s->box.x1));
    return str_eq(name, "y1") && val_text(out, emit_um(e, s->box.y1));
}

/* Pin shapes: n[1] cell, n[2] … n[7] range of EmitCell.shape, n[0] the one after the current. */
static bool rect_next(View *v)
{
    Emit *e = emit_of(v);
    const DbCell *c = emit_cell(e, (uint32_t)v->n[1]);
    if (v->n[0] < v->n[2]) v->n[0] = v->n[2];
    while (v->n[0]++ < v->n[7]) {
        const DbShape *s = &c->shapes.v[e->cell[v->n[1]].shape[emit_at(v)]];
        if (s->kind == SHAPE_PIN && in_lef(e, s->layer)) return true;
    }
    return false;
}

static bool rect_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const DbCell *c = emit_cell(e, (uint32_t)v->n[1]);
    return rect_text(e, &c->shapes.v[e->cell[v->n[1]].shape[emit_at(v)]], name, out);
}

static bool obs_next(View *v)
{
    Emit *e = emit_of(v);
    const DbCell *c = emit_cell(e, (uint32_t)v->n[1]);
    while (v->n[0]++ < c->shapes.n) {
        const DbShape *s = &c->shapes.v[emit_at(v)];
        if (s->kind != SHAPE_PIN && in_lef(e, s->layer)) return true;
    }
    return false;
}

static bool obs_get(View *v, const char *name, Value *out)
{
    const DbCell *c = emit_cell(emit_of(v), (uint32_t)v->n[1]);
    return rect_text(emit_of(v), &c->shapes.v[emit_at(v)], name, out);
}

/* Parts of an outline that is no rectangle: n[1] cell. */
static bool part_next(View *v)
{
    Emit *e = emit_of(v);
    const DbCell *c = emit_cell(e, (uint32_t)v->n[1]);
    while (v->n[0]++ < c->shapes.n)
        if (e->db->layers.v[c->shapes.v[emit_at(v)].layer.i].kind == LAYER_OUTLINE) return true;
    return false;
}

/* Port bits: n[1] cell, n[2] port, n[3] bit. */
static bool pin_next(View *v)
{
    const DbCell *c = emit_cell(emit_of(v), (uint32_t)v->n[1]);
    if (v->n[0]++ && ++v->n[3] >= c->nets.v[v->n[2]].width) {
        v->n[2]++;
        v->n[3] = 0;
    }
    return v->n[2] < c->n_ports;
}

static bool pin_get(View *v, const char *name, Value *out)
{
    static const char *const direction[] = {"", "INPUT", "OUTPUT", "INOUT"};
    static const char *const use[] = {"SIGNAL", "ANALOG", "CLOCK", "POWER", "GROUND"};
    Emit *e = emit_of(v);
    uint32_t cell = (uint32_t)v->n[1], net = (uint32_t)v->n[2], bit = (uint32_t)v->n[3];
    const DbNet *p = &emit_cell(e, cell)->nets.v[net];
    if (str_eq(name, "name")) return val_text(out, emit_bit(e, cell, net, bit));
    if (str_eq(name, "direction")) return val_text(out, direction[p->dir]);
    if (str_eq(name, "use")) return val_text(out, use[p->use]);
    if (str_eq(name, "has_rects") || str_eq(name, "rects")) {
        uint32_t at, end = emit_shapes(e, cell, net, bit, &at);
        View l = emit_list(e, rect_get, end, cell, at, 0);
        l.next = rect_next;
        if (str_eq(name, "has_rects")) return val_bool(out, rect_next(&l));
        return val_view(out, l);
    }
    return false;
}

static bool macro_next(View *v)
{
    Emit *e = emit_of(v);
    while (v->n[0]++ < e->db->cells.n)
        if (e->cell[emit_at(v)].used && emit_cell(e, (uint32_t)emit_at(v))->kind != CELL_BLOCK) return true;
    return false;
}

static bool macro_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const DbCell *c = emit_cell(e, (uint32_t)emit_at(v));
    if (str_eq(name, "name")) return val_text(out, emit_name(e, c->name));
    if (str_eq(name, "function")) return val_text(out, emit_name(e, c->function));
    if (str_eq(name, "soft")) return val_bool(out, c->kind == CELL_SOFT);
    if (str_eq(name, "width")) return val_text(out, emit_um(e, c->box.x1));
    if (str_eq(name, "height")) return val_text(out, emit_um(e, c->box.y1));
    View l = emit_list(e, pin_get, 0, emit_at(v), 0, 0);
    if (str_eq(name, "pins")) {
        l.next = pin_next;
        return val_view(out, l);
    }
    l = emit_list(e, obs_get, 0, emit_at(v), 0, 0);
    l.next = obs_next;
    View part = l;
    part.next = part_next;
    if (str_eq(name, "parts")) return val_view(out, part);
    if (str_eq(name, "has_parts")) return val_bool(out, part_next(&part));
    if (str_eq(name, "has_obs")) return val_bool(out, obs_next(&l) || part_next(&part));
    return str_eq(name, "obs") && val_view(out, l);
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    View l;
    if (str_eq(name, "grid")) return val_text(out, emit_um(e, e->db->grid));
    if (str_eq(name, "layers")) return val_view(out, emit_list(e, layer_get, e->n_lef_layer, 0, 0, 0));
    if (str_eq(name, "vias")) {
        l = emit_list(e, via_get, 0, 0, 0, 0);
        l.next = via_next;
        return val_view(out, l);
    }
    if (str_eq(name, "macros")) {
        l = emit_list(e, macro_get, 0, 0, 0, 0);
        l.next = macro_next;
        return val_view(out, l);
    }
    return emit_root_get(e, name, out);
}

View lef_view(Emit *e) { return (View){.get = root_get, .data = e}; }
