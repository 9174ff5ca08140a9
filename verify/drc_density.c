/*
 * Density of metal in windows that overlap: covered area of squares of one step first, windows are sums of them.
 */
#include <math.h>

#include "verify/drc_int.h"

typedef struct {
    uint32_t layer;
    Boxes *b;
} Collect;

static bool collect(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Collect *c = ctx;
    (void)cell, (void)flat;
    if (s->kind != SHAPE_OBS && s->layer.i == c->layer) arr_push(&c->b->b, placed);
    return true;
}

static Box common(Box a, Box b)
{
    return (Box){a.x0 > b.x0 ? a.x0 : b.x0, a.y0 > b.y0 ? a.y0 : b.y0, a.x1 < b.x1 ? a.x1 : b.x1, a.y1 < b.y1 ? a.y1 : b.y1};
}

static Box at_step(Box all, int32_t step, uint32_t x, uint32_t y, int32_t side)
{
    Box b = {(int32_t)(all.x0 + (int64_t)x * step), (int32_t)(all.y0 + (int64_t)y * step), 0, 0};
    b.x1 = b.x0 + side;
    b.y1 = b.y0 + side;
    return common(b, all);
}

/* Windows over a length: the last may reach beyond it. */
static uint32_t windows(int32_t len, int32_t window, int32_t step) { return len <= window ? 1 : (uint32_t)((len - window + step - 1) / step) + 1; }

typedef struct {
    Box all;
    const TechLayer *l;
    uint32_t nx, ny;   /* steps */
    int64_t *area;     /* [ny][nx] */
} Steps;

static void add_slab(void *ctx, int32_t y0, int32_t y1, const Span *span, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) *(int64_t *)ctx += ((int64_t)span[i].x1 - span[i].x0) * (y1 - y0);
}

static void measure(Steps *s, const Boxes *b)
{
    Bins g;
    Indices hit = {0};
    Boxes in = {0};
    bins_make(&g, b->b.v, b->b.n, 0, s->l->density_step / 4 + 1, 16);
    for (uint32_t y = 0; y < s->ny; y++)
        for (uint32_t x = 0; x < s->nx; x++) {
            Box w = at_step(s->all, s->l->density_step, x, y, s->l->density_step);
            hit.v.n = in.b.n = 0;
            bins_query(&g, w, &hit);
            for (uint32_t k = 0; k < hit.v.n; k++) {
                Box c = common(b->b.v[hit.v.v[k]], w);
                if (c.x0 < c.x1 && c.y0 < c.y1) arr_push(&in.b, c);
            }
            region_scan((const Boxes *const[]){&in}, 1, add_slab, &s->area[(size_t)y * s->nx + x]);
        }
    bins_free(&g);
    arr_free(&hit.v);
    arr_free(&in.b);
}

static void judge_window(const Steps *s, DrcDensity *d, DrcPieces *out, uint32_t x, uint32_t y)
{
    const TechLayer *l = s->l;
    uint32_t n = (uint32_t)(l->density_window / l->density_step);
    Box w = at_step(s->all, l->density_step, x, y, l->density_window);
    int64_t area = 0, least = (int64_t)ceil((double)box_area(w) * l->density_min - 1e-6), most = (int64_t)floor((double)box_area(w) * l->density_max + 1e-6);
    for (uint32_t v = y; v < y + n && v < s->ny; v++)
        for (uint32_t u = x; u < x + n && u < s->nx; u++) area += s->area[(size_t)v * s->nx + u];
    double part = (double)area / (double)box_area(w);
    if (!d->windows || part < d->least) d->least = part, d->least_at = w;
    if (!d->windows || part > d->most) d->most = part, d->most_at = w;
    d->windows++;
    d->mean += part;
    d->below += area < least;
    d->above += area > most;
    if (area < least) drc_push(out, drc_at(DRC_DENSITY_MIN, d->layer, w, area, least), JOIN_NOT);
    if (area > most) drc_push(out, drc_at(DRC_DENSITY_MAX, d->layer, w, area, most), JOIN_NOT);
}

Status drc_density(const Db *db, const Tech *t, CellId top, DrcDensities *table, DrcReport *out)
{
    DrcPieces p = {.core = DRC_EVERYWHERE, .window = DRC_EVERYWHERE};
    Box all = db->cells.v[top.i].box;
    *out = (DrcReport){0};
    *table = (DrcDensities){0};
    for (int32_t level = 1; level <= tech_top_metal(t) && all.x0 < all.x1 && all.y0 < all.y1; level++) {
        const TechLayer *l = tech_metal(t, level);
        DrcDensity d = {0};
        if (!l || l->density_max <= 0 || !db_has_layer(db, l->name, &d.layer)) continue;
        Boxes b = {0};
        Steps s = {.all = all, .l = l};
        s.nx = (uint32_t)((all.x1 - all.x0 + l->density_step - 1) / l->density_step);
        s.ny = (uint32_t)((all.y1 - all.y0 + l->density_step - 1) / l->density_step);
        s.area = mem_calloc((size_t)s.nx * s.ny, sizeof *s.area);
        db_visit_shapes(db, top, collect, &(Collect){d.layer.i, &b});
        measure(&s, &b);
        for (uint32_t y = 0; y < windows(all.y1 - all.y0, l->density_window, l->density_step); y++)
            for (uint32_t x = 0; x < windows(all.x1 - all.x0, l->density_window, l->density_step); x++) judge_window(&s, &d, &p, x, y);
        d.mean /= (double)d.windows;
        arr_push(&table->v, d);
        mem_free(s.area);
        arr_free(&b.b);
    }
    drc_report(&p, out);
    arr_free(&p.v);
    return out->v.n ? ST_VIOLATION : ST_OK;
}
