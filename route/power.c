/*
 * Over-the-cell supply mesh: straps on the lowest horizontal metal above the capacitors, over the cells' columns one metal below.
 *
 * The columns are whatever supply pins on that metal the flat design has, merged where they touch. Straps alternate VDD, VSS at a pitch such
 * that the shortest column is crossed by its net; width and pitch follow the current when one is given.
 */
#include "route/power_int.h"

#include <math.h>
#include <stdlib.h>

static int32_t ceil_to(int64_t v, int32_t step) { return (int32_t)((v + step - 1) / step * step); }

/* ---- columns ------------------------------------------------------------------------------------------- */

static void mesh_free(Mesh *m)
{
    arr_free(&m->columns);
    arr_free(&m->straps);
    arr_free(&m->cross);
}

typedef struct { Mesh *m; const Db *db; LayerId m6; } Find;

static bool find_pin(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat)
{
    Find *f = ctx;
    (void)flat;
    if (s->layer.i != f->m6.i || s->net.i == NET_NONE.i || s->kind == SHAPE_OBS || s->kind == SHAPE_FILL) return true;
    NetUse use = f->db->cells.v[cell.i].nets.v[s->net.i].use;
    if (use == USE_POWER || use == USE_GROUND) arr_push(&f->m->columns, ((MeshColumn){placed, use == USE_GROUND, 1, 0, false}));
    return true;
}

static int cmp_column(const void *pa, const void *pb)
{
    const MeshColumn *a = pa, *b = pb;
    if (a->net != b->net) return a->net - b->net;
    if (a->box.x0 != b->box.x0) return a->box.x0 < b->box.x0 ? -1 : 1;
    if (a->box.x1 != b->box.x1) return a->box.x1 < b->box.x1 ? -1 : 1;
    if (a->box.y0 != b->box.y0) return a->box.y0 < b->box.y0 ? -1 : 1;
    return a->box.y1 < b->box.y1 ? -1 : a->box.y1 > b->box.y1;
}

static uint32_t root(Mesh *m, uint32_t i)
{
    while (m->columns.v[i].group != i) i = m->columns.v[i].group = m->columns.v[m->columns.v[i].group].group;
    return i;
}

/* Pieces of equal x become one column; columns that touch otherwise become one group. */
static void merge_columns(Mesh *m)
{
    if (!m->columns.n) return;
    qsort(m->columns.v, m->columns.n, sizeof *m->columns.v, cmp_column);
    uint32_t n = 0;
    for (uint32_t i = 1; i < m->columns.n; i++) {
        MeshColumn *a = &m->columns.v[n], b = m->columns.v[i];
        if (a->net == b.net && a->box.x0 == b.box.x0 && a->box.x1 == b.box.x1 && b.box.y0 <= a->box.y1) {
            if (b.box.y1 > a->box.y1) a->box.y1 = b.box.y1;
        } else {
            m->columns.v[++n] = b;
        }
    }
    m->columns.n = n + 1;
    int32_t widest = 0;
    for (uint32_t i = 0; i < m->columns.n; i++) {
        m->columns.v[i].group = i;
        int32_t w = m->columns.v[i].box.x1 - m->columns.v[i].box.x0;
        if (w > widest) widest = w;
    }
    for (uint32_t i = 0; i < m->columns.n; i++)
        for (uint32_t j = i + 1; j < m->columns.n; j++) {
            const MeshColumn *a = &m->columns.v[i], *b = &m->columns.v[j];
            if (b->net != a->net || b->box.x0 > a->box.x0 + widest) break;
            if (box_touch(a->box, b->box)) m->columns.v[root(m, j)].group = root(m, i);
        }
}

/* ---- straps ------------------------------------------------------------------------------------------------ */

typedef struct {
    const TechLayer *m6, *m7, *cut;
    int32_t w, space, pitch;   /* of the straps; pitch: between two of one net */
    int32_t cuts, room;        /* per crossing: wanted, and what the roomiest one holds */
} Plan7;

static int32_t space_of(const TechLayer *l, int32_t w)
{
    int32_t s = l->space;
    for (uint32_t i = 0; i < l->wide.n; i++)
        if (w > l->wide.v[i].width && l->wide.v[i].space > s) s = l->wide.v[i].space;
    return s;
}

/* Height of the tallest column of the group that is hardest to hit. */
static int32_t least_reach(Mesh *m)
{
    int32_t *tall = mem_calloc((size_t)m->columns.n + 1, sizeof *tall), least = INT32_MAX;
    for (uint32_t i = 0; i < m->columns.n; i++) {
        uint32_t g = root(m, i);
        int32_t h = m->columns.v[i].box.y1 - m->columns.v[i].box.y0;
        if (h > tall[g]) tall[g] = h;
    }
    for (uint32_t i = 0; i < m->columns.n; i++)
        if (root(m, i) == i && tall[i] < least) least = tall[i];
    mem_free(tall);
    return least;
}

#define MESH_PITCH_M 20e-6    /* usual strap pitch; a tap cell's rails are never farther from a strap than half of it */
#define MESH_SHARE 0.4        /* of the area that straps of both nets may cover before they are made wider instead */

static double wanted(const Tech *t, const PowerOptions *opt) { return opt->max_drop_v > 0 ? opt->max_drop_v : 0.05 * t->vdd; }

/* Of a strap that a cut fits below. */
static int32_t least_width(const Tech *t, const Plan7 *p)
{
    int32_t enc = p->cut->enc_above > p->cut->enc_above_side ? p->cut->enc_above : p->cut->enc_above_side, pad = p->cut->cut_size + 2 * enc;
    return ceil_to(p->m7->width > pad ? p->m7->width : pad, t->grid);
}

/* margin: factor on the metal that the simple formula asks for. Width from electromigration and drop: I/(2 n w) <= its limit; I r L / (8 n w) <= drop (uniform load fed at both ends). */
static void plan_straps(Mesh *m, const Tech *t, const PowerOptions *opt, double margin, Plan7 *p)
{
    int32_t least = least_width(t, p);
    p->w = least;
    double pitch = opt->strap_pitch > 0 ? opt->strap_pitch : MESH_PITCH_M / t->dbu_m;
    int32_t enc6 = p->cut->enc_below > p->cut->enc_below_side ? p->cut->enc_below : p->cut->enc_below_side;
    double reach = least_reach(m) - (p->cut->cut_size + 2 * enc6);
    if (reach < pitch) pitch = reach;
    double drop = wanted(t, opt);
    double need = opt->current_a * p->m7->r_sheet * m->w / (8 * drop); /* n · w, dbu */
    double j_max = tech_em_limit(t, p->m7, t->em_at), em = j_max > 0 ? opt->current_a / (2 * j_max * t->dbu_m) : 0;
    if (em > need) need = em;
    need *= margin;
    double n = m->h / pitch > 1 ? m->h / pitch : 1;
    while (n * p->w < need) {
        if (2.0 * p->w < MESH_SHARE * pitch) p->w += ceil_to(p->m7->width / 2, t->grid);
        else if (pitch > 8.0 * least) pitch *= 0.8, n = m->h / pitch;
        else break;
    }
    p->space = space_of(p->m7, p->w);
    int32_t min_pitch = 2 * (p->w + p->space);
    p->pitch = (int32_t)pitch / (2 * t->grid) * (2 * t->grid);
    if (p->pitch < min_pitch) p->pitch = ceil_to(min_pitch, 2 * t->grid);
}

static void add_straps(Mesh *m, const Tech *t, const Plan7 *p)
{
    int32_t first = ceil_to((p->pitch / 2 - p->w) / 2, t->grid);
    if (2 * first < p->space) first = ceil_to((p->space + 1) / 2, t->grid);
    for (int32_t k = 0;; k++) {
        int64_t y = first + (int64_t)k * (p->pitch / 2);
        if (y + p->w + (p->space + 1) / 2 > m->h) break;
        arr_push(&m->straps, ((MeshStrap){(int32_t)y, (int32_t)y + p->w, k & 1}));
    }
}

/* ---- crossings ------------------------------------------------------------------------------------------------ */

#define MESH_CUTS 2           /* per crossing at least, where it has room: one that fails opens nothing */
#define MESH_CUT_DROP 0.01    /* of the drop that is wanted may fall across one crossing's cuts */

/* How many cuts of the size and spacing fit a length. */
static int32_t fit(int32_t len, int32_t cut, int32_t space) { return len < cut ? 0 : (len - cut) / (cut + space) + 1; }

/* Rows of as many cuts as the width holds, at least p->cuts in all if there is room for them. */
static void put_cuts(Db *db, CellId cell, Plan7 *p, Box r, NetId net, bool draw, MeshCross *x)
{
    int32_t c = p->cut->cut_size, s = p->cut->space, nx = fit(r.x1 - r.x0, c, s), ny = fit(r.y1 - r.y0, c, s);
    if (nx * ny > p->room) p->room = nx * ny;
    if (nx > p->cuts) nx = p->cuts;
    if (ny > (p->cuts + nx - 1) / nx) ny = (p->cuts + nx - 1) / nx;
    int32_t x0 = r.x0 + (r.x1 - r.x0 - (nx * c + (nx - 1) * s)) / 2, y0 = r.y0 + (r.y1 - r.y0 - (ny * c + (ny - 1) * s)) / 2;
    LayerId layer = db_cut(db, p->cut->level);
    for (int32_t j = 0; draw && j < ny; j++)
        for (int32_t i = 0; i < nx; i++) {
            Box b = {x0 + i * (c + s), y0 + j * (c + s), x0 + i * (c + s) + c, y0 + j * (c + s) + c};
            db_add_shape(db, cell, layer, SHAPE_VIA, b, net, 0);
        }
    x->n_cuts = (uint32_t)(nx * ny);
    x->x = (r.x0 + r.x1) / 2;
    x->y = (r.y0 + r.y1) / 2;
}

static void add_crossings(Mesh *m, Db *db, CellId cell, Plan7 *p, const NetId net[], bool draw)
{
    m->cross.n = 0;
    p->room = 0;
    const TechLayer *k = p->cut;
    /* Columns run up: their larger enclosure lies along y; straps run across: their larger one along x. */
    int32_t below_y = k->enc_below > k->enc_below_side ? k->enc_below : k->enc_below_side;
    int32_t below_x = k->enc_below < k->enc_below_side ? k->enc_below : k->enc_below_side;
    int32_t above_x = k->enc_above > k->enc_above_side ? k->enc_above : k->enc_above_side;
    int32_t above_y = k->enc_above < k->enc_above_side ? k->enc_above : k->enc_above_side;
    for (uint32_t i = 0; i < m->columns.n; i++) {
        MeshColumn *c = &m->columns.v[i];
        for (uint32_t j = 0; j < m->straps.n; j++) {
            const MeshStrap *s = &m->straps.v[j];
            if (s->net != c->net) continue;
            Box r = {c->box.x0 + below_x, s->y0 + above_y, c->box.x1 - below_x, s->y1 - above_y};
            if (r.x0 < above_x) r.x0 = above_x;
            if (r.x1 > m->w - above_x) r.x1 = m->w - above_x;
            if (r.y0 < c->box.y0 + below_y) r.y0 = c->box.y0 + below_y;
            if (r.y1 > c->box.y1 - below_y) r.y1 = c->box.y1 - below_y;
            if (fit(r.x1 - r.x0, k->cut_size, k->space) == 0 || fit(r.y1 - r.y0, k->cut_size, k->space) == 0) continue;
            MeshCross x = {i, j, 0, 0, 0};
            put_cuts(db, cell, p, r, net[c->net], draw, &x);
            arr_push(&m->cross, x);
            m->columns.v[root(m, i)].reached = true;
        }
    }
}

static void draw_straps(const Mesh *m, Db *db, CellId cell, int32_t level, const NetId net[])
{
    LayerId m7 = db_metal(db, level);
    for (uint32_t i = 0; i < m->straps.n; i++) {
        const MeshStrap *s = &m->straps.v[i];
        int32_t w = s->y1 - s->y0, end = 2 * w < m->w ? w : m->w / 2;
        db_add_shape(db, cell, m7, SHAPE_WIRE, (Box){0, s->y0, m->w, s->y1}, net[s->net], 0);
        db_add_shape(db, cell, m7, SHAPE_PIN, (Box){0, s->y0, end, s->y1}, net[s->net], 0);
        db_add_shape(db, cell, m7, SHAPE_PIN, (Box){m->w - end, s->y0, m->w, s->y1}, net[s->net], 0);
    }
}

/* ---- the reference --------------------------------------------------------------------------------------------- */

/* The widest strap between two of the supplies', all gaps being alike; 0: none. */
static int32_t widest_between(const Mesh *m, const Tech *t, const Plan7 *p)
{
    if (m->straps.n < 2) return 0;
    int32_t gap = m->straps.v[1].y0 - m->straps.v[0].y1, step = 2 * t->grid, w = gap / step * step;
    while (w > 0 && gap - w < 2 * space_of(p->m7, w > p->w ? w : p->w) + step) w -= step; /* + step: the middle is rounded */
    return w > 0 ? w : 0;
}

/* Straps of width w in the middle of the gaps, where they cross a tap's column from edge to edge. */
static void add_reference(Mesh *ref, const Mesh *m, const Tech *t, uint32_t n_taps, int32_t w)
{
    ref->straps.n = 0;
    for (uint32_t k = 0; k + 1 < m->straps.n; k++) {
        int32_t y = (m->straps.v[k].y1 + m->straps.v[k + 1].y0 - w) / 2 / t->grid * t->grid;
        bool crossed = false;
        for (uint32_t i = 0; i < n_taps && !crossed; i++) crossed = y >= ref->columns.v[i].box.y0 && y + w <= ref->columns.v[i].box.y1;
        if (crossed) arr_push(&ref->straps, ((MeshStrap){y, y + w, MESH_REF}));
    }
}

/* Drops of all taps; the worst node of each is what counts. */
static void solve_reference(const Mesh *ref, const Tech *t, const PowerOptions *opt, PowerReference *out)
{
    MeshDrop d;
    double *at = mem_calloc((size_t)ref->cross.n + 1, sizeof *at), sum = 0;
    for (uint32_t i = 0; i < opt->n_taps; i++) sum += opt->tap[i].current_a, out->drop[i] = 0;
    mesh_ir_drop(ref, t, MESH_REF, sum, &d, at);
    for (uint32_t i = 0; i < ref->cross.n; i++) {
        uint32_t k = ref->cross.v[i].column;
        if (k >= opt->n_taps) continue;
        if (at[i] > out->drop[k]) out->drop[k] = at[i];
        if (out->drop[k] > out->drop[out->worst]) out->worst = k;
    }
    mem_free(at);
    out->drop_v = out->drop[out->worst];
    out->load = (PowerLoad){0};
    mesh_heavier(&out->load, &d.strap);
    mesh_heavier(&out->load, &d.column);
    mesh_heavier(&out->load, &d.via);
}

static Status judge_reference(const Mesh *ref, const Db *db, CellId cell, const PowerOptions *opt, PowerReport *out)
{
    const PowerReference *r = &out->ref;
    const char *name = db_name(db, db->cells.v[cell.i].nets.v[opt->reference.i].name), *top = db_name(db, db->cells.v[cell.i].name);
    for (uint32_t i = 0; i < ref->columns.n; i++) {
        const MeshColumn *c = &ref->columns.v[i];
        if (c->reached) continue;
        out->unconnected++;
        return msg_error(ST_VIOLATION, "RTE-0021", (Loc){0}, "cell %s: no strap of %s finds room across the column at (%d, %d)-(%d, %d)", top, name, c->box.x0, c->box.y0, c->box.x1, c->box.y1);
    }
    if (r->drop_v <= r->wanted_v && r->load.rel <= 1) return ST_OK;
    out->over = true;
    msg_error(ST_VIOLATION, "RTE-0024", (Loc){0}, "cell %s: %s drops %.4g mV at (%d, %d) on %u straps of %d, %.4g mV wanted; worst piece %.0f %% of its electromigration limit", top, name,
              1e3 * r->drop_v, opt->tap[r->worst].column.x0, opt->tap[r->worst].column.y0, r->n_straps, r->strap_w, 1e3 * r->wanted_v, 100 * r->load.rel);
    return ST_OK;
}

/* Straps of least width first; the drop is nearly as the inverse width. At last the widest that a gap holds. */
static Status build_reference(const Mesh *m, Db *db, const Tech *t, CellId cell, const PowerOptions *opt, Plan7 *p, PowerReport *out)
{
    PowerReference *r = &out->ref;
    NetId net[MESH_REF + 1] = {[MESH_REF] = opt->reference};
    Mesh ref = {.w = m->w, .h = m->h};
    for (uint32_t i = 0; i < opt->n_taps; i++) {
        Box b = opt->tap[i].column;
        arr_push(&ref.columns, ((MeshColumn){b, MESH_REF, opt->tap[i].current_a / (b.y1 - b.y0), i, false}));
    }
    if (opt->trunk.x1 > opt->trunk.x0) arr_push(&ref.columns, ((MeshColumn){opt->trunk, MESH_REF, 0, opt->n_taps, false}));
    r->drop = mem_calloc(opt->n_taps, sizeof *r->drop);
    r->wanted_v = opt->max_reference_v;
    p->cuts = 1 << 16; /* as many as a crossing holds: there are few */
    for (int32_t w = ceil_to(least_width(t, p), 2 * t->grid), most = widest_between(m, t, p); w <= most;) {
        r->strap_w = w;
        add_reference(&ref, m, t, opt->n_taps, w);
        add_crossings(&ref, db, cell, p, net, false);
        solve_reference(&ref, t, opt, r);
        double over = r->drop_v / r->wanted_v > r->load.rel ? r->drop_v / r->wanted_v : r->load.rel;
        if (over <= 1 || w == most) break;
        double next = (ceil(w * over / (2 * t->grid)) + 1) * (2 * t->grid);
        w = next < most ? (int32_t)next : most;
    }
    r->n_straps = ref.straps.n;
    Status st = judge_reference(&ref, db, cell, opt, out);
    if (st == ST_OK) {
        draw_straps(&ref, db, cell, p->m7->level, net);
        add_crossings(&ref, db, cell, p, net, true);
        for (uint32_t i = 0; i < ref.cross.n; i++) r->n_vias += ref.cross.v[i].n_cuts;
    }
    mesh_free(&ref);
    return st;
}

/* ---- the whole mesh ---------------------------------------------------------------------------------------------- */

static Status supply_ports(const Db *db, CellId cell, NetId net[2])
{
    const DbCell *c = &db->cells.v[cell.i];
    net[0] = net[1] = NET_NONE;
    for (uint32_t i = c->n_ports; i-- > 0;) {
        if (c->nets.v[i].use == USE_POWER) net[0] = (NetId){i};
        if (c->nets.v[i].use == USE_GROUND) net[1] = (NetId){i};
    }
    if (net[0].i != NET_NONE.i && net[1].i != NET_NONE.i) return ST_OK;
    return msg_error(ST_INPUT, "RTE-0022", (Loc){0}, "cell %s has no supply and ground ports", db_name(db, c->name));
}

static Status report_unreached(Mesh *m, const Db *db, CellId cell, PowerReport *out)
{
    const MeshColumn *first = NULL;
    for (uint32_t i = 0; i < m->columns.n; i++) {
        if (root(m, i) != i || m->columns.v[i].reached) continue;
        if (!first) first = &m->columns.v[i];
        out->unconnected++;
    }
    if (!first) return ST_OK;
    return msg_error(ST_VIOLATION, "RTE-0021", (Loc){0}, "cell %s: %u supply columns (%s) are crossed by no strap, the first at (%d, %d)-(%d, %d)",
                     db_name(db, db->cells.v[cell.i].name), out->unconnected, first->net ? "VSS" : "VDD", first->box.x0, first->box.y0,
                     first->box.x1, first->box.y1);
}

/* The larger of the two nets' figures; worst nodes of both, falling. */
static void solve(const Mesh *m, const Tech *t, const PowerOptions *opt, PowerReport *out)
{
    MeshDrop d[2];
    double *at = mem_calloc((size_t)m->cross.n + 1, sizeof *at);
    out->ir_drop_v = 0;
    out->wire = out->via = (PowerLoad){0};
    out->nodes.n = 0;
    for (int k = 0; k < 2; k++) {
        mesh_ir_drop(m, t, k, opt->current_a, &d[k], at);
        if (d[k].drop > out->ir_drop_v) out->ir_drop_v = d[k].drop;
        mesh_heavier(&out->wire, &d[k].strap);
        mesh_heavier(&out->wire, &d[k].column);
        mesh_heavier(&out->via, &d[k].via);
        for (uint32_t i = 0; i < m->cross.n; i++)
            if (m->columns.v[m->cross.v[i].column].net == k) arr_push(&out->nodes, ((PowerNode){m->cross.v[i].x, m->cross.v[i].y, k, at[i]}));
    }
    mem_free(at);
    out->n_worst = 0;
    for (uint32_t i = 0, j = 0; out->n_worst < POWER_NODES && (i < d[0].n_worst || j < d[1].n_worst);) {
        bool first = j == d[1].n_worst || (i < d[0].n_worst && d[0].worst[i].drop >= d[1].worst[j].drop);
        out->worst[out->n_worst++] = first ? d[0].worst[i++] : d[1].worst[j++];
    }
    out->ir_drop_rel = t->vdd > 0 ? out->ir_drop_v / t->vdd : 0;
}

/* What is wanted, over what there is: above 1 something fails. */
static double overload(const Tech *t, const PowerOptions *opt, const PowerReport *r)
{
    double over = r->ir_drop_v / wanted(t, opt);
    if (r->wire.rel > over) over = r->wire.rel;
    return r->via.rel > over ? r->via.rel : over;
}

/* More cuts where one carries too much or a crossing's drop too much; false: they are not it, or there is no room. */
static bool more_cuts(const Tech *t, const PowerOptions *opt, const PowerReport *r, Plan7 *p)
{
    double over = r->via.current * p->cut->r_cut / (MESH_CUT_DROP * wanted(t, opt));
    if (r->via.rel > over) over = r->via.rel;
    if (over <= 1 || p->cuts >= p->room) return false;
    double n = ceil(p->cuts * over);
    p->cuts = n > p->cuts + 1 ? n < p->room ? (int32_t)n : p->room : p->cuts + 1;
    return true;
}

/* Said once, of the finished mesh. */
static void judge(const Tech *t, const Db *db, CellId cell, const PowerOptions *opt, PowerReport *out)
{
    out->over = overload(t, opt, out) > 1;
    if (!out->over) return;
    const PowerLoad *w = &out->wire, *v = &out->via;
    msg_error(ST_VIOLATION, "RTE-0023", (Loc){0}, "cell %s: supply mesh drops %.2f mV at (%d, %d), %.2f mV wanted; at %.0f C %s at (%d, %d) carries %.4g uA, limit "
              "%.4g, a cut of %s at (%d, %d) %.4g uA, limit %.4g", db_name(db, db->cells.v[cell.i].name), 1e3 * out->ir_drop_v, out->n_worst ? out->worst[0].x : 0,
              out->n_worst ? out->worst[0].y : 0, 1e3 * wanted(t, opt), t->em_at, w->layer ? w->layer : "-", w->x, w->y, 1e6 * w->current, 1e6 * w->limit,
              v->layer ? v->layer : "-", v->x, v->y, 1e6 * v->current, 1e6 * v->limit);
}

static Status build(Mesh *m, Db *db, const Tech *t, CellId cell, const PowerOptions *opt, PowerReport *out)
{
    int32_t level = tech_strap_level(t);
    Plan7 p = {tech_metal(t, level), tech_metal(t, tech_mesh_level(t)), tech_cut(t, level), 0, 0, 0, MESH_CUTS, 0};
    NetId net[2];
    if (!p.m7 || !p.cut)
        return msg_error(ST_INPUT, "RTE-0020", (Loc){0}, "technology %s has no horizontal metal above its capacitors' (%d to %d) for the mesh", t->name, t->mom_lo, t->mom_hi);
    TRY(supply_ports(db, cell, net));
    Find f = {m, db, db_metal(db, level)};
    db_visit_shapes(db, cell, find_pin, &f);
    if (!m->columns.n)
        return msg_error(ST_INPUT, "RTE-0022", (Loc){0}, "cell %s: no supply pins on %s below it", db_name(db, db->cells.v[cell.i].name), p.m6->name);
    merge_columns(m);
    /* The formula takes the load as even over all straps; the solved mesh says how uneven it is. */
    double margin = 1;
    for (int turn = 0; turn < 12; turn++) {
        plan_straps(m, t, opt, margin, &p);
        m->straps.n = 0;
        add_straps(m, t, &p);
        p.cuts = MESH_CUTS;
        do {
            add_crossings(m, db, cell, &p, net, false);
            solve(m, t, opt, out);
        } while (more_cuts(t, opt, out, &p));
        double over = overload(t, opt, out);
        if (over <= 1) break;
        margin *= (turn < 6 ? 1.05 : 1.3) * over; /* widths go in steps: small corrections may change nothing */
    }
    draw_straps(m, db, cell, p.m7->level, net);
    add_crossings(m, db, cell, &p, net, true);
    out->strap_w = p.w;
    out->strap_pitch = p.pitch;
    out->n_straps = m->straps.n;
    out->n_columns = m->columns.n;
    out->cuts = (uint32_t)p.cuts;
    for (uint32_t i = 0; i < m->cross.n; i++) out->n_vias += m->cross.v[i].n_cuts;
    judge(t, db, cell, opt, out);
    TRY(report_unreached(m, db, cell, out));
    return opt->n_taps ? build_reference(m, db, t, cell, opt, &p, out) : ST_OK;
}

Status route_power_mesh(Db *db, const Tech *t, CellId cell, const PowerOptions *opt, PowerReport *out)
{
    static const PowerOptions usual = {0};
    Box box = db_cell(db, cell)->box;
    Mesh m = {.w = box.x1, .h = box.y1};
    memset(out, 0, sizeof *out);
    Status st = build(&m, db, t, cell, opt ? opt : &usual, out);
    mesh_free(&m);
    if (st == ST_OK)
        msg_info("power: %u straps of %d every %d, %u cuts (%u per crossing) to %u columns, worst drop %.3f mV (%.3f %%); worst wire %.0f %%, worst cut %.0f %% of its electromigration "
                 "limit at %.0f C", out->n_straps, out->strap_w, out->strap_pitch, out->n_vias, out->cuts, out->n_columns, 1e3 * out->ir_drop_v, 100 * out->ir_drop_rel,
                 100 * out->wire.rel, 100 * out->via.rel, t->em_at);
    if (st == ST_OK && out->ref.n_straps)
        msg_info("power: reference on %u straps of %d, %u cuts, worst drop %.4g mV of %.4g", out->ref.n_straps, out->ref.strap_w, out->ref.n_vias, 1e3 * out->ref.drop_v,
                 1e3 * out->ref.wanted_v);
    return st;
}

void power_report_free(PowerReport *r)
{
    arr_free(&r->nodes);
    mem_free(r->ref.drop);
    r->ref.drop = NULL;
}
