/*
 * What the crossbar's rows draw from the ladder: it is a resistor string without amplifiers, and every row that samples takes its
 * capacitors' charge from one of its levels.
 */
#ifndef GEN_LOAD_H
#define GEN_LOAD_H

#include "cells/cells.h"
#include "gen/db/plan.h"

/* Upper bounds over all conversions of the plan's weights, whatever the inputs: see load_of. In unit capacitors (Cu) and synapses. */
typedef struct {
    double level;      /* joined to one level, if all rows of a chunk have the same digit: set bits of one sign */
    double all;        /* set bits of both signs: what VCM takes back at the evaluation */
    double synapses;   /* of a chunk: each loads its row wires beside its capacitors */
} RowLoad;

/* Weights of all tiles that share a crossbar's rows are counted. Cost: one pass over the weights of each crossbar and cycle. */
RowLoad load_of(const Plan *p);

/*
 * Relative error that is left on a row when its phase ends, at worst: of its level after sampling, of VCM after the evaluation.
 *   wire   F of row wire per synapse; 0 before extraction
 * One pole: the largest resistance of a level times the whole load, which is not below the slowest time constant of the string's
 * network if everything hangs on one level. NaN where a figure of either cell is not characterised.
 */
double load_left(const RowLoad *l, const CellVariant *ladder, const CellVariant *synapse, double wire);

#endif
