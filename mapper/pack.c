/*
 * Weight digits as rectangles on the crossbars' blocks. A layer is a matrix of rows × (output, slice) columns, cut along rows
 * between chunks of a conversion, or between blocks where that saves a load of weights for some more conversions. Layers are taken in the order they run and fill the crossbars of the current cycle (one load of
 * weights): largest pieces first, each where it begins the fewest blocks (best fit decreasing); what does not fit is cut to fill the
 * largest hole, or begins a new cycle; before that, few wide pieces are tried exactly (fit.c). So no cycle is needed twice in an inference.
 */
#include "mapper/pack.h"

#include <stdlib.h>

/* Rows r0 … and columns c0 … of one group bundle of a layer, and where they stand. */
typedef struct {
    uint32_t layer, order; /* order: in which pieces came */
    int32_t group0, groups, r0, rows, c0, cols;
    uint32_t core;
    int32_t row, col;      /* place of its first synapse */
} Piece;

typedef ARRAY(Piece) Pieces;

typedef struct {
    Plan *p;
    const PackSetting *set;
    Sheet *sheet, *saved; /* [cores] */
    Pieces cycle;         /* placed in this cycle */
    uint32_t number;      /* of the cycle */
    uint32_t orders;
} Pack;

static int32_t up(int32_t n, int32_t d) { return (n + d - 1) / d; }

/* ---- pieces of a layer ------------------------------------------------------------------------ */

int32_t pack_bundle(const Plan *p, const PlanLayer *l)
{
    int32_t n = l->groups > 1 ? adc_groups_per_chunk(l) : 1;
    return n * (l->oc / l->groups) * l->slices > p->arch.cols ? 1 : n;
}

/* How many pieces along rows and columns the clocks want: as many crossbars at work as the bus and the ring can serve. */
static void best_split(const Plan *p, const PlanLayer *l, int32_t rows, int32_t cols, int32_t *nr, int32_t *nc)
{
    int64_t best = INT64_MAX, chunks = up(rows, l->rows_per_conv), apus = p->arch.apus;
    for (int32_t c = up(cols, p->arch.cols); c <= up(cols, p->arch.cols) + apus && c * p->arch.block_cols <= cols; c++)
        for (int32_t r = up(rows, p->arch.rows); r <= chunks && r <= apus * 4; r++) {
            int64_t tiles = (int64_t)r * c, at_once = tiles < apus ? tiles : apus, n = (tiles + apus - 1) / apus;
            int64_t each = (chunks + r - 1) / r, h = each * l->rows_per_conv < rows ? each * l->rows_per_conv : rows;
            if (h > p->arch.rows) continue;
            int64_t t = n * pack_position(p, l, at_once * h, at_once, each, at_once * up(cols, c), 1);
            if (t < best) best = t, *nr = r, *nc = c;
        }
}

/* One group (or the only one) as a grid of pieces; a bundle of groups is never cut. */
static void add_pieces(Pack *k, uint32_t li, int32_t group0, int32_t groups, Pieces *out)
{
    const PlanArch *a = &k->p->arch;
    const PlanLayer *l = &k->p->layers.v[li];
    int32_t rows = groups * plan_rows(l), cols = groups * (l->oc / l->groups) * l->slices, rpc = l->rows_per_conv;
    int32_t nr = 1, nc = up(cols, a->cols), rest = rows % a->block_rows;
    if (groups == 1 && k->set->split) best_split(k->p, l, rows, cols, &nr, &nc);
    int32_t meet = rest ? a->block_rows / rest : 1; /* so many rests stand in one block */
    if (groups == 1 && k->set->share && meet > 1 && meet <= 4 && nc % meet && cols / up(nc, meet) / meet >= a->block_cols) nc = up(nc, meet) * meet;
    int32_t most = a->rows / rpc * rpc, h = up(up(rows, nr), rpc) * rpc, w = up(up(cols, nc), a->block_cols) * a->block_cols;
    h = h > most ? most : h;
    if (rows > a->rows || nr > 1) h = h < rows ? h : rows;
    else h = rows;
    if (w > a->cols) w = a->cols;
    for (int32_t c = 0; c < cols; c += w)
        for (int32_t r = 0; r < rows; r += h) {
            Piece pc = {.layer = li, .order = k->orders++, .group0 = group0, .groups = groups, .r0 = r, .c0 = c};
            pc.rows = rows - r < h ? rows - r : h;
            pc.cols = cols - c < w ? cols - c : w;
            arr_push(out, pc);
        }
}

static void layer_pieces(Pack *k, uint32_t li, Pieces *out)
{
    const PlanLayer *l = &k->p->layers.v[li];
    int32_t n = pack_bundle(k->p, l);
    for (int32_t g = 0; g < l->groups; g += n) add_pieces(k, li, g, g + n <= l->groups ? n : l->groups - g, out);
}

/* ---- placing ---------------------------------------------------------------------------------- */

/* Rows by which the piece may stand lower in its first block without needing one more block. */
static int32_t slack_of(const Pack *k, const Piece *pc)
{
    int32_t br = k->p->arch.block_rows;
    return k->set->share ? up(pc->rows, br) * br - pc->rows : 0;
}

static int32_t tiles_on(const Pack *k, uint32_t layer, uint32_t core)
{
    int32_t n = 0;
    for (uint32_t i = k->cycle.n; i-- > 0;) n += k->cycle.v[i].layer == layer && k->cycle.v[i].core == core;
    return n;
}

static void settle(Pack *k, Piece *pc, uint32_t core, const SheetSpot *at)
{
    const Sheet *s = &k->sheet[core];
    int32_t h = k->set->share ? at->h : up(at->h, s->br) * s->br, w = k->set->share ? at->w : up(at->w, s->bc) * s->bc;
    pc->core = core, pc->row = at->r, pc->col = at->c;
    sheet_take(&k->sheet[core], at->r, at->c, h, w);
    arr_push(&k->cycle, *pc);
}

static bool place(Pack *k, Piece *pc)
{
    int64_t best = INT64_MAX;
    uint32_t core = 0;
    SheetSpot at, spot = {0};
    for (uint32_t c = 0; c < k->p->cores.n; c++) {
        const Sheet *s = &k->sheet[c];
        /* Not shared: whole blocks, or the next piece would find half of one free. */
        int32_t h = k->set->share ? pc->rows : up(pc->rows, s->br) * s->br, w = k->set->share ? pc->cols : up(pc->cols, s->bc) * s->bc;
        if (!sheet_best(&k->sheet[c], h, w, slack_of(k, pc), k->set->share, &spot)) continue;
        int64_t load = k->set->spread ? tiles_on(k, pc->layer, c) : 0, cost = spot.cost;
        int64_t score = k->set->spread == 2 ? load << 32 | cost : cost << 32 | load;
        if (score >= best) continue;
        best = score, core = c, at = spot;
        at.h = pc->rows, at.w = pc->cols;
    }
    if (best == INT64_MAX) return false;
    settle(k, pc, core, &at);
    return true;
}

static int larger_first(const void *a, const void *b)
{
    const Piece *x = a, *y = b;
    int64_t ax = (int64_t)x->rows * x->cols, ay = (int64_t)y->rows * y->cols;
    if (ax != ay) return ax > ay ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_order(const void *a, const void *b)
{
    const Piece *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int64_t blocks_now(const Pack *k)
{
    int64_t n = 0;
    for (uint32_t c = 0; c < k->p->cores.n; c++) n += k->sheet[c].blocks;
    return n;
}

static void keep(Pack *k, bool restore)
{
    for (uint32_t c = 0; c < k->p->cores.n; c++) sheet_copy(restore ? &k->sheet[c] : &k->saved[c], restore ? &k->saved[c] : &k->sheet[c]);
}

/* All of it onto empty crossbars, largest first; as it was before if that does not fit, or takes more blocks than `limit`. */
static bool repack(Pack *k, const Pieces *add, int64_t limit)
{
    Pieces all = {0}, was = k->cycle;
    keep(k, false);
    for (uint32_t i = 0; i < was.n; i++) arr_push(&all, was.v[i]);
    for (uint32_t i = 0; add && i < add->n; i++) arr_push(&all, add->v[i]);
    if (all.n) qsort(all.v, all.n, sizeof *all.v, larger_first);
    for (uint32_t c = 0; c < k->p->cores.n; c++) sheet_clear(&k->sheet[c]);
    memset(&k->cycle, 0, sizeof k->cycle);
    bool fits = true;
    for (uint32_t i = 0; i < all.n && fits; i++) fits = place(k, &all.v[i]);
    fits = fits && blocks_now(k) <= limit;
    if (fits) arr_free(&was);
    else {
        arr_free(&k->cycle);
        k->cycle = was;
        keep(k, true);
    }
    arr_free(&all);
    return fits;
}

static bool place_all(Pack *k, Pieces *pieces)
{
    uint32_t n = k->cycle.n;
    keep(k, false);
    for (uint32_t i = 0; i < pieces->n; i++)
        if (!place(k, &pieces->v[i])) {
            k->cycle.n = n;
            keep(k, true);
            return false;
        }
    return true;
}

/* What does not fit largest first may fit otherwise: tried where no two pieces can stand side by side and they are few. */
static bool fit_exactly(Pack *k, const Pieces *add)
{
    int32_t height[PACK_FIT_MAX], br = k->p->arch.block_rows, top[PACK_FIT_MAX] = {0};
    uint32_t bin[PACK_FIT_MAX], n = 0;
    Pieces all = {0};
    if (k->cycle.n + add->n > PACK_FIT_MAX || k->p->cores.n > PACK_FIT_MAX) return false;
    for (uint32_t i = 0; i < k->cycle.n; i++) arr_push(&all, k->cycle.v[i]);
    for (uint32_t i = 0; i < add->n; i++) arr_push(&all, add->v[i]);
    bool fits = true;
    for (; n < all.n && fits; n++) {
        height[n] = up(all.v[n].rows, br);
        fits = 2 * all.v[n].cols > k->p->arch.cols;
    }
    fits = fits && pack_fit(height, n, k->p->cores.n, k->p->arch.rows / br, bin);
    if (fits) {
        k->cycle.n = 0;
        for (uint32_t c = 0; c < k->p->cores.n; c++) sheet_clear(&k->sheet[c]);
        for (uint32_t i = 0; i < all.n; i++) {
            settle(k, &all.v[i], bin[i], &(SheetSpot){top[bin[i]] * br, 0, all.v[i].rows, all.v[i].cols, 0});
            top[bin[i]] += height[i];
        }
    }
    arr_free(&all);
    return fits;
}

/* The part of a piece that fills the largest hole; the rest goes back to the pieces. */
static bool place_part(Pack *k, const Piece *pc, Pieces *rest)
{
    const PlanLayer *l = &k->p->layers.v[pc->layer];
    SheetSpot spot = {0}, at = {0};
    uint32_t core = 0;
    int32_t unit = k->set->cut == 2 ? k->p->arch.block_rows : l->rows_per_conv;
    if (l->groups > 1 && plan_rows(l) <= l->rows_per_conv) unit = l->rows_per_conv; /* a group stays in one chunk */
    for (uint32_t c = 0; c < k->p->cores.n && pc->groups == 1; c++)
        if (sheet_part(&k->sheet[c], pc->rows, pc->cols, unit, &spot) && (int64_t)spot.h * spot.w > (int64_t)at.h * at.w) at = spot, core = c;
    if (at.h == 0) return false;
    Piece part = *pc, below = *pc, right = *pc;
    part.rows = right.rows = at.h;
    part.cols = at.w;
    below.r0 += at.h, below.rows -= at.h;
    right.c0 += at.w, right.cols -= at.w;
    settle(k, &part, core, &at);
    below.order = k->orders++, right.order = k->orders++;
    if (below.rows > 0) arr_push(rest, below);
    if (right.cols > 0) arr_push(rest, right);
    return true;
}

/* ---- tiles ------------------------------------------------------------------------------------ */

/* Rows and columns of a piece as a tile that begins at its block: which patch element and which digit stands where. */
static void add_tile(Plan *p, const Piece *pc, uint32_t cycle, int32_t before_r, int32_t before_c)
{
    const PlanLayer *l = &p->layers.v[pc->layer];
    int32_t kr = plan_rows(l), ocg = l->oc / l->groups, per_group = ocg * l->slices, gpc = adc_groups_per_chunk(l);
    PlanTile t = {pc->layer, pc->core, cycle, pc->row - before_r, pc->col - before_c, pc->rows + before_r, pc->cols + before_c, NULL, NULL, NULL, 0};
    int32_t *row = arena_array(&p->arena, int32_t, (size_t)t.rows), *o = arena_array(&p->arena, int32_t, (size_t)t.cols), *s = arena_array(&p->arena, int32_t, (size_t)t.cols);
    for (int32_t i = 0; i < before_r; i++) row[i] = -1;
    for (int32_t i = 0; i < pc->rows; i++) {
        /* Several groups in one piece: each in its chunk, gpc groups per chunk, the rest of the chunk dummies. */
        int32_t at = pc->r0 + i, chunk = at / l->rows_per_conv, in = at % l->rows_per_conv;
        bool bundled = pc->groups > 1, real = !bundled || (in < gpc * kr && chunk * gpc + in / kr < pc->groups);
        row[before_r + i] = !real ? -1 : bundled ? (pc->group0 + chunk * gpc) * kr + in : pc->group0 * kr + at;
    }
    for (int32_t i = 0; i < before_c; i++) o[i] = -1;
    for (int32_t i = 0; i < pc->cols; i++) {
        int32_t at = pc->c0 + i;
        o[before_c + i] = (pc->group0 + at / per_group) * ocg + at % per_group / l->slices;
        s[before_c + i] = at % l->slices;
    }
    t.row_k = row, t.col_o = o, t.col_s = s;
    arr_push(&p->tiles, t);
}

/* The cycle is full: write its tiles in the order of layers, begin the next one. */
static void close_cycle(Pack *k)
{
    if (!k->cycle.n) return;
    repack(k, NULL, blocks_now(k));
    k->p->blocks_used += blocks_now(k);
    qsort(k->cycle.v, k->cycle.n, sizeof *k->cycle.v, by_order);
    for (uint32_t i = 0; i < k->cycle.n; i++) {
        const Piece *pc = &k->cycle.v[i];
        add_tile(k->p, pc, k->number, pc->row % k->p->arch.block_rows, pc->col % k->p->arch.block_cols);
    }
    k->cycle.n = 0;
    k->number++;
    for (uint32_t c = 0; c < k->p->cores.n; c++) sheet_clear(&k->sheet[c]);
}

/* Pieces one by one, cut where they must be, over as many cycles as they need. */
static void pour(Pack *k, Pieces *todo)
{
    while (todo->n) {
        Piece pc = todo->v[--todo->n];
        if (place(k, &pc) || place_part(k, &pc, todo)) continue;
        assert(k->cycle.n); /* an empty crossbar takes a chunk of any width */
        close_cycle(k);
        arr_push(todo, pc);
    }
}

static void pack_layer(Pack *k, uint32_t li)
{
    Pieces pieces = {0};
    layer_pieces(k, li, &pieces);
    if (!place_all(k, &pieces) && !repack(k, &pieces, INT64_MAX) && (k->set->cut || !fit_exactly(k, &pieces))) {
        if (!k->set->cut && k->cycle.n) close_cycle(k);
        if (!place_all(k, &pieces)) {
            /* taken from the end: turn round, so that the largest and first come first */
            for (uint32_t i = 0; i < pieces.n / 2; i++) {
                Piece t = pieces.v[i];
                pieces.v[i] = pieces.v[pieces.n - 1 - i], pieces.v[pieces.n - 1 - i] = t;
            }
            pour(k, &pieces);
        }
    }
    arr_free(&pieces);
}

void pack_with(Plan *p, const PackSetting *s)
{
    Pack k = {.p = p, .set = s};
    p->tiles.n = 0;
    p->blocks_used = 0;
    k.sheet = mem_calloc(p->cores.n, sizeof *k.sheet);
    k.saved = mem_calloc(p->cores.n, sizeof *k.saved);
    for (uint32_t c = 0; c < p->cores.n; c++) sheet_init(&k.sheet[c], &p->arch), sheet_init(&k.saved[c], &p->arch);
    for (uint32_t li = 0; li < p->layers.n; li++)
        if (p->layers.v[li].op == PLAN_CONV) pack_layer(&k, li);
    close_cycle(&k);
    p->cycles = k.number ? k.number : 1;
    for (uint32_t c = 0; c < p->cores.n; c++) sheet_free(&k.sheet[c]), sheet_free(&k.saved[c]);
    mem_free(k.sheet);
    mem_free(k.saved);
    arr_free(&k.cycle);
}

/* One crossbar per layer, groups block-diagonal, every chunk of whole groups. */
Status pack_dedicated(Plan *p)
{
    p->cycles = 1;
    for (uint32_t li = 0; li < p->layers.n; li++) {
        const PlanLayer *l = &p->layers.v[li];
        if (l->op != PLAN_CONV) continue;
        int32_t kr = plan_rows(l), gpc = adc_groups_per_chunk(l), full = (l->groups - 1) / gpc;
        int64_t rows = l->groups > 1 ? (int64_t)full * l->rows_per_conv + (int64_t)(l->groups - full * gpc) * kr : kr, cols = (int64_t)l->oc * l->slices;
        if (rows > 65536 || cols > 65536 || (l->groups > 1 && kr > l->rows_per_conv) || (int32_t)p->cores.n >= p->arch.apus)
            return msg_error(ST_VIOLATION, "MAP-0031", (Loc){0}, "layer '%s' of %lld × %lld synapses does not fit architecture %s with %d crossbars", l->name,
                             (long long)rows, (long long)cols, p->arch.name, p->arch.apus);
        PlanCore c = {l->name, (int32_t)rows, (int32_t)cols, plan_block_rows(&p->arch, l), p->arch.block_cols, p->arch.cols_per_adc};
        arr_push(&p->cores, c);
        Piece pc = {.layer = li, .groups = l->groups, .rows = (int32_t)rows, .cols = (int32_t)cols, .core = p->cores.n - 1};
        add_tile(p, &pc, 0, 0, 0);
        p->blocks_used += (int64_t)up(pc.rows, p->arch.block_rows) * up(pc.cols, p->arch.block_cols);
    }
    return ST_OK;
}
