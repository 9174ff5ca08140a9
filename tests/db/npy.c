/* NumPy arrays: what numpy writes is read, anything else gets one message. */
#include "gen/db/npy.h"

#include "gen/base/io.h"

#include <criterion/criterion.h>
#include <math.h>
#include <unistd.h>

static const char *path(void)
{
    static char p[64];
    snprintf(p, sizeof p, "/tmp/apugen-npy-%d.npy", (int)getpid());
    return p;
}

/* A file with this header text and n bytes of data. */
static void put(int version, const char *header, size_t n)
{
    FILE *f = fopen(path(), "wb");
    size_t len = strlen(header);
    unsigned char head[12] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0, (unsigned char)len, (unsigned char)(len >> 8)};
    cr_assert(f);
    fwrite(head, 1, version == 1 ? 10 : 12, f);
    fwrite(header, 1, len, f);
    for (size_t i = 0; i < n; i++) fputc((int)(i * 37 & 255), f);
    fclose(f);
}

static void refused(const char *id)
{
    Npy a;
    msg_capture_begin();
    Status st = npy_read(path(), &a);
    const char *text = msg_capture_end();
    unlink(path());
    cr_assert_eq(st, ST_INPUT);
    cr_assert(strstr(text, id), "wanted %s in: %s", id, text);
    cr_assert_eq(mem_live(), 0);
}

Test(npy, round_trip)
{
    const float v[6] = {1.5f, -2, 0, 1e-30f, 3e30f, 7};
    Npy a;
    cr_assert_eq(npy_write(path(), NPY_F32, 2, (const int64_t[]){2, 3}, v), ST_OK);
    cr_assert_eq(npy_read(path(), &a), ST_OK);
    cr_assert(a.type == NPY_F32 && a.rank == 2 && a.shape[0] == 2 && a.shape[1] == 3 && a.count == 6);
    for (int i = 0; i < 6; i++) cr_assert(!(fabs(npy_get(&a, i) - (double)v[i]) > 0));
    npy_free(&a);
    unlink(path());
    cr_assert_eq(mem_live(), 0);
}

Test(npy, all_types_both_versions)
{
    static const struct { const char *descr; NpyType type; size_t size; } t[] = {
        {"|u1", NPY_U8, 1}, {"|i1", NPY_I8, 1}, {"<i4", NPY_I32, 4}, {"<i8", NPY_I64, 8}, {"<f4", NPY_F32, 4}, {"<f8", NPY_F64, 8}};
    for (size_t i = 0; i < COUNTOF(t) * 2; i++) {
        char h[128];
        Npy a;
        snprintf(h, sizeof h, "{'descr': '%s', 'fortran_order': False, 'shape': (5,), }   \n", t[i / 2].descr);
        put(1 + (int)(i % 2), h, 5 * t[i / 2].size);
        cr_assert_eq(npy_read(path(), &a), ST_OK, "%s", h);
        cr_assert(a.type == t[i / 2].type && a.count == 5 && a.rank == 1);
        npy_free(&a);
        unlink(path());
    }
}

Test(npy, scalar_is_one_value)
{
    Npy a;
    put(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (), }", 4);
    cr_assert_eq(npy_read(path(), &a), ST_OK);
    cr_assert(a.rank == 0 && a.count == 1);
    npy_free(&a);
    unlink(path());
}

Test(npy, refusals)
{
    static const struct { const char *header; size_t bytes; const char *id; } bad[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", 19, "NPY-0003"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", 21, "NPY-0003"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (5,), }", 20, "NPY-0002"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (5,), }", 20, "NPY-0002"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (5,), }", 40, "NPY-0002"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (5,), }", 20, "NPY-0002"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647), }", 20, "NPY-0003"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }", 20, "NPY-0003"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 20, "NPY-0001"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (5", 20, "NPY-0001"},
        {"{'descr': '<f4', 'fortran_order': False, }", 20, "NPY-0001"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", 4, "NPY-0002"},
    };
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        put(1, bad[i].header, bad[i].bytes);
        refused(bad[i].id);
    }
    put(9, "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", 20);
    refused("NPY-0002");
    FILE *f = fopen(path(), "wb");
    fputs("not numpy at all", f);
    fclose(f);
    refused("NPY-0001");
}

Test(npy, every_prefix)
{
    Npy a;
    for (size_t n = 0; n < 10 + 57 + 20; n++) {
        put(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", 20);
        cr_assert_eq(truncate(path(), (off_t)n), 0);
        msg_capture_begin();
        cr_assert_eq(npy_read(path(), &a), ST_INPUT, "prefix of %zu bytes", n);
        cr_assert(*msg_capture_end());
    }
    unlink(path());
}

static char *write_labels(Arena *m, const char *name, const char *values)
{
    char *p = arena_printf(m, "/tmp/apugen-npy-%d-%s.npy", (int)getpid(), name), h[128];
    FILE *f = fopen(p, "wb");
    int n = snprintf(h, sizeof h, "{'descr': '|i1', 'fortran_order': False, 'shape': (%zu,), }", strlen(values));
    unsigned char head[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)n, 0};
    fwrite(head, 1, 10, f);
    fputs(h, f);
    for (const char *v = values; *v; v++) fputc(*v - '0', f);
    fclose(f);
    return p;
}

Test(npy, workload)
{
    Arena m = {0};
    Npy x, y;
    cr_assert_eq(npy_write(path(), NPY_F32, 2, (const int64_t[]){3, 2}, (const float[6]){0}), ST_OK);
    char *good = write_labels(&m, "good", "012"), *high = write_labels(&m, "high", "013"), *few = write_labels(&m, "few", "01");
    cr_assert_eq(npy_workload(path(), good, 2, 3, &x, &y), ST_OK);
    npy_free(&x);
    npy_free(&y);
    msg_capture_begin();
    cr_assert_eq(npy_workload(path(), high, 2, 3, &x, &y), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "WKL-0002"));
    msg_capture_begin();
    cr_assert_eq(npy_workload(path(), few, 2, 3, &x, &y), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "WKL-0001"));
    msg_capture_begin();
    cr_assert_eq(npy_workload(path(), NULL, 5, 3, &x, &y), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "WKL-0001"));
    unlink(path());
    unlink(good);
    unlink(high);
    unlink(few);
    arena_free(&m);
    cr_assert_eq(mem_live(), 0);
}
