/*
 * The template engine: Mustache syntax over streamed data.
 *
 * A template is compiled once to a flat list of operations; rendering walks it and asks the caller's Views for values. A list
 * is never held: it is stepped through, so a view of a million instances needs the memory of one.
 *
 * Syntax (judged by the core tests of the public Mustache specification, tests/templates/spec.c):
 *   {{name}} {{{name}}} {{&name}}   text of a value; a.b.c looks b up in a, c in b; {{.}} the current element
 *   {{#name}} … {{/name}}           once per element of a list; once with a true value, which becomes the context
 *   {{^name}} … {{/name}}           if the value is false, empty or missing
 *   {{>name}}                       the template name.tpl; alone on its line its indentation is added to every line of it
 *   {{! … }}                        comment            {{=<% %>=}}  other delimiters until the end of this template
 *   A line with nothing but one tag of the kinds # ^ / > ! = and white space leaves no trace in the output.
 * False are: false, the empty list, the empty text, the number 0.
 * There are no lambdas, no inheritance and no dynamic names.
 *
 * Messages, with file:line:col of the tag:
 *   TPL-0001 template not found          TPL-0002 tag without its closing delimiter
 *   TPL-0003 section never closed        TPL-0004 closing tag without, or of another, section
 *   TPL-0005 empty name, stray character in a name, bad delimiters
 *   TPL-0006 sections or partials nested deeper than TPL_DEPTH_MAX
 *   TPL-0007 name unknown to every context (strict only)
 */
#ifndef TEMPLATES_TPL_H
#define TEMPLATES_TPL_H

#include "gen/base/io.h"

/* Partials within partials, and sections within sections of one file; enough for any file written by hand. */
enum { TPL_DEPTH_MAX = 64 };
/* Bytes of one template file. */
#define TPL_SIZE_MAX ((size_t)1 << 20)

/* ---- data ------------------------------------------------------------------------------------- */

typedef enum { VAL_NONE, VAL_TEXT, VAL_INT, VAL_REAL, VAL_BOOL, VAL_VIEW } ValueKind;
typedef struct View View;
typedef struct Value Value;

/*
 * One context: an object, or a list standing at one of its elements.
 *   get   value of a name in it; false: unknown here, ask the contexts outside. Known but absent: true with VAL_NONE.
 *   next  lists: step to the next element (the first call to the first); false: there is none. NULL: an object.
 *   end   lists: called once when the engine is done with the view, also after an error; NULL: nothing to do.
 *   n     the iterator's own state, so that most lists need no memory; a View may be copied before its first next().
 * For {{.}} get is asked for ".".
 */
struct View {
    bool (*get)(View *v, const char *name, Value *out);
    bool (*next)(View *v);
    void (*end)(View *v);
    const void *data;
    uint64_t n[8];
};

struct Value {
    ValueKind kind;
    union {
        const char *s; /* VAL_TEXT; valid until the next call of any View */
        int64_t i;
        double d;
        bool b;
        View view;
    } u;
};

static inline bool val_text(Value *out, const char *s)
{
    out->kind = VAL_TEXT;
    out->u.s = s;
    return true;
}
static inline bool val_int(Value *out, int64_t i)
{
    out->kind = VAL_INT;
    out->u.i = i;
    return true;
}
static inline bool val_real(Value *out, double d)
{
    out->kind = VAL_REAL;
    out->u.d = d;
    return true;
}
static inline bool val_bool(Value *out, bool b)
{
    out->kind = VAL_BOOL;
    out->u.b = b;
    return true;
}
static inline bool val_none(Value *out)
{
    out->kind = VAL_NONE;
    return true;
}
static inline bool val_view(Value *out, View v)
{
    out->kind = VAL_VIEW;
    out->u.view = v;
    return true;
}

/* ---- templates --------------------------------------------------------------------------------- */

/* Compiled templates by name, found in texts given here or in folders. One set per thread. */
typedef struct TplSet TplSet;

TplSet *tpl_set_new(void);
void tpl_set_free(TplSet *s);
/* A folder to look in for NAME.tpl, after those added before. */
void tpl_set_dir(TplSet *s, const char *dir);
/* A template given as text; goes before every folder. The text is copied. */
void tpl_set_text(TplSet *s, const char *name, const char *text);
/* Compile only, to find errors in templates before any output is begun. Partials are followed. */
Status tpl_check(TplSet *s, const char *name);

typedef struct {
    bool html;   /* escape & < > " in {{name}}, not in {{{name}}} and {{&name}} */
    bool strict; /* a name that no context knows is TPL-0007, a missing partial TPL-0001, instead of nothing */
} TplOptions;

/* Where the text goes: exactly one of the two. */
typedef struct {
    Out *out;
    Buf *buf;
} TplSink;

/*
 * Render a template with `root` as the outermost context.
 * Errors  TPL-00nn; what was written before the error stays in the sink: the caller discards it.
 * Memory  bounded by template, nesting and what the views hold.
 */
Status tpl_render(TplSet *s, const char *name, View root, TplOptions opt, TplSink sink);

#endif
