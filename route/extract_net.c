/*
 * Network of one net bit: pieces touch at taps; between two taps of a piece lies a resistor and its share of capacitance.
 *
 * A leaf's long pin has taps at both its ends, so a row of abutting cells becomes a chain with one node per cell boundary. Pins of one
 * leaf placement on several layers are joined inside the cell, by a via stack that is not drawn there. Node 0 is at the driver (or the
 * left, lower end); the others follow in order of distance in steps.
 */
#include "route/extract_net.h"

#include <math.h>
#include <stdlib.h>

typedef struct { uint32_t k, node; int32_t pos; } Tap;        /* k: index into idx */
typedef struct { uint32_t a, b; double ohm; } Res;
typedef struct { uint32_t node, net, bit; double f; } Cap;    /* net NO_NET: ground */

typedef struct {
    const Tech *t;
    const Pieces *p;
    Near *near;
    const uint32_t *idx;
    uint32_t n;
    ARRAY(Tap) taps;
    ARRAY(Res) res;
    ARRAY(Cap) caps;
    ARRAY(uint32_t) uf;       /* nodes */
    ARRAY(Pt) at;             /* where a node lies */
    uint32_t *first_tap;      /* [n + 1] after sorting */
} NetBuild;

static const Piece *piece(const NetBuild *b, uint32_t k) { return &b->p->v[b->idx[k]]; }

static uint32_t find(NetBuild *b, uint32_t i)
{
    while (b->uf.v[i] != i) i = b->uf.v[i] = b->uf.v[b->uf.v[i]];
    return i;
}

static uint32_t new_node(NetBuild *b, Pt at)
{
    uint32_t id = b->uf.n;
    arr_push(&b->uf, id);
    arr_push(&b->at, at);
    return id;
}

/* Put a tap where piece k is met at a point. */
static void tap(NetBuild *b, uint32_t k, Pt at, uint32_t node)
{
    bool hor = piece_horizontal(piece(b, k));
    arr_push(&b->taps, ((Tap){k, node, hor ? at.x : at.y}));
}

static Pt middle(Box a, Box b)
{
    int32_t x0 = a.x0 > b.x0 ? a.x0 : b.x0, x1 = a.x1 < b.x1 ? a.x1 : b.x1;
    int32_t y0 = a.y0 > b.y0 ? a.y0 : b.y0, y1 = a.y1 < b.y1 ? a.y1 : b.y1;
    return (Pt){x0 + (x1 - x0) / 2, y0 + (y1 - y0) / 2};
}

static double cut_ohm(const Tech *t, int32_t level)
{
    const TechLayer *c = tech_cut(t, level);
    return c && c->r_cut > 0 ? c->r_cut : 1e-3;
}

/* ---- contacts -------------------------------------------------------------------------------------------- */

/* A cut meets metals below and above: remember one node of each side. */
typedef struct { uint32_t lo, hi; } CutEnds;

static void cut_meets(NetBuild *b, uint32_t cut, uint32_t metal, CutEnds *e)
{
    const Piece *c = piece(b, cut), *m = piece(b, metal);
    if (m->cut || (m->level != c->level && m->level != c->level + 1) || !box_overlap(c->box, m->box)) return;
    Pt at = middle(c->box, m->box);
    uint32_t node = new_node(b, at), *side = m->level == c->level ? &e[cut].lo : &e[cut].hi;
    tap(b, metal, at, node);
    if (*side != NO_NET) b->uf.v[find(b, node)] = find(b, *side);
    else *side = node;
}

static void contacts(NetBuild *b)
{
    CutEnds *e = mem_calloc((size_t)b->n + 1, sizeof *e);
    for (uint32_t k = 0; k < b->n; k++) e[k] = (CutEnds){NO_NET, NO_NET};
    for (uint32_t i = 0; i < b->n; i++)
        for (uint32_t j = i + 1; j < b->n && piece(b, j)->box.x0 <= piece(b, i)->box.x1; j++) {
            const Piece *p = piece(b, i), *q = piece(b, j);
            if (p->cut != q->cut) {
                cut_meets(b, p->cut ? i : j, p->cut ? j : i, e);
            } else if (!p->cut && p->level == q->level && box_touch(p->box, q->box)) {
                Pt at = middle(p->box, q->box);
                uint32_t node = new_node(b, at);
                tap(b, i, at, node);
                tap(b, j, at, node);
            }
        }
    for (uint32_t k = 0; k < b->n; k++)
        if (e[k].lo != NO_NET && e[k].hi != NO_NET) arr_push(&b->res, ((Res){e[k].lo, e[k].hi, cut_ohm(b->t, piece(b, k)->level)}));
    mem_free(e);
}

typedef struct { uint32_t leaf, k; } LeafPiece;

static int cmp_leaf(const void *pa, const void *pb)
{
    const LeafPiece *a = pa, *b = pb;
    if (a->leaf != b->leaf) return a->leaf < b->leaf ? -1 : 1;
    return a->k < b->k ? -1 : a->k > b->k;
}

static Pt centre(const Piece *p) { return middle(p->box, p->box); }

static void join_leaves(NetBuild *b)
{
    LeafPiece *l = mem_calloc((size_t)b->n + 1, sizeof *l);
    uint32_t n = 0;
    for (uint32_t k = 0; k < b->n; k++)
        if (piece(b, k)->leaf != NO_NET && !piece(b, k)->cut) l[n++] = (LeafPiece){piece(b, k)->leaf, k};
    if (n) qsort(l, n, sizeof *l, cmp_leaf);
    for (uint32_t i = 1; i < n; i++) {
        if (l[i].leaf != l[i - 1].leaf) continue;
        const Piece *p = piece(b, l[i - 1].k), *q = piece(b, l[i].k);
        uint32_t a = new_node(b, centre(p)), c = new_node(b, centre(q));
        tap(b, l[i - 1].k, centre(p), a);
        tap(b, l[i].k, centre(q), c);
        int lo = p->level < q->level ? p->level : q->level, hi = p->level < q->level ? q->level : p->level;
        double ohm = lo == hi ? cut_ohm(b->t, lo) : 0;
        for (int v = lo; v < hi; v++) ohm += cut_ohm(b->t, v);
        arr_push(&b->res, ((Res){a, c, ohm}));
    }
    mem_free(l);
}

static void end_taps(NetBuild *b)
{
    for (uint32_t k = 0; k < b->n; k++) {
        const Piece *p = piece(b, k);
        if (p->cut) continue;
        bool hor = piece_horizontal(p);
        int32_t w = p->box.x1 - p->box.x0, h = p->box.y1 - p->box.y0, len = hor ? w : h, wide = hor ? h : w;
        Pt c = centre(p), a = hor ? (Pt){p->box.x0, c.y} : (Pt){c.x, p->box.y0}, z = hor ? (Pt){p->box.x1, c.y} : (Pt){c.x, p->box.y1};
        bool both = !p->drawn && len > 2 * wide;
        bool lone = b->n == 1;
        if (both || lone) tap(b, k, a, new_node(b, a));
        if (both) tap(b, k, z, new_node(b, z));
    }
}

static int cmp_tap(const void *pa, const void *pb)
{
    const Tap *a = pa, *b = pb;
    if (a->k != b->k) return a->k < b->k ? -1 : 1;
    if (a->pos != b->pos) return a->pos < b->pos ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

/* Taps of one piece at one place are one node; others are joined by the wire between. */
static void join_taps(NetBuild *b)
{
    if (b->taps.n) qsort(b->taps.v, b->taps.n, sizeof *b->taps.v, cmp_tap);
    b->first_tap = mem_calloc((size_t)b->n + 2, sizeof *b->first_tap);
    for (uint32_t i = 0; i < b->taps.n; i++) b->first_tap[b->taps.v[i].k + 1] = i + 1;
    for (uint32_t k = 0; k < b->n; k++)
        if (b->first_tap[k + 1] < b->first_tap[k]) b->first_tap[k + 1] = b->first_tap[k];
    for (uint32_t i = 1; i < b->taps.n; i++) {
        const Tap *a = &b->taps.v[i - 1], *c = &b->taps.v[i];
        if (a->k == c->k && a->pos == c->pos) b->uf.v[find(b, c->node)] = find(b, a->node);
    }
    for (uint32_t i = 1; i < b->taps.n; i++) {
        const Tap *a = &b->taps.v[i - 1], *c = &b->taps.v[i];
        if (a->k != c->k || a->pos == c->pos || find(b, a->node) == find(b, c->node)) continue;
        const Piece *p = piece(b, a->k);
        int32_t w = piece_horizontal(p) ? p->box.y1 - p->box.y0 : p->box.x1 - p->box.x0;
        double ohm = extract_wire_res(b->t, tech_metal(b->t, p->level), w) * (c->pos - a->pos) * b->t->dbu_m;
        arr_push(&b->res, ((Res){find(b, a->node), find(b, c->node), ohm}));
    }
}

/* ---- capacitance --------------------------------------------------------------------------------------------- */

static void add_cap(NetBuild *b, uint32_t n1, uint32_t n2, uint32_t other, double f, const Piece *self)
{
    if (f <= 0) return;
    uint32_t net = NO_NET, bit = 0;
    if (other != NO_NET && b->p->v[other].net != NO_NET) net = b->p->v[other].net, bit = b->p->v[other].bit;
    if (net == self->net && bit == self->bit) return; /* a wire has no capacitance to itself */
    arr_push(&b->caps, ((Cap){n1, net, bit, f / 2}));
    arr_push(&b->caps, ((Cap){n2, net, bit, f / 2}));
}

static void add_cross(NetBuild *b, uint32_t n1, uint32_t n2, const Cross *x, uint32_t n, double f, const Piece *self)
{
    double rest = f;
    /* Crossings inside arrays are too many to keep apart and do not disturb each other: they count as ground. */
    for (uint32_t i = 0; self->drawn && i < n; i++) {
        if (b->p->v[x[i].piece].net == NO_NET) continue;
        add_cap(b, n1, n2, x[i].piece, f * x[i].share, self);
        rest -= f * x[i].share;
    }
    if (rest > 0) add_cap(b, n1, n2, NO_NET, rest, self);
}

#define CHUNK_PITCHES 50 /* surroundings are looked at anew after so much wire */

static void wire_caps(NetBuild *b, uint32_t k, int32_t from, int32_t to, uint32_t n1, uint32_t n2)
{
    const Piece *p = piece(b, k);
    int32_t step = CHUNK_PITCHES * tech_metal(b->t, p->level)->pitch;
    int32_t parts = (to - from + step - 1) / step;
    Around a;
    for (int32_t i = 0; i < parts; i++) {
        int32_t x0 = from + (int32_t)((int64_t)(to - from) * i / parts), x1 = from + (int32_t)((int64_t)(to - from) * (i + 1) / parts);
        near_look(b->near, b->idx[k], x0, x1, &a);
        WireCap c = extract_wire_cap(&a.sec);
        double len = (x1 - x0) * b->t->dbu_m;
        uint32_t m1 = 2 * i + 1 < parts ? n1 : n2; /* the nearer half of a long wire */
        if (parts == 1) m1 = n1;
        uint32_t m2 = parts == 1 ? n2 : m1;
        add_cap(b, m1, m2, a.left, c.left * len, p);
        add_cap(b, m1, m2, a.right, c.right * len, p);
        add_cross(b, m1, m2, a.below, a.n_below, c.below * len, p);
        add_cross(b, m1, m2, a.above, a.n_above, c.above * len, p);
    }
}

static void all_caps(NetBuild *b)
{
    for (uint32_t k = 0; k < b->n; k++) {
        const Piece *p = piece(b, k);
        uint32_t i0 = b->first_tap[k], i1 = b->first_tap[k + 1];
        if (p->cut || i0 == i1) continue;
        bool hor = piece_horizontal(p);
        int32_t a = hor ? p->box.x0 : p->box.y0, z = hor ? p->box.x1 : p->box.y1;
        const Tap *t = b->taps.v;
        if (a < t[i0].pos) wire_caps(b, k, a, t[i0].pos, t[i0].node, t[i0].node);
        for (uint32_t i = i0 + 1; i < i1; i++)
            if (t[i].pos > t[i - 1].pos) wire_caps(b, k, t[i - 1].pos, t[i].pos, t[i - 1].node, t[i].node);
        if (z > t[i1 - 1].pos) wire_caps(b, k, t[i1 - 1].pos, z, t[i1 - 1].node, t[i1 - 1].node);
    }
}

/* ---- numbering and result --------------------------------------------------------------------------------------- */

static int cmp_cap(const void *pa, const void *pb)
{
    const Cap *a = pa, *b = pb;
    if (a->node != b->node) return a->node < b->node ? -1 : 1;
    if (a->net != b->net) return a->net < b->net ? -1 : 1;
    return a->bit < b->bit ? -1 : a->bit > b->bit;
}

static uint32_t start_node(NetBuild *b)
{
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t k = 0; k < b->n; k++)
            if ((pass || piece(b, k)->driver) && b->first_tap[k] < b->first_tap[k + 1]) return find(b, b->taps.v[b->first_tap[k]].node);
    return NO_NET;
}

/* Breadth-first numbers from node 0; num[root]. Returns the count of nodes; parts: connected parts. */
static uint32_t number(NetBuild *b, uint32_t *num, uint32_t *order, uint32_t *parts)
{
    uint32_t n = b->uf.n, *deg = mem_calloc((size_t)n + 2, sizeof *deg), *adj = mem_calloc(2 * (size_t)b->res.n + 1, sizeof *adj);
    for (uint32_t i = 0; i < n; i++) num[i] = NO_NET;
    for (uint32_t i = 0; i < b->res.n; i++) {
        Res *r = &b->res.v[i];
        r->a = find(b, r->a);
        r->b = find(b, r->b);
        deg[r->a + 1]++;
        deg[r->b + 1]++;
    }
    for (uint32_t i = 0; i < n; i++) deg[i + 1] += deg[i];
    uint32_t *fill = mem_calloc((size_t)n + 1, sizeof *fill);
    for (uint32_t i = 0; i < b->res.n; i++) {
        Res r = b->res.v[i];
        adj[deg[r.a] + fill[r.a]++] = r.b;
        adj[deg[r.b] + fill[r.b]++] = r.a;
    }
    uint32_t count = 0, head = 0, next = start_node(b);
    *parts = 0;
    for (uint32_t scan = 0; next != NO_NET;) {
        num[next] = count;
        order[count++] = next;
        ++*parts;
        while (head < count) {
            uint32_t u = order[head++];
            for (uint32_t e = deg[u]; e < deg[u + 1]; e++)
                if (num[adj[e]] == NO_NET) {
                    num[adj[e]] = count;
                    order[count++] = adj[e];
                }
        }
        while (scan < n && (find(b, scan) != scan || num[scan] != NO_NET)) scan++;
        next = scan < n ? scan : NO_NET;
    }
    mem_free(deg);
    mem_free(adj);
    mem_free(fill);
    return count;
}

static void store(NetBuild *b, Db *db, CellId cell, NetFigure *out)
{
    const Piece *p = piece(b, 0);
    uint32_t *num = mem_calloc((size_t)b->uf.n + 1, sizeof *num), *order = mem_calloc((size_t)b->uf.n + 1, sizeof *order);
    ParaNet net = {.cell = cell, .net = {p->net}, .bit = p->bit, .res0 = db->para_res.n, .cap0 = db->para_cap.n};
    net.n_nodes = number(b, num, order, &out->parts);
    net.node_at = arena_array(&db->arena, Box, (size_t)net.n_nodes + 1);
    for (uint32_t i = 0; i < net.n_nodes; i++) {
        Pt at = b->at.v[order[i]];
        net.node_at[i] = (Box){at.x, at.y, at.x, at.y};
    }
    for (uint32_t i = 0; i < b->res.n; i++) {
        const Res *r = &b->res.v[i];
        if (r->a == r->b) continue;
        uint32_t a = num[r->a], c = num[r->b];
        arr_push(&db->para_res, ((ParaRes){a < c ? a : c, a < c ? c : a, r->ohm}));
        out->r += r->ohm;
    }
    for (uint32_t i = 0; i < b->caps.n; i++) b->caps.v[i].node = num[find(b, b->caps.v[i].node)];
    if (b->caps.n) qsort(b->caps.v, b->caps.n, sizeof *b->caps.v, cmp_cap);
    for (uint32_t i = 0; i < b->caps.n;) {
        Cap c = b->caps.v[i++];
        while (i < b->caps.n && cmp_cap(&c, &b->caps.v[i]) == 0) c.f += b->caps.v[i++].f;
        arr_push(&db->para_cap, ((ParaCap){c.node, c.net == NO_NET ? NET_NONE : (NetId){c.net}, c.bit, c.f}));
        out->c += c.f;
    }
    net.n_res = db->para_res.n - net.res0;
    net.n_cap = db->para_cap.n - net.cap0;
    arr_push(&db->para, net);
    mem_free(num);
    mem_free(order);
}

void extract_net(Db *db, const Tech *t, CellId cell, const Pieces *p, Near *near, const uint32_t *idx, uint32_t n, NetFigure *out)
{
    NetBuild b = {.t = t, .p = p, .near = near, .idx = idx, .n = n};
    *out = (NetFigure){.extent = piece(&b, 0)->box};
    for (uint32_t k = 1; k < n; k++) out->extent = box_union(out->extent, piece(&b, k)->box);
    contacts(&b);
    join_leaves(&b);
    end_taps(&b);
    /* A piece nothing touches keeps a node of its own, so that no wire is lost. */
    uint8_t *has = mem_calloc((size_t)n + 1, 1);
    for (uint32_t i = 0; i < b.taps.n; i++) has[b.taps.v[i].k] = 1;
    for (uint32_t k = 0; k < n; k++)
        if (!has[k] && !piece(&b, k)->cut) tap(&b, k, centre(piece(&b, k)), new_node(&b, centre(piece(&b, k))));
    mem_free(has);
    join_taps(&b);
    all_caps(&b);
    store(&b, db, cell, out);
    mem_free(b.first_tap);
    arr_free(&b.taps);
    arr_free(&b.res);
    arr_free(&b.caps);
    arr_free(&b.uf);
    arr_free(&b.at);
}
