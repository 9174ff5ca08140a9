/*
 * Memory: checked allocation, arenas, growth of arrays.
 *
 * Invariant: no function here returns NULL; out of memory ends in die(ST_LIMIT). Sizes are counted by what the
 * allocator really holds, so no header of ours stands between an object and a sanitizer's red zone.
 * Does not: return memory of an arena piece by piece.
 */
#include "gen/base/base.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifndef HAVE_ASAN
#define HAVE_ASAN 0
#endif

/* Under ASan an arena keeps a poisoned gap behind every object, so an overflow inside an arena is seen too. */
#if HAVE_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
enum { RED_ZONE = 16 };
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
enum { RED_ZONE = 0 };
#endif

static _Atomic int64_t g_live;

static void count(void *p, int sign)
{
    if (p) atomic_fetch_add_explicit(&g_live, sign * (int64_t)malloc_usable_size(p), memory_order_relaxed);
}

static void NORETURN no_memory(size_t n) { die(ST_LIMIT, "out of memory (%zu bytes asked for)", n); }

void *mem_calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX) no_memory(SIZE_MAX);
    void *p = calloc(1, bytes ? bytes : 1);
    if (!p) no_memory(bytes);
    count(p, 1);
    return p;
}

void *mem_alloc(size_t n) { return mem_calloc(n, 1); }

void *mem_resize(void *p, size_t n)
{
    if (n > PTRDIFF_MAX) no_memory(n);
    count(p, -1);
    void *q = realloc(p, n ? n : 1);
    if (!q) no_memory(n);
    count(q, 1);
    return q;
}

void mem_free(void *p)
{
    count(p, -1);
    free(p);
}

int64_t mem_live(void) { return atomic_load(&g_live); }

uint64_t mem_peak_rss(void)
{
    struct rusage u;
    if (getrusage(RUSAGE_SELF, &u) != 0) return 0;
    return (uint64_t)u.ru_maxrss * 1024; /* Linux counts in KiB: getrusage(2) */
}

/* ---- arena ---------------------------------------------------------------------------------- */

struct ArenaChunk {
    ArenaChunk *next;
    size_t used, cap;
    alignas(16) unsigned char data[];
};

enum { CHUNK_MIN = 4 << 10, CHUNK_MAX = 1 << 20 };

/* A new chunk for an object of n bytes. A large object gets a chunk of its own behind the current one, so that
 * what is left of the current chunk is not lost. */
static ArenaChunk *arena_chunk(Arena *a, size_t n)
{
    size_t cap = a->head ? a->head->cap * 2 : CHUNK_MIN;
    if (cap > CHUNK_MAX) cap = CHUNK_MAX;
    bool own = n > cap / 4;
    if (own) cap = n;
    ArenaChunk *c = mem_alloc(offsetof(ArenaChunk, data) + cap);
    c->cap = cap;
    POISON(c->data, cap);
    if (own && a->head) {
        c->next = a->head->next;
        a->head->next = c;
    } else {
        c->next = a->head;
        a->head = c;
    }
    return c;
}

void *arena_alloc(Arena *a, size_t n)
{
    if (n > PTRDIFF_MAX - 64) no_memory(n);
    size_t take = ((n ? n : 1) + RED_ZONE + 15) & ~(size_t)15;
    ArenaChunk *c = a->head;
    if (!c || c->cap - c->used < take) c = arena_chunk(a, take);
    void *p = c->data + c->used;
    c->used += take;
    a->bytes += n;
    UNPOISON(p, n);
    return p;
}

void *arena_alloc_n(Arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) no_memory(SIZE_MAX);
    return arena_alloc(a, bytes);
}

char *arena_str(Arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(arena_alloc(a, n), s, n);
}

char *arena_printf(Arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    char *s = arena_alloc(a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

void arena_free(Arena *a)
{
    for (ArenaChunk *c = a->head, *next; c; c = next) {
        next = c->next;
        UNPOISON(c->data, c->cap);
        mem_free(c);
    }
    *a = (Arena){0};
}

/* ---- growable arrays ------------------------------------------------------------------------ */

void *arr_grow_(void *v, uint32_t n, uint32_t *cap, size_t size)
{
    /* Ids are 32 bit: an array that would outgrow them is a limit of the program, not a crash. */
    if (n >= UINT32_MAX - 1) die(ST_LIMIT, "a table has more than %u entries", UINT32_MAX - 1);
    uint32_t want = n < 8 ? 8 : n > UINT32_MAX / 2 ? UINT32_MAX - 1 : n * 2;
    size_t bytes;
    if (__builtin_mul_overflow((size_t)want, size, &bytes)) no_memory(SIZE_MAX);
    *cap = want;
    return mem_resize(v, bytes);
}
