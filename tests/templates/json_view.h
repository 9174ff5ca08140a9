/* A JSON value (jansson) as a View: what the tests of the engine feed it with. */
#ifndef TESTS_TEMPLATES_JSON_VIEW_H
#define TESTS_TEMPLATES_JSON_VIEW_H

#include <jansson.h>

#include "templates/tpl.h"

View json_view(const json_t *j);

#endif
