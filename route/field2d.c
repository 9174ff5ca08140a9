/*
 * Two-dimensional field solver on a graded rectangular grid.
 *
 * Five wires stand side by side (three for a single wire's surroundings are left out); the middle one has 1 V, all else 0 V. Left and right
 * the domain ends on a symmetry line, so the row goes on for ever in good approximation. Charges come from the flux into each
 * conductor's nodes. Cosine grading puts the small cells at the edges, where the field is singular.
 */
#include "route/field2d.h"

#include <math.h>

enum { MAX_LINES = 1024, WIRES = 5, MID = 2, FREE = -1, PLANE_LOW = -2, PLANE_HIGH = -3 };

typedef struct {
    double x[MAX_LINES], y[MAX_LINES];
    uint32_t nx, ny;
    double *phi, *r, *p, *q;
    int8_t *who;             /* FREE, a wire's number, a plane */
} Field;

/* Append m cells of cosine grading (both ends fine) from the last line over `len`; one: only the near end fine. */
static void add_lines(double *v, uint32_t *n, double len, uint32_t m, int one)
{
    double from = v[*n - 1];
    for (uint32_t i = 1; i <= m; i++) {
        double u = (double)i / m;
        double f = one == 0 ? 0.5 - 0.5 * cos(M_PI * u) : one > 0 ? 1 - cos(0.5 * M_PI * u) : sin(0.5 * M_PI * u);
        assert(*n < MAX_LINES);
        v[(*n)++] = from + len * f;
    }
}

typedef struct { double x0[WIRES], x1[WIRES]; int n, mid; double y0, y1; } Wires;

/* Vertical lines and where the wires are. With both spacings infinite one wire stands alone. */
static void grid_x(Field *f, const WireSection *g, uint32_t m, Wires *w)
{
    double far = 6 * (g->w + g->t + (isfinite(g->h_below) ? g->h_below : 0) + (isfinite(g->h_above) && g->h_above < g->h_below ? g->h_above : 0));
    bool l = isfinite(g->s_left), r = isfinite(g->s_right);
    f->x[0] = 0;
    f->nx = 1;
    w->n = l && r ? WIRES : l || r ? 2 : 1;
    w->mid = l && r ? MID : l ? 1 : 0;
    /* spacing to the left of wire k: seen from the middle one they alternate */
    for (int k = 0; k <= w->n; k++) {
        double s = (k - w->mid) % 2 == 0 ? g->s_left : g->s_right;
        bool outer = k == 0 || k == w->n;
        if (l && r) add_lines(f->x, &f->nx, outer ? s / 2 : s, outer ? m / 2 : m, outer ? (k == 0 ? -1 : 1) : 0);
        else add_lines(f->x, &f->nx, outer ? far : l ? g->s_left : g->s_right, outer ? 2 * m : m, outer ? (k == 0 ? -1 : 1) : 0);
        if (k == w->n) break;
        w->x0[k] = f->x[f->nx - 1];
        add_lines(f->x, &f->nx, g->w, m, 0);
        w->x1[k] = f->x[f->nx - 1];
    }
}

static void grid_y(Field *f, const WireSection *g, uint32_t m, Wires *w)
{
    double far = 8 * (g->w + g->t + fmin(g->h_below, g->h_above));
    bool low = isfinite(g->h_below), high = isfinite(g->h_above);
    f->y[0] = 0;
    f->ny = 1;
    add_lines(f->y, &f->ny, low ? g->h_below : far, low ? m : 2 * m, low ? 0 : -1);
    w->y0 = f->y[f->ny - 1];
    add_lines(f->y, &f->ny, g->t, m, 0);
    w->y1 = f->y[f->ny - 1];
    add_lines(f->y, &f->ny, high ? g->h_above : far, high ? m : 2 * m, high ? 0 : 1);
}

static void paint(Field *f, const WireSection *g, const Wires *w)
{
    double eps = 1e-6 * (g->w < g->t ? g->w : g->t);
    for (uint32_t j = 0; j < f->ny; j++)
        for (uint32_t i = 0; i < f->nx; i++) {
            size_t k = (size_t)j * f->nx + i;
            f->who[k] = FREE;
            if (j == 0 && isfinite(g->h_below)) f->who[k] = PLANE_LOW;
            if (j + 1 == f->ny && isfinite(g->h_above)) f->who[k] = PLANE_HIGH;
            for (int c = 0; c < w->n; c++)
                if (f->x[i] > w->x0[c] - eps && f->x[i] < w->x1[c] + eps && f->y[j] > w->y0 - eps && f->y[j] < w->y1 + eps)
                    f->who[k] = (int8_t)c;
            f->phi[k] = f->who[k] == w->mid;
        }
}

/* Conductance of the edge to the right (dx) or upwards; the boundary's cells are halves. */
static double edge_x(const Field *f, uint32_t i, uint32_t j)
{
    double lo = j ? f->y[j] - f->y[j - 1] : 0, hi = j + 1 < f->ny ? f->y[j + 1] - f->y[j] : 0;
    return 0.5 * (lo + hi) / (f->x[i + 1] - f->x[i]);
}

static double edge_y(const Field *f, uint32_t i, uint32_t j)
{
    double lo = i ? f->x[i] - f->x[i - 1] : 0, hi = i + 1 < f->nx ? f->x[i + 1] - f->x[i] : 0;
    return 0.5 * (lo + hi) / (f->y[j + 1] - f->y[j]);
}

/* out = flux out of every node for potentials v. */
static void flux(const Field *f, const double *gx, const double *gy, const double *v, double *out)
{
    size_t n = (size_t)f->nx * f->ny;
    memset(out, 0, n * sizeof *out);
    for (uint32_t j = 0; j < f->ny; j++)
        for (uint32_t i = 0; i < f->nx; i++) {
            size_t k = (size_t)j * f->nx + i;
            if (i + 1 < f->nx) {
                double d = gx[k] * (v[k] - v[k + 1]);
                out[k] += d;
                out[k + 1] -= d;
            }
            if (j + 1 < f->ny) {
                double d = gy[k] * (v[k] - v[k + f->nx]);
                out[k] += d;
                out[k + f->nx] -= d;
            }
        }
}

static void solve(Field *f, const double *gx, const double *gy)
{
    size_t n = (size_t)f->nx * f->ny;
    double *diag = mem_calloc(n, sizeof *diag), rz = 0, stop;
    for (size_t k = 0; k < n; k++) {
        size_t i = k % f->nx, j = k / f->nx;
        diag[k] = (i + 1 < f->nx ? gx[k] : 0) + (i ? gx[k - 1] : 0) + (j + 1 < f->ny ? gy[k] : 0) + (j ? gy[k - f->nx] : 0);
    }
    flux(f, gx, gy, f->phi, f->r);
    for (size_t k = 0; k < n; k++) {
        f->r[k] = f->who[k] == FREE ? -f->r[k] : 0;
        f->p[k] = f->r[k] / diag[k];
        rz += f->r[k] * f->p[k];
    }
    stop = rz * 1e-14;
    for (int it = 0; it < 20000 && rz > stop; it++) {
        flux(f, gx, gy, f->p, f->q);
        double pq = 0, next = 0;
        for (size_t k = 0; k < n; k++)
            if (f->who[k] == FREE) pq += f->p[k] * f->q[k];
        double a = rz / pq;
        for (size_t k = 0; k < n; k++) {
            if (f->who[k] != FREE) continue;
            f->phi[k] += a * f->p[k];
            f->r[k] -= a * f->q[k];
            next += f->r[k] * f->r[k] / diag[k];
        }
        for (size_t k = 0; k < n; k++)
            if (f->who[k] == FREE) f->p[k] = f->r[k] / diag[k] + next / rz * f->p[k];
        rz = next;
    }
    mem_free(diag);
}

WireCap field2d_wire(const WireSection *g, uint32_t cells)
{
    Field *f = mem_calloc(1, sizeof *f);
    Wires w;
    grid_x(f, g, cells, &w);
    grid_y(f, g, cells, &w);
    size_t n = (size_t)f->nx * f->ny;
    f->phi = mem_calloc(n, sizeof(double));
    f->r = mem_calloc(n, sizeof(double));
    f->p = mem_calloc(n, sizeof(double));
    f->q = mem_calloc(n, sizeof(double));
    f->who = mem_calloc(n, 1);
    double *gx = mem_calloc(n, sizeof *gx), *gy = mem_calloc(n, sizeof *gy);
    for (uint32_t j = 0; j < f->ny; j++)
        for (uint32_t i = 0; i < f->nx; i++) {
            if (i + 1 < f->nx) gx[(size_t)j * f->nx + i] = edge_x(f, i, j);
            if (j + 1 < f->ny) gy[(size_t)j * f->nx + i] = edge_y(f, i, j);
        }
    paint(f, g, &w);
    solve(f, gx, gy);
    flux(f, gx, gy, f->phi, f->q);
    WireCap c = {0};
    double eps = 8.8541878128e-12 * g->eps_r;
    for (size_t k = 0; k < n; k++) {
        if (f->who[k] == PLANE_LOW) c.below -= eps * f->q[k];
        if (f->who[k] == PLANE_HIGH) c.above -= eps * f->q[k];
        if (f->who[k] >= 0 && f->who[k] < w.mid) c.left -= eps * f->q[k];
        if (f->who[k] > w.mid) c.right -= eps * f->q[k];
    }
    void *all[] = {f->phi, f->r, f->p, f->q, f->who, gx, gy, f};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    return c;
}
