/* Tables shared by the reader and the writer of plan.xml. Private to gen/db. */
#ifndef GEN_DB_PLAN_XML_H
#define GEN_DB_PLAN_XML_H

#include "gen/base/xml.h"
#include "gen/db/plan.h"

extern const char *const plan_op_names[];   /* by PlanOp, NULL-terminated */
extern const char *const plan_kind_names[]; /* programmable, dedicated */
extern const Field plan_arch_fields[], plan_tensor_fields[], plan_core_fields[], plan_layer_fields[], plan_tile_fields[];

/* One <arch> element, of a plan or (as the root) of an architecture file. */
Status plan_arch_read(Arena *a, const XmlNode *n, PlanArch *out);

#endif
