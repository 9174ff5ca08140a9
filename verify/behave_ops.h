/*
 * Digital operations of the behavioural simulator, on integer tensors [c][h][w] by number of Plan.tensors. Nothing is owned here.
 */
#ifndef VERIFY_BEHAVE_OPS_H
#define VERIFY_BEHAVE_OPS_H

#include "gen/db/npy.h"
#include "gen/db/plan.h"

/* (acc · mul + add) / 2^shift, half to even, plus zp, within lo … hi. */
int32_t ops_requant(int64_t acc, int64_t mul, int64_t add, int32_t shift, int32_t zp, int32_t lo, int32_t hi);
/* Layers of kind PLAN_MAXPOOL or PLAN_AVGPOOL, PLAN_ADD, PLAN_CONCAT. */
void ops_pool(const Plan *p, int32_t *const *tensor, const PlanLayer *l);
void ops_add(const Plan *p, int32_t *const *tensor, const PlanLayer *l);
void ops_concat(const Plan *p, int32_t *const *tensor, const PlanLayer *l);
/* One sample of the workload, quantised, into the input's tensor q. */
void ops_input(const Plan *p, const Npy *x, uint32_t sample, int32_t *q);

#endif
