/*
 * A column between its reset and its conversion: column end, block switches and synapses together. It settles through the reset switch and the
 * switches of the blocks that a conversion joins; until the second of two conversions has its last bit, what is open takes charge from it:
 * reset and select switch, and the switches of the blocks that are not joined.
 */
#include <math.h>

#include "cells/timing.h"
#include "gen/model.h"
#include "gen/select_int.h"

static double hold_of(const CellVariant *v, double gain)
{
    return gain >= 4 ? v->data.i_hold4 : gain >= 2 ? v->data.i_hold2 : v->data.i_hold1;
}

/* The deepest crossbar that a layer is on. */
static const PlanCore *core_of(const Plan *p, uint32_t layer)
{
    const PlanCore *c = NULL;
    for (uint32_t i = 0; i < p->tiles.n; i++) {
        const PlanCore *x = &p->cores.v[p->tiles.v[i].core];
        if (p->tiles.v[i].layer == layer && (!c || x->rows > c->rows)) c = x;
    }
    return c ? c : &p->cores.v[0];
}

void select_columns(Design *d, Need *n)
{
    n->columns = arena_array(&d->arena, SelectColumn, d->plan.layers.n + 1);
    for (uint32_t i = 0; i < d->plan.layers.n; i++) {
        const PlanLayer *l = &d->plan.layers.v[i];
        if (l->op != PLAN_CONV) continue;
        const PlanCore *c = core_of(&d->plan, i);
        SelectColumn x = {.rows = l->rows_per_conv, .all = c->rows, .block = c->block_rows, .gain = l->adc_gain};
        x.lsb_v = 14 * d->tech.ladder_step / (l->adc_gain * ldexp(1.0, l->adc_bits));
        x.hold_s = CELLS_T_EVAL + 2 * (CELLS_T_START + CELLS_T_SELECT + l->adc_bits * cells_t_clk((int)l->adc_gain));
        bool known = false;
        for (uint32_t k = 0; k < n->n_columns; k++) known |= !memcmp(&n->columns[k], &x, sizeof x);
        if (!known) n->columns[n->n_columns++] = x;
    }
}

/* What hangs on a column: capacitors of the rows that a conversion joins, the wire along all rows, open and closed switches. F */
static double column_f(const Design *d, const SelectColumn *x, const CellVariant *end, const CellVariant *sw, const CellVariant *synapse)
{
    double wire = model_column_wire(&d->tech, sqrt(synapse->area)) * x->all;
    return 7 * synapse->param[0] * x->rows + wire + ceil(x->all / x->block) * sw->data.c_out + end->data.c_in + end->data.c_out;
}

/* What it loses until its last bit is decided. V */
static double droop_v(const Design *d, const SelectColumn *x, const CellVariant *end, const CellVariant *sw, const CellVariant *synapse)
{
    double idle = fmax(0, floor((x->all - x->rows) / x->block));
    return (hold_of(end, x->gain) + idle * hold_of(sw, x->gain)) * x->hold_s / column_f(d, x, end, sw, synapse);
}

const char *select_column(const Design *d, const Need *n, const CellVariant *end, const CellVariant *sw, const CellVariant *synapse, double *margin)
{
    const char *why = NULL;
    *margin = 1;
    for (uint32_t i = 0; i < n->n_columns; i++) {
        const SelectColumn *x = &n->columns[i];
        double tau = end->data.r_ohm * column_f(d, x, end, sw, synapse) + sw->data.r_ohm * 7 * synapse->param[0] * x->block;
        double settle = 1 - (isnan(tau) ? 0 : select_unsettled(tau, CELLS_T_SAMPLE)) / n->limit;
        double droop = 1 - droop_v(d, x, end, sw, synapse) / (0.5 * n->supply * x->lsb_v); /* NAN: not characterised */
        if (settle < *margin) {
            *margin = settle;
            if (settle < 0) why = "the column does not settle within half an LSB in its phase";
        }
        if (droop < *margin) {
            *margin = droop;
            if (droop < 0) why = "the column droops more than half an LSB during a conversion";
        }
    }
    return why;
}
