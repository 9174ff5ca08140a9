/* The text of device models: includes, cards of a PDK out of their subcircuits, what is refused. */
#include "techs/techs.h"

#include "gen/base/io.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

static void begin(void)
{
    snprintf(folder, sizeof folder, "/tmp/apugen-models-%ld", (long)getpid());
    cr_assert_eq(io_mkdir(folder), ST_OK);
    setenv("APUGEN_PDK", folder, 1);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "w");
    cr_assert_not_null(f);
    cr_assert(fputs(text, f) >= 0 && fclose(f) == 0);
}

static void end(void)
{
    static const char *const names[] = {"m.sp", "sub.sp", "dev_tt.sp", "dev_ss.sp", "cards.sp", "tech.xml", "models.sp"};
    for (size_t i = 0; i < COUNTOF(names); i++) unlink(path_of(names[i]));
    rmdir(folder);
}

/* What comes out, and what is told. */
static Status take(const char *corner, Buf *out, const char **told)
{
    msg_capture_begin();
    Status st = tech_models_file(path_of("m.sp"), corner, out);
    *told = msg_capture_end();
    return st;
}

/* A PDK's device as SKY130's are: cards inside, parameters outside, comments in the middle of a statement. */
static const char *const device =
    "* licence\n.param\n+ a = 1\n* comment\n\n+ b = 2\n.include \"cards.sp\"\n";
static const char *const cards =
    ".subckt  dev d g s b\n+\n.param  l = 1 w = 1\nmdev d g s b dev__model l = {l}\n+ w = {w}\n"
    ".model dev__model.0 nmos\n* level\n+ level = 54\n+ vth0 = {a+b}\n.model dev__model.1 nmos\n+ level = 54\n.ends dev\n.param c = 3\n";

Test(models, cards_of_a_pdk_come_out_of_their_subcircuit, .init = begin, .fini = end)
{
    put("m.sp", "* ours\n.include $APUGEN_PDK/dev_$CORNER.sp\n.subckt dev d g s b w=1u l=1u\n* kept\nM1 d g s b dev__model w={w} l={l}\n.ends\n");
    put("dev_tt.sp", device);
    put("cards.sp", cards);
    Buf out = {0};
    const char *told;
    cr_assert_eq(take(NULL, &out, &told), ST_OK, "%s", told);
    cr_expect_str_eq(out.s, "* ours\n.param\n+ a = 1\n+ b = 2\n.model dev__model.0 nmos\n+ level = 54\n+ vth0 = {a+b}\n.model dev__model.1 nmos\n"
                            "+ level = 54\n.param c = 3\n.subckt dev d g s b w=1u l=1u\n* kept\nM1 d g s b dev__model w={w} l={l}\n.ends\n");
    buf_free(&out);
    /* Another corner is another file; one that is not there is named. */
    put("dev_ss.sp", ".param a = 9\n");
    cr_assert_eq(take("ss", &out, &told), ST_OK);
    cr_expect(str_starts(out.s, "* ours\n.param a = 9\n.subckt"), "%s", out.s);
    buf_free(&out);
    cr_expect_neq(take("ff", &out, &told), ST_OK);
    cr_expect_not_null(strstr(told, "dev_ff.sp"), "%s", told);
    buf_free(&out);
}

/* Our own includes stay as they are, subcircuits and all, relative to the file that names them. */
Test(models, own_includes_are_put_in_place, .init = begin, .fini = end)
{
    put("m.sp", ".inc 'sub.sp'\n.param x=1\n");
    put("sub.sp", ".subckt dev d g s b\nM1 d g s b n\n.ends");
    Buf out = {0};
    const char *told;
    cr_assert_eq(take(NULL, &out, &told), ST_OK);
    cr_expect_str_eq(out.s, ".subckt dev d g s b\nM1 d g s b n\n.ends\n.param x=1\n");
    buf_free(&out);
}

Test(models, what_is_refused, .init = begin, .fini = end)
{
    Buf out = {0};
    const char *told;
    put("m.sp", "* x\n.lib all.lib tt\n");
    cr_expect_eq(take(NULL, &out, &told), ST_INPUT);
    cr_expect(strstr(told, "m.sp:2:") && strstr(told, "TECH-0034"), "%s", told);
    put("m.sp", ".include m.sp\n");
    cr_expect_eq(take(NULL, &out, &told), ST_INPUT);
    cr_expect_not_null(strstr(told, "TECH-0034"), "%s", told);
    put("m.sp", "* x\n\n.include $APUGEN_PDK/dev_tt.sp\n");
    static const char *const none[] = {NULL, ""};
    for (size_t i = 0; i < COUNTOF(none); i++) {
        if (none[i]) setenv("APUGEN_PDK", none[i], 1);
        else unsetenv("APUGEN_PDK");
        cr_expect_eq(take(NULL, &out, &told), ST_INPUT);
        cr_expect(strstr(told, "m.sp:3:") && strstr(told, "TECH-0033"), "%s", told);
    }
    buf_free(&out);
}

/* Corners of a PDK's models whose model file takes typical cards by their name: refused; as it is shipped: two. */
Test(models, corners_of_a_pdk_want_their_files, .init = begin, .fini = end)
{
    Tech t;
    Arena a = {0};
    Buf tech = {0}, models = {0};
    const char *own = io_join(&a, io_data_dir(), "techs/sky130");
    cr_assert_eq(tech_read("sky130", &t), ST_OK);
    cr_expect_eq(t.corners.n, 2);
    cr_expect_eq(t.corners.v[0].n_mu, 1);
    tech_free(&t);
    cr_assert_eq(io_read(io_join(&a, own, "tech.xml"), 1 << 20, &tech), ST_OK);
    cr_assert_eq(io_read(io_join(&a, own, "models.sp"), 1 << 20, &models), ST_OK);
    for (char *p; (p = strstr(models.s, "$CORNER"));) memcpy(p, "typical", 7);
    put("tech.xml", tech.s);
    put("models.sp", models.s);
    msg_capture_begin();
    cr_expect_eq(tech_read(path_of("tech.xml"), &t), ST_INPUT);
    const char *told = msg_capture_end();
    cr_expect_not_null(strstr(told, "TECH-0036"), "%s", told);
    buf_free(&tech);
    buf_free(&models);
    arena_free(&a);
    cr_assert_eq(mem_live(), 0);
}
