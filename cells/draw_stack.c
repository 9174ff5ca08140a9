/*
 * High cells: many transistors in a narrow outline, drawn as a column of sections. A section holds devices that follow each other in the
 * circuit, so the circuit's order is the order from top to bottom; each is drawn as a cell of its own (draw.c), all at the same time.
 *
 *   trunks     a net of several sections, or of a section and a pin elsewhere, has a vertical wire on the metal below the capacitors from the
 *              first of them to the last: what remains to be wired is inside sections
 *   combs      capacitors of one common plate form a comb; combs stand below each other from the top, in the circuit's order
 *   resistors  of marked metal, in line with the pin that one end has at the cell's edge, or where a track is free; larger ones of poly
 *              (draw_strips.c), in sections of their own above the transistors
 */
#include "cells/draw_int.h"
#include "cells/physical.h"

#include <math.h>

enum { SECTION = 110 /* fingers that fill a section */, BLANK = 12 /* rows of a section without devices, at most */, STRIP_ROWS = 4 /* of a section of resistors, if a band has fewer */, VARIANTS = 24 /* of a section's places */ };
#define ROOM 1.35 /* rows of a section over the length of its parts */
typedef struct {
    uint32_t first, n;      /* devices */
    int32_t row, rows;      /* rows from the cell's lower edge */
    Db db;
    CellId cell;
    DrawNets nets;          /* of the cell, in the order of the section's nets */
    uint32_t given;         /* shapes it got from the cell */
    uint32_t like;          /* the section that it is drawn as: itself, or one before, both without devices and with the same wires */
    DrawStats stats;
    Status status;
} Section;

typedef struct {
    Db *db;
    const Tech *t;
    CellId c;
    int32_t w, h, level;    /* of trunks: the metal below the capacitors */
    int32_t top;            /* highest metal that sections use */
    bool taps;
    uint32_t n_strips;      /* first sections: those of poly resistors */
    int32_t band;           /* rows of a band of strips */
    uint32_t feed0, feed1;  /* shapes of feeds (draw_feed.c) */
    ARRAY(Section) s;
    ARRAY(CapComb) comb;
    DrawNets nets;          /* what is wired: nets of gates, sources, drains, plates and pins; no supplies */
    int32_t *lo, *hi;       /* [net] sections it is needed in */
} Stack;

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t even(int32_t n) { return n + n % 2; }

static bool is_supply(const DbCell *c, NetId n) { return c->nets.v[n.i].use == USE_POWER || c->nets.v[n.i].use == USE_GROUND; }

/* A section's devices in a cell of its own, whose nets are numbered as in `nets`, VDD and VSS first; ports are what `port` says (NULL: all). */
static void section_cell(const Db *db, const Tech *t, CellId c, Section *s, const bool *port, const DrawNets *all)
{
    const DbCell *from = &db->cells.v[c.i];
    char name[16];
    tech_db_init(t, &s->db, "section");
    s->cell = db_add_cell(&s->db, "section", CELL_LEAF, "section");
    NetId rail[2] = {db_find_net(db, c, "VDD"), db_find_net(db, c, "VSS")};
    for (int k = 0; k < 2; k++) {
        db_add_port(&s->db, s->cell, k ? "VSS" : "VDD", 1, DIR_INOUT, k ? USE_GROUND : USE_POWER);
        draw_net(&s->nets, rail[k], 0);
    }
    for (uint32_t i = 0; port && i < all->v.n; i++) {
        if (!port[i]) continue;
        snprintf(name, sizeof name, "n%d", draw_net(&s->nets, all->v.v[i].net, all->v.v[i].bit));
        db_add_port(&s->db, s->cell, name, 1, DIR_INOUT, USE_SIGNAL);
    }
    for (uint32_t i = s->first; i < s->first + s->n; i++) {
        DbDevice d = from->devices.v[i];
        if (d.kind > DEV_PMOS) continue;
        for (int q = 0; q < 4; q++) {
            uint32_t n = (uint32_t)draw_net(&s->nets, d.t[q].net, d.t[q].bit);
            while (db_cell(&s->db, s->cell)->nets.n <= n) {
                snprintf(name, sizeof name, "n%u", db_cell(&s->db, s->cell)->nets.n);
                db_add_net(&s->db, s->cell, name, 1, USE_SIGNAL);
            }
            d.t[q].net = (NetId){n};
            d.t[q].bit = 0;
        }
        d.name = names_add(&s->db.names, db_name(db, d.name));
        d.model = names_add(&s->db.names, db_name(db, d.model));
        arr_push(&db_cell(&s->db, s->cell)->devices, d);
    }
}

static void section_free(Section *s)
{
    db_free(&s->db);
    arr_free(&s->nets.v);
    map_free(&s->nets.index);
}

/* ---- resistors ------------------------------------------------------------------------------------------------------------ */

/* May a wire of the net stand in this box? A wire of its own on the same line may be there. */
static bool free_for(const Stack *k, Box b, DrawNet n)
{
    const TechLayer *m = tech_metal(k->t, k->level);
    for (uint32_t i = 0; i < db_cell(k->db, k->c)->shapes.n; i++) {
        const DbShape *s = &db_cell(k->db, k->c)->shapes.v[i];
        if (s->layer.i != db_metal(k->db, k->level).i) continue;
        if (s->net.i == n.net.i && s->bit == n.bit && s->box.x0 == b.x0 && s->box.x1 == b.x1) continue;
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

static Status draw_resistors(Stack *k)
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

/* Is a shape of the cell in the way of its sections' wires, joined to none of them? */
static bool in_the_way(const Stack *k, uint32_t shape)
{
    return (shape >= k->feed0 && shape < k->feed1) || draw_is_fed(k->db, k->t, k->c, db_cell(k->db, k->c)->shapes.v[shape].net);
}

/* ---- sections and combs --------------------------------------------------------------------------------------------- */

/* Cut the devices into sections at parts' ends, and find the rows each needs. False: some cannot be drawn. */
static bool find_sections(Stack *k)
{
    const DbCell *c = db_cell(k->db, k->c);
    RowGeom g;
    if (draw_rows(k->t, k->taps, &g) != ST_OK) return false;
    uint32_t full = (uint32_t)max32(SECTION, k->w / k->t->gate_pitch);
    uint32_t fingers = 0, first = 0;
    for (uint32_t i = 0, to; i < c->devices.n; i = to) {
        to = draw_part_end(k->db, k->t, k->c, i);
        for (uint32_t q = i; q < to; q++)
            for (uint32_t d = 0; d < k->t->devices.n && c->devices.v[q].kind <= DEV_PMOS; d++)
                if (str_eq(k->t->devices.v[d].model, db_name(k->db, c->devices.v[q].model)))
                    fingers += (uint32_t)(draw_finger_count(&g, &k->t->devices.v[d], &c->devices.v[q]) * c->devices.v[q].m);
        if (fingers < full && to < c->devices.n) continue;
        if (fingers) arr_push(&k->s, ((Section){.first = first, .n = to - first}));
        fingers = 0;
        first = to;
    }
    for (uint32_t i = 0; i < k->s.n; i++) {
        Section *s = &k->s.v[i];
        section_cell(k->db, k->t, k->c, s, NULL, NULL);
        s->rows = even(draw_least_rows(&s->db, k->t, s->cell, k->w, k->taps, ROOM));
        section_free(s);
        s->nets = (DrawNets){0};
        if (s->rows == 0) return false;
    }
    return true;
}

/* Height of each comb, from the top downwards; the cell's outline holds all. False: one does not fit. */
static bool find_combs(Stack *k, int32_t most)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        bool known = d->kind != DEV_CAP;
        for (uint32_t q = 0; q < k->comb.n && !known; q++) known = k->comb.v[q].common.net.i == d->t[1].net.i && k->comb.v[q].common.bit == d->t[1].bit;
        if (!known) arr_push(&k->comb, ((CapComb){{d->t[1].net, d->t[1].bit}, 0, 0}));
    }
    int32_t y = most;
    for (uint32_t q = 0; q < k->comb.n; q++) {
        CapComb *m = &k->comb.v[q];
        double sum = 0;
        for (uint32_t i = 0; i < c->devices.n; i++)
            if (c->devices.v[i].kind == DEV_CAP && c->devices.v[i].t[1].net.i == m->common.net.i && c->devices.v[i].t[1].bit == m->common.bit) sum += c->devices.v[i].value;
        m->y1 = y;
        m->y0 = y - 2 * k->t->cell_row;
        while (m->y0 >= 0 && cells_mom(k->t, k->w, m->y1 - m->y0, false) < sum) m->y0 -= 2 * k->t->cell_row;
        uint32_t n_shapes = c->shapes.n;
        bool fits = false;
        for (; m->y0 >= 0 && !fits; m->y0 -= 2 * k->t->cell_row) {
            fits = draw_caps(k->db, k->t, k->c, m, false) == ST_OK;
            db_cell(k->db, k->c)->shapes.n = n_shapes;
        }
        if (!fits) return false;
        m->y0 += 2 * k->t->cell_row;
        y = m->y0;
    }
    return true;
}

static void stack_free(Stack *k)
{
    arr_free(&k->s);
    arr_free(&k->comb);
    arr_free(&k->nets.v);
    map_free(&k->nets.index);
    mem_free(k->lo);
    mem_free(k->hi);
}

static Stack start(Db *db, const Tech *t, CellId c, bool taps)
{
    Stack k = {.db = db, .t = t, .c = c, .w = db_cell(db, c)->box.x1, .h = db_cell(db, c)->box.y1, .level = t->mom_lo - 1, .top = t->mom_hi, .taps = taps};
    for (uint32_t i = 0; i < db_cell(db, c)->devices.n; i++)
        if (db_cell(db, c)->devices.v[i].kind == DEV_CAP) k.top = k.level;
    return k;
}

bool draw_stack_can(const Tech *t) { return tech_role(t, ROLE_MOM) && t->mom_lo > 3 && draw_resistor_mark(t, t->mom_lo - 1); }

int32_t draw_stack_rows(Db *db, const Tech *t, CellId c, int32_t across)
{
    Stack k = start(db, t, c, false);
    int32_t rows = 0, most = 0, far = k.h;
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    if (find_sections(&k) && draw_resistors(&k) == ST_OK && find_combs(&k, far)) {
        for (uint32_t i = 0; i < k.s.n; i++) {
            rows += k.s.v[i].rows;
            most = max32(most, k.s.v[i].rows);
        }
        /* a section that would meet the wires stands below them */
        if (across) rows += most + even(across / t->cell_row + 2);
        rows = max32(rows, k.comb.n ? (far - k.comb.v[k.comb.n - 1].y0) / t->cell_row : 0);
    }
    db_cell(db, c)->shapes.n = n_shapes;
    stack_free(&k);
    return rows;
}

/* Lowest edge of the wires that cross the cell, or most of it, between two heights, or of feeds; INT32_MAX: none does. Half a spacing belongs to them. */
static int32_t wires_across(const Stack *k, int32_t y0, int32_t y1)
{
    const DbCell *c = db_cell(k->db, k->c);
    int32_t low = INT32_MAX;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &k->db->layers.v[s->layer.i];
        if (l->kind != LAYER_METAL || l->level == 1 || l->level > k->level) continue;
        if (2 * (s->box.x1 - s->box.x0) <= k->w && (i < k->feed0 || i >= k->feed1)) continue;
        int32_t half = (tech_space(tech_metal(k->t, l->level), min32(s->box.x1 - s->box.x0, s->box.y1 - s->box.y0)) + 1) / 2;
        if (s->box.y0 - half < y1 && s->box.y1 + half > y0) low = min32(low, s->box.y0 - half);
    }
    return low;
}

/* The first sections hold the strips of poly resistors: whole bands, an even number of rows; sections and wires across leave room for them. */
static bool find_strips(Stack *k)
{
    int32_t all = k->h / k->t->cell_row, above = all, most = all, rows = 0;
    if (!draw_has_strips(k->db, k->t, k->c)) return true;
    for (uint32_t i = 0; i < k->s.n; i++) most -= k->s.v[i].rows;
    for (int32_t row = all - 2; row >= 0; row -= 2)
        if (wires_across(k, row * k->t->cell_row, (row + 2) * k->t->cell_row) != INT32_MAX) most -= 2, above = min32(above, all - row - 2);
    rows = draw_strip_rows(k->db, k->t, k->c, k->taps, min32(most, above), &k->band);
    if (!rows) return false;
    int32_t each = k->band % 2 ? 2 * k->band : k->band;
    while (2 * each <= STRIP_ROWS) each *= 2;
    ARRAY(Section) of = {0};
    for (; rows > 0; rows -= each) arr_push(&of, ((Section){.rows = min32(each, rows)}));
    k->n_strips = of.n;
    for (uint32_t i = 0; i < k->s.n; i++) arr_push(&of, k->s.v[i]);
    k->s.n = 0;
    for (uint32_t i = 0; i < of.n; i++) arr_push(&k->s, of.v[i]);
    arr_free(&of);
    return true;
}

static Status put_strips(Stack *k)
{
    int32_t rows = 0;
    if (!k->n_strips) return ST_OK;
    for (uint32_t i = 0; i < k->n_strips; i++) rows += k->s.v[i].rows;
    int32_t row = k->h / k->t->cell_row - rows;
    if (k->s.v[k->n_strips - 1].row != row)
        return msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s: wires cross it where its resistors stand", db_name(k->db, db_cell(k->db, k->c)->name));
    draw_strips(k->db, k->t, k->c, k->taps, row, k->band);
    return ST_OK;
}

/* Sections from the top downwards, the first below `top`; where wires cross the cell, above the first and below the last, sections without devices.
 * False: that many rows are lacking, nothing is changed. */
static bool place_below(Stack *k, int32_t top, int32_t *lacks)
{
    int32_t row = k->h / k->t->cell_row, h = k->t->cell_row;
    ARRAY(Section) of = {0};
    for (uint32_t i = 0; i < k->s.n; i++) arr_push(&of, k->s.v[i]);
    k->s.n = 0;
    for (uint32_t i = 0; i < of.n || row > 0;) {
        bool blank = row > top || i == of.n;
        Section s = blank ? (Section){.rows = min32(row > top ? row - top : row, k->taps ? STRIP_ROWS : BLANK)} : of.v[i];
        int32_t low = wires_across(k, (row - s.rows) * h, row * h);
        if (low != INT32_MAX) { /* down to where no wire follows */
            while (wires_across(k, low - h, low) < low) low = wires_across(k, low - h, low);
            s = (Section){.rows = row - low / (2 * h) * 2};
        } else {
            i += !blank;
        }
        if (s.rows > row) {
            k->s.n = 0;
            for (uint32_t q = 0; q < of.n; q++) arr_push(&k->s, of.v[q]);
            arr_free(&of);
            *lacks = s.rows - row;
            return false;
        }
        s.row = row -= s.rows;
        arr_push(&k->s, s);
    }
    arr_free(&of);
    return true;
}

/* Cells stand at the top, below the pins of what they serve; those with inputs at the lower edge stand there: a wire to gates at the top of a
 * high cell would be their antenna. */
static Status place_sections(Stack *k)
{
    int32_t all = k->h / k->t->cell_row, top = k->n_strips || !draw_fed_from_below(k->db, k->c) ? all : 0;
    for (uint32_t i = 0; i < k->s.n && top < all; i++) top += k->s.v[i].rows;
    top = min32(top, all);
    int32_t lacks;
    for (; top <= all; top += 2)
        if (place_below(k, top, &lacks)) return ST_OK;
    return msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s: its sections need %d rows more than it has", db_name(k->db, db_cell(k->db, k->c)->name), lacks);
}

/* ---- trunks ----------------------------------------------------------------------------------------------------------------- */

static bool wired(const Stack *k, const DbShape *s)
{
    const DbLayer *l = &k->db->layers.v[s->layer.i];
    return l->kind == LAYER_METAL && l->level <= k->top && s->net.i != NET_NONE.i;
}

static Box section_box(const Stack *k, uint32_t i)
{
    const Section *s = &k->s.v[i];
    return (Box){0, s->row * k->t->cell_row, k->w, (s->row + s->rows) * k->t->cell_row};
}

static void need(Stack *k, NetId net, uint32_t bit, uint32_t section)
{
    if (is_supply(db_cell(k->db, k->c), net)) return;
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
        Box b = section_box(k, s);
        for (uint32_t i = k->s.v[s].first; i < k->s.v[s].first + k->s.v[s].n; i++)
            for (int q = 0; q < 3 && c->devices.v[i].kind <= DEV_PMOS; q++) need(k, c->devices.v[i].t[q].net, c->devices.v[i].t[q].bit, s);
        for (uint32_t i = 0; i < c->shapes.n; i++)
            if (wired(k, &c->shapes.v[i]) && !in_the_way(k, i) && box_overlap(c->shapes.v[i].box, b)) need(k, c->shapes.v[i].net, c->shapes.v[i].bit, s);
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
        if (l->kind != LAYER_METAL || l->level <= k->level || !is_supply(c, s->net) || s->box.x1 - s->box.x0 > s->box.y1 - s->box.y0) continue;
        if (s->box.x0 - space < b.x1 && b.x0 < s->box.x1 + space) return true;
    }
    return false;
}

/* On the track of a wire of its own if that is free, else on the first free one; below straps only if there is no other. */
static Status put_trunk(Stack *k, DrawNet n, int32_t lo, int32_t hi)
{
    const TechLayer *m = tech_metal(k->t, k->level), *cut = tech_cut(k->t, k->level - 1);
    int32_t edge = (cut->cut_size + cut->space + 1) / 2; /* no cut may stand nearer to the cell's edge */
    int32_t half = (m->space + 1) / 2, y0 = section_box(k, (uint32_t)hi).y0 + half, y1 = section_box(k, (uint32_t)lo).y1 - half;
    if (passes(k, y0, y1, n)) return ST_OK;
    const DbCell *c = db_cell(k->db, k->c);
    uint32_t own = c->shapes.n, tracks = (uint32_t)(k->w / m->pitch);
    for (uint32_t i = 0; i < own + 2 * tracks; i++) {
        Box b = {0, y0, 0, y1};
        if (i < own) {
            const DbShape *s = &c->shapes.v[i];
            if (s->layer.i != db_metal(k->db, k->level).i || s->net.i != n.net.i || s->bit != n.bit || s->box.x1 - s->box.x0 != m->width) continue;
            b.x0 = s->box.x0;
        } else {
            b.x0 = (int32_t)((i - own) % tracks) * m->pitch + (m->pitch - m->width) / 2;
        }
        b.x1 = b.x0 + m->width;
        if (i >= own && i < own + tracks && below_strap(k, b)) continue;
        if (b.x0 + m->width / 2 < edge || b.x1 - m->width / 2 > k->w - edge) continue;
        if (!free_for(k, b, n)) continue;
        db_add_shape(k->db, k->c, db_metal(k->db, k->level), SHAPE_WIRE, b, n.net, n.bit);
        return ST_OK;
    }
    return msg_error(ST_VIOLATION, "DRAW-0005", (Loc){0}, "cell %s: no track is left for the wire of net %s between its sections", db_name(k->db, c->name),
                     db_name(k->db, c->nets.v[n.net.i].name));
}

static Status put_trunks(Stack *k)
{
    find_needs(k);
    uint32_t n = k->nets.v.n;
    for (uint32_t i = 0; i < n; i++)
        if (k->lo[i] < k->hi[i]) TRY(put_trunk(k, k->nets.v.v[i], k->lo[i], k->hi[i]));
    return ST_OK;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------------------- */

static Box cut_out(Box a, Box b)
{
    return (Box){max32(a.x0, b.x0), max32(a.y0, b.y0) - b.y0, min32(a.x1, b.x1), min32(a.y1, b.y1) - b.y0};
}

/* A net for what only stands in the way, that of what it touches there. */
static int32_t nobodys(Section *s, LayerId l, Box b)
{
    char name[16];
    const DbCell *c = db_cell(&s->db, s->cell);
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (s->nets.v.v[c->shapes.v[i].net.i].net.i == NET_NONE.i && c->shapes.v[i].layer.i == l.i && box_touch(c->shapes.v[i].box, b)) return (int32_t)c->shapes.v[i].net.i;
    snprintf(name, sizeof name, "b%u", s->nets.v.n);
    arr_push(&s->nets.v, ((DrawNet){NET_NONE, 0}));
    return (int32_t)db_add_net(&s->db, s->cell, name, 1, USE_SIGNAL).i;
}

/* A section with the wires that pass it or end in it. */
static void make_section(Stack *k, uint32_t i)
{
    Section *s = &k->s.v[i];
    Box b = section_box(k, i);
    const DbCell *c = db_cell(k->db, k->c);
    bool *port = mem_calloc(k->nets.v.n + 1, 1);
    for (uint32_t q = 0; q < c->shapes.n; q++) {
        const DbShape *x = &c->shapes.v[q];
        if (wired(k, x) && !in_the_way(k, q) && box_overlap(x->box, b) && !is_supply(c, x->net)) port[draw_net(&k->nets, x->net, x->bit)] = true;
    }
    section_cell(k->db, k->t, k->c, s, port, &k->nets);
    mem_free(port);
    db_cell(&s->db, s->cell)->box = (Box){0, 0, b.x1, b.y1 - b.y0};
    for (uint32_t q = 0; q < c->shapes.n; q++) {
        const DbShape *x = &c->shapes.v[q];
        if (!wired(k, x) || !box_overlap(x->box, b)) continue;
        LayerId l = db_metal(&s->db, k->db->layers.v[x->layer.i].level);
        bool way = in_the_way(k, q) || draw_is_body(k->db, k->t, k->c, k->level, x, b);
        int32_t n = way ? nobodys(s, l, cut_out(x->box, b)) : draw_net(&s->nets, x->net, x->bit);
        db_add_shape(&s->db, s->cell, l, SHAPE_PIN, cut_out(x->box, b), (NetId){(uint32_t)n}, 0);
    }
    const TechLayer *mark = draw_resistor_mark(k->t, k->level); /* no cut may stand on a resistor's body */
    for (uint32_t q = 0; q < c->shapes.n && mark; q++) {
        const DbShape *x = &c->shapes.v[q];
        if (x->layer.i == db_find_layer(k->db, mark->name).i && box_overlap(x->box, b))
            db_add_shape(&s->db, s->cell, db_find_layer(&s->db, mark->name), SHAPE_WIRE, cut_out(x->box, b), NET_NONE, 0);
    }
    s->given = db_cell(&s->db, s->cell)->shapes.n;
}

/* Sections without devices that get the same wires are drawn once. */
static void find_like(Stack *k, uint32_t i)
{
    Section *s = &k->s.v[i];
    const DbCell *c = db_cell(&s->db, s->cell);
    s->like = i;
    for (uint32_t q = 0; q < i && s->like == i; q++) {
        const Section *o = &k->s.v[q];
        const DbCell *x = db_cell((Db *)&o->db, o->cell);
        bool same = !s->n && !o->n && (i < k->n_strips) == (q < k->n_strips) && s->rows == o->rows && (s->row - o->row) % 2 == 0 && s->nets.v.n == o->nets.v.n && s->given == o->given;
        for (uint32_t n = 0; same && n < s->nets.v.n; n++) same = s->nets.v.v[n].net.i == o->nets.v.v[n].net.i && s->nets.v.v[n].bit == o->nets.v.v[n].bit;
        for (uint32_t n = 0; same && n < s->given; n++) {
            const DbShape *a = &c->shapes.v[n], *b = &x->shapes.v[n];
            same = a->layer.i == b->layer.i && a->net.i == b->net.i && memcmp(&a->box, &b->box, sizeof a->box) == 0;
        }
        if (same) s->like = o->like;
    }
}

static Status draw_section(void *ctx, uint32_t i)
{
    Stack *k = ctx;
    Section *s = &k->s.v[i];
    uint32_t rounds = 0;
    if (s->like != i) return ST_OK;
    for (uint32_t v = 0; v < VARIANTS; v++) {
        s->status = cells_draw(&s->db, k->t, s->cell, &(DrawSpec){.rows = s->rows, .taps = k->taps, .plain = i < k->n_strips, .levels = k->top, .parts = s->n > 0, .variant = v, .quiet = v + 1 < VARIANTS && s->n > 0}, &s->stats);
        s->stats.rounds = rounds += s->stats.rounds;
        if (s->status != ST_VIOLATION || s->n == 0) break;
    }
    return s->status;
}

static void take_section(Stack *k, uint32_t at, DrawStats *out)
{
    const Section *s = &k->s.v[k->s.v[at].like];
    const DbCell *m = db_cell((Db *)&s->db, s->cell);
    int32_t y = k->s.v[at].row * k->t->cell_row;
    for (uint32_t i = s->given; i < m->shapes.n; i++) {
        const DbShape *x = &m->shapes.v[i];
        DrawNet n = x->net.i == NET_NONE.i ? (DrawNet){NET_NONE, 0} : s->nets.v.v[x->net.i];
        LayerId l = db_find_layer(k->db, db_name(&s->db, s->db.layers.v[x->layer.i].name));
        db_add_shape(k->db, k->c, l, x->kind == SHAPE_PIN ? SHAPE_WIRE : x->kind, (Box){x->box.x0, x->box.y0 + y, x->box.x1, x->box.y1 + y}, n.net, n.bit);
    }
    out->fingers += s->stats.fingers;
    out->columns += s->stats.columns;
    out->breaks += s->stats.breaks;
    out->rounds += s->stats.rounds;
    out->vias += s->stats.vias;
    out->contacts += s->stats.contacts;
    out->wire += s->stats.wire;
}

static Status draw_sections(Stack *k, DrawStats *out)
{
    for (uint32_t i = 0; i < k->s.n; i++) {
        make_section(k, i);
        find_like(k, i);
    }
    Status st = par_for(k->s.n, 0, draw_section, k);
    for (uint32_t i = 0; i < k->s.n; i++) {
        msg_verbose("draw: %s: section %u, rows %d to %d: %u fingers, %u rounds%s", db_name(k->db, db_cell(k->db, k->c)->name), i, k->s.v[i].row, k->s.v[i].row + k->s.v[i].rows, k->s.v[i].stats.fingers,
                    k->s.v[i].stats.rounds, k->s.v[i].status == ST_OK ? "" : ", not drawn");
        if (st == ST_OK) take_section(k, i, out);
    }
    for (uint32_t i = 0; i < k->s.n; i++) section_free(&k->s.v[i]);
    return st;
}

Status draw_stack(Db *db, const Tech *t, CellId c, bool taps, DrawStats *out)
{
    Stack k = start(db, t, c, taps);
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    *out = (DrawStats){0};
    Status st = draw_ready(t, true);
    if (st == ST_OK) st = draw_resistors(&k);
    if (st == ST_OK && (!find_sections(&k) || !find_strips(&k) || !find_combs(&k, k.h)))
        st = msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s: its devices do not fit %d x %d dbu", db_name(db, db_cell(db, c)->name), k.w, k.h);
    if (st == ST_OK) st = place_sections(&k);
    if (st == ST_OK) st = put_strips(&k);
    for (uint32_t i = 0; i < k.comb.n && st == ST_OK; i++) st = draw_caps(db, t, c, &k.comb.v[i], true);
    if (st == ST_OK) st = put_trunks(&k);
    if (st == ST_OK) st = draw_sections(&k, out);
    if (st != ST_OK) db_cell(db, c)->shapes.n = n_shapes;
    stack_free(&k);
    return st;
}
