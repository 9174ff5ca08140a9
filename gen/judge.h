/*
 * Judging one drawn cell, or a block of such: its rules, its devices against its netlist. That a cell has no fault is kept (gen/base/io.h) by all
 * it depends on: the shapes and netlists of it and of the cells below, the technology, the sources of the checkers. What has faults is judged
 * again every time.
 */
#ifndef GEN_JUDGE_H
#define GEN_JUDGE_H

#include "verify/verify_layout.h"

typedef struct {
    CellId cell;
    bool whole;            /* a block: taps and antennas, too */
    DrcReport drc;         /* free both with judge_free */
    LvsDevices lvs;        /* of a kept verdict the number of devices alone */
} Judged;

/* Fill drc, lvs. Different cells, and both parts of one, may be judged at the same time. */
void judge_rules(const Db *db, const Tech *t, Judged *x);
void judge_devices(const Db *db, const Tech *t, Judged *x);
void judge_free(Judged *x);

#endif
