/*
 * Wires of high cells that are there before their sections are drawn (draw_stack.c), on the metal below the capacitors.
 *
 *   resistors  of marked metal, in line with the pin that one end has at the cell's edge, or where a track is free
 *   trunks     vertical wires, each from the first section that needs its net to the last: on lines of their own nets first, then on tracks, then
 *              where there is room; a trunk that finds no line changes lines in a section, whose router joins the pieces
 */
#include "cells/draw_stack.h"
#include "cells/physical.h"

#include <math.h>

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }

/* ---- resistors ------------------------------------------------------------------------------------------------------------ */

/* May a wire of the net stand in this box? A wire of its own on the same line may be there. */
static bool free_for(const Stack *k, Box b, DrawNet n)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    for (uint32_t i = 0; i < db_cell(k->db, k->c)->shapes.n; i++) {
        const DbShape *s = &db_cell(k->db, k->c)->shapes.v[i];
        if (s->layer.i != db_metal(k->db, k->level).i) continue;
        if (s->net.i == n.net.i && s->bit == n.bit && s->box.x0 <= b.x0 && s->box.x1 >= b.x1) continue;
        if (s->box.x0 < b.x1 + m->space && b.x0 < s->box.x1 + m->space && s->box.y0 < b.y1 + m->space && b.y0 < s->box.y1 + m->space) return false;
    }
    return true;
}

/* Where neither end is at an edge: the first free track from the lower edge's pins upwards, for a piece of the one end, on which the resistor follows. */
static Box free_start(const Stack *k, const DbDevice *d)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    int32_t len = cells_pin_length(k->t, m), y0 = len + 2 * k->t->cell_row, all = 2 * len + (int32_t)lrint(m->width * d->value / m->r_sheet);
    for (int32_t x = m->pitch + (m->pitch - m->width) / 2; x + m->width + m->pitch <= k->w; x += m->pitch)
        if (free_for(k, (Box){x, y0, x + m->width, y0 + all}, (DrawNet){NET_NONE, 0})) return (Box){x, y0, x + m->width, y0 + len};
    return (Box){0};
}

static Status draw_resistor(Stack *k, const DbDevice *d)
{
    const TechLayer *m = tech_metal(k->t, k->level), *mark = draw_resistor_mark(k->t, k->level);
    const DbCell *c = db_cell(k->db, k->c);
    const char *name = db_name(k->db, d->name), *cell = db_name(k->db, c->name);
    if (!mark) return msg_error(ST_INPUT, "DRAW-0001", (Loc){k->t->dir, 0, 0}, "cell %s: resistor %s: no layer marks resistors of %s", cell, name, m->name);
    Box pin = {0};
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->net.i == d->t[0].net.i && s->bit == d->t[0].bit && s->layer.i == db_metal(k->db, k->level).i) pin = s->box;
    }
    bool given = pin.x0 < pin.x1;
    if (!given) pin = free_start(k, d);
    int32_t w = pin.x1 - pin.x0, len = (int32_t)lrint(w * d->value / m->r_sheet / k->t->grid) * k->t->grid, far = len + cells_pin_length(k->t, m);
    bool top = pin.y1 == k->h;
    if (w == 0 || pin.y1 - pin.y0 >= k->h || far > k->h / 2)
        return msg_error(ST_INPUT, "DRAW-0002", (Loc){0}, "cell %s: resistor %s has no pin at the edge that it could go on from", cell, name);
    Box body = {pin.x0, top ? pin.y0 - len : pin.y1, pin.x1, top ? pin.y0 : pin.y1 + len}, inner = {pin.x0, top ? pin.y0 - far : body.y1, pin.x1, top ? body.y0 : pin.y1 + far};
    LayerId metal = db_metal(k->db, k->level);
    if (!given) db_add_shape(k->db, k->c, metal, SHAPE_WIRE, pin, d->t[0].net, d->t[0].bit);
    db_add_shape(k->db, k->c, metal, SHAPE_WIRE, body, d->t[0].net, d->t[0].bit);
    db_add_shape(k->db, k->c, metal, SHAPE_WIRE, inner, d->t[1].net, d->t[1].bit);
    db_add_shape(k->db, k->c, db_find_layer(k->db, mark->name), SHAPE_WIRE, body, NET_NONE, 0);
    return ST_OK;
}

Status stack_resistors(Stack *k)
{
    k->feed0 = db_cell(k->db, k->c)->shapes.n;
    TRY(draw_feeds(k->db, k->t, k->c, k->level));
    k->feed1 = db_cell(k->db, k->c)->shapes.n;
    for (uint32_t i = 0; i < db_cell(k->db, k->c)->devices.n; i++) {
        DbDevice d = db_cell(k->db, k->c)->devices.v[i];
        if (d.kind == DEV_RES && !draw_is_strip(k->db, k->t, k->c, i) && !draw_is_feed(k->db, k->t, k->c, &d)) TRY(draw_resistor(k, &d));
    }
    return ST_OK;
}

/* ---- trunks ----------------------------------------------------------------------------------------------------------------- */

static void need(Stack *k, NetId net, uint32_t bit, uint32_t section)
{
    if (stack_supply(db_cell(k->db, k->c), net)) return;
    int32_t n = draw_net(&k->nets, net, bit), s = (int32_t)section;
    k->lo[n] = min32(k->lo[n], s);
    k->hi[n] = max32(k->hi[n], s);
}

/* In which sections each net is needed. */
static void find_needs(Stack *k)
{
    const DbCell *c = db_cell(k->db, k->c);
    uint32_t most = 1;
    for (uint32_t i = 0; i < c->nets.n; i++) most += c->nets.v[i].width;
    k->lo = mem_calloc(most, sizeof *k->lo);
    k->hi = mem_calloc(most, sizeof *k->hi);
    for (uint32_t i = 0; i < most; i++) k->lo[i] = INT32_MAX, k->hi[i] = -1;
    for (uint32_t s = 0; s < k->s.n; s++) {
        Box b = stack_box(k, s);
        for (uint32_t i = k->s.v[s].first; i < k->s.v[s].first + k->s.v[s].n; i++)
            for (int q = 0; q < 3 && c->devices.v[i].kind <= DEV_PMOS; q++) need(k, c->devices.v[i].t[q].net, c->devices.v[i].t[q].bit, s);
        for (uint32_t i = 0; i < c->shapes.n; i++)
            if (stack_wired(k, &c->shapes.v[i]) && !stack_in_the_way(k, i) && box_overlap(c->shapes.v[i].box, b) && !draw_is_body(k->db, k->t, k->c, k->level, &c->shapes.v[i], b)) need(k, c->shapes.v[i].net, c->shapes.v[i].bit, s);
    }
}

/* Is the whole height there already? */
static bool passes(const Stack *k, int32_t y0, int32_t y1, DrawNet n)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->layer.i == db_metal(k->db, k->level).i && s->net.i == n.net.i && s->bit == n.bit && s->box.y0 <= y0 && s->box.y1 >= y1) return true;
    }
    return false;
}

/* Below a strap of a supply, which comes down to the rails there. */
static bool below_strap(const Stack *k, Box b)
{
    const DbCell *c = db_cell(k->db, k->c);
    int32_t space = tech_metal(k->t, k->level)->space;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &k->db->layers.v[s->layer.i];
        if (l->kind != LAYER_METAL || l->level <= k->level || !stack_supply(c, s->net) || s->box.x1 - s->box.x0 > s->box.y1 - s->box.y0) continue;
        if (s->box.x0 - space < b.x1 && b.x0 < s->box.x1 + space) return true;
    }
    return false;
}

/* May the trunk stand at x? `more`: what a contact reaches out of a wire, which tracks have in their pitch. */
static bool trunk_fits(const Stack *k, Box b, int32_t more, DrawNet n)
{
    const TechLayer *cut = tech_cut(k->t, k->level - 1);
    int32_t edge = (cut->cut_size + cut->space + 1) / 2, mid = (b.x0 + b.x1) / 2; /* no cut may stand nearer to the cell's edge */
    return mid >= edge && mid <= k->w - edge && free_for(k, (Box){b.x0 - more, b.y0, b.x1 + more, b.y1}, n);
}

/* From the upper edge of the first section, or, where contacts of capacitors stand there, from its middle, to the lower edge of the last. */
typedef struct {
    int32_t lo, hi;         /* sections */
    bool middle;
} Reach;

static Box trunk_at(const Stack *k, int32_t x, Reach r)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    int32_t half = (m->space + 1) / 2, rows = k->s.v[r.lo].rows / 2 * k->t->cell_row;
    return (Box){x, stack_box(k, (uint32_t)r.hi).y0 + half, x + m->width, stack_box(k, (uint32_t)r.lo).y1 - (r.middle ? rows : half)};
}

/* The line of a wire or a contact of its own that is free. −1: none is. */
static int32_t own_line(const Stack *k, DrawNet n, Reach r, int32_t pad)
{
    const DbCell *c = db_cell(k->db, k->c);
    int32_t width = tech_metal(k->t, k->level)->width;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        int32_t w = s->box.x1 - s->box.x0, x = s->box.x0 + (w - width) / 2;
        if (s->layer.i != db_metal(k->db, k->level).i || s->net.i != n.net.i || s->bit != n.bit || w < width || w > pad) continue;
        if (trunk_fits(k, trunk_at(k, x, r), 0, n)) return x;
    }
    return -1;
}

/* The first free track, below straps only if there is no other; else the first place with room, for contacts of capacitors stand between
 * tracks. −1: none has. */
static int32_t free_line(const Stack *k, DrawNet n, Reach r, int32_t pad)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    int32_t tracks = k->w / m->pitch;
    for (int32_t i = 0; i < 2 * tracks; i++) {
        Box b = trunk_at(k, i % tracks * m->pitch + (m->pitch - m->width) / 2, r);
        if (!(i < tracks && below_strap(k, b)) && trunk_fits(k, b, 0, n)) return b.x0;
    }
    for (int32_t x = k->t->grid; x + m->width < k->w; x += k->t->grid)
        if (trunk_fits(k, trunk_at(k, x, r), (pad - m->width) / 2, n)) return x;
    return -1;
}

/* A trunk for net i: on a line of its own, else, where `any`, on a free one; where none passes all sections, it changes lines in one of them, as late
 * as it can. False: there is none. */
static bool put_trunk(Stack *k, uint32_t i, bool any)
{
    const TechLayer *m = tech_metal(k->t, k->level), *cut = tech_cut(k->t, k->level - 1);
    DrawNet n = k->nets.v.v[i];
    int32_t pad = max32(m->width, cut->cut_size + 2 * cut->enc_above_side);
    for (Reach r = {k->lo[i], k->hi[i], false}; r.lo < k->hi[i]; r = (Reach){r.hi, k->hi[i], false}) {
        Box b = trunk_at(k, 0, r);
        if (passes(k, b.y0, b.y1, n)) return true;
        int32_t x = own_line(k, n, r, pad);
        for (int32_t to = r.hi; any && x < 0 && to > r.lo; to--)
            for (int mid = 0; mid < 2 && x < 0; mid++) x = free_line(k, n, r = (Reach){r.lo, to, mid}, pad);
        if (x < 0) return false;
        db_add_shape(k->db, k->c, db_metal(k->db, k->level), SHAPE_WIRE, trunk_at(k, x, r), n.net, n.bit);
    }
    return true;
}

/* First those that have a line of their own, then the others, the longest first. */
Status stack_trunks(Stack *k, bool tell)
{
    find_needs(k);
    for (uint32_t i = 0; i < k->nets.v.n; i++) (void)put_trunk(k, i, false);
    for (uint32_t span = k->s.n; span > 0; span--)
        for (uint32_t i = 0; i < k->nets.v.n; i++) {
            if (k->hi[i] - k->lo[i] != (int32_t)span || put_trunk(k, i, true)) continue;
            if (!tell) return ST_VIOLATION;
            const DbCell *c = db_cell(k->db, k->c);
            return msg_error(ST_VIOLATION, "DRAW-0005", (Loc){0}, "cell %s: no track is left for the wire of net %s between its sections", db_name(k->db, c->name),
                             db_name(k->db, c->nets.v[k->nets.v.v[i].net.i].name));
        }
    return ST_OK;
}
