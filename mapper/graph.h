/*
 * The network as read: values (tensors) and nodes in an order in which they can run, shapes known, constants folded.
 * Private to mapper/.
 *
 * Every value is computed as float32, whatever its type: 8-bit integers are exact in it. Integer constants keep their exact
 * value besides (shapes, 32-bit biases). The batch dimension is 1 if the network leaves it open.
 */
#ifndef MAPPER_GRAPH_H
#define MAPPER_GRAPH_H

#include "gen/base/base.h"

#define G_NONE UINT32_MAX
#define G_RANK 6
#define G_INPUTS 16

/* Values of TensorProto.DataType that are understood. */
typedef enum { DT_FLOAT = 1, DT_UINT8 = 2, DT_INT8 = 3, DT_INT32 = 6, DT_INT64 = 7, DT_BOOL = 9, DT_FLOAT16 = 10, DT_DOUBLE = 11, DT_BFLOAT16 = 16 } DataType;

typedef struct {
    const char *name;
    DataType type;
    uint32_t rank;
    int64_t dim[G_RANK], count;
    const float *f;       /* constant: its values; NULL: computed */
    const int64_t *i;     /* constant of type int32 or int64: exact values */
    bool constant;        /* while the file is read: it will have values */
    const struct Onnx__TensorProto *raw; /* while the file is read: the message they are in */
    uint32_t producer;    /* node, or G_NONE */
    uint32_t uses;        /* nodes that read it, the graph's output counts as one */
} GValue;

typedef enum {
    OP_CONV, OP_GEMM, OP_MATMUL, OP_BATCHNORM, OP_RELU, OP_CLIP, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MAXPOOL, OP_AVGPOOL,
    OP_GLOBALAVG, OP_GLOBALMAX, OP_FLATTEN, OP_RESHAPE, OP_SQUEEZE, OP_UNSQUEEZE, OP_TRANSPOSE, OP_IDENTITY, OP_DROPOUT, OP_CONSTANT,
    OP_SOFTMAX, OP_LEAKYRELU, OP_SIGMOID, OP_TANH, OP_HARDSIGMOID, OP_HARDSWISH, OP_ELU, OP_CONCAT, OP_PAD, OP_SLICE, OP_GATHER, OP_CAST, OP_REDUCEMEAN,
    OP_ARGMAX, OP_QUANTIZE, OP_DEQUANTIZE, OP_QUANT, OP_INTQUANT, OP_BIPOLAR, OP_TRUNC,
    OP_MAXINDEX, OP_DROPMASK, /* second outputs of MaxPool and Dropout, as nodes of their own */
    OP_COUNT
} OpKind;

typedef struct {
    const char *name;
    int32_t kind;         /* AttributeProto.type */
    int64_t i;
    float f;
    const char *s;
    const int64_t *ints;
    const float *floats;
    uint32_t n;           /* of ints or floats */
    uint32_t value;       /* tensor attribute: a constant value, else G_NONE */
} GAttr;

typedef struct {
    const char *name;     /* never empty; made from the output where the file has none */
    OpKind op;
    uint32_t in[G_INPUTS], out; /* G_NONE: absent */
    uint32_t n_in;
    const GAttr *attrs;
    uint32_t n_attrs;
    bool folded;          /* its output is a constant: nothing to run */
    /* what shape inference found out */
    int64_t kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, groups; /* windows; 1-D: kh = 1 */
    int64_t kd, sd, dd, pf, pk; /* depth of 3-D windows: kernel, stride, dilation, padding in front and behind */
    int64_t axis;         /* never negative */
    int64_t perm[G_RANK]; /* Transpose; Slice, Pad: first element of each dimension */
    int64_t step[G_RANK]; /* Slice */
    uint32_t over;        /* ReduceMean: dimensions reduced, a bit each */
    bool trans_a, trans_b, include_pad;
    float alpha, beta, eps;
} GNode;

typedef struct Graph {
    const char *path;
    int64_t opset;
    ARRAY(GValue) values;
    ARRAY(GNode) nodes;   /* in order of execution */
    uint32_t input, output;
    int64_t batch;        /* first dimension of the input, 1 if left open */
    int64_t const_bytes;  /* held by constants, against a limit */
    uint32_t settled;     /* while the file is read: nodes whose constant inputs have their values */
    Names names;          /* value names; NameId.i − 1 is the value's index in by_name */
    ARRAY(uint32_t) by_name;
    Arena arena;
} Graph;

/* Where a message about the graph points: the file alone. */
static inline Loc graph_loc(const Graph *g) { return (Loc){g->path, 0, 0}; }

/* ---- wire.c ---- */
/* Check lengths, nesting and the memory that unpacking would take, before protobuf-c sees the bytes. ONNX-0001, ONNX-0002 */
Status wire_check(const char *path, const void *data, size_t n);

/* ---- onnx.c ---- */
Status onnx_parse(const char *path, const void *data, size_t n, Graph **out);

/* ---- ops.c: names, attributes and shapes ---- */
bool op_find(const char *name, OpKind *op);
const char *op_name(OpKind op);
/* Check inputs, types and attributes of node i and give its output's type and shape. ONNX-002n */
Status op_infer(Graph *g, GNode *n);
const GAttr *node_attr(const GNode *n, const char *name);
/* Refuse a node: `file: error: node 'x' (Conv): reason [id]`. */
Status node_error(const Graph *g, const GNode *n, const char *id, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* A window's view of a value [n][c][d][h][w]; rank 4 has d = 1, rank 3 also h = 1. */
typedef struct { int64_t n, c, h, w, d; } Nchw;
Nchw value_nchw(const GValue *v);
bool op_is_view(OpKind op);   /* same numbers, other shape */

/* QONNX's rounding modes; UP is away from zero, DOWN towards it, HALF_* decide ties. */
typedef enum { ROUND_EVEN, ROUND_CEIL, ROUND_FLOOR, ROUND_UP, ROUND_DOWN, ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_UNKNOWN } Rounding;
/* ---- ops_quant.c ---- */
Rounding quant_rounding(const GNode *n);
/* Integers of a Quant, IntQuant or Trunc of that width. */
void quant_range(const GNode *n, int32_t bits, int32_t *lo, int32_t *hi);

/* ---- eval.c ---- */
/* Run one node: in[k] may be NULL where absent. scratch grows as needed and is kept for the next call. */
typedef struct { float *v; size_t n; } Scratch;
void op_eval(const Graph *g, const GNode *n, const float *const *in, float *out, Scratch *scratch);

/* Bounds of Clip and Relu; lo_in, hi_in: its second and third input or NULL. */
void clip_bounds(const GNode *n, const float *lo_in, const float *hi_in, float *lo, float *hi);

/* ---- eval_move.c: operators that move values, reductions, conversions of type ---- */
void eval_transpose(const Graph *g, const GNode *n, const float *x, float *out);
void eval_concat(const Graph *g, const GNode *n, const float *const *in, float *out);
void eval_pad(const Graph *g, const GNode *n, const float *const *in, float *out);
void eval_slice(const Graph *g, const GNode *n, const float *x, float *out);
void eval_gather(const Graph *g, const GNode *n, const float *const *in, float *out);
void eval_cast(const Graph *g, const GNode *n, const float *x, float *out);
void eval_mean(const Graph *g, const GNode *n, const float *x, float *out);
void eval_argmax(const Graph *g, const GNode *n, const float *x, float *out);
/* ---- eval_quant.c: QONNX's quantisers ---- */
void eval_quant(const Graph *g, const GNode *n, const float *const *in, float *out);
void eval_bipolar(const Graph *g, const GNode *n, const float *const *in, float *out);
void eval_trunc(const Graph *g, const GNode *n, const float *const *in, float *out);

/* Strides of v's elements in an output of rank r (0 where broadcast), and a walk over an output of shape y with two operands. */
void walk_strides(const GValue *v, uint32_t r, int64_t *st);
void walk_step(const GValue *y, int64_t *at, const int64_t *sa, const int64_t *sb, int64_t *a, int64_t *b);
/* Number of values behind axis, and before it. */
void around_axis(const GValue *v, int64_t axis, int64_t *before, int64_t *after);

/* ---- gemm.c ---- */
void conv_float(const GNode *n, Nchw x, Nchw y, const float *in, const float *w, const float *bias, float *out, Scratch *scratch);

/* ---- infer.c ---- */
typedef struct Exec Exec;
/* Buffers for one thread. keep_all: every value holds its content after the run. */
Exec *exec_make(const Graph *g, bool keep_all);
const float *exec_run(Exec *e, const float *input); /* output, valid until the next run */
const float *exec_value(const Exec *e, uint32_t v); /* with keep_all */
void exec_free(Exec *e);

#endif
