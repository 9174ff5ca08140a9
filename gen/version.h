/* The program's version, in one place. */
#ifndef GEN_VERSION_H
#define GEN_VERSION_H

#define APUGEN_VERSION "0.1.0"

#endif
