/* KPIs: accumulated static energy, operation energy, operation count and duty cycle per module. */
#include "gen/kpi.h"

#include <math.h>

#include "cells/physical.h"
#include "cells/timing.h"
#include "mapper/program.h"
#include "route/extract.h"

static double macs_of(const Plan *p)
{
    double n = 0;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        const PlanTensor *to = &p->tensors.v[l->out];
        if (l->op == PLAN_CONV) n += (double)to->h * to->w * l->oc * plan_rows(l);
    }
    return n;
}

static void add(Kpi *k, uint32_t at, KpiModule m, double *sum)
{
    k->module[at] = m;
    if (isfinite(m.operation_j)) *sum += m.operation_j;
    if (isfinite(m.static_j)) *sum += m.static_j;
}

static void analog(Kpi *k, uint32_t at, const CellVariant *v, double instances, double operations, double busy_s)
{
    k->area_m2 += v->area * instances;
    add(k, at, (KpiModule){v->function, v->variant, "as characterised", instances, operations, v->data.energy_j * operations, v->data.leak_w * instances * k->latency_s,
                           k->latency_s > 0 ? busy_s / k->latency_s : 0}, &k->energy_j);
}

Status design_clocks(const Design *d, IssClocks *out)
{
    Program g;
    Buf image = {0};
    Iss *s = NULL;
    TRY(program_build(&d->plan, false, &g));
    program_image(&d->plan, &g, &image);
    Status st = iss_parse("instructions.bin", image.s, image.n, &s);
    if (st == ST_OK) iss_clocks(s, out);
    iss_free(s);
    buf_free(&image);
    program_free(&g);
    return st;
}

/* ---- digital ---------------------------------------------------------------------------------- */

/* Figures of the technology that the digital side is reckoned with. */
typedef struct {
    double nand_j, nand_leak, clock_j, clock_c, bit_leak, v2, wire_c, gate_w; /* per switch; W; per clock and flip-flop; F; W per bit; V²; F/m; m */
} Gates;

static const CellVariant *gate(const CellLibrary *lib, const char *variant)
{
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, "gate") && str_eq(lib->v.v[i].variant, variant)) return &lib->v.v[i];
    return NULL;
}

/* Wires of logic: the lowest metal that has one above and one below, at its pitch, between full layers. */
static double wire_cap(const Tech *t)
{
    for (int32_t i = 2;; i++) {
        const TechLayer *lo = tech_metal(t, i - 1), *m = tech_metal(t, i), *hi = tech_metal(t, i + 1);
        if (!lo || !m || !hi) return NAN;
        if (m->thickness <= 0) continue;
        double s = (m->pitch - m->width) * t->dbu_m;
        WireSection g = {m->width * t->dbu_m, m->thickness, s, s, m->height - lo->height - lo->thickness, hi->height - m->height - m->thickness, t->eps_r};
        WireCap c = extract_wire_cap(&g);
        return c.below + c.above + c.left + c.right;
    }
}

/* Side of a square with one gate equivalent at the floorplan's utilisation. */
static double gate_side(const Tech *t)
{
    MacroContent one = {.gates = 1000};
    return sqrt((double)macro_area(t, &one, 0) / 1000) * t->dbu_m;
}

double kpi_net_length(const Tech *t, double gates)
{
    const double p = 0.6, n = gates > 4 ? gates : 4;
    double a = 7 * (pow(n, p - 0.5) - 1) / (pow(4, p - 0.5) - 1), b = (1 - pow(n, p - 1.5)) / (1 - pow(4, p - 1.5));
    return 2.0 / 9 * (a - b) * (1 - pow(4, p - 1)) / (1 - pow(n, p - 1)) * gate_side(t);
}

static bool gates_of(const Design *d, Gates *g)
{
    const CellVariant *nand = gate(&d->lib, "nand2"), *dff = gate(&d->lib, "dff");
    if (!nand || !dff) return false;
    *g = (Gates){nand->data.energy_j, nand->data.leak_w, dff->data.energy_j, dff->data.c_in, d->choice.synapse->data.leak_w / 4,
                 d->tech.vdd * d->tech.vdd, wire_cap(&d->tech), gate_side(&d->tech)};
    return true;
}

/*
 * A macro over all APUs. A net takes ½·C·V² of wire at each change. Flip-flops have their clock in every clock of the inference (there are no gates in it); of the
 * clock's wires each has 0.7·√(area / flip-flops), the length of a shortest tree over points spread evenly (Beardwood, Halton, Hammersley 1959).
 */
static void digital(const Design *d, const IssClocks *c, const Gates *g, Macro m, int64_t noc_bits, int64_t bit_area, Kpi *k)
{
    KpiModule r = {macro_name[m], "gates as Yosys counts them", "-30 … +100 %", 0, 0, 0, 0, 0};
    double busy = 0;
    uint32_t n = m == MACRO_NOC ? 1 : d->plan.cores.n;
    for (uint32_t i = 0; i < n; i++) {
        MacroContent mc = macro_content(&d->plan, i, m);
        MacroWork w = {.clocks = (double)c->clocks};
        for (uint32_t a = 0; a < c->apus; a++) {
            if (m != MACRO_NOC && a != i) continue;
            w.mvm_clocks += (double)c->apu[a], w.mvms += (double)c->mvm[a], w.xw += (double)c->xw[a];
            w.words += (double)c->words[a], w.sampled += (double)c->sampled[a], w.driven += (double)c->driven[a];
        }
        double gates = (double)mc.gates, flops = (double)mc.flops, tree = flops > 0 ? 0.7 * g->gate_w * sqrt(gates / flops) : 0;
        double switched = macro_switched(&d->plan, i, m, &w);
        if (m == MACRO_NOC) mc.mem_bits = noc_bits;
        k->area_m2 += (double)macro_area(&d->tech, &mc, bit_area) * d->tech.dbu_m * d->tech.dbu_m;
        r.instances++;
        r.operations += switched;
        r.operation_j += switched * (g->nand_j + 0.5 * g->wire_c * kpi_net_length(&d->tech, gates) * g->v2);
        r.operation_j += (double)c->clocks * flops * (g->clock_j + tree * g->wire_c * g->v2);
        r.static_j += gates * g->nand_leak * k->latency_s;
        busy += m == MACRO_NOC ? w.clocks : w.mvm_clocks;
    }
    r.duty = c->clocks ? busy / n / (double)c->clocks : 0;
    add(k, KPI_ANALOG + m, r, &k->digital_j);
}

/* ---- memories ----------------------------------------------------------------------------------- */

/*
 * Energy of an access: 10 pJ for 64 bits of 8 KB, 20 pJ of 32 KB in 45 nm at 0.9 V (Horowitz, ISSCC 2014), so with the root of the size; with the number of
 * bits; with V², and with lengths, for which the gate pitch stands (160 nm in 45 nm). They are figures of caches, tags included: the error is a factor of 2.
 */
static double access_j(const Tech *t, double memory_bits, double word_bits)
{
    double pitch = t->gate_pitch * t->dbu_m / 160e-9, v = t->vdd / 0.9;
    return 10e-12 * sqrt(memory_bits / 65536) * word_bits / 64 * pitch * v * v;
}

static void memory(const Tech *t, const Gates *g, uint32_t at, const char *name, double n, double bits, double word, double accesses, double clocks, Kpi *k)
{
    add(k, KPI_ANALOG + KPI_DIGITAL + at, (KpiModule){name, "estimate from published figures", "a factor of 2", n, accesses, accesses * access_j(t, bits, word),
                                                      n * bits * g->bit_leak * k->latency_s, clocks > 0 ? fmin(1, accesses / n / clocks) : 0}, &k->memory_j);
}

/* Each of the tables is a memory of its own; their mean stands for them. */
static Status memories(const Design *d, const IssClocks *c, const Gates *g, Kpi *k)
{
    const Plan *p = &d->plan;
    const Tech *t = &d->tech;
    Program q;
    TRY(program_build(p, false, &q));
    double xw = 0, words = 0, mvms = 0, clocks = (double)c->clocks, stored = 0, cols = 0, n = p->cores.n, results = (double)c->results;
    for (uint32_t a = 0; a < c->apus; a++) xw += (double)c->xw[a], words += (double)c->words[a], mvms += (double)c->mvm[a];
    for (uint32_t i = 0; i < n; i++) {
        double w = core_phys_cols(&p->cores.v[i]);
        cols = w > cols ? w : cols;
        stored += c->loads * p->cores.v[i].rows * 4.0;
    }
    double tables = 5 + (q.table.n > 0), im = 32 * (double)program_page(&p->arch);
    double table_bits = (32 * ((double)q.row_table.n + q.col_table.n + 3.0 * q.mul.n) + (double)q.fm_bits * q.table.n) / tables;
    memory(t, g, 0, "feature maps", 1, (double)q.fm_bits * q.fm_words, q.fm_bits, (double)c->fm_reads + results, clocks, k);
    memory(t, g, 1, "partial sums", 1, 32.0 * q.psum_words, 32, 2 * words, clocks, k);
    memory(t, g, 2, "tables and parameters", tables, table_bits, 32, xw + words + 3 * results + (double)c->looked_up, clocks, k);
    memory(t, g, 3, "instructions", n + 1, im, 32, (double)c->instructions + 2 * mvms, clocks, k);
    memory(t, g, 4, "weights", p->arch.dedicated ? 0 : n, 8.0 * p->arch.weight_mem, cols, 2 * stored, clocks, k);
    if (p->arch.dedicated) k->module[KPI_ANALOG + KPI_DIGITAL + 4].duty = 0;
    program_free(&q);
    return ST_OK;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

Status design_kpi(const Design *d, const IssClocks *c, Kpi *out)
{
    const Plan *p = &d->plan;
    double rows = 0, cols = 0, blocks = 0, adcs = 0, synapses = 0, n = p->cores.n, busiest = 0;
    for (uint32_t i = 0; i < p->cores.n; i++) {
        const PlanCore *core = &p->cores.v[i];
        rows += core->rows;
        cols += core_phys_cols(core);
        synapses += (double)core->rows * core->cols;
        blocks += (double)core_block_rows(core) * core->cols;
        adcs += core_adcs(core);
        if (i < c->apus && (double)c->apu[i] > busiest) busiest = (double)c->apu[i];
    }
    *out = (Kpi){.latency_s = (double)c->clocks / p->arch.clock_hz, .analog_s = busiest / p->arch.clock_hz, .macs = macs_of(p), .conversions = (double)c->conversions, .choice = d->choice};
    double conversions = (double)c->conversions, sampling = (double)c->samplings / n;
    analog(out, 0, d->choice.synapse, synapses, (double)c->digit_macs, sampling * (CELLS_T_SAMPLE + CELLS_T_EVAL));
    analog(out, 1, d->choice.row_driver, rows, (double)c->row_events, sampling * (CELLS_T_SAMPLE + CELLS_T_EVAL));
    analog(out, 2, d->choice.block_switch, blocks, conversions, sampling * CELLS_T_SAMPLE);
    analog(out, 3, d->choice.col_end, cols, conversions, sampling * CELLS_T_SAMPLE);
    analog(out, 4, d->choice.sar_adc, adcs, conversions, conversions / adcs * plan_adc_bits(p) * program_bit_clocks(p) / p->arch.clock_hz);
    analog(out, 5, d->choice.ladder, n, (double)c->samplings, out->latency_s);
    Gates g;
    bool known = gates_of(d, &g);
    if (!known) g = (Gates){NAN, NAN, NAN, NAN, d->choice.synapse->data.leak_w / 4, NAN, NAN, NAN};
    int64_t noc_bits = 0, bit_area = macro_bit_area(&d->tech);
    TRY(macro_noc_bits(p, &noc_bits));
    for (Macro m = 0; m < MACRO_COUNT; m++) digital(d, c, &g, m, noc_bits, bit_area, out);
    TRY(memories(d, c, &g, out));
    if (!known) out->digital_j = NAN;
    return ST_OK;
}

Status kpi_of_plan(const Tech *t, const CellLibrary *lib, const Plan *p, Kpi *out)
{
    /* A design that lends what it has: only the selection is its own. */
    Design d = {.tech = *t, .plan = *p, .lib = *lib};
    IssClocks c = {0};
    Status st = stage_select(&d);
    if (st == ST_OK) st = design_clocks(&d, &c);
    if (st == ST_OK) st = design_kpi(&d, &c, out);
    iss_clocks_free(&c);
    arr_free(&d.select);
    arena_free(&d.arena);
    return st;
}
