/*
 * Few blocks, proven: all orders as sequence pairs, a block at a time, with a lower bound for what is decided so far; see fp_int.h.
 *
 * Of a partial order each axis is a min-cost flow (fp_axis.h): one of the nets for wirelength, one of the outline for area. What is not decided,
 * turns and mirror images included, is left to the flow, so its value is below that of everything that may come of it. Of a complete order the
 * mirror images and, where pins lie between the lines of the grid, the positions are branched on until nothing is left open. All in integers; the
 * objective compared is the one that is printed.
 */
#include "place/fp_axis.h"
#include "place/fp_int.h"

enum { POOL = 64, WIRE = 0, OUT = 1 };

typedef struct {
    int64_t value, twice[AXIS_MAX];   /* AXIS_NEVER: none below the limit */
    uint8_t options[AXIS_MAX];
} Answer;

typedef struct { AxisState of[2][2]; } Level; /* kind, axis */

typedef struct {
    const PlaceProblem *p;
    const FpOptions *opt;
    uint32_t n, order[AXIS_MAX], twin[AXIS_MAX];
    int64_t grid, constant, area_floor, wire_bound, work_limit;
    bool use[2], free;                /* kinds of axes that count; free: an arrangement may be seen in a mirror */
    Axis axis[2][2];
    uint8_t full[2][AXIS_MAX];        /* options at the start, by axis */
    bool shared[2][AXIS_MAX];         /* by axis: a pair, mirrored along it together; else against each other */
    bool matters[2][AXIS_MAX];
    uint32_t group[2];                /* by axis: the one that is doubled, or UINT32_MAX */
    uint32_t (*tie)[2];
    Level base[AXIS_MAX + 1], level[AXIS_MAX + 1];
    AxisState pool[2][2][POOL];
    uint32_t seq[2][AXIS_MAX];
    bool turned[AXIS_MAX], placed[AXIS_MAX], stopped;
    int64_t best, open;               /* least objective known; least bound of what could not be closed */
    PlaceAt *at;
} Prove;

static const Orient orient_of[2][4] = {{ORI_N, ORI_FN, ORI_FS, ORI_S}, {ORI_FW, ORI_W, ORI_E, ORI_FE}}; /* by turned; 1 mirrored along x, 2 along y */

/* ---- objective -------------------------------------------------------------------------------------------------- */

static int64_t objective(const Prove *v, int64_t area, int64_t wire)
{
    return fp_objective(v->opt->objective, area < v->area_floor ? v->area_floor : area, v->area_floor, wire, v->wire_bound);
}

/* ---- the problem, axis by axis --------------------------------------------------------------------------------------- */

static bool along(const FpRule *r, int a) { return r->kind == FP_CENTRE || r->axis == a; }

static void block_pins(const PlaceProblem *p, const PlaceNet *net, int32_t block, int axis, AxisPin *q)
{
    int64_t lo[2] = {INT64_MAX, INT64_MAX}, hi[2] = {INT64_MIN, INT64_MIN};
    for (uint32_t i = 0; i < net->n_pins; i++) {
        const PlacePin *s = &p->pins[net->pin0 + i];
        if ((s->block < 0 ? -1 : s->block) != block) continue;
        int64_t c[2] = {s->x, s->y};
        for (int k = 0; k < 2; k++) lo[k] = c[k] < lo[k] ? c[k] : lo[k], hi[k] = c[k] > hi[k] ? c[k] : hi[k];
    }
    q->block = block;
    for (int o = 0; o < 4; o++) {
        int k = block < 0 ? axis : axis ^ (o >> 1); /* turned: the other coordinate */
        int64_t len = block < 0 ? 0 : k ? p->blocks[block].h : p->blocks[block].w;
        bool m = block >= 0 && o & 1;
        q->lo[o] = m ? len - hi[k] : lo[k];
        q->hi[o] = m ? len - lo[k] : hi[k];
    }
}

/* Pins of all nets that join something, both axes; what the others span is a constant. */
static void wire_axes(Prove *v)
{
    const PlaceProblem *p = v->p;
    AxisPin *pins[2];
    int64_t *weight = mem_calloc((size_t)p->n_nets + 1, sizeof *weight);
    uint32_t n_pins = 0, n_nets = 0;
    for (int a = 0; a < 2; a++) pins[a] = mem_calloc((size_t)p->n_pins + 1, sizeof *pins[a]);
    for (uint32_t k = 0; k < p->n_nets; k++) {
        const PlaceNet *net = &p->nets[k];
        uint32_t seen = 0, first = n_pins;
        for (uint32_t i = 0; i < net->n_pins; i++) seen |= 1u << (p->pins[net->pin0 + i].block < 0 ? 0 : p->pins[net->pin0 + i].block + 1);
        for (int32_t b = -1; b < (int32_t)v->n && net->weight; b++) {
            if (!(seen >> (b + 1) & 1)) continue;
            for (int a = 0; a < 2; a++) {
                block_pins(p, net, b, a, &pins[a][n_pins]);
                pins[a][n_pins].net = n_nets;
            }
            n_pins++;
        }
        if (n_pins - first == 1) {
            for (int a = 0; a < 2; a++) v->constant += net->weight * (pins[a][first].hi[0] - pins[a][first].lo[0]);
            n_pins = first;
        }
        if (n_pins > first) weight[n_nets++] = net->weight;
    }
    for (int a = 0; a < 2; a++) {
        v->axis[WIRE][a].pins = pins[a], v->axis[WIRE][a].n_pins = n_pins, v->axis[WIRE][a].n_nets = n_nets, v->axis[WIRE][a].weight = weight;
        for (uint32_t k = 0; k < n_pins; k++)
            for (int o = 0; o < 4 && pins[a][k].block >= 0; o += 2)
                v->matters[a][pins[a][k].block] |= pins[a][k].lo[o] != pins[a][k].lo[o + 1] || pins[a][k].hi[o] != pins[a][k].hi[o + 1];
    }
}

static void out_axes(Prove *v)
{
    static const int64_t one = 1;
    for (int a = 0; a < 2; a++) {
        AxisPin *q = mem_calloc(v->n + 1, sizeof *q);
        q[0].block = -1;
        for (uint32_t i = 0; i < v->n; i++) {
            q[i + 1].block = (int32_t)i;
            for (int o = 0; o < 4; o++) q[i + 1].hi[o] = v->axis[OUT][a].size[i][o / 2];
        }
        v->axis[OUT][a].pins = q, v->axis[OUT][a].n_pins = v->n + 1, v->axis[OUT][a].n_nets = 1, v->axis[OUT][a].weight = &one;
    }
}

/* Blocks in the order they are decided: twins behind each other, large ones first. */
static void decide_order(Prove *v)
{
    bool done[AXIS_MAX] = {false};
    for (uint32_t k = 0; k < v->n;) {
        uint32_t best = UINT32_MAX;
        for (uint32_t i = 0; i < v->n; i++) {
            if (done[i]) continue;
            int64_t a = (int64_t)v->p->blocks[i].w * v->p->blocks[i].h;
            if (best == UINT32_MAX || a > (int64_t)v->p->blocks[best].w * v->p->blocks[best].h) best = i;
        }
        for (uint32_t b = best;; b = v->twin[best]) {
            if (!done[b]) v->order[k++] = b;
            done[b] = true;
            if (b == v->twin[best]) break;
        }
    }
}

static void read_rules(Prove *v)
{
    const FpOptions *opt = v->opt;
    v->group[0] = v->group[1] = UINT32_MAX;
    for (uint32_t i = 0; i < v->n; i++) {
        v->twin[i] = i;
        v->full[0][i] = v->full[1][i] = v->p->blocks[i].flip ? 15 : 1;
    }
    for (uint32_t k = 0; k < opt->n_rules; k++) {
        const FpRule *r = &opt->rules[k];
        bool pair = r->kind == FP_PAIR || (r->kind == FP_CENTRE && r->a != r->b);
        if (pair) v->twin[r->a] = r->b, v->twin[r->b] = r->a;
        for (int a = 0; a < 2; a++) {
            if (fp_mirrors(r) && along(r, a) && v->group[a] == UINT32_MAX) v->group[a] = r->group;
            if (pair) v->shared[a][r->a] = v->shared[a][r->b] = !along(r, a);
        }
        for (int o = 0; o < 8 && r->kind == FP_FIXED; o++)
            if (orient_of[o / 4][o % 4] == r->orient)
                for (int a = 0; a < 2; a++) v->full[a][r->a] = (uint8_t)(1u << (o / 4 * 2 + (o >> a & 1)));
        v->tie[k][0] = r->a, v->tie[k][1] = r->kind == FP_FIXED || r->kind == FP_SELF ? r->a : r->b;
    }
}

static void make_axes(Prove *v)
{
    for (int kind = 0; kind < 2; kind++)
        for (int a = 0; a < 2; a++) {
            Axis *x = &v->axis[kind][a];
            *x = (Axis){.n = v->n, .gap = v->opt->spacing, .n_ties = v->opt->n_rules, .tie = (const uint32_t(*)[2])v->tie, .doubled = v->group[a] != UINT32_MAX};
            for (uint32_t i = 0; i < v->n; i++) {
                x->size[i][0] = a ? v->p->blocks[i].h : v->p->blocks[i].w;
                x->size[i][1] = a ? v->p->blocks[i].w : v->p->blocks[i].h;
                x->partner[i] = UINT32_MAX;
            }
            for (uint32_t k = 0; k < v->opt->n_rules; k++) {
                const FpRule *r = &v->opt->rules[k];
                if (!fp_mirrors(r) || !along(r, a) || r->group != v->group[a]) continue;
                uint32_t b = fp_partner(r);
                x->partner[r->a] = b, x->partner[b] = r->a;
            }
        }
    wire_axes(v);
    out_axes(v);
    for (int kind = 0; kind < 2; kind++)
        for (int a = 0; a < 2; a++) axis_make(&v->axis[kind][a]);
}

/* ---- what a decision brings --------------------------------------------------------------------------------------------- */

/* Distance that a rule asks for along an axis once both turns are decided; *bad: the grid has no such places. */
static bool distance(const Prove *v, const FpRule *r, int a, int64_t *d, bool *bad)
{
    int64_t sa = v->axis[OUT][a].size[r->a][v->turned[r->a]], sb = v->axis[OUT][a].size[r->b][v->turned[r->b]];
    *d = 0;
    if (r->kind == FP_PAIR) return r->axis != a;
    if (r->kind == FP_ABUT) *d = r->axis == a ? sa : 0;
    else if (r->kind == FP_ALIGN && r->axis == a) {
        *bad |= (sa - sb) * r->edge % (2 * v->grid) != 0;
        *d = (sa - sb) * r->edge / 2;
    } else return false;
    return true;
}

/* The turn of block b is known: sizes, ties to blocks that are placed. False: impossible. */
static bool turn_block(Prove *v, uint32_t b, Level *l)
{
    bool bad = false;
    for (int kind = 0; kind < 2; kind++)
        for (int a = 0; a < 2; a++)
            if (v->use[kind]) axis_options(&v->axis[kind][a], &l->of[kind][a], b, (uint8_t)(l->of[kind][a].options[b] & (v->turned[b] ? 12 : 3)));
    for (uint32_t k = 0; k < v->opt->n_rules; k++) {
        const FpRule *r = &v->opt->rules[k];
        uint32_t other = r->a == b ? v->tie[k][1] : r->a;
        if ((r->a != b && v->tie[k][1] != b) || (other != b && !v->placed[other])) continue;
        for (int a = 0; a < 2; a++) {
            int64_t d = 0, at = a ? r->y : r->x;
            bool tied = r->kind != FP_FIXED && v->tie[k][1] != r->a && distance(v, r, a, &d, &bad);
            for (int kind = 0; kind < 2; kind++) {
                if (v->use[kind] && r->kind == FP_FIXED) axis_limit(&v->axis[kind][a], &l->of[kind][a], b, at, at);
                if (v->use[kind] && tied) axis_tie(&v->axis[kind][a], &l->of[kind][a], k, d);
            }
        }
    }
    /* Two blocks centred on one line, and the grid has only one of them there. */
    for (int a = 0; a < 2 && !bad; a++) {
        const Axis *x = &v->axis[OUT][a];
        for (uint32_t i = 0; i < v->n; i++)
            bad |= i != b && v->placed[i] && x->partner[i] == i && x->partner[b] == b && (x->size[i][v->turned[i]] - x->size[b][v->turned[b]]) % (2 * v->grid) != 0;
    }
    return !bad;
}

static void copy_level(const Prove *v, Level *to, const Level *from)
{
    for (int kind = 0; kind < 2; kind++)
        for (int a = 0; a < 2; a++)
            if (v->use[kind]) axis_state_copy(&v->axis[kind][a], &to->of[kind][a], &from->of[kind][a]);
}

/* Wirelength from which on the objective is no better than the best, about: what is longer need not be known exactly. */
static int64_t wire_enough(const Prove *v, int64_t area)
{
    if (v->best == INT64_MAX) return AXIS_NEVER;
    if (v->opt->objective == FP_WIRELENGTH) return v->best - v->constant;
    double a = (double)(area < v->area_floor ? v->area_floor : area) / (double)v->area_floor;
    return (int64_t)((2e-6 * (double)(v->best + 1) - a) * (double)v->wire_bound) + 2 - v->constant;
}

static int64_t floor_to(int64_t v, int64_t step) { return v >= 0 ? v / step * step : -((-v + step - 1) / step * step); }

static AxisState *pool(Prove *v, int kind, int a, uint32_t depth)
{
    AxisState *s = &v->pool[kind][a][depth];
    if (!s->gain) axis_state_new(&v->axis[kind][a], s);
    return s;
}

static AxisState *branch(Prove *v, int kind, int a, uint32_t depth)
{
    AxisState *to = pool(v, kind, a, depth + 1);
    axis_state_copy(&v->axis[kind][a], to, pool(v, kind, a, depth));
    return to;
}

/* Least value of an axis of nets over the mirror images of the blocks that are placed, from pool state `depth` on. */
static void mirrored(Prove *v, int a, uint32_t depth, int64_t *best)
{
    Axis *x = &v->axis[WIRE][a];
    AxisState *s = pool(v, WIRE, a, depth);
    int64_t b = axis_solve(x, s, *best);
    if (b >= *best) return;
    for (uint32_t i = 0; i < v->n && depth + 1 < POOL; i++) {
        uint8_t o = s->options[i];
        if (!v->placed[i] || !v->matters[a][i] || !(o & (o - 1))) continue;
        for (int m = 0; m < 2; m++) {
            axis_options(x, branch(v, WIRE, a, depth), i, (uint8_t)(o & (m ? 10 : 5)));
            mirrored(v, a, depth + 1, best);
        }
        return;
    }
    *best = b;
}

/* A bound of the objective for all that may come of a level; INT64_MAX: nothing does. */
static int64_t bound(Prove *v, Level *l)
{
    int64_t got[2][2] = {{0, 0}, {0, 0}};
    for (int kind = 1; kind >= 0; kind--)
        for (int a = 0; a < 2; a++) {
            if (!v->use[kind]) continue;
            int64_t enough = kind == OUT ? AXIS_NEVER : wire_enough(v, got[OUT][0] * got[OUT][1]) - got[WIRE][0] - got[WIRE][1];
            got[kind][a] = axis_solve(&v->axis[kind][a], &l->of[kind][a], enough);
            if (got[kind][a] == AXIS_NEVER || objective(v, got[OUT][0] * got[OUT][1], got[WIRE][0] + got[WIRE][1] + v->constant) >= v->best) return INT64_MAX;
        }
    /* Area against wirelength: what wires take is not left for the outline, whose limit makes wires longer. */
    for (int turn = 0; turn < 4 && v->use[OUT] && v->use[WIRE] && v->wire_bound > 0; turn++) {
        int a = turn & 1;
        double left = 2e-6 * (double)(v->best + 1) - (double)(got[WIRE][0] + got[WIRE][1] + v->constant) / (double)v->wire_bound;
        axis_end(&v->axis[WIRE][a], &l->of[WIRE][a], (int64_t)(left * (double)v->area_floor / (double)got[OUT][!a]) + 1);
        got[WIRE][a] = axis_solve(&v->axis[WIRE][a], &l->of[WIRE][a], AXIS_NEVER);
        if (got[WIRE][a] == AXIS_NEVER) return INT64_MAX;
    }
    for (int a = 0; a < 2 && v->use[WIRE]; a++) {
        int64_t best = wire_enough(v, got[OUT][0] * got[OUT][1]) - got[WIRE][!a];
        axis_state_copy(&v->axis[WIRE][a], pool(v, WIRE, a, 0), &l->of[WIRE][a]);
        mirrored(v, a, 0, &best);
        got[WIRE][a] = best;
        if (objective(v, got[OUT][0] * got[OUT][1], got[WIRE][0] + got[WIRE][1] + v->constant) >= v->best) return INT64_MAX;
    }
    return objective(v, got[OUT][0] * got[OUT][1], got[WIRE][0] + got[WIRE][1] + v->constant);
}

/* ---- a complete order ------------------------------------------------------------------------------------------------------ */

static void exact(Prove *v, int kind, int a, uint32_t depth, Answer *best);

/* Block i as it stands and mirrored, its twin with it; one of them where pins do not tell. */
static void exact_mirror(Prove *v, int kind, int a, uint32_t depth, uint32_t i, Answer *best)
{
    uint8_t low = pool(v, kind, a, depth)->options[i] & 3 ? 1 : 4;
    uint32_t j = v->twin[i];
    bool both = kind == WIRE && (v->matters[a][i] || v->matters[a][j]);
    for (int m = 0, done = 0; m < 2 && (!done || both); m++) {
        AxisState *s = branch(v, kind, a, depth);
        uint8_t oi = (uint8_t)(low << m & s->options[i]), oj = (uint8_t)(low << (v->shared[a][i] || i == j ? m : !m) & s->options[j]);
        if (!oi || !oj) continue;
        axis_options(&v->axis[kind][a], s, i, oi);
        if (j != i) axis_options(&v->axis[kind][a], s, j, oj);
        exact(v, kind, a, depth + 1, best);
        done++;
    }
}

/* Twice the distance from u to w; u -1: the ground. */
static int64_t apart(const Axis *x, const AxisState *s, int32_t u, int32_t w) { return axis_twice(x, s, (uint32_t)w) - (u < 0 ? 0 : axis_twice(x, s, (uint32_t)u)); }

/* The distance from u to w is at least so much, or at most. */
static void split(const Axis *x, AxisState *s, int32_t u, int32_t w, int64_t distance, bool least)
{
    if (u < 0) axis_limit(x, s, (uint32_t)w, least ? distance : 0, least ? AXIS_NEVER : distance);
    else if (least) axis_apart(x, s, (uint32_t)u, (uint32_t)w, distance);
    else axis_apart(x, s, (uint32_t)w, (uint32_t)u, -distance);
}

/* The distance that is none of the grid's and whose rounding, down or up, costs most; a free block's would lead nowhere. */
static bool off_grid(Prove *v, int kind, int a, uint32_t depth, int64_t enough, int32_t *u, int32_t *w)
{
    Axis *x = &v->axis[kind][a];
    const AxisState *s = pool(v, kind, a, depth);
    int64_t best[2] = {INT64_MIN, INT64_MIN};
    for (int32_t i = -1; i < (int32_t)v->n; i++)
        for (int32_t j = i + 1; j < (int32_t)v->n; j++) {
            int64_t twice = apart(x, s, i, j), down = floor_to(twice, 2 * v->grid) / 2, b[2];
            if (twice == 2 * down) continue;
            for (int k = 0; k < 2; k++) {
                AxisState *t = branch(v, kind, a, depth);
                split(x, t, i, j, down + (k ? v->grid : 0), k);
                b[k] = axis_solve(x, t, enough);
                if (b[k] > enough) b[k] = enough;
            }
            int64_t low = b[0] < b[1] ? b[0] : b[1], high = b[0] < b[1] ? b[1] : b[0];
            if (low < best[0] || (low == best[0] && high <= best[1])) continue;
            best[0] = low, best[1] = high, *u = i, *w = j;
        }
    return best[1] > INT64_MIN;
}

/* Least value of an axis over mirror images and places of the grid, from pool state `depth` on. */
static void exact(Prove *v, int kind, int a, uint32_t depth, Answer *best)
{
    Axis *x = &v->axis[kind][a];
    AxisState *s = pool(v, kind, a, depth);
    int64_t b = axis_solve(x, s, best->value);
    if (b >= best->value) return;
    if (depth + 1 == POOL || !s->best || x->work > v->work_limit) {
        v->stopped = true;
        return;
    }
    for (uint32_t i = 0; i < v->n; i++)
        if (s->options[i] & (s->options[i] - 1)) {
            exact_mirror(v, kind, a, depth, i, best);
            return;
        }
    int32_t u, w;
    if (off_grid(v, kind, a, depth, best->value, &u, &w)) {
        int64_t down = floor_to(apart(x, s, u, w), 2 * v->grid) / 2;
        for (int k = 0; k < 2; k++) {
            split(x, branch(v, kind, a, depth), u, w, down + (k ? v->grid : 0), k);
            exact(v, kind, a, depth + 1, best);
        }
        return;
    }
    best->value = b;
    for (uint32_t i = 0; i < v->n; i++) best->twice[i] = axis_twice(x, s, i), best->options[i] = s->options[i];
}

/* end: limit of right edges; below: only answers less than it are wanted. */
static Answer answer(Prove *v, const Level *l, int kind, int a, int64_t end, int64_t below)
{
    Answer r = {.value = below};
    AxisState *s = pool(v, kind, a, 0);
    axis_state_copy(&v->axis[kind][a], s, &l->of[kind][a]);
    if (end < AXIS_NEVER) axis_end(&v->axis[kind][a], s, end);
    exact(v, kind, a, 0, &r);
    if (r.value == below) r.value = AXIS_NEVER;
    return r;
}

static int64_t extent(const Prove *v, int a, const Answer *r)
{
    int64_t most = 0;
    for (uint32_t i = 0; i < v->n; i++) {
        int64_t e = r->twice[i] / 2 + v->axis[OUT][a].size[i][v->turned[i]];
        most = e > most ? e : most;
    }
    return most;
}

/* What only a doubled axis makes sure of: centres of every group on one line. */
static bool centred(const Prove *v, const PlaceAt *at)
{
    for (int a = 0; a < 2; a++)
        for (uint32_t k = 0; k < v->opt->n_rules; k++)
            for (uint32_t m = 0; m <= k; m++) {
                const FpRule *two[2] = {&v->opt->rules[k], &v->opt->rules[m]};
                int64_t sum[2];
                if (!fp_mirrors(two[0]) || !fp_mirrors(two[1]) || two[0]->group != two[1]->group || !along(two[0], a)) continue;
                for (int q = 0; q < 2; q++) {
                    uint32_t i = two[q]->a, j = fp_partner(two[q]);
                    sum[q] = (a ? at[i].y + at[j].y : at[i].x + at[j].x) + v->axis[OUT][a].size[i][v->turned[i]];
                }
                if (sum[0] != sum[1]) return false;
            }
    return true;
}

/* A placement that may be better than the best; lower: a bound of everything of this order, if this one does not keep the rules. */
static void offer(Prove *v, const Answer *x, const Answer *y, int64_t lower)
{
    PlaceAt at[AXIS_MAX];
    for (uint32_t i = 0; i < v->n; i++) {
        int o = (x->options[i] & 10 ? 1 : 0) + (y->options[i] & 10 ? 2 : 0);
        at[i] = (PlaceAt){(int32_t)(x->twice[i] / 2), (int32_t)(y->twice[i] / 2), orient_of[v->turned[i]][o]};
    }
    if (!centred(v, at)) {
        v->open = lower < v->open ? lower : v->open;
        return;
    }
    int64_t c = objective(v, extent(v, 0, x) * extent(v, 1, y), place_wirelength(v->p, at, false));
    if (c >= v->best) return;
    v->best = c;
    memcpy(v->at, at, v->n * sizeof *at);
}

/* Area against wirelength: all outlines from w0 x h0 to w1 x h1, halved until nothing is left below the best. */
static void outlines(Prove *v, const Level *l, int64_t w0, int64_t w1, int64_t h0, int64_t h1)
{
    Answer x = answer(v, l, WIRE, 0, w1, AXIS_NEVER), y = answer(v, l, WIRE, 1, h1, AXIS_NEVER);
    if (x.value == AXIS_NEVER || y.value == AXIS_NEVER || v->stopped) return;
    int64_t lower = objective(v, w0 * h0, x.value + y.value + v->constant), w = extent(v, 0, &x), h = extent(v, 1, &y);
    if (lower >= v->best) return;
    offer(v, &x, &y, lower);
    if (lower >= v->best || (w <= w0 && h <= h0)) return;
    if ((w - w0) * h0 >= (h - h0) * w0) {
        int64_t mid = w0 + (w - w0) / 2 / v->grid * v->grid;
        outlines(v, l, w0, mid, h0, h);
        outlines(v, l, mid + v->grid, w, h0, h);
    } else {
        int64_t mid = h0 + (h - h0) / 2 / v->grid * v->grid;
        outlines(v, l, w0, w, h0, mid);
        outlines(v, l, w0, w, mid + v->grid, h);
    }
}

static void complete(Prove *v, const Level *l)
{
    Answer x, y;
    if (v->opt->objective == FP_WIRELENGTH) {
        x = answer(v, l, WIRE, 0, AXIS_NEVER, v->best - v->constant);
        y = x.value == AXIS_NEVER ? x : answer(v, l, WIRE, 1, AXIS_NEVER, v->best - v->constant - x.value);
        if (y.value != AXIS_NEVER) offer(v, &x, &y, x.value + y.value + v->constant);
        return;
    }
    x = answer(v, l, OUT, 0, AXIS_NEVER, AXIS_NEVER);
    y = x.value == AXIS_NEVER ? x : answer(v, l, OUT, 1, AXIS_NEVER, AXIS_NEVER);
    if (y.value == AXIS_NEVER) return;
    if (v->use[WIRE]) outlines(v, l, x.value, AXIS_NEVER, y.value, AXIS_NEVER);
    else offer(v, &x, &y, objective(v, x.value * y.value, 0));
}

/* ---- all orders ---------------------------------------------------------------------------------------------------------------- */

static void insert(uint32_t *seq, uint32_t n, uint32_t at, uint32_t b) { memmove(seq + at + 1, seq + at, (n - at) * sizeof *seq), seq[at] = b; }

static void take_out(uint32_t *seq, uint32_t n, uint32_t at) { memmove(seq + at, seq + at + 1, (n - at - 1) * sizeof *seq); }

/* Block b stands at p and q of the sequences of k blocks: what that says of it and each other one. */
static void relate(Prove *v, Level *l, uint32_t b, uint32_t k, uint32_t p, uint32_t q)
{
    uint32_t second[AXIS_MAX] = {0};
    for (uint32_t i = 0; i < k; i++) second[v->seq[1][i]] = i;
    for (uint32_t i = 0; i < k; i++) {
        uint32_t c = v->seq[0][i];
        bool c_first = i < p, c_second = second[c] < q;
        for (int kind = 0; kind < 2; kind++)
            if (v->use[kind]) axis_before(&v->axis[kind][c_first != c_second], &l->of[kind][c_first != c_second], c_second ? c : b, c_second ? b : c);
    }
}

static int64_t work(const Prove *v) { return v->axis[0][0].work + v->axis[0][1].work + v->axis[1][0].work + v->axis[1][1].work; }

static void all_orders(Prove *v, uint32_t k)
{
    if (work(v) > v->work_limit) v->stopped = true;
    if (v->stopped) return;
    if (k == v->n) {
        complete(v, &v->level[k]);
        return;
    }
    uint32_t b = v->order[k], twin = v->twin[b];
    for (int t = 0; t < 2 && !v->stopped; t++) {
        uint8_t can = v->full[0][b] & v->full[0][twin] & (t ? 12 : 3);
        if (!can || (twin != b && v->placed[twin] && v->turned[twin] != (t == 1))) continue;
        v->turned[b] = t;
        copy_level(v, &v->base[k], &v->level[k]);
        if (!turn_block(v, b, &v->base[k])) continue;
        v->placed[b] = true;
        uint32_t places = bound(v, &v->base[k]) == INT64_MAX ? 0 : (k + 1) * (k + 1);
        for (uint32_t pq = 0; pq < places; pq++) {
            uint32_t p = pq / (k + 1), q = pq % (k + 1);
            if (v->free && k == 1 && (p != 1 || q != 1)) continue;
            copy_level(v, &v->level[k + 1], &v->base[k]);
            relate(v, &v->level[k + 1], b, k, p, q);
            if (bound(v, &v->level[k + 1]) == INT64_MAX) continue;
            insert(v->seq[0], k, p, b);
            insert(v->seq[1], k, q, b);
            all_orders(v, k + 1);
            take_out(v->seq[0], k + 1, p);
            take_out(v->seq[1], k + 1, q);
        }
        v->placed[b] = false;
    }
}

static void begin(Prove *v)
{
    for (int kind = 0; kind < 2; kind++)
        for (int a = 0; a < 2; a++) {
            Axis *x = &v->axis[kind][a];
            for (uint32_t k = 0; k <= v->n; k++) {
                axis_state_new(x, &v->base[k].of[kind][a]);
                axis_state_new(x, &v->level[k].of[kind][a]);
            }
            axis_state_begin(x, &v->level[0].of[kind][a], v->full[a]);
            int32_t end = a ? v->opt->height : v->opt->width;
            if (end) axis_end(x, &v->level[0].of[kind][a], end);
        }
    v->free = !v->opt->n_rules && !v->opt->width;
    for (uint32_t i = 0; i < v->p->n_pins; i++) v->free &= v->p->pins[i].block >= 0;
    for (uint32_t i = 0; i < v->n; i++) v->free &= v->p->blocks[i].flip;
}

static void end(Prove *v)
{
    for (int kind = 0; kind < 2; kind++)
        for (int a = 0; a < 2; a++) {
            for (uint32_t k = 0; k <= v->n; k++) {
                axis_state_free(&v->base[k].of[kind][a]);
                axis_state_free(&v->level[k].of[kind][a]);
            }
            for (uint32_t k = 0; k < POOL; k++) axis_state_free(&v->pool[kind][a][k]);
            mem_free((void *)(uintptr_t)v->axis[kind][a].pins);
            if (kind == WIRE && a == 0) mem_free((void *)(uintptr_t)v->axis[kind][a].weight);
            axis_free(&v->axis[kind][a]);
        }
    mem_free(v->tie);
}

bool fp_prove(const PlaceProblem *p, const FpOptions *opt, int64_t wire_bound, int64_t work_limit, PlaceAt *at, int64_t *best, int64_t *proven, int64_t *nodes)
{
    if (p->n_blocks > FP_PROVE) return false;
    Prove *v = mem_calloc(1, sizeof *v);
    *v = (Prove){.p = p, .opt = opt, .n = p->n_blocks, .grid = opt->grid > 0 ? opt->grid : 1, .wire_bound = wire_bound, .work_limit = work_limit, .best = *best,
                 .open = INT64_MAX, .at = at};
    v->use[WIRE] = opt->objective != FP_AREA && p->n_nets;
    v->use[OUT] = opt->objective != FP_WIRELENGTH || !p->n_nets;
    v->tie = mem_calloc((size_t)opt->n_rules + 1, sizeof *v->tie);
    for (uint32_t i = 0; i < v->n; i++) v->area_floor += (int64_t)p->blocks[i].w * p->blocks[i].h;
    read_rules(v);
    make_axes(v);
    decide_order(v);
    begin(v);
    all_orders(v, 0);
    *best = v->best;
    *proven = v->open < v->best ? v->open : v->best;
    *nodes += work(v);
    bool ended = !v->stopped;
    end(v);
    mem_free(v);
    return ended;
}
