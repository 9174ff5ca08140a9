/*
 * Soft macros and APUs: outlines, pins and the netlist above the crossbar. Positions along a strip are place's work.
 */
#ifndef GEN_APU_H
#define GEN_APU_H

#include "gen/design.h"

/* Everything of one APU type that does not depend on the order of its macros. BLD-00nn */
Status apu_build(Design *d, ApuType *t, const char *name);

/* The noc macro, `n_pins` wide at least; and the chip's netlist with unplaced instances. */
Status chip_build(Design *d);

/* A soft macro of the given outline: ports, pins spread along their sides, rails as metal 6 straps.
 *   xbar   MACRO_ROWBUF only: its right pins stand where the crossbar's left pins are; else CELL_NONE
 *   also_top  ports that leave at the top as well as at the bottom (bus wires handed on), NULL-terminated, or NULL */
Status macro_build(Design *d, uint32_t core, Macro m, const char *name, int32_t w, int32_t h, CellId xbar,
                   const char *const *also_top, CellId *out);

#endif
