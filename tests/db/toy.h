/*
 * A small design for the tests of the database: leaf, array of leaves in a block in every orientation, top.
 */
#ifndef TESTS_DB_TOY_H
#define TESTS_DB_TOY_H

#include "gen/db/db.h"

typedef struct {
    Db db;
    LayerId m1, m2, v1;
    CellId leaf, row, top;
} Toy;

/* leaf: 100 × 60, ports A[2] (left, right) and Y (top); row: 4 × 3 leaves; top: the row in all eight orientations. */
void toy_build(Toy *t);

#endif
