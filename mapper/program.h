/*
 * From a plan to what the chip's controller executes: instruction words, address tables, parameters, weight images. Instruction set and
 * file format: gen/db/isa.h.
 */
#ifndef MAPPER_PROGRAM_H
#define MAPPER_PROGRAM_H

#include "gen/db/isa.h"
#include "gen/db/plan.h"

typedef struct {
    ARRAY(uint32_t) words;      /* program */
    ARRAY(int32_t) row_table;   /* channel·65536 + dy·256 + dx, −1: dummy row */
    ARRAY(int32_t) col_table;   /* output·4 + slice, −1: dummy column */
    ARRAY(int32_t) mul;         /* parameters, with add at the same index */
    ARRAY(int64_t) add;
    ARRAY(uint32_t) waits;      /* cycle whose weights each WAIT asks for, in order */
    ARRAY(uint32_t) layer_at;   /* [layers] first instruction of each */
    uint32_t *tensor_at;        /* [tensors] first word in the feature-map memory */
    uint32_t fm_words, psum_words;
    Arena arena;
} Program;

/*
 * Compile.
 *   exact  columns are ideal: mul/add instead of mul_adc/add_adc
 * Errors   PRG-0001 a value does not fit its register field, PRG-0002 feature maps need more than 65,536 words, PRG-0003 dilated
 *          pool, PRG-0004 a size does not fit its field on the bus or in the tables
 */
Status program_build(const Plan *p, bool exact, Program *out);
void program_free(Program *g);
/* instructions.bin (all the host puts into the chip) and instructions.lst in a folder. exact: as program_build. */
Status program_write(const Plan *p, bool exact, const char *dir);
/* One instruction per line: address, word, mnemonic. */
void program_listing(const Program *g, Buf *out);

/*
 * Bits of one core's weight SRAM in one cycle.
 *   bits  out: [rows][4 planes][cols] 0/1, cols = physical columns; zeroed where nothing is stored
 */
void program_weights(const Plan *p, uint32_t core, uint32_t cycle, uint32_t cols, uint8_t *bits);

#endif
