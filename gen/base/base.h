/*
 * The foundation in one page: memory, strings, growable arrays, messages, limits.
 *
 * Invariant: nothing here knows of chips. Three kinds of failure, three mechanisms:
 *   bad input            -> msg_error() and a Status the caller passes up
 *   out of memory, I/O   -> die(): one message, open outputs discarded, exit 5 or 4
 *   our own bug          -> assert(), exit 70 through the abort handler
 */
#ifndef GEN_BASE_BASE_H
#define GEN_BASE_BASE_H

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The value is the program's exit code (DESIGN §7). */
typedef enum {
    ST_OK = 0,
    ST_VIOLATION = 1, /* done, but violations found or infeasible */
    ST_USAGE = 2,
    ST_INPUT = 3,  /* invalid input */
    ST_IO = 4,     /* cannot read, write or lock */
    ST_LIMIT = 5,  /* a limit or memory */
    ST_INTERNAL = 70
} Status;

#if defined(__GNUC__)
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
#else
#define PRINTF_LIKE(f, a)
#define NORETURN
#endif

#define COUNTOF(a) (sizeof(a) / sizeof((a)[0]))
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        Status try_status_ = (expr);                                                               \
        if (try_status_ != ST_OK) return try_status_;                                              \
    } while (0)

/* ---- messages (msg.c) ---------------------------------------------------------------------- */

/* Where a message points; file may be NULL, line/col 0 = unknown. */
typedef struct {
    const char *file;
    int line, col;
} Loc;

typedef enum { MSG_QUIET, MSG_NORMAL, MSG_VERBOSE } MsgLevel;

void msg_level(MsgLevel level);

/*
 * Report one error on stderr as `file:line:col: error: text [ID]`; thread-safe.
 *   st   what to return; passed through, so `return msg_error(ST_INPUT, …)` reads well
 *   id   e.g. "TECH-0012"; `apugen explain ID` tells more (gen/explain.c)
 */
Status msg_error(Status st, const char *id, Loc loc, const char *fmt, ...) PRINTF_LIKE(4, 5);
void msg_warn(const char *id, Loc loc, const char *fmt, ...) PRINTF_LIKE(3, 4);
void msg_info(const char *fmt, ...) PRINTF_LIKE(1, 2); /* stderr, not in quiet mode */
void msg_verbose(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Errors and warnings are collected instead of printed between begin and end (tests, `check`, fuzzing); at most 1 MB. */
void msg_capture_begin(void);
const char *msg_capture_end(void); /* text so far; valid until the next begin */

/* Progress of long work, on a terminal only. done == total ends the line. */
void msg_progress(const char *what, uint64_t done, uint64_t total);
void msg_progress_mode(bool never);

/* Out of memory or of another resource, or I/O that cannot go on: discard open outputs, exit(st). */
void die(Status st, const char *fmt, ...) NORETURN PRINTF_LIKE(2, 3);

/* For main(): abort() (a failed assert) ends with exit 70, an interrupt discards open outputs first. */
void msg_install_handlers(void);

/* ---- memory (mem.c) ------------------------------------------------------------------------ */

void *mem_alloc(size_t n);             /* zeroed; dies when out of memory; n 0 gives a valid pointer */
void *mem_resize(void *p, size_t n);
void *mem_calloc(size_t n, size_t size); /* n*size checked against overflow */
void mem_free(void *p);
/* Bytes held through this interface; tests assert 0 at their end. */
int64_t mem_live(void);
uint64_t mem_peak_rss(void); /* peak resident bytes of the process, from the kernel */

/* Arena: many small objects with one end of life. Everything is zeroed. */
typedef struct ArenaChunk ArenaChunk;
typedef struct {
    ArenaChunk *head;
    size_t bytes; /* handed out since the last reset */
} Arena;

void *arena_alloc(Arena *a, size_t n);
#define arena_new(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_array(a, T, n) ((T *)arena_alloc_n((a), (n), sizeof(T)))
void *arena_alloc_n(Arena *a, size_t n, size_t size);
char *arena_str(Arena *a, const char *s);
char *arena_printf(Arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
void arena_free(Arena *a);

/* Growable array of T: ARRAY(Net) nets = {0}; arr_push(&nets, x); nets.v[i], nets.n; arr_free. */
#define ARRAY(T)                                                                                   \
    struct {                                                                                       \
        T *v;                                                                                      \
        uint32_t n, cap;                                                                           \
    }
void *arr_grow_(void *v, uint32_t n, uint32_t *cap, size_t size);
#define arr_reserve(a)                                                                             \
    ((a)->n < (a)->cap ? (void)0                                                                   \
                       : (void)((a)->v = arr_grow_((a)->v, (a)->n, &(a)->cap, sizeof *(a)->v)))
#define arr_push(a, x) (arr_reserve(a), (a)->v[(a)->n++] = (x))
/* Append a zeroed element, give its address (valid until the next push). */
#define arr_add(a) (arr_reserve(a), memset(&(a)->v[(a)->n], 0, sizeof *(a)->v), &(a)->v[(a)->n++])
#define arr_free(a) (mem_free((a)->v), (a)->v = NULL, (a)->n = (a)->cap = 0)

/* ---- text buffer (str.c) ------------------------------------------------------------------- */

typedef struct {
    char *s; /* always terminated once anything was appended */
    size_t n, cap;
} Buf;

void buf_put(Buf *b, const char *s, size_t n);
void buf_str(Buf *b, const char *s);
void buf_char(Buf *b, char c);
void buf_printf(Buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_free(Buf *b);

/* Number -> shortest decimal text that reads back as the same double, '.' whatever the locale; "nan", "inf", "-inf". */
void buf_double(Buf *b, double x);

bool str_eq(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* Whole-string parsers: false on anything left over, overflow, empty, NaN or infinity. */
bool str_to_i64(const char *s, int64_t *out);
bool str_to_double(const char *s, double *out);

/* ---- names and maps (map.c) ---------------------------------------------------------------- */

typedef struct { uint32_t i; } NameId; /* 0 = no name */

/* Interned strings: equal text, equal id; ids count up in order of first use. */
typedef struct {
    Arena arena;
    ARRAY(const char *) text; /* text.v[0] is "" */
    uint32_t *slots, n_slots;
} Names;

NameId names_add(Names *t, const char *s);
NameId names_find(const Names *t, const char *s); /* {0} if absent */
const char *names_str(const Names *t, NameId id);
void names_free(Names *t);

/* Map of 64-bit keys to 32-bit values; iteration is not offered (order must never leak). */
typedef struct {
    uint64_t *keys;
    uint32_t *vals, n, n_slots;
} Map;

bool map_get(const Map *m, uint64_t key, uint32_t *val);
void map_set(Map *m, uint64_t key, uint32_t val);
void map_free(Map *m);

/* ---- sorting (sort.c) ----------------------------------------------------------------------- */

typedef struct {
    uint64_t key;
    uint32_t of;                        /* what it is the key of */
} SortKey;
/* By key, ascending; equal keys stay in their order. Time O(n · bytes in which keys differ). */
void sort_keyed(SortKey *v, uint32_t n);

/* ---- random numbers (rng.c): same numbers for the same seed and stream, on any machine ------ */

typedef struct { uint64_t s[4]; } Rng;
Rng rng_make(uint64_t seed, uint64_t stream);
uint64_t rng_u64(Rng *r);
uint32_t rng_below(Rng *r, uint32_t n); /* unbiased, 0 … n-1; n > 0 */
double rng_double(Rng *r);              /* [0, 1) */
double rng_normal(Rng *r);              /* mean 0, sigma 1 */

/* ---- threads (par.c) ------------------------------------------------------------------------ */

/* Run fn(ctx, i) for every i = 0 … n-1, even after a failure, on up to `threads` threads (0: as many as
 * par_set_threads was given, else all). A loop inside a loop runs in its caller's thread. fn writes only to slot i of its
 * results, so the outcome never depends on the number of threads. Returns the first (lowest i)
 * status that is not ST_OK. */
Status par_for(uint32_t n, uint32_t threads, Status (*fn)(void *ctx, uint32_t i), void *ctx);
uint32_t par_default_threads(void); /* processors of this process */
void par_set_threads(uint32_t n);   /* what 0 means, for those deep inside who are not told; before the first loop */

/* ---- results of this run (memo.c) ------------------------------------------------------------- */

/*
 * What was made once in this run, by content: as keep_put (gen/base/io.h), in memory and for all threads.
 *   key     sha256 as hex of all that the result depends on
 *   get     true: it is in `out`, whose text was cleared first. False: the caller is the one to make it and must call put, whatever becomes of it;
 *           another thread that asks for it waits until then. Makers may ask for other results, never in a circle.
 *   put     p[n], copied; n = 0: there is nothing to be had, whoever asks next makes it for himself, as where 256 MB are held already
 */
typedef struct Memo Memo;
Memo *memo_new(void);
void memo_free(Memo *m);  /* NULL is allowed */
bool memo_get(Memo *m, const char *key, Buf *out);
void memo_put(Memo *m, const char *key, const void *p, size_t n);

/* ---- time ----------------------------------------------------------------------------------- */
double clock_seconds(void); /* monotonic, for progress and stage timing on stderr only */
double clock_cpu_seconds(void); /* of all threads of this process, likewise */

#endif
