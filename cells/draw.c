/*
 * The cell generator's main line: rows, columns, terminals, wires, polygons.
 */
#include "cells/draw_int.h"

#include <stdlib.h>

enum { ROWS_AT = 3 }; /* metal of wires along the rows */
enum { EXTRA = 12, TRIES = 12, ORDERS = 8, MANY = 4 }; /* half pitches a cell may be wider than its columns; arrangements of one order; orders; nets in each other's way: more are hopeless */

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }

/* ---- polygons --------------------------------------------------------------------------------------------------------- */

static LayerId layer_of(const Draw *d, LayerRole role)
{
    const TechLayer *l = tech_role(d->t, role);
    return l ? db_find_layer(d->db, l->name) : (LayerId){UINT32_MAX};
}

static void shape(Draw *d, LayerId layer, ShapeKind kind, Box b, int32_t net)
{
    if (layer.i == UINT32_MAX || b.x0 >= b.x1 || b.y0 >= b.y1) return;
    DrawNet n = net >= 0 ? d->nets.v.v[net] : (DrawNet){NET_NONE, 0};
    db_add_shape(d->db, d->c, layer, kind, b, n.net, n.bit);
}

/* A box given in row coordinates. */
static Box row_box(const Draw *d, int32_t row, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    int32_t a = draw_row_y(&d->g, row, y0), b = draw_row_y(&d->g, row, y1);
    return (Box){x0, min32(a, b), x1, max32(a, b)};
}

/* Diffusion of a finger, from the middle of its left source or drain to that of the right; at a strip's end it holds the contact. Where
 * widths differ, the wider one keeps diff_ext from its gate. */
static void draw_diff(Draw *d, int32_t row, int kind)
{
    LayerId l = layer_of(d, ROLE_ACTIVE);
    Gates g = {0};
    draw_gates(d, row, kind, &g);
    for (uint32_t i = 0; i < g.v.n; i++) {
        const Gate *a = &g.v.v[i];
        int32_t y0, y1, x = draw_x(&d->g, a->c->pos), side[2];
        draw_diff_range(&d->g, kind, a->f->w, &y0, &y1);
        for (int s = 0; s < 2; s++) {
            const Gate *o = s ? (i + 1 < g.v.n ? a + 1 : NULL) : (i ? a - 1 : NULL);
            bool shared = o && (s ? a->f->right == o->f->left : a->f->left == o->f->right);
            int32_t sign = s ? 1 : -1, end = draw_x(&d->g, a->c->pos + sign * draw_reach(d, a->f)) + sign * (d->g.co / 2 + d->g.co_end);
            if (shared) {
                int32_t xo = draw_x(&d->g, o->c->pos);
                /* the narrower one goes on to where the wider one begins */
                end = a->f->w < o->f->w ? xo - sign * (o->f->l / 2 + d->g.diff_ext) : x + sign * (a->f->l / 2 + d->g.diff_ext);
                if (a->f->w == o->f->w) end = xo;
            }
            side[s] = end;
        }
        shape(d, l, SHAPE_WIRE, row_box(d, row, side[0], y0, side[1], y1), -1);
    }
    arr_free(&g.v);
}

/* Contacts on gates of a column: lowest and highest track in the row's counting; false: none. */
static bool pads_of(const Draw *d, const Column *c, int32_t net, int32_t *lo, int32_t *hi)
{
    int32_t line = grid_line_x(&d->q, draw_x(&d->g, c->pos));
    bool any = false;
    const Routed *r = &d->q.net.v[net];
    for (uint32_t k = 0; k < r->at.n; k++) {
        const Placed *p = &r->at.v[k];
        int32_t row, t = draw_line_track(&d->g, p->j, &row);
        if (p->shape != PT_N || p->level != 0 || p->i != line || row != c->row) continue;
        if (t < d->g.z[0].gate || t > d->g.z[1].gate) continue;
        if (!any || t < *lo) *lo = t;
        if (!any || t > *hi) *hi = t;
        any = true;
    }
    return any;
}

static void draw_poly(Draw *d)
{
    LayerId l = layer_of(d, ROLE_POLY);
    for (uint32_t i = 0; i < d->p.col.n; i++) {
        const Column *c = &d->p.col.v[i];
        int32_t x = draw_x(&d->g, c->pos);
        for (int k = 0; k < 2; k++) {
            const Finger *f = c->f[k] >= 0 ? &d->p.finger.v[c->f[k]] : NULL;
            if (!f) continue;
            const Finger *o = c->f[1 - k] >= 0 ? &d->p.finger.v[c->f[1 - k]] : NULL;
            bool both = o && o->gate == f->gate;
            int32_t y0, y1, lo = 0, hi = 0, inner;
            draw_diff_range(&d->g, k, f->w, &y0, &y1);
            bool pads = pads_of(d, c, f->gate, &lo, &hi);
            if (k == 0) inner = both ? d->g.h / 2 : max32(y1 + d->g.poly_ext, pads ? hi * d->g.track : 0);
            else inner = both ? d->g.h / 2 : min32(y0 - d->g.poly_ext, pads ? lo * d->g.track : d->g.h);
            /* the longer of two gates goes on to their contacts: no notch between its shoulder and their pads */
            if (both && pads && f->l > o->l) inner = k == 0 ? max32(inner, hi * d->g.track) : min32(inner, lo * d->g.track);
            Box b = k == 0 ? (Box){x - f->l / 2, y0 - d->g.poly_ext, x - f->l / 2 + f->l, inner} : (Box){x - f->l / 2, inner, x - f->l / 2 + f->l, y1 + d->g.poly_ext};
            shape(d, l, SHAPE_WIRE, row_box(d, c->row, b.x0, b.y0, b.x1, b.y1), f->gate);
        }
    }
}

/* The bars of banks, and poly from them to a contact behind. */
static void draw_bars(Draw *d)
{
    LayerId l = layer_of(d, ROLE_POLY);
    int32_t width = tech_role(d->t, ROLE_POLY)->width;
    for (uint32_t i = 0, last; i < d->p.col.n; i = last + 1) {
        last = draw_bank_end(d, i);
        if (last == i) continue;
        const Column *a = &d->p.col.v[i], *b = &d->p.col.v[last];
        int32_t line = draw_behind(d, last);
        for (int k = 0; k < 2; k++) {
            const Finger *f = &d->p.finger.v[a->f[k]];
            int32_t edge = d->g.h / 2, x0 = draw_x(&d->g, a->pos) - f->l / 2, x1 = draw_x(&d->g, b->pos) - f->l / 2 + f->l;
            for (uint32_t q = i; q <= last; q++) { /* beyond the highest diffusion */
                int32_t y0, y1;
                draw_diff_range(&d->g, k, d->p.finger.v[d->p.col.v[q].f[k]].w, &y0, &y1);
                edge = q == i ? (k ? y0 : y1) : k ? min32(edge, y0) : max32(edge, y1);
            }
            int32_t bar0 = k ? edge - d->g.poly_ext : edge + d->g.poly_ext - width, bar1 = bar0 + width, far = k ? bar1 : bar0;
            const Routed *r = &d->q.net.v[f->gate];
            for (uint32_t q = 0; q < r->at.n; q++) {
                int32_t row, t = draw_line_track(&d->g, r->at.v[q].j, &row), mid = d->q.x[r->at.v[q].i];
                if (r->at.v[q].shape != PT_N || r->at.v[q].level != 0 || row != a->row || t < d->g.z[0].gate || t > d->g.z[1].gate) continue;
                if (r->at.v[q].i != line && (mid < x0 || mid > draw_x(&d->g, b->pos))) continue;
                /* poly as wide as the contact's pad if that stands nearer to the bar than the spacing */
                int32_t at = t * d->g.track, gap = (k ? bar0 - at : at - bar1) - d->g.pad_y / 2;
                if (gap > 0 && gap < tech_role(d->t, ROLE_POLY)->space)
                    shape(d, l, SHAPE_WIRE, row_box(d, a->row, mid - d->g.pad_x / 2, min32(at, bar0), mid + d->g.pad_x / 2, max32(at, bar1)), f->gate);
                if (r->at.v[q].i != line || line < 0) continue;
                x1 = mid + width / 2;
                far = at;
                shape(d, l, SHAPE_WIRE, row_box(d, a->row, x1 - width, min32(far, bar0), x1, max32(far, bar1)), f->gate);
            }
            shape(d, l, SHAPE_WIRE, row_box(d, a->row, x0, bar0, x1, bar1), f->gate);
            for (uint32_t q = i; q <= last; q++) { /* gates of lower diffusions reach the bar */
                int32_t x = draw_x(&d->g, d->p.col.v[q].pos) - f->l / 2;
                shape(d, l, SHAPE_WIRE, row_box(d, a->row, x, k ? bar0 : edge, x + f->l, k ? edge : bar1), f->gate);
            }
        }
    }
}

/* Poly under every gate contact, and the layer that marks such contacts as one strip per row. */
static void draw_pads(Draw *d)
{
    LayerId poly = layer_of(d, ROLE_POLY), mark = layer_of(d, ROLE_POLY_CONTACT);
    int32_t enc = tech_rule_value(d->t, RULE_ENCLOSE, FE_CO_POLY, FE_CO_MARK);
    for (int32_t row = 0; row < d->spec.rows; row++) {
        Box strip = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
        for (uint32_t n = 0; n < d->q.net.n; n++)
            for (uint32_t k = 0; k < d->q.net.v[n].at.n; k++) {
                const Placed *p = &d->q.net.v[n].at.v[k];
                int32_t at, t = draw_line_track(&d->g, p->j, &at);
                if (p->shape != PT_N || p->level != 0 || at != row) continue;
                if (t < d->g.z[0].gate || t > d->g.z[1].gate) continue;
                int32_t x = d->q.x[p->i], y = d->q.y[p->j];
                shape(d, poly, SHAPE_WIRE, (Box){x - d->g.pad_x / 2, y - d->g.pad_y / 2, x + d->g.pad_x / 2, y + d->g.pad_y / 2}, (int32_t)n);
                int32_t reach = d->g.co / 2 + enc;
                strip = (Box){min32(strip.x0, x - reach), min32(strip.y0, y - reach), max32(strip.x1, x + reach), max32(strip.y1, y + reach)};
            }
        if (strip.x0 < strip.x1) shape(d, mark, SHAPE_WIRE, strip, -1);
    }
}

/* How far wells reach over the outline, as far as the outermost diffusion asks: a neighbour's covers it. */
static int32_t well_over(const Draw *d)
{
    const RowGeom *g = &d->g;
    int32_t enc = max32(tech_rule_value(d->t, RULE_ENCLOSE, FE_PDIFF, FE_NWELL), tech_rule_value(d->t, RULE_ENCLOSE, FE_NTAP, FE_NWELL));
    int32_t over = max32(0, enc - (g->margin - g->co / 2 - g->co_end)), least = tech_role(d->t, ROLE_NWELL)->width;
    return d->w + 2 * over < least ? (least - d->w) / 2 / d->t->grid * d->t->grid + d->t->grid : over;
}

/* Wells and implants fill their half of the row from edge to edge, so that rows and cells join. */
static void draw_wells(Draw *d)
{
    LayerId nw = layer_of(d, ROLE_NWELL), pw = layer_of(d, ROLE_PWELL), nimp = layer_of(d, ROLE_NIMP), pimp = layer_of(d, ROLE_PIMP), act = layer_of(d, ROLE_TAP);
    const RowGeom *g = &d->g;
    int32_t over = well_over(d);
    bool plain = d->spec.plain && (tech_rule(d->t, RULE_SPACE, FE_CO_POLY, FE_NIMP) || tech_rule(d->t, RULE_SPACE, FE_CO_POLY, FE_PIMP));
    if (act.i == UINT32_MAX) act = layer_of(d, ROLE_ACTIVE);
    for (int32_t row = 0; row < d->spec.rows; row++) {
        shape(d, nw, SHAPE_WIRE, row_box(d, row, -over, g->well, d->w + over, g->h), -1);
        shape(d, pw, SHAPE_WIRE, row_box(d, row, -over, 0, d->w + over, g->well), -1);
        for (int32_t k = 0, n = max32(draw_n_taps(g), 1); k < n; k++) { /* each tap, and what is between it and the next */
            int32_t x0 = draw_tap_x(g, k), next = k + 1 < n ? draw_tap_x(g, k + 1) : d->w, x1 = k && k + 1 == n ? d->w : x0 + g->tap, mid = draw_tap_mid(g, k), half = g->co / 2 + g->co_end;
            if (!plain) {
                shape(d, nimp, SHAPE_WIRE, row_box(d, row, x1, 0, next, g->nimp), -1);
                shape(d, pimp, SHAPE_WIRE, row_box(d, row, x1, g->pimp, next, g->h), -1);
            }
            if (!g->tap) continue;
            shape(d, pimp, SHAPE_WIRE, row_box(d, row, x0, 0, x1, g->nimp), -1);
            shape(d, nimp, SHAPE_WIRE, row_box(d, row, x0, g->pimp, x1, g->h), -1);
            for (int z = 0; z < 2; z++) shape(d, act, SHAPE_WIRE, row_box(d, row, mid - half, g->z[z].y0, mid + half, g->z[z].y1), -1);
        }
    }
}

/* A flavour's layer covers the rows that hold its devices from edge to edge. */
static void draw_marks(Draw *d)
{
    int32_t over = well_over(d);
    if (over) over += d->t->grid;
    for (uint32_t i = 0; i < d->p.col.n; i++) {
        const Column *c = &d->p.col.v[i];
        const Finger *f = &d->p.finger.v[c->f[0] >= 0 ? c->f[0] : c->f[1]];
        if (!f->mark || (i && d->p.col.v[i - 1].row == c->row)) continue;
        draw_mark(d->db, d->c, &d->g, f->mark, c->row, d->w, over);
    }
}

static void draw_wires(Draw *d, DrawStats *st)
{
    for (uint32_t n = 0; n < d->q.net.n; n++) {
        const Routed *r = &d->q.net.v[n];
        bool pin = false;
        for (uint32_t k = 0; k < r->wire.n; k++) {
            const DrawBox *w = &r->wire.v[k];
            shape(d, db_metal(d->db, w->level), SHAPE_WIRE, w->box, (int32_t)n);
            st->wire += max32(w->box.x1 - w->box.x0, w->box.y1 - w->box.y0);
        }
        for (uint32_t k = 0; k < r->at.n; k++) {
            const Placed *p = &r->at.v[k];
            if (p->shape == PT_N) {
                shape(d, db_cut(d->db, p->level), SHAPE_VIA, grid_cut(&d->q, p->level, p->i, p->j), (int32_t)n);
                *(p->level ? &st->vias : &st->contacts) += 1;
            } else if (p->shape != PT_WIRE) {
                shape(d, db_metal(d->db, p->level), SHAPE_WIRE, grid_box(&d->q, p->level, p->shape, p->i, p->j), (int32_t)n);
            }
        }
        /* A port without a pin gets one where its first contact is. */
        const DbCell *c = db_cell(d->db, d->c);
        for (uint32_t k = 0; k < c->shapes.n; k++)
            pin |= c->shapes.v[k].kind == SHAPE_PIN && c->shapes.v[k].net.i == d->nets.v.v[n].net.i && c->shapes.v[k].bit == d->nets.v.v[n].bit;
        if (pin || d->nets.v.v[n].net.i >= c->n_ports) continue;
        for (uint32_t k = 0; k < r->at.n; k++) {
            const Placed *p = &r->at.v[k];
            if (p->shape != PT_WIRE || p->level != 1) continue;
            shape(d, db_metal(d->db, 1), SHAPE_PIN, grid_box(&d->q, 1, PT_WIRE, p->i, p->j), (int32_t)n);
            break;
        }
    }
}

/* ---- main line ------------------------------------------------------------------------------------------------------------ */

/* What cannot be drawn is told before anything is added. */
static Status check_devices(const Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *x = &c->devices.v[i];
        if (x->kind == DEV_RES)
            return msg_error(ST_INPUT, "DRAW-0002", (Loc){0}, "cell %s: resistor %s cannot be drawn yet", db_name(d->db, c->name), db_name(d->db, x->name));
        if (x->kind == DEV_CAP && c->box.x0 == c->box.x1)
            return msg_error(ST_INPUT, "DRAW-0002", (Loc){0}, "cell %s: capacitor %s needs an outline that is given", db_name(d->db, c->name), db_name(d->db, x->name));
    }
    return ST_OK;
}

/* Lines of the wires that are there: the centres of vertical ones. */
static void make_grid(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    ARRAY(int32_t) x = {0};
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &d->db->layers.v[s->layer.i];
        if (l->kind == LAYER_METAL && l->level <= d->spec.levels && s->box.x1 - s->box.x0 < s->box.y1 - s->box.y0) arr_push(&x, (s->box.x0 + s->box.x1) / 2 / d->t->grid * d->t->grid);
    }
    int32_t n_pos = 0;
    while (draw_x(&d->g, n_pos + 1) + d->g.margin <= d->w) n_pos++;
    grid_make(&d->q, &d->g, d->w, d->h, d->spec.levels, n_pos, x.v, x.n);
    arr_free(&x);
}

static void make_rails(Draw *d)
{
    int32_t half = d->t->rail / 2;
    for (int32_t k = 0; k <= d->spec.rows; k++) {
        int32_t y = k * d->g.h, net = draw_rail_net(d, k % 2);
        Box b = {0, k == 0 ? 0 : y - half, d->w, k == d->spec.rows ? y : y + half};
        shape(d, db_metal(d->db, 1), SHAPE_PIN, b, net);
    }
}

/* Where wires were in each other's way, the columns on both sides ask for more room. */
static void ask_room(Draw *d)
{
    for (uint32_t k = 0; k < d->q.clash.n; k++) {
        int32_t row, x = d->q.x[d->q.clash.v[k].x];
        draw_line_track(&d->g, d->q.clash.v[k].y, &row);
        for (uint32_t i = 0; i < d->p.col.n; i++) {
            const Column *c = &d->p.col.v[i];
            int32_t off = draw_x(&d->g, c->pos) - x;
            if (c->row == row && off >= -d->t->gate_pitch / 2 && off <= 3 * d->t->gate_pitch / 2) d->room[i] += 0.5;
        }
    }
}

static void fix_part(Draw *d, const PartNet *p)
{
    const DbCell *c = db_cell(d->db, d->c);
    for (uint32_t k = p->first; k < p->first + p->n; k++) {
        const DbLayer *l = &d->db->layers.v[c->shapes.v[k].layer.i];
        if (l->kind == LAYER_METAL) grid_fix(&d->q, l->level, draw_net(&d->nets, p->net, p->bit), c->shapes.v[k].box);
        if (l->kind == LAYER_CUT) grid_keep_off(&d->q, l->level, c->shapes.v[k].box);
    }
}

/* Half pitches for a contact behind the last column of a cell of free width, if it ends with a bank. */
static int32_t room_behind(const Draw *d)
{
    for (uint32_t i = 0, last; i < d->p.col.n; i = last + 1) {
        last = draw_bank_end(d, i);
        if (last > i) return 1;
    }
    return 0;
}

/* Does a wire of the capacitors' common plate, or of a whole column, run on the cell's highest metal? */
static bool column_on_top(Draw *d)
{
    const DbCell *c = &d->db->cells.v[d->c.i];
    for (uint32_t i = 0; i < c->devices.n; i++) {
        if (c->devices.v[i].kind != DEV_CAP) continue;
        int32_t common = draw_net(&d->nets, c->devices.v[i].t[1].net, c->devices.v[i].t[1].bit);
        for (uint32_t k = 0; k < d->n_plain; k++)
            if (d->q.fixed.v[k].level == d->spec.levels && d->q.fixed.v[k].net == common) return true;
    }
    return tech_trunk_level(d->t) == d->spec.levels;
}

/* Where the column runs on the cell's highest metal, under the capacitors' common plate, analog nets that pass along the row, what is switched to
 * them, and bottom plates' wires keep off that metal: beside the column they would add to their capacitors. */
static bool *shy_nets(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    bool *shy = mem_calloc(d->nets.v.n + 1, 1);
    if (!column_on_top(d)) return shy;
    for (uint32_t i = 0; i < d->nets.v.n; i++) shy[i] = c->nets.v[d->nets.v.v[i].net.i].use == USE_ANALOG;
    for (uint32_t k = 0; k < d->n_plain; k++)
        if (d->q.fixed.v[k].level == d->spec.levels) shy[d->q.fixed.v[k].net] = false;
    for (uint32_t i = 0; i < c->devices.n; i++)
        for (int k = 0; k < 4; k += 2) {
            const DbDevice *e = &c->devices.v[i];
            bool plate = e->kind == DEV_CAP && k == 0, channel = (e->kind == DEV_NMOS || e->kind == DEV_PMOS) && c->nets.v[e->t[2 - k].net.i].use == USE_ANALOG;
            if (e->t[k].net.i >= c->n_ports && (plate || channel)) shy[draw_net(&d->nets, e->t[k].net, e->t[k].bit)] = true;
        }
    return shy;
}

/* Metal of its lowest pin of every net that a device of the cell drives. */
static int32_t *driven_nets(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    int32_t *most = mem_calloc(d->nets.v.n + 1, sizeof *most);
    for (uint32_t i = 0; i < c->devices.n; i++)
        for (int k = 0; k < 4; k += 2) {
            const DbDevice *e = &c->devices.v[i];
            if ((e->kind != DEV_NMOS && e->kind != DEV_PMOS) || e->t[k].net.i >= c->n_ports) continue;
            NetUse use = c->nets.v[e->t[k].net.i].use;
            if (use == USE_POWER || use == USE_GROUND) continue;
            int32_t net = draw_net(&d->nets, e->t[k].net, e->t[k].bit);
            for (uint32_t s = 0; s < d->n_plain; s++)
                if (d->q.fixed.v[s].net == net && (!most[net] || d->q.fixed.v[s].level < most[net])) most[net] = d->q.fixed.v[s].level;
        }
    return most;
}

/* Metal below the rows' wires for every inner net without a gate or a capacitor. */
static int32_t *calm_nets(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    int32_t *most = mem_calloc(d->nets.v.n + 1, sizeof *most);
    for (uint32_t i = 0; i < d->nets.v.n; i++)
        if (d->nets.v.v[i].net.i >= c->n_ports) most[i] = ROWS_AT - 1;
    for (uint32_t i = 0; i < c->devices.n; i++)
        for (int k = 0; k < 4; k++) {
            const DbDevice *e = &c->devices.v[i];
            bool channel = (e->kind == DEV_NMOS || e->kind == DEV_PMOS) && k != 1;
            if (e->t[k].net.i != NET_NONE.i && e->t[k].net.i >= c->n_ports && !channel) most[draw_net(&d->nets, e->t[k].net, e->t[k].bit)] = 0;
        }
    return most;
}

/* Between a resistor's ends no cut may stand, not even of the net whose metal its body is. */
static void keep_off_resistors(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    for (uint32_t i = 0; i < d->t->layers.n; i++) {
        const TechLayer *mark = &d->t->layers.v[i];
        for (int32_t level = 1; mark->role == ROLE_RESISTOR && mark->body && level <= d->q.levels; level++) {
            if (!str_eq(mark->body, tech_metal(d->t, level)->name)) continue;
            for (uint32_t k = 0; k < c->shapes.n; k++)
                for (int32_t cut = level - 1; cut <= level && c->shapes.v[k].layer.i == db_find_layer(d->db, mark->name).i; cut++)
                    grid_keep_off(&d->q, cut, c->shapes.v[k].box);
        }
    }
}

static bool route_once(Draw *d, bool given, int32_t extra, DrawStats *out)
{
    DbCell *c = db_cell(d->db, d->c);
    d->w = given ? c->box.x1 : draw_x(&d->g, d->p.width + extra + room_behind(d)) + d->g.margin;
    d->h = d->spec.rows * d->g.h;
    make_grid(d);
    uint32_t n_shapes = c->shapes.n;
    if (!given) make_rails(d);
    c = db_cell(d->db, d->c);
    uint32_t parts = d->parts.net.n ? d->parts.net.v[0].first : c->shapes.n;
    for (uint32_t i = 0; i < parts; i++) {
        const DbShape *s = &c->shapes.v[i];
        const DbLayer *l = &d->db->layers.v[s->layer.i];
        if (l->kind == LAYER_METAL && s->net.i != NET_NONE.i) grid_fix(&d->q, l->level, draw_net(&d->nets, s->net, s->bit), s->box);
    }
    d->n_plain = d->q.fixed.n;
    keep_off_resistors(d);
    for (uint32_t i = 0; i < d->parts.net.n; i++) fix_part(d, &d->parts.net.v[i]);
    draw_metal_terms(d);
    draw_part_terms(d);
    grid_block(&d->q);
    draw_device_terms(d);
    bool *alone = mem_calloc(d->nets.v.n + 1, 1);
    for (uint32_t i = 0; i < d->nets.v.n; i++) alone[i] = d->nets.v.v[i].net.i < c->n_ports;
    d->q.away = shy_nets(d);
    d->q.most = d->spec.drives ? driven_nets(d) : d->spec.calm ? calm_nets(d) : NULL;
    d->q.patient = d->patient;
    bool ok = grid_route(&d->q, d->nets.v.n, alone, d->large && d->spec.quiet);
    mem_free(alone);
    mem_free(d->q.away);
    mem_free(d->q.most);
    d->q.away = NULL;
    d->q.most = NULL;
    out->rounds += d->q.rounds;
    if (ok) return true;
    if (d->q.least < d->least) d->least = d->q.least;
    ask_room(d);
    if (!given) c->shapes.n = n_shapes;
    grid_free(&d->q);
    return false;
}

/* Spread the columns: `extra` half pitches, evenly over the row. pos: where they stand without. */
static void spread_evenly(Draw *d, const int32_t *pos, int32_t extra)
{
    for (uint32_t i = 0; i < d->p.col.n; i++) d->p.col.v[i].pos = pos[i] + extra * pos[i] / max32(d->p.width, 1);
}

/* The same in the shares of d->room. */
static void spread_as_asked(Draw *d, const int32_t *pos, int32_t extra)
{
    for (uint32_t i = 0, j; i < d->p.col.n; i = j) {
        double all = 1, sum = 0;
        for (j = i; j < d->p.col.n && d->p.col.v[j].row == d->p.col.v[i].row; j++) all += d->room[j];
        for (uint32_t k = i; k < j; k++) {
            sum += d->room[k];
            d->p.col.v[k].pos = pos[k] + (int32_t)((extra + 0.5) * sum / all);
        }
    }
}

/* Arrangements of one order of columns, until one can be wired. max_pos 0: the width is free. */
static bool arrange(Draw *d, int32_t max_pos, DrawStats *out)
{
    int32_t *pos = mem_calloc(d->p.col.n + 1, sizeof *pos), most = max_pos ? max_pos - d->p.width : EXTRA;
    d->room = mem_calloc(d->p.col.n + 1, sizeof *d->room);
    d->least = UINT32_MAX;
    for (uint32_t i = 0; i < d->p.col.n; i++) {
        pos[i] = d->p.col.v[i].pos;
        bool first = i == 0 || d->p.col.v[i - 1].row != d->p.col.v[i].row;
        d->room[i] = first ? 0.1 : 1;
    }
    bool ok = false;
    bool one = d->large || d->p.col.n == 0; /* nothing to move */
    for (int32_t k = 0; k < (one ? 1 : TRIES) && !ok; k++) {
        bool even = k < TRIES / 3;
        int32_t extra = !max_pos ? min32(2 * k, most) : even ? most - k * most / (TRIES / 3) : most;
        if (even) spread_evenly(d, pos, extra);
        else spread_as_asked(d, pos, extra);
        ok = route_once(d, max_pos > 0, extra, out);
    }
    mem_free(pos);
    mem_free(d->room);
    return ok;
}

/* One order of columns and its arrangements; *wired: one of them has all its wires. DRAW-0004 as draw_order. */
static Status try_order(Draw *d, uint32_t order, int32_t max_pos, bool *wired, DrawStats *out)
{
    if (!d->large) TRY(draw_order(d->db, d->c, &d->g, d->spec.rows, max_pos, d->spec.variant + order, &d->nets, &d->p));
    *wired = arrange(d, max_pos, out);
    if (!*wired) msg_verbose("draw: %s: order %u cannot be wired, %u nets in each other's way, %u rounds", db_name(d->db, db_cell(d->db, d->c)->name), order, d->least, out->rounds);
    return ST_OK;
}

/*
 * A cell of free width that cannot be wired is tried again with more room between its columns, one of given width with its spare room
 * elsewhere: first spread evenly, then where wires were in each other's way. Then in another order. Last, with a patient router, the orders
 * that left few wires in each other's way, those with the fewest first.
 */
static Status place_and_route(Draw *d, DrawStats *out)
{
    const DbCell *c = db_cell(d->db, d->c);
    int32_t max_pos = 0;
    if (c->box.x0 < c->box.x1)
        while (draw_x(&d->g, max_pos + 1) + d->g.margin <= c->box.x1) max_pos++;
    uint32_t n = d->large || d->spec.quiet || c->devices.n == 0 ? 1 : ORDERS, left[ORDERS];
    bool wired = false;
    for (uint32_t k = 0; k < n; k++) {
        TRY(try_order(d, k, max_pos, &wired, out));
        if (wired) return ST_OK;
        left[k] = d->least;
    }
    d->patient = true;
    for (uint32_t tried = 0; n > 1 && tried < n; tried++) {
        uint32_t best = 0;
        for (uint32_t k = 1; k < n; k++)
            if (left[k] < left[best]) best = k;
        if (left[best] > MANY) break;
        left[best] = UINT32_MAX;
        TRY(try_order(d, best, max_pos, &wired, out));
        if (wired) return ST_OK;
    }
    d->q = (Grid){0};
    if (d->spec.quiet) return ST_VIOLATION;
    return msg_error(ST_VIOLATION, "DRAW-0005", (Loc){0}, "cell %s: not all wires found after %u rounds", db_name(d->db, db_cell(d->db, d->c)->name), out->rounds);
}

/* Transistors, their wires and wells. */
static Status draw_transistors(Draw *d, DrawStats *out)
{
    Db *db = d->db;
    uint32_t n_shapes = db_cell(db, d->c)->shapes.n;
    Status st = d->large ? draw_parts(db, d->t, d->c, &d->g, &d->spec, DRAW_LIFT, &d->parts) : ST_OK;
    if (st == ST_OK) st = place_and_route(d, out);
    if (st == ST_OK) {
        db_cell(db, d->c)->box = (Box){0, 0, d->w, d->h};
        draw_wells(d);
        draw_marks(d);
        for (int32_t row = 0; row < d->spec.rows; row++)
            for (int k = 0; k < 2; k++) draw_diff(d, row, k);
        draw_poly(d);
        draw_bars(d);
        draw_pads(d);
        draw_wires(d, out);
        out->fingers = d->p.finger.n + d->parts.fingers;
        out->columns = d->p.col.n + d->parts.columns;
        out->breaks = d->p.breaks + d->parts.breaks;
        out->exact = d->p.exact && !d->large;
    } else {
        db_cell(db, d->c)->shapes.n = n_shapes;
    }
    return st;
}

/* The same, from what this run has drawn already; a failure that is to be told is found anew. */
static Status known_transistors(Draw *d, DrawStats *out)
{
    char key[65];
    Status st;
    uint32_t n_shapes = db_cell(d->db, d->c)->shapes.n;
    if (!draw_known_key(d->db, d->t, d->c, &d->spec, d->large, key)) return draw_transistors(d, out);
    if (draw_known_get(d->db, d->t, d->c, key, out, &st)) return st;
    st = draw_transistors(d, out);
    if (st == ST_OK || (st == ST_VIOLATION && d->spec.quiet)) draw_known_put(d->db, d->t, d->c, key, n_shapes, out, st);
    else memo_put(d->t->made, key, NULL, 0);
    return st;
}

Status cells_draw(Db *db, const Tech *t, CellId c, const DrawSpec *spec, DrawStats *out)
{
    Draw d = {.db = db, .t = t, .c = c, .spec = *spec};
    *out = (DrawStats){0};
    assert(spec->rows >= 1 && spec->levels >= 2 && spec->levels < 16);
    Status st = draw_rows(t, spec->taps, &d.g);
    if (st == ST_OK) st = check_devices(&d);
    uint32_t n_shapes = db_cell(db, c)->shapes.n;
    if (st == ST_OK && db_cell(db, c)->devices.n && !spec->plain) draw_row_spans(&d.g, db_cell(db, c)->box.x1);
    if (st == ST_OK) st = draw_caps(db, t, c, NULL, true);
    /* the outline of a large cell is given: its pins are there; parts stand between taps */
    d.large = st == ST_OK && db_cell(db, c)->box.x1 > 0 && (spec->parts || d.g.spans > 1 || draw_large(db, &d.g, c));
    if (st == ST_OK) st = known_transistors(&d, out);
    if (st != ST_OK) db_cell(db, c)->shapes.n = n_shapes;
    grid_free(&d.q);
    arr_free(&d.p.finger);
    arr_free(&d.p.col);
    arr_free(&d.parts.net);
    arr_free(&d.nets.v);
    map_free(&d.nets.index);
    return st;
}
