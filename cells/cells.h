/*
 * NN standard cells: transistor circuits, outline and pins, characterised behaviour.
 *
 * The crossbar they form (gen/build puts it together; x to the right, y up; px × py is the synapse pitch):
 *
 *      row_driver   synapse synapse synapse synapse  tap | … next tile    16 rows, top to bottom of a tile
 *      …
 *      block_driver block_switch ×4              tap_switch|              one switch row under each tile's rows
 *      ---------------------------------------------------
 *      ladder       col_end ×cols                  tap_end |              reset, ADC multiplexer, bitline driver
 *      (same cell)  sar_adc, one per 2 columns     tap_adc |
 *
 * Every neighbouring pair abuts and connects by its pins touching at the edge: no wire is drawn inside a crossbar.
 * Row wires (metal 3, horizontal, the full width of synapse, tap, dummy): XP XN VCM WL[0..3]; rails VDD VSS (metal 1).
 * Column wires (metal 4, vertical, full height): COL (synapse, dummy; ends in block_switch), BL BLB (synapse, dummy,
 *   block_switch; end in col_end), GCOL (tech_trunk_level; all of these; ends in col_end). Select, drive and reference wires run
 *   vertically through the driver column (metal 4): L[0..14] EVAL EVALB VCM; EN ENB run along the switch row (metal 3).
 * Straps: tap, tap_switch, tap_end, tap_adc, row_driver, block_driver, ladder carry VDD and VSS as columns (tech_strap_level), so
 *   rails and straps are one net.
 * Grid: cell widths are multiples of the metal 4 pitch, heights of the metal 3 pitch; signal pins lie centred on the tracks
 *   (i + 1/2)·pitch, counted from the cell's lower left corner; every pin keeps half its spacing from the cell edge unless it
 *   reaches the edge on purpose to touch its neighbour.
 *
 * Ports (name[width]); → where they leave the cell:
 *   synapse       XP XN VCM WL[4] VDD VSS (left and right) COL BL BLB GCOL (top and bottom)    bit 0…2 magnitude, bit 3 sign
 *   dummy         same ports and outline as synapse; all weight bits 0 by construction, COL tied inside to VCM
 *   tap           XP XN VCM WL[4] VDD VSS through; width of its own
 *   row_driver    left: D[3] SGN WLIN[4]; right: XP XN VCM WL[4] VDD VSS; top and bottom: L[15] EVAL EVALB VCM VDD VSS
 *                 X = VCM when EVAL, else level +D on XP and −D on XN (swapped if SGN); height py
 *   block_driver  left: BSEL; right: EN ENB VCM VDD VSS; verticals as row_driver; height = switch row
 *   block_switch  EN ENB VCM VDD VSS (left and right) COL (top) GCOL BL BLB (top and bottom); width px
 *   tap_switch    EN ENB VCM VDD VSS through; width of tap
 *   col_end       top: GCOL BL BLB; bottom: AIN, DIN (fed through from below); RST RSTB SEL SELB WE WEB VCM VDD VSS (left and
 *                 right); width px. Two exist: col_end_a, col_end_b, for the even and odd column of one ADC: SEL of the even
 *                 column is SELA, of the odd SELB: ports SELA SELAB SELB SELBB run through both.
 *   tap_end       passes col_end's row wires; width of tap
 *   sar_adc       top: AIN[2] (joined inside), DIN[2] fed through from bottom to top; left and right: VREFP VREFN VCM CLK START
 *                 VDD VSS; bottom: D[bits] DONE DIN[2]; width 2·px
 *   tap_adc       passes sar_adc's row wires; width of tap
 *   ladder        top: L[15] EVAL EVALB VCM (up to the drivers); right: RST RSTB SELA SELAB SELB SELBB WE WEB VREFP VREFN VCM CLK
 *                 START VDD VSS; bottom: EVALIN RSTIN SELIN[2] WEIN CLKIN STARTIN; VREF (reference in) as a column of its own like the
 *                 supplies' (tech_strap_level), reached from the mesh; height col_end + sar_adc;
 *                 holds the reference ladder, the phase buffers (true and complement) and the VCM buffer
 *   filler        VDD VSS; any size (one cell per size), closes corners
 *   decap         VDD VSS; capacitance between them, two rows high, taps inside
 *
 * Current family (what they do: cells/circuit_current.c; without switches, lines run through all rows):
 *
 *      pulse_driver   synapse_i synapse_i …   tap_i     | …
 *      base_i         col_end_i ×cols         tap_end_i |
 *      (same cell)    sar_adc_i per 2 columns tap_adc_i |
 *
 *   synapse_i, dummy_i  PP PN VB VC WL[bits + 1] BLP BLN BL BLB    bit 0…bits-1 magnitude, then the sign; the dummy's bits are 0
 *                       row wires PP PN VB VC WL; column wires (metal 4) BL BLP VSS BLN BLB: the ground shields the lines from each other
 *   tap_i               PP PN VB VC WL through
 *   pulse_driver        left: D[3] SGN WLIN[4]; right: PP PN VB VC WL[4]; top and bottom: WIN[8] VB VC
 *   col_end_i           top: BLP BLN BL BLB and the ground; bottom: AIP AIN DIN; left and right: PREB SELA SELAB SELB SELBB WE WEB. Two exist, as of
 *                       col_end: col_end_ia, col_end_ib
 *   sar_adc_i           top: AIP[2] AIN[2] DIN[2]; left and right: VREFP VREFN CLK START; bottom: D[bits] DONE DIN[2]
 *   tap_end_i, tap_adc_i pass their row wires
 *   base_i              pulse_gen and bias_i in one cell, with the phases' buffers; top: WIN[8] VB VC; right: the row wires of col_end_i and sar_adc_i;
 *                       bottom: PCLK PRST MAIN PREBIN SELIN[2] WEIN CLKIN STARTIN IREF; VREF as the ladder's
 *   pulse_gen           PCLK PRST MAIN -> WIN[8]         bias_i  IREF (draws the reference current) -> VB VC
 * Columns of taps stand at the right of so many synapses that all are within the technology's tap-distance, and at the left of the first where
 * those at its right do not reach it (cells/physical.h).
 * Each row or column wire that passes two cells has the same position relative to their common edge in both.
 */
#ifndef CELLS_CELLS_H
#define CELLS_CELLS_H

#include "gen/db/db.h"
#include "techs/techs.h"

/* What one simulated characterisation says of a variant; NaN where the quantity does not apply. All from ngspice. */
typedef struct {
    double gain, gain_err;      /* of the charge transfer: measured / nominal Σ C·x / ΣC, ± */
    double residual_v;          /* V rms: deviation from the straight line over the whole range. Converter: what a conversion at mid-range leaves on its column; no other
                                   meets it, for every conversion begins with a sample of its own (cells/timing.h). As far as it is in the conversion itself, the input's
                                   wires are in the thresholds (verify/sar.h), the comparator in the offset */
    double offset_v;            /* V: systematic (charge injection of the reset, comparator) */
    double offset_sigma_v;      /* V: from mismatch */
    double noise_v;             /* V rms: sampled or input-referred */
    double tau_s, r_ohm;        /* settling time constant (converter: decision at the lower end of gain 2), output or on resistance */
    double tau4_s;              /* converter: decision at the lower end of gain 4 */
    double r_vcm;               /* ladder: resistance behind VCM */
    double c_in, c_out;         /* F: load that the pin presents (row wire per synapse, column node, ADC input) */
    double c_wires;             /* F, converter: of c_in, what the wires of its drawn cell make */
    double i_hold1, i_hold2, i_hold4; /* A that an open column end or block switch takes at most from a column at the end of the range of gain 1, 2, 4 */
    double c_ref;               /* F, converter: charge drawn from the reference in one conversion, per volt of it; the most of all levels measured */
    double energy_j;            /* J per operation (operation as named in `op`) */
    double leak_w;              /* W at VDD, 27 °C */
    double mismatch;            /* σ(ΔC/C) of the unit element */
    double inl_lsb, dnl_lsb, enob; /* converters */
    /* Current family: unit source [A]; charge that starts a pulse, as time of pulse [s], alone and after the first firing; weights of
     * bits 1 and 2 in units of bit 0; fall of a line below VDD at which the current is 1 %, 10 % and half low [V]; σ(Q)/Q of one unit in one step. */
    double i_unit, startup_s, startup_left_s, ratio2, ratio4, swing_v, swing10_v, swing50_v, q_noise;
    double c_bias;              /* F: load that a synapse at rest is for VB */
    const char *op;
} CellData;

/* Couplings between nets of a drawn cell, by name ("D[3]"); "": the substrate. With what capacitors of the circuit between them have as drawn. */
typedef struct {
    const char *a, *b;
    double farad;
} CellWire;

typedef struct {
    ARRAY(CellWire) v;
    Arena arena;
} CellWires;

typedef struct {
    const char *function;       /* "synapse" … the cell names above */
    const char *variant;        /* "cu1f_rvt" … */
    double param[4];            /* meaning by function: synapse: Cu [F]; col_end: reset width [m]; sar_adc: bits; … */
    const char *flavour;        /* rvt, slvt */
    CellData data;
    double area;                /* m² at its natural pitch */
    const char *provenance;     /* deck sha256, simulator version, command */
    const CellWires *wires;     /* for characterisation; NULL: the bare circuit */
} CellVariant;

typedef struct {
    ARRAY(CellVariant) v;
    Arena arena;
} CellLibrary;

/* Variants with their stored characterisation, techs/T/cells.xml. CELL-00nn; a variant without data is an error. */
Status cells_library_read(const Tech *t, CellLibrary *out);
void cells_library_free(CellLibrary *lib);
/* What a command line calls it: the function (all its variants), or one variant by the name of its drawing (sar_adc_b10). */
bool cells_named(const char *name, const CellVariant *v);
/* The same of another cell with the variant's sizes (col_end_b, comparator). */
bool cells_named_as(const char *name, const char *cell, const CellVariant *v);

/* Pitches that all cells of one crossbar share. */
typedef struct {
    int32_t px, py;             /* synapse */
    int32_t switch_h;           /* switch row */
    int32_t tap_w, driver_w;
    int32_t tap_reach;          /* from the edge of a column of taps to the farthest diffusion that it serves */
    int32_t end_h, adc_h;
    int32_t adc_down;           /* from a converter's upper edge to the middle of the wires across it; 0: as its height asks */
    int32_t adc_bits;
    int32_t ref_tracks;         /* of metal 3 that a converter's reference wire covers beyond its first */
} CellPitch;

/* The chosen variants of one crossbar. */
typedef struct {
    const CellVariant *synapse, *row_driver, *block_switch, *col_end, *sar_adc, *ladder;
    const CellVariant *pulse_gen, *bias; /* current family, where block_switch and ladder are NULL: synapse_i pulse_driver col_end_i sar_adc_i stand in the others' places */
} CellChoice;

/* Outline sizes from the devices and the rules alone; no cell is made. */
Status cells_pitch(const Tech *t, const CellChoice *c, CellPitch *out);
/* The same of a synapse of either family alone: px, py, tap_w; the others are 0. */
Status cells_synapse_pitch(const Tech *t, const CellVariant *v, CellPitch *out);
/* Of a converter over columns of pitch px [dbu], whatever stands above it: px, tap_w, adc_h, adc_down, adc_bits, ref_tracks; the others are 0. CELL-0010, CELL-0011. */
Status cells_converter_pitch(const Tech *t, const CellVariant *adc, int32_t px, CellPitch *out);

/* All cells of one crossbar as leaf cells (devices, pins, outline) in the db. CELL-00nn if a rule cannot be met.
 * Current family: pulse_driver for row_driver, base_i for ladder, and so on; block_driver, block_switch, tap_switch are CELL_NONE. */
typedef struct {
    CellId synapse, dummy, tap, row_driver, block_driver, block_switch, tap_switch;
    CellId col_end_a, col_end_b, tap_end, sar_adc, tap_adc, ladder;
    CellPitch pitch;
} CellSet;
/* Are these cells of the current family? */
bool cells_of_current(const CellSet *s);
Status cells_build(Db *db, const Tech *t, const CellChoice *c, CellSet *out);
CellId cells_filler(Db *db, const Tech *t, int32_t w, int32_t h);

/* Fill in the couplings inside the variant's drawn cell; none for functions whose wires count elsewhere. Called for several variants at a time. */
typedef Status (*CellWiring)(const Tech *t, const CellLibrary *lib, const CellVariant *v, CellWires *out);

/* What the provenance of such figures says. */
#define CELLS_WITH_WIRES "with the wires of the drawn cell; "

/* Run ngspice for one function, one variant of it ("sar_adc_b10") or all (NULL), and rewrite techs/T/cells.xml (or path out). Timeouts and runs that do not converge
 * are reported by name and leave the old entry. wiring: simulate with the wires of the drawn cells; NULL: the bare circuits. CHR-00nn */
Status cells_characterize(const Tech *t, const char *cell, const char *out, uint32_t threads, CellWiring wiring);

#endif
