/*
 * The regions of the front end (techs/techs.h is their definition) of drawn layers, and what of them makes transistors.
 */
#ifndef VERIFY_FRONT_H
#define VERIFY_FRONT_H

#include "techs/techs.h"
#include "verify/region.h"

typedef struct {
    Boxes r[FE_N];
    Boxes co;          /* all contacts, one box each unless drawn in pieces */
    Boxes nplus, pplus;
    bool any;          /* something of diffusion, poly or contacts is drawn */
} Front;

/* layer: [db->layers.n] shapes of each layer. Time: scanline over each. */
void front_make(Front *f, const Db *db, const Tech *t, const Boxes *layer);
void front_free(Front *f);
/* The db's layer with that role; {UINT32_MAX} if there is none. */
LayerId front_layer(const Db *db, const Tech *t, LayerRole role);
/* The layer under which violations of a region are told. */
LayerId front_main_layer(const Db *db, const Tech *t, Region r);

#endif
