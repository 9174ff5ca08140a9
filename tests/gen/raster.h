/*
 * An independent reading of a drawn cell: a raster whose lines are the sides of all boxes, flooded cell by cell. Shares no code with
 * verify/; slow, and for tests alone.
 */
#ifndef TESTS_GEN_RASTER_H
#define TESTS_GEN_RASTER_H

#include "techs/techs.h"

enum { LINES = 700, LOG = 4096 }; /* lines each way, entries of a signature */
enum { SIDES = -1000 };
enum { R_NSD, R_PSD, R_NTAP, R_PTAP, R_POLY, R_WELL, R_SUB, R_LAYER };

typedef struct {
    const Db *db;
    const Tech *t;
    const DbCell *c;
    int32_t x[LINES], y[LINES];
    uint32_t nx, ny;            /* cells */
    uint8_t *drawn;             /* [layer][cell] */
    uint8_t *cond;              /* [conductor][cell] */
    uint32_t n_cond, *set;
    int64_t log[LOG];
    uint32_t n_log;
} Raster;

/* What the cell's shapes say as a list of numbers in log: ports, gates with their sizes, nets by the place where they first occur. */
void raster_read(Raster *r, const Db *db, const Tech *t, CellId c);
/*
 * Two nets with the same neighbours through transistors in the same proportions have the same potential: whether they are one or two
 * does not matter. Is b what a is, but for such splits?
 */
bool raster_split_alike(const Raster *a, const Raster *b);

#endif
