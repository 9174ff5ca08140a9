/*
 * Behavioural simulation. A layer becomes a list of jobs, one per tile and chunk of rows: dense digit weights [rows][cols] with this
 * chip's mismatch. For every sample and digit, a job's columns are summed over its rows for all output positions at once,
 * converted, and added into the accumulators.
 */
#include "verify/behave.h"
#include "verify/behave_ops.h"
#include "verify/levels.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    uint32_t tile;
    int32_t rows, cols;
    const int32_t *row_k;   /* [rows] */
    const int32_t *col;     /* [cols] column within the tile */
    float *w;               /* [cols][rows] digit weights, mismatch and settling in them */
    float *gain, *offset;   /* [cols]: LSB per unit sum; LSB */
    float zero;             /* what a driven row adds per unit whatever its weight; turned rows take as much away */
    int32_t row0;           /* row of the crossbar */
    const float **levels;   /* [cols]: the converter's, as levels_convert takes them; NULL: ideal */
    float *share;           /* [rows] units of a row's weights in the whole crossbar, over those that these rows could have; NULL: no lines */
    LinesKept kept;
    double at;              /* synapses of line below their middle */
    bool *bends;            /* [cols]: its lines may leave the sources' range */
} Job;

typedef struct {
    ARRAY(Job) jobs;
    int64_t *mul;           /* [oc] requantisation used; trimmed by 1 / gain it may need a bit more than the plan's 32 */
    int64_t *add;
    int32_t shift, bits;
    uint32_t copies;
    double gain;            /* codes per volt over nominal */
    double noise;           /* LSB rms */
    float droop, droop_rise; /* LSB at the end of the range, 0: less than matters; per LSB below it, logarithmic */
    bool adc;
} LayerSim;

/* Levels of a converter for a layer; at NULL: ideal ones. */
typedef struct {
    const float *at;
    double zero;            /* LSB by which codes about 0 begin late */
} Table;

typedef struct {
    const Plan *p;
    const BehaveModel *m;
    const Npy *x;
    LayerSim *layers;
    uint64_t seed;
    uint32_t outputs;
    double *y;
    uint64_t *conversions, *clipped; /* [n] */
    int64_t max_tensor, max_patch, max_acc, max_rows;
    int32_t *in_order;       /* [max_rows] 0, 1, 2 … */
    float *quantile;         /* [65536] of the normal distribution; NULL: no noise */
    Map table_of;            /* layer and converter -> table */
    ARRAY(Table) table;
    Arena arena;
} Sim;

/* What a column's end sees of the ideal voltage: charge gain and settling at its place along the rows. */
static double column_gain(const BehaveModel *m, const PlanLayer *l, const PlanCore *core, int32_t col)
{
    if (!m->parasitics) return 1.0;
    double settle = 1.0;
    if (core->cols > 1) settle = m->settle_near + (m->settle_far - m->settle_near) * col / (core->cols - 1);
    return behave_gain(m, l, core) * settle;
}

/* V of the reference for a layer. */
static double range_of(const BehaveModel *m, const PlanLayer *l) { return ldexp(behave_lsb_v(l, m), l->adc_bits); }

/* Codes per volt over nominal: the comparator and the wires of the drawn array load it. */
static double converter_gain(const BehaveModel *m, const PlanLayer *l, const PlanCore *core)
{
    if (!m->parasitics) return 1;
    return (l->adc_bits > 1 && m->array.bits >= (uint32_t)l->adc_bits ? levels_table(&m->array, behave_load(m, l, core), m->logic_v, range_of(m, l), l->adc_bits, NULL, NULL) : 1) + m->adc_gain_err;
}

double behave_column_v(const BehaveModel *m, const PlanLayer *l, const PlanCore *core, int32_t col, double sum)
{
    if (m->unit_v > 0) return m->unit_v * sum;
    return column_gain(m, l, core, col) * sum * m->step_v / (7.0 * l->rows_per_conv);
}

/* ---- this chip's weights -------------------------------------------------------------------------- */

/* Weight 0 in units of Cu: what the row wires and the wire behind the sign multiplexer couple to the column. */
static double zero_digit(const BehaveModel *m)
{
    return m->parasitics && m->unit_cap_f > 0 ? (m->par_xn_f - m->par_xp_f + m->par_xs_f) / m->unit_cap_f : 0;
}

/*
 * Magnitude digit as the sum of its capacitors, over weight 0: bit b is 2^b units, each off by mismatch/√units, and its wires. A weight stored as
 * negative turns the wire behind the sign multiplexer as well.
 */
static double drawn_digit(const BehaveModel *m, int32_t digit, bool turned, const double eps[3])
{
    const double wires[3] = {m->par_bit0_f, m->par_bit1_f, m->par_bit2_f};
    double v = 0, unit = m->parasitics && m->unit_cap_f > 0 ? 1 / m->unit_cap_f : 0;
    int32_t mag = digit < 0 ? -digit : digit;
    for (int b = 0; b < 3; b++)
        if (mag >> b & 1) v += (double)(1 << b) * (1.0 + eps[b]) + wires[b] * unit;
    if ((digit < 0) != turned && digit) v += 2 * m->par_xs_f * unit;
    return digit < 0 ? -v : v;
}

double behave_weight(const BehaveModel *m, int32_t stored)
{
    static const double even[3];
    return zero_digit(m) + drawn_digit(m, stored, false, even);
}

/* Slope of the digits from −7 to 7: a common factor that the digital side takes out. */
static double digit_slope(const BehaveModel *m)
{
    static const double even[3];
    return (drawn_digit(m, 7, false, even) - drawn_digit(m, -7, false, even)) / 14;
}

static int32_t group_of_row(const PlanLayer *l, int32_t k) { return k / plan_rows(l); }
static int32_t group_of_col(const PlanLayer *l, int32_t o) { return o / (l->oc / l->groups); }

/* Mismatch belongs to the place on the silicon: same crossbar, row and column, same numbers, whatever is stored there. */
static void place_eps(const BehaveModel *m, uint32_t chip, const PlanTile *t, int32_t row, int32_t col, double eps[3])
{
    eps[0] = eps[1] = eps[2] = 0;
    if (!m->mismatch || m->cap_mismatch <= 0) return;
    uint64_t place = (uint64_t)t->core << 40 | (uint64_t)(uint32_t)(t->row0 + row) << 20 | (uint32_t)(t->col0 + col);
    Rng r = rng_make(0xC0FFEE + chip, place);
    for (int b = 0; b < 3; b++) eps[b] = rng_normal(&r) * m->cap_mismatch / sqrt((double)(1 << b));
}

/* Which converter a column has. */
static uint64_t converter_of(const PlanTile *t, int32_t col, int32_t per_adc) { return (uint64_t)t->core << 32 | (uint32_t)((t->col0 + col) / per_adc); }

/* Converter offset, LSB, before calibration. */
static double column_offset(const BehaveModel *m, uint32_t chip, uint64_t adc, double lsb_v)
{
    if (!m->mismatch || m->adc_offset_sigma_v <= 0) return 0;
    Rng r = rng_make(0xADC0 + chip, adc);
    return rng_normal(&r) * m->adc_offset_sigma_v / lsb_v;
}

/* The crossbar of a layer's first tile: those of one layer are alike. NULL: a layer without weights to place. */
static const PlanCore *core_of(const Plan *p, uint32_t layer)
{
    for (uint32_t i = 0; i < p->tiles.n; i++)
        if (p->tiles.v[i].layer == layer) return &p->cores.v[p->tiles.v[i].core];
    return NULL;
}

static Table converter_levels(Sim *s, uint32_t chip, uint32_t li, uint64_t adc)
{
    const PlanLayer *l = &s->p->layers.v[li];
    bool own = s->m->mismatch && s->m->adc_cap_mismatch > 0;
    uint64_t key = own ? (uint64_t)(li + 1) << 48 | (adc >> 32) << 32 | (uint32_t)adc : li;
    uint32_t at;
    if (map_get(&s->table_of, key, &at)) return s->table.v[at];
    ArrayWires w;
    Table t = {0};
    if (levels_array(s->m, l->adc_bits, chip, adc, &w)) {
        float *levels = arena_array(&s->arena, float, ((size_t)1 << l->adc_bits) + 1);
        levels_table(&w, behave_load(s->m, l, core_of(s->p, li)), s->m->logic_v, range_of(s->m, l), l->adc_bits, levels, &t.zero);
        t.at = levels;
    }
    map_set(&s->table_of, key, s->table.n);
    arr_push(&s->table, t);
    return t;
}

/* Share of the reference that a column's converter has. */
static double reference_left(const BehaveModel *m, const PlanTile *t, const PlanCore *core, int32_t col)
{
    if (!m->parasitics || t->core >= BEHAVE_REFS) return 1;
    double last = (core->cols - 1) / core->cols_per_adc, at = last > 0 ? (t->col0 + col) / core->cols_per_adc / last : 0;
    return 1 - m->ref_drop[t->core] - m->ref_near[t->core] - (m->ref_far[t->core] - m->ref_near[t->core]) * sin(M_PI_2 * fmin(at, 1));
}

/* Units of the weights on one row of a crossbar, of all tiles there. */
static double row_units(const Plan *p, uint32_t core, int32_t row)
{
    double units = 0;
    for (uint32_t i = 0; i < p->tiles.n; i++) {
        const PlanTile *t = &p->tiles.v[i];
        const PlanLayer *l = &p->layers.v[t->layer];
        int32_t r = row - t->row0, k = t->core == core && r >= 0 && r < t->rows ? t->row_k[r] : -1;
        for (int32_t c = 0; k >= 0 && c < t->cols; c++)
            if (t->col_o[c] >= 0 && group_of_row(l, k) == group_of_col(l, t->col_o[c]))
                units += abs(plan_digit(l->w[(int64_t)t->col_o[c] * plan_rows(l) + k % plan_rows(l)], t->col_s[c]));
    }
    return units;
}

static void add_lines(Sim *s, const PlanTile *t, Job *j)
{
    const PlanCore *core = &s->p->cores.v[t->core];
    const LinesModel *m = &s->m->line;
    j->share = arena_array(&s->arena, float, (size_t)j->rows);
    j->bends = arena_array(&s->arena, bool, (size_t)j->cols);
    j->at = j->row0 + 0.5 * j->rows;
    for (int32_t r = 0; r < j->rows; r++) j->share[r] = (float)(row_units(s->p, t->core, j->row0 + r) / (7.0 * core->cols * j->rows));
    for (int32_t q = 0; q < j->cols; q++) j->bends[q] = lines_bend(m, j->w + (int64_t)q * j->rows, j->rows, j->at);
    lines_kept(m, core->rows, core->cols, j->row0, j->rows, &j->kept);
    if (j->rows > s->max_rows) s->max_rows = j->rows;
}

static void add_job(Sim *s, LayerSim *ls, const PlanLayer *l, uint32_t ti, int32_t r0, int32_t r1, uint32_t chip)
{
    const PlanTile *t = &s->p->tiles.v[ti];
    const PlanCore *core = &s->p->cores.v[t->core];
    Job j = {.tile = ti, .rows = r1 - r0, .row_k = t->row_k + r0, .row0 = t->row0 + r0, .zero = ls->adc ? (float)zero_digit(s->m) : 0.0f};
    int32_t *cols = arena_array(&s->arena, int32_t, (size_t)t->cols);
    for (int32_t c = 0; c < t->cols; c++) {
        bool any = false;
        for (int32_t r = r0; r < r1 && t->col_o[c] >= 0 && !any; r++)
            any = t->row_k[r] >= 0 && group_of_row(l, t->row_k[r]) == group_of_col(l, t->col_o[c]);
        if (any) cols[j.cols++] = c;
    }
    if (j.cols == 0) return;
    j.col = cols;
    j.w = arena_array(&s->arena, float, (size_t)j.cols * (size_t)j.rows);
    j.gain = arena_array(&s->arena, float, (size_t)j.cols);
    j.offset = arena_array(&s->arena, float, (size_t)j.cols);
    j.levels = arena_array(&s->arena, const float *, (size_t)j.cols);
    double lsb = 2.0 * 49.0 * l->rows_per_conv / ((double)l->adc_gain * ldexp(1.0, l->adc_bits));
    double lsb_v = behave_lsb_v(l, s->m) / ls->gain;
    for (int32_t q = 0; q < j.cols; q++) {
        int32_t c = cols[q], o = t->col_o[c], slice = t->col_s[c];
        for (int32_t r = 0; r < j.rows; r++) {
            int32_t k = j.row_k[r];
            if (k < 0 || group_of_row(l, k) != group_of_col(l, o)) continue;
            int32_t w = l->w[(int64_t)o * plan_rows(l) + k % plan_rows(l)];
            double eps[3];
            place_eps(s->m, chip, t, r0 + r, c, eps);
            j.w[(int64_t)q * j.rows + r] = (float)drawn_digit(s->m, plan_digit(w, slice), plan_turned(t->row0 + r0 + r), eps);
        }
        j.gain[q] = 1;
        if (!ls->adc) continue;
        uint64_t adc = converter_of(t, c, core->cols_per_adc);
        Table levels = converter_levels(s, chip, t->layer, adc);
        double off = column_offset(s->m, chip, adc, lsb_v) - levels.zero;
        j.gain[q] = (float)(column_gain(s->m, l, core, t->col0 + c) * ls->gain / (lsb * reference_left(s->m, t, core, c)));
        j.offset[q] = (float)(off - rint(off)); /* calibration takes whole LSB off, a fraction stays */
        j.levels[q] = levels.at;
    }
    if (ls->adc && s->m->parasitics && s->m->line.fall_v > 0) add_lines(s, t, &j);
    arr_push(&ls->jobs, j);
}

/* Below a hundredth of an LSB it is left out. */
static void set_droop(const BehaveModel *m, const PlanLayer *l, const PlanCore *core, LayerSim *ls)
{
    double lsb = behave_lsb_v(l, m) / ls->gain, half = ldexp(1, l->adc_bits - 1) * lsb, end = behave_droop(m, l, core, half);
    if (end < 0.01 * lsb) return;
    ls->droop = (float)(end / lsb);
    ls->droop_rise = (float)(log(end / behave_droop(m, l, core, half - lsb)));
}

static void prepare_layer(Sim *s, uint32_t li, uint32_t chip)
{
    const PlanLayer *l = &s->p->layers.v[li];
    LayerSim *ls = &s->layers[li];
    if (l->op != PLAN_CONV) return;
    ls->adc = s->m->adc;
    ls->bits = l->adc_bits;
    ls->copies = plan_copies(s->p, li);
    ls->shift = ls->adc ? l->shift_adc : l->shift;
    ls->mul = arena_array(&s->arena, int64_t, (size_t)l->oc);
    ls->add = arena_array(&s->arena, int64_t, (size_t)l->oc);
    const PlanCore *core = core_of(s->p, li);
    ls->gain = ls->adc ? converter_gain(s->m, l, core) : 1;
    double g = ls->adc && s->m->parasitics && core ? behave_gain(s->m, l, core) * s->m->settle_near * ls->gain * digit_slope(s->m) : 1.0;
    for (int32_t o = 0; o < l->oc; o++) {
        ls->mul[o] = ls->adc ? llrint(l->mul_adc[o] / g) : l->mul[o];
        ls->add[o] = ls->adc ? l->add_adc[o] : l->add[o];
    }
    if (s->m->noise) {
        double lsb_v = behave_lsb_v(l, s->m) / ls->gain;
        double v = s->m->adc_noise_v * s->m->adc_noise_v + s->m->column_noise_v * s->m->column_noise_v;
        ls->noise = sqrt(v) / lsb_v;
    }
    if (ls->adc && s->m->parasitics && core) set_droop(s->m, l, core, ls);
    for (uint32_t ti = 0; ti < s->p->tiles.n; ti++) {
        const PlanTile *t = &s->p->tiles.v[ti];
        if (t->layer != li) continue;
        for (int32_t r0 = 0; r0 < t->rows; r0 += l->rows_per_conv) {
            int32_t r1 = r0 + l->rows_per_conv < t->rows ? r0 + l->rows_per_conv : t->rows;
            add_job(s, ls, l, ti, r0, r1, chip);
        }
    }
}

/* ---- one sample -------------------------------------------------------------------------------------- */

typedef struct {
    int32_t **tensor;     /* [tensors] */
    float *digit;         /* [digits][patch][positions] */
    float *sum, *code;    /* [positions] */
    float *any;           /* [positions] 1 where a row of the chunk is driven with a digit other than 0, else 0 */
    float *total;         /* [positions] sum of the chunk's digits, turned rows' negative */
    float *counts;        /* [rows][positions] digits of a chunk as they count with what the bias does */
    double *lift;         /* [positions][1 + LINES_STEPS]: rise of the current in the first firing, and in the steps of the second */
    int32_t *acc;         /* [oc][positions] */
    uint64_t conversions, clipped;
    Rng noise;
} Work;

/* Positions stand in the order of the copies that compute them, so that a copy's are side by side. */
static inline int64_t place(uint32_t copies, int64_t pos, int64_t i)
{
    if (copies == 1) return i;
    int64_t c = i % copies, more = pos % copies;
    return c * (pos / copies) + (c < more ? c : more) + i / copies;
}

/* The patch matrix in radix-8 digits: row k of digit d at digit + (d·patch + k)·positions. */
static void fill_digits(const Plan *p, const PlanLayer *l, uint32_t copies, const int32_t *x, float *digit)
{
    const PlanTensor *ti = &p->tensors.v[l->in[0]], *to = &p->tensors.v[l->out];
    int32_t patch = l->groups * plan_rows(l);
    int64_t pos = (int64_t)to->h * to->w;
    memset(digit, 0, sizeof(float) * (size_t)l->digits * (size_t)patch * (size_t)pos);
    for (int32_t k = 0; k < patch; k++) {
        int32_t kx = k % l->kw, ky = k / l->kw % l->kh, c = k / (l->kw * l->kh);
        for (int32_t oy = 0; oy < to->h; oy++) {
            int32_t iy = oy * l->sh - l->pt + ky * l->dh;
            if (iy < 0 || iy >= ti->h) continue;
            const int32_t *row = x + ((int64_t)c * ti->h + iy) * ti->w;
            float *out = digit + (int64_t)k * pos;
            for (int32_t ox = 0; ox < to->w; ox++) {
                int32_t ix = ox * l->sw - l->pl + kx * l->dw;
                if (ix < 0 || ix >= ti->w) continue;
                int32_t v = row[ix] - ti->zp;
                for (int32_t d = 0; d < l->digits; d++) out[(int64_t)d * patch * pos + place(copies, pos, (int64_t)oy * to->w + ox)] = (float)plan_digit(v, d);
            }
        }
    }
}

/* Four rows at a time: the sum is loaded and stored once for them. Rows without a weight (other groups, zero digits) cost nothing: what
 * they couple stands in the sum of all. */
static void sum_column(const Job *j, const int32_t *row_k, const float *w, const float *digit, int64_t stride, const float *restrict total, int64_t pos, float *restrict sum)
{
    const float *x[4];
    float f[4];
    uint32_t n = 0;
    if (j->zero == 0.0f) memset(sum, 0, sizeof(float) * (size_t)pos);
    for (int64_t i = 0; j->zero != 0.0f && i < pos; i++) sum[i] = j->zero * total[i];
    for (int32_t r = 0; r < j->rows; r++) {
        if (w[r] == 0.0f) continue;
        f[n] = w[r];
        x[n++] = digit + (int64_t)row_k[r] * stride;
        if (n < 4) continue;
        const float *restrict a = x[0], *restrict b = x[1], *restrict c = x[2], *restrict d = x[3];
        for (int64_t i = 0; i < pos; i++) sum[i] += (f[0] * a[i] + f[1] * b[i]) + (f[2] * c[i] + f[3] * d[i]);
        n = 0;
    }
    for (uint32_t k = 0; k < n; k++) {
        const float *restrict a = x[k];
        for (int64_t i = 0; i < pos; i++) sum[i] += f[k] * a[i];
    }
}

/* Four normal numbers from 64 random bits: 16 bits choose a quantile, so the tails end at 4.3 σ. */
static void add_noise(Work *wk, const float *quantile, float sigma, int64_t pos, float *sum)
{
    for (int64_t i = 0; i < pos; i += 4) {
        uint64_t u = rng_u64(&wk->noise);
        for (int64_t k = i; k < i + 4 && k < pos; k++, u >>= 16) sum[k] += sigma * quantile[u & 0xffff];
    }
}

static void convert(Work *wk, const LayerSim *ls, const float *quantile, float gain, float offset, const float *levels, int64_t pos, float *sum)
{
    float lo = -ldexpf(1.0f, ls->bits - 1);
    for (int64_t i = 0; i < pos; i++) sum[i] = sum[i] * gain + offset;
    for (int64_t i = 0; ls->droop > 0 && i < pos; i++) {
        float below = fabsf(sum[i]) + lo;
        sum[i] -= copysignf(ls->droop * expf(below < 0 ? below * ls->droop_rise : 0), sum[i]);
    }
    if (ls->noise > 0) add_noise(wk, quantile, (float)ls->noise, pos, sum);
    wk->clipped += levels_convert(levels, ls->bits, pos, sum);
}

/* A chunk whose rows all have digit 0 is not added (docs/isa.md): neither noise nor offset of its conversion. */
static void driven(const Job *j, const float *digit, int64_t stride, int64_t pos, float *restrict any, float *restrict total)
{
    memset(any, 0, sizeof(float) * (size_t)pos);
    memset(total, 0, sizeof(float) * (size_t)pos);
    for (int32_t r = 0; r < j->rows; r++) {
        if (j->row_k[r] < 0) continue;
        const float *restrict x = digit + (int64_t)j->row_k[r] * stride;
        for (int64_t i = 0; i < pos; i++) any[i] = x[i] != 0.0f ? 1.0f : any[i];
        float turn = plan_turned(j->row0 + r) ? -1.0f : 1.0f;
        for (int64_t i = 0; i < pos; i++) total[i] += turn * x[i];
    }
}

/* What firing rows do to their bias, position by position, and their digits with it. */
static void lift_bias(const Sim *s, Work *wk, const Job *j, const float *digit, int64_t stride, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double share[LINES_STEPS] = {0}, *lift = wk->lift + i * (1 + LINES_STEPS);
        float counts[LINES_STEPS];
        for (int32_t r = 0; r < j->rows; r++)
            if (j->row_k[r] >= 0) share[(int)fabsf(digit[(int64_t)j->row_k[r] * stride + i])] += j->share[r];
        lift[0] = lines_lift(&s->m->line, &j->kept, share, lift + 1);
        lines_inputs(lift[0], lift + 1, counts);
        for (int32_t r = 0; r < j->rows; r++) {
            float x = j->row_k[r] >= 0 ? digit[(int64_t)j->row_k[r] * stride + i] : 0;
            wk->counts[r * n + i] = copysignf(counts[(int)fabsf(x)], x);
        }
    }
}

/* A job's column for its copy's positions, from `from` on: converted as often as the plan says, added into the output's sums. */
static void run_column(const Sim *s, Work *wk, const PlanLayer *l, const LayerSim *ls, const Job *j, int32_t c, int32_t d, int64_t from, int64_t n)
{
    const PlanTensor *to = &s->p->tensors.v[l->out];
    const PlanTile *t = &s->p->tiles.v[j->tile];
    int64_t pos = (int64_t)to->h * to->w;
    const float *digit = wk->digit + (int64_t)d * l->groups * plan_rows(l) * pos + from;
    int32_t *acc = wk->acc + (int64_t)t->col_o[j->col[c]] * pos + from, scale = 1 << 3 * (d + t->col_s[j->col[c]]);
    const float *w = j->w + (int64_t)c * j->rows;
    if (j->share) sum_column(j, s->in_order, w, wk->counts, n, wk->total, n, wk->sum);
    else sum_column(j, j->row_k, w, digit, pos, wk->total, n, wk->sum);
    for (int64_t i = 0; j->share && j->bends[c] && i < n; i++) {
        const double *lift = wk->lift + i * (1 + LINES_STEPS);
        wk->sum[i] = (float)lines_sum(&s->m->line, w, digit + i, pos, j->row_k, j->rows, j->at, lift[0], lift + 1);
    }
    for (int32_t k = ls->adc ? plan_repeats(l) : 1; k > 0; k--) {
        float *v = k > 1 ? wk->code : wk->sum; /* the last one may spoil the sum */
        if (k > 1) memcpy(v, wk->sum, sizeof *v * (size_t)n);
        if (ls->adc) convert(wk, ls, s->quantile, j->gain[c], j->offset[c], j->levels[c], n, v);
        for (int64_t i = 0; ls->adc && i < n; i++) v[i] *= wk->any[i];
        for (int64_t i = 0; i < n; i++) acc[i] += scale * (int32_t)v[i];
        wk->conversions += (uint64_t)n;
    }
}

static void run_conv(const Sim *s, Work *wk, uint32_t li)
{
    const PlanLayer *l = &s->p->layers.v[li];
    const LayerSim *ls = &s->layers[li];
    const PlanTensor *to = &s->p->tensors.v[l->out];
    int64_t pos = (int64_t)to->h * to->w;
    uint32_t copies = ls->copies;
    fill_digits(s->p, l, copies, wk->tensor[l->in[0]], wk->digit);
    memset(wk->acc, 0, sizeof(int32_t) * (size_t)l->oc * (size_t)pos);
    for (uint32_t q = 0; q < ls->jobs.n; q++) {
        const Job *j = &ls->jobs.v[q];
        uint32_t copy = s->p->tiles.v[j->tile].copy;
        int64_t from = place(copies, pos, copy), n = (pos - copy + copies - 1) / copies;
        if (copy >= pos) continue;
        for (int32_t d = 0; d < l->digits; d++) {
            if (ls->adc) driven(j, wk->digit + (int64_t)d * l->groups * plan_rows(l) * pos + from, pos, n, wk->any, wk->total);
            if (j->share) lift_bias(s, wk, j, wk->digit + (int64_t)d * l->groups * plan_rows(l) * pos + from, pos, n);
            for (int32_t c = 0; c < j->cols; c++) run_column(s, wk, l, ls, j, c, d, from, n);
        }
    }
    int32_t *y = wk->tensor[l->out];
    for (int32_t o = 0; o < l->oc; o++)
        for (int64_t i = 0; i < pos; i++)
            y[o * pos + i] = ops_requant(wk->acc[o * pos + place(copies, pos, i)], ls->mul[o], ls->add[o], ls->shift, to->zp, l->lo, l->hi);
}

/* Run all layers of one sample; everything in the arena. */
static Work run_layers(const Sim *s, uint32_t sample, Arena *a)
{
    Work wk = {.noise = rng_make(s->seed, 0x5A0000000ull + sample)};
    wk.tensor = arena_array(a, int32_t *, s->p->tensors.n);
    for (uint32_t i = 0; i < s->p->tensors.n; i++) {
        const PlanTensor *t = &s->p->tensors.v[i];
        wk.tensor[i] = arena_array(a, int32_t, (size_t)t->c * (size_t)t->h * (size_t)t->w);
    }
    wk.digit = arena_array(a, float, (size_t)s->max_patch);
    wk.acc = arena_array(a, int32_t, (size_t)s->max_acc);
    wk.sum = arena_array(a, float, (size_t)s->max_tensor);
    wk.code = arena_array(a, float, (size_t)s->max_tensor);
    wk.any = arena_array(a, float, (size_t)s->max_tensor);
    wk.total = arena_array(a, float, (size_t)s->max_tensor);
    if (s->max_rows) wk.counts = arena_array(a, float, (size_t)s->max_rows * (size_t)s->max_tensor);
    if (s->max_rows) wk.lift = arena_array(a, double, (1 + LINES_STEPS) * (size_t)s->max_tensor);
    ops_input(s->p, s->x, sample, wk.tensor[s->p->input]);
    for (uint32_t li = 0; li < s->p->layers.n; li++) {
        const PlanLayer *l = &s->p->layers.v[li];
        const PlanTensor *to = &s->p->tensors.v[l->out];
        switch (l->op) {
        case PLAN_CONV: run_conv(s, &wk, li); break;
        case PLAN_MAXPOOL:
        case PLAN_AVGPOOL: ops_pool(s->p, wk.tensor, l); break;
        case PLAN_ADD: ops_add(s->p, wk.tensor, l); break;
        case PLAN_CONCAT: ops_concat(s->p, wk.tensor, l); break;
        case PLAN_TABLE:
            for (int64_t k = 0; k < (int64_t)to->c * to->h * to->w; k++) wk.tensor[l->out][k] = l->table[wk.tensor[l->in[0]][k] - s->p->tensors.v[l->in[0]].lo];
            break;
        case PLAN_FLATTEN:
            memcpy(wk.tensor[l->out], wk.tensor[l->in[0]], sizeof(int32_t) * (size_t)to->c * (size_t)to->h * (size_t)to->w);
            break;
        }
    }
    return wk;
}

static Status run_sample(void *ctx, uint32_t sample)
{
    Sim *s = ctx;
    Arena a = {0};
    Work wk = run_layers(s, sample, &a);
    const PlanTensor *to = &s->p->tensors.v[s->p->output];
    for (uint32_t k = 0; k < s->outputs; k++)
        s->y[(size_t)sample * s->outputs + k] = to->scale * (wk.tensor[s->p->output][k] - to->zp);
    s->conversions[sample] = wk.conversions;
    s->clipped[sample] = wk.clipped;
    arena_free(&a);
    return ST_OK;
}

/* ---- all samples ---------------------------------------------------------------------------------------- */

static void size_work(Sim *s)
{
    for (uint32_t i = 0; i < s->p->tensors.n; i++) {
        const PlanTensor *t = &s->p->tensors.v[i];
        int64_t n = (int64_t)t->c * t->h * t->w;
        if (n > s->max_tensor) s->max_tensor = n;
    }
    for (uint32_t i = 0; i < s->p->layers.n; i++) {
        const PlanLayer *l = &s->p->layers.v[i];
        if (l->op != PLAN_CONV) continue;
        const PlanTensor *to = &s->p->tensors.v[l->out];
        int64_t pos = (int64_t)to->h * to->w, patch = (int64_t)l->digits * l->groups * plan_rows(l) * pos;
        if (patch > s->max_patch) s->max_patch = patch;
        if (l->oc * pos > s->max_acc) s->max_acc = l->oc * pos;
    }
    s->in_order = arena_array(&s->arena, int32_t, (size_t)s->max_rows + 1);
    for (int32_t r = 0; r < s->max_rows; r++) s->in_order[r] = r;
}

static void sim_free(Sim *s)
{
    for (uint32_t li = 0; li < s->p->layers.n; li++) arr_free(&s->layers[li].jobs);
    map_free(&s->table_of);
    arr_free(&s->table);
    arena_free(&s->arena);
}

void behave_exact(const Plan *p, const Npy *x, uint32_t sample, Arena *a, int32_t ***tensor)
{
    BehaveModel exact = {0};
    Sim s = {.p = p, .m = &exact, .x = x};
    s.layers = arena_array(&s.arena, LayerSim, p->layers.n);
    for (uint32_t li = 0; li < p->layers.n; li++) prepare_layer(&s, li, 0);
    size_work(&s);
    *tensor = run_layers(&s, sample, a).tensor;
    sim_free(&s);
}

Status behave_run(const Plan *p, const BehaveModel *m, const Npy *x, uint32_t n, uint64_t seed, uint32_t chip,
                  uint32_t threads, BehaveResult *out)
{
    memset(out, 0, sizeof *out);
    const PlanTensor *to = &p->tensors.v[p->output];
    Sim s = {.p = p, .m = m, .x = x, .seed = seed, .outputs = (uint32_t)(to->c * to->h * to->w)};
    s.layers = arena_array(&s.arena, LayerSim, p->layers.n);
    s.conversions = arena_array(&s.arena, uint64_t, n);
    s.clipped = arena_array(&s.arena, uint64_t, n);
    s.y = out->y = mem_calloc((size_t)n * s.outputs, sizeof(double));
    for (uint32_t li = 0; li < p->layers.n; li++) {
        prepare_layer(&s, li, chip);
        const PlanLayer *l = &p->layers.v[li];
        if (l->op != PLAN_CONV) continue;
        double v = behave_lsb_v(l, m);
        if (out->lsb_v_min == 0 || v < out->lsb_v_min) out->lsb_v_min = v;
        if (v > out->lsb_v_max) out->lsb_v_max = v;
    }
    if (m->noise) s.quantile = behave_quantiles(&s.arena);
    size_work(&s);
    Status st = par_for(n, threads, run_sample, &s);
    for (uint32_t i = 0; i < n; i++) {
        out->conversions += s.conversions[i];
        out->clipped += s.clipped[i];
    }
    sim_free(&s);
    return st;
}
