/*
 * db_check: the invariants of gen/db/db.h, run between every two stages of the flow.
 *
 * It reads only; every access is guarded by the check before it, so a broken database is named, not crashed on.
 * Time: linear in the records (arrays are checked at their corners, an index expression is monotone in each index).
 */
#include "gen/db/db.h"

enum { MAX_TOLD = 20 };
static const int64_t COORD_LIMIT = INT64_C(1) << 30; /* DESIGN §3 */

typedef struct {
    const Db *db;
    const DbCell *cell; /* being checked; NULL outside cells */
    uint32_t found;
} Check;

static void tell(Check *k, const char *id, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void tell(Check *k, const char *id, const char *fmt, ...)
{
    if (k->found++ >= MAX_TOLD) return;
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const char *cell = k->cell && k->cell->name.i < k->db->names.text.n ? db_name(k->db, k->cell->name) : NULL;
    if (cell)
        msg_error(ST_INTERNAL, id, (Loc){0}, "cell %s: %s", cell, text);
    else
        msg_error(ST_INTERNAL, id, (Loc){0}, "%s", text);
}

static const char *name_of(const Check *k, NameId n)
{
    return n.i < k->db->names.text.n ? db_name(k->db, n) : "?";
}

static bool valid_name(Check *k, NameId n, const char *what, uint32_t index)
{
    if (n.i != 0 && n.i < k->db->names.text.n) return true;
    tell(k, "DB-0001", "%s %u has no name", what, index);
    return false;
}

/* Names within one table are unique: seen maps (table, name) to the first index. */
static void unique_name(Check *k, Map *seen, uint32_t table, NameId n, const char *what)
{
    uint64_t key = (uint64_t)table << 32 | n.i;
    uint32_t first;
    if (map_get(seen, key, &first))
        tell(k, "DB-0002", "two %ss are called %s", what, name_of(k, n));
    else
        map_set(seen, key, 0);
}

static bool box_in_range(Box b)
{
    return b.x0 > -COORD_LIMIT && b.y0 > -COORD_LIMIT && b.x1 < COORD_LIMIT && b.y1 < COORD_LIMIT;
}

static bool box_on_grid(Box b, int32_t g) { return b.x0 % g == 0 && b.y0 % g == 0 && b.x1 % g == 0 && b.y1 % g == 0; }

static void check_box(Check *k, Box b, const char *what, uint32_t index)
{
    if (b.x0 >= b.x1 || b.y0 >= b.y1)
        tell(k, "DB-0003", "%s %u is empty: (%d %d %d %d)", what, index, b.x0, b.y0, b.x1, b.y1);
    else if (!box_in_range(b))
        tell(k, "DB-0004", "%s %u exceeds ±2^30 dbu: (%d %d %d %d)", what, index, b.x0, b.y0, b.x1, b.y1);
    else if (!box_on_grid(b, k->db->grid))
        tell(k, "DB-0005", "%s %u is off the %d dbu grid: (%d %d %d %d)", what, index, k->db->grid, b.x0, b.y0, b.x1, b.y1);
}

/* An all-zero outline means "not laid out yet" and is allowed while the cell has no shapes. */
static void check_outline(Check *k)
{
    Box b = k->cell->box;
    bool none = !b.x0 && !b.y0 && !b.x1 && !b.y1;
    if (none && k->cell->shapes.n == 0) return;
    if (b.x0 || b.y0) tell(k, "DB-0006", "lower left corner of the outline is (%d %d), not (0 0)", b.x0, b.y0);
    check_box(k, b, "outline", 0);
}

static void check_nets(Check *k, Map *seen, uint32_t table)
{
    const DbCell *c = k->cell;
    if (c->n_ports > c->nets.n) tell(k, "DB-0007", "%u ports but only %u nets", c->n_ports, c->nets.n);
    for (uint32_t i = 0; i < c->nets.n; i++) {
        const DbNet *n = &c->nets.v[i];
        if (!valid_name(k, n->name, "net", i)) continue;
        unique_name(k, seen, table, n->name, "net");
        if (n->width < 1) tell(k, "DB-0007", "net %s has width 0", name_of(k, n->name));
        if ((i < c->n_ports) != (n->dir != DIR_NONE))
            tell(k, "DB-0007", "net %s: ports must come first, and only they have a direction", name_of(k, n->name));
    }
}

/* Smallest and largest bit over all elements and port bits. */
static void ref_range(const DbInst *i, uint32_t width, NetRef r, int64_t *lo, int64_t *hi)
{
    int64_t step[3] = {(int64_t)r.sx * (i->nx - 1), (int64_t)r.sy * (i->ny - 1), (int64_t)r.sk * (width - 1)};
    *lo = *hi = r.base;
    for (int q = 0; q < 3; q++) {
        if (step[q] < 0) *lo += step[q];
        else *hi += step[q];
    }
}

static void check_conn(Check *k, const DbInst *i, const DbCell *master, uint32_t port)
{
    NetRef r = k->cell->conns.v[i->conn0 + port];
    if (r.net.i == NET_NONE.i) return;
    const DbNet *p = &master->nets.v[port];
    if (r.net.i >= k->cell->nets.n) {
        tell(k, "DB-0008", "instance %s port %s: net %u of %u", name_of(k, i->name), name_of(k, p->name), r.net.i, k->cell->nets.n);
        return;
    }
    const DbNet *n = &k->cell->nets.v[r.net.i];
    int64_t lo, hi;
    ref_range(i, p->width, r, &lo, &hi);
    if (lo < 0 || hi >= n->width)
        tell(k, "DB-0008", "instance %s port %s: bits %lld…%lld of net %s, which has %u", name_of(k, i->name),
             name_of(k, p->name), (long long)lo, (long long)hi, name_of(k, n->name), n->width);
}

/* Every element's outline lies within ±2^30. */
static void check_extent(Check *k, const DbInst *i, const DbCell *master)
{
    int64_t x = i->at.x, y = i->at.y;
    int64_t xe = x + (int64_t)i->dx * (i->nx - 1), ye = y + (int64_t)i->dy * (i->ny - 1);
    int64_t size = master->box.x1 > master->box.y1 ? master->box.x1 : master->box.y1;
    int64_t lo = -COORD_LIMIT, hi = COORD_LIMIT - size;
    if (x <= lo || y <= lo || xe <= lo || ye <= lo || x >= hi || y >= hi || xe >= hi || ye >= hi)
        tell(k, "DB-0004", "instance %s exceeds ±2^30 dbu", name_of(k, i->name));
    int32_t g = k->db->grid;
    if (i->at.x % g || i->at.y % g || i->dx % g || i->dy % g)
        tell(k, "DB-0005", "instance %s is off the %d dbu grid: at (%d %d), pitch (%d %d)", name_of(k, i->name), g,
             i->at.x, i->at.y, i->dx, i->dy);
}

static void check_insts(Check *k, Map *seen, uint32_t table, uint32_t self)
{
    const DbCell *c = k->cell;
    uint64_t flat = 0;
    uint32_t conns = 0;
    for (uint32_t n = 0; n < c->insts.n; n++) {
        const DbInst *i = &c->insts.v[n];
        if (!valid_name(k, i->name, "instance", n)) continue;
        unique_name(k, seen, table, i->name, "instance");
        if (i->master.i >= self) {
            tell(k, "DB-0009", "instance %s: master %u does not stand before cell %u", name_of(k, i->name), i->master.i, self);
            return;
        }
        const DbCell *m = &k->db->cells.v[i->master.i];
        if ((unsigned)i->orient > ORI_FE || i->nx < 1 || i->ny < 1) {
            tell(k, "DB-0010", "instance %s: orientation %d, array %u×%u", name_of(k, i->name), (int)i->orient, i->nx, i->ny);
            return;
        }
        if (i->conn0 != conns || (uint64_t)conns + m->n_ports > c->conns.n || m->n_ports > m->nets.n) {
            tell(k, "DB-0011", "instance %s: connections start at %u, expected %u of %u", name_of(k, i->name), i->conn0, conns, c->conns.n);
            return;
        }
        conns += m->n_ports;
        flat += (uint64_t)i->nx * i->ny * db_flat_leaves(k->db, i->master);
        check_extent(k, i, m);
        for (uint32_t p = 0; p < m->n_ports; p++) check_conn(k, i, m, p);
    }
    if (conns != c->conns.n) tell(k, "DB-0011", "%u connections for instances that need %u", c->conns.n, conns);
    if (flat != c->n_flat)
        tell(k, "DB-0012", "n_flat is %llu, counted %llu", (unsigned long long)c->n_flat, (unsigned long long)flat);
}

static bool valid_bit(const DbCell *c, NetId n, uint32_t bit) { return n.i < c->nets.n && bit < c->nets.v[n.i].width; }

static void check_shapes(Check *k)
{
    const DbCell *c = k->cell;
    for (uint32_t i = 0; i < c->shapes.n; i++) {
        const DbShape *s = &c->shapes.v[i];
        if (s->layer.i >= k->db->layers.n) tell(k, "DB-0013", "shape %u: layer %u of %u", i, s->layer.i, k->db->layers.n);
        if ((unsigned)s->kind > SHAPE_OBS) tell(k, "DB-0013", "shape %u: kind %d", i, (int)s->kind);
        if (s->net.i == NET_NONE.i ? s->kind == SHAPE_PIN : !valid_bit(c, s->net, s->bit))
            tell(k, "DB-0013", "shape %u: net %u bit %u does not exist", i, s->net.i, s->bit);
        else if (s->kind == SHAPE_PIN && s->net.i >= c->n_ports)
            tell(k, "DB-0013", "shape %u is a pin of %s, which is not a port", i, name_of(k, c->nets.v[s->net.i].name));
        check_box(k, s->box, "shape", i);
    }
}

static void check_devices(Check *k, Map *seen, uint32_t table)
{
    const DbCell *c = k->cell;
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        if (!valid_name(k, d->name, "device", i)) continue;
        unique_name(k, seen, table, d->name, "device");
        bool mos = d->kind == DEV_NMOS || d->kind == DEV_PMOS;
        for (int t = 0; t < (mos ? 4 : 2); t++)
            if (!valid_bit(c, d->t[t].net, d->t[t].bit))
                tell(k, "DB-0014", "device %s: terminal %d on net %u bit %u, which does not exist", name_of(k, d->name), t,
                     d->t[t].net.i, d->t[t].bit);
        if (mos && (d->w <= 0 || d->l <= 0 || d->m < 1 || d->model.i == 0))
            tell(k, "DB-0014", "device %s: w %d, l %d, m %d, model '%s'", name_of(k, d->name), d->w, d->l, d->m, name_of(k, d->model));
        if (!mos && !(d->value >= 0)) tell(k, "DB-0014", "device %s: value %g", name_of(k, d->name), d->value);
    }
}

/* Extracted parasitics: ranges into the common tables, nodes within the net's own. */
static void check_para(Check *k)
{
    const Db *db = k->db;
    for (uint32_t i = 0; i < db->para.n; i++) {
        const ParaNet *p = &db->para.v[i];
        if (p->cell.i >= db->cells.n || !valid_bit(&db->cells.v[p->cell.i], p->net, p->bit)) {
            tell(k, "DB-0015", "parasitic net %u: cell %u net %u bit %u does not exist", i, p->cell.i, p->net.i, p->bit);
            continue;
        }
        if ((uint64_t)p->res0 + p->n_res > db->para_res.n || (uint64_t)p->cap0 + p->n_cap > db->para_cap.n) {
            tell(k, "DB-0015", "parasitic net %u: elements past the end of the tables", i);
            continue;
        }
        for (uint32_t r = p->res0; r < p->res0 + p->n_res; r++)
            if (db->para_res.v[r].a >= p->n_nodes || db->para_res.v[r].b >= p->n_nodes || !(db->para_res.v[r].ohm >= 0))
                tell(k, "DB-0015", "parasitic net %u: resistor %u is broken", i, r);
        for (uint32_t q = p->cap0; q < p->cap0 + p->n_cap; q++) {
            const ParaCap *pc = &db->para_cap.v[q];
            bool other = pc->other.i == NET_NONE.i || valid_bit(&db->cells.v[p->cell.i], pc->other, pc->other_bit);
            if (pc->node >= p->n_nodes || !other || !(pc->farad >= 0)) tell(k, "DB-0015", "parasitic net %u: capacitor %u is broken", i, q);
        }
    }
}

enum { TABLE_LAYERS, TABLE_CELLS, TABLE_NETS, TABLE_INSTS, TABLE_DEVICES };

Status db_check(const Db *db)
{
    Check k = {.db = db};
    Map seen = {0}; /* layers and cells */
    for (uint32_t i = 0; i < db->layers.n; i++)
        if (valid_name(&k, db->layers.v[i].name, "layer", i)) unique_name(&k, &seen, TABLE_LAYERS, db->layers.v[i].name, "layer");
    for (uint32_t i = 0; i < db->cells.n; i++)
        if (valid_name(&k, db->cells.v[i].name, "cell", i)) unique_name(&k, &seen, TABLE_CELLS, db->cells.v[i].name, "cell");
    if (db->top.i != CELL_NONE.i && db->top.i >= db->cells.n) tell(&k, "DB-0001", "top is cell %u of %u", db->top.i, db->cells.n);
    map_free(&seen);
    for (uint32_t i = 0; i < db->cells.n; i++) {
        Map in_cell = {0};
        k.cell = &db->cells.v[i];
        check_outline(&k);
        check_nets(&k, &in_cell, TABLE_NETS);
        check_insts(&k, &in_cell, TABLE_INSTS, i);
        check_shapes(&k);
        check_devices(&k, &in_cell, TABLE_DEVICES);
        map_free(&in_cell);
    }
    k.cell = NULL;
    check_para(&k);
    if (k.found > MAX_TOLD) msg_error(ST_INTERNAL, "DB-0016", (Loc){0}, "%u further violations of the database's invariants", k.found - MAX_TOLD);
    return k.found ? ST_INTERNAL : ST_OK;
}
