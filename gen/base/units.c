/* Quantities with their unit in the text. One table; factors are exact powers of ten written out. */
#include <math.h>

#include "gen/base/xml.h"

typedef struct {
    Unit unit;
    const char *text;
    double factor;
} UnitRow;

static const UnitRow table[] = {
    {U_LENGTH, "nm", 1e-9}, {U_LENGTH, "um", 1e-6}, {U_LENGTH, "mm", 1e-3}, {U_LENGTH, "pm", 1e-12},
    {U_AREA, "um2", 1e-12}, {U_AREA, "nm2", 1e-18}, {U_AREA, "mm2", 1e-6},
    {U_VOLTAGE, "V", 1}, {U_VOLTAGE, "mV", 1e-3}, {U_VOLTAGE, "uV", 1e-6}, {U_VOLTAGE, "nV", 1e-9},
    {U_CURRENT, "A", 1}, {U_CURRENT, "mA", 1e-3}, {U_CURRENT, "uA", 1e-6}, {U_CURRENT, "nA", 1e-9}, {U_CURRENT, "pA", 1e-12},
    {U_TIME, "s", 1}, {U_TIME, "ms", 1e-3}, {U_TIME, "us", 1e-6}, {U_TIME, "ns", 1e-9}, {U_TIME, "ps", 1e-12}, {U_TIME, "fs", 1e-15},
    {U_FREQ, "Hz", 1}, {U_FREQ, "kHz", 1e3}, {U_FREQ, "MHz", 1e6}, {U_FREQ, "GHz", 1e9},
    {U_CAP, "F", 1}, {U_CAP, "pF", 1e-12}, {U_CAP, "fF", 1e-15}, {U_CAP, "aF", 1e-18},
    {U_RES, "ohm", 1}, {U_RES, "kohm", 1e3}, {U_RES, "Mohm", 1e6},
    {U_RES_SQ, "ohm/sq", 1},
    {U_ENERGY, "J", 1}, {U_ENERGY, "pJ", 1e-12}, {U_ENERGY, "fJ", 1e-15}, {U_ENERGY, "aJ", 1e-18}, {U_ENERGY, "nJ", 1e-9},
    {U_POWER, "W", 1}, {U_POWER, "mW", 1e-3}, {U_POWER, "uW", 1e-6}, {U_POWER, "nW", 1e-9}, {U_POWER, "pW", 1e-12}, {U_POWER, "fW", 1e-15},
    {U_TEMP, "C", 1},
    {U_CAP_AREA, "fF/um2", 1e-3}, {U_CAP_AREA, "aF/um2", 1e-6},
    {U_CAP_LENGTH, "fF/um", 1e-9}, {U_CAP_LENGTH, "aF/um", 1e-12},
    {U_AVT, "mV.um", 1e-9},
    {U_PERCENT, "%", 1e-2},
    {U_CURRENT_LENGTH, "mA/um", 1e3}, {U_CURRENT_LENGTH, "uA/um", 1}, {U_CURRENT_LENGTH, "nA/um", 1e-3}, {U_CURRENT_LENGTH, "pA/um", 1e-6},
};

/* Split "45nm" into "45" and "nm"; false if there is no number in front or it is too long. */
static bool split(const char *s, char number[64], const char **unit)
{
    size_t n = strspn(s, "+-.0123456789");
    if ((s[n] == 'e' || s[n] == 'E') && strspn(s + n + 1, "+-0123456789") > 0) n += 1 + strspn(s + n + 1, "+-0123456789");
    if (n == 0 || n >= 64) return false;
    memcpy(number, s, n);
    number[n] = 0;
    *unit = s + n;
    while (**unit == ' ') (*unit)++;
    return true;
}

bool unit_parse(const char *s, Unit u, double *si)
{
    char number[64];
    const char *unit;
    double v;
    if (!split(s, number, &unit) || !str_to_double(number, &v)) return false;
    if (u == U_NONE || (v == 0 && *unit == 0)) {
        *si = v;
        return *unit == 0;
    }
    for (size_t i = 0; i < COUNTOF(table); i++)
        if (table[i].unit == u && str_eq(table[i].text, unit)) {
            /* Divide by the exact reciprocal where there is one: 45nm is 45/1e9, the double nearest to 45e-9. */
            *si = table[i].factor < 1 ? v / (1 / table[i].factor) : v * table[i].factor;
            return isfinite(*si);
        }
    return false;
}

bool unit_parse_dbu(const char *s, double dbu_m, int32_t *dbu)
{
    double si;
    if (!unit_parse(s, U_LENGTH, &si)) return false;
    double n = si / dbu_m, r = nearbyint(n);
    /* The text is decimal and short: a true off-grid value differs by far more than this rounding error. */
    if (fabs(n - r) > 1e-6 * (fabs(r) > 1 ? fabs(r) * 1e-6 + 1 : 1) || fabs(r) >= 1 << 30) return false;
    *dbu = (int32_t)r;
    return true;
}

const char *unit_name(Unit u)
{
    static const char *const names[] = {
        [U_NONE] = "a plain number", [U_LENGTH] = "nm, um, mm", [U_AREA] = "um2, nm2, mm2", [U_VOLTAGE] = "V, mV, uV",
        [U_CURRENT] = "A, mA, uA, nA, pA", [U_TIME] = "s, ms, us, ns, ps", [U_FREQ] = "Hz, kHz, MHz, GHz",
        [U_CAP] = "pF, fF, aF", [U_RES] = "ohm, kohm, Mohm", [U_RES_SQ] = "ohm/sq", [U_ENERGY] = "pJ, fJ, aJ",
        [U_POWER] = "W, mW, uW, nW, pW", [U_TEMP] = "C", [U_CAP_AREA] = "fF/um2, aF/um2", [U_CAP_LENGTH] = "fF/um, aF/um",
        [U_AVT] = "mV.um", [U_PERCENT] = "%", [U_CURRENT_LENGTH] = "mA/um, uA/um, nA/um, pA/um"};
    return names[u];
}
