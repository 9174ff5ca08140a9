/*
 * The operators that are understood: their inputs, attributes and the shape of what they make. An attribute that is not
 * listed for its operator is refused, so that nothing with a meaning is overlooked.
 */
#include "mapper/graph.h"

#include <math.h>

typedef struct {
    const char *name;
    uint32_t min_in, max_in;
    const char *attrs; /* names it may have, each followed by a blank */
    Status (*infer)(Graph *g, GNode *n, const GValue *x, GValue *y);
} OpDef;

static const OpDef ops[OP_COUNT];

bool op_find(const char *name, OpKind *op)
{
    for (uint32_t i = 0; i < OP_COUNT; i++) {
        if (!str_eq(ops[i].name, name)) continue;
        *op = (OpKind)i;
        return true;
    }
    return false;
}

const char *op_name(OpKind op) { return ops[op].name; }

bool op_is_view(OpKind op)
{
    return op == OP_FLATTEN || op == OP_RESHAPE || op == OP_SQUEEZE || op == OP_UNSQUEEZE || op == OP_IDENTITY || op == OP_DROPOUT;
}

Status node_error(const Graph *g, const GNode *n, const char *id, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return msg_error(ST_INPUT, id, graph_loc(g), "node '%s' (%s): %s", n->name, op_name(n->op), text);
}

const GAttr *node_attr(const GNode *n, const char *name)
{
    for (uint32_t i = 0; i < n->n_attrs; i++)
        if (str_eq(n->attrs[i].name, name)) return &n->attrs[i];
    return NULL;
}

static int64_t attr_int(const GNode *n, const char *name, int64_t otherwise)
{
    const GAttr *a = node_attr(n, name);
    return a ? a->i : otherwise;
}

static float attr_float(const GNode *n, const char *name, float otherwise)
{
    const GAttr *a = node_attr(n, name);
    return a ? a->f : otherwise;
}

static const GValue *input(const Graph *g, const GNode *n, uint32_t k)
{
    return n->in[k] == G_NONE ? NULL : &g->values.v[n->in[k]];
}

Nchw value_nchw(const GValue *v)
{
    Nchw s = {1, 1, 1, 1};
    if (v->rank > 0) s.n = v->dim[0];
    if (v->rank > 1) s.c = v->dim[1];
    if (v->rank == 3) s.w = v->dim[2];
    if (v->rank > 3) s.h = v->dim[2], s.w = v->dim[3];
    return s;
}

/* Give y its shape. False: too large to count. */
static bool set_shape(GValue *y, uint32_t rank, const int64_t *dim)
{
    int64_t count = 1;
    y->rank = rank;
    for (uint32_t i = 0; i < rank; i++) {
        y->dim[i] = dim[i];
        if (dim[i] < 0 || dim[i] > INT32_MAX || (dim[i] && count > INT64_MAX / 16 / dim[i])) return false;
        count *= dim[i];
    }
    y->count = count;
    return true;
}

#define BAD(...) return node_error(g, n, "ONNX-0022", __VA_ARGS__)
#define SHAPE(y, rank, dim)                                                                                                    \
    do {                                                                                                                       \
        if (!set_shape((y), (rank), (dim))) BAD("its output is too large");                                                    \
        return ST_OK;                                                                                                          \
    } while (0)

static Status want_float(const Graph *g, const GNode *n, const GValue *v)
{
    if (v && v->type != DT_FLOAT && v->type != DT_DOUBLE)
        BAD("input '%s' is of an integer type without a scale; DequantizeLinear must stand before it", v->name);
    return ST_OK;
}

static bool axis_of(int64_t a, uint32_t rank, int64_t *axis)
{
    *axis = a < 0 ? a + rank : a;
    return *axis >= 0 && *axis <= rank;
}

/* ---- windows -------------------------------------------------------------------------------- */

/* One or two integers of an attribute into (h, w). */
static Status pair(const Graph *g, const GNode *n, const char *name, uint32_t dims, int64_t otherwise, int64_t lo, int64_t *h, int64_t *w)
{
    const GAttr *a = node_attr(n, name);
    *h = dims == 1 ? 1 : otherwise;
    *w = otherwise;
    if (!a) return ST_OK;
    if (!a->ints || a->n != dims) BAD("attribute '%s' must hold %u numbers", name, dims);
    for (uint32_t i = 0; i < dims; i++)
        if (a->ints[i] < lo || a->ints[i] > 65536) BAD("attribute '%s': %lld", name, (long long)a->ints[i]);
    if (dims == 2) *h = a->ints[0];
    *w = a->ints[dims - 1];
    return ST_OK;
}

/* auto_pad SAME: as much padding as makes the output ceil(in / stride). */
static void pad_same(int64_t in, int64_t k, int64_t s, int64_t d, bool upper, int64_t *before, int64_t *after)
{
    int64_t out = (in + s - 1) / s, need = (out - 1) * s + (k - 1) * d + 1 - in;
    if (need < 0) need = 0;
    *before = upper ? need / 2 : need - need / 2;
    *after = need - *before;
}

static Status window_pads(const Graph *g, GNode *n, Nchw x, uint32_t dims)
{
    const GAttr *ap = node_attr(n, "auto_pad"), *p = node_attr(n, "pads");
    const char *mode = ap && ap->s ? ap->s : "NOTSET";
    n->pt = n->pl = n->pb = n->pr = 0;
    if (str_eq(mode, "SAME_UPPER") || str_eq(mode, "SAME_LOWER")) {
        pad_same(x.h, n->kh, n->sh, n->dh, str_eq(mode, "SAME_UPPER"), &n->pt, &n->pb);
        pad_same(x.w, n->kw, n->sw, n->dw, str_eq(mode, "SAME_UPPER"), &n->pl, &n->pr);
        return ST_OK;
    }
    if (str_eq(mode, "VALID")) return ST_OK;
    if (!str_eq(mode, "NOTSET")) BAD("auto_pad '%s' is not known", mode);
    if (!p) return ST_OK;
    if (!p->ints || p->n != 2 * dims) BAD("attribute 'pads' must hold %u numbers", 2 * dims);
    for (uint32_t i = 0; i < p->n; i++)
        if (p->ints[i] < 0 || p->ints[i] > 65536) BAD("padding of %lld", (long long)p->ints[i]);
    if (dims == 2) n->pt = p->ints[0], n->pb = p->ints[2];
    n->pl = p->ints[dims - 1];
    n->pr = p->ints[2 * dims - 1];
    return ST_OK;
}

/* Kernel is known; strides, dilations, padding and the output's sides follow. */
static Status window_shape(const Graph *g, GNode *n, const GValue *xv, int64_t channels, GValue *y)
{
    Nchw x = value_nchw(xv);
    uint32_t dims = xv->rank - 2;
    TRY(pair(g, n, "strides", dims, 1, 1, &n->sh, &n->sw));
    TRY(pair(g, n, "dilations", dims, 1, 1, &n->dh, &n->dw));
    TRY(window_pads(g, n, x, dims));
    int64_t round_h = 0, round_w = 0;
    if (attr_int(n, "ceil_mode", 0)) round_h = n->sh - 1, round_w = n->sw - 1;
    int64_t sh = x.h + n->pt + n->pb - (n->kh - 1) * n->dh - 1, sw = x.w + n->pl + n->pr - (n->kw - 1) * n->dw - 1;
    if (sh < 0 || sw < 0) BAD("kernel %lld × %lld is larger than its padded input", (long long)n->kh, (long long)n->kw);
    int64_t h = (sh + round_h) / n->sh + 1, w = (sw + round_w) / n->sw + 1;
    /* With ceil_mode a window must still begin inside the input or its left padding. */
    if (round_h && (h - 1) * n->sh >= x.h + n->pt) h--;
    if (round_w && (w - 1) * n->sw >= x.w + n->pl) w--;
    if (dims == 1) SHAPE(y, 3, ((int64_t[]){x.n, channels, w}));
    SHAPE(y, 4, ((int64_t[]){x.n, channels, h, w}));
}

static Status infer_conv(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *w = input(g, n, 1), *b = input(g, n, 2);
    if (x->rank < 3 || x->rank > 4 || w->rank != x->rank) BAD("only 1-D and 2-D convolutions are supported (input has %u dimensions)", x->rank);
    TRY(want_float(g, n, w));
    TRY(want_float(g, n, b));
    Nchw k = value_nchw(w), s = value_nchw(x);
    int64_t kh, kw;
    TRY(pair(g, n, "kernel_shape", x->rank - 2, 0, 1, &kh, &kw));
    n->kh = k.h, n->kw = k.w;
    if (node_attr(n, "kernel_shape") && (kh != k.h || kw != k.w)) BAD("kernel_shape does not agree with the weights");
    n->groups = attr_int(n, "group", 1);
    if (n->groups < 1 || n->groups > s.c || s.c % n->groups || k.c != s.c / n->groups || k.n % n->groups || k.n < 1)
        BAD("%lld groups, weights of %lld × %lld channels, input of %lld channels", (long long)n->groups, (long long)k.n,
            (long long)k.c, (long long)s.c);
    if (b && b->count != k.n) BAD("%lld biases for %lld channels", (long long)b->count, (long long)k.n);
    return window_shape(g, n, x, k.n, y);
}

static Status infer_pool(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    if (x->rank < 3 || x->rank > 4) BAD("only 1-D and 2-D pooling is supported");
    if (n->op == OP_AVGPOOL) TRY(want_float(g, n, x));
    if (!node_attr(n, "kernel_shape")) BAD("has no kernel_shape");
    TRY(pair(g, n, "kernel_shape", x->rank - 2, 1, 1, &n->kh, &n->kw));
    n->include_pad = attr_int(n, "count_include_pad", 0) != 0;
    y->type = x->type;
    n->groups = 1;
    TRY(window_shape(g, n, x, value_nchw(x).c, y));
    if (n->pt >= n->kh * n->dh || n->pl >= n->kw * n->dw || n->pb >= n->kh * n->dh || n->pr >= n->kw * n->dw)
        BAD("padding is as large as the kernel");
    return ST_OK;
}

static Status infer_globalavg(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    if (x->rank < 3 || x->rank > 4) BAD("only 1-D and 2-D pooling is supported");
    Nchw s = value_nchw(x);
    n->kh = s.h, n->kw = s.w, n->sh = n->sw = n->dh = n->dw = 1;
    SHAPE(y, x->rank, ((int64_t[]){s.n, s.c, 1, 1}));
}

/* ---- matrices ------------------------------------------------------------------------------- */

/* Shape of a broadcast of both, aligned at the last dimension. */
static bool broadcast(const GValue *a, const GValue *b, uint32_t *rank, int64_t *dim)
{
    *rank = a->rank > b->rank ? a->rank : b->rank;
    for (uint32_t i = 0; i < *rank; i++) {
        int64_t da = i < a->rank ? a->dim[a->rank - 1 - i] : 1, db = i < b->rank ? b->dim[b->rank - 1 - i] : 1;
        if (da != db && da != 1 && db != 1) return false;
        dim[*rank - 1 - i] = da > db ? da : db;
    }
    return true;
}

static Status infer_gemm(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *w = input(g, n, 1), *c = input(g, n, 2);
    TRY(want_float(g, n, w));
    TRY(want_float(g, n, c));
    n->trans_a = attr_int(n, "transA", 0) != 0;
    n->trans_b = attr_int(n, "transB", 0) != 0;
    n->alpha = attr_float(n, "alpha", 1);
    n->beta = attr_float(n, "beta", 1);
    if (x->rank != 2 || w->rank != 2) BAD("its matrices have %u and %u dimensions, not 2", x->rank, w->rank);
    int64_t m = x->dim[n->trans_a], k = x->dim[!n->trans_a], kb = w->dim[n->trans_b], cols = w->dim[!n->trans_b];
    if (k != kb) BAD("multiplies %lld × %lld by %lld × %lld", (long long)m, (long long)k, (long long)kb, (long long)cols);
    if (!set_shape(y, 2, (int64_t[]){m, cols})) BAD("its output is too large");
    uint32_t rank;
    int64_t dim[G_RANK];
    if (c && (c->rank > 2 || !broadcast(y, c, &rank, dim) || dim[0] != m || dim[1] != cols)) BAD("its third input does not fit the product");
    return ST_OK;
}

static Status infer_matmul(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *w = input(g, n, 1);
    TRY(want_float(g, n, w));
    if (x->rank < 2 || w->rank < 2) BAD("its matrices have %u and %u dimensions", x->rank, w->rank);
    int64_t k = x->dim[x->rank - 1], dim[G_RANK];
    if (k != w->dim[w->rank - 2]) BAD("inner dimensions %lld and %lld differ", (long long)k, (long long)w->dim[w->rank - 2]);
    GValue a = *x, b = *w;
    uint32_t rank;
    a.dim[a.rank - 1] = b.dim[b.rank - 2] = b.dim[b.rank - 1] = a.dim[a.rank - 2] = 1; /* leading dimensions alone */
    if (!broadcast(&a, &b, &rank, dim)) BAD("leading dimensions do not fit");
    dim[rank - 2] = x->dim[x->rank - 2];
    dim[rank - 1] = w->dim[w->rank - 1];
    SHAPE(y, rank, dim);
}

static Status infer_batchnorm(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    if (attr_int(n, "training_mode", 0)) BAD("training_mode is set");
    if (x->rank < 2) BAD("its input has no channels");
    n->eps = attr_float(n, "epsilon", 1e-5f);
    for (uint32_t k = 1; k < 5; k++) {
        TRY(want_float(g, n, input(g, n, k)));
        if (input(g, n, k)->count != x->dim[1]) BAD("input '%s' does not hold one value per channel", input(g, n, k)->name);
    }
    SHAPE(y, x->rank, x->dim);
}

/* ---- element by element --------------------------------------------------------------------- */

static Status infer_same(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    y->type = x->type;
    if (n->op == OP_CLIP)
        for (uint32_t k = 1; k < n->n_in; k++)
            if (input(g, n, k) && (!input(g, n, k)->f || input(g, n, k)->count != 1)) BAD("its bounds must be constants");
    if (n->op == OP_DROPOUT && input(g, n, 2) && (!input(g, n, 2)->f || input(g, n, 2)->count < 1 || input(g, n, 2)->f[0] > 0.0f)) BAD("training_mode is set");
    if (n->op == OP_RELU) TRY(want_float(g, n, x));
    SHAPE(y, x->rank, x->dim);
}

static Status infer_binary(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *b = input(g, n, 1);
    uint32_t rank;
    int64_t dim[G_RANK];
    TRY(want_float(g, n, x));
    TRY(want_float(g, n, b));
    if (!broadcast(x, b, &rank, dim)) BAD("shapes of its inputs do not fit");
    SHAPE(y, rank, dim);
}

static Status infer_softmax(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    TRY(want_float(g, n, x));
    if (!axis_of(attr_int(n, "axis", g->opset < 13 ? 1 : -1), x->rank, &n->axis) || n->axis >= x->rank) BAD("axis is outside its input");
    SHAPE(y, x->rank, x->dim);
}

/* ---- shapes --------------------------------------------------------------------------------- */

/* List of integers: attribute in old operator sets, constant input in new ones; *v NULL if absent. */
static Status int_list(const Graph *g, const GNode *n, const char *attr, uint32_t *len, const int64_t **v)
{
    const GAttr *a = node_attr(n, attr);
    const GValue *c = input(g, n, 1);
    *len = 0;
    *v = NULL;
    if (a) *len = a->n, *v = a->ints;
    if (!c) return ST_OK;
    if (!c->i || c->rank > 1 || c->count > G_RANK) BAD("input '%s' must be a constant list of integers", c->name);
    *len = (uint32_t)c->count;
    *v = c->i;
    return ST_OK;
}

static Status infer_reshape(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len;
    const int64_t *want;
    int64_t dim[G_RANK], known = 1, open = -1;
    TRY(int_list(g, n, "shape", &len, &want));
    if (len > G_RANK || !want) BAD("has no constant shape of up to %d dimensions", G_RANK);
    for (uint32_t i = 0; i < len; i++) {
        dim[i] = want[i];
        if (want[i] == 0 && !attr_int(n, "allowzero", 0) && i < x->rank) dim[i] = x->dim[i];
        if (want[i] == -1 && open < 0) open = i, dim[i] = 1;
        if (dim[i] < 1 || dim[i] > INT32_MAX || known > INT32_MAX) BAD("its shape holds %lld", (long long)want[i]);
        known *= dim[i];
    }
    if (open >= 0) {
        dim[open] = x->count / known;
        known *= dim[open];
    }
    y->type = x->type;
    if (known != x->count) BAD("%lld values do not fit the shape", (long long)x->count);
    SHAPE(y, len, dim);
}

static Status infer_flatten(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    int64_t rows = 1;
    if (!axis_of(attr_int(n, "axis", 1), x->rank, &n->axis)) BAD("axis is outside its input");
    for (int64_t i = 0; i < n->axis; i++) rows *= x->dim[i];
    y->type = x->type;
    if (x->count == 0) BAD("empty input");
    SHAPE(y, 2, ((int64_t[]){rows, x->count / rows}));
}

static Status infer_squeeze(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len, drop = 0, rank = 0;
    const int64_t *axes;
    int64_t dim[G_RANK], a;
    TRY(int_list(g, n, "axes", &len, &axes));
    for (uint32_t i = 0; i < len; i++) {
        if (!axis_of(axes[i], x->rank, &a) || a >= x->rank || x->dim[a] != 1) BAD("axis %lld is not of size 1", (long long)axes[i]);
        drop |= 1u << a;
    }
    for (uint32_t i = 0; i < x->rank; i++)
        if (len ? !(drop >> i & 1) : x->dim[i] != 1) dim[rank++] = x->dim[i];
    y->type = x->type;
    SHAPE(y, rank, dim);
}

static Status infer_unsqueeze(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len, put = 0, at = 0;
    const int64_t *axes;
    int64_t dim[G_RANK], a;
    TRY(int_list(g, n, "axes", &len, &axes));
    uint32_t rank = x->rank + len;
    if (!len || rank > G_RANK) BAD("makes %u dimensions", rank);
    for (uint32_t i = 0; i < len; i++) {
        if (!axis_of(axes[i], rank, &a) || a >= rank || (put >> a & 1)) BAD("axis %lld is outside its output or doubled", (long long)axes[i]);
        put |= 1u << a;
    }
    for (uint32_t i = 0; i < rank; i++) dim[i] = (put >> i & 1) ? 1 : x->dim[at++];
    y->type = x->type;
    SHAPE(y, rank, dim);
}

static Status infer_transpose(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GAttr *p = node_attr(n, "perm");
    uint32_t seen = 0;
    int64_t dim[G_RANK];
    if (p && p->n != x->rank) BAD("perm holds %u numbers for %u dimensions", p->n, x->rank);
    for (uint32_t i = 0; i < x->rank; i++) {
        n->perm[i] = p ? p->ints[i] : (int64_t)x->rank - 1 - i;
        if (n->perm[i] < 0 || n->perm[i] >= x->rank || (seen >> n->perm[i] & 1)) BAD("perm is not a permutation");
        seen |= 1u << n->perm[i];
        dim[i] = x->dim[n->perm[i]];
    }
    y->type = x->type;
    SHAPE(y, x->rank, dim);
}

static Status infer_constant(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    (void)x;
    if (n->n_attrs != 1) BAD("must have exactly one value");
    const GAttr *a = &n->attrs[0];
    if (a->value != G_NONE) {
        const GValue *v = &g->values.v[a->value];
        const char *name = y->name;
        uint32_t producer = y->producer;
        *y = *v;
        y->name = name, y->producer = producer;
        return ST_OK;
    }
    bool whole = a->kind == 2 || a->kind == 7, list = a->kind == 6 || a->kind == 7;
    if (a->kind != 1 && !whole && !list) BAD("value of this kind is not supported");
    uint32_t count = list ? a->n : 1;
    float *f = arena_array(&g->arena, float, count + 1u);
    int64_t *iv = arena_array(&g->arena, int64_t, count + 1u);
    for (uint32_t i = 0; i < count; i++) {
        iv[i] = whole ? (list ? a->ints[i] : a->i) : 0;
        f[i] = whole ? (float)iv[i] : list ? a->floats[i] : a->f;
    }
    y->type = whole ? DT_INT64 : DT_FLOAT;
    y->f = f;
    y->i = whole ? iv : NULL;
    SHAPE(y, list ? 1 : 0, ((int64_t[]){count}));
}

/* ---- quantisation --------------------------------------------------------------------------- */

static Status infer_qdq(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *s = input(g, n, 1), *z = input(g, n, 2);
    bool quantise = n->op == OP_QUANTIZE;
    n->axis = 0;
    if (quantise) TRY(want_float(g, n, x));
    else if (x->type != DT_INT8 && x->type != DT_UINT8 && x->type != DT_INT32) BAD("input '%s' is not of type int8, uint8 or int32", x->name);
    TRY(want_float(g, n, s));
    if (!s->f || (z && !z->f)) BAD("scale and zero point must be constants");
    if (z && (z->type != DT_INT8 && z->type != DT_UINT8 && z->type != DT_INT32)) BAD("zero point is not of type int8, uint8 or int32");
    if (z && !quantise && z->type != x->type) BAD("zero point is not of its input's type");
    if (quantise && z && z->type == DT_INT32) BAD("zero point is not of type int8 or uint8");
    if (z && z->count != s->count) BAD("%lld scales, %lld zero points", (long long)s->count, (long long)z->count);
    for (int64_t i = 0; i < s->count; i++)
        if (!(s->f[i] > 0) || !isfinite(s->f[i])) BAD("scale %g is not positive", (double)s->f[i]);
    if (s->count != 1) {
        if (s->rank != 1 || !axis_of(attr_int(n, "axis", 1), x->rank, &n->axis) || n->axis >= x->rank || x->dim[n->axis] != s->count)
            BAD("%lld scales do not fit the dimension they belong to", (long long)s->count);
    }
    y->type = !quantise ? DT_FLOAT : z ? z->type : DT_UINT8;
    SHAPE(y, x->rank, x->dim);
}

/* QONNX Quant: x, scale, zero point, bit width; quantises and dequantises at once. */
static Status infer_quant(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GAttr *mode = node_attr(n, "rounding_mode");
    TRY(want_float(g, n, x));
    for (uint32_t k = 1; k < 4; k++) {
        const GValue *v = input(g, n, k);
        uint32_t rank;
        int64_t dim[G_RANK];
        if (!v->f || v->count < 1) BAD("scale, zero point and bit width must be constants");
        if (v->rank > x->rank || !broadcast(x, v, &rank, dim) || memcmp(dim, x->dim, rank * sizeof *dim) != 0)
            BAD("shape of '%s' does not fit its input", v->name);
    }
    const GValue *s = input(g, n, 1), *bits = input(g, n, 3);
    for (int64_t i = 0; i < s->count; i++)
        if (!(s->f[i] > 0) || !isfinite(s->f[i])) BAD("scale %g is not positive", (double)s->f[i]);
    if (bits->count != 1 || !(bits->f[0] >= 2 && bits->f[0] <= 24) || bits->f[0] != floorf(bits->f[0])) BAD("bit width is not a whole number 2…24");
    if (mode && mode->s && !str_eq(mode->s, "ROUND")) BAD("rounding mode '%s' is not supported, only ROUND", mode->s);
    SHAPE(y, x->rank, x->dim);
}

static const OpDef ops[OP_COUNT] = {
    [OP_CONV] = {"Conv", 2, 3, "auto_pad dilations group kernel_shape pads strides ", infer_conv},
    [OP_GEMM] = {"Gemm", 2, 3, "alpha beta transA transB ", infer_gemm},
    [OP_MATMUL] = {"MatMul", 2, 2, "", infer_matmul},
    [OP_BATCHNORM] = {"BatchNormalization", 5, 5, "epsilon momentum training_mode spatial ", infer_batchnorm},
    [OP_RELU] = {"Relu", 1, 1, "", infer_same},
    [OP_CLIP] = {"Clip", 1, 3, "min max ", infer_same},
    [OP_ADD] = {"Add", 2, 2, "", infer_binary},
    [OP_SUB] = {"Sub", 2, 2, "", infer_binary},
    [OP_MUL] = {"Mul", 2, 2, "", infer_binary},
    [OP_DIV] = {"Div", 2, 2, "", infer_binary},
    [OP_MAXPOOL] = {"MaxPool", 1, 1, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides ", infer_pool},
    [OP_AVGPOOL] = {"AveragePool", 1, 1, "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides ", infer_pool},
    [OP_GLOBALAVG] = {"GlobalAveragePool", 1, 1, "", infer_globalavg},
    [OP_FLATTEN] = {"Flatten", 1, 1, "axis ", infer_flatten},
    [OP_RESHAPE] = {"Reshape", 1, 2, "allowzero shape ", infer_reshape},
    [OP_SQUEEZE] = {"Squeeze", 1, 2, "axes ", infer_squeeze},
    [OP_UNSQUEEZE] = {"Unsqueeze", 1, 2, "axes ", infer_unsqueeze},
    [OP_TRANSPOSE] = {"Transpose", 1, 1, "perm ", infer_transpose},
    [OP_IDENTITY] = {"Identity", 1, 1, "", infer_same},
    [OP_DROPOUT] = {"Dropout", 1, 3, "ratio seed ", infer_same},
    [OP_CONSTANT] = {"Constant", 0, 0, "value value_float value_floats value_int value_ints ", infer_constant},
    [OP_SOFTMAX] = {"Softmax", 1, 1, "axis ", infer_softmax},
    [OP_QUANTIZE] = {"QuantizeLinear", 2, 3, "axis saturate ", infer_qdq},
    [OP_DEQUANTIZE] = {"DequantizeLinear", 2, 3, "axis ", infer_qdq},
    [OP_QUANT] = {"Quant", 4, 4, "narrow rounding_mode signed ", infer_quant},
};

Status op_infer(Graph *g, GNode *n)
{
    const OpDef *d = &ops[n->op];
    if (n->n_in < d->min_in || n->n_in > d->max_in) BAD("has %u inputs, %u…%u are expected", n->n_in, d->min_in, d->max_in);
    for (uint32_t k = 0; k < d->min_in; k++)
        if (n->in[k] == G_NONE) BAD("input %u is missing", k);
    for (uint32_t i = 0; i < n->n_attrs; i++) {
        char word[64];
        snprintf(word, sizeof word, "%s ", n->attrs[i].name);
        const char *at = strstr(d->attrs, word);
        if (!at || (at != d->attrs && at[-1] != ' ')) return node_error(g, n, "ONNX-0020", "attribute '%s' is not supported", n->attrs[i].name);
    }
    GValue *y = &g->values.v[n->out];
    y->type = DT_FLOAT;
    const GValue *x = d->min_in ? &g->values.v[n->in[0]] : NULL;
    if (x && x->count < 1) BAD("its input is empty");
    if (n->op == OP_CONV || n->op == OP_GEMM || n->op == OP_MATMUL || n->op == OP_BATCHNORM || n->op == OP_GLOBALAVG) TRY(want_float(g, n, x));
    return d->infer(g, n, x, y);
}
