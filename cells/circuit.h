/*
 * Transistor circuits of the cells. A circuit function adds internal nets and devices to a cell whose ports exist
 * (cells/pins.c makes the ports); outlines are computed from those devices (cells/pitch.c).
 */
#ifndef CELLS_CIRCUIT_H
#define CELLS_CIRCUIT_H

#include "cells/cells.h"

/* Width that some of a variant's ports have: bits of a converter, word lines of a synapse of the current family; else 0. */
int32_t circuit_size(const CellVariant *v);

/*
 * Add the devices of v->function to cell c.
 *   n   size that the cell depends on besides the variant: converters: bits; others 0 or circuit_size
 * Every port of DESIGN's contract (cells.h) must exist in c. Widths and lengths are multiples of the technology's grid.
 */
void cells_circuit(Db *db, const Tech *t, CellId c, const char *function, const CellVariant *v, int32_t n);

/* The built-in variants, without data: what `characterize` measures. Text and arrays live in lib->arena. */
void cells_variants(const Tech *t, CellLibrary *lib);

/* One cell's netlist as SPICE text (.subckt … .ends) with devices of the technology, for decks. */
void cells_spice(const Db *db, const Tech *t, CellId c, Buf *out);

#endif
