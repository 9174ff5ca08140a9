/*
 * What the grid does not promise: notches between shapes of one net, minimal areas, the distance of wide metal.
 *
 * Works on the boxes of all wires and pads. A notch is filled; a small polygon grows where nothing else is near. Wires side by side may
 * be wide together: that asks for another way if others are near.
 */
#include "cells/draw_int.h"

#include <stdlib.h>

enum { TILE = 16 };          /* tracks along a side of a tile */

typedef struct { ARRAY(uint32_t) v; } Ids;

typedef struct {
    Grid *q;
    ARRAY(DrawBox) b;        /* all metal: fixed (first n_fixed), then routed */
    uint32_t n_fixed, n_nets;
    int32_t tile, tx, ty;    /* side of a tile; how many there are */
    Ids *of_net;             /* [level · n_nets + net]: its boxes, in order */
    Ids *at;                 /* [(level · ty + y) · tx + x]: boxes in a tile and a spacing around it */
    Boxes list;              /* of one net on one metal */
} Mend;

static int32_t max32(int32_t a, int32_t b) { return a > b ? a : b; }
static int32_t min32(int32_t a, int32_t b) { return a < b ? a : b; }

static int32_t apart(int32_t a0, int32_t a1, int32_t b0, int32_t b1) { return b0 > a1 ? b0 - a1 : a0 > b1 ? a0 - b1 : 0; }

static bool touch(Box a, Box b)
{
    int32_t w = min32(a.x1, b.x1) - max32(a.x0, b.x0), h = min32(a.y1, b.y1) - max32(a.y0, b.y0);
    return (w > 0 && h >= 0) || (w >= 0 && h > 0);
}

/* ---- which boxes are where ------------------------------------------------------------------------------------------- */

static int32_t tile_of(int32_t v, int32_t side, int32_t n) { return v < 0 ? 0 : v / side >= n ? n - 1 : v / side; }

static const Ids *boxes_of(const Mend *m, int32_t level, int32_t net) { return &m->of_net[(uint32_t)level * m->n_nets + (uint32_t)net]; }

/* Box k is known to its net and to the tiles that it reaches. */
static void index_box(Mend *m, uint32_t k)
{
    const DrawBox *b = &m->b.v[k];
    if (b->level < 1 || b->level > m->q->levels) return;
    if (b->net >= 0) arr_push(&m->of_net[(uint32_t)b->level * m->n_nets + (uint32_t)b->net].v, k);
    int32_t r = tech_space(tech_metal(m->q->t, b->level), min32(b->box.x1 - b->box.x0, b->box.y1 - b->box.y0));
    int32_t x1 = tile_of(b->box.x1 + r, m->tile, m->tx), y1 = tile_of(b->box.y1 + r, m->tile, m->ty);
    for (int32_t y = tile_of(b->box.y0 - r, m->tile, m->ty); y <= y1; y++)
        for (int32_t x = tile_of(b->box.x0 - r, m->tile, m->tx); x <= x1; x++) arr_push(&m->at[(b->level * m->ty + y) * m->tx + x].v, k);
}

static void index_make(Mend *m, uint32_t n_nets)
{
    m->n_nets = n_nets;
    m->tile = TILE * m->q->g->track;
    m->tx = m->q->w / m->tile + 1;
    m->ty = m->q->h / m->tile + 1;
    m->of_net = mem_calloc((size_t)(m->q->levels + 1) * n_nets + 1, sizeof *m->of_net);
    m->at = mem_calloc((size_t)(m->q->levels + 1) * m->tx * m->ty, sizeof *m->at);
    for (uint32_t k = 0; k < m->b.n; k++) index_box(m, k);
}

static void index_free(Mend *m)
{
    for (uint32_t k = 0; k < (uint32_t)(m->q->levels + 1) * m->n_nets; k++) arr_free(&m->of_net[k].v);
    for (int32_t k = 0; k < (m->q->levels + 1) * m->tx * m->ty; k++) arr_free(&m->at[k].v);
    mem_free(m->of_net);
    mem_free(m->at);
    arr_free(&m->list.v);
}

static void list_boxes(Mend *m, const Ids *of)
{
    m->list.v.n = 0;
    for (uint32_t k = 0; k < of->v.n; k++) arr_push(&m->list.v, m->b.v[of->v.v[k]].box);
}

/* Is a box of this net, which belongs to metal of width `wide`, far enough from all other nets? */
static bool apart_from_all(const Mend *m, int32_t level, int32_t net, Box b, int32_t wide)
{
    const TechLayer *l = tech_metal(m->q->t, level);
    int32_t more = tech_space(l, wide) - l->space; /* others are in tiles as far as they reach themselves */
    int32_t tx1 = tile_of(b.x1 + more, m->tile, m->tx), ty1 = tile_of(b.y1 + more, m->tile, m->ty);
    for (int32_t ty = tile_of(b.y0 - more, m->tile, m->ty); ty <= ty1; ty++)
        for (int32_t tx = tile_of(b.x0 - more, m->tile, m->tx); tx <= tx1; tx++) {
            const Ids *at = &m->at[(level * m->ty + ty) * m->tx + tx];
            for (uint32_t k = 0; k < at->v.n; k++) {
                const DrawBox *o = &m->b.v[at->v.v[k]];
                if (o->net == net) continue;
                int32_t w = max32(wide, min32(o->box.x1 - o->box.x0, o->box.y1 - o->box.y0));
                int64_t s = tech_space(l, w), dx = apart(b.x0, b.x1, o->box.x0, o->box.x1), dy = apart(b.y0, b.y1, o->box.y0, o->box.y1);
                if (dx * dx + dy * dy < s * s) return false;
            }
        }
    return true;
}

/* May a box of this net stand here: in the cell and far enough from all other nets? */
static bool room(const Mend *m, int32_t level, int32_t net, Box b)
{
    int32_t half = (tech_metal(m->q->t, level)->space + 1) / 2;
    return b.x0 >= half && b.y0 >= half && b.x1 <= m->q->w - half && b.y1 <= m->q->h - half && apart_from_all(m, level, net, b, 0);
}

static void add(Mend *m, int32_t level, int32_t net, Box b)
{
    arr_push(&m->b, ((DrawBox){level, net, b}));
    arr_push(&m->q->net.v[net].wire, ((DrawBox){level, net, b}));
    index_box(m, m->b.n - 1);
}

/* ---- notches -------------------------------------------------------------------------------------------------------- */

/* Do the net's boxes of the list from number k on cover b together? What one box leaves over is asked of the others. */
static bool filled_from(const Mend *m, const Ids *of, uint32_t k, int32_t net, Box b)
{
    for (; k < of->v.n; k++) {
        const DrawBox *o = &m->b.v[of->v.v[k]];
        Box c = {max32(o->box.x0, b.x0), max32(o->box.y0, b.y0), min32(o->box.x1, b.x1), min32(o->box.y1, b.y1)};
        if (o->net != net || c.x0 >= c.x1 || c.y0 >= c.y1) continue;
        const Box rest[] = {{b.x0, b.y0, c.x0, b.y1}, {c.x1, b.y0, b.x1, b.y1}, {c.x0, b.y0, c.x1, c.y0}, {c.x0, c.y1, c.x1, b.y1}};
        for (int q = 0; q < 4; q++)
            if (rest[q].x0 < rest[q].x1 && rest[q].y0 < rest[q].y1 && !filled_from(m, of, k + 1, net, rest[q])) return false;
        return true;
    }
    return false;
}

/* Is b all metal of the net? Tile by tile, of the net's boxes or of those in the tile, whichever are fewer; the outermost tiles reach over the cell. */
static bool filled(const Mend *m, int32_t level, int32_t net, Box b)
{
    int32_t tx0 = tile_of(b.x0, m->tile, m->tx), tx1 = tile_of(b.x1 - 1, m->tile, m->tx), ty1 = tile_of(b.y1 - 1, m->tile, m->ty);
    for (int32_t ty = tile_of(b.y0, m->tile, m->ty); ty <= ty1; ty++)
        for (int32_t tx = tx0; tx <= tx1; tx++) {
            Box in = {tx ? max32(b.x0, tx * m->tile) : b.x0, ty ? max32(b.y0, ty * m->tile) : b.y0, tx + 1 < m->tx ? min32(b.x1, (tx + 1) * m->tile) : b.x1,
                      ty + 1 < m->ty ? min32(b.y1, (ty + 1) * m->tile) : b.y1};
            const Ids *at = &m->at[(level * m->ty + ty) * m->tx + tx], *of = boxes_of(m, level, net);
            if (!filled_from(m, at->v.n < of->v.n ? at : of, 0, net, in)) return false;
        }
    return true;
}

/* Ranges of at least w that hold a … b: in its middle, from its lower, from its upper end. */
static void widened(int32_t a, int32_t b, int32_t w, int32_t grid, int way, int32_t *lo, int32_t *hi)
{
    int32_t more = b - a < w ? w - (b - a) : 0, half = more / 2 / grid * grid;
    *lo = way == 0 ? a - half : way == 1 ? a : a - more;
    *hi = way == 0 ? b + more - half : way == 1 ? b + more : b;
}

/* The box that closes the gap between two boxes of one net, one of three ways; false: there is none to close. */
static bool gap_box(const TechLayer *l, int32_t grid, Box a, Box b, int way, Box *out)
{
    int64_t dx = apart(a.x0, a.x1, b.x0, b.x1), dy = apart(a.y0, a.y1, b.y0, b.y1);
    int32_t ow = min32(a.x1, b.x1) - max32(a.x0, b.x0), oh = min32(a.y1, b.y1) - max32(a.y0, b.y0);
    /* boxes that share a corner only: a neck */
    bool thin = a.x1 - a.x0 < l->width || a.y1 - a.y0 < l->width || b.x1 - b.x0 < l->width || b.y1 - b.y0 < l->width;
    if (dx == 0 && dy == 0 && (thin || ow >= l->width || oh >= l->width)) return false;
    if (dx == 0 && dy == 0) { /* with each of them it has a wire's width in common: it makes no neck itself */
        int32_t x = l->width - ow, y = l->width - oh;
        *out = (Box){max32(a.x0, b.x0) - x, max32(a.y0, b.y0) - y, min32(a.x1, b.x1) + x, min32(a.y1, b.y1) + y};
        return true;
    }
    if (dx * dx + dy * dy >= (int64_t)l->space * l->space) return false;
    Box g = {min32(a.x1, b.x1), min32(a.y1, b.y1), max32(a.x0, b.x0), max32(a.y0, b.y0)};
    if (dx == 0) widened(max32(a.x0, b.x0), min32(a.x1, b.x1), l->width, grid, way, &g.x0, &g.x1);
    if (dy == 0) widened(max32(a.y0, b.y0), min32(a.y1, b.y1), l->width, grid, way, &g.y0, &g.y1);
    if (dx > 0 && dy > 0) g = (Box){g.x0 - l->width, g.y0 - l->width, g.x1 + l->width, g.y1 + l->width};
    /* Side by side, but not for a wire's width: what joins them as well must be as wide where it turns. */
    if (dx > 0 && dy == 0 && oh < l->width) {
        widened(min32(a.x1, b.x1), max32(a.x0, b.x0), l->width, grid, way, &g.x0, &g.x1);
        g.y0 = max32(a.y0, b.y0) - (l->width - oh);
        g.y1 = min32(a.y1, b.y1) + (l->width - oh);
    }
    if (dy > 0 && dx == 0 && ow < l->width) {
        widened(min32(a.y1, b.y1), max32(a.y0, b.y0), l->width, grid, way, &g.y0, &g.y1);
        g.x0 = max32(a.x0, b.x0) - (l->width - ow);
        g.x1 = min32(a.x1, b.x1) + (l->width - ow);
    }
    *out = g;
    return true;
}

/* Is the whole gap on the net's metal already? The exact gap, not what would close it. */
static bool closed(const Mend *m, int32_t level, int32_t net, Box a, Box b)
{
    int64_t dx = apart(a.x0, a.x1, b.x0, b.x1), dy = apart(a.y0, a.y1, b.y0, b.y1);
    Box g = {min32(a.x1, b.x1), min32(a.y1, b.y1), max32(a.x0, b.x0), max32(a.y0, b.y0)};
    if (dx == 0 && dy == 0) return false;
    if (dx == 0) g = (Box){max32(a.x0, b.x0), g.y0, min32(a.x1, b.x1), g.y1};
    if (dy == 0) g = (Box){g.x0, max32(a.y0, b.y0), g.x1, min32(a.y1, b.y1)};
    return g.x0 < g.x1 && g.y0 < g.y1 ? filled(m, level, net, g) : false;
}

/* The places of a net that made this box cost more from now on. */
static void dearer(Mend *m, const DrawBox *b, float hist)
{
    const Routed *r = &m->q->net.v[b->net];
    for (uint32_t k = 0; k < r->at.n; k++) {
        const Placed *p = &r->at.v[k];
        if (p->shape == PT_N || p->level != b->level) continue;
        if (touch(grid_box(m->q, p->level, p->shape, p->i, p->j), b->box)) m->q->room[p->level][p->shape][p->j * m->q->nx + p->i].hist += hist;
    }
}

/* Close the gap between boxes a and b of one net. False if there is no room. */
static bool fill_notch(Mend *m, DrawBox a, DrawBox b, bool *any)
{
    const TechLayer *l = tech_metal(m->q->t, a.level);
    Box g;
    if (!gap_box(l, m->q->t->grid, a.box, b.box, 0, &g)) return true;
    if (filled(m, a.level, a.net, g) || closed(m, a.level, a.net, a.box, b.box)) return true;
    for (int way = 0; way < 3; way++) {
        gap_box(l, m->q->t->grid, a.box, b.box, way, &g);
        if (filled(m, a.level, a.net, g)) return true;
        if (!room(m, a.level, a.net, g)) continue;
        add(m, a.level, a.net, g);
        *any = true;
        return true;
    }
    return false;
}

/* Returns notches that have no room to be filled; their nets are marked in `again`. */
static uint32_t fill_notches(Mend *m, bool *again, bool *any)
{
    uint32_t bad = 0;
    for (uint32_t list = 0; list < m->n_nets * (uint32_t)m->q->levels; list++) {
        const Ids *of = boxes_of(m, (int32_t)(list % (uint32_t)m->q->levels) + 1, (int32_t)(list / (uint32_t)m->q->levels));
        uint32_t n = of->v.n; /* what is added is looked at next time */
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = i + 1; k < n; k++) {
                DrawBox a = m->b.v[of->v.v[i]], b = m->b.v[of->v.v[k]];
                if (of->v.v[k] < m->n_fixed || fill_notch(m, a, b, any)) continue;
                bad++;
                if (!again) continue;
                again[a.net] = true;
                dearer(m, &a, 0.7f);
                dearer(m, &b, 0.7f);
            }
    }
    return bad;
}

/* ---- areas ------------------------------------------------------------------------------------------------------------ */

static int64_t area_of(Mend *m, const uint32_t *item, uint32_t n)
{
    m->list.v.n = 0;
    for (uint32_t k = 0; k < n; k++) arr_push(&m->list.v, m->b.v[item[k]].box);
    return draw_area(&m->list);
}

/* How far side `dir` of a box can grow, up to `most`. */
static int32_t growth(const Mend *m, const DrawBox *b, int dir, int32_t most, Box *out)
{
    int32_t g = m->q->t->grid, lo = 0, hi = most / g;
    while (lo < hi) {
        int32_t mid = (lo + hi + 1) / 2, d = mid * g;
        Box e = b->box;
        if (dir == 0) e.x1 += d;
        if (dir == 1) e.x0 -= d;
        if (dir == 2) e.y1 += d;
        if (dir == 3) e.y0 -= d;
        if (room(m, b->level, b->net, e)) lo = mid;
        else hi = mid - 1;
    }
    *out = b->box;
    if (dir == 0) out->x1 += lo * g;
    if (dir == 1) out->x0 -= lo * g;
    if (dir == 2) out->y1 += lo * g;
    if (dir == 3) out->y0 -= lo * g;
    return lo * g;
}

/* Grow one box of the polygon on one side, then another, until the area is there. */
static bool grow(Mend *m, const uint32_t *item, uint32_t n, int64_t missing)
{
    for (uint32_t k = 0; k < n; k++)
        for (int dir = 0; dir < 4; dir++) {
            DrawBox b = m->b.v[item[k]];
            int64_t w = dir < 2 ? b.box.y1 - b.box.y0 : b.box.x1 - b.box.x0;
            int32_t g = m->q->t->grid, need = (int32_t)((missing + w * g - 1) / (w * g)) * g;
            Box out;
            /* what grows over the polygon itself does not count: look at boxes whose side is its border */
            if (growth(m, &b, dir, need, &out) < need) continue;
            bool over = false;
            for (uint32_t q = 0; q < n; q++) {
                Box o = m->b.v[item[q]].box, e = out;
                if (dir == 0) e.x0 = b.box.x1;
                if (dir == 1) e.x1 = b.box.x0;
                if (dir == 2) e.y0 = b.box.y1;
                if (dir == 3) e.y1 = b.box.y0;
                over |= q != k && min32(e.x1, o.x1) > max32(e.x0, o.x0) && min32(e.y1, o.y1) > max32(e.y0, o.y0);
            }
            if (over) continue;
            add(m, b.level, b.net, out);
            return true;
        }
    /* in two steps: as far as it goes, the rest elsewhere */
    for (uint32_t k = 0; k < n; k++)
        for (int dir = 0; dir < 4; dir++) {
            DrawBox b = m->b.v[item[k]];
            Box out;
            if (growth(m, &b, dir, tech_metal(m->q->t, b.level)->width * 4, &out) == 0 || filled(m, b.level, b.net, out)) continue;
            add(m, b.level, b.net, out);
            return true;
        }
    return false;
}

/* One polygon at a time: the boxes below n0 that hang together with box `i`. */
static uint32_t polygon(const Mend *m, uint32_t n0, uint32_t i, bool *seen, uint32_t *item)
{
    const Ids *of = boxes_of(m, m->b.v[i].level, m->b.v[i].net);
    uint32_t n = 0;
    item[n++] = i;
    seen[i] = true;
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t q = 0; q < of->v.n && of->v.v[q] < n0; q++) {
            uint32_t o = of->v.v[q];
            if (seen[o] || !touch(m->b.v[item[k]].box, m->b.v[o].box)) continue;
            seen[o] = true;
            item[n++] = o;
        }
    return n;
}

/* Is the polygon a piece of metal that was there, cut off at the cell's edge? It goes on beyond, so its area is not this cell's. */
static bool goes_on(const Mend *m, const uint32_t *item, uint32_t n)
{
    bool edge = false, given = true;
    for (uint32_t k = 0; k < n; k++) {
        Box b = m->b.v[item[k]].box;
        given &= item[k] < m->n_fixed;
        edge |= b.x0 <= 0 || b.y0 <= 0 || b.x1 >= m->q->w || b.y1 >= m->q->h;
    }
    return given && edge;
}

/* Returns polygons that are still too small. */
static uint32_t fill_areas(Mend *m, bool *any)
{
    bool *seen = mem_calloc(m->b.n + 1, 1);
    uint32_t *item = mem_calloc(m->b.n + 1, sizeof *item), n0 = m->b.n, bad = 0;
    double dbu2 = m->q->t->dbu_m * m->q->t->dbu_m;
    for (uint32_t i = 0; i < n0; i++) {
        if (seen[i] || m->b.v[i].net < 0 || m->b.v[i].level > m->q->levels) continue;
        uint32_t n = polygon(m, n0, i, seen, item);
        const TechLayer *l = tech_metal(m->q->t, m->b.v[i].level);
        int64_t need = (int64_t)(l->min_area / dbu2 + 0.5), have = 0;
        for (uint32_t k = 0; k < n && have < need; k++)
            if (box_area(m->b.v[item[k]].box) > have) have = box_area(m->b.v[item[k]].box);
        if (have < need) have = area_of(m, item, n);
        if (have >= need) continue;
        bool grown = grow(m, item, n, need - have);
        *any |= grown;
        bad += grown || !goes_on(m, item, n);
    }
    mem_free(seen);
    mem_free(item);
    return bad;
}

/* ---- holes ------------------------------------------------------------------------------------------------------------- */

/* Enclosed areas of one net on one metal that are too small. Filled they would be wide metal, which keeps farther from others: the net
 * is to be routed another way. */
static uint32_t holes_of(Mend *m, const Ids *of, int64_t least)
{
    Boxes hole = {0};
    list_boxes(m, of);
    draw_holes(&m->list, least, &hole);
    uint32_t bad = hole.v.n;
    for (uint32_t i = 0; i < bad; i++)
        for (uint32_t k = 0; k < of->v.n; k++)
            if (touch(m->b.v[of->v.v[k]].box, hole.v.v[i])) dearer(m, &m->b.v[of->v.v[k]], 1.0f);
    arr_free(&hole.v);
    return bad;
}

/* Returns how many there are; their nets are marked in `again`. */
static uint32_t small_holes(Mend *m, bool *again)
{
    uint32_t bad = 0;
    double dbu2 = m->q->t->dbu_m * m->q->t->dbu_m;
    for (int32_t level = 1; level <= m->q->levels; level++)
        for (int32_t net = 0; net < (int32_t)m->n_nets; net++) {
            const Ids *of = boxes_of(m, level, net);
            int64_t least = (int64_t)(tech_metal(m->q->t, level)->min_hole / dbu2 + 0.5);
            uint32_t n = least > 0 && of->v.n > 3 ? holes_of(m, of, least) : 0;
            if (n) again[net] = true;
            bad += n;
        }
    return bad;
}

/* ---- wide metal -------------------------------------------------------------------------------------------------------- */

/* A neighbour's wires keep half the least spacing to the edge: wide metal keeps the rest of its own, unless it goes on beyond or was there. */
static bool off_edges(const Mend *m, int32_t level, int32_t net, Box b, int32_t w)
{
    const TechLayer *l = tech_metal(m->q->t, level);
    const Ids *of = boxes_of(m, level, net);
    int32_t keep = tech_space(l, w) - (l->space + 1) / 2, to_edge[] = {b.x0, b.y0, m->q->w - b.x1, m->q->h - b.y1};
    bool off = true;
    for (int k = 0; k < 4; k++) off &= to_edge[k] <= 0 || to_edge[k] >= keep;
    for (uint32_t k = 0; k < of->v.n && !off; k++) off = of->v.v[k] < m->n_fixed && draw_box_holds(m->b.v[of->v.v[k]].box, b);
    return off;
}

static bool too_near(Mend *m, int32_t level, int32_t net, Box b)
{
    const Ids *of = boxes_of(m, level, net);
    const TechLayer *l = tech_metal(m->q->t, level);
    int32_t w = min32(b.x1 - b.x0, b.y1 - b.y0);
    if (tech_space(l, w) == l->space || (apart_from_all(m, level, net, b, w) && off_edges(m, level, net, b, w))) return false;
    for (uint32_t k = 0; k < of->v.n; k++)
        if (touch(m->b.v[of->v.v[k]].box, b)) dearer(m, &m->b.v[of->v.v[k]], 1.0f);
    return true;
}

/* Of a rail at the cell's edge the neighbour has the other half: together they may be wide where one is not. */
static void add_beyond(Mend *m, int32_t level)
{
    int32_t half = m->q->t->rail / 2;
    uint32_t n = level == 1 ? m->list.v.n : 0;
    for (uint32_t k = 0; k < n; k++) {
        Box b = m->list.v.v[k];
        if (b.y0 == 0 && b.y1 >= half) arr_push(&m->list.v, ((Box){b.x0, -half, b.x1, 0}));
        if (b.y1 == m->q->h && b.y1 - b.y0 >= half) arr_push(&m->list.v, ((Box){b.x0, b.y1, b.x1, b.y1 + half}));
    }
}

static uint32_t wide_of(Mend *m, int32_t level, int32_t net, int32_t side)
{
    uint32_t bad = 0;
    Boxes wide = {0};
    list_boxes(m, boxes_of(m, level, net));
    add_beyond(m, level);
    draw_wide(&m->list, side, &wide);
    for (uint32_t i = 0; i < wide.v.n; i++) bad += too_near(m, level, net, wide.v.v[i]);
    arr_free(&wide.v);
    return bad;
}

/* Metal that is wide where boxes of a net lie side by side, and too near to others for that: returns how many; the nets are marked in `again`. */
static uint32_t wide_metal(Mend *m, bool *again)
{
    uint32_t bad = 0;
    for (int32_t level = 1; level <= m->q->levels; level++) {
        const TechLayer *l = tech_metal(m->q->t, level);
        int32_t over = INT32_MAX;
        for (uint32_t i = 0; i < l->wide.n; i++) over = min32(over, l->wide.v[i].width);
        for (int32_t net = 0; net < (int32_t)m->n_nets && over < INT32_MAX; net++) {
            uint32_t n = boxes_of(m, level, net)->v.n ? wide_of(m, level, net, over + m->q->t->grid) : 0;
            if (n) again[net] = true;
            bad += n;
        }
    }
    return bad;
}

/* The routed boxes of a net, without those that another box of it covers: they add nothing. */
static void collect_net(Mend *m, int32_t net)
{
    Grid *q = m->q;
    const Routed *r = &q->net.v[net];
    uint32_t first = m->b.n, n = first;
    for (uint32_t k = 0; k < r->wire.n; k++) arr_push(&m->b, r->wire.v[k]);
    for (uint32_t k = 0; k < r->at.n; k++) {
        const Placed *p = &r->at.v[k];
        if (p->shape == PT_N || p->shape == PT_WIRE) continue;
        arr_push(&m->b, ((DrawBox){p->level, net, grid_box(q, p->level, p->shape, p->i, p->j)}));
    }
    for (uint32_t i = first; i < m->b.n; i++) {
        DrawBox b = m->b.v[i];
        bool inside = false;
        const Ids *of = boxes_of(m, b.level, net); /* fixed ones so far */
        for (uint32_t k = 0; k < of->v.n && !inside; k++) inside = draw_box_holds(m->b.v[of->v.v[k]].box, b.box);
        for (uint32_t k = first; k < m->b.n && !inside; k++) {
            const DrawBox *o = &m->b.v[k];
            if (k == i || (k >= n && k < i) || o->level != b.level || !draw_box_holds(o->box, b.box)) continue;
            inside = k < i || memcmp(&o->box, &b.box, sizeof(Box)) != 0;
        }
        if (!inside) m->b.v[n++] = b;
    }
    m->b.n = n;
    for (uint32_t i = first; i < n; i++) index_box(m, i);
}

static void collect(Mend *m, uint32_t n_nets)
{
    for (uint32_t k = 0; k < m->q->fixed.n; k++) arr_push(&m->b, m->q->fixed.v[k]);
    m->n_fixed = m->b.n;
    index_make(m, n_nets);
    for (uint32_t i = 0; i < n_nets; i++) collect_net(m, (int32_t)i);
}

/* Small polygons without room: their places become dearer, their nets are to be routed again. */
static void blame(Mend *m, bool *again)
{
    bool *seen = mem_calloc(m->b.n + 1, 1);
    uint32_t *item = mem_calloc(m->b.n + 1, sizeof *item);
    double dbu2 = m->q->t->dbu_m * m->q->t->dbu_m;
    for (uint32_t i = 0; i < m->b.n; i++) {
        DrawBox b = m->b.v[i];
        if (seen[i] || b.net < 0 || b.level > m->q->levels) continue;
        uint32_t n = polygon(m, m->b.n, i, seen, item);
        int64_t need = (int64_t)(tech_metal(m->q->t, b.level)->min_area / dbu2 + 0.5);
        bool large = false;
        for (uint32_t k = 0; k < n; k++) large |= box_area(m->b.v[item[k]].box) >= need;
        if (large || area_of(m, item, n) >= need || goes_on(m, item, n)) continue;
        again[b.net] = true;
        for (uint32_t o = 0; o < n; o++) dearer(m, &m->b.v[item[o]], 1.0f);
    }
    mem_free(seen);
    mem_free(item);
}

bool grid_mend(Grid *q, uint32_t n_nets, bool *again)
{
    Mend m = {.q = q};
    uint32_t *n_wire = mem_calloc(n_nets + 1, sizeof *n_wire);
    for (uint32_t i = 0; i < n_nets; i++) n_wire[i] = q->net.v[i].wire.n;
    collect(&m, n_nets);
    enum { STEPS = 8, GROWTH = 3 };
    uint32_t most = GROWTH * m.b.n + 100; /* more boxes than that: it does not come to rest */
    uint32_t bad = 1;
    for (int k = 0; k < STEPS && m.b.n < most; k++) {
        bool any = false;
        bad = fill_notches(&m, NULL, &any);
        bad += fill_areas(&m, &any);
        if (!any) break;
        bad++; /* what was added has not been looked at */
    }
    if (bad) {
        bool any = false;
        fill_notches(&m, again, &any);
    } else bad = small_holes(&m, again) + wide_metal(&m, again);
    if (bad) {
        blame(&m, again);
        for (uint32_t i = 0; i < n_nets; i++) q->net.v[i].wire.n = n_wire[i];
    }
    mem_free(n_wire);
    index_free(&m);
    arr_free(&m.b);
    return bad == 0;
}
