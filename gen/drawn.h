/*
 * Cells as drawn: what their polygons add to the circuit that was characterised.
 */
#ifndef GEN_DRAWN_H
#define GEN_DRAWN_H

#include "cells/cells.h"

/*
 * `apugen characterize [VARIANT…] --extracted`: draw variants of the synapse, extract the capacitances of their wires, simulate the
 * column bare and drawn; a table on stdout.
 *   names   [n] variants; none: all
 * Errors  of cells_draw and cells_characterize, each told; the other variants are done all the same. ST_VIOLATION: a variant
 *         is off the line by more than LINEAR of full scale, or its gain is not what its extracted capacitances say within GAIN.
 */
Status drawn_columns(const Tech *t, const char *const *names, uint32_t n, uint32_t threads);

#endif
