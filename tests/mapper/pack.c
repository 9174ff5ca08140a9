/* Packing: strategies against each other, bounds against what can be counted by hand, shared blocks against plan_check. */
#include "mapper/pack.h"

#include "tests/mapper/model.h"
#include "tests/skip.h"

#include <criterion/criterion.h>

/* A plan of convolutions on [c][1][1] tensors: layer i has rows[i] inputs per group, cols[i] outputs per group, groups[i] groups. */
typedef struct {
    int32_t rows, outputs, groups, slices, rpc;
} Shape;

static PlanArch arch_gen2(void)
{
    static Arena a;
    PlanArch out;
    cr_assert_eq(arch_read("adelia-gen2", &a, &out), ST_OK);
    return out;
}

static Plan plan_of(const Shape *s, uint32_t n)
{
    Plan p = {.arch = arch_gen2(), .network = "made", .network_sha256 = ""};
    int32_t width = s[0].rows * s[0].groups;
    arr_push(&p.tensors, ((PlanTensor){"x", width, 1, 1, 1.0, 0, -7, 7}));
    for (uint32_t i = 0; i < n; i++) {
        int32_t oc = s[i].outputs * s[i].groups;
        const PlanTensor *in = &p.tensors.v[p.tensors.n - 1];
        uint32_t t = p.tensors.n - 1;
        if (in->c != s[i].rows * s[i].groups) { /* each layer has its own size: chain through a one-row layer is not needed, only shapes count */
            arr_push(&p.tensors, ((PlanTensor){arena_printf(&p.arena, "x%u", i), s[i].rows * s[i].groups, 1, 1, 1.0, 0, -7, 7}));
            t = p.tensors.n - 1;
        }
        PlanLayer l = {.name = arena_printf(&p.arena, "l%u", i), .op = PLAN_CONV, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = s[i].groups, .oc = oc,
                       .icg = s[i].rows, .slices = s[i].slices, .digits = 1, .rows_per_conv = s[i].rpc, .adc_bits = 10, .adc_gain = 4, .lo = -7, .hi = 7};
        l.in[0] = t;
        l.w = arena_array(&p.arena, int16_t, (size_t)oc * (size_t)s[i].rows);
        l.mul = l.mul_adc = arena_array(&p.arena, int32_t, (size_t)oc);
        l.add = l.add_adc = arena_array(&p.arena, int64_t, (size_t)oc);
        l.bias = arena_array(&p.arena, int32_t, (size_t)oc);
        arr_push(&p.tensors, ((PlanTensor){arena_printf(&p.arena, "y%u", i), oc, 1, 1, 1.0, 0, -7, 7}));
        l.out = p.tensors.n - 1;
        arr_push(&p.layers, l);
    }
    p.output = p.tensors.n - 1;
    return p;
}

/* Every digit placed once, no synapse twice, by a count of our own: plan_check also wants a chain of tensors, which these plans are not. */
static void placed_once(const Plan *p)
{
    Map synapse = {0};
    int64_t want = 0, have = 0;
    Map block = {0};
    for (uint32_t i = 0; i < p->layers.n; i++) want += (int64_t)plan_rows(&p->layers.v[i]) * p->layers.v[i].oc * p->layers.v[i].slices * plan_copies(p, i);
    for (uint32_t i = 0; i < p->tiles.n; i++) {
        const PlanTile *t = &p->tiles.v[i];
        const PlanLayer *l = &p->layers.v[t->layer];
        cr_assert(t->row0 % 16 == 0 && t->col0 % 4 == 0 && t->row0 + t->rows <= 256 && t->col0 + t->cols <= 64);
        cr_assert((t->rows + l->rows_per_conv - 1) / l->rows_per_conv <= (plan_rows(l) + l->rows_per_conv - 1) / l->rows_per_conv, "more chunks than the layer has");
        for (int32_t r = 0; r < t->rows; r++)
            for (int32_t c = 0; c < t->cols; c++) {
                if (t->row_k[r] < 0 || t->col_o[c] < 0) continue;
                uint64_t at = (((uint64_t)t->cycle * 6 + t->core) << 8 | (uint64_t)(t->row0 + r)) << 6 | (uint64_t)(t->col0 + c);
                uint32_t who;
                cr_assert(!map_get(&synapse, at, &who), "tiles %u and %u meet", who, i);
                map_set(&synapse, at, i);
                if (!t->copy) map_set(&block, (((uint64_t)t->cycle * 6 + t->core) << 4 | (uint64_t)((t->row0 + r) / 16)) << 4 | (uint64_t)((t->col0 + c) / 4), 1);
                have += t->row_k[r] / plan_rows(l) == t->col_o[c] / (l->oc / l->groups);
            }
    }
    cr_assert_eq(have, want, "%lld of %lld digits placed", (long long)have, (long long)want);
    cr_assert_eq((int64_t)block.n, p->blocks_used);
    map_free(&synapse);
    map_free(&block);
}

static Plan packed(const Shape *s, uint32_t n, MapStrategy strategy)
{
    Plan p = plan_of(s, n);
    msg_level(MSG_QUIET);
    cr_assert_eq(pack_tiles(&p, strategy), ST_OK);
    placed_once(&p);
    return p;
}

Test(pack, four_depthwise_groups_in_three_blocks)
{
    const Shape s = {9, 1, 64, 3, 16};
    Plan p = packed(&s, 1, MAP_UTILISATION);
    cr_assert_eq(p.blocks_used, 48);
    cr_assert_eq(p.blocks_bound, 48); /* 192 columns of nine rows: no two in one column of a block */
    plan_free(&p);
}

Test(pack, rests_of_eight_rows_share_a_block)
{
    const Shape s = {40, 64, 1, 3, 16};
    Plan p = packed(&s, 1, MAP_UTILISATION);
    cr_assert_eq(p.blocks_used, 120); /* 40 · 192 / 64 */
    cr_assert_eq(p.blocks_bound, 120);
    plan_free(&p);
}

Test(pack, nine_rows_leave_seven_that_eight_do_not_fit)
{
    /* One column each: 9 and 8 rows of a block's 16. By area two columns of blocks would do, 17 of 32 rows. */
    const Shape s[] = {{9, 4, 1, 1, 16}, {8, 4, 1, 1, 16}};
    Plan p = packed(s, 2, MAP_UTILISATION);
    cr_assert_eq(p.blocks_bound, 2);
    cr_assert_eq(p.blocks_used, 2);
    MapFigures f;
    map_figures(&p, &f);
    cr_assert_eq(f.area_bound, 2);
    plan_free(&p);
    const Shape t[] = {{9, 12, 1, 1, 16}, {9, 8, 1, 1, 16}, {7, 20, 1, 1, 16}};
    p = packed(t, 3, MAP_UTILISATION);
    cr_assert_eq(p.blocks_bound, 5); /* sevens stand below the nines */
    cr_assert_eq(p.blocks_used, 5);
    plan_free(&p);
}

/* Largest first puts the sixes in pairs, and three fives find no place: 6 + 5 + 5 fills a crossbar. */
Test(pack, whole_layers_where_largest_first_fails)
{
    const int32_t height[] = {6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    uint32_t bin[18];
    int32_t full[6] = {0};
    cr_assert(pack_fit(height, 18, 6, 16, bin));
    for (int32_t i = 0; i < 18; i++) full[bin[i]] += height[i];
    for (int32_t b = 0; b < 6; b++) cr_assert_eq(full[b], 16);
    cr_assert_not(pack_fit(height, 18, 5, 16, bin));
    cr_assert_not(pack_fit((const int32_t[]){9, 9, 9}, 3, 2, 16, bin), "27 of 32, but no two together");
    Shape s[18];
    for (int32_t i = 0; i < 18; i++) s[i] = (Shape){16 * height[i], 64, 1, 1, 16 * height[i]};
    Plan p = packed(s, 18, MAP_MOVEMENT);
    cr_assert_eq(p.cycles, 1);
    cr_assert_eq(p.tiles.n, 18, "a layer was cut: %u tiles", p.tiles.n);
    cr_assert_eq(p.blocks_used, p.blocks_bound);
    plan_free(&p);
}

Test(pack, every_strategy_is_best_by_its_own_figure)
{
    Rng rng = rng_make(7, 1);
    for (int32_t trial = 0; trial < 12; trial++) {
        Shape s[6];
        uint32_t n = 2 + rng_below(&rng, 5);
        for (uint32_t i = 0; i < n; i++) {
            bool depthwise = rng_below(&rng, 3) == 0;
            s[i] = (Shape){depthwise ? 9 : 1 + (int32_t)rng_below(&rng, 500), depthwise ? 1 : 1 + (int32_t)rng_below(&rng, 120), depthwise ? 8 + (int32_t)rng_below(&rng, 60) : 1,
                           1 + (int32_t)rng_below(&rng, 3), depthwise ? 16 : 16 << rng_below(&rng, 3)};
        }
        MapFigures f[4]; /* accuracy differs in its conversions, not in its packing */
        for (int32_t k = 0; k < 4; k++) {
            Plan p = packed(s, n, (MapStrategy)k);
            map_figures(&p, &f[k]);
            cr_assert_geq(f[k].blocks, f[k].blocks_bound);
            cr_assert_geq(f[k].blocks_bound, f[k].area_bound);
            cr_assert_geq(f[k].loads, f[k].loads_bound);
            cr_assert_geq(f[k].moved, f[k].moved_bound);
            cr_assert_leq(f[k].loads, f[k].loads_bound + 1);
            plan_free(&p);
        }
        for (int32_t k = 0; k < 4; k++) {
            cr_assert_leq(f[MAP_UTILISATION].loads * 100000 + f[MAP_UTILISATION].blocks, f[k].loads * 100000 + f[k].blocks);
            cr_assert_leq(f[MAP_MOVEMENT].moved, f[k].moved);
            cr_assert_leq(f[MAP_LATENCY].clocks, f[k].clocks);
            cr_assert_leq(f[MAP_RELOADS].loads, f[k].loads);
        }
        cr_assert_leq((double)f[MAP_UTILISATION].blocks, 1.10 * (double)f[MAP_UTILISATION].blocks_bound + 8, "trial %d: %lld of %lld", trial,
                      (long long)f[MAP_UTILISATION].blocks, (long long)f[MAP_UTILISATION].blocks_bound);
    }
}

/*
 * One layer that its converters hold up (31 rows: 32 + 2 clocks of the bus, 2 digits · 2 chunks of conversions) is on every crossbar as soon as there is room, one
 * that the bus holds up is not copied, and a copy never costs a weight load.
 */
Test(pack, copies_where_the_converters_are_the_slowest)
{
    Shape slow = {31, 8, 1, 1, 16}, full = {256, 64, 1, 1, 256};
    Plan p = plan_of(&slow, 1), u = plan_of(&slow, 1);
    MapFigures f, g;
    for (uint32_t i = 0; i < 2; i++) p.tensors.v[i].h = p.tensors.v[i].w = u.tensors.v[i].h = u.tensors.v[i].w = 6;
    cr_assert_eq(pack_tiles(&p, MAP_LATENCY), ST_OK);
    cr_assert_eq(pack_tiles(&u, MAP_UTILISATION), ST_OK);
    placed_once(&p);
    map_figures(&p, &f);
    map_figures(&u, &g);
    cr_assert_eq(plan_copies(&u, 0), 1u);
    cr_assert_eq(g.copies, 0);
    cr_assert_geq(plan_copies(&p, 0), 2u);
    cr_assert_eq(f.copies, (int64_t)plan_copies(&p, 0) - 1);
    cr_assert_lt(f.clocks, g.clocks);
    cr_assert_eq(plan_check(&p), ST_OK);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p.tiles.n; i++)
        if (p.tiles.v[i].copy == 0) p.tiles.v[n++] = p.tiles.v[i];
    p.tiles.n = n;
    map_figures(&p, &g);
    cr_assert_lt(f.clocks, g.clocks);
    cr_assert_eq(f.moved, g.moved, "copies share the positions: no word more");
    cr_assert_eq(f.conversions, g.conversions);
    plan_free(&p);
    plan_free(&u);
    Shape many[7] = {full, full, full, full, full, full, slow}; /* no room in the first load */
    p = packed(many, 7, MAP_LATENCY);
    map_figures(&p, &f);
    cr_assert_eq(f.loads, 2);
    cr_assert_eq(f.copies, 0, "one position cannot be shared");
    plan_free(&p);
}

/* The public keyword network: what the issue asks for, against the area alone. */
Test(pack, keyword_network, .timeout = 60)
{
    if (!kws_dir()) skip_test("../shared/workloads/kws is not there");
    Arena a = {0};
    Graph *g;
    Plan p;
    MapFigures f;
    PlanArch arch = arch_gen2();
    char *net = arena_printf(&a, "%s/ds_cnn_int8_qdq.onnx", kws_dir());
    msg_level(MSG_QUIET);
    cr_assert_eq(onnx_read(net, &g), ST_OK);
    cr_assert_eq(map_network(g, net, &arch, &(MapOptions){.rows_per_conv = 16}, &p), ST_OK);
    map_figures(&p, &f);
    cr_assert_eq(f.area_bound, 1032);
    cr_assert_eq(f.blocks_bound, 1116);
    cr_assert_leq((double)f.blocks, 1.10 * 1032);
    cr_assert_eq(f.loads, 1);
    plan_free(&p);
    graph_free(g);
    arena_free(&a);
}
