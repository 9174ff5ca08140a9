/* Text buffers, numbers, names, maps. */
#include "tests/base/common.h"
#include "tests/skip.h"

#include <float.h>
#include <locale.h>
#include <math.h>

TEST(text, buffer_is_always_terminated)
{
    Buf b = {0};
    buf_put(&b, "", 0);
    cr_assert_str_eq(b.s, "");
    buf_str(&b, "abc");
    buf_char(&b, 'd');
    buf_printf(&b, "%d %s", 7, "x");
    cr_assert_str_eq(b.s, "abcd7 x");
    buf_free(&b);
    buf_printf(&b, "%s", "");
    cr_assert_str_eq(b.s, "");
    for (int i = 0; i < 1000; i++) buf_printf(&b, "%0*d", i % 300 + 1, 1);
    cr_assert_eq(strlen(b.s), b.n);
    buf_put(&b, "a\0b", 3);
    cr_assert_eq(memcmp(b.s + b.n - 3, "a\0b", 4), 0);
    buf_free(&b);
}

static void expect_double(double x, const char *text)
{
    Buf b = {0};
    buf_double(&b, x);
    cr_assert_str_eq(b.s, text);
    buf_free(&b);
}

TEST(text, double_as_short_text)
{
    expect_double(0, "0");
    expect_double(-0.0, "-0");
    expect_double(1, "1");
    expect_double(100, "100");
    expect_double(-1.5, "-1.5");
    expect_double(0.1, "0.1");
    expect_double(0.1 + 0.2, "0.30000000000000004");
    expect_double(1.0 / 3, "0.3333333333333333");
    expect_double(45e-9, "4.5e-08");
    expect_double(123456789012345, "123456789012345");
    expect_double(DBL_MAX, "1.7976931348623157e+308");
    expect_double(4.9406564584124654e-324, "5e-324");
    expect_double(NAN, "nan");
    expect_double(-NAN, "nan");
    expect_double(-INFINITY, "-inf");
}

/* Every pattern of bits comes back, and no shorter text would have done. */
TEST(text, double_round_trip_is_shortest)
{
    Rng r = rng_make(1, 2);
    Buf b = {0};
    for (int i = 0; i < 30000; i++) {
        union { uint64_t u; double d; } x = {rng_u64(&r)};
        if (i % 3 == 1) x.d = (double)(int64_t)rng_below(&r, 1000000) / 1000;
        if (i % 3 == 2) x.u &= 0x800fffffffffffffu; /* below the normal range */
        if (!isfinite(x.d)) continue;
        b.n = 0;
        buf_double(&b, x.d);
        double back;
        cr_assert(str_to_double(b.s, &back) && memcmp(&back, &x.d, 8) == 0, "%s", b.s);
        int digits = 0, used = 0; /* significant digits: trailing zeros of "1200" are none */
        for (const char *p = b.s; *p && *p != 'e'; p++)
            if (*p >= '0' && *p <= '9' && (digits || *p != '0')) {
                digits++;
                if (*p != '0') used = digits;
            }
        char shorter[400];
        if (used > 1) {
            snprintf(shorter, sizeof shorter, "%.*g", used - 1, x.d);
            cr_assert(strtod(shorter, NULL) != x.d, "%s is shorter than %s", shorter, b.s);
        }
    }
    buf_free(&b);
}

TEST(text, numbers_do_not_depend_on_the_locale)
{
    /* A locale of our own, since a machine rarely has one with a decimal comma. */
    char dir[64], cmd[256];
    make_folder(dir);
    setenv("LOCPATH", dir, 1);
    snprintf(cmd, sizeof cmd, "localedef --no-archive -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", dir);
    if (system(cmd) != 0 || !setlocale(LC_ALL, "de_DE.UTF-8")) skip_test("no locale with a decimal comma can be made here");
    else cr_assert_eq(localeconv()->decimal_point[0], ',');
    double x;
    cr_assert(str_to_double("1.5", &x) && x == 1.5);
    cr_assert(!str_to_double("1,5", &x));
    expect_double(2.25, "2.25");
    setlocale(LC_ALL, "C");
    remove_folder(dir);
}

TEST(text, whole_numbers)
{
    int64_t v;
    cr_assert(str_to_i64("0", &v) && v == 0);
    cr_assert(str_to_i64("-9223372036854775808", &v) && v == INT64_MIN);
    cr_assert(str_to_i64("+9223372036854775807", &v) && v == INT64_MAX);
    static const char *const bad[] = {"", "-", "+", " 1", "1 ", "1x", "0x10", "1.0", "1e3", "9223372036854775808", "--1", "+-1"};
    for (size_t i = 0; i < COUNTOF(bad); i++) cr_assert(!str_to_i64(bad[i], &v), "%s", bad[i]);
}

TEST(text, decimal_numbers)
{
    double v;
    cr_assert(str_to_double("1e3", &v) && v == 1000);
    cr_assert(str_to_double("-.5E-1", &v) && v == -0.05);
    cr_assert(str_to_double("5.", &v) && v == 5);
    cr_assert(str_to_double("1e-400", &v) && v == 0);
    static const char *const bad[] = {"",    ".",    "-",   "e3",  "1e",  "1e+", " 1",   "1 ",     "nan", "inf",
                                      "1e400", "0x1p3", "1,5", "1_0", "1.2.3", "+-1", "1f", "infinity", "1e5.0"};
    for (size_t i = 0; i < COUNTOF(bad); i++) cr_assert(!str_to_double(bad[i], &v), "%s", bad[i]);
}

TEST(text, prefixes)
{
    cr_assert(str_starts("design.gds", "design") && !str_starts("des", "design") && str_starts("x", ""));
    cr_assert(str_ends("design.gds", ".gds") && !str_ends("ds", ".gds") && str_ends("x", ""));
    cr_assert(str_eq("a", "a") && !str_eq("a", "b"));
}

TEST(text, names_count_up_in_order_of_first_use)
{
    Names t = {0};
    cr_assert_eq(names_find(&t, "a").i, 0u);
    cr_assert_str_eq(names_str(&t, (NameId){0}), "");
    char s[32];
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 1; i <= 50000; i++) {
            snprintf(s, sizeof s, "net_%u", i * 7919u % 50021u);
            cr_assert_eq(names_add(&t, s).i, i);
        }
    for (uint32_t i = 1; i <= 50000; i += 37) {
        snprintf(s, sizeof s, "net_%u", i * 7919u % 50021u);
        cr_assert_eq(names_find(&t, s).i, i);
        cr_assert_str_eq(names_str(&t, (NameId){i}), s);
    }
    cr_assert_eq(names_add(&t, "").i, 0u);
    cr_assert_eq(names_find(&t, "nowhere").i, 0u);
    cr_assert_eq(t.text.n, 50001u);
    names_free(&t);
    names_free(&t);
}

TEST(text, map_takes_any_key_and_value)
{
    Map m = {0};
    uint32_t v = 9;
    cr_assert(!map_get(&m, 0, &v));
    map_set(&m, 0, 0);
    map_set(&m, UINT64_MAX, UINT32_MAX);
    cr_assert(map_get(&m, 0, &v) && v == 0);
    cr_assert(map_get(&m, UINT64_MAX, &v) && v == UINT32_MAX);
    cr_assert(map_get(&m, 0, NULL));
    for (uint64_t i = 1; i <= 100000; i++) map_set(&m, i << 32, (uint32_t)i);
    for (uint64_t i = 1; i <= 100000; i++) map_set(&m, i << 32, (uint32_t)(i * 2));
    cr_assert_eq(m.n, 100002u);
    for (uint64_t i = 1; i <= 100000; i++) {
        cr_assert(map_get(&m, i << 32, &v) && v == i * 2);
        cr_assert(!map_get(&m, (i << 32) + 1, &v));
    }
    map_free(&m);
    map_free(&m);
}
