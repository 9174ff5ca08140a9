/*
 * Pictures of a plan: an SVG per weight load with every tile, and an animated GIF that goes through layers and loads as they run.
 */
#ifndef GEN_PICTURE_H
#define GEN_PICTURE_H

#include "gen/db/plan.h"

/* One character per block on stdout, darker is fuller, for every crossbar of one weight load. */
void picture_text(const Plan *p, uint32_t cycle);
/* plan_0.svg … one per weight load, and plan.gif, in a folder. IO-0004, TPL-00nn */
Status picture_write(const Plan *p, const char *dir, const char *templates);

#endif
