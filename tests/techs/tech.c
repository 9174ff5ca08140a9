/* Technologies: the built-in ones pass, and every check finds its own seeded mistake, with line, value and limit. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "gen/base/io.h"
#include "techs/techs.h"

static char folder[] = "/tmp/apugen_tech_XXXXXX";

static const char *const built_in[] = {"n22", "n28"};

static void open_folder(void) { cr_assert_not_null(mkdtemp(folder)); }

static void close_folder(void)
{
    char path[128];
    static const char *const names[] = {"tech.xml", "models.sp"};
    for (size_t i = 0; i < COUNTOF(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

TestSuite(tech, .init = open_folder, .fini = close_folder);

static void put_file(const char *name, const char *text, size_t n)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(text, 1, n, f), n);
    cr_assert_eq(fclose(f), 0);
}

static void get_source(const char *name, Buf *out)
{
    Arena a = {0};
    const char *dir = io_join(&a, io_join(&a, io_data_dir(), "techs"), "n22");
    cr_assert_eq(io_read(io_join(&a, dir, name), 1 << 20, out), ST_OK);
    arena_free(&a);
}

/* Copy n22 with the k-th (from 0) `from` replaced by `to`; where `from` is NULL, unchanged. */
static void seed(const char *from, const char *to, int k)
{
    Buf text = {0}, models = {0};
    get_source("tech.xml", &text);
    get_source("models.sp", &models);
    put_file("models.sp", models.s, models.n);
    if (from) {
        const char *p = strstr(text.s, from);
        for (; k > 0 && p; k--) p = strstr(p + 1, from);
        cr_assert_not_null(p, "the seed '%s' has no place", from);
        Buf out = {0};
        buf_put(&out, text.s, (size_t)(p - text.s));
        buf_str(&out, to);
        buf_str(&out, p + strlen(from));
        put_file("tech.xml", out.s, out.n);
        buf_free(&out);
    } else {
        put_file("tech.xml", text.s, text.n);
    }
    buf_free(&text);
    buf_free(&models);
}

static Status read_seeded(const char **messages)
{
    char path[128];
    snprintf(path, sizeof path, "%s/tech.xml", folder);
    Tech t;
    msg_capture_begin();
    Status st = tech_read(path, &t);
    *messages = msg_capture_end();
    if (st == ST_OK) tech_free(&t);
    return st;
}

Test(tech, built_in_ones_pass)
{
    for (size_t i = 0; i < COUNTOF(built_in); i++) {
        Tech t;
        cr_assert_eq(tech_read(built_in[i], &t), ST_OK);
        cr_expect_str_eq(t.name, built_in[i]);
        cr_expect(t.predictive);
        cr_expect_not_null(strstr(t.title, "predictive"));
        cr_expect_eq(tech_top_metal(&t), 8);
        for (uint32_t k = 0; k < t.layers.n; k++) cr_expect(t.layers.v[k].source && *t.layers.v[k].source);
        for (uint32_t k = 0; k < t.devices.n; k++) cr_expect(t.devices.v[k].subckt && *t.devices.v[k].avt_source);
        tech_free(&t);
    }
    cr_assert_eq(mem_live(), 0);
}

/* Units end up in SI and dbu. */
Test(tech, values)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    const TechLayer *m7 = tech_metal(&t, 7), *v6 = tech_cut(&t, 6);
    const TechDevice *d = tech_device(&t, "nmos_rvt");
    cr_expect_eq(t.dbu_m, 1e-9);
    cr_expect_eq(m7->pitch, 160);
    cr_expect(m7->horizontal && !tech_metal(&t, 4)->horizontal);
    cr_expect_float_eq(m7->min_area, 0.0256e-12, 1e-20);
    cr_expect_float_eq(m7->j_max, 3.2e3, 1e-6);
    cr_expect_float_eq(v6->i_max, 32e-6, 1e-12);
    /* Black's law by hand: 0.9 eV, exponent 1, from 105 to 125 C: exp(0.9 / 8.617e-5 (1/398.15 - 1/378.15)) = 0.2497. */
    cr_expect_float_eq(tech_em_limit(&t, m7, 105), 3.2e3, 1e-9);
    cr_expect_float_eq(tech_em_limit(&t, m7, 125), 0.2497 * 3.2e3, 1e-4 * 3.2e3);
    cr_expect_float_eq(tech_em_limit(&t, v6, 125) / v6->i_max, 0.2497, 1e-4);
    cr_expect_gt(tech_em_limit(&t, m7, 85), 3.2e3);
    cr_expect_eq(tech_em_limit(&t, tech_cut(&t, 0), 125), 0, "contacts have no limit");
    cr_expect_eq(v6->cut_size, 40);
    cr_expect_eq(tech_space(m7, 240), 80);
    cr_expect_eq(tech_space(m7, 241), 100);
    cr_expect_eq(tech_space(m7, 481), 120);
    cr_expect_float_eq(d->ion, 540, 1e-6);
    cr_expect_float_eq(d->avt, 1.4e-9, 1e-15);
    cr_expect_float_eq(d->abeta, 1e-8, 1e-15);
    cr_expect_float_eq(t.mom_density, 0.68e-3, 1e-12);
    cr_expect_float_eq(t.cap_mismatch / sqrt(4e-15), 0.004, 1e-9);
    cr_expect_null(tech_layer(&t, "M9"));
    cr_expect_null(tech_cut(&t, 8));
    tech_free(&t);
}

Test(tech, layers_in_the_database)
{
    Tech t;
    Db db;
    cr_assert_eq(tech_read("n28", &t), ST_OK);
    tech_db_init(&t, &db, "x");
    cr_assert_eq(db.layers.n, t.layers.n);
    LayerId m4 = db_metal(&db, 4);
    cr_expect_eq(db.layers.v[m4.i].gds, 34);
    cr_expect_eq(db.layers.v[m4.i].gds_pin_type, 1);
    cr_expect_not(db.layers.v[m4.i].horizontal);
    cr_expect_eq(db.layers.v[db_cut(&db, 4).i].gds, 54);
    cr_expect_eq(db_check(&db), ST_OK);
    db_free(&db);
    tech_free(&t);
    cr_assert_eq(mem_live(), 0);
}

Test(tech, the_copy_itself_is_clean)
{
    const char *messages;
    seed(NULL, NULL, 0);
    cr_assert_eq(read_seeded(&messages), ST_OK, "%s", messages);
    cr_assert_str_empty(messages);
}

/* One mistake each. `says`: what the message must name besides the id (value, limit). */
static const struct {
    const char *from, *to;
    int k;
    const char *id, *says;
} mistakes[] = {
    {"<tech name", "<technology name", 0, "XML-0001", "tech.xml:"},
    {"dbu=\"1nm\"", "dbu=\"1\"", 0, "TECH-0004", "'1'"},
    {"grid=\"1nm\"", "", 0, "SCH-0001", "grid"},
    {"vcm=", "vmc=", 0, "SCH-0002", "vmc"},
    {"vdd=\"0.8V\"", "vdd=\"0.8\"", 0, "SCH-0003", "0.8"},
    {"vdd=\"0.8V\"", "vdd=\"80V\"", 0, "SCH-0004", "80"},
    {"direction=\"vertical\"", "direction=\"upright\"", 0, "SCH-0005", "upright"},
    {"pitch=\"80nm\"", "pitch=\"80.5nm\"", 1, "SCH-0006", "80.5"},
    {"<mom ", "<mim ", 0, "SCH-0007", "mim"},
    {"name=\"NP\"", "name=\"PP\"", 0, "TECH-0010", "'PP'"},
    {"device name=\"pmos_slvt\"", "device name=\"pmos_rvt\"", 0, "TECH-0010", "'pmos_rvt'"},
    {"gds=\"33\"", "gds=\"31\"", 0, "TECH-0011", "31/0"},
    {"pin-type=\"1\"", "pin-type=\"0\"", 0, "TECH-0011", "pin-type 0"},
    {"pitch=\"80nm\"", "pitch=\"78nm\"", 2, "TECH-0012", "pitch 78 dbu, limit width + space = 80"},
    {"grid=\"1nm\"", "grid=\"3nm\"", 0, "TECH-0013", "not a multiple of the grid of 3"},
    {"width=\"40nm\"", "width=\"39nm\"", 1, "TECH-0013", "39 dbu centred in a track of 80"},
    {"enc-below-side=\"0nm\"", "enc-below-side=\"5nm\"", 0, "TECH-0014", "50 dbu wide and leaves 35"},
    {"size=\"40nm\"", "size=\"41nm\"", 1, "TECH-0015", "cut 41 dbu"},
    {"enc-above=\"20nm\" enc-below-side=\"0nm\" enc-above-side=\"0nm\"", "enc-above=\"0nm\" enc-below-side=\"0nm\" enc-above-side=\"0nm\"", 0, NULL, NULL},
    {"enc-below=\"20nm\" enc-above=\"20nm\" enc-below-side=\"0nm\" enc-above-side=\"20nm\"",
     "enc-below=\"20nm\" enc-above=\"10nm\" enc-below-side=\"0nm\" enc-above-side=\"20nm\"", 0, "TECH-0015", "side enclosure 20"},
    {"level=\"5\"", "level=\"9\"", 0, "TECH-0016", "level 5 is missing"},
    {"name=\"V3\" level=\"3\"", "name=\"V3\" level=\"2\"", 0, "TECH-0016", "no cut of level 3"},
    {"name=\"V7\" level=\"7\"", "name=\"V7\" level=\"8\"", 0, "TECH-0016", "no metal 9"},
    {"direction=\"vertical\"", "direction=\"horizontal\"", 1, "TECH-0017", "same direction"},
    {"height=\"350nm\"", "height=\"250nm\"", 0, "TECH-0018", "begins at 250 nm, within M1 which ends at 276 nm"},
    {"min-area=\"0.0064um2\"", "min-area=\"0.00064um2\"", 0, "TECH-0019", "0.0016 um2"},
    {"name=\"nmos_slvt\"", "name=\"nmos_ulvt\"", 0, "TECH-0020", "nmos_slvt is missing"},
    {"kind=\"pmos\"", "kind=\"nmos\"", 0, "TECH-0020", "pmos_rvt is of kind nmos"},
    {"models=\"models.sp\"", "models=\"model.sp\"", 0, "TECH-0021", "model.sp"},
    {"model=\"n22p_rvt\"", "model=\"n22p_rv\"", 0, "TECH-0022", ".subckt n22p_rv"},
    {"ladder-step=\"40mV\"", "ladder-step=\"60mV\"", 0, "TECH-0023", "420 mV, limit is the distance of vcm from the rails, 400 mV"},
    {"over=\"240nm\"", "over=\"100nm\"", 0, "TECH-0024", "over 100"},
    {"density-step=\"50um\"", "density-step=\"30um\"", 0, "TECH-0032", "not a multiple of density-step 30000"},
    {"density-max=\"80%\"", "density-max=\"10%\"", 1, "TECH-0032", "not below density-max"},
    {"density-max=\"80%\"", "", 0, "TECH-0032", "go together"},
    {"antenna-sum=\"1600\"", "antenna-sum=\"300\"", 0, "TECH-0032", "below antenna 400"},
    {"j-max=\"1.5mA/um\" em-temp=\"105C\"", "j-max=\"1.5mA/um\"", 0, "TECH-0035", "M1: em-temp and a limit, j-max, go together"},
    {"i-max=\"32uA\" em-temp=\"105C\"", "em-temp=\"105C\"", 0, "TECH-0035", "V1: em-temp and a limit, i-max, go together"},
    {"<electromigration at=\"125C\" activation=\"0.9\" exponent=\"1\"", "<!-- gone --><wide over=\"1um\" space=\"1um\"", 0, "SCH-0007", "wide"},
    {"activation=\"0.9\"", "activation=\"0\"", 0, "SCH-0004", "0.1"},
    {"role=\"resistor\"", "role=\"resistor\" body=\"DIFF\"", 0, "TECH-0030", "names poly or a metal"},
    {"hi=\"6\"", "hi=\"9\"", 0, "TECH-0025", "5 to 9"},
    {"lo=\"5\"", "lo=\"3\"", 0, "TECH-0025", "limit 5"},
    {"kind=\"poly\"", "kind=\"other\"", 0, "TECH-0026", "kind poly"},
    {"cell-row=\"720nm\"", "cell-row=\"730nm\"", 0, "TECH-0027", "730 dbu is not a multiple of the pitch of M3, 80"},
    {"rail=\"120nm\"", "rail=\"78nm\"", 0, "TECH-0027", "limit 80"},
    {"rail=\"120nm\"", "rail=\"140nm\"", 0, "TECH-0027", "wide metal, limit 120"},
    {"w-min=\"80nm\"", "w-min=\"300nm\"", 0, "TECH-0028", "300 dbu does not fit a row"},
    {"gate-pitch=\"100nm\"", "gate-pitch=\"50nm\"", 0, "TECH-0028", "gate pitch of 50"},
    {"<resistor sheet=\"400ohm/sq\" width=\"100nm\" space=\"100nm\" source=\"assumed: unsilicided poly of the class\"/>", "", 0, "TECH-0003",
     "no <resistor>"},
};

Test(tech, every_check_finds_its_mistake)
{
    for (size_t i = 0; i < COUNTOF(mistakes); i++) {
        const char *messages;
        seed(mistakes[i].from, mistakes[i].to, mistakes[i].k);
        Status st = read_seeded(&messages);
        if (!mistakes[i].id) {
            cr_expect_eq(st, ST_OK, "%zu: %s -> %s is legal: %s", i, mistakes[i].from, mistakes[i].to, messages);
            continue;
        }
        char id[32];
        snprintf(id, sizeof id, "[%s]", mistakes[i].id);
        cr_expect_eq(st, ST_INPUT, "%zu: %s -> %s", i, mistakes[i].from, mistakes[i].to);
        cr_expect_not_null(strstr(messages, id), "%zu: %s -> %s, got %s", i, mistakes[i].from, mistakes[i].to, messages);
        cr_expect_not_null(strstr(messages, mistakes[i].says), "%zu: wanted '%s' in %s", i, mistakes[i].says, messages);
        const char *place = strstr(messages, "tech.xml:");
        cr_expect(place && place[9] >= '1' && place[9] <= '9', "%zu: no line in %s", i, messages);
    }
    cr_assert_eq(mem_live(), 0);
}

Test(tech, no_such_technology)
{
    Tech t;
    msg_capture_begin();
    Status st = tech_read("n21", &t);
    const char *messages = msg_capture_end();
    cr_expect_eq(st, ST_IO);
    cr_expect_not_null(strstr(messages, "TECH-0001"));
    cr_expect_not_null(strstr(messages, "n21"));
}

/* Currents and times of the current family: a technology's own, or those that are meant where it says nothing. */
Test(tech, pulses)
{
    Tech t;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cr_expect(t.source_i == 200e-9 && t.pulse_step == 1e-9 && t.pulse_rest == 4e-9 && t.gates_decouple == 0);
    tech_free(&t);
    cr_assert_eq(tech_read("sky130", &t), ST_OK);
    cr_expect_float_eq(t.source_i, 1e-6, 1e-15);
    cr_expect_float_eq(t.pulse_step, 2e-9, 1e-18);
    cr_expect_float_eq(t.pulse_rest, 12e-9, 1e-18);
    cr_expect_eq(t.gates_decouple, 1);
    tech_free(&t);
}
