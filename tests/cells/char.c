/* Characterisation without its numbers: reading what ngspice prints, failures told by name, the straight line. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

#include "cells/characterize_int.h"
#include "cells/library.h"

Test(characterize, parses_measurements)
{
    CharDeck d = {0};
    char_parse(&d, "\nNote: No compatibility mode selected!\n\nCircuit: * n22 x\n"
                   "Doing analysis at TEMP = 27.000000 and TNOM = 27.000000\n"
                   "t10                 =   2.22178e-08\n"
                   "qin                 =   -2.10326e-15 from=  1.00000e-09 to=  2.09000e-08\n"
                   "pk                  =  7.9e-01 at=  3.0e-09\n"
                   " .meas tran t01 when v(a)=0.1 fall=1 failed!\n"
                   "t01 = failed\nno number =  abc\nv(x) = 3\n= 5\n"
                   "t10                 =   3e-08\nlast = 1.5");
    cr_expect_eq(d.meas.n, 5);
    cr_expect_float_eq(char_get(&d, "t10"), 3e-08, 1e-20, "the last one counts");
    cr_expect_float_eq(char_get(&d, "qin"), -2.10326e-15, 1e-25);
    cr_expect_float_eq(char_get(&d, "pk"), 0.79, 1e-12);
    cr_expect_float_eq(char_get(&d, "last"), 1.5, 1e-12);
    cr_expect(isnan(char_get(&d, "t01")), "a failed measurement is no number");
    cr_expect(isnan(char_get(&d, "TEMP")));
    cr_expect_float_eq(char_getf(&d, "t%d", 10), 3e-08, 1e-20);
    deck_free(&d);
}

Test(characterize, knows_how_it_gave_up)
{
    cr_expect_eq(char_log_state("tran: fine\n"), CHAR_OK);
    cr_expect_eq(char_log_state("doAnalyses: TRAN:  Timestep too small; time = 1e-9\n"), CHAR_DIVERGED);
    cr_expect_eq(char_log_state("Warning: singular matrix:  check nodes a and b\n"), CHAR_DIVERGED);
    cr_expect_eq(char_log_state("could not find a valid modelname\n    Simulation interrupted due to error!\n"), CHAR_FAILED);
}

Test(characterize, line)
{
    double x[] = {0, 1, 2, 3}, y[] = {1, 3, 5, 7}, a, b, rms, err;
    char_line(x, y, 4, &a, &b, &rms, &err);
    cr_expect_float_eq(a, 1, 1e-12);
    cr_expect_float_eq(b, 2, 1e-12);
    cr_expect(rms < 1e-12 && err < 1e-12);
    y[1] += 0.4;
    y[2] -= 0.4;
    char_line(x, y, 4, &a, &b, &rms, &err);
    cr_expect_float_eq(b, 1.92, 1e-12);
    cr_expect_float_eq(rms, sqrt((0.12 * 0.12 + 0.36 * 0.36) / 2), 1e-9, "%g", rms);
}

Test(characterize, deck_text)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellLibrary lib = {0};
    cells_variants(&t, &lib);
    Db db;
    db_init(&db, "test", "n22", t.dbu_m, t.grid);
    CellId c = char_cell(&db, &t, "block_switch", char_variant(&lib, "block_switch", "x1_slvt"), 0);
    CharDeck d = {0};
    deck_begin(&d, &t, 1, "reltol=1e-4", "text");
    cr_expect(strstr(d.text.s, ".include models.sp\n") && !strchr(d.text.s, '/'), "no path in a deck: %s", d.text.s);
    size_t at = d.text.n;
    deck_inst(&d, &db, c, "b", "EN=vdd ENB=0 COL=c", "", NULL);
    const DbCell *cell = db_cell(&db, c);
    Buf want = {0};
    buf_printf(&want, "xb");
    for (uint32_t i = 0; i < cell->n_ports; i++) {
        const char *p = db_name(&db, cell->nets.v[i].name);
        buf_printf(&want, " %s", str_eq(p, "EN") || str_eq(p, "VDD") ? "vdd" : str_eq(p, "ENB") || str_eq(p, "VSS") ? "0" : str_eq(p, "COL") ? "c" :
                   str_eq(p, "VCM") ? "vcm" : str_eq(p, "GCOL") ? "b_gcol" : str_eq(p, "BL") ? "b_bl" : "b_blb");
    }
    buf_printf(&want, "  block_switch\n");
    cr_expect_str_eq(d.text.s + at, want.s);
    buf_free(&want);
    deck_free(&d);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}

static void one_deck(CharDeck *d, const Tech *t, double timeout, const char *name, const char *body)
{
    deck_begin(d, t, timeout, "", "%s", name);
    deck_put(d, "%s", body);
}

/* Time limit, divergence, a wrong deck: each told with the deck's name, the good deck beside them keeps its numbers. */
Test(characterize, failures_by_name)
{
    setenv("APUGEN_CACHE", "", 1);
    if (!proc_available("ngspice")) {
        fprintf(stderr, "skipped: failures by name: no ngspice\n");
        return;
    }
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CharDeck d[4] = {{{0}}};
    one_deck(&d[0], &t, 0.3, "endless deck", "r1 vdd a 1k\nc1 a 0 1p\nvs s 0 sin(0 1 1g)\nr2 s a 1k\n.meas tran v find v(a) at=1n\n.tran 1n 1m\n.end\n");
    one_deck(&d[1], &t, 30, "wrong deck", "x1 vdd 0 0 0 no_such_device w=1u\n.tran 1p 1n\n.end\n");
    one_deck(&d[2], &t, 30, "good deck", "r1 vdd a 1k\nr2 a 0 1k\n.meas tran half find v(a) at=1n\n.tran 10p 1.1n\n.end\n");
    /* no operating point: 0 wants 1, 1 wants 0 */
    one_deck(&d[3], &t, 30, "stuck deck", "b1 a 0 v = v(a) > 0.5 ? 0 : 1\nr1 a 0 1k\n.meas tran v find v(a) at=0.5n\n.tran 1p 1n\n.end\n");
    msg_capture_begin();
    Status st = char_run(d, 4, 2);
    const char *text = msg_capture_end();
    cr_expect_eq(st, ST_LIMIT);
    cr_expect(strstr(text, "endless deck") && strstr(text, "CHR-0001"), "%s", text);
    cr_expect(strstr(text, "wrong deck") && strstr(text, "CHR-0003"), "%s", text);
    cr_expect(strstr(text, "stuck deck: error: ngspice did not converge: ") && strstr(text, "Timestep too small") && strstr(text, "CHR-0002"), "%s", text);
    cr_expect(!strstr(text, "good deck"), "%s", text);
    cr_expect_eq(d[0].state, CHAR_TIMEOUT);
    cr_expect_eq(d[1].state, CHAR_FAILED);
    cr_expect_eq(d[2].state, CHAR_OK);
    cr_expect_eq(d[3].state, CHAR_DIVERGED);
    cr_expect(isnan(char_get(&d[3], "v")));
    cr_expect_float_eq(char_get(&d[2], "half"), t.vdd / 2, 1e-6);
    cr_expect_eq(strlen(d[2].sha256), 64);
    for (int i = 0; i < 4; i++) deck_free(&d[i]);
    tech_free(&t);
}

Test(characterize, unknown_function)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    msg_capture_begin();
    Status st = cells_characterize(&t, "toaster", "/nonexistent/cells.xml", 1, NULL);
    cr_expect_eq(st, ST_USAGE);
    cr_expect(strstr(msg_capture_end(), "CHR-0006"));
    tech_free(&t);
}

/* One function rewritten: its entries are new, with a hash of decks; the others stay byte for byte. */
Test(characterize, keeps_the_others)
{
    setenv("APUGEN_CACHE", "", 1);
    if (!proc_available("ngspice")) {
        fprintf(stderr, "skipped: keeps the others: no ngspice\n");
        return;
    }
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellLibrary lib, after;
    cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
    const char *path = "/tmp/apugen-test-cells.xml";
    for (uint32_t i = 0; i < lib.v.n; i++)
        if (str_eq(lib.v.v[i].function, "block_switch")) lib.v.v[i].data.r_ohm = 1;
    cr_assert_eq(cells_library_write(&lib, &t, path), ST_OK);
    cr_assert_eq(cells_characterize(&t, "block_switch", path, 2, NULL), ST_OK);
    cr_assert_eq(cells_library_read_file(&t, path, &after), ST_OK);
    cr_assert_eq(after.v.n, lib.v.n);
    for (uint32_t i = 0; i < lib.v.n; i++) {
        const CellVariant *a = &lib.v.v[i], *b = &after.v.v[i];
        cr_expect(str_eq(a->function, b->function) && str_eq(a->variant, b->variant));
        if (str_eq(a->function, "block_switch")) {
            cr_expect(b->data.r_ohm > 100 && b->data.r_ohm < 1e4, "%s r %g", b->variant, b->data.r_ohm);
            cr_expect(b->data.c_out > 1e-16 && b->data.c_out < 1e-14);
            cr_expect(str_starts(b->provenance, "decks sha256 ") && strstr(b->provenance, "ngspice-"));
        } else {
            cr_expect(str_eq(a->provenance, b->provenance), "%s %s was touched", b->function, b->variant);
        }
    }
    remove(path);
    cells_library_free(&lib);
    cells_library_free(&after);
    tech_free(&t);
}

/* What was measured once is read back bit for bit; other cards, another simulator or another deck are another measurement. */
Test(characterize, keeps_results)
{
    char dir[] = "/tmp/apugen-test-cache-XXXXXX";
    cr_assert(mkdtemp(dir));
    setenv("APUGEN_CACHE", dir, 1);
    keep_open();
    CharDeck d = {.name = "x"}, e = {.name = "x"};
    sha256_hex("deck", 4, d.sha256);
    memcpy(e.sha256, d.sha256, sizeof e.sha256);
    char_parse(&d, "a = 1.2345678901234567e-15\nb = -3\n");
    cr_expect_not(char_cache_get(&e, "cards", "ngspice-39"), "nothing kept yet");
    char_cache_put(&d, "cards", "ngspice-39");
    cr_expect_not(char_cache_get(&e, "other cards", "ngspice-39"));
    cr_expect_not(char_cache_get(&e, "cards", "ngspice-40"));
    cr_expect(char_cache_get(&e, "cards", "ngspice-39"));
    cr_expect_eq(char_get(&e, "a"), char_get(&d, "a"));
    cr_expect_eq(char_get(&e, "b"), -3);
    e.sha256[0] ^= 1;
    cr_expect_not(char_cache_get(&e, "cards", "ngspice-39"));
    deck_free(&d);
    deck_free(&e);
    const char *rm[] = {"rm", "-r", dir, NULL};
    int code;
    proc_run(rm, "/tmp", NULL, 10, &code);
}
