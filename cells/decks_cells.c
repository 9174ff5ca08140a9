/*
 * Single cells for simulation: the same ports and circuit as in a crossbar, no outline.
 */
#include "cells/characterize_int.h"
#include "cells/physical.h"

#include <stdlib.h>

CellId char_cell(Db *db, const Tech *t, const char *function, const CellVariant *v, int32_t n)
{
    CellId c = db_add_cell(db, function, CELL_LEAF, function);
    cells_ports(db, c, function, n);
    cells_circuit(db, t, c, function, v, n);
    if (v) char_add_wires(db, t, c, v);
    return c;
}

/* A part of a cell, with single-bit ports. */
static CellId part(Db *db, const char *name, const char *const *ports)
{
    CellId c = db_add_cell(db, name, CELL_LEAF, name);
    for (; *ports; ports++) db_add_port(db, c, *ports, 1, DIR_INOUT, USE_SIGNAL);
    return c;
}

const CellVariant *char_variant(const CellLibrary *lib, const char *function, const char *variant)
{
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, function) && str_eq(lib->v.v[i].variant, variant)) return &lib->v.v[i];
    assert(!"no such variant");
    abort();
}

CellId char_comparator(Db *db, const Tech *t, const CellVariant *v)
{
    CellId c = part(db, "comparator", (const char *const[]){"IP", "IN", "CLK", "COMP", "VDD", "VSS", NULL});
    Ckt k = ck_board(db, t, c, v);
    circuit_comparator(&k, ck_port(&k, "IP", 0), ck_port(&k, "IN", 0), ck_port(&k, "CLK", 0), ck_port(&k, "COMP", 0),
                       v->param[2]);
    /* Its figures are those around its threshold, wherever that is; what the wires' two sides differ by is the whole converter's offset. */
    static const char *const alias[2][9] = {{"in", "IP", "topg", "IN", "ck", "CLK", "comp", "COMP", NULL}, {"hold", "IP", "top", "IN", "ck", "CLK", "comp", "COMP", NULL}};
    static const char *const pair[2][11] = {{"in", "topg", "cmp_xp", "cmp_xn", "cmp_op", "cmp_on", "cmp_set", "cmp_clr", "cmp_a", "cmp_b", NULL},
                                            {"hold", "top", "cmp_xp", "cmp_xn", "cmp_op", "cmp_on", "cmp_set", "cmp_clr", "cmp_a", "cmp_b", NULL}};
    static const char *const late[] = {"cmp_a", "cmp_b", "comp", NULL};
    bool lines = str_eq(v->function, "sar_adc_i");
    char_add_wires_even(db, t, c, v, &(PartWires){alias[lines], pair[lines], late});
    return c;
}

CellId char_array(Db *db, const Tech *t, const CellVariant *v)
{
    int32_t bits = (int32_t)v->param[0];
    CellId c = part(db, "array", (const char *const[]){"TOP", "VREFP", "VREFN", "VDD", "VSS", NULL});
    db_add_port(db, c, "D", (uint32_t)bits, DIR_IN, USE_SIGNAL);
    Ckt k = ck_board(db, t, c, v);
    Node d[16];
    assert(bits <= 16);
    for (int32_t i = 0; i < bits; i++) d[i] = ck_port(&k, "D", (uint32_t)i);
    circuit_array(&k, bits, v->param[1], ck_port(&k, "TOP", 0), d, ck_port(&k, "VREFP", 0), ck_port(&k, "VREFN", 0));
    return c;
}

void char_levels(CharDeck *d, const Db *db, CellId c, const char *wires)
{
    const char *q[] = {"q0", "qb0", "q1", "qb1", "q2", "qb2", "q3", "qb3", NULL};
    q[2 * db->cells.v[c.i].nets.v[db_find_net(db, c, "WL").i].width] = NULL;
    circuit_spice_view(db, d->t, c, &(CircuitView){.skip = "bit", .ports = q, .wires = wires}, &d->text);
}
