/* The judge of placements: each fault is seeded into a placement that is legal, and must be named, alone. */
#include "verify/placement.h"

#include <criterion/criterion.h>

static VplBlock blocks[4];
static VplPlace places[4];
static VplPin pins[4];
static VplNet nets[2];
static VplPair pairs[2];
static VplCase c;

/* Two 10 x 20 blocks mirrored about x = 15 with a 10 x 10 one between, and a turned 30 x 6 above. */
static void setup(void)
{
    memcpy(blocks, (VplBlock[]){{10, 20, true}, {10, 20, true}, {10, 10, true}, {30, 6, true}}, sizeof blocks);
    memcpy(places, (VplPlace[]){{0, 0, ORI_N}, {20, 0, ORI_FN}, {10, 0, ORI_N}, {0, 20, ORI_N}}, sizeof places);
    memcpy(pins, (VplPin[]){{0, 2, 3}, {1, 2, 3}, {3, 0, 0}, {-1, 50, 60}}, sizeof pins);
    memcpy(nets, (VplNet[]){{0, 2, 1, false}, {2, 2, 3, false}}, sizeof nets);
    memcpy(pairs, (VplPair[]){{0, 0, 1}, {0, 2, 2}}, sizeof pairs);
    c = (VplCase){.n_blocks = 4, .n_nets = 2, .n_pairs = 2, .blocks = blocks, .places = places, .nets = nets, .pins = pins, .pairs = pairs,
                  .grid = 2, .max_w = 30, .max_h = 30, .w = 30, .h = 26, .area = 780};
    /* Net 0: x 2 and 28, y 3 and 3; net 1: from (0, 20) to (50, 60), three times. */
    c.wirelength = 26 + 3 * (50 + 40);
}
TestSuite(placement, .init = setup);

static void only(VplRule rule)
{
    VplReport r;
    cr_expect_eq(vpl_check(&c, &r), ST_VIOLATION);
    cr_expect_gt(r.count[rule], 0, "%s is not found", vpl_rule_name[rule]);
    for (int k = 0; k < VPL_RULES; k++)
        if (k != (int)rule) cr_expect_eq(r.count[k], 0, "%s beside %s", vpl_rule_name[k], vpl_rule_name[rule]);
    cr_expect(r.first.n && strstr(r.first.s, vpl_rule_name[rule]));
    buf_free(&r.first);
}

Test(placement, legal_is_clean)
{
    VplReport r;
    cr_expect_eq(vpl_check(&c, &r), ST_OK, "%s", r.first.s);
    cr_expect_eq(r.total, 0);
    buf_free(&r.first);
    cr_assert_eq(mem_live(), 0);
}

Test(placement, overlap)
{
    c.n_pairs = 0;
    places[2].x = 8;
    only(VPL_OVERLAP);
}

Test(placement, one_block_inside_another)
{
    c.n_pairs = 0;
    blocks[2] = (VplBlock){2, 2, true};
    places[2] = (VplPlace){4, 4, ORI_N};
    only(VPL_OVERLAP);
}

Test(placement, spacing_is_no_overlap_yet)
{
    c.spacing = 1;
    only(VPL_OVERLAP);
}

Test(placement, outline)
{
    c.max_h = 25;
    only(VPL_OUTLINE);
}

Test(placement, below_zero)
{
    c.n_pairs = 0;
    places[3].x = -2;
    c.w = 30;
    c.n_nets = 1;
    c.wirelength = 26;
    only(VPL_OUTLINE);
}

Test(placement, grid)
{
    c.grid = 4;
    places[2].x = 10;
    only(VPL_GRID);
}

Test(placement, orientation_that_does_not_exist)
{
    c.n_pairs = c.n_nets = 0;
    c.wirelength = 0;
    places[2].orient = (Orient)9;
    only(VPL_ORIENT);
}

Test(placement, turned_though_fixed)
{
    blocks[2].may_turn = false;
    places[2].orient = ORI_S;
    only(VPL_ORIENT);
}

Test(placement, turning_changes_the_outline)
{
    c.n_nets = 0;
    c.wirelength = 0;
    places[3].orient = ORI_E; /* 6 x 30 */
    c.h = 50;
    c.area = 1500;
    c.max_h = 0;
    VplReport r;
    cr_expect_eq(vpl_check(&c, &r), ST_OK, "%s", r.first.s);
    buf_free(&r.first);
    c.max_h = 30;
    only(VPL_OUTLINE);
}

Test(placement, pair_not_mirrored)
{
    c.n_nets = 1;
    nets[0] = nets[1];
    c.wirelength = 270;
    places[1].orient = ORI_N;
    only(VPL_SYMMETRY);
}

Test(placement, pair_at_unequal_heights)
{
    c.n_nets = 0;
    c.wirelength = 0;
    places[3].y = 22;
    places[1].y = 2;
    c.h = 28;
    c.area = 840;
    only(VPL_SYMMETRY);
}

Test(placement, alone_off_the_axis)
{
    blocks[2] = (VplBlock){4, 10, true};
    only(VPL_SYMMETRY);
}

Test(placement, figures)
{
    c.area++;
    only(VPL_FIGURE);
    c.area--;
    c.wirelength--;
    only(VPL_FIGURE);
    c.wirelength++;
    c.w = 32;
    only(VPL_FIGURE);
    c.w = 30;
    nets[1].critical = true; /* without its weight of three */
    c.critical = 89;
    only(VPL_FIGURE);
    c.critical = 90;
    VplReport r;
    cr_expect_eq(vpl_check(&c, &r), ST_OK);
    buf_free(&r.first);
}

/* All eight orientations of one pin, written out from the LEF/DEF definition. */
Test(placement, pins_in_all_orientations)
{
    static const struct { Orient o; int x, y; } k[] = {{ORI_N, 1, 3}, {ORI_S, 9, 17}, {ORI_W, 17, 1}, {ORI_E, 3, 9},
                                                       {ORI_FN, 9, 3}, {ORI_FS, 1, 17}, {ORI_FW, 3, 1}, {ORI_FE, 17, 9}};
    for (size_t i = 0; i < COUNTOF(k); i++) {
        VplBlock b = {10, 20, true};
        VplPlace p = {100, 200, k[i].o};
        VplPin q[2] = {{0, 1, 3}, {-1, 0, 0}};
        VplNet n = {0, 2, 1, false};
        bool turned = k[i].o == ORI_W || k[i].o == ORI_E || k[i].o == ORI_FW || k[i].o == ORI_FE;
        VplCase d = {.n_blocks = 1, .n_nets = 1, .blocks = &b, .places = &p, .nets = &n, .pins = q, .w = turned ? 120 : 110, .h = turned ? 210 : 220};
        d.area = d.w * d.h;
        d.wirelength = 300 + k[i].x + k[i].y;
        VplReport r;
        cr_expect_eq(vpl_check(&d, &r), ST_OK, "orientation %d: %s", (int)k[i].o, r.first.s);
        buf_free(&r.first);
    }
}

Test(placement, alignment_and_abutment)
{
    /* 0 at (0, 0) 10 x 20, 1 at (20, 0), 2 at (10, 0) 10 x 10, 3 at (0, 20) 30 x 6 */
    static const VplTie good[] = {{0, 3, "left"}, {1, 3, "right"}, {0, 2, "bottom"}, {0, 1, "top"}, {2, 3, "hcenter"}, {0, 1, "vcenter"}, {0, 2, "row"}, {0, 3, "column"}};
    c.ties = good;
    c.n_ties = COUNTOF(good);
    VplReport r;
    cr_expect_eq(vpl_check(&c, &r), ST_OK, "%s", r.first.s);
    buf_free(&r.first);
    static const VplTie bad[] = {{0, 2, "left"}, {0, 3, "right"}, {0, 3, "bottom"}, {0, 2, "top"}, {0, 2, "hcenter"}, {0, 2, "vcenter"}, {0, 1, "row"},
                                 {1, 3, "column"}, {0, 3, "near"}};
    for (size_t k = 0; k < COUNTOF(bad); k++) {
        c.ties = &bad[k];
        c.n_ties = 1;
        only(VPL_ALIGN);
    }
}

Test(placement, fixed)
{
    static VplFixed there[] = {{1, {20, 0, ORI_FN}}};
    c.fixed = there;
    c.n_fixed = 1;
    VplReport r;
    cr_expect_eq(vpl_check(&c, &r), ST_OK, "%s", r.first.s);
    buf_free(&r.first);
    there[0].place.orient = ORI_N;
    only(VPL_FIXED);
    there[0].place = (VplPlace){20, 2, ORI_FN};
    only(VPL_FIXED);
}

Test(placement, symmetry_about_a_horizontal_axis)
{
    memcpy(places, (VplPlace[]){{0, 0, ORI_N}, {0, 20, ORI_FS}, {10, 16, ORI_N}, {0, 40, ORI_N}}, sizeof places);
    blocks[2].h = 8;
    pairs[0].horizontal = pairs[1].horizontal = true;
    c.max_h = 0;
    c.h = 46, c.area = 30 * 46;
    c.wirelength = (37 - 3) + 3 * (50 + 20);
    VplReport r;
    cr_expect_eq(vpl_check(&c, &r), ST_OK, "%s", r.first.s);
    buf_free(&r.first);
    places[1].orient = ORI_N;
    c.wirelength = (23 - 3) + 3 * (50 + 20);
    only(VPL_SYMMETRY);
    places[1].orient = ORI_FS;
    c.wirelength = (37 - 3) + 3 * (50 + 20);
    places[2].y = 18;
    only(VPL_SYMMETRY);
}

Test(placement, symmetry_about_a_point)
{
    /* The first pair of blocks turned by half into each other, the third centred on the same point. */
    pairs[0].point = pairs[1].point = true;
    memcpy(places, (VplPlace[]){{0, 0, ORI_N}, {30, 20, ORI_S}, {0, 0, ORI_N}, {0, 60, ORI_N}}, sizeof places);
    int64_t sx = 30 + blocks[1].w, sy = 20 + blocks[1].h;
    places[2].x = (sx - blocks[2].w) / 2, places[2].y = (sy - blocks[2].h) / 2;
    VplReport r;
    (void)vpl_check(&c, &r);
    cr_expect_eq(r.count[VPL_SYMMETRY], 0, "%s", r.first.s);
    buf_free(&r.first);
    places[1].orient = ORI_N;
    (void)vpl_check(&c, &r);
    cr_expect_eq(r.count[VPL_SYMMETRY], 1);
    buf_free(&r.first);
    places[1].orient = ORI_S, places[1].y++;
    (void)vpl_check(&c, &r);
    cr_expect_geq(r.count[VPL_SYMMETRY], 1);
    buf_free(&r.first);
}
