/*
 * Greedy sweep: column by column from the left, always complete. Cyclic constraints are no obstacle: a net may hold several tracks
 * for a while and joins them where a column has room; a pin that cannot reach a track gets a new one.
 *
 * Invariants: at the end of a column every net with pins behind and before it (or still in pieces) holds at least one track;
 * pieces of one net on different tracks are not joined to the left (so joining never makes a loop).
 *
 * Source: Rivest, Fiduccia 1982 ("A greedy channel router"), steps 1–6; the choice of joins in a column is here an exact weighted
 * interval selection instead of an enumeration.
 */
#include "route/channel_int.h"

#define TOP_ID 0u
#define BOT_ID 1u
#define FIRST_ID 2u
#define FULL UINT32_MAX /* owner of a column that a straight wire crosses */

typedef struct {
    uint32_t net;         /* 0: free */
    uint32_t start;       /* column where its present wire begins */
    uint32_t free_from;   /* first column another wire may begin */
} GTrack;

typedef struct { uint32_t a, b, net; int64_t gain, val; uint32_t prev; } Join;

typedef struct {
    uint32_t width;       /* tracks at the start */
    uint32_t min_jog;     /* shorter jogs are not worth two vias */
    uint32_t look;        /* a next pin farther than this does not pull */
    uint32_t own_bias;    /* rows a pin goes farther to reach its net's own track */
    bool random;
} GreedyKnobs;

typedef struct {
    const Chan *ch;
    GreedyKnobs k;
    Rng rng;
    ARRAY(GTrack) tr;          /* by track id */
    ARRAY(uint32_t) order;     /* position (1 …) -> id; order.v[0] is the top edge, the last the bottom edge */
    ARRAY(uint32_t) vown;      /* net of the vertical wire at a position in this column */
    ARRAY(uint32_t) keep;      /* 1: of a joined group keep this track */
    uint32_t *held;            /* tracks per net */
    uint32_t *pin0, *pins;     /* per net: columns · 2 + (1 if bottom only), sorted */
    uint32_t *next;            /* per net: next pin */
    uint32_t *first_pos, *last_pos; /* scratch per net */
    uint32_t *stamp;
    ARRAY(Join) joins;
    int64_t *best;
    uint32_t *best_join, *next_v, n_best; /* per position; next_v: nearest position from here down with a vertical wire */
    uint32_t col, limit;       /* give up above so many tracks */
    uint64_t work;
    ChanSolution *out;
} Greedy;

static uint32_t n_tracks(const Greedy *g) { return g->order.n - 2; }
static GTrack *at(Greedy *g, uint32_t pos) { return &g->tr.v[g->order.v[pos]]; }
static uint32_t net_at(const Greedy *g, uint32_t pos) { return g->tr.v[g->order.v[pos]].net; }

static uint32_t distance(uint32_t a, uint32_t b) { return a > b ? a - b : b - a; }

/* -1: next pin above, +1: below, 0: none, both, or too far to matter. */
static int pull(const Greedy *g, uint32_t net)
{
    uint32_t p = g->next[net];
    if (p == g->pin0[net + 1]) return 0;
    uint32_t col = g->pins[p] / 4, side = g->pins[p] % 4;
    if (side == 3 || col - g->col > g->k.look) return 0;
    return side == 1 ? -1 : 1;
}

static bool more_to_come(const Greedy *g, uint32_t net)
{
    return g->next[net] < g->pin0[net + 1] || g->ch->right[net];
}

static void pass_pins(Greedy *g, uint32_t net)
{
    while (g->next[net] < g->pin0[net + 1] && g->pins[g->next[net]] / 4 <= g->col) g->next[net]++;
}

/* ---- tracks ------------------------------------------------------------------------------------------------ */

static bool claimable(Greedy *g, uint32_t pos) { return !net_at(g, pos) && at(g, pos)->free_from <= g->col; }

static void claim(Greedy *g, uint32_t pos, uint32_t net)
{
    GTrack *t = at(g, pos);
    t->net = net;
    t->start = g->col;
    g->held[net]++;
}

/* A new track at a position; wires that cross there go on across it. */
static void insert_track(Greedy *g, uint32_t pos)
{
    arr_push(&g->tr, ((GTrack){0}));
    arr_push(&g->order, 0);
    arr_push(&g->vown, 0);
    arr_push(&g->keep, 0);
    size_t tail = (g->order.n - 1 - pos) * sizeof(uint32_t);
    memmove(&g->order.v[pos + 1], &g->order.v[pos], tail);
    memmove(&g->vown.v[pos + 1], &g->vown.v[pos], tail);
    memmove(&g->keep.v[pos + 1], &g->keep.v[pos], tail);
    g->order.v[pos] = g->tr.n - 1;
    g->vown.v[pos] = g->vown.v[pos - 1] && pos + 1 < g->vown.n && g->vown.v[pos - 1] == g->vown.v[pos + 1] ? g->vown.v[pos - 1] : 0;
    g->keep.v[pos] = 0;
    g->work += g->order.n;
}

static bool v_free(Greedy *g, uint32_t a, uint32_t b, uint32_t net)
{
    uint32_t gap = g->ch->v_gap - 1, n = g->order.n;
    uint32_t lo = a > gap ? a - gap : 0, hi = b + gap < n ? b + gap : n - 1;
    for (uint32_t p = lo; p <= hi; p++)
        if (g->vown.v[p] && g->vown.v[p] != net) return false;
    return true;
}

static void v_draw(Greedy *g, uint32_t a, uint32_t b, uint32_t net)
{
    for (uint32_t p = a; p <= b; p++) g->vown.v[p] = net;
    /* Wires of one net closer than the gap become one. */
    for (uint32_t d = 1; d < g->ch->v_gap; d++) {
        if (a > d && g->vown.v[a - d] == net)
            for (uint32_t p = a - d; p < a; p++) g->vown.v[p] = net;
        if (b + d < g->order.n && g->vown.v[b + d] == net)
            for (uint32_t p = b + 1; p <= b + d; p++) g->vown.v[p] = net;
    }
}

/* ---- step 1: bring the pins in -------------------------------------------------------------------------------- */

/* Nearest track for a pin at the top (dir +1 from 1) or bottom; 0 if none. Its own net's track may be own_bias farther. */
static uint32_t landing(Greedy *g, uint32_t net, bool top)
{
    uint32_t T = n_tracks(g), first = 0, own = 0;
    for (uint32_t i = 1; i <= T && !(first && i > distance(first, top ? 0 : T + 1) + g->k.own_bias); i++) {
        uint32_t p = top ? i : T + 1 - i;
        if (net_at(g, p) == net) { own = p; break; }
        if (!first && claimable(g, p)) first = p;
        g->work++;
    }
    return own ? own : first;
}

static void bring(Greedy *g, uint32_t net, bool top, uint32_t pos)
{
    if (net_at(g, pos) != net) claim(g, pos, net);
    if (top) v_draw(g, 0, pos, net);
    else v_draw(g, pos, g->order.n - 1, net);
}

/* A new track for a pin while the other side's wire ends at `other` (0 or T + 1: none), as near to the middle as it can be. */
static void widen(Greedy *g, uint32_t net, bool top, uint32_t other)
{
    uint32_t gap = g->ch->v_gap, pos;
    uint32_t mid = n_tracks(g) / 2 + 1;
    if (top) {
        /* position after insertion must satisfy pos + gap <= other + 1 */
        while (other + 1 < gap + 1) insert_track(g, 1), other++;
        pos = other + 1 - gap;
        if (other == g->order.n - 1) pos = g->order.n - 1;
        if (mid < pos) pos = mid;
    } else {
        while (other && other + gap > n_tracks(g) + 1) insert_track(g, g->order.n - 1);
        pos = other ? other + gap : 1;
        if (mid > pos) pos = mid;
    }
    insert_track(g, pos);
    bring(g, net, top, pos);
}

static void bring_two(Greedy *g, uint32_t a, uint32_t b)
{
    uint32_t pa = a ? landing(g, a, true) : 0, pb = b ? landing(g, b, false) : 0;
    bool both = a && b;
    if (both && pa && pb && pa + g->ch->v_gap > pb && g->k.own_bias) {
        uint32_t bias = g->k.own_bias; /* own tracks too far: the nearest ones may do */
        g->k.own_bias = 0;
        pa = landing(g, a, true);
        pb = landing(g, b, false);
        g->k.own_bias = bias;
    }
    bool clash = both && pa && pb && pa + g->ch->v_gap > pb;
    if (clash) {
        bool a_first = pa <= g->order.n - 1 - pb;
        if (a_first) pb = 0;
        else pa = 0;
    }
    if (a && pa) bring(g, a, true, pa);
    if (b && pb) bring(g, b, false, pb);
    if (a && !pa) {
        if (b && !pb) widen(g, a, true, g->order.n - 1);
        else widen(g, a, true, b ? pb : g->order.n - 1);
        pa = 1;
        while (pa + 1 < g->order.n && g->vown.v[pa + 1] == a) pa++;
    }
    if (b && !pb) widen(g, b, false, a ? pa : 0);
}

/* The same net above and below: one wire across the channel. */
static void bring_across(Greedy *g, uint32_t net)
{
    v_draw(g, 0, g->order.n - 1, net);
    if (g->held[net] || !more_to_come(g, net)) return;
    uint32_t T = n_tracks(g), mid = T / 2 + 1, best = 0;
    int dir = pull(g, net);
    uint32_t want = dir < 0 ? 1 : dir > 0 ? T : mid;
    for (uint32_t p = 1; p <= T; p++)
        if (claimable(g, p) && (!best || distance(p, want) < distance(best, want))) best = p;
    if (!best) insert_track(g, best = mid);
    claim(g, best, net);
}

/* ---- step 2: join pieces -------------------------------------------------------------------------------------- */

/* v_free() for a column whose wires stay as they are, by skipping over free positions. */
static bool span_free(const Greedy *g, uint32_t a, uint32_t b, uint32_t net)
{
    uint32_t gap = g->ch->v_gap - 1, n = g->order.n;
    uint32_t lo = a > gap ? a - gap : 0, hi = b + gap < n ? b + gap : n - 1;
    for (uint32_t p = g->next_v[lo]; p <= hi; p = g->next_v[p + 1])
        if (g->vown.v[p] != net) return false;
    return true;
}

static void room_for(Greedy *g, uint32_t n)
{
    if (g->n_best >= n) return;
    g->n_best = 2 * n;
    g->best = mem_resize(g->best, g->n_best * sizeof *g->best);
    g->best_join = mem_resize(g->best_join, g->n_best * sizeof *g->best_join);
    g->next_v = mem_resize(g->next_v, g->n_best * sizeof *g->next_v);
}

static void find_joins(Greedy *g)
{
    g->joins.n = 0;
    uint32_t n = g->order.n;
    room_for(g, n + 1);
    g->next_v[n] = UINT32_MAX;
    for (uint32_t p = n; p-- > 0;) g->next_v[p] = g->vown.v[p] ? p : g->next_v[p + 1];
    for (uint32_t p = 1; p + 1 < g->order.n; p++) {
        uint32_t net = net_at(g, p);
        if (!net || g->held[net] < 2) continue;
        if (g->stamp[net] == g->col + 1) {
            uint32_t a = g->last_pos[net];
            if (span_free(g, a, p, net)) {
                bool ends = !more_to_come(g, net) && g->held[net] == 2;
                int64_t gain = (ends ? 2 : 1) * 4096 + (ends ? 0 : (int64_t)(p - a));
                if (g->k.random) gain += rng_below(&g->rng, 2048);
                arr_push(&g->joins, ((Join){a, p, net, gain, 0, 0}));
            }
        }
        g->stamp[net] = g->col + 1;
        g->last_pos[net] = p;
    }
    g->work += g->order.n;
}

/* Heaviest set of joins that do not meet; joins of one net may share an end. They come sorted by lower end. */
static void join_pieces(Greedy *g)
{
    find_joins(g);
    if (!g->joins.n) return;
    uint32_t n = g->order.n, gap = g->ch->v_gap;
    int64_t best = 0;
    uint32_t best_j = UINT32_MAX, j = 0;
    for (uint32_t p = 0; p < n; p++) {
        while (j < g->joins.n && g->joins.v[j].b == p) {
            Join *q = &g->joins.v[j];
            int64_t base = q->a >= gap ? g->best[q->a - gap] : 0;
            q->prev = q->a >= gap ? g->best_join[q->a - gap] : UINT32_MAX;
            for (uint32_t i = j; i-- > 0 && g->joins.v[i].b >= q->a;)
                if (g->joins.v[i].b == q->a && g->joins.v[i].net == q->net && g->joins.v[i].val > base) {
                    base = g->joins.v[i].val;
                    q->prev = i;
                }
            q->val = base + q->gain;
            if (q->val > best) best = q->val, best_j = j;
            j++;
        }
        g->best[p] = best;
        g->best_join[p] = best_j;
    }
    for (uint32_t i = best_j; i != UINT32_MAX; i = g->joins.v[i].prev)
        v_draw(g, g->joins.v[i].a, g->joins.v[i].b, g->joins.v[i].net);
    g->work += n;
}

/* ---- steps 3 and 4: bring pieces nearer, follow the next pin -------------------------------------------------- */

/* Move the wire at p as far as it goes towards `goal`; at least min_len rows. */
static bool jog(Greedy *g, uint32_t p, uint32_t goal, uint32_t shortest)
{
    uint32_t net = net_at(g, p), to = p;
    int step = goal > p ? 1 : -1;
    for (uint32_t q = p; q != goal;) {
        q = (uint32_t)((int64_t)q + step);
        if ((g->vown.v[q] && g->vown.v[q] != net) || net_at(g, q) == net) break;
        if (claimable(g, q)) to = q;
        g->work++;
    }
    while (to != p && !v_free(g, p < to ? p : to, p < to ? to : p, net)) {
        to = (uint32_t)((int64_t)to - step);
        while (to != p && !claimable(g, to)) to = (uint32_t)((int64_t)to - step);
    }
    if (to == p || distance(p, to) < shortest) return false;
    claim(g, to, net);
    v_draw(g, p < to ? p : to, p < to ? to : p, net);
    g->keep.v[to] = 1;
    return true;
}

/* A group joined in this column may not move: it keeps one of its tracks anyway. */
static bool loose(const Greedy *g, uint32_t p) { return !g->vown.v[p]; }

/* Of a net in pieces the outermost ones move inwards. */
static void bring_nearer(Greedy *g)
{
    uint32_t T = n_tracks(g);
    for (uint32_t p = T; p >= 1; p--) {
        uint32_t net = net_at(g, p);
        if (net) g->first_pos[net] = p;
    }
    for (uint32_t p = 1; p <= T; p++) {
        uint32_t net = net_at(g, p);
        if (net) g->last_pos[net] = p;
    }
    for (uint32_t p = 1; p <= T; p++) {
        uint32_t net = net_at(g, p);
        if (!net || g->held[net] < 2 || !loose(g, p)) continue;
        uint32_t lo = g->first_pos[net], hi = g->last_pos[net];
        if (p == lo && hi > lo) jog(g, p, hi, g->k.min_jog);
        else if (p == hi && hi > lo) jog(g, p, lo, g->k.min_jog);
    }
    g->work += 3 * T;
}

static void follow_pins(Greedy *g)
{
    uint32_t T = n_tracks(g);
    for (int dir = -1; dir <= 1; dir += 2)
        for (uint32_t i = 1; i <= T; i++) {
            uint32_t p = dir < 0 ? i : T + 1 - i, net = net_at(g, p);
            if (!net || g->held[net] != 1 || !loose(g, p) || pull(g, net) != dir) continue;
            jog(g, p, dir < 0 ? 1 : T, g->k.min_jog);
        }
    g->work += 2 * T;
}

static void drop(Greedy *g, uint32_t pos)
{
    GTrack *t = at(g, pos);
    bool from_end = t->start == 0 && g->col == 0 && g->ch->left[t->net];
    if (t->start < g->col || from_end) {
        sol_h(g->out, t->net, g->order.v[pos], t->start, g->col);
        sol_x(g->out, t->net, g->col, g->order.v[pos]);
        t->free_from = g->col + g->ch->h_gap;
    } else {
        t->free_from = 0; /* nothing was drawn */
    }
    g->held[t->net]--;
    t->net = 0;
}

/* Of the tracks a vertical wire joins, the one to go on with. */
static uint32_t choose_keep(Greedy *g, uint32_t a, uint32_t b, uint32_t net)
{
    uint32_t top = 0, bot = 0, n = 0, others_up = 0, others_dn = 0;
    for (uint32_t p = a; p <= b; p++) {
        if (p == 0 || p == g->order.n - 1 || net_at(g, p) != net) continue;
        if (g->keep.v[p]) return p;
        if (!top) top = p;
        bot = p;
        n++;
    }
    if (n < 2) return top;
    if (g->held[net] > n) {
        for (uint32_t p = 1; p < a; p++) others_up += net_at(g, p) == net;
        others_dn = g->held[net] - n - others_up;
        if (others_up != others_dn) return others_up > others_dn ? top : bot;
    }
    int dir = pull(g, net);
    if (dir) return dir < 0 ? top : bot;
    uint32_t mid = g->order.n / 2;
    return distance(top, mid) < distance(bot, mid) ? top : bot;
}

static void close_column(Greedy *g)
{
    uint32_t n = g->order.n;
    for (uint32_t a = 0; a < n;) {
        uint32_t net = g->vown.v[a], b = a;
        if (!net) { a++; continue; }
        while (b + 1 < n && g->vown.v[b + 1] == net) b++;
        if (net != FULL) {
            uint32_t keep = choose_keep(g, a, b, net), group = 0;
            for (uint32_t p = a; p <= b; p++) group += p > 0 && p + 1 < n && net_at(g, p) == net;
            bool over = !more_to_come(g, net) && g->held[net] == group;
            sol_v(g->out, net, g->col, g->order.v[a], g->order.v[b]);
            for (uint32_t p = a; p <= b; p++) {
                if (p == 0 || p + 1 == n || net_at(g, p) != net) continue;
                if (p == keep && !over) sol_x(g->out, net, g->col, g->order.v[p]);
                else drop(g, p);
            }
        }
        a = b + 1;
    }
    memset(g->vown.v, 0, n * sizeof *g->vown.v);
    memset(g->keep.v, 0, n * sizeof *g->keep.v);
    g->work += 2 * n;
}

static bool split_left(const Greedy *g)
{
    for (uint32_t p = 1; p + 1 < g->order.n; p++) {
        uint32_t net = net_at(g, p);
        if (net && (g->held[net] > 1 || !g->ch->right[net])) return true;
    }
    return false;
}

static void column(Greedy *g, uint32_t c)
{
    const Chan *ch = g->ch;
    g->col = c;
    bool in = c < ch->n_cols;
    if (in && ch->through[c]) {
        for (uint32_t p = 0; p < g->order.n; p++) g->vown.v[p] = FULL;
    } else {
        uint32_t a = in ? ch->top[c] : 0, b = in ? ch->bot[c] : 0;
        if (a) pass_pins(g, a);
        if (b) pass_pins(g, b);
        if (a && a == b) bring_across(g, a);
        else if (a || b) bring_two(g, a, b);
        join_pieces(g);
        bring_nearer(g);
        if (in) follow_pins(g);
    }
    close_column(g);
}

static void list_pins(Greedy *g)
{
    const Chan *ch = g->ch;
    g->pin0 = mem_calloc((size_t)ch->n_nets + 2, sizeof *g->pin0);
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        if (ch->top[c]) g->pin0[ch->top[c] + 1]++;
        if (ch->bot[c] && ch->bot[c] != ch->top[c]) g->pin0[ch->bot[c] + 1]++;
    }
    for (uint32_t k = 0; k <= ch->n_nets; k++) g->pin0[k + 1] += g->pin0[k];
    g->pins = mem_calloc((size_t)g->pin0[ch->n_nets + 1] + 1, sizeof *g->pins);
    g->next = mem_calloc((size_t)ch->n_nets + 2, sizeof *g->next);
    memcpy(g->next, g->pin0, ((size_t)ch->n_nets + 2) * sizeof *g->next);
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        uint32_t a = ch->top[c], b = ch->bot[c];
        if (a) g->pins[g->next[a]++] = 4 * c + (a == b ? 3 : 1);
        if (b && a != b) g->pins[g->next[b]++] = 4 * c + 2;
    }
}

static void start(Greedy *g)
{
    const Chan *ch = g->ch;
    g->tr.n = g->order.n = g->vown.n = g->keep.n = 0;
    for (uint32_t i = 0; i < g->k.width + FIRST_ID; i++) arr_push(&g->tr, ((GTrack){0}));
    for (uint32_t i = 0; i < g->k.width + 2; i++) {
        arr_push(&g->order, i == 0 ? TOP_ID : i == g->k.width + 1 ? BOT_ID : i - 1 + FIRST_ID);
        arr_push(&g->vown, 0);
        arr_push(&g->keep, 0);
    }
    memcpy(g->next, g->pin0, ((size_t)ch->n_nets + 1) * sizeof *g->next);
    memset(g->held, 0, ((size_t)ch->n_nets + 1) * sizeof *g->held);
    memset(g->stamp, 0, ((size_t)ch->n_nets + 1) * sizeof *g->stamp);
    g->col = 0;
    uint32_t pos = 1;
    for (uint32_t k = 1; k <= ch->n_nets; k++) {
        if (!ch->left[k]) continue;
        if (pos > n_tracks(g)) insert_track(g, g->order.n - 1);
        claim(g, pos++, k);
    }
}

/* Track ids become positions; wires that leave to the right are closed. */
static bool finish(Greedy *g, uint32_t cols, uint32_t max_extra)
{
    ChanSolution *s = g->out;
    uint32_t T = n_tracks(g);
    for (uint32_t p = 1; p <= T; p++) {
        GTrack *t = at(g, p);
        if (t->net) sol_h(s, t->net, g->order.v[p], t->start, cols - 1);
    }
    uint32_t *pos = mem_calloc((size_t)g->tr.n + 1, sizeof *pos);
    for (uint32_t p = 1; p <= T; p++) pos[g->order.v[p]] = p;
    pos[TOP_ID] = 0;
    pos[BOT_ID] = T + 1;
    for (uint32_t i = 0; i < s->h.n; i++) s->h.v[i].track = pos[s->h.v[i].track];
    for (uint32_t i = 0; i < s->x.n; i++) s->x.v[i].track = pos[s->x.v[i].track];
    for (uint32_t i = 0; i < s->v.n; i++) {
        s->v.v[i].t1 = pos[s->v.v[i].t1];
        s->v.v[i].t2 = pos[s->v.v[i].t2];
    }
    mem_free(pos);
    s->n_tracks = T;
    s->n_cols = cols;
    s->method = "greedy";
    return !g->ch->min_len || chan_lengthen(g->ch, s, max_extra);
}

/* One sweep. False if it needs more than g->limit tracks or max_extra columns. */
static bool sweep(Greedy *g, uint32_t max_extra)
{
    channel_solution_free(g->out);
    start(g);
    uint32_t c = 0;
    for (; c < g->ch->n_cols; c++) {
        column(g, c);
        if (n_tracks(g) > g->limit) return false;
    }
    /* Each added column joins at least one pair of pieces or brings the outermost nearer. */
    for (uint32_t extra = 0; split_left(g); extra++, c++) {
        if (extra == max_extra || extra > 4 * n_tracks(g) + 16) return false;
        column(g, c);
    }
    return finish(g, c, max_extra);
}

/* ---- search ----------------------------------------------------------------------------------------------------------- */

static GreedyKnobs draw_knobs(Greedy *g, uint32_t k, uint32_t width)
{
    uint32_t w = width ? width : 1;
    GreedyKnobs q = {width, w / 4 > 1 ? w / 4 : 1, 50, 0, k > 0};
    q.own_bias = k % 3 == 1 ? w : k % 3 == 2 ? w / 4 : 0;
    if (k < 3) return q;
    q.min_jog = 1 + rng_below(&g->rng, w / 3 + 2);
    q.look = 1u << (2 + rng_below(&g->rng, 8));
    q.own_bias = rng_below(&g->rng, 3) ? 0 : rng_below(&g->rng, w / 2 + 1);
    return q;
}

#define FIRST_WORK 10000000u /* the first six sets of knobs are tried within this */

static bool search(Greedy *g, const ChanSearch *opt, ChanSolution *best)
{
    uint32_t lo = opt->stop_at ? opt->stop_at : 1, limit = opt->below == UINT32_MAX ? UINT32_MAX / 4 : opt->below - 1;
    bool have = false;
    uint32_t width = lo, fails = 0;
    ChanSolution s = {0};
    g->out = &s;
    for (uint32_t k = 0; k < 1 || (k < 6 && g->work < opt->work + FIRST_WORK) || (g->work < opt->work && (!have || best->n_tracks > lo || best->n_cols > g->ch->n_cols)); k++) {
        if (have && best->n_tracks <= lo && best->n_cols == g->ch->n_cols) break;
        g->limit = limit;
        g->k = draw_knobs(g, fails, width);
        bool ok = sweep(g, opt->max_extra);
        bool win = ok && (!have || s.n_cols < best->n_cols || (s.n_cols == best->n_cols && s.n_tracks < best->n_tracks));
        if (win) {
            channel_solution_free(best);
            *best = s;
            memset(&s, 0, sizeof s);
            have = true;
            if (best->n_cols == g->ch->n_cols) limit = best->n_tracks - 1;
            width = lo;
            fails = 0;
        } else {
            /* More room at the start often saves tracks at the end. */
            uint32_t top = have ? best->n_tracks : width + 2 + width / 8;
            bool past = width + 1 > top || (have && width + 1 >= top);
            if (!past) width++;
            else width = have ? lo + rng_below(&g->rng, top > lo ? top - lo : 1) : width + 1 + width / 16;
            fails++;
            if (!have && fails > 60) break;
        }
        if (limit < lo) break;
    }
    channel_solution_free(&s);
    return have;
}

bool chan_greedy(const Chan *ch, const ChanSearch *opt, ChanSolution *out)
{
    Greedy g = {.ch = ch, .rng = rng_make(opt->seed, 0x6eed)};
    size_t n = (size_t)ch->n_nets + 2;
    g.held = mem_calloc(n, sizeof *g.held);
    g.first_pos = mem_calloc(n, sizeof *g.first_pos);
    g.last_pos = mem_calloc(n, sizeof *g.last_pos);
    g.stamp = mem_calloc(n, sizeof *g.stamp);
    list_pins(&g);
    bool ok = search(&g, opt, out);
    arr_free(&g.tr);
    arr_free(&g.order);
    arr_free(&g.vown);
    arr_free(&g.keep);
    arr_free(&g.joins);
    void *all[] = {g.held, g.first_pos, g.last_pos, g.stamp, g.pin0, g.pins, g.next, g.best, g.best_join, g.next_v};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return ok;
}
