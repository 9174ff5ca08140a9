/* tech.lef, cells.lef, design.def: KLayout reads them, and finds the database's cells, counts, places and shapes. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/gen/emit_design.h"
#include "tests/skip.h"

#define ONLY(...) (~(uint32_t)(__VA_ARGS__))
#define BIT(v) (1u << (v))
#define LEFDEF ONLY(BIT(EMIT_TECH_LEF) | BIT(EMIT_CELLS_LEF) | BIT(EMIT_DEF))

static const char *const reader =
    "import pya\n"
    "ly = pya.Layout(); o = pya.LoadLayoutOptions(); c = o.lefdef_config\n"
    "c.read_lef_with_def = False; c.lef_files = ['tech.lef', 'cells.lef']; c.macro_resolution_mode = 1\n"
    "c.net_property_name = 'net'; c.inst_property_name = 'inst'; c.pin_property_name = 'pin'\n"
    "c.produce_net_names = True; c.produce_inst_names = True; c.produce_pin_names = True\n"
    "ly.read('design.def', o)\n"
    "top = [t for t in ly.top_cells() if t.name == 'chip'][0]\n"
    "n = {}\n"
    "for i in top.each_inst():\n"
    "  n[i.cell.name] = n.get(i.cell.name, 0) + 1\n"
    "  print('inst', i.cell.name, i.bbox())\n"
    "for k in sorted(n): print('count', k, n[k])\n"
    "for cell in ly.each_cell():\n"
    "  for li in ly.layer_indexes():\n"
    "    for s in cell.each_shape(li): print('shape', cell.name, ly.get_info(li).name, s.bbox(), s.property('net'), s.property('pin'), s.is_text() and s.text_string)\n";

static void read_back(Small *s, Buf *log)
{
    const char *argv[] = {"klayout", "-b", "-r", "read.py", NULL};
    small_write(s, "read.py", reader);
    int code = small_run(s, argv, log);
    cr_assert(code == 0, "klayout: %d\n%s", code, log->s);
}

Test(emit_lefdef, klayout_reads_what_the_database_holds)
{
    if (!proc_available("klayout")) skip_test("klayout is not installed");
    Small s;
    small_make(&s, 2);
    cr_assert(small_emit(&s, LEFDEF, NULL, NULL) == ST_OK);
    Buf log = {0}, want = {0};
    read_back(&s, &log);
    cr_expect(strstr(log.s, "count ctrl 1\n") && strstr(log.s, "count driver 6\n") && strstr(log.s, "count synapse 48\n"), "%s", log.s);
    cr_expect(strstr(log.s, "count VIA_V3_"), "the via of D[0]");
    /* Element (3,2) of tile (1,0) in the crossbar that stands upside down. */
    Box b = {3000 + 8000 + 3 * 2000 + 8000, 6000 - 3 * 1000, 3000 + 8000 + 4 * 2000 + 8000, 6000 - 2 * 1000};
    buf_printf(&want, "inst synapse (%d,%d;%d,%d)\n", b.x0, b.y0, b.x1, b.y1);
    cr_expect(strstr(log.s, want.s), "%s", want.s);
    cr_expect(strstr(log.s, "shape chip M3 (4000,400;6000,440) D[0]"), "path\n%s", log.s);
    cr_expect(strstr(log.s, "shape chip M4 (5850,300;5985,6000) D[0]"), "rectangle\n%s", log.s);
    cr_expect(strstr(log.s, "shape chip M6 (0,6000;11000,6301) VDD"), "strap\n%s", log.s);
    cr_expect(strstr(log.s, "shape chip M4.PIN (200,0;240,100) None CLK"), "%s", log.s);
    cr_expect(strstr(log.s, "shape synapse M3.PIN (0,600;2000,640) None WL[1]"), "%s", log.s);
    cr_expect(strstr(log.s, "shape synapse M2.OBS (100,100;300,900)"), "%s", log.s);
    cr_expect(!strstr(log.s, "DIFF"), "no layer that LEF does not have");
    buf_free(&log);
    buf_free(&want);
    small_free(&s);
    cr_assert(mem_live() == 0);
}

/* What KLayout does not keep: connectivity. Counted and compared line by line. */
Test(emit_lefdef, nets_and_their_terminals)
{
    Small s;
    small_make(&s, 2);
    cr_assert(small_emit(&s, LEFDEF, NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "design.def");
    /* CLK, D[6]; in the crossbar XP[6], WL[12], COL[8] */
    cr_expect(strstr(b.s, "\nNETS 33 ;\n"), "1 + 6 + 6 + 12 + 8");
    const char *nets = strstr(b.s, "\nNETS ");
    cr_expect(count_of(nets, "\n- ") == 33);
    cr_expect(count_of(nets, "( PIN ") == 1);
    /* terminals: ctrl 1 + 6, drivers 6 · 2, synapses 48 · 4 */
    cr_expect(count_of(nets, " ( ctrl ") == 7 && count_of(nets, " ( x/drv\\[") == 12 && count_of(nets, "/syn\\[") == 192);
    cr_expect(strstr(nets, "\n- CLK ( PIN CLK ) ( ctrl CLK ) + USE CLOCK\n"));
    cr_expect(strstr(nets, "\n- D[3] ( ctrl D[3] ) ( x/drv\\[0\\]\\[3\\] D )\n"), "%s", nets);
    cr_expect(strstr(nets, "( x/t\\[1\\]\\[0\\]/syn\\[3\\]\\[2\\] WL[1] )"));
    const char *col = strstr(nets, "\n- x/COL[5] ");
    cr_assert(col);
    const char *end = strstr(col, ";");
    uint32_t n = 0;
    for (const char *p = col; p < end; p++) n += !strncmp(p, "t\\[1\\]", 6) && strstr(p, "/syn\\[1\\]") < end;
    cr_expect(n == 6, "column 5 is column 1 of the two tiles at the right: %u", n);
    cr_expect(strstr(b.s, "\nSPECIALNETS 2 ;\n- VDD ( PIN VDD ) ( * VDD )\n  + RECT M6 ( 0 6000 ) ( 11000 6301 )\n  + USE POWER ;\n"));
    cr_expect(strstr(b.s, "\nCOMPONENTS 55 ;\n") && strstr(b.s, "\n- x/drv\\[0\\]\\[1\\] driver + PLACED ( 8000 4000 ) FS ;\n"), "%s", b.s);
    cr_expect(strstr(b.s, "\nPINS 3 ;\n- CLK + NET CLK + DIRECTION INPUT + USE CLOCK\n  + PORT + LAYER M4 ( 0 0 ) ( 40 100 ) + PLACED ( 200 0 ) N ;\n"));
    buf_free(&b);
    small_free(&s);
    cr_assert(mem_live() == 0);
}

/* A supply that is not called like its ports, a port left open: neither may vanish in a wildcard. */
Test(emit_lefdef, no_wildcard_where_names_change)
{
    Small s;
    small_make(&s, 1);
    Db *db = &s.db;
    CellId c = db_add_cell(db, "outer", CELL_BLOCK, NULL);
    db_add_port(db, c, "VCC", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, c, "VSS", 1, DIR_INOUT, USE_GROUND);
    InstId i = db_add_inst(db, c, "chip", s.chip, (Pt){0, 0}, ORI_N, 1, 1, 0, 0);
    db_connect_name(db, c, i, "VDD", "VCC", 0, 0, 0);
    db_connect_name(db, c, i, "VSS", "VSS", 0, 0, 0);
    db_cell(db, c)->box = db_cell(db, s.chip)->box;
    db->top = c;
    cr_assert(small_emit(&s, LEFDEF, NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "design.def");
    cr_expect(!strstr(b.s, "( * "));
    const char *vcc = strstr(b.s, "\n- VCC ( PIN VCC )"), *end = vcc ? strstr(vcc, ";") : NULL;
    cr_assert(vcc);
    uint32_t n = 0;
    for (const char *p = vcc; p < end; p++) n += !strncmp(p, " VDD )", 6);
    cr_expect(n == 1 + 3 + 12, "every leaf's VDD: %u", n);
    cr_expect(strstr(b.s, "\n- chip/CLK ( chip/ctrl CLK ) + USE CLOCK\n"), "the open port's net begins inside\n%s", b.s);
    cr_expect(strstr(b.s, "\nNETS 17 ;\n") && count_of(strstr(b.s, "\nNETS "), "\n- ") == 17, "CLK, 3 D, 3 XP, 6 WL, 4 COL");
    buf_free(&b);
    small_free(&s);
}

Test(emit_lefdef, lengths_are_exact)
{
    Small s;
    small_make(&s, 1);
    cr_assert(small_emit(&s, LEFDEF, NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "cells.lef"), t = small_read(&s, "tech.lef");
    cr_expect(strstr(b.s, "  SIZE 2 BY 1 ;\n") && strstr(b.s, "RECT 0 0.4 2 0.44 ;") && strstr(b.s, "RECT 1 0 1.04 1 ;"), "%s", b.s);
    cr_expect(count_of(b.s, "\nMACRO ") == 3);
    cr_expect(count_of(t.s, "\nLAYER ") == count_of(t.s, "\n  TYPE "), "%s", t.s);
    cr_expect(strstr(t.s, "\nLAYER POLY\n  TYPE MASTERSLICE ;\n") && strstr(t.s, "\nVIA V3_default DEFAULT\n"));
    buf_free(&b);
    buf_free(&t);
    small_free(&s);
}

/* 105,000 components: time and memory are printed; the memory must not grow with the flat design. */
Test(emit_lefdef, big_def_streams)
{
    int64_t live[2];
    for (int k = 0; k < 2; k++) {
        Small s;
        EmitResult r;
        small_make(&s, k ? 93 : 12);
        int64_t before = mem_live();
        cr_assert(small_emit(&s, ONLY(BIT(EMIT_DEF)), NULL, &r) == ST_OK);
        live[k] = mem_live() - before;
        if (k)
            fprintf(stderr, "DEF of %llu components: %.1f MB in %.2f s, peak %.0f MB\n",
                    (unsigned long long)db_flat_leaves(&s.db, s.chip), (double)r.file[EMIT_DEF].bytes / 1e6, r.file[EMIT_DEF].seconds,
                    (double)mem_peak_rss() / 1e6);
        small_free(&s);
    }
    cr_expect(live[0] == 0 && live[1] == 0);
}
