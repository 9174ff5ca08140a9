/*
 * Reduction: parallel devices become one of their summed width; stacks of transistors in series that lie between the same nets, with
 * the same gates in the same order, become one stack. Both sides of a comparison are reduced alike, so fingers do not matter.
 */
#include <stdlib.h>

#include "verify/lvs_circuit.h"

static bool is_mos(const LvsDevice *d) { return d->kind <= DEV_PMOS; }

#define CMP(a, b)                                                                                  \
    do {                                                                                           \
        if ((a) != (b)) return (a) < (b) ? -1 : 1;                                                 \
    } while (0)

/* Lengths as fractions: wl2 / w2. */
static int by_length(const LvsDevice *a, const LvsDevice *b)
{
    int64_t x = a->wl2 * b->w2, y = b->wl2 * a->w2;
    return (x > y) - (x < y);
}

/* Same kind, model, length and nets; a device without direction has its lower net first. */
static int by_terminals(const LvsDevice *a, const LvsDevice *b)
{
    CMP(a->kind, b->kind);
    int c = strcmp(a->model, b->model);
    if (c) return c;
    for (int k = 0; k < (is_mos(a) ? 4 : 2); k++) CMP(a->net[k], b->net[k]);
    return is_mos(a) ? by_length(a, b) : 0;
}

static int by_terminals_then_place(const void *pa, const void *pb)
{
    const LvsDevice *a = pa, *b = pb;
    int c = by_terminals(a, b);
    if (c) return c;
    CMP(a->at.y0, b->at.y0);
    CMP(a->at.x0, b->at.x0);
    if (a->name && b->name) return strcmp(a->name, b->name);
    return 0;
}

static void order_ends(LvsDevice *d)
{
    uint32_t *a = &d->net[PIN_D], *b = is_mos(d) ? &d->net[PIN_S] : &d->net[1];
    if (*a <= *b) return;
    uint32_t x = *a;
    *a = *b;
    *b = x;
}

static bool merge_parallel(LvsCircuit *c)
{
    uint32_t n = 0, before = c->dev.n;
    for (uint32_t k = 0; k < c->dev.n; k++) order_ends(&c->dev.v[k]);
    if (c->dev.n) qsort(c->dev.v, c->dev.n, sizeof *c->dev.v, by_terminals_then_place);
    for (uint32_t k = 0; k < c->dev.n; k++) {
        LvsDevice *last = n ? &c->dev.v[n - 1] : NULL;
        if (!last || by_terminals(last, &c->dev.v[k])) {
            c->dev.v[n++] = c->dev.v[k];
            continue;
        }
        last->w2 += c->dev.v[k].w2;
        last->wl2 += c->dev.v[k].wl2;
        if (last->kind == DEV_RES) last->value = 1 / (1 / last->value + 1 / c->dev.v[k].value);
        else last->value += c->dev.v[k].value;
    }
    c->dev.n = n;
    return n < before;
}

/* ---- stacks ---------------------------------------------------------------------------------------------- */

enum { STACK_MAX = 8 };

typedef struct {
    uint32_t n, dev[STACK_MAX], gate[STACK_MAX];
    uint32_t end[2], bulk;
} Stack;

typedef struct {
    LvsCircuit *c;
    uint32_t *uses, *link[2];  /* [net]: terminals; of a middle of a stack: its two devices */
    bool *middle;
    ARRAY(Stack) stack;
} Series;

/* An inner net with two ends of two like devices and nothing else. */
static void find_middles(Series *s)
{
    const LvsCircuit *c = s->c;
    for (uint32_t k = 0; k < c->dev.n; k++) {
        const LvsDevice *d = &c->dev.v[k];
        for (int p = 0; p < (is_mos(d) ? 4 : 2); p++) {
            uint32_t n = d->net[p], u = s->uses[n]++;
            if (!is_mos(d) || p == PIN_G || p == PIN_B) s->uses[n] += 2; /* never a middle */
            else if (u < 2) s->link[u][n] = k;
        }
    }
    for (uint32_t n = 0; n < c->port.n; n++) {
        if (c->port.v[n] || s->uses[n] != 2 || s->link[0][n] == s->link[1][n]) continue;
        const LvsDevice *a = &c->dev.v[s->link[0][n]], *b = &c->dev.v[s->link[1][n]];
        s->middle[n] = a->kind == b->kind && str_eq(a->model, b->model) && a->w2 == b->w2 && a->wl2 == b->wl2 && a->net[PIN_B] == b->net[PIN_B];
    }
}

static uint32_t other_end(const LvsDevice *d, uint32_t net) { return d->net[PIN_D] == net ? d->net[PIN_S] : d->net[PIN_D]; }

/* From a device whose end `from` is no middle, along to the other end. */
static bool walk(Series *s, uint32_t dev, uint32_t from, Stack *out)
{
    *out = (Stack){.end = {from}, .bulk = s->c->dev.v[dev].net[PIN_B]};
    for (;;) {
        if (out->n == STACK_MAX) return false;
        const LvsDevice *d = &s->c->dev.v[dev];
        out->dev[out->n] = dev;
        out->gate[out->n++] = d->net[PIN_G];
        from = other_end(d, from);
        out->end[1] = from;
        if (!s->middle[from]) return out->n > 1;
        dev = s->link[0][from] == dev ? s->link[1][from] : s->link[0][from];
    }
}

static void turn(Stack *s)
{
    Stack t = *s;
    for (uint32_t k = 0; k < s->n; k++) {
        s->dev[k] = t.dev[s->n - 1 - k];
        s->gate[k] = t.gate[s->n - 1 - k];
    }
    s->end[0] = t.end[1];
    s->end[1] = t.end[0];
}

/* The direction with the lower end, or among equal ends the lower gates, first. */
static void direct(Stack *s)
{
    Stack t = *s;
    turn(&t);
    if (t.end[0] != s->end[0]) {
        if (t.end[0] < s->end[0]) *s = t;
        return;
    }
    if (memcmp(t.gate, s->gate, s->n * sizeof *t.gate) < 0) *s = t;
}

static int by_place(const Stack *a, const Stack *b)
{
    CMP(a->n, b->n);
    CMP(a->end[0], b->end[0]);
    CMP(a->end[1], b->end[1]);
    CMP(a->bulk, b->bulk);
    for (uint32_t k = 0; k < a->n; k++) CMP(a->gate[k], b->gate[k]);
    return 0;
}

static int stacks(const void *pa, const void *pb)
{
    const Stack *a = pa, *b = pb;
    int c = by_place(a, b);
    return c ? c : (a->dev[0] > b->dev[0]) - (a->dev[0] < b->dev[0]);
}

static bool same_stack(const LvsCircuit *c, const Stack *a, const Stack *b)
{
    const LvsDevice *x = &c->dev.v[a->dev[0]], *y = &c->dev.v[b->dev[0]];
    return !by_place(a, b) && x->kind == y->kind && str_eq(x->model, y->model) && by_length(x, y) == 0;
}

static bool merge_stacks(LvsCircuit *c)
{
    size_t nets = (size_t)c->port.n + 1;
    Series s = {.c = c, .uses = mem_calloc(nets, 4), .link = {mem_calloc(nets, 4), mem_calloc(nets, 4)}, .middle = mem_calloc(nets, 1)};
    bool *gone = mem_calloc((size_t)c->dev.n + 1, 1), any = false;
    find_middles(&s);
    for (uint32_t k = 0; k < c->dev.n; k++) {
        const LvsDevice *d = &c->dev.v[k];
        if (!is_mos(d) || d->net[PIN_D] == d->net[PIN_S]) continue;
        for (int e = 0; e < 2; e++) {
            uint32_t from = d->net[e ? PIN_S : PIN_D];
            Stack x;
            if (s.middle[from] || !walk(&s, k, from, &x)) continue;
            if (x.dev[x.n - 1] < k) continue; /* told from its other end */
            direct(&x);
            arr_push(&s.stack, x);
        }
    }
    if (s.stack.n) qsort(s.stack.v, s.stack.n, sizeof *s.stack.v, stacks);
    for (uint32_t k = 1, first = 0; k < s.stack.n; k++) {
        const Stack *a = &s.stack.v[first], *b = &s.stack.v[k];
        if (!same_stack(c, a, b)) {
            first = k;
            continue;
        }
        for (uint32_t q = 0; q < a->n; q++) {
            c->dev.v[a->dev[q]].w2 += c->dev.v[b->dev[q]].w2;
            c->dev.v[a->dev[q]].wl2 += c->dev.v[b->dev[q]].wl2;
            gone[b->dev[q]] = any = true;
        }
    }
    uint32_t n = 0;
    for (uint32_t k = 0; k < c->dev.n; k++)
        if (!gone[k]) c->dev.v[n++] = c->dev.v[k];
    c->dev.n = n;
    mem_free(s.uses);
    mem_free(s.link[0]);
    mem_free(s.link[1]);
    mem_free(s.middle);
    mem_free(gone);
    arr_free(&s.stack);
    return any;
}

void circuit_reduce(LvsCircuit *c)
{
    merge_parallel(c);
    while (merge_stacks(c) && merge_parallel(c)) {}
}
