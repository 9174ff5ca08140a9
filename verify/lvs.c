/*
 * Layout against netlist: extraction by disjoint sets over shapes and terminals, comparison of two partitions of the terminals.
 * Contract in verify/verify_layout.h.
 */
#include "verify/lvs_int.h"

#include <stdlib.h>

/* ---- drawn shapes -------------------------------------------------------------------------------------- */

static bool has_metal(const Db *db, int32_t level)
{
    for (uint32_t k = 0; k < db->layers.n; k++)
        if (db->layers.v[k].kind == LAYER_METAL && db->layers.v[k].level == level) return true;
    return false;
}

bool lvs_conducts(const Db *db, uint32_t layer)
{
    const DbLayer *l = &db->layers.v[layer];
    if (l->kind == LAYER_METAL) return true;
    return l->kind == LAYER_CUT && has_metal(db, l->level) && has_metal(db, l->level + 1);
}

typedef struct {
    const Lvs *v;
    uint32_t *next;     /* [layer]: next node */
    bool *conducts;     /* [layer] */
    LvsShapeFn fn;
    void *ctx;
} Visit;

static bool visit_shape(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Visit *w = ctx;
    if (s->kind == SHAPE_OBS || !w->conducts[s->layer.i]) return true;
    uint32_t term = LVS_NONE;
    if (s->kind == SHAPE_PIN && s->net.i < w->v->db->cells.v[cell.i].n_ports) {
        uint32_t bit = w->v->bit0[cell.i][s->net.i] + s->bit;
        if (flat != DB_FLAT_NONE) term = w->v->leaf_term0.v[flat] + bit;
        else if (cell.i == w->v->top.i) term = bit;
    }
    w->fn(w->ctx, w->next[s->layer.i]++, placed, term);
    return true;
}

void lvs_visit(const Lvs *v, LvsShapeFn fn, void *ctx)
{
    uint32_t n = v->db->layers.n;
    Visit w = {.v = v, .fn = fn, .ctx = ctx};
    w.next = mem_calloc(n, sizeof *w.next);
    w.conducts = mem_calloc(n, sizeof *w.conducts);
    for (uint32_t k = 0; k < n; k++) {
        w.next[k] = v->off[k];
        w.conducts[k] = lvs_conducts(v->db, k);
    }
    db_visit_shapes(v->db, v->top, visit_shape, &w);
    mem_free(w.next);
    mem_free(w.conducts);
}

static bool count_shape(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    uint64_t *count = ctx;
    (void)placed, (void)cell, (void)flat;
    if (s->kind != SHAPE_OBS) count[s->layer.i]++;
    return true;
}

static void count_shapes(Lvs *v)
{
    uint32_t n = v->db->layers.n;
    uint64_t *count = mem_calloc(n, sizeof *count), total = 0;
    db_visit_shapes(v->db, v->top, count_shape, count);
    v->off = mem_calloc((size_t)n + 1, sizeof *v->off);
    for (uint32_t k = 0; k < n; k++) {
        if (lvs_conducts(v->db, k)) total += count[k];
        if (total + v->term_net.n >= LVS_NONE) die(ST_LIMIT, "layout against netlist: more than 2^32 flat shapes and pins");
        v->off[k + 1] = (uint32_t)total;
    }
    v->n_shapes = (uint32_t)total;
    mem_free(count);
}

static void place_shape(void *ctx, uint32_t node, Box placed, uint32_t term)
{
    Lvs *v = ctx;
    v->box[node] = placed;
    if (term == LVS_NONE) return;
    sets_join(v->set, node, v->n_shapes + term);
    if (v->pin_of[term] == LVS_NONE) v->pin_of[term] = node;
}

/* ---- connection ------------------------------------------------------------------------------------------ */

typedef struct {
    Lvs *v;
    uint32_t a, b; /* first nodes of the two layers */
} Touch;

static void join_metal(void *ctx, uint32_t i, uint32_t j)
{
    Touch *t = ctx;
    if (box_joined(t->v->box[t->a + i], t->v->box[t->a + j])) sets_join(t->v->set, t->a + i, t->a + j);
}

static void join_cut(void *ctx, uint32_t cut, uint32_t metal)
{
    Touch *t = ctx;
    if (box_overlap(t->v->box[t->a + cut], t->v->box[t->b + metal])) sets_join(t->v->set, t->a + cut, t->b + metal);
}

static void connect_metal(Lvs *v, uint32_t layer)
{
    const Db *db = v->db;
    Bins metal;
    bins_make(&metal, v->box + v->off[layer], v->off[layer + 1] - v->off[layer], 0, 1, 6);
    bins_pairs(&metal, join_metal, &(Touch){v, v->off[layer], 0});
    int32_t level = db->layers.v[layer].level;
    for (uint32_t k = 0; k < db->layers.n; k++) {
        const DbLayer *l = &db->layers.v[k];
        if (l->kind != LAYER_CUT || !lvs_conducts(db, k) || (l->level != level && l->level + 1 != level)) continue;
        Bins cut = {.b = v->box + v->off[k], .n = v->off[k + 1] - v->off[k]};
        bins_join(&cut, &metal, join_cut, &(Touch){v, v->off[k], v->off[layer]});
    }
    bins_free(&metal);
}

static void extract(Lvs *v)
{
    uint32_t n = v->term_net.n;
    count_shapes(v);
    v->box = mem_calloc(v->n_shapes, sizeof *v->box);
    v->set = sets_make(v->n_shapes + n);
    v->pin_of = mem_calloc(n, sizeof *v->pin_of);
    for (uint32_t t = 0; t < n; t++) v->pin_of[t] = LVS_NONE;
    lvs_visit(v, place_shape, v);
    for (uint32_t k = 0; k < v->db->layers.n; k++)
        if (v->db->layers.v[k].kind == LAYER_METAL) connect_metal(v, k);
    for (uint32_t k = 0; k < v->n_shapes + n; k++) v->set[k] = sets_find(v->set, k); /* final: set[] is the root */
}

/* ---- comparison -------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t net, root, term;
} Piece;

static int by_net(const void *pa, const void *pb)
{
    const Piece *a = pa, *b = pb;
    if (a->net != b->net) return a->net < b->net ? -1 : 1;
    if (a->root != b->root) return a->root < b->root ? -1 : 1;
    return (a->term > b->term) - (a->term < b->term);
}

typedef struct {
    uint32_t *net_root;    /* [net]: root of its first terminal */
    uint32_t *net_terms;   /* [net] */
    uint32_t *root_net;    /* [node]: net of the first terminal in this extracted net */
    uint32_t *root_terms;  /* [node] */
    bool *bad;             /* [node]: holds terminals of two nets */
    bool *split;           /* [net]: in two extracted nets */
} Compare;

/* One pass over the terminals finds which extracted nets are short and which nets are open. */
static bool partition(Lvs *v, Compare *c)
{
    bool any_bad = false;
    for (uint32_t t = 0; t < v->term_net.n; t++) {
        uint32_t n = v->term_net.v[t], r = v->set[v->n_shapes + t];
        if (c->net_terms[n]++ == 0) {
            c->net_root[n] = r;
            v->out->nets++;
        } else if (c->net_root[n] != r) {
            c->split[n] = true;
        }
        if (c->root_terms[r]++ == 0) {
            c->root_net[r] = n;
            v->out->extracted++;
        } else if (c->root_net[r] != n) {
            c->bad[r] = any_bad = true;
        }
    }
    return any_bad;
}

static void tell_open(Lvs *v, const Piece *p, uint32_t n)
{
    uint32_t pieces = 0, box0 = v->out->piece.n;
    bool store = v->out->opens.n < LVS_STORE_MAX;
    for (uint32_t k = 0; k < n; k++) {
        if (k && p[k].root == p[k - 1].root) continue;
        pieces++;
        uint32_t pin = v->pin_of[p[k].term];
        if (store && pin != LVS_NONE) arr_push(&v->out->piece, v->box[pin]);
    }
    v->out->n_opens++;
    if (!store) return;
    LvsOpen o = {lvs_net_name(v, p[0].net), pieces, box0, v->out->piece.n - box0};
    arr_push(&v->out->opens, o);
}

static void tell_opens(Lvs *v, const Compare *c)
{
    ARRAY(Piece) p = {0};
    for (uint32_t t = 0; t < v->term_net.n; t++) {
        uint32_t n = v->term_net.v[t];
        if (c->split[n]) arr_push(&p, ((Piece){n, v->set[v->n_shapes + t], t}));
    }
    if (p.n) qsort(p.v, p.n, sizeof *p.v, by_net);
    for (uint32_t k = 0, e; k < p.n; k = e) {
        for (e = k + 1; e < p.n && p.v[e].net == p.v[k].net; e++) {}
        tell_open(v, &p.v[k], e - k);
    }
    arr_free(&p);
}

static void tell_pins(Lvs *v, const Compare *c)
{
    for (uint32_t t = 0; t < v->term_net.n; t++) {
        uint32_t n = v->term_net.v[t];
        if (!c->split[n] || c->root_terms[v->set[v->n_shapes + t]] > 1) continue;
        if (v->out->n_pins++ >= LVS_STORE_MAX) continue;
        uint32_t pin = v->pin_of[t];
        LvsPin p = {lvs_term_name(v, t), lvs_net_name(v, n), pin != LVS_NONE, pin != LVS_NONE ? v->box[pin] : (Box){0, 0, 0, 0}};
        arr_push(&v->out->pins, p);
    }
}

static void count_floating(Lvs *v, const Compare *c)
{
    for (uint32_t k = 0; k < v->n_shapes; k++)
        if (v->set[k] == k && c->root_terms[k] == 0) v->out->floating++;
}

static void compare(Lvs *v)
{
    size_t nets = v->net.n, nodes = (size_t)v->n_shapes + v->term_net.n;
    Compare c = {mem_calloc(nets, 4), mem_calloc(nets, 4), mem_calloc(nodes, 4), mem_calloc(nodes, 4), mem_calloc(nodes, 1), mem_calloc(nets, 1)};
    bool any_bad = partition(v, &c);
    count_floating(v, &c);
    if (any_bad) lvs_locate_shorts(v, c.bad);
    tell_opens(v, &c);
    tell_pins(v, &c);
    mem_free(c.net_root);
    mem_free(c.net_terms);
    mem_free(c.root_net);
    mem_free(c.root_terms);
    mem_free(c.bad);
    mem_free(c.split);
}

/* ---- the run --------------------------------------------------------------------------------------------------- */

void lvs_release(Lvs *v)
{
    for (uint32_t c = 0; c < v->db->cells.n; c++) mem_free(v->bit0[c]);
    mem_free(v->bit0);
    arr_free(&v->path);
    arr_free(&v->net);
    arr_free(&v->term_net);
    arr_free(&v->leaf_term0);
    mem_free(v->off);
    mem_free(v->box);
    mem_free(v->pin_of);
    mem_free(v->set);
}

Status lvs_run(const Db *db, CellId top, LvsReport *out)
{
    *out = (LvsReport){0};
    const DbCell *cell = &db->cells.v[top.i];
    if (cell->kind != CELL_BLOCK)
        return msg_error(ST_INPUT, "LVS-0001", (Loc){0}, "cell %s is a leaf: there is no netlist of cells in it to compare with", db_name(db, cell->name));
    Lvs v = {.db = db, .top = top, .out = out};
    lvs_flatten(&v);
    extract(&v);
    out->terminals = v.term_net.n;
    out->shapes = v.n_shapes;
    out->cells = v.leaf_term0.n;
    compare(&v);
    lvs_release(&v);
    return out->n_shorts || out->n_opens ? ST_VIOLATION : ST_OK;
}

void lvs_free(LvsReport *r)
{
    arr_free(&r->shorts);
    arr_free(&r->opens);
    arr_free(&r->pins);
    arr_free(&r->piece);
    arena_free(&r->arena);
    *r = (LvsReport){0};
}

void lvs_print(const LvsReport *r, const Db *db, uint32_t max, Buf *out)
{
    buf_printf(out, "lvs: %llu cells, %llu shapes, %llu pins; %llu nets in the netlist, %llu in the layout, %llu pieces of metal without a pin\n",
               (unsigned long long)r->cells, (unsigned long long)r->shapes, (unsigned long long)r->terminals, (unsigned long long)r->nets,
               (unsigned long long)r->extracted, (unsigned long long)r->floating);
    buf_printf(out, "lvs: %llu shorts, %llu opens, %llu unconnected pins\n", (unsigned long long)r->n_shorts, (unsigned long long)r->n_opens,
               (unsigned long long)r->n_pins);
    for (uint32_t k = 0; k < r->shorts.n && k < max; k++) {
        const LvsShort *s = &r->shorts.v[k];
        buf_printf(out, "  short %s - %s on %s (%d %d %d %d)\n", s->a, s->b, db_name(db, db->layers.v[s->layer.i].name), s->box.x0, s->box.y0,
                   s->box.x1, s->box.y1);
    }
    for (uint32_t k = 0; k < r->opens.n && k < max; k++) {
        const LvsOpen *o = &r->opens.v[k];
        buf_printf(out, "  open %s: %u pieces", o->net, o->pieces);
        for (uint32_t q = 0; q < o->n_box && q < 4; q++) {
            Box b = r->piece.v[o->box0 + q];
            buf_printf(out, " (%d %d %d %d)", b.x0, b.y0, b.x1, b.y1);
        }
        buf_str(out, o->n_box > 4 ? " …\n" : "\n");
    }
    for (uint32_t k = 0; k < r->pins.n && k < max; k++) {
        const LvsPin *p = &r->pins.v[k];
        buf_printf(out, "  pin %s of net %s: %s\n", p->pin, p->net, p->drawn ? "touches nothing" : "has no shape");
    }
}
