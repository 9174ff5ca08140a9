/*
 * Channels of more than two layers, brought back to channels of two.
 *
 *   vhv       upper pins come down on one vertical layer, lower ones up on the other: no vertical constraints, and left-edge meets the
 *             density.
 *   hvh       a channel of two layers whose vertical gap is twice as large, folded: tracks 2i - 1 and 2i become track i of the two
 *             horizontal layers. Ends that were two tracks apart stand on different ones after it, so nothing meets.
 *   hvhv …    pairs that know nothing of each other: nets are dealt out from left to right, never more than density / pairs over one
 *             place, each to the pair where it meets the fewest others in its columns.
 *
 * Source: Chen, Liu 1984 (three layers); Braun et al. 1986 (Chameleon: partition into pairs of layers).
 */
#include "route/channel_int.h"

#include <stdlib.h>

/* ---- vhv ----------------------------------------------------------------------------------------------------------- */

typedef struct { uint32_t net, a, b; } Span;

static int cmp_span(const void *pa, const void *pb)
{
    const Span *x = pa, *y = pb;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return x->net < y->net ? -1 : x->net > y->net;
}

/* Nets with a track, by left end; b: the last column they block. */
static uint32_t spans(const Chan *c, Span *s)
{
    uint32_t n = 0;
    for (uint32_t k = 1; k <= c->n_nets; k++) {
        if (c->first[k] == c->last[k] && !c->left[k] && !c->right[k]) continue;
        uint32_t a = c->first[k], b = c->last[k];
        if (b - a < c->min_len) b = a + c->min_len;
        if (b >= c->n_cols) {
            b = c->n_cols - 1;
            if (b - a < c->min_len) a = b > c->min_len ? b - c->min_len : 0;
        }
        s[n++] = (Span){k, a, b};
    }
    if (n) qsort(s, n, sizeof *s, cmp_span);
    return n;
}

static void draw_vhv(const Chan *c, const uint32_t *track, uint32_t T, ChanSolution *out)
{
    for (uint32_t col = 0; col < c->n_cols; col++) {
        uint32_t a = c->top[col], b = c->bot[col];
        if (c->through[col]) arr_push(&out->v, ((ChanV){c->through[col], col, 0, T + 1, 0}));
        if (a) {
            arr_push(&out->v, ((ChanV){a, col, 0, a == b ? T + 1 : track[a], 0}));
            arr_push(&out->x, ((ChanX){a, col, track[a], 0}));
        }
        if (b && b != a) {
            arr_push(&out->v, ((ChanV){b, col, track[b], T + 1, 2}));
            arr_push(&out->x, ((ChanX){b, col, track[b], 1}));
        }
    }
}

/* The track that was free first takes the next wire: a queue by the end of the wire on it would do the same. */
static void route_vhv(const Chan *c, ChanSolution *out)
{
    Span *s = mem_calloc((size_t)c->n_nets + 1, sizeof *s);
    uint32_t n = spans(c, s), T = 0, *track = mem_calloc((size_t)c->n_nets + 1, sizeof *track);
    uint32_t *free_from = mem_calloc((size_t)n + 2, sizeof *free_from);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t t = 1;
        while (t <= T && free_from[t] > s[i].a) t++;
        if (t > T) T = t;
        track[s[i].net] = t;
        free_from[t] = s[i].b + c->h_gap;
        arr_push(&out->h, ((ChanH){s[i].net, t, s[i].a, s[i].b, 1}));
    }
    draw_vhv(c, track, T, out);
    out->n_tracks = T;
    out->n_cols = c->n_cols;
    out->method = "left-edge";
    mem_free(s);
    mem_free(track);
    mem_free(free_from);
}

/* ---- hvh -------------------------------------------------------------------------------------------------------------- */

/* Rows of the channel before and after folding. */
static uint32_t fold_row(uint32_t t, uint32_t T) { return t > T ? (T + 1) / 2 + 1 : (t + 1) / 2; }

static void fold(ChanSolution *s)
{
    uint32_t T = s->n_tracks;
    for (uint32_t i = 0; i < s->h.n; i++) {
        ChanH *h = &s->h.v[i];
        h->layer = h->track % 2 ? 0 : 2;
        h->track = fold_row(h->track, T);
    }
    for (uint32_t i = 0; i < s->v.n; i++) {
        ChanV *v = &s->v.v[i];
        v->layer = 1;
        v->t1 = fold_row(v->t1, T);
        v->t2 = fold_row(v->t2, T);
    }
    for (uint32_t i = 0; i < s->x.n; i++) {
        ChanX *x = &s->x.v[i];
        x->layer = x->track % 2 ? 0 : 1;
        x->track = fold_row(x->track, T);
    }
    s->n_tracks = (T + 1) / 2;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------------ */

/* Nets that meet net k in its columns, by pair. */
static void count_met(const Chan *c, uint32_t k, const uint8_t *of, uint32_t *met)
{
    memset(met, 0, (CHAN_PAIRS_MAX + 1) * sizeof *met);
    for (uint32_t i = c->first[k]; i <= c->last[k]; i++) {
        uint32_t a = c->top[i], b = c->bot[i];
        if (a == k && b != k) met[of[b]]++;
        if (b == k && a != k) met[of[a]]++;
    }
}

/* of[k]: 1 … pairs; 0 for nets without a track. */
static void deal(const Chan *c, uint32_t pairs, Rng *rng, uint8_t *of)
{
    Span *s = mem_calloc((size_t)c->n_nets + 1, sizeof *s);
    uint32_t n = spans(c, s), cap = (c->density + pairs - 1) / pairs, met[CHAN_PAIRS_MAX + 1], live[CHAN_PAIRS_MAX + 1] = {0}, at = 0;
    uint32_t *end = mem_calloc(((size_t)c->n_cols + c->h_gap + 1) * (pairs + 1), sizeof *end);
    memset(of, 0, (size_t)c->n_nets + 1);
    for (uint32_t i = 0; i < n; i++) {
        for (; at <= s[i].a; at++)
            for (uint32_t p = 1; p <= pairs; p++) live[p] -= end[(size_t)at * (pairs + 1) + p];
        count_met(c, s[i].net, of, met);
        uint32_t best = 0, turn = rng_below(rng, pairs);
        for (uint32_t q = 0; q < pairs; q++) {
            uint32_t p = 1 + (q + turn) % pairs;
            if (live[p] >= cap) continue;
            if (!best || met[p] < met[best] || (met[p] == met[best] && live[p] < live[best])) best = p;
        }
        if (!best) best = 1 + turn; /* wires lengthened to min_len may exceed the density */
        of[s[i].net] = (uint8_t)best;
        live[best]++;
        end[((size_t)s[i].b + c->h_gap) * (pairs + 1) + best]++;
    }
    mem_free(s);
    mem_free(end);
}

/* The channel of one pair; its ids are the dense numbers. */
static void part(const Chan *c, const uint8_t *of, uint32_t p, Arena *arena, Channel *out)
{
    uint32_t *top = arena_array(arena, uint32_t, c->n_cols), *bot = arena_array(arena, uint32_t, c->n_cols), n[2] = {0, 0};
    uint32_t *end[2] = {arena_array(arena, uint32_t, (size_t)c->n_nets + 1), arena_array(arena, uint32_t, (size_t)c->n_nets + 1)};
    for (uint32_t i = 0; i < c->n_cols; i++) {
        if (c->top[i] && of[c->top[i]] == p) top[i] = c->top[i];
        if (c->bot[i] && of[c->bot[i]] == p) bot[i] = c->bot[i];
        if (c->through[i] && p == 1) top[i] = bot[i] = c->through[i];
    }
    for (uint32_t k = 1; k <= c->n_nets; k++) {
        if (of[k] == p && c->left[k]) end[0][n[0]++] = k;
        if (of[k] == p && c->right[k]) end[1][n[1]++] = k;
    }
    *out = (Channel){.n_cols = c->n_cols, .top = top, .bottom = bot, .n_left = n[0], .left = end[0], .n_right = n[1], .right = end[1],
                     .h_gap = c->h_gap, .v_gap = c->v_gap, .min_len = c->min_len};
}

/* Put the pairs' solutions on top of each other. */
static void stack(const ChanSolution *s, uint32_t pairs, ChanSolution *out)
{
    for (uint32_t p = 0; p < pairs; p++) {
        if (s[p].n_tracks > out->n_tracks) out->n_tracks = s[p].n_tracks;
        if (s[p].n_cols > out->n_cols) out->n_cols = s[p].n_cols;
    }
    for (uint32_t p = 0; p < pairs; p++) {
        for (uint32_t i = 0; i < s[p].h.n; i++) {
            ChanH h = s[p].h.v[i];
            h.layer = 2 * p;
            arr_push(&out->h, h);
        }
        for (uint32_t i = 0; i < s[p].v.n; i++) {
            ChanV v = s[p].v.v[i];
            v.layer = 2 * p + 1;
            if (v.t2 > s[p].n_tracks) v.t2 = out->n_tracks + 1;
            arr_push(&out->v, v);
        }
        for (uint32_t i = 0; i < s[p].x.n; i++) {
            ChanX x = s[p].x.v[i];
            x.layer = 2 * p;
            arr_push(&out->x, x);
        }
    }
}

/* Wires that leave at the right reach the last column also where another pair has added columns. */
static void reach_right(const Chan *c, ChanSolution *s, uint32_t n_cols)
{
    for (uint32_t i = 0; s->n_cols < n_cols && i < s->h.n; i++)
        if (s->h.v[i].c2 == s->n_cols - 1 && c->right[s->h.v[i].net]) s->h.v[i].c2 = n_cols - 1;
}

static Status route_dealt(const Chan *c, const uint8_t *of, uint32_t pairs, const ChanOptions *opt, ChanSolution *out)
{
    ChanSolution s[CHAN_PAIRS_MAX] = {{0}};
    Status st = ST_OK;
    uint32_t n_cols = 0;
    ChanOptions o = *opt;
    o.enough = (c->density + pairs - 1) / pairs;
    for (uint32_t p = 0; st == ST_OK && p < pairs; p++) {
        Arena arena = {0};
        Channel ch;
        part(c, of, p + 1, &arena, &ch);
        st = channel_route(&ch, &o, &s[p]);
        arena_free(&arena);
        if (s[p].n_cols > n_cols) n_cols = s[p].n_cols;
    }
    for (uint32_t p = 0; st == ST_OK && p < pairs; p++) reach_right(c, &s[p], n_cols);
    if (st == ST_OK) stack(s, pairs, out);
    out->method = s[0].method;
    for (uint32_t p = 0; p < pairs; p++) channel_solution_free(&s[p]);
    return st;
}

/* Some deals; the best by area. */
static Status route_pairs(const Chan *c, uint32_t pairs, const ChanOptions *opt, ChanSolution *out)
{
    Rng rng = rng_make(opt->seed, 0xdea1);
    uint8_t *of = mem_calloc((size_t)c->n_nets + 1, 1);
    uint32_t turns = opt->effort ? 4 * opt->effort : 1, bound = (c->density + pairs - 1) / pairs;
    Status st = ST_OK;
    for (uint32_t turn = 0; st == ST_OK && turn < turns; turn++) {
        ChanSolution s = {0};
        deal(c, pairs, &rng, of);
        st = route_dealt(c, of, pairs, opt, &s);
        bool less = (uint64_t)s.n_cols * (s.n_tracks + 1) < (uint64_t)out->n_cols * (out->n_tracks + 1);
        if (st == ST_OK && (!out->method || less)) {
            channel_solution_free(out);
            *out = s;
        } else {
            channel_solution_free(&s);
        }
        if (st == ST_OK && out->n_tracks <= bound && out->n_cols == c->n_cols) break;
    }
    mem_free(of);
    return st;
}

/* ---- choice ------------------------------------------------------------------------------------------------------------ */

/* 0 if the router does not know such layers. */
static uint32_t n_horizontal(const char *layers)
{
    size_t n = strlen(layers);
    if (!strcmp(layers, "vhv")) return 1;
    if (!strcmp(layers, "hvh")) return 2;
    for (size_t i = 0; i < n; i++)
        if (layers[i] != (i % 2 ? 'v' : 'h')) return 0;
    return n % 2 == 0 && n / 2 <= CHAN_PAIRS_MAX ? (uint32_t)n / 2 : 0;
}

bool chan_layers_known(const char *layers) { return n_horizontal(layers) > 0; }

static Status route_hvh(const Channel *ch, const Chan *c, const ChanOptions *opt, ChanSolution *out)
{
    Channel two = *ch;
    ChanOptions o = *opt;
    two.layers = NULL;
    two.v_gap = 2 * c->v_gap;
    o.enough = c->density + c->density % 2; /* as good as one less, folded */
    TRY(channel_route(&two, &o, out));
    fold(out);
    return ST_OK;
}

/* Dense numbers to the caller's. */
static void rename_nets(const Chan *c, ChanSolution *s)
{
    for (uint32_t i = 0; i < s->h.n; i++) s->h.v[i].net = c->orig[s->h.v[i].net];
    for (uint32_t i = 0; i < s->v.n; i++) s->v.v[i].net = c->orig[s->v.v[i].net];
    for (uint32_t i = 0; i < s->x.n; i++) s->x.v[i].net = c->orig[s->x.v[i].net];
}

Status chan_route_layers(const Channel *ch, const Chan *c, const ChanOptions *opt, ChanSolution *out)
{
    uint32_t nh = n_horizontal(ch->layers);
    Status st = ST_OK;
    if (ch->layers[0] == 'v') route_vhv(c, out);
    else if (nh == 2 && strlen(ch->layers) == 3) st = route_hvh(ch, c, opt, out);
    else st = route_pairs(c, nh, opt, out);
    if (st != ST_OK) return st;
    if (strlen(ch->layers) != 3 || nh == 1) rename_nets(c, out);
    out->layers = ch->layers;
    out->density = c->density;
    out->proof.n = 0; /* of the parts, not of the whole */
    out->bound = (c->density + nh - 1) / nh;
    out->bound_by = "density";
    out->wirelength = 0;
    for (uint32_t i = 0; i < out->h.n; i++) out->wirelength += out->h.v[i].c2 - out->h.v[i].c1;
    for (uint32_t i = 0; i < out->v.n; i++) out->wirelength += out->v.v[i].t2 - out->v.v[i].t1;
    return ST_OK;
}
