/*
 * Physical verification: design rules of what is drawn, and connectivity of what is drawn against the netlist.
 *
 * Neither believes a SHAPE's `net`; lvs believes only the port of a leaf's or
 * soft cell's PIN shapes and of top's own PIN shapes. OBS shapes are no metal and are not looked at.
 */
#ifndef VERIFY_VERIFY_LAYOUT_H
#define VERIFY_VERIFY_LAYOUT_H

#include "gen/db/db.h"
#include "techs/techs.h"

/* ---- design rules (drc.c, drc_region.c) ------------------------------------------------------------------- */

typedef enum {
    DRC_WIDTH,       /* narrower than the minimum, Euclidean (also between inner corners) */
    DRC_SPACE,       /* gap or notch, Euclidean; boxes that touch at a corner only have spacing 0 */
    DRC_SPACE_WIDE,  /* the same next to metal that is wider than an entry of the wide table in both directions */
    DRC_AREA,        /* area of a merged polygon */
    DRC_GRID,        /* a side off the manufacturing grid */
    DRC_CUT_SIZE,
    DRC_CUT_SPACE,
    DRC_ENC_BELOW,   /* two opposite sides by enc, the other two by enc_side; value −1: not on metal at all */
    DRC_ENC_ABOVE,
    DRC_OUTLINE,     /* outlines of two leaf or soft cells share area */
    DRC_FRONT_SPACE,   /* region a nearer than that to region b, Euclidean; −1: they share area */
    DRC_FRONT_ENCLOSE, /* region a nearer than that to the outside of region b; −1: not in it */
    DRC_FRONT_EXTEND,  /* where a crosses b it does not go on far enough */
    DRC_CONTACT_ON,    /* contact on neither diffusion nor poly */
    DRC_CONTACT_GATE,  /* contact to poly over diffusion */
    DRC_IMPLANT_BOTH,  /* two implants on one diffusion */
    DRC_IMPLANT_NONE,
    DRC_HOLE,          /* a polygon encloses less area */
    DRC_DEVICE_LENGTH, /* gate shorter than its device's shortest */
    DRC_DEVICE_WIDTH,  /* narrower than its smallest */
    DRC_DEVICE_STEP,   /* its width is no multiple of the step: what is left, of the step */
    /* of whole designs: drc_whole, drc_density */
    DRC_TAP,           /* source or drain farther than that from every tap of its well or of the substrate; value −1: there is none */
    DRC_ANTENNA,       /* metal of one level on gates without diffusion: its area [dbu²], at most that of the gates times the ratio */
    DRC_ANTENNA_SUM,   /* of all levels up to this one, each with its piece of it */
    DRC_DENSITY_MIN,   /* covered area of a window [dbu²] */
    DRC_DENSITY_MAX,
    DRC_RULES
} DrcRule;
extern const char *const drc_rule_name[DRC_RULES]; /* "width", "space", … */

typedef struct {
    DrcRule rule;
    LayerId layer;        /* of DRC_OUTLINE: {UINT32_MAX} */
    Box box;              /* in top's coordinates: the narrow piece, the gap, the polygon's box, the cut, the shape, the
                             common area; a line or point where two corners face each other along an axis or touch */
    int64_t value, limit; /* dbu; dbu² for areas; 0 where nothing is measured */
    Region a, b;          /* of the front end's rules, else FE_N; `layer` is then a's main layer */
} DrcViolation;

typedef struct {
    ARRAY(DrcViolation) v;   /* sorted by layer, rule, place */
    uint64_t count[DRC_RULES];
    uint64_t shapes;         /* flat */
    uint64_t judged;         /* different neighbourhoods, each looked at once */
    uint64_t cells;          /* leaf and soft placements looked at */
} DrcReport;

/*
 * Check every rule of the technology on what is below `top`. Few placements are one window; of many, the same drawing in the same
 * surroundings is judged once and told at every place (drc_tile.c); a polygon of too little area that is also narrower than its layer's width may be told for its width
 * alone, and of a cut longer than the farthest rule only that much is told.
 *   out  filled; drc_free() it. One record per fault: pieces of one gap or one narrow place are joined.
 * Returns  ST_OK if clean, ST_VIOLATION if not (nothing is printed: see drc_print).
 * Rules    non-cut layers: width, space, wide table, min_area (0 = no rule), grid; cuts: cut_size, space, enclosures. Front end:
 *          every <rule> between regions, contacts, implants. Layers of the db that the technology lacks are checked for grid only.
 * Time     about linear in cell placements and in shapes of blocks, plus the different neighbourhoods; memory about 60 bytes each.
 */
Status drc_run(const Db *db, const Tech *t, CellId top, DrcReport *out);
/* The same by neighbourhoods, and on the flat drawing, however many placements there are; flat: memory about 40 bytes per shape. */
Status drc_run_tiled(const Db *db, const Tech *t, CellId top, DrcReport *out);
Status drc_run_flat(const Db *db, const Tech *t, CellId top, DrcReport *out);
void drc_free(DrcReport *r);
/* One line per rule with its count, then the first `max` violations: rule, layer, box, value, limit. */
void drc_print(const DrcReport *r, const Db *db, uint32_t max, Buf *out);

/*
 * Rules of a whole design (drc_whole.c): distance of taps and antennas. A cell alone need not keep them: its neighbours have the taps
 * and the diodes. Each cell's front end is that of its own shapes; metals, cuts and wells are those of all.
 *   out  filled; drc_free() it
 * Distances of taps are square (both |dx| and |dy|). A net with a source, drain or tap on it is no antenna from the level on that connects
 * it: the junction takes the charge. Antenna areas are of merged metal, or perimeter times thickness where the technology says so.
 * Time     about linear in flat shapes, memory about 40 bytes each; designs without any drawn front end cost nothing.
 */
Status drc_whole(const Db *db, const Tech *t, CellId top, DrcReport *out);

typedef struct {
    LayerId layer;
    uint64_t windows, below, above;
    double least, most, mean;  /* covered part, 0 … 1 */
    Box least_at, most_at;
} DrcDensity;
typedef struct { ARRAY(DrcDensity) v; } DrcDensities; /* metals with a density rule, from below; arr_free it */

/*
 * Density of each metal in windows from the lower left corner of top's outline, step by step; what a window has beyond the outline
 * does not count. Fill is drawn after sign-off of the analog cells, so a flow reports these rather than failing on them.
 *   table  out
 *   out    windows below the minimum or above the maximum as violations; drc_free() it
 * Returns  ST_OK or ST_VIOLATION. Time  about linear in flat shapes; memory 16 bytes per flat shape of the densest metal.
 */
Status drc_density(const Db *db, const Tech *t, CellId top, DrcDensities *table, DrcReport *out);

/* ---- layout against netlist (lvs.c, lvs_flat.c, lvs_short.c) ------------------------------------------------- */

typedef struct {
    const char *a, *b;    /* two nets of the netlist that the layout joins */
    LayerId layer;
    Box box;              /* where something of the one touches something of the other */
} LvsShort;

typedef struct {
    const char *net;
    uint32_t pieces;      /* extracted nets that it is in, ≥ 2; one piece per pin without any shape */
    uint32_t box0, n_box; /* into LvsReport.piece: one pin's box of each piece that has shapes */
} LvsOpen;

typedef struct {
    const char *pin, *net; /* instance path/port[bit], or a port of top; the net that it should be on with others */
    bool drawn;            /* false: the port has no PIN shape */
    Box box;
} LvsPin;

typedef struct {
    /* At most LVS_STORE_MAX records of each kind are kept; the counts are complete. */
    ARRAY(LvsShort) shorts;
    ARRAY(LvsOpen) opens;
    ARRAY(LvsPin) pins;       /* not connected to anything, though the netlist has others on their net: each is a piece of an open, too */
    ARRAY(Box) piece;
    uint64_t n_shorts, n_opens, n_pins;
    uint64_t nets;            /* netlist nets with at least one pin */
    uint64_t extracted;       /* extracted nets with at least one pin */
    uint64_t floating;        /* connected metal without any pin: for information */
    uint64_t terminals, shapes, cells;
    Arena arena;
} LvsReport;
enum { LVS_STORE_MAX = 10000 };

/*
 * Extract the connectivity of top's drawn shapes and compare it with its flat netlist.
 *   Devices are the leaf and soft cells; a port bit's PIN shapes are joined inside them; metal shapes of one layer that share
 *   area or a piece of an edge are joined (a corner does not join); a cut joins metal `level` and `level + 1` where it shares area
 *   with both. Layers other than metals and cuts between metals are not looked at.
 * Net names are paths as in the SPICE and DEF views: inst[ix][iy]/net[bit], the indices for arrays only. An open port is a net
 * of its own.
 * Returns  ST_OK if the two are the same, ST_VIOLATION if not (nothing is printed: see lvs_print); LVS-0001 if top is no block.
 * Time     about linear in the flat shapes; memory about 45 bytes each.
 */
Status lvs_run(const Db *db, CellId top, LvsReport *out);
void lvs_free(LvsReport *r);
/* Counts, then the first `max` shorts, opens and unconnected pins. */
void lvs_print(const LvsReport *r, const Db *db, uint32_t max, Buf *out);

/* ---- transistors against netlist (lvs_devices.c and lvs_netlist, _device, _reduce, _match) ----------------------- */

typedef struct {
    uint64_t drawn, netlist;  /* devices, flat, before any reduction */
    uint64_t reduced;         /* of the netlist, after it */
    uint64_t nets;            /* drawn nets on a device or port */
    uint64_t joined;          /* pieces of a supply that only their name joins: abutment or straps must */
    uint64_t untied;          /* wells and substrate without a tap in the cell: taken to be on their supply */
    uint64_t n_diff;          /* differences, 0: the same circuit */
    Buf text;                 /* the first differences, one per line: device or net, and where */
    Arena arena;
} LvsDevices;

/*
 * Recognise the devices that shapes make, and compare with a netlist.
 *   Transistor: poly over diffusion under its implant, outside of wells N, in an N well P; its model follows from the layers of role
 *   flavour over it; width is half the edge shared with source and drain, length area by width. Capacitors: plates of the
 *   capacitor metals that face each other across a marked gap. Resistors: poly or metal under its mark, with two ends; sheet
 *   resistance times area by the square of the width, which is half of what the ends share with it (corners count as squares). Ports
 *   are top's own PIN shapes, matched by name.
 *   A gate on a net without source, drain, capacitor, resistor and port is told, too: it floats, whatever the netlist says.
 *   Parallel devices are one of their summed width (not resistors); equal stacks between the same nets are one; source and drain are
 *   alike. Sizes must be equal to the dbu, values within LVS_VALUE_TOLERANCE.
 * layout and netlist may be the same db, or one read from a GDS stream and one from SPICE.
 * A block is compared cell by cell where its placements pair with the netlist's in order and its own shapes are only metals and cuts: each
 * master once with its netlist, each way that two placements touch once, then all placements by their pins. Every master must then be
 * right by itself; three cells that only together make or change a device are not seen. Abstracts count by their pins.
 * Returns  ST_OK if they are the same, ST_VIOLATION if not (nothing is printed).
 * Time     cell by cell: about linear in placements and wires of blocks, memory about 4 bytes per piece of connected metal in each
 *          placement and 80 per placement; flat: about linear in shapes; the comparison O(rounds · n log n).
 */
Status lvs_devices(const Db *layout, CellId top, const Db *netlist, CellId sub, const Tech *t, LvsDevices *out);
/* The same, all shapes at once. */
Status lvs_devices_flat(const Db *layout, CellId top, const Db *netlist, CellId sub, const Tech *t, LvsDevices *out);
void lvs_devices_free(LvsDevices *d);
/* Has the cell, or one below it, polygons of transistors, or is it an abstract (outline and pins)? */
bool lvs_drawn(const Db *db, const Tech *t, CellId leaf);
#define LVS_VALUE_TOLERANCE 0.02

/* ---- two netlists (compare.c) --------------------------------------------------------------------------------- */

typedef struct {
    uint64_t cells, terminals, nets;       /* of a: leaf placements, their pins and top's ports, nets with at least one of these */
    uint64_t n_cells, n_masters, n_nets, n_devices; /* differences: placements only in one; other master; nets; leaf masters' devices */
    bool by_name;                          /* placements were matched by their names; else by their order */
    Buf text;                              /* the first differences, one per line; freed by netlists_diff_free */
} NetlistDiff;

/*
 * Do two netlists say the same? Both are flattened to leaf and soft cells; cells without instances that are blocks vanish.
 *   Placements match by path if both sides have the same paths, else by order (then their number must agree). Masters must
 *   have the same name, and their port bits are matched by name; so are top's. The terminals must fall into the same nets; names of nets do
 *   not matter. A terminal that one side lacks or leaves open must be alone on its net on the other side.
 *   devices  compare also the devices inside of each leaf master: kind, model, w, l, m, value, nets, in order of creation
 * Returns  ST_OK if they are the same, ST_VIOLATION if not (nothing is printed).
 * Time     O(n log n) in the placements.
 */
Status netlists_equal(const Db *a, CellId top_a, const Db *b, CellId top_b, bool devices, NetlistDiff *out);
void netlists_diff_free(NetlistDiff *d);

#endif
