/* Wires of drawn cells in the circuits that are simulated: which are added, where, and that they are no capacitors of the circuit. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "cells/characterize_int.h"
#include "cells/library.h"

static CellVariant variant_of(const Tech *t, CellLibrary *lib, const char *function, const char *name)
{
    *lib = (CellLibrary){0};
    cells_variants(t, lib);
    return *char_variant(lib, function, name);
}

static double between(const Db *db, CellId c, const char *a, const char *b)
{
    const DbCell *x = &db->cells.v[c.i];
    double f = 0;
    for (uint32_t i = 0; i < x->devices.n; i++) {
        const DbDevice *d = &x->devices.v[i];
        if (d->kind != DEV_CAP) continue;
        const char *p = db_name(db, x->nets.v[d->t[0].net.i].name), *q = db_name(db, x->nets.v[d->t[1].net.i].name);
        if ((str_eq(p, a) && str_eq(q, b)) || (str_eq(p, b) && str_eq(q, a))) f += d->value;
    }
    return f;
}

static void put(CellWires *w, const char *a, const char *b, double farad) { arr_push(&w->v, ((CellWire){a, b, farad})); }

static CellId made(Db *db, const Tech *t, const CellVariant *v, bool comparator)
{
    db_init(db, "wires", t->name, t->dbu_m, t->grid);
    return comparator ? char_comparator(db, t, v) : char_cell(db, t, v->function, v, (int32_t)v->param[0]);
}

/* Inner nets', with the substrate at VSS; between pins nothing; a drawn capacitor replaces the circuit's, whichever pieces it comes in. */
Test(wires, stand_beside_the_circuit)
{
    Tech t;
    CellLibrary lib;
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellVariant v = variant_of(&t, &lib, "sar_adc", "b6");
    CellWires w = {0};
    put(&w, "cmp_op", "", 1e-15);
    put(&w, "D[3]", "top", 2e-15);
    put(&w, "CLK", "START", 5e-15);
    put(&w, "CLK", "", 5e-15);
    put(&w, "bot0", "top", 1.9e-15);
    put(&w, "bot0", "top", 0.2e-15);
    v.wires = &w;
    CellId c = made(&db, &t, &v, false);
    cr_expect_float_eq(between(&db, c, "cmp_op", "VSS"), 1e-15, 1e-21);
    cr_expect_float_eq(between(&db, c, "D", "top"), 2e-15, 1e-21);
    cr_expect_eq(between(&db, c, "CLK", "START"), 0);
    cr_expect_eq(between(&db, c, "CLK", "VSS"), 0);
    cr_expect_float_eq(between(&db, c, "bot0", "top"), 2.1e-15, 1e-21, "bot0 %g", between(&db, c, "bot0", "top"));
    cr_expect_float_eq(between(&db, c, "bot1", "top"), 0, 1e-21, "bit 1 was not drawn");
    db_free(&db);
    v.wires = NULL;
    c = made(&db, &t, &v, false);
    cr_expect_float_eq(between(&db, c, "bot1", "top"), 2 * v.param[1], 1e-21);
    db_free(&db);
    arr_free(&w.v);
    cells_library_free(&lib);
    tech_free(&t);
}

/* Of a column end of the current family the plates between its pins are its capacitor as drawn; what else stands between pins is not its own. */
Test(wires, plates_between_pins_count)
{
    Tech t;
    CellLibrary lib;
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellVariant v = variant_of(&t, &lib, "col_end_i", "c250f");
    CellWires w = {0};
    put(&w, "BLP", "VSS", 300e-15);
    put(&w, "BLP", "BLN", 4e-15);
    put(&w, "BLN", "dinb", 1e-15);
    v.wires = &w;
    CellId c = made(&db, &t, &v, false);
    cr_expect_float_eq(between(&db, c, "BLP", "VSS"), 300e-15, 1e-21);
    cr_expect_float_eq(between(&db, c, "BLN", "VSS"), 0, 1e-21, "not drawn");
    cr_expect_eq(between(&db, c, "BLP", "BLN"), 0);
    cr_expect_float_eq(between(&db, c, "BLN", "dinb"), 1e-15, 1e-21);
    db_free(&db);
    arr_free(&w.v);
    cells_library_free(&lib);
    tech_free(&t);
}

/* A comparator's wires are even on both sides, and have no mismatch. */
Test(wires, of_a_comparator_are_even)
{
    Tech t;
    CellLibrary lib;
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellVariant v = variant_of(&t, &lib, "sar_adc", "b10");
    CellWires w = {0};
    put(&w, "cmp_op", "cmp_xn", 4e-15);
    put(&w, "in", "bot3", 3e-15); /* bot3 is not in the comparator: it stands still */
    put(&w, "bot3", "top", 7e-15);
    put(&w, "cmp_a", "cmp_tail", 6e-15); /* what holds the last decision does not move the next */
    v.wires = &w;
    CellId c = made(&db, &t, &v, true);
    cr_expect_float_eq(between(&db, c, "cmp_op", "cmp_xn"), 2e-15, 1e-21);
    cr_expect_float_eq(between(&db, c, "cmp_on", "cmp_xp"), 2e-15, 1e-21);
    cr_expect_eq(between(&db, c, "cmp_a", "cmp_tail"), 0);
    cr_expect_float_eq(between(&db, c, "cmp_tail", "VSS"), 6e-15, 1e-21);
    cr_expect_float_eq(between(&db, c, "cmp_b", "VSS"), 3e-15, 1e-21);
    cr_expect_float_eq(between(&db, c, "IP", "VSS"), 1.5e-15, 1e-21);
    cr_expect_float_eq(between(&db, c, "IN", "VSS"), 1.5e-15, 1e-21);
    Buf nominal = {0}, varied = {0};
    CircuitVary vary = {.rng = rng_make(1, 1), .caps = true};
    circuit_spice(&db, &t, c, NULL, &nominal);
    circuit_spice(&db, &t, c, &vary, &varied);
    const char *a = strstr(nominal.s, "Cwire"), *b = strstr(varied.s, "Cwire");
    cr_assert(a && b);
    cr_expect_str_eq(a, b, "wires come last, and do not vary");
    cr_expect_str_neq(nominal.s, varied.s);
    buf_free(&nominal);
    buf_free(&varied);
    db_free(&db);
    arr_free(&w.v);
    cells_library_free(&lib);
    tech_free(&t);
}

static Status heavy(const Tech *t, const CellLibrary *lib, const CellVariant *v, CellWires *out)
{
    (void)t;
    (void)lib;
    if (str_eq(v->function, "row_driver")) put(out, "mp", "", 100e-15);
    return ST_OK;
}

/* 100 fF on the way to a row wire slow it down, and provenance says where they are from. */
Test(wires, slow_down, .timeout = 120)
{
    setenv("APUGEN_CACHE", "", 1);
    if (!proc_available("ngspice")) {
        fprintf(stderr, "skipped: slow down: no ngspice\n");
        return;
    }
    Tech t;
    CellLibrary lib;
    double tau[2];
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    const char *path = "/tmp/apugen-test-wires.xml";
    for (int k = 0; k < 2; k++) {
        remove(path);
        cr_assert_eq(cells_characterize(&t, "row_driver_x1_slvt", path, 2, k ? heavy : NULL), ST_OK);
        cr_assert_eq(cells_library_read_file(&t, path, &lib), ST_OK);
        cr_assert_eq(lib.v.n, 1u);
        tau[k] = lib.v.v[0].data.tau_s;
        cr_expect_eq(strstr(lib.v.v[0].provenance, "wires of the drawn cell") != NULL, k == 1);
        cells_library_free(&lib);
    }
    cr_expect(tau[1] > 1.04 * tau[0] && tau[1] < 1.3 * tau[0], "%g s, %g with wires", tau[0], tau[1]);
    remove(path);
    tech_free(&t);
}
