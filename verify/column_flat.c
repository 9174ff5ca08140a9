/*
 * A crossbar without its hierarchy: leaf cells, nets, and the resistors and capacitors of extracted wires.
 *
 * Invariant: every pin of every leaf has a net; nets of the same block that a netlist calls NET[b]:k for different k stay
 * different nets with the same base and bit.
 */
#include "verify/column_int.h"

enum { NO_NET = UINT32_MAX };

/* "GCOL[3]:2" -> GCOL, 3; "VCM:7" -> VCM, 0. */
static WireName wire_name(XbarFlat *f, const char *s, uint32_t bit)
{
    char base[128];
    size_t n = strcspn(s, "[:");
    assert(n < sizeof base);
    memcpy(base, s, n);
    base[n] = 0;
    int64_t v;
    if (s[n] == '[') {
        char num[16];
        size_t len = strcspn(s + n + 1, "]");
        if (len < sizeof num) {
            memcpy(num, s + n + 1, len);
            num[len] = 0;
            if (str_to_i64(num, &v) && v >= 0 && v < INT32_MAX) bit = (uint32_t)v;
        }
    }
    return (WireName){names_add(&f->names, base), bit};
}

/* ---- leaf types --------------------------------------------------------------------------------------- */

static bool type_has(const XbarFlat *f, const LeafType *t, const char *base)
{
    NameId n = names_find(&f->names, base);
    for (uint32_t i = 0; i < t->n_pins && n.i; i++)
        if (t->pin[i].base.i == n.i) return true;
    return false;
}

static LeafKind kind_of(const XbarFlat *f, const LeafType *t)
{
    bool memory = db_find_net(f->db, t->cell, "q0").i != NET_NONE.i;
    bool any = false;
    for (uint32_t i = 0; i < t->n_pins; i++) any |= t->active[i];
    if (!any) return LEAF_OTHER;
    if (type_has(f, t, "VREFP") && type_has(f, t, "AIN")) return LEAF_ADC;
    if (type_has(f, t, "AIN") && type_has(f, t, "RST")) return LEAF_END;
    if (type_has(f, t, "L") && type_has(f, t, "EVALIN")) return LEAF_LADDER;
    if (type_has(f, t, "EVAL") && type_has(f, t, "XP")) return LEAF_DRIVER;
    if (type_has(f, t, "EN") && type_has(f, t, "GCOL")) return LEAF_SWITCH;
    if (type_has(f, t, "COL") && type_has(f, t, "XP")) return memory ? LEAF_SYNAPSE : LEAF_DUMMY;
    return LEAF_OTHER;
}

static void add_type(XbarFlat *f, CellId c)
{
    uint32_t at;
    if (map_get(&f->type_of, c.i, &at)) return;
    const DbCell *cell = &f->db->cells.v[c.i];
    LeafType t = {.cell = c};
    for (uint32_t i = 0; i < cell->n_ports; i++) t.n_pins += cell->nets.v[i].width;
    t.pin = arena_array(&f->arena, WireName, t.n_pins);
    t.active = arena_array(&f->arena, bool, t.n_pins);
    uint32_t *first = mem_calloc(cell->n_ports + 1, sizeof *first);
    for (uint32_t i = 0, k = 0; i < cell->n_ports; i++) {
        first[i] = k;
        for (uint32_t b = 0; b < cell->nets.v[i].width; b++)
            t.pin[k++] = wire_name(f, db_name(f->db, cell->nets.v[i].name), b);
    }
    for (uint32_t i = 0; i < cell->devices.n; i++)
        for (int k = 0; k < 4; k++) {
            NetId n = cell->devices.v[i].t[k].net;
            if (n.i != NET_NONE.i && n.i < cell->n_ports) t.active[first[n.i] + cell->devices.v[i].t[k].bit] = true;
        }
    mem_free(first);
    t.kind = kind_of(f, &t);
    map_set(&f->type_of, c.i, f->types.n);
    arr_push(&f->types, t);
}

/* ---- the walk ------------------------------------------------------------------------------------------- */

static uint32_t new_net(XbarFlat *f, CellId c, uint32_t net, uint32_t bit, uint32_t owner)
{
    const char *name = db_name(f->db, f->db->cells.v[c.i].nets.v[net].name);
    if (str_eq(name, "0")) return 0; /* ground is one in all of SPICE */
    FlatNet n = {wire_name(f, name, bit), owner};
    arr_push(&f->nets, n);
    return f->nets.n - 1;
}

static void walk(XbarFlat *f, CellId c, const uint32_t *ports);

static void walk_inst(XbarFlat *f, CellId c, InstId i, const uint32_t *first, const uint32_t *net)
{
    const DbInst *inst = &f->db->cells.v[c.i].insts.v[i.i];
    const DbCell *m = &f->db->cells.v[inst->master.i];
    uint32_t n = 0;
    for (uint32_t p = 0; p < m->n_ports; p++) n += m->nets.v[p].width;
    uint32_t *at = mem_calloc(n + 1, sizeof *at);
    for (uint32_t iy = 0; iy < inst->ny; iy++)
        for (uint32_t ix = 0; ix < inst->nx; ix++) {
            for (uint32_t p = 0, k = 0; p < m->n_ports; p++) {
                NetRef r = db_conn(f->db, c, i, p);
                for (uint32_t b = 0; b < m->nets.v[p].width; b++, k++)
                    at[k] = r.net.i == NET_NONE.i ? NO_NET : net[first[r.net.i] + netref_bit(r, ix, iy, b)];
            }
            walk(f, inst->master, at);
        }
    mem_free(at);
}

/* ports: nets of the cell's port bits from outside; NO_NET or NULL: the net begins here. */
static void walk(XbarFlat *f, CellId c, const uint32_t *ports)
{
    const DbCell *cell = &f->db->cells.v[c.i];
    uint32_t owner = f->placements++, total = 0;
    uint32_t *first = mem_calloc(cell->nets.n + 1, sizeof *first);
    for (uint32_t i = 0; i < cell->nets.n; i++) {
        first[i] = total;
        total += cell->nets.v[i].width;
    }
    bool leaf = cell->insts.n == 0;
    uint32_t n = leaf ? cell->n_ports : cell->nets.n;
    uint32_t *net = mem_calloc(total + 1, sizeof *net);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t b = 0; b < cell->nets.v[i].width; b++) {
            uint32_t k = first[i] + b;
            bool given = ports && i < cell->n_ports && ports[k] != NO_NET;
            net[k] = given ? ports[k] : new_net(f, c, i, b, owner);
        }
    if (leaf) {
        add_type(f, c);
        FlatLeaf l = {0, f->pins.n};
        map_get(&f->type_of, c.i, &l.type);
        arr_push(&f->leaves, l);
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t b = 0; b < cell->nets.v[i].width; b++) arr_push(&f->pins, net[first[i] + b]);
    } else {
        for (uint32_t i = 0; i < cell->devices.n; i++) {
            const DbDevice *d = &cell->devices.v[i];
            if (d->kind != DEV_RES && d->kind != DEV_CAP) continue;
            FlatPart p = {d->kind, net[first[d->t[0].net.i] + d->t[0].bit], net[first[d->t[1].net.i] + d->t[1].bit], d->value};
            arr_push(&f->parts, p);
        }
        for (uint32_t i = 0; i < cell->insts.n; i++) walk_inst(f, c, (InstId){i}, first, net);
    }
    mem_free(net);
    mem_free(first);
}

/* ---- what hangs on each net ------------------------------------------------------------------------------- */

static void index_nets(XbarFlat *f)
{
    uint32_t n = f->nets.n;
    f->pin_of0 = arena_array(&f->arena, uint32_t, (size_t)n + 2);
    f->part_of0 = arena_array(&f->arena, uint32_t, (size_t)n + 2);
    f->pin_of = arena_array(&f->arena, PinRef, (size_t)f->pins.n + 1);
    f->part_of = arena_array(&f->arena, uint32_t, 2 * (size_t)f->parts.n + 1);
    /* Counts go two places up; filling then moves each start to its place. */
    for (uint32_t i = 0; i < f->pins.n; i++) f->pin_of0[f->pins.v[i] + 2]++;
    for (uint32_t i = 0; i < f->parts.n; i++) {
        f->part_of0[f->parts.v[i].a + 2]++;
        f->part_of0[f->parts.v[i].b + 2]++;
    }
    for (uint32_t i = 0; i + 1 < n + 2; i++) {
        f->pin_of0[i + 1] += f->pin_of0[i];
        f->part_of0[i + 1] += f->part_of0[i];
    }
    for (uint32_t l = 0; l < f->leaves.n; l++)
        for (uint32_t k = 0; k < leaf_type(f, l)->n_pins; k++) f->pin_of[f->pin_of0[leaf_net(f, l, k) + 1]++] = (PinRef){l, k};
    for (uint32_t i = 0; i < f->parts.n; i++) {
        f->part_of[f->part_of0[f->parts.v[i].a + 1]++] = i;
        f->part_of[f->part_of0[f->parts.v[i].b + 1]++] = i;
    }
}

/* Highest bit + 1 of the crossbar's own net of that name. */
static uint32_t top_width(const XbarFlat *f, const char *base)
{
    NameId n = names_find(&f->names, base);
    uint32_t w = 0;
    for (uint32_t i = 1; i < f->nets.n && n.i; i++)
        if (f->nets.v[i].owner == 0 && f->nets.v[i].name.base.i == n.i && f->nets.v[i].name.bit >= w) w = f->nets.v[i].name.bit + 1;
    return w;
}

Status xbar_flatten(const Db *db, const char *name, XbarFlat **out)
{
    *out = NULL;
    CellId c = db_find_cell(db, name);
    if (c.i == CELL_NONE.i) return msg_error(ST_INPUT, "COS-0001", (Loc){0}, "the netlist has no cell %s", name);
    XbarFlat *f = mem_alloc(sizeof *f);
    f->db = db;
    FlatNet ground = {wire_name(f, "0", 0), 0};
    arr_push(&f->nets, ground);
    walk(f, c, NULL);
    index_nets(f);
    f->columns = top_width(f, "GCOL");
    f->rows = top_width(f, "XP");
    f->blocks = top_width(f, "EN");
    *out = f;
    if (f->columns && f->rows && f->blocks) return ST_OK;
    xbar_flat_free(f);
    *out = NULL;
    return msg_error(ST_INPUT, "COS-0002", (Loc){0}, "cell %s is not a crossbar: it has no nets GCOL, XP and EN", name);
}

void xbar_flat_free(XbarFlat *f)
{
    if (!f) return;
    names_free(&f->names);
    map_free(&f->type_of);
    arr_free(&f->types);
    arr_free(&f->nets);
    arr_free(&f->leaves);
    arr_free(&f->pins);
    arr_free(&f->parts);
    arena_free(&f->arena);
    mem_free(f);
}

uint32_t xbar_columns(const XbarFlat *f) { return f->columns; }
uint32_t xbar_rows(const XbarFlat *f) { return f->rows; }

uint32_t leaf_pin(const XbarFlat *f, uint32_t leaf, const char *base, uint32_t bit)
{
    const LeafType *t = leaf_type(f, leaf);
    NameId n = names_find(&f->names, base);
    for (uint32_t i = 0; i < t->n_pins && n.i; i++)
        if (t->pin[i].base.i == n.i && t->pin[i].bit == bit) return i;
    return UINT32_MAX;
}
