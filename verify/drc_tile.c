/*
 * Hierarchical run: a piece of the plane is judged once for all places where the same cells and shapes stand around it.
 *
 * Tiles are the outlines of the leaf and soft cells, and the squares of a grid without them. A tile's window reaches beyond it by more
 * than the farthest rule. What stands in the window, as a list of cells with their places and of loose shapes cut to the window, all
 * relative to the tile, is its key: equal keys mean equal drawings, so what the first finds is what all find. In an array that is one
 * element of the middle, one of each edge and corner, and one wherever something else passes over. What is found is put at every place,
 * so counts are those of the flat drawing. Keys are gathered first, then judged at the same time on all threads.
 */
#include <stdlib.h>

#include "verify/drc_int.h"
#include "verify/region.h"

enum { OF_GRID = 12 }; /* side of a grid tile in halos */

typedef struct {
    CellId cell;
    Xform t;
} Leaf;

/* A cell or a shape in a window; of a shape kind is 1 + layer, of a cell 0. */
typedef struct {
    uint32_t kind, cell;
    int32_t orient;
    Box at;               /* relative to the tile; of a cell x0, y0: its origin */
} Item;

typedef struct {
    uint32_t item0, n_items; /* its key */
    Box core;                /* at (0, 0) */
    bool grid;               /* of the grid: without the leaves */
    DrcPieces found;         /* relative to the tile */
} Class;

/* A tile that has shapes, and what it looks like. */
typedef struct {
    int32_t x, y;
    uint32_t cls;
} Tile;

typedef struct {
    const Db *db;
    const Tech *t;
    int32_t halo;
    ARRAY(Leaf) leaf;
    Boxes outline, extent;   /* [leaf]; extent: with all its shapes */
    Box *cell_extent;        /* [cell]; of cells without shapes and outline empty */
    Boxes loose;             /* shapes of blocks */
    ARRAY(uint32_t) layer;   /* [loose] */
    Bins leaf_bins, loose_bins, outline_bins;
    ARRAY(Class) cls;
    ARRAY(Item) keys, item;
    ARRAY(Tile) tile;
    Map of_key;              /* hash → class */
    Indices hit;
} Tiles;

static Box clip(Box b, Box w)
{
    return (Box){b.x0 > w.x0 ? b.x0 : w.x0, b.y0 > w.y0 ? b.y0 : w.y0, b.x1 < w.x1 ? b.x1 : w.x1, b.y1 < w.y1 ? b.y1 : w.y1};
}

static Box shifted(Box b, int32_t dx, int32_t dy) { return (Box){b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy}; }
static bool empty(Box b) { return b.x0 >= b.x1 || b.y0 >= b.y1; }

/* ---- what there is ------------------------------------------------------------------------------------ */

static Box extent_of(const Db *db, uint32_t c)
{
    Box all = db->cells.v[c].box;
    bool first = empty(all);
    for (uint32_t k = 0; k < db->cells.v[c].shapes.n; k++) {
        const DbShape *s = &db->cells.v[c].shapes.v[k];
        if (s->kind == SHAPE_OBS) continue;
        all = first ? s->box : box_union(all, s->box);
        first = false;
    }
    return all;
}

static void push_loose(Tiles *k, const DbShape *s, Xform t)
{
    if (s->kind == SHAPE_OBS) return;
    arr_push(&k->loose.b, xform_box(t, s->box));
    arr_push(&k->layer, s->layer.i);
}

/* A soft macro of several boxes flows around others: its place in their windows would make a neighbourhood of its own of each. */
static bool surrounds(const Db *db, const DbCell *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; c->kind == CELL_SOFT && i < c->shapes.n; i++) n += db->layers.v[c->shapes.v[i].layer.i].kind == LAYER_OUTLINE;
    return n > 1;
}

static void collect_leaf(void *ctx, CellId cell, Xform t, uint64_t flat)
{
    Tiles *k = ctx;
    const DbCell *c = &k->db->cells.v[cell.i];
    (void)flat;
    if (empty(k->cell_extent[cell.i])) return;
    if (surrounds(k->db, c)) {
        for (uint32_t i = 0; i < c->shapes.n; i++) push_loose(k, &c->shapes.v[i], t);
        return;
    }
    arr_push(&k->leaf, ((Leaf){cell, t}));
    arr_push(&k->outline.b, xform_box(t, c->box));
    arr_push(&k->extent.b, xform_box(t, k->cell_extent[cell.i]));
}

static void collect_loose(Tiles *k, CellId c, Xform t)
{
    const DbCell *cell = &k->db->cells.v[c.i];
    if (cell->kind != CELL_BLOCK) return;
    for (uint32_t s = 0; s < cell->shapes.n; s++) push_loose(k, &cell->shapes.v[s], t);
    for (uint32_t q = 0; q < cell->insts.n; q++) {
        const DbInst *i = &cell->insts.v[q];
        if (k->db->cells.v[i->master.i].kind != CELL_BLOCK) continue;
        for (uint32_t iy = 0; iy < i->ny; iy++)
            for (uint32_t ix = 0; ix < i->nx; ix++) collect_loose(k, i->master, xform_compose(t, inst_xform(k->db, i, ix, iy)));
    }
}

/* ---- keys ----------------------------------------------------------------------------------------------- */

static int by_item(const void *a, const void *b) { return memcmp(a, b, sizeof(Item)); }

/* The window's items into k->item, sorted; equal loose shapes count once. */
static void gather(Tiles *k, Box core, Box w)
{
    k->item.n = k->hit.v.n = 0;
    bins_query(&k->leaf_bins, w, &k->hit);
    for (uint32_t i = 0; i < k->hit.v.n; i++) {
        const Leaf *l = &k->leaf.v[k->hit.v.v[i]];
        if (!box_overlap(k->extent.b.v[k->hit.v.v[i]], w)) continue;
        arr_push(&k->item, ((Item){0, l->cell.i, (int32_t)l->t.orient, {l->t.x - core.x0, l->t.y - core.y0, 0, 0}}));
    }
    k->hit.v.n = 0;
    bins_query(&k->loose_bins, w, &k->hit);
    for (uint32_t i = 0; i < k->hit.v.n; i++) {
        Box b = clip(k->loose.b.v[k->hit.v.v[i]], w);
        if (!empty(b)) arr_push(&k->item, ((Item){1 + k->layer.v[k->hit.v.v[i]], 0, 0, shifted(b, -core.x0, -core.y0)}));
    }
    if (k->item.n) qsort(k->item.v, k->item.n, sizeof *k->item.v, by_item);
    uint32_t n = 0;
    for (uint32_t i = 0; i < k->item.n; i++)
        if (!n || k->item.v[i].kind == 0 || by_item(&k->item.v[n - 1], &k->item.v[i])) k->item.v[n++] = k->item.v[i];
    k->item.n = n;
}

static uint64_t hash_key(const Tiles *k, Box core, bool grid)
{
    uint64_t h = (uint64_t)(uint32_t)core.x1 << 32 ^ (uint32_t)core.y1 ^ (grid ? 0x9e3779b97f4a7c15u : 0);
    const uint32_t *v = (const uint32_t *)(const void *)k->item.v;
    for (size_t i = 0; i < (size_t)k->item.n * (sizeof(Item) / 4); i++) {
        h = (h ^ v[i]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static bool same_key(const Tiles *k, const Class *c, Box core, bool grid)
{
    return c->grid == grid && !memcmp(&c->core, &core, sizeof core) && c->n_items == k->item.n &&
           (!k->item.n || !memcmp(k->keys.v + c->item0, k->item.v, k->item.n * sizeof *k->item.v));
}

/* ---- one tile --------------------------------------------------------------------------------------------- */

static void add_shape(Boxes *of, Box b, Box w)
{
    b = clip(b, w);
    if (!empty(b)) arr_push(&of->b, b);
}

/* The window's shapes by layer, the tile at (0, 0). */
static void flatten(const Tiles *k, const Class *of, Box w, Boxes *shapes)
{
    for (uint32_t i = 0; i < of->n_items; i++) {
        const Item *x = &k->keys.v[of->item0 + i];
        if (x->kind) {
            add_shape(&shapes[x->kind - 1], x->at, w);
            continue;
        }
        const DbCell *c = &k->db->cells.v[x->cell];
        Xform t = {(Orient)x->orient, x->at.x0, x->at.y0};
        for (uint32_t s = 0; s < c->shapes.n; s++)
            if (c->shapes.v[s].kind != SHAPE_OBS) add_shape(&shapes[c->shapes.v[s].layer.i], xform_box(t, c->shapes.v[s].box), w);
    }
}

/* Of what a grid tile found, what lies in leaves is theirs: runs by the side where they begin, areas as they are, others by corner. */
static void push_outside(const DrcPiece *p, const Boxes *leaves, DrcPieces *to)
{
    Box b = p->v.box;
    bool flat_x = p->along == JOIN_Y || b.x0 == b.x1, flat_y = p->along == JOIN_X || b.y0 == b.y1;
    if (p->along == JOIN_NOT) flat_x = flat_y = true;
    Boxes one = {0}, rest = {0};
    arr_push(&one.b, ((Box){b.x0, b.y0, flat_x ? b.x0 + 1 : b.x1, flat_y ? b.y0 + 1 : b.y1}));
    region_not(&one, leaves, &rest);
    for (uint32_t i = 0; i < rest.b.n; i++) {
        DrcPiece q = *p;
        if (!flat_x) q.v.box.x0 = rest.b.v[i].x0, q.v.box.x1 = rest.b.v[i].x1;
        if (!flat_y) q.v.box.y0 = rest.b.v[i].y0, q.v.box.y1 = rest.b.v[i].y1;
        arr_push(&to->v, q);
    }
    arr_free(&one.b);
    arr_free(&rest.b);
}

static Status judge(void *ctx, uint32_t i)
{
    Tiles *k = ctx;
    Class *c = &k->cls.v[i];
    Box w = {-k->halo, -k->halo, c->core.x1 + k->halo, c->core.y1 + k->halo};
    DrcPieces found = {.core = c->core, .window = w};
    Boxes *shapes = mem_calloc((size_t)k->db->layers.n + 1, sizeof *shapes), leaves = {0};
    flatten(k, c, w, shapes);
    drc_window(k->db, k->t, shapes, &found);
    for (uint32_t q = 0; c->grid && found.v.n && q < c->n_items; q++) {
        const Item *x = &k->keys.v[c->item0 + q];
        if (!x->kind) arr_push(&leaves.b, xform_box((Xform){(Orient)x->orient, x->at.x0, x->at.y0}, k->db->cells.v[x->cell].box));
    }
    for (uint32_t q = 0; q < found.v.n; q++) {
        if (c->grid) push_outside(&found.v.v[q], &leaves, &c->found);
        else arr_push(&c->found.v, found.v.v[q]);
    }
    for (uint32_t l = 0; l < k->db->layers.n; l++) arr_free(&shapes[l].b);
    mem_free(shapes);
    arr_free(&leaves.b);
    arr_free(&found.v);
    return ST_OK;
}

static void add_tile(Tiles *k, Box core, bool grid)
{
    Box w = {core.x0 - k->halo, core.y0 - k->halo, core.x1 + k->halo, core.y1 + k->halo}, at0 = shifted(core, -core.x0, -core.y0);
    gather(k, core, w);
    if (k->item.n == 0) return;
    uint64_t h = hash_key(k, at0, grid);
    uint32_t id;
    while (map_get(&k->of_key, h, &id) && !same_key(k, &k->cls.v[id], at0, grid)) h++;
    if (!map_get(&k->of_key, h, &id)) {
        id = k->cls.n;
        map_set(&k->of_key, h, id);
        arr_push(&k->cls, ((Class){.item0 = k->keys.n, .n_items = k->item.n, .core = at0, .grid = grid}));
        for (uint32_t i = 0; i < k->item.n; i++) arr_push(&k->keys, k->item.v[i]);
    }
    arr_push(&k->tile, ((Tile){core.x0, core.y0, id}));
}

/* Is the square full of leaves? They do not overlap, or that is told. */
static bool covered(Tiles *k, Box core)
{
    int64_t area = 0;
    k->hit.v.n = 0;
    bins_query(&k->outline_bins, core, &k->hit);
    for (uint32_t i = 0; i < k->hit.v.n; i++) {
        Box b = clip(k->outline.b.v[k->hit.v.v[i]], core);
        if (!empty(b)) area += box_area(b);
    }
    return area >= box_area(core);
}

static void add_grid(Tiles *k)
{
    if (k->loose.b.n + k->extent.b.n == 0) return;
    Box all = k->loose.b.n ? region_box(&k->loose) : region_box(&k->extent);
    if (k->extent.b.n) all = box_union(all, region_box(&k->extent));
    int32_t size = OF_GRID * k->halo;
    for (int32_t y = all.y0; y < all.y1; y += size)
        for (int32_t x = all.x0; x < all.x1; x += size) {
            Box core = {x, y, x + size, y + size};
            if (!covered(k, core)) add_tile(k, core, true);
        }
}

/* What was found in each tile's likeness, at its place. */
static void put_found(const Tiles *k, DrcPieces *out)
{
    for (uint32_t i = 0; i < k->tile.n; i++) {
        const Tile *t = &k->tile.v[i];
        const DrcPieces *found = &k->cls.v[t->cls].found;
        for (uint32_t q = 0; q < found->v.n; q++) {
            DrcPiece p = found->v.v[q];
            p.v.box = shifted(p.v.box, t->x, t->y);
            arr_push(&out->v, p);
        }
    }
}

uint64_t drc_tiles(const Db *db, const Tech *t, CellId top, int32_t halo, DrcPieces *out)
{
    Tiles k = {.db = db, .t = t, .halo = halo};
    k.cell_extent = mem_calloc((size_t)db->cells.n + 1, sizeof *k.cell_extent);
    for (uint32_t c = 0; c < db->cells.n; c++)
        if (db->cells.v[c].kind != CELL_BLOCK) k.cell_extent[c] = extent_of(db, c);
    flat_leaves(db, top, collect_leaf, &k);
    collect_loose(&k, top, (Xform){.orient = ORI_N});
    bins_make(&k.leaf_bins, k.extent.b.v, k.extent.b.n, 0, 1, 4);
    bins_make(&k.outline_bins, k.outline.b.v, k.outline.b.n, 0, 1, 4);
    bins_make(&k.loose_bins, k.loose.b.v, k.loose.b.n, 0, halo, 16);
    for (uint32_t i = 0; i < k.leaf.n; i++)
        if (!empty(k.outline.b.v[i])) add_tile(&k, k.outline.b.v[i], false);
    add_grid(&k);
    (void)par_for(k.cls.n, 0, judge, &k);
    put_found(&k, out);
    uint64_t judged = k.cls.n;
    bins_free(&k.leaf_bins);
    bins_free(&k.outline_bins);
    bins_free(&k.loose_bins);
    for (uint32_t i = 0; i < k.cls.n; i++) arr_free(&k.cls.v[i].found.v);
    mem_free(k.cell_extent);
    arr_free(&k.leaf);
    arr_free(&k.outline.b);
    arr_free(&k.extent.b);
    arr_free(&k.loose.b);
    arr_free(&k.layer);
    arr_free(&k.cls);
    arr_free(&k.keys);
    arr_free(&k.item);
    arr_free(&k.tile);
    arr_free(&k.hit.v);
    map_free(&k.of_key);
    return judged;
}
