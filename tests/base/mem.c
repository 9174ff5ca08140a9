/* Memory, arenas, arrays. */
#include "tests/base/common.h"

#include <sys/resource.h>

TEST(mem, zeroed_counted_and_freed)
{
    unsigned char *p = mem_alloc(1000);
    for (int i = 0; i < 1000; i++) cr_assert_eq(p[i], 0);
    cr_assert_geq(mem_live(), 1000);
    p = mem_resize(p, 5000);
    cr_assert_geq(mem_live(), 5000);
    mem_free(p);
    cr_assert_eq(mem_live(), 0);
    mem_free(NULL);
    void *none = mem_alloc(0);
    cr_assert_not_null(none);
    mem_free(none);
    cr_assert_gt(mem_peak_rss(), 100000u);
}

Test(mem, overflow_of_a_product_ends_the_program, .exit_code = ST_LIMIT) { mem_calloc(SIZE_MAX / 2, 4); }

Test(mem, arena_overflow_ends_the_program, .exit_code = ST_LIMIT)
{
    Arena a = {0};
    (void)arena_array(&a, uint64_t, SIZE_MAX / 4);
}

#ifndef TEST_ASAN /* ASan needs terabytes of address space */
Test(mem, out_of_memory_ends_the_program, .exit_code = ST_LIMIT)
{
    setrlimit(RLIMIT_AS, &(struct rlimit){256 << 20, 256 << 20});
    for (;;) memset(mem_alloc(1 << 20), 1, 1 << 20);
}
#endif

TEST(mem, arena_objects_are_zeroed_aligned_and_apart)
{
    Arena a = {0};
    unsigned char *p[2000];
    size_t sum = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        size_t n = i * 7 % 1000 + (i % 97 == 0 ? 100000 : 0);
        p[i] = arena_alloc(&a, n);
        cr_assert_eq((uintptr_t)p[i] % 16, 0);
        for (size_t k = 0; k < n; k++) cr_assert_eq(p[i][k], 0);
        memset(p[i], (int)(i % 255 + 1), n);
        sum += n;
    }
    cr_assert_eq(a.bytes, sum);
    for (uint32_t i = 0; i < 2000; i++) {
        size_t n = i * 7 % 1000 + (i % 97 == 0 ? 100000 : 0);
        for (size_t k = 0; k < n; k++) cr_assert_eq(p[i][k], i % 255 + 1);
    }
    cr_assert_str_eq(arena_printf(&a, "%s-%d", "x", 42), "x-42");
    cr_assert_str_eq(arena_str(&a, ""), "");
    arena_free(&a);
    cr_assert_eq(a.bytes, 0u);
    cr_assert_null(a.head);
    arena_free(&a);
}

/* A large object must not throw away the rest of the current chunk. */
TEST(mem, arena_wastes_little)
{
    Arena a = {0};
    for (int i = 0; i < 1000; i++) {
        (void)arena_alloc(&a, 64);
        (void)arena_alloc(&a, 300000);
    }
    cr_assert_lt((uint64_t)mem_live(), a.bytes + (4u << 20));
    arena_free(&a);
}

TEST(mem, arrays_grow)
{
    ARRAY(uint32_t) v = {0};
    for (uint32_t i = 0; i < 100000; i++) arr_push(&v, i * 3);
    cr_assert_eq(v.n, 100000u);
    for (uint32_t i = 0; i < v.n; i++) cr_assert_eq(v.v[i], i * 3);
    *arr_add(&v) += 5;
    cr_assert_eq(v.v[100000], 5u);
    arr_push(&v, v.v[1]);
    cr_assert_eq(v.v[100001], 3u);
    arr_free(&v);
    cr_assert(!v.v && !v.n && !v.cap);
}

Test(mem, an_array_of_more_than_32_bits_ends_the_program, .exit_code = ST_LIMIT)
{
    uint32_t cap = UINT32_MAX - 1;
    arr_grow_(NULL, UINT32_MAX - 1, &cap, 1);
}
