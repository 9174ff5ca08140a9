/* Judge of placements; see placement.h. */
#include "verify/placement.h"

#include <stdlib.h>
#include <string.h>

const char *const vpl_rule_name[VPL_RULES] = {"orientation", "grid", "outline", "overlap", "symmetry", "alignment", "fixed", "figure"};

typedef struct { int64_t x0, y0, x1, y1; uint32_t block; } Rect;

static void offence(VplReport *r, VplRule rule, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void offence(VplReport *r, VplRule rule, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    r->total++;
    if (r->count[rule]++) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_printf(&r->first, "%s: %s\n", vpl_rule_name[rule], text);
}

/*
 * LEF/DEF: R90-type orientations (W, E and their mirrors) exchange the sides. A point of the block goes through the orientation's
 * matrix about the origin, and the placed block is then shifted so that its lower left corner is at the place.
 */
typedef struct { int xx, xy, yx, yy; } Turn;
static bool turn_of(Orient o, Turn *t)
{
    switch (o) {
    case ORI_N: *t = (Turn){1, 0, 0, 1}; return true;
    case ORI_W: *t = (Turn){0, -1, 1, 0}; return true;  /* 90 degrees counterclockwise */
    case ORI_S: *t = (Turn){-1, 0, 0, -1}; return true;
    case ORI_E: *t = (Turn){0, 1, -1, 0}; return true;  /* 270 */
    case ORI_FN: *t = (Turn){-1, 0, 0, 1}; return true; /* mirrored about y, then turned the same way */
    case ORI_FW: *t = (Turn){0, 1, 1, 0}; return true;
    case ORI_FS: *t = (Turn){1, 0, 0, -1}; return true;
    case ORI_FE: *t = (Turn){0, -1, -1, 0}; return true;
    }
    return false;
}

/* Where (x, y) of block b lies. */
static void point_of(const VplCase *c, uint32_t b, const Turn *t, int64_t x, int64_t y, int64_t *px, int64_t *py)
{
    int64_t w = c->blocks[b].w, h = c->blocks[b].h;
    int64_t cx = t->xx * w + t->xy * h, cy = t->yx * w + t->yy * h; /* the far corner, turned: one side of the box on each axis */
    *px = t->xx * x + t->xy * y - (cx < 0 ? cx : 0) + c->places[b].x;
    *py = t->yx * x + t->yy * y - (cy < 0 ? cy : 0) + c->places[b].y;
}

static Rect rect_of(const VplCase *c, uint32_t b, VplReport *r)
{
    const VplBlock *k = &c->blocks[b];
    const VplPlace *p = &c->places[b];
    Turn t;
    Rect q = {p->x, p->y, p->x + k->w, p->y + k->h, b};
    if (!turn_of(p->orient, &t)) {
        offence(r, VPL_ORIENT, "block %u has orientation %d", b, (int)p->orient);
        return q;
    }
    if (t.xx == 0) q.x1 = p->x + k->h, q.y1 = p->y + k->w;
    if (!k->may_turn && p->orient != ORI_N) offence(r, VPL_ORIENT, "block %u may not be turned or mirrored", b);
    return q;
}

static int by_x(const void *a, const void *b)
{
    const Rect *p = a, *q = b;
    if (p->x0 != q->x0) return p->x0 < q->x0 ? -1 : 1;
    return p->block < q->block ? -1 : p->block > q->block;
}

static void overlaps(const VplCase *c, Rect *v, VplReport *r)
{
    qsort(v, c->n_blocks, sizeof *v, by_x);
    for (uint32_t i = 0; i < c->n_blocks; i++)
        for (uint32_t j = i + 1; j < c->n_blocks && v[j].x0 < v[i].x1 + c->spacing; j++)
            if (v[j].y0 < v[i].y1 + c->spacing && v[i].y0 < v[j].y1 + c->spacing)
                offence(r, VPL_OVERLAP, "blocks %u and %u at (%lld, %lld)", v[i].block, v[j].block, (long long)v[j].x0, (long long)v[j].y0);
}

static void symmetry(const VplCase *c, const Rect *v, VplReport *r)
{
    for (uint32_t i = 0; i < c->n_pairs; i++) {
        const VplPair *p = &c->pairs[i];
        const VplPair *lead = p;
        while (lead > c->pairs && lead[-1].group == p->group) lead--;
        const Rect *a = &v[p->a], *b = &v[p->b];
        bool hor = lead->horizontal;
        /* twice the axis, by the group's first pair; then every other one must have the same */
        int64_t axis = hor ? v[lead->a].y0 + v[lead->b].y1 : v[lead->a].x0 + v[lead->b].x1;
        bool ok = p->horizontal == hor;
        if (lead->point || p->point) {
            ok = ok && p->point && lead->point && v[lead->a].y0 + v[lead->b].y1 == a->y0 + b->y1 && a->y1 + b->y0 == a->y0 + b->y1;
            ok = ok && a->x0 + b->x1 == axis && a->x1 + b->x0 == axis;
        } else if (hor) ok = ok && a->y0 + b->y1 == axis && a->y1 + b->y0 == axis && a->x0 == b->x0 && a->x1 == b->x1;
        else ok = ok && a->x0 + b->x1 == axis && a->x1 + b->x0 == axis && a->y0 == b->y0 && a->y1 == b->y1;
        Turn ta, tb;
        if (p->a != p->b && turn_of(c->places[p->a].orient, &ta) && turn_of(c->places[p->b].orient, &tb)) {
            int sx = hor ? 1 : -1, sy = p->point ? sx : -sx;
            ok = ok && ta.xx == sx * tb.xx && ta.xy == sx * tb.xy && ta.yx == sy * tb.yx && ta.yy == sy * tb.yy;
        }
        if (!ok) offence(r, VPL_SYMMETRY, "blocks %u and %u of group %u are no images of each other", p->a, p->b, p->group);
    }
}

static void ties(const VplCase *c, const Rect *v, VplReport *r)
{
    for (uint32_t i = 0; i < c->n_ties; i++) {
        const VplTie *t = &c->ties[i];
        const Rect *a = &v[t->a], *b = &v[t->b];
        bool ok = false;
        if (!strcmp(t->how, "left")) ok = a->x0 == b->x0;
        else if (!strcmp(t->how, "right")) ok = a->x1 == b->x1;
        else if (!strcmp(t->how, "bottom")) ok = a->y0 == b->y0;
        else if (!strcmp(t->how, "top")) ok = a->y1 == b->y1;
        else if (!strcmp(t->how, "hcenter")) ok = a->x0 + a->x1 == b->x0 + b->x1;
        else if (!strcmp(t->how, "vcenter")) ok = a->y0 + a->y1 == b->y0 + b->y1;
        else if (!strcmp(t->how, "row")) ok = a->x1 == b->x0 && a->y0 == b->y0;
        else if (!strcmp(t->how, "column")) ok = a->y1 == b->y0 && a->x0 == b->x0;
        if (!ok) offence(r, VPL_ALIGN, "blocks %u and %u: %s", t->a, t->b, t->how);
    }
}

static void fixed(const VplCase *c, VplReport *r)
{
    for (uint32_t i = 0; i < c->n_fixed; i++) {
        const VplPlace *want = &c->fixed[i].place, *is = &c->places[c->fixed[i].block];
        if (want->x != is->x || want->y != is->y || want->orient != is->orient)
            offence(r, VPL_FIXED, "block %u stands at (%lld, %lld), not (%lld, %lld)", c->fixed[i].block, (long long)is->x, (long long)is->y,
                    (long long)want->x, (long long)want->y);
    }
}

static int64_t wirelength(const VplCase *c, bool critical)
{
    int64_t sum = 0;
    for (uint32_t k = 0; k < c->n_nets; k++) {
        int64_t lo[2] = {0, 0}, hi[2] = {0, 0};
        for (uint32_t i = 0; i < c->nets[k].n; i++) {
            const VplPin *q = &c->pins[c->nets[k].first + i];
            int64_t p[2] = {q->x, q->y};
            Turn t;
            if (q->block >= 0 && turn_of(c->places[q->block].orient, &t)) point_of(c, (uint32_t)q->block, &t, q->x, q->y, &p[0], &p[1]);
            for (int a = 0; a < 2; a++) {
                if (i == 0 || p[a] < lo[a]) lo[a] = p[a];
                if (i == 0 || p[a] > hi[a]) hi[a] = p[a];
            }
        }
        sum += (critical ? c->nets[k].critical : c->nets[k].weight) * (hi[0] - lo[0] + hi[1] - lo[1]);
    }
    return sum;
}

static void figure(VplReport *r, const char *what, int64_t claimed, int64_t found)
{
    if (claimed != found) offence(r, VPL_FIGURE, "%s is %lld, not %lld", what, (long long)found, (long long)claimed);
}

Status vpl_check(const VplCase *c, VplReport *out)
{
    memset(out, 0, sizeof *out);
    Rect *v = mem_calloc((size_t)c->n_blocks + 1, sizeof *v);
    int64_t grid = c->grid ? c->grid : 1, w = 0, h = 0;
    for (uint32_t i = 0; i < c->n_blocks; i++) {
        v[i] = rect_of(c, i, out);
        if (v[i].x0 % grid || v[i].y0 % grid)
            offence(out, VPL_GRID, "block %u at (%lld, %lld), grid %lld", i, (long long)v[i].x0, (long long)v[i].y0, (long long)grid);
        if (v[i].x0 < 0 || v[i].y0 < 0 || v[i].x1 > c->w || v[i].y1 > c->h || (c->max_w && v[i].x1 > c->max_w) || (c->max_h && v[i].y1 > c->max_h))
            offence(out, VPL_OUTLINE, "block %u spans (%lld, %lld) to (%lld, %lld)", i, (long long)v[i].x0, (long long)v[i].y0, (long long)v[i].x1,
                    (long long)v[i].y1);
        if (v[i].x1 > w) w = v[i].x1;
        if (v[i].y1 > h) h = v[i].y1;
    }
    figure(out, "width", c->w, w);
    figure(out, "height", c->h, h);
    figure(out, "area", c->area, w * h);
    figure(out, "wirelength", c->wirelength, wirelength(c, false));
    figure(out, "critical length", c->critical, wirelength(c, true));
    symmetry(c, v, out);
    ties(c, v, out);
    fixed(c, out);
    overlaps(c, v, out);
    mem_free(v);
    return out->total ? ST_VIOLATION : ST_OK;
}
