/*
 * The physical side of the cells, between circuit and layout: ports, the room that devices need, outlines, pins.
 *
 * Invariant: a cell's ports come from one table (cells_ports), its outline from CellPitch alone (cells_outline), its pins from
 * ports and outline alone (cells_pins): cells of one CellPitch abut whatever variant is inside.
 */
#ifndef CELLS_PHYSICAL_H
#define CELLS_PHYSICAL_H

#include "cells/cells.h"

/* Add a function's ports, in the order of the contract in cells.h. bits: of the converter (sar_adc), else not used.
 * col_end_a and col_end_b have the same ports. Asserts that the function is known. */
void cells_ports(Db *db, CellId c, const char *function, int32_t bits);

/* Room that a cell's devices need, whatever its outline. Lengths and areas in dbu, dbu². */
typedef struct {
    double row_len;   /* length of transistor rows (height: cell_row) that hold all devices and resistors */
    double cap;       /* F: all capacitors together, to be laid over the cell */
    uint32_t n_cols, p_cols, breaks; /* gate columns of N and P devices, diffusion breaks: for reports */
} CellNeed;

/*
 * Rows: each device is folded into fingers as high as the row allows; a column per finger, one more per diffusion strip. The number
 * of strips is that of the edge-disjoint trails that cover the graph of sources and drains.
 * Source  Uehara, vanCleemput 1981 (trails in the diffusion graph).
 * Time    O(devices) per model.
 */
void cells_need(const Db *db, const Tech *t, CellId c, CellNeed *out);

/* Capacitance that fits over w × h dbu on the technology's capacitor metals; gcol: the wire of a whole column passes. F */
double cells_mom(const Tech *t, int32_t w, int32_t h, bool gcol);

/* Outline of a cell of one crossbar; col_end stands for both. Asserts that the function is known. */
Box cells_outline(const CellPitch *p, const char *function);

/* Draw the pins of a function into a cell whose ports and outline exist. */
void cells_pins(Db *db, const Tech *t, CellId c, const char *function, const CellPitch *p);

/* The same for a cell that stands alone: outputs at the lower edge, all else at the upper one, rails. */
void cells_edge_pins(Db *db, const Tech *t, CellId c);

/* A leaf cell of a function: ports, outline by the pitch, devices of the variant, pins; no polygons. */
CellId cells_abstract(Db *db, const Tech *t, const CellPitch *p, const char *function, const CellVariant *v, const char *name);

/* The foot of the driver column of the current family: sizes of pulse_gen and bias in one cell. */
CellVariant cells_base_variant(const CellChoice *c);

/* Outline of a decoupling cell: two rows as wide as its gates and plates need; px, py, the others are 0. */
void cells_decap_pitch(const Tech *t, const CellVariant *v, CellPitch *out);

/* Tracks that pins need: the least width of a synapse and height of its row, in tracks of metal 4 and metal 3. */
enum { PIN_TRACKS_ROW = 8, PIN_TRACKS_COL = 4, PIN_TRACKS_LINES = 5, PIN_TRACKS_DRIVER = 18, PIN_TRACKS_WINDOW = 10, PIN_TRACKS_SWITCH = 3, PIN_TRACKS_END = 9, PIN_TRACKS_ADC = 5, PIN_TRACKS_REF = 2 /* more of a reference, at least */,
       PIN_TRACKS_PASS = 13 /* in a converter, besides the results: 2 fed through, 2 of references, the decision, clock and reset both ways, 2 of the sequencer, CLK, START */,
       PIN_FARTHEST = 6 /* tracks from a wire of a bundle to the next, at most */ };
/* Width of a supply strap (tech_strap_level), and of a tap, which carries two. dbu */
int32_t cells_strap_width(const Tech *t);
int32_t cells_tap_width(const Tech *t);
/* Synapses between two columns of taps in blocks of so many columns, an even number or all; do the first of them need taps at their left? */
uint32_t cells_tap_every(const CellPitch *p, uint32_t block_cols);
bool cells_tap_first(const CellPitch *p, uint32_t block_cols);
/* Length of a pin that has the minimal area by itself. dbu */
int32_t cells_pin_length(const Tech *t, const TechLayer *l);

/*
 * Area of a variant: CellVariant.area. A cell of the crossbar has the outline that it is drawn in, in a crossbar with the first variant of
 * every other function; a gate that of its drawing; cells of the current family that have no place in an array yet what their devices and
 * capacitors need. NAN: the cells have no common pitch (CELL-0010 … CELL-0013, told). m²
 */
double cells_area(const Tech *t, const CellVariant *v);

#endif
