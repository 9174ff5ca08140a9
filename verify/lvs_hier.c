/*
 * Devices of a block against its netlist, cell by cell: each master once by itself, then its placements by their pins.
 *
 * A master's shapes make pieces: what is connected inside. A placement is as many nodes as its master has pieces. Which pieces two
 * placements join depends on the masters and on how the one lies to the other: each such joint is made once, by extracting both together.
 * That also tells whether they make other devices together than alone. Wires of blocks are nodes of their own. What then is left is to
 * compare the sets of nodes with the netlist's nets, terminal by terminal.
 *
 * Placements stand for each other in order; what does not pair, a block that draws its own front end, and cells that change each other's
 * devices are left to the flat comparison, unless the last is too large for that: then it is a difference.
 */
#include <math.h>
#include <stdlib.h>

#include "verify/lvs_hier.h"

enum { FLAT_MAX = 100000 }; /* devices */

/* ---- nodes --------------------------------------------------------------------------------------------------- */

static void join(Hier *h, uint32_t a, uint32_t b) { sets_join(h->set, a, b); }

static void add_leaf(void *ctx, CellId cell, Xform t, uint64_t flat)
{
    Hier *h = ctx;
    (void)flat;
    arr_push(&h->leaf, ((HierLeaf){.cell = cell.i, .t = t, .netlist = LVS_NONE}));
}

/* A block's wire; anything else that it draws of the front end ends the matter. */
static bool add_loose(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Hier *h = ctx;
    const DbLayer *l = &h->db->layers.v[s->layer.i];
    if (flat != DB_FLAT_NONE || s->kind == SHAPE_OBS) return true;
    if (l->kind == LAYER_METAL || (l->kind == LAYER_CUT && l->level > 0)) {
        if (s->kind == SHAPE_PIN && cell.i == h->top.i && s->net.i < h->db->cells.v[cell.i].n_ports && l->kind == LAYER_METAL)
            arr_push(&h->label, ((HierLabel){s->layer.i, h->loose[s->layer.i].b.n, s->net.i, s->bit, LVS_NONE, LVS_NONE}));
        arr_push(&h->loose[s->layer.i].b, placed);
        return true;
    }
    const TechLayer *t = tech_layer(h->t, db_name(h->db, l->name));
    if (l->kind != LAYER_OUTLINE && (l->kind != LAYER_OTHER || (t && t->role))) h->mixed = true;
    return true;
}

/* ---- pairing --------------------------------------------------------------------------------------------------- */

/* Layout placement k is that of the netlist's next leaf of the same name; a cell without devices may be missing in the netlist. */
static bool pair_leaves(Hier *h)
{
    uint32_t k = 0, leaf = 0;
    for (uint32_t p = 0; p < h->v.path.n; p++) {
        CellId c = h->v.path.v[p].cell;
        if (p == 0 || h->v.db->cells.v[c.i].kind == CELL_BLOCK) continue;
        for (;; k++) {
            if (k == h->leaf.n) return false;
            HierMaster *m = &h->master[h->leaf.v[k].cell];
            if (m->netlist.i == CELL_NONE.i && str_eq(db_name(h->db, h->db->cells.v[h->leaf.v[k].cell].name), db_name(h->v.db, h->v.db->cells.v[c.i].name))) m->netlist = c;
            if (m->netlist.i == c.i) break;
            if (!m->drawn || m->c.dev.n) return false;
        }
        h->leaf.v[k].netlist = leaf++;
        h->leaf.v[k++].path = p;
    }
    for (; k < h->leaf.n; k++)
        if (!h->master[h->leaf.v[k].cell].drawn || h->master[h->leaf.v[k].cell].c.dev.n) return false;
    return true;
}

/* ---- joints ------------------------------------------------------------------------------------------------------ */

static void touch_leaves(void *ctx, uint32_t i, uint32_t j)
{
    Hier *h = ctx;
    const HierLeaf *a = &h->leaf.v[i], *b = &h->leaf.v[j];
    const HierJoint *x = hier_joint(h, a, b);
    for (uint32_t k = 0; k < x->n_link; k++) {
        HierLink l = h->link.v[x->link0 + k];
        join(h, (l.side_a ? b : a)->node0 + l.a, (l.side_b ? b : a)->node0 + l.b);
    }
}

typedef struct {
    Hier *h;
    uint32_t layer, other;
} Loose;

static void touch_loose(void *ctx, uint32_t i, uint32_t j)
{
    Loose *x = ctx;
    Hier *h = x->h;
    Box a = h->loose[x->layer].b.v[i], b = h->loose[x->other].b.v[j];
    if (x->layer == x->other ? box_joined(a, b) : box_overlap(a, b)) join(h, h->loose0[x->layer] + i, h->loose0[x->other] + j);
}

/* Cuts of level l join metals l and l + 1. */
static bool layers_join(const Db *db, uint32_t a, uint32_t b)
{
    const DbLayer *x = &db->layers.v[a], *y = &db->layers.v[b];
    if (x->kind == LAYER_METAL && y->kind == LAYER_CUT) return y->level == x->level || y->level + 1 == x->level;
    if (x->kind == LAYER_CUT && y->kind == LAYER_METAL) return layers_join(db, b, a);
    return a == b && x->kind == LAYER_METAL;
}

static void touch_leaf(void *ctx, uint32_t i, uint32_t j)
{
    Loose *x = ctx;
    Hier *h = x->h;
    const HierLeaf *leaf = &h->leaf.v[j];
    HierMaster *m = &h->master[leaf->cell];
    Box b = xform_box(hier_invert(leaf->t), h->loose[x->layer].b.v[i]);
    for (uint32_t k = 0; k < h->db->layers.n; k++) {
        if (!layers_join(h->db, x->layer, k)) continue;
        h->hit.v.n = 0;
        bins_query(&m->bins[k], b, &h->hit);
        for (uint32_t q = 0; q < h->hit.v.n; q++) {
            uint32_t node = m->d.off[C_FRONT + k] + h->hit.v.v[q];
            if (k == x->layer ? box_joined(b, m->d.box[node]) : box_overlap(b, m->d.box[node])) join(h, h->loose0[x->layer] + i, leaf->node0 + m->piece[node]);
        }
    }
    if (hier_spoils(h, m, x->layer, b)) {
        h->changed = true;
        Box at = h->loose[x->layer].b.v[i];
        lvs_tell(h->out, "wire of a block at (%d %d %d %d) runs through a capacitor or resistor of %s", at.x0, at.y0, at.x1, at.y1, db_name(h->db, h->db->cells.v[leaf->cell].name));
    }
}

static void connect_loose(Hier *h, const Bins *leaves)
{
    uint32_t n = h->db->layers.n;
    Bins *g = mem_calloc(n, sizeof *g);
    for (uint32_t k = 0; k < n; k++) bins_make(&g[k], h->loose[k].b.v, h->loose[k].b.n, 0, 1, 6);
    for (uint32_t k = 0; k < n; k++) {
        if (!h->loose[k].b.n) continue;
        Loose x = {h, k, k};
        if (h->db->layers.v[k].kind == LAYER_METAL) bins_pairs(&g[k], touch_loose, &x);
        for (x.other = k + 1; x.other < n; x.other++)
            if (layers_join(h->db, k, x.other) && h->loose[x.other].b.n) bins_join(&g[k], &g[x.other], touch_loose, &x);
        bins_join(&g[k], leaves, touch_leaf, &x);
    }
    for (uint32_t k = 0; k < n; k++) bins_free(&g[k]);
    mem_free(g);
}

static void connect(Hier *h)
{
    Boxes extent = {0};
    Bins g;
    for (uint32_t i = 0; i < h->leaf.n; i++) arr_push(&extent.b, xform_box(h->leaf.v[i].t, h->master[h->leaf.v[i].cell].extent));
    bins_make(&g, extent.b.v, extent.b.n, 0, 1, 4);
    bins_pairs(&g, touch_leaves, h);
    connect_loose(h, &g);
    bins_free(&g);
    arr_free(&extent.b);
    for (uint32_t i = 0; i < h->leaf.n; i++) {
        const HierMaster *m = &h->master[h->leaf.v[i].cell];
        join(h, 0, h->leaf.v[i].node0 + m->sub);
        /* pins of an abstract are one inside */
        for (uint32_t k = 0; k < m->pin.n && !m->drawn; k++)
            for (uint32_t q = 0; q < k; q++)
                if (m->pin.v[q].bit == m->pin.v[k].bit) {
                    join(h, h->leaf.v[i].node0 + m->pin.v[q].piece, h->leaf.v[i].node0 + m->pin.v[k].piece);
                    break;
                }
    }
}

/* ---- supplies ------------------------------------------------------------------------------------------------------ */

/* As in a flat cell: pieces of top's supplies are one by name; wells without a tap, and a substrate without any, are on their supply. */
static void join_supplies(Hier *h)
{
    uint32_t power = LVS_NONE, ground = LVS_NONE;
    const DbCell *top = &h->v.db->cells.v[h->v.top.i];
    for (uint32_t k = 0; k < h->label.n; k++) {
        HierLabel *l = &h->label.v[k];
        if (l->net == LVS_NONE) continue;
        NetUse use = top->nets.v[l->sub_port].use;
        if (use != USE_POWER && use != USE_GROUND) continue;
        if (use == USE_POWER && power == LVS_NONE) power = l->node;
        if (use == USE_GROUND && ground == LVS_NONE) ground = l->node;
        for (uint32_t q = 0; q < k; q++) {
            if (h->label.v[q].net != l->net) continue;
            h->out->joined += sets_find(h->set, h->label.v[q].node) != sets_find(h->set, l->node);
            join(h, h->label.v[q].node, l->node);
            break;
        }
    }
    bool *tied = mem_calloc((size_t)h->n + 1, 1), substrate = false;
    for (uint32_t i = 0; i < h->leaf.n; i++) {
        const HierMaster *m = &h->master[h->leaf.v[i].cell];
        substrate |= m->d.cond[C_PTAP].b.n > 0;
        for (uint32_t p = 0; p < m->n_pieces; p++)
            if (m->tied[p]) tied[sets_find(h->set, h->leaf.v[i].node0 + p)] = true;
    }
    for (uint32_t i = 0; i < h->leaf.n && power != LVS_NONE; i++) {
        const HierMaster *m = &h->master[h->leaf.v[i].cell];
        for (uint32_t p = 0; p < m->n_pieces; p++) {
            uint32_t r = sets_find(h->set, h->leaf.v[i].node0 + p);
            if (!m->well[p] || tied[r]) continue;
            h->out->untied += r != sets_find(h->set, power);
            join(h, r, power);
        }
    }
    if (!substrate && ground != LVS_NONE) {
        join(h, 0, ground);
        h->out->untied++;
    }
    mem_free(tied);
}

/* ---- comparison ------------------------------------------------------------------------------------------------------ */

typedef struct {
    Hier *h;
    uint32_t *root_net, *net_root; /* [node], of roots; [net] */
    bool *split;                   /* [net] told */
    Map seen;                      /* pairs of nets */
} Compare;

/* A net, or one inside of a placement: nets.n + its node. */
static const char *net_name(Hier *h, uint32_t net)
{
    if (net < h->v.net.n) return lvs_net_name(&h->v, net);
    uint32_t node = net - h->v.net.n, lo = 0, hi = h->leaf.n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (h->leaf.v[mid].node0 <= node) lo = mid;
        else hi = mid;
    }
    const HierLeaf *l = &h->leaf.v[lo];
    Box b = h->master[l->cell].at[node - l->node0];
    return arena_printf(&h->names.arena, "%s/(%d %d %d %d)", lvs_path_name(&h->v, l->path), b.x0, b.y0, b.x1, b.y1);
}

static void terminal(Compare *c, uint32_t node, uint32_t net, Box at)
{
    Hier *h = c->h;
    uint32_t r = sets_find(h->set, node), other = c->root_net[r];
    if (other == LVS_NONE) c->root_net[r] = net;
    else if (other != net) {
        uint64_t key = (uint64_t)(other < net ? other : net) << 32 | (other < net ? net : other);
        if (!map_get(&c->seen, key, &(uint32_t){0})) {
            map_set(&c->seen, key, 1);
            lvs_tell(h->out, "short: %s and %s are one net, at (%d %d %d %d)", net_name(h, other), net_name(h, net), at.x0, at.y0, at.x1, at.y1);
        }
    }
    if (net >= h->v.net.n) return;
    if (c->net_root[net] == LVS_NONE) c->net_root[net] = r;
    else if (c->net_root[net] != r && !c->split[net]) {
        c->split[net] = true;
        lvs_tell(h->out, "open: %s is in pieces, one at (%d %d %d %d)", net_name(h, net), at.x0, at.y0, at.x1, at.y1);
    }
}

static void leaf_terminals(Compare *c, const HierLeaf *l)
{
    Hier *h = c->h;
    const HierMaster *m = &h->master[l->cell];
    if (l->netlist == LVS_NONE) return;
    uint32_t term0 = h->v.leaf_term0.v[l->netlist];
    for (uint32_t k = 0; k < m->pin.n; k++) {
        HierPin p = m->pin.v[k];
        if (m->drawn && !m->active[p.piece]) continue; /* only metal: what it joins is judged where there are devices */
        terminal(c, l->node0 + p.piece, h->v.term_net.v[term0 + p.bit], xform_box(l->t, m->at[p.piece]));
    }
    for (uint32_t p = 0; p < m->n_pieces; p++)
        if (m->active[p] && !m->pinned[p]) terminal(c, l->node0 + p, h->v.net.n + l->node0 + p, xform_box(l->t, m->at[p]));
}

static void compare(Hier *h)
{
    Compare c = {.h = h};
    if ((uint64_t)h->v.net.n + h->n >= LVS_NONE) die(ST_LIMIT, "layout against netlist: more than 2^32 nets");
    c.root_net = mem_alloc((size_t)h->n * sizeof *c.root_net);
    c.net_root = mem_alloc(((size_t)h->v.net.n + 1) * sizeof *c.net_root);
    c.split = mem_calloc((size_t)h->v.net.n + 1, 1);
    for (uint32_t i = 0; i < h->n; i++) c.root_net[i] = LVS_NONE;
    for (uint32_t i = 0; i < h->v.net.n; i++) c.net_root[i] = LVS_NONE;
    for (uint32_t k = 0; k < h->label.n; k++)
        if (h->label.v[k].net != LVS_NONE) terminal(&c, h->label.v[k].node, h->label.v[k].net, h->loose[h->label.v[k].layer].b.v[h->label.v[k].k]);
    for (uint32_t i = 0; i < h->leaf.n; i++) leaf_terminals(&c, &h->leaf.v[i]);
    mem_free(c.root_net);
    mem_free(c.net_root);
    mem_free(c.split);
    map_free(&c.seen);
}

/* ---- top's ports -------------------------------------------------------------------------------------------------- */

static void find_labels(Hier *h)
{
    const Db *n = h->v.db;
    const DbCell *top = &n->cells.v[h->v.top.i];
    Buf a = {0}, b = {0};
    bool *drawn = mem_calloc((size_t)h->v.bit0[h->v.top.i][top->n_ports] + 1, 1);
    for (uint32_t k = 0; k < h->label.n; k++) {
        HierLabel *l = &h->label.v[k];
        a.n = 0;
        db_bit_name(h->db, h->top, (NetId){l->port}, l->bit, &a);
        l->node = h->loose0[l->layer] + l->k;
        for (uint32_t p = 0; p < top->n_ports && l->net == LVS_NONE; p++) {
            const char *name = db_name(n, top->nets.v[p].name);
            if (strncmp(a.s, name, strlen(name))) continue;
            for (uint32_t q = 0; q < top->nets.v[p].width && l->net == LVS_NONE; q++) {
                b.n = 0;
                db_bit_name(n, h->v.top, (NetId){p}, q, &b);
                if (!str_eq(a.s, b.s)) continue;
                l->net = h->v.term_net.v[h->v.bit0[h->v.top.i][p] + q];
                l->sub_port = p;
                drawn[h->v.bit0[h->v.top.i][p] + q] = true;
            }
        }
        if (l->net == LVS_NONE) lvs_tell(h->out, "pin %s is drawn, the netlist has no such port", a.s);
    }
    for (uint32_t p = 0; p < top->n_ports; p++)
        for (uint32_t q = 0; q < top->nets.v[p].width; q++) {
            if (drawn[h->v.bit0[h->v.top.i][p] + q]) continue;
            b.n = 0;
            db_bit_name(n, h->v.top, (NetId){p}, q, &b);
            lvs_tell(h->out, "port %s has no pin shape", b.s);
        }
    mem_free(drawn);
    buf_free(&a);
    buf_free(&b);
}

/* ---- main line ------------------------------------------------------------------------------------------------------ */

static void number_nodes(Hier *h)
{
    uint64_t n = 1; /* 0: the substrate */
    for (uint32_t k = 0; k < h->db->layers.n; k++) {
        h->loose0[k] = (uint32_t)n;
        n += h->loose[k].b.n;
    }
    for (uint32_t i = 0; i < h->leaf.n; i++) {
        h->leaf.v[i].node0 = (uint32_t)n;
        n += h->master[h->leaf.v[i].cell].n_pieces;
        if (n >= LVS_NONE) die(ST_LIMIT, "layout against netlist: more than 2^32 pieces");
    }
    h->n = (uint32_t)n;
    h->set = sets_make(h->n);
}

static void free_all(Hier *h)
{
    for (uint32_t c = 0; c < h->db->cells.n; c++) hier_master_free(h, &h->master[c]);
    for (uint32_t k = 0; k < h->db->layers.n; k++) arr_free(&h->loose[k].b);
    mem_free(h->master);
    mem_free(h->loose);
    mem_free(h->loose0);
    mem_free(h->set);
    arr_free(&h->leaf);
    arr_free(&h->label);
    arr_free(&h->joint);
    arr_free(&h->link);
    arr_free(&h->hit.v);
    map_free(&h->of_key);
    lvs_release(&h->v);
    arena_free(&h->names.arena);
}

bool lvs_hier(const Db *layout, CellId top, const Db *netlist, CellId sub, const Tech *t, LvsDevices *out)
{
    Hier h = {.db = layout, .top = top, .t = t, .out = out};
    h.v = (Lvs){.db = netlist, .top = sub, .out = &h.names};
    h.loose = mem_calloc((size_t)layout->layers.n + 1, sizeof *h.loose);
    h.loose0 = mem_calloc((size_t)layout->layers.n + 1, sizeof *h.loose0);
    h.master = mem_calloc((size_t)layout->cells.n + 1, sizeof *h.master);
    lvs_flatten(&h.v);
    flat_leaves(layout, top, add_leaf, &h);
    db_visit_shapes(layout, top, add_loose, &h);
    for (uint32_t i = 0; i < h.leaf.n && !h.mixed; i++)
        if (!h.master[h.leaf.v[i].cell].made) hier_master(&h, h.leaf.v[i].cell);
    bool can = !h.mixed && pair_leaves(&h);
    if (can) {
        for (uint32_t c = 0; c < layout->cells.n; c++)
            if (h.master[c].made) hier_pins(&h, c);
        for (uint32_t i = 0; i < h.leaf.n; i++) out->drawn += h.master[h.leaf.v[i].cell].c.dev.n;
        for (uint32_t i = 0; i < h.leaf.n; i++)
            if (h.leaf.v[i].netlist != LVS_NONE) out->netlist += netlist->cells.v[h.master[h.leaf.v[i].cell].netlist.i].devices.n;
        number_nodes(&h);
        out->nets = h.v.net.n;
        out->reduced = out->netlist;
        find_labels(&h);
        connect(&h);
        join_supplies(&h);
        compare(&h);
        can = !h.changed || out->drawn > FLAT_MAX;
    }
    free_all(&h);
    return can;
}
