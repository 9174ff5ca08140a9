/*
 * Interned names and a map of integers, both open addressing with linear probing.
 *
 * Invariant: ids depend on the order of first use alone; nothing outside this file can see the order of slots.
 */
#include "gen/base/base.h"

enum { SLOTS_MIN = 16 };

/* Finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of the key reaches every bit of the slot. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* FNV-1a, 64 bit (Fowler, Noll, Vo). */
static uint64_t hash_text(const char *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *s; s++) h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    return mix(h);
}

/* Twice the slots once three quarters are used. */
static uint32_t more_slots(uint32_t n_slots)
{
    if (n_slots > UINT32_MAX / 2) die(ST_LIMIT, "a table of names has more than %u entries", UINT32_MAX / 2);
    return n_slots ? n_slots * 2 : SLOTS_MIN;
}

static bool too_full(uint32_t n, uint32_t n_slots) { return (uint64_t)(n + 1) * 4 > (uint64_t)n_slots * 3; }

/* ---- names ---------------------------------------------------------------------------------- */

/* Slot of s, or the empty slot where it belongs. */
static uint32_t names_slot(const Names *t, const char *s)
{
    uint32_t mask = t->n_slots - 1, i = (uint32_t)hash_text(s) & mask;
    while (t->slots[i] && strcmp(t->text.v[t->slots[i]], s) != 0) i = (i + 1) & mask;
    return i;
}

static void names_rehash(Names *t)
{
    t->n_slots = more_slots(t->n_slots);
    mem_free(t->slots);
    t->slots = mem_calloc(t->n_slots, sizeof *t->slots);
    for (uint32_t id = 1; id < t->text.n; id++) t->slots[names_slot(t, t->text.v[id])] = id;
}

NameId names_add(Names *t, const char *s)
{
    if (!t->text.n) arr_push(&t->text, "");
    if (!*s) return (NameId){0};
    if (too_full(t->text.n, t->n_slots)) names_rehash(t);
    uint32_t slot = names_slot(t, s);
    if (!t->slots[slot]) {
        t->slots[slot] = t->text.n;
        arr_push(&t->text, arena_str(&t->arena, s));
    }
    return (NameId){t->slots[slot]};
}

NameId names_find(const Names *t, const char *s)
{
    if (!t->n_slots || !*s) return (NameId){0};
    return (NameId){t->slots[names_slot(t, s)]};
}

const char *names_str(const Names *t, NameId id)
{
    if (!id.i) return "";
    assert(id.i < t->text.n);
    return t->text.v[id.i];
}

void names_free(Names *t)
{
    arena_free(&t->arena);
    arr_free(&t->text);
    mem_free(t->slots);
    *t = (Names){0};
}

/* ---- map of integers ------------------------------------------------------------------------ */

/* Any key and any value is allowed, so which slots are used is kept in a bitmap behind the keys. */
static bool used(const Map *m, uint32_t i) { return m->keys[m->n_slots + i / 64] >> (i % 64) & 1; }

static uint32_t map_slot(const Map *m, uint64_t key)
{
    uint32_t mask = m->n_slots - 1, i = (uint32_t)mix(key) & mask;
    while (used(m, i) && m->keys[i] != key) i = (i + 1) & mask;
    return i;
}

static void map_put(Map *m, uint64_t key, uint32_t val)
{
    uint32_t i = map_slot(m, key);
    if (!used(m, i)) {
        m->keys[m->n_slots + i / 64] |= (uint64_t)1 << (i % 64);
        m->keys[i] = key;
        m->n++;
    }
    m->vals[i] = val;
}

static void map_rehash(Map *m)
{
    Map old = *m;
    m->n = 0;
    m->n_slots = more_slots(old.n_slots);
    m->keys = mem_calloc((size_t)m->n_slots + (m->n_slots + 63) / 64, sizeof *m->keys);
    m->vals = mem_calloc(m->n_slots, sizeof *m->vals);
    for (uint32_t i = 0; i < old.n_slots; i++)
        if (used(&old, i)) map_put(m, old.keys[i], old.vals[i]);
    map_free(&old);
}

bool map_get(const Map *m, uint64_t key, uint32_t *val)
{
    if (!m->n_slots) return false;
    uint32_t i = map_slot(m, key);
    if (!used(m, i)) return false;
    if (val) *val = m->vals[i];
    return true;
}

void map_set(Map *m, uint64_t key, uint32_t val)
{
    if (too_full(m->n, m->n_slots)) map_rehash(m);
    map_put(m, key, val);
}

void map_free(Map *m)
{
    mem_free(m->keys);
    mem_free(m->vals);
    *m = (Map){0};
}
