/*
 * Leaf cells of a crossbar as polygons: drawn in a database of their own, judged there, put into the chip's stream.
 *
 * The chip is placed, routed, checked and written from abstracts. What a leaf is inside is judged once, alone and in the arrays that it abuts
 * to, not again at each of its thousands of places.
 */
#ifndef GEN_LEAVES_H
#define GEN_LEAVES_H

#include <jansson.h>

#include "cells/draw.h"
#include "gen/design.h"

typedef struct {
    Db db;                 /* the CellSet's cells, drawn; blocks of them */
    CellSet cells;
    ARRAY(DrawJob) job;    /* cells that were tried, in order of the database */
    ARRAY(CellId) block;   /* a crossbar; its array alone, if a cell beside that is not drawn; none if one of that is not */
    ARRAY(uint32_t) was;   /* [job] shapes of the abstract, while the polygons are in the design */
    bool have_db;
} Leaves;

/*
 * Draw what can be drawn of the cells of one choice.
 *   core   sizes of blocks: rows, columns of the array to judge; whole blocks
 * Returns  ST_OK, also if cells cannot be drawn (told as information); errors of cells_build. The caller frees it in any case.
 * Time     the router's: some seconds; cells are drawn at the same time.
 */
Status leaves_draw(const Tech *t, const CellChoice *choice, const PlanCore *core, uint32_t threads, Leaves *out);
void leaves_free(Leaves *l);
bool leaves_drawn(const Leaves *l, CellId c);

/* Own DRC and own LVS of every drawn cell and of the blocks. Returns violations and differences; why gets their text.
 *   table  one object per leaf of the set: cell, drawn, fingers, drc, lvs; and per block. The caller owns it. */
uint64_t leaves_check(const Leaves *l, const Tech *t, uint32_t threads, json_t **table, Buf *why);

/* Put the polygons into the design's cells of the same names, and take them out again. Asserts that outlines and pins agree. */
void leaves_put(Leaves *l, Db *db);
void leaves_take(const Leaves *l, Db *db);

#endif
