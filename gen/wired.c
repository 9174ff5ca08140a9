/* Wires inside drawn cells. */
#include "gen/wired.h"

#include "cells/draw.h"
#include "gen/sized.h"
#include "route/extract_leaf.h"

/* The drawn cell that has a function's wires; NULL: none is looked at. */
static const char *cell_of(const char *function)
{
    static const char *const of[] = {"row_driver", "block_switch", "col_end", "sar_adc", "synapse_i", "pulse_driver", "col_end_i", "sar_adc_i", "ladder", "bias_i"};
    if (str_eq(function, "pulse_gen")) return "base_i"; /* in the crossbar it has no cell of its own; nets keep their names */
    for (size_t i = 0; i < COUNTOF(of); i++)
        if (str_eq(of[i], function)) return of[i];
    return NULL;
}

static const char *name_of(const Db *db, CellId c, LeafNode n, Arena *a)
{
    if (n.net.i == NET_NONE.i) return "";
    const DbNet *net = &db->cells.v[c.i].nets.v[n.net.i];
    const char *name = db_name(db, net->name);
    return net->width > 1 ? arena_printf(a, "%s[%u]", name, n.bit) : arena_printf(a, "%s", name);
}

static Status draw(Db *db, const Tech *t, const CellLibrary *lib, const CellVariant *v, CellId *c)
{
    DrawStats stats;
    CellId tap;
    if (!str_eq(v->function, "gate")) return draw_variant(db, t, lib, v, cell_of(v->function), c, &stats, &tap);
    *c = draw_row_circuit(db, t, v->variant);
    return draw_cell(db, t, *c, &stats);
}

Status wired_cell(const Tech *t, const CellLibrary *lib, const CellVariant *v, CellWires *out)
{
    bool gate = str_eq(v->function, "gate");
    if ((!cell_of(v->function) && !gate) || draw_ready(t, false) != ST_OK || (!gate && draw_refuses(t, v))) return ST_OK;
    Db db;
    CellId c;
    tech_db_init(t, &db, "wired");
    Status st = draw(&db, t, lib, v, &c);
    if (st == ST_OK) {
        LeafCaps caps;
        sized_cell(&db, t, c);
        extract_leaf(&db, t, c, &caps);
        for (uint32_t i = 0; i < caps.v.n; i++) {
            const LeafCap *x = &caps.v.v[i];
            arr_push(&out->v, ((CellWire){name_of(&db, c, x->a, &out->arena), name_of(&db, c, x->b, &out->arena), x->farad + x->plates}));
        }
        leaf_caps_free(&caps);
    }
    db_free(&db);
    return st;
}
