/* A JSON value (jansson) as a View: for small data that is at hand as a whole (reports, the VHDL of the periphery). */
#ifndef TEMPLATES_JSON_VIEW_H
#define TEMPLATES_JSON_VIEW_H

#include <jansson.h>

#include "templates/tpl.h"

/* The value must outlive the view. Object: names are its members. Array: stepped through in order. */
View json_view(const json_t *j);

#endif
