/*
 * Table-driven reading of attributes.
 *
 * Invariant: every problem of an element is told in one go; a value is stored only if it is in its range, and an
 * attribute that is absent leaves its place alone, so a caller sets defaults before it reads.
 */
#include "gen/base/xml.h"

/* ---- did you mean … ------------------------------------------------------------------------------ */

enum { WORD_MAX = 32 };

/* Edit distance (Levenshtein 1966), row by row. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(b), row[WORD_MAX + 1];
    if (n > WORD_MAX || strlen(a) > WORD_MAX) return SIZE_MAX;
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

typedef struct {
    const char *best;
    size_t distance;
} Guess;

static void guess(Guess *g, const char *wrong, const char *candidate)
{
    size_t d = distance(wrong, candidate);
    if (d <= 2 && 2 * d < strlen(wrong) && (!g->best || d < g->distance)) *g = (Guess){candidate, d};
}

/* "; did you mean width?" or nothing. */
#define HINT(g) (g).best ? "; did you mean " : "", (g).best ? (g).best : "", (g).best ? "?" : ""

/* ---- one attribute ------------------------------------------------------------------------------- */

static Status bad(const XmlNode *n, const Field *f, const char *value, const char *id, const char *fmt, ...) PRINTF_LIKE(5, 6);
static Status bad(const XmlNode *n, const Field *f, const char *value, const char *id, const char *fmt, ...)
{
    char why[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    return msg_error(ST_INPUT, id, xml_loc(n), "<%s> %s=\"%.80s\": %s", n->name, f->attr, value, why);
}

/* Numbers of a message in the shortest form. */
static Status in_range(const XmlNode *n, const Field *f, const char *value, double v)
{
    if ((f->lo == 0 && f->hi == 0) || (v >= f->lo && v <= f->hi)) return ST_OK;
    Buf lo = {0}, hi = {0};
    buf_double(&lo, f->lo);
    buf_double(&hi, f->hi);
    const char *in = f->type == T_DBU ? " database units" : f->type != T_REAL || f->unit == U_NONE ? "" : f->unit == U_TEMP ? " C" : " in SI units";
    Status st = bad(n, f, value, "SCH-0004", "out of range, %s to %s%s is allowed", lo.s, hi.s, in);
    buf_free(&lo);
    buf_free(&hi);
    return st;
}

static Status read_int(const XmlNode *n, const Field *f, const char *text, int32_t *out)
{
    int64_t v;
    if (!str_to_i64(text, &v)) return bad(n, f, text, "SCH-0003", "a whole number is needed");
    if (v < INT32_MIN || v > INT32_MAX) return bad(n, f, text, "SCH-0004", "out of range of a 32-bit number");
    TRY(in_range(n, f, text, (double)v));
    *out = (int32_t)v;
    return ST_OK;
}

static Status read_real(const XmlNode *n, const Field *f, const char *text, double *out)
{
    double v;
    if (!unit_parse(text, f->unit, &v)) {
        if (f->unit == U_NONE) return bad(n, f, text, "SCH-0003", "a number without a unit is needed");
        return bad(n, f, text, "SCH-0003", "a number with its unit is needed: %s", unit_name(f->unit));
    }
    TRY(in_range(n, f, text, v));
    *out = v;
    return ST_OK;
}

static Status read_dbu(const XmlNode *n, const Field *f, const char *text, double dbu_m, int32_t *out)
{
    double length;
    int32_t v;
    if (!unit_parse(text, U_LENGTH, &length)) return bad(n, f, text, "SCH-0003", "a length with its unit is needed: %s", unit_name(U_LENGTH));
    if (length >= dbu_m * (1 << 30) || length <= -dbu_m * (1 << 30))
        return bad(n, f, text, "SCH-0004", "out of range, a coordinate is below 2^30 database units");
    if (!unit_parse_dbu(text, dbu_m, &v)) return bad(n, f, text, "SCH-0006", "not a multiple of the database unit, %g nm", dbu_m * 1e9);
    TRY(in_range(n, f, text, v));
    *out = v;
    return ST_OK;
}

static Status read_enum(const XmlNode *n, const Field *f, const char *text, int32_t *out)
{
    Buf all = {0};
    Guess g = {0};
    for (int32_t i = 0; f->words[i]; i++) {
        if (str_eq(f->words[i], text)) {
            *out = i;
            buf_free(&all);
            return ST_OK;
        }
        guess(&g, text, f->words[i]);
        buf_printf(&all, "%s%s", i ? ", " : "", f->words[i]);
    }
    Status st = bad(n, f, text, "SCH-0005", "one of %.300s is needed%s%s%s", all.s ? all.s : "", HINT(g));
    buf_free(&all);
    return st;
}

static Status read_field(Arena *a, const XmlNode *n, const Field *f, const char *text, double dbu_m, void *at)
{
    switch (f->type) {
    case T_STRING: *(const char **)at = arena_str(a, text); return ST_OK;
    case T_INT: return read_int(n, f, text, at);
    case T_REAL: return read_real(n, f, text, at);
    case T_BOOL:
        if (!str_eq(text, "true") && !str_eq(text, "false")) return bad(n, f, text, "SCH-0003", "true or false is needed");
        *(bool *)at = str_eq(text, "true");
        return ST_OK;
    case T_DBU: return read_dbu(n, f, text, dbu_m, at);
    case T_ENUM: return read_enum(n, f, text, at);
    }
    assert(!"field type");
    return ST_INTERNAL;
}

/* ---- an element ---------------------------------------------------------------------------------- */

/* Names that XML itself keeps: xmlns, xmlns:…, xml:…, xsi:… */
static bool is_xmls_own(const char *name)
{
    return str_eq(name, "xmlns") || str_starts(name, "xmlns:") || str_starts(name, "xml:") || str_starts(name, "xsi:");
}

static Status known_attribute(const XmlNode *n, const Field *fields, const char *name)
{
    Guess g = {0};
    if (is_xmls_own(name)) return ST_OK;
    for (const Field *f = fields; f->attr; f++) {
        if (str_eq(f->attr, name)) return ST_OK;
        guess(&g, name, f->attr);
    }
    return msg_error(ST_INPUT, "SCH-0002", xml_loc(n), "<%s> has no attribute %.80s%s%s%s", n->name, name, HINT(g));
}

Status schema_read(Arena *a, const XmlNode *n, const Field *fields, double dbu_m, void *out)
{
    Status worst = ST_OK;
    for (const Field *f = fields; f->attr; f++) {
        const char *text = xml_attr(n, f->attr);
        Status st = ST_OK;
        if (text) st = read_field(a, n, f, text, dbu_m, (char *)out + f->offset);
        else if (f->required)
            st = msg_error(ST_INPUT, "SCH-0001", xml_loc(n), "<%s> lacks the attribute %s%s%s%s", n->name, f->attr, f->help ? " (" : "",
                           f->help ? f->help : "", f->help ? ")" : "");
        if (st != ST_OK) worst = st;
    }
    for (uint32_t i = 0; i < n->n_attrs; i++)
        if (known_attribute(n, fields, n->attrs[i].name) != ST_OK) worst = ST_INPUT;
    return worst;
}

Status schema_children(const XmlNode *n, const char *const *names)
{
    Status worst = ST_OK;
    for (const XmlNode *c = n->child; c; c = c->next) {
        Guess g = {0};
        bool known = false;
        for (const char *const *p = names; *p && !known; p++) {
            known = str_eq(*p, c->name);
            guess(&g, c->name, *p);
        }
        if (!known) worst = msg_error(ST_INPUT, "SCH-0007", xml_loc(c), "<%s> does not belong in <%s>%s%s%s", c->name, n->name, HINT(g));
    }
    return worst;
}
