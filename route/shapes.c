/*
 * A channel solution drawn. Clean by construction: every length that could be too short or too near was a grid rule before.
 *
 * Where cuts in neighbouring columns would stand too near (rules.c), a run of vias c, c+1, … of one net on one track keeps every second
 * one; the others' columns are tied to their left neighbour by a strap on the column metal.
 */
#include "route/route.h"

typedef struct {
    Db *db;
    CellId cell;
    Pt at;
    const ChanRules *r;
    const ChanProblem *p;
    const ChanSolution *s;
    int32_t height;
} Draw;

static int32_t col_x(const Draw *d, uint32_t col) { return d->at.x + (int32_t)col * d->r->col_pitch + d->r->col_pitch / 2; }

/* Centre of a track; the channel's edges for 0 and n_tracks + 1. */
static int32_t track_y(const Draw *d, uint32_t t)
{
    if (t == 0) return d->at.y + d->height;
    if (t == d->s->n_tracks + 1) return d->at.y;
    return d->at.y + d->height - d->r->edge - (int32_t)(t - 1) * d->r->track_pitch;
}

static void shape(Draw *d, LayerId layer, ShapeKind kind, Box b, uint32_t net)
{
    ChanNet n = d->p->nets.v[net];
    db_add_shape(d->db, d->cell, layer, kind, b, n.net, n.bit);
}

static bool leaves(const uint32_t *list, uint32_t n, uint32_t net)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == net) return true;
    return false;
}

/* Vias of the solution by grid point: index + 1; straps: 2 in `how`. */
typedef struct { uint32_t *at; uint8_t *how; } ViaMap;

enum { VIA_NONE, VIA_CUT, VIA_STRAP };

static ViaMap via_map(const Draw *d)
{
    const ChanSolution *s = d->s;
    size_t W = s->n_cols;
    ViaMap m = {mem_calloc(W * (s->n_tracks + 2), sizeof *m.at), mem_calloc((size_t)s->x.n + 1, 1)};
    for (uint32_t i = 0; i < s->x.n; i++) m.at[s->x.v[i].track * W + s->x.v[i].col] = i + 1;
    for (uint32_t t = 1; t <= s->n_tracks; t++)
        for (uint32_t c = 0; c < W; c++) {
            uint32_t k = m.at[t * W + c];
            if (!k) continue;
            uint32_t left = c ? m.at[t * W + c - 1] : 0;
            bool tie = d->r->strap && left && m.how[left - 1] == VIA_CUT && s->x.v[left - 1].net == s->x.v[k - 1].net;
            m.how[k - 1] = tie ? VIA_STRAP : VIA_CUT;
        }
    return m;
}

static void draw_h(Draw *d, const ViaMap *m)
{
    const ChanRules *r = d->r;
    const Channel *ch = &d->p->ch;
    size_t W = d->s->n_cols;
    for (uint32_t i = 0; i < d->s->h.n; i++) {
        ChanH w = d->s->h.v[i];
        int32_t y = track_y(d, w.track), x0 = col_x(d, w.c1) - r->h_end, x1 = col_x(d, w.c2) + r->h_end;
        bool left = w.c1 == 0 && leaves(ch->left, ch->n_left, w.net);
        bool right = w.c2 == d->s->n_cols - 1 && leaves(ch->right, ch->n_right, w.net);
        uint32_t cuts = 0, first = 0;
        for (uint32_t c = w.c1; c <= w.c2; c++) {
            uint32_t k = m->at[w.track * W + c];
            if (k && m->how[k - 1] == VIA_CUT && !cuts++) first = k;
        }
        /* All its columns are tied by straps: no need for the wire and its one cut. */
        if (cuts == 1 && !left && !right) {
            m->how[first - 1] = VIA_NONE;
            continue;
        }
        if (left) x0 = d->at.x;
        if (right) x1 = d->at.x + (int32_t)W * r->col_pitch;
        shape(d, r->h_layer, SHAPE_WIRE, (Box){x0, y - r->h_w / 2, x1, y - r->h_w / 2 + r->h_w}, w.net);
    }
}

static void draw_v(Draw *d)
{
    const ChanRules *r = d->r;
    uint32_t foot = d->s->n_tracks + 1;
    for (uint32_t i = 0; i < d->s->v.n; i++) {
        ChanV w = d->s->v.v[i];
        int32_t x = col_x(d, w.col) - r->v_w / 2;
        int32_t y1 = track_y(d, w.t1) + (w.t1 ? r->v_end : 0), y0 = track_y(d, w.t2) - (w.t2 < foot ? r->v_end : 0);
        if (y0 < y1) shape(d, r->v_layer, SHAPE_WIRE, (Box){x, y0, x + r->v_w, y1}, w.net);
    }
}

static void draw_vias(Draw *d, const ViaMap *m)
{
    const ChanRules *r = d->r;
    for (uint32_t i = 0; i < d->s->x.n; i++) {
        ChanX x = d->s->x.v[i];
        int32_t cx = col_x(d, x.col), cy = track_y(d, x.track), c = r->cut / 2;
        if (m->how[i] == VIA_STRAP) {
            int32_t half = r->v_w / 2;
            shape(d, r->v_layer, SHAPE_WIRE, (Box){cx - r->col_pitch - half, cy - half, cx + half, cy - half + r->v_w}, x.net);
        }
        if (m->how[i] != VIA_CUT) continue;
        shape(d, r->cut_layer, SHAPE_VIA, (Box){cx - c, cy - c, cx - c + r->cut, cy - c + r->cut}, x.net);
        /* Pads only where the wires alone do not enclose the cut. */
        if (r->h_side > r->h_w / 2)
            shape(d, r->h_layer, SHAPE_WIRE, (Box){cx - r->h_end, cy - r->h_side, cx + r->h_end, cy + r->h_side}, x.net);
        if (r->v_side > r->v_w / 2)
            shape(d, r->v_layer, SHAPE_WIRE, (Box){cx - r->v_side, cy - r->v_end, cx + r->v_side, cy + r->v_end}, x.net);
    }
}

void route_channel_shapes(Db *db, CellId cell, Pt at, const ChanRules *r, const ChanProblem *p, const ChanSolution *s,
                          int32_t height)
{
    Draw d = {db, cell, at, r, p, s, height};
    ViaMap m = via_map(&d);
    draw_h(&d, &m);
    draw_v(&d);
    draw_vias(&d, &m);
    mem_free(m.at);
    mem_free(m.how);
}
