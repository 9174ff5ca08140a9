/* Table-driven reading of attributes: every problem of an element is told in one go. */
#include <float.h>

#include "gen/base/xml.h"

static Status bad(const XmlNode *n, const Field *f, const char *value, const char *id, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return msg_error(ST_INPUT, id, xml_loc(n), "<%s> %s=\"%s\": %s", n->name, f->attr, value, text);
}

static Status in_range(const XmlNode *n, const Field *f, const char *text, double v)
{
    if (f->lo == 0 && f->hi == 0) return ST_OK;
    if (v >= f->lo && v <= f->hi) return ST_OK;
    return bad(n, f, text, "SCH-0004", "out of range, want %g to %g%s", f->lo, f->hi, f->type == T_REAL && f->unit != U_NONE ? " (SI)" : "");
}

static Status read_enum(const XmlNode *n, const Field *f, const char *text, int32_t *out)
{
    Buf all = {0};
    for (int32_t i = 0; f->words[i]; i++) {
        if (str_eq(f->words[i], text)) {
            *out = i;
            buf_free(&all);
            return ST_OK;
        }
        buf_printf(&all, "%s%s", i ? ", " : "", f->words[i]);
    }
    Status st = bad(n, f, text, "SCH-0005", "want one of %s", all.s ? all.s : "");
    buf_free(&all);
    return st;
}

static Status read_field(Arena *a, const XmlNode *n, const Field *f, const char *text, double dbu_m, void *at)
{
    int64_t i;
    double d;
    int32_t dbu;
    switch (f->type) {
    case T_STRING: *(const char **)at = arena_str(a, text); return ST_OK;
    case T_INT:
        if (!str_to_i64(text, &i) || i < INT32_MIN || i > INT32_MAX) return bad(n, f, text, "SCH-0003", "want a whole number");
        *(int32_t *)at = (int32_t)i;
        return in_range(n, f, text, (double)i);
    case T_REAL:
        if (!unit_parse(text, f->unit, &d)) return bad(n, f, text, "SCH-0003", "want a number with its unit: %s", unit_name(f->unit));
        *(double *)at = d;
        return in_range(n, f, text, d);
    case T_BOOL:
        if (!str_eq(text, "true") && !str_eq(text, "false")) return bad(n, f, text, "SCH-0003", "want true or false");
        *(bool *)at = str_eq(text, "true");
        return ST_OK;
    case T_DBU:
        if (!unit_parse(text, U_LENGTH, &d)) return bad(n, f, text, "SCH-0003", "want a length with its unit: %s", unit_name(U_LENGTH));
        if (!unit_parse_dbu(text, dbu_m, &dbu)) return bad(n, f, text, "SCH-0006", "not a whole number of database units (%g nm)", dbu_m * 1e9);
        *(int32_t *)at = dbu;
        return in_range(n, f, text, (double)dbu);
    case T_ENUM: return read_enum(n, f, text, at);
    }
    return ST_INTERNAL;
}

Status schema_read(Arena *a, const XmlNode *n, const Field *fields, double dbu_m, void *out)
{
    Status worst = ST_OK;
    for (const Field *f = fields; f->attr; f++) {
        const char *text = xml_attr(n, f->attr);
        Status st = ST_OK;
        if (text) st = read_field(a, n, f, text, dbu_m, (char *)out + f->offset);
        else if (f->required) st = msg_error(ST_INPUT, "SCH-0001", xml_loc(n), "<%s> has no attribute %s (%s)", n->name, f->attr, f->help ? f->help : "required");
        if (st != ST_OK) worst = st;
    }
    for (uint32_t i = 0; i < n->n_attrs; i++) {
        bool known = false;
        for (const Field *f = fields; f->attr && !known; f++) known = str_eq(f->attr, n->attrs[i].name);
        if (!known) worst = msg_error(ST_INPUT, "SCH-0002", xml_loc(n), "<%s> has an unknown attribute %s", n->name, n->attrs[i].name);
    }
    return worst;
}

Status schema_children(const XmlNode *n, const char *const *names)
{
    Status worst = ST_OK;
    for (const XmlNode *c = n->child; c; c = c->next) {
        bool known = false;
        for (const char *const *p = names; *p && !known; p++) known = str_eq(*p, c->name);
        if (!known) worst = msg_error(ST_INPUT, "SCH-0007", xml_loc(c), "<%s> does not belong in <%s>", c->name, n->name);
    }
    return worst;
}
