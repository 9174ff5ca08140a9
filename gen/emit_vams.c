/*
 * design.vams, its testbench, electrical.vams.
 *
 * The real-number model follows the netlist: which rows, columns and block a tile serves is read from the crossbar's connection
 * records, not from the plan. A column is the chain of the tiles that share its GCOL bit: each adds its charge to what comes from below.
 * Crossbars are the cells of function "crossbar" with the ports of gen/xbar.c; others have no real-number model.
 */
#include "gen/emit_int.h"

typedef struct { uint32_t cell, rows, cols, syn_cols; } Tile;
typedef struct { uint32_t inst, ix, iy, tile, row0, col0, block, k; } Elem; /* k: place in the chain of its columns; row0, col0: of XP, GCOL */
typedef struct { uint32_t col0, cols, n; } Group;                           /* n tiles in the chain */
typedef struct { uint32_t row0, rows; } Block;

typedef struct {
    uint32_t cell, rows, cols, adcs, bits;
    ARRAY(Elem) elems;
    ARRAY(Group) groups;
    ARRAY(Block) blocks;
    bool *synapses; /* [cols]: false for the dummy column that fills up a converter */
} Xbar;

typedef struct {
    ARRAY(Tile) tiles;
    ARRAY(Xbar) xbars;
} Rnm;

static Rnm *rnm_of(const View *v) { return (Rnm *)(uintptr_t)v->n[1]; }

/* ---- collect ----------------------------------------------------------------------------------------------- */

static uint32_t width_of(const Emit *e, uint32_t cell, const char *port)
{
    NetId n = db_find_net(e->db, (CellId){cell}, port);
    return n.i == NET_NONE.i || n.i >= emit_cell(e, cell)->n_ports ? 0 : emit_cell(e, cell)->nets.v[n.i].width;
}

static bool is_crossbar(const Emit *e, uint32_t k)
{
    static const char *const port[] = {"D", "SGN", "WLIN", "BSEL", "AD", "DONE", "DIN", "PHASE"};
    if (!e->cell[k].used || !str_eq(emit_name(e, emit_cell(e, k)->function), "crossbar")) return false;
    for (size_t i = 0; i < COUNTOF(port); i++)
        if (width_of(e, k, port[i]) == 0) return false;
    return true;
}

static bool has_function(const Emit *e, const DbInst *i, const char *function)
{
    return str_eq(emit_name(e, emit_cell(e, i->master.i)->function), function);
}

static uint32_t tile_of(const Emit *e, Rnm *r, uint32_t cell)
{
    for (uint32_t k = 0; k < r->tiles.n; k++)
        if (r->tiles.v[k].cell == cell) return k;
    Tile t = {cell, width_of(e, cell, "XP"), width_of(e, cell, "GCOL"), 0};
    const DbCell *c = emit_cell(e, cell);
    for (uint32_t k = 0; k < c->insts.n; k++)
        if (has_function(e, &c->insts.v[k], "synapse")) t.syn_cols += c->insts.v[k].nx;
    arr_push(&r->tiles, t);
    return r->tiles.n - 1;
}

/* Bit of the crossbar's net that bit k of a tile's port is on. */
static uint32_t net_bit(const Emit *e, uint32_t xbar, uint32_t inst, const char *port, uint32_t ix, uint32_t iy, uint32_t k)
{
    const DbInst *i = &emit_cell(e, xbar)->insts.v[inst];
    NetId n = db_find_net(e->db, i->master, port);
    return netref_bit(emit_cell(e, xbar)->conns.v[i->conn0 + n.i], ix, iy, k);
}

static void add_element(Emit *e, Rnm *r, Xbar *x, uint32_t inst, uint32_t ix, uint32_t iy)
{
    Elem el = {inst, ix, iy, tile_of(e, r, emit_cell(e, x->cell)->insts.v[inst].master.i), net_bit(e, x->cell, inst, "XP", ix, iy, 0),
               net_bit(e, x->cell, inst, "GCOL", ix, iy, 0), net_bit(e, x->cell, inst, "EN", ix, iy, 0), 0};
    const Tile *t = &r->tiles.v[el.tile];
    uint32_t g = 0;
    while (g < x->groups.n && x->groups.v[g].col0 != el.col0) g++;
    if (g == x->groups.n) arr_push(&x->groups, ((Group){el.col0, t->cols, 0}));
    el.k = x->groups.v[g].n++;
    while (x->blocks.n <= el.block) arr_push(&x->blocks, ((Block){0, 0}));
    x->blocks.v[el.block] = (Block){el.row0, t->rows};
    for (uint32_t c = 0; c < t->syn_cols; c++) x->synapses[el.col0 + c] = true;
    arr_push(&x->elems, el);
}

static void add_xbar(Emit *e, Rnm *r, uint32_t k)
{
    Xbar x = {.cell = k, .rows = width_of(e, k, "SGN"), .cols = width_of(e, k, "DIN"), .adcs = width_of(e, k, "DONE")};
    x.bits = width_of(e, k, "AD") / x.adcs;
    x.synapses = arena_array(&e->arena, bool, x.cols);
    const DbCell *c = emit_cell(e, k);
    for (uint32_t q = 0; q < c->insts.n; q++)
        if (has_function(e, &c->insts.v[q], "tile"))
            for (uint32_t iy = 0; iy < c->insts.v[q].ny; iy++)
                for (uint32_t ix = 0; ix < c->insts.v[q].nx; ix++) add_element(e, r, &x, q, ix, iy);
    arr_push(&r->xbars, x);
}

/* ---- lists: n[1] Rnm, n[2] crossbar or tile, n[3] element ------------------------------------------------------ */

static const Xbar *xbar_of(const View *v) { return &rnm_of(v)->xbars.v[v->n[2]]; }

static bool index_get(View *v, const char *name, Value *out)
{
    if (str_eq(name, "i")) return val_int(out, (int64_t)emit_at(v));
    return str_eq(name, "first") && val_bool(out, emit_at(v) == 0);
}

static uint32_t elem_bit(const View *v, const char *port, uint64_t k)
{
    const Elem *el = &xbar_of(v)->elems.v[v->n[3]];
    return net_bit(emit_of(v), xbar_of(v)->cell, el->inst, port, el->ix, el->iy, (uint32_t)k);
}

/* Rows of an element: i in the tile, row in the crossbar. */
static bool erow_get(View *v, const char *name, Value *out)
{
    if (str_eq(name, "xp")) return val_int(out, elem_bit(v, "XP", emit_at(v)));
    if (str_eq(name, "xn")) return val_int(out, elem_bit(v, "XN", emit_at(v)));
    return index_get(v, name, out);
}

static bool ecol_get(View *v, const char *name, Value *out)
{
    if (str_eq(name, "col")) return val_int(out, elem_bit(v, "GCOL", emit_at(v)));
    return index_get(v, name, out);
}

/* Bits of WL (n[4] = 0) or BL (1), highest first, for a concatenation. */
static bool ebit_get(View *v, const char *name, Value *out)
{
    uint64_t k = v->n[7] - 1 - emit_at(v);
    if (str_eq(name, "bit")) return val_int(out, elem_bit(v, v->n[4] ? "BL" : "WL", k));
    return index_get(v, name, out);
}

static bool elem_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const Xbar *x = xbar_of(v);
    const Elem *el = &x->elems.v[emit_at(v)];
    const Tile *t = &rnm_of(v)->tiles.v[el->tile];
    if (str_eq(name, "name")) {
        Buf *b = emit_text(e);
        buf_printf(b, "%s_%u_%u", emit_name(e, emit_cell(e, x->cell)->insts.v[el->inst].name), el->ix, el->iy);
        return val_text(out, b->s);
    }
    if (str_eq(name, "tile")) return val_text(out, emit_name(e, emit_cell(e, t->cell)->name));
    if (str_eq(name, "block")) return val_int(out, el->block);
    if (str_eq(name, "col0")) return val_int(out, el->col0);
    if (str_eq(name, "k")) return val_int(out, el->k);
    if (str_eq(name, "k1")) return val_int(out, el->k + 1);
    View l = emit_list(e, ebit_get, 4 * t->rows, v->n[1], v->n[2], emit_at(v));
    if (str_eq(name, "wl")) return val_view(out, l);
    l.n[4] = 1;
    l.n[7] = t->cols;
    if (str_eq(name, "bl")) return val_view(out, l);
    if (str_eq(name, "rows")) return val_view(out, emit_list(e, erow_get, t->rows, v->n[1], v->n[2], emit_at(v)));
    return str_eq(name, "cols") && val_view(out, emit_list(e, ecol_get, t->cols, v->n[1], v->n[2], emit_at(v)));
}

static const Group *group_of(const Xbar *x, uint32_t col)
{
    for (uint32_t g = 0; g < x->groups.n; g++)
        if (col >= x->groups.v[g].col0 && col < x->groups.v[g].col0 + x->groups.v[g].cols) return &x->groups.v[g];
    return NULL;
}

static bool adc_get(View *v, const char *name, Value *out)
{
    const Xbar *x = xbar_of(v);
    uint32_t a = (uint32_t)emit_at(v), per = x->cols / x->adcs, even = a * per, odd = a * per + (per > 1);
    const Group *ge = group_of(x, even), *go = group_of(x, odd);
    if (str_eq(name, "even")) return val_int(out, even);
    if (str_eq(name, "odd")) return val_int(out, odd);
    if (ge && str_eq(name, "even_n")) return val_int(out, ge->n);
    if (ge && str_eq(name, "even_col0")) return val_int(out, ge->col0);
    if (go && str_eq(name, "odd_n")) return val_int(out, go->n);
    if (go && str_eq(name, "odd_col0")) return val_int(out, go->col0);
    if (str_eq(name, "lo")) return val_int(out, (int64_t)a * x->bits);
    if (str_eq(name, "hi")) return val_int(out, ((int64_t)a + 1) * x->bits - 1);
    return index_get(v, name, out);
}

/* The chains' nets: one per column and place, from the far end (0) to the converter (n). n[4] group, n[5] column, n[6] place. */
static bool link_next(View *v)
{
    const Xbar *x = xbar_of(v);
    if (v->n[0]++ && ++v->n[6] > x->groups.v[v->n[4]].n) {
        v->n[6] = 0;
        if (++v->n[5] >= x->groups.v[v->n[4]].cols) v->n[5] = 0, v->n[4]++;
    }
    return v->n[4] < x->groups.n;
}

static bool link_get(View *v, const char *name, Value *out)
{
    const Group *g = &xbar_of(v)->groups.v[v->n[4]];
    if (str_eq(name, "col")) return val_int(out, (int64_t)(g->col0 + v->n[5]));
    if (str_eq(name, "k")) return val_int(out, (int64_t)v->n[6]);
    if (str_eq(name, "end")) return val_bool(out, v->n[6] == 0);
    return str_eq(name, "first_col") && val_bool(out, v->n[5] == 0);
}

static bool row_get(View *v, const char *name, Value *out)
{
    if (str_eq(name, "lo")) return val_int(out, 3 * (int64_t)emit_at(v));
    if (str_eq(name, "hi")) return val_int(out, 3 * (int64_t)emit_at(v) + 2);
    return index_get(v, name, out);
}

static bool block_get(View *v, const char *name, Value *out)
{
    const Block *b = &xbar_of(v)->blocks.v[emit_at(v)];
    if (str_eq(name, "row0")) return val_int(out, b->row0);
    if (str_eq(name, "rows")) return val_int(out, b->rows);
    return index_get(v, name, out);
}

static bool pad_next(View *v)
{
    while (v->n[0]++ < v->n[7])
        if (!xbar_of(v)->synapses[emit_at(v)]) return true;
    return false;
}

static bool xbar_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    uint64_t at = emit_at(v);
    const Xbar *x = &rnm_of(v)->xbars.v[at];
    if (str_eq(name, "name")) return val_text(out, emit_name(e, emit_cell(e, x->cell)->name));
    if (str_eq(name, "n_rows")) return val_int(out, x->rows);
    if (str_eq(name, "n_cols")) return val_int(out, x->cols);
    if (str_eq(name, "n_blocks")) return val_int(out, x->blocks.n);
    if (str_eq(name, "n_adcs")) return val_int(out, x->adcs);
    if (str_eq(name, "cols_per_adc")) return val_int(out, x->cols / x->adcs);
    if (str_eq(name, "bits")) return val_int(out, x->bits);
    if (str_eq(name, "rows")) return val_view(out, emit_list(e, row_get, x->rows, v->n[1], at, 0));
    if (str_eq(name, "tiles")) return val_view(out, emit_list(e, elem_get, x->elems.n, v->n[1], at, 0));
    if (str_eq(name, "adcs")) return val_view(out, emit_list(e, adc_get, x->adcs, v->n[1], at, 0));
    if (str_eq(name, "blocks")) return val_view(out, emit_list(e, block_get, x->blocks.n, v->n[1], at, 0));
    View l = emit_list(e, link_get, 0, v->n[1], at, 0);
    l.next = link_next;
    if (str_eq(name, "links")) return val_view(out, l);
    l = emit_list(e, index_get, x->cols, v->n[1], at, 0);
    l.next = pad_next;
    return str_eq(name, "pads") && val_view(out, l);
}

static bool tile_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const Tile *t = &rnm_of(v)->tiles.v[emit_at(v)];
    if (str_eq(name, "name")) return val_text(out, emit_name(e, emit_cell(e, t->cell)->name));
    if (str_eq(name, "n_rows")) return val_int(out, t->rows);
    if (str_eq(name, "n_cols")) return val_int(out, t->cols);
    if (str_eq(name, "rows")) return val_view(out, emit_list(e, index_get, t->rows, v->n[1], 0, 0));
    if (str_eq(name, "cols")) return val_view(out, emit_list(e, index_get, t->cols, v->n[1], 0, 0));
    return str_eq(name, "synapses") && val_view(out, emit_list(e, index_get, t->syn_cols, v->n[1], 0, 0));
}

static bool root_get(View *v, const char *name, Value *out)
{
    Emit *e = emit_of(v);
    const Rnm *r = rnm_of(v);
    if (str_eq(name, "vcm")) return val_real(out, e->tech->vcm);
    if (str_eq(name, "step")) return val_real(out, e->tech->ladder_step);
    if (str_eq(name, "tiles")) return val_view(out, emit_list(e, tile_get, r->tiles.n, v->n[1], 0, 0));
    if (str_eq(name, "crossbars")) return val_view(out, emit_list(e, xbar_get, r->xbars.n, v->n[1], 0, 0));
    return emit_root_get(e, name, out);
}

static void end(View *v)
{
    Rnm *r = rnm_of(v);
    for (uint32_t k = 0; k < r->xbars.n; k++) {
        arr_free(&r->xbars.v[k].elems);
        arr_free(&r->xbars.v[k].groups);
        arr_free(&r->xbars.v[k].blocks);
    }
    arr_free(&r->xbars);
    arr_free(&r->tiles);
    mem_free(r);
}

View vams_view(Emit *e)
{
    Rnm *r = mem_alloc(sizeof *r);
    for (uint32_t k = 0; k < e->db->cells.n; k++)
        if (is_crossbar(e, k)) add_xbar(e, r, k);
    return (View){.get = root_get, .end = end, .data = e, .n = {0, (uint64_t)(uintptr_t)r}};
}
