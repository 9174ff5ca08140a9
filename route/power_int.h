/* Inside of the power mesh: metal 6 columns found, metal 7 straps chosen, crossings. */
#ifndef ROUTE_POWER_INT_H
#define ROUTE_POWER_INT_H

#include "route/route.h"

typedef struct {
    Box box;
    int net;              /* 0 VDD, 1 VSS */
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

/* Worst static drop of one net [V] and worst strap current [A], `current` drawn evenly along the net's columns, straps fed at both ends. */
void mesh_ir_drop(const Mesh *m, const Tech *t, int net, double current, double *drop, double *strap_current);

#endif
