/*
 * Resistors of poly: strips of one size in parallel, as many for each resistor as its value asks. Strips stand upright in bands of rows,
 * between two heads with contacts; the mark of resistors lies over the middle of a whole band.
 *
 *      ── ─────── ──      bars of metal 1: heads of one net side by side
 *   ▏  │ │ │ │ │ │ │  ▕   strips, a dummy at either end, tied to the rail below
 *      ─────── ─────
 *
 * A resistor's strips stand in pairs of bands as far above the middle as below, from left to right in the lower ones and from right to left
 * in the upper ones: what changes evenly over the cell changes all alike, for all have their centre at the middle, up to an odd strip. Within a band resistors follow each other as in the circuit, so neighbours share a bar. Bands
 * are as high as it takes to make the contacts' part of the resistance small, if there is room. The router joins the bars (draw_stack.c).
 */
#include "cells/draw_int.h"

#include <math.h>
#include <stdlib.h>

enum { UNIT_MAX = 64 /* strips of the largest resistor, at most */, HIGH_MAX = 8, HIGH_MOST = 32 /* rows of a band; of one whose strips find no room in so many */ };
#define UNIT_ERROR 1e-3 /* of a resistor, by whole strips */
#define CONTACTS 0.04   /* of the resistance: less is not sought */

typedef struct {
    uint32_t dev;
    int32_t n;              /* strips */
} Resistor;

typedef struct {
    Db *db;
    const Tech *t;
    CellId c;
    RowGeom g;
    const TechLayer *mark;
    ARRAY(Resistor) r;      /* in the circuit's order */
    double ohm;             /* of a strip */
    int32_t x0, x1;         /* where they may stand */
    int32_t head, bar;      /* middle of a bar from the band's edge; height of bars */
    int32_t edge;           /* of a contact to the strip's side */
    int32_t high, bands;    /* rows of a band; an even number of bands */
    ARRAY(int32_t) dealt;   /* [resistor][band] strips */
    int32_t w, len, gap;    /* of a strip: width, length under the mark, distance to the next */
} Strips;

typedef struct {
    const DbDevice *d;
    bool turned;            /* its first end is the upper one */
} Strip;

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t up_to(int32_t v, int32_t step) { return (v + step - 1) / step * step; }

static bool large(const Tech *t, const DbDevice *d)
{
    const TechLayer *co = tech_cut(t, 0);
    return d->kind == DEV_RES && co && d->value >= co->r_cut / 10;
}

/* Do they share a net, supplies aside? */
static bool share_net(const DbCell *x, const DbDevice *a, const DbDevice *b)
{
    bool any = false;
    for (int e = 0; e < 4; e++) {
        NetUse use = x->nets.v[a->t[e / 2].net.i].use;
        any |= use != USE_POWER && use != USE_GROUND && a->t[e / 2].net.i == b->t[e % 2].net.i && a->t[e / 2].bit == b->t[e % 2].bit;
    }
    return any;
}

bool draw_is_strip(const Db *db, const Tech *t, CellId c, uint32_t dev)
{
    const DbCell *x = &db->cells.v[c.i];
    bool *in = mem_calloc(x->devices.n + 1, 1), more = true, strip;
    for (uint32_t i = 0; i < x->devices.n; i++) in[i] = large(t, &x->devices.v[i]);
    for (uint32_t i = 0; more; i = 0) {
        for (more = false; i < x->devices.n; i++)
            for (uint32_t k = 0; k < x->devices.n && x->devices.v[i].kind == DEV_RES && !in[i]; k++)
                if (in[k] && share_net(x, &x->devices.v[i], &x->devices.v[k])) in[i] = more = true;
    }
    strip = in[dev];
    mem_free(in);
    return strip;
}

static int32_t contacts_across(const Strips *k)
{
    const TechLayer *co = tech_cut(k->t, 0);
    return (k->w - 2 * k->edge - co->cut_size) / (co->cut_size + co->space) + 1;
}

/* Fewest strips of the largest resistor with which all others are whole numbers of strips, too. */
static bool find_unit(Strips *k)
{
    double most = 0;
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < k->r.n; i++) most = fmax(most, c->devices.v[k->r.v[i].dev].value);
    for (int32_t n = 1; n <= UNIT_MAX; n++) {
        bool whole = true;
        for (uint32_t i = 0; i < k->r.n; i++) {
            double q = n * most / c->devices.v[k->r.v[i].dev].value;
            whole &= fabs(q / rint(q) - 1) <= UNIT_ERROR;
            k->r.v[i].n = (int32_t)lrint(q);
        }
        k->ohm = n * most;
        if (whole) return true;
    }
    return false;
}

/* The least full of bands 0 … n − 1, of those the one nearest to `ideal`. */
static int32_t emptiest(const int32_t *fill, int32_t n, int32_t ideal)
{
    int32_t best = 0;
    for (int32_t b = 1; b < n; b++)
        if (fill[b] < fill[best] || (fill[b] == fill[best] && abs(b - ideal) < abs(best - ideal))) best = b;
    return best;
}

/* Deal the strips out to the bands, as many to each: two of a resistor at a time, as far above the middle as below. Returns the fullest's. */
static int32_t deal(Strips *k)
{
    int32_t n = k->bands, most = 0, *fill = mem_calloc((size_t)n + 1, sizeof *fill);
    k->dealt.n = 0;
    for (uint32_t i = 0; i < k->r.n * (uint32_t)n; i++) arr_push(&k->dealt, 0);
    for (uint32_t i = 0; i < k->r.n; i++) {
        int32_t *of = k->dealt.v + i * (uint32_t)n, all = k->r.v[i].n;
        for (int32_t s = 0; s < all; s++) {
            bool pair = s + 1 < all;
            int32_t b = pair ? emptiest(fill, n / 2, (int32_t)((int64_t)(s + 1) * n / (2 * all))) : emptiest(fill, n, n / 2);
            of[b]++, fill[b]++;
            if (!pair) continue;
            of[n - 1 - b]++, fill[n - 1 - b]++, s++;
        }
    }
    for (int32_t b = 0; b < n; b++) most = max32(most, fill[b]);
    mem_free(fill);
    return most;
}

/* Strips in bands of so many rows, in all at most `most`. False: they would be narrower than the rules allow, or do not fit. */
static bool size(Strips *k, int32_t high, int32_t rows)
{
    const Tech *t = k->t;
    const TechLayer *m1 = tech_metal(t, 1);
    int32_t room = high * t->cell_row - 2 * k->head - k->g.pad_y, n = 0;
    double squares = k->ohm / t->res_sheet;
    k->high = high;
    k->w = (int32_t)fmin(room / squares, k->x1 - k->x0) / (2 * t->grid) * 2 * t->grid;
    k->len = (int32_t)lrint(squares * k->w / t->grid) * t->grid;
    if (k->w < t->res_w || k->w < k->g.co + 2 * k->edge || k->len < k->mark->width || k->len > room) return false;
    /* a bar of one strip has the metal's least area */
    int32_t least = (int32_t)ceil(m1->min_area / (t->dbu_m * t->dbu_m) / k->bar);
    k->gap = up_to(max32(max32(t->res_space, tech_role(t, ROLE_POLY)->space), max32(m1->space, least - k->w + m1->space)), 2 * t->grid);
    int32_t most = (k->x1 - k->x0 - 2 * (t->res_w + k->gap) + k->gap) / (k->w + k->gap);
    if (most < 1) return false;
    for (uint32_t i = 0; i < k->r.n; i++) n += k->r.v[i].n;
    for (k->bands = up_to((n + most - 1) / most, 2); k->bands * high <= rows; k->bands += 2)
        if (deal(k) <= most) return true;
    return false;
}

/* Bands as high as wanted, or as there is room for. Rows they take, 0: they cannot stand in `most`. */
static int32_t find_size(Strips *k, int32_t most)
{
    int32_t best = 0;
    for (int32_t high = 1; high <= HIGH_MAX; high++) {
        if (!size(k, high, most)) continue; /* too narrow, or too high */
        best = high;
        if (2 * tech_cut(k->t, 0)->r_cut / contacts_across(k) <= CONTACTS * k->ohm) break;
    }
    for (int32_t high = HIGH_MAX + 1; !best && high <= HIGH_MOST; high++)
        if (size(k, high, most)) best = high;
    return best && size(k, best, most) ? k->bands * k->high : 0;
}

static bool start(Strips *k, Db *db, const Tech *t, CellId c, bool taps)
{
    *k = (Strips){.db = db, .t = t, .c = c};
    if (draw_rows(t, taps, &k->g) != ST_OK) return false;
    const TechLayer *co = tech_cut(t, 0), *m1 = tech_metal(t, 1), *poly = tech_role(t, ROLE_POLY);
    for (uint32_t i = 0; i < t->layers.n; i++)
        if (t->layers.v[i].role == ROLE_RESISTOR && (!t->layers.v[i].body || str_eq(t->layers.v[i].body, poly->name))) k->mark = &t->layers.v[i];
    if (!k->mark) return false;
    for (uint32_t i = 0; i < db_cell(db, c)->devices.n; i++)
        if (draw_is_strip(db, t, c, i)) arr_push(&k->r, ((Resistor){.dev = i}));
    int32_t side = up_to((max32(max32(t->res_space, m1->space), max32(poly->space, k->mark->space)) + 1) / 2, t->grid);
    k->x0 = k->g.tap + side;
    k->x1 = db_cell(db, c)->box.x1 - side;
    k->bar = max32(m1->width, co->cut_size + 2 * co->enc_above_side);
    k->head = up_to(t->rail / 2 + tech_space(m1, 2 * t->rail) + k->bar / 2, k->g.track); /* what is joined to a rail makes it wider */
    k->edge = max32((k->g.pad_x - k->g.co) / 2, co->enc_above);
    return find_unit(k);
}

bool draw_has_strips(const Db *db, const Tech *t, CellId c)
{
    const DbCell *x = &db->cells.v[c.i];
    bool any = false;
    for (uint32_t i = 0; i < x->devices.n; i++) any |= large(t, &x->devices.v[i]);
    return any;
}

int32_t draw_strip_rows(Db *db, const Tech *t, CellId c, bool taps, int32_t most, int32_t *band)
{
    Strips k;
    int32_t rows = start(&k, db, t, c, taps) ? find_size(&k, most) : 0;
    *band = k.high;
    arr_free(&k.r);
    arr_free(&k.dealt);
    return rows;
}

/* ---- resistors of metal ------------------------------------------------------------------------------------------ */

const TechLayer *draw_resistor_mark(const Tech *t, int32_t level)
{
    for (uint32_t i = 0; i < t->layers.n; i++)
        if (t->layers.v[i].role == ROLE_RESISTOR && t->layers.v[i].body && str_eq(t->layers.v[i].body, tech_metal(t, level)->name)) return &t->layers.v[i];
    return NULL;
}

bool draw_is_body(const Db *db, const Tech *t, CellId id, int32_t level, const DbShape *s, Box in)
{
    const DbCell *c = &db->cells.v[id.i];
    const TechLayer *mark = draw_resistor_mark(t, level);
    Box x = {max32(s->box.x0, in.x0), max32(s->box.y0, in.y0), min32(s->box.x1, in.x1), min32(s->box.y1, in.y1)};
    for (uint32_t i = 0; i < c->shapes.n && mark && s->layer.i == db_metal(db, level).i; i++) {
        Box m = c->shapes.v[i].box;
        if (c->shapes.v[i].layer.i == db_find_layer(db, mark->name).i && m.x0 <= x.x0 && m.x1 >= x.x1 && m.y0 <= x.y0 && m.y1 >= x.y1) return true;
    }
    return false;
}

/* ---- drawing -------------------------------------------------------------------------------------------------- */

static void put(Strips *k, LayerId l, ShapeKind kind, Box b, int32_t y, DrawNet net)
{
    db_add_shape(k->db, k->c, l, kind, (Box){b.x0, b.y0 + y, b.x1, b.y1 + y}, net.net, net.bit);
}

static DrawNet pin_of(const DbDevice *d, int end) { return (DrawNet){d->t[end].net, d->t[end].bit}; }

static DrawNet end_of(const Strip *s, int upper) { return pin_of(s->d, upper != s->turned); }

static bool same(DrawNet a, DrawNet b) { return a.net.i == b.net.i && a.bit == b.bit; }

/* Heads in the middle height `at`: contacts of strips i … j − 1, which are on one net, and their bar. */
static void draw_bar(Strips *k, const Strip *s, uint32_t i, uint32_t j, int upper, int32_t x0, int32_t y)
{
    const TechLayer *co = tech_cut(k->t, 0), *m1 = tech_metal(k->t, 1);
    int32_t at = upper ? k->high * k->t->cell_row - k->head : k->head, n = contacts_across(k), pitch = co->cut_size + co->space, x = x0;
    for (uint32_t q = i; q < j; q++)
        for (int32_t p = 0; p < n; p++) {
            x = x0 + (int32_t)q * (k->w + k->gap) + (k->w - (n - 1) * pitch - co->cut_size) / 2 / k->t->grid * k->t->grid + p * pitch;
            put(k, db_cut(k->db, 0), SHAPE_VIA, (Box){x, at - co->cut_size / 2, x + co->cut_size, at + co->cut_size / 2}, y, end_of(&s[q], upper));
        }
    Box b = {x0 + (int32_t)i * (k->w + k->gap), at - k->bar / 2, x0 + (int32_t)j * (k->w + k->gap) - k->gap, at + k->bar / 2};
    int32_t more = (int32_t)ceil(m1->min_area / (k->t->dbu_m * k->t->dbu_m) / k->bar) - (b.x1 - b.x0);
    if (more > 0) b.x0 -= up_to((more + 1) / 2, k->t->grid), b.x1 += up_to((more + 1) / 2, k->t->grid);
    put(k, db_metal(k->db, 1), SHAPE_WIRE, b, y, end_of(&s[i], upper));
}

/* A strip without mark, tied to the rail below. */
static void draw_dummy(Strips *k, int32_t x, int32_t row)
{
    const TechLayer *co = tech_cut(k->t, 0);
    int32_t y = row * k->t->cell_row, mid = x + k->t->res_w / 2, half = co->cut_size / 2, side = max32(tech_metal(k->t, 1)->width, co->cut_size + 2 * co->enc_above_side) / 2;
    DrawNet rail = {db_find_net(k->db, k->c, row % 2 ? "VDD" : "VSS"), 0};
    put(k, db_find_layer(k->db, tech_role(k->t, ROLE_POLY)->name), SHAPE_WIRE,
        (Box){x, k->head - k->g.pad_y / 2, x + k->t->res_w, k->high * k->t->cell_row - k->head + k->g.pad_y / 2}, y, rail);
    put(k, db_cut(k->db, 0), SHAPE_VIA, (Box){mid - half, k->head - half, mid + half, k->head + half}, y, rail);
    put(k, db_metal(k->db, 1), SHAPE_WIRE, (Box){mid - side, k->t->rail / 2, mid + side, k->head + half + co->enc_above}, y, rail);
}

/* Where contacts of poly want a mark, one over those of all heads at a height, from x0 to x1. */
static void draw_head_mark(Strips *k, int32_t x0, int32_t x1, int upper, int32_t y)
{
    const TechLayer *l = tech_role(k->t, ROLE_POLY_CONTACT);
    int32_t at = upper ? k->high * k->t->cell_row - k->head : k->head, reach = k->g.co / 2 + tech_rule_value(k->t, RULE_ENCLOSE, FE_CO_POLY, FE_CO_MARK);
    if (l) put(k, db_find_layer(k->db, l->name), SHAPE_WIRE, (Box){x0 - reach, at - reach, x1 + reach, at + reach}, y, (DrawNet){NET_NONE, 0});
}

static void draw_band(Strips *k, int32_t band, int32_t row)
{
    ARRAY(Strip) s = {0};
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < k->r.n; i++) {
        const Resistor *r = &k->r.v[band < k->bands / 2 ? i : k->r.n - 1 - i];
        for (int32_t n = k->dealt.v[(uint32_t)(r - k->r.v) * (uint32_t)k->bands + (uint32_t)band]; n > 0; n--) {
            Strip x = {&c->devices.v[r->dev], false}, *last = s.n ? &s.v[s.n - 1] : NULL;
            /* a net that both have stays on its side */
            if (last) x.turned = same(end_of(last, 0), pin_of(x.d, 1)) || same(end_of(last, 1), pin_of(x.d, 0));
            arr_push(&s, x);
        }
    }
    int32_t y = row * k->t->cell_row, pitch = k->w + k->gap, h = k->high * k->t->cell_row, wide = (int32_t)s.n * pitch - k->gap;
    int32_t x0 = (k->x0 + k->x1 - wide) / 2 / k->t->grid * k->t->grid, end = k->head - k->g.pad_y / 2, body = (h - k->len) / 2 / k->t->grid * k->t->grid;
    LayerId poly = db_find_layer(k->db, tech_role(k->t, ROLE_POLY)->name);
    for (uint32_t i = 0; i < s.n; i++) put(k, poly, SHAPE_WIRE, (Box){x0 + (int32_t)i * pitch, end, x0 + (int32_t)i * pitch + k->w, h - end}, y, (DrawNet){NET_NONE, 0});
    for (int upper = 0; upper < 2; upper++)
        for (uint32_t i = 0, j; i < s.n; i = j) {
            for (j = i + 1; j < s.n && same(end_of(&s.v[i], upper), end_of(&s.v[j], upper)); j++) {}
            draw_bar(k, s.v, i, j, upper, x0, y);
        }
    int32_t over = k->gap / 2 / k->t->grid * k->t->grid;
    if (s.n) put(k, db_find_layer(k->db, k->mark->name), SHAPE_WIRE, (Box){x0 - over, body, x0 + wide + over, body + k->len}, y, (DrawNet){NET_NONE, 0});
    int32_t dummy[2] = {x0 - k->gap - k->t->res_w, x0 + wide + k->gap};
    for (int e = 0; e < 2; e++) draw_dummy(k, dummy[e], row);
    draw_head_mark(k, dummy[0] + k->t->res_w / 2, dummy[1] + k->t->res_w / 2, 0, y);
    if (s.n) draw_head_mark(k, x0, x0 + wide, 1, y);
    arr_free(&s);
}

void draw_strips(Db *db, const Tech *t, CellId c, bool taps, int32_t row, int32_t band)
{
    Strips k;
    bool ok = start(&k, db, t, c, taps) && size(&k, band, db_cell(db, c)->box.y1 / t->cell_row - row);
    assert(ok); /* by draw_strip_rows */
    for (int32_t b = 0; ok && b < k.bands; b++) draw_band(&k, b, row + b * k.high);
    msg_verbose("draw: %s: strips of %.0f ohm, %d x %d dbu, in %d bands of %d rows; contacts add %.1f %%", db_name(db, db_cell(db, c)->name), k.ohm, k.w, k.len, k.bands, k.high,
                200 * tech_cut(t, 0)->r_cut / contacts_across(&k) / k.ohm);
    arr_free(&k.r);
    arr_free(&k.dealt);
}
