/* Names, disassembly and documentation of the instruction set: everything that is made from the table in isa.h. */
#include "gen/db/isa.h"

#define X(name, operand, what) #name,
const char *const ins_name[INS_COUNT] = {ISA_INSTRUCTIONS(X)};
#undef X
#define X(name, by, what) #name,
const char *const reg_name[REG_N] = {ISA_REGISTERS(X)};
#undef X
#define X(name, a, b, what) #name,
const char *const section_name[SEC_COUNT] = {ISA_SECTIONS(X)};
#undef X

#define X(name, operand, what) operand,
static const char *const operand[INS_COUNT] = {ISA_INSTRUCTIONS(X)};
#undef X

void isa_disassemble(uint32_t word, Buf *out)
{
    uint32_t o = word >> 24, imm = word & ((1u << ISA_IMM_BITS) - 1);
    buf_str(out, o < INS_COUNT ? ins_name[o] : "?");
    if (o == INS_SET) {
        uint32_t r = word >> ISA_IMM_BITS & 63;
        int32_t v = (int32_t)(imm ^ (1u << (ISA_IMM_BITS - 1))) - (1 << (ISA_IMM_BITS - 1));
        buf_printf(out, " %s, %d", r < REG_N ? reg_name[r] : "?", v);
    } else if (o < INS_COUNT && *operand[o]) {
        buf_printf(out, " %u", imm);
    }
    if (o != INS_SET && word & ISA_THROUGH) buf_str(out, " through TABLE");
}

void isa_page(Buf *out)
{
    uint32_t k = 0;
    buf_str(out, "| code | instruction | operand | what it does |\n|---|---|---|---|\n");
#define X(name, operand, what) buf_printf(out, "| %u | `%s` | %s | %s |\n", k++, #name, operand, what);
    ISA_INSTRUCTIONS(X)
#undef X
    k = 0;
    buf_str(out, "\n| no. | register | used by | meaning |\n|---|---|---|---|\n");
#define X(name, by, what) buf_printf(out, "| %u | `%s` | %s | %s |\n", k++, #name, by, what);
    ISA_REGISTERS(X)
#undef X
    buf_str(out, "\n| APU word | fields | what it does |\n|---|---|---|\n");
#define X(name, fields, what) buf_printf(out, "| `%s` | %s | %s |\n", #name, fields, what);
    ISA_APU_WORDS(X)
#undef X
    buf_str(out, "\n| CMD | name | ADDR | WDATA | effect |\n|---|---|---|---|---|\n");
#define X(name, code, addr, wdata, what) buf_printf(out, "| %d | `%s` | %s | %s | %s |\n", code, #name, addr, wdata, what);
    ISA_COMMANDS(X)
#undef X
    buf_str(out, "\n| region | name | write |\n|---|---|---|\n");
#define X(code, name, what) buf_printf(out, "| %d | `%s` | %s |\n", code, #name, what);
    ISA_REGIONS(X)
#undef X
    buf_str(out, "\n| section of instructions.bin | a | b | content |\n|---|---|---|---|\n");
#define X(name, a, b, what) buf_printf(out, "| `%s` | %s | %s | %s |\n", #name, a, b, what);
    ISA_SECTIONS(X)
#undef X
}
