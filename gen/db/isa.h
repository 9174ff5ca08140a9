/*
 * The controller's instruction set, one table: opcodes, registers, bus commands and host regions with what they mean. The compiler
 * (mapper/program.c), the listing, the instruction simulator (verify/iss.c), the VHDL's constants (gen/vhdl.c) and the tables of
 * docs/isa.md are made from it; nothing else knows a number.
 *
 * Instruction word, 32 bits: opcode in 31…24. SET: register in 23…18, signed value in 17…0. Others: operand in 17…0 or none; CONV, POOL, ADD, COPY:
 * bit 18 sends the results through a table.
 */
#ifndef GEN_DB_ISA_H
#define GEN_DB_ISA_H

#include "gen/base/base.h"

/* name, operand ("" none), what it does; the code is the row's number */
#define ISA_INSTRUCTIONS(X)                                                                                                   \
    X(HALT, "", "end: BUSY falls, the next start begins at word 0")                                                           \
    X(SET, "register, value", "register := value; registers keep their values, so the compiler sets only what changes")       \
    X(CONV, "APUs, one bit each", "at most one tile per APU of a convolution or dense layer, over all output positions")      \
    X(POOL, "", "maximum or average over a window, all channels")                                                             \
    X(ADD, "", "requantised sum of two feature maps of equal shape")                                                          \
    X(COPY, "", "COUNT words from IN to OUT (flatten: same integers, other shape)")                                           \
    X(LOAD, "cycle", "the cycle's weights go from every APU's weight memory into its crossbar, once the host says they are there; nothing if they are in the crossbars already") \
    X(PAGE, "page", "BUSY falls; the host writes that page into the instruction memories and starts again at word 0")

/* name, used by, meaning; the number is the row's. "per APU": SET writes the copy of the APU that CORE names. */
#define ISA_REGISTERS(X)                                                                                                      \
    X(IN, "all", "first word of the input; CONV, POOL: where the first window's corner would be, less by PT·IN_W + PL, so it may be negative") \
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
    X(OC, "POOL", "channels")                                                                                                 \
    X(SHIFT, "CONV POOL ADD", "right shift of the requantisation, 0…46")                                                      \
    X(LO, "CONV POOL ADD", "clamp, activation folded in")                                                                     \
    X(HI, "CONV POOL ADD", "clamp")                                                                                           \
    X(PARAM, "CONV POOL ADD", "first entry of this layer in the parameter memories (mul, add)")                               \
    X(SHW, "CONV POOL", "SH · IN_W: from one output row's windows to the next")                                               \
    X(CHW, "POOL", "IN_H · IN_W: from one channel to the next")                                                               \
    X(PLANE, "CONV", "OUT_H · OUT_W")                                                                                         \
    X(WIDE, "CONV", "1: partial sums of all positions are kept between CONVs; 0: they are complete in this one")              \
    X(CORE, "SET", "APU whose copy of the registers per APU is set")                                                          \
    X(ROW0, "CONV per APU", "first row of the tile on the crossbar")                                                          \
    X(ROWS, "CONV per APU", "rows written per position, whole blocks")                                                        \
    X(ROW_TABLE, "CONV per APU", "first entry of the tile in the row table")                                                  \
    X(COLS, "CONV per APU", "columns read")                                                                                   \
    X(COL_TABLE, "CONV per APU", "first entry of the tile in the column table")                                               \
    X(TILE, "CONV per APU", "word of the APU's instruction memory: MVM, and READ behind it")                                  \
    X(KH, "POOL", "window rows")                                                                                              \
    X(KW, "POOL", "window columns")                                                                                           \
    X(MAX, "POOL", "1: maximum, 0: average")                                                                                  \
    X(IN2, "ADD", "first word of the second input")                                                                           \
    X(IN2_ZP, "ADD", "its zero point")                                                                                        \
    X(COUNT, "ADD COPY", "words")                                                                                             \
    X(FIRST, "CONV", "APU that bit 0 of the operand stands for; other than 0 only where a chip has more than 18")             \
    X(STEP, "CONV", "one bit per APU, as in the operand: behind it the output position is the next one. The last APU of the CONV's alone: all of them work on every position; more: the APUs up to a bit hold a copy of the layer, and the copies share the positions in turn (WIDE is 0 then)") \
    X(TABLE, "with bit 18", "first entry of the table through which results go on their way into the feature maps: table[min(max(result, LO), HI) − LO]")

/* Words of an APU's instruction memory: name, fields from bit 31 down. */
#define ISA_APU_WORDS(X)                                                                                                      \
    X(MVM, "31…30 digits, 29…24 blocks joined per conversion − 1, 23…18 first block, 15…12 times each conversion is made − 1, 11…0 blocks",                            \
      "multiply the row registers with the tile's weights: per digit and chunk sample, evaluate, convert even and odd columns, shift and add") \
    X(READ, "31…16 first column, 15…0 columns", "accumulators onto the ring, one a clock, once their MVM is done")

/* name, code on CMD, ADDR, WDATA, effect */
#define ISA_COMMANDS(X)                                                                                                       \
    X(XW, 1, "row", "value, 10 bits", "row register of the bank being filled := input value (−511…511)")                      \
    X(WMW, 2, "row · 4 + plane", "16 columns", "shifted into the row of the weight memory from above: the first word of a row ends lowest; a dedicated crossbar keeps one row only") \
    X(STOREW, 3, "row · 4 + plane", "", "that row and plane of the weight memory goes to the SRAM bits of the crossbar; plane 0…2 magnitude, 3 sign (even rows 1: negative; odd rows, driven with the opposite sign, 1: positive)") \
    X(MVM, 4, "word", "", "queue the MVM at that word of the instruction memory with the bank just filled; the other bank is filled next") \
    X(READ, 5, "word", "", "queue the READ at that word")                                                                     \
    X(IMW, 6, "word · 2 + half", "16 bits", "instruction memory; the low half is kept until the high half comes")             \
    X(STORE, 7, "", "", "every APU stores its whole weight memory, row by row; programmable chips only")

/* region, name, what a write does */
#define ISA_REGIONS(X)                                                                                                        \
    X(0, PROG, "instruction word of the NoC controller")                                                                      \
    X(1, FM, "feature map: integer q; read: the same")                                                                        \
    X(2, MUL, "mul")                                                                                                          \
    X(3, ADDL, "add, low 32 bits")                                                                                            \
    X(4, ADDH, "add, high 32 bits")                                                                                           \
    X(5, ROWT, "row table")                                                                                                   \
    X(6, COLT, "column table")                                                                                                \
    X(7, WGT, "weight word: goes to the bus as WMW at the bus address")                                                       \
    X(8, CTL, "control by offset: 0 start; 1 bus address := ASEL · 16,384 + ADDR; 2 STOREW of ASEL · 16,384 + row · 4 + plane; 3 the next cycle's weights are in the weight memories. Read: status, bit 0 BUSY, bit 1 weight memories free") \
    X(9, IMEM, "half word of an APU's instruction memory: goes to the bus as IMW at the bus address, which counts up") \
    X(10, TABLE, "entry of the tables of functions")

#define X(name, fields, what) APU_##name,
typedef enum { ISA_APU_WORDS(X) APU_WORD_COUNT } ApuWord;
#undef X
#define X(name, code, addr, wdata, what) CMD_##name = code,
typedef enum { ISA_COMMANDS(X) CMD_COUNT } BusCommand;
#undef X
#define X(code, name, what) REGION_##name = code,
typedef enum { ISA_REGIONS(X) REGION_COUNT } HostRegion;
#undef X
static inline uint32_t apu_mvm(uint32_t digits, uint32_t per_chunk, uint32_t first, uint32_t blocks, uint32_t repeats)
{
    return digits << 30 | (per_chunk - 1) << 24 | first << 18 | (repeats - 1) << 12 | blocks;
}
static inline uint32_t apu_read(uint32_t col0, uint32_t cols) { return col0 << 16 | cols; }

/*
 * Tables: row = offset · 65,536 + dy · 256 + dx, dx < 255; column = output · 16 + last · 8 + first · 4 + slice. Dummy column: all ones. Dummy row: dx = 255, and
 * how many more dummy rows follow it in the offset's place.
 */
static inline uint32_t row_dummy(uint32_t more) { return more << 16 | 0xffff; }
static inline bool row_is_dummy(uint32_t e) { return (e & 255) == 255; }

#define X(name, operand, what) INS_##name,
typedef enum { ISA_INSTRUCTIONS(X) INS_COUNT } Opcode;
#undef X
#define X(name, by, what) REG_##name,
typedef enum { ISA_REGISTERS(X) REG_N } Reg;
#undef X

extern const char *const ins_name[INS_COUNT];
extern const char *const reg_name[REG_N];
/* True for the registers of which every APU has a copy. */
static inline bool reg_per_apu(uint32_t r) { return r >= REG_ROW0 && r <= REG_TILE; }
enum { REG_PER_APU = REG_TILE - REG_ROW0 + 1 };

#define ISA_IMM_BITS 18 /* of SET's value */
#define ISA_THROUGH (1u << ISA_IMM_BITS) /* CONV, POOL, ADD, COPY: results go through the table at TABLE */
#define ISA_APUS 62      /* at most; the chip's strips hold no more (place/place.h) */

/* One instruction as text, without its address: "SET IN_H, 13". */
void isa_disassemble(uint32_t word, Buf *out);

/* The tables of docs/isa.md between its markers, Markdown. */
void isa_page(Buf *out);

/*
 * instructions.bin: everything the host puts into the chip. 32-bit words, little endian: magic, version, number of sections; per section
 * tag, a, b, number of words, the words.
 */
#define ISA_MAGIC 0x49555041u /* "APUI" */
#define ISA_VERSION 4u
/* tag, a, b, content */
#define ISA_SECTIONS(X)                                                                                                       \
    X(CHIP, "", "", "converter bits, converter gain, clocks of a sample, clocks of a converter's start, of a bit, bits of a feature-map word, words of the NoC controller's and of an APU's instruction memory; then rows, columns, rows of a block of every APU") \
    X(PORT, "", "", "first word and words of the input, of the output; words of the feature-map and of the partial-sum memory") \
    X(LAYR, "", "", "per layer: page · 65,536 + word of its first instruction")                                               \
    X(ROWT, "", "", "row table")                                                                                              \
    X(COLT, "", "", "column table")                                                                                           \
    X(MULT, "", "", "mul")                                                                                                    \
    X(ADDL, "", "", "add, low 32 bits")                                                                                       \
    X(ADDH, "", "", "add, high 32 bits")                                                                                      \
    X(TABL, "", "", "tables of functions")                                                                                    \
    X(PROG, "page", "", "instruction words")                                                                                  \
    X(IMEM, "page", "APU", "words of its instruction memory")                                                                 \
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
