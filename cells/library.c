/*
 * Reading and writing techs/T/cells.xml. One table gives name, unit and place of every characterised quantity, for both ways.
 */
#include "cells/circuit.h"
#include "cells/library.h"

#include "gen/base/io.h"
#include "gen/base/xml.h"

#include <math.h>

typedef struct {
    const char *attr;
    Unit unit;
    const char *suffix;  /* unit the value is written with */
    double scale;        /* written number = value * scale */
    size_t offset;       /* into CellData */
    const char *help;
} Quantity;

#define Q(f) offsetof(CellData, f)
static const Quantity quantities[] = {
    {"gain", U_NONE, "", 1, Q(gain), "charge transfer, measured / nominal"},
    {"gain-err", U_NONE, "", 1, Q(gain_err), "uncertainty of gain, plus and minus"},
    {"residual", U_VOLTAGE, "uV", 1e6, Q(residual_v), "rms deviation from the straight line; converter: what a conversion leaves on its column, which is sampled anew for the next"},
    {"offset", U_VOLTAGE, "uV", 1e6, Q(offset_v), "systematic offset"},
    {"offset-sigma", U_VOLTAGE, "uV", 1e6, Q(offset_sigma_v), "offset from mismatch, one sigma"},
    {"noise", U_VOLTAGE, "uV", 1e6, Q(noise_v), "rms noise, sampled or input-referred"},
    {"tau", U_TIME, "ps", 1e12, Q(tau_s), "settling time constant; converter: decision at the lower end of gain 2"},
    {"tau-gain4", U_TIME, "ps", 1e12, Q(tau4_s), "decision at the lower end of gain 4"},
    {"r", U_RES, "ohm", 1, Q(r_ohm), "output or on resistance"},
    {"r-vcm", U_RES, "ohm", 1, Q(r_vcm), "resistance behind VCM"},
    {"c-in", U_CAP, "fF", 1e15, Q(c_in), "load that the input presents"},
    {"c-wires", U_CAP, "fF", 1e15, Q(c_wires), "converter: of c-in, what the wires of its drawn cell make"},
    {"c-out", U_CAP, "fF", 1e15, Q(c_out), "load that the output presents"},
    {"i-hold1", U_CURRENT, "nA", 1e9, Q(i_hold1), "taken from a column at the end of the converter's range at gain 1"},
    {"i-hold2", U_CURRENT, "nA", 1e9, Q(i_hold2), "the same at gain 2"},
    {"i-hold4", U_CURRENT, "nA", 1e9, Q(i_hold4), "the same at gain 4"},
    {"c-ref", U_CAP, "fF", 1e15, Q(c_ref), "charge from the reference in one conversion, per volt of it"},
    {"energy", U_ENERGY, "fJ", 1e15, Q(energy_j), "energy per operation"},
    {"leak", U_POWER, "nW", 1e9, Q(leak_w), "leakage power"},
    {"mismatch", U_PERCENT, "%", 100, Q(mismatch), "relative mismatch of the unit element, one sigma"},
    {"inl", U_NONE, "", 1, Q(inl_lsb), "integral nonlinearity in LSB"},
    {"dnl", U_NONE, "", 1, Q(dnl_lsb), "differential nonlinearity in LSB"},
    {"enob", U_NONE, "", 1, Q(enob), "effective number of bits"},
    {"i-unit", U_CURRENT, "nA", 1e9, Q(i_unit), "current of one unit source"},
    {"startup", U_TIME, "ps", 1e12, Q(startup_s), "charge that starts a pulse, as time of the pulse"},
    {"startup-left", U_TIME, "ps", 1e12, Q(startup_left_s), "the same after the first firing has taken its share"},
    {"ratio2", U_NONE, "", 1, Q(ratio2), "current of bit 1 in units of bit 0"},
    {"ratio4", U_NONE, "", 1, Q(ratio4), "current of bit 2 in units of bit 0"},
    {"swing", U_VOLTAGE, "mV", 1e3, Q(swing_v), "fall of a line at which the current is 1 % low"},
    {"swing10", U_VOLTAGE, "mV", 1e3, Q(swing10_v), "the same, 10 % low"},
    {"swing50", U_VOLTAGE, "mV", 1e3, Q(swing50_v), "the same, half of it"},
    {"q-noise", U_PERCENT, "%", 100, Q(q_noise), "noise of one unit's charge in one step, relative"},
    {"c-bias", U_CAP, "fF", 1e15, Q(c_bias), "load that a synapse at rest is for VB"},
};
#undef Q
enum { N_QUANT = COUNTOF(quantities), N_PARAM = 4 };

/* ---- parameters ----------------------------------------------------------------------------------- */

typedef struct {
    const char *suffix;
    Unit unit;
    double scale;
} ParamUnit;

static const ParamUnit P_CAP = {"fF", U_CAP, 1e15}, P_LEN = {"nm", U_LENGTH, 1e9}, P_RES = {"ohm", U_RES, 1}, P_NUM = {"", U_NONE, 1},
                       P_AMP = {"nA", U_CURRENT, 1e9}, P_SEC = {"ps", U_TIME, 1e12};

static const struct {
    const char *function;
    const ParamUnit *p[N_PARAM];
    const char *name[N_PARAM];
} params[] = {
    {"synapse", {&P_CAP, &P_LEN, &P_NUM}, {"unit capacitor Cu", "switch width", "magnitude bits"}},
    {"row_driver", {&P_LEN}, {"switch width"}},
    {"block_switch", {&P_LEN}, {"switch width"}},
    {"col_end", {&P_LEN, &P_LEN}, {"reset switch width", "select switch width"}},
    {"sar_adc", {&P_NUM, &P_CAP, &P_LEN, &P_LEN}, {"bits", "unit capacitor", "comparator input width", "select switch width"}},
    {"ladder", {&P_RES}, {"resistance from VDD to VSS"}},
    {"decap", {&P_NUM, &P_NUM, &P_CAP}, {"gates of a kind", "their length in shortest gates", "plates of metal above"}},
    {"gate", {NULL}, {NULL}},
    {"synapse_i", {&P_AMP, &P_LEN, &P_LEN, &P_NUM}, {"unit current", "source width", "source length", "magnitude bits"}},
    {"pulse_driver", {&P_NUM, &P_SEC}, {"drive in smallest inverters", "pulse of one step"}},
    {"pulse_gen", {&P_NUM, &P_SEC}, {"drive in smallest inverters", "pulse of one step"}},
    {"col_end_i", {&P_CAP, &P_LEN, &P_LEN}, {"integrating capacitor per line", "precharge width", "select switch width"}},
    {"sar_adc_i", {&P_NUM, &P_CAP, &P_LEN}, {"bits", "unit capacitor", "comparator input width"}},
    {"bias_i", {&P_NUM, &P_LEN, &P_LEN, &P_AMP}, {"units in the replica", "source width", "source length", "unit current"}},
};

static bool known_function(const char *function)
{
    for (size_t i = 0; i < COUNTOF(params); i++)
        if (str_eq(params[i].function, function)) return true;
    return false;
}

static const ParamUnit *param_unit(const char *function, uint32_t k)
{
    for (size_t i = 0; i < COUNTOF(params) && k < N_PARAM; i++)
        if (str_eq(params[i].function, function)) return params[i].p[k];
    return NULL;
}

const char *cells_param_unit(const char *function, uint32_t param)
{
    const ParamUnit *u = param_unit(function, param);
    return u ? u->suffix : NULL;
}

const char *cells_param(const char *function, uint32_t param, const char **name, double *scale)
{
    for (size_t i = 0; i < COUNTOF(params) && param < N_PARAM; i++) {
        const ParamUnit *u = params[i].p[param];
        if (!u || !str_eq(params[i].function, function)) continue;
        *name = params[i].name[param];
        *scale = u->scale;
        return u->suffix;
    }
    return NULL;
}

CellData cells_data_none(void)
{
    CellData d;
    memset(&d, 0, sizeof d);
    for (size_t i = 0; i < N_QUANT; i++) *(double *)(void *)((char *)&d + quantities[i].offset) = NAN;
    d.op = "";
    return d;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

typedef struct {
    CellVariant v;
    const char *p[N_PARAM];
} RawVariant;

static const Field variant_fields[] = {
    {"function", T_STRING, U_NONE, offsetof(RawVariant, v.function), true, 0, 0, NULL, "cell the variant is of"},
    {"name", T_STRING, U_NONE, offsetof(RawVariant, v.variant), true, 0, 0, NULL, "name of the variant"},
    {"flavour", T_STRING, U_NONE, offsetof(RawVariant, v.flavour), true, 0, 0, NULL, "threshold of the analog switches"},
    {"p0", T_STRING, U_NONE, offsetof(RawVariant, p[0]), false, 0, 0, NULL, "parameter, meaning and unit by function"},
    {"p1", T_STRING, U_NONE, offsetof(RawVariant, p[1]), false, 0, 0, NULL, "parameter"},
    {"p2", T_STRING, U_NONE, offsetof(RawVariant, p[2]), false, 0, 0, NULL, "parameter"},
    {"p3", T_STRING, U_NONE, offsetof(RawVariant, p[3]), false, 0, 0, NULL, "parameter"},
    {"area", T_REAL, U_AREA, offsetof(RawVariant, v.area), true, 1e-18, 1e-6, NULL, "outline at its natural pitch"},
    {0},
};
static const Field provenance_fields[] = {
    {"text", T_STRING, U_NONE, offsetof(CellVariant, provenance), true, 0, 0, NULL, "deck hash, simulator, command"},
    {0},
};
typedef struct {
    const char *tech;
} RawCells;
static const Field cells_fields[] = {
    {"tech", T_STRING, U_NONE, offsetof(RawCells, tech), true, 0, 0, NULL, "technology it was simulated with"},
    {0},
};

static Status worse(Status a, Status b) { return a != ST_OK ? a : b; }

void cells_data_fields(Field f[CELLS_QUANTITIES + 2])
{
    static_assert((int)CELLS_QUANTITIES == (int)N_QUANT, "as many as there are");
    memset(f, 0, (N_QUANT + 2) * sizeof *f);
    for (size_t i = 0; i < N_QUANT; i++) {
        const Quantity *q = &quantities[i];
        f[i] = (Field){q->attr, T_REAL, q->unit, q->offset, false, 0, 0, NULL, q->help};
    }
    f[N_QUANT] = (Field){"op", T_STRING, U_NONE, offsetof(CellData, op), false, 0, 0, NULL, "operation the energy is of"};
}

static Status read_params(const XmlNode *n, RawVariant *r)
{
    Status st = ST_OK;
    for (uint32_t k = 0; k < N_PARAM; k++) {
        const ParamUnit *u = param_unit(r->v.function, k);
        if (!r->p[k] && u) {
            st = worse(st, msg_error(ST_INPUT, "CELL-0002", xml_loc(n), "%s %s has no p%u: run `apugen characterize %s`", r->v.function, r->v.variant, k, r->v.function));
        } else if (!r->p[k]) {
            continue;
        } else if (!u) {
            st = worse(st, msg_error(ST_INPUT, "CELL-0002", xml_loc(n), "%s has no parameter p%u", r->v.function, k));
        } else if (u->unit == U_NONE ? !str_to_double(r->p[k], &r->v.param[k]) : !unit_parse(r->p[k], u->unit, &r->v.param[k])) {
            st = worse(st, msg_error(ST_INPUT, "CELL-0002", xml_loc(n), "p%u of %s is '%s', needed is a number%s%s", k, r->v.function, r->p[k],
                                     u->unit == U_NONE ? "" : " with a unit of ", u->unit == U_NONE ? "" : unit_name(u->unit)));
        }
    }
    return st;
}

static Status read_variant(const XmlNode *n, CellLibrary *lib)
{
    static const char *const children[] = {"data", "provenance", NULL};
    Field fields[CELLS_QUANTITIES + 2];
    cells_data_fields(fields);
    RawVariant r;
    memset(&r, 0, sizeof r);
    r.v.data = cells_data_none();
    TRY(schema_read(&lib->arena, n, variant_fields, 1e-9, &r));
    TRY(schema_children(n, children));
    if (!known_function(r.v.function))
        return msg_error(ST_INPUT, "CELL-0002", xml_loc(n), "function '%s' has no variants; known: synapse row_driver block_switch col_end sar_adc ladder decap gate",
                         r.v.function);
    Status st = read_params(n, &r);
    if (st == ST_OK && str_starts(r.v.function, "synapse") && circuit_size(&r.v) != 3 && circuit_size(&r.v) != 4)
        st = msg_error(ST_INPUT, "CELL-0002", xml_loc(n), "%s %s has %d magnitude bits, 2 or 3 can be made", r.v.function, r.v.variant, circuit_size(&r.v) - 1);
    const XmlNode *data = xml_child(n, "data"), *prov = xml_child(n, "provenance");
    if (!data || !prov)
        return worse(st, msg_error(ST_INPUT, "CELL-0005", xml_loc(n), "%s %s has no <%s>: run `apugen characterize %s`", r.v.function,
                                   r.v.variant, data ? "provenance" : "data", r.v.function));
    st = worse(st, schema_read(&lib->arena, data, fields, 1e-9, &r.v.data));
    st = worse(st, schema_read(&lib->arena, prov, provenance_fields, 1e-9, &r.v));
    for (uint32_t i = 0; i < lib->v.n; i++)
        if (str_eq(lib->v.v[i].function, r.v.function) && str_eq(lib->v.v[i].variant, r.v.variant))
            st = worse(st, msg_error(ST_INPUT, "CELL-0004", xml_loc(n), "%s %s is there already", r.v.function, r.v.variant));
    if (st == ST_OK) arr_push(&lib->v, r.v);
    return st;
}

Status cells_library_read_file(const Tech *t, const char *path, CellLibrary *out)
{
    memset(out, 0, sizeof *out);
    if (!io_exists(path))
        return msg_error(ST_IO, "CELL-0001", (Loc){path, 0, 0}, "no characterised cells for %s: run `apugen characterize --tech %s`", t->name, t->name);
    XmlNode *root = NULL;
    Status st = xml_read(&out->arena, path, &root);
    if (st == ST_OK && !str_eq(root->name, "cells"))
        st = msg_error(ST_INPUT, "CELL-0006", xml_loc(root), "root element is <%s>, a cell library begins with <cells>", root->name);
    RawCells head = {0};
    static const char *const children[] = {"variant", NULL};
    if (st == ST_OK) st = schema_read(&out->arena, root, cells_fields, 1e-9, &head);
    if (st == ST_OK && !str_eq(head.tech, t->name))
        st = msg_error(ST_INPUT, "CELL-0003", xml_loc(root), "cells of technology '%s', wanted '%s'", head.tech, t->name);
    if (st == ST_OK) {
        st = schema_children(root, children);
        for (const XmlNode *n = xml_child(root, "variant"); n; n = xml_next(n, "variant")) st = worse(st, read_variant(n, out));
    }
    if (st != ST_OK) cells_library_free(out);
    return st;
}

Status cells_library_read(const Tech *t, CellLibrary *out)
{
    Arena a = {0};
    Status st = cells_library_read_file(t, io_join(&a, t->dir, "cells.xml"), out);
    arena_free(&a);
    return st;
}

void cells_library_free(CellLibrary *lib)
{
    arr_free(&lib->v);
    arena_free(&lib->arena);
    memset(lib, 0, sizeof *lib);
}

bool cells_named_as(const char *name, const char *cell, const CellVariant *v)
{
    size_t n = strlen(cell);
    return str_eq(name, cell) || (!strncmp(name, cell, n) && name[n] == '_' && str_eq(name + n + 1, v->variant));
}

bool cells_named(const char *name, const CellVariant *v) { return cells_named_as(name, v->function, v); }

/* ---- writing ------------------------------------------------------------------------------------------ */

static void put_text(Buf *b, const char *attr, const char *value)
{
    buf_printf(b, " %s=\"", attr);
    xml_escape(b, value ? value : "");
    buf_char(b, '"');
}

static void put_number(Buf *b, const char *attr, double written, const char *suffix)
{
    buf_printf(b, " %s=\"%.9g%s\"", attr, written, suffix);
}

void cells_put_data(Buf *b, const CellData *d)
{
    for (size_t i = 0; i < N_QUANT; i++) {
        const Quantity *q = &quantities[i];
        double x = *(const double *)(const void *)((const char *)d + q->offset);
        if (!isnan(x)) put_number(b, q->attr, x * q->scale, q->suffix);
    }
}

double cells_quantity(const CellData *d, uint32_t k, const char **name, const char **unit, double *scale, const char **help)
{
    const Quantity *q = &quantities[k];
    *name = q->attr;
    *unit = q->suffix;
    *scale = q->scale;
    *help = q->help;
    return *(const double *)(const void *)((const char *)d + q->offset);
}

static void put_variant(Buf *b, const CellVariant *v)
{
    buf_str(b, "  <variant");
    put_text(b, "function", v->function);
    put_text(b, "name", v->variant);
    put_text(b, "flavour", v->flavour);
    for (uint32_t k = 0; k < N_PARAM; k++) {
        const ParamUnit *u = param_unit(v->function, k);
        char attr[] = {'p', (char)('0' + k), 0};
        if (u) put_number(b, attr, v->param[k] * u->scale, u->suffix);
        else assert(v->param[k] == 0);
    }
    put_number(b, "area", v->area * 1e12, "um2");
    buf_str(b, ">\n    <data");
    put_text(b, "op", v->data.op);
    cells_put_data(b, &v->data);
    buf_str(b, "/>\n    <provenance");
    put_text(b, "text", v->provenance);
    buf_str(b, "/>\n  </variant>\n");
}

Status cells_library_write(const CellLibrary *lib, const Tech *t, const char *path)
{
    Buf b = {0};
    buf_str(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<!-- Measured by `apugen characterize` in ngspice with this technology's models; not edited by hand. -->\n<cells");
    put_text(&b, "tech", t->name);
    buf_str(&b, ">\n");
    for (uint32_t i = 0; i < lib->v.n; i++) put_variant(&b, &lib->v.v[i]);
    buf_str(&b, "</cells>\n");
    Out *o = NULL;
    Status st = out_open(path, &o);
    if (st == ST_OK) {
        out_write(o, b.s, b.n);
        st = out_commit(o, NULL, NULL);
    }
    buf_free(&b);
    return st;
}
