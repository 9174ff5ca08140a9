/*
 * The template compiler: text to a flat list of operations.
 *
 * Invariant: concatenated, the TEXT operations are the template without its tags and without the lines that stand alone.
 * Every line that leaves a trace begins with INDENT, so a partial can be indented while it is rendered.
 */
#include "templates/tpl_int.h"

typedef struct {
    Arena *a;
    Tpl *t;
    const char *text;
    size_t n, at;        /* length, position */
    size_t line_at;      /* where the current line begins */
    int32_t line;
    bool begun;          /* INDENT of the current line was put */
    const char *open, *close; /* delimiters */
    ARRAY(uint32_t) sections; /* open ones, innermost last */
} Parser;

static Loc here(const Parser *p, size_t at)
{
    return (Loc){p->t->file, p->line, (int)(at - p->line_at) + 1};
}

static Op *add_op(Parser *p, OpKind kind, size_t at)
{
    Op *o = arr_add(&p->t->ops);
    o->kind = kind;
    o->line = p->line;
    o->col = (int32_t)(at - p->line_at) + 1;
    return o;
}

static char *copy(Arena *a, const char *s, size_t n)
{
    char *r = arena_alloc(a, n + 1);
    memcpy(r, s, n);
    return r;
}

static void begin_line(Parser *p)
{
    if (p->begun) return;
    add_op(p, OP_INDENT, p->line_at);
    p->begun = true;
}

/* Literal text from `at` to `end`, cut at line ends. */
static void put_text(Parser *p, size_t end)
{
    while (p->at < end) {
        const char *nl = memchr(p->text + p->at, '\n', end - p->at);
        size_t to = nl ? (size_t)(nl - p->text) + 1 : end;
        begin_line(p);
        Op *o = add_op(p, OP_TEXT, p->at);
        o->s = copy(p->a, p->text + p->at, to - p->at);
        o->n = (uint32_t)(to - p->at);
        p->at = to;
        if (nl) {
            p->line++;
            p->line_at = to;
            p->begun = false;
        }
    }
}

/* Move over text that leaves no trace. */
static void skip(Parser *p, size_t end)
{
    for (; p->at < end; p->at++)
        if (p->text[p->at] == '\n') {
            p->line++;
            p->line_at = p->at + 1;
            p->begun = false;
        }
}

static bool blank(char c) { return c == ' ' || c == '\t'; }
static bool space(char c) { return blank(c) || c == '\r' || c == '\n'; }

static size_t find(const Parser *p, size_t from, const char *what)
{
    size_t len = strlen(what);
    for (size_t i = from; i + len <= p->n; i++)
        if (p->text[i] == what[0] && !memcmp(p->text + i, what, len)) return i;
    return SIZE_MAX;
}

/* Does the tag text[from … to) stand alone on its line? Then *next is where the following line begins. */
static bool stands_alone(const Parser *p, size_t from, size_t to, size_t *next)
{
    for (size_t i = p->line_at; i < from; i++)
        if (!blank(p->text[i])) return false;
    while (to < p->n && blank(p->text[to])) to++;
    if (to + 1 < p->n && p->text[to] == '\r' && p->text[to + 1] == '\n') to++;
    if (to < p->n && p->text[to] != '\n') return false;
    *next = to < p->n ? to + 1 : to;
    return true;
}

/* "a.b.c" -> "a\0b\0c\0", 3; "." is one part. */
static Status split_name(Parser *p, const char *s, size_t n, size_t at, Op *o)
{
    if (n == 0) return msg_error(ST_INPUT, "TPL-0005", here(p, at), "tag without a name");
    for (size_t i = 0; i < n; i++)
        if (space(s[i])) return msg_error(ST_INPUT, "TPL-0005", here(p, at), "white space inside the name '%.*s'", (int)n, s);
    char *c = copy(p->a, s, n);
    o->s = c;
    o->n = 1;
    if (n == 1 && c[0] == '.') return ST_OK;
    for (size_t i = 0; i < n; i++) {
        if (c[i] != '.') continue;
        if (i == 0 || i + 1 == n || c[i + 1] == '.')
            return msg_error(ST_INPUT, "TPL-0005", here(p, at), "empty part in the name '%.*s'", (int)n, s);
        c[i] = 0;
        o->n++;
    }
    return ST_OK;
}

/* {{=<% %>=}}: the part between the two equals signs. */
static Status set_delimiters(Parser *p, const char *s, size_t n, size_t at)
{
    size_t i = 0, j = n;
    while (i < n && space(s[i])) i++;
    while (j > i && space(s[j - 1])) j--;
    size_t a = i;
    while (a < j && !space(s[a])) a++;
    size_t b = a;
    while (b < j && space(s[b])) b++;
    bool bad = a == i || b == j || memchr(s + i, '=', j - i) != NULL;
    for (size_t k = b; k < j; k++) bad |= space(s[k]);
    if (bad) return msg_error(ST_INPUT, "TPL-0005", here(p, at), "delimiters are set like {{=<%% %%>=}}, without '=' in them");
    p->open = copy(p->a, s + i, a - i);
    p->close = copy(p->a, s + b, j - b);
    return ST_OK;
}

/* One name in full, for comparing and for messages. */
static bool same_name(const Op *a, const Op *b)
{
    const char *x = a->s, *y = b->s;
    if (a->n != b->n) return false;
    for (uint32_t i = 0; i < a->n; i++) {
        if (!str_eq(x, y)) return false;
        x += strlen(x) + 1;
        y += strlen(y) + 1;
    }
    return true;
}

static Status close_section(Parser *p, const char *s, size_t n, size_t at)
{
    Op *o = add_op(p, OP_END, at);
    TRY(split_name(p, s, n, at, o));
    if (p->sections.n == 0)
        return msg_error(ST_INPUT, "TPL-0004", here(p, at), "{{/%.*s}} closes a section that was not opened", (int)n, s);
    Op *begin = &p->t->ops.v[p->sections.v[p->sections.n - 1]];
    if (!same_name(begin, o))
        return msg_error(ST_INPUT, "TPL-0004", here(p, at), "{{/%.*s}} where the section '%s' of line %d is still open", (int)n,
                         s, begin->s, begin->line);
    begin->end = p->t->ops.n - 1;
    p->sections.n--;
    return ST_OK;
}

typedef struct {
    size_t from, to;      /* the whole tag */
    size_t body, body_end; /* between sigil and closing delimiter */
    char sigil;           /* 0 for a plain variable */
} Tag;

/* Find the end of the tag that opens at `from`. */
static Status scan_tag(Parser *p, size_t from, Tag *tag)
{
    size_t body = from + strlen(p->open);
    while (body < p->n && space(p->text[body])) body++;
    char c = body < p->n ? p->text[body] : 0;
    tag->sigil = c && strchr("#^/>!=&{", c) ? c : 0;
    tag->from = from;
    tag->body = body + (tag->sigil ? 1 : 0);
    Buf want = {0};
    if (c == '=') buf_char(&want, '=');
    if (c == '{') buf_char(&want, '}');
    buf_str(&want, p->close);
    size_t end = find(p, tag->body, want.s);
    tag->body_end = end;
    tag->to = end + want.n;
    buf_free(&want);
    if (end == SIZE_MAX)
        return msg_error(ST_INPUT, "TPL-0002", here(p, from), "tag is never closed by '%s%s'", c == '=' ? "=" : c == '{' ? "}" : "",
                         p->close);
    return ST_OK;
}

/* Put the operation of a tag. indent: what stands before it if it stands alone, else NULL. */
static Status tag_op(Parser *p, const Tag *tag, const char *indent)
{
    const char *s = p->text + tag->body;
    size_t n = tag->body_end - tag->body;
    if (tag->sigil == '!') return ST_OK;
    if (tag->sigil == '=') return set_delimiters(p, s, n, tag->from);
    while (n && space(*s)) s++, n--;
    while (n && space(s[n - 1])) n--;
    switch (tag->sigil) {
    case '/': return close_section(p, s, n, tag->from);
    case '#':
    case '^':
        if (p->sections.n >= TPL_DEPTH_MAX)
            return msg_error(ST_INPUT, "TPL-0006", here(p, tag->from), "sections nested deeper than %d", TPL_DEPTH_MAX);
        arr_push(&p->sections, p->t->ops.n);
        return split_name(p, s, n, tag->from, add_op(p, tag->sigil == '#' ? OP_SECTION : OP_INVERTED, tag->from));
    case '>': {
        Op *o = add_op(p, OP_PARTIAL, tag->from);
        TRY(split_name(p, s, n, tag->from, o));
        o->s = copy(p->a, s, n); /* a partial's name is one word */
        o->indent = indent;
        return ST_OK;
    }
    default: return split_name(p, s, n, tag->from, add_op(p, tag->sigil ? OP_RAW : OP_VAR, tag->from));
    }
}

static Status one_tag(Parser *p, size_t from)
{
    Tag tag;
    size_t next;
    TRY(scan_tag(p, from, &tag));
    bool can = tag.sigil && strchr("#^/>!=", tag.sigil);
    if (can && stands_alone(p, tag.from, tag.to, &next)) {
        const char *indent = copy(p->a, p->text + p->line_at, tag.from - p->line_at);
        TRY(tag_op(p, &tag, indent));
        skip(p, next);
        return ST_OK;
    }
    put_text(p, tag.from);
    begin_line(p);
    TRY(tag_op(p, &tag, NULL));
    size_t line_at = p->line_at;
    skip(p, tag.to);
    if (p->line_at != line_at) p->begun = true; /* a tag over several lines is one piece of the first one's */
    return ST_OK;
}

Status tpl_compile(Arena *a, const char *text, size_t n, Tpl *t)
{
    Parser p = {.a = a, .t = t, .text = text, .n = n, .line = 1, .open = "{{", .close = "}}"};
    Status st = ST_OK;
    while (st == ST_OK && p.at < n) {
        size_t from = find(&p, p.at, p.open);
        if (from == SIZE_MAX) {
            put_text(&p, n);
            break;
        }
        /* Text up to the line of the tag; what stands before the tag on its line waits until we know if it stands alone. */
        size_t line = from;
        while (line > p.at && text[line - 1] != '\n') line--;
        put_text(&p, line);
        st = one_tag(&p, from);
    }
    if (st == ST_OK && p.sections.n) {
        const Op *o = &t->ops.v[p.sections.v[p.sections.n - 1]];
        st = msg_error(ST_INPUT, "TPL-0003", (Loc){t->file, o->line, o->col}, "section '%s' is never closed", o->s);
    }
    arr_free(&p.sections);
    return st;
}
