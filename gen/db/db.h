/*
 * The one database: technology layers, cells (netlist and layout in one record), parasitics.
 *
 * Words: a net may be a bus of `width` bits; a port is a net with a direction, seen from outside; an instance may be an
 * array nx × ny and connects each port of its master by a NetRef (index expression), so a 256×64 crossbar is a handful
 * of records. A shape may carry the net (and bit) it belongs to; a PIN shape is where a port may be touched.
 *
 * Invariants (db_check): every id in range; every port of a master connected at each instance with bits in range (or
 * explicitly left open); boxes non-empty, |x| < 2^30, on the manufacturing grid; cells form a DAG, children first;
 * names unique within their table. Order of output is order of creation.
 */
#ifndef GEN_DB_DB_H
#define GEN_DB_DB_H

#include "gen/base/base.h"

typedef struct { uint32_t i; } LayerId;
typedef struct { uint32_t i; } CellId;
typedef struct { uint32_t i; } NetId;   /* within its cell */
typedef struct { uint32_t i; } InstId;  /* within its cell */
#define NET_NONE ((NetId){UINT32_MAX})
#define CELL_NONE ((CellId){UINT32_MAX})

typedef struct { int32_t x, y; } Pt;
typedef struct { int32_t x0, y0, x1, y1; } Box; /* half-open in area, x0 < x1, y0 < y1 */

/* LEF/DEF orientations: N, S (180°), W (90° counterclockwise), E (270°), FN (mirrored in y axis: x→−x), FS (y→−y), FW, FE. */
typedef enum { ORI_N, ORI_S, ORI_W, ORI_E, ORI_FN, ORI_FS, ORI_FW, ORI_FE } Orient;
extern const char *const orient_name[8];

typedef enum { LAYER_OUTLINE, LAYER_WELL, LAYER_DIFF, LAYER_POLY, LAYER_IMPLANT, LAYER_CUT, LAYER_METAL, LAYER_OTHER } LayerKind;

typedef struct {
    NameId name;
    LayerKind kind;
    int32_t gds, gds_type;         /* drawing */
    int32_t gds_pin_type, gds_label_type;
    bool horizontal;               /* preferred direction of a metal */
    int32_t level;                 /* metals 1…; a cut has the level of the metal below it; 0 otherwise */
} DbLayer;

typedef enum { DIR_NONE, DIR_IN, DIR_OUT, DIR_INOUT } PortDir; /* NONE: not a port */
typedef enum { USE_SIGNAL, USE_ANALOG, USE_CLOCK, USE_POWER, USE_GROUND } NetUse;

typedef struct {
    NameId name;
    uint32_t width;   /* ≥ 1; bits are written name[0] … in netlists when width > 1 */
    PortDir dir;
    NetUse use;
} DbNet;

/* Bit k of the master's port at array element (ix, iy) is bit base + sx·ix + sy·iy + sk·k of the parent's net. */
typedef struct {
    NetId net;        /* NET_NONE: left open */
    int32_t base, sx, sy, sk;
} NetRef;

typedef struct {
    NameId name;
    CellId master;
    Pt at;            /* lower left corner of the placed bounding box of element (0,0) */
    Orient orient;
    uint32_t nx, ny;  /* ≥ 1 */
    int32_t dx, dy;   /* pitch between elements */
    uint32_t conn0;   /* first of port_count(master) NetRefs in DbCell.conns, in order of the master's ports */
} DbInst;

typedef enum { SHAPE_PIN, SHAPE_WIRE, SHAPE_VIA, SHAPE_FILL, SHAPE_OBS } ShapeKind;

typedef struct {
    LayerId layer;
    ShapeKind kind;
    Box box;
    NetId net;        /* NET_NONE for none */
    uint32_t bit;
} DbShape;

typedef enum { DEV_NMOS, DEV_PMOS, DEV_CAP, DEV_RES } DevKind;

typedef struct {
    NameId name, model;       /* model: subckt or .model of the technology; none for CAP and RES */
    DevKind kind;
    struct { NetId net; uint32_t bit; } t[4]; /* MOS: d g s b; CAP, RES: two */
    int32_t w, l;             /* dbu; MOS */
    int32_t m;
    double value;             /* F or ohm */
    uint32_t pair;            /* two devices of one number match: they are drawn around one centre; 0: any */
} DbDevice;

typedef enum {
    CELL_LEAF,     /* NN standard cell: devices; polygons other than pins may be missing (abstract) */
    CELL_BLOCK,    /* instances and wires */
    CELL_SOFT,     /* digital soft macro: outline and pins, function in VHDL */
} CellKind;

typedef struct {
    NameId name;
    CellKind kind;
    NameId function;          /* "synapse", "row_driver", "sar_adc", … ; for reports and views */
    Box box;                  /* outline, lower left (0,0); if no rectangle: its bounding box, with FILL shapes on the outline layer */
    uint32_t n_ports;         /* ports are the nets with dir != DIR_NONE; they come first in nets */
    ARRAY(DbNet) nets;
    ARRAY(DbInst) insts;
    ARRAY(NetRef) conns;
    ARRAY(DbShape) shapes;
    ARRAY(DbDevice) devices;
    uint64_t n_flat;          /* leaf and soft cells below, arrays counted in full; kept by db_add_inst; 0 in a leaf itself */
} DbCell;

/* Extracted parasitics of one net bit of one cell, as a chain or tree: nodes, resistors, capacitors.
 * Node 0 is the net's driver end. Cap to other: another net of the same cell, or ground. */
typedef struct { uint32_t a, b; double ohm; } ParaRes;
typedef struct { uint32_t node; NetId other; uint32_t other_bit; double farad; } ParaCap; /* other NET_NONE: to ground */
typedef struct {
    CellId cell;
    NetId net;
    uint32_t bit, n_nodes;
    uint32_t res0, n_res, cap0, n_cap; /* into Db.para_res / para_cap */
    Box *node_at;                      /* [n_nodes] in the cell's coordinates, or NULL: a chain (gen/emit.h) */
} ParaNet;

typedef struct {
    Names names;
    const char *design, *tech;
    double dbu_m;             /* metres per dbu */
    int32_t grid;             /* manufacturing grid in dbu */
    ARRAY(DbLayer) layers;
    ARRAY(DbCell) cells;
    CellId top;
    ARRAY(ParaNet) para;
    ARRAY(ParaRes) para_res;
    ARRAY(ParaCap) para_cap;
    Arena arena;
    Map layer_index, cell_index, net_index; /* by name; private to db.c, kept by db_add_* */
} Db;

/* ---- build (db.c) ---------------------------------------------------------------------------
 * Names are copied and interned. Ids stay valid for the life of the db; pointers into its arrays (DbCell *, DbNet *, …)
 * only until the next db_add_* of the same table. Layers, cells and nets are added through these functions alone (they keep
 * the name maps); shapes, boxes, placements may also be edited in place. A broken precondition is our own bug: assert.
 */

/*
 * Make an empty database.
 *   design, tech  names, copied      dbu_m  metres per dbu      grid  manufacturing grid [dbu], ≥ 1
 */
void db_init(Db *db, const char *design, const char *tech, double dbu_m, int32_t grid);
/* Free everything; the struct is empty (not initialised) afterwards. */
void db_free(Db *db);
/* Pin and label datatypes start equal to gds_type; level and horizontal start 0: set them in db->layers.v[id.i]. */
LayerId db_add_layer(Db *db, const char *name, LayerKind kind, int32_t gds, int32_t gds_type);
/* function may be NULL. The outline (box) is set by the caller before the first use as a master. */
CellId db_add_cell(Db *db, const char *name, CellKind kind, const char *function);
/* Ports must be added before internal nets. Adding a name twice is our own bug (assert). O(1). */
NetId db_add_port(Db *db, CellId c, const char *name, uint32_t width, PortDir dir, NetUse use);
NetId db_add_net(Db *db, CellId c, const char *name, uint32_t width, NetUse use);
/* All ports start open; connect them with db_connect. Grows n_flat. The master's ports and instances must be complete.
 * at: lower left corner of element (0,0) once turned; dx, dy: pitch [dbu], any sign. */
InstId db_add_inst(Db *db, CellId parent, const char *name, CellId master, Pt at, Orient o,
                   uint32_t nx, uint32_t ny, int32_t dx, int32_t dy);
/* The range of the index expression is checked by db_check, not here. */
void db_connect(Db *db, CellId parent, InstId inst, NetId port_of_master, NetRef ref);
/* By name, for generators: asserts that both exist. sk = 1. */
void db_connect_name(Db *db, CellId parent, InstId inst, const char *port, const char *net, int32_t base, int32_t sx, int32_t sy);
/* Copy a cell without instances, by its name, from a database of the same layers; asserts that its name is new. */
CellId db_copy_leaf(Db *db, const Db *from, CellId c);
/* b in the cell's coordinates [dbu], not empty. */
void db_add_shape(Db *db, CellId c, LayerId layer, ShapeKind kind, Box b, NetId net, uint32_t bit);
/* w, l [dbu]; bit 0 of each net (set t[].bit in the record for buses). */
void db_add_mos(Db *db, CellId c, const char *name, const char *model, DevKind kind,
                NetId d, NetId g, NetId s, NetId b, int32_t w, int32_t l, int32_t m);
void db_add_cap(Db *db, CellId c, const char *name, NetId a, NetId b, double farad);
void db_add_res(Db *db, CellId c, const char *name, NetId a, NetId b, double ohm);

/* ---- look (db.c) ---------------------------------------------------------------------------- */

static inline DbCell *db_cell(Db *db, CellId c) { return &db->cells.v[c.i]; }
static inline const char *db_name(const Db *db, NameId n) { return names_str(&db->names, n); }
CellId db_find_cell(const Db *db, const char *name);   /* CELL_NONE */
NetId db_find_net(const Db *db, CellId c, const char *name); /* NET_NONE */
LayerId db_find_layer(const Db *db, const char *name); /* asserts */
bool db_has_layer(const Db *db, const char *name, LayerId *out);
LayerId db_metal(const Db *db, int32_t level);         /* asserts */
LayerId db_outline(const Db *db);                      /* first layer of kind LAYER_OUTLINE; asserts */
LayerId db_cut(const Db *db, int32_t level);           /* cut between metal level and level + 1 */
/* Leaf and soft cells that one placement of c stands for: 1 for those themselves. */
uint64_t db_flat_leaves(const Db *db, CellId c);
/* Append the netlist name of one bit: "name", or "name[bit]" if the net is a bus. */
void db_bit_name(const Db *db, CellId c, NetId net, uint32_t bit, Buf *out);
static inline NetRef db_conn(const Db *db, CellId parent, InstId i, uint32_t port)
{
    const DbCell *c = &db->cells.v[parent.i];
    return c->conns.v[c->insts.v[i.i].conn0 + port];
}
static inline uint32_t netref_bit(NetRef r, uint32_t ix, uint32_t iy, uint32_t k)
{
    return (uint32_t)(r.base + r.sx * (int32_t)ix + r.sy * (int32_t)iy + r.sk * (int32_t)k);
}

/* ---- keys of kept results (digest.c) ------------------------------------------------------------ */

/* Append all that a cell is (nets, devices, shapes, instances; its own name only if wanted), as text that differs where two cells do: to be hashed. */
void db_describe(const Db *db, CellId c, bool name, Buf *out);
/* The same of the layers, of top and of every cell below it, with names. */
void db_describe_all(const Db *db, CellId top, Buf *out);

/* ---- geometry (geom.c) ------------------------------------------------------------------------ */

/* Box of a master placed with its bounding box's lower left corner at `at` (DEF convention; master box at (0,0)). */
Box box_place(Box b, int32_t master_w, int32_t master_h, Pt at, Orient o);
/* A placement as one step: turn about the origin, then shift. */
typedef struct {
    Orient orient;
    int32_t x, y;
} Xform;
Xform xform_place(int32_t master_w, int32_t master_h, Pt at, Orient o); /* what box_place does */
Xform xform_compose(Xform outer, Xform inner);                         /* inner first */
Box xform_box(Xform t, Box b);
Orient orient_compose(Orient outer, Orient inner);
/* Placement of element (ix, iy) of an instance in its parent. */
Xform inst_xform(const Db *db, const DbInst *i, uint32_t ix, uint32_t iy);
/* Outline of element (ix, iy) of an instance. */
Box inst_box(const Db *db, const DbInst *i, uint32_t ix, uint32_t iy);
Box box_union(Box a, Box b);
bool box_overlap(Box a, Box b);  /* share area */
bool box_touch(Box a, Box b);    /* share area, edge or corner point */
static inline int64_t box_area(Box b) { return (int64_t)(b.x1 - b.x0) * (b.y1 - b.y0); }

/* Visit every shape of the flat design below `top`, hierarchical arrays expanded on the fly: a cell's own shapes, then its
 * instances in order of creation, rows (iy) outside, columns (ix) inside. Leaf and soft cells are not entered further.
 *   placed     the shape's box in top's coordinates
 *   cell       the cell that the shape is a record of
 *   flat_inst  number of the leaf placement, counted from 0 in visiting order (placements without shapes count too);
 *              DB_FLAT_NONE for shapes of blocks
 * Return false from fn to stop; then db_visit_shapes returns false. */
#define DB_FLAT_NONE UINT64_MAX
typedef bool (*DbShapeFn)(void *ctx, const DbShape *s, Box placed, CellId cell, uint64_t flat_inst);
bool db_visit_shapes(const Db *db, CellId top, DbShapeFn fn, void *ctx);

/* ---- invariants (check.c) ---------------------------------------------------------------------- */

/* ST_OK, or ST_INTERNAL after naming every violation (DB-00nn), at most 20. */
Status db_check(const Db *db);

/* ---- readers and writers ---------------------------------------------------------------------- */
#include "gen/base/io.h"

/*
 * Write all cells as a GDSII stream (gds_write.c): arrays as AREF, instance names as property 1, dates fixed.
 * A PIN shape is written on the drawing datatype and, where it differs, on the pin datatype, with a label at its centre; OBS shapes
 * are not written; outlines go to the first layer of kind LAYER_OUTLINE.
 * Errors   DB-0020 a name GDS cannot hold (nothing is cut), DB-0021 a number it cannot hold; I/O as out_commit. Time O(records).
 */
Status gds_write(const Db *db, const char *path);
/*
 * Read a GDSII stream into a db that has layers but no cells (gds_read.c, gds_stream.c; no code shared with the writer):
 * boundaries and boxes with right angles, paths (types 0 and 2), SREF, AREF, TEXT; top is the last structure nobody refers to.
 * Every cell is moved so that its outline's lower left corner is (0,0); pins become ports of one bit named by their labels.
 * Errors   GDS-0001 … GDS-0011: broken records, slanted or off-grid geometry, missing or recursive structures, units; layers that
 *          the db lacks are skipped with a warning (GDS-0007). At most 1 GiB.
 */
Status gds_read(Db *db, const char *path);

/*
 * Read a hierarchical SPICE netlist (spice_read.c): .subckt .ends .include .model X M C R, continuation, w= l= m=, suffixes.
 * Adds cells without layout to db (lengths become dbu; they must be whole); every node is a net of width 1, "net[3]" too. X lines of
 * a .subckt with parameters in its head are transistors. top is the last cell nobody instantiates.
 * Errors   SPI-0001 … SPI-0014; unknown masters, models, elements and parameters are errors.
 */
Status spice_read(Db *db, const char *path);
/*
 * Read a DEF file's connectivity (def_read.c): COMPONENTS, PINS, NETS, SPECIALNETS become one block, top; wiring is passed over.
 * Masters that db lacks are made from the pins the nets use; those it has must have scalar ports (spice_read makes such).
 * Errors   DEF-0001 … DEF-0007
 */
Status def_read(Db *db, const char *path);

#endif
