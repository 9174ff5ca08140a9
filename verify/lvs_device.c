/*
 * A circuit from shapes alone: conductors joined to nets, gates recognised with their flavour, width and length.
 *
 * Conductors are sources and drains (diffusion that poly does not cover), taps, poly outside of resistors, wells, metals; the
 * substrate is one node. Contacts join diffusion or poly with metal 1, cuts the metals, taps their well. Nothing that a shape says of
 * its net is believed but the ports of top's own PIN shapes.
 */
#include "verify/lvs_circuit.h"

#include <stdlib.h>

enum { C_NSD, C_PSD, C_NTAP, C_PTAP, C_POLY, C_NWELL, C_SUB, C_FRONT };

typedef struct {
    uint32_t node;
    const char *name;   /* port bit */
} Label;

typedef struct {
    const Db *db;
    CellId top;
    const Tech *t;
    Boxes *drawn;       /* [layer] */
    Front f;
    Boxes *cond;        /* [C_FRONT + layer] */
    uint32_t n_cond, *off, n;
    uint32_t *set;      /* [node] */
    Box *box;
    ARRAY(Label) label;
    Arena *a;
    LvsDevices *out;
    LvsCircuit *c;
    uint32_t *net_of;   /* [node], of roots: net, or LVS_NONE */
} Draw;

/* ---- conductors ----------------------------------------------------------------------------------------- */

typedef struct { uint32_t layer, k, net, bit; } Pin;
typedef struct {
    Draw *d;
    ARRAY(Pin) pin;
} Collect;

static bool collect(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Collect *c = ctx;
    Draw *d = c->d;
    bool own = cell.i == d->top.i && (flat == DB_FLAT_NONE || d->db->cells.v[d->top.i].kind != CELL_BLOCK);
    if (s->kind == SHAPE_OBS) return true;
    if (s->kind == SHAPE_PIN && own && s->net.i < d->db->cells.v[cell.i].n_ports) {
        Pin p = {s->layer.i, d->drawn[s->layer.i].b.n, s->net.i, s->bit};
        arr_push(&c->pin, p);
    }
    arr_push(&d->drawn[s->layer.i].b, placed);
    return true;
}

static void make_conductors(Draw *d)
{
    const Front *f = &d->f;
    LayerId res = front_layer(d->db, d->t, ROLE_RESISTOR);
    Boxes empty = {0};
    region_not(&f->r[FE_NDIFF], &f->r[FE_POLY], &d->cond[C_NSD]);
    region_not(&f->r[FE_PDIFF], &f->r[FE_POLY], &d->cond[C_PSD]);
    region_not(&f->r[FE_NTAP], &f->r[FE_POLY], &d->cond[C_NTAP]);
    region_not(&f->r[FE_PTAP], &f->r[FE_POLY], &d->cond[C_PTAP]);
    region_not(&f->r[FE_POLY], res.i == UINT32_MAX ? &empty : &d->drawn[res.i], &d->cond[C_POLY]);
    region_or(&f->r[FE_NWELL], NULL, &d->cond[C_NWELL]);
    arr_push(&d->cond[C_SUB].b, ((Box){0, 0, 0, 0}));
    for (uint32_t k = 0; k < d->db->layers.n; k++)
        if (d->db->layers.v[k].kind == LAYER_METAL || d->db->layers.v[k].kind == LAYER_CUT)
            for (uint32_t i = 0; i < d->drawn[k].b.n; i++) arr_push(&d->cond[C_FRONT + k].b, d->drawn[k].b.v[i]);
    for (uint32_t k = 0; k < d->n_cond; k++) d->off[k + 1] = d->off[k] + d->cond[k].b.n;
    d->n = d->off[d->n_cond];
    d->set = sets_make(d->n);
    d->box = mem_calloc((size_t)d->n + 1, sizeof *d->box);
    for (uint32_t k = 0; k < d->n_cond; k++)
        if (d->cond[k].b.n) memcpy(d->box + d->off[k], d->cond[k].b.v, d->cond[k].b.n * sizeof *d->box);
}

typedef struct {
    Draw *d;
    uint32_t a, b;
} Touch;

static void join_same(void *ctx, uint32_t i, uint32_t j)
{
    Touch *t = ctx;
    if (box_joined(t->d->box[t->a + i], t->d->box[t->a + j])) sets_join(t->d->set, t->a + i, t->a + j);
}

static void join_over(void *ctx, uint32_t i, uint32_t j)
{
    Touch *t = ctx;
    if (box_overlap(t->d->box[t->a + i], t->d->box[t->b + j])) sets_join(t->d->set, t->a + i, t->b + j);
}

static void join_layers(Draw *d, uint32_t a, uint32_t b)
{
    Bins ga, gb;
    bins_make(&ga, d->cond[a].b.v, d->cond[a].b.n, 0, 1, 4);
    bins_make(&gb, d->cond[b].b.v, d->cond[b].b.n, 0, 1, 4);
    bins_join(&ga, &gb, join_over, &(Touch){d, d->off[a], d->off[b]});
    bins_free(&ga);
    bins_free(&gb);
}

static void connect(Draw *d)
{
    const Db *db = d->db;
    for (uint32_t k = 0; k < d->n_cond; k++) {
        if (k == C_SUB || (k >= C_FRONT && db->layers.v[k - C_FRONT].kind == LAYER_CUT)) continue;
        Bins g;
        bins_make(&g, d->cond[k].b.v, d->cond[k].b.n, 0, 1, 4);
        bins_pairs(&g, join_same, &(Touch){d, d->off[k], 0});
        bins_free(&g);
    }
    for (uint32_t k = 0; k < db->layers.n; k++) {
        const DbLayer *cut = &db->layers.v[k];
        if (cut->kind != LAYER_CUT) continue;
        for (uint32_t m = 0; m < db->layers.n; m++) {
            const DbLayer *l = &db->layers.v[m];
            if (l->kind == LAYER_METAL && (l->level == cut->level || l->level == cut->level + 1)) join_layers(d, C_FRONT + k, C_FRONT + m);
        }
        for (uint32_t c = C_NSD; c <= C_POLY && cut->level == 0; c++) join_layers(d, C_FRONT + k, c);
    }
    join_layers(d, C_NTAP, C_NWELL);
    for (uint32_t i = d->off[C_PTAP]; i < d->off[C_PTAP + 1]; i++) sets_join(d->set, i, d->off[C_SUB]);
}

/* ---- ports ------------------------------------------------------------------------------------------------ */

static uint32_t find_port(const LvsCircuit *netlist, const char *name)
{
    for (uint32_t n = 0; n < netlist->port.n; n++)
        if (netlist->port.v[n] && str_eq(netlist->port.v[n], name)) return n;
    return LVS_NONE;
}

static void add_labels(Draw *d, const Pin *p, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        Buf b = {0};
        db_bit_name(d->db, d->top, (NetId){p[k].net}, p[k].bit, &b);
        if (d->db->layers.v[p[k].layer].kind == LAYER_METAL)
            arr_push(&d->label, ((Label){d->off[C_FRONT + p[k].layer] + p[k].k, arena_str(d->a, b.s)}));
        buf_free(&b);
    }
}

/* Pieces of a supply are one net by name; a well or the substrate without any tap belongs to its supply. */
static void join_supplies(Draw *d, const LvsCircuit *netlist, const NetUses *uses)
{
    uint32_t power = LVS_NONE, ground = LVS_NONE;
    for (uint32_t k = 0; k < d->label.n; k++) {
        uint32_t n = find_port(netlist, d->label.v[k].name);
        if (n == LVS_NONE || (uses->v.v[n] != USE_POWER && uses->v.v[n] != USE_GROUND)) continue;
        if (uses->v.v[n] == USE_POWER && power == LVS_NONE) power = d->label.v[k].node;
        if (uses->v.v[n] == USE_GROUND && ground == LVS_NONE) ground = d->label.v[k].node;
        for (uint32_t q = 0; q < k; q++) {
            if (!str_eq(d->label.v[q].name, d->label.v[k].name)) continue;
            if (sets_find(d->set, d->label.v[q].node) != sets_find(d->set, d->label.v[k].node)) d->out->joined++;
            sets_join(d->set, d->label.v[q].node, d->label.v[k].node);
            break;
        }
    }
    uint32_t n = d->cond[C_NWELL].b.n;
    bool *tied = mem_calloc((size_t)d->n + 1, 1);
    for (uint32_t i = d->off[C_NTAP]; i < d->off[C_NTAP + 1]; i++) tied[sets_find(d->set, i)] = true;
    for (uint32_t i = 0; i < n && power != LVS_NONE; i++) {
        uint32_t well = d->off[C_NWELL] + i;
        if (tied[sets_find(d->set, well)]) continue;
        if (sets_find(d->set, well) != sets_find(d->set, power)) d->out->untied++;
        sets_join(d->set, well, power);
    }
    if (d->cond[C_PTAP].b.n == 0 && ground != LVS_NONE) {
        sets_join(d->set, d->off[C_SUB], ground);
        d->out->untied++;
    }
    mem_free(tied);
}

/* Two ports on one net: a short. One port on two nets: an open. */
static void judge_ports(Draw *d, const LvsCircuit *netlist)
{
    for (uint32_t k = 0; k < d->label.n; k++) {
        const Label *x = &d->label.v[k];
        if (find_port(netlist, x->name) == LVS_NONE) lvs_tell(d->out, "pin %s is drawn, the netlist has no such port", x->name);
        bool told = false;
        for (uint32_t q = 0; q < k && !told; q++) {
            const Label *y = &d->label.v[q];
            bool same = str_eq(x->name, y->name), one = sets_find(d->set, x->node) == sets_find(d->set, y->node);
            if (same == one) continue;
            Box b = d->box[x->node], e = d->box[y->node];
            told = true;
            if (one) lvs_tell(d->out, "short: %s at (%d %d %d %d) and %s at (%d %d %d %d) are one net", x->name, b.x0, b.y0, b.x1, b.y1, y->name, e.x0, e.y0, e.x1, e.y1);
            else lvs_tell(d->out, "open: %s is in pieces, at (%d %d %d %d) and (%d %d %d %d)", x->name, e.x0, e.y0, e.x1, e.y1, b.x0, b.y0, b.x1, b.y1);
        }
    }
    for (uint32_t n = 0; n < netlist->port.n; n++) {
        bool drawn = !netlist->port.v[n];
        for (uint32_t k = 0; k < d->label.n && !drawn; k++) drawn = str_eq(d->label.v[k].name, netlist->port.v[n]);
        if (!drawn) lvs_tell(d->out, "port %s has no pin shape", netlist->port.v[n]);
    }
}

static uint32_t net_at(Draw *d, uint32_t node)
{
    uint32_t root = sets_find(d->set, node);
    if (d->net_of[root] == LVS_NONE) {
        d->net_of[root] = d->c->port.n;
        arr_push(&d->c->port, (const char *)NULL);
        arr_push(&d->c->name, (const char *)NULL);
        arr_push(&d->c->at, d->box[node]);
    }
    return d->net_of[root];
}

static void make_nets(Draw *d)
{
    d->net_of = mem_calloc((size_t)d->n + 1, sizeof *d->net_of);
    for (uint32_t i = 0; i < d->n; i++) d->net_of[i] = LVS_NONE;
    for (uint32_t k = 0; k < d->label.n; k++) {
        uint32_t n = net_at(d, d->label.v[k].node);
        if (!d->c->port.v[n]) d->c->port.v[n] = d->label.v[k].name;
    }
}

/* ---- transistors --------------------------------------------------------------------------------------------- */

/* One side of a gate: a polygon of source or drain and the length of the edge they share. */
typedef struct {
    uint32_t gate, sd;   /* polygons */
    uint32_t node;
    int64_t edge;
} Side;

typedef struct {
    Draw *d;
    const Boxes *gate, *sd;
    const uint32_t *gate_id, *sd_id;
    uint32_t sd0;        /* first node */
    ARRAY(Side) side;
} Sides;

static int64_t common_edge(Box a, Box b)
{
    int32_t w = (a.x1 < b.x1 ? a.x1 : b.x1) - (a.x0 > b.x0 ? a.x0 : b.x0), h = (a.y1 < b.y1 ? a.y1 : b.y1) - (a.y0 > b.y0 ? a.y0 : b.y0);
    if (w == 0 && h > 0) return h;
    if (h == 0 && w > 0) return w;
    return 0;
}

static void add_side(void *ctx, uint32_t i, uint32_t j)
{
    Sides *s = ctx;
    int64_t e = common_edge(s->gate->b.v[i], s->sd->b.v[j]);
    if (e) arr_push(&s->side, ((Side){s->gate_id[i], s->sd_id[j], s->sd0 + j, e}));
}

static int by_polygon(const void *pa, const void *pb)
{
    const Side *a = pa, *b = pb;
    if (a->gate != b->gate) return a->gate < b->gate ? -1 : 1;
    if (a->sd != b->sd) return a->sd < b->sd ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

/* Device of this polarity under this marking layer (NULL: under none). */
static const TechDevice *flavour(const Tech *t, DevKind kind, const char *mark)
{
    for (uint32_t k = 0; k < t->devices.n; k++) {
        const TechDevice *x = &t->devices.v[k];
        if (x->kind == kind && (mark ? x->mark && str_eq(x->mark, mark) : !x->mark)) return x;
    }
    return NULL;
}

/* The layer that marks the gate, whole: *mark. False: only a part of it is under the layer. */
static bool mark_of(const Draw *d, const Boxes *gate, const char **mark)
{
    *mark = NULL;
    for (uint32_t k = 0; k < d->db->layers.n; k++) {
        const TechLayer *l = tech_layer(d->t, db_name(d->db, d->db->layers.v[k].name));
        if (!l || l->role != ROLE_FLAVOUR || !d->drawn[k].b.n) continue;
        Boxes in = {0}, rest = {0};
        region_and(gate, &d->drawn[k], &in);
        region_not(gate, &d->drawn[k], &rest);
        bool part = in.b.n && rest.b.n;
        if (in.b.n) *mark = l->name;
        arr_free(&in.b);
        arr_free(&rest.b);
        if (part) return false;
    }
    return true;
}

static uint32_t node_under(Draw *d, uint32_t cond, Box b)
{
    for (uint32_t i = d->off[cond]; i < d->off[cond + 1]; i++)
        if (box_overlap(d->box[i], b)) return i;
    return LVS_NONE;
}

static void add_gate(Draw *d, DevKind kind, const Boxes *gate, const Side *s, uint32_t n)
{
    Box at = region_box(gate);
    int64_t area = 0, edge = 0;
    uint32_t polys = 0, end[2] = {0, 0};
    const char *mark;
    for (uint32_t i = 0; i < gate->b.n; i++) area += box_area(gate->b.v[i]);
    for (uint32_t i = 0; i < n; i++) {
        edge += s[i].edge;
        if (i && s[i].sd == s[i - 1].sd) continue;
        if (polys < 2) end[polys] = s[i].node;
        polys++;
    }
    if (polys == 1) end[1] = end[0];
    if (polys == 0 || polys > 2) {
        lvs_tell(d->out, "gate at (%d %d %d %d): %u sources and drains, no transistor", at.x0, at.y0, at.x1, at.y1, polys);
        return;
    }
    bool whole = mark_of(d, gate, &mark);
    const TechDevice *td = flavour(d->t, kind, mark);
    if (!whole || !td) {
        lvs_tell(d->out, "gate at (%d %d %d %d): %s %s, no device of the technology", at.x0, at.y0, at.x1, at.y1, whole ? "under" : "partly under", mark);
        return;
    }
    uint32_t poly = node_under(d, C_POLY, gate->b.v[0]), well = kind == DEV_PMOS ? node_under(d, C_NWELL, gate->b.v[0]) : d->off[C_SUB];
    if (poly == LVS_NONE || well == LVS_NONE) {
        lvs_tell(d->out, "gate at (%d %d %d %d): in a resistor, or a well is missing", at.x0, at.y0, at.x1, at.y1);
        return;
    }
    LvsDevice x = {.kind = kind, .model = td->model, .w2 = edge, .wl2 = 2 * area, .at = at};
    x.net[PIN_D] = net_at(d, end[0]);
    x.net[PIN_G] = net_at(d, poly);
    x.net[PIN_S] = net_at(d, end[1]);
    x.net[PIN_B] = net_at(d, well);
    arr_push(&d->c->dev, x);
}

/* Boxes of each gate polygon become neighbours, then its sides are looked up in the sorted list. */
static void find_gates(Draw *d, DevKind kind)
{
    Boxes gate = {0}, one = {0};
    uint32_t cond = kind == DEV_NMOS ? C_NSD : C_PSD, s0 = 0;
    region_and(&d->f.r[FE_POLY], &d->f.r[kind == DEV_NMOS ? FE_NDIFF : FE_PDIFF], &gate);
    uint32_t *gid = mem_calloc((size_t)gate.b.n + 1, sizeof *gid), n = region_polygons(&gate, gid);
    uint32_t *sid = mem_calloc((size_t)d->cond[cond].b.n + 1, sizeof *sid);
    region_polygons(&d->cond[cond], sid);
    Sides s = {.d = d, .gate = &gate, .sd = &d->cond[cond], .gate_id = gid, .sd_id = sid, .sd0 = d->off[cond]};
    Bins ga, gb;
    bins_make(&ga, gate.b.v, gate.b.n, 0, 1, 4);
    bins_make(&gb, s.sd->b.v, s.sd->b.n, 0, 1, 4);
    bins_join(&ga, &gb, add_side, &s);
    bins_free(&ga);
    bins_free(&gb);
    if (s.side.n) qsort(s.side.v, s.side.n, sizeof *s.side.v, by_polygon);
    /* boxes by polygon: lists, in order */
    uint32_t *next = mem_calloc((size_t)gate.b.n + 1, sizeof *next), *head = mem_calloc((size_t)n + 1, sizeof *head);
    for (uint32_t p = 0; p < n; p++) head[p] = LVS_NONE;
    for (uint32_t i = gate.b.n; i-- > 0;) {
        next[i] = head[gid[i]];
        head[gid[i]] = i;
    }
    for (uint32_t p = 0; p < n; p++) {
        uint32_t s1 = s0;
        one.b.n = 0;
        for (uint32_t i = head[p]; i != LVS_NONE; i = next[i]) arr_push(&one.b, gate.b.v[i]);
        while (s1 < s.side.n && s.side.v[s1].gate == p) s1++;
        add_gate(d, kind, &one, s.side.v + s0, s1 - s0);
        s0 = s1;
    }
    mem_free(gid);
    mem_free(sid);
    mem_free(next);
    mem_free(head);
    arr_free(&s.side);
    arr_free(&gate.b);
    arr_free(&one.b);
}

/* ---- capacitors between metals ------------------------------------------------------------------------------------ */

typedef struct {
    Draw *d;
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
        x.net[0] = net_at(p->d, a);
        x.net[1] = net_at(p->d, b);
        if (x.net[0] != x.net[1]) arr_push(&p->d->c->dev, x);
    }
}

/* The density is that of a comb: one face per pitch, on each metal. */
static void find_capacitors(Draw *d)
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

/* ---- main line ---------------------------------------------------------------------------------------------------- */

void circuit_of_layout(const Db *db, CellId top, const Tech *t, const LvsCircuit *netlist, const NetUses *uses, LvsDevices *out, LvsCircuit *c)
{
    Draw d = {.db = db, .top = top, .t = t, .a = &out->arena, .out = out, .c = c, .n_cond = C_FRONT + db->layers.n};
    d.drawn = mem_calloc((size_t)db->layers.n + 1, sizeof *d.drawn);
    d.cond = mem_calloc(d.n_cond, sizeof *d.cond);
    d.off = mem_calloc((size_t)d.n_cond + 1, sizeof *d.off);
    Collect pins = {.d = &d};
    db_visit_shapes(db, top, collect, &pins);
    front_make(&d.f, db, t, d.drawn);
    make_conductors(&d);
    add_labels(&d, pins.pin.v, pins.pin.n);
    connect(&d);
    join_supplies(&d, netlist, uses);
    judge_ports(&d, netlist);
    make_nets(&d);
    find_gates(&d, DEV_NMOS);
    find_gates(&d, DEV_PMOS);
    find_capacitors(&d);
    front_free(&d.f);
    for (uint32_t k = 0; k < db->layers.n; k++) arr_free(&d.drawn[k].b);
    for (uint32_t k = 0; k < d.n_cond; k++) arr_free(&d.cond[k].b);
    mem_free(d.drawn);
    mem_free(d.cond);
    mem_free(d.off);
    mem_free(d.set);
    mem_free(d.box);
    mem_free(d.net_of);
    arr_free(&d.label);
    arr_free(&pins.pin);
}
