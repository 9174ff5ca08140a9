/* report.html: the report's figures and tables, and the layout's picture. Everything is in the one file. */
#include "gen/emit_int.h"

static const char *const mark_name[] = {"", "good", "warn", "bad"};

static bool figure_get(View *v, const char *name, Value *out)
{
    const ReportFigure *f = &emit_of(v)->report->figures[emit_at(v)];
    if (str_eq(name, "name")) return val_text(out, f->name);
    if (str_eq(name, "value")) return val_text(out, f->value);
    if (str_eq(name, "note")) return f->note ? val_text(out, f->note) : val_none(out);
    return str_eq(name, "mark") && val_text(out, mark_name[f->mark]);
}

static const ReportTable *table_of(const View *v) { return &emit_of(v)->report->tables[v->n[1]]; }

static bool head_get(View *v, const char *name, Value *out)
{
    if (str_eq(name, "text")) return val_text(out, table_of(v)->head[emit_at(v)]);
    return str_eq(name, "numeric") && val_bool(out, table_of(v)->numeric >> emit_at(v) & 1);
}

/* n[2]: row */
static bool cell_get(View *v, const char *name, Value *out)
{
    const ReportTable *t = table_of(v);
    if (str_eq(name, "text")) return val_text(out, t->cells[v->n[2] * t->n_cols + emit_at(v)]);
    return str_eq(name, "numeric") && val_bool(out, t->numeric >> emit_at(v) & 1);
}

static bool row_get(View *v, const char *name, Value *out)
{
    const ReportTable *t = table_of(v);
    if (str_eq(name, "mark")) return val_text(out, t->marks ? mark_name[t->marks[emit_at(v)]] : "");
    return str_eq(name, "cells") && val_view(out, emit_list(emit_of(v), cell_get, t->n_cols, v->n[1], emit_at(v), 0));
}

static bool table_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const ReportTable *t = &e->report->tables[emit_at(v)];
    if (str_eq(name, "title")) return val_text(out, t->title);
    if (str_eq(name, "index")) return val_int(out, (int64_t)emit_at(v));
    if (str_eq(name, "text")) return t->text ? val_text(out, t->text) : val_none(out);
    if (str_eq(name, "head")) return val_view(out, emit_list(e, head_get, t->n_cols, emit_at(v), 0, 0));
    return str_eq(name, "rows") && val_view(out, emit_list(e, row_get, t->n_rows, emit_at(v), 0, 0));
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const EmitReport *r = e->report;
    if (str_eq(name, "title")) return val_text(out, r->title);
    if (str_eq(name, "subtitle")) return r->subtitle ? val_text(out, r->subtitle) : val_none(out);
    if (str_eq(name, "figures")) return val_view(out, emit_list(e, figure_get, r->n_figures, 0, 0, 0));
    if (str_eq(name, "tables")) return val_view(out, emit_list(e, table_get, r->n_tables, 0, 0, 0));
    if (str_eq(name, "svg")) return e->svg.n ? val_text(out, e->svg.s) : val_none(out);
    if (str_eq(name, "drops")) return e->drops.n ? val_text(out, e->drops.s) : val_none(out);
    return emit_root_get(e, name, out);
}

View html_view(Emit *e) { return (View){.get = root_get, .data = e}; }
