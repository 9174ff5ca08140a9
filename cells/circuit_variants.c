/*
 * The built-in variants of both families: which sizes are offered to the selection. Their data come from
 * characterisation (techs/T/cells.xml), never from here.
 *
 * params  synapse       Cu [F], switch width [m], magnitude bits
 *         row_driver    multiplexer switch width [m]
 *         block_switch  width [m]
 *         col_end       reset width [m], select width [m]
 *         sar_adc       bits, unit capacitor [F], comparator input width [m], select width [m] (that of col_end)
 *         ladder        resistance of the string [ohm]
 *         decap         gates of a kind, their length in shortest gates, plates of metal above [F]
 *         gate          none; the digital periphery's energy is reckoned in these two
 *         synapse_i     unit current [A], source width and length [m], magnitude bits
 *         pulse_driver  drive of the row wires in smallest inverters, pulse of one step [s]
 *         pulse_gen     drive of the windows, pulse of one step [s]
 *         col_end_i     integrating capacitor of a line [F], precharge width, select width [m]
 *         sar_adc_i     bits, unit capacitor [F], comparator input width [m]
 *         bias_i        units in the replica, source width and length [m], unit current [A]: those of a synapse_i
 */
#include "cells/circuit_int.h"

#include <math.h>

/*
 * Widths of the analog switches relative to a technology whose low-Vt transmission gate of 1 µm has 0.38 kohm at mid-supply, in
 * tenths: the circuits were sized with that (techs/n22).
 */
static double switch_scale(const Tech *t)
{
    return fmax(1, rint(t->switch_r / 38) / 10);
}

static void add(CellLibrary *lib, const char *function, const char *variant, const char *flavour, double p0, double p1,
                double p2, double p3)
{
    CellVariant *v = arr_add(&lib->v);
    v->function = function;
    v->variant = variant;
    v->flavour = flavour;
    v->param[0] = p0;
    v->param[1] = p1;
    v->param[2] = p2;
    v->param[3] = p3;
}

/* Sigma of the threshold of a unit source, at most. */
#define SOURCE_SIGMA 11e-3

/* Side of a unit source: the least multiple of the shortest gate that can be drawn and whose threshold spreads no more than that. */
static double source_side(const Tech *t)
{
    const TechDevice *n = tech_device(t, "nmos_rvt");
    double g = circuit_gate(t), least = fmax(n->w_min * t->dbu_m, n->avt / sqrt(2) / SOURCE_SIGMA);
    return ceil(least / g - 1e-9) * g;
}

/* Square sources carry the technology's unit current; others are multiples, long ones farther from weak inversion. Names have currents in nA, steps in ns. */
static void current_sources(const Tech *t, CellLibrary *lib, const char *sw)
{
    double u = source_side(t);
    static const struct {
        int32_t i, w, l, bits;
        const char *suffix;
    } source[] = {{1, 1, 1, 3, ""}, {2, 2, 1, 3, ""}, {1, 1, 4, 3, "_l4"}, {1, 1, 1, 2, ""}};
    static const int32_t replica[] = {8, 32};
    for (size_t k = 0; k < COUNTOF(source); k++) {
        double i = source[k].i * t->source_i;
        const char *name = arena_printf(&lib->arena, "i%.0f%s_b%d", i * 1e9, source[k].suffix, source[k].bits);
        add(lib, "synapse_i", name, sw, i, source[k].w * u, source[k].l * u, source[k].bits);
    }
    for (size_t k = 0; k < COUNTOF(source); k++)
        for (size_t m = 0; m < COUNTOF(replica) && source[k].bits == 3; m++) {
            double i = source[k].i * t->source_i;
            const char *name = arena_printf(&lib->arena, "m%d_i%.0f%s", replica[m], i * 1e9, source[k].suffix);
            add(lib, "bias_i", name, "rvt", replica[m], source[k].w * u, source[k].l * u, i);
        }
}

static void current_pulses(const Tech *t, CellLibrary *lib, const char *sw)
{
    static const struct {
        const char *function;
        int32_t drive, steps;
    } pulse[] = {{"pulse_driver", 4, 1}, {"pulse_driver", 12, 1}, {"pulse_driver", 4, 2}, {"pulse_gen", 16, 1}, {"pulse_gen", 48, 1}, {"pulse_gen", 16, 2}};
    for (size_t k = 0; k < COUNTOF(pulse); k++) {
        double step = pulse[k].steps * t->pulse_step;
        const char *name = arena_printf(&lib->arena, "x%d_%gn", pulse[k].drive, step * 1e9);
        add(lib, pulse[k].function, name, str_eq(pulse[k].function, "pulse_driver") ? sw : "rvt", pulse[k].drive, step, 0, 0);
    }
}

static void current_family(const Tech *t, CellLibrary *lib, double s, double w_in)
{
    double um = 1e-6 * s;
    /* Of the sign's devices, above sources and inputs, and of the rows' multiplexers: regular ones where VDD leaves them a volt over their threshold. */
    const char *sw = t->vdd - tech_device(t, "nmos_rvt")->vt > 1 ? "rvt" : "slvt";
    current_sources(t, lib, sw);
    current_pulses(t, lib, sw);
    add(lib, "col_end_i", "c250f", "rvt", 250e-15, 2 * um, 1 * um, 0);
    add(lib, "col_end_i", "c500f", "rvt", 500e-15, 2 * um, 1 * um, 0);
    add(lib, "col_end_i", "c1p", "rvt", 1e-12, 4 * um, 1 * um, 0);
    add(lib, "col_end_i", "c2p", "rvt", 2e-12, 4 * um, 1 * um, 0);
    add(lib, "col_end_i", "c4p", "rvt", 4e-12, 8 * um, 1 * um, 0);
    add(lib, "sar_adc_i", "b6", "slvt", 6, 2e-15, w_in, 0);
    add(lib, "sar_adc_i", "b7", "slvt", 7, 2e-15, w_in, 0);
    add(lib, "sar_adc_i", "b8", "slvt", 8, 1e-15, 2 * w_in, 0);
    add(lib, "sar_adc_i", "b9", "slvt", 9, 0.5e-15, 4 * w_in, 0);
    add(lib, "sar_adc_i", "b10", "slvt", 10, 0.5e-15, 8 * w_in, 0);
}

void cells_variants(const Tech *t, CellLibrary *lib)
{
    double s = switch_scale(t), um = 1e-6 * s;
    double w = tech_device(t, "nmos_rvt")->w_min * t->dbu_m;
    double w_sel = 1 * um, w_in = 1e-6 * fmin(s, 1.5);
    add(lib, "synapse", "cu1f_rvt", "rvt", 1e-15, w, 3, 0);
    add(lib, "synapse", "cu06f_rvt", "rvt", 0.6e-15, w, 3, 0);
    add(lib, "synapse", "cu1f_slvt", "slvt", 1e-15, w, 3, 0);
    add(lib, "synapse", "cu06f_slvt", "slvt", 0.6e-15, w, 3, 0);
    add(lib, "synapse", "cu1f_b2_rvt", "rvt", 1e-15, w, 2, 0);
    add(lib, "synapse", "cu06f_b2_slvt", "slvt", 0.6e-15, w, 2, 0);
    /* Where transistors set the synapse's size, larger capacitors over them cost no area. */
    if (t->cunit >= 2e-15) {
        add(lib, "synapse", "cu2f_rvt", "rvt", 2e-15, w, 3, 0);
        add(lib, "synapse", "cu2f_slvt", "slvt", 2e-15, w, 3, 0);
    }
    add(lib, "row_driver", "x05_slvt", "slvt", 0.5 * um, 0, 0, 0);
    add(lib, "row_driver", "x1_slvt", "slvt", 1 * um, 0, 0, 0);
    add(lib, "row_driver", "x2_slvt", "slvt", 2 * um, 0, 0, 0);
    add(lib, "block_switch", "x05_slvt", "slvt", 0.2 * um, 0, 0, 0);
    add(lib, "block_switch", "x1_slvt", "slvt", 0.4 * um, 0, 0, 0);
    add(lib, "block_switch", "x2_slvt", "slvt", 0.8 * um, 0, 0, 0);
    add(lib, "col_end", "r2_slvt", "slvt", 2 * um, w_sel, 0, 0);
    add(lib, "col_end", "r6_slvt", "slvt", 6 * um, w_sel, 0, 0);
    add(lib, "col_end", "r12_rvt", "rvt", 12 * um, w_sel, 0, 0);
    /* At equal resistance in the slow and cold corner, a low threshold leaks less in the fast and hot one than a regular one of many times
     * the width, and a longer gate gains nothing: against droop helps a narrower switch. */
    add(lib, "col_end", "r05_slvt", "slvt", 0.5 * um, w_sel, 0, 0);
    add(lib, "col_end", "r1_slvt", "slvt", 1 * um, w_sel, 0, 0);
    /* Units: few bits take larger ones, so that the comparator's gate stays small beside the array. Noise and offset of the
     * comparator fall with the root of its width: more bits take wider ones. */
    add(lib, "sar_adc", "b6", "slvt", 6, 2e-15, w_in, w_sel);
    add(lib, "sar_adc", "b7", "slvt", 7, 2e-15, w_in, w_sel);
    add(lib, "sar_adc", "b8", "slvt", 8, 1e-15, 2 * w_in, w_sel);
    add(lib, "sar_adc", "b9", "slvt", 9, 0.5e-15, 4 * w_in, w_sel);
    add(lib, "sar_adc", "b10", "slvt", 10, 0.5e-15, 8 * w_in, w_sel);
    if (t->cunit >= 2e-15) add(lib, "ladder", "r60", "rvt", 60, 0, 0, 0);
    add(lib, "ladder", "r250", "rvt", 250, 0, 0, 0);
    add(lib, "ladder", "r500", "rvt", 500, 0, 0, 0);
    add(lib, "ladder", "r1k", "rvt", 1000, 0, 0, 0);
    add(lib, "ladder", "r2k", "rvt", 2000, 0, 0, 0);
    add(lib, "ladder", "r4k", "rvt", 4000, 0, 0, 0);
    add(lib, "ladder", "r8k", "rvt", 8000, 0, 0, 0);
    add(lib, "ladder", "r16k", "rvt", 16000, 0, 0, 0);
    add(lib, "decap", "x8", "rvt", 8, 10, 0, 0);
    add(lib, "decap", "x32", "rvt", 32, 10, 0, 0);
    add(lib, "decap", "x32_plates", "rvt", 32, 10, 4e-15, 0);
    add(lib, "gate", "nand2", "rvt", 0, 0, 0, 0);
    add(lib, "gate", "dff", "rvt", 0, 0, 0, 0);
    current_family(t, lib, s, w_in);
}
