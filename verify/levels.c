/* Levels of converters. */
#include "verify/levels.h"

#include <math.h>

bool levels_array(const BehaveModel *m, int32_t bits, uint32_t chip, uint64_t place, ArrayWires *out)
{
    bool drawn = m->parasitics && m->array.bits >= (uint32_t)bits, mismatch = m->mismatch && m->adc_cap_mismatch > 0;
    assert(bits <= ARRAY_BITS);
    if (bits < 2) return false;
    if (drawn) *out = m->array;
    else *out = (ArrayWires){.bits = (uint32_t)bits, .held = 1};
    for (int32_t b = 0; !drawn && b < bits; b++) out->bottom[b] = ldexp(1.0, b);
    if (!mismatch) return drawn;
    Rng r = rng_make(0x1A1 + chip, place << 8 | out->bits);
    for (uint32_t b = 0; b < out->bits; b++) out->bottom[b] *= 1 + rng_normal(&r) * m->adc_cap_mismatch / sqrt(ldexp(1.0, (int)b));
    return true;
}

double levels_table(const ArrayWires *w, double load, double logic_v, double range, int32_t bits, float *at, double *zero)
{
    uint32_t n = 1u << w->bits, step = n >> bits, mid = n / 2, codes = n / step;
    double lsb, *raw = mem_calloc(n, sizeof *raw);
    sar_thresholds(w, load, logic_v / range, raw);
    sar_line(raw, w->bits, &lsb, NULL);
    /* Where an input of 0 stands, between the thresholds beside it: half an LSB after the first of them, as rounding has it. */
    double begin = raw[mid], end = raw[mid + step], late = (begin + end) / 2 / (lsb * step) - 0.5;
    for (uint32_t c = 1; at && c < codes; c++) at[c] = (float)(raw[c * step] / (lsb * step) - late - 0.5);
    if (at) at[0] = -INFINITY, at[codes] = INFINITY;
    if (zero) *zero = late;
    mem_free(raw);
    return 1 / (lsb * n);
}

/* Round half to even without a call: above 1.5·2^23 a float has no fraction bits left. |v| < 2^22. */
static inline float round_even(float v)
{
    return (v + 12582912.0f) - 12582912.0f;
}

uint32_t levels_convert(const float *at, int32_t bits, int64_t n, float *v)
{
    float lo = -ldexpf(1.0f, bits - 1), hi = -lo - 1.0f;
    uint32_t clipped = 0;
    int32_t last = (1 << bits) - 1;
    for (int64_t i = 0; i < n && !at; i++) {
        float code = round_even(v[i] < lo - 1 ? lo - 1 : v[i] > hi + 1 ? hi + 1 : v[i]);
        clipped += (code < lo) | (code > hi);
        v[i] = code < lo ? lo : code > hi ? hi : code;
    }
    for (int64_t i = 0; i < n && at; i++) {
        clipped += (v[i] < at[1] - 1) | (v[i] >= at[last] + 1);
        /* from the code that an ideal converter has to the last whose threshold is not above the input */
        int32_t c = (int32_t)(round_even(v[i] < lo ? lo : v[i] > hi ? hi : v[i]) - lo);
        for (int near = 0; near < 2; near++) c += v[i] >= at[c + 1], c -= v[i] < at[c]; /* mostly it; no branch */
        while (v[i] >= at[c + 1]) c++;
        while (v[i] < at[c]) c--;
        v[i] = (float)c + lo;
    }
    return clipped;
}
