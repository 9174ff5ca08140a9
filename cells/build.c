/*
 * The leaf cells of one crossbar in the database: ports, outline, devices, pins of each.
 */
#include "cells/circuit.h"
#include "cells/physical.h"

CellId cells_abstract(Db *db, const Tech *t, const CellPitch *p, const char *function, const CellVariant *v, const char *name)
{
    CellId c = db_add_cell(db, name, CELL_LEAF, function);
    int32_t bits = v ? circuit_size(v) : 0;
    cells_ports(db, c, function, bits);
    db_cell(db, c)->box = cells_outline(p, function);
    cells_circuit(db, t, c, function, v, bits);
    cells_pins(db, t, c, function, p);
    return c;
}

static CellId make(Db *db, const Tech *t, const CellPitch *p, const char *function, const CellVariant *v)
{
    return cells_abstract(db, t, p, function, v, function);
}

bool cells_of_current(const CellSet *s) { return s->block_switch.i == CELL_NONE.i; }

static void build_current(Db *db, const Tech *t, const CellChoice *c, CellSet *out)
{
    const CellPitch *p = &out->pitch;
    CellVariant base = cells_base_variant(c);
    out->synapse = make(db, t, p, "synapse_i", c->synapse);
    out->dummy = make(db, t, p, "dummy_i", c->synapse);
    out->tap = make(db, t, p, "tap_i", c->synapse);
    out->row_driver = make(db, t, p, "pulse_driver", c->row_driver);
    out->block_driver = out->block_switch = out->tap_switch = CELL_NONE;
    out->col_end_a = make(db, t, p, "col_end_ia", c->col_end);
    out->col_end_b = make(db, t, p, "col_end_ib", c->col_end);
    out->tap_end = make(db, t, p, "tap_end_i", NULL);
    out->sar_adc = make(db, t, p, "sar_adc_i", c->sar_adc);
    out->tap_adc = make(db, t, p, "tap_adc_i", NULL);
    out->ladder = make(db, t, p, "base_i", &base);
}

Status cells_build(Db *db, const Tech *t, const CellChoice *c, CellSet *out)
{
    memset(out, 0, sizeof *out);
    TRY(cells_pitch(t, c, &out->pitch));
    if (c->bias) {
        build_current(db, t, c, out);
        return ST_OK;
    }
    const CellPitch *p = &out->pitch;
    out->synapse = make(db, t, p, "synapse", c->synapse);
    out->dummy = make(db, t, p, "dummy", c->synapse);
    out->tap = make(db, t, p, "tap", c->synapse);
    out->row_driver = make(db, t, p, "row_driver", c->row_driver);
    out->block_driver = make(db, t, p, "block_driver", c->block_switch);
    out->block_switch = make(db, t, p, "block_switch", c->block_switch);
    out->tap_switch = make(db, t, p, "tap_switch", NULL);
    out->col_end_a = make(db, t, p, "col_end_a", c->col_end);
    out->col_end_b = make(db, t, p, "col_end_b", c->col_end);
    out->tap_end = make(db, t, p, "tap_end", NULL);
    out->sar_adc = make(db, t, p, "sar_adc", c->sar_adc);
    out->tap_adc = make(db, t, p, "tap_adc", NULL);
    out->ladder = make(db, t, p, "ladder", c->ladder);
    return ST_OK;
}

CellId cells_filler(Db *db, const Tech *t, int32_t w, int32_t h)
{
    char name[48];
    snprintf(name, sizeof name, "filler_%dx%d", w, h);
    CellId c = db_find_cell(db, name);
    if (c.i != CELL_NONE.i) return c;
    c = db_add_cell(db, name, CELL_LEAF, "filler");
    cells_ports(db, c, "filler", 0);
    db_cell(db, c)->box = (Box){0, 0, w, h};
    CellPitch none = {0};
    cells_pins(db, t, c, "filler", &none);
    return c;
}
