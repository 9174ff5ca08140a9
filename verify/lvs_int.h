/* Private to verify/lvs*.c: the flat netlist, the drawn shapes, and the sets that they form. */
#ifndef VERIFY_LVS_INT_H
#define VERIFY_LVS_INT_H

#include "verify/flat.h"
#include "verify/verify_layout.h"

#define LVS_NONE UINT32_MAX

/* A placement on the way from top to a leaf; path 0 is top. Order: visiting order. */
typedef struct {
    uint32_t parent, inst, ix, iy;
    CellId cell;
    uint32_t term0; /* terminals before it */
} LvsPath;

/* A flat net is bit `bit` of net `net` of the cell placed at `path`, the topmost place where it has a name. */
typedef struct {
    uint32_t path, net, bit;
} LvsNet;

typedef struct {
    const Db *db;
    CellId top;
    /* netlist */
    uint32_t **bit0;              /* [cell][net]: bits of the cell's nets before this one; [cell][nets.n]: all */
    ARRAY(LvsPath) path;
    ARRAY(LvsNet) net;
    ARRAY(uint32_t) term_net;     /* terminals: top's port bits, then every leaf's port bits in visiting order */
    ARRAY(uint32_t) leaf_term0;   /* first terminal of each leaf placement */
    /* layout: shapes of layer l are off[l] … off[l + 1] − 1 */
    uint32_t *off, n_shapes;
    Box *box;
    uint32_t *pin_of;             /* [terminal]: its first shape, or LVS_NONE */
    uint32_t *set;                /* shapes, then terminals: disjoint sets */
    LvsReport *out;
} Lvs;

/* Flatten the netlist below top into term_net, net, path (lvs_flat.c). */
void lvs_flatten(Lvs *v);
const char *lvs_net_name(Lvs *v, uint32_t net);   /* in the report's arena */
const char *lvs_term_name(Lvs *v, uint32_t term);
const char *lvs_path_name(Lvs *v, uint32_t path); /* without a '/' behind */
void lvs_release(Lvs *v);

/* Metals, and cuts that join two metals. */
bool lvs_conducts(const Db *db, uint32_t layer);
/* Visit all conducting shapes: fn(ctx, node, placed box, terminal or LVS_NONE); nodes count up within each layer's range. */
typedef void (*LvsShapeFn)(void *ctx, uint32_t node, Box placed, uint32_t term);
void lvs_visit(const Lvs *v, LvsShapeFn fn, void *ctx);

/* Find a place for every pair of nets that touch; bad[root] marks the extracted nets to search (lvs_short.c). */
void lvs_locate_shorts(Lvs *v, const bool *bad);

#endif
