/*
 * Ports and pins of the cells, by the contract in cells/cells.h.
 *
 * Invariant: where two cells abut, both take the position of a wire from the same list and the same number of tracks, so wires meet;
 * everything else keeps half its spacing from the edge, so any two cells abut clean, mirrored or not.
 */
#include "cells/draw.h"
#include "cells/physical.h"

/* ---- ports --------------------------------------------------------------------------------------- */

/* "NAME[/WIDTH]:du", d: i o b (in, out, inout), u: s a c p g (signal, analog, clock, power, ground). N: bits of the converter, word lines of the
 * synapse.
 * Wires that a switch moves charge through have no direction of their own: b. */
#define RAILS " VDD:bp VSS:bg"
#define ARRAY_PORTS "XP:ba XN:ba VCM:ba WL/N:is COL:ba BL:bs BLB:bs GCOL:ba" RAILS
#define END_PORTS                                                                                                        \
    "GCOL:ba BL:os BLB:os AIN:ba DIN:is RST:is RSTB:is SELA:is SELAB:is SELB:is SELBB:is WE:is WEB:is VCM:ba" RAILS
#define DRIVER_PORTS " L/15:ba EVAL:is EVALB:is"

#define CURRENT_PORTS "PP:is PN:is VB:ba VC:ba WL/N:is BLP:ba BLN:ba BL:bs BLB:bs" RAILS
#define END_I_PORTS "BLP:ba BLN:ba BL:os BLB:os AIP:ba AIN:ba DIN:is PREB:is SELA:is SELAB:is SELB:is SELBB:is WE:is WEB:is" RAILS

static const char *const port_table[][2] = {
    {"synapse", ARRAY_PORTS},
    {"dummy", ARRAY_PORTS},
    {"tap", "XP:ba XN:ba VCM:ba WL/N:bs" RAILS},
    {"row_driver", "D/3:is SGN:is WLIN/4:is XP:ba XN:ba VCM:ba WL/4:os" DRIVER_PORTS RAILS},
    {"block_driver", "BSEL:is EN:os ENB:os VCM:ba" DRIVER_PORTS RAILS},
    {"block_switch", "EN:is ENB:is VCM:ba COL:ba GCOL:ba BL:bs BLB:bs" RAILS},
    {"tap_switch", "EN:bs ENB:bs VCM:ba" RAILS},
    {"col_end_a", END_PORTS},
    {"col_end_b", END_PORTS},
    {"tap_end", "RST:bs RSTB:bs SELA:bs SELAB:bs SELB:bs SELBB:bs WE:bs WEB:bs VCM:ba" RAILS},
    {"sar_adc", "AIN/2:ba DIN/2:bs VREFP:ba VREFN:ba VCM:ba CLK:ic START:is D/N:os DONE:os" RAILS},
    {"tap_adc", "VREFP:ba VREFN:ba VCM:ba CLK:bc START:bs" RAILS},
    {"ladder", "L/15:ba EVAL:os EVALB:os VCM:ba RST:os RSTB:os SELA:os SELAB:os SELB:os SELBB:os WE:os WEB:os VREFP:ba VREFN:ba CLK:oc "
               "START:os EVALIN:is RSTIN:is SELIN/2:is WEIN:is CLKIN:ic STARTIN:is VREF:ba" RAILS},
    {"filler", RAILS},
    {"decap", RAILS},
    /* Current family. */
    {"synapse_i", CURRENT_PORTS},
    {"dummy_i", CURRENT_PORTS},
    {"tap_i", "PP:bs PN:bs VB:ba VC:ba WL/N:bs" RAILS},
    {"pulse_driver", "D/3:is SGN:is WLIN/4:is WIN/8:is PP:os PN:os WL/4:os VB:ba VC:ba" RAILS},
    {"pulse_gen", "PCLK:ic PRST:is MAIN:is WIN/8:os" RAILS},
    {"col_end_i", END_I_PORTS},
    {"col_end_ia", END_I_PORTS},
    {"col_end_ib", END_I_PORTS},
    {"tap_end_i", "PREB:bs SELA:bs SELAB:bs SELB:bs SELBB:bs WE:bs WEB:bs" RAILS},
    {"sar_adc_i", "AIP/2:ba AIN/2:ba DIN/2:bs VREFP:ba VREFN:ba CLK:ic START:is D/N:os DONE:os" RAILS},
    {"tap_adc_i", "VREFP:ba VREFN:ba CLK:bc START:bs" RAILS},
    {"bias_i", "IREF:ba VB:ba VC:ba" RAILS},
    {"base_i", "WIN/8:os VB:ba VC:ba PREB:os SELA:os SELAB:os SELB:os SELBB:os WE:os WEB:os VREFP:ba VREFN:ba CLK:oc START:os PCLK:ic PRST:is MAIN:is "
               "PREBIN:is SELIN/2:is WEIN:is CLKIN:ic STARTIN:is IREF:ba VREF:ba" RAILS},
};

static PortDir dir_of(char c) { return c == 'i' ? DIR_IN : c == 'o' ? DIR_OUT : DIR_INOUT; }

static NetUse use_of(char c)
{
    switch (c) {
    case 'a': return USE_ANALOG;
    case 'c': return USE_CLOCK;
    case 'p': return USE_POWER;
    case 'g': return USE_GROUND;
    default: return USE_SIGNAL;
    }
}

void cells_ports(Db *db, CellId c, const char *function, int32_t bits)
{
    const char *p = NULL;
    for (size_t i = 0; i < COUNTOF(port_table); i++)
        if (str_eq(port_table[i][0], function)) p = port_table[i][1];
    assert(p);
    while (*p == ' ') p++;
    while (*p) {
        char name[16];
        size_t n = strcspn(p, "/:");
        assert(n < sizeof name);
        memcpy(name, p, n);
        name[n] = 0;
        p += n;
        uint32_t width = 1;
        if (*p == '/') {
            width = 0;
            for (p++; *p != ':'; p++) width = *p == 'N' ? (uint32_t)bits : 10 * width + (uint32_t)(*p - '0');
        }
        db_add_port(db, c, name, width, dir_of(p[1]), use_of(p[2]));
        p += 3;
        while (*p == ' ') p++;
    }
}

/* ---- wires that cells share ------------------------------------------------------------------------- */

typedef struct {
    const char *net;
    uint32_t bit;
    bool wide;        /* CellPitch.ref_tracks more than one track */
} Wire;

/* VCM stands between the two input wires: a quiet neighbour for both. */
static const Wire row_wires[] = {{"WL", 0}, {"WL", 1}, {"XP", 0}, {"VCM", 0}, {"XN", 0}, {"WL", 2}, {"WL", 3}};
/* Current family: the bias stands between the pulses, quiet for both. */
static const Wire pulse_wires[] = {{"WL", 0}, {"WL", 1}, {"PP", 0}, {"VB", 0}, {"VC", 0}, {"PN", 0}, {"WL", 2}, {"WL", 3}};
static const Wire switch_wires[] = {{"EN", 0}, {"VCM", 0}, {"ENB", 0}};
static const Wire end_wires[] = {{"RST", 0},  {"RSTB", 0},  {"SELA", 0}, {"SELAB", 0}, {"VCM", 0},
                                 {"SELB", 0}, {"SELBB", 0}, {"WE", 0},   {"WEB", 0}};
/* All converters take the charge of their arrays from the references at once. VCM gives none back: a top plate that was left alone returns to it when
 * its bottom plates return to the first code. */
static const Wire adc_wires[] = {{"VREFP", 0, true}, {"VREFN", 0, true}, {"VCM", 0}, {"START", 0}, {"CLK", 0}};
static const Wire row_inputs[] = {{"WLIN", 0}, {"WLIN", 1}, {"D", 0}, {"D", 1}, {"D", 2}, {"SGN", 0}, {"WLIN", 2}, {"WLIN", 3}};
static const Wire driver_wires[] = {{"EVAL", 0}, {"EVALB", 0}, {"VCM", 0}, {"L", 0},  {"L", 1},  {"L", 2},  {"L", 3},  {"L", 4},  {"L", 5},
                                    {"L", 6},    {"L", 7},     {"L", 8},   {"L", 9},  {"L", 10}, {"L", 11}, {"L", 12}, {"L", 13}, {"L", 14}};
static const Wire window_wires[] = {{"WIN", 0}, {"WIN", 1}, {"WIN", 2}, {"WIN", 3}, {"VB", 0}, {"VC", 0}, {"WIN", 4}, {"WIN", 5}, {"WIN", 6}, {"WIN", 7}};
static const Wire end_i_wires[] = {{"PREB", 0}, {"SELA", 0}, {"SELAB", 0}, {"SELB", 0}, {"SELBB", 0}, {"WE", 0}, {"WEB", 0}};
static const Wire adc_i_wires[] = {{"VREFP", 0, true}, {"VREFN", 0, true}, {"START", 0}, {"CLK", 0}};
static const Wire base_inputs[] = {{"PCLK", 0}, {"PRST", 0}, {"MAIN", 0}, {"PREBIN", 0}, {"SELIN", 0}, {"SELIN", 1},
                                   {"WEIN", 0}, {"CLKIN", 0}, {"STARTIN", 0}, {"IREF", 0}};
static const Wire ladder_inputs[] = {{"EVALIN", 0}, {"RSTIN", 0}, {"SELIN", 0}, {"SELIN", 1},
                                     {"WEIN", 0},   {"CLKIN", 0}, {"STARTIN", 0}};

/* Column positions: slots of equal width across a synapse. AIN leaves col_end where COL would run. */
enum { SLOT_BL, SLOT_COL, SLOT_DIN, SLOT_BLB, N_SLOT };
/* Current family: a ground between the lines of a synapse, which shields them from each other and is the common plate of the bias' capacitors. */
enum { LINE_BL, LINE_P, LINE_MID, LINE_N, LINE_BLB, N_LINE };

static_assert(COUNTOF(row_inputs) == PIN_TRACKS_ROW, "tracks of a row");
static_assert(COUNTOF(pulse_wires) == PIN_TRACKS_ROW, "tracks of a row");
static_assert(COUNTOF(driver_wires) == PIN_TRACKS_DRIVER, "tracks of a driver");
static_assert(COUNTOF(switch_wires) == PIN_TRACKS_SWITCH, "tracks of a switch row");
static_assert(COUNTOF(end_wires) == PIN_TRACKS_END, "tracks of a column end");
static_assert(COUNTOF(adc_wires) == PIN_TRACKS_ADC, "tracks of a converter");
static_assert((int)N_SLOT == (int)PIN_TRACKS_COL, "tracks of a column");
static_assert((int)N_LINE == (int)PIN_TRACKS_LINES, "tracks of a pair of lines");
static_assert(COUNTOF(window_wires) == PIN_TRACKS_WINDOW, "tracks of a pulse driver");
static_assert(COUNTOF(end_i_wires) <= PIN_TRACKS_END && COUNTOF(adc_i_wires) <= PIN_TRACKS_ADC, "tracks of the foot");

/* Track of wire k of n among `tracks`: spread evenly. */
static int32_t spread(int32_t tracks, int32_t k, int32_t n)
{
    assert(n <= tracks);
    return (int32_t)((int64_t)(2 * k + 1) * tracks / (2 * n));
}

/* The same, but at most 6 tracks apart, centred: wires that belong together stay near each other in a high cell. */
static int32_t bundle(int32_t tracks, int32_t k, int32_t n)
{
    if (tracks <= PIN_FARTHEST * n) return spread(tracks, k, n);
    return (tracks - PIN_FARTHEST * n) / 2 + spread(PIN_FARTHEST * n, k, n);
}

/* ---- drawing ------------------------------------------------------------------------------------------ */

typedef struct {
    Db *db;
    const Tech *t;
    CellId c;
    const CellPitch *p;
    int32_t w, h;
} Draw;

int32_t cells_pin_length(const Tech *t, const TechLayer *l)
{
    double dbu2 = l->min_area / (t->dbu_m * t->dbu_m);
    int32_t len = (int32_t)(dbu2 / l->width + 0.999);
    if (len < 2 * l->width) len = 2 * l->width;
    return (len + t->grid - 1) / t->grid * t->grid;
}

static void pin(Draw *d, int32_t level, Box b, const char *net, uint32_t bit)
{
    NetId n = db_find_net(d->db, d->c, net);
    assert(n.i != NET_NONE.i && bit < db_cell(d->db, d->c)->nets.v[n.i].width);
    db_add_shape(d->db, d->c, db_metal(d->db, level), SHAPE_PIN, b, n, bit);
}

/* Where a wire leaves the cell. */
typedef enum { LOW, HIGH, BOTH } Ends;

/* Extent along the wire: from edge to edge, or a pin of minimal area at one edge. */
static void extent(const Draw *d, const TechLayer *l, Ends e, int32_t size, int32_t *a, int32_t *b)
{
    int32_t len = cells_pin_length(d->t, l);
    *a = e == HIGH ? size - len : 0;
    *b = e == LOW ? len : size;
}

/* A wide one that leaves at one edge comes from below the straps: from near the other. */
static void h_wire(Draw *d, int32_t y0, int32_t track, Ends e, Wire w)
{
    const TechLayer *m = tech_metal(d->t, 3);
    int32_t a, b, y = y0 + track * m->pitch + (m->pitch - m->width) / 2, h = m->width + (w.wide ? d->p->ref_tracks * m->pitch : 0);
    extent(d, m, e, d->w, &a, &b);
    if (w.wide && e == HIGH) a = tech_space(m, h);
    pin(d, 3, (Box){a, y, b, y + h}, w.net, w.bit);
}

static void v_wire(Draw *d, int32_t level, int32_t x0, int32_t track, Ends e, Wire w)
{
    const TechLayer *m = tech_metal(d->t, level);
    int32_t a, b, x = x0 + track * m->pitch + (m->pitch - m->width) / 2;
    extent(d, m, e, d->h, &a, &b);
    pin(d, level, (Box){x, a, x + m->width, b}, w.net, w.bit);
}

/* A bundle of row wires in a strip of height h that begins at y0. */
static void h_bundle(Draw *d, int32_t y0, int32_t h, Ends e, const Wire *w, size_t n)
{
    int32_t tracks = h / tech_metal(d->t, 3)->pitch, more = 0;
    for (size_t k = 0; k < n; k++) tracks -= w[k].wide ? d->p->ref_tracks : 0;
    for (size_t k = 0; k < n; k++) {
        h_wire(d, y0, bundle(tracks, (int32_t)k, (int32_t)n) + more, e, w[k]);
        more += w[k].wide ? d->p->ref_tracks : 0;
    }
}

/* Row wires from edge to edge; a synapse of two magnitude bits has no WL[3]. */
static void row_bundle(Draw *d, const Wire *w, size_t n)
{
    uint32_t lines = db_cell(d->db, d->c)->nets.v[db_find_net(d->db, d->c, "WL").i].width;
    while (str_eq(w[n - 1].net, "WL") && w[n - 1].bit >= lines) n--;
    h_bundle(d, 0, d->h, BOTH, w, n);
}

static void v_spread(Draw *d, Ends e, const Wire *w, size_t n)
{
    int32_t tracks = d->w / tech_metal(d->t, 4)->pitch;
    for (size_t k = 0; k < n; k++) v_wire(d, 4, 0, spread(tracks, (int32_t)k, (int32_t)n), e, w[k]);
}

static int32_t slot_track(const Draw *d, int32_t slot) { return spread(d->p->px / tech_metal(d->t, 4)->pitch, slot, N_SLOT); }

static void column(Draw *d, int32_t slot, Ends e, const char *net) { v_wire(d, 4, 0, slot_track(d, slot), e, (Wire){net, 0}); }

/* In the middle of its own metal; where the cells' column wires are on that metal, in the slot that only column ends use otherwise. */
static void gcol(Draw *d, Ends e)
{
    int32_t level = tech_trunk_level(d->t);
    v_wire(d, level, 0, level == 4 ? slot_track(d, SLOT_DIN) : spread(d->p->px / tech_metal(d->t, level)->pitch, 0, 1), e, (Wire){"GCOL", 0});
}

/* Supply rails at every row boundary, VSS first and last; half a rail at the edges, where the neighbour has the other half. */
static void rails(Draw *d)
{
    const TechLayer *m = tech_metal(d->t, 1);
    int32_t n = d->h / d->t->cell_row / 2 * 2, half = d->t->rail / 2;
    if (n < 2) n = 2;
    if (d->h / n - 2 * half < m->space || (double)d->w * half * d->t->dbu_m * d->t->dbu_m < m->min_area) return; /* fillers only */
    for (int32_t k = 0; k <= n; k++) {
        int32_t y = (int32_t)((int64_t)d->h * k / n);
        Box b = {0, k == 0 ? 0 : y - half, d->w, k == n ? d->h : y + half};
        pin(d, 1, b, k % 2 ? "VDD" : "VSS", 0);
    }
}

int32_t cells_strap_width(const Tech *t)
{
    const TechLayer *m = tech_metal(t, tech_strap_level(t)), *cut = tech_cut(t, m->level);
    int32_t pad = cut ? cut->cut_size + 2 * (cut->enc_below_side < cut->enc_below ? cut->enc_below_side : cut->enc_below) : 0;
    return pad > 4 * m->width ? pad : 4 * m->width;
}

int32_t cells_tap_width(const Tech *t)
{
    const TechLayer *m4 = tech_metal(t, 4);
    int32_t strap = cells_strap_width(t), need = 2 * (strap + tech_space(tech_metal(t, tech_strap_level(t)), strap));
    if (need < 2 * t->gate_pitch) need = 2 * t->gate_pitch;
    return (need + m4->pitch - 1) / m4->pitch * m4->pitch;
}

/* Pairs of supply straps: one in each 20 µm of width. */
static int32_t pairs(const Draw *d)
{
    int32_t every = (int32_t)(20e-6 / d->t->dbu_m + 0.5);
    return d->w > every ? d->w / every : 1;
}

/* A VDD and a VSS strap, in the first and last quarter of each pair's width. */
static void straps(Draw *d)
{
    int32_t strap = cells_strap_width(d->t), n = pairs(d);
    for (int32_t i = 0; i < 2 * n; i++) {
        int32_t mid = (int32_t)((int64_t)d->w * (2 * i + 1) / (4 * n));
        int32_t x = (mid - strap / 2) / d->t->grid * d->t->grid;
        pin(d, tech_strap_level(d->t), (Box){x, 0, x + strap, d->h}, i % 2 ? "VSS" : "VDD", 0);
    }
}

/* The reference like a supply strap, wider where there is room, half way between the first two of them; clear of what other cells have at the edges. */
static void reference(Draw *d)
{
    const TechLayer *m = tech_metal(d->t, tech_strap_level(d->t));
    int32_t strap = cells_strap_width(d->t), n = pairs(d), room = d->w / (4 * n) - strap - d->t->grid, w = 4 * strap;
    while (w > strap && w / 2 + tech_space(m, w) > room) w -= strap;
    int32_t clear = tech_space(m, w), x = (d->w / (2 * n) - w / 2) / d->t->grid * d->t->grid;
    assert(d->w / (4 * n) >= strap + clear + d->t->grid);
    pin(d, m->level, (Box){x, clear, x + w, d->h - clear}, "VREF", 0);
}

/* The wires along converters: beside its largest switches where sections stand below the array, else half way up, in what capacitors make high no farther than this from the transistors at its top, to which thin wires lead. */
#define ADC_REACH_M 90e-6

static void adc_bundle(Draw *d, Ends e, const Wire *w, size_t n)
{
    int32_t p3 = tech_metal(d->t, 3)->pitch, reach = (int32_t)(2 * ADC_REACH_M / d->t->dbu_m), y0 = d->p->adc_h > reach ? (d->p->adc_h - reach) / p3 * p3 : 0;
    int32_t mid = d->p->adc_h - d->p->adc_down, half = mid < d->p->adc_down ? mid : d->p->adc_down;
    if (d->p->adc_down) h_bundle(d, (mid - half) / p3 * p3, 2 * half, e, w, n);
    else h_bundle(d, y0, d->p->adc_h - y0, e, w, n);
}

#define ADC_BUNDLE(d, e, list) adc_bundle(d, e, list, COUNTOF(list))
#define H_BUNDLE(d, y0, h, e, list) h_bundle(d, y0, h, e, list, COUNTOF(list))
#define ROW_BUNDLE(d, list) row_bundle(d, list, COUNTOF(list))
#define V_SPREAD(d, e, list) v_spread(d, e, list, COUNTOF(list))

/* ---- cells ---------------------------------------------------------------------------------------------- */

static void pins_synapse(Draw *d)
{
    ROW_BUNDLE(d, row_wires);
    column(d, SLOT_BL, BOTH, "BL");
    column(d, SLOT_COL, BOTH, "COL");
    column(d, SLOT_BLB, BOTH, "BLB");
    gcol(d, BOTH);
}

static void pins_tap(Draw *d) { ROW_BUNDLE(d, row_wires); }

static void pins_synapse_i(Draw *d)
{
    static const Wire columns[N_LINE] = {{"BL", 0}, {"BLP", 0}, {"VSS", 0}, {"BLN", 0}, {"BLB", 0}};
    ROW_BUNDLE(d, pulse_wires);
    V_SPREAD(d, BOTH, columns);
}

static void pins_tap_i(Draw *d) { ROW_BUNDLE(d, pulse_wires); }

/* In the place that a synapse of the current family has for it, column k of two. */
static void line(Draw *d, int32_t slot, int32_t k, Ends e, Wire w)
{
    v_wire(d, 4, k * d->p->px, spread(d->p->px / tech_metal(d->t, 4)->pitch, slot, N_LINE), e, w);
}

static void pins_pulse_driver(Draw *d)
{
    H_BUNDLE(d, 0, d->h, LOW, row_inputs);
    H_BUNDLE(d, 0, d->h, HIGH, pulse_wires);
    V_SPREAD(d, BOTH, window_wires);
}

static void pins_col_end_i(Draw *d)
{
    H_BUNDLE(d, 0, d->h, BOTH, end_i_wires);
    line(d, LINE_BL, 0, HIGH, (Wire){"BL", 0});
    line(d, LINE_P, 0, HIGH, (Wire){"BLP", 0});
    line(d, LINE_MID, 0, HIGH, (Wire){"VSS", 0});
    line(d, LINE_N, 0, HIGH, (Wire){"BLN", 0});
    line(d, LINE_BLB, 0, HIGH, (Wire){"BLB", 0});
    line(d, LINE_P, 0, LOW, (Wire){"AIP", 0});
    line(d, LINE_MID, 0, LOW, (Wire){"DIN", 0});
    line(d, LINE_N, 0, LOW, (Wire){"AIN", 0});
}

static void pins_tap_end_i(Draw *d) { H_BUNDLE(d, 0, d->h, BOTH, end_i_wires); }

static void pins_row_driver(Draw *d)
{
    H_BUNDLE(d, 0, d->h, LOW, row_inputs);
    H_BUNDLE(d, 0, d->h, HIGH, row_wires);
    V_SPREAD(d, BOTH, driver_wires);
}

static void pins_block_driver(Draw *d)
{
    static const Wire in[] = {{"BSEL", 0}};
    H_BUNDLE(d, 0, d->h, LOW, in);
    H_BUNDLE(d, 0, d->h, HIGH, switch_wires);
    V_SPREAD(d, BOTH, driver_wires);
}

static void pins_block_switch(Draw *d)
{
    H_BUNDLE(d, 0, d->h, BOTH, switch_wires);
    column(d, SLOT_BL, BOTH, "BL");
    column(d, SLOT_COL, HIGH, "COL");
    column(d, SLOT_BLB, BOTH, "BLB");
    gcol(d, BOTH);
}

static void pins_tap_switch(Draw *d) { H_BUNDLE(d, 0, d->h, BOTH, switch_wires); }

static void pins_col_end(Draw *d)
{
    H_BUNDLE(d, 0, d->h, BOTH, end_wires);
    column(d, SLOT_BL, HIGH, "BL");
    column(d, SLOT_BLB, HIGH, "BLB");
    column(d, SLOT_COL, LOW, "AIN");
    column(d, SLOT_DIN, LOW, "DIN");
    gcol(d, HIGH);
}

static void pins_tap_end(Draw *d) { H_BUNDLE(d, 0, d->h, BOTH, end_wires); }

/* Results leave at the bottom on tracks below bottom plates of the capacitor array, for they move while the array holds its charge; where these are few, on
 * any. Two are taken: those of the fed-through bits, on track `fed` of their columns. */
static void results(Draw *d, int32_t fed)
{
    const TechLayer *m = tech_metal(d->t, 4);
    int32_t tracks = d->w / m->pitch, n = d->p->adc_bits + 1, n_free = 0, *free_at = mem_calloc((size_t)tracks + 1, sizeof *free_at);
    for (int any = 0; any < 2 && n_free < 2 * n; any++) {
        n_free = 0;
        for (int32_t i = 0; i < tracks; i++) {
            int32_t x0 = i * m->pitch + (m->pitch - m->width) / 2;
            if (i != fed && i != d->p->px / m->pitch + fed && (any || !draw_below_common(d->t, d->w, x0, x0 + m->width))) free_at[n_free++] = i;
        }
    }
    for (int32_t k = 0; k < n; k++) v_wire(d, 4, 0, free_at[spread(n_free, k, n)], LOW, k < n - 1 ? (Wire){"D", (uint32_t)k} : (Wire){"DONE", 0});
    mem_free(free_at);
}

static void pins_sar_adc(Draw *d)
{
    ADC_BUNDLE(d, BOTH, adc_wires);
    for (uint32_t k = 0; k < 2; k++) {
        int32_t x0 = (int32_t)k * d->p->px;
        v_wire(d, 4, x0, slot_track(d, SLOT_COL), HIGH, (Wire){"AIN", k});
        v_wire(d, 4, x0, slot_track(d, SLOT_DIN), BOTH, (Wire){"DIN", k});
    }
    results(d, slot_track(d, SLOT_DIN));
}

static void pins_tap_adc(Draw *d) { ADC_BUNDLE(d, BOTH, adc_wires); }

static void pins_sar_adc_i(Draw *d)
{
    ADC_BUNDLE(d, BOTH, adc_i_wires);
    for (int32_t k = 0; k < 2; k++) {
        line(d, LINE_P, k, HIGH, (Wire){"AIP", (uint32_t)k});
        line(d, LINE_N, k, HIGH, (Wire){"AIN", (uint32_t)k});
        line(d, LINE_MID, k, BOTH, (Wire){"DIN", (uint32_t)k});
    }
    results(d, spread(d->p->px / tech_metal(d->t, 4)->pitch, LINE_MID, N_LINE));
}

static void pins_tap_adc_i(Draw *d) { ADC_BUNDLE(d, BOTH, adc_i_wires); }

static void pins_ladder(Draw *d)
{
    ADC_BUNDLE(d, HIGH, adc_wires);
    H_BUNDLE(d, d->p->adc_h, d->p->end_h, HIGH, end_wires);
    V_SPREAD(d, HIGH, driver_wires);
    V_SPREAD(d, LOW, ladder_inputs);
    reference(d);
}

static void pins_base_i(Draw *d)
{
    ADC_BUNDLE(d, HIGH, adc_i_wires);
    H_BUNDLE(d, d->p->adc_h, d->p->end_h, HIGH, end_i_wires);
    V_SPREAD(d, HIGH, window_wires);
    V_SPREAD(d, LOW, base_inputs);
    reference(d);
}

static void pins_filler(Draw *d) { (void)d; }

/* The ground below the plates, which hangs on it and joins the rails. */
static void pins_decap(Draw *d)
{
    static const Wire ground[] = {{"VSS", 0}};
    V_SPREAD(d, BOTH, ground);
}

static const struct {
    const char *function;
    void (*draw)(Draw *);
    bool straps;
} makers[] = {
    {"synapse", pins_synapse, false},           {"dummy", pins_synapse, false},
    {"tap", pins_tap, true},                    {"row_driver", pins_row_driver, true},
    {"block_driver", pins_block_driver, true},  {"block_switch", pins_block_switch, false},
    {"tap_switch", pins_tap_switch, true},      {"col_end_a", pins_col_end, false},
    {"col_end_b", pins_col_end, false},         {"tap_end", pins_tap_end, true},
    {"sar_adc", pins_sar_adc, false},           {"tap_adc", pins_tap_adc, true},
    {"ladder", pins_ladder, true},              {"filler", pins_filler, true},
    {"synapse_i", pins_synapse_i, false},       {"dummy_i", pins_synapse_i, false},
    {"tap_i", pins_tap_i, true},                {"decap", pins_decap, false},
    {"pulse_driver", pins_pulse_driver, true},  {"base_i", pins_base_i, true},
    {"col_end_ia", pins_col_end_i, false},      {"col_end_ib", pins_col_end_i, false},
    {"tap_end_i", pins_tap_end_i, true},        {"sar_adc_i", pins_sar_adc_i, false},
    {"tap_adc_i", pins_tap_adc_i, true},
};

void cells_edge_pins(Db *db, const Tech *t, CellId c)
{
    Box box = db_cell(db, c)->box;
    Draw d = {db, t, c, NULL, box.x1, box.y1};
    for (int out = 0; out < 2; out++) {
        ARRAY(Wire) w = {0};
        for (uint32_t i = 0; i < db_cell(db, c)->n_ports; i++) {
            const DbNet *n = &db_cell(db, c)->nets.v[i];
            if ((n->dir == DIR_OUT) != out || n->use == USE_POWER || n->use == USE_GROUND) continue;
            for (uint32_t k = 0; k < n->width; k++) arr_push(&w, ((Wire){db_name(db, n->name), k}));
        }
        v_spread(&d, out ? LOW : HIGH, w.v, w.n);
        arr_free(&w);
    }
    rails(&d);
}

void cells_pins(Db *db, const Tech *t, CellId c, const char *function, const CellPitch *p)
{
    Box box = db_cell(db, c)->box;
    Draw d = {db, t, c, p, box.x1, box.y1};
    for (size_t i = 0; i < COUNTOF(makers); i++) {
        if (!str_eq(makers[i].function, function)) continue;
        makers[i].draw(&d);
        rails(&d);
        if (makers[i].straps && d.w >= cells_tap_width(t)) straps(&d);
        return;
    }
    assert(!"known function");
}
