/* What both co-simulations draw from plan and workload. */
#ifndef GEN_COSIM_INT_H
#define GEN_COSIM_INT_H

#include "gen/cosim.h"

enum { COSIM_SAMPLES = 4 }; /* inferences whose tensors are kept */

typedef struct {
    const Design *d;
    const Plan *p;
    ARRAY(uint32_t) layers;         /* CONV layers with tiles */
    uint32_t n_samples;
    int32_t **tensor[COSIM_SAMPLES]; /* [tensors] of each drawn sample, exact network */
    Rng rng;
    Arena arena;
} Cosim;

/* COS-0008: no layer with weights or no sample. */
Status cosim_begin(Cosim *c, const Design *d, const Npy *x, uint64_t stream);
void cosim_end(Cosim *c);

/* Rows of one conversion: tile rows r0 … r1 − 1 are driven, crossbar rows row0 … row0 + rows − 1 are joined. */
typedef struct {
    int32_t r0, r1, row0, rows;
} Chunk;
Chunk cosim_chunk(const Plan *p, const PlanTile *t, int32_t number);
/* Input digits of the joined rows at a random position of a random sample: x[rows]. Digit d of the layer; −1: drawn. */
void cosim_vector(Cosim *c, const PlanTile *t, Chunk k, int32_t digit, int8_t *x);
/* Weight digits of one physical column over the joined rows, all tiles of the cycle: w[rows]. */
void cosim_weights(const Plan *p, const PlanTile *t, Chunk k, uint32_t column, int8_t *w);
/* Name of the crossbar cell of a core. */
const char *cosim_xbar(const Design *d, uint32_t core);

#endif
