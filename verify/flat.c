/* Flat geometry for the physical checkers; contract in verify/flat.h. */
#include "verify/flat.h"

#include <math.h>
#include <stdlib.h>

static Box clip(Box b, Box w)
{
    return (Box){b.x0 > w.x0 ? b.x0 : w.x0, b.y0 > w.y0 ? b.y0 : w.y0, b.x1 < w.x1 ? b.x1 : w.x1, b.y1 < w.y1 ? b.y1 : w.y1};
}

/* ---- bins --------------------------------------------------------------------------------------------- */

typedef struct { uint32_t x0, y0, x1, y1; } BinRange;

static uint32_t bin_of(int32_t v, int32_t origin, int32_t size, uint32_t n)
{
    if (v < origin) return 0;
    uint32_t k = (uint32_t)(((int64_t)v - origin) / size);
    return k < n ? k : n - 1;
}

/* reach is added on the upper sides only: intervals [a0, a1 + r] and [b0, b1 + r] meet if their gap is at most r. */
static BinRange range_of(const Bins *g, Box b, int32_t r)
{
    return (BinRange){bin_of(b.x0, g->x0, g->size, g->nx), bin_of(b.y0, g->y0, g->size, g->ny),
                      bin_of(b.x1 + r, g->x0, g->size, g->nx), bin_of(b.y1 + r, g->y0, g->size, g->ny)};
}

static int32_t bin_size(Box all, uint32_t n, int32_t min_size, uint32_t per_bin)
{
    double w = (double)all.x1 - all.x0, h = (double)all.y1 - all.y0;
    double s = sqrt(w * h * per_bin / n);
    if (s < min_size) s = min_size;
    /* at most four bins per box, however thin the layer's outline */
    while ((w / s + 1) * (h / s + 1) > 4.0 * n + 64) s *= 2;
    return s < (1 << 29) ? (int32_t)s : 1 << 29; /* a bin's far side stays within int32_t */
}

void bins_make(Bins *g, const Box *b, uint32_t n, int32_t reach, int32_t min_size, uint32_t per_bin)
{
    *g = (Bins){.b = b, .n = n, .reach = reach, .size = 1, .nx = 1, .ny = 1};
    if (n) {
        Box all = b[0];
        for (uint32_t k = 1; k < n; k++) all = box_union(all, b[k]);
        g->x0 = all.x0;
        g->y0 = all.y0;
        g->size = bin_size(all, n, min_size, per_bin);
        g->nx = (uint32_t)(((int64_t)all.x1 - all.x0) / g->size) + 1;
        g->ny = (uint32_t)(((int64_t)all.y1 - all.y0) / g->size) + 1;
    }
    size_t bins = (size_t)g->nx * g->ny;
    g->start = mem_calloc(bins + 1, sizeof *g->start);
    uint64_t entries = 0;
    for (uint32_t k = 0; k < n; k++) {
        BinRange r = range_of(g, b[k], reach);
        entries += (uint64_t)(r.x1 - r.x0 + 1) * (r.y1 - r.y0 + 1);
        for (uint32_t y = r.y0; y <= r.y1; y++)
            for (uint32_t x = r.x0; x <= r.x1; x++) g->start[(size_t)y * g->nx + x + 1]++;
    }
    if (entries > UINT32_MAX) die(ST_LIMIT, "layout checker: %llu bin entries", (unsigned long long)entries);
    for (size_t k = 0; k < bins; k++) g->start[k + 1] += g->start[k];
    g->item = mem_calloc(entries, sizeof *g->item);
    /* Fill backwards from each bin's end, so that start[] is a running cursor and ends as it began. */
    for (uint32_t k = n; k-- > 0;) {
        BinRange r = range_of(g, b[k], reach);
        for (uint32_t y = r.y0; y <= r.y1; y++)
            for (uint32_t x = r.x0; x <= r.x1; x++) g->item[--g->start[(size_t)y * g->nx + x + 1]] = k;
    }
    /* The cursor shifted every start by one place: start[k + 1] now is where bin k begins. */
    memmove(g->start, g->start + 1, bins * sizeof *g->start);
    g->start[bins] = (uint32_t)entries;
}

void bins_free(Bins *g)
{
    mem_free(g->start);
    mem_free(g->item);
    *g = (Bins){0};
}

static inline int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }

void bins_pairs(const Bins *g, PairFn fn, void *ctx)
{
    int64_t r = g->reach;
    for (uint32_t y = 0; y < g->ny; y++)
        for (uint32_t x = 0; x < g->nx; x++) {
            size_t bin = (size_t)y * g->nx + x;
            for (uint32_t p = g->start[bin]; p < g->start[bin + 1]; p++) {
                uint32_t i = g->item[p];
                Box a = g->b[i];
                for (uint32_t q = p + 1; q < g->start[bin + 1]; q++) {
                    uint32_t j = g->item[q];
                    Box b = g->b[j];
                    if (a.x0 > b.x1 + r || b.x0 > a.x1 + r || a.y0 > b.y1 + r || b.y0 > a.y1 + r) continue;
                    /* told in the bin of the common region's lower left corner only */
                    if (bin_of(max32(a.x0, b.x0), g->x0, g->size, g->nx) != x) continue;
                    if (bin_of(max32(a.y0, b.y0), g->y0, g->size, g->ny) != y) continue;
                    fn(ctx, i, j);
                }
            }
        }
}

void bins_query(const Bins *g, Box w, Indices *out)
{
    if (!g->n) return;
    BinRange r = range_of(g, w, 0);
    for (uint32_t y = r.y0; y <= r.y1; y++)
        for (uint32_t x = r.x0; x <= r.x1; x++) {
            size_t bin = (size_t)y * g->nx + x;
            for (uint32_t p = g->start[bin]; p < g->start[bin + 1]; p++) {
                Box b = g->b[g->item[p]];
                if (!box_touch(b, w)) continue;
                if (bin_of(max32(b.x0, w.x0), g->x0, g->size, g->nx) != x) continue;
                if (bin_of(max32(b.y0, w.y0), g->y0, g->size, g->ny) != y) continue;
                arr_push(&out->v, g->item[p]);
            }
        }
}

void bins_join(const Bins *a, const Bins *b, PairFn fn, void *ctx)
{
    Indices hit = {0};
    for (uint32_t i = 0; i < a->n; i++) {
        hit.v.n = 0;
        bins_query(b, a->b[i], &hit);
        for (uint32_t k = 0; k < hit.v.n; k++) fn(ctx, i, hit.v.v[k]);
    }
    arr_free(&hit.v);
}

/* ---- sets and placements ------------------------------------------------------------------------------------ */

uint32_t *sets_make(uint32_t n)
{
    uint32_t *s = mem_calloc(n, sizeof *s);
    for (uint32_t k = 0; k < n; k++) s[k] = k;
    return s;
}

typedef struct {
    const Db *db;
    LeafFn fn;
    void *ctx;
    uint64_t n;
} Walk;

static void walk(Walk *w, CellId c, Xform t)
{
    const DbCell *cell = &w->db->cells.v[c.i];
    if (cell->kind != CELL_BLOCK) {
        w->fn(w->ctx, c, t, w->n++);
        return;
    }
    for (uint32_t k = 0; k < cell->insts.n; k++) {
        const DbInst *i = &cell->insts.v[k];
        for (uint32_t iy = 0; iy < i->ny; iy++)
            for (uint32_t ix = 0; ix < i->nx; ix++) walk(w, i->master, xform_compose(t, inst_xform(w->db, i, ix, iy)));
    }
}

void flat_leaves(const Db *db, CellId top, LeafFn fn, void *ctx)
{
    Walk w = {db, fn, ctx, 0};
    walk(&w, top, (Xform){.orient = ORI_N});
}

/* ---- small unions --------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

typedef struct { int32_t lo, hi; } Span;

static int by_lo(const void *a, const void *b)
{
    int32_t x = ((const Span *)a)->lo, y = ((const Span *)b)->lo;
    return (x > y) - (x < y);
}

/* Length of the union of spans. */
static int64_t spans_length(Span *s, uint32_t n)
{
    qsort(s, n, sizeof *s, by_lo);
    int64_t len = 0, end = INT64_MIN;
    for (uint32_t k = 0; k < n; k++) {
        int64_t lo = s[k].lo > end ? s[k].lo : end;
        if (s[k].hi > lo) len += s[k].hi - lo;
        if (s[k].hi > end) end = s[k].hi;
    }
    return len;
}

/* Slab by slab between the boxes' lower and upper sides. */
static int64_t area_within(const Box *b, uint32_t n, Box w)
{
    int32_t *y = mem_calloc(2 * (size_t)n + 1, sizeof *y);
    Span *s = mem_calloc((size_t)n + 1, sizeof *s);
    uint32_t m = 0;
    for (uint32_t k = 0; k < n; k++) {
        Box c = clip(b[k], w);
        if (c.x0 >= c.x1 || c.y0 >= c.y1) continue;
        y[m++] = c.y0;
        y[m++] = c.y1;
    }
    if (m) qsort(y, m, sizeof *y, by_value);
    int64_t area = 0;
    for (uint32_t r = 0; r + 1 < m; r++) {
        if (y[r] == y[r + 1]) continue;
        uint32_t q = 0;
        for (uint32_t k = 0; k < n; k++) {
            Box c = clip(b[k], w);
            if (c.x0 < c.x1 && c.y0 <= y[r] && c.y1 >= y[r + 1]) s[q++] = (Span){c.x0, c.x1};
        }
        area += spans_length(s, q) * (y[r + 1] - y[r]);
    }
    mem_free(y);
    mem_free(s);
    return area;
}

int64_t boxes_area(const Box *b, uint32_t n)
{
    return area_within(b, n, (Box){INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX});
}

bool boxes_cover(const Box *b, uint32_t n, Box w)
{
    for (uint32_t k = 0; k < n; k++)
        if (b[k].x0 <= w.x0 && b[k].y0 <= w.y0 && b[k].x1 >= w.x1 && b[k].y1 >= w.y1) return true;
    return area_within(b, n, w) == box_area(w);
}
