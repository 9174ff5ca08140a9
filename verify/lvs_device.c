/*
 * A circuit from shapes alone: conductors joined to nets, gates recognised with their flavour, width and length.
 *
 * Conductors are sources and drains (diffusion that poly does not cover), taps, poly outside of resistors, wells, metals; the
 * substrate is one node. Contacts join diffusion or poly with metal 1, cuts the metals, taps their well. Nothing that a shape says of
 * its net is believed but the ports of top's own PIN shapes.
 */
#include "verify/lvs_circuit.h"

#include <stdlib.h>

/* ---- conductors ----------------------------------------------------------------------------------------- */

static bool collect(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Shapes *d = ctx;
    bool own = cell.i == d->top.i && (flat == DB_FLAT_NONE || d->db->cells.v[d->top.i].kind != CELL_BLOCK);
    if (s->kind == SHAPE_OBS) return true;
    if (s->kind == SHAPE_PIN && own && s->net.i < d->db->cells.v[cell.i].n_ports) {
        ShapesPin p = {s->layer.i, placed, s->net.i, s->bit};
        arr_push(&d->pin, p);
    }
    arr_push(&d->drawn[s->layer.i].b, placed);
    return true;
}

/* A metal as drawn; without the bodies of resistors, if it has any. */
static void metal_conductor(Shapes *d, uint32_t layer)
{
    Boxes body = {0};
    shapes_bodies(d, d->db->layers.v[layer].kind == LAYER_METAL ? db_name(d->db, d->db->layers.v[layer].name) : NULL, &body);
    if (body.b.n) region_not(&d->drawn[layer], &body, &d->cond[C_FRONT + layer]);
    else
        for (uint32_t i = 0; i < d->drawn[layer].b.n; i++) arr_push(&d->cond[C_FRONT + layer].b, d->drawn[layer].b.v[i]);
    arr_free(&body.b);
}

static void make_conductors(Shapes *d)
{
    const Front *f = &d->f;
    LayerId poly = front_layer(d->db, d->t, ROLE_POLY);
    Boxes body = {0};
    if (poly.i != UINT32_MAX) shapes_bodies(d, db_name(d->db, d->db->layers.v[poly.i].name), &body);
    region_not(&f->r[FE_NDIFF], &f->r[FE_POLY], &d->cond[C_NSD]);
    region_not(&f->r[FE_PDIFF], &f->r[FE_POLY], &d->cond[C_PSD]);
    region_not(&f->r[FE_NTAP], &f->r[FE_POLY], &d->cond[C_NTAP]);
    region_not(&f->r[FE_PTAP], &f->r[FE_POLY], &d->cond[C_PTAP]);
    region_not(&f->r[FE_POLY], &body, &d->cond[C_POLY]);
    arr_free(&body.b);
    region_or(&f->r[FE_NWELL], NULL, &d->cond[C_NWELL]);
    arr_push(&d->cond[C_SUB].b, ((Box){0, 0, 0, 0}));
    for (uint32_t k = 0; k < d->db->layers.n; k++)
        if (d->db->layers.v[k].kind == LAYER_METAL || d->db->layers.v[k].kind == LAYER_CUT) metal_conductor(d, k);
    for (uint32_t k = 0; k < d->n_cond; k++) d->off[k + 1] = d->off[k] + d->cond[k].b.n;
    d->n = d->off[d->n_cond];
    d->set = sets_make(d->n);
    d->box = mem_calloc((size_t)d->n + 1, sizeof *d->box);
    for (uint32_t k = 0; k < d->n_cond; k++)
        if (d->cond[k].b.n) memcpy(d->box + d->off[k], d->cond[k].b.v, d->cond[k].b.n * sizeof *d->box);
}

typedef struct {
    Shapes *d;
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

static void join_layers(Shapes *d, uint32_t a, uint32_t b)
{
    Bins ga, gb;
    bins_make(&ga, d->cond[a].b.v, d->cond[a].b.n, 0, 1, 4);
    bins_make(&gb, d->cond[b].b.v, d->cond[b].b.n, 0, 1, 4);
    bins_join(&ga, &gb, join_over, &(Touch){d, d->off[a], d->off[b]});
    bins_free(&ga);
    bins_free(&gb);
}

static void connect(Shapes *d)
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

uint32_t shapes_under(Shapes *d, uint32_t cond, Box b)
{
    for (uint32_t i = d->off[cond]; i < d->off[cond + 1]; i++)
        if (box_overlap(d->box[i], b)) return i;
    return LVS_NONE;
}

/* ---- ports ------------------------------------------------------------------------------------------------ */

static uint32_t find_port(const LvsCircuit *netlist, const char *name)
{
    for (uint32_t n = 0; n < netlist->port.n; n++)
        if (netlist->port.v[n] && str_eq(netlist->port.v[n], name)) return n;
    return LVS_NONE;
}

static void add_labels(Shapes *d)
{
    for (uint32_t k = 0; k < d->pin.n; k++) {
        const ShapesPin *p = &d->pin.v[k];
        Buf b = {0};
        if (d->db->layers.v[p->layer].kind != LAYER_METAL) continue;
        uint32_t node = shapes_under(d, C_FRONT + p->layer, p->box);
        db_bit_name(d->db, d->top, (NetId){p->net}, p->bit, &b);
        if (node != LVS_NONE) arr_push(&d->label, ((ShapesLabel){node, arena_str(d->a, b.s)}));
        buf_free(&b);
    }
}

/* Pieces of a supply are one net by name; a well or the substrate without any tap belongs to its supply. */
static void join_supplies(Shapes *d, const LvsCircuit *netlist, const NetUses *uses)
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
static void judge_ports(Shapes *d, const LvsCircuit *netlist)
{
    for (uint32_t k = 0; k < d->label.n; k++) {
        const ShapesLabel *x = &d->label.v[k];
        if (find_port(netlist, x->name) == LVS_NONE) lvs_tell(d->out, "pin %s is drawn, the netlist has no such port", x->name);
        bool told = false;
        for (uint32_t q = 0; q < k && !told; q++) {
            const ShapesLabel *y = &d->label.v[q];
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

uint32_t shapes_net(Shapes *d, uint32_t node)
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

static void make_nets(Shapes *d)
{
    d->net_of = mem_calloc((size_t)d->n + 1, sizeof *d->net_of);
    for (uint32_t i = 0; i < d->n; i++) d->net_of[i] = LVS_NONE;
    for (uint32_t k = 0; k < d->label.n; k++) {
        uint32_t n = shapes_net(d, d->label.v[k].node);
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
    Shapes *d;
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
static bool mark_of(const Shapes *d, const Boxes *gate, const char **mark)
{
    Box at = region_box(gate);
    Boxes near = {0};
    bool whole = true;
    *mark = NULL;
    for (uint32_t k = 0; k < d->db->layers.n && whole; k++) {
        const TechLayer *l = tech_layer(d->t, db_name(d->db, d->db->layers.v[k].name));
        if (!l || l->role != ROLE_FLAVOUR) continue;
        near.b.n = 0;
        for (uint32_t i = 0; i < d->drawn[k].b.n; i++)
            if (box_overlap(d->drawn[k].b.v[i], at)) arr_push(&near.b, d->drawn[k].b.v[i]);
        if (!near.b.n) continue;
        Boxes in = {0}, rest = {0};
        region_and(gate, &near, &in);
        region_not(gate, &near, &rest);
        whole = !in.b.n || !rest.b.n;
        if (in.b.n) *mark = l->name;
        arr_free(&in.b);
        arr_free(&rest.b);
    }
    arr_free(&near.b);
    return whole;
}

static void add_gate(Shapes *d, DevKind kind, const Boxes *gate, const Side *s, uint32_t n)
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
    uint32_t poly = shapes_under(d, C_POLY, gate->b.v[0]), well = kind == DEV_PMOS ? shapes_under(d, C_NWELL, gate->b.v[0]) : d->off[C_SUB];
    if (poly == LVS_NONE || well == LVS_NONE) {
        lvs_tell(d->out, "gate at (%d %d %d %d): in a resistor, or a well is missing", at.x0, at.y0, at.x1, at.y1);
        return;
    }
    LvsDevice x = {.kind = kind, .model = td->model, .w2 = edge, .wl2 = 2 * area, .at = at};
    x.net[PIN_D] = shapes_net(d, end[0]);
    x.net[PIN_G] = shapes_net(d, poly);
    x.net[PIN_S] = shapes_net(d, end[1]);
    x.net[PIN_B] = shapes_net(d, well);
    arr_push(&d->c->dev, x);
}

/* Boxes of each gate polygon become neighbours, then its sides are looked up in the sorted list. */
static void find_gates(Shapes *d, DevKind kind)
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

/* ---- main line ---------------------------------------------------------------------------------------------------- */

void shapes_make(Shapes *d, const Db *db, const Tech *t, CellId top, Arena *a, LvsDevices *out, LvsCircuit *c)
{
    *d = (Shapes){.db = db, .top = top, .t = t, .a = a, .out = out, .c = c, .n_cond = C_FRONT + db->layers.n};
    d->drawn = mem_calloc((size_t)db->layers.n + 1, sizeof *d->drawn);
    d->cond = mem_calloc(d->n_cond, sizeof *d->cond);
    d->off = mem_calloc((size_t)d->n_cond + 1, sizeof *d->off);
}

void shapes_connect(Shapes *d)
{
    front_make(&d->f, d->db, d->t, d->drawn);
    make_conductors(d);
    add_labels(d);
    connect(d);
}

void shapes_devices(Shapes *d)
{
    make_nets(d);
    find_gates(d, DEV_NMOS);
    find_gates(d, DEV_PMOS);
    shapes_capacitors(d);
    shapes_resistors(d);
}

void shapes_collect(Shapes *d) { db_visit_shapes(d->db, d->top, collect, d); }

void shapes_free(Shapes *d)
{
    front_free(&d->f);
    for (uint32_t k = 0; k < d->db->layers.n; k++) arr_free(&d->drawn[k].b);
    for (uint32_t k = 0; k < d->n_cond; k++) arr_free(&d->cond[k].b);
    mem_free(d->drawn);
    mem_free(d->cond);
    mem_free(d->off);
    mem_free(d->set);
    mem_free(d->box);
    mem_free(d->net_of);
    arr_free(&d->label);
    arr_free(&d->pin);
}

void circuit_of_layout(const Db *db, CellId top, const Tech *t, const LvsCircuit *netlist, const NetUses *uses, LvsDevices *out, LvsCircuit *c)
{
    Shapes d;
    shapes_make(&d, db, t, top, &out->arena, out, c);
    shapes_collect(&d);
    shapes_connect(&d);
    join_supplies(&d, netlist, uses);
    judge_ports(&d, netlist);
    shapes_devices(&d);
    shapes_free(&d);
}
