/* Lines of the current family with their wires. */
#include "cells/line.h"

#include "cells/characterize_int.h"

enum { SECTIONS = 4 }; /* of a stretch of wire without transistors */

static const double first = CELLS_T_PRE + 1e-9;

static double second_at(const LineJob *j) { return first + j->step + j->rest; }
static double take_at(const LineJob *j) { return second_at(j) + 8 * j->step + 2e-9; }
static double cycle_of(const LineJob *j) { return take_at(j) + CELLS_T_TAKE + 1e-9; }

/* One row wire: its own firing |x| + 1 steps, the other's one. */
static void row_wire(CharDeck *d, const LineJob *j, uint32_t row, int32_t sign)
{
    double e = CELLS_T_EDGE, v = d->t->vdd;
    deck_put(d, "v%c%u p%c%u 0 pwl(0 0", sign > 0 ? 'p' : 'n', row, sign > 0 ? 'p' : 'n', row);
    for (uint32_t k = 0; k < j->vectors; k++) {
        int32_t x = sign * j->x[(size_t)k * j->rows + row];
        if (x == 0) continue;
        double on = k * cycle_of(j) + (x > 0 ? second_at(j) : first), off = on + (x > 0 ? x + 1 : 1) * j->step;
        deck_put(d, "\n+ %.9g 0 %.9g %.9g %.9g %.9g %.9g 0", on, on + e, v, off, v, off + e);
    }
    deck_put(d, ")\n");
}

/* A stretch of n idle synapses from one node to another (NULL: open there), on both lines. */
static void stretch(CharDeck *d, const LineJob *j, const char *name, const char *from, const char *to, uint32_t n)
{
    double r = n * j->wire_ohm / SECTIONS, c = n * (j->wire_f + j->idle_f) / SECTIONS;
    static const char side[] = {'p', 'n'};
    for (int s = 0; s < 2 && n > 0; s++)
        for (int k = 0; k < SECTIONS; k++) {
            char a[24], b[24];
            if (k) snprintf(a, sizeof a, "%c%s%d", side[s], name, k);
            else snprintf(a, sizeof a, "%c%s", side[s], from);
            if (k + 1 == SECTIONS && to) snprintf(b, sizeof b, "%c%s", side[s], to);
            else snprintf(b, sizeof b, "%c%s%d", side[s], name, k + 1);
            deck_put(d, "r%c%s%d %s %s %.6g\nc%c%s%d %s 0 %.6g\n", side[s], name, k, a, b, r > 1e-3 ? r : 1e-3, side[s], name, k, a, c / 2);
            deck_put(d, "c%c%se%d %s 0 %.6g\n", side[s], name, k, b, c / 2);
        }
}

static void put_rows(CharDeck *d, const LineJob *j, const Db *db, CellId syn)
{
    int32_t bits = circuit_size(j->synapse);
    for (uint32_t r = 0; r < j->rows; r++) {
        char name[16], map[160], q[96];
        int32_t w = j->w[r], code = (w < 0 ? 1 << (bits - 1) : 0) | (w < 0 ? -w : w);
        for (int32_t i = 0, at = 0; i < bits; i++) at += snprintf(q + at, sizeof q - (size_t)at, "%s", code >> i & 1 ? "vdd 0 " : "0 vdd ");
        snprintf(name, sizeof name, "s%u", r);
        if (j->bias_ohm > 0) snprintf(map, sizeof map, "PP=pp%u PN=pn%u VB=b%u VC=c%u BLP=pr%u BLN=nr%u BL=vdd BLB=vdd", r, r, j->row0 + r, j->row0 + r, r, r);
        else snprintf(map, sizeof map, "PP=pp%u PN=pn%u VB=b VC=c BLP=pr%u BLN=nr%u BL=vdd BLB=vdd", r, r, r, r);
        deck_inst(d, db, syn, name, map, q, NULL);
        row_wire(d, j, r, 1);
        row_wire(d, j, r, -1);
        deck_put(d, "cwp%u pr%u 0 %.6g\ncwn%u nr%u 0 %.6g\n", r, r, j->wire_f, r, r, j->wire_f);
        double ohm = j->wire_ohm > 1e-3 ? j->wire_ohm : 1e-3;
        if (r) deck_put(d, "rwp%u pr%u pr%u %.6g\nrwn%u nr%u nr%u %.6g\n", r, r - 1, r, ohm, r, r - 1, r, ohm);
    }
}

/* VB and VC up the rows: what one column of all has of their wires, behind its share of the bias's resistance. VC's load is taken for VB's. */
static void put_bias_wires(CharDeck *d, const LineJob *j)
{
    double ohm = j->bias_ohm * j->columns;
    for (uint32_t r = 0; r < j->depth; r++) {
        char from[16];
        snprintf(from, sizeof from, r ? "%u" : "", r - 1);
        deck_put(d, "rb%u b%s b%u %.6g\nrc%u c%s c%u %.6g\n", r, from, r, r ? ohm : j->bias->data.r_ohm * j->columns, r, from, r, r ? ohm : j->bias->data.r_ohm * j->columns);
        if (r < j->row0 || r >= j->row0 + j->rows) deck_put(d, "cb%u b%u 0 %.6g\ncc%u c%u 0 %.6g\n", r, r, j->bias_f, r, r, j->bias_f);
    }
}

/* Column end, its phases, and the converter's inputs as capacitors that are precharged with the lines. */
static void put_end(CharDeck *d, const LineJob *j, const Db *db, CellId end)
{
    double v = d->t->vdd, cycle = cycle_of(j), e = CELLS_T_EDGE;
    deck_inst(d, db, end, "e", "BLP=pend BLN=nend AIP=ap AIN=an DIN=0 PREB=preb SELA=sel SELAB=selb SELB=0 SELBB=vdd WE=0 WEB=vdd", "", NULL);
    deck_put(d, "vpreb preb 0 pulse(0 %.9g %.9g %.3g %.3g %.9g %.9g)\n", v, CELLS_T_PRE, e, e, cycle - CELLS_T_PRE - 2 * e, cycle);
    deck_put(d, "vsel sel 0 pulse(0 %.9g %.9g %.3g %.3g %.9g %.9g)\nvselb selb 0 pulse(%.9g 0 %.9g %.3g %.3g %.9g %.9g)\n", v, take_at(j), e, e, CELLS_T_TAKE, cycle, v, take_at(j), e, e,
             CELLS_T_TAKE, cycle);
    deck_put(d, "vst st 0 pulse(1 0 %.9g %.3g %.3g %.9g %.9g)\nsp ap vdd st 0 ideal\nsn an vdd st 0 ideal\n.model ideal sw vt=0.5 vh=0.1 ron=100 roff=1e14\n", CELLS_T_PRE, e, e,
             cycle - CELLS_T_PRE - 2 * e, cycle);
    deck_put(d, "cap ap 0 %.6g\ncan an 0 %.6g\n", j->load_f, j->load_f);
}

static void make_deck(CharDeck *d, const Tech *t, const LineJob *j, uint32_t number)
{
    Db db;
    const double *p = j->synapse->param;
    CellVariant bias = {.function = "bias_i", .flavour = "rvt", .param = {1, p[1], p[2], p[0]}};
    db_init(&db, "line", t->name, t->dbu_m, t->grid);
    deck_begin(d, t, CHAR_LIMIT, "reltol=1e-3", "line %u of %s", number, j->synapse->variant);
    CellId syn = char_cell(&db, t, "synapse_i", j->synapse, circuit_size(j->synapse)), end = char_cell(&db, t, "col_end_i", j->end, 0);
    CellId b = char_cell(&db, t, "bias_i", &bias, 0);
    char_levels(d, &db, syn, NULL);
    circuit_spice_view(&db, t, end, &(CircuitView){.skip = "din bl"}, &d->text);
    cells_spice(&db, t, b, &d->text);
    deck_inst(d, &db, b, "bias", "IREF=iref VB=b VC=c", "", NULL);
    deck_put(d, "iref iref 0 %.9g\ncb b 0 1u\ncc c 0 1u\n", p[0]);
    if (j->bias_ohm > 0) put_bias_wires(d, j);
    put_end(d, j, &db, end);
    put_rows(d, j, &db, syn);
    if (j->row0) stretch(d, j, "lo", "end", "r0", j->row0);
    else deck_put(d, "rpe pend pr0 1e-3\nrne nend nr0 1e-3\n");
    char last[16];
    snprintf(last, sizeof last, "r%u", j->rows - 1);
    stretch(d, j, "hi", last, NULL, j->depth - j->row0 - j->rows);
    for (uint32_t k = 0; k < j->vectors; k++) deck_put(d, ".meas tran v%u find par('v(an)-v(ap)') at=%.9g\n", k, k * cycle_of(j) + take_at(j) + CELLS_T_TAKE - 0.2e-9);
    deck_tran(d, 0.4e-9, j->vectors * cycle_of(j));
    db_free(&db);
}

Status cells_lines(const Tech *t, const LineJob *jobs, uint32_t n, uint32_t threads, double *const *v)
{
    CharDeck *d = mem_calloc(n + 1, sizeof *d);
    for (uint32_t i = 0; i < n; i++) {
        assert(jobs[i].rows > 0 && jobs[i].row0 + jobs[i].rows <= jobs[i].depth);
        make_deck(&d[i], t, &jobs[i], i);
    }
    Status st = char_run(d, n, threads);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < jobs[i].vectors && st == ST_OK; k++) v[i][k] = char_getf(&d[i], "v%u", k);
        deck_free(&d[i]);
    }
    mem_free(d);
    return st;
}
