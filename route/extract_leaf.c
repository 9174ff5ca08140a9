/* Capacitance inside a drawn leaf cell. */
#include "route/extract_leaf.h"

#include "route/extract_int.h"

#include <math.h>
#include <stdlib.h>

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

typedef struct {
    const Db *db;
    const Tech *t;
    const DbCell *c;
    LeafCaps *out;
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

static void add(Sum *s, const Piece *me, const Piece *other, double farad)
{
    const TechLayer *m = tech_metal(s->t, me->level);
    LeafNode a = {{me->net}, me->bit}, b = {NET_NONE, 0};
    bool plates = false;
    if (other) {
        b = (LeafNode){{other->net}, other->bit};
        if (a.net.i == b.net.i && a.bit == b.bit) return; /* the wire itself */
        plates = m->level >= s->t->mom_lo && me->level == other->level && m->level <= s->t->mom_hi && is_plates(s, a, b);
        farad /= 2; /* the other sees it too */
        if (b.net.i < a.net.i || (b.net.i == a.net.i && b.bit < a.bit)) {
            LeafNode x = a;
            a = b;
            b = x;
        }
    }
    arr_push(&s->out->v, ((LeafCap){a, b, plates ? 0 : farad, plates ? farad : 0}));
}

/* A stretch of a piece along which its neighbours are the same. */
static void look_along(Sum *s, Near *near, const Pieces *p, uint32_t i, int32_t a, int32_t end)
{
    const Piece *me = &p->v[i];
    int32_t step = tech_metal(s->t, me->level)->pitch;
    for (int32_t b; a < end; a = b) {
        b = end - a < 2 * step ? end : a + step;
        Around r;
        near_look(near, i, a, b, &r);
        WireCap c = extract_wire_cap(&r.sec);
        double len = (b - a) * s->t->dbu_m;
        if (r.left != NO_NET) add(s, me, &p->v[r.left], c.left * len);
        if (r.right != NO_NET) add(s, me, &p->v[r.right], c.right * len);
        if (!r.n_below) add(s, me, NULL, c.below * len);
        for (uint32_t k = 0; k < r.n_below; k++) add(s, me, &p->v[r.below[k].piece], c.below * len * r.below[k].share);
        for (uint32_t k = 0; k < r.n_above; k++) add(s, me, &p->v[r.above[k].piece], c.above * len * r.above[k].share);
    }
}

/* Cut where a wire beside it begins or ends, so that lengths count to the dbu. */
static void look(Sum *s, Near *near, const Pieces *p, uint32_t i)
{
    const Piece *me = &p->v[i];
    if (me->net == NO_NET) return;
    const TechLayer *m = tech_metal(s->t, me->level);
    bool hor = piece_horizontal(me);
    int32_t a = hor ? me->box.x0 : me->box.y0, end = hor ? me->box.x1 : me->box.y1, far = m->width + 2 * m->space;
    ARRAY(int32_t) at = {0};
    arr_push(&at, a);
    arr_push(&at, end);
    for (uint32_t k = 0; k < p->n; k++) {
        Box b = p->v[k].box;
        if (p->v[k].level != me->level) continue;
        if (hor ? b.y0 >= me->box.y1 + far || b.y1 <= me->box.y0 - far : b.x0 >= me->box.x1 + far || b.x1 <= me->box.x0 - far) continue;
        int32_t e[2] = {hor ? b.x0 : b.y0, hor ? b.x1 : b.y1};
        for (int q = 0; q < 2; q++)
            if (e[q] > a && e[q] < end) arr_push(&at, e[q]);
    }
    at.n = sort_unique(at.v, at.n);
    for (uint32_t k = 0; k + 1 < at.n; k++) look_along(s, near, p, i, at.v[k], at.v[k + 1]);
    arr_free(&at);
}

static int cmp_node(LeafNode a, LeafNode b)
{
    if (a.net.i != b.net.i) return a.net.i < b.net.i ? -1 : 1;
    return a.bit < b.bit ? -1 : a.bit > b.bit;
}

static int cmp_cap(const void *pa, const void *pb)
{
    const LeafCap *a = pa, *b = pb;
    int d = cmp_node(a->a, b->a);
    if (!d) d = cmp_node(a->b, b->b);
    if (!d) d = a->farad < b->farad ? -1 : a->farad > b->farad; /* sums do not depend on qsort */
    if (!d) d = a->plates < b->plates ? -1 : a->plates > b->plates;
    return d;
}

void extract_leaf(const Db *db, const Tech *t, CellId c, LeafCaps *out) { extract_leaf_from(db, t, c, 1, out); }

void extract_leaf_from(const Db *db, const Tech *t, CellId c, int32_t lowest, LeafCaps *out)
{
    *out = (LeafCaps){0};
    Pieces p = {0};
    gather(db, c, lowest, &p);
    if (p.n) {
        Near *near = near_new(&p, t);
        Sum s = {db, t, &db->cells.v[c.i], out};
        for (uint32_t i = 0; i < p.n; i++) look(&s, near, &p, i);
        near_free(near);
    }
    arr_free(&p);
    if (!out->v.n) return;
    qsort(out->v.v, out->v.n, sizeof *out->v.v, cmp_cap);
    uint32_t n = 0;
    for (uint32_t i = 1; i < out->v.n; i++) {
        LeafCap *to = &out->v.v[n], x = out->v.v[i];
        if (!cmp_node(to->a, x.a) && !cmp_node(to->b, x.b)) to->farad += x.farad, to->plates += x.plates;
        else out->v.v[++n] = x;
    }
    out->v.n = n + 1;
}
