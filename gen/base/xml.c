/*
 * XML gate. libxml2's callbacks build a tree of our own.
 *
 * Invariant: a document counts only if libxml2 reached its end, calls it well-formed, keeps no error number and
 * reported nothing to our handler: 2.9.14 alone calls a document cut short by lack of memory well-formed. (Lack of
 * memory ends the program here, since libxml2 gets its memory through functions that die.)
 * Does not: namespaces (a prefix stays part of the name, declarations are dropped), encodings other than UTF-8, entities, DTDs.
 */
#include "gen/base/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "gen/base/io.h"

/* ATTRS_MAX: libxml2 compares every attribute of an element with every other, so a megabyte of them takes minutes. */
enum { SIZE_MAX_MB = 64, DEPTH_MAX = 64, ATTRS_MAX = 256, NODES_MAX = 4000000 };

typedef struct {
    XmlNode *node, *last; /* an open element, its last child so far */
    Buf text;
} Level;

typedef struct {
    Arena *arena;
    const char *file;
    xmlParserCtxtPtr ctxt;
    XmlNode *root;
    Level level[DEPTH_MAX];
    uint32_t depth, nodes;
    bool finished, doctype, error;
    const char *limit; /* which limit was passed */
    int why_line, why_col;
    char why[256];
} Build;

/* ---- memory of libxml2 ------------------------------------------------------------------------ */

static void *must(void *p)
{
    if (!p) die(ST_LIMIT, "out of memory (XML)");
    return p;
}

static void *xml_malloc(size_t n) { return must(malloc(n ? n : 1)); }
static void *xml_realloc(void *p, size_t n) { return must(realloc(p, n ? n : 1)); }
static char *xml_strdup(const char *s) { return must(strdup(s)); }

static void setup(void)
{
    xmlMemSetup(free, xml_malloc, xml_realloc, xml_strdup);
    xmlInitParser();
}

/* ---- callbacks -------------------------------------------------------------------------------- */

static void stop(Build *b, const char *limit)
{
    if (limit) b->limit = limit;
    xmlStopParser(b->ctxt);
}

/* The line on which the tag begins: libxml2 stands at its end, and no attribute value can hold a '<'. */
static int tag_line(xmlParserCtxtPtr c)
{
    int line = c->input->line;
    for (const xmlChar *p = c->input->cur; p > c->input->base; p--) {
        if (p[-1] == '<') return line;
        if (p[-1] == '\n') line--;
    }
    return c->input->line;
}

static char *qualified(Arena *a, const xmlChar *prefix, const xmlChar *name)
{
    return prefix ? arena_printf(a, "%s:%s", (const char *)prefix, (const char *)name) : arena_str(a, (const char *)name);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
                     int n_attrs, int n_defaults, const xmlChar **attrs)
{
    Build *b = ctx;
    (void)uri, (void)n_ns, (void)ns, (void)n_defaults;
    if (b->depth == DEPTH_MAX) {
        stop(b, "elements nested deeper than 64");
        return;
    }
    if (b->nodes++ == NODES_MAX) {
        stop(b, "more than 4000000 elements");
        return;
    }
    XmlNode *n = arena_new(b->arena, XmlNode);
    n->name = qualified(b->arena, prefix, name);
    n->text = "";
    n->file = b->file;
    n->line = tag_line(b->ctxt);
    n->n_attrs = (uint32_t)n_attrs;
    if (n_attrs) n->attrs = arena_array(b->arena, XmlAttr, n->n_attrs);
    for (uint32_t i = 0; i < n->n_attrs; i++) {
        const xmlChar **at = attrs + 5 * i; /* local name, prefix, URI, value, end of value: SAX2 */
        size_t len = (size_t)(at[4] - at[3]);
        n->attrs[i].name = qualified(b->arena, at[1], at[0]);
        n->attrs[i].value = memcpy(arena_alloc(b->arena, len + 1), at[3], len);
    }
    if (b->depth) {
        Level *up = &b->level[b->depth - 1];
        if (up->last) up->last->next = n;
        else up->node->child = n;
        up->last = n;
    } else {
        b->root = n;
    }
    Level *l = &b->level[b->depth++];
    l->node = n;
    l->last = NULL;
    l->text.n = 0;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    Build *b = ctx;
    (void)name, (void)prefix, (void)uri;
    if (b->depth == 0) return;
    Level *l = &b->level[--b->depth];
    if (l->text.n) l->node->text = arena_str(b->arena, l->text.s);
}

static void on_text(void *ctx, const xmlChar *s, int n)
{
    Build *b = ctx;
    if (b->depth) buf_put(&b->level[b->depth - 1].text, (const char *)s, (size_t)n);
}

static void on_document_end(void *ctx) { ((Build *)ctx)->finished = true; }

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    Build *b = ctx;
    (void)name, (void)public_id, (void)system_id;
    b->doctype = true;
    b->why_line = b->ctxt->input->line;
    stop(b, NULL);
}

/* The first report counts; what follows is its consequence. */
static void on_error(void *ctx, xmlErrorPtr e)
{
    Build *b = ctx;
    if (b->error || e->level == XML_ERR_WARNING) return;
    b->error = true;
    b->why_line = e->line;
    b->why_col = e->int2;
    snprintf(b->why, sizeof b->why, "%s", e->message ? e->message : "unknown error");
    for (size_t n = strlen(b->why); n && (b->why[n - 1] == '\n' || b->why[n - 1] == ' ');) b->why[--n] = 0;
    stop(b, NULL);
}

/* ---- what is looked at before libxml2 --------------------------------------------------------- */

/* First place of needle in [p, end), or end. */
static const char *find(const char *p, const char *end, const char *needle)
{
    size_t k = strlen(needle);
    for (; (size_t)(end - p) >= k && (p = memchr(p, needle[0], (size_t)(end - p) - k + 1)); p++)
        if (memcmp(p, needle, k) == 0) return p;
    return end;
}

/* Count the attributes of the tag at p; gives the tag's end. */
static const char *count_attrs(const char *p, const char *end, uint32_t *n)
{
    *n = 0;
    for (; p < end && *p != '>'; p++) {
        if (*p == '=') (*n)++;
        if (*p != '"' && *p != '\'') continue;
        p = memchr(p + 1, *p, (size_t)(end - p - 1));
        if (!p) return end;
    }
    return p;
}

/* False: an element has too many attributes. Exact for what is well-formed; libxml2 stops at what is not. */
static bool attrs_in_limit(const char *p, const char *end)
{
    while ((p = find(p, end, "<")) < end) {
        size_t left = (size_t)(end - p);
        uint32_t n;
        if (left >= 4 && memcmp(p, "<!--", 4) == 0) {
            p = find(p + 4, end, "-->");
        } else if (left >= 9 && memcmp(p, "<![CDATA[", 9) == 0) {
            p = find(p + 9, end, "]]>");
        } else if (left >= 2 && p[1] == '?') {
            p = find(p + 2, end, "?>");
        } else {
            p = count_attrs(p + 1, end, &n);
            if (n > ATTRS_MAX) return false;
        }
    }
    return true;
}

/* UTF-8 only: what begins otherwise or holds a zero byte would make libxml2 guess an encoding. */
static bool may_be_utf8_xml(const char *p, size_t n)
{
    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) p += 3, n -= 3;
    return n && (*p == '<' || *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r') && !memchr(p, 0, n);
}

/* ---- reading ---------------------------------------------------------------------------------- */

static Status too_large(const char *path)
{
    return msg_error(ST_LIMIT, "XML-0003", (Loc){path, 0, 0}, "is larger than %d MB, the limit of an XML file", SIZE_MAX_MB);
}

static Status verdict(const Build *b)
{
    const xmlParserCtxt *c = b->ctxt;
    Loc at = {b->file, b->why_line, b->why_col};
    if (b->doctype) return msg_error(ST_INPUT, "XML-0002", at, "a DOCTYPE is not allowed");
    if (b->limit)
        return msg_error(ST_LIMIT, "XML-0003", (Loc){b->file, c->input ? c->input->line : 0, 0}, "%s", b->limit);
    if (b->error || !b->finished || !c->wellFormed || c->errNo != XML_ERR_OK || !b->root || b->depth)
        return msg_error(ST_INPUT, "XML-0001", at, "not well-formed XML: %s", b->why[0] ? b->why : "ends too early");
    return ST_OK;
}

Status xml_parse(Arena *a, const char *path, const char *text, size_t n, XmlNode **root)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, setup);
    *root = NULL;
    if (n > (size_t)SIZE_MAX_MB << 20) return too_large(path);
    if (!may_be_utf8_xml(text, n))
        return msg_error(ST_INPUT, "XML-0001", (Loc){path, 1, 0}, "not well-formed XML: no UTF-8 text that begins with a tag");
    if (!attrs_in_limit(text, text + n))
        return msg_error(ST_LIMIT, "XML-0003", (Loc){path, 0, 0}, "an element with more than %d attributes", ATTRS_MAX);

    Build b = {.arena = a, .file = arena_str(a, path)};
    b.ctxt = must(xmlCreateMemoryParserCtxt(text, (int)n));
    /* NOENT puts '&' for "&amp;" into attribute values; entities of a DTD cannot occur, there is none. HUGE lifts limits
     * on long values; our own stand in their place. The options come first, for they may change the handler. */
    xmlCtxtUseOptions(b.ctxt, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_HUGE | XML_PARSE_IGNORE_ENC);
    *b.ctxt->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end, .characters = on_text,
        .ignorableWhitespace = on_text, .cdataBlock = on_text, .internalSubset = on_doctype, .endDocument = on_document_end,
        .serror = on_error};
    b.ctxt->userData = &b;
    xmlParseDocument(b.ctxt);
    Status st = verdict(&b);
    if (st == ST_OK) *root = b.root;
    if (b.ctxt->myDoc) xmlFreeDoc(b.ctxt->myDoc);
    xmlFreeParserCtxt(b.ctxt);
    xmlResetLastError();
    for (uint32_t i = 0; i < DEPTH_MAX; i++) buf_free(&b.level[i].text);
    return st;
}

Status xml_read(Arena *a, const char *path, XmlNode **root)
{
    struct stat s;
    *root = NULL;
    if (stat(path, &s) == 0 && s.st_size > (off_t)SIZE_MAX_MB << 20 && S_ISREG(s.st_mode)) return too_large(path);
    Buf text;
    TRY(io_read(path, (size_t)SIZE_MAX_MB << 20, &text));
    Status st = xml_parse(a, path, text.s, text.n, root);
    buf_free(&text);
    return st;
}

/* ---- the tree --------------------------------------------------------------------------------- */

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

/* ---- writing ---------------------------------------------------------------------------------- */

/* Bytes of the character at s that XML 1.0 §2.2 allows; 0 if it does not, or if it is no UTF-8 (RFC 3629). */
static int legal_char(const unsigned char *s)
{
    if (s[0] < 0x80) return s[0] >= 0x20 || s[0] == '\t' || s[0] == '\n' || s[0] == '\r';
    int n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    uint32_t c = s[0] & (0xffu >> (n + 1));
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0; /* the terminating 0 stops here too */
        c = c << 6 | (s[i] & 0x3f);
    }
    bool ok = c >= least[n] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff) && c != 0xfffe && c != 0xffff;
    return ok ? n : 0;
}

/* Whatever the names in a network file hold, what we write can be read again: what XML cannot hold becomes U+FFFD. */
void xml_escape(Buf *b, const char *s)
{
    while (*s) {
        int n = legal_char((const unsigned char *)s);
        switch (n ? *s : 0) {
        case 0: buf_str(b, "\xef\xbf\xbd"); break;
        case '&': buf_str(b, "&amp;"); break;
        case '<': buf_str(b, "&lt;"); break;
        case '>': buf_str(b, "&gt;"); break;
        case '"': buf_str(b, "&quot;"); break;
        case '\n': buf_str(b, "&#10;"); break; /* a reader turns bare white space in an attribute into a blank */
        case '\r': buf_str(b, "&#13;"); break;
        case '\t': buf_str(b, "&#9;"); break;
        default: buf_put(b, s, (size_t)n);
        }
        s += n ? n : 1;
    }
}
