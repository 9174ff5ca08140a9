/* Build stage: cells, one APU type per distinct core, the chip. */
#include "gen/apu.h"
#include "gen/db/isa.h"

/* Cores of equal size share one APU type: a programmable chip has one, a dedicated one has one per layer. */
static uint32_t type_of(Design *d, uint32_t core)
{
    const PlanCore *a = &d->plan.cores.v[core];
    for (uint32_t i = 0; i < d->types.n; i++) {
        const PlanCore *b = &d->plan.cores.v[d->types.v[i].core];
        if (a->rows == b->rows && a->cols == b->cols && a->block_rows == b->block_rows && a->block_cols == b->block_cols)
            return i;
    }
    ApuType *t = arr_add(&d->types);
    t->core = core;
    return d->types.n - 1;
}

Status stage_build(Design *d)
{
    tech_db_init(&d->tech, &d->db, d->plan.network);
    d->have_db = true;
    CellSet cells;
    TRY(cells_build(&d->db, &d->tech, &d->choice, &cells));
    if (d->plan.cores.n > ISA_APUS)
        return msg_error(ST_LIMIT, "BLD-0002", (Loc){0}, "%u crossbars: a chip has at most %d", d->plan.cores.n, ISA_APUS);
    d->n_apus = d->plan.cores.n;
    d->apu_type = arena_array(&d->arena, uint32_t, d->n_apus);
    for (uint32_t k = 0; k < d->n_apus; k++) {
        d->apu_type[k] = type_of(d, k);
        d->synapses += (int64_t)d->plan.cores.v[k].rows * d->plan.cores.v[k].cols;
    }
    d->bit_area = macro_bit_area(&d->tech);
    for (uint32_t i = 0; i < d->types.n; i++) {
        char name[32];
        snprintf(name, sizeof name, d->types.n == 1 ? "apu" : "apu_t%u", i);
        d->types.v[i].cells = cells;
        TRY(apu_build(d, &d->types.v[i], name));
    }
    return chip_build(d);
}

void design_free(Design *d)
{
    if (d->have_db) db_free(&d->db);
    if (d->have_lib) cells_library_free(&d->lib);
    if (d->have_plan) plan_free(&d->plan);
    if (d->have_tech) tech_free(&d->tech);
    arr_free(&d->select);
    arr_free(&d->rival);
    arr_free(&d->types);
    arr_free(&d->place);
    arr_free(&d->channels);
    arr_free(&d->converter.at);
    power_report_free(&d->power);
    arena_free(&d->arena);
    memset(d, 0, sizeof *d);
}
