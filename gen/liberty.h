/* Liberty text of the characterised digital cells. */
#ifndef GEN_LIBERTY_H
#define GEN_LIBERTY_H

#include "cells/liberty.h"

/* Name of a point of process, temperature and supply in names of files and libraries: _ss_m40c_0p72v. In the arena. */
char *liberty_point(Arena *a, const Tech *at);
/* Render templates/liberty.tpl (own templates before the built-in ones, or NULL) with all cells that are ok. point: what the library's name has behind the
 * technology's, "" for typical. TPL-*, IO-* */
Status liberty_write(const Liberty *l, const char *templates, const char *path, const char *point);

#endif
