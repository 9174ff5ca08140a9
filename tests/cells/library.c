/* cells.xml: what is written is read back, byte for byte; every kind of broken file is refused by its id. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "cells/circuit.h"
#include "cells/draw.h"
#include "cells/library.h"
#include "cells/physical.h"
#include "gen/base/io.h"

static char file[] = "/tmp/apugen_cells_XXXXXX";

static void open_file(void)
{
    int fd = mkstemp(file);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void close_file(void) { unlink(file); }

TestSuite(library, .init = open_file, .fini = close_file);

static void fill(const Tech *t, CellLibrary *lib)
{
    cells_variants(t, lib);
    for (uint32_t i = 0; i < lib->v.n; i++) {
        CellVariant *v = &lib->v.v[i];
        v->data = cells_data_none();
        v->data.gain = 0.987654321;
        v->data.tau_s = 1e-12 * (i + 1) / 3;
        v->data.mismatch = 0.0042;
        v->data.op = "one <evaluation> & \"more\"";
        v->area = 6.6816e-12;
        v->provenance = "deck 0123; ngspice-39";
    }
}

static bool same(double a, double b) { return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-8 * fabs(a); }

Test(library, round_trip)
{
    static const char *const techs[] = {"n22", "n28"};
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        CellLibrary a = {0}, b;
        fill(&t, &a);
        cr_assert_eq(cells_library_write(&a, &t, file), ST_OK);
        Buf first = {0}, second = {0};
        cr_assert_eq(io_read(file, 1 << 20, &first), ST_OK);
        cr_assert_eq(cells_library_read_file(&t, file, &b), ST_OK);
        cr_assert_eq(b.v.n, a.v.n);
        for (uint32_t i = 0; i < a.v.n; i++) {
            const CellVariant *x = &a.v.v[i], *y = &b.v.v[i];
            cr_expect_str_eq(x->function, y->function);
            cr_expect_str_eq(x->variant, y->variant);
            cr_expect_str_eq(x->flavour, y->flavour);
            cr_expect_str_eq(x->provenance, y->provenance);
            cr_expect(str_eq(x->data.op, y->data.op), "%s", y->data.op);
            for (int p = 0; p < 4; p++) cr_expect(same(x->param[p], y->param[p]), "%s p%d: %g %g", x->variant, p, x->param[p], y->param[p]);
            cr_expect(same(x->area, y->area));
            cr_expect(same(x->data.gain, y->data.gain));
            cr_expect(same(x->data.tau_s, y->data.tau_s));
            cr_expect(same(x->data.mismatch, y->data.mismatch));
            cr_expect(isnan(y->data.enob) && isnan(y->data.noise_v));
        }
        cr_assert_eq(cells_library_write(&b, &t, file), ST_OK);
        cr_assert_eq(io_read(file, 1 << 20, &second), ST_OK);
        cr_expect(str_eq(first.s, second.s), "the second writing differs");
        buf_free(&first);
        buf_free(&second);
        cells_library_free(&a);
        cells_library_free(&b);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}

#define GOOD                                                                                                            \
    "<variant function=\"synapse\" name=\"a\" flavour=\"rvt\" p0=\"1fF\" p1=\"80nm\" p2=\"3\" area=\"6um2\">"                    \
    "<data gain=\"0.9\"/><provenance text=\"x\"/></variant>"

static const struct {
    const char *text, *id;
} files[] = {
    {"<cells tech=\"n22\">" GOOD "</cells>", NULL},
    {"<cells tech=\"n28\">" GOOD "</cells>", "CELL-0003"},
    {"<cell tech=\"n22\">" GOOD "</cell>", "CELL-0006"},
    {"<cells tech=\"n22\">" GOOD GOOD "</cells>", "CELL-0004"},
    {"<cells tech=\"n22\"><variant function=\"synapse\" name=\"a\" flavour=\"rvt\" area=\"6um2\"><provenance text=\"x\"/></variant></cells>", "CELL-0005"},
    {"<cells tech=\"n22\"><variant function=\"synapse\" name=\"a\" flavour=\"rvt\" area=\"6um2\"><data/></variant></cells>", "CELL-0005"},
    {"<cells tech=\"n22\"><variant function=\"tap\" name=\"a\" flavour=\"rvt\" area=\"6um2\"><data/><provenance text=\"x\"/></variant></cells>", "CELL-0002"},
    {"<cells tech=\"n22\"><variant function=\"ladder\" name=\"a\" flavour=\"rvt\" p1=\"1nm\" area=\"6um2\"><data/><provenance text=\"x\"/></variant></cells>", "CELL-0002"},
    {"<cells tech=\"n22\"><variant function=\"synapse\" name=\"a\" flavour=\"rvt\" p0=\"1\" area=\"6um2\"><data/><provenance text=\"x\"/></variant></cells>", "CELL-0002"},
    {"<cells tech=\"n22\"><variant function=\"synapse\" name=\"a\" flavour=\"rvt\" area=\"6um2\"><data tau=\"12\"/><provenance text=\"x\"/></variant></cells>", "SCH-0003"},
    {"<cells tech=\"n22\"><variant function=\"synapse\" name=\"a\" area=\"6um2\"><data/><provenance text=\"x\"/></variant></cells>", "SCH-0001"},
    {"<cells tech=\"n22\"><variant function=\"synapse\" name=\"a\" flavour=\"rvt\" p0=\"1fF\" p1=\"80nm\" area=\"6um2\"><data/><provenance text=\"x\"/></variant></cells>", "CELL-0002"},
    {"<cells tech=\"n22\"><variant function=\"synapse\" name=\"a\" flavour=\"rvt\" p0=\"1fF\" p1=\"80nm\" p2=\"5\" area=\"6um2\"><data/><provenance text=\"x\"/></variant></cells>", "CELL-0002"},
    {"<cells tech=\"n22\"><cell/></cells>", "SCH-0007"},
};

Test(library, broken_files)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    for (size_t i = 0; i < COUNTOF(files); i++) {
        FILE *f = fopen(file, "w");
        cr_assert_not_null(f);
        fputs(files[i].text, f);
        cr_assert_eq(fclose(f), 0);
        CellLibrary lib;
        msg_capture_begin();
        Status st = cells_library_read_file(&t, file, &lib);
        const char *text = msg_capture_end();
        if (!files[i].id) {
            cr_expect_eq(st, ST_OK, "%s", text);
            cr_expect_eq(lib.v.n, 1);
            cr_expect_float_eq(lib.v.v[0].param[1], 80e-9, 1e-18);
            cells_library_free(&lib);
            continue;
        }
        cr_expect_eq(st, ST_INPUT, "%zu", i);
        cr_expect_not_null(strstr(text, files[i].id), "%zu: wanted %s, got %s", i, files[i].id, text);
    }
    CellLibrary lib;
    msg_capture_begin();
    cr_expect_eq(cells_library_read_file(&t, "/nowhere/cells.xml", &lib), ST_IO);
    cr_expect_not_null(strstr(msg_capture_end(), "CELL-0001"));
    tech_free(&t);
    cr_assert_eq(mem_live(), 0);
}

/* What stands in cells.xml as area is what the sizing gives: of each function all variants, of converters, which cost most, the first. */
Test(library, stored_areas_are_those_of_the_sizing)
{
    static const char *const techs[] = {"n22", "n28", "sky130"};
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        CellLibrary lib;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
        uint32_t n = 0;
        for (uint32_t i = 0; i < lib.v.n; i++) {
            const CellVariant *v = &lib.v.v[i];
            bool first = i == 0 || !str_eq(v->function, lib.v.v[i - 1].function);
            if (!first && str_starts(v->function, "sar_adc")) continue;
            /* a gate is as wide as its wires let it be: by a column more or less with another router */
            double area = cells_area(&t, v), off = str_eq(v->function, "gate") ? 0.1 : 1e-3;
            cr_expect_lt(fabs(area / v->area - 1), off, "%s %s: %g um2, stored %g", v->function, v->variant, area * 1e12, v->area * 1e12);
            n++;
        }
        cr_expect_geq(n, k < 2 ? 40 : 20); /* SKY130 has no current family */
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* ... and that is what the polygons take, none of which stands outside. */
Test(library, stored_areas_are_those_of_the_drawing)
{
    static const char *const cells[][2] = {{"synapse", "cu06f_slvt"}, {"row_driver", "x05_slvt"}, {"block_switch", "x2_slvt"}, {"col_end", "r2_slvt"}, {"decap", "x8"}};
    Tech t;
    CellLibrary lib;
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
    tech_db_init(&t, &db, "areas");
    for (size_t k = 0; k < COUNTOF(cells); k++) {
        const CellVariant *v = NULL;
        for (uint32_t i = 0; i < lib.v.n && !v; i++)
            if (str_eq(lib.v.v[i].function, cells[k][0]) && str_eq(lib.v.v[i].variant, cells[k][1])) v = &lib.v.v[i];
        cr_assert_not_null(v, "%s %s", cells[k][0], cells[k][1]);
        CellId c, tap;
        DrawStats stats;
        cr_assert_eq(draw_variant(&db, &t, &lib, v, v->function, &c, &stats, &tap), ST_OK, "%s", v->variant);
        const DbCell *x = &db.cells.v[c.i];
        double area = (double)box_area(x->box) * t.dbu_m * t.dbu_m;
        cr_expect_lt(fabs(area / v->area - 1), 1e-3, "%s %s: drawn %g um2, stored %g", v->function, v->variant, area * 1e12, v->area * 1e12);
        uint32_t metal = 0;
        for (uint32_t i = 0; i < x->shapes.n; i++) {
            const TechLayer *l = tech_layer(&t, db_name(&db, db.layers.v[x->shapes.v[i].layer.i].name));
            if (!l || l->kind != LAYER_METAL) continue;
            Box b = x->shapes.v[i].box;
            metal++;
            cr_expect(b.x0 >= 0 && b.y0 >= -t.rail && b.x1 <= x->box.x1 && b.y1 <= x->box.y1 + t.rail, "%s: metal at %d %d %d %d", v->variant, b.x0, b.y0, b.x1, b.y1);
        }
        cr_expect_gt(metal, 10);
    }
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
    cr_assert_eq(mem_live(), 0);
}

/* A choice is one only where there is something to choose from. */
Test(library, every_function_is_offered_in_three_variants_or_more)
{
    static const char *const techs[] = {"n22", "n28", "sky130"};
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        CellLibrary lib;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
        for (uint32_t i = 0; i < lib.v.n; i++) {
            uint32_t n = 0;
            for (uint32_t j = 0; j < lib.v.n; j++) n += str_eq(lib.v.v[j].function, lib.v.v[i].function);
            cr_expect(n >= 3 || str_eq(lib.v.v[i].function, "gate"), "%s: %s in %u variants", techs[k], lib.v.v[i].function, n);
        }
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* Leakage is a sum over transistors: a flip-flop of some thirty leaks several gates' worth of four, not a latch's current that stands balanced at an operating point. */
Test(library, a_flip_flop_leaks_as_its_transistors)
{
    static const char *const techs[] = {"n22", "n28", "sky130"};
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        CellLibrary lib;
        double nand = 0, dff = 0;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
        for (uint32_t i = 0; i < lib.v.n; i++) {
            if (!str_eq(lib.v.v[i].function, "gate")) continue;
            *(str_eq(lib.v.v[i].variant, "dff") ? &dff : &nand) = lib.v.v[i].data.leak_w;
            cr_expect(strstr(lib.v.v[i].provenance, CELLS_WITH_WIRES), "%s %s is bare", techs[k], lib.v.v[i].variant);
        }
        cr_expect(nand > 0 && dff > 2 * nand && dff < 15 * nand, "%s: %g W, a nand2 %g", techs[k], dff, nand);
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* What judges the current family must be there, and be what physics allows: a source's noise is near its shot noise, a select switch has one resistance. */
Test(library, figures_of_the_current_family_are_complete)
{
    static const char *const techs[] = {"n22", "n28", "sky130"};
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        CellLibrary lib;
        uint32_t sources = 0, ends = 0;
        double least = INFINITY, most = 0;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
        for (uint32_t i = 0; i < lib.v.n; i++) {
            const CellVariant *v = &lib.v.v[i];
            const CellData *d = &v->data;
            if (str_eq(v->function, "synapse_i")) {
                double shot = sqrt(1.602176634e-19 / (d->i_unit * t.pulse_step)); /* σ(Q)/Q of white noise of 2qI over a step */
                cr_expect(d->q_noise > 0.5 * shot && d->q_noise < 3 * shot, "%s %s: %g, shot noise %g", techs[k], v->variant, d->q_noise, shot);
                cr_expect(d->swing_v > 0.3 && d->swing10_v > d->swing_v && d->swing50_v >= d->swing10_v && d->c_bias > 0 && d->tau_s < t.pulse_rest, "%s %s", techs[k], v->variant);
                sources++;
            }
            if (!str_eq(v->function, "col_end_i")) continue;
            least = fmin(least, d->r_ohm), most = fmax(most, d->r_ohm);
            cr_expect(d->r_ohm > 0 && d->leak_w >= 0, "%s %s: %g ohm", techs[k], v->variant, d->r_ohm);
            ends++;
        }
        cr_expect(sources >= 4 && ends >= 5, "%s: %u synapses, %u ends", techs[k], sources, ends);
        cr_expect_lt(most, 1.5 * least, "%s: %g to %g ohm", techs[k], least, most);
        cells_library_free(&lib);
        tech_free(&t);
    }
}
