/* Wires of drawn cells in the circuits that are simulated. */
#include "cells/characterize_int.h"

#include <stdlib.h>

typedef struct {
    const Tech *t;
    CellLibrary *lib;
    bool (*wanted)(const void *names, const CellVariant *v);
    const void *names;
    CellWiring wiring;
    CellWires *out;         /* [variants] */
} Wiring;

static Status wire_one(void *ctx, uint32_t i)
{
    Wiring *w = ctx;
    return w->wanted(w->names, &w->lib->v.v[i]) ? w->wiring(w->t, w->lib, &w->lib->v.v[i], &w->out[i]) : ST_OK;
}

CellWires *char_wire(const Tech *t, CellLibrary *lib, bool (*wanted)(const void *, const CellVariant *), const void *names, CellWiring wiring, uint32_t threads, Status *st)
{
    CellWires *all = mem_calloc((size_t)lib->v.n + 1, sizeof *all);
    Wiring w = {t, lib, wanted, names, wiring, all};
    if (wiring) *st = par_for(lib->v.n, threads, wire_one, &w);
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (all[i].v.n) lib->v.v[i].wires = &all[i];
    return all;
}

void char_wire_free(CellWires *all, const CellLibrary *lib)
{
    for (uint32_t i = 0; i < lib->v.n; i++) {
        arr_free(&all[i].v);
        arena_free(&all[i].arena);
    }
    mem_free(all);
}

/* A net by the name that it has in the drawn cell: "D[3]", or another in a part of it. Not here: VSS, for what is outside stands still. */
static bool node_of(const Ckt *k, const char *name, const char *const *alias, Node *out)
{
    char base[CK_NAME];
    for (; alias && *alias; alias += 2)
        if (str_eq(alias[0], name)) name = alias[1];
    size_t n = strcspn(name, "[");
    assert(n < sizeof base);
    snprintf(base, sizeof base, "%.*s", (int)n, name);
    NetId net = *base ? db_find_net(k->db, k->c, base) : NET_NONE;
    bool here = net.i != NET_NONE.i;
    *out = here ? (Node){net, name[n] ? (uint32_t)strtoul(name + n + 1, NULL, 10) : 0} : k->vss;
    return here;
}

/* Wires between pins, and from pins to the substrate, belong to what joins the cells; */
static bool inner(const Ckt *k, Node n) { return n.net.i >= k->db->cells.v[k->c.i].n_ports; }

static bool at(const DbDevice *d, int end, Node n) { return d->t[end].net.i == n.net.i && d->t[end].bit == n.bit; }

/* but between pins that a capacitor of the circuit joins they are that capacitor as drawn. */
static bool plates(const Ckt *k, const Node n[2], uint32_t devices)
{
    for (uint32_t i = 0; i < devices; i++) {
        const DbDevice *d = &k->db->cells.v[k->c.i].devices.v[i];
        if (d->kind == DEV_CAP && ((at(d, 0, n[0]) && at(d, 1, n[1])) || (at(d, 0, n[1]) && at(d, 1, n[0])))) return true;
    }
    return false;
}

/* What is drawn of the circuit's capacitors is among the wires: the circuit's own are taken back. */
static void take_back(Ckt *k, uint32_t n, uint32_t first)
{
    for (uint32_t i = 0; i < n; i++) {
        DbDevice d = k->db->cells.v[k->c.i].devices.v[i];
        if (d.kind == DEV_CAP) ck_wire(k, first++, (Node){d.t[0].net, d.t[0].bit}, (Node){d.t[1].net, d.t[1].bit}, -d.value * d.m);
    }
}

/* Where either end is in the circuit, inside it or, of a part or of a cell whose pins nobody else counts, at a pin of it. alias: of a part; devices: those of the circuit proper. */
static void add_wire(Ckt *k, uint32_t i, const char *const name[2], const char *const *alias, uint32_t devices, double farad)
{
    Node n[2];
    bool counts = false;
    for (int q = 0; q < 2; q++) counts |= node_of(k, name[q], alias, &n[q]) && (alias || inner(k, n[q]));
    counts = counts || (!alias && plates(k, n, devices));
    if (counts && (n[0].net.i != n[1].net.i || n[0].bit != n[1].bit)) ck_wire(k, i, n[0], n[1], farad);
}

void char_add_wires(Db *db, const Tech *t, CellId c, const CellVariant *v)
{
    if (!v || !v->wires) return; /* a cell without variants has none */
    Ckt k = ck_board(db, t, c, v);
    uint32_t n = db->cells.v[c.i].devices.n;
    for (uint32_t i = 0; i < v->wires->v.n; i++) {
        const CellWire *w = &v->wires->v.v[i];
        add_wire(&k, i, (const char *const[]){w->a, w->b}, NULL, n, w->farad);
    }
    take_back(&k, n, v->wires->v.n);
}

void char_add_wires_all(Db *db, const Tech *t, CellId c, const CellWires *w)
{
    static const char *const same[] = {NULL};
    Ckt k = ck_board(db, t, c, NULL);
    for (uint32_t i = 0; w && i < w->v.n; i++) add_wire(&k, i, (const char *const[]){w->v.v[i].a, w->v.v[i].b}, same, 0, w->v.v[i].farad);
}

static const char *mirrored(const char *name, const char *const *pair)
{
    for (; *pair; pair += 2)
        for (int k = 0; k < 2; k++)
            if (str_eq(pair[k], name)) return pair[!k];
    return name;
}

static bool listed(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (str_eq(*list, name)) return true;
    return false;
}

typedef struct {
    Ckt k;
    const PartWires *p;
    uint32_t n;             /* capacitors so far */
} Even;

static void add_even(Even *e, const char *a, const char *b, double farad)
{
    add_wire(&e->k, e->n++, (const char *const[]){a, b}, e->p->alias, 0, farad / 2);
    add_wire(&e->k, e->n++, (const char *const[]){mirrored(a, e->p->pair), mirrored(b, e->p->pair)}, e->p->alias, 0, farad / 2);
}

void char_add_wires_even(Db *db, const Tech *t, CellId c, const CellVariant *v, const PartWires *p)
{
    if (!v->wires) return;
    Even e = {.k = ck_board(db, t, c, v), .p = p};
    uint32_t n = db->cells.v[c.i].devices.n;
    for (uint32_t i = 0; i < v->wires->v.n; i++) {
        const CellWire *w = &v->wires->v.v[i];
        if (listed(w->a, p->late) == listed(w->b, p->late)) add_even(&e, w->a, w->b, w->farad);
        else { /* a load on either */
            add_even(&e, w->a, "", w->farad);
            add_even(&e, w->b, "", w->farad);
        }
    }
    take_back(&e.k, n, e.n);
}
