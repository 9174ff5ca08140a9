/*
 * The ladder under all rows of a conversion, in ngspice: resistors of the emitted netlist, loads of its extracted row wires and of the
 * plan's weights, digits of the workload; the rows' errors are added up along each column as its weights do.
 */
#include <jansson.h>
#include <math.h>

#include "cells/timing.h"
#include "gen/base/io.h"
#include "gen/cosim_int.h"
#include "gen/load.h"
#include "verify/ladder.h"

#define STREAM_LADDER 0x1ADDE2ull

enum { TILES = 4, VECTORS = 8 };

/* One chunk of one tile. */
typedef struct {
    const PlanTile *t;
    const PlanLayer *l;
    Chunk k;
    uint32_t cols;
    int8_t *w;        /* [cols][rows] */
    int8_t *x;        /* [VECTORS][rows] */
    double *c;        /* [2][rows] */
} Pick;

static void draw(Cosim *c, uint32_t n, Pick *out)
{
    const Plan *p = c->p;
    uint32_t layer = c->layers.v[n % c->layers.n], tiles = 0, i = 0;
    for (uint32_t q = 0; q < p->tiles.n; q++) tiles += p->tiles.v[q].layer == layer;
    uint32_t nth = rng_below(&c->rng, tiles);
    while (p->tiles.v[i].layer != layer || nth--) i++;
    *out = (Pick){.t = &p->tiles.v[i], .l = &p->layers.v[layer], .cols = core_phys_cols(&p->cores.v[p->tiles.v[i].core])};
    int32_t chunks = (out->t->rows + out->l->rows_per_conv - 1) / out->l->rows_per_conv;
    out->k = cosim_chunk(p, out->t, (int32_t)rng_below(&c->rng, (uint32_t)chunks));
    size_t rows = (size_t)out->k.rows;
    out->w = arena_array(&c->arena, int8_t, rows * out->cols);
    out->x = arena_array(&c->arena, int8_t, rows * VECTORS);
    out->c = arena_array(&c->arena, double, 2 * rows);
    for (uint32_t q = 0; q < out->cols; q++) cosim_weights(p, out->t, out->k, q, out->w + q * rows);
    for (uint32_t v = 0; v < VECTORS; v++) cosim_vector(c, out->t, out->k, (int32_t)(v % (uint32_t)out->l->digits), out->x + v * rows);
}

/* Wires and synapses as extracted, and the capacitors that the weights join to XP or XN. A negative input swaps the two wires'
 * levels, not their loads. */
static void loads(const Design *d, const XbarFlat *f, Pick *k)
{
    const CellVariant *syn = d->choice.synapse;
    double *all = mem_calloc(2 * (size_t)xbar_rows(f), sizeof *all);
    xbar_row_caps(f, fmax(0, syn->data.c_in - 7 * syn->param[0]), all);
    size_t rows = (size_t)k->k.rows;
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < 2; n++) {
            double units = 0;
            for (uint32_t q = 0; q < k->cols; q++) {
                int32_t w = k->w[q * rows + r];
                if (w && (w < 0) == (n == 1)) units += abs(w);
            }
            k->c[n * rows + r] = all[n * xbar_rows(f) + (size_t)k->k.row0 + r] + units * syn->param[0];
        }
    mem_free(all);
}

/* Error of every column of every vector in LSB of the layer's converter. */
static void sum_up(const Tech *t, const Pick *k, const double *v, LadderResult *out, double *square)
{
    size_t rows = (size_t)k->k.rows;
    double lsb = 2.0 * 49.0 * k->l->rows_per_conv / ((double)k->l->adc_gain * ldexp(1.0, k->l->adc_bits));
    for (size_t i = 0; i < VECTORS; i++)
        for (uint32_t q = 0; q < k->cols; q++) {
            double err = 0;
            for (size_t r = 0; r < rows; r++) {
                int32_t w = k->w[q * rows + r], x = k->x[i * rows + r];
                double got = v[(i * 2 + (w < 0)) * rows + r] / t->ladder_step;
                err += abs(w) * (got - (w < 0 ? -x : x));
            }
            err /= lsb;
            *square += err * err;
            out->sums++;
            if (fabs(err) > out->worst_lsb) out->worst_lsb = fabs(err);
        }
}

static Status one(Cosim *c, const Db *netlist, const char *work, uint32_t n, LadderResult *out, double *square)
{
    const Design *d = c->d;
    Pick k;
    draw(c, n, &k);
    XbarFlat *f = NULL;
    TRY(xbar_flatten(netlist, cosim_xbar(d, k.t->core), &f));
    loads(d, f, &k);
    LadderJob job = {.rows = (uint32_t)k.k.rows, .vectors = VECTORS, .x = k.x, .c = k.c, .r_row = d->choice.row_driver->data.r_ohm,
                     .time = CELLS_T_SAMPLE};
    double *v = mem_calloc(2 * (size_t)VECTORS * job.rows, sizeof *v);
    char deck[600];
    snprintf(deck, sizeof deck, "%s/ladder%u.sp", work, n);
    Status st = ladder_simulate(f, &d->tech, &job, deck, 120, v);
    if (st == ST_OK) sum_up(&d->tech, &k, v, out, square);
    mem_free(v);
    xbar_flat_free(f);
    return st;
}

Status cosim_ladder(const Design *d, const char *dir, const char *work, const Npy *x, LadderResult *out)
{
    *out = (LadderResult){0};
    Cosim c;
    TRY(cosim_begin(&c, d, x, STREAM_LADDER));
    Db netlist = {0};
    tech_db_init(&d->tech, &netlist, "netlist");
    Status st = column_folder(work, io_join(&c.arena, dir, "models.sp"));
    if (st == ST_OK) st = spice_read(&netlist, io_join(&c.arena, dir, "netlist_rc.sp"));
    double square = 0;
    uint32_t n = c.layers.n < TILES ? c.layers.n : TILES;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) st = one(&c, &netlist, work, i, out, &square);
    out->rms_lsb = out->sums ? sqrt(square / out->sums) : 0;
    RowLoad load = load_of(&d->plan);
    out->bound = load_left(&load, d->choice.ladder, d->choice.synapse, d->extract.row_c);
    db_free(&netlist);
    cosim_end(&c);
    return st;
}

json_t *ladder_json(const LadderResult *r)
{
    return json_pack("{s:I, s:f, s:f, s:f}", "sums", (json_int_t)r->sums, "rms_lsb", r->rms_lsb, "worst_lsb", r->worst_lsb, "bound", r->bound);
}
