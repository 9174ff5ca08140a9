/*
 * What every test of the foundation shares: a folder of its own, captured messages, and at the end no byte of ours
 * and, under ASan, no byte of a library left behind (a leak alone does not fail a Criterion test).
 */
#ifndef TESTS_BASE_COMMON_H
#define TESTS_BASE_COMMON_H

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "gen/base/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_ASAN 1
#endif
#endif
#ifdef TEST_ASAN
enum { TEST_SLOW = 4 }; /* how much slower things may be */
int __lsan_do_recoverable_leak_check(void);
static inline int leaks(void) { return __lsan_do_recoverable_leak_check(); }
#else
enum { TEST_SLOW = 1 };
static inline int leaks(void) { return 0; }
#endif

static inline void nothing_left(void)
{
    cr_assert_eq(mem_live(), 0, "%lld bytes left", (long long)mem_live());
    cr_assert_eq(leaks(), 0, "LeakSanitizer found a leak");
}

/*
 * A test of which nothing may be left. The check is made in the body: Criterion counts a test whose fixture fails as passed.
 */
#define TEST(suite, name)                                                                          \
    static void suite##_##name##_body(void);                                                       \
    Test(suite, name)                                                                              \
    {                                                                                              \
        suite##_##name##_body();                                                                   \
        nothing_left();                                                                            \
    }                                                                                              \
    static void suite##_##name##_body(void)

static inline void make_folder(char dir[64])
{
    strcpy(dir, "/tmp/apugen-base-XXXXXX");
    cr_assert(mkdtemp(dir) != NULL);
}

static inline int remove_entry(const char *path, const struct stat *s, int kind, struct FTW *f)
{
    (void)s, (void)kind, (void)f;
    return remove(path);
}

static inline void remove_folder(const char *dir) { nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

/* How many names a folder holds. */
static inline int count_files(const char *dir)
{
    char cmd[256];
    snprintf(cmd, sizeof cmd, "ls -A %s | wc -l", dir);
    FILE *f = popen(cmd, "r");
    int n = -1;
    cr_assert(f && fscanf(f, "%d", &n) == 1);
    pclose(f);
    return n;
}

static inline void put_file(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(p, 1, n, f) == n && fclose(f) == 0, "%s", path);
}

/* The captured messages hold this text. */
#define SAID(text)                                                                                 \
    do {                                                                                           \
        const char *said_ = msg_capture_end();                                                     \
        cr_assert(strstr(said_, text), "wanted \"%s\", got: %s", text, said_);                     \
    } while (0)

#endif
