/*
 * Left-edge and merging: nets are cut into wires at their pins (doglegs), the wires are laid on whole tracks.
 *
 * Tracks are filled one after another from the top, from the bottom or from both; each takes the chain of wires of greatest
 * weight (weighted interval scheduling). A wire weighs more where the channel is full and where many others wait for it in the
 * vertical constraint graph. Plain weights give the constrained left-edge algorithm with doglegs; restarts with other weights look
 * for fewer tracks. Cycles in the constraint graph are cut by doglegs at columns without pins, or, where added columns are allowed,
 * by way of a column at the right end; so are chains longer than the tracks aimed at.
 *
 * Source: Hashimoto, Stevens 1971; Deutsch 1976 (doglegs); Yoshimura, Kuh 1982 (merging along the constraint graph).
 */
#include "route/channel_leg.h"

/* ---- one run ------------------------------------------------------------------------------------------- */

typedef struct {
    double crowd, crowd_fall;  /* weight of a column without slack, factor per track of slack */
    double chain, chain_fall;  /* likewise for wires that others wait for */
    double length, noise;
    int ends;                  /* 0 top only, 1 bottom only, 2 alternating, 3 random */
} Weights;

/* Wires by the right end of what they block: counting sort, equal ends in order of creation. */
static void sort_ends(Leg *g)
{
    uint32_t cols = g->ch->n_cols;
    uint32_t *at = mem_calloc((size_t)cols + 1, sizeof *at);
    for (uint32_t i = 0; i < g->s.n; i++) at[g->s.v[i].b2 + 1]++;
    for (uint32_t c = 0; c < cols; c++) at[c + 1] += at[c];
    for (uint32_t i = 0; i < g->s.n; i++) g->by_end[at[g->s.v[i].b2]++] = i;
    mem_free(at);
}

#define FALL_MAX 12 /* more slack than this weighs no less */

static double falling(double w, double fall, uint32_t slack)
{
    for (uint32_t i = 0; i < slack && i < FALL_MAX; i++) w *= fall;
    return w;
}

/* May wire i lie on track k, seen from the end that is being filled? */
static bool ready(const Leg *g, uint32_t i, uint32_t k, bool top)
{
    if (g->track[i] || (top ? g->n_above[i] : g->n_below[i])) return false;
    if (g->ch->v_gap == 1) return true; /* all constraints are laid and on earlier tracks */
    for (uint32_t e = g->above0[i]; e < g->above0[i + 1]; e++) {
        uint32_t t = g->track[g->above[e]];
        if (t && t + g->ch->v_gap > k) return false;
    }
    for (uint32_t e = g->below0[i]; e < g->below0[i + 1]; e++) {
        uint32_t t = g->track[g->below[e]];
        if (t && k + g->ch->v_gap > t) return false;
    }
    return true;
}

static void column_weights(Leg *g, const Weights *w, uint32_t room)
{
    double sum = 0, table[FALL_MAX + 1];
    for (uint32_t i = 0; i <= FALL_MAX; i++) table[i] = falling(w->crowd, w->crowd_fall, i);
    for (uint32_t c = 0; c < g->ch->n_cols; c++) {
        g->weight_at[c] = sum;
        uint32_t slack = room > g->cover[c] ? room - g->cover[c] : 0;
        if (g->cover[c]) sum += table[slack < FALL_MAX ? slack : FALL_MAX];
    }
    g->weight_at[g->ch->n_cols] = sum;
}

static void lay(Leg *g, uint32_t i, uint32_t k)
{
    const Seg *s = &g->s.v[i];
    g->track[i] = k;
    for (uint32_t e = g->below0[i]; e < g->below0[i + 1]; e++) g->n_above[g->below[e]]--;
    for (uint32_t e = g->above0[i]; e < g->above0[i + 1]; e++) g->n_below[g->above[e]]--;
    for (uint32_t c = s->c1; c < s->c2 + s->last; c++) g->cover[c]--;
    g->work += s->c2 - s->c1 + 1;
}

/* Fill track k with the heaviest chain of wires that may lie there. `room`: tracks still to fill, this one included. */
static uint32_t fill(Leg *g, const Weights *w, uint32_t k, bool top, uint32_t room, Rng *rng)
{
    uint32_t n = g->s.n, cols = g->ch->n_cols, j = 0, laid = 0;
    column_weights(g, w, room);
    leg_depths(g, top);
    double best = 0;
    uint32_t best_seg = NONE;
    for (uint32_t c = 0; c < cols; c++) {
        for (; j < n && g->s.v[g->by_end[j]].b2 <= c; j++) {
            uint32_t i = g->by_end[j];
            const Seg *s = &g->s.v[i];
            g->val[i] = -1;
            if (!ready(g, i, k, top)) continue;
            uint32_t depth = top ? g->depth_dn[i] : g->depth_up[i];
            double x = g->weight_at[s->c2 + s->last] - g->weight_at[s->c1] + w->length * (s->c2 - s->c1 + 1);
            x += falling(w->chain, w->chain_fall, room > depth + 1 ? room - depth - 1 : 0);
            if (w->noise > 0) x *= 1 + w->noise * (rng_double(rng) - 0.5);
            g->prev[i] = NONE;
            double base = 0;
            if (s->b1 >= g->ch->h_gap) {
                base = g->pre[s->b1 - g->ch->h_gap];
                g->prev[i] = g->pre_seg[s->b1 - g->ch->h_gap];
            }
            /* The net's own wire to the left may touch it, when neither was lengthened over the other. */
            if (s->before != NONE && s->b1 == s->c1 && g->s.v[s->before].b2 == s->c1 && g->val[s->before] > base &&
                !g->track[s->before]) {
                base = g->val[s->before] * 1.0000001;
                g->prev[i] = s->before;
            }
            g->val[i] = base + x;
            if (g->val[i] > best) best = g->val[i], best_seg = i;
        }
        g->pre[c] = best;
        g->pre_seg[c] = best_seg;
    }
    for (uint32_t i = best_seg; i != NONE; i = g->prev[i], laid++) lay(g, i, k);
    g->work += n + cols;
    return laid;
}

static void run_reset(Leg *g)
{
    uint32_t n = g->s.n;
    memset(g->cover, 0, g->ch->n_cols * sizeof *g->cover);
    for (uint32_t i = 0; i < n; i++) {
        const Seg *s = &g->s.v[i];
        g->track[i] = 0;
        g->n_above[i] = g->above0[i + 1] - g->above0[i];
        g->n_below[i] = g->below0[i + 1] - g->below0[i];
        for (uint32_t c = s->c1; c < s->c2 + s->last; c++) g->cover[c]++;
        g->work += s->c2 - s->c1 + 1;
    }
}

/* Lay all wires aiming at `want` tracks. Returns the tracks used, or 0 once more than `limit` would be needed. Tracks filled from the
 * bottom are numbered from 2^30 down and moved up at the end. */
static uint32_t run(Leg *g, const Weights *w, uint32_t want, uint32_t limit, Rng *rng)
{
    const uint32_t foot = 1u << 30;
    uint32_t up = 0, dn = 0, left = g->s.n, idle = 0;
    run_reset(g);
    for (bool turn = false; left; turn = !turn) {
        bool top = w->ends == 0 || (w->ends == 2 && !turn) || (w->ends == 3 && (rng_u64(rng) & 1));
        if (up + dn >= limit) return 0;
        uint32_t room = want > up + dn ? want - up - dn : 1;
        uint32_t k = top ? ++up : foot - ++dn;
        uint32_t laid = fill(g, w, k, top, room, rng);
        idle = laid ? 0 : idle + 1;
        assert(idle <= 2 * g->ch->v_gap + 64);
        left -= laid;
    }
    /* With a vertical gap the two halves must keep it where they meet. */
    uint32_t between = 0;
    for (uint32_t i = 0; g->ch->v_gap > 1 && i < g->s.n; i++)
        for (uint32_t e = g->below0[i]; g->track[i] <= up && e < g->below0[i + 1]; e++) {
            uint32_t b = g->track[g->below[e]];
            if (b <= up) continue;
            uint32_t d = up - g->track[i] + dn - (foot - b) + 1;
            if (d < g->ch->v_gap && g->ch->v_gap - d > between) between = g->ch->v_gap - d;
        }
    uint32_t total = up + dn + between;
    if (total > limit) return 0;
    for (uint32_t i = 0; i < g->s.n; i++)
        if (g->track[i] > up) g->track[i] = total + 1 - (foot - g->track[i]);
    return total;
}

static Weights draw_weights(Rng *rng)
{
    static const double fall[] = {0.15, 0.25, 0.35, 0.5, 0.7};
    Weights w;
    w.crowd = 1000;
    w.crowd_fall = fall[rng_below(rng, 5)];
    w.chain = 1000 * (1 + 40 * rng_double(rng));
    w.chain_fall = fall[rng_below(rng, 5)];
    w.length = rng_double(rng) * 4;
    w.noise = rng_below(rng, 4) ? rng_double(rng) * 1.2 : 0.02;
    w.ends = (int)rng_below(rng, 4);
    return w;
}

/* ---- result ------------------------------------------------------------------------------------------------ */

/* Vertical wires and vias of one net in one column: from its pins over the ends of its wires there. */
static void emit_column(const Leg *g, uint32_t net, uint32_t col, const Ends *e, const uint32_t *track, uint32_t T,
                        ChanSolution *out)
{
    uint32_t lo = UINT32_MAX, hi = 0;
    for (uint32_t i = 0; i < e->n; i++) {
        uint32_t t = track[e->s[i]];
        if (t < lo) lo = t;
        if (t > hi) hi = t;
    }
    bool top = g->ch->top[col] == net, bot = g->ch->bot[col] == net;
    if (!top && !bot && lo == hi) return; /* a dogleg that stayed straight, or an end */
    for (uint32_t i = 0; i < e->n; i++)
        if (i == 0 || track[e->s[0]] != track[e->s[1]]) sol_x(out, net, col, track[e->s[i]]);
    sol_v(out, net, col, top ? 0 : lo, bot ? T + 1 : hi);
}

static void emit(const Leg *g, const uint32_t *track, uint32_t T, ChanSolution *out)
{
    const Chan *ch = g->ch;
    Ends *top = mem_calloc(ch->n_cols, sizeof *top), *bot = mem_calloc(ch->n_cols, sizeof *bot);
    Ends *mid = mem_calloc(ch->n_cols, sizeof *mid);
    uint32_t *mid_net = mem_calloc(ch->n_cols, sizeof *mid_net);
    for (uint32_t i = 0; i < g->s.n; i++) {
        const Seg *s = &g->s.v[i];
        for (int e = 0; e < 2; e++) {
            uint32_t c = e ? s->c2 : s->c1;
            if (ch->top[c] == s->net) leg_end_add(&top[c], i);
            else if (ch->bot[c] == s->net) leg_end_add(&bot[c], i);
            else if (g->used[c] == s->net) { leg_end_add(&mid[c], i); mid_net[c] = s->net; }
        }
    }
    /* One horizontal wire per run of touching pieces on a track. */
    uint32_t *next = mem_calloc((size_t)g->s.n + 1, sizeof *next);
    for (uint32_t i = 0; i < g->s.n; i++) next[i] = NONE;
    for (uint32_t i = 0; i < g->s.n; i++)
        if (g->s.v[i].before != NONE) next[g->s.v[i].before] = i;
    for (uint32_t i = 0; i < g->s.n; i++) {
        uint32_t b = g->s.v[i].before, j = i;
        if (b != NONE && track[b] == track[i]) continue;
        while (next[j] != NONE && track[next[j]] == track[i]) j = next[j];
        sol_h(out, g->s.v[i].net, track[i], g->s.v[i].c1, g->s.v[j].c2);
    }
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        if (top[c].n) emit_column(g, ch->top[c], c, &top[c], track, T, out);
        if (bot[c].n) emit_column(g, ch->bot[c], c, &bot[c], track, T, out);
        if (mid[c].n == 2) emit_column(g, mid_net[c], c, &mid[c], track, T, out);
    }
    out->n_tracks = T;
    out->n_cols = ch->n_cols;
    mem_free(top);
    mem_free(bot);
    mem_free(mid);
    mem_free(mid_net);
    mem_free(next);
}

/* ---- search --------------------------------------------------------------------------------------------------- */

/* Exchanges on fixed numbers of tracks, fewest first; true if no more than `limit` do. */
static bool by_exchange(Leg *g, const ChanSearch *opt, uint32_t bound, uint32_t limit, uint32_t *best_track, uint32_t *best)
{
    for (uint32_t T = bound; T <= limit && T < bound + 3; T++) {
        if (!leg_kempe(g, T, opt->seed, opt->work / 4)) continue;
        *best = T;
        memcpy(best_track, g->track, g->s.n * sizeof *best_track);
        return true;
    }
    return false;
}

static uint32_t search(Leg *g, const ChanSearch *opt, uint32_t *best_track)
{
    static const Weights plain = {1000, 0.35, 4000, 0.35, 1, 0, 0};
    uint32_t n = g->s.n, best = 0, bound = leg_longest_chain(g);
    if (bound < opt->stop_at) bound = opt->stop_at;
    Rng rng = rng_make(opt->seed, 0x1e9);
    uint32_t limit = opt->below == UINT32_MAX ? UINT32_MAX / 4 : opt->below - 1;
    /* Some plain runs, then exchanges from the bound up, then restarts. */
    for (uint32_t k = 0; k == 0 || (g->work < opt->work && best != bound) || k < 4; k++) {
        Weights w = plain;
        if (k == 4 && by_exchange(g, opt, bound, limit, best_track, &best)) limit = best - 1;
        w.ends = (int)(k % 3);
        if (k >= 3) w = draw_weights(&rng);
        if (best && best <= bound) break;
        uint32_t T = run(g, &w, best ? best - 1 : bound, limit, &rng);
        if (!T) continue;
        best = T;
        limit = T - 1;
        memcpy(best_track, g->track, n * sizeof *best_track);
    }
    return best;
}

/*
 * One problem: columns from `added` on are empty and may be taken by doglegs; chains are cut as `cuts` says.
 *   out  NULL: only count
 *   used   out, may be NULL: added columns taken
 *   spent  out, may be NULL: steps, added to it
 */
static bool solve(const Chan *ch, const ChanSearch *opt, uint32_t added, const LegCuts *cuts, ChanSolution *out, uint32_t *used, uint64_t *spent)
{
    Leg g = {.ch = ch, .next_free = added};
    g.used = mem_calloc((size_t)ch->n_cols + 1, sizeof *g.used);
    leg_wires(&g);
    g.cover = mem_calloc((size_t)ch->n_cols + 1, sizeof *g.cover);
    g.weight_at = mem_calloc((size_t)ch->n_cols + 1, sizeof *g.weight_at);
    g.pre = mem_calloc((size_t)ch->n_cols + 1, sizeof *g.pre);
    g.pre_seg = mem_calloc((size_t)ch->n_cols + 1, sizeof *g.pre_seg);
    bool ok = leg_break_cycles(&g);
    if (ok && cuts) leg_shorten_chains(&g, *cuts);
    if (used) *used = g.next_free - added;
    g.work += (uint64_t)(g.s.n + ch->n_cols) * (g.next_free - added + 1); /* each cut goes over all */
    if (ok && out) {
        sort_ends(&g);
        uint32_t *best = mem_calloc((size_t)g.s.n + 1, sizeof *best);
        uint32_t T = g.s.n ? search(&g, opt, best) : 0;
        ok = T || !g.s.n;
        if (T && ch->quiet && opt->work) {
            memcpy(g.track, best, g.s.n * sizeof *best);
            leg_quiet(&g, T, opt->work / 2);
            memcpy(best, g.track, g.s.n * sizeof *best);
        }
        if (ok) emit(&g, best, T, out);
        out->method = "left-edge, merging";
        if (ok && ch->min_len) ok = chan_lengthen(ch, out, opt->max_extra);
        mem_free(best);
    }
    if (spent) *spent += g.work;
    void *all[] = {g.below0, g.below, g.above0, g.above, g.used, g.track, g.n_above, g.n_below, g.depth_dn, g.depth_up, g.topo,
                   g.by_end, g.cover, g.weight_at, g.val, g.pre, g.prev, g.pre_seg};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    arr_free(&g.s);
    return ok;
}

bool chan_leg(const Chan *ch, const ChanSearch *opt, ChanSolution *out) { return solve(ch, opt, ch->n_cols, NULL, out, NULL, NULL); }

/* The channel with empty columns at its right end. */
static void widen(const Chan *ch, uint32_t extra, Chan *w)
{
    size_t n = ch->n_cols, size = n * sizeof(uint32_t), nets = (size_t)ch->n_nets + 1;
    *w = *ch;
    memset(&w->arena, 0, sizeof w->arena);
    w->n_cols += extra;
    w->top = memcpy(arena_array(&w->arena, uint32_t, w->n_cols), ch->top, size);
    w->bot = memcpy(arena_array(&w->arena, uint32_t, w->n_cols), ch->bot, size);
    w->through = memcpy(arena_array(&w->arena, uint32_t, w->n_cols), ch->through, size);
    w->last = memcpy(arena_array(&w->arena, uint32_t, nets), ch->last, nets * sizeof(uint32_t));
    for (uint32_t k = 1; k <= ch->n_nets; k++)
        if (ch->right[k]) w->last[k] = w->n_cols - 1;
}

/* The first cuts tried are none, then down to some lengths in the middle; after that all is drawn. */
static LegCuts draw_cuts(uint32_t turn, uint32_t d, Rng *rng)
{
    const uint32_t goals[] = {2 * d, d + d / 4, d + d / 16};
    LegCuts q = {.goal = turn < 4 ? goals[turn - 1] : d / 2 + 1 + rng_below(rng, d + d / 2), .middle = 1000};
    if (turn < 4) return q;
    q.middle = rng_below(rng, 1000);
    q.way = rng_below(rng, 1000);
    q.chance = 1 + rng_below(rng, 500);
    q.rng = rng_make(rng_u64(rng), 0);
    return q;
}

#define WIDE_TURNS 400u

bool chan_leg_wide(const Chan *ch, const ChanSearch *opt, ChanSolution *out)
{
    const uint32_t d = opt->stop_at;
    uint32_t cap = opt->max_extra < ch->n_cols ? opt->max_extra : ch->n_cols;
    uint64_t area = opt->area, work = 0;
    bool have = false;
    Rng rng = rng_make(opt->seed, 0x31de);
    for (uint32_t turn = 0; cap && (turn < 4 || work < opt->work / 3) && turn < WIDE_TURNS; turn++) {
        LegCuts q = turn ? draw_cuts(turn, d, &rng) : (LegCuts){0};
        Chan w;
        uint32_t extra = 0;
        widen(ch, cap, &w);
        bool ok = solve(&w, opt, ch->n_cols, turn ? &q : NULL, NULL, &extra, &work);
        arena_free(&w.arena);
        if (!ok) break; /* no more than cycles were cut: others fail, too */
        uint64_t most = area == UINT64_MAX ? UINT32_MAX : (area - 1) / (ch->n_cols + extra);
        if (turn == 0 && extra > ch->n_cols / 8) turn = WIDE_TURNS; /* so many cycles: chains are not what costs */
        if (most <= d) continue;
        ChanSearch o = *opt;
        o.below = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
        o.work = turn < 4 ? opt->work / 24 : opt->work / 400;
        ChanSolution s = {0};
        widen(ch, extra, &w);
        if (solve(&w, &o, ch->n_cols, turn ? &q : NULL, &s, NULL, &work) && (uint64_t)s.n_cols * (s.n_tracks + 1) < area) {
            channel_solution_free(out);
            *out = s;
            area = (uint64_t)s.n_cols * (s.n_tracks + 1);
            have = true;
        } else {
            channel_solution_free(&s);
        }
        arena_free(&w.arena);
    }
    return have;
}
