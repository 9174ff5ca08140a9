/*
 * The operators that are understood: their inputs, attributes and the shape of what they make. An attribute that is not
 * listed for its operator is refused, so that nothing with a meaning is overlooked.
 */
#include "mapper/ops.h"

/* Types that input 0 may have. Integers are exact in float32 up to 2^24; what moves values takes all types. */
enum { T_REAL = 1, T_BYTE = 2, T_ANY = 4 };

typedef struct {
    const char *name;
    uint32_t min_in, max_in;
    uint32_t types;
    const char *attrs; /* names it may have, each followed by a blank */
    OpInfer *infer;
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

int64_t node_int(const GNode *n, const char *name, int64_t otherwise)
{
    const GAttr *a = node_attr(n, name);
    return a ? a->i : otherwise;
}

float node_float(const GNode *n, const char *name, float otherwise)
{
    const GAttr *a = node_attr(n, name);
    return a ? a->f : otherwise;
}

const GValue *node_input(const Graph *g, const GNode *n, uint32_t k)
{
    return n->in[k] == G_NONE ? NULL : &g->values.v[n->in[k]];
}

Nchw value_nchw(const GValue *v)
{
    Nchw s = {1, 1, 1, 1, 1};
    if (v->rank > 0) s.n = v->dim[0];
    if (v->rank > 1) s.c = v->dim[1];
    if (v->rank == 3) s.w = v->dim[2];
    if (v->rank > 3) s.h = v->dim[v->rank - 2], s.w = v->dim[v->rank - 1];
    for (uint32_t i = 2; i + 2 < v->rank; i++) s.d *= v->dim[i];
    return s;
}

bool value_shape(GValue *y, uint32_t rank, const int64_t *dim)
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

bool axis_from(int64_t a, uint32_t rank, int64_t *axis)
{
    *axis = a < 0 ? a + rank : a;
    return *axis >= 0 && *axis <= rank;
}

bool shape_broadcast(const GValue *a, const GValue *b, uint32_t *rank, int64_t *dim)
{
    *rank = a->rank > b->rank ? a->rank : b->rank;
    for (uint32_t i = 0; i < *rank; i++) {
        int64_t da = i < a->rank ? a->dim[a->rank - 1 - i] : 1, db = i < b->rank ? b->dim[b->rank - 1 - i] : 1;
        if (da != db && da != 1 && db != 1) return false;
        dim[*rank - 1 - i] = da > db ? da : db;
    }
    return true;
}

Status node_ints(const Graph *g, const GNode *n, const char *attr, uint32_t k, uint32_t *len, const int64_t **v)
{
    const GAttr *a = node_attr(n, attr);
    const GValue *c = node_input(g, n, k);
    *len = 0;
    *v = NULL;
    if (a) *len = a->n, *v = a->ints;
    if (!c) return ST_OK;
    if (!c->i || c->rank > 1 || c->count > 2 * G_RANK) BAD("input '%s' must be a constant list of integers", c->name);
    *len = (uint32_t)c->count;
    *v = c->i;
    return ST_OK;
}

/*
 * The list of operators: docs/manual.md prints the names (scripts/operators.sh), tests/mapper/nodes.c runs every node test made of them.
 * A name with a blank is no operator of a file, but a further output of one.
 */
static const OpDef ops[OP_COUNT] = {
    [OP_CONV] = {"Conv", 2, 3, T_REAL, "auto_pad dilations group kernel_shape pads strides ", infer_conv},
    [OP_GEMM] = {"Gemm", 2, 3, T_REAL, "alpha beta transA transB ", infer_gemm},
    [OP_MATMUL] = {"MatMul", 2, 2, T_REAL, "", infer_matmul},
    [OP_BATCHNORM] = {"BatchNormalization", 5, 5, T_REAL, "epsilon momentum training_mode spatial ", infer_batchnorm},
    [OP_RELU] = {"Relu", 1, 1, T_REAL, "", infer_same},
    [OP_CLIP] = {"Clip", 1, 3, T_REAL | T_BYTE, "min max ", infer_same},
    [OP_ADD] = {"Add", 2, 2, T_REAL | T_BYTE, "", infer_binary},
    [OP_SUB] = {"Sub", 2, 2, T_REAL | T_BYTE, "", infer_binary},
    [OP_MUL] = {"Mul", 2, 2, T_REAL | T_BYTE, "", infer_binary},
    [OP_DIV] = {"Div", 2, 2, T_REAL | T_BYTE, "", infer_binary},
    [OP_MAXPOOL] = {"MaxPool", 1, 1, T_REAL | T_BYTE, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides ", infer_pool},
    [OP_AVGPOOL] = {"AveragePool", 1, 1, T_REAL, "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides ", infer_pool},
    [OP_GLOBALAVG] = {"GlobalAveragePool", 1, 1, T_REAL, "", infer_global},
    [OP_GLOBALMAX] = {"GlobalMaxPool", 1, 1, T_REAL, "", infer_global},
    [OP_FLATTEN] = {"Flatten", 1, 1, T_ANY, "axis ", infer_flatten},
    [OP_RESHAPE] = {"Reshape", 1, 2, T_ANY, "allowzero shape ", infer_reshape},
    [OP_SQUEEZE] = {"Squeeze", 1, 2, T_ANY, "axes ", infer_squeeze},
    [OP_UNSQUEEZE] = {"Unsqueeze", 1, 2, T_ANY, "axes ", infer_unsqueeze},
    [OP_TRANSPOSE] = {"Transpose", 1, 1, T_ANY, "perm ", infer_transpose},
    [OP_IDENTITY] = {"Identity", 1, 1, T_ANY, "", infer_same},
    [OP_DROPOUT] = {"Dropout", 1, 3, T_REAL, "ratio seed ", infer_same},
    [OP_CONSTANT] = {"Constant", 0, 0, T_ANY, "value value_float value_floats value_int value_ints ", infer_constant},
    [OP_SOFTMAX] = {"Softmax", 1, 1, T_REAL, "axis ", infer_axis},
    [OP_LEAKYRELU] = {"LeakyRelu", 1, 1, T_REAL, "alpha ", infer_real},
    [OP_SIGMOID] = {"Sigmoid", 1, 1, T_REAL, "", infer_real},
    [OP_TANH] = {"Tanh", 1, 1, T_REAL, "", infer_real},
    [OP_HARDSIGMOID] = {"HardSigmoid", 1, 1, T_REAL, "alpha beta ", infer_real},
    [OP_HARDSWISH] = {"HardSwish", 1, 1, T_REAL, "", infer_real},
    [OP_ELU] = {"Elu", 1, 1, T_REAL, "alpha ", infer_real},
    [OP_CONCAT] = {"Concat", 1, G_INPUTS, T_ANY, "axis ", infer_concat},
    [OP_PAD] = {"Pad", 1, 4, T_ANY, "mode pads value ", infer_pad},
    [OP_SLICE] = {"Slice", 1, 5, T_ANY, "axes ends starts ", infer_slice},
    [OP_GATHER] = {"Gather", 2, 2, T_ANY, "axis ", infer_gather},
    [OP_CAST] = {"Cast", 1, 1, T_ANY, "saturate to ", infer_cast},
    [OP_REDUCEMEAN] = {"ReduceMean", 1, 2, T_REAL, "axes keepdims noop_with_empty_axes ", infer_mean},
    [OP_ARGMAX] = {"ArgMax", 1, 1, T_ANY, "axis keepdims select_last_index ", infer_axis},
    [OP_QUANTIZE] = {"QuantizeLinear", 2, 3, T_REAL, "axis saturate ", infer_qdq},
    [OP_DEQUANTIZE] = {"DequantizeLinear", 2, 3, T_ANY, "axis ", infer_qdq},
    [OP_QUANT] = {"Quant", 4, 4, T_REAL, "narrow rounding_mode signed ", infer_quant},
    [OP_INTQUANT] = {"IntQuant", 4, 4, T_REAL, "narrow rounding_mode signed ", infer_quant},
    [OP_BIPOLAR] = {"BipolarQuant", 2, 2, T_REAL, "", infer_bipolar},
    [OP_TRUNC] = {"Trunc", 5, 6, T_REAL, "narrow rounding_mode signed ", infer_trunc},
    [OP_MAXINDEX] = {"MaxPool indices", 1, 1, T_REAL | T_BYTE, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides ", infer_pool},
    [OP_DROPMASK] = {"Dropout mask", 1, 3, T_REAL, "ratio seed ", infer_same},
};

static const char *type_name(DataType t)
{
    switch (t) {
    case DT_FLOAT: return "float";
    case DT_UINT8: return "uint8";
    case DT_INT8: return "int8";
    case DT_INT32: return "int32";
    case DT_INT64: return "int64";
    case DT_BOOL: return "bool";
    case DT_FLOAT16: return "float16";
    case DT_DOUBLE: return "double";
    case DT_BFLOAT16: return "bfloat16";
    default: return "unknown";
    }
}

Status node_want_real(const Graph *g, const GNode *n, const GValue *v)
{
    if (v && (v->type == DT_FLOAT16 || v->type == DT_BFLOAT16)) BAD("input '%s' is of type %s; Cast to float must stand before it", v->name, type_name(v->type));
    if (v && v->type != DT_FLOAT && v->type != DT_DOUBLE)
        BAD("input '%s' is of type %s without a scale; DequantizeLinear must stand before it", v->name, type_name(v->type));
    return ST_OK;
}

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
    bool byte = x && (x->type == DT_UINT8 || x->type == DT_INT8);
    if (x && !(d->types & T_ANY) && !(byte && (d->types & T_BYTE))) TRY(node_want_real(g, n, x));
    return d->infer(g, n, x, y);
}
