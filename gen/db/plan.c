/*
 * The plan's invariants. plan_check trusts nothing but the pointers of arrays whose sizes stand beside them: it is run on
 * what was just read from a file and between stages. It does not judge quality (utilisation, accuracy), only consistency.
 */
#include "gen/db/plan.h"

#include <math.h>

#define DIM_MAX 65536         /* of a tensor's side or a crossbar */
#define ELEMENTS_MAX (1 << 28)
#define BLOCKS_MAX (1 << 22)  /* of all tiles together */

static const Loc nowhere = {0};
#define BAD(id, ...) return msg_error(ST_INPUT, id, nowhere, __VA_ARGS__)

static bool in_range(int64_t v, int64_t lo, int64_t hi) { return v >= lo && v <= hi; }

static Status check_arch(const PlanArch *a)
{
    if (!in_range(a->apus, 1, 4096) || !in_range(a->block_rows, 1, 4096) || !in_range(a->block_cols, 1, 4096) ||
        !in_range(a->cols_per_adc, 1, 64) || (!a->dedicated && (!in_range(a->rows, 1, DIM_MAX) || !in_range(a->cols, 1, DIM_MAX))))
        BAD("PLAN-0010", "architecture '%s': a size is out of range", a->name ? a->name : "");
    if (a->mag_bits != 3) BAD("PLAN-0010", "architecture '%s': %d magnitude bits per synapse, only 3 are supported", a->name, a->mag_bits);
    if (!in_range(a->sum_bits, 8, 31)) BAD("PLAN-0010", "architecture '%s': partial sums of %d bits, not 8…31", a->name, a->sum_bits);
    return ST_OK;
}

static Status check_tensor(const PlanTensor *t, uint32_t i)
{
    if (!in_range(t->c, 1, ELEMENTS_MAX) || !in_range(t->h, 1, DIM_MAX) || !in_range(t->w, 1, DIM_MAX) ||
        (int64_t)t->c * t->h * t->w > ELEMENTS_MAX)
        BAD("PLAN-0011", "tensor %u '%s': size %d × %d × %d is out of range", i, t->name, t->c, t->h, t->w);
    if (!(t->scale > 0) || !isfinite(t->scale)) BAD("PLAN-0011", "tensor %u '%s': scale %g is not positive", i, t->name, t->scale);
    if (t->lo > t->hi || t->lo < -(1 << 24) || t->hi > 1 << 24 || !in_range(t->zp, -(1 << 24), 1 << 24))
        BAD("PLAN-0011", "tensor %u '%s': range %d…%d, zero point %d", i, t->name, t->lo, t->hi, t->zp);
    return ST_OK;
}

/* Output side of a window operator, or -1. */
static int32_t window_out(int32_t in, int32_t p0, int32_t p1, int32_t k, int32_t dil, int32_t stride)
{
    int64_t span = (int64_t)in + p0 + p1 - (int64_t)dil * (k - 1) - 1;
    return span < 0 ? -1 : (int32_t)(span / stride + 1);
}

static Status check_window(const PlanLayer *l, const PlanTensor *in, const PlanTensor *out)
{
    bool max = l->op == PLAN_MAXPOOL;
    int32_t least = max ? -DIM_MAX : 0;
    if (!in_range(l->kh, 1, DIM_MAX) || !in_range(l->kw, 1, DIM_MAX) || !in_range(l->sh, 1, DIM_MAX) || !in_range(l->sw, 1, DIM_MAX) ||
        !in_range(l->dh, 1, DIM_MAX) || !in_range(l->dw, 1, DIM_MAX) || !in_range(l->pt, least, DIM_MAX) || !in_range(l->pb, least, DIM_MAX) ||
        !in_range(l->pl, least, DIM_MAX) || !in_range(l->pr, least, DIM_MAX) || !in_range(l->c0, 0, max ? in->c - out->c : 0))
        BAD("PLAN-0012", "layer '%s': kernel, stride, dilation or padding out of range", l->name);
    int32_t h = window_out(in->h, l->pt, l->pb, l->kh, l->dh, l->sh), w = window_out(in->w, l->pl, l->pr, l->kw, l->dw, l->sw);
    int32_t c = l->op == PLAN_CONV ? l->oc : max ? out->c : in->c;
    if (out->h != h || out->w != w || out->c != c)
        BAD("PLAN-0013", "layer '%s': makes %d × %d × %d, its output '%s' is %d × %d × %d", l->name, c, h, w, out->name, out->c,
            out->h, out->w);
    return ST_OK;
}

/* Worst acc of output channel o, both signs, over every input the tensor's range allows. */
static void conv_extremes(const PlanLayer *l, const PlanTensor *in, int32_t o, int64_t *lo, int64_t *hi)
{
    int64_t xlo = (int64_t)in->lo - in->zp, xhi = (int64_t)in->hi - in->zp;
    if (xlo > 0) xlo = 0; /* padding is 0 */
    if (xhi < 0) xhi = 0;
    *lo = *hi = 0;
    int32_t k = plan_rows(l);
    for (int32_t i = 0; i < k; i++) {
        int64_t w = l->w[(int64_t)o * k + i];
        *hi += w > 0 ? w * xhi : w * xlo;
        *lo += w > 0 ? w * xlo : w * xhi;
    }
}

static Status check_conv(const PlanArch *a, const PlanLayer *l, const PlanTensor *in)
{
    if (!in_range(l->oc, 1, DIM_MAX) || !in_range(l->groups, 1, DIM_MAX) || !in_range(l->icg, 1, ELEMENTS_MAX) ||
        l->oc % l->groups || (int64_t)l->icg * l->groups != in->c || (int64_t)l->icg * l->kh * l->kw * l->oc > ELEMENTS_MAX)
        BAD("PLAN-0012", "layer '%s': %d outputs, %d groups of %d inputs do not fit %d input channels", l->name, l->oc, l->groups,
            l->icg, in->c);
    if (!in_range(l->slices, 1, 3) || !in_range(l->digits, 1, 3))
        BAD("PLAN-0014", "layer '%s': %d slices, %d digits, not 1…3", l->name, l->slices, l->digits);
    if (!in_range(l->repeats, 0, PLAN_REPEATS)) BAD("PLAN-0014", "layer '%s': %d repeats of a conversion, not 1…%d", l->name, l->repeats, PLAN_REPEATS);
    int32_t br = plan_block_rows(a, l);
    int64_t most = a->dedicated ? (int64_t)plan_rows(l) * l->groups : a->rows;
    if (l->rows_per_conv < br || l->rows_per_conv % br || l->rows_per_conv > most)
        BAD("PLAN-0014", "layer '%s': %d rows per conversion, not a multiple of %d up to %lld", l->name, l->rows_per_conv, br, (long long)most);
    if (l->adc_bits && (!in_range(l->adc_bits, a->adc_bits_min, a->adc_bits_max) || !in_range(l->adc_gain, 1, a->gain_max)))
        BAD("PLAN-0014", "layer '%s': converter %d bit gain %d, the architecture has %d…%d bit and gain up to %d", l->name,
            l->adc_bits, l->adc_gain, a->adc_bits_min, a->adc_bits_max, a->gain_max);
    int32_t wmax = (1 << 3 * l->slices) - 1, xmax = (1 << 3 * l->digits) - 1;
    int64_t nw = (int64_t)l->oc * plan_rows(l);
    for (int64_t i = 0; i < nw; i++)
        if (l->w[i] > wmax || l->w[i] < -wmax)
            BAD("PLAN-0015", "layer '%s': weight %d at %lld does not fit %d slices", l->name, l->w[i], (long long)i, l->slices);
    if ((int64_t)in->hi - in->zp > xmax || (int64_t)in->lo - in->zp < -xmax)
        BAD("PLAN-0015", "layer '%s': inputs %lld…%lld do not fit %d digits", l->name, (long long)in->lo - in->zp,
            (long long)in->hi - in->zp, l->digits);
    for (int32_t o = 0; o < l->oc; o++) {
        int64_t lo, hi, limit = (int64_t)1 << (a->sum_bits - 1);
        conv_extremes(l, in, o, &lo, &hi);
        if (hi >= limit || lo <= -limit)
            BAD("PLAN-0016", "layer '%s': sums of output %d reach %lld, partial sums have %d bits", l->name, o,
                (long long)(hi >= limit ? hi : lo), a->sum_bits);
    }
    return ST_OK;
}

/* What comes through unchanged must be in the range of the tensor it is put into: a TABLE is read there. */
static Status check_unchanged(const PlanLayer *l, const PlanTensor *in, const PlanTensor *out)
{
    if (in->lo < out->lo || in->hi > out->hi)
        BAD("PLAN-0012", "layer '%s': integers %d…%d come through, its output holds %d…%d", l->name, in->lo, in->hi, out->lo, out->hi);
    return ST_OK;
}

static Status check_table(const PlanLayer *l, const PlanTensor *in, const PlanTensor *out)
{
    if (in->c != out->c || in->h != out->h || in->w != out->w) BAD("PLAN-0013", "layer '%s': its output has another shape", l->name);
    if (plan_table(in) > PLAN_TABLE_MAX) BAD("PLAN-0018", "layer '%s': a table of %d entries, more than %d", l->name, plan_table(in), PLAN_TABLE_MAX);
    for (int32_t k = 0; k < plan_table(in); k++)
        if (!in_range(l->table[k], l->lo, l->hi)) BAD("PLAN-0018", "layer '%s': entry %d is %d, not %d…%d", l->name, k, l->table[k], l->lo, l->hi);
    return ST_OK;
}

static Status check_layer(const Plan *p, uint32_t i)
{
    const PlanLayer *l = &p->layers.v[i];
    if (!in_range(l->op, PLAN_CONV, PLAN_TABLE)) BAD("PLAN-0012", "layer %u: unknown operation", i);
    if (l->in[0] >= p->tensors.n || l->out >= p->tensors.n || (plan_two_inputs(l) && l->in[1] >= p->tensors.n))
        BAD("PLAN-0012", "layer %u '%s': tensor number out of range", i, l->name);
    const PlanTensor *in = &p->tensors.v[l->in[0]], *out = &p->tensors.v[l->out];
    if (!in_range(l->shift, 0, 46) || !in_range(l->shift_adc, 0, 46)) BAD("PLAN-0012", "layer '%s': shift not 0…46", l->name);
    if (l->lo > l->hi || l->lo < out->lo || l->hi > out->hi)
        BAD("PLAN-0012", "layer '%s': clamp %d…%d, its output holds %d…%d", l->name, l->lo, l->hi, out->lo, out->hi);
    switch (l->op) {
    case PLAN_CONV:
        TRY(check_conv(&p->arch, l, in));
        return check_window(l, in, out);
    case PLAN_MAXPOOL: TRY(check_unchanged(l, in, out));
        /* fall through */
    case PLAN_AVGPOOL: return check_window(l, in, out);
    case PLAN_TABLE: return check_table(l, in, out);
    case PLAN_ADD: {
        const PlanTensor *b = &p->tensors.v[l->in[1]];
        if (in->c != b->c || in->h != b->h || in->w != b->w || in->c != out->c || in->h != out->h || in->w != out->w)
            BAD("PLAN-0013", "layer '%s': adds tensors of different shape", l->name);
        return ST_OK;
    }
    case PLAN_CONCAT: {
        const PlanTensor *b = &p->tensors.v[l->in[1]];
        if (in->h != b->h || in->w != b->w || in->h != out->h || in->w != out->w || (int64_t)in->c + b->c != out->c)
            BAD("PLAN-0013", "layer '%s': joins tensors of different height or width, or its output has not as many channels", l->name);
        return ST_OK;
    }
    case PLAN_FLATTEN:
        if (out->h != 1 || out->w != 1 || (int64_t)in->c * in->h * in->w != out->c)
            BAD("PLAN-0013", "layer '%s': flattens %d × %d × %d to %d × %d × %d", l->name, in->c, in->h, in->w, out->c, out->h, out->w);
        return check_unchanged(l, in, out);
    }
    return ST_OK;
}

/* Every tensor made once, before it is used; names of layers unique. */
static Status check_order(const Plan *p)
{
    uint8_t *made = mem_calloc(p->tensors.n, 1);
    Names names = {0};
    Status st = ST_OK;
    made[p->input] = 1;
    for (uint32_t i = 0; i < p->layers.n && st == ST_OK; i++) {
        const PlanLayer *l = &p->layers.v[i];
        if (!l->name || names_find(&names, l->name).i)
            st = msg_error(ST_INPUT, "PLAN-0017", nowhere, "layer %u: its name '%s' is missing or used twice", i, l->name ? l->name : "");
        else if (!made[l->in[0]] || (plan_two_inputs(l) && !made[l->in[1]]))
            st = msg_error(ST_INPUT, "PLAN-0017", nowhere, "layer '%s': reads a tensor that nothing before it made", l->name);
        else if (made[l->out])
            st = msg_error(ST_INPUT, "PLAN-0017", nowhere, "layer '%s': makes tensor '%s' a second time", l->name, p->tensors.v[l->out].name);
        made[l->out] = 1;
        if (l->name) names_add(&names, l->name);
    }
    if (st == ST_OK && !made[p->output]) st = msg_error(ST_INPUT, "PLAN-0017", nowhere, "nothing makes the output tensor");
    names_free(&names);
    mem_free(made);
    return st;
}

static Status check_tile(const Plan *p, uint32_t i)
{
    const PlanTile *t = &p->tiles.v[i];
    if (t->layer >= p->layers.n || p->layers.v[t->layer].op != PLAN_CONV || t->core >= p->cores.n || t->cycle >= p->cycles)
        BAD("PLAN-0020", "tile %u: layer %u, core %u or cycle %u does not exist", i, t->layer, t->core, t->cycle);
    const PlanLayer *l = &p->layers.v[t->layer];
    const PlanCore *c = &p->cores.v[t->core];
    if (t->row0 < 0 || t->col0 < 0 || t->rows < 1 || t->cols < 1 || t->row0 % c->block_rows || t->col0 % c->block_cols ||
        (int64_t)t->row0 + t->rows > c->rows || (int64_t)t->col0 + t->cols > c->cols)
        BAD("PLAN-0021", "tile %u of layer '%s': %d × %d at (%d, %d) is not on the blocks of core '%s' (%d × %d)", i, l->name, t->rows,
            t->cols, t->row0, t->col0, c->name, c->rows, c->cols);
    int64_t k = (int64_t)plan_rows(l) * l->groups;
    for (int32_t r = 0; r < t->rows; r++)
        if (!in_range(t->row_k[r], -1, k - 1)) BAD("PLAN-0022", "tile %u of layer '%s': row %d holds patch element %d", i, l->name, r, t->row_k[r]);
    for (int32_t j = 0; j < t->cols; j++)
        if (!in_range(t->col_o[j], -1, l->oc - 1) || !in_range(t->col_s[j], 0, l->slices - 1))
            BAD("PLAN-0022", "tile %u of layer '%s': column %d holds output %d slice %d", i, l->name, j, t->col_o[j], t->col_s[j]);
    return ST_OK;
}

/* Rows r0 … r1 − 1 of core and columns c0 … c1 − 1: does the tile claim a synapse there? Rows and columns marked −1 claim none. */
static bool claims(const PlanTile *t, int32_t r0, int32_t r1, int32_t c0, int32_t c1)
{
    bool row = false, col = false;
    for (int32_t r = r0 > t->row0 ? r0 : t->row0; r < r1 && r < t->row0 + t->rows && !row; r++) row = t->row_k[r - t->row0] >= 0;
    for (int32_t c = c0 > t->col0 ? c0 : t->col0; c < c1 && c < t->col0 + t->cols && !col; c++) col = t->col_o[c - t->col0] >= 0;
    return row && col;
}

/* In that part of a crossbar, do both claim the same synapse? What a tile claims is rows × columns, so they must have one of each in common. */
static bool collide(const PlanTile *a, const PlanTile *b, int32_t r0, int32_t r1, int32_t c0, int32_t c1)
{
    bool row = false, col = false;
    for (int32_t r = r0; r < r1 && !row; r++) row = claims(a, r, r + 1, c0, c1) && claims(b, r, r + 1, c0, c1);
    for (int32_t c = c0; c < c1 && row && !col; c++) col = claims(a, r0, r1, c, c + 1) && claims(b, r0, r1, c, c + 1);
    return row && col;
}

/* A tile that claims synapses of a block, and the one before it. */
typedef struct {
    uint32_t tile, next;
} Claim;

/* No two tiles share a synapse in one cycle; they may share a block. */
static Status check_overlap(const Plan *p)
{
    Map last = {0}; /* block -> its last claim */
    ARRAY(Claim) claim = {0};
    Status st = ST_OK;
    int64_t work = 0;
    for (uint32_t i = 0; i < p->tiles.n && st == ST_OK; i++) {
        const PlanTile *t = &p->tiles.v[i];
        const PlanCore *c = &p->cores.v[t->core];
        int32_t br = c->block_rows, bc = c->block_cols;
        for (int32_t b = t->row0 / br; b <= (t->row0 + t->rows - 1) / br && st == ST_OK; b++) {
            for (int32_t d = t->col0 / bc; d <= (t->col0 + t->cols - 1) / bc && st == ST_OK; d++) {
                uint32_t at = UINT32_MAX;
                uint64_t key = ((uint64_t)t->cycle * p->cores.n + t->core) << 34 | (uint64_t)b << 17 | (uint64_t)d;
                if (++work > BLOCKS_MAX) st = msg_error(ST_INPUT, "PLAN-0026", nowhere, "tiles cover more than %d blocks", BLOCKS_MAX);
                if (!claims(t, b * br, (b + 1) * br, d * bc, (d + 1) * bc)) continue;
                map_get(&last, key, &at);
                map_set(&last, key, claim.n);
                arr_push(&claim, ((Claim){i, at}));
                for (; at != UINT32_MAX && st == ST_OK; at = claim.v[at].next, work++)
                    if (collide(t, &p->tiles.v[claim.v[at].tile], b * br, (b + 1) * br, d * bc, (d + 1) * bc))
                        st = msg_error(ST_INPUT, "PLAN-0023", nowhere, "tiles %u and %u overlap on core '%s' in cycle %u", claim.v[at].tile, i, c->name, t->cycle);
            }
        }
    }
    map_free(&last);
    arr_free(&claim);
    return st;
}

/* Count how often each weight digit of one copy of a layer is placed. seen [oc][K][slices]; next: the tiles of a layer as a list. */
static Status count_digits(const Plan *p, uint32_t layer, uint32_t copy, uint32_t first, const uint32_t *next, uint8_t *seen)
{
    const PlanLayer *l = &p->layers.v[layer];
    int32_t k = plan_rows(l), ocg = l->oc / l->groups;
    for (uint32_t i = first; i != UINT32_MAX; i = next[i]) {
        const PlanTile *t = &p->tiles.v[i];
        for (int32_t j = 0; j < t->cols && t->copy == copy; j++) {
            if (t->col_o[j] < 0) continue;
            int32_t chunks = 0, last = -1;
            for (int32_t r = 0; r < t->rows; r++) {
                if (t->row_k[r] < 0 || t->row_k[r] / k != t->col_o[j] / ocg) continue;
                uint8_t *s = &seen[((int64_t)t->col_o[j] * k + t->row_k[r] % k) * l->slices + t->col_s[j]];
                if (*s) BAD("PLAN-0024", "layer '%s': weight of output %d, input %d, slice %d is placed twice", l->name, t->col_o[j],
                            t->row_k[r] % k, t->col_s[j]);
                *s = 1;
                if (r / l->rows_per_conv != last) chunks++, last = r / l->rows_per_conv;
            }
            if (l->groups > 1 && chunks > 1 && k <= l->rows_per_conv)
                BAD("PLAN-0025", "layer '%s': rows of output %d's group are split over chunks", l->name, t->col_o[j]);
        }
    }
    return ST_OK;
}

static Status check_coverage(const Plan *p, uint32_t layer, uint32_t copy, uint32_t first, const uint32_t *next)
{
    const PlanLayer *l = &p->layers.v[layer];
    int64_t k = plan_rows(l), n = k * l->oc * l->slices;
    uint8_t *seen = mem_calloc((size_t)n, 1);
    Status st = count_digits(p, layer, copy, first, next, seen);
    for (int64_t i = 0; i < n && st == ST_OK; i++)
        if (!seen[i])
            st = msg_error(ST_INPUT, "PLAN-0024", nowhere, "layer '%s': weight of output %d, input %d, slice %d is not placed", l->name,
                           (int)(i / l->slices / k), (int)(i / l->slices % k), (int)(i % l->slices));
    mem_free(seen);
    return st;
}

uint32_t plan_copies(const Plan *p, uint32_t layer)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->tiles.n; i++)
        if (p->tiles.v[i].layer == layer && p->tiles.v[i].copy > n) n = p->tiles.v[i].copy;
    return n + 1;
}

/* Where a layer is there several times: one cycle, as many tiles in every copy, at most one per crossbar, copies on crossbars one after another. */
static Status check_copies(const Plan *p, uint32_t layer, uint32_t copies, uint32_t first, const uint32_t *next)
{
    const char *name = p->layers.v[layer].name;
    uint32_t n_cores = p->cores.n, *of = mem_calloc(n_cores, sizeof *of), tiles = 0, first_copy = 0;
    const char *bad = NULL;
    for (uint32_t i = first; i != UINT32_MAX; i = next[i]) {
        const PlanTile *t = &p->tiles.v[i];
        if (t->cycle != p->tiles.v[first].cycle) bad = "are in several weight loads";
        if (of[t->core]) bad = "share a crossbar";
        of[t->core] = t->copy + 1;
        tiles++, first_copy += t->copy == 0;
    }
    uint32_t now = 0, here = 0;
    for (uint32_t c = 0; c < n_cores && !bad; c++) {
        if (!of[c]) continue;
        if (of[c] != now + 1 && (of[c] != now + 2 || here != first_copy)) bad = "do not follow each other on the crossbars";
        here = of[c] == now + 2 ? 1 : here + 1;
        now = of[c] - 1;
    }
    mem_free(of);
    if (!bad && tiles != first_copy * copies) bad = "have different numbers of tiles";
    if (bad) BAD("PLAN-0027", "layer '%s': its %u copies %s", name, copies, bad);
    return ST_OK;
}

static Status check_placed(const Plan *p)
{
    uint32_t *first = mem_calloc(p->layers.n, sizeof *first), *next = mem_calloc(p->tiles.n, sizeof *next);
    Status st = ST_OK;
    for (uint32_t i = 0; i < p->layers.n; i++) first[i] = UINT32_MAX;
    for (uint32_t i = p->tiles.n; i-- > 0;) next[i] = first[p->tiles.v[i].layer], first[p->tiles.v[i].layer] = i;
    for (uint32_t i = 0; i < p->layers.n && st == ST_OK; i++) {
        if (p->layers.v[i].op != PLAN_CONV) continue;
        uint32_t copies = 1;
        for (uint32_t k = first[i]; k != UINT32_MAX; k = next[k]) copies = p->tiles.v[k].copy + 1 > copies ? p->tiles.v[k].copy + 1 : copies;
        if (copies > p->cores.n) st = msg_error(ST_INPUT, "PLAN-0027", nowhere, "layer '%s': its %u copies are more than there are crossbars", p->layers.v[i].name, copies);
        if (st == ST_OK && copies > 1) st = check_copies(p, i, copies, first[i], next);
        for (uint32_t c = 0; c < copies && st == ST_OK; c++) st = check_coverage(p, i, c, first[i], next);
    }
    mem_free(first);
    mem_free(next);
    return st;
}

Status plan_check(const Plan *p)
{
    TRY(check_arch(&p->arch));
    for (uint32_t i = 0; i < p->cores.n; i++) {
        const PlanCore *c = &p->cores.v[i];
        if (!in_range(c->rows, 1, DIM_MAX) || !in_range(c->cols, 1, DIM_MAX) || !in_range(c->block_rows, 1, DIM_MAX) ||
            !in_range(c->block_cols, 1, DIM_MAX) || !in_range(c->cols_per_adc, 1, 64))
            BAD("PLAN-0010", "core %u '%s': a size is out of range", i, c->name);
        if (c->rows % c->block_rows) BAD("PLAN-0010", "core %u '%s': %d rows are not whole blocks of %d", i, c->name, c->rows, c->block_rows);
    }
    if (p->tensors.n == 0 || p->input >= p->tensors.n || p->output >= p->tensors.n)
        BAD("PLAN-0011", "input %u or output %u is not one of the %u tensors", p->input, p->output, p->tensors.n);
    for (uint32_t i = 0; i < p->tensors.n; i++) TRY(check_tensor(&p->tensors.v[i], i));
    for (uint32_t i = 0; i < p->layers.n; i++) TRY(check_layer(p, i));
    TRY(check_order(p));
    for (uint32_t i = 0; i < p->tiles.n; i++) TRY(check_tile(p, i));
    TRY(check_overlap(p));
    return check_placed(p);
}

void plan_free(Plan *p)
{
    arr_free(&p->tensors);
    arr_free(&p->layers);
    arr_free(&p->tiles);
    arr_free(&p->cores);
    arena_free(&p->arena);
    memset(p, 0, sizeof *p);
}

void plan_softmax(float *y, int64_t n)
{
    float top = n > 0 ? y[0] : 0;
    for (int64_t i = 1; i < n; i++) top = y[i] > top ? y[i] : top;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += exp((double)(y[i] - top));
    for (int64_t i = 0; i < n; i++) y[i] = (float)(exp((double)(y[i] - top)) / sum);
}
