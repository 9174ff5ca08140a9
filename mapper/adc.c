/*
 * Converter setting of each convolution: slices and digits its numbers need, then rows per conversion and gain.
 * Few rows give a small LSB and little clipping, many rows few conversions. Patches of the layer's input (from calibration
 * samples, or drawn from the tensor's range) go through the exact digit sums and the converter with its noise; the setting with the
 * fewest conversions whose error stays below ERROR_MAX of the sums' own spread is taken, else the one with the least error.
 */
#include "mapper/map.h"

#include <math.h>

/* Measured with the behavioural simulator, ideal 10-bit converter, gain 4: keyword network 902 of 1000 exact, 905 converted at
 * this limit (359 and 362 of 400 at 0.08 and 0.12); voice example 1435 of 1500 exact, 1436 converted. */
#define ERROR_MAX 0.10
/* Strategy accuracy: errors below this are lost among those of the network. */
#define ERROR_ACCURATE 0.03
#define PATCHES 48
#define OUTPUTS 24
#define SAMPLES_MAX 8

typedef struct {
    int32_t rows, gain, repeats;
    double error, clip; /* relative rms error of acc; share of conversions that clip */
} Setting;

/* Digits of radix 8 that |v| needs. */
static int32_t digits_for(int64_t v)
{
    int32_t n = 1;
    while (v >> (3 * n)) n++;
    return n;
}

static void count_digits(const Plan *p, PlanLayer *l)
{
    const PlanTensor *t = &p->tensors.v[l->in[0]];
    int64_t top = 0, n = (int64_t)l->oc * plan_rows(l), hi = (int64_t)t->hi - t->zp, lo = (int64_t)t->zp - t->lo;
    for (int64_t i = 0; i < n; i++) top = l->w[i] > top ? l->w[i] : -l->w[i] > top ? -l->w[i] : top;
    l->slices = digits_for(top);
    l->digits = digits_for(hi > lo ? hi : lo);
}

int32_t adc_groups_per_chunk(const PlanLayer *l)
{
    int32_t n = l->rows_per_conv / plan_rows(l);
    return n < 1 ? 1 : n > l->groups ? l->groups : n;
}

/* ---- patches ---- */

/* One pixel's patch of group g: x − zp, padding 0. */
static void gather(const PlanLayer *l, const PlanTensor *in, const int32_t *q, int32_t g, int32_t oy, int32_t ox, int32_t *patch)
{
    for (int32_t c = g * l->icg; c < (g + 1) * l->icg; c++)
        for (int32_t ky = 0; ky < l->kh; ky++)
            for (int32_t kx = 0; kx < l->kw; kx++) {
                int32_t y = oy * l->sh - l->pt + ky * l->dh, x = ox * l->sw - l->pl + kx * l->dw;
                bool inside = y >= 0 && y < in->h && x >= 0 && x < in->w;
                *patch++ = inside ? q[((int64_t)c * in->h + y) * in->w + x] - in->zp : 0;
            }
}

/* Without samples: half of the values at rest, the others anywhere in the range. */
static void draw(const PlanTensor *in, int32_t k, Rng *rng, int32_t *patch)
{
    for (int32_t i = 0; i < k; i++) patch[i] = rng_below(rng, 2) ? 0 : in->lo + (int32_t)rng_below(rng, (uint32_t)(in->hi - in->lo + 1)) - in->zp;
}

typedef struct {
    int32_t *x;    /* [PATCHES][k] */
    int32_t *out;  /* [PATCHES][OUTPUTS] output channels looked at */
    int32_t n_out; /* of them */
} Sample;

static void take_sample(const Plan *p, const PlanLayer *l, Exact *const *runs, uint32_t n_runs, Rng *rng, Sample *s)
{
    const PlanTensor *in = &p->tensors.v[l->in[0]], *out = &p->tensors.v[l->out];
    int32_t k = plan_rows(l), ocg = l->oc / l->groups;
    s->n_out = ocg < OUTPUTS ? ocg : OUTPUTS;
    s->x = mem_calloc((size_t)k * PATCHES, sizeof *s->x);
    s->out = mem_calloc(PATCHES * OUTPUTS, sizeof *s->out);
    for (int32_t i = 0; i < PATCHES; i++) {
        int32_t g = (int32_t)rng_below(rng, (uint32_t)l->groups), oy = (int32_t)rng_below(rng, (uint32_t)out->h), ox = (int32_t)rng_below(rng, (uint32_t)out->w);
        if (n_runs) gather(l, in, exact_tensor(runs[i % (int32_t)n_runs], l->in[0]), g, oy, ox, s->x + (int64_t)i * k);
        else draw(in, k, rng, s->x + (int64_t)i * k);
        int32_t first = (int32_t)rng_below(rng, (uint32_t)ocg);
        for (int32_t o = 0; o < s->n_out; o++) s->out[i * OUTPUTS + o] = g * ocg + (first + o) % ocg;
    }
}

/* ---- error of a setting ---- */

/* Sum of one column and digit over rows r0 … r1−1. */
static int32_t digit_sum(const int16_t *w, const int32_t *x, int32_t r0, int32_t r1, int32_t slice, int32_t digit)
{
    int32_t sum = 0;
    for (int32_t r = r0; r < r1; r++) sum += plan_digit(w[r], slice) * plan_digit(x[r], digit);
    return sum;
}

/* Is a row of the chunk driven? If not, the controller adds nothing. */
static bool driven(const int32_t *x, int32_t r0, int32_t r1, int32_t digit)
{
    for (int32_t r = r0; r < r1; r++)
        if (plan_digit(x[r], digit)) return true;
    return false;
}

/* acc as the converter gives it, in units of acc; counts conversions and clipped ones, and the weights of those that bring noise, squared. */
static double converted(const PlanLayer *l, const Setting *s, int32_t bits, const int16_t *w, const int32_t *x, int64_t *n, int64_t *clipped, double *noisy)
{
    int32_t k = plan_rows(l), top = (1 << (bits - 1)) - 1;
    double lsb = 2.0 * 49.0 * s->rows / ((double)s->gain * ldexp(1, bits)), acc = 0;
    for (int32_t r = 0; r < k; r += s->rows)
        for (int32_t d = 0; d < l->digits; d++) {
            int32_t end = r + s->rows < k ? r + s->rows : k;
            bool noise = driven(x, r, end, d);
            for (int32_t sl = 0; sl < l->slices; sl++) {
                double code = rint(digit_sum(w, x, r, end, sl, d) / lsb);
                if (code > top || code < -top - 1) code = code > 0 ? top : -top - 1, ++*clipped;
                acc += code * lsb * (double)(1 << 3 * (sl + d));
                *noisy += noise ? ldexp(1, 6 * (sl + d)) : 0;
                ++*n;
            }
        }
    return acc;
}

static void measure(const PlanLayer *l, const Sample *smp, int32_t bits, double noise, Setting *s)
{
    int32_t k = plan_rows(l);
    double err = 0, sum = 0, square = 0, noisy = 0, lsb = 2.0 * 49.0 * s->rows / ((double)s->gain * ldexp(1, bits));
    int64_t n = 0, clipped = 0, count = (int64_t)PATCHES * smp->n_out;
    for (int32_t i = 0; i < PATCHES; i++)
        for (int32_t o = 0; o < smp->n_out; o++) {
            const int32_t *x = smp->x + (int64_t)i * k;
            const int16_t *w = l->w + (int64_t)smp->out[i * OUTPUTS + o] * k;
            double acc = 0, e;
            for (int32_t r = 0; r < k; r++) acc += (double)w[r] * x[r];
            e = converted(l, s, bits, w, x, &n, &clipped, &noisy) - acc;
            err += e * e;
            sum += acc;
            square += acc * acc;
        }
    double spread = square / (double)count - sum / (double)count * (sum / (double)count);
    s->error = sqrt((err + pow(noise * s->gain * lsb, 2) * noisy / s->repeats) / (double)count / (spread > 1 ? spread : 1));
    s->clip = (double)clipped / (double)n;
}

/* ---- choice ---- */

/* Candidates from few conversions to many; cost is given by the order. Returns their number. */
static int32_t candidates(const PlanArch *a, const PlanLayer *l, bool few_blocks, int32_t *rows, int32_t max)
{
    int32_t k = plan_rows(l), br = plan_block_rows(a, l), n = 0, last = 0;
    int32_t limit = a->dedicated ? k : a->rows;
    if (l->groups > 1 && 2 * k <= limit && !a->dedicated) {
        /*
         * Groups side by side in a chunk share its conversions, and take a row and column of zeros from each other. Where blocks count, only as
         * many as take no more than one alone does; else as many as whole blocks allow. Best first.
         */
        double best = 1e30;
        for (int32_t g = 1; g <= l->groups && g * k <= limit && n < max; g++) {
            int32_t cols = g * (l->oc / l->groups) * l->slices, whole = (cols + a->block_cols - 1) / a->block_cols * a->block_cols;
            double blocks = (double)((g * k + br - 1) / br) * (few_blocks ? cols : whole) / g;
            if (blocks < best - 1e-9) best = blocks, rows[n++] = (g * k + br - 1) / br * br;
        }
        for (int32_t i = 0; i < n / 2; i++) last = rows[i], rows[i] = rows[n - 1 - i], rows[n - 1 - i] = last;
        return n;
    }
    if (l->groups > 1 && a->dedicated) { /* block-diagonal: a chunk holds whole groups */
        rows[0] = limit;
        return 1;
    }
    for (int32_t chunks = 1; n < max; chunks++) {
        int32_t r = ((k + chunks - 1) / chunks + br - 1) / br * br;
        if (r > limit) continue;
        if (r != last) rows[n++] = last = r;
        if (r == br) break;
    }
    return n;
}

static void choose(const Plan *p, PlanLayer *l, const Sample *smp, const MapOptions *opt)
{
    enum { MAX = 64 };
    int32_t rows[MAX], n = candidates(&p->arch, l, opt->strategy == MAP_UTILISATION || opt->strategy == MAP_RELOADS, rows, MAX);
    if (opt->rows_per_conv) {
        /* A ceiling: no more rows are joined than the layer has, or its full scale would be wasted. */
        int32_t br = plan_block_rows(&p->arch, l), all = (plan_rows(l) + br - 1) / br * br, want = (opt->rows_per_conv + br - 1) / br * br;
        rows[0] = want > all ? all : want;
        n = 1;
    }
    Setting best = {0};
    int64_t best_cost = 0;
    bool accurate = opt->strategy == MAP_ACCURACY && !opt->repeats;
    double enough = accurate ? ERROR_ACCURATE : ERROR_MAX;
    for (int32_t i = 0; i < n; i++)
        for (int32_t gain = opt->adc_gain ? opt->adc_gain : p->arch.gain_max; gain >= 1; gain /= 2) {
            Setting s = {.rows = rows[i], .gain = gain, .repeats = opt->repeats ? opt->repeats : 1};
            if (!accurate && best.rows && best.error <= enough && best.rows != rows[i]) break; /* more conversions buy nothing that is needed */
            for (bool good = false; !good && s.repeats <= PLAN_REPEATS; s.repeats *= 2) {
                int64_t cost = (int64_t)((plan_rows(l) + rows[i] - 1) / rows[i]) * s.repeats;
                measure(l, smp, l->adc_bits, opt->noise ? opt->noise[l->adc_bits] : 0, &s);
                good = s.error <= enough;
                bool was = best.rows && best.error <= enough;
                if (best.rows == 0 || (good && !was) || (good == was && (accurate && good ? cost < best_cost || (cost == best_cost && s.error < best.error) : s.error < best.error)))
                    best = s, best_cost = cost;
                if (!accurate) break;
            }
            if (opt->adc_gain) break;
        }
    l->rows_per_conv = best.rows;
    l->adc_gain = best.gain;
    l->repeats = best.repeats > 1 ? best.repeats : 0; /* absent in plan.xml */
    l->clip = best.clip;
    msg_verbose("mapper: %s: %d slices, %d digits, %d rows per conversion, gain %d, made %d times, error %.1f %% of the sums' spread, %.2f %% clip", l->name, l->slices,
                l->digits, l->rows_per_conv, l->adc_gain, best.repeats, best.error * 100, best.clip * 100);
}

/* mul and add for sums of codes: one code is worth lsb, shared among its repeats. The exact factors are known to 2^−31, so they serve as the real ones. */
static void fold_lsb(Plan *p, PlanLayer *l)
{
    double lsb = 2.0 * 49.0 * l->rows_per_conv / ((double)l->adc_gain * ldexp(1, l->adc_bits)) / plan_repeats(l);
    double *m = arena_array(&p->arena, double, (size_t)l->oc), *k = arena_array(&p->arena, double, (size_t)l->oc);
    for (int32_t o = 0; o < l->oc; o++) {
        int64_t half = l->shift > 0 ? (int64_t)1 << (l->shift - 1) : 0;
        m[o] = ldexp((double)l->mul[o], -l->shift) * lsb;
        k[o] = ldexp((double)(l->add[o] - half), -l->shift);
    }
    fuse_requant(&p->arena, m, k, (uint32_t)l->oc, (uint32_t)l->oc, &l->mul_adc, &l->add_adc, &l->shift_adc);
}

static Status check_options(const PlanArch *a, const MapOptions *o)
{
    if (o->adc_bits && (o->adc_bits < a->adc_bits_min || o->adc_bits > a->adc_bits_max))
        return msg_error(ST_USAGE, "MAP-0030", (Loc){0}, "converters of %s have %d…%d bit, not %d", a->name, a->adc_bits_min, a->adc_bits_max, o->adc_bits);
    if (o->adc_gain && (o->adc_gain > a->gain_max || (o->adc_gain & (o->adc_gain - 1)) || o->adc_gain < 0))
        return msg_error(ST_USAGE, "MAP-0030", (Loc){0}, "gain of %s is a power of 2 up to %d, not %d", a->name, a->gain_max, o->adc_gain);
    if (o->rows_per_conv && (o->rows_per_conv < 0 || (!a->dedicated && (o->rows_per_conv % a->block_rows || o->rows_per_conv > a->rows))))
        return msg_error(ST_USAGE, "MAP-0030", (Loc){0}, "rows per conversion are a multiple of %d up to %d, not %d", a->block_rows, a->rows, o->rows_per_conv);
    if (o->repeats < 0 || o->repeats > PLAN_REPEATS) return msg_error(ST_USAGE, "MAP-0030", (Loc){0}, "a conversion is made 1 to %d times, not %d", PLAN_REPEATS, o->repeats);
    return ST_OK;
}

Status adc_choose(Plan *p, const MapOptions *opt)
{
    const PlanTensor *in = &p->tensors.v[p->input];
    int64_t nx = (int64_t)in->c * in->h * in->w, have = opt->calib ? opt->calib->count / nx : 0;
    uint32_t n_runs = have < SAMPLES_MAX ? (uint32_t)have : SAMPLES_MAX;
    Exact *runs[SAMPLES_MAX];
    TRY(check_options(&p->arch, opt));
    int32_t *q = mem_calloc((size_t)nx, sizeof *q);
    for (uint32_t i = 0; i < n_runs; i++) {
        runs[i] = exact_make(p);
        plan_quantise_input(p, opt->calib, i * have / n_runs, q);
        exact_run(runs[i], q);
    }
    mem_free(q);
    for (uint32_t i = 0; i < p->layers.n; i++) {
        PlanLayer *l = &p->layers.v[i];
        Sample smp;
        Rng rng = rng_make(1, i);
        if (l->op != PLAN_CONV) continue;
        count_digits(p, l);
        l->adc_bits = opt->adc_bits ? opt->adc_bits : p->arch.adc_bits_max;
        take_sample(p, l, runs, n_runs, &rng, &smp);
        choose(p, l, &smp, opt);
        mem_free(smp.x);
        mem_free(smp.out);
        fold_lsb(p, l);
    }
    for (uint32_t i = 0; i < n_runs; i++) exact_free(runs[i]);
    return ST_OK;
}
