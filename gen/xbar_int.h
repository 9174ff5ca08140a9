/*
 * What the crossbars of both families are put together with: ports and connections by name.
 */
#ifndef GEN_XBAR_INT_H
#define GEN_XBAR_INT_H

#include "gen/xbar.h"

/* Connect a port to the parent's net of the same name, element (ix, iy) at base + ix·sx + iy·sy. */
static inline void same(Db *db, CellId c, InstId i, const char *port, int32_t base, int32_t sx, int32_t sy)
{
    db_connect_name(db, c, i, port, port, base, sx, sy);
}

static inline void rails(Db *db, CellId c, InstId i)
{
    same(db, c, i, "VDD", 0, 0, 0);
    same(db, c, i, "VSS", 0, 0, 0);
}

static inline void each_scalar(Db *db, CellId c, InstId i, const char *const *ports)
{
    for (; *ports; ports++) same(db, c, i, *ports, 0, 0, 0);
}

static inline void rail_ports(Db *db, CellId c)
{
    db_add_port(db, c, "VDD", 1, DIR_INOUT, USE_POWER);
    db_add_port(db, c, "VSS", 1, DIR_INOUT, USE_GROUND);
}

/* xbar_build of the current family. */
CellId xbar_build_current(Db *db, const CellSet *s, const PlanCore *core, uint32_t bits, const char *name);

#endif
