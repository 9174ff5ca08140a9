/*
 * Accuracy at corners of process, temperature and supply: one chip at the points where chosen cells are worst, and with --corners all at those of a
 * sign-off, too. At a corner stands what was simulated there of the cells; the network, its plan and its clocks are the same.
 */
#include <math.h>

#include "cells/corners.h"
#include "gen/flow.h"

enum { CHIP = 1 };

static const char *name_of(Flow *f, const CellCorner *c) { return arena_printf(&f->arena, "%s, %g C, %.4g V", c->process, c->temp_c, c->vdd); }

/* Slow at the lowest supply, fast at the highest, cold and hot. */
static bool sign_off(const CellCorner *c, const Tech *t)
{
    double off = c->vdd / t->vdd - 1;
    bool extreme = c->temp_c < 0 || c->temp_c > 100;
    return extreme && ((str_eq(c->process, "ss") && off < -0.01) || (str_eq(c->process, "ff") && off > 0.01));
}

/* Is a chosen cell worst here that fails? Where none fails, the one with the least margin counts. */
static bool worst_of_a_cell(Flow *f, const CellCorner *c)
{
    const SelectFigure *least = NULL;
    bool fails = false, here = false;
    for (uint32_t i = 0; i < f->d.select.n; i++) {
        const SelectFigure *s = &f->d.select.v[i];
        if (!s->worst_at) continue;
        fails |= s->worst_why != NULL;
        here |= s->worst_why && str_eq(s->worst_at, name_of(f, c));
        if (!least || s->worst_margin < least->worst_margin) least = s;
    }
    return fails ? here : least && str_eq(least->worst_at, name_of(f, c));
}

static Status at_corner(Flow *f, const Npy *x, const CellCorner *c, json_t *list)
{
    BehaveModel m;
    TRY(model_at(&f->d, c, &m));
    json_t *o = json_pack("{s:s, s:s, s:f, s:f, s:I}", "corner", name_of(f, c), "process", c->process, "temp_C", c->temp_c, "vdd_V", c->vdd, "of", (json_int_t)f->samples);
    json_array_append_new(list, o);
    if (!(m.settle_far > 0.5)) { /* nothing to trim: what such rows convert is not this network's */
        json_object_set_new(o, "why_not", json_string("the rows do not settle"));
        return ST_OK;
    }
    BehaveResult r = {0};
    TRY(behave_run(&f->d.plan, &m, x, f->samples, f->d.seed, CHIP, f->d.threads, &r));
    double droop = 0;
    for (uint32_t i = 0; i < f->d.plan.layers.n; i++) {
        const PlanLayer *l = &f->d.plan.layers.v[i];
        for (uint32_t k = 0; l->op == PLAN_CONV && k < f->d.plan.tiles.n; k++)
            if (f->d.plan.tiles.v[k].layer == i)
                droop = fmax(droop, behave_droop(&m, l, &f->d.plan.cores.v[f->d.plan.tiles.v[k].core], 7 * m.step_v / l->adc_gain) / behave_lsb_v(l, &m));
    }
    json_object_set_new(o, "right", json_integer(behave_correct(r.y, f->samples, f->classes, &f->y)));
    json_object_set_new(o, "droop_lsb", json_real(droop));
    behave_free(&r);
    return ST_OK;
}

Status stage_corners(Flow *f, const Npy *x)
{
    CellCorners corners;
    TRY(cells_corners_read(&f->d.tech, &corners));
    json_t *list = json_array();
    bool all = f->o->corners && str_eq(f->o->corners, "all");
    Status st = ST_OK;
    for (uint32_t i = 0; i < corners.c.n && st == ST_OK; i++) {
        const CellCorner *c = &corners.c.v[i];
        if (worst_of_a_cell(f, c) || (all && sign_off(c, &f->d.tech))) st = at_corner(f, x, c, list);
    }
    json_object_set_new(f->report, "accuracy_corners", list);
    cells_corners_free(&corners);
    return st;
}
