/*
 * Inside of the cell generator: rows (draw_rows.c), order of gate columns (draw_order.c), grid and router (draw_grid.c, draw_route.c),
 * minimal areas, notches, wide metal (draw_mend.c, draw_raster.c), polygons (draw.c).
 *
 * Invariant: every coordinate is on the manufacturing grid; whatever stands on two grid points that do not conflict (draw_grid.c) is as
 * far apart as the rules say.
 */
#ifndef CELLS_DRAW_INT_H
#define CELLS_DRAW_INT_H

#include "cells/draw.h"

/* ---- one transistor row, from its VSS rail's middle (y = 0) to its VDD rail's middle (y = h); draw_rows.c ----------------- */

typedef struct {
    int32_t y0, y1;     /* diffusion may be drawn between */
    int32_t track;      /* track on which contacts of the narrowest device lie */
    int32_t gate;       /* the gate contact's track that is nearest to this zone */
} RowZone;

typedef struct {
    const Tech *t;
    int32_t h, track, n_tracks;    /* height; horizontal lines of the grid: line k is at k · track, half a metal 3 pitch */
    RowZone z[2];                  /* N, P */
    int32_t well, nimp, pimp;      /* lower edge of well and P implant, upper edge of N implant */
    int32_t half;                  /* half a gate pitch (rounded down to the grid in draw_x) */
    int32_t gap;                   /* half pitches that a diffusion break adds */
    int32_t margin;                /* x of the first contact: half of every spacing is left to the edge */
    int32_t tap;                   /* width of a tap region at the left, 0: none */
    int32_t spans, span;           /* stretches of so many gate pitches between taps; if there is more than one, the last has a tap behind it, too */
    int32_t co, co_end, co_side;   /* contact; diffusion beyond it at the end of a strip, above and below it */
    int32_t pad_x, pad_y;          /* poly around a gate contact: whole size */
    int32_t poly_ext, diff_ext;
} RowGeom;

Status draw_rows(const Tech *t, bool taps, RowGeom *out);
/* Set the spans of a row of width w so that taps on both sides reach all of each; a single one has the neighbour's on its right. */
void draw_row_spans(RowGeom *g, int32_t w);
int32_t draw_row_width(const RowGeom *g, int32_t span); /* of its spans of so many gate pitches */
int32_t draw_n_taps(const RowGeom *g);
int32_t draw_tap_x(const RowGeom *g, int32_t k);   /* left edge of tap region k, from the cell's */
int32_t draw_tap_mid(const RowGeom *g, int32_t k); /* line of its contacts */
int32_t draw_x(const RowGeom *g, int32_t pos); /* x of a position in half gate pitches, taps between spans not counted, from the cell's left edge */
/* Add a flavour's layer over a row of a cell of width w. It must not end in a well that its neighbour has, too: where its width and spacing let it,
 * it stands over N and P devices apart, one outside wells and one inside; else over the whole row and `over` on both sides. */
void draw_mark(Db *db, CellId c, const RowGeom *g, const char *mark, int32_t row, int32_t w, int32_t over);
/* Diffusion of a device of width w in a zone: the range that holds the contact track. */
void draw_diff_range(const RowGeom *g, int kind, int32_t w, int32_t *y0, int32_t *y1);
/* From row coordinates to the cell's. */
int32_t draw_row_y(const RowGeom *g, int32_t row, int32_t y);

/* ---- gate columns; draw_order.c --------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t dev;            /* in DbCell.devices */
    int kind;                /* 0 N, 1 P */
    int32_t gate, left, right; /* net ids of the generator */
    int32_t w, l;
    const char *mark;        /* layer that marks its flavour, NULL: none */
} Finger;

typedef struct {
    int32_t f[2];            /* finger of N, P; −1: none */
    int32_t row, pos;        /* placed: row, position of the gate in half pitches */
} Column;

typedef struct {
    ARRAY(Finger) finger;
    ARRAY(Column) col;       /* in order of rows, then of positions; fingers turned as placed */
    int32_t width;           /* half pitches that the longest row needs, first to last contact */
    uint32_t breaks;
    bool exact;
} Placement;

/* Fingers of a device: as few as the row's height allows, an even number of one of a pair, so that A B B A can stand, if each is as wide as the
 * narrowest device. */
int32_t draw_finger_count(const RowGeom *g, const TechDevice *td, const DbDevice *d);

/* Net ids: (net, bit) of the cell in order of first use. */
typedef struct {
    NetId net;
    uint32_t bit;
} DrawNet;

typedef struct {
    Map index;
    ARRAY(DrawNet) v;
} DrawNets;
/* Row and track of a grid line; is a contact there on a gate? */
int32_t draw_line_track(const RowGeom *g, int32_t j, int32_t *row);
bool draw_gate_line(const RowGeom *g, int32_t j);
int32_t draw_net(DrawNets *n, NetId net, uint32_t bit);

/* Half pitches that a cell's fingers of one kind, of which there are more, take in all rows together, were there no breaks: no order needs fewer. */
int32_t draw_least_length(const Db *db, CellId c, const RowGeom *g);

/* max_pos: half pitches that fit in a row; 0: as long as needed for spec.rows equal rows. variant: 0 the best order found; others cross other
 * nets less. DRAW-0004 if they do not fit. */
Status draw_order(const Db *db, CellId c, const RowGeom *g, int32_t rows, int32_t max_pos, uint32_t variant, DrawNets *nets, Placement *out);

/* ---- large cells; draw_block.c ---------------------------------------------------------------------------------------------- */

/* Metal of one net in one part: shapes first … first + n − 1 of the cell. */
typedef struct {
    NetId net;
    uint32_t bit, first, n;
} PartNet;

typedef struct {
    ARRAY(PartNet) net;
    uint32_t fingers, columns, breaks;
} DrawParts;

/* Is the cell drawn part by part? Those of few transistors are drawn as a whole. */
bool draw_large(const Db *db, const RowGeom *g, CellId c);

/* The device behind the part that begins with device i. */
uint32_t draw_part_end(const Db *db, const Tech *t, CellId c, uint32_t i);

/* Draw the parts of a cell of given outline into its rows: adds their shapes, and the flavours' layers. DRAW-0004, DRAW-0005: nothing is
 * added then.
 *   lift   metal on which the parts offer their nets; wires within parts use it and those below
 * Time   O(parts² · rounds), and the drawing of each different part once. */
Status draw_parts(Db *db, const Tech *t, CellId c, const RowGeom *g, const DrawSpec *spec, int32_t lift, DrawParts *out);

/* ---- capacitors; draw_caps.c ----------------------------------------------------------------------------------------------- */

/* One of several combs in a cell: the capacitors of one common plate, between two heights. */
typedef struct {
    DrawNet common;
    int32_t y0, y1;
    bool stands;             /* contacts are at its lower end, else at its upper one */
    double least, below;     /* F: it has the plate's capacitors from this value up to, but without, that one; below 0: all */
    int32_t line;            /* x near which the common plate leaves, rather than in the middle; 0: there */
} CapComb;

/* Lay the cell's capacitors, or those of one comb, over its outline: adds shapes with nets. Their bottom plates end on pads one metal below the capacitor
 * metals, which the router takes for terminals; those of a comb and of its common plate are at its upper end. DRAW-0001, DRAW-0002, DRAW-0006, told only if `tell`: nothing is added then. */
Status draw_caps(Db *db, const Tech *t, CellId c, const CapComb *comb, bool tell);
/* Is a device one of the comb's capacitors? */
bool draw_in_comb(const CapComb *m, const DbDevice *d);

/* ---- resistors of poly; draw_strips.c ---------------------------------------------------------------------------------- */

/* Is a cell's device drawn as strips of poly? Resistors of a tenth of a contact's resistance are, and smaller ones of the
 * same string, which share nets with them one after the other, supplies aside; the others are pieces of wire. */
bool draw_is_strip(const Db *db, const Tech *t, CellId c, uint32_t dev);
bool draw_has_strips(const Db *db, const Tech *t, CellId c);

/* Rows (an even number, at most `most`) that a cell's strips take in its width, and rows of a band of them. 0: there is no size of a strip of
 * which all resistors are whole numbers, the technology has no plain poly resistor, or they do not fit. */
int32_t draw_strip_rows(Db *db, const Tech *t, CellId c, bool taps, int32_t most, int32_t *band);

/* Draw the strips into so many rows from row `row`, with bars of metal 1 on the resistors' nets, which are to be joined. Asserts that they fit. */
void draw_strips(Db *db, const Tech *t, CellId c, bool taps, int32_t row, int32_t band);

/* The layer that makes resistors of the metal of this level; NULL: the technology has none. */
const TechLayer *draw_resistor_mark(const Tech *t, int32_t level);

/* Is the part of a cell's shape in a box the body of such a resistor alone? No contact may stand on it. */
bool draw_is_body(const Db *db, const Tech *t, CellId c, int32_t level, const DbShape *s, Box in);

/* ---- feeds of wide wires; draw_feed.c ------------------------------------------------------------------------------------- */

/* Does a resistor join a strap to a wide wire below it? */
bool draw_is_feed(const Db *db, const Tech *t, CellId c, const DbDevice *d);
/* Is a net that of such a strap or wire, and no supply? */
bool draw_is_fed(const Db *db, const Tech *t, CellId c, NetId net);
/* Draw a cell's feeds: bodies on the metal of this level, marked, and pads of all metals between straps and wires. DRAW-0001: no layer marks them. */
Status draw_feeds(Db *db, const Tech *t, CellId c, int32_t level);

/* Does an input come in at the cell's lower edge and end in the cell? */
bool draw_fed_from_below(const Db *db, CellId c);

/* ---- high cells; draw_stack.c, draw_trunks.c ----------------------------------------------------------------------------------------------- */

/* Has the technology what a high cell needs: capacitor metals, a mark of resistors on the metal below? */
bool draw_stack_can(const Tech *t);

/* Where combs and sections stand, from the top downwards. The first way is taken in which the wires between sections find tracks that leave common plates
 * in peace; if there is none, that in which they move them least. */
typedef enum {
    STACK_PLAIN,            /* combs in the circuit's order */
    STACK_BELOW,            /* combs whose common plate nothing holds first, all sections below them: of what moves only bottom plates' wires pass there */
    STACK_WAITS,            /* sections on capacitors' bottom plates stand below the contacts of these, what must not stand there anyway above: higher */
    STACK_WAYS
} StackWay;

/* Rows that a cell of the outline's width needs, an even number; 0: it cannot be drawn (not told). across: height of a bundle of
 * wires that will cross the cell, 0: none; dbu. The cell has its pins, in an outline that is DRAW_FAR rows high. */
enum { DRAW_FAR = 1000 };
int32_t draw_stack_rows(Db *db, const Tech *t, CellId c, int32_t across, StackWay way);
/* Do sections, resistors and the wires between them find room in the cell's outline, with taps inside? Nothing is drawn or told. ST_VIOLATION: they lack room;
 * ST_INPUT: it has a device that cannot be drawn. */
Status draw_stack_fits(Db *db, const Tech *t, CellId c);
/* Height of the combs that sections stand below in STACK_BELOW, in rows; 0: they do not fit. The cell as for draw_stack_rows. */
int32_t draw_stack_above(Db *db, const Tech *t, CellId c);
/* How much the wires between sections move common plates that nothing holds, in the cell's outline: their capacitance to what moves, by a rough estimate, over the
 * least of the plates' capacitors; infinite: no room. Up to DRAW_STILL it is as good as none; from DRAW_BENT on STACK_WAITS may be better, of which it does not know the sections' wires below the
 * plates. Nothing is drawn or told. */
#define DRAW_STILL 0.15
#define DRAW_BENT 1.0
double draw_stack_moves(Db *db, const Tech *t, CellId c, StackWay way);

/* Draw a cell of given outline and pins in sections, in the way that suits it, with taps at the left of all rows if wanted. Status as cells_draw: nothing is added then. */
Status draw_stack(Db *db, const Tech *t, CellId c, bool taps, DrawStats *out);

/* ---- polygons of rectangles; draw_raster.c --------------------------------------------------------------------------------- */

typedef struct { ARRAY(Box) v; } Boxes;

/* Does a hold b? */
bool draw_box_holds(Box a, Box b);
/* Area of what the boxes cover together; dbu². These take O(lines of x · lines of y + boxes · log). */
int64_t draw_area(const Boxes *of);
/* Areas that they enclose and that are smaller than `least`: what each extends over is added to `out`. */
void draw_holes(const Boxes *of, int64_t least, Boxes *out);
/* Rectangles in which a square of this side stands, all covered: around each such square the longest in x and the longest in y, added to
 * `out`; some may be there twice. */
void draw_wide(const Boxes *of, int32_t side, Boxes *out);

/* Where a comb over a cell of this width has fingers of the common plate: x0 and x1 of each are added to `out`, from left to right. */
void draw_common_fingers(const Tech *t, int32_t w, Boxes *out);

/* ---- grid and router ------------------------------------------------------------------------------------------------------------ */

/* A shape of the router on a grid point: the wire's square, or the pad of the cut above or below, long in x or in y. */
typedef enum { PT_WIRE, PT_ABOVE_X, PT_ABOVE_Y, PT_BELOW_X, PT_BELOW_Y, PT_N } PointShape;

typedef struct {
    int32_t lo, hi;          /* grid lines lo … hi − 1 */
} Range;

typedef struct {
    int32_t net;
    uint32_t first, n;       /* candidates in Grid.cand */
    bool metal;              /* a wire that is there already, on its level; else a contact is needed */
    bool any;                /* its candidates do not hang together: one is to be reached */
} Term;

typedef struct {
    int32_t level, i, j;     /* level 0: contact to what lies below */
} Cand;

typedef struct {
    int32_t level;
    int32_t net;
    Box box;
} DrawBox;

typedef struct {
    int32_t level, shape, i, j; /* shape PT_N: the cut above `level` */
    uint16_t own, own_pads;     /* shapes of its own net that are too near to it there; of these, poly under gate contacts */
} Placed;

typedef struct {
    ARRAY(Placed) at;        /* what it occupies */
    ARRAY(DrawBox) wire;
    uint32_t n_cuts;
} Routed;

/* What the router looks at together lies together: a shape on a grid point, a cut on one. */
typedef struct {
    float hist;              /* what conflicts of earlier rounds have made of its cost */
    int32_t fix;             /* net that a fixed shape reserves the point for; −1 free; −2 nobody's */
    uint16_t cnt;            /* shapes that are too near to one here */
} ShapeRoom;

typedef struct {
    float hist;
    uint16_t cnt;
} CutRoom;

typedef struct {
    const RowGeom *g;
    const Tech *t;
    int32_t w, h;            /* the cell */
    int32_t nx, ny, levels;
    int32_t *x, *y;
    bool *odd;               /* [nx]: a line of a wire that is there, not of gates or taps */
    int32_t sx[16][PT_N], sy[16][PT_N];    /* [level][shape] half sizes */
    int32_t cut_edge[16];                  /* middle of a cut to the cell's edge: half a spacing is the neighbour's */
    bool has[16][PT_N];                    /* the second orientation exists only if it differs */
    bool horizontal[16];                   /* the metal's direction */
    Range *rx[16][PT_N][PT_N], *ry[16][PT_N][PT_N];
    Range *cx[16], *cy[16];                /* cuts of a level among themselves */
    Range *px, *py;                        /* poly around gate contacts among themselves */
    uint16_t *pad_cnt;
    ShapeRoom *room[16][PT_N];             /* [level][shape][j·nx + i] */
    CutRoom *cut[16];
    ARRAY(DrawBox) fixed;
    ARRAY(Term) term;
    ARRAY(Cand) cand;
    int32_t *term_at;                      /* [j·nx + i]: terminal whose contact may stand there, −1 */
    ARRAY(Routed) net;
    ARRAY(Pt) clash;                       /* grid points (i, j) where shapes of the last round are too near to each other */
    uint32_t rounds;
    bool patient;                          /* where a few nets stay in each other's way, all the others are routed again once */
    uint32_t least;                        /* nets in each other's way in the best round that had any; UINT32_MAX: none had */
    bool *away;                            /* [net]: its wires keep off the highest level, where what is sensitive to it runs; NULL: none */
    int32_t *most;                         /* [net]: vias to metals above this one are dear; 0: none is; NULL: for no net */
} Grid;

void grid_make(Grid *q, const RowGeom *g, int32_t w, int32_t h, int32_t levels, int32_t n_pos, const int32_t *more_x, uint32_t n_more);
void grid_free(Grid *q);
void grid_fix(Grid *q, int32_t level, int32_t net, Box b);  /* a shape that is there already */
/* Room that fixed shapes take from other nets, and the cell's edges from all: call once all are known. */
void grid_block(Grid *q);
void grid_keep_off(Grid *q, int32_t level, Box cut); /* no cut of this level nearer to one that is there than its spacing */
int32_t grid_line_x(const Grid *q, int32_t x); /* index, −1 if no line is there */
int32_t grid_line_y(const Grid *q, int32_t y);
Box grid_box(const Grid *q, int32_t level, int32_t shape, int32_t i, int32_t j);
Box grid_cut(const Grid *q, int32_t level, int32_t i, int32_t j);
/* Distances along the lines to the nearest goal: in rows that have one, then from row to row (draw_distance.c).
 *   near   [ny][nx] 0 at goals, very large elsewhere
 *   goal_row [ny] does the row have one?
 *   dx, dy [nx − 1], [ny − 1] from line to line
 * Time   O(nx · ny) */
void grid_distances(float *near, const bool *goal_row, const float *dx, const float *dy, int32_t nx, int32_t ny);

/* Connect the terminals of every net and mend (below). False: not all conflicts could be resolved. `alone`: nets of one terminal that
 * need a contact. `impatient`: gives up soon. */
bool grid_route(Grid *q, uint32_t n_nets, const bool *alone, bool impatient);
/* Minimal areas and notches: adds boxes. False if a piece of metal has no room to grow: nothing is added then, its net is marked in
 * `again` and its places have become dearer. */
bool grid_mend(Grid *q, uint32_t n_nets, bool *again);

/* ---- kept drawings: draw_keep.c --------------------------------------------------------------------------------------------- */

/* Key of a cell that is not drawn yet. False: the technology is not that of a file, nothing is to be kept. */
bool draw_kept_key(const Db *db, const Tech *t, CellId c, char key[65]);
/* Add the shapes that were kept by that key, and set the outline; false: there are none. */
bool draw_kept_get(Db *db, CellId c, const char *key, DrawStats *stats);
/* Keep the outline and the shapes from n_before on. */
void draw_kept_put(const Db *db, CellId c, const char *key, uint32_t n_before, const DrawStats *stats);

/* Transistors and wires of this run (Tech.made), of a cell whose capacitors are drawn already. Key: all that these depend on, so without the capacitors' values
 * and with nothing that stands above the metals of wires; parts: it is drawn part by part. False: none are held. */
bool draw_known_key(const Db *db, const Tech *t, CellId c, const DrawSpec *spec, bool parts, char key[65]);
/* As memo_get: false asks for a put. Adds the shapes and sets the outline; *st: what became of it then; not ST_OK: nothing is added. */
bool draw_known_get(Db *db, const Tech *t, CellId c, const char *key, DrawStats *stats, Status *st);
/* Hold the outline and the shapes from n_before on. */
void draw_known_put(const Db *db, const Tech *t, CellId c, const char *key, uint32_t n_before, const DrawStats *stats, Status st);

/* Width of a part's columns in a row, not drawn: by draw_order, or as this run has found it already. 0: none. dbu */
int32_t draw_known_width(const Db *db, const Tech *t, CellId c, const RowGeom *g);

/* ---- one cell being drawn: draw.c, terminals in draw_terms.c --------------------------------------------------------------- */

enum { DRAW_LIFT = DRAW_PARTS_LIFT };

typedef struct {
    Db *db;
    const Tech *t;
    CellId c;
    DrawSpec spec;
    RowGeom g;
    DrawNets nets;
    Placement p;
    Grid q;
    int32_t w, h;
    double *room;        /* [column] share of a row's spare room that is left of it; the share right of the last column is 1 */
    DrawParts parts;
    uint32_t n_plain;        /* fixed shapes before those of parts */
    bool large;
    bool patient;            /* of the router (Grid) */
    uint32_t least;          /* Grid.least of the best arrangement of this order */
} Draw;

/* Gate columns of one kind in one row, from left to right. */
typedef struct {
    const Column *c;
    const Finger *f;
} Gate;
typedef struct { ARRAY(Gate) v; } Gates;
void draw_gates(const Draw *d, int32_t row, int kind, Gates *out);
int32_t draw_reach(const Draw *d, const Finger *f); /* half pitches from a gate to the contact beside it */

/* A bank: columns of one row, from `first` to the one returned, whose N gates are one net and whose P gates are another. Their gates are
 * joined by a bar of poly each, so that one contact serves all; it may also stand behind the last column, beside one source or drain. */
uint32_t draw_bank_end(const Draw *d, uint32_t first);
int32_t draw_behind(const Draw *d, uint32_t last); /* line of the contact behind a bank; −1: something stands there */

int32_t draw_rail_net(Draw *d, bool vdd);
/* Does every signal port have a piece of this metal on which a cut to the next one has room? */
bool draw_offers_all(const Db *db, const RowGeom *g, CellId c, int32_t level);
void draw_metal_terms(Draw *d);  /* wires that were there before the parts */
void draw_part_terms(Draw *d);
void draw_device_terms(Draw *d); /* contacts on transistors and taps; metal for ports */

#endif
