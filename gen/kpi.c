/* KPIs of the analog side: accumulated static energy, operation energy, operation count and duty cycle per module. */
#include "gen/kpi.h"

#include <math.h>

#include "cells/timing.h"
#include "mapper/program.h"

static double macs_of(const Plan *p)
{
    double n = 0;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        const PlanTensor *to = &p->tensors.v[l->out];
        if (l->op == PLAN_CONV) n += (double)to->h * to->w * l->oc * plan_rows(l);
    }
    return n;
}

static void module(Kpi *k, uint32_t at, const CellVariant *v, double instances, double operations, double busy_s)
{
    KpiModule *m = &k->module[at];
    *m = (KpiModule){v, instances, operations, v->data.energy_j * operations, v->data.leak_w * instances * k->latency_s,
                     k->latency_s > 0 ? busy_s / k->latency_s : 0};
    if (isfinite(m->operation_j)) k->energy_j += m->operation_j;
    if (isfinite(m->static_j)) k->energy_j += m->static_j;
}

Status design_clocks(const Design *d, IssClocks *out)
{
    Program g;
    Buf image = {0};
    Iss *s = NULL;
    TRY(program_build(&d->plan, false, &g));
    program_image(&d->plan, &g, &image);
    Status st = iss_parse("instructions.bin", image.s, image.n, &s);
    if (st == ST_OK) iss_clocks(s, out);
    iss_free(s);
    buf_free(&image);
    program_free(&g);
    return st;
}

Kpi design_kpi(const Design *d, const IssClocks *c)
{
    const Plan *p = &d->plan;
    double rows = 0, cols = 0, blocks = 0, adcs = 0, synapses = 0, n = p->cores.n, busiest = 0;
    for (uint32_t i = 0; i < p->cores.n; i++) {
        const PlanCore *core = &p->cores.v[i];
        rows += core->rows;
        cols += core_phys_cols(core);
        synapses += (double)core->rows * core->cols;
        blocks += (double)core_block_rows(core) * core->cols;
        adcs += core_adcs(core);
        if (i < c->apus && (double)c->apu[i] > busiest) busiest = (double)c->apu[i];
    }
    Kpi k = {.latency_s = (double)c->clocks / p->arch.clock_hz, .analog_s = busiest / p->arch.clock_hz, .macs = macs_of(p),
             .conversions = (double)c->conversions};
    double conversions = (double)c->conversions, sampling = (double)c->samplings / n;
    module(&k, 0, d->choice.synapse, synapses, (double)c->digit_macs, sampling * (CELLS_T_SAMPLE + CELLS_T_EVAL));
    module(&k, 1, d->choice.row_driver, rows, (double)c->row_events, sampling * (CELLS_T_SAMPLE + CELLS_T_EVAL));
    module(&k, 2, d->choice.block_switch, blocks, conversions, sampling * CELLS_T_SAMPLE);
    module(&k, 3, d->choice.col_end, cols, conversions, sampling * CELLS_T_SAMPLE);
    module(&k, 4, d->choice.sar_adc, adcs, conversions, conversions / adcs * plan_adc_bits(p) * program_bit_clocks(p) / p->arch.clock_hz);
    module(&k, 5, d->choice.ladder, n, (double)c->samplings, k.latency_s);
    return k;
}

Status kpi_of_plan(const Tech *t, const CellLibrary *lib, const Plan *p, Kpi *out)
{
    /* A design that lends what it has: only the selection is its own. */
    Design d = {.tech = *t, .plan = *p, .lib = *lib};
    IssClocks c = {0};
    Status st = stage_select(&d);
    if (st == ST_OK) st = design_clocks(&d, &c);
    if (st == ST_OK) *out = design_kpi(&d, &c);
    iss_clocks_free(&c);
    arr_free(&d.select);
    arena_free(&d.arena);
    return st;
}
