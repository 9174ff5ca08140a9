/* Wires inside drawn cells, for their characterisation. */
#ifndef GEN_WIRED_H
#define GEN_WIRED_H

#include "cells/cells.h"

/*
 * A CellWiring: draws the variant at its natural pitch, sizes its capacitors by extraction and gives all couplings on its metals. All functions but
 * synapses of the charge family, whose wires the flow counts by itself (drawn.h), and decaps. Of a gate `variant` is the row cell's name, and lib may be NULL.
 * None either of what cannot be drawn in this technology (draw_refuses).
 * Errors  of cells_draw, told: such a cell is simulated bare. Time: that of drawing.
 */
Status wired_cell(const Tech *t, const CellLibrary *lib, const CellVariant *v, CellWires *out);

#endif
