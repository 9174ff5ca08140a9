/*
 * The GDS reader's own words: records of a stream in memory, structures found in it. Private to gen/db/gds_read*.c;
 * the writer shares nothing with it, so that one checks the other.
 */
#ifndef GEN_DB_GDS_INT_H
#define GEN_DB_GDS_INT_H

#include "gen/db/db.h"

/* Record types (byte 3 of a record's head). */
enum {
    GDS_HEADER = 0x00, GDS_BGNLIB = 0x01, GDS_LIBNAME = 0x02, GDS_UNITS = 0x03, GDS_ENDLIB = 0x04,
    GDS_BGNSTR = 0x05, GDS_STRNAME = 0x06, GDS_ENDSTR = 0x07, GDS_BOUNDARY = 0x08, GDS_PATH = 0x09,
    GDS_SREF = 0x0A, GDS_AREF = 0x0B, GDS_TEXT = 0x0C, GDS_LAYER = 0x0D, GDS_DATATYPE = 0x0E, GDS_WIDTH = 0x0F,
    GDS_XY = 0x10, GDS_ENDEL = 0x11, GDS_SNAME = 0x12, GDS_COLROW = 0x13, GDS_NODE = 0x15, GDS_TEXTTYPE = 0x16,
    GDS_PRESENTATION = 0x17, GDS_STRING = 0x19, GDS_STRANS = 0x1A, GDS_MAG = 0x1B, GDS_ANGLE = 0x1C,
    GDS_PATHTYPE = 0x21, GDS_ELFLAGS = 0x26, GDS_PROPATTR = 0x2B, GDS_PROPVALUE = 0x2C, GDS_BOX = 0x2D,
    GDS_BOXTYPE = 0x2E, GDS_PLEX = 0x2F,
};

typedef struct {
    const unsigned char *s;
    size_t n, at;
    const char *path;
} GdsStream;

typedef struct {
    uint32_t type;
    const unsigned char *data;
    size_t n;
} GdsRecord;

/* Next record; GDS-0001 at a broken or missing one. */
Status gds_next(GdsStream *g, GdsRecord *r);
int32_t gds_i16(const unsigned char *p);
int32_t gds_i32(const unsigned char *p);
double gds_real(const unsigned char *p);
/* Text of a record, in the arena, without its padding. */
const char *gds_text(Arena *a, const GdsRecord *r);
Status gds_bad(const GdsStream *g, const char *id, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* One element with everything that may be said about it. */
typedef struct {
    uint32_t kind;              /* GDS_BOUNDARY … */
    int32_t layer, type;
    int32_t width, path_type;
    bool mirror;
    int32_t degrees;            /* 0, 90, 180, 270 */
    int32_t cols, rows;
    const char *name;           /* SNAME or STRING */
    const char *inst;           /* property 1, or NULL */
    ARRAY(Pt) xy;
} GdsElement;

/* Read one element's records after its first one; e->xy is reused. GDS-00nn */
Status gds_element(GdsStream *g, Arena *a, uint32_t kind, int32_t scale, GdsElement *e);

/* Cut a polygon or path of right angles into boxes. GDS-0008 for anything slanted or self-crossing in a way that leaves the grid. */
typedef struct { ARRAY(Box) b; } GdsBoxes;
Status gds_polygon_boxes(const GdsStream *g, const GdsElement *e, GdsBoxes *out);
Status gds_path_boxes(const GdsStream *g, const GdsElement *e, GdsBoxes *out);

#endif
