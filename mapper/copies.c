/* Copies of hot layers on what is free of the crossbars: positions are shared among them. */
#include "mapper/pack.h"

static int64_t up(int64_t n, int64_t d) { return (n + d - 1) / d; }

bool pack_shape(const Plan *p, uint32_t layer, CopyShape *out)
{
    const PlanLayer *l = &p->layers.v[layer];
    uint8_t *used = mem_calloc(p->cores.n, 1);
    bool fits = true;
    *out = (CopyShape){.copies = plan_copies(p, layer)};
    for (uint32_t i = 0; i < p->tiles.n; i++) {
        const PlanTile *t = &p->tiles.v[i];
        if (t->layer != layer || t->copy) continue;
        fits = fits && !used[t->core] && (out->tiles == 0 || t->cycle == out->cycle);
        used[t->core] = 1;
        out->cycle = t->cycle;
        out->tiles++;
        out->rows += pack_sent(t);
        out->cols += t->cols;
        int64_t chunks = up(t->rows, l->rows_per_conv);
        if (chunks > out->chunks) out->chunks = chunks;
    }
    mem_free(used);
    return fits && out->tiles > 0;
}

/* ---- room ------------------------------------------------------------------------------------ */

typedef struct {
    Plan *p;
    Sheet *sheet; /* [cores], of one cycle */
} Room;

static void fill(Room *m, uint32_t cycle)
{
    for (uint32_t c = 0; c < m->p->cores.n; c++) sheet_clear(&m->sheet[c]);
    for (uint32_t i = 0; i < m->p->tiles.n; i++) {
        const PlanTile *t = &m->p->tiles.v[i];
        int32_t br = m->p->arch.block_rows, bc = m->p->arch.block_cols;
        if (t->cycle == cycle) sheet_take(&m->sheet[t->core], t->row0, t->col0, (int32_t)up(t->rows, br) * br, (int32_t)up(t->cols, bc) * bc);
    }
}

/* A place for tile t on crossbar c, at a block. */
static bool place(Room *m, const PlanTile *t, uint32_t c, PlanTile *out)
{
    Sheet *s = &m->sheet[c];
    SheetSpot at;
    int32_t h = (int32_t)up(t->rows, s->br) * s->br, w = (int32_t)up(t->cols, s->bc) * s->bc;
    if (!sheet_best(s, h, w, 0, false, &at)) return false;
    *out = *t;
    out->core = c, out->row0 = at.r, out->col0 = at.c;
    return true;
}

/* ---- one layer --------------------------------------------------------------------------------- */

/* Tiles of the layer by crossbar. */
typedef struct {
    ARRAY(PlanTile) v; /* as they are in the plan, crossbars ascending */
    uint32_t n;        /* of one copy */
} Set;

static void set_of(const Plan *p, uint32_t layer, Set *s)
{
    for (uint32_t c = 0; c < p->cores.n; c++)
        for (uint32_t i = 0; i < p->tiles.n; i++)
            if (p->tiles.v[i].layer == layer && p->tiles.v[i].core == c) arr_push(&s->v, p->tiles.v[i]);
}

/* Tries one copy more on crossbars from..upto−1 that hold none of the layer's tiles; puts its tiles into add. */
static bool one_more(Room *m, const Set *have, uint32_t from, uint32_t upto, PlanTile *add)
{
    uint32_t k = 0;
    for (uint32_t c = from; c < upto && k < have->n; c++)
        if (place(m, &have->v.v[k], c, &add[k])) k++;
    return k == have->n;
}

/* Between any two copies, before the first and behind the last; numbers them anew in the order of the crossbars. */
static bool grow(Room *m, uint32_t layer)
{
    CopyShape shape;
    Set have = {0};
    Plan *p = m->p;
    if (!pack_shape(p, layer, &shape)) return false;
    fill(m, shape.cycle);
    set_of(p, layer, &have);
    have.n = (uint32_t)shape.tiles;
    PlanTile *add = mem_calloc(have.n, sizeof *add);
    bool found = false;
    uint32_t gap = 0;
    for (; gap <= shape.copies && !found; gap++) {
        uint32_t from = gap ? have.v.v[gap * have.n - 1].core + 1 : 0, upto = gap < shape.copies ? have.v.v[gap * have.n].core : p->cores.n;
        found = one_more(m, &have, from, upto, add);
    }
    if (found) {
        gap--;
        for (uint32_t i = 0; i < p->tiles.n; i++)
            if (p->tiles.v[i].layer == layer && p->tiles.v[i].copy >= gap) p->tiles.v[i].copy++;
        /* beside the layer's other tiles: tiles of a cycle and layer stand together */
        uint32_t at = 0;
        for (uint32_t i = 0; i < p->tiles.n; i++)
            if (p->tiles.v[i].layer == layer) at = i + 1;
        for (uint32_t k = 0; k < have.n; k++) {
            add[k].copy = gap;
            arr_push(&p->tiles, add[k]);
            for (uint32_t i = p->tiles.n - 1; i > at + k; i--) p->tiles.v[i] = p->tiles.v[i - 1];
            p->tiles.v[at + k] = add[k];
        }
    }
    mem_free(add);
    arr_free(&have.v);
    return found;
}

/* Clocks that one copy more would save; 0: none can be had, or the bus is as slow. */
static int64_t gain(const Plan *p, uint32_t layer)
{
    CopyShape s;
    const PlanLayer *l = &p->layers.v[layer];
    const PlanTensor *to = &p->tensors.v[l->out];
    if (l->op != PLAN_CONV || !pack_shape(p, layer, &s) || (s.copies + 1) * s.tiles > p->cores.n || s.copies >= (int64_t)to->h * to->w) return 0;
    int64_t now = pack_position(p, l, s.rows, s.tiles, s.chunks, s.cols, s.copies), then = pack_position(p, l, s.rows, s.tiles, s.chunks, s.cols, s.copies + 1);
    return (now - then) * to->h * to->w;
}

void pack_copies(Plan *p)
{
    Room m = {.p = p, .sheet = mem_calloc(p->cores.n, sizeof *m.sheet)};
    bool *full = mem_calloc(p->layers.n, sizeof *full);
    for (uint32_t c = 0; c < p->cores.n; c++) sheet_init(&m.sheet[c], &p->arch);
    for (;;) {
        uint32_t best = UINT32_MAX;
        int64_t most = 0;
        for (uint32_t i = 0; i < p->layers.n; i++) {
            int64_t g = full[i] ? 0 : gain(p, i);
            if (g > most) most = g, best = i;
        }
        if (best == UINT32_MAX) break;
        full[best] = !grow(&m, best);
    }
    for (uint32_t c = 0; c < p->cores.n; c++) sheet_free(&m.sheet[c]);
    mem_free(m.sheet);
    mem_free(full);
}
