/*
 * Long channels of local nets in windows: where no net runs from one column to the next the channel falls apart, and each part may be routed by
 * itself. What is hard then stays small, as rings of constraints do.
 *
 * Does not do: gaps above 1 along a track, since wires of two windows may end side by side.
 */
#include "route/channel_int.h"

typedef ARRAY(uint32_t) U32s;

#define WINDOW 128   /* columns; so many leave wires room to go around each other */

/* Ends of windows at least WINDOW wide between which no net runs. */
static void find_windows(const Chan *c, U32s *end)
{
    uint32_t reach = 0, start = 0, *last = mem_calloc(c->n_cols, sizeof *last);
    for (uint32_t k = 1; k <= c->n_nets; k++)
        if (c->first[k] < c->n_cols && c->last[k] > last[c->first[k]]) last[c->first[k]] = c->last[k];
    for (uint32_t i = 0; i < c->n_cols; i++) {
        if (last[i] > reach) reach = last[i];
        if (reach > i || i + 1 - start < WINDOW || c->n_cols - (i + 1) < WINDOW) continue;
        arr_push(end, i + 1);
        start = i + 1;
    }
    arr_push(end, c->n_cols);
    mem_free(last);
}

/* Wires of a window into the whole: its columns, its bottom edge, the whole's numbers. */
static void take_window(const Map *dense, const Chan *w, const ChanSolution *s, uint32_t x0, uint32_t tracks, ChanSolution *out)
{
    uint32_t k = 0;
    for (uint32_t i = 0; i < s->h.n; i++)
        if (map_get(dense, w->orig[s->h.v[i].net], &k)) sol_h(out, k, s->h.v[i].track, s->h.v[i].c1 + x0, s->h.v[i].c2 + x0);
    for (uint32_t i = 0; i < s->v.n; i++) {
        const ChanV *v = &s->v.v[i];
        if (map_get(dense, w->orig[v->net], &k)) sol_v(out, k, v->col + x0, v->t1, v->t2 == s->n_tracks + 1 ? tracks + 1 : v->t2);
    }
    for (uint32_t i = 0; i < s->x.n; i++)
        if (map_get(dense, w->orig[s->x.v[i].net], &k)) sol_x(out, k, s->x.v[i].col + x0, s->x.v[i].track);
}

bool chan_windows(const Channel *ch, const Chan *c, const ChanOptions *opt, uint64_t work, uint32_t below, ChanSolution *out)
{
    U32s end = {0};
    if (c->h_gap == 1) find_windows(c, &end);
    uint32_t n = end.n, tracks = 0, x0 = 0;
    bool ok = n > 1;
    Map dense = {0};
    Chan *w = mem_calloc((size_t)n + 1, sizeof *w);
    ChanSolution *s = mem_calloc((size_t)n + 1, sizeof *s);
    for (uint32_t k = 1; k <= c->n_nets; k++) map_set(&dense, c->orig[k], k);
    for (uint32_t i = 0; ok && i < n;) {
        Channel part = *ch;
        ChanOptions o = *opt;
        part.n_cols = end.v[i] - x0;
        part.top += x0;
        part.bottom += x0;
        if (i) part.n_left = 0;
        if (i + 1 < n) part.n_right = 0, o.max_extra = 0;
        o.enough = tracks > c->density ? tracks : opt->enough ? opt->enough : c->density; /* no better than the worst is of use */
        chan_init(&w[i], &part);
        ok = chan_route_whole(&w[i], &o, work / 4 * part.n_cols / ch->n_cols, &s[i]);
        if (!ok && n > 2 && i + 1 < n) { /* no way within its columns: the next one's, too */
            channel_solution_free(&s[i]);
            arena_free(&w[i].arena);
            memset(&w[i], 0, sizeof w[i]);
            memmove(&end.v[i], &end.v[i + 1], (n - i - 1) * sizeof *end.v);
            n--;
            ok = true;
            continue;
        }
        if (s[i].n_tracks > tracks) tracks = s[i].n_tracks;
        ok = ok && tracks < below;
        x0 = end.v[i++];
    }
    x0 = 0;
    for (uint32_t i = 0; ok && i < n; x0 = end.v[i++]) take_window(&dense, &w[i], &s[i], x0, tracks, out);
    out->n_tracks = tracks;
    out->n_cols = ok ? x0 - (end.v[n - 1] - (n > 1 ? end.v[n - 2] : 0)) + s[n - 1].n_cols : 0;
    out->method = "windows";
    for (uint32_t i = 0; i < n; i++) {
        channel_solution_free(&s[i]);
        arena_free(&w[i].arena);
    }
    mem_free(s);
    mem_free(w);
    map_free(&dense);
    arr_free(&end);
    return ok;
}
