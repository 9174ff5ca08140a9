/*
 * Negotiation: on a fixed number of tracks every net takes its cheapest way over the grid, first through others, which costs more
 * each time it happens at a place, until no two nets meet. The net's way is free: it may hold several tracks at one place, change
 * them in any column with room and go around beyond its pins. So cycles need no added columns where there is room at all.
 *
 * Invariants: `near` counts, per grid point, the nets that stand nearer than the gap asks for; a solution is taken only when no
 * net stands where it is not 0. Steps are counted, never seconds.
 *
 * Source: McMurchie, Ebeling 1995 (PathFinder: negotiated congestion); Lee 1961, Hart 1968 (maze, A*); Dial 1969 (buckets).
 */
#include "route/channel_int.h"

#include <stdlib.h>

typedef struct { uint32_t col, row; } Target;   /* row ANY: a horizontal wire at that end of the channel */
#define ANY UINT32_MAX
#define NIL UINT32_MAX
#define H 0u
#define V 1u

#define STEP 2u                 /* cost of one grid unit */
#define VIA_COST 5u
#define RING 32768u             /* buckets; no edge costs as much */
#define DEAR (RING / 4)         /* a point never costs more */

typedef struct { uint32_t node, next; } Entry;
typedef ARRAY(uint32_t) U32s;

typedef struct {
    const Chan *ch;
    uint32_t W, R;              /* columns; rows = tracks + 2 */
    uint32_t *only;             /* [2 W R] 0 free for all, net: for it alone, NIL: for nobody */
    uint16_t *near;             /* [2 W R] */
    uint32_t *past;             /* [2 W R] price of earlier meetings */
    uint32_t pres;              /* price of a present one */
    /* search */
    uint32_t *dist, *stamp, now;
    uint8_t *from;
    uint32_t *head;
    ARRAY(Entry) pool;
    uint32_t free_entry, queued, low, high; /* keys in the queue lie in low … high */
    /* nets */
    U32s *way;                  /* [n_nets + 1] points; a via marks both its points */
    U32s *vias;                 /* column · R + row */
    uint32_t *tgt0;
    ARRAY(Target) tgt;
    uint32_t *mine;             /* [2 W R] net + 1 of the way at hand, while it grows */
    uint64_t steps;
    Rng rng;
} Maze;

static uint32_t at(const Maze *m, uint32_t layer, uint32_t col, uint32_t row) { return (layer * m->W + col) * m->R + row; }

/* ---- problem --------------------------------------------------------------------------------------------------- */

static int cmp_target(const void *pa, const void *pb)
{
    const Target *a = pa, *b = pb;
    if (a->col != b->col) return a->col < b->col ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static void list_targets(Maze *m)
{
    const Chan *ch = m->ch;
    uint32_t n = ch->n_nets, *next = mem_calloc((size_t)n + 2, sizeof *next);
    m->tgt0 = mem_calloc((size_t)n + 2, sizeof *m->tgt0);
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        m->tgt0[ch->top[c] + 1] += ch->top[c] > 0;
        m->tgt0[ch->bot[c] + 1] += ch->bot[c] > 0;
    }
    for (uint32_t k = 1; k <= n; k++) m->tgt0[k + 1] += (ch->left[k] ? 1u : 0u) + (ch->right[k] ? 1u : 0u);
    for (uint32_t k = 0; k <= n; k++) {
        m->tgt0[k + 1] += m->tgt0[k];
        next[k + 1] = m->tgt0[k + 1];
    }
    for (uint32_t i = 0; i < m->tgt0[n + 1]; i++) arr_push(&m->tgt, ((Target){0}));
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        if (ch->top[c]) m->tgt.v[next[ch->top[c]]++] = (Target){c, 0};
        if (ch->bot[c]) m->tgt.v[next[ch->bot[c]]++] = (Target){c, m->R - 1};
    }
    for (uint32_t k = 1; k <= n; k++) {
        if (ch->left[k]) m->tgt.v[next[k]++] = (Target){0, ANY};
        if (ch->right[k]) m->tgt.v[next[k]++] = (Target){m->W - 1, ANY};
        if (m->tgt0[k] < m->tgt0[k + 1]) qsort(&m->tgt.v[m->tgt0[k]], m->tgt0[k + 1] - m->tgt0[k], sizeof(Target), cmp_target);
    }
    mem_free(next);
}

/* Keep a column's rows next to a pin for the pin's net. */
static void reserve(Maze *m, uint32_t c, uint32_t net, bool top)
{
    uint32_t edge = top ? 0 : m->R - 1;
    m->only[at(m, V, c, edge)] = net ? net : NIL;
    for (uint32_t d = 1; net && d < m->ch->v_gap && d < m->R; d++) {
        uint32_t *p = &m->only[at(m, V, c, top ? d : edge - d)];
        *p = *p && *p != net ? NIL : net;
    }
}

static void block(Maze *m)
{
    const Chan *ch = m->ch;
    for (uint32_t c = 0; c < m->W; c++) {
        bool in = c < ch->n_cols;
        m->only[at(m, H, c, 0)] = m->only[at(m, H, c, m->R - 1)] = NIL;
        reserve(m, c, in ? ch->top[c] : 0, true);
        reserve(m, c, in ? ch->bot[c] : 0, false);
        for (uint32_t r = 0; in && ch->through[c] && r < m->R; r++) m->only[at(m, V, c, r)] = NIL;
    }
}

/* ---- queue -------------------------------------------------------------------------------------------------------- */

static void put(Maze *m, uint32_t key, uint32_t node)
{
    uint32_t e = m->free_entry;
    if (e != NIL) m->free_entry = m->pool.v[e].next;
    else {
        e = m->pool.n;
        arr_push(&m->pool, ((Entry){0, 0}));
    }
    m->pool.v[e] = (Entry){node, m->head[key % RING]};
    m->head[key % RING] = e;
    if (key > m->high) m->high = key;
    m->queued++;
}

static uint32_t take(Maze *m, uint32_t *key)
{
    while (m->head[*key % RING] == NIL) ++*key;
    m->low = *key;
    uint32_t e = m->head[*key % RING], node = m->pool.v[e].node;
    m->head[*key % RING] = m->pool.v[e].next;
    m->pool.v[e].next = m->free_entry;
    m->free_entry = e;
    m->queued--;
    return node;
}

static void clear_queue(Maze *m)
{
    for (uint32_t k = m->low; m->queued && k <= m->high; k++) m->head[k % RING] = NIL;
    m->pool.n = m->queued = m->high = 0;
    m->free_entry = NIL;
}

/* ---- one way -------------------------------------------------------------------------------------------------------- */

static uint32_t price(const Maze *m, uint32_t node)
{
    uint64_t p = m->past[node] + (uint64_t)m->pres * m->near[node];
    return p < DEAR ? (uint32_t)p : DEAR;
}

static uint32_t ahead(const Maze *m, Target t, uint32_t col, uint32_t row)
{
    uint32_t d = col > t.col ? col - t.col : t.col - col;
    if (t.row != ANY) d += row > t.row ? row - t.row : t.row - row;
    (void)m;
    return STEP * d;
}

static void relax(Maze *m, uint32_t net, Target t, uint32_t node, uint32_t col, uint32_t row, uint32_t dist, uint8_t how)
{
    if (m->only[node] && m->only[node] != net) return;
    bool own = m->mine[node] == net + 1;
    if (!own) dist += price(m, node);
    if (m->stamp[node] == m->now && m->dist[node] <= dist) return;
    m->stamp[node] = m->now;
    m->dist[node] = dist;
    m->from[node] = how;
    put(m, dist + ahead(m, t, col, row), node);
}

enum { ROOT, DOWN, UP, ACROSS };     /* how a point was reached: from the smaller coordinate, the greater, the other layer */

static uint32_t back(const Maze *m, uint32_t node)
{
    uint32_t half = m->W * m->R;
    bool v = node >= half;
    switch (m->from[node]) {
    case DOWN: return v ? node - 1 : node - m->R;
    case UP: return v ? node + 1 : node + m->R;
    case ACROSS: return v ? node - half : node + half;
    default: return NIL;
    }
}

/* Cheapest way from the points of the net so far to the target; NIL if there is none in columns lo … hi. */
static uint32_t find(Maze *m, uint32_t net, Target t, uint32_t lo, uint32_t hi)
{
    uint32_t half = m->W * m->R, key = UINT32_MAX;
    clear_queue(m);
    m->now++;
    for (uint32_t i = 0; i < m->way[net].n; i++) {
        uint32_t node = m->way[net].v[i], p = node % half, col = p / m->R, row = p % m->R, f = ahead(m, t, col, row);
        if (m->stamp[node] == m->now) continue;
        m->stamp[node] = m->now;
        m->dist[node] = 0;
        m->from[node] = ROOT;
        if (f < key) key = f;
    }
    m->low = key;
    /* Farther than the ring's length from the nearest one no source can be the best. */
    for (uint32_t i = 0; i < m->way[net].n; i++) {
        uint32_t node = m->way[net].v[i], p = node % half, f = ahead(m, t, p / m->R, p % m->R);
        if (f - key < RING / 2) put(m, f, node);
    }
    while (m->queued) {
        uint32_t node = take(m, &key), p = node % half, col = p / m->R, row = p % m->R, d = m->dist[node];
        if (d + ahead(m, t, col, row) < key) continue; /* an older, worse entry */
        bool v = node >= half;
        m->steps++;
        if (t.row == ANY ? !v && col == t.col : v && col == t.col && row == t.row) return node;
        if (v) {
            if (row > 0) relax(m, net, t, node - 1, col, row - 1, d + STEP, UP);
            if (row + 1 < m->R) relax(m, net, t, node + 1, col, row + 1, d + STEP, DOWN);
        } else {
            if (col > lo) relax(m, net, t, node - m->R, col - 1, row, d + STEP, UP);
            if (col < hi) relax(m, net, t, node + m->R, col + 1, row, d + STEP, DOWN);
        }
        relax(m, net, t, v ? node - half : node + half, col, row, d + VIA_COST, ACROSS);
    }
    return NIL;
}

/* +1 or -1 on the points within the gap around a point. */
static void count(Maze *m, uint32_t node, int by)
{
    uint32_t half = m->W * m->R, p = node % half, col = p / m->R, row = p % m->R;
    bool v = node >= half;
    uint32_t gap = (v ? m->ch->v_gap : m->ch->h_gap) - 1, x = v ? row : col, n = v ? m->R : m->W, step = v ? 1 : m->R;
    uint32_t a = x > gap ? gap : x, b = x + gap < n ? gap : n - 1 - x;
    for (uint32_t q = node - a * step; q <= node + b * step; q += step) m->near[q] = (uint16_t)(m->near[q] + by);
}

/* Each of the net's points counts for the points near it, also for its own: it is taken out before its own are looked at. */
static void count_way(Maze *m, uint32_t net, int by)
{
    for (uint32_t i = 0; i < m->way[net].n; i++) count(m, m->way[net].v[i], by);
}

static void own(Maze *m, uint32_t net, uint32_t node)
{
    if (m->mine[node] == net + 1) return;
    m->mine[node] = net + 1;
    arr_push(&m->way[net], node);
}

static void tear(Maze *m, uint32_t net)
{
    count_way(m, net, -1);
    for (uint32_t i = 0; i < m->way[net].n; i++) m->mine[m->way[net].v[i]] = 0;
    m->way[net].n = m->vias[net].n = 0;
}

static void follow(Maze *m, uint32_t net, uint32_t node)
{
    uint32_t half = m->W * m->R;
    for (uint32_t b; ; node = b) {
        own(m, net, node);
        b = back(m, node);
        if (b == NIL) return;
        if (m->from[node] == ACROSS) arr_push(&m->vias[net], node % half);
    }
}

/* Lay a net that is not there. False if it has no way at all. */
static bool lay(Maze *m, uint32_t net)
{
    uint32_t a = m->tgt0[net], b = m->tgt0[net + 1], first = m->tgt.v[a].col, last = m->tgt.v[b - 1].col;
    uint32_t margin = 12 + (last - first) / 4, lo = first > margin ? first - margin : 0, hi = last + margin < m->W ? last + margin : m->W - 1;
    /* Begin at a pin: an end is met on any track. */
    uint32_t s = a;
    while (s < b && m->tgt.v[s].row == ANY) s++;
    bool ok = true;
    if (s == b) { /* from end to end only: any free track does */
        uint32_t best = at(m, H, 0, 1);
        for (uint32_t r = 2; r + 1 < m->R; r++)
            if (price(m, at(m, H, 0, r)) < price(m, best)) best = at(m, H, 0, r);
        own(m, net, best);
    } else {
        own(m, net, at(m, V, m->tgt.v[s].col, m->tgt.v[s].row));
    }
    for (uint32_t i = a; ok && i < b; i++) {
        if (i == s) continue;
        uint32_t node = find(m, net, m->tgt.v[i], lo, hi);
        if (node == NIL && (lo > 0 || hi + 1 < m->W)) node = find(m, net, m->tgt.v[i], 0, m->W - 1);
        ok = node != NIL;
        if (ok) follow(m, net, node);
    }
    /* `mine` stays set while others are laid: it is theirs no more than ours; clear it. */
    for (uint32_t i = 0; i < m->way[net].n; i++) m->mine[m->way[net].v[i]] = 0;
    count_way(m, net, 1);
    return ok;
}

/* ---- negotiation ------------------------------------------------------------------------------------------------------ */

/* Points where the net meets others; `raise`: they cost more from now on. */
static uint32_t meetings(Maze *m, uint32_t net, uint32_t raise)
{
    uint32_t n = 0;
    count_way(m, net, -1);
    for (uint32_t i = 0; i < m->way[net].n; i++) {
        uint32_t node = m->way[net].v[i];
        if (!m->near[node]) continue;
        n++;
        m->past[node] += raise;
    }
    count_way(m, net, 1);
    return n;
}

static void shuffle(Maze *m, uint32_t *v, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = rng_below(&m->rng, i), x = v[i - 1];
        v[i - 1] = v[j];
        v[j] = x;
    }
}

#define PRESENT 40u             /* meeting somebody never costs more than that now; what it cost before adds up */
#define RAISE 2u
#define IDLE 400u               /* rounds without a new best before the attempt is given up */

/* Old prices fade, or the grid fills with the memory of meetings that are long resolved. */
static void fade(Maze *m)
{
    size_t n = 2 * (size_t)m->W * m->R;
    for (size_t q = 0; q < n; q++) m->past[q] -= m->past[q] >> 6;
    m->steps += n / 16;
}

/* Rounds until nothing meets; false when the work is spent or it does not get better. */
static bool negotiate(Maze *m, uint64_t work)
{
    uint32_t n = m->ch->n_nets, *order = mem_calloc((size_t)n + 1, sizeof *order), live = 0, best = UINT32_MAX, idle = 0, met = 1;
    uint64_t until = m->steps + work;
    bool ok = true;
    for (uint32_t k = 1; k <= n; k++)
        if (m->tgt0[k + 1] - m->tgt0[k] > 1) order[live++] = k;
    m->pres = 2;
    for (uint32_t round = 0; ok && met && m->steps < until && idle < IDLE; round++) {
        met = 0;
        shuffle(m, order, live);
        for (uint32_t i = 0; ok && i < live && m->steps < until; i++) {
            uint32_t k = order[i];
            if (round && !meetings(m, k, 0)) continue;
            if (round) tear(m, k);
            ok = lay(m, k);
        }
        if (m->steps >= until && !round) ok = false; /* not all are laid yet */
        for (uint32_t i = 0; ok && i < live; i++) met += meetings(m, order[i], RAISE);
        if (m->pres < PRESENT) m->pres += 1 + m->pres / 12;
        if (round % 4 == 3) fade(m);
        idle = met < best ? 0 : idle + 1;
        if (met < best) best = met;
    }
    mem_free(order);
    return ok && !met;
}

/* ---- result ------------------------------------------------------------------------------------------------------------- */

static int cmp_u32(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return a < b ? -1 : a > b;
}

/* One wire per run of the net's points; runs nearer than the gap become one (nobody else can stand between). */
static void draw(Maze *m, uint32_t net, ChanSolution *out)
{
    uint32_t half = m->W * m->R, n = m->way[net].n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *p = &m->way[net].v[i], q = *p;
        if (q < half) *p = q % m->R * m->W + q / m->R; /* along the track */
    }
    if (n) qsort(m->way[net].v, n, sizeof(uint32_t), cmp_u32);
    for (uint32_t i = 0; i < n;) {
        uint32_t q = m->way[net].v[i], j = i;
        bool v = q >= half;
        uint32_t len = v ? m->R : m->W, base = v ? half : 0, gap = v ? m->ch->v_gap : m->ch->h_gap;
        while (j + 1 < n && m->way[net].v[j + 1] - m->way[net].v[j] <= gap && m->way[net].v[j + 1] < (v ? UINT32_MAX : half) &&
               (m->way[net].v[j + 1] - base) / len == (q - base) / len)
            j++;
        uint32_t x1 = (q - base) % len, x2 = (m->way[net].v[j] - base) % len, line = (q - base) / len;
        if (v) sol_v(out, net, line, x1, x2);
        else sol_h(out, net, line, x1, x2);
        i = j + 1;
    }
    if (m->vias[net].n) qsort(m->vias[net].v, m->vias[net].n, sizeof(uint32_t), cmp_u32);
    for (uint32_t i = 0; i < m->vias[net].n; i++)
        if (!i || m->vias[net].v[i] != m->vias[net].v[i - 1]) sol_x(out, net, m->vias[net].v[i] / m->R, m->vias[net].v[i] % m->R);
}

/* One try; takes what it used from *work. */
static bool attempt(const Chan *ch, uint32_t T, uint32_t extra, uint64_t seed, uint64_t most, uint64_t *work, ChanSolution *out)
{
    Maze m = {.ch = ch, .W = ch->n_cols + extra, .R = T + 2, .rng = rng_make(seed, 0x3a2e)};
    size_t n = 2 * (size_t)m.W * m.R, nets = (size_t)ch->n_nets + 1;
    if (n >= UINT32_MAX / 4) return false;
    m.only = mem_calloc(n, sizeof *m.only);
    m.near = mem_calloc(n, sizeof *m.near);
    m.past = mem_calloc(n, sizeof *m.past);
    m.dist = mem_calloc(n, sizeof *m.dist);
    m.stamp = mem_calloc(n, sizeof *m.stamp);
    m.mine = mem_calloc(n, sizeof *m.mine);
    m.from = mem_calloc(n, 1);
    m.head = mem_alloc(RING * sizeof *m.head);
    for (uint32_t i = 0; i < RING; i++) m.head[i] = NIL;
    m.free_entry = NIL;
    m.way = mem_calloc(nets, sizeof *m.way);
    m.vias = mem_calloc(nets, sizeof *m.vias);
    list_targets(&m);
    block(&m);
    m.steps = n / 4; /* what the arrays cost */
    bool ok = negotiate(&m, most < *work ? most : *work);
    if (ok) {
        channel_solution_free(out);
        for (uint32_t k = 1; k <= ch->n_nets; k++) draw(&m, k, out);
        out->n_tracks = T;
        out->n_cols = m.W;
        out->method = "negotiation";
    }
    *work = m.steps < *work ? *work - m.steps : 0;
    for (size_t k = 0; k < nets; k++) {
        arr_free(&m.way[k]);
        arr_free(&m.vias[k]);
    }
    void *all[] = {m.only, m.near, m.past, m.dist, m.stamp, m.mine, m.from, m.head, m.way, m.vias, m.tgt0};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    arr_free(&m.pool);
    arr_free(&m.tgt);
    return ok;
}

typedef struct {
    uint32_t T, extra, turn;
    uint64_t work, share, area;  /* area: of the best known, n_cols · (T + 1) */
    bool have;
    ChanSolution *out;
} Best;

static bool try_point(const Chan *ch, const ChanSearch *opt, uint32_t T, uint32_t extra, Best *b)
{
    uint64_t area = (uint64_t)(ch->n_cols + extra) * (T + 1);
    if (area >= b->area || extra > opt->max_extra || !b->work) return false;
    if (!attempt(ch, T, extra, opt->seed + T + extra + 7919 * (uint64_t)b->turn, b->share, &b->work, b->out)) return false;
    b->T = T;
    b->extra = extra;
    b->area = area;
    return b->have = true;
}

/* Without added columns: from below by growing steps until a number of tracks is possible, then halving; hi: is known, or more than any. */
static void fewest(const Chan *ch, const ChanSearch *opt, uint32_t lo, uint32_t hi, Best *b)
{
    /* Beyond these no number can win: the area, or more tracks than any order of the nets' pieces takes. */
    uint64_t most = 2 * (uint64_t)ch->n_nets + lo + 16;
    if (b->area < UINT64_MAX && (b->area - 1) / ch->n_cols < most) most = (b->area - 1) / ch->n_cols;
    if (most < hi) hi = (uint32_t)most;
    for (uint32_t step = 1 + lo / 16, T = lo; lo < hi && b->work;) {
        if (try_point(ch, opt, T, 0, b)) hi = T;
        else lo = T + 1, step *= 2;
        if (lo >= hi) break;
        if (!b->have && hi - lo > 2 * step) T = lo + step;
        else T = lo + (hi - lo) / 2;
    }
}

/* A first point with columns added and less area than known: more columns, then more tracks as long as the area allows. */
static bool first_point(const Chan *ch, const ChanSearch *opt, uint32_t lo, Best *b)
{
    for (uint32_t extra = ch->n_cols / 16 + 1; b->work && extra <= opt->max_extra && extra <= ch->n_cols; extra *= 2) {
        uint64_t most = b->area == UINT64_MAX ? 4 * (uint64_t)lo + 64 : (b->area - 1) / (ch->n_cols + extra) - 1;
        if (most < lo) return false;
        uint32_t cap = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX, T = lo + lo / 4 + 3 < cap ? lo + lo / 4 + 3 : cap;
        if (try_point(ch, opt, T, extra, b)) return true;
        uint32_t more = T + T / 2 < cap ? T + T / 2 : cap;
        if (more > T && try_point(ch, opt, more, extra, b)) return true;
    }
    return false;
}

/* Tracks against added columns: from a point with plenty of both downwards in halving steps, tracks and columns in turn. */
static void trade(const Chan *ch, const ChanSearch *opt, uint32_t lo, Best *b)
{
    if (!first_point(ch, opt, lo, b)) return;
    uint32_t dt = (b->T - lo + 1) / 2, de = (b->extra + 1) / 2;
    while (b->work && (dt || de)) {
        if (dt) {
            if (b->T >= lo + dt && try_point(ch, opt, b->T - dt, b->extra, b)) dt = dt < b->T - lo ? dt : b->T - lo;
            else dt /= 2;
        }
        if (de) {
            if (b->extra >= de && try_point(ch, opt, b->T, b->extra - de, b)) de = de < b->extra ? de : b->extra;
            else de /= 2;
        }
    }
}

/* Smaller neighbours of the best point once more, with other orders of nets, while there is work left. */
static void insist(const Chan *ch, const ChanSearch *opt, uint32_t lo, Best *b)
{
    static const struct { uint32_t t; int32_t e; } step[] = {{1, 0}, {0, -1}, {1, 1}, {2, 1}, {2, 2}, {1, -1}, {3, 1}};
    for (b->turn = 1; b->work && b->turn <= 24; b->turn++)
        for (size_t i = 0; b->work && i < COUNTOF(step); i++) {
            if (b->T < lo + step[i].t || (step[i].e < 0 && !b->extra)) continue;
            if (try_point(ch, opt, b->T - step[i].t, (uint32_t)((int32_t)b->extra + step[i].e), b)) i = 0;
        }
}

bool chan_maze(const Chan *ch, const ChanSearch *opt, ChanSolution *out)
{
    uint64_t work = opt->work / (ch->n_cols < 512 ? 8 : 24), sum = 0; /* a step here costs as much as eight elsewhere, on grids beyond the caches more */
    for (uint32_t k = 1; k <= ch->n_nets; k++) sum += ch->last[k] - ch->first[k] + ch->density;
    /* A round goes over about so many points; with less than some dozens of rounds there is no point in it. */
    if (!work || sum * 2 > work / 8) return false;
    uint32_t lo = opt->stop_at ? opt->stop_at : 1;
    Best b = {.work = work / 2, .share = work / 8, .area = opt->area, .out = out};
    fewest(ch, opt, lo, opt->below, &b);
    b.work += work / 2;
    b.share = work / 12;
    if (!b.have || b.T > lo + lo / 8 + 1) trade(ch, opt, lo, &b);
    if (!b.have && opt->known_tracks) b.T = opt->known_tracks, b.extra = opt->known_cols - ch->n_cols;
    if (b.work > work / 4) b.work = work / 4;
    if (b.T) insist(ch, opt, lo, &b);
    return b.have && (!ch->min_len || chan_lengthen(ch, out, opt->max_extra));
}
