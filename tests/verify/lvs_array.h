/*
 * Designs for the tests of the physical checkers: a small technology made by hand, one flat cell to draw in, and an array of
 * synapse-like leaf cells that connect by abutment.
 */
#ifndef TESTS_VERIFY_LVS_ARRAY_H
#define TESTS_VERIFY_LVS_ARRAY_H

#include "gen/db/db.h"
#include "techs/techs.h"

/* M1…M6 of width 40, space 40, area 6400, wide 120→50, 240→60; V1…V5 of size 40, space 60, enclosure 20 and 0. dbu 1 nm. */
void small_tech(Tech *t);
void small_tech_free(Tech *t);
void small_db(const Tech *t, Db *db, int32_t grid); /* layer table only */

/*
 * rows × cols synapses in an array of tiles of 16 × 4 (both must divide), abutted, in a cell "array" that becomes top and has
 * pins along its left and lower edge. Every leaf has 13 pin shapes (one per port bit) and 14 others.
 */
void array_build(const Tech *t, Db *db, uint32_t rows, uint32_t cols);
enum { SYN_W = 1600, SYN_H = 1440 };

#endif
