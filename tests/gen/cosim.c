/*
 * Columns of an emitted netlist in ngspice and its crossbar in Icarus, on a plan small enough to check by hand: wires show as charge,
 * real weight cells agree with levels, and a wrong capacitor, a wrong wire, a swapped row are found.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "cells/circuit.h"
#include "gen/cosim.h"
#include "gen/cosim_int.h"
#include "gen/emit.h"
#include "gen/load.h"
#include "gen/xbar.h"
#include "tests/verify/toy_plan.h"
#include "verify/column.h"
#include "verify/ladder.h"
#include "tests/skip.h"

#define BIT(v) (1u << (v))
static const uint32_t VIEWS = BIT(EMIT_MODELS) | BIT(EMIT_SPICE_RC) | BIT(EMIT_VAMS);

static Design d;
static char dir[64], work[80];
static float x[5 * 16];
static Npy in = {.type = NPY_F32, .rank = 4, .shape = {5, 1, 4, 4}, .count = 80, .data = x};

static const CellVariant *variant(const char *function, const char *name)
{
    for (uint32_t i = 0; i < d.lib.v.n; i++)
        if (str_eq(d.lib.v.v[i].function, function) && str_eq(d.lib.v.v[i].variant, name)) return &d.lib.v.v[i];
    cr_assert(false, "no variant %s of %s", name, function);
    return NULL;
}

/* The toy plan on a crossbar of 32 × 4: one of its two blocks is joined in a conversion, the other hangs behind its open switch. */
static void setup(void)
{
    for (int i = 0; i < 80; i++) x[i] = 0.5f * (float)(i * 37 % 127 - 63);
    d = (Design){.seed = 1, .threads = 1};
    toy_plan(&d.plan);
    d.plan.arch.rows = d.plan.cores.v[0].rows = 32;
    cr_assert_eq(tech_read("n22", &d.tech), ST_OK);
    cells_variants(&d.tech, &d.lib);
    d.choice = (CellChoice){variant("synapse", "cu1f_rvt"), variant("row_driver", "x1_slvt"), variant("block_switch", "x1_slvt"),
                            variant("col_end", "r6_slvt"), variant("sar_adc", "b10"), variant("ladder", "r1k")};
    for (uint32_t i = 0; i < d.lib.v.n; i++) d.lib.v.v[i].data = (CellData){.r_ohm = 300, .c_in = 1e-16};
    tech_db_init(&d.tech, &d.db, "toy");
    ApuType *t = arr_add(&d.types);
    cr_assert_eq(cells_build(&d.db, &d.tech, &d.choice, &t->cells), ST_OK);
    d.db.top = t->xbar = xbar_build(&d.db, &t->cells, &d.plan.cores.v[0], 10, "xbar");
    cr_assert_eq(extract_cell(&d.db, &d.tech, t->xbar, &d.extract), ST_OK);
    d.n_apus = 1;
    d.apu_type = arena_array(&d.arena, uint32_t, 1);
    d.have_tech = d.have_plan = d.have_lib = d.have_db = true;
    snprintf(dir, sizeof dir, "/tmp/apugen-cosim-XXXXXX");
    cr_assert(mkdtemp(dir) != NULL);
    snprintf(work, sizeof work, "%s/work", dir);
    EmitOptions opt = {.skip = ~VIEWS};
    cr_assert_eq(emit_views(&d.db, &d.tech, &d.plan, dir, &opt, NULL), ST_OK);
}

static void teardown(void)
{
    const char *argv[] = {"rm", "-rf", dir, NULL};
    int code;
    proc_run(argv, "/", "/dev/null", 20, &code);
    design_free(&d);
}
TestSuite(cosim, .init = setup, .fini = teardown, .timeout = 600);

static void need(const char *program)
{
    if (!proc_available(program)) skip_test("%s is not installed", program);
}

/* Replace text in an emitted file; every occurrence. */
static void mutate(const char *file, const char *from, const char *to)
{
    Arena a = {0};
    Buf old = {0}, new = {0};
    const char *path = io_join(&a, dir, file);
    cr_assert_eq(io_read(path, 1u << 28, &old), ST_OK);
    uint32_t n = 0;
    for (const char *p = old.s; *p;) {
        const char *q = strstr(p, from);
        buf_put(&new, p, q ? (size_t)(q - p) : strlen(p));
        if (!q) break;
        buf_str(&new, to);
        p = q + strlen(from);
        n++;
    }
    cr_assert_gt(n, 0, "%s has no \"%s\"", file, from);
    FILE *f = fopen(path, "wb");
    fwrite(new.s, 1, new.n, f);
    fclose(f);
    buf_free(&old);
    buf_free(&new);
    arena_free(&a);
}

/* A model that knows the simulated column's gain: what is left is not a matter of one factor. */
static BehaveModel with_gain(double gain)
{
    double c = 7e-15 * 16;
    return (BehaveModel){.adc = true, .parasitics = true, .unit_cap_f = 1e-15, .step_v = d.tech.ladder_step, .settle_near = 1,
                         .settle_far = 1, .par_column_f = c / gain - c};
}

static SpiceColumn one_column(const BehaveModel *m, uint32_t vectors, SpiceResult *r)
{
    cr_assert_eq(cosim_spice_model(&d, m, dir, work, &in, 1, vectors, 1, r), ST_OK);
    cr_assert_eq(r->columns, 1);
    return r->col[0];
}

/* 1/gain = 1 + C_par/ΣC: taking the extracted wires away must raise the gain by exactly their charge. */
Test(cosim, wires_show_as_charge_and_a_wrong_capacitor_is_found)
{
    need("ngspice");
    SpiceResult with = {0}, without = {0};
    BehaveModel m = with_gain(0.8);
    SpiceColumn a = one_column(&m, 4, &with);
    cr_assert_lt(a.rms_fit_lsb, 0.2, "%g LSB about its own line", a.rms_fit_lsb);
    cr_assert(a.gain_spice > 0.6 && a.gain_spice < 0.9, "gain %g", a.gain_spice);
    cr_assert_gt(a.swing_v, 5e-3);
    double e = (a.gain_spice - 0.8) / 0.8;
    cr_assert_float_eq(a.gain_model, 0.8, 1e-9);
    cr_assert(fabs(a.rms_lsb) >= fabs(e) * 0.1 * a.swing_v / with.lsb_v, "the gain's difference must be in the residual");
    mutate("netlist_rc.sp", "\nCp:", "\n* ");
    SpiceColumn b = one_column(&m, 4, &without);
    cr_assert_eq(b.c_wires, 0);
    double c = 7e-15 * 16, wires = c / a.gain_spice - c / b.gain_spice;
    cr_assert_float_eq(wires / a.c_wires, 1, 0.02, "%g fF by charge, %g fF extracted", wires * 1e15, a.c_wires * 1e15);
    spice_free(&with);
    spice_free(&without);
    /* With its own gain the model meets the netlist; one capacitor of the emitted synapse wrong, and it does not. */
    m = with_gain(b.gain_spice);
    mutate("netlist_rc.sp", "\nCc1 bot1 COL 2e-15", "\nCc1 bot1 COL 2.4e-15");
    SpiceColumn c1 = one_column(&m, 4, &with);
    cr_assert_lt(b.rms_fit_lsb, 0.2);
    cr_assert_gt(c1.rms_fit_lsb, 5 * b.rms_fit_lsb, "%g and %g LSB", c1.rms_fit_lsb, b.rms_fit_lsb);
    cr_assert_gt(c1.rms_lsb, 1.0);
    spice_free(&with);
}

/* The short deck with real weight cells: written through word lines and bit lines, then the same vectors. */
Test(cosim, written_cells_give_the_voltage_of_levels)
{
    need("ngspice");
    Db db;
    XbarFlat *f;
    Arena a = {0};
    tech_db_init(&d.tech, &db, "toy");
    cr_assert_eq(spice_read(&db, io_join(&a, dir, "netlist_rc.sp")), ST_OK);
    cr_assert_eq(xbar_flatten(&db, "xbar", &f), ST_OK);
    cr_assert_eq(xbar_rows(f), 32);
    cr_assert_eq(xbar_columns(f), 4);
    int8_t w[16], digits[2 * 16];
    for (int i = 0; i < 16; i++) {
        w[i] = (int8_t)(i * 5 % 15 - 7);
        digits[i] = (int8_t)(i * 11 % 15 - 7);
        digits[16 + i] = (int8_t)(w[i] > 0 ? 3 : -3);
    }
    ColumnJob job = {.column = 2, .row0 = 16, .rows = 16, .w = w, .x = digits, .vectors = 2};
    ColumnDrive drive = {.r_row = 500, .c_pin = 1e-16, .t_conversion = 100e-9};
    ColumnRun level, cell;
    cr_assert_eq(column_folder(work, d.tech.model_file), ST_OK);
    cr_assert_eq(column_simulate(f, &d.tech, &job, &drive, io_join(&a, work, "level.sp"), 300, &level), ST_OK);
    job.sram = true;
    cr_assert_eq(column_simulate(f, &d.tech, &job, &drive, io_join(&a, work, "cell.sp"), 500, &cell), ST_OK);
    cr_assert_eq(cell.devices, level.devices + 16 * 24);
    double lsb = 14 * d.tech.ladder_step / 4096;
    for (int v = 0; v < 2; v++) {
        double e = (cell.v[v] - cell.v_zero - level.v[v] + level.v_zero) / lsb;
        cr_assert_lt(fabs(e), 0.2, "vector %d: %g LSB", v, e); /* 0.11 seen: the cells' nodes move by a few mV, levels do not */
    }
    cr_assert_gt(level.v[1], 0.02, "all rows pull up");
    mem_free(level.v);
    mem_free(cell.v);
    xbar_flat_free(f);
    db_free(&db);
    arena_free(&a);
}

/*
 * A row at ±7 with equal loads leaves VCM where it is: level 14 is then 150 ohm from VDD and 350 ohm from VCM (1 kohm, 0.8 V), a pole of
 * its own with driver and load. Two rows on the level see each other. A ladder without its last resistor is found.
 */
Test(cosim, rows_load_the_ladder)
{
    need("ngspice");
    Arena a = {0};
    Db db = {0};
    XbarFlat *f;
    tech_db_init(&d.tech, &db, "toy");
    cr_assert_eq(spice_read(&db, io_join(&a, dir, "netlist_rc.sp")), ST_OK);
    cr_assert_eq(xbar_flatten(&db, "xbar", &f), ST_OK);
    cr_assert_eq(column_folder(work, d.tech.model_file), ST_OK);
    double wires[64], bare[64];
    xbar_row_caps(f, 0, bare);
    xbar_row_caps(f, 1e-15, wires);
    for (int i = 0; i < 64; i++) cr_assert_float_eq(wires[i] - bare[i], 5e-15, 1e-18, "row %d has four synapses and the dummy at the end, not %g fF", i, 1e15 * (wires[i] - bare[i]));
    cr_assert_gt(bare[0], 1e-17);
    enum { ROWS = 3, VECTORS = 3 };
    int8_t digits[VECTORS * ROWS] = {7, 0, 0, 7, 7, 0, -7, 0, 0};
    double c[2 * ROWS], v[VECTORS * 2 * ROWS];
    for (int i = 0; i < 2 * ROWS; i++) c[i] = 10e-12;
    LadderJob job = {.rows = ROWS, .vectors = VECTORS, .x = digits, .c = c, .r_row = 300, .time = 8e-9};
    cr_assert_eq(ladder_simulate(f, &d.tech, &job, io_join(&a, work, "ladder.sp"), 60, v), ST_OK);
    double one = 0.28 * (1 - exp(-8e-9 / ((300 + 105) * 10e-12))), two = 0.28 * (1 - exp(-8e-9 / ((300 + 2 * 105) * 10e-12)));
    cr_assert_float_eq(v[0], one, 1e-3 * one);
    cr_assert_float_eq(v[ROWS], -one, 1e-3 * one);
    cr_assert_float_eq(v[1], 0, 1e-6, "a row at rest stays");
    cr_assert_float_eq(v[2 * ROWS], two, 1e-3 * two);
    cr_assert_float_eq(v[2 * ROWS + 1], two, 1e-3 * two);
    cr_assert_float_eq(v[4 * ROWS], -one, 1e-3 * one, "a negative digit goes down");
    xbar_flat_free(f);
    db_free(&db);
    arena_free(&a);
}

Test(cosim, a_weak_ladder_is_found)
{
    need("ngspice");
    LadderResult r;
    cr_assert_eq(cosim_ladder(&d, dir, work, &in, &r), ST_OK);
    cr_assert_eq(r.sums, 8 * 4);
    cr_assert_lt(r.worst_lsb, 0.01, "%g LSB", r.worst_lsb);
    mutate("netlist_rc.sp", "Rr14 L[13] L[14] 50", "Rr14 L[13] L[14] 5000");
    cr_assert_eq(cosim_ladder(&d, dir, work, &in, &r), ST_OK);
    cr_assert_gt(r.worst_lsb, 1, "%g LSB", r.worst_lsb);
}

/* By brute force over the plan: rows of a chunk, their digits by sign. */
Test(cosim, load_of_the_ladder)
{
    RowLoad l = load_of(&d.plan);
    double level = 0, all = 0;
    for (uint32_t i = 0; i < d.plan.tiles.n; i++) {
        const PlanTile *t = &d.plan.tiles.v[i];
        const PlanLayer *y = &d.plan.layers.v[t->layer];
        for (int32_t r0 = 0; r0 < t->rows; r0 += y->rows_per_conv) {
            double sum[2] = {0, 0};
            for (int32_t r = r0; r < r0 + y->rows_per_conv && r < t->rows; r++)
                for (int32_t q = 0; q < t->cols; q++) {
                    if (t->row_k[r] < 0 || t->col_o[q] < 0) continue;
                    int32_t w = plan_digit(y->w[(int64_t)t->col_o[q] * plan_rows(y) + t->row_k[r]], t->col_s[q]);
                    sum[(w < 0) != (t->row0 + r) % 2] += abs(w); /* as stored */
                }
            level = fmax(level, fmax(sum[0], sum[1]));
            all = fmax(all, sum[0] + sum[1]);
        }
    }
    cr_assert_float_eq(l.level, level, 1e-9);
    cr_assert_float_eq(l.all, all, 1e-9);
    cr_assert_float_eq(l.synapses, 16 * 4, 1e-9);
    CellVariant ladder = {.data = {.r_ohm = 100, .r_vcm = 50}}, synapse = {.param = {1e-12}, .data = {.c_in = 7e-12}};
    double tau = fmax(100 * level, 50 * all * 20 / 12) * 1e-12;
    cr_assert_float_eq(load_left(&l, &ladder, &synapse, 0), exp(-20e-9 / tau), 1e-9);
    cr_assert_lt(load_left(&l, &ladder, &synapse, 0), load_left(&l, &ladder, &synapse, 1e-13), "wires load too");
    ladder.data.r_vcm = NAN;
    cr_assert(isnan(load_left(&l, &ladder, &synapse, 0)), "not characterised");
}

/* A deck that cannot come to its end is told by name and counted out. */
Test(cosim, a_deck_that_fails_is_reported)
{
    need("ngspice");
    SpiceResult r = {0};
    BehaveModel m = with_gain(0.8);
    mutate("models.sp", "level=54", "level=99");
    msg_capture_begin();
    cr_assert_eq(cosim_spice_model(&d, &m, dir, work, &in, 1, 1, 1, &r), ST_VIOLATION);
    const char *text = msg_capture_end();
    cr_assert(strstr(text, "column0.sp") && strstr(text, "COS-00"), "%s", text);
    cr_assert_eq(r.columns, 0);
    spice_free(&r);
}

Test(cosim, icarus_agrees_and_finds_swapped_rows)
{
    need("iverilog");
    VamsResult r;
    cr_assert_eq(cosim_vams(&d, dir, work, &in, 4, &r), ST_OK);
    cr_assert_eq(r.codes, 16);
    cr_assert_leq(r.worst_lsb, 1);
    cr_assert_eq(r.floored, 16, "%u codes are the converter's, of 16", r.floored);
    mutate("design.vams", "output XP, XN;", "output XN, XP;");
    mutate("design.vams", "assign XP = xp;", "assign XP = xn;");
    cr_assert_eq(cosim_vams(&d, dir, work, &in, 4, &r), ST_OK);
    cr_assert_gt(r.worst_lsb, 1);
}

Test(cosim, a_view_of_another_design_is_refused)
{
    need("iverilog");
    VamsResult r;
    mutate("design.vams", "module xbar(", "module other(");
    msg_capture_begin();
    cr_assert_eq(cosim_vams(&d, dir, work, &in, 1, &r), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "COS-0020"));
}
