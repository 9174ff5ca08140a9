/*
 * Rectangle packing: a portfolio of searches that share nothing, the best result wins.
 *
 * Area of many blocks: skyline search over many widths, and annealing over B*-trees beside it while that keeps up (MIXED blocks).
 * Wirelength: annealing, then shortening by min-cost flow at a fixed relative order. Few blocks: all B*-trees, proven. Each run has its own random
 * numbers and number of moves; runs are compared by cost and then by number, so neither threads nor the machine's speed change a byte.
 */
#include "gen/base/io.h"
#include "place/fp_int.h"

enum { SKY_TASKS = 8, SEQ_RUNS = 8, TREE_RUNS = 12, SMALL_RUNS = 96, FEW_RUNS = 4, SMALL = 20, MIXED = 70, EXACT = 10 };
#define PROVE_WORK 4e10      /* about a minute at the usual effort */
#define EXACT_NODES 60000000 /* a few seconds; up to 6 blocks never take so many */

static const double effort_share[3] = {0.02, 1, 5};
static double share_of(const FpOptions *opt) { return effort_share[opt->effort < 2 ? opt->effort : 2]; }

/* ---- the problem in units ----------------------------------------------------------------------------------- */

FpPacking fp_packing_new(uint32_t n)
{
    FpPacking p = {.cost = 1e300, .method = "none"};
    p.x = mem_calloc((size_t)n + 1, sizeof *p.x);
    p.y = mem_calloc((size_t)n + 1, sizeof *p.y);
    p.turned = mem_calloc((size_t)n + 1, sizeof *p.turned);
    return p;
}

void fp_packing_free(FpPacking *p)
{
    mem_free(p->x);
    mem_free(p->y);
    mem_free(p->turned);
}

void fp_packing_copy(FpPacking *to, const FpPacking *from, uint32_t n)
{
    to->cost = from->cost;
    to->w = from->w;
    to->h = from->h;
    to->method = from->method;
    memcpy(to->x, from->x, n * sizeof *to->x);
    memcpy(to->y, from->y, n * sizeof *to->y);
    memcpy(to->turned, from->turned, n * sizeof *to->turned);
}

int64_t fp_wire(const FpShapes *s, const int32_t *x, const int32_t *y, const bool *turned)
{
    int64_t sum = 0;
    for (uint32_t k = 0; k < s->n_nets; k++) {
        const FpPin *q = &s->pins[s->nets[k].pin0], *end = q + s->nets[k].n_pins;
        int32_t x0 = INT32_MAX, x1 = INT32_MIN, y0 = INT32_MAX, y1 = INT32_MIN;
        for (; q < end; q++) {
            int32_t px = q->dx[0], py = q->dy[0];
            if (q->block >= 0) {
                bool t = turned[q->block];
                px = x[q->block] * s->unit + q->dx[t];
                py = y[q->block] * s->unit + q->dy[t];
            }
            x0 = px < x0 ? px : x0;
            x1 = px > x1 ? px : x1;
            y0 = py < y0 ? py : y0;
            y1 = py > y1 ? py : y1;
        }
        if (s->nets[k].n_pins) sum += s->nets[k].weight * ((int64_t)x1 - x0 + y1 - y0);
    }
    return sum;
}

static int32_t divisor(int32_t a, int32_t b)
{
    while (b) {
        int32_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static void shapes_new(const PlaceProblem *p, const FpOptions *opt, int64_t wire_bound, FpShapes *s)
{
    uint32_t n = p->n_blocks;
    int32_t gap = opt->spacing;
    *s = (FpShapes){.n = n};
    s->w = mem_calloc((size_t)n + 1, sizeof *s->w);
    s->h = mem_calloc((size_t)n + 1, sizeof *s->h);
    s->turn = mem_calloc((size_t)n + 1, sizeof *s->turn);
    for (uint32_t i = 0; i < n; i++) s->unit = divisor(s->unit, divisor(p->blocks[i].w + gap, p->blocks[i].h + gap));
    if (opt->n_rules) s->unit = opt->grid > 0 ? opt->grid : 1; /* centres are between the sides' own multiples */
    for (uint32_t i = 0; i < n; i++) {
        s->w[i] = (p->blocks[i].w + gap) / s->unit;
        s->h[i] = (p->blocks[i].h + gap) / s->unit;
        s->turn[i] = p->blocks[i].flip && s->w[i] != s->h[i];
        s->area += (int64_t)s->w[i] * s->h[i];
    }
    if (opt->width) s->out_w = (opt->width + gap) / s->unit, s->out_h = (opt->height + gap) / s->unit;
    double share = opt->objective == FP_AREA ? 1 : opt->objective == FP_BOTH ? 0.5 : 0.01;
    s->area_weight = share / (double)s->area;
    FpRule *rules = mem_calloc((size_t)opt->n_rules + 1, sizeof *rules);
    for (uint32_t k = 0; k < opt->n_rules; k++) {
        rules[k] = opt->rules[k];
        Orient o = rules[k].orient;
        rules[k].turned = o == ORI_W || o == ORI_E || o == ORI_FW || o == ORI_FE;
        rules[k].x /= s->unit;
        rules[k].y /= s->unit;
    }
    s->rules = rules;
    s->n_rules = opt->n_rules;
    s->wire_bound = wire_bound > 0 ? wire_bound : 1;
    if (opt->objective == FP_AREA || !p->n_nets) return;
    s->wire_weight = (1 - share) / (wire_bound > 0 ? (double)wire_bound : 1);
    s->n_nets = p->n_nets;
    s->nets = p->nets;
    s->pins = mem_calloc((size_t)p->n_pins + 1, sizeof *s->pins);
    for (uint32_t i = 0; i < p->n_pins; i++) {
        PlacePin q = p->pins[i];
        s->pins[i] = (FpPin){{q.x, q.y}, {q.y, q.block >= 0 ? p->blocks[q.block].w - q.x : q.y}, q.block};
    }
}

static void shapes_free(FpShapes *s)
{
    mem_free(s->w);
    mem_free(s->h);
    mem_free(s->turn);
    mem_free(s->pins);
    mem_free((void *)(uintptr_t)s->rules);
}

/* ---- portfolio ------------------------------------------------------------------------------------------------ */

typedef struct {
    const FpShapes *s;
    const FpOptions *opt;
    uint32_t n_sky, n_tree, n_seq;
    int64_t evals, moves;     /* per run */
    FpPacking *best;          /* [n_sky + n_tree + n_seq] */
    char key[65];             /* of runs that are kept */
} Jobs;

static void plan_jobs(Jobs *j)
{
    const FpShapes *s = j->s;
    double f = s->n <= FP_PROVE ? effort_share[0] : share_of(j->opt), n = s->n; /* what a quick look misses the proof finds */
    bool area = s->n_nets == 0;
    uint32_t pins = 0;
    for (uint32_t k = 0; k < s->n_nets; k++) pins += s->nets[k].n_pins;
    if (s->n_rules) { /* a move looks at all pairs, some rounds of them */
        j->n_seq = SEQ_RUNS;
        double most = 1.5e9 / (8 * n * n + 20 * s->n_rules + pins + 100), enough = 2e5 * n * n; /* few blocks have few orders */
        j->moves = (int64_t)(f * (most < enough ? most : enough)) + 1000 * (int64_t)s->n;
        return;
    }
    j->n_sky = area && s->n > 1 ? SKY_TASKS : 0;
    /* Beyond 40 blocks the skyline finds more per second than trees do. */
    double evals = (s->n < SMALL ? 4e7 : s->n < 40 ? 2.2e8 : s->n <= MIXED ? 3.6e8 : 3.2e8) / n;
    j->evals = (int64_t)(f * evals / SKY_TASKS) + 200;
    j->n_tree = area && s->n > MIXED ? 0 : s->n < SMALL ? SMALL_RUNS : area && s->n >= 40 ? FEW_RUNS : TREE_RUNS;
    /* A move costs as much as its blocks and pins: about 4e8 of both, per run, is a few seconds. */
    double moves = s->n < SMALL ? 1e6 : 6e4 * n;
    if (!area) moves = 1.2e8 / (n + pins);
    j->moves = (int64_t)(f * moves) + 1000;
}

static Status run_job(void *ctx, uint32_t i)
{
    Jobs *j = ctx;
    const char *keep = j->opt->keep;
    j->best[i] = fp_packing_new(j->s->n);
    if (keep && fp_keep_load(keep, j->key, i, j->s->n, &j->best[i])) return ST_OK;
    if (j->n_seq) fp_seq(j->s, j->opt->seed, i, j->moves, &j->best[i]);
    else if (i < j->n_sky) fp_sky(j->s, j->opt->seed, i, j->n_sky, j->evals, &j->best[i]);
    else fp_tree(j->s, j->opt->seed, i - j->n_sky, j->moves, &j->best[i]);
    return keep ? fp_keep_save(keep, j->key, i, j->s->n, &j->best[i]) : ST_OK;
}

static int32_t longer(const FpPacking *p) { return p->w > p->h ? p->w : p->h; }

/* proven: the result is of least area. Errors are those of writing finished runs. */
static Status search(const PlaceProblem *p, const FpShapes *s, const FpOptions *opt, FpPacking *best, bool *proven)
{
    Jobs j = {.s = s, .opt = opt};
    plan_jobs(&j);
    uint32_t n = j.n_sky + j.n_tree + j.n_seq;
    int lock = -1;
    if (opt->keep) {
        fp_keep_key(p, opt, (int64_t[]){j.n_sky, j.n_tree, j.n_seq, j.evals, j.moves}, 5, j.key);
        TRY(io_mkdir(opt->keep));
        TRY(io_lock_dir(opt->keep, &lock)); /* and away with what a killed call was writing */
    }
    j.best = mem_calloc((size_t)n + 1, sizeof *j.best);
    Status st = par_for(n, opt->threads, run_job, &j);
    for (uint32_t i = 0; i < n; i++) {
        const FpPacking *b = &j.best[i];
        /* Among equals the one nearest to a square, then the first. */
        if (b->cost < best->cost || (b->cost == best->cost && longer(b) < longer(best))) fp_packing_copy(best, b, s->n);
        best->moves += b->moves;
        fp_packing_free(&j.best[i]);
    }
    mem_free(j.best);
    int64_t nodes = (int64_t)((s->n <= 6 ? 1 : share_of(opt)) * EXACT_NODES);
    *proven = st == ST_OK && opt->objective == FP_AREA && s->n <= EXACT && !s->n_rules && fp_exact(s, nodes, best);
    if (opt->keep && st == ST_OK) fp_keep_drop(opt->keep, n);
    io_unlock_dir(lock);
    return st;
}

/* ---- result ------------------------------------------------------------------------------------------------------ */

static Status check(const PlaceProblem *p, const FpOptions *opt)
{
    double side = 0;
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        const PlaceBlock *b = &p->blocks[i];
        if (b->w <= 0 || b->h <= 0) return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "floorplan: block %u is %d by %d", i, b->w, b->h);
        side += (b->w > b->h ? b->w : b->h) + (double)opt->spacing;
    }
    if (p->n_blocks == 0 || opt->spacing < 0 || side >= 1 << 30)
        return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "floorplan: %u blocks with sides of %.0f in all; the limit is %d", p->n_blocks, side, 1 << 30);
    return ST_OK;
}

static void outline(const PlaceProblem *p, PlaceResult *r)
{
    r->w = r->h = 0;
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        Orient o = r->at[i].orient;
        bool turned = o == ORI_W || o == ORI_E || o == ORI_FW || o == ORI_FE;
        int32_t x = r->at[i].x + (turned ? p->blocks[i].h : p->blocks[i].w), y = r->at[i].y + (turned ? p->blocks[i].w : p->blocks[i].h);
        if (x > r->w) r->w = x;
        if (y > r->h) r->h = y;
    }
    r->area = (int64_t)r->w * r->h;
}

#define PPM 1000000.0

int64_t fp_objective(FpObjective o, int64_t area, int64_t area_bound, int64_t wire, int64_t wire_bound)
{
    if (o != FP_BOTH) return o == FP_AREA ? area : wire;
    double w = wire_bound ? (double)wire / (double)wire_bound : 1;
    return (int64_t)(PPM * 0.5 * ((double)area / (double)area_bound + w) + 0.5);
}

/* Objective and bound in integers. */
static void judge(const PlaceProblem *p, const FpOptions *opt, bool proven, PlaceResult *r)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < p->n_blocks; i++) sum += (int64_t)p->blocks[i].w * p->blocks[i].h;
    r->area_bound = proven ? r->area : sum;
    r->dead = r->area - sum;
    r->wirelength = place_wirelength(p, r->at, false);
    r->objective = fp_objective(opt->objective, r->area, opt->objective == FP_BOTH ? sum : r->area_bound, r->wirelength, r->wire_bound);
    r->bound = opt->objective == FP_WIRELENGTH ? (double)r->wire_bound : opt->objective == FP_BOTH ? PPM : (double)r->area_bound;
    r->gap = ((double)r->objective - r->bound) / (r->objective > 1 ? (double)r->objective : 1);
}

/* Two blocks of a pair are equal, fixed blocks may stand as they do, nobody is in two pairs or fixed twice, a group has one axis. */
static Status check_rules(const PlaceProblem *p, const FpOptions *opt)
{
    uint8_t *in = mem_calloc((size_t)p->n_blocks + 1, sizeof *in);
    const char *why = NULL;
    uint32_t at = 0;
    for (uint32_t k = 0; k < opt->n_rules && !why; k++) {
        const FpRule *r = &opt->rules[at = k];
        bool two = r->kind != FP_SELF && r->kind != FP_FIXED && !(r->kind == FP_CENTRE && r->a == r->b), mirror = fp_mirrors(r);
        if (r->a >= p->n_blocks || (two && (r->b >= p->n_blocks || r->b == r->a))) why = "names a block twice or one that does not exist";
        else if (mirror && two && (p->blocks[r->a].w != p->blocks[r->b].w || p->blocks[r->a].h != p->blocks[r->b].h)) why = "pairs unequal blocks";
        else if (r->kind == FP_ABUT && opt->spacing) why = "asks blocks to touch and a spacing keeps them apart";
        else if (mirror && (in[r->a] & 1 || (two && in[r->b] & 1))) why = "mirrors a block for the second time";
        else if (r->kind == FP_FIXED && in[r->a] & 2) why = "fixes a block for the second time";
        else if (r->kind == FP_FIXED && (r->x < 0 || r->y < 0)) why = "fixes a block outside of x, y >= 0";
        else if (r->kind == FP_FIXED && !p->blocks[r->a].flip && r->orient != ORI_N) why = "turns a block that may not be turned";
        if (why) break;
        in[r->a] |= mirror ? 1 : r->kind == FP_FIXED ? 2 : 0;
        if (mirror && two) in[r->b] |= 1;
        for (uint32_t m = 0; m < k && mirror; m++) {
            const FpRule *o = &opt->rules[m];
            if (fp_mirrors(o) && o->group == r->group && (o->axis != r->axis || (o->kind == FP_CENTRE) != (r->kind == FP_CENTRE))) why = "gives its group a second axis";
        }
    }
    mem_free(in);
    if (why) return msg_error(ST_INPUT, "PLC-0005", (Loc){0}, "floorplan: rule %u %s", at + 1, why);
    return ST_OK;
}

static Status finish(const PlaceProblem *p, const FpOptions *opt, const FpShapes *s, const FpPacking *best, PlaceResult *r)
{
    for (uint32_t i = 0; i < p->n_blocks; i++)
        r->at[i] = (PlaceAt){best->x[i] * s->unit, best->y[i] * s->unit, best->turned[i] ? ORI_E : ORI_N};
    r->method = best->method;
    r->nodes = best->moves;
    if (opt->n_rules) {
        if (best->cost >= FP_SEQ_NOT) return msg_error(ST_VIOLATION, "PLC-0004", (Loc){0}, "floorplan: no placement found that satisfies the constraints");
        fp_seq_orient(p, opt->rules, opt->n_rules, r->at);
    }
    outline(p, r);
    if (opt->width && (r->w > opt->width || r->h > opt->height))
        return msg_error(ST_VIOLATION, "PLC-0004", (Loc){0}, "floorplan: no way found into the outline");
    if (!p->n_nets || opt->n_rules) return ST_OK;
    /* Area keeps its outline; wirelength alone may grow beyond it. */
    bool free_box = opt->objective == FP_WIRELENGTH && !opt->width;
    TRY(fp_shorten(p, opt->width ? opt->width : free_box ? 0 : r->w, opt->width ? opt->height : free_box ? 0 : r->h, opt->spacing, opt->grid, r->at));
    outline(p, r);
    return ST_OK;
}

/* Few blocks: nothing better is left, or it is found. */
static void prove(const PlaceProblem *p, const FpOptions *opt, PlaceResult *r)
{
    int64_t best = r->objective, bound = 0, area_bound = r->area_bound;
    bool ended = fp_prove(p, opt, r->wire_bound, (int64_t)(share_of(opt) * PROVE_WORK), r->at, &best, &bound, &r->nodes);
    if (best < r->objective) r->method = "branch and bound";
    outline(p, r);
    judge(p, opt, false, r);
    assert(r->objective == best && place_verify(p, r->at, r->w, r->h, NULL));
    r->area_bound = area_bound;
    if (!ended) return;
    r->method = "branch and bound";
    r->bound = (double)bound;
    r->gap = (double)(best - bound) / (best > 1 ? (double)best : 1);
    if (opt->objective == FP_AREA) r->area_bound = bound;
    if (opt->objective == FP_WIRELENGTH) r->wire_bound = bound;
}

Status place_floorplan(const PlaceProblem *p, const FpOptions *opt, PlaceResult *out)
{
    memset(out, 0, sizeof *out);
    TRY(check(p, opt));
    TRY(check_rules(p, opt));
    TRY(place_wire_bound(p, &out->wire_bound));
    FpShapes s;
    shapes_new(p, opt, out->wire_bound, &s);
    FpPacking best = fp_packing_new(s.n);
    bool proven = false;
    out->at = mem_calloc((size_t)p->n_blocks + 1, sizeof *out->at);
    Status st = search(p, &s, opt, &best, &proven);
    if (st == ST_OK) st = finish(p, opt, &s, &best, out);
    if (st == ST_OK) judge(p, opt, proven && opt->spacing == 0, out);
    if (st == ST_OK && p->n_blocks <= FP_PROVE && out->gap > 0) prove(p, opt, out);
    fp_packing_free(&best);
    shapes_free(&s);
    if (st != ST_OK) place_result_free(out);
    return st;
}
