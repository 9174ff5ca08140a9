/*
 * Energy and time of one inference: clocks and operations as the instruction simulator counts them in the program, energies of the
 * characterised cells, leakage over the latency.
 *
 * Digital macros: gate equivalents that switch (gen/digital.h) times the characterised NAND2 with its share of wire, flip-flops times the characterised
 * clock energy with theirs, gates times leakage. Memories: energy per access estimated from published figures.
 */
#ifndef GEN_KPI_H
#define GEN_KPI_H

#include "gen/design.h"
#include "verify/iss.h"

enum { KPI_ANALOG = 6, KPI_DIGITAL = MACRO_COUNT, KPI_MEMORIES = 5, KPI_MODULES = KPI_ANALOG + KPI_DIGITAL + KPI_MEMORIES };

typedef struct {
    const char *name, *variant;
    const char *error;              /* of its energies, in words */
    double instances, operations;
    double operation_j, static_j;   /* per inference; NaN: not characterised, and not in the sum */
    double duty;                    /* share of the latency in which one instance works */
} KpiModule;

typedef struct {
    KpiModule module[KPI_MODULES];  /* analog cells, digital macros, memories */
    double latency_s;               /* clocks of the program at the architecture's clock */
    double analog_s;                /* the time in which the busiest APU samples and converts */
    double macs, conversions;       /* multiply-accumulates of the network; conversions of all converters */
    double energy_j;                /* of the analog cells */
    double digital_j, memory_j;     /* NaN: technology without characterised gates */
    double area_m2;                 /* of all cells and macros as estimated: no channels, nothing dead */
    CellChoice choice;
} Kpi;

/* Clocks and operations of the plan's program. PRG-00nn, ISS-00nn */
Status design_clocks(const Design *d, IssClocks *out);
/* The design must have its cells chosen (stage_select). c: clocks and operations of one inference of its program. PRG-00nn */
Status design_kpi(const Design *d, const IssClocks *c, Kpi *out);

/*
 * Figures of a plan before there is a layout: cells chosen as the flow would, clocks of its program. Wires are not in it.
 *   t, lib   with figures of the cells
 * Errors   SEL-0001, PRG-00nn, ISS-00nn
 */
Status kpi_of_plan(const Tech *t, const CellLibrary *lib, const Plan *p, Kpi *out);

/* Mean wire of a net in a macro of so many gates, in m: an upper estimate (Donath 1979, Rent exponent 0.6). */
double kpi_net_length(const Tech *t, double gates);

#endif
