/*
 * Floorplans under constraints: symmetry, alignment, abutment, blocks that stand already; see fp_int.h.
 *
 * A sequence pair orders every two blocks along x or along y; the least positions along an axis are then a fixpoint: each block as low as
 * its neighbours, its equations and its group's axis allow, raised until nothing changes. Annealing looks over sequence pairs and turns; what
 * an unsatisfied equation lacks counts as cost, so a search may start anywhere and ends in a legal placement or says that it found none.
 * The fixpoint raises the far one of a mirrored pair: for one sequence pair it need not be the best, over all of them it was in the tests.
 * Source  sequence pair: Murata, Fujiyoshi, Nakatake, Kajitani 1996; symmetry on it: Balasa, Lampaert 1999 (the fixpoint is ours).
 */
#include "place/fp_int.h"

#include <math.h>

enum { STEPS = 200, ROUNDS_MIN = 8 };

typedef struct {
    const FpShapes *s;
    uint32_t n, n_groups;
    Rng rng;
    uint32_t *seq[2];         /* the two sequences */
    uint32_t *at[2];          /* place of a block in each */
    bool *turned;
    uint32_t *twin;           /* partner in a symmetric pair, or itself: they turn together */
    bool *stands;             /* pre-placed: never turned */
    int32_t *pos[2];
    int64_t *axis;            /* [n_groups] twice the axis */
    int32_t w, h;
} Seq;

static int32_t size(const Seq *q, uint32_t i, int a) { return (a == 0) != q->turned[i] ? q->s->w[i] : q->s->h[i]; }

/* pos[b] - pos[a] that a rule between two blocks wants along an axis; false: nothing. Odd centres have no answer on the grid: *bad. */
static bool distance(const Seq *q, const FpRule *r, int a, int32_t *d, int64_t *bad)
{
    int32_t slack = size(q, r->a, a) - size(q, r->b, a);
    *d = 0;
    if (r->kind == FP_PAIR) return r->axis != a;
    if (r->kind == FP_ABUT) {
        if (r->axis == a) *d = size(q, r->a, a);
        return true;
    }
    if (r->kind != FP_ALIGN || r->axis != a) return false;
    if (r->edge == 1 && slack & 1) ++*bad;
    *d = r->edge == 0 ? 0 : r->edge == 1 ? slack / 2 : slack;
    return true;
}

static bool raise_to(int32_t *p, int64_t v)
{
    if (v <= *p) return false;
    *p = v < 1 << 29 ? (int32_t)v : 1 << 29;
    return true;
}

/* One round over all rules; returns whether something moved. miss: what they lack at the present positions. */
static bool apply_rules(Seq *q, int a, int64_t *miss)
{
    int32_t *p = q->pos[a], d;
    bool moved = false;
    *miss = 0;
    for (uint32_t k = 0; k < q->s->n_rules; k++) {
        const FpRule *r = &q->s->rules[k];
        if (r->kind == FP_FIXED) {
            int32_t want = a ? r->y : r->x;
            moved |= raise_to(&p[r->a], want);
            *miss += p[r->a] - want;
        } else if (fp_mirrors(r) && (r->kind == FP_CENTRE || r->axis == a)) {
            uint32_t lo = r->a, hi = fp_partner(r);
            if (p[hi] < p[lo]) lo = hi, hi = r->a;
            int64_t *axis = &q->axis[r->group], sum = (int64_t)p[lo] + p[hi] + size(q, hi, a);
            if (sum > *axis) *axis = sum, moved = true;
            if (lo == hi && ((*axis - size(q, lo, a)) & 1)) ++*axis, moved = true;
            if (lo == hi) moved |= raise_to(&p[lo], (*axis - size(q, lo, a)) / 2);
            else moved |= raise_to(&p[hi], *axis - size(q, hi, a) - p[lo]);
        } else if (distance(q, r, a, &d, miss)) {
            moved |= raise_to(&p[r->b], (int64_t)p[r->a] + d);
            moved |= raise_to(&p[r->a], (int64_t)p[r->b] - d);
        }
    }
    return moved;
}

static bool push(Seq *q, int a)
{
    int32_t *p = q->pos[a];
    bool moved = false;
    /* i is left of j if both sequences say so, below it if only the second does: that one is a topological order of both axes. */
    for (uint32_t k = 1; k < q->n; k++) {
        uint32_t j = q->seq[1][k];
        for (uint32_t m = 0; m < k; m++) {
            uint32_t i = q->seq[1][m];
            if ((q->at[0][i] < q->at[0][j]) == (a == 0)) moved |= raise_to(&p[j], (int64_t)p[i] + size(q, i, a));
        }
    }
    return moved;
}

/* Least positions along an axis; returns what cannot be satisfied, in units (0: everything is). */
static int64_t settle(Seq *q, int a, int64_t reach)
{
    memset(q->pos[a], 0, q->n * sizeof *q->pos[a]);
    for (uint32_t g = 0; g < q->n_groups; g++) q->axis[g] = 0;
    int64_t miss = 0, over = 0;
    bool moved = true;
    for (uint32_t round = 0; moved && round < ROUNDS_MIN + 2 * q->s->n_rules; round++) {
        moved = push(q, a);
        moved |= apply_rules(q, a, &miss);
        over = 0;
        for (uint32_t i = 0; i < q->n; i++)
            if (q->pos[a][i] > reach) over += q->pos[a][i] - reach;
        if (over > 4 * reach) break;
    }
    return miss + over + (moved ? reach : 0);
}

static double cost(Seq *q)
{
    const FpShapes *s = q->s;
    int64_t reach = 0, miss = 0;
    for (uint32_t i = 0; i < q->n; i++) reach += s->w[i] > s->h[i] ? s->w[i] : s->h[i];
    for (uint32_t k = 0; k < s->n_rules; k++)
        if (s->rules[k].kind == FP_FIXED) reach += s->rules[k].x + s->rules[k].y;
    for (int a = 0; a < 2; a++) miss += settle(q, a, reach);
    q->w = q->h = 0;
    for (uint32_t i = 0; i < q->n; i++) {
        int32_t x = q->pos[0][i] + size(q, i, 0), y = q->pos[1][i] + size(q, i, 1);
        q->w = x > q->w ? x : q->w;
        q->h = y > q->h ? y : q->h;
    }
    if (s->out_w) miss += (q->w > s->out_w ? q->w - s->out_w : 0) + (q->h > s->out_h ? q->h - s->out_h : 0);
    if (miss) return FP_SEQ_NOT + (double)miss / (double)reach;
    double c = (double)q->w * q->h * s->area_weight;
    if (s->n_nets) c += s->wire_weight * (double)fp_wire(s, q->pos[0], q->pos[1], q->turned);
    return c;
}

static void put(Seq *q, int k, uint32_t place, uint32_t block)
{
    q->seq[k][place] = block;
    q->at[k][block] = place;
}

static void swap(Seq *q, int k, uint32_t i, uint32_t j)
{
    uint32_t a = q->at[k][i], b = q->at[k][j];
    put(q, k, a, j);
    put(q, k, b, i);
}

static void turn(Seq *q, uint32_t i)
{
    if (!q->s->turn[i] || q->stands[i] || q->stands[q->twin[i]]) return;
    q->turned[i] = !q->turned[i];
    if (q->twin[i] != i) q->turned[q->twin[i]] = q->turned[i];
}

/* Move a block elsewhere in one sequence, or exchange two blocks in one or both, or turn one. */
static void change(Seq *q)
{
    uint32_t i = rng_below(&q->rng, q->n), j = rng_below(&q->rng, q->n), kind = rng_below(&q->rng, 8);
    int k = (int)(rng_u64(&q->rng) & 1);
    if (kind == 0) turn(q, i);
    else if (kind < 3) swap(q, k, i, j);
    else if (kind == 3) swap(q, 0, i, j), swap(q, 1, i, j);
    else {
        uint32_t from = q->at[k][i], to = q->at[k][j];
        for (; from < to; from++) put(q, k, from, q->seq[k][from + 1]);
        for (; from > to; from--) put(q, k, from, q->seq[k][from - 1]);
        put(q, k, to, i);
    }
}

static void begin(Seq *q)
{
    for (int k = 0; k < 2; k++) {
        for (uint32_t i = 0; i < q->n; i++) q->seq[k][i] = i;
        for (uint32_t i = q->n; i > 1; i--) {
            uint32_t j = rng_below(&q->rng, i), t = q->seq[k][i - 1];
            q->seq[k][i - 1] = q->seq[k][j];
            q->seq[k][j] = t;
        }
        for (uint32_t i = 0; i < q->n; i++) q->at[k][q->seq[k][i]] = i;
    }
    for (uint32_t k = 0; k < q->s->n_rules; k++) {
        const FpRule *r = &q->s->rules[k];
        if (fp_mirrors(r)) q->twin[r->a] = fp_partner(r), q->twin[fp_partner(r)] = r->a;
        if (r->kind == FP_FIXED) q->stands[r->a] = true, q->turned[r->a] = r->turned;
        if (r->group >= q->n_groups) q->n_groups = r->group + 1;
    }
    for (uint32_t i = 0; i < q->n; i++)
        if (q->stands[i]) q->turned[q->twin[i]] = q->turned[i];
}

static void anneal(Seq *q, int64_t moves, FpPacking *best)
{
    uint32_t *old[2] = {mem_calloc((size_t)q->n + 1, sizeof **old), mem_calloc((size_t)q->n + 1, sizeof **old)};
    bool *old_t = mem_calloc((size_t)q->n + 1, sizeof *old_t);
    double now = cost(q), one = (double)q->s->area * q->s->area_weight + (q->s->n_nets ? q->s->wire_weight * (double)q->s->wire_bound : 0);
    for (int step = 0; step < STEPS; step++) {
        double temp = one * (double)(float)(0.2 * pow(0.002, (double)step / (STEPS - 1)));
        for (int64_t m = moves * step / STEPS; m < moves * (step + 1) / STEPS; m++) {
            for (int k = 0; k < 2; k++) memcpy(old[k], q->seq[k], q->n * sizeof **old);
            memcpy(old_t, q->turned, q->n * sizeof *old_t);
            change(q);
            double c = cost(q), u = (double)((rng_u64(&q->rng) >> 12) + 1) / 4503599627370496.0;
            if (c <= now + temp * (double)(float)-log(u)) {
                now = c;
                if (c >= best->cost || c >= FP_SEQ_NOT) continue;
                *best = (FpPacking){c, q->w, q->h, best->x, best->y, best->turned, best->moves, "sequence pairs"};
                memcpy(best->x, q->pos[0], q->n * sizeof *best->x);
                memcpy(best->y, q->pos[1], q->n * sizeof *best->y);
                memcpy(best->turned, q->turned, q->n * sizeof *best->turned);
                continue;
            }
            memcpy(q->turned, old_t, q->n * sizeof *old_t);
            for (int k = 0; k < 2; k++)
                for (uint32_t i = 0; i < q->n; i++) put(q, k, i, old[k][i]);
        }
    }
    mem_free(old[0]);
    mem_free(old[1]);
    mem_free(old_t);
}

void fp_seq(const FpShapes *s, uint64_t seed, uint32_t run, int64_t moves, FpPacking *best)
{
    size_t n = (size_t)s->n + 1;
    Seq q = {.s = s, .n = s->n, .rng = rng_make(seed, 0x5e900 + run)};
    for (int k = 0; k < 2; k++) {
        q.seq[k] = mem_calloc(n, sizeof **q.seq);
        q.at[k] = mem_calloc(n, sizeof **q.at);
        q.pos[k] = mem_calloc(n, sizeof **q.pos);
    }
    q.turned = mem_calloc(n, sizeof *q.turned);
    q.stands = mem_calloc(n, sizeof *q.stands);
    q.twin = mem_calloc(n, sizeof *q.twin);
    q.axis = mem_calloc((size_t)s->n_rules + 1, sizeof *q.axis);
    for (uint32_t i = 0; i < s->n; i++) q.twin[i] = i;
    begin(&q);
    anneal(&q, moves, best);
    best->moves += moves;
    for (int k = 0; k < 2; k++) {
        mem_free(q.seq[k]);
        mem_free(q.at[k]);
        mem_free(q.pos[k]);
    }
    mem_free(q.turned);
    mem_free(q.stands);
    mem_free(q.twin);
    mem_free(q.axis);
}

/* ---- orientations ---------------------------------------------------------------------------------------------- */

/* LEF/DEF orientations seen in a mirror on a vertical (0) or horizontal (1) axis. */
static Orient mirrored(Orient o, int axis)
{
    static const Orient image[2][8] = {
        {[ORI_N] = ORI_FN, [ORI_FN] = ORI_N, [ORI_S] = ORI_FS, [ORI_FS] = ORI_S, [ORI_W] = ORI_FW, [ORI_FW] = ORI_W, [ORI_E] = ORI_FE, [ORI_FE] = ORI_E},
        {[ORI_N] = ORI_FS, [ORI_FS] = ORI_N, [ORI_S] = ORI_FN, [ORI_FN] = ORI_S, [ORI_W] = ORI_FE, [ORI_FE] = ORI_W, [ORI_E] = ORI_FW, [ORI_FW] = ORI_E}};
    return image[axis][o];
}

static Orient image(Orient o, const FpRule *r) { return r->kind == FP_CENTRE ? mirrored(mirrored(o, 0), 1) : mirrored(o, r->axis); }

void fp_seq_orient(const PlaceProblem *p, const FpRule *rules, uint32_t n_rules, PlaceAt *at)
{
    const FpRule **pair = mem_calloc((size_t)p->n_blocks + 1, sizeof *pair);
    bool *stands = mem_calloc((size_t)p->n_blocks + 1, sizeof *stands);
    for (uint32_t k = 0; k < n_rules; k++) {
        if (rules[k].kind == FP_FIXED) stands[rules[k].a] = true, at[rules[k].a].orient = rules[k].orient;
        if (fp_mirrors(&rules[k]) && fp_partner(&rules[k]) != rules[k].a) pair[rules[k].a] = pair[rules[k].b] = &rules[k];
    }
    for (uint32_t i = 0; i < p->n_blocks; i++) {
        uint32_t other = pair[i] ? pair[i]->a == i ? pair[i]->b : pair[i]->a : i;
        if (pair[i] && (stands[i] || (pair[i]->a == i && !stands[other]))) at[other].orient = image(at[i].orient, pair[i]);
        stands[other] |= stands[i];
    }
    for (uint32_t i = 0; i < p->n_blocks; i++) stands[i] |= pair[i] && stands[pair[i]->a == i ? pair[i]->b : pair[i]->a];
    int64_t best = place_wirelength(p, at, false);
    for (bool any = p->n_nets > 0; any;) {
        any = false;
        for (uint32_t i = 0; i < p->n_blocks; i++) {
            if (stands[i] || !p->blocks[i].flip || (pair[i] && pair[i]->b == i)) continue;
            uint32_t other = pair[i] ? pair[i]->b : i;
            PlaceAt keep[2] = {at[i], at[other]};
            for (int k = 0; k < 3; k++) { /* over x, over y, over both: the outline stays */
                at[i].orient = mirrored(at[i].orient, k == 1);
                if (other != i) at[other].orient = image(at[i].orient, pair[i]);
                int64_t c = place_wirelength(p, at, false);
                if (c < best) best = c, any = true, keep[0] = at[i], keep[1] = at[other];
            }
            at[i] = keep[0];
            at[other] = keep[1];
        }
    }
    mem_free(pair);
    mem_free(stands);
}
