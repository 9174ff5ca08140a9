/* Positions along one axis as a min-cost flow that grows with the decisions; see fp_axis.h. */
#include "place/fp_axis.h"

/* ---- graph -------------------------------------------------------------------------------------------------- */

/* Nodes: 0 the ground, blocks, two per net; then, doubled, the same seen in the mirror but for the group's members. */
static uint32_t plain_nodes(const Axis *a) { return 1 + a->n + 2 * a->n_nets; }
static uint32_t left_end(const Axis *a, uint32_t net) { return 1 + a->n + 2 * net; }

static uint32_t image(const Axis *a, uint32_t node)
{
    if (node >= 1 && node <= a->n && a->partner[node - 1] != UINT32_MAX) return 1 + a->partner[node - 1];
    return plain_nodes(a) + node;
}

/* Pair k: the arc and its image, which has the mirrored ends. */
static void put_pair(Axis *a, uint32_t k, uint32_t from, uint32_t to)
{
    a->from[2 * k] = (int32_t)from;
    a->to[2 * k] = (int32_t)to;
    if (!a->doubled) return;
    a->from[2 * k + 1] = (int32_t)image(a, to);
    a->to[2 * k + 1] = (int32_t)image(a, from);
}

void axis_make(Axis *a)
{
    uint32_t n = a->n;
    a->n_nodes = plain_nodes(a) * (a->doubled ? 2 : 1);
    a->up0 = n;
    a->end0 = 2 * n;
    a->sep0 = 3 * n;
    a->pin0 = a->sep0 + n * n;
    a->inner0 = a->pin0 + 2 * a->n_pins;
    a->tie0 = a->inner0 + a->n_nets;
    a->n_arcs = 2 * (a->tie0 + 2 * a->n_ties);
    a->from = mem_calloc((size_t)a->n_arcs + 1, sizeof *a->from);
    a->to = mem_calloc((size_t)a->n_arcs + 1, sizeof *a->to);
    for (uint32_t i = 0; i < n; i++) {
        put_pair(a, i, 0, 1 + i);
        put_pair(a, a->up0 + i, 1 + i, 0);
        put_pair(a, a->end0 + i, 1 + i, 0);
        for (uint32_t j = 0; j < n; j++) put_pair(a, a->sep0 + i * n + j, 1 + i, 1 + j);
    }
    for (uint32_t k = 0; k < a->n_pins; k++) {
        uint32_t node = (uint32_t)(a->pins[k].block + 1), l = left_end(a, a->pins[k].net);
        put_pair(a, a->pin0 + 2 * k, l, node);
        put_pair(a, a->pin0 + 2 * k + 1, node, l + 1);
    }
    for (uint32_t k = 0; k < a->n_nets; k++) {
        uint32_t l = left_end(a, k);
        put_pair(a, a->inner0 + k, l, l + 1);
    }
    for (uint32_t k = 0; k < a->n_ties; k++) {
        put_pair(a, a->tie0 + 2 * k, 1 + a->tie[k][0], 1 + a->tie[k][1]);
        put_pair(a, a->tie0 + 2 * k + 1, 1 + a->tie[k][1], 1 + a->tie[k][0]);
    }
}

void axis_free(Axis *a)
{
    mem_free(a->from);
    mem_free(a->to);
}

/* ---- gains ---------------------------------------------------------------------------------------------------- */

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static bool may(const AxisState *s, uint32_t i, int option) { return s->options[i] >> option & 1; }

/* Least size of a block that its options leave, or the greatest one. */
static int64_t size_of(const Axis *a, const AxisState *s, uint32_t i, bool greatest)
{
    int64_t v[2] = {a->size[i][0], a->size[i][1]};
    if (!(s->options[i] & 3)) return v[1];
    if (!(s->options[i] & 12)) return v[0];
    return (v[0] < v[1]) != greatest ? v[0] : v[1];
}

static void put_gain(const Axis *a, AxisState *s, uint32_t pair, int64_t gain, int64_t mirrored)
{
    s->gain[2 * pair] = gain;
    s->gain[2 * pair + 1] = mirrored;
    s->on[2 * pair] = true;
    s->on[2 * pair + 1] = a->doubled;
}

/* Seen in the mirror an arc's gain has the size of its end more and of its start less: a block's image is named by its other edge. */
static void limit_gains(const Axis *a, AxisState *s, uint32_t i)
{
    int64_t small = size_of(a, s, i, false), large = size_of(a, s, i, true);
    put_gain(a, s, i, s->low[i], s->low[i] + small);
    if (s->up[i] < AXIS_NEVER) put_gain(a, s, a->up0 + i, -s->up[i], -s->up[i] - large);
    if (s->end < AXIS_NEVER) put_gain(a, s, a->end0 + i, small - s->end, -s->end);
}

static void pin_gains(const Axis *a, AxisState *s, uint32_t k)
{
    const AxisPin *q = &a->pins[k];
    int64_t lo = INT64_MAX, lo_m = INT64_MAX, hi = INT64_MAX, hi_m = INT64_MAX;
    for (int o = 0; o < 4; o++) {
        if (q->block >= 0 && !may(s, (uint32_t)q->block, o)) continue;
        int64_t len = q->block < 0 ? 0 : a->size[q->block][o / 2];
        lo = least(lo, -q->lo[o]), lo_m = least(lo_m, len - q->lo[o]);
        hi = least(hi, q->hi[o]), hi_m = least(hi_m, q->hi[o] - len);
    }
    put_gain(a, s, a->pin0 + 2 * k, lo, lo_m);
    put_gain(a, s, a->pin0 + 2 * k + 1, hi, hi_m);
}

/* What a net spans inside one of its blocks, or between its fixed points. */
static void inner_gains(const Axis *a, AxisState *s, const uint8_t *touched)
{
    uint32_t k = 0;
    for (uint32_t net = 0; net < a->n_nets; net++) {
        int64_t most = 0;
        bool look = !touched;
        for (; k < a->n_pins && a->pins[k].net == net; k++) {
            const AxisPin *q = &a->pins[k];
            int64_t e = INT64_MAX;
            for (int o = 0; o < 4; o += 2)
                if (q->block < 0 || may(s, (uint32_t)q->block, o) || may(s, (uint32_t)q->block, o + 1)) e = least(e, q->hi[o] - q->lo[o]);
            if (e > most) most = e;
            look |= q->block >= 0 && touched && touched[q->block];
        }
        if (look) put_gain(a, s, a->inner0 + net, most, most);
    }
}

/* Positions from the tree; the root stands at 0. */
static void positions(const Axis *a, AxisState *s)
{
    for (uint32_t i = 1; i < a->n_nodes; i++) s->depth[i] = -1;
    for (uint32_t i = 1; i < a->n_nodes; i++) {
        uint32_t n = 0;
        for (int32_t v = (int32_t)i; s->depth[v] < 0; v = s->parent[v]) s->chain[n++] = v;
        while (n-- > 0) {
            int32_t v = s->chain[n], p = s->parent[v], e = s->arc[v];
            s->depth[v] = s->depth[p] + 1;
            s->pos[v] = s->pos[p] + (a->to[e] == v ? s->gain[e] : -s->gain[e]);
        }
    }
}

/* ---- states ---------------------------------------------------------------------------------------------------- */

static size_t state_bytes(const Axis *a)
{
    return (size_t)a->n_arcs * (2 * sizeof(int64_t) + sizeof(bool)) + (size_t)a->n_nodes * (sizeof(int64_t) + 4 * sizeof(int32_t)) + 64;
}

void axis_state_new(const Axis *a, AxisState *s)
{
    char *m = mem_calloc(state_bytes(a), 1);
    size_t arcs = a->n_arcs, nodes = a->n_nodes;
    *s = (AxisState){.gain = (int64_t *)(void *)m};
    s->flow = s->gain + arcs;
    s->pos = s->flow + arcs;
    s->parent = (int32_t *)(void *)(s->pos + nodes);
    s->arc = s->parent + nodes;
    s->depth = s->arc + nodes;
    s->chain = s->depth + nodes;
    s->on = (bool *)(s->chain + nodes);
}

void axis_state_copy(const Axis *a, AxisState *to, const AxisState *from)
{
    AxisState keep = *to;
    *to = *from;
    to->gain = keep.gain, to->flow = keep.flow, to->pos = keep.pos, to->parent = keep.parent, to->arc = keep.arc, to->depth = keep.depth, to->chain = keep.chain, to->on = keep.on;
    memcpy(to->gain, from->gain, state_bytes(a));
}

void axis_state_free(AxisState *s) { mem_free(s->gain); }

static void hang(AxisState *s, uint32_t node, uint32_t under, uint32_t arc, int64_t flow)
{
    s->parent[node] = (int32_t)under;
    s->arc[node] = (int32_t)arc;
    s->flow[arc] = flow;
}

/* The first tree: blocks on the ground, both ends of a net on its first pin, through which all its flow goes. */
void axis_state_begin(const Axis *a, AxisState *s, const uint8_t *options)
{
    memset(s->gain, 0, state_bytes(a));
    s->end = AXIS_NEVER;
    s->best = false;
    for (uint32_t i = 0; i < a->n; i++) s->low[i] = 0, s->up[i] = AXIS_NEVER, s->options[i] = options[i];
    for (uint32_t i = 0; i < a->n; i++) {
        limit_gains(a, s, i);
        hang(s, 1 + i, 0, 2 * i, 0);
    }
    for (uint32_t i = 0, first = 1; a->doubled && i < a->n; i++) {
        if (a->partner[i] == UINT32_MAX) hang(s, image(a, 1 + i), image(a, 0), 2 * i + 1, 0);
        else if (first) hang(s, image(a, 0), image(a, 1 + i), 2 * i + 1, 0), first = 0;
    }
    for (uint32_t k = 0; k < a->n_pins; k++) {
        const AxisPin *q = &a->pins[k];
        pin_gains(a, s, k);
        if (k && q[-1].net == q->net) continue;
        uint32_t l = left_end(a, q->net), node = (uint32_t)(q->block + 1), pair = a->pin0 + 2 * k;
        hang(s, l, node, 2 * pair, a->weight[q->net]);
        hang(s, l + 1, node, 2 * pair + 2, a->weight[q->net]);
        if (!a->doubled) continue;
        hang(s, image(a, l), image(a, node), 2 * pair + 1, a->weight[q->net]);
        hang(s, image(a, l + 1), image(a, node), 2 * pair + 3, a->weight[q->net]);
    }
    inner_gains(a, s, NULL);
    positions(a, s);
}

/* ---- decisions --------------------------------------------------------------------------------------------------- */

void axis_options(const Axis *a, AxisState *s, uint32_t block, uint8_t options)
{
    uint8_t touched[AXIS_MAX] = {0};
    touched[block] = 1;
    s->options[block] = options;
    limit_gains(a, s, block);
    for (uint32_t k = 0; k < a->n_pins; k++)
        if (a->pins[k].block == (int32_t)block) pin_gains(a, s, k);
    inner_gains(a, s, touched);
    positions(a, s);
}

void axis_apart(const Axis *a, AxisState *s, uint32_t i, uint32_t j, int64_t distance)
{
    uint32_t pair = a->sep0 + i * a->n + j;
    if (s->on[2 * pair] && s->gain[2 * pair] >= distance) return;
    put_gain(a, s, pair, distance, distance + size_of(a, s, j, false) - size_of(a, s, i, false));
    positions(a, s);
}

void axis_before(const Axis *a, AxisState *s, uint32_t i, uint32_t j) { axis_apart(a, s, i, j, size_of(a, s, i, false) + a->gap); }

void axis_tie(const Axis *a, AxisState *s, uint32_t tie, int64_t distance)
{
    int64_t more = size_of(a, s, a->tie[tie][1], false) - size_of(a, s, a->tie[tie][0], false);
    put_gain(a, s, a->tie0 + 2 * tie, distance, distance + more);
    put_gain(a, s, a->tie0 + 2 * tie + 1, -distance, -distance - more);
}

void axis_limit(const Axis *a, AxisState *s, uint32_t block, int64_t low, int64_t up)
{
    if (low > s->low[block]) s->low[block] = low;
    if (up < s->up[block]) s->up[block] = up;
    limit_gains(a, s, block);
    positions(a, s);
}

void axis_end(const Axis *a, AxisState *s, int64_t end)
{
    if (end < s->end) s->end = end;
    for (uint32_t i = 0; i < a->n; i++) limit_gains(a, s, i);
    positions(a, s);
}

/* ---- simplex ------------------------------------------------------------------------------------------------------ */

/* The arc whose difference is missed most. */
static int32_t entering(const Axis *a, const AxisState *s, int64_t *missed)
{
    int32_t e = -1;
    int64_t most = 0;
    for (uint32_t k = 0; k < a->n_arcs; k++) {
        if (!s->on[k]) continue;
        int64_t miss = s->gain[k] - (s->pos[a->to[k]] - s->pos[a->from[k]]);
        if (miss > most) most = miss, e = (int32_t)k;
    }
    *missed = most;
    return e;
}

/* Does the flow on the arc to the parent fall when the cycle goes up through v (or down to it)? */
static bool falls(const Axis *a, const AxisState *s, int32_t v, bool up) { return (a->to[s->arc[v]] == v) == up; }

/* Make `node` the one below arc e: parents turn round from there up to the arc that leaves, which hung `last`. */
static void turn_over(AxisState *s, int32_t node, int32_t parent, int32_t e, int32_t last)
{
    for (;;) {
        int32_t next = s->parent[node], arc = s->arc[node];
        s->parent[node] = parent;
        s->arc[node] = e;
        if (node == last) return;
        parent = node;
        node = next;
        e = arc;
    }
}

/* More flow through arc e and back through the tree. False: without limit. */
static bool pivot(const Axis *a, AxisState *s, int32_t e, int64_t *by)
{
    int32_t u = a->from[e], v = a->to[e], x = u, y = v, last = -1;
    int64_t most = INT64_MAX;
    bool below_u = false;
    while (x != y) { /* down to u, up from v */
        bool at_u = s->depth[x] >= s->depth[y];
        int32_t n = at_u ? x : y;
        if (falls(a, s, n, !at_u) && s->flow[s->arc[n]] < most) most = s->flow[s->arc[n]], last = n, below_u = at_u;
        if (at_u) x = s->parent[x];
        else y = s->parent[y];
    }
    if (last < 0) return false;
    for (int32_t n = u; n != x; n = s->parent[n]) s->flow[s->arc[n]] += falls(a, s, n, false) ? -most : most;
    for (int32_t n = v; n != x; n = s->parent[n]) s->flow[s->arc[n]] += falls(a, s, n, true) ? -most : most;
    s->flow[e] += most;
    *by = most;
    if (below_u) turn_over(s, u, v, e, last);
    else turn_over(s, v, u, e, last);
    positions(a, s);
    return true;
}

static int64_t rounded(const Axis *a, int64_t sum) { return !a->doubled ? sum : sum > 0 ? (sum + 1) / 2 : sum / 2; }

int64_t axis_solve(Axis *a, AxisState *s, int64_t enough)
{
    int64_t sum = 0, miss, by;
    s->best = false;
    for (uint32_t i = 1; i < a->n_nodes; i++) sum += s->flow[s->arc[i]] * s->gain[s->arc[i]];
    /* Degenerate steps could go round in a ring; a bound that is not the best one is one still. */
    for (uint32_t step = 0; step < 50 * a->n_nodes; step++) {
        int32_t e = entering(a, s, &miss);
        a->work += a->n_arcs;
        if (e < 0) s->best = true;
        if (e < 0 || rounded(a, sum) >= enough) break;
        a->work += a->n_nodes;
        if (!pivot(a, s, e, &by)) return AXIS_NEVER;
        sum += miss * by;
    }
    return rounded(a, sum);
}

int64_t axis_twice(const Axis *a, const AxisState *s, uint32_t block)
{
    int64_t x = s->pos[1 + block];
    if (!a->doubled) return 2 * x;
    return x + s->pos[image(a, 0)] - s->pos[image(a, 1 + block)] - size_of(a, s, block, false);
}
