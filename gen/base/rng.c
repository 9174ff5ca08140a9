/*
 * Random numbers: xoshiro256** (Blackman, Vigna 2018), seeded by SplitMix64 as its authors advise.
 *
 * Invariant: the same numbers for the same seed and stream on any machine; only operations that IEEE 754 rounds
 * exactly are used, so no libm's logarithm can change a result.
 */
#include "gen/base/base.h"

#include <math.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Rng rng_make(uint64_t seed, uint64_t stream)
{
    Rng r;
    /* Seed and stream are mixed differently, or (1, 2) and (2, 1) would be one generator. The odd factor is from
     * Steele, Vigna 2021. */
    uint64_t x = splitmix(&seed) ^ stream * 0xd1342543de82ef95u;
    for (int i = 0; i < 4; i++) r.s[i] = splitmix(&x);
    return r;
}

static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }

uint64_t rng_u64(Rng *r)
{
    uint64_t *s = r->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

/* Lemire 2019: multiply, and draw again in the short stretch that would favour small numbers. */
uint32_t rng_below(Rng *r, uint32_t n)
{
    assert(n > 0);
    uint32_t reject = -n % n;
    for (;;) {
        uint64_t m = (rng_u64(r) >> 32) * n;
        if ((uint32_t)m >= reject) return (uint32_t)(m >> 32);
    }
}

double rng_double(Rng *r) { return (double)(rng_u64(r) >> 11) * 0x1p-53; }

/* ln x for x in (0, 1], a few ulp: ln(m 2^e) = e ln 2 + 2 artanh((m - 1)/(m + 1)), m in [sqrt(1/2), sqrt(2)). */
static double portable_log(double x)
{
    int e;
    double m = frexp(x, &e);
    if (m < 0.70710678118654752440) {
        m *= 2;
        e--;
    }
    double t = (m - 1) / (m + 1), t2 = t * t, sum = 0;
    for (int k = 23; k >= 1; k -= 2) sum = sum * t2 + 1.0 / k; /* |t| < 0.172: the rest is below 1e-17 */
    return e * 0.69314718055994530942 + 2 * t * sum;
}

/* Polar method (Marsaglia, Bray 1964). The second value of the pair is dropped: a generator has no hidden state. */
double rng_normal(Rng *r)
{
    for (;;) {
        double u = 2 * rng_double(r) - 1, v = 2 * rng_double(r) - 1, s = u * u + v * v;
        if (s > 0 && s < 1) return u * sqrt(-2 * portable_log(s) / s);
    }
}
