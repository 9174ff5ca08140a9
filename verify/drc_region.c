/*
 * Width and spacing of the union of many boxes.
 *
 * The plane is cut into square tiles. A tile looks at a window that reaches beyond it by more than the largest rule, so all it
 * needs to judge its own part is inside. In the window the boxes' sides make a small grid of cells, each filled or empty:
 * exact, whatever overlaps. Along every row and column of cells a filled run shorter than the width is a narrow place, an
 * empty run between two filled ones shorter than the spacing is a gap. What has no common projection is found at corners:
 * two outer corners facing each other diagonally bound a gap, two inner corners a narrow place (spacing and width are the same
 * question for the region and its complement). A run belongs to the tile where it starts, a pair of corners to the tile of its first;
 * so each is told once per tile, and pieces of one run in tiles above each other are joined afterwards (drc.c).
 */
#include "verify/drc_int.h"

#include <math.h>
#include <stdlib.h>

enum { PER_TILE = 12, WIDE_MAX = 8 };

typedef struct {
    Pt at;
    uint32_t column;
    uint8_t filled; /* quadrants: 1 SW, 2 SE, 4 NW, 8 NE */
    uint8_t wide;   /* bit k: metal at the corner is wider than entry k */
} Corner;

typedef struct {
    const TechLayer *l;
    LayerId layer;
    DrcPieces *out;
    int32_t reach;           /* largest distance that a rule looks at */
    int32_t halo;
    Box core, window;
    ARRAY(Box) in;           /* boxes clipped to the window */
    ARRAY(int32_t) x, y;     /* sides, sorted, unique */
    uint32_t nc, nr;         /* cells: x.n − 1, y.n − 1 */
    uint8_t *fill;           /* [nr][nc]: 0 empty, 1 filled, bits 1… : in wide metal of entry k − 1 */
    size_t fill_cap;
    ARRAY(uint32_t) high;    /* [nc]: mark_wide; corners of the columns before: find_corners */
    ARRAY(uint8_t) bend;     /* [nc]: is a corner behind this cell? */
    ARRAY(Corner) found;     /* row by row */
    ARRAY(Corner) corner;    /* by x, then y */
} Tile;

/* ---- the grid of a window -------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t unique(int32_t *v, uint32_t n)
{
    qsort(v, n, sizeof *v, by_value);
    uint32_t m = 0;
    for (uint32_t k = 0; k < n; k++)
        if (m == 0 || v[m - 1] != v[k]) v[m++] = v[k];
    return m;
}

static uint32_t index_of(const int32_t *v, uint32_t n, int32_t value)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (v[mid] < value) lo = mid + 1;
        else hi = mid;
    }
    return lo;
}

static void gather(Tile *t, const Bins *g, Indices *hit)
{
    Box w = t->window;
    hit->v.n = t->in.n = t->x.n = t->y.n = 0;
    bins_query(g, w, hit);
    arr_push(&t->x, w.x0);
    arr_push(&t->x, w.x1);
    arr_push(&t->y, w.y0);
    arr_push(&t->y, w.y1);
    for (uint32_t k = 0; k < hit->v.n; k++) {
        Box b = g->b[hit->v.v[k]];
        if (b.x0 < w.x0) b.x0 = w.x0;
        if (b.y0 < w.y0) b.y0 = w.y0;
        if (b.x1 > w.x1) b.x1 = w.x1;
        if (b.y1 > w.y1) b.y1 = w.y1;
        if (b.x0 >= b.x1 || b.y0 >= b.y1) continue;
        arr_push(&t->in, b);
        arr_push(&t->x, b.x0);
        arr_push(&t->x, b.x1);
        arr_push(&t->y, b.y0);
        arr_push(&t->y, b.y1);
    }
    t->x.n = unique(t->x.v, t->x.n);
    t->y.n = unique(t->y.v, t->y.n);
    t->nc = t->x.n - 1;
    t->nr = t->y.n - 1;
}

static void fill_grid(Tile *t)
{
    size_t need = (size_t)t->nr * t->nc;
    if (need > t->fill_cap) {
        mem_free(t->fill);
        t->fill_cap = 2 * need;
        t->fill = mem_alloc(t->fill_cap);
    }
    memset(t->fill, 0, need);
    for (uint32_t k = 0; k < t->in.n; k++) {
        Box b = t->in.v[k];
        uint32_t c0 = index_of(t->x.v, t->x.n, b.x0), c1 = index_of(t->x.v, t->x.n, b.x1);
        uint32_t r0 = index_of(t->y.v, t->y.n, b.y0), r1 = index_of(t->y.v, t->y.n, b.y1);
        for (uint32_t r = r0; r < r1; r++) memset(t->fill + (size_t)r * t->nc + c0, 1, c1 - c0);
    }
}

/* ---- wide metal: the union of all filled rectangles of at least w × w ----------------------------------------------- */

/* In t->high: of every column, filled cells from row r downwards. */
static void count_row(Tile *t, uint32_t r)
{
    const uint8_t *row = t->fill + (size_t)r * t->nc;
    for (uint32_t c = 0; c < t->nc; c++) t->high.v[c] = row[c] & 1 ? t->high.v[c] + 1 : 0;
}

/* Rows r0 … r1, the last one counted: mark where they are all filled at least w wide. */
static void mark_rows(Tile *t, uint32_t r0, uint32_t r1, int32_t w, uint8_t bit)
{
    uint32_t want = r1 - r0 + 1;
    for (uint32_t c = 0; c < t->nc; c++) {
        if (t->high.v[c] < want) continue;
        uint32_t e = c + 1;
        while (e < t->nc && t->high.v[e] >= want) e++;
        if (t->x.v[e] - t->x.v[c] >= w)
            for (uint32_t r = r0; r <= r1; r++)
                for (uint32_t k = c; k < e; k++) t->fill[(size_t)r * t->nc + k] |= bit;
        c = e;
    }
}

/* For every last row the fewest rows that are w high, and for every first row likewise: these cover all that larger ones do. */
static void mark_wide(Tile *t, int32_t w, uint8_t bit)
{
    t->high.n = 0;
    for (uint32_t c = 0; c < t->nc; c++) arr_push(&t->high, 0);
    uint32_t first = 0, from = 0; /* of the fewest that end here; the next first row without its fewest */
    for (uint32_t r = 0; r < t->nr; r++) {
        count_row(t, r);
        for (; from <= r && t->y.v[r + 1] - t->y.v[from] >= w; from++) mark_rows(t, from, r, w, bit);
        if (t->y.v[r + 1] - t->y.v[0] < w) continue;
        while (first < r && t->y.v[r + 1] - t->y.v[first + 1] >= w) first++;
        mark_rows(t, first, r, w, bit);
    }
}

/* ---- runs ------------------------------------------------------------------------------------------------------------ */

/* Spacing that applies between metals whose wide bits are given; *rule tells whether the wide table set it. */
static int32_t space_limit(const TechLayer *l, uint8_t wide, DrcRule *rule)
{
    int32_t s = l->space;
    *rule = DRC_SPACE;
    for (uint32_t k = 0; k < l->wide.n; k++)
        if ((wide >> (k + 1) & 1) && l->wide.v[k].space > s) {
            s = l->wide.v[k].space;
            *rule = DRC_SPACE_WIDE;
        }
    return s;
}

/* A grid seen by rows, or, turned, by columns. */
typedef struct {
    const Tile *t;
    const int32_t *u, *v;    /* along the run; across */
    uint32_t nu;
    size_t step, line;       /* cell (line r, place c) is fill[r·line + c·step] */
    int32_t u0, u1, v0, v1;  /* core */
    DrcJoin join;
} Scan;

static Box scan_box(const Scan *s, int32_t a, int32_t b, int32_t lo, int32_t hi)
{
    return s->join == JOIN_Y ? (Box){a, lo, b, hi} : (Box){lo, a, hi, b};
}

/* One run from place c to e on line r; both ends are inside the window. */
static void judge_run(const Scan *s, uint32_t r, uint32_t c, uint32_t e, bool filled)
{
    const Tile *t = s->t;
    int32_t a = s->u[c], len = s->u[e] - a;
    if (a < s->u0 || a >= s->u1 || len >= t->reach) return;
    DrcRule rule = DRC_WIDTH;
    int32_t limit = t->l->width;
    if (!filled) {
        uint8_t wide = t->fill[r * s->line + (c - 1) * s->step] | t->fill[r * s->line + e * s->step];
        limit = space_limit(t->l, wide, &rule);
    }
    if (len >= limit) return;
    int32_t lo = s->v[r] > s->v0 ? s->v[r] : s->v0, hi = s->v[r + 1] < s->v1 ? s->v[r + 1] : s->v1;
    drc_push(t->out, drc_at(rule, t->layer, scan_box(s, a, s->u[e], lo, hi), len, limit), s->join);
}

static void scan_lines(const Scan *s, uint32_t n_lines)
{
    for (uint32_t r = 0; r < n_lines; r++) {
        if (s->v[r + 1] <= s->v0 || s->v[r] >= s->v1) continue;
        const uint8_t *row = s->t->fill + r * s->line;
        uint32_t c = 0;
        while (c < s->nu) {
            bool filled = row[c * s->step] & 1;
            uint32_t e = c + 1;
            while (e < s->nu && (row[e * s->step] & 1) == filled) e++;
            if (c > 0 && e < s->nu) judge_run(s, r, c, e, filled);
            c = e;
        }
    }
}

static void scan_both(const Tile *t)
{
    Scan rows = {t, t->x.v, t->y.v, t->nc, 1, t->nc, t->core.x0, t->core.x1, t->core.y0, t->core.y1, JOIN_Y};
    Scan cols = {t, t->y.v, t->x.v, t->nr, t->nc, 1, t->core.y0, t->core.y1, t->core.x0, t->core.x1, JOIN_X};
    scan_lines(&rows, t->nr);
    scan_lines(&cols, t->nc);
}

/* ---- corners ------------------------------------------------------------------------------------------------------------ */

enum { SW = 1, SE = 2, NW = 4, NE = 8 };

/* Four cells of two rows that are alike neither from row to row nor from column to column have a corner between them; else there is nothing, all, or a straight side. */
static void mark_bends(const uint8_t *restrict p, const uint8_t *restrict q, uint8_t *restrict bend, uint32_t n)
{
    for (uint32_t c = 0; c < n; c++) bend[c] = ((p[c] ^ q[c]) | (p[c + 1] ^ q[c + 1])) & ((p[c] ^ p[c + 1]) | (q[c] ^ q[c + 1])) & 1;
}

/* Row by row, counting those of each column; then each to its place. */
static void find_corners(Tile *t)
{
    t->found.n = t->high.n = t->bend.n = t->corner.n = 0;
    for (uint32_t c = 0; c <= t->nc; c++) {
        arr_push(&t->high, 0);
        arr_push(&t->bend, 0);
    }
    for (uint32_t r = 1; r < t->nr; r++) {
        const uint8_t *p = t->fill + (size_t)(r - 1) * t->nc, *q = p + t->nc;
        mark_bends(p, q, t->bend.v, t->nc - 1);
        for (uint32_t c = 0; c + 1 < t->nc; c++) {
            if (!t->bend.v[c]) continue;
            uint8_t f = (uint8_t)((p[c] & 1) * SW | (p[c + 1] & 1) * SE | (q[c] & 1) * NW | (q[c + 1] & 1) * NE);
            arr_push(&t->found, ((Corner){{t->x.v[c + 1], t->y.v[r]}, c, f, p[c] | p[c + 1] | q[c] | q[c + 1]}));
            t->high.v[c + 1]++;
        }
    }
    for (uint32_t c = 0; c < t->nc; c++) t->high.v[c + 1] += t->high.v[c];
    for (uint32_t i = 0; i < t->found.n; i++) arr_push(&t->corner, t->found.v[i]);
    for (uint32_t i = 0; i < t->found.n; i++) t->corner.v[t->high.v[t->found.v[i].column]++] = t->found.v[i];
}

static void judge_corners(Tile *t, const Corner *p, const Corner *q, bool filled)
{
    int64_t dx = q->at.x - p->at.x, dy = q->at.y - p->at.y, d2 = dx * dx + dy * dy;
    DrcRule rule = DRC_WIDTH;
    int32_t limit = t->l->width;
    if (!filled) limit = space_limit(t->l, p->wide | q->wide, &rule);
    if (d2 >= (int64_t)limit * limit) return;
    Box b = {p->at.x, dy < 0 ? q->at.y : p->at.y, q->at.x, dy < 0 ? p->at.y : q->at.y};
    drc_push(t->out, drc_at(rule, t->layer, b, (int64_t)sqrt((double)d2), limit), JOIN_NOT);
}

static bool in_core(const Tile *t, Pt p) { return p.x >= t->core.x0 && p.x < t->core.x1 && p.y >= t->core.y0 && p.y < t->core.y1; }

/* Corners come sorted by x. `solid` of a corner: its one quadrant that is filled (or, inverted, empty). */
static void pair_corners(Tile *t)
{
    for (uint32_t i = 0; i < t->corner.n; i++) {
        const Corner *p = &t->corner.v[i];
        if (!in_core(t, p->at)) continue;
        if (p->filled == (SW | NE) || p->filled == (SE | NW)) {
            judge_corners(t, p, p, false);
            continue;
        }
        /* Ahead of p: corners at the same x come in order of y, so start at the first of them. */
        uint32_t j = i;
        while (j > 0 && t->corner.v[j - 1].at.x == p->at.x) j--;
        for (; j < t->corner.n && t->corner.v[j].at.x - p->at.x < t->reach; j++) {
            const Corner *q = &t->corner.v[j];
            int32_t dy = q->at.y - p->at.y;
            if (dy >= t->reach || dy <= -t->reach) continue;
            if (p->filled == SW && q->filled == NE && dy >= 0 && j != i) judge_corners(t, p, q, false);
            if (p->filled == NW && q->filled == SE && dy <= 0 && j != i) judge_corners(t, p, q, false);
            if (p->filled == 15 - SW && q->filled == 15 - NE && dy >= 0) judge_corners(t, p, q, true);
            if (p->filled == 15 - NW && q->filled == 15 - SE && dy <= 0) judge_corners(t, p, q, true);
        }
    }
}

/* ---- all tiles -------------------------------------------------------------------------------------------------------------- */

static void check_tile(Tile *t, const Bins *g, Indices *hit, uint32_t ix, uint32_t iy)
{
    int64_t x = g->x0 + (int64_t)ix * g->size, y = g->y0 + (int64_t)iy * g->size;
    t->core = (Box){(int32_t)x, (int32_t)y, (int32_t)(x + g->size), (int32_t)(y + g->size)};
    t->window = (Box){t->core.x0 - t->halo, t->core.y0 - t->halo, t->core.x1 + t->halo, t->core.y1 + t->halo};
    gather(t, g, hit);
    if (t->in.n == 0) return;
    fill_grid(t);
    for (uint32_t k = 0; k < t->l->wide.n && k < WIDE_MAX - 1; k++) mark_wide(t, t->l->wide.v[k].width + 1, (uint8_t)(2u << k));
    scan_both(t);
    find_corners(t);
    pair_corners(t);
}

static int32_t largest_space(const TechLayer *l)
{
    int32_t r = l->width > l->space ? l->width : l->space;
    for (uint32_t k = 0; k < l->wide.n; k++)
        if (l->wide.v[k].space > r) r = l->wide.v[k].space;
    return r;
}

int32_t drc_region_reach(const TechLayer *l)
{
    int32_t wide = 0;
    for (uint32_t k = 0; k < l->wide.n; k++)
        if (l->wide.v[k].width > wide) wide = l->wide.v[k].width;
    return largest_space(l) + wide + 2;
}

void drc_region(const Boxes *shapes, const TechLayer *l, LayerId layer, DrcPieces *out)
{
    Tile t = {.l = l, .layer = layer, .out = out, .reach = largest_space(l), .halo = drc_region_reach(l)};
    assert(l->wide.n < WIDE_MAX);
    Bins g;
    Indices hit = {0};
    bins_make(&g, shapes->b.v, shapes->b.n, 0, t.halo, PER_TILE);
    for (uint32_t iy = 0; iy < g.ny; iy++)
        for (uint32_t ix = 0; ix < g.nx; ix++) check_tile(&t, &g, &hit, ix, iy);
    bins_free(&g);
    arr_free(&hit.v);
    arr_free(&t.in);
    arr_free(&t.x);
    arr_free(&t.y);
    arr_free(&t.high);
    arr_free(&t.bend);
    arr_free(&t.found);
    arr_free(&t.corner);
    mem_free(t.fill);
}
