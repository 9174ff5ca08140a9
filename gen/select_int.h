/*
 * Inside of the select stage: what a plan asks of cells, and the judgement of the current family.
 */
#ifndef GEN_SELECT_INT_H
#define GEN_SELECT_INT_H

#include "gen/design.h"
#include "gen/load.h"

/* Columns of a layer: rows that a conversion joins, rows of the crossbar and of one of its blocks; converter; from the reset's release to the last
 * decision of the second conversion. */
typedef struct { double rows, all, block, gain, lsb_v, hold_s; } SelectColumn;

typedef struct {
    double lsb_v;         /* smallest LSB any layer asks for */
    int32_t rows_min;     /* fewest rows per conversion: largest relative load of the column */
    int32_t cols, rows;   /* of the largest core */
    int32_t bits, gain_min;
    double conversions, macs; /* per inference */
    double latency_s;         /* of it: what leaks, leaks so long */
    double cores;
    RowLoad load;
    double limit;             /* of a relative error: half an LSB of full scale */
    double supply;            /* in nominal ones: LSBs go with it, as the levels do; lsb_v has it already, columns have not */
    SelectColumn *columns;    /* one of each kind; arena */
    uint32_t n_columns;
} Need;

/* Noise and mismatch together may be so many LSB: they take 2.8 bits off the converter, a coarser one does as well then. */
#define SELECT_SIGMA 2.0

/* Error after settling for `time`, single pole; 0 if nothing has to settle. */
double select_unsettled(double tau, double time);

/* Fill n->columns from the plan. Time: layers times tiles. */
void select_columns(Design *d, Need *n);

/*
 * What forbids a column end with these block switches and synapses, at the point that the figures are of: settling in reset (one pole, what hangs on
 * the column behind the reset switch, and a block behind its switch), droop at the end of the converter's range. margin = how far inside the
 * tighter of both is, relative. Wires: as long as the side of a square synapse per row. NULL: they may be used together.
 */
const char *select_column(const Design *d, const Need *n, const CellVariant *end, const CellVariant *sw, const CellVariant *synapse, double *margin);

/*
 * Best choice of the current family: all combinations of variants that go together are judged, the cheapest admissible one is
 * taken, if there is none the one that misses least.
 *   area, energy   units of cost: m² of a crossbar's cells, J of an inference
 *   out            its figures; why: what forbids it, NULL if it may be used; text in d->arena
 *   rows           a row per function is added
 * Returns false if the technology has no figures of the family. Time: combinations (some 250) times layers; one pass over the weights.
 */
bool select_current(Design *d, const Need *n, double area, double energy, FamilyFigure *out, SelectRows *rows);

#endif
