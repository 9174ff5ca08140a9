/*
 * Sampled columns of the emitted netlist in ngspice. The netlist is read back from its file, as any other tool would read it;
 * nothing of the database it came from is used but the names of the crossbars.
 */
#include <jansson.h>
#include <math.h>

#include "cells/line.h"
#include "cells/timing.h"
#include "gen/base/io.h"
#include "gen/cosim_int.h"
#include "gen/wired.h"
#include "gen/model.h"
#include "verify/column.h"

#define STREAM_SPICE 0x5B1CEull

typedef struct {
    uint32_t tile, type;    /* of the plan; XbarFlat */
    ColumnJob job;
    ColumnRun run;
    double *sum;            /* [vectors] Σ w·x, with the wires of the synapses */
} Pick;

typedef struct {
    const Design *d;
    const Tech *t;
    XbarFlat **flat;        /* [types] NULL: not used */
    ColumnDrive drive;
    Pick *picks;
    const char *work;
    Status *st;             /* [picks] */
} Batch;

/* ---- what is simulated -------------------------------------------------------------------------------------- */

static bool feeds(const PlanLayer *l, const PlanTile *t, Chunk k, int32_t col)
{
    int32_t per_group = l->oc / l->groups;
    for (int32_t r = k.r0; r < k.r1 && t->col_o[col] >= 0; r++)
        if (t->row_k[r] >= 0 && t->row_k[r] / plan_rows(l) == t->col_o[col] / per_group) return true;
    return false;
}

/* The n-th column: layers in turn; tile, chunk and column drawn until that conversion really takes place. */
static void draw(Cosim *c, const BehaveModel *m, uint32_t n, uint32_t vectors, Pick *out)
{
    const Plan *p = c->p;
    uint32_t layer = c->layers.v[n % c->layers.n], tiles = 0;
    const PlanLayer *l = &p->layers.v[layer];
    for (uint32_t i = 0; i < p->tiles.n; i++) tiles += p->tiles.v[i].layer == layer;
    Chunk k;
    int32_t col;
    do {
        uint32_t nth = rng_below(&c->rng, tiles), i = 0;
        while (p->tiles.v[i].layer != layer || nth--) i++;
        const PlanTile *t = &p->tiles.v[i];
        int32_t chunks = (t->rows + l->rows_per_conv - 1) / l->rows_per_conv;
        k = cosim_chunk(p, t, (int32_t)rng_below(&c->rng, (uint32_t)chunks));
        col = (int32_t)rng_below(&c->rng, (uint32_t)t->cols);
        out->tile = i;
    } while (!feeds(l, &p->tiles.v[out->tile], k, col));
    const PlanTile *t = &p->tiles.v[out->tile];
    int8_t *w = arena_array(&c->arena, int8_t, (size_t)k.rows), *x = arena_array(&c->arena, int8_t, (size_t)k.rows * vectors);
    out->job = (ColumnJob){.column = (uint32_t)(t->col0 + col), .row0 = (uint32_t)k.row0, .rows = (uint32_t)k.rows, .w = w, .x = x,
                           .vectors = vectors};
    out->type = c->d->apu_type[t->core];
    out->sum = arena_array(&c->arena, double, vectors);
    cosim_weights(p, t, k, out->job.column, w);
    for (uint32_t v = 0; v < vectors; v++) {
        int8_t *xv = x + (size_t)v * (size_t)k.rows;
        /* High digits are often all zero: a vector that says nothing is drawn again a few times. */
        for (int attempt = 0; attempt < 8; attempt++) {
            bool any = false;
            cosim_vector(c, t, k, -1, xv);
            for (int32_t r = 0; r < k.rows; r++) any |= xv[r] != 0 && w[r] != 0;
            if (any) break;
        }
        for (int32_t r = 0; r < k.rows; r++) out->sum[v] += behave_weight(m, w[r]) * xv[r];
    }
}

static double known(double v) { return isnan(v) ? 0 : v; }

static double conversion_time(const Plan *p)
{
    double t = 0;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (l->op == PLAN_CONV) t = fmax(t, l->adc_bits * cells_t_clk((int)l->adc_gain));
    }
    return t;
}

static ColumnDrive drive_of(const Design *d)
{
    const CellChoice *c = &d->choice;
    uint32_t cols = 0;
    for (uint32_t i = 0; i < d->plan.cores.n; i++)
        if (core_phys_cols(&d->plan.cores.v[i]) > cols) cols = core_phys_cols(&d->plan.cores.v[i]);
    return (ColumnDrive){.r_row = known(c->row_driver->data.r_ohm) + known(c->ladder->data.r_ohm),
                         .c_pin = known(c->synapse->data.c_in), .share = cols,
                         .t_conversion = conversion_time(&d->plan)};
}

/* ---- running --------------------------------------------------------------------------------------------------- */

static Status run_pick(void *ctx, uint32_t i)
{
    Batch *b = ctx;
    Pick *k = &b->picks[i];
    char name[600];
    snprintf(name, sizeof name, "%s/column%u.sp", b->work, i);
    double limit = 120 + 0.5 * k->job.rows * (k->job.vectors + 1);
    b->st[i] = column_simulate(b->flat[k->type], b->t, &k->job, &b->drive, name, limit, &k->run);
    /* One column that does not converge does not end the others. */
    return b->st[i] == ST_VIOLATION ? ST_OK : b->st[i];
}

static Status read_netlist(Batch *b, Db *db, const char *dir, uint32_t n)
{
    Arena a = {0};
    tech_db_init(b->t, db, "netlist");
    Status st = spice_read(db, io_join(&a, dir, "netlist_rc.sp"));
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        uint32_t type = b->picks[i].type;
        if (b->flat[type]) continue;
        uint32_t core = b->d->plan.tiles.v[b->picks[i].tile].core;
        st = xbar_flatten(db, cosim_xbar(b->d, core), &b->flat[type]);
    }
    arena_free(&a);
    return st;
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

typedef struct {
    double n, x, y, xx, xy, yy;
} Line;

static void compare(const Design *d, const BehaveModel *m, const Pick *k, double lsb, SpiceColumn *out)
{
    const PlanTile *t = &d->plan.tiles.v[k->tile];
    const PlanLayer *l = &d->plan.layers.v[t->layer];
    const PlanCore *core = &d->plan.cores.v[t->core];
    double full = m->unit_v > 0 ? 7.0 * l->rows_per_conv * m->unit_v : m->step_v; /* of the largest input times the sum of weights */
    *out = (SpiceColumn){.layer = t->layer, .core = t->core, .column = k->job.column, .rows = (int32_t)k->job.rows,
                         .vectors = (int32_t)k->job.vectors, .ok = k->run.ok, .seconds = k->run.seconds};
    if (!k->run.ok) return;
    out->offset_v = k->run.v_zero;
    out->c_wires = k->run.c_wires;
    double square = 0;
    Line f = {0};
    for (uint32_t v = 0; v < k->job.vectors; v++) {
        double ideal = k->sum[v] * full / (7.0 * l->rows_per_conv), got = k->run.v[v] - k->run.v_zero;
        double want = behave_column_v(m, l, core, (int32_t)k->job.column, k->sum[v]), e = (got - want) / lsb;
        square += e * e;
        if (fabs(e) > out->worst_lsb) out->worst_lsb = fabs(e);
        if (fabs(got) > out->swing_v) out->swing_v = fabs(got);
        f.n++, f.x += ideal, f.y += got, f.xx += ideal * ideal, f.xy += ideal * got, f.yy += got * got;
    }
    out->rms_lsb = sqrt(square / f.n);
    double sxx = f.xx - f.x * f.x / f.n, sxy = f.xy - f.x * f.y / f.n, syy = f.yy - f.y * f.y / f.n;
    out->gain_spice = sxx > 0 ? sxy / sxx : NAN;
    out->gain_model = behave_column_v(m, l, core, (int32_t)k->job.column, 7.0 * l->rows_per_conv) / full;
    double left = sxx > 0 ? syy - sxy * sxy / sxx : syy;
    out->rms_fit_lsb = sqrt((left > 0 ? left : 0) / f.n) / lsb;
}

static void total(SpiceResult *r)
{
    double square = 0, fit = 0, n = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        const SpiceColumn *c = &r->col[i];
        if (!c->ok) continue;
        r->columns++;
        square += c->rms_lsb * c->rms_lsb * c->vectors;
        fit += c->rms_fit_lsb * c->rms_fit_lsb * c->vectors;
        n += c->vectors;
        if (c->worst_lsb > r->worst_lsb) r->worst_lsb = c->worst_lsb;
    }
    r->rms_lsb = n > 0 ? sqrt(square / n) : NAN;
    r->rms_fit_lsb = n > 0 ? sqrt(fit / n) : NAN;
}

static void tell(const Plan *p, const SpiceResult *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        const SpiceColumn *c = &r->col[i];
        if (!c->ok) continue;
        msg_verbose("spice %2u: layer %s core %u column %u, %d rows: %.3f LSB rms (worst %.2f, about its line %.3f), gain %.5f model %.5f, "
                    "offset %.1f uV, swing %.1f mV, wires %.2f fF, %.1f s", i, p->layers.v[c->layer].name, c->core, c->column, c->rows,
                    c->rms_lsb, c->worst_lsb, c->rms_fit_lsb, c->gain_spice, c->gain_model, c->offset_v * 1e6, c->swing_v * 1e3,
                    c->c_wires * 1e15, c->seconds);
    }
}

static Status simulate(Batch *b, Cosim *c, const BehaveModel *m, const char *dir, uint32_t columns, uint32_t vectors, uint32_t threads,
                       SpiceResult *out)
{
    Db db = {0};
    Arena a = {0};
    b->picks = arena_array(&a, Pick, columns);
    b->flat = arena_array(&a, XbarFlat *, b->d->types.n);
    b->st = arena_array(&a, Status, columns);
    for (uint32_t i = 0; i < columns; i++) draw(c, m, i, vectors, &b->picks[i]);
    Status st = column_folder(b->work, io_join(&a, dir, "models.sp"));
    bool read = st == ST_OK;
    if (st == ST_OK) st = read_netlist(b, &db, dir, columns);
    if (st == ST_OK) st = par_for(columns, threads, run_pick, b);
    if (st == ST_OK) {
        *out = (SpiceResult){.n = columns, .vectors = vectors, .lsb_v = 2.0 * 7.0 * m->step_v / (4 * 1024.0)};
        out->col = mem_calloc(columns + 1, sizeof *out->col);
        for (uint32_t i = 0; i < columns; i++) compare(b->d, m, &b->picks[i], out->lsb_v, &out->col[i]);
        total(out);
        tell(&b->d->plan, out);
        if (out->columns == 0) st = ST_VIOLATION; /* each was named */
    }
    for (uint32_t i = 0; i < columns; i++) mem_free(b->picks[i].run.v);
    for (uint32_t i = 0; i < b->d->types.n; i++) xbar_flat_free(b->flat[i]);
    if (read) db_free(&db);
    arena_free(&a);
    return st;
}

Status cosim_spice_model(const Design *d, const BehaveModel *m, const char *dir, const char *work, const Npy *x, uint32_t columns,
                         uint32_t vectors, uint32_t threads, SpiceResult *out)
{
    *out = (SpiceResult){0};
    Cosim c;
    TRY(cosim_begin(&c, d, x, STREAM_SPICE));
    Batch b = {.d = d, .t = &d->tech, .drive = drive_of(d), .work = work};
    Status st = simulate(&b, &c, m, dir, columns, vectors, threads, out);
    cosim_end(&c);
    return st;
}

/* ---- the current family ------------------------------------------------------------------------------------------ */

static LineJob line_job(const Design *d, const Pick *k, int8_t *x)
{
    const CellChoice *c = &d->choice;
    /* An inference begins with all inputs 0, as a chip's calibration does. */
    memset(x, 0, k->job.rows);
    memcpy(x + k->job.rows, k->job.x, (size_t)k->job.rows * k->job.vectors);
    return (LineJob){.synapse = c->synapse, .end = c->col_end, .bias = c->bias, .step = c->row_driver->param[1], .rest = d->tech.pulse_rest, .depth = (uint32_t)d->plan.cores.v[d->plan.tiles.v[k->tile].core].rows,
                     .row0 = k->job.row0, .rows = k->job.rows, .w = k->job.w, .x = x, .vectors = k->job.vectors + 1, .wire_f = line_wire(d), .wire_ohm = d->extract.col_r,
                     .idle_f = c->synapse->data.c_out, .load_f = c->sar_adc->data.c_in};
}

/* A variant with the wires that it was characterised with, if it was with any. */
static Status with_wires(const Design *d, const CellVariant *v, CellVariant *out, CellWires *wires)
{
    *out = *v;
    *wires = (CellWires){0};
    if (!strstr(v->provenance, CELLS_WITH_WIRES)) return ST_OK;
    TRY(wired_cell(&d->tech, &d->lib, v, wires));
    if (wires->v.n) out->wires = wires;
    return ST_OK;
}

Status cosim_lines(const Design *d, const BehaveModel *m, const Npy *x, uint32_t columns, uint32_t vectors, uint32_t threads, SpiceResult *out)
{
    *out = (SpiceResult){.n = columns, .vectors = vectors};
    Cosim c;
    TRY(cosim_begin(&c, d, x, STREAM_SPICE));
    Pick *p = arena_array(&c.arena, Pick, columns);
    LineJob *job = arena_array(&c.arena, LineJob, columns);
    double **v = arena_array(&c.arena, double *, columns);
    for (uint32_t i = 0; i < columns; i++) {
        draw(&c, m, i, vectors, &p[i]);
        job[i] = line_job(d, &p[i], arena_array(&c.arena, int8_t, (size_t)p[i].job.rows * (vectors + 1)));
        v[i] = arena_array(&c.arena, double, vectors + 1);
    }
    CellVariant synapse, end;
    CellWires wires[2];
    Status st = with_wires(d, d->choice.synapse, &synapse, &wires[0]), at_end = with_wires(d, d->choice.col_end, &end, &wires[1]);
    for (uint32_t i = 0; i < columns; i++) job[i].synapse = &synapse, job[i].end = &end;
    if (st == ST_OK) st = at_end;
    if (st == ST_OK) st = cells_lines(&d->tech, job, columns, threads, v);
    for (int k = 0; k < 2; k++) {
        arr_free(&wires[k].v);
        arena_free(&wires[k].arena);
    }
    out->col = mem_calloc(columns + 1, sizeof *out->col);
    for (uint32_t i = 0; i < columns && st == ST_OK; i++) {
        p[i].run = (ColumnRun){.ok = true, .v = v[i] + 1, .v_zero = v[i][0], .c_wires = job[i].depth * job[i].wire_f};
        BehaveModel own = *m; /* of a line as deep as this one */
        own.unit_v = line_unit(d, job[i].depth);
        out->lsb_v = behave_lsb_v(&d->plan.layers.v[d->plan.tiles.v[p[i].tile].layer], &own);
        compare(d, &own, &p[i], out->lsb_v, &out->col[i]);
    }
    if (st == ST_OK) {
        total(out);
        tell(&d->plan, out);
    }
    cosim_end(&c);
    return st;
}

Status cosim_spice(const Design *d, const char *dir, const char *work, const Npy *x, uint32_t columns, uint32_t vectors, uint32_t threads,
                   SpiceResult *out)
{
    BehaveModel m;
    TRY(model_of(d, &m));
    return cosim_spice_model(d, &m, dir, work, x, columns, vectors, threads, out);
}

void spice_free(SpiceResult *r)
{
    mem_free(r->col);
    memset(r, 0, sizeof *r);
}

/* NaN has no JSON: a column without a slope has none. */
static json_t *number(double v) { return isnan(v) ? json_null() : json_real(v); }

json_t *spice_json(const SpiceResult *r)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < r->n; i++) {
        const SpiceColumn *c = &r->col[i];
        json_t *j = json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "layer", (json_int_t)c->layer, "core", (json_int_t)c->core, "column",
                              (json_int_t)c->column, "rows", (json_int_t)c->rows, "vectors", (json_int_t)c->vectors, "converged", c->ok);
        if (c->ok) {
            json_object_set_new(j, "rms_lsb", number(c->rms_lsb));
            json_object_set_new(j, "worst_lsb", number(c->worst_lsb));
            json_object_set_new(j, "rms_fit_lsb", number(c->rms_fit_lsb));
            json_object_set_new(j, "gain_spice", number(c->gain_spice));
            json_object_set_new(j, "gain_model", number(c->gain_model));
            json_object_set_new(j, "offset_v", number(c->offset_v));
            json_object_set_new(j, "swing_v", number(c->swing_v));
            json_object_set_new(j, "wires_f", number(c->c_wires));
        }
        json_array_append_new(list, j);
    }
    json_t *j = json_pack("{s:I, s:I, s:f}", "columns", (json_int_t)r->columns, "vectors", (json_int_t)(r->columns * r->vectors), "lsb_v", r->lsb_v);
    json_object_set_new(j, "rms_lsb", number(r->rms_lsb));
    json_object_set_new(j, "worst_lsb", number(r->worst_lsb));
    json_object_set_new(j, "rms_fit_lsb", number(r->rms_fit_lsb));
    json_object_set_new(j, "each", list);
    return j;
}
