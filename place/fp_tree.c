/*
 * Annealing over B*-trees; see fp_int.h.
 *
 * A B*-tree gives every block a place: a left child stands to the right of its parent, a right child above it at the same x; y follows
 * from the contour. Every compacted placement has such a tree. The contour is a list of blocks, so packing takes amortised constant time
 * per block. The random number of the acceptance test is drawn before the move: packing stops as soon as the box so far, or the space lost
 * under the contour plus all blocks, costs more than may be accepted.
 */
#include "place/fp_int.h"

#include <math.h>

#define NIL (-1)
enum { LOGS = 4096, STEPS = 64 };

typedef struct { int32_t up, left, right; } Node;

typedef struct {
    const FpShapes *s;
    uint32_t n;
    Rng rng;
    int32_t root;
    Node *node;               /* [n] by block */
    bool *turned;             /* [n] */
    int32_t *x, *y, *end, *top;
    int32_t *next, *prev;     /* contour, by block */
    int32_t *stack;
    int64_t w, h;
    double log[LOGS];         /* -ln of the middle of each 1/LOGS */
} Tree;

/* ---- packing --------------------------------------------------------------------------------------------- */

/* Rest of block k between x and end on the contour from c: its y, the area lost below, and what of the contour stays behind it. */
static int32_t settle(const Tree *t, int32_t x, int32_t end, int32_t *c, int64_t *lost)
{
    int32_t y = 0, from = x;
    int64_t below = 0;
    while (*c != NIL && from < end) {
        int32_t e = t->end[*c] < end ? t->end[*c] : end;
        if (t->top[*c] > y) y = t->top[*c];
        below += (int64_t)(e - from) * t->top[*c];
        from = e;
        if (t->end[*c] <= end) *c = t->next[*c];
    }
    *lost += (int64_t)(end - x) * y - below;
    return y;
}

/* False as soon as the cost of area alone exceeds `limit`. */
static bool pack(Tree *t, double limit)
{
    const FpShapes *s = t->s;
    int64_t most = limit / s->area_weight < 4e18 ? (int64_t)(limit / s->area_weight) : INT64_MAX, lost = s->area;
    uint32_t sp = 0;
    t->w = t->h = 0;
    t->stack[sp++] = t->root;
    while (sp) {
        int32_t k = t->stack[--sp], u = t->node[k].up, x = 0, c = NIL, p = NIL;
        if (u != NIL && t->node[u].left == k) x = t->end[u], c = t->next[u], p = u;
        else if (u != NIL) x = t->x[u], c = u, p = t->prev[u];
        int32_t end = x + (t->turned[k] ? s->h[k] : s->w[k]);
        int32_t y = settle(t, x, end, &c, &lost), top = y + (t->turned[k] ? s->w[k] : s->h[k]);
        t->x[k] = x;
        t->y[k] = y;
        t->end[k] = end;
        t->top[k] = top;
        t->prev[k] = p;
        t->next[k] = c;
        if (p != NIL) t->next[p] = k;
        if (c != NIL) t->prev[c] = k;
        if (end > t->w) t->w = end;
        if (top > t->h) t->h = top;
        if (lost > most || t->w * t->h > most) return false;
        if (t->node[k].right != NIL) t->stack[sp++] = t->node[k].right;
        if (t->node[k].left != NIL) t->stack[sp++] = t->node[k].left;
    }
    return true;
}

/* What sticks out of a fixed outline counts as if it were area of the whole side. */
static double area_cost(const Tree *t)
{
    const FpShapes *s = t->s;
    if (!s->out_w) return (double)(t->w * t->h) * s->area_weight;
    int64_t dw = t->w > s->out_w ? t->w - s->out_w : 0, dh = t->h > s->out_h ? t->h - s->out_h : 0;
    return (double)((int64_t)s->out_w * s->out_h + 4 * (dw * s->out_h + dh * s->out_w)) * s->area_weight;
}

/* Cost, or infinity when it exceeds the limit. */
static double cost(Tree *t, double limit)
{
    bool boxed = t->s->out_w;
    if (!pack(t, boxed ? 1e300 : limit)) return INFINITY;
    double c = area_cost(t);
    if (t->s->n_nets && c <= limit) c += (double)fp_wire(t->s, t->x, t->y, t->turned) * t->s->wire_weight;
    return c;
}

/* ---- moves ------------------------------------------------------------------------------------------------ */

static void replace_child(Tree *t, int32_t up, int32_t old, int32_t by)
{
    if (up == NIL) t->root = by;
    else if (t->node[up].left == old) t->node[up].left = by;
    else t->node[up].right = by;
    if (by != NIL) t->node[by].up = up;
}

static void adopt(Tree *t, int32_t k)
{
    if (t->node[k].left != NIL) t->node[t->node[k].left].up = k;
    if (t->node[k].right != NIL) t->node[t->node[k].right].up = k;
}

/* Blocks a and b change places in the tree. */
static void swap_blocks(Tree *t, int32_t a, int32_t b)
{
    if (t->node[b].up == a) {
        int32_t i = a;
        a = b;
        b = i;
    }
    Node na = t->node[a], nb = t->node[b];
    bool a_left = na.up != NIL && t->node[na.up].left == a, b_left = nb.up != NIL && t->node[nb.up].left == b;
    t->node[a] = nb;
    t->node[b] = na;
    if (na.up == b) { /* a was a child of b: now b is one of a */
        t->node[b].up = a;
        if (a_left) t->node[a].left = b;
        else t->node[a].right = b;
    } else if (na.up == NIL) t->root = b;
    else if (a_left) t->node[na.up].left = b;
    else t->node[na.up].right = b;
    if (nb.up == NIL) t->root = a;
    else if (b_left) t->node[nb.up].left = a;
    else t->node[nb.up].right = a;
    adopt(t, a);
    adopt(t, b);
}

/* Let a block sink to where it has one child at most, and take it out. */
static void take_out(Tree *t, int32_t k)
{
    while (t->node[k].left != NIL && t->node[k].right != NIL)
        swap_blocks(t, k, rng_u64(&t->rng) & 1 ? t->node[k].left : t->node[k].right);
    replace_child(t, t->node[k].up, k, t->node[k].left != NIL ? t->node[k].left : t->node[k].right);
}

/* Hang a free block under another one, whose child there becomes its own. */
static void put_in(Tree *t, int32_t k, int32_t under, bool left, bool child_left)
{
    int32_t *slot = left ? &t->node[under].left : &t->node[under].right, c = *slot;
    *slot = k;
    t->node[k] = (Node){under, child_left ? c : NIL, child_left ? NIL : c};
    if (c != NIL) t->node[c].up = k;
}

static void move(Tree *t)
{
    int32_t i = (int32_t)rng_below(&t->rng, t->n);
    uint32_t kind = rng_below(&t->rng, 3);
    if (t->n == 1 || (kind == 0 && t->s->turn[i])) {
        t->turned[i] = t->s->turn[i] && !t->turned[i];
        return;
    }
    int32_t j = (int32_t)rng_below(&t->rng, t->n - 1);
    if (j >= i) j++;
    if (kind == 1) {
        swap_blocks(t, i, j);
        return;
    }
    take_out(t, i);
    uint64_t r = rng_u64(&t->rng);
    put_in(t, i, j, r & 1, r & 2);
    if ((r & 12) == 12 && t->s->turn[i]) t->turned[i] = !t->turned[i];
}

/* ---- schedule ------------------------------------------------------------------------------------------------ */

static void initial(Tree *t)
{
    /* A complete binary tree over a random order. */
    int32_t *o = t->stack, n = (int32_t)t->n;
    for (int32_t i = 0; i < n; i++) o[i] = i;
    for (int32_t i = n; i > 1; i--) {
        int32_t j = (int32_t)rng_below(&t->rng, (uint32_t)i), k = o[i - 1];
        o[i - 1] = o[j];
        o[j] = k;
    }
    for (int32_t i = 0; i < n; i++) {
        t->node[o[i]] = (Node){i ? o[(i - 1) / 2] : NIL, 2 * i + 1 < n ? o[2 * i + 1] : NIL, 2 * i + 2 < n ? o[2 * i + 2] : NIL};
        t->turned[o[i]] = t->s->turn[o[i]] && (rng_u64(&t->rng) & 1);
    }
    t->root = o[0];
}

static void remember(const Tree *t, double c, FpPacking *best)
{
    best->cost = c;
    best->w = (int32_t)t->w;
    best->h = (int32_t)t->h;
    best->method = "annealing";
    memcpy(best->x, t->x, t->n * sizeof *best->x);
    memcpy(best->y, t->y, t->n * sizeof *best->y);
    memcpy(best->turned, t->turned, t->n * sizeof *best->turned);
}

/* Rounded to what any libm agrees on. */
static double same_everywhere(double x) { return (double)(float)x; }

static void anneal(Tree *t, int64_t moves, FpPacking *best)
{
    Node *old = mem_calloc((size_t)t->n + 1, sizeof *old);
    bool *old_t = mem_calloc((size_t)t->n + 1, sizeof *old_t);
    /* Temperatures, as parts of the ideal cost: few blocks need hotter starts, or they freeze in the first shape (docs/bench.md). */
    double one = t->s->n_nets ? cost(t, INFINITY) : (double)t->s->area * t->s->area_weight;
    double hot = (t->n < 20 ? 0.05 : t->n < 40 ? 0.01 : 0.006) * (t->s->n_nets ? 4 : 1), cold = t->n < 20 ? 1e-3 : 3e-4;
    if (t->s->n_nets) cold /= 3;
    double now = cost(t, INFINITY);
    for (int step = 0; step < STEPS; step++) {
        double temp = one * same_everywhere(hot * pow(cold / hot, (double)step / (STEPS - 1)));
        for (int64_t m = moves * step / STEPS; m < moves * (step + 1) / STEPS; m++) {
            int32_t root = t->root;
            double limit = now + temp * t->log[rng_u64(&t->rng) >> 52];
            memcpy(old, t->node, t->n * sizeof *old);
            memcpy(old_t, t->turned, t->n * sizeof *old_t);
            move(t);
            double c = cost(t, limit);
            if (c <= limit) {
                now = c;
                if (c < best->cost) remember(t, c, best);
            } else {
                t->root = root;
                memcpy(t->node, old, t->n * sizeof *old);
                memcpy(t->turned, old_t, t->n * sizeof *old_t);
            }
        }
    }
    mem_free(old);
    mem_free(old_t);
}

void fp_tree(const FpShapes *s, uint64_t seed, uint32_t run, int64_t moves, FpPacking *best)
{
    size_t n = (size_t)s->n + 1;
    Tree *t = mem_calloc(1, sizeof *t);
    *t = (Tree){.s = s, .n = s->n, .rng = rng_make(seed, 0xf1000 + run)};
    t->node = mem_calloc(n, sizeof *t->node);
    t->turned = mem_calloc(n, sizeof *t->turned);
    int32_t **all[] = {&t->x, &t->y, &t->end, &t->top, &t->next, &t->prev, &t->stack};
    for (size_t i = 0; i < COUNTOF(all); i++) *all[i] = mem_calloc(n, sizeof **all[i]);
    for (int i = 0; i < LOGS; i++) t->log[i] = same_everywhere(-log((i + 0.5) / LOGS));
    initial(t);
    double c = cost(t, INFINITY);
    if (c < best->cost) remember(t, c, best);
    anneal(t, moves, best);
    best->moves += moves;
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(*all[i]);
    mem_free(t->node);
    mem_free(t->turned);
    mem_free(t);
}
