/* Compiler: one CONV per tile, partial sums gathered in the controller; registers are set only when they change. */
#include "mapper/program.h"

typedef struct {
    const Plan *p;
    Program *g;
    bool exact;
    int32_t reg[REG_N];
    bool known[REG_N];
    uint32_t loaded; /* cycle whose weights are in the crossbars; UINT32_MAX: none yet */
    Status st;
} Compiler;

static void op(Compiler *c, Opcode o, uint32_t operand) { arr_push(&c->g->words, (uint32_t)o << 24 | operand); }

static void set(Compiler *c, Reg r, int64_t v)
{
    if (c->st != ST_OK || (c->known[r] && c->reg[r] == v)) return;
    if (v < -(1 << (ISA_IMM_BITS - 1)) || v >= 1 << (ISA_IMM_BITS - 1)) {
        c->st = msg_error(ST_LIMIT, "PRG-0001", (Loc){0}, "%s: register %s = %lld does not fit 18 bits", c->p->network,
                          reg_name[r], (long long)v);
        return;
    }
    c->reg[r] = (int32_t)v;
    c->known[r] = true;
    op(c, INS_SET, (uint32_t)r << ISA_IMM_BITS | ((uint32_t)v & ((1u << ISA_IMM_BITS) - 1)));
}

static int64_t words_of(const PlanTensor *t) { return (int64_t)t->c * t->h * t->w; }

/* ---- feature-map memory: first fit over the tensors' lives --------------------------------------- */

static uint32_t last_use(const Plan *p, uint32_t tensor)
{
    if (tensor == p->output) return p->layers.n;
    uint32_t last = 0;
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].in[0] == tensor || (p->layers.v[i].op == PLAN_ADD && p->layers.v[i].in[1] == tensor)) last = i;
    return last;
}

static uint32_t first_def(const Plan *p, uint32_t tensor)
{
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].out == tensor) return i;
    return 0;
}

/* Lowest address where the tensor overlaps none that lives at the same time. */
static int64_t fit(const Plan *p, const Program *g, const bool *placed, uint32_t t)
{
    int64_t at = 0, n = words_of(&p->tensors.v[t]);
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t o = 0; o < p->tensors.n; o++) {
            if (!placed[o] || first_def(p, o) > last_use(p, t) || first_def(p, t) > last_use(p, o)) continue;
            int64_t oa = g->tensor_at[o], on = words_of(&p->tensors.v[o]);
            if (at < oa + on && oa < at + n) {
                at = oa + on;
                moved = true;
            }
        }
    }
    return at;
}

static Status place_tensors(const Plan *p, Program *g)
{
    Arena a = {0};
    bool *placed = arena_array(&a, bool, p->tensors.n);
    g->tensor_at = arena_array(&g->arena, uint32_t, p->tensors.n);
    Status st = ST_OK;
    for (uint32_t t = 0; t < p->tensors.n && st == ST_OK; t++) {
        int64_t at = fit(p, g, placed, t), end = at + words_of(&p->tensors.v[t]);
        if (end > 65536)
            st = msg_error(ST_LIMIT, "PRG-0002", (Loc){0}, "%s: feature maps need %lld words at tensor %s, the controller "
                           "addresses 65536", p->network, (long long)end, p->tensors.v[t].name);
        g->tensor_at[t] = (uint32_t)at;
        placed[t] = true;
        if (end > g->fm_words) g->fm_words = (uint32_t)end;
    }
    arena_free(&a);
    return st;
}

/* ---- layers --------------------------------------------------------------------------------------- */

static void param(Compiler *c, int32_t mul, int64_t add)
{
    arr_push(&c->g->mul, mul);
    arr_push(&c->g->add, add);
}

static void common(Compiler *c, const PlanLayer *l)
{
    const PlanTensor *in = &c->p->tensors.v[l->in[0]], *out = &c->p->tensors.v[l->out];
    set(c, REG_IN, c->g->tensor_at[l->in[0]]);
    set(c, REG_IN_H, in->h);
    set(c, REG_IN_W, in->w);
    set(c, REG_IN_ZP, in->zp);
    set(c, REG_OUT, c->g->tensor_at[l->out]);
    set(c, REG_OUT_H, out->h);
    set(c, REG_OUT_W, out->w);
    set(c, REG_OUT_ZP, out->zp);
    set(c, REG_LO, l->lo);
    set(c, REG_HI, l->hi);
    set(c, REG_PARAM, c->g->mul.n);
    set(c, REG_OC, out->c);
}

static void window(Compiler *c, const PlanLayer *l)
{
    set(c, REG_SH, l->sh);
    set(c, REG_SW, l->sw);
    set(c, REG_PT, l->pt);
    set(c, REG_PL, l->pl);
}

/* Fields of the bus and of the tables: program.h, templates/digital.vhd.tpl. */
static void limits(Compiler *c, const PlanLayer *l, const PlanTile *t, int32_t blocks)
{
    const PlanCore *core = &c->p->cores.v[t->core];
    const struct {
        const char *what;
        int64_t value, limit;
    } need[] = {
        {"input channels", (int64_t)l->groups * l->icg - 1, 32767},
        {"rows of a kernel, dilated", (int64_t)(l->kh - 1) * l->dh, 255},
        {"columns of a kernel, dilated", (int64_t)(l->kw - 1) * l->dw, 255},
        {"blocks of a conversion", l->rows_per_conv / core->block_rows - 1, 63},
        {"first block", t->row0 / core->block_rows, 63},
        {"blocks of a tile", blocks, 32767},
        {"rows of a crossbar", core->rows, 4096},
        {"16-column words of a crossbar's weights", (int64_t)core->rows * 4 * ((core->cols + 16) / 16), 16384},
        {"crossbar number", t->core, 7},
        {"row table", (int64_t)c->g->row_table.n + blocks * core->block_rows, 65536},
        {"column table", (int64_t)c->g->col_table.n + t->cols, 65536},
        {"program", c->g->words.n, 65000},
    };
    for (size_t i = 0; i < COUNTOF(need) && c->st == ST_OK; i++)
        if (need[i].value > need[i].limit)
            c->st = msg_error(ST_LIMIT, "PRG-0004", (Loc){0}, "%s: layer %s: %s: %lld, the controller holds %lld", c->p->network, l->name, need[i].what,
                              (long long)need[i].value, (long long)need[i].limit);
}

static void conv_tile(Compiler *c, const PlanLayer *l, const PlanTile *t)
{
    const PlanCore *core = &c->p->cores.v[t->core];
    int32_t br = core->block_rows, blocks = (t->rows + br - 1) / br;
    limits(c, l, t, blocks);
    if (t->cycle != c->loaded) {
        op(c, INS_WAIT, t->cycle);
        arr_push(&c->g->waits, t->cycle);
        c->loaded = t->cycle;
    }
    set(c, REG_CORE, t->core);
    set(c, REG_ROW0, t->row0);
    set(c, REG_ROWS, blocks * br);
    set(c, REG_ROW_TABLE, c->g->row_table.n);
    set(c, REG_COL0, t->col0);
    set(c, REG_COLS, t->cols);
    set(c, REG_COL_TABLE, c->g->col_table.n);
    set(c, REG_DIGITS, l->digits);
    set(c, REG_PER_CHUNK, l->rows_per_conv / br);
    set(c, REG_BLOCK0, t->row0 / br);
    set(c, REG_BLOCKS, blocks);
    for (int32_t r = 0; r < blocks * br; r++) {
        int32_t k = r < t->rows ? t->row_k[r] : -1, e = -1;
        if (k >= 0) {
            int32_t kx = k % l->kw, ky = k / l->kw % l->kh, ch = k / (l->kw * l->kh);
            e = ch * 65536 + ky * l->dh * 256 + kx * l->dw;
        }
        arr_push(&c->g->row_table, e);
    }
    for (int32_t q = 0; q < t->cols; q++) arr_push(&c->g->col_table, t->col_o[q] < 0 ? -1 : t->col_o[q] * 4 + t->col_s[q]);
    op(c, INS_CONV, 0);
}

static void conv(Compiler *c, uint32_t li)
{
    const PlanLayer *l = &c->p->layers.v[li];
    const PlanTensor *out = &c->p->tensors.v[l->out];
    common(c, l);
    window(c, l);
    set(c, REG_SHIFT, c->exact ? l->shift : l->shift_adc);
    int64_t psum = (int64_t)l->oc * out->h * out->w;
    if (psum > c->g->psum_words) c->g->psum_words = (uint32_t)psum;
    uint32_t n = 0, k = 0;
    for (uint32_t i = 0; i < c->p->tiles.n; i++) n += c->p->tiles.v[i].layer == li;
    /* In order of cycle, so that weights are loaded once each. */
    for (uint32_t cycle = 0; cycle < c->p->cycles; cycle++)
        for (uint32_t i = 0; i < c->p->tiles.n; i++) {
            const PlanTile *t = &c->p->tiles.v[i];
            if (t->layer != li || t->cycle != cycle) continue;
            set(c, REG_FIRST, k == 0);
            set(c, REG_LAST, k + 1 == n);
            conv_tile(c, l, t);
            k++;
        }
    for (int32_t o = 0; o < l->oc; o++) param(c, c->exact ? l->mul[o] : l->mul_adc[o], c->exact ? l->add[o] : l->add_adc[o]);
}

static void pool(Compiler *c, const PlanLayer *l)
{
    if (c->st == ST_OK && (l->dh > 1 || l->dw > 1))
        c->st = msg_error(ST_LIMIT, "PRG-0003", (Loc){0}, "%s: pool %s has dilation %d×%d, the controller's pools have none", c->p->network, l->name,
                          l->dh, l->dw);
    common(c, l);
    window(c, l);
    set(c, REG_KH, l->kh);
    set(c, REG_KW, l->kw);
    set(c, REG_MAX, l->op == PLAN_MAXPOOL);
    if (l->op == PLAN_AVGPOOL) {
        set(c, REG_SHIFT, l->shift);
        for (int32_t k = 0; k < c->p->tensors.v[l->out].c; k++) param(c, l->mul[k], l->add[k]);
    }
    op(c, INS_POOL, 0);
}

static void add(Compiler *c, const PlanLayer *l)
{
    common(c, l);
    set(c, REG_SHIFT, l->shift);
    set(c, REG_IN2, c->g->tensor_at[l->in[1]]);
    set(c, REG_IN2_ZP, c->p->tensors.v[l->in[1]].zp);
    set(c, REG_COUNT, words_of(&c->p->tensors.v[l->out]));
    param(c, l->mul[0], l->add[0]);
    param(c, l->mul[1], 0);
    op(c, INS_ADD, 0);
}

Status program_build(const Plan *p, bool exact, Program *out)
{
    *out = (Program){0};
    Compiler c = {.p = p, .g = out, .exact = exact, .loaded = UINT32_MAX};
    Status st = place_tensors(p, out);
    if (st != ST_OK) {
        program_free(out);
        return st;
    }
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        arr_push(&out->layer_at, out->words.n);
        switch (l->op) {
        case PLAN_CONV: conv(&c, i); break;
        case PLAN_AVGPOOL:
        case PLAN_MAXPOOL: pool(&c, l); break;
        case PLAN_ADD: add(&c, l); break;
        case PLAN_FLATTEN:
            set(&c, REG_IN, out->tensor_at[l->in[0]]);
            set(&c, REG_OUT, out->tensor_at[l->out]);
            set(&c, REG_COUNT, words_of(&p->tensors.v[l->out]));
            op(&c, INS_COPY, 0);
            break;
        }
    }
    op(&c, INS_HALT, 0);
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
    arr_free(&g->waits);
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
                b[(size_t)3 * cols] = d < 0;
            }
    }
}
