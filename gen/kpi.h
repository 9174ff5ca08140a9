/*
 * Energy and time of one inference: clocks and operations as the instruction simulator counts them in the program, energies of the
 * characterised cells, leakage over the latency.
 */
#ifndef GEN_KPI_H
#define GEN_KPI_H

#include "gen/design.h"
#include "verify/iss.h"

enum { KPI_MODULES = 6 };

typedef struct {
    const CellVariant *cell;
    double instances, operations;
    double operation_j, static_j;   /* per inference; NaN: not characterised, and not in the sum */
    double duty;                    /* share of the latency in which one instance works */
} KpiModule;

typedef struct {
    KpiModule module[KPI_MODULES];
    double latency_s;               /* clocks of the program at the architecture's clock */
    double analog_s;                /* the time in which the busiest APU samples and converts */
    double macs, conversions;       /* multiply-accumulates of the network; conversions of all converters */
    double energy_j;
} Kpi;

/* Clocks and operations of the plan's program. PRG-00nn, ISS-00nn */
Status design_clocks(const Design *d, IssClocks *out);
/* The design must have its cells chosen (stage_select). c: clocks and operations of one inference of its program. */
Kpi design_kpi(const Design *d, const IssClocks *c);

/*
 * Figures of a plan before there is a layout: cells chosen as the flow would, clocks of its program. Wires are not in it.
 *   t, lib   with figures of the cells
 * Errors   SEL-0001, PRG-00nn, ISS-00nn
 */
Status kpi_of_plan(const Tech *t, const CellLibrary *lib, const Plan *p, Kpi *out);

#endif
