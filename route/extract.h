/*
 * Parasitics from drawn shapes: closed forms for capacitance per length, fitted to the two-dimensional field solution of regular
 * arrays (route/field2d.h), resistance from sheet values; result in Db.para.
 *
 * Model: a wire sees the nearest drawn layer below and above as a plane (weighted by how much of it is covered) and its two
 * neighbours on its own layer at the drawn spacing. The capacitance to a covered layer is divided among the wires of that layer by
 * their share of the crossing length, which agrees with the 3-D crossing capacitance of dense arrays (docs: place_route).
 * A leaf that draws only its pins is taken to fill the layer below them with its own wiring, and to cover them with its capacitors
 * (technology: mom) if it has any: safe, and true of the cells here.
 */
#ifndef ROUTE_EXTRACT_H
#define ROUTE_EXTRACT_H

#include "gen/db/db.h"
#include "techs/techs.h"

/* Cross-section of a wire in an array; m. */
typedef struct {
    double w, t;                /* width, thickness */
    double s_left, s_right;     /* spacing to the neighbours; INFINITY: none */
    double h_below, h_above;    /* dielectric to the plane below and above; INFINITY: none */
    double eps_r;
} WireSection;

typedef struct {
    double below, above;        /* F/m to the planes */
    double left, right;         /* F/m to the neighbours */
} WireCap;

/* Closed form. Total within 5 %, coupling within 10 % of the field solution for pitch arrays (tests/route/extract.c prints the table). */
WireCap extract_wire_cap(const WireSection *g);
/* Of a wire that is not routed yet, on metal `level` or the next: F/m in the middle between a single wire over a plane and one in a full row
 * between two planes, both metals looked at; error: how far these are from it, and the closed form's own, as a share of it. */
typedef struct { double farad_per_m, error; } WireEstimate; /* 0: no such metals, or no thickness given */
WireEstimate extract_wire_estimate(const Tech *t, int32_t level);
/* ohm per m of a wire of `width` dbu on a metal; source: the technology's sheet resistance. */
double extract_wire_res(const Tech *t, const TechLayer *metal, int32_t width);

typedef struct {
    uint64_t nets, nodes, res, caps;
    uint64_t open;              /* nets whose pieces do not all meet; their parts are numbered one after another */
    double total_c, total_r;    /* F, ohm: sums over all nets */
    double row_c, row_r;        /* per synapse pitch of one row wire (XP, PP): 0 if the cell has none */
    double gcol_c, gcol_r;      /* per synapse pitch of GCOL */
    double col_c, col_r;        /* per synapse pitch of COL, BLP */
} ExtractReport;

/*
 * Extract all nets of `cell` and the internal nets of the block cells below it into Db.para.
 *   - A net bit that runs through abutting leaf cells by their PIN shapes becomes a chain: node 0 where the first shape begins (at the
 *     instance whose port drives it: DIR_OUT, else the left or lower end), then one node per cell boundary it passes, in order.
 *     A leaf's pins on several layers are joined by a via stack.
 *   - Wires drawn in the cell itself (channels) become a tree: nodes at vias and ends, R of wires and cuts, C with coupling
 *     between neighbouring tracks and crossings. Both kinds join where a wire touches a pin.
 * ParaNet.node_at[node] is the node's place (a point) in the cell's coordinates, in Db.arena: an instance pin belongs to the nearest node.
 * Crossings between drawn wires couple; those inside arrays count as ground.
 * Supply nets are not extracted; they count as ground. Runs once per design: extracting a cell twice is our own bug (assert).
 * Time  O(shapes · log shapes).
 */
Status extract_cell(Db *db, const Tech *t, CellId cell, ExtractReport *out);

/* `apugen characterize --wires`: table of R, C per layer at minimal pitch, closed form against the field solver, as text. */
Status extract_wires_report(const Tech *t, Buf *out);

#endif
