/*
 * The core tests of the public Mustache specification, read from the JSON files in the folder MUSTACHE_SPEC
 * (github.com/mustache/spec, folder specs) or where Debian's r-cran-whisker has them. Optional parts of the specification that the engine
 * does not claim (lambdas, inheritance, dynamic names) are not run.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "templates/json_view.h"
#include "tests/skip.h"

#define DEBIAN "/usr/lib/R/site-library/whisker/specs"

static const char *const core[] = {"comments", "delimiters", "interpolation", "inverted", "partials", "sections"};

static int run_one(const char *file, const json_t *test)
{
    TplSet *set = tpl_set_new();
    const char *key;
    json_t *value;
    tpl_set_text(set, "main", json_string_value(json_object_get(test, "template")));
    json_object_foreach(json_object_get(test, "partials"), key, value) tpl_set_text(set, key, json_string_value(value));
    Buf out = {0};
    Status st = tpl_render(set, "main", json_view(json_object_get(test, "data")), (TplOptions){.html = true}, (TplSink){.buf = &out});
    const char *want = json_string_value(json_object_get(test, "expected"));
    int bad = st != ST_OK || !str_eq(out.s ? out.s : "", want);
    if (bad)
        fprintf(stderr, "%s: %s\n  template %s\n  wanted   %s\n  got      %s\n", file,
                json_string_value(json_object_get(test, "name")), json_string_value(json_object_get(test, "template")), want,
                out.s ? out.s : "");
    buf_free(&out);
    tpl_set_free(set);
    return bad;
}

static void run_file(const char *dir, const char *name)
{
    char path[1024];
    json_error_t err;
    snprintf(path, sizeof path, "%s/%s.json", dir, name);
    json_t *root = json_load_file(path, 0, &err);
    cr_assert(root, "%s: %s", path, err.text);
    size_t i, n = json_array_size(json_object_get(root, "tests"));
    json_t *test;
    int bad = 0;
    json_array_foreach(json_object_get(root, "tests"), i, test) bad += run_one(name, test);
    cr_expect(n > 0 && bad == 0, "%s: %d of %zu tests failed", name, bad, n);
    fprintf(stderr, "mustache spec, %s: %zu tests, %d failed\n", name, n, bad);
    json_decref(root);
}

Test(mustache_spec, core_tests)
{
    const char *dir = getenv("MUSTACHE_SPEC");
    if ((!dir || !*dir) && io_exists(DEBIAN)) dir = DEBIAN;
    if (!dir || !*dir) skip_test("Mustache core tests; set MUSTACHE_SPEC to the specification's folder specs");
    for (size_t i = 0; i < COUNTOF(core); i++) run_file(dir, core[i]);
}
