/* The ONNX reader against what it must refuse: with one clear message, quickly, without leaking. */
#include "tests/mapper/model.h"

#include "gen/base/io.h"
#include "mapper/graph.h"
#include "mapper/onnx.pb-c.h"
#include "tests/skip.h"

#include <criterion/criterion.h>
#include <math.h>
#include <time.h>

/* x [N,2,4,4] → Conv(w) → Relu → y */
static Model small(void)
{
    Model m = model_make(DIMS(-1, 2, 4, 4));
    model_tensor(&m, "w", DT_FLOAT, DIMS(3, 2, 3, 3), NULL);
    model_node(&m, "Conv", "c", "x", "w", NULL, NULL);
    model_node(&m, "Relu", "y", "c", NULL, NULL, NULL);
    return m;
}

static void refused(Model *m, const char *id, const char *word)
{
    Graph *g = NULL;
    msg_capture_begin();
    Status st = model_parse(m, &g);
    const char *text = msg_capture_end();
    cr_assert_eq(st, ST_INPUT, "%s: status %d", id, st);
    cr_assert_null(g);
    cr_assert(strstr(text, id) && strstr(text, word), "wanted %s and '%s' in: %s", id, word, text);
    cr_assert(strchr(text, '\n') == strrchr(text, '\n'), "more than one message: %s", text);
    model_free(m);
    cr_assert_eq(mem_live(), 0);
}

Test(onnx, reads_a_network)
{
    Model m = small();
    Graph *g = NULL;
    cr_assert_eq(model_parse(&m, &g), ST_OK);
    cr_assert_eq(graph_input_count(g), 32);
    cr_assert_eq(graph_output_count(g), 12);
    graph_free(g);
    model_free(&m);
    cr_assert_eq(mem_live(), 0);
}

Test(onnx, every_prefix_is_refused)
{
    Model m = small();
    Buf b = {0};
    model_bytes(&m, &b);
    for (size_t n = 0; n < b.n; n++) {
        Graph *g = NULL;
        msg_capture_begin();
        Status st = onnx_parse("cut.onnx", b.s, n, &g);
        const char *text = msg_capture_end();
        cr_assert_eq(st, ST_INPUT, "prefix of %zu bytes of %zu", n, b.n);
        cr_assert(*text, "prefix of %zu bytes: no message", n);
    }
    buf_free(&b);
    model_free(&m);
    cr_assert_eq(mem_live(), 0);
}

Test(onnx, changed_bytes_never_crash)
{
    Model m = small();
    Buf b = {0};
    model_bytes(&m, &b);
    Rng rng = rng_make(3, 0);
    for (int32_t i = 0; i < 3000; i++) {
        Buf c = {0};
        Graph *g = NULL;
        buf_put(&c, b.s, b.n);
        for (uint32_t k = 0; k <= rng_below(&rng, 3); k++) c.s[rng_below(&rng, (uint32_t)c.n)] = (char)rng_u64(&rng);
        msg_capture_begin();
        Status st = onnx_parse("bad.onnx", c.s, c.n, &g);
        cr_assert(st == ST_OK || *msg_capture_end());
        graph_free(g);
        buf_free(&c);
    }
    buf_free(&b);
    model_free(&m);
    cr_assert_eq(mem_live(), 0);
}

Test(onnx, deep_nesting)
{
    /* node → attribute → graph → node …, far deeper than a stack allows */
    Buf b = {0};
    for (int32_t i = 0; i < 9000; i++) {
        Buf n = {0};
        static const char tag[3] = {0x0a, 0x2a, 0x32}; /* graph.node, node.attribute, attribute.g */
        uint64_t len = b.n;
        buf_char(&n, tag[(9000 - 1 - i) % 3]);
        do buf_char(&n, (char)((len & 127) | (len > 127 ? 128 : 0))); while (len >>= 7);
        if (b.n) buf_put(&n, b.s, b.n);
        buf_free(&b);
        b = n;
    }
    Buf m = {0};
    uint64_t len = b.n;
    buf_char(&m, 0x3a);
    do buf_char(&m, (char)((len & 127) | (len > 127 ? 128 : 0))); while (len >>= 7);
    buf_put(&m, b.s, b.n);
    Graph *g = NULL;
    msg_capture_begin();
    cr_assert_eq(onnx_parse("deep.onnx", m.s, m.n, &g), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "ONNX-0002"));
    buf_free(&b);
    buf_free(&m);
}

Test(onnx, many_empty_messages)
{
    Buf nodes = {0}, m = {0};
    for (int32_t i = 0; i < 1000000; i++) buf_put(&nodes, "\x0a\x00", 2);
    uint64_t len = nodes.n;
    buf_char(&m, 0x3a);
    do buf_char(&m, (char)((len & 127) | (len > 127 ? 128 : 0))); while (len >>= 7);
    buf_put(&m, nodes.s, nodes.n);
    Graph *g = NULL;
    clock_t t = clock(); /* processor time: the machine may be busy */
    msg_capture_begin();
    cr_assert_eq(onnx_parse("bomb.onnx", m.s, m.n, &g), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "ONNX-0002"));
    cr_assert_lt((double)(clock() - t) / CLOCKS_PER_SEC, 2.0);
    buf_free(&nodes);
    buf_free(&m);
}

Test(onnx, unsupported_operator)
{
    Model m = small();
    m.g->node[1]->op_type = (char *)"Einsum";
    refused(&m, "ONNX-0021", "node 'n_y': operator 'Einsum'");
}

Test(onnx, unknown_domain)
{
    Model m = small();
    m.g->node[1]->domain = (char *)"com.example";
    refused(&m, "ONNX-0021", "com.example.Relu");
}

Test(onnx, cycle)
{
    Model m = small();
    m.g->node[0]->input[0] = (char *)"y";
    refused(&m, "ONNX-0019", "cycle");
}

Test(onnx, missing_tensor)
{
    Model m = small();
    m.g->node[0]->input[1] = (char *)"nowhere";
    refused(&m, "ONNX-0017", "nowhere");
}

Test(onnx, missing_output)
{
    Model m = small();
    m.g->output[0]->name = (char *)"nothing";
    refused(&m, "ONNX-0017", "nothing");
}

Test(onnx, tensor_defined_twice)
{
    Model m = small();
    model_tensor(&m, "w", DT_FLOAT, DIMS(3, 2, 3, 3), NULL);
    refused(&m, "ONNX-0015", "'w'");
}

Test(onnx, output_defined_twice)
{
    Model m = small();
    m.g->node[1]->output[0] = (char *)"c";
    refused(&m, "ONNX-0015", "'c'");
}

Test(onnx, huge_dimension)
{
    Model m = small();
    m.g->initializer[0]->dims[0] = INT64_MAX / 2;
    refused(&m, "ONNX-0012", "'w'");
}

Test(onnx, negative_dimension)
{
    Model m = small();
    m.g->initializer[0]->dims[0] = -3;
    refused(&m, "ONNX-0012", "'w'");
}

Test(onnx, huge_input)
{
    Model m = model_make(DIMS(1, 1 << 20, 1 << 20, 1 << 20));
    model_node(&m, "Relu", "y", "x", NULL, NULL, NULL);
    refused(&m, "ONNX-0012", "'x'");
}

Test(onnx, huge_padding)
{
    Model m = small();
    model_ints(&m, m.g->node[0], "pads", 4, DIMS(60000, 60000, 60000, 60000));
    refused(&m, "ONNX-0012", "n_c");
}

Test(onnx, open_inner_dimension)
{
    Model m = model_make(DIMS(1, -1, 4));
    model_node(&m, "Relu", "y", "x", NULL, NULL, NULL);
    refused(&m, "ONNX-0012", "left open");
}

Test(onnx, too_few_values)
{
    Model m = small();
    m.g->initializer[0]->n_float_data = 5;
    refused(&m, "ONNX-0013", "holds 5");
}

Test(onnx, odd_raw_data)
{
    Model m = small();
    m.g->initializer[0]->has_raw_data = 1;
    m.g->initializer[0]->raw_data = (ProtobufCBinaryData){7, (uint8_t *)"1234567"};
    refused(&m, "ONNX-0013", "'w'");
}

Test(onnx, external_data)
{
    Model m = small();
    m.g->initializer[0]->has_data_location = 1;
    m.g->initializer[0]->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    refused(&m, "ONNX-0010", "'w'");
}

Test(onnx, not_a_number)
{
    Model m = small();
    m.g->initializer[0]->float_data[4] = NAN;
    refused(&m, "ONNX-0014", "'w'");
}

Test(onnx, integer_weights_without_scale)
{
    Model m = model_make(DIMS(-1, 2, 4, 4));
    model_tensor(&m, "w", DT_INT8, DIMS(3, 2, 3, 3), NULL);
    model_node(&m, "Conv", "y", "x", "w", NULL, NULL);
    refused(&m, "ONNX-0022", "'w'");
}

Test(onnx, wrong_channels)
{
    Model m = small();
    m.g->initializer[0]->dims[0] = 2;
    m.g->initializer[0]->dims[1] = 3;
    refused(&m, "ONNX-0022", "node 'n_c' (Conv)");
}

Test(onnx, unknown_attribute)
{
    Model m = small();
    model_int(&m, m.g->node[0], "frobnicate", 1);
    refused(&m, "ONNX-0020", "frobnicate");
}

Test(onnx, no_operator_set)
{
    Model m = small();
    m.m->n_opset_import = 0;
    refused(&m, "ONNX-0004", "operator set");
}

Test(onnx, unknown_operator_set)
{
    Model m = small();
    m.m->opset_import[0]->version = 26;
    refused(&m, "ONNX-0004", "operator set 26");
}

Test(onnx, no_graph)
{
    Model m = small();
    m.m->graph = NULL;
    refused(&m, "ONNX-0003", "no graph");
}

Test(onnx, constant_that_takes_forever)
{
    /* 4096 × 4096 from a sum of a row and a column, then squared: 2^36 multiplications from a few bytes */
    Model m = model_make(DIMS(-1, 4));
    model_tensor(&m, "r", DT_FLOAT, DIMS(1, 4096), NULL);
    model_tensor(&m, "c", DT_FLOAT, DIMS(4096, 1), NULL);
    model_node(&m, "Add", "a", "r", "c", NULL, NULL);
    model_node(&m, "MatMul", "b", "a", "a", NULL, NULL);
    model_node(&m, "Relu", "y", "x", NULL, NULL, NULL);
    refused(&m, "ONNX-0023", "n_b");
}

Test(onnx, large_constants_wait_for_the_rest)
{
    /* 64 MB of a product, of which nothing may be made: its reader does not fit. And more of them than the budget: refused by name. */
    Model m = model_make(DIMS(-1, 3));
    model_tensor(&m, "r", DT_FLOAT, DIMS(1, 4096), NULL);
    model_tensor(&m, "c", DT_FLOAT, DIMS(4096, 1), NULL);
    model_node(&m, "Mul", "a", "r", "c", NULL, NULL);
    model_node(&m, "Add", "y", "x", "a", NULL, NULL);
    uint64_t before = mem_peak_rss();
    refused(&m, "ONNX-0022", "n_y");
    cr_assert_lt(mem_peak_rss() - before, 16u << 20);
    char in[16] = "a", out[16];
    m = model_make(DIMS(-1, 3));
    model_tensor(&m, "r", DT_FLOAT, DIMS(1, 4096), NULL);
    model_tensor(&m, "c", DT_FLOAT, DIMS(4096, 1), NULL);
    model_node(&m, "Mul", "a", "r", "c", NULL, NULL);
    for (int32_t i = 0; i < 8; i++) {
        snprintf(out, sizeof out, "t%d", i);
        model_node(&m, "Sigmoid", out, in, NULL, NULL, NULL);
        memcpy(in, out, sizeof in);
    }
    model_node(&m, "Relu", "y", "x", NULL, NULL, NULL);
    refused(&m, "ONNX-0012", "n_t6");
}

Test(onnx, parameters_made_of_large_constants)
{
    /* A scale per column of 300 that is a product, and a shape cut out of a list of 400: both must be known while shapes are found out. */
    double shape[400] = {0}, two[1] = {2}, half[300];
    for (int32_t k = 0; k < 300; k++) half[k] = 0.25;
    for (int32_t k = 0; k < 400; k++) shape[k] = k == 301 ? 30 : 10;
    Model m = model_make(DIMS(-1, 300));
    model_tensor(&m, "w", DT_INT8, DIMS(300, 300), NULL);
    model_tensor(&m, "h", DT_FLOAT, DIMS(300), half);
    model_tensor(&m, "two", DT_FLOAT, DIMS(1), two);
    model_tensor(&m, "list", DT_INT64, DIMS(400), shape);
    model_tensor(&m, "from", DT_INT64, DIMS(1), (const double[]){300});
    model_tensor(&m, "to", DT_INT64, DIMS(1), (const double[]){302});
    model_node(&m, "Mul", "s", "h", "two", NULL, NULL);
    model_int(&m, model_node(&m, "DequantizeLinear", "f", "w", "s", NULL, NULL), "axis", 1);
    model_node(&m, "MatMul", "p", "x", "f", NULL, NULL);
    model_node(&m, "Slice", "shape", "list", "from", "to", NULL);
    model_node(&m, "Reshape", "y", "p", "shape", NULL, NULL);
    Graph *g = NULL;
    cr_assert_eq(model_parse(&m, &g), ST_OK);
    const GValue *y = &g->values.v[g->output];
    cr_assert(y->rank == 2 && y->dim[0] == 10 && y->dim[1] == 30);
    for (uint32_t v = 0; v < g->values.n; v++) {
        const GValue *c = &g->values.v[v];
        if (str_eq(c->name, "f")) cr_assert(c->f && fabsf(c->f[7] - (float)m.g->initializer[0]->int32_data[7] * 0.5f) < 1e-6f);
    }
    graph_free(g);
    model_free(&m);
    cr_assert_eq(mem_live(), 0);
}

Test(onnx, many_nodes_of_one_name_are_quick)
{
    Model m = model_make(DIMS(-1, 4));
    char in[16] = "x", out[16];
    for (int32_t i = 0; i < 3000; i++) {
        snprintf(out, sizeof out, i == 2999 ? "y" : "t%d", i);
        model_node(&m, "Relu", out, in, NULL, NULL, NULL)->name = (char *)"same";
        memcpy(in, out, sizeof in);
    }
    Graph *g;
    clock_t t = clock(); /* processor time: the machine may be busy */
    cr_assert_eq(model_parse(&m, &g), ST_OK);
    cr_assert_lt((double)(clock() - t) / CLOCKS_PER_SEC, 2.0);
    graph_free(g);
    model_free(&m);
}

Test(onnx, nodes_in_any_order)
{
    Model m = small();
    Onnx__NodeProto *n = m.g->node[0];
    m.g->node[0] = m.g->node[1];
    m.g->node[1] = n;
    Graph *g = NULL;
    cr_assert_eq(model_parse(&m, &g), ST_OK);
    graph_free(g);
    model_free(&m);
}

Test(onnx, workload_prefixes)
{
    /* The keyword network cut at every 97th byte: a real exporter's file. */
    Buf b = {0};
    if (!kws_dir()) skip_test("no keyword workload beside the repository");
    cr_assert_eq(io_read(APUGEN_SRC "/../shared/workloads/kws/ds_cnn_int8_qdq.onnx", 1 << 20, &b), ST_OK);
    for (size_t n = 0; n < b.n; n += 97) {
        Graph *g = NULL;
        msg_capture_begin();
        cr_assert_eq(onnx_parse("cut.onnx", b.s, n, &g), ST_INPUT, "prefix of %zu bytes", n);
        cr_assert(*msg_capture_end());
    }
    buf_free(&b);
}
