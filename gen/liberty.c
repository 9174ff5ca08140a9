/* Liberty: figures as JSON for the template. Times in ps, capacitances in fF, energies in fJ (ps · uA · V = fF · V² scale), leakage in nW. */
#include "gen/liberty.h"

#include <jansson.h>
#include <math.h>

#include "gen/base/io.h"
#include "templates/json_view.h"

static json_t *num(double v) { return json_sprintf("%.5g", v); }

static json_t *axis(const double v[LIB_N], double scale)
{
    Buf b = {0};
    for (int i = 0; i < LIB_N; i++) buf_printf(&b, "%s%.5g", i ? ", " : "", v[i] * scale);
    json_t *s = json_string(b.s);
    buf_free(&b);
    return s;
}

static json_t *table(const char *kind, const double v[LIB_N][LIB_N], double scale)
{
    Buf b = {0};
    for (int s = 0; s < LIB_N; s++) {
        buf_str(&b, s ? ", \\\n                  \"" : "\"");
        for (int l = 0; l < LIB_N; l++) buf_printf(&b, "%s%.5g", l ? ", " : "", v[s][l] * scale);
        buf_char(&b, '"');
    }
    json_t *o = json_pack("{s:s, s:s}", "kind", kind, "values", b.s);
    buf_free(&b);
    return o;
}

static json_t *arc_json(const LibJob *j, uint32_t a)
{
    const LibArc *arc = &j->arc[a];
    bool clock = j->c->kind != LIB_GATE && a == 0;
    const char *type = !clock ? NULL : j->c->kind == LIB_FLOP ? "falling_edge" : "rising_edge";
    const char *sense = clock ? "non_unate" : j->c->follows ? "positive_unate" : "negative_unate";
    return json_pack("{s:s, s:s?, s:s, s:[o, o, o, o], s:[{s:s, s:[o, o]}]}", "pin", j->c->inputs[a], "type", type, "sense", sense, "tables",
                     table("cell_rise", arc->delay[1], 1e12), table("cell_fall", arc->delay[0], 1e12), table("rise_transition", arc->slew[1], 1e12),
                     table("fall_transition", arc->slew[0], 1e12), "power", "pin", j->c->inputs[a], "energies", table("rise_power", arc->energy[1], 1e15),
                     table("fall_power", arc->energy[0], 1e15));
}

/* A reset pin clears the output: RSTB when it falls, RST when it rises. */
static json_t *clear_json(const char *pin, const LibArc *arc)
{
    return json_pack("{s:s, s:s, s:s, s:[o, o], s:[]}", "pin", pin, "type", "clear", "sense", str_eq(pin, "RSTB") ? "positive_unate" : "negative_unate", "tables",
                     table("cell_fall", arc->delay[0], 1e12), table("fall_transition", arc->slew[0], 1e12), "power");
}

static json_t *constraint(const LibJob *j, const char *type, const double v[2])
{
    return json_pack("{s:s, s:s, s:o, s:o}", "related", j->c->inputs[0], "type", type, "rise", num(v[1] * 1e12), "fall", num(v[0] * 1e12));
}

static json_t *cell_json(const LibJob *j)
{
    json_t *in = json_array(), *arcs = json_array();
    for (uint32_t i = 0; j->c->inputs[i]; i++) {
        json_t *con = json_array();
        if (j->c->kind != LIB_GATE && str_eq(j->c->inputs[i], "D")) {
            json_array_append_new(con, constraint(j, "setup_falling", j->setup));
            json_array_append_new(con, constraint(j, "hold_falling", j->hold));
        }
        json_array_append_new(in, json_pack("{s:s, s:o, s:b, s:o}", "pin", j->c->inputs[i], "cap", num(j->cap[i] * 1e15), "clock",
                                            j->c->kind != LIB_GATE && i == 0, "constraints", con));
    }
    for (uint32_t a = 0; a < j->c->n_arcs; a++) json_array_append_new(arcs, arc_json(j, a));
    for (uint32_t i = 0; j->c->inputs[i]; i++)
        if (str_starts(j->c->inputs[i], "RST")) json_array_append_new(arcs, clear_json(j->c->inputs[i], &j->clear[str_eq(j->c->inputs[i], "RST")]));
    return json_pack("{s:s, s:o, s:o, s:b, s:b, s:o, s:s, s:s, s:o}", "name", j->c->name, "area", num(j->area * 1e12), "leak", num(j->leak * 1e9),
                     "flop", j->c->kind == LIB_FLOP, "latch", j->c->kind == LIB_LATCH, "inputs", in, "output", j->c->output, "function",
                     j->c->function ? j->c->function : "IQ", "arcs", arcs);
}

char *liberty_point(Arena *a, const Tech *at)
{
    char *s = arena_printf(a, "_%s_%s%gc_%.4gv", at->corner ? at->corner->name : "tt", at->temp_c < 0 ? "m" : "", fabs(at->temp_c), at->vdd);
    for (char *c = s; *c; c++) *c = *c == '.' ? 'p' : *c;
    return s;
}

Status liberty_write(const Liberty *l, const char *templates, const char *path, const char *point)
{
    const Tech *t = l->grid.t;
    json_t *list = json_array();
    for (uint32_t i = 0; i < l->jobs.n; i++)
        if (l->jobs.v[i].ok) json_array_append_new(list, cell_json(&l->jobs.v[i]));
    Arena a = {0};
    json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "library", arena_printf(&a, "%s%s", t->name, point), "process",
                          t->corner ? t->corner->name : "tt", "title", t->title, "predictive", t->predictive,
                          "simulator", l->simulator, "temp", num(t->temp_c), "vdd", num(t->vdd), "slews", axis(l->grid.slew, 1e12), "loads",
                          axis(l->grid.load, 1e15), "max_slew", num(l->grid.slew[LIB_N - 1] * 1e12), "max_load", num(l->grid.load[LIB_N - 1] * 1e15),
                          "cells", list);
    TplSet *set = tpl_set_new();
    if (templates) tpl_set_dir(set, templates);
    tpl_set_dir(set, io_join(&a, io_data_dir(), "templates"));
    Out *out;
    Status st = out_open(path, &out);
    if (st == ST_OK) {
        st = tpl_render(set, "liberty", json_view(o), (TplOptions){.strict = true}, (TplSink){.out = out});
        if (st == ST_OK) st = out_commit(out, NULL, NULL);
        else out_discard(out);
    }
    tpl_set_free(set);
    json_decref(o);
    arena_free(&a);
    return st;
}
