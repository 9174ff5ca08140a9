/*
 * Measurements of the cells at the array's edge: row driver, column end, ladder.
 */
#include "cells/characterize_int.h"

#include <math.h>

/* Column of 64 rows at 7 fF; the row wire of 64 columns at 7 fF. Both loads are named in `how`. */
#define CHAR_LOAD 448e-15
/* From the reset's release to the last decision of the second of two 10-bit conversions. */
#define CHAR_HOLD (CELLS_T_EVAL + 2 * (CELLS_T_START + CELLS_T_SELECT + 10 * cells_t_clk(4)))

static void begin_db(Db *db, const Tech *t)
{
    db_init(db, "char", t->name, t->dbu_m, t->grid);
}

static void ladder_sources(CharDeck *d)
{
    for (int k = 0; k < 15; k++) deck_put(d, "vl%d l%d 0 %.9g\n", k, k, d->t->vcm + (k - 7) * d->t->ladder_step);
}

/* Map of a row driver: ladder, input code; the rest as given. */
static void driver_inst(CharDeck *d, const Db *db, CellId c, const char *inst, int code, const char *sgn, const char *eval,
                        const char *evalb, const char *xp, const char *xn)
{
    Buf m = {0};
    for (int k = 0; k < 15; k++) buf_printf(&m, "L[%d]=l%d ", k, k);
    for (int b = 0; b < 3; b++) buf_printf(&m, "D[%d]=%s ", b, code >> b & 1 ? "vdd" : "0");
    buf_printf(&m, "WLIN[0]=0 WLIN[1]=0 WLIN[2]=0 WLIN[3]=0 SGN=%s EVAL=%s EVALB=%s XP=%s XN=%s", sgn, eval, evalb, xp, xn);
    deck_inst(d, db, c, inst, m.s, "", NULL);
    buf_free(&m);
}

/* ---- row driver ------------------------------------------------------------------------------------------ */

void char_make_row_driver(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    begin_db(&db, t);
    CellId c = char_cell(&db, t, "row_driver", j->v, 0);

    /* Output resistance: the wire is held 1 mV above the level that the driver wants. */
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "row_driver %s resistance", j->v->variant);
    cells_spice(&db, t, c, &d->text);
    ladder_sources(d);
    for (int k = 0; k <= 8; k++) {
        char inst[16], xp[16], xn[16];
        snprintf(inst, sizeof inst, "r%d", k);
        snprintf(xp, sizeof xp, "xp%d", k);
        snprintf(xn, sizeof xn, "xn%d", k);
        int code = k % 8;
        double level = k == 8 ? 0 : code * t->ladder_step; /* k 8: evaluating */
        driver_inst(d, &db, c, inst, code, "0", k == 8 ? "vdd" : "0", k == 8 ? "0" : "vdd", xp, xn);
        deck_put(d, "v%s %s 0 %.9g\nv%s %s 0 %.9g\n", xp, xp, t->vcm + level + 1e-3, xn, xn, t->vcm - level + 1e-3);
        deck_put(d, ".meas tran ip%d find i(v%s) at=1n\n.meas tran in%d find i(v%s) at=1n\n", k, xp, k, xn);
    }
    deck_tran(d, 20e-12, 1.2e-9);

    /* Settling into a row, up to the levels (7: far, 1: where switches are weak) and back to VCM. */
    CharDeck *s = job_deck(j);
    double on = 1e-9, off = on + CELLS_T_SAMPLE, stop = off + CELLS_T_EVAL;
    deck_begin(s, t, CHAR_LIMIT, "reltol=1e-4", "row_driver %s settling", j->v->variant);
    cells_spice(&db, t, c, &s->text);
    ladder_sources(s);
    deck_step(s, "ev", t->vdd, 0, on, off);
    deck_step(s, "evb", 0, t->vdd, on, off);
    driver_inst(s, &db, c, "a", 7, "0", "ev", "evb", "ap", "an");
    driver_inst(s, &db, c, "b", 1, "0", "ev", "evb", "bp", "bn");
    deck_put(s, "cap ap 0 %.6g\ncan an 0 %.6g\ncbp bp 0 %.6g\ncbn bn 0 %.6g\n", CHAR_LOAD, CHAR_LOAD, CHAR_LOAD, CHAR_LOAD);
    double f = 7 * t->ladder_step, g = t->ladder_step;
    deck_put(s, ".meas tran ua when v(ap)=%.9g rise=1\n.meas tran ub when v(ap)=%.9g rise=1\n", t->vcm + 0.9 * f, t->vcm + 0.99 * f);
    deck_put(s, ".meas tran la when v(bp)=%.9g rise=1\n.meas tran lb when v(bp)=%.9g rise=1\n", t->vcm + 0.9 * g, t->vcm + 0.99 * g);
    deck_put(s, ".meas tran da when v(ap)=%.9g fall=1\n.meas tran db when v(ap)=%.9g fall=1\n", t->vcm + 0.1 * f, t->vcm + 0.01 * f);
    deck_put(s, ".meas tran na when v(an)=%.9g rise=1\n.meas tran nb when v(an)=%.9g rise=1\n", t->vcm - 0.1 * f, t->vcm - 0.01 * f);
    deck_put(s, ".meas tran q integ i(vvdd) from=%.9g to=%.9g\n", on - 0.1e-9, stop);
    deck_put(s, ".meas tran qev integ i(vev) from=%.9g to=%.9g\n.meas tran qevb integ i(vevb) from=%.9g to=%.9g\n", off - 0.1e-9, stop, on - 0.1e-9, off - 0.1e-9);
    deck_put(s, ".meas tran ileak find i(vvdd) at=%.9g\n", stop);
    deck_tran(s, 0.1e-9, stop + 0.1e-9);
    db_free(&db);
}

static double larger(double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

void char_read_row_driver(CharJob *j)
{
    const CharDeck *d = &j->decks[0], *s = &j->decks[1];
    double worst = 0;
    buf_printf(&j->how, "r: largest of XP, XN (ohm by level 0-7, then evaluating:");
    for (int k = 0; k <= 8; k++) {
        double p = -1e-3 / char_getf(d, "ip%d", k), n = -1e-3 / char_getf(d, "in%d", k);
        worst = larger(worst, larger(p, n));
        buf_printf(&j->how, " %.0f", larger(p, n));
    }
    j->data.r_ohm = worst;
    static const char *const pairs[][2] = {{"ua", "ub"}, {"la", "lb"}, {"da", "db"}, {"na", "nb"}};
    double tau = 0;
    for (size_t i = 0; i < COUNTOF(pairs); i++) tau = larger(tau, (char_get(s, pairs[i][1]) - char_get(s, pairs[i][0])) / log(10));
    j->data.tau_s = tau;
    /* Two drivers in the deck. */
    j->data.energy_j = -j->t->vdd * (char_get(s, "q") + char_get(s, "qev") + char_get(s, "qevb")) / 2;
    j->data.leak_w = -char_get(s, "ileak") * j->t->vdd / 2;
    buf_printf(&j->how, "); tau: into %.0f fF, slowest of level 7, level 1 and back to VCM, last decade; energy: supply and EVAL lines per "
               "sample and evaluation, without the charge of the levels; leak: evaluating", CHAR_LOAD * 1e15);
}

/* ---- open switches on a waiting column --------------------------------------------------------------------- */

static const int hold_gain[] = {1, 2, 4};

void char_make_hold(CharJob *j, const Db *db, CellId c, const char *column, const char *behind, const char *map)
{
    const Tech *t = j->t;
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4 abstol=1e-15", "%s %s hold", j->v->function, j->v->variant);
    cells_spice(db, t, c, &d->text);
    for (int k = 0; k < 4 * (int)COUNTOF(hold_gain); k++) {
        char inst[16], ports[192];
        double v = char_full(t) / hold_gain[k / 4] * (k % 2 ? -1 : 1);
        snprintf(inst, sizeof inst, "h%d", k);
        snprintf(ports, sizeof ports, "%s=c%d %s=b%d %s", column, k, behind, k, map);
        deck_inst(d, db, c, inst, ports, "", NULL);
        deck_put(d, "vc%d c%d 0 %.9g\nvb%d b%d 0 %.9g\n.meas tran i%d find i(vc%d) at=4n\n", k, k, t->vcm + v, k, k, t->vcm + (k % 4 < 2 ? -v : v), k, k);
    }
    deck_tran(d, 0.1e-9, 5e-9);
}

void char_read_hold(CharJob *j, const CharDeck *d, double opposed)
{
    double *to[] = {&j->data.i_hold1, &j->data.i_hold2, &j->data.i_hold4};
    for (int g = 0; g < (int)COUNTOF(hold_gain); g++) {
        double i[4];
        for (int k = 0; k < 4; k++) i[k] = fabs(char_getf(d, "i%d", 4 * g + k));
        *to[g] = opposed * larger(i[0], i[1]) + (1 - opposed) * larger(i[2], i[3]);
    }
}

/* ---- column end -------------------------------------------------------------------------------------------- */

static void end_inst(CharDeck *d, const Db *db, CellId c, const char *inst, const char *gcol, const char *ain, const char *rst,
                     const char *rstb, bool sel)
{
    char m[256];
    snprintf(m, sizeof m, "GCOL=%s AIN=%s DIN=0 RST=%s RSTB=%s SELA=%s SELAB=%s SELB=0 SELBB=vdd WE=0 WEB=vdd", gcol, ain, rst, rstb,
             sel ? "vdd" : "0", sel ? "0" : "vdd");
    deck_inst(d, db, c, inst, m, "", NULL);
}

void char_make_col_end(CharJob *j)
{
    const Tech *t = j->t;
    double fs = char_full(t), off = CELLS_T_SAMPLE, jump = off + 1e-9;
    Db db;
    begin_db(&db, t);
    CellId c = char_cell(&db, t, "col_end_a", j->v, 0);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "col_end %s phases", j->v->variant);
    cells_spice(&db, t, c, &d->text);
    deck_step(d, "rst", t->vdd, 0, off, 0);
    deck_step(d, "rstb", 0, t->vdd, off, 0);
    /* t: disturbed while reset; o: released; p, m: released, then moved to either end of the range and held. */
    static const char *const inst[] = {"t", "o", "p", "m"};
    for (int i = 0; i < 4; i++) {
        char g[8], b[8];
        snprintf(g, sizeof g, "g%s", inst[i]);
        snprintf(b, sizeof b, "b%s", inst[i]);
        end_inst(d, &db, c, inst[i], g, inst[i], "rst", "rstb", false);
        deck_put(d, "c%s %s %s %.6g\n", g, g, b, CHAR_LOAD);
    }
    deck_step(d, "bt", 0, fs, 1e-9, 0);
    deck_put(d, "vbo bo 0 0\n");
    deck_step(d, "bp", 0, fs, jump, 0);
    deck_step(d, "bm", 0, -fs, jump, 0);
    deck_put(d, ".meas tran t10 when v(gt)=%.9g fall=1\n.meas tran t01 when v(gt)=%.9g fall=1\n", t->vcm + 0.1 * fs, t->vcm + 0.01 * fs);
    deck_at(d, "off0", "go", off - 0.1e-9);
    deck_at(d, "off1", "go", off + CELLS_T_GAP);
    for (int i = 2; i < 4; i++) {
        char g[8], m[8];
        snprintf(g, sizeof g, "g%s", inst[i]);
        snprintf(m, sizeof m, "h0%s", inst[i]);
        deck_at(d, m, g, jump + 0.5e-9);
        snprintf(m, sizeof m, "h1%s", inst[i]);
        deck_at(d, m, g, jump + CHAR_HOLD);
    }
    deck_put(d, ".meas tran qr integ i(vrst) from=%.9g to=%.9g\n.meas tran qrb integ i(vrstb) from=%.9g to=%.9g\n",
             off - 0.1e-9, off + 1e-9, off - 0.1e-9, off + 1e-9);
    deck_put(d, ".meas tran ileak avg i(vvdd) from=%.9g to=%.9g\n", jump + 10e-9, jump + CHAR_HOLD);
    deck_tran(d, 1e-9, jump + CHAR_HOLD + 0.2e-9);

    CharDeck *s = job_deck(j);
    deck_begin(s, t, CHAR_LIMIT, "reltol=1e-4", "col_end %s static", j->v->variant);
    cells_spice(&db, t, c, &s->text);
    end_inst(s, &db, c, "r", "gr", "ar", "vdd", "0", false);
    end_inst(s, &db, c, "s", "gs", "as", "0", "vdd", true);
    end_inst(s, &db, c, "c", "gc", "ac", "0", "vdd", true);
    end_inst(s, &db, c, "a", "ga", "aa", "0", "vdd", false);
    deck_put(s, "vgr gr 0 %.9g\n.meas tran ir find i(vgr) at=0.8n\n", t->vcm + 1e-3);
    deck_put(s, "vgs gs 0 %.9g\nvas as 0 %.9g\n.meas tran is find i(vgs) at=0.8n\n", t->vcm + 1e-3, t->vcm);
    static const char *const ramp[] = {"gc", "aa"};
    for (int i = 0; i < 2; i++)
        deck_put(s, "v%s %s 0 pwl(0 %.9g 1n %.9g 1.2n %.9g)\n.meas tran q%s integ i(v%s) from=0.9n to=1.3n\n", ramp[i], ramp[i], t->vcm - fs,
                 t->vcm - fs, t->vcm + fs, ramp[i], ramp[i]);
    deck_tran(s, 20e-12, 1.5e-9);
    char_make_hold(j, &db, c, "GCOL", "AIN", "DIN=0 RST=0 RSTB=vdd SELA=0 SELAB=vdd SELB=0 SELBB=vdd WE=0 WEB=vdd");
    db_free(&db);
}

void char_read_col_end(CharJob *j)
{
    const CharDeck *d = &j->decks[0], *s = &j->decks[1];
    double fs = char_full(j->t);
    j->data.offset_v = char_get(d, "off1") - char_get(d, "off0");
    double drp = char_get(d, "h1p") - char_get(d, "h0p"), drm = char_get(d, "h1m") - char_get(d, "h0m");
    j->data.residual_v = larger(fabs(drp), fabs(drm));
    j->data.tau_s = (char_get(d, "t01") - char_get(d, "t10")) / log(10);
    j->data.r_ohm = -1e-3 / char_get(s, "ir");
    j->data.c_in = -char_get(s, "qgc") / (2 * fs);
    j->data.c_out = -char_get(s, "qaa") / (2 * fs);
    /* kT/C of the released reset switch on what hangs on the column: the one figure that is computed, from a measured C. */
    j->data.noise_v = sqrt(1.380649e-23 * (273.15 + j->t->temp_c) / (CHAR_LOAD + j->data.c_in));
    /* Each line is charged from the supply once per reset: what falls at the release has risen before. Four cells hang on them. */
    j->data.energy_j = j->t->vdd * (fabs(char_get(d, "qr")) + fabs(char_get(d, "qrb"))) / 4;
    j->data.leak_w = -char_get(d, "ileak") * j->t->vdd / 4;
    char_read_hold(j, &j->decks[2], (CELLS_T_EVAL + CELLS_T_START + CELLS_T_SELECT + 10 * cells_t_clk(4)) / CHAR_HOLD);
    buf_printf(&j->how, "column of %.0f fF; offset: at release of the reset; residual: droop in %.0f ns at full range (%.1f uV up, %.1f uV down); "
               "tau: column back to VCM in reset; r: reset switch (select switch %.0f ohm); c-in: GCOL with select closed; c-out: AIN, open; "
               "noise: kT/C of the column with measured c-in; energy: charge of the two reset lines from the supply; i-hold: mean of the wait for the second "
               "conversion, reset and select open, AIN at the other end of the gain's range until the first is done",
               CHAR_LOAD * 1e15, CHAR_HOLD * 1e9, drp * 1e6, drm * 1e6, -1e-3 / char_get(s, "is"));
}

/* ---- ladder -------------------------------------------------------------------------------------------------- */

/* Where to look at the step: level 10 has about an eighth of the string's resistance. It ends after 12 of these and the phases. */
static double ladder_tau(const CharJob *j) { return j->v->param[0] / 8 * 5e-12; }
static double ladder_end(const CharJob *j) { return fmax(12e-9, 2.05e-9 + 12 * ladder_tau(j)); }

void char_make_ladder(CharJob *j)
{
    const Tech *t = j->t;
    Db db;
    begin_db(&db, t);
    CellId c = char_cell(&db, t, "ladder", j->v, 0);
    CharDeck *d = job_deck(j);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-4", "ladder %s", j->v->variant);
    cells_spice(&db, t, c, &d->text);
    /* The string alone, for the copies that only its resistance is asked of. */
    circuit_spice_view(&db, t, c, &(CircuitView){.name = "string", .skip = "EVAL RST SELA SELB WE CLK START"}, &d->text);
    const char *rest = "EVALIN=ph RSTIN=ph SELIN[0]=ph SELIN[1]=0 WEIN=0 CLKIN=ph STARTIN=ph VREF=ref VDD=vs";
    char map[256];
    /* u: no load. One more ladder per level with 10 µA drawn from it; k 15 is VCM itself. 5 pF at level 10. */
    snprintf(map, sizeof map, "%s VCM=vu", rest);
    deck_inst(d, &db, c, "u", map, "", NULL);
    deck_put(d, "vvs vs 0 %.9g\nvref ref 0 %.9g\nvph ph 0 pwl(0 0 2n 0 2.05n %.9g 6n %.9g 6.05n 0)\n", t->vdd, 2 * char_full(t), t->vdd, t->vdd);
    for (int k = 0; k <= 15; k++) {
        char inst[16], node[16];
        snprintf(inst, sizeof inst, "k%d", k);
        snprintf(map, sizeof map, "EVALIN=0 RSTIN=0 SELIN[0]=0 SELIN[1]=0 WEIN=0 CLKIN=0 STARTIN=0 VREF=ref VCM=m%d", k);
        deck_inst(d, &db, c, inst, map, "", "string");
        snprintf(node, sizeof node, k == 15 ? "m%d" : "k%d_l%d", k, k);
        deck_put(d, "i%d %s 0 10u\n.meas tran dv%d find v(%s) at=1n\n", k, node, k, node);
        char un[16], mn[16];
        snprintf(un, sizeof un, k == 15 ? "vu" : "u_l%d", k);
        snprintf(mn, sizeof mn, "u%d", k);
        deck_at(d, mn, un, 1e-9);
    }
    snprintf(map, sizeof map, "EVALIN=0 RSTIN=0 SELIN[0]=0 SELIN[1]=0 WEIN=0 CLKIN=0 STARTIN=0 VREF=ref VCM=mt");
    deck_inst(d, &db, c, "t", map, "", "string");
    deck_put(d, "cl t_l10 0 5p\nil t_l10 0 pwl(0 0 2n 0 2.05n 20u)\n");
    double about = ladder_tau(j);
    deck_at(d, "s1", "t_l10", 2.05e-9 + 0.5 * about);
    deck_at(d, "s2", "t_l10", 2.05e-9 + 1.5 * about);
    deck_at(d, "s9", "t_l10", ladder_end(j));
    /* The phase drivers with the load of a 256-row, 64-column crossbar: complement and true. */
    deck_put(d, "cev u_eval 0 1.3p\ncevb u_evalb 0 1.3p\ncrst u_rst 0 0.5p\ncrstb u_rstb 0 0.5p\n");
    deck_put(d, ".meas tran dl trig v(ph) val=%.6g rise=1 targ v(u_eval) val=%.6g rise=1\n", t->vdd / 2, t->vdd / 2);
    deck_put(d, ".meas tran is find i(vvs) at=1n\n.meas tran q integ i(vvs) from=1.9n to=10n\n");
    deck_tran(d, fmin(0.1e-9, about / 10), ladder_end(j) + 0.1e-9);
    db_free(&db);
}

void char_read_ladder(CharJob *j)
{
    const CharDeck *d = &j->decks[0];
    double worst = 0, dev = 0;
    for (int k = 0; k <= 15; k++) {
        double u = char_getf(d, "u%d", k), want = j->t->vcm + (k == 15 ? 0 : (k - 7) * j->t->ladder_step);
        double r = (u - char_getf(d, "dv%d", k)) / 10e-6;
        if (k == 15) j->data.r_vcm = r;
        else worst = larger(worst, r);
        dev = larger(dev, fabs(u - want));
    }
    j->data.r_ohm = worst;
    j->data.offset_v = dev;
    double e0 = char_get(d, "s1") - char_get(d, "s9"), e1 = char_get(d, "s2") - char_get(d, "s9");
    j->data.tau_s = ladder_tau(j) / log(e0 / e1);
    double p = -char_get(d, "is") * j->t->vdd;
    j->data.leak_w = p;
    j->data.energy_j = -char_get(d, "q") * j->t->vdd - p * 8.1e-9;
    buf_printf(&j->how, "r: largest of 15 levels; tau: level 10 with 5 pF; offset: largest deviation of a level at rest; "
               "leak: static power of the string; energy: EVAL (1.3 pF each line), RST (0.5 pF), SELA, CLK, START once; EVAL delay %.0f ps",
               char_get(d, "dl") * 1e12);
}

/* ---- decoupling --------------------------------------------------------------------------------------------- */

#define RAMP 20e-9 /* from 5 % below VDD to 5 % above: long beside what the channels take to charge the gates */

void char_make_decap(CharJob *j)
{
    double v = j->t->vdd;
    Db db;
    begin_db(&db, j->t);
    CellId c = char_cell(&db, j->t, "decap", j->v, 0);
    CharDeck *d = job_deck(j);
    deck_begin(d, j->t, CHAR_LIMIT, "reltol=1e-4 chgtol=1e-18 abstol=1e-14", "decap %s", j->v->variant);
    cells_spice(&db, j->t, c, &d->text);
    deck_put(d, "vs vs 0 pwl(0 %.9g %.9g %.9g %.9g %.9g)\n", 0.95 * v, RAMP, 0.95 * v, 2 * RAMP, 1.05 * v);
    deck_inst(d, &db, c, "dut", "VDD=vs", "", NULL);
    deck_put(d, ".meas tran i0 find i(vs) at=%.9g\n.meas tran i1 find i(vs) at=%.9g\n", 0.9 * RAMP, 2.9 * RAMP);
    deck_put(d, ".meas tran q integ i(vs) from=%.9g to=%.9g\n", RAMP, 2.5 * RAMP);
    deck_tran(d, RAMP / 100, 3 * RAMP);
    db_free(&db);
}

void char_read_decap(CharJob *j)
{
    const CharDeck *d = &j->decks[0];
    double v = j->t->vdd, i0 = -char_get(d, "i0"), i1 = -char_get(d, "i1");
    /* while the supply rises, leakage is the mean of its two ends */
    j->data.c_in = (-char_get(d, "q") - RAMP * ((i0 + i1) / 2 + i1 / 2)) / (0.1 * v);
    j->data.leak_w = (i0 + i1) / 2 * v;
    buf_str(&j->how, "c-in: charge of the supply from 5 % below VDD to 5 % above, without leakage; leak: mean of both");
}
