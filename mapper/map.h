/*
 * The mapper's own stages: fuse (graph to integer layers), ranges (post-training quantisation), adc (rows per conversion),
 * pack (tiles). Private to mapper/.
 */
#ifndef MAPPER_MAP_H
#define MAPPER_MAP_H

#include "mapper/graph.h"
#include "mapper/mapper.h"

/* Loops over digits and patches are worth more than the compiler's usual care. */
#if defined(__GNUC__) && !defined(__clang__)
#define VECTORISE __attribute__((optimize("O3")))
#else
#define VECTORISE
#endif

/* ---- range.c: what values a float tensor takes on sample inputs ---- */
typedef struct Ranges Ranges;
/* Run samples through the float graph. calib NULL: made-up normal inputs, with a warning (MAP-0002). MAP-0025 a value is not finite; WKL-0001 */
Status ranges_make(const Graph *g, const Npy *calib, Ranges **out);
/*
 * Scale that fills `levels` (7, 63 or 511) at the least mean square error.
 *   negative  out: the value goes below 0, codes are −levels … levels; else 0 … levels
 */
double ranges_scale(const Ranges *r, uint32_t value, int32_t levels, bool *negative);
void ranges_free(Ranges *r);

/* ---- fuse.c, fuse_ops.c ---- */
typedef enum {
    Q_NONE,    /* not yet seen, or the network's float input */
    Q_TENSOR,  /* real values of a plan tensor */
    Q_CODES,   /* its integers: between QuantizeLinear and DequantizeLinear */
    Q_PENDING, /* a sum with its scales, not yet quantised */
    Q_TABLE    /* a function of a plan tensor's integers, not yet quantised */
} QKind;

typedef struct {
    QKind kind;
    uint32_t i; /* tensor, pending or table */
} QVal;

/* A layer whose output scale is not known yet: real = clamp(acc · a[c] + b[c], lo, hi). */
typedef struct {
    PlanLayer l;
    uint32_t n;           /* channels: a and b have as many; ADD: a[2], b[1] */
    double *a, *b, lo, hi;
    int32_t c, h, w;      /* of its output */
    bool flat;            /* to be flattened after quantisation */
    uint32_t value;       /* graph value it stands for now */
    uint32_t layer;       /* once it is quantised, else G_NONE */
} Pending;

/* A function of the integers of a tensor: what operators of one value have made of each. */
typedef struct {
    uint32_t tensor;
    float *y;             /* [plan_table(tensor)] real values */
    const char *name;     /* of the node that made it */
    bool flat;            /* to be flattened after quantisation */
    uint32_t layer;       /* once it is quantised, else G_NONE */
} FuseTable;

/* Zeros around a tensor that a Pad has put there; the convolution that reads it takes them in. */
typedef struct {
    int32_t t, l, b, r;
} FusePad;

typedef struct {
    const Graph *g;
    const MapOptions *opt;
    Plan *p;
    QVal *q;              /* [graph values] */
    FusePad *pad;         /* [graph values] */
    ARRAY(Pending) pending;
    ARRAY(FuseTable) tables;
    ARRAY(uint32_t) maker; /* per plan tensor: its layer, or G_NONE for the input */
    Ranges *ranges;       /* made when first needed */
    uint32_t input;       /* graph value that is the network's input as reshaped so far */
    Names names;          /* of layers */
} Fuse;

/* Whole graph to p's tensors and layers; tiles, slices, digits and converter settings are still missing. MAP-00nn */
Status fuse_graph(const Graph *g, const MapOptions *opt, Plan *p);
Status fuse_node(Fuse *f, const GNode *n);
Status fuse_error(const Fuse *f, const GNode *n, const char *id, const char *fmt, ...) PRINTF_LIKE(4, 5);
uint32_t fuse_tensor(Fuse *f, const char *name, int32_t c, int32_t h, int32_t w, double scale, int32_t zp, int32_t lo, int32_t hi, uint32_t maker);
/* Quantise a pending layer to the given scale and range: emits the layer; returns its tensor. */
Status fuse_finish(Fuse *f, Pending *d, double scale, int32_t zp, int32_t lo, int32_t hi, uint32_t *tensor);
/* The plan tensor of a value; a pending layer or the float input gets a scale from the ranges first. */
Status fuse_as_tensor(Fuse *f, const GNode *n, uint32_t value, uint32_t *tensor);
enum { FUSE_LEVELS = 63 }; /* two full digits: DESIGN's "fill the digits" */
/* The same with that many levels of a sign, where the ranges give the scale. */
Status fuse_as_levels(Fuse *f, const GNode *n, uint32_t value, int32_t levels, uint32_t *tensor);
const char *fuse_name(Fuse *f, const char *name); /* made unique */
/* Its [c·h·w][1][1] form; emits a FLATTEN unless it is one already. */
uint32_t fuse_flatten(Fuse *f, uint32_t tensor, const char *name);
/* ---- fuse_quant.c: quantisers of computed values ---- */
Status fuse_quantize(Fuse *f, const GNode *n);
Status fuse_dequantize(Fuse *f, const GNode *n);
Status fuse_quant(Fuse *f, const GNode *n);
Status fuse_trunc(Fuse *f, const GNode *n);
Status fuse_bipolar(Fuse *f, const GNode *n);
bool fuse_is_padded(const Fuse *f, uint32_t value); /* a Pad has put zeros around it that no layer has yet */
/* A tensor's values as a layer of their own, which stands for n's output: a 1 × 1 average, to which factors can be folded. */
Pending *fuse_identity(Fuse *f, const GNode *n, uint32_t tensor);
/* ---- fuse_table.c: functions of one value ---- */
/* Is n a function of one integer tensor's values and of single constants, that is computed here and not in the layers? */
bool fuse_is_function(const Fuse *f, const GNode *n);
/* MAP-0024 the tensor has too many integers for a table, or the function is not finite. */
Status fuse_function(Fuse *f, const GNode *n);
/* n sees a table's value in another shape; flat: as a column. */
void fuse_function_view(Fuse *f, const GNode *n, bool flat);
/* Largest magnitude. */
double fuse_table_reach(const Fuse *f, uint32_t table);
/* Quantise a table to the given scale and range: emits the layer; returns its tensor, which gets that name. */
uint32_t fuse_tabulate(Fuse *f, uint32_t table, const char *name, double scale, int32_t zp, int32_t lo, int32_t hi);
/* The entries of a TABLE into its lo … hi. */
void fuse_table_clamp(Fuse *f, PlanLayer *l);
/* ---- fuse_parts.c: Concat, Slice, and a Pad that no convolution takes in ---- */
Status fuse_concat(Fuse *f, const GNode *n);
Status fuse_slice(Fuse *f, const GNode *n);
/* The padded value as a tensor of its own. */
Status fuse_settle_pad(Fuse *f, const GNode *n, uint32_t value);
/* A layer that waits for its output's scale; it stands for n's output. channels: factors. */
Pending *fuse_pending(Fuse *f, const GNode *n, PlanOp op, uint32_t in, uint32_t channels);
/* Integer weights and one scale per output channel (dimension `axis` of the constant). */
Status fuse_weights(Fuse *f, const GNode *n, uint32_t value, uint32_t axis, int16_t *w, double *scale);
/* mul, add, shift for real factors; used for exact sums and again for converted ones. */
void fuse_requant(Arena *a, const double *mul, const double *add, uint32_t n_mul, uint32_t n_add, const int32_t **m, const int64_t **k, int32_t *shift);

/* Biases in units of the sum. */
const int32_t *fuse_bias(Arena *a, const double *mul, const double *add, uint32_t n);

/* ---- fill.c: other integers for weights and tensors, so that whole digits are filled ---- */
/* What a tensor's integers are to be: −levels … levels or 0 … levels around zero point 0, each `unit` of the old ones. levels 0: as they are. */
typedef struct {
    int32_t levels;
    double unit;
} FillTensor;

/* root: [tensors] the tensor whose integers each one shares (through MAXPOOL and FLATTEN), itself if none. */
void fill_roots(const Plan *p, uint32_t *root);
/* Must the tensors of that root keep their integers? The host reads the output's, a TABLE has an entry for each of its input's. */
bool fill_fixed(const Plan *p, const uint32_t *root, uint32_t tensor);
double fill_reach(const PlanTensor *t); /* largest |q − zp| */
/*
 * A layer's weights times a factor per output channel, so that they fill `slices` digits and no sum of inputs up to `reach` comes near the end of the
 * partial sums: the largest whole factor, so that sums stay exact; if the weights are too large for that and `round` is set, a real one, rounded.
 *   w  out: [oc][rows]; factor  out: [oc]
 */
void fill_weights(const PlanArch *a, const PlanLayer *l, int32_t slices, double reach, bool round, int16_t *w, double *factor);
/* x − zp of a patch in the new integers. */
void fill_patch(const int32_t *x, int64_t n, double unit, int32_t levels, int32_t *out);
/* Rewrite the plan. slices: [layers] digits of a CONV's weights, 0: as they are; f: [tensors], alike for tensors of one root. */
void fill_apply(Plan *p, const int32_t *slices, const FillTensor *f);

/* ---- nodes.c ---- */
/* After fusion, complete or not. taken: [nodes] what each node's output stood for when it had been fused (Q_NONE: not reached). */
void map_nodes(const Fuse *f, const QVal *taken, MapNodes *out);

/* ---- adc.c ---- */
/* Slices, digits, converter setting, rows per conversion and mul_adc/add_adc of every CONV. */
Status adc_choose(Plan *p, const MapOptions *opt);
int32_t adc_groups_per_chunk(const PlanLayer *l); /* of a grouped layer with these rows_per_conv */

/* ---- strategy.c, pack.c ---- */
/* Cores, tiles, cycles, blocks and their bound. MAP-0031 */
Status pack_tiles(Plan *p, MapStrategy strategy);
Status pack_dedicated(Plan *p);

/* ---- exact.c ---- */
typedef struct Exact Exact;
Exact *exact_make(const Plan *p);
/* Run one sample from the integers of the input tensor; afterwards every tensor holds its integers. */
void exact_run(Exact *e, const int32_t *input);
const int32_t *exact_tensor(const Exact *e, uint32_t tensor);
void exact_free(Exact *e);

#endif
