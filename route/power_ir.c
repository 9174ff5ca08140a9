/*
 * Static drop of a supply mesh: nodal analysis. Every crossing is two nodes, one per metal, joined by its cuts; straps and columns
 * are resistors between crossings; strap ends are fed ideally; the current is drawn evenly along the columns.
 *
 * Source  conjugate gradients with diagonal preconditioning (Hestenes, Stiefel 1952); the matrix is a grounded Laplacian, symmetric
 *         positive definite.
 */
#include "route/power_int.h"

#include <math.h>
#include <stdlib.h>

typedef enum { STRAP, COLUMN, CUTS } EdgeKind;

typedef struct { uint32_t a, b; double g; EdgeKind kind; uint32_t of; } Edge; /* of: strap, column, crossing */

typedef struct {
    uint32_t n;               /* nodes: crossing k has 2k (strap) and 2k + 1 (column) */
    ARRAY(Edge) e;
    double *diag, *load, *to_feed; /* [n]; to_feed: conductance to the ideal supply */
} Net;

static void join(Net *g, uint32_t a, uint32_t b, double siemens, EdgeKind kind, uint32_t of)
{
    arr_push(&g->e, ((Edge){a, b, siemens, kind, of}));
    g->diag[a] += siemens;
    g->diag[b] += siemens;
}

static void feed(Net *g, uint32_t a, double siemens)
{
    g->diag[a] += siemens;
    g->to_feed[a] += siemens;
}

typedef struct { uint32_t key; int32_t pos; uint32_t cross; } Keyed;

static int cmp_keyed(const void *pa, const void *pb)
{
    const Keyed *a = pa, *b = pb;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    if (a->pos != b->pos) return a->pos < b->pos ? -1 : 1;
    return a->cross < b->cross ? -1 : a->cross > b->cross;
}

/* Crossings of one net sorted along straps (by_strap) or columns. */
static uint32_t sorted(const Mesh *m, int net, bool by_strap, Keyed *k)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->cross.n; i++) {
        const MeshCross *x = &m->cross.v[i];
        if (m->columns.v[x->column].net != net) continue;
        k[n++] = (Keyed){by_strap ? x->strap : x->column, by_strap ? x->x : x->y, i};
    }
    qsort(k, n, sizeof *k, cmp_keyed);
    return n;
}

/* Conductance of a piece of wire; crossings on the same spot are as good as one. */
static double wire(double r_sheet, int32_t len, int32_t w) { return w / (r_sheet * (len > 0 ? len : 1)); }

static void add_straps(Net *g, const Mesh *m, const TechLayer *m7, const Keyed *k, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const MeshStrap *s = &m->straps.v[k[i].key];
        int32_t w = s->y1 - s->y0;
        if (i == 0 || k[i - 1].key != k[i].key) feed(g, 2 * k[i].cross, wire(m7->r_sheet, k[i].pos, w));
        else join(g, 2 * k[i - 1].cross, 2 * k[i].cross, wire(m7->r_sheet, k[i].pos - k[i - 1].pos, w), STRAP, k[i].key);
        if (i + 1 == n || k[i + 1].key != k[i].key) feed(g, 2 * k[i].cross, wire(m7->r_sheet, m->w - k[i].pos, w));
    }
}

static void add_columns(Net *g, const Mesh *m, const TechLayer *m6, const TechLayer *cut, const Keyed *k, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const MeshColumn *c = &m->columns.v[k[i].key];
        bool first = i == 0 || k[i - 1].key != k[i].key, last = i + 1 == n || k[i + 1].key != k[i].key;
        int32_t from = first ? c->box.y0 : (k[i - 1].pos + k[i].pos) / 2, to = last ? c->box.y1 : (k[i].pos + k[i + 1].pos) / 2;
        g->load[2 * k[i].cross + 1] = to - from;
        if (!first) join(g, 2 * k[i - 1].cross + 1, 2 * k[i].cross + 1, wire(m6->r_sheet, k[i].pos - k[i - 1].pos, c->box.x1 - c->box.x0), COLUMN, k[i].key);
        double r = cut->r_cut > 0 ? cut->r_cut : 1e-3;
        join(g, 2 * k[i].cross, 2 * k[i].cross + 1, m->cross.v[k[i].cross].n_cuts / r, CUTS, k[i].cross);
    }
}

static void multiply(const Net *g, const double *x, double *y)
{
    for (uint32_t i = 0; i < g->n; i++) y[i] = g->diag[i] * x[i];
    for (uint32_t k = 0; k < g->e.n; k++) {
        y[g->e.v[k].a] -= g->e.v[k].g * x[g->e.v[k].b];
        y[g->e.v[k].b] -= g->e.v[k].g * x[g->e.v[k].a];
    }
}

/* G · v = load, v = drop. Nodes of the other net have no diagonal and stay 0. */
static void solve(const Net *g, double *v)
{
    size_t n = (size_t)g->n + 1;
    double *r = mem_calloc(n, sizeof *r), *p = mem_calloc(n, sizeof *p), *q = mem_calloc(n, sizeof *q), *z = mem_calloc(n, sizeof *z);
    double rz = 0, stop = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        r[i] = g->load[i];
        p[i] = z[i] = g->diag[i] > 0 ? r[i] / g->diag[i] : 0;
        rz += r[i] * z[i];
    }
    stop = rz * 1e-16;
    for (uint32_t it = 0; it < 4 * g->n + 100 && rz > stop; it++) {
        double pq = 0, next = 0;
        multiply(g, p, q);
        for (uint32_t i = 0; i < g->n; i++) pq += p[i] * q[i];
        double a = rz / pq;
        for (uint32_t i = 0; i < g->n; i++) {
            v[i] += a * p[i];
            r[i] -= a * q[i];
            z[i] = g->diag[i] > 0 ? r[i] / g->diag[i] : 0;
            next += r[i] * z[i];
        }
        for (uint32_t i = 0; i < g->n; i++) p[i] = z[i] + next / rz * p[i];
        rz = next;
    }
    mem_free(r);
    mem_free(p);
    mem_free(q);
    mem_free(z);
}

static void more(double *worst, double now)
{
    if (now > *worst) *worst = now;
}

void mesh_heavier(PowerLoad *worst, const PowerLoad *o)
{
    if (o->layer && (!worst->layer || o->rel > worst->rel || (o->rel == worst->rel && o->rel == 0 && o->current > worst->current))) *worst = *o;
}

/* amp in a wire of `width` m or in one cut (width 1). */
static void load(PowerLoad *worst, const Tech *t, const TechLayer *l, int net, double amp, double width, int32_t x, int32_t y)
{
    PowerLoad n = {l->name, x, y, net, amp, tech_em_limit(t, l, t->em_at) * width, tech_em_limit(t, l, l->em_temp) * width, 0};
    if (n.limit > 0) n.rel = amp / n.limit;
    mesh_heavier(worst, &n);
}

/* Currents of straps between crossings, of columns and cuts; strap ends see to_feed. */
static void currents(const Net *g, const Mesh *m, const Tech *t, int net, const double *v, MeshDrop *out)
{
    const TechLayer *m6 = tech_metal(t, tech_strap_level(t)), *m7 = tech_metal(t, tech_mesh_level(t)), *cut = tech_cut(t, m6->level);
    for (uint32_t k = 0; k < g->e.n; k++) {
        const Edge *e = &g->e.v[k];
        const MeshCross *a = &m->cross.v[e->a / 2], *b = &m->cross.v[e->b / 2];
        double amp = fabs(v[e->a] - v[e->b]) * e->g;
        int32_t x = a->x + (b->x - a->x) / 2, y = a->y + (b->y - a->y) / 2;
        if (e->kind == CUTS) {
            load(&out->via, t, cut, net, amp / a->n_cuts, 1, x, y);
        } else if (e->kind == COLUMN) {
            load(&out->column, t, m6, net, amp, (m->columns.v[e->of].box.x1 - m->columns.v[e->of].box.x0) * t->dbu_m, x, y);
        } else {
            load(&out->strap, t, m7, net, amp, (m->straps.v[e->of].y1 - m->straps.v[e->of].y0) * t->dbu_m, x, y);
        }
    }
    for (uint32_t i = 0; i < g->n; i += 2) {
        const MeshCross *x = &m->cross.v[i / 2];
        const MeshStrap *s = &m->straps.v[x->strap];
        if (g->to_feed[i] > 0) load(&out->strap, t, m7, net, v[i] * g->to_feed[i], (s->y1 - s->y0) * t->dbu_m, x->x < m->w / 2 ? 0 : m->w, x->y);
    }
}

/* The largest drops at columns, falling; of equal ones the earlier crossing. */
static void note_worst(const Mesh *m, int net, const double *v, MeshDrop *out)
{
    for (uint32_t i = 0; i < m->cross.n; i++) {
        PowerNode n = {m->cross.v[i].x, m->cross.v[i].y, net, v[2 * i + 1]};
        uint32_t k = out->n_worst;
        if (m->columns.v[m->cross.v[i].column].net != net) continue;
        while (k > 0 && out->worst[k - 1].drop < n.drop) k--;
        if (k == POWER_NODES) continue;
        if (out->n_worst < POWER_NODES) out->n_worst++;
        for (uint32_t j = out->n_worst - 1; j > k; j--) out->worst[j] = out->worst[j - 1];
        out->worst[k] = n;
    }
}

void mesh_ir_drop(const Mesh *m, const Tech *t, int net, double current, MeshDrop *out, double *at)
{
    memset(out, 0, sizeof *out);
    if (current <= 0 || !m->cross.n) return;
    Net g = {.n = 2 * m->cross.n};
    size_t n = (size_t)g.n + 1;
    g.diag = mem_calloc(n, sizeof *g.diag);
    g.load = mem_calloc(n, sizeof *g.load);
    g.to_feed = mem_calloc(n, sizeof *g.to_feed);
    double *v = mem_calloc(n, sizeof *v), total = 0;
    Keyed *k = mem_calloc((size_t)m->cross.n + 1, sizeof *k);
    uint32_t found = sorted(m, net, true, k);
    add_straps(&g, m, tech_metal(t, tech_mesh_level(t)), k, found);
    found = sorted(m, net, false, k);
    add_columns(&g, m, tech_metal(t, tech_strap_level(t)), tech_cut(t, tech_strap_level(t)), k, found);
    for (uint32_t i = 0; i < g.n; i++) total += g.load[i];
    for (uint32_t i = 0; i < g.n && total > 0; i++) g.load[i] *= current / total;
    solve(&g, v);
    for (uint32_t i = 0; i < g.n; i++) more(&out->drop, v[i]);
    for (uint32_t i = 0; at && i < m->cross.n; i++)
        if (m->columns.v[m->cross.v[i].column].net == net) at[i] = v[2 * i + 1];
    currents(&g, m, t, net, v, out);
    note_worst(m, net, v, out);
    arr_free(&g.e);
    void *all[] = {g.diag, g.load, g.to_feed, v, k};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
}
