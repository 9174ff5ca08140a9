/*
 * XML gate. libxml2's SAX2 callbacks build our tree; a document counts only if libxml2 finished it, calls it well-formed, keeps no
 * error number and reported nothing to our silent handler: 2.9.14 alone calls a document cut short by lack of memory well-formed.
 */
#include "gen/base/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "gen/base/io.h"

enum { SIZE_MAX_BYTES = 64 << 20, DEPTH_MAX = 64 };

typedef struct {
    Arena *arena;
    const char *file;
    xmlParserCtxtPtr ctxt;
    XmlNode *root, *stack[DEPTH_MAX], *last[DEPTH_MAX]; /* open elements; the last child of each */
    Buf text[DEPTH_MAX];
    uint32_t depth;
    bool doctype, too_deep, error;
    char why[256];
    int why_line;
} Build;

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
                     int n_attr, int n_def, const xmlChar **attr)
{
    Build *b = ctx;
    (void)prefix, (void)uri, (void)n_ns, (void)ns, (void)n_def;
    if (b->too_deep || b->doctype) return;
    if (b->depth == DEPTH_MAX) {
        b->too_deep = true;
        xmlStopParser(b->ctxt);
        return;
    }
    XmlNode *n = arena_new(b->arena, XmlNode);
    n->name = arena_str(b->arena, (const char *)name);
    n->text = "";
    n->file = b->file;
    n->line = xmlSAX2GetLineNumber(b->ctxt);
    n->n_attrs = (uint32_t)n_attr;
    n->attrs = arena_array(b->arena, XmlAttr, (size_t)n_attr);
    for (int i = 0; i < n_attr; i++) {
        const xmlChar *value = attr[5 * i + 3], *end = attr[5 * i + 4];
        n->attrs[i].name = arena_str(b->arena, (const char *)attr[5 * i]);
        n->attrs[i].value = arena_printf(b->arena, "%.*s", (int)(end - value), (const char *)value);
    }
    if (b->depth == 0) b->root = n;
    else if (b->last[b->depth - 1]) b->last[b->depth - 1]->next = n;
    else b->stack[b->depth - 1]->child = n;
    if (b->depth) b->last[b->depth - 1] = n;
    b->stack[b->depth] = n;
    b->last[b->depth] = NULL;
    b->text[b->depth].n = 0;
    b->depth++;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    Build *b = ctx;
    (void)name, (void)prefix, (void)uri;
    if (b->depth == 0 || b->too_deep || b->doctype) return;
    b->depth--;
    if (b->text[b->depth].n) b->stack[b->depth]->text = arena_str(b->arena, b->text[b->depth].s);
}

static void on_text(void *ctx, const xmlChar *s, int n)
{
    Build *b = ctx;
    if (b->depth && !b->too_deep) buf_put(&b->text[b->depth - 1], (const char *)s, (size_t)n);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *ext, const xmlChar *sys)
{
    Build *b = ctx;
    (void)name, (void)ext, (void)sys;
    b->doctype = true;
    xmlStopParser(b->ctxt);
}

static void on_error(void *ctx, xmlErrorPtr e)
{
    Build *b = ctx;
    if (b->error) return;
    b->error = true;
    b->why_line = e->line;
    snprintf(b->why, sizeof b->why, "%s", e->message ? e->message : "unknown error");
    size_t n = strlen(b->why);
    while (n && (b->why[n - 1] == '\n' || b->why[n - 1] == ' ')) b->why[--n] = 0;
}

static Status verdict(const Build *b, xmlParserCtxtPtr c, int rc)
{
    Loc loc = {b->file, b->why_line, 0};
    if (b->doctype) return msg_error(ST_INPUT, "XML-0002", (Loc){b->file, 1, 0}, "DOCTYPE is not allowed");
    if (b->too_deep) return msg_error(ST_INPUT, "XML-0003", loc, "elements nested deeper than %d", DEPTH_MAX);
    if (b->error || rc != 0 || !c->wellFormed || c->errNo != 0 || !b->root || b->depth != 0)
        return msg_error(ST_INPUT, "XML-0001", loc, "not well-formed XML: %s", b->why[0] ? b->why : "ends too early");
    return ST_OK;
}

Status xml_parse(Arena *a, const char *path, const char *text, size_t n, XmlNode **root)
{
    if (n > SIZE_MAX_BYTES)
        return msg_error(ST_LIMIT, "XML-0003", (Loc){path, 0, 0}, "%zu bytes, limit %d", n, SIZE_MAX_BYTES);
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end, .characters = on_text,
                         .cdataBlock = on_text, .ignorableWhitespace = on_text, .internalSubset = on_doctype, .serror = on_error};
    Build b = {.arena = a, .file = arena_str(a, path)};
    xmlParserCtxtPtr c = xmlCreatePushParserCtxt(&sax, &b, NULL, 0, NULL);
    if (!c) die(ST_LIMIT, "out of memory (XML parser)");
    b.ctxt = c;
    xmlCtxtUseOptions(c, XML_PARSE_NONET | XML_PARSE_HUGE);
    c->sax->serror = on_error; /* xmlCtxtUseOptions keeps it; said again because losing it would hide errors */
    c->userData = &b;
    int rc = 0;
    for (size_t at = 0; at < n && rc == 0 && !b.doctype && !b.too_deep; at += 1 << 16) {
        size_t k = n - at < 1 << 16 ? n - at : 1 << 16;
        rc = xmlParseChunk(c, text + at, (int)k, 0);
    }
    if (rc == 0 && !b.doctype && !b.too_deep) rc = xmlParseChunk(c, "", 0, 1);
    Status st = verdict(&b, c, rc);
    if (c->myDoc) xmlFreeDoc(c->myDoc);
    xmlFreeParserCtxt(c);
    for (uint32_t i = 0; i < DEPTH_MAX; i++) buf_free(&b.text[i]);
    *root = st == ST_OK ? b.root : NULL;
    return st;
}

Status xml_read(Arena *a, const char *path, XmlNode **root)
{
    Buf text;
    TRY(io_read(path, SIZE_MAX_BYTES, &text));
    Status st = xml_parse(a, path, text.s, text.n, root);
    buf_free(&text);
    return st;
}

const char *xml_attr(const XmlNode *n, const char *name)
{
    for (uint32_t i = 0; i < n->n_attrs; i++)
        if (str_eq(n->attrs[i].name, name)) return n->attrs[i].value;
    return NULL;
}

const XmlNode *xml_child(const XmlNode *n, const char *name)
{
    for (const XmlNode *c = n->child; c; c = c->next)
        if (str_eq(c->name, name)) return c;
    return NULL;
}

const XmlNode *xml_next(const XmlNode *n, const char *name)
{
    for (n = n->next; n; n = n->next)
        if (str_eq(n->name, name)) return n;
    return NULL;
}

void xml_escape(Buf *b, const char *s)
{
    for (; *s; s++) {
        switch (*s) {
        case '&': buf_str(b, "&amp;"); break;
        case '<': buf_str(b, "&lt;"); break;
        case '>': buf_str(b, "&gt;"); break;
        case '"': buf_str(b, "&quot;"); break;
        case '\n': buf_str(b, "&#10;"); break;
        default: buf_char(b, *s);
        }
    }
}
