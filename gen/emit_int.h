/*
 * What the views share: an index over the database's records, names and numbers as text, the walk over the flat design.
 * Invariant: nothing here is proportional to the flat design; the walks hold one path and one net.
 */
#ifndef GEN_EMIT_INT_H
#define GEN_EMIT_INT_H

#include "gen/emit.h"
#include "templates/tpl.h"

enum { EMIT_TEXTS = 16 };

typedef struct { uint32_t inst, port; } ConnRec;

typedef struct {
    uint32_t *rec0;    /* [nets + 1] into recs: where a net is used as a connection */
    ConnRec *recs;
    uint32_t *shape;   /* shapes that carry a net, sorted by (net, bit, index) */
    uint32_t n_shape;
    uint32_t *bit0;    /* [nets + 1] first bit of each net among all bits of the cell */
    uint32_t port_bits;
    bool used;         /* below the top */
    uint64_t n_nets;   /* flat signal net bits of one placement, its ports left out */
    uint32_t para0, n_para; /* into Emit.para */
} EmitCell;

typedef struct { uint32_t layer; int32_t w, h; } CutSize;

/* Nodes of one parasitic net with places, for finding the nearest; and where its port is. */
typedef struct {
    uint32_t *order;   /* nodes by their lower end along the axis in which they spread most; NULL: no places */
    bool vertical;
    int32_t longest;   /* of a node's box along that axis */
    uint32_t port_node;
} ParaIndex;

/* Which node a connection of a block attaches to (netlist_rc.sp), for one cell at a time. */
typedef struct {
    uint32_t cell;     /* UINT32_MAX: none yet */
    uint32_t *first;   /* [insts] */
    ARRAY(uint32_t) node;
    Map both;          /* key a << 32 | b: Db.para a lists a coupling to Db.para b */
} Attach;

typedef struct Emit {
    const Db *db;
    const Tech *tech;
    const Plan *plan;
    const EmitReport *report;
    const PowerReport *power;
    const EmitWire *wires;
    uint32_t n_wires;
    EmitCell *cell;    /* [db->cells.n] */
    uint32_t *para;    /* Db.para by cell, in order */
    ParaIndex *para_index; /* [db->para.n] */
    Map para_of;       /* key cell << 32 | bit0[net] + bit: index into Db.para */
    uint32_t *lef_layer; /* indices of tech->layers in LEF order */
    uint32_t n_lef_layer;
    ARRAY(CutSize) cuts; /* sizes of cuts drawn in blocks */
    bool supply_by_name; /* every supply connection goes to the net of the port's own name, up to the top */
    bool rc;           /* view with parasitics */
    Attach attach;
    Buf text[EMIT_TEXTS];
    uint32_t text_at;
    Buf svg, drops;    /* texts of layout.svg and power.svg for the report */
    int64_t dbu_per_um;
    Arena arena;
} Emit;

/* Index and checks. EMIT-0001, EMIT-0002, EMIT-0003, EMIT-0005. */
Status emit_index(Emit *e);
void emit_free(Emit *e);

/* ---- text (emit_data.c): results live until EMIT_TEXTS further calls ------------------------------ */

Buf *emit_text(Emit *e);                              /* an empty buffer of the ring */
const char *emit_um(Emit *e, int64_t dbu);             /* dbu as micrometres, exact */
const char *emit_real(Emit *e, double v);             /* six significant digits, no exponent sign trouble: %.6g */
const char *emit_bit(Emit *e, uint32_t cell, uint32_t net, uint32_t bit);
void emit_index_text(Buf *b, const char *open, uint32_t i, const char *close); /* "[3]" */
bool emit_is_supply(const DbNet *n);
static inline const DbCell *emit_cell(const Emit *e, uint32_t c) { return &e->db->cells.v[c]; }
static inline const char *emit_name(const Emit *e, NameId n) { return names_str(&e->db->names, n); }
const TechLayer *emit_tech_layer(const Emit *e, LayerId l); /* of a database layer; NULL if the technology has none of that name */
/* A metal, or a cut between two metals: what DEF calls routing. */
bool emit_is_wiring(const Emit *e, LayerId l);
/* Shapes of one bit of a net: *at … returned end, indices into EmitCell.shape. */
uint32_t emit_shapes(const Emit *e, uint32_t cell, uint32_t net, uint32_t bit, uint32_t *at);
/* Box of the pin shapes of a port bit in its cell; the outline if there are none. */
Box emit_pin_box(const Emit *e, uint32_t cell, uint32_t net, uint32_t bit);

/* A list view over 0 … n−1 with the iterator in n[0] − 1 and the arguments in n[1], n[2], n[3]; n[7] is the count. */
View emit_list(Emit *e, bool (*get)(View *, const char *, Value *), uint64_t count, uint64_t a, uint64_t b, uint64_t c);
static inline uint64_t emit_at(const View *v) { return v->n[0] - 1; }
static inline Emit *emit_of(const View *v) { return (Emit *)v->data; }

/* ---- the flat design (emit_flat.c) ------------------------------------------------------------------- */

typedef struct {
    uint32_t cell, inst, ix, iy; /* inst, ix, iy: the element looked at next */
    Xform at;
    size_t path_n;               /* length of its path, "/" included if not empty */
    uint64_t net0;               /* number of its first own net among all flat nets */
} Frame;

/* Depth-first walk. Blocks are met before what is in them; rows of an array outside, columns inside. */
typedef struct {
    Emit *e;
    ARRAY(Frame) stack;
    Buf path;                    /* escaped path of the current block, ending in '/' unless it is the top */
    uint64_t net_next;
    bool begun;
    bool in_block;               /* walk_net: net, bit are valid in the block on top of the stack */
    uint32_t net, bit;
    /* the leaf found last */
    const DbInst *leaf;
    Xform leaf_at;
} Walk;

void walk_begin(Walk *w, Emit *e);
void walk_end(Walk *w);
/* Next leaf or soft placement: w->leaf, w->leaf_at; its full name is w->path. */
bool walk_leaf(Walk *w);
/* Next block, the top first; the frame is the last of the stack. */
bool walk_block(Walk *w);

/* Next net bit of the flat design that is (not) a supply: w->net, w->bit of the block on top of the stack. */
bool walk_net(Walk *w, bool supply);
/* Number of the flat net bit among all that are no supplies, in the order of walk_net(…, false): from 0. The net must begin in the
 * block on stack level `level`. */
uint64_t walk_net_number(const Walk *w, uint32_t level, uint32_t net, uint32_t bit);
static inline const Frame *walk_frame(const Walk *w) { return &w->stack.v[w->stack.n - 1]; }

/* Does a net of the block on a level of the stack begin there (is it no port that the parent connects)? */
bool walk_owns(const Walk *w, uint32_t level, uint32_t net);

/* What the block on level `level` of the stack connects its port to in its parent, as which element. */
NetRef walk_parent_ref(const Walk *w, uint32_t level, uint32_t net, uint32_t *ix, uint32_t *iy);

/* A leaf terminal of a flat net. */
typedef struct {
    size_t path;         /* offset of the instance's name in TermSet.names */
    uint32_t cell, port, bit;
    Xform at;            /* of the leaf, in the coordinates of the block the collection began in */
    uint32_t inst, ix, iy, child_port, child_bit; /* the element of that block it lies in */
} Term;

typedef struct { uint32_t layer; ShapeKind kind; Box box; } FlatShape;

typedef struct {
    Buf names;           /* each ended by 0 */
    ARRAY(Term) terms;
    ARRAY(FlatShape) shapes; /* wires, vias and fill of blocks */
    bool no_names, no_shapes; /* leave them out */
} TermSet;

/* Everything connected to one net bit of a cell: prefix is put before names; at: the cell's place. Empties the set first. */
void terms_collect(Emit *e, TermSet *s, uint32_t cell, uint32_t net, uint32_t bit, Xform at, const char *prefix, size_t prefix_n);
void terms_free(TermSet *s);

/* ---- parasitics (emit_para.c) --------------------------------------------------------------------------- */

const ParaNet *para_find(const Emit *e, uint32_t cell, uint32_t net, uint32_t bit); /* NULL */
static inline uint32_t para_number(const Emit *e, const ParaNet *p) { return (uint32_t)(p - e->db->para.v); }
/* Fill e->para_index. */
void para_index_all(Emit *e);
/* Node of each leaf terminal of a net collected from its cell (at = identity). node [terms.n]. */
void para_nodes(const Emit *e, const ParaNet *p, const TermSet *s, uint32_t *node);
uint32_t para_port_node(const Emit *e, const ParaNet *p);
/* Node of the other net where a coupling capacitor at `node` of p ends. */
uint32_t para_far_node(const Emit *e, const ParaNet *p, uint32_t node, const ParaNet *other);
/* Make e->attach that of a cell. */
void para_attach(Emit *e, uint32_t cell);

/* ---- roots of the views, one per file ---------------------------------------------------------------------- */

View spice_view(Emit *e);
View spef_view(Emit *e);
View lef_view(Emit *e);
View def_view(Emit *e);
View vams_view(Emit *e);
View electrical_view(Emit *e);
bool emit_pixels(Emit *e, double v, Value *out); /* of the pictures (emit_svg.c) */
View svg_view(Emit *e);
View power_view(Emit *e);
View html_view(Emit *e);
/* Names every view has: design, tech, tech_title, top, dbu_per_um, network. */
bool emit_root_get(Emit *e, const char *name, Value *out);
/* models.sp. TECH-0034 */
Status emit_models(const Tech *t, Out *out);

#endif
