/*
 * Inside of the technology reader: the steps of tech_read() and where each record stands in the file, for messages.
 */
#ifndef TECHS_TECH_INT_H
#define TECHS_TECH_INT_H

#include "gen/base/xml.h"
#include "techs/techs.h"

#define TECH_PDK "$APUGEN_PDK/"
#define TECH_CORNER "$CORNER"

typedef struct {
    Tech *t;
    const XmlNode *root;
    const XmlNode *rows, *mom, *resistor;       /* NULL if missing (told by tech_fill) */
    const XmlNode *electromigration, *pulses;   /* NULL if not given */
    ARRAY(const XmlNode *) layer_at;            /* parallel to t->layers */
    ARRAY(const XmlNode *) device_at;           /* parallel to t->devices */
    ARRAY(const XmlNode *) rule_at;             /* parallel to t->rules */
} TechDoc;

/* Tables: the document into the struct (read.c). Every problem is told; the first one's status is returned. */
Status tech_fill(TechDoc *d);
/* What no single attribute can say (check.c): relations between values, completeness, the model file. */
Status tech_check(const TechDoc *d);

#endif
