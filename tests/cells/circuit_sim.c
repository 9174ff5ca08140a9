/* The circuits at work in ngspice: every cell alone does what its contract says. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>

#include "cells/characterize_int.h"
#include "cells/draw.h"

typedef struct {
    Tech t;
    CellLibrary lib;
    Db db;
    CharDeck d;
} Bench;

/* False, and said by name, where there is no simulator. */
static bool bench(Bench *b, const char *tech, const char *test)
{
    memset(b, 0, sizeof *b);
    setenv("APUGEN_CACHE", "", 1); /* simulated here and now */
    if (!proc_available("ngspice")) {
        fprintf(stderr, "skipped: %s (%s): no ngspice\n", test, tech);
        return false;
    }
    cr_assert_eq(tech_read(tech, &b->t), ST_OK);
    cells_variants(&b->t, &b->lib);
    db_init(&b->db, "test", b->t.name, b->t.dbu_m, b->t.grid);
    deck_begin(&b->d, &b->t, 300, "reltol=1e-4", "test %s", test);
    return true;
}

static void run(Bench *b)
{
    cr_assert_eq(char_run(&b->d, 1, 1), ST_OK, "%s", b->d.name);
}

static void end(Bench *b)
{
    deck_free(&b->d);
    db_free(&b->db);
    cells_library_free(&b->lib);
    tech_free(&b->t);
}

static const char *const techs[] = {"n22", "n28"};

/* All 16 words of the current family's synapse, either row wire high: the stored sign and the wire say which line is drawn from, the bits how
 * many units. Sources on fixed voltages: units are compared with each other. */
static void steering(const char *tech)
{
    Bench b;
    if (!bench(&b, tech, "synapse steering")) return;
    const CellVariant *v = char_variant(&b.lib, "synapse_i", "i200_b3");
    CellId c = char_cell(&b.db, &b.t, "synapse_i", v, circuit_size(v));
    char_levels(&b.d, &b.db, c, NULL);
    deck_put(&b.d, "vb b 0 %.9g\nvc c 0 %.9g\n", 0.52 * b.t.vdd, 0.64 * b.t.vdd);
    for (int w = 0; w < 16; w++)
        for (int neg = 0; neg < 2; neg++) {
            char inst[16], map[160], q[96] = "";
            int k = 2 * w + neg;
            snprintf(inst, sizeof inst, "w%d", k);
            snprintf(map, sizeof map, "PP=%s PN=%s VB=b VC=c BLP=p%d BLN=n%d BL=vdd BLB=vdd", neg ? "0" : "vdd", neg ? "vdd" : "0", k, k);
            for (int i = 0; i < 4; i++) strcat(q, w >> i & 1 ? "vdd 0 " : "0 vdd ");
            deck_inst(&b.d, &b.db, c, inst, map, q, NULL);
            deck_put(&b.d, "vp%d p%d 0 %.9g\nvn%d n%d 0 %.9g\n", k, k, b.t.vdd, k, k, b.t.vdd);
            deck_put(&b.d, ".meas tran p%d find i(vp%d) at=1n\n.meas tran n%d find i(vn%d) at=1n\n", k, k, k, k);
        }
    deck_tran(&b.d, 50e-12, 1.1e-9);
    run(&b);
    double unit = -char_get(&b.d, "p2"); /* weight 1, positive */
    cr_expect(unit > 50e-9 && unit < 2e-6, "%s unit %g A", tech, unit);
    for (int k = 0; k < 32; k++) {
        int w = k / 2, units = w & 7;
        bool to_p = (w & 8) == (k & 1 ? 8 : 0);
        double p = -char_getf(&b.d, "p%d", k) / unit, n = -char_getf(&b.d, "n%d", k) / unit;
        cr_expect(fabs((to_p ? p : n) - units) < 0.02 * units + 0.002 && fabs(to_p ? n : p) < 0.002, "%s word %d, %s: %g and %g units", tech, w,
                  k & 1 ? "PN" : "PP", p, n);
    }
    end(&b);
}
Test(circuit_sim, current_synapse_steers, .timeout = 300) { steering("n22"); }
Test(circuit_sim, current_synapse_steers_n28, .timeout = 300) { steering("n28"); }

/* Input -3: PP fires one step, then PN four; input 0 nothing. */
static void fires(const char *tech)
{
    Bench b;
    if (!bench(&b, tech, "pulse driver")) return;
    CellId c = char_cell(&b.db, &b.t, "pulse_driver", char_variant(&b.lib, "pulse_driver", "x4_1n"), 0);
    cells_spice(&b.db, &b.t, c, &b.d.text);
    deck_step(&b.d, "w0", 0, b.t.vdd, 1e-9, 2e-9);
    for (int k = 1; k < 8; k++) {
        char n[8];
        snprintf(n, sizeof n, "w%d", k);
        deck_step(&b.d, n, 0, b.t.vdd, 4e-9, (4 + k + 1) * 1e-9);
    }
    static const char *const d[] = {"D[0]=vdd D[1]=vdd D[2]=0 SGN=vdd PP=pa PN=na", "D[0]=0 D[1]=0 D[2]=0 SGN=0 PP=pb PN=nb"};
    for (int i = 0; i < 2; i++) {
        char map[256], inst[8];
        snprintf(inst, sizeof inst, "%c", 'a' + i);
        snprintf(map, sizeof map, "%s WIN[0]=w0 WIN[1]=w1 WIN[2]=w2 WIN[3]=w3 WIN[4]=w4 WIN[5]=w5 WIN[6]=w6 WIN[7]=w7 VB=0 VC=0", d[i]);
        deck_inst(&b.d, &b.db, c, inst, map, "", NULL);
        deck_put(&b.d, "cp%s p%s 0 20f\ncn%s n%s 0 20f\n", inst, inst, inst, inst);
    }
    static const struct { const char *node; double at; bool high; } want[] = {
        {"pa", 0.5e-9, false}, {"pa", 1.6e-9, true}, {"pa", 3e-9, false}, {"pa", 6e-9, false}, {"na", 1.6e-9, false}, {"na", 4.6e-9, true},
        {"na", 7.6e-9, true},  {"na", 8.6e-9, false}, {"pb", 1.6e-9, false}, {"nb", 1.6e-9, false}, {"pb", 5e-9, false}, {"nb", 5e-9, false}};
    for (size_t i = 0; i < COUNTOF(want); i++) {
        char m[8];
        snprintf(m, sizeof m, "m%zu", i);
        deck_at(&b.d, m, want[i].node, want[i].at);
    }
    deck_tran(&b.d, 20e-12, 13e-9);
    run(&b);
    for (size_t i = 0; i < COUNTOF(want); i++) {
        double v = char_getf(&b.d, "m%zu", i) / b.t.vdd;
        cr_expect(want[i].high ? v > 0.9 : v < 0.1, "%s %s at %g ns: %.2f of VDD", tech, want[i].node, want[i].at * 1e9, v);
    }
    end(&b);
}
Test(circuit_sim, pulse_driver_fires_twice, .timeout = 300) { fires("n22"); }
Test(circuit_sim, pulse_driver_fires_twice_n28, .timeout = 300) { fires("n28"); }

/* All 16 stored words: a bottom plate is at the row of the sign if its bit is set, else at VCM. */
static void synapse_bits(const char *tech)
{
    Bench b;
    if (!bench(&b, tech, "synapse bits")) return;
    CellId c = char_cell(&b.db, &b.t, "synapse", char_variant(&b.lib, "synapse", "cu1f_slvt"), 4);
    char_levels(&b.d, &b.db, c, NULL);
    double fs = char_full(&b.t);
    deck_put(&b.d, "vxp xp 0 %.9g\nvxn xn 0 %.9g\n", b.t.vcm + fs, b.t.vcm - fs);
    for (int w = 0; w < 16; w++) {
        char inst[16], q[96] = "";
        snprintf(inst, sizeof inst, "w%d", w);
        for (int i = 0; i < 4; i++) strcat(q, w >> i & 1 ? "vdd 0 " : "0 vdd ");
        deck_inst(&b.d, &b.db, c, inst, "XP=xp XN=xn COL=vcm", q, NULL);
        for (int i = 0; i < 3; i++) deck_put(&b.d, ".meas tran m%d_%d find v(xw%d.bot%d) at=1n\n", w, i, w, i);
    }
    deck_tran(&b.d, 50e-12, 1.1e-9);
    run(&b);
    for (int w = 0; w < 16; w++)
        for (int i = 0; i < 3; i++) {
            double want = w >> i & 1 ? (w & 8 ? fs : -fs) : 0, got = char_getf(&b.d, "m%d_%d", w, i) - b.t.vcm;
            cr_expect(fabs(got - want) < 1e-3, "%s weight %d bit %d: %g V, wanted %g V", tech, w, i, got, want);
        }
    end(&b);
}
Test(circuit_sim, synapse_bits)
{
    for (size_t i = 0; i < COUNTOF(techs); i++) synapse_bits(techs[i]);
}

/* Column of one synapse: +7·7 moves it up by the whole range, -7·7 down, 0 not at all; the dummy's column stays at VCM. */
Test(circuit_sim, column_sign)
{
    Bench b;
    if (!bench(&b, "n22", "column sign")) return;
    const CellVariant *v = char_variant(&b.lib, "synapse", "cu1f_slvt");
    CellId c = char_cell(&b.db, &b.t, "synapse", v, 4), m = char_cell(&b.db, &b.t, "dummy", v, 4);
    char_levels(&b.d, &b.db, c, NULL);
    cells_spice(&b.db, &b.t, m, &b.d.text);
    double fs = char_full(&b.t);
    deck_step(&b.d, "xp", b.t.vcm + fs, b.t.vcm, 5e-9, 0);
    deck_step(&b.d, "xn", b.t.vcm - fs, b.t.vcm, 5e-9, 0);
    deck_put(&b.d, "vr r 0 pwl(0 1 4n 1 4.05n 0)\n.model ideal sw vt=0.5 vh=0.1 ron=100 roff=1e14\n");
    static const char *const q[] = {"vdd 0 vdd 0 vdd 0 0 vdd", "vdd 0 vdd 0 vdd 0 vdd 0", "0 vdd 0 vdd 0 vdd 0 vdd"};
    static const double want[] = {1, -1, 0};
    for (int i = 0; i < 3; i++) {
        char inst[16], map[64];
        snprintf(inst, sizeof inst, "s%d", i);
        snprintf(map, sizeof map, "XP=xp XN=xn COL=c%d", i);
        deck_inst(&b.d, &b.db, c, inst, map, q[i], NULL);
        deck_put(&b.d, "sr%d c%d vcm r 0 ideal\n.meas tran v%d find v(c%d) at=9n\n", i, i, i, i);
    }
    deck_inst(&b.d, &b.db, m, "d", "XP=xp XN=xn COL=cd WL[0]=0 WL[1]=0 WL[2]=0 WL[3]=0 BL=vdd BLB=vdd", "", NULL);
    deck_at(&b.d, "vd", "cd", 9e-9);
    deck_tran(&b.d, 50e-12, 9.1e-9);
    run(&b);
    for (int i = 0; i < 3; i++)
        cr_expect(fabs(char_getf(&b.d, "v%d", i) - b.t.vcm - want[i] * fs) < 5e-3, "%d: %g V", i, char_getf(&b.d, "v%d", i));
    cr_expect(fabs(char_get(&b.d, "vd") - b.t.vcm) < 1e-3, "dummy column at %g V", char_get(&b.d, "vd"));
    end(&b);
}

/* Written through the word lines to one word, then to its complement, and held each time. */
Test(circuit_sim, memory)
{
    Bench b;
    if (!bench(&b, "n22", "memory")) return;
    CharJob j = {.t = &b.t, .v = char_variant(&b.lib, "synapse", "cu1f_rvt")};
    j.decks = mem_calloc(CHAR_MAX_DECKS, sizeof *j.decks);
    char_make_synapse(&j);
    CharDeck *d = &j.decks[3];
    cr_assert_eq(char_run(d, 1, 1), ST_OK);
    for (int i = 0; i < 4; i++) {
        double a = char_getf(d, "a%d", i) / b.t.vdd, c = char_getf(d, "b%d", i) / b.t.vdd;
        cr_expect(13 >> i & 1 ? a > 0.95 : a < 0.05, "bit %d of 13: %g VDD", i, a);
        cr_expect(2 >> i & 1 ? c > 0.95 : c < 0.05, "bit %d of 2: %g VDD", i, c);
    }
    for (uint32_t i = 0; i < j.n_decks; i++) deck_free(&j.decks[i]);
    mem_free(j.decks);
    end(&b);
}

/* The stored word survives the bit lines being high with its word line raised: a read. */
Test(circuit_sim, read_keeps)
{
    Bench b;
    if (!bench(&b, "n22", "read keeps")) return;
    CellId c = draw_row_circuit(&b.db, &b.t, "sram_bit");
    cells_spice(&b.db, &b.t, c, &b.d.text);
    deck_put(&b.d, "vwl wl 0 pwl(0 0 0.3n 0 0.35n %g 1n %g 1.05n 0 2n 0 2.05n %g 4n %g 4.05n 0)\n", b.t.vdd, b.t.vdd, b.t.vdd, b.t.vdd);
    deck_put(&b.d, "vbl bld 0 pwl(0 0 1.5n 0 1.55n %g)\nvblb blbd 0 %g\nrbl bld bl 10k\nrblb blbd blb 10k\ncbl bl 0 20f\ncblb blb 0 20f\n", b.t.vdd, b.t.vdd);
    deck_inst(&b.d, &b.db, c, "s", "WL=wl BL=bl BLB=blb Q=q QB=qb", "", NULL);
    deck_put(&b.d, ".meas tran low min v(bl) from=2n to=4n\n");
    deck_at(&b.d, "q", "q", 5e-9);
    deck_at(&b.d, "qb", "qb", 5e-9);
    deck_tran(&b.d, 20e-12, 5.1e-9);
    run(&b);
    cr_expect(char_get(&b.d, "q") < 0.05 * b.t.vdd && char_get(&b.d, "qb") > 0.95 * b.t.vdd, "0 was lost by reading");
    cr_expect(char_get(&b.d, "low") < 0.8 * b.t.vdd, "a stored 0 pulls its bit line down, got %g V", char_get(&b.d, "low"));
    end(&b);
}

/* Decoder, multiplexers, sign, evaluation: all 16 inputs. */
static void driver_levels(const char *tech)
{
    Bench b;
    if (!bench(&b, tech, "row driver levels")) return;
    CellId c = char_cell(&b.db, &b.t, "row_driver", char_variant(&b.lib, "row_driver", "x1_slvt"), 0);
    cells_spice(&b.db, &b.t, c, &b.d.text);
    for (int k = 0; k < 15; k++) deck_put(&b.d, "vl%d l%d 0 %.9g\n", k, k, b.t.vcm + (k - 7) * b.t.ladder_step);
    for (int code = 0; code < 17; code++) {
        char map[512] = "", one[24], inst[16];
        for (int k = 0; k < 15; k++) {
            snprintf(one, sizeof one, "L[%d]=l%d ", k, k);
            strcat(map, one);
        }
        bool eval = code == 16;
        int d = eval ? 7 : code & 7;
        snprintf(map + strlen(map), sizeof map - strlen(map), "D[0]=%s D[1]=%s D[2]=%s SGN=%s EVAL=%s EVALB=%s WLIN[0]=0 WLIN[1]=vdd WLIN[2]=0 WLIN[3]=vdd",
                 d & 1 ? "vdd" : "0", d & 2 ? "vdd" : "0", d & 4 ? "vdd" : "0", !eval && code & 8 ? "vdd" : "0", eval ? "vdd" : "0", eval ? "0" : "vdd");
        snprintf(inst, sizeof inst, "r%d", code);
        deck_inst(&b.d, &b.db, c, inst, map, "", NULL);
        deck_put(&b.d, ".meas tran p%d find v(r%d_xp) at=1n\n.meas tran n%d find v(r%d_xn) at=1n\n", code, code, code, code);
    }
    deck_put(&b.d, ".meas tran w0 find v(r0_wl0) at=1n\n.meas tran w1 find v(r0_wl1) at=1n\n");
    deck_tran(&b.d, 0.2e-9, 1.1e-9);
    run(&b);
    for (int code = 0; code < 17; code++) {
        double want = code == 16 ? 0 : (code & 8 ? -1 : 1) * (code & 7) * b.t.ladder_step;
        double p = char_getf(&b.d, "p%d", code) - b.t.vcm, n = char_getf(&b.d, "n%d", code) - b.t.vcm;
        cr_expect(fabs(p - want) < 0.2e-3 && fabs(n + want) < 0.2e-3, "%s input %d: XP %g V, XN %g V, wanted ±%g V", tech, code, p, n, want);
    }
    cr_expect(char_get(&b.d, "w0") < 0.01 && char_get(&b.d, "w1") > b.t.vdd - 0.01);
    end(&b);
}
Test(circuit_sim, driver_levels)
{
    for (size_t i = 0; i < COUNTOF(techs); i++) driver_levels(techs[i]);
}

/* Column end: reset holds VCM, select passes the column on, the bit lines follow DIN while WE. */
Test(circuit_sim, column_end)
{
    Bench b;
    if (!bench(&b, "n22", "column end")) return;
    CellId c = char_cell(&b.db, &b.t, "col_end_a", char_variant(&b.lib, "col_end", "r6_slvt"), 0);
    cells_spice(&b.db, &b.t, c, &b.d.text);
    deck_step(&b.d, "rst", b.t.vdd, 0, 2e-9, 0);
    deck_step(&b.d, "rstb", 0, b.t.vdd, 2e-9, 0);
    deck_step(&b.d, "p", 0, 0.2, 3e-9, 0);
    deck_step(&b.d, "sel", 0, b.t.vdd, 4e-9, 0);
    deck_step(&b.d, "selb", b.t.vdd, 0, 4e-9, 0);
    deck_step(&b.d, "we", 0, b.t.vdd, 2e-9, 6e-9);
    deck_step(&b.d, "web", b.t.vdd, 0, 2e-9, 6e-9);
    deck_step(&b.d, "din", 0, b.t.vdd, 4e-9, 0);
    deck_put(&b.d, "cg g p 448f\nca a 0 3f\ncbl bl 0 50f\ncblb blb 0 50f\n");
    deck_inst(&b.d, &b.db, c, "e", "GCOL=g AIN=a RST=rst RSTB=rstb SELA=sel SELAB=selb SELB=0 SELBB=vdd WE=we WEB=web DIN=din BL=bl BLB=blb", "", NULL);
    deck_at(&b.d, "g1", "g", 1.9e-9);
    deck_at(&b.d, "g2", "g", 3.9e-9);
    deck_at(&b.d, "a2", "a", 5.9e-9);
    deck_at(&b.d, "g3", "g", 5.9e-9);
    static const char *const times[] = {"1.9", "3.9", "5.9", "7.9"};
    for (int i = 0; i < 4; i++) deck_put(&b.d, ".meas tran bl%d find v(bl) at=%sn\n.meas tran blb%d find v(blb) at=%sn\n", i, times[i], i, times[i]);
    deck_tran(&b.d, 50e-12, 8e-9);
    run(&b);
    cr_expect(fabs(char_get(&b.d, "g1") - b.t.vcm) < 1e-4);
    cr_expect(fabs(char_get(&b.d, "g2") - b.t.vcm - 0.2) < 0.02, "column at %g V", char_get(&b.d, "g2"));
    cr_expect(fabs(char_get(&b.d, "a2") - char_get(&b.d, "g3")) < 1e-4, "AIN follows GCOL");
    static const int bl[] = {1, 0, 1, 1}, blb[] = {1, 1, 0, 1}; /* idle, write 0, write 1, idle */
    for (int i = 0; i < 4; i++) {
        cr_expect(fabs(char_getf(&b.d, "bl%d", i) - bl[i] * b.t.vdd) < 0.05, "BL at %s ns: %g V", times[i], char_getf(&b.d, "bl%d", i));
        cr_expect(fabs(char_getf(&b.d, "blb%d", i) - blb[i] * b.t.vdd) < 0.05, "BLB at %s ns: %g V", times[i], char_getf(&b.d, "blb%d", i));
    }
    end(&b);
}

/* The comparator decides right both ways, 1 mV apart, over three quarters of the range of the column, within the slow clock of gain 1; its latch
 * keeps the decision while CLK is low. */
static void comparator(const char *tech)
{
    Bench b;
    if (!bench(&b, tech, "comparator")) return;
    CellId c = char_comparator(&b.db, &b.t, char_variant(&b.lib, "sar_adc", "b10"));
    cells_spice(&b.db, &b.t, c, &b.d.text);
    deck_put(&b.d, "vck ck 0 pulse(0 %g 1n 30p 30p 37n 40n)\n", b.t.vdd);
    for (int i = 0; i < 6; i++) {
        double cm = b.t.vcm + (i / 2 - 1) * 0.75 * char_full(&b.t), v = i % 2 ? 1e-3 : -1e-3;
        char inst[16], map[64];
        snprintf(inst, sizeof inst, "c%d", i);
        snprintf(map, sizeof map, "IP=p%d IN=n%d CLK=ck COMP=o%d", i, i, i);
        deck_inst(&b.d, &b.db, c, inst, map, "", NULL);
        deck_put(&b.d, "vp%d p%d 0 pwl(0 %.9g 38.5n %.9g 38.6n %.9g)\nvn%d n%d 0 %.9g\n", i, i, cm + v, cm + v, cm - v, i, i, cm);
        deck_put(&b.d, ".meas tran a%d find v(o%d) at=37.5n\n.meas tran k%d find v(o%d) at=40.5n\n.meas tran b%d find v(o%d) at=77.5n\n", i, i, i, i, i, i);
    }
    deck_fine(&b.d, (double[]){1e-9, 41e-9}, 2, 0.5e-9);
    deck_tran(&b.d, 0.1e-9, 78e-9);
    run(&b);
    for (int i = 0; i < 6; i++) {
        double hi = i % 2 ? b.t.vdd : 0;
        cr_expect(fabs(char_getf(&b.d, "a%d", i) - hi) < 0.05, "%s copy %d", tech, i);
        cr_expect(fabs(char_getf(&b.d, "k%d", i) - hi) < 0.05, "%s copy %d forgets while CLK is low", tech, i);
        cr_expect(fabs(char_getf(&b.d, "b%d", i) - (b.t.vdd - hi)) < 0.05, "%s copy %d, the other way", tech, i);
    }
    end(&b);
}
Test(circuit_sim, comparator)
{
    for (size_t i = 0; i < COUNTOF(techs); i++) comparator(techs[i]);
}

/* A whole 4-bit conversion at gain 4 through reset, select and clock, and the array's thresholds rising with every code. */
Test(circuit_sim, converter)
{
    Bench b;
    if (!bench(&b, "n22", "converter")) return;
    CellVariant four = *char_variant(&b.lib, "sar_adc", "b6");
    four.param[0] = 4;
    four.param[1] *= 4;
    CharJob j = {.t = &b.t, .v = &four};
    j.decks = mem_calloc(CHAR_MAX_DECKS, sizeof *j.decks);
    char_make_sar_adc(&j);
    /* Load, the nominal array and three others, the first of three conversions. */
    cr_assert_eq(char_run(j.decks + 1, 1, 1), ST_OK);
    cr_assert_eq(char_run(j.decks + 5, 1, 1), ST_OK);
    const CharDeck *a = &j.decks[1], *d = &j.decks[5];
    cr_expect(char_get(d, "done") > 0.9 * b.t.vdd, "DONE after the last clock");
    int32_t code = 0;
    for (int i = 0; i < 4; i++) code |= (char_getf(d, "q%d", i) > b.t.vdd / 2) << i;
    double lsb = 2 * char_full(&b.t) / 4 / 16, want = 8 + (char_get(d, "vain") - b.t.vcm) / lsb;
    cr_expect(fabs(code + 0.5 - want) < 1.5, "code %d for %g LSB", code, want);
    double before = 0;
    for (int n = 1; n < 16; n++) {
        double v = 0;
        for (int i = 0; i < 4; i++) v += n >> i & 1 ? char_getf(a, "w%d", i) - char_get(a, "base") : 0;
        cr_expect(v > before + 0.5 * 4 * lsb, "threshold of code %d", n);
        before = v;
    }
    for (uint32_t i = 0; i < j.n_decks; i++) deck_free(&j.decks[i]);
    mem_free(j.decks);
    end(&b);
}

/* Levels of the ladder at rest, phases true and complement. */
static void ladder(const char *tech)
{
    Bench b;
    if (!bench(&b, tech, "ladder")) return;
    CellId c = char_cell(&b.db, &b.t, "ladder", char_variant(&b.lib, "ladder", "r1k"), 0);
    cells_spice(&b.db, &b.t, c, &b.d.text);
    deck_inst(&b.d, &b.db, c, "l", "EVALIN=vdd RSTIN=0 SELIN[0]=vdd SELIN[1]=0 WEIN=vdd CLKIN=vdd STARTIN=0 VREF=ref VCM=mid", "", NULL);
    deck_put(&b.d, "vref ref 0 0.5\n.meas tran mid find v(mid) at=1n\n");
    for (int k = 0; k < 15; k++) deck_put(&b.d, ".meas tran l%d find v(l_l%d) at=1n\n", k, k);
    static const struct {
        const char *node;
        int high;
    } out[] = {{"eval", 1}, {"evalb", 0}, {"rst", 0}, {"rstb", 1}, {"sela", 1}, {"selab", 0}, {"selb", 0}, {"selbb", 1}, {"we", 1}, {"web", 0},
               {"clk", 1}, {"start", 0}};
    for (size_t i = 0; i < COUNTOF(out); i++) deck_put(&b.d, ".meas tran o%d find v(l_%s) at=1n\n", (int)i, out[i].node);
    deck_put(&b.d, ".meas tran refp find v(l_vrefp) at=1n\n.meas tran refn find v(l_vrefn) at=1n\n");
    deck_tran(&b.d, 0.1e-9, 1.1e-9);
    run(&b);
    for (int k = 0; k < 15; k++) {
        double want = b.t.vcm + (k - 7) * b.t.ladder_step;
        cr_expect(fabs(char_getf(&b.d, "l%d", k) - want) < 1e-4, "%s level %d: %g V, wanted %g V", tech, k, char_getf(&b.d, "l%d", k), want);
    }
    cr_expect(fabs(char_get(&b.d, "mid") - b.t.vcm) < 1e-4);
    for (size_t i = 0; i < COUNTOF(out); i++)
        cr_expect(fabs(char_getf(&b.d, "o%d", (int)i) - out[i].high * b.t.vdd) < 0.01, "%s %s", tech, out[i].node);
    cr_expect(fabs(char_get(&b.d, "refp") - 0.5) < 1e-3 && fabs(char_get(&b.d, "refn")) < 1e-3);
    end(&b);
}
Test(circuit_sim, ladder)
{
    for (size_t i = 0; i < COUNTOF(techs); i++) ladder(techs[i]);
}

/* Driver and switch of a block: joined when BSEL, apart otherwise. */
Test(circuit_sim, block)
{
    Bench b;
    if (!bench(&b, "n22", "block")) return;
    CellId s = char_cell(&b.db, &b.t, "block_switch", char_variant(&b.lib, "block_switch", "x1_slvt"), 0);
    CellId d = char_cell(&b.db, &b.t, "block_driver", NULL, 0);
    cells_spice(&b.db, &b.t, s, &b.d.text);
    cells_spice(&b.db, &b.t, d, &b.d.text);
    for (int i = 0; i < 2; i++) {
        char inst[8], map[64];
        snprintf(inst, sizeof inst, "d%d", i);
        snprintf(map, sizeof map, "BSEL=%s EN=en%d ENB=enb%d", i ? "vdd" : "0", i, i);
        deck_inst(&b.d, &b.db, d, inst, map, "", NULL);
        snprintf(inst, sizeof inst, "s%d", i);
        snprintf(map, sizeof map, "EN=en%d ENB=enb%d COL=c%d GCOL=g", i, i, i);
        deck_inst(&b.d, &b.db, s, inst, map, "", NULL);
        deck_put(&b.d, "rc%d c%d vcm 1meg\n.meas tran c%d find v(c%d) at=1n\n", i, i, i, i);
    }
    deck_put(&b.d, "vg g 0 %.9g\n", b.t.vcm + 0.2);
    deck_tran(&b.d, 50e-12, 1.1e-9);
    run(&b);
    cr_expect(fabs(char_get(&b.d, "c1") - b.t.vcm - 0.2) < 1e-3, "joined: %g V", char_get(&b.d, "c1"));
    cr_expect(fabs(char_get(&b.d, "c0") - b.t.vcm) < 2e-3, "apart: %g V", char_get(&b.d, "c0"));
    end(&b);
}
