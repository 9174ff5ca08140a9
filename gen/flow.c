/*
 * The flow as one table. Before a stage the database's invariants are checked; time and memory of each are told with -v and in the
 * report's stderr log only, so that outputs stay the same from run to run.
 */
#include "gen/flow.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "gen/emit.h"
#include "gen/manifest.h"
#include "gen/vhdl.h"
#include "gen/version.h"
#include "verify/verify_layout.h"

/* ---- stages ------------------------------------------------------------------------------------------- */

static Status do_map(Flow *f)
{
    TRY(tech_read(f->o->tech, &f->d.tech));
    f->d.have_tech = true;
    if (f->plan_path) {
        TRY(plan_read(f->plan_path, &f->d.plan));
        f->d.have_plan = true;
    } else {
        PlanArch arch;
        TRY(arch_read(f->o->arch, &f->arena, &arch));
        TRY(onnx_read(f->network, &f->graph));
    }
    if (f->o->workload) {
        int64_t in, out;
        if (f->graph) {
            in = graph_input_count(f->graph);
            out = graph_output_count(f->graph);
        } else {
            const PlanTensor *ti = &f->d.plan.tensors.v[f->d.plan.input], *to = &f->d.plan.tensors.v[f->d.plan.output];
            in = (int64_t)ti->c * ti->h * ti->w;
            out = (int64_t)to->c * to->h * to->w;
        }
        TRY(npy_workload(f->o->workload, f->o->labels, in, out, &f->x, &f->y));
        f->have_x = true;
        f->have_y = f->o->labels != NULL;
        f->samples = (uint32_t)f->x.shape[0];
        if (f->o->samples && (uint32_t)f->o->samples < f->samples) f->samples = (uint32_t)f->o->samples;
        f->classes = (uint32_t)out;
    }
    if (!f->plan_path) {
        PlanArch arch;
        TRY(arch_read(f->o->arch, &f->arena, &arch));
        MapOptions m = {.adc_bits = (int32_t)f->o->adc_bits, .adc_gain = (int32_t)f->o->gain, .rows_per_conv = (int32_t)f->o->rows,
                        .calib = f->have_x ? &f->x : NULL, .threads = (uint32_t)f->o->threads};
        TRY(map_network(f->graph, f->network, &arch, &m, &f->d.plan));
        f->d.have_plan = true;
    }
    TRY(plan_check(&f->d.plan));
    return plan_write(&f->d.plan, io_join(&f->arena, f->stage_dir, "plan.xml"));
}

static Status do_select(Flow *f)
{
    TRY(cells_library_read(&f->d.tech, &f->d.lib));
    f->d.have_lib = true;
    TRY(stage_select(&f->d));
    report_select(f);
    return ST_OK;
}

static Status do_build(Flow *f) { return stage_build(&f->d); }
static Status do_place(Flow *f) { return stage_place(&f->d); }
static Status do_route(Flow *f) { return stage_route(&f->d); }

static Status do_extract(Flow *f)
{
    TRY(stage_extract(&f->d));
    report_layout(f);
    return ST_OK;
}

/* Own DRC and LVS: violations do not stop the flow; they are listed, and the exit code tells. */
static Status do_check(Flow *f)
{
    DrcReport drc = {0};
    LvsReport lvs = {0};
    Status st = drc_run(&f->d.db, &f->d.tech, f->d.chip, &drc);
    if (st == ST_OK) st = lvs_run(&f->d.db, f->d.chip, &lvs);
    if (st == ST_OK) {
        uint32_t n_lvs = lvs.shorts + lvs.opens + lvs.unconnected;
        f->violations += drc.total + n_lvs;
        json_object_set_new(f->report, "checks", json_pack("{s:I, s:I, s:I, s:I, s:I}", "drc", (json_int_t)drc.total, "lvs_shorts",
                            (json_int_t)lvs.shorts, "lvs_opens", (json_int_t)lvs.opens, "lvs_unconnected", (json_int_t)lvs.unconnected,
                            "lvs_nets", (json_int_t)lvs.nets));
        if (drc.total) drc_print(&drc, &f->d.db, 20);
        if (n_lvs) lvs_print(&lvs, 20);
    }
    drc_free(&drc);
    lvs_free(&lvs);
    return st;
}

static Status do_emit(Flow *f)
{
    TRY(emit_views(&f->d.db, &f->d.tech, &f->d.plan, f->stage_dir, f->o->templates));
    TRY(vhdl_write(&f->d, f->stage_dir, f->o->templates));
    return vhdl_write_program(&f->d, f->stage_dir);
}

static Status do_verify(Flow *f) { return stage_workload(f); }

typedef struct {
    const char *name;
    Status (*run)(Flow *f);
    bool db; /* the database exists afterwards: db_check */
} Stage;

static const Stage stages[] = {
    {"map", do_map, false},         /* network -> plan.xml */
    {"select", do_select, false},   /* one variant of every NN standard cell */
    {"build", do_build, true},      /* cells, crossbars, APUs, chip: netlist and hierarchy */
    {"place", do_place, true},      /* ILP over strips and orders */
    {"route", do_route, true},      /* channels, power mesh */
    {"extract", do_extract, true},  /* R and C of what was drawn */
    {"check", do_check, true},      /* own DRC and LVS */
    {"emit", do_emit, true},        /* every view */
    {"verify", do_verify, true},    /* the workload on all levels */
};

/* ---- running them ---------------------------------------------------------------------------------------- */

static Status run_stages(Flow *f)
{
    for (size_t i = 0; i < COUNTOF(stages); i++) {
        double t0 = clock_seconds();
        Status st = stages[i].run(f);
        if (st != ST_OK) return st;
        if (stages[i].db) TRY(db_check(&f->d.db));
        msg_verbose("%-8s %6.2f s  %5.0f MB", stages[i].name, clock_seconds() - t0, (double)mem_peak_rss() / 1e6);
        if (f->o->stop_after && str_eq(f->o->stop_after, stages[i].name)) break;
    }
    return ST_OK;
}

static Status known_stage(const char *name)
{
    Buf all = {0};
    bool known = name == NULL;
    for (size_t i = 0; i < COUNTOF(stages); i++) {
        known = known || str_eq(name, stages[i].name);
        buf_printf(&all, "%s%s", i ? ", " : "", stages[i].name);
    }
    Status st = known ? ST_OK : msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "--stop-after %s: want one of %s", name, all.s);
    buf_free(&all);
    return st;
}

static void flow_free(Flow *f)
{
    graph_free(f->graph);
    if (f->have_x) npy_free(&f->x);
    if (f->have_y) npy_free(&f->y);
    design_free(&f->d);
    json_decref(f->report);
    arena_free(&f->arena);
}

static Status locked(Flow *f)
{
    TRY(manifest_stage_begin(&f->arena, f->out, &f->stage_dir));
    Status st = run_stages(f);
    if (st == ST_OK) st = report_write(f);
    if (st == ST_OK) st = manifest_commit(f);
    if (st != ST_OK) manifest_stage_drop(f->stage_dir);
    return st;
}

int flow_run(const Options *o, bool from_plan)
{
    const char *what = from_plan ? "build" : "run";
    Status st = cli_need(what, from_plan ? "a plan: plan.xml" : "a network: NET.onnx", o->n_args ? o->args[0] : NULL);
    if (st == ST_OK && !from_plan) st = cli_need(what, "--arch", o->arch);
    if (st == ST_OK) st = cli_need(what, "--tech", o->tech);
    if (st == ST_OK) st = cli_need(what, "-o OUT", o->out);
    if (st == ST_OK) st = known_stage(o->stop_after);
    if (st == ST_OK && o->labels) st = cli_need(what, "--workload with --labels", o->workload);
    if (st != ST_OK) return (int)st;
    if (o->dry_run) {
        for (size_t i = 0; i < COUNTOF(stages); i++) printf("%s\n", stages[i].name);
        return ST_OK;
    }
    Flow f = {.o = o, .network = from_plan ? NULL : o->args[0], .plan_path = from_plan ? o->args[0] : NULL, .out = o->out};
    f.d.threads = (uint32_t)o->threads;
    f.d.seed = (uint64_t)o->seed;
    f.report = json_object();
    json_object_set_new(f.report, "version", json_string(APUGEN_VERSION));
    int lock = -1;
    st = io_mkdir(o->out);
    if (st == ST_OK) st = io_lock_dir(o->out, &lock);
    if (st == ST_OK && manifest_up_to_date(o, o->out)) {
        msg_info("%s is up to date with its inputs and options; nothing to do", o->out);
        st = manifest_print_report(o->out);
        io_unlock_dir(lock);
        flow_free(&f);
        return (int)st;
    }
    if (st == ST_OK) {
        st = locked(&f);
        io_unlock_dir(lock);
    }
    if (st == ST_OK) {
        report_print(&f);
        if (f.violations) st = ST_VIOLATION;
    }
    flow_free(&f);
    return (int)st;
}

int cmd_run(const Options *o) { return flow_run(o, false); }
int cmd_build(const Options *o) { return flow_run(o, true); }
