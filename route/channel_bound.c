/*
 * Bounds above the density, with their proofs.
 *
 * Constraints. Over columns that as many nets cover as there are tracks, every net has exactly one track: to change it, a net owns two in the column of
 * the change. In a run of such columns tracks are therefore fixed, and every column with two pins of different nets orders them. A walk
 * along these orders that needs more tracks than the density (a long chain, or any circle) proves that the density cannot be met,
 * whatever doglegs and added columns a router uses. The walk, as its columns, is the proof; verify/ walks it again.
 *
 * Flux. Take w columns side by side (without those that a straight wire fills), D of them with pins of two different nets, and N nets that have a
 * pin at the top and one at the bottom among them. Between tracks t and t + 1 each column holds at most one vertical wire. A column of the D
 * is empty there for at least v_gap of the t in 1 … T - 1: its upper wire must end before its lower one begins. So the columns are empty
 * D · v_gap times in all. On the other hand each of the N nets has a way from top to bottom. If no part of it crosses between t and t + 1 in these columns, the way
 * leaves them on a track up to t and comes back on one below: at each open side (the left one unless they begin the channel; the right one always, for
 * columns may be added) that is one net per track, so at most M = min(sides · min(t, T - t), what the tracks on these sides have room for beside the nets that must
 * pass there anyway). So at most w - N + M columns are empty there, and T tracks do only if
 *     D · v_gap <= sum over t = 1 … T - 1 of w - N + M.
 * For n columns with pins of n nets on both sides that gives T² / 4 >= n. The proof is the columns' first and last; verify/ counts again.
 *
 * Source: Brown, Rivest 1981; Baker, Bhatt, Leighton 1984 (flux: nets that must cross a cut have to pass its ends); the count over all levels is our own.
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

static bool by_constraints(const Chan *c, ChanSolution *s)
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

/* ---- flux ---------------------------------------------------------------------------------------------- */

/* Columns a … b: see above. */
typedef struct {
    uint32_t w, busy;           /* w, D */
    uint32_t nets, inner;       /* N; of these, nets without pins elsewhere */
    uint32_t sides, pass;       /* open sides, nets that must pass them */
} Window;

static bool fits(const Window *q, uint32_t T, uint32_t v_gap)
{
    if (T < 2) return !q->busy;
    /* A net from inside that goes around takes two tracks of the sides, one that must pass anyway perhaps no more than it has. */
    uint64_t room = q->sides * (uint64_t)T, around = q->nets - q->inner + (room > q->pass ? (room - q->pass) / 2 : 0);
    uint64_t M = around < q->nets ? around : q->nets, ramp = M / q->sides, sum;
    if (2 * ramp >= T) sum = q->sides * ((uint64_t)T * T / 4);
    else sum = q->sides * ramp * (ramp + 1) + M * (T - 1 - 2 * ramp);
    return (uint64_t)q->busy * v_gap <= (uint64_t)(q->w - q->nets) * (T - 1) + sum;
}

#define WINDOWS_MAX 8000000u /* so many are looked at, short ones of a long channel */

/* Fewest tracks, from T on, for which all windows fit; ab: the window that says so, if more than T. */
static uint32_t by_flux(const Chan *c, uint32_t T, uint32_t *ab)
{
    size_t n = (size_t)c->n_nets + 1;
    uint32_t *pins = mem_calloc(n, sizeof *pins), *seen = mem_calloc(n, sizeof *seen), *cut = mem_calloc((size_t)c->n_cols + 1, sizeof *cut);
    uint8_t *edge = mem_calloc(n, 1);
    uint32_t longest = WINDOWS_MAX / c->n_cols;
    for (uint32_t k = 1; k <= c->n_nets; k++) {
        bool live = c->first[k] != c->last[k] || c->left[k] || c->right[k];
        for (uint32_t i = c->first[k] + 1; live && i <= c->last[k]; i++) cut[i]++;
        pins[k] = c->left[k] + c->right[k]; /* an end is a pin elsewhere */
    }
    for (uint32_t i = 0; i < c->n_cols; i++) pins[c->top[i]]++, pins[c->bot[i]]++;
    for (uint32_t a = 0; a < c->n_cols; a++) {
        Window q = {.sides = 1 + (a > 0)};
        memset(seen, 0, n * sizeof *seen);
        memset(edge, 0, n);
        for (uint32_t b = a; b < c->n_cols && b - a < longest; b++) {
            uint32_t k[2] = {c->top[b], c->bot[b]};
            q.w += !c->through[b];
            q.busy += orders(c, b);
            for (uint8_t s = 0; s < 2; s++) {
                if (!k[s]) continue;
                bool had = edge[k[s]] == 3;
                edge[k[s]] |= (uint8_t)(1 << s);
                seen[k[s]]++;
                bool has = edge[k[s]] == 3;
                q.nets += has && !had;
                q.inner += has && seen[k[s]] == pins[k[s]];
            }
            q.pass = cut[a] * (a > 0) + (b + 1 < c->n_cols ? cut[b + 1] : 0);
            while (!fits(&q, T, c->v_gap)) T++, ab[0] = a, ab[1] = b;
        }
    }
    mem_free(pins);
    mem_free(seen);
    mem_free(cut);
    mem_free(edge);
    return T;
}

void chan_bound(const Chan *c, ChanSolution *s)
{
    uint32_t ab[2] = {0, 0};
    s->proof.n = 0;
    s->bound = c->density;
    s->bound_by = "density";
    if (by_constraints(c, s)) s->bound++, s->bound_by = "constraints";
    uint32_t T = by_flux(c, s->bound, ab);
    if (T == s->bound) return;
    s->bound = T;
    s->bound_by = "flux";
    s->proof.n = 0;
    arr_push(&s->proof, ab[0]);
    arr_push(&s->proof, ab[1]);
}

uint32_t channel_bound(const Channel *ch)
{
    Chan c;
    ChanSolution s = {0};
    chan_init(&c, ch);
    chan_bound(&c, &s);
    uint32_t bound = s.bound;
    channel_solution_free(&s);
    arena_free(&c.arena);
    return bound;
}
