/* Drawn cells as files, read back and judged. */
#include "gen/draw_write.h"

#include "cells/circuit.h"
#include "cells/draw.h"
#include "gen/base/io.h"
#include "gen/deck.h"
#include "verify/verify_layout.h"

static Status write_text(const char *path, Buf *text)
{
    Out *out;
    Status st = out_open(path, &out);
    if (st == ST_OK) {
        out_write(out, text->s ? text->s : "", text->n);
        st = out_commit(out, NULL, NULL);
    }
    buf_free(text);
    return st;
}

static void reference_devices(const Db *db, CellId id, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->devices.n; i++) {
        const DbDevice *d = &c->devices.v[i];
        bool mos = d->kind <= DEV_PMOS;
        buf_printf(b, "%c%s", mos ? 'M' : d->kind == DEV_CAP ? 'C' : 'R', db_name(db, d->name));
        for (int k = 0; k < (mos ? 4 : 2); k++) {
            buf_char(b, ' ');
            db_bit_name(db, id, d->t[k].net, d->t[k].bit, b);
        }
        if (mos) buf_printf(b, " %s w=%.6gu l=%.6gu m=%d\n", db_name(db, d->model), d->w * db->dbu_m * 1e6, d->l * db->dbu_m * 1e6, d->m);
        else buf_printf(b, " %.6g\n", d->value);
    }
}

/* Is it drawn to the ground: has it wells, or a cell in it? Abstracts among others count by their pins. */
static bool to_ground(const Db *db, CellId id)
{
    const DbCell *c = &db->cells.v[id.i];
    bool wells = false;
    for (uint32_t i = 0; i < c->insts.n && !wells; i++) wells = to_ground(db, c->insts.v[i].master);
    for (uint32_t i = 0; i < c->shapes.n && !wells; i++) wells = db->layers.v[c->shapes.v[i].layer.i].kind == LAYER_WELL;
    return wells;
}

/* Of its own or in what it holds; abstracts have none that were drawn. */
static bool has_devices(const Db *db, CellId id)
{
    const DbCell *c = &db->cells.v[id.i];
    bool any = c->devices.n > 0 && to_ground(db, id);
    for (uint32_t i = 0; i < c->insts.n && !any; i++) any = has_devices(db, c->insts.v[i].master);
    return any;
}

/* One X line per element of an array; cells without devices are wires only, they are left out. */
static void reference_instances(const Db *db, CellId id, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const DbInst *x = &c->insts.v[i];
        const DbCell *m = &db->cells.v[x->master.i];
        uint32_t n = has_devices(db, x->master) ? x->nx * x->ny : 0;
        for (uint32_t e = 0; e < n; e++) {
            buf_printf(b, "X%s_%u", db_name(db, x->name), e);
            for (uint32_t p = 0; p < m->n_ports; p++)
                for (uint32_t k = 0; k < m->nets.v[p].width; k++) {
                    NetRef r = db_conn(db, id, (InstId){i}, p);
                    buf_char(b, ' ');
                    db_bit_name(db, id, r.net, netref_bit(r, e % x->nx, e / x->nx, k), b);
                }
            buf_printf(b, " %s\n", db_name(db, m->name));
        }
    }
}

/* What layout is compared with: every device by its letter, without parasitics; masters first, each once. */
static void reference_netlist(const Db *db, CellId id, bool *done, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    done[id.i] = true;
    for (uint32_t i = 0; i < c->insts.n; i++)
        if (!done[c->insts.v[i].master.i] && has_devices(db, c->insts.v[i].master)) reference_netlist(db, c->insts.v[i].master, done, b);
    buf_printf(b, ".subckt %s", db_name(db, c->name));
    for (uint32_t i = 0; i < c->n_ports; i++)
        for (uint32_t k = 0; k < c->nets.v[i].width; k++) {
            buf_char(b, ' ');
            db_bit_name(db, id, (NetId){i}, k, b);
        }
    buf_char(b, '\n');
    reference_devices(db, id, b);
    reference_instances(db, id, b);
    buf_str(b, ".ends\n");
}

static Status write_netlists(const Db *db, const Tech *t, const char *outdir)
{
    Arena a = {0};
    Buf all = {0};
    for (uint32_t i = 0; i < db->cells.n; i++)
        if (db->cells.v[i].kind == CELL_LEAF) cells_spice(db, t, (CellId){i}, &all);
    Status st = write_text(io_join(&a, outdir, "cells.sp"), &all);
    for (uint32_t i = 0; i < db->cells.n && st == ST_OK; i++) {
        Buf one = {0};
        bool *done = mem_calloc(db->cells.n, sizeof *done);
        reference_netlist(db, (CellId){i}, done, &one);
        mem_free(done);
        st = write_text(io_join(&a, outdir, arena_printf(&a, "%s.cir", db_name(db, db->cells.v[i].name))), &one);
    }
    arena_free(&a);
    return st;
}

/* A part of a larger block is judged in that. */
static bool part_of_block(const Db *db, CellId id)
{
    bool used = false;
    for (uint32_t i = 0; i < db->cells.n && db->cells.v[id.i].kind == CELL_BLOCK; i++)
        for (uint32_t k = 0; k < db->cells.v[i].insts.n; k++) used |= db->cells.v[i].insts.v[k].master.i == id.i;
    return used;
}

/* The written stream, read back: every cell of it is judged by itself. */
typedef struct {
    const Db *db, *back;
    const Tech *t;
    struct Verdict {
        uint64_t rules, differences, devices, joined, untied;
        bool judged;
        Buf why;
    } *v;              /* [cells of db] */
    uint32_t *order;   /* [cells of db] */
} Judge;

/* Against the rules and against the netlist. */
static Status judge_one(void *ctx, uint32_t at)
{
    Judge *j = ctx;
    uint32_t i = j->order[at];
    struct Verdict *v = &j->v[i];
    if (!to_ground(j->db, (CellId){i}) || part_of_block(j->db, (CellId){i})) return ST_OK; /* told when it could not be drawn */
    CellId drawn = db_find_cell(j->back, db_name(j->db, j->db->cells.v[i].name));
    DrcReport drc;
    LvsDevices lvs;
    drc_run(j->back, j->t, drawn, &drc);
    /* taps and antennas of cells are their neighbours' business, too: of blocks they must be right */
    if (j->db->cells.v[i].kind == CELL_BLOCK && drc.v.n == 0) drc_free(&drc), drc_whole(j->back, j->t, drawn, &drc);
    lvs_devices(j->back, drawn, j->db, (CellId){i}, j->t, &lvs);
    if (drc.v.n) drc_print(&drc, j->back, 5, &v->why);
    if (lvs.n_diff) buf_printf(&v->why, "lvs: %llu differences\n%s", (unsigned long long)lvs.n_diff, lvs.text.s);
    v->rules = drc.v.n;
    v->differences = lvs.n_diff;
    v->devices = lvs.drawn;
    v->joined = lvs.joined;
    v->untied = lvs.untied;
    v->judged = true;
    drc_free(&drc);
    lvs_devices_free(&lvs);
    return ST_OK;
}

/* Shapes of a cell with all that it holds: judging takes as long. */
static uint64_t flat_shapes(const Db *db, CellId id)
{
    const DbCell *c = &db->cells.v[id.i];
    uint64_t n = c->shapes.n;
    for (uint32_t i = 0; i < c->insts.n; i++) n += (uint64_t)c->insts.v[i].nx * c->insts.v[i].ny * flat_shapes(db, c->insts.v[i].master);
    return n;
}

/* Those that take longest first. */
static void order_judged(Judge *j)
{
    uint32_t n = j->db->cells.n;
    uint64_t *size = mem_calloc((size_t)n + 1, sizeof *size);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t p = i;
        size[i] = flat_shapes(j->db, (CellId){i});
        for (; p > 0 && size[j->order[p - 1]] < size[i]; p--) j->order[p] = j->order[p - 1];
        j->order[p] = i;
    }
    mem_free(size);
}

/* Our own verdict, a line per cell that fails. */
static Status judge_all(const Db *db, const Tech *t, const char *gds, const Options *o)
{
    Db back;
    struct Verdict sum = {0};
    uint64_t cells = 0;
    tech_db_init(t, &back, "cells");
    Status st = gds_read(&back, gds);
    Judge j = {db, &back, t, mem_calloc(db->cells.n + 1, sizeof *j.v), mem_calloc(db->cells.n + 1, sizeof *j.order)};
    order_judged(&j);
    if (st == ST_OK) st = par_for(db->cells.n, (uint32_t)o->threads, judge_one, &j);
    for (uint32_t i = 0; i < db->cells.n; i++) {
        struct Verdict *v = &j.v[i];
        if (v->why.n) msg_info("%s: %s", db_name(db, db->cells.v[i].name), v->why.s);
        sum.rules += v->rules;
        sum.differences += v->differences;
        sum.devices += v->devices;
        sum.joined += v->joined;
        sum.untied += v->untied;
        cells += v->judged;
        buf_free(&v->why);
    }
    mem_free(j.v);
    mem_free(j.order);
    db_free(&back);
    if (st == ST_OK && !o->quiet)
        printf("checks     own DRC %llu, own LVS %llu over %llu cells, %llu transistors drawn; %llu pieces of supplies joined by name, %llu wells without a tap\n",
               (unsigned long long)sum.rules, (unsigned long long)sum.differences, (unsigned long long)cells, (unsigned long long)sum.devices,
               (unsigned long long)sum.joined, (unsigned long long)sum.untied);
    return st == ST_OK && sum.rules + sum.differences ? ST_VIOLATION : st;
}

Status draw_write(const Db *db, const Tech *t, const Options *o)
{
    Arena a = {0};
    const char *gds = io_join(&a, o->out, "cells.gds");
    Status st = io_mkdir(o->out);
    if (st == ST_OK) st = db_check(db);
    if (st == ST_OK) st = gds_write(db, gds);
    if (st == ST_OK) st = write_netlists(db, t, o->out);
    if (st == ST_OK) st = deck_write(t, o->templates, o->out);
    if (st == ST_OK) st = judge_all(db, t, gds, o);
    arena_free(&a);
    return st;
}
