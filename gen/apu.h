/*
 * Soft macros and APUs: outlines, pins and the netlist above the crossbar. Positions along a strip are place's work.
 */
#ifndef GEN_APU_H
#define GEN_APU_H

#include "gen/design.h"

/* macro_ports for the design's plan and the family it has chosen. */
uint32_t design_ports(const Design *d, uint32_t core, Macro m, MacroPort ports[MACRO_PORTS_MAX]);

/* Everything of one APU type that does not depend on the order of its macros. BLD-00nn */
Status apu_build(Design *d, ApuType *t, const char *name);

/* The noc macro and the chip's netlist with unplaced instances. Place gives noc its outline: `noc_area`, and at least `noc_min_w` wide. */
Status chip_build(Design *d);

/* A soft macro of the given outline: ports, pins spread along their sides, rails as straps.
 *   xbar   MACRO_ROWBUF only: its right pins stand where the crossbar's left pins are; else CELL_NONE
 *   also_top  ports that leave at the top as well as at the bottom (bus wires handed on), NULL-terminated, or NULL */
Status macro_build(Design *d, uint32_t core, Macro m, const char *name, int32_t w, int32_t h, CellId xbar,
                   const char *const *also_top, CellId *out);

/* Draw a soft macro anew: its outline is the union of `parts`, the first of which, the body, takes the pins on its edges; the others stand
 * below other cells. Corners on the metal 4 columns and the grid; the union's lower left corner is (0, 0). */
Status macro_draw(Design *d, CellId c, uint32_t core, Macro m, const Box *parts, uint32_t n_parts, CellId xbar, const char *const *also_top);

#endif
