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

/* Shapes that trunks look at, again and again: of a high cell's shapes most are fingers. */
static void find_wires(Stack *k)
{
    const DbCell *c = db_cell(k->db, k->c);
    k->wire.n = k->strap.n = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &k->db->layers.v[s->layer.i];
        if (s->layer.i == k->metal.i) arr_push(&k->wire, i);
        if (l->kind == LAYER_METAL && l->level > k->level && stack_supply(c, s->net) && s->box.x1 - s->box.x0 <= s->box.y1 - s->box.y0) arr_push(&k->strap, i);
    }
}

static const DbShape *wire_of(const Stack *k, const DbCell *c, uint32_t i) { return &c->shapes.v[k->wire.v[i]]; }

static void add_wire(Stack *k, Box b, DrawNet n)
{
    arr_push(&k->wire, db_cell(k->db, k->c)->shapes.n);
    db_add_shape(k->db, k->c, k->metal, SHAPE_WIRE, b, n.net, n.bit);
}

/* ---- resistors ------------------------------------------------------------------------------------------------------------ */

/* May a wire of the net stand in this box? A wire of its own on the same line may be there. */
static bool free_for(const Stack *k, Box b, DrawNet n)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < k->wire.n; i++) {
        const DbShape *s = wire_of(k, c, i);
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

static Status draw_resistor(Stack *k, const DbDevice *d, bool tell)
{
    const TechLayer *m = tech_metal(k->t, k->level), *mark = draw_resistor_mark(k->t, k->level);
    const DbCell *c = db_cell(k->db, k->c);
    const char *name = db_name(k->db, d->name), *cell = db_name(k->db, c->name);
    if (!mark) return msg_error(ST_INPUT, "DRAW-0001", (Loc){k->t->dir, 0, 0}, "cell %s: resistor %s: no layer marks resistors of %s", cell, name, m->name);
    Box pin = {0};
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->net.i == d->t[0].net.i && s->bit == d->t[0].bit && s->layer.i == k->metal.i) pin = s->box;
    }
    bool given = pin.x0 < pin.x1;
    if (!given) {
        find_wires(k);
        pin = free_start(k, d);
    }
    int32_t w = pin.x1 - pin.x0, len = (int32_t)lrint(w * d->value / m->r_sheet / k->t->grid) * k->t->grid, far = len + cells_pin_length(k->t, m);
    bool top = pin.y1 == k->h;
    if (w == 0 || pin.y1 - pin.y0 >= k->h || far > k->h / 2)
        return !tell ? ST_INPUT : msg_error(ST_INPUT, "DRAW-0002", (Loc){0}, "cell %s: resistor %s has no pin at the edge that it could go on from", cell, name);
    Box body = {pin.x0, top ? pin.y0 - len : pin.y1, pin.x1, top ? pin.y0 : pin.y1 + len}, inner = {pin.x0, top ? pin.y0 - far : body.y1, pin.x1, top ? body.y0 : pin.y1 + far};
    LayerId metal = db_metal(k->db, k->level);
    if (!given) db_add_shape(k->db, k->c, metal, SHAPE_WIRE, pin, d->t[0].net, d->t[0].bit);
    db_add_shape(k->db, k->c, metal, SHAPE_WIRE, body, d->t[0].net, d->t[0].bit);
    db_add_shape(k->db, k->c, metal, SHAPE_WIRE, inner, d->t[1].net, d->t[1].bit);
    db_add_shape(k->db, k->c, db_find_layer(k->db, mark->name), SHAPE_WIRE, body, NET_NONE, 0);
    return ST_OK;
}

Status stack_resistors(Stack *k, bool tell)
{
    k->feed0 = db_cell(k->db, k->c)->shapes.n;
    TRY(draw_feeds(k->db, k->t, k->c, k->level));
    k->feed1 = db_cell(k->db, k->c)->shapes.n;
    for (uint32_t i = 0; i < db_cell(k->db, k->c)->devices.n; i++) {
        DbDevice d = db_cell(k->db, k->c)->devices.v[i];
        if (d.kind == DEV_RES && !draw_is_strip(k->db, k->t, k->c, i) && !draw_is_feed(k->db, k->t, k->c, &d)) TRY(draw_resistor(k, &d, tell));
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
            if (box_overlap(c->shapes.v[i].box, b) && stack_wired(k, &c->shapes.v[i]) && !stack_in_the_way(k, i) && !draw_is_body(k->db, k->t, k->c, k->level, &c->shapes.v[i], b)) need(k, c->shapes.v[i].net, c->shapes.v[i].bit, s);
    }
}

/* Is the whole height there already? */
static bool passes(const Stack *k, int32_t y0, int32_t y1, DrawNet n)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < k->wire.n; i++) {
        const DbShape *s = wire_of(k, c, i);
        if (s->net.i == n.net.i && s->bit == n.bit && s->box.y0 <= y0 && s->box.y1 >= y1) return true;
    }
    return false;
}

/* Below a strap of a supply, which comes down to the rails there. */
static bool below_strap(const Stack *k, Box b)
{
    const DbCell *c = db_cell(k->db, k->c);
    int32_t space = tech_metal(k->t, k->level)->space;
    for (uint32_t i = 0; i < k->strap.n; i++) {
        const DbShape *s = &c->shapes.v[k->strap.v[i]];
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

enum { STUB = 2 }; /* tracks: a trunk's end in a section that joins it to another line */

/* From the upper edge of the first section, or, where contacts of capacitors stand there, from its middle, to the lower edge of the last, or, where a common plate
 * begins in that, down to it. */
typedef struct {
    int32_t lo, hi;         /* sections */
    bool middle, edge;
} Reach;

/* A slight part of a comb's height is a tenth; a wire fewer tracks away is near another, if none stands between them. */
enum { SLIGHT = 10, NEAR = 2 };

static bool in_list(const DrawNets *list, DrawNet n)
{
    bool in = false;
    for (uint32_t i = 0; i < list->v.n; i++) in |= list->v.v[i].net.i == n.net.i && list->v.v[i].bit == n.bit;
    return in;
}

/* Is the device a switch that is always on? */
static bool always_on(const DbCell *c, const DbDevice *d)
{
    return d->kind <= DEV_PMOS && c->nets.v[d->t[1].net.i].use == (d->kind == DEV_NMOS ? USE_POWER : USE_GROUND);
}

static bool is_bottom(const Stack *k, DrawNet n)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (c->devices.v[i].kind == DEV_CAP && c->devices.v[i].t[0].net.i == n.net.i && c->devices.v[i].t[0].bit == n.bit) return true;
    return false;
}

void stack_find_afloat(Stack *k)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t q = 0; q < k->comb.n; q++)
        if (!stack_supply(c, k->comb.v[q].common.net)) draw_net(&k->afloat, k->comb.v[q].common.net, k->comb.v[q].common.bit);
    for (uint32_t n = 0; n != k->afloat.v.n;) {
        n = k->afloat.v.n;
        for (uint32_t i = 0; i < c->devices.n; i++)
            for (int q = 0; q < 3 && always_on(c, &c->devices.v[i]); q += 2) {
                const DbDevice *d = &c->devices.v[i];
                DrawNet one = {d->t[q].net, d->t[q].bit}, other = {d->t[2 - q].net, d->t[2 - q].bit};
                if (in_list(&k->afloat, one) && !stack_supply(c, other.net)) draw_net(&k->afloat, other.net, other.bit);
            }
    }
    for (uint32_t i = 0; i < c->devices.n; i++)
        for (int q = 0; q < 2 && c->devices.v[i].kind == DEV_RES; q++) {
            const DbDevice *d = &c->devices.v[i];
            DrawNet n = {d->t[q].net, d->t[q].bit};
            bool input = d->t[1 - q].net.i < c->n_ports && c->nets.v[d->t[1 - q].net.i].use == USE_ANALOG;
            if (input && n.net.i >= c->n_ports && !in_list(&k->afloat, n) && !is_bottom(k, n)) draw_net(&k->compared, n.net, n.bit);
        }
}

static bool is_common(const Stack *k, DrawNet n) { return in_list(&k->afloat, n); }

static bool is_compared(const Stack *k, DrawNet n) { return in_list(&k->compared, n); }

bool stack_floats(const Stack *k) { return k->afloat.v.n > 0; }

/* Where in a section a comb begins whose common plate nothing holds; −1: nowhere. */
static int32_t comb_edge(const Stack *k, int32_t section)
{
    Box b = stack_box(k, (uint32_t)section);
    for (uint32_t q = 0; q < k->comb.n; q++)
        if (is_common(k, k->comb.v[q].common) && k->comb.v[q].y1 > b.y0 && k->comb.v[q].y1 <= b.y1) return k->comb.v[q].y1;
    return -1;
}

/* Lower end of a trunk at x: where its net has a contact on that line in a last section without devices, there. */
static int32_t end_of(const Stack *k, int32_t x, Reach r, DrawNet n)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    const DbCell *c = db_cell(k->db, k->c);
    Box b = stack_box(k, (uint32_t)r.hi);
    int32_t half = (m->space + 1) / 2, y = b.y1;
    if (r.edge) return min32(comb_edge(k, r.hi) + half, b.y1 - STUB * m->pitch); /* the section must get a piece of it */
    for (uint32_t i = 0; i < k->wire.n && k->s.v[r.hi].n == 0; i++) {
        const DbShape *s = wire_of(k, c, i);
        if (s->net.i == n.net.i && s->bit == n.bit && s->box.x0 <= x && s->box.x1 >= x + m->width && s->box.y0 >= b.y0 && s->box.y1 <= b.y1) y = min32(y, s->box.y0);
    }
    return y < b.y1 ? y : b.y0 + half;
}

static Box trunk_at(const Stack *k, int32_t x, Reach r, DrawNet n)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    int32_t half = (m->space + 1) / 2, rows = k->s.v[r.lo].rows / 2 * k->t->cell_row;
    return (Box){x, end_of(k, x, r, n), x + m->width, stack_box(k, (uint32_t)r.lo).y1 - (r.middle ? rows : half)};
}

/* Is it a net that comes from outside? Such a one stands still while the common plate is compared, or moves alike each time. */
static bool from_outside(const Stack *k, DrawNet n)
{
    const DbCell *c = db_cell(k->db, k->c);
    return n.net.i < c->n_ports && c->nets.v[n.net.i].dir != DIR_OUT;
}

/* Does a wire pass below fingers of a common plate? */
static bool below_common(const Stack *k, int32_t x0, int32_t x1)
{
    bool below = false;
    for (uint32_t i = 0; i < k->common.v.n; i++) below |= k->common.v.v[i].x0 < x1 && x0 < k->common.v.v[i].x1;
    return below;
}

/* Would a wire in this box move the common plate of capacitors: below its fingers, if not `strict` for more than a slight part of their length, or beside a
 * wire of it? What is compared with it is moved itself where it stands below others' fingers; arranged wide, a wire beside that counts, too. */
static bool moves_common(const Stack *k, Box b, DrawNet n, bool strict)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    const DbCell *c = db_cell(k->db, k->c);
    int32_t far = (strict ? k->near : 1) * m->pitch;
    if (k->near == 0 || k->comb.n == 0 || is_common(k, n)) return false;
    if (is_compared(k, n)) return strict && !below_common(k, b.x0, b.x1);
    for (uint32_t i = 0; i < k->wire.n; i++) {
        const DbShape *s = wire_of(k, c, i);
        if (!is_common(k, (DrawNet){s->net, s->bit}) && !(k->wide && is_compared(k, (DrawNet){s->net, s->bit}))) continue;
        if (s->box.x0 < b.x1 + far && b.x0 < s->box.x1 + far && s->box.y0 < b.y1 && b.y0 < s->box.y1) return true;
    }
    bool comb = false;
    for (uint32_t q = 0; q < k->comb.n; q++) {
        int32_t below = min32(k->comb.v[q].y1, b.y1) - max32(k->comb.v[q].y0, b.y0);
        comb |= is_common(k, k->comb.v[q].common) && below > (strict ? STUB * m->pitch : (k->comb.v[q].y1 - k->comb.v[q].y0) / SLIGHT);
    }
    return comb && below_common(k, b.x0, b.x1);
}

/* How much a trunk may move a common plate. */
typedef enum { MOVES, SLIGHTLY, STILL } Quiet;

/* The line of a wire or a contact of its own that is free. −1: none is. */
static int32_t own_line(const Stack *k, DrawNet n, Reach r, int32_t pad, Quiet quiet)
{
    const DbCell *c = db_cell(k->db, k->c);
    int32_t width = tech_metal(k->t, k->level)->width;
    for (uint32_t i = 0; i < k->wire.n; i++) {
        const DbShape *s = wire_of(k, c, i);
        int32_t w = s->box.x1 - s->box.x0, x = s->box.x0 + (w - width) / 2;
        if (s->net.i != n.net.i || s->bit != n.bit || w < width || w > pad) continue;
        Box b = trunk_at(k, x, r, n);
        if (trunk_fits(k, b, (pad - width) / 2, n) && !(quiet && moves_common(k, b, n, quiet == STILL))) return x;
    }
    return -1;
}

/* Tracks from the left, or, where a trunk goes on from another line, by their distance from that: what joins both lies below the common plate. */
static int32_t nth_track(int32_t i, int32_t tracks, int32_t from)
{
    if (from < 0) return i;
    int32_t near = min32(from, tracks - 1 - from), side = (i + 1) / 2;
    if (side > near) return from <= tracks - 1 - from ? i : tracks - 1 - i;
    return i % 2 ? from - side : from + side;
}

/* The first free track that moves no common plate, below straps only if there is no other; where sections do not begin at the top, if none is
 * free, the first place below a bottom plate. If it may move one, the first free track, else the first place with room, for contacts of capacitors stand between
 * tracks. −1: none has. */
static int32_t free_line(const Stack *k, DrawNet n, Reach r, int32_t pad, Quiet quiet, int32_t from)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    int32_t tracks = k->w / m->pitch;
    for (int32_t i = 0; i < (quiet ? 2 : 3) * tracks; i++) {
        Box b = trunk_at(k, nth_track(i % tracks, tracks, from) * m->pitch + (m->pitch - m->width) / 2, r, n);
        if (!(i < tracks && below_strap(k, b)) && !(i < 2 * tracks && moves_common(k, b, n, quiet != SLIGHTLY)) && trunk_fits(k, b, (pad - m->width) / 2, n)) return b.x0;
    }
    for (int32_t x = k->t->grid; x + m->width < k->w && (!quiet || (k->near && k->way != STACK_PLAIN)); x += k->t->grid) {
        Box b = trunk_at(k, x, r, n);
        if (!(quiet && moves_common(k, b, n, quiet == STILL)) && trunk_fits(k, b, (pad - m->width) / 2, n)) return x;
    }
    return -1;
}

/* A trunk for net i: on a line of its own, else, where `any`, on a free one, where it moves no common plate if there is such a line; where none passes all
 * sections, it changes lines in one of them, as late as it can. False: there is none. */
static bool put_trunk(Stack *k, uint32_t i, bool any)
{
    const TechLayer *m = tech_metal(k->t, k->level), *cut = tech_cut(k->t, k->level - 1);
    DrawNet n = k->nets.v.v[i];
    int32_t pad = max32(m->width, cut->cut_size + 2 * cut->enc_above_side), from = -1;
    for (Reach r = {k->lo[i], k->hi[i], false, false}; r.lo < k->hi[i]; r = (Reach){r.hi, k->hi[i], false, false}) {
        Box b = trunk_at(k, 0, r, n);
        if (passes(k, b.y0, b.y1, n)) return true;
        Reach all = r;
        int32_t x = own_line(k, n, r, pad, STILL);
        for (int quiet = from_outside(k, n) ? MOVES : STILL; any && x < 0 && quiet >= MOVES; quiet--) {
            if (quiet != STILL) x = own_line(k, n, r = all, pad, (Quiet)quiet);
            for (int32_t to = all.hi; x < 0 && to > all.lo; to--)
                for (int how = 0; how < 4 && x < 0; how++)
                    if (how < 2 || (quiet == STILL && to < k->hi[i] && comb_edge(k, to) >= 0)) x = free_line(k, n, r = (Reach){all.lo, to, how & 1, how & 2}, pad, (Quiet)quiet, from);
        }
        if (x < 0) return false;
        if (k->nearest) from = min32(x / m->pitch, k->w / m->pitch - 1);
        add_wire(k, trunk_at(k, x, r, n), n);
    }
    return true;
}

/* The trunk of a net from outside beside that of a common plate, or of what is compared with it, where others keep away from it anyway: it stands still, and hides what
 * moves behind it. It goes on along the other as far as there is room: downwards, where plates have their sections, or, `up`, along the combs. */
static bool guard_beside(Stack *k, Box other, int32_t x, bool up)
{
    const DbCell *c = db_cell(k->db, k->c);
    int32_t best = -1, most = 0;
    Reach at = {0};
    for (uint32_t i = 0; i < k->nets.v.n; i++) {
        DrawNet n = k->nets.v.v[i];
        if (k->lo[i] >= k->hi[i] || !from_outside(k, n) || c->nets.v[n.net.i].use != USE_ANALOG) continue;
        if (passes(k, stack_box(k, (uint32_t)k->hi[i]).y1, stack_box(k, (uint32_t)k->lo[i]).y0, n)) continue; /* it has a trunk */
        int32_t last = (int32_t)k->s.n - 1;
        for (int32_t less = 0; less <= (up ? k->lo[i] : last - k->hi[i]); less++) {
            Reach r = {up ? less : k->lo[i], up ? k->hi[i] : last - less, false, false};
            Box b = trunk_at(k, x, r, n);
            int32_t along = min32(b.y1, other.y1) - max32(b.y0, other.y0);
            if ((!up && b.y0 < other.y0) || !trunk_fits(k, b, 0, n)) continue;
            if (along > most) most = along, best = (int32_t)i, at = r;
            break;
        }
    }
    if (best >= 0) add_wire(k, trunk_at(k, x, at, k->nets.v.v[best]), k->nets.v.v[best]);
    return best >= 0;
}

/* On both sides of common plates' trunks or, `compared`, of those of what is compared with them. */
static void put_guards(Stack *k, bool compared)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    uint32_t n = k->wire.n;
    for (uint32_t i = 0; i < n && k->near; i++) {
        DbShape s = *wire_of(k, db_cell(k->db, k->c), i);
        if (!(compared ? is_compared : is_common)(k, (DrawNet){s.net, s.bit}) || s.box.y1 - s.box.y0 < 2 * k->t->cell_row) continue;
        for (int side = -1; side <= 1; side += 2) {
            int32_t away = k->near;
            while (away > 0 && !guard_beside(k, s.box, s.box.x0 + side * away * m->pitch, compared)) away--;
        }
    }
}

/* Whose trunk comes first, where a common plate is held by nothing: its own, whose neighbours are to stand still, and that of what it is compared with, then bottom plates', then what
 * moves while both are compared. */
enum { RANKS = 5 };

static int rank_of(const Stack *k, DrawNet n)
{
    return !k->near || !stack_floats(k) ? 0 : is_common(k, n) ? 0 : is_compared(k, n) ? 1 : is_bottom(k, n) ? 2 : !from_outside(k, n) ? 3 : 4;
}

/* In each rank first those that have a line of their own, then the others, the longest first. Returns a net that finds none; UINT32_MAX: all do. */
static uint32_t put_trunks(Stack *k)
{
    for (int rank = 0; rank < RANKS; rank++) {
        if (rank == 1 || (rank == 2 && k->guard)) put_guards(k, rank == 2); /* what was put in the rank before is to be guarded */
        for (int32_t span = (int32_t)k->s.n + 1; span > 0; span--)
            for (uint32_t i = 0; i < k->nets.v.n; i++) {
                bool own = span > (int32_t)k->s.n;
                if ((own || k->hi[i] - k->lo[i] == span) && rank_of(k, k->nets.v.v[i]) == rank && !put_trunk(k, i, !own) && !own) return i;
            }
    }
    return UINT32_MAX;
}

/* Value of the capacitor that a net is the bottom plate of, 0: of none; F. The least of all, for NULL. */
static double plate_of(const Stack *k, const DrawNet *n)
{
    const DbCell *c = db_cell(k->db, k->c);
    double v = n ? 0 : INFINITY;
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        if (d->kind != DEV_CAP || !in_list(&k->afloat, (DrawNet){d->t[1].net, d->t[1].bit})) continue;
        if (!n) v = fmin(v, d->value);
        else if (d->t[0].net.i == n->net.i && d->t[0].bit == n->bit) v += d->value;
    }
    return v;
}

static double eps_of(const Stack *k) { return 8.854e-12 * k->t->eps_r * k->t->dbu_m; }

/* Capacitance of a trunk to the fingers above it that are common plates' (or are not), F: by the plates that both are, and as much again for what spreads. */
static double couples_above(const Stack *k, const DbShape *s, bool common)
{
    const TechLayer *m = tech_metal(k->t, k->level), *finger = tech_metal(k->t, k->t->mom_lo);
    double sum = 0, gap = fmax(finger->height - m->height - m->thickness, k->t->dbu_m);
    for (uint32_t q = 0; q < k->comb.n; q++) {
        int32_t below = min32(k->comb.v[q].y1, s->box.y1) - max32(k->comb.v[q].y0, s->box.y0);
        if (below > 0 && is_common(k, k->comb.v[q].common) && below_common(k, s->box.x0, s->box.x1) == common) sum += below * eps_of(k) * (1 + m->width * k->t->dbu_m / gap);
    }
    return sum;
}

/* To wires of these nets beside it; the less, the farther away they are. */
static double couples_beside(const Stack *k, const DbShape *s, const DrawNets *nets)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    const DbCell *c = db_cell(k->db, k->c);
    double sum = 0;
    for (uint32_t q = 0; q < k->wire.n; q++) {
        const DbShape *o = wire_of(k, c, q);
        int32_t along = min32(o->box.y1, s->box.y1) - max32(o->box.y0, s->box.y0), d = max32(o->box.x0 - s->box.x1, s->box.x0 - o->box.x1);
        if (along > 0 && d < NEAR * m->pitch && in_list(nets, (DrawNet){o->net, o->bit}))
            sum += along * eps_of(k) * (1 + m->thickness / (m->space * k->t->dbu_m)) * pow((double)m->space / max32(d, m->space), 2);
    }
    return sum;
}

/* How much the trunks from shape `first` on move common plates, in the least of the capacitors, and what is compared with them, as if that were as large. What couples a
 * bottom plate to a common one is part of its capacitor, as long as fingers are left of that; what it couples to the other moves by the reference's range (at gain 2), the logic by the
 * supply. */
static double movement(const Stack *k, uint32_t first)
{
    const DbCell *c = db_cell(k->db, k->c);
    DrawNets moving = {0};
    ARRAY(double) own = {0};
    double sum = 0, share = 7 * k->t->ladder_step / k->t->vdd;
    for (uint32_t i = first; i < c->shapes.n; i++) {
        DrawNet n = {c->shapes.v[i].net, c->shapes.v[i].bit};
        const DbShape *s = &c->shapes.v[i];
        if (from_outside(k, n) || is_common(k, n) || s->layer.i != k->metal.i) continue;
        if (is_compared(k, n)) {
            sum += share * couples_above(k, s, false);
            continue;
        }
        sum += (is_bottom(k, n) ? share : 1) * couples_beside(k, s, &k->compared);
        uint32_t at = (uint32_t)draw_net(&moving, n.net, n.bit);
        if (at == own.n) arr_push(&own, 0);
        own.v[at] += couples_above(k, s, true) + couples_beside(k, s, &k->afloat);
    }
    for (uint32_t i = 0; i < own.n; i++) sum += fmax(own.v[i] - plate_of(k, &moving.v.v[i]) / 2, 0);
    arr_free(&own);
    arr_free(&moving.v);
    map_free(&moving.index);
    return sum / plate_of(k, NULL);
}

/* Arrangements: by how far other wires keep from common plates', and whether from what is compared with these, too. */
enum { ARRANGEMENTS = 2 * NEAR };

static void arrange(Stack *k, int32_t a)
{
    k->near = 1 + a % NEAR;
    k->wide = a < NEAR;
}

/* The one that leaves both in peace most first. Returns how many there are. */
static int32_t arrangements(Stack *k, int32_t order[ARRANGEMENTS])
{
    uint32_t n_shapes = db_cell(k->db, k->c)->shapes.n, n_wires = k->wire.n;
    double v[ARRANGEMENTS];
    int32_t n = 0;
    for (int32_t a = 0; a < ARRANGEMENTS; a++) {
        arrange(k, a);
        if (put_trunks(k) == UINT32_MAX) {
            double is = movement(k, n_shapes);
            bool known = false;
            int32_t q = n;
            for (int32_t i = 0; i < n; i++) known |= v[i] == is;
            for (; !known && q > 0 && v[q - 1] > is; q--) v[q] = v[q - 1], order[q] = order[q - 1];
            if (!known) v[q] = is, order[q] = a, n++;
        }
        db_cell(k->db, k->c)->shapes.n = n_shapes;
        k->wire.n = n_wires;
    }
    return n;
}

/* Lines are few. Where sections cannot be wired then, the next best way is taken, at last any. */
Status stack_trunks(Stack *k, bool tell)
{
    static const struct {
        int32_t arrangement;
        bool nearest, block, guard;
    } way[STACK_LOOSEST] = {{0, true, true, true}, {0, true, true, false}, {1, true, true, false}, {0, false, true, false}, {1, false, true, false}, {0, false, false, false}, {1, false, false, false}};
    const DbCell *c = db_cell(k->db, k->c);
    uint32_t lacks = UINT32_MAX;
    find_needs(k);
    find_wires(k);
    k->near = 0;
    if (!stack_floats(k)) k->loose = STACK_LOOSEST;
    for (; k->loose < STACK_LOOSEST && k->near == 0; k->loose += k->near == 0) {
        int32_t order[ARRANGEMENTS];
        k->nearest = way[k->loose].nearest, k->block = way[k->loose].block, k->guard = way[k->loose].guard;
        bool there = arrangements(k, order) > way[k->loose].arrangement;
        k->near = 0;
        if (there) arrange(k, order[way[k->loose].arrangement]);
    }
    k->nearest &= k->near > 0, k->block &= k->near > 0;
    uint32_t first = c->shapes.n;
    lacks = put_trunks(k);
    k->moved = stack_floats(k) ? movement(k, first) : 0;
    if (lacks == UINT32_MAX) return ST_OK;
    if (!tell) return ST_VIOLATION;
    return msg_error(ST_VIOLATION, "DRAW-0005", (Loc){0}, "cell %s: no track is left for the wire of net %s between its sections", db_name(k->db, c->name),
                     db_name(k->db, c->nets.v[k->nets.v.v[lacks].net.i].name));
}

uint32_t stack_loud(const Stack *k, uint32_t section, Box *out)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    Box b = stack_box(k, section);
    uint32_t n = 0;
    for (uint32_t q = 0; q < k->comb.n && k->near && k->s.v[section].n == 0; q++) {
        int32_t y0 = max32(k->comb.v[q].y0, b.y0), y1 = min32(k->comb.v[q].y1 - 2 * STUB * m->pitch, b.y1); /* a trunk may end at its edge */
        if (y0 >= y1 || !is_common(k, k->comb.v[q].common)) continue;
        for (int32_t x = (m->pitch - m->width) / 2; x + m->width <= k->w; x += m->pitch) {
            Box at = {x, y0, x + m->width, y1};
            if (below_common(k, at.x0, at.x1) && free_for(k, at, (DrawNet){NET_NONE, 0})) out[n++] = at;
        }
    }
    return n;
}
