/* Inside of the power mesh: columns found, straps chosen, crossings. */
#ifndef ROUTE_POWER_INT_H
#define ROUTE_POWER_INT_H

#include "route/route.h"

enum { MESH_REF = 2 };    /* net of the reference, in a mesh of its own */

typedef struct {
    Box box;
    int net;              /* 0 VDD, 1 VSS, 2 the reference */
    double load;          /* drawn per length, in proportion to the others of the net */
    uint32_t group;       /* columns that touch form one group */
    bool reached;
} MeshColumn;

typedef struct { int32_t y0, y1; int net; } MeshStrap;

typedef struct { uint32_t column, strap, n_cuts; int32_t x, y; } MeshCross; /* x, y: centre of the cuts */

typedef struct {
    ARRAY(MeshColumn) columns;
    ARRAY(MeshStrap) straps;
    ARRAY(MeshCross) cross;
    int32_t w, h;         /* of the cell */
} Mesh;

typedef struct {
    double drop;                 /* V, worst node */
    PowerLoad strap, column, via;/* of this net */
    PowerNode worst[POWER_NODES];/* of this net, falling */
    uint32_t n_worst;
} MeshDrop;

/*
 * Static drops and currents of one net, `current` drawn along the net's columns as their `load` says, straps fed at both ends.
 *   at     out: [cross.n] drop at each crossing's column; entries of the other net are left alone
 * Time   some dozens of steps, each linear in crossings: 200,000 below a second.
 */
void mesh_ir_drop(const Mesh *m, const Tech *t, int net, double current, MeshDrop *out, double *at);
/* The one of the two loads that is nearer to its limit; without limits the one of more current; `worst` if they are equal. */
void mesh_heavier(PowerLoad *worst, const PowerLoad *o);

#endif
