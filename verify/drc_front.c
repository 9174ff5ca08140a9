/*
 * Rules of the front end: spacing, enclosure and extension between regions; contacts on something, but not on gates; one implant on
 * every diffusion. Regions are made anew from the drawn layers (front.c); a violation is told under the main layer of region a.
 */
#include "verify/drc_int.h"

#include <math.h>

#include "verify/front.h"

typedef struct {
    const Db *db;
    const Tech *t;
    Front f;
    DrcPieces *out;
} Judge;

static DrcViolation told(const Judge *j, DrcRule rule, Region a, Region b, int64_t limit)
{
    return (DrcViolation){.rule = rule, .layer = front_main_layer(j->db, j->t, a), .limit = limit, .a = a, .b = b};
}

/* Each box of an area; touching ones become one violation. */
static void push_area(const Judge *j, const Boxes *area, DrcViolation v)
{
    for (uint32_t i = 0; i < area->b.n; i++) {
        v.box = area->b.v[i];
        drc_push(j->out, v, JOIN_TOUCH);
    }
}

/* ---- spacing between two regions ------------------------------------------------------------------------- */

typedef struct {
    const Judge *j;
    DrcViolation v;
    bool turned;
} Gaps;

static void gap_slab(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n)
{
    Gaps *g = ctx;
    for (uint32_t i = 0; i + 1 < n; i++) {
        int32_t x0 = s[i].x1, x1 = s[i + 1].x0;
        if ((s[i].in | s[i + 1].in) != 3 || x1 - x0 >= g->v.limit) continue;
        if (x0 == x1 && (s[i].in == 3 || s[i + 1].in == 3)) continue; /* part of an overlap */
        DrcViolation v = g->v;
        v.value = x1 - x0;
        v.box = g->turned ? (Box){y0, x0, y1, x1} : (Box){x0, y0, x1, y1};
        drc_push(g->j->out, v, g->turned ? JOIN_X : JOIN_Y);
    }
}

/* p is the left one of a pair, or below the other: its polygon lies to the left, q's to the right. */
static void judge_pair(const Judge *j, DrcViolation v, const OuterCorner *p, const OuterCorner *q)
{
    int64_t dx = (int64_t)q->at.x - p->at.x, dy = (int64_t)q->at.y - p->at.y, d2 = dx * dx + dy * dy;
    bool up = p->filled == QUAD_SW && q->filled == QUAD_NE && dy >= 0, down = p->filled == QUAD_NW && q->filled == QUAD_SE && dy <= 0;
    if ((!up && !down) || d2 >= v.limit * v.limit) return;
    v.value = (int64_t)sqrt((double)d2);
    v.box = (Box){p->at.x, dy < 0 ? q->at.y : p->at.y, q->at.x, dy < 0 ? p->at.y : q->at.y};
    drc_push(j->out, v, JOIN_NOT);
}

static void corner_gaps(const Judge *j, DrcViolation v, const OuterCorners *left, const OuterCorners *right)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < left->v.n; i++) {
        const OuterCorner *p = &left->v.v[i];
        while (first < right->v.n && right->v.v[first].at.x < p->at.x) first++;
        for (uint32_t k = first; k < right->v.n && right->v.v[k].at.x - p->at.x < v.limit; k++) judge_pair(j, v, p, &right->v.v[k]);
    }
}

static void check_space(const Judge *j, const TechRule *r)
{
    const Boxes *a = &j->f.r[r->a], *b = &j->f.r[r->b];
    if (!a->b.n || !b->b.n) return;
    Gaps g = {j, told(j, DRC_FRONT_SPACE, r->a, r->b, r->value), false};
    region_scan((const Boxes *const[]){a, b}, 2, gap_slab, &g);
    Boxes ta = {0}, tb = {0};
    region_turn(a, &ta);
    region_turn(b, &tb);
    g.turned = true;
    region_scan((const Boxes *const[]){&ta, &tb}, 2, gap_slab, &g);
    region_and(a, b, &ta);
    g.v.value = -1;
    push_area(j, &ta, g.v);
    OuterCorners ca = {0}, cb = {0};
    region_corners(a, &ca);
    region_corners(b, &cb);
    corner_gaps(j, g.v, &ca, &cb);
    corner_gaps(j, g.v, &cb, &ca);
    arr_free(&ca.v);
    arr_free(&cb.v);
    arr_free(&ta.b);
    arr_free(&tb.b);
}

/* ---- enclosure --------------------------------------------------------------------------------------------- */

/* Largest e below the limit by which b encloses the part of a that is in the box; −1: not even in b. */
static int32_t have_around(const Boxes *part, const Boxes *b, int32_t limit)
{
    int32_t lo = -1, hi = limit - 1;
    Boxes grown = {0}, out = {0};
    while (lo < hi) {
        int32_t mid = hi - (hi - lo) / 2;
        region_grow(part, mid, mid, &grown);
        region_not(&grown, b, &out);
        if (out.b.n) hi = mid - 1;
        else lo = mid;
    }
    arr_free(&grown.b);
    arr_free(&out.b);
    return lo;
}

/* Where a comes nearer than the limit to the outside of b; every spot is one violation. */
static void check_enclose(const Judge *j, const TechRule *r)
{
    const Boxes *a = &j->f.r[r->a], *b = &j->f.r[r->b];
    if (!a->b.n) return;
    DrcViolation v = told(j, DRC_FRONT_ENCLOSE, r->a, r->b, r->value);
    if (r->ends > r->value) {
        drc_enclosure(a, b, r->ends, r->value, v, j->out);
        return;
    }
    Boxes inner = {0}, spot = {0}, one = {0};
    region_shrink(b, r->value, r->value, &inner);
    region_not(a, &inner, &spot);
    uint32_t *id = mem_calloc((size_t)spot.b.n + 1, sizeof *id), n = region_polygons(&spot, id);
    for (uint32_t p = 0; p < n; p++) {
        one.b.n = 0;
        for (uint32_t i = 0; i < spot.b.n; i++)
            if (id[i] == p) arr_push(&one.b, spot.b.v[i]);
        v.value = have_around(&one, b, r->value);
        push_area(j, &one, v);
    }
    mem_free(id);
    arr_free(&inner.b);
    arr_free(&spot.b);
    arr_free(&one.b);
}

/* ---- extension ---------------------------------------------------------------------------------------------- */

typedef struct {
    const Judge *j;
    int32_t value;
    bool turned;
    Boxes strip;
} Strips;

/* Operands: b, a and b. Where the crossing ends together with b, a must go on. */
static void strip_slab(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n)
{
    Strips *k = ctx;
    for (uint32_t i = 0; i < n; i++) {
        if (!(s[i].in & 2)) continue;
        bool left = i == 0 || s[i - 1].x1 != s[i].x0 || !(s[i - 1].in & 1), right = i + 1 == n || s[i + 1].x0 != s[i].x1 || !(s[i + 1].in & 1);
        if (left) arr_push(&k->strip.b, (k->turned ? (Box){y0, s[i].x0 - k->value, y1, s[i].x0} : (Box){s[i].x0 - k->value, y0, s[i].x0, y1}));
        if (right) arr_push(&k->strip.b, (k->turned ? (Box){y0, s[i].x1, y1, s[i].x1 + k->value} : (Box){s[i].x1, y0, s[i].x1 + k->value, y1}));
    }
}

static void check_extend(const Judge *j, const TechRule *r)
{
    const Boxes *a = &j->f.r[r->a], *b = &j->f.r[r->b];
    Boxes cross = {0}, tb = {0}, tc = {0}, bare = {0};
    region_and(a, b, &cross);
    Strips k = {.j = j, .value = r->value};
    region_scan((const Boxes *const[]){b, &cross}, 2, strip_slab, &k);
    region_turn(b, &tb);
    region_turn(&cross, &tc);
    k.turned = true;
    region_scan((const Boxes *const[]){&tb, &tc}, 2, strip_slab, &k);
    region_not(&k.strip, a, &bare);
    DrcViolation v = told(j, DRC_FRONT_EXTEND, r->a, r->b, r->value);
    for (uint32_t i = 0; i < bare.b.n; i++) {
        /* what is missing at the far end; the rest is there */
        Box m = bare.b.v[i];
        int32_t w = m.x1 - m.x0, h = m.y1 - m.y0, least = w < h ? w : h;
        v.value = least < r->value ? r->value - least : 0;
        v.box = m;
        drc_push(j->out, v, JOIN_TOUCH);
    }
    arr_free(&cross.b);
    arr_free(&tb.b);
    arr_free(&tc.b);
    arr_free(&bare.b);
    arr_free(&k.strip.b);
}

/* ---- contacts and implants ----------------------------------------------------------------------------------- */

static void check_contacts(const Judge *j)
{
    const Front *f = &j->f;
    Boxes on = {0}, bad = {0};
    region_or(&f->r[FE_POLY], &f->r[FE_ACTIVE], &on);
    region_not(&f->co, &on, &bad);
    push_area(j, &bad, told(j, DRC_CONTACT_ON, FE_CO_ACTIVE, FE_N, 0));
    region_and(&f->r[FE_CO_POLY], &f->r[FE_ACTIVE], &bad);
    push_area(j, &bad, told(j, DRC_CONTACT_GATE, FE_CO_POLY, FE_ACTIVE, 0));
    arr_free(&on.b);
    arr_free(&bad.b);
    /* enclosure that is given with the cut alone */
    const TechLayer *co = tech_cut(j->t, 0);
    static const Region pair[][2] = {{FE_CO_ACTIVE, FE_ACTIVE}, {FE_CO_POLY, FE_POLY}};
    for (size_t k = 0; k < COUNTOF(pair) && co; k++)
        if (!tech_rule(j->t, RULE_ENCLOSE, pair[k][0], pair[k][1]))
            drc_enclosure(&f->r[pair[k][0]], &f->r[pair[k][1]], co->enc_below, co->enc_below_side, told(j, DRC_ENC_BELOW, pair[k][0], pair[k][1], 0), j->out);
}

static void check_implants(const Judge *j)
{
    const Front *f = &j->f;
    Boxes any = {0}, bad = {0};
    region_and(&f->nplus, &f->pplus, &bad);
    push_area(j, &bad, told(j, DRC_IMPLANT_BOTH, FE_ACTIVE, FE_N, 0));
    region_or(&f->r[FE_NIMP], &f->r[FE_PIMP], &any);
    region_not(&f->r[FE_ACTIVE], &any, &bad);
    push_area(j, &bad, told(j, DRC_IMPLANT_NONE, FE_ACTIVE, FE_N, 0));
    arr_free(&any.b);
    arr_free(&bad.b);
}

int32_t drc_front_reach(const Tech *t)
{
    const TechLayer *co = tech_cut(t, 0);
    int32_t reach = 1;
    for (uint32_t k = 0; k < t->rules.n; k++)
        if (t->rules.v[k].ends > reach) reach = t->rules.v[k].ends; /* ≥ value */
    for (uint32_t k = 0; k < t->devices.n; k++) {
        const TechDevice *d = &t->devices.v[k];
        if (d->w_min > reach) reach = d->w_min;
        if (d->l_min > reach) reach = d->l_min;
    }
    return reach + (co ? 2 * co->cut_size : 0);
}

void drc_front(const Db *db, const Tech *t, const Boxes *layer, DrcPieces *out)
{
    Judge j = {.db = db, .t = t, .out = out};
    front_make(&j.f, db, t, layer);
    if (j.f.any) {
        for (uint32_t k = 0; k < t->rules.n; k++) {
            const TechRule *r = &t->rules.v[k];
            if (r->kind == RULE_SPACE) check_space(&j, r);
            if (r->kind == RULE_ENCLOSE) check_enclose(&j, r);
            if (r->kind == RULE_EXTEND) check_extend(&j, r);
        }
        check_contacts(&j);
        check_implants(&j);
        drc_devices(db, t, layer, &j.f, out);
    }
    front_free(&j.f);
}
