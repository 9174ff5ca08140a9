/*
 * The renderer: walks compiled operations with a stack of contexts, asks the views, writes the text.
 *
 * Invariant: every view the engine got is ended exactly once, also when rendering stops with an error.
 */
#include "templates/tpl.h"

#include "templates/tpl_int.h"

struct TplSet {
    Arena arena;
    ARRAY(const char *) dirs;
    ARRAY(Tpl *) tpls;
};

/* Contexts, innermost first: chained on the C stack of the sections that opened them. */
typedef struct Ctx Ctx;
struct Ctx {
    View *view;
    Ctx *up;
};

typedef struct {
    TplSet *set;
    TplOptions opt;
    TplSink sink;
    Buf indent; /* of the partials being rendered */
    Buf num;
    int depth;
} Render;

/* ---- finding templates -------------------------------------------------------------------------- */

TplSet *tpl_set_new(void) { return mem_alloc(sizeof(TplSet)); }

void tpl_set_free(TplSet *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->tpls.n; i++) arr_free(&s->tpls.v[i]->ops);
    arr_free(&s->tpls);
    arr_free(&s->dirs);
    arena_free(&s->arena);
    mem_free(s);
}

void tpl_set_dir(TplSet *s, const char *dir)
{
    const char *d = arena_str(&s->arena, dir);
    arr_push(&s->dirs, d);
}

static Tpl *add_tpl(TplSet *s, const char *name, const char *file)
{
    Tpl *t = arena_new(&s->arena, Tpl);
    t->name = arena_str(&s->arena, name);
    t->file = arena_str(&s->arena, file);
    arr_push(&s->tpls, t);
    return t;
}

/* Text templates are compiled when first used, like files: errors come from one place. */
typedef struct {
    Tpl t;
    const char *text;
} TextTpl;

void tpl_set_text(TplSet *s, const char *name, const char *text)
{
    TextTpl *t = arena_new(&s->arena, TextTpl);
    t->t.name = t->t.file = arena_str(&s->arena, name);
    t->text = arena_str(&s->arena, text);
    t->t.pending = true;
    Tpl *p = &t->t;
    arr_push(&s->tpls, p);
}

static Status load_file(TplSet *s, const char *name, Tpl **out)
{
    for (uint32_t i = 0; i < s->dirs.n; i++) {
        char *file = arena_printf(&s->arena, "%s.tpl", name);
        char *path = io_join(&s->arena, s->dirs.v[i], file);
        if (!io_exists(path)) continue;
        Buf text = {0};
        TRY(io_read(path, TPL_SIZE_MAX, &text));
        Tpl *t = add_tpl(s, name, path);
        t->st = tpl_compile(&s->arena, text.s ? text.s : "", text.n, t);
        buf_free(&text);
        *out = t;
        return t->st;
    }
    *out = add_tpl(s, name, name);
    (*out)->missing = true;
    return ST_OK;
}

static Status get_tpl(TplSet *s, const char *name, Tpl **out)
{
    for (uint32_t i = 0; i < s->tpls.n; i++) {
        Tpl *t = s->tpls.v[i];
        if (!str_eq(t->name, name)) continue;
        *out = t;
        if (!t->pending) return t->st;
        t->pending = false;
        const char *text = ((TextTpl *)t)->text;
        return t->st = tpl_compile(&s->arena, text, strlen(text), t);
    }
    return load_file(s, name, out);
}

static Status not_found(const TplSet *s, const char *name, Loc loc)
{
    Buf where = {0};
    for (uint32_t i = 0; i < s->dirs.n; i++) {
        if (i) buf_str(&where, ", ");
        buf_str(&where, s->dirs.v[i]);
    }
    Status st = msg_error(ST_INPUT, "TPL-0001", loc, "template '%s.tpl' is not in %s", name, where.n ? where.s : "any folder");
    buf_free(&where);
    return st;
}

Status tpl_check(TplSet *s, const char *name)
{
    Tpl *t;
    TRY(get_tpl(s, name, &t));
    if (t->missing) return not_found(s, name, (Loc){0});
    for (uint32_t i = 0; i < t->ops.n; i++) {
        const Op *o = &t->ops.v[i];
        Tpl *p;
        if (o->kind != OP_PARTIAL) continue;
        TRY(get_tpl(s, o->s, &p));
        if (p->missing) return not_found(s, o->s, (Loc){t->file, o->line, o->col});
        if (p->checked) continue;
        p->checked = true;
        TRY(tpl_check(s, o->s));
    }
    return ST_OK;
}

/* ---- output --------------------------------------------------------------------------------------- */

static void put(Render *r, const char *s, size_t n)
{
    if (r->sink.out)
        out_write(r->sink.out, s, n);
    else
        buf_put(r->sink.buf, s, n);
}

static void put_html(Render *r, const char *s)
{
    for (;;) {
        size_t n = strcspn(s, "&<>\"");
        put(r, s, n);
        s += n;
        switch (*s++) {
        case 0: return;
        case '&': put(r, "&amp;", 5); break;
        case '<': put(r, "&lt;", 4); break;
        case '>': put(r, "&gt;", 4); break;
        default: put(r, "&quot;", 6); break;
        }
    }
}

static void put_int(Render *r, int64_t v)
{
    char s[24], *p = s + sizeof s;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do *--p = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0) *--p = '-';
    put(r, p, (size_t)(s + sizeof s - p));
}

static void put_value(Render *r, const Value *v, bool raw)
{
    switch (v->kind) {
    case VAL_TEXT:
        if (r->opt.html && !raw)
            put_html(r, v->u.s);
        else
            put(r, v->u.s, strlen(v->u.s));
        break;
    case VAL_INT: put_int(r, v->u.i); break;
    case VAL_REAL:
        r->num.n = 0;
        buf_double(&r->num, v->u.d);
        put(r, r->num.s, r->num.n);
        break;
    case VAL_BOOL: put(r, v->u.b ? "true" : "false", v->u.b ? 4 : 5); break;
    case VAL_NONE:
    case VAL_VIEW: break;
    }
}

/* ---- values ----------------------------------------------------------------------------------------- */

static void end_view(View *v)
{
    if (v->end) v->end(v);
}

static void end_value(Value *v)
{
    if (v->kind == VAL_VIEW) end_view(&v->u.view);
}

/* The first part is looked up from the innermost context outwards, the rest only inside what was found. */
static bool lookup(Ctx *c, const Op *o, Value *out)
{
    const char *part = o->s;
    for (; c; c = c->up)
        if (c->view->get(c->view, part, out)) break;
    if (!c) return false;
    for (uint32_t i = 1; i < o->n; i++) {
        part += strlen(part) + 1;
        if (out->kind != VAL_VIEW || out->u.view.next) {
            end_value(out);
            return false;
        }
        View in = out->u.view;
        assert(!in.end); /* objects have none: what they give must outlive this */
        bool found = in.get(&in, part, out);
        if (!found) return false;
    }
    return true;
}

static Status unknown(const Render *r, const Tpl *t, const Op *o)
{
    if (!r->opt.strict) return ST_OK;
    Buf name = {0};
    const char *part = o->s;
    for (uint32_t i = 0; i < o->n; i++, part += strlen(part) + 1) {
        if (i) buf_char(&name, '.');
        buf_str(&name, part);
    }
    Status st = msg_error(ST_INPUT, "TPL-0007", (Loc){t->file, o->line, o->col}, "nothing is called '%s' here", name.s);
    buf_free(&name);
    return st;
}

/* Truth of a value that is not a list. */
static bool truth(const Value *v)
{
    switch (v->kind) {
    case VAL_NONE: return false;
    case VAL_TEXT: return v->u.s[0] != 0;
    case VAL_INT: return v->u.i != 0;
    case VAL_REAL: return v->u.d != 0;
    case VAL_BOOL: return v->u.b;
    case VAL_VIEW: return true;
    }
    return false;
}

/* A plain value as a context: {{.}} is the value itself. data: the Value. */
static bool scalar_get(View *v, const char *name, Value *out)
{
    if (!str_eq(name, ".")) return false;
    *out = *(const Value *)v->data;
    return true;
}

/* ---- rendering ---------------------------------------------------------------------------------------- */

static Status run(Render *r, const Tpl *t, uint32_t from, uint32_t to, Ctx *c);

static Status run_body(Render *r, const Tpl *t, uint32_t at, Ctx *c, View *v)
{
    Ctx inner = {v, c};
    return run(r, t, at + 1, t->ops.v[at].end, &inner);
}

static Status run_section(Render *r, const Tpl *t, uint32_t at, Ctx *c)
{
    Value v;
    if (!lookup(c, &t->ops.v[at], &v)) return unknown(r, t, &t->ops.v[at]);
    Status st = ST_OK;
    if (v.kind == VAL_VIEW) {
        View *w = &v.u.view;
        if (!w->next) st = run_body(r, t, at, c, w);
        while (st == ST_OK && w->next && w->next(w)) st = run_body(r, t, at, c, w);
        end_view(w);
    } else if (truth(&v)) {
        Buf keep = {0}; /* the text of a view lasts only until its next call */
        if (v.kind == VAL_TEXT) {
            buf_str(&keep, v.u.s);
            v.u.s = keep.s;
        }
        View w = {.get = scalar_get, .data = &v};
        st = run_body(r, t, at, c, &w);
        buf_free(&keep);
    }
    return st;
}

static Status run_inverted(Render *r, const Tpl *t, uint32_t at, Ctx *c)
{
    Value v;
    bool is;
    if (!lookup(c, &t->ops.v[at], &v)) {
        TRY(unknown(r, t, &t->ops.v[at]));
        is = false;
    } else if (v.kind == VAL_VIEW) {
        is = !v.u.view.next || v.u.view.next(&v.u.view);
        end_view(&v.u.view);
    } else {
        is = truth(&v);
    }
    return is ? ST_OK : run(r, t, at + 1, t->ops.v[at].end, c);
}

static Status run_partial(Render *r, const Tpl *t, const Op *o, Ctx *c)
{
    Tpl *p;
    Loc loc = {t->file, o->line, o->col};
    TRY(get_tpl(r->set, o->s, &p));
    if (p->missing) return r->opt.strict ? not_found(r->set, o->s, loc) : ST_OK;
    if (r->depth >= TPL_DEPTH_MAX)
        return msg_error(ST_INPUT, "TPL-0006", loc, "partials nested deeper than %d", TPL_DEPTH_MAX);
    r->depth++;
    size_t n = r->indent.n;
    if (o->indent) buf_str(&r->indent, o->indent);
    Buf before = {0};
    if (!o->indent && n) { /* inside a line: the outer indentation belongs to the outer template's lines only */
        before = r->indent;
        r->indent = (Buf){0};
    }
    Status st = run(r, p, 0, p->ops.n, c);
    if (before.s) {
        buf_free(&r->indent);
        r->indent = before;
    }
    r->indent.n = n;
    r->depth--;
    return st;
}

static Status run(Render *r, const Tpl *t, uint32_t from, uint32_t to, Ctx *c)
{
    Value v;
    for (uint32_t i = from; i < to; i++) {
        const Op *o = &t->ops.v[i];
        switch (o->kind) {
        case OP_TEXT: put(r, o->s, o->n); break;
        case OP_INDENT:
            if (r->indent.n) put(r, r->indent.s, r->indent.n);
            break;
        case OP_VAR:
        case OP_RAW:
            if (lookup(c, o, &v)) {
                put_value(r, &v, o->kind == OP_RAW);
                end_value(&v);
            } else {
                TRY(unknown(r, t, o));
            }
            break;
        case OP_SECTION:
            TRY(run_section(r, t, i, c));
            i = o->end;
            break;
        case OP_INVERTED:
            TRY(run_inverted(r, t, i, c));
            i = o->end;
            break;
        case OP_PARTIAL: TRY(run_partial(r, t, o, c)); break;
        case OP_END: break;
        }
    }
    return ST_OK;
}

Status tpl_render(TplSet *s, const char *name, View root, TplOptions opt, TplSink sink)
{
    assert((sink.out != NULL) != (sink.buf != NULL));
    Tpl *t;
    Render r = {.set = s, .opt = opt, .sink = sink};
    Ctx c = {&root, NULL};
    Status st = get_tpl(s, name, &t);
    if (st == ST_OK && t->missing) st = not_found(s, name, (Loc){0});
    if (st == ST_OK) st = run(&r, t, 0, t->ops.n, &c);
    end_view(&root);
    buf_free(&r.indent);
    buf_free(&r.num);
    return st;
}
