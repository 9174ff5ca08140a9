/* characterize: figures of cells, typical and at corners, and what is to be read of them: wires, data sheets. */
#include <jansson.h>
#include <math.h>

#include "cells/corners.h"
#include "gen/base/io.h"
#include "gen/cli.h"
#include "gen/drawn.h"
#include "gen/liberty.h"
#include "gen/wired.h"
#include "route/extract.h"
#include "templates/json_view.h"

/* ---- data sheets ------------------------------------------------------------------------------------------ */

/* min and max stay NaN where no corner has the figure. */
typedef struct {
    double min, max;
    const CellCorner *at; /* of max; NULL: typical */
} Range;

static Range range_of(const CellCorners *corners, const CellVariant *v, uint32_t k, double typ)
{
    Range r = {NAN, NAN, NULL};
    for (uint32_t i = 0; i < corners->c.n; i++) {
        const CellData *d = cells_corner_data(&corners->c.v[i], v);
        const char *name, *unit, *help;
        double scale, x = d ? cells_quantity(d, k, &name, &unit, &scale, &help) : NAN;
        if (isnan(x)) continue;
        if (isnan(r.max)) r.min = r.max = typ;
        if (!(x >= r.min)) r.min = x;
        if (!(x <= r.max)) r.max = x, r.at = &corners->c.v[i];
    }
    return r;
}

/* Four digits are more than models of any kind are worth. */
static json_t *number(double v, double scale) { return isnan(v) ? json_string("") : json_sprintf("%.4g", v * scale); }

static json_t *figures_json(const CellCorners *corners, const CellVariant *v)
{
    json_t *list = json_array();
    for (uint32_t k = 0; k < CELLS_QUANTITIES; k++) {
        const char *name, *unit, *help;
        double scale, typ = cells_quantity(&v->data, k, &name, &unit, &scale, &help);
        Range r = range_of(corners, v, k, typ);
        if (isnan(typ) && isnan(r.max)) continue;
        json_t *at = r.at ? json_sprintf("%s, %g C, %.4g V", r.at->process, r.at->temp_c, r.at->vdd) : json_string(isnan(r.max) ? "" : "typical");
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "name", name, "unit", unit, "help", help, "typ", number(typ, scale),
                                              "min", number(r.min, scale), "max", number(r.max, scale), "at", at));
    }
    return list;
}

static json_t *parameters_json(const CellVariant *v)
{
    json_t *list = json_array();
    for (uint32_t k = 0; k < 4; k++) {
        const char *name;
        double scale;
        const char *unit = cells_param(v->function, k, &name, &scale);
        if (!unit) continue;
        json_array_append_new(list, json_pack("{s:s, s:o}", "name", name, "value", json_sprintf("%.6g%s%s", v->param[k] * scale, *unit ? " " : "", unit)));
    }
    return list;
}

static json_t *sheet_json(const Tech *t, const CellCorners *corners, const CellVariant *v)
{
    json_t *o = json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:s}", "tech", t->name, "title", t->title, "predictive", t->predictive, "function",
                          v->function, "variant", v->variant, "flavour", v->flavour, "provenance", v->provenance, "op", v->data.op);
    json_object_set_new(o, "file", json_sprintf("%s_%s", v->function, v->variant));
    json_object_set_new(o, "area", json_sprintf("%.4g", v->area * 1e12));
    json_object_set_new(o, "temp", json_sprintf("%g", t->temp_c));
    json_object_set_new(o, "vdd", json_sprintf("%g", t->vdd));
    json_object_set_new(o, "points", corners->c.n ? json_integer(corners->c.n) : json_null());
    json_object_set_new(o, "points_n", json_integer(corners->c.n));
    json_object_set_new(o, "parameters", parameters_json(v));
    json_object_set_new(o, "figures", figures_json(corners, v));
    return o;
}

static Status render(TplSet *set, const char *name, json_t *data, const char *path)
{
    Out *out;
    TRY(out_open(path, &out));
    Status st = tpl_render(set, name, json_view(data), (TplOptions){.strict = true, .html = true}, (TplSink){.out = out});
    if (st == ST_OK) return out_commit(out, NULL, NULL);
    out_discard(out);
    return st;
}

static Status sheets(const Tech *t, const char *templates, const char *dir)
{
    CellLibrary lib;
    CellCorners corners;
    TRY(cells_library_read(t, &lib));
    Status st = cells_corners_read(t, &corners);
    if (st != ST_OK) {
        cells_library_free(&lib);
        return st;
    }
    Arena a = {0};
    TplSet *set = tpl_set_new();
    if (templates) tpl_set_dir(set, templates);
    tpl_set_dir(set, io_join(&a, io_data_dir(), "templates"));
    json_t *index = json_pack("{s:s, s:s, s:b, s:[]}", "tech", t->name, "title", t->title, "predictive", t->predictive, "cells");
    st = io_mkdir(dir);
    for (uint32_t i = 0; i < lib.v.n && st == ST_OK; i++) {
        json_t *o = sheet_json(t, &corners, &lib.v.v[i]);
        const char *file = json_string_value(json_object_get(o, "file"));
        json_array_append_new(json_object_get(index, "cells"), o);
        st = render(set, "sheet.html", o, io_join(&a, dir, arena_printf(&a, "%s.html", file)));
        if (st == ST_OK) st = render(set, "sheet.xml", o, io_join(&a, dir, arena_printf(&a, "%s.xml", file)));
    }
    if (st == ST_OK) st = render(set, "sheets.html", index, io_join(&a, dir, "index.html"));
    if (st == ST_OK) msg_info("%u data sheets in %s, corners at %u points", lib.v.n, dir, corners.c.n);
    json_decref(index);
    tpl_set_free(set);
    arena_free(&a);
    cells_corners_free(&corners);
    cells_library_free(&lib);
    return st;
}

/* ---- the command ------------------------------------------------------------------------------------------- */

/* sign-off or all? */
static Status corner_set(const Tech *t, const Options *o, bool *all)
{
    *all = str_eq(o->corners, "all");
    if (!*all && !str_eq(o->corners, "sign-off"))
        return msg_error(ST_USAGE, "CLI-0003", (Loc){0}, "--corners %s: want sign-off or all", o->corners);
    if (t->corners.n == 0)
        return msg_error(ST_INPUT, "CHR-0007", (Loc){0}, "technology %s has no <corner>: nothing but typical can be simulated", t->name);
    return ST_OK;
}

static Status corners(const Tech *t, const Options *o)
{
    bool all;
    TRY(corner_set(t, o, &all));
    return cells_corners_run(t, all, o->args, o->n_args, o->out, (uint32_t)o->threads, o->bare ? NULL : wired_cell);
}

static Status typical(const Tech *t, const Options *o)
{
    Arena a = {0};
    const char *out = o->out ? o->out : io_join(&a, t->dir, "cells.xml");
    Status st = o->n_args ? ST_OK : cells_characterize(t, NULL, out, (uint32_t)o->threads, o->bare ? NULL : wired_cell);
    for (uint32_t i = 0; i < o->n_args && st != ST_USAGE; i++) {
        Status one = cells_characterize(t, o->args[i], out, (uint32_t)o->threads, o->bare ? NULL : wired_cell);
        if (one != ST_OK) st = one; /* told: the others are done all the same */
    }
    arena_free(&a);
    return st;
}

static Status liberty_at(const Tech *t, const Options *o, const char *path, const char *point)
{
    Liberty l;
    Status st = liberty_run(t, o->args, o->n_args, (uint32_t)o->threads, o->bare ? NULL : wired_cell, &l);
    bool any = false;
    for (uint32_t i = 0; i < l.jobs.n; i++) any |= l.jobs.v[i].ok;
    if (any) {
        Status wrote = liberty_write(&l, o->templates, path, point);
        if (st == ST_OK) st = wrote;
    }
    liberty_free(&l);
    return st;
}

/* At corners one file each: FILE_ss_m40c_0p72v.lib. */
static Status liberty(const Tech *t, const Options *o)
{
    if (!o->corners) return liberty_at(t, o, o->liberty, "");
    bool all;
    TRY(corner_set(t, o, &all));
    CellPoints p = {0};
    Arena a = {0};
    Status st = ST_OK;
    int stem = (int)strlen(o->liberty) - (str_ends(o->liberty, ".lib") ? 4 : 0);
    cells_corner_points(t, all, &p);
    for (uint32_t i = 0; i < p.v.n && st == ST_OK; i++) {
        const char *point = liberty_point(&a, &p.v.v[i]);
        st = liberty_at(&p.v.v[i], o, arena_printf(&a, "%.*s%s.lib", stem, o->liberty, point), point);
    }
    arr_free(&p.v);
    arena_free(&a);
    return st;
}

static Status wires(const Tech *t)
{
    Buf b = {0};
    Status st = extract_wires_report(t, &b);
    if (st == ST_OK) fputs(b.s ? b.s : "", stdout);
    buf_free(&b);
    return st;
}

/* What is not written, and would cost minutes. */
static void say(const Tech *t, const Options *o)
{
    Arena a = {0};
    const char *file = o->corners ? "corners.xml" : "cells.xml";
    if (o->sheets) printf("would write data sheets of %s's cells into %s\n", t->name, o->sheets);
    else printf("would simulate %s%s%s and write %s\n", cli_names(&a, o, o->liberty ? "the digital row cells" : "all variants"), o->corners ? " at corners: " : "", o->corners ? o->corners : "",
                o->liberty ? o->liberty : o->out ? o->out : io_join(&a, t->dir, file));
    arena_free(&a);
}

static Status simulate(const Tech *t, const Options *o)
{
    Buf models = {0};
    Status st = tech_models(t, &models); /* are they there? asked before cells are drawn for their wires */
    buf_free(&models);
    TRY(st);
    return o->liberty ? liberty(t, o) : o->corners ? corners(t, o) : typical(t, o);
}

int cmd_characterize(const Options *o)
{
    Status st = cli_need("characterize", "--tech", o->tech);
    Tech t = {0};
    if (st == ST_OK) st = tech_read(o->tech, &t);
    if (st != ST_OK) return (int)st;
    if (o->dry_run && !o->wires && !o->extracted) say(&t, o);
    else if (o->wires) st = wires(&t);
    else if (o->sheets) st = sheets(&t, o->templates, o->sheets);
    else if (o->extracted) st = drawn_columns(&t, o->args, o->n_args, (uint32_t)o->threads);
    else st = simulate(&t, o);
    tech_free(&t);
    return (int)st;
}
