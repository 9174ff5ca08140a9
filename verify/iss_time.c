/* Clocks: what every instruction costs in the emitted controller. Checked clock by clock against GHDL. */
#include "verify/iss_int.h"

/*
 * A position: begin, ROWS commands, MVM, the APU's work and its token, READ, COLS words, step. DIGITS · chunks conversions of both columns:
 * DRIVE SAMPLE HOLD, twice START SELECT_COL 2·bits ADD, NEXT_ONE.
 */
static uint64_t conv(const Iss *s, const IssOp *op, IssClocks *c)
{
    const int32_t *g = op->reg;
    uint64_t n = (uint64_t)g[REG_OUT_H] * (uint64_t)g[REG_OUT_W], core = (uint64_t)g[REG_CORE], hops = s->n_apus - 1 - core;
    uint64_t chunks = ((uint64_t)g[REG_BLOCKS] + (uint64_t)g[REG_PER_CHUNK] - 1) / (uint64_t)g[REG_PER_CHUNK];
    uint64_t mvm = (uint64_t)g[REG_DIGITS] * chunks * (4 + 2 * (3 + 2 * s->adc_bits));
    uint64_t token = 1 + mvm + 1 + hops, read = 3 + hops + (uint64_t)g[REG_COLS];
    uint64_t position = 1 + (uint64_t)g[REG_ROWS] + 1 + token + read + 1;
    c->bus += n * ((uint64_t)g[REG_ROWS] + 2);
    c->ring += n * (1 + (uint64_t)g[REG_COLS]);
    c->apu[core] += n * mvm;
    uint64_t requant = g[REG_LAST] == 1 ? n * (uint64_t)g[REG_OC] : 0;
    c->digital += requant;
    return n * position + requant;
}

void iss_clocks(const Iss *s, IssClocks *c)
{
    *c = (IssClocks){.apus = s->n_apus, .layer = mem_calloc((size_t)s->n_sec[SEC_LAYR] + 1, sizeof *c->layer)};
    for (uint32_t i = 0; i < s->ops.n; i++) {
        const IssOp *op = &s->ops.v[i];
        const int32_t *g = op->reg;
        uint64_t t = 0;
        switch (op->op) {
        case INS_CONV: t = conv(s, op, c); break;
        case INS_POOL:
            t = (uint64_t)g[REG_OC] * (uint64_t)g[REG_OUT_H] * (uint64_t)g[REG_OUT_W];
            c->digital += t;
            break;
        case INS_ADD:
        case INS_COPY:
            t = (uint64_t)g[REG_COUNT];
            c->digital += t;
            break;
        default: break;
        }
        c->instructions++;
        /* the instruction after a start is taken with the start itself */
        if (op->op != INS_HALT && op->op != INS_WAIT) t++;
        c->clocks += t;
        c->layer[op->layer] += t;
    }
    for (uint32_t k = 0; k < c->apus; k++) c->analog += c->apu[k];
}

void iss_clocks_free(IssClocks *c)
{
    mem_free(c->layer);
    *c = (IssClocks){0};
}
