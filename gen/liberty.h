/* Liberty text of the characterised digital cells. */
#ifndef GEN_LIBERTY_H
#define GEN_LIBERTY_H

#include "cells/liberty.h"

/* Render templates/liberty.tpl (own templates before the built-in ones, or NULL) with all cells that are ok. TPL-*, IO-* */
Status liberty_write(const Liberty *l, const char *templates, const char *path);

#endif
