/*
 * The flow: one table of stages from network to verified chip (flow.c), readable as a page.
 */
#ifndef GEN_FLOW_H
#define GEN_FLOW_H

#include <jansson.h>

#include "gen/cli.h"
#include "gen/design.h"
#include "gen/leaves.h"
#include "gen/model.h"
#include "mapper/mapper.h"
#include "verify/iss.h"

typedef struct {
    const Options *o;
    Design d;
    Leaves leaves;            /* what the stream has of the leaf cells, from the check on */
    const char *network;      /* path, NULL when the flow starts from a plan */
    const char *plan_path;
    const char *out, *stage_dir; /* outputs are made in out/.stage and moved to out together at the end */
    const char *view_dir;     /* where the emitted views are: stage_dir, or OUT when a finished design is verified */
    Graph *graph;
    Npy x, y;
    bool have_x, have_y;
    uint32_t samples, classes;
    json_t *report;           /* report.json; every stage adds its section */
    uint32_t violations;
    uint64_t leaf_faults;      /* those in drawn leaf cells */
    IssClocks clock;          /* of the emitted program, once it is emitted */
    IssClocks iss[2];         /* as run with the workload: the program for exact columns, the emitted one; layer is not set */
    BehaveModel model;
    bool have_model, have_lines;
    Arena arena;
} Flow;

/* Sections of the report (report.c). */
void report_select(Flow *f);
void report_layout(Flow *f);
Status report_lines(Flow *f); /* current family: its lines with their extracted wires; falling too far is a violation. MDL-0001 */
void report_kpi(Flow *f);
Status json_write(const json_t *j, const char *path); /* indented, members in order of insertion */
Status report_write(Flow *f); /* kpi.json, report.json, report.html into stage_dir */
void report_print(const Flow *f); /* the page a user sees on stdout */

/* Verification by workload (workload.c): accuracy per step, SPICE and HDL co-simulation. */
Status stage_workload(Flow *f);
/* Accuracy of a chosen current family: ideal steps, then mismatch and noise (model_of_current): with the wires of its lines, or, if the flow ends after
 * select, without. Nothing without labels. */
Status stage_workload_current(Flow *f);

/* Accuracy at the points of corners.xml where chosen cells are worst, with --corners all also at those of a sign-off: report's
 * "accuracy_corners". x: the samples that count. Time: one run of the behavioural simulator per point. */
Status stage_corners(Flow *f, const Npy *x);

int flow_run(const Options *o, bool from_plan);
/* `apugen verify OUT`: the design is made again from OUT/plan.xml, what OUT holds must be just that, and is then simulated. */
int flow_verify(const Options *o);

#endif
