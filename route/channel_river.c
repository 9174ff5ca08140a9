/*
 * River routing: one layer, no vias. Every net has one pin on each side and both sides name the nets in one order.
 *
 * A wire that goes right leaves its upper pin, keeps to the highest row that the wires at its right leave free, and goes down at its lower
 * pin; wires that go left are the mirror image. Wires of different directions share no column. A wire i sinks by one track at the column
 * a - m for each m-th neighbour in its way, whose upper pin a is not m columns beyond i's lower pin: the number of tracks is the longest such row of
 * neighbours, and no routing has fewer, since these nets cross one cut of the layer that has no more points (the pair of pins is the proof;
 * verify/ counts again).
 *
 * Source  Dolev, Karplus, Siegel, Strong, Ullman, Optimal wiring between rectangles, STOC 1981; Leiserson, Pinter, Optimal placement for
 *         river routing, SIAM J. Comput. 12 (1983). Both count rows between the pins' own; here a wire leaves its pin straight.
 */
#include "route/channel_int.h"

typedef struct { uint32_t net; int64_t a, b; } River; /* columns of the upper and the lower pin */

static Status refuse(uint32_t net, const char *why)
{
    if (!why) return ST_OK;
    if (net) return msg_error(ST_VIOLATION, "RTE-0007", (Loc){0}, "channel: one layer does not do: net %u %s", net, why);
    return msg_error(ST_VIOLATION, "RTE-0007", (Loc){0}, "channel: one layer does not do: %s", why);
}

/* Nets in order of their upper pins; why it is no river (net: the first of them, 0: none in particular), or NULL. Nets with a single pin are left out. */
static const char *rivers(const Channel *ch, River *w, uint32_t *n, uint32_t *net)
{
    Map top = {0}, bottom = {0};
    const char *why = NULL;
    uint32_t dummy;
    *n = *net = 0;
    if (ch->n_left || ch->n_right) why = "nets leave at the channel's ends";
    if (ch->n_classes) why = "there are net classes";
    if (ch->h_gap > 1 || ch->v_gap > 1 || ch->min_len > 1) why = "there are gaps or a shortest wire";
    for (uint32_t c = 0; c < ch->n_cols && !why; c++) {
        if ((ch->top[c] && map_get(&top, *net = ch->top[c], &dummy)) || (ch->bottom[c] && map_get(&bottom, *net = ch->bottom[c], &dummy)))
            why = "has two pins on one side";
        if (ch->top[c]) map_set(&top, ch->top[c], c);
        if (ch->bottom[c]) map_set(&bottom, ch->bottom[c], c);
    }
    for (uint32_t c = 0; c < ch->n_cols && !why; c++) {
        if (!ch->top[c] || !map_get(&bottom, ch->top[c], &dummy)) continue;
        w[(*n)++] = (River){ch->top[c], c, dummy};
        if (*n > 1 && w[*n - 1].b < w[*n - 2].b) why = "has its lower pin left of that of the net before", *net = ch->top[c];
    }
    map_free(&top);
    map_free(&bottom);
    return why;
}

bool channel_is_river(const Channel *ch)
{
    River *w = mem_calloc((size_t)ch->n_cols + 1, sizeof *w);
    uint32_t n, net;
    bool yes = !rivers(ch, w, &n, &net);
    mem_free(w);
    return yes;
}

/* Does neighbour m of wire i, at its right or left, stand in its way? Then *at is the column where it sinks for it. */
static bool in_the_way(const River *w, uint32_t n, uint32_t i, uint32_t m, int64_t *at)
{
    bool right = w[i].a < w[i].b;
    if (right ? m >= n - i : m > i) return false;
    *at = right ? w[i + m].a - m : w[i - m].a + m;
    return right ? *at < w[i].b : *at > w[i].b;
}

static void draw_h(ChanSolution *s, uint32_t net, uint32_t track, int64_t x, int64_t y)
{
    sol_h(s, net, track, (uint32_t)(x < y ? x : y), (uint32_t)(x < y ? y : x));
}

static void draw(const River *w, uint32_t n, uint32_t i, uint32_t tracks, ChanSolution *s)
{
    int64_t x = w[i].a, at;
    uint32_t from = 0, row = 1;
    if (w[i].a == w[i].b) {
        sol_v(s, w[i].net, (uint32_t)x, 0, tracks + 1);
        return;
    }
    for (uint32_t m = 1; in_the_way(w, n, i, m, &at); m++, row++) {
        if (at == x) continue;
        sol_v(s, w[i].net, (uint32_t)x, from, row);
        draw_h(s, w[i].net, row, x, at);
        x = at;
        from = row;
    }
    sol_v(s, w[i].net, (uint32_t)x, from, row);
    draw_h(s, w[i].net, row, x, w[i].b);
    sol_v(s, w[i].net, (uint32_t)w[i].b, row, tracks + 1);
}

Status chan_route_river(const Channel *ch, ChanSolution *out)
{
    River *w = mem_calloc((size_t)ch->n_cols + 1, sizeof *w);
    uint32_t n, net;
    const char *why = rivers(ch, w, &n, &net);
    Status st = refuse(net, why);
    uint32_t proof[2] = {0, 0};
    for (uint32_t i = 0; i < n && !why; i++) {
        int64_t at;
        uint32_t m = 1;
        if (w[i].a == w[i].b) continue;
        while (in_the_way(w, n, i, m, &at)) m++;
        if (m <= out->n_tracks) continue;
        out->n_tracks = m;
        proof[0] = (uint32_t)w[w[i].a < w[i].b ? i + m - 1 : i - (m - 1)].a;
        proof[1] = (uint32_t)w[i].b;
    }
    for (uint32_t i = 0; i < n && !why; i++) draw(w, n, i, out->n_tracks, out);
    if (out->n_tracks) {
        arr_push(&out->proof, proof[0]);
        arr_push(&out->proof, proof[1]);
    }
    out->n_cols = ch->n_cols;
    out->bound = out->n_tracks;
    out->method = "river";
    mem_free(w);
    return st;
}
