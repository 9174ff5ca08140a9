/* instructions.bin and instructions.lst: the program as files. Format: gen/db/isa.h. */
#include "gen/base/io.h"
#include "mapper/program.h"

static void word(Buf *o, uint32_t w)
{
    const char b[4] = {(char)w, (char)(w >> 8), (char)(w >> 16), (char)(w >> 24)};
    buf_put(o, b, sizeof b);
}

static void head(Buf *o, Section s, uint32_t a, uint32_t b, uint32_t n)
{
    word(o, section_tag(section_name[s]));
    word(o, a);
    word(o, b);
    word(o, n);
}

static void words(Buf *o, Section s, const void *v, uint32_t n)
{
    head(o, s, 0, 0, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t w;
        memcpy(&w, (const char *)v + (size_t)i * 4, 4);
        word(o, w);
    }
}

/* Physical columns: whole converters. */
static uint32_t phys_cols(const PlanCore *c) { return (uint32_t)((c->cols + c->cols_per_adc - 1) / c->cols_per_adc * c->cols_per_adc); }

static void chip(Buf *o, const Plan *p, const Program *g)
{
    int32_t bits = 0, gain = 0;
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].op == PLAN_CONV) {
            if (p->layers.v[i].adc_bits > bits) bits = p->layers.v[i].adc_bits;
            gain = p->layers.v[i].adc_gain;
        }
    head(o, SEC_CHIP, 0, 0, 8 + 3 * p->cores.n);
    word(o, (uint32_t)(bits > 0 ? bits : p->arch.adc_bits_max));
    word(o, (uint32_t)(gain > 0 ? gain : 1));
    word(o, program_sample_clocks(&p->arch));
    word(o, program_start_clocks(&p->arch));
    word(o, program_bit_clocks(p));
    word(o, g->fm_bits);
    word(o, program_page(&p->arch));
    word(o, program_apu_words(&p->arch));
    for (uint32_t k = 0; k < p->cores.n; k++) {
        word(o, (uint32_t)p->cores.v[k].rows);
        word(o, phys_cols(&p->cores.v[k]));
        word(o, (uint32_t)p->cores.v[k].block_rows);
    }
}

static void weights(Buf *o, const Plan *p, uint32_t core, uint32_t cycle)
{
    const PlanCore *c = &p->cores.v[core];
    uint32_t cols = phys_cols(c), per_row = (cols + 15) / 16, n = (uint32_t)c->rows * 4 * per_row, low = 0;
    uint8_t *bits = mem_calloc((size_t)c->rows * 4 * cols, 1);
    program_weights(p, core, cycle, cols, bits);
    head(o, SEC_WGHT, core, cycle, (n + 1) / 2);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = 0;
        for (uint32_t b = 0, col = i % per_row * 16; b < 16 && col + b < cols; b++) v |= (uint32_t)bits[(size_t)(i / per_row) * cols + col + b] << b;
        if (i % 2) word(o, low | v << 16);
        else low = v;
    }
    if (n % 2) word(o, low);
    mem_free(bits);
}

/* Instruction memories of one page. */
static void page(Buf *o, const Plan *p, const Program *g, uint32_t k)
{
    uint32_t from = g->page_at.v[k], to = k + 1 < g->page_at.n ? g->page_at.v[k + 1] : g->words.n;
    head(o, SEC_PROG, k, 0, to - from);
    for (uint32_t i = from; i < to; i++) word(o, g->words.v[i]);
    for (uint32_t core = 0; core < p->cores.n; core++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < g->apu.n; i++) n += g->apu.v[i].page == k && g->apu.v[i].core == core;
        head(o, SEC_IMEM, k, core, n);
        for (uint32_t i = 0; i < g->apu.n; i++)
            if (g->apu.v[i].page == k && g->apu.v[i].core == core) word(o, g->apu.v[i].word);
    }
}

void program_image(const Plan *p, const Program *g, Buf *o)
{
    uint32_t sections = 9 + g->page_at.n * (1 + p->cores.n) + p->cycles * p->cores.n;
    word(o, ISA_MAGIC);
    word(o, ISA_VERSION);
    word(o, sections);
    chip(o, p, g);
    const PlanTensor *in = &p->tensors.v[p->input], *to = &p->tensors.v[p->output];
    uint32_t port[6] = {g->tensor_at[p->input], (uint32_t)(in->c * in->h * in->w), g->tensor_at[p->output], (uint32_t)(to->c * to->h * to->w),
                        g->fm_words, g->psum_words};
    words(o, SEC_PORT, port, 6);
    words(o, SEC_LAYR, g->layer_at.v, g->layer_at.n);
    words(o, SEC_ROWT, g->row_table.v, g->row_table.n);
    words(o, SEC_COLT, g->col_table.v, g->col_table.n);
    words(o, SEC_MULT, g->mul.v, g->mul.n);
    head(o, SEC_ADDL, 0, 0, g->add.n);
    for (uint32_t i = 0; i < g->add.n; i++) word(o, (uint32_t)g->add.v[i]);
    head(o, SEC_ADDH, 0, 0, g->add.n);
    for (uint32_t i = 0; i < g->add.n; i++) word(o, (uint32_t)((uint64_t)g->add.v[i] >> 32));
    words(o, SEC_TABL, g->table.v, g->table.n);
    for (uint32_t k = 0; k < g->page_at.n; k++) page(o, p, g, k);
    for (uint32_t cycle = 0; cycle < p->cycles; cycle++)
        for (uint32_t k = 0; k < p->cores.n; k++) weights(o, p, k, cycle);
}

void program_listing(const Program *g, Buf *out)
{
    uint32_t page = 0, a = 0;
    for (uint32_t i = 0; i < g->words.n; i++) {
        if (page < g->page_at.n && i == g->page_at.v[page]) {
            buf_printf(out, "; page %u\n", page++);
            for (; a < g->apu.n && g->apu.v[a].page + 1 == page; a++) buf_printf(out, ";   APU %u  %08x\n", g->apu.v[a].core, g->apu.v[a].word);
        }
        buf_printf(out, "%04x  %08x  ", i - g->page_at.v[page - 1], g->words.v[i]);
        isa_disassemble(g->words.v[i], out);
        buf_char(out, '\n');
    }
}

Status program_write(const Plan *p, bool exact, const char *dir)
{
    Program g;
    TRY(program_build(p, exact, &g));
    Arena a = {0};
    Buf list = {0}, bytes = {0};
    Out *o;
    Status st = out_open(io_join(&a, dir, "instructions.bin"), &o);
    if (st == ST_OK) {
        program_image(p, &g, &bytes);
        out_write(o, bytes.s, bytes.n);
        st = out_commit(o, NULL, NULL);
    }
    if (st == ST_OK) st = out_open(io_join(&a, dir, "instructions.lst"), &o);
    if (st == ST_OK) {
        program_listing(&g, &list);
        out_printf(o, "; %s: %u instructions on %u page%s of %u words, %u words in the APUs' memories of %u\n", p->network, g.words.n, g.page_at.n,
                   g.page_at.n == 1 ? "" : "s", program_page(&p->arch), g.apu.n, program_apu_words(&p->arch));
        out_write(o, list.s, list.n);
        st = out_commit(o, NULL, NULL);
    }
    buf_free(&list);
    buf_free(&bytes);
    arena_free(&a);
    program_free(&g);
    return st;
}
