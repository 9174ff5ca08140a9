/*
 * The converter that a flow draws over its own columns: what its wires make of its thresholds, at the settings of the plan.
 */
#ifndef GEN_CONVERTER_H
#define GEN_CONVERTER_H

#include <jansson.h>

#include "gen/leaves.h"

/*
 * Design.converter of an extracted design. Where a setting's INL is above half an LSB, and above the noise of a conversion at that setting, DRAW-0008 warns and it is a
 * violation; DRAW-0009 warns where only that on the least column is: how far depends on the rows that the plan joins, and the accuracy has it.
 * Errors  MDL-0001 (current family: its range follows the lines)
 * Time    a fraction of drawing it (extraction, 1.7 s of CPU for 10 bits), nothing where the result was kept
 */
Status converter_measure(Design *d, const Leaves *l);

/* The judging part of it: settings and messages from Design.converter's cell and wires. Current family: MDL-0001. */
Status converter_judge(Design *d);

/* report.json's "converter". The caller owns it. */
json_t *converter_json(const Design *d);

/* Its line on the page. */
void converter_page(const Design *d, Buf *b);

#endif
