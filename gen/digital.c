/* The digital soft macros: one table of ports, used by the floorplan, every netlist view and the VHDL. */
#include "gen/digital.h"

#include "cells/physical.h"
#include "mapper/program.h"

const char *const macro_name[MACRO_COUNT] = {"ctrl", "rowbuf", "colproc", "wmem", "noc"};

uint32_t index_bits(uint32_t n)
{
    uint32_t b = 1;
    while (b < 32 && (1u << b) < n) b++;
    return b;
}

uint32_t plan_adc_bits(const Plan *p)
{
    int32_t bits = 0;
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].op == PLAN_CONV && p->layers.v[i].adc_bits > bits) bits = p->layers.v[i].adc_bits;
    return (uint32_t)(bits > 0 ? bits : p->arch.adc_bits_max);
}

uint32_t asel_bits(const Plan *p)
{
    uint32_t b = index_bits(p->cores.n);
    return b < 3 ? 3 : b;
}

/* Width of a port as a product of one of the core's sizes. */
typedef enum { W_ONE, W_ROWS, W_COLS, W_ADCS, W_BLOCKS, W_ROW_IX, W_COL_IX, W_BLOCK_IX, W_ADC_BITS, W_ASEL } WidthOf;

typedef struct {
    Macro m;
    const char *name;
    WidthOf of;
    uint32_t times;
    PortDir dir;
    Side side;
    bool bus;
    enum { EITHER, CHARGE, CURRENT } family;
} PortRow;

/* Order of rows = order of pins along a side. */
static const PortRow table[] = {
    {MACRO_CTRL, "CLK", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_CTRL, "RSTN", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_CTRL, "CMD", W_ONE, 4, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_CTRL, "ASEL", W_ASEL, 1, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_CTRL, "ADDR", W_ONE, 14, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_CTRL, "WDATA", W_ONE, 16, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_CTRL, "QI", W_ONE, 33, DIR_IN, SIDE_BOTTOM, true},  /* bit 32: valid */
    {MACRO_CTRL, "QO", W_ONE, 33, DIR_OUT, SIDE_BOTTOM, true},
    {MACRO_CTRL, "XADDR", W_ROW_IX, 1, DIR_OUT, SIDE_TOP, false},  /* row written or selected */
    {MACRO_CTRL, "XDATA", W_ONE, 10, DIR_OUT, SIDE_TOP, false},    /* input value, two's complement */
    {MACRO_CTRL, "XWE", W_ONE, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "XBANK", W_ONE, 1, DIR_OUT, SIDE_TOP, false},     /* bank of row registers that is filled; that is driven */
    {MACRO_CTRL, "DBANK", W_ONE, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "DIG", W_ONE, 2, DIR_OUT, SIDE_TOP, false},       /* radix-8 digit driven onto the rows */
    {MACRO_CTRL, "WLEN", W_ONE, 1, DIR_OUT, SIDE_TOP, false},      /* word line of XADDR, plane WPLANE, on */
    {MACRO_CTRL, "WPLANE", W_ONE, 2, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "BFIRST", W_BLOCK_IX, 1, DIR_OUT, SIDE_TOP, false}, /* first joined block row, and how many */
    {MACRO_CTRL, "BCOUNT", W_BLOCK_IX, 1, DIR_OUT, SIDE_TOP, false}, /* number − 1 */
    {MACRO_CTRL, "AFIRST", W_BLOCK_IX, 1, DIR_OUT, SIDE_TOP, false}, /* block rows whose inputs are driven, the others rest */
    {MACRO_CTRL, "ACOUNT", W_BLOCK_IX, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "BEN", W_ONE, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "PHASE", W_ONE, 7, DIR_OUT, SIDE_TOP, false, CHARGE},  /* EVALIN RSTIN SELIN[2] WEIN CLKIN STARTIN */
    {MACRO_CTRL, "PHASE", W_ONE, 9, DIR_OUT, SIDE_TOP, false, CURRENT}, /* PCLK PRST MAIN PREBIN SELIN[2] WEIN CLKIN STARTIN */
    {MACRO_CTRL, "IREF", W_ONE, 1, DIR_OUT, SIDE_TOP, false, CURRENT},  /* reference current of the bias */
    {MACRO_CTRL, "WADDR", W_ROW_IX, 1, DIR_OUT, SIDE_TOP, false},  /* word of wmem, and of its write port */
    {MACRO_CTRL, "ACMD", W_ONE, 2, DIR_OUT, SIDE_TOP, false},      /* colproc: clear, add */
    {MACRO_CTRL, "ABANK", W_ONE, 1, DIR_OUT, SIDE_TOP, false},     /* bank of accumulators that is added to; that is read */
    {MACRO_CTRL, "ASHIFT", W_ONE, 4, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "RADDR", W_COL_IX, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "RBANK", W_ONE, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_CTRL, "RDATA", W_ONE, 32, DIR_IN, SIDE_TOP, false},

    {MACRO_ROWBUF, "D", W_ROWS, 3, DIR_OUT, SIDE_RIGHT, false},
    {MACRO_ROWBUF, "SGN", W_ROWS, 1, DIR_OUT, SIDE_RIGHT, false},
    {MACRO_ROWBUF, "WLIN", W_ROWS, 4, DIR_OUT, SIDE_RIGHT, false},
    {MACRO_ROWBUF, "BSEL", W_BLOCKS, 1, DIR_OUT, SIDE_RIGHT, false, CHARGE},
    {MACRO_ROWBUF, "CLK", W_ONE, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "XADDR", W_ROW_IX, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "XDATA", W_ONE, 10, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "XWE", W_ONE, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "XBANK", W_ONE, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "DBANK", W_ONE, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "DIG", W_ONE, 2, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "WLEN", W_ONE, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "WPLANE", W_ONE, 2, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "BFIRST", W_BLOCK_IX, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "BCOUNT", W_BLOCK_IX, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "AFIRST", W_BLOCK_IX, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "ACOUNT", W_BLOCK_IX, 1, DIR_IN, SIDE_BOTTOM, false},
    {MACRO_ROWBUF, "BEN", W_ONE, 1, DIR_IN, SIDE_BOTTOM, false},

    {MACRO_COLPROC, "AD", W_ADC_BITS, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "DONE", W_ADCS, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "CLK", W_ONE, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "ACMD", W_ONE, 2, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "ABANK", W_ONE, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "ASHIFT", W_ONE, 4, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "RADDR", W_COL_IX, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "RBANK", W_ONE, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_COLPROC, "RDATA", W_ONE, 32, DIR_OUT, SIDE_TOP, false},

    {MACRO_WMEM, "DIN", W_COLS, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_WMEM, "CLK", W_ONE, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_WMEM, "WADDR", W_ROW_IX, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_WMEM, "WPLANE", W_ONE, 2, DIR_IN, SIDE_TOP, false},
    {MACRO_WMEM, "CMD", W_ONE, 4, DIR_IN, SIDE_TOP, false},     /* loaded from the bus: WDATA at ADDR */
    {MACRO_WMEM, "ASEL", W_ASEL, 1, DIR_IN, SIDE_TOP, false},
    {MACRO_WMEM, "ADDR", W_ONE, 14, DIR_IN, SIDE_TOP, false},
    {MACRO_WMEM, "WDATA", W_ONE, 16, DIR_IN, SIDE_TOP, false},

    {MACRO_NOC, "CLK", W_ONE, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_NOC, "RSTN", W_ONE, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_NOC, "CMD", W_ONE, 4, DIR_OUT, SIDE_TOP, false},
    {MACRO_NOC, "ASEL", W_ASEL, 1, DIR_OUT, SIDE_TOP, false},
    {MACRO_NOC, "ADDR", W_ONE, 14, DIR_OUT, SIDE_TOP, false},
    {MACRO_NOC, "WDATA", W_ONE, 16, DIR_OUT, SIDE_TOP, false},
    {MACRO_NOC, "QI", W_ONE, 33, DIR_IN, SIDE_TOP, false},
    {MACRO_NOC, "QO", W_ONE, 33, DIR_OUT, SIDE_TOP, false},
    {MACRO_NOC, "HCLK", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},   /* host: clock, reset, write and read stream */
    {MACRO_NOC, "HRSTN", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_NOC, "HWE", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_NOC, "HADDR", W_ONE, 20, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_NOC, "HWDATA", W_ONE, 32, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_NOC, "HRDATA", W_ONE, 32, DIR_OUT, SIDE_BOTTOM, true},
    {MACRO_NOC, "SCK", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},    /* the same, serial */
    {MACRO_NOC, "CSN", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_NOC, "MOSI", W_ONE, 1, DIR_IN, SIDE_BOTTOM, true},
    {MACRO_NOC, "MISO", W_ONE, 1, DIR_OUT, SIDE_BOTTOM, true},
    {MACRO_NOC, "BUSY", W_ONE, 1, DIR_OUT, SIDE_BOTTOM, true},
};

static uint32_t width_of(const Plan *p, uint32_t core, WidthOf of)
{
    if (of == W_ONE) return 1;
    const PlanCore *c = &p->cores.v[core];
    switch (of) {
    case W_ROWS: return (uint32_t)c->rows;
    case W_COLS: return core_phys_cols(c);
    case W_ADCS: return core_adcs(c);
    case W_BLOCKS: return core_block_rows(c);
    case W_ROW_IX: return index_bits((uint32_t)c->rows);
    case W_COL_IX: return index_bits(core_phys_cols(c));
    case W_BLOCK_IX: return index_bits(core_block_rows(c));
    case W_ADC_BITS: return core_adcs(c) * plan_adc_bits(p);
    case W_ASEL: return asel_bits(p);
    case W_ONE: break;
    }
    return 1;
}

uint32_t macro_ports(const Plan *p, uint32_t core, Macro m, bool current, MacroPort ports[MACRO_PORTS_MAX])
{
    uint32_t n = 0;
    for (size_t i = 0; i < COUNTOF(table); i++) {
        const PortRow *r = &table[i];
        if (r->m != m || r->family == (current ? CHARGE : CURRENT)) continue;
        assert(n < MACRO_PORTS_MAX);
        ports[n++] = (MacroPort){r->name, r->times * width_of(p, core, r->of), r->dir, r->side, r->bus};
    }
    return n;
}

bool macro_port_is_bus(const char *name)
{
    for (size_t i = 0; i < COUNTOF(table); i++)
        if (str_eq(table[i].name, name)) return table[i].of != W_ONE || table[i].times > 1;
    return false;
}

/*
 * Gate equivalents (NAND2) and flip-flops of the emitted VHDL as Yosys counts them, `scripts/synth.sh OUT/design.vhd`, and how far this fit is from them. OUT: the
 * design of `make demo` (six crossbars of 256 × 64, 16 rows of blocks, converters of 9 bit), gen1_28nm (78 × 31 in 6 and 31 × 2 in 1 row of blocks), and of tests/program/hdl.py
 * `pooling` on small.xml (three of 64 × 16 in 4, 8 bit), `tiny` (one of 16 × 8 in 1, 8 bit), and `deep` on adelia-gen1 (28 crossbars; its controller).
 *   rowbuf   92726 28441 11347 23444 5855   within 0.9 %       flip-flops 7186 2192 871 1798 451   within 0.2 %
 *   colproc 101902 51075 3203 25440 12684   within 0.6 %                  4128 2080 160 1056 544   exact
 *   wmem       607 265 25 207 191           exact                         75 32 2 25 23            exact
 *   ctrl      5922 4545 3491 4101 3512      within 2.3 %                  343 273 217 251 220      within 2.6 %
 *   noc      60424 53293 54848 51199 86109  within 3.1 %                  2229 1783 1897 1673 4066 within 3.5 % (six, two, three, one, 28 APUs)
 * The controller's stage for tables of functions has 936 gates, 40 of them flip-flops (54723, 1918 against 53787, 1878 of the same design without it).
 * tests/program/synth.sh counts a size that is not among these.
 */
MacroContent macro_content(const Plan *p, uint32_t core, Macro m)
{
    bool tables = false;
    for (uint32_t i = 0; i < p->layers.n; i++) tables = tables || p->layers.v[i].op == PLAN_TABLE;
    if (m == MACRO_NOC) return (MacroContent){.gates = 50906 + 1282 * (int64_t)p->cores.n + tables * 936, .flops = 1617 + 892 * (int64_t)p->cores.n / 10 + tables * 40};
    const PlanCore *k = &p->cores.v[core];
    bool held = !p->arch.dedicated; /* a weight memory with its address; its line is whole words of the bus */
    int64_t rows = k->rows, cols = core_phys_cols(k), line = held ? (cols + 15) / 16 * 16 : cols, blocks = core_block_rows(k), row_ix = index_bits((uint32_t)rows), adcs = core_adcs(k);
    switch (m) {
    case MACRO_CTRL: return (MacroContent){.gates = blocks * 139 + row_ix * 104 + 2911, .flops = (blocks * 710 + row_ix * 555) / 100 + 188, .mem_bits = (int64_t)program_apu_words(&p->arch) * 32};
    case MACRO_ROWBUF: return (MacroContent){.gates = rows * 3622 / 10 + 110, .flops = rows * 2807 / 100 + 1};
    case MACRO_COLPROC: return (MacroContent){.gates = adcs * 3190, .flops = adcs * 128 + 32};
    case MACRO_WMEM: return (MacroContent){.gates = line * 8 + 9 + held * (row_ix * 8 + 22), .flops = line + held * (row_ix + 3), .mem_bits = held ? (int64_t)p->arch.weight_mem * 8 : 0};
    default: return (MacroContent){0};
    }
}

/*
 * `scripts/activity.py OUT examples/vad/test_x.npy WORK 0 7000` for the design of `make demo` (crossbar of 256 × 64). Least squares of switched gate
 * equivalents per clock on the events in it:
 *   rowbuf   9 per clock, 31 per input written, 349 per sample of 16 rows: 22 per row driven
 *   colproc  145 per clock, 12,420 per addition to 32 columns: 388 each; 21,374 per clearing of 64: 334 each; 4,593 per column read: 72 per column there is
 *   wmem     under 1 per word from the host
 *   ctrl     13 per clock (an APU at rest); 531 more per clock of an MVM, with all that comes with it
 *   noc      144 per clock, 99 per input written, 2,967 per word from the ring (the multiplier)
 */
double macro_switched(const Plan *p, uint32_t core, Macro m, const MacroWork *w)
{
    double cols = m == MACRO_NOC ? 0 : core_phys_cols(&p->cores.v[core]);
    switch (m) {
    case MACRO_CTRL: return 13 * w->clocks + 531 * w->mvm_clocks;
    case MACRO_ROWBUF: return 9 * w->clocks + 31 * w->xw + 22 * w->driven;
    case MACRO_COLPROC: return 145 * w->clocks + cols * (388 * w->sampled + 334 * w->mvms + 72 * w->words);
    case MACRO_NOC: return 144 * w->clocks + 99 * w->xw + 2967 * w->words;
    default: return 0;
    }
}

Status macro_noc_bits(const Plan *p, int64_t *bits)
{
    Program g;
    TRY(program_build(p, false, &g));
    *bits = 32 * ((int64_t)program_page(&p->arch) + g.row_table.n + g.col_table.n + 3 * (int64_t)g.mul.n + g.psum_words) + (int64_t)g.fm_bits * (g.fm_words + g.table.n);
    program_free(&g);
    return ST_OK;
}

int64_t macro_bit_area(const Tech *t)
{
    CellVariant bit = {.function = "gate", .variant = "sram_bit"};
    return (int64_t)(cells_area(t, &bit) / (t->dbu_m * t->dbu_m));
}

int64_t macro_area(const Tech *t, const MacroContent *c, int64_t sram_bit_area)
{
    double nand2 = 3.0 * t->gate_pitch * t->cell_row;
    return (int64_t)((double)c->mem_bits * (double)sram_bit_area / 0.5 + (double)c->gates * nand2 / 0.7);
}
