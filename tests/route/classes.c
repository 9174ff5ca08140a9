/* Net classes of channels: what the router makes of them, and that the checker sees each kind of fault. */
#include "gen/base/base.h"
#include "route/channel.h"
#include "verify/channel.h"

#include <criterion/criterion.h>

static const char pins[] = "1 0 2 3 4 0 5 0 6 0 7 0 8 0 0 0 0 0\n0 5 0 0 1 2 0 6 0 3 0 4 0 7 0 0 8 0\n";

typedef struct { ChannelClass q[64]; ChannelRule r; } Rules;

static void rules_of(const Channel *ch, Rules *out)
{
    cr_assert_leq(ch->n_classes, 64);
    for (uint32_t i = 0; i < ch->n_classes; i++) {
        const ChanClass *c = &ch->classes[i];
        out->q[i] = (ChannelClass){c->net, c->width, c->space, c->shield, c->sensitive, c->aggressor, c->pair, c->match, c->cross};
    }
    out->r = (ChannelRule){ch->n_cols, ch->top, ch->bottom, ch->n_left, ch->n_right, ch->left, ch->right, ch->h_gap, ch->v_gap, ch->layers,
                           ch->n_classes, out->q, ch->shield_net};
}

static void parse(const char *classes, ChannelFile *f)
{
    Buf text = {0};
    buf_printf(&text, "%s%s", pins, classes);
    cr_assert_eq(channel_parse("test", text.s, text.n, f), ST_OK, "%s", classes);
    buf_free(&text);
}

static ChanSolution routed(const ChannelFile *f)
{
    ChanSolution s;
    Rules r;
    ChannelCount n;
    uint64_t coupled = 0;
    Buf text = {0}, why = {0};
    cr_assert_eq(channel_route(&f->ch, NULL, &s), ST_OK);
    channel_print(&s, &text);
    rules_of(&f->ch, &r);
    cr_assert(channel_legal(text.s, &r.r, &n, &why), "%s", why.s);
    cr_assert(channel_classes_kept(text.s, &r.r, &coupled, &why), "%s", why.s);
    cr_assert_eq(n.tracks, s.n_tracks);
    cr_assert_eq(n.wirelength, s.wirelength);
    cr_assert_eq(coupled, s.coupled);
    buf_free(&text);
    return s;
}

Test(classes, each_kind_and_all_together)
{
    static const struct { const char *text; uint32_t tracks; } want[] = {
        {"net 5 width 2\n", 6}, {"net 5 space 1\n", 7}, {"net 5 shield\n", 7}, {"pair 3 4\n", 5}, {"match 7 8\n", 5}, {"match 5 6 7\n", 5}, {"crossings 1 2\n", 5}, {"pair 3 4\ncrossings 3 4\n", 5},
        {"match 7 8\ncrossings 7 8\n", 5}, {"crossings 1 2 5\n", 5}, {"crossings 5 6\ncrossings 7 8\nnet 5 shield\n", 8},
        {"net 5 width 2 space 1 shield\npair 3 4\nmatch 7 8\nsensitive 6\naggressor 1 2\n", 9},
        {"net 3 width 2 shield\npair 3 4\nshield 77\n", 10},
    };
    for (size_t i = 0; i < COUNTOF(want); i++) {
        ChannelFile f;
        parse(want[i].text, &f);
        ChanSolution s = routed(&f);
        cr_expect_leq(s.n_tracks, want[i].tracks, "%s: %u tracks", want[i].text, s.n_tracks);
        cr_expect_geq(s.n_tracks, s.bound);
        channel_solution_free(&s);
        channel_file_free(&f);
    }
    cr_assert_eq(mem_live(), 0);
}

/* The same solution, judged for classes it was not made for. */
Test(classes, checker_sees_what_is_not_kept)
{
    static const struct { const char *text, *why; } want[] = {
        {"net 5 width 2\n", "not as wide"}, {"net 5 space 3\n", "free tracks"}, {"net 5 shield\n", "no shield"}, {"pair 1 8\n", "pair"},
        {"match 5 6\n", "not as long"}, {"match 1 3 5 7\n", "not as long"}, {"crossings 1 2 3 4 5 6 7 8\n", "not as many crossings"},
    };
    ChannelFile plain;
    parse("", &plain);
    ChanSolution s = routed(&plain);
    Buf text = {0};
    channel_print(&s, &text);
    for (size_t i = 0; i < COUNTOF(want); i++) {
        ChannelFile f;
        Rules r;
        Buf why = {0};
        parse(want[i].text, &f);
        rules_of(&f.ch, &r);
        cr_expect(!channel_classes_kept(text.s, &r.r, NULL, &why), "%s", want[i].text);
        cr_expect(why.s && strstr(why.s, want[i].why), "%s: %s", want[i].text, why.s);
        buf_free(&why);
        channel_file_free(&f);
    }
    buf_free(&text);
    channel_solution_free(&s);
    channel_file_free(&plain);
}

/* Wires of a wide net that is not joined on one of its tracks; a shield wire with a hole; coupled length by hand. */
Test(classes, checker_on_written_solutions)
{
    uint32_t top[] = {1, 0, 1, 0}, bot[] = {0, 2, 0, 2};
    ChannelClass wide = {.net = 1, .width = 2}, shield = {.net = 1, .shield = true};
    ChannelClass near[] = {{.net = 1, .sensitive = true}, {.net = 2, .aggressor = true}};
    ChannelRule r = {.n_cols = 4, .top = top, .bottom = bot, .n_classes = 1, .classes = &wide};
    const char *joined = "channel 4 3\nh 1 1 0 2\nh 1 2 0 2\nh 2 3 1 3\nv 1 0 0 2\nv 1 2 0 2\nv 2 1 3 4\nv 2 3 3 4\n"
                         "x 1 0 1\nx 1 0 2\nx 1 2 1\nx 1 2 2\nx 2 1 3\nx 2 3 3\n";
    const char *loose = "channel 4 3\nh 1 1 0 2\nh 1 2 0 2\nh 2 3 1 3\nv 1 0 0 2\nv 1 2 0 2\nv 2 1 3 4\nv 2 3 3 4\n"
                        "x 1 0 1\nx 1 0 2\nx 1 2 1\nx 2 1 3\nx 2 3 3\n";
    const char *hole = "channel 4 4\nh 9 1 0 2\nh 1 2 0 2\nh 9 3 0 1\nh 2 4 1 3\nv 1 0 0 2\nv 1 2 0 2\nv 2 1 4 5\nv 2 3 4 5\n"
                       "x 1 0 2\nx 1 2 2\nx 2 1 4\nx 2 3 4\n";
    Buf why = {0};
    cr_assert(channel_legal(joined, &r, NULL, &why), "%s", why.s);
    cr_assert(channel_classes_kept(joined, &r, NULL, &why), "%s", why.s);
    cr_assert(channel_legal(loose, &r, NULL, NULL));
    cr_assert(!channel_classes_kept(loose, &r, NULL, &why));
    cr_expect(strstr(why.s, "joined"), "%s", why.s);
    buf_free(&why);
    r.classes = &shield;
    r.shield_net = 9;
    cr_assert(channel_legal(hole, &r, NULL, &why), "%s", why.s);
    cr_assert(!channel_classes_kept(hole, &r, NULL, &why));
    cr_expect(strstr(why.s, "no shield"), "%s", why.s);
    buf_free(&why);
    r.shield_net = 0;
    cr_expect(!channel_legal(hole, &r, NULL, NULL), "loose wires are legal for shields only");
    uint64_t coupled = 0;
    r.classes = near;
    r.n_classes = 2;
    cr_assert(channel_classes_kept(joined, &r, &coupled, NULL));
    cr_expect_eq(coupled, 1, "net 2 runs under net 1 from column 1 to 2");
}

/* At equal tracks a sensitive net goes where no aggressor runs beside it. */
/* Nets 1 and 2 cross twice; where 2 goes on over net 3 it has one crossing more, and 3 has one. */
Test(classes, checker_counts_crossings)
{
    uint32_t top[] = {1, 0, 1, 0, 3}, bot[] = {0, 2, 0, 2, 3};
    ChannelClass q[] = {{.net = 1, .cross = 1}, {.net = 2, .cross = 1}}, other[] = {{.net = 3, .cross = 1}, {.net = 1, .cross = 1}};
    ChannelRule r = {.n_cols = 5, .top = top, .bottom = bot, .n_classes = 2, .classes = q};
    static const char *const text[] = {
        "channel 5 2\nh 1 2 0 2\nh 2 1 1 3\nv 1 0 0 2\nv 1 2 0 2\nv 2 1 1 3\nv 2 3 1 3\nv 3 4 0 3\nx 1 0 2\nx 1 2 2\nx 2 1 1\nx 2 3 1\n",
        "channel 5 2\nh 1 2 0 2\nh 2 1 1 4\nv 1 0 0 2\nv 1 2 0 2\nv 2 1 1 3\nv 2 3 1 3\nv 3 4 0 3\nx 1 0 2\nx 1 2 2\nx 2 1 1\nx 2 3 1\n",
    };
    for (int k = 0; k < 2; k++) {
        Buf why = {0};
        cr_assert(channel_legal(text[k], &r, NULL, &why), "%s", why.s);
        cr_expect_eq(channel_classes_kept(text[k], &r, NULL, &why), k == 0);
        cr_expect(k == 0 || strstr(why.s, "not as many crossings"), "%s", why.s);
        buf_free(&why);
    }
    r.classes = other;
    cr_expect_not(channel_classes_kept(text[1], &r, NULL, NULL), "a net without a track counts, too");
    cr_assert_eq(mem_live(), 0);
}

Test(classes, order_parts_sensitive_and_aggressors)
{
    enum { N = 200, NETS = 24 };
    Rng rng = rng_make(3, 3);
    uint32_t top[N] = {0}, bot[N] = {0}, plain_tracks = 0;
    uint64_t plain = 0;
    for (uint32_t k = 1; k <= NETS; k++)
        for (int e = 0; e < 2; e++) {
            uint32_t c;
            do c = rng_below(&rng, N / 2) * 2 + (uint32_t)e;
            while ((e ? bot : top)[c]);
            (e ? bot : top)[c] = k;
        }
    ChanClass q[NETS];
    for (uint32_t k = 0; k < NETS; k++) q[k] = (ChanClass){.net = k + 1, .sensitive = k < 3, .aggressor = k >= 3};
    for (int with = 0; with < 2; with++) {
        ChannelFile f = {.ch = {.n_cols = N, .top = top, .bottom = bot, .n_classes = with ? NETS : 0, .classes = q}};
        ChanSolution s = routed(&f);
        if (!with) {
            Rules r;
            Buf text = {0};
            f.ch.n_classes = NETS;
            rules_of(&f.ch, &r);
            channel_print(&s, &text);
            cr_assert(channel_classes_kept(text.s, &r.r, &plain, NULL));
            plain_tracks = s.n_tracks;
            buf_free(&text);
        } else {
            cr_expect_eq(s.n_tracks, plain_tracks);
            cr_expect_lt(s.coupled, plain, "%llu, %llu without classes", (unsigned long long)s.coupled, (unsigned long long)plain);
        }
        channel_solution_free(&s);
    }
}

Test(classes, refused)
{
    static const struct { const char *text, *id; Status st; } parse_bad[] = {
        {"net 5 width 0\n", "RTE-0002", ST_INPUT}, {"net 5 wide 2\n", "RTE-0002", ST_INPUT}, {"net x\n", "RTE-0002", ST_INPUT},
        {"pair 3\n", "RTE-0002", ST_INPUT}, {"pair 3 3\n", "RTE-0002", ST_INPUT}, {"match 3\n", "RTE-0002", ST_INPUT},
        {"sensitive\n", "RTE-0002", ST_INPUT}, {"gaps 1 2\n", "RTE-0002", ST_INPUT}, {"shield 0\n", "RTE-0002", ST_INPUT},
    };
    for (size_t i = 0; i < COUNTOF(parse_bad); i++) {
        Buf text = {0};
        ChannelFile f;
        buf_printf(&text, "%s%s", pins, parse_bad[i].text);
        msg_capture_begin();
        cr_expect_eq(channel_parse("test", text.s, text.n, &f), parse_bad[i].st, "%s", parse_bad[i].text);
        cr_expect(strstr(msg_capture_end(), parse_bad[i].id), "%s", parse_bad[i].text);
        channel_file_free(&f);
        buf_free(&text);
    }
    static const struct { const char *text, *id; } route_bad[] = {
        {"net 5 width 99\n", "RTE-0001"}, {"net 5 shield\nshield 5\n", "RTE-0001"}, {"layers hvh\nnet 5 width 2\n", "RTE-0001"},
        {"net 5 shield\nshield 1\n", "RTE-0001"}, {"pair 3 50\n", "RTE-0006"},
        {"net 7 width 2\nmatch 7 8\n", "RTE-0006"}, /* twice the vias */
    };
    for (size_t i = 0; i < COUNTOF(route_bad); i++) {
        ChannelFile f;
        ChanSolution s;
        parse(route_bad[i].text, &f);
        msg_capture_begin();
        cr_expect_neq(channel_route(&f.ch, NULL, &s), ST_OK, "%s", route_bad[i].text);
        cr_expect(strstr(msg_capture_end(), route_bad[i].id), "%s", route_bad[i].text);
        channel_solution_free(&s);
        channel_file_free(&f);
    }
    uint32_t a[] = {1, 0, 2}, b[] = {2, 0, 1};
    ChanClass q = {.net = 1, .width = 2};
    Channel circle = {.n_cols = 3, .top = a, .bottom = b, .n_classes = 1, .classes = &q};
    ChanSolution s;
    msg_capture_begin();
    cr_expect_eq(channel_route(&circle, NULL, &s), ST_VIOLATION);
    cr_expect(strstr(msg_capture_end(), "circle"));
    channel_solution_free(&s);
    cr_assert_eq(mem_live(), 0);
}
