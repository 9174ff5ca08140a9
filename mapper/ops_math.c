/* Shapes and types of what computes: matrices, element by element, reductions. */
#include "mapper/ops.h"

#include <math.h>

/* ---- matrices ------------------------------------------------------------------------------- */

Status infer_gemm(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *w = node_input(g, n, 1), *c = node_input(g, n, 2);
    TRY(node_want_real(g, n, w));
    TRY(node_want_real(g, n, c));
    n->trans_a = node_int(n, "transA", 0) != 0;
    n->trans_b = node_int(n, "transB", 0) != 0;
    n->alpha = node_float(n, "alpha", 1);
    n->beta = node_float(n, "beta", 1);
    if (x->rank != 2 || w->rank != 2) BAD("its matrices have %u and %u dimensions, not 2", x->rank, w->rank);
    int64_t m = x->dim[n->trans_a], k = x->dim[!n->trans_a], kb = w->dim[n->trans_b], cols = w->dim[!n->trans_b];
    if (k != kb) BAD("multiplies %lld × %lld by %lld × %lld", (long long)m, (long long)k, (long long)kb, (long long)cols);
    if (!value_shape(y, 2, (int64_t[]){m, cols})) BAD("its output is too large");
    uint32_t rank;
    int64_t dim[G_RANK];
    if (c && (c->rank > 2 || !shape_broadcast(y, c, &rank, dim) || dim[0] != m || dim[1] != cols)) BAD("its third input does not fit the product");
    return ST_OK;
}

Status infer_matmul(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *w = node_input(g, n, 1);
    TRY(node_want_real(g, n, w));
    if (x->rank < 2 || w->rank < 2) BAD("its matrices have %u and %u dimensions", x->rank, w->rank);
    int64_t k = x->dim[x->rank - 1], dim[G_RANK];
    if (k != w->dim[w->rank - 2]) BAD("inner dimensions %lld and %lld differ", (long long)k, (long long)w->dim[w->rank - 2]);
    GValue a = *x, b = *w;
    uint32_t rank;
    a.dim[a.rank - 1] = b.dim[b.rank - 2] = b.dim[b.rank - 1] = a.dim[a.rank - 2] = 1; /* leading dimensions alone */
    if (!shape_broadcast(&a, &b, &rank, dim)) BAD("leading dimensions do not fit");
    dim[rank - 2] = x->dim[x->rank - 2];
    dim[rank - 1] = w->dim[w->rank - 1];
    SHAPE(y, rank, dim);
}

Status infer_batchnorm(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    if (node_int(n, "training_mode", 0)) BAD("training_mode is set");
    if (x->rank < 2) BAD("its input has no channels");
    n->eps = node_float(n, "epsilon", 1e-5f);
    for (uint32_t k = 1; k < 5; k++) {
        TRY(node_want_real(g, n, node_input(g, n, k)));
        if (node_input(g, n, k)->count != x->dim[1]) BAD("input '%s' does not hold one value per channel", node_input(g, n, k)->name);
    }
    SHAPE(y, x->rank, x->dim);
}

/* ---- element by element --------------------------------------------------------------------- */

Status infer_same(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    y->type = n->op == OP_DROPMASK ? DT_BOOL : x->type;
    if (n->op == OP_CLIP)
        for (uint32_t k = 1; k < n->n_in; k++)
            if (node_input(g, n, k) && (!node_input(g, n, k)->f || node_input(g, n, k)->count != 1)) BAD("its bounds must be constants");
    if (n->op == OP_DROPOUT || n->op == OP_DROPMASK) {
        const GValue *ratio = node_input(g, n, 1), *training = node_input(g, n, 2);
        bool random = training && !(training->f && training->count == 1 && !(fabsf(training->f[0]) > 0));
        if (random && ratio && ratio->f && ratio->count == 1 && !(fabsf(ratio->f[0]) > 0)) random = false; /* drops nothing */
        if (random) BAD("training_mode is set");
    }
    SHAPE(y, x->rank, x->dim);
}

Status infer_real(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    n->alpha = node_float(n, "alpha", n->op == OP_HARDSIGMOID ? 0.2f : n->op == OP_ELU ? 1.0f : 0.01f);
    n->beta = node_float(n, "beta", 0.5f);
    SHAPE(y, x->rank, x->dim);
}

Status infer_binary(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *b = node_input(g, n, 1);
    uint32_t rank;
    int64_t dim[G_RANK];
    if (x->type == DT_UINT8 || x->type == DT_INT8) {
        if (b->type != x->type) BAD("its inputs are of different types");
        y->type = x->type;
    } else {
        TRY(node_want_real(g, n, b));
    }
    if (!shape_broadcast(x, b, &rank, dim)) BAD("shapes of its inputs do not fit");
    SHAPE(y, rank, dim);
}

/* To double, int64 and bool nothing is lost; to 8 and 32 bit the value is cut as C does it. */
Status infer_cast(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    int64_t to = node_int(n, "to", 0);
    if (to != DT_FLOAT && to != DT_DOUBLE && to != DT_FLOAT16 && to != DT_BFLOAT16 && to != DT_UINT8 && to != DT_INT8 && to != DT_INT32 && to != DT_INT64 && to != DT_BOOL)
        BAD("to data type %lld, which is not supported", (long long)to);
    y->type = (DataType)to;
    SHAPE(y, x->rank, x->dim);
}

/* ---- along axes ----------------------------------------------------------------------------- */

/* Softmax and ArgMax. */
Status infer_axis(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    int64_t dim[G_RANK], first = n->op == OP_ARGMAX ? 0 : g->opset < 13 ? 1 : -1;
    uint32_t rank = 0;
    if (!axis_from(node_int(n, "axis", first), x->rank, &n->axis) || n->axis >= x->rank) BAD("axis is outside its input");
    if (n->op == OP_SOFTMAX) SHAPE(y, x->rank, x->dim);
    for (uint32_t i = 0; i < x->rank; i++) {
        if (i != n->axis) dim[rank++] = x->dim[i];
        else if (node_int(n, "keepdims", 1)) dim[rank++] = 1;
    }
    if (x->dim[n->axis] > EXACT_MAX) BAD("indices beyond 2^24 have no exact float form");
    y->type = DT_INT64;
    SHAPE(y, rank, dim);
}

Status infer_mean(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len, rank = 0;
    const int64_t *axes;
    int64_t dim[G_RANK], a;
    TRY(node_ints(g, n, "axes", 1, &len, &axes));
    n->over = 0;
    for (uint32_t i = 0; i < len; i++) {
        if (!axis_from(axes[i], x->rank, &a) || a >= x->rank) BAD("axis %lld is outside its input", (long long)axes[i]);
        n->over |= 1u << a;
    }
    if (!len && !node_int(n, "noop_with_empty_axes", 0)) n->over = (1u << x->rank) - 1;
    for (uint32_t i = 0; i < x->rank; i++) {
        if (!(n->over >> i & 1)) dim[rank++] = x->dim[i];
        else if (node_int(n, "keepdims", 1)) dim[rank++] = 1;
    }
    /* The integer network runs a mean over the picture as a pool. */
    Nchw s = value_nchw(x);
    n->kd = s.d, n->kh = s.h, n->kw = s.w, n->sd = n->sh = n->sw = n->dd = n->dh = n->dw = n->groups = 1;
    SHAPE(y, rank, dim);
}
