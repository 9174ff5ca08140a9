/* Compiled form of templates, shared by the compiler (tpl_parse.c) and the renderer (tpl.c). */
#ifndef TEMPLATES_TPL_INT_H
#define TEMPLATES_TPL_INT_H

#include "templates/tpl.h"

typedef enum {
    OP_TEXT,     /* literal text */
    OP_INDENT,   /* a line of the template begins: put the partial's indentation */
    OP_VAR,      /* escaped if the option says so */
    OP_RAW,      /* never escaped */
    OP_SECTION,  /* to `end`, if true or for each element */
    OP_INVERTED,
    OP_END,      /* end of a section */
    OP_PARTIAL
} OpKind;

typedef struct {
    OpKind kind;
    const char *s;       /* TEXT: the text; PARTIAL: name; VAR…: first part of the dotted name */
    uint32_t n;          /* TEXT: length; VAR…: number of parts, which follow each other, each ended by 0 */
    uint32_t end;        /* SECTION, INVERTED: index of its END */
    const char *indent;  /* PARTIAL alone on its line: what stands before it; else NULL */
    int32_t line, col;
} Op;

typedef struct {
    const char *name, *file; /* file: for messages */
    ARRAY(Op) ops;
    bool missing;            /* looked for and not found */
    bool pending, checked;   /* text not compiled yet; seen by tpl_check() */
    Status st;               /* of its compilation */
} Tpl;

/* Compile text[n]; strings live in the arena. TPL-0002 … TPL-0005. */
Status tpl_compile(Arena *a, const char *text, size_t n, Tpl *t);

#endif
