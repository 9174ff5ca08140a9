/* Independent check of a channel solution's text. */
#ifndef TESTS_ROUTE_CHAN_CHECKER_H
#define TESTS_ROUTE_CHAN_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    uint32_t n_cols;
    const uint32_t *top, *bottom;
    uint32_t h_gap, v_gap;
} ChanRule;

/* Legal by DESIGN §7: one net per grid point and layer, every via on two wires of its net, every net with two or more pins in one piece
 * and at all its pins, no wire at a foreign pin. Says why not. */
bool chan_text_legal(const char *text, const ChanRule *rule, char *why, size_t why_n);

#endif
