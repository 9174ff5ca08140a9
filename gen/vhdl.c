/* VHDL through templates: sizes and structure become one JSON object; the host's script and the run in GHDL. */
#include "gen/vhdl.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>

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
    uint32_t cols = core_phys_cols(c), im = program_apu_words(&d->plan.arch);
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:i, s:i, s:i, s:b}", "name",
                     db_name(&d->db, d->db.cells.v[t->apu.i].name), "rows", c->rows, "cols", (int)cols, "adcs",
                     (int)core_adcs(c), "bits", (int)plan_adc_bits(&d->plan), "blocks", (int)core_block_rows(c),
                     "block_rows", c->block_rows, "row_ix", (int)index_bits((uint32_t)c->rows), "col_ix",
                     (int)index_bits(cols), "block_ix", (int)index_bits(core_block_rows(c)), "gain", gain,
                     "im_words", (int)im, "im_ix", (int)index_bits(im), "dedicated", d->plan.arch.dedicated, "sample_clocks",
                     (int)program_sample_clocks(&d->plan.arch), "start_clocks", (int)program_start_clocks(&d->plan.arch), "bit_clocks", (int)program_bit_clocks(&d->plan), "slow_bits",
                     program_bit_clocks(&d->plan) > 1);
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

/* Constants of the package, from the instruction table. */
static json_t *numbers(const char *const *name, uint32_t n)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++) json_array_append_new(list, json_pack("{s:s, s:i}", "name", name[i], "code", (int)i));
    return list;
}

static void constants(json_t *j)
{
    json_t *commands = json_array(), *regions = json_array();
#define X(name, code, addr, wdata, what) json_array_append_new(commands, json_pack("{s:s, s:i}", "name", #name, "code", code));
    ISA_COMMANDS(X)
#undef X
#define X(code, name, what) json_array_append_new(regions, json_pack("{s:s, s:i}", "name", #name, "code", code));
    ISA_REGIONS(X)
#undef X
    json_object_set_new(j, "opcodes", numbers(ins_name, INS_COUNT));
    json_object_set_new(j, "regs", numbers(reg_name, REG_N));
    json_object_set_new(j, "commands", commands);
    json_object_set_new(j, "regions", regions);
}

/* A memory of n words: at least two, so that it has an address. */
static void memory(json_t *j, const char *name, uint32_t n)
{
    char text[32];
    if (n < 2) n = 2;
    snprintf(text, sizeof text, "%s_words", name);
    json_object_set_new(j, text, json_integer(n));
    snprintf(text, sizeof text, "%s_ix", name);
    json_object_set_new(j, text, json_integer(index_bits(n)));
}

static Status design_json(const Design *d, json_t **out)
{
    int32_t gain;
    TRY(one_gain(d, &gain));
    Program g;
    TRY(program_build(&d->plan, false, &g));
    json_t *types = json_array(), *blocks = json_array();
    uint32_t rows = 0;
    for (uint32_t i = 0; i < d->types.n; i++) {
        json_array_append_new(types, type_json(d, &d->types.v[i], gain));
        json_array_append_new(blocks, block_json(d, d->types.v[i].apu, false));
        uint32_t r = (uint32_t)d->plan.cores.v[d->types.v[i].core].rows;
        if (r > rows) rows = r;
    }
    json_array_append_new(blocks, block_json(d, d->chip, true));
    /* a row and plane takes an APU five clocks to store */
    *out = json_pack("{s:s, s:s, s:i, s:i, s:b, s:o, s:o, s:i, s:i}", "version", APUGEN_VERSION, "design", d->plan.network, "n_apus", (int)d->n_apus, "asel",
                     (int)asel_bits(&d->plan), "far", d->n_apus > ISA_IMM_BITS, "types", types, "blocks", blocks, "store_clocks", (int)(rows * 4 * 5 + 2), "fm_bits", (int)g.fm_bits);
    assert(*out);
    constants(*out);
    memory(*out, "program", program_page(&d->plan.arch));
    memory(*out, "rowt", g.row_table.n);
    memory(*out, "colt", g.col_table.n);
    memory(*out, "param", g.mul.n);
    memory(*out, "psum", g.psum_words);
    memory(*out, "table", g.table.n);
    json_object_set_new(*out, "tables", json_boolean(g.table.n));
    memory(*out, "fm", g.fm_words);
    program_free(&g);
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

static void put(Out *o, HostRegion region, uint32_t offset, uint32_t v) { out_printf(o, "W 000%x%04x %08x\n", (unsigned)region, offset, v); }

static void put_tables(Out *o, const Program *g)
{
    for (uint32_t i = 0; i < g->mul.n; i++) {
        put(o, REGION_MUL, i, (uint32_t)g->mul.v[i]);
        put(o, REGION_ADDL, i, (uint32_t)g->add.v[i]);
        put(o, REGION_ADDH, i, (uint32_t)((uint64_t)g->add.v[i] >> 32));
    }
    for (uint32_t i = 0; i < g->table.n; i++) put(o, REGION_TABLE, i, (uint32_t)g->table.v[i]);
    for (uint32_t i = 0; i < g->row_table.n; i++) put(o, REGION_ROWT, i, (uint32_t)g->row_table.v[i]);
    for (uint32_t i = 0; i < g->col_table.n; i++) put(o, REGION_COLT, i, (uint32_t)g->col_table.v[i]);
}

static void put_page(Out *o, const Program *g, uint32_t page)
{
    uint32_t from = g->page_at.v[page], to = page + 1 < g->page_at.n ? g->page_at.v[page + 1] : g->words.n, core = UINT32_MAX;
    for (uint32_t i = from; i < to; i++) put(o, REGION_PROG, i - from, g->words.v[i]);
    /* an APU's words follow each other: the bus address counts up */
    for (uint32_t k = 0; k < ISA_APUS; k++)
        for (uint32_t i = 0; i < g->apu.n; i++) {
            const ApuCode *w = &g->apu.v[i];
            if (w->page != page || w->core != k) continue;
            if (core != k) put(o, REGION_CTL, 1, k << 14);
            core = k;
            put(o, REGION_IMEM, 0, w->word & 0xffff);
            put(o, REGION_IMEM, 0, w->word >> 16);
        }
}

/* All crossbars' bits of one cycle, 16 columns a word. Dedicated crossbars store row and plane one by one. */
static void put_weights(Out *o, const Design *d, uint32_t cycle)
{
    for (uint32_t k = 0; k < d->plan.cores.n; k++) {
        const PlanCore *c = &d->plan.cores.v[k];
        uint32_t cols = core_phys_cols(c), words = (cols + 15) / 16, rows = (uint32_t)c->rows;
        uint8_t *bits = mem_calloc((size_t)rows * 4 * cols, 1);
        program_weights(&d->plan, k, cycle, cols, bits);
        for (uint32_t rp = 0; rp < rows * 4; rp++) {
            put(o, REGION_CTL, 1, k << 14 | rp);
            for (uint32_t w = 0; w < words; w++) {
                uint32_t v = 0;
                for (uint32_t b = 0; b < 16 && w * 16 + b < cols; b++) v |= (uint32_t)bits[(size_t)rp * cols + w * 16 + b] << b;
                put(o, REGION_WGT, 0, v);
            }
            if (!d->plan.arch.dedicated) continue;
            put(o, REGION_CTL, 2, k << 14 | rp);
            out_str(o, "N 8\n");
        }
        mem_free(bits);
    }
    if (!d->plan.arch.dedicated) put(o, REGION_CTL, 3, 0);
}

/* Cycle of the first LOAD from event k on; UINT32_MAX: there is none. */
static uint32_t next_load(const Program *g, uint32_t k)
{
    while (k < g->events.n && g->events.v[k].page) k++;
    return k < g->events.n ? g->events.v[k].number : UINT32_MAX;
}

static uint32_t last_load(const Program *g)
{
    uint32_t k = g->events.n;
    while (k > 0 && g->events.v[k - 1].page) k--;
    return k > 0 ? g->events.v[k - 1].number : UINT32_MAX;
}

/* Start, then what the program asks for in its order; the weights after those being stored go into the weight memories meanwhile. */
static void put_sample(Out *o, const Design *d, const Program *g, const Npy *x, uint32_t sample)
{
    const Plan *p = &d->plan;
    const PlanTensor *in = &p->tensors.v[p->input], *out = &p->tensors.v[p->output];
    int64_t n = (int64_t)in->c * in->h * in->w;
    int32_t *q = mem_calloc((size_t)n, sizeof *q);
    plan_quantise_input(p, x, sample, q);
    for (int64_t i = 0; i < n; i++) put(o, REGION_FM, g->tensor_at[p->input] + (uint32_t)i, (uint32_t)q[i]);
    mem_free(q);
    /* what the sample before has left in the crossbars is not loaded again */
    uint32_t first = p->arch.dedicated ? 0 : next_load(g, 0);
    bool load = sample == 0 || (!p->arch.dedicated && first != last_load(g));
    if (sample == 0 || g->page_at.n > 1) put_page(o, g, 0);
    if (load && first != UINT32_MAX) put_weights(o, d, first);
    out_str(o, "G\n");
    for (uint32_t k = 0; k < g->events.n; k++) {
        const HostEvent *e = &g->events.v[k];
        if (e->page) {
            out_str(o, "E\n");
            put_page(o, g, e->number);
            out_str(o, "G\n");
        } else if (next_load(g, k + 1) != UINT32_MAX) {
            out_str(o, "F\n");
            put_weights(o, d, next_load(g, k + 1));
        }
    }
    out_str(o, "E\nC\n");
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

/* tb_out.txt: "clocks N", "bus N", "ring N" after each inference, then the words asked for. */
static Status compare(const char *path, uint32_t n, uint32_t outputs, const int32_t *expect, GhdlResult *out)
{
    Buf b;
    TRY(io_read(path, (size_t)1 << 28, &b));
    uint32_t k = 0, starts = 0;
    bool same = true, steady = true;
    for (char *line = b.s, *end; line && *line; line = end) {
        end = strchr(line, '\n');
        if (end) *end++ = 0;
        int64_t v;
        if (str_starts(line, "clocks ")) {
            if (!str_to_i64(line + 7, &v)) continue;
            if (starts++ == 0) out->first_clocks = (uint64_t)v;
            else steady &= starts == 2 || out->clocks == (uint64_t)v;
            out->clocks = (uint64_t)v;
            continue;
        }
        if (str_starts(line, "bus ") && str_to_i64(line + 4, &v)) out->bus = (uint64_t)v;
        if (str_starts(line, "ring ") && str_to_i64(line + 5, &v)) out->ring = (uint64_t)v;
        if (!str_to_i64(line, &v) || k >= n * outputs) continue;
        same &= v == expect[k++];
        if (k % outputs == 0) {
            out->equal += same;
            same = true;
        }
    }
    buf_free(&b);
    out->samples = k / outputs;
    if (!steady) out->clocks = 0;
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
    char full[PATH_MAX];
    if (realpath(dir, full)) dir = full;
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
