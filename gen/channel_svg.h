/* Picture of a channel solution as SVG; one line per wire. */
#ifndef GEN_CHANNEL_SVG_H
#define GEN_CHANNEL_SVG_H

#include "route/channel.h"

/* Errors: IO-* as out_open. */
Status channel_svg(const ChanSolution *s, const char *path);

#endif
