/* Checker of channel solutions: good ones pass, each seeded fault is found and named. */
#include "verify/channel.h"

#include <criterion/criterion.h>

static const uint32_t top[] = {1, 0, 2}, bottom[] = {0, 1, 2};
static const char good[] = "channel 3 1\nh 1 1 0 1\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nx 1 1 1\nv 2 2 0 2\n";

Test(channel_check, good_and_counted)
{
    ChannelRule r = {.n_cols = 3, .top = top, .bottom = bottom};
    ChannelCount n;
    Buf why = {0};
    cr_assert(channel_legal(good, &r, &n, &why), "%s", why.s);
    cr_assert_eq(n.tracks, 1);
    cr_assert_eq(n.columns, 3);
    cr_assert_eq(n.vias, 2);
    cr_assert_eq(n.wirelength, 1 + 1 + 1 + 2);
    cr_assert_eq(mem_live(), 0);
}

Test(channel_check, each_fault_is_found)
{
    static const struct { const char *text, *says; } wrong[] = {
        {"channel 3 1\nh 1 1 0 1\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nv 2 2 0 2\n", "one piece"},            /* a via missing */
        {"channel 3 1\nh 1 1 0 2\nh 2 1 1 2\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nx 1 1 1\nv 2 2 0 2\n", "two horizontal"},
        {"channel 3 1\nh 1 1 0 1\nv 1 0 0 1\nv 1 1 1 2\nv 2 1 1 1\nx 1 0 1\nx 1 1 1\nv 2 2 0 2\n", "two vertical"},
        {"channel 3 1\nh 1 1 0 1\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nx 1 1 1\nv 2 2 1 2\n", "pin without wire"},
        {"channel 3 1\nh 1 1 0 1\nv 1 0 0 2\nv 1 1 1 2\nx 1 0 1\nx 1 1 1\nv 2 2 0 2\n", "at an edge"},
        {"channel 3 1\nh 1 1 0 2\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nx 1 1 1\nv 2 2 0 2\nx 1 2 1\n", "via does not join"},
        {"channel 3 1\nh 1 1 0 1\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nx 2 1 1\nv 2 2 0 2\n", "via does not join"},  /* wrong name */
        {"channel 3 1\nh 1 1 0 1\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nx 1 1 1\nx 1 1 1\nv 2 2 0 2\n", "two vias"},
        {"channel 3 1\nh 1 1 0 1\nv 1 0 0 1\nv 1 1 1 2\nx 1 0 1\nx 1 1 1\nx 1 0 2\nv 2 2 0 2\n", "out of range"},
        {"channel 3 1\nh 1 2 0 1\n", "out of range"},
        {"channel 3 1\nh 1 1 0 3\n", "out of range"},
        {"channel 2 1\nh 1 1 0 1\n", "header"},
        {"channel 3 99999999999\n", "header"},
        {"channel 3 1\nchannel 3 1\n", "second header"},
        {"h 1 1 0 1\n", "no header"},
        {"", "no header"},
        {"channel 3 1\nh 1 1 0\n", "not understood"},
        {"channel 3 1\nh 1 1 0 -1\n", "not understood"},
        {"channel 3 2\nh 1 1 0 1\nh 1 2 2 2\nv 1 0 0 1\nv 1 1 1 3\nx 1 0 1\nx 1 1 1\nv 2 2 0 3\n", "not joined"}, /* loose wire */
        {"channel 3 2\nh 1 1 0 1\nh 7 2 0 0\nv 1 0 0 1\nv 1 1 1 3\nx 1 0 1\nx 1 1 1\nv 2 2 0 3\n", "not joined"}, /* no such net */
    };
    ChannelRule r = {.n_cols = 3, .top = top, .bottom = bottom};
    for (size_t i = 0; i < COUNTOF(wrong); i++) {
        Buf why = {0};
        cr_expect_not(channel_legal(wrong[i].text, &r, NULL, &why), "case %zu passed", i);
        cr_expect(why.s && strstr(why.s, wrong[i].says), "case %zu: %s", i, why.s ? why.s : "");
        buf_free(&why);
    }
    cr_assert_eq(mem_live(), 0);
}

Test(channel_check, gaps)
{
    /* two nets on one track, their ends in neighbouring columns; likewise in one column */
    uint32_t t[] = {1, 1, 2, 2}, b[] = {0, 0, 0, 0};
    const char *text = "channel 4 1\nh 1 1 0 1\nh 2 1 2 3\nv 1 0 0 1\nv 1 1 0 1\nv 2 2 0 1\nv 2 3 0 1\nx 1 0 1\nx 1 1 1\nx 2 2 1\nx 2 3 1\n";
    ChannelRule r = {.n_cols = 4, .top = t, .bottom = b};
    cr_expect(channel_legal(text, &r, NULL, NULL));
    r.h_gap = 2;
    cr_expect_not(channel_legal(text, &r, NULL, NULL));
    uint32_t t2[] = {1, 0, 1}, b2[] = {2, 0, 2};
    const char *pair = "channel 3 2\nh 1 1 0 2\nh 2 2 0 2\nv 1 0 0 1\nv 1 2 0 1\nv 2 0 2 3\nv 2 2 2 3\nx 1 0 1\nx 1 2 1\nx 2 0 2\nx 2 2 2\n";
    ChannelRule q = {.n_cols = 3, .top = t2, .bottom = b2};
    cr_expect(channel_legal(pair, &q, NULL, NULL));
    q.v_gap = 2;
    cr_expect_not(channel_legal(pair, &q, NULL, NULL));
}

Test(channel_check, ends)
{
    uint32_t t[] = {0, 1, 0}, b[] = {0, 0, 0}, left[] = {1};
    ChannelRule r = {.n_cols = 3, .top = t, .bottom = b, .n_left = 1, .left = left};
    Buf why = {0};
    cr_expect(channel_legal("channel 3 1\nh 1 1 0 1\nv 1 1 0 1\nx 1 1 1\n", &r, NULL, NULL));
    cr_expect_not(channel_legal("channel 3 1\nh 1 1 1 2\nv 1 1 0 1\nx 1 1 1\n", &r, NULL, &why));
    cr_expect(strstr(why.s, "end"), "%s", why.s);
    buf_free(&why);
    cr_expect_not(channel_legal("channel 3 2\nh 1 1 1 2\nh 1 2 0 1\nv 1 1 0 1\nx 1 1 1\n", &r, NULL, NULL));
    /* one pin, no end: nothing to connect */
    ChannelRule lonely = {.n_cols = 3, .top = t, .bottom = b};
    cr_expect(channel_legal("channel 3 0\n", &lonely, NULL, NULL));
    cr_assert_eq(mem_live(), 0);
}
