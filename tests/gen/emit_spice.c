/* netlist.sp and netlist_rc.sp: ngspice reads them, and what it computes shows that the right nodes are joined. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/gen/emit_design.h"
#include "tests/skip.h"

#define ONLY(...) (~(uint32_t)(__VA_ARGS__))
#define BIT(v) (1u << (v))

static int ngspice(const Small *s, const char *deck, Buf *log)
{
    const char *argv[] = {"ngspice", "-b", "deck.sp", NULL};
    small_write(s, "deck.sp", deck);
    return small_run(s, argv, log);
}

/* Value printed as "name = 1.0e+00", or NAN text fails. */
static double printed(const char *log, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "%s = ", name);
    const char *p = strstr(log, key);
    cr_assert(p, "no '%s' in\n%s", key, log);
    return strtod(p + strlen(key), NULL);
}

Test(emit_spice, one_subckt_per_cell_arrays_expanded)
{
    Small s;
    small_make(&s, 2);
    cr_assert(small_emit(&s, ONLY(BIT(EMIT_SPICE) | BIT(EMIT_MODELS)), NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "netlist.sp");
    cr_expect(count_of(b.s, "\n.subckt ") == 6 && count_of(b.s, "\n.ends ") == 6);
    cr_expect(count_of(b.s, "\nXsyn[") == 12 && count_of(b.s, "\nXt[") == 4 && count_of(b.s, "\nXdrv[") == 6);
    cr_expect(strstr(b.s, "\nXsyn[3][2] XP[2] WL[4] WL[5] COL[3] VDD VSS synapse\n"), "%s", b.s);
    cr_expect(strstr(b.s, "\nXsw XP WL[1] mid VSS n22n_rvt w=200n l=20n m=1\n"), "%s", b.s);
    cr_expect(strstr(b.s, "\nCc0 mid COL 1e-15\n") && strstr(b.s, "\nRr0 WL[0] VSS 1e+06\n"), "bus bit of a resistor");
    cr_expect(!strstr(b.s, "Rp:"));
    buf_free(&b);
    small_free(&s);
    cr_assert(mem_live() == 0);
}

/* The drivers are inverters: D low gives XP high; a synapse's switch passes it to its middle node when WL[1] is high. */
Test(emit_spice, ngspice_runs_the_netlist)
{
    if (!proc_available("ngspice")) skip_test("ngspice is not installed");
    Small s;
    small_make(&s, 2);
    cr_assert(small_emit(&s, ONLY(BIT(EMIT_SPICE) | BIT(EMIT_MODELS)), NULL, NULL) == ST_OK);
    Buf log = {0};
    int code = ngspice(&s,
                       "* deck\n.include netlist.sp\nX1 d0 d1 d2 d3 d4 d5 vdd 0 xbar\nVdd vdd 0 0.8\n"
                       "V0 d0 0 0\nV1 d1 0 0.8\nV2 d2 0 0\nV3 d3 0 0.8\nV4 d4 0 0\nV5 d5 0 0.8\n"
                       ".control\nop\nlet a = v(\"x1.xp[0]\")\nlet b = v(\"x1.xp[1]\")\nlet f = v(\"x1.xp[5]\")\nprint a b f\nquit\n.endc\n.end\n",
                       &log);
    cr_expect(code == 0, "%s", log.s);
    cr_expect(printed(log.s, "a") > 0.75 && printed(log.s, "b") < 0.05 && printed(log.s, "f") < 0.05, "%s", log.s);
    buf_free(&log);
    small_free(&s);
}

/* Each row is a chain of 20 ohm per synapse: from its driver to the far end 8 · 20 ohm. */
Test(emit_spice, parasitics_stand_between_driver_and_terminals)
{
    Small s;
    small_make(&s, 2);
    small_add_para(&s);
    cr_assert(small_emit(&s, ONLY(BIT(EMIT_SPICE_RC) | BIT(EMIT_MODELS)), NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "netlist_rc.sp");
    cr_expect(count_of(b.s, "\nRp:") == 6 * 8, "%u", count_of(b.s, "\nRp:"));
    cr_expect(count_of(b.s, "\nCp:") == 6 * 8 + 5, "each coupling once: %u", count_of(b.s, "\nCp:"));
    cr_expect(strstr(b.s, "\nXdrv[0][3] D[3] XP[3] VDD VSS driver\n"), "driver at node 0\n%s", b.s);
    /* tile 0 covers nodes 1 … 4, tile 1 nodes 5 … 8: their middle ones are 2 and 6 */
    cr_expect(strstr(b.s, "\nXt[0][1] XP[3]:2 XP[4]:2 XP[5]:2 "), "%s", b.s);
    cr_expect(strstr(b.s, "\nXt[1][1] XP[3]:6 XP[4]:6 XP[5]:6 "), "%s", b.s);
    cr_expect(strstr(b.s, "\nRp:XP[0]:7 XP[0]:7 XP[0]:8 20\n"));
    cr_expect(strstr(b.s, "\nCp:XP[0]:0 XP[0]:1 0 5e-16\n"));
    cr_expect(strstr(b.s, "XP[0]:2 XP[1]:2 1.25e-16\n") && !strstr(b.s, "XP[1]:2 XP[0]:2 1.25e-16\n"));
    buf_free(&b);
    if (!proc_available("ngspice")) skip_test("ngspice is not installed");
    Buf log = {0};
    int code = ngspice(&s,
                       "* deck\n.include netlist_rc.sp\nX1 d0 d1 d2 d3 d4 d5 vdd 0 xbar\nVdd vdd 0 0.8\n"
                       "V0 d0 0 0\nV1 d1 0 0.8\nV2 d2 0 0\nV3 d3 0 0.8\nV4 d4 0 0\nV5 d5 0 0.8\nI1 x1.xp[0]:8 0 1u\n"
                       ".control\nop\nlet dv = v(\"x1.xp[0]\") - v(\"x1.xp[0]:8\")\nprint dv\nquit\n.endc\n.end\n",
                       &log);
    cr_expect(code == 0, "%s", log.s);
    double dv = printed(log.s, "dv");
    cr_expect(dv > 157e-6 && dv < 164e-6, "1 uA through 160 ohm: %g", dv);
    buf_free(&log);
    small_free(&s);
}

Test(emit_spice, nodes_by_place)
{
    Small s;
    small_make(&s, 1);
    Db *db = &s.db;
    NetId xp = db_find_net(db, s.xbar, "XP");
    /* Three nodes: far right, left, under synapse 1 (x 5000 … 7000). */
    static Box at[3] = {{11000, 400, 11001, 440}, {0, 400, 1, 440}, {6000, 400, 6001, 440}};
    ParaNet p = {.cell = s.xbar, .net = xp, .bit = 0, .n_nodes = 3, .n_res = 2, .node_at = at};
    arr_push(&db->para_res, ((ParaRes){0, 2, 5}));
    arr_push(&db->para_res, ((ParaRes){2, 1, 5}));
    arr_push(&db->para, p);
    cr_assert(small_emit(&s, ONLY(BIT(EMIT_SPICE_RC)), NULL, NULL) == ST_OK);
    Buf b = small_read(&s, "netlist_rc.sp");
    cr_expect(strstr(b.s, "\nXdrv[0][0] D[0] XP[0]:1 VDD VSS driver\n"), "%s", b.s);
    cr_expect(strstr(b.s, "\nXt XP[0]:2 XP[1] XP[2] "), "%s", b.s);
    buf_free(&b);
    small_free(&s);
}

Test(emit_spice, names_are_refused)
{
    static const struct { const char *name, *id; } bad[] = {{"a.b", "EMIT-0001"}, {"9a", "EMIT-0001"}, {"Gnd", "EMIT-0001"}, {"xP", "EMIT-0002"}};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        Small s;
        small_make(&s, 1);
        db_add_net(&s.db, s.xbar, bad[i].name, 1, USE_SIGNAL);
        msg_capture_begin();
        Status st = small_emit(&s, 0, NULL, NULL);
        const char *m = msg_capture_end();
        cr_expect(st == ST_INPUT && strstr(m, bad[i].id) && strstr(m, "xbar"), "%s: %s", bad[i].name, m);
        small_free(&s);
    }
}
