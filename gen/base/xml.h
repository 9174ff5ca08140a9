/*
 * XML gate: the only user of libxml2. A document becomes a small tree of our own in an arena;
 * a DOCTYPE is refused, so are documents over the limits and any document of which libxml2 does
 * not say, in all of its four ways, that it is well-formed.
 * UTF-8 only. A name keeps its prefix; namespace declarations are dropped.
 * Also: the table-driven schema by which tech, cell, arch and plan files are read and checked.
 */
#ifndef GEN_BASE_XML_H
#define GEN_BASE_XML_H

#include "gen/base/base.h"

typedef struct {
    const char *name, *value;
} XmlAttr;

typedef struct XmlNode XmlNode;
struct XmlNode {
    const char *name;
    const char *text; /* all character data of the node itself, joined; "" if none */
    XmlAttr *attrs;
    uint32_t n_attrs;
    XmlNode *child, *next; /* first child, next sibling */
    const char *file;
    int line; /* where the tag begins */
};

/* Errors: XML-0001 not well-formed, XML-0002 DOCTYPE, XML-0003 (ST_LIMIT) over 64 MB, 64 levels, 256 attributes of an
 * element or 4,000,000 elements, IO-*. */
Status xml_read(Arena *a, const char *path, XmlNode **root);
Status xml_parse(Arena *a, const char *path_for_messages, const char *text, size_t n, XmlNode **root);

const char *xml_attr(const XmlNode *n, const char *name); /* NULL if absent */
const XmlNode *xml_child(const XmlNode *n, const char *name);
const XmlNode *xml_next(const XmlNode *n, const char *name); /* next sibling of that name */
static inline Loc xml_loc(const XmlNode *n) { return (Loc){n->file, n->line, 0}; }
/* Text for an attribute or an element, & < > " and white space escaped; what XML cannot hold becomes U+FFFD. */
void xml_escape(Buf *b, const char *s);

/* ---- units --------------------------------------------------------------------------------- */

typedef enum {
    U_NONE, U_LENGTH, U_AREA, U_VOLTAGE, U_CURRENT, U_TIME, U_FREQ, U_CAP, U_RES, U_RES_SQ, U_ENERGY,
    U_POWER, U_TEMP, U_CAP_AREA, U_CAP_LENGTH, U_AVT, U_PERCENT, U_CURRENT_LENGTH
} Unit;

/* "45nm" -> 45e-9. The unit must be written ("0" alone is allowed). False: not a number with a unit
 * of that kind. U_TEMP is degC ("27C"), U_PERCENT gives a fraction, U_AREA "um2", U_RES_SQ "ohm/sq",
 * U_CAP_AREA "fF/um2", U_CAP_LENGTH "fF/um", U_AVT "mV.um", U_CURRENT_LENGTH "mA/um". */
bool unit_parse(const char *s, Unit u, double *si);
/* Exact length in dbu: false also if it is not a whole number of dbu. "45nm" with dbu 1e-9 -> 45. */
bool unit_parse_dbu(const char *s, double dbu_m, int32_t *dbu);
const char *unit_name(Unit u); /* the units accepted, for messages: "nm, um, mm" */

/* ---- schema -------------------------------------------------------------------------------- */

typedef enum { T_STRING, T_INT, T_REAL, T_BOOL, T_DBU, T_ENUM } FieldType;

/* One attribute: where it goes in the C struct, what it may be. Tables end with {0}. */
typedef struct {
    const char *attr;
    FieldType type;
    Unit unit;         /* T_REAL */
    size_t offset;     /* into the struct; const char* | int32_t | double | bool | int32_t (dbu) | int32_t (enum) */
    bool required;
    double lo, hi;     /* inclusive range for T_INT, T_REAL (SI), T_DBU; lo == hi == 0: any */
    const char *const *words; /* T_ENUM: NULL-terminated */
    const char *help;  /* one line for the manual */
} Field;

/*
 * Read the attributes of a node into a struct by its table; every problem is reported, not only the first.
 * Unknown attributes are errors. dbu_m is needed for T_DBU. Absent attributes leave their place in `out` alone: set
 * defaults first. Strings are copied to the arena.
 * Errors: SCH-0001 missing, SCH-0002 unknown attribute, SCH-0003 not a value of that type or unit,
 *         SCH-0004 out of range, SCH-0005 not one of the words, SCH-0006 not on the dbu grid
 */
Status schema_read(Arena *a, const XmlNode *n, const Field *fields, double dbu_m, void *out);
/* Report child elements whose name is not in the NULL-terminated list (SCH-0007). */
Status schema_children(const XmlNode *n, const char *const *names);

#endif
