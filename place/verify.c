/*
 * Second look at placements, from the definition: integers only, nothing shared with the algorithms.
 */
#include "place/place.h"

static void placed_size(const PlaceBlock *b, Orient o, int64_t *w, int64_t *h)
{
    bool turned = o == ORI_W || o == ORI_E || o == ORI_FW || o == ORI_FE;
    *w = turned ? b->h : b->w;
    *h = turned ? b->w : b->h;
}

bool place_verify(const PlaceProblem *p, const PlaceAt *at, int32_t w, int32_t h, Buf *why)
{
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        int64_t wi, hi;
        placed_size(&p->blocks[i], at[i].orient, &wi, &hi);
        if (at[i].x < 0 || at[i].y < 0 || at[i].x + wi > w || at[i].y + hi > h) {
            if (why) buf_printf(why, "block %u lies outside the outline", i);
            return false;
        }
        for (uint32_t j = 0; j < i; j++) {
            int64_t wj, hj;
            placed_size(&p->blocks[j], at[j].orient, &wj, &hj);
            bool apart = at[i].x + wi <= at[j].x || at[j].x + wj <= at[i].x || at[i].y + hi <= at[j].y || at[j].y + hj <= at[i].y;
            if (!apart) {
                if (why) buf_printf(why, "blocks %u and %u overlap", j, i);
                return false;
            }
        }
    }
    return true;
}

/* A point of a block in orientation o, from the lower left corner of the placed outline (LEF/DEF definitions). */
static void turned_point(const PlaceBlock *b, Orient o, int64_t x, int64_t y, int64_t *px, int64_t *py)
{
    int64_t w = b->w, h = b->h;
    switch (o) {
    case ORI_N: *px = x, *py = y; return;
    case ORI_S: *px = w - x, *py = h - y; return;
    case ORI_W: *px = h - y, *py = x; return;
    case ORI_E: *px = y, *py = w - x; return;
    case ORI_FN: *px = w - x, *py = y; return;
    case ORI_FS: *px = x, *py = h - y; return;
    case ORI_FW: *px = y, *py = x; return;
    case ORI_FE: *px = h - y, *py = w - x; return;
    }
    assert(!"orientation");
}

int64_t place_wirelength(const PlaceProblem *p, const PlaceAt *at, bool x_only)
{
    int64_t sum = 0;
    for (uint32_t k = 0; k < p->n_nets; k++) {
        int64_t x0 = INT64_MAX, x1 = INT64_MIN, y0 = INT64_MAX, y1 = INT64_MIN;
        for (uint32_t i = 0; i < p->nets[k].n_pins; i++) {
            const PlacePin *q = &p->pins[p->nets[k].pin0 + i];
            int64_t x = q->x, y = q->y;
            if (q->block >= 0) {
                turned_point(&p->blocks[q->block], at[q->block].orient, q->x, q->y, &x, &y);
                x += at[q->block].x;
                y += at[q->block].y;
            }
            if (x < x0) x0 = x;
            if (x > x1) x1 = x;
            if (y < y0) y0 = y;
            if (y > y1) y1 = y;
        }
        if (p->nets[k].n_pins) sum += p->nets[k].weight * (x1 - x0 + (x_only ? 0 : y1 - y0));
    }
    return sum;
}
