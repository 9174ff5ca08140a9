/*
 * The profiler's view of a network: nodes, the layers they were fused into, and per layer shapes, parameters, multiplications, volume and
 * bandwidth of its data, as text, JSON and a chart.
 */
#ifndef GEN_PROFILE_H
#define GEN_PROFILE_H

#include "mapper/mapper.h"

/* Clocks of an inference in the instruction simulator; 0 where the program does not fit the controller. layer: out [layers], or NULL. */
uint64_t profile_clocks(const Plan *p, uint64_t *layer);

/*
 *   p      the plan, or NULL if the network was refused: nodes alone
 *   svg    file for the chart, or NULL
 *   json   stdout gets JSON instead of text
 * Errors   IO-0004, TPL-00nn
 */
Status profile_print(const char *network, const Plan *p, const MapNodes *nodes, bool json, const char *svg, const char *templates);

#endif
