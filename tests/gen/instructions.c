/* instructions.bin: values and clocks of the instruction simulator against arithmetic done here and against the emitted VHDL in GHDL. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "gen/base/io.h"
#include "gen/vhdl.h"
#include "mapper/mapper.h"
#include "mapper/program.h"
#include "tests/verify/toy_plan.h"
#include "verify/iss.h"
#include "tests/skip.h"

static char dir[] = "/tmp/apugen_iss_XXXXXX";
static Arena arena;

static void setup(void) { cr_assert(mkdtemp(dir)); }
static void teardown(void)
{
    const char *rm[] = {"rm", "-rf", dir, NULL};
    int code;
    proc_run(rm, "/tmp", NULL, 0, &code);
    arena_free(&arena);
}
TestSuite(instructions, .init = setup, .fini = teardown);

static Iss *load(const Plan *p, bool exact)
{
    Iss *s = NULL;
    cr_assert_eq(program_write(p, exact, dir), ST_OK);
    cr_assert_eq(iss_read(io_join(&arena, dir, "instructions.bin"), &s), ST_OK);
    return s;
}

static int32_t *quantised(const Plan *p, const Npy *x, uint32_t n)
{
    const PlanTensor *t = &p->tensors.v[p->input];
    size_t size = (size_t)(t->c * t->h * t->w);
    int32_t *q = arena_array(&arena, int32_t, size * n);
    for (uint32_t i = 0; i < n; i++) plan_quantise_input(p, x, i, q + size * i);
    return q;
}

static float toy_x[5 * 16];
static Npy toy_input(void)
{
    for (int i = 0; i < 80; i++) toy_x[i] = 0.5f * (float)(i * 37 % 127 - 63);
    return (Npy){.type = NPY_F32, .rank = 4, .shape = {5, 1, 4, 4}, .count = 80, .data = toy_x};
}

/* Sums of the toy layer, and codes of its converter, written out: lsb = 2·49·16 / (4·1024). */
static int64_t toy_sum(const Plan *p, int sample, int o, int oy, int ox, bool exact)
{
    int64_t acc = 0;
    for (int s = 0; s < 2; s++)
        for (int d = 0; d < 2; d++) {
            int64_t sum = 0;
            for (int k = 0; k < 9; k++) {
                int32_t x = (int32_t)lrintf(toy_x[sample * 16 + (oy + k / 3) * 4 + ox + k % 3] / 0.5f);
                sum += plan_digit(p->layers.v[0].w[o * 9 + k], s) * plan_digit(x, d);
            }
            double code = exact ? (double)sum : nearbyint((double)sum * 4 * 1024 / (2.0 * 49 * 16));
            if (!exact) code = fmax(-512, fmin(511, code));
            acc += (int64_t)code * (1 << 3 * (s + d));
        }
    return acc;
}

Test(instructions, toy_values_by_hand)
{
    Plan p;
    toy_plan(&p);
    Npy x = toy_input();
    for (int exact = 0; exact < 2; exact++) {
        Iss *s = load(&p, exact);
        int32_t out[5 * 8];
        cr_assert_eq(iss_inputs(s), 16u);
        cr_assert_eq(iss_outputs(s), 8u);
        iss_run(s, exact, quantised(&p, &x, 5), 5, 2, out);
        for (int i = 0; i < 40; i++) {
            int64_t acc = toy_sum(&p, i / 8, i / 4 % 2, i / 2 % 2, i % 2, exact), mul = exact ? 1 : p.layers.v[0].mul_adc[0];
            int64_t v = (int64_t)floor(ldexp((double)(acc * mul + (1 << 19)), -20)), tie = (acc * mul + (1 << 19)) % (1 << 20) == 0 && v % 2 != 0;
            int64_t want = exact ? acc + 3 : v - tie + 3;
            cr_assert_eq(out[i], want, "exact %d, output %d: %d, by hand %lld", exact, i, out[i], (long long)want);
        }
        iss_free(s);
    }
    plan_free(&p);
}

/* What GHDL makes of the emitted VHDL: the same integers, the same number of clocks. */
static void against_ghdl(Design *d, const Npy *x, uint32_t n, IssClocks *out_clocks)
{
    const PlanTensor *to = &d->plan.tensors.v[d->plan.output];
    size_t n_out = (size_t)(to->c * to->h * to->w);
    d->seed = d->threads = 1;
    cr_assert_eq(tech_read("n22", &d->tech), ST_OK);
    cr_assert_eq(cells_library_read(&d->tech, &d->lib), ST_OK);
    d->have_tech = d->have_lib = d->have_plan = true;
    cr_assert_eq(stage_select(d), ST_OK);
    cr_assert_eq(stage_build(d), ST_OK);
    cr_assert_eq(vhdl_write(d, dir, NULL), ST_OK);
    for (int exact = 0; exact < 2; exact++) {
        Iss *s = load(&d->plan, exact);
        int32_t *out = arena_array(&arena, int32_t, n * n_out);
        iss_run(s, exact, quantised(&d->plan, x, n), n, 1, out);
        IssClocks c;
        iss_clocks(s, &c);
        GhdlResult r;
        cr_assert_eq(vhdl_run(d, dir, io_join(&arena, dir, "ghdl"), x, n, exact, out, 300, &r), ST_OK);
        cr_assert_eq(r.equal, n, "%s: %u of %u inferences equal", exact ? "exact" : "converter", r.equal, n);
        cr_assert_eq(r.first_clocks, c.first, "%s, first: GHDL %llu clocks, simulator %llu", exact ? "exact" : "converter",
                     (unsigned long long)r.first_clocks, (unsigned long long)c.first);
        cr_assert_eq(r.clocks, c.clocks, "%s: GHDL %llu clocks, simulator %llu", exact ? "exact" : "converter", (unsigned long long)r.clocks,
                     (unsigned long long)c.clocks);
        cr_assert(r.bus == c.bus && r.ring == c.ring && c.bus && c.ring, "GHDL: %llu commands on the bus, %llu words on the ring; simulator %llu, %llu",
                  (unsigned long long)r.bus, (unsigned long long)r.ring, (unsigned long long)c.bus, (unsigned long long)c.ring);
        if (out_clocks) *out_clocks = c;
        iss_clocks_free(&c); /* the layers' clocks; the figures stay in the copy */
        iss_free(s);
    }
    design_free(d);
}

Test(instructions, toy_in_ghdl, .timeout = 300)
{
    if (!proc_available("ghdl")) skip_test("ghdl is not installed");
    static Design d;
    toy_plan(&d.plan);
    Npy x = toy_input();
    against_ghdl(&d, &x, 2, NULL);
}

/* A trained network on two small crossbars: weights are reloaded while it runs, the program takes pages, tiles of a layer run side by side. */
Test(instructions, small_chip_in_ghdl, .timeout = 600)
{
    if (!proc_available("ghdl")) skip_test("ghdl is not installed");
    static Design d;
    PlanArch a = {.name = "small", .apus = 2, .rows = 64, .cols = 16, .block_rows = 16, .block_cols = 4, .cols_per_adc = 2, .mag_bits = 3,
                  .adc_bits_min = 6, .adc_bits_max = 10, .gain_max = 4, .weight_mem = 8192, .instr_mem = 160, .sum_bits = 30,
                  .bias_bits = 8, .clock_hz = 1e8, .sample_rate_hz = 30};
    Graph *g;
    Npy x, none;
    const char *net = APUGEN_SRC "/examples/gen1_28nm/gen1_28nm.onnx";
    cr_assert_eq(onnx_read(net, &g), ST_OK);
    cr_assert_eq(npy_workload(APUGEN_SRC "/examples/vad/test_x.npy", NULL, graph_input_count(g), graph_output_count(g), &x, &none), ST_OK);
    MapOptions m = {.adc_bits = 10, .adc_gain = 4, .calib = &x, .threads = 1};
    cr_assert_eq(map_network(g, net, &a, &m, &d.plan), ST_OK);
    graph_free(g);
    cr_assert_gt(d.plan.cycles, 1u, "weights are reloaded");
    IssClocks c;
    against_ghdl(&d, &x, 2, &c);
    cr_assert_gt(c.pages, 0u, "the program takes several pages");
    cr_assert_eq(c.loads, 2u, "both cycles are stored in every inference");
    cr_assert_gt(c.wait_bus, 0u, "the host's weights and READs contend with the writer for the bus");
    npy_free(&x);
}

static Status read_bytes(const char *bytes, size_t n, const char **why)
{
    Out *o;
    Iss *s = NULL;
    char *path = io_join(&arena, dir, "edited.bin");
    cr_assert_eq(out_open(path, &o), ST_OK);
    out_write(o, bytes, n);
    cr_assert_eq(out_commit(o, NULL, NULL), ST_OK);
    msg_capture_begin();
    Status st = iss_read(path, &s);
    *why = msg_capture_end();
    iss_free(s);
    return st;
}

Test(instructions, damaged_files_are_refused_or_harmless)
{
    Plan p;
    toy_plan(&p);
    iss_free(load(&p, false));
    Buf b;
    const char *why;
    cr_assert_eq(io_read(io_join(&arena, dir, "instructions.bin"), 1 << 20, &b), ST_OK);
    for (size_t n = 0; n < b.n; n += 7) {
        cr_assert_eq(read_bytes(b.s, n, &why), ST_INPUT, "cut at %zu", n);
        cr_assert(strstr(why, "ISS-0001"));
    }
    /* every bit of it turned over in turn: accepted or refused, never a crash */
    for (size_t i = 0; i < b.n * 8; i += 3) {
        b.s[i / 8] ^= (char)(1 << i % 8);
        Status st = read_bytes(b.s, b.n, &why);
        cr_assert(st == ST_OK || (st == ST_INPUT && strstr(why, "ISS-000")), "bit %zu", i);
        b.s[i / 8] ^= (char)(1 << i % 8);
    }
    buf_free(&b);
    plan_free(&p);
}
