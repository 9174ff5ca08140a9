/*
 * Capacitance of what is drawn inside one leaf cell: every metal polygon against every other and the substrate.
 *
 * For cells of the generator (cells/draw.h), whose polygons carry their nets. The wires of a net on one metal are first made disjoint, then cut
 * into short pieces, and each piece looks around as in extract.h. Two nets see each other from both sides; the mean counts. Not in
 * it: resistance (a cell's wires have some ten to some hundred ohm beside switches of kilohms), polysilicon and diffusion (gates and
 * junctions are in the transistor models), neighbours outside the cell.
 */
#ifndef ROUTE_EXTRACT_LEAF_H
#define ROUTE_EXTRACT_LEAF_H

#include "route/extract.h"

typedef struct { NetId net; uint32_t bit; } LeafNode; /* net NET_NONE: substrate */

typedef struct {
    LeafNode a, b;      /* a stands before b by net, then bit; the substrate last */
    double farad;       /* all but `plates` */
    double plates;      /* on the capacitors' metals (tech: mom), where a and b are the plates of a drawn capacitor */
} LeafCap;

typedef struct {
    ARRAY(LeafCap) v;   /* in order of a, b */
} LeafCaps;

/* Time  O(pieces · neighbours); a synapse takes milliseconds. Source  as extract.h. Free with leaf_caps_free. */
void extract_leaf(const Db *db, const Tech *t, CellId c, LeafCaps *out);
/* The same of the metals from `lowest` upwards alone, as if nothing were below them. */
void extract_leaf_from(const Db *db, const Tech *t, CellId c, int32_t lowest, LeafCaps *out);

/* Pairs of nets that are asked for: one of `a`, the other of `b`. */
typedef struct {
    const LeafNode *a, *b;  /* [n_a], [n_b]; b NULL: every other net and the substrate */
    uint32_t n_a, n_b;
} LeafPairs;
/* The same values of these pairs alone. Time  of the pieces of these nets, or, where b is NULL, of what is near a's. */
void extract_leaf_pairs(const Db *db, const Tech *t, CellId c, int32_t lowest, LeafPairs of, LeafCaps *out);
void leaf_caps_free(LeafCaps *caps);

#endif
