/* Commands on the network alone: map, infer, explore. */
#include <math.h>

#include "gen/cli.h"
#include "gen/kpi.h"
#include "gen/model.h"
#include "gen/profile.h"
#include "mapper/mapper.h"
#include "verify/behave.h"

/* Network, architecture and, if given, a workload to calibrate with. */
typedef struct {
    Graph *g;
    PlanArch arch;
    Npy x, y;
    bool have_x, have_y;
    double step_v;       /* of the technology, if one was given */
    double noise[17];    /* of its converters, see model_noise */
    bool have_noise;
    MapColumn column;    /* see model_column */
    bool fill;           /* see MapOptions */
    int32_t fill_slices, fill_digits;
    Arena arena;
} Job;

static void job_free(Job *j)
{
    graph_free(j->g);
    if (j->have_x) npy_free(&j->x);
    if (j->have_y) npy_free(&j->y);
    arena_free(&j->arena);
}

static Status job_read(const Options *o, Job *j)
{
    TRY(cli_need("this command", "a network: NET.onnx", o->n_args ? o->args[0] : NULL));
    TRY(cli_digits(o, &j->fill, &j->fill_slices, &j->fill_digits));
    TRY(onnx_read(o->args[0], &j->g));
    if (o->arch) TRY(arch_read(o->arch, &j->arena, &j->arch));
    if (o->tech) {
        Tech t = {0};
        TRY(tech_read(o->tech, &t));
        j->step_v = t.ladder_step;
        j->have_noise = model_noise(&t, j->noise);
        j->column = model_column(&t);
        tech_free(&t);
    }
    if (!o->workload) return ST_OK;
    TRY(npy_workload(o->workload, o->labels, graph_input_count(j->g), graph_output_count(j->g), &j->x, &j->y));
    j->have_x = true;
    j->have_y = o->labels != NULL;
    return ST_OK;
}

static MapOptions map_options(const Options *o, const Job *j)
{
    return (MapOptions){.fill = j->fill, .fill_slices = j->fill_slices, .fill_digits = j->fill_digits, .column = j->column, .adc_bits = (int32_t)o->adc_bits, .adc_gain = (int32_t)o->gain, .rows_per_conv = (int32_t)o->rows, .repeats = (int32_t)o->repeats,
                        .noise = j->have_noise ? j->noise : NULL, .calib = j->have_x ? &j->x : NULL, .threads = (uint32_t)o->threads};
}

static double gap(int64_t value, int64_t bound) { return value > 0 ? 100.0 * (double)(value - bound) / (double)value : 0; }

/* Clocks of the same plan with every layer once. */
static uint64_t without_copies(const Plan *p)
{
    Plan once = *p;
    memset(&once.tiles, 0, sizeof once.tiles);
    for (uint32_t i = 0; i < p->tiles.n; i++)
        if (p->tiles.v[i].copy == 0) arr_push(&once.tiles, p->tiles.v[i]);
    uint64_t clocks = profile_clocks(&once, NULL);
    arr_free(&once.tiles);
    return clocks;
}

static void print_figures(const MapFigures *f, const Plan *p, const char *strategy, bool json)
{
    uint64_t clocks = profile_clocks(p, NULL);
    if (json) {
        printf("{\"blocks\": %lld, \"bound\": %lld, \"area_bound\": %lld, \"strategy\": \"%s\", \"cycles\": %lld, \"cycles_bound\": %lld, ", (long long)f->blocks,
               (long long)f->blocks_bound, (long long)f->area_bound, strategy, (long long)f->loads, (long long)f->loads_bound);
        printf("\"crossbars\": %lld, \"tiles\": %u, \"layers\": %u, \"reload_words\": %lld, \"reload_bound\": %lld, \"moved_words\": %lld, ", (long long)f->crossbars, f->tiles, p->layers.n,
               (long long)f->reload_words, (long long)f->reload_bound, (long long)f->moved);
        printf("\"moved_bound\": %lld, \"conversions\": %lld, \"clocks_estimated\": %lld, \"clocks\": ", (long long)f->moved_bound, (long long)f->conversions, (long long)f->clocks);
        if (clocks) printf("%llu", (unsigned long long)clocks);
        else printf("null");
        printf(", \"copies\": %lld, \"clocks_without_copies\": %llu}", (long long)f->copies, (unsigned long long)(f->copies ? without_copies(p) : clocks));
        return;
    }
    char text[24] = "-";
    if (clocks) snprintf(text, sizeof text, "%llu", (unsigned long long)clocks);
    printf("%-12s %7lld %6.2f%% %6lld %6.2f%% %10lld %11lld %6.2f%% %12lld %10lld %10s %5lld %6u %6lld\n", strategy, (long long)f->blocks, gap(f->blocks, f->blocks_bound),
           (long long)f->loads, gap(f->loads, f->loads_bound), (long long)f->reload_words, (long long)f->moved, gap(f->moved, f->moved_bound),
           (long long)f->conversions, (long long)f->clocks, text, (long long)f->crossbars, f->tiles, (long long)f->copies);
}

/* The same network by every strategy, side by side. */
static Status map_all_strategies(const Options *o, const Job *j, MapOptions m)
{
    if (o->json) printf("[");
    else printf("%-12s %7s %7s %6s %7s %10s %11s %7s %12s %10s %10s %5s %6s %6s\n", "strategy", "blocks", "gap", "loads", "gap", "reloaded", "moved", "gap", "conversions", "estimated",
                "clocks", "xbars", "tiles", "copies");
    MapFigures low = {.blocks_bound = INT64_MAX, .loads_bound = INT64_MAX, .reload_bound = INT64_MAX, .moved_bound = INT64_MAX};
    for (int32_t s = 0; map_strategy_names[s]; s++) {
        Plan p = {0};
        MapFigures f;
        m.strategy = (MapStrategy)s;
        TRY(map_network(j->g, o->args[0], &j->arch, &m, &p));
        map_figures(&p, &f);
        if (o->json && s) printf(",\n ");
        print_figures(&f, &p, map_strategy_names[s], o->json);
        if (f.blocks_bound < low.blocks_bound) low.blocks_bound = f.blocks_bound;
        if (f.loads_bound < low.loads_bound) low.loads_bound = f.loads_bound;
        if (f.reload_bound < low.reload_bound) low.reload_bound = f.reload_bound;
        if (f.moved_bound < low.moved_bound) low.moved_bound = f.moved_bound;
        plan_free(&p);
    }
    if (!o->json)
        printf("%-12s %7lld %7s %6lld %7s %10lld %11lld\n", "bound", (long long)low.blocks_bound, "", (long long)low.loads_bound, "", (long long)low.reload_bound, (long long)low.moved_bound);
    if (o->json) printf("]\n");
    return ST_OK;
}

int cmd_map(const Options *o)
{
    Job j = {0};
    Plan p = {0};
    int32_t strategy = 0;
    bool all = o->strategy && str_eq(o->strategy, "all");
    Status st = cli_need("map", "--arch", o->arch);
    if (st == ST_OK) st = cli_strategy(o, true, &strategy);
    if (st == ST_OK && !all) st = cli_need("map", "-o plan.xml", o->out);
    if (st == ST_OK) st = cli_single("map", o);
    if (st == ST_OK) st = job_read(o, &j);
    MapOptions m = map_options(o, &j);
    m.strategy = (MapStrategy)strategy;
    if (st == ST_OK && all) st = map_all_strategies(o, &j, m);
    else if (st == ST_OK) st = map_network(j.g, o->args[0], &j.arch, &m, &p);
    if (st == ST_OK && !all && !o->dry_run) st = plan_write(&p, o->out);
    if (st == ST_OK && !all) {
        MapFigures f;
        map_figures(&p, &f);
        if (o->json) print_figures(&f, &p, map_strategy_names[strategy], true);
        else {
            if (f.copies) printf("%lld tiles are copies: %llu clocks instead of %llu\n", (long long)f.copies, (unsigned long long)profile_clocks(&p, NULL), (unsigned long long)without_copies(&p));
            printf("%u layers, %u tiles on %lld crossbars, %u weight load%s, %lld blocks (lower bound %lld)", p.layers.n, p.tiles.n, (long long)f.crossbars, p.cycles, p.cycles == 1 ? "" : "s",
                   (long long)p.blocks_used, (long long)p.blocks_bound);
        }
        printf("\n");
    }
    plan_free(&p);
    job_free(&j);
    return (int)st;
}

/* `show NET.onnx`: its profile; what is refused has its nodes shown as far as they were understood. */
int cmd_profile(const Options *o)
{
    Job j = {0};
    Plan p = {0};
    MapNodes nodes = {0};
    Status st = cli_single("show", o);
    if (st == ST_OK) st = job_read(o, &j);
    if (st == ST_OK && !o->arch) st = arch_read("adelia-gen2", &j.arena, &j.arch);
    if (st == ST_OK) {
        MapOptions m = map_options(o, &j);
        const char *slash = strrchr(o->args[0], '/');
        m.nodes = &nodes;
        st = map_network(j.g, o->args[0], &j.arch, &m, &p);
        Status shown = nodes.v.n ? profile_print(slash ? slash + 1 : o->args[0], st == ST_OK ? &p : NULL, &nodes, o->json, o->dry_run ? NULL : o->out, o->templates) : ST_OK;
        if (st == ST_OK) st = shown;
    }
    map_nodes_free(&nodes);
    plan_free(&p);
    job_free(&j);
    return (int)st;
}

/* A Softmax at the network's end is the host's work, on what the chip gives. */
static void host_softmax(const Plan *p, float *y, int64_t samples)
{
    const PlanTensor *t = &p->tensors.v[p->output];
    int64_t n = (int64_t)t->c * t->h * t->w;
    for (int64_t i = 0; i < samples && p->softmax; i++) plan_softmax(y + i * n, n);
}

/* With -v: every tensor against the network's own value, every requantisation's proven bound (docs/arithmetic.md). */
static void tell_exactness(const Job *j, const Plan *p, const Npy *x)
{
    enum { SAMPLES = 16 };
    int64_t *worst = mem_calloc(p->tensors.n, sizeof *worst);
    plan_compare(j->g, p, x, x->shape[0] < SAMPLES ? x->shape[0] : SAMPLES, worst);
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        const char *name = p->tensors.v[l->out].name;
        if (l->op == PLAN_FLATTEN || worst[l->out] < 0) continue;
        if (l->op == PLAN_MAXPOOL || l->op == PLAN_TABLE) msg_verbose("exact: %s: at most %lld units from the network", name, (long long)worst[l->out]);
        else msg_verbose("exact: %s: at most %lld units from the network, requantised within 1/2 + %.2g", name, (long long)worst[l->out], plan_requant_bound(p, l));
    }
    mem_free(worst);
}

/* `--exact` needs integers, not a place on silicon: any architecture gives the same ones. */
static Status infer_exact(const Options *o, Job *j, const Npy *x, float **y)
{
    Plan p = {0};
    if (!o->arch) TRY(arch_read("adelia-gen2", &j->arena, &j->arch));
    MapOptions m = map_options(o, j);
    if (!m.calib) m.calib = x;
    Status st = map_network(j->g, o->args[0], &j->arch, &m, &p);
    if (st == ST_OK) st = plan_infer_exact(&p, x, (uint32_t)o->threads, y);
    if (st == ST_OK) host_softmax(&p, *y, x->shape[0]);
    if (st == ST_OK && o->verbose) tell_exactness(j, &p, x);
    plan_free(&p);
    return st;
}

/* The behavioural model of a finished design: its plan and the model stored in its report. */
static Status infer_analog(const Options *o, const Npy *x, uint32_t n, float **y)
{
    Arena a = {0};
    Plan p = {0};
    BehaveModel m;
    BehaveResult r = {0};
    Status st = plan_read(io_join(&a, o->analog, "plan.xml"), &p);
    if (st == ST_OK) st = model_read(io_join(&a, o->analog, "report.json"), &m);
    if (st == ST_OK) st = behave_run(&p, &m, x, n, (uint64_t)o->seed, 0, (uint32_t)o->threads, &r);
    if (st == ST_OK) {
        const PlanTensor *t = &p.tensors.v[p.output];
        size_t count = (size_t)n * (size_t)(t->c * t->h * t->w);
        *y = mem_calloc(count, sizeof **y);
        for (size_t i = 0; i < count; i++) (*y)[i] = (float)r.y[i];
        host_softmax(&p, *y, n);
    }
    behave_free(&r);
    plan_free(&p);
    arena_free(&a);
    return st;
}

int cmd_infer(const Options *o)
{
    Job j = {0};
    Npy x = {0};
    float *y = NULL;
    Status st = cli_need("infer", "--input X.npy", o->input);
    if (st == ST_OK) st = cli_need("infer", "-o Y.npy", o->out);
    if (st == ST_OK && o->exact && o->analog) st = msg_error(ST_USAGE, "CLI-0007", (Loc){0}, "infer: --exact or --analog, not both");
    if (st == ST_OK) st = job_read(o, &j);
    Npy none = {0};
    if (st == ST_OK) st = npy_workload(o->input, NULL, graph_input_count(j.g), graph_output_count(j.g), &x, &none);
    if (st == ST_OK) {
        uint32_t n = (uint32_t)x.shape[0];
        if (o->exact) st = infer_exact(o, &j, &x, &y);
        else if (o->analog) st = infer_analog(o, &x, n, &y);
        else st = graph_infer(j.g, &x, (uint32_t)o->threads, &y);
        int64_t shape[2] = {n, graph_output_count(j.g)};
        NpyType type = o->exact || o->analog ? NPY_F32 : graph_output_type(j.g); /* dequantised, or as the network says */
        if (st == ST_OK && !o->dry_run) st = npy_write(o->out, type, 2, shape, y);
    }
    mem_free(y);
    npy_free(&x);
    job_free(&j);
    return (int)st;
}

/* ---- explore: converter, rows, repeats and strategies against accuracy, time, energy and area ------------------- */

enum { AXIS_MAX = 16 };

typedef struct {
    int32_t v[AXIS_MAX];
    uint32_t n;
} Axis;

typedef struct {
    Axis bits, gain, rows, repeats, strategy; /* rows 0: the mapper chooses */
} Sweep;

static Status bad_list(const char *opt, const char *text, const char *want)
{
    return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "%s %s: want %s", opt, text, want);
}

/* Numbers between commas, or A:B; `none` alone if there is no text. */
static Status read_axis(const char *opt, const char *text, int32_t none, int32_t lo, int32_t hi, const char *want, Axis *out)
{
    *out = (Axis){{none}, 1};
    if (!text) return ST_OK;
    out->n = 0;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, ":,");
        char word[16];
        int64_t v;
        if (n == 0 || n >= sizeof word || out->n == AXIS_MAX) return bad_list(opt, text, want);
        memcpy(word, p, n);
        word[n] = 0;
        if (!str_to_i64(word, &v) || v < lo || v > hi) return bad_list(opt, text, want);
        bool range = p > text && p[-1] == ':';
        for (int64_t k = range ? (int64_t)out->v[out->n - 1] + 1 : v; k <= v; k++) {
            if (out->n == AXIS_MAX) return bad_list(opt, text, want);
            out->v[out->n++] = (int32_t)k;
        }
        if (range && out->v[out->n - 1] != v) return bad_list(opt, text, want);
        p += n;
        if (*p && !p[1]) return bad_list(opt, text, want);
        p += *p != 0;
    }
    return out->n ? ST_OK : bad_list(opt, text, want);
}

static Status read_strategies(const char *text, Axis *out)
{
    *out = (Axis){{0}, 1};
    if (!text) return ST_OK;
    out->n = 0;
    for (const char *p = text; *p; p += strcspn(p, ","), p += *p != 0) {
        size_t n = strcspn(p, ",");
        int32_t k = 0;
        if (str_eq(text, "all")) {
            for (; map_strategy_names[k]; k++) out->v[out->n++] = k;
            return ST_OK;
        }
        while (map_strategy_names[k] && (strlen(map_strategy_names[k]) != n || strncmp(map_strategy_names[k], p, n) != 0)) k++;
        if (!map_strategy_names[k] || out->n == AXIS_MAX) return bad_list("--strategy", text, "strategies between commas, or all");
        out->v[out->n++] = k;
    }
    return out->n ? ST_OK : bad_list("--strategy", text, "strategies between commas, or all");
}

static Status read_sweep(const Options *o, const PlanArch *a, Sweep *s)
{
    TRY(read_axis("--adc-bits", o->adc_bits_list, 0, 1, 16, "a range of bits like 6:10", &s->bits));
    if (!o->adc_bits_list)
        for (s->bits.n = 0; s->bits.n < AXIS_MAX && a->adc_bits_min + (int32_t)s->bits.n <= a->adc_bits_max; s->bits.n++) s->bits.v[s->bits.n] = a->adc_bits_min + (int32_t)s->bits.n;
    TRY(read_axis("--gain", o->gain_list ? o->gain_list : "1,2,4", 0, 1, 4, "gains like 1,2,4", &s->gain));
    for (uint32_t i = 0; i < s->gain.n; i++)
        if (s->gain.v[i] == 3) return bad_list("--gain", o->gain_list, "gains like 1,2,4");
    TRY(read_axis("--rows", o->rows_list, 0, 16, 65536, "rows like 16,64,256", &s->rows));
    TRY(read_axis("--repeats", o->repeats_list, 0, 1, PLAN_REPEATS, "repeats like 1,4,16", &s->repeats));
    return read_strategies(o->strategy, &s->strategy);
}

static Status explore_accuracy(const Options *o, const Job *j, const Plan *p, const BehaveModel *m, uint32_t chip, uint32_t n, uint32_t *right, BehaveResult *r)
{
    const PlanTensor *t = &p->tensors.v[p->output];
    Status st = behave_run(p, m, &j->x, n, (uint64_t)o->seed, chip, (uint32_t)o->threads, r);
    if (st == ST_OK) *right = behave_correct(r->y, n, (uint32_t)(t->c * t->h * t->w), &j->y);
    return st;
}

/* No choice of cells for this converter is an answer too: the point has no time, energy and area, nor mismatch. */
static bool explore_kpi(const Tech *t, const CellLibrary *lib, const Plan *p, Kpi *out)
{
    msg_capture_begin();
    Status st = kpi_of_plan(t, lib, p, out);
    msg_capture_end();
    return st == ST_OK;
}

/* The noise of the technology's converter; with the chosen cells also their mismatch. No wires: there is no layout yet. */
static void real_models(const Job *j, int32_t bits, const Kpi *k, BehaveModel *noisy, BehaveModel *mismatched)
{
    *noisy = (BehaveModel){.adc = true, .noise = true, .step_v = j->step_v, .adc_noise_v = j->noise[bits] * 14.0 * j->step_v * ldexp(1.0, -bits)};
    *mismatched = *noisy;
    mismatched->mismatch = true;
    if (!k) return;
    mismatched->cap_mismatch = k->choice.synapse->data.mismatch;
    mismatched->adc_offset_sigma_v = k->choice.sar_adc->data.offset_sigma_v;
    mismatched->adc_cap_mismatch = k->choice.sar_adc->data.mismatch;
}

static const char *cell(char text[16], bool known, const char *fmt, double v)
{
    if (known && isfinite(v)) snprintf(text, 16, fmt, v);
    else snprintf(text, 16, "-");
    return text;
}

/* One point: mapped anew, ideal converter, then with the noise of the technology's, then with mismatch. */
static Status explore_point(const Options *o, const Job *j, const Tech *t, const CellLibrary *lib, const MapOptions *m, Buf *csv)
{
    Plan p = {0};
    Kpi k;
    BehaveModel ideal = {.adc = true, .step_v = j->step_v}, noisy, mismatched;
    BehaveResult r = {0}, rn = {0}, rm = {0};
    uint32_t n = (uint32_t)j->x.shape[0], right = 0, right_noisy = 0, right_real = 0;
    if (o->samples && (uint32_t)o->samples < n) n = (uint32_t)o->samples;
    Status st = map_network(j->g, o->args[0], &j->arch, m, &p);
    bool known = j->noise[m->adc_bits] > 0, have = st == ST_OK && lib->v.n && explore_kpi(t, lib, &p, &k);
    real_models(j, m->adc_bits, have ? &k : NULL, &noisy, &mismatched);
    if (st == ST_OK) st = explore_accuracy(o, j, &p, &ideal, 0, n, &right, &r);
    if (st == ST_OK && known) st = explore_accuracy(o, j, &p, &noisy, 0, n, &right_noisy, &rn);
    if (st == ST_OK && known && have) st = explore_accuracy(o, j, &p, &mismatched, 1, n, &right_real, &rm);
    if (st == ST_OK) {
        char v[7][16], rows[16] = "-";
        double clipped = 100.0 * (double)r.clipped / (double)(r.conversions ? r.conversions : 1), nan = NAN;
        if (m->rows_per_conv) snprintf(rows, sizeof rows, "%d", m->rows_per_conv);
        printf("%5d %5d %6s %4d %-12s %8.2f %% %12s %12s %14llu %9.3f %% %10s %10s %10s %10s\n", m->adc_bits, m->adc_gain, rows, m->repeats ? m->repeats : 1, map_strategy_names[m->strategy],
               100.0 * right / n, cell(v[0], known, "%.2f %%", 100.0 * right_noisy / n), cell(v[1], known && have, "%.2f %%", 100.0 * right_real / n), (unsigned long long)(r.conversions / n), clipped,
               cell(v[2], have, "%.4g", have ? k.latency_s * 1e3 : nan), cell(v[3], have, "%.4g", have ? k.energy_j * 1e6 : nan),
               cell(v[4], have, "%.4g", have ? (k.energy_j + k.digital_j + k.memory_j) * 1e6 : nan), cell(v[5], have, "%.4g", have ? k.area_m2 * 1e6 : nan));
        for (int i = 2; i < 6; i++)
            if (*v[i] == '-') *v[i] = 0;
        buf_printf(csv, "%d,%d,%u,%s,%u,%llu,%.6f,%s,%s,", m->adc_bits, m->adc_gain, right, known ? cell(v[6], true, "%.0f", right_noisy) : "", n, (unsigned long long)(r.conversions / n), clipped, v[2], v[3]);
        buf_printf(csv, "%s,%d,%s,%s,%s,%s\n", m->rows_per_conv ? rows : "", m->repeats ? m->repeats : 1, map_strategy_names[m->strategy], known && have ? cell(v[6], true, "%.0f", right_real) : "", v[4], v[5]);
    }
    behave_free(&r);
    behave_free(&rn);
    behave_free(&rm);
    plan_free(&p);
    return st;
}

/* All points, the converter's resolution outermost. */
static Status explore_all(const Options *o, const Job *j, const Tech *t, const CellLibrary *lib, const Sweep *s, Buf *csv)
{
    uint32_t n = s->bits.n * s->gain.n * s->rows.n * s->repeats.n * s->strategy.n;
    for (uint32_t i = 0; i < n; i++) {
        MapOptions m = map_options(o, j);
        uint32_t at = i;
        m.strategy = (MapStrategy)s->strategy.v[at % s->strategy.n], at /= s->strategy.n;
        m.repeats = s->repeats.v[at % s->repeats.n], at /= s->repeats.n;
        m.rows_per_conv = s->rows.v[at % s->rows.n], at /= s->rows.n;
        m.adc_gain = s->gain.v[at % s->gain.n], at /= s->gain.n;
        m.adc_bits = s->bits.v[at];
        TRY(explore_point(o, j, t, lib, &m, csv));
    }
    return ST_OK;
}

int cmd_explore(const Options *o)
{
    Job j = {0};
    Sweep s = {0};
    Tech t = {0};
    CellLibrary lib = {0};
    Buf csv = {0};
    Status st = cli_need("explore", "--arch", o->arch);
    if (st == ST_OK) st = cli_need("explore", "--tech", o->tech);
    if (st == ST_OK) st = cli_need("explore", "--workload", o->workload);
    if (st == ST_OK) st = cli_need("explore", "--labels", o->labels);
    if (st == ST_OK) st = cli_need("explore", "-o OUT", o->out);
    if (st == ST_OK) st = job_read(o, &j);
    if (st == ST_OK) st = read_sweep(o, &j.arch, &s);
    if (st == ST_OK) {
        printf(" bits  gain   rows  rep strategy       accuracy   with noise and mismatch conv/inference    clipped    time, ms analog, uJ    all, uJ cells, mm2\n");
        buf_str(&csv, "adc_bits,gain,right,right_with_noise,of,conversions_per_inference,clipped_percent,latency_ms,analog_uJ,rows,repeats,strategy,right_with_mismatch,energy_uJ,cells_mm2\n");
        st = tech_read(o->tech, &t);
        if (st == ST_OK && io_exists(io_join(&t.arena, t.dir, "cells.xml"))) st = cells_library_read(&t, &lib);
    }
    if (st == ST_OK) st = explore_all(o, &j, &t, &lib, &s, &csv);
    if (st == ST_OK && !o->dry_run) {
        Arena a = {0};
        Out *out;
        st = io_mkdir(o->out);
        if (st == ST_OK) st = out_open(io_join(&a, o->out, "explore.csv"), &out);
        if (st == ST_OK) {
            out_write(out, csv.s, csv.n);
            st = out_commit(out, NULL, NULL);
        }
        arena_free(&a);
    }
    buf_free(&csv);
    if (lib.v.n) cells_library_free(&lib);
    tech_free(&t);
    job_free(&j);
    return (int)st;
}
