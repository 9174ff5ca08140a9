/*
 * Static drop of a supply mesh: nodal analysis. Every crossing is two nodes, one per metal, joined by its cuts; straps and columns
 * are resistors between crossings; strap ends are fed ideally; a column draws its current evenly along its length.
 *
 * Source  conjugate gradients (Hestenes, Stiefel 1952); the matrix is a grounded Laplacian, symmetric positive definite. Current flows
 *         far along straps and little along columns, so the preconditioner is each strap solved by itself (tridiagonal), plus what the straps
 *         exchange, smooth along them, solved directly (two-level additive Schwarz: Dryja, Widlund 1987). The number of steps hardly
 *         depends on the size of the mesh then.
 */
#include "route/power_int.h"

#include <math.h>
#include <stdlib.h>

enum { NONE = UINT32_MAX, HATS = 32 };

/* Crossings of one net, strap by strap, from left to right. Unknowns: drop on the strap [0 … n), on the column [n … 2n). */
typedef struct {
    uint32_t n, *cross;         /* [n] crossing of the mesh */
    uint32_t *line, lines;      /* [n] straps that have crossings, counted */
    uint32_t *next;             /* [n] next crossing of its column or NONE */
    double *strap, *column, *cut; /* [n] conductance to p + 1 (0: the strap's last), to next, of the cuts */
    double *feed;               /* [n] conductance of the strap to the ideal supply */
    double *diag, *load;        /* [2n] */
    double *pivot;              /* [n] of the straps' tridiagonal matrices */
} Net;

/* What straps exchange: hat functions along each strap, lower triangle by rows from `first` on (Cholesky). */
typedef struct {
    uint32_t n, per;            /* unknowns, of one strap */
    uint32_t *at;               /* [net.n] unknown left of each crossing; the next is right of it */
    double *right;              /* [net.n] weight of the right one */
    uint32_t *first;            /* [n] */
    size_t *row;                /* [n] a[row[i] + j - first[i]] for j in first[i] … i */
    double *a, *x;              /* x: [n] */
} Coarse;

typedef struct { uint32_t key; int32_t pos; uint32_t item; } Keyed;

static int cmp_keyed(const void *pa, const void *pb)
{
    const Keyed *a = pa, *b = pb;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    if (a->pos != b->pos) return a->pos < b->pos ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

/* Conductance of a piece of wire; crossings on the same spot are as good as one. */
static double wire(double r_sheet, int32_t len, int32_t w) { return w / (r_sheet * (len > 0 ? len : 1)); }

static void add_straps(Net *g, const Mesh *m, const TechLayer *m7, Keyed *k)
{
    for (uint32_t i = 0; i < m->cross.n; i++) {
        const MeshCross *x = &m->cross.v[i];
        if (g->cross[i] != NONE) k[g->n++] = (Keyed){x->strap, x->x, i};
    }
    qsort(k, g->n, sizeof *k, cmp_keyed);
    for (uint32_t p = 0; p < g->n; p++) {
        const MeshStrap *s = &m->straps.v[k[p].key];
        int32_t w = s->y1 - s->y0;
        bool first = p == 0 || k[p - 1].key != k[p].key, last = p + 1 == g->n || k[p + 1].key != k[p].key;
        g->lines += first;
        g->line[p] = g->lines - 1;
        if (first) g->feed[p] += wire(m7->r_sheet, k[p].pos, w);
        if (last) g->feed[p] += wire(m7->r_sheet, m->w - k[p].pos, w);
        else g->strap[p] = wire(m7->r_sheet, k[p + 1].pos - k[p].pos, w);
    }
    for (uint32_t p = 0; p < g->n; p++) g->cross[p] = k[p].item;
}

static void add_columns(Net *g, const Mesh *m, const TechLayer *m6, const TechLayer *cut, Keyed *k)
{
    for (uint32_t p = 0; p < g->n; p++) k[p] = (Keyed){m->cross.v[g->cross[p]].column, m->cross.v[g->cross[p]].y, p};
    qsort(k, g->n, sizeof *k, cmp_keyed);
    for (uint32_t i = 0; i < g->n; i++) {
        const MeshColumn *c = &m->columns.v[k[i].key];
        uint32_t p = k[i].item;
        bool first = i == 0 || k[i - 1].key != k[i].key, last = i + 1 == g->n || k[i + 1].key != k[i].key;
        int32_t from = first ? c->box.y0 : (k[i - 1].pos + k[i].pos) / 2, to = last ? c->box.y1 : (k[i].pos + k[i + 1].pos) / 2;
        g->load[g->n + p] = c->load * (to - from);
        g->cut[p] = m->cross.v[g->cross[p]].n_cuts / (cut->r_cut > 0 ? cut->r_cut : 1e-3);
        g->next[p] = last ? (uint32_t)NONE : k[i + 1].item;
        if (!last) g->column[p] = wire(m6->r_sheet, k[i + 1].pos - k[i].pos, c->box.x1 - c->box.x0);
    }
}

static void net_make(Net *g, const Mesh *m, const Tech *t, int net, double current)
{
    size_t n = (size_t)m->cross.n + 1;
    Keyed *k = mem_calloc(n, sizeof *k);
    double total = 0;
    uint32_t **u[] = {&g->cross, &g->line, &g->next};
    double **d[] = {&g->strap, &g->column, &g->cut, &g->feed, &g->pivot};
    for (size_t i = 0; i < COUNTOF(u); i++) *u[i] = mem_calloc(n, sizeof **u[i]);
    for (size_t i = 0; i < COUNTOF(d); i++) *d[i] = mem_calloc(n, sizeof **d[i]);
    for (uint32_t i = 0; i < m->cross.n; i++) g->cross[i] = m->columns.v[m->cross.v[i].column].net == net ? i : (uint32_t)NONE;
    g->diag = mem_calloc(2 * n, sizeof *g->diag);
    g->load = mem_calloc(2 * n, sizeof *g->load);
    add_straps(g, m, tech_metal(t, tech_mesh_level(t)), k);
    add_columns(g, m, tech_metal(t, tech_strap_level(t)), tech_cut(t, tech_strap_level(t)), k);
    mem_free(k);
    for (uint32_t p = 0; p < g->n; p++) total += g->load[g->n + p];
    for (uint32_t p = 0; p < g->n; p++) {
        if (total > 0) g->load[g->n + p] *= current / total;
        g->diag[p] += g->feed[p] + g->cut[p] + g->strap[p];
        g->diag[g->n + p] += g->cut[p] + g->column[p];
        if (g->strap[p] > 0) g->diag[p + 1] += g->strap[p];
        if (g->next[p] != NONE) g->diag[g->n + g->next[p]] += g->column[p];
    }
    for (uint32_t p = 0; p < g->n; p++) {
        double left = p ? g->strap[p - 1] : 0;
        g->pivot[p] = g->diag[p] - g->cut[p] * g->cut[p] / g->diag[g->n + p] - (p ? left * left / g->pivot[p - 1] : 0);
    }
}

static void net_free(Net *g)
{
    void *all[] = {g->cross, g->line, g->next, g->strap, g->column, g->cut, g->feed, g->pivot, g->diag, g->load};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
}

static void multiply(const Net *g, const double *x, double *y)
{
    const double *x6 = x + g->n;
    double *y6 = y + g->n;
    for (uint32_t i = 0; i < 2 * g->n; i++) y[i] = g->diag[i] * x[i];
    for (uint32_t p = 0; p < g->n; p++) {
        y[p] -= g->cut[p] * x6[p];
        y6[p] -= g->cut[p] * x[p];
        if (g->strap[p] > 0) {
            y[p] -= g->strap[p] * x[p + 1];
            y[p + 1] -= g->strap[p] * x[p];
        }
        if (g->next[p] != NONE) {
            y6[p] -= g->column[p] * x6[g->next[p]];
            y6[g->next[p]] -= g->column[p] * x6[p];
        }
    }
}

static double dot(const double *a, const double *b, uint32_t n)
{
    double s = 0;
    for (uint32_t i = 0; i < n; i++) s += a[i] * b[i];
    return s;
}

/* ---- preconditioner ------------------------------------------------------------------------------------------------ */

/* Each strap with the pieces of columns right below it, columns cut through. */
static void solve_lines(const Net *g, const double *r, double *z)
{
    const double *d6 = g->diag + g->n, *r6 = r + g->n;
    for (uint32_t p = 0; p < g->n; p++) {
        z[p] = r[p] + g->cut[p] / d6[p] * r6[p];
        if (p) z[p] += g->strap[p - 1] / g->pivot[p - 1] * z[p - 1];
    }
    for (uint32_t p = g->n; p-- > 0;) {
        z[p] /= g->pivot[p];
        if (g->strap[p] > 0) z[p] += g->strap[p] / g->pivot[p] * z[p + 1];
        z[g->n + p] = (r6[p] + g->cut[p] * z[p]) / d6[p];
    }
}

/* Adds g · (value at a - value at b)², b NONE: · (value at a)². */
static void coarse_add(Coarse *c, double g, uint32_t a, uint32_t b)
{
    uint32_t id[4] = {c->at[a], c->at[a] + 1};
    double w[4] = {1 - c->right[a], c->right[a]};
    int n = 2;
    if (b != NONE) {
        id[2] = c->at[b], id[3] = c->at[b] + 1;
        w[2] = c->right[b] - 1, w[3] = -c->right[b];
        n = 4;
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (id[j] <= id[i]) c->a[c->row[id[i]] + id[j] - c->first[id[i]]] += g * w[i] * w[j];
}

/* Unknowns that others of the same strap already determine are left out. The diagonal becomes its inverse. */
static void coarse_factor(Coarse *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t fi = c->first[i];
        double *ai = c->a + c->row[i], whole = ai[i - fi];
        for (uint32_t j = fi; j <= i; j++) {
            uint32_t fj = c->first[j], from = fi > fj ? fi : fj;
            const double *aj = c->a + c->row[j];
            double s = ai[j - fi] - dot(ai + (from - fi), aj + (from - fj), j - from);
            if (j < i) ai[j - fi] = s * aj[j - fj];
            else ai[i - fi] = s > 1e-10 * whole ? 1 / sqrt(s) : 0;
        }
    }
}

static void coarse_make(Coarse *c, const Net *g, const Mesh *m)
{
    uint32_t hats = g->n / (4 * g->lines);
    c->per = (hats < 1 ? 1 : hats < HATS ? hats : HATS) + 1;
    c->n = g->lines * c->per;
    c->at = mem_calloc((size_t)g->n + 1, sizeof *c->at);
    c->right = mem_calloc((size_t)g->n + 1, sizeof *c->right);
    c->first = mem_calloc((size_t)c->n + 1, sizeof *c->first);
    c->row = mem_calloc((size_t)c->n + 1, sizeof *c->row);
    c->x = mem_calloc((size_t)c->n + 1, sizeof *c->x);
    for (uint32_t i = 0; i < c->n; i++) c->first[i] = i / c->per * c->per;
    for (uint32_t p = 0; p < g->n; p++) {
        double x = (double)m->cross.v[g->cross[p]].x / m->w * (c->per - 1);
        uint32_t k = x >= c->per - 2 ? c->per - 2 : (uint32_t)(x > 0 ? x : 0);
        c->at[p] = g->line[p] * c->per + k;
        c->right[p] = x - k;
    }
    for (uint32_t p = 0; p < g->n; p++) {
        if (g->next[p] == NONE) continue;
        uint32_t a = g->line[p], b = g->line[g->next[p]], lo = a < b ? a : b, hi = a < b ? b : a;
        for (uint32_t i = hi * c->per; i < (hi + 1) * c->per && c->first[i] > lo * c->per; i++) c->first[i] = lo * c->per;
    }
    size_t size = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        c->row[i] = size;
        size += i - c->first[i] + 1;
    }
    c->a = mem_calloc(size + 1, sizeof *c->a);
    for (uint32_t p = 0; p < g->n; p++) {
        if (g->feed[p] > 0) coarse_add(c, g->feed[p], p, NONE);
        if (g->strap[p] > 0) coarse_add(c, g->strap[p], p, p + 1);
        if (g->next[p] != NONE) coarse_add(c, g->column[p], p, g->next[p]);
    }
    coarse_factor(c);
}

static void coarse_free(Coarse *c)
{
    void *all[] = {c->at, c->right, c->first, c->row, c->a, c->x};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
}

/* Adds its part to z; both metals of a crossing move together. */
static void solve_coarse(const Coarse *c, const Net *g, const double *r, double *z)
{
    double *x = c->x;
    memset(x, 0, c->n * sizeof *x);
    for (uint32_t p = 0; p < g->n; p++) {
        double s = r[p] + r[g->n + p];
        x[c->at[p]] += (1 - c->right[p]) * s;
        x[c->at[p] + 1] += c->right[p] * s;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t n = i - c->first[i];
        const double *a = c->a + c->row[i];
        x[i] = a[n] * (x[i] - dot(a, x + c->first[i], n));
    }
    for (uint32_t i = c->n; i-- > 0;) {
        uint32_t n = i - c->first[i];
        const double *a = c->a + c->row[i];
        x[i] *= a[n];
        for (uint32_t j = 0; j < n; j++) x[c->first[i] + j] -= a[j] * x[i];
    }
    for (uint32_t p = 0; p < g->n; p++) {
        double v = (1 - c->right[p]) * x[c->at[p]] + c->right[p] * x[c->at[p] + 1];
        z[p] += v;
        z[g->n + p] += v;
    }
}

/* ---- solution -------------------------------------------------------------------------------------------------------- */

/* G · v = load, v = drop. */
static void solve(const Net *g, const Mesh *m, double *v)
{
    uint32_t n = 2 * g->n;
    double *r = mem_calloc((size_t)n + 1, sizeof *r), *p = mem_calloc((size_t)n + 1, sizeof *p), *q = mem_calloc((size_t)n + 1, sizeof *q);
    Coarse c = {0};
    coarse_make(&c, g, m);
    memcpy(r, g->load, n * sizeof *r);
    solve_lines(g, r, p);
    solve_coarse(&c, g, r, p);
    double rz = dot(r, p, n), stop = rz * 1e-16;
    for (uint32_t it = 0; it < 2 * n + 100 && rz > stop; it++) {
        multiply(g, p, q);
        double a = rz / dot(p, q, n), next;
        for (uint32_t i = 0; i < n; i++) {
            v[i] += a * p[i];
            r[i] -= a * q[i];
        }
        solve_lines(g, r, q); /* q: now the preconditioned residual */
        solve_coarse(&c, g, r, q);
        next = dot(r, q, n);
        for (uint32_t i = 0; i < n; i++) p[i] = q[i] + next / rz * p[i];
        rz = next;
    }
    coarse_free(&c);
    mem_free(r);
    mem_free(p);
    mem_free(q);
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

/* Currents of straps, also between their ends and the first crossing, of columns and cuts; each told in its middle. */
static void currents(const Net *g, const Mesh *m, const Tech *t, int net, const double *v, MeshDrop *out)
{
    const TechLayer *m6 = tech_metal(t, tech_strap_level(t)), *m7 = tech_metal(t, tech_mesh_level(t)), *cut = tech_cut(t, m6->level);
    const double *v6 = v + g->n;
    for (uint32_t p = 0; p < g->n; p++) {
        const MeshCross *x = &m->cross.v[g->cross[p]];
        const MeshStrap *s = &m->straps.v[x->strap];
        const MeshColumn *c = &m->columns.v[x->column];
        double w = (s->y1 - s->y0) * t->dbu_m;
        load(&out->via, t, cut, net, fabs(v[p] - v6[p]) * g->cut[p] / x->n_cuts, 1, x->x, x->y);
        if (g->strap[p] > 0) {
            const MeshCross *r = &m->cross.v[g->cross[p + 1]];
            load(&out->strap, t, m7, net, fabs(v[p] - v[p + 1]) * g->strap[p], w, x->x + (r->x - x->x) / 2, x->y + (r->y - x->y) / 2);
        }
        if (g->feed[p] > 0) load(&out->strap, t, m7, net, v[p] * g->feed[p], w, x->x < m->w / 2 ? 0 : m->w, x->y);
        if (g->next[p] != NONE) {
            const MeshCross *u = &m->cross.v[g->cross[g->next[p]]];
            load(&out->column, t, m6, net, fabs(v6[p] - v6[g->next[p]]) * g->column[p], (c->box.x1 - c->box.x0) * t->dbu_m, x->x + (u->x - x->x) / 2, x->y + (u->y - x->y) / 2);
        }
    }
}

/* The largest drops at columns, falling; of equal ones the earlier crossing. at: [cross.n] */
static void note_worst(const Mesh *m, int net, const double *at, MeshDrop *out)
{
    for (uint32_t i = 0; i < m->cross.n; i++) {
        PowerNode n = {m->cross.v[i].x, m->cross.v[i].y, net, at[i]};
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
    Net g = {0};
    net_make(&g, m, t, net, current);
    double *v = mem_calloc(2 * (size_t)g.n + 1, sizeof *v);
    if (g.n) solve(&g, m, v);
    for (uint32_t i = 0; i < 2 * g.n; i++) more(&out->drop, v[i]);
    for (uint32_t p = 0; p < g.n; p++) at[g.cross[p]] = v[g.n + p];
    currents(&g, m, t, net, v, out);
    note_worst(m, net, at, out);
    net_free(&g);
    mem_free(v);
}
