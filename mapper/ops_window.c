/* Shapes of convolutions and pools: kernels, strides, padding. */
#include "mapper/ops.h"

/* ---- windows -------------------------------------------------------------------------------- */

/* One to three integers of an attribute: height and width; a depth comes from depth_of. */
static Status pair(const Graph *g, const GNode *n, const char *name, uint32_t dims, int64_t otherwise, int64_t lo, int64_t *h, int64_t *w)
{
    const GAttr *a = node_attr(n, name);
    *h = dims == 1 ? 1 : otherwise;
    *w = otherwise;
    if (!a) return ST_OK;
    if (!a->ints || a->n != dims) BAD("attribute '%s' must hold %u numbers", name, dims);
    for (uint32_t i = 0; i < dims; i++)
        if (a->ints[i] < lo || a->ints[i] > 65536) BAD("attribute '%s': %lld", name, (long long)a->ints[i]);
    if (dims >= 2) *h = a->ints[dims - 2];
    *w = a->ints[dims - 1];
    return ST_OK;
}

/* Depth of a 3-D window's attribute whose numbers `pair` has checked. */
static int64_t depth_of(const GNode *n, const char *name, uint32_t dims)
{
    const GAttr *a = node_attr(n, name);
    return dims == 3 && a ? a->ints[0] : 1;
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
    n->pt = n->pl = n->pb = n->pr = n->pf = n->pk = 0;
    if (str_eq(mode, "SAME_UPPER") || str_eq(mode, "SAME_LOWER")) {
        pad_same(x.h, n->kh, n->sh, n->dh, str_eq(mode, "SAME_UPPER"), &n->pt, &n->pb);
        pad_same(x.w, n->kw, n->sw, n->dw, str_eq(mode, "SAME_UPPER"), &n->pl, &n->pr);
        if (dims == 3) pad_same(x.d, n->kd, n->sd, n->dd, str_eq(mode, "SAME_UPPER"), &n->pf, &n->pk);
        return ST_OK;
    }
    if (str_eq(mode, "VALID")) return ST_OK;
    if (!str_eq(mode, "NOTSET")) BAD("auto_pad '%s' is not known", mode);
    if (!p) return ST_OK;
    if (!p->ints || p->n != 2 * dims) BAD("attribute 'pads' must hold %u numbers", 2 * dims);
    for (uint32_t i = 0; i < p->n; i++)
        if (p->ints[i] < 0 || p->ints[i] > 65536) BAD("padding of %lld", (long long)p->ints[i]);
    if (dims >= 2) n->pt = p->ints[dims - 2], n->pb = p->ints[2 * dims - 2];
    if (dims == 3) n->pf = p->ints[0], n->pk = p->ints[3];
    n->pl = p->ints[dims - 1];
    n->pr = p->ints[2 * dims - 1];
    return ST_OK;
}

/* Windows along one dimension; 0 if none fits. With ceil_mode a window must still begin inside the input or its padding before. */
static int64_t side(int64_t in, int64_t before, int64_t after, int64_t k, int64_t s, int64_t d, bool ceil)
{
    int64_t room = in + before + after - (k - 1) * d - 1;
    if (room < 0) return 0;
    int64_t n = (room + (ceil ? s - 1 : 0)) / s + 1;
    return ceil && (n - 1) * s >= in + before ? n - 1 : n;
}

/* Kernel is known; strides, dilations, padding and the output's sides follow. */
static Status window_shape(const Graph *g, GNode *n, const GValue *xv, int64_t channels, GValue *y)
{
    Nchw x = value_nchw(xv);
    uint32_t dims = xv->rank - 2;
    TRY(pair(g, n, "strides", dims, 1, 1, &n->sh, &n->sw));
    TRY(pair(g, n, "dilations", dims, 1, 1, &n->dh, &n->dw));
    n->sd = depth_of(n, "strides", dims);
    n->dd = depth_of(n, "dilations", dims);
    TRY(window_pads(g, n, x, dims));
    bool ceil = node_int(n, "ceil_mode", 0) != 0;
    int64_t h = side(x.h, n->pt, n->pb, n->kh, n->sh, n->dh, ceil), w = side(x.w, n->pl, n->pr, n->kw, n->sw, n->dw, ceil);
    int64_t d = side(x.d, n->pf, n->pk, n->kd, n->sd, n->dd, ceil);
    if (h < 1 || w < 1 || d < 1) BAD("kernel %lld × %lld is larger than its padded input", (long long)n->kh, (long long)n->kw);
    if (dims == 1) SHAPE(y, 3, ((int64_t[]){x.n, channels, w}));
    if (dims == 3) SHAPE(y, 5, ((int64_t[]){x.n, channels, d, h, w}));
    SHAPE(y, 4, ((int64_t[]){x.n, channels, h, w}));
}

Status infer_conv(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *w = node_input(g, n, 1), *b = node_input(g, n, 2);
    if (x->rank < 3 || x->rank > 4 || w->rank != x->rank) BAD("only 1-D and 2-D convolutions are supported (input has %u dimensions)", x->rank);
    TRY(node_want_real(g, n, w));
    TRY(node_want_real(g, n, b));
    Nchw k = value_nchw(w), s = value_nchw(x);
    int64_t kh, kw;
    TRY(pair(g, n, "kernel_shape", x->rank - 2, 0, 1, &kh, &kw));
    n->kh = k.h, n->kw = k.w, n->kd = 1;
    if (node_attr(n, "kernel_shape") && (kh != k.h || kw != k.w)) BAD("kernel_shape does not agree with the weights");
    n->groups = node_int(n, "group", 1);
    if (n->groups < 1 || n->groups > s.c || s.c % n->groups || k.c != s.c / n->groups || k.n % n->groups || k.n < 1)
        BAD("%lld groups, weights of %lld × %lld channels, input of %lld channels", (long long)n->groups, (long long)k.n,
            (long long)k.c, (long long)s.c);
    if (b && b->count != k.n) BAD("%lld biases for %lld channels", (long long)b->count, (long long)k.n);
    return window_shape(g, n, x, k.n, y);
}

Status infer_pool(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    if (x->rank < 3 || x->rank > 5) BAD("only 1-D, 2-D and 3-D pooling is supported");
    if (!node_attr(n, "kernel_shape")) BAD("has no kernel_shape");
    TRY(pair(g, n, "kernel_shape", x->rank - 2, 1, 1, &n->kh, &n->kw));
    n->kd = depth_of(n, "kernel_shape", x->rank - 2);
    n->include_pad = node_int(n, "count_include_pad", 0) != 0;
    y->type = n->op == OP_MAXINDEX ? DT_INT64 : x->type;
    if (n->op == OP_MAXINDEX && x->count > EXACT_MAX) BAD("indices beyond 2^24 have no exact float form");
    n->groups = 1;
    TRY(window_shape(g, n, x, value_nchw(x).c, y));
    if (n->pf >= n->kd * n->dd || n->pk >= n->kd * n->dd || n->pt >= n->kh * n->dh || n->pl >= n->kw * n->dw || n->pb >= n->kh * n->dh || n->pr >= n->kw * n->dw)
        BAD("padding is as large as the kernel");
    return ST_OK;
}

Status infer_global(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    if (x->rank < 3 || x->rank > 5) BAD("only 1-D, 2-D and 3-D pooling is supported");
    Nchw s = value_nchw(x);
    n->kd = s.d, n->kh = s.h, n->kw = s.w, n->sd = n->sh = n->sw = n->dd = n->dh = n->dw = n->groups = 1;
    SHAPE(y, x->rank, ((int64_t[]){s.n, s.c, 1, 1, 1}));
}
