/*
 * ONNX file to Graph: protobuf messages, initializers, order of nodes, shapes. What the program cannot do exactly is refused
 * here with the node's name, its operator and the reason; nothing is skipped silently.
 */
#include "gen/base/io.h"
#include "mapper/graph.h"
#include "mapper/mapper.h"
#include "mapper/onnx.pb-c.h"

#include <math.h>

#define FILE_MAX ((size_t)512 << 20)
#define CONST_MAX ((int64_t)1 << 29)     /* bytes of all constants as float */
#define ELEMENTS_MAX ((int64_t)1 << 26)  /* of one computed value */
#define FOLD_MAX ((int64_t)1 << 28)      /* multiplications to make one constant */
#define SMALL 256                        /* values of a constant that are there while shapes are found out; the others come after all checks */
#define NODES_MAX 20000

static void *pb_alloc(void *ctx, size_t n)
{
    (void)ctx;
    return mem_alloc(n);
}
static void pb_free(void *ctx, void *p)
{
    (void)ctx;
    mem_free(p);
}
static ProtobufCAllocator pb_allocator = {pb_alloc, pb_free, NULL};

static uint32_t find_value(const Graph *g, const char *name)
{
    NameId id = names_find(&g->names, name);
    return id.i ? g->by_name.v[id.i - 1] : G_NONE;
}

static uint32_t add_value(Graph *g, const char *name)
{
    uint32_t v = g->values.n;
    GValue *p = arr_add(&g->values);
    p->producer = G_NONE;
    p->name = "";
    if (name && *name) {
        NameId id = names_add(&g->names, name);
        p->name = arena_str(&g->arena, name);
        while (g->by_name.n < id.i) arr_push(&g->by_name, G_NONE);
        g->by_name.v[id.i - 1] = v;
    }
    return v;
}

/* ---- constants ------------------------------------------------------------------------------ */

static bool type_known(int32_t t)
{
    return t == DT_FLOAT || t == DT_UINT8 || t == DT_INT8 || t == DT_INT32 || t == DT_INT64 || t == DT_BOOL ||
           t == DT_DOUBLE || t == DT_FLOAT16 || t == DT_BFLOAT16;
}

/* IEEE 754 binary16. */
static double half_value(uint16_t h)
{
    int32_t e = h >> 10 & 31, m = h & 1023;
    double v = e == 31 ? (m ? (double)NAN : (double)INFINITY) : ldexp(e ? 1024 + m : m, (e ? e : 1) - 25);
    return h >> 15 ? -v : v;
}

/* 16-bit floats, from raw bytes or from the low half of int32_data. */
static double small_float(const Onnx__TensorProto *t, size_t i)
{
    uint16_t h;
    float f;
    if (t->has_raw_data) memcpy(&h, t->raw_data.data + 2 * i, 2);
    else h = (uint16_t)t->int32_data[i];
    if (t->data_type == DT_FLOAT16) return half_value(h);
    uint32_t u = (uint32_t)h << 16;
    memcpy(&f, &u, 4);
    return (double)f;
}

/* Element i of a tensor whose size was checked, from raw bytes or from the typed list. */
static double tensor_item(const Onnx__TensorProto *t, size_t i, int64_t *exact)
{
    const uint8_t *raw = t->has_raw_data ? t->raw_data.data : NULL;
    float f;
    double d;
    int32_t s;
    *exact = 0;
    switch (t->data_type) {
    case DT_FLOAT:
        if (!raw) return (double)t->float_data[i];
        memcpy(&f, raw + 4 * i, 4);
        return (double)f;
    case DT_DOUBLE:
        if (!raw) return t->double_data[i];
        memcpy(&d, raw + 8 * i, 8);
        return d;
    case DT_FLOAT16:
    case DT_BFLOAT16: return small_float(t, i);
    case DT_INT64:
        if (!raw) *exact = t->int64_data[i];
        else memcpy(exact, raw + 8 * i, 8);
        break;
    case DT_INT32:
        if (!raw) *exact = t->int32_data[i];
        else memcpy(&s, raw + 4 * i, 4), *exact = s;
        break;
    case DT_INT8: *exact = raw ? (int8_t)raw[i] : (int8_t)t->int32_data[i]; break;
    default: *exact = raw ? raw[i] : (uint8_t)t->int32_data[i]; break;
    }
    return (double)*exact;
}

static size_t tensor_items(const Onnx__TensorProto *t)
{
    bool two = t->data_type == DT_FLOAT16 || t->data_type == DT_BFLOAT16;
    size_t size = two ? 2 : t->data_type == DT_INT64 || t->data_type == DT_DOUBLE ? 8 : t->data_type == DT_FLOAT || t->data_type == DT_INT32 ? 4 : 1;
    if (t->has_raw_data) return t->raw_data.len % size ? SIZE_MAX : t->raw_data.len / size;
    switch (t->data_type) {
    case DT_FLOAT: return t->n_float_data;
    case DT_DOUBLE: return t->n_double_data;
    case DT_INT64: return t->n_int64_data;
    default: return t->n_int32_data;
    }
}

static bool type_whole(DataType t) { return t != DT_FLOAT && t != DT_DOUBLE && t != DT_FLOAT16 && t != DT_BFLOAT16; }

/* Whose exact values somebody may ask for: shapes, indices. 8 bits are exact as floats. */
static bool type_wide(DataType t) { return t == DT_INT32 || t == DT_INT64; }

/* Takes the values of a constant out of its message. */
static void take_values(Graph *g, GValue *v)
{
    if (v->f || !v->raw) return;
    float *f = arena_array(&g->arena, float, (size_t)v->count + 1);
    int64_t exact, *x = type_wide(v->type) ? arena_array(&g->arena, int64_t, (size_t)v->count + 1) : NULL;
    for (int64_t i = 0; i < v->count; i++) {
        f[i] = (float)tensor_item(v->raw, (size_t)i, &exact);
        if (x) x[i] = exact;
    }
    v->f = f;
    v->i = x;
}

/* Will there be memory for the values of another constant, of n values? */
static bool within_budget(Graph *g, DataType t, int64_t n)
{
    g->const_bytes += n * (type_wide(t) ? 12 : 4);
    return g->const_bytes <= CONST_MAX;
}

/* Checked here; a large one's values stay in the message until the whole network has turned out to be sound. */
static Status read_constant(Graph *g, const Onnx__TensorProto *t, GValue *v)
{
    const char *name = t->name && *t->name ? t->name : "(constant)";
    if (t->n_external_data || (t->has_data_location && t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL))
        return msg_error(ST_INPUT, "ONNX-0010", graph_loc(g), "tensor '%s' keeps its data in another file; export with the data inside", name);
    if (!type_known(t->data_type))
        return msg_error(ST_INPUT, "ONNX-0011", graph_loc(g), "tensor '%s' has data type %d, which is not supported", name, t->data_type);
    if (t->n_dims > G_RANK) return msg_error(ST_INPUT, "ONNX-0012", graph_loc(g), "tensor '%s' has %zu dimensions", name, t->n_dims);
    v->type = (DataType)t->data_type;
    v->rank = (uint32_t)t->n_dims;
    v->count = 1;
    for (size_t i = 0; i < t->n_dims; i++) {
        v->dim[i] = t->dims[i];
        if (t->dims[i] < 0 || t->dims[i] > CONST_MAX || (t->dims[i] && v->count > CONST_MAX / t->dims[i]))
            return msg_error(ST_INPUT, "ONNX-0012", graph_loc(g), "tensor '%s': dimension %lld", name, (long long)t->dims[i]);
        v->count *= t->dims[i];
    }
    if (tensor_items(t) != (size_t)v->count)
        return msg_error(ST_INPUT, "ONNX-0013", graph_loc(g), "tensor '%s': its shape asks for %lld values, the file holds %lld", name,
                         (long long)v->count, (long long)tensor_items(t));
    if (!within_budget(g, v->type, v->count)) return msg_error(ST_INPUT, "ONNX-0012", graph_loc(g), "tensor '%s': constants take more than %lld MB", name, (long long)(CONST_MAX >> 20));
    for (int64_t i = 0, exact; !type_whole(v->type) && v->type != DT_DOUBLE && i < v->count; i++)
        if (!isfinite(tensor_item(t, (size_t)i, &exact)))
            return msg_error(ST_INPUT, "ONNX-0014", graph_loc(g), "tensor '%s': value %lld is not a finite number", name, (long long)i);
    v->raw = t;
    v->constant = true;
    if (v->count <= SMALL) take_values(g, v);
    return ST_OK;
}

static Status read_initializers(Graph *g, const Onnx__GraphProto *p)
{
    if (p->n_sparse_initializer) return msg_error(ST_INPUT, "ONNX-0011", graph_loc(g), "sparse initializers are not supported");
    for (size_t i = 0; i < p->n_initializer; i++) {
        const Onnx__TensorProto *t = p->initializer[i];
        if (!t->name || !*t->name) return msg_error(ST_INPUT, "ONNX-0015", graph_loc(g), "initializer %zu has no name", i);
        if (find_value(g, t->name) != G_NONE) return msg_error(ST_INPUT, "ONNX-0015", graph_loc(g), "tensor '%s' is defined twice", t->name);
        uint32_t v = add_value(g, t->name);
        TRY(read_constant(g, t, &g->values.v[v]));
    }
    return ST_OK;
}

/* ---- graph inputs and outputs --------------------------------------------------------------- */

static Status read_input(Graph *g, const Onnx__ValueInfoProto *vi)
{
    if (g->input != G_NONE)
        return msg_error(ST_INPUT, "ONNX-0016", graph_loc(g), "the network has more than one input ('%s', '%s')", g->values.v[g->input].name, vi->name);
    if (!vi->type || vi->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !vi->type->tensor_type || !vi->type->tensor_type->shape)
        return msg_error(ST_INPUT, "ONNX-0016", graph_loc(g), "input '%s' has no tensor shape", vi->name);
    const Onnx__TypeProto__Tensor *t = vi->type->tensor_type;
    if (!type_known(t->elem_type))
        return msg_error(ST_INPUT, "ONNX-0011", graph_loc(g), "input '%s' has data type %d, which is not supported", vi->name, t->elem_type);
    if (t->shape->n_dim > G_RANK || t->shape->n_dim == 0)
        return msg_error(ST_INPUT, "ONNX-0012", graph_loc(g), "input '%s' has %zu dimensions", vi->name, t->shape->n_dim);
    g->input = add_value(g, vi->name);
    GValue *v = &g->values.v[g->input];
    v->type = (DataType)t->elem_type;
    v->rank = (uint32_t)t->shape->n_dim;
    v->count = 1;
    for (uint32_t i = 0; i < v->rank; i++) {
        const Onnx__TensorShapeProto__Dimension *d = t->shape->dim[i];
        bool set = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        v->dim[i] = set ? d->dim_value : i == 0 ? 1 : 0;
        if (v->dim[i] <= 0 || v->dim[i] > ELEMENTS_MAX || v->count > ELEMENTS_MAX / v->dim[i])
            return msg_error(ST_INPUT, "ONNX-0012", graph_loc(g), "input '%s': dimension %u is %s", vi->name, i,
                             set ? "not in a sensible range" : "left open; only the first may be");
        v->count *= v->dim[i];
    }
    g->batch = v->dim[0];
    return ST_OK;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static const char *bytes_str(Graph *g, const ProtobufCBinaryData *b)
{
    char *s = arena_alloc(&g->arena, b->len + 1);
    if (b->len) memcpy(s, b->data, b->len);
    return s;
}

static Status read_attr(Graph *g, GNode *n, const Onnx__AttributeProto *p, GAttr *a)
{
    a->name = arena_str(&g->arena, p->name ? p->name : "");
    a->kind = p->type;
    a->i = p->i;
    a->f = p->f;
    a->value = G_NONE;
    if (p->has_s) a->s = bytes_str(g, &p->s);
    if (p->g || p->n_graphs) return node_error(g, n, "ONNX-0020", "attribute '%s' is a graph", a->name);
    if (p->n_ints) {
        int64_t *v = arena_array(&g->arena, int64_t, p->n_ints);
        memcpy(v, p->ints, p->n_ints * sizeof *v);
        a->ints = v, a->n = (uint32_t)p->n_ints;
    } else if (p->n_floats) {
        float *v = arena_array(&g->arena, float, p->n_floats);
        memcpy(v, p->floats, p->n_floats * sizeof *v);
        a->floats = v, a->n = (uint32_t)p->n_floats;
    }
    if (p->t) {
        a->value = add_value(g, NULL);
        TRY(read_constant(g, p->t, &g->values.v[a->value]));
    }
    return ST_OK;
}

static bool domain_known(const char *d)
{
    return !d || !*d || str_eq(d, "ai.onnx") || str_eq(d, "onnx.brevitas") || str_eq(d, "finn.custom_op.general") ||
           str_eq(d, "qonnx.custom_op.general");
}

/* Operator that makes output k of a node; false: there is none. */
static bool output_op(OpKind op, size_t k, OpKind *made)
{
    *made = k == 0 ? op : op == OP_MAXPOOL ? OP_MAXINDEX : OP_DROPMASK;
    return k == 0 || (k == 1 && (op == OP_MAXPOOL || op == OP_DROPOUT));
}

/* Multiplications per output of the operators that have many. */
static int64_t work_per_output(const Graph *g, const GNode *n)
{
    const GValue *x = &g->values.v[n->in[0]];
    switch (n->op) {
    case OP_CONV: return value_nchw(&g->values.v[n->in[1]]).c * n->kh * n->kw;
    case OP_GEMM: return x->dim[!n->trans_a];
    case OP_MATMUL: return x->dim[x->rank - 1];
    case OP_MAXPOOL:
    case OP_AVGPOOL:
    case OP_MAXINDEX:
    case OP_GLOBALMAX:
    case OP_GLOBALAVG: return n->kd * n->kh * n->kw;
    case OP_REDUCEMEAN: return x->count / g->values.v[n->out].count;
    case OP_ARGMAX: return x->dim[n->axis];
    default: return 1;
    }
}

/* Exact integers of a folded value. What left float32's exact range would be wrong: refused. */
static Status fold_exact(Graph *g, const GNode *n, GValue *v)
{
    int64_t *x = arena_array(&g->arena, int64_t, (size_t)v->count);
    for (int64_t i = 0; i < v->count; i++) {
        if (fabsf(v->f[i]) > 16777216.0f) return node_error(g, n, "ONNX-0024", "makes the integer %.0f, beyond 2^24", (double)v->f[i]);
        x[i] = (int64_t)v->f[i];
    }
    v->i = x;
    return ST_OK;
}

/* Values of a node's output that is a constant. */
static Status fold(Graph *g, const GNode *n)
{
    GValue *v = &g->values.v[n->out];
    const float *in[G_INPUTS];
    take_values(g, v); /* of a Constant */
    if (v->f) return ST_OK;
    for (uint32_t k = 0; k < G_INPUTS; k++) in[k] = n->in[k] == G_NONE ? NULL : g->values.v[n->in[k]].f;
    if (op_is_view(n->op)) {
        v->f = in[0];
        v->i = g->values.v[n->in[0]].i;
        return ST_OK;
    }
    Scratch s = {0};
    float *f = arena_array(&g->arena, float, (size_t)v->count);
    op_eval(g, n, in, f, &s);
    mem_free(s.v);
    v->f = f;
    return type_wide(v->type) ? fold_exact(g, n, v) : ST_OK;
}

/* A node's output is a constant if all its inputs are; small ones get their values, since shapes may depend on them. */
static Status find_constant(Graph *g, GNode *n)
{
    GValue *v = &g->values.v[n->out];
    bool small = v->count <= SMALL;
    if (!v->constant) { /* a Constant is one already */
        for (uint32_t k = 0; k < G_INPUTS; k++) {
            if (n->in[k] == G_NONE) continue;
            if (!g->values.v[n->in[k]].constant) return ST_OK;
            small = small && g->values.v[n->in[k]].f;
        }
        if (work_per_output(g, n) > FOLD_MAX / v->count) return node_error(g, n, "ONNX-0023", "computing this constant takes too long");
        if (!op_is_view(n->op) && !within_budget(g, v->type, v->count))
            return node_error(g, n, "ONNX-0012", "constants take more than %lld MB", (long long)(CONST_MAX >> 20));
        v->constant = true;
    }
    n->folded = true;
    return small ? fold(g, n) : ST_OK;
}

/* Values of the large constants that the nodes so far read. */
static Status large_constants(Graph *g)
{
    for (; g->settled < g->nodes.n; g->settled++) {
        const GNode *n = &g->nodes.v[g->settled];
        for (uint32_t k = 0; k < n->n_in; k++)
            if (n->in[k] != G_NONE) take_values(g, &g->values.v[n->in[k]]);
        if (n->folded) TRY(fold(g, n));
    }
    return ST_OK;
}

/* Values that the node's check or shape may depend on: of its second input and further ones, few, or parameters of an operator that checks them all. */
static Status parameters(Graph *g, const GNode *n)
{
    bool all = n->op == OP_QUANTIZE || n->op == OP_DEQUANTIZE || n->op == OP_QUANT || n->op == OP_INTQUANT || n->op == OP_BIPOLAR || n->op == OP_TRUNC || n->op == OP_GATHER;
    for (uint32_t k = 1; k < n->n_in; k++) {
        if (n->in[k] == G_NONE || !(all || g->values.v[n->in[k]].count <= SMALL)) continue;
        GValue *v = &g->values.v[n->in[k]];
        take_values(g, v);
        if (v->constant && !v->f) TRY(large_constants(g));
    }
    return ST_OK;
}

/* Output k of a node whose inputs are all known, as a node of its own: attributes, shape, whether it is a constant. */
static Status add_node(Graph *g, const Onnx__NodeProto *p, size_t k)
{
    GNode n = {.n_in = (uint32_t)p->n_input, .n_attrs = (uint32_t)p->n_attribute};
    const char *out = p->n_output ? p->output[k] : "";
    OpKind op;
    n.name = arena_str(&g->arena, p->name && *p->name ? p->name : out);
    if (!p->op_type || !op_find(p->op_type, &op) || !domain_known(p->domain))
        return msg_error(ST_INPUT, "ONNX-0021", graph_loc(g), "node '%s': operator '%s%s%s' is not supported", n.name,
                         p->domain ? p->domain : "", p->domain && *p->domain ? "." : "", p->op_type ? p->op_type : "");
    n.op = op;
    if (!output_op(op, k, &n.op)) return node_error(g, &n, "ONNX-0020", "its output '%s' is not supported", out);
    if (p->n_input > G_INPUTS) return node_error(g, &n, "ONNX-0020", "%zu inputs", p->n_input);
    if (!*out) return node_error(g, &n, "ONNX-0020", "no output");
    for (uint32_t i = 0; i < G_INPUTS; i++) {
        n.in[i] = i < p->n_input && *p->input[i] ? find_value(g, p->input[i]) : G_NONE;
        if (n.in[i] != G_NONE) g->values.v[n.in[i]].uses++;
    }
    GAttr *attrs = arena_array(&g->arena, GAttr, p->n_attribute);
    n.attrs = attrs;
    for (size_t i = 0; i < p->n_attribute; i++) TRY(read_attr(g, &n, p->attribute[i], &attrs[i]));
    if (find_value(g, out) != G_NONE) return node_error(g, &n, "ONNX-0015", "tensor '%s' is defined twice", out);
    n.out = add_value(g, out);
    g->values.v[n.out].producer = g->nodes.n;
    TRY(parameters(g, &n));
    TRY(op_infer(g, &n));
    const GValue *v = &g->values.v[n.out];
    if (v->count <= 0 || v->count > ELEMENTS_MAX) return node_error(g, &n, "ONNX-0012", "its output has %lld values", (long long)v->count);
    arr_push(&g->nodes, n);
    return find_constant(g, &g->nodes.v[g->nodes.n - 1]);
}

typedef struct {
    uint32_t node, next;
} Wait;

/* Number of inputs of a node that are not known yet; unknown names are looked up in `made`. */
typedef struct {
    uint32_t *missing;                  /* [nodes] */
    ARRAY(Wait) waits;                  /* per tensor a list of nodes that wait for it */
    uint32_t *head;                     /* by NameId of `made` */
    Names made;                         /* outputs of all nodes */
} Order;

static Status order_prepare(Graph *g, const Onnx__GraphProto *p, Order *o)
{
    o->missing = arena_array(&g->arena, uint32_t, p->n_node);
    for (size_t i = 0; i < p->n_node; i++)
        for (size_t k = 0; k < p->node[i]->n_output; k++) {
            const char *name = p->node[i]->output[k];
            if (!*name) continue;
            if (names_find(&o->made, name).i || find_value(g, name) != G_NONE)
                return msg_error(ST_INPUT, "ONNX-0015", graph_loc(g), "tensor '%s' is defined twice", name);
            names_add(&o->made, name);
        }
    o->head = arena_array(&g->arena, uint32_t, (size_t)o->made.text.n + 1);
    for (uint32_t i = 0; i <= o->made.text.n; i++) o->head[i] = G_NONE;
    for (size_t i = 0; i < p->n_node; i++)
        for (size_t k = 0; k < p->node[i]->n_input; k++) {
            const char *name = p->node[i]->input[k];
            if (!*name || find_value(g, name) != G_NONE) continue;
            NameId id = names_find(&o->made, name);
            if (!id.i)
                return msg_error(ST_INPUT, "ONNX-0017", graph_loc(g), "node '%s' (%s): its input '%s' does not exist",
                                 p->node[i]->name ? p->node[i]->name : "", p->node[i]->op_type ? p->node[i]->op_type : "", name);
            o->missing[i]++;
            arr_reserve(&o->waits);
            o->waits.v[o->waits.n].node = (uint32_t)i;
            o->waits.v[o->waits.n].next = o->head[id.i];
            o->head[id.i] = o->waits.n++;
        }
    return ST_OK;
}

/* Kahn's algorithm; among ready nodes the one that became ready first, so that a sorted file keeps its order. */
static Status read_nodes(Graph *g, const Onnx__GraphProto *p)
{
    if (p->n_node == 0 || p->n_node > NODES_MAX) return msg_error(ST_INPUT, "ONNX-0018", graph_loc(g), "the network has %zu nodes", p->n_node);
    Order o = {0};
    Status st = order_prepare(g, p, &o);
    uint32_t *queue = arena_array(&g->arena, uint32_t, p->n_node), n = 0;
    for (size_t i = 0; i < p->n_node && st == ST_OK; i++)
        if (o.missing[i] == 0) queue[n++] = (uint32_t)i;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        const Onnx__NodeProto *node = p->node[queue[i]];
        st = add_node(g, node, 0);
        for (size_t k = 0; k < node->n_output && st == ST_OK; k++) {
            NameId id = names_find(&o.made, node->output[k]);
            bool read = (id.i && o.head[id.i] != G_NONE) || (p->output[0]->name && str_eq(node->output[k], p->output[0]->name));
            if (k > 0 && *node->output[k] && read) st = add_node(g, node, k);
            for (uint32_t w = id.i && st == ST_OK ? o.head[id.i] : G_NONE; w != G_NONE; w = o.waits.v[w].next) {
                if (--o.missing[o.waits.v[w].node] == 0) queue[n++] = o.waits.v[w].node;
            }
        }
    }
    if (st == ST_OK && n < p->n_node) st = msg_error(ST_INPUT, "ONNX-0019", graph_loc(g), "the network has a cycle");
    names_free(&o.made);
    arr_free(&o.waits);
    return st;
}

static Status read_graph(Graph *g, const Onnx__GraphProto *p)
{
    TRY(read_initializers(g, p));
    for (size_t i = 0; i < p->n_input; i++) {
        if (!p->input[i]->name || !*p->input[i]->name) return msg_error(ST_INPUT, "ONNX-0016", graph_loc(g), "an input has no name");
        if (find_value(g, p->input[i]->name) == G_NONE) TRY(read_input(g, p->input[i])); /* before IR 4 initializers are inputs too */
    }
    if (g->input == G_NONE) return msg_error(ST_INPUT, "ONNX-0016", graph_loc(g), "the network has no input");
    if (p->n_output != 1 || !p->output[0]->name)
        return msg_error(ST_INPUT, "ONNX-0016", graph_loc(g), "the network has %zu outputs, one is supported", p->n_output);
    TRY(read_nodes(g, p));
    g->output = find_value(g, p->output[0]->name);
    if (g->output == G_NONE) return msg_error(ST_INPUT, "ONNX-0017", graph_loc(g), "nothing makes the output '%s'", p->output[0]->name);
    g->values.v[g->output].uses++;
    if (g->values.v[g->output].constant) return msg_error(ST_INPUT, "ONNX-0017", graph_loc(g), "the output '%s' does not depend on the input", p->output[0]->name);
    return large_constants(g);
}

static Status read_model(Graph *g, const Onnx__ModelProto *m)
{
    if (!m->graph) return msg_error(ST_INPUT, "ONNX-0003", graph_loc(g), "the file holds no graph");
    if (m->n_functions) return msg_error(ST_INPUT, "ONNX-0003", graph_loc(g), "model-local functions are not supported");
    for (size_t i = 0; i < m->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *o = m->opset_import[i];
        if (!o->domain || !*o->domain || str_eq(o->domain, "ai.onnx")) g->opset = o->version;
    }
    if (g->opset < 1 || g->opset > 25)
        return msg_error(ST_INPUT, "ONNX-0004", graph_loc(g), g->opset ? "operator set %lld, 1…25 are supported" : "no operator set is imported (%lld)",
                         (long long)g->opset);
    return read_graph(g, m->graph);
}

Status onnx_parse(const char *path, const void *data, size_t n, Graph **out)
{
    *out = NULL;
    TRY(wire_check(path, data, n));
    Onnx__ModelProto *m = onnx__model_proto__unpack(&pb_allocator, n, data);
    if (!m) return msg_error(ST_INPUT, "ONNX-0001", (Loc){path, 0, 0}, "not an ONNX file, or truncated");
    Graph *g = mem_alloc(sizeof *g);
    g->path = arena_str(&g->arena, path);
    g->input = g->output = G_NONE;
    Status st = read_model(g, m);
    onnx__model_proto__free_unpacked(m, &pb_allocator);
    if (st == ST_OK) *out = g;
    else graph_free(g);
    return st;
}

Status onnx_read(const char *path, Graph **out)
{
    Buf b = {0};
    *out = NULL;
    TRY(io_read(path, FILE_MAX, &b));
    Status st = onnx_parse(path, b.s, b.n, out);
    buf_free(&b);
    return st;
}

void graph_free(Graph *g)
{
    if (!g) return;
    arr_free(&g->values);
    arr_free(&g->nodes);
    arr_free(&g->by_name);
    names_free(&g->names);
    arena_free(&g->arena);
    mem_free(g);
}
