/*
 * Wires of the left-edge router: nets cut at their pins, vertical constraints among the wires, cycles and long chains cut by doglegs,
 * inside at a column without pins or by way of an added column at the right end.
 *
 * Source: Deutsch 1976 (doglegs); Kahn 1962 (topological order).
 */
#include "route/channel_leg.h"

/* ---- wires and constraints ------------------------------------------------------------------------- */

static void add_seg(Leg *g, uint32_t net, uint32_t c1, uint32_t c2, uint32_t before, bool last)
{
    const Chan *ch = g->ch;
    Seg s = {net, c1, c2, c1, c2, before, last};
    if (c2 - c1 < ch->min_len) {
        s.b2 = c1 + ch->min_len;
        if (s.b2 >= ch->n_cols) {
            s.b2 = ch->n_cols - 1;
            s.b1 = s.b2 > ch->min_len ? s.b2 - ch->min_len : 0;
        }
    }
    arr_push(&g->s, s);
}

void leg_wires(Leg *g)
{
    const Chan *ch = g->ch;
    uint32_t *at = mem_calloc((size_t)ch->n_nets + 1, sizeof *at);   /* column of the last cut + 1 */
    uint32_t *prev = mem_calloc((size_t)ch->n_nets + 1, sizeof *prev);
    for (uint32_t k = 1; k <= ch->n_nets; k++) prev[k] = NONE;
    for (uint32_t k = 1; k <= ch->n_nets; k++)
        if (ch->left[k]) at[k] = 1;
    for (uint32_t c = 0; c < ch->n_cols; c++) {
        for (int side = 0; side < 2; side++) {
            uint32_t k = side ? ch->bot[c] : ch->top[c];
            if (!k || (side && k == ch->top[c])) continue;
            bool only = ch->first[k] == ch->last[k];
            if ((at[k] && at[k] - 1 < c) || only) {
                add_seg(g, k, at[k] ? at[k] - 1 : c, c, prev[k], c == ch->last[k]);
                prev[k] = g->s.n - 1;
            }
            at[k] = c + 1;
        }
    }
    for (uint32_t k = 1; k <= ch->n_nets; k++)
        if (ch->right[k] && at[k] < ch->n_cols) add_seg(g, k, at[k] ? at[k] - 1 : 0, ch->n_cols - 1, prev[k], true);
    mem_free(at);
    mem_free(prev);
}

void leg_end_add(Ends *e, uint32_t s)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (e->s[i] == s) return;
    assert(e->n < 2);
    e->s[e->n++] = s;
}

static void link_all(Leg *g, const Ends *top, const Ends *bot, bool count)
{
    for (uint32_t c = 0; c < g->ch->n_cols; c++)
        for (uint32_t i = 0; i < top[c].n; i++)
            for (uint32_t j = 0; j < bot[c].n; j++) {
                uint32_t a = top[c].s[i], b = bot[c].s[j];
                if (count) {
                    g->below0[a + 1]++;
                    g->above0[b + 1]++;
                } else {
                    g->below[g->n_below[a]++] = b;
                    g->above[g->n_above[b]++] = a;
                }
            }
}

static void make_constraints(Leg *g)
{
    const Chan *ch = g->ch;
    uint32_t n = g->s.n;
    Ends *top = mem_calloc(ch->n_cols, sizeof *top), *bot = mem_calloc(ch->n_cols, sizeof *bot);
    for (uint32_t i = 0; i < n; i++) {
        const Seg *s = &g->s.v[i];
        for (int e = 0; e < 2; e++) {
            uint32_t c = e ? s->c2 : s->c1;
            if (ch->top[c] == ch->bot[c]) continue; /* the net owns the column from edge to edge */
            if (ch->top[c] == s->net) leg_end_add(&top[c], i);
            if (ch->bot[c] == s->net) leg_end_add(&bot[c], i);
        }
    }
    mem_free(g->below0);
    mem_free(g->above0);
    mem_free(g->below);
    mem_free(g->above);
    g->below0 = mem_calloc((size_t)n + 1, sizeof(uint32_t));
    g->above0 = mem_calloc((size_t)n + 1, sizeof(uint32_t));
    link_all(g, top, bot, true);
    for (uint32_t i = 0; i < n; i++) {
        g->below0[i + 1] += g->below0[i];
        g->above0[i + 1] += g->above0[i];
        g->n_below[i] = g->below0[i];
        g->n_above[i] = g->above0[i];
    }
    g->below = mem_calloc(g->below0[n], sizeof(uint32_t));
    g->above = mem_calloc(g->above0[n], sizeof(uint32_t));
    link_all(g, top, bot, false);
    mem_free(top);
    mem_free(bot);
}

/* Topological order; false if there is a cycle, then `topo` holds only the wires that are not behind one. */
static bool sort_topo(Leg *g, uint32_t *n_sorted)
{
    uint32_t n = g->s.n, head = 0, tail = 0;
    for (uint32_t i = 0; i < n; i++) {
        g->n_above[i] = g->above0[i + 1] - g->above0[i];
        if (!g->n_above[i]) g->topo[tail++] = i;
    }
    while (head < tail) {
        uint32_t i = g->topo[head++];
        for (uint32_t e = g->below0[i]; e < g->below0[i + 1]; e++)
            if (--g->n_above[g->below[e]] == 0) g->topo[tail++] = g->below[e];
    }
    *n_sorted = tail;
    return tail == n;
}

/* A free column strictly inside the wire, nearest to its middle. */
static bool free_column(const Leg *g, const Seg *s, uint32_t *col)
{
    uint32_t mid = s->c1 + (s->c2 - s->c1) / 2;
    for (uint32_t d = 0; d <= s->c2 - s->c1; d++) {
        for (int sign = 0; sign < 2; sign++) {
            if (sign ? mid < d : mid + d > s->c2) continue;
            uint32_t c = sign ? mid - d : mid + d;
            if (c <= s->c1 || c >= s->c2 || g->used[c]) continue;
            if (g->ch->top[c] || g->ch->bot[c] || g->ch->through[c]) continue;
            *col = c;
            return true;
        }
    }
    return false;
}

static void split_seg(Leg *g, uint32_t i, uint32_t c)
{
    Seg s = g->s.v[i];
    g->used[c] = s.net;
    uint32_t n = g->s.n;
    for (uint32_t k = 0; k < n; k++)
        if (g->s.v[k].before == i) g->s.v[k].before = n;
    add_seg(g, s.net, c, s.c2, i, s.last);
    /* Recompute the first half in place. */
    add_seg(g, s.net, s.c1, c, s.before, false);
    g->s.v[i] = g->s.v[--g->s.n];
}

/* Both halves go to an added column right of everything: the wire up to its left end's side, and a new one from its right end. */
static void split_outside(Leg *g, uint32_t i)
{
    Seg s = g->s.v[i];
    uint32_t c = g->next_free++, n = g->s.n;
    g->used[c] = s.net;
    for (uint32_t k = 0; k < n; k++)
        if (g->s.v[k].before == i) g->s.v[k].before = NONE;
    add_seg(g, s.net, s.c2, c, NONE, s.last);
    add_seg(g, s.net, s.c1, c, s.before, false);
    g->s.v[i] = g->s.v[--g->s.n];
}

static bool cut(Leg *g, uint32_t i)
{
    uint32_t col;
    if (free_column(g, &g->s.v[i], &col)) split_seg(g, i, col);
    else if (g->next_free + 1 < g->ch->n_cols || (g->next_free < g->ch->n_cols && !g->ch->right[g->s.v[i].net])) split_outside(g, i);
    else return false;
    return true;
}

static void resize_run(Leg *g)
{
    size_t n = (size_t)g->s.n + 1;
    uint32_t **u[] = {&g->track, &g->n_above, &g->n_below, &g->depth_dn, &g->depth_up, &g->topo, &g->by_end, &g->prev};
    for (size_t i = 0; i < COUNTOF(u); i++) {
        mem_free(*u[i]);
        *u[i] = mem_calloc(n, sizeof(uint32_t));
    }
    mem_free(g->val);
    g->val = mem_calloc(n, sizeof *g->val);
}

/* Of the wires that are not behind or before all cycles only, the one nearest the right end: its way to an added column is the shortest. */
static uint32_t on_cycle(Leg *g, bool inside)
{
    uint32_t n = g->s.n, head = 0, tail = 0, best = NONE, col, *queue = g->by_end;
    for (uint32_t i = 0; i < n; i++) {
        g->n_below[i] = g->below0[i + 1] - g->below0[i];
        if (g->n_above[i] && !g->n_below[i]) queue[tail++] = i;
    }
    while (head < tail) {
        uint32_t i = queue[head++];
        for (uint32_t e = g->above0[i]; e < g->above0[i + 1]; e++)
            if (--g->n_below[g->above[e]] == 0 && g->n_above[g->above[e]]) queue[tail++] = g->above[e];
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!g->n_above[i] || !g->n_below[i] || (inside && !free_column(g, &g->s.v[i], &col))) continue;
        if (inside) return i;
        if (best == NONE || g->s.v[i].c2 > g->s.v[best].c2) best = i;
    }
    return best;
}

/* Wires on a cycle are cut one at a time. */
bool leg_break_cycles(Leg *g)
{
    uint32_t limit = g->s.n < 4000 ? g->s.n : 4000;
    for (uint32_t round = 0;; round++) {
        resize_run(g);
        make_constraints(g);
        uint32_t n_sorted;
        if (sort_topo(g, &n_sorted)) return true;
        uint32_t i = on_cycle(g, true);
        if (i == NONE) i = on_cycle(g, false);
        if (round == limit || i == NONE || !cut(g, i)) return false;
    }
}

/* ---- chains ---------------------------------------------------------------------------------------- */

void leg_depths(Leg *g, bool down)
{
    uint32_t n = g->s.n;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = g->topo[down ? n - 1 - k : k], d = 0;
        uint32_t *dst = down ? g->depth_dn : g->depth_up;
        if (g->track[i]) { dst[i] = 0; continue; }
        const uint32_t *e0 = down ? g->below0 : g->above0, *e = down ? g->below : g->above;
        for (uint32_t j = e0[i]; j < e0[i + 1]; j++)
            if (!g->track[e[j]] && dst[e[j]] + g->ch->v_gap > d) d = dst[e[j]] + g->ch->v_gap;
        dst[i] = d;
    }
    g->work += g->below0[n] + n;
}

uint32_t leg_longest_chain(Leg *g)
{
    memset(g->track, 0, g->s.n * sizeof *g->track);
    leg_depths(g, true);
    uint32_t best = 0;
    for (uint32_t i = 0; i < g->s.n; i++)
        if (g->depth_dn[i] + 1 > best) best = g->depth_dn[i] + 1;
    return best;
}

/* What a cut of wire i of a chain of `longest` tracks is worth: near the middle, with a short way to an added column, by chance; 0: not on a longest chain. */
static uint32_t cut_worth(const Leg *g, uint32_t i, uint32_t longest, LegCuts *q)
{
    uint32_t up = g->depth_up[i], dn = g->depth_dn[i], least = up < dn ? up : dn;
    if (up + dn + 1 < longest || 3 * (least + 1) < longest) return 0;
    uint64_t x = 1 + (uint64_t)q->middle * least / longest + (uint64_t)q->way * g->s.v[i].c2 / g->ch->n_cols;
    return (uint32_t)x + (q->chance ? rng_below(&q->rng, q->chance) : 0);
}

void leg_shorten_chains(Leg *g, LegCuts q)
{
    for (uint32_t round = 0, longest; round < 4000 && (longest = leg_longest_chain(g)) > q.goal; round++) {
        uint32_t best = NONE, most = 0, n_sorted;
        leg_depths(g, false);
        for (uint32_t i = 0; i < g->s.n; i++) {
            uint32_t x = cut_worth(g, i, longest, &q);
            if (x > most) most = x, best = i;
        }
        if (best == NONE || !cut(g, best)) break;
        resize_run(g);
        make_constraints(g);
        if (!sort_topo(g, &n_sorted)) break; /* cannot be: a cut takes constraints away */
    }
}
