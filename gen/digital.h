/*
 * The digital soft macros of an APU and of the chip: their ports and their size, one table for layout and VHDL.
 *
 * APU (one per crossbar): ctrl, rowbuf, colproc, wmem around the analog crossbar xbar. Inside an APU ports of equal name
 * are one net; the ports of ctrl and wmem marked BUS are the APU's own. The chip: one noc macro (network-on-chip
 * controller: program, feature-map memory, address generator, requantisation) and the APUs. CLK RSTN CMD ASEL ADDR WDATA
 * are broadcast from noc to every APU; results return on a ring: QO of APU i is QI of APU i + 1, the last one's is noc's.
 *
 * The emitted VHDL (the .vhd.tpl templates) has one entity per macro with exactly these ports, std_logic or
 * std_logic_vector(width − 1 downto 0), flattened buses in the order of the bit index here.
 */
#ifndef GEN_DIGITAL_H
#define GEN_DIGITAL_H

#include "gen/db/db.h"
#include "gen/db/plan.h"
#include "techs/techs.h"

typedef enum { MACRO_CTRL, MACRO_ROWBUF, MACRO_COLPROC, MACRO_WMEM, MACRO_NOC, MACRO_COUNT } Macro;
extern const char *const macro_name[MACRO_COUNT];

typedef enum { SIDE_TOP, SIDE_BOTTOM, SIDE_RIGHT } Side; /* where the pin leaves the macro */

typedef struct {
    const char *name;
    uint32_t width;
    PortDir dir;
    Side side;
    bool bus;      /* also a port of the APU */
} MacroPort;

#define MACRO_PORTS_MAX 32

/* Ports of a macro of core k (MACRO_NOC: k ignored) beside a crossbar of the charge or the current family. Returns their number. */
uint32_t macro_ports(const Plan *p, uint32_t core, Macro m, bool current, MacroPort ports[MACRO_PORTS_MAX]);

/* True if the port is a vector in VHDL whatever its width on a small core (a bus of one bit is (0 downto 0)). */
bool macro_port_is_bus(const char *name);

/* What the macro holds, for areas, energies and the reports: memory bits, NAND2-equivalent gates, and how many flip-flops are among them. */
typedef struct {
    int64_t mem_bits, gates, flops;
} MacroContent;
MacroContent macro_content(const Plan *p, uint32_t core, Macro m);
/* What a macro does during an inference. Of APU macros: what its APU does. */
typedef struct {
    double clocks;         /* of the inference */
    double mvm_clocks;     /* clocks in which the APU samples and converts */
    double mvms, xw, words, sampled, driven; /* MVMs; inputs written; columns put on the ring; samples; rows driven with a digit. NoC: xw and words of all */
} MacroWork;
/*
 * Gate equivalents (NAND2 outputs; other gates by their transistors) that change in that. Measured in the gates that Yosys makes of the emitted VHDL
 * (scripts/activity.py), without glitches.
 */
double macro_switched(const Plan *p, uint32_t core, Macro m, const MacroWork *w);

/* Bits of the NoC controller's memories: a page of the program, tables, parameters, partial sums, feature maps. PRG-00nn */
Status macro_noc_bits(const Plan *p, int64_t *bits);

/* dbu² of a bit of the memories: the drawn cell sram_bit. It is drawn for this, some milliseconds. */
int64_t macro_bit_area(const Tech *t);
/* Estimated area in dbu²: mem_bits · sram_bit_area / 0.5 array efficiency + gates · NAND2 area (3 gate pitches ×
 * cell row / 0.7 utilisation). Gates are those that Yosys counts in the emitted VHDL, to a few per cent; what a physical synthesis adds (sizing, clock
 * tree, test) and the utilisation are estimates: ±30 %. */
int64_t macro_area(const Tech *t, const MacroContent *c, int64_t sram_bit_area);

/* Physical columns of a core: cols rounded up to whole ADCs (the added column is a dummy). */
static inline uint32_t core_phys_cols(const PlanCore *c)
{
    return (uint32_t)((c->cols + c->cols_per_adc - 1) / c->cols_per_adc * c->cols_per_adc);
}
static inline uint32_t core_adcs(const PlanCore *c) { return core_phys_cols(c) / (uint32_t)c->cols_per_adc; }
static inline uint32_t core_block_rows(const PlanCore *c)
{
    return (uint32_t)((c->rows + c->block_rows - 1) / c->block_rows);
}
/* Bits an index 0 … n−1 needs, at least 1. */
uint32_t index_bits(uint32_t n);
/* Resolution the chip's converters are built for: the largest its layers ask for; one converter cell per chip. */
uint32_t plan_adc_bits(const Plan *p);
/* Width of ASEL: 3, or what numbers all crossbars. */
uint32_t asel_bits(const Plan *p);

#endif
