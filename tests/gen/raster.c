/* A drawn cell as a flooded raster; contract in tests/gen/raster.h. */
#include "tests/gen/raster.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) { return (*(const int32_t *)a > *(const int32_t *)b) - (*(const int32_t *)a < *(const int32_t *)b); }

static uint32_t unique(int32_t *v, uint32_t n)
{
    uint32_t m = 0;
    qsort(v, n, sizeof *v, by_value);
    for (uint32_t k = 0; k < n; k++)
        if (m == 0 || v[m - 1] != v[k]) v[m++] = v[k];
    return m;
}

static uint32_t at(const int32_t *v, int32_t value)
{
    uint32_t k = 0;
    while (v[k] < value) k++;
    return k;
}

static uint8_t *drawn(const Raster *r, LayerRole role)
{
    const TechLayer *l = tech_role(r->t, role);
    return l ? r->drawn + (size_t)db_find_layer(r->db, l->name).i * r->nx * r->ny : NULL;
}

static void make_lines(Raster *r)
{
    r->nx = r->ny = 0;
    for (uint32_t k = 0; k < r->c->shapes.n; k++) {
        Box b = r->c->shapes.v[k].box;
        cr_assert(r->nx + 4 < 20000);
        r->nx += 2;
        (void)b;
    }
    int32_t *x = mem_calloc(r->nx + 2, 4), *y = mem_calloc(r->nx + 2, 4);
    uint32_t n = 0;
    for (uint32_t k = 0; k < r->c->shapes.n; k++, n += 2) {
        Box b = r->c->shapes.v[k].box;
        x[n] = b.x0, x[n + 1] = b.x1, y[n] = b.y0, y[n + 1] = b.y1;
    }
    x[n] = y[n] = -100000; /* a frame of empty cells */
    x[n + 1] = y[n + 1] = 100000;
    r->nx = unique(x, n + 2) - 1;
    r->ny = unique(y, n + 2) - 1;
    cr_assert(r->nx < LINES && r->ny < LINES);
    memcpy(r->x, x, (r->nx + 1) * sizeof *x);
    memcpy(r->y, y, (r->ny + 1) * sizeof *y);
    mem_free(x);
    mem_free(y);
}

static void fill(Raster *r)
{
    size_t cells = (size_t)r->nx * r->ny;
    r->drawn = mem_calloc(r->db->layers.n, cells);
    for (uint32_t k = 0; k < r->c->shapes.n; k++) {
        const DbShape *s = &r->c->shapes.v[k];
        uint32_t x0 = at(r->x, s->box.x0), x1 = at(r->x, s->box.x1), y0 = at(r->y, s->box.y0), y1 = at(r->y, s->box.y1);
        for (uint32_t y = y0; y < y1; y++) memset(r->drawn + s->layer.i * cells + (size_t)y * r->nx + x0, 1, x1 - x0);
    }
}

static void make_conductors(Raster *r)
{
    size_t cells = (size_t)r->nx * r->ny;
    const uint8_t *act = drawn(r, ROLE_ACTIVE), *tap = drawn(r, ROLE_TAP), *poly = drawn(r, ROLE_POLY), *np = drawn(r, ROLE_NIMP), *pp = drawn(r, ROLE_PIMP), *nw = drawn(r, ROLE_NWELL);
    r->n_cond = R_LAYER + r->db->layers.n;
    r->cond = mem_calloc(r->n_cond, cells);
    for (size_t i = 0; i < cells; i++) {
        bool a = act[i] || (tap && tap[i]), sd = a && !poly[i];
        r->cond[R_NSD * cells + i] = sd && np[i] && !nw[i];
        r->cond[R_PSD * cells + i] = sd && pp[i] && nw[i];
        r->cond[R_NTAP * cells + i] = sd && np[i] && nw[i];
        r->cond[R_PTAP * cells + i] = sd && pp[i] && !nw[i];
        r->cond[R_POLY * cells + i] = poly[i];
        r->cond[R_WELL * cells + i] = nw[i];
        r->cond[R_SUB * cells + i] = i == 0;
    }
    for (uint32_t k = 0; k < r->db->layers.n; k++)
        if (r->db->layers.v[k].kind == LAYER_METAL || r->db->layers.v[k].kind == LAYER_CUT) memcpy(r->cond + (R_LAYER + k) * cells, r->drawn + k * cells, cells);
}

static uint32_t find(uint32_t *s, uint32_t i)
{
    while (s[i] != i) i = s[i] = s[s[i]];
    return i;
}

static void join(uint32_t *s, uint32_t a, uint32_t b) { s[find(s, a)] = find(s, b); }

static void flood(Raster *r)
{
    uint32_t cells = r->nx * r->ny;
    r->set = mem_calloc((size_t)r->n_cond * cells, sizeof *r->set);
    for (uint32_t i = 0; i < r->n_cond * cells; i++) r->set[i] = i;
    for (uint32_t k = 0; k < r->n_cond; k++)
        for (uint32_t i = 0; i < cells; i++) {
            const uint8_t *c = r->cond + (size_t)k * cells;
            if (!c[i]) continue;
            if ((i + 1) % r->nx && c[i + 1]) join(r->set, k * cells + i, k * cells + i + 1);
            if (i + r->nx < cells && c[i + r->nx]) join(r->set, k * cells + i, k * cells + i + r->nx);
        }
    for (uint32_t k = 0; k < r->db->layers.n; k++) {
        const DbLayer *cut = &r->db->layers.v[k];
        if (cut->kind != LAYER_CUT) continue;
        for (uint32_t i = 0; i < cells; i++) {
            uint32_t here = (R_LAYER + k) * cells + i;
            if (!r->cond[here]) continue;
            for (uint32_t q = R_NSD; q <= R_POLY; q++)
                if (cut->level == 0 && r->cond[q * cells + i]) join(r->set, here, q * cells + i);
            for (uint32_t m = 0; m < r->db->layers.n; m++)
                if (r->db->layers.v[m].kind == LAYER_METAL && (r->db->layers.v[m].level == cut->level || r->db->layers.v[m].level == cut->level + 1) &&
                    r->cond[(R_LAYER + m) * cells + i])
                    join(r->set, here, (R_LAYER + m) * cells + i);
        }
    }
    for (uint32_t i = 0; i < cells; i++) {
        if (r->cond[R_NTAP * cells + i]) join(r->set, R_NTAP * cells + i, R_WELL * cells + i);
        if (r->cond[R_PTAP * cells + i]) join(r->set, R_PTAP * cells + i, R_SUB * cells);
    }
}

/* ---- what the drawing says, as a list of numbers ------------------------------------------------------------------- */

static void say(Raster *r, int64_t v)
{
    cr_assert(r->n_log < LOG);
    r->log[r->n_log++] = v;
}

/* Ports in order of nets; supplies are one net by name, other ports' pieces are told one by one. */
static void say_ports(Raster *r)
{
    uint32_t cells = r->nx * r->ny;
    for (uint32_t n = 0; n < r->c->n_ports; n++) {
        uint32_t first = UINT32_MAX;
        for (uint32_t k = 0; k < r->c->shapes.n; k++) {
            const DbShape *s = &r->c->shapes.v[k];
            if (s->kind != SHAPE_PIN || s->net.i != n) continue;
            uint32_t node = (R_LAYER + s->layer.i) * cells + at(r->y, s->box.y0) * r->nx + at(r->x, s->box.x0);
            bool supply = r->c->nets.v[n].use == USE_POWER || r->c->nets.v[n].use == USE_GROUND;
            if (first == UINT32_MAX) first = node;
            else if (supply) join(r->set, first, node);
        }
    }
    for (uint32_t n = 0; n < r->c->n_ports; n++) {
        int64_t net = -1, other = -1;
        for (uint32_t k = 0; k < r->c->shapes.n; k++) {
            const DbShape *s = &r->c->shapes.v[k];
            if (s->kind != SHAPE_PIN || s->net.i != n) continue;
            uint32_t node = find(r->set, (R_LAYER + s->layer.i) * cells + at(r->y, s->box.y0) * r->nx + at(r->x, s->box.x0));
            if (net < 0) net = node;
            else if (node != net) other = node;
        }
        say(r, -1);
        say(r, net < 0 ? -2 : net);
        say(r, other < 0 ? -2 : other);
    }
}

typedef struct {
    int64_t area, edge;
    uint32_t side[8], side_id[8], n_sides, poly, first; /* a cell of each polygon of source or drain, its polygon */
    int32_t x0, y0;
    uint8_t marks;
} Gate;

/* Polygons of one conductor, without what joins them elsewhere. */
static uint32_t *polygons(const Raster *r, uint32_t k)
{
    uint32_t cells = r->nx * r->ny, *s = mem_calloc(cells, sizeof *s);
    const uint8_t *c = r->cond + (size_t)k * cells;
    for (uint32_t i = 0; i < cells; i++) s[i] = i;
    for (uint32_t i = 0; i < cells; i++) {
        if (!c[i]) continue;
        if ((i + 1) % r->nx && c[i + 1]) join(s, i, i + 1);
        if (i + r->nx < cells && c[i + r->nx]) join(s, i, i + r->nx);
    }
    return s;
}

/* A gate: its cells flooded. Sides apart are those of diffusion alone (poly_of), whatever metal joins them. */
static void read_gate(const Raster *r, uint8_t *todo, uint32_t i, uint32_t sd, uint32_t *poly_of, Gate *g)
{
    uint32_t cells = r->nx * r->ny, n = 1, *stack = mem_calloc(cells, sizeof *stack);
    *g = (Gate){.poly = find(r->set, R_POLY * cells + i), .first = i, .x0 = r->x[i % r->nx], .y0 = r->y[i / r->nx]};
    stack[0] = i;
    todo[i] = 0;
    while (n) {
        uint32_t q = stack[--n], x = q % r->nx, y = q / r->nx;
        int64_t w = r->x[x + 1] - r->x[x], h = r->y[y + 1] - r->y[y];
        g->area += w * h;
        if (r->x[x] < g->x0) g->x0 = r->x[x];
        if (r->y[y] < g->y0) g->y0 = r->y[y];
        for (uint32_t k = 0; k < r->db->layers.n; k++) {
            const TechLayer *l = tech_layer(r->t, db_name(r->db, r->db->layers.v[k].name));
            if (l && l->role == ROLE_FLAVOUR) g->marks |= r->drawn[(size_t)k * cells + q] ? 1 : 2;
        }
        const uint32_t near[4] = {q - 1, q + 1, q - r->nx, q + r->nx};
        for (int s = 0; s < 4; s++) {
            if (todo[near[s]]) {
                todo[near[s]] = 0;
                stack[n++] = near[s];
            }
            if (!r->cond[sd * cells + near[s]]) continue;
            g->edge += s < 2 ? h : w;
            uint32_t k = 0, id = find(poly_of, near[s]);
            while (k < g->n_sides && g->side_id[k] != id) k++;
            if (k < g->n_sides || k == 8) continue;
            g->side_id[g->n_sides] = id;
            g->side[g->n_sides++] = near[s];
        }
    }
    mem_free(stack);
}

static int by_place(const void *pa, const void *pb)
{
    const Gate *a = pa, *b = pb;
    if (a->x0 != b->x0) return a->x0 < b->x0 ? -1 : 1;
    return (a->y0 > b->y0) - (a->y0 < b->y0);
}

static void say_gates(Raster *r, bool n_type)
{
    uint32_t cells = r->nx * r->ny, sd = n_type ? R_NSD : R_PSD, n = 0;
    const uint8_t *act = drawn(r, ROLE_ACTIVE), *tap = drawn(r, ROLE_TAP), *poly = drawn(r, ROLE_POLY), *imp = drawn(r, n_type ? ROLE_NIMP : ROLE_PIMP), *nw = drawn(r, ROLE_NWELL);
    uint8_t *todo = mem_calloc(cells, 1);
    Gate *g = mem_calloc(256, sizeof *g);
    for (uint32_t i = 0; i < cells; i++) todo[i] = poly[i] && (act[i] || (tap && tap[i])) && imp[i] && nw[i] == !n_type;
    uint32_t *poly_of = polygons(r, sd);
    for (uint32_t i = 0; i < cells; i++)
        if (todo[i]) {
            cr_assert(n < 256);
            read_gate(r, todo, i, sd, poly_of, &g[n++]);
        }
    qsort(g, n, sizeof *g, by_place);
    say(r, -2000 - (int64_t)n);
    for (uint32_t k = 0; k < n; k++) {
        say(r, -1);
        say(r, -(g[k].area << 4) - 16 - g[k].marks);
        say(r, -g[k].edge - 16);
        say(r, g[k].poly);
        say(r, n_type ? find(r->set, R_SUB * cells) : find(r->set, R_WELL * cells + g[k].first));
        say(r, SIDES - (int64_t)g[k].n_sides);
        for (uint32_t q = 0; q < g[k].n_sides; q++) say(r, find(r->set, sd * cells + g[k].side[q]));
    }
    mem_free(poly_of);
    mem_free(todo);
    mem_free(g);
}

/* Nets are told by the place where they are first named; a gate's sides are alike: the earlier named first. */
static void name_nets(Raster *r)
{
    int64_t seen[LOG];
    uint32_t n = 0;
    for (uint32_t k = 0; k < r->n_log; k++) {
        if (r->log[k] < 0) continue;
        uint32_t q = 0;
        while (q < n && seen[q] != r->log[k]) q++;
        if (q == n) seen[n++] = r->log[k];
        r->log[k] = q;
    }
    for (uint32_t k = 0; k + 2 < r->n_log; k++) {
        int64_t *v = r->log + k;
        if (v[0] != SIDES - 2 || v[1] <= v[2]) continue;
        int64_t x = v[1];
        v[1] = v[2];
        v[2] = x;
    }
}

/* Every net of b belongs to one of a; those that share one have the same neighbours: rows of area and marks, edge, gate, bulk, other side. */
static bool neighbours(const Raster *b, const int64_t *a_of, int64_t net, int64_t *out, uint32_t *n)
{
    *n = 0;
    for (uint32_t k = 0; k + 2 < b->n_log; k++) {
        const int64_t *v = b->log + k;
        if (v[0] != SIDES - 2) {
            /* as a port, gate or bulk it is more than a middle */
            if (v[0] == net && !(k >= 1 && v[-1] == SIDES - 2) && !(k >= 2 && v[-2] == SIDES - 2)) return false;
            continue;
        }
        for (int e = 1; e <= 2; e++)
            if (v[e] == net) {
                /* area and marks, edge, gate, bulk, the other side */
                const int64_t row[5] = {v[-4], v[-3], a_of[v[-2]], a_of[v[-1]], a_of[v[3 - e]]};
                memcpy(out + 5 * (*n)++, row, sizeof row);
            }
    }
    return true;
}

static int by_row(const void *pa, const void *pb)
{
    const int64_t *a = pa, *b = pb;
    for (int k = 0; k < 5; k++)
        if (a[k] != b[k]) return a[k] < b[k] ? -1 : 1;
    return 0;
}

/* The same rows, each p times in x and q times in y. */
static bool proportional(int64_t *x, uint32_t nx, int64_t *y, uint32_t ny)
{
    qsort(x, nx, 5 * sizeof *x, by_row);
    qsort(y, ny, 5 * sizeof *y, by_row);
    for (uint32_t i = 0, j = 0, e, f; i < nx || j < ny; i = e, j = f) {
        if (i == nx || j == ny || by_row(x + 5 * i, y + 5 * j)) return false;
        for (e = i; e < nx && !by_row(x + 5 * i, x + 5 * e); e++) {}
        for (f = j; f < ny && !by_row(y + 5 * j, y + 5 * f); f++) {}
        if ((uint64_t)(e - i) * ny != (uint64_t)(f - j) * nx) return false;
    }
    return true;
}

bool raster_split_alike(const Raster *a, const Raster *b)
{
    static int64_t a_of[LOG], x[LOG], y[LOG];
    int64_t top = -1;
    if (a->n_log != b->n_log) return false;
    for (uint32_t k = 0; k < LOG; k++) a_of[k] = -1;
    for (uint32_t k = 0; k < a->n_log; k++) {
        if ((a->log[k] < 0 || b->log[k] < 0) && a->log[k] != b->log[k]) return false;
        if (b->log[k] < 0) continue;
        if (a_of[b->log[k]] >= 0 && a_of[b->log[k]] != a->log[k]) return false;
        a_of[b->log[k]] = a->log[k];
        if (b->log[k] > top) top = b->log[k];
    }
    for (int64_t i = 0; i <= top; i++)
        for (int64_t j = i + 1; j <= top; j++) {
            uint32_t ni, nj;
            if (a_of[i] != a_of[j]) continue;
            if (!neighbours(b, a_of, i, x, &ni) || !neighbours(b, a_of, j, y, &nj) || !proportional(x, ni, y, nj)) return false;
        }
    return true;
}

void raster_read(Raster *r, const Db *db, const Tech *t, CellId c)
{
    *r = (Raster){.db = db, .t = t, .c = &db->cells.v[c.i]};
    make_lines(r);
    fill(r);
    make_conductors(r);
    flood(r);
    say_ports(r);
    say_gates(r, true);
    say_gates(r, false);
    name_nets(r);
    mem_free(r->drawn);
    mem_free(r->cond);
    mem_free(r->set);
}
