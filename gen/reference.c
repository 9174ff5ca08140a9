/* Settling of the converters' references along a crossbar: its wires as they are in the layout, the law of a ladder of resistors and arrays. */
#include "gen/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cells/timing.h"
#include "gen/digital.h"

enum { STEPS = 256, EVENTS = 6 /* bits that are looked at: later ones are smaller by half each */ };
#define GAMMA (1 - M_SQRT1_2)
#define LIMIT_LSB 0.5

/* ---- the law -------------------------------------------------------------------------------------------------------------- */

/* Arrays of c farad that lack w volt, one implicit step of h: what they lack then. Lines are a tridiagonal matrix. */
static void implicit(const RefLine *l, double c, double h, const double *w, double *u, double *pivot, double *v)
{
    double r = l->local + h / c;
    for (uint32_t i = 0; i < l->n; i++) {
        double g = 1 / (l->along[i] + (i ? 0 : l->source)), next = i + 1 < l->n ? 1 / l->along[i + 1] : 0;
        pivot[i] = g + next + 1 / r - (i ? g * g / pivot[i - 1] : 0);
        v[i] = w[i] / r + (i ? g / pivot[i - 1] * v[i - 1] : 0);
    }
    for (uint32_t i = l->n; i-- > 0;) {
        v[i] = (v[i] + (i + 1 < l->n ? v[i + 1] / l->along[i + 1] : 0)) / pivot[i];
        u[i] = w[i] - h / c * (w[i] - v[i]) / r;
    }
}

void reference_event(const RefLine *l, double b, double to, double *left)
{
    double c = to * (1 - to) * l->array_f, h = l->time / STEPS, *mem = mem_calloc(4 * (size_t)l->n + 1, sizeof *mem);
    double *first = mem, *base = mem + l->n, *pivot = mem + 2 * l->n, *v = mem + 3 * l->n;
    for (uint32_t i = 0; i < l->n; i++) left[i] = b * (1 + to) / (to * (1 - to));
    for (int k = 0; k < STEPS; k++) {
        implicit(l, c, GAMMA * h, left, first, pivot, v);
        for (uint32_t i = 0; i < l->n; i++) base[i] = left[i] + (1 - GAMMA) / GAMMA * (first[i] - left[i]);
        implicit(l, c, GAMMA * h, base, left, pivot, v);
    }
    mem_free(mem);
}

void reference_settle(const RefLine *l, double *worst)
{
    double *left = mem_calloc((size_t)l->n + 1, sizeof *left);
    for (uint32_t i = 0; i < l->n; i++) worst[i] = 0;
    for (int32_t k = 2; k <= l->bits && k <= EVENTS; k++)
        for (int32_t odd = 1; odd < 1 << k; odd += 2) {
            double b = ldexp(1, -k), to = odd * b;
            if (odd + 1 == 1 << k) continue; /* nothing was dropped */
            reference_event(l, b, to, left);
            for (uint32_t i = 0; i < l->n; i++) worst[i] = fmax(worst[i], left[i] * fmax(to, 1 - to));
        }
    mem_free(left);
}

/* ---- the wires ------------------------------------------------------------------------------------------------------------------ */

static CellId ladder_of(const Design *d, uint32_t apu) { return d->types.v[d->apu_type[apu]].cells.ladder; }

Box reference_on_chip(const Design *d, uint32_t apu, Box b)
{
    const ApuType *t = &d->types.v[d->apu_type[apu]];
    const DbCell *x = &d->db.cells.v[t->xbar.i], *a = &d->db.cells.v[t->apu.i], *l = &d->db.cells.v[ladder_of(d, apu).i];
    const DbInst *ix = &a->insts.v[t->i_xbar.i], *ia = &d->db.cells.v[d->chip.i].insts.v[d->i_apu[apu].i];
    for (uint32_t i = 0; i < x->insts.n; i++)
        if (x->insts.v[i].master.i == ladder_of(d, apu).i) b = box_place(b, l->box.x1, l->box.y1, x->insts.v[i].at, x->insts.v[i].orient);
    b = box_place(b, x->box.x1, x->box.y1, ix->at, ix->orient);
    return box_place(b, a->box.x1, a->box.y1, ia->at, ia->orient);
}

/* A cell's pin of that net on a metal; of several the last. */
static Box pin_of(const Db *db, CellId id, const char *net, int32_t level)
{
    const DbCell *c = &db->cells.v[id.i];
    NetId n = db_find_net(db, id, net);
    Box b = {0};
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (c->shapes.v[i].kind == SHAPE_PIN && c->shapes.v[i].net.i == n.i && c->shapes.v[i].layer.i == db_metal(db, level).i && (c->shapes.v[i].box.x0 >= b.x0 || b.x1 == 0)) b = c->shapes.v[i].box;
    return b;
}

typedef ARRAY(int32_t) Places;

static bool has(const Db *db, CellId c, CellId leaf)
{
    const DbCell *x = &db->cells.v[c.i];
    for (uint32_t i = 0; i < x->insts.n; i++)
        if (x->insts.v[i].master.i == leaf.i || has(db, x->insts.v[i].master, leaf)) return true;
    return false;
}

/* Where the cells of this kind stand, x of their lower left corners. */
static void find_places(const Db *db, CellId c, CellId leaf, int32_t x, Places *out)
{
    const DbCell *cell = &db->cells.v[c.i];
    for (uint32_t i = 0; i < cell->insts.n; i++) {
        const DbInst *in = &cell->insts.v[i];
        if (in->master.i != leaf.i && !has(db, in->master, leaf)) continue;
        for (uint32_t k = 0; k < in->nx; k++) {
            int32_t at = x + in->at.x + (int32_t)k * in->dx;
            if (in->master.i == leaf.i) arr_push(out, at);
            else find_places(db, in->master, leaf, at, out);
        }
    }
}

static int cmp_place(const void *a, const void *b) { return *(const int32_t *)a < *(const int32_t *)b ? -1 : *(const int32_t *)a > *(const int32_t *)b; }

/* Of a strap's column, from the mesh's nearest wires of its net on either side to height y. 0: none crosses it. */
static double column_ohm(const Design *d, const char *net, Box column, int32_t y)
{
    const DbCell *chip = &d->db.cells.v[d->chip.i];
    NetId n = db_find_net(&d->db, d->chip, net);
    LayerId mesh = db_metal(&d->db, tech_mesh_level(&d->tech));
    double r = tech_metal(&d->tech, tech_strap_level(&d->tech))->r_sheet / (column.x1 - column.x0), below = 0, above = 0;
    for (uint32_t i = 0; i < chip->shapes.n; i++) {
        const DbShape *s = &chip->shapes.v[i];
        if (s->layer.i != mesh.i || s->net.i != n.i || s->box.x0 > column.x0 || s->box.x1 < column.x1 || s->box.y0 < column.y0 || s->box.y1 > column.y1) continue;
        double dy = (s->box.y0 + s->box.y1) / 2.0 - y, g = 1 / fmax(fabs(dy), 1);
        if (dy < 0) below = fmax(below, g);
        else above = fmax(above, g);
    }
    return below + above > 0 ? r / (below + above) : 0;
}

/* From a strap of the ladder down to a wide wire, and along it to the ladder's right edge: the resistor that stands for it, cuts in one column on
 * the wire's height, pads fed at their ends (draw_feed.c draws that, wider straps with more cuts). */
static double feed_ohm(const Design *d, CellId ladder, const char *strap_net, const char *wire_net)
{
    const Tech *t = &d->tech;
    Box strap = pin_of(&d->db, ladder, strap_net, tech_strap_level(t)), wire = pin_of(&d->db, ladder, wire_net, 3);
    const DbCell *c = &d->db.cells.v[ladder.i];
    NetId n = db_find_net(&d->db, ladder, wire_net);
    double ohm = 0, h = wire.y1 - wire.y0, w = strap.x1 - strap.x0;
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (c->devices.v[i].kind == DEV_RES && c->devices.v[i].t[1].net.i == n.i) ohm += c->devices.v[i].value;
    for (int32_t l = 3; l < tech_strap_level(t); l++) {
        const TechLayer *cut = tech_cut(t, l);
        ohm += cut->r_cut / fmax(1, floor((h - cut->cut_size) / (cut->cut_size + cut->space)));
        if (l > 3) ohm += tech_metal(t, l)->r_sheet * h / w / 3;
    }
    return ohm + tech_metal(t, 3)->r_sheet * (c->box.x1 - (strap.x0 + strap.x1) / 2.0) / h;
}

/* Both wires of one crossbar. VSS itself is taken as ideal where straps of it cross the ladder's. */
static double source_ohm(const Design *d, uint32_t apu)
{
    static const char *const of[2][2] = {{"VREF", "VREFP"}, {"VSS", "VREFN"}};
    double ohm = d->vref_drop[apu] * d->vref_v / d->vref_at[apu].current_a;
    CellId ladder = ladder_of(d, apu);
    for (int k = 0; k < 2; k++) {
        Box wire = reference_on_chip(d, apu, pin_of(&d->db, ladder, of[k][1], 3));
        Box column = reference_on_chip(d, apu, pin_of(&d->db, ladder, of[k][0], tech_strap_level(&d->tech)));
        ohm += feed_ohm(d, ladder, of[k][0], of[k][1]) + column_ohm(d, of[k][0], column, (wire.y0 + wire.y1) / 2);
    }
    return ohm;
}

/* ---- inside the converter --------------------------------------------------------------------------------------------------- */

/* How high a net is on metal 1, where its transistors are. -1: it is not there. */
static int32_t top_of(const Db *db, CellId id, NetId net)
{
    const DbCell *c = &db->cells.v[id.i];
    int32_t y = -1;
    for (uint32_t i = 0; i < c->shapes.n; i++)
        if (c->shapes.v[i].net.i == net.i && c->shapes.v[i].layer.i == db_metal(db, 1).i && c->shapes.v[i].box.y1 > y) y = c->shapes.v[i].box.y1;
    return y;
}

/* Pieces of the trunk below y, which change lines in a section. */
static uint32_t pieces_below(const Db *db, const Tech *t, CellId id, NetId net, int32_t y)
{
    const DbCell *c = &db->cells.v[id.i];
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        n += s->net.i == net.i && s->layer.i == db_metal(db, 4).i && s->box.y1 - s->box.y0 > 2 * t->cell_row && s->box.y0 < y;
    }
    return n > 0 ? n : 1;
}

double reference_local(const Db *db, const Tech *t, CellId converter, uint32_t bits)
{
    static const char *const wire[] = {"VREFP", "VREFN"};
    const TechLayer *m4 = tech_metal(t, 4);
    double ohm = 0, cuts = 0;
    for (int32_t l = 1; l < 4; l++) cuts += tech_cut(t, l)->r_cut;
    for (int k = 0; k < 2; k++) {
        NetId net = db_find_net(db, converter, wire[k]);
        int32_t from = pin_of(db, converter, wire[k], 3).y1, top = top_of(db, converter, net);
        for (uint32_t i = 0; i <= bits; i++) { /* and the capacitor that makes the sum a power of two */
            char name[16];
            snprintf(name, sizeof name, "bot%u", i);
            NetId plate = i < bits ? db_find_net(db, converter, name) : NET_NONE;
            int32_t y = plate.i == NET_NONE.i ? top : top_of(db, converter, plate);
            assert(y >= 0);
            double up = y > from ? y - from : from - y;
            ohm += ldexp(1, (i < bits ? (int)i : 0) - (int)bits) * (m4->r_sheet * up / m4->width + cuts * (2 * pieces_below(db, t, converter, net, y) - 1) + tech_cut(t, 3)->r_cut);
        }
    }
    return ohm;
}

static void judge_one(Design *d, uint32_t apu, const Db *drawn, CellId converter)
{
    const ApuType *t = &d->types.v[d->apu_type[apu]];
    const Tech *tech = &d->tech;
    const CellVariant *adc = d->choice.sar_adc;
    RefFigure *f = &d->ref_line[apu];
    CellId id = t->cells.sar_adc;
    Places at = {0};
    find_places(&d->db, t->xbar, id, 0, &at);
    assert(at.n == core_adcs(&d->plan.cores.v[apu]));
    qsort(at.v, at.n, sizeof *at.v, cmp_place);
    Box wire = pin_of(&d->db, id, "VREFP", 3), edge = d->db.cells.v[ladder_of(d, apu).i].box;
    double along = 2 * tech_metal(tech, 3)->r_sheet / (wire.y1 - wire.y0), *r = mem_calloc(at.n + 1, sizeof *r), *worst = mem_calloc(at.n + 1, sizeof *worst);
    int32_t half = d->db.cells.v[id.i].box.x1 / 2;
    for (uint32_t i = 0; i < at.n; i++) r[i] = along * (i ? at.v[i] - at.v[i - 1] : at.v[0] + half - edge.x1);
    const TechLayer *m4 = tech_metal(tech, 4);
    int32_t bits = (int32_t)lrint(adc->param[0]);
    double local = drawn ? reference_local(drawn, tech, converter, (uint32_t)bits) /* not drawn: up to the cell's top, farther than any switch, and a cut */
                         : 2 * (m4->r_sheet * (d->db.cells.v[id.i].box.y1 - wire.y1) / m4->width + tech_cut(tech, 3)->r_cut);
    RefLine l = {.n = at.n, .bits = bits, .array_f = ldexp(adc->param[1], bits), .source = source_ohm(d, apu), .along = r, .local = local,
                 .time = CELLS_T_CLK_LOW};
    reference_settle(&l, worst);
    *f = (RefFigure){.source = l.source, .local = local, .array_f = l.array_f, .wire_w = wire.y1 - wire.y0, .near = worst[0], .far = worst[at.n - 1], .n = at.n};
    for (uint32_t i = 0; i < at.n; i++) f->line += r[i];
    mem_free(r);
    mem_free(worst);
    arr_free(&at);
}

void reference_judge(Design *d, const Db *drawn, CellId converter)
{
    d->ref_line = arena_array(&d->arena, RefFigure, d->n_apus + 1);
    for (uint32_t k = 0; k < d->n_apus; k++) {
        judge_one(d, k, drawn, converter);
        if (d->ref_line[k].far > d->ref_line[d->ref_worst].far) d->ref_worst = k;
    }
    const RefFigure *f = &d->ref_line[d->ref_worst];
    double lsb = ldexp(f->far, (int)lrint(d->choice.sar_adc->param[0]));
    d->ref_over = lsb > LIMIT_LSB;
    if (d->ref_over)
        msg_error(ST_VIOLATION, "RTE-0025", (Loc){0}, "crossbar %u: the last of %u converters lacks %.3g LSB of its reference %.3g ns after a bit, %.3g wanted; wires of %.0f ohm before the first and %.0f along them",
                  d->ref_worst, f->n, lsb, CELLS_T_CLK_LOW * 1e9, LIMIT_LSB, f->source, f->line);
}
