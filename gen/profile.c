/* One JSON document holds the profile; text and chart are made from it. */
#include "gen/profile.h"

#include <jansson.h>

#include "mapper/program.h"
#include "templates/json_view.h"
#include "verify/iss.h"

static int64_t values(const PlanTensor *t) { return (int64_t)t->c * t->h * t->w; }

/* Bytes of a tensor whose values take as many bits as its range needs. */
static int64_t bytes(const PlanTensor *t)
{
    int64_t span = (int64_t)t->hi - t->lo;
    int32_t bits = 0;
    while (span >> bits) bits++;
    return (values(t) * bits + 7) / 8;
}

static json_t *shape(const PlanTensor *t) { return json_pack("[i, i, i]", t->c, t->h, t->w); }

static const char *const op_names[] = {"conv", "avgpool", "maxpool", "add", "flatten", "concat", "table"};

static json_t *layer_json(const Plan *p, uint32_t i, const MapNodes *nodes, uint64_t clocks)
{
    const PlanLayer *l = &p->layers.v[i];
    const PlanTensor *in = &p->tensors.v[l->in[0]], *out = &p->tensors.v[l->out];
    int64_t weights = l->op == PLAN_CONV ? (int64_t)l->oc * plan_rows(l) : 0, k = (int64_t)l->kh * l->kw;
    int64_t macs = l->op == PLAN_CONV ? values(out) * plan_rows(l) : 0, ops = plan_two_inputs(l) || l->op == PLAN_TABLE ? values(out) : l->op == PLAN_CONV ? 0 : l->op == PLAN_FLATTEN ? 0 : values(out) * k;
    int64_t read = bytes(in) + (plan_two_inputs(l) ? bytes(&p->tensors.v[l->in[1]]) : 0), stored = (weights * l->slices * 4 + 7) / 8, params = 0;
    json_t *j = json_object(), *fused = json_array();
    for (uint32_t n = 0; n < nodes->v.n; n++) {
        if (!str_eq(nodes->v.v[n].where, "layer") || nodes->v.v[n].layer != i) continue;
        json_array_append_new(fused, json_string(nodes->v.v[n].name));
        params += nodes->v.v[n].params;
    }
    json_object_set_new(j, "name", json_string(l->name));
    json_object_set_new(j, "op", json_string(l->op == PLAN_CONV && l->groups > 1 ? "group conv" : op_names[l->op]));
    json_object_set_new(j, "nodes", fused);
    json_object_set_new(j, "in", shape(in));
    json_object_set_new(j, "out", shape(out));
    json_object_set_new(j, "kernel", plan_two_inputs(l) || l->op == PLAN_FLATTEN || l->op == PLAN_TABLE ? json_null() : json_pack("[i, i]", l->kh, l->kw));
    json_object_set_new(j, "groups", json_integer(l->op == PLAN_CONV ? l->groups : 1));
    const struct {
        const char *name;
        int64_t v;
    } rows[] = {{"params", params}, {"macs", macs}, {"other_ops", ops}, {"slices", l->slices}, {"digits", l->digits}, {"rows_per_conv", l->rows_per_conv}, {"in_bytes", read},
                {"out_bytes", bytes(out)}, {"weight_bytes", stored}, {"clocks", (int64_t)clocks}};
    for (size_t r = 0; r < COUNTOF(rows); r++) json_object_set_new(j, rows[r].name, json_integer(rows[r].v));
    double s = (double)clocks / p->arch.clock_hz, volume = (double)(read + bytes(out));
    json_object_set_new(j, "macs_per_byte", json_real(macs ? (double)macs / (volume + (double)stored) : 0));
    json_object_set_new(j, "bytes_per_second", json_real(volume * p->arch.sample_rate_hz)); /* at the architecture's rate of inferences */
    json_object_set_new(j, "peak_bytes_per_second", json_real(clocks ? volume / s : 0));   /* while the layer runs */
    return j;
}

uint64_t profile_clocks(const Plan *p, uint64_t *layer)
{
    uint64_t n = 0;
    Program g;
    Buf image = {0};
    Iss *s = NULL;
    IssClocks c = {0};
    msg_capture_begin();
    if (program_build(p, false, &g) == ST_OK) {
        program_image(p, &g, &image);
        if (iss_parse("instructions.bin", image.s, image.n, &s) == ST_OK) {
            iss_clocks(s, &c);
            n = c.clocks;
            if (layer) memcpy(layer, c.layer, p->layers.n * sizeof *layer);
            iss_clocks_free(&c);
        }
        iss_free(s);
        program_free(&g);
    }
    msg_capture_end();
    buf_free(&image);
    return n;
}

static json_t *profile_json(const char *network, const Plan *p, const MapNodes *nodes)
{
    json_t *root = json_object(), *list = json_array(), *layers = json_array();
    int64_t params = 0, macs = 0, folded = 0;
    for (uint32_t i = 0; i < nodes->v.n; i++) {
        const MapNode *n = &nodes->v.v[i];
        json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "name", n->name, "op", n->op, "shape", n->shape, "where", n->where, "params", (json_int_t)n->params, "macs", (json_int_t)n->macs);
        if (p && str_eq(n->where, "layer")) json_object_set_new(j, "layer", json_string(p->layers.v[n->layer].name));
        json_array_append_new(list, j);
        params += n->params, macs += n->macs, folded += str_eq(n->where, "constant");
    }
    json_object_set_new(root, "network", json_string(network));
    json_object_set_new(root, "nodes", json_integer(nodes->v.n));
    json_object_set_new(root, "folded", json_integer(folded));
    json_object_set_new(root, "params", json_integer(params));
    json_object_set_new(root, "macs", json_integer(macs));
    json_object_set_new(root, "layers", layers);
    json_object_set_new(root, "node_list", list);
    if (!p) return root;
    uint64_t *clocks = mem_calloc(p->layers.n, sizeof *clocks);
    profile_clocks(p, clocks);
    for (uint32_t i = 0; i < p->layers.n; i++) json_array_append_new(layers, layer_json(p, i, nodes, clocks[i]));
    mem_free(clocks);
    return root;
}

/* ---- text ------------------------------------------------------------------------------------- */

static int64_t num(const json_t *j, const char *name) { return json_integer_value(json_object_get(j, name)); }
static double real(const json_t *j, const char *name) { return json_real_value(json_object_get(j, name)); }
static const char *text(const json_t *j, const char *name) { return json_string_value(json_object_get(j, name)); }

static void print_shape(const json_t *s)
{
    char t[48];
    snprintf(t, sizeof t, "%dx%dx%d", (int)json_integer_value(json_array_get(s, 0)), (int)json_integer_value(json_array_get(s, 1)), (int)json_integer_value(json_array_get(s, 2)));
    printf(" %12s", t);
}

static void print_text(const json_t *root)
{
    const json_t *layers = json_object_get(root, "layers"), *nodes = json_object_get(root, "node_list");
    printf("%s: %lld nodes, %lld of them constant, %zu layers, %lld MAC, %lld parameters\n", text(root, "network"), (long long)num(root, "nodes"), (long long)num(root, "folded"),
           json_array_size(layers), (long long)num(root, "macs"), (long long)num(root, "params"));
    if (json_array_size(layers))
        printf("\n%-20s %-10s %5s %12s %12s %9s %11s %9s %9s %9s %9s %9s %9s\n", "layer", "operation", "nodes", "in", "out", "params", "MAC", "in B", "out B", "weight B", "MAC/B", "clocks", "MB/s");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const json_t *l = json_array_get(layers, i);
        printf("%-20s %-10s %5zu", text(l, "name"), text(l, "op"), json_array_size(json_object_get(l, "nodes")));
        print_shape(json_object_get(l, "in"));
        print_shape(json_object_get(l, "out"));
        printf(" %9lld %11lld %9lld %9lld %9lld %9.1f %9lld %9.2f\n", (long long)num(l, "params"), (long long)num(l, "macs"), (long long)num(l, "in_bytes"), (long long)num(l, "out_bytes"),
               (long long)num(l, "weight_bytes"), real(l, "macs_per_byte"), (long long)num(l, "clocks"), real(l, "peak_bytes_per_second") / 1e6);
    }
    printf("\n%-28s %-18s %-18s %9s %11s  %s\n", "node", "operator", "shape", "params", "MAC", "becomes");
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *n = json_array_get(nodes, i);
        const char *where = text(n, "where"), *layer = text(n, "layer");
        printf("%-28s %-18s %-18s %9lld %11lld  %s\n", text(n, "name"), text(n, "op"), text(n, "shape"), (long long)num(n, "params"), (long long)num(n, "macs"),
               layer ? layer : *where ? where : "not mapped");
    }
}

/* ---- chart ------------------------------------------------------------------------------------ */

enum { BAR = 180, ROW = 22, LEFT = 170, TOP = 64 };

/* A row of bars per layer, each column relative to its largest value. */
static json_t *chart_json(const json_t *root)
{
    static const struct {
        const char *name, *title;
    } cols[] = {{"macs", "multiplications"}, {"params", "parameters"}, {"volume", "data, bytes"}, {"clocks", "clocks"}};
    const json_t *layers = json_object_get(root, "layers");
    json_t *chart = json_object(), *rows = json_array(), *heads = json_array();
    int64_t top[COUNTOF(cols)] = {0}, v[COUNTOF(cols)];
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < json_array_size(layers); i++) {
            const json_t *l = json_array_get(layers, i);
            json_t *bars = json_array();
            for (size_t c = 0; c < COUNTOF(cols); c++) {
                v[c] = str_eq(cols[c].name, "volume") ? num(l, "in_bytes") + num(l, "out_bytes") + num(l, "weight_bytes") : num(l, cols[c].name);
                top[c] = v[c] > top[c] ? v[c] : top[c];
                int64_t w = top[c] ? v[c] * (BAR - 60) / top[c] : 0;
                if (pass)
                    json_array_append_new(bars, json_pack("{s:i, s:I, s:I, s:I, s:i}", "x", (int)(LEFT + c * BAR), "w", (json_int_t)w, "tx", (json_int_t)(LEFT + (int64_t)c * BAR + w + 4), "value",
                                                          (json_int_t)v[c], "colour", (int)c));
            }
            if (pass)
                json_array_append_new(rows, json_pack("{s:s, s:s, s:i, s:i, s:O}", "name", text(l, "name"), "op", text(l, "op"), "y", (int)(TOP + (int)i * ROW), "ty", (int)(TOP + (int)i * ROW + 12), "bars", bars));
            json_decref(bars);
        }
    for (size_t c = 0; c < COUNTOF(cols); c++) json_array_append_new(heads, json_pack("{s:i, s:s}", "x", (int)(LEFT + c * BAR), "title", cols[c].title));
    json_object_set_new(chart, "network", json_string(text(root, "network")));
    json_object_set_new(chart, "macs", json_integer(num(root, "macs")));
    json_object_set_new(chart, "params", json_integer(num(root, "params")));
    json_object_set_new(chart, "w", json_integer(LEFT + (int)COUNTOF(cols) * BAR));
    json_object_set_new(chart, "h", json_integer(TOP + (int)json_array_size(layers) * ROW + 16));
    json_object_set_new(chart, "heads", heads);
    json_object_set_new(chart, "rows", rows);
    return chart;
}

static Status chart_write(const json_t *root, const char *path, const char *templates)
{
    Arena a = {0};
    Out *out;
    TplSet *set = tpl_set_new();
    json_t *chart = chart_json(root);
    if (templates) tpl_set_dir(set, templates);
    tpl_set_dir(set, io_join(&a, io_data_dir(), "templates"));
    Status st = out_open(path, &out);
    if (st == ST_OK) {
        st = tpl_render(set, "profile.svg", json_view(chart), (TplOptions){.html = true, .strict = true}, (TplSink){.out = out});
        if (st == ST_OK) st = out_commit(out, NULL, NULL);
        else out_discard(out);
    }
    json_decref(chart);
    tpl_set_free(set);
    arena_free(&a);
    return st;
}

Status profile_print(const char *network, const Plan *p, const MapNodes *nodes, bool json, const char *svg, const char *templates)
{
    json_t *root = profile_json(network, p, nodes);
    if (json) {
        json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else {
        print_text(root);
    }
    Status st = svg && p ? chart_write(root, svg, templates) : ST_OK;
    json_decref(root);
    return st;
}
