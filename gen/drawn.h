/*
 * Cells as drawn: what their polygons add to the circuit that was characterised.
 */
#ifndef GEN_DRAWN_H
#define GEN_DRAWN_H

#include "cells/cells.h"
#include "cells/draw.h"

/* What the wires of a drawn synapse couple to its column (COL and GCOL are one node while it is read). F */
typedef struct {
    bool drawn;          /* false: there is no drawing of it, all are 0 */
    uint32_t bits;
    double cap;          /* capacitors as wanted: 1, 2, 4 units */
    double plate[3], wire[3]; /* as extracted, smallest first: fingers; bottom plates' other wires */
    double bit[3];       /* both together over what is wanted */
    double xp, xn, xs;   /* row wires; behind the sign multiplexer */
    double line;         /* current family: a line, against all pins and the substrate; mean of both */
    double held;         /* what stands still: supplies, VCM, word lines, bits */
} SynapseWires;

/* The couplings one by one: nets of the synapse, F; returns how many, at most SYNAPSE_COUPLINGS. */
enum { SYNAPSE_COUPLINGS = 6 };
typedef struct { const char *net; double farad; } SynapseCoupling;
uint32_t synapse_couplings(const SynapseWires *w, SynapseCoupling out[SYNAPSE_COUPLINGS]);

/* Extract a drawn synapse of unit capacitor cu [F] as it stands among its equals. Time: milliseconds. */
void drawn_synapse(const Db *db, const Tech *t, CellId synapse, double cu, SynapseWires *out);

/* Of these only what moves the column: plate, wire, xp, xn, xs. Time: that of the pieces of these nets. */
void drawn_synapse_bits(const Db *db, const Tech *t, CellId synapse, SynapseWires *out);

/*
 * `apugen characterize [CELL…] --extracted`: draw variants of the synapse, extract the capacitances of their wires, simulate the
 * column bare and drawn; a table on stdout.
 *   names   [n] synapse, sar_adc or variants (cells_named); none: all
 * Errors  of cells_draw and cells_characterize, each told; the other variants are done all the same. ST_VIOLATION: a variant
 *         is off the line by more than LINEAR of full scale, a bit by as much of all, or its gain is not what its extracted capacitances say within GAIN.
 */
Status drawn_columns(const Tech *t, const char *const *names, uint32_t n, uint32_t threads);

#endif
