/* Report: which cells and which family were chosen, and why. */
#include <math.h>

#include "gen/flow.h"
#include "gen/report_int.h"

json_t *report_real(double v) { return isfinite(v) ? json_real(v) : json_null(); }

static json_t *select_json(const SelectRows *rows)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < rows->n; i++) {
        const SelectFigure *s = &rows->v[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:s, s:s?, s:o, s:s?, s:I, s:I, s:s?, s:o}", "function", s->function, "variant", s->variant,
                                              "margin", report_real(s->margin), "cost", report_real(s->cost), "runner_up", s->runner_up,
                                              "runner_up_cost", report_real(s->cost_runner_up), "runner_up_why", s->reason, "worst_corner", s->worst_at,
                                              "worst_corner_margin", s->worst_at ? report_real(s->worst_margin) : json_null(), "worst_corner_why", s->worst_why,
                                              "corners", (json_int_t)s->corners, "corners_failed", (json_int_t)s->corners_failed,
                                              "runner_up_corner", s->next_worst_at, "runner_up_corner_margin", s->next_worst_at ? report_real(s->next_worst_margin) : json_null()));
    }
    return list;
}

/* Time constants of the chosen cells as characterised; of the converter, how long it takes to decide. */
static json_t *delays_json(const CellChoice *c)
{
    const struct {
        const char *key;
        const CellVariant *v;
    } of[] = {{"row_driver", c->row_driver}, {"synapse", c->synapse}, {"col_end", c->col_end}, {"sar_adc", c->sar_adc}};
    json_t *o = json_object();
    for (size_t i = 0; i < COUNTOF(of); i++) json_object_set_new(o, of[i].key, of[i].v && of[i].v->data.tau_s > 0 ? json_real(1e12 * of[i].v->data.tau_s) : json_null());
    return o;
}

void report_select(Flow *f)
{
    json_object_set_new(f->report, "delays_ps", delays_json(&f->d.choice));
    json_t *families = json_array();
    for (int i = 0; i < 2; i++) {
        const FamilyFigure *x = &f->d.family[i];
        json_array_append_new(families, json_pack("{s:s, s:b, s:s?, s:o, s:o, s:o, s:o, s:o}", "family", x->name, "chosen", x->chosen, "why_not", x->why,
                                                  "margin", x->judged ? report_real(x->margin) : json_null(), "sigma_lsb", x->judged ? report_real(x->sigma_lsb) : json_null(),
                                                  "crossbar_um2", x->judged ? report_real(x->area * 1e12) : json_null(), "inference_J",
                                                  x->judged ? report_real(x->energy) : json_null(), "cells",
                                                  x->judged ? select_json(x->chosen ? &f->d.select : &f->d.rival) : json_array()));
    }
    json_object_set_new(f->report, "families", families);
    json_object_set_new(f->report, "select", select_json(&f->d.select));
}
