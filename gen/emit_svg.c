/*
 * layout.svg: the top view. Every single instance down to leaf cells, every array as one rectangle with its grid, every wire of the
 * blocks met on the way. The picture is proportional to the records, not to the flat design.
 *
 * Numbers given to the template are pixels: the longer side of the layout is SIDE long, y points down.
 */
#include <math.h>

#include "gen/emit_int.h"

#define SIDE 1000.0
enum { GRID_LINES_MAX = 128, COLOURS = 12 };

typedef enum { ITEM_BLOCK, ITEM_CELL, ITEM_ARRAY, ITEM_WIRE } ItemKind;

typedef struct {
    ItemKind kind;
    Box box;             /* dbu, in the top's coordinates */
    NameId label;
    uint32_t legend;     /* CELL, ARRAY: index into legend; WIRE: metal level */
    uint32_t nx, ny;     /* along x and y of the picture */
} Item;

typedef struct { NameId function; uint64_t count; } Legend;

typedef struct {
    ARRAY(Item) items;
    ARRAY(Legend) legend;
    uint64_t levels;     /* metals with wires, a bit each */
    double scale;        /* pixels per dbu */
    int32_t h;           /* dbu */
} Svg;

static Svg *svg_of(const View *v) { return (Svg *)(uintptr_t)v->n[1]; }

/* ---- collect ---------------------------------------------------------------------------------------------- */

static uint32_t legend_of(Svg *s, const DbCell *c, uint64_t count)
{
    NameId f = c->function.i ? c->function : c->name;
    uint32_t k = 0;
    while (k < s->legend.n && s->legend.v[k].function.i != f.i) k++;
    if (k == s->legend.n) arr_push(&s->legend, ((Legend){f, 0}));
    s->legend.v[k].count += count;
    return k;
}

static void add_wires(Emit *e, Svg *s, const DbCell *c, Xform at)
{
    for (uint32_t k = 0; k < c->shapes.n; k++) {
        const DbShape *x = &c->shapes.v[k];
        const DbLayer *l = &e->db->layers.v[x->layer.i];
        if (x->kind != SHAPE_WIRE || l->kind != LAYER_METAL || l->level > 63) continue;
        arr_push(&s->items, ((Item){ITEM_WIRE, xform_box(at, x->box), {0}, (uint32_t)l->level, 1, 1}));
        s->levels |= 1ull << l->level;
    }
}

/* A single leaf or soft cell; one whose outline is no rectangle is its parts, the first with the name. */
static void add_leaf(Emit *e, Svg *s, const DbInst *i, Item item, Xform at)
{
    const DbCell *m = emit_cell(e, i->master.i);
    bool parts = false;
    for (uint32_t k = 0; m->kind == CELL_SOFT && k < m->shapes.n; k++) {
        if (e->db->layers.v[m->shapes.v[k].layer.i].kind != LAYER_OUTLINE) continue;
        item.box = xform_box(xform_compose(at, inst_xform(e->db, i, 0, 0)), m->shapes.v[k].box);
        arr_push(&s->items, item);
        item.label = (NameId){0};
        parts = true;
    }
    if (!parts) arr_push(&s->items, item);
}

static void add_cell(Emit *e, Svg *s, uint32_t cell, Xform at)
{
    const DbCell *c = emit_cell(e, cell);
    for (uint32_t k = 0; k < c->insts.n; k++) {
        const DbInst *i = &c->insts.v[k];
        const DbCell *m = emit_cell(e, i->master.i);
        Box b = box_union(inst_box(e->db, i, 0, 0), inst_box(e->db, i, i->nx - 1, i->ny - 1));
        bool turned = at.orient == ORI_W || at.orient == ORI_E || at.orient == ORI_FW || at.orient == ORI_FE;
        Item item = {ITEM_CELL, xform_box(at, b), i->name, 0, turned ? i->ny : i->nx, turned ? i->nx : i->ny};
        bool single = i->nx == 1 && i->ny == 1;
        if (single && m->kind == CELL_BLOCK) {
            item.kind = ITEM_BLOCK;
            arr_push(&s->items, item);
            add_cell(e, s, i->master.i, xform_compose(at, inst_xform(e->db, i, 0, 0)));
            continue;
        }
        item.kind = single ? ITEM_CELL : ITEM_ARRAY;
        item.legend = legend_of(s, m, (uint64_t)i->nx * i->ny);
        if (single) add_leaf(e, s, i, item, at);
        else arr_push(&s->items, item);
    }
    add_wires(e, s, c, at); /* over the cells */
}

/* ---- values ------------------------------------------------------------------------------------------------ */

bool emit_pixels(Emit *e, double v, Value *out)
{
    Buf *b = emit_text(e);
    buf_printf(b, "%.3f", v);
    return val_text(out, b->s);
}

/* Grid lines: n[2] item, n[3] step; the first one stands at `step` elements. */
static bool line_get(View *v, const char *name, Value *out)
{
    const Svg *s = svg_of(v);
    const Item *i = &s->items.v[v->n[2]];
    double k = (double)((emit_at(v) + 1) * v->n[3]);
    if (str_eq(name, "at_x")) return emit_pixels(emit_of(v), (i->box.x0 + k * (i->box.x1 - i->box.x0) / i->nx) * s->scale, out);
    return str_eq(name, "at_y") && emit_pixels(emit_of(v), (s->h - i->box.y1 + k * (i->box.y1 - i->box.y0) / i->ny) * s->scale, out);
}

static View lines(Emit *e, const View *v, uint32_t n)
{
    uint32_t step = (n + GRID_LINES_MAX - 1) / GRID_LINES_MAX;
    return emit_list(e, line_get, (n - 1) / step, v->n[1], emit_at(v), step);
}

static bool item_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const Svg *s = svg_of(v);
    const Item *i = &s->items.v[emit_at(v)];
    double w = (i->box.x1 - i->box.x0) * s->scale, h = (i->box.y1 - i->box.y0) * s->scale;
    if (str_eq(name, "block")) return val_bool(out, i->kind == ITEM_BLOCK);
    if (str_eq(name, "cell")) return val_bool(out, i->kind == ITEM_CELL);
    if (str_eq(name, "array")) return val_bool(out, i->kind == ITEM_ARRAY);
    if (str_eq(name, "wire")) return val_bool(out, i->kind == ITEM_WIRE);
    if (str_eq(name, "x")) return emit_pixels(e, i->box.x0 * s->scale, out);
    if (str_eq(name, "y")) return emit_pixels(e, (s->h - i->box.y1) * s->scale, out);
    if (str_eq(name, "w")) return emit_pixels(e, w, out);
    if (str_eq(name, "h")) return emit_pixels(e, h, out);
    if (str_eq(name, "cx")) return emit_pixels(e, (i->box.x0 + i->box.x1) * s->scale / 2, out);
    if (str_eq(name, "cy")) return emit_pixels(e, (s->h - (i->box.y0 + i->box.y1) / 2.0) * s->scale, out);
    if (str_eq(name, "name")) return val_text(out, i->label.i ? emit_name(e, i->label) : "");
    if (str_eq(name, "colour")) return val_int(out, i->legend % COLOURS);
    if (str_eq(name, "level")) return val_int(out, i->legend);
    if (str_eq(name, "nx")) return val_int(out, i->nx);
    if (str_eq(name, "ny")) return val_int(out, i->ny);
    if (str_eq(name, "function")) return i->kind == ITEM_WIRE ? val_none(out) : val_text(out, s->legend.n ? emit_name(e, s->legend.v[i->legend].function) : "");
    if (str_eq(name, "label")) { /* only where it fits; a letter is about 0.6 of its height wide */
        double size = i->label.i ? w / (0.6 * (double)strlen(emit_name(e, i->label))) : 0;
        if (size > h / 2) size = h / 2;
        if (size > 14) size = 14;
        return size >= 4 ? emit_pixels(e, size, out) : val_none(out);
    }
    if (str_eq(name, "columns")) return val_view(out, lines(e, v, i->nx));
    return str_eq(name, "rows") && val_view(out, lines(e, v, i->ny));
}

static bool legend_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const Legend *l = &svg_of(v)->legend.v[emit_at(v)];
    if (str_eq(name, "function")) return val_text(out, emit_name(e, l->function));
    if (str_eq(name, "count")) return val_int(out, (int64_t)l->count);
    if (str_eq(name, "colour")) return val_int(out, (int64_t)(emit_at(v) % COLOURS));
    if (str_eq(name, "y")) return val_int(out, 18 * (int64_t)emit_at(v));
    return str_eq(name, "text_y") && val_int(out, 18 * (int64_t)emit_at(v) + 10);
}

static bool level_next(View *v)
{
    while (v->n[0]++ < 64)
        if (svg_of(v)->levels >> emit_at(v) & 1) return v->n[2]++, true;
    return false;
}

static bool level_get(View *v, const char *name, Value *out)
{
    int64_t y = 18 * (int64_t)(svg_of(v)->legend.n + v->n[2] - 1);
    if (str_eq(name, "level")) return val_int(out, (int64_t)emit_at(v));
    if (str_eq(name, "name")) return val_text(out, emit_name(emit_of(v), emit_of(v)->db->layers.v[db_metal(emit_of(v)->db, (int32_t)emit_at(v)).i].name));
    if (str_eq(name, "y")) return val_int(out, y);
    return str_eq(name, "text_y") && val_int(out, y + 10);
}

/* The longest of 1, 2, 5 · 10^k um not longer than a fifth of the picture. */
static double bar_um(const Emit *e, const Svg *s)
{
    double limit = SIDE / 5 / s->scale / (double)e->dbu_per_um, bar = 1e-3;
    static const double next[] = {2, 2.5, 2};
    for (int k = 0; bar * next[k % 3] <= limit; k++) bar *= next[k % 3];
    return bar;
}

static int popcount(uint64_t v)
{
    int n = 0;
    for (; v; v &= v - 1) n++;
    return n;
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    Svg *s = svg_of(v);
    const DbCell *top = emit_cell(e, e->db->top.i);
    double w = top->box.x1 * s->scale, h = top->box.y1 * s->scale;
    double rows = 18.0 * (s->legend.n + (uint32_t)popcount(s->levels));
    if (str_eq(name, "w")) return emit_pixels(e, w, out);
    if (str_eq(name, "h")) return emit_pixels(e, h, out);
    if (str_eq(name, "total_w")) return emit_pixels(e, w + 260, out);
    if (str_eq(name, "total_h")) return emit_pixels(e, (h > rows ? h : rows) + 90, out);
    if (str_eq(name, "legend_x")) return emit_pixels(e, w + 60, out);
    if (str_eq(name, "bar_y")) return emit_pixels(e, h + 60, out);
    if (str_eq(name, "bar_w")) return emit_pixels(e, bar_um(e, s) * (double)e->dbu_per_um * s->scale, out);
    if (str_eq(name, "bar_um")) return val_real(out, bar_um(e, s));
    if (str_eq(name, "die_w_um")) return val_text(out, emit_um(e, top->box.x1));
    if (str_eq(name, "die_h_um")) return val_text(out, emit_um(e, top->box.y1));
    if (str_eq(name, "items")) return val_view(out, emit_list(e, item_get, s->items.n, v->n[1], 0, 0));
    if (str_eq(name, "legend")) return val_view(out, emit_list(e, legend_get, s->legend.n, v->n[1], 0, 0));
    if (!str_eq(name, "levels")) return emit_root_get(e, name, out);
    View l = emit_list(e, level_get, 0, v->n[1], 0, 0);
    l.next = level_next;
    return val_view(out, l);
}

static void end(View *v)
{
    Svg *s = svg_of(v);
    arr_free(&s->items);
    arr_free(&s->legend);
    mem_free(s);
}

View svg_view(Emit *e)
{
    const DbCell *top = emit_cell(e, e->db->top.i);
    Svg *s = mem_alloc(sizeof *s);
    int32_t side = top->box.x1 > top->box.y1 ? top->box.x1 : top->box.y1;
    s->scale = SIDE / side;
    s->h = top->box.y1;
    add_cell(e, s, e->db->top.i, (Xform){ORI_N, 0, 0});
    return (View){.get = root_get, .end = end, .data = e, .n = {0, (uint64_t)(uintptr_t)s}};
}
