/* `apugen check` on a technology. */
#ifndef GEN_CHECK_TECH_H
#define GEN_CHECK_TECH_H

#include "gen/base/base.h"

/* Read it, which explains every error; then print what it is ready for and what it lacks. TECH-*, SCH-*, XML-* */
Status check_tech(const char *path);

#endif
