/* check, explain, show: commands on single files and on a design. */
#include "cells/cells.h"
#include "cells/library.h"
#include "gen/base/xml.h"
#include "gen/check_tech.h"
#include "gen/cli.h"
#include "gen/base/io.h"
#include "gen/db/npy.h"
#include "gen/db/plan.h"
#include "gen/explain.h"
#include "gen/manifest.h"
#include "gen/picture.h"
#include "mapper/mapper.h"
#include "techs/techs.h"

static Status check_xml(const char *path)
{
    /* What kind of document it is, its root says; the reader of that kind explains every error. */
    Arena a = {0};
    XmlNode *root;
    Status st = xml_read(&a, path, &root);
    if (st == ST_OK && str_eq(root->name, "tech")) {
        st = check_tech(path);
    } else if (st == ST_OK && str_eq(root->name, "plan")) {
        Plan p = {0};
        st = plan_read(path, &p);
        if (st == ST_OK) st = plan_check(&p);
        if (st == ST_OK) printf("%s: plan of %s: %u layers, %u tiles\n", path, p.network, p.layers.n, p.tiles.n);
        plan_free(&p);
    } else if (st == ST_OK && str_eq(root->name, "arch")) {
        PlanArch arch;
        st = arch_read(path, &a, &arch);
        if (st == ST_OK) printf("%s: architecture %s\n", path, arch.name);
    } else if (st == ST_OK && str_eq(root->name, "cells")) {
        /* Its technology is the one it lies beside. */
        const char *slash = strrchr(path, '/');
        Tech t = {0};
        CellLibrary lib = {0};
        st = tech_read(slash ? arena_printf(&a, "%.*s/tech.xml", (int)(slash - path), path) : "tech.xml", &t);
        if (st == ST_OK) {
            st = cells_library_read_file(&t, path, &lib);
            if (st == ST_OK) printf("%s: %u characterised cells of %s\n", path, lib.v.n, t.name);
            if (st == ST_OK) cells_library_free(&lib);
            tech_free(&t);
        }
    } else if (st == ST_OK) {
        st = msg_error(ST_INPUT, "CHK-0001", (Loc){path, root->line, 0}, "<%s>: not a tech, cells, plan or arch file", root->name);
    }
    arena_free(&a);
    return st;
}

static Status check_file(const char *path)
{
    if (str_ends(path, ".xml")) return check_xml(path);
    if (str_ends(path, ".onnx")) {
        Graph *g = NULL;
        TRY(onnx_read(path, &g));
        printf("%s: network, %lld inputs, %lld outputs\n", path, (long long)graph_input_count(g), (long long)graph_output_count(g));
        graph_free(g);
        return ST_OK;
    }
    if (str_ends(path, ".npy")) {
        Npy n = {0};
        TRY(npy_read(path, &n));
        printf("%s: array of %lld elements, rank %u\n", path, (long long)n.count, n.rank);
        npy_free(&n);
        return ST_OK;
    }
    return msg_error(ST_USAGE, "CHK-0002", (Loc){path, 0, 0}, "check reads .xml, .onnx and .npy files");
}

int cmd_check(const Options *o)
{
    Status worst = cli_need("check", "files", o->n_args ? o->args[0] : NULL);
    for (uint32_t i = 0; i < o->n_args; i++) {
        Status st = check_file(o->args[i]);
        if (st != ST_OK) worst = st;
    }
    return (int)worst;
}

int cmd_explain(const Options *o)
{
    if (o->n_args == 0) {
        explain_list();
        return ST_OK;
    }
    return (int)explain_print(o->args[0]);
}

/* A network's profile; a plan, or a finished design and its page: where weights stand, and with -o pictures of it. */
int cmd_show(const Options *o)
{
    Status st = cli_need("show", "a design, plan.xml or NET.onnx", o->n_args ? o->args[0] : NULL);
    if (st != ST_OK) return (int)st;
    if (str_ends(o->args[0], ".onnx")) return cmd_profile(o);
    Arena a = {0};
    Plan p = {0};
    bool plan = str_ends(o->args[0], ".xml");
    if (!plan) st = manifest_print_report(o->args[0]);
    if (st == ST_OK) st = plan_read(plan ? o->args[0] : io_join(&a, o->args[0], "plan.xml"), &p);
    for (uint32_t c = 0; st == ST_OK && c < p.cycles; c++) picture_text(&p, c);
    if (st == ST_OK && o->out && !o->dry_run) st = picture_write(&p, o->out, o->templates);
    plan_free(&p);
    arena_free(&a);
    return (int)st;
}
