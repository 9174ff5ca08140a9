/*
 * Test tool: cells laid side by side, their pins flattened, every pin labelled with the net it should belong to. Finds pins that touch
 * and should not, come too close, lie off the grid, are too small, or should be one net and are not. Own geometry, brute force.
 */
#ifndef TESTS_CELLS_QUILT_H
#define TESTS_CELLS_QUILT_H

#include "cells/cells.h"

typedef struct {
    int32_t level;
    Box box;
    uint32_t place;      /* index of the placement */
    uint32_t net, bit;   /* in its cell */
    const char *label;   /* owned by the quilt's arena; equal text = one net */
} QuiltPin;

typedef struct {
    const Db *db;
    const Tech *t;
    uint32_t n_places;
    ARRAY(QuiltPin) pins;
    Arena arena;
} Quilt;

/* Label of port bit of a placed cell; k is what the caller gave quilt_place. */
typedef const char *(*QuiltLabel)(Quilt *q, const char *port, uint32_t bit, const int32_t k[3]);

void quilt_place(Quilt *q, CellId c, Pt at, Orient o, QuiltLabel label, int32_t k0, int32_t k1, int32_t k2);
/* Problems found, told on stderr (at most 10): shorts, spacing, grid, tracks are for every quilt. */
uint32_t quilt_short_or_close(const Quilt *q);
uint32_t quilt_off_grid(const Quilt *q);
/* Shapes on one layer that touch have the minimal area together. */
uint32_t quilt_too_small(const Quilt *q);
/* Labels whose pins are not joined by touching or by being one port of one cell. */
uint32_t quilt_open(const Quilt *q);
void quilt_free(Quilt *q);

#endif
