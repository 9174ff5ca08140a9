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
static void around_axis(const GValue *v, int64_t axis, int64_t *before, int64_t *after)
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
static void strides(const GValue *v, uint32_t r, int64_t *st)
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
static void step_index(const GValue *y, int64_t *at, const int64_t *sa, const int64_t *sb, int64_t *a, int64_t *b)
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

static void eval_binary(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *y = &g->values.v[n->out], *va = &g->values.v[n->in[0]], *vb = &g->values.v[n->in[1]];
    int64_t sa[G_RANK], sb[G_RANK], at[G_RANK] = {0}, a = 0, b = 0;
    if (va->count == y->count && vb->count == y->count) {
        for (int64_t i = 0; i < y->count; i++) out[i] = binary(n->op, in[0][i], in[1][i]);
        return;
    }
    strides(va, y->rank, sa);
    strides(vb, y->rank, sb);
    for (int64_t i = 0; i < y->count; i++) {
        out[i] = binary(n->op, in[0][a], in[1][b]);
        step_index(y, at, sa, sb, &a, &b);
    }
}

static void eval_quant(const Graph *g, const GNode *n, const float *const *in, float *out)
{
    const GValue *y = &g->values.v[n->out];
    int64_t ss[G_RANK], sz[G_RANK], at[G_RANK] = {0}, a = 0, b = 0;
    const GAttr *sg = node_attr(n, "signed"), *nr = node_attr(n, "narrow");
    float bits = in[3][0], lo = !sg || sg->i ? -exp2f(bits - 1) : 0.0f, hi = !sg || sg->i ? exp2f(bits - 1) - 1 : exp2f(bits) - 1;
    if (nr && nr->i && lo < 0) lo += 1;
    else if (nr && nr->i) hi -= 1;
    strides(&g->values.v[n->in[1]], y->rank, ss);
    strides(&g->values.v[n->in[2]], y->rank, sz);
    for (int64_t i = 0; i < y->count; i++) {
        float v = rintf(in[0][i] / in[1][a] + in[2][b]);
        v = v < lo ? lo : v > hi ? hi : v;
        out[i] = (v - in[2][b]) * in[1][a];
        step_index(y, at, ss, sz, &a, &b);
    }
}

static void eval_transpose(const Graph *g, const GNode *n, const float *x, float *out)
{
    const GValue *y = &g->values.v[n->out], *v = &g->values.v[n->in[0]];
    int64_t st[G_RANK], sp[G_RANK], none[G_RANK] = {0}, at[G_RANK] = {0}, a = 0, b = 0, step = 1;
    for (int64_t i = (int64_t)v->rank - 1; i >= 0; i--) st[i] = step, step *= v->dim[i];
    for (uint32_t i = 0; i < v->rank; i++) sp[i] = st[n->perm[i]];
    for (int64_t i = 0; i < y->count; i++) {
        out[i] = x[a];
        step_index(y, at, sp, none, &a, &b);
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
    if (in[2]) strides(&g->values.v[n->in[2]], 2, sc);
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
    strides(&a, y.rank, sa);
    strides(&b, y.rank, sb);
    for (int64_t i = 0; i < batch; i++) {
        matrix(in[0] + oa * m * k, k, 1, in[1] + ob * k * cols, false, m, k, cols, out + i * m * cols);
        step_index(&y, at, sa, sb, &oa, &ob);
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

/* Where a window lies inside the image: taps y0…y1−1 and x0…x1−1 of the kernel. */
typedef struct { int64_t y0, y1, x0, x1, iy, ix; } Window;

static Window window_at(const GNode *n, Nchw x, int64_t oy, int64_t ox)
{
    Window w = {0, n->kh, 0, n->kw, oy * n->sh - n->pt, ox * n->sw - n->pl};
    while (w.y0 < w.y1 && w.iy + w.y0 * n->dh < 0) w.y0++;
    while (w.y1 > w.y0 && w.iy + (w.y1 - 1) * n->dh >= x.h) w.y1--;
    while (w.x0 < w.x1 && w.ix + w.x0 * n->dw < 0) w.x0++;
    while (w.x1 > w.x0 && w.ix + (w.x1 - 1) * n->dw >= x.w) w.x1--;
    return w;
}

/* Taps inside the padded image: what count_include_pad divides by (ceil_mode may reach beyond even that). */
static int64_t padded_taps(const GNode *n, Nchw x, const Window *w)
{
    int64_t h = 0, v = 0;
    for (int64_t k = 0; k < n->kh; k++) h += w->iy + k * n->dh < x.h + n->pb;
    for (int64_t k = 0; k < n->kw; k++) v += w->ix + k * n->dw < x.w + n->pr;
    return h * v;
}

static void eval_pool(const Graph *g, const GNode *n, const float *in, float *out)
{
    Nchw x = value_nchw(&g->values.v[n->in[0]]), y = value_nchw(&g->values.v[n->out]);
    bool max = n->op == OP_MAXPOOL;
    for (int64_t c = 0; c < x.n * x.c; c++, in += x.h * x.w)
        for (int64_t oy = 0; oy < y.h; oy++)
            for (int64_t ox = 0; ox < y.w; ox++) {
                Window w = window_at(n, x, oy, ox);
                float v = max ? -FLT_MAX : 0.0f;
                for (int64_t ky = w.y0; ky < w.y1; ky++)
                    for (int64_t kx = w.x0; kx < w.x1; kx++) {
                        float t = in[(w.iy + ky * n->dh) * x.w + w.ix + kx * n->dw];
                        v = !max ? v + t : t > v ? t : v;
                    }
                int64_t taps = n->include_pad ? padded_taps(n, x, &w) : (w.y1 - w.y0) * (w.x1 - w.x0);
                *out++ = max || taps == 0 ? v : v / (float)taps;
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
    case OP_GLOBALAVG: eval_pool(g, n, in[0], out); break;
    case OP_TRANSPOSE: eval_transpose(g, n, in[0], out); break;
    case OP_SOFTMAX: eval_softmax(g, n, in[0], out); break;
    case OP_QUANTIZE:
    case OP_DEQUANTIZE: eval_qdq(g, n, in, out); break;
    case OP_QUANT: eval_quant(g, n, in, out); break;
    default: memcpy(out, in[0], (size_t)y->count * sizeof *out); break; /* views */
    }
}
