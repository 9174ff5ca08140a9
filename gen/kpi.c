/* KPIs of the analog side: accumulated static energy, operation energy, operation count and duty cycle per module. */
#include "gen/kpi.h"

#include <math.h>

#include "cells/timing.h"

typedef struct {
    double macs, digit_macs, conversions, samplings, row_events, time_s, converting_s; /* converting: of all converters together */
} Work;

/* One sample-evaluate-convert round: both columns of a converter one after the other. */
static double round_s(const PlanLayer *l)
{
    return CELLS_T_SAMPLE + CELLS_T_GAP + CELLS_T_EVAL + 2 * (CELLS_T_START + CELLS_T_SELECT + l->adc_bits * cells_t_clk((int)l->adc_gain));
}

static Work work_of(const Plan *p)
{
    Work w = {0};
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (l->op != PLAN_CONV) continue;
        const PlanTensor *to = &p->tensors.v[l->out];
        double pos = (double)to->h * to->w, most = 0, macs = pos * l->oc * plan_rows(l);
        w.macs += macs;
        w.digit_macs += macs * l->slices * l->digits;
        for (uint32_t k = 0; k < p->tiles.n; k++) {
            const PlanTile *t = &p->tiles.v[k];
            if (t->layer != i) continue;
            double chunks = ceil((double)t->rows / l->rows_per_conv);
            w.conversions += pos * l->digits * chunks * t->cols;
            w.converting_s += pos * l->digits * chunks * t->cols * l->adc_bits * cells_t_clk((int)l->adc_gain);
            w.samplings += pos * l->digits * chunks;
            w.row_events += pos * l->digits * t->rows;
            if (chunks > most) most = chunks;
        }
        w.time_s += pos * l->digits * most * round_s(l);
    }
    return w;
}

static void module(Kpi *k, uint32_t at, const CellVariant *v, double instances, double operations, double busy_s)
{
    KpiModule *m = &k->module[at];
    *m = (KpiModule){v, instances, operations, v->data.energy_j * operations, v->data.leak_w * instances * k->latency_s,
                     k->latency_s > 0 ? busy_s / k->latency_s : 0};
    if (isfinite(m->operation_j)) k->energy_j += m->operation_j;
    if (isfinite(m->static_j)) k->energy_j += m->static_j;
}

Kpi design_kpi(const Design *d)
{
    const Plan *p = &d->plan;
    Work w = work_of(p);
    double rows = 0, cols = 0, blocks = 0, adcs = 0, synapses = 0, n = p->cores.n;
    for (uint32_t i = 0; i < p->cores.n; i++) {
        const PlanCore *c = &p->cores.v[i];
        rows += c->rows;
        cols += c->cols;
        synapses += (double)c->rows * c->cols;
        blocks += (double)core_block_rows(c) * c->cols;
        adcs += core_adcs(c);
    }
    Kpi k = {.latency_s = w.time_s, .macs = w.macs, .conversions = w.conversions};
    double sampling = w.samplings / n;
    module(&k, 0, d->choice.synapse, synapses, w.digit_macs, sampling * (CELLS_T_SAMPLE + CELLS_T_EVAL));
    module(&k, 1, d->choice.row_driver, rows, w.row_events, sampling * (CELLS_T_SAMPLE + CELLS_T_EVAL));
    module(&k, 2, d->choice.block_switch, blocks, w.conversions, sampling * CELLS_T_SAMPLE);
    module(&k, 3, d->choice.col_end, cols, w.conversions, sampling * CELLS_T_SAMPLE);
    module(&k, 4, d->choice.sar_adc, adcs, w.conversions, w.converting_s / adcs);
    module(&k, 5, d->choice.ladder, n, w.samplings, w.time_s);
    return k;
}
