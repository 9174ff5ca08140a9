/* Channels on one layer: fewest tracks against search of all ways and against the published condition; all through the independent checker. */
#include "gen/base/base.h"
#include "route/channel.h"
#include "verify/channel.h"

#include <criterion/criterion.h>

enum { COLS_MAX = 600 };

typedef struct { uint32_t n_cols, n, top[COLS_MAX], bottom[COLS_MAX], a[COLS_MAX], b[COLS_MAX]; } Case;

/* n nets at random columns, both sides in order. */
static void random_case(Case *c, Rng *rng, uint32_t n_cols, uint32_t n)
{
    *c = (Case){.n_cols = n_cols, .n = n};
    for (int side = 0; side < 2; side++) {
        uint32_t left = n, k = 0;
        for (uint32_t i = 0; i < n_cols && left; i++) {
            if (rng_below(rng, n_cols - i) >= left) continue;
            (side ? c->bottom : c->top)[i] = 100 + k;
            (side ? c->b : c->a)[k++] = i;
            left--;
        }
    }
}

/* Routed, judged from its text, its bound proved; the tracks. */
static uint32_t routed(const Case *c)
{
    Channel ch = {.n_cols = c->n_cols, .top = c->top, .bottom = c->bottom, .layers = "p"};
    ChannelRule rule = {.n_cols = c->n_cols, .top = c->top, .bottom = c->bottom, .layers = "p"};
    ChannelCount n;
    ChanSolution s;
    Buf text = {0}, why = {0};
    cr_assert(channel_is_river(&ch));
    cr_assert_eq(channel_route(&ch, NULL, &s), ST_OK);
    channel_print(&s, &text);
    cr_assert(channel_legal(text.s, &rule, &n, &why), "%s\n%s", why.s, text.s);
    cr_assert_eq(n.tracks, s.n_tracks);
    cr_assert_eq(n.columns, c->n_cols, "no column is added");
    cr_assert_eq(n.vias, 0);
    cr_assert_eq(n.wirelength, s.wirelength);
    cr_assert_eq(s.bound, s.n_tracks);
    if (s.n_tracks) {
        cr_assert_eq(s.proof.n, 2);
        cr_assert(channel_river_proved(&rule, s.n_tracks - 1, s.proof.v[0], s.proof.v[1]));
        cr_assert_not(channel_river_proved(&rule, s.n_tracks, s.proof.v[0], s.proof.v[1]));
    }
    uint32_t t = s.n_tracks;
    buf_free(&text);
    channel_solution_free(&s);
    return t;
}

/* ---- all ways, tried out ---------------------------------------------------------------------------------- */

typedef struct { const Case *c; uint32_t T; bool used[8][8]; } All;

static bool walk(All *s, uint32_t net, uint32_t x, uint32_t y)
{
    if (s->used[y][x]) return false;
    s->used[y][x] = true;
    bool ok = false;
    if (y == s->T && x == s->c->b[net]) {
        ok = net + 1 == s->c->n;
        if (!ok) ok = walk(s, net + 1, s->c->a[net + 1], 1);
    }
    if (!ok && y < s->T) ok = walk(s, net, x, y + 1);
    if (!ok && x + 1 < s->c->n_cols) ok = walk(s, net, x + 1, y);
    if (!ok && x > 0) ok = walk(s, net, x - 1, y);
    if (!ok && y > 1) ok = walk(s, net, x, y - 1);
    s->used[y][x] = false;
    return ok;
}

static bool possible(const Case *c, uint32_t T)
{
    if (!T) {
        for (uint32_t i = 0; i < c->n; i++)
            if (c->a[i] != c->b[i]) return false;
        return true;
    }
    All s = {.c = c, .T = T};
    return walk(&s, 0, c->a[0], 1);
}

Test(river, fewest_tracks_of_all_ways)
{
    Rng rng = rng_make(11, 0);
    uint32_t seen[6] = {0};
    for (int k = 0; k < 400; k++) {
        static Case c;
        random_case(&c, &rng, 4 + rng_below(&rng, 3), 1 + rng_below(&rng, 4));
        uint32_t t = routed(&c);
        cr_assert_leq(t, 4);
        seen[t]++;
        cr_assert(possible(&c, t));
        cr_assert(!t || !possible(&c, t - 1), "%u tracks, fewer do", t);
    }
    for (int t = 0; t < 4; t++) cr_expect_gt(seen[t], 5, "%u cases of %d tracks", seen[t], t);
    cr_assert_eq(mem_live(), 0);
}

/* Leiserson, Pinter 1983: t tracks do if and only if a[i+t] - b[i] >= t and b[i+t] - a[i] >= t for all i. */
static bool condition(const Case *c, uint32_t t)
{
    for (uint32_t i = 0; i + t < c->n; i++)
        if ((int64_t)c->a[i + t] - c->b[i] < t || (int64_t)c->b[i + t] - c->a[i] < t) return false;
    return true;
}

Test(river, fewest_tracks_by_the_published_condition)
{
    Rng rng = rng_make(12, 0);
    uint32_t most = 0;
    for (int k = 0; k < 100; k++) {
        static Case c;
        uint32_t n = 1 + rng_below(&rng, COLS_MAX / 2);
        random_case(&c, &rng, n + rng_below(&rng, COLS_MAX - n + 1), n);
        uint32_t t = routed(&c);
        cr_assert(condition(&c, t));
        cr_assert(!t || !condition(&c, t - 1));
        if (t > most) most = t;
    }
    cr_expect_gt(most, 20);
    cr_assert_eq(mem_live(), 0);
}

/* A bus moved aside by d of its pitches needs d tracks where there is room between its wires, all of its wires where there is none. */
Test(river, buses)
{
    for (uint32_t pitch = 1; pitch < 4; pitch++)
        for (uint32_t d = 0; d < 12; d++)
            for (int left = 0; left < 2; left++) {
                static Case c;
                enum { N = 40 };
                c = (Case){.n_cols = 200, .n = N};
                for (uint32_t i = 0; i < N; i++) {
                    c.a[i] = pitch * i + (left ? d : 0);
                    c.b[i] = pitch * i + (left ? 0 : d);
                    c.top[c.a[i]] = c.bottom[c.b[i]] = i + 1;
                }
                uint32_t want = 0;
                while (!condition(&c, want)) want++;
                cr_expect_eq(routed(&c), want);
                if (pitch == 1) cr_expect_eq(want, d ? N : 0);
                if (pitch == 2) cr_expect_eq(want, d);
            }
}

Test(river, refused_with_the_net)
{
    static const struct { const char *text, *says; } wrong[] = {
        {"1 2\n2 1\n", "net 2 has its lower pin left"},   {"1 1 0\n0 1 0\n", "net 1 has two pins on one side"},
        {"1 0 1\n0 0 0\n", "net 1 has two pins"},          {"1 0\n0 1\nleft 1\n", "ends"},
        {"1 0\n0 1\ngaps 2 1 1\n", "gaps"},               {"1 0\n0 1\nsensitive 1\n", "classes"},
    };
    for (size_t i = 0; i < COUNTOF(wrong); i++) {
        ChannelFile f;
        ChanSolution s;
        cr_assert_eq(channel_parse("x", wrong[i].text, strlen(wrong[i].text), &f), ST_OK);
        cr_expect_not(channel_is_river(&f.ch));
        f.ch.layers = "p";
        msg_capture_begin();
        cr_expect_eq(channel_route(&f.ch, NULL, &s), ST_VIOLATION);
        const char *said = msg_capture_end();
        cr_expect(strstr(said, "RTE-0007") && strstr(said, wrong[i].says), "%zu: %s", i, said);
        channel_solution_free(&s);
        channel_file_free(&f);
    }
    cr_assert_eq(mem_live(), 0);
}

/* The checker on one layer: what joins, what meets, and proofs that prove nothing. */
Test(river, checker)
{
    static const uint32_t top[] = {1, 2, 0, 0}, bottom[] = {0, 0, 1, 2};
    static const struct { const char *text, *says; } wrong[] = {
        {"channel 4 2\nlayers p\nv 1 0 0 2\nh 1 2 0 2\nv 1 2 2 3\nv 2 1 0 1\nh 2 1 1 3\nv 2 3 1 3\n", NULL},
        {"channel 4 2\nv 1 0 0 2\nh 1 2 0 2\nv 1 2 2 3\nv 2 1 0 2\nh 2 1 1 3\nv 2 3 1 3\n", "two nets at one place: net 1, column 1, track 2"},
        {"channel 4 2\nv 1 0 0 2\nh 1 2 0 2\nv 1 2 2 3\nv 2 1 0 1\nh 2 1 1 3\nv 2 3 2 3\n", "one piece"},
        {"channel 4 2\nv 1 0 0 2\nh 1 2 0 2\nv 1 2 2 3\nv 2 1 0 1\nh 2 1 1 3\nv 2 3 1 3\nx 1 0 2\n", "via out of range"},
        {"channel 4 2\nlayers hv\n", "other layers"},
    };
    ChannelRule r = {.n_cols = 4, .top = top, .bottom = bottom, .layers = "p"};
    for (size_t i = 0; i < COUNTOF(wrong); i++) {
        Buf why = {0};
        bool ok = channel_legal(wrong[i].text, &r, NULL, &why);
        cr_expect_eq(ok, !wrong[i].says, "case %zu: %s", i, why.s ? why.s : "");
        cr_expect(ok || strstr(why.s, wrong[i].says), "case %zu: %s", i, why.s);
        buf_free(&why);
    }
    cr_expect(channel_river_proved(&r, 1, 1, 2) && !channel_river_proved(&r, 2, 1, 2));
    cr_expect_not(channel_river_proved(&r, 1, 0, 3), "one net");
    cr_expect_not(channel_river_proved(&r, 1, 1, 0), "both nets end right of it, but a cut of two points has room for them");
    cr_assert_eq(mem_live(), 0);
}
