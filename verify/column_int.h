/* Inside of the column co-simulation: the flat crossbar and the part of it that goes into a deck. */
#ifndef VERIFY_COLUMN_INT_H
#define VERIFY_COLUMN_INT_H

#include "cells/characterize_int.h"
#include "verify/column.h"

/* What a leaf cell is, told by its ports: a netlist read back has no function names. */
typedef enum { LEAF_OTHER, LEAF_SYNAPSE, LEAF_DUMMY, LEAF_DRIVER, LEAF_SWITCH, LEAF_END, LEAF_ADC, LEAF_LADDER } LeafKind;

/* A net's name taken apart: base[bit]:node. */
typedef struct {
    NameId base;       /* in XbarFlat.names */
    uint32_t bit;
} WireName;

typedef struct {
    CellId cell;
    LeafKind kind;
    uint32_t n_pins;
    WireName *pin;     /* [n_pins] port bits in order */
    bool *active;      /* [n_pins] a device inside touches it */
} LeafType;

typedef struct {
    WireName name;
    uint32_t owner;    /* placement that the net belongs to: 0 the crossbar itself */
} FlatNet;

typedef struct {
    uint32_t type;     /* LeafType */
    uint32_t pin0;     /* first of its pins in XbarFlat.pins */
} FlatLeaf;

/* A resistor or capacitor of a block: an extracted wire. */
typedef struct {
    DevKind kind;
    uint32_t a, b;     /* nets */
    double value;
} FlatPart;

typedef struct { uint32_t leaf, pin; } PinRef;

struct XbarFlat {
    const Db *db;
    Names names;
    ARRAY(LeafType) types;
    ARRAY(FlatNet) nets;    /* net 0 is ground */
    ARRAY(FlatLeaf) leaves;
    ARRAY(uint32_t) pins;   /* net per pin */
    ARRAY(FlatPart) parts;
    uint32_t *pin_of0, *part_of0;   /* [nets + 1] */
    PinRef *pin_of;                 /* pins on each net */
    uint32_t *part_of;              /* parts on each net */
    uint32_t columns, rows, blocks;
    uint32_t placements;
    Map type_of;            /* cell -> type */
    Arena arena;
};

static inline uint32_t leaf_net(const XbarFlat *f, uint32_t leaf, uint32_t pin)
{
    return f->pins.v[f->leaves.v[leaf].pin0 + pin];
}
static inline const LeafType *leaf_type(const XbarFlat *f, uint32_t leaf)
{
    return &f->types.v[f->leaves.v[leaf].type];
}
static inline const char *wire_base(const XbarFlat *f, uint32_t net) { return names_str(&f->names, f->nets.v[net].name.base); }
/* First pin of a leaf with that base name and bit; UINT32_MAX. */
uint32_t leaf_pin(const XbarFlat *f, uint32_t leaf, const char *base, uint32_t bit);

/* ---- the cut (column_cut.c) ----------------------------------------------------------------------------- */

typedef enum { PUT_WHOLE, PUT_LUMP, PUT_INPUT } PutHow; /* as it is; capacitance only; converter: what loads AIN */

typedef struct {
    uint32_t leaf;
    PutHow how;
    uint32_t row;      /* synapses */
} CutLeaf;

/* A row wire seen from the column. */
typedef struct {
    uint32_t row;
    bool negative;     /* XN */
    double r, c;       /* ohm and F of equal Elmore delay, without the driver's resistance and this column's own synapse */
} CutRow;

typedef struct {
    const XbarFlat *f;
    const ColumnJob *job;
    uint8_t *column;       /* [nets] 1: belongs to the column's own wires, 2: likewise, of a block that is not joined */
    uint32_t *list;        /* those nets in order of discovery */
    uint32_t n_list;
    ARRAY(CutLeaf) leaves;
    ARRAY(CutRow) rows;
    uint32_t end_net;      /* GCOL at the column end: where it is measured */
    double c_wires;
    Arena arena;
} ColumnCut;

/* COS-0006 the column has no end, COS-0007 its rows are not where they should be. */
Status column_cut(const XbarFlat *f, const ColumnJob *job, const ColumnDrive *drive, ColumnCut *cut);
void column_cut_free(ColumnCut *cut);

/* Deck node of any net, "" never; the text lives in buf (32 bytes). */
const char *cut_node(const ColumnCut *cut, uint32_t net, char *buf);

/* ---- deck text (column_deck.c) --------------------------------------------------------------------------- */

/* options: tolerances of the simulator. devices: transistors in it. */
void column_deck(const ColumnCut *cut, const Tech *t, const ColumnDrive *drive, const char *options, Buf *out, uint32_t *devices);

/* Write a deck and run ngspice on it. COS-0003, COS-0004, COS-0005; PROC-0001; IO-* */
Status column_run(const char *deck, const Buf *text, double timeout, CharDeck *read);

#endif
