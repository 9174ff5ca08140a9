/*
 * What the files of operators share: their definitions' helpers and their shape rules. Private to mapper/ops*.c.
 */
#ifndef MAPPER_OPS_H
#define MAPPER_OPS_H

#include "mapper/graph.h"

/* Attribute of a node, or `otherwise` where it has none. */
int64_t node_int(const GNode *n, const char *name, int64_t otherwise);
float node_float(const GNode *n, const char *name, float otherwise);
/* Input k of a node, or NULL where it is absent. */
const GValue *node_input(const Graph *g, const GNode *n, uint32_t k);
/* List of integers: attribute in old operator sets, constant input k in new ones; *v NULL if absent. ONNX-0022 */
Status node_ints(const Graph *g, const GNode *n, const char *attr, uint32_t k, uint32_t *len, const int64_t **v);
/* Refuse a value of an integer type where real numbers are computed. v may be NULL. ONNX-0022 */
Status node_want_real(const Graph *g, const GNode *n, const GValue *v);
/* Negative axes count from the end; false if outside 0…rank. */
bool axis_from(int64_t a, uint32_t rank, int64_t *axis);
/* Shape of a broadcast of both, aligned at the last dimension. */
bool shape_broadcast(const GValue *a, const GValue *b, uint32_t *rank, int64_t *dim);
/* Give y its shape. False: too large to count. */
bool value_shape(GValue *y, uint32_t rank, const int64_t *dim);

/* Whole numbers are exact in float32 up to here. */
#define EXACT_MAX ((int64_t)1 << 24)

#define BAD(...) return node_error(g, n, "ONNX-0022", __VA_ARGS__)
#define SHAPE(y, rank, dim)                                                                                                    \
    do {                                                                                                                       \
        if (!value_shape((y), (rank), (dim))) BAD("its output is too large");                                                    \
        return ST_OK;                                                                                                          \
    } while (0)

/* Shape rules: check inputs and attributes of a node, give y its type and shape. */
typedef Status OpInfer(Graph *g, GNode *n, const GValue *x, GValue *y);
OpInfer infer_conv, infer_pool, infer_global;                                            /* ops_window.c */
OpInfer infer_gemm, infer_matmul, infer_batchnorm, infer_same, infer_binary, infer_real, infer_axis, infer_mean, infer_cast; /* ops_math.c */
OpInfer infer_reshape, infer_flatten, infer_squeeze, infer_unsqueeze, infer_transpose, infer_constant, infer_concat, infer_pad, infer_slice, infer_gather; /* ops_shape.c */
OpInfer infer_qdq, infer_quant, infer_bipolar, infer_trunc;                              /* ops_quant.c */

#endif
