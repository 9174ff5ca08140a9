/*
 * Analog co-simulation: columns of the emitted netlist in ngspice and crossbars of the emitted Verilog-AMS in Icarus, with the plan's
 * weights and the workload's input vectors, against the behavioural model (verify/behave.h).
 */
#ifndef GEN_COSIM_H
#define GEN_COSIM_H

#include "gen/db/npy.h"
#include "gen/design.h"
#include "verify/behave.h"

/* ---- ngspice (cosim_spice.c) ---------------------------------------------------------------------------- */

typedef struct {
    uint32_t layer, core, column; /* physical column of the core's crossbar */
    int32_t rows, vectors;        /* joined rows; vectors simulated, besides the one with all inputs 0 */
    bool ok;                      /* false: did not converge in time; told by name, no figures */
    double rms_lsb;               /* rms of V(GCOL) − V(inputs 0) − model, in LSB at 10 bit and gain 4 */
    double worst_lsb;             /* largest of these */
    double rms_fit_lsb;           /* rms about the column's own straight line: what no gain or offset explains */
    double gain_spice;            /* slope of V(GCOL) over Σ w·x·step / (7·rows) */
    double gain_model;
    double offset_v;              /* V(GCOL) − VCM with all inputs 0: what the chip's calibration takes off */
    double c_wires;               /* F: extracted wires of the column */
    double swing_v;               /* largest |V(GCOL) − VCM| of its vectors */
    double seconds;               /* told on stderr only */
} SpiceColumn;

typedef struct {
    SpiceColumn *col;             /* [n] */
    uint32_t n, columns, vectors; /* asked for (n); done; per column */
    double lsb_v;                 /* V per LSB at 10 bit, gain 4 */
    double rms_lsb, worst_lsb, rms_fit_lsb; /* over all columns that are ok */
} SpiceResult;

/*
 * Simulate columns of the emitted netlist with extracted wires.
 *   dir      folder with netlist_rc.sp and models.sp
 *   work     folder for decks and logs; made
 *   x        workload, its samples are the inputs of the network
 *   columns, vectors   how many; layers in turn, places within drawn with the design's seed
 * Weights: those of the plan, other layers' weights in joined rows included. Inputs: digits of the exact integer network at
 * random output positions.
 * Errors   COS-00nn (verify/column.h; COS-0008 no layer with weights), SPI-*, IO-*, MDL-0001, PROC-0001 no ngspice. A column that does
 *          not converge or not in time is told by name and counted out; ST_VIOLATION if none is left.
 * Time     about 0.03 s · joined rows · vectors per column on one core.
 */
Status cosim_spice(const Design *d, const char *dir, const char *work, const Npy *x, uint32_t columns, uint32_t vectors,
                   uint32_t threads, SpiceResult *out);
/* The same against a given model instead of that of the design. */
Status cosim_spice_model(const Design *d, const BehaveModel *m, const char *dir, const char *work, const Npy *x, uint32_t columns,
                         uint32_t vectors, uint32_t threads, SpiceResult *out);
/*
 * The same for the current family (cells/line.h): the chosen cells and the extracted wires of a line, not the emitted netlist. The model is that of
 * model_of_current; LSB here are those of each layer's converter. Time: some seconds per row and ten vectors.
 * Errors   as cells_characterize, COS-0008
 */
Status cosim_lines(const Design *d, const BehaveModel *m, const Npy *x, uint32_t columns, uint32_t vectors, uint32_t threads, SpiceResult *out);
void spice_free(SpiceResult *r);
struct json_t;
struct json_t *spice_json(const SpiceResult *r);

/* ---- ngspice, all rows on the ladder (cosim_ladder.c) --------------------------------------------------------- */

typedef struct {
    uint32_t sums;                /* columns times vectors */
    double rms_lsb, worst_lsb;    /* error of Σ w·x from unsettled rows, LSB of the layer's converter */
    double bound;                 /* load_left: relative error of a row that select allowed, with the extracted wires */
} LadderResult;

/*
 * A chunk of each of up to four layers, eight vectors each: resistors of the emitted ladder, every row of the chunk with its extracted
 * wires, its synapses and the capacitors that the plan's weights join to it.
 *   dir, work, x   as cosim_spice
 * Errors   COS-0009 no ladder; COS-0003, COS-0004, COS-0005, COS-0008, SPI-*, IO-*, PROC-0001
 */
Status cosim_ladder(const Design *d, const char *dir, const char *work, const Npy *x, LadderResult *out);
struct json_t *ladder_json(const LadderResult *r);

/* ---- Icarus (cosim_vams.c) -------------------------------------------------------------------------------- */

typedef struct {
    uint32_t layer, core, columns, vectors;
    uint32_t codes;               /* compared: columns × vectors */
    uint32_t equal;               /* to the model's rounded code */
    uint32_t floored;             /* to the largest code whose threshold is not above the column: what a SAR converter gives */
    double worst_lsb;             /* largest difference from the rounded code, in LSB: 1 where rounding goes up */
} VamsResult;

/*
 * Run the crossbar of one core of the emitted design.vams in Icarus: weights of the plan written through its word lines, input digits of
 * the workload, every column converted, codes compared with the behavioural model's nominal converter.
 *   dir      folder with design.vams;  work: folder for the test bench and its log; made
 * Errors   COS-0020 the view has no crossbar module, COS-0021 does not compile, COS-0022 does not finish, COS-0008;
 *          PROC-0001 no iverilog
 */
Status cosim_vams(const Design *d, const char *dir, const char *work, const Npy *x, uint32_t vectors, VamsResult *out);
struct json_t *vams_json(const VamsResult *r);

#endif
