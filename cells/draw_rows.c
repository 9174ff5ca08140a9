/*
 * Geometry of a transistor row, derived from the rules: where diffusion, gate contacts, wells and implants lie.
 */
#include "cells/draw_int.h"

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t up_to(int32_t v, int32_t step) { return (v + step - 1) / step * step; }

Status draw_ready(const Tech *t, bool tell)
{
    static const LayerRole need[] = {ROLE_NWELL, ROLE_ACTIVE, ROLE_POLY, ROLE_NIMP, ROLE_PIMP};
    static const char *const word[] = {"nwell", "active", "poly", "nimp", "pimp"};
    for (size_t i = 0; i < COUNTOF(need); i++)
        if (!tech_role(t, need[i]))
            return !tell ? ST_INPUT : msg_error(ST_INPUT, "DRAW-0001", (Loc){t->dir, 0, 0}, "%s: no layer of role %s, cells cannot be drawn", t->name, word[i]);
    static const struct {
        RuleKind kind;
        Region a, b;
    } rule[] = {{RULE_SPACE, FE_CO_ACTIVE, FE_GATE}, {RULE_SPACE, FE_CO_POLY, FE_ACTIVE}, {RULE_ENCLOSE, FE_CO_ACTIVE, FE_ACTIVE},
                {RULE_ENCLOSE, FE_CO_POLY, FE_POLY}, {RULE_EXTEND, FE_POLY, FE_ACTIVE},   {RULE_EXTEND, FE_ACTIVE, FE_POLY}};
    for (size_t i = 0; i < COUNTOF(rule); i++)
        if (!tech_rule(t, rule[i].kind, rule[i].a, rule[i].b))
            return !tell ? ST_INPUT : msg_error(ST_INPUT, "DRAW-0001", (Loc){t->dir, 0, 0}, "%s: no rule between %s and %s, cells cannot be drawn", t->name,
                             region_name[rule[i].a], region_name[rule[i].b]);
    if (!tech_cut(t, 0)) return !tell ? ST_INPUT : msg_error(ST_INPUT, "DRAW-0001", (Loc){t->dir, 0, 0}, "%s: no contact (cut of level 0)", t->name);
    return ST_OK;
}

static int32_t track_y(const RowGeom *g, int32_t k) { return k * g->track; }

/* The track nearest to the middle of a zone on which a contact fits; −1: none. */
static int32_t contact_track(const RowGeom *g, RowZone z)
{
    int32_t best = -1, dist = 0;
    for (int32_t k = 0; k < g->n_tracks; k++) {
        int32_t y = track_y(g, k), reach = g->co / 2 + g->co_side;
        if (y - reach < z.y0 || y + reach > z.y1) continue;
        int32_t d = y - (z.y0 + z.y1) / 2;
        if (d < 0) d = -d;
        if (best >= 0 && d >= dist) continue;
        best = k;
        dist = d;
    }
    return best;
}

/* Upper end of the N zone for a gate contact on track k, and lower end of the P zone. */
static int32_t n_top(const RowGeom *g, int32_t k)
{
    int32_t s = tech_rule_value(g->t, RULE_SPACE, FE_CO_POLY, FE_ACTIVE);
    s = max32(s, tech_rule_value(g->t, RULE_SPACE, FE_CO_POLY, FE_NIMP) + tech_rule_value(g->t, RULE_ENCLOSE, FE_NDIFF, FE_NIMP));
    return track_y(g, k) - g->co / 2 - s;
}

static int32_t p_bottom(const RowGeom *g, int32_t k)
{
    int32_t s = tech_rule_value(g->t, RULE_SPACE, FE_CO_POLY, FE_ACTIVE);
    s = max32(s, tech_rule_value(g->t, RULE_SPACE, FE_CO_POLY, FE_PIMP) + tech_rule_value(g->t, RULE_ENCLOSE, FE_PDIFF, FE_PIMP));
    return track_y(g, k) + g->co / 2 + s;
}

/* The pair of gate contact tracks that leaves both zones about alike, P not smaller: the smallest difference wins. */
static bool zones(RowGeom *g)
{
    const TechLayer *poly = tech_role(g->t, ROLE_POLY), *act = tech_role(g->t, ROLE_ACTIVE);
    int32_t edge = max32(up_to(act->space, 2) / 2, up_to(poly->space, 2) / 2 + g->poly_ext);
    edge = up_to(edge, g->t->grid);
    int32_t between = max32(tech_rule_value(g->t, RULE_SPACE, FE_NDIFF, FE_PDIFF),
                            tech_rule_value(g->t, RULE_SPACE, FE_NDIFF, FE_NWELL) + tech_rule_value(g->t, RULE_ENCLOSE, FE_PDIFF, FE_NWELL));
    int32_t best = -1;
    for (int32_t a = 0; a < g->n_tracks; a++)
        for (int32_t b = a + 1; b < g->n_tracks; b++) {
            if ((b - a) * g->track < g->pad_y + poly->space) continue;
            RowZone n = {edge, n_top(g, a) / g->t->grid * g->t->grid, 0, a};
            RowZone p = {up_to(p_bottom(g, b), g->t->grid), g->h - edge, 0, b};
            if (p.y0 - n.y1 < between) continue;
            n.track = contact_track(g, n);
            p.track = contact_track(g, p);
            if (n.track < 0 || p.track < 0) continue;
            int32_t least = min32(n.y1 - n.y0, p.y1 - p.y0) * 4 + (p.y1 - p.y0 >= n.y1 - n.y0);
            if (least <= best) continue;
            best = least;
            g->z[0] = n;
            g->z[1] = p;
        }
    return best > 0;
}

Status draw_rows(const Tech *t, bool taps, RowGeom *g)
{
    TRY(draw_ready(t, true));
    const TechLayer *co = tech_cut(t, 0), *act = tech_role(t, ROLE_ACTIVE), *m1 = tech_metal(t, 1);
    const TechRule *ea = tech_rule(t, RULE_ENCLOSE, FE_CO_ACTIVE, FE_ACTIVE), *ep = tech_rule(t, RULE_ENCLOSE, FE_CO_POLY, FE_POLY);
    *g = (RowGeom){.t = t, .spans = 1, .h = t->cell_row, .track = tech_metal(t, 3)->pitch / 2, .co = co->cut_size, .co_end = ea->ends, .co_side = ea->value};
    g->n_tracks = g->h / g->track;
    g->half = t->gate_pitch / 2;
    g->pad_x = g->co + 2 * ep->value;
    g->pad_y = g->co + 2 * ep->ends;
    g->poly_ext = tech_rule_value(t, RULE_EXTEND, FE_POLY, FE_ACTIVE);
    g->diff_ext = tech_rule_value(t, RULE_EXTEND, FE_ACTIVE, FE_POLY);
    int32_t strip = g->co + 2 * g->co_end;
    g->gap = (strip + act->space + g->half - 1) / g->half;
    int32_t imp = max32(tech_rule_value(t, RULE_ENCLOSE, FE_NDIFF, FE_NIMP), tech_rule_value(t, RULE_ENCLOSE, FE_PDIFF, FE_PIMP));
    int32_t pad = max32(co->cut_size + 2 * co->enc_above, m1->width) / 2 + up_to(m1->space, 2) / 2;
    g->margin = up_to(max32(pad, strip / 2 + max32(imp, up_to(act->space, 2) / 2)), t->grid);
    if (!zones(g))
        return msg_error(ST_INPUT, "DRAW-0001", (Loc){t->dir, 0, 0}, "%s: a row of %d dbu has no room for two diffusions and two gate contacts", t->name, g->h);
    /* Split between the polarities: the well's rules decide, the implants follow. */
    const RowZone *n = &g->z[0], *p = &g->z[1];
    g->well = p->y0 - tech_rule_value(t, RULE_ENCLOSE, FE_PDIFF, FE_NWELL);
    g->pimp = p->y0 - tech_rule_value(t, RULE_ENCLOSE, FE_PDIFF, FE_PIMP);
    g->nimp = n->y1 + tech_rule_value(t, RULE_ENCLOSE, FE_NDIFF, FE_NIMP);
    if (taps) {
        int32_t least = max32(tech_role(t, ROLE_NIMP)->width, tech_role(t, ROLE_PIMP)->width);
        g->tap = up_to(max32(2 * g->margin, least), 2 * t->grid);
    }
    return ST_OK;
}

int32_t draw_row_width(const RowGeom *g, int32_t span)
{
    return g->spans * (span * g->t->gate_pitch + g->tap) + (g->spans > 1 ? g->tap : 0);
}

void draw_row_spans(RowGeom *g, int32_t w)
{
    int32_t reach = 2 * (g->t->tap_distance - g->tap);
    g->spans = g->tap && reach > 0 && w - g->tap > reach ? (w - g->tap + reach - 1) / reach : 1;
    g->span = (w - draw_row_width(g, 0)) / g->spans / g->t->gate_pitch;
}

int32_t draw_n_taps(const RowGeom *g) { return !g->tap ? 0 : g->spans > 1 ? g->spans + 1 : 1; }

int32_t draw_tap_x(const RowGeom *g, int32_t k) { return k * (g->span * g->t->gate_pitch + g->tap); }

int32_t draw_tap_mid(const RowGeom *g, int32_t k) { return draw_tap_x(g, k) + g->tap / 2 / g->t->grid * g->t->grid; }

int32_t draw_x(const RowGeom *g, int32_t pos)
{
    int64_t x = (int64_t)pos * g->t->gate_pitch / 2;
    int32_t before = g->spans > 1 ? min32(pos / (2 * g->span), g->spans - 1) : 0;
    return g->tap + g->margin + (int32_t)(x / g->t->grid * g->t->grid) + before * g->tap;
}

void draw_diff_range(const RowGeom *g, int kind, int32_t w, int32_t *y0, int32_t *y1)
{
    const RowZone *z = &g->z[kind];
    int32_t a = (track_y(g, z->track) - w / 2) / g->t->grid * g->t->grid;
    if (a + w > z->y1) a = z->y1 - w;
    if (a < z->y0) a = z->y0;
    *y0 = a;
    *y1 = a + w;
}

int32_t draw_row_y(const RowGeom *g, int32_t row, int32_t y)
{
    return row % 2 ? (row + 1) * g->h - y : row * g->h + y;
}

void draw_mark(Db *db, CellId c, const RowGeom *g, const char *mark, int32_t row, int32_t w, int32_t over)
{
    const TechLayer *l = tech_layer(g->t, mark);
    bool apart = g->pimp - g->nimp >= l->space && min32(g->nimp, g->h - g->pimp) >= l->width;
    const Box of[] = {{-over, 0, w + over, g->h}, {0, 0, w, g->nimp}, {0, g->pimp, w, g->h}};
    for (int k = apart; k <= 2 * apart; k++) {
        int32_t ya = draw_row_y(g, row, of[k].y0), yb = draw_row_y(g, row, of[k].y1);
        db_add_shape(db, c, db_find_layer(db, mark), SHAPE_WIRE, (Box){of[k].x0, min32(ya, yb), of[k].x1, max32(ya, yb)}, NET_NONE, 0);
    }
}

int32_t draw_line_track(const RowGeom *g, int32_t j, int32_t *row)
{
    *row = j / g->n_tracks;
    int32_t in = j % g->n_tracks;
    return *row % 2 ? g->n_tracks - in : in;
}

bool draw_gate_line(const RowGeom *g, int32_t j)
{
    int32_t row, k = draw_line_track(g, j, &row);
    return k >= g->z[0].gate && k <= g->z[1].gate;
}
