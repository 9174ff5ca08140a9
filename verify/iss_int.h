/* The decoded program. Private to verify/iss*.c. */
#ifndef VERIFY_ISS_INT_H
#define VERIFY_ISS_INT_H

#include "verify/iss.h"

typedef struct {
    uint32_t rows, cols, block_rows;
} IssApu;

/* Weight digits of a tile as the crossbar holds them, one matrix per CONV. */
typedef struct {
    int16_t *digit;     /* [cols][kp] digits −7…7 */
    int16_t *whole;     /* [outs][kp] digits of an output put together: Σ 8^s · digit */
    int32_t *out_of;    /* [cols] output, −1 dummy */
    int32_t *slice;     /* [cols] */
    int32_t *outs;      /* [n_outs] */
    uint32_t n_outs, cols, rows, kp;
    int32_t *code;      /* converter: code of sum s at code[s + 49·chunk rows] */
    uint32_t chunk;     /* rows of a chunk */
} IssTile;

typedef struct {
    Opcode op;
    uint32_t at, layer;
    int32_t reg[REG_N]; /* as they are when it begins */
    IssTile *tile;      /* CONV */
} IssOp;

struct Iss {
    const char *path;
    uint32_t adc_bits, gain, n_apus;
    IssApu apu[ISS_APUS];
    uint32_t in_at, in_n, out_at, out_n, fm_words, psum_words;
    uint32_t *sec[SEC_COUNT], n_sec[SEC_COUNT]; /* words of each section (WGHT: not here) */
    ARRAY(IssOp) ops;
    Arena arena;
};

static inline int32_t iss_table(const Iss *s, Section t, int32_t i) { return (int32_t)s->sec[t][i]; }

#endif
