/*
 * Polygons of rectangles: area, enclosed areas, wide parts. All on a raster whose lines are the rectangles' edges.
 */
#include "cells/draw_int.h"

#include <stdlib.h>

/* Cells between the lines x, y: 1 metal, 2 open to the outside, 0 enclosed. */
typedef struct {
    int32_t *x, *y;
    uint32_t nx, ny;
    uint8_t *cell;
} Raster;

bool draw_box_holds(Box a, Box b) { return a.x0 <= b.x0 && a.y0 <= b.y0 && a.x1 >= b.x1 && a.y1 >= b.y1; }

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t unique(int32_t *v, uint32_t n)
{
    uint32_t k = 0;
    qsort(v, n, sizeof *v, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (k == 0 || v[i] != v[k - 1]) v[k++] = v[i];
    return k;
}

static uint32_t line_at(const int32_t *v, uint32_t n, int32_t at)
{
    const int32_t *p = bsearch(&at, v, n, sizeof *v, by_value);
    assert(p);
    return (uint32_t)(p - v);
}

/* Each box adds one at two of its corners and takes it away at the others: sums over both axes say how many boxes cover a cell. */
static Raster raster_of(const Boxes *of)
{
    uint32_t n = of->v.n;
    Raster r = {.x = mem_calloc(2 * (size_t)n + 1, sizeof *r.x), .y = mem_calloc(2 * (size_t)n + 1, sizeof *r.y)};
    for (uint32_t k = 0; k < n; k++) {
        Box b = of->v.v[k];
        r.x[r.nx++] = b.x0, r.x[r.nx++] = b.x1, r.y[r.ny++] = b.y0, r.y[r.ny++] = b.y1;
    }
    r.nx = unique(r.x, r.nx);
    r.ny = unique(r.y, r.ny);
    int32_t *sum = mem_calloc((size_t)r.nx * r.ny + 1, sizeof *sum);
    for (uint32_t k = 0; k < n; k++) {
        Box b = of->v.v[k];
        uint32_t i0 = line_at(r.x, r.nx, b.x0), i1 = line_at(r.x, r.nx, b.x1), j0 = line_at(r.y, r.ny, b.y0), j1 = line_at(r.y, r.ny, b.y1);
        sum[j0 * r.nx + i0]++, sum[j1 * r.nx + i1]++, sum[j0 * r.nx + i1]--, sum[j1 * r.nx + i0]--;
    }
    r.cell = mem_calloc((size_t)r.nx * r.ny + 1, 1);
    for (uint32_t j = 0; j + 1 < r.ny; j++) {
        int32_t row = 0;
        for (uint32_t i = 0; i + 1 < r.nx; i++) {
            row += sum[j * r.nx + i];
            sum[j * r.nx + i] = row + (j ? sum[(j - 1) * r.nx + i] : 0);
            r.cell[j * (r.nx - 1) + i] = sum[j * r.nx + i] > 0;
        }
    }
    mem_free(sum);
    return r;
}

static void raster_free(Raster *r)
{
    mem_free(r->cell);
    mem_free(r->x);
    mem_free(r->y);
}

int64_t draw_area(const Boxes *of)
{
    Raster r = raster_of(of);
    int64_t sum = 0;
    for (uint32_t j = 0; j + 1 < r.ny; j++)
        for (uint32_t i = 0; i + 1 < r.nx; i++)
            if (r.cell[j * (r.nx - 1) + i]) sum += (int64_t)(r.x[i + 1] - r.x[i]) * (r.y[j + 1] - r.y[j]);
    raster_free(&r);
    return sum;
}

/* ---- holes ------------------------------------------------------------------------------------------------------------- */

static void flood(Raster *r, uint32_t start, uint32_t *stack, uint32_t *n_found)
{
    uint32_t n = 0, w = r->nx - 1, h = r->ny - 1;
    stack[n++] = start;
    r->cell[start] = 2;
    for (uint32_t k = 0; k < n; k++) { /* a queue: what was found stays in it */
        uint32_t i = stack[k] % w, j = stack[k] / w;
        const int32_t step[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
        for (int q = 0; q < 4; q++) {
            int64_t a = (int64_t)i + step[q][0], b = (int64_t)j + step[q][1];
            if (a < 0 || b < 0 || a >= w || b >= h || r->cell[b * w + a]) continue;
            r->cell[b * w + a] = 2;
            stack[n++] = (uint32_t)(b * w + a);
        }
    }
    *n_found = n;
}

void draw_holes(const Boxes *of, int64_t least, Boxes *out)
{
    if (!of->v.n) return;
    Raster r = raster_of(of);
    uint32_t w = r.nx - 1, h = r.ny - 1, found;
    uint32_t *stack = mem_calloc((size_t)w * h + 1, sizeof *stack);
    for (uint32_t c = 0; c < w * h; c++)
        if (!r.cell[c] && (c % w == 0 || c % w == w - 1 || c / w == 0 || c / w == h - 1)) flood(&r, c, stack, &found);
    for (uint32_t c = 0; c < w * h; c++) {
        if (r.cell[c]) continue;
        flood(&r, c, stack, &found);
        int64_t area = 0;
        Box all = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
        for (uint32_t k = 0; k < found; k++) {
            Box b = {r.x[stack[k] % w], r.y[stack[k] / w], r.x[stack[k] % w + 1], r.y[stack[k] / w + 1]};
            area += box_area(b);
            all = (Box){b.x0 < all.x0 ? b.x0 : all.x0, b.y0 < all.y0 ? b.y0 : all.y0, b.x1 > all.x1 ? b.x1 : all.x1, b.y1 > all.y1 ? b.y1 : all.y1};
        }
        if (area < least) arr_push(&out->v, all);
    }
    mem_free(stack);
    raster_free(&r);
}

/* ---- wide parts -------------------------------------------------------------------------------------------------------- */

/* A raster with the number of metal cells below and left of each line. */
typedef struct {
    Raster r;
    uint32_t *sum;
} Sums;

/* Are all cells between these lines metal? In x0, y0 … x1, y1 stand numbers of lines. */
static bool solid(const Sums *s, Box b)
{
    uint32_t nx = s->r.nx, x0 = (uint32_t)b.x0, x1 = (uint32_t)b.x1, y0 = (uint32_t)b.y0, y1 = (uint32_t)b.y1;
    return s->sum[y1 * nx + x1] - s->sum[y0 * nx + x1] - s->sum[y1 * nx + x0] + s->sum[y0 * nx + x0] == (x1 - x0) * (y1 - y0);
}

/* The largest solid rectangle around a solid one, in x first or in y first. */
static Box widest(const Sums *s, Box b, bool x_first)
{
    for (int k = 0; k < 2; k++) {
        bool x = (k == 0) == x_first;
        for (Box c = b; (x ? --c.x0 : --c.y0) >= 0 && solid(s, c);) b = c;
        for (Box c = b; (x ? ++c.x1 < (int32_t)s->r.nx : ++c.y1 < (int32_t)s->r.ny) && solid(s, c);) b = c;
    }
    return b;
}

static Sums sums_of(const Boxes *of)
{
    Sums s = {.r = raster_of(of)};
    uint32_t nx = s.r.nx;
    s.sum = mem_calloc((size_t)nx * s.r.ny + 1, sizeof *s.sum);
    for (uint32_t j = 1; j < s.r.ny; j++)
        for (uint32_t i = 1, row = 0; i < nx; i++) {
            row += s.r.cell[(j - 1) * (nx - 1) + i - 1];
            s.sum[j * nx + i] = s.sum[(j - 1) * nx + i] + row;
        }
    return s;
}

void draw_wide(const Boxes *of, int32_t side, Boxes *out)
{
    Sums s = sums_of(of);
    const Raster *r = &s.r;
    Box known[2] = {{0}};
    for (uint32_t j = 0, j1 = 0; j < r->ny; j++) {
        while (j1 < r->ny && r->y[j1] < r->y[j] + side) j1++;
        for (uint32_t i = 0, i1 = 0; i < r->nx && j1 < r->ny; i++) {
            while (i1 < r->nx && r->x[i1] < r->x[i] + side) i1++;
            Box b = {(int32_t)i, (int32_t)j, (int32_t)i1, (int32_t)j1};
            if (i1 == r->nx || !solid(&s, b)) continue;
            for (int q = 0; q < 2; q++) {
                Box *k = &known[q];
                if (draw_box_holds(*k, b)) continue;
                *k = widest(&s, b, q == 0);
                arr_push(&out->v, ((Box){r->x[k->x0], r->y[k->y0], r->x[k->x1], r->y[k->y1]}));
            }
        }
    }
    mem_free(s.sum);
    raster_free(&s.r);
}
