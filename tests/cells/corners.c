/* Corners: devices at them in ngspice, the file, what every shipped one must hold. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cells/characterize_int.h"
#include "cells/corners.h"
#include "gen/base/io.h"
#include "tests/skip.h"

static const char *const techs[] = {"n22", "n28"};

Test(corners, levels_go_with_the_supply)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(t.corners.n, 2);
    Tech low = tech_at(&t, &t.corners.v[0], -40, 0.72);
    cr_assert_float_eq(low.vcm, 0.36, 1e-12);
    cr_assert_float_eq(low.ladder_step, 0.036, 1e-12);
    cr_assert_eq(low.temp_c, -40);
    cr_assert_str_eq(low.corner->name, "ss");
    cr_assert_null(t.corner, "the technology itself stays typical");
    tech_free(&t);
}

/* Saturated current of a device at a point, A. */
static double on_current(const Tech *at, const char *device)
{
    const TechDevice *d = tech_device(at, device);
    bool p = d->kind == DEV_PMOS;
    CharDeck deck = {0};
    deck_begin(&deck, at, 60, "", "on current of %s", device);
    deck_put(&deck, "vd d 0 %.9g\nx1 d %s %s %s %s w=1u l=%dn\n", p ? 0.0 : at->vdd, p ? "0" : "vdd", p ? "vdd" : "0", p ? "vdd" : "0", d->model,
             d->l_min);
    deck_put(&deck, ".meas tran i find i(vd) at=0.5n\n");
    deck_tran(&deck, 1e-10, 1e-9);
    cr_assert_eq(char_run(&deck, 1, 1), ST_OK);
    double i = fabs(char_get(&deck, "i"));
    deck_free(&deck);
    return i;
}

/* Slow below typical below fast for every device, by what cards of the class spread; typical is what tech.xml says of it. */
Test(corners, devices, .timeout = 300)
{
    if (!proc_available("ngspice")) skip_test("ngspice is not installed");
    setenv("APUGEN_CACHE", "", 1);
    for (size_t k = 0; k < COUNTOF(techs); k++) {
        Tech t;
        cr_assert_eq(tech_read(techs[k], &t), ST_OK);
        for (uint32_t i = 0; i < t.devices.n; i++) {
            const char *name = t.devices.v[i].name;
            double typ = on_current(&t, name);
            cr_expect_float_eq(typ, t.devices.v[i].ion * 1e-6, 0.03 * typ, "%s %s: %g A", techs[k], name, typ);
            for (uint32_t c = 0; c < 2; c++) {
                Tech at = tech_at(&t, &t.corners.v[c], t.temp_c, t.vdd);
                double ratio = on_current(&at, name) / typ;
                bool slow = str_eq(at.corner->name, "ss");
                cr_expect(slow ? ratio > 0.7 && ratio < 0.95 : ratio > 1.05 && ratio < 1.3, "%s %s %s: %g of typical", techs[k], name, at.corner->name,
                          ratio);
            }
        }
        tech_free(&t);
    }
}

/*
 * A converter's noise and offset as corners have them, at typical: noise as it is there; offset as sixteen Monte Carlo copies gave it (σ of that σ: 18 %), and not less
 * than the law of the input pair alone. Hot, noise is more and the offset about as much.
 */
Test(corners, comparator, .timeout = 300)
{
    if (!proc_available("ngspice")) skip_test("ngspice is not installed");
    setenv("APUGEN_CACHE", "", 1);
    Tech t;
    CellLibrary lib;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
    const CellVariant *v = char_variant(&lib, "sar_adc", "b10");
    Tech at[2] = {tech_at(&t, NULL, t.temp_c, t.vdd), tech_at(&t, NULL, 125, t.vdd)};
    CharJob j[3] = {{0}};
    for (int i = 0; i < 2; i++) job_begin(&j[i], &at[i], v, char_make_comparator, char_read_sar_corner);
    job_begin(&j[2], &t, v, char_make_comparator, char_read_comparator);
    cr_assert_eq(jobs_run(j, 3, 2), ST_OK);
    for (int i = 0; i < 3; i++) j[i].read(&j[i]);
    double noise[2], sigma[2], pair = tech_device(&t, "nmos_slvt")->avt / sqrt(v->param[2] * 2 * tech_device(&t, "nmos_slvt")->l_min * t.dbu_m);
    for (int i = 0; i < 2; i++) noise[i] = char_sar_noise(&at[i], v, j[i].part[1]), sigma[i] = j[i].data.offset_sigma_v;
    double typical = char_sar_noise(&t, v, j[2].part[1]);
    cr_expect_float_eq(noise[0], typical, 0.03 * noise[0], "noise %g V, typical %g V", noise[0], typical);
    cr_expect_float_eq(j[0].data.tau4_s, j[2].part[2], 0.02 * j[2].part[2]);
    /* what is shipped has the wires of the drawn cell: a little slower by their load; where the charge is gathered they are part of the circuit's capacitors */
    cr_expect(v->data.tau4_s > 1.02 * j[0].data.tau4_s && v->data.tau4_s < 1.2 * j[0].data.tau4_s, "decides in %g s, bare %g", v->data.tau4_s, j[0].data.tau4_s);
    cr_expect(v->data.noise_v > 0.95 * noise[0] && v->data.noise_v < 1.02 * noise[0], "noise %g V, bare %g", v->data.noise_v, noise[0]);
    cr_expect_float_eq(sigma[0], v->data.offset_sigma_v, 0.4 * v->data.offset_sigma_v, "offset sigma %g V, Monte Carlo %g V", sigma[0], v->data.offset_sigma_v);
    cr_expect(sigma[0] > pair && sigma[0] < 1.5 * pair, "offset sigma %g V, the input pair's %g V", sigma[0], pair);
    cr_expect_gt(noise[1], 1.05 * noise[0]);
    cr_expect_float_eq(sigma[1], sigma[0], 0.25 * sigma[0], "offset sigma %g V hot, %g V", sigma[1], sigma[0]);
    for (int i = 0; i < 3; i++) job_end(&j[i]);
    cells_library_free(&lib);
    tech_free(&t);
}

/* The current family is simulated at typical only. */
static bool at_corners(const char *function)
{
    static const char *const list[] = {"synapse", "row_driver", "block_switch", "col_end", "sar_adc"};
    for (size_t i = 0; i < COUNTOF(list); i++)
        if (str_eq(list[i], function)) return true;
    return false;
}

/* Has the point any variant of this function? */
static bool simulated(const CellCorner *c, const char *function)
{
    for (uint32_t i = 0; i < c->v.n; i++)
        if (str_eq(c->v.v[i].function, function)) return true;
    return false;
}

/* The shipped files: every function at four points at least, there every variant of it, figures that physics orders. */
Test(corners, shipped)
{
    static const char *const tech[] = {"n22", "n28", "sky130"};
    for (size_t k = 0; k < COUNTOF(tech); k++) {
        Tech t;
        CellLibrary lib;
        CellCorners c;
        cr_assert_eq(tech_read(tech[k], &t), ST_OK);
        cr_assert_eq(cells_library_read(&t, &lib), ST_OK);
        cr_assert_eq(cells_corners_read(&t, &c), ST_OK);
        cr_assert_geq(c.c.n, 4, "%s", tech[k]);
        for (uint32_t i = 0; i < lib.v.n; i++) {
            const CellVariant *v = &lib.v.v[i];
            if (!at_corners(v->function)) continue;
            double slow = 0, fast = 0;
            uint32_t points = 0;
            for (uint32_t q = 0; q < c.c.n; q++) {
                if (!simulated(&c.c.v[q], v->function)) continue;
                points++;
                const CellData *d = cells_corner_data(&c.c.v[q], v);
                cr_assert(d, "%s: no %s %s at %s %g C", tech[k], v->function, v->variant, c.c.v[q].process, c.c.v[q].temp_c);
                if (str_eq(v->function, "block_switch")) *(str_eq(c.c.v[q].process, "ss") ? &slow : &fast) = d->r_ohm;
            }
            cr_expect_geq(points, 4, "%s: %s at %u points", tech[k], v->function, points);
            cr_expect(slow >= fast, "%s %s: slow %g ohm, fast %g ohm", tech[k], v->variant, slow, fast);
        }
        cells_corners_free(&c);
        cells_library_free(&lib);
        tech_free(&t);
    }
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static char dir[64];

static Tech beside(const char *text)
{
    snprintf(dir, sizeof dir, "/tmp/apugen-corners-XXXXXX");
    cr_assert(mkdtemp(dir));
    Tech t = {.name = "n22", .dir = dir};
    if (text) {
        char path[96];
        snprintf(path, sizeof path, "%s/corners.xml", dir);
        FILE *f = fopen(path, "wb");
        fputs(text, f);
        fclose(f);
    }
    return t;
}

static void away(void)
{
    char path[96];
    snprintf(path, sizeof path, "%s/corners.xml", dir);
    unlink(path);
    rmdir(dir);
}

#define HEAD "<corners tech=\"n22\" simulator=\"ngspice-39\"><corner process=\"ss\" temp=\"-40C\" vdd=\"720mV\" decks=\"0\">"
#define TAIL "</corner></corners>"

Test(corners, read)
{
    CellCorners c;
    Tech t = beside(NULL);
    cr_assert_eq(cells_corners_read(&t, &c), ST_OK, "none is no error");
    cr_assert_eq(c.c.n, 0);
    away();
    t = beside(HEAD "<cell function=\"sar_adc\" name=\"b10\" tau-gain4=\"12.5ps\" leak=\"2nW\"/>" TAIL);
    cr_assert_eq(cells_corners_read(&t, &c), ST_OK);
    CellVariant v = {.function = "sar_adc", .variant = "b10"}, other = {.function = "sar_adc", .variant = "b9"};
    const CellData *d = cells_corner_data(&c.c.v[0], &v);
    cr_assert(d);
    cr_assert_float_eq(d->tau4_s, 12.5e-12, 1e-20);
    cr_assert_float_eq(d->leak_w, 2e-9, 1e-18);
    cr_assert(isnan(d->tau_s));
    cr_assert_null(cells_corner_data(&c.c.v[0], &other));
    cr_assert_float_eq(c.c.v[0].vdd, 0.72, 1e-12);
    cells_corners_free(&c);
    away();
    cr_assert_eq(mem_live(), 0);
}

/* A run of some points leaves the file's others as they are. */
Test(corners, other_points_stay, .timeout = 300)
{
    if (!proc_available("ngspice")) skip_test("ngspice is not installed");
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    CellCorners before;
    char out[96];
    snprintf(out, sizeof out, "/tmp/apugen-points-%d.xml", (int)getpid());
    const char *const name[] = {"block_switch_x1_slvt"};
    cr_assert_eq(cells_corners_read(&t, &before), ST_OK);
    cr_assert_eq(cells_corners_run(&t, false, name, 1, out, 2, NULL), ST_OK);
    Buf text = {0};
    cr_assert_eq(io_read(out, 1 << 24, &text), ST_OK);
    uint32_t n = 0;
    for (const char *p = text.s; (p = strstr(p, "<corner ")); p++) n++;
    cr_expect_eq(before.c.n, 27u);
    cr_expect_eq(n, 27u, "%u points", n);
    /* one that the four are not among: word for word as shipped */
    Buf shipped = {0};
    char file[512];
    snprintf(file, sizeof file, "%s/corners.xml", t.dir);
    cr_assert_eq(io_read(file, 1 << 24, &shipped), ST_OK);
    char *point = strstr(shipped.s, "  <corner process=\"tt\" temp=\"27C\" vdd=\"720mV\""), *end = point ? strstr(point, "</corner>") : NULL;
    cr_assert(end);
    *end = 0;
    cr_expect(strstr(text.s, point), "tt, 27 C, 0.72 V is not as it was");
    buf_free(&shipped);
    unlink(out);
    buf_free(&text);
    cells_corners_free(&before);
    tech_free(&t);
}

Test(corners, broken_files_are_told)
{
    static const char *const broken[][2] = {
        {"<cells tech=\"n22\"/>", "CELL-0006"},
        {"<corners tech=\"n28\" simulator=\"x\"/>", "CELL-0003"},
        {"<corners tech=\"n22\" simulator=\"x\"><cell/></corners>", "SCH-"},
        {HEAD "<cell function=\"sar_adc\" name=\"b10\" tau=\"12V\"/>" TAIL, "SCH-"},
        {HEAD "<cell function=\"sar_adc\"/>" TAIL, "SCH-"},
        {HEAD "<cell function=\"sar_adc\" name=\"b10\" taw=\"12ps\"/>" TAIL, "SCH-"},
        {"<corners tech=\"n22\" simulator=\"x\"><corner process=\"ss\" temp=\"-40C\" vdd=\"72kV\" decks=\"0\"/></corners>", "SCH-"},
        {HEAD, "XML-"},
    };
    for (size_t i = 0; i < COUNTOF(broken); i++) {
        Tech t = beside(broken[i][0]);
        CellCorners c;
        msg_capture_begin();
        Status st = cells_corners_read(&t, &c);
        const char *text = msg_capture_end();
        cr_expect_eq(st, ST_INPUT, "%zu: %s", i, broken[i][0]);
        cr_expect(strstr(text, broken[i][1]), "%zu: wanted %s: %s", i, broken[i][1], text);
        cr_expect_eq(c.c.n, 0);
        away();
    }
    Tech none = {.name = "n22", .dir = "/nowhere"};
    msg_capture_begin();
    cr_expect_eq(cells_corners_run(&none, false, NULL, 0, "/dev/null", 1, NULL), ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "CHR-0007"));
    cr_assert_eq(mem_live(), 0);
}
