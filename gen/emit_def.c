/*
 * design.def: the flat placement of leaf and soft cells, every net with its terminals, the wires drawn in blocks.
 *
 * Wires of the layer's default width whose middle lies on the dbu grid become paths, all others rectangles; a drawn cut becomes
 * a via of just that cut: its pads are drawn as wires of their own. So the union of what is written is what was drawn.
 */
#include "gen/emit_int.h"

static int32_t half(int32_t v) { return v / 2; }

/* ---- what is drawn ------------------------------------------------------------------------------------- */

static const char *cut_name(Emit *e, uint32_t layer, int32_t w, int32_t h)
{
    Buf *b = emit_text(e);
    buf_printf(b, "%s_%dx%d", emit_name(e, e->db->layers.v[layer].name), (int)w, (int)h);
    return b->s;
}

static bool is_cut(const Emit *e, const FlatShape *s) { return e->db->layers.v[s->layer].kind == LAYER_CUT; }

/* A wire a path can say: default width, even, not shorter than wide. *vertical: runs along y. */
static bool is_path(const Emit *e, const FlatShape *s, bool *vertical)
{
    const TechLayer *l = emit_tech_layer(e, (LayerId){s->layer});
    int32_t w = s->box.x1 - s->box.x0, h = s->box.y1 - s->box.y0;
    *vertical = h > w || (h == w && l && !l->horizontal);
    int32_t width = *vertical ? w : h, length = *vertical ? h : w;
    return l && l->kind == LAYER_METAL && width == l->width && width % 2 == 0 && length > width;
}

static bool shape_get(Emit *e, const FlatShape *s, const char *name, Value *out)
{
    bool vertical = false, cut = is_cut(e, s), path = !cut && is_path(e, s, &vertical);
    Box b = s->box;
    if (str_eq(name, "layer")) return val_text(out, emit_name(e, e->db->layers.v[s->layer].name));
    if (str_eq(name, "via")) return cut ? val_text(out, cut_name(e, s->layer, b.x1 - b.x0, b.y1 - b.y0)) : val_none(out);
    if (str_eq(name, "path")) return val_bool(out, path);
    if (str_eq(name, "rect")) return val_bool(out, !path && !cut);
    if (str_eq(name, "below")) { /* a via's path stands on the metal below */
        const TechLayer *c = emit_tech_layer(e, (LayerId){s->layer});
        const TechLayer *m = c ? tech_metal(e->tech, c->level) : NULL;
        return m ? val_text(out, m->name) : val_none(out);
    }
    int32_t w = b.x1 - b.x0, h = b.y1 - b.y0;
    if (cut) {
        b.x0 += half(w);
        b.y0 += half(h);
    } else if (path) {
        int32_t k = half(vertical ? w : h);
        b = (Box){b.x0 + k, b.y0 + k, b.x1 - k, b.y1 - k};
    }
    if (str_eq(name, "x0")) return val_int(out, b.x0);
    if (str_eq(name, "y0")) return val_int(out, b.y0);
    if (str_eq(name, "x1")) return val_int(out, b.x1);
    if (str_eq(name, "y1")) return val_int(out, b.y1);
    if (str_eq(name, "w")) return val_int(out, w);
    return str_eq(name, "h") && val_int(out, h);
}

static bool via_rect_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const CutSize *z = &e->cuts.v[v->n[1]];
    const TechLayer *c = emit_tech_layer(e, (LayerId){z->layer});
    const TechLayer *l = emit_at(v) == 1 ? c : tech_metal(e->tech, c->level + (emit_at(v) == 2));
    if (str_eq(name, "layer")) return val_text(out, l->name);
    if (str_eq(name, "x0")) return val_int(out, -half(z->w));
    if (str_eq(name, "y0")) return val_int(out, -half(z->h));
    if (str_eq(name, "x1")) return val_int(out, z->w - half(z->w));
    return str_eq(name, "y1") && val_int(out, z->h - half(z->h));
}

static bool via_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const CutSize *z = &e->cuts.v[emit_at(v)];
    if (str_eq(name, "name")) return val_text(out, cut_name(e, z->layer, z->w, z->h));
    return str_eq(name, "rects") && val_view(out, emit_list(e, via_rect_get, 3, emit_at(v), 0, 0));
}

/* ---- tracks, components -------------------------------------------------------------------------------- */

static bool track_next(View *v)
{
    Emit *e = emit_of(v);
    while (v->n[0]++ < e->n_lef_layer) {
        const TechLayer *l = &e->tech->layers.v[e->lef_layer[emit_at(v)]];
        if (l->kind == LAYER_METAL && l->pitch > 0) return true;
    }
    return false;
}

static bool track_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const TechLayer *l = &e->tech->layers.v[e->lef_layer[emit_at(v)]];
    Box b = emit_cell(e, e->db->top.i)->box;
    if (str_eq(name, "layer")) return val_text(out, l->name);
    if (str_eq(name, "axis")) return val_text(out, l->horizontal ? "Y" : "X");
    if (str_eq(name, "start")) return val_int(out, half(l->pitch));
    if (str_eq(name, "step")) return val_int(out, l->pitch);
    return str_eq(name, "count") && val_int(out, (l->horizontal ? b.y1 : b.x1) / l->pitch);
}

static bool component_next(View *v) { return walk_leaf((Walk *)(uintptr_t)v->n[1]); }

static void component_end(View *v)
{
    Walk *w = (Walk *)(uintptr_t)v->n[1];
    walk_end(w);
    mem_free(w);
}

static bool component_get(View *v, const char *name, Value *out)
{
    const Walk *w = (const Walk *)(uintptr_t)v->n[1];
    Emit *e = emit_of(v);
    const DbCell *m = emit_cell(e, w->leaf->master.i);
    if (str_eq(name, "name")) return val_text(out, w->path.s);
    if (str_eq(name, "master")) return val_text(out, emit_name(e, m->name));
    if (str_eq(name, "x")) return val_int(out, xform_box(w->leaf_at, m->box).x0);
    if (str_eq(name, "y")) return val_int(out, xform_box(w->leaf_at, m->box).y0);
    return str_eq(name, "orient") && val_text(out, orient_name[w->leaf_at.orient]);
}

static View component_list(Emit *e)
{
    Walk *w = mem_alloc(sizeof *w);
    walk_begin(w, e);
    return (View){.get = component_get, .next = component_next, .end = component_end, .data = e, .n = {0, (uint64_t)(uintptr_t)w}};
}

/* ---- pins of the design --------------------------------------------------------------------------------- */

static bool pin_shape(Emit *e, const View *v, const DbShape **s)
{
    const DbCell *c = emit_cell(e, e->db->top.i);
    *s = &c->shapes.v[e->cell[e->db->top.i].shape[emit_at(v)]];
    return (*s)->kind == SHAPE_PIN;
}

static bool pin_rect_next(View *v)
{
    const DbShape *s;
    if (v->n[0] < v->n[1]) v->n[0] = v->n[1];
    while (v->n[0]++ < v->n[7])
        if (pin_shape(emit_of(v), v, &s)) return true;
    return false;
}

static bool pin_rect_get(View *v, const char *name, Value *out)
{
    const DbShape *s;
    pin_shape(emit_of(v), v, &s);
    FlatShape f = {s->layer.i, s->kind, s->box};
    if (str_eq(name, "x0")) return val_int(out, f.box.x0);
    if (str_eq(name, "y0")) return val_int(out, f.box.y0);
    return shape_get(emit_of(v), &f, name, out);
}

static bool pin_next(View *v)
{
    const DbCell *c = emit_cell(emit_of(v), emit_of(v)->db->top.i);
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
    uint32_t top = e->db->top.i;
    const DbNet *p = &emit_cell(e, top)->nets.v[v->n[2]];
    if (str_eq(name, "name")) return val_text(out, emit_bit(e, top, (uint32_t)v->n[2], (uint32_t)v->n[3]));
    if (str_eq(name, "direction")) return val_text(out, direction[p->dir]);
    if (str_eq(name, "use")) return val_text(out, use[p->use]);
    if (str_eq(name, "special")) return val_bool(out, emit_is_supply(p));
    if (!str_eq(name, "rects")) return false;
    uint32_t at, end = emit_shapes(e, top, (uint32_t)v->n[2], (uint32_t)v->n[3], &at);
    View l = emit_list(e, pin_rect_get, end, at, 0, 0);
    l.next = pin_rect_next;
    return val_view(out, l);
}

/* ---- nets ------------------------------------------------------------------------------------------------ */

typedef struct {
    Walk w;
    TermSet s;
    bool supply, wildcard;
    Buf name;
} Nets;

static Nets *nets_of(const View *v) { return (Nets *)(uintptr_t)v->n[1]; }

static bool net_next(View *v)
{
    Nets *n = nets_of(v);
    Emit *e = emit_of(v);
    Walk *w = &n->w;
    if (!walk_net(w, n->supply)) return false;
    const Frame *f = walk_frame(w);
    n->wildcard = n->supply && e->supply_by_name && w->stack.n == 1;
    terms_collect(e, &n->s, f->cell, w->net, w->bit, f->at, w->path.s, w->path.n);
    n->name.n = 0;
    buf_put(&n->name, w->path.s, w->path.n);
    db_bit_name(e->db, (CellId){f->cell}, (NetId){w->net}, w->bit, &n->name);
    return true;
}

static void net_end(View *v)
{
    Nets *n = nets_of(v);
    walk_end(&n->w);
    terms_free(&n->s);
    buf_free(&n->name);
    mem_free(n);
}

static bool term_get(View *v, const char *name, Value *out)
{
    const Nets *n = nets_of(v);
    const Term *t = &n->s.terms.v[emit_at(v)];
    if (str_eq(name, "inst")) return val_text(out, n->s.names.s + t->path);
    if (str_eq(name, "pin")) return val_text(out, emit_bit(emit_of(v), t->cell, t->port, t->bit));
    return str_eq(name, "wrap") && val_bool(out, emit_at(v) % 4 == 3);
}

static bool wire_get(View *v, const char *name, Value *out)
{
    if (str_eq(name, "first")) return val_bool(out, emit_at(v) == 0);
    return shape_get(emit_of(v), &nets_of(v)->s.shapes.v[emit_at(v)], name, out);
}

static bool net_get(View *v, const char *name, Value *out)
{
    static const char *const use[] = {"", "ANALOG", "CLOCK", "POWER", "GROUND"};
    Nets *n = nets_of(v);
    Emit *e = emit_of(v);
    const Frame *f = walk_frame(&n->w);
    const DbNet *net = &emit_cell(e, f->cell)->nets.v[n->w.net];
    bool pin = n->w.stack.n == 1 && n->w.net < emit_cell(e, f->cell)->n_ports;
    if (str_eq(name, "name")) return val_text(out, n->name.s);
    if (str_eq(name, "pin")) return pin ? val_text(out, n->name.s) : val_none(out);
    if (str_eq(name, "use")) return val_text(out, use[net->use]);
    if (str_eq(name, "wildcard")) return n->wildcard ? val_text(out, emit_name(e, net->name)) : val_none(out);
    if (str_eq(name, "terms"))
        return val_view(out, emit_list(e, term_get, n->wildcard ? 0 : n->s.terms.n, v->n[1], 0, 0));
    return str_eq(name, "wires") && val_view(out, emit_list(e, wire_get, n->s.shapes.n, v->n[1], 0, 0));
}

static View net_list(Emit *e, bool supply)
{
    Nets *n = mem_alloc(sizeof *n);
    walk_begin(&n->w, e);
    n->supply = supply;
    n->s.no_names = supply && e->supply_by_name;
    return (View){.get = net_get, .next = net_next, .end = net_end, .data = e, .n = {0, (uint64_t)(uintptr_t)n}};
}

static uint64_t count_supply(Emit *e)
{
    Walk w;
    uint64_t n = 0;
    walk_begin(&w, e);
    while (walk_net(&w, true)) n++;
    walk_end(&w);
    return n;
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static uint64_t port_bits(const Emit *e, bool supply)
{
    const DbCell *c = emit_cell(e, e->db->top.i);
    uint64_t n = 0;
    for (uint32_t i = 0; i < c->n_ports; i++)
        if (emit_is_supply(&c->nets.v[i]) == supply) n += c->nets.v[i].width;
    return n;
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const DbCell *top = emit_cell(e, e->db->top.i);
    View l;
    if (str_eq(name, "die_w")) return val_int(out, top->box.x1);
    if (str_eq(name, "die_h")) return val_int(out, top->box.y1);
    if (str_eq(name, "tracks")) {
        l = emit_list(e, track_get, 0, 0, 0, 0);
        l.next = track_next;
        return val_view(out, l);
    }
    if (str_eq(name, "n_vias")) return val_int(out, e->cuts.n);
    if (str_eq(name, "vias")) return val_view(out, emit_list(e, via_get, e->cuts.n, 0, 0, 0));
    if (str_eq(name, "n_components")) return val_int(out, (int64_t)db_flat_leaves(e->db, e->db->top));
    if (str_eq(name, "components")) return val_view(out, component_list(e));
    if (str_eq(name, "n_pins")) return val_int(out, e->cell[e->db->top.i].port_bits);
    if (str_eq(name, "pins")) {
        l = emit_list(e, pin_get, 0, 0, 0, 0);
        l.next = pin_next;
        return val_view(out, l);
    }
    if (str_eq(name, "n_nets")) return val_int(out, (int64_t)(e->cell[e->db->top.i].n_nets + port_bits(e, false)));
    if (str_eq(name, "nets")) return val_view(out, net_list(e, false));
    if (str_eq(name, "n_supplies")) return val_int(out, (int64_t)count_supply(e));
    if (str_eq(name, "supplies")) return val_view(out, net_list(e, true));
    return emit_root_get(e, name, out);
}

View def_view(Emit *e) { return (View){.get = root_get, .data = e}; }
