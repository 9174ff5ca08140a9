/* Digits filled: other integers than the network's, within what rounding to them costs; no more conversions than the network's own take. */
#include "mapper/map.h"

#include "gen/base/io.h"
#include "tests/mapper/model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* int8 codes of 3 digits all through: conv, Relu, MaxPool, depthwise conv, residual Add, mean, dense. */
static Model coded(void)
{
    Model m = model_make(DIMS(-1, 4, 8, 8));
    static const double s[1] = {0.02}, z[1] = {-128}, so[1] = {0.06}, sa[1] = {0.06}, ws[1] = {0.01}, wz[1] = {0};
    model_tensor(&m, "s", DT_FLOAT, DIMS(1), s);
    model_tensor(&m, "z", DT_INT8, DIMS(1), z);
    model_tensor(&m, "so", DT_FLOAT, DIMS(1), so);
    model_tensor(&m, "sa", DT_FLOAT, DIMS(1), sa);
    model_tensor(&m, "ws", DT_FLOAT, DIMS(1), ws);
    model_tensor(&m, "wz", DT_INT8, DIMS(1), wz);
    static double q[16 * 4 * 9];
    Rng rng = rng_make(7, 8);
    for (size_t i = 0; i < COUNTOF(q); i++) q[i] = (double)rng_below(&rng, 255) - 127;
    model_tensor(&m, "q0", DT_INT8, DIMS(16, 4, 3, 3), q);
    model_tensor(&m, "q1", DT_INT8, DIMS(16, 1, 3, 3), q);
    model_tensor(&m, "q2", DT_INT8, DIMS(16, 5), q);
    for (int i = 0; i < 3; i++) model_node(&m, "DequantizeLinear", (const char *const[]){"w0", "w1", "w2"}[i], (const char *const[]){"q0", "q1", "q2"}[i], "ws", "wz", NULL);
    model_node(&m, "QuantizeLinear", "xq", "x", "s", "z", NULL);
    model_node(&m, "DequantizeLinear", "xd", "xq", "s", "z", NULL);
    model_ints(&m, model_node(&m, "Conv", "c0", "xd", "w0", NULL, NULL), "pads", 4, DIMS(1, 1, 1, 1));
    model_node(&m, "Relu", "r0", "c0", NULL, NULL, NULL);
    model_node(&m, "QuantizeLinear", "a", "r0", "so", "z", NULL);
    model_node(&m, "DequantizeLinear", "ad", "a", "so", "z", NULL);
    Onnx__NodeProto *mp = model_node(&m, "MaxPool", "mp", "ad", NULL, NULL, NULL);
    model_ints(&m, mp, "kernel_shape", 2, DIMS(2, 2));
    model_ints(&m, mp, "strides", 2, DIMS(2, 2));
    Onnx__NodeProto *dw = model_node(&m, "Conv", "c1", "mp", "w1", NULL, NULL);
    model_ints(&m, dw, "pads", 4, DIMS(1, 1, 1, 1));
    model_int(&m, dw, "group", 16);
    model_node(&m, "QuantizeLinear", "b", "c1", "so", "wz", NULL);
    model_node(&m, "DequantizeLinear", "bd", "b", "so", "wz", NULL);
    model_node(&m, "Add", "sum", "mp", "bd", NULL, NULL);
    model_node(&m, "Relu", "rs", "sum", NULL, NULL, NULL);
    model_node(&m, "GlobalAveragePool", "ga", "rs", NULL, NULL, NULL);
    model_node(&m, "QuantizeLinear", "gq", "ga", "sa", "z", NULL);
    model_node(&m, "DequantizeLinear", "gd", "gq", "sa", "z", NULL);
    model_node(&m, "Flatten", "fl", "gd", NULL, NULL, NULL);
    model_node(&m, "MatMul", "y", "fl", "w2", NULL, NULL);
    return m;
}

typedef struct {
    Graph *g;
    Npy x;
    Plan p;
} Mapped;

static void read_network(Mapped *r, Model *m, char path[64])
{
    snprintf(path, 64, "/tmp/apugen-test-fill-%d.onnx", (int)getpid());
    model_file(m, path);
    cr_assert_eq(onnx_read(path, &r->g), ST_OK);
    model_free(m);
    int64_t n = 32 * graph_input_count(r->g);
    r->x = (Npy){.type = NPY_F32, .rank = 2, .shape = {32, n / 32}, .count = n, .data = mem_calloc((size_t)n, sizeof(float))};
    Rng rng = rng_make(3, 4);
    for (int64_t i = 0; i < n; i++) ((float *)r->x.data)[i] = (float)fabs(rng_normal(&rng));
}

static Mapped map(Model m, MapOptions opt)
{
    static Arena a;
    Mapped r = {0};
    PlanArch arch;
    char path[64];
    read_network(&r, &m, path);
    opt.calib = &r.x;
    msg_level(MSG_QUIET);
    cr_assert_eq(arch_read("adelia-gen2", &a, &arch), ST_OK);
    cr_assert_eq(map_network(r.g, path, &arch, &opt, &r.p), ST_OK);
    unlink(path);
    return r;
}

static void unmap(Mapped *r)
{
    plan_free(&r->p);
    graph_free(r->g);
    npy_free(&r->x);
}

/* Rms difference of exact inference from the network, over the network's rms. */
static double residual(const Mapped *r)
{
    float *f = NULL, *e = NULL;
    double top = 0, diff = 0;
    cr_assert_eq(graph_infer(r->g, &r->x, 1, &f), ST_OK);
    cr_assert_eq(plan_infer_exact(&r->p, &r->x, 1, &e), ST_OK);
    for (int64_t i = 0; i < 32 * graph_output_count(r->g); i++) top += pow((double)f[i], 2), diff += pow((double)f[i] - (double)e[i], 2);
    mem_free(f);
    mem_free(e);
    return sqrt(diff / top);
}

/* Conversions of a column at one output, one after another: digits, chunks, repeats. */
static int64_t column_time(const PlanLayer *l) { return (int64_t)l->digits * ((plan_rows(l) + l->rows_per_conv - 1) / l->rows_per_conv) * plan_repeats(l); }

Test(fill, asked_digits_are_filled)
{
    Mapped own = map(coded(), (MapOptions){0}), two = map(coded(), (MapOptions){.fill_slices = 2, .fill_digits = 2}), three = map(coded(), (MapOptions){.fill_slices = 3, .fill_digits = 3});
    uint32_t convs = 0;
    cr_assert_eq(own.p.layers.n, two.p.layers.n);
    for (uint32_t i = 0; i < own.p.layers.n; i++) {
        const PlanLayer *l = &two.p.layers.v[i], *was = &own.p.layers.v[i];
        const PlanTensor *in = &two.p.tensors.v[l->in[0]];
        if (l->op != PLAN_CONV) continue;
        convs++;
        cr_assert(was->slices == 3 && was->digits == 3 && was->network_slices == 0, "%s: %d slices, %d digits", l->name, was->slices, was->digits);
        cr_assert(l->slices == 2 && l->digits == 2 && l->network_slices == 3 && l->network_digits == 3);
        cr_assert_float_eq(in->network_scale, own.p.tensors.v[was->in[0]].scale, 1e-12);
        cr_assert(fmax(in->hi, -in->lo) == 63 && in->zp == 0, "%s: inputs %d … %d", l->name, in->lo, in->hi);
        for (int32_t o = 0; o < l->oc; o++) {
            int32_t top = 0;
            for (int32_t k = 0; k < plan_rows(l); k++) top = abs(l->w[o * plan_rows(l) + k]) > top ? abs(l->w[o * plan_rows(l) + k]) : top;
            cr_assert(top > 31 && top <= 63, "%s output %d reaches %d", l->name, o, top);
        }
    }
    cr_assert_eq(convs, 3);
    double r0 = residual(&own), r2 = residual(&two), r3 = residual(&three);
    cr_assert_lt(r0, 0.01, "%g", r0);
    cr_assert(r2 > r0 && r2 < 0.06, "two digits are off by %g, the network's codes by %g", r2, r0);
    cr_assert_lt(r3, r2, "three digits are off by %g, two by %g", r3, r2);
    unmap(&own);
    unmap(&two);
    unmap(&three);
}

/* A table keeps the integers of its input; those of its output are rounded again. */
Test(fill, tables_follow_their_output)
{
    Model m = model_make(DIMS(-1, 6, 5, 5));
    static const double s[1] = {0.03}, z[1] = {0}, su[1] = {1.0 / 255}, zu[1] = {-128}, ws[1] = {0.02};
    static double q[8 * 6 * 9];
    Rng rng = rng_make(9, 8);
    for (size_t i = 0; i < COUNTOF(q); i++) q[i] = (double)rng_below(&rng, 255) - 127;
    model_tensor(&m, "s", DT_FLOAT, DIMS(1), s);
    model_tensor(&m, "z", DT_INT8, DIMS(1), z);
    model_tensor(&m, "su", DT_FLOAT, DIMS(1), su);
    model_tensor(&m, "zu", DT_INT8, DIMS(1), zu);
    model_tensor(&m, "ws", DT_FLOAT, DIMS(1), ws);
    model_tensor(&m, "q0", DT_INT8, DIMS(8, 6, 3, 3), q);
    model_tensor(&m, "q1", DT_INT8, DIMS(4, 8, 1, 1), q);
    for (int i = 0; i < 2; i++) model_node(&m, "DequantizeLinear", i ? "w1" : "w0", i ? "q1" : "q0", "ws", "z", NULL);
    model_node(&m, "QuantizeLinear", "xq", "x", "s", "z", NULL);
    model_node(&m, "DequantizeLinear", "xd", "xq", "s", "z", NULL);
    model_node(&m, "Conv", "c0", "xd", "w0", NULL, NULL);
    model_node(&m, "QuantizeLinear", "a", "c0", "s", "z", NULL);
    model_node(&m, "DequantizeLinear", "ad", "a", "s", "z", NULL);
    model_node(&m, "Sigmoid", "f", "ad", NULL, NULL, NULL);
    model_node(&m, "QuantizeLinear", "b", "f", "su", "zu", NULL);
    model_node(&m, "DequantizeLinear", "bd", "b", "su", "zu", NULL);
    model_node(&m, "Conv", "y", "bd", "w1", NULL, NULL);
    Mapped r = map(m, (MapOptions){.fill_slices = 3, .fill_digits = 2});
    uint32_t tables = 0;
    for (uint32_t i = 0; i < r.p.layers.n; i++) {
        const PlanLayer *l = &r.p.layers.v[i];
        if (l->op != PLAN_TABLE) continue;
        const PlanTensor *in = &r.p.tensors.v[l->in[0]], *out = &r.p.tensors.v[l->out];
        tables++;
        cr_assert(!(in->network_scale > 0) && in->lo == -128 && out->network_scale > 0 && out->zp == 0 && out->hi == 63);
        for (int32_t k = 0; k < plan_table(in); k++) {
            double y = 1 / (1 + exp(-in->scale * (in->lo + k - in->zp))), got = out->scale * l->table[k];
            cr_assert(fabs(got - y) < 0.51 * out->scale + 0.51 / 255 || (got < y && l->table[k] == 63), "entry %d is %g, want %g", k, got, y);
        }
    }
    cr_assert_eq(tables, 1);
    double d = residual(&r);
    cr_assert_lt(d, 0.05, "%g", d);
    unmap(&r);
}

/* Digits that the network does not have are not made, and a tensor that fills its digits stays: saturating some of it would only cost. */
Test(fill, what_is_full_stays)
{
    Model m = model_make(DIMS(-1, 40));
    model_tensor(&m, "w", DT_FLOAT, DIMS(40, 8), NULL);
    model_node(&m, "MatMul", "y", "x", "w", NULL, NULL);
    Mapped r = map(m, (MapOptions){.fill_slices = 3, .fill_digits = 3});
    cr_assert(r.p.layers.v[0].slices == 2 && r.p.layers.v[0].digits == 2);
    cr_assert(r.p.tensors.v[r.p.input].hi == 63 && !(r.p.tensors.v[r.p.input].network_scale > 0));
    unmap(&r);
}

/* The column's load counts with --digits only; whatever is chosen, no layer takes longer, and the error that noise makes is not larger. */
Test(fill, chosen_digits_take_no_more_conversions)
{
    double noise[17] = {0};
    noise[10] = 0.4;
    MapOptions opt = {.noise = noise, .adc_bits = 10, .adc_gain = 4}, loaded = opt, fill;
    loaded.column = (MapColumn){6, 0.08, 0.08};
    fill = loaded;
    fill.fill = true;
    Mapped a = map(coded(), opt), b = map(coded(), loaded), c = map(coded(), fill);
    int64_t least = 0, own = 0;
    for (uint32_t i = 0; i < a.p.layers.n; i++) {
        const PlanLayer *l = &a.p.layers.v[i], *n = &c.p.layers.v[i];
        if (l->op != PLAN_CONV) continue;
        cr_assert(l->rows_per_conv == b.p.layers.v[i].rows_per_conv && l->slices == b.p.layers.v[i].slices);
        cr_assert_leq(column_time(n), column_time(l), "%s takes %lld conversions, with the network's integers %lld", l->name, (long long)column_time(n), (long long)column_time(l));
        cr_assert(n->slices >= 1 && n->slices <= 3 && n->network_slices == 3);
        own += column_time(l) * l->slices, least += column_time(n) * n->slices;
    }
    cr_assert_lt(least, own, "nothing is saved");
    cr_assert_lt(residual(&c), 0.15, "%g", residual(&c));
    unmap(&a);
    unmap(&b);
    unmap(&c);
}

Test(fill, repeats_that_are_asked_for_stay)
{
    Mapped r = map(coded(), (MapOptions){.fill = true, .repeats = 3});
    for (uint32_t i = 0; i < r.p.layers.n; i++) cr_assert(r.p.layers.v[i].op != PLAN_CONV || r.p.layers.v[i].repeats == 3);
    unmap(&r);
}

Test(fill, plan_says_so_and_is_read_back)
{
    const char *path = "/tmp/apugen-test-fill-plan.xml";
    Mapped r = map(coded(), (MapOptions){.fill_slices = 1, .fill_digits = 2});
    Plan back;
    Buf a = {0}, b = {0};
    cr_assert_eq(plan_write(&r.p, path), ST_OK);
    cr_assert_eq(io_read(path, 1 << 24, &a), ST_OK);
    cr_assert_eq(plan_read(path, &back), ST_OK);
    cr_assert_eq(plan_write(&back, path), ST_OK);
    cr_assert_eq(io_read(path, 1 << 24, &b), ST_OK);
    cr_assert(a.n == b.n && memcmp(a.s, b.s, a.n) == 0);
    cr_assert(strstr(a.s, "network-slices=\"3\"") && strstr(a.s, "network-digits=\"3\"") && strstr(a.s, "network-scale=\"0.0"));
    cr_assert(plan_filled(&back));
    unlink(path);
    buf_free(&a);
    buf_free(&b);
    plan_free(&back);
    unmap(&r);
}

/* Sums that would come near the end of the partial sums: whole factors first, rounding only where it was allowed. */
Test(fill, weights_keep_sums_in_their_bits)
{
    enum { K = 4096 };
    PlanArch a = {.sum_bits = 30};
    int16_t *w = mem_calloc(K, sizeof *w), *out = mem_calloc(K, sizeof *out);
    PlanLayer l = {.oc = 1, .icg = K, .kh = 1, .kw = 1, .w = w};
    double factor, sum = 0;
    for (int i = 0; i < K; i++) w[i] = (int16_t)(i % 2 ? 250 : -3);
    fill_weights(&a, &l, 3, 63, false, out, &factor);
    cr_assert(factor == 2 && out[1] == 500 && out[0] == -6);
    fill_weights(&a, &l, 3, 511, false, out, &factor); /* 2^28 / (2048 · 253 · 511) is 1.01 */
    cr_assert(factor == 1 && out[1] == 250 && out[0] == -3);
    fill_weights(&a, &l, 3, 1022, false, out, &factor);
    cr_assert(factor == 1 && out[1] == 250, "exact weights stay, whatever the sums: plan_check judges them");
    fill_weights(&a, &l, 3, 1022, true, out, &factor);
    for (int i = 0; i < K; i++) sum += abs(out[i]) * 1022.0;
    cr_assert(factor < 1 && sum < ldexp(1, 29) && sum > ldexp(1, 27), "factor %g, sum %g", factor, sum);
    fill_weights(&a, &l, 1, 63, true, out, &factor);
    cr_assert(out[1] == 7 && out[0] == 0 && factor > 0.027 && factor < 0.05, "%d %d at %g", out[1], out[0], factor);
    mem_free(w);
    mem_free(out);
}
