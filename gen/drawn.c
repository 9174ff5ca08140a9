/* Synapse columns with the wires of their drawn cells; converters: drawn_adc.c. */
#include "gen/drawn.h"
#include "gen/drawn_adc.h"
#include "gen/sized.h"

#include "cells/circuit.h"
#include "cells/column.h"
#include "cells/draw.h"
#include "route/extract_leaf.h"

#include <math.h>

#define LINEAR 0.002 /* of full scale: a quarter of an LSB of 7 bits */
#define GAIN 0.02

static const char *name_of(const Db *db, const DbCell *c, LeafNode n) { return n.net.i == NET_NONE.i ? "" : db_name(db, c->nets.v[n.net.i].name); }

static bool is_column(const char *name) { return str_eq(name, "COL") || str_eq(name, "GCOL"); }

/* What a line couples to nets inside the synapse is in its characterised load. */
static bool is_line(const DbCell *c, const char *name, LeafNode other)
{
    return (str_eq(name, "BLP") || str_eq(name, "BLN")) && (other.net.i == NET_NONE.i || other.net.i < c->n_ports);
}

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

/* Does a pin of the net cross the cell from left to right, or from bottom to top? */
static bool passes(const Db *db, const DbCell *c, NetId net, uint32_t bit, bool up)
{
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->kind != SHAPE_PIN || s->net.i != net.i || s->bit != bit || db->layers.v[s->layer.i].kind != LAYER_METAL) continue;
        if (up ? s->box.y0 <= 0 && s->box.y1 >= c->box.y1 : s->box.x0 <= 0 && s->box.x1 >= c->box.x1) return true;
    }
    return false;
}

/* The cell with its eight neighbours in an array: what passes it goes on, all else of a neighbour is one net. */
static CellId among_equals(const Db *db, CellId id, Db *out)
{
    const DbCell *c = &db->cells.v[id.i];
    CellId a = db_add_cell(out, "array", CELL_LEAF, "array");
    for (uint32_t i = 0; i < c->nets.n; i++) db_add_net(out, a, db_name(db, c->nets.v[i].name), c->nets.v[i].width, USE_SIGNAL);
    NetId other = db_add_net(out, a, "neighbours", 1, USE_SIGNAL);
    for (uint32_t i = 0; i < c->devices.n; i++) {
        if (c->devices.v[i].kind != DEV_CAP) continue;
        DbDevice *d = arr_add(&db_cell(out, a)->devices);
        *d = c->devices.v[i];
        d->name = names_add(&out->names, db_name(db, c->devices.v[i].name));
    }
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (db->layers.v[s->layer.i].kind != LAYER_METAL) continue;
        LayerId l = db_metal(out, db->layers.v[s->layer.i].level);
        bool row = s->net.i != NET_NONE.i && passes(db, c, s->net, s->bit, false), column = s->net.i != NET_NONE.i && passes(db, c, s->net, s->bit, true);
        for (int32_t y = -1; y <= 1; y++)
            for (int32_t x = -1; x <= 1; x++) {
                bool same = (!x && !y) || (!x && column) || (!y && row);
                Box b = {s->box.x0 + x * c->box.x1, s->box.y0 + y * c->box.y1, s->box.x1 + x * c->box.x1, s->box.y1 + y * c->box.y1};
                db_add_shape(out, a, l, s->kind, b, same ? s->net : other, same ? s->bit : 0);
            }
    }
    return a;
}

/* The net that moves the column by a coupling to it; NULL: it stands still, or is a neighbour's. */
static double *moving(const Db *db, const DbCell *c, LeafNode n, SynapseWires *s)
{
    const char *name = name_of(db, c, n);
    int plate = plate_of(c, n);
    return plate >= 0 && plate < 3 ? &s->wire[plate] : str_eq(name, "XP") ? &s->xp : str_eq(name, "XN") ? &s->xn : str_eq(name, "xs") ? &s->xs : NULL;
}

/* What moves the column, from the cell among its equals; what holds it, from the cell alone: there each wire is once. */
static void count(const Db *db, CellId id, const LeafCaps *caps, bool alone, SynapseWires *s)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < caps->v.n; i++) {
        const LeafCap *x = &caps->v.v[i];
        if (alone) s->line += (is_line(c, name_of(db, c, x->a), x->b) + is_line(c, name_of(db, c, x->b), x->a)) * x->farad / 2;
        bool a = is_column(name_of(db, c, x->a)), b = is_column(name_of(db, c, x->b));
        if (a == b) continue;
        LeafNode other = a ? x->b : x->a;
        int plate = plate_of(c, other);
        double *to = moving(db, c, other, s);
        if (!alone && to) *to += x->farad;
        if (!alone && plate >= 0 && plate < 3) s->plate[plate] += x->plates;
        if (alone && !to) s->held += x->farad;
    }
}

/* Couplings of the column to what moves it. */
static void see_moving(const Db *db, const Tech *t, CellId id, SynapseWires *s)
{
    ARRAY(LeafNode) column = {0}, other = {0};
    LeafCaps caps;
    Db around;
    tech_db_init(t, &around, "around");
    CellId array = among_equals(db, id, &around);
    const DbCell *c = &around.cells.v[array.i];
    for (uint32_t i = 0; i < c->nets.n; i++)
        for (uint32_t bit = 0; bit < c->nets.v[i].width; bit++) {
            LeafNode n = {{i}, bit};
            if (is_column(name_of(&around, c, n))) arr_push(&column, n);
            else if (moving(&around, c, n, s)) arr_push(&other, n);
        }
    extract_leaf_pairs(&around, t, array, 1, (LeafPairs){column.v, other.v, column.n, other.n}, &caps);
    count(&around, array, &caps, false, s);
    leaf_caps_free(&caps);
    arr_free(&column);
    arr_free(&other);
    db_free(&around);
}

static SynapseWires see(const Db *db, const Tech *t, CellId id, double cu)
{
    const DbCell *c = &db->cells.v[id.i];
    SynapseWires s = {.drawn = true};
    LeafCaps caps;
    extract_leaf(db, t, id, &caps);
    count(db, id, &caps, true, &s);
    leaf_caps_free(&caps);
    see_moving(db, t, id, &s);
    for (uint32_t i = 0; i < c->devices.n; i++)
        if (c->devices.v[i].kind == DEV_CAP) s.bits++;
    for (uint32_t k = 0; k < s.bits && k < 3; k++) {
        s.cap += cu * (1 << k);
        s.bit[k] = s.plate[k] + s.wire[k] - cu * (1 << k);
    }
    return s;
}

uint32_t synapse_couplings(const SynapseWires *w, SynapseCoupling out[SYNAPSE_COUPLINGS])
{
    if (!w->drawn) return 0;
    out[0] = (SynapseCoupling){"XP", w->xp}, out[1] = (SynapseCoupling){"XN", w->xn}, out[2] = (SynapseCoupling){"xs", w->xs};
    static const char *const bot[] = {"bot0", "bot1", "bot2"};
    /* fingers are at least as long as needed (DRAW-0007 if not), so no bit has less than its capacitor by more than rounding */
    for (uint32_t k = 0; k < w->bits; k++) out[3 + k] = (SynapseCoupling){bot[k], fmax(w->bit[k], 0)};
    return 3 + w->bits;
}

void drawn_synapse(const Db *db, const Tech *t, CellId synapse, double cu, SynapseWires *out) { *out = see(db, t, synapse, cu); }

void drawn_synapse_bits(const Db *db, const Tech *t, CellId synapse, SynapseWires *out)
{
    *out = (SynapseWires){.drawn = true};
    see_moving(db, t, synapse, out);
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

/* Is it a coupling that synapse_couplings tells? */
static bool moves_column(const Db *db, const DbCell *c, const LeafCap *x)
{
    bool a = is_column(name_of(db, c, x->a)), b = is_column(name_of(db, c, x->b));
    if (a == b) return false;
    const char *name = name_of(db, c, a ? x->b : x->a);
    return plate_of(c, a ? x->b : x->a) >= 0 || str_eq(name, "XP") || str_eq(name, "XN") || str_eq(name, "xs");
}

/* Wires of the cell, and what they and the plates make of the circuit's capacitors. */
static void spice(const Db *db, CellId c, const LeafCaps *caps, const SynapseWires *w, Buf *out)
{
    SynapseCoupling to[SYNAPSE_COUPLINGS];
    uint32_t n = synapse_couplings(w, to);
    for (uint32_t i = 0; i < n; i++) buf_printf(out, "Cx%u %s COL %.6g\n", i, to[i].net, to[i].farad);
    for (uint32_t i = 0; i < caps->v.n; i++) {
        const LeafCap *x = &caps->v.v[i];
        if (x->farad <= 0 || moves_column(db, &db->cells.v[c.i], x) || absent(db, c, x->a) || absent(db, c, x->b)) continue;
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
        sized_cell(&db, t, cell);
        extract_leaf(&db, t, cell, &caps);
        SynapseWires s = see(&db, t, cell, v->param[0]);
        spice(&db, cell, &caps, &s, &wires);
        st = cells_column(t, v, wires.s ? wires.s : "", threads, &bare, &drawn);
        if (st == ST_OK) {
            double rows = s.xp + s.xn + s.xs, expect = s.cap / (s.cap + s.held + rows), off = drawn.gain / bare.gain / expect - 1, ratio = 0;
            for (uint32_t k = 0; k < s.bits; k++) ratio = fmax(ratio, fabs(s.bit[k]) / s.cap);
            printf("%-14s %7.3f %7.3f %6.3f %6.3f %6.3f %8.4f%% %7.3f %7.3f %8.5f %8.5f %+7.3f%% %8.4f%% %8.4f%% %8.4f%%\n", v->variant, s.cap * 1e15,
                   (s.plate[0] + s.plate[1] + s.plate[2]) * 1e15, s.wire[0] * 1e15, s.wire[1] * 1e15, s.wire[2] * 1e15, 100 * ratio, s.held * 1e15, rows * 1e15, bare.gain,
                   drawn.gain, 100 * off, 100 * bare.worst / bare.full, 100 * drawn.worst / drawn.full, 100 * drawn.rms / drawn.full);
            if (fabs(off) > GAIN || drawn.worst > LINEAR * drawn.full || ratio > LINEAR) st = ST_VIOLATION;
        }
        buf_free(&wires);
        leaf_caps_free(&caps);
    }
    db_free(&db);
    return st;
}

/* Is it a variant of this function, and asked for? */
static bool wanted(const char *const *names, uint32_t n, const char *function, const CellVariant *v)
{
    if (!str_eq(v->function, function)) return false;
    for (uint32_t i = 0; i < n; i++)
        if (cells_named(names[i], v)) return true;
    return n == 0;
}

Status drawn_columns(const Tech *t, const char *const *names, uint32_t n, uint32_t threads)
{
    CellLibrary lib = {0};
    Status worst = ST_OK;
    cells_variants(t, &lib);
    for (uint32_t k = 0; k < n; k++) {
        bool known = false;
        for (uint32_t i = 0; i < lib.v.n; i++) known |= wanted(&names[k], 1, "synapse", &lib.v.v[i]) || wanted(&names[k], 1, "sar_adc", &lib.v.v[i]);
        if (!known)
            worst = msg_error(ST_USAGE, "CHR-0006", (Loc){0}, "'%s' is not characterised with --extracted; known: synapse sar_adc, or one variant: sar_adc_b10", names[k]);
    }
    if (worst != ST_OK) {
        cells_library_free(&lib);
        return worst;
    }
    bool head = false;
    for (uint32_t i = 0; i < lib.v.n; i++) {
        if (!wanted(names, n, "synapse", &lib.v.v[i])) continue;
        if (!head)
            printf("%-14s %7s %7s %6s %6s %6s %9s %7s %7s %8s %8s %8s %9s %9s %9s\n", "synapse", "C fF", "plates", "+bit0", "+bit1", "+bit2", "ratio", "held", "rows", "bare", "drawn",
                   "off", "bare max", "max", "rms");
        head = true;
        Status st = column(t, &lib, &lib.v.v[i], threads);
        if (st != ST_OK) worst = st;
    }
    head = true;
    for (uint32_t i = 0; i < lib.v.n; i++) {
        if (!wanted(names, n, "sar_adc", &lib.v.v[i])) continue;
        Status st = drawn_converter(t, &lib, &lib.v.v[i], head);
        head = false;
        if (st != ST_OK) worst = st;
    }
    cells_library_free(&lib);
    return worst;
}
