/*
 * Extraction of a design into Db.para, cell by cell; report of wires.
 *
 * Each block cell's internal nets are extracted once, in the cell itself, however often it is placed; the given cell's ports as well.
 */
#include "route/extract.h"

#include "route/extract_net.h"
#include "route/field2d.h"

#include <math.h>
#include <stdlib.h>

double extract_wire_res(const Tech *t, const TechLayer *metal, int32_t width)
{
    return metal->r_sheet / (width * t->dbu_m);
}

/* ---- one cell ------------------------------------------------------------------------------------------- */

typedef struct { uint32_t net, bit, piece; Box b; int8_t level; } Sorted;

static int cmp_sorted(const void *pa, const void *pb)
{
    const Sorted *a = pa, *b = pb;
    if (a->net != b->net) return a->net < b->net ? -1 : 1;
    if (a->bit != b->bit) return a->bit < b->bit ? -1 : 1;
    if (a->b.x0 != b->b.x0) return a->b.x0 < b->b.x0 ? -1 : 1;
    if (a->b.y0 != b->b.y0) return a->b.y0 < b->b.y0 ? -1 : 1;
    if (a->level != b->level) return a->level - b->level;
    return a->piece < b->piece ? -1 : a->piece > b->piece;
}

static void note_wire(const Db *db, const DbNet *net, const NetFigure *f, uint32_t bit, ExtractReport *out)
{
    const char *name = db_name(db, net->name);
    bool row = str_eq(name, "XP") || str_eq(name, "PP"), gcol = str_eq(name, "GCOL"), col = str_eq(name, "COL") || str_eq(name, "BLP");
    if ((!row && !gcol && !col) || bit != net->width / 2) return;
    for (uint32_t i = 0; i < db->cells.n; i++) {
        const DbCell *c = &db->cells.v[i];
        if (c->kind != CELL_LEAF || !(str_eq(db_name(db, c->function), "synapse") || str_eq(db_name(db, c->function), "synapse_i"))) continue;
        double len = row ? f->extent.x1 - f->extent.x0 : f->extent.y1 - f->extent.y0, pitch = row ? c->box.x1 : c->box.y1;
        double share = len > pitch ? pitch / len : 1;
        double *dc = row ? &out->row_c : gcol ? &out->gcol_c : &out->col_c, *dr = row ? &out->row_r : gcol ? &out->gcol_r : &out->col_r;
        *dc = f->c * share;
        *dr = f->r * share;
        return;
    }
}

static void extract_one(Db *db, const Tech *t, CellId cell, bool with_ports, ExtractReport *out)
{
    const DbCell *c = db_cell(db, cell);
    bool *want = mem_calloc((size_t)c->nets.n + 1, sizeof *want);
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < c->nets.n; i++) {
        bool supply = c->nets.v[i].use == USE_POWER || c->nets.v[i].use == USE_GROUND;
        want[i] = !supply && (with_ports || i >= c->n_ports);
        wanted += want[i];
    }
    Pieces p = {0};
    if (wanted) extract_gather(db, cell, want, &p);
    Near *near = p.n ? near_new(&p, t) : NULL;
    Sorted *s = mem_calloc((size_t)p.n + 1, sizeof *s);
    uint32_t *idx = mem_calloc((size_t)p.n + 1, sizeof *idx), n = 0;
    for (uint32_t i = 0; i < p.n; i++)
        if (p.v[i].net != NO_NET && want[p.v[i].net]) s[n++] = (Sorted){p.v[i].net, p.v[i].bit, i, p.v[i].box, p.v[i].level};
    if (n) qsort(s, n, sizeof *s, cmp_sorted);
    for (uint32_t i = 0; i < n; i++) idx[i] = s[i].piece;
    for (uint32_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && s[j].net == s[i].net && s[j].bit == s[i].bit; j++) {}
        NetFigure f;
        extract_net(db, t, cell, &p, near, idx + i, j - i, &f);
        out->nets++;
        out->total_c += f.c;
        out->total_r += f.r;
        out->open += f.parts > 1;
        note_wire(db, &db_cell(db, cell)->nets.v[s[i].net], &f, s[i].bit, out);
    }
    if (near) near_free(near);
    arr_free(&p);
    mem_free(want);
    mem_free(s);
    mem_free(idx);
}

/* Cells below `cell`, itself included; children stand first in the database. */
static void mark_below(const Db *db, CellId cell, bool *in)
{
    in[cell.i] = true;
    for (uint32_t i = cell.i + 1; i-- > 0;) {
        if (!in[i]) continue;
        for (uint32_t k = 0; k < db->cells.v[i].insts.n; k++) in[db->cells.v[i].insts.v[k].master.i] = true;
    }
}

Status extract_cell(Db *db, const Tech *t, CellId cell, ExtractReport *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < db->para.n; i++) assert(db->para.v[i].cell.i != cell.i);
    bool *in = mem_calloc((size_t)db->cells.n + 1, sizeof *in);
    mark_below(db, cell, in);
    uint32_t res0 = db->para_res.n, cap0 = db->para_cap.n, net0 = db->para.n;
    for (uint32_t i = 0; i <= cell.i; i++)
        if (in[i] && db->cells.v[i].kind == CELL_BLOCK) extract_one(db, t, (CellId){i}, i == cell.i, out);
    mem_free(in);
    for (uint32_t i = net0; i < db->para.n; i++) out->nodes += db->para.v[i].n_nodes;
    out->res = db->para_res.n - res0;
    out->caps = db->para_cap.n - cap0;
    return ST_OK;
}

/* ---- report --------------------------------------------------------------------------------------------------- */

/* A wire of least width between the next metals, s to its neighbours; m. */
static WireSection section_of(const Tech *t, const TechLayer *m, double s)
{
    const TechLayer *lo = tech_metal(t, m->level - 1), *hi = tech_metal(t, m->level + 1);
    return (WireSection){m->width * t->dbu_m, m->thickness, s, s, m->height - (lo ? lo->height + lo->thickness : 0),
                         hi ? hi->height - m->height - m->thickness : INFINITY, t->eps_r};
}

WireEstimate extract_wire_estimate(const Tech *t, int32_t level)
{
    double least = INFINITY, most = 0, form = 0.05; /* of the closed form: extract_wire_cap */
    for (int32_t k = level; k <= level + 1; k++) {
        const TechLayer *m = tech_metal(t, k);
        if (!m || m->thickness <= 0) continue;
        WireSection full = section_of(t, m, (m->pitch - m->width) * t->dbu_m), lone = section_of(t, m, INFINITY);
        lone.h_above = INFINITY;
        WireCap f = extract_wire_cap(&full), l = extract_wire_cap(&lone);
        least = fmin(least, l.below);
        most = fmax(most, f.below + f.above + f.left + f.right);
    }
    if (most <= 0) return (WireEstimate){0};
    return (WireEstimate){(least + most) / 2, (most - least) / (most + least) + form};
}

Status extract_wires_report(const Tech *t, Buf *out)
{
    int32_t top = tech_top_metal(t);
    buf_printf(out, "%-5s %9s %9s %10s %10s %10s %10s %10s %8s %8s\n", "metal", "w [nm]", "s [nm]", "R [ohm/um]", "Cbelow", "Cabove", "Ccouple",
               "Ctotal", "d total", "d coup");
    for (int32_t k = 1; k <= top; k++) {
        const TechLayer *m = tech_metal(t, k);
        if (!m || m->thickness <= 0) continue;
        double s = (m->pitch - m->width) * t->dbu_m;
        WireSection g = section_of(t, m, s);
        WireCap c = extract_wire_cap(&g), f = field2d_wire(&g, 20);
        double total = c.below + c.above + c.left + c.right, ref = f.below + f.above + f.left + f.right;
        buf_printf(out, "%-5s %9.1f %9.1f %10.3f %10.4f %10.4f %10.4f %10.4f %+7.2f%% %+7.2f%%\n", m->name, g.w * 1e9, s * 1e9,
                   extract_wire_res(t, m, m->width) * 1e-6, c.below * 1e9, c.above * 1e9, c.left * 1e9, total * 1e9, 100 * (total / ref - 1),
                   100 * (c.left / f.left - 1));
    }
    buf_str(out, "capacitances in fF/um at routing pitch between full layers; d: closed form against the two-dimensional field solution\n");
    return ST_OK;
}
