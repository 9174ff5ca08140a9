/* Floorplans: proven optima against an oracle of another kind, bounds, wirelength, outline, spacing, threads; public cases. */
#include "place/fp_int.h"
#include "place/place.h"

#include <criterion/criterion.h>

typedef struct {
    PlaceProblem p;
    PlaceBlock blocks[24];
    PlaceNet nets[60];
    PlacePin pins[300];
} Case;

static void make_case(Case *c, Rng *r, uint32_t n, uint32_t n_nets)
{
    memset(c, 0, sizeof *c);
    uint32_t n_pins = 0;
    for (uint32_t i = 0; i < n; i++)
        c->blocks[i] = (PlaceBlock){NULL, (int32_t)(2 * (5 + rng_below(r, 30))), (int32_t)(2 * (5 + rng_below(r, 30))), rng_below(r, 4) > 0, 0};
    for (uint32_t k = 0; k < n_nets; k++) {
        c->nets[k] = (PlaceNet){n_pins, 2 + rng_below(r, 3), (int32_t)(1 + rng_below(r, 3))};
        for (uint32_t i = 0; i < c->nets[k].n_pins; i++) {
            uint32_t b = rng_below(r, n);
            c->pins[n_pins++] = rng_below(r, 5) == 0 ? (PlacePin){-1, (int32_t)rng_below(r, 200), (int32_t)rng_below(r, 200)}
                                                     : (PlacePin){(int32_t)b, (int32_t)rng_below(r, (uint32_t)c->blocks[b].w + 1),
                                                                  (int32_t)rng_below(r, (uint32_t)c->blocks[b].h + 1)};
        }
    }
    c->p = (PlaceProblem){n, n_nets, n_pins, c->blocks, c->nets, c->pins};
}

static void next_order(uint32_t *v, uint32_t n, uint32_t *count) /* factorial number system: order number *count, then count up */
{
    uint32_t k = (*count)++, used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t f = 1;
        for (uint32_t j = 2; j < n - i; j++) f *= j;
        uint32_t d = k / f, j = 0;
        k %= f;
        for (;; j++)
            if (!(used >> j & 1) && d-- == 0) break;
        used |= 1u << j;
        v[i] = j;
    }
}

/* Least area over all sequence pairs and quarter turns (Murata et al. 1996): every packing is one. */
static int64_t pairs_oracle(const PlaceProblem *p)
{
    uint32_t n = p->n_blocks, f = 1, a[8], b[8], rank[8];
    int64_t best = INT64_MAX;
    for (uint32_t i = 2; i <= n; i++) f *= i;
    for (uint32_t ia = 0; ia < f;) {
        next_order(a, n, &ia);
        for (uint32_t ib = 0; ib < f;) {
            next_order(b, n, &ib);
            for (uint32_t i = 0; i < n; i++) rank[b[i]] = i;
            for (uint32_t t = 0; t < 1u << n; t++) {
                int64_t x[8] = {0}, y[8] = {0}, w = 0, h = 0;
                bool ok = true;
                for (uint32_t i = 0; i < n; i++) ok &= !(t >> i & 1) || p->blocks[i].flip;
                if (!ok) continue;
                for (uint32_t i = 0; i < n; i++) { /* before in both: left of */
                    uint32_t k = a[i];
                    for (uint32_t j = 0; j < i; j++)
                        if (rank[a[j]] < rank[k] && x[a[j]] > x[k]) x[k] = x[a[j]];
                    x[k] += t >> k & 1 ? p->blocks[k].h : p->blocks[k].w; /* right edge */
                    if (x[k] > w) w = x[k];
                }
                for (uint32_t i = n; i-- > 0;) { /* behind in a, before in b: below */
                    uint32_t k = a[i];
                    for (uint32_t j = i + 1; j < n; j++)
                        if (rank[a[j]] < rank[k] && y[a[j]] > y[k]) y[k] = y[a[j]];
                    y[k] += t >> k & 1 ? p->blocks[k].w : p->blocks[k].h;
                    if (y[k] > h) h = y[k];
                }
                if (w * h < best) best = w * h;
            }
        }
    }
    return best;
}

Test(floorplan, few_blocks_are_proven)
{
    Rng r = rng_make(21, 0);
    Case *c = mem_calloc(1, sizeof *c);
    for (int k = 0; k < 12; k++) {
        make_case(c, &r, 1 + (uint32_t)k % 5, 0);
        FpOptions opt = {.effort = 0, .seed = 1};
        PlaceResult a;
        cr_assert_eq(place_floorplan(&c->p, &opt, &a), ST_OK);
        cr_expect_eq(a.area, pairs_oracle(&c->p), "%u blocks", c->p.n_blocks);
        cr_expect_eq(a.area_bound, a.area);
        cr_expect_eq(a.gap, 0);
        cr_expect(place_verify(&c->p, a.at, a.w, a.h, NULL));
        place_result_free(&a);
    }
    /* Six blocks, of which the annealing is not asked at all. */
    make_case(c, &r, 6, 0);
    int32_t side[6][2];
    FpShapes s = {.n = 6, .unit = 1, .area_weight = 1};
    int32_t w[6], h[6];
    bool turn[6];
    for (int i = 0; i < 6; i++) {
        side[i][0] = w[i] = c->blocks[i].w;
        side[i][1] = h[i] = c->blocks[i].h;
        turn[i] = c->blocks[i].flip;
        s.area += (int64_t)side[i][0] * side[i][1];
    }
    s.w = w, s.h = h, s.turn = turn;
    FpPacking best = fp_packing_new(6);
    cr_assert(fp_exact(&s, 100000000, &best));
    FpOptions opt = {.effort = 0, .seed = 1};
    PlaceResult a;
    cr_assert_eq(place_floorplan(&c->p, &opt, &a), ST_OK);
    cr_expect_eq(a.gap, 0);
    cr_expect_eq(a.area, (int64_t)best.w * best.h);
    place_result_free(&a);
    fp_packing_free(&best);
    best = fp_packing_new(6);
    cr_expect_not(fp_exact(&s, 10, &best), "ten nodes prove nothing");
    fp_packing_free(&best);
    mem_free(c);
    cr_assert_eq(mem_live(), 0);
}

Test(floorplan, any_objective_is_legal_and_bounded)
{
    Rng r = rng_make(22, 0);
    Case *c = mem_calloc(1, sizeof *c);
    for (int k = 0; k < 6; k++) {
        make_case(c, &r, 2 + rng_below(&r, 9), 25);
        FpOptions opt = {.objective = (FpObjective)(k % 3), .seed = 3, .effort = 0, .spacing = k & 1 ? 4 : 0, .grid = 2};
        PlaceResult a;
        cr_assert_eq(place_floorplan(&c->p, &opt, &a), ST_OK);
        Buf why = {0};
        cr_expect(place_verify(&c->p, a.at, a.w, a.h, &why), "case %d: %s", k, why.s);
        buf_free(&why);
        cr_expect_eq(a.wirelength, place_wirelength(&c->p, a.at, false));
        cr_expect_leq(a.wire_bound, a.wirelength, "case %d: a bound above a solution", k);
        cr_expect_gt(a.wire_bound, 0);
        cr_expect_leq(a.area_bound, a.area);
        cr_expect_leq(a.bound, (double)a.objective);
        for (uint32_t i = 0; i < c->p.n_blocks; i++) {
            cr_expect(a.at[i].x % 2 == 0 && a.at[i].y % 2 == 0, "case %d: off the grid", k);
            cr_expect(c->blocks[i].flip || a.at[i].orient == ORI_N, "case %d: a fixed block was turned", k);
        }
        place_result_free(&a);
    }
    mem_free(c);
    cr_assert_eq(mem_live(), 0);
}

/* Shortening: what it gives is legal, never longer, and for two blocks on a line it is the optimum, which is plain to see. */
Test(floorplan, shortening)
{
    PlaceBlock b[2] = {{"a", 10, 10, false, 0}, {"b", 10, 10, false, 0}};
    PlacePin pin[4] = {{0, 5, 5}, {-1, 100, 5}, {1, 5, 5}, {-1, 400, 5}};
    PlaceNet net[2] = {{0, 2, 1}, {2, 2, 1}};
    PlaceProblem p = {2, 2, 4, b, net, pin};
    PlaceAt at[2] = {{0, 0, ORI_N}, {10, 0, ORI_N}};
    cr_assert_eq(fp_shorten(&p, 0, 0, 0, 1, at), ST_OK);
    cr_expect_eq(place_wirelength(&p, at, false), 0);
    cr_expect_eq(at[0].x, 95);
    cr_expect_eq(at[1].x, 395);
    at[0] = (PlaceAt){0, 0, ORI_N}, at[1] = (PlaceAt){10, 0, ORI_N};
    cr_assert_eq(fp_shorten(&p, 200, 10, 30, 1, at), ST_OK);
    cr_expect_eq(at[0].x, 95, "pulled to its terminal");
    cr_expect_eq(at[1].x, 190, "the outline stops it");
}

Test(floorplan, bound_sees_what_blocks_cannot_do)
{
    /* Two squares of 10 with pins at their centres cannot come nearer than 10. */
    PlaceBlock b[2] = {{"a", 10, 10, true, 0}, {"b", 10, 10, true, 0}};
    PlacePin pin[3] = {{0, 5, 5}, {1, 5, 5}, {-1, 0, 0}};
    PlaceNet net[2] = {{0, 2, 7}, {1, 2, 1}};
    PlaceProblem p = {2, 1, 3, b, net, pin};
    int64_t bound;
    cr_assert_eq(place_wire_bound(&p, &bound), ST_OK);
    cr_expect_eq(bound, 70);
    p.nets = net + 1; /* from a centre to the corner of the die: 5 + 5 */
    cr_assert_eq(place_wire_bound(&p, &bound), ST_OK);
    cr_expect_eq(bound, 10);
}

Test(floorplan, outline_and_what_does_not_fit)
{
    PlaceBlock b[3] = {{"a", 60, 10, true, 0}, {"b", 60, 10, true, 0}, {"c", 60, 10, true, 0}};
    PlaceProblem p = {3, 0, 0, b, NULL, NULL};
    FpOptions opt = {.seed = 1, .width = 30, .height = 60};
    PlaceResult a;
    cr_assert_eq(place_floorplan(&p, &opt, &a), ST_OK);
    cr_expect(a.w <= 30 && a.h <= 60);
    place_result_free(&a);
    opt.width = 29;
    msg_capture_begin();
    cr_expect_eq(place_floorplan(&p, &opt, &a), ST_VIOLATION);
    cr_expect(strstr(msg_capture_end(), "PLC-0004"));
    cr_assert_eq(mem_live(), 0);
}

Test(floorplan, bad_sizes)
{
    PlaceBlock b[1] = {{"a", 0, 10, true, 0}};
    PlaceProblem p = {1, 0, 0, b, NULL, NULL};
    FpOptions opt = {.seed = 1};
    PlaceResult a;
    msg_capture_begin();
    cr_expect_eq(place_floorplan(&p, &opt, &a), ST_INPUT);
    p.n_blocks = 0;
    cr_expect_eq(place_floorplan(&p, &opt, &a), ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "PLC-0001"));
}

static void public_case(const char *name, GsrcProblem *g)
{
    char f[3][300];
    static const char *const ext[] = {"blocks", "nets", "pl"};
    for (int i = 0; i < 3; i++) snprintf(f[i], sizeof f[i], "%s/tests/place/%s.%s", APUGEN_SRC, name, ext[i]);
    cr_assert_eq(gsrc_read(f[0], f[1], f[2], g), ST_OK);
}

/* Sums of block areas are published and check the reader; the quick search must come near the published areas. */
Test(floorplan, public_areas)
{
    static const struct { const char *name; int64_t sum; double most; } k[] = {{"n10", 221679, 226092 * 1.04}, {"ami33", 1156449, 1.22e6}};
    for (size_t i = 0; i < COUNTOF(k); i++) {
        GsrcProblem g;
        PlaceResult r, two;
        public_case(k[i].name, &g);
        FpOptions opt = {.seed = 1, .effort = 0, .threads = 1};
        cr_assert_eq(place_floorplan(&g.p, &opt, &r), ST_OK);
        opt.threads = 3;
        cr_assert_eq(place_floorplan(&g.p, &opt, &two), ST_OK);
        cr_expect_arr_eq(r.at, two.at, g.p.n_blocks * sizeof *r.at, "threads changed the result");
        double area = (double)r.area / g.scale / g.scale;
        cr_log_info("%s: area %.0f, dead %.2f %%", k[i].name, area, 100.0 * (double)r.dead / (double)r.area);
        cr_expect_eq(r.area_bound / g.scale / g.scale, k[i].sum);
        cr_expect_leq(area, k[i].most, "%s: %.0f", k[i].name, area);
        cr_expect(place_verify(&g.p, r.at, r.w, r.h, NULL));
        place_result_free(&r);
        place_result_free(&two);
        gsrc_free(&g);
    }
    cr_assert_eq(mem_live(), 0);
}

Test(floorplan, wirelength_counts)
{
    GsrcProblem g;
    PlaceResult r[2];
    public_case("n10", &g);
    for (int i = 0; i < 2; i++) {
        FpOptions opt = {.objective = i ? FP_WIRELENGTH : FP_AREA, .seed = 1, .effort = 0, .grid = g.scale};
        cr_assert_eq(place_floorplan(&g.p, &opt, &r[i]), ST_OK);
    }
    cr_expect_lt(r[1].wirelength, r[0].wirelength);
    cr_expect_leq(r[1].bound, (double)r[1].wirelength);
    place_result_free(&r[0]);
    place_result_free(&r[1]);
    gsrc_free(&g);
}

/* Three nets of 118, in one outline: all nets count, or these three alone. */
Test(floorplan, critical_nets_get_shorter)
{
    GsrcProblem g;
    int64_t length[2], area[2];
    public_case("n10", &g);
    PlaceNet *one = mem_calloc(g.p.n_nets, sizeof *one);
    memcpy(one, g.p.nets, g.p.n_nets * sizeof *one);
    for (uint32_t k = 3; k < g.p.n_nets; k++) one[k].weight = 0;
    PlaceProblem only = g.p;
    only.nets = one;
    for (int i = 0; i < 2; i++) {
        PlaceResult r;
        FpOptions opt = {.objective = FP_BOTH, .seed = 1, .effort = 0, .grid = g.scale, .width = 500 * g.scale, .height = 480 * g.scale};
        cr_assert_eq(place_floorplan(i ? &only : &g.p, &opt, &r), ST_OK);
        length[i] = place_wirelength(&only, r.at, false);
        area[i] = r.area;
        if (i) cr_expect_eq(r.wirelength, length[i]);
        place_result_free(&r);
    }
    int64_t bound;
    cr_assert_eq(place_wire_bound(&only, &bound), ST_OK);
    cr_expect_lt(5 * length[1], 4 * length[0], "%lld, before %lld", (long long)length[1], (long long)length[0]);
    cr_expect(bound > 0 && bound <= length[1]);
    cr_expect(area[0] <= 500ll * 480 * g.scale * g.scale && area[1] <= 500ll * 480 * g.scale * g.scale);
    mem_free(one);
    gsrc_free(&g);
    cr_assert_eq(mem_live(), 0);
}

Test(floorplan, own_check_finds_overlap)
{
    PlaceBlock b[2] = {{"a", 10, 10, true, 0}, {"b", 20, 5, true, 0}};
    PlaceProblem p = {2, 0, 0, b, NULL, NULL};
    PlaceAt good[2] = {{0, 0, ORI_N}, {10, 0, ORI_N}}, over[2] = {{0, 0, ORI_N}, {9, 0, ORI_N}}, out[2] = {{0, 0, ORI_N}, {10, 0, ORI_E}};
    cr_expect(place_verify(&p, good, 30, 10, NULL));
    cr_expect_not(place_verify(&p, over, 30, 10, NULL));
    cr_expect_not(place_verify(&p, out, 30, 10, NULL), "turned, it is 20 high");
}

/* ---- rules ------------------------------------------------------------------------------------------------------------ */

/* From the definitions: does a placement satisfy a rule? Sizes as placed. */
static bool kept(const FpRule *r, uint32_t n, const int32_t *x, const int32_t *y, const int32_t *w, const int32_t *h, const FpRule *all, uint32_t n_all)
{
    const int32_t *p = r->axis ? y : x, *s = r->axis ? h : w, *q = r->axis ? x : y;
    (void)n;
    bool point = true;
    for (uint32_t k = 0; k < n_all && r->kind == FP_CENTRE; k++) {
        const FpRule *o = &all[k];
        if (o->kind == FP_CENTRE && o->group == r->group)
            point &= x[r->a] + x[r->b] + w[r->a] == x[o->a] + x[o->b] + w[o->a] && y[r->a] + y[r->b] + h[r->a] == y[o->a] + y[o->b] + h[o->a];
    }
    int32_t mine = r->kind == FP_SELF ? 2 * p[r->a] + s[r->a] : r->kind == FP_PAIR ? p[r->a] + p[r->b] + s[r->a] : 0;
    for (uint32_t k = 0; k < n_all && (r->kind == FP_SELF || r->kind == FP_PAIR); k++) {
        const FpRule *o = &all[k];
        if ((o->kind != FP_SELF && o->kind != FP_PAIR) || o->group != r->group) continue;
        if (mine != (o->kind == FP_SELF ? 2 * p[o->a] + s[o->a] : p[o->a] + p[o->b] + s[o->a])) return false;
    }
    switch (r->kind) {
    case FP_PAIR: return w[r->a] == w[r->b] && q[r->a] == q[r->b];
    case FP_SELF: return true;
    case FP_CENTRE: return w[r->a] == w[r->b] && point;
    case FP_ALIGN: return 2 * p[r->a] + r->edge * s[r->a] == 2 * p[r->b] + r->edge * s[r->b];
    case FP_ABUT: return p[r->b] == p[r->a] + s[r->a] && q[r->a] == q[r->b];
    case FP_FIXED: return x[r->a] == r->x && y[r->a] == r->y && (r->orient == ORI_E) == r->turned;
    }
    return false;
}

typedef struct {
    const PlaceProblem *p;
    const FpRule *rules;
    uint32_t n_rules;
    int32_t x[6], y[6], w[6], h[6];
    int64_t best;
} Grid;

static bool rules_kept(Grid *g, uint32_t turned)
{
    for (uint32_t k = 0; k < g->n_rules; k++) {
        FpRule r = g->rules[k];
        r.turned = turned >> r.a & 1;
        if (!kept(&r, g->p->n_blocks, g->x, g->y, g->w, g->h, g->rules, g->n_rules)) return false;
    }
    return true;
}

/* Every place of every block on the grid, every turn. */
static void grid_oracle(Grid *g, uint32_t i, int32_t side, uint32_t turned)
{
    if (i == g->p->n_blocks || i == COUNTOF(g->x)) {
        int32_t w = 0, h = 0;
        for (uint32_t k = 0; k < i; k++) {
            if (g->x[k] + g->w[k] > w) w = g->x[k] + g->w[k];
            if (g->y[k] + g->h[k] > h) h = g->y[k] + g->h[k];
        }
        if ((int64_t)w * h < g->best && rules_kept(g, turned)) g->best = (int64_t)w * h;
        return;
    }
    for (int t = 0; t <= (g->p->blocks[i].flip ? 1 : 0); t++) {
        g->w[i] = t ? g->p->blocks[i].h : g->p->blocks[i].w;
        g->h[i] = t ? g->p->blocks[i].w : g->p->blocks[i].h;
        for (g->x[i] = 0; g->x[i] + g->w[i] <= side; g->x[i]++)
            for (g->y[i] = 0; g->y[i] + g->h[i] <= side; g->y[i]++) {
                bool clear = true;
                for (uint32_t k = 0; k < i && clear; k++)
                    clear = g->x[i] >= g->x[k] + g->w[k] || g->x[k] >= g->x[i] + g->w[i] || g->y[i] >= g->y[k] + g->h[k] || g->y[k] >= g->y[i] + g->h[i];
                if (clear) grid_oracle(g, i + 1, side, turned | (uint32_t)t << i);
            }
    }
}

static FpRule random_rule(Rng *r, uint32_t n)
{
    FpRule q = {.kind = (FpRuleKind)rng_below(r, FP_FIXED + 1), .a = rng_below(r, n), .axis = (int8_t)rng_below(r, 2), .edge = (int8_t)rng_below(r, 3)};
    q.b = (q.a + 1 + rng_below(r, n - 1)) % n;
    if (q.kind == FP_FIXED) q.x = (int32_t)rng_below(r, 4), q.y = (int32_t)rng_below(r, 4), q.orient = rng_below(r, 2) ? ORI_E : ORI_N;
    return q;
}

Test(floorplan_rules, least_area_of_all_places, .timeout = 120)
{
    Rng r = rng_make(77, 0);
    int found = 0, none = 0, kinds[FP_FIXED + 1] = {0};
    for (int k = 0; k < 80; k++) {
        PlaceBlock b[4] = {{0}};
        uint32_t n = 3;
        for (uint32_t i = 0; i < n; i++) b[i] = (PlaceBlock){NULL, (int32_t)(1 + rng_below(&r, 3)), (int32_t)(1 + rng_below(&r, 3)), true, 0};
        FpRule rules[2] = {random_rule(&r, n), random_rule(&r, n)};
        for (int m = 0; m < 2; m++)
            if (rules[m].kind == FP_PAIR || rules[m].kind == FP_CENTRE) b[rules[m].b] = b[rules[m].a];
        if (rules[0].kind == FP_PAIR || rules[0].kind == FP_CENTRE) b[rules[0].b] = b[rules[0].a];
        rules[1].group = rules[0].axis != rules[1].axis || (rules[0].kind == FP_CENTRE) != (rules[1].kind == FP_CENTRE);
        PlaceProblem p = {.n_blocks = n, .blocks = b};
        FpOptions opt = {.objective = FP_AREA, .seed = 1, .effort = 0, .threads = 1, .rules = rules, .n_rules = 2};
        Grid g = {.p = &p, .rules = rules, .n_rules = 2, .best = INT64_MAX};
        grid_oracle(&g, 0, 7, 0);
        PlaceResult a;
        msg_capture_begin();
        Status st = place_floorplan(&p, &opt, &a);
        msg_capture_end();
        if (st == ST_INPUT) continue; /* contradicts itself */
        if (g.best == INT64_MAX) {
            none += st == ST_VIOLATION;
            cr_expect(st == ST_VIOLATION || a.w > 7 || a.h > 7, "case %d", k);
            if (st == ST_OK) place_result_free(&a);
            continue;
        }
        cr_assert_eq(st, ST_OK, "case %d: rules %d %d", k, (int)rules[0].kind, (int)rules[1].kind);
        cr_expect(a.area == g.best || (a.area < g.best && (a.w > 7 || a.h > 7)), "case %d: %lld, not %lld (rules %d %d)", k, (long long)a.area, (long long)g.best, (int)rules[0].kind, (int)rules[1].kind);
        for (uint32_t i = 0; i < n; i++) {
            bool t = a.at[i].orient == ORI_E || a.at[i].orient == ORI_W || a.at[i].orient == ORI_FE || a.at[i].orient == ORI_FW;
            g.x[i] = a.at[i].x, g.y[i] = a.at[i].y, g.w[i] = t ? b[i].h : b[i].w, g.h[i] = t ? b[i].w : b[i].h;
        }
        for (int m = 0; m < 2; m++) {
            Orient o = a.at[rules[m].a].orient;
            rules[m].turned = o == ORI_E;
            cr_expect(kept(&rules[m], n, g.x, g.y, g.w, g.h, rules, 2), "case %d rule %d", k, m);
            kinds[rules[m].kind]++;
        }
        cr_expect(place_verify(&p, a.at, a.w, a.h, NULL));
        if (!(fp_mirrors(&rules[0]) && fp_mirrors(&rules[1]) && rules[0].group != rules[1].group)) cr_expect_eq(a.gap, 0, "case %d: not proven", k);
        place_result_free(&a);
        found++;
    }
    cr_expect_gt(found, 30);
    cr_expect_gt(none, 0);
    for (int m = 0; m <= FP_FIXED; m++) cr_expect_gt(kinds[m], 3, "kind %d", m);
}

Test(floorplan_rules, a_differential_stage_with_nets)
{
    /* Two matched pairs and a tail, mirrored; a load row abuts; the same result whatever the threads. */
    PlaceBlock b[] = {{"m1", 6, 4, true, 0}, {"m2", 6, 4, true, 0}, {"l1", 4, 8, true, 0}, {"l2", 4, 8, true, 0}, {"tail", 10, 2, true, 0}, {"bias", 5, 5, true, 0}};
    FpRule rules[] = {{.kind = FP_PAIR, .a = 0, .b = 1}, {.kind = FP_PAIR, .a = 2, .b = 3}, {.kind = FP_SELF, .a = 4}, {.kind = FP_ABUT, .a = 0, .b = 1}};
    PlacePin pins[] = {{0, 1, 1}, {2, 1, 1}, {1, 1, 1}, {3, 1, 1}, {4, 5, 1}, {5, 0, 0}};
    PlaceNet nets[] = {{0, 2, 1}, {2, 2, 1}, {4, 2, 3}};
    PlaceProblem p = {6, 3, 6, b, nets, pins};
    FpOptions opt = {.objective = FP_BOTH, .seed = 3, .effort = 0, .threads = 1, .rules = rules, .n_rules = COUNTOF(rules)};
    PlaceResult one, two;
    cr_assert_eq(place_floorplan(&p, &opt, &one), ST_OK);
    opt.threads = 3;
    cr_assert_eq(place_floorplan(&p, &opt, &two), ST_OK);
    cr_expect_arr_eq(one.at, two.at, sizeof b / sizeof *b * sizeof *one.at);
    cr_expect_eq(one.at[0].x + 6, one.at[1].x);
    cr_expect_eq(one.at[0].y, one.at[1].y);
    static const Orient image[8] = {[ORI_N] = ORI_FN, [ORI_FN] = ORI_N, [ORI_S] = ORI_FS, [ORI_FS] = ORI_S,
                                    [ORI_W] = ORI_FW, [ORI_FW] = ORI_W, [ORI_E] = ORI_FE, [ORI_FE] = ORI_E};
    cr_expect_eq(one.at[1].orient, image[one.at[0].orient]);
    cr_expect_eq(one.at[3].orient, image[one.at[2].orient]);
    cr_expect_leq((double)one.wire_bound, (double)one.wirelength);
    cr_expect(place_verify(&p, one.at, one.w, one.h, NULL));
    place_result_free(&one);
    place_result_free(&two);
    rules[0].b = 2; /* unequal sides */
    msg_capture_begin();
    cr_expect_eq(place_floorplan(&p, &opt, &two), ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "PLC-0005"));
}
