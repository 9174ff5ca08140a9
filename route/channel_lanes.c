/*
 * Solutions in which every net holds one track between any two columns: a track per net and cut. Fewer vias and shorter
 * columns by laying one net after another anew on its cheapest path (a shortest path over cuts and tracks, exact for the net
 * as long as the others stand still). Tracks never change in number.
 *
 * Source: rip-up and reroute of single nets by dynamic programming (Rivest 1982 for channels); the state is the track at a cut.
 */
#include "route/channel_int.h"

ChanLanes lanes_new(const Chan *ch, uint32_t T)
{
    size_t n = (size_t)ch->n_nets + 2;
    ChanLanes w = {.T = T};
    w.lo = mem_calloc(n, sizeof *w.lo);
    w.hi = mem_calloc(n, sizeof *w.hi);
    w.at = mem_calloc(n, sizeof *w.at);
    uint64_t sum = 0;
    for (uint32_t k = 1; k <= ch->n_nets; k++) {
        w.lo[k] = ch->left[k] ? 0 : ch->first[k] + 1;
        w.hi[k] = ch->right[k] ? ch->n_cols + 1 : ch->last[k] + 1;
        w.at[k] = (uint32_t)sum;
        if (w.lo[k] < w.hi[k]) sum += w.hi[k] - w.lo[k];
    }
    assert(sum < UINT32_MAX);
    w.track = mem_calloc(sum + 1, sizeof *w.track);
    return w;
}

void lanes_free(ChanLanes *w)
{
    uint32_t *all[] = {w->lo, w->hi, w->at, w->track};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    memset(w, 0, sizeof *w);
}

static uint32_t *track_at(const ChanLanes *w, uint32_t k, uint32_t c) { return &w->track[w->at[k] + c - w->lo[k]]; }

/* Tracks of net k at the left and right of column c; 0 = none. */
static void beside(const ChanLanes *w, uint32_t k, uint32_t c, uint32_t *in, uint32_t *out)
{
    *in = c >= w->lo[k] && c < w->hi[k] ? *track_at(w, k, c) : 0;
    *out = c + 1 >= w->lo[k] && c + 1 < w->hi[k] ? *track_at(w, k, c + 1) : 0;
}

bool lanes_of(const Chan *ch, const ChanSolution *s, ChanLanes *out)
{
    if (s->n_cols != ch->n_cols) return false;
    *out = lanes_new(ch, s->n_tracks);
    bool ok = true;
    for (uint32_t i = 0; ok && i < s->h.n; i++) {
        const ChanH *h = &s->h.v[i];
        uint32_t k = h->net, a = h->c1 + 1, b = h->c2 + 1;
        if (h->c1 == 0 && ch->left[k]) a = 0;
        if (h->c2 == ch->n_cols - 1 && ch->right[k]) b++;
        for (uint32_t c = a; ok && c < b; c++) {
            ok = c >= out->lo[k] && c < out->hi[k] && !*track_at(out, k, c);
            if (ok) *track_at(out, k, c) = h->track;
        }
    }
    for (uint32_t k = 1; ok && k <= ch->n_nets; k++)
        for (uint32_t c = out->lo[k]; ok && c < out->hi[k]; c++) ok = *track_at(out, k, c) != 0;
    if (!ok) lanes_free(out);
    return ok;
}

/* ---- drawing ----------------------------------------------------------------------------------------------- */

/* Rows of the vertical wire that a net on `in` and `out` needs; false: none. */
static bool extent(uint32_t in, uint32_t out, bool top, bool bot, uint32_t T, uint32_t *a, uint32_t *b)
{
    if (!in) in = out;
    if (!out) out = in;
    *a = top ? 0 : in < out ? in : out;
    *b = bot ? T + 1 : in > out ? in : out;
    return top || bot || in != out;
}

static void draw_net(const Chan *ch, const ChanLanes *w, uint32_t k, ChanSolution *s)
{
    uint32_t last = ch->n_cols - 1;
    for (uint32_t c = w->lo[k]; c < w->hi[k];) {
        uint32_t t = *track_at(w, k, c), b = c + 1;
        while (b < w->hi[k] && *track_at(w, k, b) == t) b++;
        sol_h(s, k, t, c ? c - 1 : 0, b - 1 < last ? b - 1 : last);
        c = b;
    }
    for (uint32_t c = ch->first[k]; w->lo[k] < w->hi[k] && c <= ch->last[k]; c++) {
        uint32_t in, out, a, b;
        beside(w, k, c, &in, &out);
        if (!extent(in, out, ch->top[c] == k, ch->bot[c] == k, w->T, &a, &b)) continue;
        sol_v(s, k, c, a, b);
        if (in) sol_x(s, k, c, in);
        if (out && out != in) sol_x(s, k, c, out);
    }
}

void lanes_draw(const Chan *ch, const ChanLanes *w, ChanSolution *out)
{
    for (uint32_t k = 1; k <= ch->n_nets; k++) draw_net(ch, w, k, out);
    out->n_tracks = w->T;
    out->n_cols = ch->n_cols;
}

/* ---- improving ---------------------------------------------------------------------------------------------- */

typedef struct {
    const Chan *ch;
    ChanLanes *w;
    uint32_t via, len;
    uint32_t *h, *v;        /* [(T + 2) · n_cols], column by column: net of the wire at a grid point */
    uint64_t *cost, *next;  /* [T + 1] cheapest way to the cut at hand */
    uint32_t *open, n_open; /* tracks on which a horizontal wire may stand at the column at hand */
    uint32_t *from;         /* [cuts of the net · (T + 1)] track at the cut before */
    uint64_t steps;
} Improve;

#define FAR UINT64_MAX

static void paint(Improve *g, uint32_t k, uint32_t net)
{
    const Chan *ch = g->ch;
    uint32_t rows = g->w->T + 2;
    for (uint32_t c = ch->first[k]; c <= ch->last[k]; c++) {
        uint32_t in, out, a, b;
        beside(g->w, k, c, &in, &out);
        if (in) g->h[(size_t)c * rows + in] = net;
        if (out) g->h[(size_t)c * rows + out] = net;
        if (!extent(in, out, ch->top[c] == k, ch->bot[c] == k, g->w->T, &a, &b)) continue;
        for (uint32_t t = a; t <= b; t++) g->v[(size_t)c * rows + t] = net;
    }
    g->steps += ch->last[k] - ch->first[k] + rows;
}

/* May a horizontal wire stand at column c on track t? Own wires have been taken away. */
static bool h_free(const Improve *g, uint32_t c, uint32_t t)
{
    uint32_t gap = g->ch->h_gap, a = c + 1 > gap ? c + 1 - gap : 0, b = c + gap < g->ch->n_cols ? c + gap : g->ch->n_cols;
    for (uint32_t q = a; q < b; q++)
        if (g->h[(size_t)q * (g->w->T + 2) + t]) return false;
    return true;
}

static void list_open(Improve *g, uint32_t c)
{
    g->n_open = 0;
    for (uint32_t t = 1; t <= g->w->T; t++)
        if (h_free(g, c, t)) g->open[g->n_open++] = t;
    g->steps += (uint64_t)g->w->T * g->ch->h_gap;
}

/* Nearest rows above and below t in column c, inclusive, that a vertical wire through t may reach. */
static void reach_from(const Improve *g, uint32_t c, uint32_t t, uint32_t *a, uint32_t *b)
{
    const uint32_t *v = &g->v[(size_t)c * (g->w->T + 2)];
    uint32_t gap = g->ch->v_gap - 1, T = g->w->T;
    *a = t;
    *b = t;
    while (*a > 0 && !v[*a - 1]) --*a;
    while (*b < T + 1 && !v[*b + 1]) ++*b;
    if (*a > 0) *a += gap;
    if (*b < T + 1) *b = *b > gap ? *b - gap : 0;
}

/* All ways over column c from track `in` (0: the net begins here) to every track; to = false: it ends here. */
static void step(Improve *g, uint32_t k, uint32_t c, uint32_t in, uint64_t base, bool to, uint64_t *end, uint32_t *from)
{
    const Chan *ch = g->ch;
    bool top = ch->top[c] == k, bot = ch->bot[c] == k;
    uint32_t T = g->w->T, a = 1, b = T, rows = T + 2, lo = 1, hi = T;
    const uint32_t *v = &g->v[(size_t)c * rows];
    if (in && !v[in]) {
        reach_from(g, c, in, &lo, &hi);
        a = b = in;
        if (lo <= in && hi >= in) a = lo ? lo : 1, b = hi <= T ? hi : T;
    } else if (in) {
        a = b = in; /* another net's vertical wire stands here */
    }
    if (!to) a = b = in;
    for (uint32_t i = 0; i < g->n_open && g->open[i] <= b; i++) {
        uint32_t t = g->open[i], x, y;
        g->steps++;
        if (t < a) continue;
        uint64_t cost = base;
        if (!in && v[t]) continue;
        if (!in) reach_from(g, c, t, &lo, &hi);
        if (extent(in, to ? t : 0, top, bot, T, &x, &y)) {
            if ((in && v[in]) || x < lo || y > hi || lo > hi) continue;
            cost += (uint64_t)g->len * (y - x) + g->via * (in && to && in != t ? 2u : 1u);
        }
        if (!to) {
            if (cost < *end) *end = cost, *from = in;
        } else if (cost < g->next[t]) {
            g->next[t] = cost;
            from[t] = in;
        }
    }
}

/* The net's cheapest tracks into w; false if it has no way at all (then nothing changes). */
static uint64_t lay(Improve *g, uint32_t k)
{
    const Chan *ch = g->ch;
    ChanLanes *w = g->w;
    uint32_t T = w->T, lo = w->lo[k], hi = w->hi[k];
    uint64_t end = FAR;
    uint32_t end_t = 0;
    for (uint32_t c = lo; c <= hi; c++) {
        /* from the cut c - 1 over column c - 1 to the cut c */
        uint32_t *from = &g->from[(size_t)(c - lo) * (T + 1)];
        for (uint32_t t = 1; t <= T; t++) g->next[t] = FAR;
        list_open(g, c ? c - 1 : 0);
        if (c == lo && lo == 0) {
            for (uint32_t i = 0; i < g->n_open; i++) g->next[g->open[i]] = 0;
        } else if (c == lo) {
            step(g, k, c - 1, 0, 0, true, NULL, from);
        } else if (c == hi && hi == ch->n_cols + 1) {
            for (uint32_t t = 1; t <= T; t++)
                if (g->cost[t] < end) end = g->cost[t], end_t = t;
        } else {
            for (uint32_t i = 0; i < g->n_open; i++) {
                uint32_t t = g->open[i];
                if (g->cost[t] == FAR) continue;
                if (c < hi) step(g, k, c - 1, t, g->cost[t], true, NULL, from);
                else step(g, k, c - 1, t, g->cost[t], false, &end, &end_t);
            }
        }
        uint64_t *x = g->cost;
        g->cost = g->next;
        g->next = x;
    }
    for (uint32_t c = hi, t = end_t; end != FAR && c-- > lo;) {
        *track_at(w, k, c) = t;
        t = g->from[(size_t)(c - lo) * (T + 1) + t];
    }
    return end;
}

static uint64_t cost_of(const Improve *g, uint32_t k)
{
    uint64_t sum = 0;
    for (uint32_t c = g->ch->first[k]; c <= g->ch->last[k]; c++) {
        uint32_t in, out, a, b;
        beside(g->w, k, c, &in, &out);
        if (extent(in, out, g->ch->top[c] == k, g->ch->bot[c] == k, g->w->T, &a, &b))
            sum += (uint64_t)g->len * (b - a) + g->via * (in && out && in != out ? 2u : 1u);
    }
    return sum;
}

bool lanes_improve(const Chan *ch, ChanLanes *w, uint32_t via, uint32_t len, uint64_t work)
{
    Improve g = {.ch = ch, .w = w, .via = via, .len = len};
    size_t rows = (size_t)w->T + 2;
    g.h = mem_calloc((size_t)ch->n_cols * rows, sizeof *g.h);
    g.v = mem_calloc((size_t)ch->n_cols * rows, sizeof *g.v);
    g.cost = mem_calloc(rows, sizeof *g.cost);
    g.next = mem_calloc(rows, sizeof *g.next);
    g.open = mem_calloc(rows, sizeof *g.open);
    g.from = mem_calloc(((size_t)ch->n_cols + 2) * rows, sizeof *g.from);
    for (uint32_t c = 0; c < ch->n_cols; c++)
        for (size_t t = 0; ch->through[c] && t < rows; t++) g.v[c * rows + t] = UINT32_MAX;
    for (uint32_t k = 1; k <= ch->n_nets; k++)
        if (w->lo[k] < w->hi[k]) paint(&g, k, k);
    bool any = false;
    for (bool gained = true; gained && g.steps < work;) {
        gained = false;
        for (uint32_t k = 1; k <= ch->n_nets && g.steps < work; k++) {
            if (w->lo[k] >= w->hi[k]) continue;
            uint64_t old = cost_of(&g, k);
            paint(&g, k, 0);
            uint64_t now = lay(&g, k);
            assert(now <= old);
            paint(&g, k, k);
            gained = gained || now < old;
        }
        any = any || gained;
    }
    void *all[] = {g.h, g.v, g.cost, g.next, g.open, g.from};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return any;
}
