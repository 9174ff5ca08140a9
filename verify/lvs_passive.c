/* Devices without gates: capacitors between metals, resistors of marked poly or metal. */
#include <stdlib.h>

#include "verify/lvs_circuit.h"

/* ---- capacitors between metals ------------------------------------------------------------------------------------ */

typedef struct {
    Shapes *d;
    uint32_t cond;
    Bins metal;
    Indices hit;
    double per_face;   /* F per dbu of two plates that face each other at `space` */
    int32_t space;
    bool turned;
} Plates;

static uint32_t metal_at(Plates *p, int32_t x, int32_t y)
{
    Box at = p->turned ? (Box){y, x, y + 1, x + 1} : (Box){x, y, x + 1, y + 1};
    p->hit.v.n = 0;
    bins_query(&p->metal, at, &p->hit);
    for (uint32_t k = 0; k < p->hit.v.n; k++)
        if (box_overlap(p->metal.b[p->hit.v.v[k]], at)) return p->d->off[p->cond] + p->hit.v.v[k];
    return LVS_NONE;
}

/* Operands: the marked gaps, the metal. A gap between two plates, not longer across than twice the spacing, is a piece of a capacitor. */
static void plate_slab(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n)
{
    Plates *p = ctx;
    for (uint32_t i = 1; i + 1 < n; i++) {
        int32_t gap = s[i].x1 - s[i].x0;
        if (s[i].in != 1 || s[i - 1].in != 2 || s[i + 1].in != 2 || s[i - 1].x1 != s[i].x0 || s[i + 1].x0 != s[i].x1 || gap > 2 * p->space) continue;
        uint32_t a = metal_at(p, s[i].x0 - 1, y0), b = metal_at(p, s[i].x1, y0);
        assert(a != LVS_NONE && b != LVS_NONE);
        LvsDevice x = {.kind = DEV_CAP, .model = "", .value = p->per_face * (y1 - y0) * p->space / gap};
        x.at = p->turned ? (Box){y0, s[i].x0, y1, s[i].x1} : (Box){s[i].x0, y0, s[i].x1, y1};
        x.net[0] = shapes_net(p->d, a);
        x.net[1] = shapes_net(p->d, b);
        if (x.net[0] != x.net[1]) arr_push(&p->d->c->dev, x);
    }
}

/* The density is that of a comb: one face per pitch, on each metal. */
void shapes_capacitors(Shapes *d)
{
    const Tech *t = d->t;
    LayerId mark = front_layer(d->db, t, ROLE_MOM);
    if (mark.i == UINT32_MAX || d->drawn[mark.i].b.n == 0) return;
    const TechLayer *lo = tech_metal(t, t->mom_lo);
    Plates p = {.d = d, .per_face = t->mom_density * (lo->width + lo->space) * t->dbu_m * t->dbu_m};
    for (int32_t l = t->mom_lo; l <= t->mom_hi; l++)
        if (tech_metal(t, l)->space > p.space) p.space = tech_metal(t, l)->space;
    Boxes tm = {0}, tg = {0};
    region_turn(&d->drawn[mark.i], &tg);
    for (int32_t l = t->mom_lo; l <= t->mom_hi; l++) {
        p.cond = C_FRONT + db_metal(d->db, l).i;
        const Boxes *m = &d->cond[p.cond];
        bins_make(&p.metal, m->b.v, m->b.n, 0, 1, 4);
        p.turned = false;
        region_scan((const Boxes *const[]){&d->drawn[mark.i], m}, 2, plate_slab, &p);
        region_turn(m, &tm);
        p.turned = true;
        region_scan((const Boxes *const[]){&tg, &tm}, 2, plate_slab, &p);
        bins_free(&p.metal);
    }
    arr_free(&p.hit.v);
    arr_free(&tm.b);
    arr_free(&tg.b);
}

/* ---- resistors ------------------------------------------------------------------------------------------------------ */

void shapes_bodies(const Shapes *d, const char *layer, Boxes *out)
{
    Boxes mark = {0};
    LayerId of = {UINT32_MAX};
    out->b.n = 0;
    if (!layer || !db_has_layer(d->db, layer, &of)) return;
    for (uint32_t k = 0; k < d->db->layers.n; k++) {
        const TechLayer *l = tech_layer(d->t, db_name(d->db, d->db->layers.v[k].name)), *poly = tech_role(d->t, ROLE_POLY);
        if (!l || l->role != ROLE_RESISTOR || !str_eq(layer, l->body ? l->body : poly ? poly->name : "")) continue;
        for (uint32_t i = 0; i < d->drawn[k].b.n; i++) arr_push(&mark.b, d->drawn[k].b.v[i]);
    }
    if (mark.b.n) region_and(&d->drawn[of.i], &mark, out);
    arr_free(&mark.b);
}

typedef struct {
    uint32_t body, end;  /* polygons */
    uint32_t node;
    int64_t edge;
} End;

typedef struct {
    const Boxes *body, *end;
    const uint32_t *body_id, *end_id;
    uint32_t end0;
    ARRAY(End) v;
} Ends;

static void add_end(void *ctx, uint32_t i, uint32_t j)
{
    Ends *e = ctx;
    Box a = e->body->b.v[i], b = e->end->b.v[j];
    int32_t w = (a.x1 < b.x1 ? a.x1 : b.x1) - (a.x0 > b.x0 ? a.x0 : b.x0), h = (a.y1 < b.y1 ? a.y1 : b.y1) - (a.y0 > b.y0 ? a.y0 : b.y0);
    int64_t edge = w == 0 && h > 0 ? h : h == 0 && w > 0 ? w : 0;
    if (edge) arr_push(&e->v, ((End){e->body_id[i], e->end_id[j], e->end0 + j, edge}));
}

static int by_body(const void *pa, const void *pb)
{
    const End *a = pa, *b = pb;
    if (a->body != b->body) return a->body < b->body ? -1 : 1;
    if (a->end != b->end) return a->end < b->end ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

/* Squares of a strip: its length over its width, where the width is half of what it shares with its two ends. */
static void add_resistor(Shapes *d, Box at, int64_t area, const End *e, uint32_t n, double sheet)
{
    uint32_t ends = 0, node[2] = {0, 0};
    int64_t edge = 0;
    for (uint32_t i = 0; i < n; i++) {
        edge += e[i].edge;
        if (i && e[i].end == e[i - 1].end) continue;
        if (ends < 2) node[ends] = e[i].node;
        ends++;
    }
    if (ends != 2) {
        lvs_tell(d->out, "resistor at (%d %d %d %d): %u ends, 2 are needed", at.x0, at.y0, at.x1, at.y1, ends);
        return;
    }
    double w = (double)edge / 2;
    LvsDevice x = {.kind = DEV_RES, .model = "", .value = sheet * (double)area / (w * w), .at = at};
    x.net[0] = shapes_net(d, node[0]);
    x.net[1] = shapes_net(d, node[1]);
    arr_push(&d->c->dev, x);
}

static void resistors_of(Shapes *d, uint32_t cond, const Boxes *body, double sheet)
{
    const Boxes *end = &d->cond[cond];
    uint32_t *bid = mem_calloc((size_t)body->b.n + 1, sizeof *bid), n = region_polygons(body, bid);
    uint32_t *eid = mem_calloc((size_t)end->b.n + 1, sizeof *eid);
    int64_t *area = mem_calloc((size_t)n + 1, sizeof *area);
    Box *box = mem_calloc((size_t)n + 1, sizeof *box);
    region_polygons(end, eid);
    Ends e = {.body = body, .end = end, .body_id = bid, .end_id = eid, .end0 = d->off[cond]};
    Bins ga, gb;
    bins_make(&ga, body->b.v, body->b.n, 0, 1, 4);
    bins_make(&gb, end->b.v, end->b.n, 0, 1, 4);
    bins_join(&ga, &gb, add_end, &e);
    bins_free(&ga);
    bins_free(&gb);
    if (e.v.n) qsort(e.v.v, e.v.n, sizeof *e.v.v, by_body);
    for (uint32_t i = 0; i < body->b.n; i++) {
        box[bid[i]] = area[bid[i]] ? box_union(box[bid[i]], body->b.v[i]) : body->b.v[i];
        area[bid[i]] += box_area(body->b.v[i]);
    }
    for (uint32_t p = 0, s0 = 0, s1; p < n; p++, s0 = s1) {
        for (s1 = s0; s1 < e.v.n && e.v.v[s1].body == p; s1++) {}
        add_resistor(d, box[p], area[p], e.v.v + s0, s1 - s0, sheet);
    }
    mem_free(bid);
    mem_free(eid);
    mem_free(area);
    mem_free(box);
    arr_free(&e.v);
}

void shapes_resistors(Shapes *d)
{
    Boxes body = {0};
    for (uint32_t k = 0; k < d->db->layers.n; k++) {
        const TechLayer *l = tech_layer(d->t, db_name(d->db, d->db->layers.v[k].name));
        if (!l || (l->kind != LAYER_METAL && l->role != ROLE_POLY)) continue;
        shapes_bodies(d, l->name, &body);
        if (body.b.n) resistors_of(d, l->kind == LAYER_METAL ? C_FRONT + k : C_POLY, &body, l->kind == LAYER_METAL ? l->r_sheet : d->t->res_sheet);
    }
    arr_free(&body.b);
}
