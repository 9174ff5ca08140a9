/* Wires inside drawn cells, for their characterisation. */
#ifndef GEN_WIRED_H
#define GEN_WIRED_H

#include "cells/cells.h"

/*
 * A CellWiring: draws the variant at its natural pitch, sizes its capacitors by extraction and gives all couplings on its metals. Row drivers, block
 * switches, column ends, converters; synapses of the current family. Not: those of the charge family, whose wires the flow counts by itself (drawn.h); ladders; decaps;
 * gates; bias_i, which is static.
 * Errors  of cells_draw, told: such a cell is simulated bare. Time: that of drawing.
 */
Status wired_cell(const Tech *t, const CellLibrary *lib, const CellVariant *v, CellWires *out);

#endif
