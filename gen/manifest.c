/* manifest.json: inputs, options, outputs; no times, no paths of the machine, so that equal runs give equal bytes. */
#include "gen/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "gen/version.h"

/* ---- the folder the outputs are made in --------------------------------------------------------------- */

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Regular names in a folder, sorted: readdir's order is the file system's. */
static Status list_files(Arena *a, const char *dir, const char ***names, size_t *n)
{
    DIR *d = opendir(dir);
    if (!d) return msg_error(ST_IO, "IO-0001", (Loc){dir, 0, 0}, "cannot open: %s", strerror(errno));
    ARRAY(const char *) list = {0};
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.') arr_push(&list, arena_str(a, e->d_name));
    closedir(d);
    *n = list.n;
    *names = arena_array(a, const char *, list.n + 1);
    if (list.n) memcpy(*names, list.v, list.n * sizeof *list.v);
    qsort(*names, list.n, sizeof **names, by_name);
    arr_free(&list);
    return ST_OK;
}

void manifest_stage_drop(const char *dir)
{
    Arena a = {0};
    DIR *d = opendir(dir);
    if (d) {
        for (struct dirent *e; (e = readdir(d));) {
            if (str_eq(e->d_name, ".") || str_eq(e->d_name, "..")) continue;
            const char *path = io_join(&a, dir, e->d_name);
            if (unlink(path) != 0) manifest_stage_drop(path); /* a folder: GHDL's and ngspice's work */
        }
        closedir(d);
    }
    rmdir(dir);
    arena_free(&a);
}

Status manifest_stage_begin(Arena *a, const char *out, const char **stage_dir)
{
    *stage_dir = io_join(a, out, ".stage");
    manifest_stage_drop(*stage_dir); /* left by a run that was killed */
    return io_mkdir(*stage_dir);
}

/* ---- inputs and options ----------------------------------------------------------------------------------- */

static void add_input(json_t *list, const char *role, const char *path)
{
    char hex[65];
    if (!path) return;
    const char *base = strrchr(path, '/');
    if (sha256_file(path, hex) != ST_OK) hex[0] = 0;
    json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "role", role, "name", base ? base + 1 : path, "sha256", hex));
}

/* A built-in name or a path, as the readers resolve it. */
static const char *tech_file(Arena *a, const char *tech, const char *name)
{
    if (strchr(tech, '/') || str_ends(tech, ".xml")) {
        if (str_eq(name, "tech.xml")) return tech;
        const char *slash = strrchr(tech, '/');
        return slash ? arena_printf(a, "%.*s/%s", (int)(slash - tech), tech, name) : name;
    }
    return arena_printf(a, "%s/techs/%s/%s", io_data_dir(), tech, name);
}

static json_t *inputs_json(const Options *o)
{
    Arena a = {0};
    json_t *list = json_array();
    add_input(list, "network", o->args[0]);
    add_input(list, "workload", o->workload);
    add_input(list, "labels", o->labels);
    add_input(list, "float network", o->float_net);
    add_input(list, "technology", tech_file(&a, o->tech, "tech.xml"));
    add_input(list, "cells", tech_file(&a, o->tech, "cells.xml"));
    const char *models = tech_file(&a, o->tech, "models.sp");
    if (io_exists(models)) add_input(list, "models", models);
    if (o->arch) {
        const char *arch = strchr(o->arch, '/') || str_ends(o->arch, ".xml") ? o->arch
                           : arena_printf(&a, "%s/mapper/arch/%s.xml", io_data_dir(), o->arch);
        add_input(list, "architecture", arch);
    }
    arena_free(&a);
    return list;
}

static json_t *options_json(const Options *o)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?}", "adc_bits", (json_int_t)o->adc_bits, "gain", (json_int_t)o->gain,
                     "rows", (json_int_t)o->rows, "samples", (json_int_t)o->samples, "spice", (json_int_t)o->spice, "hdl",
                     (json_int_t)o->hdl, "seed", (json_int_t)o->seed, "stop_after", o->stop_after, "templates", o->templates,
                     "strategy", o->strategy, "family", o->family, "digits", o->digits, "corners", o->corners);
}

/* ---- commit --------------------------------------------------------------------------------------------------- */

/* Outputs of an earlier run that this one does not make are removed: the folder holds one run. */
static void remove_stale(const json_t *old, const json_t *now, const char *out)
{
    Arena a = {0};
    const json_t *list = json_object_get(old, "outputs");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(list, i), "name"));
        if (!name || strchr(name, '/')) continue;
        bool kept = false;
        for (size_t k = 0; k < json_array_size(now) && !kept; k++)
            kept = str_eq(json_string_value(json_object_get(json_array_get(now, k), "name")), name);
        if (!kept) unlink(io_join(&a, out, name));
    }
    arena_free(&a);
}

Status manifest_commit(Flow *f)
{
    const char **names = NULL;
    size_t n = 0;
    TRY(list_files(&f->arena, f->stage_dir, &names, &n));
    json_t *outputs = json_array();
    for (size_t i = 0; i < n; i++) {
        char hex[65];
        TRY(sha256_file(io_join(&f->arena, f->stage_dir, names[i]), hex));
        json_array_append_new(outputs, json_pack("{s:s, s:s}", "name", names[i], "sha256", hex));
    }
    const char *path = io_join(&f->arena, f->out, "manifest.json");
    json_t *old = json_load_file(path, 0, NULL);
    unlink(path); /* from here until the new one stands the folder is not committed */
    for (size_t i = 0; i < n; i++) {
        const char *from = io_join(&f->arena, f->stage_dir, names[i]), *to = io_join(&f->arena, f->out, names[i]);
        if (rename(from, to) != 0) return msg_error(ST_IO, "IO-0004", (Loc){to, 0, 0}, "cannot write: %s", strerror(errno));
    }
    if (old) remove_stale(old, outputs, f->out);
    json_decref(old);
    manifest_stage_drop(f->stage_dir);
    json_t *m = json_pack("{s:s, s:o, s:o, s:o}", "version", APUGEN_VERSION, "inputs", inputs_json(f->o), "options",
                          options_json(f->o), "outputs", outputs);
    Status st = json_write(m, path);
    json_decref(m);
    return st;
}

bool manifest_up_to_date(const Options *o, const char *out)
{
    if (o->templates) return false; /* a folder of unknown files: not followed */
    Arena a = {0};
    json_t *m = json_load_file(io_join(&a, out, "manifest.json"), 0, NULL);
    bool same = m != NULL;
    if (same) {
        json_t *in = inputs_json(o), *opt = options_json(o);
        const json_t *v = json_object_get(m, "version");
        same = json_equal(in, json_object_get(m, "inputs")) && json_equal(opt, json_object_get(m, "options")) &&
               json_is_string(v) && str_eq(json_string_value(v), APUGEN_VERSION);
        json_decref(in);
        json_decref(opt);
    }
    const json_t *outs = json_object_get(m, "outputs");
    for (size_t i = 0; i < json_array_size(outs) && same; i++) {
        const json_t *e = json_array_get(outs, i);
        const char *name = json_string_value(json_object_get(e, "name")), *want = json_string_value(json_object_get(e, "sha256"));
        char hex[65];
        const char *path = name ? io_join(&a, out, name) : "";
        same = name && want && io_exists(path) && sha256_file(path, hex) == ST_OK && str_eq(hex, want);
    }
    json_decref(m);
    arena_free(&a);
    return same;
}

Status manifest_print_report(const char *out)
{
    Arena a = {0};
    Buf b;
    Status st = io_read(io_join(&a, out, "report.txt"), (size_t)16 << 20, &b);
    if (st == ST_OK) {
        fputs(b.s, stdout);
        buf_free(&b);
    }
    arena_free(&a);
    return st;
}
