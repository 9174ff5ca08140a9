/*
 * From an ONNX file to a plan: read, infer in float, fuse to integers, pack on crossbars.
 */
#ifndef MAPPER_MAPPER_H
#define MAPPER_MAPPER_H

#include "gen/base/base.h"
#include "gen/db/npy.h"
#include "gen/db/plan.h"

typedef struct Graph Graph; /* the network as read: nodes, tensors, initializers; shapes inferred */

/* ONNX-00nn: truncated, hostile sizes, cyclic, unsupported operator (named with node and reason), external data … */
Status onnx_read(const char *path, Graph **out);
void graph_free(Graph *g);
int64_t graph_input_count(const Graph *g);  /* elements per sample */
int64_t graph_output_count(const Graph *g);
NpyType graph_output_type(const Graph *g); /* for arrays: bool is uint8, 16-bit floats and double are float32, as computed */

/*
 * Float reference semantics of ONNX, one sample after another on `threads` threads.
 *   x  [n][…], of an integer input whole and within its type and 2^24 (WKL-0003); y out: [n][outputs] float32, owned by the caller
 */
Status graph_infer(const Graph *g, const Npy *x, uint32_t threads, float **y);

/* Architecture file or built-in name (adelia-gen2, adelia-gen1): ARCH-00nn. */
Status arch_read(const char *name_or_path, Arena *a, PlanArch *out);

/* What a plan is to be good at; the order is that of map_strategy_names. */
typedef enum {
    MAP_UTILISATION, /* fullest crossbars: fewest weight loads, then blocks */
    MAP_MOVEMENT,    /* fewest words over bus and ring, reloads among them */
    MAP_LATENCY,     /* fewest clocks */
    MAP_RELOADS,     /* fewest weight loads, then clocks */
    MAP_ACCURACY     /* conversions repeated until their noise is small, then fewest clocks */
} MapStrategy;
extern const char *const map_strategy_names[]; /* NULL at the end */

/* What a plan takes per inference, and what no plan of the network can go below. */
typedef struct {
    int64_t blocks, blocks_bound, area_bound; /* area_bound: weight digits alone */
    int64_t loads, loads_bound;               /* of weights; 1: loaded once for all inferences */
    int64_t reload_words, reload_bound;       /* 16-bit words of weights on the bus */
    int64_t moved, moved_bound;               /* words on bus and ring: inputs, sums, weights */
    int64_t conversions;                      /* converters · samples */
    int64_t clocks;                           /* of the convolutions and weight loads, estimated */
    int64_t crossbars;                        /* used, summed over weight loads */
    int64_t copies;                           /* tiles that are copies of others */
    uint32_t tiles;
} MapFigures;

void map_figures(const Plan *p, MapFigures *out);

/* A node of the network and what became of it. */
typedef struct {
    const char *name, *op, *shape; /* shape of its output, "1x64x25x5" */
    const char *where;             /* "layer", "constant" (folded), "input" (the host quantises), "host" (Softmax), "" (not mapped) */
    uint32_t layer;                /* of the plan, where "layer" */
    int64_t params, macs;          /* numbers of its constants; multiplications with weights */
} MapNode;

typedef struct {
    ARRAY(MapNode) v;
    Arena arena;
} MapNodes;
void map_nodes_free(MapNodes *n);

/* What loads a column beside the capacitors of the rows that a conversion joins, in units of one row's: it takes the same share of every sum. */
typedef struct {
    double fixed, per_row, per_joined; /* at its end; per row of the crossbar; per joined row. All 0: not known, or no load */
} MapColumn;

/* Options of the mapper; 0 = the mapper chooses. rows_per_conv is a ceiling: a layer joins no more rows than it has. */
typedef struct {
    int32_t adc_bits, adc_gain, rows_per_conv, repeats; /* repeats of a conversion: 0 is 1, but for MAP_ACCURACY */
    const double *noise;  /* [17] rms of a conversion by resolution [LSB at gain 1], or NULL: none */
    const Npy *calib;     /* sample inputs for float networks' ranges and for the ADC choice; may be NULL */
    MapColumn column;     /* counts where digits are filled */
    bool fill;            /* other integers than the network's where they fill digits: the mapper chooses, layer by layer */
    int32_t fill_slices, fill_digits; /* or these digits of weights and inputs in every layer */
    MapStrategy strategy;
    MapNodes *nodes;      /* out: what became of each node, also of those before one that is refused; NULL: not wanted */
    uint32_t threads;
} MapOptions;

/* MAP-00nn: does not fit, sums overflow, operator with no integer form … */
Status map_network(const Graph *g, const char *path, const PlanArch *arch, const MapOptions *opt, Plan *out);

/*
 * Integer inference of the plan with ideal columns (adc_bits taken as 0), bit-true.
 *   y  out: [n][outputs] float32, dequantised, owned by the caller; before Softmax if p->softmax (then plan_softmax per sample)
 */
Status plan_infer_exact(const Plan *p, const Npy *x, uint32_t threads, float **y);
/*
 * Every tensor of the plan against the network's float value of the same name, quantised to the tensor's scale, over the first samples of x.
 *   worst  out: [tensors] largest difference in units, -1 where the network has no such value (flattened copies)
 */
void plan_compare(const Graph *g, const Plan *p, const Npy *x, int64_t samples, int64_t *worst);
/* Bound of docs/arithmetic.md for the worst input of a layer that requantises: E, in units of its output. */
double plan_requant_bound(const Plan *p, const PlanLayer *l);
/* Input sample i of x as integers of the plan's input tensor (round half to even, saturate). */
void plan_quantise_input(const Plan *p, const Npy *x, int64_t sample, int32_t *q);

#endif
