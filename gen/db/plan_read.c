/*
 * Reader of plan.xml. Attributes go through the schema tables of plan_xml.c, lists are counted before memory is taken for
 * them, and plan_check has the last word.
 */
#include "gen/db/plan_xml.h"

#include <stdlib.h>

#define LIST_MAX (1 << 28)
#define ARENA_MAX ((size_t)1 << 30) /* runs "0..65535" are short in the file and long in memory */

typedef struct {
    const char *version, *network, *sha256, *blocks_used, *blocks_bound;
    int32_t input, output, cycles;
    bool softmax;
} Head;

static const Field head_fields[] = {
    {"version", T_STRING, U_NONE, offsetof(Head, version), true, 0, 0, NULL, "1"},
    {"network", T_STRING, U_NONE, offsetof(Head, network), true, 0, 0, NULL, "file the plan was made from"},
    {"sha256", T_STRING, U_NONE, offsetof(Head, sha256), true, 0, 0, NULL, "its hash"},
    {"input", T_INT, U_NONE, offsetof(Head, input), true, 0, INT32_MAX, NULL, "input tensor"},
    {"output", T_INT, U_NONE, offsetof(Head, output), true, 0, INT32_MAX, NULL, "output tensor"},
    {"cycles", T_INT, U_NONE, offsetof(Head, cycles), true, 0, 1 << 20, NULL, "weight loads"},
    {"blocks-used", T_STRING, U_NONE, offsetof(Head, blocks_used), true, 0, 0, NULL, "blocks used, summed over cycles"},
    {"blocks-bound", T_STRING, U_NONE, offsetof(Head, blocks_bound), true, 0, 0, NULL, "lower bound by area"},
    {"softmax", T_BOOL, U_NONE, offsetof(Head, softmax), false, 0, 0, NULL, "the host applies softmax to the output"},
    {0},
};

typedef struct {
    const char *bias, *mul, *add, *mul_adc, *add_adc;
} Channel;

static const Field channel_fields[] = {
    {"bias", T_STRING, U_NONE, offsetof(Channel, bias), false, 0, 0, NULL, "bias in units of the sum (already inside add)"},
    {"mul", T_STRING, U_NONE, offsetof(Channel, mul), true, 0, 0, NULL, "multiplier"},
    {"add", T_STRING, U_NONE, offsetof(Channel, add), false, 0, 0, NULL, "addend"},
    {"mul-adc", T_STRING, U_NONE, offsetof(Channel, mul_adc), false, 0, 0, NULL, "multiplier of converted sums"},
    {"add-adc", T_STRING, U_NONE, offsetof(Channel, add_adc), false, 0, 0, NULL, "addend of converted sums"},
    {0},
};

static bool next_int(const char **p, int64_t *v)
{
    char *end;
    while (**p == ' ' || **p == '\n' || **p == '\t' || **p == '\r') (*p)++;
    if (!(**p == '-' || (**p >= '0' && **p <= '9'))) return false;
    *v = strtoll(*p, &end, 10);
    if (end == *p || end - *p > 18) return false;
    *p = end;
    return true;
}

static bool at_end(const char *p) { return p[strspn(p, " \n\t\r")] == 0; }

/* Exactly n integers in lo…hi from the node's text. */
static Status read_weights(const XmlNode *node, int64_t n, int16_t *out)
{
    const char *p = node->text;
    int64_t v = 0, i = 0;
    for (; i < n && next_int(&p, &v); i++) {
        if (v < -511 || v > 511) return msg_error(ST_INPUT, "PLAN-0003", xml_loc(node), "weight %lld is not in −511…511", (long long)v);
        out[i] = (int16_t)v;
    }
    if (i < n || !at_end(p)) return msg_error(ST_INPUT, "PLAN-0003", xml_loc(node), "channel must hold exactly %lld weights", (long long)n);
    return ST_OK;
}

/* Exactly n entries "5", "0..15" or "-" (−1). */
static Status read_runs(const XmlNode *tile, const char *child, int32_t n, int32_t *out)
{
    const XmlNode *node = xml_child(tile, child);
    if (!node) return msg_error(ST_INPUT, "PLAN-0002", xml_loc(tile), "tile has no <%s>", child);
    const char *p = node->text;
    int32_t i = 0;
    while (!at_end(p)) {
        int64_t a = -1, b;
        p += strspn(p, " \n\t\r");
        bool ok = true;
        if (p[0] == '-' && (p[1] == 0 || strchr(" \n\t\r", p[1]))) p++;
        else ok = next_int(&p, &a) && a >= 0;
        b = a;
        if (ok && p[0] == '.' && p[1] == '.') p += 2, ok = next_int(&p, &b);
        if (!ok || b < a || b > INT32_MAX || b - a >= n - i)
            return msg_error(ST_INPUT, "PLAN-0003", xml_loc(node), "<%s> must hold %d numbers, runs a..b or '-'", child, n);
        for (; a <= b; a++) out[i++] = (int32_t)a;
    }
    if (i != n) return msg_error(ST_INPUT, "PLAN-0003", xml_loc(node), "<%s> holds %d entries, the tile asks for %d", child, i, n);
    return ST_OK;
}

static Status take_i64(const XmlNode *n, const char *attr, const char *text, int64_t lo, int64_t hi, int64_t *out)
{
    if (!text || !str_to_i64(text, out) || *out < lo || *out > hi)
        return msg_error(ST_INPUT, "PLAN-0004", xml_loc(n), "attribute %s=\"%s\" is not a whole number in its range", attr, text ? text : "");
    return ST_OK;
}

/* Arrays that are being filled; PlanLayer holds them as const. */
typedef struct {
    int16_t *w;
    int32_t *bias, *mul, *mul_adc;
    int64_t *add, *add_adc;
} LayerArrays;

static Status read_channel(Plan *p, const XmlNode *n, const PlanLayer *l, int64_t o, LayerArrays *a)
{
    Channel c = {0};
    int64_t v;
    TRY(schema_read(&p->arena, n, channel_fields, 0, &c));
    TRY(take_i64(n, "mul", c.mul, INT32_MIN, INT32_MAX, &v));
    a->mul[o] = (int32_t)v;
    if (!plan_two_inputs(l) || o == 0) TRY(take_i64(n, "add", c.add, INT64_MIN / 2, INT64_MAX / 2, &a->add[o]));
    if (l->op != PLAN_CONV) return ST_OK;
    TRY(take_i64(n, "bias", c.bias, INT32_MIN, INT32_MAX, &v));
    a->bias[o] = (int32_t)v;
    TRY(take_i64(n, "mul-adc", c.mul_adc, INT32_MIN, INT32_MAX, &v));
    a->mul_adc[o] = (int32_t)v;
    TRY(take_i64(n, "add-adc", c.add_adc, INT64_MIN / 2, INT64_MAX / 2, &a->add_adc[o]));
    return read_weights(n, plan_rows(l), a->w + o * plan_rows(l));
}

static Status layer_channels(const Plan *p, const XmlNode *n, const PlanLayer *l, int64_t *channels)
{
    if (l->in[0] >= p->tensors.n) return msg_error(ST_INPUT, "PLAN-0012", xml_loc(n), "tensor %u does not exist", l->in[0]);
    *channels = l->op == PLAN_AVGPOOL ? p->tensors.v[l->in[0]].c : plan_two_inputs(l) ? 2 : 0;
    if (l->op != PLAN_CONV) return ST_OK;
    *channels = l->oc;
    int64_t side = (int64_t)l->kh * l->kw;
    if (l->oc < 1 || l->groups < 1 || side < 1 || l->icg < 1 || side > LIST_MAX || l->icg > LIST_MAX / side || (l->icg * side) > LIST_MAX / l->oc)
        return msg_error(ST_INPUT, "PLAN-0012", xml_loc(n), "convolution '%s' has no size or is too large", l->name);
    return ST_OK;
}

/* Entries, as many as the input has integers. */
static Status read_table(Plan *p, const XmlNode *layer, PlanLayer *l)
{
    const XmlNode *n = xml_child(layer, "table");
    if (!n || xml_next(n, "table")) return msg_error(ST_INPUT, "PLAN-0002", xml_loc(layer), "layer '%s' has not one <table>", l->name);
    const PlanTensor *in = &p->tensors.v[l->in[0]];
    int64_t size = (int64_t)in->hi - in->lo + 1, v = 0, i = 0;
    if (size < 1 || size > PLAN_TABLE_MAX) return msg_error(ST_INPUT, "PLAN-0018", xml_loc(n), "layer '%s': a table of %lld entries, not 1…%d", l->name, (long long)size, PLAN_TABLE_MAX);
    int32_t *t = arena_array(&p->arena, int32_t, (size_t)size);
    const char *text = n->text;
    for (; i < size && next_int(&text, &v) && v >= l->lo && v <= l->hi; i++) t[i] = (int32_t)v;
    if (i < size || !at_end(text)) return msg_error(ST_INPUT, "PLAN-0003", xml_loc(n), "<table> must hold exactly %lld numbers %d…%d", (long long)size, l->lo, l->hi);
    l->table = t;
    return ST_OK;
}

static Status read_layer(Plan *p, const XmlNode *n)
{
    PlanLayer *l = arr_add(&p->layers);
    int64_t channels = 0, found = 0;
    TRY(schema_read(&p->arena, n, plan_layer_fields, 0, l));
    TRY(schema_children(n, (const char *const[]){l->op == PLAN_TABLE ? "table" : "channel", NULL}));
    TRY(layer_channels(p, n, l, &channels));
    if (l->op == PLAN_TABLE) return read_table(p, n, l);
    for (const XmlNode *c = xml_child(n, "channel"); c; c = xml_next(c, "channel")) found++;
    if (found != channels)
        return msg_error(ST_INPUT, "PLAN-0002", xml_loc(n), "layer '%s' has %lld <channel> elements, %lld wanted", l->name, (long long)found,
                         (long long)channels);
    if (!channels) return ST_OK;
    const XmlNode *first = xml_child(n, "channel");
    /* A channel's text needs two bytes per weight at least, so the file bounds what is allocated here. */
    if (l->op == PLAN_CONV && strlen(first->text) + 1 < (size_t)plan_rows(l) * 2)
        return msg_error(ST_INPUT, "PLAN-0003", xml_loc(first), "channel must hold exactly %d weights", plan_rows(l));
    LayerArrays a = {.mul = arena_array(&p->arena, int32_t, (size_t)channels), .add = arena_array(&p->arena, int64_t, (size_t)channels)};
    if (l->op == PLAN_CONV) {
        a.w = arena_array(&p->arena, int16_t, (size_t)channels * (size_t)plan_rows(l));
        a.bias = arena_array(&p->arena, int32_t, (size_t)channels);
        a.mul_adc = arena_array(&p->arena, int32_t, (size_t)channels);
        a.add_adc = arena_array(&p->arena, int64_t, (size_t)channels);
    }
    int64_t o = 0;
    for (const XmlNode *c = first; c; c = xml_next(c, "channel")) TRY(read_channel(p, c, l, o++, &a));
    l->w = a.w, l->bias = a.bias, l->mul = a.mul, l->add = a.add, l->mul_adc = a.mul_adc, l->add_adc = a.add_adc;
    return ST_OK;
}

static Status read_tile(Plan *p, const XmlNode *n)
{
    PlanTile *t = arr_add(&p->tiles);
    TRY(schema_read(&p->arena, n, plan_tile_fields, 0, t));
    TRY(schema_children(n, (const char *const[]){"row-k", "col-o", "col-s", NULL}));
    if (p->arena.bytes > ARENA_MAX) return msg_error(ST_INPUT, "PLAN-0003", xml_loc(n), "tiles take more than %zu MB", ARENA_MAX >> 20);
    int32_t *k = arena_array(&p->arena, int32_t, (size_t)t->rows);
    int32_t *o = arena_array(&p->arena, int32_t, (size_t)t->cols), *s = arena_array(&p->arena, int32_t, (size_t)t->cols);
    TRY(read_runs(n, "row-k", t->rows, k));
    TRY(read_runs(n, "col-o", t->cols, o));
    TRY(read_runs(n, "col-s", t->cols, s));
    t->row_k = k, t->col_o = o, t->col_s = s;
    return ST_OK;
}

static Status read_head(Plan *p, const XmlNode *root)
{
    Head h = {0};
    if (!str_eq(root->name, "plan")) return msg_error(ST_INPUT, "PLAN-0001", xml_loc(root), "root element is <%s>, not <plan>", root->name);
    TRY(schema_read(&p->arena, root, head_fields, 0, &h));
    if (!str_eq(h.version, "1")) return msg_error(ST_INPUT, "PLAN-0001", xml_loc(root), "plan version %s is not known, only 1", h.version);
    TRY(schema_children(root, (const char *const[]){"arch", "tensor", "core", "layer", "tile", NULL}));
    p->network = h.network;
    p->network_sha256 = h.sha256;
    p->input = (uint32_t)h.input;
    p->output = (uint32_t)h.output;
    p->cycles = (uint32_t)h.cycles;
    p->softmax = h.softmax;
    TRY(take_i64(root, "blocks-used", h.blocks_used, 0, INT64_MAX, &p->blocks_used));
    return take_i64(root, "blocks-bound", h.blocks_bound, 0, INT64_MAX, &p->blocks_bound);
}

/* The tables name the attributes of PlanArch; its kind is a word here and a bool there. */
static Status read_arch(Plan *p, const XmlNode *root)
{
    const XmlNode *n = xml_child(root, "arch");
    if (!n || xml_next(n, "arch")) return msg_error(ST_INPUT, "PLAN-0002", xml_loc(root), "a plan has exactly one <arch>");
    return plan_arch_read(&p->arena, n, &p->arch);
}

Status plan_arch_read(Arena *a, const XmlNode *n, PlanArch *out)
{
    enum { MAX_FIELDS = 32 };
    struct { PlanArch arch; int32_t kind; } rec;
    Field fields[MAX_FIELDS];
    uint32_t k = 0;
    memset(&rec, 0, sizeof rec);
    for (; plan_arch_fields[k].attr; k++) fields[k] = plan_arch_fields[k];
    assert(k + 2 <= MAX_FIELDS);
    fields[k++] = (Field){"kind", T_ENUM, U_NONE, (size_t)((char *)&rec.kind - (char *)&rec), true, 0, 0, plan_kind_names, "programmable or dedicated"};
    fields[k] = (Field){0};
    TRY(schema_read(a, n, fields, 0, &rec));
    *out = rec.arch;
    out->dedicated = rec.kind == 1;
    return ST_OK;
}

static Status read_all(Plan *p, const XmlNode *root)
{
    TRY(read_head(p, root));
    TRY(read_arch(p, root));
    for (const XmlNode *n = xml_child(root, "tensor"); n; n = xml_next(n, "tensor"))
        TRY(schema_read(&p->arena, n, plan_tensor_fields, 0, arr_add(&p->tensors)));
    for (const XmlNode *n = xml_child(root, "core"); n; n = xml_next(n, "core"))
        TRY(schema_read(&p->arena, n, plan_core_fields, 0, arr_add(&p->cores)));
    for (const XmlNode *n = xml_child(root, "layer"); n; n = xml_next(n, "layer")) TRY(read_layer(p, n));
    for (const XmlNode *n = xml_child(root, "tile"); n; n = xml_next(n, "tile")) TRY(read_tile(p, n));
    return plan_check(p);
}

Status plan_read(const char *path, Plan *out)
{
    Arena doc = {0};
    XmlNode *root = NULL;
    memset(out, 0, sizeof *out);
    Status st = xml_read(&doc, path, &root);
    if (st == ST_OK) st = read_all(out, root);
    arena_free(&doc);
    if (st != ST_OK) plan_free(out);
    return st;
}
