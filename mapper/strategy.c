/*
 * Strategies: the packer's settings are tried one after another, and the plan that is best by the strategy's own figure stays. Lower bounds
 * say how far that is from what no plan can beat.
 */
#include "mapper/pack.h"
#include "mapper/program.h"

static int64_t up(int64_t n, int64_t d) { return (n + d - 1) / d; }

const char *const map_strategy_names[] = {"utilisation", "movement", "latency", "reloads", "accuracy", NULL};

/* ---- clocks ----------------------------------------------------------------------------------- */

/*
 * The writer takes a clock per row and two per tile; an APU, per digit and chunk, sampling and two conversions; the collector a clock per
 * column and the ring's way: they work at the same time, so the slowest counts.
 */
int64_t pack_position(const Plan *p, const PlanLayer *l, int64_t rows, int64_t tiles, int64_t chunks, int64_t cols, int64_t copies)
{
    int64_t bit = up((int64_t)(l->adc_gain < 2 ? 4 : 1) * (int64_t)(p->arch.clock_hz / 1e6), 100);
    int64_t sample = 2 + program_sample_clocks(&p->arch) + 2 * (program_start_clocks(&p->arch) + 2 + l->adc_bits * (bit < 1 ? 1 : bit));
    int64_t apu = up(1 + l->digits * chunks * plan_repeats(l) * sample, copies), writer = rows + 2 * tiles, collector = cols + 2 * tiles;
    int64_t most = apu > writer ? apu : writer;
    return most > collector ? most : collector;
}

/*
 * The n-th tile of a layer on each crossbar makes one CONV (mapper/program.c). While the CONVs of a cycle run, the host writes the next one's
 * weights, a clock per word and address; those of the first come while BUSY is low.
 */
int64_t pack_clocks(const Plan *p)
{
    int64_t sum = 0, run = 0, host = 0;
    uint32_t n_cores = p->cores.n, *seen = mem_calloc(n_cores, sizeof *seen);
    typedef struct { int64_t rows, tiles, chunks, cols; } Conv;
    ARRAY(Conv) conv = {0};
    if (p->cycles > 1) host = (int64_t)n_cores * p->arch.rows * 4 * (up(p->arch.cols, 16) + 1);
    for (uint32_t i = 0; i < p->tiles.n;) { /* tiles of a cycle and layer stand together */
        uint32_t layer = p->tiles.v[i].layer, cycle = p->tiles.v[i].cycle;
        const PlanLayer *l = &p->layers.v[layer];
        const PlanTensor *out = &p->tensors.v[l->out];
        memset(seen, 0, n_cores * sizeof *seen);
        conv.n = 0;
        for (; i < p->tiles.n && p->tiles.v[i].layer == layer && p->tiles.v[i].cycle == cycle; i++) {
            const PlanTile *t = &p->tiles.v[i];
            if (t->copy) continue;
            uint32_t round = seen[t->core]++;
            if (round == conv.n) arr_push(&conv, ((Conv){0}));
            Conv *c = &conv.v[round];
            int64_t chunks = up(t->rows, l->rows_per_conv);
            c->rows += pack_sent(t);
            c->cols += t->cols;
            c->tiles++;
            c->chunks = chunks > c->chunks ? chunks : c->chunks;
        }
        for (uint32_t k = 0; k < conv.n; k++)
            run += (int64_t)out->h * out->w * pack_position(p, l, conv.v[k].rows, conv.v[k].tiles, conv.v[k].chunks, conv.v[k].cols, plan_copies(p, layer));
        if (i < p->tiles.n && p->tiles.v[i].cycle == cycle) continue;
        sum += run > host || i == p->tiles.n ? run : host;
        run = 0;
    }
    arr_free(&conv);
    mem_free(seen);
    return sum;
}

/* ---- lower bounds ----------------------------------------------------------------------------- */

/* Dual feasible function (Martello, Toth 1990, bound L2; Fekete, Schepers 2001): rows x of a block count as … */
static int64_t weigh(int64_t x, int64_t block, int64_t least) { return x > block - least ? block : x < least ? 0 : x; }

/*
 * Least sum of weigh() over all ways to have k rows in at most `parts` blocks; k itself where that would take long (k is what the
 * identity, another dual feasible function, gives).
 */
static int64_t least_weight(int64_t k, int64_t parts, int64_t block, int64_t least)
{
    enum { K_MAX = 1024, PARTS_MAX = 64 };
    static const int64_t none = INT64_MAX / 2;
    int64_t best[K_MAX + 1];
    if (k % block == 0 || k > K_MAX || parts > PARTS_MAX) return k;
    for (int64_t i = 0; i <= k; i++) best[i] = i ? none : 0;
    for (int64_t n = 0; n < parts; n++)
        for (int64_t i = k; i > 0; i--)
            for (int64_t x = 1; x <= block && x <= i; x++) {
                int64_t v = best[i - x] + weigh(x, block, least);
                if (v < best[i]) best[i] = v;
            }
    return best[k];
}

/*
 * Blocks that no plan with as few conversions as this one's settings allow can go below. A column of a block has block_rows synapses, each of
 * one tile at most; a column of the matrix has its rows in ⌈K / rows per conversion⌉ chunks, so in at most that many times the blocks of a chunk.
 * What its parts weigh, summed over all columns, needs at least as many columns of blocks as their weight is worth.
 */
static int64_t blocks_bound(const Plan *p)
{
    int64_t br = p->arch.block_rows, best = 0;
    for (int64_t least = 1; least <= br / 2; least++) {
        int64_t sum = 0;
        for (uint32_t i = 0; i < p->layers.n; i++) {
            const PlanLayer *l = &p->layers.v[i];
            if (l->op != PLAN_CONV) continue;
            int64_t k = plan_rows(l), parts = up(k, l->rows_per_conv) * up(l->rows_per_conv, br);
            sum += (int64_t)l->oc * l->slices * least_weight(k, parts, br, least);
        }
        best = sum > best ? sum : best;
    }
    return up(best, br * p->arch.block_cols);
}

static int64_t area_bound(const Plan *p)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (l->op == PLAN_CONV) sum += (int64_t)plan_rows(l) * l->oc * l->slices;
    }
    return up(sum, (int64_t)p->arch.block_rows * p->arch.block_cols);
}

/* Each input of a position goes at least once to every crossbar's width of columns; each column is read at least once. */
static int64_t moved_bound(const Plan *p)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < p->layers.n; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (l->op != PLAN_CONV) continue;
        int64_t n = p->arch.dedicated ? 1 : pack_bundle(p, l);
        int64_t cols = n * (l->oc / l->groups) * l->slices, width = p->arch.dedicated ? cols : p->arch.cols;
        int64_t rows = l->groups / n * n * plan_rows(l) * up(cols, width) + l->groups % n * plan_rows(l);
        sum += (int64_t)p->tensors.v[l->out].h * p->tensors.v[l->out].w * (rows + (int64_t)l->oc * l->slices);
    }
    return sum;
}

void map_figures(const Plan *p, MapFigures *f)
{
    const PlanArch *a = &p->arch;
    int64_t per_load = a->dedicated ? INT64_MAX : (int64_t)p->cores.n * (a->rows / a->block_rows) * (a->cols / a->block_cols);
    int64_t words = (int64_t)p->cores.n * a->rows * 4 * up(a->cols, 16); /* of a load: the host writes whole weight memories */
    *f = (MapFigures){.blocks = p->blocks_used, .blocks_bound = p->blocks_bound, .area_bound = area_bound(p), .loads = p->cycles, .tiles = p->tiles.n};
    f->loads_bound = a->dedicated ? 1 : up(f->blocks_bound, per_load);
    f->reload_words = f->loads > 1 ? f->loads * words : 0;
    f->reload_bound = f->loads_bound > 1 ? f->loads_bound * words : 0;
    f->moved = f->reload_words;
    f->moved_bound = f->reload_bound + moved_bound(p);
    uint8_t *on = mem_calloc((size_t)p->cores.n * p->cycles, 1);
    for (uint32_t i = 0; i < p->tiles.n; i++) {
        const PlanTile *t = &p->tiles.v[i];
        const PlanLayer *l = &p->layers.v[t->layer];
        const PlanCore *c = &p->cores.v[t->core];
        int64_t all = (int64_t)p->tensors.v[l->out].h * p->tensors.v[l->out].w, copies = plan_copies(p, t->layer), pos = (all - t->copy + copies - 1) / copies;
        f->copies += t->copy > 0;
        f->moved += pos * (pack_sent(t) + t->cols);
        f->conversions += pos * plan_repeats(l) * l->digits * up(t->rows, l->rows_per_conv) * c->cols;
        on[(size_t)t->cycle * p->cores.n + t->core] = 1;
    }
    for (size_t i = 0; i < (size_t)p->cores.n * p->cycles; i++) f->crossbars += on[i];
    mem_free(on);
    f->clocks = pack_clocks(p);
}

/* ---- choice ----------------------------------------------------------------------------------- */

enum { KEYS = 4 };

static void keys_of(MapStrategy s, const MapFigures *f, int64_t key[KEYS])
{
    int64_t by[][KEYS] = {[MAP_UTILISATION] = {f->loads, f->blocks, f->clocks, f->moved},
                          [MAP_MOVEMENT] = {f->moved, f->loads, f->clocks, f->blocks},
                          [MAP_LATENCY] = {f->clocks, f->loads, f->blocks, f->moved},
                          [MAP_RELOADS] = {f->loads, f->clocks, f->blocks, f->moved},
                          [MAP_ACCURACY] = {f->clocks, f->loads, f->blocks, f->moved}};
    memcpy(key, by[s], sizeof by[s]);
}

/* Copies never make a layer slower; what they take is free. */
static void tell_copies(const Plan *p)
{
    for (uint32_t i = 0; i < p->layers.n; i++) {
        CopyShape s;
        const PlanLayer *l = &p->layers.v[i];
        if (l->op != PLAN_CONV || !pack_shape(p, i, &s) || s.copies < 2) continue;
        msg_info("mapper: %s is there %u times: about %lld clocks per position instead of %lld", l->name, s.copies, (long long)pack_position(p, l, s.rows, s.tiles, s.chunks, s.cols, s.copies),
                 (long long)pack_position(p, l, s.rows, s.tiles, s.chunks, s.cols, 1));
    }
}

static void try_all(Plan *p, MapStrategy strategy)
{
    PackSetting best = {0};
    int64_t best_key[KEYS] = {INT64_MAX};
    bool fast = strategy == MAP_LATENCY || strategy == MAP_ACCURACY;
    for (int32_t i = 0; i < 36; i++) {
        PackSetting s = {.share = i & 1, .split = i >> 1 & 1, .cut = (i >> 2) % 3, .spread = (i >> 2) / 3};
        MapFigures f;
        int64_t key[KEYS];
        pack_with(p, &s);
        if (fast) pack_copies(p);
        map_figures(p, &f);
        keys_of(strategy, &f, key);
        int32_t k = 0;
        while (k < KEYS - 1 && key[k] == best_key[k]) k++;
        if (key[k] >= best_key[k]) continue;
        best = s;
        memcpy(best_key, key, sizeof key);
    }
    pack_with(p, &best);
    if (fast) {
        pack_copies(p);
        tell_copies(p);
    }
    msg_verbose("mapper: strategy %s: blocks %s, layers cut %s%s, crossbars %s", map_strategy_names[strategy], best.share ? "shared" : "whole",
                best.cut == 2 ? "to fill a load" : best.cut ? "where a load is full" : "only if they must", best.split ? " and for speed" : "",
                best.spread == 2 ? "taken in turn" : best.spread ? "taken in turn where it costs no block" : "filled one after another");
}

Status pack_tiles(Plan *p, MapStrategy strategy)
{
    if (p->arch.dedicated) {
        TRY(pack_dedicated(p));
    } else {
        for (int32_t i = 0; i < p->arch.apus; i++) {
            PlanCore c = {arena_printf(&p->arena, "apu%d", i), p->arch.rows, p->arch.cols, p->arch.block_rows, p->arch.block_cols, p->arch.cols_per_adc};
            arr_push(&p->cores, c);
        }
        try_all(p, strategy);
    }
    p->blocks_bound = p->arch.dedicated ? area_bound(p) : blocks_bound(p);
    return ST_OK;
}
