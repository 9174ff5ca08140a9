/*
 * Combs of high cells (draw_stack.c): which capacitors hang or stand in each, and how high each is; drawn they are by draw_caps.c.
 *
 * A plate's capacitors stand in one comb, or its largest values in combs of their own above that of the others: a single finger is the least for the smallest
 * capacitor, so that in a narrow cell with one comb a few fingers are left for the largest, and it is far too high.
 */
#include "cells/draw_stack.h"
#include "cells/physical.h"

#include <math.h>

enum { SPLITS = 4 /* combs of one plate that hold a single value, at most */, SAVED = 8 /* an eighth of the height is worth one more */ };

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t even(int32_t n) { return n + n % 2; }

/* The comb's lower edge, below its upper one, which is given. False: it does not fit. */
static bool fit_comb(Stack *k, CapComb *m)
{
    const DbCell *c = db_cell(k->db, k->c);
    double sum = 0;
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (draw_in_comb(m, &c->devices.v[i])) sum += c->devices.v[i].value;
    m->y0 = m->y1 - 2 * k->t->cell_row;
    while (m->y0 >= 0 && cells_mom(k->t, k->w, m->y1 - m->y0, false) < sum) m->y0 -= 2 * k->t->cell_row;
    uint32_t n_shapes = c->shapes.n;
    bool fits = false;
    for (; m->y0 >= 0 && !fits; m->y0 -= 2 * k->t->cell_row) {
        fits = draw_caps(k->db, k->t, k->c, m, false) == ST_OK;
        db_cell(k->db, k->c)->shapes.n = n_shapes;
    }
    m->y0 += 2 * k->t->cell_row;
    return fits;
}

typedef struct { ARRAY(CapComb) v; } CombList;

/* Combs of one plate, each below the other: the n largest values have one of their own each, the others share the last. */
static bool fit_combs(Stack *k, const CapComb *plate, uint32_t n, int32_t y, CombList *out)
{
    const DbCell *c = db_cell(k->db, k->c);
    CapComb m = *plate;
    double all = INFINITY;
    out->v.n = 0;
    for (m.below = all; n > 0; n--, m.below = m.least) {
        m.least = 0;
        for (uint32_t i = 0; i < c->devices.n; i++)
            if (draw_in_comb(&m, &c->devices.v[i])) m.least = fmax(m.least, c->devices.v[i].value);
        /* at least one is left for the last */
        bool more = false;
        for (uint32_t i = 0; i < c->devices.n; i++) more |= c->devices.v[i].value < m.least && draw_in_comb(plate, &c->devices.v[i]);
        if (!more) return false;
        m.y1 = y;
        if (!fit_comb(k, &m)) return false;
        y = m.y0;
        arr_push(&out->v, m);
    }
    m.least = 0;
    m.y1 = y;
    if (!fit_comb(k, &m)) return false;
    arr_push(&out->v, m);
    return true;
}

bool stack_combs(Stack *k, int32_t most)
{
    const DbCell *c = db_cell(k->db, k->c);
    CombList plate = {0};
    int32_t y = most, devices = most;
    bool fits = true;
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        bool known = d->kind != DEV_CAP;
        for (uint32_t q = 0; q < plate.v.n && !known; q++) known = draw_in_comb(&plate.v.v[q], d);
        if (known) continue;
        arr_push(&plate.v, ((CapComb){.common = {d->t[1].net, d->t[1].bit}, .stands = k->way == STACK_BELOW && !stack_supply(c, d->t[1].net)}));
        CapComb *p = plate.v.v;
        for (uint32_t q = plate.v.n - 1; k->way == STACK_BELOW && q > 0 && stack_supply(c, p[q - 1].common.net) && !stack_supply(c, p[q].common.net); q--) {
            CapComb x = p[q];
            p[q] = p[q - 1], p[q - 1] = x;
        }
    }
    for (uint32_t i = 0; i < k->s.n; i++) devices -= k->s.v[i].rows * k->t->cell_row;
    for (uint32_t q = 0; q < plate.v.n && fits; q++) {
        CombList best = {0}, now = {0};
        fits = fit_combs(k, &plate.v.v[q], 0, y, &best);
        for (uint32_t n = 1; n <= SPLITS && k->way != STACK_PLAIN && !(fits && best.v.v[best.v.n - 1].y0 >= devices); n++) {
            if (!fit_combs(k, &plate.v.v[q], n, y, &now) || (fits && SAVED * (y - now.v.v[n].y0) >= (SAVED - 1) * (y - best.v.v[best.v.n - 1].y0))) continue;
            CombList was = best;
            best = now, now = was;
            fits = true;
        }
        for (uint32_t i = 0; i < best.v.n && fits; i++) arr_push(&k->comb, best.v.v[i]);
        if (fits) y = best.v.v[best.v.n - 1].y0;
        arr_free(&best.v);
        arr_free(&now.v);
    }
    arr_free(&plate.v);
    return fits;
}

int32_t stack_rows_above(const Stack *k)
{
    int32_t rows = 0;
    for (uint32_t q = 0; q < k->comb.n && k->way == STACK_BELOW; q++)
        if (!stack_supply(db_cell(k->db, k->c), k->comb.v[q].common.net)) rows = max32(rows, even((k->h - k->comb.v[q].y0) / k->t->cell_row));
    return rows;
}

Status stack_draw_combs(Stack *k)
{
    Status st = ST_OK;
    for (uint32_t i = k->comb.n; i-- > 0 && st == ST_OK;) {
        uint32_t n = db_cell(k->db, k->c)->shapes.n;
        st = draw_caps(k->db, k->t, k->c, &k->comb.v[i], true);
        const DbCell *c = db_cell(k->db, k->c);
        for (uint32_t q = n; q < c->shapes.n && i > 0; q++) {
            const DbShape *s = &c->shapes.v[q];
            CapComb *above = &k->comb.v[i - 1];
            if (s->layer.i == k->metal.i && s->net.i == above->common.net.i && s->bit == above->common.bit) above->line = (s->box.x0 + s->box.x1) / 2;
        }
    }
    return st;
}
