/*
 * The router's grid: lines at half gate pitches and at the tracks of wires that are there, on every metal; which shapes on which points
 * are too near to each other; what fixed shapes block.
 *
 * Two shapes on points p and q conflict if both |dx| and |dy| of their centres are below half their sizes plus the spacing: a square
 * instead of the rule's circle, so corners are kept a little farther apart than needed.
 */
#include "cells/draw_int.h"

#include <math.h>
#include <stdlib.h>

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* ---- shapes and conflicts ------------------------------------------------------------------------------------------ */

/* Pads of a cut on one metal, long in x or in y; never narrower than a wire. */
static void pad_sizes(Grid *q, int32_t level, int32_t shape, const TechLayer *cut, int32_t ends, int32_t side)
{
    const TechLayer *m = tech_metal(q->t, level);
    int32_t a = max32(cut->cut_size + 2 * ends, m->width) / 2, b = max32(cut->cut_size + 2 * side, m->width) / 2;
    for (int y = 0; y < 2; y++) {
        q->sx[level][shape + y] = y ? b : a;
        q->sy[level][shape + y] = y ? a : b;
        q->has[level][shape + y] = y == 0 || a != b;
    }
}

static void sizes(Grid *q)
{
    for (int32_t l = 1; l <= q->levels; l++) {
        const TechLayer *below = tech_cut(q->t, l - 1), *above = tech_cut(q->t, l);
        q->sx[l][PT_WIRE] = q->sy[l][PT_WIRE] = tech_metal(q->t, l)->width / 2;
        q->has[l][PT_WIRE] = true;
        q->horizontal[l] = tech_metal(q->t, l)->horizontal;
        if (below) pad_sizes(q, l, PT_BELOW_X, below, below->enc_above, below->enc_above_side);
        if (above && l < q->levels) pad_sizes(q, l, PT_ABOVE_X, above, above->enc_below, above->enc_below_side);
    }
}

static Range *ranges(const int32_t *line, int32_t n, int32_t need)
{
    Range *r = mem_calloc((size_t)n, sizeof *r);
    for (int32_t i = 0; i < n; i++) {
        r[i] = (Range){i, i + 1};
        while (r[i].lo > 0 && line[i] - line[r[i].lo - 1] < need) r[i].lo--;
        while (r[i].hi < n && line[r[i].hi] - line[i] < need) r[i].hi++;
    }
    return r;
}

static void tables(Grid *q)
{
    size_t n = (size_t)q->nx * q->ny;
    for (int32_t l = 0; l <= q->levels; l++) {
        const TechLayer *m = tech_metal(q->t, l), *cut = tech_cut(q->t, l);
        if (cut && l < q->levels) {
            q->cx[l] = ranges(q->x, q->nx, cut->cut_size + cut->space);
            q->cy[l] = ranges(q->y, q->ny, cut->cut_size + cut->space);
            q->cut_edge[l] = (cut->cut_size + cut->space + 1) / 2;
            q->cut[l] = mem_calloc(n, sizeof **q->cut);
        }
        for (int s = 0; l && s < PT_N; s++) {
            if (!q->has[l][s]) continue;
            q->room[l][s] = mem_calloc(n, sizeof(ShapeRoom));
            for (size_t k = 0; k < n; k++) q->room[l][s][k].fix = -1;
            for (int r = 0; r < PT_N; r++) {
                if (!q->has[l][r]) continue;
                q->rx[l][s][r] = ranges(q->x, q->nx, q->sx[l][s] + q->sx[l][r] + m->space);
                q->ry[l][s][r] = ranges(q->y, q->ny, q->sy[l][s] + q->sy[l][r] + m->space);
            }
        }
    }
}

void grid_make(Grid *q, const RowGeom *g, int32_t w, int32_t h, int32_t levels, int32_t n_pos, const int32_t *more_x, uint32_t n_more)
{
    *q = (Grid){.g = g, .t = g->t, .w = w, .h = h, .levels = levels};
    q->x = mem_calloc((size_t)n_pos + n_more + (size_t)draw_n_taps(g) + 1, sizeof *q->x);
    for (int32_t k = 0; k < draw_n_taps(g); k++) q->x[q->nx++] = draw_tap_mid(g, k);
    for (int32_t p = 0; p <= n_pos; p++) q->x[q->nx++] = draw_x(g, p);
    for (uint32_t k = 0; k < n_more; k++) q->x[q->nx++] = more_x[k];
    qsort(q->x, (size_t)q->nx, sizeof *q->x, by_value);
    int32_t n = 0;
    for (int32_t i = 0; i < q->nx; i++)
        if (n == 0 || q->x[i] != q->x[n - 1]) q->x[n++] = q->x[i];
    q->nx = n;
    q->odd = mem_calloc((size_t)n + 1, sizeof *q->odd);
    for (int32_t i = 0; i < n; i++) {
        q->odd[i] = true;
        for (int32_t k = 0; k < draw_n_taps(g); k++) q->odd[i] &= q->x[i] != draw_tap_mid(g, k);
        for (int32_t p = 0; p <= n_pos; p++) q->odd[i] &= q->x[i] != draw_x(g, p);
    }
    q->ny = h / g->track + 1;
    q->y = mem_calloc((size_t)q->ny + 1, sizeof *q->y);
    for (int32_t k = 0; k < q->ny; k++) q->y[k] = k * g->track;
    sizes(q);
    tables(q);
    const TechLayer *poly = tech_role(q->t, ROLE_POLY);
    q->px = ranges(q->x, q->nx, g->pad_x + poly->space);
    q->py = ranges(q->y, q->ny, g->pad_y + poly->space);
    q->pad_cnt = mem_calloc((size_t)q->nx * q->ny, sizeof *q->pad_cnt);
    q->term_at = mem_calloc((size_t)q->nx * q->ny, sizeof *q->term_at);
    for (int32_t k = 0; k < q->nx * q->ny; k++) q->term_at[k] = -1;
}

void grid_free(Grid *q)
{
    for (int l = 0; l < 16; l++) {
        mem_free(q->cx[l]);
        mem_free(q->cy[l]);
        mem_free(q->cut[l]);
        for (int s = 0; s < PT_N; s++) {
            mem_free(q->room[l][s]);
            for (int r = 0; r < PT_N; r++) {
                mem_free(q->rx[l][s][r]);
                mem_free(q->ry[l][s][r]);
            }
        }
    }
    mem_free(q->px);
    mem_free(q->py);
    mem_free(q->pad_cnt);
    mem_free(q->x);
    mem_free(q->odd);
    mem_free(q->y);
    mem_free(q->term_at);
    arr_free(&q->fixed);
    arr_free(&q->term);
    arr_free(&q->cand);
    arr_free(&q->clash);
    for (uint32_t i = 0; i < q->net.n; i++) {
        arr_free(&q->net.v[i].at);
        arr_free(&q->net.v[i].wire);
    }
    arr_free(&q->net);
}

/* ---- lines and boxes ------------------------------------------------------------------------------------------------- */

static int32_t line_of(const int32_t *v, int32_t n, int32_t at)
{
    for (int32_t i = 0; i < n; i++)
        if (v[i] == at) return i;
    return -1;
}

int32_t grid_line_x(const Grid *q, int32_t x) { return line_of(q->x, q->nx, x); }
int32_t grid_line_y(const Grid *q, int32_t y) { return line_of(q->y, q->ny, y); }

Box grid_box(const Grid *q, int32_t level, int32_t shape, int32_t i, int32_t j)
{
    int32_t a = q->sx[level][shape], b = q->sy[level][shape];
    return (Box){q->x[i] - a, q->y[j] - b, q->x[i] + a, q->y[j] + b};
}

Box grid_cut(const Grid *q, int32_t level, int32_t i, int32_t j)
{
    int32_t a = tech_cut(q->t, level)->cut_size / 2;
    return (Box){q->x[i] - a, q->y[j] - a, q->x[i] + a, q->y[j] + a};
}

/* ---- fixed shapes ------------------------------------------------------------------------------------------------------- */

void grid_fix(Grid *q, int32_t level, int32_t net, Box b) { arr_push(&q->fixed, ((DrawBox){level, net, b})); }

static void reserve(int32_t *owner, int32_t net)
{
    if (*owner == -1) *owner = net;
    else if (*owner != net) *owner = -2;
}

static void block_by(Grid *q, const DrawBox *f)
{
    const TechLayer *m = tech_metal(q->t, f->level);
    int32_t w = f->box.x1 - f->box.x0, h = f->box.y1 - f->box.y0, space = tech_space(m, w < h ? w : h);
    for (int s = 0; s < PT_N; s++) {
        if (!q->has[f->level][s]) continue;
        int32_t a = q->sx[f->level][s] + space, b = q->sy[f->level][s] + space, i0 = 0, i1 = q->nx;
        while (i0 < q->nx && q->x[i0] + a <= f->box.x0) i0++;
        while (i1 > i0 && q->x[i1 - 1] - a >= f->box.x1) i1--;
        for (int32_t j = 0; j < q->ny; j++) {
            if (q->y[j] + b <= f->box.y0 || q->y[j] - b >= f->box.y1) continue;
            for (int32_t i = i0; i < i1; i++) reserve(&q->room[f->level][s][j * q->nx + i].fix, f->net);
        }
    }
}

/* Is the box on metal that is there already and has this net? Such metal may reach the edge. */
static bool covered(const Grid *q, int32_t level, int32_t net, Box b)
{
    for (uint32_t k = 0; k < q->fixed.n; k++) {
        const DrawBox *f = &q->fixed.v[k];
        if (f->level == level && f->net == net && f->box.x0 <= b.x0 && f->box.y0 <= b.y0 && f->box.x1 >= b.x1 && f->box.y1 >= b.y1) return true;
    }
    return false;
}

/* Half a spacing to the cell's edges is the neighbour's, except where fixed metal of the net covers the shape. */
static void block_edges(Grid *q)
{
    for (int32_t l = 1; l <= q->levels; l++) {
        int32_t half = (tech_metal(q->t, l)->space + 1) / 2;
        for (int s = 0; s < PT_N; s++) {
            if (!q->has[l][s]) continue;
            for (int32_t j = 0; j < q->ny; j++)
                for (int32_t i = 0; i < q->nx; i++) {
                    Box b = grid_box(q, l, s, i, j);
                    int32_t *own = &q->room[l][s][j * q->nx + i].fix;
                    bool inside = b.x0 >= half && b.y0 >= half && b.x1 <= q->w - half && b.y1 <= q->h - half;
                    if (!inside && !(*own >= 0 && covered(q, l, *own, b))) *own = -2;
                }
        }
    }
}

/* Lines of wires that are there lie a few nanometres beside those of the gates: metals 1 and 2 keep to the gates' lines, or every
 * change between two such lines would be a notch. */
static void block_lines(Grid *q)
{
    for (int32_t i = 0; i < q->nx; i++) {
        if (!q->odd[i]) continue;
        for (int32_t l = 1; l <= 2 && l <= q->levels; l++)
            for (int s = 0; s < PT_N; s++)
                for (int32_t j = 0; j < q->ny && q->has[l][s]; j++) q->room[l][s][j * q->nx + i].fix = -2;
    }
}

void grid_block(Grid *q)
{
    for (uint32_t k = 0; k < q->fixed.n; k++)
        if (q->fixed.v[k].level >= 1 && q->fixed.v[k].level <= q->levels) block_by(q, &q->fixed.v[k]);
    block_edges(q);
    block_lines(q);
}

void grid_keep_off(Grid *q, int32_t level, Box cut)
{
    if (level >= q->levels) return;
    const TechLayer *c = tech_cut(q->t, level);
    int32_t reach = c->cut_size / 2 + c->space;
    for (int32_t j = 0; j < q->ny; j++) {
        if (q->y[j] + reach <= cut.y0 || q->y[j] - reach >= cut.y1) continue;
        for (int32_t i = 0; i < q->nx; i++)
            if (q->x[i] + reach > cut.x0 && q->x[i] - reach < cut.x1) q->cut[level][j * q->nx + i].hist = INFINITY;
    }
}
