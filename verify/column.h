/*
 * One column of a crossbar in ngspice: cut out of a netlist as it was emitted, with its extracted wires, its real switches
 * and capacitors, weights and input vectors of the network.
 *
 * What the deck holds: every synapse of the joined rows, every block switch, the column end, the comparator and reset switch of
 * the converter, R and C of the column's own wires (GCOL, COL, AIN) with their couplings. What it replaces: a row wire with
 * its other synapses becomes one resistor and one capacitor of equal Elmore delay at this column; the synapses of blocks that
 * are not joined become their capacitance behind the open switch; other columns rest at VCM; phases and row levels come from
 * sources, VCM from the resistors of the netlist's own ladder.
 *
 * Does not know of plans or layers: weights and inputs are digits −7 … 7 (gen/cosim_spice.c takes them from a plan).
 */
#ifndef VERIFY_COLUMN_H
#define VERIFY_COLUMN_H

#include "gen/base/io.h"
#include "gen/db/db.h"
#include "techs/techs.h"

/* Flat connectivity of one crossbar; read only once made, so that threads may share it. */
typedef struct XbarFlat XbarFlat;

/*
 * Flatten a crossbar. Works on a database with buses and arrays (gen/xbar.c) and on one read back from SPICE alike, where
 * bits and parasitic nodes are nets of their own: NET[bit]:node.
 *   name   the crossbar's cell
 *   out    owned (xbar_flat_free); keeps a pointer to db
 * Errors   COS-0001 no such cell, COS-0002 not a crossbar (no GCOL)
 * Memory   about 150 bytes per synapse
 */
Status xbar_flatten(const Db *db, const char *name, XbarFlat **out);
void xbar_flat_free(XbarFlat *f);
uint32_t xbar_columns(const XbarFlat *f); /* physical columns */
uint32_t xbar_rows(const XbarFlat *f);
/* Extracted wire of each row plus c_pin for each synapse on it: c[2 · xbar_rows], XP first. F */
void xbar_row_caps(const XbarFlat *f, double c_pin, double *c);

/* Circumstances that characterisation knows; 0: ideal. */
typedef struct {
    double r_row;      /* ohm: row driver with its ladder */
    double c_pin;      /* F: one synapse on a row wire */
    double share;      /* columns that draw from VCM alike: the ladder's resistors count that many times for one of them */
    double t_conversion; /* s: the conversion that an odd column waits for */
} ColumnDrive;

typedef struct {
    uint32_t column;   /* physical */
    uint32_t row0, rows; /* joined rows: whole blocks */
    const int8_t *w;   /* [rows] weight digits of the joined rows */
    const int8_t *x;   /* [vectors][rows] input digits */
    uint32_t vectors;
    bool sram;         /* real weight cells, written through their word lines first; otherwise their nodes are levels */
} ColumnJob;

typedef struct {
    bool ok;
    double *v;         /* [vectors] V(GCOL) − VCM where the converter would start, owned (mem_free) */
    double v_zero;     /* the same for all inputs 0: what the chip's zero-input calibration measures */
    double c_wires;    /* F: extracted capacitance on the column's wires, joined blocks only */
    uint32_t devices;  /* transistors in the deck */
    double seconds;
} ColumnRun;

/* Make a folder for decks: a copy of the models, and one thread per run of ngspice (columns run beside each other). IO-* */
Status column_folder(const char *dir, const char *models);

/*
 * Write the deck, run ngspice, read the voltages.
 *   deck     path of the deck (kept) in a folder made by column_folder; its log is deck.log
 *   timeout  seconds
 * Errors   COS-0003 time limit, COS-0004 no convergence, COS-0005 the simulator rejects the deck: each names the deck;
 *          PROC-0001 no ngspice; IO-*. run->ok is false then and v is NULL.
 */
Status column_simulate(const XbarFlat *f, const Tech *t, const ColumnJob *job, const ColumnDrive *drive, const char *deck,
                       double timeout, ColumnRun *run);

#endif
