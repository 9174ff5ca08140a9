/* LP gate: known optima, brute force, proofs by duality, and GLPK's own failures. */
#include "tests/base/common.h"

#include <criterion/redirect.h>
#include <math.h>

#include "gen/base/lp.h"

static LpResult run(Lp *p, const LpOptions *opt, LpStatus want)
{
    LpResult r;
    cr_assert_eq(lp_solve(p, opt, &r), ST_OK);
    cr_assert_eq(r.status, want, "status %d", r.status);
    cr_assert_eq(r.x != NULL, want == LP_OPTIMAL || want == LP_FEASIBLE);
    return r;
}

/* ---- linear programmes ------------------------------------------------------------------------- */

/* Hillier, Lieberman, Introduction to Operations Research, §3.1: optimum 36 at (2, 6). */
TEST(lp, known_optimum)
{
    Lp *p = lp_new();
    int x = lp_col(p, "x", 0, 4, -3, false), y = lp_col(p, "y", 0, LP_INF, -5, false);
    cr_assert(x == 0 && y == 1);
    cr_assert_eq(lp_row(p, -LP_INF, 12, 1, &y, (double[]){2}), 0);
    cr_assert_eq(lp_row(p, -LP_INF, 18, 2, (int[]){x, y}, (double[]){3, 2}), 1);
    LpResult r = run(p, NULL, LP_OPTIMAL);
    cr_assert(r.objective == -36 && r.x[0] == 2 && r.x[1] == 6 && r.bound == -36 && r.gap == 0);
    mem_free(r.x);
    lp_free(p);
    lp_free(NULL);
}

TEST(lp, infeasible_unbounded_and_crossed)
{
    Lp *p = lp_new();
    int x = lp_col(p, "x", 0, LP_INF, 1, false), y = lp_col(p, "y", 0, LP_INF, 1, false);
    lp_row(p, 3, LP_INF, 2, (int[]){x, y}, (double[]){1, 1});
    lp_row(p, -LP_INF, 2, 2, (int[]){x, y}, (double[]){1, 1});
    run(p, NULL, LP_INFEASIBLE);
    lp_free(p);
    p = lp_new();
    x = lp_col(p, "x", -LP_INF, LP_INF, 1, false);
    y = lp_col(p, "y", 0, LP_INF, 0, false);
    lp_row(p, -LP_INF, 5, 2, (int[]){x, y}, (double[]){1, 1});
    run(p, NULL, LP_UNBOUNDED);
    lp_row(p, -7, LP_INF, 1, &x, (double[]){1});
    LpResult r = run(p, NULL, LP_OPTIMAL);
    cr_assert_eq(r.objective, -7);
    mem_free(r.x);
    lp_row(p, 2, 1, 1, &x, (double[]){1});
    run(p, NULL, LP_INFEASIBLE);
    lp_free(p);
    p = lp_new();
    lp_col(p, "x", 2, 1, 0, true);
    run(p, NULL, LP_INFEASIBLE);
    lp_free(p);
    p = lp_new(); /* infeasible and unbounded in another direction: the presolver alone could not tell */
    x = lp_col(p, "x", 0, LP_INF, -1, false);
    y = lp_col(p, "y", 0, LP_INF, 0, false);
    int z = lp_col(p, "z", 0, LP_INF, 0, false);
    lp_row(p, 1, 1, 2, (int[]){y, z}, (double[]){1, 1});
    lp_row(p, 3, 3, 2, (int[]){y, z}, (double[]){2, 1});
    run(p, NULL, LP_INFEASIBLE);
    lp_free(p);
}

TEST(lp, empty_and_without_rows)
{
    Lp *p = lp_new();
    LpResult r = run(p, NULL, LP_OPTIMAL);
    cr_assert_eq(r.objective, 0);
    mem_free(r.x);
    lp_row(p, 0, 1, 0, NULL, NULL);
    mem_free(run(p, NULL, LP_OPTIMAL).x);
    lp_row(p, 1, 2, 0, NULL, NULL);
    run(p, NULL, LP_INFEASIBLE);
    lp_free(p);
    for (int integer = 0; integer < 2; integer++) {
        p = lp_new();
        lp_col(p, NULL, -2.5, 7, 1, integer);
        lp_col(p, NULL, -2, 7.5, -1, integer);
        lp_col(p, NULL, -LP_INF, LP_INF, 0, integer);
        r = run(p, NULL, LP_OPTIMAL);
        cr_assert_eq(r.objective, integer ? -9 : -10, "%g", r.objective);
        mem_free(r.x);
        lp_free(p);
    }
}

/* ---- integer programmes ------------------------------------------------------------------------ */

enum { ITEMS = 12 };

typedef struct {
    int value[ITEMS], weight[2][ITEMS], room[2];
} Bag;

static Bag bag(uint64_t seed)
{
    Rng r = rng_make(seed, 0);
    Bag b = {.room = {0}};
    for (int i = 0; i < ITEMS; i++) {
        b.value[i] = 5 + (int)rng_below(&r, 40);
        for (int k = 0; k < 2; k++) b.room[k] += b.weight[k][i] = 3 + (int)rng_below(&r, 30);
    }
    for (int k = 0; k < 2; k++) b.room[k] /= 2;
    return b;
}

static int best_by_force(const Bag *b)
{
    int best = 0;
    for (unsigned set = 0; set < 1u << ITEMS; set++) {
        int value = 0, weight[2] = {0};
        for (int i = 0; i < ITEMS; i++)
            if (set >> i & 1) value += b->value[i], weight[0] += b->weight[0][i], weight[1] += b->weight[1][i];
        if (weight[0] <= b->room[0] && weight[1] <= b->room[1] && value > best) best = value;
    }
    return best;
}

static Lp *bag_lp(const Bag *b)
{
    Lp *p = lp_new();
    int cols[ITEMS];
    double w[ITEMS];
    for (int i = 0; i < ITEMS; i++) cols[i] = lp_col(p, "take", 0, 1, -b->value[i], true);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < ITEMS; i++) w[i] = b->weight[k][i];
        lp_row(p, -LP_INF, b->room[k], ITEMS, cols, w);
    }
    return p;
}

TEST(lp, integer_optimum_is_that_of_brute_force)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        Bag b = bag(seed);
        Lp *p = bag_lp(&b);
        double start[ITEMS] = {1}, broken[ITEMS], half[ITEMS] = {0.5};
        for (int i = 0; i < ITEMS; i++) broken[i] = 1;
        const LpOptions options[] = {{0}, {.cuts = true}, {.start = start}, {.cuts = true, .start = start}, {.start = broken}, {.start = half}};
        for (size_t o = 0; o < COUNTOF(options); o++) {
            LpResult r = run(p, &options[o], LP_OPTIMAL);
            cr_assert_eq(r.objective, -best_by_force(&b), "seed %d, options %zu: %g", (int)seed, o, r.objective);
            cr_assert(r.bound == r.objective && r.gap == 0);
            for (int i = 0; i < ITEMS; i++) cr_assert(r.x[i] == 0 || r.x[i] == 1);
            mem_free(r.x);
        }
        lp_free(p);
    }
}

/* Jeroslow 1974: 2 (x1 + … + xn) + y = n, n odd: without y = 1 no solution, but branch and bound has to try 2^(n/2) nodes. */
static Lp *jeroslow(int n, double y_max)
{
    Lp *p = lp_new();
    int cols[40];
    double two[40];
    for (int i = 0; i < n; i++) cols[i] = lp_col(p, NULL, 0, 1, 0, true), two[i] = 2;
    cols[n] = lp_col(p, "y", 0, y_max, 1, true);
    two[n] = 1;
    lp_row(p, n, n, n + 1, cols, two);
    return p;
}

TEST(lp, node_limit_and_bound)
{
    Lp *p = jeroslow(31, 0);
    LpOptions few = {.node_limit = 500};
    LpResult r = run(p, &few, LP_LIMIT);
    cr_assert(r.nodes >= 500 && r.nodes < 520, "%lld nodes", (long long)r.nodes);
    lp_free(p);
    p = jeroslow(9, 0);
    run(p, NULL, LP_INFEASIBLE);
    lp_free(p);
    p = jeroslow(31, 1);
    double start[32] = {0};
    for (int i = 0; i < 15; i++) start[i] = 1;
    start[31] = 1;
    LpOptions with = {.node_limit = 500, .start = start};
    r = run(p, &with, LP_FEASIBLE);
    cr_assert(r.objective == 1 && r.bound == 0 && r.gap == 1, "%g %g", r.objective, r.bound);
    mem_free(r.x);
    LpOptions loose = {.node_limit = 500, .start = start, .gap = 2};
    r = run(p, &loose, LP_FEASIBLE);
    cr_assert(r.nodes < 10 && r.objective == 1 && r.bound <= 0);
    mem_free(r.x);
    lp_free(p);
}

TEST(lp, gap_stops_early_with_a_true_bound)
{
    int early = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        Bag b = bag(seed);
        Lp *p = bag_lp(&b);
        LpOptions opt = {.gap = 0.1};
        LpResult r;
        cr_assert_eq(lp_solve(p, &opt, &r), ST_OK);
        cr_assert(r.status == LP_FEASIBLE || r.status == LP_OPTIMAL);
        double best = -best_by_force(&b);
        cr_assert(r.bound <= best + 1e-6 && r.objective >= best && r.gap <= 0.1 + 1e-9 && r.gap >= 0);
        early += r.status == LP_FEASIBLE;
        mem_free(r.x);
        lp_free(p);
    }
    cr_assert_gt(early, 3);
}

/* x <= 1e7 y: within GLPK's tolerance y = 1e-7 would pay for x = 1. What comes out keeps the row with a whole y. */
TEST(lp, big_m_does_not_leak)
{
    for (double m = 1e3; m < 1e9; m *= 10) {
        Lp *p = lp_new();
        int x = lp_col(p, "x", 0, 5, -1, false), y = lp_col(p, "y", 0, 1, 3, true), z = lp_col(p, "z", 0, 0.5, 0.1, false);
        lp_row(p, -LP_INF, 0, 2, (int[]){x, y}, (double[]){1, -m});
        lp_row(p, 0, LP_INF, 2, (int[]){z, x}, (double[]){1, -0.1});
        LpResult r;
        cr_assert_eq(lp_solve(p, NULL, &r), ST_OK);
        if (r.status == LP_OPTIMAL) {
            cr_assert(r.x[1] == 0 || r.x[1] == 1);
            cr_assert(r.x[0] <= m * r.x[1] + 1e-5 && r.x[2] >= 0.1 * r.x[0] - 1e-5, "%g %g %g", r.x[0], r.x[1], r.x[2]);
            if (m < 1e5) cr_assert(fabs(r.objective - (-5 + 3 + 0.05)) < 1e-9, "%g", r.objective);
        }
        mem_free(r.x);
        lp_free(p);
    }
}

static void solve_bag(uint64_t seed, bool cuts, LpResult *r)
{
    Bag b = bag(seed);
    Lp *p = bag_lp(&b);
    LpOptions opt = {.cuts = cuts};
    if (lp_solve(p, &opt, r) != ST_OK) r->status = LP_FAILED;
    lp_free(p);
}

static Status solve_in_thread(void *ctx, uint32_t i)
{
    solve_bag(i / 2, i % 2, &((LpResult *)ctx)[i]);
    return ST_OK;
}

TEST(lp, same_bits_in_any_thread)
{
    LpResult one[40], many[40];
    par_for(40, 1, solve_in_thread, one);
    par_for(40, 4, solve_in_thread, many);
    for (int i = 0; i < 40; i++) {
        cr_assert(one[i].status == LP_OPTIMAL && many[i].status == LP_OPTIMAL && one[i].nodes == many[i].nodes);
        cr_assert_eq(memcmp(one[i].x, many[i].x, ITEMS * sizeof(double)), 0);
        mem_free(one[i].x);
        mem_free(many[i].x);
    }
}

/* ---- failures inside GLPK ----------------------------------------------------------------------- */

TEST(lp, abort_inside_glpk_becomes_a_status)
{
    cr_redirect_stdout();
    for (int i = 0; i < 50; i++) {
        Lp *p = lp_new();
        lp_col(p, "x", 0, 1, 1, i % 2);
        lp_col(p, "y", 0, 1, 1, false);
        lp_row(p, 0, 1, 2, (int[]){0, 0}, (double[]){1, 1}); /* a column twice: GLPK aborts */
        LpResult r;
        msg_capture_begin();
        cr_assert_eq(lp_solve(p, NULL, &r), ST_INTERNAL);
        SAID("duplicate column indices");
        cr_assert(r.status == LP_FAILED && !r.x);
        lp_free(p);
        solve_bag(3, true, &r); /* and the next one works */
        cr_assert_eq(r.status, LP_OPTIMAL);
        mem_free(r.x);
    }
    fflush(stdout);
    cr_assert_stdout_eq_str("", "GLPK wrote to stdout");
}

/* ---- min-cost flow ------------------------------------------------------------------------------ */

static int64_t flow_cost(int m, const LpArc *arcs, const int64_t *flow)
{
    int64_t sum = 0;
    for (int i = 0; i < m; i++) sum += arcs[i].cost * flow[i];
    return sum;
}

/* 4 units from 0 to 3: two over 0-2-3 at 3 each (0-2 holds two), two over 0-1-2-3 at 4 each; 0-1-3 would cost 5. */
TEST(flow, known_optimum)
{
    static const int64_t supply[] = {4, 0, 0, -4};
    static const LpArc arcs[] = {{0, 1, 0, 4, 2}, {0, 2, 0, 2, 2}, {1, 2, 0, 2, 1}, {1, 3, 0, 3, 3}, {2, 3, 0, 5, 1}};
    LpStatus st;
    int64_t flow[5], pi[4];
    cr_assert_eq(lp_mincost(4, supply, 5, arcs, &st, flow, pi), ST_OK);
    cr_assert_eq(st, LP_OPTIMAL);
    cr_assert_eq(flow_cost(5, arcs, flow), 14);
    cr_assert_eq(lp_mincost(4, supply, 5, arcs, &st, flow, NULL), ST_OK);
    for (int i = 0; i < 5; i++) {
        int64_t rc = arcs[i].cost - (pi[arcs[i].from] - pi[arcs[i].to]);
        cr_assert(!(rc < 0 && flow[i] < arcs[i].cap) && !(rc > 0 && flow[i] > 0), "the sign that lp.h promises");
    }
}

enum { NODES = 12, ARCS = 40 };

static void random_network(uint64_t seed, int64_t *supply, LpArc *arcs)
{
    Rng r = rng_make(seed, 1);
    memset(supply, 0, NODES * sizeof *supply);
    for (int i = 0; i < ARCS; i++) {
        int from = (int)rng_below(&r, NODES), to = (int)((uint32_t)from + 1 + rng_below(&r, NODES - 1)) % NODES;
        int64_t low = rng_below(&r, 4) == 0 ? rng_below(&r, 3) : 0;
        arcs[i] = (LpArc){from, to, low, low + rng_below(&r, 12), (int64_t)rng_below(&r, 60) - 10};
    }
    for (int k = 0; k < 8; k++) {
        int64_t s = rng_below(&r, 5);
        supply[rng_below(&r, NODES)] += s;
        supply[rng_below(&r, NODES)] -= s;
    }
}

/* The same problem as a linear programme: same verdict, same cost; and the duals prove it (strong duality). */
TEST(flow, agrees_with_the_linear_programme)
{
    int optimal = 0, infeasible = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        int64_t supply[NODES], flow[ARCS], pi[NODES];
        LpArc arcs[ARCS];
        random_network(seed, supply, arcs);
        LpStatus st;
        cr_assert_eq(lp_mincost(NODES, supply, ARCS, arcs, &st, flow, pi), ST_OK);
        Lp *p = lp_new();
        for (int i = 0; i < ARCS; i++) lp_col(p, NULL, (double)arcs[i].low, (double)arcs[i].cap, (double)arcs[i].cost, false);
        for (int v = 0; v < NODES; v++) {
            int cols[ARCS], n = 0;
            double c[ARCS];
            for (int i = 0; i < ARCS; i++)
                if (arcs[i].from == v || arcs[i].to == v) cols[n] = i, c[n++] = arcs[i].from == v ? 1 : -1;
            lp_row(p, (double)supply[v], (double)supply[v], n, cols, c);
        }
        LpResult r = run(p, NULL, st);
        if (st == LP_OPTIMAL) {
            cr_assert_eq((int64_t)r.objective, flow_cost(ARCS, arcs, flow));
            int64_t dual = 0;
            for (int v = 0; v < NODES; v++) dual += supply[v] * pi[v];
            for (int i = 0; i < ARCS; i++) {
                int64_t rc = arcs[i].cost - (pi[arcs[i].from] - pi[arcs[i].to]);
                dual += rc > 0 ? rc * arcs[i].low : rc * arcs[i].cap;
            }
            cr_assert_eq(dual, flow_cost(ARCS, arcs, flow));
            optimal++;
        } else {
            infeasible++;
        }
        mem_free(r.x);
        lp_free(p);
    }
    cr_assert(optimal > 30 && infeasible > 30, "%d optimal, %d infeasible", optimal, infeasible);
}

TEST(flow, edges)
{
    LpStatus st;
    int64_t flow[4], pi[3];
    cr_assert_eq(lp_mincost(0, NULL, 0, NULL, &st, NULL, NULL), ST_OK);
    cr_assert_eq(st, LP_OPTIMAL);
    static const int64_t none[3] = {0}, unbalanced[3] = {1, 0, 0}, ship[3] = {5, 0, -5};
    cr_assert_eq(lp_mincost(3, none, 0, NULL, &st, flow, pi), ST_OK);
    cr_assert_eq(st, LP_OPTIMAL);
    cr_assert_eq(lp_mincost(3, unbalanced, 0, NULL, &st, flow, pi), ST_OK);
    cr_assert_eq(st, LP_INFEASIBLE);
    cr_assert_eq(lp_mincost(3, ship, 0, NULL, &st, flow, pi), ST_OK);
    cr_assert_eq(st, LP_INFEASIBLE);
    static const LpArc crossed[] = {{0, 2, 9, 8, 1}};
    cr_assert_eq(lp_mincost(3, ship, 1, crossed, &st, flow, pi), ST_OK);
    cr_assert_eq(st, LP_INFEASIBLE);
    static const LpArc parallel[] = {{0, 2, 0, 2, 5}, {0, 2, 0, 2, 1}, {0, 2, 0, INT64_MAX, 9}};
    cr_assert_eq(lp_mincost(3, ship, 3, parallel, &st, flow, pi), ST_OK);
    cr_assert(st == LP_OPTIMAL && flow[0] == 2 && flow[1] == 2 && flow[2] == 1);
    static const LpArc cycle[] = {{0, 2, 0, 9, 1}, {1, 2, 0, INT64_MAX, -1}, {2, 1, 0, INT64_MAX, -1}};
    cr_assert_eq(lp_mincost(3, ship, 3, cycle, &st, flow, pi), ST_OK);
    cr_assert_eq(st, LP_UNBOUNDED);
    static const LpArc huge[] = {{0, 2, 0, 9, (int64_t)1 << 40}};
    msg_capture_begin();
    cr_assert_eq(lp_mincost(3, ship, 1, huge, &st, flow, pi), ST_LIMIT);
    SAID("LP-0002");
    static const int64_t much[3] = {(int64_t)1 << 33, 0, -((int64_t)1 << 33)};
    msg_capture_begin();
    cr_assert_eq(lp_mincost(3, much, 3, parallel, &st, flow, pi), ST_LIMIT);
    SAID("LP-0002");
    static const LpArc loops[] = {{0, 2, 0, 9, 1}, {1, 1, 1, 4, 3}, {2, 2, 0, 4, -3}};
    cr_assert_eq(lp_mincost(3, ship, 3, loops, &st, flow, pi), ST_OK);
    cr_assert(st == LP_OPTIMAL && flow[0] == 5 && flow[1] == 1 && flow[2] == 4);
}

/* ---- assignment --------------------------------------------------------------------------------- */

static void expect_permutation(int n, const int64_t *cost, const int *to, int64_t total)
{
    bool *used = mem_calloc((size_t)n + 1, sizeof *used);
    for (int i = 0; i < n; i++) {
        cr_assert(to[i] >= 0 && to[i] < n && !used[to[i]]);
        used[to[i]] = true;
        total -= cost[i * n + to[i]];
    }
    cr_assert_eq(total, 0);
    mem_free(used);
}

static int64_t best_permutation(int n, const int64_t *cost, int row, unsigned used)
{
    if (row == n) return 0;
    int64_t best = INT64_MAX / 2;
    for (int j = 0; j < n; j++) {
        if (used >> j & 1) continue;
        int64_t c = cost[row * n + j] + best_permutation(n, cost, row + 1, used | 1u << j);
        if (c < best) best = c;
    }
    return best;
}

TEST(assign, agrees_with_brute_force)
{
    Rng r = rng_make(7, 7);
    for (int round = 0; round < 300; round++) {
        int n = (int)rng_below(&r, 8), to[8];
        int64_t cost[64], total;
        int64_t scale = round % 3 == 0 ? 1 : round % 3 == 1 ? 3 : (int64_t)1 << 54; /* many ties; large numbers */
        for (int i = 0; i < n * n; i++) cost[i] = ((int64_t)rng_below(&r, 9) - 4) * scale + (round % 3 == 2 ? rng_below(&r, 100) : 0);
        cr_assert_eq(lp_assign(n, cost, to, &total), ST_OK);
        expect_permutation(n, cost, to, total);
        cr_assert_eq(total, best_permutation(n, cost, 0, 0));
    }
}

/* 100 x 100 against GLPK's flow algorithm, which shares no code with it. */
TEST(assign, hundred_by_hundred_agrees_with_min_cost_flow)
{
    enum { N = 100 };
    Rng r = rng_make(8, 8);
    int64_t *cost = mem_calloc(N * N, sizeof *cost), *flow = mem_calloc(N * N, sizeof *flow), total, supply[2 * N];
    LpArc *arcs = mem_calloc(N * N, sizeof *arcs);
    int to[N];
    for (int i = 0; i < N * N; i++) {
        cost[i] = rng_below(&r, 1000);
        arcs[i] = (LpArc){i / N, N + i % N, 0, 1, cost[i]};
    }
    for (int i = 0; i < 2 * N; i++) supply[i] = i < N ? 1 : -1;
    cr_assert_eq(lp_assign(N, cost, to, &total), ST_OK);
    expect_permutation(N, cost, to, total);
    LpStatus st;
    cr_assert_eq(lp_mincost(2 * N, supply, N * N, arcs, &st, flow, NULL), ST_OK);
    cr_assert_eq(st, LP_OPTIMAL);
    cr_assert_eq(total, flow_cost(N * N, arcs, flow));
    mem_free(cost);
    mem_free(flow);
    mem_free(arcs);
}

TEST(assign, costs_that_could_overflow_are_refused)
{
    int64_t cost[4] = {0, INT64_MAX / 2, 0, 0}, total;
    int to[2];
    msg_capture_begin();
    cr_assert_eq(lp_assign(2, cost, to, &total), ST_LIMIT);
    SAID("LP-0002");
    cost[1] = INT64_MIN;
    msg_capture_begin();
    cr_assert_eq(lp_assign(2, cost, to, &total), ST_LIMIT);
    SAID("LP-0002");
}

TEST(assign, six_hundred_in_good_time)
{
    enum { N = 600 };
    Rng r = rng_make(9, 9);
    int64_t *cost = mem_calloc(N * N, sizeof *cost), total;
    int to[N];
    for (int i = 0; i < N * N; i++) cost[i] = rng_below(&r, 100000);
    cr_assert_eq(lp_assign(N, cost, to, &total), ST_OK);
    expect_permutation(N, cost, to, total);
    mem_free(cost);
}
