/* The digital cells of the Liberty file: which, and running their decks. */
#include "cells/liberty.h"

#include <math.h>

#include "cells/draw.h"

static const LibCell cells[] = {
    {"inv", LIB_GATE, {"A"}, 1, "Y", "!A", 0, false},
    {"inv4", LIB_GATE, {"A"}, 1, "Y", "!A", 0, false},
    {"buf", LIB_GATE, {"A"}, 1, "Y", "A", 0, true},
    {"nand2", LIB_GATE, {"A", "B"}, 2, "Y", "!(A&B)", 1, false},
    {"nand3", LIB_GATE, {"A", "B", "C"}, 3, "Y", "!(A&B&C)", 1, false},
    {"nor2", LIB_GATE, {"A", "B"}, 2, "Y", "!(A|B)", 0, false},
    {"latch", LIB_LATCH, {"G", "D", "GB", "RSTB"}, 2, "Q", NULL, 0, true},
    {"dff", LIB_FLOP, {"CK", "D", "CKB", "RST", "RSTB"}, 1, "Q", NULL, 0, true},
};

/* Rounded, so that a table's axis reads well: one step of 5 in the second digit. */
static double two_digits(double v)
{
    double unit = pow(10, floor(log10(v)) - 1) * 5;
    return rint(v / unit) * unit;
}

/*
 * Slews and loads in units of what an inverter is: its input capacitance and the delay of its on current. The grid spans half to 32 inputs and
 * 1 to 50 of its delays.
 */
static void make_grid(const Tech *t, LibGrid *g)
{
    static const double loads[LIB_N] = {0.5, 2, 5, 12, 32}, slews[LIB_N] = {1, 3, 8, 20, 50};
    const TechDevice *n = tech_device(t, "nmos_rvt");
    double w = n->w_min * t->dbu_m, cap = 3 * w * n->cgate, tau = cap * t->vdd / (n->ion * w);
    *g = (LibGrid){.t = t};
    for (int i = 0; i < LIB_N; i++) {
        g->load[i] = two_digits(loads[i] * cap);
        g->slew[i] = two_digits(slews[i] * tau);
    }
    /* tau is typical: slow and cold at low supply cells take several times as long */
    g->window = (4 * g->slew[LIB_N - 1] + 6 * tau * loads[LIB_N - 1]) * (t->corner ? 4 : 1);
}

static double drawn_area(const Tech *t, const char *name, Status *st)
{
    Db db;
    CellId c;
    DrawStats s;
    DrawSpec spec = {.rows = 1, .taps = true, .levels = 4};
    tech_db_init(t, &db, "cells");
    *st = draw_row_cell(&db, t, name, &spec, &c, &s);
    double area = *st == ST_OK ? (double)box_area(db_cell(&db, c)->box) * t->dbu_m * t->dbu_m : 0;
    db_free(&db);
    return area;
}

/* All decks as one batch, each read by its own cell afterwards. */
static Status run_decks(Liberty *l, uint32_t threads)
{
    uint32_t total = 0, k = 0;
    for (uint32_t i = 0; i < l->jobs.n; i++) total += l->jobs.v[i].n_decks;
    CharDeck *all = mem_calloc(total + 1, sizeof *all);
    for (uint32_t i = 0; i < l->jobs.n; i++)
        for (uint32_t q = 0; q < l->jobs.v[i].n_decks; q++) all[k++] = l->jobs.v[i].decks[q];
    Status st = char_run(all, total, threads);
    k = 0;
    for (uint32_t i = 0; i < l->jobs.n; i++)
        for (uint32_t q = 0; q < l->jobs.v[i].n_decks; q++) l->jobs.v[i].decks[q] = all[k++];
    mem_free(all);
    return st;
}

static const LibCell *find(const char *name)
{
    for (size_t i = 0; i < COUNTOF(cells); i++)
        if (str_eq(cells[i].name, name)) return &cells[i];
    return NULL;
}

static bool wanted(const char *name, const char *const *names, uint32_t n)
{
    bool w = n == 0;
    for (uint32_t i = 0; i < n; i++) w |= str_eq(names[i], name);
    return w;
}

Status liberty_run(const Tech *t, const char *const *names, uint32_t n, uint32_t threads, CellWiring wiring, Liberty *out)
{
    *out = (Liberty){.wires = mem_calloc(COUNTOF(cells), sizeof *out->wires)};
    for (uint32_t i = 0; i < n; i++)
        if (!find(names[i])) return msg_error(ST_USAGE, "CHR-0006", (Loc){0}, "'%s' is no cell of the Liberty file; known: inv inv4 buf nand2 nand3 nor2 latch dff", names[i]);
    if (!proc_available("ngspice")) return msg_error(ST_IO, "PROC-0001", (Loc){0}, "ngspice not found: install it to characterise cells");
    TRY(draw_ready(t, true));
    make_grid(t, &out->grid);
    char_simulator(out->simulator);
    Status st = ST_OK;
    for (size_t i = 0; i < COUNTOF(cells); i++) {
        if (!wanted(cells[i].name, names, n)) continue;
        Status drawn;
        LibJob j = {.g = &out->grid, .c = &cells[i], .area = drawn_area(t, cells[i].name, &drawn)};
        if (st == ST_OK) st = drawn;
        if (drawn != ST_OK) continue;
        CellWires *w = &out->wires[out->jobs.n];
        if (wiring) drawn = wiring(t, NULL, &(CellVariant){.function = "gate", .variant = cells[i].name}, w);
        if (st == ST_OK) st = drawn;
        if (w->v.n) j.wires = w;
        j.decks = mem_calloc((size_t)(j.c->n_arcs + 2) * LIB_N + 5, sizeof *j.decks);
        liberty_make(&j);
        arr_push(&out->jobs, j);
    }
    Status ran = run_decks(out, threads);
    if (st == ST_OK) st = ran;
    for (uint32_t i = 0; i < out->jobs.n; i++) {
        LibJob *j = &out->jobs.v[i];
        j->ok = true;
        for (uint32_t q = 0; q < j->n_decks; q++) j->ok = j->ok && j->decks[q].state == CHAR_OK && j->decks[q].sha256[0];
        Status read = j->ok ? liberty_read(j) : ST_OK;
        j->ok = j->ok && read == ST_OK;
        if (st == ST_OK) st = read;
    }
    return st;
}

void liberty_free(Liberty *l)
{
    for (uint32_t i = 0; i < l->jobs.n; i++) {
        for (uint32_t q = 0; q < l->jobs.v[i].n_decks; q++) deck_free(&l->jobs.v[i].decks[q]);
        mem_free(l->jobs.v[i].decks);
    }
    for (size_t i = 0; i < COUNTOF(cells) && l->wires; i++) {
        arr_free(&l->wires[i].v);
        arena_free(&l->wires[i].arena);
    }
    mem_free(l->wires);
    arr_free(&l->jobs);
    *l = (Liberty){0};
}
