/* Rectilinear regions by scanline; contract in verify/region.h. */
#include "verify/region.h"

#include <stdlib.h>

/* ---- the sweep ------------------------------------------------------------------------------------------ */

/* At x the number of operand `op`'s boxes changes by d. */
typedef struct {
    int32_t y, x, d;
    uint8_t op;
} Side;

/* Sorted by y, x and operand: a key in the order of the numbers, and what is left of the side. */
static SortKey side_key(int32_t y, int32_t x, uint32_t op, int32_t d) { return (SortKey){(uint64_t)((uint32_t)y ^ 1u << 31) << 32 | ((uint32_t)x ^ 1u << 31), op << 1 | (d > 0)}; }

static Side side_of(SortKey k)
{
    return (Side){(int32_t)((uint32_t)(k.key >> 32) ^ 1u << 31), (int32_t)((uint32_t)k.key ^ 1u << 31), k.of & 1 ? 1 : -1, (uint8_t)(k.of >> 1)};
}

typedef struct {
    ARRAY(Side) live, next;
    ARRAY(Span) span;
} Sweep;

/* live + changes, both sorted by x and operand; what adds up to nothing is dropped. */
static void merge(Sweep *s, const Side *c, uint32_t n)
{
    uint32_t i = 0, k = 0;
    s->next.n = 0;
    while (i < s->live.n || k < n) {
        const Side *a = i < s->live.n ? &s->live.v[i] : NULL, *b = k < n ? &c[k] : NULL;
        Side x = !b || (a && (a->x < b->x || (a->x == b->x && a->op <= b->op))) ? *a : *b;
        x.d = 0;
        while (i < s->live.n && s->live.v[i].x == x.x && s->live.v[i].op == x.op) x.d += s->live.v[i++].d;
        while (k < n && c[k].x == x.x && c[k].op == x.op) x.d += c[k++].d;
        if (x.d) arr_push(&s->next, x);
    }
    Side *v = s->live.v;
    uint32_t cap = s->live.cap;
    s->live.v = s->next.v;
    s->live.n = s->next.n;
    s->live.cap = s->next.cap;
    s->next.v = v;
    s->next.cap = cap;
}

static void slab(Sweep *s, int32_t y0, int32_t y1, SlabFn fn, void *ctx)
{
    int32_t count[SCAN_MAX] = {0};
    uint8_t in = 0;
    s->span.n = 0;
    for (uint32_t i = 0; i < s->live.n;) {
        int32_t x = s->live.v[i].x;
        uint8_t was = in;
        for (; i < s->live.n && s->live.v[i].x == x; i++) {
            uint8_t op = s->live.v[i].op;
            count[op] += s->live.v[i].d;
            in = (uint8_t)(count[op] > 0 ? in | 1u << op : in & ~(1u << op));
        }
        if (in == was) continue;
        if (was) s->span.v[s->span.n - 1].x1 = x;
        if (in) arr_push(&s->span, ((Span){x, x, in}));
    }
    assert(in == 0);
    if (s->span.n) fn(ctx, y0, y1, s->span.v, s->span.n);
}

void region_scan(const Boxes *const *op, uint32_t n_op, SlabFn fn, void *ctx)
{
    ARRAY(SortKey) key = {0};
    ARRAY(Side) e = {0};
    assert(n_op >= 1 && n_op <= SCAN_MAX);
    for (uint32_t k = 0; k < n_op; k++) /* operands in order, so that equal places stay sorted by them */
        for (uint32_t i = 0; op[k] && i < op[k]->b.n; i++) {
            Box b = op[k]->b.v[i];
            if (b.x0 >= b.x1 || b.y0 >= b.y1) continue;
            arr_push(&key, side_key(b.y0, b.x0, k, 1));
            arr_push(&key, side_key(b.y0, b.x1, k, -1));
            arr_push(&key, side_key(b.y1, b.x0, k, -1));
            arr_push(&key, side_key(b.y1, b.x1, k, 1));
        }
    sort_keyed(key.v, key.n);
    for (uint32_t i = 0; i < key.n; i++) arr_push(&e, side_of(key.v[i]));
    arr_free(&key);
    Sweep s = {0};
    for (uint32_t i = 0, k; i < e.n; i = k) {
        for (k = i; k < e.n && e.v[k].y == e.v[i].y; k++) {}
        merge(&s, e.v + i, k - i);
        if (k < e.n) slab(&s, e.v[i].y, e.v[k].y, fn, ctx);
    }
    arr_free(&e);
    arr_free(&s.live);
    arr_free(&s.next);
    arr_free(&s.span);
}

/* ---- Boolean operations ---------------------------------------------------------------------------------- */

typedef struct {
    uint8_t wanted;            /* bit `in` of a span: part of the result */
    Boxes *out;
    ARRAY(uint32_t) top, now;  /* boxes that end at the slab before; of this slab */
    ARRAY(Span) run;
} Build;

static void build_slab(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n)
{
    Build *b = ctx;
    b->run.n = b->now.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!(b->wanted >> s[i].in & 1)) continue;
        if (b->run.n && b->run.v[b->run.n - 1].x1 == s[i].x0) b->run.v[b->run.n - 1].x1 = s[i].x1;
        else arr_push(&b->run, s[i]);
    }
    uint32_t t = 0;
    for (uint32_t i = 0; i < b->run.n; i++) {
        Span r = b->run.v[i];
        while (t < b->top.n && b->out->b.v[b->top.v[t]].x0 < r.x0) t++;
        Box *below = t < b->top.n ? &b->out->b.v[b->top.v[t]] : NULL;
        if (below && below->x0 == r.x0 && below->x1 == r.x1 && below->y1 == y0) {
            below->y1 = y1;
            arr_push(&b->now, b->top.v[t]);
        } else {
            arr_push(&b->now, b->out->b.n);
            arr_push(&b->out->b, ((Box){r.x0, y0, r.x1, y1}));
        }
    }
    uint32_t *v = b->top.v, cap = b->top.cap;
    b->top.v = b->now.v;
    b->top.n = b->now.n;
    b->top.cap = b->now.cap;
    b->now.v = v;
    b->now.cap = cap;
}

static void combine(const Boxes *a, const Boxes *b, uint8_t wanted, Boxes *out)
{
    Build k = {.wanted = wanted, .out = out};
    assert(out != a && out != b);
    out->b.n = 0;
    region_scan((const Boxes *const[]){a, b}, 2, build_slab, &k);
    arr_free(&k.top);
    arr_free(&k.now);
    arr_free(&k.run);
}

enum { IN_A = 1u << 1, IN_B = 1u << 2, IN_BOTH = 1u << 3 };

void region_and(const Boxes *a, const Boxes *b, Boxes *out) { combine(a, b, IN_BOTH, out); }
void region_or(const Boxes *a, const Boxes *b, Boxes *out) { combine(a, b, IN_A | IN_B | IN_BOTH, out); }
void region_not(const Boxes *a, const Boxes *b, Boxes *out) { combine(a, b, IN_A, out); }

void region_grow(const Boxes *a, int32_t dx, int32_t dy, Boxes *out)
{
    Boxes g = {0};
    for (uint32_t i = 0; i < a->b.n; i++) {
        Box b = a->b.v[i];
        arr_push(&g.b, ((Box){b.x0 - dx, b.y0 - dy, b.x1 + dx, b.y1 + dy}));
    }
    region_or(&g, NULL, out);
    arr_free(&g.b);
}

void region_shrink(const Boxes *a, int32_t dx, int32_t dy, Boxes *out)
{
    Box w = region_box(a);
    Boxes frame = {0}, outside = {0}, grown = {0};
    if (a->b.n) arr_push(&frame.b, ((Box){w.x0 - dx - 1, w.y0 - dy - 1, w.x1 + dx + 1, w.y1 + dy + 1}));
    region_not(&frame, a, &outside);
    region_grow(&outside, dx, dy, &grown);
    region_not(a, &grown, out);
    arr_free(&frame.b);
    arr_free(&outside.b);
    arr_free(&grown.b);
}

void region_clip(const Boxes *a, Box w, Boxes *out)
{
    assert(out != a);
    out->b.n = 0;
    for (uint32_t i = 0; i < a->b.n; i++) {
        Box b = a->b.v[i];
        Box c = {b.x0 > w.x0 ? b.x0 : w.x0, b.y0 > w.y0 ? b.y0 : w.y0, b.x1 < w.x1 ? b.x1 : w.x1, b.y1 < w.y1 ? b.y1 : w.y1};
        if (c.x0 < c.x1 && c.y0 < c.y1) arr_push(&out->b, c);
    }
}

void region_turn(const Boxes *a, Boxes *out)
{
    assert(out != a);
    out->b.n = 0;
    for (uint32_t i = 0; i < a->b.n; i++) {
        Box b = a->b.v[i];
        arr_push(&out->b, ((Box){b.y0, b.x0, b.y1, b.x1}));
    }
}

/* ---- polygons --------------------------------------------------------------------------------------------- */

typedef struct {
    const Box *b;
    uint32_t *set;
} Join;

static void join(void *ctx, uint32_t i, uint32_t j)
{
    Join *k = ctx;
    if (box_joined(k->b[i], k->b[j])) sets_join(k->set, i, j);
}

uint32_t region_polygons(const Boxes *a, uint32_t *id)
{
    uint32_t n = a->b.n, count = 0;
    Join k = {a->b.v, sets_make(n)};
    Bins g;
    bins_make(&g, a->b.v, n, 0, 1, 4);
    bins_pairs(&g, join, &k);
    bins_free(&g);
    /* a root is the least index of its set, so its number is there before the others ask for it */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t root = sets_find(k.set, i);
        id[i] = root == i ? count++ : id[root];
    }
    mem_free(k.set);
    return count;
}

typedef struct {
    const Boxes *a, *b;
    const uint32_t *id;
    bool *hit;
} Meet;

static void meet(void *ctx, uint32_t i, uint32_t j)
{
    Meet *m = ctx;
    if (box_overlap(m->a->b.v[i], m->b->b.v[j])) m->hit[m->id[i]] = true;
}

void region_overlapping(const Boxes *a, const Boxes *b, bool not, Boxes *out)
{
    assert(out != a && out != b);
    uint32_t *id = mem_calloc((size_t)a->b.n + 1, sizeof *id), n = region_polygons(a, id);
    Meet m = {a, b, id, mem_calloc((size_t)n + 1, 1)};
    Bins ga, gb;
    bins_make(&ga, a->b.v, a->b.n, 0, 1, 4);
    bins_make(&gb, b->b.v, b->b.n, 0, 1, 4);
    bins_join(&ga, &gb, meet, &m);
    bins_free(&ga);
    bins_free(&gb);
    out->b.n = 0;
    for (uint32_t i = 0; i < a->b.n; i++)
        if (m.hit[id[i]] != not) arr_push(&out->b, a->b.v[i]);
    mem_free(id);
    mem_free(m.hit);
}

Box region_box(const Boxes *a)
{
    if (!a->b.n) return (Box){0, 0, 0, 0};
    Box w = a->b.v[0];
    for (uint32_t i = 1; i < a->b.n; i++) w = box_union(w, a->b.v[i]);
    return w;
}

/* ---- corners ------------------------------------------------------------------------------------------------ */

typedef struct {
    ARRAY(Span) below;
    int32_t y; /* top of it */
    OuterCorners *out;
} Edge;

/* Ends of the spans below and above one line: a corner where one of the four quadrants is filled. */
static void corners_at(Edge *e, int32_t y, const Span *up, uint32_t n)
{
    uint32_t i = 0, k = 0, ni = 2 * e->below.n, nk = 2 * n;
    bool in_lo = false, in_up = false;
    while (i < ni || k < nk) {
        int32_t xi = i < ni ? (i % 2 ? e->below.v[i / 2].x1 : e->below.v[i / 2].x0) : INT32_MAX;
        int32_t xk = k < nk ? (k % 2 ? up[k / 2].x1 : up[k / 2].x0) : INT32_MAX;
        int32_t x = xi < xk ? xi : xk;
        unsigned f = (in_lo ? QUAD_SW : 0u) | (in_up ? QUAD_NW : 0u);
        /* spans of one operand lie apart, so a place ends at most one and begins none, or the other way round */
        if (xi == x) in_lo = i++ % 2 == 0;
        if (xk == x) in_up = k++ % 2 == 0;
        f |= (in_lo ? QUAD_SE : 0u) | (in_up ? QUAD_NE : 0u);
        if (f == QUAD_SW || f == QUAD_SE || f == QUAD_NW || f == QUAD_NE) arr_push(&e->out->v, ((OuterCorner){{x, y}, (Quad)f}));
    }
}

static void corners_slab(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n)
{
    Edge *e = ctx;
    if (e->below.n && e->y != y0) {
        corners_at(e, e->y, NULL, 0);
        e->below.n = 0;
    }
    corners_at(e, y0, s, n);
    e->below.n = 0;
    for (uint32_t i = 0; i < n; i++) arr_push(&e->below, s[i]);
    e->y = y1;
}

static int by_xy(const void *pa, const void *pb)
{
    const OuterCorner *a = pa, *b = pb;
    if (a->at.x != b->at.x) return a->at.x < b->at.x ? -1 : 1;
    if (a->at.y != b->at.y) return a->at.y < b->at.y ? -1 : 1;
    return (a->filled > b->filled) - (a->filled < b->filled);
}

void region_corners(const Boxes *a, OuterCorners *out)
{
    Edge e = {.out = out};
    out->v.n = 0;
    region_scan((const Boxes *const[]){a}, 1, corners_slab, &e);
    if (e.below.n) corners_at(&e, e.y, NULL, 0);
    arr_free(&e.below);
    if (out->v.n) qsort(out->v.v, out->v.n, sizeof *out->v.v, by_xy);
}
