/*
 * The commit record of an output folder. Outputs are made in OUT/.stage; when all are there they are renamed into OUT and
 * manifest.json, with the sha256 of every input and output and the options, is written last. A run that finds its own
 * inputs, options and outputs in it has nothing to do.
 */
#ifndef GEN_MANIFEST_H
#define GEN_MANIFEST_H

#include "gen/flow.h"

Status manifest_stage_begin(Arena *a, const char *out, const char **stage_dir);
void manifest_stage_drop(const char *stage_dir);
Status manifest_commit(Flow *f);
/* True if OUT holds exactly what this run would make. Never reports errors: in doubt false. */
bool manifest_up_to_date(const Options *o, const char *out);
/* The page that the earlier run printed (OUT/report.txt). */
Status manifest_print_report(const char *out);

#endif
