/*
 * power.svg: the static drop of the supply mesh as a map. One dot per node, coloured by its drop; where a tile of the picture holds
 * several nodes, the worst of them. The worst node of all, the worst wire and the worst cut are marked and named.
 */
#include "gen/emit_int.h"

#define SIDE 1000.0   /* pixels of the die's longer side */
#define TILES 100     /* along the longer side */
#define CLASSES 10

typedef struct {
    ARRAY(PowerNode) dot;
    double scale;      /* pixels per dbu */
    int32_t w, h, tile;/* dbu */
} Drop;

static Drop *drop_of(const View *v) { return (Drop *)(uintptr_t)v->n[1]; }

static bool figure(Emit *e, double v, Value *out)
{
    Buf *b = emit_text(e);
    buf_printf(b, "%.4g", v);
    return val_text(out, b->s);
}

static bool millivolt(Emit *e, double v, Value *out) { return figure(e, 1e3 * v, out); }

static double worst(const Emit *e) { return e->power->ir_drop_v; }

static int64_t class_of(const Emit *e, double drop)
{
    int64_t k = worst(e) > 0 ? (int64_t)(drop / worst(e) * CLASSES) : 0;
    return k < CLASSES ? k : CLASSES - 1;
}

static bool place(const Drop *s, Emit *e, int32_t x, int32_t y, const char *name, Value *out)
{
    if (str_eq(name, "x")) return emit_pixels(e, x * s->scale, out);
    if (str_eq(name, "y")) return emit_pixels(e, (s->h - y) * s->scale, out);
    if (str_eq(name, "x_um")) return val_text(out, emit_um(e, x));
    return str_eq(name, "y_um") && val_text(out, emit_um(e, y));
}

static bool dot_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const PowerNode *d = &drop_of(v)->dot.v[emit_at(v)];
    if (str_eq(name, "net")) return val_text(out, d->net ? "VSS" : "VDD");
    if (str_eq(name, "mv")) return millivolt(e, d->drop, out);
    if (str_eq(name, "colour")) return val_int(out, class_of(e, d->drop));
    return place(drop_of(v), e, d->x, d->y, name, out);
}

static bool class_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    int64_t k = (int64_t)emit_at(v);
    if (str_eq(name, "colour")) return val_int(out, k);
    if (str_eq(name, "y")) return val_int(out, 18 * k);
    if (str_eq(name, "text_y")) return val_int(out, 18 * k + 10);
    if (str_eq(name, "from")) return millivolt(e, worst(e) * (double)k / CLASSES, out);
    return str_eq(name, "to") && millivolt(e, worst(e) * (double)(k + 1) / CLASSES, out);
}

/* Worst wire, worst cut. */
static bool load_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const PowerLoad *l = v->n[2] ? &e->power->via : &e->power->wire;
    if (str_eq(name, "layer")) return val_text(out, l->layer);
    if (str_eq(name, "net")) return val_text(out, l->net ? "VSS" : "VDD");
    if (str_eq(name, "ua")) return figure(e, l->current * 1e6, out);
    if (str_eq(name, "limit_ua")) return l->limit > 0 ? figure(e, l->limit * 1e6, out) : val_none(out);
    if (str_eq(name, "percent")) return figure(e, 100 * l->rel, out);
    return place(drop_of(v), e, l->x, l->y, name, out);
}

static bool load_view(const View *v, uint64_t via, Value *out)
{
    Emit *e = emit_of(v);
    if (!(via ? &e->power->via : &e->power->wire)->layer) return val_none(out);
    return val_view(out, emit_list(e, load_get, 1, v->n[1], via, 0));
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const Drop *s = drop_of(v);
    const PowerReport *p = e->power;
    double w = s->w * s->scale, h = s->h * s->scale;
    if (str_eq(name, "w")) return emit_pixels(e, w, out);
    if (str_eq(name, "h")) return emit_pixels(e, h, out);
    if (str_eq(name, "total_w")) return emit_pixels(e, w + 440, out);
    if (str_eq(name, "total_h")) return emit_pixels(e, (h > 400 ? h : 400) + 60, out);
    if (str_eq(name, "legend_x")) return emit_pixels(e, w + 60, out);
    if (str_eq(name, "radius")) return emit_pixels(e, 0.45 * s->tile * s->scale, out);
    if (str_eq(name, "tile_um")) return val_text(out, emit_um(e, s->tile));
    if (str_eq(name, "nodes")) return val_int(out, (int64_t)p->nodes.n);
    if (str_eq(name, "die_w_um")) return val_text(out, emit_um(e, s->w));
    if (str_eq(name, "die_h_um")) return val_text(out, emit_um(e, s->h));
    if (str_eq(name, "vdd_percent")) return figure(e, 100 * p->ir_drop_rel, out);
    if (str_eq(name, "at_c")) return val_real(out, e->tech->em_at);
    if (str_eq(name, "dots")) return val_view(out, emit_list(e, dot_get, s->dot.n, v->n[1], 0, 0));
    if (str_eq(name, "classes")) return val_view(out, emit_list(e, class_get, CLASSES, v->n[1], 0, 0));
    if (str_eq(name, "wire")) return load_view(v, 0, out);
    if (str_eq(name, "cut")) return load_view(v, 1, out);
    if (str_eq(name, "worst_net")) return p->n_worst ? val_text(out, p->worst[0].net ? "VSS" : "VDD") : val_none(out);
    if (str_eq(name, "worst_mv")) return millivolt(e, worst(e), out);
    if (str_eq(name, "worst_x")) return place(s, e, p->worst[0].x, p->worst[0].y, "x", out);
    if (str_eq(name, "worst_y")) return place(s, e, p->worst[0].x, p->worst[0].y, "y", out);
    if (str_eq(name, "worst_x_um")) return val_text(out, emit_um(e, p->worst[0].x));
    if (str_eq(name, "worst_y_um")) return val_text(out, emit_um(e, p->worst[0].y));
    return emit_root_get(e, name, out);
}

static void end(View *v)
{
    Drop *s = drop_of(v);
    arr_free(&s->dot);
    mem_free(s);
}

/* Per tile the node of the largest drop, the first of equal ones. */
static void add_dots(Drop *s, const PowerReport *p)
{
    uint32_t nx = (uint32_t)(s->w / s->tile) + 1, ny = (uint32_t)(s->h / s->tile) + 1;
    uint32_t *best = mem_calloc((size_t)nx * ny, sizeof *best); /* index + 1 */
    for (uint32_t i = 0; i < p->nodes.n; i++) {
        const PowerNode *n = &p->nodes.v[i];
        uint32_t *b = &best[(uint32_t)(n->y / s->tile) * nx + (uint32_t)(n->x / s->tile)];
        if (!*b || n->drop > p->nodes.v[*b - 1].drop) *b = i + 1;
    }
    for (uint32_t k = 0; k < nx * ny; k++)
        if (best[k]) arr_push(&s->dot, p->nodes.v[best[k] - 1]);
    mem_free(best);
}

View power_view(Emit *e)
{
    const DbCell *top = emit_cell(e, e->db->top.i);
    Drop *s = mem_calloc(1, sizeof *s);
    int32_t side = top->box.x1 > top->box.y1 ? top->box.x1 : top->box.y1;
    s->w = top->box.x1;
    s->h = top->box.y1;
    s->scale = SIDE / side;
    s->tile = side / TILES + 1;
    add_dots(s, e->power);
    return (View){.get = root_get, .end = end, .data = e, .n = {0, (uint64_t)(uintptr_t)s}};
}
