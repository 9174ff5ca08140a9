/*
 * Room that a cell's devices need: rows of folded transistors, resistors, capacitors above them.
 *
 * It estimates a drawing that is not made: what it counts (fingers, strips) follows from the circuit; what it assumes is named below.
 */
#include "cells/physical.h"

#include <math.h>

/* Gate columns that a drawn row loses where N and P gates do not face each other, and to wiring. Assumed; routed standard-cell rows of the
 * class reach 70 … 90 %. */
#define ROW_USE 0.85
/* P devices are drawn up to this share of a row's diffusion height: about the mobility ratio of the cards, 1 : 1.5. */
#define P_SHARE 0.6

typedef struct {
    uint32_t parent, degree;
} Node;

typedef struct {
    Map index;           /* (net, bit) -> node */
    ARRAY(Node) nodes;
} Graph;

static uint32_t node_of(Graph *g, NetId net, uint32_t bit)
{
    uint64_t key = (uint64_t)net.i << 32 | bit;
    uint32_t i;
    if (map_get(&g->index, key, &i)) return i;
    i = g->nodes.n;
    arr_push(&g->nodes, ((Node){i, 0}));
    map_set(&g->index, key, i);
    return i;
}

static uint32_t root_of(Graph *g, uint32_t i)
{
    while (g->nodes.v[i].parent != i) i = g->nodes.v[i].parent = g->nodes.v[g->nodes.v[i].parent].parent;
    return i;
}

/* Diffusion height of a finger, on the device's width grid. */
static int32_t finger_height(const Tech *t, const TechDevice *d)
{
    double room = (double)(t->cell_row - t->rail - t->np_space - 2 * t->poly_ext);
    int32_t h = (int32_t)(room * (d->kind == DEV_PMOS ? P_SHARE : 1 - P_SHARE));
    h = h / d->w_grid * d->w_grid;
    return h > d->w_min ? h : d->w_min;
}

static const TechDevice *device_of(const Db *db, const Tech *t, const DbDevice *x)
{
    for (uint32_t i = 0; i < t->devices.n; i++)
        if (str_eq(t->devices.v[i].model, db_name(db, x->model))) return &t->devices.v[i];
    assert(!"device of another technology");
    return NULL;
}

/* Columns and strips of all devices of one model. Fingers are parallel edges between source and drain. */
static void add_model(const Db *db, const Tech *t, const DbCell *c, NameId model, CellNeed *out, double length[2])
{
    Graph g = {0};
    const TechDevice *td = NULL;
    uint32_t columns = 0, strips = 0;
    double len = 0;
    int32_t shortest = tech_device(t, "nmos_rvt")->l_min; /* what the gate pitch is made for */
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *x = &c->devices.v[i];
        if (x->kind > DEV_PMOS || x->model.i != model.i) continue;
        td = device_of(db, t, x);
        int32_t high = finger_height(t, td);
        uint32_t fingers = (uint32_t)(x->m * ((x->w + high - 1) / high));
        uint32_t a = node_of(&g, x->t[0].net, x->t[0].bit), b = node_of(&g, x->t[2].net, x->t[2].bit);
        g.nodes.v[a].degree += fingers;
        g.nodes.v[b].degree += fingers;
        g.nodes.v[root_of(&g, a)].parent = root_of(&g, b);
        columns += fingers;
        len += (double)fingers * (t->gate_pitch + (x->l > shortest ? x->l - shortest : 0));
    }
    /* A connected part with 2k nodes of odd degree takes max(1, k) trails. */
    uint32_t *odd = mem_calloc(g.nodes.n + 1, sizeof *odd);
    for (uint32_t i = 0; i < g.nodes.n; i++) odd[root_of(&g, i)] += g.nodes.v[i].degree & 1;
    for (uint32_t i = 0; i < g.nodes.n; i++)
        if (root_of(&g, i) == i) strips += odd[i] > 2 ? odd[i] / 2 : 1;
    mem_free(odd);
    arr_free(&g.nodes);
    map_free(&g.index);
    bool p = td->kind == DEV_PMOS;
    *(p ? &out->p_cols : &out->n_cols) += columns;
    out->breaks += strips;
    length[p] += len + (double)strips * t->gate_pitch;
}

/* A resistor as one strip of unsilicided poly between two contact heads. dbu² */
static double resistor_area(const Tech *t, double ohm)
{
    double squares = ohm / t->res_sheet, l = t->res_w, w = t->res_w;
    if (squares > 1) l = squares * t->res_w;
    else w = t->res_w / (squares > 1e-6 ? squares : 1e-6);
    /* Below the resistance of a contact it is a wire, not a resistor. */
    const TechLayer *co = tech_cut(t, 0);
    if (co && ohm < co->r_cut / 10) return 0;
    return (l + 2.0 * (t->contact + t->contact_space)) * (w + t->res_space);
}

void cells_need(const Db *db, const Tech *t, CellId id, CellNeed *out)
{
    const DbCell *c = &db->cells.v[id.i];
    memset(out, 0, sizeof *out);
    double length[2] = {0, 0}, resistors = 0;
    ARRAY(NameId) models = {0};
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *x = &c->devices.v[i];
        if (x->kind == DEV_CAP) out->cap += x->value;
        if (x->kind == DEV_RES) resistors += resistor_area(t, x->value);
        if (x->kind > DEV_PMOS) continue;
        uint32_t k = 0;
        while (k < models.n && models.v[k].i != x->model.i) k++;
        if (k == models.n) arr_push(&models, x->model);
    }
    for (uint32_t k = 0; k < models.n; k++) add_model(db, t, c, models.v[k], out, length);
    /* Two flavours stand in wells of their own: one well gap for each polarity's further flavour. */
    double gap = 0;
    for (uint32_t i = 0; i < t->layers.n; i++)
        if (t->layers.v[i].kind == LAYER_WELL && t->layers.v[i].space > gap) gap = t->layers.v[i].space;
    double gaps = models.n > 2 ? (models.n - 1) / 2 * gap : 0;
    arr_free(&models);
    double longer = length[0] > length[1] ? length[0] : length[1];
    out->row_len = longer / ROW_USE + gaps + resistors / t->cell_row;
}

/* Fingers keep one pitch from the sides and two (spine and gap) from either end. */
double cells_mom(const Tech *t, int32_t w, int32_t h, bool gcol)
{
    double area = 0;
    for (int32_t k = t->mom_lo; k <= t->mom_hi; k++) {
        const TechLayer *m = tech_metal(t, k);
        double fw = w - 2.0 * m->pitch, fh = h - 4.0 * m->pitch;
        /* The column wire takes its track and one beside it on each side. */
        if (gcol && k == tech_trunk_level(t)) fw -= 3.0 * m->pitch;
        if (fw > 0 && fh > 0) area += fw * fh;
    }
    return t->mom_density * area * t->dbu_m * t->dbu_m;
}
