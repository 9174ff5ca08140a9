/*
 * Which sweeps are made: with what prices and how many tracks at the start, and in stretches of columns of which the best of some tries is gone on
 * from. Steps are counted, never seconds.
 */
#include "route/channel_sweep.h"

/* ---- prices ------------------------------------------------------------------------------------------ */

static SweepKnobs draw_knobs(Rng *r)
{
    SweepKnobs q = {0};
    q.reach = 1u << (1 + rng_below(r, 8));
    q.deep = 1 + rng_below(r, 3);
    q.far = 1 + rng_below(r, 24);
    q.wrong = 1 + rng_below(r, 48);
    q.steady = rng_below(r, 3) ? 4u << rng_below(r, 9) : 0;
    q.split = 1024 * (1 + (int64_t)rng_below(r, 200));
    q.spread = rng_below(r, 3) ? rng_below(r, 16) : 0;
    q.change = 1u << rng_below(r, 12);
    q.block = rng_below(r, 3) ? rng_below(r, 6) : 4 * rng_below(r, 16);
    q.tries = 2u << rng_below(r, 4);
    q.rim = rng_below(r, 2) ? rng_below(r, 5) : 0;
    q.noise = rng_below(r, 32);
    return q;
}

/* A child of the best knobs so far. */
static SweepKnobs vary_knobs(const SweepKnobs *best, Rng *r)
{
    SweepKnobs q = *best, n = draw_knobs(r);
    if (!rng_below(r, 4)) q.reach = n.reach, q.deep = n.deep;
    if (!rng_below(r, 4)) q.far = n.far;
    if (!rng_below(r, 4)) q.wrong = n.wrong;
    if (!rng_below(r, 4)) q.steady = n.steady;
    if (!rng_below(r, 4)) q.split = n.split, q.spread = n.spread;
    if (!rng_below(r, 4)) q.change = n.change;
    if (!rng_below(r, 4)) q.block = n.block;
    if (!rng_below(r, 4)) q.tries = n.tries;
    if (!rng_below(r, 4)) q.rim = n.rim;
    q.noise = n.noise;
    return q;
}

/* ---- stretches --------------------------------------------------------------------------------------- */

/* The state between two columns, and the wires since an earlier one. */
typedef struct {
    ARRAY(Lane) lane;
    uint32_t T, n_ids, *nets;
    uint32_t n_h, n_v, n_x;         /* wires before the tails */
    ARRAY(ChanH) h;
    ARRAY(ChanV) v;
    ARRAY(ChanX) x;
    int64_t worth;
} Saved;

#define TAKE(dst, src, from) do { (dst).n = 0; for (uint32_t i_ = (from); i_ < (src).n; i_++) arr_push(&(dst), (src).v[i_]); } while (0)
#define GIVE(dst, keep, src) do { (dst).n = (keep); for (uint32_t i_ = 0; i_ < (src).n; i_++) arr_push(&(dst), (src).v[i_]); } while (0)

static size_t nets_size(const Sweep *g) { return 4 * ((size_t)g->ch->n_nets + 2) * sizeof(uint32_t); }

static void save(Sweep *g, Saved *s, uint32_t n_h, uint32_t n_v, uint32_t n_x)
{
    TAKE(s->lane, g->lane, 0);
    TAKE(s->h, g->out->h, n_h);
    TAKE(s->v, g->out->v, n_v);
    TAKE(s->x, g->out->x, n_x);
    s->n_h = n_h, s->n_v = n_v, s->n_x = n_x;
    s->T = g->T, s->n_ids = g->n_ids;
    if (!s->nets) s->nets = mem_alloc(nets_size(g));
    memcpy(s->nets, g->held, nets_size(g));
    g->work += g->ch->n_nets;
}

static void restore(Sweep *g, const Saved *s)
{
    GIVE(g->lane, 0, s->lane);
    GIVE(g->out->h, s->n_h, s->h);
    GIVE(g->out->v, s->n_v, s->v);
    GIVE(g->out->x, s->n_x, s->x);
    g->T = s->T, g->n_ids = s->n_ids;
    memcpy(g->held, s->nets, nets_size(g));
    g->work += g->ch->n_nets;
}

static void saved_free(Saved *s)
{
    arr_free(&s->lane);
    arr_free(&s->h);
    arr_free(&s->v);
    arr_free(&s->x);
    mem_free(s->nets);
}

#define TRACK 1000000   /* worth of a track beside what sweep_worth() counts */

#define HARDER 4u       /* times the tries where a stretch asks for one more */

static const SweepKnobs judge = {.reach = 16, .deep = 2, .far = 12, .wrong = 24, .steady = 16, .split = 100000};

/* The columns a … b - 1 in the best of some tries with varied prices. */
static bool stretch(Sweep *g, uint32_t a, uint32_t b, uint32_t tries, const SweepKnobs *knobs, Saved *base, Saved *best)
{
    bool have = false, hard = false;
    uint32_t T = g->T, n_h = g->out->h.n, n_v = g->out->v.n, n_x = g->out->x.n;
    if (tries > 1) save(g, base, n_h, n_v, n_x);
    for (uint32_t t = 0; t < tries || (tries > 1 && hard && t < HARDER * tries); t++) {
        if (t) restore(g, base);
        g->k = t ? vary_knobs(knobs, &g->rng) : *knobs;
        bool ok = true;
        for (uint32_t c = a; ok && c < b; c++) ok = sweep_column(g, c);
        if (tries == 1) return ok;
        if (!have) hard = !ok || g->T > T;
        else if (ok && g->T == T) hard = false;
        if (!ok) continue;
        g->k = judge;
        int64_t worth = sweep_worth(g) + (int64_t)g->T * TRACK;
        if (have && worth >= best->worth) continue;
        have = true;
        save(g, best, n_h, n_v, n_x);
        best->worth = worth;
    }
    if (have) restore(g, best);
    return have;
}

/* One sweep with `width` tracks at the start, in stretches of len columns. False if it needs more than g->limit tracks or max_extra columns. */
static bool sweep(Sweep *g, uint32_t width, uint32_t len, uint32_t tries, const SweepKnobs *knobs, uint32_t max_extra)
{
    uint32_t n = g->ch->n_cols, c = 0;
    Saved base = {0}, best = {0};
    bool ok = true;
    channel_solution_free(g->out);
    g->k = *knobs;
    sweep_start(g, width);
    for (; ok && c < n; c = n - c > len ? c + len : n) ok = stretch(g, c, n - c > len ? c + len : n, tries, knobs, &base, &best);
    saved_free(&base);
    saved_free(&best);
    g->k = *knobs;
    for (uint32_t extra = 0; ok && sweep_in_pieces(g); extra++, c++) ok = extra < max_extra && extra <= 4 * g->T + 16 && sweep_column(g, c);
    return ok && sweep_finish(g, c, max_extra);
}

/* ---- search ------------------------------------------------------------------------------------------ */

#define FIRST_TURNS 12u         /* so many within ... */
#define FIRST_WORK 4000000u     /* ... this are made whatever the work allowed */

static bool search(Sweep *g, const ChanSearch *opt, ChanSolution *best)
{
    static const SweepKnobs plain[] = {
        {.reach = 16, .deep = 1, .far = 12, .wrong = 24, .steady = 64, .split = 130000, .change = 16, .tries = 16, .noise = 20},
        {.reach = 64, .deep = 1, .far = 12, .wrong = 24, .steady = 1024, .split = 130000, .change = 16, .tries = 16, .noise = 20},
        {.reach = 16, .deep = 3, .far = 12, .wrong = 24, .split = 130000, .change = 64, .block = 4, .tries = 8},
    };
    uint32_t lo = opt->stop_at ? opt->stop_at : 1, width = lo;
    uint64_t area = opt->area;
    bool have = false, last = false;
    SweepKnobs good = plain[0];
    ChanSolution s = {0};
    g->out = &s;
    for (uint32_t turn = 0; !last; turn++) {
        bool first = turn < COUNTOF(plain), spent = turn > 1 && g->work >= opt->work && (turn >= FIRST_TURNS || g->work >= opt->work + FIRST_WORK);
        last = spent && !have && area == UINT64_MAX; /* whatever it takes */
        uint64_t most = area == UINT64_MAX ? UINT32_MAX / 4 : (area - 1) / g->ch->n_cols; /* one more than tracks */
        if ((spent && !last) || most <= lo) break;
        most--;
        g->limit = last || most < 2 * width + 16 ? (uint32_t)most : 2 * width + 16; /* more: pieces pile up */
        SweepKnobs k = last ? plain[0] : first ? plain[turn] : have && rng_below(&g->rng, 2) ? vary_knobs(&good, &g->rng) : draw_knobs(&g->rng);
        uint32_t tries = last || first || rng_below(&g->rng, 2) ? 1 : 2u << rng_below(&g->rng, 4);
        uint32_t len = tries == 1 ? g->ch->n_cols : 4u << rng_below(&g->rng, 6);
        if (sweep(g, width, len, tries, &k, opt->max_extra) && (uint64_t)s.n_cols * (s.n_tracks + 1) < area) {
            channel_solution_free(best);
            *best = s;
            memset(&s, 0, sizeof s);
            have = true;
            good = k;
            area = (uint64_t)best->n_cols * (best->n_tracks + 1);
            if (best->n_tracks <= lo && best->n_cols == g->ch->n_cols) break;
        }
        uint32_t top = have ? best->n_tracks : lo + lo / 8 + 2 + turn * (2 + lo / 16);
        width = lo + rng_below(&g->rng, top > lo ? top - lo + 1 : 1);
    }
    channel_solution_free(&s);
    return have;
}

bool chan_sweep(const Chan *ch, const ChanSearch *opt, ChanSolution *out)
{
    Sweep g;
    sweep_new(&g, ch, opt->seed);
    bool ok = search(&g, opt, out);
    sweep_free(&g);
    return ok;
}
