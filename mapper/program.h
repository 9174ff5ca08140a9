/*
 * From a plan to what the chip's controller executes: instruction words, address tables, parameters, weight images. Instruction set and
 * file format: gen/db/isa.h.
 */
#ifndef MAPPER_PROGRAM_H
#define MAPPER_PROGRAM_H

#include "gen/db/isa.h"
#include "gen/db/plan.h"

/* A word of one APU's instruction memory. */
typedef struct {
    uint32_t page, core, word;
} ApuCode;

/* What the host does besides starting, in the order of the program: weights of a cycle, or the next page. */
typedef struct {
    bool page;
    uint32_t number;
} HostEvent;

typedef struct {
    ARRAY(uint32_t) words;      /* program, page after page */
    ARRAY(uint32_t) page_at;    /* [pages] first word of each */
    ARRAY(ApuCode) apu;         /* by page; words of a core in order */
    ARRAY(HostEvent) events;
    ARRAY(uint32_t) layer_at;   /* [layers] page·65536 + word of the first instruction */
    ARRAY(int32_t) row_table;   /* entries as in gen/db/isa.h */
    ARRAY(int32_t) col_table;   /* the same */
    ARRAY(int32_t) mul;         /* parameters, with add at the same index */
    ARRAY(int64_t) add;
    ARRAY(int32_t) table;       /* tables of functions, each once */
    uint32_t *tensor_at;        /* [tensors] first word in the feature-map memory */
    uint32_t fm_words, psum_words, fm_bits;
    Arena arena;
} Program;

/* Words of the instruction memories of the NoC controller and of an APU. Dedicated: one tile per APU, the program as long as a page. */
static inline uint32_t program_page(const PlanArch *a) { return a->instr_mem >= 4 ? (uint32_t)a->instr_mem / 4 : 256; }
static inline uint32_t program_apu_words(const PlanArch *a) { return a->dedicated ? 2 : program_page(a); }
/* Clocks of the phases that are longer than one at the architecture's clock: sampling, and the converter's start. */
uint32_t program_sample_clocks(const PlanArch *a);
uint32_t program_start_clocks(const PlanArch *a);
static inline int64_t program_words(const PlanTensor *t) { return (int64_t)t->c * t->h * t->w; }
/* A TABLE right behind the layer that makes its input, for it alone: its entries are looked up on the way into the feature maps. */
bool program_on_the_way(const Plan *p, uint32_t layer);
/* tensor_at, fm_words, fm_bits of g. PRG-0002 */
Status program_place(const Plan *p, Program *g);
/* Clocks in which the converter decides a bit, at the lowest gain of a layer. */
uint32_t program_bit_clocks(const Plan *p);

/*
 * Compile.
 *   exact  columns are ideal: mul/add instead of mul_adc/add_adc
 * Errors   PRG-0001 a value does not fit its register field, PRG-0002 feature maps need more than 65,536 words, PRG-0003 dilated
 *          pool, PRG-0004 a size does not fit its field on the bus or in the tables, PRG-0005 the instruction memory holds less than one
 *          CONV
 */
Status program_build(const Plan *p, bool exact, Program *out);
void program_free(Program *g);
/* The bytes of instructions.bin, appended to out. */
void program_image(const Plan *p, const Program *g, Buf *out);
/* instructions.bin (all the host puts into the chip) and instructions.lst in a folder. exact: as program_build. */
Status program_write(const Plan *p, bool exact, const char *dir);
/* One instruction per line: address, word, mnemonic. */
void program_listing(const Program *g, Buf *out);

/*
 * Bits of one core's weight SRAM in one cycle.
 *   bits  out: [rows][4 planes][cols] 0/1, cols = physical columns; zeroed where nothing is stored; signs as stored (plan_turned)
 */
void program_weights(const Plan *p, uint32_t core, uint32_t cycle, uint32_t cols, uint8_t *bits);

#endif
