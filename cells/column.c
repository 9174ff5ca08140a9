/* A column of synapses, bare and drawn. */
#include "cells/column.h"

#include "cells/characterize_int.h"

Status cells_column(const Tech *t, const CellVariant *v, const char *wires, uint32_t threads, CellColumn *bare, CellColumn *drawn)
{
    CharDeck d[4] = {0};
    for (uint32_t i = 0; i < 4; i++) char_column_deck(&d[i], t, v, i & 1, i < 2 ? NULL : wires);
    Status st = char_run(d, 4, threads);
    if (st == ST_OK) {
        char_column_read(d, t, v, bare);
        char_column_read(d + 2, t, v, drawn);
    }
    for (uint32_t i = 0; i < 4; i++) deck_free(&d[i]);
    return st;
}
