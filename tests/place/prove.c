/* Proofs of few blocks: against every place and orientation on a grid, under all rules; parts of public cases; limits. */
#include "place/fp_int.h"

#include <criterion/criterion.h>

typedef struct {
    PlaceProblem p;
    PlaceBlock blocks[3];
    PlaceNet nets[4];
    PlacePin pins[16];
    FpRule rules[2];
    FpOptions opt;
    int64_t wire_bound, best;
    PlaceAt at[3];
} Case;

static bool turned(Orient o) { return o == ORI_W || o == ORI_E || o == ORI_FW || o == ORI_FE; }
static int32_t wide(const Case *c, uint32_t i) { return turned(c->at[i].orient) ? c->blocks[i].h : c->blocks[i].w; }
static int32_t high(const Case *c, uint32_t i) { return turned(c->at[i].orient) ? c->blocks[i].w : c->blocks[i].h; }

/* What a point of a unit square does, by orientation: LEF/DEF. */
static void matrix(Orient o, int m[4])
{
    static const int of[8][4] = {[ORI_N] = {1, 0, 0, 1}, [ORI_S] = {-1, 0, 0, -1}, [ORI_W] = {0, -1, 1, 0}, [ORI_E] = {0, 1, -1, 0},
                                 [ORI_FN] = {-1, 0, 0, 1}, [ORI_FS] = {1, 0, 0, -1}, [ORI_FW] = {0, 1, 1, 0}, [ORI_FE] = {0, -1, -1, 0}};
    memcpy(m, of[o], sizeof of[o]);
}

static bool rule_kept(const Case *c, const FpRule *r)
{
    int32_t w = wide(c, r->a), h = high(c, r->a), sx, sy, ma[4], mb[4];
    const PlaceAt *a = &c->at[r->a], *b = &c->at[r->kind == FP_SELF || r->kind == FP_FIXED ? r->a : r->b];
    sx = a->x + b->x + w, sy = a->y + b->y + h;
    matrix(a->orient, ma);
    matrix(b->orient, mb);
    int fx = r->kind == FP_CENTRE || r->axis == 0 ? -1 : 1, fy = r->kind == FP_CENTRE || r->axis == 1 ? -1 : 1;
    bool image = ma[0] == fx * mb[0] && ma[1] == fx * mb[1] && ma[2] == fy * mb[2] && ma[3] == fy * mb[3];
    for (uint32_t k = 0; k < c->opt.n_rules && fp_mirrors(r); k++) {
        const FpRule *o = &c->rules[k];
        if (!fp_mirrors(o) || o->group != r->group) continue;
        const PlaceAt *oa = &c->at[o->a], *ob = &c->at[fp_partner(o)];
        if (fx < 0 && sx != oa->x + ob->x + wide(c, o->a)) return false;
        if (fy < 0 && sy != oa->y + ob->y + high(c, o->a)) return false;
    }
    switch (r->kind) {
    case FP_PAIR: return image && (r->axis ? a->x == b->x : a->y == b->y);
    case FP_SELF: return true;
    case FP_CENTRE: return a == b || image;
    case FP_ALIGN: return r->axis ? 2 * a->y + r->edge * h == 2 * b->y + r->edge * high(c, r->b) : 2 * a->x + r->edge * w == 2 * b->x + r->edge * wide(c, r->b);
    case FP_ABUT: return r->axis ? b->y == a->y + h && a->x == b->x : b->x == a->x + w && a->y == b->y;
    case FP_FIXED: return a->x == r->x && a->y == r->y && a->orient == r->orient;
    }
    return false;
}

static void every_place(Case *c, uint32_t i, int32_t side)
{
    if (i == COUNTOF(c->blocks)) {
        int32_t w = 0, h = 0;
        for (uint32_t k = 0; k < i; k++) {
            w = c->at[k].x + wide(c, k) > w ? c->at[k].x + wide(c, k) : w;
            h = c->at[k].y + high(c, k) > h ? c->at[k].y + high(c, k) : h;
        }
        for (uint32_t k = 0; k < c->opt.n_rules; k++)
            if (!rule_kept(c, &c->rules[k])) return;
        int64_t sum = 0;
        for (uint32_t k = 0; k < i; k++) sum += (int64_t)c->blocks[k].w * c->blocks[k].h;
        int64_t o = fp_objective(c->opt.objective, (int64_t)w * h, sum, place_wirelength(&c->p, c->at, false), c->wire_bound);
        c->best = o < c->best ? o : c->best;
        return;
    }
    for (int o = 0; o < (c->blocks[i].flip ? 8 : 1); o++) {
        c->at[i].orient = (Orient)o;
        for (c->at[i].x = 0; c->at[i].x <= side; c->at[i].x += 2)
            for (c->at[i].y = 0; c->at[i].y <= side; c->at[i].y += 2) {
                bool clear = true;
                for (uint32_t k = 0; k < i && clear; k++) {
                    const PlaceAt *a = &c->at[k], *b = &c->at[i];
                    int32_t g = c->opt.spacing;
                    clear = a->x + wide(c, k) + g <= b->x || b->x + wide(c, i) + g <= a->x || a->y + high(c, k) + g <= b->y || b->y + high(c, i) + g <= a->y;
                }
                if (clear) every_place(c, i + 1, side);
            }
    }
}

/* Sides are even and the grid is 2, pins lie anywhere: the programme's optimum is mostly between the lines of the grid. */
static void make_case(Case *c, Rng *r, int kind)
{
    memset(c, 0, sizeof *c);
    uint32_t n_pins = 0;
    for (uint32_t i = 0; i < 3; i++) c->blocks[i] = (PlaceBlock){NULL, (int32_t)(2 + 2 * rng_below(r, 2)), (int32_t)(2 + 2 * rng_below(r, 2)), i == 0 || (kind && i == 1), 0};
    for (uint32_t k = 0; k < 4; k++) {
        c->nets[k] = (PlaceNet){n_pins, 2 + rng_below(r, 2), (int32_t)rng_below(r, 4)};
        for (uint32_t i = 0; i < c->nets[k].n_pins; i++) {
            uint32_t b = rng_below(r, 3);
            c->pins[n_pins++] = rng_below(r, 6) == 0 ? (PlacePin){-1, (int32_t)rng_below(r, 8), (int32_t)rng_below(r, 8)}
                                                     : (PlacePin){(int32_t)b, (int32_t)rng_below(r, (uint32_t)c->blocks[b].w + 1), (int32_t)rng_below(r, (uint32_t)c->blocks[b].h + 1)};
        }
    }
    c->p = (PlaceProblem){3, 4, n_pins, c->blocks, c->nets, c->pins};
    c->opt = (FpOptions){.objective = (FpObjective)rng_below(r, 3), .seed = 1, .effort = 0, .threads = 1, .grid = 2, .spacing = rng_below(r, 3) == 0 ? 2 : 0, .rules = c->rules};
    for (uint32_t k = 0; kind && k < 1 + rng_below(r, 2); k++) {
        FpRule *q = &c->rules[c->opt.n_rules++];
        *q = (FpRule){.kind = (FpRuleKind)rng_below(r, FP_FIXED + 1), .a = rng_below(r, 3), .axis = (int8_t)rng_below(r, 2), .edge = (int8_t)rng_below(r, 3)};
        q->b = (q->a + 1 + rng_below(r, 2)) % 3;
        q->group = k && ((q->axis != c->rules[0].axis && q->kind != FP_CENTRE) || (q->kind == FP_CENTRE) != (c->rules[0].kind == FP_CENTRE));
        if (q->kind == FP_CENTRE) q->axis = 0;
        if (q->kind == FP_FIXED) q->x = 2 * (int32_t)rng_below(r, 3), q->y = 2 * (int32_t)rng_below(r, 3), q->orient = c->blocks[q->a].flip ? (Orient)rng_below(r, 8) : ORI_N;
        if (q->kind == FP_PAIR || q->kind == FP_CENTRE) { /* images of each other need equal sides, and leave to be one */
            uint32_t a = q->a, b = q->b;
            c->blocks[b] = c->blocks[a];
            c->blocks[a].flip = c->blocks[b].flip = true;
        }
    }
    for (uint32_t i = 0; i < n_pins; i++) { /* sides may have changed */
        PlacePin *q = &c->pins[i];
        if (q->block >= 0 && q->x > c->blocks[q->block].w) q->x = c->blocks[q->block].w;
        if (q->block >= 0 && q->y > c->blocks[q->block].h) q->y = c->blocks[q->block].h;
    }
}

static void against_every_place(int kind, int cases, uint64_t seed)
{
    Rng r = rng_make(seed, 0);
    Case *c = mem_calloc(1, sizeof *c);
    int proven = 0, loose = 0, objective[3] = {0}, kinds[FP_FIXED + 1] = {0};
    for (int k = 0; k < cases; k++) {
        make_case(c, &r, kind);
        if (!kind) c->opt.objective = (FpObjective)(k % 3); /* few cases, since any place is allowed: each objective in turn */
        c->best = INT64_MAX;
        cr_assert_eq(place_wire_bound(&c->p, &c->wire_bound), ST_OK);
        PlaceResult a;
        msg_capture_begin();
        Status st = place_floorplan(&c->p, &c->opt, &a);
        msg_capture_end();
        if (st == ST_INPUT) continue;
        if (st == ST_OK && (a.w > 10 || a.h > 10)) {
            place_result_free(&a);
            continue;
        }
        every_place(c, 0, 8);
        if (c->best == INT64_MAX) {
            cr_expect_eq(st, ST_VIOLATION, "case %d", k);
            if (st == ST_OK) place_result_free(&a);
            continue;
        }
        cr_assert_eq(st, ST_OK, "case %d", k);
        bool two_axes = c->opt.n_rules == 2 && fp_mirrors(&c->rules[0]) && fp_mirrors(&c->rules[1]) && c->rules[0].group != c->rules[1].group;
        cr_expect_leq(a.bound, (double)c->best, "case %d, objective %d: bound %.0f above the best, %lld", k, (int)c->opt.objective, a.bound, (long long)c->best);
        if (!two_axes) {
            cr_expect_eq(a.gap, 0, "case %d not proven: %lld, bound %.0f", k, (long long)a.objective, a.bound);
            cr_expect_eq(a.objective, c->best, "case %d, objective %d: %lld, not %lld", k, (int)c->opt.objective, (long long)a.objective, (long long)c->best);
            proven++;
        } else loose++;
        memcpy(c->at, a.at, sizeof c->at);
        for (uint32_t m = 0; m < c->opt.n_rules; m++) {
            cr_expect(rule_kept(c, &c->rules[m]), "case %d, rule %u", k, m);
            kinds[c->rules[m].kind]++;
        }
        cr_expect(place_verify(&c->p, a.at, a.w, a.h, NULL));
        objective[c->opt.objective]++;
        place_result_free(&a);
    }
    mem_free(c);
    cr_log_info("%d cases proven, %d with two axes", proven, loose);
    cr_expect_gt(proven, cases / 3);
    for (int m = 0; m < 3; m++) cr_expect_gt(objective[m], kind ? 2 : 0, "objective %d", m);
    for (int m = 0; kind && m <= FP_FIXED; m++) cr_expect_gt(kinds[m], 1, "rule %d", m);
    cr_assert_eq(mem_live(), 0);
}

Test(prove, least_of_every_place, .timeout = 300) { against_every_place(0, 4, 31); }
Test(prove, least_of_every_place_under_rules, .timeout = 300) { against_every_place(1, 50, 32); }

/* ---- public cases ------------------------------------------------------------------------------------------------- */

/* The first n blocks of a case, their terminals and what is left of the nets. */
static void part_of(const GsrcProblem *g, uint32_t n, PlaceProblem *p)
{
    PlaceNet *nets = mem_calloc((size_t)g->p.n_nets + 1, sizeof *nets);
    PlacePin *pins = mem_calloc((size_t)g->p.n_pins + 1, sizeof *pins);
    *p = (PlaceProblem){n, 0, 0, g->p.blocks, nets, pins};
    for (uint32_t k = 0; k < g->p.n_nets; k++) {
        uint32_t first = p->n_pins;
        bool inside = false;
        for (uint32_t i = 0; i < g->p.nets[k].n_pins; i++) {
            PlacePin q = g->p.pins[g->p.nets[k].pin0 + i];
            if (q.block >= (int32_t)n) continue;
            inside |= q.block >= 0;
            pins[p->n_pins++] = q;
        }
        if (!inside || p->n_pins - first < 2) p->n_pins = first;
        else nets[p->n_nets++] = (PlaceNet){first, p->n_pins - first, 1};
    }
}

static void public_part(const char *name, uint32_t n, FpObjective o, const FpRule *rules, uint32_t n_rules, int64_t least)
{
    char f[3][300];
    static const char *const ext[] = {"blocks", "nets", "pl"};
    GsrcProblem g;
    PlaceProblem p;
    PlaceResult r, quick;
    for (int i = 0; i < 3; i++) snprintf(f[i], sizeof f[i], "%s/tests/place/%s.%s", APUGEN_SRC, name, ext[i]);
    cr_assert_eq(gsrc_read(f[0], f[1], f[2], &g), ST_OK);
    part_of(&g, n, &p);
    FpOptions opt = {.objective = o, .seed = 1, .effort = 1, .grid = g.scale, .rules = rules, .n_rules = n_rules};
    cr_assert_eq(place_floorplan(&p, &opt, &r), ST_OK);
    cr_expect_eq(r.gap, 0, "%s, %u blocks, objective %d: gap %g", name, n, (int)o, r.gap);
    cr_expect_str_eq(r.method, "branch and bound");
    if (least) cr_expect_eq(r.objective, least, "%s, %u blocks: %lld", name, n, (long long)r.objective);
    /* The relaxation, which knows nothing of the proof, is below; another search is not better. */
    opt.effort = 0;
    opt.seed = 2;
    cr_assert_eq(place_floorplan(&p, &opt, &quick), ST_OK);
    cr_expect_geq(quick.objective, r.objective);
    cr_expect_leq(quick.bound, (double)r.objective);
    place_result_free(&r);
    place_result_free(&quick);
    mem_free((void *)(uintptr_t)p.nets);
    mem_free((void *)(uintptr_t)p.pins);
    gsrc_free(&g);
}

Test(prove, six_of_n10_wirelength, .timeout = 300) { public_part("n10", 6, FP_WIRELENGTH, NULL, 0, 18462 * 2000ll); }
/* Six are proven once; bench/run.sh proofs has the others. */
Test(prove, five_of_ami33_wirelength, .timeout = 300) { public_part("ami33", 5, FP_WIRELENGTH, NULL, 0, 14771078); }
Test(prove, five_of_n10_both, .timeout = 300) { public_part("n10", 5, FP_BOTH, NULL, 0, 0); }
Test(prove, five_of_n10_under_rules, .timeout = 300)
{
    const FpRule rules[] = {{.kind = FP_SELF, .a = 0, .group = 0}, {.kind = FP_SELF, .a = 1, .group = 0}, {.kind = FP_ALIGN, .a = 2, .b = 3, .axis = 1}, {.kind = FP_FIXED, .a = 4}};
    public_part("n10", 5, FP_WIRELENGTH, rules, COUNTOF(rules), 0);
    public_part("n10", 5, FP_AREA, rules, COUNTOF(rules), 0);
}

/* Two pairs of unit devices round one point, a dummy beside them: the quad of a current mirror. */
Test(prove, common_centroid)
{
    PlaceBlock b[5] = {{"a1", 8, 6, true, 0}, {"b1", 8, 6, true, 0}, {"b2", 8, 6, true, 0}, {"a2", 8, 6, true, 0}, {"d", 4, 12, true, 0}};
    PlacePin pins[] = {{0, 0, 0}, {3, 0, 0}, {1, 0, 0}, {2, 0, 0}, {4, 2, 6}, {0, 8, 6}};
    PlaceNet nets[] = {{0, 2, 1}, {2, 2, 1}, {4, 2, 1}};
    FpRule rules[] = {{.kind = FP_CENTRE, .a = 0, .b = 3}, {.kind = FP_CENTRE, .a = 1, .b = 2}};
    PlaceProblem p = {5, 3, 6, b, nets, pins};
    FpOptions opt = {.objective = FP_AREA, .seed = 1, .effort = 0, .rules = rules, .n_rules = 2};
    PlaceResult r;
    cr_assert_eq(place_floorplan(&p, &opt, &r), ST_OK);
    cr_expect_eq(r.area, 20 * 12, "no dead space, as one sees");
    cr_expect_eq(r.gap, 0);
    cr_expect_eq(r.at[0].x + r.at[3].x, r.at[1].x + r.at[2].x);
    cr_expect_eq(r.at[0].y + r.at[3].y, r.at[1].y + r.at[2].y);
    place_result_free(&r);
    b[3].w = 9;
    msg_capture_begin();
    cr_expect_eq(place_floorplan(&p, &opt, &r), ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "PLC-0005"));
    cr_assert_eq(mem_live(), 0);
}

Test(prove, too_little_work_proves_nothing)
{
    Rng r = rng_make(5, 0);
    Case *c = mem_calloc(1, sizeof *c);
    do make_case(c, &r, 0);
    while (c->opt.objective != FP_WIRELENGTH);
    PlaceAt at[3] = {{0, 0, ORI_N}, {4, 0, ORI_N}, {8, 0, ORI_N}};
    int64_t best = place_wirelength(&c->p, at, false) + 1, bound, nodes = 0;
    cr_expect_not(fp_prove(&c->p, &c->opt, 1, 10, at, &best, &bound, &nodes));
    mem_free(c);
}
