/* Operators against the ONNX project's own node tests (Debian's libonnx-testdata): right, or refused by name. */
#include "tests/mapper/model.h"

#include "gen/base/io.h"
#include "mapper/graph.h"
#include "mapper/onnx.pb-c.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define NODES "/usr/share/libonnx-testdata/data/node"

typedef enum { N_PASS, N_REFUSED, N_WRONG, N_KINDS } Outcome;

static Onnx__TensorProto *read_tensor(Arena *a, const char *dir, const char *kind, int k)
{
    Buf b = {0};
    Onnx__TensorProto *t = NULL;
    char *path = arena_printf(a, "%s/test_data_set_0/%s_%d.pb", dir, kind, k);
    if (access(path, R_OK) == 0 && io_read(path, 1 << 24, &b) == ST_OK) t = onnx__tensor_proto__unpack(NULL, b.n, (uint8_t *)b.s);
    buf_free(&b);
    return t;
}

/* Element of a tensor as the reader would take it. */
static double item(const Onnx__TensorProto *t, size_t i)
{
    const uint8_t *raw = t->has_raw_data ? t->raw_data.data : NULL;
    float f;
    if (t->data_type == DT_FLOAT) return raw ? (memcpy(&f, raw + 4 * i, 4), (double)f) : (double)t->float_data[i];
    if (t->data_type == DT_UINT8) return raw ? raw[i] : t->int32_data[i];
    if (t->data_type == DT_INT8) return raw ? (int8_t)raw[i] : t->int32_data[i];
    return NAN;
}

static size_t items(const Onnx__TensorProto *t)
{
    size_t n = 1;
    for (size_t i = 0; i < t->n_dims; i++) n *= (size_t)t->dims[i];
    return n;
}

static Outcome compare(const Graph *g, const Onnx__TensorProto *x, const Onnx__TensorProto *want)
{
    size_t nx = items(x), ny = items(want);
    Outcome r = (int64_t)ny == g->values.v[g->output].count && (int64_t)nx == g->values.v[g->input].count ? N_PASS : N_WRONG;
    float *in = mem_calloc(nx + 1, sizeof *in);
    for (size_t i = 0; i < nx; i++) in[i] = (float)item(x, i);
    Exec *e = exec_make(g, false);
    const float *y = exec_run(e, in);
    for (size_t i = 0; i < ny && r == N_PASS; i++) {
        double v = item(want, i);
        if (!(fabs((double)y[i] - v) <= 1e-4 * fabs(v) + 1e-5)) r = N_WRONG;
    }
    exec_free(e);
    mem_free(in);
    return r;
}

/* The test's further inputs become constants, as an exporter would have them. */
static Outcome run(const char *dir)
{
    Arena a = {0};
    Buf b = {0}, packed = {0};
    Graph *g = NULL;
    cr_assert_eq(io_read(arena_printf(&a, "%s/model.onnx", dir), 1 << 24, &b), ST_OK);
    Onnx__ModelProto *m = onnx__model_proto__unpack(NULL, b.n, (uint8_t *)b.s);
    Onnx__TensorProto *x = read_tensor(&a, dir, "input", 0), *want = read_tensor(&a, dir, "output", 0), *more[8] = {0};
    Outcome r = N_REFUSED;
    if (!m || !want) goto done;
    size_t n = 0, old = m->graph->n_initializer;
    for (size_t i = 1; i < m->graph->n_input && n < 8; i++) {
        if (!(more[n] = read_tensor(&a, dir, "input", (int)i))) continue;
        free(more[n]->name);
        more[n]->name = strdup(m->graph->input[i]->name);
        n++;
    }
    m->graph->initializer = realloc(m->graph->initializer, (old + n + 1) * sizeof *more);
    memcpy(m->graph->initializer + old, more, n * sizeof *more);
    m->graph->n_initializer = old + n;
    buf_put(&packed, "", 1);
    packed.s = mem_resize(packed.s, onnx__model_proto__get_packed_size(m) + 1);
    packed.n = onnx__model_proto__pack(m, (uint8_t *)packed.s);
    msg_capture_begin();
    Status st = onnx_parse(dir, packed.s, packed.n, &g);
    const char *text = msg_capture_end();
    if (st != ST_OK) cr_assert(strstr(text, "[ONNX-"), "%s: %s", dir, text);
    else r = x ? compare(g, x, want) : N_WRONG;
    graph_free(g);
done:
    if (x) onnx__tensor_proto__free_unpacked(x, NULL);
    if (want) onnx__tensor_proto__free_unpacked(want, NULL);
    if (m) onnx__model_proto__free_unpacked(m, NULL);
    buf_free(&b);
    buf_free(&packed);
    arena_free(&a);
    return r;
}

static const char *const families[] = {
    "add", "averagepool", "batchnorm", "clip", "constant", "conv", "basic_conv", "dequantizelinear", "div", "dropout", "flatten", "gemm",
    "globalaveragepool", "identity", "matmul", "maxpool", "mul", "quantizelinear", "relu", "reshape", "softmax", "squeeze", "sub", "transpose", "unsqueeze",
};

/* Family of a test's name: the longest that it begins with, up to '_' or its end. */
static int family(const char *name)
{
    int best = -1;
    for (uint32_t i = 0; i < COUNTOF(families); i++) {
        size_t n = strlen(families[i]);
        if (strncmp(name, families[i], n) == 0 && (name[n] == 0 || name[n] == '_')) best = (int)i;
    }
    return best;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

Test(nodes, all_of_the_supported_operators, .timeout = 60)
{
    int32_t count[COUNTOF(families)][N_KINDS] = {0}, sum[N_KINDS] = {0};
    DIR *d = opendir(NODES);
    if (!d) cr_skip_test("skipped: nodes/all_of_the_supported_operators (package libonnx-testdata is not installed)");
    ARRAY(char *) names = {0};
    for (struct dirent *e; (e = readdir(d));)
        if (str_starts(e->d_name, "test_") && family(e->d_name + 5) >= 0) arr_push(&names, strdup(e->d_name));
    closedir(d);
    qsort(names.v, names.n, sizeof *names.v, by_name);
    for (uint32_t i = 0; i < names.n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", NODES, names.v[i]);
        Outcome r = run(path);
        count[family(names.v[i] + 5)][r]++;
        sum[r]++;
        cr_expect_neq(r, N_WRONG, "%s gives a wrong result", names.v[i]);
        free(names.v[i]);
    }
    arr_free(&names);
    fprintf(stderr, "%-20s %5s %8s %6s\n", "node tests", "pass", "refused", "wrong");
    for (uint32_t i = 0; i < COUNTOF(families); i++) fprintf(stderr, "%-20s %5d %8d %6d\n", families[i], count[i][0], count[i][1], count[i][2]);
    fprintf(stderr, "%-20s %5d %8d %6d\n", "all", sum[0], sum[1], sum[2]);
    cr_assert_geq(sum[N_PASS], 110);
}
