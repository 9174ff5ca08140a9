/* Masters of a comparison cell by cell, and the joints of two of them; contract in verify/lvs_hier.h. */
#include <math.h>
#include <stdlib.h>

#include "verify/lvs_hier.h"

Xform hier_invert(Xform t)
{
    Xform r = {.orient = ORI_N};
    for (int o = 0; o < 8; o++)
        if (orient_compose((Orient)o, t.orient) == ORI_N) r.orient = (Orient)o;
    Xform id = xform_compose(r, t);
    r.x = -id.x;
    r.y = -id.y;
    return r;
}

/* ---- a master ---------------------------------------------------------------------------------------------- */

static void number_pieces(HierMaster *m)
{
    Shapes *d = &m->d;
    m->piece = mem_calloc((size_t)d->n + 1, sizeof *m->piece);
    for (uint32_t i = 0; i < d->n; i++)
        if (sets_find(d->set, i) == i) m->piece[i] = m->n_pieces++; /* a root is the least of its set */
        else m->piece[i] = m->piece[sets_find(d->set, i)];
    m->sub = m->piece[d->off[C_SUB]];
    m->active = mem_calloc((size_t)m->n_pieces + 1, 1);
    m->pinned = mem_calloc((size_t)m->n_pieces + 1, 1);
    m->well = mem_calloc((size_t)m->n_pieces + 1, 1);
    m->tied = mem_calloc((size_t)m->n_pieces + 1, 1);
    m->at = mem_calloc((size_t)m->n_pieces + 1, sizeof *m->at);
    for (uint32_t i = d->n; i-- > 0;) m->at[m->piece[i]] = d->box[i];
    for (uint32_t i = d->off[C_NWELL]; i < d->off[C_NWELL + 1]; i++) m->well[m->piece[i]] = true;
    for (uint32_t i = d->off[C_NTAP]; i < d->off[C_NTAP + 1]; i++) m->tied[m->piece[i]] = true;
    /* nets of devices back to pieces */
    uint32_t *of = mem_calloc((size_t)m->c.port.n + 1, sizeof *of);
    for (uint32_t i = 0; i < d->n; i++)
        if (d->net_of[i] != LVS_NONE) of[d->net_of[i]] = m->piece[i];
    for (uint32_t k = 0; k < m->c.dev.n; k++)
        for (int p = 0; p < (m->c.dev.v[k].kind <= DEV_PMOS ? 4 : 2); p++) m->active[of[m->c.dev.v[k].net[p]]] = true;
    mem_free(of);
}

void hier_master(Hier *h, uint32_t cell)
{
    HierMaster *m = &h->master[cell];
    *m = (HierMaster){.made = true, .netlist = CELL_NONE};
    shapes_make(&m->d, h->db, h->t, (CellId){cell}, &m->told.arena, &m->told, &m->c);
    shapes_collect(&m->d);
    shapes_connect(&m->d);
    shapes_devices(&m->d);
    m->drawn = m->d.f.any;
    number_pieces(m);
    m->bins = mem_calloc((size_t)h->db->layers.n + 1, sizeof *m->bins);
    for (uint32_t k = 0; k < h->db->layers.n; k++) bins_make(&m->bins[k], m->d.cond[C_FRONT + k].b.v, m->d.cond[C_FRONT + k].b.n, 0, 1, 4);
    bool first = true;
    for (uint32_t k = 0; k < h->db->layers.n; k++)
        for (uint32_t i = 0; i < m->d.drawn[k].b.n && h->db->layers.v[k].kind != LAYER_OUTLINE; i++) {
            m->extent = first ? m->d.drawn[k].b.v[i] : box_union(m->extent, m->d.drawn[k].b.v[i]);
            first = false;
        }
}

void hier_master_free(Hier *h, HierMaster *m)
{
    if (!m->made) return;
    for (uint32_t k = 0; k < h->db->layers.n; k++) bins_free(&m->bins[k]);
    shapes_free(&m->d);
    circuit_free(&m->c);
    lvs_devices_free(&m->told);
    mem_free(m->piece);
    mem_free(m->active);
    mem_free(m->pinned);
    mem_free(m->well);
    mem_free(m->tied);
    mem_free(m->at);
    mem_free(m->bins);
    arr_free(&m->pin);
}

static void add_pin(HierMaster *m, uint32_t bit, uint32_t piece)
{
    for (uint32_t k = 0; k < m->pin.n; k++)
        if (m->pin.v[k].bit == bit && m->pin.v[k].piece == piece) return;
    arr_push(&m->pin, ((HierPin){bit, piece}));
    m->pinned[piece] = true;
}

/* Port bit of the netlist by its name, and its use. */
static uint32_t find_bit(const Hier *h, CellId c, const char *name, NetUse *use)
{
    const DbCell *cell = &h->v.db->cells.v[c.i];
    Buf b = {0};
    uint32_t bit = 0, found = LVS_NONE;
    for (uint32_t p = 0; p < cell->n_ports && found == LVS_NONE; p++)
        for (uint32_t k = 0; k < cell->nets.v[p].width; k++, bit++) {
            b.n = 0;
            db_bit_name(h->v.db, c, (NetId){p}, k, &b);
            if (found == LVS_NONE && str_eq(b.s, name)) found = bit, *use = cell->nets.v[p].use;
        }
    buf_free(&b);
    return found;
}

void hier_pins(Hier *h, uint32_t cell)
{
    HierMaster *m = &h->master[cell];
    uint32_t power = LVS_NONE, ground = LVS_NONE;
    if (m->netlist.i == CELL_NONE.i) return;
    for (uint32_t k = 0; k < m->d.label.n; k++) {
        NetUse use = USE_SIGNAL;
        uint32_t bit = find_bit(h, m->netlist, m->d.label.v[k].name, &use);
        if (bit == LVS_NONE) continue;
        add_pin(m, bit, m->piece[m->d.label.v[k].node]);
        if (use == USE_POWER && power == LVS_NONE) power = bit;
        if (use == USE_GROUND && ground == LVS_NONE) ground = bit;
    }
    /* bulks without a tap of their own are on the supplies, which the neighbours' taps must keep */
    for (uint32_t p = 0; p < m->n_pieces; p++)
        if (m->well[p] && !m->tied[p] && m->active[p] && power != LVS_NONE) add_pin(m, power, p);
    if (!m->d.cond[C_PTAP].b.n && m->active[m->sub] && ground != LVS_NONE) add_pin(m, ground, m->sub);
    if (!m->drawn || !(m->c.dev.n || h->v.db->cells.v[m->netlist.i].devices.n)) return;
    LvsDevices own;
    lvs_devices_flat(h->db, (CellId){cell}, h->v.db, m->netlist, h->t, &own);
    if (own.n_diff) {
        lvs_tell(h->out, "in %s:\n%s", db_name(h->db, h->db->cells.v[cell].name), own.text.s);
        h->out->n_diff += own.n_diff - 1;
    }
    lvs_devices_free(&own);
}

static bool marked(const Boxes *mark, Box b)
{
    for (uint32_t i = 0; i < mark->b.n; i++)
        if (box_overlap(mark->b.v[i], b)) return true;
    return false;
}

bool hier_spoils(const Hier *h, const HierMaster *m, uint32_t layer, Box b)
{
    const DbLayer *l = &h->db->layers.v[layer];
    if (l->kind != LAYER_METAL) return false;
    for (uint32_t k = 0; k < h->db->layers.n; k++) {
        const TechLayer *t = tech_layer(h->t, db_name(h->db, h->db->layers.v[k].name));
        if (!t || !m->d.drawn[k].b.n) continue;
        if (t->role == ROLE_MOM && l->level >= h->t->mom_lo && l->level <= h->t->mom_hi && marked(&m->d.drawn[k], b)) return true;
        if (t->role == ROLE_RESISTOR && t->body && str_eq(t->body, db_name(h->db, l->name)) && marked(&m->d.drawn[k], b)) return true;
    }
    return false;
}

/* ---- a joint ---------------------------------------------------------------------------------------------------- */

static uint64_t hash_joint(const HierJoint *j)
{
    const uint32_t v[] = {j->a, j->b, (uint32_t)j->t.orient, (uint32_t)j->t.x, (uint32_t)j->t.y};
    uint64_t x = 0;
    for (size_t i = 0; i < COUNTOF(v); i++) {
        x = (x ^ v[i]) * 0xff51afd7ed558ccdu;
        x ^= x >> 32;
    }
    return x;
}

typedef struct {
    Hier *h;
    HierJoint *j;
    Shapes u;                    /* both */
    Bins *bins;                /* [conductor] of both */
    uint32_t *seen[2];         /* [side][piece] 1 + its root in both */
    uint32_t *first;           /* [node of both], of roots: 1 + 2 · piece + side that was there first */
    bool broken;
} Both;

static void map_piece(Both *b, int side, uint32_t piece, uint32_t root)
{
    if (b->seen[side][piece]) {
        b->broken |= b->seen[side][piece] != root + 1;
        return;
    }
    b->seen[side][piece] = root + 1;
    uint32_t f = b->first[root], me = 1 + 2 * piece + (uint32_t)side;
    if (!f) {
        b->first[root] = me;
        return;
    }
    arr_push(&b->h->link, ((HierLink){(f - 1) / 2, piece, (f - 1) & 1, (uint8_t)side}));
    b->j->n_link++;
}

/* Pieces of one side that reach the other's extent. */
static void map_side(Both *b, int side, const HierMaster *m, Xform t, Box other)
{
    Hier *h = b->h;
    const Shapes *d = &m->d;
    map_piece(b, side, m->sub, sets_find(b->u.set, b->u.off[C_SUB]));
    for (uint32_t k = 0; k < d->n_cond; k++)
        for (uint32_t i = d->off[k]; i < d->off[k + 1] && k != C_SUB; i++) {
            Box x = xform_box(t, d->box[i]);
            if (!box_touch(x, other)) continue;
            uint32_t node = LVS_NONE;
            h->hit.v.n = 0;
            bins_query(&b->bins[k], x, &h->hit);
            for (uint32_t q = 0; q < h->hit.v.n && node == LVS_NONE; q++)
                if (box_overlap(b->u.cond[k].b.v[h->hit.v.v[q]], x)) node = b->u.off[k] + h->hit.v.v[q];
            if (node == LVS_NONE) b->broken = true;
            else map_piece(b, side, m->piece[i], sets_find(b->u.set, node));
        }
}

/* ---- devices of both and of each ---- */

static int by_gate(const void *pa, const void *pb)
{
    const LvsDevice *a = pa, *b = pb;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    int c = strcmp(a->model, b->model);
    if (!c) c = (a->at.y0 > b->at.y0) - (a->at.y0 < b->at.y0);
    if (!c) c = (a->at.x0 > b->at.x0) - (a->at.x0 < b->at.x0);
    if (!c) c = (a->at.y1 > b->at.y1) - (a->at.y1 < b->at.y1);
    if (!c) c = (a->at.x1 > b->at.x1) - (a->at.x1 < b->at.x1);
    if (!c) c = (a->w2 > b->w2) - (a->w2 < b->w2);
    return c ? c : (a->wl2 > b->wl2) - (a->wl2 < b->wl2);
}

/* Gates and resistors one by one; of capacitors, which come in slices, what they cover and their sum. */
typedef struct {
    ARRAY(LvsDevice) dev;
    Boxes cap;
    double farad, ohm;
} Devices;

static void add_devices(Devices *to, const LvsCircuit *c, Xform t)
{
    for (uint32_t k = 0; k < c->dev.n; k++) {
        LvsDevice x = c->dev.v[k];
        x.at = xform_box(t, x.at);
        if (x.kind == DEV_CAP) {
            arr_push(&to->cap.b, x.at);
            to->farad += x.value;
        } else {
            arr_push(&to->dev, x);
            to->ohm += x.kind == DEV_RES ? x.value : 0;
        }
    }
}

static bool near(double a, double b) { return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)); }

static bool same_devices(Devices *a, Devices *b)
{
    Boxes x = {0}, y = {0};
    bool same = a->dev.n == b->dev.n && near(a->farad, b->farad) && near(a->ohm, b->ohm);
    if (same && a->dev.n) {
        qsort(a->dev.v, a->dev.n, sizeof *a->dev.v, by_gate);
        qsort(b->dev.v, b->dev.n, sizeof *b->dev.v, by_gate);
        for (uint32_t k = 0; k < a->dev.n && same; k++) same = by_gate(&a->dev.v[k], &b->dev.v[k]) == 0;
    }
    region_or(&a->cap, NULL, &x);
    region_or(&b->cap, NULL, &y);
    same = same && x.b.n == y.b.n && (!x.b.n || !memcmp(x.b.v, y.b.v, x.b.n * sizeof *x.b.v));
    arr_free(&x.b);
    arr_free(&y.b);
    return same;
}

static void judge_joint(Both *b, const HierMaster *ma, const HierMaster *mb, const HierLeaf *at)
{
    Hier *h = b->h;
    Devices alone = {0}, both = {0};
    Xform id = {.orient = ORI_N};
    add_devices(&alone, &ma->c, id);
    add_devices(&alone, &mb->c, b->j->t);
    add_devices(&both, b->u.c, id);
    if (b->broken || !same_devices(&alone, &both)) {
        h->changed = true;
        lvs_tell(h->out, "%s and %s at (%d %d) change each other's devices where they meet", db_name(h->db, h->db->cells.v[b->j->a].name),
                 db_name(h->db, h->db->cells.v[b->j->b].name), at->t.x, at->t.y);
    }
    arr_free(&alone.dev);
    arr_free(&alone.cap.b);
    arr_free(&both.dev);
    arr_free(&both.cap.b);
}

static void make_joint(Hier *h, HierJoint *j, const HierLeaf *at)
{
    const HierMaster *m[2] = {&h->master[j->a], &h->master[j->b]};
    LvsDevices told = {0};
    LvsCircuit c = {0};
    Both b = {.h = h, .j = j};
    Xform id = {.orient = ORI_N};
    j->link0 = h->link.n;
    shapes_make(&b.u, h->db, h->t, (CellId){j->a}, &told.arena, &told, &c);
    for (uint32_t k = 0; k < h->db->layers.n; k++)
        for (int s = 0; s < 2; s++)
            for (uint32_t i = 0; i < m[s]->d.drawn[k].b.n; i++) arr_push(&b.u.drawn[k].b, xform_box(s ? j->t : id, m[s]->d.drawn[k].b.v[i]));
    shapes_connect(&b.u);
    shapes_devices(&b.u);
    b.bins = mem_calloc(b.u.n_cond, sizeof *b.bins);
    b.first = mem_calloc((size_t)b.u.n + 1, sizeof *b.first);
    for (int s = 0; s < 2; s++) b.seen[s] = mem_calloc((size_t)m[s]->n_pieces + 1, sizeof *b.seen[s]);
    for (uint32_t k = 0; k < b.u.n_cond; k++) bins_make(&b.bins[k], b.u.cond[k].b.v, b.u.cond[k].b.n, 0, 1, 4);
    map_side(&b, 0, m[0], id, xform_box(j->t, m[1]->extent));
    map_side(&b, 1, m[1], j->t, m[0]->extent);
    judge_joint(&b, m[0], m[1], at);
    for (uint32_t k = 0; k < b.u.n_cond; k++) bins_free(&b.bins[k]);
    mem_free(b.bins);
    mem_free(b.first);
    mem_free(b.seen[0]);
    mem_free(b.seen[1]);
    shapes_free(&b.u);
    circuit_free(&c);
    lvs_devices_free(&told);
}

const HierJoint *hier_joint(Hier *h, const HierLeaf *a, const HierLeaf *b)
{
    HierJoint key = {.a = a->cell, .b = b->cell, .t = xform_compose(hier_invert(a->t), b->t)};
    uint64_t x = hash_joint(&key);
    uint32_t id;
    for (; map_get(&h->of_key, x, &id); x++) {
        const HierJoint *j = &h->joint.v[id];
        if (j->a == key.a && j->b == key.b && j->t.orient == key.t.orient && j->t.x == key.t.x && j->t.y == key.t.y) return j;
    }
    map_set(&h->of_key, x, h->joint.n);
    make_joint(h, &key, a);
    arr_push(&h->joint, key);
    return &h->joint.v[h->joint.n - 1];
}
