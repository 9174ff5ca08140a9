/* The law of a drawn converter's thresholds against ngspice: the real circuit converts with the couplings that extraction found in its drawing. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "cells/characterize_int.h"
#include "cells/timing.h"
#include "gen/drawn_adc.h"
#include "gen/sized.h"
#include "route/extract_leaf.h"

enum { BITS = 6, GAIN = 4, INPUTS = 1, LOUD = 100 /* times: the nets that move count so often, for all to show */ };
#define PERIOD cells_t_clk(GAIN)
#define CLOCK (4e-9 + CELLS_T_START + CELLS_T_SELECT)

/* LSB from the middle: bits are kept and dropped by turns. */
static const double input[INPUTS] = {-10.5};

static const char *name_of(const Db *db, const DbCell *c, LeafNode n) { return n.net.i == NET_NONE.i ? "" : db_name(db, c->nets.v[n.net.i].name); }
static bool is_top(const char *name) { return str_eq(name, "top") || str_eq(name, "topg"); }
static bool is_input(const char *name) { return str_eq(name, "in"); }

/* Does the logic move the net from decision to decision? Written from cells/circuit_sar.c: its bits' nets, and the latch behind the comparator. */
static bool moves(const char *name)
{
    static const char *const of[] = {"D", "t", "tb", "k", "kb", "swt", "swb"};
    size_t n = strlen(name), letters = n;
    while (letters > 0 && name[letters - 1] >= '0' && name[letters - 1] <= '9') letters--;
    for (size_t i = 0; i < COUNTOF(of); i++)
        if (strlen(of[i]) == letters && strncmp(of[i], name, letters) == 0 && (letters < n || i == 0)) return true;
    return str_eq(name, "comp") || str_eq(name, "cmp_a") || str_eq(name, "cmp_b");
}

/* The node in the deck. */
static void node(const Db *db, const DbCell *c, LeafNode n, Buf *out)
{
    static const char *const port[][2] = {{"VDD", "vdd"}, {"VSS", "0"}, {"VCM", "vcm"}, {"VREFP", "ref"}, {"VREFN", "0"}, {"DIN", "0"}, {"AIN", "ain"}, {"CLK", "ck"}, {"START", "st"}, {"DONE", "done"}};
    const char *name = name_of(db, c, n);
    if (!*name) {
        buf_str(out, "0");
        return;
    }
    if (str_eq(name, "D")) {
        buf_printf(out, "d%u", n.bit);
        return;
    }
    for (size_t i = 0; i < COUNTOF(port); i++)
        if (str_eq(name, port[i][0])) {
            buf_str(out, port[i][1]);
            return;
        }
    buf_printf(out, "xa.%s", name);
}

/* Couplings to the array's top as devices beside the circuit, which has its capacitors already; those to the input if wanted. Returns their sum, F. */
static double add_wires(CharDeck *d, const Db *db, CellId cell, const LeafCaps *caps, double unit, double loud, bool both)
{
    const DbCell *c = &db->cells.v[cell.i];
    double sum = 0;
    for (uint32_t i = 0; i < caps->v.n; i++) {
        const LeafCap *x = &caps->v.v[i];
        bool a = is_top(name_of(db, c, x->a));
        if (a == is_top(name_of(db, c, x->b))) continue;
        LeafNode n = a ? x->b : x->a;
        const char *name = name_of(db, c, n);
        if (!both && is_input(name)) continue;
        double farad = (x->farad + x->plates) * (moves(name) ? loud : 1), drawn = 0;
        bool plate = str_eq(name_of(db, c, a ? x->a : x->b), "top"); /* wires of topg, behind the switch that is always on, see bottoms, too */
        if (plate && str_starts(name, "bot")) drawn = unit * (1 << atoi(name + 3));
        if (plate && str_eq(name, "VREFN")) drawn = unit;
        sum += farad;
        Buf to = {0};
        node(db, c, n, &to);
        deck_put(d, "cw%u xa.top %s %.9g\n", i, to.s, farad - drawn);
        buf_free(&to);
    }
    return sum;
}

/* One conversion of an ideal source; the top just before each decision. */
static void conversion(CharDeck *d, const Tech *t, const CellVariant *v, double lsb, const Db *drawn, CellId cell, const LeafCaps *caps, double *sum, double in)
{
    double full = 14 * t->ladder_step / GAIN, clocks[BITS];
    Db db;
    db_init(&db, "adc", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "sar_adc", v, BITS);
    deck_begin(d, t, 300, "reltol=1e-4 vntol=1e-8", "converter %s %g", caps ? "with wires" : "bare", in);
    cells_spice(&db, t, c, &d->text);
    deck_inst(d, &db, c, "a", "AIN[0]=ain AIN[1]=ain DIN[0]=0 DIN[1]=0 VREFP=ref VREFN=0 CLK=ck START=st DONE=done D[0]=d0 D[1]=d1 D[2]=d2 D[3]=d3 D[4]=d4 D[5]=d5", "", NULL);
    deck_put(d, "vref ref 0 %.9g\nvain ain 0 %.9g\n", full, t->vcm + in * lsb);
    deck_step(d, "st", t->vdd, 0, 4e-9 + CELLS_T_START - 0.2e-9, 0);
    deck_put(d, ".ic v(xa.cmp_a)=%.9g v(xa.cmp_b)=0 v(xa.comp)=0\n", t->vdd); /* the decision before was 0 */
    deck_put(d, "vck ck 0 pulse(0 %.9g %.9g 50p 50p %.9g %.9g)\n", t->vdd, CLOCK, PERIOD - CELLS_T_CLK_LOW, PERIOD);
    if (caps) *sum = add_wires(d, drawn, cell, caps, v->param[1], LOUD, true);
    for (int i = 0; i < BITS; i++) {
        char m[16], n[16];
        snprintf(m, sizeof m, "top%d", i), snprintf(n, sizeof n, "d%d", i);
        clocks[i] = CLOCK + i * PERIOD;
        deck_at(d, m, "xa.top", clocks[i] - 20e-12);
        snprintf(m, sizeof m, "q%d", i);
        deck_at(d, m, n, CLOCK + BITS * PERIOD + 0.9e-9);
    }
    deck_fine(d, clocks, BITS, DECK_DECIDE);
    deck_tran(d, 0.1e-9, CLOCK + BITS * PERIOD + 1e-9);
    db_free(&db);
}

#define COLUMN 40e-15

/* Couplings of the top, and of the input to what moves while it is converted; what it has beside those, or if `lumped` all, to ground. */
static void add_all(CharDeck *d, const Db *db, CellId cell, const LeafCaps *caps, double unit, bool lumped)
{
    const DbCell *c = &db->cells.v[cell.i];
    add_wires(d, db, cell, caps, unit, 1, false);
    for (uint32_t i = 0; i < caps->v.n; i++) {
        const LeafCap *x = &caps->v.v[i];
        bool a = is_input(name_of(db, c, x->a));
        LeafNode n = a ? x->b : x->a;
        const char *name = name_of(db, c, n);
        if (a == is_input(name_of(db, c, x->b)) || str_eq(name, "AIN")) continue; /* n22's pins are short: 0.04 fF */
        Buf to = {0};
        if (is_top(name) && lumped) deck_put(d, "ci%u xa.top 0 %.9g\n", i, x->farad + x->plates);
        if (is_top(name) && !lumped) buf_str(&to, "xa.top");
        else if (!lumped) node(db, c, n, &to);
        else buf_str(&to, "0");
        deck_put(d, "cn%u xa.in %s %.9g\n", i, to.s, x->farad + x->plates);
        buf_free(&to);
    }
}

/* A column of 40 fF meets the converter after its reset and is converted; input and top just before each decision. */
static void on_column(CharDeck *d, const Tech *t, const CellVariant *v, double lsb, const Db *drawn, CellId cell, const LeafCaps *caps, bool lumped, double in)
{
    double full = 14 * t->ladder_step / GAIN, clocks[BITS];
    Db db;
    db_init(&db, "adc", t->name, t->dbu_m, t->grid);
    CellId c = char_cell(&db, t, "sar_adc", v, BITS);
    deck_begin(d, t, 300, "reltol=1e-4 vntol=1e-8", "converter on a column, %s", lumped ? "input held" : "input with wires");
    cells_spice(&db, t, c, &d->text);
    deck_inst(d, &db, c, "a", "AIN[0]=ain AIN[1]=ain DIN[0]=0 DIN[1]=0 VREFP=ref VREFN=0 CLK=ck START=st DONE=done D[0]=d0 D[1]=d1 D[2]=d2 D[3]=d3 D[4]=d4 D[5]=d5", "", NULL);
    deck_put(d, "vref ref 0 %.9g\nccol col 0 %.9g\n.ic v(col)=%.9g\nvsel sel 0 pwl(0 0 %.9g 0 %.9g 1)\nsc ain col sel 0 ideal\n.model ideal sw vt=0.5 vh=0.1 ron=1k roff=1e14\n", full, COLUMN,
             t->vcm + in * lsb, CLOCK - 2e-9, CLOCK - 1.95e-9);
    deck_step(d, "st", t->vdd, 0, CLOCK - 2.2e-9, 0);
    deck_put(d, ".ic v(xa.cmp_a)=%.9g v(xa.cmp_b)=0 v(xa.comp)=0\n", t->vdd);
    deck_put(d, "vck ck 0 pulse(0 %.9g %.9g 50p 50p %.9g %.9g)\n", t->vdd, CLOCK, PERIOD - CELLS_T_CLK_LOW, PERIOD);
    add_all(d, drawn, cell, caps, v->param[1], lumped);
    for (int i = 0; i < BITS; i++) {
        char m[16], n[16];
        clocks[i] = CLOCK + i * PERIOD;
        snprintf(m, sizeof m, "top%d", i);
        deck_at(d, m, "xa.top", clocks[i] - 20e-12);
        snprintf(m, sizeof m, "in%d", i);
        deck_at(d, m, "ain", clocks[i] - 20e-12);
        snprintf(m, sizeof m, "q%d", i), snprintf(n, sizeof n, "d%d", i);
        deck_at(d, m, n, CLOCK + BITS * PERIOD + 0.9e-9);
    }
    deck_fine(d, clocks, BITS, DECK_DECIDE);
    deck_tran(d, 0.1e-9, CLOCK + BITS * PERIOD + 1e-9);
    db_free(&db);
}

static uint32_t code_of(const CharDeck *d, double vdd)
{
    uint32_t code = 0;
    for (int i = 0; i < BITS; i++) code |= (uint32_t)(char_getf(d, "q%d", i) > vdd / 2) << i;
    return code;
}

Test(converter_sim, wires_move_decisions_as_the_law_says, .timeout = 900)
{
    Tech t;
    CellLibrary lib = {0};
    Db db;
    CellId cell, tap;
    DrawStats stats;
    LeafCaps caps;
    ArrayWires w, bare = {.bits = BITS};
    CharDeck d[2 * INPUTS] = {0};
    double sum = 0, worst = 0, moved = 0, begin = 0;
    if (!proc_available("ngspice")) {
        fprintf(stderr, "skipped: converter_sim: no ngspice\n");
        return;
    }
    setenv("APUGEN_CACHE", "", 1); /* simulated here and now */
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cells_variants(&t, &lib);
    const CellVariant *v = char_variant(&lib, "sar_adc", "b6");
    tech_db_init(&t, &db, "adc");
    cr_assert_eq(draw_variant(&db, &t, &lib, v, "sar_adc", &cell, &stats, &tap), ST_OK);
    sized_cell(&db, &t, cell);
    extract_leaf(&db, &t, cell, &caps);
    array_wires(&db, &t, cell, BITS, 1, &w);
    bare.held = v->param[1];
    for (uint32_t k = 0; k < BITS; k++) bare.bottom[k] = v->param[1] * (1 << k), w.code[k] *= LOUD, w.trial[k] *= LOUD, w.kept[k] *= LOUD;
    w.last *= LOUD;
    double range = 14 * t.ladder_step / GAIN, lsb = range / (1 << BITS), supply = t.vdd / range, array = sar_top(&bare);
    for (int i = 0; i < INPUTS; i++) {
        conversion(&d[2 * i], &t, v, lsb, NULL, cell, NULL, NULL, input[i]);
        conversion(&d[2 * i + 1], &t, v, lsb, &db, cell, &caps, &sum, input[i]);
    }
    cr_assert_eq(char_run(d, 2 * INPUTS, 2), ST_OK);
    for (int i = 0; i < INPUTS; i++) {
        const CharDeck *b = &d[2 * i], *x = &d[2 * i + 1];
        uint32_t code[2] = {code_of(b, t.vdd), code_of(x, t.vdd)}, common = 0;
        /* What devices hang on the top: how far a bare array's steps are from those of its capacitors. */
        double first = char_get(b, "top0") - t.vcm, steps = 0, law = 0;
        for (int k = 0; k < BITS && (k == 0 || (code[0] ^ code[1]) >> (BITS - k) == 0); k++) {
            uint32_t above = code[0] >> (BITS - k) << (BITS - k), bit = (uint32_t)(BITS - 1 - k);
            bool last = k > 0 && (code[0] >> (bit + 1) & 1);
            if (k == 0) above = 0;
            steps += fabs(char_getf(b, "top%d", k) - t.vcm - first), law += fabs(sar_decision(&bare, INFINITY, supply, above, bit, last)) * range;
            common++;
        }
        cr_expect_geq(common, 4u, "input %g: codes %u and %u", input[i], code[0], code[1]);
        double with = array * law / steps, devices = with - array; /* F */
        cr_expect(devices > 0 && devices < 0.2 * array, "%g fF of devices", devices * 1e15);
        for (uint32_t k = 0; k < common; k++) {
            uint32_t above = k ? code[0] >> (BITS - k) << (BITS - k) : 0, bit = BITS - 1 - k;
            bool last = k > 0 && (code[0] >> (bit + 1) & 1);
            double is_bare = char_getf(b, "top%u", k) - t.vcm, is = char_getf(x, "top%u", k) - t.vcm;
            double q = sar_decision(&w, INFINITY, supply, above, bit, last) * sar_top(&w) - sar_decision(&bare, INFINITY, supply, above, bit, last) * array;
            double want = (is_bare * with + q * range) / (sum + devices), scaled = is_bare * with / (sum + devices);
            if (k == 0) begin = is - want; /* what the reset's switches leave, all decisions alike: calibrated */
            fprintf(stderr, "converter_sim: input %g, decision %u of code %u: %.3f mV bare, %.3f with wires, the law says %.3f: off by %.3f LSB of %.3f moved\n", input[i], k, code[0], is_bare * 1e3, is * 1e3, want * 1e3,
                    (is - want) / lsb, (is - scaled) / lsb);
            worst = fmax(worst, fabs(is - want - begin) / lsb);
            moved = fmax(moved, fabs(is - scaled - begin) / lsb);
        }
    }
    cr_expect_lt(worst, 0.06, "%g LSB", worst);
    cr_expect_gt(moved, 0.5, "the wires must show: %g LSB", moved);
    for (int i = 0; i < 2 * INPUTS; i++) deck_free(&d[i]);
    leaf_caps_free(&caps);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}

/* A coupling of the input, as strong as fingers of a large bit above its wire would make it: drawings keep it away from them. */
static void couple_input(const Db *db, CellId cell, LeafCaps *caps, ArrayWires *w, uint32_t bit, double farad)
{
    const DbCell *c = &db->cells.v[cell.i];
    char name[8];
    snprintf(name, sizeof name, "bot%u", bit);
    for (uint32_t i = 0; i < caps->v.n; i++) {
        LeafCap *x = &caps->v.v[i];
        bool a = is_input(name_of(db, c, x->a));
        if (a == is_input(name_of(db, c, x->b)) || !str_eq(name_of(db, c, a ? x->b : x->a), name)) continue;
        x->farad += farad;
        w->in.bottom[bit] += farad;
        return;
    }
    cr_assert_fail("the input sees nothing of %s", name);
}

/* The input's own wires: a column of 40 fF is converted twice, once with them between the nets that they see, once with all of them to ground. What lies between both in
 * the comparator's inputs is what the law says that thresholds have moved. */
Test(converter_sim, wires_move_the_column_as_the_law_says, .timeout = 900)
{
    Tech t;
    CellLibrary lib = {0};
    Db db;
    CellId cell, tap;
    DrawStats stats;
    LeafCaps caps;
    ArrayWires w;
    CharDeck d[2] = {0};
    double worst = 0, most = 0, first = 0, begin = 0;
    if (!proc_available("ngspice")) {
        fprintf(stderr, "skipped: converter_sim on a column: no ngspice\n");
        return;
    }
    setenv("APUGEN_CACHE", "", 1);
    cr_assert_eq(tech_read("n22", &t), ST_OK);
    cells_variants(&t, &lib);
    const CellVariant *v = char_variant(&lib, "sar_adc", "b6");
    tech_db_init(&t, &db, "adc");
    cr_assert_eq(draw_variant(&db, &t, &lib, v, "sar_adc", &cell, &stats, &tap), ST_OK);
    sized_cell(&db, &t, cell);
    extract_leaf(&db, &t, cell, &caps);
    array_wires(&db, &t, cell, BITS, 1, &w);
    couple_input(&db, cell, &caps, &w, BITS - 1, 1e-15);
    double range = 14 * t.ladder_step / GAIN, lsb = range / (1 << BITS), supply = t.vdd / range, in = input[0];
    for (int k = 0; k < 2; k++) on_column(&d[k], &t, v, lsb, &db, cell, &caps, k == 0, in);
    cr_assert_eq(char_run(d, 2, 2), ST_OK);
    uint32_t code[2] = {code_of(&d[0], t.vdd), code_of(&d[1], t.vdd)};
    double load = COLUMN * in * lsb / (char_get(&d[0], "in0") - t.vcm); /* the column and all that it meets */
    cr_expect(load > COLUMN + sar_input(&w) && load < COLUMN + sar_input(&w) + 5e-15, "%g fF, wires %g", load * 1e15, sar_input(&w) * 1e15);
    uint32_t k = 0;
    for (; k < BITS && (k == 0 || (code[0] ^ code[1]) >> (BITS - k) == 0); k++) {
        uint32_t above = k ? code[0] >> (BITS - k) << (BITS - k) : 0, bit = BITS - 1 - k;
        bool last = k > 0 && (code[0] >> (bit + 1) & 1);
        double over[2];
        for (int q = 0; q < 2; q++) over[q] = char_getf(&d[q], "in%u", k) - char_getf(&d[q], "top%u", k);
        double want = (sar_decision(&w, INFINITY, supply, above, bit, last) - sar_decision(&w, load, supply, above, bit, last)) * range / lsb, is = (over[1] - over[0]) / lsb;
        fprintf(stderr, "converter_sim: column of %.1f fF, decision %u of codes %u and %u: the input's wires move it by %.3f LSB, the law says %.3f\n", load * 1e15, k, code[0], code[1], is, want);
        if (k == 0) first = is - want; /* what edges of the clock leave, all decisions alike but the first: the comparator's tail floats from then on */
        if (k == 1) begin = is - want;
        if (k > 1) worst = fmax(worst, fabs(is - want - begin));
        most = fmax(most, fabs(want));
    }
    cr_expect_geq(k, 3u, "codes %u and %u", code[0], code[1]);
    cr_expect_lt(worst, 0.15, "%g LSB", worst);
    cr_expect_lt(fabs(first - begin), 0.4, "first decision %g LSB, the others %g", first, begin);
    cr_expect_gt(most, 1, "the wires must show: %g LSB", most);
    for (int q = 0; q < 2; q++) deck_free(&d[q]);
    leaf_caps_free(&caps);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
}
