/*
 * tech.xml into the struct, by tables: one row per attribute says name, type, unit, range and meaning. The manual's format page is
 * made of the same tables.
 */
#include "techs/tech_int.h"

#include "gen/base/io.h"

#include <math.h>

#define MAXD 1000000.0 /* dbu: no rule is longer than a millimetre */

static Status worse(Status a, Status b) { return a != ST_OK ? a : b; }

/* ---- tables ------------------------------------------------------------------------------------- */

/* A technology as the attributes give it; t is what remains. */
typedef struct {
    Tech t;
    const char *dbu, *models, *source;
    double mismatch, mismatch_at;
} RawTech;

static const Field tech_fields[] = {
    {"name", T_STRING, U_NONE, offsetof(RawTech, t.name), true, 0, 0, NULL, "short name"},
    {"title", T_STRING, U_NONE, offsetof(RawTech, t.title), true, 0, 0, NULL, "one line"},
    {"predictive", T_BOOL, U_NONE, offsetof(RawTech, t.predictive), true, 0, 0, NULL, "true: generic numbers, no foundry's data"},
    {"dbu", T_STRING, U_NONE, offsetof(RawTech, dbu), true, 0, 0, NULL, "database unit"},
    {"grid", T_DBU, U_LENGTH, offsetof(RawTech, t.grid), true, 1, 1000, NULL, "manufacturing grid"},
    {"vdd", T_REAL, U_VOLTAGE, offsetof(RawTech, t.vdd), true, 0.2, 6, NULL, "supply"},
    {"vcm", T_REAL, U_VOLTAGE, offsetof(RawTech, t.vcm), true, 0, 6, NULL, "common-mode level of the columns"},
    {"vdd-tol", T_REAL, U_PERCENT, offsetof(RawTech, t.vdd_tol), true, 0, 0.5, NULL, "tolerance of the supply, plus and minus"},
    {"temp", T_REAL, U_TEMP, offsetof(RawTech, t.temp_c), true, -60, 200, NULL, "nominal temperature"},
    {"ladder-step", T_REAL, U_VOLTAGE, offsetof(RawTech, t.ladder_step), true, 1e-4, 1, NULL, "input level k is vcm + k steps"},
    {"switch-r", T_REAL, U_RES, offsetof(RawTech, t.switch_r), true, 1, 1e6, NULL, "low-threshold transmission gate of 1 um at vcm: widths of the analog switches follow it"},
    {"eps-r", T_REAL, U_NONE, offsetof(RawTech, t.eps_r), true, 1, 20, NULL, "relative permittivity between the metals"},
    {"models", T_STRING, U_NONE, offsetof(RawTech, models), true, 0, 0, NULL, "SPICE device models, relative to this file"},
    {"source", T_STRING, U_NONE, offsetof(RawTech, t.source), true, 0, 0, NULL, "where the numbers come from"},
    {0},
};

typedef struct {
    TechLayer l;
    int32_t direction, kind, pin, label, role, antenna_of;
} RawLayer;

#define L(f) offsetof(RawLayer, l.f)
#define LAYER_COMMON                                                                                                     \
    {"name", T_STRING, U_NONE, L(name), true, 0, 0, NULL, "layer name"},                                                 \
    {"gds", T_INT, U_NONE, L(gds), true, 0, 65535, NULL, "GDS layer number"},                                            \
    {"type", T_INT, U_NONE, L(gds_type), true, 0, 65535, NULL, "GDS data type of drawn shapes"},                         \
    {"source", T_STRING, U_NONE, L(source), true, 0, 0, NULL, "where the numbers come from"}

static const char *const antenna_kinds[] = {"area", "side", NULL};
static const char *const directions[] = {"horizontal", "vertical", NULL};

static const Field metal_fields[] = {
    LAYER_COMMON,
    {"level", T_INT, U_NONE, L(level), true, 1, 32, NULL, "metals count from 1"},
    {"direction", T_ENUM, U_NONE, offsetof(RawLayer, direction), true, 0, 0, directions, "preferred direction"},
    {"pin-type", T_INT, U_NONE, offsetof(RawLayer, pin), true, 0, 65535, NULL, "GDS data type of pins"},
    {"label-type", T_INT, U_NONE, offsetof(RawLayer, label), true, 0, 65535, NULL, "GDS text type of pin names"},
    {"width", T_DBU, U_LENGTH, L(width), true, 1, MAXD, NULL, "minimal width"},
    {"space", T_DBU, U_LENGTH, L(space), true, 1, MAXD, NULL, "minimal spacing"},
    {"pitch", T_DBU, U_LENGTH, L(pitch), true, 1, MAXD, NULL, "routing pitch"},
    {"min-area", T_REAL, U_AREA, L(min_area), true, 0, 1e-6, NULL, "minimal area of a shape"},
    {"thickness", T_REAL, U_LENGTH, L(thickness), true, 1e-9, 1e-4, NULL, "thickness of the metal"},
    {"height", T_REAL, U_LENGTH, L(height), true, 1e-9, 1e-4, NULL, "bottom of the metal above the substrate"},
    {"r-sheet", T_REAL, U_RES_SQ, L(r_sheet), true, 1e-4, 1e4, NULL, "sheet resistance"},
    {"j-max", T_REAL, U_CURRENT_LENGTH, L(j_max), false, 0, 1e6, NULL, "electromigration limit per width"},
    {"em-temp", T_REAL, U_TEMP, L(em_temp), false, -60, 300, NULL, "temperature that j-max holds at"},
    {"min-hole", T_REAL, U_AREA, L(min_hole), false, 0, 1e-6, NULL, "minimal area that a polygon encloses"},
    {"density-min", T_REAL, U_PERCENT, L(density_min), false, 0, 1, NULL, "least covered part of a window"},
    {"density-max", T_REAL, U_PERCENT, L(density_max), false, 0, 1, NULL, "largest covered part of a window"},
    {"density-window", T_DBU, U_LENGTH, L(density_window), false, 1, 1e8, NULL, "side of the square windows that the density is taken in"},
    {"density-step", T_DBU, U_LENGTH, L(density_step), false, 1, 1e8, NULL, "distance from window to window; it divides the window"},
    {"antenna", T_REAL, U_NONE, L(antenna), false, 0, 1e6, NULL, "largest ratio of metal to gates before a diffusion is connected"},
    {"antenna-sum", T_REAL, U_NONE, L(antenna_sum), false, 0, 1e6, NULL, "the same of all levels up to this one, added"},
    {"antenna-of", T_ENUM, U_NONE, offsetof(RawLayer, antenna_of), false, 0, 0, antenna_kinds, "what is counted: area, or sidewalls (perimeter times thickness)"},
    {0},
};

static const Field wide_fields[] = {
    {"over", T_DBU, U_LENGTH, offsetof(SpaceRule, width), true, 1, MAXD, NULL, "applies to wires wider than this"},
    {"space", T_DBU, U_LENGTH, offsetof(SpaceRule, space), true, 1, MAXD, NULL, "spacing they need"},
    {0},
};

static const Field cut_fields[] = {
    LAYER_COMMON,
    {"level", T_INT, U_NONE, L(level), true, 0, 31, NULL, "level of the metal below; 0: contact"},
    {"size", T_DBU, U_LENGTH, L(cut_size), true, 1, MAXD, NULL, "side of the square cut"},
    {"space", T_DBU, U_LENGTH, L(space), true, 1, MAXD, NULL, "minimal spacing"},
    {"enc-below", T_DBU, U_LENGTH, L(enc_below), true, 0, MAXD, NULL, "enclosure by the layer below, two opposite sides"},
    {"enc-above", T_DBU, U_LENGTH, L(enc_above), true, 0, MAXD, NULL, "enclosure by the layer above, two opposite sides"},
    {"enc-below-side", T_DBU, U_LENGTH, L(enc_below_side), true, 0, MAXD, NULL, "the other two sides"},
    {"enc-above-side", T_DBU, U_LENGTH, L(enc_above_side), true, 0, MAXD, NULL, "the other two sides"},
    {"r", T_REAL, U_RES, L(r_cut), true, 1e-4, 1e5, NULL, "resistance of one cut"},
    {"i-max", T_REAL, U_CURRENT, L(i_max), false, 0, 1, NULL, "electromigration limit of one cut"},
    {"em-temp", T_REAL, U_TEMP, L(em_temp), false, -60, 300, NULL, "temperature that i-max holds at"},
    {0},
};

static const char *const kinds[] = {"outline", "well", "diff", "poly", "implant", "other", NULL};
static const LayerKind kind_of[] = {LAYER_OUTLINE, LAYER_WELL, LAYER_DIFF, LAYER_POLY, LAYER_IMPLANT, LAYER_OTHER};

static const char *const roles[] = {"none", "nwell", "pwell", "active", "tap", "poly", "nimp", "pimp", "poly-contact", "flavour", "resistor", "mom", NULL};
static_assert(COUNTOF(roles) == ROLE_N + 1, "a word per role");

static const Field layer_fields[] = {
    LAYER_COMMON,
    {"kind", T_ENUM, U_NONE, offsetof(RawLayer, kind), true, 0, 0, kinds, "what is drawn on it"},
    {"role", T_ENUM, U_NONE, offsetof(RawLayer, role), false, 0, 0, roles, "what the cell generator draws on it"},
    {"body", T_STRING, U_NONE, L(body), false, 0, 0, NULL, "role resistor: the layer that is the resistor under it, poly if not given"},
    {"min-area", T_REAL, U_AREA, L(min_area), false, 0, 1e-6, NULL, "minimal area of a shape"},
    {"min-hole", T_REAL, U_AREA, L(min_hole), false, 0, 1e-6, NULL, "minimal area that a polygon encloses"},
    {"width", T_DBU, U_LENGTH, L(width), false, 1, MAXD, NULL, "minimal width"},
    {"space", T_DBU, U_LENGTH, L(space), false, 1, MAXD, NULL, "minimal spacing"},
    {"r-sheet", T_REAL, U_RES_SQ, L(r_sheet), false, 1e-4, 1e6, NULL, "sheet resistance"},
    {0},
};
#undef L

typedef struct {
    TechDevice d;
    int32_t kind;
    double abeta, abeta_length;
} RawDevice;

#define D(f) offsetof(RawDevice, d.f)
static const char *const device_kinds[] = {"nmos", "pmos", NULL};

static const Field device_fields[] = {
    {"name", T_STRING, U_NONE, D(name), true, 0, 0, NULL, "the word cells use: nmos_rvt ..."},
    {"kind", T_ENUM, U_NONE, offsetof(RawDevice, kind), true, 0, 0, device_kinds, "polarity"},
    {"model", T_STRING, U_NONE, D(model), true, 0, 0, NULL, "name in the model file"},
    {"subckt", T_BOOL, U_NONE, D(subckt), true, 0, 0, NULL, "true: .subckt (d g s b, w l m dvt), false: .model"},
    {"mark", T_STRING, U_NONE, D(mark), false, 0, 0, NULL, "layer of role flavour that is drawn around its gates"},
    {"w-min", T_DBU, U_LENGTH, D(w_min), true, 1, MAXD, NULL, "smallest width"},
    {"l-min", T_DBU, U_LENGTH, D(l_min), true, 1, MAXD, NULL, "shortest gate"},
    {"w-grid", T_DBU, U_LENGTH, D(w_grid), true, 1, MAXD, NULL, "step of widths"},
    {"vt", T_REAL, U_VOLTAGE, D(vt), true, 0, 5, NULL, "saturated threshold, magnitude"},
    {"ion", T_REAL, U_CURRENT_LENGTH, D(ion), true, 1e-3, 1e5, NULL, "on current at VDD per width"},
    {"ioff", T_REAL, U_CURRENT_LENGTH, D(ioff), true, 0, 1e3, NULL, "off current at VDD per width"},
    {"cgate", T_REAL, U_CAP_LENGTH, D(cgate), true, 1e-12, 1e-7, NULL, "gate capacitance per width, shortest gate"},
    {"avt", T_REAL, U_AVT, D(avt), true, 0, 1e-6, NULL, "threshold mismatch of a pair, Pelgrom 1989"},
    {"abeta", T_REAL, U_PERCENT, offsetof(RawDevice, abeta), true, 0, 1, NULL, "gain mismatch of a pair at a gate of side abeta-length"},
    {"abeta-length", T_REAL, U_LENGTH, offsetof(RawDevice, abeta_length), true, 1e-9, 1e-4, NULL, "see abeta"},
    {"avt-source", T_STRING, U_NONE, D(avt_source), true, 0, 0, NULL, "where the mismatch numbers come from"},
    {"source", T_STRING, U_NONE, D(source), true, 0, 0, NULL, "where the other numbers come from"},
    {0},
};
#undef D

const char *const region_name[] = {"nwell", "pwell", "nimp", "pimp", "poly", "active", "gate", "ndiff", "pdiff",
                                            "ntap", "ptap", "co-active", "co-poly", "co-mark", NULL};
static const char *const rule_kinds[] = {"space", "enclose", "extend", NULL};

typedef struct {
    TechRule r;
    int32_t kind, a, b;
} RawRule;

#define R(f) offsetof(RawRule, f)
static const Field rule_fields[] = {
    {"kind", T_ENUM, U_NONE, R(kind), true, 0, 0, rule_kinds, "space a to b; enclose a in b; extend a beyond b where they cross"},
    {"a", T_ENUM, U_NONE, R(a), true, 0, 0, region_name, "region"},
    {"b", T_ENUM, U_NONE, R(b), true, 0, 0, region_name, "region"},
    {"value", T_DBU, U_LENGTH, R(r.value), true, 0, MAXD, NULL, "limit"},
    {"ends", T_DBU, U_LENGTH, R(r.ends), false, 0, MAXD, NULL, "enclose: on two opposite sides, if more than value"},
    {"source", T_STRING, U_NONE, R(r.source), true, 0, 0, NULL, "where the number comes from"},
    {0},
};
#undef R

static const Field corner_fields[] = {
    {"name", T_STRING, U_NONE, offsetof(TechCorner, name), true, 0, 0, NULL, "short name: ss, ff"},
    {"n-dvt", T_REAL, U_VOLTAGE, offsetof(TechCorner, n_dvt), true, -0.3, 0.3, NULL, "threshold of N devices less that of typical"},
    {"p-dvt", T_REAL, U_VOLTAGE, offsetof(TechCorner, p_dvt), true, -0.3, 0.3, NULL, "the same of the threshold's magnitude of P devices"},
    {"n-mu", T_REAL, U_NONE, offsetof(TechCorner, n_mu), false, 0.5, 2, NULL, "mobility of N devices over typical; 1 if missing"},
    {"p-mu", T_REAL, U_NONE, offsetof(TechCorner, p_mu), false, 0.5, 2, NULL, "mobility of P devices over typical; 1 if missing"},
    {"source", T_STRING, U_NONE, offsetof(TechCorner, source), true, 0, 0, NULL, "where the numbers come from"},
    {0},
};

#define SOURCE {"source", T_STRING, U_NONE, offsetof(RawTech, source), true, 0, 0, NULL, "where the numbers come from"}

static const Field rows_fields[] = {
    {"gate-pitch", T_DBU, U_LENGTH, offsetof(RawTech, t.gate_pitch), true, 1, MAXD, NULL, "contacted gate pitch"},
    {"cell-row", T_DBU, U_LENGTH, offsetof(RawTech, t.cell_row), true, 1, MAXD, NULL, "height of a row of N and P devices, rail to rail"},
    {"rail", T_DBU, U_LENGTH, offsetof(RawTech, t.rail), true, 2, MAXD, NULL, "metal 1 supply rail, shared by two rows"},
    {"contact", T_DBU, U_LENGTH, offsetof(RawTech, t.contact), true, 1, MAXD, NULL, "contact size"},
    {"contact-space", T_DBU, U_LENGTH, offsetof(RawTech, t.contact_space), true, 1, MAXD, NULL, "contact spacing"},
    {"poly-ext", T_DBU, U_LENGTH, offsetof(RawTech, t.poly_ext), true, 1, MAXD, NULL, "gate beyond diffusion"},
    {"diff-ext", T_DBU, U_LENGTH, offsetof(RawTech, t.diff_ext), true, 1, MAXD, NULL, "diffusion beyond gate"},
    {"diff-space", T_DBU, U_LENGTH, offsetof(RawTech, t.diff_space), true, 1, MAXD, NULL, "diffusion spacing"},
    {"np-space", T_DBU, U_LENGTH, offsetof(RawTech, t.np_space), true, 1, MAXD, NULL, "N to P diffusion"},
    {"tap-distance", T_DBU, U_LENGTH, offsetof(RawTech, t.tap_distance), true, 1, 1e8, NULL, "farthest well tap"},
    SOURCE,
    {0},
};

static const Field mom_fields[] = {
    {"density", T_REAL, U_CAP_AREA, offsetof(RawTech, t.mom_density), true, 1e-6, 1, NULL, "capacitance per area and layer"},
    {"lo", T_INT, U_NONE, offsetof(RawTech, t.mom_lo), true, 1, 32, NULL, "lowest metal used"},
    {"hi", T_INT, U_NONE, offsetof(RawTech, t.mom_hi), true, 1, 32, NULL, "highest metal used"},
    {"tol", T_REAL, U_PERCENT, offsetof(RawTech, t.mom_tol), true, 0, 1, NULL, "process spread, plus and minus"},
    {"cunit", T_REAL, U_CAP, offsetof(RawTech, t.cunit), true, 1e-17, 1e-9, NULL, "unit capacitor of the synapse"},
    {"cunit-min", T_REAL, U_CAP, offsetof(RawTech, t.cunit_min), false, 1e-17, 1e-9, NULL, "least unit capacitor that a design may use, for the wires of the drawn synapse; default: any"},
    {"mismatch", T_REAL, U_PERCENT, offsetof(RawTech, mismatch), true, 0, 1, NULL, "sigma of two equal capacitors' ratio"},
    {"mismatch-at", T_REAL, U_CAP, offsetof(RawTech, mismatch_at), true, 1e-18, 1e-6, NULL, "capacitor that figure is given for"},
    SOURCE,
    {0},
};
static const Field resistor_fields[] = {
    {"sheet", T_REAL, U_RES_SQ, offsetof(RawTech, t.res_sheet), true, 1e-2, 1e7, NULL, "sheet resistance of resistor poly"},
    {"width", T_DBU, U_LENGTH, offsetof(RawTech, t.res_w), true, 1, MAXD, NULL, "width drawn"},
    {"space", T_DBU, U_LENGTH, offsetof(RawTech, t.res_space), true, 1, MAXD, NULL, "spacing"},
    SOURCE,
    {0},
};
static const char *const decouplings[] = {"plates", "gates", NULL};
static const Field pulses_fields[] = {
    {"current", T_REAL, U_CURRENT, offsetof(RawTech, t.source_i), true, 1e-9, 1e-3, NULL, "unit source of the current family"},
    {"step", T_REAL, U_TIME, offsetof(RawTech, t.pulse_step), true, 1e-10, 1e-6, NULL, "pulse of one step: what starts a pulse is over within it"},
    {"rest", T_REAL, U_TIME, offsetof(RawTech, t.pulse_rest), true, 1e-10, 1e-6, NULL, "between the firings: a unit source empties its synapse's nodes within it"},
    {"decoupling", T_ENUM, U_NONE, offsetof(RawTech, t.gates_decouple), false, 0, 0, decouplings, "what holds the sources' bias in each synapse; default: plates"},
    SOURCE,
    {0},
};
static const Field electromigration_fields[] = {
    {"at", T_REAL, U_TEMP, offsetof(RawTech, t.em_at), true, -60, 300, NULL, "temperature that currents are judged at"},
    {"activation", T_REAL, U_NONE, offsetof(RawTech, t.em_activation), true, 0.1, 5, NULL, "activation energy in eV, of Black's law"},
    {"exponent", T_REAL, U_NONE, offsetof(RawTech, t.em_exponent), true, 0.5, 10, NULL, "exponent of the current in Black's law"},
    SOURCE,
    {0},
};

/* ---- reading -------------------------------------------------------------------------------------- */

/* The data types of pins and labels are optional on layers without pins: there they are the drawing's. */
static Status add_layer(TechDoc *d, const XmlNode *n, const Field *fields, LayerKind kind)
{
    RawLayer r = {.pin = -1, .label = -1};
    Status st = schema_read(&d->t->arena, n, fields, d->t->dbu_m, &r);
    r.l.kind = kind;
    r.l.role = (LayerRole)r.role;
    if (fields == layer_fields && st == ST_OK) r.l.kind = kind_of[r.kind];
    r.l.gds_pin_type = r.pin < 0 ? r.l.gds_type : r.pin;
    r.l.gds_label_type = r.label < 0 ? r.l.gds_type : r.label;
    r.l.antenna_side = r.antenna_of == 1;
    r.l.horizontal = kind == LAYER_METAL && r.direction == 0;
    if (kind == LAYER_CUT) r.l.width = r.l.cut_size;
    static const char *const none[] = {NULL}, *const only_wide[] = {"wide", NULL};
    st = worse(st, schema_children(n, kind == LAYER_METAL ? only_wide : none));
    for (const XmlNode *w = xml_child(n, "wide"); w; w = xml_next(w, "wide")) {
        SpaceRule rule = {0};
        st = worse(st, schema_read(&d->t->arena, w, wide_fields, d->t->dbu_m, &rule));
        arr_push(&r.l.wide, rule);
    }
    arr_push(&d->t->layers, r.l);
    uint16_t *at = kind == LAYER_METAL ? d->t->metal_at : kind == LAYER_CUT ? d->t->cut_at : NULL;
    if (at && r.l.level >= 0 && r.l.level < TECH_LEVELS && !at[r.l.level]) at[r.l.level] = (uint16_t)d->t->layers.n;
    arr_push(&d->layer_at, n);
    return st;
}

static Status add_device(TechDoc *d, const XmlNode *n)
{
    RawDevice r = {0};
    Status st = schema_read(&d->t->arena, n, device_fields, d->t->dbu_m, &r);
    r.d.kind = r.kind == 0 ? DEV_NMOS : DEV_PMOS;
    r.d.abeta = r.abeta * r.abeta_length;
    arr_push(&d->t->devices, r.d);
    arr_push(&d->device_at, n);
    return st;
}

static Status add_rule(TechDoc *d, const XmlNode *n)
{
    RawRule r = {0};
    Status st = schema_read(&d->t->arena, n, rule_fields, d->t->dbu_m, &r);
    r.r.kind = (RuleKind)r.kind;
    r.r.a = (Region)r.a;
    r.r.b = (Region)r.b;
    if (r.r.ends < r.r.value) r.r.ends = r.r.value;
    arr_push(&d->t->rules, r.r);
    arr_push(&d->rule_at, n);
    return st;
}

static Status add_corner(TechDoc *d, const XmlNode *n)
{
    TechCorner c = {.n_mu = 1, .p_mu = 1};
    Status st = schema_read(&d->t->arena, n, corner_fields, d->t->dbu_m, &c);
    for (uint32_t i = 0; st == ST_OK && i < d->t->corners.n; i++)
        if (str_eq(d->t->corners.v[i].name, c.name))
            st = msg_error(ST_INPUT, "TECH-0003", xml_loc(n), "second <corner> '%s', 1 is allowed", c.name);
    arr_push(&d->t->corners, c);
    return st;
}

/* A child that must stand exactly once. */
static Status once(TechDoc *d, const char *name, const XmlNode **out)
{
    *out = xml_child(d->root, name);
    if (!*out) return msg_error(ST_INPUT, "TECH-0003", xml_loc(d->root), "<tech> has no <%s>, 1 is needed", name);
    const XmlNode *again = xml_next(*out, name);
    if (again) return msg_error(ST_INPUT, "TECH-0003", xml_loc(again), "second <%s>, 1 is allowed", name);
    return ST_OK;
}

static Status fill_sections(TechDoc *d)
{
    RawTech r = {.t = *d->t};
    Arena *a = &d->t->arena; /* grows while r holds an old copy of it: put back below */
    Status st = ST_OK;
    static const struct {
        const char *name;
        const Field *fields;
    } section[] = {{"rows", rows_fields}, {"mom", mom_fields}, {"resistor", resistor_fields}};
    const XmlNode **slot[] = {&d->rows, &d->mom, &d->resistor};
    for (size_t i = 0; i < COUNTOF(section); i++) {
        st = worse(st, once(d, section[i].name, slot[i]));
        if (*slot[i]) st = worse(st, schema_read(a, *slot[i], section[i].fields, r.t.dbu_m, &r));
    }
    /* The current family of a technology that says nothing of it. */
    r.t.source_i = 200e-9, r.t.pulse_step = 1e-9, r.t.pulse_rest = 4e-9;
    if (xml_child(d->root, "pulses")) {
        st = worse(st, once(d, "pulses", &d->pulses));
        st = worse(st, schema_read(a, d->pulses, pulses_fields, r.t.dbu_m, &r));
    }
    if (xml_child(d->root, "electromigration")) {
        st = worse(st, once(d, "electromigration", &d->electromigration));
        st = worse(st, schema_read(a, d->electromigration, electromigration_fields, r.t.dbu_m, &r));
    }
    r.t.cap_mismatch = r.mismatch * sqrt(r.mismatch_at);
    r.t.arena = *a;
    *d->t = r.t;
    return st;
}

Status tech_fill(TechDoc *d)
{
    Tech *t = d->t;
    if (!str_eq(d->root->name, "tech"))
        return msg_error(ST_INPUT, "TECH-0002", xml_loc(d->root), "root element is <%s>, a technology begins with <tech>", d->root->name);
    const char *dbu = xml_attr(d->root, "dbu");
    /* Every other length is counted in it, so nothing can be read without it. */
    if (!dbu || !unit_parse(dbu, U_LENGTH, &t->dbu_m) || t->dbu_m < 1e-12 || t->dbu_m > 1e-6)
        return msg_error(ST_INPUT, "TECH-0004", xml_loc(d->root), "dbu is '%s', needed is a length of 1 pm ... 1 um such as \"1nm\"",
                         dbu ? dbu : "missing");
    RawTech r = {.t = *t};
    Status st = schema_read(&t->arena, d->root, tech_fields, t->dbu_m, &r);
    r.t.arena = t->arena;
    *t = r.t;
    if (r.models) t->model_file = io_join(&t->arena, t->dir, r.models);
    static const char *const children[] = {"layer", "metal", "cut", "rows", "rule", "device", "corner", "mom", "resistor", "pulses", "electromigration", NULL};
    st = worse(st, schema_children(d->root, children));
    for (const XmlNode *n = d->root->child; n; n = n->next) {
        if (str_eq(n->name, "layer")) st = worse(st, add_layer(d, n, layer_fields, LAYER_OTHER));
        if (str_eq(n->name, "metal")) st = worse(st, add_layer(d, n, metal_fields, LAYER_METAL));
        if (str_eq(n->name, "cut")) st = worse(st, add_layer(d, n, cut_fields, LAYER_CUT));
        if (str_eq(n->name, "device")) st = worse(st, add_device(d, n));
        if (str_eq(n->name, "corner")) st = worse(st, add_corner(d, n));
        if (str_eq(n->name, "rule")) st = worse(st, add_rule(d, n));
    }
    return worse(st, fill_sections(d));
}
