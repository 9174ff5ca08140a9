/* Pieces too wide to stand side by side: which crossbar takes which is bin packing, small enough for an exact answer. */
#include "gen/base/lp.h"
#include "mapper/pack.h"

enum { NODES = 400 };

/* One piece on exactly one crossbar, none too full; piece i on the first i + 1 crossbars only, which are all alike. */
static Lp *programme(const int32_t *height, uint32_t n, uint32_t bins, int32_t capacity, int *col)
{
    Lp *lp = lp_new();
    int at[PACK_FIT_MAX];
    double one[PACK_FIT_MAX];
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t b = 0; b < bins; b++) col[i * bins + b] = lp_col(lp, NULL, 0, b <= i ? 1 : 0, (double)(b * (uint32_t)height[i]), true); /* low crossbars first: one answer of many */
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t b = 0; b < bins; b++) at[b] = col[i * bins + b], one[b] = 1;
        lp_row(lp, 1, 1, (int)bins, at, one);
    }
    for (uint32_t b = 0; b < bins; b++) {
        for (uint32_t i = 0; i < n; i++) at[i] = col[i * bins + b], one[i] = height[i];
        lp_row(lp, -LP_INF, capacity, (int)n, at, one);
    }
    return lp;
}

/* The answer, counted again in whole numbers. */
static bool holds(const double *x, const int *col, const int32_t *height, uint32_t n, uint32_t bins, int32_t capacity, uint32_t *bin)
{
    int32_t full[PACK_FIT_MAX] = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t times = 0;
        for (uint32_t b = 0; b < bins; b++)
            if (x[col[i * bins + b]] > 0.5) bin[i] = b, times++;
        if (times != 1) return false;
        full[bin[i]] += height[i];
        if (full[bin[i]] > capacity) return false;
    }
    return true;
}

bool pack_fit(const int32_t *height, uint32_t n, uint32_t bins, int32_t capacity, uint32_t *bin)
{
    int col[PACK_FIT_MAX * PACK_FIT_MAX];
    int64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += height[i];
    if (n == 0 || n > PACK_FIT_MAX || bins > PACK_FIT_MAX || sum > (int64_t)bins * capacity) return false;
    Lp *lp = programme(height, n, bins, capacity, col);
    LpResult r = {0};
    LpOptions opt = {.node_limit = NODES, .gap = 1}; /* any that fits */
    bool good = lp_solve(lp, &opt, &r) == ST_OK && r.x && holds(r.x, col, height, n, bins, capacity, bin);
    mem_free(r.x);
    lp_free(lp);
    return good;
}
