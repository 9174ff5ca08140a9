/* The engine's own rules, one by one: output, white space, streaming, errors with their place. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "templates/json_view.h"

static Status render(const char *text, const char *data, TplOptions opt, Buf *out)
{
    json_error_t err;
    json_t *j = json_loads(data, JSON_DECODE_ANY, &err);
    cr_assert(j, "%s", err.text);
    TplSet *set = tpl_set_new();
    tpl_set_text(set, "t", text);
    tpl_set_text(set, "line", "|{{x}}\n{{#l}}\n<{{.}}>\n{{/l}}\n");
    tpl_set_text(set, "loop", "{{>loop}}");
    tpl_set_text(set, "two", "a\nb");
    tpl_set_text(set, "nest", "n\n {{>line}}\ne\n");
    Status st = tpl_render(set, "t", json_view(j), opt, (TplSink){.buf = out});
    tpl_set_free(set);
    json_decref(j);
    return st;
}

typedef struct {
    const char *what, *text, *data, *want;
} Case;

static const Case cases[] = {
    {"text alone", "a\nb", "{}", "a\nb"},
    {"empty template", "", "{}", ""},
    {"values of every kind", "{{s}} {{i}} {{r}} {{b}} {{n}}|", "{\"s\":\"x\",\"i\":-42,\"r\":0.125,\"b\":true,\"n\":null}", "x -42 0.125 true |"},
    {"no escaping", "{{s}}{{{s}}}{{&s}}", "{\"s\":\"<&\\\">\"}", "<&\"><&\"><&\">"},
    {"missing is nothing", "[{{x}}]", "{}", "[]"},
    {"list", "{{#l}}{{.}},{{/l}}", "{\"l\":[1,2,3]}", "1,2,3,"},
    {"list of objects and outer names", "{{#l}}{{a}}{{o}};{{/l}}", "{\"o\":9,\"l\":[{\"a\":1},{\"a\":2}]}", "19;29;"},
    {"inner hides outer", "{{#l}}{{o}}{{/l}}", "{\"o\":9,\"l\":[{\"o\":1}]}", "1"},
    {"empty list", "{{#l}}x{{/l}}{{^l}}none{{/l}}", "{\"l\":[]}", "none"},
    {"full list inverted", "{{^l}}none{{/l}}", "{\"l\":[0]}", ""},
    {"zero and empty text are false", "{{#z}}x{{/z}}{{#e}}x{{/e}}{{^z}}y{{/z}}{{^e}}y{{/e}}", "{\"z\":0,\"e\":\"\"}", "yy"},
    {"value as context", "{{#a}}{{.}}{{/a}}", "{\"a\":\"t\"}", "t"},
    {"dotted", "{{a.b.c}} {{#a.b}}{{c}}{{/a.b}}{{^a.x}}no{{/a.x}}", "{\"a\":{\"b\":{\"c\":7}}}", "7 7no"},
    {"dotted: first part decides", "{{#in}}[{{a.c}}]{{/in}}", "{\"a\":{\"c\":1},\"in\":{\"a\":{\"b\":2}}}", "[]"},
    {"same list inside itself", "{{#l}}{{.}}({{#l}}{{.}}{{/l}}){{/l}}", "{\"l\":[1,2]}", "1(12)2(12)"},
    {"standalone lines vanish", "a\n  {{#t}}  \nb\n{{/t}}\nc", "{\"t\":true}", "a\nb\nc"},
    {"not alone: spaces stay", " {{#t}}x {{/t}} \n", "{\"t\":true}", " x  \n"},
    {"variable is never alone", " {{s}}\n", "{\"s\":\"\"}", " \n"},
    {"crlf line vanishes", "a\r\n{{#t}}\r\nb\r\n{{/t}}\r\n", "{\"t\":true}", "a\r\nb\r\n"},
    {"comment over lines", "a\n{{! one\n two }}\nb{{! three\n four }}c\nd", "{}", "a\nbc\nd"},
    {"delimiters", "{{=<% %>=}}<%s%>{{s}}<%={{ }}=%>{{s}}", "{\"s\":1}", "1{{s}}1"},
    {"partial indented", "x\n  {{>line}}\ny", "{\"x\":5,\"l\":[1,2]}", "x\n  |5\n  <1>\n  <2>\ny"},
    {"partial in a line", "x {{>two}} y", "{}", "x a\nb y"},
    {"partial in a partial", "  {{>nest}}\n", "{\"x\":1,\"l\":[2]}", "  n\n   |1\n   <2>\n  e\n"},
    {"delimiters end with their template", "{{=<% %>=}}<%>two%> {{s}}", "{\"s\":1}", "a\nb {{s}}"},
    {"missing partial is nothing", "[{{>nowhere}}]", "{}", "[]"},
    {"data is not indented", "  {{>line}}", "{\"x\":\"a\\nb\",\"l\":[]}", "  |a\nb\n"},
};

Test(tpl, rules)
{
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        Buf out = {0};
        cr_expect(render(cases[i].text, cases[i].data, (TplOptions){0}, &out) == ST_OK, "%s", cases[i].what);
        cr_expect(str_eq(out.s ? out.s : "", cases[i].want), "%s: wanted\n%s\ngot\n%s", cases[i].what, cases[i].want, out.s);
        buf_free(&out);
    }
    cr_assert(mem_live() == 0);
}

typedef struct {
    const char *text, *id, *place;
} Bad;

static const Bad bad[] = {
    {"a {{x", "TPL-0002", "t:1:3:"},
    {"a\n {{{x}}", "TPL-0002", "t:2:2:"},
    {"{{=<% %>", "TPL-0002", "t:1:1:"},
    {"a\n{{#x}}\nb", "TPL-0003", "t:2:1:"},
    {"{{#x}}{{^y}}{{/y}}", "TPL-0003", "t:1:1:"},
    {"{{#x}}\n {{/y}}", "TPL-0004", "t:2:2:"},
    {"{{#a.b}}{{/a}}", "TPL-0004", "t:1:9:"},
    {"b{{/y}}", "TPL-0004", "t:1:2:"},
    {"{{}}", "TPL-0005", "t:1:1:"},
    {"{{# }}", "TPL-0005", "t:1:1:"},
    {"{{a b}}", "TPL-0005", "t:1:1:"},
    {"{{a..b}}", "TPL-0005", "t:1:1:"},
    {"{{.a}}", "TPL-0005", "t:1:1:"},
    {"\n\n{{=<%=}}", "TPL-0005", "t:3:1:"},
    {"{{== ==}}", "TPL-0005", "t:1:1:"},
    {"{{=a b c=}}", "TPL-0005", "t:1:1:"},
    {"{{>loop}}", "TPL-0006", "loop:1:1:"},
};

Test(tpl, errors_name_their_place)
{
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        Buf out = {0};
        msg_capture_begin();
        Status st = render(bad[i].text, "{}", (TplOptions){0}, &out);
        const char *m = msg_capture_end();
        cr_expect(st == ST_INPUT && strstr(m, bad[i].id) && strstr(m, bad[i].place), "%s: got %d, %s", bad[i].text, st, m);
        buf_free(&out);
    }
    cr_assert(mem_live() == 0);
}

Test(tpl, sections_have_a_depth)
{
    Buf text = {0}, out = {0};
    for (int i = 0; i < 65; i++) buf_str(&text, "{{#x}}");
    msg_capture_begin();
    cr_expect(render(text.s, "{}", (TplOptions){0}, &out) == ST_INPUT);
    cr_expect(strstr(msg_capture_end(), "TPL-0006"));
    buf_free(&text);
    buf_free(&out);
}

Test(tpl, strict_names_what_is_unknown)
{
    static const Bad strict[] = {
        {"{{a}}\n  {{typo}}", "TPL-0007", "t:2:3:"},   {"{{#typo}}{{/typo}}", "TPL-0007", "t:1:1:"},
        {"{{^typo}}{{/typo}}", "TPL-0007", "t:1:1:"},  {"{{o.typo}}", "TPL-0007", "t:1:1:"},
        {"{{>nowhere}}", "TPL-0001", "t:1:1:"},        {"{{#l}}{{typo}}{{/l}}", "TPL-0007", "t:1:7:"},
    };
    const char *data = "{\"a\":1,\"n\":null,\"o\":{},\"l\":[1]}";
    for (size_t i = 0; i < COUNTOF(strict); i++) {
        Buf out = {0};
        msg_capture_begin();
        Status st = render(strict[i].text, data, (TplOptions){.strict = true}, &out);
        const char *m = msg_capture_end();
        cr_expect(st == ST_INPUT && strstr(m, strict[i].id) && strstr(m, strict[i].place), "%s: %s", strict[i].text, m);
        buf_free(&out);
    }
    Buf out = {0};
    cr_expect(render("{{a}}{{n}}{{^n}}y{{/n}}", data, (TplOptions){.strict = true}, &out) == ST_OK);
    cr_expect_str_eq(out.s, "1y");
    buf_free(&out);
}

Test(tpl, html_option_escapes)
{
    Buf out = {0};
    cr_expect(render("{{s}}|{{{s}}}|{{&s}}", "{\"s\":\"a<b>&\\\"c\"}", (TplOptions){.html = true}, &out) == ST_OK);
    cr_expect_str_eq(out.s, "a&lt;b&gt;&amp;&quot;c|a<b>&\"c|a<b>&\"c");
    buf_free(&out);
}

/* A list of n[1] numbers that exist only while they are looked at; ended counts its ends. */
static int ended;
static bool count_get(View *v, const char *name, Value *out) { return str_eq(name, "i") && val_int(out, (int64_t)v->n[0]); }
static bool count_next(View *v) { return ++v->n[0] <= v->n[1]; }
static void count_end(View *v)
{
    (void)v;
    ended++;
}
static bool root_get(View *v, const char *name, Value *out)
{
    if (!str_eq(name, "list")) return false;
    View l = {.get = count_get, .next = count_next, .end = count_end};
    l.n[1] = v->n[1];
    return val_view(out, l);
}

Test(tpl, a_million_elements_stream)
{
    TplSet *set = tpl_set_new();
    tpl_set_text(set, "t", "{{#list}}\n- {{i}} {{i}} {{i}} ;\n{{/list}}\n{{^list}}none{{/list}}");
    Out *o;
    char path[] = "/tmp/apugen_tpl_XXXXXX";
    cr_assert(mkdtemp(path));
    char file[64];
    snprintf(file, sizeof file, "%s/out", path);
    cr_assert(out_open(file, &o) == ST_OK);
    View root = {.get = root_get};
    root.n[1] = 1000000;
    double t0 = clock_seconds();
    int64_t live = mem_live();
    cr_assert(tpl_render(set, "t", root, (TplOptions){.strict = true}, (TplSink){.out = o}) == ST_OK);
    cr_expect(mem_live() - live < 100000, "memory grew by %lld", (long long)(mem_live() - live));
    uint64_t bytes;
    cr_assert(out_commit(o, NULL, &bytes) == ST_OK);
    fprintf(stderr, "1e6 elements, %.1f MB: %.2f s\n", (double)bytes / 1e6, clock_seconds() - t0);
    cr_expect(bytes == 3 * 5888896 + 7 * 1000000, "%llu bytes", (unsigned long long)bytes);
    cr_expect(ended == 2, "each list is ended once: %d", ended);
    remove(file);
    remove(path);
    tpl_set_free(set);
}

Test(tpl, views_are_ended_after_an_error)
{
    TplSet *set = tpl_set_new();
    tpl_set_text(set, "t", "{{#list}}{{typo}}{{/list}}");
    View root = {.get = root_get};
    root.n[1] = 5;
    Buf out = {0};
    ended = 0;
    msg_capture_begin();
    cr_expect(tpl_render(set, "t", root, (TplOptions){.strict = true}, (TplSink){.buf = &out}) == ST_INPUT);
    msg_capture_end();
    cr_expect(ended == 1);
    buf_free(&out);
    tpl_set_free(set);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    Out *o;
    cr_assert(out_open(path, &o) == ST_OK);
    out_str(o, text);
    cr_assert(out_commit(o, NULL, NULL) == ST_OK);
}

Test(tpl, folders_in_order_and_check)
{
    char own[] = "/tmp/apugen_tplA_XXXXXX", built_in[] = "/tmp/apugen_tplB_XXXXXX";
    cr_assert(mkdtemp(own) && mkdtemp(built_in));
    write_file(own, "p.tpl", "own");
    write_file(built_in, "p.tpl", "built in");
    write_file(built_in, "t.tpl", "{{>p}} {{>q}}\n");
    write_file(built_in, "q.tpl", "{{#x}}\n");
    TplSet *set = tpl_set_new();
    tpl_set_dir(set, own);
    tpl_set_dir(set, built_in);
    msg_capture_begin();
    cr_expect(tpl_check(set, "t") == ST_INPUT);
    const char *m = msg_capture_end();
    cr_expect(strstr(m, "q.tpl:1:1") && strstr(m, "TPL-0003"), "%s", m);
    tpl_set_free(set);

    write_file(built_in, "q.tpl", "q{{>r}}\n");
    set = tpl_set_new();
    tpl_set_dir(set, own);
    tpl_set_dir(set, built_in);
    msg_capture_begin();
    cr_expect(tpl_check(set, "t") == ST_INPUT, "r is missing, two levels down");
    m = msg_capture_end();
    cr_expect(strstr(m, "q.tpl:1:2") && strstr(m, "TPL-0001") && strstr(m, own), "%s", m);
    tpl_set_text(set, "r", "");
    Buf out = {0};
    tpl_set_free(set);
    set = tpl_set_new();
    tpl_set_text(set, "r", "");
    tpl_set_dir(set, own);
    tpl_set_dir(set, built_in);
    cr_expect(tpl_check(set, "t") == ST_OK);
    cr_expect(tpl_render(set, "t", (View){.get = root_get}, (TplOptions){.strict = true}, (TplSink){.buf = &out}) == ST_OK);
    cr_expect_str_eq(out.s, "own q\n\n");
    buf_free(&out);
    tpl_set_free(set);
    cr_assert(mem_live() == 0);
}
