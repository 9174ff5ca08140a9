/* Functions of one value: the tables that the mapper makes of them, entry by entry against the functions written out here. */
#include "tests/mapper/model.h"

#include "gen/base/io.h"
#include "mapper/map.h"
#include "mapper/onnx.pb-c.h"
#include "mapper/program.h"

#include <criterion/criterion.h>
#include <math.h>
#include <unistd.h>

typedef struct {
    Graph *g;
    Plan p;
    PlanArch a;
    Arena arena;
    Npy x;
    float *data;
} Mapped;

static char path[64];

static Status try_map(Model *m, Mapped *r)
{
    *r = (Mapped){0};
    snprintf(path, sizeof path, "/tmp/apugen-functions-%d.onnx", (int)getpid());
    model_file(m, path);
    cr_assert_eq(onnx_read(path, &r->g), ST_OK);
    cr_assert_eq(arch_read("adelia-gen2", &r->arena, &r->a), ST_OK);
    int64_t n = graph_input_count(r->g);
    r->data = mem_calloc((size_t)(16 * n), sizeof *r->data);
    Rng rng = rng_make(3, 0);
    for (int64_t i = 0; i < 16 * n; i++) r->data[i] = (float)rng_normal(&rng);
    r->x = (Npy){.type = NPY_F32, .rank = 2, .shape = {16, n}, .count = 16 * n, .data = r->data};
    MapOptions opt = {.calib = &r->x, .adc_bits = 8, .adc_gain = 4, .threads = 1};
    Status st = map_network(r->g, path, &r->a, &opt, &r->p);
    unlink(path);
    return st;
}

static void unmap(Mapped *r, Model *m)
{
    plan_free(&r->p);
    graph_free(r->g);
    arena_free(&r->arena);
    mem_free(r->data);
    model_free(m);
}

/* Nearest to what f makes of the real value, within what float leaves of a tie. */
static void entries(const Plan *p, const PlanLayer *l, double (*f)(double))
{
    const PlanTensor *in = &p->tensors.v[l->in[0]], *out = &p->tensors.v[l->out];
    cr_assert_eq(l->op, PLAN_TABLE);
    for (int32_t q = in->lo; q <= in->hi; q++) {
        double y = f((q - in->zp) * in->scale) / out->scale + out->zp, e = l->table[q - in->lo];
        cr_assert(fabs(e - y) < 0.51 || (y > out->hi && l->table[q - in->lo] == out->hi) || (y < out->lo && l->table[q - in->lo] == out->lo), "%s: %d gives %g, the function %g", l->name, q, e, y);
    }
}

static double silu(double x) { return x / (1 + exp(-x)); }
static double leaky(double x) { return x < 0 ? 0.2f * x : x; }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double half_tanh(double x) { return tanh(x) / 2 + 0.25; }
static double hard(double x) { return fmax(0, fmin(1, 0.2 * x + 0.5)); }
static double elu(double x) { return x < 0 ? exp(x) - 1 : x; }
static double hardswish(double x) { return x * fmax(0, fmin(1, x / 6 + 0.5)); }

/* A convolution whose values two operators read, one that several follow, and columns at the end. */
Test(functions, of_a_float_network)
{
    static const double half[1] = {0.5}, quarter[1] = {0.25};
    Model m = model_make(DIMS(-1, 2, 6, 5));
    Mapped r;
    model_tensor(&m, "w", DT_FLOAT, DIMS(4, 2, 3, 3), NULL);
    model_tensor(&m, "v", DT_FLOAT, DIMS(3, 4, 2, 2), NULL);
    model_tensor(&m, "u", DT_FLOAT, DIMS(18, 4), NULL);
    model_tensor(&m, "half", DT_FLOAT, DIMS(1), half);
    model_tensor(&m, "quarter", DT_FLOAT, DIMS(1), quarter);
    model_node(&m, "Conv", "a", "x", "w", NULL, NULL);
    model_node(&m, "Sigmoid", "s", "a", NULL, NULL, NULL);
    model_node(&m, "Mul", "b", "a", "s", NULL, NULL);
    model_node(&m, "Conv", "c", "b", "v", NULL, NULL);
    model_node(&m, "Tanh", "t", "c", NULL, NULL, NULL);
    model_node(&m, "Mul", "th", "t", "half", NULL, NULL);
    model_node(&m, "Add", "d", "quarter", "th", NULL, NULL);
    model_node(&m, "Flatten", "e", "d", NULL, NULL, NULL);
    model_node(&m, "MatMul", "l", "e", "u", NULL, NULL);
    model_node(&m, "Sigmoid", "y", "l", NULL, NULL, NULL);
    cr_assert_eq(try_map(&m, &r), ST_OK);
    const PlanLayer *l = r.p.layers.v;
    cr_assert_eq(r.p.layers.n, 7u, "three convolutions, three tables, a flatten");
    entries(&r.p, &l[1], silu);
    entries(&r.p, &l[3], half_tanh);
    entries(&r.p, &l[6], sigmoid);
    cr_assert_eq(l[4].op, PLAN_FLATTEN);
    cr_assert_eq(r.p.tensors.v[l[1].in[0]].hi, 511, "what only functions read is as fine as a table");
    cr_assert_eq(r.p.tensors.v[l[1].out].hi, 63, "what crossbars read has two digits");
    cr_assert_gt(r.p.tensors.v[r.p.output].hi, 30000, "the host's values are not coarse");
    /* behind a convolution a function takes no memory and no instruction */
    Program g;
    cr_assert_eq(program_build(&r.p, true, &g), ST_OK);
    cr_assert(program_on_the_way(&r.p, 1) && program_on_the_way(&r.p, 3) && !program_on_the_way(&r.p, 2));
    cr_assert_eq(g.layer_at.v[1], g.layer_at.v[2]);
    cr_assert_eq(g.table.n, 3 * 1023u);
    program_free(&g);
    /* the same file again after reading */
    Plan again;
    Buf a = {0}, b = {0};
    cr_assert_eq(plan_write(&r.p, path), ST_OK);
    cr_assert_eq(io_read(path, 1 << 24, &a), ST_OK);
    cr_assert_eq(plan_read(path, &again), ST_OK);
    cr_assert_eq(plan_write(&again, path), ST_OK);
    cr_assert_eq(io_read(path, 1 << 24, &b), ST_OK);
    cr_assert(a.n == b.n && memcmp(a.s, b.s, a.n) == 0);
    unlink(path);
    buf_free(&a);
    buf_free(&b);
    plan_free(&again);
    unmap(&r, &m);
}

/* As exporters without the operator write it: what is read by both branches has 10 bits, and nothing of it is a layer of its own. */
Test(functions, hardswish_in_steps)
{
    static const double three[1] = {3}, zero[1] = {0}, six[1] = {6};
    Model m = model_make(DIMS(-1, 6));
    Mapped r;
    model_tensor(&m, "w", DT_FLOAT, DIMS(6, 5), NULL);
    model_tensor(&m, "three", DT_FLOAT, DIMS(1), three);
    model_tensor(&m, "zero", DT_FLOAT, DIMS(1), zero);
    model_tensor(&m, "six", DT_FLOAT, DIMS(1), six);
    model_node(&m, "MatMul", "a", "x", "w", NULL, NULL);
    model_node(&m, "Add", "b", "a", "three", NULL, NULL);
    model_node(&m, "Clip", "c", "b", "zero", "six", NULL);
    model_node(&m, "Div", "d", "c", "six", NULL, NULL);
    model_node(&m, "Mul", "y", "a", "d", NULL, NULL);
    cr_assert_eq(try_map(&m, &r), ST_OK);
    cr_assert_eq(r.p.layers.n, 2u);
    cr_assert_eq(r.p.tensors.v[r.p.layers.v[1].in[0]].hi, 511);
    entries(&r.p, &r.p.layers.v[1], hardswish);
    unmap(&r, &m);
}

/* x → 8 bits → op → 8 bits; no convolution. zp_out: of int8. */
static Model alone(const char *op, double scale_out, double zp_out)
{
    static const double s[1] = {0.04}, z[1] = {-9};
    Model m = model_make(DIMS(-1, 3, 5, 4));
    model_tensor(&m, "s", DT_FLOAT, DIMS(1), s);
    model_tensor(&m, "z", DT_INT8, DIMS(1), z);
    model_tensor(&m, "so", DT_FLOAT, DIMS(1), &scale_out);
    model_tensor(&m, "zo", DT_INT8, DIMS(1), &zp_out);
    model_node(&m, "QuantizeLinear", "xq", "x", "s", "z", NULL);
    model_node(&m, "DequantizeLinear", "xd", "xq", "s", "z", NULL);
    Onnx__NodeProto *n = model_node(&m, op, "f", "xd", NULL, NULL, NULL);
    if (str_eq(op, "LeakyRelu")) {
        static Onnx__AttributeProto a = ONNX__ATTRIBUTE_PROTO__INIT, *list[1] = {&a};
        a.name = (char *)"alpha", a.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT, a.f = 0.2f;
        n->attribute = list, n->n_attribute = 1;
    }
    model_node(&m, "QuantizeLinear", "fq", "f", "so", "zo", NULL);
    model_node(&m, "DequantizeLinear", "y", "fq", "so", "zo", NULL);
    return m;
}

/* Between quantised tensors every integer is that of the network: 256 entries, no error. */
Test(functions, between_quantised_tensors_are_exact)
{
    static const struct {
        const char *op;
        double (*f)(double);
        double scale, zp;
    } of[] = {{"Sigmoid", sigmoid, 1 / 256.0, -128}, {"LeakyRelu", leaky, 0.04, -70}, {"HardSigmoid", hard, 1 / 255.0, -128}, {"Elu", elu, 0.03, -100}, {"HardSwish", hardswish, 0.05, 3}};
    for (size_t i = 0; i < COUNTOF(of); i++) {
        Model m = alone(of[i].op, of[i].scale, of[i].zp);
        Mapped r;
        cr_assert_eq(try_map(&m, &r), ST_OK, "%s", of[i].op);
        cr_assert_eq(r.p.layers.n, 1u);
        cr_assert_eq(plan_table(&r.p.tensors.v[r.p.input]), 256);
        entries(&r.p, r.p.layers.v, of[i].f);
        float *f = NULL, *e = NULL;
        cr_assert_eq(graph_infer(r.g, &r.x, 1, &f), ST_OK);
        cr_assert_eq(plan_infer_exact(&r.p, &r.x, 1, &e), ST_OK);
        for (int64_t k = 0; k < 16 * 60; k++) cr_assert_float_eq(f[k], e[k], 1e-6f, "%s, value %lld: %g, table %g", of[i].op, (long long)k, (double)f[k], (double)e[k]);
        mem_free(f);
        mem_free(e);
        unmap(&r, &m);
    }
}

/* Codes clipped behind the quantiser (QCDQ): the table's too. */
Test(functions, clipped_codes)
{
    static const double lo[1] = {-100}, hi[1] = {50}, s[1] = {1 / 256.0}, z[1] = {-128};
    Model m = model_make(DIMS(-1, 6));
    Mapped r;
    model_tensor(&m, "s", DT_FLOAT, DIMS(1), s);
    model_tensor(&m, "z", DT_INT8, DIMS(1), z);
    model_tensor(&m, "lo", DT_INT8, DIMS(1), lo);
    model_tensor(&m, "hi", DT_INT8, DIMS(1), hi);
    model_node(&m, "Tanh", "f", "x", NULL, NULL, NULL);
    model_node(&m, "QuantizeLinear", "fq", "f", "s", "z", NULL);
    model_node(&m, "Clip", "fc", "fq", "lo", "hi", NULL);
    model_node(&m, "DequantizeLinear", "y", "fc", "s", "z", NULL);
    cr_assert_eq(try_map(&m, &r), ST_OK);
    const PlanLayer *l = r.p.layers.v;
    cr_assert_eq(l->table[0], -100);
    cr_assert_eq(l->table[plan_table(&r.p.tensors.v[l->in[0]]) - 1], 50);
    unmap(&r, &m);
}

static void refused(Model *m, const char *id, const char *word)
{
    Mapped r;
    msg_capture_begin();
    Status st = try_map(m, &r);
    const char *text = msg_capture_end();
    cr_assert_eq(st, ST_INPUT);
    cr_assert(strstr(text, id) && strstr(text, word), "wanted %s and '%s' in: %s", id, word, text);
    unmap(&r, m);
}

Test(functions, of_too_many_integers_is_refused)
{
    static const double s[1] = {0.001}, z[1] = {0}, b[1] = {16};
    Model m = model_make(DIMS(-1, 6));
    model_tensor(&m, "s", DT_FLOAT, DIMS(1), s);
    model_tensor(&m, "z", DT_FLOAT, DIMS(1), z);
    model_tensor(&m, "b", DT_FLOAT, DIMS(1), b);
    model_node(&m, "Quant", "xq", "x", "s", "z", "b");
    model_node(&m, "Sigmoid", "y", "xq", NULL, NULL, NULL);
    refused(&m, "MAP-0024", "65536 integers");
}

Test(functions, that_are_not_finite_are_refused)
{
    static const double one[1] = {1};
    Model m = model_make(DIMS(-1, 6));
    model_tensor(&m, "one", DT_FLOAT, DIMS(1), one);
    model_node(&m, "Tanh", "t", "x", NULL, NULL, NULL);
    model_node(&m, "Div", "y", "one", "t", NULL, NULL);
    refused(&m, "MAP-0024", "finite");
}

Test(functions, of_two_tensors_are_refused)
{
    Model m = model_make(DIMS(-1, 6));
    model_tensor(&m, "w", DT_FLOAT, DIMS(6, 6), NULL);
    model_node(&m, "MatMul", "a", "x", "w", NULL, NULL);
    model_node(&m, "Sigmoid", "s", "a", NULL, NULL, NULL);
    model_node(&m, "Mul", "y", "s", "x", NULL, NULL);
    refused(&m, "MAP-0015", "two computed tensors");
}
