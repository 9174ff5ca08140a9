/*
 * Weight digits as rectangles on the crossbars' blocks. A layer is a matrix of rows × (output, slice) columns, cut only
 * between blocks, along rows only between chunks of a conversion. Layers are taken in the order they run and fill the crossbars
 * of the current cycle (one load of weights) by best short side fit over guillotine cuts (Jylänki 2010); what does not fit
 * whole is cut to fill the largest hole; then a new cycle begins. So no cycle is needed twice in an inference.
 */
#include "mapper/map.h"

typedef struct {
    int32_t r0, c0, rows, cols; /* in blocks */
} Rect;

typedef ARRAY(Rect) Rects;

/* Part of a layer still to be placed: rows of one group bundle, from row r0, columns from c0 (in rows and columns). */
typedef struct {
    int32_t group0, groups, r0, rows, c0, cols;
} Piece;

typedef ARRAY(Piece) Pieces;

typedef struct {
    Plan *p;
    Rects *bins; /* free rectangles per core, in this cycle */
    int32_t bh, bw; /* blocks of a crossbar */
    uint32_t layer, cycle;
    bool used;   /* the cycle holds a tile */
} Pack;

static int32_t up(int32_t n, int32_t d) { return (n + d - 1) / d; }

static void new_cycle(Pack *k, bool first)
{
    if (!first) k->cycle++;
    k->used = false;
    for (uint32_t i = 0; i < k->p->cores.n; i++) {
        k->bins[i].n = 0;
        arr_push(&k->bins[i], ((Rect){0, 0, k->bh, k->bw}));
    }
}

/* Take rows × cols blocks from the corner of free rectangle f; what is left becomes two, the larger one whole. */
static void cut_free(Rects *bin, uint32_t f, int32_t rows, int32_t cols)
{
    Rect r = bin->v[f], below = {r.r0 + rows, r.c0, r.rows - rows, cols}, right = {r.r0, r.c0 + cols, rows, r.cols - cols};
    if ((r.rows - rows) * r.cols >= (r.cols - cols) * r.rows) below.cols = r.cols;
    else right.rows = r.rows;
    bin->v[f] = bin->v[--bin->n];
    if (below.rows > 0 && below.cols > 0) arr_push(bin, below);
    if (right.rows > 0 && right.cols > 0) arr_push(bin, right);
}

/* Rows and columns of a piece as a tile: which patch element and which digit stands where. */
static void add_tile(Pack *k, const Piece *pc, uint32_t core, int32_t r0, int32_t c0)
{
    Plan *p = k->p;
    const PlanLayer *l = &p->layers.v[k->layer];
    int32_t kr = plan_rows(l), ocg = l->oc / l->groups, per_group = ocg * l->slices;
    int32_t *row = arena_array(&p->arena, int32_t, (size_t)pc->rows), *o = arena_array(&p->arena, int32_t, (size_t)pc->cols), *s = arena_array(&p->arena, int32_t, (size_t)pc->cols);
    for (int32_t i = 0; i < pc->rows; i++) {
        int32_t at = pc->r0 + i;
        /* Several groups in one piece: each in its chunk, gpc groups per chunk, the rest of the chunk dummies. */
        int32_t gpc = adc_groups_per_chunk(l), chunk = at / l->rows_per_conv, in = at % l->rows_per_conv;
        bool bundled = pc->groups > 1, real = !bundled || (in < gpc * kr && chunk * gpc + in / kr < pc->groups);
        row[i] = !real ? -1 : bundled ? (pc->group0 + chunk * gpc) * kr + in : pc->group0 * kr + at;
    }
    for (int32_t i = 0; i < pc->cols; i++) {
        int32_t at = pc->c0 + i;
        o[i] = (pc->group0 + at / per_group) * ocg + at % per_group / l->slices;
        s[i] = at % l->slices;
    }
    PlanTile t = {k->layer, core, k->cycle, r0, c0, pc->rows, pc->cols, row, o, s};
    arr_push(&p->tiles, t);
    p->blocks_used += (int64_t)up(pc->rows, p->arch.block_rows) * up(pc->cols, p->arch.block_cols);
    k->used = true;
}

/* Free rectangle that holds the piece whole with the least left over on its shorter side. */
static bool find_whole(const Pack *k, int32_t h, int32_t w, uint32_t *core, uint32_t *at)
{
    int32_t best = INT32_MAX;
    for (uint32_t c = 0; c < k->p->cores.n; c++)
        for (uint32_t i = 0; i < k->bins[c].n; i++) {
            const Rect *r = &k->bins[c].v[i];
            int32_t dh = r->rows - h, dw = r->cols - w, score = (dh < dw ? dh : dw) * 64 + (dh > dw ? dh : dw);
            if (dh < 0 || dw < 0 || score >= best) continue;
            best = score, *core = c, *at = i;
        }
    return best != INT32_MAX;
}

/* Free rectangle that takes most of the piece, cut at chunks. unit: blocks of a chunk. */
static bool find_part(const Pack *k, int32_t h, int32_t w, int32_t unit, uint32_t *core, uint32_t *at, int32_t *ph, int32_t *pw)
{
    int32_t best = 0;
    for (uint32_t c = 0; c < k->p->cores.n; c++)
        for (uint32_t i = 0; i < k->bins[c].n; i++) {
            const Rect *r = &k->bins[c].v[i];
            int32_t rh = r->rows >= h ? h : r->rows / unit * unit, rw = r->cols < w ? r->cols : w;
            if (rh * rw <= best) continue;
            best = rh * rw, *core = c, *at = i, *ph = rh, *pw = rw;
        }
    return best > 0;
}

static void place_piece(Pack *k, Piece pc, Pieces *todo)
{
    const PlanArch *a = &k->p->arch;
    const PlanLayer *l = &k->p->layers.v[k->layer];
    int32_t h = up(pc.rows, a->block_rows), w = up(pc.cols, a->block_cols), ph = h, pw = w;
    uint32_t core, at;
    if (!find_whole(k, h, w, &core, &at)) {
        bool divisible = pc.groups == 1;
        if (!divisible || !find_part(k, h, w, l->rows_per_conv / a->block_rows, &core, &at, &ph, &pw)) {
            assert(k->used); /* an empty crossbar takes a chunk of any width */
            new_cycle(k, false);
            arr_push(todo, pc);
            return;
        }
    }
    int32_t rows = ph < h ? ph * a->block_rows : pc.rows, cols = pw < w ? pw * a->block_cols : pc.cols;
    Piece part = pc, below = pc, right = pc;
    part.rows = right.rows = rows;
    part.cols = cols;
    below.r0 += rows, below.rows -= rows;
    right.c0 += cols, right.cols -= cols;
    add_tile(k, &part, core, k->bins[core].v[at].r0 * a->block_rows, k->bins[core].v[at].c0 * a->block_cols);
    cut_free(&k->bins[core], at, ph, pw);
    if (below.rows > 0) arr_push(todo, below);
    if (right.cols > 0) arr_push(todo, right);
}

static void pack_layer(Pack *k)
{
    const PlanLayer *l = &k->p->layers.v[k->layer];
    int32_t kr = plan_rows(l), ocg = l->oc / l->groups, gpc = l->groups > 1 ? adc_groups_per_chunk(l) : 1;
    /* A bundle wider than the crossbar is no use: one group at a time then, which can be cut. */
    if (gpc * ocg * l->slices > k->p->arch.cols) gpc = 1;
    for (int32_t g = 0; g < l->groups; g += gpc) {
        int32_t n = g + gpc <= l->groups ? gpc : l->groups - g;
        Pieces todo = {0};
        arr_push(&todo, ((Piece){g, n, 0, n * kr, 0, n * ocg * l->slices}));
        while (todo.n) place_piece(k, todo.v[--todo.n], &todo);
        arr_free(&todo);
    }
}

static int64_t bound_blocks(const PlanArch *a, const PlanLayer *l)
{
    int64_t cells = (int64_t)plan_rows(l) * l->oc * l->slices, block = (int64_t)a->block_rows * a->block_cols;
    return (cells + block - 1) / block;
}

static Status pack_programmable(Plan *p)
{
    Pack k = {.p = p, .bh = p->arch.rows / p->arch.block_rows, .bw = p->arch.cols / p->arch.block_cols};
    for (int32_t i = 0; i < p->arch.apus; i++) {
        PlanCore c = {arena_printf(&p->arena, "apu%d", i), p->arch.rows, p->arch.cols, p->arch.block_rows, p->arch.block_cols, p->arch.cols_per_adc};
        arr_push(&p->cores, c);
    }
    k.bins = mem_calloc(p->cores.n, sizeof *k.bins);
    new_cycle(&k, true);
    for (k.layer = 0; k.layer < p->layers.n; k.layer++)
        if (p->layers.v[k.layer].op == PLAN_CONV) pack_layer(&k);
    for (uint32_t i = 0; i < p->cores.n; i++) arr_free(&k.bins[i]);
    mem_free(k.bins);
    p->cycles = k.cycle + 1;
    return ST_OK;
}

/* One crossbar per layer, groups block-diagonal, every chunk of whole groups. */
static Status pack_dedicated(Plan *p)
{
    Pack k = {.p = p};
    p->cycles = 1;
    for (k.layer = 0; k.layer < p->layers.n; k.layer++) {
        const PlanLayer *l = &p->layers.v[k.layer];
        if (l->op != PLAN_CONV) continue;
        int32_t kr = plan_rows(l), gpc = adc_groups_per_chunk(l), full = (l->groups - 1) / gpc;
        int64_t rows = l->groups > 1 ? (int64_t)full * l->rows_per_conv + (int64_t)(l->groups - full * gpc) * kr : kr, cols = (int64_t)l->oc * l->slices;
        if (rows > 65536 || cols > 65536 || (l->groups > 1 && kr > l->rows_per_conv) || (int32_t)p->cores.n >= p->arch.apus)
            return msg_error(ST_VIOLATION, "MAP-0031", (Loc){0}, "layer '%s' of %lld × %lld synapses does not fit architecture %s with %d crossbars", l->name,
                             (long long)rows, (long long)cols, p->arch.name, p->arch.apus);
        PlanCore c = {l->name, (int32_t)rows, (int32_t)cols, plan_block_rows(&p->arch, l), p->arch.block_cols, p->arch.cols_per_adc};
        arr_push(&p->cores, c);
        add_tile(&k, &(Piece){0, l->groups, 0, (int32_t)rows, 0, (int32_t)cols}, p->cores.n - 1, 0, 0);
    }
    return ST_OK;
}

Status pack_tiles(Plan *p)
{
    TRY(p->arch.dedicated ? pack_dedicated(p) : pack_programmable(p));
    for (uint32_t i = 0; i < p->layers.n; i++)
        if (p->layers.v[i].op == PLAN_CONV) p->blocks_bound += bound_blocks(&p->arch, &p->layers.v[i]);
    return ST_OK;
}
