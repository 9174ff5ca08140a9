/*
 * The behavioural model of a design: every number from the characterised cells it chose and its extracted wires.
 */
#ifndef GEN_MODEL_H
#define GEN_MODEL_H

#include "cells/corners.h"
#include "gen/base/io.h"
#include "gen/design.h"
#include "mapper/mapper.h"
#include "verify/behave.h"

/* Fill the model for a finished (extracted) design; adc, parasitics, mismatch and noise all on. MDL-0001 names a missing figure. */
Status model_of(const Design *d, BehaveModel *out);

/*
 * The same of a finished design at a corner: what was simulated there of the chosen cells, levels that follow the supply, the converter's noise
 * there, or, if corners.xml lacks it, with the root of the absolute temperature. Mismatch of capacitors, wires and the converter's gain are those of typical; of the cells' time
 * constants only the rows' is in the model. MDL-0001
 */
Status model_at(const Design *d, const CellCorner *c, BehaveModel *out);

/*
 * The same for the current family's choice (stage_select). Before there is a layout lines are the cells' own capacitance, without
 * wires; of an extracted design they are with them. All lines are taken as deep as the deepest: the least V per unit, beside the same noise. Mismatch of the sources, converter and noise at the plan's largest sums; not in it: the sources' pull on their bias, what is
 * left of start-up charge, errors of pulse widths, which select judges. MDL-0001
 */
Status model_of_current(const Design *d, BehaveModel *out);

/*
 * Wires inside a converter at its input, F, of which netlist_rc.sp has a capacitor: of the flow's own where it is drawn, else of the variant over its natural columns, as
 * characterised (c-wires); 0 if that was bare. The load in the model is the bare circuit's and this.
 */
double model_input_wires(const Design *d);

/* The part of the model that loads a column of an extracted design of the charge family; NaN where the cells have no figure. */
void model_load(const Design *d, BehaveModel *m);

/* V of a unit of Σ w·x where the converter takes it, behind a line of so many synapses. */
double line_unit(const Design *d, double depth);

/* Wire of one line of the current family along one synapse, F: of the drawn synapse if there is one, else of its pins; 0 before extraction. */
double line_wire(const Design *d);

/* The lines of an extracted design of the current family. */
typedef struct {
    double wire_f, wire_ohm;    /* of a line along one synapse */
    double line_f, without_f;   /* a whole line of the deepest core, with and without its wire (column end included) */
    double fall_v, swing_v;     /* of the worst column and rows of the plan, all inputs the largest on one line and the bias three sigma high; down to where sources work */
    double drop_v;              /* what the wire adds to that at the farthest of these rows while all of them draw */
    double tau_s, rest;         /* the wire's time constant; share of the drop that is left when the converter has taken the lines */
} LineFigure;
/* MDL-0001. One pass over the weights. */
Status lines_figure(const Design *d, LineFigure *out);

/*
 * Noise of a conversion, converter and column together, by resolution [LSB at gain 1]: of the quietest converter and the noisiest column end
 * among the technology's characterised cells. Returns false, all 0, if there are none.
 */
bool model_noise(const Tech *t, double out[17]);

/*
 * What loads a column, for the mapper, which has no layout: the characterised cells' capacitances (the largest of each function, for a synapse of the
 * smallest unit), and two lone wires along the synapses between full layers. All 0 if cells or their figures are missing.
 */
MapColumn model_column(const Tech *t);

/* Capacitance of a column's wire of that length [m], of least width on the column's metal, between full layers; no neighbours: columns are far apart. F;
 * 0 where the technology has no such metal. */
double model_column_wire(const Tech *t, double length);

/* report.json's "model" object. MDL-0002: not there or not complete. */
Status model_read(const char *report_json, BehaveModel *out);
struct json_t;
struct json_t *model_json(const BehaveModel *m);

#endif
