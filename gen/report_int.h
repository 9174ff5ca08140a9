/* What the report's files share. */
#ifndef GEN_REPORT_INT_H
#define GEN_REPORT_INT_H

#include <jansson.h>

/* JSON has no NaN: a quantity that was not measured is null. */
json_t *report_real(double v);

#endif
