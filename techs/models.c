/*
 * A model file as a simulator takes it: one text, every include put in place.
 *
 * Files below $APUGEN_PDK are the user's. There a device is a subcircuit with all its binned cards inside, which ngspice expands once per
 * transistor (SKY130, ngspice 39: 0.18 s and 6 MB each). Of such a file only parameters and cards are taken, the cards out of their
 * subcircuit; the model file has a subcircuit of its own, which names them. What comes out goes into the folder of a simulation,
 * never into a result.
 */
#include "techs/tech_int.h"

#include "gen/base/io.h"

#include <stdlib.h>
#include <strings.h>

enum { DEPTH = 8 };
#define SIZE ((size_t)64 << 20)
#define TYPICAL "tt"

typedef struct {
    Arena a;
    const char *corner, *pdk; /* pdk: NULL if the user gave none */
    Buf *out;
} Models;

static bool begins(const char *line, size_t n, const char *word)
{
    size_t w = strlen(word);
    return n >= w && !strncasecmp(line, word, w) && (n == w || line[w] == ' ' || line[w] == '\t' || line[w] == '\r');
}

/* A line's value of `.include NAME`, with its corner put in, or NULL. */
static const char *included(Models *m, const char *line, size_t n)
{
    static const char *const word[] = {".include", ".inc"};
    for (size_t k = 0; k < COUNTOF(word); k++) {
        size_t w = strlen(word[k]);
        if (!begins(line, n, word[k]) || n == w) continue;
        line += w;
        n -= w;
        while (n && strchr(" \t\"'", *line)) line++, n--;
        while (n && strchr(" \t\r\"'", line[n - 1])) n--;
        const char *name = arena_printf(&m->a, "%.*s", (int)n, line), *mark = strstr(name, TECH_CORNER);
        return mark ? arena_printf(&m->a, "%.*s%s%s", (int)(mark - name), name, m->corner, mark + strlen(TECH_CORNER)) : name;
    }
    return NULL;
}

static Status put_file(Models *m, const char *path, bool of_pdk, int depth);

static Status put_include(Models *m, const char *path, int line_no, const char *name, bool of_pdk, int depth)
{
    if (str_starts(name, TECH_PDK)) {
        if (!m->pdk)
            return msg_error(ST_INPUT, "TECH-0033", (Loc){path, line_no, 0}, "the models are a PDK's, whose folder is not known: --pdk DIR, or APUGEN_PDK");
        return put_file(m, io_join(&m->a, m->pdk, name + strlen(TECH_PDK)), true, depth + 1);
    }
    const char *slash = strrchr(path, '/');
    if (name[0] == '/' || !slash) return put_file(m, name, of_pdk, depth + 1);
    return put_file(m, io_join(&m->a, arena_printf(&m->a, "%.*s", (int)(slash - path), path), name), of_pdk, depth + 1);
}

/* Line by line; `keep` holds for the lines that continue one. */
static Status put_lines(Models *m, const char *path, const Buf *text, bool of_pdk, int depth)
{
    bool inside = false, keep = true;
    int line_no = 1;
    Status st = ST_OK;
    for (size_t at = 0; st == ST_OK && at < text->n; line_no++) {
        const char *line = text->s + at, *nl = memchr(line, '\n', text->n - at);
        size_t n = nl ? (size_t)(nl - line) : text->n - at;
        at += n + 1;
        const char *word = line;
        size_t left = n;
        while (left && (*word == ' ' || *word == '\t')) word++, left--;
        if (of_pdk && (!left || *word == '*')) continue; /* what it stands in goes on behind it */
        bool more = left && *word == '+';
        const char *name = more ? NULL : included(m, word, left);
        if (name) {
            st = put_include(m, path, line_no, name, of_pdk, depth);
            keep = false;
            continue;
        }
        if (begins(word, left, ".lib")) return msg_error(ST_INPUT, "TECH-0034", (Loc){path, line_no, 0}, ".lib sections cannot be taken over; name the files that they include");
        if (of_pdk && !more) {
            if (begins(word, left, ".subckt")) inside = true;
            keep = !inside || begins(word, left, ".model");
            if (begins(word, left, ".ends")) inside = keep = false;
        } else if (!more) {
            keep = true;
        }
        if (!keep) continue;
        buf_put(m->out, line, n);
        buf_char(m->out, '\n');
    }
    return st;
}

static Status put_file(Models *m, const char *path, bool of_pdk, int depth)
{
    if (depth > DEPTH) return msg_error(ST_INPUT, "TECH-0034", (Loc){path}, "model files include each other too deeply");
    Buf text = {0};
    Status st = io_read(path, SIZE, &text);
    if (st == ST_OK) st = put_lines(m, path, &text, of_pdk, depth);
    buf_free(&text);
    return st;
}

Status tech_models_file(const char *path, const char *corner, Buf *out)
{
    const char *pdk = getenv("APUGEN_PDK");
    Models m = {.corner = corner ? corner : TYPICAL, .pdk = pdk && *pdk ? pdk : NULL, .out = out};
    Status st = put_file(&m, path, false, 0);
    arena_free(&m.a);
    return st;
}

Status tech_models(const Tech *t, Buf *out)
{
    return tech_models_file(t->model_file, t->corner ? t->corner->name : NULL, out);
}
