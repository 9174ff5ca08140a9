/*
 * Energy and time of one inference from the characterised cells: operations counted in the plan, leakage over the latency.
 */
#ifndef GEN_KPI_H
#define GEN_KPI_H

#include "gen/design.h"

enum { KPI_MODULES = 6 };

typedef struct {
    const CellVariant *cell;
    double instances, operations;
    double operation_j, static_j;   /* per inference; NaN: not characterised, and not in the sum */
    double duty;                    /* share of the latency in which one instance works */
} KpiModule;

typedef struct {
    KpiModule module[KPI_MODULES];
    double latency_s;               /* layers one after another, tiles of a layer at the same time */
    double macs, conversions;       /* multiply-accumulates of the network; conversions of all columns */
    double energy_j;
} Kpi;

/* The design must have its cells chosen (stage_select). */
Kpi design_kpi(const Design *d);

#endif
