/*
 * Sweep with foresight: column by column from the left, always complete. Every net is drawn to where its next pins want it, above or
 * below the net that has the other pin of their column, and changes its track wherever a column's middle is free; so constraints and
 * circles of them are mostly met before they bind. Where one binds nevertheless, a net holds several tracks until a column joins them.
 *
 * Invariants: at the end of a column every net with pins behind and before it (or still in pieces) holds at least one track; pieces of
 * one net on different tracks are not joined to the left (so joining never makes a loop). Steps are counted, never seconds.
 *
 * Source: Rivest, Fiduccia 1982 ("A greedy channel router") for the frame: complete columns, pieces, new tracks where nothing else helps.
 * The choice of landings (best pair) and of changes (heaviest set of spans that do not meet) is exact for what a column is worth.
 */
#include "route/channel_sweep.h"

#define TOP 0u
#define BOT 1u
#define NEVER (INT64_MAX / 4)
#define RIM 3000         /* price per track too near to an edge */

static bool more(const Sweep *g, uint32_t net) { return g->next[net] < g->pin0[net + 1] || g->ch->right[net]; }

static bool hole(const Sweep *g, uint32_t p) { return !g->lane.v[p].net && g->lane.v[p].free_from <= g->col; }

/* ---- what a net wishes ------------------------------------------------------------------------------- */

/* Where the net with the other pin is met: at its piece next to that pin, or where it will find a free track. 0: nowhere. */
static uint32_t partner(const Sweep *g, uint32_t pin)
{
    uint32_t m = pin % 4 == 1 ? g->ch->bot[pin / 4] : g->ch->top[pin / 4];
    if (!m) return 0;
    if (g->held[m]) return pin % 4 == 1 ? g->hi[m] : g->lo[m];
    return pin % 4 == 1 ? g->hole_hi : g->hole_lo;
}

/* Price of net's standing at p. */
static int64_t price(Sweep *g, uint32_t net, uint32_t p)
{
    int64_t sum = 0;
    g->work += 4;
    uint32_t end = g->pin0[net + 1], gap = g->ch->v_gap, edge = p <= g->T / 2 ? p : g->T + 1 - p;
    if (edge <= g->k.rim) sum = RIM * (g->k.rim + 1 - edge);
    for (uint32_t i = g->next[net], n = 0; i < end && n < g->k.deep; i++, n++) {
        uint32_t pin = g->pins[i], side = pin % 4, ahead = pin / 4 - g->col;
        if (side == 3) continue;
        uint32_t weight = 1024 * g->k.reach / (g->k.reach + ahead) >> n, y = partner(g, pin);
        uint64_t far = (uint64_t)(weight + g->k.steady) * (uint64_t)g->k.far * (side == 1 ? p : g->T + 1 - p);
        sum += far <= UINT32_MAX ? (uint32_t)far / (g->T + 1) : far / (g->T + 1); /* most are small, and 32 bits divide faster */
        if (y && (side == 1 ? p + gap > y : p < y + gap)) sum += weight * g->k.wrong;
    }
    return sum;
}

/* ---- tracks ------------------------------------------------------------------------------------------ */

static void find_outer(Sweep *g, uint32_t net)
{
    if (!g->held[net]) return;
    uint32_t p = 1;
    while (g->lane.v[p].net != net) p++;
    g->lo[net] = p;
    for (p = g->T; g->lane.v[p].net != net;) p--;
    g->hi[net] = p;
}

static void claim(Sweep *g, uint32_t p, uint32_t net)
{
    g->lane.v[p].net = net;
    g->lane.v[p].start = g->col;
    if (!g->held[net] || p < g->lo[net]) g->lo[net] = p;
    if (!g->held[net] || p > g->hi[net]) g->hi[net] = p;
    g->held[net]++;
}

static void drop(Sweep *g, uint32_t p)
{
    Lane *t = &g->lane.v[p];
    if (t->start < g->col || (!g->col && g->ch->left[t->net])) {
        sol_h(g->out, t->net, t->id, t->start, g->col);
        sol_x(g->out, t->net, g->col, t->id);
        t->free_from = g->col + g->ch->h_gap;
    }
    g->held[t->net]--;
    t->net = 0;
}

/* A vertical wire over positions a … b (0 and T + 1: the edges): the net's tracks under it are joined and end, but `keep` goes on (0: none). */
static void stroke(Sweep *g, uint32_t net, uint32_t a, uint32_t b, uint32_t keep)
{
    sol_v(g->out, net, g->col, g->lane.v[a].id, g->lane.v[b].id);
    bool was = keep && g->lane.v[keep].net == net;
    for (uint32_t p = a ? a : 1; p <= b && p <= g->T; p++)
        if (p != keep && g->lane.v[p].net == net) drop(g, p);
    if (keep && !was) claim(g, keep, net);
    if (keep) sol_x(g->out, net, g->col, g->lane.v[keep].id);
    find_outer(g, net);
    g->work += b - a + 1;
}

static void rows_for(Sweep *g, uint32_t n)
{
    if (g->rows >= n) return;
    g->rows = 2 * n;
    for (int s = 0; s < 2; s++) {
        g->loss[s] = mem_resize(g->loss[s], g->rows * sizeof *g->loss[s]);
        g->land[s] = mem_resize(g->land[s], g->rows * sizeof *g->land[s]);
    }
    g->best = mem_resize(g->best, g->rows * sizeof *g->best);
    g->best_span = mem_resize(g->best_span, g->rows * sizeof(uint32_t));
    g->by_end = mem_resize(g->by_end, g->rows * sizeof(uint32_t));
    g->holes = mem_resize(g->holes, g->rows * sizeof(uint32_t));
}

/* A new track at position p. */
static void insert(Sweep *g, uint32_t p)
{
    arr_push(&g->lane, ((Lane){0}));
    memmove(&g->lane.v[p + 1], &g->lane.v[p], (g->lane.n - 1 - p) * sizeof(Lane));
    g->lane.v[p] = (Lane){.id = g->n_ids++};
    g->T++;
    rows_for(g, g->T + 2);
    for (uint32_t k = 1; k <= g->ch->n_nets; k++) {
        g->lo[k] += g->lo[k] >= p;
        g->hi[k] += g->hi[k] >= p;
    }
    g->work += g->T + g->ch->n_nets;
}

static void list_holes(Sweep *g)
{
    g->n_holes = 0;
    for (uint32_t p = 1; p <= g->T; p++)
        if (hole(g, p)) g->holes[g->n_holes++] = p;
    g->hole_lo = g->n_holes ? g->holes[0] : g->T + 1;
    g->hole_hi = g->n_holes ? g->holes[g->n_holes - 1] : 0;
}

/* ---- landings ---------------------------------------------------------------------------------------- */

/* Someone wishes to draw a wire over a … b: landings into it are dearer by `worth`. */
static void wish(Sweep *g, uint32_t a, uint32_t b, int64_t worth)
{
    g->loss[TOP][a] += worth;
    g->loss[BOT][g->T + 1 - b] += worth;
}

static void find_losses(Sweep *g)
{
    for (uint32_t e = 0; e <= g->T + 1; e++) g->loss[TOP][e] = g->loss[BOT][e] = 0;
    for (uint32_t p = 1; p <= g->T; p++) {
        uint32_t net = g->lane.v[p].net, i = net ? g->next[net] : 0;
        if (!net) continue;
        if (g->held[net] > 1) {
            if (p == g->lo[net]) wish(g, p, g->hi[net], g->k.split * g->k.block / 16);
            continue;
        }
        if (i == g->pin0[net + 1] || g->pins[i] % 4 == 3) continue;
        uint32_t y = partner(g, g->pins[i]);
        bool up = g->pins[i] % 4 == 1;
        if (!y || y > g->T || (up ? p + g->ch->v_gap <= y : p >= y + g->ch->v_gap)) continue;
        int64_t weight = 1024 * (int64_t)g->k.reach / (g->k.reach + g->pins[i] / 4 - g->col);
        wish(g, p < y ? p : y, p < y ? y : p, weight * g->k.wrong * g->k.block / 16);
    }
    for (uint32_t e = 1; e <= g->T; e++)
        for (int s = 0; s < 2; s++) g->loss[s][e] += g->loss[s][e - 1] + 1;
    g->work += 3 * g->T;
}

static void offer(Landing *v, uint32_t ext, uint32_t keep, bool all, int64_t cost)
{
    if (cost < v[ext].cost) v[ext] = (Landing){ext, keep, all, cost};
}

/* The cheapest landing of a net from one side for every number of tracks it may cross at most. */
static void find_landings(Sweep *g, uint32_t net, uint32_t side)
{
    Landing *v = g->land[side];
    const int64_t *loss = g->loss[side];
    uint32_t T = g->T, held = g->held[net];
    uint32_t own = !held ? 0 : side == TOP ? g->lo[net] : T + 1 - g->hi[net], last = !held ? 0 : side == TOP ? g->hi[net] : T + 1 - g->lo[net];
    bool on = more(g, net);
    for (uint32_t e = 0; e <= T; e++) v[e].cost = NEVER;
    int64_t here = held && on ? price(g, net, side == TOP ? own : T + 1 - own) : 0;
    if (held == 1) offer(v, own, on ? own : 0, true, loss[own] + here);
    if (held > 1) {
        offer(v, own, own, false, loss[own] + g->k.split);
        if (!on) offer(v, last, 0, true, loss[last]);
    }
    for (uint32_t i = 1; i <= T; i++) {
        uint32_t p = side == TOP ? i : T + 1 - i;
        bool mine = g->lane.v[p].net == net;
        if (!mine && !hole(g, p)) continue;
        int64_t there = on ? price(g, net, p) : 0, pieces = (int64_t)(held + 1) * g->k.split;
        if (!held) offer(v, i, i, true, loss[i] + there);
        else if (held > 1 && on) {
            uint32_t e = i > last ? i : last;
            offer(v, e, i, true, loss[e] + there);
        } else if (on && !mine) {
            uint32_t e = i > own ? i : own;
            offer(v, e, i, true, loss[e] + there + g->k.change);
        }
        if (held && !mine && i < own) offer(v, i, i, false, loss[i] + pieces + g->k.split * g->k.spread * (own - i) / (4 * T) + (on && there < here ? there - here : 0));
    }
    for (uint32_t e = 1; e <= T; e++)
        if (v[e - 1].cost <= v[e].cost) v[e] = v[e - 1];
    g->work += T;
}

static void land(Sweep *g, uint32_t net, uint32_t side, const Landing *l)
{
    uint32_t T = g->T;
    if (side == TOP) stroke(g, net, 0, l->ext, l->keep);
    else stroke(g, net, T + 1 - l->ext, T + 1, l->keep ? T + 1 - l->keep : 0);
}

/* Both pins of a column; what is left between their wires is *lo … *hi. False: no two landings keep apart. */
static bool land_pins(Sweep *g, uint32_t a, uint32_t b, uint32_t *lo, uint32_t *hi)
{
    uint32_t T = g->T, gap = g->ch->v_gap;
    find_losses(g);
    if (a) find_landings(g, a, TOP);
    if (b) find_landings(g, b, BOT);
    const Landing *x = a ? &g->land[TOP][T] : NULL, *y = b ? &g->land[BOT][T] : NULL;
    if (a && b) {
        int64_t least = NEVER;
        for (uint32_t e = 1; e + gap <= T; e++) {
            const Landing *u = &g->land[TOP][e], *w = &g->land[BOT][T + 1 - e - gap];
            if (u->cost + w->cost >= least) continue;
            least = u->cost + w->cost;
            x = u, y = w;
        }
        if (least >= NEVER) return false;
    }
    if ((x && x->cost >= NEVER) || (y && y->cost >= NEVER)) return false;
    *lo = x ? x->ext + gap : 1;
    *hi = y ? T + 1 - y->ext : T + 1;
    *hi = y ? (*hi > gap ? *hi - gap : 0) : T;
    Landing l = y ? *y : (Landing){0};
    if (x) land(g, a, TOP, x);
    if (y) land(g, b, BOT, &l);
    return true;
}

/* The same net above and below: one wire across. */
static bool cross(Sweep *g, uint32_t net)
{
    uint32_t keep = 0;
    int64_t least = NEVER;
    for (uint32_t p = 1; more(g, net) && p <= g->T; p++) {
        if (g->lane.v[p].net != net && !hole(g, p)) continue;
        int64_t c = price(g, net, p) + (g->lane.v[p].net == net ? 0 : g->k.change);
        if (c < least) least = c, keep = p;
    }
    if (more(g, net) && !keep) return false;
    stroke(g, net, 0, g->T + 1, keep);
    return true;
}

/* A track where the two pins of a column, or one, ask for it. */
static void make_room(Sweep *g, uint32_t a, uint32_t b)
{
    uint32_t mid = g->T / 2 + 1;
    if (a && b && a != b) {
        if (g->held[b]) mid = g->hi[b];
        else if (g->held[a]) mid = g->lo[a] + 1;
        if (g->held[b] && !g->held[a] && mid > g->T / 2 + 1) mid = g->T / 2 + 1;
        if (g->held[a] && !g->held[b] && mid < g->T / 2 + 1) mid = g->T / 2 + 1;
    }
    insert(g, mid);
}

/* ---- changes and joins in the middle ----------------------------------------------------------------- */

static void push_span(Sweep *g, uint32_t p, uint32_t q, uint32_t keep, int64_t gain)
{
    uint32_t a = p < q ? p : q, b = p < q ? q : p;
    if (gain <= 0) return;
    if (g->k.noise) gain += gain * rng_below(&g->rng, g->k.noise + 1) / 64;
    arr_push(&g->span, ((Span){a, b, keep, g->lane.v[p].net, g->by_end[b], UINT32_MAX, gain, 0}));
    g->by_end[b] = g->span.n - 1;
}

/* Free tracks lo … hi (indices) near p, at most `tries` on each side. */
static void find_changes(Sweep *g, uint32_t p, uint32_t n_below, uint32_t lo, uint32_t hi)
{
    uint32_t net = g->lane.v[p].net;
    int64_t here = price(g, net, p);
    if (here <= g->k.change) return;
    for (uint32_t s = 0; s < 2; s++)
        for (uint32_t n = 0; n < g->k.tries; n++) {
            uint32_t i = s ? n_below + n : n_below - 1 - n;
            if (i >= g->n_holes || g->holes[i] < lo || g->holes[i] > hi) break;
            uint32_t q = g->holes[i];
            push_span(g, p, q, q, here - price(g, net, q) - g->k.change - (p < q ? q - p : p - q) / 4);
        }
}

/* Of a net in pieces: p and the next one below are joined, or move nearer to each other. */
static void find_joins(Sweep *g, uint32_t p, uint32_t n_below, uint32_t lo, uint32_t hi)
{
    uint32_t net = g->lane.v[p].net, q = p + 1;
    if (p != g->hi[net]) {
        while (g->lane.v[q].net != net) q++;
        if (q <= hi) {
            bool last = g->held[net] == 2, on = more(g, net);
            int64_t up = on ? price(g, net, p) : 0, dn = on ? price(g, net, q) : 0;
            push_span(g, p, q, last && !on ? 0 : dn < up ? q : p, g->k.split * (last && !on ? 3 : 2));
        }
        g->work += q - p;
    }
    if (p != g->lo[net] && p != g->hi[net]) return;
    bool down = p == g->lo[net];
    uint32_t goal = down ? g->hi[net] : g->lo[net], dist = down ? goal - p : p - goal;
    for (uint32_t n = 0; n < g->k.tries; n++) {
        uint32_t i = down ? n_below + n : n_below - 1 - n;
        if (i >= g->n_holes) break;
        q = g->holes[i];
        if (q < lo || q > hi || (down ? q > goal : q < goal)) break;
        uint32_t d = p < q ? q - p : p - q;
        push_span(g, p, q, q, g->k.split * d / dist - g->k.change);
    }
}

/* Heaviest set of spans in lo … hi that keep their distance. */
static void use_middle(Sweep *g, uint32_t lo, uint32_t hi)
{
    list_holes(g);
    g->span.n = 0;
    for (uint32_t p = lo; p <= hi; p++) g->by_end[p] = UINT32_MAX;
    for (uint32_t p = lo, i = 0; p <= hi; p++) {
        while (i < g->n_holes && g->holes[i] < p) i++;
        uint32_t net = g->lane.v[p].net;
        if (!net) continue;
        if (g->held[net] > 1) find_joins(g, p, i, lo, hi);
        else if (g->n_holes) find_changes(g, p, i, lo, hi);
    }
    int64_t best = 0;
    uint32_t best_i = UINT32_MAX, gap = g->ch->v_gap;
    for (uint32_t p = lo; p <= hi; p++) {
        for (uint32_t i = g->by_end[p]; i != UINT32_MAX; i = g->span.v[i].next) {
            Span *s = &g->span.v[i];
            bool before = s->a >= lo + gap;
            s->val = s->gain + (before ? g->best[s->a - gap] : 0);
            s->prev = before ? g->best_span[s->a - gap] : UINT32_MAX;
            if (s->val > best) best = s->val, best_i = i;
        }
        g->best[p] = best;
        g->best_span[p] = best_i;
    }
    for (uint32_t i = best_i; i != UINT32_MAX; i = g->span.v[i].prev) stroke(g, g->span.v[i].net, g->span.v[i].a, g->span.v[i].b, g->span.v[i].keep);
    g->work += 2 * g->T + 2 * g->span.n;
}

/* ---- columns ----------------------------------------------------------------------------------------- */

static void pass_pins(Sweep *g, uint32_t net)
{
    while (g->next[net] < g->pin0[net + 1] && g->pins[g->next[net]] / 4 <= g->col) g->next[net]++;
}

bool sweep_column(Sweep *g, uint32_t c)
{
    const Chan *ch = g->ch;
    bool in = c < ch->n_cols;
    uint32_t a = in ? ch->top[c] : 0, b = in ? ch->bot[c] : 0, lo = 1, hi = g->T;
    g->col = c;
    if (in && ch->through[c]) return true;
    if (a) pass_pins(g, a);
    if (b) pass_pins(g, b);
    list_holes(g);
    for (uint32_t turn = 0; a || b; turn++) {
        if (a == b ? cross(g, a) : land_pins(g, a, b, &lo, &hi)) break;
        assert(turn < 8 * ch->v_gap + 8);
        make_room(g, a, b);
        if (g->T > g->limit) return false;
        list_holes(g);
    }
    if (a && a == b) return true;
    if (!a && !b) hi = g->T;
    if (lo <= hi) use_middle(g, lo, hi);
    return true;
}

static void list_pins(Sweep *g)
{
    const Chan *ch = g->ch;
    g->pin0 = mem_calloc((size_t)ch->n_nets + 2, sizeof *g->pin0);
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        if (ch->top[c]) g->pin0[ch->top[c] + 1]++;
        if (ch->bot[c] && ch->bot[c] != ch->top[c]) g->pin0[ch->bot[c] + 1]++;
    }
    for (uint32_t k = 0; k <= ch->n_nets; k++) g->pin0[k + 1] += g->pin0[k];
    g->pins = mem_calloc((size_t)g->pin0[ch->n_nets + 1] + 1, sizeof *g->pins);
    memcpy(g->next, g->pin0, ((size_t)ch->n_nets + 2) * sizeof *g->next);
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        uint32_t a = ch->top[c], b = ch->bot[c];
        if (a) g->pins[g->next[a]++] = 4 * c + (a == b ? 3 : 1);
        if (b && a != b) g->pins[g->next[b]++] = 4 * c + 2;
    }
}

void sweep_start(Sweep *g, uint32_t T)
{
    const Chan *ch = g->ch;
    g->T = T;
    g->lane.n = 0;
    rows_for(g, g->T + 2);
    for (uint32_t p = 0; p < g->T + 2; p++) arr_push(&g->lane, ((Lane){.id = p == 0 ? 0 : p == g->T + 1 ? 1 : p + 1}));
    g->n_ids = g->T + 2;
    memcpy(g->next, g->pin0, ((size_t)ch->n_nets + 1) * sizeof *g->next);
    memset(g->held, 0, ((size_t)ch->n_nets + 1) * sizeof *g->held);
    memset(g->lo, 0, ((size_t)ch->n_nets + 1) * sizeof *g->lo);
    memset(g->hi, 0, ((size_t)ch->n_nets + 1) * sizeof *g->hi);
    g->col = 0;
    for (uint32_t k = 1; k <= ch->n_nets; k++) {
        if (!ch->left[k]) continue;
        list_holes(g);
        if (!g->n_holes) insert(g, g->T / 2 + 1), list_holes(g);
        uint32_t best = g->holes[0];
        for (uint32_t i = 1; i < g->n_holes; i++)
            if (price(g, k, g->holes[i]) < price(g, k, best)) best = g->holes[i];
        claim(g, best, k);
    }
}

bool sweep_in_pieces(const Sweep *g)
{
    for (uint32_t p = 1; p <= g->T; p++) {
        uint32_t net = g->lane.v[p].net;
        if (net && (g->held[net] > 1 || !g->ch->right[net])) return true;
    }
    return false;
}

int64_t sweep_worth(Sweep *g)
{
    int64_t sum = 0;
    list_holes(g);
    for (uint32_t p = 1; p <= g->T; p++) {
        uint32_t net = g->lane.v[p].net;
        if (!net) continue;
        if (g->held[net] > 1) sum += g->k.split;
        else sum += price(g, net, p);
    }
    return sum;
}

/* Ids become positions; wires that leave to the right are closed. */
bool sweep_finish(Sweep *g, uint32_t cols, uint32_t max_extra)
{
    ChanSolution *s = g->out;
    uint32_t *pos = mem_calloc((size_t)g->n_ids, sizeof *pos);
    for (uint32_t p = 0; p <= g->T + 1; p++) {
        const Lane *t = &g->lane.v[p];
        pos[t->id] = p;
        if (t->net) sol_h(s, t->net, t->id, t->start, cols - 1);
    }
    for (uint32_t i = 0; i < s->h.n; i++) s->h.v[i].track = pos[s->h.v[i].track];
    for (uint32_t i = 0; i < s->x.n; i++) s->x.v[i].track = pos[s->x.v[i].track];
    for (uint32_t i = 0; i < s->v.n; i++) {
        s->v.v[i].t1 = pos[s->v.v[i].t1];
        s->v.v[i].t2 = pos[s->v.v[i].t2];
    }
    mem_free(pos);
    s->n_tracks = g->T;
    s->n_cols = cols;
    s->method = "sweep";
    return !g->ch->min_len || chan_lengthen(g->ch, s, max_extra);
}

void sweep_new(Sweep *g, const Chan *ch, uint64_t seed)
{
    size_t n = (size_t)ch->n_nets + 2;
    *g = (Sweep){.ch = ch, .rng = rng_make(seed, 0x53eeb)};
    g->held = mem_calloc(4 * n, sizeof *g->held);
    g->lo = g->held + n;
    g->hi = g->lo + n;
    g->next = g->hi + n;
    list_pins(g);
}

void sweep_free(Sweep *g)
{
    arr_free(&g->lane);
    arr_free(&g->span);
    void *all[] = {g->held, g->pin0, g->pins, g->loss[0], g->loss[1], g->land[0], g->land[1], g->best, g->best_span, g->by_end, g->holes};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
}
