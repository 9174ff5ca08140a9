/* The law of the references' settling against ngspice: arrays of real capacitors and switches on two wires. */
#include <criterion/criterion.h>
#include <math.h>
#include <unistd.h>

#include "gen/base/io.h"
#include "gen/reference.h"

enum { N = 12 };
#define ARRAY_F 500e-15
#define TIME 3e-9

/* What a deck measures as m0 ... */
static void run(const Buf *text, uint32_t n, double *m)
{
    char dir[] = "/tmp/apugen-ref-XXXXXX", deck[64], log[64];
    Out *o;
    Buf b = {0};
    cr_assert_not_null(mkdtemp(dir));
    snprintf(deck, sizeof deck, "%s/deck.sp", dir);
    snprintf(log, sizeof log, "%s/log", dir);
    cr_assert_eq(out_open(deck, &o), ST_OK);
    out_write(o, text->s, text->n);
    cr_assert_eq(out_commit(o, NULL, NULL), ST_OK);
    int code;
    const char *argv[] = {"ngspice", "-b", "deck.sp", NULL};
    cr_assert_eq(proc_run(argv, dir, log, 60, &code), ST_OK);
    cr_assert_eq(io_read(log, 1 << 20, &b), ST_OK);
    for (uint32_t i = 0; i < n; i++) {
        char want[16];
        snprintf(want, sizeof want, "\nm%u ", i);
        const char *at = strstr(b.s, want);
        cr_assert_not_null(at, "no %s in %s", want + 1, log);
        m[i] = strtod(strchr(at, '=') + 1, NULL);
    }
    buf_free(&b);
    unlink(deck);
    unlink(log);
    rmdir(dir);
}

/* Each converter: a quarter of its array is raised, a half dropped, a quarter stays low, the top floats. Either wire has half of the resistances. What
 * the arrays lack of 1 V at TIME. */
static void spice(const RefLine *l, double drop, double raise, double stay_high, double *left)
{
    Buf b = {0};
    buf_printf(&b, "references\nVr ref 0 1\nVc ck 0 pulse(0 1 1n 1p 1p 1 2)\n.model s sw vt=0.5 vh=0.1 ron=1m roff=1e12\n");
    for (uint32_t i = 0; i < l->n; i++) {
        double r = (l->along[i] + (i ? 0 : l->source)) / 2, low = 1 - drop - raise - stay_high;
        if (i) buf_printf(&b, "Rp%u p%u p%u %.9g\nRn%u n%u n%u %.9g\n", i, i - 1, i, r, i, i - 1, i, r);
        else buf_printf(&b, "Rp0 ref p0 %.9g\nRn0 0 n0 %.9g\n", r, r);
        buf_printf(&b, "Rlp%u p%u ap%u %.9g\nRln%u n%u an%u %.9g\nRt%u t%u 0 1e12\n", i, i, i, l->local / 2, i, i, i, l->local / 2, i, i);
        buf_printf(&b, "Cd%u d%u t%u %.9g\nCr%u r%u t%u %.9g\nCl%u an%u t%u %.9g\n", i, i, i, drop * ARRAY_F, i, i, i, raise * ARRAY_F, i, i, i, low * ARRAY_F);
        if (stay_high > 0) buf_printf(&b, "Ch%u ap%u t%u %.9g\n", i, i, i, stay_high * ARRAY_F);
        buf_printf(&b, "Sd%u d%u an%u ck 0 s\nSe%u ap%u d%u 0 ck s2\nSr%u ap%u r%u ck 0 s\nSq%u r%u an%u 0 ck s2\n", i, i, i, i, i, i, i, i, i, i, i, i);
    }
    buf_printf(&b, ".model s2 sw vt=-0.5 vh=0.1 ron=1m roff=1e12\n.tran 2p 5n 0 2p\n.control\nset numdgt=9\nrun\n");
    for (uint32_t i = 0; i < l->n; i++) buf_printf(&b, "let d%u = v(ap%u) - v(an%u)\nmeas tran m%u find d%u at=%.6g\n", i, i, i, i, i, 1e-9 + TIME);
    buf_printf(&b, ".endc\n.end\n");
    run(&b, l->n, left);
    for (uint32_t i = 0; i < l->n; i++) left[i] = 1 - left[i];
    buf_free(&b);
}

static RefLine line(double *along, double source, double each, double local)
{
    for (uint32_t i = 0; i < N; i++) along[i] = each;
    return (RefLine){.n = N, .bits = 10, .array_f = ARRAY_F, .source = source, .along = along, .local = local, .time = TIME};
}

Test(reference, settles_as_in_ngspice, .timeout = 60)
{
    static const struct {
        double source, each, local, drop, raise, high;
    } of[] = {{60, 40, 700, 0.5, 0.25, 0}, {700, 1, 30, 0.5, 0.25, 0}, {20, 60, 10, 0.25, 0.125, 0.5}};
    for (size_t k = 0; k < COUNTOF(of); k++) {
        double along[N], law[N], got[N];
        RefLine l = line(along, of[k].source, of[k].each, of[k].local);
        reference_event(&l, of[k].raise, of[k].raise + of[k].high, law);
        spice(&l, of[k].drop, of[k].raise, of[k].high, got);
        cr_expect_gt(got[N - 1], 3e-4, "case %zu is to tell something: %g", k, got[N - 1]);
        for (uint32_t i = 0; i < N; i++) cr_expect_float_eq(law[i], got[i], 0.02 * got[i] + 2e-5, "case %zu, converter %u: law %g, ngspice %g", k, i, law[i], got[i]);
    }
}

/* One converter: an exponential, of the bit whose capacitance and step make it largest. */
Test(reference, one_converter_is_one_time_constant)
{
    double along[N], left, worst, most = 0;
    RefLine l = line(along, 2500, 500, 0);
    l.n = 1;
    for (int k = 2; k <= 6; k++)
        for (int odd = 1; odd + 1 < 1 << k; odd += 2) {
            double b = ldexp(1, -k), to = odd * b, c = to * (1 - to), want = b * (1 + to) / c * exp(-TIME / (3000 * c * ARRAY_F));
            reference_event(&l, b, to, &left);
            cr_expect_float_eq(left, want, 2e-3 * want + 1e-8, "%g of %g", left, want);
            most = fmax(most, want * fmax(to, 1 - to));
        }
    reference_settle(&l, &worst);
    cr_expect_float_eq(worst, most, 2e-3 * most, "%g of %g", worst, most);
}

/* Farther converters lack more; wires twice as wide leave less; with none nothing is left. */
Test(reference, what_wires_do)
{
    double along[N], a[N], b[N], c[N];
    RefLine l = line(along, 50, 30, 10);
    reference_settle(&l, a);
    for (uint32_t i = 1; i < N; i++) cr_expect_gt(a[i], a[i - 1]);
    l = line(along, 50, 15, 10);
    reference_settle(&l, b);
    cr_expect_lt(b[N - 1], a[N - 1] / 2);
    l = line(along, 1e-3, 1e-3, 1e-3);
    reference_settle(&l, c);
    cr_expect_lt(c[N - 1], 1e-6);
}

/* ---- the trunks ---------------------------------------------------------------------------------------------------------- */

enum { BITS = 8 };

/* One converter whose bits hang on trunks of `ohm` each, the largest nearest or farthest; code `from` becomes `to`. What the top's voltage lacks at TIME. */
static double spice_trunk(double ohm, bool near, double source, uint32_t from, uint32_t to)
{
    Buf b = {0};
    double at[2], prev = 0;
    const char *last[2] = {"ref", "0"};
    char node[2][16];
    buf_printf(&b, "trunks\nVr ref 0 1\nVc ck 0 pulse(0 1 1n 1p 1p 100n 200n)\n.model s sw vt=0.5 vh=0.1 ron=1m roff=1e12\n.model s2 sw vt=-0.5 vh=0.1 ron=1m roff=1e12\nRt t 0 1e13\n");
    for (uint32_t k = 0; k <= BITS; k++) { /* in the order of their places */
        uint32_t bit = near ? BITS - 1 - k : k - 1; /* the capacitor that makes the sum a power of two stands beside the smallest, at VREFN */
        bool end = near ? k == BITS : k == 0;
        double here = ohm * (k + 1) / (BITS + 1), c = ARRAY_F * (end ? 1 : 1u << bit) / (1 << BITS);
        for (int w = 0; w < 2; w++) {
            buf_printf(&b, "R%c%u %s %c%u %.9g\n", "pn"[w], k, last[w], "pn"[w], k, here - prev + (k ? 0 : source / 2));
            snprintf(node[w], sizeof node[w], "%c%u", "pn"[w], k);
            last[w] = node[w];
        }
        prev = here;
        buf_printf(&b, "C%u x%u t %.9g\n", k, k, c);
        bool was = !end && from >> bit & 1, is = !end && to >> bit & 1;
        buf_printf(&b, "Sa%u x%u %c%u 0 ck s2\nSb%u x%u %c%u ck 0 s\n", k, k, was ? 'p' : 'n', k, k, k, is ? 'p' : 'n', k);
    }
    buf_printf(&b, ".tran 2p 80n 0 2p\n.control\nset numdgt=9\nrun\nmeas tran m0 find v(t) at=%.6g\nmeas tran m1 find v(t) at=79n\n.endc\n.end\n", 1e-9 + TIME);
    run(&b, 2, at);
    buf_free(&b);
    return fabs(at[0] - at[1]);
}

/* One resistance before the array lacks more than its bits along the trunk do, whatever their order: with the largest nearest the trunk hardly counts. */
Test(reference, an_array_behind_its_weighed_trunk_is_a_bound, .timeout = 60)
{
    static const double ohm = 3000, source = 1500;
    for (int near = 0; near < 2; near++) {
        double weighed = 0, along[N], law, of = 0;
        for (uint32_t k = 0; k <= BITS; k++) {
            uint32_t bit = near ? BITS - 1 - k : k - 1;
            bool end = near ? k == BITS : k == 0;
            weighed += 2 * ohm * (k + 1) / (BITS + 1) * (end ? 1 : 1u << bit) / (1 << BITS);
        }
        RefLine l = line(along, source, 1e-6, weighed);
        l.n = 1;
        reference_event(&l, 1.0 / 8, 3.0 / 8, &law);
        law *= 5.0 / 8;
        of = spice_trunk(ohm, near, source, 1 << (BITS - 1), 3 << (BITS - 3));
        cr_expect_gt(law, of, "%s: law %g, ngspice %g", near ? "near" : "far", law, of);
        cr_expect_lt(law, near ? 10 * of : 4 * of, "%s: law %g, ngspice %g", near ? "near" : "far", law, of);
        cr_expect_gt(of, 1e-6);
    }
}

/* Two bits on trunks of known length. */
Test(reference, a_drawn_trunk_is_as_long_as_its_bits_are_far)
{
    Tech t;
    Db db;
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    tech_db_init(&t, &db, "trunks");
    CellId c = db_add_cell(&db, "adc", CELL_LEAF, "sar_adc");
    double cuts = 0;
    for (int32_t l = 1; l < 4; l++) cuts += tech_cut(&t, l)->r_cut;
    int32_t m4 = tech_metal(&t, 4)->width, far[] = {30000, 10000};
    NetId wire[2];
    for (int k = 0; k < 2; k++) wire[k] = db_add_port(&db, c, k ? "VREFN" : "VREFP", 1, DIR_IN, USE_SIGNAL);
    for (int k = 0; k < 2; k++) {
        NetId n = wire[k];
        db_add_shape(&db, c, db_metal(&db, 3), SHAPE_PIN, (Box){0, 0, 1000, 500}, n, 0);
        db_add_shape(&db, c, db_metal(&db, 4), SHAPE_WIRE, (Box){100 * k, 0, 100 * k + m4, 40500}, n, 0);
        db_add_shape(&db, c, db_metal(&db, 1), SHAPE_WIRE, (Box){100 * k, 40400, 100 * k + 50, 40500}, n, 0);
        NetId bot = db_add_net(&db, c, k ? "bot1" : "bot0", 1, USE_SIGNAL);
        db_add_shape(&db, c, db_metal(&db, 1), SHAPE_WIRE, (Box){0, 0, 100, far[k] + 500}, bot, 0);
        db_add_shape(&db, c, db_metal(&db, 4), SHAPE_WIRE, (Box){300, 0, 340, 40000}, bot, 0); /* how high it is elsewhere does not count */
    }
    double per = tech_metal(&t, 4)->r_sheet / m4, want = 2 * (cuts + tech_cut(&t, 3)->r_cut + per * (0.25 * 40000 + 0.25 * 30000 + 0.5 * 10000));
    cr_expect_float_eq(reference_local(&db, &t, c, 2), want, 1e-9 * want, "%g ohm, %g wanted", reference_local(&db, &t, c, 2), want);
    db_free(&db);
    tech_free(&t);
}
