/* Corners: simulation, file. */
#include "cells/corners.h"

#include <math.h>

#include "cells/characterize_int.h"
#include "gen/base/io.h"

static const struct {
    const char *function;
    void (*make)(CharJob *j);
    void (*read)(CharJob *j);
} functions[] = {
    {"synapse", char_make_synapse_corner, char_read_synapse_corner},
    {"row_driver", char_make_row_driver, char_read_row_driver},
    {"block_switch", char_make_block_switch, char_read_block_switch},
    {"col_end", char_make_col_end, char_read_col_end},
    {"sar_adc", char_make_comparator, char_read_sar_corner},
};

static const double temperature[] = {-40, 27, 125};

/* ---- which ---------------------------------------------------------------------------------------------- */

static void point(CellPoints *p, const Tech *t, const TechCorner *c, double temp, int supply)
{
    arr_push(&p->v, tech_at(t, c, temp, t->vdd * (1 + supply * t->vdd_tol)));
}

/* Slow: thresholds up. It is worst at the lowest supply, fast at the highest. */
static void sign_off(CellPoints *p, const Tech *t)
{
    for (uint32_t i = 0; i < t->corners.n; i++) {
        const TechCorner *c = &t->corners.v[i];
        for (int hot = 0; hot <= 2; hot += 2) point(p, t, c, temperature[hot], c->n_dvt + c->p_dvt > 0 ? -1 : 1);
    }
}

static void everything(CellPoints *p, const Tech *t)
{
    for (uint32_t i = 0; i <= t->corners.n; i++)
        for (size_t k = 0; k < COUNTOF(temperature); k++)
            for (int s = -1; s <= 1; s++) point(p, t, i ? &t->corners.v[i - 1] : NULL, temperature[k], s);
}

void cells_corner_points(const Tech *t, bool all, CellPoints *out)
{
    if (all) everything(out, t);
    else sign_off(out, t);
}

/* ---- jobs --------------------------------------------------------------------------------------------------- */

/* Converters of one comparator size share its deck: the first of them has it. */
static const CharJob *same_comparator(const CharJob *jobs, uint32_t n, const CellVariant *v)
{
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(jobs[i].v->function, "sar_adc") && jobs[i].v->param[2] == v->param[2]) return &jobs[i];
    return NULL;
}

/* Functions, or variants by draw's names; none: all. */
typedef struct {
    const char *const *name;
    uint32_t n;
} CellNames;

static bool wanted(const void *names, const CellVariant *v)
{
    const CellNames *w = names;
    bool any = w->n == 0;
    for (uint32_t i = 0; i < w->n; i++) any |= cells_named(w->name[i], v);
    return any;
}

static Status check_names(const CellNames *w, const CellLibrary *lib)
{
    for (uint32_t k = 0; k < w->n; k++) {
        bool known = false;
        for (uint32_t i = 0; i < lib->v.n; i++)
            for (size_t f = 0; f < COUNTOF(functions); f++) known |= str_eq(lib->v.v[i].function, functions[f].function) && cells_named(w->name[k], &lib->v.v[i]);
        if (!known)
            return msg_error(ST_USAGE, "CHR-0006", (Loc){0}, "'%s' is not simulated at corners; known: synapse row_driver block_switch col_end sar_adc, or one variant: "
                             "col_end_r2_slvt", w->name[k]);
    }
    return ST_OK;
}

static uint32_t make_jobs(const Tech *t, const CellNames *names, const CellLibrary *lib, CharJob *jobs)
{
    uint32_t n = 0;
    bool memory = true;
    for (uint32_t i = 0; i < lib->v.n; i++)
        for (size_t f = 0; f < COUNTOF(functions); f++) {
            const CellVariant *v = &lib->v.v[i];
            if (!str_eq(functions[f].function, v->function) || !wanted(names, v)) continue;
            if (str_eq(v->function, "sar_adc") && same_comparator(jobs, n, v)) continue;
            jobs[n].memory = memory && str_eq(v->function, "synapse");
            memory = memory && !jobs[n].memory;
            job_begin(&jobs[n++], t, v, functions[f].make, functions[f].read);
        }
    return n;
}

static void put_cell(Buf *b, const CellVariant *v, const CellData *d)
{
    buf_printf(b, "    <cell function=\"%s\" name=\"%s\"", v->function, v->variant);
    cells_put_data(b, d);
    buf_str(b, "/>\n");
}

static const CellCorner *same_point(const CellCorners *c, const Tech *at)
{
    for (uint32_t i = 0; i < c->c.n; i++) {
        const CellCorner *k = &c->c.v[i];
        if (str_eq(k->process, at->corner ? at->corner->name : "tt") && fabs(k->temp_c - at->temp_c) < 1e-6 && fabs(k->vdd - at->vdd) < 1e-6) return k;
    }
    return NULL;
}

/* As many digits as were given: 0.72 V. */
static void put_head(Buf *b, const char *process, double temp_c, double vdd, const char *decks)
{
    buf_printf(b, "  <corner process=\"%s\" temp=\"%gC\" vdd=\"%.6gmV\" decks=\"%s\">\n", process, temp_c, vdd * 1e3, decks);
}

/* Cells that were not asked for stay as they were, and so does what their decks were. */
static void put_corner(Buf *b, const Tech *at, const CellLibrary *lib, const CellNames *names, const CellCorner *old, CharJob *jobs, uint32_t n)
{
    Buf decks = {0};
    char hex[65];
    if (old && names->n) buf_str(&decks, old->decks);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < jobs[i].n_decks; k++) buf_str(&decks, jobs[i].decks[k].sha256);
    sha256_hex(decks.s ? decks.s : "", decks.n, hex);
    buf_free(&decks);
    put_head(b, at->corner ? at->corner->name : "tt", at->temp_c, at->vdd, hex);
    for (uint32_t i = 0; i < lib->v.n; i++) {
        const CellVariant *v = &lib->v.v[i];
        const CharJob *j = NULL;
        for (uint32_t k = 0; k < n && !j; k++)
            if (jobs[k].v == v) j = &jobs[k];
        if (!j && str_eq(v->function, "sar_adc") && wanted(names, v)) j = same_comparator(jobs, n, v);
        const CellData *was = old && !wanted(names, v) ? cells_corner_data(old, v) : NULL;
        CellData now = j ? j->data : cells_data_none();
        if (j && str_eq(v->function, "sar_adc")) now.noise_v = char_sar_noise(at, v, j->part[1]);
        if (j && job_ran(j)) put_cell(b, v, &now);
        else if (was) put_cell(b, v, was);
    }
    buf_str(b, "  </corner>\n");
}

/* A point of the file that this run does not simulate. */
static void put_kept(Buf *b, const CellCorner *c)
{
    put_head(b, c->process, c->temp_c, c->vdd, c->decks);
    for (uint32_t i = 0; i < c->v.n; i++) put_cell(b, &c->v.v[i], &c->v.v[i].data);
    buf_str(b, "  </corner>\n");
}

static Status write_file(const char *path, const Buf *b)
{
    Out *o;
    TRY(out_open(path, &o));
    out_write(o, b->s, b->n);
    return out_commit(o, NULL, NULL);
}

static Status run(const Tech *t, bool all, const CellNames *names, const CellLibrary *lib, const CellCorners *old, const char *out, uint32_t threads)
{
    CellPoints p = {0};
    cells_corner_points(t, all, &p);
    CharJob *jobs = mem_calloc((size_t)p.v.n * lib->v.n, sizeof *jobs);
    uint32_t *first = mem_calloc((size_t)p.v.n + 1, sizeof *first);
    for (uint32_t k = 0; k < p.v.n; k++) first[k + 1] = first[k] + make_jobs(&p.v.v[k], names, lib, jobs + first[k]);
    Status st = jobs_run(jobs, first[p.v.n], threads);
    char simulator[32];
    char_simulator(simulator);
    Buf b = {0};
    buf_printf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Simulated by `apugen characterize` at corners; not edited by hand. -->\n"
                   "<corners tech=\"%s\" simulator=\"%s\">\n", t->name, simulator);
    for (uint32_t k = 0; k < p.v.n; k++) {
        for (uint32_t i = first[k]; i < first[k + 1]; i++)
            if (job_ran(&jobs[i])) jobs[i].read(&jobs[i]);
        put_corner(&b, &p.v.v[k], lib, names, same_point(old, &p.v.v[k]), jobs + first[k], first[k + 1] - first[k]);
    }
    for (uint32_t i = 0; i < old->c.n; i++) {
        bool again = false;
        for (uint32_t k = 0; k < p.v.n; k++) again |= same_point(old, &p.v.v[k]) == &old->c.v[i];
        if (!again) put_kept(&b, &old->c.v[i]);
    }
    buf_str(&b, "</corners>\n");
    Status wrote = write_file(out, &b);
    for (uint32_t i = 0; i < first[p.v.n]; i++) job_end(&jobs[i]);
    mem_free(jobs);
    mem_free(first);
    arr_free(&p.v);
    buf_free(&b);
    return st != ST_OK ? st : wrote;
}

Status cells_corners_run(const Tech *t, bool all, const char *const *names, uint32_t n_names, const char *out, uint32_t threads, CellWiring wiring)
{
    if (t->corners.n == 0)
        return msg_error(ST_INPUT, "CHR-0007", (Loc){0}, "technology %s has no <corner>: nothing but typical can be simulated", t->name);
    const CellNames some = {names, n_names};
    CellLibrary lib = {0};
    CellCorners old = {0};
    Arena a = {0};
    cells_variants(t, &lib);
    Status st = check_names(&some, &lib);
    if (st == ST_OK && !proc_available("ngspice")) st = msg_error(ST_IO, "PROC-0001", (Loc){0}, "ngspice not found: install it to characterise cells");
    if (st == ST_OK && n_names) st = cells_corners_read(t, &old);
    Status drawn = ST_OK; /* a cell that cannot be drawn is told, and simulated bare */
    CellWires *wires = char_wire(t, &lib, wanted, &some, st == ST_OK ? wiring : NULL, threads, &drawn);
    if (st == ST_OK) st = run(t, all, &some, &lib, &old, out ? out : io_join(&a, t->dir, "corners.xml"), threads);
    cells_corners_free(&old);
    arena_free(&a);
    char_wire_free(wires, &lib);
    cells_library_free(&lib);
    return st != ST_OK ? st : drawn;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

typedef struct { const char *tech, *simulator; } RawCorners;
static const Field corners_fields[] = {
    {"tech", T_STRING, U_NONE, offsetof(RawCorners, tech), true, 0, 0, NULL, "technology they were simulated with"},
    {"simulator", T_STRING, U_NONE, offsetof(RawCorners, simulator), true, 0, 0, NULL, "its version"},
    {0},
};
static const Field point_fields[] = {
    {"process", T_STRING, U_NONE, offsetof(CellCorner, process), true, 0, 0, NULL, "tt or a corner of tech.xml"},
    {"temp", T_REAL, U_TEMP, offsetof(CellCorner, temp_c), true, -60, 200, NULL, "temperature"},
    {"vdd", T_REAL, U_VOLTAGE, offsetof(CellCorner, vdd), true, 0.2, 6, NULL, "supply"},
    {"decks", T_STRING, U_NONE, offsetof(CellCorner, decks), true, 0, 0, NULL, "sha256 over the sha256 of the decks"},
    {0},
};

static Status read_cell(Arena *a, const XmlNode *n, CellCorner *c)
{
    Field f[CELLS_QUANTITIES + 4];
    CellVariant v;
    memset(&v, 0, sizeof v);
    v.data = cells_data_none();
    cells_data_fields(f);
    /* Quantities lie in v.data, the names beside it. */
    for (uint32_t i = 0; i <= CELLS_QUANTITIES; i++) f[i].offset += offsetof(CellVariant, data);
    f[CELLS_QUANTITIES] = (Field){"function", T_STRING, U_NONE, offsetof(CellVariant, function), true, 0, 0, NULL, "cell the variant is of"};
    f[CELLS_QUANTITIES + 1] = (Field){"name", T_STRING, U_NONE, offsetof(CellVariant, variant), true, 0, 0, NULL, "name of the variant"};
    f[CELLS_QUANTITIES + 2] = (Field){0};
    Status st = schema_read(a, n, f, 1e-9, &v);
    if (st == ST_OK) arr_push(&c->v, v);
    return st;
}

static Status read_corner(CellCorners *out, const XmlNode *n)
{
    static const char *const children[] = {"cell", NULL};
    CellCorner c = {0};
    Status st = schema_read(&out->arena, n, point_fields, 1e-9, &c);
    if (st == ST_OK) st = schema_children(n, children);
    for (const XmlNode *k = xml_child(n, "cell"); k && st == ST_OK; k = xml_next(k, "cell")) st = read_cell(&out->arena, k, &c);
    arr_push(&out->c, c);
    return st;
}

Status cells_corners_read(const Tech *t, CellCorners *out)
{
    static const char *const children[] = {"corner", NULL};
    *out = (CellCorners){0};
    const char *path = io_join(&out->arena, t->dir, "corners.xml");
    if (!io_exists(path)) {
        cells_corners_free(out);
        return ST_OK;
    }
    XmlNode *root = NULL;
    RawCorners raw = {0};
    Status st = xml_read(&out->arena, path, &root);
    if (st == ST_OK && !str_eq(root->name, "corners"))
        st = msg_error(ST_INPUT, "CELL-0006", xml_loc(root), "root element is <%s>, a file of corners begins with <corners>", root->name);
    if (st == ST_OK) st = schema_read(&out->arena, root, corners_fields, 1e-9, &raw);
    if (st == ST_OK && !str_eq(raw.tech, t->name))
        st = msg_error(ST_INPUT, "CELL-0003", xml_loc(root), "corners of technology '%s', wanted '%s'", raw.tech, t->name);
    if (st == ST_OK) st = schema_children(root, children);
    out->simulator = raw.simulator;
    for (const XmlNode *n = st == ST_OK ? xml_child(root, "corner") : NULL; n && st == ST_OK; n = xml_next(n, "corner")) st = read_corner(out, n);
    if (st != ST_OK) cells_corners_free(out);
    return st;
}

void cells_corners_free(CellCorners *c)
{
    for (uint32_t i = 0; i < c->c.n; i++) arr_free(&c->c.v[i].v);
    arr_free(&c->c);
    arena_free(&c->arena);
    *c = (CellCorners){0};
}

const CellData *cells_corner_data(const CellCorner *c, const CellVariant *v)
{
    for (uint32_t i = 0; i < c->v.n; i++)
        if (str_eq(c->v.v[i].function, v->function) && str_eq(c->v.v[i].variant, v->variant)) return &c->v.v[i].data;
    return NULL;
}

CellVariant cells_at_corner(const CellVariant *v, const CellCorner *corner)
{
    CellVariant c = *v;
    const CellData *d = corner ? cells_corner_data(corner, v) : NULL;
    if (!d) return c;
    const double *from = &d->gain;
    double *to = &c.data.gain;
    for (size_t i = 0; i < CELLS_QUANTITIES; i++)
        if (!isnan(from[i])) to[i] = from[i];
    if (isnan(d->tau_s) && !isnan(v->data.tau_s)) c.data.tau_s = INFINITY;
    if (isnan(d->tau4_s) && !isnan(v->data.tau4_s)) c.data.tau4_s = INFINITY;
    return c;
}
