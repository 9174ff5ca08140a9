/*
 * Are two circuits the same graph? Nets and devices are coloured by what they touch, round by round, until the colours no longer
 * split; what then is still alike is told apart by trying. A match is checked edge by edge at the end, so it never rests on a colour.
 *
 * Source: partition refinement as in Ebeling, Zajicek 1983 (Gemini); Weisfeiler, Lehman 1968.
 */
#include <math.h>
#include <stdlib.h>

#include "verify/lvs_circuit.h"

enum { TRIES = 64 }; /* pairs tried per class that symmetry leaves */

typedef struct {
    const LvsCircuit *c;
    uint32_t n;              /* nets, then devices */
    uint64_t *colour, *next;
    bool *used;              /* [net] on a device or a port */
} Side;

typedef struct {
    Side s[2];               /* layout, netlist */
    const Tech *t;
    bool sizes;              /* colours know widths and lengths */
    double tolerance;
    uint32_t *map;           /* [layout node] netlist node, of a match */
    uint32_t budget;
} Match;

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t hash_text(const char *s)
{
    uint64_t h = 1469598103934665603u;
    for (; *s; s++) h = (h ^ (uint8_t)*s) * 1099511628211u;
    return mix(h);
}

static bool is_mos(const LvsDevice *d) { return d->kind <= DEV_PMOS; }
static int n_pins(const LvsDevice *d) { return is_mos(d) ? 4 : 2; }
/* Source and drain are alike, so are the ends of a capacitor or resistor. */
static uint64_t pin_class(const LvsDevice *d, int p) { return is_mos(d) ? (p == PIN_G ? 11u : p == PIN_B ? 12u : 13u) : 14u; }

static uint64_t device_seed(const LvsDevice *d, bool sizes)
{
    uint64_t h = mix(hash_text(d->model) + (uint64_t)d->kind);
    if (sizes && is_mos(d)) h = mix(mix(h + (uint64_t)d->w2) + (uint64_t)d->wl2);
    return h;
}

static void seed(Match *m, int k)
{
    Side *s = &m->s[k];
    for (uint32_t i = 0; i < s->c->port.n; i++) s->colour[i] = s->c->port.v[i] ? hash_text(s->c->port.v[i]) : 1;
    for (uint32_t i = 0; i < s->c->dev.n; i++) s->colour[s->c->port.n + i] = device_seed(&s->c->dev.v[i], m->sizes);
}

static void step(Side *s)
{
    uint32_t nets = s->c->port.n;
    for (uint32_t i = 0; i < s->n; i++) s->next[i] = mix(s->colour[i]);
    for (uint32_t i = 0; i < s->c->dev.n; i++) {
        const LvsDevice *d = &s->c->dev.v[i];
        for (int p = 0; p < n_pins(d); p++) {
            uint64_t cl = pin_class(d, p);
            s->next[nets + i] += mix(s->colour[d->net[p]] * 31 + cl);
            s->next[d->net[p]] += mix(s->colour[nets + i] * 37 + cl);
        }
    }
    uint64_t *x = s->colour;
    s->colour = s->next;
    s->next = x;
}

/* ---- classes ------------------------------------------------------------------------------------------------ */

typedef struct {
    uint64_t colour;
    uint32_t side, node;
} Item;

static int by_colour(const void *pa, const void *pb)
{
    const Item *a = pa, *b = pb;
    if (a->colour != b->colour) return a->colour < b->colour ? -1 : 1;
    if (a->side != b->side) return a->side < b->side ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

typedef struct { ARRAY(Item) v; } Items;

static void sort_nodes(const Match *m, Items *out)
{
    out->v.n = 0;
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < m->s[k].n; i++)
            if (i >= m->s[k].c->port.n || m->s[k].used[i]) arr_push(&out->v, ((Item){m->s[k].colour[i], k, i}));
    if (out->v.n) qsort(out->v.v, out->v.n, sizeof *out->v.v, by_colour);
}

/* One class, items a … e − 1; of them `left` are of the layout. */
static uint32_t class_end(const Items *x, uint32_t a, uint32_t *left)
{
    uint32_t e = a;
    *left = 0;
    for (; e < x->v.n && x->v.v[e].colour == x->v.v[a].colour; e++) *left += x->v.v[e].side == 0;
    return e;
}

/* Number of classes; 0 if one has more members on one side than on the other. */
static uint32_t balanced(const Items *x)
{
    uint32_t n = 0, left;
    for (uint32_t a = 0, e; a < x->v.n; a = e, n++) {
        e = class_end(x, a, &left);
        if (2 * left != e - a) return 0;
    }
    return n;
}

/* Refine until nothing splits. False: the sides differ; x then holds the first round that shows it. */
static bool refine(Match *m, Items *x)
{
    sort_nodes(m, x);
    uint32_t n = balanced(x);
    while (n) {
        step(&m->s[0]);
        step(&m->s[1]);
        sort_nodes(m, x);
        uint32_t now = balanced(x);
        if (now <= n) return now != 0 || x->v.n == 0;
        n = now;
    }
    return x->v.n == 0;
}

/* ---- matching ------------------------------------------------------------------------------------------------ */

static bool near(double a, double b, double tol) { return fabs(a - b) <= tol * fmax(fabs(a), fabs(b)); }

static bool same_size(const Match *m, const LvsDevice *a, const LvsDevice *b)
{
    if (is_mos(a)) return a->w2 == b->w2 && a->wl2 == b->wl2;
    return near(a->value, b->value, m->tolerance);
}

/* Every class has one node of each side: is the pairing an isomorphism? */
static bool verify(Match *m, const Items *x)
{
    const LvsCircuit *a = m->s[0].c, *b = m->s[1].c;
    uint32_t na = a->port.n, nb = b->port.n;
    for (uint32_t i = 0; i + 1 < x->v.n; i += 2) m->map[x->v.v[i].node] = x->v.v[i + 1].node;
    for (uint32_t i = 0; i < a->dev.n; i++) {
        const LvsDevice *p = &a->dev.v[i];
        if (m->map[na + i] < nb) return false;
        const LvsDevice *q = &b->dev.v[m->map[na + i] - nb];
        if (p->kind != q->kind || !str_eq(p->model, q->model) || (m->sizes && !same_size(m, p, q))) return false;
        uint32_t x0 = m->map[p->net[0]], y = is_mos(p) ? PIN_S : 1, x1 = m->map[p->net[y]];
        bool ends = (x0 == q->net[0] && x1 == q->net[y]) || (x1 == q->net[0] && x0 == q->net[y]);
        if (!ends || (is_mos(p) && (m->map[p->net[PIN_G]] != q->net[PIN_G] || m->map[p->net[PIN_B]] != q->net[PIN_B]))) return false;
    }
    return true;
}

static void keep(const Match *m, uint64_t *to[2])
{
    for (int k = 0; k < 2; k++) memcpy(to[k], m->s[k].colour, m->s[k].n * sizeof **to);
}

static void put_back(Match *m, uint64_t *from[2])
{
    for (int k = 0; k < 2; k++) memcpy(m->s[k].colour, from[k], m->s[k].n * sizeof **from);
}

/* Colours are stable and balanced. Give the first class of several a pair of its own and go on. */
static bool individualise(Match *m, Items *x)
{
    uint32_t left = 0, a = 0, e = 0;
    for (; a < x->v.n; a = e) {
        e = class_end(x, a, &left);
        if (left > 1) break;
    }
    if (a == x->v.n) return verify(m, x);
    uint64_t *saved[2];
    for (int k = 0; k < 2; k++) saved[k] = mem_calloc((size_t)m->s[k].n + 1, sizeof **saved);
    keep(m, saved);
    uint32_t first = x->v.v[a].node, n_try = left < TRIES ? left : TRIES, *other = mem_calloc(n_try, sizeof *other);
    for (uint32_t k = 0; k < n_try; k++) other[k] = x->v.v[a + left + k].node;
    bool ok = false;
    for (uint32_t k = 0; k < n_try && !ok && m->budget; k++) {
        m->budget--;
        put_back(m, saved);
        m->s[0].colour[first] = m->s[1].colour[other[k]] = mix(saved[0][first] + 0x9e3779b97f4a7c15u);
        ok = refine(m, x) && individualise(m, x);
    }
    mem_free(saved[0]);
    mem_free(saved[1]);
    mem_free(other);
    return ok;
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static const char *node_text(const Match *m, const Item *i, Buf *b)
{
    const LvsCircuit *c = m->s[i->side].c;
    b->n = 0;
    if (i->node < c->port.n) {
        const char *name = c->port.v[i->node] ? c->port.v[i->node] : c->name.v[i->node];
        Box at = c->at.v[i->node];
        buf_printf(b, "net %s", name ? name : "without a name");
        if (i->side == 0) buf_printf(b, " at (%d %d %d %d)", at.x0, at.y0, at.x1, at.y1);
        uint32_t pins = 0;
        for (uint32_t k = 0; k < c->dev.n; k++)
            for (int p = 0; p < n_pins(&c->dev.v[k]); p++) pins += c->dev.v[k].net[p] == i->node;
        buf_printf(b, ", %u terminals", pins);
        return b->s;
    }
    const LvsDevice *d = &c->dev.v[i->node - c->port.n];
    static const char *const word[] = {"transistor", "transistor", "capacitor", "resistor"};
    buf_printf(b, "%s %s", word[d->kind], d->model);
    if (d->name) buf_printf(b, " %s", d->name);
    else buf_printf(b, " at (%d %d %d %d)", d->at.x0, d->at.y0, d->at.x1, d->at.y1);
    for (int p = 0; p < n_pins(d); p++) {
        uint32_t n = d->net[p];
        const char *name = c->port.v[n] ? c->port.v[n] : c->name.v[n];
        if (name) buf_printf(b, " %s=%s", is_mos(d) ? (const char *const[]){"d", "g", "s", "b"}[p] : p ? "2" : "1", name);
    }
    return b->s;
}

/* Members of classes that do not balance: only in the layout, only in the netlist. */
static void tell_difference(const Match *m, const Items *x, LvsDevices *out)
{
    Buf b = {0};
    for (int nets = 1; nets >= 0; nets--)
        for (uint32_t a = 0, e, left; a < x->v.n; a = e) {
            e = class_end(x, a, &left);
            uint32_t right = e - a - left;
            if (left == right) continue;
            for (uint32_t k = a; k < e; k++) {
                const Item *i = &x->v.v[k];
                if ((i->node < m->s[i->side].c->port.n) != (nets == 1)) continue;
                /* of a class with members on both sides only the surplus is strange, but not which */
                lvs_tell(out, "%s %s: %s", left && right ? "differently often, also in the" : "only in the", i->side ? "netlist" : "layout", node_text(m, i, &b));
            }
        }
    buf_free(&b);
}

static void tell_size(const Match *m, const LvsDevice *p, const LvsDevice *q, LvsDevices *out)
{
    Box b = p->at;
    if (is_mos(p))
        lvs_tell(out, "transistor %s: drawn at (%d %d %d %d) with w %.1f l %.1f, in the netlist w %.1f l %.1f [dbu]", q->name, b.x0, b.y0, b.x1, b.y1, (double)p->w2 / 2,
                 (double)p->wl2 / (double)p->w2, (double)q->w2 / 2, (double)q->wl2 / (double)q->w2);
    else
        lvs_tell(out, "%s %s: drawn at (%d %d %d %d) with %.6g %s, in the netlist %.6g", p->kind == DEV_CAP ? "capacitor" : "resistor", q->name, b.x0, b.y0, b.x1, b.y1,
                 p->value, p->kind == DEV_CAP ? "F" : "ohm", q->value);
    (void)m;
}

static void tell_sizes(const Match *m, LvsDevices *out)
{
    const LvsCircuit *a = m->s[0].c, *b = m->s[1].c;
    for (uint32_t i = 0; i < a->dev.n; i++) {
        const LvsDevice *p = &a->dev.v[i], *q = &b->dev.v[m->map[a->port.n + i] - b->port.n];
        if (!same_size(m, p, q)) tell_size(m, p, q, out);
    }
}

static bool match(Match *m, bool sizes, Items *x)
{
    m->sizes = sizes;
    m->budget = 4096;
    seed(m, 0);
    seed(m, 1);
    return refine(m, x) && individualise(m, x);
}

void circuit_match(const LvsCircuit *layout, const LvsCircuit *netlist, const Tech *t, LvsDevices *out)
{
    Match m = {.t = t, .tolerance = LVS_VALUE_TOLERANCE};
    const LvsCircuit *c[2] = {layout, netlist};
    for (int k = 0; k < 2; k++) {
        Side *s = &m.s[k];
        s->c = c[k];
        s->n = c[k]->port.n + c[k]->dev.n;
        s->colour = mem_calloc((size_t)s->n + 1, sizeof *s->colour);
        s->next = mem_calloc((size_t)s->n + 1, sizeof *s->next);
        s->used = mem_calloc((size_t)c[k]->port.n + 1, 1);
        for (uint32_t i = 0; i < c[k]->port.n; i++) s->used[i] = c[k]->port.v[i] != NULL;
        for (uint32_t i = 0; i < c[k]->dev.n; i++)
            for (int p = 0; p < n_pins(&c[k]->dev.v[i]); p++) s->used[c[k]->dev.v[i].net[p]] = true;
    }
    m.map = mem_calloc((size_t)m.s[0].n + 1, sizeof *m.map);
    Items x = {0};
    if (!match(&m, true, &x)) {
        /* without sizes: only they differ, or the first round of colours shows where the graphs do */
        if (match(&m, false, &x)) tell_sizes(&m, out);
        else tell_difference(&m, &x, out);
        if (out->n_diff == 0) lvs_tell(out, "the circuits differ where symmetry hides the place");
    }
    for (int k = 0; k < 2; k++) {
        mem_free(m.s[k].colour);
        mem_free(m.s[k].next);
        mem_free(m.s[k].used);
    }
    mem_free(m.map);
    arr_free(&x.v);
}
