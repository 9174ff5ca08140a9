/* Capacitance inside a drawn leaf cell. */
#include "route/extract_leaf.h"

#include "route/extract_int.h"

#include <math.h>
#include <stdlib.h>

enum { EVEN_LEAST = 3 }; /* steps: for fewer it does not pay to see whether they are alike */
enum { SIDE_A = 1, SIDE_B = 2 };

void leaf_caps_free(LeafCaps *caps) { arr_free(&caps->v); }

/* ---- disjoint wires ---------------------------------------------------------------------------------------- */

static int cmp_i32(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static int cmp_span(const void *a, const void *b) { return cmp_i32(&((const Box *)a)->x0, &((const Box *)b)->x0); }

static uint32_t sort_unique(int32_t *v, uint32_t n)
{
    uint32_t m = 0;
    qsort(v, n, sizeof *v, cmp_i32);
    for (uint32_t i = 0; i < n; i++)
        if (!m || v[m - 1] != v[i]) v[m++] = v[i];
    return m;
}

/* Spans of the boxes that cross the strip y0 … y1, joined where they touch. */
static uint32_t spans(const Box *b, uint32_t n, int32_t y0, int32_t y1, Box *out)
{
    uint32_t m = 0, k = 0;
    for (uint32_t i = 0; i < n; i++)
        if (b[i].y0 <= y0 && b[i].y1 >= y1) out[m++] = (Box){b[i].x0, y0, b[i].x1, y1};
    if (!m) return 0;
    qsort(out, m, sizeof *out, cmp_span);
    for (uint32_t i = 1; i < m; i++) {
        if (out[i].x0 <= out[k].x1) {
            if (out[i].x1 > out[k].x1) out[k].x1 = out[i].x1;
        } else out[++k] = out[i];
    }
    return k + 1;
}

/* Boxes of one net on one metal as disjoint boxes, each as high as its span goes on: horizontal strips; a turned copy gives vertical ones. */
static void disjoint(const Box *b, uint32_t n, Piece like, bool turned, Pieces *out)
{
    int32_t *y = mem_calloc(2 * (size_t)n, sizeof *y);
    Box *now = mem_calloc(n, sizeof *now), *open = mem_calloc(n, sizeof *open);
    uint32_t n_open = 0;
    for (uint32_t i = 0; i < n; i++) y[2 * i] = b[i].y0, y[2 * i + 1] = b[i].y1;
    uint32_t ny = sort_unique(y, 2 * n);
    for (uint32_t k = 0; k < ny; k++) {
        uint32_t n_now = k + 1 < ny ? spans(b, n, y[k], y[k + 1], now) : 0;
        for (uint32_t i = 0; i < n_open; i++) { /* a strip ends where its span changes */
            bool goes_on = false;
            for (uint32_t j = 0; j < n_now; j++)
                if (now[j].x0 == open[i].x0 && now[j].x1 == open[i].x1) now[j].y0 = open[i].y0, goes_on = true;
            if (goes_on) continue;
            like.box = turned ? (Box){open[i].y0, open[i].x0, open[i].y1, open[i].x1} : open[i];
            arr_push(out, like);
        }
        memcpy(open, now, n_now * sizeof *now);
        n_open = n_now;
    }
    mem_free(y);
    mem_free(now);
    mem_free(open);
}

typedef struct { uint32_t net, bit; int8_t level; Box b; } Raw;

static int cmp_raw(const void *pa, const void *pb)
{
    const Raw *a = pa, *b = pb;
    if (a->level != b->level) return a->level - b->level;
    if (a->net != b->net) return a->net < b->net ? -1 : 1;
    if (a->bit != b->bit) return a->bit < b->bit ? -1 : 1;
    if (a->b.y0 != b->b.y0) return a->b.y0 < b->b.y0 ? -1 : 1;
    return cmp_i32(&a->b.x0, &b->b.x0);
}

/* Strips along the longer side of most boxes: wires stay whole. */
static bool mostly_vertical(const Raw *r, uint32_t n)
{
    int64_t hor = 0, ver = 0;
    for (uint32_t i = 0; i < n; i++) {
        int32_t w = r[i].b.x1 - r[i].b.x0, h = r[i].b.y1 - r[i].b.y0;
        if (w > h) hor += w;
        else ver += h;
    }
    return ver > hor;
}

static void gather(const Db *db, CellId id, int32_t lowest, Pieces *out)
{
    const DbCell *c = &db->cells.v[id.i];
    ARRAY(Raw) raw = {0};
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &db->layers.v[s->layer.i];
        if (l->kind != LAYER_METAL || l->level < lowest || s->kind == SHAPE_OBS || s->kind == SHAPE_FILL) continue;
        arr_push(&raw, ((Raw){s->net.i, s->bit, (int8_t)l->level, s->box}));
    }
    if (raw.n) qsort(raw.v, raw.n, sizeof *raw.v, cmp_raw);
    Box *b = mem_calloc((size_t)raw.n + 1, sizeof *b);
    for (uint32_t i = 0, j; i < raw.n; i = j) {
        for (j = i; j < raw.n && raw.v[j].level == raw.v[i].level && raw.v[j].net == raw.v[i].net && raw.v[j].bit == raw.v[i].bit; j++) {}
        bool turned = mostly_vertical(raw.v + i, j - i);
        for (uint32_t k = i; k < j; k++) {
            Box x = raw.v[k].b;
            b[k - i] = turned ? (Box){x.y0, x.x0, x.y1, x.x1} : x;
        }
        disjoint(b, j - i, (Piece){.level = raw.v[i].level, .net = raw.v[i].net, .bit = raw.v[i].bit}, turned, out);
    }
    mem_free(b);
    arr_free(&raw);
}

/* ---- what pieces see --------------------------------------------------------------------------------------------- */

/* Values, each so many times. */
typedef struct {
    double v;
    uint32_t times;
} Value;
typedef struct { ARRAY(Value) v; } Values;

/* What two nets make of each other, stretch by stretch. */
typedef struct {
    LeafNode a, b;
    bool plates;                     /* of a drawn capacitor */
    Values farad, facing;            /* facing: on the capacitors' metals, where they are its plates */
} Pair;

typedef struct {
    WireSection sec;
    WireCap cap;
} Known;

typedef struct {
    const Db *db;
    const Tech *t;
    const DbCell *c;
    const Pieces *p;
    uint32_t *node;                  /* [piece] number of its net and bit */
    uint8_t *side;                   /* [node] on which sides of the pairs that are asked for */
    Box *near_a;                     /* [metal] where pieces may see a net of side A */
    uint32_t *first;                 /* [metal] its pieces: from here to the next metal's first */
    Map pair_at, known_at;           /* two nodes -> pair; a section's hash -> known */
    ARRAY(Pair) pair;
    ARRAY(Known) known;
} Sum;

static bool is_plates(const Sum *s, LeafNode a, LeafNode b)
{
    for (uint32_t i = 0; i < s->c->devices.n; i++) {
        const DbDevice *d = &s->c->devices.v[i];
        if (d->kind != DEV_CAP) continue;
        for (int k = 0; k < 2; k++)
            if (d->t[k].net.i == a.net.i && d->t[k].bit == a.bit && d->t[1 - k].net.i == b.net.i && d->t[1 - k].bit == b.bit) return true;
    }
    return false;
}

static LeafNode node_of(const Piece *p) { return (LeafNode){{p->net}, p->bit}; }

static int cmp_node(LeafNode a, LeafNode b)
{
    if (a.net.i != b.net.i) return a.net.i < b.net.i ? -1 : 1;
    return a.bit < b.bit ? -1 : a.bit > b.bit;
}

static uint64_t key_of(LeafNode n) { return (uint64_t)n.net.i << 32 | n.bit; }

static void mark_side(Sum *s, const Map *at, const LeafNode *v, uint32_t n, uint8_t side)
{
    uint32_t k;
    for (uint32_t i = 0; i < n; i++)
        if (map_get(at, key_of(v[i]), &k)) s->side[k] |= side;
}

/* Nets get numbers, pieces theirs; the substrate is 0, and so is metal without a net. */
static void number(Sum *s, LeafPairs of)
{
    Map at = {0};
    uint32_t n = 1;
    s->node = mem_calloc(s->p->n, sizeof *s->node);
    map_set(&at, (uint64_t)NO_NET << 32, 0);
    for (uint32_t i = 0; i < s->p->n; i++) {
        uint64_t key = key_of(node_of(&s->p->v[i]));
        if (!map_get(&at, key, &s->node[i])) {
            map_set(&at, key, n);
            s->node[i] = n++;
        }
    }
    s->side = mem_calloc(n, sizeof *s->side);
    if (!of.a || !of.b) memset(s->side, (of.a ? 0 : SIDE_A) | (of.b ? 0 : SIDE_B), n);
    mark_side(s, &at, of.a, of.a ? of.n_a : 0, SIDE_A);
    mark_side(s, &at, of.b, of.b ? of.n_b : 0, SIDE_B);
    map_free(&at);
}

static bool asked_for(const Sum *s, uint32_t x, uint32_t y)
{
    return (s->side[x] & SIDE_A && s->side[y] & SIDE_B) || (s->side[x] & SIDE_B && s->side[y] & SIDE_A);
}

/* Pieces stand in the order of their metals. A piece of one metal sees others of it as far as near_look does, and what is over and below itself. */
static void find_near(Sum *s)
{
    int32_t top = tech_top_metal(s->t);
    Box none = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN}, all = none;
    s->near_a = mem_calloc((size_t)top + 2, sizeof *s->near_a);
    s->first = mem_calloc((size_t)top + 3, sizeof *s->first);
    for (uint32_t i = 0; i < s->p->n; i++) {
        Box b = s->p->v[i].box;
        s->first[s->p->v[i].level + 1] = i + 1;
        if (!(s->side[s->node[i]] & SIDE_A)) continue;
        all = (Box){b.x0 < all.x0 ? b.x0 : all.x0, b.y0 < all.y0 ? b.y0 : all.y0, b.x1 > all.x1 ? b.x1 : all.x1, b.y1 > all.y1 ? b.y1 : all.y1};
    }
    for (int32_t l = 1; l <= top + 1; l++) {
        if (s->first[l + 1] < s->first[l]) s->first[l + 1] = s->first[l];
        int32_t far = l <= top ? near_reach(s->t, l) : 0;
        s->near_a[l] = all.x0 > all.x1 ? none : (Box){all.x0 - far, all.y0 - far, all.x1 + far, all.y1 + far};
    }
}

/* May a look of the piece add to a pair that is asked for? */
static bool looks(const Sum *s, uint32_t i)
{
    uint8_t side = s->side[s->node[i]];
    if (side & SIDE_A) return true;
    Box a = s->near_a[s->p->v[i].level], b = s->p->v[i].box;
    return side & SIDE_B && b.x0 <= a.x1 && a.x0 <= b.x1 && b.y0 <= a.y1 && a.y0 <= b.y1;
}

/* other: NO_NET is the substrate. */
static Pair *pair_of(Sum *s, uint32_t me, uint32_t other)
{
    uint32_t x = s->node[me], y = other == NO_NET ? 0 : s->node[other], k;
    uint64_t key = x < y ? (uint64_t)x << 32 | y : (uint64_t)y << 32 | x;
    if (map_get(&s->pair_at, key, &k)) return &s->pair.v[k];
    Pair p = {.a = node_of(&s->p->v[me]), .b = other == NO_NET ? (LeafNode){NET_NONE, 0} : node_of(&s->p->v[other])};
    if (other != NO_NET && cmp_node(p.a, p.b) > 0) {
        LeafNode a = p.a;
        p.a = p.b;
        p.b = a;
    }
    p.plates = other != NO_NET && is_plates(s, p.a, p.b);
    map_set(&s->pair_at, key, s->pair.n);
    arr_push(&s->pair, p);
    return &s->pair.v[s->pair.n - 1];
}

static void add(Sum *s, uint32_t me, uint32_t other, double farad, uint32_t times)
{
    const Piece *a = &s->p->v[me];
    if (!asked_for(s, s->node[me], other == NO_NET ? 0 : s->node[other])) return;
    if (other == NO_NET) {
        arr_push(&pair_of(s, me, NO_NET)->farad.v, ((Value){farad, times}));
        return;
    }
    if (s->node[me] == s->node[other]) return; /* the wire itself */
    Pair *p = pair_of(s, me, other);
    bool plates = p->plates && a->level >= s->t->mom_lo && a->level == s->p->v[other].level && a->level <= s->t->mom_hi;
    /* the other sees it too */
    arr_push(plates ? &p->facing.v : &p->farad.v, ((Value){farad / 2, times}));
}

/* extract_wire_cap; a comb has few different sections, each many times. */
static WireCap cap_of(Sum *s, const WireSection *sec)
{
    uint64_t h = 0, w[sizeof *sec / sizeof(uint64_t)];
    uint32_t k;
    memcpy(w, sec, sizeof w);
    for (size_t i = 0; i < COUNTOF(w); i++) h = (h ^ w[i] ^ h >> 29) * 0x9e3779b97f4a7c15u;
    bool there = map_get(&s->known_at, h, &k);
    if (there && memcmp(&s->known.v[k].sec, sec, sizeof *sec) == 0) return s->known.v[k].cap;
    WireCap c = extract_wire_cap(sec);
    if (there) return c; /* another section of that hash */
    map_set(&s->known_at, h, s->known.n);
    arr_push(&s->known, ((Known){*sec, c}));
    return c;
}

/* What a part of a piece sees, `times` times. */
static void look_at(Sum *s, Near *near, uint32_t i, int32_t a, int32_t b, uint32_t times)
{
    Around r;
    near_look(near, i, a, b, &r);
    WireCap c = cap_of(s, &r.sec);
    double len = (b - a) * s->t->dbu_m;
    if (r.left != NO_NET) add(s, i, r.left, c.left * len, times);
    if (r.right != NO_NET) add(s, i, r.right, c.right * len, times);
    if (!r.n_below) add(s, i, NO_NET, c.below * len, times);
    for (uint32_t k = 0; k < r.n_below; k++) add(s, i, r.below[k].piece, c.below * len * r.below[k].share, times);
    for (uint32_t k = 0; k < r.n_above; k++) add(s, i, r.above[k].piece, c.above * len * r.above[k].share, times);
}

/* n steps of a piece; where what is above and below is the same along them, too, as in a comb, one look is enough. */
static void look_steps(Sum *s, Near *near, uint32_t i, int32_t a, int32_t step, int32_t n)
{
    if (n <= EVEN_LEAST) {
        for (int32_t k = 0; k < n; k++) look_at(s, near, i, a + k * step, a + (k + 1) * step, 1);
    } else if (near_even(near, i, a, a + n * step)) {
        look_at(s, near, i, a, a + step, (uint32_t)n);
    } else {
        look_steps(s, near, i, a, step, n / 2);
        look_steps(s, near, i, a + n / 2 * step, step, n - n / 2);
    }
}

/* A stretch of a piece along which its neighbours are the same: in steps, for what is above and below, the last up to two of them long. */
static void look_along(Sum *s, Near *near, const Pieces *p, uint32_t i, int32_t a, int32_t end)
{
    int32_t step = tech_metal(s->t, p->v[i].level)->pitch, n = (end - a) / step - 1;
    if (n > 0) look_steps(s, near, i, a, step, n);
    look_at(s, near, i, a + (n > 0 ? n * step : 0), end, 1);
}

/* Cut where a wire beside it begins or ends, so that lengths count to the dbu. */
static void look(Sum *s, Near *near, const Pieces *p, uint32_t i)
{
    const Piece *me = &p->v[i];
    if (me->net == NO_NET || !looks(s, i)) return;
    const TechLayer *m = tech_metal(s->t, me->level);
    bool hor = piece_horizontal(me);
    int32_t a = hor ? me->box.x0 : me->box.y0, end = hor ? me->box.x1 : me->box.y1, far = m->width + 2 * m->space;
    ARRAY(int32_t) at = {0};
    arr_push(&at, a);
    arr_push(&at, end);
    for (uint32_t k = s->first[me->level]; k < s->first[me->level + 1]; k++) {
        Box b = p->v[k].box;
        if (hor ? b.y0 >= me->box.y1 + far || b.y1 <= me->box.y0 - far : b.x0 >= me->box.x1 + far || b.x1 <= me->box.x0 - far) continue;
        int32_t e[2] = {hor ? b.x0 : b.y0, hor ? b.x1 : b.y1};
        for (int q = 0; q < 2; q++)
            if (e[q] > a && e[q] < end) arr_push(&at, e[q]);
    }
    at.n = sort_unique(at.v, at.n);
    for (uint32_t k = 0; k + 1 < at.n; k++) look_along(s, near, p, i, at.v[k], at.v[k + 1]);
    arr_free(&at);
}

static int cmp_value(const void *pa, const void *pb)
{
    double a = ((const Value *)pa)->v, b = ((const Value *)pb)->v;
    return (a > b) - (a < b);
}

/* Smallest first: the sum does not depend on the order in which pieces were looked at. */
static double sum_of(Values *of)
{
    double sum = 0;
    if (of->v.n) qsort(of->v.v, of->v.n, sizeof *of->v.v, cmp_value);
    for (uint32_t i = 0; i < of->v.n; i++)
        for (uint32_t k = 0; k < of->v.v[i].times; k++) sum += of->v.v[i].v;
    arr_free(&of->v);
    return sum;
}

static int cmp_cap(const void *pa, const void *pb)
{
    const LeafCap *a = pa, *b = pb;
    int d = cmp_node(a->a, b->a);
    return d ? d : cmp_node(a->b, b->b);
}

void extract_leaf(const Db *db, const Tech *t, CellId c, LeafCaps *out) { extract_leaf_from(db, t, c, 1, out); }

void extract_leaf_from(const Db *db, const Tech *t, CellId c, int32_t lowest, LeafCaps *out) { extract_leaf_pairs(db, t, c, lowest, (LeafPairs){0}, out); }

void extract_leaf_pairs(const Db *db, const Tech *t, CellId c, int32_t lowest, LeafPairs of, LeafCaps *out)
{
    *out = (LeafCaps){0};
    Pieces p = {0};
    gather(db, c, lowest, &p);
    Sum s = {.db = db, .t = t, .c = &db->cells.v[c.i], .p = &p};
    if (p.n) {
        Near *near = near_new(&p, t);
        number(&s, of);
        find_near(&s);
        for (uint32_t i = 0; i < p.n; i++) look(&s, near, &p, i);
        near_free(near);
    }
    for (uint32_t i = 0; i < s.pair.n; i++) {
        Pair *x = &s.pair.v[i];
        arr_push(&out->v, ((LeafCap){x->a, x->b, sum_of(&x->farad), sum_of(&x->facing)}));
    }
    if (out->v.n) qsort(out->v.v, out->v.n, sizeof *out->v.v, cmp_cap);
    arr_free(&s.pair), arr_free(&s.known), arr_free(&p);
    map_free(&s.pair_at), map_free(&s.known_at);
    mem_free(s.node), mem_free(s.side), mem_free(s.near_a), mem_free(s.first);
}
