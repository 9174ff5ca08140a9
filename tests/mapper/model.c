#include "tests/mapper/model.h"

#include "gen/base/io.h"
#include "mapper/graph.h"
#include "mapper/onnx.pb-c.h"

#include <stdlib.h>
#include <unistd.h>

static void *push(Model *m, void ***list, size_t *n, void *item)
{
    void **grown = arena_alloc(&m->arena, (*n + 1) * sizeof *grown);
    if (*n) memcpy(grown, *list, *n * sizeof *grown);
    grown[(*n)++] = item;
    *list = grown;
    return item;
}
#define PUSH(list, n, item) push(m, (void ***)&(list), &(n), item)
#define NEW(m, T, init) (T *)memcpy(arena_new(&(m)->arena, T), &(const T)init, sizeof(T))

static Onnx__ValueInfoProto *value_info(Model *m, const char *name, const int64_t *dims)
{
    Onnx__ValueInfoProto *v = NEW(m, Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
    v->name = arena_str(&m->arena, name);
    v->type = NEW(m, Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
    v->type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    v->type->tensor_type = NEW(m, Onnx__TypeProto__Tensor, ONNX__TYPE_PROTO__TENSOR__INIT);
    v->type->tensor_type->has_elem_type = 1;
    v->type->tensor_type->elem_type = 1;
    Onnx__TensorShapeProto *s = v->type->tensor_type->shape = NEW(m, Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);
    for (; *dims; dims++) {
        Onnx__TensorShapeProto__Dimension *d = NEW(m, Onnx__TensorShapeProto__Dimension, ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT);
        d->value_case = *dims < 0 ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        if (*dims < 0) d->dim_param = arena_str(&m->arena, "N");
        else d->dim_value = *dims;
        PUSH(s->dim, s->n_dim, d);
    }
    return v;
}

Model model_make(const int64_t *dims)
{
    Model model = {0}, *m = &model;
    m->m = NEW(m, Onnx__ModelProto, ONNX__MODEL_PROTO__INIT);
    m->g = m->m->graph = NEW(m, Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
    m->m->has_ir_version = 1;
    m->m->ir_version = 8;
    Onnx__OperatorSetIdProto *o = NEW(m, Onnx__OperatorSetIdProto, ONNX__OPERATOR_SET_ID_PROTO__INIT);
    o->has_version = 1;
    o->version = 13;
    PUSH(m->m->opset_import, m->m->n_opset_import, o);
    PUSH(m->g->input, m->g->n_input, value_info(m, "x", dims));
    PUSH(m->g->output, m->g->n_output, value_info(m, "y", DIMS(1)));
    return model;
}

Onnx__NodeProto *model_node(Model *m, const char *op, const char *out, const char *in0, const char *in1, const char *in2, const char *in3)
{
    const char *in[] = {in0, in1, in2, in3};
    Onnx__NodeProto *n = NEW(m, Onnx__NodeProto, ONNX__NODE_PROTO__INIT);
    n->op_type = arena_str(&m->arena, op);
    n->name = arena_printf(&m->arena, "n_%s", out);
    for (uint32_t i = 0; i < 4 && in[i]; i++) PUSH(n->input, n->n_input, arena_str(&m->arena, in[i]));
    PUSH(n->output, n->n_output, arena_str(&m->arena, out));
    return PUSH(m->g->node, m->g->n_node, n);
}

static Onnx__AttributeProto *attribute(Model *m, Onnx__NodeProto *n, const char *name, int type)
{
    Onnx__AttributeProto *a = NEW(m, Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);
    a->name = arena_str(&m->arena, name);
    a->has_type = 1;
    a->type = (Onnx__AttributeProto__AttributeType)type;
    return PUSH(n->attribute, n->n_attribute, a);
}

void model_ints(Model *m, Onnx__NodeProto *n, const char *name, uint32_t count, const int64_t *v)
{
    Onnx__AttributeProto *a = attribute(m, n, name, 7);
    a->ints = arena_array(&m->arena, int64_t, count);
    memcpy(a->ints, v, count * sizeof *v);
    a->n_ints = count;
}

void model_int(Model *m, Onnx__NodeProto *n, const char *name, int64_t v)
{
    Onnx__AttributeProto *a = attribute(m, n, name, 2);
    a->has_i = 1;
    a->i = v;
}

Onnx__TensorProto *model_tensor(Model *m, const char *name, int32_t type, const int64_t *dims, const double *v)
{
    Onnx__TensorProto *t = NEW(m, Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
    Rng rng = rng_make(7, m->g->n_initializer);
    size_t n = 1;
    t->name = arena_str(&m->arena, name);
    t->has_data_type = 1;
    t->data_type = type;
    while (dims[t->n_dims]) n *= (size_t)dims[t->n_dims++];
    t->dims = arena_array(&m->arena, int64_t, t->n_dims + 1);
    memcpy(t->dims, dims, t->n_dims * sizeof *dims);
    if (type == DT_FLOAT) t->float_data = arena_array(&m->arena, float, n), t->n_float_data = n;
    else if (type == DT_INT64) t->int64_data = arena_array(&m->arena, int64_t, n), t->n_int64_data = n;
    else t->int32_data = arena_array(&m->arena, int32_t, n), t->n_int32_data = n;
    for (size_t i = 0; i < n; i++) {
        double x = v ? v[i] : type == DT_FLOAT ? rng_normal(&rng) * 0.3 : (double)rng_below(&rng, 127) - 63;
        if (type == DT_FLOAT) t->float_data[i] = (float)x;
        else if (type == DT_INT64) t->int64_data[i] = (int64_t)x;
        else t->int32_data[i] = (int32_t)x;
    }
    return PUSH(m->g->initializer, m->g->n_initializer, t);
}

void model_bytes(Model *m, Buf *out)
{
    size_t n = onnx__model_proto__get_packed_size(m->m);
    uint8_t *p = mem_alloc(n);
    onnx__model_proto__pack(m->m, p);
    buf_put(out, (const char *)p, n);
    mem_free(p);
}

Status model_parse(Model *m, Graph **g)
{
    Buf b = {0};
    model_bytes(m, &b);
    Status st = onnx_parse("test.onnx", b.s, b.n, g);
    buf_free(&b);
    return st;
}

void model_file(Model *m, const char *path)
{
    Buf b = {0};
    model_bytes(m, &b);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(b.s, 1, b.n, f) != b.n || fclose(f)) abort();
    buf_free(&b);
}

void model_free(Model *m) { arena_free(&m->arena); }

const char *kws_dir(void)
{
    const char *dir = APUGEN_SRC "/../shared/workloads/kws";
    return access(dir, R_OK) == 0 ? dir : NULL;
}
