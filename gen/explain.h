/* What a message id means, when it comes and what to do. One table, explain.c. */
#ifndef GEN_EXPLAIN_H
#define GEN_EXPLAIN_H

#include "gen/base/base.h"

void explain_list(void);
Status explain_print(const char *id); /* EXP-0001 unknown id */

#endif
