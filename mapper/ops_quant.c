/* Quantisation: ONNX's QuantizeLinear and DequantizeLinear, QONNX's Quant, BipolarQuant and Trunc. */
#include "mapper/ops.h"

#include <math.h>
#include <strings.h>

/* ---- quantisation --------------------------------------------------------------------------- */

Status infer_qdq(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    const GValue *s = node_input(g, n, 1), *z = node_input(g, n, 2);
    bool quantise = n->op == OP_QUANTIZE;
    n->axis = 0;
    if (quantise) TRY(node_want_real(g, n, x));
    else if (x->type != DT_INT8 && x->type != DT_UINT8 && x->type != DT_INT32) BAD("input '%s' is not of type int8, uint8 or int32", x->name);
    TRY(node_want_real(g, n, s));
    if (!s->f || (z && !z->f)) BAD("scale and zero point must be constants");
    if (z && (z->type != DT_INT8 && z->type != DT_UINT8 && z->type != DT_INT32)) BAD("zero point is not of type int8, uint8 or int32");
    if (z && !quantise && z->type != x->type) BAD("zero point is not of its input's type");
    if (quantise && z && z->type == DT_INT32) BAD("zero point is not of type int8 or uint8");
    if (z && z->count != s->count) BAD("%lld scales, %lld zero points", (long long)s->count, (long long)z->count);
    for (int64_t i = 0; i < s->count; i++)
        if (!(s->f[i] > 0) || !isfinite(s->f[i])) BAD("scale %g is not positive", (double)s->f[i]);
    if (s->count != 1) {
        if (s->rank != 1 || !axis_from(node_int(n, "axis", 1), x->rank, &n->axis) || n->axis >= x->rank || x->dim[n->axis] != s->count)
            BAD("%lld scales do not fit the dimension they belong to", (long long)s->count);
    }
    y->type = !quantise ? DT_FLOAT : z ? z->type : DT_UINT8;
    SHAPE(y, x->rank, x->dim);
}

/* ---- QONNX ---------------------------------------------------------------------------------- */

/* Further inputs 1 … k−1 are constants that broadcast to the first. */
static Status want_parameters(const Graph *g, const GNode *n, const GValue *x, uint32_t k)
{
    for (uint32_t i = 1; i < k; i++) {
        const GValue *v = node_input(g, n, i);
        uint32_t rank;
        int64_t dim[G_RANK];
        if (!v || !v->f || v->count < 1) BAD("scale, zero point and bit width must be constants");
        if (v->count != 1 && (v->rank > x->rank || !shape_broadcast(x, v, &rank, dim) || memcmp(dim, x->dim, rank * sizeof *dim) != 0))
            BAD("shape of '%s' does not fit its input", v->name);
    }
    return ST_OK;
}

static Status want_scale(const Graph *g, const GNode *n, const GValue *s)
{
    for (int64_t i = 0; i < s->count; i++)
        if (!(s->f[i] > 0) || !isfinite(s->f[i])) BAD("scale %g is not positive", (double)s->f[i]);
    return ST_OK;
}

static Status want_bits(const Graph *g, const GNode *n, const GValue *b)
{
    if (b->count != 1 || !(b->f[0] >= 1 && b->f[0] <= 24) || b->f[0] < floorf(b->f[0]) || b->f[0] > floorf(b->f[0])) BAD("bit width is not a whole number 1…24");
    return ST_OK;
}

static Status want_rounding(const Graph *g, const GNode *n)
{
    const GAttr *a = node_attr(n, "rounding_mode");
    if (a && a->s && quant_rounding(n) == ROUND_UNKNOWN) BAD("rounding mode '%s' is not known", a->s);
    return ST_OK;
}

Rounding quant_rounding(const GNode *n)
{
    static const struct { const char *name; Rounding r; } modes[] = {
        {"ROUND", ROUND_EVEN}, {"HALF_EVEN", ROUND_EVEN}, {"CEIL", ROUND_CEIL}, {"FLOOR", ROUND_FLOOR}, {"UP", ROUND_UP},
        {"DOWN", ROUND_DOWN}, {"HALF_UP", ROUND_HALF_UP}, {"HALF_DOWN", ROUND_HALF_DOWN}};
    const GAttr *a = node_attr(n, "rounding_mode");
    if (!a || !a->s) return n->op == OP_TRUNC ? ROUND_FLOOR : ROUND_EVEN;
    for (uint32_t i = 0; i < COUNTOF(modes); i++)
        if (strcasecmp(a->s, modes[i].name) == 0) return modes[i].r;
    return ROUND_UNKNOWN;
}

void quant_range(const GNode *n, int32_t bits, int32_t *lo, int32_t *hi)
{
    bool is_signed = node_int(n, "signed", 1) != 0, narrow = node_int(n, "narrow", 0) != 0;
    *lo = is_signed ? -(1 << (bits - 1)) + narrow : 0;
    *hi = is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1 - narrow;
}

/* x, scale, zero point, bit width; quantises and dequantises at once. */
Status infer_quant(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    TRY(want_parameters(g, n, x, 4));
    TRY(want_scale(g, n, node_input(g, n, 1)));
    TRY(want_bits(g, n, node_input(g, n, 3)));
    TRY(want_rounding(g, n));
    SHAPE(y, x->rank, x->dim);
}

/* x, scale: −scale below zero, else scale. */
Status infer_bipolar(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    TRY(want_parameters(g, n, x, 2));
    TRY(want_scale(g, n, node_input(g, n, 1)));
    SHAPE(y, x->rank, x->dim);
}

/* Version 1: x, scale, zero point, bits in, bits out; version 2 has the scale of its output before the last and a clamp. */
Status infer_trunc(Graph *g, GNode *n, const GValue *x, GValue *y)
{
    bool v2 = n->n_in == 6;
    TRY(want_parameters(g, n, x, n->n_in));
    TRY(want_scale(g, n, node_input(g, n, 1)));
    TRY(want_bits(g, n, node_input(g, n, 3)));
    TRY(want_bits(g, n, node_input(g, n, v2 ? 5 : 4)));
    TRY(want_rounding(g, n));
    if (v2) TRY(want_scale(g, n, node_input(g, n, 4)));
    if (!v2 && node_input(g, n, 4)->f[0] > node_input(g, n, 3)->f[0]) BAD("more bits come out than go in");
    if (!v2 && (node_attr(n, "signed") || node_attr(n, "narrow"))) BAD("signed and narrow belong to version 2, which has six inputs");
    SHAPE(y, x->rank, x->dim);
}
