/*
 * Exact: can the channel be routed on T tracks when every net holds one track between any two columns? SAT decides.
 *
 * A net may change its track (jog) in the columns of its own pins and in columns where one side is empty; at high effort, if that
 * does not do, in any. Per net
 * and cut, the place between two columns, one order-encoded number says which track; per net and column that it may
 * use, one literal per track says that its vertical wire stands there. Two nets never own one grid point of a layer. Where as many
 * nets cover a column as there are tracks nobody can jog: one number serves both sides.
 *
 * Does not do: nets on several tracks at one cut (the sweep does), added columns, min_len (channel.c lengthens).
 * Source: order encoding: Tamura, Taga, Kitagawa, Banbara 2009; at-most-one in groups: Klieber, Kwon 2007.
 */
#include "gen/base/sat.h"
#include "route/channel_int.h"

typedef struct {
    const Chan *ch;
    Sat *sat;
    uint32_t T;
    bool everywhere;            /* jogs in any column */
    uint32_t *lo, *hi;          /* [net] cuts lo … hi-1; cut c is at the left of column c */
    uint32_t *at;               /* [net] index of its first cut in var; net without cuts: lo == hi */
    int *var;                   /* per net and cut: first of T - 1 literals "track <= t" */
    int *is;                    /* per net and cut: first of T literals "track == t" */
    uint32_t *live0, *live;     /* nets over each column */
    int *vert;                  /* [slot · T]: literals of the vertical wires of the column at hand */
    ARRAY(int) lits;
} Enc;

/* ---- numbers ---------------------------------------------------------------------------------------- */

#define YES INT32_MAX
#define NO (-INT32_MAX)

/* "the track of net k at cut c is <= t" */
static int below(const Enc *e, uint32_t k, uint32_t c, uint32_t t)
{
    if (t == 0) return NO;
    if (t >= e->T) return YES;
    return e->var[e->at[k] + c - e->lo[k]] + (int)t - 1;
}

static int equal(const Enc *e, uint32_t k, uint32_t c, uint32_t t) { return e->is[e->at[k] + c - e->lo[k]] + (int)t - 1; }

/* A clause of up to four literals; YES and NO are constants. */
static void clause(const Enc *e, int a, int b, int c, int d)
{
    int v[4] = {a, b, c, d};
    for (int i = 0; i < 4; i++)
        if (v[i] == YES) return;
    for (int i = 0; i < 4; i++)
        if (v[i] != NO) sat_lit(e->sat, v[i]);
    sat_lit(e->sat, 0);
}

static void new_number(Enc *e, uint32_t k, uint32_t c)
{
    uint32_t i = e->at[k] + c - e->lo[k];
    for (uint32_t t = 1; t <= e->T; t++) {
        int x = sat_var(e->sat);
        if (t == 1) e->is[i] = x;
    }
    for (uint32_t t = 1; t < e->T; t++) {
        int x = sat_var(e->sat);
        if (t == 1) e->var[i] = x;
    }
    for (uint32_t t = 1; t <= e->T; t++) {
        clause(e, -below(e, k, c, t - 1), below(e, k, c, t), NO, NO);
        clause(e, -equal(e, k, c, t), below(e, k, c, t), NO, NO);
        clause(e, -equal(e, k, c, t), -below(e, k, c, t - 1), NO, NO);
        clause(e, equal(e, k, c, t), -below(e, k, c, t), below(e, k, c, t - 1), NO);
    }
}

static void at_most_one(Enc *e)
{
    /* Few: all pairs, they propagate best. Many: three and a literal that stands for them. */
    while (e->lits.n > 1) {
        uint32_t n = e->lits.n, m = n <= 24 ? n : 3;
        for (uint32_t i = n - m; i < n; i++)
            for (uint32_t j = n - m; j < i; j++) clause(e, -e->lits.v[i], -e->lits.v[j], NO, NO);
        if (m == n) break;
        int x = sat_var(e->sat);
        for (uint32_t i = n - m; i < n; i++) clause(e, -e->lits.v[i], x, NO, NO);
        e->lits.n = n - m;
        arr_push(&e->lits, x);
    }
    e->lits.n = 0;
}

/* ---- structure ----------------------------------------------------------------------------------------- */

static bool has_pin(const Chan *ch, uint32_t k, uint32_t c) { return ch->top[c] == k || ch->bot[c] == k; }

static bool may_jog(const Enc *e, uint32_t k, uint32_t c)
{
    const Chan *ch = e->ch;
    if (e->live0[c + 1] - e->live0[c] >= e->T || ch->through[c] || (ch->top[c] && ch->top[c] == ch->bot[c] && ch->top[c] != k)) return false;
    return e->everywhere || has_pin(ch, k, c) || !ch->top[c] || !ch->bot[c];
}

/* Cuts of every net, nets over every column. Returns the sum of the nets' cuts. */
static uint64_t make_spans(Enc *e)
{
    const Chan *ch = e->ch;
    size_t n = (size_t)ch->n_nets + 2;
    e->lo = mem_calloc(n, sizeof *e->lo);
    e->hi = mem_calloc(n, sizeof *e->hi);
    e->at = mem_calloc(n, sizeof *e->at);
    e->live0 = mem_calloc((size_t)ch->n_cols + 2, sizeof *e->live0);
    uint64_t sum = 0, cover = 0;
    for (uint32_t k = 1; k <= ch->n_nets; k++) {
        e->lo[k] = ch->left[k] ? 0 : ch->first[k] + 1;
        e->hi[k] = ch->right[k] ? ch->n_cols + 1 : ch->last[k] + 1;
        e->at[k] = (uint32_t)sum;
        if (e->lo[k] >= e->hi[k]) continue;
        sum += e->hi[k] - e->lo[k];
        for (uint32_t c = ch->first[k]; c <= ch->last[k]; c++, cover++) e->live0[c + 1]++;
    }
    for (uint32_t c = 0; c < ch->n_cols; c++) e->live0[c + 1] += e->live0[c];
    e->live = mem_calloc(cover + 1, sizeof *e->live);
    uint32_t *next = mem_calloc((size_t)ch->n_cols + 1, sizeof *next);
    for (uint32_t c = 0; c < ch->n_cols; c++) next[c] = e->live0[c];
    for (uint32_t k = 1; k <= ch->n_nets; k++)
        for (uint32_t c = ch->first[k]; e->lo[k] < e->hi[k] && c <= ch->last[k]; c++) e->live[next[c]++] = k;
    mem_free(next);
    return sum;
}

static void make_numbers(Enc *e)
{
    for (uint32_t k = 1; k <= e->ch->n_nets; k++)
        for (uint32_t c = e->lo[k]; c < e->hi[k]; c++) {
            uint32_t i = e->at[k] + c - e->lo[k];
            if (c > e->lo[k] && !may_jog(e, k, c - 1)) {
                e->var[i] = e->var[i - 1];
                e->is[i] = e->is[i - 1];
            } else {
                new_number(e, k, c);
            }
        }
}

static bool jogs(const Enc *e, uint32_t k, uint32_t c)
{
    return c >= e->lo[k] && c + 1 < e->hi[k] && e->is[e->at[k] + c - e->lo[k]] != e->is[e->at[k] + c + 1 - e->lo[k]];
}

/* The horizontal wires around column c: those of the cuts c - gap + 1 … c + 1 are too near to share a track. */
static void horizontal(Enc *e, uint32_t c)
{
    uint32_t gap = e->ch->h_gap, first = c + 1 >= gap ? c + 1 - gap : 0;
    for (uint32_t t = 1; t <= e->T; t++) {
        for (uint32_t col = first; col <= c; col++)
            for (uint32_t i = e->live0[col]; i < e->live0[col + 1]; i++) {
                uint32_t k = e->live[i], a = e->lo[k] > first ? e->lo[k] : first, b = e->hi[k] < c + 2 ? e->hi[k] : c + 2;
                if (col > first && col > e->ch->first[k]) continue; /* seen in an earlier column */
                int lit = 0, prev = 0;
                for (uint32_t q = a; q < b; q++) {
                    int x = equal(e, k, q, t);
                    if (x == prev) continue;
                    if (lit && lit == prev) {
                        int y = sat_var(e->sat);
                        clause(e, -lit, y, NO, NO);
                        lit = y;
                    }
                    if (lit) clause(e, -x, lit, NO, NO);
                    else lit = x;
                    prev = x;
                }
                if (lit) arr_push(&e->lits, lit);
                /* A net that left the track does not come back within the gap either. */
                for (uint32_t q = a; b == c + 2 && q + 2 < b; q++) {
                    int x = equal(e, k, q, t), y = equal(e, k, q + 1, t), z = equal(e, k, b - 1, t);
                    if (x != y && z != y) clause(e, -x, -z, y, NO);
                }
            }
        at_most_one(e);
    }
}

/* Where net k's vertical wire must stand in column c; v: its literals. */
static void reach(Enc *e, uint32_t k, uint32_t c, const int *v)
{
    const Chan *ch = e->ch;
    bool top = ch->top[c] == k, bot = ch->bot[c] == k, jog = jogs(e, k, c);
    for (uint32_t t = 1; t <= e->T; t++) {
        int here = v[t - 1], next = t < e->T ? v[t] : YES;
        if (top && bot) clause(e, here, NO, NO, NO);
        for (uint32_t q = c; q <= c + 1; q++) {
            if (q < e->lo[k] || q >= e->hi[k]) continue;
            if (top) clause(e, here, below(e, k, q, t - 1), NO, NO);
            if (bot) clause(e, here, -below(e, k, q, t), NO, NO);
            if (!jog) continue;
            uint32_t o = q == c ? c + 1 : c;
            clause(e, -below(e, k, q, t), below(e, k, o, t), here, NO);
            clause(e, -below(e, k, q, t), below(e, k, o, t), next, NO);
        }
    }
}

static void vertical(Enc *e, uint32_t c)
{
    const Chan *ch = e->ch;
    uint32_t n = 0, T = e->T;
    for (uint32_t i = e->live0[c]; i < e->live0[c + 1]; i++) {
        uint32_t k = e->live[i];
        if (!has_pin(ch, k, c) && !jogs(e, k, c)) continue;
        int *v = e->vert + (size_t)n++ * T;
        for (uint32_t t = 0; t < T; t++) v[t] = sat_var(e->sat);
        reach(e, k, c, v);
    }
    for (uint32_t t = 0; t < T; t++) {
        for (uint32_t d = 1; d < ch->v_gap && t + d < T; d++)
            for (uint32_t i = 0; i < n; i++)
                for (uint32_t j = 0; j < n; j++)
                    if (i != j) clause(e, -e->vert[(size_t)i * T + t], -e->vert[(size_t)j * T + t + d], NO, NO);
        for (uint32_t i = 0; i < n; i++) arr_push(&e->lits, e->vert[(size_t)i * T + t]);
        at_most_one(e);
    }
}

/* ---- answer ------------------------------------------------------------------------------------------------- */

static uint32_t track_of(const Enc *e, uint32_t k, uint32_t c)
{
    for (uint32_t t = 1; t < e->T; t++)
        if (sat_true(e->sat, below(e, k, c, t))) return t;
    return e->T;
}

static void answer(const Enc *e, ChanSolution *out)
{
    ChanLanes w = lanes_new(e->ch, e->T);
    for (uint32_t k = 1; k <= e->ch->n_nets; k++)
        for (uint32_t c = w.lo[k]; c < w.hi[k]; c++) w.track[w.at[k] + c - w.lo[k]] = track_of(e, k, c);
    lanes_draw(e->ch, &w, out);
    lanes_free(&w);
    out->method = "sat";
}

#define SAT_MAX_SIZE 200000u /* cuts times tracks at usual effort: some million clauses */

static SatStatus attempt(const Chan *ch, uint32_t T, bool everywhere, int32_t conflicts, uint32_t max_size, ChanSolution *out)
{
    Enc e = {.ch = ch, .T = T, .everywhere = everywhere};
    uint64_t cuts = make_spans(&e);
    SatStatus st = SAT_LIMIT;
    if (T && cuts * T <= max_size) {
        e.sat = sat_new();
        e.var = mem_calloc(cuts + 1, sizeof *e.var);
        e.is = mem_calloc(cuts + 1, sizeof *e.is);
        e.vert = mem_calloc(((size_t)ch->n_nets + 1) * T, sizeof *e.vert);
        make_numbers(&e);
        for (uint32_t c = 0; c < ch->n_cols; c++) {
            horizontal(&e, c);
            vertical(&e, c);
        }
        st = sat_solve(e.sat, conflicts);
        if (st == SAT_YES) answer(&e, out);
        sat_free(e.sat);
    }
    void *all[] = {e.lo, e.hi, e.at, e.var, e.is, e.live0, e.live, e.vert};
    for (size_t i = 0; i < COUNTOF(all); i++) mem_free(all[i]);
    arr_free(&e.lits);
    return st;
}

bool chan_sat(const Chan *ch, const ChanSearch *opt, ChanSolution *out)
{
    /* The fewest tracks first; each failure takes half of what is still missing to the best known. */
    uint32_t lo = opt->stop_at, hi = opt->below;
    bool have = false, mended = true;
    bool hard = opt->work > 1000000000;
    int32_t conflicts = hard ? 2000000 : (int32_t)(opt->work / 2500);
    uint32_t max_size = hard ? 10 * SAT_MAX_SIZE : SAT_MAX_SIZE;
    if (!conflicts || hi == UINT32_MAX) return false;
    for (uint32_t T = lo; T < hi;) {
        ChanSolution s = {0};
        SatStatus st = attempt(ch, T, false, conflicts, max_size, &s);
        if (st != SAT_YES && hard) st = attempt(ch, T, true, conflicts, max_size, &s);
        if (st == SAT_YES) {
            channel_solution_free(out);
            *out = s;
            have = true;
            hi = T;
        } else {
            lo = T + 1;
        }
        if (hi <= lo) break;
        T = lo + (hi - lo) / 2;
    }
    if (have && ch->min_len) mended = chan_lengthen(ch, out, opt->max_extra);
    return have && mended && out->n_tracks < opt->below;
}
