/*
 * Neighbourhood of a wire: nearest parallel pieces on its own layer, nearest layers below and above that cover it.
 *
 * A layer counts as a plane when at least COVER of the wire's surroundings are covered by it; otherwise the next one is looked at, down
 * to the substrate and up to the last metal (then there is no plane above). Over an abstract leaf, whose inner wiring is not drawn, the
 * layer below a pin is taken as full, and the capacitors' lowest layer above it where the leaf has capacitors.
 */
#include "route/extract_int.h"

#include <math.h>
#include <stdlib.h>

#define COVER 0.2       /* a pitch array of crossing wires covers half; single wires in the open much less */
#define SEE_PITCHES 12  /* neighbours farther than this many pitches are not seen */
#define BIN_PITCHES 32

struct Near {
    const Pieces *p;
    const Tech *t;
    int32_t bin, x0, y0;
    uint32_t nx, ny, levels;
    uint32_t *start, *item;  /* CSR over (level, y, x) */
    uint32_t *seen, stamp;   /* [pieces] last query that met it */
};

static uint32_t bin_of(const Near *n, int32_t v, int32_t v0, uint32_t count)
{
    int64_t k = ((int64_t)v - v0) / n->bin;
    return k < 0 ? 0 : k >= count ? count - 1 : (uint32_t)k;
}

typedef void (*BinFn)(Near *n, size_t bin, uint32_t piece);

static void each_bin(Near *n, uint32_t i, BinFn fn)
{
    const Piece *p = &n->p->v[i];
    uint32_t ax = bin_of(n, p->box.x0, n->x0, n->nx), bx = bin_of(n, p->box.x1, n->x0, n->nx);
    uint32_t ay = bin_of(n, p->box.y0, n->y0, n->ny), by = bin_of(n, p->box.y1, n->y0, n->ny);
    for (uint32_t y = ay; y <= by; y++)
        for (uint32_t x = ax; x <= bx; x++) fn(n, ((size_t)p->level * n->ny + y) * n->nx + x, i);
}

static void count_bin(Near *n, size_t bin, uint32_t piece) { (void)piece; n->start[bin + 1]++; }
static void fill_bin(Near *n, size_t bin, uint32_t piece) { n->item[n->start[bin]++] = piece; }

Near *near_new(const Pieces *p, const Tech *t)
{
    Near *n = mem_alloc(sizeof *n);
    *n = (Near){.p = p, .t = t, .bin = 1};
    int32_t x1 = 0, y1 = 0, top = tech_top_metal(t);
    for (uint32_t i = 0; i < p->n; i++) {
        const Box *b = &p->v[i].box;
        if (i == 0) n->x0 = b->x0, n->y0 = b->y0, x1 = b->x1, y1 = b->y1;
        if (b->x0 < n->x0) n->x0 = b->x0;
        if (b->y0 < n->y0) n->y0 = b->y0;
        if (b->x1 > x1) x1 = b->x1;
        if (b->y1 > y1) y1 = b->y1;
    }
    const TechLayer *m = tech_metal(t, 3);
    n->bin = BIN_PITCHES * (m ? m->pitch : 100);
    /* Very large cells: bins grow so that there are never many more of them than pieces. */
    while ((double)(x1 - n->x0) / n->bin * ((double)(y1 - n->y0) / n->bin) > p->n + 1e5) n->bin *= 2;
    n->nx = (uint32_t)((x1 - n->x0) / n->bin) + 1;
    n->ny = (uint32_t)((y1 - n->y0) / n->bin) + 1;
    n->levels = (uint32_t)top + 1;
    size_t bins = (size_t)n->levels * n->nx * n->ny;
    n->start = mem_calloc(bins + 2, sizeof *n->start);
    n->seen = mem_calloc((size_t)p->n + 1, sizeof *n->seen);
    for (uint32_t i = 0; i < p->n; i++)
        if (!p->v[i].cut) each_bin(n, i, count_bin);
    for (size_t k = 0; k < bins; k++) n->start[k + 1] += n->start[k];
    n->item = mem_calloc((size_t)n->start[bins] + 1, sizeof *n->item);
    for (uint32_t i = 0; i < p->n; i++)
        if (!p->v[i].cut) each_bin(n, i, fill_bin);
    for (size_t k = bins; k > 0; k--) n->start[k] = n->start[k - 1];
    n->start[0] = 0;
    return n;
}

void near_free(Near *n)
{
    mem_free(n->start);
    mem_free(n->item);
    mem_free(n->seen);
    mem_free(n);
}

int32_t near_reach(const Tech *t, int32_t level) { return SEE_PITCHES * tech_metal(t, level)->pitch; }

/* ---- queries ------------------------------------------------------------------------------------------ */

typedef struct {
    Near *n;
    Box box;               /* of the wire between a and b */
    bool horizontal;
    uint32_t self;
    Around *out;
    double left, right;    /* dbu */
    int64_t covered, area;
    Cross *cross;
    uint32_t *n_cross;
} Look;

typedef void (*PieceFn)(Look *l, uint32_t piece);

static void each_piece(Look *l, int32_t level, Box q, PieceFn fn)
{
    Near *n = l->n;
    uint32_t ax = bin_of(n, q.x0, n->x0, n->nx), bx = bin_of(n, q.x1, n->x0, n->nx);
    uint32_t ay = bin_of(n, q.y0, n->y0, n->ny), by = bin_of(n, q.y1, n->y0, n->ny);
    n->stamp++;
    for (uint32_t y = ay; y <= by; y++)
        for (uint32_t x = ax; x <= bx; x++) {
            size_t bin = ((size_t)level * n->ny + y) * n->nx + x;
            for (uint32_t k = n->start[bin]; k < n->start[bin + 1]; k++) {
                uint32_t i = n->item[k];
                if (n->seen[i] == n->stamp) continue;
                n->seen[i] = n->stamp;
                fn(l, i);
            }
        }
}

/* A parallel neighbour covers the wire's middle. Overlapping pieces of the same net are the wire itself. */
static void see_neighbour(Look *l, uint32_t i)
{
    const Piece *p = &l->n->p->v[i], *me = &l->n->p->v[l->self];
    if (i == l->self || (p->net != NO_NET && p->net == me->net && p->bit == me->bit)) return;
    Box b = p->box, w = l->box;
    if (!l->horizontal) {
        b = (Box){b.y0, b.x0, b.y1, b.x1};
        w = (Box){w.y0, w.x0, w.y1, w.x1};
    }
    int32_t mid = w.x0 + (w.x1 - w.x0) / 2;
    if (b.x0 > mid || b.x1 < mid) return;
    double up = b.y0 - w.y1, dn = w.y0 - b.y1;
    if (up > 0 && up < l->right) l->right = up, l->out->right = i;
    if (dn > 0 && dn < l->left) l->left = dn, l->out->left = i;
}

static void see_cover(Look *l, uint32_t i)
{
    Box b = l->n->p->v[i].box, w = l->box;
    int32_t x0 = b.x0 > w.x0 ? b.x0 : w.x0, x1 = b.x1 < w.x1 ? b.x1 : w.x1;
    int32_t y0 = b.y0 > w.y0 ? b.y0 : w.y0, y1 = b.y1 < w.y1 ? b.y1 : w.y1;
    if (x0 >= x1 || y0 >= y1) return;
    int64_t a = (int64_t)(x1 - x0) * (y1 - y0);
    l->covered += a;
    if (*l->n_cross < 64) l->cross[(*l->n_cross)++] = (Cross){i, (double)a};
}

/* First layer from `level` in direction `step` that covers enough; 0: none. */
static int32_t plane(Look *l, int32_t level, int32_t step, Cross *cross, uint32_t *n_cross)
{
    for (int32_t k = level + step; k >= 1 && k < (int32_t)l->n->levels; k += step) {
        *n_cross = 0;
        l->covered = 0;
        l->cross = cross;
        l->n_cross = n_cross;
        each_piece(l, k, l->box, see_cover);
        if ((double)l->covered >= COVER * (double)l->area) {
            double sum = 0;
            for (uint32_t i = 0; i < *n_cross; i++) sum += cross[i].share;
            for (uint32_t i = 0; i < *n_cross; i++) cross[i].share /= sum;
            return k;
        }
    }
    *n_cross = 0;
    return 0;
}

void near_look(Near *n, uint32_t i, int32_t a, int32_t b, Around *out)
{
    const Piece *p = &n->p->v[i];
    const TechLayer *m = tech_metal(n->t, p->level);
    double dbu = n->t->dbu_m;
    bool hor = piece_horizontal(p);
    Box box = hor ? (Box){a, p->box.y0, b, p->box.y1} : (Box){p->box.x0, a, p->box.x1, b};
    Look l = {.n = n, .box = box, .horizontal = hor, .self = i, .out = out, .left = INFINITY, .right = INFINITY, .area = box_area(box)};
    out->left = out->right = NO_NET;
    out->n_below = out->n_above = 0;
    int32_t see = near_reach(n->t, p->level);
    Box q = hor ? (Box){a, box.y0 - see, b, box.y1 + see} : (Box){box.x0 - see, a, box.x1 + see, b};
    each_piece(&l, p->level, q, see_neighbour);
    if (l.left > see) l.left = INFINITY, out->left = NO_NET;
    if (l.right > see) l.right = INFINITY, out->right = NO_NET;
    int32_t lo = plane(&l, p->level, -1, out->below, &out->n_below), hi = plane(&l, p->level, 1, out->above, &out->n_above);
    if (p->abstract && lo < p->level - 1) lo = p->level - 1, out->n_below = 0;
    if (p->mom && p->level < n->t->mom_lo && (!hi || hi > n->t->mom_lo)) hi = n->t->mom_lo, out->n_above = 0;
    const TechLayer *ml = lo ? tech_metal(n->t, lo) : NULL, *mh = hi ? tech_metal(n->t, hi) : NULL;
    int32_t w = hor ? box.y1 - box.y0 : box.x1 - box.x0;
    double below = m->height - (ml ? ml->height + ml->thickness : 0);
    double above = mh ? mh->height - (m->height + m->thickness) : INFINITY;
    out->sec = (WireSection){w * dbu, m->thickness, l.left * dbu, l.right * dbu, below, above, n->t->eps_r};
}

/* ---- stretches along which nothing changes ------------------------------------------------------------------------------- */

/* Does each piece on a metal that is in the box go on along it from end to end? */
static bool all_pass(Near *n, int32_t level, Box q, bool horizontal)
{
    uint32_t ax = bin_of(n, q.x0, n->x0, n->nx), bx = bin_of(n, q.x1, n->x0, n->nx);
    uint32_t ay = bin_of(n, q.y0, n->y0, n->ny), by = bin_of(n, q.y1, n->y0, n->ny);
    for (uint32_t y = ay; y <= by; y++)
        for (uint32_t x = ax; x <= bx; x++) {
            size_t bin = ((size_t)level * n->ny + y) * n->nx + x;
            for (uint32_t k = n->start[bin]; k < n->start[bin + 1]; k++) {
                Box b = n->p->v[n->item[k]].box;
                if (b.x1 < q.x0 || b.x0 > q.x1 || b.y1 < q.y0 || b.y0 > q.y1) continue;
                if (horizontal ? b.x0 > q.x0 || b.x1 < q.x1 : b.y0 > q.y0 || b.y1 < q.y1) return false;
            }
        }
    return true;
}

bool near_even(Near *n, uint32_t i, int32_t a, int32_t b)
{
    const Piece *p = &n->p->v[i];
    bool hor = piece_horizontal(p);
    int32_t lo = hor ? p->box.y0 : p->box.x0, hi = hor ? p->box.y1 : p->box.x1, see = near_reach(n->t, p->level), left = see, right = see;
    Box at = hor ? (Box){a, lo, b, hi} : (Box){lo, a, hi, b};
    Around r;
    near_look(n, i, a, b, &r);
    /* over and below it as far as the planes that it sees */
    for (int32_t side = -1; side < 2; side += 2) {
        Look l = {.n = n, .box = at, .area = box_area(at)};
        int32_t end = plane(&l, p->level, side, side < 0 ? r.below : r.above, side < 0 ? &r.n_below : &r.n_above);
        for (int32_t level = p->level + side; level >= 1 && level < (int32_t)n->levels; level += side) {
            if (!all_pass(n, level, at, hor)) return false;
            if (level == end) break;
        }
    }
    /* on its own metal as far as the nearest that pass: behind them nothing is seen */
    if (r.left != NO_NET) left = lo - (hor ? n->p->v[r.left].box.y1 : n->p->v[r.left].box.x1);
    if (r.right != NO_NET) right = (hor ? n->p->v[r.right].box.y0 : n->p->v[r.right].box.x0) - hi;
    Box q = hor ? (Box){a, lo - left, b, hi + right} : (Box){lo - left, a, hi + right, b};
    return all_pass(n, p->level, q, hor);
}
