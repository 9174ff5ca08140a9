/* Crossbars and whole chips of awkward sizes: invariants, own DRC and own LVS; faults seeded afterwards are found. */
#include <criterion/criterion.h>

#include "cells/circuit.h"
#include "gen/apu.h"
#include "gen/xbar.h"
#include "verify/verify_layout.h"

static const CellVariant *first(const CellLibrary *l, const char *function, double p0)
{
    for (uint32_t i = 0; i < l->v.n; i++)
        if (str_eq(l->v.v[i].function, function) && (p0 < 0 || l->v.v[i].param[0] == p0)) return &l->v.v[i];
    cr_assert(false, "no %s", function);
    return NULL;
}

/* A dedicated chip of `n` layers without a network: only the sizes matter here. */
static void make_design(Design *d, const char *tech, const int32_t (*size)[3], uint32_t n)
{
    *d = (Design){.seed = 1, .threads = 1};
    cr_assert_eq(tech_read(tech, &d->tech), ST_OK);
    d->have_tech = d->have_lib = d->have_plan = true;
    cells_variants(&d->tech, &d->lib);
    d->choice = (CellChoice){first(&d->lib, "synapse", -1), first(&d->lib, "row_driver", -1), first(&d->lib, "block_switch", -1),
                             first(&d->lib, "col_end", -1), first(&d->lib, "sar_adc", 6), first(&d->lib, "ladder", -1)};
    d->plan = (Plan){.network = "sizes", .cycles = 1};
    d->plan.arch = (PlanArch){.name = "test", .dedicated = true, .adc_bits_max = 6, .instr_mem = 1024, .block_rows = 16, .block_cols = 4};
    arr_push(&d->plan.tensors, ((PlanTensor){"x", 8, 4, 4, 1, 0, 0, 63}));
    for (uint32_t i = 0; i < n; i++)
        arr_push(&d->plan.cores, ((PlanCore){"layer", size[i][0], size[i][1], size[i][2], 4, 2}));
}

static void build_all(Design *d)
{
    cr_assert_eq(stage_build(d), ST_OK);
    cr_assert_eq(db_check(&d->db), ST_OK);
    cr_assert_eq(stage_place(d), ST_OK);
    cr_assert_eq(stage_route(d), ST_OK);
    cr_assert_eq(db_check(&d->db), ST_OK);
}

static uint32_t drc(const Design *d)
{
    DrcReport r = {0};
    drc_run(&d->db, &d->tech, d->chip, &r);
    uint32_t n = r.v.n;
    Buf b = {0};
    drc_print(&r, &d->db, 5, &b);
    if (n) cr_log_info("%s", b.s); /* seen with --verbose; a warning would count as a failure of the program */
    buf_free(&b);
    drc_free(&r);
    return n;
}

static uint64_t lvs(const Design *d)
{
    LvsReport r = {0};
    lvs_run(&d->db, d->chip, &r);
    uint64_t n = r.n_shorts + r.n_opens;
    lvs_free(&r);
    return n;
}

static const int32_t sizes[][3] = {{31, 3, 31}, {18, 2, 18}, {26, 31, 13}, {48, 6, 16}};

Test(build, odd_sizes_are_clean_in_both_technologies)
{
    static const char *const techs[] = {"n22", "n28"};
    for (size_t t = 0; t < 2; t++) {
        Design d;
        make_design(&d, techs[t], sizes, COUNTOF(sizes));
        build_all(&d);
        cr_assert_eq(d.synapses, 31 * 3 + 18 * 2 + 26 * 31 + 48 * 6);
        cr_assert_eq(drc(&d), 0u, "%s", techs[t]);
        cr_assert_eq(lvs(&d), 0u, "%s", techs[t]);
        design_free(&d);
    }
}

Test(build, every_synapse_stands_once)
{
    Design d;
    make_design(&d, "n22", sizes, 1);
    build_all(&d);
    uint64_t n = 0;
    const DbCell *x = db_cell(&d.db, d.types.v[0].xbar);
    for (uint32_t i = 0; i < x->insts.n; i++) {
        const DbCell *m = db_cell(&d.db, x->insts.v[i].master);
        for (uint32_t k = 0; k < m->insts.n; k++)
            if (m->insts.v[k].master.i == d.types.v[0].cells.synapse.i)
                n += (uint64_t)m->insts.v[k].nx * m->insts.v[k].ny * x->insts.v[i].nx * x->insts.v[i].ny;
    }
    cr_assert_eq(n, 93u, "31 rows of 3; the added fourth column is a dummy");
    design_free(&d);
}

/* A wire moved, cut or joined after the flow must show in the checks. */
Test(build, seeded_faults_are_found)
{
    Design d;
    make_design(&d, "n22", sizes, 2);
    build_all(&d);
    DbCell *chip = db_cell(&d.db, d.chip);
    uint32_t wire = UINT32_MAX, cut = UINT32_MAX;
    for (uint32_t k = 0; k < chip->shapes.n; k++) {
        const DbShape *s = &chip->shapes.v[k];
        if (s->kind == SHAPE_VIA && s->layer.i == db_cut(&d.db, 4).i) cut = k;
        if (s->kind == SHAPE_WIRE && s->layer.i == db_metal(&d.db, 5).i && s->box.x1 - s->box.x0 > 2000) wire = k;
    }
    cr_assert(wire != UINT32_MAX && cut != UINT32_MAX);
    DbShape was = chip->shapes.v[cut];
    chip->shapes.v[cut].box = (Box){was.box.x0, -2000, was.box.x1, -2000 + (was.box.y1 - was.box.y0)};
    cr_assert_gt(lvs(&d), 0u, "a via taken away opens a net");
    cr_assert_gt(drc(&d), 0u, "a via without metal");
    db_cell(&d.db, d.chip)->shapes.v[cut] = was;
    was = db_cell(&d.db, d.chip)->shapes.v[wire];
    db_cell(&d.db, d.chip)->shapes.v[wire].box.y1 += 200;
    cr_assert_gt(lvs(&d) + drc(&d), 0u, "a track widened over its neighbour");
    db_cell(&d.db, d.chip)->shapes.v[wire] = was;
    cr_assert_eq(lvs(&d) + drc(&d), 0u);
    design_free(&d);
}
