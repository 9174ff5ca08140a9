/* What wires make of a converter's thresholds: arrays known by hand, and a drawn one. */
#include "cells/circuit.h"
#include "cells/physical.h"
#include "gen/drawn_adc.h"
#include "gen/sized.h"

#include <criterion/criterion.h>
#include <math.h>

#define STEP 1e-3 /* LSB */

static ArrayWires ideal(uint32_t bits)
{
    ArrayWires w = {.bits = bits, .held = 1e-15};
    for (uint32_t k = 0; k < bits; k++) w.bottom[k] = (1 << k) * 1e-15; /* held: the unit that makes 2^bits of them */
    return w;
}

Test(drawn_adc, binary_weights_are_straight)
{
    ArrayFigures f;
    ArrayWires w = ideal(6);
    array_figures(&w, INFINITY, 1.2, &f);
    cr_expect_lt(f.inl, STEP);
    cr_expect_lt(f.dnl, STEP);
    cr_expect_eq(f.missing, 0);
    cr_expect_float_eq(f.gain, 1, 0.01);
}

/* The largest bit a unit too light: between 31 and 32 no input is left. One too heavy: that step is twice as wide. */
Test(drawn_adc, a_bit_off_by_a_unit_shows_in_the_middle)
{
    ArrayFigures f;
    ArrayWires w = ideal(6);
    w.bottom[5] -= 1e-15;
    array_figures(&w, INFINITY, 1.2, &f);
    cr_expect_float_eq(f.dnl, 1, 0.05);
    cr_expect_eq(f.missing, 1);
    w.bottom[5] += 2e-15;
    array_figures(&w, INFINITY, 1.2, &f);
    cr_expect_float_eq(f.dnl, 1, 0.1);
    cr_expect_eq(f.missing, 0);
}

/* A net that follows a bit moves the top by the supply: half a unit with twice the reference's range weighs a unit, a net that is low instead the opposite. */
Test(drawn_adc, nets_of_the_logic_count_by_the_supply)
{
    ArrayFigures a, b;
    ArrayWires w = ideal(6), v = ideal(6);
    w.bottom[4] += 1e-15;
    v.code[4] = 0.5e-15;
    array_figures(&w, INFINITY, 2, &a);
    array_figures(&v, INFINITY, 2, &b);
    cr_expect_float_eq(a.inl, b.inl, 2 * STEP);
    cr_expect_float_eq(a.dnl, b.dnl, 2 * STEP);
    cr_expect_gt(a.dnl, 0.8);
    v = ideal(6);
    v.trial[0] = 0.5e-15; /* all odd codes begin late by one */
    array_figures(&v, INFINITY, 2, &b);
    cr_expect_float_eq(b.dnl, 1, 2 * STEP);
    cr_expect_geq(b.missing, 31);
    v = ideal(6);
    v.other = 0.32e-15;
    array_figures(&v, INFINITY, 2, &b);
    cr_expect_float_eq(b.other, 0.64, 0.02);
}

/* Drawn converters, wires and all, in both technologies: no trunk moves the array's top, and fingers are sized by extraction. */
Test(drawn_adc, drawn_converters_are_straight)
{
    static const char *const tech[] = {"n22", "n28"};
    for (int k = 0; k < 2; k++) {
        Tech t;
        CellLibrary lib = {0};
        cr_assert_eq(tech_read(tech[k], &t), ST_OK);
        cells_variants(&t, &lib);
        for (uint32_t i = 0; i < lib.v.n; i++) {
            if (!str_eq(lib.v.v[i].function, "sar_adc") || !str_eq(lib.v.v[i].variant, "b6")) continue;
            Db db;
            CellId c, tap;
            DrawStats stats;
            ArrayWires w;
            ArrayFigures f;
            tech_db_init(&t, &db, "adc");
            cr_assert_eq(draw_variant(&db, &t, &lib, &lib.v.v[i], "sar_adc", &c, &stats, &tap), ST_OK);
            array_wires(&db, &t, c, 6, 1, &w);
            cr_expect_gt(w.bottom[5], 0);
            double before = w.bottom[5] / w.bottom[4];
            sized_cell(&db, &t, c);
            array_wires(&db, &t, c, 6, 1, &w);
            cr_expect_neq(before, w.bottom[5] / w.bottom[4]);
            for (uint32_t b = 0; b < 6; b++)
                cr_expect_float_eq(w.bottom[b], lib.v.v[i].param[1] * (1 << b), 2 * ARRAY_OFF * lib.v.v[i].param[1], "%s bit %u: %g fF", tech[k], b, w.bottom[b] * 1e15);
            array_figures(&w, INFINITY, t.vdd / (2 * 7 * t.ladder_step / 4), &f);
            cr_expect_lt(f.inl, 0.5);
            cr_expect_lt(f.dnl, 0.6);
            cr_expect_eq(f.missing, 0);
            db_free(&db);
        }
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* Over the demo's columns, which are narrower than those a converter is measured over, lines are few: trunks still change them away from the array, and what stands
 * beside the array's wire stands still. */
Test(drawn_adc, a_narrow_converter_is_straight, .timeout = 600)
{
    static const char *const part[][2] = {{"synapse", "cu06f_slvt"}, {"row_driver", "x05_slvt"}, {"block_switch", "x05_slvt"}, {"col_end", "r12_rvt"}, {"sar_adc", "b10"}, {"ladder", "r1k"}};
    Tech t;
    CellLibrary lib = {0};
    CellChoice c = {0};
    CellSet s;
    Db db;
    ArrayWires w;
    ArrayFigures f;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cells_variants(&t, &lib);
    const CellVariant **slot[] = {&c.synapse, &c.row_driver, &c.block_switch, &c.col_end, &c.sar_adc, &c.ladder};
    for (size_t k = 0; k < COUNTOF(part); k++)
        for (uint32_t i = 0; i < lib.v.n; i++)
            if (str_eq(lib.v.v[i].function, part[k][0]) && str_eq(lib.v.v[i].variant, part[k][1])) *slot[k] = &lib.v.v[i];
    for (size_t k = 0; k < COUNTOF(slot); k++) cr_assert(*slot[k], "%s", part[k][1]);
    tech_db_init(&t, &db, "narrow");
    cr_assert_eq(cells_build(&db, &t, &c, &s), ST_OK);
    DrawJob job = {.cell = s.sar_adc};
    sized_cells(&db, &t, &job, 1, 1);
    cr_assert_eq(job.status, ST_OK);
    array_wires(&db, &t, s.sar_adc, 10, 1, &w);
    for (uint32_t b = 0; b < 10; b++) {
        cr_expect_float_eq(w.bottom[b], c.sar_adc->param[1] * (1 << b), 2 * ARRAY_OFF * c.sar_adc->param[1], "bit %u: %g fF", b, w.bottom[b] * 1e15);
        cr_expect_lt(fabs(w.code[b]), 0.1 * c.sar_adc->param[1], "bit %u: %g fF move with its result", b, w.code[b] * 1e15); /* was more than a unit */
    }
    array_figures(&w, INFINITY, t.vdd / (14 * t.ladder_step), &f);
    cr_expect_lt(f.inl, 0.5);
    array_figures(&w, INFINITY, t.vdd / (14 * t.ladder_step / 4), &f);
    cr_expect_lt(f.inl, 0.5); /* noise of a conversion: 1.1 */
    for (uint32_t b = 0; b < 10; b++) cr_expect_lt(w.in.bottom[b], 0.2e-15, "bit %u: %g fF to the input", b, w.in.bottom[b] * 1e15); /* bit 9 had 1.5 where nothing stood between them */
    array_figures(&w, 165e-15 + sar_input(&w), t.vdd / (14 * t.ladder_step / 4), &f);
    cr_expect_lt(f.inl, 1.2, "%g LSB on a column", f.inl); /* 4.6 before */
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}

/* Over columns of any pitch, wide ones and narrow ones: what moves stands below the array, not beside or under it, whatever lines trunks find, and keeps away from the
 * input, too, on a column of 448 fF. By the worst that was measured: n22 and n28 0.04 LSB at gain 4, SKY130, whose wires are thick, 0.9 (nine bits: wires of its sections). Before,
 * n22 had up to 22.8, and on a column up to 4. */
Test(drawn_adc, converters_are_straight_over_any_pitch, .timeout = 600)
{
    static const struct {
        const char *tech, *variant;
        int32_t tracks[3];      /* of metal 4, in one column */
        double inl, column;     /* LSB at gain 4; on the column */
    } row[] = {{"n22", "b7", {14, 20, 26}, 0.1, 0.3}, {"n22", "b10", {20, 24}, 0.1, 1.4}, {"n28", "b6", {16, 22}, 0.1, 0.3}, {"n28", "b9", {20}, 0.1, 0.5}, {"sky130", "b6", {12, 16}, 0.5, 0.8}, {"sky130", "b7", {14, 18}, 0.5, 1.3}, {"sky130", "b9", {14, 18}, 1, 1}};
    for (size_t r = 0; r < COUNTOF(row); r++) {
        Tech t;
        CellLibrary lib = {0};
        cr_assert_eq(tech_read(row[r].tech, &t), ST_OK);
        cells_variants(&t, &lib);
        const CellVariant *v = NULL;
        for (uint32_t i = 0; i < lib.v.n; i++)
            if (str_eq(lib.v.v[i].function, "sar_adc") && str_eq(lib.v.v[i].variant, row[r].variant)) v = &lib.v.v[i];
        for (int k = 0; k < 3 && row[r].tracks[k]; k++) {
            Db db;
            CellPitch p;
            ArrayWires w;
            ArrayFigures f;
            cr_assert_eq(cells_converter_pitch(&t, v, row[r].tracks[k] * tech_metal(&t, 4)->pitch, &p), ST_OK);
            tech_db_init(&t, &db, "pitch");
            DrawJob job = {.cell = cells_abstract(&db, &t, &p, "sar_adc", v, "adc")};
            sized_cells(&db, &t, &job, 1, 1);
            cr_assert_eq(job.status, ST_OK, "%s %s over %d tracks", row[r].tech, row[r].variant, row[r].tracks[k]);
            array_wires(&db, &t, job.cell, (uint32_t)p.adc_bits, 1, &w);
            array_figures(&w, INFINITY, t.vdd / (14 * t.ladder_step), &f);
            cr_expect_lt(f.inl, 0.5, "%s %s over %d tracks: %g LSB", row[r].tech, row[r].variant, row[r].tracks[k], f.inl);
            array_figures(&w, INFINITY, t.vdd / (14 * t.ladder_step / 4), &f);
            cr_expect_lt(f.inl, row[r].inl, "%s %s over %d tracks: %g LSB at gain 4", row[r].tech, row[r].variant, row[r].tracks[k], f.inl);
            cr_expect_eq(f.missing, 0);
            array_figures(&w, 448e-15 + sar_input(&w), t.vdd / (14 * t.ladder_step / 4), &f);
            fprintf(stderr, "%s %s over %d tracks: %.3f on a column\n", row[r].tech, row[r].variant, row[r].tracks[k], f.inl);
            cr_expect_lt(f.inl, row[r].column, "%s %s over %d tracks: %g LSB on a column", row[r].tech, row[r].variant, row[r].tracks[k], f.inl);
            db_free(&db);
        }
        cells_library_free(&lib);
        tech_free(&t);
    }
}
