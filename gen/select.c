/*
 * Select stage: one variant per function. A multiple-choice integer programme: exactly one variant of each function, least cost
 * = area + energy over an inference (each relative to the cheapest), subject to the plan's requirements on what the variants
 * give together: settling within the sampling phase, residual error, converter resolution, ladder against the rows' load. The requirements
 * hold at typical, and at all of the technology's corners where a variant does; where none does, a corner missed has a price. Solved by GLPK,
 * proven.
 */
#include <math.h>

#include "cells/corners.h"
#include "cells/draw.h"
#include "cells/timing.h"
#include "gen/base/lp.h"
#include "gen/kpi.h"
#include "gen/select_int.h"

static const char *const functions[] = {"synapse", "row_driver", "block_switch", "col_end", "sar_adc", "ladder"};
enum { N_FUNC = COUNTOF(functions) };

/* Is it one of the charge family's, which this file selects? */
static bool of_family(const CellVariant *v)
{
    for (size_t f = 0; f < N_FUNC; f++)
        if (str_eq(v->function, functions[f])) return true;
    return false;
}

static Status needs(Design *d, Need *out)
{
    IssClocks clk;
    TRY(design_clocks(d, &clk));
    Need n = {.lsb_v = INFINITY, .rows_min = INT32_MAX, .gain_min = 4, .bits = (int32_t)plan_adc_bits(&d->plan), .supply = 1};
    for (uint32_t i = 0; i < d->plan.layers.n; i++) {
        const PlanLayer *l = &d->plan.layers.v[i];
        if (l->op != PLAN_CONV) continue;
        const PlanTensor *to = &d->plan.tensors.v[l->out];
        double lsb = 14.0 * d->tech.ladder_step / (l->adc_gain * ldexp(1.0, l->adc_bits));
        if (lsb < n.lsb_v) n.lsb_v = lsb;
        if (l->adc_gain < n.gain_min) n.gain_min = l->adc_gain;
        if (l->rows_per_conv < n.rows_min) n.rows_min = l->rows_per_conv;
        double chunks = ceil((double)plan_rows(l) / l->rows_per_conv);
        double pos = (double)to->h * to->w;
        n.conversions += pos * l->oc * l->slices * l->digits * chunks;
        n.macs += pos * l->oc * plan_rows(l) * l->slices * l->digits;
    }
    for (uint32_t i = 0; i < d->plan.cores.n; i++) {
        const PlanCore *c = &d->plan.cores.v[i];
        if (c->cols > n.cols) n.cols = c->cols;
        if (c->rows > n.rows) n.rows = c->rows;
    }
    n.latency_s = (double)clk.clocks / d->plan.arch.clock_hz;
    n.cores = d->plan.cores.n;
    n.load = load_of(&d->plan);
    n.limit = 0.5 * n.lsb_v / (7.0 * d->tech.ladder_step);
    select_columns(d, &n);
    iss_clocks_free(&clk);
    *out = n;
    return ST_OK;
}

/* Operations of a function in one inference. */
static double operations(const Need *n, const char *function)
{
    if (str_eq(function, "synapse")) return n->macs;
    if (str_eq(function, "row_driver")) return n->macs / n->cols;
    return n->conversions;
}

/* Instances in a crossbar of the largest core. */
static double instances(const Need *n, const char *function)
{
    if (str_eq(function, "synapse")) return (double)n->rows * n->cols;
    if (str_eq(function, "row_driver")) return n->rows;
    if (str_eq(function, "block_switch")) return (double)n->cols * ((n->rows + 15) / 16);
    if (str_eq(function, "col_end")) return n->cols;
    if (str_eq(function, "sar_adc")) return (n->cols + 1) / 2;
    return 1;
}

/* Error after settling for `time`, single pole. */
double select_unsettled(double tau, double time) { return isnan(tau) || tau <= 0 ? 0 : exp(-time / tau); }

/* Of a converter, at the lower end of the range of the plan's lowest gain. NaN at gain 1, whose end no clock helps. */
static double decision(const Need *n, const CellData *c) { return n->gain_min == 4 ? c->tau4_s : n->gain_min == 2 ? c->tau_s : NAN; }

/*
 * What forbids a variant by itself, with the value and its limit; margin = how far inside, relative.
 * Returns NULL if it may be used.
 */
static const char *refuse(const Design *d, const Need *n, const CellVariant *v, double *margin)
{
    const CellData *c = &v->data;
    double err = 0, limit = n->limit;
    *margin = 1.0;
    if (str_eq(v->function, "sar_adc")) {
        if ((int32_t)lrint(v->param[0]) != n->bits) return "resolution differs from the plan's";
        /* Noise of two LSB takes 2.8 bits off the converter: a coarser one does as well. Below that, accuracy judges it. */
        if (!isnan(c->noise_v)) *margin = 1.0 - c->noise_v / (2.0 * n->lsb_v);
        if (*margin < 0) return "its noise exceeds two LSB of the plan";
        /* Gain 1 has a slower clock, and an end of the range that no clock helps. */
        double decide = decision(n, c), clock = cells_t_clk(n->gain_min) - CELLS_T_CLK_LOW;
        if (decide > 0 && 1.0 - decide / clock < *margin) *margin = 1.0 - decide / clock;
        return decide > clock ? "it does not decide at the lower end of its gain's range within its clock" : NULL;
    }
    if (str_eq(v->function, "row_driver")) {
        /* the far end of a row: driver and as many synapse inputs as there are columns */
        double tau = isnan(c->tau_s) ? 0 : c->tau_s * n->cols / 64.0; /* measured with 64 synapses */
        err = select_unsettled(tau, CELLS_T_SAMPLE);
    } else if (str_eq(v->function, "synapse")) {
        if ((int32_t)lrint(v->param[2]) != d->plan.arch.mag_bits) return "its weights have another number of bits than the plan's";
        if (v->param[0] < d->tech.cunit_min * (1 - 1e-9)) return "its unit capacitor is too small beside the wires of the drawn synapse";
        err = isnan(c->tau_s) ? 0 : select_unsettled(c->tau_s, CELLS_T_EVAL);
    } else if (draw_refuses(&d->tech, v)) {
        *margin = -1;
        return draw_refuses(&d->tech, v);
    }
    if (err > 0) *margin = 1.0 - err / limit;
    /* What the column loses until the last bit is decided, where that is known at full range alone; else select_column says it. */
    if (str_eq(v->function, "col_end") && isnan(c->i_hold4) && !isnan(c->residual_v)) {
        double droop = 1.0 - c->residual_v / (0.5 * n->lsb_v);
        if (droop < *margin) *margin = droop;
        if (droop < 0) return "the column droops more than half an LSB during a conversion";
    }
    return err > limit ? "does not settle within half an LSB in its phase" : NULL;
}

/* Joules of one inference: operations, and what flows all the time (the ladder's string). */
static double energy_of(const Need *n, const CellVariant *v)
{
    double e = isnan(v->data.energy_j) ? 0 : v->data.energy_j * operations(n, v->function);
    return e + (isnan(v->data.leak_w) ? 0 : v->data.leak_w * instances(n, v->function) * n->cores * n->latency_s);
}

static double cost_of(const Need *n, const CellVariant *v, double area_unit, double energy_unit)
{
    return v->area * instances(n, v->function) / area_unit + energy_of(n, v) / energy_unit;
}

static void units(const Design *d, const Need *n, double *area, double *energy)
{
    *area = *energy = 0;
    for (uint32_t i = 0; i < d->lib.v.n; i++) {
        const CellVariant *v = &d->lib.v.v[i];
        if (!of_family(v)) continue;
        double a = v->area * instances(n, v->function);
        double e = energy_of(n, v);
        if (a > *area) *area = a;
        if (e > *energy) *energy = e;
    }
    if (*area <= 0) *area = 1;
    if (*energy <= 0) *energy = 1;
}

static const CellVariant **slot(CellChoice *c, size_t f)
{
    const CellVariant **s[] = {&c->synapse, &c->row_driver, &c->block_switch, &c->col_end, &c->sar_adc, &c->ladder};
    return s[f];
}

/* Half an LSB goes with the supply, as the levels do. */
static Need need_at(const Design *d, const Need *n, const CellCorner *corner)
{
    Need need = *n;
    if (corner) need.supply = corner->vdd / d->tech.vdd;
    need.lsb_v *= need.supply;
    return need;
}

static const char *refuse_at(const Design *d, const Need *n, const CellCorner *corner, const CellVariant *v, double *margin)
{
    CellVariant there = cells_at_corner(v, corner);
    Need need = need_at(d, n, corner);
    return refuse(d, &need, &there, margin);
}

static const char *column_at(const Design *d, const Need *n, const CellCorner *corner, const CellVariant *end, const CellVariant *sw, const CellVariant *synapse,
                             double *margin)
{
    CellVariant e = cells_at_corner(end, corner), w = cells_at_corner(sw, corner), s = cells_at_corner(synapse, corner);
    Need need = need_at(d, n, corner);
    return select_column(d, &need, &e, &w, &s, margin);
}

/* The variant in the chosen cells' company. */
static const char *judge(const Design *d, const Need *n, const CellCorner *corner, const CellVariant *v, double *margin)
{
    bool end = str_eq(v->function, "col_end"), sw = str_eq(v->function, "block_switch");
    const char *why = refuse_at(d, n, corner, v, margin);
    if (!end && !sw) return why;
    double together;
    const char *no = column_at(d, n, corner, end ? v : d->choice.col_end, sw ? v : d->choice.block_switch, d->choice.synapse, &together);
    if (together < *margin) *margin = together;
    return why ? why : no;
}

typedef struct {
    const CellCorner *at; /* NULL: none was simulated */
    const char *why;
    double margin;
    uint32_t points, failed;
} Worst;

static Worst worst_corner(const Design *d, const Need *n, const CellCorners *corners, const CellVariant *v)
{
    Worst w = {.margin = INFINITY};
    for (uint32_t i = 0; i < corners->c.n; i++) {
        const CellCorner *c = &corners->c.v[i];
        if (!cells_corner_data(c, v)) continue;
        double margin;
        const char *why = judge(d, n, c, v, &margin);
        w.points++;
        w.failed += why != NULL;
        if (margin > w.margin) continue; /* of several that never settle the last: the slow process comes after the typical one */
        w.at = c, w.why = why, w.margin = margin;
    }
    return w;
}

/* Why a converter fails at corners, with the clock that it would hold with at all of them: one that follows the corner, or as slow everywhere. */
static const char *with_clock(Design *d, const Need *n, const CellCorners *corners, const CellVariant *v, const char *why)
{
    double longest = 0, clock = cells_t_clk(n->gain_min);
    for (uint32_t i = 0; i < corners->c.n; i++) {
        CellVariant there = cells_at_corner(v, &corners->c.v[i]);
        longest = fmax(longest, decision(n, &there.data));
    }
    if (!str_eq(v->function, "sar_adc") || !why || longest <= clock - CELLS_T_CLK_LOW) return why;
    if (!isfinite(longest)) return arena_printf(&d->arena, "%s; somewhere it does not decide at all", why);
    longest += CELLS_T_CLK_LOW;
    return arena_printf(&d->arena, "%s; one of %.1f ns, %.2f times as long, would do at all points", why, longest * 1e9, longest / clock);
}

static const char *corner_name(Design *d, const CellCorner *c)
{
    return c ? arena_printf(&d->arena, "%s, %g C, %.4g V", c->process, c->temp_c, c->vdd) : NULL;
}

/* Cost of missing all corners: where something holds at all of them more than all cells together, else as much as the area or the energy that is the
 * largest of any function. */
static double price(bool something_holds) { return something_holds ? 1e4 : 1; }

/* Share of the corners at which the variant alone may not be used. */
static double missed(const Design *d, const Need *n, const CellCorners *corners, const CellVariant *v)
{
    double margin, k = 0;
    for (uint32_t i = 0; i < corners->c.n; i++) k += refuse_at(d, n, &corners->c.v[i], v, &margin) != NULL;
    return k > 0 ? k / corners->c.n : 0;
}

static const char *const too_weak = "the rows do not settle to its levels within half an LSB";

/* A ladder and a synapse that is too much for it exclude each other. */
static void forbid_pairs(const Design *d, const Need *n, Lp *lp, const int *col)
{
    static const double one[2] = {1, 1};
    for (uint32_t i = 0; i < d->lib.v.n; i++)
        for (uint32_t j = 0; j < d->lib.v.n; j++) {
            const CellVariant *ladder = &d->lib.v.v[i], *synapse = &d->lib.v.v[j];
            if (!str_eq(ladder->function, "ladder") || !str_eq(synapse->function, "synapse")) continue;
            int idx[2] = {col[i], col[j]};
            if (!(load_left(&n->load, ladder, synapse, 0) <= n->limit)) lp_row(lp, 0, 1, 2, idx, one);
        }
}

/* The pair of them that is told when none is strong enough: which leaves least. */
static void tell_pairs(const Design *d, const Need *n)
{
    const CellVariant *best[2] = {NULL, NULL};
    double least = INFINITY, margin;
    for (uint32_t i = 0; i < d->lib.v.n; i++)
        for (uint32_t j = 0; j < d->lib.v.n; j++) {
            const CellVariant *ladder = &d->lib.v.v[i], *synapse = &d->lib.v.v[j];
            if (!str_eq(ladder->function, "ladder") || !str_eq(synapse->function, "synapse") || refuse(d, n, synapse, &margin)) continue;
            double left = load_left(&n->load, ladder, synapse, 0);
            if (!(left < least)) continue;
            least = left, best[0] = ladder, best[1] = synapse;
        }
    if (best[0] && least > n->limit)
        msg_info("select: ladder %s with synapse %s: %s (%.2g of a level is left, limit %.2g; %.1f thousand synapses at once)", best[0]->variant, best[1]->variant, too_weak,
                 least, n->limit, n->load.synapses / 1e3);
}

/* Price of the corners that a function's variants miss. */
static double price_of(const Design *d, const Need *n, const CellCorners *corners, const char *function)
{
    bool holds = false;
    double margin;
    for (uint32_t i = 0; i < d->lib.v.n; i++) {
        const CellVariant *v = &d->lib.v.v[i];
        holds |= str_eq(v->function, function) && !refuse(d, n, v, &margin) && missed(d, n, corners, v) == 0;
    }
    return price(holds);
}

/* Column end, block switch and synapse that do not go together at typical exclude each other; at corners they cost what they miss. */
static void weigh_columns(const Design *d, const Need *n, const CellCorners *corners, Lp *lp, const int *col)
{
    static const double three[3] = {1, 1, 1}, or_pay[4] = {1, 1, 1, -1};
    typedef struct { int idx[4]; double share; } Misses;
    ARRAY(Misses) some = {0};
    const CellVariant *v = d->lib.v.v;
    bool holds = false;
    for (uint32_t i = 0; i < d->lib.v.n; i++)
        for (uint32_t j = 0; str_eq(v[i].function, "col_end") && j < d->lib.v.n; j++)
            for (uint32_t k = 0; str_eq(v[j].function, "block_switch") && k < d->lib.v.n; k++) {
                if (!str_eq(v[k].function, "synapse")) continue;
                double margin;
                Misses m = {.idx = {col[i], col[j], col[k]}};
                if (column_at(d, n, NULL, &v[i], &v[j], &v[k], &margin)) {
                    lp_row(lp, 0, 2, 3, m.idx, three);
                    continue;
                }
                for (uint32_t c = 0; c < corners->c.n; c++) m.share += column_at(d, n, &corners->c.v[c], &v[i], &v[j], &v[k], &margin) != NULL ? 1.0 / corners->c.n : 0;
                holds |= m.share == 0 && !refuse(d, n, &v[i], &margin) && !refuse(d, n, &v[j], &margin) && !refuse(d, n, &v[k], &margin);
                if (m.share > 0) arr_push(&some, m);
            }
    for (uint32_t i = 0; i < some.n; i++) {
        some.v[i].idx[3] = lp_col(lp, "missed", 0, 1, price(holds) * some.v[i].share, false);
        lp_row(lp, -1, 2, 4, some.v[i].idx, or_pay);
    }
    arr_free(&some);
}

/* The chosen variant of one function with the next best beside it. */
static void explain(Design *d, const Need *n, const CellCorners *corners, size_t f, const CellVariant *v, double au, double eu)
{
    const CellVariant *next = NULL;
    double margin, best = INFINITY;
    const char *why_next = "no other variant";
    Worst w = worst_corner(d, n, corners, v), of_next = {.margin = NAN};
    for (uint32_t i = 0; i < d->lib.v.n; i++) {
        const CellVariant *o = &d->lib.v.v[i];
        if (o == v || !str_eq(o->function, functions[f])) continue;
        const char *no = judge(d, n, NULL, o, &margin);
        if (!no && str_eq(o->function, "ladder") && !(load_left(&n->load, o, d->choice.synapse, 0) <= n->limit)) no = too_weak;
        Worst there = worst_corner(d, n, corners, o);
        double share = d->typical_only || !there.points ? 0 : (double)there.failed / there.points, c = cost_of(n, o, au, eu) + (no ? 1e6 : 0) + price(w.failed == 0) * share;
        if (c >= best) continue;
        best = c, next = o, of_next = there;
        why_next = no                                               ? no
                   : !d->typical_only && there.failed > w.failed ? arena_printf(&d->arena, "at %u of %u corners %s", there.failed, there.points, there.why)
                                                                     : "costs more area and energy";
    }
    judge(d, n, NULL, v, &margin);
    if (str_eq(v->function, "ladder")) margin = 1 - load_left(&n->load, v, d->choice.synapse, 0) / n->limit;
    SelectFigure s = {.function = functions[f], .variant = v->variant, .runner_up = next ? next->variant : "", .reason = why_next, .margin = margin,
                      .cost = cost_of(n, v, au, eu), .cost_runner_up = next ? cost_of(n, next, au, eu) : 0, .worst_at = corner_name(d, w.at),
                      .worst_why = with_clock(d, n, corners, v, w.why), .worst_margin = w.margin, .corners = w.points, .corners_failed = w.failed,
                      .next_worst_at = corner_name(d, of_next.at), .next_worst_margin = of_next.margin};
    arr_push(&d->select, s);
}

/* The choice of the charge family. quiet: that there is none is not an error, the other family is wanted. */
static Status select_charge(Design *d, const Need *need, bool quiet)
{
    const Need n = *need;
    CellCorners corners;
    TRY(cells_corners_read(&d->tech, &corners));
    const CellCorners none = {0}, *count = d->typical_only ? &none : &corners;
    double au, eu;
    units(d, &n, &au, &eu);
    double per[N_FUNC];
    for (size_t f = 0; f < N_FUNC; f++) per[f] = price_of(d, &n, count, functions[f]);
    Lp *lp = lp_new();
    int *col = mem_calloc(d->lib.v.n + 1, sizeof *col);
    for (uint32_t i = 0; i < d->lib.v.n; i++) {
        double margin;
        bool no = refuse(d, &n, &d->lib.v.v[i], &margin) != NULL;
        double cost = cost_of(&n, &d->lib.v.v[i], au, eu);
        for (size_t f = 0; f < N_FUNC; f++)
            if (str_eq(d->lib.v.v[i].function, functions[f])) cost += per[f] * missed(d, &n, count, &d->lib.v.v[i]);
        col[i] = lp_col(lp, d->lib.v.v[i].variant, 0, no ? 0 : 1, cost, true);
    }
    for (size_t f = 0; f < N_FUNC; f++) {
        int idx[256];
        double one[256];
        int k = 0;
        for (uint32_t i = 0; i < d->lib.v.n && k < 256; i++)
            if (str_eq(d->lib.v.v[i].function, functions[f])) idx[k] = col[i], one[k++] = 1;
        lp_row(lp, 1, 1, k, idx, one);
    }
    forbid_pairs(d, &n, lp, col);
    weigh_columns(d, &n, count, lp, col);
    LpOptions opt = {0};
    LpResult r = {0};
    Status st = lp_solve(lp, &opt, &r);
    if (st == ST_OK && (r.status != LP_OPTIMAL || !r.x)) {
        for (size_t f = 0; !quiet && f < N_FUNC; f++)
            for (uint32_t i = 0; i < d->lib.v.n; i++) {
                double margin;
                const char *no = refuse(d, &n, &d->lib.v.v[i], &margin);
                if (str_eq(d->lib.v.v[i].function, functions[f]) && no)
                    msg_info("select: %s %s: %s (margin %.2f)", functions[f], d->lib.v.v[i].variant, no, margin);
            }
        if (!quiet) tell_pairs(d, &n);
        st = quiet ? ST_VIOLATION : msg_error(ST_VIOLATION, "SEL-0001", (Loc){0}, "no choice of cells in %s meets the plan's requirements "
                       "(%d-bit converter, LSB %.1f uV, %d rows at least per conversion, %.1f thousand unit capacitors at "
                       "one level of the ladder)", d->tech.name, n.bits, n.lsb_v * 1e6, n.rows_min, n.load.level / 1e3);
    }
    for (size_t f = 0; st == ST_OK && f < N_FUNC; f++)
        for (uint32_t i = 0; i < d->lib.v.n; i++)
            if (str_eq(d->lib.v.v[i].function, functions[f]) && r.x[col[i]] > 0.5) *slot(&d->choice, f) = &d->lib.v.v[i];
    for (size_t f = 0; st == ST_OK && f < N_FUNC; f++) explain(d, &n, &corners, f, *slot(&d->choice, f), au, eu);
    cells_corners_free(&corners);
    mem_free(r.x);
    mem_free(col);
    lp_free(lp);
    return st;
}

/* Mismatch and noise of the charge family at the end of the converter's range, judged like the other family's. LSB */
static double charge_sigma(const Design *d)
{
    double worst = 0;
    for (uint32_t i = 0; i < d->plan.layers.n; i++) {
        const PlanLayer *l = &d->plan.layers.v[i];
        if (l->op != PLAN_CONV) continue;
        double codes = ldexp(1, l->adc_bits - 1), lsb = 7 * d->tech.ladder_step / (l->adc_gain * codes);
        double noise = hypot(d->choice.sar_adc->data.noise_v, d->choice.col_end->data.noise_v) / lsb / sqrt(plan_repeats(l));
        worst = fmax(worst, hypot(noise, codes * d->choice.synapse->data.mismatch / sqrt(7.0 * l->rows_per_conv)));
    }
    return worst;
}

static void charge_figure(const Design *d, const Need *n, FamilyFigure *out)
{
    out->judged = true;
    out->margin = 1;
    for (uint32_t i = 0; i < d->select.n; i++) out->margin = fmin(out->margin, d->select.v[i].margin);
    for (size_t f = 0; f < N_FUNC; f++) {
        const CellVariant *v = *slot((CellChoice *)&d->choice, f);
        out->area += v->area * instances(n, v->function);
        out->energy += energy_of(n, v);
    }
    out->sigma_lsb = charge_sigma(d);
}

/* The cheaper of those that may be used, or the one that is wanted. The current family has no controller: it is chosen only where it is wanted. */
static Status choose_family(Design *d, bool charge_may)
{
    FamilyFigure *charge = &d->family[0], *current = &d->family[1];
    bool wants_current = d->family_wanted && str_eq(d->family_wanted, "current");
    if (wants_current) {
        if (current->why || !current->judged)
            return msg_error(ST_VIOLATION, "SEL-0002", (Loc){0}, "no choice of the current family's cells in %s meets the plan's requirements: %s", d->tech.name,
                             current->judged ? current->why : "it is not characterised");
        charge->why = charge_may ? "the current family is wanted" : "no choice meets the plan's requirements";
        SelectRows rows = d->select;
        d->select = d->rival;
        d->rival = rows;
        d->choice = (CellChoice){.synapse = d->current[0], .row_driver = d->current[1], .pulse_gen = d->current[2], .col_end = d->current[3], .sar_adc = d->current[4], .bias = d->current[5]};
    } else if (!current->judged) {
        current->why = "not characterised in this technology";
    } else if (!current->why) {
        double cost = (current->area / charge->area + current->energy / charge->energy) / 2;
        current->why = d->family_wanted ? "the charge family is wanted"
                       : cost < 1       ? arena_printf(&d->arena, "meets the plan at %.2f of the cost, but its controller is not there yet", cost)
                                        : arena_printf(&d->arena, "meets the plan, but costs %.2f times as much area and energy", cost);
    }
    d->family[wants_current].chosen = true;
    return ST_OK;
}

Status stage_select(Design *d)
{
    Need n;
    TRY(needs(d, &n));
    d->family[0].name = "charge";
    d->family[1].name = "current";
    bool wants_current = d->family_wanted && str_eq(d->family_wanted, "current");
    Status st = select_charge(d, &n, wants_current);
    if (st != ST_OK && !wants_current) return st;
    bool may = st == ST_OK;
    if (may) charge_figure(d, &n, &d->family[0]);
    select_current(d, &n, may ? d->family[0].area : 1e-8, may ? d->family[0].energy : 1e-6, &d->family[1], &d->rival);
    return choose_family(d, may);
}
