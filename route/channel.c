/*
 * Channel router: problem preparation, choice among the methods, the finished solution.
 *
 * Invariant: what leaves channel_route() has passed chan_check(). Does not draw anything.
 */
#include "route/channel_int.h"

#include <stdlib.h>

void sol_h(ChanSolution *s, uint32_t net, uint32_t track, uint32_t c1, uint32_t c2)
{
    arr_push(&s->h, ((ChanH){net, track, c1, c2}));
}

void sol_v(ChanSolution *s, uint32_t net, uint32_t col, uint32_t t1, uint32_t t2)
{
    arr_push(&s->v, ((ChanV){net, col, t1, t2}));
}

void sol_x(ChanSolution *s, uint32_t net, uint32_t col, uint32_t track)
{
    arr_push(&s->x, ((ChanX){net, col, track}));
}

void channel_solution_free(ChanSolution *s)
{
    arr_free(&s->h);
    arr_free(&s->v);
    arr_free(&s->x);
    arr_free(&s->proof);
    memset(s, 0, sizeof *s);
}

/* ---- preparation -------------------------------------------------------------------------------- */

/* Dense number of an id, given out in order of first appearance (top to bottom, left to right). */
static uint32_t dense_id(Map *m, Chan *c, uint32_t id)
{
    uint32_t k;
    if (map_get(m, id, &k)) return k;
    k = ++c->n_nets;
    map_set(m, id, k);
    c->orig[k] = id;
    c->first[k] = UINT32_MAX;
    return k;
}

static void touch_col(Chan *c, uint32_t net, uint32_t col)
{
    if (c->first[net] == UINT32_MAX || col < c->first[net]) c->first[net] = col;
    if (col > c->last[net]) c->last[net] = col;
}

static Status check_ends(const Channel *ch, const char *side, const uint32_t *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (v[i] == 0) return msg_error(ST_INPUT, "RTE-0001", (Loc){0}, "channel: net 0 in the list of nets leaving at the %s", side);
        for (uint32_t j = 0; j < i; j++)
            if (v[i] == v[j])
                return msg_error(ST_INPUT, "RTE-0001", (Loc){0}, "channel: net %u leaves at the %s twice", v[i], side);
    }
    (void)ch;
    return ST_OK;
}

static bool shaped(const ChanClass *q) { return q->width > 1 || q->space || q->shield || q->pair || q->match || q->cross; }

static bool any_shaped(const Channel *ch)
{
    for (uint32_t i = 0; i < ch->n_classes; i++)
        if (shaped(&ch->classes[i])) return true;
    return false;
}

static Status check_classes(const Channel *ch)
{
    for (uint32_t i = 0; i < ch->n_classes; i++) {
        const ChanClass *q = &ch->classes[i];
        const char *why = NULL;
        for (uint32_t j = 0; j < i; j++)
            if (ch->classes[j].net == q->net) why = "has two classes";
        if (!q->net || q->net == q->pair) why = "is no net or its own pair";
        if (q->width > 64 || q->space > 64) why = "has a width or space above 64 tracks";
        if (q->shield && (!ch->shield_net || ch->shield_net == q->net)) why = "is shielded without a net for the shield";
        if (shaped(q) && ch->layers && strcmp(ch->layers, "hv") != 0) why = "has a class on other layers than hv";
        if (why) return msg_error(ST_INPUT, "RTE-0001", (Loc){0}, "channel: net %u %s", q->net, why);
    }
    for (uint32_t c = 0; ch->shield_net && c < ch->n_cols; c++)
        if (ch->top[c] == ch->shield_net || ch->bottom[c] == ch->shield_net)
            return msg_error(ST_INPUT, "RTE-0001", (Loc){0}, "channel: net %u of the shields has a pin in column %u", ch->shield_net, c);
    return ST_OK;
}

#define CHAN_MAX_COLS (1u << 24) /* keeps every column, track and sum far inside 32 bits */

static Status chan_validate(const Channel *ch)
{
    if (ch->n_cols == 0 || ch->n_cols > CHAN_MAX_COLS)
        return msg_error(ST_INPUT, "RTE-0001", (Loc){0}, "channel: %u columns; allowed are 1 to %u", ch->n_cols, CHAN_MAX_COLS);
    if (ch->h_gap > 16 || ch->v_gap > 16 || ch->min_len > 64)
        return msg_error(ST_INPUT, "RTE-0001", (Loc){0}, "channel: gaps %u, %u or minimal length %u are out of range (16, 16, 64)",
                         ch->h_gap, ch->v_gap, ch->min_len);
    if (ch->layers && strcmp(ch->layers, "p") != 0 && !chan_layers_known(ch->layers))
        return msg_error(ST_INPUT, "RTE-0001", (Loc){0}, "channel: layers %s are not among p, hv, hvh, vhv and 2 to %d pairs hv", ch->layers,
                         CHAN_PAIRS_MAX);
    TRY(check_classes(ch));
    TRY(check_ends(ch, "left", ch->left, ch->n_left));
    return check_ends(ch, "right", ch->right, ch->n_right);
}

/* Take out nets that need no track: one pin, or one column only and no end. */
static void drop_trivial(Chan *c)
{
    for (uint32_t i = 0; i < c->n_cols; i++) {
        uint32_t a = c->top[i], b = c->bot[i];
        bool ta = a && c->first[a] == c->last[a] && !c->left[a] && !c->right[a];
        bool tb = b && c->first[b] == c->last[b] && !c->left[b] && !c->right[b];
        if (ta && a == b) c->through[i] = a;
        if (ta) c->top[i] = 0;
        if (tb) c->bot[i] = 0;
    }
}

static uint32_t density_of(const Chan *c)
{
    /* Nets nearer than h_gap columns cannot share a track either: a net counts so many columns less one beyond its end. */
    uint32_t n = c->n_cols + c->h_gap;
    int32_t *d = mem_calloc((size_t)n + 1, sizeof *d);
    for (uint32_t k = 1; k <= c->n_nets; k++) {
        uint32_t a = c->first[k], b = c->last[k], end = c->n_cols - 1;
        if (a == b && !c->left[k] && !c->right[k]) continue;
        /* A stub to an end can grow in one direction only. */
        if (c->left[k] && b < c->min_len) b = c->min_len < end ? c->min_len : end;
        if (c->right[k] && end - a < c->min_len) a = end > c->min_len ? end - c->min_len : 0;
        d[a]++;
        d[b + c->h_gap]--;
    }
    int32_t sum = 0, best = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += d[i];
        if (sum > best) best = sum;
    }
    mem_free(d);
    return (uint32_t)best;
}

/* Sensitive nets and aggressors; nothing if one of the two is missing. */
static void note_classes(Chan *c, const Channel *ch, const Map *m)
{
    bool *kind[2] = {arena_array(&c->arena, bool, (size_t)c->n_nets + 1), arena_array(&c->arena, bool, (size_t)c->n_nets + 1)}, have[2] = {false, false};
    for (uint32_t i = 0; i < ch->n_classes; i++) {
        const ChanClass *q = &ch->classes[i];
        uint32_t k;
        if (!map_get(m, q->net, &k)) continue;
        kind[0][k] = q->sensitive;
        kind[1][k] = q->aggressor;
        have[0] |= q->sensitive;
        have[1] |= q->aggressor;
    }
    if (!have[0] || !have[1]) return;
    c->quiet = kind[0];
    c->loud = kind[1];
}

void chan_init(Chan *c, const Channel *ch)
{
    memset(c, 0, sizeof *c);
    size_t n = ch->n_cols, max_nets = 2 * n + ch->n_left + ch->n_right + 1;
    c->n_cols = ch->n_cols;
    c->top = arena_array(&c->arena, uint32_t, n);
    c->bot = arena_array(&c->arena, uint32_t, n);
    c->through = arena_array(&c->arena, uint32_t, n);
    c->first = arena_array(&c->arena, uint32_t, max_nets);
    c->last = arena_array(&c->arena, uint32_t, max_nets);
    c->orig = arena_array(&c->arena, uint32_t, max_nets);
    c->left = arena_array(&c->arena, bool, max_nets);
    c->right = arena_array(&c->arena, bool, max_nets);
    c->h_gap = ch->h_gap ? ch->h_gap : 1;
    c->v_gap = ch->v_gap ? ch->v_gap : 1;
    c->min_len = ch->min_len;
    c->shield_net = ch->shield_net;

    Map m = {0};
    for (uint32_t i = 0; i < n; i++) {
        if (ch->top[i]) touch_col(c, c->top[i] = dense_id(&m, c, ch->top[i]), i);
        if (ch->bottom[i]) touch_col(c, c->bot[i] = dense_id(&m, c, ch->bottom[i]), i);
    }
    uint32_t with_pins = c->n_nets;
    for (uint32_t i = 0; i < ch->n_left; i++) {
        uint32_t k = dense_id(&m, c, ch->left[i]);
        c->left[k] = true;
        touch_col(c, k, 0);
    }
    for (uint32_t i = 0; i < ch->n_right; i++) {
        uint32_t k = dense_id(&m, c, ch->right[i]);
        c->right[k] = true;
        touch_col(c, k, c->n_cols - 1);
    }
    for (uint32_t k = with_pins + 1; k <= c->n_nets; k++) /* one end and no pin: nothing to connect */
        if (c->left[k] != c->right[k]) c->left[k] = c->right[k] = false;
    note_classes(c, ch, &m);
    map_free(&m);
    drop_trivial(c);
    c->density = density_of(c);
}

uint32_t channel_density(const Channel *ch)
{
    Chan c;
    chan_init(&c, ch);
    uint32_t d = c.density;
    arena_free(&c.arena);
    return d;
}

/* ---- mirror images: the sweep is not symmetric, so both directions are tried ---------------------- */

static void chan_mirror(Chan *m, const Chan *c, bool *ends_left, bool *ends_right)
{
    *m = *c;
    memset(&m->arena, 0, sizeof m->arena);
    uint32_t n = c->n_cols;
    m->top = arena_array(&m->arena, uint32_t, n);
    m->bot = arena_array(&m->arena, uint32_t, n);
    m->through = arena_array(&m->arena, uint32_t, n);
    m->first = arena_array(&m->arena, uint32_t, (size_t)c->n_nets + 1);
    m->last = arena_array(&m->arena, uint32_t, (size_t)c->n_nets + 1);
    for (uint32_t i = 0; i < n; i++) {
        m->top[i] = c->top[n - 1 - i];
        m->bot[i] = c->bot[n - 1 - i];
        m->through[i] = c->through[n - 1 - i];
    }
    for (uint32_t k = 1; k <= c->n_nets; k++) {
        m->first[k] = n - 1 - c->last[k];
        m->last[k] = n - 1 - c->first[k];
    }
    m->left = ends_right;
    m->right = ends_left;
}

static void sol_mirror(ChanSolution *s, uint32_t n)
{
    for (uint32_t i = 0; i < s->h.n; i++) {
        uint32_t a = s->h.v[i].c1;
        s->h.v[i].c1 = n - 1 - s->h.v[i].c2;
        s->h.v[i].c2 = n - 1 - a;
    }
    for (uint32_t i = 0; i < s->v.n; i++) s->v.v[i].col = n - 1 - s->v.v[i].col;
    for (uint32_t i = 0; i < s->x.n; i++) s->x.v[i].col = n - 1 - s->x.v[i].col;
}

/* ---- finishing ------------------------------------------------------------------------------------ */

static int cmp_u32(uint32_t a, uint32_t b) { return a < b ? -1 : a > b; }

static int cmp_h(const void *pa, const void *pb)
{
    const ChanH *a = pa, *b = pb;
    int d = cmp_u32(a->track, b->track);
    return d ? d : cmp_u32(a->c1, b->c1);
}

static int cmp_v(const void *pa, const void *pb)
{
    const ChanV *a = pa, *b = pb;
    int d = cmp_u32(a->col, b->col);
    return d ? d : cmp_u32(a->t1, b->t1);
}

static int cmp_x(const void *pa, const void *pb)
{
    const ChanX *a = pa, *b = pb;
    int d = cmp_u32(a->col, b->col);
    return d ? d : cmp_u32(a->track, b->track);
}

/* Give wire i a track of its own right under its present one; the net's vertical wires there follow. */
static void own_track(ChanSolution *s, uint32_t i)
{
    ChanH w = s->h.v[i];
    for (uint32_t k = 0; k < s->h.n; k++) s->h.v[k].track += s->h.v[k].track > w.track;
    for (uint32_t k = 0; k < s->x.n; k++) {
        ChanX *x = &s->x.v[k];
        bool mine = x->net == w.net && x->track == w.track && x->col >= w.c1 && x->col <= w.c2;
        x->track += mine || x->track > w.track;
    }
    for (uint32_t k = 0; k < s->v.n; k++) {
        ChanV *v = &s->v.v[k];
        bool mine = v->net == w.net && v->col >= w.c1 && v->col <= w.c2;
        v->t1 += v->t1 > w.track || (mine && v->t1 == w.track);
        v->t2 += v->t2 > w.track || (mine && v->t2 == w.track);
    }
    s->h.v[i].track++;
    s->n_tracks++;
}

/* Lengthen wire i within the free part of its track. */
static bool lengthen_one(const Chan *ch, ChanSolution *s, uint32_t i)
{
    ChanH *w = &s->h.v[i];
    uint32_t lo = 0, hi = s->n_cols - 1;
    if (i > 0 && s->h.v[i - 1].track == w->track) lo = s->h.v[i - 1].c2 + ch->h_gap;
    if (i + 1 < s->h.n && s->h.v[i + 1].track == w->track) {
        uint32_t next = s->h.v[i + 1].c1;
        hi = next > ch->h_gap ? next - ch->h_gap : 0;
    }
    while (w->c2 - w->c1 < ch->min_len && w->c2 < hi) w->c2++;
    while (w->c2 - w->c1 < ch->min_len && w->c1 > lo) w->c1--;
    return w->c2 - w->c1 >= ch->min_len;
}

bool chan_lengthen(const Chan *ch, ChanSolution *s, uint32_t max_extra)
{
    bool narrow = s->n_cols <= ch->min_len;
    for (uint32_t k = 1; narrow && k <= ch->n_nets; k++)
        if (ch->right[k]) return false;
    if (narrow && ch->min_len + 1 - ch->n_cols <= max_extra) s->n_cols = ch->min_len + 1;
    if (s->h.n) qsort(s->h.v, s->h.n, sizeof *s->h.v, cmp_h);
    for (uint32_t i = 0; i < s->h.n; i++) {
        /* Also a wire that leaves the channel: at the chip's edge nothing goes on. */
        if (lengthen_one(ch, s, i)) continue;
        if (s->n_cols <= ch->min_len) return false;
        own_track(s, i);
        qsort(s->h.v, s->h.n, sizeof *s->h.v, cmp_h);
        i = UINT32_MAX; /* once more from the start: the order has changed */
    }
    return true;
}

static uint64_t coupled_length(const ChanSolution *s, const bool *quiet, const bool *loud, uint32_t n)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < s->h.n; i++) {
        const ChanH *q = &s->h.v[i];
        if (q->net > n || !quiet[q->net]) continue;
        for (uint32_t j = 0; j < s->h.n; j++) {
            const ChanH *o = &s->h.v[j];
            if (o->net > n || !loud[o->net] || o->layer != q->layer || (o->track + 1 != q->track && q->track + 1 != o->track)) continue;
            uint32_t a = o->c1 > q->c1 ? o->c1 : q->c1, b = o->c2 < q->c2 ? o->c2 : q->c2;
            sum += b > a ? b - a : 0;
        }
    }
    return sum;
}

static uint64_t coupled_of(const Chan *c, const ChanSolution *s) { return c->quiet ? coupled_length(s, c->quiet, c->loud, c->n_nets) : 0; }

static void sort_wires(ChanSolution *s)
{
    if (s->h.n) qsort(s->h.v, s->h.n, sizeof *s->h.v, cmp_h);
    if (s->v.n) qsort(s->v.v, s->v.n, sizeof *s->v.v, cmp_v);
    if (s->x.n) qsort(s->x.v, s->x.n, sizeof *s->x.v, cmp_x);
}

static int64_t length_of(const ChanSolution *s)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->h.n; i++) sum += s->h.v[i].c2 - s->h.v[i].c1;
    for (uint32_t i = 0; i < s->v.n; i++) sum += s->v.v[i].t2 - s->v.v[i].t1;
    return sum;
}

static void sol_finish(ChanSolution *s, const Chan *c)
{
    sort_wires(s);
    s->density = c->density;
    s->layers = "hv";
    s->coupled = coupled_of(c, s);
    s->wirelength = length_of(s);
    for (uint32_t i = 0; i < s->h.n; i++) s->h.v[i].net = s->h.v[i].net > c->n_nets ? c->shield_net : c->orig[s->h.v[i].net];
    for (uint32_t i = 0; i < s->v.n; i++) s->v.v[i].net = c->orig[s->v.v[i].net];
    for (uint32_t i = 0; i < s->x.n; i++) s->x.v[i].net = c->orig[s->x.v[i].net];
}

/* What is left to do on wires that have the caller's ids already. */
static Status finish_river(const Channel *ch, const Chan *c, ChanSolution *s)
{
    TRY(chan_route_river(ch, s));
    sort_wires(s);
    s->density = c->density;
    s->layers = "p";
    s->bound_by = "river";
    s->wirelength = length_of(s);
    return ST_OK;
}

static void add_through(const Chan *c, ChanSolution *s)
{
    for (uint32_t i = 0; i < c->n_cols; i++)
        if (c->through[i]) sol_v(s, c->through[i], i, 0, s->n_tracks + 1);
}

/* ---- choice ----------------------------------------------------------------------------------------- */

static uint64_t area_of(const ChanSolution *s) { return (uint64_t)s->n_cols * (s->n_tracks + 1); }

/* Less area (added columns count), then fewer tracks, then fewer vias. */
static bool better(const ChanSolution *a, const ChanSolution *b)
{
    if (area_of(a) != area_of(b)) return area_of(a) < area_of(b);
    if (a->n_tracks != b->n_tracks) return a->n_tracks < b->n_tracks;
    return a->x.n < b->x.n;
}

static void keep_best(ChanSolution *best, bool *have, ChanSolution *s)
{
    if (!*have || better(s, best)) {
        channel_solution_free(best);
        *best = *s;
        *have = true;
    } else {
        channel_solution_free(s);
    }
}

/* Lay the nets of a solution anew; what comes out replaces it only if it is legal and better by the objective. */
static void improve(const Chan *c, const ChanOptions *opt, uint64_t work, ChanSolution *s)
{
    ChanLanes w;
    if (c->min_len > 1 || !lanes_of(c, s, &w)) return;
    ChanSolution t = {.method = s->method};
    bool wire = opt->objective == CHAN_WIRELENGTH;
    if (lanes_improve(c, &w, wire ? 1 : 3, wire ? 100 : 1, work)) {
        lanes_draw(c, &w, &t);
        bool long_enough = !c->min_len || (chan_lengthen(c, &t, 0) && t.n_tracks <= s->n_tracks);
        add_through(c, &t);
        if (long_enough && coupled_of(c, &t) <= coupled_of(c, s) && chan_check(c, &t, NULL)) {
            ChanSolution old = *s;
            *s = t;
            t = old;
        }
    }
    channel_solution_free(&t);
    lanes_free(&w);
}

typedef bool (*ChanMethod)(const Chan *, const ChanSearch *, ChanSolution *);

static void try_method(const Chan *c, ChanMethod fn, const ChanSearch *opt, bool mirrored, ChanSolution *best, bool *have)
{
    ChanSolution s = {0};
    ChanSearch o = *opt;
    if (*have && best->n_cols == c->n_cols) o.below = best->n_tracks;
    if (*have) o.area = area_of(best), o.known_tracks = best->n_tracks, o.known_cols = best->n_cols;
    if (o.below <= o.stop_at) return;
    if (fn == chan_sat && o.below == UINT32_MAX) o.below = 2 * c->density + 4; /* columns may cost tracks */
    Chan m;
    if (mirrored) {
        chan_mirror(&m, c, c->left, c->right);
        o.max_extra = 0; /* columns can be added at the right end only */
    } else {
        m = *c;
    }
    bool ok = fn(&m, &o, &s);
    if (mirrored) {
        if (ok) sol_mirror(&s, c->n_cols);
        arena_free(&m.arena);
    }
    if (!ok) {
        channel_solution_free(&s);
        return;
    }
    add_through(c, &s);
    Buf why = {0};
    if (!chan_check(c, &s, &why)) {
        fprintf(stderr, "channel: internal check of %s failed: %s\n", s.method, why.s);
        assert(!"channel router made an illegal solution");
    }
    buf_free(&why);
    keep_best(best, have, &s);
}

bool chan_route_whole(const Chan *c, const ChanOptions *opt, uint64_t work, ChanSolution *out)
{
    bool have = false;
    ChanSearch s = {opt->seed, work, opt->enough ? opt->enough : c->density, UINT32_MAX, UINT64_MAX, 0};

    try_method(c, chan_leg, &s, false, out, &have);
    s.max_extra = opt->max_extra;
    s.work = c->n_cols < 1000 ? work - work / 3 : work / 2; /* where tracks are hundreds, the caches are missed */
    try_method(c, chan_sweep, &s, false, out, &have);
    s.work = work / 6;
    if (have && out->n_cols == c->n_cols) try_method(c, chan_sweep, &s, true, out, &have);
    s.work = work;
    try_method(c, chan_sat, &s, false, out, &have);
    try_method(c, chan_leg_wide, &s, false, out, &have);
    try_method(c, chan_maze, &s, false, out, &have);
    if (have && opt->effort > 0) improve(c, opt, s.work / 10, out); /* a tenth: no small channel needs more */
    return have;
}

/* Two layers. False: not within the columns that may be added. */
static bool route_two(const Channel *ch, const Chan *c, const ChanOptions *opt, ChanSolution *out)
{
    static const uint64_t work[3] = {0, 150000000, 3000000000};
    uint64_t most = work[opt->effort < 2 ? opt->effort : 2];
    if (opt->effort < 2 && c->n_cols >= 1000) most -= 2 * most / 5; /* a step costs more where the caches are missed: 2,000 columns in 2 s */
    ChanOptions o = *opt;
    ChanSolution bound = {0};
    chan_bound(c, &bound);
    if (o.enough < bound.bound) o.enough = bound.bound;
    bool have = chan_route_whole(c, &o, most, out);
    if (!have || out->n_tracks > o.enough || out->n_cols > c->n_cols) {
        ChanSolution s = {0};
        if (chan_windows(ch, c, &o, most, have ? out->n_tracks : UINT32_MAX, &s)) {
            assert(chan_check(c, &s, NULL));
            keep_best(out, &have, &s);
        } else {
            channel_solution_free(&s);
        }
    }
    if (have) {
        sol_finish(out, c);
        out->bound = bound.bound;
        out->bound_by = bound.bound_by;
        out->proof.n = 0;
        for (uint32_t i = 0; i < bound.proof.n; i++) arr_push(&out->proof, bound.proof.v[i]);
    }
    channel_solution_free(&bound);
    return have;
}

Status channel_route(const Channel *ch, const ChanOptions *opt, ChanSolution *out)
{
    static const ChanOptions usual = {1, 1, UINT32_MAX, CHAN_AREA, 0};
    if (!opt) opt = &usual;
    memset(out, 0, sizeof *out);
    TRY(chan_validate(ch));
    Chan c;
    chan_init(&c, ch);
    Status st = ST_OK;
    if (ch->layers && strcmp(ch->layers, "p") == 0) st = finish_river(ch, &c, out);
    else if (any_shaped(ch)) {
        st = chan_route_classes(ch, &c, opt, out);
        uint32_t bound = out->bound;
        add_through(&c, out);
        if (st == ST_OK) sol_finish(out, &c), out->bound = bound, out->bound_by = bound > c.density ? "classes" : "density";
        else channel_solution_free(out);
    } else if (ch->layers && strcmp(ch->layers, "hv") != 0) st = chan_route_layers(ch, &c, opt, out);
    else if (!route_two(ch, &c, opt, out))
        st = msg_error(ST_VIOLATION, "RTE-0004", (Loc){0}, "channel: cyclic vertical constraints cannot be broken within %u added columns",
                       opt->max_extra);
    arena_free(&c.arena);
    return st;
}
