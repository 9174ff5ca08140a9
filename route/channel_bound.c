/*
 * A bound above the density, with its proof.
 *
 * Over columns that as many nets cover as there are tracks, every net has exactly one track: to change it, a net owns two in the column of
 * the change. In a run of such columns tracks are therefore fixed, and every column with two pins of different nets orders them. A walk
 * along these orders that needs more tracks than the density (a long chain, or any circle) proves that the density cannot be met,
 * whatever doglegs and added columns a router uses. The walk, as its columns, is the proof; verify/ walks it again.
 */
#include "route/channel_int.h"

/* Nets over each column, h_gap - 1 columns beyond their ends included. */
static uint32_t *coverage(const Chan *c)
{
    uint32_t *n = mem_calloc((size_t)c->n_cols + c->h_gap + 1, sizeof *n);
    int64_t sum = 0;
    int32_t *d = mem_calloc((size_t)c->n_cols + c->h_gap + 1, sizeof *d);
    for (uint32_t k = 1; k <= c->n_nets; k++) {
        if (c->first[k] == c->last[k] && !c->left[k] && !c->right[k]) continue;
        d[c->first[k]]++;
        d[c->last[k] + c->h_gap]--;
    }
    for (uint32_t i = 0; i < c->n_cols; i++) n[i] = (uint32_t)(sum += d[i]);
    mem_free(d);
    return n;
}

static bool orders(const Chan *c, uint32_t i) { return c->top[i] && c->bot[i] && c->top[i] != c->bot[i]; }

/* Least track of each net in the run a … b-1 by its constraints; the column whose order first asks for more than T, or b. */
static uint32_t deepen(const Chan *c, uint32_t a, uint32_t b, uint32_t T, uint32_t *depth, uint32_t *by)
{
    for (uint32_t i = a; i < b; i++) depth[c->top[i]] = depth[c->bot[i]] = 1, by[c->top[i]] = by[c->bot[i]] = UINT32_MAX;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = a; i < b; i++) {
            if (!orders(c, i) || depth[c->top[i]] + c->v_gap <= depth[c->bot[i]]) continue;
            depth[c->bot[i]] = depth[c->top[i]] + c->v_gap;
            by[c->bot[i]] = i;
            changed = true;
            if (depth[c->bot[i]] > T) return i;
        }
    }
    return b;
}

#define STEPS_MAX 100000000u /* columns times depth; a channel beyond keeps its density as bound */

bool chan_bound(const Chan *c, ChanSolution *s)
{
    uint32_t T = c->density, *n = coverage(c);
    uint32_t *depth = mem_calloc((size_t)c->n_nets + 1, sizeof *depth), *by = mem_calloc((size_t)c->n_nets + 1, sizeof *by);
    bool found = false;
    for (uint32_t a = 0; !found && T && a < c->n_cols && (uint64_t)c->n_cols * T < STEPS_MAX; a++) {
        uint32_t b = a;
        while (b < c->n_cols && n[b] >= T) b++;
        if (b == a) continue;
        uint32_t at = deepen(c, a, b, T, depth, by);
        found = at < b;
        /* Backwards along the orders until T is exceeded; a circle goes around as often as needed. */
        for (uint32_t links = 0; found && links * c->v_gap < T; links++) {
            arr_push(&s->proof, at);
            at = by[c->top[at]];
            if (at == UINT32_MAX) break;
        }
        a = b;
    }
    for (uint32_t i = 0; i < s->proof.n / 2; i++) {
        uint32_t x = s->proof.v[i];
        s->proof.v[i] = s->proof.v[s->proof.n - 1 - i];
        s->proof.v[s->proof.n - 1 - i] = x;
    }
    found = found && s->proof.n * c->v_gap + 1 > T;
    if (!found) s->proof.n = 0;
    mem_free(n);
    mem_free(depth);
    mem_free(by);
    return found;
}
