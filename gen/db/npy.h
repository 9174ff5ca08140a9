/*
 * NumPy .npy, versions 1 and 2, C order, little endian: u1, i1, i4, i8, f4, f8 in and out.
 */
#ifndef GEN_DB_NPY_H
#define GEN_DB_NPY_H

#include "gen/base/base.h"

typedef enum { NPY_U8, NPY_I8, NPY_I32, NPY_I64, NPY_F32, NPY_F64 } NpyType;

typedef struct {
    NpyType type;
    uint32_t rank;
    int64_t shape[8];
    int64_t count;     /* product of shape */
    void *data;        /* owned (npy_free) */
} Npy;

/* NPY-0001 not a .npy, NPY-0002 type or order not supported, NPY-0003 truncated or sizes do not agree, IO-* */
Status npy_read(const char *path, Npy *out);
double npy_get(const Npy *a, int64_t i);  /* element i in C order as a double */
/* data, whole numbers if the type is, converted to the type. IO-* */
Status npy_write(const char *path, NpyType type, uint32_t rank, const int64_t *shape, const float *data);
void npy_free(Npy *a);

/* A labelled workload: x [n][…] (any real type), y [n] or absent. WKL-0001 counts differ, WKL-0002 label not in 0…classes−1. */
Status npy_workload(const char *x_path, const char *y_path, int64_t features, int64_t classes, Npy *x, Npy *y);

#endif
