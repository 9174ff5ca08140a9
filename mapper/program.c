/*
 * Compiler. A CONV takes at most one tile per APU; the tiles of a layer are dealt out to as few CONVs as that allows. Registers are set only
 * when they change. Instructions fill the pages of the controller's and the APUs' memories, which the host puts in one after another.
 */
#include "mapper/program.h"

#include <math.h>

#include "cells/timing.h"

/* A tile whose entries are in the tables. */
typedef struct {
    const PlanTile *t;
    uint32_t rt, ct;
} MadeTile;

typedef struct {
    const Plan *p;
    Program *g;
    bool exact;
    int32_t reg[REG_N], slot[ISA_APUS][REG_PER_APU];
    bool known[REG_N], slot_known[ISA_APUS][REG_PER_APU];
    uint32_t out_at, through; /* the layer's results: first word, flag of its instructions */
    uint32_t loaded; /* cycle whose weights are in the crossbars; UINT32_MAX: none yet */
    uint32_t apu_fill[ISA_APUS];
    ARRAY(MadeTile) made;
    Status st;
} Compiler;

static uint32_t ceil_clocks(double s, double hz) { return (uint32_t)fmax(1, ceil(s * hz - 1e-6)); }
uint32_t program_sample_clocks(const PlanArch *a) { return ceil_clocks(CELLS_T_SAMPLE, a->clock_hz); }
/* The first bit is decided one clock (select) after the start: both together are as long as the rows need to evaluate. */
uint32_t program_start_clocks(const PlanArch *a)
{
    return ceil_clocks(fmax(CELLS_T_START, CELLS_T_GAP + CELLS_T_EVAL - 1 / a->clock_hz), a->clock_hz);
}

uint32_t program_bit_clocks(const Plan *p)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        if (p->layers.v[i].op != PLAN_CONV) continue;
        uint32_t k = ceil_clocks(cells_t_clk((int)p->layers.v[i].adc_gain), p->arch.clock_hz);
        if (k > n) n = k;
    }
    return n;
}

/* ---- words and pages ------------------------------------------------------------------------------- */

static uint32_t page_of(const Compiler *c) { return c->g->page_at.n - 1; }
static uint32_t page_fill(const Compiler *c) { return c->g->words.n - c->g->page_at.v[page_of(c)]; }
static void word(Compiler *c, Opcode o, uint32_t operand) { arr_push(&c->g->words, (uint32_t)o << 24 | operand); }

static void new_page(Compiler *c)
{
    uint32_t n = c->g->page_at.n;
    word(c, INS_PAGE, n);
    arr_push(&c->g->page_at, c->g->words.n);
    arr_push(&c->g->events, ((HostEvent){true, n}));
    memset(c->apu_fill, 0, sizeof c->apu_fill);
}

/* Make sure that n words and the PAGE behind them fit. */
static void room(Compiler *c, uint32_t n)
{
    uint32_t page = program_page(&c->p->arch);
    if (n + 1 > page) {
        if (c->st == ST_OK)
            c->st = msg_error(ST_LIMIT, "PRG-0005", (Loc){0}, "%s: %u words of instructions must stand on one page, the instruction memory holds %u",
                              c->p->network, n + 1, page);
        return;
    }
    if (page_fill(c) + n + 1 > page) new_page(c);
}

static void op(Compiler *c, Opcode o, uint32_t operand)
{
    room(c, 1);
    word(c, o, operand);
}

static void set(Compiler *c, Reg r, int64_t v)
{
    bool per_apu = reg_per_apu(r);
    int32_t *reg = per_apu ? &c->slot[c->reg[REG_CORE]][r - REG_ROW0] : &c->reg[r];
    bool *known = per_apu ? &c->slot_known[c->reg[REG_CORE]][r - REG_ROW0] : &c->known[r];
    if (c->st != ST_OK || (*known && *reg == v)) return;
    if (v < -(1 << (ISA_IMM_BITS - 1)) || v >= 1 << (ISA_IMM_BITS - 1)) {
        c->st = msg_error(ST_LIMIT, "PRG-0001", (Loc){0}, "%s: register %s = %lld does not fit 18 bits", c->p->network,
                          reg_name[r], (long long)v);
        return;
    }
    *reg = (int32_t)v;
    *known = true;
    op(c, INS_SET, (uint32_t)r << ISA_IMM_BITS | ((uint32_t)v & ((1u << ISA_IMM_BITS) - 1)));
}

/* ---- layers --------------------------------------------------------------------------------------- */

/* Address of a table; tables that are alike are kept once. */
static uint32_t table_at(Compiler *c, const PlanLayer *l)
{
    Program *g = c->g;
    uint32_t n = (uint32_t)plan_table(&c->p->tensors.v[l->in[0]]);
    for (uint32_t at = 0; at + n <= g->table.n; at++)
        if (memcmp(g->table.v + at, l->table, n * sizeof *l->table) == 0) return at;
    if (g->table.n + n > 65536 && c->st == ST_OK)
        c->st = msg_error(ST_LIMIT, "PRG-0004", (Loc){0}, "%s: layer %s: tables of functions: %u, the controller holds 65536", c->p->network, l->name, g->table.n + n);
    for (uint32_t k = 0; k < n; k++) arr_push(&g->table, l->table[k]);
    return g->table.n - n;
}

/* Where layer i's results go, and through which table. */
static void destination(Compiler *c, uint32_t i)
{
    const PlanLayer *l = &c->p->layers.v[i], *t = i + 1 < c->p->layers.n && program_on_the_way(c->p, i + 1) ? l + 1 : l;
    c->out_at = c->g->tensor_at[t->out];
    c->through = 0;
    if (t->op != PLAN_TABLE) return;
    const PlanTensor *in = &c->p->tensors.v[t->in[0]];
    if (t == l) {
        set(c, REG_LO, in->lo);
        set(c, REG_HI, in->hi);
    }
    set(c, REG_TABLE, (int64_t)table_at(c, t) + (t == l ? 0 : l->lo - in->lo));
    c->through = ISA_THROUGH;
}

static void param(Compiler *c, int32_t mul, int64_t add)
{
    arr_push(&c->g->mul, mul);
    arr_push(&c->g->add, add);
}

static void common(Compiler *c, const PlanLayer *l)
{
    const PlanTensor *in = &c->p->tensors.v[l->in[0]], *out = &c->p->tensors.v[l->out];
    set(c, REG_IN_H, in->h);
    set(c, REG_IN_W, in->w);
    set(c, REG_IN_ZP, in->zp);
    set(c, REG_OUT, c->out_at);
    set(c, REG_OUT_H, out->h);
    set(c, REG_OUT_W, out->w);
    set(c, REG_OUT_ZP, out->zp);
    set(c, REG_LO, l->lo);
    set(c, REG_HI, l->hi);
    set(c, REG_PARAM, c->g->mul.n);
}

static void window(Compiler *c, const PlanLayer *l)
{
    const PlanTensor *in = &c->p->tensors.v[l->in[0]];
    set(c, REG_IN, (int64_t)c->g->tensor_at[l->in[0]] - (int64_t)l->pt * in->w - l->pl);
    set(c, REG_SH, l->sh);
    set(c, REG_SW, l->sw);
    set(c, REG_PT, l->pt);
    set(c, REG_PL, l->pl);
    set(c, REG_SHW, (int64_t)l->sh * in->w);
}

/* Fields of the bus and of the tables: gen/db/isa.h. */
static void limits(Compiler *c, const PlanLayer *l, const PlanTile *t, int32_t blocks)
{
    const PlanCore *core = &c->p->cores.v[t->core];
    const struct {
        const char *what;
        int64_t value, limit;
    } need[] = {
        {"output channels", l->oc, 65536},
        {"rows of a kernel, dilated", (int64_t)(l->kh - 1) * l->dh, 255},
        {"columns of a kernel, dilated", (int64_t)(l->kw - 1) * l->dw, 254},
        {"blocks of a conversion", l->rows_per_conv / core->block_rows - 1, 63},
        {"first block", t->row0 / core->block_rows, 63},
        {"blocks of a crossbar", core->rows / core->block_rows, 64},
        {"rows of a crossbar", core->rows, 4096},
        {"columns of a crossbar", core->cols, 1024},
        {"crossbar number", t->core, ISA_APUS - 1},
        {"row table", (int64_t)c->g->row_table.n + blocks * core->block_rows, 65536},
        {"column table", (int64_t)c->g->col_table.n + t->cols, 65536},
    };
    for (size_t i = 0; i < COUNTOF(need) && c->st == ST_OK; i++)
        if (need[i].value > need[i].limit)
            c->st = msg_error(ST_LIMIT, "PRG-0004", (Loc){0}, "%s: layer %s: %s: %lld, the controller holds %lld", c->p->network, l->name, need[i].what,
                              (long long)need[i].value, (long long)need[i].limit);
}

/* How often an output has been added to so far, and will be in all. */
typedef struct {
    int32_t *seen, *all;
    uint32_t copy; /* of the layer, that is being counted */
} Uses;

static void tile_tables(Compiler *c, const PlanLayer *l, const PlanTile *t, int32_t rows, Uses *u)
{
    const PlanTensor *in = &c->p->tensors.v[l->in[0]];
    for (int32_t r = 0; r < rows; r++) {
        int32_t k = r < t->rows ? t->row_k[r] : -1;
        uint32_t dx = (uint32_t)(k % l->kw * l->dw), dy = (uint32_t)(k / l->kw % l->kh * l->dh), ch = (uint32_t)(k / (l->kw * l->kh));
        uint32_t offset = (ch * (uint32_t)in->h + dy) * (uint32_t)in->w + dx; /* taken modulo the memory; what is outside is not read */
        arr_push(&c->g->row_table, (int32_t)(k < 0 ? row_dummy(0) : (offset & 0xffff) << 16 | dy << 8 | dx));
    }
    int32_t *row = c->g->row_table.v + c->g->row_table.n - rows;
    for (int32_t r = rows - 1; r-- > 0;)
        if (row_is_dummy((uint32_t)row[r]) && row_is_dummy((uint32_t)row[r + 1])) row[r] = (int32_t)row_dummy(((uint32_t)row[r + 1] >> 16) + 1);
    for (int32_t q = 0; q < t->cols; q++) {
        int32_t o = t->col_o[q], e = -1;
        if (o >= 0) {
            bool first = u->seen[o]++ == 0, last = u->seen[o] == u->all[o];
            e = o * 16 + last * 8 + first * 4 + t->col_s[q];
        }
        arr_push(&c->g->col_table, e);
    }
}

static void apu_word(Compiler *c, uint32_t core, uint32_t w)
{
    arr_push(&c->g->apu, ((ApuCode){page_of(c), core, w}));
    c->apu_fill[core]++;
}

static int32_t rows_of_block(const Compiler *c, const PlanTile *t) { return c->p->cores.v[t->core].block_rows; }

/* The tile's entries at the tables' ends; of a copy they are mostly there already, and are not kept twice. */
static MadeTile make_tables(Compiler *c, const PlanLayer *l, const PlanTile *t, int32_t rows, Uses *u)
{
    Program *g = c->g;
    MadeTile made = {t, g->row_table.n, g->col_table.n};
    if (t->copy != u->copy) memset(u->seen, 0, (size_t)l->oc * sizeof *u->seen);
    u->copy = t->copy;
    tile_tables(c, l, t, rows, u);
    for (uint32_t i = c->made.n; t->copy && i-- > 0 && c->made.v[i].t->layer == t->layer;) {
        const MadeTile *o = &c->made.v[i];
        int32_t rows_there = (o->t->rows + rows_of_block(c, o->t) - 1) / rows_of_block(c, o->t) * rows_of_block(c, o->t);
        if (o->t->cols != t->cols || rows_there != rows || memcmp(g->row_table.v + o->rt, g->row_table.v + made.rt, (size_t)rows * sizeof *g->row_table.v) ||
            memcmp(g->col_table.v + o->ct, g->col_table.v + made.ct, (size_t)t->cols * sizeof *g->col_table.v)) continue;
        g->row_table.n = made.rt, g->col_table.n = made.ct;
        made.rt = o->rt, made.ct = o->ct;
        break;
    }
    arr_push(&c->made, made);
    return made;
}

static void slot(Compiler *c, const PlanLayer *l, const PlanTile *t, Uses *u)
{
    const PlanCore *core = &c->p->cores.v[t->core];
    int32_t br = core->block_rows, blocks = (t->rows + br - 1) / br;
    limits(c, l, t, blocks);
    if (c->st != ST_OK) return;
    set(c, REG_CORE, t->core);
    set(c, REG_ROW0, t->row0);
    set(c, REG_ROWS, blocks * br);
    MadeTile made = make_tables(c, l, t, blocks * br, u);
    set(c, REG_ROW_TABLE, made.rt);
    set(c, REG_COLS, t->cols);
    set(c, REG_COL_TABLE, made.ct);
    set(c, REG_TILE, c->apu_fill[t->core]);
    apu_word(c, t->core, apu_mvm((uint32_t)l->digits, (uint32_t)(l->rows_per_conv / br), (uint32_t)(t->row0 / br), (uint32_t)blocks, c->exact ? 1 : (uint32_t)plan_repeats(l)));
    apu_word(c, t->core, apu_read((uint32_t)t->col0, (uint32_t)t->cols));
}

/* The next tile of the layer on each APU in this cycle, as one CONV. False: none is left. */
static bool conv_group(Compiler *c, uint32_t li, uint32_t cycle, uint32_t round, Uses *u)
{
    const PlanTile *of[ISA_APUS] = {0};
    uint32_t seen[ISA_APUS] = {0}, n = 0, first = 0;
    uint64_t mask = 0;
    for (uint32_t i = 0; i < c->p->tiles.n; i++) {
        const PlanTile *t = &c->p->tiles.v[i];
        if (t->layer != li || t->cycle != cycle || t->core >= ISA_APUS) continue;
        if (seen[t->core]++ == round) of[t->core] = t, n++, mask |= 1ull << t->core;
    }
    if (!n || c->st != ST_OK) return false;
    uint64_t steps = 0; /* the last APU of every copy */
    const PlanTile *behind = NULL;
    for (uint32_t k = ISA_APUS; k-- > 0;)
        if (of[k]) {
            if (!behind || of[k]->copy != behind->copy) steps |= 1ull << k;
            behind = of[k];
        }
    if (cycle != c->loaded && !c->p->arch.dedicated) {
        op(c, INS_LOAD, cycle);
        arr_push(&c->g->events, ((HostEvent){false, cycle}));
    }
    c->loaded = cycle;
    /* a tile's TILE, the instruction of its APU, and the CONV stand on one page */
    for (uint32_t k = 0; k < ISA_APUS; k++)
        if (of[k] && c->apu_fill[k] + 2 > program_apu_words(&c->p->arch)) {
            new_page(c);
            break;
        }
    while (mask >> first >> ISA_IMM_BITS) first++; /* the operand names 18 of them */
    if (mask & ((1ull << first) - 1)) {
        c->st = msg_error(ST_LIMIT, "PRG-0004", (Loc){0}, "layer %s: one CONV takes tiles of APUs %u numbers apart, its operand has %d bits", c->p->layers.v[li].name,
                          first + ISA_IMM_BITS, ISA_IMM_BITS);
        return false;
    }
    uint32_t step = (uint32_t)(steps >> first);
    room(c, 7 * n + 2 + (c->p->cores.n > ISA_IMM_BITS));
    set(c, REG_STEP, (int64_t)step - (step >> (ISA_IMM_BITS - 1) & 1 ? 1 << ISA_IMM_BITS : 0));
    for (uint32_t k = 0; k < ISA_APUS; k++)
        if (of[k]) slot(c, &c->p->layers.v[li], of[k], u);
    if (c->p->cores.n > ISA_IMM_BITS) set(c, REG_FIRST, first);
    op(c, INS_CONV, (uint32_t)(mask >> first) | c->through);
    return c->st == ST_OK;
}

static uint32_t rounds(const Compiler *c, uint32_t li)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->p->tiles.n; i++) {
        uint32_t k = 0;
        for (uint32_t j = 0; j <= i; j++)
            k += c->p->tiles.v[j].layer == li && c->p->tiles.v[i].layer == li && c->p->tiles.v[j].core == c->p->tiles.v[i].core &&
                 c->p->tiles.v[j].cycle == c->p->tiles.v[i].cycle;
        if (k > n) n = k;
    }
    return n;
}

/* Do all columns of every output come in one CONV? Then a partial sum lives for one position only. */
static bool complete_at_once(const Compiler *c, uint32_t li)
{
    const PlanLayer *l = &c->p->layers.v[li];
    uint32_t n = 0, cycle = UINT32_MAX;
    for (uint32_t i = 0; i < c->p->tiles.n; i++) {
        if (c->p->tiles.v[i].layer != li) continue;
        if (cycle != UINT32_MAX && c->p->tiles.v[i].cycle != cycle) return false;
        cycle = c->p->tiles.v[i].cycle;
        n++;
    }
    if (rounds(c, li) <= 1) return true;
    /* more rounds: still so if no output is on two tiles */
    uint32_t *tile_of = mem_calloc((size_t)l->oc, sizeof *tile_of);
    bool alone = n > 0;
    for (uint32_t i = 0; i < c->p->tiles.n; i++) {
        const PlanTile *t = &c->p->tiles.v[i];
        for (int32_t q = 0; t->layer == li && q < t->cols; q++) {
            if (t->col_o[q] < 0) continue;
            uint32_t *of = &tile_of[t->col_o[q]];
            alone &= *of == 0 || *of == i + 1;
            *of = i + 1;
        }
    }
    mem_free(tile_of);
    return alone;
}

static void conv(Compiler *c, uint32_t li)
{
    const PlanLayer *l = &c->p->layers.v[li];
    const PlanTensor *out = &c->p->tensors.v[l->out];
    bool wide = !complete_at_once(c, li);
    common(c, l);
    window(c, l);
    set(c, REG_SHIFT, c->exact ? l->shift : l->shift_adc);
    set(c, REG_PLANE, (int64_t)out->h * out->w);
    set(c, REG_WIDE, wide);
    int64_t psum = wide ? (int64_t)l->oc * out->h * out->w : l->oc;
    if (psum > 65536 && c->st == ST_OK)
        c->st = msg_error(ST_LIMIT, "PRG-0004", (Loc){0}, "%s: layer %s: partial sums: %lld, the controller holds 65536", c->p->network, l->name, (long long)psum);
    if (psum > c->g->psum_words) c->g->psum_words = (uint32_t)psum;
    Uses u = {mem_calloc((size_t)l->oc, sizeof *u.seen), mem_calloc((size_t)l->oc, sizeof *u.all), 0};
    for (uint32_t i = 0; i < c->p->tiles.n; i++)
        for (int32_t q = 0; c->p->tiles.v[i].layer == li && q < c->p->tiles.v[i].cols; q++)
            if (c->p->tiles.v[i].col_o[q] >= 0) u.all[c->p->tiles.v[i].col_o[q]]++;
    uint32_t copies = plan_copies(c->p, li);
    for (int32_t o = 0; o < l->oc; o++) u.all[o] /= (int32_t)copies;
    /* In order of cycle, so that weights are loaded once each. */
    for (uint32_t cycle = 0; cycle < c->p->cycles; cycle++)
        for (uint32_t round = 0; conv_group(c, li, cycle, round, &u); round++) {
        }
    for (int32_t o = 0; o < l->oc; o++) param(c, c->exact ? l->mul[o] : l->mul_adc[o], c->exact ? l->add[o] : l->add_adc[o]);
    mem_free(u.seen);
    mem_free(u.all);
}

static void pool(Compiler *c, const PlanLayer *l)
{
    const PlanTensor *in = &c->p->tensors.v[l->in[0]];
    if (c->st == ST_OK && (l->dh > 1 || l->dw > 1))
        c->st = msg_error(ST_LIMIT, "PRG-0003", (Loc){0}, "%s: pool %s has dilation %d×%d, the controller's pools have none", c->p->network, l->name,
                          l->dh, l->dw);
    common(c, l);
    window(c, l);
    set(c, REG_IN, c->reg[REG_IN] + (int64_t)l->c0 * in->h * in->w);
    set(c, REG_OC, c->p->tensors.v[l->out].c);
    set(c, REG_CHW, (int64_t)in->h * in->w);
    set(c, REG_KH, l->kh);
    set(c, REG_KW, l->kw);
    set(c, REG_MAX, l->op == PLAN_MAXPOOL);
    if (l->op == PLAN_AVGPOOL) {
        set(c, REG_SHIFT, l->shift);
        for (int32_t k = 0; k < c->p->tensors.v[l->out].c; k++) param(c, l->mul[k], l->add[k]);
    }
    op(c, INS_POOL, c->through);
}

static void add(Compiler *c, const PlanLayer *l)
{
    common(c, l);
    set(c, REG_IN, c->g->tensor_at[l->in[0]]);
    set(c, REG_SHIFT, l->shift);
    set(c, REG_IN2, c->g->tensor_at[l->in[1]]);
    set(c, REG_IN2_ZP, c->p->tensors.v[l->in[1]].zp);
    set(c, REG_COUNT, program_words(&c->p->tensors.v[l->out]));
    param(c, l->mul[0], l->add[0]);
    param(c, l->mul[1], 0);
    op(c, INS_ADD, c->through);
}

static void copy(Compiler *c, uint32_t from, uint32_t to, int64_t words)
{
    set(c, REG_IN, from);
    set(c, REG_OUT, to);
    set(c, REG_COUNT, words);
    op(c, INS_COPY, c->through);
}

/* Side by side in the feature maps: what keeps its integers is copied, the rest goes through averages of one element. */
static void concat(Compiler *c, const PlanLayer *l)
{
    const PlanTensor *to = &c->p->tensors.v[l->out];
    uint32_t at = c->g->tensor_at[l->out];
    int64_t plane = (int64_t)to->h * to->w, half = l->shift ? (int64_t)1 << (l->shift - 1) : 0;
    for (int k = 0; k < 2; k++) {
        const PlanTensor *in = &c->p->tensors.v[l->in[k]];
        uint32_t from = c->g->tensor_at[l->in[k]];
        if (l->mul[k] == (int64_t)1 << l->shift && l->add[0] == half && in->zp == to->zp && in->lo >= l->lo && in->hi <= l->hi) {
            copy(c, from, at, program_words(in));
        } else {
            PlanLayer part = {.in = {l->in[k]}, .out = l->out, .sh = 1, .sw = 1, .lo = l->lo, .hi = l->hi};
            common(c, &part);
            window(c, &part);
            set(c, REG_OUT, at);
            set(c, REG_OC, in->c);
            set(c, REG_CHW, plane);
            set(c, REG_KH, 1);
            set(c, REG_KW, 1);
            set(c, REG_MAX, 0);
            set(c, REG_SHIFT, l->shift);
            for (int32_t i = 0; i < in->c; i++) param(c, l->mul[k], l->add[0]);
            op(c, INS_POOL, 0);
        }
        at += (uint32_t)program_words(in);
    }
}

Status program_build(const Plan *p, bool exact, Program *out)
{
    *out = (Program){0};
    Compiler c = {.p = p, .g = out, .exact = exact, .loaded = UINT32_MAX};
    Status st = program_place(p, out);
    arr_push(&out->page_at, 0);
    if (st != ST_OK) {
        program_free(out);
        return st;
    }
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        room(&c, 1); /* so that the layer begins where it says */
        arr_push(&out->layer_at, page_of(&c) << 16 | page_fill(&c));
        if (program_on_the_way(p, i)) continue;
        destination(&c, i);
        switch (l->op) {
        case PLAN_CONV: conv(&c, i); break;
        case PLAN_AVGPOOL:
        case PLAN_MAXPOOL: pool(&c, l); break;
        case PLAN_ADD: add(&c, l); break;
        case PLAN_FLATTEN:
        case PLAN_TABLE: copy(&c, out->tensor_at[l->in[0]], out->tensor_at[l->out], program_words(&p->tensors.v[l->out])); break;
        case PLAN_CONCAT: concat(&c, l); break;
        }
    }
    word(&c, INS_HALT, 0); /* room() has left a place */
    arr_free(&c.made);
    if (c.st != ST_OK) program_free(out);
    return c.st;
}

void program_free(Program *g)
{
    arr_free(&g->words);
    arr_free(&g->row_table);
    arr_free(&g->col_table);
    arr_free(&g->mul);
    arr_free(&g->add);
    arr_free(&g->table);
    arr_free(&g->page_at);
    arr_free(&g->apu);
    arr_free(&g->events);
    arr_free(&g->layer_at);
    arena_free(&g->arena);
    *g = (Program){0};
}

void program_weights(const Plan *p, uint32_t core, uint32_t cycle, uint32_t cols, uint8_t *bits)
{
    memset(bits, 0, (size_t)p->cores.v[core].rows * 4 * cols);
    for (uint32_t i = 0; i < p->tiles.n; i++) {
        const PlanTile *t = &p->tiles.v[i];
        if (t->core != core || t->cycle != cycle) continue;
        const PlanLayer *l = &p->layers.v[t->layer];
        int32_t k_rows = plan_rows(l), per_group = l->oc / l->groups;
        for (int32_t r = 0; r < t->rows; r++)
            for (int32_t q = 0; q < t->cols; q++) {
                int32_t k = t->row_k[r], o = t->col_o[q];
                if (k < 0 || o < 0 || k / k_rows != o / per_group) continue;
                int32_t d = plan_digit(l->w[(int64_t)o * k_rows + k % k_rows], t->col_s[q]), m = d < 0 ? -d : d;
                uint8_t *b = bits + ((size_t)(t->row0 + r) * 4) * cols + (size_t)(t->col0 + q);
                for (int plane = 0; plane < 3; plane++) b[(size_t)plane * cols] = (uint8_t)(m >> plane & 1);
                b[(size_t)3 * cols] = d && (d < 0) != plan_turned(t->row0 + r);
            }
    }
}
