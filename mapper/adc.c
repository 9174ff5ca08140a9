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
/* Weights rounded to fewer digits are wrong at every position alike, which no later sum averages out: such errors count so many times. */
#define ROUNDED 2.0
#define PATCHES 48
#define OUTPUTS 24
#define SAMPLES_MAX 8

typedef struct {
    int32_t rows, gain, repeats;
    int64_t time, cost;    /* conversions of a column, one after another; of all slices' columns */
    double still, noise;   /* mean square error of the sums that every conversion has alike; of one conversion's noise */
    double error, clip;    /* relative rms error of the sums; share of conversions that clip */
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
    int32_t *x;    /* [PATCHES][k] x − zp */
    int32_t *out;  /* [PATCHES][OUTPUTS] output channels looked at */
    int32_t n_out; /* of them */
    double *want;  /* [PATCHES][n_out] their sums */
} Sample;

static void take_sample(const Plan *p, const PlanLayer *l, Exact *const *runs, uint32_t n_runs, Rng *rng, Sample *s)
{
    const PlanTensor *in = &p->tensors.v[l->in[0]], *out = &p->tensors.v[l->out];
    int32_t k = plan_rows(l), ocg = l->oc / l->groups;
    s->n_out = ocg < OUTPUTS ? ocg : OUTPUTS;
    s->x = mem_calloc((size_t)k * PATCHES, sizeof *s->x);
    s->out = mem_calloc(PATCHES * OUTPUTS, sizeof *s->out);
    s->want = mem_calloc(PATCHES * OUTPUTS, sizeof *s->want);
    for (int32_t i = 0; i < PATCHES; i++) {
        int32_t g = (int32_t)rng_below(rng, (uint32_t)l->groups), oy = (int32_t)rng_below(rng, (uint32_t)out->h), ox = (int32_t)rng_below(rng, (uint32_t)out->w);
        if (n_runs) gather(l, in, exact_tensor(runs[i % (int32_t)n_runs], l->in[0]), g, oy, ox, s->x + (int64_t)i * k);
        else draw(in, k, rng, s->x + (int64_t)i * k);
        int32_t first = (int32_t)rng_below(rng, (uint32_t)ocg);
        for (int32_t o = 0; o < s->n_out; o++) {
            const int32_t *x = s->x + (int64_t)i * k;
            const int16_t *w = l->w + (int64_t)(s->out[i * OUTPUTS + o] = g * ocg + (first + o) % ocg) * k;
            double acc = 0;
            for (int32_t r = 0; r < k; r++) acc += (double)w[r] * x[r];
            s->want[i * s->n_out + o] = acc;
        }
    }
}

/* ---- digit sums ---- */

/* Of a sample, per block of rows: what every setting of the converter starts from. */
typedef struct {
    int32_t rows, blocks;  /* of a block; of all rows */
    int32_t *sum;          /* [PATCHES][n_out][blocks][digits][slices] */
    uint8_t *driven;       /* [PATCHES][blocks][digits] a row's digit is not 0 */
    double *unit;          /* [PATCHES][n_out] of the sums, in those of the sample */
} Sums;

/* Digit d of k numbers. */
VECTORISE static void take_digit(const int16_t *restrict v, int32_t k, int32_t d, int16_t *restrict out)
{
    for (int32_t i = 0; i < k; i++) {
        int16_t m = (int16_t)((v[i] < 0 ? -v[i] : v[i]) >> 3 * d & 7);
        out[i] = v[i] < 0 ? (int16_t)-m : m;
    }
}

VECTORISE static int32_t dot(const int16_t *restrict a, const int16_t *restrict b, int32_t n)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* l: with the digits to be tried. weights, factor, patches, unit: its weights and patches in other integers (fill.c), or those of layer and sample: factor NULL, unit 1. */
static void make_sums(const Plan *p, const PlanLayer *l, const Sample *smp, const int16_t *weights, const double *factor, const int32_t *patches, double unit, Sums *s)
{
    int32_t k = plan_rows(l), br = plan_block_rows(&p->arch, l), nd = l->digits, ns = l->slices;
    s->rows = br;
    s->blocks = (k + br - 1) / br;
    s->sum = mem_calloc((size_t)PATCHES * (size_t)smp->n_out * (size_t)s->blocks * (size_t)(nd * ns), sizeof *s->sum);
    s->driven = mem_calloc((size_t)PATCHES * (size_t)s->blocks * (size_t)nd, 1);
    s->unit = mem_calloc((size_t)PATCHES * (size_t)smp->n_out, sizeof *s->unit);
    int16_t *x = mem_calloc((size_t)k, sizeof *x), *xd = mem_calloc((size_t)k * (size_t)nd, sizeof *xd), *wd = mem_calloc((size_t)k * (size_t)ns, sizeof *wd);
    for (int32_t i = 0; i < PATCHES; i++) {
        for (int32_t r = 0; r < k; r++) x[r] = (int16_t)patches[(int64_t)i * k + r];
        for (int32_t d = 0; d < nd; d++) {
            take_digit(x, k, d, xd + d * k);
            for (int32_t r = 0; r < k; r++) s->driven[((int64_t)i * s->blocks + r / br) * nd + d] |= xd[d * k + r] != 0;
        }
        for (int32_t o = 0; o < smp->n_out; o++) {
            int32_t oc = smp->out[i * OUTPUTS + o], *sum = s->sum + ((int64_t)i * smp->n_out + o) * s->blocks * nd * ns;
            s->unit[i * smp->n_out + o] = unit / (factor ? factor[oc] : 1);
            for (int32_t sl = 0; sl < ns; sl++) take_digit(weights + (int64_t)oc * k, k, sl, wd + sl * k);
            for (int32_t r = 0; r < k; r += br)
                for (int32_t d = 0; d < nd; d++)
                    for (int32_t sl = 0; sl < ns; sl++) *sum++ = dot(wd + sl * k + r, xd + d * k + r, r + br < k ? br : k - r);
        }
    }
    mem_free(wd);
    mem_free(xd);
    mem_free(x);
}

static void free_sums(Sums *s)
{
    mem_free(s->sum);
    mem_free(s->driven);
    mem_free(s->unit);
}

/* ---- error of a setting ---- */

/*
 * acc as the converter gives it, in units of acc; counts conversions and clipped ones, and the weights of those that bring noise, squared. A conversion of a chunk
 * without a driven row brings none: the controller does not add it.
 */
static double converted(const PlanLayer *l, const Setting *s, int32_t bits, double lsb, const Sums *sums, const int32_t *sum, const uint8_t *driven, int64_t *n, int64_t *clipped, double *noisy)
{
    int32_t top = (1 << (bits - 1)) - 1, cell = l->digits * l->slices, step = s->rows / sums->rows;
    double acc = 0;
    for (int32_t b = 0; b < sums->blocks; b += step)
        for (int32_t d = 0; d < l->digits; d++) {
            int32_t end = b + step < sums->blocks ? b + step : sums->blocks;
            bool noise = false;
            for (int32_t k = b; k < end; k++) noise |= driven[k * l->digits + d];
            for (int32_t sl = 0; sl < l->slices; sl++) {
                int32_t all = 0;
                for (int32_t k = b; k < end; k++) all += sum[k * cell + d * l->slices + sl];
                double code = rint(all / lsb);
                if (code > top || code < -top - 1) code = code > 0 ? top : -top - 1, ++*clipped;
                double weight = (double)(1 << 3 * (sl + d));
                acc += code * lsb * weight;
                *noisy += noise ? weight * weight : 0;
                ++*n;
            }
        }
    return acc;
}

/* A sum as its digits have it, without converter. */
static double undigitised(const PlanLayer *l, const int32_t *sum, int32_t blocks)
{
    double acc = 0;
    for (int32_t b = 0; b < blocks; b++)
        for (int32_t d = 0; d < l->digits; d++)
            for (int32_t sl = 0; sl < l->slices; sl++) acc += (double)*sum++ * (double)(1 << 3 * (sl + d));
    return acc;
}

/* share: of a sum's charge that the converter sees; noise: of a conversion, in units of its LSB at gain 1. */
static void measure(const PlanLayer *l, const Sample *smp, const Sums *sums, double share, double noise, Setting *s)
{
    double err = 0, sum = 0, square = 0, noisy = 0, lsb = 2.0 * 49.0 * s->rows / ((double)s->gain * ldexp(1, l->adc_bits)) / share;
    int64_t n = 0, clipped = 0, count = (int64_t)PATCHES * smp->n_out, size = (int64_t)sums->blocks * l->digits * l->slices;
    for (int64_t i = 0; i < count; i++) {
        const int32_t *at = sums->sum + i * size;
        double want = smp->want[i], unit = sums->unit[i], some = 0;
        double e = converted(l, s, l->adc_bits, lsb, sums, at, sums->driven + i / smp->n_out * sums->blocks * l->digits, &n, &clipped, &some) * unit - want;
        double rounded = undigitised(l, at, sums->blocks) * unit - want;
        err += e * e + (ROUNDED * ROUNDED - 1) * rounded * rounded;
        sum += want;
        square += want * want;
        noisy += some * unit * unit;
    }
    double spread = square / (double)count - sum / (double)count * (sum / (double)count);
    spread = (double)count * (spread > 1 ? spread : 1);
    s->still = err / spread;
    s->noise = pow(noise * s->gain * lsb, 2) * noisy / spread;
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

typedef struct {
    const Plan *p;
    const MapOptions *opt;
    const Sample *sample;  /* [layers] */
    const uint32_t *root;  /* [tensors] */
    double enough;
    bool fill;             /* digits are to be chosen, too */
    bool repeat;           /* repeats are */
    const Setting *own;    /* [layers] what the network's integers take, no more of which may be spent; NULL: anything */
    Setting *setting;      /* [layers] chosen, with */
    int32_t *slices, *digits; /* these digits */
} Digits;

/* Fewest conversions of those good enough, else the least error. */
static bool better(const Digits *d, const Setting *a, const Setting *b)
{
    bool good = a->error <= d->enough, was = b->error <= d->enough;
    if (b->rows == 0 || good != was) return b->rows == 0 || good;
    return good && a->cost != b->cost ? a->cost < b->cost : a->error < b->error;
}

/* Share of a sum that is left at the end of a column when `rows` are joined. */
static double column_share(const Digits *d, const PlanLayer *l, int32_t rows)
{
    const MapColumn *c = &d->opt->column;
    const PlanArch *a = &d->p->arch;
    return d->fill ? rows / (rows * (1 + c->per_joined) + c->fixed + c->per_row * (a->dedicated ? plan_rows(l) * l->groups : a->rows)) : 1;
}

/* Rows, gain and repeats of layer i, as l has its digits. */
static Setting choose(const Digits *d, uint32_t i, const PlanLayer *l, const Sums *sums)
{
    enum { MAX = 64 };
    const MapOptions *opt = d->opt;
    const PlanArch *arch = &d->p->arch;
    int32_t rows[MAX], n = candidates(arch, l, opt->strategy == MAP_UTILISATION || opt->strategy == MAP_RELOADS, rows, MAX);
    if (opt->rows_per_conv) {
        /* A ceiling: no more rows are joined than the layer has, or its full scale would be wasted. */
        int32_t br = plan_block_rows(arch, l), all = (plan_rows(l) + br - 1) / br * br, want = (opt->rows_per_conv + br - 1) / br * br;
        rows[0] = want > all ? all : want;
        n = 1;
    }
    Setting best = {0};
    for (int32_t k = 0; k < n; k++)
        for (int32_t gain = opt->adc_gain ? opt->adc_gain : arch->gain_max; gain >= (opt->adc_gain ? opt->adc_gain : 1); gain /= 2) {
            Setting s = {.rows = rows[k], .gain = gain, .repeats = opt->repeats ? opt->repeats : 1};
            if (!d->repeat && !d->fill && best.rows && best.error <= d->enough && best.rows != rows[k]) break; /* more conversions buy nothing that is needed */
            s.time = (int64_t)((plan_rows(l) + rows[k] - 1) / rows[k]) * s.repeats * l->digits;
            s.cost = s.time * l->slices;
            if ((d->own && s.time > d->own[i].time) || (best.rows && best.error <= d->enough && s.cost > best.cost)) continue; /* better() would not take it */
            measure(l, &d->sample[i], sums, column_share(d, l, s.rows), opt->noise ? opt->noise[l->adc_bits] : 0, &s);
            for (; s.repeats <= PLAN_REPEATS; s.repeats *= 2) {
                s.time = (int64_t)((plan_rows(l) + rows[k] - 1) / rows[k]) * s.repeats * l->digits;
                s.cost = s.time * l->slices;
                s.error = sqrt(s.still + s.noise / s.repeats);
                if (d->own && s.time > d->own[i].time) break;
                if (better(d, &s, &best)) best = s;
                if (!d->repeat || s.error <= d->enough) break;
            }
        }
    return best;
}

static void adopt(PlanLayer *l, const Setting *s)
{
    l->rows_per_conv = s->rows;
    l->adc_gain = s->gain;
    l->repeats = s->repeats > 1 ? s->repeats : 0; /* absent in plan.xml */
    l->clip = s->clip;
    msg_verbose("mapper: %s: %d slices, %d digits, %d rows per conversion, gain %d, made %d times, error %.1f %% of the sums' spread, %.2f %% clip", l->name, l->slices,
                l->digits, l->rows_per_conv, l->adc_gain, s->repeats, s->error * 100, s->clip * 100);
}

/* ---- digits ---- */

/* Shares of a tensor's range that filled digits may stand for: what lies above saturates. */
static const double range_shares[] = {1, 0.84, 0.71, 0.59, 0.5, 0.35, 0.25};

/* Layer i with its weights in `slices` digits (0: as they are) and its input as f says. */
static Setting try_digits(const Digits *d, uint32_t i, int32_t slices, const FillTensor *f, PlanLayer *out)
{
    const PlanTensor *in = &d->p->tensors.v[d->p->layers.v[i].in[0]];
    const Sample *smp = &d->sample[i];
    PlanLayer l = d->p->layers.v[i];
    int64_t k = plan_rows(&l);
    int16_t *w = mem_calloc((size_t)(k * l.oc), sizeof *w);
    double *factor = mem_calloc((size_t)l.oc, sizeof *factor);
    int32_t *x = mem_calloc((size_t)(k * PATCHES), sizeof *x);
    Sums sums;
    if (slices) {
        fill_weights(&d->p->arch, &l, slices, f->levels ? f->levels : fill_reach(in), true, w, factor);
        l.slices = slices;
    }
    if (f->levels) {
        fill_patch(smp->x, k * PATCHES, f->unit, f->levels, x);
        l.digits = digits_for(f->levels);
    }
    make_sums(d->p, &l, smp, slices ? w : l.w, slices ? factor : NULL, f->levels ? x : smp->x, f->levels ? f->unit : 1, &sums);
    Setting s = choose(d, i, &l, &sums);
    free_sums(&sums);
    mem_free(x);
    mem_free(factor);
    mem_free(w);
    *out = l;
    return s;
}

static bool reads(const Digits *d, uint32_t i, uint32_t tensor)
{
    const PlanLayer *l = &d->p->layers.v[i];
    return l->op == PLAN_CONV && d->root[l->in[0]] == tensor;
}

/* How many digits are tried: any up to the network's own, as many as were asked for if it has them, or its own. */
typedef struct {
    int32_t from, to;
} Span;

static Span digit_span(const Digits *d, int32_t asked, int32_t own)
{
    int32_t n = asked && asked < own ? asked : own;
    return d->fill && d->opt->fill ? (Span){1, own} : d->fill ? (Span){n, n} : (Span){own, own};
}

/* What the layers that read a tensor choose if it is as f says: the worst error and the conversions of all. It is remembered. */
static Setting try_tensor(Digits *d, uint32_t tensor, const FillTensor *f)
{
    Setting all = {0};
    for (uint32_t i = 0; i < d->p->layers.n; i++) {
        if (!reads(d, i, tensor)) continue;
        const PlanLayer *own = &d->p->layers.v[i];
        const PlanTensor *out = &d->p->tensors.v[own->out];
        Span s = digit_span(d, d->opt->fill_slices, own->slices);
        Setting best = {0};
        for (int32_t k = s.from; k <= s.to; k++) {
            PlanLayer l;
            Setting now = try_digits(d, i, d->fill ? k : 0, f, &l);
            if (now.rows == 0 || !better(d, &now, &best)) continue;
            best = now;
            d->slices[i] = l.slices, d->digits[i] = l.digits;
        }
        if (best.rows == 0) return best;
        d->setting[i] = best;
        all.rows = best.rows;
        all.error = best.error > all.error ? best.error : all.error;
        all.cost += best.cost * out->c * out->h * out->w;
    }
    return all;
}

/* The integers of a tensor that convolutions read. */
static FillTensor choose_tensor(Digits *d, uint32_t tensor)
{
    const PlanTensor *t = &d->p->tensors.v[tensor];
    FillTensor best = {0};
    Setting least = {0};
    int32_t own = digits_for((int64_t)fill_reach(t));
    Span s = digit_span(d, d->opt->fill_digits, own);
    bool kept = !d->fill || fill_fixed(d->p, d->root, tensor);
    bool full = 2 * fill_reach(t) > (1 << 3 * own) - 1; /* nothing to fill: saturation alone cost the voice example 5 of 100 answers */
    if (d->opt->fill || kept || (full && s.to == own)) least = try_tensor(d, tensor, &best);
    for (int32_t k = s.from; k <= s.to - (full && s.to == own) && !kept; k++)
        for (size_t i = 0; i < COUNTOF(range_shares); i++) {
            FillTensor f = {.levels = (1 << 3 * k) - 1};
            f.unit = range_shares[i] * fill_reach(t) / f.levels;
            Setting now = try_tensor(d, tensor, &f);
            if (now.rows && better(d, &now, &least)) best = f, least = now;
        }
    try_tensor(d, tensor, &best);
    return best;
}

/* Every tensor and layer. f: [tensors] out */
static void choose_tensors(Digits *d, FillTensor *f)
{
    for (uint32_t t = 0; t < d->p->tensors.n; t++) {
        bool read = false;
        for (uint32_t i = 0; i < d->p->layers.n; i++) read |= reads(d, i, t);
        f[t] = d->root[t] != t ? f[d->root[t]] : read ? choose_tensor(d, t) : (FillTensor){0};
    }
}

/*
 * Setting of every convolution. Where digits are to be filled, no layer takes more conversions than its network's integers do in their setting, so what fewer digits save
 * is there for repeats; the plan is rewritten.
 */
static void choose_all(Plan *p, const Sample *sample, const MapOptions *opt)
{
    uint32_t *root = mem_calloc(p->tensors.n, sizeof *root), nl = p->layers.n;
    FillTensor *f = mem_calloc(p->tensors.n, sizeof *f);
    Setting *own = mem_calloc(nl, sizeof *own), *setting = mem_calloc(nl, sizeof *setting);
    bool accurate = opt->strategy == MAP_ACCURACY && !opt->repeats, fill = opt->fill || opt->fill_slices;
    Digits d = {.p = p, .opt = opt, .sample = sample, .root = root, .enough = accurate ? ERROR_ACCURATE : ERROR_MAX, .repeat = accurate, .setting = fill ? own : setting};
    d.slices = mem_calloc(nl, sizeof *d.slices);
    d.digits = mem_calloc(nl, sizeof *d.digits);
    fill_roots(p, root);
    choose_tensors(&d, f);
    if (fill) {
        d.fill = true, d.repeat = !opt->repeats, d.own = accurate ? NULL : own, d.setting = setting;
        choose_tensors(&d, f);
        for (uint32_t i = 0; i < nl; i++) {
            PlanLayer *l = &p->layers.v[i];
            if (l->op != PLAN_CONV) continue;
            l->network_slices = l->slices, l->network_digits = l->digits;
            l->slices = d.slices[i], l->digits = d.digits[i];
        }
        fill_apply(p, d.slices, f);
    }
    for (uint32_t i = 0; i < nl; i++)
        if (p->layers.v[i].op == PLAN_CONV) adopt(&p->layers.v[i], &setting[i]);
    mem_free(d.digits);
    mem_free(d.slices);
    mem_free(setting);
    mem_free(own);
    mem_free(f);
    mem_free(root);
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
    Sample *sample = mem_calloc(p->layers.n, sizeof *sample);
    for (uint32_t i = 0; i < p->layers.n; i++) {
        PlanLayer *l = &p->layers.v[i];
        Rng rng = rng_make(1, i);
        if (l->op != PLAN_CONV) continue;
        count_digits(p, l);
        l->adc_bits = opt->adc_bits ? opt->adc_bits : p->arch.adc_bits_max;
        take_sample(p, l, runs, n_runs, &rng, &sample[i]);
    }
    for (uint32_t i = 0; i < n_runs; i++) exact_free(runs[i]);
    choose_all(p, sample, opt);
    for (uint32_t i = 0; i < p->layers.n; i++) {
        mem_free(sample[i].x);
        mem_free(sample[i].out);
        mem_free(sample[i].want);
        if (p->layers.v[i].op == PLAN_CONV) fold_lsb(p, &p->layers.v[i]);
    }
    mem_free(sample);
    return ST_OK;
}
