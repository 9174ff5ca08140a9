/* The choice of the charge family at corners: what holds there is taken before what is cheap, and told where nothing holds. */
#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "cells/corners.h"
#include "cells/timing.h"
#include "gen/design.h"
#include "tests/verify/toy_plan.h"

static char dir[64];

/* The toy plan with n22's cells, and these corners instead of the shipped ones (NULL: those). */
static void begin(Design *d, const char *corners, bool typical_only)
{
    *d = (Design){.seed = 1, .threads = 1, .typical_only = typical_only};
    toy_plan(&d->plan);
    d->plan.layers.v[0].adc_bits = 10;
    d->plan.layers.v[0].adc_gain = 4;
    cr_assert_eq(tech_read("n22", &d->tech), ST_OK);
    cr_assert_eq(cells_library_read(&d->tech, &d->lib), ST_OK);
    d->have_tech = d->have_plan = d->have_lib = true;
    if (!corners) return;
    snprintf(dir, sizeof dir, "/tmp/apugen-select-XXXXXX");
    cr_assert(mkdtemp(dir));
    char path[96];
    snprintf(path, sizeof path, "%s/corners.xml", dir);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    fprintf(f, "<corners tech=\"n22\" simulator=\"none\">%s</corners>", corners);
    fclose(f);
    d->tech.dir = dir;
}

static void end(Design *d, bool own)
{
    char path[96];
    snprintf(path, sizeof path, "%s/corners.xml", dir);
    if (own) unlink(path), rmdir(dir);
    design_free(d);
}

static const SelectFigure *of(const Design *d, const char *function)
{
    for (uint32_t i = 0; i < d->select.n; i++)
        if (str_eq(d->select.v[i].function, function)) return &d->select.v[i];
    cr_assert(false, "%s", function);
    return NULL;
}

#define HOT "<corner process=\"ff\" temp=\"125C\" vdd=\"880mV\" decks=\"0\">"
#define COLD "<corner process=\"ss\" temp=\"-40C\" vdd=\"720mV\" decks=\"0\">"
#define LEAKS(name) "<cell function=\"col_end\" name=\"" name "\" i-hold4=\"9nA\"/>"
#define SLOW(name) "<cell function=\"col_end\" name=\"" name "\" r=\"90000ohm\"/>"
#define HOLDS(name) "<cell function=\"col_end\" name=\"" name "\" i-hold4=\"0.001nA\" r=\"300ohm\"/>"

/* One column end holds at the corner: it is taken, although others cost less; without corners the cheapest is. */
Test(select, what_holds_at_corners_goes_before_cost)
{
    static const char only[] = HOT LEAKS("r05_slvt") LEAKS("r1_slvt") LEAKS("r2_slvt") HOLDS("r6_slvt") LEAKS("r12_rvt") "</corner>";
    Design a, b;
    begin(&a, only, false);
    cr_assert_eq(stage_select(&a), ST_OK);
    const SelectFigure *s = of(&a, "col_end");
    cr_expect_str_eq(s->variant, "r6_slvt");
    cr_expect_eq(s->corners, 1u);
    cr_expect_eq(s->corners_failed, 0u);
    cr_expect_gt(s->worst_margin, 0);
    cr_expect_not_null(strstr(s->reason, "droops"), "%s", s->reason);
    cr_expect_lt(s->next_worst_margin, 0);
    double robust = s->cost;
    end(&a, true);
    begin(&b, only, true);
    cr_assert_eq(stage_select(&b), ST_OK);
    s = of(&b, "col_end");
    cr_expect_str_neq(s->variant, "r6_slvt");
    cr_expect_lt(s->cost, robust);
    cr_expect_eq(s->corners_failed, 1u, "it is told all the same");
    cr_expect_not_null(s->worst_why);
    end(&b, true);
    cr_assert_eq(mem_live(), 0);
}

/* None holds everywhere: of those that cost about the same the one that misses at fewest corners, with where it misses most, and why. */
Test(select, corners_missed_have_a_price)
{
    static const char some[] = HOT LEAKS("r05_slvt") LEAKS("r1_slvt") LEAKS("r2_slvt") LEAKS("r6_slvt") HOLDS("r12_rvt") "</corner>"
                               COLD SLOW("r05_slvt") SLOW("r1_slvt") SLOW("r2_slvt") HOLDS("r6_slvt") SLOW("r12_rvt") "</corner>"
                               "<corner process=\"ss\" temp=\"-40C\" vdd=\"800mV\" decks=\"0\">" SLOW("r05_slvt") SLOW("r1_slvt") SLOW("r2_slvt") HOLDS("r6_slvt") SLOW("r12_rvt")
                               "</corner>";
    Design d;
    begin(&d, some, false);
    cr_assert_eq(stage_select(&d), ST_OK);
    const SelectFigure *s = of(&d, "col_end");
    cr_expect_str_eq(s->variant, "r6_slvt");
    cr_expect_eq(s->corners, 3u);
    cr_expect_eq(s->corners_failed, 1u);
    cr_expect_str_eq(s->worst_at, "ff, 125 C, 0.88 V");
    cr_expect_not_null(strstr(s->worst_why, "droops"));
    cr_expect_lt(s->worst_margin, 0);
    end(&d, true);
    cr_assert_eq(mem_live(), 0);
}

#define DECIDES(tau) "<cell function=\"sar_adc\" name=\"b10\" tau-gain4=\"" tau "\"/>"

/* A converter that misses its clock of 10 ns (3 of them low) at a corner: the clock that it would hold with everywhere, or that there is none. */
Test(select, a_clock_that_would_do)
{
    static const char slow[] = HOT DECIDES("2ns") "</corner>" COLD DECIDES("13.5ns") "</corner>", never[] = HOT DECIDES("2ns") "</corner>" COLD "<cell function=\"sar_adc\" name=\"b10\"/></corner>";
    Design d;
    begin(&d, slow, false);
    cr_assert_eq(stage_select(&d), ST_OK);
    const SelectFigure *s = of(&d, "sar_adc");
    cr_expect_str_eq(s->variant, "b10");
    cr_expect_eq(s->corners_failed, 1u);
    cr_expect_not_null(strstr(s->worst_why, "one of 16.5 ns, 1.65 times as long, would do at all points"), "%s", s->worst_why);
    end(&d, true);
    begin(&d, never, false);
    cr_assert_eq(stage_select(&d), ST_OK);
    s = of(&d, "sar_adc");
    cr_assert_not_null(s->worst_why);
    cr_expect_not_null(strstr(s->worst_why, "somewhere it does not decide at all"), "%s", s->worst_why);
    end(&d, true);
    begin(&d, HOT DECIDES("2ns") "</corner>" COLD DECIDES("6.9ns") "</corner>", false);
    cr_assert_eq(stage_select(&d), ST_OK);
    cr_expect_null(of(&d, "sar_adc")->worst_why);
    end(&d, true);
    cr_assert_eq(mem_live(), 0);
}

/* The shipped corners: the droop of the chosen cells by hand, at the corner that is told, is the margin that is told. */
Test(select, margin_by_hand)
{
    Design d;
    CellCorners c;
    begin(&d, NULL, false);
    cr_assert_eq(stage_select(&d), ST_OK);
    cr_assert_eq(cells_corners_read(&d.tech, &c), ST_OK);
    const SelectFigure *s = of(&d, "col_end");
    cr_assert_not_null(s->worst_at);
    const PlanLayer *l = &d.plan.layers.v[0];
    const PlanCore *core = &d.plan.cores.v[0];
    double worst = INFINITY;
    uint32_t failed = 0;
    for (uint32_t i = 0; i < c.c.n; i++) {
        const CellData *end_data = cells_corner_data(&c.c.v[i], d.choice.col_end), *sw = cells_corner_data(&c.c.v[i], d.choice.block_switch);
        cr_assert(end_data && sw);
        double rows = core->rows, idle = floor((rows - l->rows_per_conv) / core->block_rows), unit = 7 * d.choice.synapse->param[0];
        /* no wire: what it holds is less than a tenth of the toy's column */
        double farad = unit * l->rows_per_conv + ceil(rows / core->block_rows) * sw->c_out + end_data->c_in + end_data->c_out;
        double droop = (end_data->i_hold4 + idle * sw->i_hold4) * (12e-9 + 2 * (5e-9 + 2e-9 + 100e-9)) / farad;
        double tau = end_data->r_ohm * farad + sw->r_ohm * unit * core->block_rows, half = 0.5 / 1024 * 14 * d.tech.ladder_step / 4;
        double margin = fmin(1 - droop / (half * c.c.v[i].vdd / d.tech.vdd), 1 - exp(-20e-9 / tau) / (half / (7 * d.tech.ladder_step)));
        failed += margin < -0.1;
        worst = fmin(worst, margin);
    }
    cr_expect_lt(fabs(s->worst_margin - worst), 0.12 * (1 - worst), "%g, by hand %g", s->worst_margin, worst);
    cr_expect_leq(s->corners_failed, failed);
    cells_corners_free(&c);
    end(&d, false);
    cr_assert_eq(mem_live(), 0);
}
