/*
 * Quantities with their unit in the text.
 *
 * Invariant: every unit is a power of ten, and it is joined to the number's own exponent before the text becomes
 * a double: "45nm" is the very double 45e-9, and a length is a whole number of dbu or it is not, without rounding.
 */
#include "gen/base/xml.h"

#include <math.h>

/* Units of a quantity in the order in which a message lists them; the power of ten that makes them SI. */
typedef struct {
    Unit unit;
    const char *text;
    int power;
} UnitRow;

static const UnitRow table[] = {
    {U_LENGTH, "nm", -9}, {U_LENGTH, "um", -6}, {U_LENGTH, "mm", -3}, {U_LENGTH, "pm", -12},
    {U_AREA, "um2", -12}, {U_AREA, "nm2", -18}, {U_AREA, "mm2", -6},
    {U_VOLTAGE, "V", 0}, {U_VOLTAGE, "mV", -3}, {U_VOLTAGE, "uV", -6}, {U_VOLTAGE, "nV", -9},
    {U_CURRENT, "A", 0}, {U_CURRENT, "mA", -3}, {U_CURRENT, "uA", -6}, {U_CURRENT, "nA", -9}, {U_CURRENT, "pA", -12},
    {U_CURRENT, "fA", -15},
    {U_TIME, "s", 0}, {U_TIME, "ms", -3}, {U_TIME, "us", -6}, {U_TIME, "ns", -9}, {U_TIME, "ps", -12}, {U_TIME, "fs", -15},
    {U_FREQ, "Hz", 0}, {U_FREQ, "kHz", 3}, {U_FREQ, "MHz", 6}, {U_FREQ, "GHz", 9},
    {U_CAP, "F", 0}, {U_CAP, "nF", -9}, {U_CAP, "pF", -12}, {U_CAP, "fF", -15}, {U_CAP, "aF", -18},
    {U_RES, "ohm", 0}, {U_RES, "kohm", 3}, {U_RES, "Mohm", 6}, {U_RES, "mohm", -3},
    {U_RES_SQ, "ohm/sq", 0}, {U_RES_SQ, "kohm/sq", 3}, {U_RES_SQ, "mohm/sq", -3},
    {U_ENERGY, "J", 0}, {U_ENERGY, "nJ", -9}, {U_ENERGY, "pJ", -12}, {U_ENERGY, "fJ", -15}, {U_ENERGY, "aJ", -18},
    {U_POWER, "W", 0}, {U_POWER, "mW", -3}, {U_POWER, "uW", -6}, {U_POWER, "nW", -9}, {U_POWER, "pW", -12}, {U_POWER, "fW", -15},
    {U_TEMP, "C", 0},
    {U_CAP_AREA, "fF/um2", -3}, {U_CAP_AREA, "aF/um2", -6},
    {U_CAP_LENGTH, "fF/um", -9}, {U_CAP_LENGTH, "aF/um", -12},
    {U_AVT, "mV.um", -9},
    {U_PERCENT, "%", -2},
    {U_CURRENT_LENGTH, "mA/um", 3}, {U_CURRENT_LENGTH, "uA/um", 0}, {U_CURRENT_LENGTH, "nA/um", -3}, {U_CURRENT_LENGTH, "pA/um", -6},
};

enum { DIGITS_MAX = 400, EXPONENT_MAX = 2000 };

/* A decimal number as it was written: sign and digits with their point; exponent apart. */
typedef struct {
    char digits[DIGITS_MAX + 3];
    int exponent;
} Decimal;

/* Cut "-4.5e1nm" into "-4.5", 1 and "nm". An 'e' without digits after it belongs to the unit. */
static bool split(const char *s, Decimal *d, const char **unit)
{
    size_t n = *s == '-' || *s == '+';
    n += strspn(s + n, "0123456789");
    if (s[n] == '.') n += 1 + strspn(s + n + 1, "0123456789");
    if (n > DIGITS_MAX) return false;
    memcpy(d->digits, s, n);
    d->digits[n] = 0;
    d->exponent = 0;
    double ignored;
    if (!str_to_double(d->digits, &ignored)) return false;
    s += n;
    if (*s == 'e' || *s == 'E') {
        bool negative = s[1] == '-';
        const char *p = s + 1 + (s[1] == '-' || s[1] == '+');
        size_t k = strspn(p, "0123456789");
        if (k) {
            for (size_t i = 0; i < k && d->exponent < EXPONENT_MAX; i++) d->exponent = d->exponent * 10 + (p[i] - '0');
            if (negative) d->exponent = -d->exponent;
            s = p + k;
        }
    }
    *unit = s;
    return true;
}

/* Number and unit of s, the unit's power already added to the exponent. */
static bool read_decimal(const char *s, Unit u, Decimal *d)
{
    const char *unit;
    double v;
    if (!split(s, d, &unit)) return false;
    if (*unit == 0) return u == U_NONE || (str_to_double(d->digits, &v) && v == 0);
    if (u == U_NONE) return false;
    while (*unit == ' ') unit++;
    char ascii[16];
    size_t n = 0;
    while (*unit && n + 1 < sizeof ascii) { /* micro sign and Greek mu both mean u */
        bool micro = str_starts(unit, "\xc2\xb5") || str_starts(unit, "\xce\xbc");
        ascii[n++] = micro ? 'u' : *unit;
        unit += micro ? 2 : 1;
    }
    ascii[n] = 0;
    if (*unit) return false;
    for (size_t i = 0; i < COUNTOF(table); i++)
        if (table[i].unit == u && str_eq(table[i].text, ascii)) {
            d->exponent += table[i].power;
            return true;
        }
    return false;
}

bool unit_parse(const char *s, Unit u, double *si)
{
    Decimal d;
    if (!read_decimal(s, u, &d)) return false;
    Buf b = {0};
    buf_printf(&b, "%se%d", d.digits, d.exponent);
    bool ok = str_to_double(b.s, si);
    buf_free(&b);
    return ok;
}

/* d as a whole number times 10^power; false if it has digits below that or does not fit. */
static bool scaled_whole(const Decimal *d, int power, int64_t *out)
{
    int64_t v = 0;
    int places = 0, zeros = 0; /* digits behind the point; zeros not yet multiplied in */
    bool behind = false;
    for (const char *p = d->digits; *p; p++) {
        if (*p == '.') behind = true;
        if (*p < '0' || *p > '9') continue;
        places += behind;
        zeros += v != 0;
        if (*p == '0') continue;
        for (; zeros; zeros--)
            if (__builtin_mul_overflow(v, 10, &v)) return false;
        if (__builtin_add_overflow(v, *p - '0', &v)) return false;
    }
    if (v == 0) {
        *out = 0;
        return true;
    }
    int shift = d->exponent - places + zeros - power;
    if (shift < 0) return false; /* v ends in a digit that is not 0, so it is no multiple of 10 */
    for (; shift; shift--)
        if (__builtin_mul_overflow(v, 10, &v)) return false;
    *out = d->digits[0] == '-' ? -v : v;
    return true;
}

bool unit_parse_dbu(const char *s, double dbu_m, int32_t *dbu)
{
    /* Lengths are counted in 10^-15 m, in which every dbu of a real technology (1 nm, 0.5 nm, 1/2000 um) is whole. */
    int64_t grid = llround(dbu_m * 1e15), length;
    Decimal d;
    if (grid <= 0 || !read_decimal(s, U_LENGTH, &d) || !scaled_whole(&d, -15, &length)) return false;
    if (length % grid != 0) return false;
    length /= grid;
    if (length <= -(1 << 30) || length >= 1 << 30) return false;
    *dbu = (int32_t)length;
    return true;
}

const char *unit_name(Unit u)
{
    static const char *const names[] = {
        [U_NONE] = "a plain number", [U_LENGTH] = "nm, um, mm", [U_AREA] = "um2, nm2, mm2", [U_VOLTAGE] = "V, mV, uV, nV",
        [U_CURRENT] = "A, mA, uA, nA, pA, fA", [U_TIME] = "s, ms, us, ns, ps, fs", [U_FREQ] = "Hz, kHz, MHz, GHz",
        [U_CAP] = "F, nF, pF, fF, aF", [U_RES] = "ohm, kohm, Mohm, mohm", [U_RES_SQ] = "ohm/sq, kohm/sq, mohm/sq",
        [U_ENERGY] = "J, nJ, pJ, fJ, aJ", [U_POWER] = "W, mW, uW, nW, pW, fW", [U_TEMP] = "C", [U_CAP_AREA] = "fF/um2, aF/um2",
        [U_CAP_LENGTH] = "fF/um, aF/um", [U_AVT] = "mV.um", [U_PERCENT] = "%",
        [U_CURRENT_LENGTH] = "mA/um, uA/um, nA/um, pA/um"};
    return (size_t)u < COUNTOF(names) ? names[u] : "?";
}
