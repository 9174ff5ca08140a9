/*
 * Least area by looking at all B*-trees, pruned; see fp_int.h.
 *
 * Nodes are placed in preorder: the next block hangs at the left of the last one, or at the right of it or of an ancestor whose left
 * subtree is complete. A partial packing only grows: it is left when its box, or the space already lost under its contour plus all blocks,
 * is no better than the best known. Blocks of equal size are interchangeable, and only the first unused one of each size is tried.
 * Every optimum has a compacted form, and every compacted packing is one of these trees (Chang, Chang, Wu, Wu 2000), so ending is a proof.
 */
#include "place/fp_int.h"

enum { EXACT_MAX = 16 };

typedef struct { int32_t x, end, top; } Seg;   /* of the contour; heights */

typedef struct {
    const FpShapes *s;
    uint32_t n;
    int64_t nodes, limit;
    FpPacking *best;
    bool used[EXACT_MAX];
    int32_t x[EXACT_MAX], y[EXACT_MAX];
    bool turned[EXACT_MAX];
} Exact;

typedef struct {
    Seg sky[EXACT_MAX + 1];
    uint32_t n_sky;
    int32_t open[EXACT_MAX + 1]; /* x of the right-child places, innermost last */
    uint32_t n_open;
    int32_t left;                /* x of the left-child place */
    int64_t w, h, lost;
} State;

static bool same(const FpShapes *s, uint32_t a, uint32_t b)
{
    if (s->turn[a] != s->turn[b]) return false;
    return (s->w[a] == s->w[b] && s->h[a] == s->h[b]) || (s->turn[a] && s->w[a] == s->h[b] && s->h[a] == s->w[b]);
}

/* Put w x h at x on the contour; returns y. */
static int32_t settle(State *q, int32_t x, int32_t w, int32_t h)
{
    int32_t y = 0, end = x + w;
    Seg put[EXACT_MAX + 3];
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->n_sky; i++)
        if (q->sky[i].x < end && q->sky[i].end > x && q->sky[i].top > y) y = q->sky[i].top;
    int64_t below = 0;
    bool placed = false;
    for (uint32_t i = 0; i < q->n_sky; i++) {
        Seg g = q->sky[i];
        int32_t a = g.x > x ? g.x : x, b = g.end < end ? g.end : end;
        if (g.x < x) put[n++] = (Seg){g.x, g.end < x ? g.end : x, g.top};
        if (a < b) below += (int64_t)(b - a) * g.top;
        if (!placed && g.end >= x) {
            put[n++] = (Seg){x, end, y + h};
            placed = true;
        }
        if (g.end > end) put[n++] = (Seg){g.x > end ? g.x : end, g.end, g.top};
    }
    if (!placed) put[n++] = (Seg){x, end, y + h};
    memcpy(q->sky, put, n * sizeof *put);
    q->n_sky = n;
    q->lost += (int64_t)w * y - below;
    return y;
}

static void keep(Exact *e, const State *q)
{
    FpPacking *b = e->best;
    b->cost = (double)(q->w * q->h) * e->s->area_weight;
    b->w = (int32_t)q->w;
    b->h = (int32_t)q->h;
    b->method = "exhaustive";
    memcpy(b->x, e->x, e->n * sizeof *b->x);
    memcpy(b->y, e->y, e->n * sizeof *b->y);
    memcpy(b->turned, e->turned, e->n * sizeof *b->turned);
}

static bool worse(const Exact *e, const State *q)
{
    const FpShapes *s = e->s;
    if (s->out_w && (q->w > s->out_w || q->h > s->out_h)) return true;
    int64_t a = q->w * q->h;
    return (double)(a > q->lost ? a : q->lost) * s->area_weight >= e->best->cost;
}

static void place(Exact *e, const State *q, uint32_t depth);

static void hang(Exact *e, const State *q, uint32_t depth, int32_t x, uint32_t n_open)
{
    for (uint32_t b = 0; b < e->n; b++) {
        bool twin = false;
        for (uint32_t a = 0; a < b; a++) twin |= !e->used[a] && same(e->s, a, b);
        if (e->used[b] || twin) continue;
        for (int t = 0; t < 1 + (e->s->turn[b] && e->s->w[b] != e->s->h[b]); t++) {
            State r = *q;
            int32_t w = t ? e->s->h[b] : e->s->w[b], h = t ? e->s->w[b] : e->s->h[b], y = settle(&r, x, w, h);
            if (x + w > r.w) r.w = x + w;
            if (y + h > r.h) r.h = y + h;
            if (++e->nodes > e->limit) return;
            if (worse(e, &r)) continue;
            e->x[b] = x;
            e->y[b] = y;
            e->turned[b] = t;
            e->used[b] = true;
            r.n_open = n_open;
            r.open[r.n_open++] = x;
            r.left = x + w;
            place(e, &r, depth + 1);
            e->used[b] = false;
        }
    }
}

static void place(Exact *e, const State *q, uint32_t depth)
{
    if (depth == e->n) {
        keep(e, q);
        return;
    }
    hang(e, q, depth, q->left, q->n_open);
    for (uint32_t i = q->n_open; i-- > 0 && e->nodes <= e->limit;) hang(e, q, depth, q->open[i], i);
}

bool fp_exact(const FpShapes *s, int64_t node_limit, FpPacking *best)
{
    if (s->n > EXACT_MAX) return false;
    Exact e = {.s = s, .n = s->n, .limit = node_limit, .best = best};
    State q = {.left = 0};
    place(&e, &q, 0);
    best->moves += e.nodes;
    return e.nodes <= e.limit;
}
