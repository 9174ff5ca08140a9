/*
 * The table of views and the loop over it. A view is written to a temporary name and renamed when it is complete (gen/base/io.h).
 */
#include "gen/emit_int.h"

const char *const emit_file_name[EMIT_COUNT] = {
    [EMIT_MODELS] = "models.sp",       [EMIT_SPICE] = "netlist.sp",         [EMIT_SPICE_RC] = "netlist_rc.sp",
    [EMIT_SPEF] = "design.spef",       [EMIT_TECH_LEF] = "tech.lef",        [EMIT_CELLS_LEF] = "cells.lef",
    [EMIT_DEF] = "design.def",         [EMIT_VAMS] = "design.vams",         [EMIT_VAMS_TB] = "tb_design.vams",
    [EMIT_ELECTRICAL] = "electrical.vams", [EMIT_SVG] = "layout.svg",       [EMIT_HTML] = "report.html",
    [EMIT_POWER] = "power.svg",
};

typedef struct {
    const char *tpl;
    View (*view)(Emit *e);
    bool rc, html;
} ViewRow;

static const ViewRow rows[EMIT_COUNT] = {
    [EMIT_SPICE] = {"netlist.sp", spice_view, false, false},
    [EMIT_SPICE_RC] = {"netlist.sp", spice_view, true, false},
    [EMIT_SPEF] = {"design.spef", spef_view, false, false},
    [EMIT_TECH_LEF] = {"tech.lef", lef_view, false, false},
    [EMIT_CELLS_LEF] = {"cells.lef", lef_view, false, false},
    [EMIT_DEF] = {"design.def", def_view, false, false},
    [EMIT_VAMS] = {"design.vams", vams_view, false, false},
    [EMIT_VAMS_TB] = {"tb_design.vams", vams_view, false, false},
    [EMIT_ELECTRICAL] = {"electrical.vams", electrical_view, false, false},
    [EMIT_SVG] = {"layout.svg", svg_view, false, true},
    [EMIT_POWER] = {"power.svg", power_view, false, true},
    [EMIT_HTML] = {"report.html", html_view, false, true},
};

/* ---- models.sp -------------------------------------------------------------------------------------------- */

#define MODEL_SIZE ((size_t)64 << 20)

/* Includes put in place, but for those of a PDK: its text is the user's, and only simulations take it (tech_models_file). */
Status emit_models(const Tech *t, Out *out)
{
    Buf text = {0};
    Status st = t->model_of_pdk ? io_read(t->model_file, MODEL_SIZE, &text) : tech_models(t, &text);
    if (st == ST_OK) out_write(out, text.s, text.n);
    buf_free(&text);
    return st;
}

/* ---- the loop ------------------------------------------------------------------------------------------------ */

static bool wanted(const Emit *e, const EmitOptions *opt, EmitView v)
{
    if (opt->skip >> v & 1) return false;
    if (v == EMIT_HTML) return e->report != NULL;
    if (v == EMIT_POWER) return e->power && e->power->nodes.n > 0;
    if (v == EMIT_SPICE_RC || v == EMIT_SPEF) return e->db->para.n > 0;
    return true;
}

/* The report shows them. */
static Status pictures(Emit *e, TplSet *set, TplOptions opt)
{
    static const EmitOptions all = {0};
    TRY(tpl_render(set, rows[EMIT_SVG].tpl, svg_view(e), opt, (TplSink){.buf = &e->svg}));
    if (!wanted(e, &all, EMIT_POWER)) return ST_OK;
    return tpl_render(set, rows[EMIT_POWER].tpl, power_view(e), opt, (TplSink){.buf = &e->drops});
}

static Status write_view(Emit *e, TplSet *set, EmitView which, const char *outdir, EmitFile *file)
{
    const ViewRow *r = &rows[which];
    Arena a = {0};
    Out *out;
    double t0 = clock_seconds();
    Status st = out_open(io_join(&a, outdir, emit_file_name[which]), &out);
    arena_free(&a);
    if (st != ST_OK) return st;
    e->rc = r->rc;
    TplOptions opt = {.html = r->html, .strict = true};
    if (which == EMIT_MODELS) {
        st = emit_models(e->tech, out);
    } else {
        if (which == EMIT_HTML) st = pictures(e, set, opt);
        if (st == ST_OK) st = tpl_render(set, r->tpl, r->view(e), opt, (TplSink){.out = out});
    }
    if (st != ST_OK) {
        out_discard(out);
        return st;
    }
    file->file = emit_file_name[which];
    TRY(out_commit(out, file->sha256, &file->bytes));
    file->seconds = clock_seconds() - t0;
    msg_verbose("emit %s: %llu bytes, %.2f s", file->file, (unsigned long long)file->bytes, file->seconds);
    return ST_OK;
}

static void add_template_dirs(TplSet *set, const EmitOptions *opt)
{
    Arena a = {0};
    if (opt->templates) tpl_set_dir(set, opt->templates);
    tpl_set_dir(set, io_join(&a, io_data_dir(), "templates"));
    arena_free(&a);
}

Status emit_views(const Db *db, const Tech *tech, const Plan *plan, const char *outdir, const EmitOptions *opt, EmitResult *result)
{
    EmitResult none;
    EmitResult *r = result ? result : &none;
    memset(r, 0, sizeof *r);
    Emit e = {.db = db, .tech = tech, .plan = plan, .report = opt->report, .power = opt->power, .wires = opt->wires, .n_wires = opt->n_wires};
    TplSet *set = tpl_set_new();
    add_template_dirs(set, opt);
    Status st = emit_index(&e);
    /* Errors in templates are found before anything is written. */
    for (int v = 0; v < EMIT_COUNT && st == ST_OK; v++)
        if (rows[v].tpl && wanted(&e, opt, (EmitView)v)) st = tpl_check(set, rows[v].tpl);
    for (int v = 0; v < EMIT_COUNT && st == ST_OK; v++)
        if (wanted(&e, opt, (EmitView)v)) st = write_view(&e, set, (EmitView)v, outdir, &r->file[v]);
    tpl_set_free(set);
    emit_free(&e);
    return st;
}
