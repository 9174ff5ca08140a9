/*
 * From channel solutions to drawn shapes, and the power mesh. Everything drawn here is clean by construction: pitches, gaps
 * and lengths are derived from the technology's rules first and handed to the router as grid rules.
 */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "gen/db/db.h"
#include "route/channel.h"
#include "techs/techs.h"

/* ---- channel geometry (rules.c) ----------------------------------------------------------------- */

typedef struct {
    LayerId h_layer, v_layer, cut_layer;
    int32_t v_level;            /* metal level of the columns (4); tracks are on v_level + 1 */
    int32_t col_pitch;          /* dbu; column i is centred on x0 + (i + 1/2) · col_pitch */
    int32_t track_pitch;        /* least distance of tracks that lets vias stand on neighbouring ones */
    int32_t edge;               /* first and last track centre to the channel's edges */
    int32_t h_w, v_w;           /* wire widths */
    int32_t cut, h_end, v_end;  /* cut size; wire ends reach so far beyond the via's centre */
    int32_t h_side, v_side;     /* half width of the via pad across the wire, >= half the wire width */
    bool strap;                 /* cuts in neighbouring columns are too near: one cut and a strap on the column metal instead */
    uint32_t h_gap, v_gap, min_len; /* for Channel */
} ChanRules;

/* Rules of the channel with columns on metal v_level (4) and tracks above it. RTE-0010 if the technology has no such layers. */
Status route_channel_rules(const Db *db, const Tech *t, int32_t v_level, ChanRules *out);
/* Height of a channel of n tracks, rounded up to the pitch of the metal below the columns; 0 tracks: the columns' spacing. */
int32_t route_channel_height(const Tech *t, const ChanRules *r, uint32_t n_tracks);

/* ---- from a cell to a channel problem and back (collect.c, shapes.c) --------------------------------- */

typedef struct { NetId net; uint32_t bit; } ChanNet;

typedef struct {
    Channel ch;                 /* gaps filled in from the rules; arrays in the arena */
    ARRAY(ChanNet) nets;        /* nets.v[id]: what a channel net id stands for in the parent; v[0] unused */
    int32_t x0, x1;
    Arena arena;
} ChanProblem;

/*
 * Collect the pins of placed instances along a horizontal channel of `parent`.
 *   x0, x1      the channel's ends; (x1 - x0) is a multiple of the column pitch
 *   y_bottom    pins whose box ends at this y (y1 == y_bottom) are the bottom pins,
 *   y_top       pins whose box begins at this y (y0 == y_top) the top pins. Before the channel's height is known put
 *               both strips together (y_top == y_bottom) and move the upper one by the height afterwards.
 * Direct instances (arrays too) and their masters' PIN shapes on the column metal, and parent's own PIN shapes, are looked at.
 * Supply nets (USE_POWER, USE_GROUND) are left out: they belong to the mesh.
 * Errors  RTE-0011 a pin is not on a column, RTE-0012 two pins of different nets in one column on one side.
 */
Status route_channel_collect(const Db *db, CellId parent, const ChanRules *r, int32_t x0, int32_t x1,
                             int32_t y_bottom, int32_t y_top, ChanProblem *out);
void route_channel_free(ChanProblem *p);

/*
 * Draw a solution: tracks on the upper metal, columns on the lower, via cuts with enclosing pads; straight-through pins become
 * one vertical wire. SHAPE_WIRE and SHAPE_VIA (cut) with net and bit; pads and extensions are SHAPE_WIRE.
 *   at    lower left corner of the channel in `cell`
 */
void route_channel_shapes(Db *db, CellId cell, Pt at, const ChanRules *r, const ChanProblem *p, const ChanSolution *s,
                          int32_t height);

/* The three steps in one: rules, collect, route. The builder then moves the upper strip by *height and calls
 * route_channel_shapes(). extra columns widen the channel at its right end (sol->n_cols · col_pitch). */
Status route_channel(const Db *db, const Tech *t, CellId parent, int32_t x0, int32_t x1, int32_t y_bottom, int32_t y_top,
                     const ChanOptions *opt, ChanRules *r, ChanProblem *p, ChanSolution *sol, int32_t *height);

/* ---- power mesh (power.c) ------------------------------------------------------------------------------ */

/* Where a reference is taken: a column on the metal below the mesh, and what it draws. */
typedef struct { Box column; double current_a; } PowerTap;

typedef struct {
    double current_a;           /* of the whole cell, from VDD to VSS; 0: not known, straps of minimal width */
    double max_drop_v;          /* wanted; 0: 5 % of VDD */
    int32_t strap_pitch;        /* distance of two straps of one net; 0: chosen */
    NetId reference;            /* a port of the cell, carried to n_taps columns; n_taps 0: none */
    const PowerTap *tap;        /* [n_taps] */
    uint32_t n_taps;
    Box trunk;                  /* a column of the reference's, drawn already, that joins its straps; x1 == x0: none */
    double max_reference_v;     /* wanted drop of the reference, with all taps drawing; > 0 if there are taps */
} PowerOptions;

typedef struct { int32_t x, y; int net; double drop; } PowerNode; /* dbu; 0 VDD, 1 VSS; V */
#define POWER_NODES 10

/* The piece of the mesh nearest to its electromigration limit; without limits or current the one that carries most. */
typedef struct {
    const char *layer;                    /* of the technology; NULL: there is none */
    int32_t x, y;                         /* dbu, middle of the wire's piece or of the crossing's cuts */
    int net;
    double current, limit;                /* A; limit: at Tech.em_at, of the wire's width or of one cut; 0: none given */
    double nominal;                       /* A, the same at the layer's em_temp */
    double rel;                           /* current / limit; 0 without limit */
} PowerLoad;

/* The reference's own straps. */
typedef struct {
    uint32_t n_straps, n_vias;
    int32_t strap_w;
    double drop_v, wanted_v;              /* static, of the worst tap, all drawing; fed at both ends of every strap */
    uint32_t worst;                       /* tap of it */
    double *drop;                         /* [n_taps] V, owned: power_report_free */
    PowerLoad load;                       /* wire, column or cut nearest to its limit; net 2 */
} PowerReference;

typedef struct {
    int32_t strap_w, strap_pitch;
    uint32_t n_straps, n_vias, n_columns; /* n_columns: supply columns found (per net and x) */
    uint32_t cuts;                        /* per crossing with room for them */
    double ir_drop_v, ir_drop_rel;        /* static, worst node of VDD; fed at both ends of every strap */
    PowerLoad wire, via;                  /* via: the current of one cut; a crossing's cuts share evenly */
    PowerNode worst[POWER_NODES];         /* nodes of the largest drop, falling */
    uint32_t n_worst;
    ARRAY(PowerNode) nodes;               /* every crossing's column node, by net, then in order of straps; owned: power_report_free */
    PowerReference ref;                   /* n_straps 0: none was asked for */
    bool over;                            /* RTE-0023 or RTE-0024 was said: a drop wanted or a limit is exceeded */
    uint32_t unconnected;                 /* columns no strap crosses */
} PowerReport;

/*
 * Over-the-cell supply: horizontal straps (tech_mesh_level) over the whole outline of `cell`, VDD and VSS alternating, cuts
 * down to every supply pin on the metal below (VDD or VSS by the use of its net, anywhere below `cell`) that they cross; PIN shapes of the
 * straps' ends are the cell's supply pins. Ports VDD and VSS must exist in `cell`. A crossing has two cuts where it has room, and as many more
 * as the worst one's current needs: by electromigration, and to keep its drop below 1 % of what is wanted.
 * A reference gets straps of its own between the supplies', in every gap whose strap crosses a tap's column from edge to edge, all of the width that keeps its
 * drop below what is wanted (RTE-0024 if the gaps hold no such width); its straps' ends are pins as the supplies' are.
 * A drop above what is wanted, or a current above the electromigration limit at Tech.em_at, is told (RTE-0023) and noted in `over`; the mesh is
 * drawn nevertheless.
 * Errors  RTE-0020 no horizontal metal above the capacitors, RTE-0021 a column or a tap cannot be reached, RTE-0022 no supply pins found.
 * Source  static IR drop: nodal analysis by conjugate gradients.
 */
Status route_power_mesh(Db *db, const Tech *t, CellId cell, const PowerOptions *opt, PowerReport *out);
void power_report_free(PowerReport *r);

#endif
