/*
 * Single cells for simulation: ports of the contract in cells/cells.h, the circuit, no outline. The crossbar's own cells
 * (cells/build.c) have the same ports and the same circuit; a test compares the two.
 */
#include "cells/characterize_int.h"

#include <stdlib.h>

/* NAME or NAME/WIDTH; /N: the converter's bits. */
static const char *const port_table[][2] = {
    {"sram6t", "WL BL BLB Q QB VDD VSS"},
    {"synapse", "XP XN VCM WL/4 VDD VSS COL BL BLB GCOL"},
    {"dummy", "XP XN VCM WL/4 VDD VSS COL BL BLB GCOL"},
    {"row_driver", "D/3 SGN WLIN/4 XP XN VCM WL/4 VDD VSS L/15 EVAL EVALB"},
    {"block_driver", "BSEL EN ENB VCM VDD VSS"},
    {"block_switch", "EN ENB VCM VDD VSS COL GCOL BL BLB"},
    {"col_end", "GCOL BL BLB AIN DIN RST RSTB SELA SELAB SELB SELBB WE WEB VCM VDD VSS"},
    {"col_end_b", "GCOL BL BLB AIN DIN RST RSTB SELA SELAB SELB SELBB WE WEB VCM VDD VSS"},
    {"sar_adc", "AIN/2 DIN/2 VREFP VREFN VCM CLK START VDD VSS D/N DONE"},
    {"ladder", "L/15 EVAL EVALB VCM RST RSTB SELA SELAB SELB SELBB WE WEB VREFP VREFN CLK START VDD VSS EVALIN RSTIN "
               "SELIN/2 WEIN CLKIN STARTIN VREF"},
    {"comparator", "IP IN CLK COMP VDD VSS"},
    {"array", "TOP D/N VREFP VREFN VDD VSS"},
};

static const char *ports_of(const char *function)
{
    for (size_t i = 0; i < COUNTOF(port_table); i++)
        if (str_eq(port_table[i][0], function)) return port_table[i][1];
    assert(!"function without ports");
    abort();
}

static CellId bare_cell(Db *db, const char *name, const char *ports, int32_t n)
{
    CellId c = db_add_cell(db, name, CELL_LEAF, name);
    for (const char *p = ports; *p;) {
        size_t len = strcspn(p, " /");
        char word[32];
        assert(len < sizeof word);
        memcpy(word, p, len);
        word[len] = 0;
        uint32_t width = 1;
        p += len;
        if (*p == '/') {
            width = p[1] == 'N' ? (uint32_t)n : (uint32_t)strtoul(p + 1, NULL, 10);
            p += 1 + strcspn(p + 1, " ");
        }
        db_add_port(db, c, word, width, DIR_INOUT, USE_SIGNAL);
        while (*p == ' ') p++;
    }
    return c;
}

CellId char_cell(Db *db, const Tech *t, const char *function, const CellVariant *v, int32_t n)
{
    CellId c = bare_cell(db, function, ports_of(function), n);
    cells_circuit(db, t, c, function, v, n);
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
    CellId c = bare_cell(db, "comparator", ports_of("comparator"), 0);
    Ckt k = ck_board(db, t, c, v);
    circuit_comparator(&k, ck_port(&k, "IP", 0), ck_port(&k, "IN", 0), ck_port(&k, "CLK", 0), ck_port(&k, "COMP", 0),
                       v->param[2]);
    return c;
}

CellId char_array(Db *db, const Tech *t, const CellVariant *v)
{
    int32_t bits = (int32_t)v->param[0];
    CellId c = bare_cell(db, "array", ports_of("array"), bits);
    Ckt k = ck_board(db, t, c, v);
    Node d[16];
    assert(bits <= 16);
    for (int32_t i = 0; i < bits; i++) d[i] = ck_port(&k, "D", (uint32_t)i);
    circuit_array(&k, bits, v->param[1], ck_port(&k, "TOP", 0), d, ck_port(&k, "VREFP", 0), ck_port(&k, "VREFN", 0));
    return c;
}

void char_levels(CharDeck *d, const Db *db, CellId c)
{
    static const char *const q[] = {"q0", "qb0", "q1", "qb1", "q2", "qb2", "q3", "qb3", NULL};
    circuit_spice_view(db, d->t, c, &(CircuitView){.skip = "bit", .ports = q}, &d->text);
}
