/* Figures of a run: sections of report.json, kpi.json, the page on stdout and report.html. Every number comes from this run's data. */
#include <math.h>

#include "cells/timing.h"
#include "gen/converter.h"
#include "gen/emit.h"
#include "gen/flow.h"
#include "gen/kpi.h"
#include "gen/report_int.h"

static int dump(const char *s, size_t n, void *out)
{
    out_write(out, s, n);
    return 0;
}

Status json_write(const json_t *j, const char *path)
{
    Out *o;
    TRY(out_open(path, &o));
    json_dump_callback(j, dump, o, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    out_str(o, "\n");
    return out_commit(o, NULL, NULL);
}

static double um2(const Flow *f, int64_t dbu2) { return (double)dbu2 * f->d.tech.dbu_m * f->d.tech.dbu_m * 1e12; }

typedef struct { NetId net; uint32_t bit; double farad; } Neighbour;

/* Analog nets of the chip: capacitance, what of it is coupled to other nets, and the largest neighbour. VREF is one. */
static json_t *crosstalk_json(const Design *d)
{
    const Db *db = &d->db;
    json_t *out = json_array();
    for (uint32_t i = 0; i < db->para.n; i++) {
        const ParaNet *p = &db->para.v[i];
        const DbCell *c = &db->cells.v[p->cell.i];
        if (p->cell.i != d->chip.i || c->nets.v[p->net.i].use != USE_ANALOG) continue;
        Map by = {0}; /* net and bit -> index into sum */
        ARRAY(Neighbour) sum = {0};
        double total = 0, coupled = 0;
        uint32_t worst = 0;
        for (uint32_t k = p->cap0; k < p->cap0 + p->n_cap; k++) {
            const ParaCap *q = &db->para_cap.v[k];
            total += q->farad;
            if (q->other.i == NET_NONE.i) continue;
            uint64_t key = (uint64_t)q->other.i << 32 | q->other_bit;
            uint32_t at = 0;
            coupled += q->farad;
            if (!map_get(&by, key, &at)) {
                map_set(&by, key, at = sum.n);
                arr_push(&sum, ((Neighbour){q->other, q->other_bit, 0}));
            }
            sum.v[at].farad += q->farad;
            if (sum.v[at].farad > sum.v[worst].farad) worst = at;
        }
        json_t *o = json_pack("{s:s, s:i, s:f, s:f}", "net", names_str(&db->names, c->nets.v[p->net.i].name), "bit", (int)p->bit, "total_fF", total * 1e15,
                              "coupled_fF", coupled * 1e15);
        if (sum.n) {
            json_object_set_new(o, "most_to", json_sprintf("%s[%u]", names_str(&db->names, c->nets.v[sum.v[worst].net.i].name), sum.v[worst].bit));
            json_object_set_new(o, "most_fF", json_real(sum.v[worst].farad * 1e15));
        }
        json_array_append_new(out, o);
        arr_free(&sum);
        map_free(&by);
    }
    return out;
}

/* The reference's straps, and what it loses on them to each crossbar. */
static json_t *reference_json(const Design *d)
{
    const PowerReference *r = &d->power.ref;
    json_t *drop = json_array(), *late = json_array();
    const RefFigure *w = d->ref_line ? &d->ref_line[d->ref_worst] : NULL;
    for (uint32_t k = 0; w && k < d->n_apus; k++) json_array_append_new(late, json_pack("{s:f, s:f}", "first_ppm", 1e6 * d->ref_line[k].near, "last_ppm", 1e6 * d->ref_line[k].far));
    for (uint32_t k = 0; d->vref_drop && k < d->n_apus; k++) json_array_append_new(drop, json_real(1e6 * d->vref_drop[k]));
    json_t *o = json_pack("{s:i, s:i, s:f, s:f, s:f, s:f, s:i, s:o, s:f}", "straps", (int)r->n_straps, "cuts", (int)r->n_vias, "strap_um", r->strap_w * d->tech.dbu_m * 1e6, "vref_mV",
                     1e3 * d->vref_v, "drop_uV", 1e6 * r->drop_v, "wanted_uV", 1e6 * r->wanted_v, "worst_crossbar", (int)r->worst, "drop_ppm", drop, "em_share", r->load.rel);
    if (w)
        json_object_set_new(o, "settling", json_pack("{s:f, s:f, s:f, s:f, s:f, s:i, s:f, s:i, s:o}", "wire_um", w->wire_w * d->tech.dbu_m * 1e6, "source_ohm", w->source, "line_ohm", w->line, "local_ohm", w->local,
                                                     "array_fF", w->array_f * 1e15, "converters", (int)w->n, "time_ns", CELLS_T_CLK_LOW * 1e9, "worst_crossbar", (int)d->ref_worst, "lacks", late));
    else json_decref(late);
    return o;
}

/* The mesh's worst wire and worst cut against their electromigration limits. */
static json_t *em_json(const Design *d)
{
    const PowerLoad *load[] = {&d->power.wire, &d->power.via};
    json_t *out = json_array();
    for (size_t i = 0; i < COUNTOF(load); i++) {
        const PowerLoad *l = load[i];
        const TechLayer *t = l->layer ? tech_layer(&d->tech, l->layer) : NULL;
        if (!t) continue;
        json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:o, s:o, s:f, s:o, s:f}", "what", i ? "cut" : "wire", "layer", l->layer, "net",
                                             l->net ? "VSS" : "VDD", "x_um", l->x * d->tech.dbu_m * 1e6, "y_um", l->y * d->tech.dbu_m * 1e6, "current_uA",
                                             l->current * 1e6, "limit_uA", l->limit > 0 ? report_real(l->limit * 1e6) : json_null(), "given_uA",
                                             l->limit > 0 ? report_real(l->nominal * 1e6) : json_null(), "given_at_C", t->em_temp, "margin",
                                             l->limit > 0 ? report_real(1 - l->rel) : json_null(), "judged_at_C", d->tech.em_at));
    }
    return out;
}

/* Gate equivalents and flip-flops that areas and energies are reckoned with, by entity of design.vhd; scripts/synth.sh counts them. */
static json_t *macros_json(const Design *d)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i <= d->types.n; i++)
        for (uint32_t m = 0; m < MACRO_COUNT; m++) {
            if ((m == MACRO_NOC) != (i == d->types.n)) continue;
            uint32_t core = m == MACRO_NOC ? 0 : d->types.v[i].core;
            MacroContent c = macro_content(&d->plan, core, (Macro)m);
            json_array_append_new(out, json_pack("{s:o, s:I, s:I}", "name", m == MACRO_NOC ? json_string(macro_name[m]) : json_sprintf("%s_%s", macro_name[m], db_name(&d->db, d->db.cells.v[d->types.v[i].apu.i].name)),
                                                 "gates", (json_int_t)c.gates, "flip_flops", (json_int_t)c.flops));
        }
    return out;
}

void report_layout(Flow *f)
{
    const Design *d = &f->d;
    json_t *place = json_array(), *chan = json_array();
    for (uint32_t i = 0; i < d->place.n; i++)
        json_array_append_new(place, json_pack("{s:s, s:s, s:f, s:f, s:f, s:i, s:f, s:f, s:f}", "name", d->place.v[i].name, "method", d->place.v[i].method,
                                               "objective", d->place.v[i].objective, "bound", d->place.v[i].bound, "gap", d->place.v[i].gap,
                                               "nets", (int)d->place.v[i].n_nets, "wires_fF", 1e15 * d->place.v[i].wires_f, "wires_error", d->place.v[i].wires_error, "routed_fF",
                                               1e15 * d->place.v[i].routed_f));
    for (uint32_t i = 0; i < d->channels.n; i++) {
        const ChannelFigure *c = &d->channels.v[i];
        json_array_append_new(chan, json_pack("{s:s, s:b, s:i, s:i, s:i, s:I, s:f}", "name", c->name, "river", c->river, "nets", (int)c->nets, "tracks", c->tracks,
                                              "density", c->density, "vias", (json_int_t)c->vias, "wirelength_um",
                                              (double)c->wirelength * d->tech.dbu_m * 1e6));
    }
    double die = um2(f, d->die_area), used = um2(f, d->cell_area + d->channel_area);
    json_object_set_new(f->report, "layout", json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:o, s:o}", "synapses", (json_int_t)d->synapses,
        "leaf_cells", (json_int_t)d->db.cells.v[d->chip.i].n_flat, "die_um2", die, "cells_um2", um2(f, d->cell_area), "channels_um2",
        um2(f, d->channel_area), "dead", 1.0 - used / die, "place", place, "channels", chan));
    json_object_set_new(f->report, "macros", macros_json(d));
    const PowerReport *p = &d->power;
    json_t *worst = json_array();
    for (uint32_t i = 0; i < p->n_worst; i++)
        json_array_append_new(worst, json_pack("{s:s, s:f, s:f, s:f}", "net", p->worst[i].net ? "VSS" : "VDD", "x_um", p->worst[i].x * d->tech.dbu_m * 1e6,
                                               "y_um", p->worst[i].y * d->tech.dbu_m * 1e6, "drop_mV", p->worst[i].drop * 1e3));
    json_object_set_new(f->report, "reference", reference_json(d));
    json_object_set_new(f->report, "power_mesh", json_pack("{s:i, s:i, s:f, s:o, s:i, s:o}", "straps", (int)p->n_straps, "vias", (int)p->n_vias, "ir_drop_v",
                                                           p->ir_drop_v, "electromigration", em_json(d), "unconnected", (int)p->unconnected, "worst_nodes", worst));
    f->violations += p->unconnected + p->over + d->ref_over;
    const ExtractReport *e = &d->extract;
    json_object_set_new(f->report, "parasitics", json_pack("{s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "nets", (json_int_t)e->nets,
        "resistors", (json_int_t)e->res, "capacitors", (json_int_t)e->caps, "total_pF", e->total_c * 1e12, "row_fF_per_synapse",
        e->row_c * 1e15, "row_ohm_per_synapse", e->row_r, "gcol_fF_per_synapse", e->gcol_c * 1e15, "gcol_ohm_per_synapse", e->gcol_r,
        "col_fF_per_synapse", e->col_c * 1e15));
    json_object_set_new(f->report, "analog_nets", crosstalk_json(d));
    const SynapseWires *w = &d->synapse_wires;
    if (w->drawn)
        json_object_set_new(f->report, "synapse_wires", json_pack("{s:f, s:f, s:f, s:[fff], s:[fff], s:[fff], s:f}", "xp_fF", w->xp * 1e15, "xn_fF", w->xn * 1e15, "xs_fF",
                                                                  w->xs * 1e15, "plates_fF", w->plate[0] * 1e15, w->plate[1] * 1e15, w->plate[2] * 1e15, "wires_fF",
                                                                  w->wire[0] * 1e15, w->wire[1] * 1e15, w->wire[2] * 1e15, "bits_fF", w->bit[0] * 1e15, w->bit[1] * 1e15,
                                                                  w->bit[2] * 1e15, "held_fF", w->held * 1e15));
}

/* ---- KPIs: static energy, operation energy, operations and duty cycle per module ------------------------------ */

Status report_lines(Flow *f)
{
    LineFigure l;
    TRY(lines_figure(&f->d, &l));
    f->have_lines = true;
    json_object_set_new(f->report, "lines", json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "wire_fF_per_synapse", l.wire_f * 1e15, "wire_ohm_per_synapse", l.wire_ohm, "line_fF",
                                                      l.line_f * 1e15, "without_wire_fF", l.without_f * 1e15, "fall_V", l.fall_v, "drop_mV", l.drop_v * 1e3, "sources_work_to_V", l.swing_v, "tau_ps",
                                                      l.tau_s * 1e12, "drop_left", l.rest));
    if (l.fall_v + l.drop_v > l.swing_v) f->violations++;
    return ST_OK;
}

void report_kpi(Flow *f)
{
    if (!f->clock.clocks) return; /* no program yet: stopped before */
    Kpi k;
    if (design_kpi(&f->d, &f->clock, &k) != ST_OK) return;
    json_t *list = json_array();
    for (uint32_t i = 0; i < KPI_MODULES; i++) {
        const KpiModule *m = &k.module[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:f, s:f, s:o, s:o, s:f, s:s}", "module", m->name, "variant", m->variant,
                                              "instances", m->instances, "operations", m->operations, "operation_energy_J",
                                              report_real(m->operation_j), "static_energy_J", report_real(m->static_j), "duty_cycle", m->duty, "error", m->error));
    }
    json_t *j = json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s, s:o}", "clocks", (json_int_t)f->clock.clocks, "latency_s", k.latency_s,
                          "analog_s", k.analog_s, "macs", k.macs, "conversions", k.conversions,
                          "analog_energy_J", k.energy_j, "analog_fJ_per_mac", k.energy_j / k.macs * 1e15, "analog_TOPS_per_W",
                          2 * k.macs / k.energy_j * 1e-12, "scope",
                          "analog cells as characterised; digital macros: gates that switch, as counted in the synthesised VHDL, times the characterised NAND2 and "
                          "flip-flop with estimated wires (-30 … +100 %); memories: energy per access from published figures (a factor of 2)",
                          "modules", list);
    double chip = k.energy_j + k.digital_j + k.memory_j;
    json_object_set_new(j, "digital_energy_J", report_real(k.digital_j));
    json_object_set_new(j, "memory_energy_J", report_real(k.memory_j));
    json_object_set_new(j, "energy_J", report_real(chip));
    json_object_set_new(j, "TOPS_per_W", report_real(2 * k.macs / chip * 1e-12));
    json_object_set_new(f->report, "kpi", j);
}

/* ---- the page ------------------------------------------------------------------------------------------------------ */

static double num(const json_t *o, const char *name) { return json_number_value(json_object_get(o, name)); }
static const char *str(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "";
}

static void page_drawn(const Flow *f, Buf *b)
{
    const json_t *list = json_object_get(f->report, "drawn");
    double drc = 0, lvs = 0;
    uint32_t n = 0;
    Buf drawn = {0}, not = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *r = json_array_get(list, i);
        bool yes = json_is_true(json_object_get(r, "drawn"));
        buf_printf(yes ? &drawn : &not, " %s", str(r, "cell"));
        n += yes;
        drc += num(r, "drc");
        lvs += num(r, "lvs");
    }
    if (n) buf_printf(b, "drawn     own DRC %.0f, own LVS %.0f in%s\n", drc, lvs, drawn.s);
    if (n && not.n) buf_printf(b, "          abstracts in design.gds:%s\n", not.s);
    buf_free(&drawn);
    buf_free(&not);
}

/* Layers whose numbers are not the network's. */
static void page_digits(const Plan *p, Buf *b)
{
    if (!plan_filled(p)) return;
    buf_str(b, "digits    weights and inputs rescaled to whole digits: results are not the network's bit for bit; network and mapped below show the difference\n");
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        const PlanTensor *t = &p->tensors.v[l->in[0]];
        if (l->op != PLAN_CONV) continue;
        buf_printf(b, "          %-13s weights %d -> %d, inputs %d -> %d digits", l->name, l->network_slices, l->slices, l->network_digits, l->digits);
        if (t->network_scale > 0) buf_printf(b, ", input %.3g -> %.3g per unit, %d ... %d", t->network_scale, t->scale, t->lo - t->zp, t->hi - t->zp);
        buf_str(b, "\n");
    }
}

static void page_accuracy(const Flow *f, Buf *b)
{
    const json_t *a = json_object_get(f->report, "accuracy");
    if (!json_array_size(a)) return;
    buf_printf(b, "\naccuracy on %u labelled inputs\n", f->samples);
    for (size_t i = 0; i < json_array_size(a); i++) {
        const json_t *r = json_array_get(a, i);
        buf_printf(b, "  %-11s %6.2f %%  %5.0f/%.0f  %s\n", str(r, "step"), 100 * num(r, "right") / num(r, "of"), num(r, "right"),
                   num(r, "of"), str(r, "how"));
    }
    const json_t *c = json_object_get(f->report, "conversions");
    buf_printf(b, "  %.0f conversions per inference, %.0f ppm clipped\n", num(c, "per_inference"), num(c, "clipped_ppm"));
}

static void page_cosim(const Flow *f, Buf *b)
{
    const json_t *m = json_object_get(f->report, "program");
    if (m) buf_printf(b, "program   %.0f words on %.0f page%s; the fullest takes %.0f of the NoC controller's %.0f words and %.0f of an APU's %.0f; %.0f pages put in per inference\n",
                      num(m, "words"), num(m, "pages"), num(m, "pages") == 1 ? "" : "s", num(m, "fullest_page"), num(m, "page_words"), num(m, "fullest_apu"),
                      num(m, "apu_words"), num(m, "paged_in"));
    const json_t *ins = json_object_get(f->report, "instructions");
    for (size_t i = 0; i < json_array_size(ins); i++) {
        const json_t *r = json_array_get(ins, i);
        buf_printf(b, "instructions, %s: ", str(r, "columns"));
        if (json_object_get(r, "right")) buf_printf(b, "%.0f/%.0f right, ", num(r, "right"), num(r, "samples"));
        buf_printf(b, "%s, %.0f clocks per inference\n", json_is_true(json_object_get(r, "equal")) ? "bit-equal" : "NOT EQUAL", num(r, "clocks"));
    }
    const json_t *lc = json_object_get(json_array_get(ins, 0), "layers");
    for (size_t i = 0; i < json_array_size(lc); i++)
        buf_printf(b, "%s%s %.0f%s", i ? ", " : "  clocks: ", str(json_array_get(lc, i), "layer"), num(json_array_get(lc, i), "clocks"),
                   i + 1 < json_array_size(lc) ? "" : "\n");
    const json_t *ls = json_object_get(f->report, "lines_spice");
    if (ls)
        buf_printf(b, "ngspice, lines with their wires: %.0f columns, %.0f vectors: residual %.3f LSB rms, worst %.2f, about each one's own line %.3f (LSB of the layers' converters)\n", num(ls, "columns"),
                   num(ls, "vectors"), num(ls, "rms_lsb"), num(ls, "worst_lsb"), num(ls, "rms_fit_lsb"));
    const json_t *g = json_object_get(f->report, "ghdl");
    for (size_t i = 0; i < json_array_size(g); i++) {
        const json_t *r = json_array_get(g, i);
        buf_printf(b, "GHDL, %s: %.0f of %.0f inferences bit-equal, %.0f clocks each\n", str(r, "columns"), num(r, "equal"), num(r, "samples"),
                   num(r, "clocks"));
    }
    const json_t *v = json_object_get(f->report, "verilog_ams");
    if (v) buf_printf(b, "Icarus on the emitted Verilog-AMS: %.0f columns, %.0f vectors, %.0f of %.0f codes equal, worst %.2f LSB\n", num(v, "columns"),
                      num(v, "vectors"), num(v, "equal"), num(v, "codes"), num(v, "worst_lsb"));
    const json_t *s = json_object_get(f->report, "spice");
    if (s) buf_printf(b, "ngspice on the emitted netlist: %.0f columns, %.0f vectors: residual %.3f LSB rms (10 bit, gain 4)\n", num(s, "columns"),
                      num(s, "vectors"), num(s, "rms_lsb"));
    const json_t *l = json_object_get(f->report, "ladder");
    if (l) buf_printf(b, "ngspice, all rows on the ladder: %.0f sums, error %.3f LSB rms, worst %.3f\n", num(l, "sums"), num(l, "rms_lsb"),
                      num(l, "worst_lsb"));
}

/* Margin at the worst corner; what never settles has none. */
static void corner_margin(Buf *b, double margin, const char *at)
{
    if (isfinite(margin)) buf_printf(b, "margin %5.1f %% at %s", 100 * margin, at);
    else buf_printf(b, "never at %s", at);
}

/* Where each cell is worst, and those that do not do at every corner what was asked of them at typical. */
static void page_corners(const Design *d, Buf *b)
{
    uint32_t looked = 0, fail = 0;
    for (uint32_t i = 0; i < d->select.n; i++) {
        const SelectFigure *s = &d->select.v[i];
        if (!s->worst_at) continue;
        fail += s->worst_why != NULL;
        buf_printf(b, "%s %-13s %-12s ", looked++ ? "         " : "corners  ", s->function, s->variant);
        corner_margin(b, s->worst_margin, s->worst_at);
        if (s->worst_why) buf_printf(b, ", fails at %u of %u points: %s", s->corners_failed, s->corners, s->worst_why);
        if (s->next_worst_at) {
            buf_printf(b, "; runner-up %s ", s->runner_up);
            corner_margin(b, s->next_worst_margin, s->next_worst_at);
        }
        buf_str(b, "\n");
    }
    if (d->family[1].chosen) buf_str(b, "corners   not simulated for the current family: chosen at typical only\n");
    else if (looked == 0) buf_printf(b, "corners   not simulated for %s: chosen at typical only (apugen characterize --corners sign-off)\n", d->tech.name);
    else if (fail < looked) buf_printf(b, "%s %u of %u cells that were simulated there hold\n", fail ? "         " : "corners  ", looked - fail, looked);
}

/* Accuracy at corners, beside the same chip at typical. */
static void page_accuracy_corners(const Flow *f, Buf *b)
{
    size_t i;
    const json_t *x, *list = json_object_get(f->report, "accuracy_corners");
    const json_t *same = json_array_get(json_object_get(f->report, "chips"), 0);
    json_array_foreach(list, i, x) {
        const char *at = json_string_value(json_object_get(x, "corner")), *not = json_string_value(json_object_get(x, "why_not"));
        double of = num(x, "of");
        if (not) buf_printf(b, "  at %s: %s\n", at, not);
        else buf_printf(b, "  at %s  %.2f %%   %.0f/%.0f  droop up to %.2f LSB at the end of the range; the same chip at typical %.2f %%\n", at, 100 * num(x, "right") / of, num(x, "right"),
                        of, num(x, "droop_lsb"), 100 * json_number_value(same) / of);
    }
}

/* Metals with windows outside their limits: one line for those that lack metal, since no fill is drawn; one each for too much. */
static void page_density(const Flow *f, Buf *b)
{
    const json_t *x, *list = json_object_get(f->report, "density");
    size_t i;
    double below = 0, windows = 0;
    json_array_foreach(list, i, x)
    {
        below += num(x, "below");
        windows += num(x, "windows");
    }
    if (below > 0) {
        buf_printf(b, "density   %.0f of %.0f windows below the least (no fill is drawn); means", below, windows);
        json_array_foreach(list, i, x) buf_printf(b, "%s %s %.1f %%", i ? "," : "", json_string_value(json_object_get(x, "layer")), 100 * num(x, "mean"));
        buf_char(b, '\n');
    }
    json_array_foreach(list, i, x)
        if (num(x, "above") > 0)
            buf_printf(b, "density   %s up to %.1f %%: %.0f of %.0f windows above the limit\n", json_string_value(json_object_get(x, "layer")), 100 * num(x, "most"),
                       num(x, "above"), num(x, "windows"));
}

static void page_power(const Design *d, Buf *b)
{
    const PowerReport *p = &d->power;
    const PowerLoad *load[] = {&p->wire, &p->via};
    if (!p->n_worst) return;
    buf_printf(b, "power     worst drop %.3f mV (%.2f %%) at %s (%.1f, %.1f) um", 1e3 * p->ir_drop_v, 100 * p->ir_drop_rel, p->worst[0].net ? "VSS" : "VDD",
               p->worst[0].x * d->tech.dbu_m * 1e6, p->worst[0].y * d->tech.dbu_m * 1e6);
    for (size_t i = 0; i < COUNTOF(load); i++) {
        if (!load[i]->layer) continue;
        buf_printf(b, "; worst %s %s, %.3g uA", i ? "cut" : "wire", load[i]->layer, 1e6 * load[i]->current);
        if (load[i]->limit > 0) buf_printf(b, " of %.3g, margin %.0f %%", 1e6 * load[i]->limit, 100 * (1 - load[i]->rel));
    }
    buf_printf(b, " at %.0f C\n", d->tech.em_at);
    const PowerReference *r = &p->ref;
    if (!r->n_straps) return;
    Box at = d->vref_at[r->worst].column;
    buf_printf(b, "reference %u straps of %.2f um, worst drop %.2f uV of %.2f at crossbar %u (%.1f, %.1f) um: %.2f LSB at the ends of the range\n", r->n_straps, r->strap_w * d->tech.dbu_m * 1e6,
               1e6 * r->drop_v, 1e6 * r->wanted_v, r->worst, at.x0 * d->tech.dbu_m * 1e6, at.y0 * d->tech.dbu_m * 1e6, d->vref_drop[r->worst] * ldexp(0.5, plan_adc_bits(&d->plan)));
    if (!d->ref_line) return;
    const RefFigure *w = &d->ref_line[d->ref_worst];
    buf_printf(b, "settling  VREFP and VREFN %.2f um wide, %.0f ohm to the ladder's edge, %.0f along %u converters, %.0f up to an array of %.0f fF: the last lacks %.2f LSB %.1f ns after a bit (crossbar %u), the first %.2f\n",
               w->wire_w * d->tech.dbu_m * 1e6, w->source, w->line, w->n, w->local, w->array_f * 1e15, ldexp(w->far, (int)lrint(d->choice.sar_adc->param[0])), CELLS_T_CLK_LOW * 1e9, d->ref_worst,
               ldexp(w->near, (int)lrint(d->choice.sar_adc->param[0])));
}

/* Both families: the one taken, and why not the other, with its best choice of cells. */
static void page_family(const Design *d, Buf *b)
{
    for (int i = 0; i < 2; i++) {
        const FamilyFigure *x = &d->family[i];
        if (!x->name) continue;
        buf_printf(b, "%s %-8s %s", i ? "         " : "family   ", x->name, x->chosen ? "chosen" : x->why);
        if (x->judged)
            buf_printf(b, "; margin %.1f %%, mismatch and noise %.2f LSB, crossbar %.0f um2, %.3g uJ per inference", 100 * x->margin, x->sigma_lsb, x->area * 1e12,
                       x->energy * 1e6);
        if (x->judged && !x->chosen)
            for (uint32_t k = 0; k < d->rival.n; k++) buf_printf(b, "%s%s %s", k ? ", " : " (", d->rival.v[k].function, d->rival.v[k].variant);
        buf_str(b, x->judged && !x->chosen && d->rival.n ? ")\n" : "\n");
    }
}

static void page(const Flow *f, Buf *b)
{
    const Design *d = &f->d;
    buf_printf(b, "%s on %s, %s (%s)\n", d->plan.network, d->plan.arch.name, d->tech.name, d->tech.predictive ? "generic, predictive" : d->tech.title);
    uint32_t convs = 0;
    for (uint32_t i = 0; i < d->plan.layers.n; i++) convs += d->plan.layers.v[i].op == PLAN_CONV;
    buf_printf(b, "plan      %u layers with weights, %u tiles, %u weight load%s, %lld blocks (lower bound %lld)\n", convs, d->plan.tiles.n,
               d->plan.cycles, d->plan.cycles == 1 ? "" : "s", (long long)d->plan.blocks_used, (long long)d->plan.blocks_bound);
    page_digits(&d->plan, b);
    for (uint32_t i = 0; i < d->select.n; i++) {
        const SelectFigure *s = &d->select.v[i];
        buf_printf(b, "%s %-13s %-12s margin %5.1f %%   runner-up %s: %s\n", i ? "         " : "cells    ", s->function, s->variant, 100 * s->margin,
                   *s->runner_up ? s->runner_up : "none", s->reason);
    }
    page_family(d, b);
    page_corners(d, b);
    const json_t *l = json_object_get(f->report, "layout");
    if (l) {
        buf_printf(b, "layout    %lld synapses, %.0f leaf cells, die %.0f um2, dead %.1f %%\n", (long long)d->synapses, num(l, "leaf_cells"),
                   num(l, "die_um2"), 100 * num(l, "dead"));
        for (uint32_t i = 0; i < d->place.n; i++)
            buf_printf(b, "place     %-10s %s, objective %.0f, bound %.0f, gap %.2f %%; wires %.2f pF +- %.0f %%, as routed %.2f\n", d->place.v[i].name, d->place.v[i].method,
                       d->place.v[i].objective, d->place.v[i].bound, 100 * d->place.v[i].gap, 1e12 * d->place.v[i].wires_f, 100 * d->place.v[i].wires_error, 1e12 * d->place.v[i].routed_f);
        for (uint32_t i = 0; i < d->channels.n; i++)
            buf_printf(b, "channel   %-10s %u nets, %d tracks, density %d, %lld vias\n", d->channels.v[i].name, d->channels.v[i].nets,
                       d->channels.v[i].tracks, d->channels.v[i].density, (long long)d->channels.v[i].vias);
        page_power(d, b);
        const ExtractReport *e = &d->extract;
        buf_printf(b, "wires     %llu nets, %.1f pF; row %.3f fF, %.2f ohm per synapse, column %.3f fF, %.2f ohm\n", (unsigned long long)e->nets,
                   e->total_c * 1e12, e->row_c * 1e15, e->row_r, (d->choice.bias ? e->col_c : e->gcol_c) * 1e15, d->choice.bias ? e->col_r : e->gcol_r);
        size_t at;
        json_t *x;
        json_array_foreach(json_object_get(f->report, "analog_nets"), at, x) {
            buf_printf(b, "analog    %s: %.1f fF, %.1f of them coupled", json_string_value(json_object_get(x, "net")), num(x, "total_fF"), num(x, "coupled_fF"));
            if (json_object_get(x, "most_to")) buf_printf(b, ", most (%.1f) to %s", num(x, "most_fF"), json_string_value(json_object_get(x, "most_to")));
            buf_str(b, "\n");
        }
        const json_t *line = json_object_get(f->report, "lines");
        if (line)
            buf_printf(b, "lines     %.3f fF and %.2f ohm of wire per synapse: %.1f fF a line, %.1f without; falls %.3f V and %.2f mV more at its worst rows, sources work to %.3f V; %.1f ps, %.2g of that left when taken\n",
                       num(line, "wire_fF_per_synapse"), num(line, "wire_ohm_per_synapse"), num(line, "line_fF"), num(line, "without_wire_fF"), num(line, "fall_V"), num(line, "drop_mV"),
                       num(line, "sources_work_to_V"), num(line, "tau_ps"), num(line, "drop_left"));
        const SynapseWires *w = &d->synapse_wires;
        if (line) buf_str(b, w->drawn ? "" : "synapse   not drawn: wires of its lines are those of its pins\n");
        else if (!w->drawn) buf_str(b, "synapse   not drawn: what its wires couple to the column is in no accuracy below\n");
        else
            buf_printf(b, "synapse   its wires against the column: %.3f fF XP, %.3f fF XN: a weight 0 weighs %.1f %% of a unit, rows by turns + and -\n", w->xp * 1e15,
                       w->xn * 1e15, 100 * 7 * (w->xn - w->xp + w->xs) / w->cap);
    }
    const json_t *c = json_object_get(f->report, "checks");
    if (c) buf_printf(b, "checks    own DRC %.0f, own LVS %.0f shorts, %.0f opens, %.0f unconnected over %.0f nets\n", num(c, "drc"), num(c, "lvs_shorts"),
                      num(c, "lvs_opens"), num(c, "lvs_unconnected"), num(c, "lvs_nets"));
    page_drawn(f, b);
    converter_page(d, b);
    page_density(f, b);
    page_accuracy(f, b);
    page_accuracy_corners(f, b);
    page_cosim(f, b);
    const json_t *k = json_object_get(f->report, "kpi");
    if (k) buf_printf(b, "\nkpi       %.3f ms per inference (%.0f clocks; the busiest crossbar converts %.3f ms), analog %.4g uJ, %.4g pJ/MAC, %.3g TOPS/W\n", num(k, "latency_s") * 1e3, num(k, "clocks"), num(k, "analog_s") * 1e3,
                      num(k, "analog_energy_J") * 1e6, num(k, "analog_fJ_per_mac") * 1e-3, num(k, "analog_TOPS_per_W"));
    if (k && json_is_number(json_object_get(k, "energy_J")))
        buf_printf(b, "          with the digital macros, %.4g uJ (-30 … +100 %%), and memories, %.4g uJ (a factor of 2): %.4g uJ, %.3g TOPS/W\n", num(k, "digital_energy_J") * 1e6,
                   num(k, "memory_energy_J") * 1e6, num(k, "energy_J") * 1e6, num(k, "TOPS_per_W"));
    if (f->violations) buf_printf(b, "\n%u VIOLATIONS: see above and report.html\n", f->violations);
}

/* report.html: the same tables. Cells are texts in the flow's arena. */
static void html_table(Flow *f, ReportTable *t, const char *title, const json_t *list, const char *const *names, uint32_t n_cols)
{
    uint32_t n = (uint32_t)json_array_size(list);
    const char **cells = arena_array(&f->arena, const char *, (size_t)n * n_cols + 1);
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t c = 0; c < n_cols; c++) {
            const json_t *v = json_object_get(json_array_get(list, r), names[c]);
            cells[r * n_cols + c] = json_is_string(v) ? json_string_value(v)
                                    : json_is_number(v) ? arena_printf(&f->arena, "%.6g", json_number_value(v)) : str_eq(names[c], "why_not") ? "chosen" : "not measured";
        }
    *t = (ReportTable){.title = title, .n_cols = n_cols, .n_rows = n, .head = names, .cells = cells, .numeric = ~3u};
}

static Status write_html(Flow *f)
{
    static const char *const acc[] = {"step", "how", "right", "of"};
    static const char *const sel[] = {"function", "variant", "margin", "cost", "runner_up", "runner_up_cost", "worst_corner", "worst_corner_margin", "runner_up_corner", "runner_up_corner_margin"};
    static const char *const plc[] = {"name", "method", "objective", "bound", "gap", "wires_fF", "routed_fF"};
    static const char *const chn[] = {"name", "nets", "tracks", "density", "vias", "wirelength_um"};
    static const char *const pwr[] = {"net", "x_um", "y_um", "drop_mV"};
    static const char *const ems[] = {"what", "layer", "net", "x_um", "y_um", "current_uA", "limit_uA", "judged_at_C", "given_uA", "given_at_C", "margin"};
    static const char *const kpi[] = {"module", "variant", "instances", "operations", "operation_energy_J", "static_energy_J", "duty_cycle", "error"};
    static const char *const fam[] = {"family", "why_not", "margin", "sigma_lsb", "crossbar_um2", "inference_J"};
    static const char *const riv[] = {"function", "variant", "cost", "runner_up", "runner_up_cost", "runner_up_why"};
    static const char *const cor[] = {"corner", "right", "of", "droop_lsb"};
    static const char *const adc[] = {"bits", "gain", "inl_lsb", "limit_lsb", "dnl_lsb", "missing", "step", "noise_lsb", "not_modelled_lsb", "column_fF", "column_inl_lsb", "column_dnl_lsb", "column_missing"};
    ReportTable t[11];
    uint32_t n = 0;
    const json_t *l = json_object_get(f->report, "layout");
    html_table(f, &t[n++], "Accuracy on the workload, step by step", json_object_get(f->report, "accuracy"), acc, COUNTOF(acc));
    html_table(f, &t[n++], "Accuracy at corners, one chip", json_object_get(f->report, "accuracy_corners"), cor, COUNTOF(cor));
    html_table(f, &t[n++], "Chosen cells", json_object_get(f->report, "select"), sel, COUNTOF(sel));
    json_t *families = json_object_get(f->report, "families");
    html_table(f, &t[n++], "Families of cells", families, fam, COUNTOF(fam));
    for (size_t i = 0; i < json_array_size(families); i++)
        if (!json_is_true(json_object_get(json_array_get(families, i), "chosen")))
            html_table(f, &t[n++], "Best cells of the family not chosen", json_object_get(json_array_get(families, i), "cells"), riv, COUNTOF(riv));
    html_table(f, &t[n++], "The drawn converter's thresholds with its wires", json_object_get(json_object_get(f->report, "converter"), "settings"), adc, COUNTOF(adc));
    html_table(f, &t[n++], "Placement", json_object_get(l, "place"), plc, COUNTOF(plc));
    html_table(f, &t[n++], "Channels", json_object_get(l, "channels"), chn, COUNTOF(chn));
    html_table(f, &t[n++], "Largest static drops of the supply mesh", json_object_get(json_object_get(f->report, "power_mesh"), "worst_nodes"), pwr, COUNTOF(pwr));
    html_table(f, &t[n++], "Electromigration: worst wire and worst cut of the supply mesh", json_object_get(json_object_get(f->report, "power_mesh"), "electromigration"), ems, COUNTOF(ems));
    html_table(f, &t[n++], "Energy per inference by module", json_object_get(json_object_get(f->report, "kpi"), "modules"), kpi, COUNTOF(kpi));
    ReportFigure fig[] = {
        {"violations", arena_printf(&f->arena, "%u", f->violations), "own DRC, LVS, co-simulation", f->violations ? REPORT_BAD : REPORT_GOOD},
        {"synapses", arena_printf(&f->arena, "%lld", (long long)f->d.synapses), NULL, REPORT_PLAIN},
        {"die", arena_printf(&f->arena, "%.0f µm²", um2(f, f->d.die_area)), NULL, REPORT_PLAIN},
    };
    EmitReport r = {.title = arena_printf(&f->arena, "%s on %s", f->d.plan.network, f->d.plan.arch.name),
                    .subtitle = arena_printf(&f->arena, "%s: %s", f->d.tech.name, f->d.tech.title),
                    .figures = fig, .n_figures = COUNTOF(fig), .tables = t, .n_tables = n};
    EmitOptions o = {.templates = f->o->templates, .report = &r, .power = &f->d.power, .skip = ((1u << EMIT_COUNT) - 1) & ~(1u << EMIT_HTML)};
    return emit_views(&f->d.db, &f->d.tech, &f->d.plan, f->stage_dir, &o, NULL);
}

Status report_write(Flow *f)
{
    if (f->d.choice.synapse && !f->d.choice.bias) report_kpi(f);
    json_object_set_new(f->report, "violations", json_integer(f->violations));
    Buf b = {0};
    page(f, &b);
    Out *o;
    Status st = out_open(io_join(&f->arena, f->stage_dir, "report.txt"), &o);
    if (st == ST_OK) {
        out_write(o, b.s, b.n);
        st = out_commit(o, NULL, NULL);
    }
    buf_free(&b);
    if (st == ST_OK) st = json_write(f->report, io_join(&f->arena, f->stage_dir, "report.json"));
    const json_t *kpi = json_object_get(f->report, "kpi");
    if (st == ST_OK && kpi) st = json_write(kpi, io_join(&f->arena, f->stage_dir, "kpi.json"));
    if (st == ST_OK && f->d.have_db && f->d.die_area) st = write_html(f);
    return st;
}

void report_print(const Flow *f)
{
    if (f->o->json) {
        json_dumpf(f->report, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
        putchar('\n');
        return;
    }
    Buf b = {0};
    page(f, &b);
    fputs(b.s, stdout);
    buf_free(&b);
}
