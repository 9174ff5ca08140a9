/*
 * Design rule check: runs the rules on a window of shapes layer by layer, joins the pieces, sorts the report.
 * Contract in verify/verify_layout.h; width and spacing in verify/drc_region.c, cuts in verify/drc_cut.c.
 */
#include "verify/drc_int.h"

#include <math.h>
#include <stdlib.h>

#include "verify/region.h"

const char *const drc_rule_name[DRC_RULES] = {
    "width", "space", "space-wide", "area", "grid", "cut-size", "cut-space", "enclosure-below", "enclosure-above", "outline-overlap",
    "front-space", "front-enclose", "front-extend", "contact-on-nothing", "contact-on-gate", "two-implants", "no-implant",
    "hole", "device-length", "device-width", "device-step", "tap-distance", "antenna", "antenna-sum", "density-min", "density-max",
};

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }

void drc_push(DrcPieces *out, DrcViolation v, DrcJoin along)
{
    Box b = v.box, c = out->core;
    bool x_in = b.x0 >= c.x0 && b.x0 < c.x1, y_in = b.y0 >= c.y0 && b.y0 < c.y1;
    /* runs are cut across their direction, areas both ways */
    if ((along == JOIN_X || along == JOIN_TOUCH) && b.x0 < b.x1) {
        v.box.x0 = max32(b.x0, c.x0);
        v.box.x1 = min32(b.x1, c.x1);
        x_in = v.box.x0 < v.box.x1;
    }
    if ((along == JOIN_Y || along == JOIN_TOUCH) && b.y0 < b.y1) {
        v.box.y0 = max32(b.y0, c.y0);
        v.box.y1 = min32(b.y1, c.y1);
        y_in = v.box.y0 < v.box.y1;
    }
    if (x_in && y_in) arr_push(&out->v, ((DrcPiece){v, along}));
}

static bool collect_shape(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Boxes *layer = ctx;
    (void)cell, (void)flat;
    if (s->kind != SHAPE_OBS) arr_push(&layer[s->layer.i].b, placed);
    return true;
}

/* ---- grid ---------------------------------------------------------------------------------------- */

static int32_t off_grid(Box b, int32_t g)
{
    const int32_t v[4] = {b.x0, b.y0, b.x1, b.y1};
    for (int q = 0; q < 4; q++)
        if (v[q] % g) return v[q] % g < 0 ? v[q] % g + g : v[q] % g;
    return 0;
}

typedef struct {
    const Db *db;
    DrcPieces *out;
} OffGrid;

static void judge_grid(OffGrid *o, CellId c, Xform t)
{
    const DbCell *cell = &o->db->cells.v[c.i];
    for (uint32_t k = 0; k < cell->shapes.n; k++) {
        const DbShape *s = &cell->shapes.v[k];
        Box b = xform_box(t, s->box);
        int32_t off = s->kind == SHAPE_OBS ? 0 : off_grid(b, o->db->grid);
        if (off) drc_push(o->out, drc_at(DRC_GRID, s->layer, b, off, o->db->grid), JOIN_NOT);
    }
}

/* Placements on the grid of cells on the grid are not looked into. */
static void walk_grid(OffGrid *o, const bool *clean, CellId c, Xform t)
{
    int32_t g = o->db->grid;
    if (clean[c.i] && t.x % g == 0 && t.y % g == 0) return;
    judge_grid(o, c, t);
    for (uint32_t k = 0; k < o->db->cells.v[c.i].insts.n; k++) {
        const DbInst *i = &o->db->cells.v[c.i].insts.v[k];
        for (uint32_t iy = 0; iy < i->ny; iy++)
            for (uint32_t ix = 0; ix < i->nx; ix++) walk_grid(o, clean, i->master, xform_compose(t, inst_xform(o->db, i, ix, iy)));
    }
}

static bool inst_on_grid(const Db *db, const DbInst *i)
{
    Xform a = inst_xform(db, i, 0, 0);
    int32_t g = db->grid;
    return a.x % g == 0 && a.y % g == 0 && (i->nx == 1 || i->dx % g == 0) && (i->ny == 1 || i->dy % g == 0);
}

static void check_grid(const Db *db, CellId top, DrcPieces *out)
{
    if (db->grid == 1) return;
    bool *clean = mem_calloc(db->cells.n, 1);
    for (uint32_t c = 0; c <= top.i; c++) {
        const DbCell *cell = &db->cells.v[c];
        clean[c] = true;
        for (uint32_t k = 0; k < cell->shapes.n; k++) clean[c] &= cell->shapes.v[k].kind == SHAPE_OBS || !off_grid(cell->shapes.v[k].box, db->grid);
        for (uint32_t k = 0; k < cell->insts.n; k++) clean[c] &= clean[cell->insts.v[k].master.i] && inst_on_grid(db, &cell->insts.v[k]);
    }
    walk_grid(&(OffGrid){db, out}, clean, top, (Xform){.orient = ORI_N});
    mem_free(clean);
}

/* ---- outlines ------------------------------------------------------------------------------------------------ */

typedef struct {
    const Db *db;
    Boxes box;
    DrcPieces *out;
} Outlines;

static void collect_outline(void *ctx, CellId cell, Xform t, uint64_t flat)
{
    Outlines *o = ctx;
    (void)flat;
    const DbCell *c = &o->db->cells.v[cell.i];
    bool drawn = false; /* a soft macro's outline may be several boxes on the outline layer */
    for (uint32_t k = 0; c->kind == CELL_SOFT && k < c->shapes.n; k++) {
        if (o->db->layers.v[c->shapes.v[k].layer.i].kind != LAYER_OUTLINE) continue;
        drawn = true;
        arr_push(&o->box.b, xform_box(t, c->shapes.v[k].box));
    }
    if (!drawn && c->box.x0 < c->box.x1 && c->box.y0 < c->box.y1) arr_push(&o->box.b, xform_box(t, c->box));
}

static void judge_outlines(void *ctx, uint32_t i, uint32_t j)
{
    Outlines *o = ctx;
    Box a = o->box.b.v[i], b = o->box.b.v[j];
    if (!box_overlap(a, b)) return;
    Box c = {a.x0 > b.x0 ? a.x0 : b.x0, a.y0 > b.y0 ? a.y0 : b.y0, a.x1 < b.x1 ? a.x1 : b.x1, a.y1 < b.y1 ? a.y1 : b.y1};
    drc_push(o->out, drc_at(DRC_OUTLINE, (LayerId){UINT32_MAX}, c, box_area(c), 0), JOIN_NOT);
}

static uint64_t check_outlines(const Db *db, CellId top, DrcPieces *out)
{
    Outlines o = {.db = db, .out = out};
    flat_leaves(db, top, collect_outline, &o);
    Bins g;
    bins_make(&g, o.box.b.v, o.box.b.n, 0, 1, 4);
    bins_pairs(&g, judge_outlines, &o);
    bins_free(&g);
    uint64_t n = o.box.b.n;
    arr_free(&o.box.b);
    return n;
}

/* ---- joining and sorting --------------------------------------------------------------------------------------- */

#define CMP(a, b)                                                                                  \
    do {                                                                                           \
        if ((a) != (b)) return (a) < (b) ? -1 : 1;                                                 \
    } while (0)

/* Pieces of one run become neighbours: same rule, layer, limit, direction and extent along the run, then place across. */
static int by_run(const void *pa, const void *pb)
{
    const DrcPiece *a = pa, *b = pb;
    CMP(a->v.layer.i, b->v.layer.i);
    CMP(a->v.rule, b->v.rule);
    CMP(a->along, b->along);
    CMP(a->v.limit, b->v.limit);
    CMP(a->v.a, b->v.a);
    CMP(a->v.b, b->v.b);
    Box x = a->v.box, y = b->v.box;
    if (a->along == JOIN_X) {
        CMP(x.y0, y.y0);
        CMP(x.y1, y.y1);
        CMP(x.x0, y.x0);
        return 0;
    }
    CMP(x.x0, y.x0);
    CMP(x.x1, y.x1);
    CMP(x.y0, y.y0);
    CMP(x.y1, y.y1);
    return 0;
}

static bool same_rule(const DrcPiece *a, const DrcPiece *b)
{
    return a->v.layer.i == b->v.layer.i && a->v.rule == b->v.rule && a->along == b->along && a->v.limit == b->v.limit && a->v.a == b->v.a && a->v.b == b->v.b;
}

static bool continues(const DrcPiece *a, const DrcPiece *b)
{
    if (!same_rule(a, b)) return false;
    if (a->along == JOIN_Y) return a->v.box.x0 == b->v.box.x0 && a->v.box.x1 == b->v.box.x1 && a->v.box.y1 == b->v.box.y0;
    if (a->along == JOIN_X) return a->v.box.y0 == b->v.box.y0 && a->v.box.y1 == b->v.box.y1 && a->v.box.x1 == b->v.box.x0;
    return false;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Areas of one rule, p[0 … n − 1]: one record per polygon, with the least value. Returns how many are left. */
static uint32_t join_areas(DrcPiece *p, uint32_t n)
{
    Boxes b = {0};
    for (uint32_t k = 0; k < n; k++) arr_push(&b.b, p[k].v.box);
    uint32_t *id = mem_calloc((size_t)n + 1, sizeof *id), m = 0;
    region_polygons(&b, id);
    for (uint32_t k = 0; k < n; k++) {
        if (id[k] == m) {
            p[m++] = p[k];
            continue;
        }
        DrcViolation *v = &p[id[k]].v;
        v->box = box_union(v->box, p[k].v.box);
        v->value = least(v->value, p[k].v.value);
    }
    mem_free(id);
    arr_free(&b.b);
    return m;
}

static void join_pieces(DrcPieces *p)
{
    uint32_t n = 0;
    if (p->v.n) qsort(p->v.v, p->v.n, sizeof *p->v.v, by_run);
    for (uint32_t k = 0, e; k < p->v.n; k = e) {
        for (e = k + 1; e < p->v.n && same_rule(&p->v.v[e], &p->v.v[k]); e++) {}
        if (p->v.v[k].along == JOIN_TOUCH) {
            uint32_t m = join_areas(p->v.v + k, e - k);
            memmove(p->v.v + n, p->v.v + k, m * sizeof *p->v.v);
            n += m;
            continue;
        }
        for (uint32_t first = n, q = k; q < e; q++) {
            if (n > first && continues(&p->v.v[n - 1], &p->v.v[q])) {
                DrcViolation *v = &p->v.v[n - 1].v;
                v->box = box_union(v->box, p->v.v[q].v.box);
                v->value = least(v->value, p->v.v[q].v.value);
            } else {
                p->v.v[n++] = p->v.v[q];
            }
        }
    }
    p->v.n = n;
}

static int by_place(const void *pa, const void *pb)
{
    const DrcViolation *a = pa, *b = pb;
    CMP(a->layer.i, b->layer.i);
    CMP(a->rule, b->rule);
    CMP(a->a, b->a);
    CMP(a->b, b->b);
    CMP(a->box.y0, b->box.y0);
    CMP(a->box.x0, b->box.x0);
    CMP(a->box.y1, b->box.y1);
    CMP(a->box.x1, b->box.x1);
    CMP(a->value, b->value);
    return 0;
}

/* A square that is too small both ways is one narrow place, a square hole one gap: equal boxes are told once, with the lesser value. */
void drc_report(DrcPieces *p, DrcReport *out)
{
    join_pieces(p);
    for (uint32_t k = 0; k < p->v.n; k++) arr_push(&out->v, p->v.v[k].v);
    if (out->v.n) qsort(out->v.v, out->v.n, sizeof *out->v.v, by_place);
    uint32_t n = 0;
    for (uint32_t k = 0; k < out->v.n; k++) {
        const DrcViolation *v = &out->v.v[k], *u = n ? &out->v.v[n - 1] : NULL;
        bool run = v->rule == DRC_WIDTH || v->rule == DRC_SPACE || v->rule == DRC_SPACE_WIDE || v->rule == DRC_FRONT_SPACE;
        if (u && run && u->layer.i == v->layer.i && u->rule == v->rule && u->a == v->a && u->b == v->b && !memcmp(&u->box, &v->box, sizeof v->box)) continue;
        out->v.v[n++] = *v;
    }
    out->v.n = n;
    for (uint32_t k = 0; k < n; k++) out->count[out->v.v[k].rule]++;
}

/* ---- the run ------------------------------------------------------------------------------------------------------ */

static const TechLayer *tech_of(const Tech *t, const Db *db, uint32_t layer)
{
    return tech_layer(t, db_name(db, db->layers.v[layer].name));
}

/* limit in dbu²; a hair off, so that 0.0064 µm² is 6,400 nm² whatever the rounding of the product */
static int64_t area_limit(const Tech *t, double m2) { return (int64_t)ceil(m2 / (t->dbu_m * t->dbu_m) - 1e-6); }

static void check_layer(const Db *db, const Tech *t, const Boxes *layer, uint32_t k, DrcPieces *out)
{
    const Boxes *b = &layer[k];
    LayerId id = {k};
    const TechLayer *l = tech_of(t, db, k);
    if (!b->b.n || !l || l->kind == LAYER_OUTLINE) return;
    if (l->kind == LAYER_CUT) {
        drc_cuts(db, t, layer, k, out);
        return;
    }
    if (l->width > 0 || l->space > 0) drc_region(b, l, id, out);
    if (area_limit(t, l->min_area) > 0) drc_area(b, area_limit(t, l->min_area), id, out);
    if (area_limit(t, l->min_hole) > 0) drc_holes(b, area_limit(t, l->min_hole), id, out);
}

void drc_window(const Db *db, const Tech *t, const Boxes *layer, DrcPieces *out)
{
    for (uint32_t k = 0; k < db->layers.n; k++) check_layer(db, t, layer, k, out);
    drc_front(db, t, layer, out);
}

int32_t drc_reach(const Tech *t)
{
    int32_t reach = drc_front_reach(t);
    for (uint32_t k = 0; k < t->layers.n; k++) {
        const TechLayer *l = &t->layers.v[k];
        if (l->kind == LAYER_OUTLINE) continue;
        if (l->kind == LAYER_CUT) {
            reach = max32(reach, max32(l->space, max32(max32(l->enc_below, l->enc_above), max32(l->enc_below_side, l->enc_above_side))) + 2 * l->cut_size);
            continue;
        }
        reach = max32(reach, drc_region_reach(l));
        if (l->width > 0) reach = max32(reach, (int32_t)(area_limit(t, l->min_area) / l->width) + 2);
        if (l->space > 0) reach = max32(reach, (int32_t)(area_limit(t, l->min_hole) / l->space) + 2);
    }
    return reach;
}

/* Flat numbers of what stands below each cell; children come before their parents. */
static uint64_t count_shapes(const Db *db, CellId top)
{
    uint64_t *n = mem_calloc(db->cells.n, sizeof *n);
    for (uint32_t c = 0; c <= top.i; c++) {
        const DbCell *cell = &db->cells.v[c];
        for (uint32_t k = 0; k < cell->shapes.n; k++) n[c] += cell->shapes.v[k].kind != SHAPE_OBS;
        for (uint32_t k = 0; k < cell->insts.n; k++) n[c] += n[cell->insts.v[k].master.i] * cell->insts.v[k].nx * cell->insts.v[k].ny;
    }
    uint64_t all = n[top.i];
    mem_free(n);
    return all;
}

static void run_flat(const Db *db, const Tech *t, CellId top, DrcPieces *out)
{
    Boxes *layer = mem_calloc(db->layers.n, sizeof *layer);
    db_visit_shapes(db, top, collect_shape, layer);
    drc_window(db, t, layer, out);
    for (uint32_t k = 0; k < db->layers.n; k++) arr_free(&layer[k].b);
    mem_free(layer);
}

static Status run(const Db *db, const Tech *t, CellId top, bool flat, DrcReport *out)
{
    *out = (DrcReport){.shapes = count_shapes(db, top), .judged = 1};
    DrcPieces p = {.core = DRC_EVERYWHERE, .window = DRC_EVERYWHERE};
    if (flat) run_flat(db, t, top, &p);
    else out->judged = drc_tiles(db, t, top, drc_reach(t), &p);
    check_grid(db, top, &p);
    out->cells = check_outlines(db, top, &p);
    drc_report(&p, out);
    arr_free(&p.v);
    return out->v.n ? ST_VIOLATION : ST_OK;
}

/* Neighbourhoods of few placements hardly repeat, and each would be judged with all that surrounds it. */
enum { FEW_LEAVES = 128 };
static void count_leaf(void *ctx, CellId cell, Xform t, uint64_t flat)
{
    (void)cell, (void)t, (void)flat;
    ++*(uint64_t *)ctx;
}

Status drc_run(const Db *db, const Tech *t, CellId top, DrcReport *out)
{
    uint64_t leaves = 0;
    flat_leaves(db, top, count_leaf, &leaves);
    return run(db, t, top, leaves <= FEW_LEAVES, out);
}
Status drc_run_tiled(const Db *db, const Tech *t, CellId top, DrcReport *out) { return run(db, t, top, false, out); }
Status drc_run_flat(const Db *db, const Tech *t, CellId top, DrcReport *out) { return run(db, t, top, true, out); }

void drc_free(DrcReport *r)
{
    arr_free(&r->v);
    *r = (DrcReport){0};
}

void drc_print(const DrcReport *r, const Db *db, uint32_t max, Buf *out)
{
    buf_printf(out, "drc: %llu shapes, %llu cells, %u violations\n", (unsigned long long)r->shapes, (unsigned long long)r->cells, r->v.n);
    for (int k = 0; k < DRC_RULES; k++)
        if (r->count[k]) buf_printf(out, "  %-16s %llu\n", drc_rule_name[k], (unsigned long long)r->count[k]);
    for (uint32_t k = 0; k < r->v.n && k < max; k++) {
        const DrcViolation *v = &r->v.v[k];
        const char *layer = v->layer.i < db->layers.n ? db_name(db, db->layers.v[v->layer.i].name) : "cells";
        buf_printf(out, "  %s %s", layer, drc_rule_name[v->rule]);
        if (v->a != FE_N) buf_printf(out, " %s", region_name[v->a]);
        if (v->b != FE_N) buf_printf(out, " %s", region_name[v->b]);
        buf_printf(out, " (%d %d %d %d): %lld, limit %lld\n", v->box.x0, v->box.y0, v->box.x1, v->box.y1, (long long)v->value, (long long)v->limit);
    }
    if (r->v.n > max) buf_printf(out, "  … %u more\n", r->v.n - max);
}
