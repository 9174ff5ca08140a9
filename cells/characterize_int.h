/*
 * Inside of the characterisation: SPICE decks as text, ngspice runs with a time limit, what they printed.
 *
 * Invariant: a number comes out of a simulation or is NaN; a deck that hangs, does not converge or lacks a measurement
 * makes its variant fail by name, it never leaves a half-true entry.
 */
#ifndef CELLS_CHARACTERIZE_INT_H
#define CELLS_CHARACTERIZE_INT_H

#include "cells/circuit_int.h"
#include "cells/column.h"
#include "cells/timing.h"

#define CHAR_NAME 40
/* Seconds after which a deck counts as hung: some ten times what the longest takes on an idle core. */
#define CHAR_LIMIT 900

typedef struct {
    char name[CHAR_NAME];
    double value;
} CharMeas;

typedef enum { CHAR_OK, CHAR_TIMEOUT, CHAR_DIVERGED, CHAR_FAILED } CharState;

/* One simulation: its text, and after char_run() what it measured. */
typedef struct {
    char name[2 * CHAR_NAME]; /* file name; function, variant, purpose */
    const Tech *t;
    Buf text;
    double timeout;           /* s */
    CharState state;
    ARRAY(CharMeas) meas;     /* every `name = number` line, in order */
    char sha256[65];          /* of the text */
} CharDeck;

/* ---- deck text (decks.c) ------------------------------------------------------------------------ */

/*
 * Title, models, options and the sources vdd (supply) and vcm.
 *   opt   further options, e.g. "reltol=1e-4", or ""
 */
void deck_begin(CharDeck *d, const Tech *t, double timeout, const char *opt, const char *fmt, ...) PRINTF_LIKE(5, 6);
void deck_put(CharDeck *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/*
 * Instance of a cell whose .subckt stands in the deck.
 *   map    "PORT=node PORT[2]=node …"; VDD, VSS and VCM are vdd, 0 and vcm unless named; every other port gets a
 *          node of its own, <inst>_<port> in lower case without brackets
 *   extra  further nodes, in the order of the view's ports, or ""
 *   sub    name of the subcircuit, NULL: the cell's
 */
void deck_inst(CharDeck *d, const Db *db, CellId c, const char *inst, const char *map, const char *extra,
               const char *sub);
/* Pulse source from v0 to v1 at t_on and back at t_off (never if t_off <= t_on), edges CELLS_T_EDGE. */
void deck_step(CharDeck *d, const char *node, double v0, double v1, double t_on, double t_off);
/* .meas of v(node) at a time, under a name. */
void deck_at(CharDeck *d, const char *meas, const char *node, double at);
/* Longest decision that conversions and offsets meet: 0.1 mV within the range of gain 4. */
#define DECK_DECIDE 2e-9
/*
 * A source with a corner every 20 ps for `length` after each of the n times: the simulator steps finely there. While a latch
 * is balanced its voltages hardly move, so step control would take steps far longer than the latch's time constant, and
 * the damping of Gear's formula would hold the balance and then decide by rounding.
 */
void deck_fine(CharDeck *d, const double *times, uint32_t n, double length);
void deck_tran(CharDeck *d, double step, double stop);
void deck_free(CharDeck *d);

/* ---- running (decks_run.c) ------------------------------------------------------------------------ */

/*
 * Run decks through `ngspice -b`, several at once, each in a folder of its own that is removed again.
 * Errors  CHR-0001 time limit, CHR-0002 not converged, CHR-0003 simulator reports an error; each names the deck.
 *         PROC-0001 no ngspice. The other decks are run all the same; the first status is returned.
 */
Status char_run(CharDeck *decks, uint32_t n, uint32_t threads);
/*
 * Results kept from earlier runs (decks_cache.c; keep_open first). get: the deck's measurements as they
 * were, false if there are none. models: sha256 of the models' text.
 */
bool char_cache_get(CharDeck *d, const char *models, const char *simulator);
void char_cache_put(const CharDeck *d, const char *models, const char *simulator);
/* File beside the decks that has their models: one for all, or, where a PDK has files of its own for each corner, one per corner. */
const char *deck_models(char out[CHAR_NAME], const Tech *t);
/* Take every `name = number` of a log. Lines of failed measurements are left out. */
void char_parse(CharDeck *d, const char *log);
CharState char_log_state(const char *log);
/* Last value of that name; NaN if there is none. */
double char_get(const CharDeck *d, const char *name);
double char_getf(const CharDeck *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* First line of `ngspice --version` that names the version: "ngspice-39"; "" if it cannot be run. */
void char_simulator(char out[32]);

/* ---- cells for decks (decks_cells.c) ---------------------------------------------------------------- */

/* Wires (characterize_wires.c) of all variants that are wanted, set in lib->v: free after use, NULL-safe for a wiring of NULL. */
CellWires *char_wire(const Tech *t, CellLibrary *lib, bool (*wanted)(const void *, const CellVariant *), const void *names, CellWiring wiring, uint32_t threads, Status *st);
void char_wire_free(CellWires *all, const CellLibrary *lib);
/* Add those of v to its circuit, with drawn capacitors in place of its own. Between pins that no capacitor joins they are left out: they belong to what joins the cells. */
void char_add_wires(Db *db, const Tech *t, CellId c, const CellVariant *v);
/* Add those of a cell that no flow extracts, a digital one: what its pins have inside it, too. w NULL: none. */
void char_add_wires_all(Db *db, const Tech *t, CellId c, const CellWires *w);
/*
 * To a part of the circuit: half of each and half of its mirror image, so that no offset comes of them. Lists are closed by NULL.
 *   alias   pairs of names in the whole and here; nets that are not here stand still
 *   pair    pairs of names in the whole that are mirrored
 *   late    names in the whole: what holds the last decision, or follows it, is nothing but a load, and no reason for the next
 */
typedef struct {
    const char *const *alias, *const *pair, *const *late;
} PartWires;
void char_add_wires_even(Db *db, const Tech *t, CellId c, const CellVariant *v, const PartWires *p);

/* One cell with the ports of cells/cells.h, no outline, no pins. n: bits of the converter. */
CellId char_cell(Db *db, const Tech *t, const char *function, const CellVariant *v, int32_t n);
/* The variant of that function and name among the built-in ones; asserts. */
const CellVariant *char_variant(const CellLibrary *lib, const char *function, const char *variant);
/* Comparator alone (IP IN CLK COMP VDD VSS) and array alone (TOP D[bits] VREFP VREFN VDD VSS), of a converter's sizes. */
CellId char_comparator(Db *db, const Tech *t, const CellVariant *v);
CellId char_array(Db *db, const Tech *t, const CellVariant *v);
/* Synapse or other cell with weight bits as levels: ports q0 qb0 … q3 qb3 follow the others, the memory is left out. wires: further
 * devices as text, or NULL. */
void char_levels(CharDeck *d, const Db *db, CellId c, const char *wires);

/* ---- measurements: make decks, read them, one file per function -------------------------------------- */

typedef struct CharJob CharJob;
struct CharJob {
    const Tech *t;
    const CellVariant *v;
    bool memory;               /* synapse at a corner: its memory too */
    const CharJob *comparator; /* converters: the job that measured the comparator of that size; may be itself */
    void (*make)(CharJob *j);
    void (*read)(CharJob *j);
    CellData data;      /* out; all NaN before */
    Buf how;            /* out: what was done, in words */
    double part[4];     /* out: results that other jobs use */
    CharDeck *decks;    /* [CHAR_MAX_DECKS], in order of making */
    uint32_t n_decks;
};

#define CHAR_MAX_DECKS 16
/* Next deck of the job, empty. Addresses stay. */
CharDeck *job_deck(CharJob *j);
void char_make_synapse(CharJob *j);
void char_read_synapse(CharJob *j);
void char_make_row_driver(CharJob *j);
void char_read_row_driver(CharJob *j);
void char_make_block_switch(CharJob *j);
void char_read_block_switch(CharJob *j);
void char_make_col_end(CharJob *j);
void char_read_col_end(CharJob *j);
/*
 * What an open switch takes from a column that waits for its conversion, in a deck of its own: the column at either end of the range of gain 1, 2
 * and 4; what lies behind the switch at the other end of it (the neighbour's column at the shared converter, a block that is not
 * joined), and at the same (its own conversion).
 *   map     deck_inst, without the column and what lies behind
 *   opposed share of the wait in which what lies behind may be at the other end
 */
void char_make_hold(CharJob *j, const Db *db, CellId c, const char *column, const char *behind, const char *map);
void char_read_hold(CharJob *j, const CharDeck *d, double opposed);
void char_make_ladder(CharJob *j);
void char_read_ladder(CharJob *j);
void char_make_decap(CharJob *j);
void char_read_decap(CharJob *j);
/* Digital: variant nand2 or dff. */
void char_make_gate(CharJob *j);
void char_read_gate(CharJob *j);
void char_make_sar_adc(CharJob *j);
void char_read_sar_adc(CharJob *j);
/* The synapse's real memory of n ≤ 4 bits: written to 1011 and to 0100, held; leakage at VDD [W], NaN if a bit did not hold. map: deck_inst, without WL, BL, BLB; skip: devices
 * left out (the deck is the same for all variants then) or NULL. */
void char_make_memory(CharJob *j, const char *function, int32_t size, uint32_t n, const char *map, const char *skip);
double char_read_memory(const CharJob *j, const CharDeck *d, uint32_t n);
/* Parts of a converter's measurement: its array alone (the job's decks 1 … CHAR_ARRAYS) gives inl and dnl; error sigma and enob from them and noise. */
enum { CHAR_ARRAYS = 4 };
void char_make_arrays(CharJob *j);
void char_read_arrays(CharJob *j);
void char_read_errors(CharJob *j);
/* Current family (characterize_current.c, characterize_lines.c). */
void char_make_synapse_i(CharJob *j);
void char_read_synapse_i(CharJob *j);
void char_make_bias_i(CharJob *j);
void char_read_bias_i(CharJob *j);
void char_make_pulse_driver(CharJob *j);
void char_read_pulse_driver(CharJob *j);
void char_make_pulse_gen(CharJob *j);
void char_read_pulse_gen(CharJob *j);
void char_make_col_end_i(CharJob *j);
void char_read_col_end_i(CharJob *j);
void char_make_sar_adc_i(CharJob *j);
void char_read_sar_adc_i(CharJob *j);
/* The comparator alone: part[] = offset sigma, noise [V], decision time [s] at a quarter and at half of the range below its middle. */
void char_make_comparator(CharJob *j);
void char_read_comparator(CharJob *j);

/* A converter's noise [V] at the technology's temperature: its comparator's and kT/C of its array. */
double char_sar_noise(const Tech *t, const CellVariant *v, double comparator);

/* The figures that corners ask for, with fewer decks: synapse tau, c-in, energy and, if j->memory, leak; converter, from its
 * comparator's decks: tau, offset sigma and, of the comparator alone, noise as part[1]. */
void char_make_synapse_corner(CharJob *j);
void char_read_synapse_corner(CharJob *j);
void char_read_sar_corner(CharJob *j);

/* Jobs (characterize.c): begin makes the decks; run runs the decks of all jobs as one batch; ran tells whether all of a job's came through. */
void job_begin(CharJob *j, const Tech *t, const CellVariant *v, void (*make)(CharJob *), void (*read)(CharJob *));
void job_end(CharJob *j);
bool job_ran(const CharJob *j);
Status jobs_run(CharJob *jobs, uint32_t n, uint32_t threads);

/*
 * Column of synapses, weights and inputs of deck `which`: 0 all weights full, inputs over the whole range; 1 at random.
 *   wires  what is drawn inside each cell, as capacitors of its subcircuit; NULL: the bare circuit
 */
void char_column_deck(CharDeck *d, const Tech *t, const CellVariant *v, uint32_t which, const char *wires);
void char_column_read(const CharDeck d[2], const Tech *t, const CellVariant *v, CellColumn *out);

/* Straight line y = a + b·x through n points. rms of what is left; standard error of b. */
void char_line(const double *x, const double *y, uint32_t n, double *a, double *b, double *rms, double *b_err);

/* Levels, V: the largest input, and one step. */
static inline double char_full(const Tech *t)
{
    return 7 * t->ladder_step;
}

#endif
