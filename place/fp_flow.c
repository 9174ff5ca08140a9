/*
 * Shorter nets at a fixed relative order, by min-cost flow; see fp_int.h.
 *
 * With one separation kept per pair of blocks, x and y part into two linear programmes in differences of positions: blocks apart, ends of
 * each net outside its pins. Their duals are min-cost flows; the potentials are the positions (reference: place_route.md §4 e). Whatever
 * comes back is accepted only if it is legal and no longer, in integers.
 */
#include "place/fp_flow.h"
#include "place/fp_int.h"

enum { ROUNDS = 12 };

/* ---- one axis ------------------------------------------------------------------------------------------- */

void fp_flow_begin(FpFlow *f, uint32_t n_blocks)
{
    *f = (FpFlow){.n_blocks = n_blocks};
    for (uint32_t i = 0; i <= n_blocks; i++) arr_push(&f->supply, 0);
}

void fp_flow_free(FpFlow *f)
{
    arr_free(&f->arcs);
    arr_free(&f->supply);
}

/* A lower bound of a difference is an arc that costs its negative: rc = cost - (pi[from] - pi[to]) >= 0. */
void fp_flow_apart(FpFlow *f, int u, int v, int64_t least)
{
    arr_push(&f->arcs, ((LpArc){v, u, 0, INT64_MAX, -least}));
}

void fp_flow_net(FpFlow *f, int64_t weight, int *left, int *right)
{
    *left = (int)f->supply.n;
    *right = *left + 1;
    arr_push(&f->supply, weight);
    arr_push(&f->supply, -weight);
}

Status fp_flow_solve(const FpFlow *f, bool *ok, int64_t *pos)
{
    LpStatus ls = LP_FAILED;
    int64_t *pi = mem_calloc((size_t)f->supply.n + 1, sizeof *pi), *flow = mem_calloc((size_t)f->arcs.n + 1, sizeof *flow);
    Status st = lp_mincost((int)f->supply.n, f->supply.v, (int)f->arcs.n, f->arcs.v, &ls, flow, pi);
    *ok = st == ST_OK && ls == LP_OPTIMAL;
    for (uint32_t i = 0; *ok && i < f->supply.n; i++) pos[i] = pi[i] - pi[0];
    mem_free(pi);
    mem_free(flow);
    return st;
}

bool fp_flow_fits(const PlaceProblem *p)
{
    int64_t sides = 0;
    for (uint32_t i = 0; i < p->n_blocks; i++) sides += (int64_t)p->blocks[i].w + p->blocks[i].h;
    for (uint32_t i = 0; i < p->n_pins; i++) {
        if (p->pins[i].x > FP_FLOW_REACH || p->pins[i].y > FP_FLOW_REACH || p->pins[i].x < -FP_FLOW_REACH || p->pins[i].y < -FP_FLOW_REACH)
            return false;
    }
    return p->n_blocks <= FP_FLOW_BLOCKS && p->n_pins <= FP_FLOW_PINS && sides < FP_FLOW_REACH;
}

/* ---- shortening -------------------------------------------------------------------------------------------- */

typedef struct {
    const PlaceProblem *p;
    uint32_t n;
    int32_t room[2], gap, grid;
    PlaceAt *at;
    int32_t *size[2];         /* [n] placed outline */
    bool *before[2];          /* [n·n] block i keeps its place before j along the axis */
} Shorten;

static int32_t coord(const PlaceAt *a, int axis) { return axis ? a->y : a->x; }

static void sizes(Shorten *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        Orient o = s->at[i].orient;
        bool turned = o == ORI_W || o == ORI_E || o == ORI_FW || o == ORI_FE;
        s->size[0][i] = turned ? s->p->blocks[i].h : s->p->blocks[i].w;
        s->size[1][i] = turned ? s->p->blocks[i].w : s->p->blocks[i].h;
    }
}

/* One separation per pair: the wider gap. */
static void relations(Shorten *s)
{
    memset(s->before[0], 0, (size_t)s->n * s->n);
    memset(s->before[1], 0, (size_t)s->n * s->n);
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t j = i + 1; j < s->n; j++) {
            int64_t best = INT64_MIN;
            int axis = 0;
            bool swap = false;
            for (int a = 0; a < 2; a++) {
                int64_t ci = coord(&s->at[i], a), cj = coord(&s->at[j], a), d = cj - ci - s->size[a][i], e = ci - cj - s->size[a][j];
                if (d > best) best = d, axis = a, swap = false;
                if (e > best) best = e, axis = a, swap = true;
            }
            s->before[axis][swap ? j * s->n + i : i * s->n + j] = true;
        }
}

static bool implied(const Shorten *s, int a, uint32_t i, uint32_t j)
{
    const bool *b = s->before[a];
    for (uint32_t m = 0; m < s->n; m++)
        if (b[i * s->n + m] && b[m * s->n + j]) return true;
    return false;
}

/* Offset of a pin from the lower left corner of its placed block. */
static int32_t offset(const Shorten *s, const PlacePin *q, int axis)
{
    const PlaceBlock *b = &s->p->blocks[q->block];
    switch (s->at[q->block].orient) {
    case ORI_N: return axis ? q->y : q->x;
    case ORI_S: return axis ? b->h - q->y : b->w - q->x;
    case ORI_W: return axis ? q->x : b->h - q->y;
    case ORI_E: return axis ? b->w - q->x : q->y;
    case ORI_FN: return axis ? q->y : b->w - q->x;
    case ORI_FS: return axis ? b->h - q->y : q->x;
    case ORI_FW: return axis ? q->x : q->y;
    case ORI_FE: return axis ? b->w - q->x : b->h - q->y;
    }
    return 0;
}

static void net_arcs(const Shorten *s, int a, const PlaceNet *net, FpFlow *f)
{
    const PlacePin *q = &s->p->pins[net->pin0];
    int l, r;
    bool moves = false;
    for (uint32_t i = 0; i < net->n_pins; i++) moves |= q[i].block >= 0;
    if (!moves || !net->weight) return;
    fp_flow_net(f, net->weight, &l, &r);
    for (uint32_t i = 0; i < net->n_pins; i++) {
        int node = q[i].block + 1; /* 0: the ground */
        int64_t o = q[i].block >= 0 ? offset(s, &q[i], a) : a ? q[i].y : q[i].x;
        if (q[i].block < 0) node = 0;
        fp_flow_apart(f, node, l, -o);
        fp_flow_apart(f, r, node, o);
    }
}

static bool legal(const Shorten *s, const PlaceAt *at)
{
    for (uint32_t i = 0; i < s->n; i++)
        for (int a = 0; a < 2; a++)
            if (coord(&at[i], a) < 0 || (s->room[a] && coord(&at[i], a) + s->size[a][i] > s->room[a])) return false;
    for (int a = 0; a < 2; a++)
        for (uint32_t i = 0; i < s->n; i++)
            for (uint32_t j = 0; j < s->n; j++)
                if (s->before[a][i * s->n + j] && coord(&at[i], a) + s->size[a][i] + s->gap > coord(&at[j], a)) return false;
    return true;
}

static Status solve_axis(Shorten *s, int a, bool *better)
{
    FpFlow f;
    fp_flow_begin(&f, s->n);
    for (uint32_t i = 0; i < s->n; i++) {
        int node = (int)i + 1;
        fp_flow_apart(&f, node, 0, 0);
        if (s->room[a]) fp_flow_apart(&f, 0, node, s->size[a][i] - s->room[a]);
        for (uint32_t j = 0; j < s->n; j++)
            if (s->before[a][i * s->n + j] && !implied(s, a, i, j)) fp_flow_apart(&f, (int)j + 1, node, s->size[a][i] + s->gap);
    }
    for (uint32_t k = 0; k < s->p->n_nets; k++) net_arcs(s, a, &s->p->nets[k], &f);
    int64_t *pos = mem_calloc((size_t)f.supply.n + 1, sizeof *pos);
    bool ok;
    Status st = fp_flow_solve(&f, &ok, pos);
    PlaceAt *at = mem_calloc((size_t)s->n + 1, sizeof *at);
    memcpy(at, s->at, s->n * sizeof *at);
    for (uint32_t i = 0; ok && i < s->n; i++) {
        /* Rounding all positions the same way keeps every distance that is a multiple of the grid. */
        int64_t x = (pos[i + 1] + s->grid / 2) / s->grid * s->grid;
        if (pos[i + 1] < 0 || x > 2 * FP_FLOW_REACH) ok = false;
        else if (a) at[i].y = (int32_t)x;
        else at[i].x = (int32_t)x;
    }
    if (ok && legal(s, at) && place_wirelength(s->p, at, false) < place_wirelength(s->p, s->at, false)) {
        memcpy(s->at, at, s->n * sizeof *at);
        *better = true;
    }
    mem_free(at);
    mem_free(pos);
    fp_flow_free(&f);
    return st;
}

/* Mirror images that keep a block's outline may shorten nets: tried block by block until none helps. */
void fp_mirror(const PlaceProblem *p, PlaceAt *at)
{
    static const Orient upright[] = {ORI_N, ORI_FN, ORI_FS, ORI_S}, lying[] = {ORI_W, ORI_E, ORI_FW, ORI_FE};
    int64_t best = place_wirelength(p, at, false);
    for (bool any = true; any;) {
        any = false;
        for (uint32_t b = 0; b < p->n_blocks; b++) {
            if (!p->blocks[b].flip) continue;
            Orient keep = at[b].orient;
            const Orient *set = keep == ORI_E || keep == ORI_W || keep == ORI_FW || keep == ORI_FE ? lying : upright;
            for (int k = 0; k < 4; k++) {
                at[b].orient = set[k];
                int64_t c = place_wirelength(p, at, false);
                if (c < best) best = c, keep = set[k], any = true;
            }
            at[b].orient = keep;
        }
    }
}

Status fp_shorten(const PlaceProblem *p, int32_t w, int32_t h, int32_t spacing, int32_t grid, PlaceAt *at)
{
    fp_mirror(p, at);
    if (!fp_flow_fits(p)) return ST_OK;
    Shorten s = {.p = p, .n = p->n_blocks, .room = {w, h}, .gap = spacing, .grid = grid > 0 ? grid : 1, .at = at};
    for (int a = 0; a < 2; a++) {
        s.size[a] = mem_calloc((size_t)s.n + 1, sizeof *s.size[a]);
        s.before[a] = mem_calloc((size_t)s.n * s.n + 1, sizeof *s.before[a]);
    }
    sizes(&s);
    Status st = ST_OK;
    bool better = true;
    for (int round = 0; st == ST_OK && better && round < ROUNDS; round++) {
        better = false;
        for (int a = 0; st == ST_OK && a < 2; a++) {
            relations(&s);
            st = solve_axis(&s, a, &better);
        }
        if (better) fp_mirror(p, at);
    }
    for (int a = 0; a < 2; a++) {
        mem_free(s.size[a]);
        mem_free(s.before[a]);
    }
    return st;
}
