/*
 * The bytes of an ONNX file against its message descriptors, before protobuf-c unpacks them: protobuf-c recurses as deep as
 * the file says and allocates a hundred bytes for a message of two, so depth and memory are bounded here. A singular message
 * that comes twice would be merged (slowly); it is refused, no exporter writes it.
 */
#include "mapper/graph.h"
#include "mapper/onnx.pb-c.h"

#define DEPTH_MAX 12                       /* model, graph, node, attribute, tensor, segment: 6 */
#define MEMORY_OVER ((uint64_t)48 << 20)   /* what the unpacked messages may take beside the file's own size */

typedef struct {
    const char *path;
    const uint8_t *base;
    uint64_t memory, limit;
} Wire;

static Status truncated(const Wire *w, const uint8_t *at)
{
    return msg_error(ST_INPUT, "ONNX-0001", (Loc){w->path, 0, 0}, "not an ONNX file, or truncated (byte %zu)", (size_t)(at - w->base));
}

static bool varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (uint32_t shift = 0; *p < end && shift < 64; shift += 7) {
        uint8_t b = *(*p)++;
        *v |= (uint64_t)(b & 127) << shift;
        if (!(b & 128)) return true;
    }
    return false;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *d, uint64_t id)
{
    for (uint32_t i = 0; i < d->n_fields; i++)
        if (d->fields[i].id == id) return &d->fields[i];
    return NULL;
}

static Status walk(Wire *w, const ProtobufCMessageDescriptor *d, const uint8_t *p, const uint8_t *end, uint32_t depth);

/* A length-delimited field of n bytes. */
static Status walk_bytes(Wire *w, const ProtobufCFieldDescriptor *f, const uint8_t *p, uint64_t n, uint32_t depth)
{
    if (!f) {
        w->memory += n + 64;
        return ST_OK;
    }
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE: return walk(w, f->descriptor, p, p + n, depth + 1);
    case PROTOBUF_C_TYPE_STRING:
        if (memchr(p, 0, n)) return truncated(w, p);
        w->memory += n + 32;
        return ST_OK;
    case PROTOBUF_C_TYPE_BYTES: w->memory += n + 32; return ST_OK;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE: w->memory += n; return ST_OK;
    default: /* packed numbers: one byte can become eight */
        for (const uint8_t *end = p + n; p < end; p++) w->memory += *p & 128 ? 0 : 8;
        return ST_OK;
    }
}

static bool wire_type_fits(const ProtobufCFieldDescriptor *f, uint64_t type)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES: return type == 2;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32: return type == 5 || (type == 2 && f->label == PROTOBUF_C_LABEL_REPEATED);
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64: return type == 1 || (type == 2 && f->label == PROTOBUF_C_LABEL_REPEATED);
    default: return type == 0 || (type == 2 && f->label == PROTOBUF_C_LABEL_REPEATED);
    }
}

static Status walk(Wire *w, const ProtobufCMessageDescriptor *d, const uint8_t *p, const uint8_t *end, uint32_t depth)
{
    uint64_t seen = 0; /* singular messages, by field position; descriptors have fewer than 64 fields */
    if (depth > DEPTH_MAX) return msg_error(ST_INPUT, "ONNX-0002", (Loc){w->path, 0, 0}, "messages are nested deeper than %d", DEPTH_MAX);
    w->memory += d->sizeof_message + 32;
    while (p < end) {
        uint64_t tag, v;
        const uint8_t *start = p;
        if (!varint(&p, end, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff) return truncated(w, start);
        const ProtobufCFieldDescriptor *f = find_field(d, tag >> 3);
        if (f && !wire_type_fits(f, tag & 7)) return truncated(w, start);
        if (f && f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED) {
            uint64_t bit = (uint64_t)1 << (f - d->fields);
            if (seen & bit) return msg_error(ST_INPUT, "ONNX-0002", (Loc){w->path, 0, 0}, "field '%s' of a %s comes twice", f->name, d->short_name);
            seen |= bit;
        }
        w->memory += 64; /* protobuf-c's own note of the field, and the array's element */
        switch (tag & 7) {
        case 0:
            if (!varint(&p, end, &v)) return truncated(w, start);
            break;
        case 1: p = end - p < 8 ? NULL : p + 8; break;
        case 5: p = end - p < 4 ? NULL : p + 4; break;
        case 2:
            if (!varint(&p, end, &v) || v > (uint64_t)(end - p)) return truncated(w, start);
            TRY(walk_bytes(w, f, p, v, depth));
            p += v;
            break;
        default: return truncated(w, start);
        }
        if (!p) return truncated(w, start);
        if (w->memory > w->limit)
            return msg_error(ST_INPUT, "ONNX-0002", (Loc){w->path, 0, 0}, "unpacking would take more than %d MB beside the file's size", (int)(MEMORY_OVER >> 20));
    }
    return ST_OK;
}

Status wire_check(const char *path, const void *data, size_t n)
{
    Wire w = {path, data, 0, n + MEMORY_OVER};
    return walk(&w, &onnx__model_proto__descriptor, data, (const uint8_t *)data + n, 0);
}
