/*
 * The digital row cells in ngspice, with what a Liberty file says of them: delays and slews over input slew and load, constraints, energies,
 * leakage, input capacitances.
 *
 * Thresholds: delays at 50 %, slews 20 to 80 % of the supply, not derated. Energies are those of the cell: what the load takes from the
 * supply is left out. What pins have of wires inside the cell is the cell's. Areas are those of the drawn cells.
 */
#ifndef CELLS_LIBERTY_H
#define CELLS_LIBERTY_H

#include "cells/characterize_int.h"

enum { LIB_N = 5, LIB_TRY = 16, LIB_PINS = 6 };

typedef enum { LIB_GATE, LIB_LATCH, LIB_FLOP } LibKind;

typedef struct {
    const char *name;
    LibKind kind;
    const char *inputs[LIB_PINS];   /* all of them; the first n_arcs have an arc to the output: all of a gate, clock (and data) else */
    uint32_t n_arcs;
    const char *output, *function;  /* gates: of the output; else NULL */
    int rest;                       /* level of a gate's inputs that are not of the arc */
    bool follows;                   /* a gate whose output rises with its inputs */
} LibCell;

/* From one input to the output; [1] the output rises; [slew][load] in s, s, J. */
typedef struct {
    double delay[2][LIB_N][LIB_N], slew[2][LIB_N][LIB_N], energy[2][LIB_N][LIB_N];
} LibArc;

typedef struct {
    const Tech *t;
    double slew[LIB_N], load[LIB_N]; /* s, 20 to 80 %; F */
    double window;                   /* s that an edge has to settle */
} LibGrid;

typedef struct {
    const LibGrid *g;
    const LibCell *c;
    CharDeck *decks;                 /* per arc one for each slew; then the constraints, the reset pins' charge, their delays */
    uint32_t n_decks;
    LibArc arc[LIB_PINS];
    LibArc clear[2];                 /* RSTB, RST to the output that they clear: the fall alone, no energy */
    double cap[LIB_PINS], leak;      /* of the inputs, F; mean of both output levels, W */
    double setup[2], hold[2];        /* s, of data against the closing edge (falling G or CK); [1] data rise */
    double area;                     /* m² */
    const CellWires *wires;          /* inside the drawn cell; NULL: the bare circuit */
    bool ok;
} LibJob;

typedef struct {
    LibGrid grid;
    ARRAY(LibJob) jobs;
    CellWires *wires;                /* one for each of the jobs */
    char simulator[32];
} Liberty;

/*
 * Simulate the cells that the technology can draw: those named, all if none is.
 *   wiring   with the wires of the drawn cells (function "gate", the variant is the cell's name); NULL: bare circuits
 * Cost     about 80 s for all on two cores at 22 nm
 * Errors   CHR-0006 no such cell; CHR-0001 … CHR-0003 of a deck, CHR-0008 a figure was not found: that cell has ok = false; DRAW-* a cell that cannot be drawn is
 *          left out; the first status is returned. PROC-0001
 */
Status liberty_run(const Tech *t, const char *const *names, uint32_t n, uint32_t threads, CellWiring wiring, Liberty *out);
void liberty_free(Liberty *l);

/* Inside: decks of a cell, and their figures (liberty_decks.c). */
void liberty_make(LibJob *j);
Status liberty_read(LibJob *j);

#endif
