/* The plan's file and its invariants, on a plan made by hand: every seeded mistake must be found by its own message. */
#include "gen/db/plan.h"

#include "gen/base/io.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* Writable arrays of the plan below. */
typedef struct {
    Plan p;
    int16_t w[2 * 20];
    int32_t bias[2], mul[2], mul_adc[2], row_k[2][20], col_o[2][4], col_s[2][4], add_mul[2];
    int64_t add[2], add_adc[2], add_add[1];
} Hand;

static void tensor(Plan *p, const char *name, int32_t c, int32_t lo, int32_t hi)
{
    PlanTensor t = {name, c, 1, 1, 0.1 * (p->tensors.n + 1), lo < 0 ? 0 : 3, lo, hi};
    arr_push(&p->tensors, t);
}

/* x [20] → conv of 2 outputs, 2 slices, in two tiles of 16 + 4 rows → add with itself → y */
static Hand *hand(void)
{
    Hand *h = mem_alloc(sizeof *h);
    Plan *p = &h->p;
    p->network = "by & hand.onnx";
    p->network_sha256 = "00";
    p->arch = (PlanArch){"test", false, 2, 32, 8, 16, 4, 2, 3, 6, 10, 4, 8192, 1024, 30, 8, 123456789.0, 31.25};
    tensor(p, "x", 20, 0, 63);
    tensor(p, "h", 2, -100, 100);
    tensor(p, "y", 2, -128, 127);
    p->output = 2;
    p->cycles = 1;
    p->blocks_used = 2;
    p->blocks_bound = 2;
    for (int i = 0; i < 40; i++) h->w[i] = (int16_t)(i * 3 - 60);
    for (int i = 0; i < 2; i++) h->bias[i] = i - 5, h->mul[i] = 1000 + i, h->mul_adc[i] = 2000 + i, h->add[i] = -7, h->add_adc[i] = (int64_t)1 << 40, h->add_mul[i] = 3 + i;
    h->add_add[0] = 99;
    PlanLayer conv = {.name = "conv", .op = PLAN_CONV, .in = {0}, .out = 1, .kh = 1, .kw = 1, .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 1, .oc = 2, .icg = 20,
                      .w = h->w, .bias = h->bias, .mul = h->mul, .add = h->add, .mul_adc = h->mul_adc, .add_adc = h->add_adc, .shift = 20, .shift_adc = 21,
                      .lo = -100, .hi = 100, .slices = 2, .digits = 2, .rows_per_conv = 16, .adc_bits = 10, .adc_gain = 4, .clip = 0.0125};
    PlanLayer add = {.name = "add", .op = PLAN_ADD, .in = {1, 1}, .out = 2, .mul = h->add_mul, .add = h->add_add, .shift = 4, .lo = -128, .hi = 127};
    arr_push(&p->layers, conv);
    arr_push(&p->layers, add);
    for (int t = 0; t < 2; t++) {
        PlanCore core = {t ? "b" : "a", 32, 8, 16, 4, 2};
        arr_push(&p->cores, core);
        for (int i = 0; i < 20; i++) h->row_k[t][i] = t * 16 + i;
        for (int i = 0; i < 4; i++) h->col_o[t][i] = i / 2, h->col_s[t][i] = i % 2;
        PlanTile tile = {0, 0, 0, t * 16, 4, t ? 4 : 16, 4, h->row_k[t], h->col_o[t], h->col_s[t]};
        arr_push(&p->tiles, tile);
    }
    return h;
}

static void free_hand(Hand *h)
{
    plan_free(&h->p);
    mem_free(h);
}

Test(plan, made_by_hand_is_valid)
{
    Hand *h = hand();
    cr_assert_eq(plan_check(&h->p), ST_OK);
    free_hand(h);
    cr_assert_eq(mem_live(), 0);
}

static void found(Hand *h, const char *id)
{
    msg_capture_begin();
    Status st = plan_check(&h->p);
    const char *text = msg_capture_end();
    cr_assert_eq(st, ST_INPUT, "%s was not found", id);
    cr_assert(strstr(text, id), "wanted %s, got %s", id, text);
    free_hand(h);
}

#define SEED(name, id, change)                                                                                                  \
    Test(plan, finds_##name)                                                                                                    \
    {                                                                                                                           \
        Hand *h = hand();                                                                                                       \
        Plan *p = &h->p;                                                                                                        \
        PlanLayer *l = p->layers.v;                                                                                             \
        PlanTile *t = p->tiles.v;                                                                                               \
        (void)l, (void)t;                                                                                                       \
        change;                                                                                                                 \
        found(h, id);                                                                                                           \
    }

SEED(no_apus, "PLAN-0010", p->arch.apus = 0)
SEED(wrong_magnitude, "PLAN-0010", p->arch.mag_bits = 2)
SEED(core_without_rows, "PLAN-0010", p->cores.v[1].rows = 0)
SEED(tensor_without_channels, "PLAN-0011", p->tensors.v[1].c = 0)
SEED(huge_tensor, "PLAN-0011", (p->tensors.v[0].h = 65536, p->tensors.v[0].w = 65536))
SEED(scale_zero, "PLAN-0011", p->tensors.v[0].scale = 0)
SEED(empty_range, "PLAN-0011", p->tensors.v[1].lo = 101)
SEED(input_outside, "PLAN-0011", p->input = 3)
SEED(output_outside, "PLAN-0011", p->output = 77)
SEED(layer_input_outside, "PLAN-0012", l[0].in[0] = 9)
SEED(second_input_outside, "PLAN-0012", l[1].in[1] = 9)
SEED(shift_too_large, "PLAN-0012", l[0].shift = 47)
SEED(negative_shift, "PLAN-0012", l[0].shift_adc = -1)
SEED(clamp_outside_tensor, "PLAN-0012", l[0].hi = 101)
SEED(kernel_zero, "PLAN-0012", l[0].kh = 0)
SEED(stride_zero, "PLAN-0012", l[0].sw = 0)
SEED(groups_do_not_divide, "PLAN-0012", l[0].groups = 3)
SEED(wrong_input_channels, "PLAN-0012", p->tensors.v[0].c = 21)
SEED(wrong_output_shape, "PLAN-0013", p->tensors.v[1].c = 3)
SEED(wrong_addend_shape, "PLAN-0013", p->tensors.v[2].w = 2)
SEED(four_slices, "PLAN-0014", l[0].slices = 4)
SEED(no_digits, "PLAN-0014", l[0].digits = 0)
SEED(rows_not_in_blocks, "PLAN-0014", l[0].rows_per_conv = 24)
SEED(more_rows_than_the_crossbar, "PLAN-0014", l[0].rows_per_conv = 48)
SEED(converter_too_fine, "PLAN-0014", l[0].adc_bits = 11)
SEED(gain_too_large, "PLAN-0014", l[0].adc_gain = 8)
SEED(weight_needs_another_slice, "PLAN-0015", h->w[39] = 64)
SEED(input_needs_another_digit, "PLAN-0015", p->tensors.v[0].hi = 67)
SEED(sum_overflows, "PLAN-0016", p->arch.sum_bits = 16)
SEED(layer_names_twice, "PLAN-0017", l[1].name = "conv")
SEED(reads_before_it_is_made, "PLAN-0017", l[1].in[1] = 2)
SEED(output_is_not_made, "PLAN-0017", (p->tensors.v[0].c = 20, p->layers.n = 1))
SEED(tensor_made_twice, "PLAN-0017", l[1].out = 1; l[1].lo = -100; l[1].hi = 100)
SEED(tile_of_no_layer, "PLAN-0020", t[1].layer = 5)
SEED(tile_of_an_addition, "PLAN-0020", t[1].layer = 1)
SEED(tile_of_no_core, "PLAN-0020", t[1].core = 2)
SEED(tile_of_no_cycle, "PLAN-0020", t[1].cycle = 1)
SEED(tile_off_the_blocks, "PLAN-0021", t[1].row0 = 20)
SEED(tile_over_the_edge, "PLAN-0021", t[1].col0 = 8)
SEED(tile_before_the_edge, "PLAN-0021", t[1].col0 = -4)
SEED(row_of_no_input, "PLAN-0022", h->row_k[1][2] = 20)
SEED(column_of_no_output, "PLAN-0022", h->col_o[1][2] = 2)
SEED(column_of_no_slice, "PLAN-0022", h->col_s[1][2] = 2)
SEED(overlap, "PLAN-0023", t[1].row0 = 0)
SEED(digit_missing, "PLAN-0024", h->row_k[1][2] = -1)
SEED(digit_twice, "PLAN-0024", h->row_k[1][2] = 5)
SEED(tile_missing, "PLAN-0024", p->tiles.n = 1)
SEED(joined_shapes, "PLAN-0013", (l[1].op = PLAN_CONCAT, l[1].out = 2))
static const int32_t entries[1025] = {[7] = 128};
SEED(entry_outside, "PLAN-0018", (l[1].op = PLAN_TABLE, l[1].table = entries))
SEED(table_too_large, "PLAN-0018", (l[1].op = PLAN_TABLE, l[1].table = entries, p->tensors.v[1].hi = 924))
SEED(table_of_another_shape, "PLAN-0013", (l[1].op = PLAN_TABLE, l[1].table = entries, l[1].in[0] = 0))
SEED(flattened_integers_outside, "PLAN-0012", (l[1].op = PLAN_FLATTEN, p->tensors.v[2].lo = l[1].lo = -99))
SEED(too_many_repeats, "PLAN-0014", l[0].repeats = 17)
SEED(half_a_copy, "PLAN-0027", t[1].copy = 1)
SEED(copies_of_one_tile_each_with_half_the_weights, "PLAN-0024", (t[1].core = 1, t[1].copy = 1))
SEED(copies_against_the_order, "PLAN-0027", (t[0].core = 1, t[0].copy = 0, t[1].core = 0, t[1].copy = 1))

static const char *path(void)
{
    static char p[64];
    snprintf(p, sizeof p, "/tmp/apugen-plan-%d.xml", (int)getpid());
    return p;
}

static void bytes(const Plan *p, Buf *out)
{
    cr_assert_eq(plan_write(p, path()), ST_OK);
    cr_assert_eq(io_read(path(), 1 << 20, out), ST_OK);
}

Test(plan, round_trip)
{
    Hand *h = hand();
    Plan q;
    Buf a = {0}, b = {0};
    h->row_k[1][3] = 19;
    bytes(&h->p, &a);
    cr_assert_eq(plan_read(path(), &q), ST_OK);
    bytes(&q, &b);
    cr_assert(a.n == b.n && memcmp(a.s, b.s, a.n) == 0, "%s\n--\n%s", a.s, b.s);
    cr_assert_str_eq(q.network, "by & hand.onnx");
    cr_assert(!(q.arch.clock_hz < 123456789.0 || q.arch.clock_hz > 123456789.0));
    cr_assert(q.layers.v[0].add_adc[1] == (int64_t)1 << 40 && q.layers.v[0].w[39] == 57 && q.tiles.v[1].row_k[3] == 19);
    unlink(path());
    buf_free(&a);
    buf_free(&b);
    plan_free(&q);
    free_hand(h);
    cr_assert_eq(mem_live(), 0);
}

/* Replace the first `from` by `to` in the file; reading must fail with the message. */
static void changed(const char *from, const char *to, const char *id)
{
    Hand *h = hand();
    Plan q;
    Buf a = {0};
    bytes(&h->p, &a);
    char *at = strstr(a.s, from);
    cr_assert(at, "'%s' is not in the file", from);
    FILE *f = fopen(path(), "wb");
    fwrite(a.s, 1, (size_t)(at - a.s), f);
    fputs(to, f);
    fputs(at + strlen(from), f);
    fclose(f);
    msg_capture_begin();
    Status st = plan_read(path(), &q);
    const char *text = msg_capture_end();
    unlink(path());
    cr_assert_eq(st, ST_INPUT, "'%s' for '%s' was read", to, from);
    cr_assert(strstr(text, id), "wanted %s, got %s", id, text);
    buf_free(&a);
    free_hand(h);
    cr_assert_eq(mem_live(), 0);
}

Test(plan, changed_files)
{
    changed("<plan ", "<plain ", "XML-0001");
    changed("version=\"1\" network", "version=\"2\" network", "PLAN-0001");
    changed("<arch ", "<arc ", "SCH-0007");
    changed("kind=\"programmable\"", "kind=\"magic\"", "SCH-0005");
    changed(" c=\"20\"", " c=\"twenty\"", "SCH-0003");
    changed(" c=\"20\"", " c=\"-20\"", "SCH-0004");
    changed(" c=\"20\"", "", "SCH-0001");
    changed(" c=\"20\"", " c=\"20\" colour=\"red\"", "SCH-0002");
    changed("mul=\"1000\"", "mul=\"99999999999\"", "PLAN-0004");
    changed("mul=\"1000\"", "mul=\"ten\"", "PLAN-0004");
    changed(">-60 -57 ", ">-60 ", "PLAN-0003");
    changed(">-60 -57 ", ">-60 -57 1 ", "PLAN-0003");
    changed(">-60 -57 ", ">-60 x ", "PLAN-0003");
    changed(">-60 -57 ", ">-6000 -57 ", "PLAN-0003");
    changed("0..15", "0..14", "PLAN-0003");
    changed("0..15", "0..2000000000", "PLAN-0003");
    changed("0..15", "15..0", "PLAN-0003");
    changed("<col-o>0 0 1 1</col-o>", "", "PLAN-0002");
    changed("oc=\"2\"", "oc=\"60000\"", "PLAN-0002");
    changed("icg=\"20\"", "icg=\"200000000\"", "PLAN-0012");
    changed("in=\"0\"", "in=\"40\"", "PLAN-0012");
    changed("row0=\"16\"", "row0=\"0\"", "PLAN-0023");
}

Test(plan, every_prefix)
{
    Hand *h = hand();
    Plan q;
    Buf a = {0};
    bytes(&h->p, &a);
    for (size_t n = 0; n + 1 < a.n; n += 3) { /* all but the final newline */
        FILE *f = fopen(path(), "wb");
        fwrite(a.s, 1, n, f);
        fclose(f);
        msg_capture_begin();
        cr_assert_eq(plan_read(path(), &q), ST_INPUT, "prefix of %zu bytes", n);
        cr_assert(*msg_capture_end());
    }
    unlink(path());
    buf_free(&a);
    free_hand(h);
    cr_assert_eq(mem_live(), 0);
}

Test(plan, softmax_on_the_host)
{
    float y[3] = {1000, 1000, 999};
    plan_softmax(y, 3);
    cr_assert_float_eq(y[0], 0.42232f, 1e-4f);
    cr_assert_float_eq(y[2], 0.15536f, 1e-4f);
}
