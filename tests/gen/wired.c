/* Wires inside drawn cells: what the characterisation gets of them. */
#include <criterion/criterion.h>

#include "cells/circuit.h"
#include "cells/library.h"
#include "gen/wired.h"

static double of_net(const CellWires *w, const char *name)
{
    double f = 0;
    for (uint32_t i = 0; i < w->v.n; i++)
        if (str_eq(w->v.v[i].a, name) || str_eq(w->v.v[i].b, name)) f += w->v.v[i].farad;
    return f;
}

/* A column end's memory of its choice has wires of some tenths of a femtofarad, a bus is told by bit; what the flow counts itself has none. */
Test(wired, couplings_by_name)
{
    Tech t;
    CellLibrary lib;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
    uint32_t seen = 0;
    for (uint32_t i = 0; i < lib.v.n; i++) {
        const CellVariant *v = &lib.v.v[i];
        bool end = str_eq(v->function, "col_end") && str_eq(v->variant, "r2_slvt"), driver = str_eq(v->function, "row_driver") && str_eq(v->variant, "x05_slvt");
        bool none = str_eq(v->function, "synapse") || str_eq(v->function, "decap"), ladder = str_eq(v->function, "ladder") && str_eq(v->variant, "r4k");
        bool source = str_eq(v->function, "synapse_i") && str_eq(v->variant, "i200_b3"), windows = str_eq(v->function, "pulse_gen") && str_eq(v->variant, "x16_1n");
        if (!end && !driver && !none && !source && !windows && !ladder) continue;
        CellWires w = {0};
        cr_assert_eq(wired_cell(&t, &lib, v, &w), ST_OK);
        seen += end + driver + source + windows + ladder;
        if (none) cr_expect_eq(w.v.n, 0u, "%s", v->function);
        for (uint32_t k = 0; k < w.v.n; k++) cr_expect_gt(w.v.v[k].farad, 0);
        if (end) cr_expect(of_net(&w, "dinb") > 0.05e-15 && of_net(&w, "dinb") < 5e-15, "dinb %g F", of_net(&w, "dinb"));
        if (driver) cr_expect(of_net(&w, "mp") > 0.05e-15 && of_net(&w, "D[1]") > 0.02e-15, "mp %g F, D[1] %g F", of_net(&w, "mp"), of_net(&w, "D[1]"));
        if (source) cr_expect(of_net(&w, "sum") > 0.1e-15 && of_net(&w, "VB") > 5e-15, "sum %g F, VB with its plates %g F", of_net(&w, "sum"), of_net(&w, "VB"));
        if (ladder) cr_expect(of_net(&w, "L[3]") > 1e-15, "L[3] %g F", of_net(&w, "L[3]"));
        if (windows) cr_expect_gt(of_net(&w, "openb"), 0.5e-15);
        arr_free(&w.v);
        arena_free(&w.arena);
    }
    cr_expect_eq(seen, 5u);
    cells_library_free(&lib);
    tech_free(&t);
}

/* Couplings of the converter's input: of its inner net, and of its pins with inner nets. */
static double of_input(const CellWires *w)
{
    double f = 0;
    for (uint32_t i = 0; i < w->v.n; i++) {
        const char *name[2] = {w->v.v[i].a, w->v.v[i].b};
        bool in[2], pin[2], inner[2];
        for (int q = 0; q < 2; q++) in[q] = str_eq(name[q], "in"), pin[q] = str_starts(name[q], "AIN"), inner[q] = name[q][0] >= 'a' && name[q][0] <= 'z';
        for (int q = 0; q < 2; q++)
            if ((in[q] && !pin[!q]) || (pin[q] && inner[!q] && !in[!q])) f += w->v.v[i].farad;
    }
    return f;
}

/* c-in of cells.xml is simulated, with and without the wires; what lies between both is what extraction finds at the input. */
static void input_as_in_the_library(const CellLibrary *lib, const char *name, double farad)
{
    uint32_t seen = 0;
    for (uint32_t i = 0; i < lib->v.n; i++) {
        const CellData *c = &lib->v.v[i].data;
        if (!cells_named(name, &lib->v.v[i])) continue;
        seen++;
        cr_expect_float_eq(c->c_wires, farad, 0.05 * farad, "%s: c-wires %g F, extracted %g", name, c->c_wires, farad);
        cr_expect(c->c_in - c->c_wires > 1e-15 && c->c_in - c->c_wires < 0.6 * c->c_in, "%s: c-in %g F, of wires %g", name, c->c_in, c->c_wires);
    }
    cr_expect_eq(seen, 1u);
}

/* The comparator's speed and noise are those of the circuit's capacitors, 50 fF per um of its inputs; drawn, they have what wires and neighbours leave of these. As the
 * density's formula draws them they would have 33 (n22) to 47 % (SKY130) more. */
Test(wired, comparator_gathers_on_what_its_circuit_says, .timeout = 120)
{
    static const char *const of[][2] = {{"n22", "sar_adc_b8"}, {"n28", "sar_adc_b6"}, {"sky130", "sar_adc_b6"}};
    for (size_t k = 0; k < COUNTOF(of); k++) {
        Tech t;
        CellLibrary lib = {0}, known;
        cr_assert_eq(tech_read(of[k][0], &t), ST_OK);
        cr_assert_eq(cells_library_read(&t, &known), ST_OK);
        cells_variants(&t, &lib);
        for (uint32_t i = 0; i < lib.v.n; i++) {
            if (!cells_named(of[k][1], &lib.v.v[i])) continue;
            CellWires w = {0};
            double wanted = lib.v.v[i].param[2] * 50e-9;
            cr_assert_eq(wired_cell(&t, &lib, &lib.v.v[i], &w), ST_OK);
            double p = of_net(&w, "cmp_xp"), n = of_net(&w, "cmp_xn");
            cr_expect_float_eq((p + n) / 2, wanted, 0.02 * wanted, "%s %s: %g and %g F, wanted %g", of[k][0], of[k][1], p, n, wanted);
            cr_expect_float_eq(p, n, 0.08 * wanted, "%s %s: %g and %g F", of[k][0], of[k][1], p, n); /* SKY130 6.5 %, of the wires beside */
            input_as_in_the_library(&known, of[k][1], of_input(&w));
            arr_free(&w.v);
            arena_free(&w.arena);
        }
        cells_library_free(&known);
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* A gate's own wires, at every pin: some percent (SKY130) to about as much as what the least inverter's gates have. */
Test(wired, gates_have_wires_at_their_pins)
{
    static const char *const of[] = {"n22", "n28", "sky130"};
    for (size_t k = 0; k < COUNTOF(of); k++) {
        Tech t;
        cr_assert_eq(tech_read(of[k], &t), ST_OK);
        const TechDevice *n = tech_device(&t, "nmos_rvt");
        double gate = 3 * n->w_min * t.dbu_m * n->cgate;
        static const struct { const char *cell, *pin[3]; } gates[] = {{"inv", {"A", "Y", NULL}}, {"nand2", {"A", "B", "Y"}}, {"dff", {"CK", "CKB", "Q"}}};
        for (size_t i = 0; i < COUNTOF(gates); i++) {
            CellWires w = {0};
            cr_assert_eq(wired_cell(&t, NULL, &(CellVariant){.function = "gate", .variant = gates[i].cell}, &w), ST_OK);
            for (int p = 0; p < 3 && gates[i].pin[p]; p++) {
                double f = of_net(&w, gates[i].pin[p]);
                cr_expect(f > 0.02 * gate && f < 2 * gate, "%s %s %s: %g F beside gates of %g", of[k], gates[i].cell, gates[i].pin[p], f, gate);
            }
            arr_free(&w.v);
            arena_free(&w.arena);
        }
        tech_free(&t);
    }
}
