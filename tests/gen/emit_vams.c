/*
 * design.vams and its testbench run in Icarus and agree with integer arithmetic, on real crossbars with cut tiles; a wrong connection
 * must be found. electrical.vams is parsed by admsXml.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "cells/circuit.h"
#include "gen/xbar.h"
#include "tests/gen/emit_design.h"
#include "tests/skip.h"

#define ONLY(...) (~(uint32_t)(__VA_ARGS__))
#define BIT(v) (1u << (v))
#define VAMS ONLY(BIT(EMIT_VAMS) | BIT(EMIT_VAMS_TB) | BIT(EMIT_ELECTRICAL))

static const CellVariant *first(const CellLibrary *lib, const char *function)
{
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, function)) return &lib->v.v[i];
    cr_assert(false, "no variant of %s", function);
    return NULL;
}

/* One crossbar of the cells of n22 as the top. */
static void make(Small *s, int32_t rows, int32_t cols)
{
    memset(s, 0, sizeof *s);
    cr_assert(tech_read("n22", &s->tech) == ST_OK);
    tech_db_init(&s->tech, &s->db, "small");
    CellLibrary lib = {0};
    cells_variants(&s->tech, &lib);
    CellChoice c = {first(&lib, "synapse"), first(&lib, "row_driver"), first(&lib, "block_switch"),
                    first(&lib, "col_end"), first(&lib, "sar_adc"), first(&lib, "ladder")};
    CellSet set;
    cr_assert(cells_build(&s->db, &s->tech, &c, &set) == ST_OK);
    PlanCore core = {.name = "c", .rows = rows, .cols = cols, .block_rows = 16, .block_cols = 4, .cols_per_adc = 2};
    s->db.top = s->xbar = xbar_build(&s->db, &set, &core, (uint32_t)set.pitch.adc_bits, "xbar");
    cells_library_free(&lib);
}

static bool simulate(Small *s, Buf *log)
{
    const char *build[] = {"iverilog", "-gverilog-ams", "-o", "tb.vvp", "design.vams", "tb_design.vams", NULL};
    const char *run[] = {"vvp", "tb.vvp", NULL};
    int code = small_run(s, build, log);
    cr_expect(code == 0, "%s", log->s);
    return code == 0 && small_run(s, run, log) == 0;
}

Test(emit_vams, every_code_is_the_integer_sum)
{
    if (!proc_available("iverilog")) skip_test("iverilog is not installed");
    static const int32_t size[][2] = {{16, 4}, {40, 7}, {128, 16}};
    for (size_t k = 0; k < COUNTOF(size); k++) {
        Small s;
        make(&s, size[k][0], size[k][1]);
        cr_assert(small_emit(&s, VAMS, NULL, NULL) == ST_OK);
        Buf log = {0};
        double t0 = clock_seconds();
        cr_expect(simulate(&s, &log));
        char want[64];
        int32_t blocks = (size[k][0] + 15) / 16, n = (size[k][1] + 1) / 2 * 2 * (2 + blocks);
        snprintf(want, sizeof want, "PASS xbar: %d of %d codes\n", n, n);
        cr_expect(strstr(log.s, want), "%s", log.s);
        fprintf(stderr, "%d x %d crossbar, %d codes: %.2f s\n", size[k][0], size[k][1], n, clock_seconds() - t0);
        buf_free(&log);
        small_free(&s);
    }
}

/* Two blocks' enables exchanged: the netlist says so, the model follows it, the testbench finds it. */
Test(emit_vams, a_wrong_connection_is_found)
{
    if (!proc_available("iverilog")) skip_test("iverilog is not installed");
    Small s;
    make(&s, 32, 4);
    DbCell *c = db_cell(&s.db, s.xbar);
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const char *f = db_name(&s.db, db_cell(&s.db, c->insts.v[i].master)->function);
        if (!str_eq(f, "tile")) continue;
        NetId en = db_find_net(&s.db, c->insts.v[i].master, "XP");
        NetRef *r = &c->conns.v[c->insts.v[i].conn0 + en.i];
        cr_assert(r->sy == 16);
        r->base = 16; /* rows of the two tiles exchanged */
        r->sy = -16;
    }
    cr_assert(small_emit(&s, VAMS, NULL, NULL) == ST_OK);
    Buf log = {0};
    cr_expect(simulate(&s, &log));
    cr_expect(strstr(log.s, "FAIL xbar") && !strstr(log.s, "PASS"), "%s", log.s);
    buf_free(&log);
    small_free(&s);
}

Test(emit_vams, admsxml_parses_the_electrical_view)
{
    if (!proc_available("admsXml")) skip_test("admsXml is not installed");
    Small s;
    make(&s, 16, 4);
    cr_assert(small_emit(&s, VAMS, NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "electrical.vams"), log = {0};
    cr_expect(count_of(b.s, "\nmodule ") >= 6 && count_of(b.s, "\nmodule ") == count_of(b.s, "\nendmodule"));
    const char *argv[] = {"admsXml", "electrical.vams", NULL};
    int code = small_run(&s, argv, &log);
    cr_expect(code == 0 && !strstr(log.s, "[error") && !strstr(log.s, "[fatal"), "%s", log.s);
    buf_free(&b);
    buf_free(&log);
    small_free(&s);
}
