/*
 * plan.xml: the schema tables and the writer. The reader is plan_read.c.
 * Attributes are written from the same tables they are read by, so the two cannot drift apart. Numbers that are lists stand
 * in element text: weights per output channel in the order [icg][kh][kw], rows and columns of a tile as runs "0..15", "-" = dummy.
 */
#include "gen/db/plan_xml.h"

#include "gen/base/io.h"

const char *const plan_op_names[] = {"conv", "avgpool", "maxpool", "add", "flatten", "concat", "table", NULL};
const char *const plan_kind_names[] = {"programmable", "dedicated", NULL};

#define INT(attr, S, m, req, lo, hi, help) {attr, T_INT, U_NONE, offsetof(S, m), req, lo, hi, NULL, help}
#define TEXT(attr, S, m, help) {attr, T_STRING, U_NONE, offsetof(S, m), true, 0, 0, NULL, help}

const Field plan_arch_fields[] = {
    TEXT("name", PlanArch, name, "name of the architecture"),
    INT("apus", PlanArch, apus, true, 1, 4096, "analog processing units; the most that a dedicated chip may have"),
    INT("rows", PlanArch, rows, true, 0, 65536, "rows of a crossbar; 0: as the layer needs"),
    INT("cols", PlanArch, cols, true, 0, 65536, "columns of a crossbar; 0: as the layer needs"),
    INT("block-rows", PlanArch, block_rows, true, 1, 4096, "rows of a block that switches join"),
    INT("block-cols", PlanArch, block_cols, true, 1, 4096, "columns of a block"),
    INT("cols-per-adc", PlanArch, cols_per_adc, true, 1, 64, "columns that share a converter"),
    INT("mag-bits", PlanArch, mag_bits, true, 3, 3, "magnitude bits of a synapse and bits of an input digit"),
    INT("adc-bits-min", PlanArch, adc_bits_min, true, 1, 16, "smallest resolution of a converter"),
    INT("adc-bits-max", PlanArch, adc_bits_max, true, 1, 16, "largest resolution of a converter"),
    INT("gain-max", PlanArch, gain_max, true, 1, 16, "largest gain of a converter"),
    INT("weight-mem", PlanArch, weight_mem, true, 0, 1 << 30, "bytes of weight memory per APU"),
    INT("instr-mem", PlanArch, instr_mem, true, 0, 1 << 30, "bytes of instruction memory"),
    INT("sum-bits", PlanArch, sum_bits, true, 8, 31, "bits of a partial sum"),
    INT("bias-bits", PlanArch, bias_bits, true, 1, 32, "bits of a bias"),
    {"clock", T_REAL, U_FREQ, offsetof(PlanArch, clock_hz), true, 0, 0, NULL, "digital clock"},
    {"sample-rate", T_REAL, U_FREQ, offsetof(PlanArch, sample_rate_hz), true, 0, 0, NULL, "inferences per second wanted"},
    {0},
};

const Field plan_tensor_fields[] = {
    TEXT("name", PlanTensor, name, "name in the network"),
    INT("c", PlanTensor, c, true, 1, 1 << 28, "channels"),
    INT("h", PlanTensor, h, true, 1, 65536, "rows"),
    INT("w", PlanTensor, w, true, 1, 65536, "columns"),
    {"scale", T_REAL, U_NONE, offsetof(PlanTensor, scale), true, 0, 0, NULL, "real value = scale · (q − zp)"},
    INT("zp", PlanTensor, zp, true, -(1 << 24), 1 << 24, "zero point"),
    INT("lo", PlanTensor, lo, true, -(1 << 24), 1 << 24, "smallest q"),
    INT("hi", PlanTensor, hi, true, -(1 << 24), 1 << 24, "largest q"),
    {"network-scale", T_REAL, U_NONE, offsetof(PlanTensor, network_scale), false, 0, 0, NULL, "scale of the network's own integers; absent: these are they"},
    {0},
};

const Field plan_core_fields[] = {
    TEXT("name", PlanCore, name, "name of the crossbar"),
    INT("rows", PlanCore, rows, true, 1, 65536, "rows of synapses"),
    INT("cols", PlanCore, cols, true, 1, 65536, "columns of synapses"),
    INT("block-rows", PlanCore, block_rows, true, 1, 65536, "rows of a block"),
    INT("block-cols", PlanCore, block_cols, true, 1, 65536, "columns of a block"),
    INT("cols-per-adc", PlanCore, cols_per_adc, true, 1, 64, "columns that share a converter"),
    {0},
};

static_assert(PLAN_REPEATS == 16, "the range of `repeats` below");
const Field plan_layer_fields[] = {
    TEXT("name", PlanLayer, name, "name of the network's node"),
    {"op", T_ENUM, U_NONE, offsetof(PlanLayer, op), true, 0, 0, plan_op_names, "operation"},
    INT("in", PlanLayer, in[0], true, 0, INT32_MAX, "input tensor"),
    INT("in2", PlanLayer, in[1], false, 0, INT32_MAX, "second input tensor of add and concat"),
    INT("out", PlanLayer, out, true, 0, INT32_MAX, "output tensor"),
    INT("kh", PlanLayer, kh, false, 0, 65536, "kernel rows"),
    INT("kw", PlanLayer, kw, false, 0, 65536, "kernel columns"),
    INT("sh", PlanLayer, sh, false, 0, 65536, "stride"),
    INT("sw", PlanLayer, sw, false, 0, 65536, "stride"),
    INT("pt", PlanLayer, pt, false, -65536, 65536, "padding at the top"),
    INT("pl", PlanLayer, pl, false, -65536, 65536, "padding at the left"),
    INT("pb", PlanLayer, pb, false, -65536, 65536, "padding at the bottom"),
    INT("pr", PlanLayer, pr, false, -65536, 65536, "padding at the right"),
    INT("dh", PlanLayer, dh, false, 0, 65536, "dilation"),
    INT("dw", PlanLayer, dw, false, 0, 65536, "dilation"),
    INT("c0", PlanLayer, c0, false, 0, 65536, "maxpool: first channel of its input"),
    INT("groups", PlanLayer, groups, false, 0, 65536, "groups of channels"),
    INT("oc", PlanLayer, oc, false, 0, 65536, "output channels"),
    INT("icg", PlanLayer, icg, false, 0, 1 << 28, "input channels per group"),
    INT("shift", PlanLayer, shift, false, 0, 46, "right shift after multiplication"),
    INT("shift-adc", PlanLayer, shift_adc, false, 0, 46, "the same for converted sums"),
    INT("lo", PlanLayer, lo, true, -(1 << 24), 1 << 24, "clamp"),
    INT("hi", PlanLayer, hi, true, -(1 << 24), 1 << 24, "clamp"),
    INT("slices", PlanLayer, slices, false, 0, 3, "weight digits used"),
    INT("digits", PlanLayer, digits, false, 0, 3, "input digits used"),
    INT("network-slices", PlanLayer, network_slices, false, 0, 3, "weight digits of the network's own integers; absent: weights and inputs are the network's"),
    INT("network-digits", PlanLayer, network_digits, false, 0, 3, "input digits of the network's own integers"),
    INT("rows-per-conv", PlanLayer, rows_per_conv, false, 0, 1 << 20, "rows joined in one conversion"),
    INT("adc-bits", PlanLayer, adc_bits, false, 0, 16, "converter resolution; 0: exact sums"),
    INT("adc-gain", PlanLayer, adc_gain, false, 0, 16, "converter gain"),
    INT("repeats", PlanLayer, repeats, false, 0, 16, "times that each conversion is made, its codes added; absent: once"),
    {"clip", T_REAL, U_NONE, offsetof(PlanLayer, clip), false, 0, 1, NULL, "share of conversions expected to clip"},
    {0},
};

const Field plan_tile_fields[] = {
    INT("layer", PlanTile, layer, true, 0, INT32_MAX, "layer it belongs to"),
    INT("core", PlanTile, core, true, 0, INT32_MAX, "crossbar"),
    INT("cycle", PlanTile, cycle, true, 0, INT32_MAX, "weight load it belongs to"),
    INT("copy", PlanTile, copy, false, 0, 65535, "copy of the layer: of n, number c computes output positions c, c + n …"),
    INT("row0", PlanTile, row0, true, 0, 65536, "first row"),
    INT("col0", PlanTile, col0, true, 0, 65536, "first column"),
    INT("rows", PlanTile, rows, true, 1, 65536, "rows"),
    INT("cols", PlanTile, cols, true, 1, 65536, "columns"),
    {0},
};

/* "200MHz" where that reads back as the same number, else plain Hz. */
static void put_freq(Buf *b, double hz)
{
    static const struct { const char *unit; double si; } units[] = {{"GHz", 1e9}, {"MHz", 1e6}, {"kHz", 1e3}, {"Hz", 1}};
    for (uint32_t i = 0; i < COUNTOF(units); i++) {
        size_t at = b->n;
        double back;
        buf_double(b, hz / units[i].si);
        buf_str(b, units[i].unit);
        if (hz >= units[i].si && unit_parse(b->s + at, U_FREQ, &back) && back == hz) return;
        if (i + 1 < COUNTOF(units)) b->n = at;
    }
}

static void put_attr(Buf *b, const Field *f, const void *rec)
{
    const char *p = (const char *)rec + f->offset;
    if (!f->required && f->type == T_INT && *(const int32_t *)(const void *)p == 0) return; /* 0 is what absence reads as */
    if (!f->required && f->type == T_REAL && !(*(const double *)(const void *)p > 0)) return;
    buf_printf(b, " %s=\"", f->attr);
    switch (f->type) {
    case T_STRING: xml_escape(b, *(const char *const *)(const void *)p); break;
    case T_REAL:
        if (f->unit == U_FREQ) put_freq(b, *(const double *)(const void *)p);
        else buf_double(b, *(const double *)(const void *)p);
        break;
    case T_ENUM: buf_str(b, f->words[*(const int32_t *)(const void *)p]); break;
    default: buf_printf(b, "%d", *(const int32_t *)(const void *)p); break;
    }
    buf_char(b, '"');
}

static void put_attrs(Buf *b, const Field *f, const void *rec)
{
    for (; f->attr; f++) put_attr(b, f, rec);
}

/* "0..15 - - 16": v[i] with step 1 joined into runs. */
static void put_runs(Buf *b, const int32_t *v, int32_t n)
{
    for (int32_t i = 0; i < n;) {
        int32_t j = i + 1;
        while (j < n && v[i] >= 0 && v[j] == v[j - 1] + 1) j++;
        if (j == i + 2) j = i + 1; /* a pair is shorter as two numbers */
        if (i) buf_char(b, ' ');
        if (v[i] < 0) buf_char(b, '-');
        else if (j - i > 1) buf_printf(b, "%d..%d", v[i], v[j - 1]);
        else buf_printf(b, "%d", v[i]);
        i = j;
    }
}

static void put_channel(Buf *b, const PlanLayer *l, int32_t o)
{
    buf_str(b, "    <channel");
    if (l->bias) buf_printf(b, " bias=\"%d\"", l->bias[o]);
    if (l->mul) buf_printf(b, " mul=\"%d\"", l->mul[o]);
    if (l->add && (o == 0 || !plan_two_inputs(l))) buf_printf(b, " add=\"%lld\"", (long long)l->add[o]);
    if (l->mul_adc) buf_printf(b, " mul-adc=\"%d\"", l->mul_adc[o]);
    if (l->add_adc) buf_printf(b, " add-adc=\"%lld\"", (long long)l->add_adc[o]);
    if (!l->w) {
        buf_str(b, "/>\n");
        return;
    }
    buf_char(b, '>');
    int32_t k = plan_rows(l);
    for (int32_t i = 0; i < k; i++) buf_printf(b, i ? " %d" : "%d", l->w[(int64_t)o * k + i]);
    buf_str(b, "</channel>\n");
}

static void put_layer(Buf *b, const Plan *p, const PlanLayer *l)
{
    int32_t n = l->op == PLAN_CONV ? l->oc : l->op == PLAN_AVGPOOL ? p->tensors.v[l->in[0]].c : plan_two_inputs(l) ? 2 : 0;
    buf_str(b, "  <layer");
    put_attrs(b, plan_layer_fields, l);
    buf_str(b, n || l->table ? ">\n" : "/>\n");
    for (int32_t o = 0; o < n; o++) put_channel(b, l, o);
    if (l->table) {
        buf_str(b, "    <table>");
        for (int32_t k = 0; k < plan_table(&p->tensors.v[l->in[0]]); k++) buf_printf(b, k ? " %d" : "%d", l->table[k]);
        buf_str(b, "</table>\n");
    }
    if (n || l->table) buf_str(b, "  </layer>\n");
}

static void put_tile(Buf *b, const PlanTile *t)
{
    buf_str(b, "  <tile");
    put_attrs(b, plan_tile_fields, t);
    buf_str(b, ">\n    <row-k>");
    put_runs(b, t->row_k, t->rows);
    buf_str(b, "</row-k>\n    <col-o>");
    put_runs(b, t->col_o, t->cols);
    buf_str(b, "</col-o>\n    <col-s>");
    put_runs(b, t->col_s, t->cols);
    buf_str(b, "</col-s>\n  </tile>\n");
}

static void put_head(Buf *b, const Plan *p)
{
    buf_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plan version=\"1\" network=\"");
    xml_escape(b, p->network);
    buf_printf(b, "\" sha256=\"%s\" input=\"%u\" output=\"%u\" cycles=\"%u\" blocks-used=\"%lld\" blocks-bound=\"%lld\" softmax=\"%s\">\n",
               p->network_sha256, p->input, p->output, p->cycles, (long long)p->blocks_used, (long long)p->blocks_bound,
               p->softmax ? "true" : "false");
    buf_printf(b, "  <arch kind=\"%s\"", plan_kind_names[p->arch.dedicated]);
    put_attrs(b, plan_arch_fields, &p->arch);
    buf_str(b, "/>\n");
}

Status plan_write(const Plan *p, const char *path)
{
    Out *o = NULL;
    Buf b = {0};
    TRY(out_open(path, &o));
    put_head(&b, p);
    for (uint32_t i = 0; i < p->tensors.n; i++) {
        buf_str(&b, "  <tensor");
        put_attrs(&b, plan_tensor_fields, &p->tensors.v[i]);
        buf_str(&b, "/>\n");
    }
    for (uint32_t i = 0; i < p->cores.n; i++) {
        buf_str(&b, "  <core");
        put_attrs(&b, plan_core_fields, &p->cores.v[i]);
        buf_str(&b, "/>\n");
    }
    for (uint32_t i = 0; i < p->layers.n; i++) {
        put_layer(&b, p, &p->layers.v[i]);
        out_write(o, b.s, b.n);
        b.n = 0;
    }
    for (uint32_t i = 0; i < p->tiles.n; i++) put_tile(&b, &p->tiles.v[i]);
    buf_str(&b, "</plan>\n");
    out_write(o, b.s, b.n);
    buf_free(&b);
    return out_commit(o, NULL, NULL);
}
