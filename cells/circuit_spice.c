/*
 * A cell as SPICE text for characterisation decks, nominal or with random mismatch written into the devices.
 * The design's netlist proper is a template (templates/); here every parameter stands where the simulator takes it.
 */
#include "cells/circuit_int.h"

#include <math.h>

/* Random numbers of mismatch end at 4 sigma: one draw in 16,000 must not break a deck. */
static double draw(Rng *r)
{
    double x = rng_normal(r);
    return x > 4 ? 4 : x < -4 ? -4 : x;
}

static const TechDevice *find_model(const Tech *t, const char *model)
{
    for (uint32_t i = 0; i < t->devices.n; i++)
        if (str_eq(t->devices.v[i].model, model)) return &t->devices.v[i];
    return NULL;
}

double circuit_threshold_sigma(const Db *db, const Tech *t, const DbDevice *d)
{
    return find_model(t, db_name(db, d->model))->avt / sqrt(2 * (d->w * t->dbu_m) * (d->l * t->dbu_m));
}

static void node(const Db *db, const DbCell *c, NetId n, uint32_t bit, Buf *out)
{
    assert(n.i != NET_NONE.i);
    const DbNet *net = &c->nets.v[n.i];
    if (net->width > 1) buf_printf(out, " %s[%u]", db_name(db, net->name), bit);
    else buf_printf(out, " %s", db_name(db, net->name));
}

static void mos(const Db *db, const Tech *t, const DbCell *c, const DbDevice *d, CircuitVary *vary, Buf *out)
{
    const char *model = db_name(db, d->model);
    const TechDevice *td = find_model(t, model);
    assert(td);
    double w = d->w * t->dbu_m, l = d->l * t->dbu_m;
    buf_printf(out, "%c%s", td->subckt ? 'X' : 'M', db_name(db, d->name));
    for (int i = 0; i < 4; i++) node(db, c, d->t[i].net, d->t[i].bit, out);
    buf_printf(out, " %s w=%.6gn l=%.6gn", model, w * 1e9, l * 1e9);
    if (!td->subckt) {
        /* Shared diffusions: a gate pitch less the gate, both sides of a finger. */
        double ext = (t->gate_pitch - td->l_min) * t->dbu_m;
        buf_printf(out, " as=%.6gp ad=%.6gp ps=%.6gu pd=%.6gu", w * ext * 1e12, w * ext * 1e12,
                   (w + ext) * 2e6, (w + ext) * 2e6);
    }
    const char *dvt = td->subckt ? "dvt" : "delvto";
    if (vary && vary->devices) buf_printf(out, " %s=%.9g", dvt, draw(&vary->rng) * circuit_threshold_sigma(db, t, d));
    for (int i = 0; vary && vary->pair && i < 2; i++)
        if (str_eq(vary->pair[i], db_name(db, d->name))) buf_printf(out, " %s=%.9g", dvt, (i ? -0.5 : 0.5) * vary->shift);
    buf_char(out, '\n');
}

static void passive(const Db *db, const Tech *t, const DbCell *cell, const DbDevice *d, CircuitVary *vary, Buf *out)
{
    double value = d->value;
    if (d->kind == DEV_CAP && vary && vary->caps && !circuit_is_wire(db, d)) value *= 1 + draw(&vary->rng) * t->cap_mismatch / sqrt(value);
    buf_printf(out, "%c%s", d->kind == DEV_CAP ? 'C' : 'R', db_name(db, d->name));
    node(db, cell, d->t[0].net, d->t[0].bit, out);
    node(db, cell, d->t[1].net, d->t[1].bit, out);
    buf_printf(out, " %.9g\n", value);
}

static bool skipped(const char *words, const char *name)
{
    while (words && *words) {
        size_t n = strcspn(words, " ");
        if (!strncmp(words, name, n)) return true;
        words += n + strspn(words + n, " ");
    }
    return false;
}

void circuit_spice_view(const Db *db, const Tech *t, CellId c, const CircuitView *view, Buf *out)
{
    const DbCell *cell = &db->cells.v[c.i];
    buf_printf(out, ".subckt %s", view->name ? view->name : db_name(db, cell->name));
    uint32_t n = 0;
    for (uint32_t i = 0; i < cell->n_ports; i++)
        for (uint32_t b = 0; b < cell->nets.v[i].width; b++) {
            if (++n % 12 == 0) buf_str(out, "\n+"); /* the reader's lines are not endless */
            node(db, cell, (NetId){i}, b, out);
        }
    for (const char *const *p = view->ports; p && *p; p++) buf_printf(out, " %s", *p);
    buf_char(out, '\n');
    for (uint32_t i = 0; i < cell->devices.n; i++) {
        const DbDevice *d = &cell->devices.v[i];
        if (skipped(view->skip, db_name(db, d->name))) continue;
        if (d->kind == DEV_NMOS || d->kind == DEV_PMOS) mos(db, t, cell, d, view->vary, out);
        else passive(db, t, cell, d, view->vary, out);
    }
    if (view->wires) buf_str(out, view->wires);
    buf_printf(out, ".ends\n");
}

void circuit_spice(const Db *db, const Tech *t, CellId c, CircuitVary *vary, Buf *out)
{
    circuit_spice_view(db, t, c, &(CircuitView){.vary = vary}, out);
}

void cells_spice(const Db *db, const Tech *t, CellId c, Buf *out)
{
    circuit_spice(db, t, c, NULL, out);
}
