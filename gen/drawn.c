/* Synapse columns with the wires of their drawn cells. */
#include "gen/drawn.h"

#include "cells/circuit.h"
#include "cells/column.h"
#include "cells/draw.h"
#include "route/extract_leaf.h"

#include <math.h>

#define LINEAR 0.002 /* of full scale: a quarter of an LSB of 7 bits */
#define GAIN 0.02

/* Capacitance of one cell as its column sees it; F. */
typedef struct {
    double nominal, plates; /* capacitors: as wanted; as extracted from their fingers */
    double switched;        /* of wires, from the column to what the weight switches */
    double held;            /* to what stands still: supplies, VCM, other wires */
    double rows;            /* to the row wires XP and XN: moves the column whatever the weight */
    double total;           /* all wires of the cell */
} Seen;

static bool is(const Db *db, const DbCell *c, LeafNode n, const char *name)
{
    return n.net.i != NET_NONE.i && str_eq(db_name(db, c->nets.v[n.net.i].name), name);
}

static bool is_column(const Db *db, const DbCell *c, LeafNode n) { return is(db, c, n, "COL") || is(db, c, n, "GCOL"); }

static bool is_plate(const DbCell *c, LeafNode n)
{
    for (uint32_t i = 0; i < c->devices.n; i++)
        for (int k = 0; k < 2; k++)
            if (c->devices.v[i].kind == DEV_CAP && c->devices.v[i].t[k].net.i == n.net.i && c->devices.v[i].t[k].bit == n.bit) return true;
    return false;
}

static Seen see(const Db *db, CellId id, const LeafCaps *caps)
{
    const DbCell *c = &db->cells.v[id.i];
    Seen s = {0};
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (c->devices.v[i].kind == DEV_CAP) s.nominal += c->devices.v[i].value;
    for (uint32_t i = 0; i < caps->v.n; i++) {
        const LeafCap *x = &caps->v.v[i];
        s.plates += x->plates;
        s.total += x->farad;
        bool a = is_column(db, c, x->a), b = is_column(db, c, x->b);
        if (a == b) continue;
        LeafNode other = a ? x->b : x->a;
        if (is_plate(c, other)) s.switched += x->farad;
        else if (is(db, c, other, "XP") || is(db, c, other, "XN")) s.rows += x->farad;
        else s.held += x->farad;
    }
    return s;
}

static void node(const Db *db, CellId c, LeafNode n, Buf *out)
{
    buf_char(out, ' ');
    if (n.net.i == NET_NONE.i) buf_str(out, "VSS");
    else db_bit_name(db, c, n.net, n.bit, out);
}

/* The memory is levels in these decks: capacitances of nodes that are not there are left out. */
static bool absent(const Db *db, CellId c, LeafNode n)
{
    if (n.net.i == NET_NONE.i || n.net.i < db->cells.v[c.i].n_ports) return false;
    const char *name = db_name(db, db->cells.v[c.i].nets.v[n.net.i].name);
    return !(str_starts(name, "xs") || str_starts(name, "bot") || str_starts(name, "q"));
}

static void spice(const Db *db, CellId c, const LeafCaps *caps, Buf *out)
{
    for (uint32_t i = 0; i < caps->v.n; i++) {
        const LeafCap *x = &caps->v.v[i];
        if (x->farad <= 0 || absent(db, c, x->a) || absent(db, c, x->b)) continue;
        buf_printf(out, "Cw%u", i);
        node(db, c, x->a, out);
        node(db, c, x->b, out);
        buf_printf(out, " %.6g\n", x->farad);
    }
}

static Status column(const Tech *t, const CellLibrary *lib, const CellVariant *v, uint32_t threads)
{
    Db db;
    DrawStats stats;
    CellId cell, tap;
    tech_db_init(t, &db, "drawn");
    Status st = draw_variant(&db, t, lib, v, &cell, &stats, &tap);
    if (st == ST_OK) {
        LeafCaps caps;
        Buf wires = {0};
        CellColumn bare, drawn;
        extract_leaf(&db, t, cell, &caps);
        Seen s = see(&db, cell, &caps);
        spice(&db, cell, &caps, &wires);
        st = cells_column(t, v, wires.s ? wires.s : "", threads, &bare, &drawn);
        if (st == ST_OK) {
            double expect = (s.nominal + s.switched) / (s.nominal + s.switched + s.held + s.rows), off = drawn.gain / bare.gain / expect - 1;
            printf("%-12s %7.3f %7.3f %7.3f %7.3f %7.3f %8.5f %8.5f %+7.3f%% %8.4f%% %8.4f%% %8.4f%%\n", v->variant, s.nominal * 1e15, s.plates * 1e15, s.switched * 1e15,
                   s.held * 1e15, s.rows * 1e15, bare.gain, drawn.gain, 100 * off, 100 * bare.worst / bare.full, 100 * drawn.worst / drawn.full,
                   100 * drawn.rms / drawn.full);
            if (fabs(off) > GAIN || drawn.worst > LINEAR * drawn.full) st = ST_VIOLATION;
        }
        buf_free(&wires);
        leaf_caps_free(&caps);
    }
    db_free(&db);
    return st;
}

static bool wanted(const char *const *names, uint32_t n, const char *variant)
{
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(names[i], variant)) return true;
    return n == 0;
}

Status drawn_columns(const Tech *t, const char *const *names, uint32_t n, uint32_t threads)
{
    CellLibrary lib = {0};
    Status worst = ST_OK;
    cells_variants(t, &lib);
    for (uint32_t k = 0; k < n; k++) {
        bool known = false;
        for (uint32_t i = 0; i < lib.v.n; i++) known |= str_eq(lib.v.v[i].function, "synapse") && str_eq(lib.v.v[i].variant, names[k]);
        if (!known) worst = msg_error(ST_USAGE, "CLI-0009", (Loc){0}, "characterize --extracted: no synapse variant %s", names[k]);
    }
    if (worst != ST_OK) {
        cells_library_free(&lib);
        return worst;
    }
    printf("%-12s %7s %7s %7s %7s %7s %8s %8s %8s %9s %9s %9s\n", "synapse", "C fF", "plates", "+switch", "held", "rows", "bare", "drawn", "off", "bare max",
           "max", "rms");
    for (uint32_t i = 0; i < lib.v.n; i++) {
        if (!str_eq(lib.v.v[i].function, "synapse") || !wanted(names, n, lib.v.v[i].variant)) continue;
        Status st = column(t, &lib, &lib.v.v[i], threads);
        if (st != ST_OK) worst = st;
    }
    cells_library_free(&lib);
    return worst;
}
