/*
 * The operators in float, as ONNX defines them (operator sets 7…). Convolution is in gemm.c. Integers of 8 bit are kept as
 * floats, in which they are exact.
 */
#include "mapper/graph.h"

#include <float.h>
#include <math.h>

#define ROUND_MAGIC 12582912.0f /* 1.5 · 2^23: adding and taking it away rounds |x| < 2^22 half to even */

static inline float round_even(float x) { return (x + ROUND_MAGIC) - ROUND_MAGIC; }

/* Integer range of an 8-bit type. */
static void type_range(DataType t, float *lo, float *hi)
{
    *lo = t == DT_UINT8 ? 0.0f : -128.0f;
    *hi = t == DT_UINT8 ? 255.0f : 127.0f;
}

static void quantise_run(const float *restrict x, float *restrict y, int64_t n, float scale, float zp, float lo, float hi)
{
    lo -= zp, hi -= zp; /* clamping first is the same: the bounds are whole */
    for (int64_t i = 0; i < n; i++) {
        float v = x[i] / scale;
        v = v < lo ? lo : v;
        v = v > hi ? hi : v;
        y[i] = round_even(v) + zp;
    }
}

/* Number of values behind axis, and before it. */
void around_axis(const GValue *v, int64_t axis, int64_t *before, int64_t *after)
{
    *before = *after = 1;
    for (int64_t i = 0; i < v->rank; i++) {
        if (i < axis) *before *= v->dim[i];
        if (i > axis) *after *= v->dim[i];
    }
}

static void eval_qdq(const Graph *g, const GNode *n, const float *const *in, float *y)
{
    const GValue *x = &g->values.v[n->in[0]], *s = &g->values.v[n->in[1]];
    int64_t before = 1, after = x->count, axis = s->count;
    if (axis != 1) around_axis(x, n->axis, &before, &after);
    float lo, hi;
    type_range(g->values.v[n->out].type, &lo, &hi);
    for (int64_t b = 0; b < before; b++)
        for (int64_t a = 0; a < axis; a++) {
            float scale = in[1][a], zp = in[2] ? in[2][a] : 0.0f;
            const float *src = in[0] + (b * axis + a) * after;
            float *dst = y + (b * axis + a) * after;
            if (n->op == OP_QUANTIZE) quantise_run(src, dst, after, scale, zp, lo, hi);
            else
                for (int64_t i = 0; i < after; i++) dst[i] = (src[i] - zp) * scale;
        }
}

/* Strides of v's elements in an output of rank r (0 where broadcast). */
void walk_strides(const GValue *v, uint32_t r, int64_t *st)
{
    int64_t step = 1;
    for (uint32_t i = 0; i < r; i++) {
        bool has = i < v->rank;
        int64_t d = has ? v->dim[v->rank - 1 - i] : 1;
        st[r - 1 - i] = d == 1 ? 0 : step;
        step *= d;
    }
}

/* Next position in an array of the given shape; offsets of two operands follow. */
void walk_step(const GValue *y, int64_t *at, const int64_t *sa, const int64_t *sb, int64_t *a, int64_t *b)
{
    for (int64_t i = (int64_t)y->rank - 1; i >= 0; i--) {
        *a += sa[i], *b += sb[i];
        if (++at[i] < y->dim[i]) return;
        *a -= sa[i] * at[i], *b -= sb[i] * at[i];
        at[i] = 0;
    }
}

static float binary(OpKind op, float a, float b)
{
    return op == OP_ADD ? a + b : op == OP_SUB ? a - b : op == OP_MUL ? a * b : a / b;
}

/* 8-bit integers wrap around, as in the machine; a division is cut towards zero, by 0 it gives 0. */
static float binary_byte(OpKind op, float a, float b, bool is_signed)
{
    int32_t x = (int32_t)a, y = (int32_t)b;
    int32_t v = op == OP_ADD ? x + y : op == OP_SUB ? x - y : op == OP_MUL ? x * y : y ? x / y : 0;
    return is_signed ? (float)(int8_t)(uint8_t)v : (float)(uint8_t)v;
}

static void eval_binary(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *y = &g->values.v[n->out], *va = &g->values.v[n->in[0]], *vb = &g->values.v[n->in[1]];
    int64_t sa[G_RANK], sb[G_RANK], at[G_RANK] = {0}, a = 0, b = 0;
    if (y->type == DT_UINT8 || y->type == DT_INT8) {
        walk_strides(va, y->rank, sa);
        walk_strides(vb, y->rank, sb);
        for (int64_t i = 0; i < y->count; i++) {
            out[i] = binary_byte(n->op, in[0][a], in[1][b], y->type == DT_INT8);
            walk_step(y, at, sa, sb, &a, &b);
        }
        return;
    }
    if (va->count == y->count && vb->count == y->count) {
        for (int64_t i = 0; i < y->count; i++) out[i] = binary(n->op, in[0][i], in[1][i]);
        return;
    }
    walk_strides(va, y->rank, sa);
    walk_strides(vb, y->rank, sb);
    for (int64_t i = 0; i < y->count; i++) {
        out[i] = binary(n->op, in[0][a], in[1][b]);
        walk_step(y, at, sa, sb, &a, &b);
    }
}

/* out [m][cols] = a [m][k] · b [k][cols], or b [cols][k]; each output one sum in the order of k. */
static void matrix(const float *a, int64_t sa_row, int64_t sa_k, const float *b, bool trans_b, int64_t m, int64_t k, int64_t cols, float *restrict out)
{
    for (int64_t r = 0; r < m; r++) {
        float *restrict y = out + r * cols;
        for (int64_t j = 0; j < cols; j++) y[j] = 0.0f;
        if (trans_b) {
            for (int64_t j = 0; j < cols; j++) {
                float part[8] = {0}; /* eight sums side by side fill a vector register */
                int64_t t = 0;
                for (; t + 8 <= k; t += 8)
                    for (int32_t l = 0; l < 8; l++) part[l] += a[r * sa_row + (t + l) * sa_k] * b[j * k + t + l];
                for (; t < k; t++) part[0] += a[r * sa_row + t * sa_k] * b[j * k + t];
                for (int32_t l = 0; l < 8; l++) y[j] += part[l];
            }
            continue;
        }
        for (int64_t t = 0; t < k; t++) {
            float x = a[r * sa_row + t * sa_k];
            for (int64_t j = 0; j < cols; j++) y[j] += x * b[t * cols + j];
        }
    }
}

static void eval_gemm(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *x = &g->values.v[n->in[0]], *y = &g->values.v[n->out];
    int64_t m = y->dim[0], cols = y->dim[1], k = x->dim[!n->trans_a], sc[2] = {0, 0};
    matrix(in[0], n->trans_a ? 1 : k, n->trans_a ? m : 1, in[1], n->trans_b, m, k, cols, out);
    if (in[2]) walk_strides(&g->values.v[n->in[2]], 2, sc);
    for (int64_t r = 0; r < m; r++)
        for (int64_t j = 0; j < cols; j++) {
            float *v = &out[r * cols + j];
            if (n->alpha < 1.0f || n->alpha > 1.0f) *v *= n->alpha;
            if (in[2]) *v += n->beta * in[2][r * sc[0] + j * sc[1]];
        }
}

static void eval_matmul(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    GValue y = g->values.v[n->out], a = g->values.v[n->in[0]], b = g->values.v[n->in[1]];
    int64_t m = y.dim[y.rank - 2], cols = y.dim[y.rank - 1], k = a.dim[a.rank - 1], sa[G_RANK], sb[G_RANK], at[G_RANK] = {0}, oa = 0, ob = 0;
    int64_t batch = y.count / (m * cols);
    /* Walk over the leading dimensions alone; strides count matrices. */
    y.rank -= 2, a.rank -= 2, b.rank -= 2;
    walk_strides(&a, y.rank, sa);
    walk_strides(&b, y.rank, sb);
    for (int64_t i = 0; i < batch; i++) {
        matrix(in[0] + oa * m * k, k, 1, in[1] + ob * k * cols, false, m, k, cols, out + i * m * cols);
        walk_step(&y, at, sa, sb, &oa, &ob);
    }
}

static void eval_batchnorm(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *x = &g->values.v[n->in[0]];
    int64_t before, after;
    around_axis(x, 1, &before, &after);
    for (int64_t b = 0; b < before; b++)
        for (int64_t c = 0; c < x->dim[1]; c++) {
            float k = in[1][c] / sqrtf(in[4][c] + n->eps);
            const float *src = in[0] + (b * x->dim[1] + c) * after;
            float *dst = out + (b * x->dim[1] + c) * after;
            for (int64_t i = 0; i < after; i++) dst[i] = (src[i] - in[3][c]) * k + in[2][c];
        }
}

void clip_bounds(const GNode *n, const float *lo_in, const float *hi_in, float *lo, float *hi)
{
    const GAttr *a = node_attr(n, "min"), *b = node_attr(n, "max");
    *lo = lo_in ? lo_in[0] : a ? a->f : -FLT_MAX;
    *hi = hi_in ? hi_in[0] : b ? b->f : FLT_MAX;
    if (n->op == OP_RELU) *lo = 0.0f;
}

/* Taps k0 … k1−1 of a window that lie inside the image along one dimension; the first tap stands at `from`. */
typedef struct { int64_t k0, k1, from; } Span;

static Span span_at(int64_t o, int64_t k, int64_t stride, int64_t dilation, int64_t pad, int64_t size)
{
    Span s = {0, k, o * stride - pad};
    while (s.k0 < s.k1 && s.from + s.k0 * dilation < 0) s.k0++;
    while (s.k1 > s.k0 && s.from + (s.k1 - 1) * dilation >= size) s.k1--;
    return s;
}

/* Taps inside the padded image: what count_include_pad divides by (ceil_mode may reach beyond even that). */
static int64_t padded_taps(Span s, int64_t k, int64_t dilation, int64_t size, int64_t pad_after)
{
    int64_t taps = 0;
    for (int64_t i = 0; i < k; i++) taps += s.from + i * dilation < size + pad_after;
    return taps;
}

/* One output of a pool: largest value, its index, or sum over the window. x: one channel. */
static float pool_window(const GNode *n, Nchw x, const float *in, Span z, Span y, Span w, bool sum, int64_t *index)
{
    float v = sum ? 0.0f : -FLT_MAX;
    *index = -1;
    for (int64_t kz = z.k0; kz < z.k1; kz++)
        for (int64_t ky = y.k0; ky < y.k1; ky++)
            for (int64_t kx = w.k0; kx < w.k1; kx++) {
                int64_t iz = z.from + kz * n->dd, iy = y.from + ky * n->dh, ix = w.from + kx * n->dw;
                float t = in[(iz * x.h + iy) * x.w + ix];
                if (sum) v += t;
                else if (t > v || *index < 0) v = t, *index = (iz * x.h + iy) * x.w + ix;
            }
    return v;
}

/* Index of MaxPool's second output: over the whole tensor; storage_order 1 counts a picture by columns. */
static float pool_index(const GNode *n, Nchw x, int64_t channel, int64_t at)
{
    const GAttr *order = node_attr(n, "storage_order");
    int64_t iz = at / (x.h * x.w), iy = at / x.w % x.h, ix = at % x.w;
    if (order && order->i) at = (ix * x.h + iy) * x.d + iz;
    return (float)(channel * x.d * x.h * x.w + at);
}

static void eval_pool(const Graph *g, const GNode *n, const float *in, float *out)
{
    Nchw x = value_nchw(&g->values.v[n->in[0]]), y = value_nchw(&g->values.v[n->out]);
    bool index = n->op == OP_MAXINDEX, sum = n->op == OP_AVGPOOL || n->op == OP_GLOBALAVG;
    int64_t plane = y.h * y.w, at;
    for (int64_t c = 0; c < x.n * x.c; c++, in += x.d * x.h * x.w)
        for (int64_t o = 0; o < y.d * plane; o++) {
            Span z = span_at(o / plane, n->kd, n->sd, n->dd, n->pf, x.d), r = span_at(o / y.w % y.h, n->kh, n->sh, n->dh, n->pt, x.h);
            Span w = span_at(o % y.w, n->kw, n->sw, n->dw, n->pl, x.w);
            float v = pool_window(n, x, in, z, r, w, sum, &at);
            int64_t taps = (z.k1 - z.k0) * (r.k1 - r.k0) * (w.k1 - w.k0);
            if (n->include_pad)
                taps = padded_taps(z, n->kd, n->dd, x.d, n->pk) * padded_taps(r, n->kh, n->dh, x.h, n->pb) * padded_taps(w, n->kw, n->dw, x.w, n->pr);
            *out++ = index ? pool_index(n, x, c, at < 0 ? 0 : at) : sum && taps ? v / (float)taps : v;
        }
}

/* Functions of one value. */
static void eval_real(const GNode *n, const float *in, float *out, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        float v = in[i];
        switch (n->op) {
        case OP_LEAKYRELU: out[i] = v < 0 ? n->alpha * v : v; break;
        case OP_SIGMOID: out[i] = (float)(1.0 / (1.0 + exp(-(double)v))); break;
        case OP_TANH: out[i] = (float)tanh((double)v); break;
        case OP_ELU: out[i] = v < 0 ? (float)((double)n->alpha * expm1((double)v)) : v; break;
        case OP_HARDSWISH: out[i] = v * fmaxf(0.0f, fminf(1.0f, v / 6 + 0.5f)); break;
        default: out[i] = fmaxf(0.0f, fminf(1.0f, n->alpha * v + n->beta)); break; /* HardSigmoid */
        }
    }
}

static void eval_softmax(const Graph *g, const GNode *n, const float *in, float *out)
{
    const GValue *x = &g->values.v[n->in[0]];
    int64_t before, after, len = x->dim[n->axis];
    around_axis(x, n->axis, &before, &after);
    if (g->opset < 13) len *= after, after = 1; /* old operator sets: over all that is behind the axis */
    for (int64_t b = 0; b < before; b++)
        for (int64_t a = 0; a < after; a++) {
            const float *s = in + b * len * after + a;
            float *d = out + b * len * after + a, top = s[0];
            double sum = 0;
            for (int64_t i = 1; i < len; i++) top = s[i * after] > top ? s[i * after] : top;
            for (int64_t i = 0; i < len; i++) sum += exp((double)(s[i * after] - top));
            for (int64_t i = 0; i < len; i++) d[i * after] = (float)(exp((double)(s[i * after] - top)) / sum);
        }
}

void op_eval(const Graph *g, const GNode *n, const float *const *in, float *out, Scratch *scratch)
{
    const GValue *y = &g->values.v[n->out];
    float lo, hi;
    switch (n->op) {
    case OP_CONV:
        conv_float(n, value_nchw(&g->values.v[n->in[0]]), value_nchw(y), in[0], in[1], in[2], out, scratch);
        break;
    case OP_GEMM: eval_gemm(g, n, in, out); break;
    case OP_MATMUL: eval_matmul(g, n, in, out); break;
    case OP_BATCHNORM: eval_batchnorm(g, n, in, out); break;
    case OP_RELU:
    case OP_CLIP:
        clip_bounds(n, in[1], in[2], &lo, &hi);
        for (int64_t i = 0; i < y->count; i++) {
            float v = in[0][i] < lo ? lo : in[0][i];
            out[i] = v > hi ? hi : v;
        }
        break;
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV: eval_binary(g, n, in, out); break;
    case OP_MAXPOOL:
    case OP_AVGPOOL:
    case OP_GLOBALAVG:
    case OP_GLOBALMAX:
    case OP_MAXINDEX: eval_pool(g, n, in[0], out); break;
    case OP_LEAKYRELU:
    case OP_SIGMOID:
    case OP_TANH:
    case OP_HARDSIGMOID:
    case OP_HARDSWISH:
    case OP_ELU: eval_real(n, in[0], out, y->count); break;
    case OP_TRANSPOSE: eval_transpose(g, n, in[0], out); break;
    case OP_CONCAT: eval_concat(g, n, in, out); break;
    case OP_PAD: eval_pad(g, n, in, out); break;
    case OP_SLICE: eval_slice(g, n, in[0], out); break;
    case OP_GATHER: eval_gather(g, n, in, out); break;
    case OP_CAST: eval_cast(g, n, in[0], out); break;
    case OP_REDUCEMEAN: eval_mean(g, n, in[0], out); break;
    case OP_ARGMAX: eval_argmax(g, n, in[0], out); break;
    case OP_DROPMASK:
        for (int64_t i = 0; i < y->count; i++) out[i] = 1.0f; /* nothing is dropped */
        break;
    case OP_SOFTMAX: eval_softmax(g, n, in[0], out); break;
    case OP_QUANTIZE:
    case OP_DEQUANTIZE: eval_qdq(g, n, in, out); break;
    case OP_QUANT:
    case OP_INTQUANT: eval_quant(g, n, in, out); break;
    case OP_BIPOLAR: eval_bipolar(g, n, in, out); break;
    case OP_TRUNC: eval_trunc(g, n, in, out); break;
    default: memcpy(out, in[0], (size_t)y->count * sizeof *out); break; /* views */
    }
}
