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
    cr_assert_eq(g.events.n, 1u, "weights of cycle 0 are asked for once");
    cr_assert(!g.events.v[0].page && g.events.v[0].number == 0);
    cr_assert_eq(g.page_at.n, 1u);
}

Test(program, rows_of_the_patch_and_dummies_to_the_block)
{
    cr_assert_eq(g.row_table.n, 16u);
    for (int i = 0; i < 9; i++) cr_assert_eq(g.row_table.v[i], (i / 3 * 4 + i % 3) << 16 | i / 3 << 8 | i % 3);
    for (int i = 9; i < 16; i++) cr_assert_eq((uint32_t)g.row_table.v[i], row_dummy((uint32_t)(15 - i)), "each dummy tells how many follow");
    /* two slices of each output: the first begins the sum, the last completes it */
    for (int i = 0; i < 4; i++) cr_assert_eq(g.col_table.v[i], i / 2 * 16 + (i % 2 ? 8 : 4) + i % 2);
    cr_assert_eq(g.apu.n, 2u);
    cr_assert_eq(g.apu.v[0].word, apu_mvm(2, 1, 0, 1, 1));
    cr_assert_eq(g.apu.v[1].word, apu_read(0, 4));
}

Test(program, weights_are_the_digits_of_the_plan)
{
    uint8_t bits[16 * 4 * 4];
    program_weights(&plan, 0, 0, 4, bits);
    for (int r = 0; r < 16; r++)
        for (int c = 0; c < 4; c++) {
            int v = 0;
            for (int b = 0; b < 3; b++) v |= bits[(r * 4 + b) * 4 + c] << b;
            if (v && bits[(r * 4 + 3) * 4 + c] != (r & 1)) v = -v;
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
    cr_assert(strstr(b.s, "SET PLANE, 4"));
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

/* The same program on ever smaller pages: the words but for PAGE stay the same, no page is too long, a CONV stands with what it needs. */
Test(program, pages_hold_what_belongs_together)
{
    for (int32_t words = 64; words >= 4; words -= 3) {
        Program other;
        plan.arch.instr_mem = words * 4;
        msg_capture_begin();
        Status st = program_build(&plan, true, &other);
        const char *why = msg_capture_end();
        if (st != ST_OK) {
            cr_assert_eq(st, ST_LIMIT);
            cr_assert(strstr(why, "PRG-0005"));
            cr_assert_lt(words, 9, "seven registers per APU, CONV and PAGE fit %d words", words);
            continue;
        }
        uint32_t k = 0, page = 0;
        for (uint32_t i = 0; i < other.words.n; i++) {
            if (page + 1 < other.page_at.n && other.page_at.v[page + 1] == i) page++;
            cr_assert_lt(i - other.page_at.v[page], (uint32_t)words);
            if (other.words.v[i] >> 24 == INS_PAGE) continue;
            cr_assert_eq(other.words.v[i], g.words.v[k++], "%d words a page, word %u", words, i);
        }
        cr_assert_eq(k, g.words.n);
        cr_assert_eq(other.apu.v[0].page, other.apu.v[1].page);
        program_free(&other);
    }
}

Test(program, phases_take_as_many_clocks_as_they_need)
{
    plan.arch.clock_hz = 1e8;
    cr_assert_eq(program_sample_clocks(&plan.arch), 2u);
    cr_assert_eq(program_bit_clocks(&plan), 1u);
    plan.layers.v[0].adc_gain = 1;
    cr_assert_eq(program_bit_clocks(&plan), 4u, "the comparator is slower at gain 1");
    plan.arch.clock_hz = 3e8;
    cr_assert_eq(program_sample_clocks(&plan.arch), 6u);
    cr_assert_eq(program_bit_clocks(&plan), 12u);
}
