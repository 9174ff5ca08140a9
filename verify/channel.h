/*
 * Checker of channel solutions, written from the definition of the file format (DESIGN §7) and nothing else: it reads the text, not a
 * router's structures, and floods the two-layer grid from the pins. Shares nothing with route/.
 */
#ifndef VERIFY_CHANNEL_H
#define VERIFY_CHANNEL_H

#include "gen/base/base.h"

/* What one net asks for; see channel_classes_kept(). Tracks. */
typedef struct {
    uint32_t net, width, space;
    bool shield, sensitive, aggressor;
    uint32_t pair, match, cross;    /* the other net; numbers of the groups of equal length and of equal crossings; 0: none */
} ChannelClass;

/* What the solution is judged against. Ids 1 …, 0 = no pin. */
typedef struct {
    uint32_t n_cols;
    const uint32_t *top, *bottom;   /* [n_cols] */
    uint32_t n_left, n_right;
    const uint32_t *left, *right;   /* nets that must reach column 0 or the last column on some track */
    uint32_t h_gap, v_gap;          /* least distance of two wires' ends on a track or in a column; 0 and 1: neighbours */
    const char *layers;             /* 'h' or 'v' per layer from below; NULL: "hv". A pin is reached on any vertical layer. "p": both directions on one layer */
    uint32_t n_classes;
    const ChannelClass *classes;
    uint32_t shield_net;            /* its wires need no pin: they are joined from above; 0: none */
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

/*
 * Does the walk prove that `tracks` are too few on two layers, whatever a router does? All its columns lie in one run that `tracks` nets cover
 * (h_gap - 1 columns beyond their ends counted), so no net there changes its track; each column's upper net is the lower net of the column
 * before; and the walk's orders, v_gap tracks each, do not fit.
 *   cols     [n] columns of the walk from above
 */
bool channel_bound_proved(const ChannelRule *rule, uint32_t tracks, const uint32_t *cols, uint32_t n);

/*
 * Must a channel on two layers have more than `tracks` tracks because of its columns a … b, whatever columns are added behind? Level t lies between
 * tracks t and t + 1. Columns with pins of two nets are free of wires at v_gap levels at least; a net with pins at both edges among these columns
 * runs through each level in them, or passes their ends above and below it, where each track lets one net pass.
 */
bool channel_flux_proved(const ChannelRule *rule, uint32_t tracks, uint32_t a, uint32_t b);

/*
 * Must a channel on one layer, nets of two pins in one order on both sides, have more than `tracks` tracks? The nets with a pin in `top` or left of it and one in
 * `bottom` or right of it (or all of it mirrored) are k. If top < bottom they all cross a column between, which has `tracks` points; if not, they cross the cut from the first track
 * under `top` to the last one over `bottom`: a line without bends in it has at most max(top - bottom + 1, tracks) points, and each net needs its own.
 */
bool channel_river_proved(const ChannelRule *rule, uint32_t tracks, uint32_t top, uint32_t bottom);

/*
 * Does a legal solution on two layers keep its net classes? Every wire of a class exactly `width` neighbouring tracks wide over every column
 * and with vias over its whole width; a wire of shield_net on both sides of a shielded one (or its pair's); `space` free tracks beyond;
 * nets of a pair side by side over each column of either; nets of a group equally long in sum of all wires, with equally many vias; nets of a group of crossings over or under wires of other
 * nets at equally many grid points.
 *   coupled  out, may be NULL: unit lengths in which an aggressor is on the track next to a sensitive net
 * Time     O(wires · width + vias²) per class.
 */
bool channel_classes_kept(const char *text, const ChannelRule *rule, uint64_t *coupled, Buf *why);

#endif
