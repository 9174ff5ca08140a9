/*
 * What column_cut takes out of a netlist, on a crossbar of 4 × 2 written out here: two blocks of two rows, one converter, wires with
 * round values. Every figure is worked out by hand. (The simulation itself is tested in tests/gen/cosim.c.)
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "verify/column_int.h"

static const char cells[] =
    ".subckt n22n_rvt d g s bg w=1u l=20n m=1\nM1 d g s s nm w={w} l={l}\n.ends\n.model nm nmos level=54\n"
    ".subckt syn XP XN VCM COL GCOL WL[0] WL[1] WL[2] WL[3] BL BLB VDD VSS\n"
    "Xbit q0 WL[0] BL VSS n22n_rvt w=100n l=20n\nXa XP q0 bot VSS n22n_rvt w=100n l=20n\nXb XN qb0 bot VSS n22n_rvt w=100n l=20n\n"
    "Cc0 bot COL 3f\nCc1 bot COL 4f\n.ends\n"
    ".subckt sw EN ENB COL GCOL VSS\nXn COL EN GCOL VSS n22n_rvt w=100n l=20n\n.ends\n"
    ".subckt cend GCOL VCM RST SELA AIN BL VSS\nXr GCOL RST VCM VSS n22n_rvt w=100n l=20n\nXs GCOL SELA AIN VSS n22n_rvt w=100n l=20n\n"
    ".ends\n"
    ".subckt adc AIN[0] AIN[1] VREFP VSS\nRr_a AIN[0] ain 5\nRr_b AIN[1] ain 5\nXcmp_x VREFP ain VSS VSS n22n_rvt w=100n l=20n\n"
    "Xlogic VREFP VREFP VSS VSS n22n_rvt w=100n l=20n\n.ends\n"
    ".subckt drv EVAL XP XN VCM VSS\nXa XP EVAL VCM VSS n22n_rvt w=100n l=20n\nXb XN EVAL VCM VSS n22n_rvt w=100n l=20n\n.ends\n"
    ".subckt tap XP VSS\n.ends\n"
    ".subckt tile XP[0] XP[1] XN[0] XN[1] VCM EN ENB GCOL WL BL VDD VSS\n"
    "Xs0 XP[0] XN[0] VCM COL GCOL WL WL WL WL BL BL VDD VSS syn\nXs1 XP[1] XN[1] VCM COL:1 GCOL WL WL WL WL BL BL VDD VSS syn\n"
    "Xw EN ENB COL GCOL VSS sw\nXt XP[0] VSS tap\nRp:1 COL COL:1 30\nCp:1 COL 0 0.25f\nCp:2 COL:1 XP[1] 0.5f\n.ends\n";

static const char top[] =
    ".subckt xb EVAL VREFP VDD VSS\n"
    "Xd0 EVAL XP[0] XN[0] VCM VSS drv\nXd1 EVAL XP[1] XN[1] VCM VSS drv\nXd2 EVAL XP[2] XN[2] VCM VSS drv\nXd3 EVAL XP[3] XN[3] VCM VSS drv\n"
    "Xt00 XP[0]:1 XP[1] XN[0] XN[1] VCM EN[0] ENB[0] GCOL[0]:1 WL BL[0] VDD VSS tile\n"
    "Xt01 XP[0]:2 XP[1] XN[0] XN[1] VCM EN[0] ENB[0] GCOL[1] WL BL[1] VDD VSS tile\n"
    "Xt10 XP[2] XP[3] XN[2] XN[3] VCM EN[1] ENB[1] GCOL[0]:2 WL BL[0] VDD VSS tile\n"
    "Xt11 XP[2] XP[3] XN[2] XN[3] VCM EN[1] ENB[1] GCOL[1] WL BL[1] VDD VSS tile\n"
    "Xe0 GCOL[0] VCM RST SELA AIN[0] BL[0] VSS cend\nXe1 GCOL[1] VCM RST SELB AIN[1] BL[1] VSS cend\nXadc AIN[0] AIN[1] VREFP VSS adc\n"
    "Rx0 XP[0] XP[0]:1 100\nRx1 XP[0]:1 XP[0]:2 200\nCx0 XP[0] 0 1f\nCx1 XP[0]:1 0 2f\nCx2 XP[0]:2 0 3f\n"
    "Rg0 GCOL[0] GCOL[0]:1 10\nRg1 GCOL[0]:1 GCOL[0]:2 20\nCg0 GCOL[0] 0 1f\nCg1 GCOL[0]:1 GCOL[1] 2f\nCg2 GCOL[0]:2 0 4f\n.ends\n";

static Db db;
static XbarFlat *flat;
static ColumnCut cut;
static int8_t w[2], x[2];
static ColumnJob job = {.column = 0, .row0 = 0, .rows = 2, .w = w, .x = x, .vectors = 1};
static const ColumnDrive drive = {.c_pin = 0.5e-15};

static Status read_text(const char *a, const char *b)
{
    char path[] = "/tmp/apugen-column-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    fprintf(f, "%s%s", a, b);
    fclose(f);
    db_init(&db, "column", "n22", 1e-9, 1);
    Status st = spice_read(&db, path);
    unlink(path);
    return st;
}

static void setup(void)
{
    cr_assert_eq(read_text(cells, top), ST_OK);
    cr_assert_eq(xbar_flatten(&db, "xb", &flat), ST_OK);
}
static void teardown(void)
{
    column_cut_free(&cut);
    xbar_flat_free(flat);
    db_free(&db);
}
TestSuite(column, .init = setup, .fini = teardown);

static uint32_t count(LeafKind kind, PutHow how)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < cut.leaves.n; i++) n += leaf_type(flat, cut.leaves.v[i].leaf)->kind == kind && cut.leaves.v[i].how == how;
    return n;
}

Test(column, takes_what_hangs_on_the_wire_and_nothing_else)
{
    cr_assert_eq(xbar_rows(flat), 4);
    cr_assert_eq(xbar_columns(flat), 2);
    cr_assert_eq(column_cut(flat, &job, &drive, &cut), ST_OK);
    cr_assert_eq(count(LEAF_SYNAPSE, PUT_WHOLE), 2);
    cr_assert_eq(count(LEAF_SYNAPSE, PUT_LUMP), 2, "the block that is not joined");
    cr_assert_eq(count(LEAF_SWITCH, PUT_WHOLE), 2);
    cr_assert_eq(count(LEAF_END, PUT_WHOLE), 2, "its own and, through AIN, the neighbour's");
    cr_assert_eq(count(LEAF_ADC, PUT_INPUT), 1);
    cr_assert_eq(cut.leaves.n, 9, "no tap, no driver");
    /* GCOL 1 + 2 + 4, COL of the joined block 0.25 + 0.5 */
    cr_assert_float_eq(cut.c_wires, 7.75e-15, 1e-20);
}

/* XP[0]: 1 fF at the driver; 100 ohm; 2 fF and a synapse; 200 ohm; 3 fF and a synapse. 0.5 fF a synapse. */
Test(column, row_wires_keep_their_elmore_delay)
{
    for (uint32_t col = 0; col < 2; col++) {
        job.column = col;
        cr_assert_eq(column_cut(flat, &job, &drive, &cut), ST_OK);
        cr_assert_eq(cut.rows.n, 4, "XP and XN of two rows");
        bool seen = false;
        for (uint32_t i = 0; i < cut.rows.n; i++) {
            const CutRow *r = &cut.rows.v[i];
            if (r->row != 0 || r->negative) continue;
            seen = true;
            double delay = col ? 100 * (2.5e-15 + 3.5e-15) + 200 * 3.5e-15 : 100 * (2.5e-15 + 3.5e-15);
            cr_assert_float_eq(r->r * 7e-15, delay, 1e-18, "column %u: %g s", col, r->r * 7e-15);
            cr_assert_float_eq(r->c, 6.5e-15, 1e-20, "without its own synapse");
        }
        cr_assert(seen);
        column_cut_free(&cut);
    }
    job.column = 0;
}

Test(column, wires_outside_are_held_as_the_circuit_holds_them)
{
    job.row0 = 2;
    cr_assert_eq(column_cut(flat, &job, &drive, &cut), ST_OK);
    bool en[2] = {false}, other = false;
    char node[32];
    for (uint32_t i = 1; i < flat->nets.n; i++) {
        const char *base = wire_base(flat, i);
        uint32_t bit = flat->nets.v[i].name.bit;
        const char *at = cut_node(&cut, i, node);
        if (str_eq(base, "EN")) {
            cr_assert_str_eq(at, bit ? "vdd" : "0", "the joined block is 1");
            en[bit] = true;
        }
        if (str_eq(base, "ENB")) cr_assert_str_eq(at, bit ? "0" : "vdd");
        if (str_eq(base, "XP") && flat->nets.v[i].owner == 0) cr_assert_str_eq(at, bit == 2 ? "xp2" : bit == 3 ? "xp3" : "vcm");
        if (str_eq(base, "GCOL") && flat->nets.v[i].owner == 0 && bit == 1) {
            cr_assert_str_eq(at, "vcm");
            other = true;
        }
        if (str_eq(base, "VSS")) cr_assert_str_eq(at, "0");
    }
    cr_assert(en[0] && en[1] && other);
    job.row0 = 0;
}

Test(column, deck_has_levels_lumps_and_wires)
{
    w[0] = -5, w[1] = 2;
    cr_assert_eq(column_cut(flat, &job, &drive, &cut), ST_OK);
    Tech t = {.vdd = 0.8, .vcm = 0.4, .ladder_step = 0.04, .dbu_m = 1e-9, .temp_c = 27};
    arr_push(&t.devices, ((TechDevice){.name = "nmos_rvt", .kind = DEV_NMOS, .model = "n22n_rvt", .subckt = true}));
    Buf b = {0};
    uint32_t devices;
    column_deck(&cut, &t, &drive, "", &b, &devices);
    /* two synapses without memory (2), two switches (1), two ends (2), comparator (1) */
    cr_assert_eq(devices, 2 * 2 + 2 + 2 * 2 + 1);
    cr_assert(strstr(b.s, " vdd 0 0 vdd vdd 0 vdd 0 t"), "-5 is 101 and a sign:\n%s", b.s);
    cr_assert(strstr(b.s, " 0 vdd vdd 0 0 vdd 0 vdd t"), "2 is 010:\n%s", b.s);
    cr_assert(strstr(b.s, "xbit") == NULL, "bits are levels");
    cr_assert(strstr(b.s, "xlogic") == NULL, "of the converter its input only");
    uint32_t lumps = 0, coupling = 0;
    for (const char *p = b.s; (p = strstr(p, "\ncl")) != NULL; p++) lumps++;
    for (const char *p = b.s; (p = strstr(p, " xp1 5e-16")) != NULL; p++) coupling++;
    cr_assert_eq(lumps, 2);
    cr_assert(strstr(b.s, " vcm 7e-15"), "3 + 4 fF behind the open switch");
    cr_assert_eq(coupling, 1, "COL of the joined block to its row");
    buf_free(&b);
    job.sram = true;
    column_deck(&cut, &t, &drive, "", &b, &devices);
    job.sram = false;
    cr_assert_eq(devices, 2 * 3 + 2 + 2 * 2 + 1, "and the memory");
    cr_assert(strstr(b.s, "xbit"), "%s", b.s);
    buf_free(&b);
    arr_free(&t.devices);
}

Test(column, a_netlist_that_is_no_crossbar_is_told)
{
    XbarFlat *f;
    msg_capture_begin();
    cr_assert_eq(xbar_flatten(&db, "nothing", &f), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "COS-0001"));
    msg_capture_begin();
    cr_assert_eq(xbar_flatten(&db, "syn", &f), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "COS-0002"));
    cr_assert_null(f);
}

/* A wire cut in two: the upper block is lost, and rows are missing. */
Test(column, an_open_wire_is_told)
{
    teardown();
    char broken[sizeof top];
    snprintf(broken, sizeof broken, "%s", top);
    char *at = strstr(broken, "Xt00 ");
    cr_assert(at);
    char *g = strstr(at, "GCOL[0]:1");
    memcpy(g, "NCOL[0]:1", 9);
    cr_assert_eq(read_text(cells, broken), ST_OK);
    cr_assert_eq(xbar_flatten(&db, "xb", &flat), ST_OK);
    msg_capture_begin();
    cr_assert_eq(column_cut(flat, &job, &drive, &cut), ST_INPUT);
    cr_assert(strstr(msg_capture_end(), "COS-0007"));
}
