/*
 * One row of blocks: starting orders and a lower bound that holds for every order.
 */
#include "place/order_int.h"

#include <stdlib.h>

/* ---- median iteration ------------------------------------------------------------------------------ */

typedef struct { int64_t key; uint32_t block; } Keyed;

static int cmp_keyed(const void *pa, const void *pb)
{
    const Keyed *a = pa, *b = pb;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return a->block < b->block ? -1 : a->block > b->block;
}

/* Where the nets of each block would like it: mean of the centres of the nets' other ends. */
static void pull(const Row *r, const int64_t *centre, Keyed *key)
{
    int64_t *sum = mem_calloc((size_t)r->n_nets + 1, sizeof *sum), *cnt = mem_calloc((size_t)r->n_nets + 1, sizeof *cnt);
    for (uint32_t k = 0; k < r->n_nets; k++)
        if (r->nets[k].lo <= r->nets[k].hi) sum[k] = (int64_t)r->nets[k].lo + r->nets[k].hi, cnt[k] = 2;
    for (uint32_t b = 0; b < r->n; b++)
        for (uint32_t i = r->pin0[b]; i < r->pin0[b + 1]; i++) sum[r->pins[i].net] += centre[b], cnt[r->pins[i].net]++;
    for (uint32_t b = 0; b < r->n; b++) {
        int64_t num = 0, den = 0;
        for (uint32_t i = r->pin0[b]; i < r->pin0[b + 1]; i++) {
            uint32_t k = r->pins[i].net;
            if (cnt[k] < 2) continue;
            num += r->nets[k].weight * ((sum[k] - centre[b]) / (cnt[k] - 1));
            den += r->nets[k].weight;
        }
        key[b] = (Keyed){den ? num / den : centre[b], b};
    }
    mem_free(sum);
    mem_free(cnt);
}

int64_t row_start(const Row *r, uint64_t seed, uint32_t *order, bool *flip)
{
    Rng rng = rng_make(seed, 0x0de8);
    Keyed *key = mem_calloc((size_t)r->n + 1, sizeof *key);
    int64_t *centre = mem_calloc((size_t)r->n + 1, sizeof *centre), best = INT64_MAX;
    uint32_t *o = mem_calloc((size_t)r->n + 1, sizeof *o);
    bool *f = mem_calloc((size_t)r->n + 1, sizeof *f);
    for (uint32_t start = 0; start < 12; start++) {
        for (uint32_t i = 0; i < r->n; i++) o[i] = i;
        for (uint32_t i = r->n; start && i > 1; i--) {
            uint32_t j = rng_below(&rng, i), t = o[i - 1];
            o[i - 1] = o[j];
            o[j] = t;
        }
        for (uint32_t turn = 0; turn < 20; turn++) {
            int64_t c = row_flips(r, o, f);
            if (c < best) {
                best = c;
                memcpy(order, o, r->n * sizeof *o);
                memcpy(flip, f, r->n * sizeof *f);
            }
            int64_t x = r->x0;
            for (uint32_t i = 0; i < r->n; i++) {
                centre[o[i]] = x + r->blocks[o[i]].w / 2;
                x += r->blocks[o[i]].w + r->spacing;
            }
            pull(r, centre, key);
            qsort(key, r->n, sizeof *key, cmp_keyed);
            for (uint32_t i = 0; i < r->n; i++) o[i] = key[i].block;
        }
    }
    mem_free(key);
    mem_free(centre);
    mem_free(o);
    mem_free(f);
    return best;
}

/* ---- bound --------------------------------------------------------------------------------------------- */

/*
 * Least span of one net: its blocks side by side, the two with the pins nearest to an edge outermost. With e = least distance of the
 * outermost pin to the edge that faces the others, span >= sum of widths - the two best savings; fixed pins only lengthen it, and a
 * net with fixed pins spans at least them.
 */
typedef struct { int64_t width, save1, save2; } NetBound;

void row_net_bounds(const Row *r, int64_t *span)
{
    NetBound *nb = mem_calloc((size_t)r->n_nets + 1, sizeof *nb);
    for (uint32_t b = 0; b < r->n; b++)
        for (uint32_t i = r->pin0[b]; i < r->pin0[b + 1]; i++) {
            const RowPin *q = &r->pins[i];
            NetBound *e = &nb[q->net];
            if (r->nets[q->net].n_blocks == 1) {
                e->width = q->hi - q->lo + r->spacing;
                continue;
            }
            /* As an outermost block it saves all before its first pin (or, mirrored or last, all behind its last pin). */
            int64_t w = r->blocks[b].w, save = q->lo > w - q->hi ? q->lo : w - q->hi;
            e->width += w + r->spacing;
            if (save > e->save1) e->save2 = e->save1, e->save1 = save;
            else if (save > e->save2) e->save2 = save;
        }
    for (uint32_t k = 0; k < r->n_nets; k++) {
        const RowNet *n = &r->nets[k];
        int64_t fixed = n->lo <= n->hi ? (int64_t)n->hi - n->lo : 0, own = 0;
        if (n->n_blocks) own = nb[k].width - r->spacing - nb[k].save1 - nb[k].save2;
        span[k] = own > fixed ? own : fixed;
    }
    mem_free(nb);
}

int64_t row_bound(const Row *r)
{
    int64_t *span = mem_calloc((size_t)r->n_nets + 1, sizeof *span), total = 0;
    row_net_bounds(r, span);
    for (uint32_t k = 0; k < r->n_nets; k++) total += r->nets[k].weight * span[k];
    mem_free(span);
    return total;
}
