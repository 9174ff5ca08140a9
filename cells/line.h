/*
 * A pair of lines of the current family in ngspice, with the wires of its crossbar: what the sources do behind resistance and load, and what
 * the converter takes.
 */
#ifndef CELLS_LINE_H
#define CELLS_LINE_H

#include "cells/cells.h"

typedef struct {
    const CellVariant *synapse, *end, *bias;
    double step, rest;       /* s: pulse of an input of 1 less the first firing; between the firings */
    uint32_t depth;          /* synapses along the line */
    uint32_t row0, rows;     /* those that may fire, as transistors; the others are loads; counted from the column end */
    const int8_t *w, *x;     /* [rows] weights, [vectors][rows] inputs, −7 … 7 */
    uint32_t vectors;
    double wire_f, wire_ohm; /* of a line, per synapse */
    double idle_f;           /* F: synapse that does not fire, on a line */
    double load_f;           /* F: converter's input */
    double bias_ohm, bias_f; /* VB and VC from one row to the next; their load by a row that does not fire; 0 ohm: held. As many columns as there are alike share them: */
    uint32_t columns;        /* of these, of which the one here is a share, with a part of the wires that is as small */
} LineJob;

/*
 * Simulate n pairs of lines: precharge, both firings, selection onto the converter's inputs, vector after vector.
 * Memories are levels, VB and VC are held as the replica makes them or, with bias_ohm, come from the replica of `bias` along the rows; row wires have ideal edges.
 *   v   out: v[i] [vectors] V(AIN) − V(AIP) when the converter has taken the lines of job i
 * Errors  as cells_characterize; results are kept (decks_cache.c). Time: some seconds per row and ten vectors.
 */
Status cells_lines(const Tech *t, const LineJob *jobs, uint32_t n, uint32_t threads, double *const *v);

#endif
