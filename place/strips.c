/*
 * Two strips of blocks facing one channel: who stands where, and in which order.
 *
 * The die's area depends on the assignment alone, so all assignments are looked at (Gray code), and those of least area are then
 * compared by wirelength. For one assignment the orders are exact where that is affordable: every order and mirroring of the shorter
 * strip, and for each the other strip by subset dynamic programming with the first as fixed pins. Otherwise the two strips are solved in
 * turn, each exactly with the other fixed, from several starts.
 */
#include "place/order_int.h"
#include "place/spread.h"

#include <math.h>

#define STRIPS_EXACT_AREA 20  /* blocks: all 2^n assignments */
#define STRIPS_TIES 64        /* assignments of equal area whose wirelength is compared when orders are not exact */
#define STRIPS_WORK 600000000.0

typedef struct {
    const PlaceProblem *p;
    const StripOptions *opt;
    uint32_t n;
    uint32_t *order;          /* [n] lower strip first */
    uint32_t n_lower;
    bool *flip;               /* [n] */
    int64_t states;
    const StripSoft *shaping; /* place_strips_soft: the block whose sides are looked for; else NULL */
    /* scratch of sub-problems */
    PlaceBlock *blocks;
    PlacePin *pins;
} Strips;

/* ---- area ---------------------------------------------------------------------------------------------- */

/* One strip of an assignment, without the block that is being shaped. */
typedef struct { int64_t w, h, blocks; } Extent;

static void extents(const Strips *s, uint64_t upper, uint32_t without, Extent e[2])
{
    e[0] = e[1] = (Extent){0, 0, 0};
    for (uint32_t i = 0; i < s->n; i++) {
        if (i == without) continue;
        const PlaceBlock *b = &s->p->blocks[i];
        Extent *x = &e[upper >> i & 1];
        x->w += b->w + (x->w ? s->opt->spacing : 0);
        x->blocks += (int64_t)b->w * b->h;
        if (b->h > x->h) x->h = b->h;
    }
}

static int64_t up_to(int64_t v, int64_t step) { return (v + step - 1) / step * step; }
static int64_t more(int64_t a, int64_t b) { return a > b ? a : b; }

/* Beside the others: (left + w) (area / w + above) is least at w = √(left · area / above), if not where one strip stops being the longer one
 * or the block the taller one. Returns the die's area. */
static int64_t shape_beside(const StripSoft *k, const Extent e[2], int64_t left, int64_t above, int64_t gx, StripSoft *out)
{
    int64_t gy = k->grid_y > 0 ? k->grid_y : 1, best = INT64_MAX;
    int64_t wish[] = {e[0].h ? (k->area + e[0].h - 1) / e[0].h : 0, e[1].w - left,
                      above > 0 ? (int64_t)sqrt((double)left * (double)k->area / (double)above) : 0};
    for (size_t i = 0; i < COUNTOF(wish); i++) {
        int64_t w = more(up_to(more(wish[i], 1), gx), up_to(k->min_w, gx)), h = up_to((k->area + w - 1) / w, gy);
        int64_t area = more(left + w, e[1].w) * (more(h, e[0].h) + above);
        if (w >= 1 << 30 || h >= 1 << 30 || area >= best) continue;
        best = area;
        out->w = (int32_t)w, out->h = (int32_t)h, out->around = false;
    }
    return best;
}

/* Best sides of the soft block for an assignment of the others, beside or around them, up to rounding. Returns the die's area. */
static int64_t shape(const Strips *s, uint64_t upper, StripSoft *out)
{
    const StripSoft *k = s->shaping;
    int64_t gx = s->opt->grid > 0 ? s->opt->grid : 1, gy = k->grid_y > 0 ? k->grid_y : 1;
    Extent e[2];
    extents(s, upper, k->block, e);
    int64_t left = e[0].w + (e[0].w ? s->opt->spacing : 0), above = e[1].h + s->opt->channel_h;
    *out = *k;
    out->upper = upper;
    int64_t best = shape_beside(k, e, left, above, gx, out);
    if (!e[0].h || s->opt->spacing) return best;
    /* Around: all the width there is, then as much height as its area asks for. */
    int64_t w = more(e[1].w - left, up_to(k->min_w, gx));
    int64_t h = up_to(more(e[0].h + k->base, (k->area + e[0].blocks + left + w - 1) / (left + w)), gy);
    if (h >= 1 << 30 || (left + w) * (h + above) >= best) return best;
    out->w = (int32_t)w, out->h = (int32_t)h, out->around = true;
    return (left + w) * (h + above);
}

static int64_t area_of(const Strips *s, uint64_t upper)
{
    Extent e[2];
    StripSoft any;
    if (s->shaping) return shape(s, upper, &any);
    extents(s, upper, UINT32_MAX, e);
    return more(e[0].w, e[1].w) * (e[0].h + e[1].h + s->opt->channel_h);
}

/* What flows around the lower strip has the area it needs, and its base. */
static bool leaves_area(const Strips *s, uint64_t upper)
{
    const StripSoft *k = s->opt->soft;
    Extent e[2];
    if (!k || !k->around || s->shaping) return true;
    extents(s, upper, k->block, e);
    return e[0].h + k->base <= k->h && (e[0].w + k->w) * k->h - e[0].blocks >= k->area;
}

static bool allowed(const Strips *s, uint64_t upper)
{
    for (uint32_t i = 0; i < s->n; i++) {
        int8_t side = s->p->blocks[i].side;
        if (side && (side > 0) != (upper >> i & 1)) return false;
    }
    return leaves_area(s, upper);
}

typedef ARRAY(uint64_t) Sets;

/* All assignments of least area, at most `max` of them; exact up to STRIPS_EXACT_AREA blocks. */
static int64_t least_area(Strips *s, Sets *sets)
{
    int64_t best = INT64_MAX;
    for (uint64_t m = 0; m < 1ull << s->n; m++) {
        if (!allowed(s, m)) continue;
        int64_t a = area_of(s, m);
        s->states++;
        if (a > best) continue;
        if (a < best) sets->n = 0;
        best = a;
        arr_push(sets, m);
    }
    return best;
}

/* Beyond: single moves and swaps from several starts. */
static int64_t less_area(Strips *s, Sets *sets)
{
    Rng rng = rng_make(s->opt->seed, 0x57a1);
    int64_t best = INT64_MAX;
    for (uint32_t start = 0; start < 50; start++) {
        uint64_t m = 0;
        for (uint32_t i = 0; i < s->n; i++) {
            int8_t side = s->p->blocks[i].side;
            if (side > 0 || (!side && (rng_u64(&rng) & 1))) m |= 1ull << i;
        }
        if (start == 0 && s->opt->soft) m = s->opt->soft->upper;
        if (!allowed(s, m)) continue;
        int64_t a = area_of(s, m);
        for (bool go = true; go;) {
            go = false;
            for (uint32_t i = 0; i < s->n; i++)
                for (uint32_t j = i; j < s->n; j++) {
                    uint64_t t = m ^ 1ull << i ^ (j > i ? 1ull << j : 0);
                    if (!allowed(s, t) || area_of(s, t) >= a) continue;
                    m = t;
                    a = area_of(s, m);
                    go = true;
                }
            s->states += s->n;
        }
        if (a > best) continue;
        if (a < best) sets->n = 0;
        best = a;
        bool known = false;
        for (uint32_t i = 0; i < sets->n; i++) known |= sets->v[i] == m;
        if (!known) arr_push(sets, m);
    }
    return best;
}

/* No assignment can be smaller: half the widths at least, the tallest block and the least tall one opposite it (or none). */
static int64_t area_bound(const Strips *s)
{
    int64_t w = 0, widest = 0, tall = 0, low = INT64_MAX;
    for (uint32_t i = 0; i < s->n; i++) {
        const PlaceBlock *b = &s->p->blocks[i];
        w += b->w;
        if (b->w > widest) widest = b->w;
        if (b->h > tall) tall = b->h;
        if (b->h < low) low = b->h;
    }
    int64_t half = (w + 1) / 2 > widest ? (w + 1) / 2 : widest;
    int64_t two = half * (tall + low + s->opt->channel_h), one = w * (tall + s->opt->channel_h);
    return s->n < 2 || one < two ? one : two;
}

/* ---- wirelength of one assignment ------------------------------------------------------------------------- */

/* One strip as a row, the other one's blocks as fixed pins (or left out: bounds). */
static void strip_row(Strips *s, const uint32_t *mine, uint32_t n_mine, const uint32_t *other, uint32_t n_other, bool with_other,
                      Row *out)
{
    const PlaceProblem *p = s->p;
    int64_t *x = mem_calloc((size_t)s->n + 1, sizeof *x);
    int32_t *index = mem_calloc((size_t)s->n + 1, sizeof *index);
    int64_t at = 0;
    for (uint32_t i = 0; i < n_other; i++) {
        index[other[i]] = -1;
        x[other[i]] = at;
        at += p->blocks[other[i]].w + s->opt->spacing;
    }
    for (uint32_t i = 0; i < n_mine; i++) {
        index[mine[i]] = (int32_t)i;
        s->blocks[i] = p->blocks[mine[i]];
    }
    PlaceNet *nets = mem_calloc((size_t)p->n_nets + 1, sizeof *nets);
    uint32_t n_pins = 0;
    for (uint32_t k = 0; k < p->n_nets; k++) {
        nets[k] = (PlaceNet){n_pins, 0, p->nets[k].weight};
        for (uint32_t i = 0; i < p->nets[k].n_pins; i++) {
            PlacePin q = p->pins[p->nets[k].pin0 + i];
            if (q.block >= 0 && index[q.block] < 0) {
                if (!with_other) continue;
                int32_t dx = s->flip[q.block] ? p->blocks[q.block].w - q.x : q.x;
                q = (PlacePin){-1, (int32_t)x[q.block] + dx, 0};
            } else if (q.block >= 0) {
                q.block = index[q.block];
            }
            s->pins[n_pins++] = q;
        }
        nets[k].n_pins = n_pins - nets[k].pin0;
    }
    PlaceProblem sub = {n_mine, p->n_nets, n_pins, s->blocks, nets, s->pins};
    Status st = row_make(&sub, 0, s->opt->spacing, out);
    assert(st == ST_OK); /* the whole problem was checked before */
    (void)st;
    mem_free(x);
    mem_free(index);
    mem_free(nets);
}

/* Solve one strip exactly (windows when too long), the other one fixed as it stands in s->order. Returns the whole objective. */
static int64_t solve_strip(Strips *s, bool upper)
{
    uint32_t *mine = upper ? s->order + s->n_lower : s->order, n_mine = upper ? s->n - s->n_lower : s->n_lower;
    uint32_t *other = upper ? s->order : s->order + s->n_lower, n_other = s->n - n_mine;
    Row r;
    strip_row(s, mine, n_mine, other, n_other, true, &r);
    uint32_t *o = mem_calloc((size_t)n_mine + 1, sizeof *o), *old = mem_calloc((size_t)n_mine + 1, sizeof *old);
    bool *f = mem_calloc((size_t)n_mine + 1, sizeof *f);
    int64_t c;
    if (n_mine <= 12) {
        c = row_dp(&r, o, f, &s->states);
    } else {
        for (uint32_t i = 0; i < n_mine; i++) o[i] = i, f[i] = s->flip[mine[i]];
        c = row_windows(&r, 8, o, f, &s->states);
    }
    memcpy(old, mine, n_mine * sizeof *old);
    for (uint32_t i = 0; i < n_mine; i++) {
        mine[i] = old[o[i]];
        s->flip[mine[i]] = f[o[i]];
    }
    row_free(&r);
    mem_free(o);
    mem_free(old);
    mem_free(f);
    return c;
}

static void set_assignment(Strips *s, uint64_t upper)
{
    uint32_t k = 0;
    for (int u = 0; u < 2; u++) {
        for (uint32_t i = 0; i < s->n; i++)
            if ((int)(upper >> i & 1) == u) s->order[k++] = i;
        if (!u) s->n_lower = k;
    }
    memset(s->flip, 0, s->n * sizeof *s->flip);
}

typedef struct { int64_t cost; uint32_t *order; bool *flip; uint32_t n_lower; } Best;

static void keep(const Strips *s, int64_t cost, Best *b)
{
    if (cost >= b->cost) return;
    b->cost = cost;
    b->n_lower = s->n_lower;
    memcpy(b->order, s->order, s->n * sizeof *s->order);
    memcpy(b->flip, s->flip, s->n * sizeof *s->flip);
}

static void alternate(Strips *s, uint64_t upper, Best *best, uint32_t starts)
{
    Rng rng = rng_make(s->opt->seed, 0xa17 + upper);
    for (uint32_t k = 0; k < starts; k++) {
        set_assignment(s, upper);
        for (int u = 0; k && u < 2; u++) {
            uint32_t *v = u ? s->order + s->n_lower : s->order, n = u ? s->n - s->n_lower : s->n_lower;
            for (uint32_t i = n; i > 1; i--) {
                uint32_t j = rng_below(&rng, i), t = v[i - 1];
                v[i - 1] = v[j];
                v[j] = t;
            }
        }
        int64_t cost = INT64_MAX;
        for (;;) {
            solve_strip(s, k & 1);
            int64_t c = solve_strip(s, !(k & 1));
            if (c >= cost) break;
            cost = c;
            keep(s, c, best);
        }
    }
}

static bool next_permutation(uint32_t *v, uint32_t n)
{
    uint32_t i = n, j = n;
    if (n < 2) return false;
    for (i = n - 1; i > 0 && v[i - 1] >= v[i]; i--) {}
    if (i == 0) return false;
    while (v[j - 1] <= v[i - 1]) j--;
    uint32_t t = v[i - 1];
    v[i - 1] = v[j - 1];
    v[j - 1] = t;
    for (uint32_t a = i, b = n - 1; a < b; a++, b--) {
        t = v[a];
        v[a] = v[b];
        v[b] = t;
    }
    return true;
}

static bool next_flips(const Strips *s, const uint32_t *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!s->p->blocks[v[i]].flip) continue;
        s->flip[v[i]] = !s->flip[v[i]];
        if (s->flip[v[i]]) return true;
    }
    return false;
}

/* Every order and mirroring of the shorter strip, the longer one exact for each. */
static void exhaust(Strips *s, uint64_t upper, Best *best)
{
    set_assignment(s, upper);
    bool short_upper = s->n - s->n_lower < s->n_lower;
    uint32_t *v = short_upper ? s->order + s->n_lower : s->order, n = short_upper ? s->n - s->n_lower : s->n_lower;
    do {
        for (uint32_t i = 0; i < n; i++) s->flip[v[i]] = false;
        do keep(s, solve_strip(s, !short_upper), best);
        while (next_flips(s, v, n));
    } while (next_permutation(v, n));
}

static double exhaust_work(const Strips *s, uint64_t upper)
{
    uint32_t u = 0, flips = 0;
    for (uint32_t i = 0; i < s->n; i++) u += upper >> i & 1;
    uint32_t a = u < s->n - u ? u : s->n - u, b = s->n - a;
    double w = (double)s->p->n_pins + 20;
    for (uint32_t i = 0; i < s->n && flips < a; i++) flips += s->p->blocks[i].flip;
    for (uint32_t i = 2; i <= a; i++) w *= i;
    return b > 16 ? 1e30 : w * (double)(1u << flips) * (double)(1u << b);
}

/* Least wirelength any order of this assignment can have: per net the longer of what it needs in either strip. */
static int64_t order_bound(Strips *s, uint64_t upper)
{
    int64_t *a = mem_calloc((size_t)s->p->n_nets + 1, sizeof *a), *b = mem_calloc((size_t)s->p->n_nets + 1, sizeof *b), sum = 0;
    Row r;
    set_assignment(s, upper);
    const uint32_t *up = s->order + s->n_lower;
    strip_row(s, s->order, s->n_lower, up, s->n - s->n_lower, false, &r);
    row_net_bounds(&r, a);
    row_free(&r);
    strip_row(s, up, s->n - s->n_lower, s->order, s->n_lower, false, &r);
    row_net_bounds(&r, b);
    row_free(&r);
    for (uint32_t k = 0; k < s->p->n_nets; k++) sum += s->p->nets[k].weight * (a[k] > b[k] ? a[k] : b[k]);
    mem_free(a);
    mem_free(b);
    return sum;
}

static void order_strips(Strips *s, const Sets *sets, Best *best, PlaceResult *out)
{
    double work = 0;
    for (uint32_t i = 0; i < sets->n; i++) work += exhaust_work(s, sets->v[i]);
    if (work <= STRIPS_WORK) {
        for (uint32_t i = 0; i < sets->n; i++) exhaust(s, sets->v[i], best);
        out->method = "exhaustive";
        out->bound = (double)best->cost;
        return;
    }
    int64_t bound = INT64_MAX;
    for (uint32_t i = 0; i < sets->n; i++) {
        int64_t b = i < 4096 ? order_bound(s, sets->v[i]) : 0;
        if (b < bound) bound = b;
    }
    uint32_t n = sets->n < STRIPS_TIES ? sets->n : STRIPS_TIES;
    /* The ties looked at are spread over all of them. */
    for (uint32_t i = 0; i < n; i++) alternate(s, sets->v[(uint64_t)i * sets->n / n], best, n > 16 ? 4 : 10);
    out->method = "alternating subset dp";
    out->bound = (double)bound;
}

/* ---- result --------------------------------------------------------------------------------------------------- */

static void put(Strips *s, const Best *b, PlaceResult *out)
{
    int64_t w[2] = {0, 0}, h[2] = {0, 0};
    for (uint32_t i = 0; i < s->n; i++) {
        int u = i >= b->n_lower;
        const PlaceBlock *k = &s->p->blocks[b->order[i]];
        out->at[b->order[i]].x = (int32_t)w[u] + (w[u] ? s->opt->spacing : 0);
        w[u] += k->w + (w[u] ? s->opt->spacing : 0);
        if (k->h > h[u]) h[u] = k->h;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t k = b->order[i];
        bool u = i >= b->n_lower;
        out->at[k].y = (int32_t)(u ? h[0] + s->opt->channel_h : h[0] - s->p->blocks[k].h);
        out->at[k].orient = u ? (b->flip[k] ? ORI_S : ORI_FS) : b->flip[k] ? ORI_FN : ORI_N;
        out->dead -= (int64_t)s->p->blocks[k].w * s->p->blocks[k].h;
        out->order[i] = k;
    }
    out->n_lower = b->n_lower;
    out->w = (int32_t)(w[0] > w[1] ? w[0] : w[1]);
    out->h = (int32_t)(h[0] + h[1] + s->opt->channel_h);
    out->area = (int64_t)out->w * out->h;
    out->dead += out->area - (int64_t)out->w * s->opt->channel_h;
    out->objective = b->cost;
    out->gap = ((double)out->objective - out->bound) / (out->objective > 1 ? (double)out->objective : 1);
    assert(place_wirelength(s->p, out->at, true) == out->objective);
    SpreadRow rows[2] = {{out->order, b->n_lower, 0, out->w}, {out->order + b->n_lower, s->n - b->n_lower, 0, out->w}};
    place_spread(s->p, rows, 2, s->opt->spacing, s->opt->grid ? s->opt->grid : 1, out->at);
    out->wirelength = place_wirelength(s->p, out->at, true);
    assert(place_verify(s->p, out->at, out->w, out->h, NULL));
}

static Status check_size(const PlaceProblem *p, const StripOptions *opt)
{
    Row r;
    TRY(row_make(p, 0, opt->spacing, &r)); /* reports blocks, nets and pins out of range */
    row_free(&r);
    int64_t w = 0;
    for (uint32_t i = 0; i < p->n_blocks; i++) w += (int64_t)p->blocks[i].w + opt->spacing;
    if (p->n_blocks == 0 || p->n_blocks > STRIPS_MAX || w >= 1 << 30 || opt->channel_h < 0 || opt->spacing < 0)
        return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "placement: %u blocks (1 to %d) of %lld in all, channel %d, spacing %d", p->n_blocks,
                         STRIPS_MAX, (long long)w, opt->channel_h, opt->spacing);
    return ST_OK;
}

Status place_strips_soft(const PlaceProblem *p, const StripOptions *opt, StripSoft *soft)
{
    TRY(check_size(p, opt));
    if (soft->block >= p->n_blocks || soft->area < 1 || soft->min_w < 1 || soft->base < 0)
        return msg_error(ST_INPUT, "PLC-0001", (Loc){0}, "placement: soft block %u of %u, area %lld, width from %d", soft->block, p->n_blocks,
                         (long long)soft->area, soft->min_w);
    Strips s = {.p = p, .opt = opt, .n = p->n_blocks, .shaping = soft};
    Sets sets = {0};
    if (s.n <= STRIPS_EXACT_AREA) least_area(&s, &sets);
    else less_area(&s, &sets);
    uint64_t upper = sets.v[0];
    arr_free(&sets);
    StripSoft best;
    shape(&s, upper, &best);
    *soft = best;
    return ST_OK;
}

Status place_strips(const PlaceProblem *p, const StripOptions *opt, PlaceResult *out)
{
    memset(out, 0, sizeof *out);
    TRY(check_size(p, opt));
    Strips s = {.p = p, .opt = opt, .n = p->n_blocks};
    size_t n = (size_t)s.n + 1;
    s.order = mem_calloc(n, sizeof *s.order);
    s.flip = mem_calloc(n, sizeof *s.flip);
    s.blocks = mem_calloc(n, sizeof *s.blocks);
    s.pins = mem_calloc((size_t)p->n_pins + 1, sizeof *s.pins);
    out->order = mem_calloc(n, sizeof *out->order);
    out->at = mem_calloc(n, sizeof *out->at);
    Best best = {INT64_MAX, mem_calloc(n, sizeof *s.order), mem_calloc(n, sizeof *s.flip), 0};
    Sets sets = {0};
    bool exact = s.n <= STRIPS_EXACT_AREA;
    int64_t area = exact ? least_area(&s, &sets) : less_area(&s, &sets);
    out->area_bound = exact ? area : area_bound(&s);
    order_strips(&s, &sets, &best, out);
    put(&s, &best, out);
    assert(out->area == area);
    out->nodes = s.states;
    arr_free(&sets);
    void *all[] = {s.order, s.flip, s.blocks, s.pins, best.order, best.flip};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return ST_OK;
}
