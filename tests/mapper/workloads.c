/* Whole networks: the keyword workload beside the repository, the voice example in it. */
#include "tests/mapper/model.h"

#include "mapper/graph.h"
#include "tests/skip.h"

#include <criterion/criterion.h>
#include <math.h>
#include <unistd.h>

typedef struct {
    Graph *g;
    Npy x, y;
} Load;

static Load load(const char *net, const char *x, const char *y)
{
    Load l;
    cr_assert_eq(onnx_read(net, &l.g), ST_OK);
    cr_assert_eq(npy_workload(x, y, graph_input_count(l.g), graph_output_count(l.g), &l.x, &l.y), ST_OK);
    return l;
}

static void unload(Load *l)
{
    graph_free(l->g);
    npy_free(&l->x);
    npy_free(&l->y);
}

static int32_t right(const Load *l, const float *y)
{
    int64_t k = graph_output_count(l->g);
    int32_t n = 0;
    for (int64_t i = 0; i < l->x.shape[0]; i++) {
        int64_t best = 0;
        for (int64_t j = 1; j < k; j++)
            if (y[i * k + j] > y[i * k + best]) best = j;
        n += best == (int64_t)npy_get(&l->y, i);
    }
    return n;
}

static Plan plan_of(const Load *l, const char *net, const Npy *calib)
{
    Arena a = {0};
    PlanArch arch;
    Plan p;
    MapOptions opt = {.calib = calib};
    msg_level(MSG_QUIET);
    cr_assert_eq(arch_read("adelia-gen2", &a, &arch), ST_OK);
    cr_assert_eq(map_network(l->g, net, &arch, &opt, &p), ST_OK);
    arena_free(&a);
    return p;
}

#define KWS(name) arena_printf(&a, "%s/%s", kws_dir(), name)

Test(workload, keywords_in_float, .timeout = 120)
{
    Arena a = {0};
    if (!kws_dir()) skip_test("../shared/workloads/kws is not there");
    Load l = load(KWS("ds_cnn_int8_qdq.onnx"), KWS("inputs.npy"), KWS("labels.npy"));
    Npy ref;
    float *y = NULL, *two = NULL;
    cr_assert_eq(npy_read(KWS("reference_output.npy"), &ref), ST_OK);
    cr_assert_eq(graph_infer(l.g, &l.x, 1, &y), ST_OK);
    cr_assert_eq(right(&l, y), 902);
    int64_t off = 0;
    for (int64_t i = 0; i < ref.count; i++) off += fabs(npy_get(&ref, i) - (double)y[i]) > 1e-5;
    cr_assert_lt(off, 60, "%lld of %lld outputs differ", (long long)off, (long long)ref.count); /* sums in another order round some ties the other way */
    cr_assert_eq(graph_infer(l.g, &l.x, 2, &two), ST_OK);
    cr_assert_eq(memcmp(y, two, (size_t)ref.count * sizeof *y), 0, "two threads give other results");
    mem_free(y);
    mem_free(two);
    npy_free(&ref);
    unload(&l);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}

Test(workload, keywords_in_integers, .timeout = 120)
{
    Arena a = {0};
    if (!kws_dir()) skip_test("../shared/workloads/kws is not there");
    char *net = KWS("ds_cnn_int8_qdq.onnx");
    Load l = load(net, KWS("inputs.npy"), KWS("labels.npy"));
    Plan p = plan_of(&l, net, &l.x);
    float *e = NULL;
    double t = clock_seconds();
    cr_assert_eq(plan_infer_exact(&p, &l.x, 2, &e), ST_OK);
    fprintf(stderr, "keyword network: %.0f exact inferences/s on two threads\n", 1000 / (clock_seconds() - t));
    cr_assert(abs(right(&l, e) - 902) <= 2, "%d right", right(&l, e));
    /* Logits against the float graph's value before Softmax. */
    uint32_t logits = l.g->nodes.v[l.g->values.v[l.g->output].producer].in[0];
    double lsb = p.tensors.v[p.output].scale;
    Exec *x = exec_make(l.g, true);
    int64_t n = graph_input_count(l.g), off = 0;
    for (int64_t s = 0; s < 1000; s++) {
        exec_run(x, (const float *)l.x.data + s * n);
        const float *f = exec_value(x, logits);
        for (int32_t i = 0; i < 12; i++) {
            double d = fabs((double)f[i] - (double)e[s * 12 + i]);
            cr_assert_lt(d, 1.01 * lsb, "sample %lld output %d is off by %g LSB", (long long)s, i, d / lsb);
            off += d > 0.5 * lsb;
        }
    }
    fprintf(stderr, "keyword network: %lld of 12000 logits are one LSB off\n", (long long)off);
    cr_assert_eq(p.cycles, 1);
    exec_free(x);
    mem_free(e);
    plan_free(&p);
    unload(&l);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}

/* Every tensor within one unit of the network's own value. */
static void every_tensor(const Load *l, const Plan *p, int64_t samples, uint32_t least)
{
    int64_t *worst = mem_calloc(p->tensors.n, sizeof *worst);
    uint32_t seen = 0;
    plan_compare(l->g, p, &l->x, samples, worst);
    for (uint32_t t = 0; t < p->tensors.n; t++) {
        cr_assert_leq(worst[t], 1, "tensor %s is off by %lld units", p->tensors.v[t].name, (long long)worst[t]);
        seen += worst[t] >= 0;
    }
    cr_assert_geq(seen, least, "only %u tensors were found in the network", seen);
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].op == PLAN_CONV) cr_assert_lt(plan_requant_bound(p, &p->layers.v[i]), 0.01);
    mem_free(worst);
}

Test(workload, keywords_in_every_tensor, .timeout = 300)
{
    Arena a = {0};
    if (!kws_dir()) skip_test("../shared/workloads/kws is not there");
    char *net = KWS("ds_cnn_int8_qdq.onnx");
    Load l = load(net, KWS("inputs.npy"), KWS("labels.npy"));
    Plan p = plan_of(&l, net, &l.x);
    every_tensor(&l, &p, 100, 12);
    plan_free(&p);
    unload(&l);
    arena_free(&a);
}

#define VAD APUGEN_SRC "/examples/vad/"

Test(workload, voice_in_every_tensor, .timeout = 300)
{
    if (access(VAD "vad.onnx", R_OK) != 0) skip_test("examples/vad/vad.onnx is not there");
    Load l = load(VAD "vad.onnx", VAD "test_x.npy", VAD "test_y.npy");
    Plan p = plan_of(&l, VAD "vad.onnx", &l.x);
    every_tensor(&l, &p, 200, 10);
    plan_free(&p);
    unload(&l);
}

Test(workload, voice_example, .timeout = 120)
{
    if (access(VAD "vad.onnx", R_OK) != 0) skip_test("examples/vad/vad.onnx is not there");
    Load l = load(VAD "vad.onnx", VAD "test_x.npy", VAD "test_y.npy");
    float *f = NULL, *e = NULL;
    Npy ref;
    cr_assert_eq(graph_infer(l.g, &l.x, 2, &f), ST_OK);
    cr_assert_eq(npy_read(VAD "reference_output.npy", &ref), ST_OK);
    for (int64_t i = 0; i < ref.count; i++) cr_assert_float_eq(npy_get(&ref, i), (double)f[i], 1e-4, "output %lld", (long long)i);
    Plan p = plan_of(&l, VAD "vad.onnx", &l.x);
    cr_assert_eq(plan_infer_exact(&p, &l.x, 2, &e), ST_OK);
    int32_t in_float = right(&l, f), in_int = right(&l, e);
    fprintf(stderr, "voice example: %d of %lld right in float, %d in integers\n", in_float, (long long)l.x.shape[0], in_int);
    cr_assert(abs(in_float - in_int) <= (int32_t)l.x.shape[0] / 100);
    npy_free(&ref);
    mem_free(f);
    mem_free(e);
    plan_free(&p);
    unload(&l);
    cr_assert_eq(mem_live(), 0);
}

Test(workload, voice_example_from_float, .timeout = 120)
{
    if (access(VAD "vad_float.onnx", R_OK) != 0) skip_test("examples/vad/vad_float.onnx is not there");
    Load l = load(VAD "vad_float.onnx", VAD "test_x.npy", VAD "test_y.npy");
    float *f = NULL, *e = NULL;
    cr_assert_eq(graph_infer(l.g, &l.x, 2, &f), ST_OK);
    Plan p = plan_of(&l, VAD "vad_float.onnx", &l.x);
    cr_assert_eq(plan_infer_exact(&p, &l.x, 2, &e), ST_OK);
    int32_t in_float = right(&l, f), in_int = right(&l, e);
    fprintf(stderr, "voice example after training: %d of %lld right in float, %d quantised by the mapper\n", in_float, (long long)l.x.shape[0], in_int);
    cr_assert_geq(in_int, in_float - (int32_t)l.x.shape[0] * 2 / 100);
    mem_free(f);
    mem_free(e);
    plan_free(&p);
    unload(&l);
    cr_assert_eq(mem_live(), 0);
}
