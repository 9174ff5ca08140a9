/*
 * From a plan to what the chip's controller executes: instruction words, address tables, parameters, weight images.
 * One table (program.c) gives register numbers and opcodes to the encoder, the listing and the VHDL template.
 *
 * Instruction word, 32 bits: opcode in 31…24. SET: register in 23…18, signed value in 17…0. Others have no operand, except
 * WAIT, whose low bits tell the host which cycle's weights to load before it goes on.
 */
#ifndef MAPPER_PROGRAM_H
#define MAPPER_PROGRAM_H

#include "gen/db/plan.h"

typedef enum { INS_HALT, INS_SET, INS_CONV, INS_POOL, INS_ADD, INS_COPY, INS_WAIT, INS_COUNT } Opcode;
extern const char *const ins_name[INS_COUNT];

typedef enum {
    REG_IN, REG_IN_H, REG_IN_W, REG_IN_ZP, REG_OUT, REG_OUT_H, REG_OUT_W, REG_OUT_ZP, REG_SH, REG_SW, REG_PT, REG_PL,
    REG_OC, REG_SHIFT, REG_LO, REG_HI, REG_PARAM, REG_FIRST, REG_LAST, REG_CORE, REG_ROW0, REG_ROWS, REG_ROW_TABLE,
    REG_COL0, REG_COLS, REG_COL_TABLE, REG_DIGITS, REG_PER_CHUNK, REG_BLOCK0, REG_BLOCKS, REG_KH, REG_KW, REG_MAX,
    REG_IN2, REG_IN2_ZP, REG_COUNT, REG_N
} Reg;
extern const char *const reg_name[REG_N];

typedef struct {
    ARRAY(uint32_t) words;      /* program */
    ARRAY(int32_t) row_table;   /* channel·65536 + dy·256 + dx, −1: dummy row */
    ARRAY(int32_t) col_table;   /* output·4 + slice, −1: dummy column */
    ARRAY(int32_t) mul;         /* parameters, with add at the same index */
    ARRAY(int64_t) add;
    ARRAY(uint32_t) waits;      /* cycle whose weights each WAIT asks for, in order */
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
/* instructions.bin (words, little endian) and instructions.lst of the program with converters, in a folder. */
Status program_write(const Plan *p, const char *dir);
/* One instruction per line: address, word, mnemonic. */
void program_listing(const Program *g, Buf *out);

/*
 * Bits of one core's weight SRAM in one cycle.
 *   bits  out: [rows][4 planes][cols] 0/1, cols = physical columns; zeroed where nothing is stored
 */
void program_weights(const Plan *p, uint32_t core, uint32_t cycle, uint32_t cols, uint8_t *bits);

#endif
