/*
 * GDSII stream reader: structures to cells, children before parents, every cell moved so that its lower left corner is (0,0).
 *
 * The outline of a cell is its shape on the layer of kind LAYER_OUTLINE (several: they are kept, the box is theirs), else the bounding box of
 * all it holds. A pin is a
 * shape on a layer's pin datatype (where that is the drawing datatype: a shape with a label at its centre); its port, one bit
 * wide, is named by the label inside. The drawing-datatype copy that goes with a pin in our own files is the same metal and is
 * dropped. Layers that the technology does not have are skipped with a warning each. Cells with references are blocks.
 */
#include <math.h>

#include "gen/db/gds_int.h"

enum { FILE_MAX = 1 << 30, DEPTH_MAX = 1000 };
enum { PURPOSE_DRAWING, PURPOSE_PIN, PURPOSE_LABEL, PURPOSES };

typedef struct {
    NameId name;
    size_t first;            /* byte of the first element */
    ARRAY(NameId) refs;
    uint8_t state;           /* 0 unseen, 1 on the stack, 2 done */
    bool used;               /* referenced by another */
} Struct;

typedef struct {
    LayerId layer;
    Box box;
    const char *text;
} Label;

typedef struct {
    Db *db;
    GdsStream g;
    int32_t scale;           /* file units to dbu */
    ARRAY(Struct) structs;
    Map by_name;             /* name id → structure */
    Map layer_of;            /* layer << 32 | type << 2 | purpose → LayerId */
    Map warned;
    ARRAY(Pt) corner;        /* by cell: where its lower left corner was */
    ARRAY(Label) labels;     /* of the cell being read */
    GdsElement e;
    GdsBoxes boxes;
    Arena text;
} Reader;

/* ---- structures and their order --------------------------------------------------------------------------- */

static Status read_units(Reader *r, const GdsRecord *rec)
{
    if (rec->n < 16) return gds_bad(&r->g, "GDS-0001", "UNITS has %zu bytes", rec->n);
    double dbu = gds_real(rec->data + 8), k = dbu / r->db->dbu_m;
    if (!(k > 0.5 && k < 1e6) || fabs(k - floor(k + 0.5)) > 1e-6 * k)
        return gds_bad(&r->g, "GDS-0009", "the file's unit is %g m, not a multiple of the technology's %g m", dbu, r->db->dbu_m);
    r->scale = (int32_t)floor(k + 0.5);
    return ST_OK;
}

/* Skip the elements of one structure, noting whom they refer to. */
static Status scan_structure(Reader *r)
{
    Struct *s = arr_add(&r->structs);
    bool named = false;
    for (;;) {
        GdsRecord rec;
        TRY(gds_next(&r->g, &rec));
        if (rec.type == GDS_STRNAME && !named) {
            const char *name = gds_text(&r->text, &rec);
            if (!*name) return gds_bad(&r->g, "GDS-0005", "structure without a name");
            s->name = names_add(&r->db->names, name);
            uint32_t other;
            if (map_get(&r->by_name, s->name.i, &other)) return gds_bad(&r->g, "GDS-0005", "two structures are called %s", name);
            map_set(&r->by_name, s->name.i, r->structs.n - 1);
            s->first = r->g.at;
            named = true;
        } else if (!named) {
            return gds_bad(&r->g, "GDS-0005", "structure without a name");
        } else if (rec.type == GDS_SNAME) {
            NameId ref = names_add(&r->db->names, gds_text(&r->text, &rec));
            if (!s->refs.n || s->refs.v[s->refs.n - 1].i != ref.i) arr_push(&s->refs, ref);
        } else if (rec.type == GDS_ENDSTR) {
            return ST_OK;
        } else if (rec.type == GDS_BGNSTR || rec.type == GDS_ENDLIB) {
            return gds_bad(&r->g, "GDS-0001", "structure %s has no end", db_name(r->db, s->name));
        }
    }
}

static Status scan_library(Reader *r)
{
    GdsRecord rec;
    TRY(gds_next(&r->g, &rec));
    if (rec.type != GDS_HEADER) return gds_bad(&r->g, "GDS-0001", "this is no GDSII stream: it starts with record %02X", rec.type);
    for (;;) {
        TRY(gds_next(&r->g, &rec));
        if (rec.type == GDS_UNITS) TRY(read_units(r, &rec));
        if (rec.type == GDS_ENDLIB) break;
        if (rec.type != GDS_BGNSTR) continue;
        if (!r->scale) return gds_bad(&r->g, "GDS-0009", "no UNITS before the first structure");
        TRY(scan_structure(r));
    }
    return r->structs.n ? ST_OK : gds_bad(&r->g, "GDS-0005", "the library has no structure");
}

/* ---- elements to records of the database --------------------------------------------------------------------- */

static uint64_t layer_key(int32_t layer, int32_t type, uint32_t purpose) { return (uint64_t)(uint16_t)layer << 32 | (uint64_t)(uint16_t)type << 2 | purpose; }

static void map_layers(Reader *r)
{
    for (uint32_t k = 0; k < r->db->layers.n; k++) {
        const DbLayer *l = &r->db->layers.v[k];
        const int32_t type[PURPOSES] = {l->gds_type, l->gds_pin_type, l->gds_label_type};
        for (uint32_t p = 0; p < PURPOSES; p++) {
            uint32_t first;
            uint64_t key = layer_key(l->gds, type[p], p);
            if (!map_get(&r->layer_of, key, &first)) map_set(&r->layer_of, key, k);
        }
    }
}

static void warn_layer(Reader *r, const char *what)
{
    uint64_t key = layer_key(r->e.layer, r->e.type, 0);
    uint32_t seen;
    if (map_get(&r->warned, key, &seen)) return;
    map_set(&r->warned, key, 1);
    msg_warn("GDS-0007", (Loc){r->g.path, 0, 0}, "%s on layer %d/%d, which technology %s does not have: skipped", what, r->e.layer, r->e.type, r->db->tech);
}

/* A first box is the outline; a second one makes shapes of both. */
static void add_outline(Reader *r, CellId c, LayerId l, Box b)
{
    DbCell *cell = db_cell(r->db, c);
    bool first = cell->box.x0 == cell->box.x1, shapes = false;
    for (uint32_t k = 0; k < cell->shapes.n && !shapes; k++) shapes = cell->shapes.v[k].layer.i == l.i;
    Box all = first ? b : box_union(cell->box, b);
    if (!first && !shapes) db_add_shape(r->db, c, l, SHAPE_FILL, cell->box, NET_NONE, 0);
    if (!first) db_add_shape(r->db, c, l, SHAPE_FILL, b, NET_NONE, 0);
    db_cell(r->db, c)->box = all;
}

static void add_boxes(Reader *r, CellId c)
{
    uint32_t l;
    ShapeKind kind = SHAPE_WIRE;
    if (map_get(&r->layer_of, layer_key(r->e.layer, r->e.type, PURPOSE_DRAWING), &l)) {
        LayerKind k = r->db->layers.v[l].kind;
        if (k == LAYER_OUTLINE) {
            for (uint32_t i = 0; i < r->boxes.b.n; i++) add_outline(r, c, (LayerId){l}, r->boxes.b.v[i]);
            return;
        }
        if (k == LAYER_CUT) kind = SHAPE_VIA;
    } else if (map_get(&r->layer_of, layer_key(r->e.layer, r->e.type, PURPOSE_PIN), &l)) {
        kind = SHAPE_PIN;
    } else {
        warn_layer(r, "shape");
        return;
    }
    for (uint32_t k = 0; k < r->boxes.b.n; k++) db_add_shape(r->db, c, (LayerId){l}, kind, r->boxes.b.v[k], NET_NONE, 0);
}

static Status add_label(Reader *r)
{
    uint32_t l;
    if (r->e.xy.n != 1 || !r->e.name) return gds_bad(&r->g, "GDS-0006", "text without place or string");
    if (!map_get(&r->layer_of, layer_key(r->e.layer, r->e.type, PURPOSE_LABEL), &l)) {
        warn_layer(r, "text");
        return ST_OK;
    }
    Pt p = r->e.xy.v[0];
    Label label = {{l}, {p.x, p.y, p.x, p.y}, r->e.name};
    if (*r->e.name) arr_push(&r->labels, label);
    return ST_OK;
}

static Orient orient_of(bool mirror, int32_t degrees)
{
    static const Orient plain[4] = {ORI_N, ORI_W, ORI_S, ORI_E}, mirrored[4] = {ORI_FS, ORI_FW, ORI_FN, ORI_FE};
    return mirror ? mirrored[degrees / 90] : plain[degrees / 90];
}

typedef struct {
    uint32_t nx, ny;
    int32_t dx, dy;
} Lattice;

/* 0 no length, 1 along x, 2 along y, 3 slanted */
static int axis_of(Pt v) { return (v.x ? 1 : 0) | (v.y ? 2 : 0); }

/* The array's two vectors from its three points; false if one is slanted, does not divide, or both run along one axis. */
static bool lattice(const Pt p[3], int32_t cols, int32_t rows, Lattice *out)
{
    Pt v[2] = {{p[1].x - p[0].x, p[1].y - p[0].y}, {p[2].x - p[0].x, p[2].y - p[0].y}};
    const int32_t n[2] = {cols, rows};
    int axis[2] = {axis_of(v[0]), axis_of(v[1])};
    for (int k = 0; k < 2; k++)
        if (n[k] == 1 && axis[k] == axis[!k]) axis[k] = 0; /* one element: its pitch means nothing */
    if (axis[0] == 0) axis[0] = axis[1] == 1 ? 2 : 1;
    if (axis[1] == 0) axis[1] = axis[0] == 1 ? 2 : 1;
    if (axis[0] + axis[1] != 3 || axis[0] == 3 || axis[1] == 3) return false;
    int x = axis[0] == 1 ? 0 : 1, y = !x;
    if (v[x].x % n[x] || v[y].y % n[y]) return false;
    *out = (Lattice){(uint32_t)n[x], (uint32_t)n[y], v[x].x / n[x], v[y].y / n[y]};
    return true;
}

static Status add_reference(Reader *r, CellId c)
{
    GdsElement *e = &r->e;
    uint32_t want = e->kind == GDS_AREF ? 3 : 1;
    if (!e->name || e->xy.n != want || e->cols < 1 || e->rows < 1)
        return gds_bad(&r->g, "GDS-0006", "reference with %u points, %d×%d elements", e->xy.n, e->cols, e->rows);
    CellId m = db_find_cell(r->db, e->name);
    if (m.i == CELL_NONE.i) return gds_bad(&r->g, "GDS-0005", "reference to structure %s, which does not exist", e->name);
    Lattice l = {1, 1, 0, 0};
    if (want == 3 && !lattice(e->xy.v, e->cols, e->rows, &l))
        return gds_bad(&r->g, "GDS-0006", "array of %s is slanted or its pitch is no whole number", e->name);
    Orient o = orient_of(e->mirror, e->degrees);
    /* The master was moved by −corner; its outline now is (0,0,w,h). */
    Box mb = db_cell(r->db, m)->box;
    Pt k = r->corner.v[m.i];
    Box placed = xform_box((Xform){o, e->xy.v[0].x, e->xy.v[0].y}, (Box){k.x, k.y, k.x + mb.x1, k.y + mb.y1});
    const int64_t lim = INT64_C(1) << 30;
    int64_t xe = placed.x0 + (int64_t)l.dx * (l.nx - 1), ye = placed.y0 + (int64_t)l.dy * (l.ny - 1);
    if (placed.x0 <= -lim || placed.y0 <= -lim || placed.x1 >= lim || placed.y1 >= lim || xe <= -lim || ye <= -lim ||
        xe >= lim - mb.x1 || ye >= lim - mb.y1)
        return gds_bad(&r->g, "GDS-0002", "reference to %s reaches beyond ±2^30 dbu", e->name);
    char name[32];
    snprintf(name, sizeof name, "i%u", db_cell(r->db, c)->insts.n);
    db_add_inst(r->db, c, e->inst && *e->inst ? e->inst : name, m, (Pt){placed.x0, placed.y0}, o, l.nx, l.ny, l.dx, l.dy);
    return ST_OK;
}

static Status read_element(Reader *r, CellId c, uint32_t kind)
{
    TRY(gds_element(&r->g, &r->text, kind, r->scale, &r->e));
    switch (kind) {
    case GDS_BOUNDARY: case GDS_BOX:
        TRY(gds_polygon_boxes(&r->g, &r->e, &r->boxes));
        add_boxes(r, c);
        return ST_OK;
    case GDS_PATH:
        TRY(gds_path_boxes(&r->g, &r->e, &r->boxes));
        add_boxes(r, c);
        return ST_OK;
    case GDS_TEXT: return add_label(r);
    default: return add_reference(r, c);
    }
}

/* ---- pins ------------------------------------------------------------------------------------------------------- */

static uint64_t box_key(LayerId l, Box b)
{
    uint64_t h = l.i; /* FNV-1a over the five numbers; equal keys are compared in full */
    const int32_t v[4] = {b.x0, b.y0, b.x1, b.y1};
    for (int k = 0; k < 4; k++) h = (h ^ (uint32_t)v[k]) * 0x100000001b3u;
    return h;
}

static bool same_place(const DbShape *a, const DbShape *b) { return a->layer.i == b->layer.i && !memcmp(&a->box, &b->box, sizeof(Box)); }

/* Drop the drawing copy of each pin: it stands directly before it in our own files, anywhere in others. */
static void drop_copies(Reader *r, DbCell *c)
{
    Map drawing = {0};
    bool *drop = mem_calloc(c->shapes.n + 1, sizeof *drop);
    for (uint32_t k = 0; k < c->shapes.n; k++) {
        const DbShape *s = &c->shapes.v[k];
        const DbLayer *l = &r->db->layers.v[s->layer.i];
        uint64_t key = box_key(s->layer, s->box);
        uint32_t at;
        if (s->kind != SHAPE_PIN) map_set(&drawing, key, k);
        else if (l->gds_pin_type != l->gds_type && map_get(&drawing, key, &at) && !drop[at] && same_place(s, &c->shapes.v[at])) drop[at] = true;
    }
    uint32_t n = 0;
    for (uint32_t k = 0; k < c->shapes.n; k++)
        if (!drop[k]) c->shapes.v[n++] = c->shapes.v[k];
    c->shapes.n = n;
    mem_free(drop);
    map_free(&drawing);
}

static Box centre(Box b)
{
    int32_t x = b.x0 + (b.x1 - b.x0) / 2, y = b.y0 + (b.y1 - b.y0) / 2;
    return (Box){x, y, x, y};
}

static bool may_be_pin(const Reader *r, const DbShape *s)
{
    const DbLayer *l = &r->db->layers.v[s->layer.i];
    return s->kind == SHAPE_PIN || (l->gds_pin_type == l->gds_type && s->kind == SHAPE_WIRE);
}

static const Label *label_of(const Reader *r, const Map *at, const DbShape *s)
{
    uint32_t k;
    Box c = centre(s->box);
    if (map_get(at, box_key(s->layer, c), &k) && r->labels.v[k].layer.i == s->layer.i && !memcmp(&r->labels.v[k].box, &c, sizeof c)) return &r->labels.v[k];
    if (s->kind != SHAPE_PIN) return NULL;
    for (k = 0; k < r->labels.n; k++)
        if (r->labels.v[k].layer.i == s->layer.i && box_touch(r->labels.v[k].box, s->box)) return &r->labels.v[k];
    return NULL;
}

/* Labels to ports. A shape on the pin datatype that has no label is plain metal. */
static void name_pins(Reader *r, CellId c)
{
    Map at = {0};
    for (uint32_t k = 0; k < r->labels.n; k++) map_set(&at, box_key(r->labels.v[k].layer, r->labels.v[k].box), k);
    for (uint32_t k = 0; k < db_cell(r->db, c)->shapes.n; k++) {
        DbShape *s = &db_cell(r->db, c)->shapes.v[k];
        if (!may_be_pin(r, s)) continue;
        const Label *l = label_of(r, &at, s);
        if (!l) {
            s->kind = r->db->layers.v[s->layer.i].kind == LAYER_CUT ? SHAPE_VIA : SHAPE_WIRE;
            continue;
        }
        NetId n = db_find_net(r->db, c, l->text);
        if (n.i == NET_NONE.i) n = db_add_port(r->db, c, l->text, 1, DIR_INOUT, USE_SIGNAL);
        s = &db_cell(r->db, c)->shapes.v[k];
        s->kind = SHAPE_PIN;
        s->net = n;
    }
    map_free(&at);
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static Box contents_box(const Db *db, const DbCell *c)
{
    Box b = {0, 0, 0, 0};
    bool any = false;
    for (uint32_t k = 0; k < c->shapes.n; k++) b = any ? box_union(b, c->shapes.v[k].box) : c->shapes.v[k].box, any = true;
    for (uint32_t k = 0; k < c->insts.n; k++) {
        const DbInst *i = &c->insts.v[k];
        Box e = box_union(inst_box(db, i, 0, 0), inst_box(db, i, i->nx - 1, i->ny - 1));
        b = any ? box_union(b, e) : e, any = true;
    }
    return b;
}

static void move_to_origin(Reader *r, CellId c)
{
    DbCell *cell = db_cell(r->db, c);
    if (cell->box.x0 == cell->box.x1) cell->box = contents_box(r->db, cell);
    Pt k = {cell->box.x0, cell->box.y0};
    cell->box = (Box){0, 0, cell->box.x1 - k.x, cell->box.y1 - k.y};
    for (uint32_t n = 0; n < cell->shapes.n; n++) cell->shapes.v[n].box = xform_box((Xform){ORI_N, -k.x, -k.y}, cell->shapes.v[n].box);
    for (uint32_t n = 0; n < cell->insts.n; n++) cell->insts.v[n].at.x -= k.x, cell->insts.v[n].at.y -= k.y;
    assert(r->corner.n == c.i);
    arr_push(&r->corner, k);
}

static bool on_grid(Box b, int32_t g) { return b.x0 % g == 0 && b.y0 % g == 0 && b.x1 % g == 0 && b.y1 % g == 0; }

/* What the database asks of a cell and a foreign file may break: range, grid, unique instance names. */
static Status check_cell(const Reader *r, const DbCell *c)
{
    const char *name = db_name(r->db, c->name);
    int32_t g = r->db->grid;
    bool grid = on_grid(c->box, g), range = c->box.x1 < 1 << 30 && c->box.y1 < 1 << 30;
    for (uint32_t k = 0; k < c->shapes.n && grid && range; k++) {
        Box b = c->shapes.v[k].box;
        grid = on_grid(b, g);
        range = b.x0 > -(1 << 30) && b.y0 > -(1 << 30) && b.x1 < 1 << 30 && b.y1 < 1 << 30;
    }
    Map seen = {0};
    Status st = ST_OK;
    for (uint32_t k = 0; k < c->insts.n && grid && st == ST_OK; k++) {
        const DbInst *i = &c->insts.v[k];
        grid = i->at.x % g == 0 && i->at.y % g == 0 && i->dx % g == 0 && i->dy % g == 0;
        if (map_get(&seen, i->name.i, NULL)) st = gds_bad(&r->g, "GDS-0011", "structure %s has two references named %s", name, db_name(r->db, i->name));
        map_set(&seen, i->name.i, k);
    }
    map_free(&seen);
    if (st == ST_OK && !range) st = gds_bad(&r->g, "GDS-0002", "structure %s exceeds ±2^30 dbu", name);
    if (st == ST_OK && !grid) st = gds_bad(&r->g, "GDS-0010", "structure %s is off the %d dbu grid", name, g);
    return st;
}

static Status read_cell(Reader *r, uint32_t index)
{
    r->g.at = r->structs.v[index].first;
    r->labels.n = 0;
    bool block = r->structs.v[index].refs.n > 0;
    CellId c = db_add_cell(r->db, db_name(r->db, r->structs.v[index].name), block ? CELL_BLOCK : CELL_LEAF, NULL);
    for (;;) {
        GdsRecord rec;
        TRY(gds_next(&r->g, &rec));
        if (rec.type == GDS_ENDSTR) break;
        switch (rec.type) {
        case GDS_BOUNDARY: case GDS_BOX: case GDS_PATH: case GDS_TEXT: case GDS_SREF: case GDS_AREF:
            TRY(read_element(r, c, rec.type));
            break;
        default: return gds_bad(&r->g, "GDS-0004", "record %02X in structure %s is not supported", rec.type, db_name(r->db, r->structs.v[index].name));
        }
    }
    drop_copies(r, db_cell(r->db, c));
    name_pins(r, c);
    move_to_origin(r, c);
    return check_cell(r, db_cell(r->db, c));
}

/* Depth first, in file order: a file with children first keeps its order. */
static Status read_tree(Reader *r, uint32_t index, uint32_t depth)
{
    Struct *s = &r->structs.v[index];
    if (s->state == 2) return ST_OK;
    if (s->state == 1) return gds_bad(&r->g, "GDS-0005", "structure %s contains itself", db_name(r->db, s->name));
    if (depth > DEPTH_MAX) return gds_bad(&r->g, "GDS-0005", "hierarchy deeper than %d", DEPTH_MAX);
    s->state = 1;
    for (uint32_t k = 0; k < s->refs.n; k++) {
        uint32_t child;
        if (!map_get(&r->by_name, s->refs.v[k].i, &child))
            return gds_bad(&r->g, "GDS-0005", "structure %s refers to %s, which does not exist", db_name(r->db, s->name), db_name(r->db, s->refs.v[k]));
        r->structs.v[child].used = true;
        TRY(read_tree(r, child, depth + 1));
    }
    s->state = 2;
    return read_cell(r, index);
}

static Status read_library(Reader *r)
{
    map_layers(r);
    TRY(scan_library(r));
    for (uint32_t k = 0; k < r->structs.n; k++) TRY(read_tree(r, k, 0));
    for (uint32_t k = 0; k < r->structs.n; k++)
        if (!r->structs.v[k].used) r->db->top = db_find_cell(r->db, db_name(r->db, r->structs.v[k].name));
    return ST_OK;
}

Status gds_read(Db *db, const char *path)
{
    assert(db->cells.n == 0);
    Buf file = {0};
    TRY(io_read(path, FILE_MAX, &file));
    Reader r = {.db = db, .g = {(const unsigned char *)file.s, file.n, 0, path}};
    Status st = read_library(&r);
    for (uint32_t k = 0; k < r.structs.n; k++) arr_free(&r.structs.v[k].refs);
    arr_free(&r.structs);
    arr_free(&r.corner);
    arr_free(&r.labels);
    arr_free(&r.e.xy);
    arr_free(&r.boxes.b);
    map_free(&r.by_name);
    map_free(&r.layer_of);
    map_free(&r.warned);
    arena_free(&r.text);
    buf_free(&file);
    return st;
}
