/* Random numbers, parallel loops, the clock. */
#include "tests/base/common.h"

#include <math.h>
#include <stdatomic.h>

#include "gen/base/io.h"

/* The first values of the authors' own C code (prng.di.unimi.it/xoshiro256starstar.c) for state 1, 2, 3, 4. */
TEST(rng, generator_is_the_published_one)
{
    Rng r = {{1, 2, 3, 4}};
    static const uint64_t want[] = {11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u};
    for (size_t i = 0; i < COUNTOF(want); i++) cr_assert_eq(rng_u64(&r), want[i]);
}

TEST(rng, streams_differ_and_repeat)
{
    Rng a = rng_make(1, 0), b = rng_make(1, 0), c = rng_make(1, 1), d = rng_make(2, 0), e = rng_make(0, 1);
    int same_c = 0, same_d = 0, same_e = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = rng_u64(&a);
        cr_assert_eq(x, rng_u64(&b));
        same_c += x == rng_u64(&c);
        same_d += x == rng_u64(&d);
        same_e += x == rng_u64(&e);
    }
    cr_assert_eq(same_c + same_d + same_e, 0);
}

TEST(rng, below_is_even_and_in_range)
{
    Rng r = rng_make(3, 3);
    int count[7] = {0};
    for (int i = 0; i < 70000; i++) count[rng_below(&r, 7)]++;
    for (int i = 0; i < 7; i++) cr_assert(abs(count[i] - 10000) < 500, "%d: %d", i, count[i]); /* 5 sigma */
    for (int i = 0; i < 100; i++) cr_assert_eq(rng_below(&r, 1), 0u);
    uint64_t high = 0;
    for (int i = 0; i < 1000; i++) high += rng_below(&r, UINT32_MAX) > UINT32_MAX / 2;
    cr_assert(high > 400 && high < 600);
}

TEST(rng, uniform_and_normal_moments)
{
    Rng r = rng_make(4, 4);
    double sum = 0, sq = 0, u = 0, four = 0;
    int n = 200000;
    for (int i = 0; i < n; i++) {
        double x = rng_normal(&r), y = rng_double(&r);
        cr_assert(y >= 0 && y < 1);
        sum += x;
        sq += x * x;
        four += x * x * x * x;
        u += y;
    }
    cr_assert(fabs(sum / n) < 0.012 && fabs(sq / n - 1) < 0.02 && fabs(four / n - 3) < 0.15 && fabs(u / n - 0.5) < 0.004);
}

/* The same bits for every compiler and library: these values are the contract. */
TEST(rng, normal_is_fixed_to_the_bit)
{
    Rng r = rng_make(42, 7);
    uint64_t hash = 0;
    for (int i = 0; i < 10000; i++) {
        union { double d; uint64_t u; } x = {rng_normal(&r)};
        hash = (hash ^ x.u) * 0x100000001b3u;
    }
    cr_assert_eq(hash, 0xf208ab3d73a966b2u, "0x%llx", (unsigned long long)hash);
}

/* ---- parallel loops -------------------------------------------------------------------------- */

typedef struct {
    uint64_t out[5000];
    _Atomic uint32_t runs;
} Work;

static Status draw(void *ctx, uint32_t i)
{
    Work *w = ctx;
    Rng r = rng_make(9, i);
    for (uint32_t k = 0; k < i % 50; k++) w->out[i] += rng_u64(&r);
    atomic_fetch_add(&w->runs, 1);
    return ST_OK;
}

TEST(par, result_does_not_depend_on_threads)
{
    static Work one, many;
    cr_assert_eq(par_for(5000, 1, draw, &one), ST_OK);
    for (uint32_t threads = 0; threads <= 9; threads++) {
        memset(&many, 0, sizeof many);
        cr_assert_eq(par_for(5000, threads, draw, &many), ST_OK);
        cr_assert_eq(many.runs, 5000u);
        cr_assert_eq(memcmp(one.out, many.out, sizeof one.out), 0);
    }
    cr_assert_eq(par_for(0, 4, draw, &one), ST_OK);
    cr_assert_eq(par_for(1, 1000, draw, &many), ST_OK);
}

static Status fails(void *ctx, uint32_t i)
{
    atomic_fetch_add((_Atomic uint32_t *)ctx, 1);
    return i == 700 ? ST_LIMIT : i > 700 && i % 3 == 0 ? ST_INPUT : ST_OK;
}

TEST(par, lowest_failure_wins_and_all_are_run)
{
    for (uint32_t threads = 1; threads < 6; threads++) {
        _Atomic uint32_t runs = 0;
        cr_assert_eq(par_for(2000, threads, fails, &runs), ST_LIMIT);
        cr_assert_eq(runs, 2000u);
    }
}

static Status nested(void *ctx, uint32_t i)
{
    (void)i;
    _Atomic uint32_t runs = 0;
    Status st = par_for(10, 4, fails, &runs);
    atomic_fetch_add((_Atomic uint32_t *)ctx, runs);
    return st;
}

TEST(par, loops_may_be_nested)
{
    _Atomic uint32_t runs = 0;
    cr_assert_eq(par_for(50, 4, nested, &runs), ST_OK);
    cr_assert_eq(runs, 500u);
}

static Status allocates(void *ctx, uint32_t i)
{
    (void)ctx;
    Names t = {0};
    char s[16];
    for (uint32_t k = 0; k < 200; k++) {
        snprintf(s, sizeof s, "n%u", k * i);
        names_add(&t, s);
    }
    names_free(&t);
    return ST_OK;
}

TEST(par, memory_is_counted_across_threads) { cr_assert_eq(par_for(300, 4, allocates, NULL), ST_OK); }

TEST(par, clock_and_processors)
{
    double a = clock_seconds();
    cr_assert_geq(clock_seconds(), a);
    cr_assert_geq(par_default_threads(), 1u);
}

static int by_key(const void *pa, const void *pb)
{
    const SortKey *a = pa, *b = pb;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return (a->of > b->of) - (a->of < b->of);
}

/* As qsort with the places before as a second key, for few and many, near and far keys, most of them several times. */
TEST(sort, keys_stay_in_order)
{
    Rng r = rng_make(5, 0);
    static SortKey a[5000], b[5000];
    const uint64_t span[] = {1, 7, 300, 1u << 20, UINT64_MAX};
    for (uint32_t n = 0; n < 5000; n = n * 3 + 1)
        for (size_t k = 0; k < COUNTOF(span); k++) {
            for (uint32_t i = 0; i < n; i++) a[i] = b[i] = (SortKey){rng_u64(&r) % span[k] + (k == 2 ? 1ull << 63 : 0), i};
            sort_keyed(a, n);
            if (n) qsort(b, n, sizeof *b, by_key);
            for (uint32_t i = 0; i < n; i++) cr_assert(a[i].key == b[i].key && a[i].of == b[i].of, "%u keys below %llu", n, (unsigned long long)span[k]);
        }
}

typedef struct {
    Memo *m;
    char key[4][65];
    _Atomic int made[4];
    _Atomic int wrong;
} Asked;

static Status ask(void *ctx, uint32_t i)
{
    Asked *a = ctx;
    Buf b = {0};
    char text[8];
    snprintf(text, sizeof text, "is %u", i % 4);
    if (!memo_get(a->m, a->key[i % 4], &b)) {
        a->made[i % 4]++;
        memo_put(a->m, a->key[i % 4], text, sizeof text);
    } else if (b.n != sizeof text || memcmp(b.s, text, sizeof text)) {
        a->wrong++;
    }
    buf_free(&b);
    return ST_OK;
}

/* Each result is made once, whichever threads ask; what cannot be had is made by each who asks. */
TEST(memo, results_are_made_once)
{
    Asked a = {.m = memo_new()};
    for (int i = 0; i < 4; i++) sha256_hex(&i, sizeof i, a.key[i]);
    par_for(400, 4, ask, &a);
    for (int i = 0; i < 4; i++) cr_expect_eq(a.made[i], 1);
    cr_expect_eq(a.wrong, 0);
    char none[65];
    Buf b = {0};
    sha256_hex("none", 4, none);
    cr_expect_not(memo_get(a.m, none, &b));
    memo_put(a.m, none, NULL, 0);
    cr_expect_not(memo_get(a.m, none, &b));
    cr_expect_not(memo_get(a.m, none, &b), "nobody waits for what cannot be had");
    char near[65];
    memcpy(near, a.key[0], sizeof near);
    near[63] = near[63] == '0' ? '1' : '0';
    cr_expect_not(memo_get(a.m, near, &b), "keys are compared whole");
    memo_put(a.m, near, "x", 1);
    cr_expect(memo_get(a.m, a.key[0], &b) && b.n == 8 && !strcmp(b.s, "is 0"));
    buf_free(&b);
    memo_free(a.m);
    memo_free(NULL);
}
