/*
 * The controller's instruction set, one table: opcodes, registers, bus commands and host regions with what they mean. The compiler
 * (mapper/program.c), the listing, the instruction simulator (verify/iss.c), the VHDL's constants (gen/vhdl.c) and the tables of
 * docs/isa.md are made from it; nothing else knows a number.
 *
 * Instruction word, 32 bits: opcode in 31…24. SET: register in 23…18, signed value in 17…0. Others: operand in 17…0 or none.
 */
#ifndef GEN_DB_ISA_H
#define GEN_DB_ISA_H

#include "gen/base/base.h"

/* name, operand ("" none), what it does; the code is the row's number */
#define ISA_INSTRUCTIONS(X)                                                                                                   \
    X(HALT, "", "end: BUSY falls, the next start begins at word 0")                                                           \
    X(SET, "register, value", "register := value; registers keep their values, so the compiler sets only what changes")       \
    X(CONV, "", "one tile of a convolution or dense layer over all output positions")                                         \
    X(POOL, "", "maximum or average over a window, all channels")                                                             \
    X(ADD, "", "requantised sum of two feature maps of equal shape")                                                          \
    X(COPY, "", "COUNT words from IN to OUT (flatten: same integers, other shape)")                                           \
    X(WAIT, "cycle", "BUSY falls until the host starts again; the operand is the cycle whose weights the host loads meanwhile")

/* name, used by, meaning; the number is the row's */
#define ISA_REGISTERS(X)                                                                                                      \
    X(IN, "all", "first word of the input in the feature-map memory")                                                         \
    X(IN_H, "CONV POOL", "input rows")                                                                                        \
    X(IN_W, "CONV POOL", "input columns")                                                                                     \
    X(IN_ZP, "CONV POOL ADD", "zero point of the input; padding is this value, so it contributes 0")                          \
    X(OUT, "all", "first word of the output")                                                                                 \
    X(OUT_H, "CONV POOL", "output rows")                                                                                      \
    X(OUT_W, "CONV POOL", "output columns")                                                                                   \
    X(OUT_ZP, "CONV POOL ADD", "zero point of the output")                                                                    \
    X(SH, "CONV POOL", "stride, rows")                                                                                        \
    X(SW, "CONV POOL", "stride, columns")                                                                                     \
    X(PT, "CONV POOL", "padding above")                                                                                       \
    X(PL, "CONV POOL", "padding at the left")                                                                                 \
    X(OC, "CONV POOL", "output channels")                                                                                     \
    X(SHIFT, "CONV POOL ADD", "right shift of the requantisation, 0…46")                                                      \
    X(LO, "CONV POOL ADD", "clamp, activation folded in")                                                                     \
    X(HI, "CONV POOL ADD", "clamp")                                                                                           \
    X(PARAM, "CONV POOL ADD", "first entry of this layer in the parameter memories (mul, add)")                               \
    X(FIRST, "CONV", "1: the layer's first tile, partial sums begin at 0")                                                    \
    X(LAST, "CONV", "1: its last tile, requantise afterwards")                                                                \
    X(CORE, "CONV", "APU, 0…7")                                                                                               \
    X(ROW0, "CONV", "first row of the tile on the crossbar")                                                                  \
    X(ROWS, "CONV", "rows written per position, whole blocks")                                                                \
    X(ROW_TABLE, "CONV", "first entry of the tile in the row table")                                                          \
    X(COL0, "CONV", "first column of the tile")                                                                               \
    X(COLS, "CONV", "its columns")                                                                                            \
    X(COL_TABLE, "CONV", "first entry of the tile in the column table")                                                       \
    X(DIGITS, "CONV", "input digits, 1…3")                                                                                    \
    X(PER_CHUNK, "CONV", "blocks of rows joined per conversion, 1…64")                                                        \
    X(BLOCK0, "CONV", "first block of rows, 0…63")                                                                            \
    X(BLOCKS, "CONV", "blocks of rows of the tile")                                                                           \
    X(KH, "POOL", "window rows")                                                                                              \
    X(KW, "POOL", "window columns")                                                                                           \
    X(MAX, "POOL", "1: maximum, 0: average")                                                                                  \
    X(IN2, "ADD", "first word of the second input")                                                                           \
    X(IN2_ZP, "ADD", "its zero point")                                                                                        \
    X(COUNT, "ADD COPY", "words")

#define X(name, operand, what) INS_##name,
typedef enum { ISA_INSTRUCTIONS(X) INS_COUNT } Opcode;
#undef X
#define X(name, by, what) REG_##name,
typedef enum { ISA_REGISTERS(X) REG_N } Reg;
#undef X

extern const char *const ins_name[INS_COUNT];
extern const char *const reg_name[REG_N];

#define ISA_IMM_BITS 18 /* of SET's value */

/* One instruction as text, without its address: "SET IN_H, 13". */
void isa_disassemble(uint32_t word, Buf *out);

/* The tables of docs/isa.md between its markers, Markdown. */
void isa_page(Buf *out);

/*
 * instructions.bin: everything the host puts into the chip. 32-bit words, little endian: magic, version, number of sections; per section
 * tag, a, b, number of words, the words.
 */
#define ISA_MAGIC 0x49555041u /* "APUI" */
#define ISA_VERSION 1u
/* tag, a, b, content */
#define ISA_SECTIONS(X)                                                                                                       \
    X(CHIP, "", "", "converter bits, converter gain, then rows, columns, rows of a block of every APU")                       \
    X(PORT, "", "", "first word and words of the input, of the output; words of the feature-map and of the partial-sum memory") \
    X(PROG, "page", "", "instruction words")                                                                                  \
    X(LAYR, "", "", "per layer: its first instruction")                                                                       \
    X(ROWT, "", "", "row table")                                                                                              \
    X(COLT, "", "", "column table")                                                                                           \
    X(MULT, "", "", "mul")                                                                                                    \
    X(ADDL, "", "", "add, low 32 bits")                                                                                       \
    X(ADDH, "", "", "add, high 32 bits")                                                                                      \
    X(WGHT, "APU", "cycle", "weights: per row and plane the 16-column words of the bus, two per word, the first in the low half")
#define X(name, a, b, what) SEC_##name,
typedef enum { ISA_SECTIONS(X) SEC_COUNT } Section;
#undef X
extern const char *const section_name[SEC_COUNT];
static inline uint32_t section_tag(const char *s)
{
    return (uint32_t)(uint8_t)s[0] | (uint32_t)(uint8_t)s[1] << 8 | (uint32_t)(uint8_t)s[2] << 16 | (uint32_t)(uint8_t)s[3] << 24;
}

#endif
