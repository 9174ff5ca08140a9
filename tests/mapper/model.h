/* Small ONNX files made in a test through protobuf-c. */
#ifndef TESTS_MAPPER_MODEL_H
#define TESTS_MAPPER_MODEL_H

#include "gen/base/base.h"
#include "mapper/mapper.h"

/* Of the generated header, which stands in the build folder; who looks inside includes mapper/onnx.pb-c.h. */
typedef struct Onnx__ModelProto Onnx__ModelProto;
typedef struct Onnx__GraphProto Onnx__GraphProto;
typedef struct Onnx__NodeProto Onnx__NodeProto;
typedef struct Onnx__TensorProto Onnx__TensorProto;

typedef struct {
    Arena arena;
    Onnx__ModelProto *m;
    Onnx__GraphProto *g;
} Model;

/* Input "x" and output "y", float; dims end with 0; the first dimension -1 is left open. */
Model model_make(const int64_t *dims);
Onnx__NodeProto *model_node(Model *m, const char *op, const char *out, const char *in0, const char *in1, const char *in2, const char *in3);
void model_ints(Model *m, Onnx__NodeProto *n, const char *name, uint32_t count, const int64_t *v);
void model_int(Model *m, Onnx__NodeProto *n, const char *name, int64_t v);
/* Initializer; dims end with 0. Values come from v or, if NULL, are made up. */
Onnx__TensorProto *model_tensor(Model *m, const char *name, int32_t type, const int64_t *dims, const double *v);
void model_bytes(Model *m, Buf *out);
Status model_parse(Model *m, Graph **g);
void model_file(Model *m, const char *path);
void model_free(Model *m);
#define DIMS(...) ((const int64_t[]){__VA_ARGS__, 0})

/* Folder beside the repository with the workloads, or NULL. */
const char *kws_dir(void);

#endif
