/* Reading and decoding of instructions.bin. After this every access of the execution is known to be inside its memory. */
#include "verify/iss_int.h"

#include <math.h>

#include "gen/base/io.h"

/* ---- the file -------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t core, cycle, n;
    const uint8_t *at;
} Weights;

typedef struct {
    Iss *s;
    const uint8_t *data;
    size_t words;
    ARRAY(Weights) weights;
    int8_t *bar[ISS_APUS];   /* [rows][cols] digits in the crossbar now */
} Reader;

static uint32_t word_at(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

static Loc loc(const Iss *s) { return (Loc){s->path, 0, 0}; }

static Status sections(Reader *r)
{
    Iss *s = r->s;
    if (r->words < 3 || word_at(r->data) != ISA_MAGIC || word_at(r->data + 4) != ISA_VERSION)
        return msg_error(ST_INPUT, "ISS-0001", loc(s), "not an instruction file of version %u", ISA_VERSION);
    uint32_t n = word_at(r->data + 8);
    size_t at = 3;
    for (uint32_t k = 0; k < n; k++) {
        if (r->words - at < 4) return msg_error(ST_INPUT, "ISS-0001", loc(s), "ends before section %u of %u", k, n);
        const uint8_t *h = r->data + at * 4;
        uint32_t tag = word_at(h), a = word_at(h + 4), b = word_at(h + 8), len = word_at(h + 12), id = 0;
        at += 4;
        if (len > r->words - at) return msg_error(ST_INPUT, "ISS-0001", loc(s), "section %u has %u words, the file ends before", k, len);
        while (id < SEC_COUNT && section_tag(section_name[id]) != tag) id++;
        if (id == SEC_COUNT) return msg_error(ST_INPUT, "ISS-0001", loc(s), "section %u has the unknown tag %08x", k, tag);
        if (id == SEC_WGHT) {
            arr_push(&r->weights, ((Weights){a, b, len, r->data + at * 4}));
        } else {
            if (s->sec[id]) return msg_error(ST_INPUT, "ISS-0002", loc(s), "section %s twice", section_name[id]);
            s->sec[id] = arena_array(&s->arena, uint32_t, (size_t)len + 1);
            s->n_sec[id] = len;
            for (uint32_t i = 0; i < len; i++) s->sec[id][i] = word_at(r->data + (at + i) * 4);
        }
        at += len;
    }
    if (at != r->words) return msg_error(ST_INPUT, "ISS-0001", loc(s), "%zu words after the last section", r->words - at);
    return ST_OK;
}

static Status bad_section(const Iss *s, Section id)
{
    return msg_error(ST_INPUT, "ISS-0002", loc(s), "section %s is missing or has the wrong size or content", section_name[id]);
}

static Status chip(Reader *r)
{
    Iss *s = r->s;
    for (int id = 0; id < SEC_WGHT; id++)
        if (!s->sec[id]) return bad_section(s, (Section)id);
    const uint32_t *c = s->sec[SEC_CHIP], *p = s->sec[SEC_PORT];
    uint32_t n = s->n_sec[SEC_CHIP];
    if (n < 5 || (n - 2) % 3 || (n - 2) / 3 > ISS_APUS || c[0] < 1 || c[0] > 16 || c[1] < 1 || c[1] > 64) return bad_section(s, SEC_CHIP);
    s->adc_bits = c[0];
    s->gain = c[1];
    s->n_apus = (n - 2) / 3;
    for (uint32_t k = 0; k < s->n_apus; k++) {
        IssApu *a = &s->apu[k];
        *a = (IssApu){c[2 + 3 * k], c[3 + 3 * k], c[4 + 3 * k]};
        if (!a->rows || a->rows > 8192 || !a->cols || a->cols > 65536 || !a->block_rows || a->rows % a->block_rows) return bad_section(s, SEC_CHIP);
        r->bar[k] = mem_calloc((size_t)a->rows * a->cols, 1);
    }
    if (s->n_sec[SEC_PORT] != 6) return bad_section(s, SEC_PORT);
    s->in_at = p[0], s->in_n = p[1], s->out_at = p[2], s->out_n = p[3], s->fm_words = p[4], s->psum_words = p[5];
    if (s->fm_words > 65536 || s->psum_words > 1u << 28 || (uint64_t)s->in_at + s->in_n > s->fm_words || (uint64_t)s->out_at + s->out_n > s->fm_words)
        return bad_section(s, SEC_PORT);
    if (s->n_sec[SEC_ADDL] != s->n_sec[SEC_MULT] || s->n_sec[SEC_ADDH] != s->n_sec[SEC_MULT]) return bad_section(s, SEC_ADDL);
    return ST_OK;
}

/* The host's write of one cycle's weights into every crossbar. */
static Status load(Reader *r, uint32_t cycle)
{
    const Iss *s = r->s;
    for (uint32_t k = 0; k < r->weights.n; k++) {
        const Weights *w = &r->weights.v[k];
        if (w->cycle != cycle) continue;
        if (w->core >= s->n_apus) return bad_section(s, SEC_WGHT);
        const IssApu *a = &s->apu[w->core];
        uint64_t per_row = (a->cols + 15) / 16, halves = (uint64_t)a->rows * 4 * per_row;
        if (w->n != (halves + 1) / 2) return bad_section(s, SEC_WGHT);
        for (uint32_t row = 0; row < a->rows; row++)
            for (uint32_t col = 0; col < a->cols; col++) {
                int32_t bit[4];
                for (uint32_t p = 0; p < 4; p++) {
                    uint64_t half = ((uint64_t)row * 4 + p) * per_row + col / 16;
                    bit[p] = w->at[half * 2 + col % 16 / 8] >> (col % 8) & 1;
                }
                int32_t m = bit[0] | bit[1] << 1 | bit[2] << 2;
                r->bar[w->core][(size_t)row * a->cols + col] = (int8_t)(bit[3] ? -m : m);
            }
    }
    return ST_OK;
}

/* ---- a tile's matrices --------------------------------------------------------------------------------- */

/* Nearest code, halves to even, as the converter of the chip's VHDL and of the plan's definition. */
static void codes(const Iss *s, IssTile *t)
{
    int64_t full = 49 * (int64_t)t->chunk, top = (int64_t)1 << (s->adc_bits - 1);
    t->code = mem_calloc((size_t)(2 * full + 1), sizeof *t->code);
    for (int64_t sum = -full; sum <= full; sum++) {
        int64_t num = sum * s->gain * top, q = num / full, rest = num % full;
        if (rest < 0) q--, rest += full;
        if (2 * rest > full || (2 * rest == full && q % 2)) q++;
        t->code[sum + full] = (int32_t)(q < -top ? -top : q >= top ? top - 1 : q);
    }
}

static IssTile *tile(const Reader *r, const int32_t *reg)
{
    const Iss *s = r->s;
    const IssApu *a = &s->apu[reg[REG_CORE]];
    IssTile *t = mem_calloc(1, sizeof *t);
    t->rows = (uint32_t)reg[REG_ROWS];
    t->cols = (uint32_t)reg[REG_COLS];
    t->kp = (t->rows + 15) / 16 * 16;
    t->chunk = (uint32_t)reg[REG_PER_CHUNK] * a->block_rows;
    t->digit = mem_calloc((size_t)t->cols * t->kp, sizeof *t->digit);
    t->whole = mem_calloc((size_t)t->cols * t->kp, sizeof *t->whole);
    t->out_of = mem_calloc(t->cols, sizeof *t->out_of);
    t->slice = mem_calloc(t->cols, sizeof *t->slice);
    t->outs = mem_calloc(t->cols, sizeof *t->outs);
    for (uint32_t q = 0; q < t->cols; q++) {
        int32_t e = iss_table(s, SEC_COLT, reg[REG_COL_TABLE] + (int32_t)q);
        t->out_of[q] = e < 0 ? -1 : e / 4;
        t->slice[q] = e < 0 ? 0 : e % 4;
        for (uint32_t i = 0; i < t->rows; i++)
            t->digit[(size_t)q * t->kp + i] = r->bar[reg[REG_CORE]][(size_t)((uint32_t)reg[REG_ROW0] + i) * a->cols + (uint32_t)reg[REG_COL0] + q];
        if (e < 0) continue;
        uint32_t o = 0;
        while (o < t->n_outs && t->outs[o] != t->out_of[q]) o++;
        if (o == t->n_outs) t->outs[t->n_outs++] = t->out_of[q];
        for (uint32_t i = 0; i < t->rows; i++)
            t->whole[(size_t)o * t->kp + i] = (int16_t)(t->whole[(size_t)o * t->kp + i] + t->digit[(size_t)q * t->kp + i] * (1 << 3 * t->slice[q]));
    }
    codes(s, t);
    return t;
}

/* ---- checks: what an instruction will touch -------------------------------------------------------------- */

static bool inside(int64_t at, int64_t n, int64_t limit) { return at >= 0 && n >= 0 && at + n <= limit; }

static Status out_of_range(const Iss *s, const IssOp *op, const char *what)
{
    return msg_error(ST_INPUT, "ISS-0003", loc(s), "instruction %u (%s): %s out of range", op->at, ins_name[op->op], what);
}

#define NEED(cond, what)                                                                                                      \
    do {                                                                                                                      \
        if (!(cond)) return out_of_range(s, op, what);                                                                        \
    } while (0)

static Status check_maps(const Iss *s, const IssOp *op, int64_t channels_in, int64_t channels_out)
{
    const int32_t *g = op->reg;
    static const Reg positive[] = {REG_IN_H, REG_IN_W, REG_OUT_H, REG_OUT_W, REG_OC, REG_SH, REG_SW};
    for (size_t i = 0; i < COUNTOF(positive); i++) NEED(g[positive[i]] > 0 && g[positive[i]] <= 65536, reg_name[positive[i]]);
    NEED(inside(g[REG_IN], channels_in * g[REG_IN_H] * g[REG_IN_W], s->fm_words), "input");
    NEED(inside(g[REG_OUT], channels_out * g[REG_OUT_H] * g[REG_OUT_W], s->fm_words), "output");
    NEED(g[REG_SHIFT] >= 0 && g[REG_SHIFT] <= 46, "SHIFT");
    return ST_OK;
}

static Status check_conv(const Iss *s, const IssOp *op)
{
    const int32_t *g = op->reg;
    NEED(g[REG_CORE] >= 0 && (uint32_t)g[REG_CORE] < s->n_apus, "CORE");
    const IssApu *a = &s->apu[g[REG_CORE]];
    int64_t br = a->block_rows, blocks = a->rows / br;
    NEED(g[REG_ROWS] > 0 && inside(g[REG_ROW0], g[REG_ROWS], a->rows), "rows");
    NEED(g[REG_COLS] > 0 && inside(g[REG_COL0], g[REG_COLS], a->cols), "columns");
    NEED(g[REG_DIGITS] >= 1 && g[REG_DIGITS] <= 3, "DIGITS");
    NEED(g[REG_PER_CHUNK] >= 1 && g[REG_PER_CHUNK] <= 64 && g[REG_PER_CHUNK] <= blocks, "PER_CHUNK");
    /* what is driven must be what was written just before */
    NEED(g[REG_BLOCKS] >= 1 && g[REG_BLOCKS] * br == g[REG_ROWS] && g[REG_BLOCK0] * br == g[REG_ROW0], "blocks");
    NEED(inside(g[REG_ROW_TABLE], g[REG_ROWS], s->n_sec[SEC_ROWT]), "ROW_TABLE");
    NEED(inside(g[REG_COL_TABLE], g[REG_COLS], s->n_sec[SEC_COLT]), "COL_TABLE");
    TRY(check_maps(s, op, 0, g[REG_OC]));
    int64_t channels = 0, outs = 0;
    for (int32_t i = 0; i < g[REG_ROWS]; i++) {
        int32_t e = iss_table(s, SEC_ROWT, g[REG_ROW_TABLE] + i);
        if (e >= 0 && e / 65536 >= channels) channels = e / 65536 + 1;
    }
    for (int32_t i = 0; i < g[REG_COLS]; i++) {
        int32_t e = iss_table(s, SEC_COLT, g[REG_COL_TABLE] + i);
        NEED(e < 0 || e % 4 < 3, "slice of a column");
        if (e >= 0 && e / 4 >= outs) outs = e / 4 + 1;
    }
    NEED(inside(g[REG_IN], channels * g[REG_IN_H] * g[REG_IN_W], s->fm_words), "input channel of a row");
    NEED(outs <= g[REG_OC], "output of a column");
    NEED((int64_t)g[REG_OC] * g[REG_OUT_H] * g[REG_OUT_W] <= s->psum_words, "partial sums");
    if (g[REG_LAST] == 1) NEED(inside(g[REG_PARAM], g[REG_OC], s->n_sec[SEC_MULT]), "PARAM");
    return ST_OK;
}

static Status check_op(const Iss *s, const IssOp *op)
{
    const int32_t *g = op->reg;
    switch (op->op) {
    case INS_CONV: return check_conv(s, op);
    case INS_POOL:
        NEED(g[REG_KH] >= 1 && g[REG_KH] <= 65536 && g[REG_KW] >= 1 && g[REG_KW] <= 65536, "window");
        TRY(check_maps(s, op, g[REG_OC], g[REG_OC]));
        if (g[REG_MAX] != 1) NEED(inside(g[REG_PARAM], g[REG_OC], s->n_sec[SEC_MULT]), "PARAM");
        return ST_OK;
    case INS_ADD:
        NEED(inside(g[REG_IN2], g[REG_COUNT], s->fm_words), "IN2");
        NEED(inside(g[REG_PARAM], 2, s->n_sec[SEC_MULT]), "PARAM");
        NEED(g[REG_SHIFT] >= 0 && g[REG_SHIFT] <= 46, "SHIFT");
        /* fall through */
    case INS_COPY:
        NEED(g[REG_COUNT] > 0, "COUNT");
        NEED(inside(g[REG_IN], g[REG_COUNT], s->fm_words) && inside(g[REG_OUT], g[REG_COUNT], s->fm_words), "IN or OUT");
        return ST_OK;
    default: return ST_OK;
    }
}

/* ---- the stream -------------------------------------------------------------------------------------------- */

static Status decode(Reader *r)
{
    Iss *s = r->s;
    int32_t reg[REG_N] = {0};
    uint32_t layer = 0;
    bool halted = false;
    for (uint32_t pc = 0; pc < s->n_sec[SEC_PROG] && !halted; pc++) {
        uint32_t w = s->sec[SEC_PROG][pc], code = w >> 24, field = w >> ISA_IMM_BITS & 63;
        while (layer + 1 < s->n_sec[SEC_LAYR] && s->sec[SEC_LAYR][layer + 1] <= pc) layer++;
        if (code >= INS_COUNT || (code == INS_SET && field >= REG_N))
            return msg_error(ST_INPUT, "ISS-0004", loc(s), "instruction %u: %08x is none", pc, w);
        int32_t imm = (int32_t)(w << (32 - ISA_IMM_BITS)) >> (32 - ISA_IMM_BITS);
        if (code == INS_SET) reg[field] = imm;
        IssOp op = {.op = (Opcode)code, .at = pc, .layer = layer};
        memcpy(op.reg, reg, sizeof reg);
        TRY(check_op(s, &op));
        if (code == INS_WAIT) TRY(load(r, w & ((1u << ISA_IMM_BITS) - 1)));
        if (code == INS_CONV) op.tile = tile(r, reg);
        halted = code == INS_HALT;
        arr_push(&s->ops, op);
    }
    return halted ? ST_OK : msg_error(ST_INPUT, "ISS-0003", loc(s), "the program runs past its end without HALT");
}

Status iss_read(const char *path, Iss **out)
{
    Buf b;
    *out = NULL;
    TRY(io_read(path, (size_t)1 << 28, &b));
    Iss *s = mem_calloc(1, sizeof *s);
    s->path = arena_printf(&s->arena, "%s", path);
    Reader r = {.s = s, .data = (const uint8_t *)b.s, .words = b.n / 4};
    Status st = b.n % 4 ? msg_error(ST_INPUT, "ISS-0001", loc(s), "%zu bytes are no whole words", b.n) : sections(&r);
    if (st == ST_OK) st = chip(&r);
    if (st == ST_OK) st = decode(&r);
    for (uint32_t k = 0; k < ISS_APUS; k++) mem_free(r.bar[k]);
    arr_free(&r.weights);
    buf_free(&b);
    if (st == ST_OK) *out = s;
    else iss_free(s);
    return st;
}

static void tile_free(IssTile *t)
{
    if (!t) return;
    mem_free(t->digit);
    mem_free(t->whole);
    mem_free(t->out_of);
    mem_free(t->slice);
    mem_free(t->outs);
    mem_free(t->code);
    mem_free(t);
}

void iss_free(Iss *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->ops.n; i++) tile_free(s->ops.v[i].tile);
    arr_free(&s->ops);
    arena_free(&s->arena);
    mem_free(s);
}

uint32_t iss_inputs(const Iss *s) { return s->in_n; }
uint32_t iss_outputs(const Iss *s) { return s->out_n; }
uint32_t iss_layers(const Iss *s) { return s->n_sec[SEC_LAYR]; }
