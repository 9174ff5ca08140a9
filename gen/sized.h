/*
 * Capacitors of drawn cells, sized by extraction: fingers get the lengths with which all that couples a bottom plate to the common one is the circuit's
 * capacitor, wires and neighbours included.
 */
#ifndef GEN_SIZED_H
#define GEN_SIZED_H

#include "cells/draw.h"
#include "verify/sar.h"

/*
 * A synapse's or a converter's capacitors; other cells stay as they are. A converter's array gets one unit for all bits, the circuit's, or the least
 * that one of its bits has. DbDevice.value becomes that of the fingers drawn, by the technology's density: by that law layouts are compared with netlists.
 * Errors  DRAW-0007, a warning, where a bit stays short or, in an array, long.
 * Time    a few extractions (synapse: some ten milliseconds; converter: 2 to 6 s), nothing where the result was kept (gen/base/io.h). The lengths are a
 *         fixed point within the grid's step.
 */
void sized_cell(Db *db, const Tech *t, CellId cell);

/* Bits that stayed off what is wanted, F. */
typedef struct {
    uint32_t bit;
    double have, wanted;
} SizedOff;
typedef struct { ARRAY(SizedOff) v; } SizedOffs;

/* The same for loops of threads, where nothing is told: what is off is added to `off`, to be told in order with sized_tell. */
void sized_quietly(Db *db, const Tech *t, CellId cell, SizedOffs *off);
void sized_tell(const Db *db, CellId cell, const SizedOffs *off);

/* array_wires of a sized converter, all metals; nothing to extract where the result was kept. */
void sized_wires(const Db *db, const Tech *t, CellId converter, uint32_t bits, ArrayWires *out);

/* Size what was drawn of these, at the same time on up to `threads` threads (0: all); what is off is told in their order. */
void sized_drawn(Db *db, const Tech *t, const DrawJob *job, uint32_t n, uint32_t threads);

/* Draw cells as draw_cells does and size each. */
void sized_cells(Db *db, const Tech *t, DrawJob *job, uint32_t n, uint32_t threads);

#endif
