/*
 * Verification by workload: the same labelled inputs on every level from the float network to the extracted circuit with
 * mismatch, so that each step's loss stands by itself; then the emitted VHDL and netlist against these models.
 */
#include <math.h>
#include <time.h>

#include "gen/cosim.h"
#include "gen/flow.h"
#include "gen/vhdl.h"
#include "mapper/program.h"
#include "verify/iss.h"

enum { CHIPS = 3 }; /* simulated chips with their own mismatch */

static json_t *accuracy(Flow *f)
{
    json_t *a = json_object_get(f->report, "accuracy");
    if (!a) {
        a = json_array();
        json_object_set_new(f->report, "accuracy", a);
    }
    return a;
}

static void row(Flow *f, const char *step, const char *how, uint32_t right)
{
    json_array_append_new(accuracy(f), json_pack("{s:s, s:s, s:I, s:I}", "step", step, "how", how, "right", (json_int_t)right, "of",
                                                 (json_int_t)f->samples));
}

static uint32_t correct_f32(const Flow *f, const float *y)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < f->samples; i++) {
        const float *v = y + (size_t)i * f->classes;
        uint32_t best = 0;
        for (uint32_t k = 1; k < f->classes; k++)
            if (v[k] > v[best]) best = k;
        right += (double)best == npy_get(&f->y, i);
    }
    return right;
}

/* The first `samples` of the workload as an array of its own. */
static Npy head_of(const Npy *x, uint32_t samples)
{
    Npy h = *x;
    h.count = x->count / x->shape[0] * samples;
    h.shape[0] = samples;
    return h; /* data is borrowed: not to be freed */
}

static Status step_float(Flow *f, const Npy *x, const char *path, const char *step, const char *how)
{
    Graph *g = NULL;
    float *y = NULL;
    TRY(onnx_read(path, &g));
    Status st = graph_infer(g, x, f->d.threads, &y);
    if (st == ST_OK) row(f, step, how, correct_f32(f, y));
    mem_free(y);
    graph_free(g);
    return st;
}

static void outputs_to_codes(const Flow *f, const double *y64, const float *y32, int32_t *q, uint32_t n)
{
    const PlanTensor *t = &f->d.plan.tensors.v[f->d.plan.output];
    for (uint32_t i = 0; i < n * f->classes; i++) q[i] = (int32_t)lrint((y64 ? y64[i] : (double)y32[i]) / t->scale) + t->zp;
}

static Status step_behave(Flow *f, const Npy *x, const BehaveModel *m, uint32_t chip, BehaveResult *r)
{
    return behave_run(&f->d.plan, m, x, f->samples, f->d.seed, chip, f->d.threads, r);
}

/* ---- the controller's program in the instruction simulator ------------------------------------------------- */

static bool instructions_agree(Flow *f, const char *how, const int32_t *got, const int32_t *want)
{
    for (size_t i = 0; i < (size_t)f->samples * f->classes; i++)
        if (got[i] != want[i]) {
            f->violations++;
            msg_warn("VER-0003", (Loc){0}, "instruction simulator and %s disagree, sample %zu: %d, %d", how, i / f->classes, got[i], want[i]);
            return false;
        }
    return true;
}

static uint32_t correct_codes(const Flow *f, const int32_t *q)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < f->samples; i++) {
        uint32_t best = 0;
        for (uint32_t k = 1; k < f->classes; k++)
            if (q[(size_t)i * f->classes + k] > q[(size_t)i * f->classes + best]) best = k;
        right += (double)best == npy_get(&f->y, i);
    }
    return right;
}

static json_t *clocks_json(const Flow *f, const IssClocks *c)
{
    json_t *layers = json_array(), *apus = json_array();
    for (uint32_t i = 0; i < f->d.plan.layers.n; i++)
        json_array_append_new(layers, json_pack("{s:s, s:I}", "layer", f->d.plan.layers.v[i].name, "clocks", (json_int_t)c->layer[i]));
    for (uint32_t i = 0; i < c->apus; i++) json_array_append_new(apus, json_integer((json_int_t)c->apu[i]));
    json_t *j = json_object();
    const struct {
        const char *name;
        uint64_t v;
    } rows[] = {{"clocks", c->clocks}, {"first_clocks", c->first}, {"instructions", c->instructions}, {"bus", c->bus}, {"ring", c->ring},
                {"digital", c->digital}, {"wait_apu", c->wait_apu}, {"wait_bus", c->wait_bus}, {"wait_weights", c->wait_weights},
                {"pages", c->pages}, {"loads", c->loads}};
    for (size_t i = 0; i < COUNTOF(rows); i++) json_object_set_new(j, rows[i].name, json_integer((json_int_t)rows[i].v));
    json_object_set_new(j, "apu_converting", apus);
    json_object_set_new(j, "layers", layers);
    return j;
}

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One run of every sample: with ideal columns (compiled for them, in a folder of its own), and the program as emitted. */
static Status run_instructions(Flow *f, const Npy *x, bool exact, const int32_t *want)
{
    const char *dir = exact ? io_join(&f->arena, f->stage_dir, ".iss_exact") : f->view_dir;
    if (exact) {
        TRY(io_mkdir(dir));
        TRY(program_write(&f->d.plan, true, dir));
    }
    Iss *s;
    TRY(iss_read(io_join(&f->arena, dir, "instructions.bin"), &s));
    assert(iss_outputs(s) == f->classes && iss_layers(s) == f->d.plan.layers.n);
    size_t n_in = iss_inputs(s);
    int32_t *in = mem_calloc(n_in * f->samples, sizeof *in), *out = mem_calloc((size_t)f->classes * f->samples, sizeof *out);
    for (uint32_t i = 0; i < f->samples; i++) plan_quantise_input(&f->d.plan, x, i, in + n_in * i);
    double t0 = processor_seconds();
    iss_run(s, exact, in, f->samples, f->d.threads, out);
    msg_verbose("instruction simulator, %s: %u inferences, %.2f s of processor time", exact ? "exact" : "nominal converter", f->samples, processor_seconds() - t0);
    bool same = instructions_agree(f, exact ? "integer network" : "behavioural simulator with the nominal converter", out, want);
    IssClocks c;
    iss_clocks(s, &c);
    json_t *j = clocks_json(f, &c);
    f->iss[!exact] = c;
    f->iss[!exact].layer = NULL;
    iss_clocks_free(&c);
    json_object_set_new(j, "columns", json_string(exact ? "exact" : "nominal converter"));
    json_object_set_new(j, "samples", json_integer(f->samples));
    json_object_set_new(j, "equal", json_boolean(same));
    if (f->have_y) json_object_set_new(j, "right", json_integer(correct_codes(f, out)));
    json_t *list = json_object_get(f->report, "instructions");
    if (!list) json_object_set_new(f->report, "instructions", list = json_array());
    json_array_append_new(list, j);
    mem_free(in);
    mem_free(out);
    iss_free(s);
    return ST_OK;
}

/* Both simulations of the emitted VHDL, side by side: ideal columns and the nominal converter. */
typedef struct {
    Flow *f;
    const Npy *x;
    const int32_t *expect[2];
    const char *work[2];
    uint32_t n;
    GhdlResult r[2];
} GhdlJob;

static Status one_ghdl(void *ctx, uint32_t i)
{
    GhdlJob *j = ctx;
    /* GHDL takes 0.1 ms a clock for six crossbars; ten times that before it is given up */
    double timeout = 600 + 1e-3 * j->n * (double)j->f->iss[i].clocks;
    return vhdl_run(&j->f->d, j->f->view_dir, j->work[i], j->x, j->n, i == 0, j->expect[i], timeout, &j->r[i]);
}

static Status step_ghdl(Flow *f, const Npy *x, const int32_t *q_exact, const int32_t *q_adc, uint32_t n)
{
    GhdlJob j = {.f = f, .x = x, .expect = {q_exact, q_adc}, .n = n};
    j.work[0] = io_join(&f->arena, f->stage_dir, ".ghdl_exact");
    j.work[1] = io_join(&f->arena, f->stage_dir, ".ghdl_adc");
    TRY(par_for(2, f->d.threads, one_ghdl, &j));
    json_t *list = json_array();
    for (int i = 0; i < 2; i++) {
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "columns", i == 0 ? "exact" : "nominal converter", "samples",
                                              (json_int_t)j.r[i].samples, "equal", (json_int_t)j.r[i].equal, "clocks", (json_int_t)j.r[i].clocks,
                                              "bus", (json_int_t)j.r[i].bus, "ring", (json_int_t)j.r[i].ring));
        if (j.r[i].equal != n) f->violations++;
        const IssClocks *c = &f->iss[i];
        if (j.r[i].bus != c->bus || j.r[i].ring != c->ring) {
            f->violations++;
            msg_warn("VER-0004", (Loc){0}, "the emitted VHDL puts %llu commands on the bus and %llu words on the ring, the instruction simulator %llu and %llu",
                     (unsigned long long)j.r[i].bus, (unsigned long long)j.r[i].ring, (unsigned long long)c->bus, (unsigned long long)c->ring);
        }
        if (j.r[i].first_clocks != c->first || (n > 1 && j.r[i].clocks != c->clocks)) {
            f->violations++;
            msg_warn("VER-0004", (Loc){0}, "the emitted VHDL takes %llu clocks, then %llu, the instruction simulator %llu, then %llu",
                     (unsigned long long)j.r[i].first_clocks, (unsigned long long)j.r[i].clocks, (unsigned long long)c->first, (unsigned long long)c->clocks);
        }
    }
    json_object_set_new(f->report, "ghdl", list);
    return ST_OK;
}

static Status steps_ideal(Flow *f, const Npy *x, int32_t *q_exact, int32_t *q_adc)
{
    float *y = NULL;
    TRY(plan_infer_exact(&f->d.plan, x, f->d.threads, &y));
    if (f->have_y) row(f, "mapped", plan_filled(&f->d.plan) ? "integers that fill digits, not the network's; ideal columns" : "integers on crossbars, ideal columns", correct_f32(f, y));
    outputs_to_codes(f, NULL, y, q_exact, f->samples);
    /* The behavioural simulator with ideal columns is written apart from the mapper: both must agree on every output. */
    BehaveModel ideal = {.step_v = f->d.tech.ladder_step};
    BehaveResult r = {0};
    TRY(step_behave(f, x, &ideal, 0, &r));
    const PlanTensor *t = &f->d.plan.tensors.v[f->d.plan.output];
    for (size_t i = 0; i < (size_t)f->samples * f->classes; i++)
        if (fabs(r.y[i] - (double)y[i]) > 0.25 * t->scale) {
            f->violations++;
            msg_warn("VER-0001", (Loc){0}, "behavioural simulator and integer network disagree with ideal columns, sample %zu",
                     i / f->classes);
            break;
        }
    mem_free(y);
    behave_free(&r);
    ideal.adc = true;
    TRY(step_behave(f, x, &ideal, 0, &r));
    if (f->have_y) row(f, "ADC", "ideal converter of the plan's resolution, gain and rows", behave_correct(r.y, f->samples, f->classes, &f->y));
    json_object_set_new(f->report, "conversions", json_pack("{s:I, s:I}", "per_inference", (json_int_t)(r.conversions / f->samples),
                                                            "clipped_ppm", (json_int_t)(1000000.0 * (double)r.clipped / (double)r.conversions)));
    outputs_to_codes(f, r.y, NULL, q_adc, f->samples);
    behave_free(&r);
    return ST_OK;
}

/* Several chips, each with its own mismatch. */
static Status steps_chips(Flow *f, const Npy *x, const BehaveModel *m)
{
    BehaveResult r = {0};
    uint32_t sum = 0, worst = UINT32_MAX;
    json_t *chips = json_array();
    json_object_set_new(f->report, "chips", chips);
    for (uint32_t chip = 1; chip <= CHIPS; chip++) {
        TRY(step_behave(f, x, m, chip, &r));
        uint32_t right = behave_correct(r.y, f->samples, f->classes, &f->y);
        behave_free(&r);
        json_array_append_new(chips, json_integer(right));
        sum += right;
        if (right < worst) worst = right;
    }
    row(f, "mismatch", "and mismatch and noise: mean of 3 chips", (sum + CHIPS / 2) / CHIPS);
    row(f, "worst chip", "of those 3", worst);
    return ST_OK;
}

static Status steps_real(Flow *f, const Npy *x)
{
    TRY(model_of(&f->d, &f->model));
    f->have_model = true;
    json_object_set_new(f->report, "model", model_json(&f->model));
    if (!f->have_y) return ST_OK;
    BehaveModel m = f->model;
    BehaveResult r = {0};
    m.mismatch = m.noise = false;
    TRY(step_behave(f, x, &m, 0, &r));
    row(f, "parasitics", "with extracted wires and characterised settling", behave_correct(r.y, f->samples, f->classes, &f->y));
    behave_free(&r);
    TRY(steps_chips(f, x, &f->model));
    return stage_corners(f, x);
}

/* Lines with their wires in ngspice. */
static Status step_lines(Flow *f, const Npy *x, const BehaveModel *m)
{
    SpiceResult r = {0};
    Status st = cosim_lines(&f->d, m, x, (uint32_t)f->o->spice, 4, f->d.threads, &r);
    if (st == ST_OK) {
        json_object_set_new(f->report, "lines_spice", spice_json(&r));
        if (r.rms_lsb > 1.0) f->violations++;
    }
    spice_free(&r);
    return st;
}

Status stage_workload_current(Flow *f)
{
    if (!f->have_y) {
        if (f->have_lines) msg_info("no labelled workload given: the circuit's accuracy is not measured (--workload X.npy --labels Y.npy)");
        return ST_OK;
    }
    Npy x = head_of(&f->x, f->samples);
    size_t n = (size_t)f->samples * f->classes;
    int32_t *q = mem_calloc(2 * n, sizeof *q);
    BehaveModel m;
    Status st = model_of_current(&f->d, &m);
    if (st == ST_OK) st = steps_ideal(f, &x, q, q + n);
    mem_free(q);
    if (st == ST_OK) st = steps_chips(f, &x, &m);
    return st == ST_OK && f->have_lines && f->o->spice > 0 ? step_lines(f, &x, &m) : st;
}

/* One crossbar of the emitted Verilog-AMS in Icarus. */
static Status step_vams(Flow *f, const Npy *x)
{
    VamsResult r = {0};
    TRY(cosim_vams(&f->d, f->view_dir, io_join(&f->arena, f->stage_dir, ".vams"), x, 4, &r));
    json_object_set_new(f->report, "verilog_ams", vams_json(&r));
    if (r.worst_lsb > 1.0) f->violations++;
    return ST_OK;
}

static Status step_spice(Flow *f, const Npy *x, uint32_t columns)
{
    SpiceResult r = {0};
    const char *work = io_join(&f->arena, f->stage_dir, ".spice");
    uint32_t vectors = columns >= 8 ? 16 : 4;
    Status st = cosim_spice(&f->d, f->view_dir, work, x, columns, vectors, f->d.threads, &r);
    if (st == ST_OK) {
        json_object_set_new(f->report, "spice", spice_json(&r));
        if (r.rms_lsb > 1.0) f->violations++;
    }
    spice_free(&r);
    LadderResult l;
    if (st == ST_OK) st = cosim_ladder(&f->d, f->view_dir, work, x, &l);
    if (st == ST_OK) {
        json_object_set_new(f->report, "ladder", ladder_json(&l));
        if (l.worst_lsb > 1.0) f->violations++;
    }
    return st;
}

/* Clocks of the program as emitted: with or without a workload. */
static Status program_clocks(Flow *f)
{
    Iss *s;
    TRY(iss_read(io_join(&f->arena, f->view_dir, "instructions.bin"), &s));
    iss_clocks(s, &f->clock);
    IssMemory m = iss_memory(s);
    json_object_set_new(f->report, "program", json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "pages", (json_int_t)m.pages, "words", (json_int_t)m.words,
                                                        "fullest_page", (json_int_t)m.fullest, "page_words", (json_int_t)m.limit, "fullest_apu",
                                                        (json_int_t)m.apu_fullest, "apu_words", (json_int_t)m.apu_limit, "paged_in", (json_int_t)f->clock.pages));
    iss_free(s);
    return ST_OK;
}

Status stage_workload(Flow *f)
{
    TRY(program_clocks(f));
    if (!f->have_x) {
        msg_info("no workload given: the circuit's accuracy is not measured (--workload X.npy --labels Y.npy)");
        TRY(model_of(&f->d, &f->model));
        f->have_model = true;
        json_object_set_new(f->report, "model", model_json(&f->model));
        return ST_OK;
    }
    Npy x = head_of(&f->x, f->samples);
    if (f->have_y && f->o->float_net) TRY(step_float(f, &x, f->o->float_net, "float", "float network, ONNX semantics"));
    if (f->have_y && f->network) TRY(step_float(f, &x, f->network, "network", "as given, ONNX semantics"));
    uint32_t n_hdl = f->o->hdl > 0 ? (uint32_t)f->o->hdl : 0;
    if (n_hdl > f->samples) n_hdl = f->samples;
    size_t q_size = (size_t)f->samples * f->classes;
    int32_t *q_exact = mem_calloc(q_size, sizeof *q_exact), *q_adc = mem_calloc(q_size, sizeof *q_adc);
    Status st = steps_ideal(f, &x, q_exact, q_adc);
    if (st == ST_OK) st = run_instructions(f, &x, true, q_exact);
    if (st == ST_OK) st = run_instructions(f, &x, false, q_adc);
    if (st == ST_OK) st = steps_real(f, &x);
    if (st == ST_OK && n_hdl) st = step_ghdl(f, &x, q_exact, q_adc, n_hdl);
    if (st == ST_OK && n_hdl) st = step_vams(f, &x);
    if (st == ST_OK && f->o->spice > 0) st = step_spice(f, &x, (uint32_t)f->o->spice);
    mem_free(q_exact);
    mem_free(q_adc);
    return st;
}
