/* Real weights and inputs for co-simulation: places in the plan, digits of the exact integer network. */
#include "gen/cosim_int.h"

#include "mapper/program.h"

Status cosim_begin(Cosim *c, const Design *d, const Npy *x, uint64_t stream)
{
    *c = (Cosim){.d = d, .p = &d->plan, .rng = rng_make(d->seed, stream)};
    const Plan *p = c->p;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        bool any = false;
        for (uint32_t k = 0; k < p->tiles.n; k++) any |= p->tiles.v[k].layer == i;
        if (p->layers.v[i].op == PLAN_CONV && p->layers.v[i].adc_bits > 0 && any) arr_push(&c->layers, i);
    }
    if (c->layers.n == 0 || x->shape[0] < 1) {
        cosim_end(c);
        return msg_error(ST_INPUT, "COS-0008", (Loc){0}, "no layer with weights and a converter, or no sample: nothing to co-simulate");
    }
    uint32_t have = x->shape[0] > UINT32_MAX ? UINT32_MAX : (uint32_t)x->shape[0];
    c->n_samples = have < COSIM_SAMPLES ? have : COSIM_SAMPLES;
    for (uint32_t i = 0; i < c->n_samples; i++) behave_exact(p, x, rng_below(&c->rng, have), &c->arena, &c->tensor[i]);
    return ST_OK;
}

void cosim_end(Cosim *c)
{
    arr_free(&c->layers);
    arena_free(&c->arena);
}

/* As the controller does it: always rows_per_conv rows; where the crossbar ends before, its last ones. */
Chunk cosim_chunk(const Plan *p, const PlanTile *t, int32_t number)
{
    const PlanLayer *l = &p->layers.v[t->layer];
    int32_t all = p->cores.v[t->core].rows;
    Chunk k = {.r0 = number * l->rows_per_conv, .rows = l->rows_per_conv};
    k.r1 = k.r0 + k.rows < t->rows ? k.r0 + k.rows : t->rows;
    k.row0 = t->row0 + k.r0;
    assert(k.rows <= all && k.r0 < t->rows);
    if (k.row0 + k.rows > all) k.row0 = all - k.rows;
    return k;
}

void cosim_vector(Cosim *c, const PlanTile *t, Chunk k, int32_t digit, int8_t *x)
{
    const PlanLayer *l = &c->p->layers.v[t->layer];
    const PlanTensor *to = &c->p->tensors.v[l->out];
    int32_t **tensor = c->tensor[rng_below(&c->rng, c->n_samples)];
    int32_t oy = (int32_t)rng_below(&c->rng, (uint32_t)to->h), ox = (int32_t)rng_below(&c->rng, (uint32_t)to->w);
    int32_t d = digit >= 0 ? digit : (int32_t)rng_below(&c->rng, (uint32_t)l->digits);
    int32_t *patch = mem_calloc((size_t)l->groups * (size_t)plan_rows(l), sizeof *patch);
    behave_patch(c->p, l, tensor[l->in[0]], oy, ox, patch);
    memset(x, 0, (size_t)k.rows);
    for (int32_t r = k.r0; r < k.r1; r++)
        if (t->row_k[r] >= 0) {
            int32_t v = plan_digit(patch[t->row_k[r]], d);
            x[t->row0 + r - k.row0] = (int8_t)(plan_turned(t->row0 + r) ? -v : v);
        }
    mem_free(patch);
}

void cosim_weights(const Plan *p, const PlanTile *t, Chunk k, uint32_t column, int8_t *w)
{
    uint32_t cols = core_phys_cols(&p->cores.v[t->core]);
    size_t rows = (size_t)p->cores.v[t->core].rows;
    uint8_t *bits = mem_calloc(rows * 4 * cols, 1);
    program_weights(p, t->core, t->cycle, cols, bits);
    for (int32_t r = 0; r < k.rows; r++) {
        const uint8_t *b = bits + (size_t)(k.row0 + r) * 4 * cols + column;
        int32_t m = b[0] | b[cols] << 1 | b[2 * cols] << 2;
        w[r] = (int8_t)(b[3 * cols] ? -m : m);
    }
    mem_free(bits);
}

const char *cosim_xbar(const Design *d, uint32_t core)
{
    CellId c = d->types.v[d->apu_type[core]].xbar;
    return db_name(&d->db, d->db.cells.v[c.i].name);
}
