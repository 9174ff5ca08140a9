/*
 * Maze router with negotiated congestion: every net takes its cheapest tree, shared room becomes dearer round by round until nobody
 * shares any. What is searched first is what may still be the cheapest way to a goal: the wire and the vias to the nearest one, were nothing
 * in the way, are a lower bound.
 *
 * Source  McMurchie, Ebeling 1995 (PathFinder); Lee 1961; Hart, Nilsson, Raphael 1968 (A*).
 */
#include "cells/draw_int.h"

#include <stdlib.h>

enum {
    ROUNDS = 50,
    STUCK = 16, HASTE = 5,           /* rounds without progress; the latter where another arrangement will be tried */
    FEW = 4,                         /* nets in each other's way: with k times as many, patience is a k-th */
    LONGER = 4,                      /* times as many rounds where all make way once more */
    OWN = 12,                        /* a net's own cuts do not make way for each other: one of the places must become dear at once */
    TOO_NEAR = 200                   /* tracks: a path that goes up and down again beside its own cut would only slide along */
};
#define VIA_COST 4.0f      /* in grid lines */
#define AGAINST 2.5f       /* a step against the metal's direction */
#define AWAY 4.0f          /* a step of a net that keeps off the highest level */
#define ABOVE 200.0f       /* a via of a net that is to stay below */
#define FAR 1e30f

typedef struct {
    uint64_t key;                 /* what comes first (key_of) */
    float cost;                   /* to the node */
    uint32_t node;
} Heap;

/* A node taken apart: node = level · n_plane + k, k = j · nx + i; level 0: contacts. */
typedef struct {
    uint32_t node, k;
    int32_t level, i, j;
} Spot;

typedef struct {
    float dist;
    uint32_t from, mark;          /* dist and from are of the search with this stamp */
    uint8_t how;                  /* orientation of the two pads of a via step */
    uint8_t tree;                 /* 1: in the net's tree (or a seed); 2: goal */
    uint8_t own;                  /* shapes the net being looked at has there, bit by PointShape; cuts at their lower level */
} Node;

typedef struct {
    Grid *q;
    uint32_t n_plane, n_node;
    float *dx, *dy;               /* line to the next one, in tracks */
    Node *at;                     /* [n_node] */
    uint32_t stamp;               /* of this search */
    ARRAY(Heap) heap;
    ARRAY(uint32_t) marked;       /* nodes whose tree is not 0, each once */
    ARRAY(uint32_t) merged;
    uint32_t n_sorted;            /* of `marked`: the first ones are in the order of nodes */
    int32_t *goal_term;           /* terminal that a goal node belongs to */
    float *near;                  /* [n_plane] wire to the nearest goal, whatever its level */
    bool *goal_row;               /* [ny]: a goal is there, on some level */
    float cuts_left[16];          /* [level]: vias to the nearest level of a goal */
    Box own_cuts[16];             /* [lower level] around the cuts that `own` tells of, in lines */
    float present;
} Maze;

static const Box NOWHERE = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};

static Box span(Box a, Box b) { return (Box){a.x0 < b.x0 ? a.x0 : b.x0, a.y0 < b.y0 ? a.y0 : b.y0, a.x1 > b.x1 ? a.x1 : b.x1, a.y1 > b.y1 ? a.y1 : b.y1}; }

/* ---- occupancy ---------------------------------------------------------------------------------------------------- */

static void occupy(Grid *q, const Placed *p, int d)
{
    if (p->shape == PT_N) {
        Range rx = q->cx[p->level][p->i], ry = q->cy[p->level][p->j];
        for (int32_t j = ry.lo; j < ry.hi; j++)
            for (int32_t i = rx.lo; i < rx.hi; i++) q->cut[p->level][j * q->nx + i].cnt += (uint16_t)d;
        if (p->level || !draw_gate_line(q->g, p->j)) return;
        for (int32_t j = q->py[p->j].lo; j < q->py[p->j].hi; j++)
            for (int32_t i = q->px[p->i].lo; i < q->px[p->i].hi; i++) q->pad_cnt[j * q->nx + i] += (uint16_t)d;
        return;
    }
    for (int s = 0; s < PT_N; s++) {
        if (!q->has[p->level][s]) continue;
        Range rx = q->rx[p->level][p->shape][s][p->i], ry = q->ry[p->level][p->shape][s][p->j];
        for (int32_t j = ry.lo; j < ry.hi; j++)
            for (int32_t i = rx.lo; i < rx.hi; i++) q->room[p->level][s][j * q->nx + i].cnt += (uint16_t)d;
    }
}

static void occupy_net(Grid *q, uint32_t net, int d)
{
    for (uint32_t k = 0; k < q->net.v[net].at.n; k++) occupy(q, &q->net.v[net].at.v[k], d);
}

/* Shapes and poly under contacts that are too near to one of a net, its own with it. */
static void counts(const Grid *q, const Placed *p, uint16_t *shapes, uint16_t *pads)
{
    uint32_t at = (uint32_t)(p->j * q->nx + p->i);
    *shapes = p->shape == PT_N ? q->cut[p->level][at].cnt : q->room[p->level][p->shape][at].cnt;
    *pads = p->shape == PT_N && p->level == 0 && draw_gate_line(q->g, p->j) ? q->pad_cnt[at] : 0;
}

/* A net that was routed takes its room; what of that is its own is counted once, for conflicts are looked for in every round. */
static void settle(Grid *q, uint32_t net)
{
    Routed *r = &q->net.v[net];
    for (uint32_t k = 0; k < r->at.n; k++) counts(q, &r->at.v[k], &r->at.v[k].own, &r->at.v[k].own_pads);
    occupy_net(q, net, 1);
    for (uint32_t k = 0; k < r->at.n; k++) {
        uint16_t shapes, pads;
        counts(q, &r->at.v[k], &shapes, &pads);
        r->at.v[k].own = (uint16_t)(shapes - r->at.v[k].own);
        r->at.v[k].own_pads = (uint16_t)(pads - r->at.v[k].own_pads);
    }
}

static float shape_cost(const Maze *m, int32_t l, int32_t s, uint32_t k, int32_t net)
{
    const ShapeRoom *r = &m->q->room[l][s][k];
    if (r->fix != -1 && r->fix != net) return FAR;
    return r->hist + m->present * r->cnt;
}

/* Does the net that `own` tells of have another cut too near to this one? */
static bool same_cut_near(const Maze *m, int32_t l, int32_t i, int32_t j)
{
    const Grid *q = m->q;
    Range rx = q->cx[l][i], ry = q->cy[l][j];
    Box cuts = m->own_cuts[l];
    if (rx.lo > cuts.x1 || rx.hi <= cuts.x0 || ry.lo > cuts.y1 || ry.hi <= cuts.y0) return false;
    const Node *at = m->at + (size_t)l * m->n_plane;
    for (int32_t y = ry.lo; y < ry.hi; y++)
        for (int32_t x = rx.lo; x < rx.hi; x++)
            if (at[y * q->nx + x].own >> PT_N & 1 && (x != i || y != j)) return true;
    return false;
}

/* Did the path to a node just pass a cut of this level too near to (i, j)? `own` does not know the path's cuts yet. */
static bool cut_just_passed(const Maze *m, uint32_t node, int32_t l, int32_t i, int32_t j)
{
    const Grid *q = m->q;
    Range rx = q->cx[l][i], ry = q->cy[l][j];
    for (uint32_t at = node, from; (from = m->at[at].from) != UINT32_MAX; at = from) {
        int32_t k = (int32_t)(at % m->n_plane), x = k % q->nx, y = k / q->nx, la = (int32_t)(at / m->n_plane), lb = (int32_t)(from / m->n_plane);
        if (x < rx.lo || x >= rx.hi || y < ry.lo || y >= ry.hi) return false;
        if (la != lb && (la < lb ? la : lb) == l && (x != i || y != j)) return true;
    }
    return false;
}

static void own_cut(Maze *m, int32_t l, int32_t i, int32_t j) { m->own_cuts[l] = span(m->own_cuts[l], (Box){i, j, i, j}); }

/* Let `own` tell of a net (1), or of none (0) as before. */
static void own_net(Maze *m, uint32_t net, int on)
{
    for (int32_t l = 0; l <= m->q->levels; l++) m->own_cuts[l] = NOWHERE;
    for (uint32_t k = 0; k < m->q->net.v[net].at.n; k++) {
        const Placed *p = &m->q->net.v[net].at.v[k];
        uint8_t *own = &m->at[(size_t)p->level * m->n_plane + (uint32_t)(p->j * m->q->nx + p->i)].own;
        *own = on ? (uint8_t)(*own | 1u << p->shape) : 0;
        if (on && p->shape == PT_N) own_cut(m, p->level, p->i, p->j);
    }
}

/* ---- heap ------------------------------------------------------------------------------------------------------------ */

static Spot spot_of(const Maze *m, uint32_t node)
{
    Spot s = {.node = node, .k = node % m->n_plane, .level = (int32_t)(node / m->n_plane)};
    s.i = (int32_t)s.k % m->q->nx;
    s.j = (int32_t)s.k / m->q->nx;
    return s;
}

/* By the bound of a whole path over the node; of equal bounds the shorter way first: paths spread from the tree on all sides, as without bounds. Floats that are not
 * negative are in the order of their bits: one comparison. */
static uint64_t key_of(float bound, float cost)
{
    uint32_t hi, lo;
    memcpy(&hi, &bound, sizeof hi);
    memcpy(&lo, &cost, sizeof lo);
    return (uint64_t)hi << 32 | lo;
}

static void push(Maze *m, Heap h)
{
    arr_push(&m->heap, h);
    uint32_t i = m->heap.n - 1;
    while (i && h.key < m->heap.v[(i - 1) / 2].key) {
        m->heap.v[i] = m->heap.v[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    m->heap.v[i] = h;
}

static Heap pop(Maze *m)
{
    Heap *v = m->heap.v, top = v[0], last = v[--m->heap.n];
    uint32_t i = 0, n = m->heap.n;
    for (uint32_t k; (k = 2 * i + 1) < n; i = k) {
        k += k + 1 < n && v[k + 1].key < v[k].key;
        if (v[k].key >= last.key) break;
        v[i] = v[k];
    }
    if (n) v[i] = last;
    return top;
}

static void reach(Maze *m, float cost, int32_t level, uint32_t k, uint32_t from, int how)
{
    if (cost >= FAR) return;
    uint32_t node = (uint32_t)level * m->n_plane + k;
    Node *at = &m->at[node];
    if (at->mark == m->stamp && at->dist <= cost) return;
    at->mark = m->stamp;
    at->dist = cost;
    at->from = from;
    at->how = (uint8_t)how;
    push(m, (Heap){key_of(cost + (m->near[k] + m->cuts_left[level]), cost), cost, node}); /* what is left to a goal, at least */
}

/* Is a node reached already at no more than this, the least that a step there costs? Most steps go where the path came from. */
static bool reached(const Maze *m, uint32_t node, float least)
{
    const Node *at = &m->at[node];
    return at->mark == m->stamp && at->dist <= least;
}

/* ---- steps -------------------------------------------------------------------------------------------------------------- */

/* A step of `len` tracks to the next line, k on. */
static void step_wire(Maze *m, const Spot *at, float cost, int32_t net, int32_t k, float len, bool along_x)
{
    const Grid *q = m->q;
    int32_t l = at->level;
    uint32_t to = (uint32_t)((int32_t)at->k + k);
    if (l > 1 && along_x != q->horizontal[l]) len *= AGAINST;
    if (l == q->levels && q->away && q->away[net]) len *= AWAY;
    if (reached(m, (uint32_t)((int32_t)at->node + k), cost + len)) return;
    float c = m->at[(uint32_t)((int32_t)at->node + k)].tree & 1 ? 0 : shape_cost(m, l, PT_WIRE, to, net);
    reach(m, cost + len + c, l, to, at->node, 0);
}

/* A via between level l and l + 1 at (i, j): the cheapest orientation of each pad; l = 0: a contact, one pad only. */
static void step_via(Maze *m, const Spot *at, float cost, int32_t net, bool up)
{
    const Grid *q = m->q;
    int32_t l = at->level - (up ? 0 : 1), i = at->i, j = at->j;
    uint32_t k = at->k, to = up ? at->node + m->n_plane : at->node - m->n_plane;
    if (l < 0 || l >= q->levels || reached(m, to, cost + VIA_COST)) return;
    if (l == 0) {
        int32_t t = q->term_at[k];
        if (t < 0 || q->term.v[t].net != net) return;
    }
    if (q->x[i] < q->cut_edge[l] || q->x[i] > q->w - q->cut_edge[l] || q->y[j] < q->cut_edge[l] || q->y[j] > q->h - q->cut_edge[l]) return;
    if (same_cut_near(m, l, i, j)) return;
    float best[2] = {0, 0};
    int how[2] = {0, 0};
    for (int side = l == 0; side < 2; side++) { /* 0: lower metal, 1: upper */
        int first = side ? PT_BELOW_X : PT_ABOVE_X;
        best[side] = FAR;
        for (int o = 0; o < 2; o++) {
            if (!q->has[l + side][first + o]) continue;
            float c = shape_cost(m, l + side, first + o, k, net);
            /* with the metal's direction if nothing else speaks: such pads end in wires */
            c += (o == 0) != q->horizontal[l + side] ? 0.1f : 0;
            if (c < best[side]) {
                best[side] = c;
                how[side] = o;
            }
        }
    }
    int32_t lt = l + (up ? 1 : 0);
    float c = VIA_COST + best[0] + best[1] + q->cut[l][k].hist + m->present * q->cut[l][k].cnt;
    if (l == 0 && draw_gate_line(q->g, j)) c += m->present * q->pad_cnt[k];
    if (cut_just_passed(m, at->node, l, i, j)) c += TOO_NEAR;
    if (up && q->most && q->most[net] && lt > q->most[net]) c += ABOVE;
    if (lt > 0 && !(m->at[to].tree & 1)) c += shape_cost(m, lt, PT_WIRE, k, net);
    reach(m, cost + c, lt, k, at->node, how[0] | how[1] << 1);
}

/* ---- one net -------------------------------------------------------------------------------------------------------------- */

static void put(Maze *m, int32_t net, int32_t level, int32_t shape, int32_t i, int32_t j)
{
    uint8_t *own = &m->at[(size_t)level * m->n_plane + (uint32_t)(j * m->q->nx + i)].own;
    if (*own >> shape & 1) return;
    *own |= (uint8_t)(1u << shape);
    if (shape == PT_N) own_cut(m, level, i, j);
    arr_push(&m->q->net.v[net].at, ((Placed){.level = level, .shape = shape, .i = i, .j = j}));
}

/* A step that goes on in the direction of the one before lengthens its box. */
static void add_wire(Routed *r, DrawBox b)
{
    if (r->wire.n) {
        DrawBox *a = &r->wire.v[r->wire.n - 1];
        bool row = a->box.y0 == b.box.y0 && a->box.y1 == b.box.y1 && a->box.x0 <= b.box.x1 && b.box.x0 <= a->box.x1;
        bool column = a->box.x0 == b.box.x0 && a->box.x1 == b.box.x1 && a->box.y0 <= b.box.y1 && b.box.y0 <= a->box.y1;
        if (a->level == b.level && (row || column)) {
            a->box = span(a->box, b.box);
            return;
        }
    }
    arr_push(&r->wire, b);
}

/* Put the step from a to b into the net's shapes. */
static void commit(Maze *m, int32_t net, uint32_t a, uint32_t b)
{
    Grid *q = m->q;
    int32_t la = (int32_t)(a / m->n_plane), lb = (int32_t)(b / m->n_plane), k = (int32_t)(b % m->n_plane), i = k % q->nx, j = k / q->nx;
    if (la == lb) {
        int32_t ka = (int32_t)(a % m->n_plane), ia = ka % q->nx, ja = ka / q->nx;
        put(m, net, la, PT_WIRE, ia, ja);
        put(m, net, la, PT_WIRE, i, j);
        add_wire(&q->net.v[net], (DrawBox){la, net, span(grid_box(q, la, PT_WIRE, ia, ja), grid_box(q, la, PT_WIRE, i, j))});
        return;
    }
    int32_t l = la < lb ? la : lb;
    put(m, net, l, PT_N, i, j);
    for (int side = l == 0; side < 2; side++) {
        int s = (side ? PT_BELOW_X : PT_ABOVE_X) + (m->at[b].how >> side & 1);
        put(m, net, l + side, s, i, j);
        put(m, net, l + side, PT_WIRE, i, j);
    }
}

static void mark_node(Maze *m, uint32_t node, uint8_t bit)
{
    if (!m->at[node].tree) arr_push(&m->marked, node);
    m->at[node].tree |= bit;
}

static void seed_term(Maze *m, const Term *t, uint8_t bit)
{
    const Grid *q = m->q;
    for (uint32_t k = 0; k < t->n; k++) {
        const Cand *c = &q->cand.v[t->first + k];
        uint32_t node = (uint32_t)c->level * m->n_plane + (uint32_t)(c->j * q->nx + c->i);
        mark_node(m, node, bit);
        if (bit == 2) m->goal_term[node] = (int32_t)(t - q->term.v);
    }
}

static void clear_marks(Maze *m)
{
    for (uint32_t k = 0; k < m->marked.n; k++) m->at[m->marked.v[k]].tree = 0;
    m->marked.n = m->n_sorted = 0;
}

static int by_node(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return (a > b) - (a < b);
}

/* Nodes marked since the last time take their places among the others. */
static void sort_marked(Maze *m)
{
    uint32_t n = m->marked.n, i = 0, k = m->n_sorted, *v = m->marked.v;
    if (k == n) return;
    qsort(v + k, n - k, sizeof *v, by_node);
    m->merged.n = 0;
    while (i < m->n_sorted || k < n) {
        if (k == n || (i < m->n_sorted && v[i] < v[k])) arr_push(&m->merged, v[i++]);
        else arr_push(&m->merged, v[k++]);
    }
    memcpy(v, m->merged.v, n * sizeof *v);
    m->n_sorted = n;
}

/* What is left from a level to the nearest one of a goal. */
static void measure_cuts(Maze *m, int32_t goal_lo, int32_t goal_hi)
{
    for (int32_t l = 0; l <= m->q->levels; l++) m->cuts_left[l] = VIA_COST * (float)(l < goal_lo ? goal_lo - l : l > goal_hi ? l - goal_hi : 0);
}

/* Distances along the lines to the nearest goal: in rows that have one, then from row to row. */
static void measure(Maze *m)
{
    const Grid *q = m->q;
    int32_t goal_lo = q->levels, goal_hi = 0;
    float *near = m->near;
    for (uint32_t k = 0, n = m->n_plane; k < n; k++) near[k] = FAR;
    memset(m->goal_row, 0, (size_t)q->ny * sizeof *m->goal_row);
    for (uint32_t k = 0; k < m->marked.n; k++) {
        if (!(m->at[m->marked.v[k]].tree & 2)) continue;
        Spot s = spot_of(m, m->marked.v[k]);
        m->near[s.k] = 0;
        m->goal_row[s.j] = true;
        if (s.level < goal_lo) goal_lo = s.level;
        if (s.level > goal_hi) goal_hi = s.level;
    }
    measure_cuts(m, goal_lo, goal_hi);
    grid_distances(near, m->goal_row, m->dx, m->dy, q->nx, q->ny);
}

/* Cheapest path from the tree to any goal; UINT32_MAX: none. */
static uint32_t explore(Maze *m, int32_t net)
{
    int32_t nx = m->q->nx, ny = m->q->ny;
    m->heap.n = 0;
    m->stamp++;
    measure(m);
    /* in the order of nodes: of equal paths the same one wins whatever was marked first */
    sort_marked(m);
    for (uint32_t k = 0; k < m->marked.n; k++)
        if (m->at[m->marked.v[k]].tree & 1) reach(m, 0, (int32_t)(m->marked.v[k] / m->n_plane), m->marked.v[k] % m->n_plane, UINT32_MAX, 0);
    while (m->heap.n) {
        Heap h = pop(m);
        if (m->at[h.node].dist < h.cost) continue;
        if (m->at[h.node].tree & 2) return h.node;
        Spot at = spot_of(m, h.node);
        if (at.level) {
            if (at.i + 1 < nx) step_wire(m, &at, h.cost, net, 1, m->dx[at.i], true);
            if (at.i) step_wire(m, &at, h.cost, net, -1, m->dx[at.i - 1], true);
            if (at.j + 1 < ny) step_wire(m, &at, h.cost, net, nx, m->dy[at.j], false);
            if (at.j) step_wire(m, &at, h.cost, net, -nx, m->dy[at.j - 1], false);
            step_via(m, &at, h.cost, net, false);
        }
        step_via(m, &at, h.cost, net, true);
    }
    return UINT32_MAX;
}

static void trace(Maze *m, int32_t net, uint32_t at)
{
    while (m->at[at].from != UINT32_MAX && !(m->at[at].tree & 1)) {
        commit(m, net, m->at[at].from, at);
        mark_node(m, at, 1);
        at = m->at[at].from;
    }
}

/* A terminal joins the tree: its candidates become seeds, as they hang together; those of contacts cost nothing among themselves. */
static void join(Maze *m, int32_t term)
{
    const Grid *q = m->q;
    const Term *t = &q->term.v[term];
    for (uint32_t k = 0; k < t->n; k++) {
        const Cand *c = &q->cand.v[t->first + k];
        uint32_t node = (uint32_t)c->level * m->n_plane + (uint32_t)(c->j * q->nx + c->i);
        if (!t->any) mark_node(m, node, 1);
        m->at[node].tree &= (uint8_t)~2;
    }
}

static bool route_net(Maze *m, int32_t net, bool alone)
{
    Grid *q = m->q;
    int32_t left = 0, first = -1;
    q->net.v[net].at.n = q->net.v[net].wire.n = 0;
    clear_marks(m);
    for (uint32_t t = 0; t < q->term.n; t++) {
        if (q->term.v[t].net != net) continue;
        if (first < 0) first = (int32_t)t;
        else {
            seed_term(m, &q->term.v[t], 2);
            left++;
        }
    }
    if (first < 0) return true;
    seed_term(m, &q->term.v[first], 1);
    if (left == 0 && alone && !q->term.v[first].metal) {
        /* one contact and its pad: the goal is any metal 1 above it */
        const Term *t = &q->term.v[first];
        for (uint32_t k = 0; k < t->n; k++) mark_node(m, m->n_plane + (uint32_t)(q->cand.v[t->first + k].j * q->nx + q->cand.v[t->first + k].i), 2);
        uint32_t at = explore(m, net);
        if (at == UINT32_MAX) return false;
        m->at[at].tree &= (uint8_t)~2;
        trace(m, net, at);
    }
    for (; left > 0; left--) {
        uint32_t at = explore(m, net);
        if (at == UINT32_MAX) return false;
        int32_t t = m->goal_term[at];
        trace(m, net, at);
        join(m, t);
    }
    return true;
}

/* ---- negotiation -------------------------------------------------------------------------------------------------------------- */

/* Shapes of the net that others, or its own cuts, are too near to; their places become dearer for good. */
static uint32_t conflicts(Maze *m, uint32_t net, float hist)
{
    Grid *q = m->q;
    uint32_t n = 0;
    own_net(m, net, 1);
    for (uint32_t k = 0; k < q->net.v[net].at.n; k++) {
        const Placed *p = &q->net.v[net].at.v[k];
        uint32_t at = (uint32_t)(p->j * q->nx + p->i);
        uint16_t shapes, pads;
        counts(q, p, &shapes, &pads);
        /* one path may go up and down again too near: it did not know its own cuts */
        bool own = p->shape == PT_N && same_cut_near(m, p->level, p->i, p->j);
        if (own || pads > p->own_pads || shapes > p->own) {
            n++;
            arr_push(&q->clash, ((Pt){p->i, p->j}));
            if (p->shape == PT_N) q->cut[p->level][at].hist += own ? OWN * hist : hist;
            else q->room[p->level][p->shape][at].hist += hist;
        }
    }
    own_net(m, net, 0);
    return n;
}

static bool negotiate(Maze *m, uint32_t n_nets, const bool *alone, bool impatient)
{
    Grid *q = m->q;
    bool *again = mem_calloc(n_nets + 1, 1), ok = true;
    uint32_t still = 0, rounds = q->patient ? LONGER * ROUNDS : ROUNDS;
    bool stuck = false, moved = !q->patient;
    q->least = UINT32_MAX;
    for (uint32_t i = 0; i < n_nets; i++) again[i] = true;
    m->present = 0.5f;
    for (q->rounds = 1; q->rounds <= rounds && ok; q->rounds++) {
        for (uint32_t i = 0; i < n_nets && ok; i++) {
            if (!again[i]) continue;
            occupy_net(q, i, -1);
            ok = route_net(m, (int32_t)i, alone[i]);
            own_net(m, i, 0);
            settle(q, i);
            if (!ok) msg_verbose("draw: net %u has no path", i);
        }
        uint32_t bad = 0;
        q->clash.n = 0;
        for (uint32_t i = 0; i < n_nets; i++) {
            again[i] = conflicts(m, i, 0.6f) > 0;
            bad += again[i];
        }
        bool mended = bad == 0 && grid_mend(q, n_nets, again);
        msg_verbose("draw: round %u, %u of %u nets in conflict", q->rounds, bad, n_nets);
        if (mended) break;
        still = bad == 0 || bad < q->least ? 0 : still + 1;
        if (bad && bad < q->least) q->least = bad;
        stuck = bad && still >= (impatient ? HASTE : q->least > FEW ? STUCK * FEW / q->least : STUCK); /* they go on being in each other's way: no wiring will help them */
        if (stuck && !moved && q->least <= FEW) { /* unless those that are in nobody's way leave room, too */
            for (uint32_t i = 0; i < n_nets; i++) again[i] = true;
            moved = true;
            stuck = false;
            still = 0;
        }
        if (stuck) break;
        if (bad) m->present *= 1.3f;
        if (m->present > 50) m->present = 50;
    }
    if (q->rounds > rounds || stuck) ok = false;
    mem_free(again);
    return ok;
}

bool grid_route(Grid *q, uint32_t n_nets, const bool *alone, bool impatient)
{
    Maze m = {.q = q, .n_plane = (uint32_t)(q->nx * q->ny)};
    m.n_node = m.n_plane * (uint32_t)(q->levels + 1);
    m.at = mem_calloc(m.n_node, sizeof *m.at);
    for (size_t l = 0; l < COUNTOF(m.own_cuts); l++) m.own_cuts[l] = NOWHERE;
    m.goal_term = mem_calloc(m.n_node, sizeof *m.goal_term);
    m.near = mem_calloc(m.n_plane, sizeof *m.near);
    m.goal_row = mem_calloc((size_t)q->ny, sizeof *m.goal_row);
    m.dx = mem_calloc((size_t)q->nx, sizeof *m.dx);
    m.dy = mem_calloc((size_t)q->ny, sizeof *m.dy);
    for (int32_t i = 0; i + 1 < q->nx; i++) m.dx[i] = (float)(q->x[i + 1] - q->x[i]) / (float)q->g->track;
    for (int32_t j = 0; j + 1 < q->ny; j++) m.dy[j] = (float)(q->y[j + 1] - q->y[j]) / (float)q->g->track;
    for (uint32_t i = 0; i < n_nets; i++) (void)arr_add(&q->net);
    for (uint32_t t = 0; t < q->term.n; t++)
        for (uint32_t k = 0; k < q->term.v[t].n; k++) {
            const Cand *c = &q->cand.v[q->term.v[t].first + k];
            if (c->level == 0) q->term_at[c->j * q->nx + c->i] = (int32_t)t;
        }
    bool ok = negotiate(&m, n_nets, alone, impatient);
    mem_free(m.at);
    arr_free(&m.marked);
    arr_free(&m.merged);
    mem_free(m.goal_term);
    mem_free(m.near);
    mem_free(m.goal_row);
    mem_free(m.dx);
    mem_free(m.dy);
    arr_free(&m.heap);
    return ok;
}
