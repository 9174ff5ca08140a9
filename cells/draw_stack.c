/*
 * High cells: many transistors in a narrow outline, drawn as a column of sections. A section holds devices that follow each other in the
 * circuit, so the circuit's order is the order from top to bottom; each is drawn as a cell of its own (draw.c), all at the same time.
 *
 *   trunks     a net of several sections, or of a section and a pin elsewhere, has a vertical wire on the metal below the capacitors from the
 *              first of them to the last (draw_trunks.c): what remains to be wired is inside sections
 *   combs      capacitors of one common plate form a comb; combs stand below each other from the top, in the circuit's order
 *   resistors  of marked metal (draw_trunks.c); larger ones of poly (draw_strips.c), in sections of their own above the transistors
 *
 * Where trunks find no tracks, sections on the bottom plates of a comb below the first wait for its contacts: what others need does not pass there.
 */
#include "cells/draw_stack.h"
#include "cells/physical.h"

#include <math.h>

enum { SECTION = 110 /* fingers that fill a section */, FULL_LEAST = 60, FULL_MOST = 120 /* per cent of them */, BLANK = 12 /* rows of a section without devices, at most */, STRIP_ROWS = 4 /* of a section of resistors, if a band has fewer */, VARIANTS = 24 /* of a section's places */, MORE = 4 /* rows that a section which cannot be wired gets, at most */ };
#define ROOM 1.35 /* rows of a section over the length of its parts */

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t even(int32_t n) { return n + n % 2; }

bool stack_supply(const DbCell *c, NetId n) { return c->nets.v[n.i].use == USE_POWER || c->nets.v[n.i].use == USE_GROUND; }

bool stack_wired(const Stack *k, const DbShape *s)
{
    const DbLayer *l = &k->db->layers.v[s->layer.i];
    return l->kind == LAYER_METAL && l->level <= k->top && s->net.i != NET_NONE.i;
}

bool stack_in_the_way(const Stack *k, uint32_t shape)
{
    const DbShape *s = &db_cell(k->db, k->c)->shapes.v[shape];
    return (shape >= k->feed0 && shape < k->feed1) || (s->kind == SHAPE_PIN && draw_is_fed(k->db, k->t, k->c, s->net));
}

Box stack_box(const Stack *k, uint32_t i)
{
    const Section *s = &k->s.v[i];
    return (Box){0, s->row * k->t->cell_row, k->w, (s->row + s->rows) * k->t->cell_row};
}

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

/* ---- sections and combs --------------------------------------------------------------------------------------------- */

/* Is the device on the bottom plate of a capacitor? */
static bool on_plate(const DbCell *c, const DbDevice *d, const DbDevice *cap)
{
    bool on = false;
    for (int q = 0; q < 3 && d->kind <= DEV_PMOS; q++) on |= d->t[q].net.i == cap->t[0].net.i && d->t[q].bit == cap->t[0].bit && !stack_supply(c, cap->t[0].net);
    return on;
}

/* Is one of the devices on a capacitor of another comb than the first, which hangs at the top? */
static bool waits(const DbCell *c, uint32_t first, uint32_t to)
{
    const DbDevice *top = NULL;
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *cap = &c->devices.v[i];
        if (cap->kind != DEV_CAP) continue;
        if (!top) top = cap;
        for (uint32_t d = first; d < to && (cap->t[1].net.i != top->t[1].net.i || cap->t[1].bit != top->t[1].bit); d++)
            if (on_plate(c, &c->devices.v[d], cap)) return true;
    }
    return false;
}

/* What stands in one section: devices of which some share diffusion or gates. */
typedef struct {
    uint32_t to;            /* the device behind it */
    uint32_t fingers;
    uint32_t across;        /* nets that devices on both sides of its end are on */
    bool waits;
} Unit;

typedef struct { ARRAY(Unit) v; } Units;

static uint32_t fingers_of(const Stack *k, const RowGeom *g, const DbDevice *d)
{
    for (uint32_t i = 0; i < k->t->devices.n && d->kind <= DEV_PMOS; i++)
        if (str_eq(k->t->devices.v[i].model, db_name(k->db, d->model))) return (uint32_t)(draw_finger_count(g, &k->t->devices.v[i], d) * d->m);
    return 0;
}

static void find_units(const Stack *k, const RowGeom *g, Units *out)
{
    const DbCell *c = db_cell(k->db, k->c);
    DrawNets nets = {0};
    ARRAY(uint32_t) from = {0}, last = {0}; /* [net] units */
    for (uint32_t i = 0, to; i < c->devices.n; i = to) {
        to = draw_part_end(k->db, k->t, k->c, i);
        arr_push(&out->v, ((Unit){.to = to, .waits = waits(c, i, to)}));
        Unit *u = &out->v.v[out->v.n - 1];
        for (uint32_t d = i; d < to; d++) u->fingers += fingers_of(k, g, &c->devices.v[d]);
        for (uint32_t d = i; d < to; d++)
            for (int q = 0; q < 3 && c->devices.v[d].kind <= DEV_PMOS; q++) {
                if (stack_supply(c, c->devices.v[d].t[q].net)) continue;
                uint32_t n = (uint32_t)draw_net(&nets, c->devices.v[d].t[q].net, c->devices.v[d].t[q].bit);
                while (from.n <= n) {
                    arr_push(&from, out->v.n - 1);
                    arr_push(&last, out->v.n - 1);
                }
                last.v[n] = out->v.n - 1;
            }
    }
    for (uint32_t n = 0; n < from.n; n++)
        for (uint32_t u = from.v[n]; u < last.v[n]; u++) out->v.v[u].across++;
    arr_free(&from);
    arr_free(&last);
    arr_free(&nets.v);
    map_free(&nets.index);
}

/* The last unit of the section that begins with unit i: about full, where fewest nets go on; those that need not wait stand by themselves. */
static uint32_t section_end(const Stack *k, const Units *u, uint32_t i, uint32_t full)
{
    uint32_t best = i, sum = 0;
    for (uint32_t at = i; at < u->v.n; at++) {
        sum += u->v.v[at].fingers;
        if (at > i && 100 * sum > FULL_MOST * full) return best;
        bool end = at + 1 == u->v.n, before = k->wait && !end && sum && u->v.v[at + 1].waits;
        for (uint32_t q = 0; q <= at && before; q++) before = !u->v.v[q].waits;
        if (end || before) return at;
        if (100 * sum < FULL_LEAST * full || u->v.v[at].across <= u->v.v[best].across || best == i) best = at;
    }
    return best;
}

/* Cut the devices into sections at units' ends, and find the rows each needs. False: some cannot be drawn. */
static bool find_sections(Stack *k)
{
    RowGeom g;
    if (draw_rows(k->t, k->taps, &g) != ST_OK) return false;
    uint32_t full = (uint32_t)max32(SECTION, k->w / k->t->gate_pitch), first = 0;
    Units u = {0};
    find_units(k, &g, &u);
    for (uint32_t i = 0; i < u.v.n; i++) {
        uint32_t end = section_end(k, &u, i, full), fingers = 0;
        for (; i < end; i++) fingers += u.v.v[i].fingers;
        fingers += u.v.v[i].fingers;
        if (fingers) arr_push(&k->s, ((Section){.first = first, .n = u.v.v[i].to - first}));
        first = u.v.v[i].to;
    }
    arr_free(&u.v);
    for (uint32_t i = 0; i < k->s.n; i++) {
        Section *s = &k->s.v[i];
        section_cell(k->db, k->t, k->c, s, NULL, NULL);
        s->rows = even(draw_least_rows(&s->db, k->t, s->cell, k->w, k->taps, ROOM, 0)) + (k->more ? k->more[i] : 0);
        section_free(s);
        s->nets = (DrawNets){0};
        if (s->rows == 0) return false;
    }
    return true;
}

/* Height of the contacts of a capacitor's comb, in rows from the top. */
static int32_t landing_row(const Stack *k, const DbDevice *cap)
{
    uint32_t q = 0;
    while (!draw_in_comb(&k->comb.v[q], cap)) q++;
    return even((k->h - k->comb.v[q].y1) / k->t->cell_row);
}

/* How far down sections wait for the contacts of capacitors they are on: wires to the sections' devices need no track above these then, nor do
 * those that leave there below pass the contacts. */
static void find_below(Stack *k)
{
    const DbCell *c = db_cell(k->db, k->c);
    for (uint32_t s = 0; s < k->s.n; s++)
        for (uint32_t i = 0; i < c->devices.n; i++)
            for (uint32_t d = k->s.v[s].first; c->devices.v[i].kind == DEV_CAP && d < k->s.v[s].first + k->s.v[s].n; d++)
                if (on_plate(c, &c->devices.v[d], &c->devices.v[i])) k->s.v[s].below = max32(k->s.v[s].below, landing_row(k, &c->devices.v[i]));
}

static void stack_free(Stack *k)
{
    arr_free(&k->s);
    arr_free(&k->comb);
    arr_free(&k->common.v);
    arr_free(&k->wire);
    arr_free(&k->strap);
    arr_free(&k->nets.v);
    map_free(&k->nets.index);
    arr_free(&k->afloat.v);
    map_free(&k->afloat.index);
    arr_free(&k->compared.v);
    map_free(&k->compared.index);
    mem_free(k->lo);
    mem_free(k->hi);
}

static Stack start(Db *db, const Tech *t, CellId c, bool taps, StackWay way)
{
    Stack k = {.way = way, .wait = way == STACK_WAITS, .db = db, .t = t, .c = c, .w = db_cell(db, c)->box.x1, .h = db_cell(db, c)->box.y1, .level = t->mom_lo - 1, .metal = db_metal(db, t->mom_lo - 1), .top = t->mom_hi, .taps = taps};
    for (uint32_t i = 0; i < db_cell(db, c)->devices.n; i++)
        if (db_cell(db, c)->devices.v[i].kind == DEV_CAP) k.top = k.level;
    if (k.top == k.level) draw_common_fingers(t, k.w, &k.common);
    return k;
}

bool draw_stack_can(const Tech *t) { return tech_role(t, ROLE_MOM) && t->mom_lo > 3 && draw_resistor_mark(t, t->mom_lo - 1); }

int32_t draw_stack_rows(Db *db, const Tech *t, CellId c, int32_t across, StackWay way)
{
    Stack k = start(db, t, c, false, way);
    int32_t rows = 0, most = 0, far = k.h;
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    if (find_sections(&k) && stack_resistors(&k, true) == ST_OK && stack_combs(&k, far)) {
        find_below(&k);
        for (uint32_t i = 0; i < k.s.n; i++) {
            rows = k.s.v[i].rows + (k.wait ? max32(rows, k.s.v[i].below) : rows);
            most = max32(most, k.s.v[i].rows);
        }
        rows += stack_rows_above(&k);
        /* a section that would meet the wires stands below them */
        if (across) rows += most + even(across / t->cell_row + 2);
        rows = max32(rows, k.comb.n ? (far - k.comb.v[k.comb.n - 1].y0) / t->cell_row : 0);
    }
    db_cell(db, c)->shapes.n = n_shapes;
    stack_free(&k);
    return rows;
}

int32_t draw_stack_above(Db *db, const Tech *t, CellId c)
{
    Stack k = start(db, t, c, false, STACK_BELOW);
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    int32_t rows = find_sections(&k) && stack_combs(&k, k.h) ? stack_rows_above(&k) : 0;
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
        int32_t from = i < of.n ? min32(top, k->h / h - (k->wait ? of.v[i].below : stack_rows_above(k))) : top;
        bool blank = row > from || i == of.n;
        int32_t rest = row > from ? row - from : row, own = row > from && k->way == STACK_BELOW && rest > 2 ? 2 : 0; /* contacts of combs at the end of what is blank have a section of their own */
        Section s = blank ? (Section){.rows = min32(rest - own, k->taps ? STRIP_ROWS : BLANK)} : of.v[i];
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
static Status place_sections(Stack *k, bool tell)
{
    int32_t all = k->h / k->t->cell_row, top = k->n_strips || !draw_fed_from_below(k->db, k->c) ? all : 0;
    for (uint32_t i = 0; i < k->s.n && top < all; i++) top += k->s.v[i].rows;
    top = min32(top, all);
    int32_t lacks;
    for (; top <= all; top += 2)
        if (place_below(k, top, &lacks)) return ST_OK;
    if (!tell) return ST_VIOLATION;
    return msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s: its sections need %d rows more than it has", db_name(k->db, db_cell(k->db, k->c)->name), lacks);
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
    Box b = stack_box(k, i);
    const DbCell *c = db_cell(k->db, k->c);
    bool *port = mem_calloc(k->nets.v.n + 1, 1);
    for (uint32_t q = 0; q < c->shapes.n; q++) {
        const DbShape *x = &c->shapes.v[q];
        if (box_overlap(x->box, b) && stack_wired(k, x) && !stack_in_the_way(k, q) && !stack_supply(c, x->net)) port[draw_net(&k->nets, x->net, x->bit)] = true;
    }
    section_cell(k->db, k->t, k->c, s, port, &k->nets);
    mem_free(port);
    db_cell(&s->db, s->cell)->box = (Box){0, 0, b.x1, b.y1 - b.y0};
    for (uint32_t q = 0; q < c->shapes.n; q++) {
        const DbShape *x = &c->shapes.v[q];
        if (!box_overlap(x->box, b) || !stack_wired(k, x)) continue;
        LayerId l = db_metal(&s->db, k->db->layers.v[x->layer.i].level);
        bool way = stack_in_the_way(k, q) || draw_is_body(k->db, k->t, k->c, k->level, x, b);
        int32_t n = way ? nobodys(s, l, cut_out(x->box, b)) : draw_net(&s->nets, x->net, x->bit);
        db_add_shape(&s->db, s->cell, l, SHAPE_PIN, cut_out(x->box, b), (NetId){(uint32_t)n}, 0);
    }
    Box *loud = mem_calloc((size_t)(k->w / tech_metal(k->t, k->level)->pitch + 1) * (k->comb.n + 1), sizeof *loud);
    uint32_t n_loud = k->block ? stack_loud(k, i, loud) : 0;
    for (uint32_t q = 0; q < n_loud; q++) {
        LayerId l = db_metal(&s->db, k->level);
        int32_t n = nobodys(s, l, cut_out(loud[q], b));
        db_add_shape(&s->db, s->cell, l, SHAPE_PIN, cut_out(loud[q], b), (NetId){(uint32_t)n}, 0);
    }
    mem_free(loud);
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
        s->status = cells_draw(&s->db, k->t, s->cell, &(DrawSpec){.rows = s->rows, .taps = k->taps, .plain = i < k->n_strips, .levels = k->top, .parts = s->n > 0, .variant = v, .quiet = k->loose < STACK_LOOSEST || (v + 1 < VARIANTS && s->n > 0)}, &s->stats);
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

/* Everything but the sections' insides. */
static Status lay_out(Stack *k, bool tell)
{
    Status st = stack_resistors(k, tell);
    if (st == ST_OK && (!find_sections(k) || !find_strips(k) || !stack_combs(k, k->h)))
        st = !tell ? ST_VIOLATION : msg_error(ST_VIOLATION, "DRAW-0004", (Loc){0}, "cell %s: its devices do not fit %d x %d dbu", db_name(k->db, db_cell(k->db, k->c)->name), k->w, k->h);
    if (st == ST_OK) find_below(k), stack_find_afloat(k);
    if (st == ST_OK) st = place_sections(k, tell);
    if (st == ST_OK) st = put_strips(k);
    if (st == ST_OK) st = stack_draw_combs(k);
    if (st == ST_OK) st = stack_trunks(k, tell);
    return st;
}

Status draw_stack_fits(Db *db, const Tech *t, CellId c)
{
    Stack k = start(db, t, c, true, STACK_PLAIN);
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    Status st = lay_out(&k, false);
    db_cell(db, c)->shapes.n = n_shapes;
    stack_free(&k);
    return st;
}

double draw_stack_moves(Db *db, const Tech *t, CellId c, StackWay way)
{
    Stack k = start(db, t, c, false, way);
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    double moved = lay_out(&k, false) == ST_OK ? k.moved : INFINITY;
    db_cell(db, c)->shapes.n = n_shapes;
    stack_free(&k);
    return moved;
}

/* Everything but the sections' insides, in the way that suits the cell, below its combs if that is as good as plain; if none fits, that is told if wanted. */
static Status choose_way(Stack *k, Db *db, const Tech *t, CellId c, bool taps, int32_t loose, const int32_t *more, bool tell)
{
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    StackWay best = STACK_WAYS - 1;
    double least = INFINITY;
    Status st = ST_VIOLATION;
    for (int way = 0; way <= STACK_WAYS; way++) { /* at last the best one again */
        bool last = way == STACK_WAYS;
        db_cell(db, c)->shapes.n = n_shapes;
        if (way == STACK_WAITS && least <= DRAW_BENT) continue;
        *k = start(db, t, c, taps, last ? best : (StackWay)way);
        k->loose = loose, k->more = more;
        st = lay_out(k, last && tell);
        double moved = fmax(k->moved, DRAW_STILL);
        if (last || (st == ST_OK && (!stack_floats(k) || (way != STACK_PLAIN && moved <= DRAW_STILL))) || (st != ST_OK && st != ST_VIOLATION)) break;
        if (st == ST_OK && moved <= least) best = (StackWay)way, least = moved;
        stack_free(k);
    }
    return st;
}

/* Rows more for sections that could not be wired. `at`: what each section with devices has. False: some may have no more, or were not the reason. */
static bool ask_rows(const Stack *k, int32_t *more)
{
    uint32_t at = 0;
    bool any = false;
    for (uint32_t i = 0; i < k->s.n; i++) {
        if (k->s.v[i].n == 0) continue;
        if (k->s.v[i].status == ST_VIOLATION) {
            if (more[at] >= MORE) return false;
            more[at] += 2, any = true;
        }
        at++;
    }
    return any;
}

Status draw_stack(Db *db, const Tech *t, CellId c, bool taps, DrawStats *out)
{
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    *out = (DrawStats){0};
    TRY(draw_ready(t, true));
    Stack k;
    Status st = ST_VIOLATION;
    int32_t *more = mem_calloc(db_cell(db, c)->devices.n + 1, sizeof *more);
    bool grown = false;
    StackWay was = STACK_PLAIN;
    for (int32_t loose = 0; st != ST_OK && loose <= STACK_LOOSEST; stack_free(&k)) {
        db_cell(db, c)->shapes.n = n_shapes;
        st = choose_way(&k, db, t, c, taps, loose, more, !grown);
        if (st == ST_OK && grown && k.way != was) st = ST_VIOLATION; /* the rows are not there below the combs */
        bool room = st == ST_OK;
        if (st != ST_OK || !stack_floats(&k)) k.loose = grown && st != ST_OK ? loose : STACK_LOOSEST;
        if (st == ST_OK) st = draw_sections(&k, out);
        grown = st != ST_OK && room && k.loose <= STACK_GROWS && ask_rows(&k, more);
        loose = grown ? k.loose : k.loose + 1;
        was = k.way;
        if (!grown) memset(more, 0, (db_cell(db, c)->devices.n + 1) * sizeof *more);
    }
    mem_free(more);
    if (st != ST_OK) db_cell(db, c)->shapes.n = n_shapes;
    return st;
}
