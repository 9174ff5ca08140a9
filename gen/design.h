/*
 * A design in the making: what the stages of the flow hand on to each other. One record, owned by the flow.
 */
#ifndef GEN_DESIGN_H
#define GEN_DESIGN_H

#include "cells/cells.h"
#include "gen/db/db.h"
#include "gen/db/plan.h"
#include "gen/digital.h"
#include "gen/drawn.h"
#include "gen/drawn_adc.h"
#include "route/extract.h"
#include "route/route.h"
#include "techs/techs.h"

/* One APU type: gen2 has one, used `apus` times; a dedicated design has one per core. */
typedef struct {
    uint32_t core;             /* the core whose sizes it has */
    CellSet cells;
    CellId xbar, macro[MACRO_NOC], apu;
    InstId i_xbar, i_macro[MACRO_NOC];
    int32_t channel_h, tracks, density;
} ApuType;

/* Figures of place and route, for the reports. */
typedef struct {
    const char *name;          /* "apu0 strip order", "chip strips", … */
    const char *method;
    double objective, bound, gap;
    CellId cell;
    uint64_t *net;             /* [n_nets] net of the cell << 32 | bit; of two pins or more */
    uint32_t n_nets;
    double wires_f, wires_error; /* F: their spans at the channels' metals, and how far off that may be, as a share */
    double routed_f;           /* F: the same nets as extracted */
} PlaceFigure;

typedef struct {
    const char *name;
    uint32_t nets, columns;
    int32_t tracks, density;
    int64_t vias, wirelength;  /* dbu */
    int32_t doglegs;
    bool river;               /* its nets would do on one layer: two pins each, in one order on both sides */
} ChannelFigure;

typedef struct {
    const char *function, *variant, *runner_up, *reason;
    double margin;             /* relative to the tightest requirement */
    double cost, cost_runner_up;
    /* Corners of the technology (cells/corners.h); NULL: it has none. */
    const char *worst_at;      /* the point with the least margin: "ff, 125 C, 0.88 V" */
    const char *worst_why;     /* why it may not be used there; NULL: it may */
    double worst_margin;
    uint32_t corners, corners_failed; /* points that were simulated, and where it may not be used */
    const char *next_worst_at; /* the same of the runner-up */
    double next_worst_margin;
} SelectFigure;

typedef ARRAY(SelectFigure) SelectRows;

/* Settling of a crossbar's references (gen/reference.h); ohm of both wires together. */
typedef struct {
    double source, line, local; /* to the ladder's edge, along the converters, from the wire to an array */
    double array_f;            /* F of a converter */
    int32_t wire_w;            /* dbu */
    uint32_t n;                /* converters */
    double near, far;          /* share of the reference that the first and the last converter's threshold lacks at the worst bit */
} RefFigure;

/* A setting of the converter that layers of the plan use, and what the wires of the drawn one make of its thresholds; LSB of the setting. */
typedef struct {
    int32_t bits, gain;
    double range_v;            /* reference */
    ArrayFigures f;            /* with an ideal source */
    double noise, limit;       /* rms of a conversion, 0: not characterised; what inl may be */
    double load_f;             /* the least that hangs on its input, F; INFINITY: not known */
    ArrayFigures on;           /* with that; equal to f where it is not known */
} ConverterSetting;

typedef struct {
    const char *cell;          /* name */
    ArrayWires wires;          /* bits 0: the converter is not drawn */
    ARRAY(ConverterSetting) at;
    bool over;                 /* inl is above its limit somewhere */
} ConverterFigure;

/* The two families of cells as the plan judges them. */
typedef struct {
    const char *name;          /* charge, current */
    bool judged, chosen;       /* judged false: the technology has no figures of it */
    const char *why;           /* why not chosen, with figures; NULL where chosen */
    double margin, sigma_lsb;  /* sigma_lsb: mismatch and noise at the end of the converter's range */
    double area, energy;       /* m² of a crossbar's cells, J of an inference */
    double latency_s;          /* current family: of an inference */
} FamilyFigure;

typedef struct {
    Tech tech;
    Plan plan;
    CellLibrary lib;
    Db db;
    bool have_tech, have_plan, have_lib, have_db;

    CellChoice choice;         /* of the family that is chosen */
    SelectRows select;
    SelectRows rival;          /* the family not chosen, per function; its margins are of the whole choice */
    FamilyFigure family[2];
    const CellVariant *current[6]; /* the best choice of the current family: synapse_i pulse_driver pulse_gen col_end_i sar_adc_i bias_i; NULL: none */
    bool typical_only;         /* corners do not count in the choice of cells */
    const char *family_wanted; /* NULL: judged; else charge or current */

    ARRAY(ApuType) types;
    uint32_t n_apus;           /* instances on the chip */
    uint32_t *apu_type;        /* [n_apus] index into types */
    InstId *i_apu;             /* [n_apus] in chip */
    CellId noc, chip;
    InstId i_noc;
    int64_t bit_area;          /* dbu², a bit of the macros' memories (macro_bit_area) */
    int64_t noc_area;          /* dbu², what its content asks for; place gives it an outline at least noc_min_w wide at the channel */
    int32_t noc_min_w;

    ARRAY(PlaceFigure) place;
    ARRAY(ChannelFigure) channels;
    bool *strip_upper;         /* [n_apus + 1], the last is noc */
    int32_t chip_channel_h;
    int64_t synapses, die_area, cell_area, channel_area; /* dbu² */
    PowerReport power;
    ExtractReport extract;
    SynapseWires synapse_wires;
    ConverterFigure converter;
    double vref_v;             /* the converters' reference, least of all layers */
    const PowerTap *vref_at;   /* [n_apus] where each crossbar takes it; arena */
    double *vref_drop;         /* [n_apus] share of it that the mesh drops to each crossbar with all converting; arena */
    RefFigure *ref_line;       /* [n_apus]; arena */
    uint32_t ref_worst;        /* crossbar of the largest */
    bool ref_over;             /* it is more than half an LSB */
    double power_w;            /* estimate from the characterised cells, sizes the mesh; 0: not known */

    uint32_t threads;
    uint64_t seed;
    Arena arena;
} Design;

void design_free(Design *d);

/* Stages, in order (gen/flow.c). Each leaves db_check() green. */
Status stage_select(Design *d);   /* one variant per function: multiple-choice ILP over area and energy under the requirements */
Status stage_build(Design *d);    /* cells, crossbars, soft macros, hierarchical netlist; instances not yet placed above the crossbar */
Status stage_place(Design *d);
Status stage_route(Design *d);
Status stage_extract(Design *d);

#endif
