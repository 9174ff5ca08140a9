/*
 * Cuts: exact size, spacing, enclosure by what lies below and above. A cut that is drawn twice at one place is one cut.
 */
#include "verify/drc_int.h"

#include <math.h>

#include "verify/region.h"

/* One box per polygon; pieces that touch are one cut, what is no box is told by its bounding box. */
static Boxes polygon_boxes(const Boxes *drawn)
{
    Boxes u = {0}, out = {0};
    region_or(drawn, NULL, &u);
    uint32_t *id = mem_calloc((size_t)u.b.n + 1, sizeof *id), n = region_polygons(&u, id);
    for (uint32_t k = 0; k < u.b.n; k++) {
        if (id[k] == out.b.n) arr_push(&out.b, u.b.v[k]);
        else out.b.v[id[k]] = box_union(out.b.v[id[k]], u.b.v[k]);
    }
    assert(out.b.n == n);
    mem_free(id);
    arr_free(&u.b);
    return out;
}

typedef struct {
    const Box *b;
    const TechLayer *l;
    LayerId layer;
    DrcPieces *out;
} Cuts;

/* Signed distance of two intervals: 0 where they meet or overlap. */
static int64_t apart(int32_t a0, int32_t a1, int32_t b0, int32_t b1)
{
    if (b0 > a1) return (int64_t)b0 - a1;
    if (a0 > b1) return (int64_t)a0 - b1;
    return 0;
}

static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }

static void judge_space(void *ctx, uint32_t i, uint32_t j)
{
    Cuts *c = ctx;
    Box a = c->b[i], b = c->b[j];
    int64_t dx = apart(a.x0, a.x1, b.x0, b.x1), dy = apart(a.y0, a.y1, b.y0, b.y1), d2 = dx * dx + dy * dy;
    if (d2 >= (int64_t)c->l->space * c->l->space) return;
    /* what lies between: from the nearer side of one to that of the other; the common range where they face each other */
    Box gap = {min32(max32(a.x0, b.x0), min32(a.x1, b.x1)), min32(max32(a.y0, b.y0), min32(a.y1, b.y1)),
               max32(max32(a.x0, b.x0), min32(a.x1, b.x1)), max32(max32(a.y0, b.y0), min32(a.y1, b.y1))};
    drc_push(c->out, drc_at(DRC_CUT_SPACE, c->layer, gap, (int64_t)sqrt((double)d2), c->l->space), JOIN_NOT);
}

/* ---- enclosure -------------------------------------------------------------------------------------------------- */

typedef struct {
    Bins metal;
    Indices hit;
    Boxes near;
} Around;

static void gather(Around *a, Box w)
{
    a->near.b.n = a->hit.v.n = 0;
    bins_query(&a->metal, w, &a->hit);
    for (uint32_t q = 0; q < a->hit.v.n; q++) arr_push(&a->near.b, a->metal.b[a->hit.v.v[q]]);
}

static Box grown(Box b, int32_t dx, int32_t dy) { return (Box){b.x0 - dx, b.y0 - dy, b.x1 + dx, b.y1 + dy}; }

static bool enclosed(const Around *a, Box cut, int32_t e, int32_t side)
{
    return boxes_cover(a->near.b.v, a->near.b.n, grown(cut, e, side)) || boxes_cover(a->near.b.v, a->near.b.n, grown(cut, side, e));
}

/* Largest e for which the cut is enclosed by e on two opposite sides and `other` on the others (or the other way round,
 * where `long_fixed`: by other there and e here); −1: none. */
static int32_t enclosure(const Around *a, Box cut, int32_t max, int32_t other, bool long_fixed)
{
    int32_t lo = -1, hi = max;
    while (lo < hi) {
        int32_t mid = hi - (hi - lo) / 2;
        bool ok = long_fixed ? enclosed(a, cut, other, mid) : enclosed(a, cut, mid, min32(mid, other));
        if (ok) lo = mid;
        else hi = mid - 1;
    }
    return lo;
}

void drc_enclosure(const Boxes *cuts, const Boxes *metal, int32_t enc, int32_t side, DrcViolation v, DrcPieces *out)
{
    Around a = {0};
    bins_make(&a.metal, metal->b.v, metal->b.n, 0, 1, 4);
    for (uint32_t k = 0; k < cuts->b.n; k++) {
        Box cut = cuts->b.v[k];
        gather(&a, grown(cut, max32(enc, side), max32(enc, side)));
        if (enclosed(&a, cut, enc, side)) continue;
        /* enough on two sides, too little on the others: tell those */
        bool short_sides = side > 0 && enclosed(&a, cut, enc, 0);
        v.value = short_sides ? enclosure(&a, cut, side, enc, true) : enclosure(&a, cut, enc, side, false);
        v.limit = short_sides ? side : enc;
        v.box = cut;
        drc_push(out, v, JOIN_NOT);
    }
    bins_free(&a.metal);
    arr_free(&a.hit.v);
    arr_free(&a.near.b);
}

/* Metal `level`; contacts below: see drc_front.c. Nothing to check against if the technology has no such layer. */
static void check_side(const Db *db, const Boxes *layer, int32_t level, const Boxes *cuts, int32_t enc, int32_t side, DrcViolation v, DrcPieces *out)
{
    for (uint32_t k = 0; k < db->layers.n && level > 0; k++)
        if (db->layers.v[k].kind == LAYER_METAL && db->layers.v[k].level == level) drc_enclosure(cuts, &layer[k], enc, side, v, out);
}

void drc_cuts(const Db *db, const Tech *t, const Boxes *layer, uint32_t index, DrcPieces *out)
{
    const TechLayer *l = tech_layer(t, db_name(db, db->layers.v[index].name));
    Boxes cuts = polygon_boxes(&layer[index]);
    Cuts c = {cuts.b.v, l, {index}, out};
    for (uint32_t k = 0; k < cuts.b.n; k++) {
        Box b = cuts.b.v[k];
        int32_t w = b.x1 - b.x0, h = b.y1 - b.y0;
        if (w != l->cut_size || h != l->cut_size) drc_push(out, drc_at(DRC_CUT_SIZE, c.layer, b, w != l->cut_size ? w : h, l->cut_size), JOIN_NOT);
    }
    Bins g;
    bins_make(&g, cuts.b.v, cuts.b.n, l->space, 1, 4);
    bins_pairs(&g, judge_space, &c);
    bins_free(&g);
    check_side(db, layer, l->level, &cuts, l->enc_below, l->enc_below_side, drc_at(DRC_ENC_BELOW, c.layer, (Box){0, 0, 0, 0}, 0, 0), out);
    check_side(db, layer, l->level + 1, &cuts, l->enc_above, l->enc_above_side, drc_at(DRC_ENC_ABOVE, c.layer, (Box){0, 0, 0, 0}, 0, 0), out);
    arr_free(&cuts.b);
}
