/* Private to verify/lvs_hier*.c: masters, joints and placements of a comparison cell by cell. */
#ifndef VERIFY_LVS_HIER_H
#define VERIFY_LVS_HIER_H

#include "verify/lvs_circuit.h"

/* A port bit of the master's netlist on one of its pieces. */
typedef struct { uint32_t bit, piece; } HierPin;

typedef struct {
    bool made, drawn;        /* drawn: has a front end; else an abstract */
    CellId netlist;
    Shapes d;                  /* of its own shapes */
    LvsCircuit c;            /* its devices */
    LvsDevices told;         /* what was no device: its own comparison tells that */
    uint32_t *piece;         /* [node] */
    uint32_t n_pieces, sub;  /* sub: the substrate's */
    bool *active;            /* [piece] a device is on it */
    bool *pinned;            /* [piece] it is a port's */
    bool *well, *tied;       /* [piece] of an N well; with a tap */
    Box *at;                 /* [piece] one box of it */
    ARRAY(HierPin) pin;
    Bins *bins;              /* [layer] boxes of metals and cuts */
    Box extent;
} HierMaster;

typedef struct {
    uint32_t cell;
    Xform t;
    uint32_t node0, path;    /* path: of the netlist */
    uint32_t netlist;        /* number of the netlist's leaf, or LVS_NONE: a cell without devices that it lacks */
} HierLeaf;

typedef struct {
    uint32_t layer, k;       /* of the block's wires */
    uint32_t port, bit;      /* of the layout's top */
    uint32_t net, sub_port;  /* of the netlist, or LVS_NONE */
    uint32_t node;
} HierLabel;

/* Pieces that become one: of the first placement (side 0) or of the second. */
typedef struct {
    uint32_t a, b;
    uint8_t side_a, side_b;
} HierLink;

/* The second placement as the first sees it. */
typedef struct {
    uint32_t a, b;
    Xform t;
    uint32_t link0, n_link;
} HierJoint;

typedef struct {
    const Db *db;            /* layout */
    CellId top;
    const Tech *t;
    Lvs v;                   /* netlist */
    LvsReport names;
    LvsDevices *out;
    HierMaster *master;      /* [cell of the layout] */
    ARRAY(HierLeaf) leaf;
    Boxes *loose;            /* [layer] wires of blocks */
    uint32_t *loose0;        /* [layer] their first nodes */
    ARRAY(HierLabel) label;
    bool mixed;              /* a block draws more than wires */
    bool changed;            /* something changes the devices of a placement */
    ARRAY(HierJoint) joint;
    ARRAY(HierLink) link;
    Map of_key;
    Indices hit;
    uint32_t n, *set;        /* nodes: substrate, wires, pieces of placements */
} Hier;

/* Pieces of a cell; hier_pins, once its netlist is known, finds its ports and compares it by itself. */
void hier_master(Hier *h, uint32_t cell);
void hier_pins(Hier *h, uint32_t cell);
void hier_master_free(Hier *h, HierMaster *m);
/* The joint of two placements, made when first asked for. */
const HierJoint *hier_joint(Hier *h, const HierLeaf *a, const HierLeaf *b);
/* Would metal in this place of the master change a capacitor or a resistor of it? */
bool hier_spoils(const Hier *h, const HierMaster *m, uint32_t layer, Box b);
Xform hier_invert(Xform t);

#endif
