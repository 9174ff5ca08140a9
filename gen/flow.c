/*
 * The flow as one table. Before a stage the database's invariants are checked; time and memory of each are told with -v and in the
 * report's stderr log only, so that outputs stay the same from run to run.
 */
#include "gen/flow.h"

#include "gen/converter.h"
#include "gen/emit.h"
#include "gen/manifest.h"
#include "gen/model.h"
#include "gen/reference.h"
#include "gen/vhdl.h"
#include "gen/version.h"
#include "mapper/program.h"
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
        double noise[17];
        MapOptions m = {.noise = model_noise(&f->d.tech, noise) ? noise : NULL, .column = model_column(&f->d.tech), .adc_bits = (int32_t)f->o->adc_bits, .adc_gain = (int32_t)f->o->gain, .rows_per_conv = (int32_t)f->o->rows, .repeats = (int32_t)f->o->repeats,
                        .calib = f->have_x ? &f->x : NULL, .threads = (uint32_t)f->o->threads};
        int32_t strategy;
        TRY(cli_strategy(f->o, false, &strategy));
        m.strategy = (MapStrategy)strategy;
        TRY(cli_digits(f->o, &m.fill, &m.fill_slices, &m.fill_digits));
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
    f->d.family_wanted = f->o->family;
    f->d.typical_only = f->o->corners && str_eq(f->o->corners, "typical");
    TRY(stage_select(&f->d));
    report_select(f);
    bool last = f->o->stop_after && str_eq(f->o->stop_after, "select");
    return f->d.family[1].chosen && last ? stage_workload_current(f) : ST_OK;
}

static Status do_build(Flow *f) { return stage_build(&f->d); }
static Status do_place(Flow *f) { return stage_place(&f->d); }
static Status do_route(Flow *f) { return stage_route(&f->d); }

/* Leaf cells as polygons, and a crossbar of 2 × 2 small blocks, where each has every neighbour that it can have. They are judged here, one by
 * one and there, like a library, whatever chip they come into. */
static Status do_draw(Flow *f)
{
    static const PlanCore part = {.rows = 8, .cols = 4, .block_rows = 4, .block_cols = 2, .cols_per_adc = 2};
    json_t *table;
    Buf why = {0};
    TRY(leaves_draw(&f->d.tech, &f->d.choice, &part, (uint32_t)f->o->threads, &f->leaves));
    f->leaf_faults = leaves_check(&f->leaves, &f->d.tech, (uint32_t)f->o->threads, &table, &why);
    f->violations += (uint32_t)f->leaf_faults;
    json_object_set_new(f->report, "drawn", table);
    if (why.n) msg_info("%s", why.s);
    buf_free(&why);
    return ST_OK;
}

static Status do_extract(Flow *f)
{
    if (leaves_drawn(&f->leaves, f->leaves.cells.synapse)) drawn_synapse(&f->leaves.db, &f->d.tech, f->leaves.cells.synapse, f->d.choice.synapse->param[0], &f->d.synapse_wires);
    bool converter = leaves_drawn(&f->leaves, f->leaves.cells.sar_adc);
    if (f->d.vref_drop) reference_judge(&f->d, converter ? &f->leaves.db : NULL, f->leaves.cells.sar_adc);
    TRY(stage_extract(&f->d));
    TRY(converter_measure(&f->d, &f->leaves));
    json_object_set_new(f->report, "converter", converter_json(&f->d));
    f->violations += f->d.converter.over;
    report_layout(f);
    return f->d.family[1].chosen ? report_lines(f) : ST_OK;
}

/* Own judges of the chip; they only read it. */
typedef struct {
    const Design *d;
    DrcReport drc, whole, dense;
    DrcDensities density;
    LvsReport lvs;
} Checks;

static Status run_check(void *ctx, uint32_t i)
{
    Checks *c = ctx;
    const Db *db = &c->d->db;
    Status st = ST_OK;
    if (i == 0) st = lvs_run(db, c->d->chip, &c->lvs);
    if (i == 1) st = drc_whole(db, &c->d->tech, c->d->chip, &c->whole);
    if (i == 2) st = drc_density(db, &c->d->tech, c->d->chip, &c->density, &c->dense);
    return st == ST_VIOLATION ? ST_OK : st;
}

/* Densities are reported, not counted: fill is drawn when the analog cells are signed off, and it changes their parasitics. */
static json_t *density_json(const Checks *c)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < c->density.v.n; i++) {
        const DrcDensity *x = &c->density.v.v[i];
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:[iiii]}", "layer", db_name(&c->d->db, c->d->db.layers.v[x->layer.i].name), "windows",
                              (json_int_t)x->windows, "below", (json_int_t)x->below, "above", (json_int_t)x->above, "least", x->least, "mean", x->mean, "most", x->most,
                              "least_at", x->least_at.x0, x->least_at.y0, x->least_at.x1, x->least_at.y1));
    }
    return list;
}

/* Own DRC and LVS: violations do not stop the flow; they are listed, and the exit code tells. */
static Status do_check(Flow *f)
{
    Checks c = {.d = &f->d};
    Status st = drc_run(&f->d.db, &f->d.tech, f->d.chip, &c.drc); /* on all threads itself */
    if (st == ST_VIOLATION) st = ST_OK;
    if (st == ST_OK) st = par_for(3, (uint32_t)f->o->threads, run_check, &c);
    if (st == ST_OK) {
        Buf why = {0};
        uint64_t n_lvs = c.lvs.n_shorts + c.lvs.n_opens; /* a loose pin is a piece of an open */
        uint32_t n_drc = c.drc.v.n + c.whole.v.n;
        f->violations += n_drc + (uint32_t)n_lvs;
        json_object_set_new(f->report, "checks", json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "drc", (json_int_t)n_drc, "lvs_shorts",
                            (json_int_t)c.lvs.n_shorts, "lvs_opens", (json_int_t)c.lvs.n_opens, "lvs_unconnected", (json_int_t)c.lvs.n_pins,
                            "lvs_nets", (json_int_t)c.lvs.nets, "leaves", (json_int_t)f->leaf_faults));
        json_object_set_new(f->report, "density", density_json(&c));
        if (c.drc.v.n) drc_print(&c.drc, &f->d.db, 20, &why);
        if (c.whole.v.n) drc_print(&c.whole, &f->d.db, 20, &why);
        if (n_lvs) lvs_print(&c.lvs, &f->d.db, 20, &why);
        if (why.n) msg_info("%s", why.s);
        buf_free(&why);
    }
    drc_free(&c.drc);
    drc_free(&c.whole);
    drc_free(&c.dense);
    arr_free(&c.density.v);
    lvs_free(&c.lvs);
    return st;
}

/* What the wires of the drawn synapse couple to its column, for every synapse of the design, and what those of the drawn converter add at its input: they see
 * nets that move little while a column is taken, and stand there to ground. */
static uint32_t leaf_wires(Flow *f, EmitWire **out)
{
    SynapseCoupling c[SYNAPSE_COUPLINGS];
    uint32_t per = synapse_couplings(&f->d.synapse_wires, c), n = 0;
    double input = model_input_wires(&f->d);
    *out = arena_array(&f->arena, EmitWire, (size_t)(per + 1) * f->d.db.cells.n + 1);
    for (uint32_t i = 0; i < f->d.db.cells.n; i++) {
        const DbCell *x = &f->d.db.cells.v[i];
        const char *function = db_name(&f->d.db, x->function);
        if (x->kind != CELL_LEAF) continue;
        for (uint32_t k = 0; k < per && str_eq(function, "synapse"); k++) (*out)[n++] = (EmitWire){{i}, c[k].net, "COL", c[k].farad};
        if (str_eq(function, "sar_adc") && input > 0) (*out)[n++] = (EmitWire){{i}, "in", "VSS", input};
    }
    return n;
}

static Status do_emit(Flow *f)
{
    EmitWire *wires;
    uint32_t n = leaf_wires(f, &wires);
    bool current = f->d.family[1].chosen;
    EmitOptions opt = {.templates = f->o->templates, .power = &f->d.power, .wires = wires, .n_wires = n, .skip = 1u << EMIT_HTML};
    if (current) opt.skip |= 1u << EMIT_VAMS | 1u << EMIT_VAMS_TB;
    TRY(emit_views(&f->d.db, &f->d.tech, &f->d.plan, f->stage_dir, &opt, NULL));
    leaves_put(&f->leaves, &f->d.db); /* the other views have abstracts */
    Status st = gds_write(&f->d.db, io_join(&f->arena, f->stage_dir, "design.gds"));
    leaves_take(&f->leaves, &f->d.db);
    TRY(st);
    if (current) {
        msg_info("current family: no controller for its pulses and its zero column yet, so no design.vhd, no instructions.bin, no design.vams, no co-simulation");
        return ST_OK;
    }
    TRY(vhdl_write(&f->d, f->stage_dir, f->o->templates));
    return program_write(&f->d.plan, false, f->stage_dir);
}

static Status do_verify(Flow *f) { return f->d.family[1].chosen ? stage_workload_current(f) : stage_workload(f); }

typedef struct {
    const char *name;
    Status (*run)(Flow *f);
    bool db; /* the database exists afterwards: db_check */
} Stage;

static const Stage stages[] = {
    {"map", do_map, false},         /* network -> plan.xml */
    {"select", do_select, false},   /* one variant of every NN standard cell */
    {"build", do_build, true},      /* cells, crossbars, APUs, chip: netlist and hierarchy */
    {"place", do_place, true},      /* exact orders and strips */
    {"route", do_route, true},      /* channels, power mesh */
    {"draw", do_draw, false},       /* leaf cells as polygons, judged */
    {"extract", do_extract, true},  /* R and C of what was drawn */
    {"check", do_check, true},      /* own DRC and LVS */
    {"emit", do_emit, true},        /* every view */
    {"verify", do_verify, true},    /* the workload on all levels */
};


/* ---- running them ---------------------------------------------------------------------------------------- */

static Status run_stages(Flow *f)
{
    for (size_t i = 0; i < COUNTOF(stages); i++) {
        double t0 = clock_seconds(), cpu0 = clock_cpu_seconds();
        Status st = stages[i].run(f);
        if (st != ST_OK) return st;
        if (stages[i].db) TRY(db_check(&f->d.db));
        msg_verbose("%-8s %6.2f s  %6.2f s of CPU  %5.0f MB", stages[i].name, clock_seconds() - t0, clock_cpu_seconds() - cpu0, (double)mem_peak_rss() / 1e6);
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
    leaves_free(&f->leaves);
    design_free(&f->d);
    json_decref(f->report);
    iss_clocks_free(&f->clock);
    arena_free(&f->arena);
}

static Status locked(Flow *f)
{
    TRY(manifest_stage_begin(&f->arena, f->out, &f->stage_dir));
    f->view_dir = f->stage_dir;
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
    if (st == ST_OK) st = cli_single(what, o);
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
    json_object_set_new(f.report, "tech", json_string(o->tech));
    json_object_set_new(f.report, "corners", json_string(o->corners ? o->corners : "")); /* how cells were chosen: verify makes the design again */
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

/* ---- verify a finished design --------------------------------------------------------------------------------- */

/* Made again, every view must come out as the bytes that OUT holds: then OUT is the design that is about to be simulated. */
static Status compare_views(Flow *f)
{
    static const char *const views[] = {"plan.xml", "netlist.sp", "netlist_rc.sp", "design.spef", "design.vams", "design.vhd", "design.def",
                                        "cells.lef", "tech.lef", "design.gds", "models.sp", "electrical.vams", "tb_design.vhd",
                                        "tb_design.vams", "layout.svg", "power.svg", "instructions.bin", "instructions.lst"};
    Status worst = ST_OK;
    for (size_t i = 0; i < COUNTOF(views); i++) {
        char a[65], b[65];
        TRY(sha256_file(io_join(&f->arena, f->out, views[i]), a));
        TRY(sha256_file(io_join(&f->arena, f->stage_dir, views[i]), b));
        if (str_eq(a, b)) continue;
        worst = msg_error(ST_VIOLATION, "VER-0002", (Loc){io_join(&f->arena, f->out, views[i]), 0, 0},
                          "is not what this plan and technology give: edited, or made by another version");
    }
    return worst;
}

/* What the run that made OUT committed must still be there, byte by byte: also what no other file follows from, like the plan. */
static Status compare_manifest(Flow *f)
{
    json_t *m = json_load_file(io_join(&f->arena, f->out, "manifest.json"), 0, NULL);
    const json_t *outs = json_object_get(m, "outputs");
    Status worst = outs ? ST_OK : msg_error(ST_INPUT, "MDL-0002", (Loc){f->out, 0, 0}, "holds no manifest.json of a finished design");
    for (size_t i = 0; i < json_array_size(outs); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(outs, i), "name"));
        const char *want = json_string_value(json_object_get(json_array_get(outs, i), "sha256"));
        char hex[65] = "";
        const char *path = io_join(&f->arena, f->out, name ? name : "");
        Status st = sha256_file(path, hex); /* a file that is gone: IO-0001 */
        if (st != ST_OK) worst = st;
        else if (!want || !str_eq(hex, want))
            worst = msg_error(ST_VIOLATION, "VER-0002", (Loc){path, 0, 0}, "is not what the run that made it committed: edited since");
    }
    json_decref(m);
    return worst;
}

static Status verify_locked(Flow *f)
{
    TRY(compare_manifest(f));
    TRY(manifest_stage_begin(&f->arena, f->out, &f->stage_dir));
    f->view_dir = f->stage_dir;
    Status st = ST_OK;
    for (size_t i = 0; i + 1 < COUNTOF(stages) && st == ST_OK; i++) st = stages[i].run(f);
    if (st == ST_OK) st = compare_views(f);
    f->view_dir = f->out;
    if (st == ST_OK) st = stage_workload(f);
    if (st == ST_OK) report_kpi(f);
    manifest_stage_drop(f->stage_dir);
    return st;
}

int flow_verify(const Options *o)
{
    Status st = cli_need("verify", "a design: OUT", o->n_args ? o->args[0] : NULL);
    if (st != ST_OK) return (int)st;
    Flow f = {.o = o, .out = o->args[0]};
    Options own = *o;
    json_t *old = json_load_file(io_join(&f.arena, f.out, "report.json"), 0, NULL);
    const char *tech = json_string_value(json_object_get(old, "tech"));
    if (json_is_true(json_object_get(json_array_get(json_object_get(old, "families"), 1), "chosen"))) {
        json_decref(old);
        return (int)msg_error(ST_INPUT, "SEL-0003", (Loc){o->args[0], 0, 0}, "is a design of the current family: verified when it is made, not again from its files");
    }
    if (!own.tech) own.tech = tech;
    const char *corners = json_string_value(json_object_get(old, "corners"));
    if (corners && *corners) own.corners = corners;
    if (!own.tech) st = msg_error(ST_INPUT, "MDL-0002", (Loc){f.out, 0, 0}, "holds no report.json of a finished design");
    f.o = &own;
    f.plan_path = io_join(&f.arena, f.out, "plan.xml");
    f.d.threads = (uint32_t)o->threads;
    f.d.seed = (uint64_t)o->seed;
    f.report = json_object();
    int lock = -1;
    if (st == ST_OK) st = io_lock_dir(f.out, &lock);
    if (st == ST_OK) {
        st = verify_locked(&f);
        io_unlock_dir(lock);
    }
    if (st == ST_OK) report_print(&f);
    if (st == ST_OK && f.violations) st = ST_VIOLATION;
    flow_free(&f);
    json_decref(old);
    return (int)st;
}

int cmd_verify(const Options *o) { return flow_verify(o); }
int cmd_run(const Options *o) { return flow_run(o, false); }
int cmd_build(const Options *o) { return flow_run(o, true); }
