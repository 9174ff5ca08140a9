/*
 * Floorplan area by skyline best fit over many widths; see fp_int.h.
 *
 * A width and a sequence of blocks decode into a packing: the lowest niche of the skyline takes the block that fits it best (its width
 * fills the niche, its top meets a neighbour), among equals the first of the sequence. A packing that must become higher than the one to
 * beat is given up at once: space that is already lost, plus all blocks, exceeds the box. Most of the power is in looking at many widths;
 * that was measured (docs/bench.md).
 */
#include "place/fp_int.h"

#include <math.h>

enum { WIDTHS = 256, BATCH = 100 };
#define HIGH (1 << 29)

typedef struct { int32_t x, y, w; } Seg;
typedef struct { int32_t dim; uint32_t first, n; } Slot; /* of the table from a length to the sides that have it */

typedef struct { int32_t width, height; uint32_t *seq; } Width; /* seq: 2·block + turned first */

typedef struct {
    const FpShapes *s;
    uint32_t n;
    Rng rng;
    Slot *slot;
    uint32_t mask;
    uint32_t *side;           /* 2·block + 1 if the length is the block's h */
    uint32_t *pos, *next, *prev;
    bool *used;
    Seg *sky;
    uint32_t n_sky;
    FpPacking *out;           /* where the decoder writes places, or NULL */
} Sky;

/* ---- table of sides ---------------------------------------------------------------------------------- */

static Slot *slot_of(const Sky *k, int32_t dim)
{
    uint32_t i = (uint32_t)dim * 0x9e3779b9u >> 7 & k->mask;
    while (k->slot[i].n && k->slot[i].dim != dim) i = (i + 1) & k->mask;
    return &k->slot[i];
}

static void make_table(Sky *k)
{
    uint32_t size = 8;
    while (size < 8 * k->n) size *= 2;
    k->mask = size - 1;
    k->slot = mem_calloc(size, sizeof *k->slot);
    k->side = mem_calloc(2 * (size_t)k->n + 1, sizeof *k->side);
    for (uint32_t i = 0; i < 2 * k->n; i++) {
        int32_t d = i & 1 ? k->s->h[i / 2] : k->s->w[i / 2];
        Slot *t = slot_of(k, d);
        t->dim = d;
        t->n++;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < size; i++) {
        k->slot[i].first = at;
        at += k->slot[i].n;
    }
    uint32_t *fill = mem_calloc(size, sizeof *fill);
    for (uint32_t i = 0; i < 2 * k->n; i++) {
        Slot *t = slot_of(k, i & 1 ? k->s->h[i / 2] : k->s->w[i / 2]);
        k->side[t->first + fill[t - k->slot]++] = i;
    }
    mem_free(fill);
}

/* ---- decoder ------------------------------------------------------------------------------------------- */

typedef struct { uint32_t pos; bool turned; int score; } Choice;

static int32_t wide(const Sky *k, uint32_t b, bool t) { return t ? k->s->h[b] : k->s->w[b]; }

/* Blocks with a side of just this length: laid along the niche (along) or standing up beside a wall. */
static void try_sides(const Sky *k, int32_t dim, bool along, int32_t w, int32_t tall, int32_t low, int score, Choice *c)
{
    const Slot *t = slot_of(k, dim);
    for (uint32_t i = t->first; i < t->first + t->n; i++) {
        uint32_t b = k->side[i] >> 1;
        bool turned = along ? k->side[i] & 1 : !(k->side[i] & 1);
        if (k->used[b] || (turned && !k->s->turn[b])) continue;
        int sc = score;
        if (along) {
            int32_t h = wide(k, b, !turned);
            sc = h == tall ? 7 : h == low ? 6 : h < low ? 4 : 3;
        } else if (wide(k, b, turned) >= w) continue;
        if (sc > c->score || (sc == c->score && k->pos[b] < c->pos)) *c = (Choice){k->pos[b], turned, sc};
    }
}

static Choice choose(const Sky *k, const uint32_t *seq, uint32_t head, int32_t w, int32_t tall, int32_t low)
{
    Choice c = {k->n, false, 0};
    try_sides(k, w, true, w, tall, low, 0, &c);
    if (c.score < 5) try_sides(k, tall, false, w, tall, low, 5, &c);
    if (c.score < 2) try_sides(k, low, false, w, tall, low, 2, &c);
    for (uint32_t q = head; c.score < 1 && q < k->n; q = k->next[q]) {
        uint32_t b = seq[q] >> 1;
        bool t = seq[q] & 1 && k->s->turn[b];
        if (wide(k, b, t) <= w) c = (Choice){q, t, 1};
        else if (k->s->turn[b] && wide(k, b, !t) <= w) c = (Choice){q, !t, 1};
    }
    return c;
}

static void drop_seg(Sky *k, uint32_t i)
{
    memmove(&k->sky[i], &k->sky[i + 1], (k->n_sky - i - 1) * sizeof *k->sky);
    k->n_sky--;
}

/* Niche i was raised: it may now be level with its neighbours. */
static void merge(Sky *k, uint32_t i)
{
    Seg *s = k->sky;
    if (i + 1 < k->n_sky && s[i + 1].y == s[i].y) s[i].w += s[i + 1].w, drop_seg(k, i + 1);
    if (i && s[i - 1].y == s[i].y) s[i - 1].w += s[i].w, drop_seg(k, i);
}

/* Put a block narrower than niche i at its left or right end. Returns its x. */
static int32_t put_at_end(Sky *k, uint32_t i, bool left, int32_t w, int32_t top)
{
    Seg *s = k->sky;
    int32_t x = left ? s[i].x : s[i].x + s[i].w - w;
    if (left && i && s[i - 1].y == top) s[i - 1].w += w;
    else if (!left && i + 1 < k->n_sky && s[i + 1].y == top) s[i + 1].x -= w, s[i + 1].w += w;
    else {
        uint32_t at = left ? i : i + 1;
        memmove(&s[at + 1], &s[at], (k->n_sky - at) * sizeof *s);
        k->n_sky++;
        s[at] = (Seg){x, top, w};
        if (left) i++;
    }
    if (left) s[i].x += w;
    s[i].w -= w;
    return x;
}

static int32_t place_in(Sky *k, uint32_t i, bool left, uint32_t b, bool turned)
{
    int32_t w = wide(k, b, turned), y = k->sky[i].y, top = y + wide(k, b, !turned), x = k->sky[i].x;
    if (w == k->sky[i].w) {
        k->sky[i].y = top;
        merge(k, i);
    } else x = put_at_end(k, i, left, w, top);
    if (k->out) {
        k->out->x[b] = x;
        k->out->y[b] = y;
        k->out->turned[b] = turned;
    }
    return top;
}

/* Height of the packing, or HIGH when it would exceed `limit`. */
static int32_t decode(Sky *k, const uint32_t *seq, int32_t width, int32_t limit)
{
    int64_t budget = (int64_t)width * limit - k->s->area;
    int32_t top = 0;
    uint32_t head = 0;
    for (uint32_t i = 0; i < k->n; i++) {
        k->next[i] = i + 1;
        k->prev[i] = i - 1;
        k->pos[seq[i] >> 1] = i;
    }
    memset(k->used, 0, k->n);
    k->sky[0] = (Seg){0, 0, width};
    k->n_sky = 1;
    for (uint32_t left = k->n; left;) {
        uint32_t i = 0;
        for (uint32_t j = 1; j < k->n_sky; j++)
            if (k->sky[j].y < k->sky[i].y) i = j;
        Seg *g = &k->sky[i];
        int32_t lw = i ? g[-1].y - g->y : HIGH, rw = i + 1 < k->n_sky ? g[1].y - g->y : HIGH;
        int32_t tall = lw >= rw ? lw : rw, low = lw >= rw ? rw : lw;
        Choice c = choose(k, seq, head, g->w, tall, low);
        if (!c.score) { /* nothing fits: the niche is lost up to its lower wall */
            if (low == HIGH) return HIGH;
            budget -= (int64_t)low * g->w;
            if (budget < 0) return HIGH;
            g->y += low;
            merge(k, i);
            continue;
        }
        uint32_t b = seq[c.pos] >> 1;
        k->used[b] = true;
        if (c.pos == head) head = k->next[c.pos];
        else k->next[k->prev[c.pos]] = k->next[c.pos];
        if (k->next[c.pos] < k->n) k->prev[k->next[c.pos]] = k->prev[c.pos];
        left--;
        int32_t t = place_in(k, i, lw >= rw, b, c.turned);
        if (t > top) top = t;
        if (top > limit) return HIGH;
    }
    return top;
}

/* ---- search --------------------------------------------------------------------------------------------- */

static double key(const FpShapes *s, uint32_t b, int kind)
{
    double w = s->w[b], h = s->h[b];
    switch (kind) {
    case 0: return w * h;
    case 1: return w > h ? w : h;
    case 2: return w + h;
    default: return w < h ? w : h;
    }
}

/* Four sorted sequences; the best is a width's start. */
static void start(Sky *k, Width *v)
{
    uint32_t *seq = mem_calloc((size_t)k->n + 1, sizeof *seq);
    v->height = HIGH;
    for (int kind = 0; kind < 4; kind++) {
        for (uint32_t i = 0; i < k->n; i++) {
            uint32_t j = i;
            for (; j && key(k->s, seq[j - 1] >> 1, kind) < key(k->s, i, kind); j--) seq[j] = seq[j - 1];
            seq[j] = 2 * i;
        }
        int32_t h = decode(k, seq, v->width, HIGH - 1);
        if (kind && h >= v->height) continue;
        v->height = h;
        memcpy(v->seq, seq, k->n * sizeof *seq);
    }
    mem_free(seq);
}

static void change(Sky *k, uint32_t *s)
{
    uint32_t a = rng_below(&k->rng, k->n), b = rng_below(&k->rng, k->n), kind = rng_below(&k->rng, 3), t = s[a];
    if (kind == 0) s[a] ^= 1;
    else if (kind == 1) s[a] = s[b], s[b] = t;
    else {
        if (a < b) memmove(s + a, s + a + 1, (b - a) * sizeof *s);
        else memmove(s + b + 1, s + b, (a - b) * sizeof *s);
        s[b] = t;
    }
}

/* Widths this task looks at: from half the square's side (all of them when few) up to it, or beyond if blocks cannot turn. */
static uint32_t widths(const Sky *k, uint32_t task, uint32_t n_tasks, Width *v)
{
    const FpShapes *s = k->s;
    double side = sqrt((double)s->area);
    int32_t lo = (int32_t)(side / 2), hi = (int32_t)(side * 1.02) + 1, need = 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        int32_t m = s->turn[i] && s->h[i] < s->w[i] ? s->h[i] : s->w[i];
        if (m > need) need = m;
        if (!s->turn[i]) hi = (int32_t)(side * 2) + 1;
    }
    if (s->out_w) lo = hi = s->out_w;
    if (lo < need) lo = need;
    if (hi < lo && s->out_w) return 0;
    if (hi < lo) hi = lo;
    int64_t all = (int64_t)hi - lo + 1, m = all < WIDTHS ? all : WIDTHS;
    for (int64_t i = task; i < m; i += n_tasks) v[n++].width = lo + (int32_t)(m < 2 ? 0 : (all - 1) * i / (m - 1));
    return n;
}

static int64_t area_of(const Width *v) { return (int64_t)v->width * v->height; }

/* Rank by area: linear preference for the better ones, stronger in a quarter of the draws. */
static Width *draw(Sky *k, Width **rank, uint32_t n)
{
    for (uint32_t a = 1; a < n; a++)
        for (uint32_t b = a; b && area_of(rank[b]) < area_of(rank[b - 1]); b--) {
            Width *t = rank[b];
            rank[b] = rank[b - 1];
            rank[b - 1] = t;
        }
    uint32_t i = rng_below(&k->rng, n), j = rng_below(&k->rng, n);
    if (j < i) i = j;
    return rank[rng_below(&k->rng, 4) ? i : i / 4];
}

static void record(Sky *k, const Width *v, FpPacking *best)
{
    if (v->height >= HIGH || (k->s->out_h && v->height > k->s->out_h)) return;
    double c = (double)area_of(v) * k->s->area_weight;
    if (c >= best->cost) return;
    best->cost = c;
    best->w = v->width;
    best->h = v->height;
    best->method = "skyline search";
    k->out = best;
    decode(k, v->seq, v->width, v->height);
    k->out = NULL;
}

static void search(Sky *k, Width *v, uint32_t n, int64_t evals, FpPacking *best)
{
    Width *rank[WIDTHS];
    uint32_t *was = mem_calloc((size_t)k->n + 1, sizeof *was);
    for (uint32_t i = 0; i < n; i++) rank[i] = &v[i];
    for (int64_t e = 0; e < evals; e += BATCH) {
        Width *o = draw(k, rank, n);
        for (int q = 0; q < BATCH; q++) {
            memcpy(was, o->seq, k->n * sizeof *was);
            change(k, o->seq);
            int32_t h = decode(k, o->seq, o->width, o->height < HIGH ? o->height : HIGH - 1);
            if (h <= o->height) {
                bool better = h < o->height;
                o->height = h;
                if (better) record(k, o, best);
            } else memcpy(o->seq, was, k->n * sizeof *was);
        }
    }
    best->moves += evals;
    mem_free(was);
}

void fp_sky(const FpShapes *s, uint64_t seed, uint32_t task, uint32_t n_tasks, int64_t evals, FpPacking *best)
{
    size_t n = (size_t)s->n + 1;
    Sky k = {.s = s, .n = s->n, .rng = rng_make(seed + 1, 0x5c1 + task)};
    make_table(&k);
    k.pos = mem_calloc(n, sizeof *k.pos);
    k.next = mem_calloc(n, sizeof *k.next);
    k.prev = mem_calloc(n, sizeof *k.prev);
    k.used = mem_calloc(n, sizeof *k.used);
    k.sky = mem_calloc(n + 2, sizeof *k.sky);
    Width *v = mem_calloc(WIDTHS, sizeof *v);
    uint32_t m = widths(&k, task, n_tasks, v);
    for (uint32_t i = 0; i < m; i++) {
        v[i].seq = mem_calloc(n, sizeof *v[i].seq);
        start(&k, &v[i]);
        record(&k, &v[i], best);
    }
    if (m) search(&k, v, m, evals, best);
    for (uint32_t i = 0; i < m; i++) mem_free(v[i].seq);
    void *all[] = {v, k.slot, k.side, k.pos, k.next, k.prev, k.used, k.sky};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
}
