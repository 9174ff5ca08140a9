/*
 * Geometry: orientations, boxes, and the walk over the flat design.
 *
 * An orientation is a 2×2 matrix of 0 and ±1 (LEF/DEF 5.8 Language Reference, "Orientation": R0 R180 R90 R270 MY MX MX90
 * MY90); placing a box turns it about the origin and then shifts it so that the turned outline's lower left corner stands
 * at the placement point.
 */
#include "gen/db/db.h"

/* x' = m[0]·x + m[1]·y, y' = m[2]·x + m[3]·y */
static const int8_t matrix[8][4] = {
    [ORI_N] = {1, 0, 0, 1},    [ORI_S] = {-1, 0, 0, -1}, [ORI_W] = {0, -1, 1, 0}, [ORI_E] = {0, 1, -1, 0},
    [ORI_FN] = {-1, 0, 0, 1},  [ORI_FS] = {1, 0, 0, -1}, [ORI_FW] = {0, 1, 1, 0}, [ORI_FE] = {0, -1, -1, 0},
};

Orient orient_compose(Orient outer, Orient inner)
{
    const int8_t *a = matrix[outer], *b = matrix[inner];
    int8_t m[4] = {(int8_t)(a[0] * b[0] + a[1] * b[2]), (int8_t)(a[0] * b[1] + a[1] * b[3]),
                   (int8_t)(a[2] * b[0] + a[3] * b[2]), (int8_t)(a[2] * b[1] + a[3] * b[3])};
    for (int o = 0; o < 8; o++)
        if (!memcmp(matrix[o], m, sizeof m)) return (Orient)o;
    assert(!"the eight orientations are a group");
    return ORI_N;
}

/* Lower left corner of a box of size w × h at the origin, once turned. */
static Pt turned_corner(int32_t w, int32_t h, Orient o)
{
    const int8_t *m = matrix[o];
    int32_t x = (m[0] < 0 ? -w : 0) + (m[1] < 0 ? -h : 0);
    int32_t y = (m[2] < 0 ? -w : 0) + (m[3] < 0 ? -h : 0);
    return (Pt){x, y};
}

Xform xform_place(int32_t master_w, int32_t master_h, Pt at, Orient o)
{
    Pt c = turned_corner(master_w, master_h, o);
    return (Xform){.orient = o, .x = at.x - c.x, .y = at.y - c.y};
}

Xform xform_compose(Xform outer, Xform inner)
{
    const int8_t *m = matrix[outer.orient];
    return (Xform){.orient = orient_compose(outer.orient, inner.orient),
                   .x = outer.x + m[0] * inner.x + m[1] * inner.y,
                   .y = outer.y + m[2] * inner.x + m[3] * inner.y};
}

Box xform_box(Xform t, Box b)
{
    switch (t.orient) {
    case ORI_N: return (Box){b.x0 + t.x, b.y0 + t.y, b.x1 + t.x, b.y1 + t.y};
    case ORI_S: return (Box){t.x - b.x1, t.y - b.y1, t.x - b.x0, t.y - b.y0};
    case ORI_W: return (Box){t.x - b.y1, t.y + b.x0, t.x - b.y0, t.y + b.x1};
    case ORI_E: return (Box){t.x + b.y0, t.y - b.x1, t.x + b.y1, t.y - b.x0};
    case ORI_FN: return (Box){t.x - b.x1, b.y0 + t.y, t.x - b.x0, b.y1 + t.y};
    case ORI_FS: return (Box){b.x0 + t.x, t.y - b.y1, b.x1 + t.x, t.y - b.y0};
    case ORI_FW: return (Box){t.x + b.y0, t.y + b.x0, t.x + b.y1, t.y + b.x1};
    case ORI_FE: return (Box){t.x - b.y1, t.y - b.x1, t.x - b.y0, t.y - b.x0};
    }
    assert(!"orientation");
    return b;
}

Box box_place(Box b, int32_t master_w, int32_t master_h, Pt at, Orient o)
{
    return xform_box(xform_place(master_w, master_h, at, o), b);
}

Xform inst_xform(const Db *db, const DbInst *i, uint32_t ix, uint32_t iy)
{
    Box m = db->cells.v[i->master.i].box;
    Pt at = {i->at.x + (int32_t)ix * i->dx, i->at.y + (int32_t)iy * i->dy};
    return xform_place(m.x1, m.y1, at, i->orient);
}

Box inst_box(const Db *db, const DbInst *i, uint32_t ix, uint32_t iy)
{
    Box m = db->cells.v[i->master.i].box;
    return xform_box(inst_xform(db, i, ix, iy), m);
}

Box box_union(Box a, Box b)
{
    return (Box){a.x0 < b.x0 ? a.x0 : b.x0, a.y0 < b.y0 ? a.y0 : b.y0,
                 a.x1 > b.x1 ? a.x1 : b.x1, a.y1 > b.y1 ? a.y1 : b.y1};
}

bool box_overlap(Box a, Box b) { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1; }
bool box_touch(Box a, Box b) { return a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1; }

/* ---- the flat design ------------------------------------------------------------------------------ */

typedef struct {
    const Db *db;
    DbShapeFn fn;
    void *ctx;
    uint64_t leaves; /* leaf placements seen so far */
} Visit;

/* Depth of recursion is the depth of the hierarchy: children stand before parents, so it ends. */
static bool visit_cell(Visit *v, CellId c, Xform t)
{
    const DbCell *cell = &v->db->cells.v[c.i];
    uint64_t flat = DB_FLAT_NONE;
    if (cell->kind != CELL_BLOCK) flat = v->leaves++;
    for (uint32_t k = 0; k < cell->shapes.n; k++) {
        const DbShape *s = &cell->shapes.v[k];
        if (!v->fn(v->ctx, s, xform_box(t, s->box), c, flat)) return false;
    }
    if (cell->kind != CELL_BLOCK) return true;
    for (uint32_t k = 0; k < cell->insts.n; k++) {
        const DbInst *i = &cell->insts.v[k];
        for (uint32_t iy = 0; iy < i->ny; iy++)
            for (uint32_t ix = 0; ix < i->nx; ix++)
                if (!visit_cell(v, i->master, xform_compose(t, inst_xform(v->db, i, ix, iy)))) return false;
    }
    return true;
}

bool db_visit_shapes(const Db *db, CellId top, DbShapeFn fn, void *ctx)
{
    Visit v = {.db = db, .fn = fn, .ctx = ctx};
    return visit_cell(&v, top, (Xform){.orient = ORI_N});
}
