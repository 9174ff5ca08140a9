/* The compiler: words, tables, memory and weight images of a plan that can be checked by hand. */
#include <criterion/criterion.h>

#include "mapper/program.h"
#include "tests/verify/toy_plan.h"

static Plan plan;
static Program g;
static void setup(void)
{
    toy_plan(&plan);
    cr_assert_eq(program_build(&plan, true, &g), ST_OK);
}
static void teardown(void)
{
    program_free(&g);
    plan_free(&plan);
}
TestSuite(program, .init = setup, .fini = teardown);

Test(program, ends_with_halt_and_convolves_once)
{
    cr_assert_eq(g.words.v[g.words.n - 1], (uint32_t)INS_HALT << 24);
    uint32_t convs = 0;
    for (uint32_t i = 0; i < g.words.n; i++) convs += g.words.v[i] >> 24 == INS_CONV;
    cr_assert_eq(convs, 1u);
    cr_assert_eq(g.waits.n, 1u, "weights of cycle 0 are asked for once");
}

Test(program, rows_of_the_patch_and_dummies_to_the_block)
{
    cr_assert_eq(g.row_table.n, 16u);
    for (int i = 0; i < 9; i++) cr_assert_eq(g.row_table.v[i], i / 3 * 256 + i % 3);
    for (int i = 9; i < 16; i++) cr_assert_eq(g.row_table.v[i], -1);
    for (int i = 0; i < 4; i++) cr_assert_eq(g.col_table.v[i], i / 2 * 4 + i % 2);
}

Test(program, weights_are_the_digits_of_the_plan)
{
    uint8_t bits[16 * 4 * 4];
    program_weights(&plan, 0, 0, 4, bits);
    for (int r = 0; r < 16; r++)
        for (int c = 0; c < 4; c++) {
            int v = 0;
            for (int b = 0; b < 3; b++) v |= bits[(r * 4 + b) * 4 + c] << b;
            if (bits[(r * 4 + 3) * 4 + c]) v = -v;
            cr_assert_eq(v, r < 9 ? plan_digit(plan.layers.v[0].w[c / 2 * 9 + r], c % 2) : 0);
        }
}

Test(program, tensors_that_live_together_do_not_overlap)
{
    cr_assert_eq(g.fm_words, 16u + 8u);
    cr_assert_eq(g.tensor_at[0], 0u);
    cr_assert_eq(g.tensor_at[1], 16u);
}

Test(program, listing_names_registers_with_signed_values)
{
    Buf b = {0};
    program_listing(&g, &b);
    cr_assert(strstr(b.s, "SET OC, 2"));
    cr_assert(strstr(b.s, "SET LO, -100000"));
    cr_assert(strstr(b.s, "HALT"));
    buf_free(&b);
}

Test(program, value_too_large_for_a_register_is_told)
{
    Program other;
    plan.layers.v[0].lo = -140000;
    msg_capture_begin();
    cr_assert_eq(program_build(&plan, true, &other), ST_LIMIT);
    cr_assert(strstr(msg_capture_end(), "PRG-0001"));
}
