/*
 * Feeds: a wide wire on metal 3 hangs on a strap above it, through a resistor that stands for its way there. They carry what all converters of a
 * crossbar take; what the router draws is of minimal width with single cuts.
 *
 *          strap  |  |                       highest
 *          pads   |##|  cuts, as many as fit
 *          body    ||   marked, on the metal of trunks
 *          pad  --|##|------------------ wire, on metal 3
 *
 * Nothing else of these nets is to be joined: for the router they are in the way.
 */
#include "cells/draw_int.h"
#include "cells/physical.h"

#include <math.h>

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }

static bool is_pin(const DbShape *s, NetId net, LayerId metal) { return s->kind == SHAPE_PIN && s->net.i == net.i && s->layer.i == metal.i; }

/* Strap of a resistor's first end, the last of several, and wide wire of its second, below the strap. */
static bool ends(const Db *db, const Tech *t, CellId id, const DbDevice *d, Box *strap, Box *wire)
{
    const DbCell *c = &db->cells.v[id.i];
    if (d->kind != DEV_RES) return false;
    bool any = false;
    LayerId low = db_metal(db, 3), high = db_metal(db, tech_strap_level(t));
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        Box w = c->shapes.v[i].box;
        if (!is_pin(&c->shapes.v[i], d->t[1].net, low) || w.y1 - w.y0 < 2 * tech_metal(t, 3)->pitch) continue;
        for (uint32_t k = 0; k < c->shapes.n; k++) {
            Box s = c->shapes.v[k].box;
            if (!is_pin(&c->shapes.v[k], d->t[0].net, high) || s.x0 < w.x0 || s.x1 > w.x1 || s.y0 > w.y0 || s.y1 < w.y1) continue;
            if (any && s.x0 < strap->x0) continue;
            *strap = s, *wire = w;
            any = true;
        }
    }
    return any;
}

bool draw_is_feed(const Db *db, const Tech *t, CellId c, const DbDevice *d)
{
    Box strap, wire;
    return ends(db, t, c, d, &strap, &wire);
}

bool draw_is_fed(const Db *db, const Tech *t, CellId c, NetId net)
{
    NetUse use = net.i == NET_NONE.i ? USE_GROUND : db->cells.v[c.i].nets.v[net.i].use;
    if (use == USE_POWER || use == USE_GROUND) return false;
    for (uint32_t i = 0; i < db->cells.v[c.i].devices.n; i++) {
        const DbDevice *d = &db->cells.v[c.i].devices.v[i];
        if ((d->t[0].net.i == net.i || d->t[1].net.i == net.i) && draw_is_feed(db, t, c, d)) return true;
    }
    return false;
}

/* As many cuts as fit into an upright box from metal lo to metal hi, with the metals between and that of one end: the other's is there. */
static void pads(Db *db, const Tech *t, CellId c, int32_t lo, int32_t hi, bool upper, Box b, DrawNet net)
{
    for (int32_t l = lo; l < hi; l++) {
        const TechLayer *cut = tech_cut(t, l);
        int32_t ex = max32(cut->enc_below_side, cut->enc_above_side), ey = max32(cut->enc_below, cut->enc_above), pitch = cut->cut_size + cut->space;
        int32_t nx = (b.x1 - b.x0 - 2 * ex - cut->cut_size) / pitch + 1, ny = (b.y1 - b.y0 - 2 * ey - cut->cut_size) / pitch + 1;
        int32_t x0 = b.x0 + (b.x1 - b.x0 - (nx - 1) * pitch - cut->cut_size) / 2 / t->grid * t->grid, y0 = b.y0 + (b.y1 - b.y0 - (ny - 1) * pitch - cut->cut_size) / 2 / t->grid * t->grid;
        db_add_shape(db, c, db_metal(db, upper ? l + 1 : l), SHAPE_WIRE, b, net.net, net.bit);
        for (int32_t k = 0; k < nx * ny; k++) {
            int32_t x = x0 + k % nx * pitch, y = y0 + k / nx * pitch;
            db_add_shape(db, c, db_cut(db, l), SHAPE_VIA, (Box){x, y, x + cut->cut_size, y + cut->cut_size}, net.net, net.bit);
        }
    }
}

static void draw_one(Db *db, const Tech *t, CellId c, const DbDevice *d, int32_t level, LayerId mark)
{
    Box strap = {0}, wire = {0};
    bool ok = ends(db, t, c, d, &strap, &wire);
    assert(ok); /* by draw_feeds */
    (void)ok;
    const TechLayer *m = tech_metal(t, level);
    int32_t w = strap.x1 - strap.x0, h = wire.y1 - wire.y0;
    while (w / 2 >= m->width && w * d->value / m->r_sheet > 2 * t->cell_row) w /= 2; /* on metal of low resistance the body is narrower than the strap */
    int32_t len = (int32_t)lrint(w * d->value / m->r_sheet / t->grid) * t->grid, x0 = strap.x0 + (strap.x1 - strap.x0 - w) / 2 / t->grid * t->grid;
    Box body = {x0, wire.y1, x0 + w, wire.y1 + len}, far = {strap.x0, body.y1, strap.x1, body.y1 + h}; /* over the bundle's other wires */
    pads(db, t, c, 3, level, true, (Box){strap.x0, wire.y0, strap.x1, wire.y1}, (DrawNet){d->t[1].net, d->t[1].bit});
    db_add_shape(db, c, db_metal(db, level), SHAPE_WIRE, body, d->t[0].net, d->t[0].bit);
    db_add_shape(db, c, mark, SHAPE_WIRE, body, NET_NONE, 0);
    pads(db, t, c, level, tech_strap_level(t), false, far, (DrawNet){d->t[0].net, d->t[0].bit});
}

Status draw_feeds(Db *db, const Tech *t, CellId c, int32_t level)
{
    const TechLayer *mark = draw_resistor_mark(t, level);
    for (uint32_t i = 0; i < db_cell(db, c)->devices.n; i++) {
        DbDevice d = db_cell(db, c)->devices.v[i];
        if (!draw_is_feed(db, t, c, &d)) continue;
        if (!mark)
            return msg_error(ST_INPUT, "DRAW-0001", (Loc){t->dir, 0, 0}, "cell %s: resistor %s: no layer marks resistors of %s", db_name(db, db_cell(db, c)->name), db_name(db, d.name),
                             tech_metal(t, level)->name);
        draw_one(db, t, c, &d, level, db_find_layer(db, mark->name));
    }
    return ST_OK;
}

bool draw_fed_from_below(const Db *db, CellId id)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->kind == SHAPE_PIN && s->net.i < c->n_ports && c->nets.v[s->net.i].dir == DIR_IN && s->box.y0 == 0 && s->box.y1 < c->box.y1) return true;
    }
    return false;
}
