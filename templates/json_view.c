#include "templates/json_view.h"

static bool give(const json_t *j, Value *out)
{
    switch (json_typeof(j)) {
    case JSON_STRING: return val_text(out, json_string_value(j));
    case JSON_INTEGER: return val_int(out, json_integer_value(j));
    case JSON_REAL: return val_real(out, json_real_value(j));
    case JSON_TRUE: return val_bool(out, true);
    case JSON_FALSE: return val_bool(out, false);
    case JSON_NULL: return val_none(out);
    default: return val_view(out, json_view(j));
    }
}

/* data: the object, or the list standing at element n[0] − 1. */
static bool get(View *v, const char *name, Value *out)
{
    const json_t *j = v->data;
    if (json_is_array(j)) {
        if (v->n[0] == 0) return str_eq(name, ".") && give(j, out); /* the list itself, as the outermost context */
        j = json_array_get(j, v->n[0] - 1);
    }
    if (str_eq(name, ".")) return give(j, out);
    json_t *m = json_is_object(j) ? json_object_get(j, name) : NULL;
    return m && give(m, out);
}

static bool next(View *v) { return v->n[0]++ < json_array_size(v->data); }

View json_view(const json_t *j) { return (View){.get = get, .next = json_is_array(j) ? next : NULL, .data = j}; }
