/*
 * Areas of the polygons of one layer, and of the holes in them.
 */
#include <stdlib.h>

#include "verify/drc_int.h"
#include "verify/region.h"

typedef struct {
    const Box *b;
    uint32_t *set;
} Merge;

static void merge_pair(void *ctx, uint32_t i, uint32_t j)
{
    Merge *m = ctx;
    if (box_joined(m->b[i], m->b[j])) sets_join(m->set, i, j);
}

typedef struct {
    uint32_t root, item;
} Member;

static int by_root(const void *a, const void *b)
{
    const Member *x = a, *y = b;
    if (x->root != y->root) return x->root < y->root ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* A few boxes of a polygon often prove that it is large enough; the exact union is the last resort. */
static int64_t area_at_least(const Box *b, uint32_t n, int64_t limit)
{
    enum { FEW = 32 };
    if (n > FEW) {
        int64_t part = boxes_area(b, FEW);
        if (part >= limit) return part;
    }
    return boxes_area(b, n);
}

static void judge_polygon(const Box *b, uint32_t n, int64_t limit, LayerId layer, DrcPieces *out)
{
    int64_t area = area_at_least(b, n, limit);
    if (area >= limit) return;
    Box all = b[0];
    for (uint32_t k = 1; k < n; k++) all = box_union(all, b[k]);
    drc_push(out, drc_at(DRC_AREA, layer, all, area, limit), JOIN_NOT);
}

/* Only polygons without any box that is large enough by itself are added up. One that reaches the window's edge is longer than a
 * polygon of legal width and too little area can be (drc_reach). */
static bool at_edge(Box b, Box w) { return b.x0 <= w.x0 || b.y0 <= w.y0 || b.x1 >= w.x1 || b.y1 >= w.y1; }

void drc_area(const Boxes *shapes, int64_t limit, LayerId layer, DrcPieces *out)
{
    const Box *b = shapes->b.v;
    uint32_t n = shapes->b.n;
    Bins g;
    Merge m = {b, sets_make(n)};
    bins_make(&g, b, n, 0, 1, 6);
    bins_pairs(&g, merge_pair, &m);
    bins_free(&g);
    bool *large = mem_calloc(n, sizeof *large);
    for (uint32_t k = 0; k < n; k++)
        if (box_area(b[k]) >= limit || at_edge(b[k], out->window)) large[sets_find(m.set, k)] = true;
    ARRAY(Member) small = {0};
    for (uint32_t k = 0; k < n; k++) {
        uint32_t root = sets_find(m.set, k);
        if (!large[root]) arr_push(&small, ((Member){root, k}));
    }
    if (small.n) qsort(small.v, small.n, sizeof *small.v, by_root);
    Boxes poly = {0};
    for (uint32_t k = 0; k < small.n; k++) {
        arr_push(&poly.b, b[small.v[k].item]);
        if (k + 1 < small.n && small.v[k + 1].root == small.v[k].root) continue;
        judge_polygon(poly.b.v, poly.b.n, limit, layer, out);
        poly.b.n = 0;
    }
    arr_free(&poly.b);
    arr_free(&small);
    mem_free(large);
    mem_free(m.set);
}

/* ---- holes ------------------------------------------------------------------------------------------------- */

/* The outside in pieces; one that reaches the window's edge is no hole, or longer than one of too little area can be (drc_reach). */
void drc_holes(const Boxes *shapes, int64_t limit, LayerId layer, DrcPieces *out)
{
    Boxes frame = {0}, rest = {0};
    Box all = region_box(shapes), w = out->window;
    Box at = {all.x0 - 1, all.y0 - 1, all.x1 + 1, all.y1 + 1};
    if (w.x0 > at.x0) at.x0 = w.x0;
    if (w.y0 > at.y0) at.y0 = w.y0;
    if (w.x1 < at.x1) at.x1 = w.x1;
    if (w.y1 < at.y1) at.y1 = w.y1;
    arr_push(&frame.b, at);
    region_not(&frame, shapes, &rest);
    uint32_t *id = mem_calloc((size_t)rest.b.n + 1, sizeof *id), n = region_polygons(&rest, id);
    int64_t *area = mem_calloc((size_t)n + 1, sizeof *area);
    Box *box = mem_calloc((size_t)n + 1, sizeof *box);
    for (uint32_t k = 0; k < rest.b.n; k++) {
        Box b = rest.b.v[k];
        box[id[k]] = area[id[k]] ? box_union(box[id[k]], b) : b;
        area[id[k]] += box_area(b);
    }
    for (uint32_t p = 0; p < n; p++)
        if (area[p] < limit && !at_edge(box[p], at)) drc_push(out, drc_at(DRC_HOLE, layer, box[p], area[p], limit), JOIN_NOT);
    mem_free(id);
    mem_free(area);
    mem_free(box);
    arr_free(&frame.b);
    arr_free(&rest.b);
}
