/*
 * port: a finished design's plan in another technology, and both side by side. Everything below the plan is made anew by the flow;
 * the figures compared are those of the two designs' own reports, none is computed here but their ratio.
 */
#include "gen/base/io.h"
#include "gen/flow.h"

/* What is compared: a number in report.json, by its path. */
static const struct {
    const char *title, *unit, *path;
    double scale;
} figures[] = {
    {"die", "um2", "layout.die_um2", 1},
    {"cells", "um2", "layout.cells_um2", 1},
    {"dead area", "%", "layout.dead", 100},
    {"parasitics", "pF", "parasitics.total_pF", 1},
    {"row wire per synapse", "fF", "parasitics.row_fF_per_synapse", 1},
    {"column wire per synapse", "fF", "parasitics.gcol_fF_per_synapse", 1},
    {"supply drop", "mV", "power_mesh.ir_drop_v", 1e3},
    {"DRC violations", "", "checks.drc", 1},
    {"LVS shorts", "", "checks.lvs_shorts", 1},
    {"LVS opens", "", "checks.lvs_opens", 1},
    {"converter noise", "uV", "model.adc_noise_v", 1e6},
    {"converter offset sigma", "mV", "model.adc_offset_sigma_v", 1e3},
    {"unit capacitor mismatch", "%", "model.cap_mismatch", 100},
    {"row driver settles, tau", "ps", "delays_ps.row_driver", 1},
    {"synapse settles, tau", "ps", "delays_ps.synapse", 1},
    {"converter decides", "ps", "delays_ps.sar_adc", 1},
    {"latency", "us", "kpi.latency_s", 1e6},
    {"analog energy", "nJ", "kpi.analog_energy_J", 1e9},
    {"analog energy per MAC", "fJ", "kpi.analog_fJ_per_mac", 1},
};

static const json_t *at_path(const json_t *j, const char *path)
{
    char key[64];
    while (j && *path) {
        size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        j = json_object_get(j, key);
        path += n + (path[n] == '.');
    }
    return j;
}

/* The entry of an array whose member `key` has that value. */
static const json_t *entry(const json_t *list, const char *key, const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        const char *v = json_string_value(json_object_get(e, key));
        if (v && str_eq(v, value)) return e;
    }
    return NULL;
}

static void number(const json_t *j, double scale, char out[32])
{
    if (json_is_number(j)) snprintf(out, 32, "%.5g", json_number_value(j) * scale);
    else snprintf(out, 32, "-");
}

typedef struct {
    Buf text;
    json_t *rows;
} Table;

static void row(Table *t, const char *title, const char *unit, const char *a, const char *b, const json_t *x, const json_t *y)
{
    char ratio[32] = "";
    double from = json_number_value(x), to = json_number_value(y);
    if (json_is_number(x) && json_is_number(y) && from > 0) snprintf(ratio, sizeof ratio, "%.3f", to / from);
    buf_printf(&t->text, "%-24s %-4s %16s %16s %9s\n", title, unit, a, b, ratio);
    json_array_append_new(t->rows, json_pack("{s:s, s:s, s:s, s:s}", "figure", title, "unit", unit, "from", a, "to", b));
}

static void compare(const json_t *from, const json_t *to, Table *t)
{
    const json_t *tf = json_object_get(from, "tech"), *tt = json_object_get(to, "tech");
    buf_printf(&t->text, "%-24s %-4s %16s %16s %9s\n", "", "", json_string_value(tf), json_string_value(tt), "ratio");
    const json_t *sel = json_object_get(from, "select"), *other = json_object_get(to, "select");
    for (size_t i = 0; i < json_array_size(sel); i++) {
        const json_t *e = json_array_get(sel, i);
        const char *f = json_string_value(json_object_get(e, "function"));
        const json_t *o = f ? entry(other, "function", f) : NULL;
        const char *a = json_string_value(json_object_get(e, "variant")), *b = json_string_value(json_object_get(o, "variant"));
        if (f && a) row(t, f, "", a, b ? b : "-", NULL, NULL);
    }
    for (size_t i = 0; i < COUNTOF(figures); i++) {
        const json_t *x = at_path(from, figures[i].path), *y = at_path(to, figures[i].path);
        char a[32], b[32];
        number(x, figures[i].scale, a);
        number(y, figures[i].scale, b);
        row(t, figures[i].title, figures[i].unit, a, b, x, y);
    }
    const json_t *acc = json_object_get(to, "accuracy");
    if (!json_array_size(acc)) acc = json_object_get(from, "accuracy");
    for (size_t i = 0; i < json_array_size(acc); i++) {
        const char *step = json_string_value(json_object_get(json_array_get(acc, i), "step"));
        char title[64], v[2][32];
        snprintf(title, sizeof title, "accuracy, %s", step ? step : "");
        for (int k = 0; k < 2 && step; k++) {
            const json_t *e = entry(json_object_get(k ? to : from, "accuracy"), "step", step);
            double of = json_number_value(json_object_get(e, "of"));
            if (of > 0) snprintf(v[k], sizeof v[k], "%.2f", 100 * json_number_value(json_object_get(e, "right")) / of);
            else snprintf(v[k], sizeof v[k], "-");
        }
        if (step) row(t, title, "%", v[0], v[1], NULL, NULL);
    }
}

static json_t *report_of(Arena *a, const char *dir, Status *st)
{
    const char *path = io_join(a, dir, "report.json");
    json_t *j = json_load_file(path, 0, NULL);
    if (!json_string_value(json_object_get(j, "tech")))
        *st = msg_error(ST_INPUT, "MDL-0002", (Loc){path, 0, 0}, "is not the report of a finished design");
    return j;
}

static Status write_text(const char *path, const Buf *b)
{
    Out *o;
    TRY(out_open(path, &o));
    out_write(o, b->s, b->n);
    return out_commit(o, NULL, NULL);
}

int cmd_port(const Options *o)
{
    Arena a = {0};
    Status st = cli_need("port", "a design: OUT", o->n_args ? o->args[0] : NULL);
    if (st == ST_OK) st = cli_need("port", "--tech", o->tech);
    if (st == ST_OK) st = cli_need("port", "-o OUT2", o->out);
    if (st == ST_OK && str_eq(o->out, o->args[0])) st = msg_error(ST_USAGE, "CLI-0008", (Loc){0}, "port: -o %s is the design itself", o->out);
    json_t *from = st == ST_OK ? report_of(&a, o->args[0], &st) : NULL;
    int code = (int)st;
    if (st == ST_OK) {
        Options own = *o;
        const char *plan = io_join(&a, o->args[0], "plan.xml");
        own.args = &plan;
        code = flow_run(&own, true);
    }
    if (st == ST_OK && (code == ST_OK || code == ST_VIOLATION) && !o->dry_run) {
        json_t *to = report_of(&a, o->out, &st);
        Table t = {.rows = json_array()};
        if (st == ST_OK) compare(from, to, &t);
        if (st == ST_OK) st = write_text(io_join(&a, o->out, "port.txt"), &t.text);
        if (st == ST_OK) st = json_write(t.rows, io_join(&a, o->out, "port.json"));
        if (st == ST_OK) printf("\n%s", t.text.s);
        if (st != ST_OK) code = (int)st;
        buf_free(&t.text);
        json_decref(t.rows);
        json_decref(to);
    }
    json_decref(from);
    arena_free(&a);
    return code;
}
