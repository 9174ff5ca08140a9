/*
 * The deck of one column as SPICE text. Cells are written from the database that was read from the emitted netlist: same
 * devices, same sizes; what is left out of a cell is written at its subcircuit.
 */
#include "cells/timing.h"
#include "verify/column_int.h"

enum { POINTS_PER_LINE = 6 };

typedef struct {
    const ColumnCut *cut;
    const Tech *t;
    const ColumnDrive *drive;
    Buf *out;
    uint32_t devices;      /* transistors, all instances */
    uint32_t *per_type;    /* [types][3] transistors of a written subcircuit + 1; 0: not written */
} Deck;

/* ---- subcircuits ------------------------------------------------------------------------------------------ */

static const char *const weight_nets[] = {"q0", "qb0", "q1", "qb1", "q2", "qb2", "q3", "qb3"};

static bool is_memory_net(const char *name)
{
    static const char *const outer[] = {"VDD", "VSS", "BL", "BLB"};
    for (size_t i = 0; i < COUNTOF(weight_nets); i++)
        if (str_eq(name, weight_nets[i])) return true;
    for (size_t i = 0; i < COUNTOF(outer); i++)
        if (str_eq(name, outer[i])) return true;
    return str_starts(name, "WL");
}

/* A device of the weight memory touches nothing but the bits, their word and bit lines and the supply. */
static bool of_memory(const Db *db, const DbCell *c, const DbDevice *d)
{
    for (int k = 0; k < 4; k++)
        if (d->t[k].net.i != NET_NONE.i && !is_memory_net(db_name(db, c->nets.v[d->t[k].net.i].name))) return false;
    return true;
}

/* Of the converter the column sees the comparator, the switch that resets its input, the wire between the two columns, and what the cell's wires add there. */
static bool of_adc_input(const Db *db, const DbDevice *d)
{
    static const char *const parts[] = {"cmp_", "rain", "r_a", "r_b", "w:"};
    for (size_t i = 0; i < COUNTOF(parts); i++)
        if (str_starts(db_name(db, d->name), parts[i])) return true;
    return false;
}

static const TechDevice *model_of_device(const Tech *t, const char *model)
{
    for (uint32_t i = 0; i < t->devices.n; i++)
        if (str_eq(t->devices.v[i].model, model)) return &t->devices.v[i];
    return NULL;
}

static uint32_t port_index(const DbCell *c, NetId n, uint32_t bit)
{
    uint32_t k = bit;
    for (uint32_t i = 0; i < n.i; i++) k += c->nets.v[i].width;
    return k;
}

/* Inner nets keep their names behind an i_, which no port has. */
static void put_term(Deck *d, const DbCell *c, const DbDevice *dev, int k)
{
    NetId n = dev->t[k].net;
    if (n.i < c->n_ports) buf_printf(d->out, " p%u", port_index(c, n, dev->t[k].bit));
    else buf_printf(d->out, " i_%s", db_name(d->cut->f->db, c->nets.v[n.i].name));
}

static void put_device(Deck *d, const DbCell *c, const DbDevice *dev)
{
    const Db *db = d->cut->f->db;
    if (dev->kind == DEV_CAP || dev->kind == DEV_RES) {
        buf_printf(d->out, "%c%s", dev->kind == DEV_CAP ? 'c' : 'r', db_name(db, dev->name));
        put_term(d, c, dev, 0);
        put_term(d, c, dev, 1);
        buf_printf(d->out, " %.9g\n", dev->value);
        return;
    }
    const char *model = db_name(db, dev->model);
    const TechDevice *td = model_of_device(d->t, model);
    bool sub = td && td->subckt;
    double w = dev->w * db->dbu_m, l = dev->l * db->dbu_m;
    buf_printf(d->out, "%c%s", sub ? 'x' : 'm', db_name(db, dev->name));
    for (int k = 0; k < 4; k++) put_term(d, c, dev, k);
    buf_printf(d->out, " %s w=%.6gn l=%.6gn m=%d", model, w * 1e9, l * 1e9, dev->m ? dev->m : 1);
    if (!sub) {
        /* Diffusions of a folded device, as the emitted netlist has them. */
        double ext = d->t->gate_pitch * d->t->dbu_m - l;
        buf_printf(d->out, " as=%.6gp ad=%.6gp ps=%.6gu pd=%.6gu", w * ext * 1e12, w * ext * 1e12, (w + ext) * 2e6, (w + ext) * 2e6);
    }
    buf_char(d->out, '\n');
}

static bool kept(const Deck *d, const LeafType *t, PutHow how, const DbDevice *dev)
{
    const Db *db = d->cut->f->db;
    if (how == PUT_INPUT) return of_adc_input(db, dev);
    bool levels = t->kind == LEAF_SYNAPSE && !d->cut->job->sram;
    return !(levels && of_memory(db, &db->cells.v[t->cell.i], dev));
}

/* A cell's subcircuit: ports p0 p1 …, then the weight bits if they are levels. The converter's inner nets that lead out of the part
 * that is kept are given by name: i_startt … (see put_adc_levels). */
static void put_subckt(Deck *d, uint32_t type, PutHow how)
{
    uint32_t *done = &d->per_type[3 * type + how];
    if (*done) return;
    const LeafType *t = &d->cut->f->types.v[type];
    const Db *db = d->cut->f->db;
    const DbCell *c = &db->cells.v[t->cell.i];
    *done = 1;
    buf_printf(d->out, "\n* %s%s\n.subckt t%u_%u", db_name(db, c->name),
               how == PUT_INPUT ? ": what its input sees" : t->kind == LEAF_SYNAPSE && !d->cut->job->sram ? ": weight bits as levels" : "",
               type, how);
    for (uint32_t i = 0; i < t->n_pins; i++) buf_printf(d->out, "%s p%u", i % 16 == 15 ? "\n+" : "", i);
    if (t->kind == LEAF_SYNAPSE && !d->cut->job->sram)
        for (size_t i = 0; i < COUNTOF(weight_nets); i++) buf_printf(d->out, " i_%s", weight_nets[i]);
    if (how == PUT_INPUT) buf_str(d->out, " i_startt i_startb i_ck i_topg");
    buf_char(d->out, '\n');
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *dev = &c->devices.v[i];
        if (!kept(d, t, how, dev)) continue;
        put_device(d, c, dev);
        *done += dev->kind == DEV_NMOS || dev->kind == DEV_PMOS;
    }
    buf_printf(d->out, ".ends\n");
}

/* ---- instances ---------------------------------------------------------------------------------------------- */

/* Sign and magnitude as the four bits of a synapse. */
static int32_t stored(int32_t w) { return (w < 0 ? -w : w) | (w < 0 ? 8 : 0); }

static void put_weight(Deck *d, uint32_t row)
{
    int32_t bits = stored(d->cut->job->w[row - d->cut->job->row0]);
    for (int b = 0; b < 4; b++) buf_str(d->out, bits >> b & 1 ? " vdd 0" : " 0 vdd");
}

/* Capacitors between the column and the rest of a cell, for blocks behind an open switch. */
static double lump(const Deck *d, const LeafType *t)
{
    const DbCell *c = &d->cut->f->db->cells.v[t->cell.i];
    double sum = 0;
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *dev = &c->devices.v[i];
        for (int k = 0; k < 2 && dev->kind == DEV_CAP; k++) {
            NetId n = dev->t[k].net;
            if (n.i < c->n_ports && str_eq(names_str(&d->cut->f->names, t->pin[port_index(c, n, dev->t[k].bit)].base), "COL"))
                sum += dev->value;
        }
    }
    return sum;
}

static void put_leaf(Deck *d, CutLeaf l, uint32_t number)
{
    const XbarFlat *f = d->cut->f;
    const LeafType *t = leaf_type(f, l.leaf);
    char node[32];
    if (l.how == PUT_LUMP) {
        uint32_t col = leaf_pin(f, l.leaf, "COL", 0);
        buf_printf(d->out, "cl%u %s vcm %.9g\n", number, cut_node(d->cut, leaf_net(f, l.leaf, col), node), lump(d, t));
        return;
    }
    uint32_t type = f->leaves.v[l.leaf].type;
    buf_printf(d->out, "x%u", number);
    for (uint32_t k = 0; k < t->n_pins; k++)
        buf_printf(d->out, "%s %s", k % 16 == 15 ? "\n+" : "", cut_node(d->cut, leaf_net(f, l.leaf, k), node));
    if (t->kind == LEAF_SYNAPSE && !d->cut->job->sram) put_weight(d, l.row);
    if (l.how == PUT_INPUT) buf_str(d->out, " start startb 0 vcm");
    buf_printf(d->out, " t%u_%u\n", type, l.how);
    d->devices += d->per_type[3 * type + l.how] - 1;
}

/* Extracted R and C of the column's wires; coupling goes to the wire that it is with, or to where that wire is held. */
static void put_wires(Deck *d)
{
    const ColumnCut *c = d->cut;
    const XbarFlat *f = c->f;
    char at[32], bt[32];
    buf_str(d->out, "\n* wires of the column\n");
    for (uint32_t q = 0; q < c->n_list; q++) {
        uint32_t net = c->list[q];
        for (uint32_t k = f->part_of0[net]; k < f->part_of0[net + 1]; k++) {
            const FlatPart *p = &f->parts.v[f->part_of[k]];
            bool mine = p->a == net || !c->column[p->a]; /* a part between two of them is written at its first end */
            const char *a = cut_node(c, p->a, at), *b = cut_node(c, p->b, bt);
            if (!mine || str_eq(a, b)) continue;
            buf_printf(d->out, "%c%u %s %s %.9g\n", p->kind == DEV_RES ? 'r' : 'c', f->part_of[k], a, b, p->value);
        }
    }
}

/* ---- sources ------------------------------------------------------------------------------------------------- */

typedef struct {
    Buf *out;
    double v;
    uint32_t n;
} Wave;

static Wave wave(Deck *d, const char *node, double v)
{
    buf_printf(d->out, "v%s %s 0 pwl 0 %.9g", node, node, v);
    return (Wave){d->out, v, 0};
}

/* Edge that begins at time t. */
static void edge(Wave *w, double t, double v)
{
    if (v == w->v) return;
    buf_printf(w->out, "%s %.9gn %.9g %.9gn %.9g", w->n++ % POINTS_PER_LINE == POINTS_PER_LINE - 1 ? "\n+" : "", t * 1e9, w->v,
               (t + CELLS_T_EDGE) * 1e9, v);
    w->v = v;
}

static void wave_end(Wave *w) { buf_char(w->out, '\n'); }

/* A signal and its complement that are high in [t0, t1) of every conversion. */
typedef struct {
    const char *node, *inverse;
    double on[2], off[2];
    int n;
} Phase;

/* Times within one conversion. */
typedef struct {
    double row_back, start, select, look, period;
    Phase rst, st, sela, selb;
} Times;

static Times times(const Deck *d)
{
    Times t = {0};
    t.row_back = CELLS_T_SAMPLE + CELLS_T_GAP;
    t.start = t.row_back + CELLS_T_EVAL;
    t.select = t.start + CELLS_T_START + CELLS_T_EDGE;
    t.rst = (Phase){"rst", "rstb", {0}, {CELLS_T_SAMPLE}, 1};
    t.st = (Phase){"start", "startb", {t.start}, {t.start + CELLS_T_START}, 1};
    t.sela = (Phase){"sela", "selab", {t.select}, {0}, 1};
    t.selb = (Phase){"selb", "selbb", {0}, {0}, 0};
    double end = t.select + CELLS_T_SELECT + CELLS_T_EDGE;
    t.look = end;
    if (d->cut->job->column & 1) {
        /* The even column is converted first; only the charge that leaks away matters here. */
        double over = end + d->drive->t_conversion;
        t.sela.off[0] = over;
        t.st.on[1] = over + CELLS_T_EDGE;
        t.st.off[1] = t.st.on[1] + CELLS_T_START;
        t.st.n = 2;
        t.selb.on[0] = t.st.off[1] + CELLS_T_EDGE;
        t.selb.n = 1;
        t.look = t.selb.on[0] + CELLS_T_EDGE + CELLS_T_SELECT;
        t.selb.off[0] = t.look + 4 * CELLS_T_EDGE;
    } else {
        t.sela.off[0] = t.look + 4 * CELLS_T_EDGE;
    }
    t.period = t.look + 20 * CELLS_T_EDGE;
    return t;
}

/* first: it is on from the beginning, so that the operating point has no floating column. */
static void put_phase(Deck *d, const Phase *p, bool first, double t0, double period, uint32_t n)
{
    for (int inv = 0; inv < 2; inv++) {
        double hi = inv ? 0 : d->t->vdd, lo = inv ? d->t->vdd : 0;
        Wave w = wave(d, inv ? p->inverse : p->node, first ? hi : lo);
        for (uint32_t v = 0; v < n; v++)
            for (int k = 0; k < p->n; k++) {
                edge(&w, t0 + v * period + p->on[k], hi);
                edge(&w, t0 + v * period + p->off[k], lo);
            }
        wave_end(&w);
    }
}

static void put_row(Deck *d, const CutRow *r, const Times *t, double t0)
{
    const ColumnJob *job = d->cut->job;
    double r_all = d->drive->r_row + r->r, vcm = d->t->vcm;
    char s[24], x[24];
    snprintf(s, sizeof s, "s%c%u", r->negative ? 'n' : 'p', r->row);
    snprintf(x, sizeof x, "x%c%u", r->negative ? 'n' : 'p', r->row);
    Wave w = wave(d, s, vcm);
    for (uint32_t v = 0; v < job->vectors; v++) {
        int32_t digit = job->x[(size_t)v * job->rows + (r->row - job->row0)];
        double at = t0 + (v + 1) * t->period; /* the first conversion has all inputs 0 */
        edge(&w, at, vcm + (r->negative ? -digit : digit) * d->t->ladder_step);
        edge(&w, at + t->row_back, vcm);
    }
    wave_end(&w);
    buf_printf(d->out, "r%s %s %s %.9g\n", s, s, x, r_all > 1e-3 ? r_all : 1e-3);
    if (r->c > 0) buf_printf(d->out, "c%s %s 0 %.9g\n", x, x, r->c);
}

/*
 * Slots of 2 ns, the word lines open in their middle. In the first all word lines are open and 1 is written: so the operating point
 * knows every bit. Then per row: 0 into all four bits, 1 into those that are set. Returns when it is over.
 */
static double put_writes(Deck *d)
{
    const double slot = 2e-9, open = 0.6e-9, shut = 1.6e-9;
    const ColumnJob *job = d->cut->job;
    double vdd = d->t->vdd, over = (2 * job->rows + 1) * slot;
    Wave we = wave(d, "we", vdd);
    edge(&we, over, 0);
    wave_end(&we);
    Wave web = wave(d, "web", 0);
    edge(&web, over, vdd);
    wave_end(&web);
    Wave din = wave(d, "din", vdd);
    for (uint32_t k = 1; k <= 2 * job->rows; k++) edge(&din, k * slot, k & 1 ? 0 : vdd);
    edge(&din, over, 0);
    wave_end(&din);
    for (uint32_t k = 0; k < 4 * job->rows; k++) {
        char node[24];
        double clear = (1 + 2 * (k / 4)) * slot;
        snprintf(node, sizeof node, "wl%u", 4 * job->row0 + k);
        Wave wl = wave(d, node, vdd);
        edge(&wl, shut, 0);
        edge(&wl, clear + open, vdd);
        edge(&wl, clear + shut, 0);
        if (stored(job->w[k / 4]) >> k % 4 & 1) {
            edge(&wl, clear + slot + open, vdd);
            edge(&wl, clear + slot + shut, 0);
        }
        wave_end(&wl);
    }
    return over + slot;
}

/*
 * VCM out of the ladder's resistors (its transistors drive phases, its reference wires the converter's array: not here). A column of a
 * crossbar has the ladder to itself only if the others draw nothing; while `share` of them draw the same current, one of them sees
 * every resistor that many times. An ideal source if there is no ladder in the netlist.
 */
static void put_vcm(Deck *d)
{
    const XbarFlat *f = d->cut->f;
    uint32_t l = 0;
    while (l < f->leaves.n && leaf_type(f, l)->kind != LEAF_LADDER) l++;
    if (l == f->leaves.n || d->drive->share <= 0) {
        buf_printf(d->out, "vvcm vcm 0 %.9g\n", d->t->vcm);
        return;
    }
    const LeafType *t = leaf_type(f, l);
    const DbCell *c = &f->db->cells.v[t->cell.i];
    buf_printf(d->out, "* %s, its resistors %.9g times\n", db_name(f->db, c->name), d->drive->share);
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *dev = &c->devices.v[i];
        char node[2][64];
        bool keep = dev->kind == DEV_RES;
        for (int k = 0; k < 2 && keep; k++) {
            const char *name = db_name(f->db, c->nets.v[dev->t[k].net.i].name);
            if (str_eq(name, "VDD")) snprintf(node[k], sizeof node[k], "vdd");
            else if (str_eq(name, "VSS")) snprintf(node[k], sizeof node[k], "0");
            else if (str_eq(name, "VCM")) snprintf(node[k], sizeof node[k], "vcm");
            else snprintf(node[k], sizeof node[k], "ladder_%.32s_%u", name, dev->t[k].bit);
            keep = !str_starts(name, "VREF");
        }
        if (keep) buf_printf(d->out, "rladder%u %s %s %.9g\n", i, node[0], node[1], dev->value * d->drive->share);
    }
}

static void put_sources(Deck *d)
{
    const ColumnJob *job = d->cut->job;
    Times t = times(d);
    buf_printf(d->out, "\n* sources\nvvdd vdd 0 %.9g\n", d->t->vdd);
    put_vcm(d);
    double t0 = 1e-9;
    if (job->sram) {
        t0 = put_writes(d);
    } else {
        buf_printf(d->out, "vwe we 0 0\nvweb web 0 %.9g\nvdin din 0 0\n", d->t->vdd);
    }
    uint32_t n = job->vectors + 1;
    put_phase(d, &t.rst, true, t0, t.period, n);
    put_phase(d, &t.st, false, t0, t.period, n);
    put_phase(d, &t.sela, false, t0, t.period, n);
    put_phase(d, &t.selb, false, t0, t.period, n);
    for (uint32_t i = 0; i < d->cut->rows.n; i++) put_row(d, &d->cut->rows.v[i], &t, t0);
    char node[32];
    buf_printf(d->out, "\neout out 0 %s vcm 1\n.save v(out)\n.tran 50p %.9gn 0 1n\n", cut_node(d->cut, d->cut->end_net, node),
               (t0 + n * t.period) * 1e9);
    for (uint32_t v = 0; v < n; v++) buf_printf(d->out, ".meas tran v%u find v(out) at=%.9gn\n", v, (t0 + v * t.period + t.look) * 1e9);
}

void column_deck(const ColumnCut *cut, const Tech *t, const ColumnDrive *drive, const char *options, Buf *out, uint32_t *devices)
{
    Deck d = {.cut = cut, .t = t, .drive = drive, .out = out};
    d.per_type = mem_calloc(3 * (size_t)cut->f->types.n + 1, sizeof *d.per_type);
    buf_printf(out, "* column %u, rows %u ... %u, %u vectors\n.include models.sp\n", cut->job->column, cut->job->row0,
               cut->job->row0 + cut->job->rows - 1, cut->job->vectors);
    buf_printf(out, ".option method=gear %s rshunt=1e15 temp=%.9g\n", options, t->temp_c);
    for (uint32_t i = 0; i < cut->leaves.n; i++)
        if (cut->leaves.v[i].how != PUT_LUMP) put_subckt(&d, cut->f->leaves.v[cut->leaves.v[i].leaf].type, cut->leaves.v[i].how);
    buf_str(out, "\n* cells\n");
    for (uint32_t i = 0; i < cut->leaves.n; i++) put_leaf(&d, cut->leaves.v[i], i);
    put_wires(&d);
    put_sources(&d);
    buf_str(out, ".end\n");
    *devices = d.devices;
    mem_free(d.per_type);
}
