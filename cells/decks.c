/*
 * Text of SPICE decks. Only what ngspice in batch mode reads; no path in it, so that the same cell gives the same
 * text (and the same sha256) on every machine: the models are included from the run's own folder.
 */
#include "cells/characterize_int.h"

#include <ctype.h>

void deck_put(CharDeck *d, const char *fmt, ...)
{
    char line[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    assert(n >= 0 && (size_t)n < sizeof line);
    buf_put(&d->text, line, (size_t)n);
}

const char *deck_models(char out[CHAR_NAME], const Tech *t)
{
    if (t->model_of_pdk && t->corner) snprintf(out, CHAR_NAME, "models_%s.sp", t->corner->name);
    else snprintf(out, CHAR_NAME, "models.sp");
    return out;
}

/* Gear's method and reltol 1e-3 by default: trapezoidal rule and tighter tolerances hang on switched capacitors
 * (reference measurements in docs). rshunt gives floating nodes a way to ground without loading a femtofarad. */
void deck_begin(CharDeck *d, const Tech *t, double timeout, const char *opt, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->name, sizeof d->name, fmt, ap);
    va_end(ap);
    d->t = t;
    d->timeout = timeout;
    char models[CHAR_NAME];
    deck_put(d, "* %s %s\n.include %s\n.option method=gear rshunt=1e15 temp=%.9g %s\n", t->name, d->name, deck_models(models, t), t->temp_c, opt);
    const TechCorner *k = t->corner;
    if (k && !t->model_of_pdk) deck_put(d, ".param n_dvt=%.9g p_dvt=%.9g n_mu=%.9g p_mu=%.9g\n", k->n_dvt, k->p_dvt, k->n_mu, k->p_mu);
    deck_put(d, "vvdd vdd 0 %.9g\nvvcm vcm 0 %.9g\n", t->vdd, t->vcm);
}

/* Value of "PORT=" in the map, or NULL; *n its length. */
static const char *mapped(const char *map, const char *port, size_t *n)
{
    size_t len = strlen(port);
    for (const char *p = map; *p;) {
        while (*p == ' ') p++;
        const char *end = p + strcspn(p, " ");
        if (!strncmp(p, port, len) && p[len] == '=') {
            *n = (size_t)(end - p - (ptrdiff_t)len - 1);
            return p + len + 1;
        }
        p = end;
    }
    return NULL;
}

static void port_node(CharDeck *d, const char *inst, const char *port, const char *map)
{
    size_t n = 0;
    const char *v = mapped(map, port, &n);
    if (v) {
        deck_put(d, " %.*s", (int)n, v);
    } else if (str_eq(port, "VDD") || str_eq(port, "VCM")) {
        deck_put(d, " v%c%c", tolower((unsigned char)port[1]), tolower((unsigned char)port[2]));
    } else if (str_eq(port, "VSS")) {
        deck_put(d, " 0");
    } else {
        deck_put(d, " %s_", inst);
        for (const char *p = port; *p; p++)
            if (isalnum((unsigned char)*p)) buf_char(&d->text, (char)tolower((unsigned char)*p));
    }
}

void deck_inst(CharDeck *d, const Db *db, CellId c, const char *inst, const char *map, const char *extra,
               const char *sub)
{
    const DbCell *cell = &db->cells.v[c.i];
    deck_put(d, "x%s", inst);
    uint32_t n = 0;
    for (uint32_t i = 0; i < cell->n_ports; i++) {
        const DbNet *net = &cell->nets.v[i];
        for (uint32_t b = 0; b < net->width; b++) {
            char port[64];
            if (net->width > 1) snprintf(port, sizeof port, "%s[%u]", db_name(db, net->name), b);
            else snprintf(port, sizeof port, "%s", db_name(db, net->name));
            if (++n % 10 == 0) deck_put(d, "\n+");
            port_node(d, inst, port, map);
        }
    }
    deck_put(d, " %s %s\n", extra, sub ? sub : db_name(db, cell->name));
}

void deck_step(CharDeck *d, const char *node, double v0, double v1, double t_on, double t_off)
{
    deck_put(d, "v%s %s 0 pwl(0 %.9g %.9g %.9g %.9g %.9g", node, node, v0, t_on, v0, t_on + CELLS_T_EDGE, v1);
    if (t_off > t_on) deck_put(d, " %.9g %.9g %.9g %.9g", t_off, v1, t_off + CELLS_T_EDGE, v0);
    deck_put(d, ")\n");
}

void deck_at(CharDeck *d, const char *meas, const char *node, double at)
{
    deck_put(d, ".meas tran %s find v(%s) at=%.9g\n", meas, node, at);
}

void deck_fine(CharDeck *d, const double *times, uint32_t n, double length)
{
    deck_put(d, "vfine fine 0 pwl(0 0");
    int k = 0;
    for (uint32_t i = 0; i < n; i++)
        for (double s = 0; s < length; s += 20e-12, k++) deck_put(d, "%s%.7g %d", k % 10 ? " " : "\n+ ", times[i] + s, k & 1);
    deck_put(d, ")\n");
}

void deck_tran(CharDeck *d, double step, double stop)
{
    deck_put(d, ".tran %.6g %.9g\n.end\n", step, stop);
}

void deck_free(CharDeck *d)
{
    buf_free(&d->text);
    arr_free(&d->meas);
}
