/*
 * Which part of a flat crossbar makes one column: found by walking from its GCOL wire through extracted resistors and through
 * the pins of leaf cells, not by names of instances.
 */
#include "verify/column_int.h"

static bool is_base(const XbarFlat *f, uint32_t net, const char *base) { return str_eq(wire_base(f, net), base); }
static bool pin_is(const LeafType *t, const XbarFlat *f, uint32_t pin, const char *base)
{
    return str_eq(names_str(&f->names, t->pin[pin].base), base);
}

static void join(ColumnCut *c, uint32_t net, uint8_t how)
{
    if (net == 0 || c->column[net]) return;
    c->column[net] = how;
    c->list[c->n_list++] = net;
}

static bool row_joined(const ColumnCut *c, uint32_t r) { return r >= c->job->row0 && r < c->job->row0 + c->job->rows; }
static bool block_joined(const ColumnCut *c, uint32_t block) { return row_joined(c, block * (c->f->rows / c->f->blocks)); }

/* Pin of a leaf that must exist. */
static uint32_t net_at(const ColumnCut *c, uint32_t leaf, const char *base, uint32_t bit)
{
    uint32_t p = leaf_pin(c->f, leaf, base, bit);
    assert(p != UINT32_MAX);
    return leaf_net(c->f, leaf, p);
}

static void put(ColumnCut *c, uint8_t *seen, uint32_t leaf, PutHow how, uint32_t row)
{
    seen[leaf] = 1;
    CutLeaf l = {leaf, how, row};
    arr_push(&c->leaves, l);
}

/* A leaf cell with an active pin on one of the column's wires. */
static void meet(ColumnCut *c, uint8_t *seen, PinRef at, uint8_t how)
{
    const XbarFlat *f = c->f;
    const LeafType *t = leaf_type(f, at.leaf);
    if (seen[at.leaf] || !t->active[at.pin]) return;
    switch (t->kind) {
    case LEAF_SYNAPSE:
    case LEAF_DUMMY:
        if (!pin_is(t, f, at.pin, "COL")) return;
        put(c, seen, at.leaf, how == 2 ? PUT_LUMP : PUT_WHOLE, f->nets.v[net_at(c, at.leaf, "XP", 0)].name.bit);
        return;
    case LEAF_SWITCH:
        put(c, seen, at.leaf, PUT_WHOLE, 0);
        join(c, net_at(c, at.leaf, "COL", 0), block_joined(c, f->nets.v[net_at(c, at.leaf, "EN", 0)].name.bit) ? 1 : 2);
        return;
    case LEAF_END:
        /* The neighbour that shares the converter is met through AIN: its select switch is open, its own wire stays outside. */
        put(c, seen, at.leaf, PUT_WHOLE, 0);
        if (f->nets.v[net_at(c, at.leaf, "GCOL", 0)].name.bit == c->job->column) {
            c->end_net = net_at(c, at.leaf, "GCOL", 0);
            join(c, net_at(c, at.leaf, "AIN", 0), 1);
        }
        return;
    case LEAF_ADC:
        put(c, seen, at.leaf, PUT_INPUT, 0);
        join(c, net_at(c, at.leaf, "AIN", 0), 1);
        join(c, net_at(c, at.leaf, "AIN", 1), 1);
        return;
    case LEAF_DRIVER:
    case LEAF_LADDER:
    case LEAF_OTHER: return;
    }
}

static void grow(ColumnCut *c)
{
    const XbarFlat *f = c->f;
    uint8_t *seen = mem_calloc(f->leaves.n + 1, 1);
    NameId gcol = names_find(&f->names, "GCOL");
    for (uint32_t i = 1; i < f->nets.n; i++)
        if (f->nets.v[i].owner == 0 && f->nets.v[i].name.base.i == gcol.i && f->nets.v[i].name.bit == c->job->column) join(c, i, 1);
    for (uint32_t q = 0; q < c->n_list; q++) {
        uint32_t net = c->list[q];
        uint8_t how = c->column[net];
        for (uint32_t k = f->part_of0[net]; k < f->part_of0[net + 1]; k++) {
            const FlatPart *p = &f->parts.v[f->part_of[k]];
            if (p->kind == DEV_RES) join(c, p->a == net ? p->b : p->a, how);
        }
        for (uint32_t k = f->pin_of0[net]; k < f->pin_of0[net + 1]; k++) meet(c, seen, f->pin_of[k], how);
    }
    mem_free(seen);
    for (uint32_t i = 0; i < f->parts.n; i++) {
        const FlatPart *p = &f->parts.v[i];
        if (p->kind == DEV_CAP && (c->column[p->a] == 1) != (c->column[p->b] == 1)) c->c_wires += p->value;
    }
}

/* ---- row wires ------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t *order, n, *parent; /* visited nodes; parent of each net */
    double *res, *common;        /* from the driver; shared with the way to this column */
    uint8_t *state;              /* 1 visited, 2 on the way to this column */
} Tree;

static double node_cap(const XbarFlat *f, uint32_t net, double c_pin)
{
    double sum = 0;
    for (uint32_t k = f->part_of0[net]; k < f->part_of0[net + 1]; k++) {
        const FlatPart *p = &f->parts.v[f->part_of[k]];
        if (p->kind == DEV_CAP) sum += p->value;
    }
    for (uint32_t k = f->pin_of0[net]; k < f->pin_of0[net + 1]; k++) {
        const LeafType *t = leaf_type(f, f->pin_of[k].leaf);
        if (t->active[f->pin_of[k].pin] && (t->kind == LEAF_SYNAPSE || t->kind == LEAF_DUMMY)) sum += c_pin;
    }
    return sum;
}

static Tree tree_new(const XbarFlat *f, Arena *a)
{
    return (Tree){.order = arena_array(a, uint32_t, f->nets.n), .parent = arena_array(a, uint32_t, f->nets.n),
                  .res = arena_array(a, double, f->nets.n), .common = arena_array(a, double, f->nets.n),
                  .state = arena_array(a, uint8_t, f->nets.n)};
}

/* Elmore delay of a resistor tree at `target`: Σ over nodes of C · (resistance shared with the way there). */
static CutRow elmore(const XbarFlat *f, Tree *t, uint32_t root, uint32_t target, double c_pin)
{
    t->n = 0;
    t->order[t->n++] = root;
    t->state[root] = 1;
    t->parent[root] = root;
    t->res[root] = 0;
    for (uint32_t q = 0; q < t->n; q++) {
        uint32_t at = t->order[q];
        for (uint32_t k = f->part_of0[at]; k < f->part_of0[at + 1]; k++) {
            const FlatPart *p = &f->parts.v[f->part_of[k]];
            uint32_t to = p->a == at ? p->b : p->a;
            if (p->kind != DEV_RES || t->state[to]) continue;
            t->state[to] = 1;
            t->parent[to] = at;
            t->res[to] = t->res[at] + p->value;
            t->order[t->n++] = to;
        }
    }
    for (uint32_t n = target; t->state[n]; n = t->parent[n]) {
        t->state[n] = 2;
        if (n == root) break;
    }
    CutRow r = {0};
    double delay = 0;
    for (uint32_t q = 0; q < t->n; q++) {
        uint32_t at = t->order[q];
        t->common[at] = t->state[at] == 2 ? t->res[at] : t->common[t->parent[at]];
        double c = node_cap(f, at, c_pin);
        delay += c * t->common[at];
        r.c += c;
    }
    for (uint32_t q = 0; q < t->n; q++) t->state[t->order[q]] = 0;
    r.r = r.c > 0 ? delay / r.c : 0;
    r.c = r.c > c_pin ? r.c - c_pin : 0;
    return r;
}

/* Net at the driver's pin of each row wire: [2 · rows], XP first; 0: none. Owned (mem_free). */
static uint32_t *driver_nets(const XbarFlat *f)
{
    uint32_t *net = mem_calloc(2 * (size_t)f->rows, sizeof *net);
    for (uint32_t l = 0; l < f->leaves.n; l++) {
        const LeafType *t = leaf_type(f, l);
        if (t->kind != LEAF_DRIVER) continue;
        for (uint32_t k = 0; k < t->n_pins; k++) {
            uint32_t n = leaf_net(f, l, k), bit = f->nets.v[n].name.bit;
            bool neg = pin_is(t, f, k, "XN");
            if ((neg || pin_is(t, f, k, "XP")) && bit < f->rows) net[(neg ? f->rows : 0) + bit] = n;
        }
    }
    return net;
}

void xbar_row_caps(const XbarFlat *f, double c_pin, double *c)
{
    uint32_t *driver = driver_nets(f);
    Arena a = {0};
    Tree t = tree_new(f, &a);
    /* elmore leaves one synapse out */
    for (uint32_t i = 0; i < 2 * f->rows; i++) c[i] = driver[i] ? elmore(f, &t, driver[i], driver[i], c_pin).c + c_pin : 0;
    arena_free(&a);
    mem_free(driver);
}

static Status find_rows(ColumnCut *c, const ColumnDrive *drive)
{
    const XbarFlat *f = c->f;
    uint32_t *driver = driver_nets(f);
    Arena a = {0};
    Tree t = tree_new(f, &a);
    uint8_t *have = arena_array(&a, uint8_t, c->job->rows);
    Status st = ST_OK;
    for (uint32_t i = 0; i < c->leaves.n && st == ST_OK; i++) {
        CutLeaf l = c->leaves.v[i];
        if (leaf_type(f, l.leaf)->kind != LEAF_SYNAPSE || l.how != PUT_WHOLE) continue;
        uint32_t k = l.row - c->job->row0;
        if (l.row < c->job->row0 || k >= c->job->rows || have[k])
            st = msg_error(ST_INPUT, "COS-0007", (Loc){0}, "column %u: a synapse of row %u is joined with rows %u … %u", c->job->column,
                           l.row, c->job->row0, c->job->row0 + c->job->rows - 1);
        else have[k] = 1;
        for (uint32_t neg = 0; neg < 2 && st == ST_OK; neg++) {
            uint32_t net = net_at(c, l.leaf, neg ? "XN" : "XP", 0), root = driver[neg * f->rows + l.row];
            CutRow r = elmore(f, &t, root ? root : net, net, drive->c_pin);
            r.row = l.row;
            r.negative = neg;
            arr_push(&c->rows, r);
        }
    }
    for (uint32_t k = 0; k < c->job->rows && st == ST_OK; k++)
        if (!have[k])
            st = msg_error(ST_INPUT, "COS-0007", (Loc){0}, "column %u: no synapse of row %u found on its wire", c->job->column,
                           c->job->row0 + k);
    arena_free(&a);
    mem_free(driver);
    return st;
}

Status column_cut(const XbarFlat *f, const ColumnJob *job, const ColumnDrive *drive, ColumnCut *c)
{
    *c = (ColumnCut){.f = f, .job = job};
    c->column = arena_array(&c->arena, uint8_t, f->nets.n);
    c->list = arena_array(&c->arena, uint32_t, f->nets.n);
    uint32_t per = f->rows / f->blocks;
    assert(job->column < f->columns && job->rows > 0 && job->row0 + job->rows <= f->rows);
    assert(job->row0 % per == 0 && job->rows % per == 0);
    (void)per;
    grow(c);
    Status st = ST_OK;
    if (!c->end_net)
        st = msg_error(ST_INPUT, "COS-0006", (Loc){0}, "column %u: its wire does not lead to a column end", job->column);
    if (st == ST_OK) st = find_rows(c, drive);
    if (st != ST_OK) column_cut_free(c);
    return st;
}

void column_cut_free(ColumnCut *c)
{
    arr_free(&c->leaves);
    arr_free(&c->rows);
    arena_free(&c->arena);
    memset(c, 0, sizeof *c);
}

/* ---- nodes of the deck ------------------------------------------------------------------------------------- */

/* Wires that a source of the same name (in lower case) drives. */
static const char *const driven[] = {"VDD", "VCM", "RST", "RSTB", "SELA", "SELAB", "SELB", "SELBB", "WE", "WEB", "START", NULL};

const char *cut_node(const ColumnCut *c, uint32_t net, char *buf)
{
    const XbarFlat *f = c->f;
    const char *base = wire_base(f, net);
    uint32_t bit = f->nets.v[net].name.bit;
    bool own = bit == c->job->column && f->nets.v[net].owner == 0;
    if (c->column[net]) return snprintf(buf, 32, "n%u", net), buf;
    for (const char *const *d = driven; *d; d++)
        if (str_eq(base, *d)) {
            size_t n = strlen(base);
            for (size_t i = 0; i <= n; i++) buf[i] = base[i] >= 'A' && base[i] <= 'Z' ? (char)(base[i] + 'a' - 'A') : base[i];
            return buf;
        }
    if (str_eq(base, "XP") || str_eq(base, "XN")) {
        if (!row_joined(c, bit)) return "vcm";
        return snprintf(buf, 32, "x%c%u", base[1] == 'P' ? 'p' : 'n', bit), buf;
    }
    if (str_eq(base, "EN")) return block_joined(c, bit) ? "vdd" : "0";
    if (str_eq(base, "ENB")) return block_joined(c, bit) ? "0" : "vdd";
    if (str_eq(base, "BL")) return own ? "bl" : "vdd";
    if (str_eq(base, "BLB")) return own ? "blb" : "vdd";
    if (str_eq(base, "DIN")) return own ? "din" : "0";
    if (str_eq(base, "WL") && c->job->sram && row_joined(c, bit / 4)) return snprintf(buf, 32, "wl%u", bit), buf;
    if (is_base(f, net, "COL") || is_base(f, net, "GCOL") || is_base(f, net, "AIN") || is_base(f, net, "L")) return "vcm";
    return "0"; /* VSS, closed word lines, what is low while columns are read */
}
