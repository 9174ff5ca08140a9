/* VHDL through templates: sizes and structure become one JSON object; the host's script and the run in GHDL. */
#include "gen/vhdl.h"

#include <jansson.h>

#include "gen/version.h"
#include "mapper/mapper.h"
#include "mapper/program.h"
#include "templates/json_view.h"

/* ---- structure -------------------------------------------------------------------------------------- */

static const char *vhdl_dir(PortDir d) { return d == DIR_IN ? "in" : d == DIR_OUT ? "out" : "inout"; }

static bool supply(const DbNet *n) { return n->use == USE_POWER || n->use == USE_GROUND; }

/* {name, type} of a net; "last" tells the template where no separator follows. */
static json_t *net_json(const Db *db, const DbNet *n)
{
    char type[64];
    if (n->width == 1 && !macro_port_is_bus(db_name(db, n->name))) snprintf(type, sizeof type, "std_logic");
    else snprintf(type, sizeof type, "std_logic_vector(%u downto 0)", n->width - 1);
    return json_pack("{s:s, s:s, s:s, s:b}", "name", db_name(db, n->name), "type", type, "dir", vhdl_dir(n->dir), "last", 0);
}

static void mark_last(json_t *list)
{
    size_t n = json_array_size(list);
    if (n) json_object_set_new(json_array_get(list, n - 1), "last", json_true());
}

static json_t *inst_json(const Db *db, CellId parent, uint32_t k)
{
    const DbInst *i = &db->cells.v[parent.i].insts.v[k];
    const DbCell *m = &db->cells.v[i->master.i];
    json_t *maps = json_array();
    for (uint32_t p = 0; p < m->n_ports; p++) {
        const DbNet *port = &m->nets.v[p];
        NetRef r = db_conn(db, parent, (InstId){k}, p);
        if (supply(port) || r.net.i == NET_NONE.i) continue;
        const DbNet *net = &db->cells.v[parent.i].nets.v[r.net.i];
        char actual[160];
        const char *name = db_name(db, net->name);
        if (net->width == port->width) snprintf(actual, sizeof actual, "%s", name);
        else if (port->width == 1) snprintf(actual, sizeof actual, "%s(%d)", name, r.base);
        else snprintf(actual, sizeof actual, "%s(%d downto %d)", name, r.base + (int32_t)port->width - 1, r.base);
        json_array_append_new(maps, json_pack("{s:s, s:s, s:b}", "port", db_name(db, port->name), "actual", actual, "last", 0));
    }
    mark_last(maps);
    return json_pack("{s:s, s:s, s:o, s:n}", "name", db_name(db, i->name), "entity", db_name(db, m->name), "maps", maps, "generics");
}

/* Wires alone (feedthroughs) are not entities. Which generics an entity takes follows from what it is. */
static json_t *block_json(const Design *d, CellId c, bool chip)
{
    const Db *db = &d->db;
    const DbCell *cell = &db->cells.v[c.i];
    json_t *ports = json_array(), *nets = json_array(), *insts = json_array();
    for (uint32_t n = 0; n < cell->nets.n; n++) {
        const DbNet *net = &cell->nets.v[n];
        if (supply(net)) continue;
        json_array_append_new(net->dir != DIR_NONE ? ports : nets, net_json(db, net));
    }
    mark_last(ports);
    uint32_t apu = 0;
    for (uint32_t k = 0; k < cell->insts.n; k++) {
        const DbCell *m = &db->cells.v[cell->insts.v[k].master.i];
        const char *f = db_name(db, m->function);
        if (str_eq(f, "feedthrough")) continue;
        json_t *i = inst_json(db, c, k);
        if (chip && str_eq(f, "apu")) {
            char generics[64];
            snprintf(generics, sizeof generics, "ID => %u, EXACT => EXACT", apu++);
            json_object_set_new(i, "generics", json_string(generics));
        } else if (!chip && !str_eq(f, "rowbuf")) {
            bool exact = str_eq(f, "crossbar") || str_eq(f, "colproc");
            json_object_set_new(i, "generics", json_string(exact ? "ID => ID, EXACT => EXACT" : "ID => ID"));
        }
        json_array_append_new(insts, i);
    }
    return json_pack("{s:s, s:b, s:o, s:o, s:o}", "name", db_name(db, cell->name), "chip", chip, "ports", ports, "nets", nets,
                     "insts", insts);
}

/* ---- sizes --------------------------------------------------------------------------------------------- */

static json_t *type_json(const Design *d, const ApuType *t, int32_t gain)
{
    const PlanCore *c = &d->plan.cores.v[t->core];
    uint32_t cols = core_phys_cols(c), words = (cols + 15) / 16;
    json_int_t depth = d->plan.arch.dedicated ? words : (json_int_t)c->rows * 4 * words;
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:i}", "name",
                     db_name(&d->db, d->db.cells.v[t->apu.i].name), "rows", c->rows, "cols", (int)cols, "adcs",
                     (int)core_adcs(c), "bits", (int)plan_adc_bits(&d->plan), "blocks", (int)core_block_rows(c),
                     "block_rows", c->block_rows, "row_ix", (int)index_bits((uint32_t)c->rows), "col_ix",
                     (int)index_bits(cols), "block_ix", (int)index_bits(core_block_rows(c)), "wmem_words", depth, "gain", gain);
}

/* The crossbar model has one reference: every layer must ask for the same resolution and gain. */
static Status one_gain(const Design *d, int32_t *gain)
{
    *gain = 0;
    int32_t bits = (int32_t)plan_adc_bits(&d->plan);
    for (uint32_t i = 0; i < d->plan.layers.n; i++) {
        const PlanLayer *l = &d->plan.layers.v[i];
        if (l->op != PLAN_CONV) continue;
        if ((*gain && *gain != l->adc_gain) || l->adc_bits != bits)
            return msg_error(ST_VIOLATION, "VHD-0001", (Loc){0}, "layer %s wants %d bit, gain %d, another %d bit, gain %d: the "
                             "VHDL crossbar has one converter setting; map with --adc-bits and --gain", l->name, l->adc_bits,
                             l->adc_gain, bits, *gain);
        *gain = l->adc_gain;
    }
    if (!*gain) *gain = 1;
    return ST_OK;
}

static json_int_t at_least_1(json_int_t n) { return n > 0 ? n : 1; }

static Status design_json(const Design *d, json_t **out)
{
    int32_t gain;
    TRY(one_gain(d, &gain));
    /* The memories hold either program: with exact columns other shifts may be set. */
    Program g, exact;
    TRY(program_build(&d->plan, true, &exact));
    uint32_t words = exact.words.n;
    program_free(&exact);
    TRY(program_build(&d->plan, false, &g));
    if (g.words.n > words) words = g.words.n;
    json_t *types = json_array(), *regs = json_array(), *blocks = json_array();
    for (uint32_t i = 0; i < d->types.n; i++) {
        json_array_append_new(types, type_json(d, &d->types.v[i], gain));
        json_array_append_new(blocks, block_json(d, d->types.v[i].apu, false));
    }
    json_array_append_new(blocks, block_json(d, d->chip, true));
    for (int r = 0; r < REG_N; r++) json_array_append_new(regs, json_pack("{s:s, s:i}", "name", reg_name[r], "index", r));
    json_int_t table = g.row_table.n > g.col_table.n ? g.row_table.n : g.col_table.n;
    *out = json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "version", APUGEN_VERSION, "design",
                     d->plan.network, "n_apus", (int)d->n_apus, "types", types, "regs", regs, "blocks", blocks,
                     "table_words", at_least_1(table), "psum_words", at_least_1(g.psum_words), "program_words",
                     at_least_1(words), "fm_words", at_least_1(g.fm_words), "param_words", at_least_1(g.mul.n));
    program_free(&g);
    assert(*out);
    return ST_OK;
}

static Status render(const Design *d, const json_t *data, const char *templates, const char *tpl, const char *dir, const char *name)
{
    Arena a = {0};
    TplSet *set = tpl_set_new();
    if (templates) tpl_set_dir(set, templates);
    tpl_set_dir(set, io_join(&a, io_data_dir(), "templates"));
    Out *o;
    Status st = out_open(io_join(&a, dir, name), &o);
    if (st == ST_OK) {
        st = tpl_render(set, tpl, json_view(data), (TplOptions){.strict = true}, (TplSink){.out = o});
        if (st == ST_OK) st = out_commit(o, NULL, NULL);
        else out_discard(o);
    }
    tpl_set_free(set);
    arena_free(&a);
    (void)d;
    return st;
}

Status vhdl_write(const Design *d, const char *dir, const char *templates)
{
    json_t *j = NULL;
    TRY(design_json(d, &j));
    Status st = render(d, j, templates, "design.vhd", dir, "design.vhd");
    if (st == ST_OK) st = render(d, j, templates, "tb.vhd", dir, "tb_design.vhd");
    json_decref(j);
    return st;
}

/* ---- the host's script ------------------------------------------------------------------------------------ */

static void put(Out *o, uint32_t region, uint32_t offset, uint32_t v) { out_printf(o, "W 000%x%04x %08x\n", region, offset, v); }

static void put_tables(Out *o, const Program *g)
{
    for (uint32_t i = 0; i < g->words.n; i++) put(o, 0, i, g->words.v[i]);
    for (uint32_t i = 0; i < g->mul.n; i++) {
        put(o, 2, i, (uint32_t)g->mul.v[i]);
        put(o, 3, i, (uint32_t)g->add.v[i]);
        put(o, 4, i, (uint32_t)((uint64_t)g->add.v[i] >> 32));
    }
    for (uint32_t i = 0; i < g->row_table.n; i++) put(o, 5, i, (uint32_t)g->row_table.v[i]);
    for (uint32_t i = 0; i < g->col_table.n; i++) put(o, 6, i, (uint32_t)g->col_table.v[i]);
}

/* All crossbars' bits of one cycle: 16 columns a word, then the store of that row and plane. */
static void put_weights(Out *o, const Design *d, uint32_t cycle)
{
    for (uint32_t k = 0; k < d->plan.cores.n; k++) {
        const PlanCore *c = &d->plan.cores.v[k];
        uint32_t cols = core_phys_cols(c), words = (cols + 15) / 16, rows = (uint32_t)c->rows;
        uint8_t *bits = mem_calloc((size_t)rows * 4 * cols, 1);
        program_weights(&d->plan, k, cycle, cols, bits);
        for (uint32_t rp = 0; rp < rows * 4; rp++) {
            put(o, 8, 1, k << 14 | rp * words);
            for (uint32_t w = 0; w < words; w++) {
                uint32_t v = 0;
                for (uint32_t b = 0; b < 16 && w * 16 + b < cols; b++) v |= (uint32_t)bits[(size_t)rp * cols + w * 16 + b] << b;
                put(o, 7, 0, v);
            }
            put(o, 8, 2, k << 14 | rp);
            out_str(o, "N 6\n");
        }
        mem_free(bits);
    }
}

static void put_sample(Out *o, const Design *d, const Program *g, const Npy *x, uint32_t sample)
{
    const Plan *p = &d->plan;
    const PlanTensor *in = &p->tensors.v[p->input], *out = &p->tensors.v[p->output];
    int64_t n = (int64_t)in->c * in->h * in->w;
    int32_t *q = mem_calloc((size_t)n, sizeof *q);
    plan_quantise_input(p, x, sample, q);
    for (int64_t i = 0; i < n; i++) put(o, 1, g->tensor_at[p->input] + (uint32_t)i, (uint32_t)q[i]);
    mem_free(q);
    for (uint32_t k = 0; k < g->waits.n; k++) {
        /* Weights of the only cycle stay from the sample before. */
        if (sample > 0 && p->cycles == 1) {
            if (k == 0) out_str(o, "G\n");
            continue;
        }
        out_str(o, "G\n"); /* runs to the WAIT */
        put_weights(o, d, g->waits.v[k]);
    }
    out_str(o, "G\n");
    out_printf(o, "D %u %d\n", g->tensor_at[p->output], out->c * out->h * out->w);
}

static Status write_script(const Design *d, const char *path, const Npy *x, uint32_t n, bool exact)
{
    Program g;
    TRY(program_build(&d->plan, exact, &g));
    Out *o;
    Status st = out_open(path, &o);
    if (st == ST_OK) {
        put_tables(o, &g);
        for (uint32_t s = 0; s < n; s++) put_sample(o, d, &g, x, s);
        st = out_commit(o, NULL, NULL);
    }
    program_free(&g);
    return st;
}

/* ---- GHDL ---------------------------------------------------------------------------------------------------- */

static Status ghdl(const char *const *argv, const char *work, const char *log, double timeout)
{
    int code = 0;
    TRY(proc_run(argv, work, log, timeout, &code));
    if (code == -1) return msg_error(ST_LIMIT, "HDL-0002", (Loc){log, 0, 0}, "ghdl %s not done after %.0f s", argv[1], timeout);
    if (code != 0) return msg_error(ST_VIOLATION, "HDL-0001", (Loc){log, 0, 0}, "ghdl %s failed (exit %d); the log says why", argv[1], code);
    return ST_OK;
}

/* tb_out.txt: "clocks N" after each start, then the words asked for. */
static Status compare(const char *path, uint32_t n, uint32_t outputs, const int32_t *expect, GhdlResult *out)
{
    Buf b;
    TRY(io_read(path, (size_t)1 << 28, &b));
    uint32_t k = 0;
    bool same = true;
    for (char *line = b.s, *end; line && *line; line = end) {
        end = strchr(line, '\n');
        if (end) *end++ = 0;
        int64_t v;
        if (str_starts(line, "clocks ")) {
            if (str_to_i64(line + 7, &v)) out->clocks += (uint64_t)v;
            continue;
        }
        if (!str_to_i64(line, &v) || k >= n * outputs) continue;
        same &= v == expect[k++];
        if (k % outputs == 0) {
            out->equal += same;
            same = true;
        }
    }
    buf_free(&b);
    out->samples = k / outputs;
    if (n) out->clocks /= n;
    return ST_OK;
}

Status vhdl_run(const Design *d, const char *dir, const char *work, const Npy *x, uint32_t n, bool exact, const int32_t *expect,
                double timeout, GhdlResult *out)
{
    *out = (GhdlResult){.exact = exact};
    double t0 = clock_seconds();
    Arena a = {0};
    TRY(io_mkdir(work));
    Status st = write_script(d, io_join(&a, work, "tb_host.txt"), x, n, exact);
    /* Full paths: GHDL runs in its own folder. */
    const char *design = io_join(&a, dir, "design.vhd"), *tb = io_join(&a, dir, "tb_design.vhd"), *log = io_join(&a, work, "ghdl.log");
    const char *analyse[] = {"ghdl", "-a", "--std=08", "-O2", design, tb, NULL};
    const char *run[] = {"ghdl", "--elab-run", "--std=08", "tb", exact ? "-gEXACT=true" : "-gEXACT=false", "--ieee-asserts=disable", NULL};
    if (st == ST_OK) st = ghdl(analyse, work, log, timeout);
    if (st == ST_OK) st = ghdl(run, work, log, timeout);
    const PlanTensor *to = &d->plan.tensors.v[d->plan.output];
    if (st == ST_OK) st = compare(io_join(&a, work, "tb_out.txt"), n, (uint32_t)(to->c * to->h * to->w), expect, out);
    out->seconds = clock_seconds() - t0;
    arena_free(&a);
    return st;
}
