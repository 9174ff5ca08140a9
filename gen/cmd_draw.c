/*
 * draw: the row cells of a technology as polygons, with netlists and with check decks for KLayout made of the same tech.xml.
 */
#include "cells/circuit.h"
#include "cells/draw.h"
#include "gen/base/io.h"
#include "gen/cli.h"
#include "gen/deck.h"
#include "verify/verify_layout.h"


enum { BLOCK_ROWS = 16, BLOCK_COLS = 4 }; /* what the switches of a crossbar join */

static bool wanted(const Options *o, const char *name)
{
    for (uint32_t i = 0; i < o->n_args; i++)
        if (str_eq(o->args[i], name)) return true;
    return o->n_args == 0;
}

static void print_row(const Db *db, const Options *o, CellId c, const DrawStats *s)
{
    Box b = db->cells.v[c.i].box;
    if (!o->quiet)
        printf("%-20s %8d %8d %10.3f %8u %7u %6u %7s %6u\n", db_name(db, db->cells.v[c.i].name), b.x1, b.y1, (double)box_area(b) * db->dbu_m * db->dbu_m * 1e12,
               s->fingers, s->columns, s->breaks, s->exact ? "exact" : "beam", s->rounds);
}

static Status draw_all(Db *db, const Tech *t, const CellLibrary *lib, const Options *o)
{
    Status worst = ST_OK;
    if (!o->quiet) printf("%-20s %8s %8s %10s %8s %7s %6s %7s %6s\n", "cell", "w", "h", "area um2", "fingers", "columns", "breaks", "order", "rounds");
    for (const char *const *name = draw_row_cells; *name; name++) {
        if (!wanted(o, *name)) continue;
        CellId c;
        DrawStats s;
        DrawSpec spec = {.rows = 1, .taps = true, .levels = 4};
        Status st = draw_row_cell(db, t, *name, &spec, &c, &s);
        if (st == ST_OK) print_row(db, o, c, &s);
        else worst = st;
    }
    for (uint32_t i = 0; i < lib->v.n; i++) {
        const CellVariant *v = &lib->v.v[i];
        char name[64];
        snprintf(name, sizeof name, "%s_%s", v->function, v->variant);
        if (!draw_can(v->function) || !wanted(o, name)) continue;
        if (o->n_args == 0 && i && str_eq(lib->v.v[i - 1].function, v->function)) continue; /* of all cells, the first variant */
        CellId c, tap;
        DrawStats s;
        Status st = draw_variant(db, t, lib, v, &c, &s, &tap);
        if (st == ST_OK) {
            print_row(db, o, c, &s);
            if (tap.i != CELL_NONE.i) {
                draw_block(db, c, tap, 1, 1);
                draw_block(db, c, tap, str_eq(v->function, "synapse") ? BLOCK_ROWS : 1, BLOCK_COLS);
            }
        } else worst = st;
    }
    return worst;
}

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

/* One X line per element of an array; cells without devices are wires only, they are left out. */
static void reference_instances(const Db *db, CellId id, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->insts.n; i++) {
        const DbInst *x = &c->insts.v[i];
        const DbCell *m = &db->cells.v[x->master.i];
        for (uint32_t e = 0; e < x->nx * x->ny && m->devices.n; e++) {
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

/* What layout is compared with: every device by its letter, without parasitics; masters first. */
static void reference_netlist(const Db *db, CellId id, Buf *b)
{
    const DbCell *c = &db->cells.v[id.i];
    for (uint32_t i = 0; i < c->insts.n; i++)
        if (db->cells.v[c->insts.v[i].master.i].devices.n) reference_netlist(db, c->insts.v[i].master, b);
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
        reference_netlist(db, (CellId){i}, &one);
        st = write_text(io_join(&a, outdir, arena_printf(&a, "%s.cir", db_name(db, db->cells.v[i].name))), &one);
    }
    arena_free(&a);
    return st;
}

/* The written stream, read back, against the rules and against the netlist; our own verdict, a line per cell that fails. */
static Status judge_all(const Db *db, const Tech *t, const char *gds, bool quiet)
{
    Db back;
    uint64_t rules = 0, differences = 0, devices = 0, cells = 0, joined = 0, untied = 0;
    tech_db_init(t, &back, "cells");
    Status st = gds_read(&back, gds);
    for (uint32_t i = 0; i < db->cells.n && st == ST_OK; i++) {
        if (!lvs_drawn(db, t, (CellId){i})) continue; /* told when it could not be drawn */
        CellId c = {i}, drawn = db_find_cell(&back, db_name(db, db->cells.v[i].name));
        DrcReport drc;
        LvsDevices lvs;
        Buf why = {0};
        drc_run(&back, t, drawn, &drc);
        /* taps and antennas of cells are their neighbours' business, too: of blocks they must be right */
        if (db->cells.v[i].kind == CELL_BLOCK && drc.v.n == 0) drc_free(&drc), drc_whole(&back, t, drawn, &drc);
        lvs_devices(&back, drawn, db, c, t, &lvs);
        if (drc.v.n) drc_print(&drc, &back, 5, &why);
        if (lvs.n_diff) buf_printf(&why, "lvs: %llu differences\n%s", (unsigned long long)lvs.n_diff, lvs.text.s);
        if (why.n) msg_info("%s: %s", db_name(db, db->cells.v[i].name), why.s);
        rules += drc.v.n;
        differences += lvs.n_diff;
        devices += lvs.drawn;
        joined += lvs.joined;
        untied += lvs.untied;
        cells++;
        buf_free(&why);
        drc_free(&drc);
        lvs_devices_free(&lvs);
    }
    db_free(&back);
    if (st == ST_OK && !quiet)
        printf("checks     own DRC %llu, own LVS %llu over %llu cells, %llu transistors drawn; %llu pieces of supplies joined by name, %llu wells without a tap\n",
               (unsigned long long)rules, (unsigned long long)differences, (unsigned long long)cells, (unsigned long long)devices, (unsigned long long)joined,
               (unsigned long long)untied);
    return st == ST_OK && rules + differences ? ST_VIOLATION : st;
}

int cmd_draw(const Options *o)
{
    Status st = cli_need("draw", "--tech", o->tech);
    if (st == ST_OK) st = cli_need("draw", "-o", o->out);
    Tech t = {0};
    CellLibrary lib = {0};
    if (st == ST_OK) st = tech_read(o->tech, &t);
    if (st != ST_OK) return (int)st;
    cells_variants(&t, &lib);
    for (uint32_t i = 0; i < o->n_args && st == ST_OK; i++) {
        bool known = false;
        for (const char *const *name = draw_row_cells; *name; name++) known |= str_eq(o->args[i], *name);
        for (uint32_t k = 0; k < lib.v.n && !known; k++) {
            char name[64];
            snprintf(name, sizeof name, "%s_%s", lib.v.v[k].function, lib.v.v[k].variant);
            known = str_eq(o->args[i], name) && draw_can(lib.v.v[k].function);
        }
        if (!known) st = msg_error(ST_USAGE, "CLI-0009", (Loc){0}, "draw: no cell %s", o->args[i]);
    }
    Db db;
    Arena a = {0};
    tech_db_init(&t, &db, "cells");
    Status drawn = st == ST_OK ? draw_all(&db, &t, &lib, o) : st;
    if (st == ST_OK) st = io_mkdir(o->out);
    if (st == ST_OK) st = db_check(&db);
    if (st == ST_OK) st = gds_write(&db, io_join(&a, o->out, "cells.gds"));
    if (st == ST_OK) st = write_netlists(&db, &t, o->out);
    if (st == ST_OK) st = deck_write(&t, o->templates, o->out);
    if (st == ST_OK) st = judge_all(&db, &t, io_join(&a, o->out, "cells.gds"), o->quiet);
    arena_free(&a);
    db_free(&db);
    cells_library_free(&lib);
    tech_free(&t);
    return (int)(st != ST_OK ? st : drawn);
}
