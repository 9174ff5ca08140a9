/*
 * The flat design on the fly: a depth-first walk over placements, and everything connected to one net.
 *
 * A connection record says bit = base + sx·ix + sy·iy + sk·k. To find the elements that meet one bit, the equation is solved for the index
 * with the most values; the other two are tried one by one (those with stride 0 all match).
 */
#include "gen/emit_int.h"

/* ---- placements -------------------------------------------------------------------------------------- */

static const Xform IDENTITY = {ORI_N, 0, 0};

static void add_element_name(const Emit *e, Buf *b, const DbInst *i, uint32_t ix, uint32_t iy)
{
    buf_str(b, emit_name(e, i->name));
    if (i->nx == 1 && i->ny == 1) return;
    emit_index_text(b, "\\[", ix, "\\]");
    emit_index_text(b, "\\[", iy, "\\]");
}

void walk_begin(Walk *w, Emit *e)
{
    *w = (Walk){.e = e};
    buf_str(&w->path, "");
}

void walk_end(Walk *w)
{
    arr_free(&w->stack);
    buf_free(&w->path);
}

static void push(Walk *w, uint32_t cell, Xform at)
{
    Frame f = {.cell = cell, .at = at, .path_n = w->path.n, .net0 = w->net_next};
    arr_push(&w->stack, f);
}

static void cut_path(Walk *w, size_t n)
{
    w->path.n = n;
    w->path.s[n] = 0;
}

/* Move a frame's cursor to the next element. */
static void advance(Frame *f, const DbInst *i)
{
    if (++f->ix < i->nx) return;
    f->ix = 0;
    if (++f->iy < i->ny) return;
    f->iy = 0;
    f->inst++;
}

/* One step; *leaf tells what was found. False at the end. */
static bool step(Walk *w, bool *leaf)
{
    while (w->stack.n) {
        Frame *f = &w->stack.v[w->stack.n - 1];
        const DbCell *c = emit_cell(w->e, f->cell);
        cut_path(w, f->path_n);
        if (f->inst >= c->insts.n) {
            w->stack.n--;
            continue;
        }
        const DbInst *i = &c->insts.v[f->inst];
        Xform at = xform_compose(f->at, inst_xform(w->e->db, i, f->ix, f->iy));
        add_element_name(w->e, &w->path, i, f->ix, f->iy);
        advance(f, i);
        *leaf = emit_cell(w->e, i->master.i)->kind != CELL_BLOCK;
        if (*leaf) {
            w->leaf = i;
            w->leaf_at = at;
        } else {
            buf_char(&w->path, '/');
            push(w, i->master.i, at);
        }
        return true;
    }
    return false;
}

static bool start(Walk *w)
{
    if (w->begun) return false;
    w->begun = true;
    push(w, w->e->db->top.i, IDENTITY);
    return true;
}

bool walk_leaf(Walk *w)
{
    bool leaf;
    start(w);
    while (step(w, &leaf))
        if (leaf) return true;
    return false;
}

/* The parent's cursor has already moved past the element that the block is. */
NetRef walk_parent_ref(const Walk *w, uint32_t level, uint32_t net, uint32_t *ix, uint32_t *iy)
{
    assert(level > 0 && level < w->stack.n);
    const Frame *p = &w->stack.v[level - 1];
    const DbCell *c = emit_cell(w->e, p->cell);
    uint32_t inst = p->inst;
    *ix = p->ix;
    *iy = p->iy;
    if (*ix == 0 && *iy == 0) {
        inst--;
        *ix = c->insts.v[inst].nx;
        *iy = c->insts.v[inst].ny - 1;
    } else if (*ix == 0) {
        *ix = c->insts.v[inst].nx;
        --*iy;
    }
    --*ix;
    return c->conns.v[c->insts.v[inst].conn0 + net];
}

bool walk_owns(const Walk *w, uint32_t level, uint32_t net)
{
    uint32_t ix, iy;
    if (level == 0 || net >= emit_cell(w->e, w->stack.v[level].cell)->n_ports) return true;
    return walk_parent_ref(w, level, net, &ix, &iy).net.i == NET_NONE.i;
}

uint64_t walk_net_number(const Walk *w, uint32_t level, uint32_t net, uint32_t bit)
{
    const DbCell *c = emit_cell(w->e, w->stack.v[level].cell);
    uint64_t n = w->stack.v[level].net0 + bit;
    for (uint32_t k = 0; k < net; k++)
        if (!emit_is_supply(&c->nets.v[k]) && walk_owns(w, level, k)) n += c->nets.v[k].width;
    return n;
}

bool walk_block(Walk *w)
{
    bool leaf = true;
    if (!start(w)) {
        while (leaf)
            if (!step(w, &leaf)) return false;
    }
    w->net_next = walk_net_number(w, w->stack.n - 1, emit_cell(w->e, walk_frame(w)->cell)->nets.n, 0);
    return true;
}

/* Within the block on top of the stack. */
static bool next_bit(Walk *w, bool supply)
{
    const DbCell *c = emit_cell(w->e, walk_frame(w)->cell);
    if (w->net < c->nets.n && w->bit + 1 < c->nets.v[w->net].width) {
        w->bit++;
        return true;
    }
    w->bit = 0;
    while (++w->net < c->nets.n)
        if (emit_is_supply(&c->nets.v[w->net]) == supply && walk_owns(w, w->stack.n - 1, w->net)) return true;
    return false;
}

bool walk_net(Walk *w, bool supply)
{
    while (!w->in_block || !next_bit(w, supply)) {
        if (!walk_block(w)) return false;
        w->in_block = true;
        w->net = UINT32_MAX; /* before the first */
        w->bit = 0;
    }
    return true;
}

/* ---- one net ------------------------------------------------------------------------------------------- */

typedef struct {
    Emit *e;
    TermSet *s;
    Buf path;
    Term child; /* only the fields of the element below the root */
    int depth;
} Collect;

static void collect(Collect *c, uint32_t cell, uint32_t net, uint32_t bit, Xform at);

static void meet(Collect *c, const DbInst *i, uint32_t inst, uint32_t port, uint32_t ix, uint32_t iy, uint32_t k, Xform at)
{
    size_t n = c->path.n;
    if (!c->s->no_names) add_element_name(c->e, &c->path, i, ix, iy);
    if (c->depth == 0) {
        c->child.inst = inst;
        c->child.ix = ix;
        c->child.iy = iy;
        c->child.child_port = port;
        c->child.child_bit = k;
    }
    Xform here = xform_compose(at, inst_xform(c->e->db, i, ix, iy));
    if (emit_cell(c->e, i->master.i)->kind != CELL_BLOCK) {
        Term t = c->child;
        t.path = c->s->names.n;
        t.cell = i->master.i;
        t.port = port;
        t.bit = k;
        t.at = here;
        arr_push(&c->s->terms, t);
        if (!c->s->no_names) buf_put(&c->s->names, c->path.s, c->path.n + 1);
    } else {
        if (!c->s->no_names) buf_char(&c->path, '/');
        c->depth++;
        collect(c, i->master.i, port, k, here);
        c->depth--;
    }
    c->path.n = n;
    if (c->path.s) c->path.s[n] = 0;
}

/* All (ix, iy, k) with base + sx·ix + sy·iy + sk·k == bit. */
static void solve(Collect *c, const DbInst *i, ConnRec rec, NetRef r, uint32_t width, uint32_t bit, Xform at)
{
    const uint32_t n[3] = {i->nx, i->ny, width};
    const int64_t s[3] = {r.sx, r.sy, r.sk};
    int d = -1;
    for (int q = 0; q < 3; q++)
        if (s[q] && (d < 0 || n[q] > n[d])) d = q;
    int64_t rest = (int64_t)bit - r.base;
    if (d < 0 && rest != 0) return;
    if (d < 0) d = 2;
    bool all = s[d] == 0;
    int a = d == 0 ? 1 : 0, b = d == 2 ? 1 : 2;
    uint32_t x[3];
    for (x[b] = 0; x[b] < n[b]; x[b]++)
        for (x[a] = 0; x[a] < n[a]; x[a]++) {
            int64_t left = rest - s[a] * x[a] - s[b] * x[b];
            if (all) {
                for (x[d] = 0; x[d] < n[d]; x[d]++) meet(c, i, rec.inst, rec.port, x[0], x[1], x[2], at);
                continue;
            }
            if (left % s[d] || left / s[d] < 0 || left / s[d] >= (int64_t)n[d]) continue;
            x[d] = (uint32_t)(left / s[d]);
            meet(c, i, rec.inst, rec.port, x[0], x[1], x[2], at);
        }
}

static void collect(Collect *c, uint32_t cell, uint32_t net, uint32_t bit, Xform at)
{
    const DbCell *p = emit_cell(c->e, cell);
    const EmitCell *x = &c->e->cell[cell];
    if (!c->s->no_shapes) {
        uint32_t q, end = emit_shapes(c->e, cell, net, bit, &q);
        for (; q < end; q++) {
            const DbShape *s = &p->shapes.v[x->shape[q]];
            if (s->kind == SHAPE_PIN || s->kind == SHAPE_OBS || !emit_is_wiring(c->e, s->layer)) continue;
            FlatShape f = {s->layer.i, s->kind, xform_box(at, s->box)};
            arr_push(&c->s->shapes, f);
        }
    }
    for (uint32_t q = x->rec0[net]; q < x->rec0[net + 1]; q++) {
        const DbInst *i = &p->insts.v[x->recs[q].inst];
        uint32_t width = emit_cell(c->e, i->master.i)->nets.v[x->recs[q].port].width;
        solve(c, i, x->recs[q], p->conns.v[i->conn0 + x->recs[q].port], width, bit, at);
    }
}

void terms_collect(Emit *e, TermSet *s, uint32_t cell, uint32_t net, uint32_t bit, Xform at, const char *prefix, size_t prefix_n)
{
    Collect c = {.e = e, .s = s};
    s->names.n = 0;
    s->terms.n = 0;
    s->shapes.n = 0;
    buf_put(&c.path, prefix, prefix_n);
    collect(&c, cell, net, bit, at);
    buf_free(&c.path);
}

void terms_free(TermSet *s)
{
    buf_free(&s->names);
    arr_free(&s->terms);
    arr_free(&s->shapes);
}
