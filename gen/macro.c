/*
 * Soft macros: digital blocks whose inside a logic synthesis makes later; here outline, pins and rails.
 *
 * Invariant: signal pins stand on metal 4 tracks ((i + 1/2) · pitch from the left edge), never on the outermost two (a neighbour's may be
 * next to them), long enough for the minimum area on
 * their own; rails are full-height straps, so the mesh above reaches them anywhere. An outline that is no rectangle is drawn as
 * shapes on the outline layer: the first part is the body with the pins, the others touch it or each other.
 */
#include "cells/physical.h"
#include "gen/apu.h"

/* Pins to put along the top or bottom edge, one entry per bit. */
typedef struct {
    NetId net;
    uint32_t bit;
} EdgePin;

static int32_t round_up(int32_t v, int32_t step) { return (v + step - 1) / step * step; }

/* Length of a pin that is a legal shape by itself. */
static int32_t pin_length(const Tech *t, const TechLayer *l)
{
    double dbu2 = l->min_area / (t->dbu_m * t->dbu_m);
    int32_t len = (int32_t)(dbu2 / l->width) + 1;
    if (len < 2 * l->width) len = 2 * l->width;
    return round_up(len, t->grid);
}

static Status spread(Design *d, CellId c, Box box, const EdgePin *pins, uint32_t n, bool top)
{
    const TechLayer *m4 = tech_metal(&d->tech, 4);
    int32_t tracks = (box.x1 - box.x0) / m4->pitch - 2, len = pin_length(&d->tech, m4);
    if ((int64_t)n > tracks)
        return msg_error(ST_LIMIT, "BLD-0001", (Loc){0}, "macro %s: %u pins on one side, %d tracks in its width",
                         db_name(&d->db, db_cell(&d->db, c)->name), n, tracks);
    for (uint32_t i = 0; i < n; i++) {
        int32_t track = (int32_t)(((int64_t)(2 * i + 1) * tracks) / (2 * (int64_t)n));
        int32_t x = box.x0 + (1 + track) * m4->pitch + (m4->pitch - m4->width) / 2;
        Box b = top ? (Box){x, box.y1 - len, x + m4->width, box.y1} : (Box){x, 0, x + m4->width, len};
        db_add_shape(&d->db, c, db_metal(&d->db, 4), SHAPE_PIN, b, pins[i].net, pins[i].bit);
    }
    return ST_OK;
}

/* The right side of rowbuf mirrors the left side of its crossbar. */
static void mirror_left_pins(Design *d, CellId c, CellId xbar)
{
    const DbCell *x = db_cell(&d->db, xbar);
    int32_t w = db_cell(&d->db, c)->box.x1;
    for (uint32_t k = 0; k < x->shapes.n; k++) {
        DbShape s = db_cell(&d->db, xbar)->shapes.v[k];
        if (s.kind != SHAPE_PIN || s.box.x0 != 0) continue;
        const char *name = db_name(&d->db, db_cell(&d->db, xbar)->nets.v[s.net.i].name);
        NetId n = db_find_net(&d->db, c, name);
        if (n.i == NET_NONE.i || str_eq(name, "VDD") || str_eq(name, "VSS")) continue;
        const TechLayer *l = tech_layer(&d->tech, db_name(&d->db, d->db.layers.v[s.layer.i].name));
        int32_t len = pin_length(&d->tech, l);
        Box b = {w - len, s.box.y0, w, s.box.y1};
        db_add_shape(&d->db, c, s.layer, SHAPE_PIN, b, n, s.bit);
    }
}

enum { STRAP_EVERY_UM = 20 };

/* A VDD and a VSS strap in every 20 µm of width, at least one pair. */
static void add_straps(Design *d, CellId c, Box box, NetId vdd, NetId vss)
{
    LayerId layer = db_metal(&d->db, tech_strap_level(&d->tech));
    int32_t w = cells_strap_width(&d->tech), every = (int32_t)(STRAP_EVERY_UM * 1e-6 / d->tech.dbu_m + 0.5), width = box.x1 - box.x0;
    int32_t n = width / every > 0 ? width / every : 1;
    for (int32_t i = 0; i < 2 * n; i++) {
        int32_t mid = box.x0 + (int32_t)((int64_t)width * (2 * i + 1) / (4 * n));
        int32_t x = (mid - w / 2) / d->tech.grid * d->tech.grid;
        db_add_shape(&d->db, c, layer, SHAPE_PIN, (Box){x, box.y0, x + w, box.y1}, i % 2 ? vss : vdd, 0);
    }
}

static bool listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (str_eq(*names, name)) return true;
    return false;
}

/* Straps of a part below another cell end so far under it, clear of what that cell has there. */
#define STRAP_CLEAR_M 1e-6

Status macro_draw(Design *d, CellId c, uint32_t core, Macro m, const Box *parts, uint32_t n_parts, CellId xbar, const char *const *also_top)
{
    MacroPort port[MACRO_PORTS_MAX];
    uint32_t n = design_ports(d, core, m, port);
    ARRAY(EdgePin) side[2] = {{0}, {0}}; /* bottom, top */
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t b = 0; b < port[i].width; b++) {
            EdgePin pin = {{i}, b};
            if (port[i].side == SIDE_BOTTOM) arr_push(&side[0], pin);
            if (port[i].side == SIDE_TOP || listed(also_top, port[i].name)) arr_push(&side[1], pin);
        }
    }
    db_cell(&d->db, c)->shapes.n = 0;
    db_cell(&d->db, c)->box = parts[0];
    for (uint32_t i = 1; i < n_parts; i++) db_cell(&d->db, c)->box = box_union(db_cell(&d->db, c)->box, parts[i]);
    Status st = ST_OK;
    for (int k = 0; k < 2 && st == ST_OK; k++)
        if (side[k].n) st = spread(d, c, parts[0], side[k].v, side[k].n, k == 1);
    arr_free(&side[0]);
    arr_free(&side[1]);
    if (m == MACRO_ROWBUF) mirror_left_pins(d, c, xbar);
    NetId vdd = db_find_net(&d->db, c, "VDD"), vss = db_find_net(&d->db, c, "VSS");
    for (uint32_t i = 0; i < n_parts; i++) {
        Box b = parts[i];
        if (i) b.y1 -= round_up((int32_t)(STRAP_CLEAR_M / d->tech.dbu_m), d->tech.grid);
        add_straps(d, c, b, vdd, vss);
        if (n_parts > 1) db_add_shape(&d->db, c, db_outline(&d->db), SHAPE_FILL, parts[i], NET_NONE, 0);
    }
    return st;
}

Status macro_build(Design *d, uint32_t core, Macro m, const char *name, int32_t w, int32_t h, CellId xbar,
                   const char *const *also_top, CellId *out)
{
    MacroPort port[MACRO_PORTS_MAX];
    uint32_t n = design_ports(d, core, m, port);
    CellId c = db_add_cell(&d->db, name, CELL_SOFT, macro_name[m]);
    for (uint32_t i = 0; i < n; i++) db_add_port(&d->db, c, port[i].name, port[i].width, port[i].dir, USE_SIGNAL);
    db_add_port(&d->db, c, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(&d->db, c, "VSS", 1, DIR_INOUT, USE_GROUND);
    *out = c;
    return macro_draw(d, c, core, m, &(Box){0, 0, w, h}, 1, xbar, also_top);
}
