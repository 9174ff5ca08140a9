/* The decoded program. Private to verify/iss*.c. */
#ifndef VERIFY_ISS_INT_H
#define VERIFY_ISS_INT_H

#include "verify/iss.h"

typedef struct {
    uint32_t rows, cols, block_rows;
} IssApu;

/* Work of one APU in a CONV, and the weight digits as its crossbar holds them. */
typedef struct {
    uint32_t apu, row_table, col_table, digits;
    uint32_t rows, cols;
    int16_t *digit;     /* [cols][rows] digits −7…7 */
    int16_t *whole;     /* [outs][rows] digits of an output put together: Σ 8^s · digit */
    int32_t *out_of;    /* [cols] index into outs, −1 dummy */
    int32_t *slice;     /* [cols] */
    int32_t *outs;      /* [n_outs] output; first: sums begin at 0; last: they are complete */
    bool *first, *last;
    uint32_t n_outs;
    int32_t *code;      /* converter: code of sum s at code[s + 49·chunk rows] */
    uint32_t chunk;     /* rows of a chunk */
    uint32_t mvm;       /* clocks of its MVM */
    uint32_t repeats;   /* of every conversion */
    uint32_t copy;      /* of the layer, that it belongs to: positions copy, copy + copies … */
} IssTile;

typedef struct {
    Opcode op;
    uint32_t at, page, layer, operand;
    bool through;       /* results go through the table */
    int32_t reg[REG_N]; /* as they are when it begins */
    IssTile *tile;      /* CONV: [n_tiles], by APU */
    uint32_t n_tiles, copies;
} IssOp;

struct Iss {
    const char *path;
    uint32_t adc_bits, gain, n_apus, sample_clocks, start_clocks, bit_clocks, fm_bits, page_words, apu_words;
    IssApu apu[ISS_APUS];
    uint32_t in_at, in_n, out_at, out_n, fm_words, psum_words;
    uint32_t *sec[SEC_COUNT], n_sec[SEC_COUNT]; /* words of the sections there is one of */
    ARRAY(IssOp) ops;
    IssMemory memory;
    Arena arena;
};

/* Positions of a CONV that a tile computes, and how many come before them where copies stand one behind the other. */
static inline uint32_t iss_positions(const IssOp *op, const IssTile *t)
{
    uint32_t n = (uint32_t)op->reg[REG_PLANE];
    return t->copy < n ? (n - t->copy + op->copies - 1) / op->copies : 0;
}
static inline uint32_t iss_before(const IssOp *op, const IssTile *t)
{
    uint32_t n = (uint32_t)op->reg[REG_PLANE], more = n % op->copies;
    return t->copy * (n / op->copies) + (t->copy < more ? t->copy : more);
}

static inline int32_t iss_table(const Iss *s, Section t, int32_t i) { return (int32_t)s->sec[t][i]; }

#endif
