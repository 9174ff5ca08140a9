/*
 * One row of blocks: reduction of the nets, exact cost, subset dynamic programming and its windows.
 *
 * Why subsets suffice: in a packed row the position of a block depends only on the set of blocks before it, and because pins lie inside
 * their blocks, a net's left end is in its first block (or a fixed pin), its right end in its last. So the cost of putting block b after
 * the set S depends on S and b alone (Held, Karp 1962), mirrored or not.
 */
#include "place/order_int.h"

#include <stdlib.h>

static Status pin_error(uint32_t i, const char *what)
{
    return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "placement: pin %u %s", i, what);
}

static Status row_check(const PlaceProblem *p)
{
    for (uint32_t i = 0; i < p->n_blocks; i++)
        if (p->blocks[i].w <= 0 || p->blocks[i].h <= 0 || p->blocks[i].w >= 1 << 30 || p->blocks[i].h >= 1 << 30)
            return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "placement: block %u is %d by %d", i, p->blocks[i].w, p->blocks[i].h);
    for (uint32_t i = 0; i < p->n_nets; i++) {
        const PlaceNet *n = &p->nets[i];
        if (n->pin0 > p->n_pins || n->n_pins > p->n_pins - n->pin0 || n->weight < 0)
            return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "placement: net %u has pins or a weight out of range", i);
    }
    for (uint32_t i = 0; i < p->n_pins; i++) {
        const PlacePin *q = &p->pins[i];
        if (q->block >= (int32_t)p->n_blocks) return pin_error(i, "names no block");
        if (q->block >= 0 && (q->x < 0 || q->x > p->blocks[q->block].w)) return pin_error(i, "lies outside its block");
    }
    return ST_OK;
}

/* Entry of a net in its block's list; lists grow at the net last added, so only the tail needs a look. */
static void reduce_pins(const PlaceProblem *p, Row *r)
{
    uint32_t *seen = mem_calloc((size_t)p->n_blocks + 1, sizeof *seen); /* net + 1 last counted per block */
    for (int pass = 0; pass < 2; pass++) {
        memset(seen, 0, p->n_blocks * sizeof *seen);
        uint32_t *fill = mem_calloc((size_t)p->n_blocks + 1, sizeof *fill);
        for (uint32_t k = 0; k < p->n_nets; k++)
            for (uint32_t i = 0; i < p->nets[k].n_pins; i++) {
                const PlacePin *q = &p->pins[p->nets[k].pin0 + i];
                if (q->block < 0) {
                    if (pass) continue;
                    if (q->x < r->nets[k].lo) r->nets[k].lo = q->x;
                    if (q->x > r->nets[k].hi) r->nets[k].hi = q->x;
                    continue;
                }
                uint32_t b = (uint32_t)q->block;
                bool first = seen[b] != k + 1;
                seen[b] = k + 1;
                if (!pass) {
                    r->pin0[b + 1] += first;
                    r->nets[k].n_blocks += first;
                    continue;
                }
                if (first) r->pins[r->pin0[b] + fill[b]++] = (RowPin){k, q->x, q->x};
                RowPin *e = &r->pins[r->pin0[b] + fill[b] - 1];
                if (q->x < e->lo) e->lo = q->x;
                if (q->x > e->hi) e->hi = q->x;
            }
        if (!pass) {
            for (uint32_t b = 0; b < p->n_blocks; b++) r->pin0[b + 1] += r->pin0[b];
            r->pins = mem_calloc((size_t)r->pin0[p->n_blocks] + 1, sizeof *r->pins);
        }
        mem_free(fill);
    }
    mem_free(seen);
}

Status row_make(const PlaceProblem *p, int32_t x0, int32_t spacing, Row *out)
{
    memset(out, 0, sizeof *out);
    TRY(row_check(p));
    *out = (Row){.n = p->n_blocks, .n_nets = p->n_nets, .x0 = x0, .spacing = spacing, .blocks = p->blocks};
    out->nets = mem_calloc((size_t)p->n_nets + 1, sizeof *out->nets);
    out->pin0 = mem_calloc((size_t)p->n_blocks + 2, sizeof *out->pin0);
    for (uint32_t k = 0; k < p->n_nets; k++) out->nets[k] = (RowNet){INT32_MAX, INT32_MIN, p->nets[k].weight, 0};
    reduce_pins(p, out);
    return ST_OK;
}

void row_free(Row *r)
{
    mem_free(r->nets);
    mem_free(r->pin0);
    mem_free(r->pins);
    memset(r, 0, sizeof *r);
}

/* ---- exact cost ---------------------------------------------------------------------------------- */

typedef struct { int64_t lo, hi; } Span;

static void span_init(const Row *r, Span *s)
{
    for (uint32_t k = 0; k < r->n_nets; k++)
        s[k] = r->nets[k].lo <= r->nets[k].hi ? (Span){r->nets[k].lo, r->nets[k].hi} : (Span){INT64_MAX, INT64_MIN};
}

static void span_add(const Row *r, Span *s, uint32_t b, int64_t x, bool flip)
{
    int32_t w = r->blocks[b].w;
    for (uint32_t i = r->pin0[b]; i < r->pin0[b + 1]; i++) {
        const RowPin *q = &r->pins[i];
        int64_t lo = x + (flip ? w - q->hi : q->lo), hi = x + (flip ? w - q->lo : q->hi);
        if (lo < s[q->net].lo) s[q->net].lo = lo;
        if (hi > s[q->net].hi) s[q->net].hi = hi;
    }
}

static int64_t span_sum(const Row *r, const Span *s)
{
    int64_t sum = 0;
    for (uint32_t k = 0; k < r->n_nets; k++)
        if (s[k].lo < s[k].hi) sum += r->nets[k].weight * (s[k].hi - s[k].lo);
    return sum;
}

int64_t row_cost(const Row *r, const uint32_t *order, const bool *flip)
{
    Span *s = mem_calloc((size_t)r->n_nets + 1, sizeof *s);
    span_init(r, s);
    int64_t x = r->x0;
    for (uint32_t i = 0; i < r->n; i++) {
        span_add(r, s, order[i], x, flip[order[i]]);
        x += r->blocks[order[i]].w + r->spacing;
    }
    int64_t sum = span_sum(r, s);
    mem_free(s);
    return sum;
}

/* ---- one step of the dynamic programme ------------------------------------------------------------ */

/* placed[net]: how many of its blocks stand to the left. Cost of block b at x, not mirrored or mirrored, whichever is less. */
static int64_t step_cost(const Row *r, uint32_t b, int64_t x, const uint32_t *placed, bool *flip)
{
    int64_t cost[2] = {0, 0};
    int32_t w = r->blocks[b].w;
    for (uint32_t i = r->pin0[b]; i < r->pin0[b + 1]; i++) {
        const RowPin *q = &r->pins[i];
        const RowNet *n = &r->nets[q->net];
        bool fixed = n->lo <= n->hi;
        for (int f = 0; f < 2; f++) {
            int64_t lo = x + (f ? w - q->hi : q->lo), hi = x + (f ? w - q->lo : q->hi);
            if (fixed && n->lo < lo) lo = n->lo;
            if (fixed && n->hi > hi) hi = n->hi;
            if (placed[q->net] == 0) cost[f] -= n->weight * lo;
            if (placed[q->net] + 1 == n->n_blocks) cost[f] += n->weight * hi;
        }
    }
    *flip = r->blocks[b].flip && cost[1] < cost[0];
    return cost[*flip];
}

/* Nets without any block are constant. */
static int64_t constant_part(const Row *r)
{
    int64_t sum = 0;
    for (uint32_t k = 0; k < r->n_nets; k++)
        if (!r->nets[k].n_blocks && r->nets[k].lo < r->nets[k].hi)
            sum += r->nets[k].weight * ((int64_t)r->nets[k].hi - r->nets[k].lo);
    return sum;
}

int64_t row_flips(const Row *r, const uint32_t *order, bool *flip)
{
    uint32_t *placed = mem_calloc((size_t)r->n_nets + 1, sizeof *placed);
    int64_t x = r->x0, sum = constant_part(r);
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t b = order[i];
        sum += step_cost(r, b, x, placed, &flip[b]);
        for (uint32_t k = r->pin0[b]; k < r->pin0[b + 1]; k++) placed[r->pins[k].net]++;
        x += r->blocks[b].w + r->spacing;
    }
    mem_free(placed);
    return sum;
}

/* ---- subsets ----------------------------------------------------------------------------------------- */

int64_t row_dp(const Row *r, uint32_t *order, bool *flip, int64_t *states)
{
    assert(r->n <= ROW_DP_MAX);
    uint32_t n = r->n, full = (1u << n) - 1;
    int64_t *best = mem_calloc((size_t)full + 1, sizeof *best);
    uint8_t *last = mem_calloc((size_t)full + 1, sizeof *last);
    uint32_t *placed = mem_calloc((size_t)r->n_nets + 1, sizeof *placed);
    for (uint32_t s = 1; s <= full; s++) best[s] = INT64_MAX;
    for (uint32_t s = 0; s < full; s++) {
        memset(placed, 0, r->n_nets * sizeof *placed);
        int64_t x = r->x0;
        for (uint32_t b = 0; b < n; b++) {
            if (!(s >> b & 1)) continue;
            x += r->blocks[b].w + r->spacing;
            for (uint32_t k = r->pin0[b]; k < r->pin0[b + 1]; k++) placed[r->pins[k].net]++;
        }
        for (uint32_t b = 0; b < n; b++) {
            if (s >> b & 1) continue;
            bool f;
            int64_t c = best[s] + step_cost(r, b, x, placed, &f);
            if (c < best[s | 1u << b]) {
                best[s | 1u << b] = c;
                last[s | 1u << b] = (uint8_t)(b << 1 | f);
            }
        }
    }
    uint32_t s = full;
    for (uint32_t i = n; i-- > 0;) {
        uint32_t b = last[s] >> 1;
        order[i] = b;
        flip[b] = last[s] & 1;
        s &= ~(1u << b);
    }
    int64_t sum = best[full] + constant_part(r);
    *states += (int64_t)full + 1;
    mem_free(best);
    mem_free(last);
    mem_free(placed);
    return sum;
}

/* The blocks order[i0 … i0 + k) alone, everything else as fixed pins. */
static void window_row(const Row *r, const uint32_t *order, const bool *flip, uint32_t i0, uint32_t k, Row *w, PlaceBlock *blocks)
{
    Span *s = mem_calloc((size_t)r->n_nets + 1, sizeof *s);
    span_init(r, s);
    int64_t x = r->x0;
    *w = (Row){.n = k, .n_nets = r->n_nets, .spacing = r->spacing, .blocks = blocks};
    w->pin0 = mem_calloc((size_t)k + 2, sizeof *w->pin0);
    uint32_t pins = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        uint32_t b = order[i];
        if (i == i0) w->x0 = (int32_t)x;
        if (i >= i0 && i < i0 + k) {
            blocks[i - i0] = r->blocks[b];
            pins += r->pin0[b + 1] - r->pin0[b];
            w->pin0[i - i0 + 1] = pins;
        } else {
            span_add(r, s, b, x, flip[b]);
        }
        x += r->blocks[b].w + r->spacing;
    }
    w->nets = mem_calloc((size_t)r->n_nets + 1, sizeof *w->nets);
    w->pins = mem_calloc((size_t)pins + 1, sizeof *w->pins);
    for (uint32_t q = 0; q < r->n_nets; q++)
        w->nets[q] = s[q].lo <= s[q].hi ? (RowNet){(int32_t)s[q].lo, (int32_t)s[q].hi, r->nets[q].weight, 0}
                                        : (RowNet){INT32_MAX, INT32_MIN, r->nets[q].weight, 0};
    for (uint32_t i = 0; i < k; i++) {
        uint32_t b = order[i0 + i];
        for (uint32_t j = r->pin0[b]; j < r->pin0[b + 1]; j++) {
            w->pins[w->pin0[i] + j - r->pin0[b]] = r->pins[j];
            w->nets[r->pins[j].net].n_blocks++;
        }
    }
    mem_free(s);
}

int64_t row_windows(const Row *r, uint32_t window, uint32_t *order, bool *flip, int64_t *states)
{
    uint32_t k = window < r->n ? window : r->n;
    PlaceBlock *blocks = mem_calloc((size_t)k + 1, sizeof *blocks);
    uint32_t *sub = mem_calloc((size_t)k + 1, sizeof *sub), *old = mem_calloc((size_t)k + 1, sizeof *old);
    bool *f = mem_calloc((size_t)k + 1, sizeof *f);
    int64_t cost = row_cost(r, order, flip);
    for (uint32_t clean = 0, i0 = 0; r->n && clean < r->n; clean++) {
        Row w;
        window_row(r, order, flip, i0, k, &w, blocks);
        int64_t c = row_dp(&w, sub, f, states);
        row_free(&w);
        if (c < cost) {
            cost = c;
            clean = 0;
            memcpy(old, order + i0, k * sizeof *old);
            for (uint32_t i = 0; i < k; i++) {
                order[i0 + i] = old[sub[i]];
                flip[old[sub[i]]] = f[sub[i]];
            }
        }
        i0 = i0 + k >= r->n ? 0 : i0 + (k + 1) / 2 + k > r->n ? r->n - k : i0 + (k + 1) / 2;
    }
    mem_free(blocks);
    mem_free(sub);
    mem_free(old);
    mem_free(f);
    assert(cost == row_cost(r, order, flip));
    return cost;
}
