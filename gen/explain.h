/*
 * What a message id means, when it comes and what to do: every id that the source can print has an entry (tests/program/docs.sh
 * compares both ways), and every area of ids has one for `apugen explain AREA`.
 */
#ifndef GEN_EXPLAIN_H
#define GEN_EXPLAIN_H

#include "gen/base/base.h"

typedef struct {
    const char *id, *text; /* "MAP-0031"; what happened, why, what to do */
} ExplainRow;

typedef struct {
    const ExplainRow *v;   /* sorted by id */
    size_t n;
} ExplainTable;

enum { EXPLAIN_TABLES = 4 };
/* One per file explain_*.c; no area is in two of them. */
const ExplainTable *explain_table(size_t i);

/* The entry of an id; NULL: there is none. O(entries). */
const char *explain_find(const char *id);
/* The text of an area ("MAP") or of the area of an id ("MAP-0031"); NULL: no such area. */
const char *explain_area(const char *id);

/* All areas on stdout. */
void explain_list(void);
/* An id with its area's text, or an area with all its ids, on stdout. EXP-0001 unknown id or area. */
Status explain_print(const char *id);

/* Tables, one per explain_*.c. */
extern const ExplainTable explain_program, explain_network, explain_design, explain_views;

#endif
