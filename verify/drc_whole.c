/*
 * Rules of a whole design: the distance of every transistor's diffusion from a tap of its well, and antennas.
 *
 * The front end of each cell is made once, of its own shapes, and placed; wells are joined over the whole design, metals and cuts are
 * taken flat. An antenna is judged level by level, as the chip is made: disjoint sets grow by a cut and a metal layer at a time.
 */
#include <math.h>
#include <stdlib.h>

#include "verify/drc_int.h"

typedef struct {
    uint32_t cell;
    Xform t;
} Placed;

typedef struct {
    const Db *db;
    const Tech *t;
    CellId top;
    Front *front;          /* [cell] of its own shapes */
    ARRAY(Placed) placed;  /* of cells with a front end */
    DrcPieces out;
} Whole;

/* ---- front ends ------------------------------------------------------------------------------------------- */

/* The cells that stand below one, and itself. */
static void mark_below(const Db *db, CellId c, bool *below)
{
    if (below[c.i]) return;
    below[c.i] = true;
    for (uint32_t k = 0; k < db->cells.v[c.i].insts.n; k++) mark_below(db, db->cells.v[c.i].insts.v[k].master, below);
}

static void make_fronts(Whole *w)
{
    const Db *db = w->db;
    Boxes *layer = mem_calloc((size_t)db->layers.n + 1, sizeof *layer);
    bool *below = mem_calloc((size_t)db->cells.n + 1, 1);
    w->front = mem_calloc((size_t)db->cells.n + 1, sizeof *w->front);
    mark_below(db, w->top, below);
    for (uint32_t c = 0; c < db->cells.n; c++) {
        const DbCell *cell = &db->cells.v[c];
        if (!below[c]) continue; /* of another block: a stream may hold many */
        for (uint32_t k = 0; k < db->layers.n; k++) layer[k].b.n = 0;
        for (uint32_t k = 0; k < cell->shapes.n; k++)
            if (cell->shapes.v[k].kind != SHAPE_OBS) arr_push(&layer[cell->shapes.v[k].layer.i].b, cell->shapes.v[k].box);
        front_make(&w->front[c], db, w->t, layer);
    }
    for (uint32_t k = 0; k < db->layers.n; k++) arr_free(&layer[k].b);
    mem_free(layer);
    mem_free(below);
}

static void place(Whole *w, CellId c, Xform t)
{
    const DbCell *cell = &w->db->cells.v[c.i];
    if (w->front[c.i].any || w->front[c.i].r[FE_NWELL].b.n) arr_push(&w->placed, ((Placed){c.i, t}));
    for (uint32_t k = 0; k < cell->insts.n && cell->kind == CELL_BLOCK; k++) {
        const DbInst *i = &cell->insts.v[k];
        for (uint32_t iy = 0; iy < i->ny; iy++)
            for (uint32_t ix = 0; ix < i->nx; ix++) place(w, i->master, xform_compose(t, inst_xform(w->db, i, ix, iy)));
    }
}

/* Boxes of a region of every placement, appended. */
static void flatten(const Whole *w, Region r, Boxes *out)
{
    for (uint32_t p = 0; p < w->placed.n; p++) {
        const Boxes *b = &w->front[w->placed.v[p].cell].r[r];
        for (uint32_t i = 0; i < b->b.n; i++) arr_push(&out->b, xform_box(w->placed.v[p].t, b->b.v[i]));
    }
}

/* ---- taps -------------------------------------------------------------------------------------------------- */

enum { SUBSTRATE = UINT32_MAX };

typedef struct {
    Whole *w;
    Boxes well, tap;
    uint32_t *well_id, *tap_well;  /* polygon of each well box; well of each tap */
    Bins wells, taps;
    Indices hit;
    Boxes part, near, bare;        /* diffusion of one placement in one well; grown taps; what they leave */
    ARRAY(uint32_t) of;            /* well of each box of the diffusion */
} Taps;

static uint32_t well_of(Taps *t, Box b)
{
    t->hit.v.n = 0;
    bins_query(&t->wells, b, &t->hit);
    for (uint32_t k = 0; k < t->hit.v.n; k++)
        if (box_overlap(t->well.b.v[t->hit.v.v[k]], b)) return t->well_id[t->hit.v.v[k]];
    return SUBSTRATE;
}

static void taps_near(Taps *t, Box b, uint32_t well, int32_t d)
{
    t->near.b.n = t->hit.v.n = 0;
    bins_query(&t->taps, (Box){b.x0 - d, b.y0 - d, b.x1 + d, b.y1 + d}, &t->hit);
    for (uint32_t k = 0; k < t->hit.v.n; k++) {
        Box x = t->tap.b.v[t->hit.v.v[k]];
        if (t->tap_well[t->hit.v.v[k]] == well) arr_push(&t->near.b, ((Box){x.x0 - d, x.y0 - d, x.x1 + d, x.y1 + d}));
    }
}

/* How far the farthest point of a box is from the taps of its well; −1: there is none. */
static int64_t farthest(Taps *t, Box b, uint32_t well, int32_t limit)
{
    int32_t lo = limit, hi = limit;
    bool any = false;
    for (uint32_t k = 0; k < t->tap.b.n && !any; k++) any = t->tap_well[k] == well;
    if (!any) return -1;
    do {
        lo = hi;
        hi *= 2;
        taps_near(t, b, well, hi);
    } while (!boxes_cover(t->near.b.v, t->near.b.n, b));
    while (hi - lo > 1) {
        int32_t mid = lo + (hi - lo) / 2;
        taps_near(t, b, well, mid);
        if (boxes_cover(t->near.b.v, t->near.b.n, b)) hi = mid;
        else lo = mid;
    }
    return hi;
}

static void judge_part(Taps *t, Region r, uint32_t well)
{
    Whole *w = t->w;
    int32_t d = w->t->tap_distance;
    Box all = region_box(&t->part);
    taps_near(t, all, well, d);
    for (uint32_t k = 0; k < t->near.b.n; k++) {
        Box n = t->near.b.v[k];
        if (n.x0 <= all.x0 && n.y0 <= all.y0 && n.x1 >= all.x1 && n.y1 >= all.y1) return;
    }
    region_not(&t->part, &t->near, &t->bare);
    DrcViolation v = {.rule = DRC_TAP, .layer = front_main_layer(w->db, w->t, r), .limit = d, .a = r, .b = r == FE_NDIFF ? FE_PTAP : FE_NTAP};
    for (uint32_t k = 0; k < t->bare.b.n; k++) {
        v.box = t->bare.b.v[k];
        v.value = farthest(t, v.box, well, d);
        drc_push(&w->out, v, JOIN_TOUCH);
    }
}

static void judge_taps(Whole *w, Region r)
{
    bool n = r == FE_NDIFF;
    Taps t = {.w = w};
    if (!n) flatten(w, FE_NWELL, &t.well);
    flatten(w, n ? FE_PTAP : FE_NTAP, &t.tap);
    t.well_id = mem_calloc((size_t)t.well.b.n + 1, sizeof *t.well_id);
    t.tap_well = mem_calloc((size_t)t.tap.b.n + 1, sizeof *t.tap_well);
    region_polygons(&t.well, t.well_id);
    bins_make(&t.wells, t.well.b.v, t.well.b.n, 0, 1, 4);
    bins_make(&t.taps, t.tap.b.v, t.tap.b.n, 0, 1, 4);
    for (uint32_t k = 0; k < t.tap.b.n; k++) t.tap_well[k] = n ? SUBSTRATE : well_of(&t, t.tap.b.v[k]);
    for (uint32_t p = 0; p < w->placed.n; p++) {
        const Boxes *diff = &w->front[w->placed.v[p].cell].r[r];
        t.of.n = 0;
        for (uint32_t i = 0; i < diff->b.n; i++) arr_push(&t.of, n ? (uint32_t)SUBSTRATE : well_of(&t, xform_box(w->placed.v[p].t, diff->b.v[i])));
        for (uint32_t i = 0; i < diff->b.n; i++) {
            bool first = true;
            for (uint32_t k = 0; k < i && first; k++) first = t.of.v[k] != t.of.v[i];
            if (!first) continue;
            t.part.b.n = 0;
            for (uint32_t k = i; k < diff->b.n; k++)
                if (t.of.v[k] == t.of.v[i]) arr_push(&t.part.b, xform_box(w->placed.v[p].t, diff->b.v[k]));
            judge_part(&t, r, t.of.v[i]);
        }
    }
    bins_free(&t.wells);
    bins_free(&t.taps);
    mem_free(t.well_id);
    mem_free(t.tap_well);
    arr_free(&t.well.b);
    arr_free(&t.tap.b);
    arr_free(&t.part.b);
    arr_free(&t.near.b);
    arr_free(&t.bare.b);
    arr_free(&t.hit.v);
    arr_free(&t.of);
}

/* ---- antennas ------------------------------------------------------------------------------------------------ */

enum { A_GATE, A_POLY, A_DIFF, A_FRONT }; /* then the db's layers */

typedef struct {
    Whole *w;
    uint32_t n_cond, *off, n, *set;
    Boxes *cond;
    int64_t *gate;      /* [node], of roots: area of the gates */
    bool *diff;
    double *metal;      /* [node], of roots: metal of the level at hand */
    Box *box;           /* [node], of roots: what of it is of that level */
    double *sum;        /* [gate] ratios of the levels up to now */
} Antenna;

static bool add_flat(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Antenna *a = ctx;
    LayerKind k = a->w->db->layers.v[s->layer.i].kind;
    (void)cell, (void)flat;
    if (s->kind != SHAPE_OBS && (k == LAYER_METAL || k == LAYER_CUT)) arr_push(&a->cond[A_FRONT + s->layer.i].b, placed);
    return true;
}

static void make_nodes(Antenna *a)
{
    Whole *w = a->w;
    Boxes sd = {0};
    flatten(w, FE_GATE, &a->cond[A_GATE]);
    flatten(w, FE_POLY, &a->cond[A_POLY]);
    for (uint32_t p = 0; p < w->placed.n; p++) {
        const Front *f = &w->front[w->placed.v[p].cell];
        region_not(&f->r[FE_ACTIVE], &f->r[FE_POLY], &sd);
        for (uint32_t i = 0; i < sd.b.n; i++) arr_push(&a->cond[A_DIFF].b, xform_box(w->placed.v[p].t, sd.b.v[i]));
    }
    arr_free(&sd.b);
    db_visit_shapes(w->db, w->top, add_flat, a);
}

typedef struct {
    Antenna *a;
    uint32_t i, j; /* conductors */
} Pair;

static void join_same(void *ctx, uint32_t i, uint32_t j)
{
    Pair *p = ctx;
    const Boxes *c = &p->a->cond[p->i];
    if (box_joined(c->b.v[i], c->b.v[j])) sets_join(p->a->set, p->a->off[p->i] + i, p->a->off[p->i] + j);
}

static void join_over(void *ctx, uint32_t i, uint32_t j)
{
    Pair *p = ctx;
    if (box_overlap(p->a->cond[p->i].b.v[i], p->a->cond[p->j].b.v[j])) sets_join(p->a->set, p->a->off[p->i] + i, p->a->off[p->j] + j);
}

static void join_layer(Antenna *a, uint32_t i)
{
    Bins g;
    bins_make(&g, a->cond[i].b.v, a->cond[i].b.n, 0, 1, 4);
    bins_pairs(&g, join_same, &(Pair){a, i, i});
    bins_free(&g);
}

static void join_layers(Antenna *a, uint32_t i, uint32_t j)
{
    Bins gi, gj;
    bins_make(&gi, a->cond[i].b.v, a->cond[i].b.n, 0, 1, 4);
    bins_make(&gj, a->cond[j].b.v, a->cond[j].b.n, 0, 1, 4);
    bins_join(&gi, &gj, join_over, &(Pair){a, i, j});
    bins_free(&gi);
    bins_free(&gj);
}

/* Length of the vertical sides of a region. */
static void side_slab(void *ctx, int32_t y0, int32_t y1, const Span *s, uint32_t n)
{
    (void)s;
    *(int64_t *)ctx += 2 * (int64_t)n * (y1 - y0);
}

/* Area of merged metal, or its perimeter times the thickness. dbu² */
static double measure(const Antenna *a, const TechLayer *l, const Boxes *b)
{
    Boxes u = {0}, t = {0};
    int64_t area = 0, sides = 0;
    region_or(b, NULL, &u);
    for (uint32_t k = 0; k < u.b.n; k++) area += box_area(u.b.v[k]);
    if (l->antenna_side) {
        region_turn(&u, &t);
        region_scan((const Boxes *const[]){&u}, 1, side_slab, &sides);
        region_scan((const Boxes *const[]){&t}, 1, side_slab, &sides);
    }
    arr_free(&u.b);
    arr_free(&t.b);
    return l->antenna_side ? (double)sides * l->thickness / a->w->t->dbu_m : (double)area;
}

typedef struct { uint32_t root, k; } Member;

static int by_root(const void *pa, const void *pb)
{
    const Member *a = pa, *b = pb;
    if (a->root != b->root) return a->root < b->root ? -1 : 1;
    return (a->k > b->k) - (a->k < b->k);
}

/* Metal of every net that has gates and no diffusion. */
static void measure_level(Antenna *a, uint32_t cond, const TechLayer *l)
{
    ARRAY(Member) m = {0};
    Boxes net = {0};
    for (uint32_t k = 0; k < a->cond[cond].b.n; k++) {
        uint32_t r = sets_find(a->set, a->off[cond] + k);
        if (a->gate[r] && !a->diff[r]) arr_push(&m, ((Member){r, k}));
    }
    if (m.n) qsort(m.v, m.n, sizeof *m.v, by_root);
    for (uint32_t i = 0, e; i < m.n; i = e) {
        net.b.n = 0;
        for (e = i; e < m.n && m.v[e].root == m.v[i].root; e++) arr_push(&net.b, a->cond[cond].b.v[m.v[e].k]);
        a->metal[m.v[i].root] = measure(a, l, &net);
        a->box[m.v[i].root] = region_box(&net);
    }
    arr_free(&m);
    arr_free(&net.b);
}

static void judge_level(Antenna *a, uint32_t cond, const TechLayer *l)
{
    uint32_t gates = a->cond[A_GATE].b.n, layer = cond - A_FRONT;
    double *worst = mem_calloc((size_t)a->n + 1, sizeof *worst);
    memset(a->gate, 0, a->n * sizeof *a->gate);
    memset(a->diff, 0, a->n);
    memset(a->metal, 0, a->n * sizeof *a->metal);
    for (uint32_t k = 0; k < gates; k++) a->gate[sets_find(a->set, a->off[A_GATE] + k)] += box_area(a->cond[A_GATE].b.v[k]);
    for (uint32_t k = a->off[A_DIFF]; k < a->off[A_DIFF + 1]; k++) a->diff[sets_find(a->set, k)] = true;
    measure_level(a, cond, l);
    for (uint32_t k = 0; k < gates; k++) {
        uint32_t r = sets_find(a->set, a->off[A_GATE] + k);
        a->sum[k] += a->metal[r] / (double)a->gate[r];
        if (a->sum[k] > worst[r]) worst[r] = a->sum[k];
    }
    for (uint32_t r = 0; r < a->n; r++) {
        if (!(a->metal[r] > 0)) continue;
        double g = (double)a->gate[r], most = g * l->antenna, all = g * l->antenna_sum;
        if (l->antenna > 0 && a->metal[r] > most * (1 + 1e-12))
            drc_push(&a->w->out, drc_at(DRC_ANTENNA, (LayerId){layer}, a->box[r], llround(a->metal[r]), llround(most)), JOIN_NOT);
        if (l->antenna_sum > 0 && worst[r] * g > all * (1 + 1e-12))
            drc_push(&a->w->out, drc_at(DRC_ANTENNA_SUM, (LayerId){layer}, a->box[r], llround(worst[r] * g), llround(all)), JOIN_NOT);
    }
    mem_free(worst);
}

static void judge_antennas(Whole *w)
{
    const Db *db = w->db;
    Antenna a = {.w = w, .n_cond = A_FRONT + db->layers.n};
    a.cond = mem_calloc(a.n_cond, sizeof *a.cond);
    a.off = mem_calloc((size_t)a.n_cond + 1, sizeof *a.off);
    make_nodes(&a);
    for (uint32_t k = 0; k < a.n_cond; k++) a.off[k + 1] = a.off[k] + a.cond[k].b.n;
    a.n = a.off[a.n_cond];
    a.set = sets_make(a.n);
    a.gate = mem_calloc((size_t)a.n + 1, sizeof *a.gate);
    a.diff = mem_calloc((size_t)a.n + 1, 1);
    a.metal = mem_calloc((size_t)a.n + 1, sizeof *a.metal);
    a.box = mem_calloc((size_t)a.n + 1, sizeof *a.box);
    a.sum = mem_calloc((size_t)a.cond[A_GATE].b.n + 1, sizeof *a.sum);
    join_layer(&a, A_POLY);
    join_layer(&a, A_DIFF);
    join_layers(&a, A_GATE, A_POLY);
    for (int32_t level = 1; level <= tech_top_metal(w->t); level++) {
        const TechLayer *m = tech_metal(w->t, level), *cut = tech_cut(w->t, level - 1);
        LayerId ml, cl;
        if (!m || !db_has_layer(db, m->name, &ml)) continue;
        join_layer(&a, A_FRONT + ml.i);
        if (cut && db_has_layer(db, cut->name, &cl)) {
            join_layers(&a, A_FRONT + cl.i, A_FRONT + ml.i);
            if (level == 1) join_layers(&a, A_FRONT + cl.i, A_POLY), join_layers(&a, A_FRONT + cl.i, A_DIFF);
            else join_layers(&a, A_FRONT + cl.i, A_FRONT + db_metal(db, level - 1).i);
        }
        judge_level(&a, A_FRONT + ml.i, m);
    }
    for (uint32_t k = 0; k < a.n_cond; k++) arr_free(&a.cond[k].b);
    mem_free(a.cond);
    mem_free(a.off);
    mem_free(a.set);
    mem_free(a.gate);
    mem_free(a.diff);
    mem_free(a.metal);
    mem_free(a.box);
    mem_free(a.sum);
}

Status drc_whole(const Db *db, const Tech *t, CellId top, DrcReport *out)
{
    *out = (DrcReport){0};
    Whole w = {.db = db, .t = t, .top = top, .out = {.core = DRC_EVERYWHERE, .window = DRC_EVERYWHERE}};
    make_fronts(&w);
    place(&w, top, (Xform){.orient = ORI_N});
    out->cells = w.placed.n;
    if (w.placed.n) {
        judge_taps(&w, FE_NDIFF);
        judge_taps(&w, FE_PDIFF);
        judge_antennas(&w);
    }
    drc_report(&w.out, out);
    for (uint32_t c = 0; c < db->cells.n; c++) front_free(&w.front[c]);
    mem_free(w.front);
    arr_free(&w.placed);
    arr_free(&w.out.v);
    return out->v.n ? ST_VIOLATION : ST_OK;
}
