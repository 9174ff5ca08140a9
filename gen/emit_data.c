/* Index over the records, checks of names, text of numbers: what every view asks for. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "gen/emit_int.h"

/* ---- text ----------------------------------------------------------------------------------------- */

Buf *emit_text(Emit *e)
{
    Buf *b = &e->text[e->text_at++ % EMIT_TEXTS];
    b->n = 0;
    return b;
}

void emit_index_text(Buf *b, const char *open, uint32_t i, const char *close)
{
    char s[12], *p = s + sizeof s;
    do *--p = (char)('0' + i % 10);
    while (i /= 10);
    buf_str(b, open);
    buf_put(b, p, (size_t)(s + sizeof s - p));
    buf_str(b, close);
}

const char *emit_um(Emit *e, int64_t dbu)
{
    Buf *b = emit_text(e);
    if (dbu < 0) buf_char(b, '-');
    int64_t v = dbu < 0 ? -dbu : dbu, rest = v % e->dbu_per_um;
    buf_printf(b, "%lld", (long long)(v / e->dbu_per_um));
    if (rest) buf_char(b, '.');
    while (rest) { /* ends: dbu_per_um divides a power of ten (emit_index) */
        rest *= 10;
        buf_char(b, (char)('0' + rest / e->dbu_per_um));
        rest %= e->dbu_per_um;
    }
    return b->s;
}

const char *emit_real(Emit *e, double v)
{
    Buf *b = emit_text(e);
    buf_printf(b, "%.6g", v);
    return b->s;
}

const char *emit_bit(Emit *e, uint32_t cell, uint32_t net, uint32_t bit)
{
    Buf *b = emit_text(e);
    const DbNet *n = &emit_cell(e, cell)->nets.v[net];
    buf_str(b, emit_name(e, n->name));
    if (n->width > 1) emit_index_text(b, "[", bit, "]");
    return b->s;
}


static bool list_next(View *v) { return v->n[0]++ < v->n[7]; }

View emit_list(Emit *e, bool (*get)(View *, const char *, Value *), uint64_t count, uint64_t a, uint64_t b, uint64_t c)
{
    return (View){.get = get, .next = list_next, .data = e, .n = {0, a, b, c, 0, 0, 0, count}};
}

bool emit_root_get(Emit *e, const char *name, Value *out)
{
    const Db *db = e->db;
    if (str_eq(name, "design")) return val_text(out, db->design);
    if (str_eq(name, "tech")) return val_text(out, db->tech);
    if (str_eq(name, "tech_title")) return val_text(out, e->tech->title ? e->tech->title : "");
    if (str_eq(name, "predictive")) return val_bool(out, e->tech->predictive);
    if (str_eq(name, "top")) return val_text(out, emit_name(e, emit_cell(e, db->top.i)->name));
    if (str_eq(name, "dbu_per_um")) return val_int(out, e->dbu_per_um);
    if (str_eq(name, "network")) return e->plan && e->plan->network ? val_text(out, e->plan->network) : val_none(out);
    return false;
}

/* ---- looking things up ----------------------------------------------------------------------------- */

bool emit_is_supply(const DbNet *n) { return n->use == USE_POWER || n->use == USE_GROUND; }

const TechLayer *emit_tech_layer(const Emit *e, LayerId l)
{
    return tech_layer(e->tech, emit_name(e, e->db->layers.v[l.i].name));
}

bool emit_is_wiring(const Emit *e, LayerId l)
{
    const TechLayer *t = emit_tech_layer(e, l);
    if (!t) return false;
    if (t->kind == LAYER_CUT) return tech_metal(e->tech, t->level) && tech_metal(e->tech, t->level + 1);
    return t->kind == LAYER_METAL;
}

uint32_t emit_shapes(const Emit *e, uint32_t cell, uint32_t net, uint32_t bit, uint32_t *at)
{
    const EmitCell *c = &e->cell[cell];
    const DbShape *s = emit_cell(e, cell)->shapes.v;
    uint32_t lo = 0, hi = c->n_shape;
    while (lo < hi) {
        uint32_t m = lo + (hi - lo) / 2;
        const DbShape *x = &s[c->shape[m]];
        if (x->net.i < net || (x->net.i == net && x->bit < bit)) lo = m + 1;
        else hi = m;
    }
    *at = lo;
    while (hi < c->n_shape && s[c->shape[hi]].net.i == net && s[c->shape[hi]].bit == bit) hi++;
    return hi;
}

Box emit_pin_box(const Emit *e, uint32_t cell, uint32_t net, uint32_t bit)
{
    const DbCell *c = emit_cell(e, cell);
    uint32_t at, end = emit_shapes(e, cell, net, bit, &at);
    Box b = c->box;
    bool any = false;
    for (; at < end; at++) {
        const DbShape *s = &c->shapes.v[e->cell[cell].shape[at]];
        if (s->kind != SHAPE_PIN) continue;
        b = any ? box_union(b, s->box) : s->box;
        any = true;
    }
    return b;
}

/* ---- index ------------------------------------------------------------------------------------------ */

typedef struct { uint32_t net, bit, shape; } ShapeKey;

static int by_net(const void *pa, const void *pb)
{
    const ShapeKey *a = pa, *b = pb;
    if (a->net != b->net) return a->net < b->net ? -1 : 1;
    if (a->bit != b->bit) return a->bit < b->bit ? -1 : 1;
    return a->shape < b->shape ? -1 : a->shape > b->shape;
}

static void index_shapes(Emit *e, uint32_t k)
{
    const DbCell *c = emit_cell(e, k);
    EmitCell *x = &e->cell[k];
    ShapeKey *key = mem_calloc(c->shapes.n, sizeof *key);
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->net.i != NET_NONE.i) key[x->n_shape++] = (ShapeKey){s->net.i, s->bit, i};
    }
    qsort(key, x->n_shape, sizeof *key, by_net);
    x->shape = arena_array(&e->arena, uint32_t, x->n_shape + 1);
    for (uint32_t i = 0; i < x->n_shape; i++) x->shape[i] = key[i].shape;
    mem_free(key);
}

/* Records by net: counted, then filled in order of instances and ports. */
static void index_conns(Emit *e, uint32_t k)
{
    const DbCell *c = emit_cell(e, k);
    EmitCell *x = &e->cell[k];
    uint32_t n = c->nets.n;
    x->rec0 = arena_array(&e->arena, uint32_t, n + 2);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < c->insts.n; i++) {
            uint32_t ports = emit_cell(e, c->insts.v[i].master.i)->n_ports;
            for (uint32_t p = 0; p < ports; p++) {
                uint32_t net = c->conns.v[c->insts.v[i].conn0 + p].net.i;
                if (net == NET_NONE.i) continue;
                if (pass == 0) x->rec0[net + 2]++;
                else x->recs[x->rec0[net + 1]++] = (ConnRec){i, p};
            }
        }
        if (pass == 0) {
            for (uint32_t i = 0; i < n; i++) x->rec0[i + 2] += x->rec0[i + 1];
            x->recs = arena_array(&e->arena, ConnRec, x->rec0[n + 1] + 1);
        }
    }
}

static void index_bits(Emit *e, uint32_t k)
{
    const DbCell *c = emit_cell(e, k);
    EmitCell *x = &e->cell[k];
    x->bit0 = arena_array(&e->arena, uint32_t, c->nets.n + 1);
    for (uint32_t i = 0; i < c->nets.n; i++) x->bit0[i + 1] = x->bit0[i] + c->nets.v[i].width;
    x->port_bits = x->bit0[c->n_ports];
}

/* Children stand before parents, so their counts are there. */
static void count_nets(Emit *e, uint32_t k)
{
    const DbCell *c = emit_cell(e, k);
    EmitCell *x = &e->cell[k];
    if (c->kind != CELL_BLOCK) return;
    for (uint32_t i = c->n_ports; i < c->nets.n; i++)
        if (!emit_is_supply(&c->nets.v[i])) x->n_nets += c->nets.v[i].width;
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const DbInst *in = &c->insts.v[i];
        const DbCell *m = emit_cell(e, in->master.i);
        if (m->kind != CELL_BLOCK) continue;
        uint64_t own = e->cell[in->master.i].n_nets;
        for (uint32_t p = 0; p < m->n_ports; p++) {
            const DbNet *port = &m->nets.v[p];
            NetRef r = c->conns.v[in->conn0 + p];
            if (r.net.i == NET_NONE.i && !emit_is_supply(port)) own += port->width;
            if (!emit_is_supply(port)) continue;
            /* a DEF wildcard stands only for a net that keeps its name all the way */
            if (r.net.i == NET_NONE.i || c->nets.v[r.net.i].name.i != port->name.i) e->supply_by_name = false;
        }
        x->n_nets += own * in->nx * in->ny;
    }
}

static void check_leaf_supplies(Emit *e, uint32_t k)
{
    const DbCell *c = emit_cell(e, k);
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const DbCell *m = emit_cell(e, c->insts.v[i].master.i);
        for (uint32_t p = 0; p < m->n_ports; p++) {
            NetRef r = c->conns.v[c->insts.v[i].conn0 + p];
            bool named = r.net.i != NET_NONE.i && c->nets.v[r.net.i].name.i == m->nets.v[p].name.i;
            bool rail = r.net.i != NET_NONE.i && emit_is_supply(&c->nets.v[r.net.i]);
            if (emit_is_supply(&m->nets.v[p]) ? !named || !rail : rail) e->supply_by_name = false;
        }
    }
    if (k == e->db->top.i) return;
    for (uint32_t i = c->n_ports; i < c->nets.n; i++)
        if (emit_is_supply(&c->nets.v[i])) e->supply_by_name = false;
}

static void index_cuts(Emit *e, uint32_t k)
{
    const DbCell *c = emit_cell(e, k);
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->net.i == NET_NONE.i || e->db->layers.v[s->layer.i].kind != LAYER_CUT || !emit_is_wiring(e, s->layer)) continue;
        CutSize z = {s->layer.i, s->box.x1 - s->box.x0, s->box.y1 - s->box.y0};
        uint32_t q = 0;
        while (q < e->cuts.n && memcmp(&e->cuts.v[q], &z, sizeof z)) q++;
        if (q == e->cuts.n) arr_push(&e->cuts, z);
    }
}

static void index_para(Emit *e)
{
    const Db *db = e->db;
    e->para = arena_array(&e->arena, uint32_t, db->para.n + 1);
    for (uint32_t i = 0; i < db->para.n; i++) e->cell[db->para.v[i].cell.i].n_para++;
    uint32_t at = 0;
    for (uint32_t k = 0; k < db->cells.n; k++) {
        e->cell[k].para0 = at;
        at += e->cell[k].n_para;
        e->cell[k].n_para = 0;
    }
    for (uint32_t i = 0; i < db->para.n; i++) {
        EmitCell *c = &e->cell[db->para.v[i].cell.i];
        e->para[c->para0 + c->n_para++] = i;
        map_set(&e->para_of, (uint64_t)db->para.v[i].cell.i << 32 | (c->bit0[db->para.v[i].net.i] + db->para.v[i].bit), i);
    }
}

static int layer_key(const TechLayer *l)
{
    if (l->kind == LAYER_POLY) return -1;
    if (l->kind == LAYER_METAL) return 2 * l->level;
    return 2 * l->level + 1;
}

static void order_lef_layers(Emit *e)
{
    const Tech *t = e->tech;
    e->lef_layer = arena_array(&e->arena, uint32_t, t->layers.n + 1);
    for (uint32_t i = 0; i < t->layers.n; i++) {
        LayerKind k = t->layers.v[i].kind;
        if (k != LAYER_POLY && k != LAYER_METAL && k != LAYER_CUT) continue;
        uint32_t at = e->n_lef_layer++;
        for (; at > 0 && layer_key(&t->layers.v[e->lef_layer[at - 1]]) > layer_key(&t->layers.v[i]); at--)
            e->lef_layer[at] = e->lef_layer[at - 1];
        e->lef_layer[at] = i;
    }
}

/* ---- names ------------------------------------------------------------------------------------------- */

static Status check_name(const char *s, const char *what, const char *cell)
{
    bool ok = isalpha((unsigned char)s[0]) || s[0] == '_';
    for (const char *p = s; *p; p++) ok &= isalnum((unsigned char)*p) || *p == '_';
    if (!ok)
        return msg_error(ST_INPUT, "EMIT-0001", (Loc){0},
                         "%s '%s' of cell '%s': names are letters, digits and '_', and begin with no digit", what, s, cell);
    if (!strcasecmp(s, "gnd"))
        return msg_error(ST_INPUT, "EMIT-0001", (Loc){0}, "%s '%s' of cell '%s': SPICE takes this name for node 0", what, s, cell);
    return ST_OK;
}

typedef struct { const char *s; } NameRef;

static int no_case(const void *a, const void *b) { return strcasecmp(((const NameRef *)a)->s, ((const NameRef *)b)->s); }

/* names [n] of one table; sorts them. */
static Status check_names(NameRef *names, uint32_t n, const char *what, const char *cell)
{
    for (uint32_t i = 0; i < n; i++) TRY(check_name(names[i].s, what, cell));
    qsort(names, n, sizeof *names, no_case);
    for (uint32_t i = 1; i < n; i++)
        if (!strcasecmp(names[i - 1].s, names[i].s))
            return msg_error(ST_INPUT, "EMIT-0002", (Loc){0}, "%ss '%s' and '%s' of cell '%s' differ by case only", what,
                             names[i - 1].s, names[i].s, cell);
    return ST_OK;
}

#define CHECK_TABLE(table, what)                                                                      \
    do {                                                                                              \
        names.n = 0;                                                                                  \
        for (uint32_t q_ = 0; q_ < (table).n; q_++) {                                                 \
            NameRef r_ = {emit_name(e, (table).v[q_].name)};                                          \
            arr_push(&names, r_);                                                                     \
        }                                                                                             \
        if (st == ST_OK) st = check_names(names.v, names.n, what, cell);                              \
    } while (0)

/* NET[b] is NET_b where a format has no such buses: no net may be called that already. */
static Status check_bits(const Emit *e, uint32_t k)
{
    const DbCell *c = emit_cell(e, k);
    Status st = ST_OK;
    Buf name = {0};
    for (uint32_t i = 0; i < c->nets.n && st == ST_OK; i++)
        for (uint32_t b = 0; c->nets.v[i].width > 1 && b < c->nets.v[i].width && st == ST_OK; b++) {
            name.n = 0;
            buf_str(&name, emit_name(e, c->nets.v[i].name));
            emit_index_text(&name, "_", b, "");
            if (db_find_net(e->db, (CellId){k}, name.s).i != NET_NONE.i)
                st = msg_error(ST_INPUT, "EMIT-0002", (Loc){0}, "net '%s' of cell '%s' is called like bit %u of bus '%s' in Verilog-AMS",
                               name.s, emit_name(e, c->name), b, emit_name(e, c->nets.v[i].name));
        }
    buf_free(&name);
    return st;
}

static Status check_all_names(const Emit *e)
{
    ARRAY(NameRef) names = {0};
    Status st = ST_OK;
    const char *cell = "(cells)";
    for (uint32_t k = 0; k < e->db->cells.n; k++) {
        NameRef r = {emit_name(e, emit_cell(e, k)->name)};
        if (e->cell[k].used) arr_push(&names, r);
    }
    st = check_names(names.v, names.n, "cell", cell);
    for (uint32_t k = 0; k < e->db->cells.n; k++) {
        const DbCell *c = emit_cell(e, k);
        if (!e->cell[k].used) continue;
        cell = emit_name(e, c->name);
        CHECK_TABLE(c->nets, "net");
        CHECK_TABLE(c->insts, "instance");
        CHECK_TABLE(c->devices, "device");
        if (st == ST_OK && c->kind == CELL_LEAF) st = check_bits(e, k);
    }
    arr_free(&names);
    return st;
}

Status emit_index(Emit *e)
{
    const Db *db = e->db;
    if (db->top.i >= db->cells.n) return msg_error(ST_INPUT, "EMIT-0005", (Loc){0}, "the design has no top cell");
    e->dbu_per_um = (int64_t)llround(1e-6 / db->dbu_m);
    static const int64_t lef_units[] = {100, 200, 400, 800, 1000, 2000, 4000, 8000, 10000, 20000};
    bool known = false;
    for (size_t i = 0; i < COUNTOF(lef_units); i++) known |= e->dbu_per_um == lef_units[i];
    if (!known)
        return msg_error(ST_INPUT, "EMIT-0003", (Loc){0}, "%lld units per um: LEF and DEF know 100, 200, 400, 800, 1000 … 20000",
                         (long long)e->dbu_per_um);
    e->cell = arena_array(&e->arena, EmitCell, db->cells.n);
    e->cell[db->top.i].used = true;
    for (uint32_t k = db->cells.n; k-- > 0;)
        for (uint32_t i = 0; e->cell[k].used && i < emit_cell(e, k)->insts.n; i++)
            e->cell[emit_cell(e, k)->insts.v[i].master.i].used = true;
    e->supply_by_name = true;
    e->attach.cell = UINT32_MAX;
    for (uint32_t k = 0; k < db->cells.n; k++) {
        index_bits(e, k);
        index_shapes(e, k);
        index_conns(e, k);
        if (!e->cell[k].used) continue;
        count_nets(e, k);
        if (emit_cell(e, k)->kind != CELL_BLOCK) continue;
        check_leaf_supplies(e, k);
        index_cuts(e, k);
    }
    index_para(e);
    para_index_all(e);
    order_lef_layers(e);
    return check_all_names(e);
}

void emit_free(Emit *e)
{
    for (size_t i = 0; i < EMIT_TEXTS; i++) buf_free(&e->text[i]);
    buf_free(&e->svg);
    buf_free(&e->drops);
    arr_free(&e->cuts);
    arr_free(&e->attach.node);
    map_free(&e->attach.both);
    map_free(&e->para_of);
    arena_free(&e->arena);
}
