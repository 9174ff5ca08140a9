/* Placement: exact methods against each other and against brute force, strips, floorplans; everything verified by place_verify(). */
#include "place/order_int.h"
#include "place/place.h"

#include <criterion/criterion.h>
#include <stdlib.h>

typedef struct {
    PlaceProblem p;
    PlaceBlock blocks[24];
    PlaceNet nets[200];
    PlacePin pins[1000];
} Case;

static void make_case(Case *c, Rng *r, uint32_t n, uint32_t n_nets, bool flips, bool fixed)
{
    memset(c, 0, sizeof *c);
    uint32_t n_pins = 0;
    for (uint32_t i = 0; i < n; i++)
        c->blocks[i] = (PlaceBlock){NULL, (int32_t)(10 + rng_below(r, 90)), (int32_t)(10 + rng_below(r, 90)), flips && rng_below(r, 2), 0};
    for (uint32_t k = 0; k < n_nets; k++) {
        c->nets[k] = (PlaceNet){n_pins, 2 + rng_below(r, 3), (int32_t)(1 + rng_below(r, 3))};
        for (uint32_t i = 0; i < c->nets[k].n_pins; i++) {
            int32_t b = fixed && rng_below(r, 8) == 0 ? -1 : (int32_t)rng_below(r, n);
            c->pins[n_pins++] = b < 0 ? (PlacePin){-1, (int32_t)rng_below(r, 60 * n), 0}
                                      : (PlacePin){b, (int32_t)rng_below(r, (uint32_t)c->blocks[b].w + 1), 0};
        }
    }
    c->p = (PlaceProblem){n, n_nets, n_pins, c->blocks, c->nets, c->pins};
}

/* All orders and mirrorings, by the verifier's own wirelength. */
static int64_t brute(const PlaceProblem *p, uint32_t *o, uint32_t k, PlaceAt *at)
{
    int64_t best = INT64_MAX;
    if (k == p->n_blocks) {
        for (uint32_t m = 0; m < 1u << p->n_blocks; m++) {
            int32_t x = 0;
            bool ok = true;
            for (uint32_t i = 0; i < k; i++) {
                bool f = m >> o[i] & 1;
                ok &= !f || p->blocks[o[i]].flip;
                at[o[i]] = (PlaceAt){x, 0, f ? ORI_FN : ORI_N};
                x += p->blocks[o[i]].w;
            }
            int64_t c = ok ? place_wirelength(p, at, true) : INT64_MAX;
            if (c < best) best = c;
        }
        return best;
    }
    for (uint32_t i = k; i < p->n_blocks; i++) {
        uint32_t t = o[k];
        o[k] = o[i];
        o[i] = t;
        int64_t c = brute(p, o, k + 1, at);
        if (c < best) best = c;
        o[i] = o[k];
        o[k] = t;
    }
    return best;
}

static Case *new_case(void) { return mem_calloc(1, sizeof(Case)); }

Test(order, exact_equals_brute_force)
{
    Rng r = rng_make(5, 0);
    Case *c = new_case();
    for (int k = 0; k < 30; k++) {
        make_case(c, &r, 2 + rng_below(&r, 5), 1 + rng_below(&r, 15), k & 1, k & 2);
        uint32_t o[24];
        PlaceAt at[24];
        for (uint32_t i = 0; i < c->p.n_blocks; i++) o[i] = i;
        int64_t want = brute(&c->p, o, 0, at);
        OrderOptions opt = {.method = ORDER_DP};
        PlaceResult res;
        cr_assert_eq(place_order(&c->p, &opt, &res), ST_OK);
        cr_assert_eq(res.objective, want, "case %d: %lld against %lld", k, (long long)res.objective, (long long)want);
        cr_assert_eq(res.gap, 0);
        cr_assert(place_verify(&c->p, res.at, res.w, res.h, NULL));
        place_result_free(&res);
    }
    mem_free(c);
    cr_assert_eq(mem_live(), 0);
}

Test(order, ilp_agrees_with_dp)
{
    Rng r = rng_make(6, 0);
    Case *c = new_case();
    for (int k = 0; k < 12; k++) {
        make_case(c, &r, 3 + rng_below(&r, 5), 4 + rng_below(&r, 10), k & 1, k & 2);
        OrderOptions dp = {.method = ORDER_DP}, ilp = {.method = ORDER_ILP};
        PlaceResult a, b;
        cr_assert_eq(place_order(&c->p, &dp, &a), ST_OK);
        cr_assert_eq(place_order(&c->p, &ilp, &b), ST_OK);
        cr_expect_eq(a.objective, b.objective, "case %d: dp %lld, ilp %lld", k, (long long)a.objective, (long long)b.objective);
        cr_expect_leq(b.bound, (double)a.objective);
        cr_expect_float_eq(b.gap, 0, 1e-9, "case %d: gap %g", k, b.gap);
        place_result_free(&a);
        place_result_free(&b);
    }
    mem_free(c);
}

Test(order, windows_are_honest)
{
    Rng r = rng_make(8, 0);
    Case *c = new_case();
    for (int k = 0; k < 6; k++) {
        make_case(c, &r, 14, 40, true, true);
        OrderOptions dp = {.method = ORDER_DP}, win = {.method = ORDER_WINDOWS, .seed = 1};
        PlaceResult a, b;
        cr_assert_eq(place_order(&c->p, &dp, &a), ST_OK);
        cr_assert_eq(place_order(&c->p, &win, &b), ST_OK);
        cr_log_info("14 blocks: optimum %lld, windows %lld, bound %.0f", (long long)a.objective, (long long)b.objective, b.bound);
        cr_expect_geq(b.objective, a.objective);
        cr_expect_leq(b.bound, (double)a.objective, "a bound above the optimum");
        cr_expect_leq(b.objective, a.objective + a.objective / 10);
        place_result_free(&a);
        place_result_free(&b);
    }
    mem_free(c);
}

Test(order, slack_only_helps)
{
    Rng r = rng_make(9, 0);
    Case *c = new_case();
    for (int k = 0; k < 10; k++) {
        make_case(c, &r, 5, 20, true, true);
        int32_t sum = 0;
        for (uint32_t i = 0; i < 5; i++) sum += c->blocks[i].w;
        OrderOptions opt = {.width = sum + 200, .grid = 5};
        PlaceResult a;
        cr_assert_eq(place_order(&c->p, &opt, &a), ST_OK);
        cr_expect_leq(a.wirelength, a.objective);
        cr_assert(place_verify(&c->p, a.at, a.w, a.h, NULL));
        place_result_free(&a);
        opt.width = sum - 1;
        msg_capture_begin();
        cr_expect_eq(place_order(&c->p, &opt, &a), ST_INPUT);
        cr_expect(strstr(msg_capture_end(), "PLC-0002"));
    }
    mem_free(c);
}

/* Strips by brute force over assignments, orders and mirrorings would be 7!·2^7·2^7; 4 blocks do. */
static void strip_brute(const PlaceProblem *p, int32_t ch, int64_t *area, int64_t *wire)
{
    uint32_t n = p->n_blocks, o[8], c[8] = {0};
    *area = *wire = INT64_MAX;
    for (uint32_t i = 0; i < n; i++) o[i] = i;
    for (uint32_t i = 0;;) { /* Heap's permutations */
        for (uint32_t up = 0; up < 1u << n; up++)
            for (uint32_t f = 0; f < 1u << n; f++) {
                int32_t x[2] = {0, 0}, h[2] = {0, 0};
                PlaceAt at[8];
                bool ok = true;
                for (uint32_t k = 0; k < n; k++) {
                    const PlaceBlock *b = &p->blocks[o[k]];
                    int u = up >> o[k] & 1, fl = f >> o[k] & 1;
                    ok &= (!fl || b->flip) && (!b->side || (b->side > 0) == u);
                    at[o[k]] = (PlaceAt){x[u], 0, fl ? ORI_FN : ORI_N};
                    x[u] += b->w;
                    if (b->h > h[u]) h[u] = b->h;
                }
                int64_t a = ok ? (int64_t)(x[0] > x[1] ? x[0] : x[1]) * (h[0] + h[1] + ch) : INT64_MAX;
                if (a > *area || !ok) continue;
                int64_t w = place_wirelength(p, at, true);
                if (a < *area || w < *wire) *wire = w;
                *area = a;
            }
        while (i < n && c[i] >= i) c[i++] = 0;
        if (i >= n) break;
        uint32_t k = i & 1 ? c[i] : 0, t = o[k];
        o[k] = o[i];
        o[i] = t;
        c[i]++;
        i = 0;
    }
}

Test(strips, exact_equals_brute_force)
{
    Rng r = rng_make(10, 0);
    Case *c = new_case();
    for (int k = 0; k < 12; k++) {
        make_case(c, &r, 1 + rng_below(&r, 4), 8, k & 1, k & 2);
        if (k % 3 == 0) c->blocks[0].side = -1;
        StripOptions opt = {.channel_h = 20, .seed = 1};
        PlaceResult a;
        int64_t area, wire;
        strip_brute(&c->p, 20, &area, &wire);
        cr_assert_eq(place_strips(&c->p, &opt, &a), ST_OK);
        cr_expect_eq(a.area, area);
        cr_expect_eq(a.area_bound, area);
        cr_expect_eq(a.objective, wire, "case %d: %lld against %lld", k, (long long)a.objective, (long long)wire);
        cr_expect_leq(a.wirelength, a.objective);
        cr_expect_eq(a.gap, 0);
        Buf why = {0};
        cr_expect(place_verify(&c->p, a.at, a.w, a.h, &why), "%s", why.s);
        buf_free(&why);
        place_result_free(&a);
    }
    mem_free(c);
}

Test(strips, a_chip_of_nine)
{
    Rng r = rng_make(12, 0);
    Case *c = new_case();
    make_case(c, &r, 9, 60, true, false);
    for (uint32_t i = 0; i < 8; i++) c->blocks[i] = (PlaceBlock){NULL, 300, 400, true, 0};
    c->blocks[8] = (PlaceBlock){NULL, 120, 400, true, -1};
    StripOptions opt = {.channel_h = 40, .grid = 10, .seed = 1};
    PlaceResult a, b;
    cr_assert_eq(place_strips(&c->p, &opt, &a), ST_OK);
    cr_assert_eq(place_strips(&c->p, &opt, &b), ST_OK);
    cr_expect_eq(a.area, (int64_t)1320 * 840, "four above, four and the small one below");
    cr_expect_eq(a.objective, b.objective);
    cr_expect_arr_eq(a.at, b.at, 9 * sizeof *a.at);
    cr_expect_leq(a.bound, (double)a.objective);
    cr_log_info("nine blocks: %s, objective %lld, bound %.0f, %lld states", a.method, (long long)a.objective, a.bound, (long long)a.nodes);
    place_result_free(&a);
    place_result_free(&b);
    mem_free(c);
}

/* Least die area with a soft block in the lower strip, by trying every assignment and every width of it. */
static int64_t soft_brute(const PlaceProblem *p, int32_t ch, const StripSoft *k)
{
    int64_t best = INT64_MAX;
    for (uint32_t up = 0; up < 1u << k->block; up++) {
        int64_t w[2] = {0, 0}, h[2] = {0, 0}, blocks = 0;
        for (uint32_t i = 0; i < k->block; i++) {
            int u = up >> i & 1;
            w[u] += p->blocks[i].w;
            if (p->blocks[i].h > h[u]) h[u] = p->blocks[i].h;
            if (!u) blocks += (int64_t)p->blocks[i].w * p->blocks[i].h;
        }
        for (int64_t x = k->min_w; x < 1000; x++) {
            int64_t die = w[0] + x > w[1] ? w[0] + x : w[1], beside = (k->area + x - 1) / x, around = h[0] + k->base;
            /* what a wider die has beside the strip is not the block's */
            while (w[0] && (w[0] + x) * around - blocks < k->area) around++;
            int64_t tall = beside > h[0] ? beside : h[0];
            if (die * (tall + h[1] + ch) < best) best = die * (tall + h[1] + ch);
            if (w[0] && die * (around + h[1] + ch) < best) best = die * (around + h[1] + ch);
        }
    }
    return best;
}

Test(strips, soft_block_takes_what_is_free)
{
    Rng r = rng_make(14, 0);
    Case *c = new_case();
    int around = 0, beside = 0;
    for (int k = 0; k < 60; k++) {
        uint32_t n = 1 + rng_below(&r, 5);
        make_case(c, &r, n + 1, 10, true, false);
        c->blocks[n].side = -1;
        c->blocks[n].flip = true;
        StripSoft soft = {.block = n, .area = 200 + rng_below(&r, 15000), .min_w = (int32_t)(1 + rng_below(&r, 40)), .base = (int32_t)rng_below(&r, 20)};
        StripOptions opt = {.channel_h = (int32_t)rng_below(&r, 20), .seed = 1};
        cr_assert_eq(place_strips_soft(&c->p, &opt, &soft), ST_OK);
        cr_expect_geq(soft.w, soft.min_w);
        c->blocks[n].w = soft.w;
        c->blocks[n].h = soft.h;
        for (uint32_t i = 0; i < c->p.n_pins; i++)
            if (c->pins[i].x > soft.w) c->pins[i].x = soft.w;
        opt.soft = &soft;
        PlaceResult a;
        cr_assert_eq(place_strips(&c->p, &opt, &a), ST_OK);
        int64_t least = soft_brute(&c->p, opt.channel_h, &soft), has = (int64_t)soft.w * soft.h;
        cr_expect_geq(a.area, least, "case %d", k);
        cr_expect_leq(a.area, least + a.w + a.h, "case %d: %lld against %lld, more than a unit of width and height", k, (long long)a.area, (long long)least);
        for (uint32_t i = 0; soft.around && i < a.n_lower; i++) {
            uint32_t b = a.order[i];
            if (b == n) continue;
            has += (int64_t)c->blocks[b].w * a.at[b].y;
            cr_expect_geq(a.at[b].y, soft.base);
        }
        cr_expect_geq(has, soft.area, "case %d: the soft block has its area", k);
        cr_expect(place_verify(&c->p, a.at, a.w, a.h, NULL));
        (*(soft.around ? &around : &beside))++;
        place_result_free(&a);
    }
    cr_expect_gt(around, 5);
    cr_expect_gt(beside, 5);
    StripSoft wrong = {.block = 99, .area = 5, .min_w = 1};
    msg_capture_begin();
    cr_expect_eq(place_strips_soft(&c->p, &(StripOptions){.seed = 1}, &wrong), ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "PLC-0001"));
    mem_free(c);
}
