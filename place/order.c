/*
 * Ordering of blocks in one row: choice of method, spreading of slack, verified result.
 */
#include "place/order_int.h"
#include "place/spread.h"

void place_result_free(PlaceResult *r)
{
    mem_free(r->at);
    mem_free(r->order);
    memset(r, 0, sizeof *r);
}

#define DP_WORK 400000000.0 /* n · 2^n · pins per block that subset DP may cost: about a second */

static bool dp_affordable(const Row *r)
{
    if (r->n > ROW_DP_MAX) return false;
    double pins = r->n ? (double)r->pin0[r->n] / r->n + 4 : 4;
    return (double)r->n * (double)(1u << r->n) * pins <= DP_WORK;
}

static Status solve(const Row *r, const OrderOptions *opt, uint32_t *order, bool *flip, PlaceResult *out)
{
    OrderMethod m = opt->method;
    if (m == ORDER_AUTO) m = dp_affordable(r) ? ORDER_DP : ORDER_WINDOWS;
    if (m == ORDER_DP && r->n > ROW_DP_MAX)
        return msg_error(ST_LIMIT, "PLC-0003", (Loc){0}, "placement: exact order of %u blocks; subset DP goes to %d", r->n, ROW_DP_MAX);
    if (m == ORDER_DP) {
        out->objective = row_dp(r, order, flip, &out->nodes);
        out->bound = (double)out->objective;
        out->method = "subset dp";
        return ST_OK;
    }
    row_start(r, opt->seed, order, flip);
    out->objective = row_windows(r, 9, order, flip, &out->nodes);
    out->bound = (double)row_bound(r);
    out->method = "windows";
    if (m == ORDER_ILP) {
        out->method = "ilp";
        double b = 0;
        TRY(row_ilp(r, opt->node_limit, order, flip, &out->objective, &b, &out->nodes));
        if (b > out->bound) out->bound = b;
    }
    return ST_OK;
}

static Status place_row(const PlaceProblem *p, const OrderOptions *opt, const Row *r, PlaceResult *out)
{
    int64_t sum = 0, tallest = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        sum += r->blocks[i].w + (i ? r->spacing : 0);
        if (r->blocks[i].h > tallest) tallest = r->blocks[i].h;
        out->dead -= (int64_t)r->blocks[i].w * r->blocks[i].h;
    }
    if (opt->width && sum > opt->width)
        return msg_error(ST_INPUT, "PLC-0002", (Loc){0}, "placement: a row of %lld in a width of %d", (long long)sum, opt->width);
    if (sum + opt->x0 >= 1 << 30)
        return msg_error(ST_INPUT, "PLC-0002", (Loc){0}, "placement: a row of %lld is beyond the coordinate range", (long long)sum);
    bool *flip = mem_calloc((size_t)r->n + 1, sizeof *flip);
    out->order = mem_calloc((size_t)r->n + 1, sizeof *out->order);
    out->at = mem_calloc((size_t)r->n + 1, sizeof *out->at);
    Status st = solve(r, opt, out->order, flip, out);
    int32_t x = opt->x0;
    for (uint32_t i = 0; st == ST_OK && i < r->n; i++) {
        uint32_t b = out->order[i];
        out->at[b] = (PlaceAt){x, 0, flip[b] ? ORI_FN : ORI_N};
        x += r->blocks[b].w + r->spacing;
    }
    mem_free(flip);
    TRY(st);
    assert(place_wirelength(p, out->at, true) == out->objective);
    int32_t width = opt->width ? opt->width : (int32_t)sum;
    SpreadRow row = {out->order, r->n, opt->x0, opt->x0 + width};
    place_spread(p, &row, 1, r->spacing, opt->grid ? opt->grid : 1, out->at);
    out->w = width;
    out->h = (int32_t)tallest;
    out->n_lower = r->n;
    out->area = (int64_t)out->w * out->h;
    out->dead += out->area;
    out->wirelength = place_wirelength(p, out->at, true);
    double d = (double)out->objective - out->bound, o = out->objective > 1 ? (double)out->objective : 1;
    out->gap = d / o;
    return ST_OK;
}

Status place_order(const PlaceProblem *p, const OrderOptions *opt, PlaceResult *out)
{
    static const OrderOptions usual = {0};
    if (!opt) opt = &usual;
    Row r;
    memset(out, 0, sizeof *out);
    TRY(row_make(p, opt->x0, opt->spacing, &r));
    Status st = place_row(p, opt, &r, out);
    row_free(&r);
    if (st != ST_OK) place_result_free(out);
    return st;
}
