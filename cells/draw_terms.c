/*
 * What the router of a cell has to join: sources, drains and gates by contacts on them, metal that is there already.
 */
#include "cells/draw_int.h"

static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }

int32_t draw_rail_net(Draw *d, bool vdd)
{
    NetId n = db_find_net(d->db, d->c, vdd ? "VDD" : "VSS");
    assert(n.i != NET_NONE.i);
    return draw_net(&d->nets, n, 0);
}

static Term *new_term(Draw *d, int32_t net, bool metal)
{
    Term *t = arr_add(&d->q.term);
    *t = (Term){.net = net, .first = d->q.cand.n, .metal = metal};
    return t;
}

static void add_cand(Draw *d, int32_t level, int32_t i, int32_t j)
{
    assert(i >= 0 && j >= 0);
    arr_push(&d->q.cand, ((Cand){level, i, j}));
    d->q.term.v[d->q.term.n - 1].n++;
}

static int32_t track_of(const Draw *d, int32_t row, int32_t k) { return row % 2 ? (row + 1) * d->g.n_tracks - k : row * d->g.n_tracks + k; }


void draw_gates(const Draw *d, int32_t row, int kind, Gates *out)
{
    out->v.n = 0;
    for (uint32_t i = 0; i < d->p.col.n; i++) {
        const Column *c = &d->p.col.v[i];
        if (c->row == row && c->f[kind] >= 0) arr_push(&out->v, ((Gate){c, &d->p.finger.v[c->f[kind]]}));
    }
}

int32_t draw_reach(const Draw *d, const Finger *f)
{
    int32_t need = f->l / 2 + tech_rule_value(d->t, RULE_SPACE, FE_CO_ACTIVE, FE_GATE) + d->g.co / 2;
    return (2 * need + d->t->gate_pitch - 1) / d->t->gate_pitch;
}

/* One source or drain: contacts at positions p0 … p1, on tracks that lie in the narrower of its fingers' diffusions. */
static void diff_term(Draw *d, int32_t row, int kind, int32_t net, int32_t p0, int32_t p1, int32_t w)
{
    int32_t y0, y1;
    draw_diff_range(&d->g, kind, w, &y0, &y1);
    new_term(d, net, false);
    for (int32_t p = p0; p <= p1; p++)
        for (int32_t k = 0; k < d->g.n_tracks; k++) {
            int32_t y = k * d->g.track, reach = d->g.co / 2 + d->g.co_side;
            if (y - reach >= y0 && y + reach <= y1) add_cand(d, 0, grid_line_x(&d->q, draw_x(&d->g, p)), track_of(d, row, k));
        }
}

static void diff_terms(Draw *d, int32_t row, int kind)
{
    Gates g = {0};
    draw_gates(d, row, kind, &g);
    for (uint32_t i = 0; i <= g.v.n && g.v.n; i++) {
        const Gate *a = i ? &g.v.v[i - 1] : NULL, *b = i < g.v.n ? &g.v.v[i] : NULL;
        if (a && b && a->f->right == b->f->left) {
            diff_term(d, row, kind, b->f->left, a->c->pos + draw_reach(d, a->f), b->c->pos - draw_reach(d, b->f), min32(a->f->w, b->f->w));
            continue;
        }
        if (a) diff_term(d, row, kind, a->f->right, a->c->pos + draw_reach(d, a->f), a->c->pos + draw_reach(d, a->f), a->f->w);
        if (b) diff_term(d, row, kind, b->f->left, b->c->pos - draw_reach(d, b->f), b->c->pos - draw_reach(d, b->f), b->f->w);
    }
    arr_free(&g.v);
}

/* A bank: columns first … last of one row whose N gates are one net and whose P gates are another. Their gates are joined by a bar of poly
 * each, so that one contact serves all; it may also stand behind the last column, beside no source or drain but one. */
static bool like(const Draw *d, const Column *a, const Column *b)
{
    if (a->row != b->row) return false;
    for (int k = 0; k < 2; k++) {
        if (a->f[k] < 0 || b->f[k] < 0) return false;
        const Finger *x = &d->p.finger.v[a->f[k]], *y = &d->p.finger.v[b->f[k]];
        if (x->gate != y->gate || x->l != y->l) return false;
    }
    return d->p.finger.v[a->f[0]].gate != d->p.finger.v[a->f[1]].gate;
}

uint32_t draw_bank_end(const Draw *d, uint32_t first)
{
    uint32_t last = first;
    /* the bar lies within what a gate extends beyond its diffusion, or it would cross that */
    if (tech_role(d->t, ROLE_POLY)->width > d->g.poly_ext) return first;
    while (last + 1 < d->p.col.n && like(d, &d->p.col.v[first], &d->p.col.v[last + 1])) last++;
    return last;
}

/* Line of the contact behind a bank; −1: none, something stands there. */
int32_t draw_behind(const Draw *d, uint32_t last)
{
    const Column *c = &d->p.col.v[last];
    int32_t pos = c->pos + draw_reach(d, &d->p.finger.v[c->f[0]]) + 1;
    if (last + 1 < d->p.col.n && d->p.col.v[last + 1].row == c->row && d->p.col.v[last + 1].pos < pos + 3) return -1;
    int32_t x = draw_x(&d->g, pos), half = (tech_role(d->t, ROLE_POLY)->space + 1) / 2;
    return x + d->g.pad_x / 2 + half <= d->w ? grid_line_x(&d->q, x) : -1;
}

/* Is a column's gate of this kind longer than the other, which is of its net? It begins half way up, a shoulder beside its neighbours' contacts. */
static bool shoulder(const Draw *d, const Column *c, int kind)
{
    if (c->f[0] < 0 || c->f[1] < 0) return false;
    const Finger *f = &d->p.finger.v[c->f[kind]], *o = &d->p.finger.v[c->f[1 - kind]];
    return f->gate == o->gate && f->l > o->l;
}

/* Do gates of this length in both columns, at least as wide as contacts, stand nearer than poly may? */
static bool near(const Draw *d, const Column *a, const Column *b, int32_t la, int32_t lb)
{
    int32_t off = draw_x(&d->g, a->pos) - draw_x(&d->g, b->pos);
    return a->row == b->row && (off < 0 ? -off : off) < (max32(la, d->g.pad_x) + max32(lb, d->g.pad_x) + 1) / 2 + tech_role(d->t, ROLE_POLY)->space;
}

/* Does a lone gate of the other kind, or the shoulder of one, stand so near that their poly must not pass each other? Long gates do: columns stand apart as
 * their contacts ask. */
static bool crowded(const Draw *d, uint32_t i)
{
    const Column *c = &d->p.col.v[i];
    int kind = c->f[0] < 0;
    for (uint32_t q = 0; q < d->p.col.n; q++) {
        const Column *o = &d->p.col.v[q];
        if (o->f[1 - kind] < 0 || (o->f[kind] >= 0 && !shoulder(d, o, 1 - kind))) continue;
        if (near(d, c, o, d->p.finger.v[c->f[kind]].l, d->p.finger.v[o->f[1 - kind]].l)) return true;
    }
    return false;
}

/* Does a column's longer gate of this kind stand so near to a lone one of the other that it must not go on to a contact beyond its shoulder? */
static bool crowds(const Draw *d, uint32_t i, int kind)
{
    const Column *c = &d->p.col.v[i];
    for (uint32_t q = 0; q < d->p.col.n && shoulder(d, c, kind); q++) {
        const Column *o = &d->p.col.v[q];
        if (o->f[kind] < 0 && near(d, c, o, d->p.finger.v[c->f[kind]].l, d->p.finger.v[o->f[1 - kind]].l)) return true;
    }
    return false;
}

/* Tracks from one gate contact track to the other; a common gate may use any, a lone one any that the other leaves. */
static void gate_terms(Draw *d)
{
    int32_t apart = d->g.pad_y + tech_role(d->t, ROLE_POLY)->space, least = (apart + d->g.track - 1) / d->g.track; /* each leaves room for the other's contact */
    for (uint32_t i = 0; i < d->p.col.n; i++) {
        const Column *c = &d->p.col.v[i];
        const Finger *n = c->f[0] >= 0 ? &d->p.finger.v[c->f[0]] : NULL, *p = c->f[1] >= 0 ? &d->p.finger.v[c->f[1]] : NULL;
        int32_t line = grid_line_x(&d->q, draw_x(&d->g, c->pos)), lo = d->g.z[0].gate, hi = d->g.z[1].gate;
        if (n && p && n->gate != p->gate) {
            uint32_t last = draw_bank_end(d, i);
            for (int s = 0; s < 2; s++) {
                new_term(d, s ? p->gate : n->gate, false);
                for (uint32_t q = i; q <= last + (last > i); q++) {
                    if (q <= last) line = grid_line_x(&d->q, draw_x(&d->g, d->p.col.v[q].pos));
                    else line = draw_behind(d, last);
                    for (int32_t k = s ? lo + least : lo; k <= (s ? hi : hi - least) && line >= 0; k++) add_cand(d, 0, line, track_of(d, c->row, k));
                }
            }
            i = last;
            continue;
        }
        bool half = !(n && p) && lo + least <= hi && crowded(d, i);
        int32_t from = half && p ? lo + least : lo, to = half && n ? hi - least : hi;
        if (crowds(d, i, 1)) from = max32(from, (d->g.h / 2 + d->g.track - 1) / d->g.track);
        if (crowds(d, i, 0)) to = min32(to, d->g.h / 2 / d->g.track);
        new_term(d, n ? n->gate : p->gate, false);
        for (int32_t k = from; k <= to; k++) add_cand(d, 0, line, track_of(d, c->row, k));
    }
}

static void tap_terms(Draw *d)
{
    for (int32_t n = 0; n < 2 * d->spec.rows * draw_n_taps(&d->g); n++) {
        int32_t kind = n % 2, row = n / 2 % d->spec.rows, line = grid_line_x(&d->q, draw_tap_mid(&d->g, n / 2 / d->spec.rows));
        new_term(d, draw_rail_net(d, kind == 1), false);
        for (int32_t k = 0; k < d->g.n_tracks; k++) {
            int32_t y = k * d->g.track, reach = d->g.co / 2 + d->g.co_end;
            if (y - reach >= d->g.z[kind].y0 && y + reach <= d->g.z[kind].y1) add_cand(d, 0, line, track_of(d, row, k));
        }
    }
}

/* Metal that is there: candidates of the net's terminal at every grid point on which a wire stays within it. */
static void metal_cands(Draw *d, int32_t level, Box b)
{
    int32_t half = d->q.sx[level][PT_WIRE];
    for (int32_t j = 0; j < d->q.ny; j++)
        for (int32_t i = 0; i < d->q.nx; i++) {
            int32_t x = d->q.x[i], y = d->q.y[j];
            /* on the wire's middle, or anywhere in wide metal; a rail reaches to the track beside its middle */
            if (x < b.x0 || x > b.x1 || y < b.y0 || y > b.y1) continue;
            if ((b.x1 - b.x0 < 2 * half && b.x0 > 0 && b.x1 < d->w) || x - half < 0 || x + half > d->w) continue;
            if (b.x1 - b.x0 == 2 * half && x != (b.x0 + b.x1) / 2) continue;
            if (b.y1 - b.y0 == 2 * half && y != (b.y0 + b.y1) / 2) continue;
            add_cand(d, level, i, j);
        }
}

static bool touch(const DrawBox *a, const DrawBox *b)
{
    return a->level == b->level && a->net == b->net && a->box.x0 <= b->box.x1 && b->box.x0 <= a->box.x1 && a->box.y0 <= b->box.y1 && b->box.y0 <= a->box.y1;
}

/* A fixed wire and what hangs together with it, as candidates of one terminal. */
static void wire_cands(Draw *d, uint32_t k, bool *done)
{
    done[k] = true;
    metal_cands(d, d->q.fixed.v[k].level, d->q.fixed.v[k].box);
    for (uint32_t i = 0; i < d->n_plain; i++)
        if (!done[i] && touch(&d->q.fixed.v[k], &d->q.fixed.v[i])) wire_cands(d, i, done);
}

/* Each wire that is there is a terminal of its own; without taps, rails of one supply are one terminal: the tap beside the cell joins them;
 * its other wires are joined to them here. */
void draw_metal_terms(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    bool *done = mem_calloc(d->n_plain + 1, sizeof *done);
    for (uint32_t n = 0; n < d->nets.v.n; n++) {
        NetUse use = c->nets.v[d->nets.v.v[n].net.i].use;
        bool supply = (use == USE_POWER || use == USE_GROUND) && !d->spec.taps;
        for (int other = !supply; other < 2; other++) { /* rails, then the other wires */
            bool first = true;
            for (uint32_t k = 0; k < d->n_plain; k++) {
                const DrawBox *f = &d->q.fixed.v[k];
                bool rail = supply && f->level == 1;
                if (f->net != (int32_t)n || f->level > d->q.levels || done[k] || rail == other) continue;
                if (first || !rail) new_term(d, (int32_t)n, true);
                first = false;
                wire_cands(d, k, done);
                if (!rail && d->q.term.v[d->q.term.n - 1].n == 0) d->q.term.n--;
            }
        }
    }
    mem_free(done);
}

/* The same where a wire stays within the metal on all sides: what stands beside a part keeps its distance to its metal only. */
static void inner_cands(Draw *d, int32_t level, Box b)
{
    int32_t half = d->q.sx[level][PT_WIRE];
    for (int32_t j = 0; j < d->q.ny; j++)
        for (int32_t i = 0; i < d->q.nx && d->q.y[j] - half >= b.y0 && d->q.y[j] + half <= b.y1; i++)
            if (d->q.x[i] - half >= b.x0 && d->q.x[i] + half <= b.x1) add_cand(d, level, i, j);
}

/* What a part has of a net is one terminal, on the metal that parts offer. */
void draw_part_terms(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    for (uint32_t i = 0; i < d->parts.net.n; i++) {
        const PartNet *p = &d->parts.net.v[i];
        NetUse use = c->nets.v[p->net.i].use;
        if (use == USE_POWER || use == USE_GROUND) continue; /* on the rails already */
        new_term(d, draw_net(&d->nets, p->net, p->bit), true);
        for (uint32_t k = p->first; k < p->first + p->n; k++) {
            int32_t level = d->db->layers.v[c->shapes.v[k].layer.i].level;
            if (level == DRAW_LIFT && d->db->layers.v[c->shapes.v[k].layer.i].kind == LAYER_METAL) inner_cands(d, level, c->shapes.v[k].box);
        }
    }
}

/* Can a cut stand on this piece of metal, with a pad that keeps its distance to all other metal of the cell? */
static bool offers(const Db *db, const RowGeom *g, const DbCell *c, int32_t level, const DbShape *of)
{
    const TechLayer *m = tech_metal(g->t, level), *cut = tech_cut(g->t, level);
    int32_t half = m->width / 2, near = (m->space + 1) / 2, size[2] = {cut->cut_size / 2 + cut->enc_below, cut->cut_size / 2 + cut->enc_below_side};
    for (int32_t p = 0; draw_x(g, p) + half <= of->box.x1; p++)
        for (int32_t y = 0; y + half <= of->box.y1; y += g->track) {
            int32_t x = draw_x(g, p);
            if (x - half < of->box.x0 || y - half < of->box.y0) continue;
            for (int o = 0; o < 2; o++) {
                int32_t a = size[o] > half ? size[o] : half, b = size[1 - o] > half ? size[1 - o] : half;
                Box pad = {x - a, y - b, x + a, y + b};
                bool free = pad.x0 >= near && pad.x1 <= c->box.x1 - near && pad.y0 >= near && pad.y1 <= c->box.y1 - near;
                for (uint32_t i = 0; i < c->shapes.n && free; i++) {
                    const DbShape *s = &c->shapes.v[i];
                    if (s->layer.i != db_metal(db, level).i || s->net.i == of->net.i) continue;
                    free = s->box.x0 >= pad.x1 + m->space || s->box.x1 + m->space <= pad.x0 || s->box.y0 >= pad.y1 + m->space || s->box.y1 + m->space <= pad.y0;
                }
                if (free) return true;
            }
        }
    return false;
}

bool draw_offers_all(const Db *db, const RowGeom *g, CellId id, int32_t level)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t n = 0; n < c->n_ports; n++) {
        if (c->nets.v[n].use == USE_POWER || c->nets.v[n].use == USE_GROUND) continue;
        bool any = false;
        for (uint32_t i = 0; i < c->shapes.n && !any; i++) {
            const DbShape *s = &c->shapes.v[i];
            any = s->net.i == n && s->layer.i == db_metal(db, level).i && offers(db, g, c, level, s);
        }
        if (!any) return false;
    }
    return true;
}

/* Every signal port is to have a piece of metal on this level, somewhere. */
static void lift_terms(Draw *d)
{
    const DbCell *c = db_cell(d->db, d->c);
    for (uint32_t n = 0; n < d->nets.v.n && d->spec.lift; n++) {
        const DbNet *net = &c->nets.v[d->nets.v.v[n].net.i];
        if (d->nets.v.v[n].net.i >= c->n_ports || net->use == USE_POWER || net->use == USE_GROUND) continue;
        new_term(d, (int32_t)n, true)->any = true;
        for (int32_t j = 0; j < d->q.ny; j++)
            for (int32_t i = 0; i < d->q.nx; i++) add_cand(d, d->spec.lift, i, j);
    }
}

void draw_device_terms(Draw *d)
{
    for (int32_t row = 0; row < d->spec.rows; row++)
        for (int k = 0; k < 2; k++) diff_terms(d, row, k);
    gate_terms(d);
    tap_terms(d);
    lift_terms(d);
}
