/*
 * GDSII stream writer (Calma "GDSII Stream Format Manual", release 6.0): plain records, no tape blocks, dates fixed.
 *
 * A leaf's pin is metal like any other, so a PIN shape is written twice: on the layer's drawing datatype and on its pin
 * datatype, with a TEXT label at its centre. Where both datatypes are one, once. OBS shapes are a rule to routers, not metal: they are
 * not written. The outline of a cell goes to the first layer of kind LAYER_OUTLINE, if the technology has one. Instances carry
 * their name as property 1. Wires carry no net names.
 *
 * Does not cut, rename or round anything: what the format cannot hold is DB-0020 or DB-0021.
 */
#include <math.h>

#include "gen/db/db.h"

enum { /* record type << 8 | data type */
    R_HEADER = 0x0002, R_BGNLIB = 0x0102, R_LIBNAME = 0x0206, R_UNITS = 0x0305, R_ENDLIB = 0x0400,
    R_BGNSTR = 0x0502, R_STRNAME = 0x0606, R_ENDSTR = 0x0700, R_BOUNDARY = 0x0800, R_SREF = 0x0A00,
    R_AREF = 0x0B00, R_TEXT = 0x0C00, R_LAYER = 0x0D02, R_DATATYPE = 0x0E02, R_XY = 0x1003, R_ENDEL = 0x1100,
    R_SNAME = 0x1206, R_COLROW = 0x1302, R_TEXTTYPE = 0x1602, R_STRING = 0x1906, R_STRANS = 0x1A01,
    R_ANGLE = 0x1C05, R_PROPATTR = 0x2B02, R_PROPVALUE = 0x2C06,
};
enum { STREAM_VERSION = 600, NAME_MAX_BYTES = 32000, LABEL_MAX_BYTES = 512, ARRAY_MAX = 32767, NUMBER_MAX = 32767, PROP_INSTANCE = 1 };

static void put16(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static void put32(unsigned char *p, int32_t v)
{
    put16(p, (uint32_t)v >> 16);
    put16(p + 2, (uint32_t)v & 0xffff);
}

/* Excess-64 base-16 real with a 56-bit mantissa; exact enough to give back any double of 53 bits. */
static void put_real(unsigned char *p, double x)
{
    memset(p, 0, 8);
    if (x == 0) return;
    int e2;
    double m = frexp(fabs(x), &e2); /* m in [1/2, 1) */
    int e16 = e2 > 0 ? (e2 + 3) / 4 : -(-e2 / 4);
    m = ldexp(m, e2 - 4 * e16);     /* m in [1/16, 1) */
    uint64_t bits = (uint64_t)ldexp(m, 56);
    for (int k = 7; k >= 1; k--, bits >>= 8) p[k] = (unsigned char)bits;
    p[0] = (unsigned char)((x < 0 ? 0x80 : 0) | (e16 + 64));
}

static void record(Out *o, uint32_t type, const void *data, size_t n)
{
    unsigned char head[4];
    put16(head, (uint32_t)n + 4);
    put16(head + 2, type);
    out_write(o, head, 4);
    if (n) out_write(o, data, n);
}

static void record_int16(Out *o, uint32_t type, int32_t v)
{
    unsigned char b[2];
    put16(b, (uint32_t)v & 0xffff);
    record(o, type, b, 2);
}

static void record_text(Out *o, uint32_t type, const char *s)
{
    size_t n = strlen(s), even = (n + 1) & ~(size_t)1;
    unsigned char head[4];
    put16(head, (uint32_t)even + 4);
    put16(head + 2, type);
    out_write(o, head, 4);
    out_write(o, s, n);
    if (even > n) out_write(o, "", 1);
}

static void record_xy(Out *o, const Pt *p, size_t n)
{
    unsigned char b[40];
    assert(n <= 5);
    for (size_t k = 0; k < n; k++) {
        put32(b + 8 * k, p[k].x);
        put32(b + 8 * k + 4, p[k].y);
    }
    record(o, R_XY, b, 8 * n);
}

/* Last modification and last access: no time stamps in outputs, so a fixed day. */
static void record_dates(Out *o, uint32_t type)
{
    static const int32_t day[6] = {1970, 1, 1, 0, 0, 0};
    unsigned char b[24];
    for (int k = 0; k < 12; k++) put16(b + 2 * k, (uint32_t)day[k % 6]);
    record(o, type, b, sizeof b);
}

static void write_box(Out *o, int32_t layer, int32_t type, Box b)
{
    Pt p[5] = {{b.x0, b.y0}, {b.x1, b.y0}, {b.x1, b.y1}, {b.x0, b.y1}, {b.x0, b.y0}};
    record(o, R_BOUNDARY, NULL, 0);
    record_int16(o, R_LAYER, layer);
    record_int16(o, R_DATATYPE, type);
    record_xy(o, p, 5);
    record(o, R_ENDEL, NULL, 0);
}

static void write_label(Out *o, const DbLayer *l, Box b, const char *text)
{
    Pt at = {b.x0 + (b.x1 - b.x0) / 2, b.y0 + (b.y1 - b.y0) / 2};
    record(o, R_TEXT, NULL, 0);
    record_int16(o, R_LAYER, l->gds);
    record_int16(o, R_TEXTTYPE, l->gds_label_type);
    record_xy(o, &at, 1);
    record_text(o, R_STRING, text);
    record(o, R_ENDEL, NULL, 0);
}

static void write_shape(Out *o, const Db *db, CellId c, const DbShape *s, Buf *text)
{
    const DbLayer *l = &db->layers.v[s->layer.i];
    if (s->kind == SHAPE_OBS) return;
    write_box(o, l->gds, l->gds_type, s->box);
    if (s->kind != SHAPE_PIN) return;
    if (l->gds_pin_type != l->gds_type) write_box(o, l->gds, l->gds_pin_type, s->box);
    text->n = 0;
    db_bit_name(db, c, s->net, s->bit, text);
    write_label(o, l, s->box, text->s);
}

/* STRANS mirrors in the x axis (y → −y) first, then ANGLE turns counterclockwise. */
static const struct {
    bool mirror;
    int32_t degrees;
} strans[8] = {
    [ORI_N] = {false, 0}, [ORI_W] = {false, 90}, [ORI_S] = {false, 180}, [ORI_E] = {false, 270},
    [ORI_FS] = {true, 0}, [ORI_FW] = {true, 90}, [ORI_FN] = {true, 180}, [ORI_FE] = {true, 270},
};

static void write_inst(Out *o, const Db *db, const DbInst *i)
{
    bool array = i->nx > 1 || i->ny > 1, mirror = strans[i->orient].mirror;
    int32_t degrees = strans[i->orient].degrees;
    record(o, array ? R_AREF : R_SREF, NULL, 0);
    record_text(o, R_SNAME, db_name(db, db->cells.v[i->master.i].name));
    if (mirror || degrees) {
        record_int16(o, R_STRANS, mirror ? 0x8000 : 0);
        unsigned char angle[8];
        put_real(angle, degrees);
        if (degrees) record(o, R_ANGLE, angle, 8);
    }
    Xform t = inst_xform(db, i, 0, 0);
    Pt p[3] = {{t.x, t.y}, {t.x, t.y}, {t.x, t.y}};
    if (array) {
        /* The lattice turns with the cell: under 90° its columns run along the parent's y. */
        bool turned = degrees == 90 || degrees == 270;
        int along_x = turned ? 2 : 1, along_y = turned ? 1 : 2;
        p[along_x].x += (int32_t)i->nx * i->dx;
        p[along_y].y += (int32_t)i->ny * i->dy;
        unsigned char n[4];
        put16(n, turned ? i->ny : i->nx);
        put16(n + 2, turned ? i->nx : i->ny);
        record(o, R_COLROW, n, 4);
    }
    record_xy(o, p, array ? 3 : 1);
    record_int16(o, R_PROPATTR, PROP_INSTANCE);
    record_text(o, R_PROPVALUE, db_name(db, i->name));
    record(o, R_ENDEL, NULL, 0);
}

/* An outline that is no rectangle is among the cell's shapes. */
static bool draws_outline(const Db *db, const DbCell *c)
{
    for (uint32_t k = 0; k < c->shapes.n; k++)
        if (db->layers.v[c->shapes.v[k].layer.i].kind == LAYER_OUTLINE) return true;
    return false;
}

static void write_cell(Out *o, const Db *db, CellId c, const DbLayer *outline, Buf *text)
{
    const DbCell *cell = &db->cells.v[c.i];
    record_dates(o, R_BGNSTR);
    record_text(o, R_STRNAME, db_name(db, cell->name));
    if (outline && cell->box.x0 < cell->box.x1 && !draws_outline(db, cell)) write_box(o, outline->gds, outline->gds_type, cell->box);
    for (uint32_t k = 0; k < cell->shapes.n; k++) write_shape(o, db, c, &cell->shapes.v[k], text);
    for (uint32_t k = 0; k < cell->insts.n; k++) write_inst(o, db, &cell->insts.v[k]);
    record(o, R_ENDSTR, NULL, 0);
}

/* ---- what the format can hold ------------------------------------------------------------------- */

static bool structure_name_ok(const char *s)
{
    size_t n = strlen(s);
    if (n == 0 || n > NAME_MAX_BYTES) return false;
    for (; *s; s++) {
        bool alnum = (*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z');
        if (!alnum && *s != '_' && *s != '?' && *s != '$') return false;
    }
    return true;
}

static Status check_inst(const Db *db, const DbCell *cell, const DbInst *i, const char *path)
{
    const char *name = db_name(db, i->name);
    if (strlen(name) > NAME_MAX_BYTES)
        return msg_error(ST_INPUT, "DB-0020", (Loc){path, 0, 0}, "instance name of %zu bytes in cell %s", strlen(name), db_name(db, cell->name));
    int64_t w = (int64_t)i->nx * i->dx, h = (int64_t)i->ny * i->dy;
    bool reach = w > INT32_MAX / 2 || w < INT32_MIN / 2 || h > INT32_MAX / 2 || h < INT32_MIN / 2;
    if (i->nx > ARRAY_MAX || i->ny > ARRAY_MAX || reach)
        return msg_error(ST_LIMIT, "DB-0021", (Loc){path, 0, 0}, "instance %s of cell %s: a GDS array holds %d×%d elements, not %u×%u", name,
                         db_name(db, cell->name), ARRAY_MAX, ARRAY_MAX, i->nx, i->ny);
    return ST_OK;
}

static Status check_labels(const Db *db, CellId c, const char *path)
{
    const DbCell *cell = &db->cells.v[c.i];
    for (uint32_t n = 0; n < cell->n_ports; n++) {
        size_t len = strlen(db_name(db, cell->nets.v[n].name));
        if (len + 12 > LABEL_MAX_BYTES) /* [4294967295] */
            return msg_error(ST_INPUT, "DB-0020", (Loc){path, 0, 0}, "cell %s: a label holds %d bytes, port name has %zu",
                             db_name(db, cell->name), LABEL_MAX_BYTES, len);
    }
    return ST_OK;
}

static Status check_format(const Db *db, const char *path)
{
    for (uint32_t k = 0; k < db->layers.n; k++) {
        const DbLayer *l = &db->layers.v[k];
        int32_t v[4] = {l->gds, l->gds_type, l->gds_pin_type, l->gds_label_type};
        for (int q = 0; q < 4; q++)
            if (v[q] < 0 || v[q] > NUMBER_MAX)
                return msg_error(ST_INPUT, "DB-0021", (Loc){path, 0, 0}, "layer %s: GDS number %d is not in 0…%d", db_name(db, l->name), v[q], NUMBER_MAX);
    }
    for (uint32_t k = 0; k < db->cells.n; k++) {
        const DbCell *c = &db->cells.v[k];
        const char *name = db_name(db, c->name);
        if (!structure_name_ok(name))
            return msg_error(ST_INPUT, "DB-0020", (Loc){path, 0, 0}, "cell name '%s' cannot be a GDS structure name (A-Z a-z 0-9 _ ? $)", name);
        TRY(check_labels(db, (CellId){k}, path));
        for (uint32_t i = 0; i < c->insts.n; i++) TRY(check_inst(db, c, &c->insts.v[i], path));
    }
    return ST_OK;
}

Status gds_write(const Db *db, const char *path)
{
    TRY(check_format(db, path));
    Out *o;
    TRY(out_open(path, &o));
    const DbLayer *outline = NULL;
    for (uint32_t k = 0; k < db->layers.n && !outline; k++)
        if (db->layers.v[k].kind == LAYER_OUTLINE) outline = &db->layers.v[k];
    record_int16(o, R_HEADER, STREAM_VERSION);
    record_dates(o, R_BGNLIB);
    record_text(o, R_LIBNAME, *db->design ? db->design : "LIB");
    unsigned char units[16];
    put_real(units, db->dbu_m / 1e-6); /* user unit: µm */
    put_real(units + 8, db->dbu_m);
    record(o, R_UNITS, units, 16);
    Buf text = {0};
    for (uint32_t k = 0; k < db->cells.n; k++) write_cell(o, db, (CellId){k}, outline, &text);
    buf_free(&text);
    record(o, R_ENDLIB, NULL, 0);
    return out_commit(o, NULL, NULL);
}
