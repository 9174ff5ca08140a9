/*
 * A parallel loop and the clock.
 *
 * Invariant: every index is run exactly once, whatever fails and however many threads there are, so results,
 * status and the set of messages do not depend on the number of threads.
 */
#include "gen/base/base.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum { THREADS_MAX = 64 };

typedef struct {
    uint32_t n;
    Status (*fn)(void *ctx, uint32_t i);
    void *ctx;
    _Atomic uint64_t next;
    pthread_mutex_t lock;
    uint32_t first_bad; /* lowest index that failed, n if none */
    Status status;
} Loop;

/* A loop inside a loop runs in its caller's thread: the outer one already uses all processors. */
static _Thread_local bool t_inside;

static uint32_t g_threads;

void par_set_threads(uint32_t n) { g_threads = n; }

static void *work(void *arg)
{
    Loop *l = arg;
    bool before = t_inside;
    t_inside = true;
    for (;;) {
        uint64_t i = atomic_fetch_add(&l->next, 1);
        if (i >= l->n) break;
        Status st = l->fn(l->ctx, (uint32_t)i);
        if (st == ST_OK) continue;
        pthread_mutex_lock(&l->lock);
        if (i < l->first_bad) {
            l->first_bad = (uint32_t)i;
            l->status = st;
        }
        pthread_mutex_unlock(&l->lock);
    }
    t_inside = before;
    return NULL;
}

Status par_for(uint32_t n, uint32_t threads, Status (*fn)(void *ctx, uint32_t i), void *ctx)
{
    Loop l = {.n = n, .fn = fn, .ctx = ctx, .first_bad = n, .status = ST_OK};
    pthread_mutex_init(&l.lock, NULL);
    if (!threads) threads = g_threads ? g_threads : par_default_threads();
    if (threads > THREADS_MAX) threads = THREADS_MAX;
    if (threads > n) threads = n;
    if (t_inside) threads = 1;
    pthread_t id[THREADS_MAX];
    uint32_t started = 0;
    /* The caller works too. A thread that cannot be started only makes the loop slower. */
    while (started + 1 < threads && pthread_create(&id[started], NULL, work, &l) == 0) started++;
    work(&l);
    for (uint32_t i = 0; i < started; i++) pthread_join(id[i], NULL);
    pthread_mutex_destroy(&l.lock);
    return l.status;
}

uint32_t par_default_threads(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (uint32_t)n;
}

static double seconds(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double clock_seconds(void) { return seconds(CLOCK_MONOTONIC); }
double clock_cpu_seconds(void) { return seconds(CLOCK_PROCESS_CPUTIME_ID); }
