/* The circuits as netlists: how many devices, sizes on the grid, nothing left open; their SPICE text. No simulator. */
#include <criterion/criterion.h>

#include <math.h>
#include <strings.h>

#include "cells/characterize_int.h"
#include "cells/draw.h"

typedef struct {
    Tech t;
    CellLibrary lib;
    Db db;
} Fix;

static void begin(Fix *f, const char *tech)
{
    memset(f, 0, sizeof *f);
    cr_assert_eq(tech_read(tech, &f->t), ST_OK);
    cells_variants(&f->t, &f->lib);
    db_init(&f->db, "test", f->t.name, f->t.dbu_m, f->t.grid);
}

static void end(Fix *f)
{
    db_free(&f->db);
    cells_library_free(&f->lib);
    tech_free(&f->t);
}

static uint32_t count(const DbCell *c, DevKind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->devices.n; i++) n += c->devices.v[i].kind == kind;
    return n;
}

/* function, variant, converter bits, NMOS, PMOS, capacitors, resistors: counted by hand from the circuits' description. */
static const struct {
    const char *function, *variant;
    int32_t bits;
    uint32_t n, p, c, r;
} cells[] = {
    {"synapse", "cu1f_rvt", 4, 16 + 8, 8 + 8, 3, 0},           /* 4 memories, 8 transmission gates, Cu 2Cu 4Cu */
    {"dummy", "cu1f_rvt", 4, 8 + 8 + 1, 8 + 1, 3, 0},          /* access devices, 8 gates, the tie to VCM */
    {"synapse", "cu1f_b2_rvt", 3, 12 + 6, 6 + 6, 2, 0},        /* a bit less: memory, two transmission gates, 4 Cu */
    {"block_switch", "x1_slvt", 0, 3, 3, 0, 0},                /* gate and two dummies */
    {"block_driver", NULL, 0, 4, 4, 0, 0},
    {"row_driver", "x1_slvt", 0, 3 + 40 + 2 + 16 + 6 + 8, 3 + 40 + 2 + 16 + 6 + 8, 0, 0}, /* inverters, 8 NAND4+inverter, sign, 2 mux, 6 gates, 4 lines */
    {"col_end_a", "r6_slvt", 0, 2 + 3 + 2 + 4 + 1, 2 + 3 + 2 + 6, 0, 0}, /* reset, select, inverters, bit line drivers, a junction at the input */
    {"col_end_b", "r6_slvt", 0, 2 + 3 + 2 + 4 + 1, 2 + 3 + 2 + 6, 0, 0},
    {"synapse_i", "i200_b3", 4, 16 + 3 + 14 + 2 + 4, 8, 2, 0},    /* 4 memories, switch per bit, 7 sources with cascodes, inputs, signs; two decouplings */
    {"dummy_i", "i200_b3", 4, 8 + 3 + 14 + 2 + 4, 0, 2, 0},
    {"pulse_driver", "x4_1n", 0, 6 + 14 + 2 + 3 + 2 + 1 + 2 + 4 + 4 + 8, 6 + 14 + 2 + 3 + 2 + 1 + 2 + 4 + 4 + 8, 0, 0}, /* tree of 7 pairs of gates */
    {"pulse_gen", "x16_1n", 0, 6 + 12 + 8 * 18, 6 + 12 + 8 * 18, 0, 0}, /* per window a flip-flop, its buffer, NAND3, three inverters */
    {"col_end_i", "c1p", 0, 2 * 3 + 2 + 4 + 1 + 5, 3 + 2 * 3 + 2 + 6, 2, 0}, /* of it junctions at six inputs */
    {"col_end_ib", "c1p", 0, 2 * 3 + 2 + 4 + 1 + 5, 3 + 2 * 3 + 2 + 6, 2, 0}, /* of it junctions at six inputs */
    {"bias_i", "m8_i200", 0, 3 * 8, 3, 0, 0},
    {"ladder", "r1k", 0, 5 * 6 + 2 * 4 + 7, 5 * 6 + 2 * 4, 0, 16 + 1 + 2 + 2},
};

/* The cell of a line of the table, its variant by its name. */
static CellId listed(Fix *f, size_t i)
{
    const char *fn = str_starts(cells[i].function, "col_end_i") ? "col_end_i" : str_starts(cells[i].function, "col_end_") ? "col_end" : str_eq(cells[i].function, "dummy") ? "synapse"
                     : str_eq(cells[i].function, "dummy_i") ? "synapse_i" : cells[i].function;
    const CellVariant *v = cells[i].variant ? char_variant(&f->lib, fn, cells[i].variant) : NULL;
    return char_cell(&f->db, &f->t, cells[i].function, v, cells[i].bits);
}

static void counts(const char *tech)
{
    for (size_t i = 0; i < COUNTOF(cells); i++) {
        Fix f;
        begin(&f, tech);
        CellId c = listed(&f, i);
        const DbCell *x = db_cell(&f.db, c);
        cr_expect(count(x, DEV_NMOS) == cells[i].n && count(x, DEV_PMOS) == cells[i].p && count(x, DEV_CAP) == cells[i].c && count(x, DEV_RES) == cells[i].r,
                  "%s %s: %u N %u P %u C %u R", tech, cells[i].function, count(x, DEV_NMOS), count(x, DEV_PMOS), count(x, DEV_CAP), count(x, DEV_RES));
        end(&f);
    }
}
Test(circuit, counts)
{
    counts("n22");
    counts("n28");
}

/* Names of the cell's nets that are one to SPICE. */
static uint32_t same_but_case(const Db *db, const DbCell *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->nets.n; i++)
        for (uint32_t k = 0; k < i; k++) n += strcasecmp(db_name(db, c->nets.v[i].name), db_name(db, c->nets.v[k].name)) == 0;
    return n;
}

/* A buffer's inner net "a" beside its port "A" is a short in every netlist: found by KLayout's and Netgen's LVS. */
Test(circuit, nets_differ_by_more_than_case)
{
    Fix f;
    begin(&f, "n22");
    for (const char *const *name = draw_row_cells; *name; name++) {
        CellId c = draw_row_circuit(&f.db, &f.t, *name);
        cr_expect_eq(same_but_case(&f.db, db_cell(&f.db, c)), 0, "%s", *name);
    }
    end(&f);
    for (size_t i = 0; i < COUNTOF(cells); i++) {
        begin(&f, "n22");
        CellId c = listed(&f, i);
        cr_expect_eq(same_but_case(&f.db, db_cell(&f.db, c)), 0, "%s", cells[i].function);
        end(&f);
    }
}

/* One more bit: a flip-flop, a keeping latch, a trial gate, a switch and a capacitor more. */
Test(circuit, converter_grows)
{
    Fix f;
    begin(&f, "n22");
    uint32_t before = 0;
    for (int32_t bits = 6; bits <= 10; bits++) {
        char name[8];
        snprintf(name, sizeof name, "b%d", bits);
        const CellVariant *v = char_variant(&f.lib, "sar_adc", name);
        Db db;
        db_init(&db, "one", "n22", f.t.dbu_m, f.t.grid);
        CellId c = char_cell(&db, &f.t, "sar_adc", v, bits);
        const DbCell *x = db_cell(&db, c);
        cr_expect_eq(count(x, DEV_CAP), (uint32_t)bits + 1 + 2); /* array, its end, the comparator's two */
        double sum = 0;
        for (uint32_t i = 0; i < x->devices.n; i++) sum += x->devices.v[i].kind == DEV_CAP && str_starts(db_name(&db, x->devices.v[i].name), "cb") ? x->devices.v[i].value : 0;
        cr_expect(fabs(sum / (v->param[1] * ((1 << bits) - 1)) - 1) < 1e-9, "the array is 2^%d - 1 units and its end", bits);
        if (before) cr_expect_eq(x->devices.n - before, 20u + 2 + 12 + 4 + 4 + 3 + 1);
        before = x->devices.n;
        db_free(&db);
    }
    end(&f);
}

static void sizes_of(const Fix *f, const DbCell *c)
{
    const char *name = db_name(&f->db, c->name);
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        if (d->kind == DEV_CAP || d->kind == DEV_RES) {
            cr_expect(d->value > 0, "%s %s", name, db_name(&f->db, d->name));
            continue;
        }
        cr_expect(d->w >= f->t.devices.v[0].w_min && d->w % f->t.devices.v[0].w_grid == 0, "%s %s w %d", name, db_name(&f->db, d->name), d->w);
        cr_expect(d->l >= f->t.devices.v[0].l_min && d->l % f->t.grid == 0, "%s %s l %d", name, db_name(&f->db, d->name), d->l);
        for (uint32_t k = 0; k < i; k++) cr_expect(c->devices.v[k].name.i != d->name.i, "%s has %s twice", name, db_name(&f->db, d->name));
    }
}

/* Every internal net joins at least two terminals, every port but feed-throughs reaches a device. */
static void nets_of(const Fix *f, const DbCell *c)
{
    static const char *const through[] = {"GCOL", "BL", "BLB", "VCM", "DIN", "SELB", "SELBB", "SELA", "SELAB", "VB", "VC", NULL};
    const char *name = db_name(&f->db, c->name);
    for (uint32_t n = 0; n < c->nets.n; n++)
        for (uint32_t b = 0; b < c->nets.v[n].width; b++) {
            uint32_t ends = 0;
            for (uint32_t i = 0; i < c->devices.n; i++)
                for (int k = 0; k < 4; k++) ends += c->devices.v[i].t[k].net.i == n && c->devices.v[i].t[k].bit == b;
            const char *net = db_name(&f->db, c->nets.v[n].name);
            bool passes = false;
            for (const char *const *p = through; *p; p++) passes = passes || str_eq(*p, net);
            cr_expect(ends >= (n < c->n_ports ? 1u : 2u) || (passes && n < c->n_ports), "%s: net %s[%u] has %u ends", name, net, b, ends);
        }
}

static void sound(const char *tech)
{
    Fix f;
    begin(&f, tech);
    for (uint32_t i = 0; i < f.lib.v.n; i++) {
        const CellVariant *v = &f.lib.v.v[i];
        if (str_eq(v->function, "gate")) continue; /* a drawn row cell: tests/cells/draw.c */
        Db saved = f.db;
        db_init(&f.db, "one", f.t.name, f.t.dbu_m, f.t.grid);
        bool end_cell = str_eq(v->function, "col_end");
        CellId c = char_cell(&f.db, &f.t, end_cell ? "col_end_b" : v->function, v, circuit_size(v));
        sizes_of(&f, db_cell(&f.db, c));
        nets_of(&f, db_cell(&f.db, c));
        db_free(&f.db);
        f.db = saved;
    }
    end(&f);
}
Test(circuit, sound)
{
    sound("n22");
    sound("n28");
}

/* A seeded mistake is found by the counts above: the same cell without one device counts differently. Text of a view. */
Test(circuit, spice_text)
{
    Fix f;
    begin(&f, "n22");
    CellId c = char_cell(&f.db, &f.t, "synapse", char_variant(&f.lib, "synapse", "cu1f_rvt"), 4);
    Buf a = {0}, b = {0}, v = {0}, w = {0};
    cells_spice(&f.db, &f.t, c, &a);
    cr_expect(str_starts(a.s, ".subckt synapse XP XN VCM WL[0] WL[1]") && str_ends(a.s, ".ends\n"), "%.60s", a.s);
    cr_expect(strstr(a.s, "Cc2 bot2 COL 4e-15\n") != NULL);
    cr_expect(strstr(a.s, "Xbit3_pgb BLB WL[3] qb3 VSS n22n_rvt w=100n l=20n\n") != NULL);
    cr_expect(strstr(a.s, "dvt=") == NULL);
    static const char *const ports[] = {"q0", NULL};
    circuit_spice_view(&f.db, &f.t, c, &(CircuitView){.name = "other", .skip = "bit c", .ports = ports}, &b);
    cr_expect(str_starts(b.s, ".subckt other ") && strstr(b.s, "bit0") == NULL && strstr(b.s, "Cc") == NULL && strstr(b.s, "GCOL\n+ VDD VSS q0\n"));
    /* Mismatch: same seed, same text; another seed, another. Sizes of the numbers as Pelgrom says, roughly. */
    for (uint64_t seed = 0; seed < 2; seed++) {
        CircuitVary vary = {.rng = rng_make(1, seed), .devices = true, .caps = true};
        circuit_spice(&f.db, &f.t, c, &vary, seed ? &w : &v);
    }
    Buf again = {0};
    CircuitVary vary = {.rng = rng_make(1, 0), .devices = true, .caps = true};
    circuit_spice(&f.db, &f.t, c, &vary, &again);
    cr_expect(str_eq(v.s, again.s) && !str_eq(v.s, w.s));
    double sq = 0;
    int n = 0;
    for (const char *p = v.s; (p = strstr(p, " dvt=")); p++) {
        char num[32];
        snprintf(num, sizeof num, "%.*s", (int)strcspn(p + 5, "\n"), p + 5);
        double x;
        cr_assert(str_to_double(num, &x));
        sq += x * x;
        n++;
    }
    cr_expect_eq(n, 40);
    double sigma = sqrt(sq / n), typical = 1.4e-9 / sqrt(2 * 100e-9 * 20e-9);
    cr_expect(sigma > 0.6 * typical && sigma < 1.5 * typical, "%g V against %g V", sigma, typical);
    buf_free(&a);
    buf_free(&b);
    buf_free(&v);
    buf_free(&w);
    buf_free(&again);
    end(&f);
}
