/*
 * The cell generator: from a leaf cell's transistors to its polygons, by the technology's rules alone.
 *
 * Rows of N and P devices between supply rails, gates vertical at the contacted gate pitch, alternate rows mirrored so that rails and
 * wells are shared; wires on a grid derived from the rules, found by a maze router with negotiated congestion. No technology's
 * name is known here. What is drawn is judged by verify/, which shares no code with it.
 *
 * Each row holds devices of one threshold flavour. Capacitors with one common plate become finger stacks over a cell whose outline is
 * given; high cells are drawn in sections (draw_stack.c), with several such stacks, with resistors of marked metal and of poly strips
 * (draw_strips.c). Does not draw: other capacitors (DRAW-0002).
 */
#ifndef CELLS_DRAW_H
#define CELLS_DRAW_H

#include "cells/cells.h"

typedef struct {
    int32_t rows;      /* transistor rows, ≥ 1; with an even number VSS is at both edges */
    bool parts;        /* drawn part by part however small; the outline is given */
    bool taps;         /* a well tap and a substrate tap at the left end of every row */
    bool plain;        /* rows for strips of poly: where contacts of poly keep away from implants, only taps have such */
    int32_t levels;    /* metals that wires may use, ≥ 2 */
    int32_t lift;      /* every signal port gets a piece of this metal, from where others reach it; 0: none */
    uint32_t variant;  /* of a large cell's places, of a small one's order: another one where wires were not found */
    bool quiet;        /* that wires are not found is not told */
    bool drives;       /* its pins' wires go on through many cells: what drives one reaches it at or below the pin's metal, so that a junction is there when it is etched */
    bool calm;         /* nets that are nothing but channels keep below the rows' wires, which would move them */
} DrawSpec;

typedef struct {
    uint32_t fingers, columns, breaks; /* gates drawn, gate columns, diffusion breaks between them */
    bool exact;                        /* the order of columns is proven best (breaks first, then nets crossing) */
    uint32_t rounds;                   /* of the router */
    uint32_t vias, contacts;
    int64_t wire;                      /* dbu */
} DrawStats;

/*
 * Draw cell c: adds polygons to it, and pins for ports that have none.
 *   box     outline of the cell, or empty: then the least one is set. Height is rows · cell_row.
 *   shapes  PIN shapes there already (rails, row and column wires) are kept and connected to
 * Returns  DRAW-0001 rules or roles missing, DRAW-0002 a device it cannot draw, DRAW-0004 devices do not fit the
 *          outline, DRAW-0005 wires not found, DRAW-0006 capacitors do not fit: nothing is added then.
 * Time     order: O(beam · columns²); router: O(rounds · nets · grid points · log).
 * Source   Uehara, vanCleemput 1981 (gate columns); McMurchie, Ebeling 1995 (negotiated congestion).
 */
Status cells_draw(Db *db, const Tech *t, CellId c, const DrawSpec *spec, DrawStats *out);

/* Least width for a large cell's parts in that many rows, drawn part by part (draw_block.c), and for `room` times the width without taps inside.
 * The technology is draw_ready. dbu */
int32_t draw_least_width(const Db *db, const Tech *t, CellId c, int32_t rows, bool taps, double room);
/* Least number of rows of width w for a large cell's parts, and for `room` times their length. 0: they cannot be drawn.
 *   lift   0: parts are measured, what cannot be drawn is told; DRAW_PARTS_LIFT: each different part is drawn, so that the number is exact */
enum { DRAW_PARTS_LIFT = 2 }; /* metal on which the parts of a large cell offer their nets */
int32_t draw_least_rows(const Db *db, const Tech *t, CellId c, int32_t w, bool taps, double room, int32_t lift);

/* Row cells: gates that stand alone, for libraries and for judging the generator. */
extern const char *const draw_row_cells[]; /* "inv", "nand2", … NULL */

/* A row cell's ports and devices alone. Asserts that the name is known. */
CellId draw_row_circuit(Db *db, const Tech *t, const char *name);
/* Make and draw a row cell: ports, devices, polygons. Asserts that the name is known. Status as cells_draw. */
Status draw_row_cell(Db *db, const Tech *t, const char *name, const DrawSpec *spec, CellId *out, DrawStats *stats);

/* Parts of a converter as cells of their own, PART_VARIANT: "comparator", "sar_logic", "cap_array", NULL. v: a sar_adc; as wide as
 * it would be beside the first of the other functions, and the filler with taps beside it. Status as draw_variant. */
extern const char *const draw_converter_parts[];
Status draw_converter_part(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, const char *part, CellId *out, DrawStats *stats, CellId *tap);

/* Can cells of this function be drawn? The others are abstracts. */
bool draw_can(const char *function);

/* Draw a cell of cells_build into its outline. Status as cells_draw. */
Status draw_cell(Db *db, const Tech *t, CellId c, DrawStats *stats);

/* One cell to draw: what became of it. */
typedef struct {
    CellId cell;
    Status status;
    DrawStats stats;
} DrawJob;

/* Draw several different cells of one database as draw_cell does, at the same time on up to `threads` threads (0: all). What an earlier run
 * has drawn and kept (gen/base/io.h) is taken from there: the same shapes. */
void draw_cells(Db *db, const Tech *t, DrawJob *job, uint32_t n, uint32_t threads);

/* The same by loops of the caller's own: one cell, its outcome in the job; once all are drawn, layers that go on from cells into the taps behind them. Cells that
 * take long should come first: draw_order_cells lists the jobs' numbers, those with most devices first. Of cells that differ in their capacitors alone the first is in
 * front; the others, from *n_first on, find what that one has drawn. order: [n] */
void draw_one_of(Db *db, const Tech *t, DrawJob *job);
void draw_taps_beside(Db *db, const Tech *t, const DrawJob *job, uint32_t n);
void draw_order_cells(const Db *db, const DrawJob *job, uint32_t n, uint32_t *order, uint32_t *n_first);

/* A variant of a crossbar's cell and what stands beside it in the array, not drawn yet. */
typedef struct {
    CellPitch pitch;
    CellId cell[3];       /* FUNCTION_VARIANT; a synapse's tap_VARIANT and dummy_VARIANT; a block switch's tap_switch_VARIANT */
    uint32_t n;
} DrawSet;

/* Make these cells at the pitch that a synapse gives (NULL: the first in `lib`; a synapse's own); the other cells that their outlines depend on
 * are the first of their functions in `lib`.
 * Status as cells_pitch. */
Status draw_make(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, const CellVariant *synapse, DrawSet *out);

/* Cell k of those that are drawn one by one with a variant's sizes ("col_end", "col_end_b"); NULL: there are no more. */
const char *draw_single(const CellVariant *v, uint32_t k);

/* Why a variant's devices cannot be drawn in a technology at all, whatever room they are given; NULL: they can, or nothing is drawn in it anyway. */
const char *draw_refuses(const Tech *t, const CellVariant *v);

/* How many devices such a cell has: how long it will take beside others. */
uint32_t draw_single_devices(const Tech *t, const CellVariant *v, const char *cell);

/* Does a wire on the metal below the capacitors, from x0 to x1, pass below the common plate's fingers in a comb over a cell of width w? There it moves
 * that plate; below a bottom plate, which is held, it hardly does. False where capacitors cannot be drawn. */
bool draw_below_common(const Tech *t, int32_t w, int32_t x0, int32_t x1);

/*
 * Give capacitor `device` of a drawn cell another value by the length of its fingers.
 *   value   F by the technology's density, as DbDevice.value, which becomes that of the length drawn: the next on the grid that is not shorter, within the
 *           cell's or its comb's height
 * Returns  whether anything changed. Time: O(shapes) per gap.
 */
bool draw_cap_resize(Db *db, const Tech *t, CellId c, uint32_t device, double value);

/* Make and draw such a cell at the variant's natural pitch, named CELL_VARIANT, and the tap beside it, named after its own
 * function (tap_…, tap_end_…; CELL_NONE: the cell has taps inside); the other cells that its outline depends on are the first of their
 * functions in `lib`. A block driver is as high as the variant's switches. Asserts that the cell is one of the variant's. Status as cells_draw and cells_pitch. */
Status draw_variant(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, const char *cell, CellId *out, DrawStats *stats, CellId *tap);

/* An array of a drawn cell with columns of taps at its right end and wherever tap-distance wants them (cells/physical.h), named CELL_ROWSxCOLS: what passes a cell from left to right is a port per row, what
 * passes it from bottom to top one per column. */
CellId draw_block(Db *db, const Tech *t, CellId leaf, CellId tap, uint32_t rows, uint32_t cols);

/* Has the technology all that cells_draw needs? DRAW-0001, told only if `tell`. */
Status draw_ready(const Tech *t, bool tell);

#endif
