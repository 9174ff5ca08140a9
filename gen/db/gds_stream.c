/*
 * GDSII stream: records, numbers, elements, and right-angled polygons and paths as boxes. Limits are checked on every read.
 */
#include <math.h>

#include "gen/db/gds_int.h"

Status gds_bad(const GdsStream *g, const char *id, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return msg_error(ST_INPUT, id, (Loc){g->path, 0, 0}, "before byte %zu: %s", g->at, text);
}

Status gds_next(GdsStream *g, GdsRecord *r)
{
    if (g->n - g->at < 4) return gds_bad(g, "GDS-0001", "the stream ends without ENDLIB");
    const unsigned char *p = g->s + g->at;
    size_t n = (size_t)p[0] << 8 | p[1];
    if (n < 4 || n % 2 || n > g->n - g->at) return gds_bad(g, "GDS-0001", "record of %zu bytes, %zu are left", n, g->n - g->at);
    *r = (GdsRecord){.type = p[2], .data = p + 4, .n = n - 4};
    g->at += n;
    return ST_OK;
}

int32_t gds_i16(const unsigned char *p) { return (int16_t)(uint16_t)(p[0] << 8 | p[1]); }

int32_t gds_i32(const unsigned char *p)
{
    return (int32_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

double gds_real(const unsigned char *p)
{
    uint64_t m = 0;
    for (int k = 1; k < 8; k++) m = m << 8 | p[k];
    double x = ldexp((double)m, 4 * ((p[0] & 0x7f) - 64) - 56);
    return p[0] & 0x80 ? -x : x;
}

const char *gds_text(Arena *a, const GdsRecord *r)
{
    size_t n = r->n;
    while (n && r->data[n - 1] == 0) n--;
    char *s = arena_alloc(a, n + 1);
    memcpy(s, r->data, n);
    return s;
}

/* ---- elements --------------------------------------------------------------------------------------- */

static Status read_xy(const GdsStream *g, const GdsRecord *r, int32_t scale, GdsElement *e)
{
    if (r->n % 8) return gds_bad(g, "GDS-0001", "XY record of %zu bytes", r->n);
    for (size_t k = 0; k < r->n; k += 8) {
        int64_t x = (int64_t)gds_i32(r->data + k) * scale, y = (int64_t)gds_i32(r->data + k + 4) * scale;
        const int64_t lim = INT64_C(1) << 30;
        if (x <= -lim || x >= lim || y <= -lim || y >= lim) return gds_bad(g, "GDS-0002", "coordinate (%lld %lld) exceeds ±2^30 dbu", (long long)x, (long long)y);
        Pt p = {(int32_t)x, (int32_t)y};
        arr_push(&e->xy, p);
    }
    return ST_OK;
}

static Status read_angle(const GdsStream *g, const GdsRecord *r, GdsElement *e)
{
    double a = gds_real(r->data);
    for (int q = 0; q < 4; q++)
        if (a == 90.0 * q || a == 90.0 * q - 360.0) {
            e->degrees = 90 * q;
            return ST_OK;
        }
    if (a == 360.0) return ST_OK;
    return gds_bad(g, "GDS-0003", "angle %g: only multiples of 90° are in this database", a);
}

static size_t wanted_bytes(uint32_t type)
{
    switch (type) {
    case GDS_LAYER: case GDS_DATATYPE: case GDS_TEXTTYPE: case GDS_BOXTYPE: case GDS_PATHTYPE: case GDS_STRANS: case GDS_PROPATTR: return 2;
    case GDS_WIDTH: case GDS_COLROW: return 4;
    case GDS_MAG: case GDS_ANGLE: return 8;
    default: return 0;
    }
}

static Status element_record(const GdsStream *g, Arena *a, const GdsRecord *r, int32_t scale, GdsElement *e, int32_t *prop)
{
    if (r->n < wanted_bytes(r->type)) return gds_bad(g, "GDS-0001", "record %02X has %zu bytes of data", r->type, r->n);
    switch (r->type) {
    case GDS_LAYER: e->layer = gds_i16(r->data); break;
    case GDS_DATATYPE: case GDS_TEXTTYPE: case GDS_BOXTYPE: e->type = gds_i16(r->data); break;
    case GDS_WIDTH: {
        int64_t w = (int64_t)gds_i32(r->data) * scale;
        if (w < 0) w = -w; /* absolute width: the same, as MAG is 1 everywhere */
        if (w > INT32_MAX) return gds_bad(g, "GDS-0002", "path width %lld", (long long)w);
        e->width = (int32_t)w;
        break;
    }
    case GDS_PATHTYPE: e->path_type = gds_i16(r->data); break;
    case GDS_STRANS:
        e->mirror = (r->data[0] & 0x80) != 0;
        if (r->data[1] & 0x06) return gds_bad(g, "GDS-0003", "absolute magnification or angle is not supported");
        break;
    case GDS_ANGLE: return read_angle(g, r, e);
    case GDS_MAG:
        if (gds_real(r->data) != 1.0 && e->kind != GDS_TEXT) return gds_bad(g, "GDS-0003", "magnification %g is not supported", gds_real(r->data));
        break;
    case GDS_COLROW: e->cols = gds_i16(r->data); e->rows = gds_i16(r->data + 2); break;
    case GDS_SNAME: case GDS_STRING: e->name = gds_text(a, r); break;
    case GDS_XY: return read_xy(g, r, scale, e);
    case GDS_PROPATTR: *prop = gds_i16(r->data); break;
    case GDS_PROPVALUE: if (*prop == 1) e->inst = gds_text(a, r); break;
    case GDS_ELFLAGS: case GDS_PLEX: case GDS_PRESENTATION: break;
    default: return gds_bad(g, "GDS-0004", "record %02X inside an element is not supported", r->type);
    }
    return ST_OK;
}

Status gds_element(GdsStream *g, Arena *a, uint32_t kind, int32_t scale, GdsElement *e)
{
    e->kind = kind;
    e->layer = e->type = -1;
    e->width = e->path_type = e->degrees = 0;
    e->cols = e->rows = 1;
    e->mirror = false;
    e->name = e->inst = NULL;
    e->xy.n = 0;
    int32_t prop = 0;
    for (;;) {
        GdsRecord r = {0};
        TRY(gds_next(g, &r));
        if (r.type == GDS_ENDEL) return ST_OK;
        TRY(element_record(g, a, &r, scale, e, &prop));
    }
}

/* ---- right-angled polygons ----------------------------------------------------------------------------- */

static int64_t twice_area(const GdsElement *e)
{
    int64_t s = 0;
    for (uint32_t k = 0; k + 1 < e->xy.n; k++)
        s += (int64_t)e->xy.v[k].x * e->xy.v[k + 1].y - (int64_t)e->xy.v[k + 1].x * e->xy.v[k].y;
    return s < 0 ? -s : s;
}

static void sort_i32(int32_t *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k > 0 && v[k] < v[k - 1]; k--) {
            int32_t t = v[k];
            v[k] = v[k - 1];
            v[k - 1] = t;
        }
}

/* One box of the polygon as such: four corners, right angles. */
static bool is_box(const GdsElement *e, Box *b)
{
    if (e->xy.n != 5) return false;
    const Pt *p = e->xy.v;
    *b = (Box){p[0].x, p[0].y, p[0].x, p[0].y};
    for (int k = 1; k < 4; k++) *b = box_union(*b, (Box){p[k].x, p[k].y, p[k].x, p[k].y});
    bool first = p[0].y == p[1].y && p[1].x == p[2].x && p[2].y == p[3].y && p[3].x == p[0].x;
    bool other = p[0].x == p[1].x && p[1].y == p[2].y && p[2].x == p[3].x && p[3].y == p[0].y;
    return (first || other) && b->x0 < b->x1 && b->y0 < b->y1;
}

enum { POLYGON_MAX = 8191 }; /* points that one XY record holds */

/* Horizontal slabs between the corners' y; inside each, the vertical edges that cross it bound the boxes pairwise. */
Status gds_polygon_boxes(const GdsStream *g, const GdsElement *e, GdsBoxes *out)
{
    out->b.n = 0;
    uint32_t n = e->xy.n;
    if (n < 5 || n > POLYGON_MAX || memcmp(&e->xy.v[0], &e->xy.v[n - 1], sizeof(Pt)))
        return gds_bad(g, "GDS-0008", "polygon of %u points is not closed", n);
    for (uint32_t k = 0; k + 1 < n; k++)
        if (e->xy.v[k].x != e->xy.v[k + 1].x && e->xy.v[k].y != e->xy.v[k + 1].y)
            return gds_bad(g, "GDS-0008", "polygon with a slanted edge at (%d %d)", e->xy.v[k].x, e->xy.v[k].y);
    Box one;
    if (is_box(e, &one)) {
        arr_push(&out->b, one);
        return ST_OK;
    }
    int32_t *ys = mem_calloc(n, sizeof *ys), *xs = mem_calloc(n, sizeof *xs);
    for (uint32_t k = 0; k + 1 < n; k++) ys[k] = e->xy.v[k].y;
    sort_i32(ys, n - 1);
    int64_t area = 0;
    for (uint32_t s = 0; s + 2 < n; s++) {
        if (ys[s] == ys[s + 1]) continue;
        uint32_t m = 0;
        for (uint32_t k = 0; k + 1 < n; k++) {
            int32_t lo = e->xy.v[k].y, hi = e->xy.v[k + 1].y;
            if (lo > hi) lo = e->xy.v[k + 1].y, hi = e->xy.v[k].y;
            if (lo <= ys[s] && hi >= ys[s + 1]) xs[m++] = e->xy.v[k].x;
        }
        sort_i32(xs, m);
        for (uint32_t k = 0; k + 1 < m; k += 2)
            if (xs[k] < xs[k + 1]) {
                Box b = {xs[k], ys[s], xs[k + 1], ys[s + 1]};
                arr_push(&out->b, b);
                area += box_area(b);
            }
    }
    mem_free(ys);
    mem_free(xs);
    /* A polygon that crosses itself encloses some area twice: even-odd and signed area then differ. */
    if (2 * area != twice_area(e) || area == 0) return gds_bad(g, "GDS-0008", "polygon crosses itself at (%d %d)", e->xy.v[0].x, e->xy.v[0].y);
    return ST_OK;
}

/* Path type 0 ends flush, type 2 half a width beyond; corners are square. One box per segment. */
Status gds_path_boxes(const GdsStream *g, const GdsElement *e, GdsBoxes *out)
{
    out->b.n = 0;
    if (e->path_type != 0 && e->path_type != 2) return gds_bad(g, "GDS-0008", "path type %d; 0 and 2 are supported", e->path_type);
    if (e->width <= 0 || e->width % 2) return gds_bad(g, "GDS-0008", "path width %d is not an even number of dbu", e->width);
    if (e->xy.n < 2) return gds_bad(g, "GDS-0008", "path of %u points", e->xy.n);
    int32_t h = e->width / 2;
    for (uint32_t k = 0; k + 1 < e->xy.n; k++) {
        Pt p = e->xy.v[k], q = e->xy.v[k + 1];
        if (p.x != q.x && p.y != q.y) return gds_bad(g, "GDS-0008", "path with a slanted segment at (%d %d)", p.x, p.y);
        int32_t at_p = k == 0 && e->path_type == 0 ? 0 : h, at_q = k + 2 == e->xy.n && e->path_type == 0 ? 0 : h;
        Box b;
        if (p.y == q.y) {
            if (p.x > q.x) { Pt t = p; p = q; q = t; int32_t a = at_p; at_p = at_q; at_q = a; }
            b = (Box){p.x - at_p, p.y - h, q.x + at_q, p.y + h};
        } else {
            if (p.y > q.y) { Pt t = p; p = q; q = t; int32_t a = at_p; at_p = at_q; at_q = a; }
            b = (Box){p.x - h, p.y - at_p, p.x + h, q.y + at_q};
        }
        if (b.x0 >= b.x1 || b.y0 >= b.y1) return gds_bad(g, "GDS-0008", "path segment without length at (%d %d)", p.x, p.y);
        arr_push(&out->b, b);
    }
    return ST_OK;
}
