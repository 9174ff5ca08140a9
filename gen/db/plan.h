/*
 * The crossbar plan: the network in the integers the hardware computes with, and where every weight digit stands.
 * Written by the mapper, read by everything after it. plan.xml holds all of it; no other file is needed downstream.
 *
 * Integer semantics, the same for `infer --exact`, the behavioural simulator and the emitted VHDL:
 *   every tensor is an array of integers q [c][h][w] with a zero point; real value = scale · (q − zp)
 *   CONV     acc = Σ w · (x − zp_in)          exact, |acc| < 2^29 (30-bit partial sums), padding contributes 0
 *            q   = clamp(((acc · mul[o] + add[o]) >> shift) + zp_out, lo, hi)       arithmetic shift, 64-bit
 *            (bias and the rounding constant 2^(shift−1) are inside add[o]; `>>` throughout: where shift > 0 and no bit below it is
 *            set, the real result was a tie, and an odd one becomes the even one below it: half to even, as ONNX rounds)
 *   AVGPOOL  acc = Σ (x − zp_in) over the window, then as CONV with mul[c], add[c]
 *   MAXPOOL  q = max over the window (padding ignored)
 *   ADD      acc = (x0 − zp0) · mul[0] + (x1 − zp1) · mul[1] + add[0], q = clamp((acc >> shift) + zp_out, lo, hi)
 *   CONCAT   channels of x0, then those of x1: q = clamp((((x_i − zp_i) · mul[i] + add[0]) >> shift) + zp_out, lo, hi)
 *   FLATTEN  same integers, shape [c·h·w][1][1]
 *   TABLE    q = table[x − lo_in]: any function of one value, an entry for every integer that the input can be
 * Integers need not be the network's own: where the mapper fills digits, a tensor's network_scale and a layer's network_slices and network_digits say what
 * they were. Scale, zero point, range, weights, factors and clamps are then of the new integers; the semantics above are the same.
 * A MAXPOOL may take a part of its input (Slice): c0 is its first channel, and padding may be negative.
 * A fully connected layer is a CONV on a [c][1][1] tensor with a 1×1 kernel.
 *
 * How the analog crossbar computes acc (ISSUE words: slice = weight digit, digit = input digit, both radix 8):
 *   w = Σ_s 8^s · wd_s, wd_s in −7…7 (sign of w on every digit);  x − zp = Σ_d 8^d · xd_d, xd_d in −7…7 likewise.
 *   One conversion: one tile, one column (o, s), one digit d, one chunk of rows_per_conv consecutive rows of the tile
 *   (chunk j = tile rows j·rows_per_conv … (j+1)·rows_per_conv − 1, the last one may be shorter; the lsb is the same):
 *       code = ADC(Σ_rows wd · xd),  ideal ADC: code = clamp(round(sum / lsb), −2^(bits−1), 2^(bits−1) − 1)
 *       lsb = 2 · 49 · rows_per_conv / (gain · 2^bits)      (49 = 7·7, full scale = ±49 · rows_per_conv)
 *   Each conversion is made `repeats` times, from the sample on, and its codes are added: noise falls with the root of that.
 *   acc_adc = Σ 8^(s+d) · code  (integer);  then q as above with mul_adc[o], add_adc[o] (lsb / repeats folded in) for mul, add.
 *   A chunk always joins rows_per_conv rows of the crossbar (its own blocks; where the crossbar ends before, the last ones),
 *   rows that are not the chunk's rest at VCM: the full scale, and so lsb, is the same for every conversion of a layer.
 *   rows_per_conv is a multiple of the core's block_rows, which divides the core's rows.
 *   Exact mode (adc_bits = 0): code = sum, mul and add. Conversions whose chunk holds no row of the column's group are skipped.
 *   A conversion whose chunk's rows all have digit 0 counts 0, whatever the converter says: the controller does not add it.
 */
#ifndef GEN_DB_PLAN_H
#define GEN_DB_PLAN_H

#include "gen/base/base.h"

typedef enum { PLAN_CONV, PLAN_AVGPOOL, PLAN_MAXPOOL, PLAN_ADD, PLAN_FLATTEN, PLAN_CONCAT, PLAN_TABLE } PlanOp;

typedef struct {
    const char *name;
    int32_t c, h, w;   /* batch is always 1 */
    double scale;
    int32_t zp;        /* zero point */
    int32_t lo, hi;    /* range of q the hardware must hold, e.g. 0…255 or −128…127 */
    double network_scale; /* of the network's own integers, where the mapper has put others in their place to fill digits; else 0 */
} PlanTensor;

typedef struct {
    const char *name;      /* of the network's node, unique */
    PlanOp op;
    uint32_t in[2], out;   /* tensor indices; in[1] only for ADD and CONCAT */
    /* geometry of CONV and pools */
    int32_t kh, kw, sh, sw, pt, pl, pb, pr, dh, dw, groups;
    int32_t c0;            /* MAXPOOL: first channel of its input */
    int32_t oc, icg;       /* CONV: output channels, input channels per group; K = icg·kh·kw rows per group */
    const int16_t *w;      /* CONV: [oc][icg][kh][kw] */
    const int32_t *bias;   /* CONV: [oc], in units of acc; for reports (already inside add) */
    /* requantisation, [oc] (CONV), [c] (AVGPOOL), [2]/[1] (ADD, CONCAT) */
    const int32_t *mul;
    const int64_t *add;
    const int32_t *mul_adc;   /* CONV only: as mul, add, with lsb folded in */
    const int64_t *add_adc;
    int32_t shift;            /* ≤ 46 */
    int32_t shift_adc;        /* CONV: shift that goes with mul_adc */
    int32_t lo, hi;           /* clamp, activation folded in */
    const int32_t *table;     /* TABLE: [plan_table(in)] values lo…hi, else NULL */
    /* how it runs on the crossbar (CONV) */
    int32_t slices, digits;   /* weight slices and input digits used: 1…3 each */
    int32_t network_slices, network_digits; /* what the network's own integers take, where weights or inputs are others; else 0 */
    int32_t rows_per_conv;    /* multiple of arch.block_rows */
    int32_t adc_bits, adc_gain;
    int32_t repeats;          /* of every conversion, 1…16; 0 is 1 (plan_repeats) */
    double clip;              /* share of conversions the mapper expects to clip; 0 if not estimated */
} PlanLayer;

/*
 * A rectangle of one layer's weight digits on one crossbar in one cycle (cycle = weights reloaded between). Tiles of a cycle may overlap where
 * one of them has dummy rows (which rest while it is multiplied) or dummy columns (which are not read), so that they share blocks.
 *
 * A layer may be there several times, so that its positions are shared: copy c of n computes output positions c, c + n, c + 2n … (row by row). Every copy
 * holds every weight; all of them are in one cycle, at most one tile per crossbar, the crossbars of a copy before those of the next.
 */
typedef struct {
    uint32_t layer, core, cycle;
    int32_t row0, col0;       /* place on the crossbar, in synapses; row0 a multiple of block_rows, col0 of block_cols */
    int32_t rows, cols;
    const int32_t *row_k;     /* [rows] index into the layer's patch vector [groups][icg][kh][kw], −1 = dummy row */
    const int32_t *col_o;     /* [cols] output channel, −1 = dummy column */
    const int32_t *col_s;     /* [cols] slice 0 (least significant) … slices−1 */
    uint32_t copy;
} PlanTile;

/* One physical crossbar. Programmable: one per APU, all alike. Dedicated: one per CONV layer. */
typedef struct {
    const char *name;
    int32_t rows, cols;       /* synapses */
    int32_t block_rows, block_cols;   /* 16 × 4; dedicated: a divisor of rows near 16; the last block may have fewer columns */
    int32_t cols_per_adc;     /* 2 */
} PlanCore;

/* From arch.xml (mapper/arch). */
typedef struct {
    const char *name;         /* adelia-gen2, adelia-gen1 */
    bool dedicated;
    int32_t apus, rows, cols, block_rows, block_cols, cols_per_adc;
    int32_t mag_bits;         /* 3: magnitude bits per synapse and bits per input digit (radix 8) */
    int32_t adc_bits_min, adc_bits_max, gain_max;
    int32_t weight_mem, instr_mem;  /* bytes per APU */
    int32_t sum_bits, bias_bits;
    double clock_hz, sample_rate_hz;           /* digital clock; inferences per second wanted */
} PlanArch;

typedef struct {
    const char *network;      /* file name without folder */
    const char *network_sha256;
    PlanArch arch;
    ARRAY(PlanTensor) tensors;
    ARRAY(PlanLayer) layers;  /* in order of execution */
    ARRAY(PlanTile) tiles;
    ARRAY(PlanCore) cores;
    uint32_t input, output;   /* tensors */
    bool softmax;             /* the network ends in Softmax: the host's task, on the dequantised output (plan_softmax) */
    uint32_t cycles;          /* weight loads = 1 + highest tile cycle */
    int64_t blocks_used, blocks_bound; /* 16×4 block·cycles used, and the lower bound by area */
    Arena arena;              /* owns all text and arrays */
} Plan;

/* PLAN-00nn with file and line for anything out of shape or range; every index and size is checked. */
Status plan_read(const char *path, Plan *out);
Status plan_write(const Plan *p, const char *path);
/* Invariants: shapes chain, tiles inside their core and no synapse in two of them within a cycle, every weight digit that is
 * needed placed exactly once, |acc| < 2^(sum_bits−1) for the worst input. Names the first violation. */
Status plan_check(const Plan *p);
void plan_free(Plan *p);
/* Softmax over n values in place, as the host does it where p->softmax. */
void plan_softmax(float *y, int64_t n);

static inline bool plan_two_inputs(const PlanLayer *l) { return l->op == PLAN_ADD || l->op == PLAN_CONCAT; }
static inline int32_t plan_repeats(const PlanLayer *l) { return l->repeats > 1 ? l->repeats : 1; }
enum { PLAN_REPEATS = 16, PLAN_TABLE_MAX = 1024 }; /* entries: the 10 bits of a row register */
/* Entries of a TABLE on that tensor. */
static inline int32_t plan_table(const PlanTensor *in) { return in->hi - in->lo + 1; }
/* Has the mapper put integers of its own in the place of the network's? Then results differ from the network's by what rounding to them costs. */
static inline bool plan_filled(const Plan *p)
{
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].network_slices) return true;
    return false;
}
/* Copies of a layer: 1 unless its tiles say more. */
uint32_t plan_copies(const Plan *p, uint32_t layer);
static inline int32_t plan_rows(const PlanLayer *l) { return l->icg * l->kh * l->kw; } /* K per group */
/*
 * Rows of one block that switches join, on the crossbar of layer l. Programmable: the architecture's. Dedicated: a divisor of
 * the crossbar's rows, as near to the architecture's as there is (half to twice), else all rows in one block: so every
 * block, and every chunk, holds the same charge. Grouped layers: a block per group.
 */
static inline int32_t plan_block_rows(const PlanArch *a, const PlanLayer *l)
{
    int32_t k = plan_rows(l), best = k;
    if (!a->dedicated) return a->block_rows;
    if (l->groups > 1) return k;
    for (int32_t b = (a->block_rows + 1) / 2; b <= 2 * a->block_rows && b <= k; b++) {
        int32_t off = b > a->block_rows ? b - a->block_rows : a->block_rows - b;
        int32_t was = best > a->block_rows ? best - a->block_rows : a->block_rows - best;
        if (k % b == 0 && off < was) best = b;
    }
    return best;
}

/*
 * Odd rows of a crossbar store the weight and are driven with the input of opposite sign: the product is the same, but what a synapse's wires
 * couple to its column whatever the weight changes its sign from row to row, and cancels.
 */
static inline bool plan_turned(int32_t row) { return row & 1; }

/* Value of digit s of v (sign kept): 8^s digits of |v|. */
static inline int32_t plan_digit(int32_t v, int32_t s)
{
    int32_t m = (v < 0 ? -v : v) >> (3 * s) & 7;
    return v < 0 ? -m : m;
}

#endif
