/*
 * Results of this run: one per key, made once, by whichever thread asks first; the others wait for it.
 */
#include "gen/base/base.h"

#include <pthread.h>

enum { MEMO_BYTES = 256 << 20 }; /* held at most: what comes later is made each time */

typedef enum { MAKING, MADE, EMPTY } State; /* EMPTY: whoever asks makes it for himself */

typedef struct {
    char key[65];
    State state;
    void *p;
    size_t n;
} Entry;

struct Memo {
    pthread_mutex_t lock;
    pthread_cond_t made;
    Map at;                /* first 64 bits of a key -> entry */
    ARRAY(Entry) v;
    size_t bytes;
};

Memo *memo_new(void)
{
    Memo *m = mem_calloc(1, sizeof *m);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->made, NULL);
    return m;
}

void memo_free(Memo *m)
{
    if (!m) return;
    for (uint32_t i = 0; i < m->v.n; i++) mem_free(m->v.v[i].p);
    arr_free(&m->v);
    map_free(&m->at);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->made);
    mem_free(m);
}

/* UINT32_MAX: nobody has asked for it. Two keys with the same first half: the later one is nobody's. */
static uint32_t find(const Memo *m, const char *key, uint64_t *half)
{
    uint32_t i;
    *half = 0;
    for (int k = 0; k < 16; k++) *half = *half << 4 | (uint64_t)(key[k] <= '9' ? key[k] - '0' : key[k] - 'a' + 10);
    return map_get(&m->at, *half, &i) ? i : UINT32_MAX;
}

bool memo_get(Memo *m, const char *key, Buf *out)
{
    uint64_t half;
    bool found = false;
    out->n = 0;
    pthread_mutex_lock(&m->lock);
    uint32_t i = find(m, key, &half);
    if (i == UINT32_MAX) {
        Entry e = {.state = MAKING};
        memcpy(e.key, key, sizeof e.key);
        map_set(&m->at, half, m->v.n);
        arr_push(&m->v, e);
    } else if (memcmp(m->v.v[i].key, key, sizeof m->v.v[i].key) == 0) {
        while (m->v.v[i].state == MAKING) pthread_cond_wait(&m->made, &m->lock);
        found = m->v.v[i].state == MADE;
        if (found) buf_put(out, m->v.v[i].p, m->v.v[i].n);
    }
    pthread_mutex_unlock(&m->lock);
    return found;
}

void memo_put(Memo *m, const char *key, const void *p, size_t n)
{
    uint64_t half;
    pthread_mutex_lock(&m->lock);
    uint32_t i = find(m, key, &half);
    Entry *e = i == UINT32_MAX ? NULL : &m->v.v[i];
    if (e && memcmp(e->key, key, sizeof e->key) == 0 && e->state == MAKING) {
        bool keep = n && m->bytes + n <= MEMO_BYTES;
        e->state = keep ? MADE : EMPTY;
        if (keep) {
            e->p = mem_alloc(n);
            memcpy(e->p, p, n);
            e->n = n;
            m->bytes += n;
        }
        pthread_cond_broadcast(&m->made);
    }
    pthread_mutex_unlock(&m->lock);
}
