/* A small hand-made design for the tests of the views, and the programs that judge them. */
#ifndef TESTS_GEN_EMIT_DESIGN_H
#define TESTS_GEN_EMIT_DESIGN_H

#include "gen/emit.h"

typedef struct {
    Db db;
    Tech tech;
    CellId syn, drv, ctrl, tile, xbar, chip;
    char dir[64]; /* output folder, made by small_emit */
} Small;

/*
 * chip: soft macro ctrl, crossbar xbar (standing FS). xbar: nt × nt tiles and a column of drivers. tile: 4 × 3 synapses.
 * Every wire of the technology n22. Leaf cells have devices and pins; the chip has channel wires, vias, supply straps.
 */
void small_make(Small *s, uint32_t nt);
/* Parasitics for every row wire XP of the crossbar: a chain of 1 + 4·nt nodes; neighbours coupled. */
void small_add_para(Small *s);
/* All views but those in skip, into a new temporary folder. */
Status small_emit(Small *s, uint32_t skip, const char *templates, EmitResult *r);
void small_free(Small *s);

/* Content of an output file; dies if it is not there. Caller frees. */
Buf small_read(const Small *s, const char *file);
void small_write(const Small *s, const char *file, const char *text);
/* Run a program in the output folder; its output is appended to *log. Returns its exit code. */
int small_run(const Small *s, const char *const *argv, Buf *log);
uint32_t count_of(const char *text, const char *what);

#endif
