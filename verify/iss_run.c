/*
 * Values: every instruction on whole feature maps. Sums are kept modulo 2^32, as the accumulators are, so they may be taken in any order: with
 * ideal columns the slices of an output and the digits of an input are put together first. A row of inputs stands at all positions one
 * behind the other, so a weight is one multiply-add over them, and weights of 0 (depthwise layers: nearly all) cost nothing.
 */
#include "verify/iss_int.h"

typedef struct {
    const Iss *s;
    bool exact;
    int32_t *fm;
    uint32_t *psum;
    int16_t *patch, *digit;  /* [rows][positions] */
    int16_t *part;           /* [positions] */
    int32_t *acc;            /* [positions] */
} Machine;

enum { PART_ROWS = INT16_MAX / 49 }; /* products of digits that 16 bits hold for sure */

#if defined(__GNUC__) && !defined(__clang__)
#define VECTORISE __attribute__((optimize("O3")))
#else
#define VECTORISE
#endif
#define BODY static inline __attribute__((always_inline)) void

/* part[p] := sum over rows k0 … k1 of w[k] · x[k][p], at most PART_ROWS of them, digits −7…7 */
BODY digits_body(const int16_t *restrict w, const int16_t *restrict x, uint32_t n, uint32_t k0, uint32_t k1, int16_t *restrict part)
{
    memset(part, 0, n * sizeof *part);
    for (uint32_t k = k0; k < k1; k++) {
        const int16_t v = w[k], *row = x + (size_t)k * n;
        if (v == 0) continue;
        for (uint32_t p = 0; p < n; p++) part[p] = (int16_t)(part[p] + v * row[p]);
    }
}

/* sum[p] += Σ w[k] · x[k][p] over all rows, modulo 2^32 */
BODY whole_body(const int16_t *restrict w, const int16_t *restrict x, uint32_t n, uint32_t rows, uint32_t *restrict sum)
{
    for (uint32_t k = 0; k < rows; k++) {
        const int32_t v = w[k];
        const int16_t *row = x + (size_t)k * n;
        if (v == 0) continue;
        for (uint32_t p = 0; p < n; p++) sum[p] += (uint32_t)(v * row[p]);
    }
}

typedef void DigitsFn(const int16_t *, const int16_t *, uint32_t, uint32_t, uint32_t, int16_t *);
typedef void WholeFn(const int16_t *, const int16_t *, uint32_t, uint32_t, uint32_t *);
VECTORISE static void digits_any(const int16_t *w, const int16_t *x, uint32_t n, uint32_t k0, uint32_t k1, int16_t *part) { digits_body(w, x, n, k0, k1, part); }
VECTORISE static void whole_any(const int16_t *w, const int16_t *x, uint32_t n, uint32_t rows, uint32_t *sum) { whole_body(w, x, n, rows, sum); }
#if defined(__x86_64__)
#define AVX2 VECTORISE __attribute__((target("avx2")))
AVX2 static void digits_avx2(const int16_t *w, const int16_t *x, uint32_t n, uint32_t k0, uint32_t k1, int16_t *part) { digits_body(w, x, n, k0, k1, part); }
AVX2 static void whole_avx2(const int16_t *w, const int16_t *x, uint32_t n, uint32_t rows, uint32_t *sum) { whole_body(w, x, n, rows, sum); }
static DigitsFn *digits_pick(void) { return __builtin_cpu_supports("avx2") ? digits_avx2 : digits_any; }
static WholeFn *whole_pick(void) { return __builtin_cpu_supports("avx2") ? whole_avx2 : whole_any; }
#else
static DigitsFn *digits_pick(void) { return digits_any; }
static WholeFn *whole_pick(void) { return whole_any; }
#endif

/* ---- CONV --------------------------------------------------------------------------------------------- */

/* Row register: 10 bits, of whose magnitude the low digits are driven (mask). */
static inline int16_t row_value(int32_t v, int32_t mask)
{
    int32_t x = ((v & 1023) ^ 512) - 512, m = (x < 0 ? -x : x) & mask;
    return (int16_t)(x < 0 ? -m : m);
}

/* Positions of one axis whose element at `first` + position · step lies in 0 … limit − 1: from … to, of n. */
static void inside(int32_t first, int32_t step, int32_t limit, int32_t n, int32_t *from, int32_t *to)
{
    *from = first < 0 ? (-first + step - 1) / step : 0;
    *to = first >= limit ? 0 : (limit - 1 - first) / step + 1;
    if (*to > n) *to = n;
    if (*from > *to) *from = *to;
}

static void gather(Machine *m, const IssOp *op, const IssTile *t)
{
    const int32_t *g = op->reg, mask = 511 & ((1 << 3 * t->digits) - 1), zp = g[REG_IN_ZP], step = g[REG_SW];
    size_t n = (size_t)g[REG_PLANE];
    memset(m->patch, 0, t->rows * n * sizeof *m->patch);
    for (uint32_t i = 0; i < t->rows; i++) {
        int32_t e = iss_table(m->s, SEC_ROWT, (int32_t)(t->row_table + i)), y0, y1, x0, x1;
        if (row_is_dummy((uint32_t)e)) continue;
        inside((e >> 8 & 255) - g[REG_PT], g[REG_SH], g[REG_IN_H], g[REG_OUT_H], &y0, &y1);
        inside((e & 255) - g[REG_PL], step, g[REG_IN_W], g[REG_OUT_W], &x0, &x1);
        for (int32_t y = y0; y < y1 && x0 < x1; y++) {
            /* the first may be reached modulo 2^16; the others follow it inside the memory */
            const int32_t *from = m->fm + ((g[REG_IN] + (int32_t)((uint32_t)e >> 16) + y * g[REG_SHW] + x0 * step) & 0xffff);
            int16_t *to = m->patch + i * n + (size_t)y * (size_t)g[REG_OUT_W] + x0;
            for (int32_t k = 0; k < x1 - x0; k++) to[k] = row_value(from[k * step] - zp, mask);
        }
    }
}

static void split(const Machine *m, size_t n, int32_t d)
{
    for (size_t i = 0; i < n; i++) {
        int32_t v = m->patch[i], mag = (v < 0 ? -v : v) >> (3 * d) & 7;
        m->digit[i] = (int16_t)(v < 0 ? -mag : mag);
    }
}

/* psum: of the tile's first position of output 0; an output's begin `plane` behind those of the one before. */
static void sums_exact(Machine *m, const IssTile *t, uint32_t n, uint32_t plane, uint32_t *psum)
{
    WholeFn *whole = whole_pick();
    for (uint32_t o = 0; o < t->n_outs; o++) whole(t->whole + (size_t)o * t->rows, m->patch, n, t->rows, psum + (size_t)t->outs[o] * plane);
}

/* Sum of one column over the rows of a chunk, into acc. */
static void column(Machine *m, DigitsFn *digits, const int16_t *w, uint32_t n, uint32_t k0, uint32_t k1)
{
    memset(m->acc, 0, n * sizeof *m->acc);
    for (uint32_t k = k0; k < k1; k += PART_ROWS) {
        digits(w, m->digit, n, k, k1 - k < PART_ROWS ? k1 : k + PART_ROWS, m->part);
        for (uint32_t p = 0; p < n; p++) m->acc[p] += m->part[p];
    }
}

static void sums(Machine *m, const IssTile *t, uint32_t n, uint32_t plane, uint32_t *psum)
{
    const int32_t *code = t->code + 49 * t->chunk;
    DigitsFn *digits = digits_pick();
    for (uint32_t d = 0; d < t->digits; d++) {
        split(m, (size_t)n * t->rows, (int32_t)d);
        for (uint32_t q = 0; q < t->cols; q++) {
            if (t->out_of[q] < 0) continue;
            uint32_t *to = psum + (size_t)t->outs[t->out_of[q]] * plane, up = 3 * (d + (uint32_t)t->slice[q]);
            for (uint32_t k = 0; k < t->rows; k += t->chunk) {
                column(m, digits, t->digit + (size_t)q * t->rows, n, k, k + t->chunk < t->rows ? k + t->chunk : t->rows);
                for (uint32_t p = 0; p < n; p++) to[p] += (uint32_t)code[m->acc[p]] * t->repeats << up;
            }
        }
    }
}

/* Shifted down; half a unit is inside, so no bit below means a tie, which goes to the even number. */
static int64_t shifted(int64_t t, int32_t shift)
{
    uint64_t below = ((uint64_t)1 << shift) - 1;
    int64_t v = t >> shift;
    return v - (shift > 0 && !((uint64_t)t & below) && (v & 1));
}

static int32_t requant(const Machine *m, const int32_t *g, int32_t acc, int32_t entry)
{
    int64_t mul = iss_table(m->s, SEC_MULT, g[REG_PARAM] + entry);
    uint64_t add = (uint64_t)m->s->sec[SEC_ADDH][g[REG_PARAM] + entry] << 32 | m->s->sec[SEC_ADDL][g[REG_PARAM] + entry];
    int64_t q = shifted((int64_t)((uint64_t)(acc * mul) + add), g[REG_SHIFT]) + g[REG_OUT_ZP];
    return q < g[REG_LO] ? g[REG_LO] : q > g[REG_HI] ? g[REG_HI] : (int32_t)q;
}

/* Into a word of the feature maps, through the table if the instruction says so. */
static int32_t through(const Machine *m, const IssOp *op, int32_t q)
{
    const int32_t *g = op->reg;
    if (!op->through) return q;
    return iss_table(m->s, SEC_TABL, g[REG_TABLE] + (q < g[REG_LO] ? g[REG_LO] : q > g[REG_HI] ? g[REG_HI] : q) - g[REG_LO]);
}

/* Of all positions those that the tile's copy computes, one behind the other. */
static void pick(Machine *m, const IssOp *op, const IssTile *t, uint32_t n)
{
    uint32_t plane = (uint32_t)op->reg[REG_PLANE];
    for (uint32_t i = 0; i < t->rows && op->copies > 1; i++)
        for (uint32_t p = 0; p < n; p++) m->patch[(size_t)i * n + p] = m->patch[(size_t)i * plane + t->copy + (size_t)p * op->copies];
}

/* Partial sums stand at output · positions + position here, also where the chip needs one place for all positions; copies one behind the other. */
static void conv(Machine *m, const IssOp *op)
{
    const int32_t *g = op->reg;
    uint32_t plane = (uint32_t)g[REG_PLANE];
    for (uint32_t k = 0; k < op->n_tiles; k++) {
        const IssTile *t = &op->tile[k];
        uint32_t n = iss_positions(op, t), *psum = m->psum + iss_before(op, t);
        for (uint32_t o = 0; o < t->n_outs; o++)
            if (t->first[o]) memset(psum + (size_t)t->outs[o] * plane, 0, n * sizeof *psum);
        gather(m, op, t);
        pick(m, op, t, n);
        if (m->exact) sums_exact(m, t, n, plane, psum);
        else sums(m, t, n, plane, psum);
        for (uint32_t o = 0; o < t->n_outs; o++) {
            uint32_t at = (uint32_t)t->outs[o] * plane;
            for (uint32_t p = 0; t->last[o] && p < n; p++)
                m->fm[(uint32_t)g[REG_OUT] + at + t->copy + p * op->copies] = through(m, op, requant(m, g, (int32_t)psum[at + p], t->outs[o]));
        }
    }
}

/* ---- the others ------------------------------------------------------------------------------------------ */

static void pool(Machine *m, const IssOp *op)
{
    const int32_t *g = op->reg;
    int32_t *to = m->fm + g[REG_OUT];
    for (int32_t c = 0; c < g[REG_OC]; c++)
        for (int32_t oy = 0; oy < g[REG_OUT_H]; oy++)
            for (int32_t ox = 0; ox < g[REG_OUT_W]; ox++) {
                int32_t best = -(1 << (m->s->fm_bits - 1));
                uint32_t sum = 0;
                for (int32_t ky = 0; ky < g[REG_KH]; ky++)
                    for (int32_t kx = 0; kx < g[REG_KW]; kx++) {
                        int32_t y = oy * g[REG_SH] - g[REG_PT] + ky, x = ox * g[REG_SW] - g[REG_PL] + kx;
                        if (y < 0 || y >= g[REG_IN_H] || x < 0 || x >= g[REG_IN_W]) continue;
                        int32_t v = m->fm[g[REG_IN] + c * g[REG_CHW] + oy * g[REG_SHW] + ox * g[REG_SW] + ky * g[REG_IN_W] + kx];
                        sum += (uint32_t)v - (uint32_t)g[REG_IN_ZP];
                        if (v > best) best = v;
                    }
                *to++ = through(m, op, g[REG_MAX] == 1 ? best : requant(m, g, (int32_t)sum, c));
            }
}

static void add(Machine *m, const IssOp *op)
{
    const int32_t *g = op->reg;
    int64_t mul0 = iss_table(m->s, SEC_MULT, g[REG_PARAM]), mul1 = iss_table(m->s, SEC_MULT, g[REG_PARAM] + 1);
    uint64_t add0 = (uint64_t)m->s->sec[SEC_ADDH][g[REG_PARAM]] << 32 | m->s->sec[SEC_ADDL][g[REG_PARAM]];
    for (int32_t i = 0; i < g[REG_COUNT]; i++) {
        int64_t a = m->fm[g[REG_IN] + i] - g[REG_IN_ZP], b = m->fm[g[REG_IN2] + i] - g[REG_IN2_ZP];
        int64_t q = shifted((int64_t)((uint64_t)(a * mul0) + (uint64_t)(b * mul1) + add0), g[REG_SHIFT]) + g[REG_OUT_ZP];
        m->fm[g[REG_OUT] + i] = through(m, op, (int32_t)(q < g[REG_LO] ? g[REG_LO] : q > g[REG_HI] ? g[REG_HI] : q));
    }
}

static void infer(Machine *m, const int32_t *in, int32_t *out)
{
    const Iss *s = m->s;
    memcpy(m->fm + s->in_at, in, s->in_n * sizeof *in);
    for (uint32_t i = 0; i < s->ops.n; i++) {
        const IssOp *op = &s->ops.v[i];
        switch (op->op) {
        case INS_CONV: conv(m, op); break;
        case INS_POOL: pool(m, op); break;
        case INS_ADD: add(m, op); break;
        case INS_COPY:
            for (int32_t k = 0; k < op->reg[REG_COUNT]; k++) m->fm[op->reg[REG_OUT] + k] = through(m, op, m->fm[op->reg[REG_IN] + k]);
            break;
        default: break;
        }
    }
    memcpy(out, m->fm + s->out_at, s->out_n * sizeof *out);
}

typedef struct {
    const Iss *s;
    bool exact;
    const int32_t *in;
    int32_t *out;
    uint32_t n, shares;
} Job;

static Status share(void *ctx, uint32_t i)
{
    const Job *j = ctx;
    const Iss *s = j->s;
    size_t patch = 1, positions = 1;
    for (uint32_t k = 0; k < s->ops.n; k++)
        for (uint32_t i_tile = 0; i_tile < s->ops.v[k].n_tiles; i_tile++) {
            size_t n = (size_t)s->ops.v[k].reg[REG_PLANE], words = n * s->ops.v[k].tile[i_tile].rows;
            if (n > positions) positions = n;
            if (words > patch) patch = words;
        }
    Machine m = {.s = s, .exact = j->exact, .fm = mem_calloc((size_t)s->fm_words + 1, sizeof *m.fm), .psum = mem_calloc(65536, sizeof *m.psum),
                 .patch = mem_calloc(patch, sizeof *m.patch), .digit = mem_calloc(patch, sizeof *m.digit),
                 .part = mem_calloc(positions, sizeof *m.part), .acc = mem_calloc(positions, sizeof *m.acc)};
    for (uint64_t k = (uint64_t)j->n * i / j->shares; k < (uint64_t)j->n * (i + 1) / j->shares; k++)
        infer(&m, j->in + k * s->in_n, j->out + k * s->out_n);
    mem_free(m.fm);
    mem_free(m.psum);
    mem_free(m.patch);
    mem_free(m.digit);
    mem_free(m.part);
    mem_free(m.acc);
    return ST_OK;
}

void iss_run(const Iss *s, bool exact, const int32_t *in, uint32_t n, uint32_t threads, int32_t *out)
{
    Job j = {s, exact, in, out, n, threads ? threads : 1};
    par_for(j.shares, j.shares, share, &j);
}
