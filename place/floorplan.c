/*
 * Rectangle packing by annealing over B*-trees.
 *
 * A B*-tree gives every block a place: a left child stands to the right of its parent, a right child above it at the same x; y follows
 * from the skyline. Every compacted placement has such a tree. Several independent anneals run side by side; the best wins, by value and
 * then by number, so the result does not depend on the threads. No proof of optimality is attempted beyond the trivial area bound.
 *
 * Source  Chang, Chang, Wu, Wu 2000 (B*-trees).
 */
#include "place/place.h"

#include <math.h>

#define NIL UINT32_MAX
enum { RESTARTS = 4 };

typedef struct {
    uint32_t parent, left, right, block;
} Node;

typedef struct { int32_t x0, x1; int64_t y; } Step; /* of the skyline */

typedef struct {
    const PlaceProblem *p;
    FpObjective objective;
    Rng rng;
    uint32_t n, root;
    Node *node;               /* [n] */
    bool *turned;             /* [n] by block */
    PlaceAt *at;              /* [n] by block */
    Step *sky;
    uint32_t n_sky;
    uint32_t *stack;
    int64_t w, h, wire;
    double area0, wire0;      /* normalisation */
    Node *best_node;
    bool *best_turned;
    uint32_t best_root;
    double best;
    int64_t moves;
} Anneal;

/* ---- packing --------------------------------------------------------------------------------------------- */

static int32_t width(const Anneal *a, uint32_t b) { return a->turned[b] ? a->p->blocks[b].h : a->p->blocks[b].w; }
static int32_t height(const Anneal *a, uint32_t b) { return a->turned[b] ? a->p->blocks[b].w : a->p->blocks[b].h; }

/* Put a block of width w on the skyline at x; returns its y. */
static int64_t drop(Anneal *a, int32_t x, int32_t w, int32_t h)
{
    uint32_t i = 0, j;
    while (a->sky[i].x1 <= x) i++;
    int64_t y = 0;
    for (j = i; j < a->n_sky && a->sky[j].x0 < x + w; j++)
        if (a->sky[j].y > y) y = a->sky[j].y;
    /* Steps i … j-1 are covered: keep what sticks out at the ends. */
    Step put[3];
    uint32_t n = 0;
    if (a->sky[i].x0 < x) put[n++] = (Step){a->sky[i].x0, x, a->sky[i].y};
    put[n++] = (Step){x, x + w, y + h};
    if (a->sky[j - 1].x1 > x + w) put[n++] = (Step){x + w, a->sky[j - 1].x1, a->sky[j - 1].y};
    if (n != j - i) memmove(&a->sky[i + n], &a->sky[j], (a->n_sky - j) * sizeof *a->sky);
    memcpy(&a->sky[i], put, n * sizeof *put);
    a->n_sky = a->n_sky - (j - i) + n;
    return y;
}

static void pack(Anneal *a)
{
    a->sky[0] = (Step){0, INT32_MAX, 0};
    a->n_sky = 1;
    a->w = a->h = 0;
    uint32_t sp = 0;
    a->stack[sp++] = a->root;
    while (sp) {
        uint32_t k = a->stack[--sp], b = a->node[k].block, up = a->node[k].parent;
        int32_t x = 0, w = width(a, b), h = height(a, b);
        if (up != NIL) {
            uint32_t q = a->node[up].block;
            x = a->at[q].x + (a->node[up].left == k ? width(a, q) : 0);
        }
        int64_t y = drop(a, x, w, h);
        a->at[b] = (PlaceAt){x, (int32_t)y, a->turned[b] ? ORI_E : ORI_N};
        if ((int64_t)x + w > a->w) a->w = (int64_t)x + w;
        if (y + h > a->h) a->h = y + h;
        if (a->node[k].right != NIL) a->stack[sp++] = a->node[k].right;
        if (a->node[k].left != NIL) a->stack[sp++] = a->node[k].left;
    }
}

/* Half-perimeter sum, for the blocks' two orientations of the search; the final figure comes from place_wirelength(). */
static int64_t wire_sum(const Anneal *a)
{
    const PlaceProblem *p = a->p;
    int64_t sum = 0;
    for (uint32_t k = 0; k < p->n_nets; k++) {
        const PlacePin *q = &p->pins[p->nets[k].pin0];
        int32_t x0 = INT32_MAX, x1 = INT32_MIN, y0 = INT32_MAX, y1 = INT32_MIN;
        for (uint32_t i = 0; i < p->nets[k].n_pins; i++, q++) {
            int32_t x = q->x, y = q->y;
            if (q->block >= 0) {
                const PlaceAt *t = &a->at[q->block];
                bool e = a->turned[q->block];
                int32_t dx = e ? y : x, dy = e ? p->blocks[q->block].w - x : y;
                x = t->x + dx;
                y = t->y + dy;
            }
            x0 = x < x0 ? x : x0;
            x1 = x > x1 ? x : x1;
            y0 = y < y0 ? y : y0;
            y1 = y > y1 ? y : y1;
        }
        if (p->nets[k].n_pins) sum += p->nets[k].weight * ((int64_t)x1 - x0 + y1 - y0);
    }
    return sum;
}

static double cost(Anneal *a)
{
    pack(a);
    double area = (double)a->w * (double)a->h / a->area0;
    if (a->objective == FP_AREA) return area;
    a->wire = wire_sum(a);
    double wire = (double)a->wire / a->wire0;
    return a->objective == FP_BOTH ? 0.5 * area + 0.5 * wire : wire + 0.02 * area;
}

/* ---- moves ------------------------------------------------------------------------------------------------ */

static void replace_child(Anneal *a, uint32_t up, uint32_t old, uint32_t by)
{
    if (up == NIL) a->root = by;
    else if (a->node[up].left == old) a->node[up].left = by;
    else a->node[up].right = by;
    if (by != NIL) a->node[by].parent = up;
}

static void swap_blocks(Anneal *a, uint32_t i, uint32_t j)
{
    uint32_t t = a->node[i].block;
    a->node[i].block = a->node[j].block;
    a->node[j].block = t;
}

/* Take a node out: let its block sink until it has at most one child, then close the gap. Returns the node now free. */
static uint32_t take_out(Anneal *a, uint32_t k)
{
    while (a->node[k].left != NIL && a->node[k].right != NIL) {
        uint32_t c = rng_u64(&a->rng) & 1 ? a->node[k].left : a->node[k].right;
        swap_blocks(a, k, c);
        k = c;
    }
    uint32_t c = a->node[k].left != NIL ? a->node[k].left : a->node[k].right;
    replace_child(a, a->node[k].parent, k, c);
    return k;
}

/* Hang a free node under another one, which's child there becomes its own. */
static void put_in(Anneal *a, uint32_t k, uint32_t under, bool left, bool child_left)
{
    uint32_t c = left ? a->node[under].left : a->node[under].right;
    a->node[k].left = a->node[k].right = NIL;
    a->node[k].parent = under;
    if (left) a->node[under].left = k;
    else a->node[under].right = k;
    if (c != NIL) {
        if (child_left) a->node[k].left = c;
        else a->node[k].right = c;
        a->node[c].parent = k;
    }
}

static void move(Anneal *a)
{
    uint32_t n = a->n, i = rng_below(&a->rng, n), kind = rng_below(&a->rng, 3);
    uint32_t b = a->node[i].block;
    if (n == 1 || (kind == 0 && a->p->blocks[b].flip)) {
        a->turned[b] = a->p->blocks[b].flip && !a->turned[b];
        return;
    }
    uint32_t j = (i + 1 + rng_below(&a->rng, n - 1)) % n;
    if (kind == 1) {
        swap_blocks(a, i, j);
        return;
    }
    uint32_t k = take_out(a, i);
    while (j == k) j = rng_below(&a->rng, n);
    uint64_t r = rng_u64(&a->rng);
    put_in(a, k, j, r & 1, r & 2);
}

/* ---- schedule ------------------------------------------------------------------------------------------------ */

static void initial_tree(Anneal *a)
{
    /* A complete binary tree over a random order. */
    for (uint32_t i = 0; i < a->n; i++) a->node[i].block = i;
    for (uint32_t i = a->n; i > 1; i--) swap_blocks(a, i - 1, rng_below(&a->rng, i));
    for (uint32_t i = 0; i < a->n; i++) {
        a->node[i].parent = i ? (i - 1) / 2 : NIL;
        a->node[i].left = 2 * i + 1 < a->n ? 2 * i + 1 : NIL;
        a->node[i].right = 2 * i + 2 < a->n ? 2 * i + 2 : NIL;
    }
    a->root = 0;
}

static void remember(Anneal *a, double c)
{
    a->best = c;
    a->best_root = a->root;
    memcpy(a->best_node, a->node, a->n * sizeof *a->node);
    memcpy(a->best_turned, a->turned, a->n * sizeof *a->turned);
}

static void anneal(Anneal *a, int64_t moves)
{
    Node *old = mem_calloc((size_t)a->n + 1, sizeof *old);
    bool *old_t = mem_calloc((size_t)a->n + 1, sizeof *old_t);
    initial_tree(a);
    a->wire0 = 1;
    double now = cost(a);
    if (a->objective != FP_AREA) a->wire0 = a->wire > 0 ? (double)a->wire : 1, now = cost(a);
    remember(a, now);
    /* From a temperature that takes half of the usual worsenings down by four decades, geometrically. */
    double hot = 0.05, cold = 2e-5, t = hot, fall = exp(log(cold / hot) / (double)(moves / 64 + 1));
    for (int64_t m = 0; m < moves; m++) {
        if (m % 64 == 0) t *= fall;
        uint32_t root = a->root;
        memcpy(old, a->node, a->n * sizeof *old);
        memcpy(old_t, a->turned, a->n * sizeof *old_t);
        move(a);
        double c = cost(a);
        if (c <= now || rng_double(&a->rng) < exp((now - c) / t)) {
            now = c;
            if (now < a->best) remember(a, now);
        } else {
            a->root = root;
            memcpy(a->node, old, a->n * sizeof *old);
            memcpy(a->turned, old_t, a->n * sizeof *old_t);
        }
    }
    a->moves = moves;
    a->root = a->best_root;
    memcpy(a->node, a->best_node, a->n * sizeof *a->node);
    memcpy(a->turned, a->best_turned, a->n * sizeof *a->turned);
    cost(a);
    mem_free(old);
    mem_free(old_t);
}

typedef struct {
    const PlaceProblem *p;
    const FpOptions *opt;
    Anneal run[RESTARTS];
    double area;
} Job;

static Status one_run(void *ctx, uint32_t i)
{
    static const int64_t moves[3] = {400, 24000, 200000}; /* per block and run */
    Job *j = ctx;
    Anneal *a = &j->run[i];
    size_t n = (size_t)j->p->n_blocks + 1;
    *a = (Anneal){.p = j->p, .objective = j->opt->objective, .rng = rng_make(j->opt->seed, 0xf100 + i), .n = j->p->n_blocks, .area0 = j->area};
    a->node = mem_calloc(n, sizeof *a->node);
    a->best_node = mem_calloc(n, sizeof *a->node);
    a->turned = mem_calloc(n, sizeof *a->turned);
    a->best_turned = mem_calloc(n, sizeof *a->turned);
    a->at = mem_calloc(n, sizeof *a->at);
    a->sky = mem_calloc(2 * n + 4, sizeof *a->sky);
    a->stack = mem_calloc(n, sizeof *a->stack);
    int64_t m = moves[j->opt->effort < 2 ? j->opt->effort : 2] * j->p->n_blocks;
    /* A move with nets costs as much as its pins: fewer of them, down to a quarter. */
    if (j->opt->objective != FP_AREA) m /= 1 + (int64_t)(3.0 * j->p->n_pins / (j->p->n_pins + 10.0 * j->p->n_blocks) + 0.5);
    anneal(a, m);
    return ST_OK;
}

/* Mirror images that keep a block's outline may shorten nets: tried block by block until none helps. */
static void mirror_blocks(const PlaceProblem *p, PlaceAt *at)
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

static Status check(const PlaceProblem *p, double *area)
{
    *area = 0;
    double side = 0;
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        const PlaceBlock *b = &p->blocks[i];
        if (b->w <= 0 || b->h <= 0) return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "floorplan: block %u is %d by %d", i, b->w, b->h);
        *area += (double)b->w * b->h;
        side += b->w > b->h ? b->w : b->h;
    }
    if (p->n_blocks == 0 || side >= 1 << 30)
        return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "floorplan: %u blocks with sides of %.0f in all; the limit is %d", p->n_blocks, side, 1 << 30);
    return ST_OK;
}

Status place_floorplan(const PlaceProblem *p, const FpOptions *opt, PlaceResult *out)
{
    memset(out, 0, sizeof *out);
    Job *j = mem_calloc(1, sizeof *j);
    Status st = check(p, &j->area);
    if (st != ST_OK) {
        mem_free(j);
        return st;
    }
    j->p = p;
    j->opt = opt;
    st = par_for(RESTARTS, opt->threads ? opt->threads : par_default_threads(), one_run, j);
    assert(st == ST_OK);
    /* Each run has its own normalisation of wirelength: compare by one of them. */
    uint32_t best = 0;
    for (uint32_t i = 0; i < RESTARTS; i++) {
        j->run[i].wire0 = j->run[0].wire0;
        j->run[i].best = cost(&j->run[i]);
        if (j->run[i].best < j->run[best].best) best = i;
    }
    Anneal *a = &j->run[best];
    out->at = mem_calloc((size_t)p->n_blocks + 1, sizeof *out->at);
    memcpy(out->at, a->at, p->n_blocks * sizeof *out->at);
    mirror_blocks(p, out->at);
    out->w = (int32_t)a->w;
    out->h = (int32_t)a->h;
    out->area = a->w * a->h;
    for (uint32_t i = 0; i < p->n_blocks; i++) out->area_bound += (int64_t)p->blocks[i].w * p->blocks[i].h;
    out->dead = out->area - out->area_bound;
    out->wirelength = place_wirelength(p, out->at, false);
    out->objective = opt->objective == FP_WIRELENGTH ? out->wirelength : out->area;
    out->bound = opt->objective == FP_WIRELENGTH ? 0 : (double)out->area_bound;
    out->gap = ((double)out->objective - out->bound) / (out->objective > 1 ? (double)out->objective : 1);
    out->method = "annealing";
    for (uint32_t i = 0; i < RESTARTS; i++) {
        Anneal *r = &j->run[i];
        out->nodes += r->moves;
        void *all[] = {r->node, r->best_node, r->turned, r->best_turned, r->at, r->sky, r->stack};
        for (size_t k = 0; k < COUNTOF(all); k++) mem_free(all[k]);
    }
    mem_free(j);
    assert(place_verify(p, out->at, out->w, out->h, NULL));
    return ST_OK;
}
