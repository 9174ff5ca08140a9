/* Shapes of what only moves values. */
#include "mapper/ops.h"

/* ---- shapes --------------------------------------------------------------------------------- */

Status infer_reshape(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len;
    const int64_t *want;
    int64_t dim[G_RANK], known = 1, open = -1;
    TRY(node_ints(g, n, "shape", 1, &len, &want));
    if (len > G_RANK || !want) BAD("has no constant shape of up to %d dimensions", G_RANK);
    for (uint32_t i = 0; i < len; i++) {
        dim[i] = want[i];
        if (want[i] == 0 && !node_int(n, "allowzero", 0) && i < x->rank) dim[i] = x->dim[i];
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

Status infer_flatten(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    int64_t rows = 1;
    if (!axis_from(node_int(n, "axis", 1), x->rank, &n->axis)) BAD("axis is outside its input");
    for (int64_t i = 0; i < n->axis; i++) rows *= x->dim[i];
    y->type = x->type;
    if (x->count == 0) BAD("empty input");
    SHAPE(y, 2, ((int64_t[]){rows, x->count / rows}));
}

Status infer_squeeze(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len, drop = 0, rank = 0;
    const int64_t *axes;
    int64_t dim[G_RANK], a;
    TRY(node_ints(g, n, "axes", 1, &len, &axes));
    for (uint32_t i = 0; i < len; i++) {
        if (!axis_from(axes[i], x->rank, &a) || a >= x->rank || x->dim[a] != 1) BAD("axis %lld is not of size 1", (long long)axes[i]);
        drop |= 1u << a;
    }
    for (uint32_t i = 0; i < x->rank; i++)
        if (len ? !(drop >> i & 1) : x->dim[i] != 1) dim[rank++] = x->dim[i];
    y->type = x->type;
    SHAPE(y, rank, dim);
}

Status infer_unsqueeze(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len, put = 0, at = 0;
    const int64_t *axes;
    int64_t dim[G_RANK], a;
    TRY(node_ints(g, n, "axes", 1, &len, &axes));
    uint32_t rank = x->rank + len;
    if (!len || rank > G_RANK) BAD("makes %u dimensions", rank);
    for (uint32_t i = 0; i < len; i++) {
        if (!axis_from(axes[i], rank, &a) || a >= rank || (put >> a & 1)) BAD("axis %lld is outside its output or doubled", (long long)axes[i]);
        put |= 1u << a;
    }
    for (uint32_t i = 0; i < rank; i++) dim[i] = (put >> i & 1) ? 1 : x->dim[at++];
    y->type = x->type;
    SHAPE(y, rank, dim);
}

Status infer_transpose(Graph *g, GNode *n, const GValue *x, GValue *y)
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

Status infer_constant(Graph *g, GNode *n, const GValue *x, GValue *y)
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


/* ---- pieces --------------------------------------------------------------------------------- */

Status infer_concat(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    int64_t dim[G_RANK];
    const GAttr *a = node_attr(n, "axis");
    if (!a && g->opset >= 4) BAD("has no axis");
    if (!axis_from(a ? a->i : 1, x->rank, &n->axis) || n->axis >= x->rank) BAD("axis is outside its input");
    memcpy(dim, x->dim, sizeof dim);
    for (uint32_t k = 1; k < n->n_in; k++) {
        const GValue *v = node_input(g, n, k);
        if (!v || v->type != x->type || v->rank != x->rank) BAD("its inputs differ in type or number of dimensions");
        for (uint32_t i = 0; i < x->rank; i++)
            if (i != n->axis && v->dim[i] != x->dim[i]) BAD("its inputs differ in dimension %u", i);
        dim[n->axis] += v->dim[n->axis];
    }
    y->type = x->type;
    SHAPE(y, x->rank, dim);
}

/* Constant list of axes of input k (or attribute); position i stands for i where it is absent. */
static Status axes_of(const Graph *g, const GNode *n, uint32_t k, uint32_t rank, uint32_t len, int64_t *axis)
{
    uint32_t count, seen = 0;
    const int64_t *axes;
    TRY(node_ints(g, n, "axes", k, &count, &axes));
    if (axes && count != len) BAD("%u axes for %u numbers", count, len);
    for (uint32_t i = 0; i < len; i++) {
        if (!axis_from(axes ? axes[i] : i, rank, &axis[i]) || axis[i] >= rank || (seen >> axis[i] & 1)) BAD("axis %lld is outside its input or doubled", (long long)(axes ? axes[i] : i));
        seen |= 1u << axis[i];
    }
    return ST_OK;
}

Status infer_pad(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len;
    const int64_t *pads;
    int64_t dim[G_RANK], axis[G_RANK];
    const GAttr *m = node_attr(n, "mode");
    const char *mode = m && m->s ? m->s : "constant";
    const GValue *c = node_input(g, n, 2);
    TRY(node_ints(g, n, "pads", 1, &len, &pads));
    if (!str_eq(mode, "constant") && !str_eq(mode, "edge") && !str_eq(mode, "reflect")) BAD("mode '%s' is not supported", mode);
    if (!pads || len % 2 || len / 2 > x->rank) BAD("has no constant pads for its %u dimensions", x->rank);
    if (c && (!c->f || c->count != 1)) BAD("its padding value must be one constant");
    TRY(axes_of(g, n, 3, x->rank, len / 2, axis));
    if (!node_input(g, n, 3) && len != 2 * x->rank) BAD("%u pads for %u dimensions", len, x->rank);
    memcpy(dim, x->dim, sizeof dim);
    memset(n->perm, 0, sizeof n->perm);
    for (uint32_t i = 0; i < len / 2; i++) {
        int64_t b = pads[i], e = pads[len / 2 + i], size = x->dim[axis[i]], most = str_eq(mode, "reflect") ? size - 1 : 65536;
        if (b < -size || e < -size || b > most || e > most) BAD("pads %lld and %lld in dimension %lld", (long long)b, (long long)e, (long long)axis[i]);
        n->perm[axis[i]] = -b;
        dim[axis[i]] += b + e;
    }
    y->type = x->type;
    SHAPE(y, x->rank, dim);
}

Status infer_slice(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    uint32_t len, n_end, n_step;
    const int64_t *start, *end, *step;
    int64_t dim[G_RANK], axis[G_RANK];
    TRY(node_ints(g, n, "starts", 1, &len, &start));
    TRY(node_ints(g, n, "ends", 2, &n_end, &end));
    TRY(node_ints(g, n, "steps", 4, &n_step, &step));
    if (!start || !end || n_end != len || (step && n_step != len) || len > x->rank) BAD("has no constant starts and ends of equal number");
    TRY(axes_of(g, n, 3, x->rank, len, axis));
    memcpy(dim, x->dim, sizeof dim);
    for (uint32_t i = 0; i < x->rank; i++) n->perm[i] = 0, n->step[i] = 1;
    for (uint32_t i = 0; i < len; i++) {
        int64_t size = x->dim[axis[i]], s = step ? step[i] : 1, a = start[i] < 0 ? start[i] + size : start[i], b = end[i] < -size ? -1 : end[i] < 0 ? end[i] + size : end[i];
        if (s == 0 || s < -INT32_MAX || s > INT32_MAX) BAD("a step of %lld", (long long)s);
        int64_t low = 0, high = s > 0 ? size : size - 1;
        a = a < low ? low : a > high ? high : a;
        b = b < (s > 0 ? 0 : -1) ? (s > 0 ? 0 : -1) : b > size ? size : b;
        int64_t count = s > 0 ? (b - a + s - 1) / s : (a - b - s - 1) / -s;
        if (count < 1) BAD("leaves nothing of dimension %lld; empty tensors are not supported", (long long)axis[i]);
        n->perm[axis[i]] = a;
        n->step[axis[i]] = s;
        dim[axis[i]] = count;
    }
    y->type = x->type;
    SHAPE(y, x->rank, dim);
}

Status infer_gather(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *at = node_input(g, n, 1);
    int64_t dim[G_RANK];
    uint32_t rank = 0;
    if (!axis_from(node_int(n, "axis", 0), x->rank, &n->axis) || n->axis >= x->rank) BAD("axis is outside its input");
    if (!at->i) BAD("its indices must be constant integers");
    if (at->rank + x->rank - 1 > G_RANK) BAD("its output has %u dimensions", at->rank + x->rank - 1);
    for (int64_t i = 0; i < at->count; i++)
        if (at->i[i] < -x->dim[n->axis] || at->i[i] >= x->dim[n->axis]) BAD("index %lld is outside its input", (long long)at->i[i]);
    for (uint32_t i = 0; i < n->axis; i++) dim[rank++] = x->dim[i];
    for (uint32_t i = 0; i < at->rank; i++) dim[rank++] = at->dim[i];
    for (uint32_t i = (uint32_t)n->axis + 1; i < x->rank; i++) dim[rank++] = x->dim[i];
    y->type = x->type;
    SHAPE(y, rank, dim);
}
