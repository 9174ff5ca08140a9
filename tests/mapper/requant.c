/* docs/arithmetic.md: the bound of the requantisation, against exact rational arithmetic, with a search for the worst cases. */
#include "mapper/map.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

typedef __int128 Wide;

/* v = n · 2^e exactly, |n| < 2^53. */
static Wide dyadic(double v, int *e)
{
    double m = frexp(v, e);
    *e -= 53;
    return (Wide)ldexp(m, 53);
}

typedef struct {
    double a, b;
    int32_t m, s;
    int64_t c;
} Factor;

static Factor make(Arena *arena, double a, double b)
{
    const int32_t *m;
    const int64_t *c;
    Factor f = {.a = a, .b = b};
    fuse_requant(arena, &a, &b, 1, 1, &m, &c, &f.s);
    f.m = *m, f.c = *c;
    return f;
}

/* What gen/db/plan.h says, written anew. */
static int64_t chip(const Factor *f, int64_t acc)
{
    int64_t t = acc * f->m + f->c, unit = (int64_t)1 << f->s, rest = t % unit < 0 ? t % unit + unit : t % unit, v = (t - rest) / unit;
    return f->s > 0 && rest == 0 && v % 2 ? v - 1 : v;
}

/*
 * (v − r) · 2^q exactly, r = acc · a + b; q out. a and b are taken as the dyadic numbers they are, cut at 2^−60, which adds less than acc · 2^−60.
 */
static double off(const Factor *f, int64_t acc)
{
    int ea, eb;
    Wide na = dyadic(f->a, &ea), nb = dyadic(f->b, &eb), one = (Wide)1 << 60;
    na = ea >= -60 ? na * ((Wide)1 << (ea + 60)) : na >> (-60 - ea < 100 ? -60 - ea : 100);
    nb = eb >= -60 ? nb * ((Wide)1 << (eb + 60)) : nb >> (-60 - eb < 100 ? -60 - eb : 100);
    int64_t v = chip(f, acc);
    Wide d = (Wide)v * one - ((Wide)acc * na + nb);
    return (double)d / (double)one;
}

static double bound(const Factor *f, int64_t acc) { return 0.5 + ((double)llabs(acc) + 1) * ldexp(1, -f->s - 1) + ((double)llabs(acc) + 2) * ldexp(1, -59); }

/* Sums at which r is next to k + 1/2: there the rounding tips over. */
static int64_t near_tie(const Factor *f, int64_t acc)
{
    double r = (double)acc * f->a + f->b, want = floor(r) + 0.5;
    return llrint((want - f->b) / f->a);
}

static void search(double a_lo, double a_hi, double b_top, int64_t acc_top, double *worst)
{
    Arena arena = {0};
    Rng rng = rng_make(11, (uint64_t)acc_top);
    for (int32_t i = 0; i < 2000; i++) {
        double a = exp(log(a_lo) + rng_double(&rng) * (log(a_hi) - log(a_lo))), b = (2 * rng_double(&rng) - 1) * b_top;
        Factor f = make(&arena, rng_below(&rng, 2) ? a : -a, b);
        for (int32_t k = 0; k < 40; k++) {
            int64_t acc = (int64_t)((2 * rng_double(&rng) - 1) * (double)acc_top), at = k % 2 ? near_tie(&f, acc) : acc;
            if (llabs(at) >= acc_top) continue;
            double d = fabs(off(&f, at));
            cr_assert_leq(d, bound(&f, at), "a %.17g, b %.17g, acc %lld: off by %.12g, bound %.12g", f.a, f.b, (long long)at, d, bound(&f, at));
            if (d - 0.5 > *worst) *worst = d - 0.5;
        }
    }
    arena_free(&arena);
}

Test(requant, no_sum_is_further_off_than_proven)
{
    double worst = 0;
    search(1e-7, 1e-1, 300, (int64_t)1 << 29, &worst); /* layers of 8-bit networks */
    search(1e-3, 4, 1000, (int64_t)1 << 16, &worst);   /* pools, small layers */
    search(1e-9, 1e-6, 30000, (int64_t)1 << 29, &worst);
    /* The bound is no empty one: some sum is further off than half a unit. */
    cr_assert_gt(worst, 1e-9, "largest excess over 1/2: %g", worst);
}

/* Away from the middle between two integers the result is the rounded one. */
Test(requant, rounds_wherever_the_bound_says_so)
{
    Arena arena = {0};
    Rng rng = rng_make(12, 1);
    for (int32_t i = 0; i < 20000; i++) {
        Factor f = make(&arena, exp(-14 * rng_double(&rng)), 100 * rng_double(&rng) - 50);
        int64_t acc = (int64_t)rng_below(&rng, 1 << 27) - (1 << 26);
        double r = (double)acc * f.a + f.b, e = ((double)llabs(acc) + 1) * ldexp(1, -f.s - 1) + fabs(r) * 1e-15;
        if (fabs(r) > 1e6 || fabs(r - floor(r) - 0.5) <= e) continue;
        cr_assert_eq(chip(&f, acc), (int64_t)floor(r + 0.5), "a %.17g, b %.17g, acc %lld", f.a, f.b, (long long)acc);
    }
    arena_free(&arena);
}

/* Scales that are powers of two make ties, and they go where ONNX lets them go. */
Test(requant, ties_go_to_the_even_number)
{
    Arena arena = {0};
    for (int32_t e = -12; e < 0; e++) {
        Factor f = make(&arena, ldexp(1, e), ldexp(3, e));
        for (int64_t acc = -5000; acc < 5000; acc++) cr_assert_eq(chip(&f, acc), (int64_t)rint((double)acc * f.a + f.b), "2^%d, %lld", e, (long long)acc);
    }
    arena_free(&arena);
}
