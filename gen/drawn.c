/* Synapse columns with the wires of their drawn cells. */
#include "gen/drawn.h"

#include "cells/circuit.h"
#include "cells/column.h"
#include "cells/draw.h"
#include "route/extract_leaf.h"

#include <math.h>

#define LINEAR 0.002 /* of full scale: a quarter of an LSB of 7 bits */
#define GAIN 0.02

static const char *name_of(const Db *db, const DbCell *c, LeafNode n) { return n.net.i == NET_NONE.i ? "" : db_name(db, c->nets.v[n.net.i].name); }

static bool is_column(const char *name) { return str_eq(name, "COL") || str_eq(name, "GCOL"); }

static bool is_line(const char *name) { return str_eq(name, "BLP") || str_eq(name, "BLN"); }

/* Which capacitor's bottom plate a net is, smallest first; -1: none. */
static int plate_of(const DbCell *c, LeafNode n)
{
    int k = -1;
    double mine = 0;
    for (uint32_t i = 0; i < c->devices.n; i++)
        for (int q = 0; q < 2; q++)
            if (c->devices.v[i].kind == DEV_CAP && c->devices.v[i].t[q].net.i == n.net.i && c->devices.v[i].t[q].bit == n.bit) mine = c->devices.v[i].value;
    for (uint32_t i = 0; i < c->devices.n && mine > 0; i++) k += c->devices.v[i].kind == DEV_CAP && c->devices.v[i].value <= mine;
    return k;
}

static SynapseWires see(const Db *db, CellId id, const LeafCaps *caps)
{
    const DbCell *c = &db->cells.v[id.i];
    SynapseWires s = {.drawn = true};
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (c->devices.v[i].kind == DEV_CAP) s.cap += c->devices.v[i].value;
    for (uint32_t i = 0; i < caps->v.n; i++) {
        const LeafCap *x = &caps->v.v[i];
        s.plates += x->plates;
        s.line += (is_line(name_of(db, c, x->a)) + is_line(name_of(db, c, x->b))) * x->farad / 2;
        bool a = is_column(name_of(db, c, x->a)), b = is_column(name_of(db, c, x->b));
        if (a == b) continue;
        LeafNode other = a ? x->b : x->a;
        const char *name = name_of(db, c, other);
        int plate = plate_of(c, other);
        if (plate >= 0 && plate < 3) s.bit[plate] += x->farad;
        else if (str_eq(name, "XP")) s.xp += x->farad;
        else if (str_eq(name, "XN")) s.xn += x->farad;
        else if (str_eq(name, "xs")) s.xs += x->farad;
        else s.held += x->farad;
    }
    return s;
}

uint32_t synapse_couplings(const SynapseWires *w, SynapseCoupling out[SYNAPSE_COUPLINGS])
{
    if (!w->drawn) return 0;
    out[0] = (SynapseCoupling){"XP", w->xp}, out[1] = (SynapseCoupling){"XN", w->xn}, out[2] = (SynapseCoupling){"xs", w->xs};
    out[3] = (SynapseCoupling){"bot0", w->bit[0]}, out[4] = (SynapseCoupling){"bot1", w->bit[1]}, out[5] = (SynapseCoupling){"bot2", w->bit[2]};
    return SYNAPSE_COUPLINGS;
}

void drawn_synapse(const Db *db, const Tech *t, CellId synapse, SynapseWires *out)
{
    LeafCaps caps;
    extract_leaf(db, t, synapse, &caps);
    *out = see(db, synapse, &caps);
    leaf_caps_free(&caps);
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
    Status st = draw_variant(&db, t, lib, v, "synapse", &cell, &stats, &tap);
    if (st == ST_OK) {
        LeafCaps caps;
        Buf wires = {0};
        CellColumn bare, drawn;
        extract_leaf(&db, t, cell, &caps);
        SynapseWires s = see(&db, cell, &caps);
        spice(&db, cell, &caps, &wires);
        st = cells_column(t, v, wires.s ? wires.s : "", threads, &bare, &drawn);
        if (st == ST_OK) {
            double switched = s.bit[0] + s.bit[1] + s.bit[2], rows = s.xp + s.xn + s.xs;
            double expect = (s.cap + switched) / (s.cap + switched + s.held + rows), off = drawn.gain / bare.gain / expect - 1;
            printf("%-12s %7.3f %7.3f %7.3f %7.3f %7.3f %8.5f %8.5f %+7.3f%% %8.4f%% %8.4f%% %8.4f%%\n", v->variant, s.cap * 1e15, s.plates * 1e15, switched * 1e15,
                   s.held * 1e15, rows * 1e15, bare.gain, drawn.gain, 100 * off, 100 * bare.worst / bare.full, 100 * drawn.worst / drawn.full,
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
