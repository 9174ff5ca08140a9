/*
 * Cells at the corners of process, temperature and supply: techs/T/corners.xml.
 *
 *   <corners tech="n22" simulator="ngspice-39">
 *     <corner process="ss" temp="-40C" vdd="720mV" decks="sha256 of the decks">
 *       <cell function="synapse" name="cu1f_rvt" tau="12ps" …/>      quantities as in cells.xml; absent: not simulated at corners
 *     </corner>
 *   </corners>
 *
 * At corners stands what a design fails by: settling, resistance, droop, leakage, decision time, energy. Capacitors and resistors
 * are nominal.
 */
#ifndef CELLS_CORNERS_H
#define CELLS_CORNERS_H

#include "cells/library.h"

typedef struct {
    const char *process;        /* "tt" or a corner of tech.xml */
    double temp_c, vdd;
    const char *decks;          /* sha256 over its decks; where cells were added later, over that before and theirs */
    ARRAY(CellVariant) v;       /* function, variant, data; the rest is that of cells.xml */
} CellCorner;

typedef struct {
    ARRAY(CellCorner) c;
    const char *simulator;
    Arena arena;
} CellCorners;

/* The technology at points: the slow process at lowest supply and the fast at highest, each cold (−40 °C) and hot (125 °C); all: every process with
 * −40, 27 and 125 °C and lowest, nominal, highest supply. They share what t owns; out->v: arr_free. */
typedef struct { ARRAY(Tech) v; } CellPoints;
void cells_corner_points(const Tech *t, bool all, CellPoints *out);

/*
 * Simulate the built-in variants at these points.
 *   names  [n_names] functions or variants by draw's names (col_end_r2_slvt); the others keep what corners.xml beside tech.xml has at the same
 *          points. None: all variants
 *   wiring as cells_characterize
 *   out    file; NULL: corners.xml beside tech.xml. It is written whole.
 * Errors  CHR-0007 the technology has no <corner>; CHR-0006 a name that is none; CHR-0001 … CHR-0003 of a deck: that cell is missing at that corner; PROC-0001
 * Time    about 100 s per corner on two cores at 22 nm
 */
Status cells_corners_run(const Tech *t, bool all, const char *const *names, uint32_t n_names, const char *out, uint32_t threads, CellWiring wiring);
/* Beside tech.xml; none: no corners, which is no error. CELL-0002, CELL-0003, CELL-0006; SCH-*, XML-* */
Status cells_corners_read(const Tech *t, CellCorners *out);
void cells_corners_free(CellCorners *c);
/* The variant's figures at a corner, or NULL. */
const CellData *cells_corner_data(const CellCorner *c, const CellVariant *v);
/* The variant as it is at a corner (NULL: typical): figures that were simulated there replace the typical ones. One that came to nothing there (it
 * did not settle within the deck) is an infinite time constant, not a missing figure. */
CellVariant cells_at_corner(const CellVariant *v, const CellCorner *c);

#endif
