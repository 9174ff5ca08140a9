/* Operators against the ONNX project's own node tests (Debian's libonnx-testdata): right, or refused by name. */
#include "tests/mapper/model.h"

#include "gen/base/io.h"
#include "mapper/graph.h"
#include "mapper/onnx.pb-c.h"
#include "tests/skip.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define NODES "/usr/share/libonnx-testdata/data/node"

typedef enum { N_PASS, N_REFUSED, N_WRONG, N_KINDS } Outcome;

static void *from_arena(void *a, size_t n) { return arena_alloc(a, n ? n : 1); }
static void stay(void *a, void *p) { (void)a, (void)p; }

/* In the arena, with everything that hangs on it. */
static Onnx__TensorProto *read_tensor(Arena *a, const char *dir, const char *kind, int k)
{
    Buf b = {0};
    Onnx__TensorProto *t = NULL;
    char *path = arena_printf(a, "%s/test_data_set_0/%s_%d.pb", dir, kind, k);
    if (access(path, R_OK) == 0 && io_read(path, 1 << 24, &b) == ST_OK) t = onnx__tensor_proto__unpack(&(ProtobufCAllocator){from_arena, stay, a}, b.n, (uint8_t *)b.s);
    buf_free(&b);
    /* NumPy has no bfloat16: the data sets hold its bits as uint16 (no test of ours has real uint16). */
    if (t && t->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__UINT16) t->data_type = DT_BFLOAT16;
    return t;
}

/* binary16 by its definition. */
static double half(uint16_t h)
{
    int e = h >> 10 & 31, m = h & 1023;
    double v = e == 31 ? (m ? (double)NAN : (double)INFINITY) : e ? ldexp(1 + m / 1024.0, e - 15) : ldexp(m / 1024.0, -14);
    return h >> 15 ? -v : v;
}

/* Element of a tensor. */
static double item(const Onnx__TensorProto *t, size_t i)
{
    const uint8_t *raw = t->has_raw_data ? t->raw_data.data : NULL;
    float f;
    double d;
    int64_t l;
    int32_t s;
    uint16_t h;
    uint32_t u;
    switch (t->data_type) {
    case DT_FLOAT: return raw ? (memcpy(&f, raw + 4 * i, 4), (double)f) : (double)t->float_data[i];
    case DT_DOUBLE: return raw ? (memcpy(&d, raw + 8 * i, 8), d) : t->double_data[i];
    case DT_INT64: return raw ? (memcpy(&l, raw + 8 * i, 8), (double)l) : (double)t->int64_data[i];
    case DT_INT32: return raw ? (memcpy(&s, raw + 4 * i, 4), (double)s) : (double)t->int32_data[i];
    case DT_INT8: return raw ? (int8_t)raw[i] : t->int32_data[i];
    case DT_UINT8:
    case DT_BOOL: return raw ? raw[i] : t->int32_data[i];
    case DT_FLOAT16:
    case DT_BFLOAT16:
        if (raw) memcpy(&h, raw + 2 * i, 2);
        else h = (uint16_t)t->int32_data[i];
        u = (uint32_t)h << 16;
        memcpy(&f, &u, 4);
        return t->data_type == DT_FLOAT16 ? half(h) : (double)f;
    default: return NAN; /* equals nothing but a NaN that no such type has */
    }
    return NAN;
}

static size_t items(const Onnx__TensorProto *t)
{
    size_t n = 1;
    for (size_t i = 0; i < t->n_dims; i++) n *= (size_t)t->dims[i];
    return n;
}

/* To bfloat16 we round to the nearest, as later ONNX references do; the 1.12 data were cut off: one unit in the last place apart. */
static bool close_to(double a, double b, int32_t type)
{
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    if (isinf(a) || isinf(b)) return !(a < b) && !(a > b);
    return fabs(a - b) <= (type == DT_BFLOAT16 ? 1.0 / 128 : 1e-4) * fabs(b) + 1e-5;
}

static Outcome compare(const Graph *g, const Onnx__TensorProto *x, const Onnx__TensorProto *want)
{
    const GValue *out = &g->values.v[g->output];
    size_t nx = x ? items(x) : 1, ny = items(want);
    bool fits = (int64_t)ny == out->count && (int64_t)nx == g->values.v[g->input].count && out->rank == want->n_dims && out->type == (DataType)want->data_type;
    Outcome r = fits ? N_PASS : N_WRONG;
    for (size_t i = 0; i < want->n_dims && r == N_PASS; i++)
        if (out->dim[i] != want->dims[i]) r = N_WRONG;
    float *in = mem_calloc(nx + 1, sizeof *in);
    for (size_t i = 0; x && i < nx; i++) in[i] = (float)item(x, i);
    Exec *e = exec_make(g, false);
    const float *y = exec_run(e, in);
    for (size_t i = 0; i < ny && r == N_PASS; i++)
        if (!close_to((double)y[i], item(want, i), want->data_type)) r = N_WRONG;
    exec_free(e);
    mem_free(in);
    return r;
}

/* A network has an input; a test without one gets a zero that is added to its output. */
static void give_input(Onnx__GraphProto *g, Arena *a, Model *other)
{
    *other = model_make(DIMS(1));
    Onnx__NodeProto *n = model_node(other, "Add", "with_zero", g->output[0]->name, "x", NULL, NULL);
    g->node = memcpy(arena_alloc(a, (g->n_node + 1) * sizeof *g->node), g->node, g->n_node * sizeof *g->node);
    g->node[g->n_node++] = n;
    g->input = other->g->input;
    g->n_input = 1;
    g->output[0]->name = arena_str(a, "with_zero");
}

static void keep(Arena *a, Onnx__TensorProto **list, size_t *n, Onnx__TensorProto *t, const char *name)
{
    t->name = arena_str(a, name);
    list[(*n)++] = t;
}

/* Output k of a test. Its further inputs become constants, as an exporter would have them. text: the message of a refusal. */
static Outcome run(const char *dir, const Onnx__ModelProto *unpacked, size_t k, const char **text)
{
    Arena a = {0};
    Buf packed = {0};
    Graph *g = NULL;
    Onnx__ModelProto m = *unpacked;
    Onnx__GraphProto gp = *m.graph;
    Onnx__ValueInfoProto out = *gp.output[k], *outs[1] = {&out};
    Onnx__TensorProto *x = read_tensor(&a, dir, "input", 0), *want = read_tensor(&a, dir, "output", (int)k);
    size_t n = gp.n_initializer;
    Onnx__TensorProto **init = arena_array(&a, Onnx__TensorProto *, n + gp.n_input + 1);
    if (n) memcpy(init, gp.initializer, n * sizeof *init);
    m.graph = &gp;
    gp.output = outs, gp.n_output = 1;
    for (size_t i = 1; i < gp.n_input; i++) {
        Onnx__TensorProto *t = read_tensor(&a, dir, "input", (int)i);
        if (t) keep(&a, init, &n, t, gp.input[i]->name);
    }
    gp.initializer = init, gp.n_initializer = n;
    Model other;
    bool given = !gp.n_input;
    if (given) give_input(&gp, &a, &other);
    packed.n = onnx__model_proto__get_packed_size(&m);
    packed.s = mem_alloc(packed.n + 1);
    onnx__model_proto__pack(&m, (uint8_t *)packed.s);
    if (given) model_free(&other);
    msg_capture_begin();
    Status st = onnx_parse(dir, packed.s, packed.n, &g);
    *text = msg_capture_end();
    Outcome r = st != ST_OK ? (st == ST_INPUT ? N_REFUSED : N_WRONG) : want ? compare(g, x, want) : N_WRONG;
    graph_free(g);
    buf_free(&packed);
    arena_free(&a);
    return r;
}

/* What is refused and the words that must say why: no operator's test is left out for another reason. */
static const struct { const char *test, *why; } refusals[] = {
    {"test_batchnorm_epsilon_training_mode", "training_mode"}, {"test_batchnorm_example_training_mode", "training_mode"},
    {"test_training_dropout", "training_mode"}, {"test_training_dropout_default", "training_mode"},
    {"test_training_dropout_default_mask", "training_mode"}, {"test_training_dropout_mask", "training_mode"},
    {"test_cast_FLOAT_to_STRING", "data type 8"}, {"test_cast_STRING_to_FLOAT", "data type 8"},
    {"test_castlike_FLOAT_to_STRING_expanded", "data type 8"}, {"test_castlike_STRING_to_FLOAT_expanded", "data type 8"},
    {"test_identity_opt", "no tensor shape"}, {"test_identity_sequence", "no tensor shape"}, /* not tensors */
    {"test_reshape_allowzero_reordered", "sensible range"}, {"test_slice_start_out_of_bounds", "empty tensors"},
};

static const char *refusal(const char *test)
{
    for (uint32_t i = 0; i < COUNTOF(refusals); i++)
        if (str_eq(refusals[i].test, test)) return refusals[i].why;
    return NULL;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

typedef struct { int32_t n[N_KINDS]; } Count;

/* Every output of one test, if all its operators are in the list; counted at its first node's. */
static void one_test(const char *name, Count *count)
{
    Arena a = {0};
    Buf b = {0};
    OpKind op, first = OP_COUNT;
    char *dir = arena_printf(&a, "%s/%s", NODES, name);
    cr_assert_eq(io_read(arena_printf(&a, "%s/model.onnx", dir), 1 << 24, &b), ST_OK);
    Onnx__ModelProto *m = onnx__model_proto__unpack(NULL, b.n, (uint8_t *)b.s);
    cr_assert_not_null(m);
    bool listed = m->graph->n_node > 0;
    for (size_t i = 0; i < m->graph->n_node && listed; i++) {
        listed = op_find(m->graph->node[i]->op_type, &op);
        if (listed && first == OP_COUNT) first = op;
    }
    for (size_t k = 0; listed && k < m->graph->n_output; k++) {
        const char *text = "", *why = refusal(name);
        Outcome r = run(dir, m, k, &text);
        count[first].n[r]++;
        if (why) cr_expect(r == N_REFUSED && strstr(text, why), "%s output %zu: should be refused for %s: %s", name, k, why, text);
        else cr_expect_eq(r, N_PASS, "%s output %zu: %s %s", name, k, r == N_WRONG ? "wrong" : "refused:", text);
    }
    onnx__model_proto__free_unpacked(m, NULL);
    buf_free(&b);
    arena_free(&a);
}

Test(nodes, all_of_the_supported_operators, .timeout = 120)
{
    Count count[OP_COUNT + 1] = {0};
    int32_t sum[N_KINDS] = {0};
    DIR *d = opendir(NODES);
    if (!d) skip_test("package libonnx-testdata is not installed");
    ARRAY(char *) names = {0};
    for (struct dirent *e; (e = readdir(d));)
        if (str_starts(e->d_name, "test_")) arr_push(&names, strdup(e->d_name));
    closedir(d);
    qsort(names.v, names.n, sizeof *names.v, by_name);
    for (uint32_t i = 0; i < names.n; i++) {
        one_test(names.v[i], count);
        free(names.v[i]);
    }
    arr_free(&names);
    fprintf(stderr, "%-20s %5s %8s %6s\n", "node tests", "pass", "refused", "wrong");
    for (uint32_t i = 0; i < OP_COUNT; i++) {
        fprintf(stderr, "%-20s %5d %8d %6d\n", op_name((OpKind)i), count[i].n[0], count[i].n[1], count[i].n[2]);
        for (int32_t k = 0; k < N_KINDS; k++) sum[k] += count[i].n[k];
    }
    fprintf(stderr, "%-20s %5d %8d %6d\n", "all", sum[0], sum[1], sum[2]);
    cr_assert_geq(sum[N_PASS], 190);
}
