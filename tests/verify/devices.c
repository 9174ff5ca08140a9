/* Transistors recognised in drawn cells and compared with their netlist: what is drawn matches, what is changed is found and named. */
#include <criterion/criterion.h>

#include "cells/draw.h"
#include "verify/verify_layout.h"

static const char *const techs[] = {"n22", "n28", "sky130"};

typedef struct {
    Tech t;
    Db db;
    CellId c;
} Cell;

static bool cell_make(Cell *x, const char *tech, const char *name, bool taps)
{
    *x = (Cell){0};
    DrawStats s;
    cr_assert_eq(tech_read(tech, &x->t), ST_OK);
    tech_db_init(&x->t, &x->db, "cells");
    return draw_row_cell(&x->db, &x->t, name, &(DrawSpec){.rows = 1, .taps = taps, .levels = 4}, &x->c, &s) == ST_OK;
}

static void cell_free(Cell *x)
{
    db_free(&x->db);
    tech_free(&x->t);
}

/* Number of differences; the text of the first is kept if wanted. */
static uint64_t differences(const Cell *x, char *text, size_t n)
{
    LvsDevices d;
    Status st = lvs_devices(&x->db, x->c, &x->db, x->c, &x->t, &d);
    cr_assert_eq(st, d.n_diff ? ST_VIOLATION : ST_OK);
    if (text) snprintf(text, n, "%s", d.text.s ? d.text.s : "");
    uint64_t diff = d.n_diff;
    lvs_devices_free(&d);
    return diff;
}

Test(devices, row_cells_match_their_netlists, .timeout = 300)
{
    for (size_t k = 0; k < COUNTOF(techs); k++)
        for (const char *const *name = draw_row_cells; *name; name++)
            for (int taps = 0; taps < 2; taps++) {
                Cell x;
                char text[1000];
                if (cell_make(&x, techs[k], *name, taps))
                    cr_expect_eq(differences(&x, text, sizeof text), 0, "%s %s:\n%s", techs[k], *name, text);
                cell_free(&x);
            }
    cr_assert_eq(mem_live(), 0);
}
