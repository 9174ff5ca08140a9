/*
 * Checker of channel solutions, written from the definition of the file format (DESIGN §7) and nothing else: it reads the text, not a
 * router's structures, and floods the two-layer grid from the pins. Shares nothing with route/.
 */
#ifndef VERIFY_CHANNEL_H
#define VERIFY_CHANNEL_H

#include "gen/base/base.h"

/* What the solution is judged against. Ids 1 …, 0 = no pin. */
typedef struct {
    uint32_t n_cols;
    const uint32_t *top, *bottom;   /* [n_cols] */
    uint32_t n_left, n_right;
    const uint32_t *left, *right;   /* nets that must reach column 0 or the last column on some track */
    uint32_t h_gap, v_gap;          /* least distance of two wires' ends on a track or in a column; 0 and 1: neighbours */
    const char *layers;             /* 'h' or 'v' per layer from below; NULL: "hv". A pin is reached on any vertical layer */
} ChannelRule;

typedef struct { uint32_t columns, tracks, vias; int64_t wirelength; } ChannelCount; /* counted anew from the text */

/*
 * Is the solution legal? One net per grid point and layer, wires in range, every via on two wires of its net, every net with two or
 * more pins or ends in one piece and at all of them, no wire at a foreign pin, none that hangs loose, gaps kept.
 *   count  out, may be NULL; valid if legal
 *   why    the first fault: what, net, column, track; may be NULL
 * Time     O(columns · tracks); memory 21 bytes per grid point and layer.
 */
bool channel_legal(const char *text, const ChannelRule *rule, ChannelCount *count, Buf *why);

#endif
