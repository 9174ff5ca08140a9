/*
 * Transistor circuits of the NN standard cells: the board on which they are drawn, and the list of functions.
 * What a function does and which ports it has is written in cells/cells.h; sizes come from the variant.
 */
#include "cells/circuit_int.h"
#include "cells/draw_int.h"

#include <math.h>
#include <stdlib.h>

Node ck_port(const Ckt *k, const char *name, uint32_t bit)
{
    NetId n = db_find_net(k->db, k->c, name);
    assert(n.i != NET_NONE.i && bit < db_cell(k->db, k->c)->nets.v[n.i].width);
    return (Node){n, bit};
}

const char *ck_name(char out[CK_NAME], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(out, CK_NAME, fmt, ap);
    va_end(ap);
    assert(n > 0 && n < CK_NAME);
    (void)n;
    return out;
}

Node ck_net(Ckt *k, const char *fmt, ...)
{
    char name[CK_NAME];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    assert(n > 0 && (size_t)n < sizeof name);
    (void)n;
    return (Node){db_add_net(k->db, k->c, name, 1, USE_SIGNAL), 0};
}

/* Flavours differ between technologies: without a low-Vt device the regular one does the switch's work. */
static const TechDevice *device_of(const Tech *t, char kind, const char *flavour)
{
    char word[32];
    const char *try[] = {flavour, "lvt", "rvt"};
    for (uint32_t i = 0; i < COUNTOF(try); i++) {
        snprintf(word, sizeof word, "%cmos_%s", kind, try[i]);
        const TechDevice *d = tech_device(t, word);
        if (d) return d;
    }
    assert(!"technology without regular devices");
    abort();
}

static DbDevice *new_device(Ckt *k, const char *name, DevKind kind)
{
    DbCell *c = db_cell(k->db, k->c);
    DbDevice *d = arr_add(&c->devices);
    d->name = names_add(&k->db->names, name);
    d->kind = kind;
    d->m = 1;
    for (int i = 0; i < 4; i++) d->t[i].net = NET_NONE;
    return d;
}

static void terminal(DbDevice *d, int i, Node n)
{
    d->t[i].net = n.net;
    d->t[i].bit = n.bit;
}

void ck_mos(Ckt *k, const char *name, char kind, const char *flavour, Node d, Node g, Node s, double w, int32_t l)
{
    const TechDevice *td = device_of(k->t, kind, flavour);
    int32_t step = td->w_grid > 0 ? td->w_grid : k->t->grid;
    int32_t dbu = (int32_t)lround(w / k->t->dbu_m);
    dbu = dbu < td->w_min ? td->w_min : dbu;
    dbu = (dbu + step / 2) / step * step;
    /* a row's finger holds `most`; what is wider takes two, of the least width each */
    int32_t most = k->most[kind != 'n'] / step * step;
    if (most && dbu > most && dbu < 2 * td->w_min) dbu = (2 * td->w_min + step - 1) / step * step;
    DbDevice *x = new_device(k, name, kind == 'n' ? DEV_NMOS : DEV_PMOS);
    x->model = names_add(&k->db->names, td->model);
    terminal(x, 0, d);
    terminal(x, 1, g);
    terminal(x, 2, s);
    terminal(x, 3, kind == 'n' ? k->vss : k->vdd);
    x->w = dbu;
    x->l = l * td->l_min;
}

void ck_match(Ckt *k)
{
    DbCell *c = db_cell(k->db, k->c);
    assert(c->devices.n >= 2);
    for (uint32_t i = 1; i <= 2; i++) c->devices.v[c->devices.n - i].pair = c->devices.n;
}

void ck_cap(Ckt *k, const char *name, Node a, Node b, double farad)
{
    DbDevice *x = new_device(k, name, DEV_CAP);
    terminal(x, 0, a);
    terminal(x, 1, b);
    x->value = farad;
}

#define WIRE "wire"

void ck_wire(Ckt *k, uint32_t i, Node a, Node b, double farad)
{
    char name[CK_NAME];
    ck_cap(k, ck_name(name, WIRE "%u", i), a, b, farad);
}

bool circuit_is_wire(const Db *db, const DbDevice *d) { return d->kind == DEV_CAP && str_starts(db_name(db, d->name), WIRE); }

void ck_res(Ckt *k, const char *name, Node a, Node b, double ohm)
{
    DbDevice *x = new_device(k, name, DEV_RES);
    terminal(x, 0, a);
    terminal(x, 1, b);
    x->value = ohm;
}

/* Smallest width: the rule's minimum, or four gate lengths where narrow devices would match too badly. */
static double unit_width(const Tech *t)
{
    const TechDevice *n = device_of(t, 'n', "rvt");
    int32_t w = 4 * n->l_min > n->w_min ? 4 * n->l_min : n->w_min;
    return w * t->dbu_m;
}

Ckt ck_board(Db *db, const Tech *t, CellId c, const CellVariant *v)
{
    Ckt k = {.db = db, .t = t, .c = c, .logic = "rvt", .sw = v && v->flavour ? v->flavour : "rvt"};
    k.wu = unit_width(t);
    RowGeom g;
    for (int i = 0; i < 2 && draw_ready(t, false) == ST_OK && draw_rows(t, false, &g) == ST_OK; i++) k.most[i] = g.z[i].y1 - g.z[i].y0;
    k.vdd = ck_port(&k, "VDD", 0);
    k.vss = ck_port(&k, "VSS", 0);
    return k;
}

int32_t circuit_size(const CellVariant *v)
{
    if (str_eq(v->function, "sar_adc") || str_eq(v->function, "sar_adc_i")) return (int32_t)lrint(v->param[0]);
    if (str_eq(v->function, "synapse")) return (int32_t)lrint(v->param[2]) + 1;
    return str_eq(v->function, "synapse_i") ? (int32_t)lrint(v->param[3]) + 1 : 0;
}

void cells_circuit(Db *db, const Tech *t, CellId c, const char *function, const CellVariant *v, int32_t n)
{
    Ckt k = ck_board(db, t, c, v);
    if (str_eq(function, "synapse") || str_eq(function, "dummy")) {
        circuit_synapse(&k, v->param[0], v->param[1], (uint32_t)lrint(v->param[2]), str_eq(function, "dummy"));
    } else if (str_eq(function, "row_driver")) {
        circuit_row_driver(&k, v->param[0]);
    } else if (str_eq(function, "block_driver")) {
        circuit_block_driver(&k);
    } else if (str_eq(function, "block_switch")) {
        circuit_block_switch(&k, v->param[0]);
    } else if (str_eq(function, "col_end_a") || str_eq(function, "col_end") || str_eq(function, "col_end_b")) {
        circuit_col_end(&k, v->param[0], v->param[1], str_eq(function, "col_end_b"));
    } else if (str_eq(function, "ladder")) {
        circuit_ladder(&k, v->param[0]);
    } else if (str_eq(function, "sar_adc")) {
        circuit_sar_adc(&k, n > 0 ? n : (int32_t)v->param[0], v->param[1], v->param[2],
                        v->param[3]);
    } else if (str_eq(function, "decap")) {
        circuit_decap(&k, (int32_t)lrint(v->param[0]), (int32_t)lrint(v->param[1]), v->param[2]);
    } else if (!circuit_current(&k, function, v, n)) {
        /* Taps and fillers have wires only. */
        assert(str_starts(function, "tap") || str_eq(function, "filler"));
    }
}
