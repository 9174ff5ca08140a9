/*
 * What `apugen draw` leaves in its folder.
 */
#ifndef GEN_DRAW_WRITE_H
#define GEN_DRAW_WRITE_H

#include "gen/cli.h"
#include "gen/db/db.h"
#include "techs/techs.h"

/* Write cells.gds, cells.sp, a netlist of each cell and check decks into o->out; read the stream back and judge each cell by its rules and its devices, on
 * o->threads threads, those that take longest first; a line per cell that fails, one with the sums.
 * Returns ST_VIOLATION where something was found; errors of files. */
Status draw_write(const Db *db, const Tech *t, const Options *o);

#endif
