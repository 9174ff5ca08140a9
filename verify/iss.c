/* Reading and decoding of instructions.bin. After this every access of the execution is known to be inside its memory. */
#include "verify/iss_int.h"

#include <math.h>

#include "gen/base/io.h"

/* ---- the file -------------------------------------------------------------------------------------- */

/* A section of which there are several: PROG (page, –), IMEM (page, APU), WGHT (APU, cycle). */
typedef struct {
    Section id;
    uint32_t a, b, n;
    const uint8_t *at;
} Part;

typedef struct {
    Iss *s;
    const uint8_t *data;
    size_t words;
    ARRAY(Part) parts;
    int32_t slot[ISS_APUS][REG_PER_APU];
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
        if (id >= SEC_PROG) {
            arr_push(&r->parts, ((Part){(Section)id, a, b, len, r->data + at * 4}));
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
    for (int id = 0; id < SEC_PROG; id++)
        if (!s->sec[id]) return bad_section(s, (Section)id);
    const uint32_t *c = s->sec[SEC_CHIP], *p = s->sec[SEC_PORT];
    uint32_t n = s->n_sec[SEC_CHIP];
    if (n < 11 || (n - 8) % 3 || (n - 8) / 3 > ISS_APUS || c[0] < 1 || c[0] > 16 || c[1] < 1 || c[1] > 64) return bad_section(s, SEC_CHIP);
    for (int i = 2; i < 8; i++)
        if (c[i] < 1 || c[i] > (i < 5 ? 32u : i == 5 ? 18u : 65536u)) return bad_section(s, SEC_CHIP);
    s->adc_bits = c[0], s->gain = c[1], s->sample_clocks = c[2], s->start_clocks = c[3], s->bit_clocks = c[4], s->fm_bits = c[5];
    s->page_words = c[6], s->apu_words = c[7];
    s->n_apus = (n - 8) / 3;
    for (uint32_t k = 0; k < s->n_apus; k++) {
        IssApu *a = &s->apu[k];
        *a = (IssApu){c[8 + 3 * k], c[9 + 3 * k], c[10 + 3 * k]};
        if (!a->rows || a->rows > 4096 || !a->cols || a->cols > 1024 || !a->block_rows || a->rows % a->block_rows || a->rows / a->block_rows > 64)
            return bad_section(s, SEC_CHIP);
        r->bar[k] = mem_calloc((size_t)a->rows * a->cols, 1);
    }
    if (s->n_sec[SEC_PORT] != 6) return bad_section(s, SEC_PORT);
    s->in_at = p[0], s->in_n = p[1], s->out_at = p[2], s->out_n = p[3], s->fm_words = p[4], s->psum_words = p[5];
    if (s->fm_words > 65536 || s->psum_words > 65536 || (uint64_t)s->in_at + s->in_n > s->fm_words || (uint64_t)s->out_at + s->out_n > s->fm_words)
        return bad_section(s, SEC_PORT);
    if (s->n_sec[SEC_ADDL] != s->n_sec[SEC_MULT] || s->n_sec[SEC_ADDH] != s->n_sec[SEC_MULT]) return bad_section(s, SEC_ADDL);
    return ST_OK;
}

/* The host's write of one cycle's weights into every crossbar. Odd rows are stored with the opposite sign, and driven with it. */
static Status load(Reader *r, uint32_t cycle)
{
    const Iss *s = r->s;
    for (uint32_t k = 0; k < r->parts.n; k++) {
        const Part *w = &r->parts.v[k];
        if (w->id != SEC_WGHT || w->b != cycle) continue;
        if (w->a >= s->n_apus) return bad_section(s, SEC_WGHT);
        const IssApu *a = &s->apu[w->a];
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
                r->bar[w->a][(size_t)row * a->cols + col] = (int8_t)(bit[3] != (int32_t)(row & 1) ? -m : m);
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

static void tile_matrices(const Reader *r, IssTile *t, uint32_t row0, uint32_t col0)
{
    const Iss *s = r->s;
    const IssApu *a = &s->apu[t->apu];
    t->digit = mem_calloc((size_t)t->cols * t->rows, sizeof *t->digit);
    t->whole = mem_calloc((size_t)t->cols * t->rows, sizeof *t->whole);
    t->out_of = mem_calloc(t->cols, sizeof *t->out_of);
    t->slice = mem_calloc(t->cols, sizeof *t->slice);
    t->outs = mem_calloc(t->cols, sizeof *t->outs);
    t->first = mem_calloc(t->cols, sizeof *t->first);
    t->last = mem_calloc(t->cols, sizeof *t->last);
    for (uint32_t q = 0; q < t->cols; q++) {
        int32_t e = iss_table(s, SEC_COLT, (int32_t)(t->col_table + q));
        for (uint32_t i = 0; i < t->rows; i++) t->digit[(size_t)q * t->rows + i] = r->bar[t->apu][(size_t)(row0 + i) * a->cols + col0 + q];
        t->out_of[q] = -1;
        if (e < 0) continue;
        uint32_t o = 0;
        while (o < t->n_outs && t->outs[o] != e >> 4) o++;
        if (o == t->n_outs) {
            t->outs[t->n_outs++] = e >> 4;
            t->first[o] = e >> 2 & 1;
        }
        t->last[o] |= e >> 3 & 1;
        t->out_of[q] = (int32_t)o;
        t->slice[q] = e & 3;
        for (uint32_t i = 0; i < t->rows; i++)
            t->whole[(size_t)o * t->rows + i] = (int16_t)(t->whole[(size_t)o * t->rows + i] + t->digit[(size_t)q * t->rows + i] * (1 << 3 * t->slice[q]));
    }
    codes(s, t);
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

/* Through a table: what every result can look up. */
static Status check_through(const Iss *s, const IssOp *op)
{
    const int32_t *g = op->reg;
    NEED(!op->through || (g[REG_LO] <= g[REG_HI] && inside(g[REG_TABLE], (int64_t)g[REG_HI] - g[REG_LO] + 1, s->n_sec[SEC_TABL])), "TABLE");
    return ST_OK;
}

static bool apart(int64_t a, int64_t n, int64_t b, int64_t m) { return a + n <= b || b + m <= a; }

/* Registers of windows, and the output. n_out: words of it. */
static Status check_maps(const Iss *s, const IssOp *op, int64_t n_out)
{
    const int32_t *g = op->reg;
    static const Reg positive[] = {REG_IN_H, REG_IN_W, REG_OUT_H, REG_OUT_W, REG_SH, REG_SW};
    for (size_t i = 0; i < COUNTOF(positive); i++) NEED(g[positive[i]] > 0 && g[positive[i]] <= 65536, reg_name[positive[i]]);
    NEED((int64_t)g[REG_SH] * g[REG_IN_W] == g[REG_SHW], "SHW");
    NEED(inside(g[REG_OUT], n_out, s->fm_words), "output");
    return ST_OK;
}

static Status check_quantiser(const Iss *s, const IssOp *op, int64_t entries)
{
    const int32_t *g = op->reg;
    int32_t top = 1 << (s->fm_bits - 1);
    NEED(g[REG_SHIFT] >= 0 && g[REG_SHIFT] <= 46, "SHIFT");
    NEED(g[REG_LO] >= -top && g[REG_HI] < top && g[REG_LO] <= g[REG_HI], "LO, HI");
    NEED(inside(g[REG_PARAM], entries, s->n_sec[SEC_MULT]), "PARAM");
    return ST_OK;
}

/* Every word that a row's element at (dy, dx) can be, over all positions: inside the memory and outside the output. */
static Status check_element(const Iss *s, const IssOp *op, int32_t e, int64_t n_out)
{
    const int32_t *g = op->reg;
    int64_t lo[2], hi[2];
    const int64_t d[2] = {e >> 8 & 255, e & 255}, pad[2] = {g[REG_PT], g[REG_PL]}, step[2] = {g[REG_SH], g[REG_SW]}, in[2] = {g[REG_IN_H], g[REG_IN_W]},
                  out[2] = {g[REG_OUT_H], g[REG_OUT_W]};
    for (int k = 0; k < 2; k++) {
        int64_t at = d[k] - pad[k];
        lo[k] = at < 0 ? (-at + step[k] - 1) / step[k] : 0;
        hi[k] = at >= in[k] ? -1 : (in[k] - 1 - at) / step[k];
        if (hi[k] >= out[k]) hi[k] = out[k] - 1;
        if (lo[k] > hi[k]) return ST_OK; /* always padding */
    }
    int64_t base = (g[REG_IN] + lo[0] * g[REG_SHW] + lo[1] * g[REG_SW] + ((uint32_t)e >> 16)) & 0xffff;
    int64_t n = (hi[0] - lo[0]) * g[REG_SHW] + (hi[1] - lo[1]) * g[REG_SW] + 1;
    NEED(inside(base, n, s->fm_words), "element of a row");
    NEED(apart(base, n, g[REG_OUT], n_out), "output lies over the input:");
    return ST_OK;
}

/* First and last column of every output over the tiles of a copy in a CONV. outs: raised to the outputs there are */
static Status check_flags(const Iss *s, const IssOp *op, uint32_t copy, int64_t *outs)
{
    const int32_t *g = op->reg;
    uint32_t n = 0, total = 0;
    for (uint32_t k = 0; k < op->n_tiles; k++) total += op->tile[k].cols;
    int32_t *entry = mem_calloc(total, sizeof *entry);
    for (uint32_t k = 0; k < op->n_tiles; k++)
        for (uint32_t q = 0; q < op->tile[k].cols && op->tile[k].copy == copy; q++) {
            int32_t e = iss_table(s, SEC_COLT, (int32_t)(op->tile[k].col_table + q));
            if (e >= 0) entry[n++] = e;
        }
    const char *bad = NULL;
    Map at = {0}; /* output -> its last entry so far */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t before, o = (uint32_t)entry[i] >> 4;
        bool again = map_get(&at, o + 1, &before);
        if ((entry[i] & 3) == 3 || o > 65535) bad = "slice of a column";
        if (again && (entry[i] & 4)) bad = "a column begins sums anew:";
        if (again && (entry[before] & 8)) bad = "a column follows the last of its output:";
        if (!again && g[REG_WIDE] != 1 && !(entry[i] & 4)) bad = "sums of another CONV are wanted:";
        map_set(&at, o + 1, i);
        if (o >= *outs) *outs = o + 1;
    }
    for (uint32_t i = 0; i < n && g[REG_WIDE] != 1; i++) {
        uint32_t end;
        map_get(&at, ((uint32_t)entry[i] >> 4) + 1, &end);
        if (!(entry[end] & 8)) bad = "sums are not completed:";
    }
    map_free(&at);
    mem_free(entry);
    NEED(!bad, bad);
    return ST_OK;
}

static Status conv_tile(Reader *r, IssOp *op, uint32_t apu, const uint32_t *code, uint32_t n_code)
{
    const Iss *s = r->s;
    const IssApu *a = &s->apu[apu];
    const int32_t *slot = r->slot[apu];
    int32_t row0 = slot[REG_ROW0 - REG_ROW0], rows = slot[REG_ROWS - REG_ROW0], cols = slot[REG_COLS - REG_ROW0], at = slot[REG_TILE - REG_ROW0];
    int32_t rt = slot[REG_ROW_TABLE - REG_ROW0], ct = slot[REG_COL_TABLE - REG_ROW0];
    NEED(at >= 0 && (uint32_t)at + 2 <= n_code, "TILE");
    uint32_t mvm = code[at], read = code[at + 1], digits = mvm >> 30, chunk = (mvm >> 24 & 63) + 1, first = mvm >> 18 & 63, repeats = (mvm >> 12 & 15) + 1, blocks = mvm & 0xfff;
    NEED(rows > 0 && inside(row0, rows, a->rows), "rows");
    /* what is driven must be what was written just before */
    NEED(digits >= 1 && chunk * a->block_rows <= a->rows && blocks * a->block_rows == (uint32_t)rows && first * a->block_rows == (uint32_t)row0, "MVM");
    NEED(cols > 0 && (read & 0xffff) == (uint32_t)cols && inside(read >> 16, cols, a->cols), "READ");
    NEED(inside(rt, rows, s->n_sec[SEC_ROWT]), "ROW_TABLE");
    NEED(inside(ct, cols, s->n_sec[SEC_COLT]), "COL_TABLE");
    IssTile *t = &op->tile[op->n_tiles++];
    *t = (IssTile){.apu = apu, .row_table = (uint32_t)rt, .col_table = (uint32_t)ct, .digits = digits, .rows = (uint32_t)rows, .cols = (uint32_t)cols,
                   .chunk = chunk * a->block_rows, .repeats = repeats};
    t->mvm = repeats * digits * ((blocks + chunk - 1) / chunk) * (2 + s->sample_clocks + 2 * (s->start_clocks + 2 + s->adc_bits * s->bit_clocks));
    tile_matrices(r, t, (uint32_t)row0, read >> 16);
    return ST_OK;
}

/* STEP: which tiles are of which copy. */
static Status copies(const Iss *s, IssOp *op)
{
    uint64_t step = ((uint64_t)op->reg[REG_STEP] & ((1u << ISA_IMM_BITS) - 1)) << op->reg[REG_FIRST], mask = (uint64_t)op->operand << op->reg[REG_FIRST];
    uint32_t first = 0, here = 0;
    bool even = (step & ~mask) == 0 && step >> op->tile[op->n_tiles - 1].apu & 1;
    for (uint32_t k = 0; k < op->n_tiles; k++) {
        op->tile[k].copy = op->copies;
        here++;
        if (!(step >> op->tile[k].apu & 1)) continue;
        if (op->copies == 0) first = here;
        even = even && here == first;
        here = 0;
        op->copies++;
    }
    NEED(even && (op->copies == 1 || op->reg[REG_WIDE] != 1), "STEP");
    return ST_OK;
}

static const Part *part(const Reader *r, Section id, uint32_t a, uint32_t b)
{
    for (uint32_t k = 0; k < r->parts.n; k++)
        if (r->parts.v[k].id == id && r->parts.v[k].a == a && r->parts.v[k].b == b) return &r->parts.v[k];
    return NULL;
}

static Status conv(Reader *r, IssOp *op)
{
    Iss *s = r->s;
    const int32_t *g = op->reg;
    int64_t outs = 0;
    NEED(g[REG_FIRST] >= 0 && (uint32_t)g[REG_FIRST] < s->n_apus && op->operand && (uint64_t)op->operand >> (s->n_apus - (uint32_t)g[REG_FIRST]) == 0, "APUs");
    const uint64_t mask = (uint64_t)op->operand << g[REG_FIRST];
    op->tile = mem_calloc(s->n_apus, sizeof *op->tile);
    for (uint32_t k = 0; k < s->n_apus; k++) {
        if (!(mask >> k & 1)) continue;
        const Part *p = part(r, SEC_IMEM, op->page, k);
        NEED(p && p->n <= s->apu_words, "instructions of an APU");
        uint32_t *code = mem_calloc((size_t)p->n + 1, sizeof *code);
        for (uint32_t i = 0; i < p->n; i++) code[i] = word_at(p->at + (size_t)i * 4);
        Status st = conv_tile(r, op, k, code, p->n);
        mem_free(code);
        TRY(st);
    }
    TRY(copies(s, op));
    for (uint32_t c = 0; c < op->copies; c++) TRY(check_flags(s, op, c, &outs));
    TRY(check_maps(s, op, outs * g[REG_OUT_H] * g[REG_OUT_W]));
    NEED((int64_t)g[REG_OUT_H] * g[REG_OUT_W] == g[REG_PLANE], "PLANE");
    NEED((g[REG_WIDE] == 1 ? outs * g[REG_PLANE] : outs) <= s->psum_words, "partial sums");
    TRY(check_quantiser(s, op, outs));
    for (uint32_t k = 0; k < op->n_tiles; k++) {
        uint32_t more = 0; /* dummies that must follow */
        for (uint32_t i = 0; i < op->tile[k].rows; i++) {
            int32_t e = iss_table(s, SEC_ROWT, (int32_t)(op->tile[k].row_table + i));
            bool dummy = row_is_dummy((uint32_t)e);
            NEED(dummy ? !more || more == ((uint32_t)e >> 16) + 1 : !more, "dummy rows");
            more = dummy ? (uint32_t)e >> 16 : 0;
            if (!dummy) TRY(check_element(s, op, e, outs * g[REG_PLANE]));
        }
        NEED(!more, "dummy rows");
    }
    return ST_OK;
}

static Status check_pool(const Iss *s, const IssOp *op)
{
    const int32_t *g = op->reg;
    NEED(g[REG_OC] > 0 && g[REG_OC] <= 65536 && g[REG_KH] >= 1 && g[REG_KH] <= 65536 && g[REG_KW] >= 1 && g[REG_KW] <= 65536, "window");
    int64_t n_out = (int64_t)g[REG_OC] * g[REG_OUT_H] * g[REG_OUT_W], in = (int64_t)g[REG_IN] + (int64_t)g[REG_PT] * g[REG_IN_W] + g[REG_PL];
    TRY(check_maps(s, op, n_out));
    NEED((int64_t)g[REG_IN_H] * g[REG_IN_W] == g[REG_CHW], "CHW");
    NEED(inside(in, (int64_t)g[REG_OC] * g[REG_CHW], s->fm_words) && apart(in, (int64_t)g[REG_OC] * g[REG_CHW], g[REG_OUT], n_out), "input");
    if (g[REG_MAX] != 1) TRY(check_quantiser(s, op, g[REG_OC]));
    return ST_OK;
}

static Status check_op(const Iss *s, const IssOp *op)
{
    const int32_t *g = op->reg;
    switch (op->op) {
    case INS_POOL: return check_pool(s, op);
    case INS_ADD:
        NEED(inside(g[REG_IN2], g[REG_COUNT], s->fm_words) && apart(g[REG_IN2], g[REG_COUNT], g[REG_OUT], g[REG_COUNT]), "IN2");
        TRY(check_quantiser(s, op, 2));
        /* fall through */
    case INS_COPY:
        NEED(g[REG_COUNT] > 0, "COUNT");
        NEED(inside(g[REG_IN], g[REG_COUNT], s->fm_words) && inside(g[REG_OUT], g[REG_COUNT], s->fm_words), "IN or OUT");
        NEED(apart(g[REG_IN], g[REG_COUNT], g[REG_OUT], g[REG_COUNT]), "output lies over the input:");
        return ST_OK;
    default: return ST_OK;
    }
}

static void memory(Reader *r)
{
    IssMemory *m = &r->s->memory;
    m->limit = r->s->page_words, m->apu_limit = r->s->apu_words;
    for (uint32_t k = 0; k < r->parts.n; k++) {
        const Part *p = &r->parts.v[k];
        if (p->id == SEC_PROG) {
            m->pages++, m->words += p->n;
            if (p->n > m->fullest) m->fullest = p->n;
        } else if (p->id == SEC_IMEM && p->n > m->apu_fullest) {
            m->apu_fullest = p->n;
        }
    }
}

/* ---- the stream -------------------------------------------------------------------------------------------- */

static Status instruction(Reader *r, uint32_t w, IssOp *op, int32_t *reg)
{
    Iss *s = r->s;
    uint32_t code = w >> 24, field = w >> ISA_IMM_BITS & 63;
    if (code >= INS_COUNT || (code == INS_SET && field >= REG_N))
        return msg_error(ST_INPUT, "ISS-0004", loc(s), "page %u, instruction %u: %08x is none", op->page, op->at, w);
    op->op = (Opcode)code;
    op->operand = w & ((1u << ISA_IMM_BITS) - 1);
    op->through = code != INS_SET && (w & ISA_THROUGH);
    int32_t imm = (int32_t)(w << (32 - ISA_IMM_BITS)) >> (32 - ISA_IMM_BITS);
    if (code == INS_SET && reg_per_apu(field)) {
        NEED(reg[REG_CORE] >= 0 && (uint32_t)reg[REG_CORE] < s->n_apus, "CORE");
        r->slot[reg[REG_CORE]][field - REG_ROW0] = imm & 0xffff;
    } else if (code == INS_SET) {
        reg[field] = imm;
    }
    memcpy(op->reg, reg, sizeof op->reg);
    if (code == INS_PAGE) NEED(op->operand > op->page, "page");
    if (code == INS_LOAD) return load(r, op->operand);
    TRY(check_through(s, op));
    return code == INS_CONV ? conv(r, op) : check_op(s, op);
}

static Status decode(Reader *r)
{
    Iss *s = r->s;
    int32_t reg[REG_N] = {0};
    uint32_t layer = 0, page = 0;
    if (!part(r, SEC_PROG, 0, 0)) return bad_section(s, SEC_PROG);
    bool dedicated = s->apu_words == 2;
    if (dedicated) TRY(load(r, 0)); /* the host has stored them before it starts */
    for (uint32_t pc = 0;; pc++) {
        const Part *p = part(r, SEC_PROG, page, 0);
        if (!p || p->n > s->page_words) return bad_section(s, SEC_PROG);
        if (pc >= p->n) return msg_error(ST_INPUT, "ISS-0003", loc(s), "page %u runs past its end", page);
        while (layer + 1 < s->n_sec[SEC_LAYR] && s->sec[SEC_LAYR][layer + 1] <= (page << 16 | pc)) layer++;
        IssOp op = {.at = pc, .page = page, .layer = layer};
        Status st = instruction(r, word_at(p->at + (size_t)pc * 4), &op, reg);
        arr_push(&s->ops, op); /* also a bad one: it may own tiles */
        TRY(st);
        if (op.op == INS_HALT) return ST_OK;
        if (op.op == INS_PAGE) page = op.operand, pc = UINT32_MAX;
    }
}

Status iss_parse(const char *name, const void *data, size_t n, Iss **out)
{
    *out = NULL;
    Iss *s = mem_calloc(1, sizeof *s);
    s->path = arena_printf(&s->arena, "%s", name);
    Reader r = {.s = s, .data = data, .words = n / 4};
    Status st = n % 4 ? msg_error(ST_INPUT, "ISS-0001", loc(s), "%zu bytes are no whole words", n) : sections(&r);
    if (st == ST_OK) st = chip(&r);
    if (st == ST_OK) st = decode(&r);
    memory(&r);
    for (uint32_t k = 0; k < ISS_APUS; k++) mem_free(r.bar[k]);
    arr_free(&r.parts);
    if (st == ST_OK) *out = s;
    else iss_free(s);
    return st;
}

Status iss_read(const char *path, Iss **out)
{
    Buf b;
    *out = NULL;
    TRY(io_read(path, (size_t)1 << 28, &b));
    Status st = iss_parse(path, b.s, b.n, out);
    buf_free(&b);
    return st;
}

static void tile_free(IssTile *t)
{
    mem_free(t->digit);
    mem_free(t->whole);
    mem_free(t->out_of);
    mem_free(t->slice);
    mem_free(t->outs);
    mem_free(t->code);
    mem_free(t->first);
    mem_free(t->last);
}

void iss_free(Iss *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->ops.n; i++) {
        for (uint32_t k = 0; k < s->ops.v[i].n_tiles; k++) tile_free(&s->ops.v[i].tile[k]);
        mem_free(s->ops.v[i].tile);
    }
    arr_free(&s->ops);
    arena_free(&s->arena);
    mem_free(s);
}

IssMemory iss_memory(const Iss *s) { return s->memory; }
uint32_t iss_inputs(const Iss *s) { return s->in_n; }
uint32_t iss_outputs(const Iss *s) { return s->out_n; }
uint32_t iss_layers(const Iss *s) { return s->n_sec[SEC_LAYR]; }
