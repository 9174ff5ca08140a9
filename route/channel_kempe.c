/*
 * Kempe chains: wires laid on the density's tracks without a look at the vertical constraints, then exchanged between two tracks at a
 * time until no constraint is broken.
 *
 * Wires are intervals, so left-edge always meets the density; what is hard are the constraints. Of two tracks, the wires that overlap
 * each other in turn form chains; a chain that changes sides leaves both tracks legal. A tabu search over such exchanges looks for an
 * order without a broken constraint; constraints that stay broken weigh more with time. Good where constraints are few and the channel
 * is full, as between an array and its macros; merging (channel_leg.c) is better where chains are long.
 *
 * The same exchanges then part sensitive wires from aggressors, as far as no constraint breaks and no track is added.
 *
 * Source: Hashimoto, Stevens 1971 (start); Kempe chains as neighbourhood: Johnson, Aragon, McGeoch, Schevon 1991; tabu: Hertz, de Werra
 * 1987; weights: Morris 1993 (breakout).
 */
#include "route/channel_leg.h"

#include <stdlib.h>

typedef ARRAY(uint32_t) U32s;

typedef struct {
    Leg *g;
    uint32_t T;
    U32s *on;                /* [T + 1] wires of a track by b1; on one track they do not overlap */
    uint32_t *weight;        /* per constraint, as in g->below */
    uint32_t *tabu;          /* per wire: not moved before that round */
    uint32_t *broken, n_broken, *slot;  /* broken constraints; where in the list, NONE: not broken */
    uint32_t *next;          /* per wire: the piece of its net that begins where it ends */
    uint32_t *from_of;       /* per constraint: the wire above */
    U32s chain;
    uint32_t *mark, now;     /* per wire: in the chain at hand */
    Rng rng;
} Kempe;

static bool same_run(const Leg *g, uint32_t a, uint32_t b) { return g->s.v[a].before == b || g->s.v[b].before == a; }

/* Too near for one track? Pieces of a net that meet in a column are not. */
static bool meet(const Leg *g, uint32_t a, uint32_t b)
{
    const Seg *x = &g->s.v[a], *y = &g->s.v[b];
    return x->b1 < y->b2 + g->ch->h_gap && y->b1 < x->b2 + g->ch->h_gap && !same_run(g, a, b);
}

/* ---- start: left-edge, all pieces of a net on its one track ------------------------------------------------- */

typedef struct { uint32_t net, a, b; } Run;

static int cmp_run(const void *pa, const void *pb)
{
    const Run *x = pa, *y = pb;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return x->net < y->net ? -1 : x->net > y->net;
}

/* Of the free tracks the one that was left last. False: more than T would be needed. */
static bool start(Kempe *k)
{
    Leg *g = k->g;
    uint32_t nets = g->ch->n_nets, n = 0;
    Run *r = mem_calloc((size_t)nets + 1, sizeof *r);
    uint32_t *until = mem_calloc((size_t)k->T + 1, sizeof *until), *track = mem_calloc((size_t)nets + 1, sizeof *track);
    for (uint32_t i = 0; i <= nets; i++) r[i] = (Run){i, NONE, 0};
    for (uint32_t i = 0; i < g->s.n; i++) {
        const Seg *s = &g->s.v[i];
        if (s->b1 < r[s->net].a) r[s->net].a = s->b1;
        if (s->b2 > r[s->net].b) r[s->net].b = s->b2;
    }
    for (uint32_t i = 1; i <= nets; i++)
        if (r[i].a != NONE) r[n++] = r[i];
    if (n) qsort(r, n, sizeof *r, cmp_run);
    bool ok = true;
    for (uint32_t i = 0; ok && i < n; i++) {
        uint32_t best = 0;
        for (uint32_t t = 1; t <= k->T; t++)
            if (until[t] <= r[i].a && (!best || until[t] > until[best])) best = t;
        ok = best != 0;
        if (!ok) break;
        until[best] = r[i].b + g->ch->h_gap;
        track[r[i].net] = best;
    }
    for (uint32_t i = 0; i < g->s.n; i++) g->track[i] = track[g->s.v[i].net];
    mem_free(r);
    mem_free(until);
    mem_free(track);
    return ok;
}

static int cmp_pos(const Leg *g, uint32_t a, uint32_t b)
{
    const Seg *x = &g->s.v[a], *y = &g->s.v[b];
    if (x->b1 != y->b1) return x->b1 < y->b1 ? -1 : 1;
    if (x->b2 != y->b2) return x->b2 < y->b2 ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void put(Kempe *k, uint32_t t, uint32_t w)
{
    U32s *l = &k->on[t];
    arr_push(l, w);
    uint32_t i = l->n - 1;
    for (; i > 0 && cmp_pos(k->g, w, l->v[i - 1]) < 0; i--) l->v[i] = l->v[i - 1];
    l->v[i] = w;
}

static void take(Kempe *k, uint32_t t, uint32_t w)
{
    U32s *l = &k->on[t];
    uint32_t i = 0;
    while (l->v[i] != w) i++;
    for (l->n--; i < l->n; i++) l->v[i] = l->v[i + 1];
}

/* ---- constraints -------------------------------------------------------------------------------------------------- */

static bool is_broken(const Kempe *k, uint32_t e)
{
    const Leg *g = k->g;
    return g->track[k->from_of[e]] + g->ch->v_gap > g->track[g->below[e]];
}

static void note(Kempe *k, uint32_t e)
{
    bool now = is_broken(k, e);
    if (now == (k->slot[e] != NONE)) return;
    if (now) {
        k->slot[e] = k->n_broken;
        k->broken[k->n_broken++] = e;
    } else {
        uint32_t last = k->broken[--k->n_broken];
        k->broken[k->slot[e]] = last;
        k->slot[last] = k->slot[e];
        k->slot[e] = NONE;
    }
}

/* The constraint from `a` to `b` among those of a. */
static uint32_t edge(const Leg *g, uint32_t a, uint32_t b)
{
    uint32_t e = g->below0[a];
    while (g->below[e] != b) e++;
    return e;
}

/* ---- exchanges ------------------------------------------------------------------------------------------------------ */

#define CHAIN_MAX 64u /* longer chains turn too much around */

static void add(Kempe *k, uint32_t w)
{
    if (k->mark[w] == k->now) return;
    k->mark[w] = k->now;
    arr_push(&k->chain, w);
}

/* A piece shorter than the gap between two of its net on one track holds them together. */
static void add_joined(Kempe *k, uint32_t x)
{
    const Leg *g = k->g;
    uint32_t b = g->s.v[x].before, n = k->next[x], t = g->track[x];
    if (b == NONE || n == NONE || g->track[b] != t || g->track[n] != t || g->s.v[x].c2 - g->s.v[x].c1 >= g->ch->h_gap) return;
    add(k, b);
    add(k, n);
}

/* The chain of wire w between its track and t. False: too long. */
static bool find_chain(Kempe *k, uint32_t w, uint32_t t)
{
    Leg *g = k->g;
    uint32_t a = g->track[w];
    k->now++;
    k->chain.n = 0;
    add(k, w);
    for (uint32_t i = 0; i < k->chain.n && k->chain.n <= CHAIN_MAX; i++) {
        uint32_t x = k->chain.v[i];
        const U32s *l = &k->on[g->track[x] == a ? t : a];
        uint32_t lo = 0, hi = l->n, end = g->s.v[x].b2 + g->ch->h_gap;
        while (lo < hi) { /* first wire that may reach x */
            uint32_t mid = (lo + hi) / 2;
            if (g->s.v[l->v[mid]].b2 + g->ch->h_gap <= g->s.v[x].b1) lo = mid + 1;
            else hi = mid;
        }
        g->work += 4;
        for (lo = lo > 1 ? lo - 1 : 0; lo < l->n && g->s.v[l->v[lo]].b1 < end; lo++)
            if (meet(g, x, l->v[lo])) add(k, l->v[lo]);
        add_joined(k, x);
    }
    return k->chain.n <= CHAIN_MAX;
}

static uint32_t other(uint32_t now, uint32_t a, uint32_t b) { return now == a ? b : a; }

/* Weight of broken constraints after less before, if the chain changed sides between tracks a and b. */
static int64_t gain(Kempe *k, uint32_t a, uint32_t b)
{
    Leg *g = k->g;
    int64_t sum = 0;
    for (uint32_t i = 0; i < k->chain.n; i++) {
        uint32_t x = k->chain.v[i], tx = other(g->track[x], a, b);
        for (uint32_t e = g->below0[x]; e < g->below0[x + 1]; e++) {
            uint32_t y = g->below[e], ty = k->mark[y] == k->now ? other(g->track[y], a, b) : g->track[y];
            sum += (int64_t)k->weight[e] * ((tx + g->ch->v_gap > ty) - (k->slot[e] != NONE));
        }
        for (uint32_t q = g->above0[x]; q < g->above0[x + 1]; q++) {
            uint32_t y = g->above[q];
            if (k->mark[y] == k->now) continue; /* counted from above */
            uint32_t e = edge(g, y, x);
            sum += (int64_t)k->weight[e] * ((g->track[y] + g->ch->v_gap > tx) - (k->slot[e] != NONE));
        }
        g->work += 1 + g->below0[x + 1] - g->below0[x] + g->above0[x + 1] - g->above0[x];
    }
    return sum;
}

static void exchange(Kempe *k, uint32_t a, uint32_t b, uint32_t until)
{
    Leg *g = k->g;
    for (uint32_t i = 0; i < k->chain.n; i++) take(k, g->track[k->chain.v[i]], k->chain.v[i]);
    for (uint32_t i = 0; i < k->chain.n; i++) {
        uint32_t x = k->chain.v[i];
        g->track[x] = other(g->track[x], a, b);
        put(k, g->track[x], x);
        k->tabu[x] = until;
    }
    for (uint32_t i = 0; i < k->chain.n; i++) {
        uint32_t x = k->chain.v[i];
        for (uint32_t e = g->below0[x]; e < g->below0[x + 1]; e++) note(k, e);
        for (uint32_t q = g->above0[x]; q < g->above0[x + 1]; q++) note(k, edge(g, g->above[q], x));
    }
    g->work += k->chain.n * 8;
}

typedef struct { int64_t gain; uint32_t wire, track, ties; } Move;

/* All exchanges that move wire w; the best one, ties by lot. */
static void look(Kempe *k, uint32_t w, uint32_t round, Move *best)
{
    Leg *g = k->g;
    for (uint32_t t = 1; t <= k->T; t++) {
        if (t == g->track[w] || !find_chain(k, w, t)) continue;
        int64_t d = gain(k, g->track[w], t);
        if (k->tabu[w] > round && d > -(int64_t)k->n_broken) continue;
        if (best->wire != NONE && d > best->gain) continue;
        best->ties = best->wire != NONE && d == best->gain ? best->ties + 1 : 1;
        if (best->ties > 1 && rng_below(&k->rng, best->ties)) continue;
        best->gain = d;
        best->wire = w;
        best->track = t;
    }
}

static bool search(Kempe *k, uint64_t work)
{
    Leg *g = k->g;
    uint64_t end = g->work + work;
    for (uint32_t round = 1; k->n_broken && g->work < end; round++) {
        uint32_t e = k->broken[rng_below(&k->rng, k->n_broken)];
        Move m = {0, NONE, 0, 0};
        look(k, k->from_of[e], round, &m);
        look(k, g->below[e], round, &m);
        g->work += k->T;
        if (m.wire == NONE || m.gain >= 0)
            for (uint32_t i = 0; i < k->n_broken; i++) k->weight[k->broken[i]]++;
        if (m.wire == NONE) continue;
        uint32_t a = g->track[m.wire];
        find_chain(k, m.wire, m.track);
        exchange(k, a, m.track, round + 3 + rng_below(&k->rng, 8));
    }
    return k->n_broken == 0;
}

static void kempe_make(Kempe *k)
{
    Leg *g = k->g;
    uint32_t n = g->s.n, n_edges = g->below0[n];
    k->on = mem_calloc((size_t)k->T + 2, sizeof *k->on);
    k->weight = mem_calloc((size_t)n_edges + 1, sizeof *k->weight);
    k->broken = mem_calloc((size_t)n_edges + 1, sizeof *k->broken);
    k->slot = mem_calloc((size_t)n_edges + 1, sizeof *k->slot);
    k->from_of = mem_calloc((size_t)n_edges + 1, sizeof *k->from_of);
    k->tabu = mem_calloc((size_t)n + 1, sizeof *k->tabu);
    k->mark = mem_calloc((size_t)n + 1, sizeof *k->mark);
    k->next = mem_calloc((size_t)n + 1, sizeof *k->next);
    for (uint32_t i = 0; i < n; i++) k->next[i] = NONE;
    for (uint32_t i = 0; i < n; i++) {
        if (g->s.v[i].before != NONE) k->next[g->s.v[i].before] = i;
        put(k, g->track[i], i);
        for (uint32_t e = g->below0[i]; e < g->below0[i + 1]; e++) k->from_of[e] = i;
    }
    for (uint32_t e = 0; e < n_edges; e++) k->weight[e] = 1, k->slot[e] = NONE;
    for (uint32_t e = 0; e < n_edges; e++) note(k, e);
}

static void kempe_free(Kempe *k)
{
    for (uint32_t t = 1; t <= k->T; t++) arr_free(&k->on[t]);
    void *all[] = {k->on, k->weight, k->broken, k->slot, k->from_of, k->tabu, k->mark, k->next};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    arr_free(&k->chain);
}

/* Pieces of one net, all between them on the same track? */
static bool one_wire(const Kempe *k, uint32_t a, uint32_t b)
{
    const Leg *g = k->g;
    for (uint32_t turn = 0; turn < 2; turn++) {
        uint32_t x = turn ? b : a, y = turn ? a : b;
        while (x != y && k->next[x] != NONE && g->track[k->next[x]] == g->track[a]) x = k->next[x];
        if (x == y) return true;
    }
    return false;
}

/* The start lays nets whole; pieces that a cut by way of an added column has torn apart may then lie on each other. */
static bool legal(const Kempe *k)
{
    for (uint32_t t = 1; t <= k->T; t++)
        for (uint32_t i = 0; i < k->on[t].n; i++)
            for (uint32_t j = 0; j < i; j++)
                if (meet(k->g, k->on[t].v[i], k->on[t].v[j]) && !one_wire(k, k->on[t].v[i], k->on[t].v[j])) return false;
    return true;
}

bool leg_kempe(Leg *g, uint32_t T, uint64_t seed, uint64_t work)
{
    Kempe k = {.g = g, .T = T, .rng = rng_make(seed, 0x6e3be)};
    if (!start(&k)) return false;
    kempe_make(&k);
    bool ok = search(&k, work) && legal(&k);
    kempe_free(&k);
    return ok;
}

/* ---- coupling ----------------------------------------------------------------------------------------------------------- */

/* Columns in which wire w has a wire of the other kind on the next track; only such wires if `list` is given. */
static uint64_t beside(Kempe *k, uint32_t w, const bool *kind, U32s *list)
{
    Leg *g = k->g;
    const Seg *s = &g->s.v[w];
    uint64_t sum = 0;
    for (int side = 0; side < 2; side++) {
        uint32_t t = side ? g->track[w] + 1 : g->track[w] - 1;
        if (t < 1 || t > k->T) continue;
        const U32s *l = &k->on[t];
        for (uint32_t i = 0; i < l->n && g->s.v[l->v[i]].b1 <= s->c2; i++) {
            const Seg *o = &g->s.v[l->v[i]];
            uint32_t a = o->c1 > s->c1 ? o->c1 : s->c1, b = o->c2 < s->c2 ? o->c2 : s->c2;
            if (!kind[o->net] || a >= b) continue;
            sum += b - a;
            if (list) arr_push(list, l->v[i]);
        }
        g->work += l->n;
    }
    return sum;
}

static uint64_t coupling(Kempe *k, const U32s *quiet)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < quiet->n; i++) sum += beside(k, quiet->v[i], k->g->ch->loud, NULL);
    return sum;
}

/* The best of all exchanges of wire w that break no constraint; false: none gains. */
static bool calm(Kempe *k, uint32_t w, const U32s *quiet, uint64_t *now)
{
    Leg *g = k->g;
    uint32_t from = g->track[w], best_t = 0;
    uint64_t best = *now;
    for (uint32_t t = 1; t <= k->T; t++) {
        if (t == from || !find_chain(k, w, t) || gain(k, from, t) != 0) continue;
        exchange(k, from, t, 0);
        uint64_t sum = coupling(k, quiet);
        if (sum < best) best = sum, best_t = t;
        exchange(k, t, from, 0); /* the same wires: a chain found anew may hold more, pieces that this one parts now lie together */
    }
    if (!best_t) return false;
    find_chain(k, w, best_t);
    exchange(k, from, best_t, 0);
    *now = best;
    return true;
}

void leg_quiet(Leg *g, uint32_t T, uint64_t work)
{
    Kempe k = {.g = g, .T = T};
    U32s quiet = {0}, near = {0};
    kempe_make(&k);
    for (uint32_t i = 0; i < g->s.n; i++)
        if (g->ch->quiet[g->s.v[i].net]) arr_push(&quiet, i);
    uint64_t now = coupling(&k, &quiet), end = g->work + work;
    for (bool gained = true; gained && now && g->work < end;) {
        gained = false;
        for (uint32_t i = 0; i < quiet.n && g->work < end; i++) {
            gained = calm(&k, quiet.v[i], &quiet, &now) || gained;
            near.n = 0;
            beside(&k, quiet.v[i], g->ch->loud, &near);
            for (uint32_t j = 0; j < near.n && g->work < end; j++) gained = calm(&k, near.v[j], &quiet, &now) || gained;
        }
    }
    kempe_free(&k);
    arr_free(&quiet);
    arr_free(&near);
}
