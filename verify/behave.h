/*
 * Behavioural simulation of the workload on the crossbars: every conversion of every column, with the imperfections that
 * characterisation and extraction gave, none guessed. Written from the semantics in gen/db/plan.h; shares no code with mapper/.
 *
 * Model of one conversion (column o·s, digit d, chunk of rows):
 *   v / v_lsb = g · Σ wd' · xd · a_r / lsb + offset + noise      code = clamp(round(that), −2^(bits−1), 2^(bits−1) − 1)
 *   wd'   weight digit with its capacitors' mismatch: Σ over set bits of 2^b·(1 + ε_b), σ(ε_b) = mismatch / √2^b
 *         all times the converter's gain, adc_gain_err and its wires'; and what the wires drawn in a synapse couple to its column: every code has
 *         (par_xn − par_xp ± par_xs) / Cu on top, the sign that of the weight (0: +), every set bit b par_bit[b] / Cu. The weight 0 too
 *         moves its column; turned rows (plan_turned) the other way. The digital side takes the common factor out, nothing else
 *   g     charge lost to the column's own wires, switches and converter: ΣC / (ΣC + C_par) with C_par as extracted; the
 *         digital side multiplies by 1 / g of the layer and converter (trim; what remains is the part that varies from column to column)
 *   a_r   settling of row r's wire and driver at the end of the sampling phase, per column position
 *   offset of the column's converter (mismatch, and what wires make of its middle; after the digital zero-input calibration: rounded off to whole LSB)
 *   round: by the converter's own thresholds (verify/sar.h): of the drawn array with its wires, which also make an LSB smaller; and the array has mismatch: bit b
 *         weighs 2^b·(1 + ε), σ(ε) = adc_cap_mismatch / √2^b
 *   the reference that reaches a converter is lower by ref_drop and what lies between ref_near and ref_far: all codes by 1 / (1 - that), which the digital side does not know
 *   noise per conversion: sampled kT/C and the comparator, in LSB
 *   current family: wd'·xd as its sources draw it, with what all that fire do to their bias, on lines that fall (verify/lines.h)
 *   droop: what open switches take from a column until its code is done, see behave_droop; towards VCM. Every column waits for the second of
 *         its converter's two conversions, which the first does not
 */
#ifndef VERIFY_BEHAVE_H
#define VERIFY_BEHAVE_H

#include "gen/base/base.h"
#include "gen/db/npy.h"
#include "gen/db/plan.h"
#include "verify/lines.h"
#include "verify/sar.h"

enum { BEHAVE_REFS = 64 };      /* crossbars with a loss of their own */

/* What a crossbar's analog side is like. All zero but `adc`: an ideal converter. */
typedef struct {
    bool adc;                    /* false: columns are exact (adc_bits 0) */
    bool parasitics, mismatch, noise;
    double unit_cap_f;           /* Cu */
    double par_local_f;          /* C_par per joined row: its block's own column wire */
    double par_block_f;          /* C_par per joined block: the near side of its closed switch */
    double par_row_f;            /* C_par per row of the crossbar, joined or not: the GCOL wire passes it */
    double par_far_f;            /* C_par per block of the crossbar, joined or not: the far side of its switch */
    double par_column_f;         /* C_par of the column's end: reset and select switch, converter input, their wires */
    double par_xp_f, par_xn_f, par_xs_f;            /* wires of a synapse against its column: row wires; behind the sign multiplexer */
    double par_bit0_f, par_bit1_f, par_bit2_f;      /* bottom plates' wires, beside the capacitor itself */
    double settle_near, settle_far; /* 1 − relative settling error of the first and the last column's sample */
    double cap_mismatch;         /* σ of one Cu */
    double adc_offset_sigma_v;   /* per converter, before calibration */
    double adc_noise_v;          /* rms per conversion, input referred */
    double column_noise_v;       /* rms: kT/C and the reset switch */
    double step_v;               /* input level step: 7 · step = full input */
    LinesModel line;             /* current family, with parasitics: its bias and its range; fall_v 0: sources are ideal */
    double unit_v;               /* current family: V per unit of Σ wd · xd, whatever the rows; 0: charge family, full scale is 7 · step */
    double adc_gain_err;         /* codes per volt over nominal, less 1: the comparator loads the converter's array */
    double ref_drop[BEHAVE_REFS];/* share of the converters' reference that is lost on the way to each crossbar: its codes are as much larger; others lose nothing */
    double ref_near[BEHAVE_REFS], ref_far[BEHAVE_REFS]; /* more of it, that the crossbar's first and last converter lack when bits are decided; between them as a wire loaded evenly along its length */
    /* A that open switches take from a column that stands at the end of the range of gain 1, 2, 4: at its end; of a block that is not joined. 0: none */
    double end1_a, end2_a, end4_a, block1_a, block2_a, block4_a;
    double adc_cap_mismatch;     /* σ of one unit of the converter's capacitor array: its INL and DNL follow from it */
    ArrayWires array;            /* couplings of the drawn converter's array and input; bits 0: it is not drawn, its wires are not known */
    double logic_v;              /* V by which the wires of the converter's logic move */
} BehaveModel;

typedef struct {
    uint64_t conversions, clipped;      /* of all samples */
    double lsb_v_min, lsb_v_max;        /* over layers */
    double *y;                          /* [n][outputs] dequantised, owned (mem_free) */
} BehaveResult;

/*
 * Run samples 0 … n−1 of the workload.
 *   chip   number of the simulated chip: seeds its mismatch and offsets
 *   seed   of the noise
 * Returns  ST_OK. Result is the same for any number of threads.
 * Time     about digits · slices · MACs additions per sample.
 */
Status behave_run(const Plan *p, const BehaveModel *m, const Npy *x, uint32_t n, uint64_t seed, uint32_t chip,
                  uint32_t threads, BehaveResult *out);
void behave_free(BehaveResult *r);

/* Samples whose largest output is at their label. */
uint32_t behave_correct(const double *y, uint32_t n, uint32_t classes, const Npy *labels);

/*
 * Integer tensors of one sample with exact columns: tensor[i] is [c·h·w] of Plan.tensors[i], in the arena.
 */
void behave_exact(const Plan *p, const Npy *x, uint32_t sample, Arena *a, int32_t ***tensor);
/*
 * What the rows of a CONV layer see at one output position: x − zp per entry of its patch vector, padding 0.
 *   x   the layer's input tensor        v   out: [groups · plan_rows(l)]; digit d of entry k is plan_digit(v[k], d)
 */
void behave_patch(const Plan *p, const PlanLayer *l, const int32_t *x, int32_t oy, int32_t ox, int32_t *v);

/*
 * Voltage above VCM at the end of a column (physical column col of its core) for an integer sum Σ wd·xd, before offset and noise.
 * The conversion of behave_run is this divided by behave_lsb_v.
 */
double behave_column_v(const BehaveModel *m, const PlanLayer *l, const PlanCore *core, int32_t col, double sum);
/* Weight of a digit −7…7 as it is stored, in units of Cu: with the synapse's wires, without mismatch. */
double behave_weight(const BehaveModel *m, int32_t stored);
/* V per LSB at the column for a layer: 2 · 7 · step / (gain · 2^bits). */
double behave_lsb_v(const PlanLayer *l, const BehaveModel *m);
/*
 * V that a column v above VCM loses while it waits: exponential in v as currents below threshold are, through what the switches take at the end of the
 * layer's range and at that of the next gain; beyond the end as at it, where the code does not change any more.
 */
double behave_droop(const BehaveModel *m, const PlanLayer *l, const PlanCore *core, double v);
/* Quantiles of the normal distribution at (i + 1/2) / 65536, from which noise is drawn; in the arena. */
float *behave_quantiles(Arena *a);
/* Charge gain of a chunk of a layer's rows on a core. */
double behave_gain(const BehaveModel *m, const PlanLayer *l, const PlanCore *core);
/* F of all that hangs on a converter's input while such a chunk is converted (sar_thresholds); current family: on the capacitor that holds one line. INFINITY: not known. */
double behave_load(const BehaveModel *m, const PlanLayer *l, const PlanCore *core);

#endif
