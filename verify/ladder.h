/*
 * All rows of a conversion at once on the resistors of the netlist's own ladder, in ngspice: what a deck of one column (column.h), with
 * its levels from sources, cannot see.
 *
 * The ladder's resistors come from the netlist as emitted. A row is its driver's resistance and one capacitor for either wire.
 */
#ifndef VERIFY_LADDER_H
#define VERIFY_LADDER_H

#include "verify/column.h"

typedef struct {
    uint32_t rows, vectors;
    const int8_t *x;     /* [vectors][rows] input digits −7 … 7 */
    const double *c;     /* [2][rows] F on XP, XN */
    double r_row;        /* ohm of a driver */
    double time;         /* s from the edge to where the voltages are taken */
} LadderJob;

/*
 * Rows leave VCM for their levels; voltages after job->time.
 *   deck     path of the deck (kept) in a folder made by column_folder; its log is deck.log
 *   v        out: [vectors][2][rows] V − vcm on XP, XN
 * Errors   COS-0009 no ladder in the crossbar; COS-0003, COS-0004, COS-0005, PROC-0001, IO-* as column_simulate
 */
Status ladder_simulate(const XbarFlat *f, const Tech *t, const LadderJob *job, const char *deck, double timeout, double *v);

#endif
