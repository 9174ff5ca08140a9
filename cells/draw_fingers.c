/*
 * Fingers of capacitors that are drawn: where those of a common plate lie, and lengths corrected afterwards (draw_caps.c draws them).
 */
#include "cells/draw_caps.h"
#include "cells/physical.h"

#include <math.h>
#include <stdlib.h>

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }

/* Metal of one of a capacitor's plates? */
static bool is_plate(const Db *db, const Tech *t, const DbShape *s, const DbDevice *d, int plate)
{
    const DbLayer *l = &db->layers.v[s->layer.i];
    return l->kind == LAYER_METAL && l->level >= t->mom_lo && l->level <= t->mom_hi && s->net.i == d->t[plate].net.i && s->bit == d->t[plate].bit;
}

/* Is the mark that of a gap beside one of the capacitor's fingers, which ends where the mark does? */
static bool marks_gap(const Db *db, const Tech *t, const DbCell *c, const DbDevice *d, Box g, bool hang)
{
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (is_plate(db, t, s, d, 0) && (hang ? s->box.y0 == g.y0 : s->box.y1 == g.y1) && (s->box.x1 == g.x0 || s->box.x0 == g.x1)) return true;
    }
    return false;
}

void draw_common_fingers(const Tech *t, int32_t w, Boxes *out)
{
    const CapComb any = {{NET_NONE, 0}, 0, 0};
    Db db;
    tech_db_init(t, &db, "comb");
    Caps k = {.db = &db, .t = t, .c = db_add_cell(&db, "comb", CELL_LEAF, "comb"), .w = w, .lo = t->mom_lo, .hi = t->mom_hi, .comb = &any};
    if (tech_role(t, ROLE_MOM)) {
        caps_dimensions(&k);
        caps_places(&k);
    }
    for (uint32_t i = 0; i < k.f.n; i++)
        if (k.f.v[i].cap == -1) arr_push(&out->v, ((Box){k.f.v[i].x - k.width / 2, 0, k.f.v[i].x + k.width / 2, 0}));
    arr_free(&k.f);
    db_free(&db);
}

bool draw_below_common(const Tech *t, int32_t w, int32_t x0, int32_t x1)
{
    Boxes f = {0};
    bool below = false;
    draw_common_fingers(t, w, &f);
    for (uint32_t i = 0; i < f.v.n; i++) below |= f.v.v[i].x0 < x1 && x0 < f.v.v[i].x1;
    arr_free(&f.v);
    return below;
}

/* A capacitor's fingers: where they begin, and the farthest end. Those over a whole cell stand on its lower edge, those of a comb stand, or hang from its
 * upper end. */
typedef struct {
    int32_t begin, end;
    int32_t far;            /* of the common plate */
    bool comb, hang;
} Fingers;

static Fingers fingers_of(const Caps *k, const DbDevice *d)
{
    const DbCell *c = &k->db->cells.v[k->c.i];
    int32_t y0 = INT32_MAX, y1 = INT32_MIN, low = INT32_MAX, high = INT32_MIN;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        Box b = c->shapes.v[i].box;
        if (!is_plate(k->db, k->t, &c->shapes.v[i], d, 0)) continue;
        if (b.y0 < y0) y0 = b.y0;
        y1 = max32(y1, b.y1);
    }
    for (uint32_t i = 0; i < c->shapes.n; i++) { /* of its own comb: the common plate may have others above and below */
        Box b = c->shapes.v[i].box;
        if (!is_plate(k->db, k->t, &c->shapes.v[i], d, 1) || b.y0 >= y1 || b.y1 <= y0) continue;
        if (b.y0 < low) low = b.y0;
        high = max32(high, b.y1);
    }
    return low < y0 ? (Fingers){y1, y0, low, true, true} : (Fingers){y0, y1, high, y0 != k->half, false};
}

bool draw_cap_resize(Db *db, const Tech *t, CellId cell, uint32_t device, double value)
{
    DbCell *c = db_cell(db, cell);
    DbDevice *d = &c->devices.v[device];
    Caps k = {.db = db, .t = t, .c = cell, .w = c->box.x1, .h = c->box.y1, .lo = t->mom_lo, .hi = t->mom_hi};
    const CapComb any = {{NET_NONE, 0}, 0, 0};
    assert(d->kind == DEV_CAP && tech_role(t, ROLE_MOM));
    caps_dimensions(&k);
    Fingers f = fingers_of(&k, d);
    if (f.comb) { /* a comb's contacts are wider, and it is as high as its common plate */
        k.width = k.space = k.bar = 0;
        k.comb = &any;
        k.h = abs(f.begin - f.far) + 2 * k.half;
        caps_dimensions(&k);
    }
    LayerId mark = db_find_layer(db, tech_role(t, ROLE_MOM)->name);
    int32_t face = k.face0 - k.half, was = abs(f.end - f.begin) - face, len = (int32_t)ceil(was * value / d->value / t->grid - 1e-6) * t->grid;
    int32_t most = (k.face1 - k.face0) / t->grid * t->grid;
    if (len > most) len = most;
    int32_t least = t->grid; /* a finger alone is no smaller than metal may be */
    for (int32_t l = k.lo; l <= k.hi; l++) least = max32(least, cells_pin_length(t, tech_metal(t, l)) - face);
    if (len < least) len = least;
    if (was <= 0 || len == was) return false;
    int32_t end = f.hang ? f.begin - face - len : f.begin + face + len;
    for (uint32_t i = 0; i < c->shapes.n; i++) { /* marks first: they are found by the fingers' ends */
        Box *b = &c->shapes.v[i].box;
        if (c->shapes.v[i].layer.i == mark.i && (f.hang ? b->y0 : b->y1) == f.end && marks_gap(db, t, c, d, *b, f.hang)) *(f.hang ? &b->y0 : &b->y1) = end;
    }
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        Box *b = &c->shapes.v[i].box;
        if (is_plate(db, t, &c->shapes.v[i], d, 0) && (f.hang ? b->y0 : b->y1) == f.end) *(f.hang ? &b->y0 : &b->y1) = end;
    }
    d->value *= (double)len / was;
    return true;
}
