/*
 * NumPy arrays. The header is a Python literal; only the three keys that numpy writes are understood, in any order.
 * Data is kept in its own type: a workload of bytes stays as small as its file.
 */
#include "gen/db/npy.h"

#include "gen/base/io.h"

#define NPY_LIMIT ((size_t)4 << 30)

static const struct {
    const char *descr;
    NpyType type;
    uint32_t size;
} npy_types[] = {
    {"|u1", NPY_U8, 1}, {"|i1", NPY_I8, 1}, {"<i4", NPY_I32, 4}, {"<i8", NPY_I64, 8}, {"<f4", NPY_F32, 4}, {"<f8", NPY_F64, 8},
    {"u1", NPY_U8, 1},  {"i1", NPY_I8, 1},  {"<u1", NPY_U8, 1},  {"<i1", NPY_I8, 1},  {"|b1", NPY_U8, 1},
};

/* Text after "'key':" with blanks skipped, or NULL. */
static const char *key_value(const char *h, const char *key)
{
    const char *p = strstr(h, key);
    if (!p) return NULL;
    p += strlen(key);
    while (*p == ' ') p++;
    if (*p != ':') return NULL;
    for (p++; *p == ' ';) p++;
    return p;
}

static Status parse_shape(const char *p, Loc loc, Npy *out)
{
    out->rank = 0;
    out->count = 1;
    if (!p || *p++ != '(') return msg_error(ST_INPUT, "NPY-0001", loc, "header has no shape");
    for (;;) {
        while (*p == ' ' || *p == ',') p++;
        if (*p == ')') return ST_OK;
        int64_t v = 0;
        if (*p < '0' || *p > '9') return msg_error(ST_INPUT, "NPY-0001", loc, "shape in the header is not a list of sizes");
        for (; *p >= '0' && *p <= '9'; p++) {
            v = v * 10 + (*p - '0');
            if (v > INT32_MAX) return msg_error(ST_INPUT, "NPY-0003", loc, "a size in the shape is over 2^31");
        }
        if (out->rank == COUNTOF(out->shape))
            return msg_error(ST_INPUT, "NPY-0002", loc, "more than %zu dimensions", COUNTOF(out->shape));
        out->shape[out->rank++] = v;
        if (v && out->count > INT64_MAX / 8 / v) return msg_error(ST_INPUT, "NPY-0003", loc, "shape overflows");
        out->count *= v;
    }
}

static Status parse_header(const char *h, Loc loc, Npy *out, uint32_t *size)
{
    const char *descr = key_value(h, "'descr'"), *order = key_value(h, "'fortran_order'");
    if (!descr || *descr != '\'') return msg_error(ST_INPUT, "NPY-0002", loc, "not an array of plain numbers");
    const char *end = strchr(++descr, '\'');
    size_t n = end ? (size_t)(end - descr) : 0;
    uint32_t t = 0;
    while (t < COUNTOF(npy_types) && (strlen(npy_types[t].descr) != n || memcmp(npy_types[t].descr, descr, n) != 0)) t++;
    if (t == COUNTOF(npy_types))
        return msg_error(ST_INPUT, "NPY-0002", loc, "type '%.*s' is not supported: u1, i1, <i4, <i8, <f4, <f8",
                         (int)(n < 16 ? n : 16), descr);
    if (!order || !str_starts(order, "False"))
        return msg_error(ST_INPUT, "NPY-0002", loc, "array is not in C order (numpy.ascontiguousarray makes it so)");
    out->type = npy_types[t].type;
    *size = npy_types[t].size;
    return parse_shape(key_value(h, "'shape'"), loc, out);
}

static Status npy_parse(const Buf *b, Loc loc, Npy *out)
{
    if (b->n < 10 || memcmp(b->s, "\x93NUMPY", 6) != 0) return msg_error(ST_INPUT, "NPY-0001", loc, "not a .npy file");
    const uint8_t *u = (const uint8_t *)b->s;
    size_t at = u[6] == 1 ? 10 : 12, len = (size_t)u[8] | (size_t)u[9] << 8;
    if (u[6] < 1 || u[6] > 3) return msg_error(ST_INPUT, "NPY-0002", loc, "format version %d", u[6]);
    if (u[6] >= 2 && b->n >= 12) len |= (size_t)u[10] << 16 | (size_t)u[11] << 24;
    if (b->n < at || len > b->n - at || len > 1 << 20) return msg_error(ST_INPUT, "NPY-0003", loc, "header is truncated");
    char *h = mem_alloc(len + 1);
    memcpy(h, b->s + at, len);
    uint32_t size = 1;
    Status st = parse_header(h, loc, out, &size);
    mem_free(h);
    TRY(st);
    at += len;
    if ((uint64_t)out->count * size != b->n - at)
        return msg_error(ST_INPUT, "NPY-0003", loc, "shape asks for %lld bytes of data, the file holds %zu",
                         (long long)out->count * size, b->n - at);
    out->data = mem_alloc(b->n - at);
    memcpy(out->data, b->s + at, b->n - at);
    return ST_OK;
}

Status npy_read(const char *path, Npy *out)
{
    memset(out, 0, sizeof *out);
    Buf b = {0};
    TRY(io_read(path, NPY_LIMIT, &b));
    Status st = npy_parse(&b, (Loc){path, 0, 0}, out);
    buf_free(&b);
    if (st != ST_OK) npy_free(out);
    return st;
}

double npy_get(const Npy *a, int64_t i)
{
    switch (a->type) {
    case NPY_U8: return ((const uint8_t *)a->data)[i];
    case NPY_I8: return ((const int8_t *)a->data)[i];
    case NPY_I32: return ((const int32_t *)a->data)[i];
    case NPY_I64: return (double)((const int64_t *)a->data)[i];
    case NPY_F32: return (double)((const float *)a->data)[i];
    case NPY_F64: return ((const double *)a->data)[i];
    }
    return 0;
}

/* One value as the bytes of its type; returns their number. */
static size_t put_item(NpyType type, float v, uint8_t *to)
{
    int64_t i = type == NPY_F32 || type == NPY_F64 ? 0 : (int64_t)v;
    int32_t s = (int32_t)i;
    double d = (double)v;
    switch (type) {
    case NPY_U8:
    case NPY_I8: to[0] = (uint8_t)i; return 1;
    case NPY_I32: memcpy(to, &s, 4); return 4;
    case NPY_I64: memcpy(to, &i, 8); return 8;
    case NPY_F64: memcpy(to, &d, 8); return 8;
    default: memcpy(to, &v, 4); return 4;
    }
}

Status npy_write(const char *path, NpyType type, uint32_t rank, const int64_t *shape, const float *data)
{
    static const char *const descr[] = {[NPY_U8] = "|u1", [NPY_I8] = "|i1", [NPY_I32] = "<i4", [NPY_I64] = "<i8", [NPY_F32] = "<f4", [NPY_F64] = "<f8"};
    Buf h = {0};
    int64_t count = 1;
    buf_printf(&h, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr[type]);
    for (uint32_t i = 0; i < rank; i++) {
        buf_printf(&h, i ? " %lld%s" : "%lld%s", (long long)shape[i], i + 1 < rank || rank == 1 ? "," : "");
        count *= shape[i];
    }
    buf_str(&h, "), }");
    while ((10 + h.n + 1) % 64) buf_char(&h, ' '); /* numpy aligns the data to 64 bytes */
    buf_char(&h, '\n');
    const uint8_t head[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)h.n, (uint8_t)(h.n >> 8)};
    Out *o = NULL;
    Status st = out_open(path, &o);
    if (st == ST_OK) {
        out_write(o, head, sizeof head);
        out_write(o, h.s, h.n);
        for (int64_t i = 0; i < count; i++) {
            uint8_t item[8];
            out_write(o, item, put_item(type, data[i], item));
        }
        st = out_commit(o, NULL, NULL);
    }
    buf_free(&h);
    return st;
}

void npy_free(Npy *a)
{
    mem_free(a->data);
    memset(a, 0, sizeof *a);
}

static Status workload_check(const char *x_path, const char *y_path, int64_t features, int64_t classes, const Npy *x, const Npy *y)
{
    Loc lx = {x_path, 0, 0}, ly = {y_path, 0, 0};
    if (x->rank == 0 || x->shape[0] == 0) return msg_error(ST_INPUT, "WKL-0001", lx, "workload holds no samples");
    if (x->count / x->shape[0] != features)
        return msg_error(ST_INPUT, "WKL-0001", lx, "a sample has %lld values, the network takes %lld",
                         (long long)(x->count / x->shape[0]), (long long)features);
    if (!y_path) return ST_OK;
    if (y->rank == 0 || y->count != x->shape[0])
        return msg_error(ST_INPUT, "WKL-0001", ly, "%lld labels for %lld samples", (long long)y->count, (long long)x->shape[0]);
    for (int64_t i = 0; i < y->count; i++) {
        double v = npy_get(y, i);
        if (!(v >= 0 && v < (double)classes) || v != (double)(int64_t)v)
            return msg_error(ST_INPUT, "WKL-0002", ly, "label %g of sample %lld is not in 0…%lld", v, (long long)i,
                             (long long)classes - 1);
    }
    return ST_OK;
}

Status npy_workload(const char *x_path, const char *y_path, int64_t features, int64_t classes, Npy *x, Npy *y)
{
    memset(y, 0, sizeof *y);
    TRY(npy_read(x_path, x));
    Status st = y_path ? npy_read(y_path, y) : ST_OK;
    if (st == ST_OK) st = workload_check(x_path, y_path, features, classes, x, y);
    if (st != ST_OK) {
        npy_free(x);
        npy_free(y);
    }
    return st;
}
