/* Sizing by extraction: a bit that cannot have its capacitance is told once, by name, in the order of cells. */
#include <criterion/criterion.h>
#include <string.h>

#include "cells/circuit.h"
#include "cells/draw.h"
#include "cells/physical.h"
#include "gen/sized.h"

Test(sized, a_capacitor_that_is_cut_is_told_in_order, .timeout = 120)
{
    Tech t;
    Db db;
    CellLibrary lib = {0};
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cells_variants(&t, &lib);
    tech_db_init(&t, &db, "sized");
    DrawJob job[4];
    DrawSet set;
    cr_assert_eq(draw_make(&db, &t, &lib, &lib.v.v[0], &lib.v.v[0], &set), ST_OK);
    job[0] = (DrawJob){.cell = set.cell[0]};
    for (int i = 1; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof name, "again%d", i);
        job[i] = (DrawJob){.cell = cells_abstract(&db, &t, &set.pitch, "synapse", &lib.v.v[0], name)};
    }
    draw_cells(&db, &t, job, 4, 2);
    for (int i = 0; i < 4; i++) cr_assert_eq(job[i].status, ST_OK);
    for (int i = 1; i < 4; i += 2) /* three times what the fingers of two of them can have */
        for (uint32_t k = 0; k < db_cell(&db, job[i].cell)->devices.n; k++)
            if (db_cell(&db, job[i].cell)->devices.v[k].kind == DEV_CAP) db_cell(&db, job[i].cell)->devices.v[k].value *= 3;
    msg_capture_begin();
    sized_drawn(&db, &t, job, 4, 2);
    const char *text = msg_capture_end(), *first = strstr(text, "again1"), *second = strstr(text, "again3");
    cr_expect(first && second && first < second, "%s", text);
    cr_expect(strstr(text, "DRAW-0007") && !strstr(text, "again2") && !strstr(text, "synapse_"), "%s", text);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}
