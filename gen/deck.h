/*
 * Check decks for KLayout, made of a technology through templates (templates/klayout_*.tpl): design rules, layout against netlist,
 * layer colours. A second engine then judges the same rules.
 */
#ifndef GEN_DECK_H
#define GEN_DECK_H

#include "techs/techs.h"

/*
 * Write klayout.drc, klayout.lvs and klayout.lyp into a folder that exists.
 *   templates  folder before the built-in ones, or NULL
 * Errors     TPL-00nn, IO-00nn
 */
Status deck_write(const Tech *t, const char *templates, const char *outdir);

#endif
