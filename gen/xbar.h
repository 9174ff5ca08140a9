/*
 * The analog crossbar of one core: leaf cells abutted into tiles, tiles arrayed, netlist and layout from the same loop.
 */
#ifndef GEN_XBAR_H
#define GEN_XBAR_H

#include "cells/cells.h"
#include "gen/db/plan.h"

/*
 * Build the crossbar of core c; ports are listed in gen/xbar.c and match gen/digital.c's names.
 *   bits   resolution of its converters
 * Returns  the complete cell, its port pins promoted from the leaf cells at its edges.
 */
CellId xbar_build(Db *db, const CellSet *s, const PlanCore *c, uint32_t bits, const char *name);

/* The crossbar's inside alone, for judging its cells: blocks of synapses over their switches, with taps, and the column of dummies at the right.
 * Rows and columns are whole blocks. What the drivers or the column ends would join is a port per row or column. */
CellId xbar_array(Db *db, const CellSet *s, const PlanCore *c, const char *name);

/* A pin for VREF of a crossbar that stands alone: the reference comes to the ladder (base_i), at its origin, from above; no pin of it is at the outline. */
void xbar_pin_reference(Db *db, CellId crossbar, CellId ladder);

/* Give a block's ports PIN shapes: those pins of its instances that touch the block's outline. */
void block_promote_pins(Db *db, CellId c);
/* Take a block's PIN shapes away again, before its outline changes. */
void block_drop_pins(Db *db, CellId c);

#endif
