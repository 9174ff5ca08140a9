/* layout.svg, report.html, design.spef: well-formed, complete, escaped. */
#include <criterion/criterion.h>

#include "tests/gen/emit_design.h"

#define ONLY(...) (~(uint32_t)(__VA_ARGS__))
#define BIT(v) (1u << (v))

Test(emit_pages, svg_is_xml_with_every_array_once)
{
    Small s;
    small_make(&s, 2);
    cr_assert(small_emit(&s, ONLY(BIT(EMIT_SVG)), NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "layout.svg"), log = {0};
    cr_expect(count_of(b.s, "class=\"array ") == 2 && count_of(b.s, "class=\"block\"") == 1, "%s", b.s);
    cr_expect(count_of(b.s, "class=\"wire m3\" x") == 1 && count_of(b.s, "class=\"wire m4\" x") == 1);
    cr_expect(strstr(b.s, "<title>t: 2 x 2 tile</title>") && strstr(b.s, ">row_driver, 6</text>") && strstr(b.s, "µm</text>"));
    /* 27 um are 1000 pixels: 5 um the longest bar that fits a fifth; the drivers stand from 8 um on */
    cr_expect(strstr(b.s, ">5 µm<") && strstr(b.s, "x=\"296.296\" y=\"37.037\" width=\"111.111\" height=\"222.222\""), "%s", b.s);
    if (proc_available("xmllint")) {
        const char *argv[] = {"xmllint", "--noout", "layout.svg", NULL};
        cr_expect(small_run(&s, argv, &log) == 0 && (!log.s || !*log.s), "%s", log.s);
    } else {
        fprintf(stderr, "skipped: xmllint is not installed\n");
    }
    buf_free(&b);
    buf_free(&log);
    small_free(&s);
    cr_assert(mem_live() == 0);
}

/* Nodes in three tiles, two of them in one; colours and marks by hand: the die is 27 um wide, a tile 270 nm + 1. */
Test(emit_pages, map_of_drops_shows_the_worst_node_of_a_tile)
{
    Small s;
    small_make(&s, 2);
    PowerReport p = {.ir_drop_v = 8e-3, .ir_drop_rel = 0.01, .wire = {"M7", 1000, 2000, 1, 40e-6, 80e-6, 160e-6, 0.5}, .via = {"V6", 5000, 2000, 0, 2e-6, 0, 0, 0}};
    static const PowerNode nodes[] = {{1000, 2000, 0, 1e-3}, {1001, 2001, 1, 2.5e-3}, {9000, 3000, 0, 8e-3}, {20000, 3000, 1, 0}};
    for (size_t i = 0; i < COUNTOF(nodes); i++) arr_push(&p.nodes, nodes[i]);
    p.worst[p.n_worst++] = nodes[2];
    EmitOptions opt = {.power = &p, .skip = ONLY(BIT(EMIT_POWER))};
    snprintf(s.dir, sizeof s.dir, "/tmp/apugen_emit_XXXXXX");
    cr_assert(mkdtemp(s.dir));
    cr_assert(emit_views(&s.db, &s.tech, NULL, s.dir, &opt, NULL) == ST_OK);
    Buf b = small_read(&s, "power.svg"), log = {0};
    cr_expect_eq(count_of(b.s, "<circle class=\"d"), 3 + 2, "three tiles, the worst node's mark and its legend: %s", b.s);
    cr_expect(strstr(b.s, "<title>VSS (1.001, 2.001) um: 2.5 mV</title>") && !strstr(b.s, "VDD (1.000, 2.000)") && !strstr(b.s, "VDD (1, 2)"), "%s", b.s);
    cr_expect(strstr(b.s, "<circle class=\"d9\" cx=\"333.333\"") && strstr(b.s, "<circle class=\"d3\" cx=\"37.074\"") && strstr(b.s, "<circle class=\"d0\""), "%s", b.s);
    cr_expect(strstr(b.s, "worst node: 8 mV, 1 % of VDD") && strstr(b.s, "7.2 – 8 mV") && strstr(b.s, "50 % of 80 µA, its limit at 125 °C"), "%s", b.s);
    cr_expect(strstr(b.s, "worst cut: V6, VDD, 2 µA") && count_of(b.s, "its limit at") == 1, "a cut without a limit has none: %s", b.s);
    if (proc_available("xmllint")) {
        const char *argv[] = {"xmllint", "--noout", "power.svg", NULL};
        cr_expect(small_run(&s, argv, &log) == 0 && (!log.s || !*log.s), "%s", log.s);
    } else {
        fprintf(stderr, "skipped: xmllint is not installed\n");
    }
    buf_free(&b);
    buf_free(&log);
    power_report_free(&p);
    small_free(&s);
    cr_assert(mem_live() == 0);
}

Test(emit_pages, report_is_html_and_escaped)
{
    Small s;
    small_make(&s, 1);
    static const ReportFigure figures[] = {{"Accuracy", "94.5 %", "of <200> samples", REPORT_GOOD}, {"DRC", "0", NULL, REPORT_BAD}};
    static const char *const head[] = {"Stage", "Seconds"}, *const cells[] = {"map & pack", "1.5", "route", "2"};
    static const ReportMark marks[] = {REPORT_PLAIN, REPORT_WARN};
    const ReportTable table = {"Time", "A \"quoted\" text.", 2, 2, head, cells, marks, 1u << 1};
    const EmitReport report = {"small in n22", NULL, figures, 2, &table, 1};
    snprintf(s.dir, sizeof s.dir, "/tmp/apugen_emit_XXXXXX");
    cr_assert(mkdtemp(s.dir));
    EmitOptions opt = {.report = &report, .skip = ONLY(BIT(EMIT_HTML))};
    cr_assert(emit_views(&s.db, &s.tech, NULL, s.dir, &opt, NULL) == ST_OK);
    Buf b = small_read(&s, "report.html"), log = {0};
    cr_expect(strstr(b.s, "<div class=\"figure good\">Accuracy<b>94.5 %</b><small>of &lt;200&gt; samples</small></div>"), "%s", b.s);
    cr_expect(strstr(b.s, "<tr class=\"warn\"><td>route</td><td class=\"n\">2</td></tr>"));
    cr_expect(strstr(b.s, "<td>map &amp; pack</td>") && strstr(b.s, "A &quot;quoted&quot; text."));
    cr_expect(strstr(b.s, "\n<svg xmlns="), "the picture is inside, not escaped");
    cr_expect(!strstr(b.s, "src=") && !strstr(b.s, "<link"), "nothing is loaded from elsewhere");
    if (proc_available("xmllint")) {
        const char *argv[] = {"xmllint", "--noout", "--html", "report.html", NULL};
        int code = small_run(&s, argv, &log);
        /* The HTML 4 parser of libxml2 does not know the elements main, nav and those of SVG. */
        for (char *p = log.s, *q; p && (q = strstr(p, " error : ")); p = q + 1)
            cr_expect(strstr(q, "Tag ") == q + 9 && strstr(q, " invalid"), "%.80s", q);
        cr_expect(code == 0 || strstr(log.s, "invalid"), "%s", log.s);
    } else {
        fprintf(stderr, "skipped: xmllint is not installed\n");
    }
    buf_free(&b);
    buf_free(&log);
    small_free(&s);
    cr_assert(mem_live() == 0);
}

Test(emit_pages, own_templates_come_first)
{
    Small s;
    small_make(&s, 1);
    char dir[] = "/tmp/apugen_own_XXXXXX", path[64];
    cr_assert(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/netlist.sp.tpl", dir);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    fputs("mine: {{top}}{{#cells}} {{name}}{{/cells}}\n", f);
    fclose(f);
    cr_assert(small_emit(&s, ONLY(BIT(EMIT_SPICE) | BIT(EMIT_TECH_LEF)), dir, NULL) == ST_OK);
    Buf b = small_read(&s, "netlist.sp");
    cr_expect_str_eq(b.s, "mine: chip synapse driver ctrl tile xbar chip\n");
    buf_free(&b);
    b = small_read(&s, "tech.lef"); /* the others are the built-in ones */
    buf_free(&b);
    f = fopen(path, "w");
    cr_assert(f);
    fputs("{{#cells}}{{nmae}}{{/cells}}\n", f);
    fclose(f);
    EmitOptions opt = {.templates = dir, .skip = ONLY(BIT(EMIT_SPICE))};
    msg_capture_begin();
    cr_expect(emit_views(&s.db, &s.tech, NULL, s.dir, &opt, NULL) == ST_INPUT);
    const char *m = msg_capture_end();
    cr_expect(strstr(m, "netlist.sp.tpl:1:11: ") && strstr(m, "nmae") && strstr(m, "TPL-0007"), "%s", m);
    b = small_read(&s, "netlist.sp");
    cr_expect(str_eq(b.s, "mine: chip synapse driver ctrl tile xbar chip\n"), "the earlier file is untouched");
    buf_free(&b);
    remove(path);
    remove(dir);
    small_free(&s);
    cr_assert(mem_live() == 0);
}

/* SPEF: sums, name map, every terminal on its node; couplings name the other net. */
Test(emit_pages, spef_of_the_row_wires)
{
    Small s;
    small_make(&s, 2);
    small_add_para(&s);
    cr_assert(small_emit(&s, ONLY(BIT(EMIT_SPEF)), NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "design.spef");
    cr_expect(count_of(b.s, "\n*D_NET ") == 6 && count_of(b.s, "\n*END\n") == 6, "%s", b.s);
    /* CLK 1, D 2 … 7, then the crossbar's XP 8 … 13 */
    cr_expect(strstr(b.s, "\n*NAME_MAP\n*1 CLK\n*2 D[0]\n") && strstr(b.s, "\n*8 x/XP[0]\n*9 x/XP[1]\n"));
    cr_expect(strstr(b.s, "\n*D_NET *8 4.125\n") && strstr(b.s, "\n*D_NET *9 4.25\n"), "8 · 0.5 fF and the couplings\n%s", b.s);
    const char *net = strstr(b.s, "\n*D_NET *9 ");
    cr_assert(net);
    cr_expect(strstr(net, "\n*I x/drv\\[0\\]\\[1\\]:XP O *D driver\n") && strstr(net, "\n9 *9:3 *8:3 0.125\n") && strstr(net, "\n10 *9:3 *10:3 0.125\n"));
    cr_expect(strstr(net, "\n1 *9:1 *9:2 20\n") && strstr(net, " *9:1 x/drv\\[0\\]\\[1\\]:XP 0.001\n"));
    cr_expect(strstr(net, " *9:9 x/t\\[1\\]\\[0\\]/syn\\[3\\]\\[1\\]:XP 0.001\n"), "the last synapse is at the last node");
    cr_expect(strstr(net, " *9:2 x/t\\[0\\]\\[0\\]/syn\\[0\\]\\[1\\]:XP 0.001\n"), "the first at node 1");
    buf_free(&b);
    small_free(&s);
    cr_assert(mem_live() == 0);
}
