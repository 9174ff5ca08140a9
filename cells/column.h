/*
 * A column of synapses in ngspice, as a bare circuit and with the capacitances of its drawn wires: what drawing costs in gain and
 * linearity.
 */
#ifndef CELLS_COLUMN_H
#define CELLS_COLUMN_H

#include "cells/cells.h"

/* Line through the sums of a column whose weights and inputs run over the whole range and at random. */
typedef struct {
    double gain, gain_err;  /* measured / Σ C·x / ΣC of the bare capacitors */
    double rms, worst;      /* V: deviation from the line */
    double full;            /* V: from the least to the largest sum, nominal */
    uint32_t rows, vectors;
} CellColumn;

/*
 * Simulate both columns of a synapse variant.
 *   wires   capacitors between nets of the cell, as lines of its subcircuit
 * Errors  as cells_characterize. Results are kept (decks_cache.c). Time: some ten seconds.
 */
Status cells_column(const Tech *t, const CellVariant *v, const char *wires, uint32_t threads, CellColumn *bare, CellColumn *drawn);

#endif
