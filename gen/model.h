/*
 * The behavioural model of a design: every number from the characterised cells it chose and its extracted wires.
 */
#ifndef GEN_MODEL_H
#define GEN_MODEL_H

#include "gen/base/io.h"
#include "gen/design.h"
#include "verify/behave.h"

/* Fill the model for a finished (extracted) design; adc, parasitics, mismatch and noise all on. MDL-0001 names a missing figure. */
Status model_of(const Design *d, BehaveModel *out);

/* report.json's "model" object. MDL-0002: not there or not complete. */
Status model_read(const char *report_json, BehaveModel *out);
struct json_t;
struct json_t *model_json(const BehaveModel *m);

#endif
